"""Good calls nested deeper than any that was seen, for authors who recurse: the tenth level is like the second.

A correction that turns recursion into one loop, or two, agrees with it on whatever is nested so deep and no deeper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fukkatsu._oracle.places import Step, places_of, with_value


def nested(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """*arguments* with a part of one the whole of it, where both are of one type; deeper parts first.

    Where others have such a part in the same place they are nested with it: two trees are walked in step.
    """
    found: dict[tuple[Step, ...], dict[str, Any]] = {}
    for place in places_of(arguments):
        (_, name), *rest = place.path
        if rest and type(place.value) is type(arguments[name]) and _nests(place.value):
            found.setdefault(tuple(rest), {})[name] = arguments[name]
    for steps in sorted(found, key=len, reverse=True):
        together = dict(arguments)
        for name, whole in found[steps].items():
            together = with_value(together, (("parameter", name), *steps), whole)
        yield together
        if len(found[steps]) > 1:
            for name, whole in found[steps].items():
                yield with_value(arguments, (("parameter", name), *steps), whole)


def _nests(value: Any) -> bool:
    return type(value) in (list, tuple, dict, set) or hasattr(value, "__dict__") or hasattr(type(value), "__slots__")
