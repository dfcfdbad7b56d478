"""Which parts of the arguments are other objects after a call: ``rows[0] = {**rows[0]}`` is no change of ``rows[0]``.

Whoever holds a part that was replaced sees nothing of what the call did; one who holds a part that was changed, where
another was put before, sees what he should not. As values the two are the same.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from fukkatsu._sandbox.sharing import containers

REPLACED: Final = "argument parts that are new objects"
MOST: Final = 64
"""Parts that are looked at; of larger arguments nothing is told."""


def is_nested(payload: bytes) -> bool:
    """Whether arguments pickled like this may hold a container in a container. Cheap, and true too often."""
    return payload.count(b"]") + payload.count(b"}") > 2  # one argument, and the dict of the named ones


def parts(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    """The changeable parts of the arguments, with where they stand; more than ``MOST`` when there are too many."""
    found: list[tuple[str, Any]] = []
    named = [(f"argument {index}", value) for index, value in enumerate(args)]
    for where, value in named + [(f"argument {name}", value) for name, value in kwargs.items()]:
        found += islice(containers(value, where), MOST + 1 - len(found))
    return found


def replaced(before: list[tuple[str, Any]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """Where something stands that was nowhere in the arguments *before* (from ``parts``)."""
    if len(before) > MOST:
        return []
    after = parts(args, kwargs)
    if len(after) > MOST:
        return []
    known = {id(part) for _, part in before}
    places = {where for where, _ in before}
    return [where for where, part in after if id(part) not in known and where in places]
