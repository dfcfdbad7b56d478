"""How far below a value something that outlives the call lies: what ``changes.py`` computes with.

A value is described by the lasting names that are reached through it, each with the numbers of steps (items,
attributes) that lead there: ``[CONFIG]`` is one step from ``CONFIG``, ``CONFIG`` none. Whatever is reached inside a
lasting value is lasting as well, under the name ``CONFIG.``; what lies in a container of constants is a constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from fukkatsu._language.lasting import SHALLOW

Depths: TypeAlias = dict[str, int]
"""Names, each with a set of numbers of steps: bit *n* stands for *n*, the last for as many and more."""

NOTHING: Final[Depths] = {}
_LAST: Final = 1 << 6
_ALL: Final = (_LAST << 1) - 1


def join(parts: Iterable[Depths]) -> Depths:
    """What is one of *parts*."""
    found: Depths = {}
    for part in parts:
        for name, mask in part.items():
            found[name] = found.get(name, 0) | mask
    return found


def held(depths: Depths, steps: int = 1) -> Depths:
    """What holds it, *steps* above."""
    found = depths
    for _ in range(steps):
        found = {name: ((mask << 1) & _ALL) | (mask & _LAST) for name, mask in found.items()}
    return found


def item(depths: Depths, kinds: Mapping[str, str]) -> Depths:
    """What lies one step below."""
    found: Depths = {}
    for name, mask in depths.items():
        if below := (mask >> 1) | (mask & _LAST):
            found[name] = found.get(name, 0) | below
        if mask & 1 and (name.endswith(".") or kinds.get(name) != SHALLOW):
            inside = name if name.endswith(".") else f"{name}."
            found[inside] = found.get(inside, 0) | 1
    return found


def copied(depths: Depths, kinds: Mapping[str, str]) -> Depths:
    """A copy of its first level: ``list(x)``, ``x[:]``, ``x + y``."""
    above = {name: mask & ~1 for name, mask in depths.items() if mask & ~1}
    return join((above, held(item({name: 1 for name, mask in depths.items() if mask & 1}, kinds))))


def anywhere(depths: Depths) -> Depths:
    """It, or something at any depth around it: where more is not known."""
    return {f"{name.rstrip('.')}.": _ALL for name in depths}


def itself(depths: Depths) -> list[str]:
    """The names whose values it may be, or be reached inside: changing it would change them."""
    return [name for name, mask in depths.items() if mask & 1]


def of(name: str) -> str:
    """The lasting name in *name*."""
    return name.rstrip(".")
