"""What only the failing call has, put into the calls that were answered: the cause of a crash in other company.

A neighbour of the failing call keeps the rest of it. Where the original answers before it comes to what it crashes on,
or where something else stands beside that, only a call that was answered shows it. These inputs are made in turn, not
drawn: whether a wrong correction meets one of them is no matter of luck.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, TypeAlias

from fukkatsu._oracle.places import Place, Step, places_of, state_of, with_value
from fukkatsu._oracle.relations import Relations

Kind: TypeAlias = tuple[Step, ...]

_SCALARS: Final = frozenset({int, float, bool, str, bytes, type(None)})
_CONTAINERS: Final = frozenset({list, tuple, dict, set, frozenset})
_MOST_CALLS: Final = 6
_MOST_PLACES: Final = 3
"""Of the items of one list."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Something that the failing call alone has: a value in a kind of place, or (*gone*) a key that is not there."""

    kind: Kind
    value: Any
    gone: bool = False
    stranger: bool = False  # of another type than all that was answered, or the only one that is empty


def in_other_company(failing: Mapping[str, Any], answered: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Calls that were answered with what is odd about *failing* in them, the oddest first; by parameter name."""
    calls = [(call, places_of(call)) for call in answered[:_MOST_CALLS]]
    for one in odd_in(failing, answered):
        rules = _rules_of_objects(one.kind, [failing, *(call for call, _ in calls)])
        rows = [_with(call, places, one) for call, places in calls]
        for row in zip_longest(*rows):  # of each call some
            yield from (made for made in row if made is not None and _objects_hold(made, rules))


def odd_in(failing: Mapping[str, Any], answered: Sequence[Mapping[str, Any]]) -> list[Odd]:
    """What *failing* has, and none of the calls that were *answered*, the oddest first."""
    seen: dict[Kind, list[Any]] = {}
    for call in answered[:_MOST_CALLS]:
        for place in places_of(call):
            seen.setdefault(kind_of(place), []).append(place.value)
    odd = [*_values(failing, seen), *_missing(failing, seen)]
    return sorted(odd, key=lambda found: not found.stranger)


def kind_of(place: Place) -> Kind:
    """Where it stands, whichever item of a list that is."""
    return tuple(("item", None) if how == "item" else (how, where) for how, where in place.path)


def _rules_of_objects(kind: Kind, calls: Sequence[Mapping[str, Any]]) -> dict[Kind, Relations]:
    """What was true of the attributes of every object on the way there (``len(content) <= size``)."""
    owners = [kind[:at] for at, (how, _) in enumerate(kind) if how == "attribute"]
    if not owners:
        return {}
    places = [place for call in calls for place in places_of(call)]
    return {
        owner: Relations([state_of(place.value) for place in places if kind_of(place) == owner]) for owner in owners
    }


def _objects_hold(call: Mapping[str, Any], rules: Mapping[Kind, Relations]) -> bool:
    if not rules:
        return True
    return all(
        rules[kind].hold(state_of(place.value)) for place in places_of(call) if (kind := kind_of(place)) in rules
    )


def _values(failing: Mapping[str, Any], seen: Mapping[Kind, Sequence[Any]]) -> Iterator[Odd]:
    found = set()
    for place in places_of(failing):
        value, known = place.value, seen.get(kind_of(place))
        kind = type(value)
        if known is None or not (kind in _SCALARS or (kind in _CONTAINERS and not value)):
            continue
        alike = [one for one in known if type(one) is kind]
        key = (kind_of(place), kind, value if kind in _SCALARS else None)
        if key in found or any(one == value or one is value for one in alike):
            continue
        found.add(key)
        yield Odd(kind_of(place), value, stranger=not alike or (not value and all(alike)))


def _missing(failing: Mapping[str, Any], seen: Mapping[Kind, Sequence[Any]]) -> Iterator[Odd]:
    """Keys that every such record has, and one of the failing call has not."""
    found = set()
    for place in places_of(failing):
        kind = kind_of(place)
        known = [one for one in seen.get(kind, ()) if type(one) is dict]
        if type(place.value) is not dict or not known:
            continue
        for key in set.intersection(*(set(one) for one in known)) - set(place.value):
            if (kind, key) not in found:
                found.add((kind, key))
                yield Odd(kind, key, gone=True, stranger=True)


def _with(call: Mapping[str, Any], places: Sequence[Place], odd: Odd) -> Iterator[dict[str, Any]]:
    fitting = [place for place in places if kind_of(place) == odd.kind][:_MOST_PLACES]
    for place in fitting:
        if odd.gone:
            if type(place.value) is dict and odd.value in place.value:
                left = {key: part for key, part in place.value.items() if key != odd.value}
                yield with_value(call, place.path, left)
        else:
            yield with_value(call, place.path, odd.value)
