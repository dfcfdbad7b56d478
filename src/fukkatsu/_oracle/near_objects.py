"""Objects near one that was seen: records field by field, others attribute by attribute, as far as that is data.

What was true of the attributes of every object seen (``len(content) <= size``) stays true. What cannot be copied (a
lock, a connection) or may refer to the object that it belongs to stays what it is, and the rest is varied.
"""

from __future__ import annotations

import collections
import copy
import dataclasses
import enum
import pathlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._oracle.hints import field_hint
from fukkatsu._oracle.near_kinds import PLAIN_KINDS
from fukkatsu._oracle.relations import distinct

if TYPE_CHECKING:
    from fukkatsu._oracle.observed import Domain

_PLAIN: Final = frozenset({int, float, str, bool, type(None), *PLAIN_KINDS})
_SEQUENCES: Final = (list, tuple, collections.deque)
_MAPPINGS: Final = frozenset({dict, collections.OrderedDict, collections.defaultdict, collections.Counter})
_HOLDING: Final = frozenset({list, tuple, set, frozenset, collections.deque, *_MAPPINGS})
_MOST_HELD: Final = 2_000
_TRIES: Final = 12
_FEW_TRIES: Final = 4
_TELLING_RECORDS: Final = 6
_DERIVED: Final = re.compile(r"cache|memo|index|heap", re.IGNORECASE)
"""In the names of attributes whose content follows from what else there is, by rules that only the class knows."""


def copied(value: Any) -> Any:
    """A copy to the last part, but for parts that cannot be copied: these are shared."""
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - locks, connections, and what an author's __deepcopy__ does
        return _copied_in_parts(value, {})


def _copied_in_parts(value: Any, known: dict[int, Any]) -> Any:
    if id(value) in known:
        return known[id(value)]
    kind = type(value)
    made: Any
    if kind is list:
        made = known[id(value)] = []
        made.extend(_copied_in_parts(part, known) for part in value)
    elif kind is dict:
        made = known[id(value)] = {}
        made.update((key, _copied_in_parts(part, known)) for key, part in value.items())
    elif kind is tuple:
        made = tuple(_copied_in_parts(part, known) for part in value)
    elif type(getattr(value, "__dict__", None)) is dict and not isinstance(value, type) and not callable(value):
        made = known[id(value)] = object.__new__(kind)
        for name, part in state_of(value).items():
            put(made, name, _copied_in_parts(part, known))
    else:
        try:
            made = copy.deepcopy(value)
        except Exception:  # noqa: BLE001 - as above
            made = value
    return made


