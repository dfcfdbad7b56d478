"""The decimal context of the thread that asks: a runner computes under it, as the function does in the host.

Each call begins under a fresh one without flags, so that no call is told what an earlier one signalled.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Final, TypeAlias

Settings: TypeAlias = tuple[int, str, int, int, int, int, tuple[str, ...]]
"""``prec``, ``rounding``, ``Emin``, ``Emax``, ``capitals``, ``clamp``, and the names of the trapped signals."""

_USUAL: Final[Settings] = (
    28, "ROUND_HALF_EVEN", -999_999, 999_999, 1, 0, ("DivisionByZero", "InvalidOperation", "Overflow"),
)  # fmt: skip


def of_this_thread() -> Settings | None:
    """As it is now; ``None`` stands for the usual one, which also has who never loaded `decimal`."""
    decimal: Any = sys.modules.get("decimal")
    if decimal is None:
        return None
    now = decimal.getcontext()
    trapped = tuple(sorted(signal.__name__ for signal, on in now.traps.items() if on))
    settings = (now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp, trapped)
    return None if settings == _USUAL else settings


def use(settings: Settings | None) -> None:
    """Compute under it from now on; as a context of its own, with no flag set."""
    import decimal

    decimal.setcontext(_context(settings or _USUAL).copy())


@functools.lru_cache(maxsize=8)
def _context(settings: Settings) -> Any:
    import decimal

    prec, rounding, smallest, largest, capitals, clamp, trapped = settings
    signals = [getattr(decimal, name) for name in trapped]
    return decimal.Context(prec, rounding, smallest, largest, capitals, clamp, [], signals)
