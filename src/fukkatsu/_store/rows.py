"""Rows of the database as records, and what of a fix its signature covers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select

from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._store.records import ALIVE, Circumstances, Entry, FixRecord
from fukkatsu._store.schema import failures, fixes, functions, suggestions
from fukkatsu._store.serial import cleaned, report_from_text
from fukkatsu._store.signing import Signer

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


def refusals(connection: Connection) -> dict[int, int]:
    """How many suggestions were refused, by the id of the failure that they were for."""
    counted = select(suggestions.c.failure_id, func.count()).where(suggestions.c.accepted.is_(False))
    found = connection.execute(counted.group_by(suggestions.c.failure_id))
    return {failure_id: count for failure_id, count in found}  # noqa: C416 - rows, not pairs


def records_of(connection: Connection, wanted: Select[Any], signer: Signer) -> tuple[FixRecord, ...]:
    """All that is known of the fixes in *wanted*, a narrower `all_fixes`."""
    rows = connection.execute(wanted).mappings().all()
    newest: dict[tuple[str, str], str] = {}
    seen = select(functions.c.module, functions.c.qualname, functions.c.source_sha256)
    for module, qualname, source in connection.execute(seen.order_by(functions.c.last_seen)):
        newest[module, qualname] = source
    refused = refusals(connection)
    return tuple(
        FixRecord(
            fix=fix_of(row),
            circumstances=Circumstances(
                source=row["source"],
                filename=row["filename"],
                first_line=row["first_line"],
                exception=row["exception"],
                traceback=row["traceback"],
                arguments=json.loads(row["arguments"]),
            ),
            changed=row["changed"],
            decided_by=row["decided_by"],
            reason=row["reason"],
            current=newest.get((row["module"], row["qualname"])) == row["source_sha256"],
            signature=signer.judge("fix", signed(row), row["signature"]),
            refused=refused.get(row["failure_id"], 0),
        )
        for row in rows
    )


def entry_of(row: RowMapping) -> Entry:
    """The entry in a row of the audit."""
    told = dict(row)
    return Entry(**{**told, "details": json.loads(told["details"])})


def as_stored(key: FixKey) -> FixKey:
    """*key* as it reads when it comes back."""
    return replace(key, additional_req=cleaned(key.additional_req))
