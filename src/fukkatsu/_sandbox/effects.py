"""What a call changes besides its arguments, and which parts of its result are shared with them.

Runs in a runner, around each call. State that outlasts a call (globals, closure variables, defaults, attributes of the
user's classes) is compared with what it was, told, and put back, so that every call starts from the same state: the
outcomes of one run are independent of each other, for the original as for a candidate. Told are changes only; a call
that changes and shares nothing costs a few comparisons.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._oracle.values import class_name, encode
from fukkatsu._sandbox.installed import travels_by_name
from fukkatsu._sandbox.logged import LABEL
from fukkatsu._sandbox.places import MOST_PARTS, Place, is_watchable
from fukkatsu._sandbox.sharing import (
    ATOMS,
    CONTAINERS,
    alike_parts,
    arrays_in,
    containers,
    shared_memory,
    shared_parts,
)

MARK: Final = "effects of the call"

_FIXED: Final = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    type,
    property,
    staticmethod,
    classmethod,
)
_KEPT_IN: Final = {
    ("queue", "Queue"): "queue",
    ("collections", "UserDict"): "data",
    ("collections", "UserList"): "data",
    ("collections", "ChainMap"): "maps",
}
"""Objects of the library's that keep what they hold in a container, and under which name."""


class State:
    """The state that a subject can reach without its arguments.

    Args:
        function: The subject.
        cells: Names of the closure variables that count; ``None`` for all.
    """

    def __init__(self, function: Callable[..., Any], cells: frozenset[str] | None = None) -> None:
        self.places: list[Place] = []
        self.classes: set[type] = set()
        self.owned: dict[int, str] = {}  # of the mutable containers in it, id -> where it stands
        self.arrays: list[tuple[str, Any]] = []
        self._seen: set[int] = set()
        self._dirty: list[Place] = []
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
            if type(value) not in ATOMS:
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
        elif not isinstance(value, _FIXED):
            self._watch(kind, holder, key, label, value)

    def _watch(self, kind: str, holder: Any, key: Any, label: str, value: Any) -> None:
        if type(value) is functools.partial:
            for name, part in [*enumerate(value.args), *value.keywords.items()]:
                given: Any = value.keywords if isinstance(name, str) else value.args
                self._add("item", given, name, f"{label}({name})", part)
        elif (inside := _kept_in(value)) is not None:
            self._add("item", vars(value), inside, f"{label}.{inside}", vars(value)[inside])
            self.owned.setdefault(id(value), label)
        elif type(value) in ATOMS or is_watchable(value):
            try:
                place = Place(kind, holder, key, label, value)
            except Exception:  # noqa: BLE001 - an object that cannot be copied is not watched
                return
            self.places.append(place)
            if place.saved is not None:
                for path, part in containers(value, label):
                    self.owned.setdefault(id(part), path)
                self.arrays += arrays_in(value, label)
        elif type(value) not in ATOMS:  # too large, or out of sight: what it holds may be handed out all the same
            self.arrays += arrays_in(value, label)

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
            if kind not in ATOMS and kind not in CONTAINERS and kind not in self.classes:
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


def _kept_in(value: object) -> str | None:
    """Under which name an object of the library's keeps what it holds in a container."""
    for base in type(value).__mro__:
        name = _KEPT_IN.get((base.__module__, base.__name__))
        if name is not None:
            attributes = getattr(value, "__dict__", None)
            return name if isinstance(attributes, dict) and name in attributes else None
    return None


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
        shared = (
            [*shared_parts(result, args, kwargs, state), *shared_memory(result, args, kwargs, state)] if shares else []
        )
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
