"""Input domains read off observed values: what a function was called with says what it may be called with.

An author's precondition is hardly ever written down, so a generated input must not leave what was seen: numbers stay
between the smallest and the largest, strings keep their characters and their format, lists stay sorted where all of
them were, ``k <= len(xs)`` stays true where it always was. Inputs outside were the main source of false refusals: a
right rewrite may answer nonsense differently than the original did.

Runs in the examiner; plain data and ``random`` only.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
import math
import random
import re
from collections.abc import Sequence
from typing import Any, Final

from fukkatsu._oracle.hints import field_hint, means_real, part_of
from fukkatsu._oracle.relations import Relations, distinct, once_each

_TOKENS: Final = re.compile(r"(\s+|[^\w\s])")
_DEPTH: Final = 6
_PLAIN: Final = frozenset({int, float, str, bool, bytes, type(None)})
_HOLDING: Final = frozenset({list, tuple, dict, set, frozenset})
_MOST_HELD: Final = 2_000
_DERIVED: Final = re.compile(r"cache|memo|index|heap", re.IGNORECASE)
"""In the names of attributes whose content follows from what else there is, by rules that only the class knows."""


class Domain:
    """What one argument, or one part of an argument, looked like in all observed calls."""

    def __init__(self, seen: Sequence[Any], depth: int = 0, hint: Any = None) -> None:
        self.seen = list(seen)
        self.depth = depth
        self.hint = hint  # the author's annotation of it, if there is one
        self._real = means_real(hint)
        self.by_type: dict[type, list[Any]] = {}
        for value in self.seen:
            self.by_type.setdefault(type(value), []).append(value)
        self._inner: dict[Any, Domain] = {}
        self._vocabulary: bool | None = None
        self._relations: Relations | None = None  # between the attributes of objects

    @property
    def vocabulary(self) -> bool:
        """Whether strings are made of a closed set of words ("three one four"): then letters are not to be changed."""
        if self._vocabulary is None:
            words = [w for v in self.by_type.get(str, []) for w in _TOKENS.split(v) if w.strip() and w.isalpha()]
            several = sum(len(v.split()) > 1 for v in self.by_type.get(str, []))
            self._vocabulary = several > 1 and len(words) >= 8 and 2 * len(set(words)) <= len(words)
        return self._vocabulary

    def inner(self, key: Any, seen: Sequence[Any], hint: Any = None) -> Domain:
        """The domain of a part, worked out once."""
        if key not in self._inner:
            self._inner[key] = Domain(seen, self.depth + 1, hint)
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
        """A value close to *value*, of its type, within what was seen. May be *value* itself."""
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
            return self._near_str(value, same, rng)
        if kind is bytes:
            text = self.inner("bytes", [v.decode("latin-1") for v in same])
            return text.near(value.decode("latin-1"), rng).encode("latin-1", "replace")
        if self.depth >= _DEPTH:
            return value
        if kind is list:
            return self._near_list(value, same, rng)
        if kind is tuple:
            return self._near_tuple(value, same, rng)
        if isinstance(value, tuple):
            return self._near_record(value, same, rng)
        if kind in (set, frozenset):
            items = [item for v in same for item in v]
            if not items:
                return value
            few, many = min(map(len, same)), max(map(len, same))
            inner = self.inner("items", items)
            drawn = {inner.draw(rng) for _ in range(rng.randint(few, many))} if rng.random() < 0.5 else set(value)
            drawn.discard(rng.choice(items)) if rng.random() < 0.5 else drawn.add(inner.draw(rng))
            return kind(drawn) if few <= len(drawn) <= many else value
        if kind is dict:
            return self._near_dict(value, same, rng)
        if isinstance(value, enum.Enum):
            return rng.choice(list(type(value)))
        if dataclasses.is_dataclass(value):
            return self._near_dataclass(value, same, rng)
        if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.size:
            return self._near_array(value, rng)
        return self._near_object(value, same, rng)

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

    def _near_str(self, value: str, same: list[str], rng: random.Random) -> str:
        few, many = min(map(len, same)), max(map(len, same))
        roll = rng.random()
        tokens = [t for t in _TOKENS.split(value) if t]
        words = [at for at, t in enumerate(tokens) if t[0].isalnum() or t[0] == "_"]
        if roll < 0.25:
            near = rng.choice(same)
        elif roll < 0.6 and words:  # another observed word in the same place: the format stays
            pool = [t for v in rng.sample(same, min(len(same), 4)) for t in _TOKENS.split(v) if t and t[0].isalnum()]
            at = rng.choice(words)
            old = tokens[at]
            like = [t for t in pool if t.isdigit() == old.isdigit() and t.isalpha() == old.isalpha()]
            if len(tokens) > 1:  # numbers in a format keep their width: a date is not a date with two digits less
                like = [t for t in like if not t.isdigit() or len(t) == len(old)]
            tokens[at] = rng.choice(like) if like else tokens[at]
            near = "".join(tokens)
        elif value:
            letters = [at for at, char in enumerate(value) if char.isalnum()]
            if self.vocabulary:
                return rng.choice(same)
            if not letters:
                return self._near_signs(value, same, rng)
            at = rng.choice(letters)
            pool_of_chars = [c for v in same for c in v if _class(c) == _class(value[at])] or [value[at]]
            action = rng.random()
            if action < 0.5 or not (value.isalnum() and few < many):
                near = value[:at] + rng.choice(pool_of_chars) + value[at + 1 :]
            elif action < 0.75:
                near = value[:at] + value[at + 1 :]
            else:
                near = value[:at] + rng.choice(pool_of_chars) + value[at:]
        else:
            near = value
        return near if few <= len(near) <= many else value

    def _near_signs(self, value: str, same: list[str], rng: random.Random) -> str:
        """*value*, all of it signs (brackets, dots and dashes), with one of them another one, gone, or moved."""
        signs = sorted({char for v in same for char in v if not char.isalnum()})
        few, many = min(map(len, same)), max(map(len, same))
        at = rng.randrange(len(value))
        roll = rng.random()
        if roll < 0.5:
            near = value[:at] + rng.choice(signs) + value[at + 1 :]
        elif roll < 0.7:
            near = value[:at] + value[at + 1 :]
        elif roll < 0.85:
            near = value[:at] + rng.choice(signs) + value[at:]
        else:
            other = rng.randrange(len(value))
            near = value[:other] + value[at] + value[other:at] + value[at + 1 :] if other < at else value[::-1]
        return near if few <= len(near) <= many else value

    def _near_list(self, value: list[Any], same: list[list[Any]], rng: random.Random) -> list[Any]:
        few, many = min(map(len, same)), max(map(len, same))
        items = [item for v in same for item in v]
        if not items:
            return copy.deepcopy(value)
        inner = self.inner("items", items, part_of(self.hint, 0))
        near = copy.deepcopy(value)
        nested = any(isinstance(item, list | tuple) for item in items)
        for _ in range(rng.choice((1, 1, 2, 3))):
            roll = rng.random()
            if near and (roll < 0.45 or (nested and roll < 0.7)):
                at = rng.randrange(len(near))
                near[at] = inner.near(near[at], rng)
            elif nested and roll < 0.8:
                _swap_between_rows(near, rng)
            elif nested:
                near = copy.deepcopy(rng.choice(same)) if roll < 0.9 else near[: max(few, len(near) - 1)]
            elif roll < 0.6 and len(near) > few:
                del near[rng.randrange(len(near))]
            elif roll < 0.75 and len(near) < many:
                near.insert(rng.randint(0, len(near)), copy.deepcopy(rng.choice(items)))
            elif roll < 0.85:
                rng.shuffle(near)
            elif roll < 0.93 and len(near) > 1:
                near[rng.randrange(len(near))] = copy.deepcopy(rng.choice(near))
            else:
                near = [copy.deepcopy(rng.choice(items)) for _ in range(rng.randint(few, many))]
        return _orderly(near, same)

    def _near_tuple(self, value: tuple[Any, ...], same: list[tuple[Any, ...]], rng: random.Random) -> Any:
        if len({len(v) for v in same}) == 1 and value:  # a record: each place has its own domain
            at = rng.randrange(len(value))
            part = self.inner(("place", at), [v[at] for v in same], part_of(self.hint, at)).near(value[at], rng)
            return (*value[:at], part, *value[at + 1 :])
        items = [list(v) for v in same]
        return tuple(self.inner("tuple", items, self.hint).near(list(value), rng))

    def _near_record(self, value: Any, same: list[Any], rng: random.Random) -> Any:
        """A named tuple with one field redrawn; a copy of what only looks like one."""
        fields = getattr(type(value), "_fields", ())
        near = copy.deepcopy(value)
        if type(fields) is not tuple or not fields or len(fields) != len(value):
            return near
        name = rng.choice(fields)
        seen = [getattr(v, name) for v in same]
        part = self.inner(("field", name), seen, field_hint(type(value), name))
        drawn = part.draw(rng) if rng.random() < 0.3 else part.near(getattr(near, name), rng)
        try:
            return near._replace(**{name: drawn})
        except Exception:  # noqa: BLE001 - the author's __new__ may refuse what we drew
            return near

    def _near_dict(self, value: dict[Any, Any], same: list[dict[Any, Any]], rng: random.Random) -> dict[Any, Any]:
        near = copy.deepcopy(value)
        if not near:
            return copy.deepcopy(rng.choice(same)) if rng.random() < 0.5 else near
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
            near.setdefault(other, copy.deepcopy(rng.choice([v[other] for v in same if other in v])))
        else:
            near = copy.deepcopy(rng.choice(same))
        return near

    def _near_dataclass(self, value: Any, same: list[Any], rng: random.Random) -> Any:
        fields = [f.name for f in dataclasses.fields(value) if f.init and hasattr(value, f.name)]
        if not fields:
            return copy.deepcopy(value)
        name = rng.choice(fields)
        seen = [getattr(v, name) for v in same if hasattr(v, name)]
        part = self.inner(("field", name), seen, field_hint(type(value), name))
        try:
            return dataclasses.replace(copy.deepcopy(value), **{name: part.near(getattr(value, name), rng)})
        except Exception:  # noqa: BLE001 - the author's __post_init__ may refuse what we drew
            return copy.deepcopy(value)

    def _near_object(self, value: Any, same: list[Any], rng: random.Random) -> Any:
        """A copy with one attribute redrawn: plain data, or what a list, a dict, a tuple or a set holds.

        What was true of the attributes of every object seen (``len(content) <= size``) stays true. Other objects in it
        stay: their state may be tied to its own by the class's own rules.
        """
        state = getattr(value, "__dict__", None)
        if type(state) is not dict or isinstance(value, BaseException | type):
            return copy.deepcopy(rng.choice(same))
        names = sorted(name for name, part in state.items() if type(part) in _PLAIN or _holds(name, part))
        if not names:
            return copy.deepcopy(rng.choice(same))
        if self._relations is None:
            self._relations = Relations([vars(v) for v in same])
        near = copy.deepcopy(value)
        name = rng.choice(names)
        seen = [part for v in same if name in vars(v) and (type(part := vars(v)[name]) in _PLAIN or _holds(name, part))]
        domain = self.inner(("attribute", name), seen, field_hint(type(value), name))
        if type(state[name]) in _PLAIN:
            drawn = domain.draw(rng) if rng.random() < 0.5 else domain.near(state[name], rng)
        else:
            drawn = _alike(domain, state[name], rng)
        if self._relations.hold({**vars(near), name: drawn}):
            vars(near)[name] = drawn
        return near

    def _near_array(self, value: Any, rng: random.Random) -> Any:
        near = value.copy()
        if near.dtype.kind in "iufb":
            flat = near.reshape(-1)
            every = [item for v in self.by_type[type(value)] for item in v.reshape(-1).tolist()]
            flat[rng.randrange(flat.size)] = rng.choice(every)
        return near


def _alike(domain: Domain, held: Any, rng: random.Random) -> Any:
    """What an object holds with other values in it, as many, in the same places and under the same keys.

    How many there are, which keys, and that rows are of one length, are the class's own rules more often than not.
    """
    for _ in range(_TRIES):
        drawn = domain.near(held, rng)
        if _shape(drawn) == _shape(held) and drawn != held:
            return drawn
    return held


_TRIES: Final = 12


def _shape(value: Any) -> Any:
    """What is in what, without the values."""
    if type(value) is dict:
        return {key: _shape(part) for key, part in value.items()}
    if type(value) in (set, frozenset):
        return type(value), len(value)
    if isinstance(value, list | tuple):
        return type(value), [_shape(part) for part in value]
    return None


def _holds(name: str, part: Any) -> bool:
    """Whether an attribute is a container of data, not of what may refer to the object that it belongs to."""
    if type(part) not in _HOLDING or _DERIVED.search(name):
        return False
    pending = [part]
    for one in pending:  # grows while it is walked
        if type(one) in _HOLDING:
            pending.extend(one.values() if type(one) is dict else one)
        elif isinstance(one, tuple) or dataclasses.is_dataclass(one):
            continue
        elif type(one) not in _PLAIN:
            return False
        if len(pending) > _MOST_HELD:
            return False
    return True


def _class(char: str) -> str:
    if char.isdigit():
        return "digit"
    if char.isalpha():
        return "upper" if char.isupper() else "lower"
    return char


def _key(value: Any) -> Any:
    return value


def _sorted(items: Sequence[Any], *, reverse: bool = False) -> bool:
    try:
        return list(items) == sorted(items, reverse=reverse)
    except Exception:  # noqa: BLE001 - items that have no order are not sorted
        return False


def _swap_between_rows(rows: list[Any], rng: random.Random) -> None:
    """Two items of rows change places: what is true of all items together (each is there once) stays true."""
    lists = [row for row in rows if type(row) is list and row]
    if lists:
        one, other = rng.choice(lists), rng.choice(lists)
        at, there = rng.randrange(len(one)), rng.randrange(len(other))
        one[at], other[there] = other[there], one[at]


def _orderly(items: list[Any], same: Sequence[Sequence[Any]]) -> list[Any]:
    """*items* with the order and distinctness that every observed list had."""
    long = [v for v in same if len(v) > 2]
    if len(long) >= 2:
        if all(distinct(v) for v in long):
            items = once_each(items)
        try:
            if all(_sorted(v) for v in long):
                items.sort(key=_key)
            elif all(_sorted(v, reverse=True) for v in long):
                items.sort(key=_key, reverse=True)
        except Exception:  # noqa: BLE001 - no order among them
            return items
    few, many = min(map(len, same)), max(map(len, same))
    return items if few <= len(items) <= many else list(copy.deepcopy(same[0]))
