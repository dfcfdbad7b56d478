"""Rows of the database as records, and what of a fix its signature covers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import RowMapping, Select, select

from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._store.records import ALIVE, Entry
from fukkatsu._store.schema import failures, fixes, functions, suggestions
from fukkatsu._store.serial import cleaned, report_from_text

_KEY: Final = (functions.c.module, functions.c.qualname, functions.c.source_sha256, failures.c.fingerprint)
SIGNED: Final = (
    fixes.c.id,
    *_KEY,
    failures.c.additional_req,
    fixes.c.policy_sha256,
    suggestions.c.candidate,
    suggestions.c.model,
    suggestions.c.prompt_tokens,
    suggestions.c.completion_tokens,
    suggestions.c.report,
    fixes.c.state,
    fixes.c.created,
    fixes.c.changed,
    fixes.c.decided_by,
    fixes.c.reason,
)
"""What the signature of a fix covers: whose it is, what it says, on what evidence, and what became of it."""
_TOLD: Final = (
    functions.c.source,
    functions.c.filename,
    functions.c.first_line,
    failures.c.exception,
    failures.c.traceback,
    failures.c.arguments,
)


def all_fixes() -> Select[Any]:
    """Everything about fixes, oldest first."""
    return (
        select(*SIGNED, *_TOLD, fixes.c.signature, fixes.c.failure_id)
        .join(suggestions, suggestions.c.id == fixes.c.suggestion_id)
        .join(failures, failures.c.id == fixes.c.failure_id)
        .join(functions, functions.c.id == failures.c.function_id)
        .order_by(fixes.c.created, fixes.c.id)
    )


def signed(row: RowMapping) -> dict[str, Any]:
    """The part of *row* that is signed."""
    return {column.name: row[column.name] for column in SIGNED}


def fix_of(row: RowMapping) -> Fix:
    """The fix in a row of `all_fixes`."""
    return Fix(
        id=row["id"],
        key=FixKey(
            module=row["module"],
            qualname=row["qualname"],
            source_sha256=row["source_sha256"],
            fingerprint=row["fingerprint"],
            additional_req=row["additional_req"],
        ),
        candidate=Candidate(
            text=row["candidate"],
            model=row["model"],
            prompt_tokens=row["prompt_tokens"],
            completion_tokens=row["completion_tokens"],
        ),
        report=_report_of(row),
        state=row["state"],
        created=row["created"],
        approved_by=row["decided_by"] if row["state"] in ALIVE else "",
        policy_sha256=row["policy_sha256"],
    )


def _report_of(row: RowMapping) -> Report:
    """Without a verdict when it cannot be read: then somebody changed it, and the signature says so as well."""
    try:
        return report_from_text(row["report"], row["candidate"])
    except ValueError:
        return Report(function=row["qualname"], source=row["candidate"], verdicts=())


def entry_of(row: RowMapping) -> Entry:
    """The entry in a row of the audit."""
    told = dict(row)
    return Entry(**{**told, "details": json.loads(told["details"])})


def as_stored(key: FixKey) -> FixKey:
    """*key* as it reads when it comes back."""
    return replace(key, additional_req=cleaned(key.additional_req))
