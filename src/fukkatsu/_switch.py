"""The kill switch: ``FUKKATSU=off`` in the environment, or ``disable()`` in the process."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar

OFF = frozenset({"off", "0", "false", "no"})
_disabled = False
_watchers: list[Callable[[bool], object]] = []

repairing: ContextVar[bool] = ContextVar("fukkatsu_repairing", default=False)
"""Set while a repair goes on: what fails inside one (a provider, an approval) is not repaired in its turn."""


def is_disabled() -> bool:
    """Whether nothing is to be healed now: the switch is thrown, or ``FUKKATSU`` says off."""
    return _disabled or os.environ.get("FUKKATSU", "").strip().lower() in OFF


def set_disabled(disabled: bool) -> bool:
    """Throw the switch of this process; ``FUKKATSU=off`` stays in force whatever is said here.

    Returns:
        How the switch stood before.
    """
    global _disabled
    before, _disabled = _disabled, bool(disabled)
    if before != _disabled:
        for watcher in _watchers:
            watcher(_disabled)
    return before


def watch(watcher: Callable[[bool], object]) -> None:
    """Have *watcher* told whenever the switch is thrown: ``True`` is off."""
    _watchers.append(watcher)


def disable() -> None:
    """Heal nothing in this process until `enable`: originals serve, also where a fix is in place."""
    set_disabled(True)


def enable() -> None:
    """Heal again; fixes that are in place answer again. ``FUKKATSU=off`` in the environment stays in force."""
    set_disabled(False)
