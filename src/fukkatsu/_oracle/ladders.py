"""Calls that grow step by step, half as large again each time: what hangs on more than was seen shows itself on one.

One ladder scales all arguments of a call together, the others one argument each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._oracle import values
from fukkatsu._oracle.sizes import COUNT, scaled

_RUNG: Final = 1.5  # what honest algorithm takes for ever where it took no time on the rung below?
_RUNGS: Final = (1.5, 2.25, 3.4, 5.0, 7.6, 11.4)
_FEW_RUNGS: Final = _RUNGS[1::2]
_GREATEST: Final = 1_000  # numbers grow beyond it only if they were seen so large: they may say how much to make


@dataclass(frozen=True, slots=True)
class Rung:
    """One call of a ladder.

    Attributes:
        origin: ``"larger"``, or ``"greater"`` where only numbers grow.
        call: Arguments by parameter name.
        ladder: Its number from 1; the first is the failing call's, if there is one.
    """

    origin: str
    call: Mapping[str, Any]
    ladder: int


def ladders(seen: Sequence[Mapping[str, Any] | None], *, failing: bool, most_bytes: int) -> Iterator[Rung]:
    """Ladders of the failing call, the first one seen if *failing*, and of the two largest others."""
    sizes = [(_size(call), at) for at, call in enumerate(seen) if call]
    largest = [at for _, at in sorted(sizes, reverse=True)[:2]]
    ladder = 1 if failing else 2  # the first ladder is the failing call's, as a whole
    size_of = {at: size for size, at in sizes}
    for at in dict.fromkeys(([0] if failing else []) + largest):
        base = seen[at]
        if base is None:
            continue
        for names in ([list(base)] + [[name] for name in base]) if len(base) > 1 else [list(base)]:
            numbers = [abs(number) for name in names if (number := _number(base[name])) is not None]
            if numbers and len(numbers) == len(names):
                whole = any(type(base[name]) in (int, str) for name in names)  # of fractions nobody makes so many
                steps = 1 if names == list(base) else 2
                origin, rungs = "greater", list(_number_rungs(max(numbers) if whole else math.inf, steps=steps))
            else:
                origin, rungs = "larger", list(_RUNGS if len(names) == len(base) else _FEW_RUNGS)
            for factor in rungs:
                if origin == "larger" and size_of.get(at, 0) * factor > 2 * most_bytes:
                    break
                call = {name: scaled(value, factor) if name in names else value for name, value in base.items()}
                yield Rung(origin, call, ladder)
            ladder += 1


_COUNTED: Final = 10.0**300


def _number(value: Any) -> float | None:
    """The number that *value* is, or that it says in digits: who makes one of it may make so many of something."""
    if type(value) in (int, float):
        return float(value) if abs(value) < _COUNTED else math.inf
    return abs(float(value)) if type(value) is str and COUNT.fullmatch(value) else None


def _size(call: Mapping[str, Any]) -> int:
    """How much there is of a call's arguments; their own ``__repr__`` is not asked, it may be what crashes."""
    return len(values.encode(list(call.values()), iterator_items=0).text)


def _number_rungs(largest: float, *, steps: int) -> Iterator[float]:
    """Factors for numbers of which *largest* is the largest: beyond the usual rungs where it is small."""
    rung = 1
    while largest > 0 and (rung <= len(_RUNGS) or largest * _RUNG**rung < _GREATEST):
        yield _RUNG**rung
        rung += steps
