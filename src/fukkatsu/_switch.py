"""The kill switch: ``FUKKATSU=off`` in the environment, or ``disable()`` in the process."""

from __future__ import annotations

import os

_OFF = frozenset({"off", "0", "false", "no"})
_disabled = False


def is_disabled() -> bool:
    """Whether nothing is to be healed now: the switch is thrown, or ``FUKKATSU`` says off."""
    return _disabled or os.environ.get("FUKKATSU", "").strip().lower() in _OFF


def set_disabled(disabled: bool) -> bool:
    """Throw the switch of this process; ``FUKKATSU=off`` stays in force whatever is said here.

    Returns:
        How the switch stood before.
    """
    global _disabled
    before, _disabled = _disabled, bool(disabled)
    return before


def disable() -> None:
    """Heal nothing in this process until `enable`: decorated functions raise what they raise."""
    set_disabled(True)


def enable() -> None:
    """Heal again. ``FUKKATSU=off`` in the environment stays in force."""
    set_disabled(False)
