"""One frozen record for each step of a repair, and hooks that receive them.

A hook is any callable that takes an ``Event``. What a hook raises is logged and goes no further: a hook cannot
break a repair.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal, TypeAlias

EventName: TypeAlias = Literal[
    "failure.seen",
    "suggestion.requested",
    "suggestion.received",
    "candidate.refused",
    "candidate.accepted",
    "fix.installed",
    "fix.removed",
    "flatline",
]
Hook: TypeAlias = Callable[["Event"], object]

_log = logging.getLogger("fukkatsu")
_lock = Lock()
_hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of a repair.

    Attributes:
        name: What happened: a noun and a past participle.
        function: Qualified name of the function.
        details: Plain data; which keys depends on *name* and may grow.
    """

    name: EventName
    function: str
    details: Mapping[str, Any] = field(default_factory=dict)


def subscribe(hook: Hook) -> Callable[[], None]:
    """Send every event to *hook* from now on, in the thread that repairs.

    Returns:
        A callable that ends the subscription; calling it twice does no harm.
    """
    global _hooks
    with _lock:
        _hooks = (*_hooks, hook)

    def unsubscribe() -> None:
        global _hooks
        with _lock:
            _hooks = tuple(h for h in _hooks if h is not hook)

    return unsubscribe


def emit(name: EventName, function: str, **details: Any) -> None:
    """Tell every hook; whatever one of them raises is logged and swallowed."""
    if not _hooks:
        return
    event = Event(name=name, function=function, details=details)
    for hook in _hooks:
        try:
            hook(event)
        except Exception:  # noqa: BLE001 - a hook is foreign code and must not break a repair
            _log.exception("event hook %r failed on %s; the repair goes on", hook, name)
