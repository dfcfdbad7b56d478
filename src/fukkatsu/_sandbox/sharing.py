"""Which parts of values are one object: of a result, of the arguments and of what outlives the call.

Parts that can be changed count: containers, files in memory, objects of the user's with attributes, tables. Of arrays
their memory counts, which several of them may look into.
"""

from __future__ import annotations

import array
import collections
import enum
import functools
import gc
import io
import sys
import types
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._sandbox.installed import travels_by_name

if TYPE_CHECKING:
    from fukkatsu._sandbox.effects import State

MOST_SHARED: Final = 40
MOST_WALKED: Final = 2_000

ATOMS: Final = frozenset({int, float, str, bytes, bool, type(None), complex, range})
CONTAINERS: Final = frozenset({list, dict, set, bytearray, deque})
_ALSO: Final = frozenset(
    {
        collections.OrderedDict, collections.Counter, collections.defaultdict, collections.UserDict,
        collections.UserList, collections.ChainMap, array.array, io.StringIO, io.BytesIO,
    }
)  # fmt: skip
_DICTS: Final = frozenset({dict, collections.OrderedDict, collections.Counter, collections.defaultdict})
_ROWS: Final = frozenset({list, tuple, deque})
_BY_ATTRIBUTES: Final = frozenset(
    {collections.UserDict, collections.UserList, collections.ChainMap, types.SimpleNamespace}
)
_LOOKING_AT: Final = frozenset(
    {type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType, memoryview}
)
"""What shows what lies in something else, and follows when that changes."""


_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE


_changeable: Final[dict[type, bool]] = dict.fromkeys(CONTAINERS | _ALSO, True)


def _is_changeable(kind: type) -> bool:
    """Whether it matters which of two equal objects one has: a container, or an object of the user's with attributes.

    One with a hash of its own (a frozen dataclass) is a value.
    """
    known = _changeable.get(kind)
    if known is None:
        known = _changeable[kind] = _has_attributes(kind)
    return known


def _has_attributes(kind: type) -> bool:
    if not kind.__flags__ & _HEAP_TYPE or issubclass(kind, type | BaseException | enum.Enum):
        return False
    if is_table(kind):
        return True
    if kind.__hash__ not in (None, object.__hash__) or travels_by_name(kind.__module__):
        return False
    return kind.__dictoffset__ != 0 or bool(slots_of(kind))


_slots: Final[dict[type, dict[str, types.MemberDescriptorType]]] = {}


def slots_of(kind: type) -> dict[str, types.MemberDescriptorType]:
    """Where instances of *kind* keep attributes beside a ``__dict__``, by name: the ``__slots__`` of their classes."""
    found = _slots.get(kind)
    if found is None:
        found = _slots[kind] = {
            name: member
            for base in reversed(kind.__mro__)
            if base.__flags__ & _HEAP_TYPE and not travels_by_name(kind.__module__)
            for name, member in vars(base).items()
            if type(member) is types.MemberDescriptorType and not name.startswith("__")
        }
    return found


