"""Input domains read off observed values: what a function was called with says what it may be called with.

An author's precondition is hardly ever written down, so a generated input must not leave what was seen: numbers stay
between the smallest and the largest, strings keep their characters and their format, lists stay sorted where all of
them were, ``k <= len(xs)`` stays true where it always was. Inputs outside were the main source of false refusals: a
right rewrite may answer nonsense differently than the original did.

Runs in the examiner; plain data and ``random`` only.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
import math
import random
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from fukkatsu._oracle.hints import means_real, part_of
from fukkatsu._oracle.near_kinds import near_kind
from fukkatsu._oracle.near_objects import (
    copied,
    near_dataclass,
    near_object,
    near_record,
    unique_parts,
    with_a_part_of,
)
from fukkatsu._oracle.near_texts import closed_vocabulary, near_text
from fukkatsu._oracle.relations import Relations, ascending, descending, distinct, once_each, orders_of

_DEPTH: Final = 6
_MAPPINGS: Final = frozenset({dict, collections.OrderedDict, collections.defaultdict, collections.Counter})
_ANOTHER_KIND: Final = 0.15
"""How often a value of another type that was seen in its place is taken: ``None`` for a number, a number for it."""


class Domain:
    """What one argument, or one part of an argument, looked like in all observed calls."""

    def __init__(
        self, seen: Sequence[Any], depth: int = 0, hint: Any = None, *, presumed: Collection[str] = ()
    ) -> None:
        self.seen = list(seen)
        self.depth = depth
        self.hint = hint  # the author's annotation of it, if there is one
        self.presumed = presumed  # what the author's text presumes of its items: see `orders_of`
        self._real = means_real(hint)
        self.by_type: dict[type, list[Any]] = {}
        for value in self.seen:
            self.by_type.setdefault(type(value), []).append(value)
        self._inner: dict[Any, Domain] = {}
        self._vocabulary: bool | None = None
        self._orders: list[Any] | None = None  # what is true of the items of all lists
        self._unique: frozenset[Any] | None = None  # parts that no two items of a list ever shared
        self._relations: dict[type, Relations] = {}  # between the attributes of objects of one class

    @property
    def vocabulary(self) -> bool:
        """Whether the texts are made of a closed set of words."""
        if self._vocabulary is None:
            self._vocabulary = closed_vocabulary(self.by_type.get(str, []))
        return self._vocabulary

    def rules(self, kind: type, states: Sequence[Mapping[str, Any]]) -> Relations:
        """Relations between the parts of the objects of one class that were seen, worked out once."""
        if kind not in self._relations:
            self._relations[kind] = Relations(states)
        return self._relations[kind]

    def inner(self, key: Any, seen: Sequence[Any], hint: Any = None) -> Domain:
        """The domain of a part, worked out once."""
        if key not in self._inner:
            presumed = ("order",) if key == "items" and "in order" in self.presumed else ()
            self._inner[key] = Domain(seen, self.depth + 1, hint, presumed=presumed)
        return self._inner[key]

    def numbers(self, kind: type) -> list[Any]:
        """The numbers seen of *kind*; whole ones and fractions are one kind where the annotation says ``float``."""
        if self._real:
            return [*self.by_type.get(int, ()), *self.by_type.get(float, ())]
        return self.by_type.get(kind, [])

    def draw(self, rng: random.Random) -> Any:
        """Any value of the domain: an observed one, or one near it."""
        return self.near(rng.choice(self.seen), rng)

    def near(self, value: Any, rng: random.Random) -> Any:
        """A value close to *value*, within what was seen, of its type or another that a part had. May be *value*."""
        if self.depth and len(self.by_type) > 1 and rng.random() < _ANOTHER_KIND:
            value = rng.choice(self.seen)
        kind = type(value)
        same = self.by_type.get(kind, [value])
        if kind is bool:
            return rng.choice(same) if rng.random() < 0.5 else value
        if kind in (int, float) and self._real and int in self.by_type:
            return self._near_real(value, rng)
        if kind is int:
            return self._near_int(value, same, rng)
        if kind is float:
            return self._near_float(value, same, rng)
        if kind is str:
            return near_text(self, value, same, rng)
        if (near := near_kind(self, value, same, rng)) is not None:
            return near[0]
        if self.depth >= _DEPTH:
            return value
        if kind is list:
            return self._near_list(value, same, rng)
        if kind is tuple:
            return self._near_tuple(value, same, rng)
        if kind is collections.deque:
            items = self.inner("deque", [list(v) for v in same], self.hint).near(list(value), rng)
            return collections.deque(items, value.maxlen)
        if isinstance(value, tuple):
            return near_record(self, value, same, rng)
        if kind in (set, frozenset):
            return self._near_set(value, same, rng)
        if kind in _MAPPINGS:
            return self._near_dict(value, same, rng)
        if isinstance(value, enum.Enum):
            return rng.choice(list(type(value)))
        if dataclasses.is_dataclass(value):
            return near_dataclass(self, value, same, rng)
        if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.size:
            return self._near_array(value, rng)
        return near_object(self, value, same, rng)

    def _near_int(self, value: int, same: list[int], rng: random.Random) -> int:
        low, high = min(same), max(same)
        roll = rng.random()
        if roll < 0.35:
            near = value + rng.choice((-3, -2, -1, 1, 2, 3))
        elif roll < 0.5:
            near = rng.choice((low, high, low + 1, high - 1))
        elif roll < 0.75:
            near = rng.choice(same)
        else:
            near = rng.randint(low, min(high, low + 20)) if rng.random() < 0.5 else rng.randint(low, high)
        return min(max(near, low), high)

    def _near_float(self, value: float, same: list[float], rng: random.Random) -> float:
        finite = [v for v in same if math.isfinite(v)]
        if not finite or not math.isfinite(value):
            return rng.choice(same)
        low, high = min(finite), max(finite)
        if all(v == int(v) for v in finite if abs(v) < 1e15):
            return float(self._near_int(int(value), [int(v) for v in finite], rng))
        roll = rng.random()
        if roll < 0.4:
            places = max((len(repr(v).partition(".")[2]) for v in finite), default=1)
            near = round(value + rng.uniform(-1, 1), min(places, 6))
        elif roll < 0.6:
            near = rng.choice(finite)
        else:
            near = round(rng.uniform(low, high), 2)
        return min(max(near, low), high)

    def _near_real(self, value: float, rng: random.Random) -> float:
        """A whole number or a fraction: calls have whole ones, the annotation says that fractions are as good."""
        finite = [v for v in self.numbers(float) if math.isfinite(v)]
        if not finite or not math.isfinite(value):
            return rng.choice(self.seen) if finite else value
        low, high = min(finite), max(finite)
        roll = rng.random()
        if roll < 0.5:
            whole = self._near_int(int(value), [int(v) for v in finite], rng)
            return whole if type(value) is int else float(whole)
        near = value + rng.choice((-0.5, 0.25, 0.5)) if roll < 0.7 else round(rng.uniform(low, high), 2)
        return float(min(max(near, low), high))

    def _near_list(self, value: list[Any], same: list[list[Any]], rng: random.Random) -> list[Any]:
        few, many = min(map(len, same)), max(map(len, same))
        items = [item for v in same for item in v]
        if not items:
            return list(copied(value))
        inner = self.inner("items", items, part_of(self.hint, 0))
        near: list[Any] = copied(value)
        nested = any(isinstance(item, list) for item in items)
        for _ in range(rng.choice((1, 1, 2, 3))):
            roll = rng.random()
            if near and (roll < 0.45 or (nested and roll < 0.7)):
                at = rng.randrange(len(near))
                near[at] = inner.near(near[at], rng)
            elif nested and roll < 0.8:
                _swap_between_rows(near, rng)
            elif nested:
                near = copied(rng.choice(same)) if roll < 0.9 else near[: max(few, len(near) - 1)]
            elif roll < 0.55 and len(near) > 1 and (tied := self._tied(near, same, rng)) is not None:
                near = tied
            elif roll < 0.63 and len(near) > few:
                del near[rng.randrange(len(near))]
            elif roll < 0.75 and len(near) < many:
                near.insert(rng.randint(0, len(near)), copied(rng.choice(items)))
            elif roll < 0.85:
                rng.shuffle(near)
            elif roll < 0.93 and len(near) > 1:
                near[rng.randrange(len(near))] = copied(rng.choice(near))
            else:
                near = [copied(rng.choice(items)) for _ in range(rng.randint(few, many))]
        if self._orders is None:
            self._orders = orders_of(same, presumed=self.presumed)
        if "in order" in self.presumed and (rows := inner.by_type.get(list)):
            rules = orders_of(rows, presumed=inner.presumed)
            near = [_orderly(row, rows, rules) if type(row) is list else row for row in near]
        return _orderly(near, same, self._orders)

    def _tied(self, near: list[Any], same: Sequence[Sequence[Any]], rng: random.Random) -> list[Any] | None:
        """Two items alike in one part that differ in others, in the place of two: what decides between them then?"""
        if self._unique is None:
            self._unique = unique_parts(same)
        one, other = rng.sample(range(len(near)), 2)
        alike = with_a_part_of(near[one], near[other], self._unique, rng)
        return None if alike is None else [alike[0] if at == other else item for at, item in enumerate(near)]

    def _near_tuple(self, value: tuple[Any, ...], same: list[tuple[Any, ...]], rng: random.Random) -> Any:
        if len({len(v) for v in same}) == 1 and value:  # a record: each place has its own domain
            at = rng.randrange(len(value))
            part = self.inner(("place", at), [v[at] for v in same], part_of(self.hint, at)).near(value[at], rng)
            return (*value[:at], part, *value[at + 1 :])
        items = [list(v) for v in same]
        return tuple(self.inner("tuple", items, self.hint).near(list(value), rng))

    def _near_set(self, value: Any, same: list[Any], rng: random.Random) -> Any:
        items = _in_order([item for v in same for item in v])
        if not items:
            return value
        few, many = min(map(len, same)), max(map(len, same))
        inner = self.inner("items", items)
        drawn = {inner.draw(rng) for _ in range(rng.randint(few, many))} if rng.random() < 0.5 else set(value)
        drawn.discard(rng.choice(items)) if rng.random() < 0.5 else drawn.add(inner.draw(rng))
        return type(value)(drawn) if few <= len(drawn) <= many else value

    def _near_dict(self, value: dict[Any, Any], same: list[dict[Any, Any]], rng: random.Random) -> dict[Any, Any]:
        near: dict[Any, Any] = copied(rng.choice(same) if not value and rng.random() < 0.5 else value)
        if not value:
            return near
        keys = [k for v in same for k in v]
        key = rng.choice(list(near))
        roll = rng.random()
        record = all(set(v) == set(value) for v in same)
        if record or roll < 0.6:
            seen = [v[key] for v in same if key in v] if record else [x for v in same for x in v.values()]
            domain = self.inner(("key", key) if record else "values", seen, part_of(self.hint, 1))
            near[key] = domain.near(near[key], rng)
        elif roll < 0.75 and len(near) > min(map(len, same)):
            del near[key]
        elif roll < 0.9 and len(near) < max(map(len, same)):
            other = rng.choice(keys)
            near.setdefault(other, copied(rng.choice([v[other] for v in same if other in v])))
        else:
            near = copied(rng.choice(same))
        return near

    def _near_array(self, value: Any, rng: random.Random) -> Any:
        near = value.copy()
        if near.dtype.kind in "iufb":
            flat = near.reshape(-1)
            every = [item for v in self.by_type[type(value)] for item in v.reshape(-1).tolist()]
            flat[rng.randrange(flat.size)] = rng.choice(every)
        return near


def _in_order(items: list[Any]) -> list[Any]:
    """*items* of sets in an order that is the same in each process, where they have one."""
    try:
        return sorted(items)
    except Exception:  # noqa: BLE001 - whatever an author's objects do when they are compared
        return items


def _swap_between_rows(rows: list[Any], rng: random.Random) -> None:
    """Two items of rows change places: what is true of all items together (each is there once) stays true."""
    lists = [row for row in rows if type(row) is list and row]
    if lists:
        one, other = rng.choice(lists), rng.choice(lists)
        at, there = rng.randrange(len(one)), rng.randrange(len(other))
        one[at], other[there] = other[there], one[at]


def _orderly(items: list[Any], same: Sequence[Sequence[Any]], rules: Collection[Any]) -> list[Any]:
    """*items* with the order and distinctness that every observed list had."""
    if distinct in rules:
        items = once_each(items)
    try:
        if ascending in rules or descending in rules:
            items.sort(reverse=ascending not in rules)
    except Exception:  # noqa: BLE001 - no order among them
        return list(copied(same[0]))
    few, many = min(map(len, same)), max(map(len, same))
    return items if few <= len(items) <= many else list(copied(same[0]))
