"""What a call changes besides its arguments, and which parts of its result are shared with them.

Runs in a runner, around each call. State that outlasts a call (globals, closure variables, defaults, attributes of the
user's classes) is compared with what it was, told, and put back, so that every call starts from the same state: the
outcomes of one run are independent of each other, for the original as for a candidate. Told are changes only; a call
that changes and shares nothing costs a few comparisons.
"""

from __future__ import annotations

import copy
import enum
import types
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from fukkatsu._oracle.values import class_name, encode
from fukkatsu._sandbox.carry import travels_by_name
from fukkatsu._sandbox.logged import LABEL

MOST_PARTS: Final = 5_000  # of one piece of state; a larger table is not watched
MOST_SHARED: Final = 40
MOST_WALKED: Final = 2_000
MARK: Final = "effects of the call"

_ATOMS: Final = frozenset({int, float, str, bytes, bool, type(None), complex, range})
_CONTAINERS: Final = frozenset({list, dict, set, bytearray, deque})
_FIXED: Final = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    type,
    property,
    staticmethod,
    classmethod,
)
_ABSENT: Final = object()


class _Place:
    """One name that holds state: how to read it, what it held at first, and a copy of what was in that."""

    __slots__ = ("holder", "key", "kind", "label", "saved", "text", "value")

    def __init__(self, kind: str, holder: Any, key: Any, label: str, value: Any) -> None:
        self.kind, self.holder, self.key, self.label, self.value = kind, holder, key, label, value
        self.saved: Any = None if type(value) in _ATOMS else copy.deepcopy(value)
        self.text = b""

    def current(self) -> Any:
        try:
            if self.kind == "item":
                return self.holder[self.key]
            if self.kind == "cell":
                return self.holder.cell_contents
            return vars(self.holder)[self.key]
        except (KeyError, ValueError, IndexError):
            return _ABSENT

    def changed(self) -> tuple[Any] | None:
        """What it holds now, when that is something else."""
        now = self.current()
        if now is _ABSENT:
            return (None,)
        if self.saved is None:
            return None if now is self.value or (type(now) is type(self.value) and now == self.value) else (now,)
        try:
            if now == self.saved and type(now) is type(self.saved):
                return None
        except Exception:  # noqa: BLE001, S110 - a foreign __eq__: the text decides
            pass
        if not self.text:
            self.text = encode(self.saved, iterator_items=0, max_nodes=2 * MOST_PARTS).text
        return None if encode(now, iterator_items=0, max_nodes=2 * MOST_PARTS).text == self.text else (now,)

    def restore(self) -> None:
        """Put back what it held: the same object, with its first contents."""
        if self.saved is not None:
            _refill(self.value, copy.deepcopy(self.saved))
        if self.current() is self.value:
            return
        if self.kind == "item":
            self.holder[self.key] = self.value
        elif self.kind == "cell":
            self.holder.cell_contents = self.value
        else:
            type.__setattr__(self.holder, self.key, self.value)


def _refill(value: Any, contents: Any) -> None:
    if isinstance(value, list | bytearray):
        value[:] = contents
    elif isinstance(value, dict | set):
        value.clear()
        value.update(contents)
    elif isinstance(value, deque):
        value.clear()
        value.extend(contents)
    else:
        attributes = vars(value)
        attributes.clear()
        attributes.update(vars(contents))


class State:
    """The state that a subject can reach without its arguments.

    Args:
        function: The subject.
        cells: Names of the closure variables that count; ``None`` for all.
    """

    def __init__(self, function: Callable[..., Any], cells: frozenset[str] | None = None) -> None:
        self.places: list[_Place] = []
        self.classes: set[type] = set()
        self.owned: dict[int, str] = {}  # of the mutable containers in it, id -> where it stands
        self._seen: set[int] = set()
        self._dirty: list[_Place] = []
        inner: Any = getattr(function, "__func__", function)
        if isinstance(inner, types.FunctionType):
            self._function(inner, cells, "")

    def _function(self, function: types.FunctionType, cells: frozenset[str] | None, owner: str) -> None:
        if id(function) in self._seen or len(self._seen) > 200:
            return
        self._seen.add(id(function))
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
            if cells is None or name in cells:
                try:
                    self._add("cell", cell, name, f"{owner}{name}", cell.cell_contents)
                except ValueError:
                    continue
        defaults = function.__defaults__ or ()
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        for index, value in enumerate(defaults):
            if type(value) not in _ATOMS:
                self._add("item", defaults, index, f"{owner}default {names[index - len(defaults)]}", value)
        for name, value in (function.__kwdefaults__ or {}).items():
            self._add("item", function.__kwdefaults__, name, f"{owner}default {name}", value)
        namespace = function.__globals__
        if id(namespace) in self._seen:
            return
        self._seen.add(id(namespace))
        module = namespace.get("__name__")
        for name, value in list(namespace.items()):
            if not name.startswith(("__", ".")) and name not in (cells or ()):  # a candidate's closure is there too
                self._add("item", namespace, name, f"{module}.{name}", value)

    def _add(self, kind: str, holder: Any, key: Any, label: str, value: Any) -> None:
        inner = getattr(value, "__wrapped__", value) if isinstance(value, types.FunctionType) else value
        if isinstance(inner, types.FunctionType):
            if inner.__module__ and not travels_by_name(inner.__module__):
                self._function(inner, None, f"{label}.")
        elif isinstance(value, type):
            self.add_class(value)
        elif not isinstance(value, _FIXED) and (type(value) in _ATOMS or _is_watchable(value)):
            try:
                place = _Place(kind, holder, key, label, value)
            except Exception:  # noqa: BLE001 - an object that cannot be copied is not watched
                return
            self.places.append(place)
            if place.saved is not None:
                for path, part in containers(value, label):
                    self.owned.setdefault(id(part), path)

    def add_class(self, cls: type) -> None:
        """Watch the attributes of a class of the user's."""
        if cls in self.classes:
            return
        self.classes.add(cls)
        for base in cls.__mro__[:-1]:
            if travels_by_name(base.__module__) or base.__flags__ & (1 << 9) == 0:
                continue
            self.classes.add(base)
            for name, value in list(vars(base).items()):
                if not name.startswith("__") and not isinstance(value, _FIXED) and not callable(value):
                    self._add("attribute", base, name, f"{class_name(base)}.{name}", value)

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Look at the classes of the arguments: their pickles may have brought new ones."""
        for value in (*args, *kwargs.values()) if kwargs else args:
            kind = type(value)
            if kind not in _ATOMS and kind not in _CONTAINERS and kind not in self.classes:
                self.add_class(kind)
                if isinstance(value, type):  # of a class method
                    self.add_class(value)

    def may_share(self, result: list[int], arguments: list[int]) -> bool:
        """Whether there is anything for ``shared_parts`` to find.

        Args:
            result: Ids of all mutable containers in the result, each as often as it stands there.
            arguments: Likewise of the arguments.
        """
        mine = set(result)
        return len(mine) < len(result) or not mine.isdisjoint(arguments) or not mine.isdisjoint(self.owned)

    def after(self) -> dict[str, Any]:
        """What differs from the state at first, by name."""
        changes = {}
        for place in self.places:
            if (now := place.changed()) is not None:
                changes[place.label] = now[0]
                self._dirty.append(place)
        return changes

    def restore(self) -> None:
        """Put back what ``after`` found changed."""
        while self._dirty:
            self._dirty.pop().restore()


def _is_watchable(value: object) -> bool:
    """Whether *value* is a container, or an object of the user's, that is small enough to be copied and compared."""
    if not isinstance(value, list | dict | set | bytearray | deque) and (
        travels_by_name(type(value).__module__) or not hasattr(value, "__dict__")
    ):
        return False
    encoded = encode(value, iterator_items=0, max_nodes=MOST_PARTS)
    return not encoded.opaque and not encoded.truncated


