"""Fixes in a database, through SQLAlchemy: SQLite for one machine, PostgreSQL for many.

What a fix came from (function, failure, suggestion) is written in the same transaction as the fix: see ``database``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import RowMapping, Select, delete, insert, select, update

from fukkatsu._model.fix import Fix, FixKey, FixState
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._store import calls
from fukkatsu._store.database import Change, Database
from fukkatsu._store.history import attempts_in, failures_in
from fukkatsu._store.recorded import StoredCall
from fukkatsu._store.records import (
    ALIVE,
    TAKEN_BACK,
    Attempt,
    Circumstances,
    FailureRecord,
    FixRecord,
    key_digest,
    may_follow,
)
from fukkatsu._store.rows import SIGNED, all_fixes, as_stored, fix_of, records_of, signed
from fukkatsu._store.schema import audit, failures, fixes, functions, suggestions, switches
from fukkatsu._store.serial import canonical, cleaned, report_as_text
from fukkatsu._store.signing import Signer
from fukkatsu.errors import StoreError

_log = logging.getLogger("fukkatsu")


class SqlBackend(Database):
    """Fixes behind a database URL: the `Backend` of SQLite and PostgreSQL."""

    def __init__(self, address: str, signer: Signer, timeout_seconds: float = 3.0, actor: str = "") -> None:
        super().__init__(address, signer, timeout_seconds, actor)
        self._reported: set[tuple[str, str]] = set()

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
        return self.signer.problem("fix", signed(row), row["signature"])

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

    def _known(self, change: Change, fix: Fix, failure_id: int) -> Fix | None:
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

    def _put(self, change: Change, row: RowMapping, state: FixState, reason: str, actor: str) -> None:
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
            return records_of(connection, wanted, self.signer)

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

    def failures(self, digest: str = "") -> tuple[FailureRecord, ...]:
        with self.reading() as connection:
            return failures_in(connection, digest)

    def attempts(self, key: FixKey) -> tuple[Attempt, ...]:
        with self.reading() as connection:
            return attempts_in(connection, key_digest(as_stored(key)), self.signer)

    def _suggest(self, change: Change, failure_id: int, candidate: Candidate, report: Report) -> int:
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

    def _note(self, change: Change, key: FixKey, told: Circumstances, *, count: bool = False) -> int:
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

    def _note_function(self, change: Change, key: FixKey, told: Circumstances) -> int:
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

    # -- calls ---------------------------------------------------------------------------------------------------------

    def note_calls(self, key: FixKey, new: Sequence[StoredCall], circumstances: Circumstances) -> None:
        key = as_stored(key)
        with self.reading() as connection:
            if not calls.unknown(connection, key, new, self.signer):
                return
        with self.changing() as change:
            function_id = self._note_function(change, key, circumstances)
            done = calls.save(change, function_id, key, new, self.signer)
            change.audit("calls.stored", module=key.module, qualname=key.qualname, details=done)

    def calls(self, key: FixKey) -> tuple[StoredCall, ...]:
        key = as_stored(key)
        with self.reading() as connection:
            rows, refused = calls.load(connection, key, self.signer)
        fresh = [row for row in refused if (f"call {row.id}", row.signature) not in self._reported]
        if fresh:
            self._reported.update((f"call {row.id}", row.signature) for row in fresh)
            problem = fresh[0].problem
            _log.error("refused %d of the stored calls of %s: %s", len(fresh), key.qualname, problem)
            if self.signer.has_key or not self.signer.required:
                details = {"reason": problem, "calls": len(fresh)}
                self.write("calls.refused", module=key.module, qualname=key.qualname, details=details)
        return calls.offered(rows, key)

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


_ENDS: Final = tuple(f"fix.{state}" for state in TAKEN_BACK)
