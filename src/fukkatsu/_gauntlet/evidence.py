"""What is known of one function, kept over its candidates: generated inputs with the original's answers, replays."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

T = TypeVar("T")


class _Entry:
    __slots__ = ("done", "lock", "value")

    def __init__(self) -> None:
        self.lock = Lock()
        self.done = False
        self.value: Any = None


class FunctionEvidence:
    """Facts that are worked out once per function and used for every candidate.

    ``remember`` works each fact out at most once, whichever thread asks first: the engine asks for the slow ones
    while the model thinks, and a stage that comes earlier waits for that instead of doing it again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[Hashable, _Entry] = {}

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value for *key*, made by *make* the first time. When *make* raises, nothing is kept."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
        with entry.lock:
            if not entry.done:
                entry.value = make()
                entry.done = True
            return cast("T", entry.value)

    def known(self, key: Hashable) -> bool:
        """Whether *key* has been worked out already."""
        with self._lock:
            entry = self._entries.get(key)
        return entry is not None and entry.done

    def forget(self) -> None:
        """Drop everything: the function or its surroundings changed."""
        with self._lock:
            self._entries.clear()
