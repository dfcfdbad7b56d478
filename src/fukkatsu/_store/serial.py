"""Fixes and reports as text for a database, and back. Nothing here is pickled: what comes back is plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from fukkatsu._model.verdict import STAGES, Report, Verdict
from fukkatsu.policy import Policy

TEXT_CHARACTERS: Final = 100_000
"""Longest text of one field that is kept; a candidate is shorter by policy, a traceback of a deep recursion is not."""

_NOT_OF_FIXES: Final = frozenset({"store_calls"})
"""Fields of a policy under which the same fix would have been accepted: what is kept of calls."""


def cleaned(text: str, limit: int = TEXT_CHARACTERS) -> str:
    """*text* as every database can hold it: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""
    text = text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else text[:limit] + "…"


def canonical(value: object) -> str:
    """*value*, plain data, in the one way that signatures and digests are made over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def report_as_text(report: Report) -> str:
    """All but the counterexample, whose arguments are live objects: say it in the reason before."""
    return canonical(
        {
            "function": cleaned(report.function),
            "isolation": cleaned(report.isolation),
            "notes": [cleaned(note) for note in report.notes],
            "verdicts": [
                {
                    "stage": verdict.stage,
                    "outcome": verdict.outcome,
                    "reason": cleaned(verdict.reason),
                    "seconds": verdict.seconds,
                    "evidence": dict(verdict.evidence),
                }
                for verdict in report.verdicts
            ],
        }
    )


def report_from_text(text: str, source: str) -> Report:
    """The report again.

    Raises:
        ValueError: It is not what `report_as_text` writes.
    """
    try:
        found: Mapping[str, Any] = json.loads(text)
        return Report(
            function=str(found["function"]),
            source=source,
            isolation=str(found["isolation"]),
            notes=tuple(str(note) for note in found["notes"]),
            verdicts=tuple(_verdict(entry) for entry in found["verdicts"]),
        )
    except (KeyError, TypeError, AttributeError) as why:
        msg = f"not a report: {why!r}"
        raise ValueError(msg) from why


def _verdict(entry: Mapping[str, Any]) -> Verdict:
    stage, outcome = entry["stage"], entry["outcome"]
    if stage not in STAGES or outcome not in ("accepted", "refused", "skipped"):
        msg = f"not a verdict: {stage!r} {outcome!r}"
        raise ValueError(msg)
    return Verdict(
        stage=stage,
        outcome=outcome,
        reason=str(entry["reason"]),
        seconds=float(entry["seconds"]),
        evidence={str(name): int(count) for name, count in entry["evidence"].items()},
    )


def policy_digest(policy: Policy) -> str:
    """One word for everything that a policy says of fixes: one is bound to the policy that it was accepted under."""
    said = {field.name: getattr(policy, field.name) for field in fields(policy) if field.name not in _NOT_OF_FIXES}
    plain = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in said.items()}
    return hashlib.sha256(canonical(plain).encode()).hexdigest()
