"""Answers that the original comes to because there is nothing to stumble over: ``sorted([None])`` compares nothing.

What the failing call brought, and no good call ever had, makes the original fail wherever it does something with it.
Alone in a list it is handed through. That is no answer that anybody has seen or wanted, and a correction that leaves
such things out, or counts them as nothing, does so there as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.labelling import Labelled
from fukkatsu._model.call import Call
from fukkatsu._oracle import values

FEWEST_CRASHES: Final = 4
"""Inputs on which a thing makes the original fail: fewer show no rule."""
_NEARLY_ALL: Final = 0.9
_FEWEST_RECORDS: Final = 2

Feature: TypeAlias = tuple[str, str]
"""A place in the arguments, items of one list being one place, and what is there: a kind, or a key that is missing."""


def strangers(bench: Bench, inputs: Sequence[Labelled]) -> frozenset[int]:
    """Places of inputs that the original answers, though what only the failing call had is in them.

    Only what makes it fail on more of the inputs than it lets pass, where nearly nothing else does.
    """
    key = ("strangers", len(inputs), tuple(call.arguments for call in bench.good_calls))
    return bench.evidence.remember(key, lambda: frozenset(_found(bench, inputs)))


def _found(bench: Bench, inputs: Sequence[Labelled]) -> Iterator[int]:
    failing = bench.failure.shown if bench.failure is not None else None
    good = [call.shown for call in bench.good_calls if call.shown is not None]
    if failing is None or not good:
        return
    known = [_encoded(call) for call in good]
    usual = _usual_keys(known)
    seen = frozenset().union(*(_features(node, usual) for node in known))
    new = _features(_encoded(failing), usual) - seen
    if not new:
        return
    rows = [
        (at, one, _features(values.parse(one.shown), usual) & new) for at, one in enumerate(inputs) if not one.ladder
    ]
    crashed = [found for _, one, found in rows if one.region == "crash"]
    if sum(map(bool, crashed)) < _NEARLY_ALL * len(crashed):
        return  # it fails without them as well: they are not what it stumbles over
    crashes = Counter(feature for found in crashed for feature in found)
    passes = Counter(feature for _, one, found in rows if one.region == "returned" for feature in found)
    spoiling = {one for one in new if crashes[one] >= FEWEST_CRASHES and crashes[one] > passes[one]}
    for at, one, found in rows:
        if one.region == "returned" and found & spoiling:
            yield at


def _encoded(call: Call) -> Any:
    return values.parse(values.encode([call.args, dict(call.kwargs)], iterator_items=0).text)


def _places(node: Any) -> Iterator[tuple[str, Any]]:
    """Each part of the arguments with where it stands."""
    positional, named = node[1:]
    pending = [(str(at), part) for at, part in enumerate(positional[1:])]
    pending += list(zip(map(str, named[1::2]), named[2::2], strict=False))
    for where, part in pending:  # grows while it is walked
        yield where, part
        if not isinstance(part, list):
            continue
        if part[0] == "dict":
            pending.extend((f"{where}[{key!r}]", value) for key, value in _entries(part))
        elif part[0] in ("object", "namedtuple"):
            pending.extend((f"{where}.{name}", value) for name, value in zip(part[2::2], part[3::2], strict=False))
        elif part[0] in ("list", "set", "frozenset", "deque"):
            pending.extend((f"{where}[]", value) for value in part[1:])
        elif part[0] == "tuple":
            pending.extend((f"{where}[{at}]", value) for at, value in enumerate(part[1:]))


def _entries(part: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Keys and values; of keys that are no texts each is like the others."""
    for key, value in zip(part[1::2], part[2::2], strict=False):
        yield key if isinstance(key, str) else "…", value


def _usual_keys(known: Sequence[Any]) -> Mapping[str, frozenset[str]]:
    """Keys that all the dicts in one place have: those of records."""
    found: dict[str, frozenset[str]] = {}
    count: Counter[str] = Counter()
    for node in known:
        for where, part in _places(node):
            if isinstance(part, list) and part[0] == "dict":
                keys = frozenset(key for key, _ in _entries(part))
                found[where] = found.get(where, keys) & keys
                count[where] += 1
    return {where: keys for where, keys in found.items() if count[where] >= _FEWEST_RECORDS}


def _features(node: Any, usual: Mapping[str, frozenset[str]]) -> frozenset[Feature]:
    found: set[Feature] = set()
    for where, part in _places(node):
        found.add((where, _kind(part)))
        if isinstance(part, list) and part[0] == "dict" and where in usual:
            present = {key for key, _ in _entries(part)}
            found.update((where, f"without {key!r}") for key in usual[where] - present)
    return frozenset(found)


def _kind(part: Any) -> str:
    if isinstance(part, list):
        kind = f"{part[0]} {part[1]}" if part[0] in ("object", "enum", "namedtuple") and len(part) > 1 else str(part[0])
        return kind if len(part) > 1 else f"empty {kind}"
    if isinstance(part, int | float) and not isinstance(part, bool):
        return "number"
    return "empty text" if part == "" else type(part).__name__
