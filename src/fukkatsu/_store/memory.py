"""Fixes of this process, in memory: what `Store()` keeps, and what a store with a database falls back on."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Final

from fukkatsu._model.fix import Fix, FixKey, FixState
from fukkatsu._store.recorded import StoredCall, few
from fukkatsu._store.records import Attempt, Circumstances, Entry, FailureRecord, FixRecord, Verification, may_follow

if TYPE_CHECKING:
    from fukkatsu._model.patch import Candidate
    from fukkatsu._model.verdict import Report

KEPT: Final = 1_000
"""Entries of the audit, and refused suggestions, that memory keeps: a program that fails for a year must not grow."""


FUNCTIONS: Final = 100
"""Functions whose calls memory keeps, and failures: their own recorders remember them, too."""


class MemoryBackend:
    """Everything in this process, until it ends; thread-safe, also across a fork."""

    def __init__(self) -> None:
        self._own_lock, self._pid = RLock(), os.getpid()
        self._records: dict[str, FixRecord] = {}
        self._sources: dict[tuple[str, str], str] = {}
        self._refused: deque[tuple[FixKey, Attempt]] = deque(maxlen=KEPT)
        self._failures: dict[FixKey, FailureRecord] = {}
        self._calls: dict[tuple[str, str, str], tuple[StoredCall, ...]] = {}
        self._failing: dict[FixKey, StoredCall] = {}
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    @property
    def _lock(self) -> RLock:
        if self._pid != os.getpid():  # forked: the parent may have held it at that moment
            self._own_lock, self._pid = RLock(), os.getpid()
        return self._own_lock

    def find(self, key: FixKey, policy_sha256: str = "") -> tuple[Fix, ...]:
        with self._lock:
            return tuple(
                record.fix
                for record in self._records.values()
                if record.fix.key == key and policy_sha256 in ("", record.fix.policy_sha256)
            )

    def remember(self, fix: Fix, circumstances: Circumstances = Circumstances()) -> Fix:  # noqa: B008 - frozen
        with self._lock:
            for known in self.find(fix.key, fix.policy_sha256):
                if known.id != fix.id and known.candidate.text == fix.candidate.text and known.state != "expired":
                    return known
            before = self._records.pop(fix.id, None)
            self._note_failure(fix.key, circumstances, 0)
            self._records[fix.id] = FixRecord(fix=fix, circumstances=circumstances, changed=time.time())
            if before is None:
                self._write(f"fix.{'proposed' if fix.state == 'pending' else 'accepted'}", fix)
            return fix

    def adopt(self, fix: Fix) -> None:
        """Keep *fix* as another place has it, without a word in the audit."""
        with self._lock:
            before = self._records.get(fix.id)
            circumstances = before.circumstances if before is not None else Circumstances()
            self._records[fix.id] = FixRecord(fix=fix, circumstances=circumstances, changed=time.time())

    def change_state(self, fix_id: str, state: FixState, reason: str = "", actor: str = "") -> Fix | None:
        with self._lock:
            record = self._records.get(fix_id)
            if record is None:
                return None
            if may_follow(record.fix, state, actor):
                approver = actor if state == "active" else record.fix.approved_by
                fix = replace(record.fix, state=state, approved_by=approver)
                changed = replace(record, fix=fix, changed=time.time(), decided_by=actor, reason=reason)
                self._records[fix_id] = record = changed
                self._write(f"fix.{'approved' if state == 'active' else state}", fix, actor, {"reason": reason})
            return record.fix

    def fixes(self) -> tuple[Fix, ...]:
        with self._lock:
            return tuple(record.fix for record in self._records.values())

    def record(self, fix_id: str) -> FixRecord | None:
        with self._lock:
            record = self._records.get(fix_id)
            if record is None:
                return None
            key = record.fix.key
            current = self._sources.get((key.module, key.qualname), key.source_sha256) == key.source_sha256
            refused = sum(1 for told, _ in self._refused if told == key)
            return replace(record, current=current, refused=refused)

    def records(self, states: Iterable[FixState] = ()) -> tuple[FixRecord, ...]:
        wanted = frozenset(states)
        with self._lock:
            found = [self.record(fix.id) for fix in self.fixes() if not wanted or fix.state in wanted]
        return tuple(record for record in found if record is not None)

    def note_suggestion(self, key: FixKey, candidate: Candidate, report: Report, circumstances: Circumstances) -> None:
        with self._lock:
            self._note_failure(key, circumstances, 0)
            self._refused.append((key, Attempt(candidate=candidate, report=report, created=time.time())))

    def note_failure(self, key: FixKey, circumstances: Circumstances) -> None:
        with self._lock:
            self._note_failure(key, circumstances, 1)

    def _note_failure(self, key: FixKey, circumstances: Circumstances, seen: int) -> None:
        now = time.time()
        self._note_source(key)
        known = self._failures.pop(key, None)
        if known is None:
            self._failures[key] = FailureRecord(key=key, circumstances=circumstances, first_seen=now, last_seen=now)
        else:
            self._failures[key] = replace(known, last_seen=now, seen=known.seen + seen)
        while len(self._failures) > KEPT:
            del self._failures[next(iter(self._failures))]

    def failures(self, digest: str = "") -> tuple[FailureRecord, ...]:
        with self._lock:
            found = [record for record in self._failures.values() if digest in ("", record.digest)]
            return tuple(
                replace(
                    record,
                    refused=sum(1 for told, _ in self._refused if told == record.key),
                    fixes=tuple(fix.id for fix in self.find(record.key)),
                )
                for record in found
            )

    def attempts(self, key: FixKey) -> tuple[Attempt, ...]:
        with self._lock:
            refused = [attempt for told, attempt in self._refused if told == key]
            kept = [
                Attempt(candidate=fix.candidate, report=fix.report, created=fix.created, fix_id=fix.id)
                for fix in self.find(key)
            ]
            return tuple(sorted((*refused, *kept), key=lambda attempt: attempt.created))

    def note_calls(self, key: FixKey, new: Sequence[StoredCall], circumstances: Circumstances) -> None:
        with self._lock:
            place = key.module, key.qualname, key.source_sha256
            known = {call.digest: call for call in self._calls.pop(place, ())}
            known |= {call.digest: call for call in new if not call.failing and call.digest not in known}
            self._calls[place] = tuple(few(tuple(known.values())))
            for call in new:
                if call.failing:
                    self._failing[key] = call
            for kept in (self._calls, self._failing):
                while len(kept) > FUNCTIONS:
                    del kept[next(iter(kept))]  # type: ignore[arg-type]  # a key of the very same dictionary

    def calls(self, key: FixKey) -> tuple[StoredCall, ...]:
        with self._lock:
            failing = self._failing.get(key)
            good = self._calls.get((key.module, key.qualname, key.source_sha256), ())
            return (*good, *(() if failing is None else (failing,)))

    def _note_source(self, key: FixKey) -> None:
        """What waits for an approval of another text of the same function has lapsed."""
        place = key.module, key.qualname
        if self._sources.get(place) == key.source_sha256:
            return
        self._sources[place] = key.source_sha256
        for fix in self.fixes():
            its = fix.key
            earlier = (its.module, its.qualname) == place and its.source_sha256 != key.source_sha256
            if earlier and fix.state == "pending":
                self.change_state(fix.id, "expired", "the function has changed")

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
        from fukkatsu._store.audit import link
        from fukkatsu._store.signing import Signer

        with self._lock:
            last = self._entries[-1] if self._entries else None
            entry = Entry(
                seq=last.seq + 1 if last is not None else 1,
                at=time.time(),
                event=event,
                module=module,
                qualname=qualname,
                fix_id=fix_id,
                actor=actor or f"process {os.getpid()}",
                details={name: value for name, value in (details or {}).items() if value not in ("", None)},
            )
            self._entries.append(link(entry, last.digest if last is not None else "", Signer(None, required=False)))

    def _write(self, event: str, fix: Fix, actor: str = "", details: Mapping[str, object] | None = None) -> None:
        self.write(
            event,
            module=fix.key.module,
            qualname=fix.key.qualname,
            fix_id=fix.id,
            actor=actor,
            details=details,
        )

    def entries(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        with self._lock:
            found = [entry for entry in self._entries if entry.seq > after]
        return tuple(found[:limit])

    def verify(self) -> Verification:
        from fukkatsu._store.audit import verify
        from fukkatsu._store.signing import Signer

        entries = self.entries()
        last = entries[-1] if entries else Entry(seq=0, at=0.0, event="")
        return verify(entries, (last.seq, last.digest, last.signature), Signer(None, required=False))

    def forget(self) -> None:
        """Drop every fix."""
        with self._lock:
            self._records.clear()
            self._refused.clear()
            self._failures.clear()
            self._calls.clear()
            self._failing.clear()

    def close(self) -> None:
        """Nothing is open."""
