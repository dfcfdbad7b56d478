"""The way from a process to its database: one link for each process, and what to do where it leads nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from fukkatsu._store.address import open_backend, shown_url

if TYPE_CHECKING:
    from fukkatsu._store.link import Link
    from fukkatsu._store.sql import SqlBackend

T = TypeVar("T")


class Reach:
    """What can be asked of a database, and what it can be told, whether it is there or not.

    Args:
        url: Of the database; ``None``: there is none.
        key: That rows are signed with.
        unsigned: Do without one.
        timeout_seconds: Longest wait for a connection, a lock or a statement, in seconds.
    """

    def __init__(self, url: str | None, key: bytes | None, *, unsigned: bool, timeout_seconds: float) -> None:
        self.url, self.timeout_seconds = url, timeout_seconds
        self._key, self._unsigned = key, unsigned
        self._links: tuple[int, Link[SqlBackend]] | None = None
        self._own_lock = os.getpid(), Lock()

    @property
    def _guard(self) -> Lock:
        if self._own_lock[0] != os.getpid():  # forked: the parent may have held it at that moment
            self._own_lock = os.getpid(), Lock()
        return self._own_lock[1]

    def _link(self) -> Link[SqlBackend]:
        """Of this process: a forked child must not talk over its parent's connections."""
        with self._guard:
            if self._links is None or self._links[0] != os.getpid():
                from fukkatsu._store.link import Link

                # A piece of work is a few statements, each bounded by itself: this ends what no bound of theirs ends.
                wait = 2 * self.timeout_seconds + 1
                self._links = os.getpid(), Link(self._open, shown_url(self.url or ""), wait)
            return self._links[1]

    def _open(self) -> SqlBackend:
        return open_backend(self.url or "", self._key, unsigned=self._unsigned, timeout_seconds=self.timeout_seconds)

    def _ask(self, work: Callable[[SqlBackend], T], otherwise: T) -> T:
        if self.url is None:
            return otherwise
        from fukkatsu._store.link import Unreachable

        try:
            return self._link().do(work)
        except Unreachable:
            return otherwise

    def _change(self, work: Callable[[SqlBackend], T]) -> T | None:
        """The same for what must not be lost: where it cannot be done now, it is done later."""
        from fukkatsu._store.link import Unreachable

        try:
            return self._link().do(work)
        except Unreachable:
            self._link().keep(work)
            return None

    def _note(self, work: Callable[[SqlBackend], object]) -> None:
        if self.url is not None:
            self._link().post(work)

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until everything noted is in the database; ``False``: it is not there."""
        return self.url is None or self._link().settle(seconds)

    @property
    def reachable(self) -> bool:
        """Whether the database answered when it was last asked."""
        return self.url is None or not self._link().down