def containers(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The changeable parts of *value*, itself included, with where they stand; each once, a bounded number."""
    pending = [(path, value)]
    seen: set[int] = set()
    walked = 0
    for where, current in pending:  # grows while it is walked
        kind = type(current)
        if kind in ATOMS or id(current) in seen:
            continue
        walked += 1
        if walked > MOST_WALKED:
            return
        seen.add(id(current))
        if _is_changeable(kind):
            yield where, current
        pending.extend(_parts(where, current, kind))


def _parts(where: str, value: Any, kind: type) -> Iterator[tuple[str, Any]]:
    if kind in _ROWS:
        for index, part in enumerate(value):
            if type(part) not in ATOMS:
                yield f"{where}[{index}]", part
    elif kind in _DICTS:
        for key, part in dict.items(value):
            if type(part) not in ATOMS:
                yield f"{where}[{key!r:.40}]" if type(key) in ATOMS else f"{where}[…]", part
    elif kind is set or kind is frozenset:
        for part in value:
            if type(part) not in ATOMS:
                yield f"{where}[…]", part
    elif kind in _LOOKING_AT:
        for part in gc.get_referents(value):
            if kind is not memoryview or type(part).__name__ == "managedbuffer":
                yield where, gc.get_referents(part)[0] if kind is memoryview else part
    elif kind is functools.partial:
        yield from _parts(where, [*value.args, *value.keywords.values()], list)
    elif not isinstance(value, type) and (kind in _BY_ATTRIBUTES or not travels_by_name(kind.__module__)):
        for name, member in slots_of(kind).items():
            try:
                part = member.__get__(value)
            except AttributeError:  # nothing there
                continue
            if type(part) not in ATOMS:
                yield f"{where}.{name}", part
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        if type(attributes) is dict:
            for name, part in list(attributes.items()):
                if type(part) not in ATOMS:
                    yield f"{where}.{name}", part


def is_table(kind: type) -> bool:
    """Whether *kind* is pandas' table or column, or built on one."""
    pandas = sys.modules.get("pandas")
    if pandas is None or "pandas" not in {base.__module__.partition(".")[0] for base in kind.__mro__}:
        return False
    return issubclass(kind, (pandas.DataFrame, pandas.Series))


def arrays_in(value: Any, path: str) -> list[tuple[str, Any]]:
    """numpy's arrays in *value*, those of tables included, with where they stand; a bounded number."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "ndarray"):
        return []
    found: list[tuple[str, Any]] = []
    pending = [(path, value)]
    seen: set[int] = set()
    for walked, (where, current) in enumerate(pending):  # grows while it is walked
        if walked > MOST_WALKED or len(found) > MOST_SHARED:
            break
        kind = type(current)
        if kind in ATOMS or id(current) in seen:
            continue
        seen.add(id(current))
        if issubclass(kind, numpy.ndarray):
            found.append((where, current))
        elif is_table(kind):
            blocks = getattr(getattr(current, "_mgr", None), "arrays", ())
            found += [(where, block) for block in blocks if isinstance(block, numpy.ndarray)]
        else:
            pending.extend(_parts(where, current, kind))
    return found


def shared_memory(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any], state: State) -> list[str]:
    """Arrays in *result* that look into the memory of the arguments', or the state's."""
    mine = [
        (where, each) for where, each in arrays_in(result, "the result") if each.size and not is_table(type(result))
    ]
    if not mine:
        return []
    numpy = sys.modules["numpy"]
    others = [*state.arrays]
    for index, value in enumerate(args):
        others += arrays_in(value, f"argument {index}")
    for name, value in kwargs.items():
        others += arrays_in(value, f"argument {name}")
    return sorted({f"{one} {MEMORY} {other}" for one, a in mine for other, b in others if numpy.may_share_memory(a, b)})


MEMORY: Final = "looks into the memory of"


def _mutable_parts(values: list[Any]) -> list[int] | None:
    """Ids of the changeable parts of *values*, one as often as it stands there; ``None`` for more than are walked."""
    pending = [value for value in values if type(value) not in ATOMS]
    seen: set[int] = set()
    found = []
    for walked, current in enumerate(pending):  # grows while it is walked
        if walked >= MOST_WALKED:
            return None
        kind = type(current)
        if _is_changeable(kind):
            found.append(id(current))
        if id(current) in seen:
            continue
        seen.add(id(current))
        if kind in _ROWS:
            pending.extend([part for part in current if type(part) not in ATOMS])
        elif kind is dict:
            pending.extend([part for part in current.values() if type(part) not in ATOMS])
        else:
            pending.extend([part for _, part in _parts("", current, kind)])
    return found


def shared_parts(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any], state: State) -> list[str]:
    """Places in *result* where a changeable part is one of the arguments', of the state's, or stands twice."""
    walk = _mutable_parts([result])
    if walk is None or not walk:
        return []
    theirs = _mutable_parts([*args, *kwargs.values()])
    if theirs is not None and not state.may_share(walk, theirs):
        return []  # nearly always; the names of places are for the rest
    found = []
    mine: dict[int, str] = {}
    pending = [("the result", result)]
    walked = 0
    repeated: list[str] = []
    for where, current in pending:  # grows while it is walked
        kind = type(current)
        if kind in ATOMS:
            continue
        walked += 1
        if walked > MOST_WALKED:
            return []
        if id(current) in mine:
            if mine[id(current)]:
                repeated.append(f"{where} is {mine[id(current)]}")
            continue
        mine[id(current)] = where if _is_changeable(kind) else ""
        pending.extend(_parts(where, current, kind))
    if not any(mine.values()):
        return []
    for index, value in enumerate(args):
        for path, part in containers(value, f"argument {index}"):
            if mine.get(id(part)):
                found.append(f"{mine[id(part)]} is {path}")
    for name, value in kwargs.items():
        for path, part in containers(value, f"argument {name}"):
            if mine.get(id(part)):
                found.append(f"{mine[id(part)]} is {path}")
    for identity, path in state.owned.items():
        if mine.get(identity):
            found.append(f"{mine[identity]} is {path}")
    return sorted({*found, *repeated})[:MOST_SHARED]


def alike_parts(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """Places in the arguments where the same mutable container or object stands as in another place before."""
    first: dict[int, str] = {}
    found = []
    named = [(f"argument {index}", value) for index, value in enumerate(args)]
    pending = named + [(f"argument {name}", value) for name, value in kwargs.items()]
    for walked, (where, current) in enumerate(pending):  # grows while it is walked
        if walked >= MOST_WALKED:
            return []
        kind = type(current)
        if kind in ATOMS:
            continue
        if id(current) in first:
            if kind in CONTAINERS or kind in _ALSO or not (kind is tuple or travels_by_name(kind.__module__)):
                found.append(f"{where} is {first[id(current)]}")
            continue
        first[id(current)] = where
        pending.extend(_parts(where, current, kind))
    return sorted(found)[:MOST_SHARED]