_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE


_changeable: Final[dict[type, bool]] = dict.fromkeys(_CONTAINERS, True)


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
    if kind.__dictoffset__ == 0 or kind.__hash__ not in (None, object.__hash__):
        return False
    return not travels_by_name(kind.__module__)


def containers(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The changeable parts of *value*, itself included, with where they stand; each once, a bounded number."""
    pending = [(path, value)]
    seen: set[int] = set()
    walked = 0
    for where, current in pending:  # grows while it is walked
        kind = type(current)
        if kind in _ATOMS or id(current) in seen:
            continue
        walked += 1
        if walked > MOST_WALKED:
            return
        seen.add(id(current))
        if _is_changeable(kind):
            yield where, current
        pending.extend(_parts(where, current, kind))


def _parts(where: str, value: Any, kind: type) -> Iterator[tuple[str, Any]]:
    if kind is list or kind is tuple or kind is deque:
        for index, part in enumerate(value):
            if type(part) not in _ATOMS:
                yield f"{where}[{index}]", part
    elif kind is dict:
        for key, part in value.items():
            if type(part) not in _ATOMS:
                yield f"{where}[{key!r:.40}]" if type(key) in _ATOMS else f"{where}[…]", part
    elif not isinstance(value, type) and not travels_by_name(kind.__module__):
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        if type(attributes) is dict:
            for name, part in list(attributes.items()):
                if type(part) not in _ATOMS:
                    yield f"{where}.{name}", part


def _mutable_parts(values: list[Any]) -> list[int] | None:
    """Ids of the changeable parts of *values*, one as often as it stands there; ``None`` for more than are walked."""
    pending = [value for value in values if type(value) not in _ATOMS]
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
        if kind is list or kind is tuple or kind is deque:
            pending.extend([part for part in current if type(part) not in _ATOMS])
        elif kind is dict:
            pending.extend([part for part in current.values() if type(part) not in _ATOMS])
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
        if kind in _ATOMS:
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
        if kind in _ATOMS:
            continue
        if id(current) in first:
            if kind in _CONTAINERS or not (kind is tuple or travels_by_name(kind.__module__)):
                found.append(f"{where} is {first[id(current)]}")
            continue
        first[id(current)] = where
        pending.extend(_parts(where, current, kind))
    return sorted(found)[:MOST_SHARED]


def effects_of(
    result: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    state: State,
    *,
    shares: bool = True,
    alike: bool = False,
    logged: list[list[str]] | None = None,
    called: dict[str, Any] | None = None,
    others: dict[str, list[str]] | None = None,
) -> bytes:
    """Canonical text of what a call did besides, empty when that is nothing; the state is as at first afterwards.

    *shares* is false where the result is known to share no mutable part with anything, *alike* true where the arguments
    may share parts with each other. *logged* is what the call logged, *called* what became of functions among them,
    *others* which of their parts are other objects now.
    """
    try:
        shared = shared_parts(result, args, kwargs, state) if shares else []
        if alike:
            shared += alike_parts(args, kwargs)
        changes = state.after() if state.places else {}
        if logged:
            changes[LABEL] = list(logged)
        changes |= called or {}
        changes |= others or {}
        if not changes and not shared:
            return b""
        for name, now in changes.items():  # what cannot be compared is told as a change, no more
            encoded = encode(now, iterator_items=0, max_nodes=2 * MOST_PARTS)
            if encoded.opaque or encoded.truncated:
                changes[name] = "…"
        return encode({MARK: shared, **dict(sorted(changes.items()))}, iterator_items=0, max_nodes=1_000_000).text
    finally:
        state.restore()
