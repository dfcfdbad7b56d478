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
    "suggestion.failed",
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
        details: Plain data; which keys depends on *name*, as below, and may grow. A ``reason`` or ``evidence`` may
            quote what the function was given: mind where it goes.

    - ``failure.seen``: ``exception``, its class.
    - ``suggestion.requested``: ``request``, a number that its end bears too; ``messages``, how many; and as far as
      they are known ``provider``, ``model``, ``server``, ``port``.
    - ``suggestion.received``: ``request``, ``model``, ``prompt_tokens``, ``completion_tokens``, ``seconds``.
    - ``suggestion.failed``: ``request``, ``error`` (the ``kind`` of a `ProviderError`, or a class), ``seconds``.
    - ``candidate.refused``: ``stage``, ``reason``; ``candidate.accepted``: ``evidence``.
    - ``fix.installed``: ``fix``, its id, and ``lives_left``; ``fix.removed``: ``fix``, ``reason``.
    - ``flatline``: ``reason``.
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
