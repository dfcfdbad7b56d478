"""Trees of an author's own objects: parts of the class of the whole are trees as well, and stand for one another.

Such objects hold each other in lists that nothing plain is in. Varied attribute by attribute they stay what they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from fukkatsu._oracle.places import Place, places_of, state_of, with_value


def subtrees(call: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """*call* with a part of an argument for the whole of it, and with one part in the place of another."""
    for name, whole in call.items():
        if not state_of(whole):
            continue
        parts = [one for one in places_of({name: whole}) if len(one.path) > 1 and type(one.value) is type(whole)]
        if not parts or any(_refers_back(name, whole, part) for part in parts):
            continue
        for part in parts:
            yield {**call, name: part.value}
        for one, other in itertools.permutations(parts, 2):
            if one.path[: len(other.path)] != other.path and one.value is not other.value:
                yield with_value(call, one.path, other.value)


def _refers_back(name: str, whole: Any, part: Place) -> bool:
    """Whether a part is something that it is a part of: what knows its owner is no tree of its own."""
    above = {id(one.value) for one in places_of({name: whole}) if part.path[: len(one.path)] == one.path != part.path}
    return id(part.value) in above or any(id(value) in above for value in state_of(part.value).values())