def state_of(value: Any) -> dict[str, Any]:
    """The attributes that an object has of its own, in its dictionary or in slots."""
    state = getattr(value, "__dict__", None)
    found = dict(state) if type(state) is dict else {}
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and not name.startswith("__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def put(owner: Any, name: str, value: Any) -> None:
    """Give an object's own attribute a value, past whatever its class does when that is assigned."""
    state = getattr(owner, "__dict__", None)
    if type(state) is dict and (name in state or not hasattr(type(owner), name)):
        state[name] = value
    else:
        object.__setattr__(owner, name, value)


def near_record(domain: Domain, value: Any, same: Sequence[Any], rng: random.Random) -> Any:
    """A named tuple with one field redrawn; a copy of what only looks like one."""
    fields = getattr(type(value), "_fields", ())
    if type(fields) is not tuple or not fields or len(fields) != len(value):
        return copied(value)
    states = [dict(zip(fields, one, strict=True)) for one in same]

    def made(name: str, drawn: Any) -> Any:
        return copied(value)._replace(**{name: drawn})

    return _with_one_redrawn(domain, value, states, dict(zip(fields, value, strict=True)), made, rng)


def near_dataclass(domain: Domain, value: Any, same: Sequence[Any], rng: random.Random) -> Any:
    """A dataclass with one field redrawn, made as its author makes one."""
    names = [f.name for f in dataclasses.fields(value) if f.init and hasattr(value, f.name)]
    states = [{name: getattr(one, name) for name in names if hasattr(one, name)} for one in same]

    def made(name: str, drawn: Any) -> Any:
        return dataclasses.replace(copied(value), **{name: drawn})

    state = {name: getattr(value, name) for name in names}
    return _with_one_redrawn(domain, value, states, state, made, rng)


def near_object(domain: Domain, value: Any, same: Sequence[Any], rng: random.Random) -> Any:
    """A copy with one attribute redrawn: plain data, or what a list, a dict, a tuple or a set holds."""
    if isinstance(value, BaseException | type):
        return copied(rng.choice(same))
    state = {name: part for name, part in state_of(value).items() if _varies(name, part)}
    if not state:
        return copied(rng.choice(same))
    states = [{name: part for name, part in state_of(one).items() if _varies(name, part)} for one in same]

    def made(name: str, drawn: Any) -> Any:
        near = copied(value)
        put(near, name, drawn)
        return near

    return _with_one_redrawn(domain, value, states, state, made, rng)


def _with_one_redrawn(
    domain: Domain,
    value: Any,
    states: Sequence[Mapping[str, Any]],
    state: Mapping[str, Any],
    made: Callable[[str, Any], Any],
    rng: random.Random,
) -> Any:
    """*value* made anew with another value of one of its parts, such that the parts keep the rules of all *states*."""
    rules = domain.rules(type(value), states)
    for _ in range(_FEW_TRIES if state else 0):
        name = rng.choice(sorted(state))
        part = state[name]
        inner = domain.inner(
            (type(value), name), [one[name] for one in states if name in one], field_hint(type(value), name)
        )
        if type(part) in _HOLDING and not isinstance(value, tuple) and not dataclasses.is_dataclass(value):
            drawn = _alike(inner, part, rng)
        else:
            drawn = inner.draw(rng) if rng.random() < 0.4 else inner.near(part, rng)
        if not rules.hold({**state, name: drawn}):
            continue
        try:
            return made(name, drawn)
        except Exception:  # noqa: BLE001, S112 - the author's __new__ or __post_init__ may refuse what we drew
            continue
    return copied(value)


def parts_of_record(value: Any) -> dict[Any, Any]:
    """What a record consists of: places of a tuple, keys of a dict, attributes; nothing for what is no record."""
    kind = type(value)
    if kind is tuple:
        return dict(enumerate(value))
    if type(value) is dict:
        return value
    fields = getattr(kind, "_fields", None)
    if isinstance(value, tuple):
        return dict(zip(fields, value, strict=True)) if type(fields) is tuple and len(fields) == len(value) else {}
    if kind in _PLAIN or kind in _HOLDING or isinstance(value, enum.Enum | type):
        return {}
    return state_of(value)


def unique_parts(lists: Sequence[Sequence[Any]]) -> frozenset[Any]:
    """Parts in which no two records of one list were ever alike, where there were enough to tell."""
    rows = [[parts_of_record(item) for item in items] for items in lists]
    names = {name for row in rows for parts in row for name in parts}
    found = set()
    for name in names:
        values = [[parts[name] for parts in row if name in parts] for row in rows]
        if sum(map(len, values)) >= _TELLING_RECORDS and all(map(distinct, values)):
            found.add(name)
    return frozenset(found)


def with_a_part_of(one: Any, other: Any, unique: frozenset[Any], rng: random.Random) -> tuple[Any] | None:
    """*other* with one part of *one*; ``None`` where they are no such records, or differ in nothing that may be."""
    if type(one) is not type(other):
        return None
    given, parts = parts_of_record(one), parts_of_record(other)
    try:
        names = [name for name, part in parts.items() if name in given and name not in unique and given[name] != part]
    except Exception:  # noqa: BLE001 - arrays have no single answer to !=, other objects none at all
        return None
    if not names:
        return None
    name = rng.choice(names)
    made = copied(other)
    try:
        if type(other) is tuple:
            return ((*other[:name], copied(given[name]), *other[name + 1 :]),)
        if type(other) is dict:
            made[name] = copied(given[name])
        elif isinstance(other, tuple):
            made = made._replace(**{name: copied(given[name])})
        elif dataclasses.is_dataclass(other):
            made = dataclasses.replace(made, **{name: copied(given[name])})
        else:
            put(made, name, copied(given[name]))
    except Exception:  # noqa: BLE001 - the author's __post_init__ may refuse it
        return None
    return (made,)


def _alike(domain: Domain, held: Any, rng: random.Random) -> Any:
    """What an object holds with other values in it, as many, in the same places and under the same keys.

    How many there are, which keys, and that rows are of one length, are the class's own rules more often than not.
    """
    for _ in range(_TRIES):
        drawn = domain.near(held, rng)
        if _shape(drawn) == _shape(held) and drawn != held:
            return drawn
    return held


def _shape(value: Any) -> Any:
    """What is in what, without the values."""
    if type(value) in _MAPPINGS:
        return {key: _shape(part) for key, part in value.items()}
    if type(value) in (set, frozenset):
        return type(value), len(value)
    if isinstance(value, _SEQUENCES):
        return type(value), [_shape(part) for part in value]
    return None


def _is_plain(part: Any) -> bool:
    return type(part) in _PLAIN or isinstance(part, enum.Enum | pathlib.PurePath)


def _is_flat(part: Any) -> bool:
    """Whether an object has nothing but plain data: it refers to nothing, and so not to what it belongs to."""
    if isinstance(part, BaseException | type) or callable(part):
        return False
    state = state_of(part)
    return bool(state) and all(map(_is_plain, state.values()))


def _varies(name: str, part: Any) -> bool:
    """Whether an attribute is data, and not such as may refer to the object that it belongs to, or follows from it."""
    if _is_plain(part):
        return True
    if type(part) not in _HOLDING:
        return _is_flat(part)
    if _DERIVED.search(name):
        return False
    pending = [part]
    for one in pending:  # grows while it is walked
        if type(one) in _HOLDING:
            pending.extend(one.values() if type(one) in _MAPPINGS else one)
        elif not (isinstance(one, tuple) or dataclasses.is_dataclass(one) or _is_plain(one) or _is_flat(one)):
            return False
        if len(pending) > _MOST_HELD:
            return False
    return True
