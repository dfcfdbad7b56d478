"""`Store`: what users pass as ``store=``. Memory by itself; with a URL a database, and memory while that is away."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._model.fix import Fix, FixKey, FixState
from fukkatsu._store.address import check_url, shown_url
from fukkatsu._store.memory import MemoryBackend
from fukkatsu._store.reach import Reach
from fukkatsu._store.records import (
    ALIVE,
    Attempt,
    Circumstances,
    Entry,
    FailureRecord,
    FixRecord,
    Verification,
    key_digest,
)
from fukkatsu.errors import ConfigurationError

if TYPE_CHECKING:
    from fukkatsu._model.patch import Candidate
    from fukkatsu._model.verdict import Report
    from fukkatsu._store.leases import Turn
    from fukkatsu._store.recorded import StoredCall
    from fukkatsu._store.sql import SqlBackend
    from fukkatsu._store.watch import Watcher

_log = logging.getLogger("fukkatsu")

_PROCESS: Final = uuid.uuid4().hex
"""This program: two machines may have a process of the same number."""
_NOTHING: Final = Circumstances()


class Store(Reach):
    """Remembers fixes by function, source, failure, request and policy; any thread, and any fork, may use it.

    Without *url* it is this process's memory. With one, fixes outlive the process and are shared by all that use the
    same database. Where the database cannot be used (locked, full, read-only, gone) the program goes on with memory,
    one warning says so, and what was accepted meanwhile is written when the database is back.

    Args:
        url: ``sqlite:///fixes.db`` (four slashes for an absolute path) or
            ``postgresql+psycopg://user:password@host/database``.
        key_file: File with the key that rows are signed with; else ``FUKKATSU_STORE_KEY``, or the file that
            ``FUKKATSU_STORE_KEY_FILE`` names.
        unsigned: Do without a key: whoever can write to the database can then have code run by all who read it.
        refresh_seconds: How often processes look for news where the database cannot tell them, in seconds. Revocations
            are looked for at least every two seconds.
        timeout_seconds: Longest wait for a connection, a lock or a statement, in seconds.
        lease_seconds: How long a process that asks the model may be silent before another one takes over, in seconds.

    Raises:
        ConfigurationError: The URL cannot be used, a package for it is missing, or there is no key.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key_file: str | os.PathLike[str] | None = None,
        unsigned: bool = False,
        refresh_seconds: float = 30.0,
        timeout_seconds: float = 3.0,
        lease_seconds: float = 10.0,
    ) -> None:
        self.lease_seconds = lease_seconds
        self.refresh_seconds = refresh_seconds
        super().__init__(url, None, unsigned=unsigned, timeout_seconds=timeout_seconds)
        self._memory = MemoryBackend()
        self._off: frozenset[tuple[str, str]] = frozenset()
        self._watchers: tuple[int, Watcher] | None = None
        self._listeners: list[Callable[[Store, tuple[Entry, ...]], bool]] = []
        self._regular: list[Callable[[Store], object]] = []
        if url is None:
            return
        check_url(url)
        for name in ("refresh_seconds", "timeout_seconds", "lease_seconds"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
                msg = f"Store: {name}={value!r} must be a positive number of seconds."
                raise ConfigurationError(msg)
        from fukkatsu._store.signing import find_key

        self._key = find_key(key_file)
        if self._key is None and not unsigned:
            msg = (
                f"store={shown_url(url)!r}: fixes that outlive the process are signed, and there is no key. Set "
                "FUKKATSU_STORE_KEY (or FUKKATSU_STORE_KEY_FILE); "
                'python -c "import secrets; print(secrets.token_hex(32))" prints one. '
                "Store(url, unsigned=True) does without, and then whoever can write to the database can run code here."
            )
            raise ConfigurationError(msg)

    def __repr__(self) -> str:
        return f"<Store in {shown_url(self.url) if self.url else 'memory'}>"

    # -- fixes ---------------------------------------------------------------------------------------------------------

    def known(self, key: FixKey, policy_sha256: str = "") -> Fix | None:
        """The newest fix for *key* that nobody took back, or ``None``."""
        alive = [fix for fix in self.find(key, policy_sha256) if fix.state in ALIVE]
        return alive[-1] if alive else None

    def find(self, key: FixKey, policy_sha256: str = "") -> tuple[Fix, ...]:
        """All fixes for *key*, in whatever state, oldest first."""
        if self.url is None:
            return self._memory.find(key, policy_sha256)
        found = self._ask(lambda backend: backend.find(key, policy_sha256), None)
        if found is None:
            return self._memory.find(key, policy_sha256)
        for fix in found:
            self._memory.adopt(fix)
        return found

    def remember(self, fix: Fix, circumstances: Circumstances = _NOTHING) -> Fix:
        """Keep *fix*, and return what the store has for its text then: perhaps an older fix, perhaps one taken back."""
        if self.url is None:
            return self._memory.remember(fix, circumstances)
        kept = self._change(lambda backend: backend.remember(fix, circumstances))
        if kept is None:
            return self._memory.remember(fix, circumstances)
        self._memory.adopt(kept)
        return kept

    def change_state(self, fix_id: str, state: FixState, reason: str = "", actor: str = "") -> Fix | None:
        """Put the fix with that id into *state*, if that may follow; ``None`` when there is none.

        What is revoked, rejected or expired stays so: the fix is returned as it is.
        """
        ours = self._memory.change_state(fix_id, state, reason, actor)
        if self.url is None:
            return ours
        theirs = self._change(lambda backend: backend.change_state(fix_id, state, reason, actor))
        if theirs is not None:
            self._memory.adopt(theirs)
        return theirs or ours

    def fixes(self) -> tuple[Fix, ...]:
        """All fixes, oldest first."""
        return self._ask(lambda backend: backend.fixes(), None) or self._memory.fixes()

    def record(self, fix_id: str) -> FixRecord | None:
        """All that is known of one fix."""
        return self._ask(lambda backend: backend.record(fix_id), None) or self._memory.record(fix_id)

    def records(self, states: Iterable[FixState] = ()) -> tuple[FixRecord, ...]:
        """The same for all fixes, or for those in *states*, oldest first."""
        wanted = tuple(states)
        return self._ask(lambda backend: backend.records(wanted), None) or self._memory.records(wanted)

    def failures(self, digest: str = "") -> tuple[FailureRecord, ...]:
        """Failures, the one that was seen longest ago first; only the one of that *digest* where it is given."""
        return self._ask(lambda backend: backend.failures(digest), None) or self._memory.failures(digest)

    def attempts(self, key: FixKey) -> tuple[Attempt, ...]:
        """Every suggestion for the failure in *key*, oldest first, refused ones too."""
        return self._ask(lambda backend: backend.attempts(key), None) or self._memory.attempts(key)

    # -- what else is kept ---------------------------------------------------------------------------------------------

    def note_suggestion(self, key: FixKey, candidate: Candidate, report: Report, circumstances: Circumstances) -> None:
        """Keep a suggestion that was refused. Nobody waits for it."""
        self._memory.note_suggestion(key, candidate, report, circumstances)
        self._note(lambda backend: backend.note_suggestion(key, candidate, report, circumstances))

    def note_failure(self, key: FixKey, circumstances: Circumstances) -> None:
        """Count a failure. Nobody waits for it."""
        self._memory.note_failure(key, circumstances)
        self._note(lambda backend: backend.note_failure(key, circumstances))

    def note_calls(self, key: FixKey, new: Sequence[StoredCall], circumstances: Circumstances = _NOTHING) -> None:
        """Keep calls with their arguments as they were: only where the policy permits it. Nobody waits for it."""
        if self.url is None:
            self._memory.note_calls(key, new, circumstances)
            return

        def work(backend: SqlBackend) -> None:
            try:
                backend.note_calls(key, new, circumstances)
            except Exception as why:  # noqa: BLE001 - nothing was promised, and what is promised must not wait for it
                _log.warning("good calls of %s are not stored: %s", key.qualname, type(why).__name__)

        if self.reachable:  # they are worth having, and not worth keeping for after an outage
            self._note(work)

    def calls(self, key: FixKey) -> tuple[StoredCall, ...]:
        """The good calls that are kept of the function in *key*, and the failing call of its failure; oldest first."""
        if self.url is None:
            return self._memory.calls(key)
        return self._ask(lambda backend: backend.calls(key), ())

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
        """Add an entry to the audit. Nobody waits for it."""
        told: dict[str, Any] = {"module": module, "qualname": qualname, "fix_id": fix_id}
        told.update(actor=actor, details=details)
        if self.url is None:
            self._memory.write(event, **told)
        self._note(lambda backend: backend.write(event, **told))

    def entries(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Entries of the audit, oldest first."""
        if self.url is None:
            return self._memory.entries(after, limit)
        return self._ask(lambda backend: backend.entries(after, limit), ())

    def verify(self) -> Verification:
        """Follow the chain of the audit from its beginning."""
        found = self._ask(lambda backend: backend.verify(), None)
        return found or self._memory.verify()

    def note_state(self, fix_id: str, state: FixState, reason: str = "") -> None:
        """`change_state`, and nobody waits for it: memory at once, the database as soon as may be."""
        self._memory.change_state(fix_id, state, reason)
        self._note(lambda backend: backend.change_state(fix_id, state, reason))

    # -- what a fleet shares -------------------------------------------------------------------------------------------

    def is_off(self, module: str, qualname: str) -> bool:
        """Whether somebody has switched healing of that function off, or of all of them."""
        if self.url is not None:
            self._off = self._ask(lambda backend: backend.switched_off(), self._off)
        return bool(self._off & {("", ""), (module, qualname)})

    def switch(self, module: str = "", qualname: str = "", *, off: bool, reason: str = "", actor: str = "") -> None:
        """Switch healing of a function, or of all, off or on: for every process that uses the store."""
        named = frozenset({(module, qualname)})
        self._off = self._off | named if off else self._off - named
        if self.url is not None:
            self._change(lambda backend: backend.switch(module, qualname, off=off, reason=reason, actor=actor))

    def take_turn(self, key: FixKey) -> Turn | None:
        """Ask for the lease on *key*; ``None``: there is nobody to share it with, go on alone."""
        if self.url is None:
            return None
        from fukkatsu._store import leases

        digest, holder = self._lease_of(key)

        def work(backend: SqlBackend) -> Turn:
            with backend.reading() as connection:
                found = leases.look(connection, digest, holder)
            if found is not None:
                return found
            with backend.writing() as connection:
                return leases.take(connection, digest, holder, self.lease_seconds)

        return self._ask(work, None)

    def renew_turn(self, key: FixKey) -> bool:
        """Keep the lease for longer; ``False``: it was lost, or nobody can say."""
        from fukkatsu._store import leases

        digest, holder = self._lease_of(key)

        def work(backend: SqlBackend) -> bool:
            with backend.writing() as connection:
                return leases.renew(connection, digest, holder, self.lease_seconds)

        return self._ask(work, False)

    def end_turn(self, key: FixKey, cooldown_seconds: float | None = None, limit_seconds: float = 3_600.0) -> None:
        """Give the lease back; with *cooldown_seconds* after a flatline."""
        from fukkatsu._store import leases

        digest, holder = self._lease_of(key)

        def work(backend: SqlBackend) -> None:
            with backend.writing() as connection:
                leases.release(connection, digest, holder, cooldown_seconds, limit_seconds)

        self._ask(work, None)  # where it cannot be done, the lease ends by itself

    def _lease_of(self, key: FixKey) -> tuple[str, str]:
        return key_digest(key), f"{_PROCESS} {os.getpid()}"

    def free_in(
        self, spending: str, wanted: float, limit: float, window_seconds: float, *, take: bool
    ) -> tuple[float, float]:
        """Whether the fleet may spend *wanted* more: see `_suggest.budget.Ledger`.

        Without a database, or while it is away, each process counts for itself, which it does in any case.
        """

        def work(backend: SqlBackend) -> tuple[float, float]:
            from fukkatsu._store.spending import free_in

            with backend.writing() as connection:
                return free_in(connection, spending, wanted, limit, window_seconds, take=take, actor=backend.actor)

        return self._ask(work, (0.0, 0.0))

    def spend(self, spending: str, amount: float) -> None:
        """Count *amount*, spent now. Nobody waits for it."""

        def work(backend: SqlBackend) -> None:
            from fukkatsu._store.spending import add

            with backend.writing() as connection:
                add(connection, spending, amount, backend.actor)

        self._note(work)

    def listen(
        self,
        listener: Callable[[Store, tuple[Entry, ...]], bool],
        regularly: Callable[[Store], object] | None = None,
    ) -> None:
        """Have *listener* told, with this store, of entries of the audit from now on, in a thread of the store's.

        *regularly* is called there too, at least every ``refresh_seconds``, whether there is news or not.
        """
        if self.url is None:
            return
        with self._guard:
            if listener not in self._listeners:
                self._listeners.append(listener)
            if regularly is not None and regularly not in self._regular:
                self._regular.append(regularly)
            if self._watchers is not None and self._watchers[0] == os.getpid():
                return
            from fukkatsu._store.watch import Watcher

            try:
                self._watchers = os.getpid(), Watcher(self._open, self._tell, self.refresh_seconds, self._again)
            except RuntimeError:  # no thread can be started any more: the program ends
                return

    def _tell(self, entries: tuple[Entry, ...]) -> bool:
        answers = [listener(self, entries) for listener in tuple(self._listeners)]  # every one hears it
        return all(answers)

    def _again(self) -> None:
        for regularly in tuple(self._regular):
            regularly(self)

    def forget(self) -> None:
        """Drop what this process holds in memory; a database keeps its rows."""
        self._memory.forget()

    def close(self) -> None:
        """Stop listening and close connections; the next use opens them again."""
        with self._guard:
            watchers, self._watchers = self._watchers, None
        if watchers is not None:
            watchers[1].stop()
        if self._links is not None:
            self._link().end()


_opened: dict[str, Store] = {}
_opening = Lock()


def store_for(url: str) -> Store:
    """The one store of this process for *url*.

    Raises:
        ConfigurationError: As for `Store`.
    """
    with _opening:
        if url not in _opened:
            _opened[url] = Store(url)
        return _opened[url]
