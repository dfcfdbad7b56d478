"""How far below a value something that outlives the call lies: what ``changes.py`` computes with.

A value is described by the lasting names that are reached through it, each with the numbers of steps (items,
attributes) that lead there: ``[CONFIG]`` is one step from ``CONFIG``, ``CONFIG`` none. Whatever is reached inside a
lasting value is lasting as well, under the name ``CONFIG.``; what lies in a container of constants is a constant.
``items@'rows'`` is such a value, too, where it is known under which key its container has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from fukkatsu._language.lasting import SHALLOW

Depths: TypeAlias = dict[str, int]
"""Names, each with a set of numbers of steps: bit *n* stands for *n*, the last for as many and more."""

NOTHING: Final[Depths] = {}
OF_LIBRARY: Final[Depths] = {"<an object of the library>": 1}
"""Of other classes than containers and values: whatever method it has may keep what it is given."""
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


def placed(depths: Depths, key: str) -> Depths:
    """What holds it under a known *key*: see ``key_of`` and ``place_of``."""
    found = held({name: mask & ~1 for name, mask in depths.items() if mask & ~1})
    for name, mask in depths.items():
        if mask & 1:
            found[f"{name}@{key}"] = found.get(f"{name}@{key}", 0) | 2
    return found


def key_of(value: object) -> str:
    """A constant key of a dict: ``1``, ``1.0`` and ``True`` are one."""
    if isinstance(value, (float, complex)) or value is True or value is False:
        real = complex(value).real
        return f"{int(real)!r}" if value == real and math.isfinite(real) and real == int(real) else f"{value!r}"
    return f"{value!r}"


def attribute(name: str) -> str:
    """An attribute."""
    return f".{name}"


def place_of(number: int, length: int) -> str:
    """A place in a tuple."""
    return f"{number}/{length}"


def _is_at(key: str, asked: str) -> bool:
    """Whether the constant *asked* for, or place, may mean *key*."""
    if key == asked:
        return True
    number, _, length = key.partition("/")
    return length.isdigit() and "/" not in asked and asked in (number, str(int(number) - int(length)))


def item(depths: Depths, kinds: Mapping[str, str], key: str | None = None) -> Depths:
    """What lies one step below, under *key* where it is known."""
    found: Depths = {}
    for name, mask in depths.items():
        if "@" in name:
            if mask & 2:
                plain, _, known = name.partition("@")
                if key is None or _is_at(known, key):
                    found[plain] = found.get(plain, 0) | 1
            if below := ((mask >> 1) & ~1) | (mask & _LAST):
                found[name] = found.get(name, 0) | below
            continue
        if below := (mask >> 1) | (mask & _LAST):
            found[name] = found.get(name, 0) | below
        if mask & 1 and (name.endswith(".") or kinds.get(name) != SHALLOW):
            inside = name if name.endswith(".") else f"{name}."
            found[inside] = found.get(inside, 0) | 1
    return found


def copied(depths: Depths, kinds: Mapping[str, str]) -> Depths:
    """A copy of its first level: ``list(x)``, ``x[:]``, ``x + y``."""
    above = {name: mask & ~1 for name, mask in depths.items() if mask & ~1 and "@" not in name}
    for name, mask in depths.items():
        if "@" in name:  # in another order, maybe
            plain = name.partition("@")[0]
            above[plain] = above.get(plain, 0) | (mask & 2)
            if mask & ~3:
                above[name] = mask & ~3
    return join((above, held(item({name: 1 for name, mask in depths.items() if mask & 1}, kinds))))


def anywhere(depths: Depths) -> Depths:
    """It, or something at any depth around it: where more is not known."""
    return {f"{name.partition('@')[0].rstrip('.')}.": _ALL for name in depths}


def is_of_library(depths: Depths) -> bool:
    """Whether it may be an object of the library, or a method of one."""
    return any(depths.get(name, 0) & 1 for name in OF_LIBRARY)


def given_back(depths: Depths) -> Depths:
    """What an object of the library, or a method of one, may give of what it keeps."""
    kept = {name: mask for name, mask in depths.items() if mask & ~1 and name[0] != "<" and name[-1] != "!"}
    return {**anywhere(kept), **OF_LIBRARY}


def itself(depths: Depths) -> list[str]:
    """The names whose values it may be, or be reached inside: changing it would change them."""
    return [name for name, mask in depths.items() if mask & 1]


def of(name: str) -> str:
    """The lasting name in *name*: ``self`` of ``self.items.`` and of ``self.``."""
    return name.partition("@")[0].partition(".")[0]
