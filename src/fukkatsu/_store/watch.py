"""News for running processes: what people revoke or switch off is heard within seconds.

One thread for each store that has a database. PostgreSQL wakes it with a notification; elsewhere it looks every two
seconds. What it hears are the new entries of the audit, in order and none twice; during an outage nothing is heard, and
nothing missed afterwards.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._store.database import CHANNEL, Database
from fukkatsu._store.records import Entry

LOOK_SECONDS: Final = 2.0
"""Between two looks where nobody calls, and between two attempts to reach a database that is away."""

_log = logging.getLogger("fukkatsu")


class Watcher:
    """Tells *listener* of new entries of the audit until `stop`.

    Args:
        opening: Makes a backend of the watcher's own.
        listener: Gets the new entries, oldest first, in the watcher's thread; none at all when a watch begins, or
            begins again after an outage: what it knows may be old by then. It is asked again until it answers ``True``.
            What it raises is logged.
        refresh_seconds: Longest time between two looks where PostgreSQL calls.
        regularly: Called after each look, also when there is nothing new.
    """

    def __init__(
        self,
        opening: Callable[[], Database],
        listener: Callable[[tuple[Entry, ...]], bool],
        refresh_seconds: float,
        regularly: Callable[[], object] = lambda: None,
    ) -> None:
        self._opening, self._listener, self._refresh_seconds = opening, listener, refresh_seconds
        self._regularly = regularly
        self._stopped, self.listening = threading.Event(), threading.Event()
        self._after: int | None = None
        self._behind = True
        self._thread = threading.Thread(target=self._work, name="fukkatsu-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; the thread needs up to two seconds for that, and nobody waits."""
        self._stopped.set()

    def _work(self) -> None:
        backend: Database | None = None
        calls: Any = None
        while not self._stopped.is_set():
            try:
                if backend is None:
                    backend = self._opening()
                    calls = _listen(backend)
                    self._after = backend.newest() if self._after is None else self._after
                    self._behind = True
                self._behind = self._behind and not self._tell(())
                self._look(backend)
                self.listening.set()
                self._do_what_waits()
                self._pause(calls)
            except Exception as why:  # noqa: BLE001 - an outage: callers have their own way of noticing
                _log.debug("the watch over the store was interrupted: %s", why)
                _hang_up(calls)
                calls = None
                if backend is not None:
                    backend.close()
                backend = None
                self._stopped.wait(LOOK_SECONDS)
        _hang_up(calls)
        if backend is not None:
            backend.close()

    def _look(self, backend: Database) -> None:
        entries = backend.entries(self._after or 0)
        if entries:
            self._after = entries[-1].seq
            self._tell(entries)

    def _tell(self, entries: tuple[Entry, ...]) -> bool:
        try:
            return self._listener(entries)
        except Exception:  # noqa: BLE001 - the next news must be heard as well
            _log.exception("news from the store could not be put to work")
            return True

    def _do_what_waits(self) -> None:
        try:
            self._regularly()
        except Exception:  # noqa: BLE001 - it is no outage, and the watch goes on
            _log.exception("what waits for news from the store could not be done")

    def _pause(self, calls: Any) -> None:
        if calls is None or self._behind:
            self._stopped.wait(min(self._refresh_seconds, LOOK_SECONDS))
            return
        until = time.monotonic() + self._refresh_seconds
        while not self._stopped.is_set() and time.monotonic() < until:
            # short waits, so that the end of a program does not hang on this
            for _ in calls.notifies(timeout=min(LOOK_SECONDS, self._refresh_seconds), stop_after=1):
                return


def _listen(backend: Database) -> Any:
    """A connection that PostgreSQL calls us on; ``None`` where there is no such thing."""
    if backend.engine.dialect.name != "postgresql":
        return None
    pooled = backend.engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()  # the pool must not hand it out
    connection.autocommit = True
    connection.execute(f"LISTEN {CHANNEL}")
    return connection


def _hang_up(calls: Any) -> None:
    if calls is not None:
        try:
            calls.close()
        except Exception as why:  # noqa: BLE001 - it is gone already
            _log.debug("closing a listener: %s", why)
