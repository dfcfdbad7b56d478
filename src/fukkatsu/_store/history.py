"""What was tried: failures, and every suggestion for them, read back for people."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, RowMapping, select

from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._store.records import Attempt, Circumstances, FailureRecord
from fukkatsu._store.rows import refusals
from fukkatsu._store.schema import failures, fixes, functions, suggestions
from fukkatsu._store.serial import report_from_text
from fukkatsu._store.signing import Signer

_UNSIGNED: Final = frozenset({"id", "signature"})


def failures_in(connection: Connection, digest: str = "") -> tuple[FailureRecord, ...]:
    """Failures, the one that was seen longest ago first; only the one of that *digest* where it is given."""
    wanted = select(failures, functions).join(functions, functions.c.id == failures.c.function_id)
    wanted = wanted.order_by(failures.c.last_seen, failures.c.id).set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    if digest:
        wanted = wanted.where(failures.c.key_digest == digest)
    refused = refusals(connection)
    kept: dict[int, list[str]] = {}
    for at, fix_id in connection.execute(select(fixes.c.failure_id, fixes.c.id).order_by(fixes.c.created)):
        kept.setdefault(at, []).append(fix_id)
    return tuple(
        _failure(row, refused.get(row["failures_id"], 0), tuple(kept.get(row["failures_id"], ())))
        for row in connection.execute(wanted).mappings()
    )


def attempts_in(connection: Connection, digest: str, signer: Signer) -> tuple[Attempt, ...]:
    """Suggestions for the failure of that *digest*, oldest first."""
    wanted = (
        select(suggestions, fixes.c.id.label("fix_id"), functions.c.qualname)
        .join(failures, failures.c.id == suggestions.c.failure_id)
        .join(functions, functions.c.id == failures.c.function_id)
        .outerjoin(fixes, fixes.c.suggestion_id == suggestions.c.id)
        .where(failures.c.key_digest == digest)
        .order_by(suggestions.c.id)
    )
    return tuple(_attempt(row, signer) for row in connection.execute(wanted).mappings())


def _failure(row: RowMapping, refused: int, kept: tuple[str, ...]) -> FailureRecord:
    return FailureRecord(
        key=FixKey(
            module=row["functions_module"],
            qualname=row["functions_qualname"],
            source_sha256=row["functions_source_sha256"],
            fingerprint=row["failures_fingerprint"],
            additional_req=row["failures_additional_req"],
        ),
        circumstances=Circumstances(
            source=row["functions_source"],
            filename=row["functions_filename"],
            first_line=row["functions_first_line"],
            exception=row["failures_exception"],
            traceback=row["failures_traceback"],
            arguments=json.loads(row["failures_arguments"]),
        ),
        first_seen=row["failures_first_seen"],
        last_seen=row["failures_last_seen"],
        seen=row["failures_seen"],
        refused=refused,
        fixes=kept,
    )


def _attempt(row: RowMapping, signer: Signer) -> Attempt:
    said: dict[str, Any] = {one.name: row[one.name] for one in suggestions.columns if one.name not in _UNSIGNED}
    try:
        report = report_from_text(row["report"], row["candidate"])
    except ValueError:  # somebody changed it, and the signature says so as well
        report = Report(function=row["qualname"], source=row["candidate"], verdicts=())
    return Attempt(
        candidate=Candidate(
            text=row["candidate"],
            model=row["model"],
            prompt_tokens=row["prompt_tokens"],
            completion_tokens=row["completion_tokens"],
        ),
        report=report,
        created=row["created"],
        actor=row["actor"],
        fix_id=row["fix_id"] or "",
        signature=signer.judge("suggestion", said, row["signature"]),
    )
