"""Calls in a database: signed, few of each function, and left out where their signature does not hold.

The signature binds a call to its function, to the source that the function had, and to what the call came to. Text
that is refused is never parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select

from fukkatsu._model.call import Outcome
from fukkatsu._model.fix import FixKey
from fukkatsu._store.database import Change
from fukkatsu._store.recorded import CALL_BYTES, CALLS, FAILING_CALLS, StoredCall, few
from fukkatsu._store.records import key_digest
from fukkatsu._store.schema import calls, functions
from fukkatsu._store.signing import Signer

SOURCES: Final = 2
"""Texts of one function whose calls are kept: the one before a deployment, and the one after it."""
_LOOKED_AT: Final = 2 * (CALLS + FAILING_CALLS)
"""Rows of one function that are read: more than are ever written."""
_KIND: Final = "call"
_SIGNED: Final = (
    functions.c.module,
    functions.c.qualname,
    functions.c.source_sha256,
    calls.c.key_digest,
    calls.c.digest,
    calls.c.shape,
    calls.c.arguments,
    calls.c.kind,
    calls.c.value,
    calls.c.after,
    calls.c.opaque,
    calls.c.exception,
    calls.c.created,
    calls.c.actor,
)
_SIZE: Final = (
    func.length(calls.c.arguments)
    + func.length(calls.c.value)
    + func.length(calls.c.after)
    + func.length(calls.c.exception)
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not believed."""

    id: int
    signature: str
    problem: str


def _rows(key: FixKey) -> Select[Any]:
    return (
        select(calls.c.id, calls.c.function_id, calls.c.signature, *_SIGNED)
        .join(functions, functions.c.id == calls.c.function_id)
        .where(
            functions.c.module == key.module,
            functions.c.qualname == key.qualname,
            functions.c.source_sha256 == key.source_sha256,
        )
        .order_by(calls.c.id.desc())
        .limit(_LOOKED_AT)
    )


def load(connection: Connection, key: FixKey, signer: Signer) -> tuple[list[RowMapping], list[Refused]]:
    """Rows of the function in *key*, as its text is there, oldest first; and those that are refused."""
    sizes = _rows(key).with_only_columns(calls.c.id, _SIZE)
    small, refused = [], []
    for number, size in connection.execute(sizes).all():
        if size <= CALL_BYTES:
            small.append(number)
        else:  # not read: nobody who has the key writes such a row
            refused.append(Refused(number, "", f"it is larger than {CALL_BYTES:,} bytes"))
    kept = []
    for row in connection.execute(_rows(key).where(calls.c.id.in_(small))).mappings().all():
        problem = signer.problem(_KIND, _signed(row), row["signature"])
        if problem:
            refused.append(Refused(row["id"], row["signature"][:64], problem))
        else:
            kept.append(row)
    return kept[::-1], refused


def _signed(row: RowMapping) -> dict[str, Any]:
    return {column.name: row[column.name] for column in _SIGNED}


def offered(rows: Iterable[RowMapping], key: FixKey) -> tuple[StoredCall, ...]:
    """The good calls among *rows*, and the failing call of the failure in *key*."""
    mine = ("", key_digest(key))
    return tuple(_call_of(row) for row in rows if row["key_digest"] in mine)


def _call_of(row: RowMapping) -> StoredCall:
    outcome = None
    if row["kind"]:
        outcome = Outcome(
            row["kind"],
            value=row["value"].encode(),
            after=row["after"].encode(),
            opaque=row["opaque"],
            exception=row["exception"],
        )
    return StoredCall(
        arguments=row["arguments"].encode(),
        outcome=outcome,
        failing=bool(row["key_digest"]),
        shape=row["shape"],
    )


def unknown(connection: Connection, key: FixKey, new: Sequence[StoredCall], signer: Signer) -> bool:
    """Whether there is something to be done about *new*: most repairs of a function bring nothing new."""
    rows, refused = load(connection, key, signer)
    there = {(row["key_digest"], row["digest"]) for row in rows}
    return bool(refused) or any((_failure(key, call), call.digest) not in there for call in new)


def _failure(key: FixKey, call: StoredCall) -> str:
    return key_digest(key) if call.failing else ""


def save(change: Change, function_id: int, key: FixKey, new: Sequence[StoredCall], signer: Signer) -> dict[str, int]:
    """Add *new*, oldest first, and let go of what is then too much; what was done, for the audit.

    Rows whose signature does not hold are removed: they would stand in the way of real ones.
    """
    rows, refused = load(change.connection, key, signer)
    _remove(change, [row.id for row in refused])
    there = {(row["key_digest"], row["digest"]) for row in rows}
    stored = 0
    for call in new:
        failure = _failure(key, call)
        if call.size_bytes > CALL_BYTES or (failure, call.digest) in there:
            continue
        if call.failing:  # the newest one of a failure is enough
            _remove(change, [row["id"] for row in rows if row["key_digest"] == failure])
        _insert(change, function_id, key, failure, call, signer)
        stored += 1
    removed = _shrink(change, key, signer)
    _forget_older_sources(change, key)
    return {"stored": stored, "removed": removed, "refused": len(refused)}


def _insert(change: Change, function_id: int, key: FixKey, failure: str, call: StoredCall, signer: Signer) -> None:
    said = call.outcome if call.outcome is not None else Outcome("")
    row = {
        "key_digest": failure,
        "digest": call.digest,
        "shape": call.shape,
        "arguments": call.arguments.decode("ascii"),
        "kind": said.kind,
        "value": said.value.decode("ascii"),
        "after": said.after.decode("ascii"),
        "opaque": said.opaque,
        "exception": said.exception,
        "created": change.now,
        "actor": change.actor,
    }
    same = (calls.c.function_id == function_id) & (calls.c.key_digest == failure) & (calls.c.digest == call.digest)
    change.connection.execute(delete(calls).where(same))  # one that was not even looked at, among very many
    whose = {"module": key.module, "qualname": key.qualname, "source_sha256": key.source_sha256}
    signature = signer.sign(_KIND, {**whose, **row})
    change.connection.execute(insert(calls).values(function_id=function_id, signature=signature, **row))


def _shrink(change: Change, key: FixKey, signer: Signer) -> int:
    rows, _ = load(change.connection, key, signer)
    good = [row for row in rows if not row["key_digest"]]
    failing = [row["id"] for row in rows if row["key_digest"]]
    return _remove(change, failing[:-FAILING_CALLS]) + _remove(change, _too_many(good))


def _too_many(rows: Sequence[RowMapping]) -> list[int]:
    """Ids of good calls beyond what is kept of one function."""
    numbers = {_call_of(row).digest: row["id"] for row in rows}
    for call in few([_call_of(row) for row in rows]):
        del numbers[call.digest]
    return list(numbers.values())


def _forget_older_sources(change: Change, key: FixKey) -> None:
    """Calls of earlier texts of the function say nothing any more, and are raw arguments all the same."""
    same = (functions.c.module == key.module) & (functions.c.qualname == key.qualname)
    newest = select(functions.c.id).where(same).order_by(functions.c.last_seen.desc())
    numbers = list(change.connection.execute(newest).scalars())[SOURCES:]
    if numbers:
        change.connection.execute(delete(calls).where(calls.c.function_id.in_(numbers)))


def _remove(change: Change, numbers: Sequence[int]) -> int:
    if numbers:
        change.connection.execute(delete(calls).where(calls.c.id.in_(numbers)))
    return len(numbers)
