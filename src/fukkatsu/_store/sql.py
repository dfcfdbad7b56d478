"""Fixes in a database, through SQLAlchemy: SQLite for one machine, PostgreSQL for many.

Every change is one transaction that begins with the head of the audit: it is locked there, so writers come one after
the other, each change stands in the audit, and none is half done. Changes are rare (a failure that a model was asked
about), so nobody waits for long.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from fukkatsu._model.fix import Fix, FixKey, FixState
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._store import audit as chain
from fukkatsu._store.connect import migrate, open_engine, writing
from fukkatsu._store.records import (
    ALIVE,
    TAKEN_BACK,
    Circumstances,
    Entry,
    FixRecord,
    Verification,
    key_digest,
    may_follow,
)
from fukkatsu._store.rows import SIGNED, all_fixes, as_stored, entry_of, fix_of, signed
from fukkatsu._store.schema import audit, audit_head, failures, fixes, functions, suggestions, switches
from fukkatsu._store.serial import canonical, cleaned, report_as_text
from fukkatsu._store.signing import Signer
from fukkatsu.errors import StoreError

CHANNEL: Final = "fukkatsu"
"""What PostgreSQL tells listeners on when the audit has grown."""

_log = logging.getLogger("fukkatsu")


class _Change:
    """One transaction that writes, with the audit locked."""

    def __init__(self, connection: Connection, signer: Signer, actor: str) -> None:
        self.connection, self._signer, self._actor = connection, signer, actor
        head = connection.execute(select(audit_head).with_for_update()).mappings().one()
        self.seq, self.digest, self.now = head["seq"], head["digest"], time.time()

    def audit(
        self,
        event: str,
        *,
        module: str = "",
        qualname: str = "",
        fix_id: str = "",
        actor: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        kept = {
            name: cleaned(value) if isinstance(value, str) else value
            for name, value in (details or {}).items()
            if value not in ("", None)
        }
        entry = Entry(
            seq=self.seq + 1,
            at=self.now,
            event=event,
            module=module,
            qualname=qualname,
            fix_id=fix_id,
            actor=cleaned(actor) or self._actor,
            details=kept,
        )
        entry = chain.link(entry, self.digest, self._signer)
        row = {column.name: getattr(entry, column.name) for column in audit.columns}
        self.connection.execute(insert(audit).values({**row, "details": canonical(kept)}))
        self.seq, self.digest = entry.seq, entry.digest

    def finish(self) -> None:
        signature = chain.sign_head(self.seq, self.digest, self._signer)
        self.connection.execute(update(audit_head).values(seq=self.seq, digest=self.digest, signature=signature))
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql(f"NOTIFY {CHANNEL}")  # heard when this is committed, and not before


class SqlBackend:
    """Fixes behind a database URL.

    Args:
        address: ``sqlite:///path`` or ``postgresql+psycopg://user@host/database``.
        signer: Of the rows that carry code, and of the audit.
        timeout_seconds: Longest wait for a connection, a lock or a statement, in seconds.
        actor: Who writes, as the audit names it.
    """

    def __init__(self, address: str, signer: Signer, timeout_seconds: float = 3.0, actor: str = "") -> None:
        self.engine = open_engine(address, timeout_seconds)
        self.signer, self.actor = signer, actor
        self._migrated = False
        self._reported: set[tuple[str, str]] = set()

    def close(self) -> None:
        self.engine.dispose()

    def abandon(self) -> None:
        """Forget connections without closing them: in a forked child they are still the parent's."""
        self.engine.dispose(close=False)

    # -- transactions --------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that reads, all of it at the same moment."""
        self._prepare()
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # SQLite gives nothing less
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def changing(self) -> Iterator[_Change]:
        """One transaction that writes.

        Raises:
            StoreError: There is no key to sign with, and nobody has said that there need not be one.
        """
        if self.signer.required and not self.signer.has_key:
            msg = "changing this store takes its key: set FUKKATSU_STORE_KEY or FUKKATSU_STORE_KEY_FILE."
            raise StoreError(msg)
        self._prepare()
        with writing(self.engine) as connection, connection.begin():
            change = _Change(connection, self.signer, self.actor)
            yield change
            change.finish()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes what is no part of the story: leases, spending."""
        self._prepare()
        with writing(self.engine) as connection, connection.begin():
            yield connection

    def _prepare(self) -> None:
        if not self._migrated:
            migrate(self.engine)
            self._migrated = True

    # -- fixes ---------------------------------------------------------------------------------------------------------

    def find(self, key: FixKey, policy_sha256: str = "") -> tuple[Fix, ...]:
        wanted = all_fixes().where(failures.c.key_digest == key_digest(as_stored(key)))
        if policy_sha256:
            wanted = wanted.where(fixes.c.policy_sha256 == policy_sha256)
        with self.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
            ids = [row["id"] for row in rows]
            ended = select(audit.c.fix_id).where(audit.c.fix_id.in_(ids), audit.c.event.in_(_ENDS))
            over = set(connection.execute(ended).scalars()) if ids else set()
        found = []
        for row in rows:
            problem = self._problem(row)
            if not problem and row["state"] in (*ALIVE, "pending") and row["id"] in over:
                problem = "the audit says that it was taken back"  # an older row, put back with its old signature
            if problem:
                self._report(row, problem)
            else:
                found.append(replace(fix_of(row), key=key))
        return tuple(found)

    def _problem(self, row: RowMapping) -> str:
        verdict = self.signer.judge("fix", signed(row), row["signature"])
        if verdict == "unchecked":
            return "there is no key to check its signature with"
        if verdict == "refused":
            return "its signature is " + ("wrong" if row["signature"] else "missing")
        return ""

    def _report(self, row: RowMapping, problem: str) -> None:
        """Say it in log and audit, once for each row as it is."""
        if (row["id"], row["signature"]) in self._reported:
            return
        self._reported.add((row["id"], row["signature"]))
        _log.error("fix %s of %s in the store is refused: %s", row["id"], row["qualname"], problem)
        if self.signer.required and not self.signer.has_key:
            return
        self.write(
            "fix.refused",
            module=row["module"],
            qualname=row["qualname"],
            fix_id=row["id"],
            details={"reason": problem},
        )

    def remember(self, fix: Fix, circumstances: Circumstances = Circumstances()) -> Fix:  # noqa: B008 - frozen
        key = as_stored(fix.key)
        with self.changing() as change:
            failure_id = self._note(change, key, circumstances)
            known = self._known(change, fix, failure_id)
            if known is not None:
                return replace(known, key=fix.key)
            row = {
                "id": fix.id,
                "module": key.module,
                "qualname": key.qualname,
                "source_sha256": key.source_sha256,
                "fingerprint": key.fingerprint,
                "additional_req": key.additional_req,
                "policy_sha256": fix.policy_sha256,
                "candidate": cleaned(fix.candidate.text),
                "model": cleaned(fix.candidate.model),
                "prompt_tokens": fix.candidate.prompt_tokens,
                "completion_tokens": fix.candidate.completion_tokens,
                "report": report_as_text(fix.report),
                "state": fix.state,
                "created": fix.created or change.now,
                "changed": change.now,
                "decided_by": cleaned(fix.approved_by),
                "reason": "",
            }
            suggestion_id = self._suggest(change, failure_id, fix.candidate, fix.report)
            change.connection.execute(
                insert(fixes).values(
                    failure_id=failure_id,
                    suggestion_id=suggestion_id,
                    candidate_sha256=fix.candidate.sha256,
                    signature=self.signer.sign("fix", row),
                    **{column.name: row[column.name] for column in SIGNED if column.table is fixes},
                )
            )
            change.audit(
                f"fix.{'proposed' if fix.state == 'pending' else 'accepted' if fix.state == 'active' else fix.state}",
                module=key.module,
                qualname=key.qualname,
                fix_id=fix.id,
                details={
                    "candidate_sha256": fix.candidate.sha256,
                    "policy_sha256": fix.policy_sha256,
                    "model": fix.candidate.model,
                    "evidence": fix.report.evidence_line(),
                },
            )
        return fix

    def _known(self, change: _Change, fix: Fix, failure_id: int) -> Fix | None:
        """What the store has already of the same text, for the same failure and policy."""
        same = (
            (fixes.c.failure_id == failure_id)
            & (fixes.c.candidate_sha256 == fix.candidate.sha256)
            & (fixes.c.policy_sha256 == fix.policy_sha256)
            & (fixes.c.state != "expired")
        )
        for row in change.connection.execute(all_fixes().where(same | (fixes.c.id == fix.id))).mappings().all():
            if not self._problem(row):
                return fix_of(row)
            # not ours: it must neither be served nor stand in the way of a fix that has just passed the gauntlet
            change.connection.execute(
                update(fixes).where(fixes.c.id == row["id"]).values(state="expired", reason="signature refused")
            )
            change.audit("fix.expired", fix_id=row["id"], details={"reason": "its signature was refused"})
        return None

    def change_state(self, fix_id: str, state: FixState, reason: str = "", actor: str = "") -> Fix | None:
        with self.changing() as change:
            row = change.connection.execute(all_fixes().where(fixes.c.id == fix_id)).mappings().one_or_none()
            if row is None:
                return None
            problem = self._problem(row)
            if problem:
                msg = f"fix {fix_id} cannot be changed: {problem}."  # a new signature would make it look genuine
                raise StoreError(msg)
            if may_follow(fix_of(row), state, actor):
                self._put(change, row, state, reason, actor)
                row = change.connection.execute(all_fixes().where(fixes.c.id == fix_id)).mappings().one()
            return fix_of(row)

    def _put(self, change: _Change, row: RowMapping, state: FixState, reason: str, actor: str) -> None:
        now = {
            "state": state,
            "changed": change.now,
            "decided_by": cleaned(actor),
            "reason": cleaned(reason),
        }
        signature = self.signer.sign("fix", {**signed(row), **now})
        change.connection.execute(update(fixes).where(fixes.c.id == row["id"]).values(signature=signature, **now))
        change.audit(
            f"fix.{'approved' if state == 'active' else state}",
            module=row["module"],
            qualname=row["qualname"],
            fix_id=row["id"],
            actor=actor,
            details={"reason": reason, "candidate_sha256": hashlib.sha256(row["candidate"].encode()).hexdigest()},
        )

    def fixes(self) -> tuple[Fix, ...]:
        with self.reading() as connection:
            rows = connection.execute(all_fixes()).mappings().all()
        return tuple(fix_of(row) for row in rows if not self._problem(row))

    def record(self, fix_id: str) -> FixRecord | None:
        found = self._records(all_fixes().where(fixes.c.id == fix_id))
        return found[0] if found else None

    def records(self, states: Iterable[FixState] = ()) -> tuple[FixRecord, ...]:
        wanted, states = all_fixes(), tuple(states)
        return self._records(wanted.where(fixes.c.state.in_(states)) if states else wanted)

    def _records(self, wanted: Select[Any]) -> tuple[FixRecord, ...]:
        with self.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
            newest: dict[tuple[str, str], str] = {}
            seen = select(functions.c.module, functions.c.qualname, functions.c.source_sha256)
            for module, qualname, source in connection.execute(seen.order_by(functions.c.last_seen)):
                newest[module, qualname] = source
            counted = select(suggestions.c.failure_id, func.count()).where(suggestions.c.accepted.is_(False))
            rejected = connection.execute(counted.group_by(suggestions.c.failure_id))
            refused: dict[int, int] = {failure_id: count for failure_id, count in rejected}  # noqa: C416 - rows, not pairs
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
                signature=self.signer.judge("fix", signed(row), row["signature"]),
                refused=refused.get(row["failure_id"], 0),
            )
            for row in rows
        )

    # -- failures and suggestions --------------------------------------------------------------------------------------

    def note_suggestion(self, key: FixKey, candidate: Candidate, report: Report, circumstances: Circumstances) -> None:
        key = as_stored(key)
        with self.changing() as change:
            self._suggest(change, self._note(change, key, circumstances), candidate, report)
            change.audit(
                "suggestion.refused",
                module=key.module,
                qualname=key.qualname,
                details={
                    "candidate_sha256": candidate.sha256,
                    "model": candidate.model,
                    "stage": report.refused_by,
                    "reason": report.reason[:1_000],
                },
            )

    def note_failure(self, key: FixKey, circumstances: Circumstances) -> None:
        key = as_stored(key)
        with self.changing() as change:
            self._note(change, key, circumstances, count=True)
            change.audit(
                "failure.seen",
                module=key.module,
                qualname=key.qualname,
                details={"exception": circumstances.exception[:1_000]},
            )

    def _suggest(self, change: _Change, failure_id: int, candidate: Candidate, report: Report) -> int:
        row = {
            "failure_id": failure_id,
            "candidate": cleaned(candidate.text),
            "candidate_sha256": candidate.sha256,
            "model": cleaned(candidate.model),
            "prompt_tokens": candidate.prompt_tokens,
            "completion_tokens": candidate.completion_tokens,
            "accepted": report.accepted,
            "refused_by": report.refused_by or "",
            "report": report_as_text(report),
            "created": change.now,
            "actor": self.actor,
        }
        values = {**row, "signature": self.signer.sign("suggestion", row)}
        done = change.connection.execute(insert(suggestions).values(values))
        assert done.inserted_primary_key is not None  # noqa: S101 - an insert of one row has one
        return int(done.inserted_primary_key[0])

    def _note(self, change: _Change, key: FixKey, told: Circumstances, *, count: bool = False) -> int:
        """The row of the failure *key*, made if there is none; the number of it."""
        connection, now = change.connection, change.now
        function_id = self._note_function(change, key, told)
        digest = key_digest(key)
        found = connection.execute(select(failures.c.id).where(failures.c.key_digest == digest)).scalar()
        if found is not None:
            seen = failures.c.seen + 1 if count else failures.c.seen
            connection.execute(update(failures).where(failures.c.id == found).values(last_seen=now, seen=seen))
            return int(found)
        done = connection.execute(
            insert(failures).values(
                function_id=function_id,
                key_digest=digest,
                fingerprint=key.fingerprint,
                additional_req=key.additional_req,
                exception=cleaned(told.exception),
                traceback=cleaned(told.traceback),
                arguments=canonical({name: cleaned(text) for name, text in told.arguments.items()}),
                first_seen=now,
                last_seen=now,
                seen=1,
            )
        )
        assert done.inserted_primary_key is not None  # noqa: S101 - as above
        return int(done.inserted_primary_key[0])

    def _note_function(self, change: _Change, key: FixKey, told: Circumstances) -> int:
        connection, now = change.connection, change.now
        named = (functions.c.module == key.module) & (functions.c.qualname == key.qualname)
        mine = select(functions.c.id).where(named, functions.c.source_sha256 == key.source_sha256)
        found = connection.execute(mine).scalar()
        if found is not None:
            connection.execute(update(functions).where(functions.c.id == found).values(last_seen=now))
            return int(found)
        waiting = all_fixes().where(named, fixes.c.state == "pending")
        for row in connection.execute(waiting).mappings().all():
            if not self._problem(row):
                self._put(change, row, "expired", "the function has changed", "")
        done = connection.execute(
            insert(functions).values(
                module=key.module,
                qualname=key.qualname,
                source_sha256=key.source_sha256,
                source=cleaned(told.source),
                filename=cleaned(told.filename),
                first_line=told.first_line,
                first_seen=now,
                last_seen=now,
            )
        )
        assert done.inserted_primary_key is not None  # noqa: S101 - as above
        return int(done.inserted_primary_key[0])

    # -- audit ---------------------------------------------------------------------------------------------------------

    def write(
        self,
        event: str,
        *,
        module: str = "",
        qualname: str = "",
        fix_id: str = "",
        actor: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        with self.changing() as change:
            change.audit(event, module=module, qualname=qualname, fix_id=fix_id, actor=actor, details=details)

    def entries(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        wanted = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        with self.reading() as connection:
            return tuple(entry_of(row) for row in connection.execute(wanted).mappings())

    def newest(self) -> int:
        """Number of the newest entry of the audit."""
        with self.reading() as connection:
            return int(connection.execute(select(audit_head.c.seq)).scalar_one())

    # -- switches ------------------------------------------------------------------------------------------------------

    def switch(self, module: str, qualname: str, *, off: bool, reason: str = "", actor: str = "") -> bool:
        """Switch healing of a function (or of all: two empty names) off or on; ``False``: it stood so already."""
        with self.changing() as change:
            named = (switches.c.module == module) & (switches.c.qualname == qualname)
            stands = change.connection.execute(select(switches.c.at).where(named)).one_or_none() is not None
            if stands == off:
                return False
            if off:
                row = {"module": module, "qualname": qualname, "reason": cleaned(reason), "actor": cleaned(actor)}
                change.connection.execute(insert(switches).values(at=change.now, **row))
            else:
                change.connection.execute(delete(switches).where(named))
            change.audit(
                f"function.{'disabled' if off else 'enabled'}",
                module=module,
                qualname=qualname,
                actor=actor,
                details={"reason": reason},
            )
        return True

    def switched_off(self) -> frozenset[tuple[str, str]]:
        """Functions that are switched off, by module and qualified name; two empty names are all of them."""
        with self.reading() as connection:
            found = connection.execute(select(switches.c.module, switches.c.qualname))
            return frozenset((module, qualname) for module, qualname in found)

    def verify(self) -> Verification:
        with self.reading() as connection:
            head = connection.execute(select(audit_head)).mappings().one_or_none()
            rows = connection.execute(select(audit).order_by(audit.c.seq)).mappings()
            newest = (head["seq"], head["digest"], head["signature"]) if head is not None else (0, "", "")
            return chain.verify((entry_of(row) for row in rows), newest, self.signer)


_ENDS: Final = tuple(f"fix.{state}" for state in TAKEN_BACK)
