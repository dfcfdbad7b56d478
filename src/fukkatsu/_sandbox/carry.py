"""Values on their way into a runner: pickled by the host, read after confinement.

Functions and classes of the user's own code travel by value (cloudpickle), those of the standard library and of
installed packages by name: a runner seldom needs a file of the user's. What a decorated function refers to and cannot
travel (a connection) becomes a ``Missing`` that raises when it is used; an *argument* that cannot travel is a
``CarryError``. A lock becomes a new one, which nobody holds there.
"""

from __future__ import annotations

import contextvars
import io
import pickle
import sys
import threading
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Final

import cloudpickle
from cloudpickle import cloudpickle as machinery

from fukkatsu._arrays import array_class, reduce_array
from fukkatsu._language.trees import mangle
from fukkatsu._look import Look, looking
from fukkatsu._oracle.values_locks import LOCKS
from fukkatsu._reach import CACHED, behind, may_hold_nan, objects_in, remembered, roots
from fukkatsu._reach import SALT as _SALT
from fukkatsu._sandbox import arrive
from fukkatsu._sandbox.arrive import Missing, also_called, missing, traits_of
from fukkatsu._sandbox.identities import known_again, nan_told
from fukkatsu._sandbox.installed import travels_by_name
from fukkatsu._sandbox.parts import PLAIN, home_of, is_plain, looked_up_in, named, parts_of, registered_with, with_cause
from fukkatsu.errors import CarryError


def carry(value: object) -> bytes:
    """Pickle *value* for a runner.

    Raises:
        CarryError: It, or something it holds, cannot be pickled.
    """
    try:
        return _dump(value, tolerant=False)
    except Exception as first:  # noqa: BLE001 - __reduce__ of any class runs here
        try:
            return _dump(value, tolerant=True)
        except Exception:  # noqa: BLE001 - as above
            msg = f"a {type(value).__name__} cannot travel into the sandbox: {_why(first)}"
            raise CarryError(msg) from None


def carry_original(function: Any) -> bytes:
    """The original on its way to be called: what it reaches without its arguments is known again among them.

    Raises:
        CarryError: It cannot be pickled.
    """
    known = objects_in(_reached(roots(function))) if type(function) is types.FunctionType else {}
    if not known:
        return carry(function)
    try:
        return _dump(_Known(function, known), tolerant=False, nans=True)
    except Exception:  # noqa: BLE001 - whichever it is, it is found name by name
        known = objects_in([root for root in _reached(roots(function)) if _travels(root)])
        try:
            return _dump(_Known(function, known), tolerant=True, nans=True)
        except Exception:  # noqa: BLE001 - the function itself, or a part that travels only where it stands
            return carry(function)


def _reached(values: Iterable[Any]) -> list[Any]:
    """*values*, and what the author's functions among them reach: those go by value, with it."""
    first = list(values)
    return [*first, *behind(first, lambda function: not travels_by_name(function.__module__))]


def _travels(value: object) -> bool:
    try:
        carry(value)
    except CarryError:
        return False
    return True


class _Known:
    """A value on its way, with the objects that are to be known again."""

    def __init__(self, value: object, objects: Mapping[int, Any]) -> None:
        self.value, self.objects = value, objects

    def __reduce__(self) -> tuple[Any, ...]:
        tokens = [identity ^ _SALT for identity in self.objects]
        return arrive.knowing, (self.value, tokens, list(self.objects.values()))


def carry_call(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], *, locks: bool = True, tokens: Mapping[int, int] | None = None
) -> bytes:
    """Pickle the arguments of one call, as one object, so that aliasing between them survives.

    With *locks*, a lock among them arrives as a new one: for a trial, where nobody else is. A call that counts needs
    the caller's own. *tokens* are those of objects that are to be the function's own on arrival, by id: see ``_reach``.

    Raises:
        CarryError: An argument cannot be pickled; the text names it.
    """
    whole = (tuple(args), dict(kwargs))
    if tokens and not tokens.keys().isdisjoint(objects_in([*args, *kwargs.values()])):
        try:
            return _dump_known(whole, tokens)
        except Exception:  # noqa: BLE001, S110 - __reduce__ of any class runs here: what is wrong is said below
            pass
    if is_plain(whole, 64) >= 0 and not may_hold_nan(payload := pickle.dumps(whole, 5)):
        return payload
    try:
        return _dump(whole, tolerant=False, locks=locks, nans=True)
    except Exception as first:  # noqa: BLE001 - __reduce__ of any class runs here
        try:
            return _dump(whole, tolerant=True, locks=locks, nans=True)
        except Exception:  # noqa: BLE001 - as above
            remedy = "Pass plain data in its place, or have its class leave that part out (__getstate__)."
            msg = f"{_culprit(args, kwargs, locks=locks)} cannot travel into the sandbox: {_why(first)}. {remedy}"
            raise CarryError(msg) from None


def carry_scope(
    scope: Mapping[str, object], looked_up: frozenset[str] = frozenset(), defaults: tuple[Any, Any] | None = None
) -> bytes:
    """Pickle a mapping of names to values; each value that cannot travel becomes a ``Missing`` of that name.

    *looked_up* are names that are looked up on them: of a package of the user's, the modules inside it that are needed.
    With *defaults*, those of a function, it is the scope of that: what is one object in both is one on arrival, and
    known again among arguments.
    """
    whole = dict(scope) if defaults is None else {**scope, arrive.DEFAULTS: defaults}
    known: dict[str, Any] = {}
    try:
        if defaults is not None:
            known = {arrive.KNOWN: _Known(None, objects_in(_reached(whole.values())))}
        return _dump({**whole, **known}, tolerant=False, nans=True)
    except Exception:  # noqa: BLE001 - whichever it is, it is found name by name
        journey = _Journey(looked_up)
        kept = {name: journey.tolerate(name, value) for name, value in whole.items()}
        if isinstance(kept.get(arrive.DEFAULTS), Missing):
            del kept[arrive.DEFAULTS]
        if defaults is not None:
            there = [value for value in kept.values() if not isinstance(value, (Missing, arrive.NewLock))]
            further = [value for value in _reached(there)[len(there) :] if _travels(value)]
            known = {arrive.KNOWN: _Known(None, objects_in([*there, *further]))}
        try:
            return _dump({**kept, **known}, tolerant=True, nans=True, looked_up=looked_up)
        except Exception:  # noqa: BLE001 - a part that travels only where it stands
            return _dump(kept, tolerant=True, nans=True, looked_up=looked_up)


def _culprit(args: tuple[Any, ...], kwargs: Mapping[str, Any], *, locks: bool) -> str:
    named = [(f"positional argument {index}", value) for index, value in enumerate(args, 1)]
    named += [(f"argument {name!r}", value) for name, value in kwargs.items()]
    for name, value in named:
        try:
            _dump(value, tolerant=True, locks=locks)
        except Exception:  # noqa: BLE001 - __reduce__ of any class runs here
            return f"{name} (of type {type(value).__name__})"
    return "the arguments"


def _why(failure: Exception) -> str:
    return f"{type(failure).__name__}: {str(failure)[:300]}"


@looking
def _dump(
    value: object,
    *,
    tolerant: bool,
    locks: bool = True,
    nans: bool = False,
    looked_up: frozenset[str] = frozenset(),
) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, _Journey(looked_up) if tolerant else None, locks=locks).dump(value)
    payload = buffer.getvalue()
    return _dump_known(value, {}, tolerant, locks, looked_up) if nans and may_hold_nan(payload) else payload


@looking
def _dump_known(
    whole: object,
    tokens: Mapping[int, int],
    tolerant: bool = False,
    locks: bool = True,
    looked_up: frozenset[str] = frozenset(),
) -> bytes:
    buffer = io.BytesIO()
    buffer.write(arrive.MARK)
    _KnowingPickler(buffer, tokens, _Journey(looked_up) if tolerant else None, locks=locks).dump(whole)
    return buffer.getvalue()


_PROTOCOL: Final = 5
_SLOTS: Final = frozenset({str, tuple, list, dict, set, frozenset})
_USUAL: Final[tuple[Any, Any]] = (object.__reduce_ex__, object.__reduce__)


class _Journey:
    """What has been found out, over the picklers of one value, about what can travel."""

    def __init__(self, looked_up: frozenset[str]) -> None:
        self.looked_up = set(looked_up)  # and what functions that are met on the way look up
        self.known: dict[int, str] = {}  # id -> why it cannot travel, "" when it can (or is being tried)
        self.alive: list[object] = []  # keeps the ids valid
        self.locks: dict[int, arrive.NewLock] = {}
        self.missing: dict[int, Missing] = {}  # one object is one, by whatever names it goes

    def tolerate(self, name: str, value: object) -> object:
        """*value*, or the ``Missing`` that stands for it."""
        if type(value) in LOCKS:
            self.alive.append(value)
            return self.locks.setdefault(id(value), arrive.NewLock(LOCKS[type(value)]))
        why = self.why_not(value)
        if not why:
            return value
        made = self.missing.setdefault(id(value), missing(name, why, traits_of(value)))
        also_called(made, name)
        return made

    def why_not(self, value: object) -> str:
        """Why *value* cannot travel; empty where it can."""
        if type(value) in PLAIN:
            return ""
        why = self.known.get(id(value))
        if why is None:
            self.known[id(value)] = ""
            self.alive.append(value)
            try:
                with Look():
                    _Pickler(io.BytesIO(), self).dump(value)
                why = ""
            except Exception as failure:  # noqa: BLE001 - likewise
                why = _why(failure)
            self.known[id(value)] = why
        return why


class _Pickler(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, journey: _Journey | None, *, locks: bool = True) -> None:
        super().__init__(file, protocol=_PROTOCOL)
        self.journey, self.locks = journey, locks

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is array_class():
            return reduce_array(obj)
        parts = parts_of(obj, kind, travels_by_name)
        if parts is not None:
            parts = self._tolerated(parts)
            return self._answered(obj, parts) if kind is CACHED else parts
        if kind in LOCKS and self.locks:  # of an object, say: nobody holds the one that arrives
            return getattr(threading, LOCKS[kind]), ()
        if kind is threading.Condition and self.locks:  # around the lock that others go by: a queue has three for one
            return threading.Condition, (obj._lock,)
        if kind is types.FunctionType:
            original = obj.__dict__.get("__fukkatsu_original__")
            if original is not None and obj.__dict__.get("__wrapped__") is original:  # not a wrapper of our wrapper
                return arrive.same, (original,)
            if travels_by_name(obj.__module__) and machinery._should_pickle_by_reference(obj):
                return NotImplemented
            return self._function(obj)
        if isinstance(obj, type):
            if kind.__module__ == "builtins" and travels_by_name(getattr(obj, "__module__", None)):
                return machinery._class_reduce(obj)
            reduced = machinery._class_reduce(obj)
            if type(reduced) is tuple or travels_by_name(getattr(obj, "__module__", None)):
                return self._class(obj, reduced)
            return self._class(obj, machinery._dynamic_class_reduce(obj))
        if kind is types.ModuleType or isinstance(obj, types.ModuleType):
            return self._module(obj)
        if isinstance(obj, io.IOBase) and not isinstance(obj, (io.StringIO, io.BytesIO)):
            raise pickle.PicklingError(f"cannot pickle an open file ({kind.__name__})")
        if kind is types.CellType and self.journey is not None:
            try:
                content = obj.cell_contents
            except ValueError:
                return NotImplemented
            return machinery._make_cell, (self.journey.tolerate("a closure variable", content),)
        if kind is contextvars.ContextVar and (home := home_of(obj, obj.name, travels_by_name)) is not None:
            return arrive.member, (home, obj.name)
        if kind.__module__ == "random" and obj is getattr(sys.modules.get("random"), "_inst", None):
            return arrive.chance, ()  # `random.choice` is a method of it: one that travelled would keep its own stream
        if isinstance(obj, BaseException) and (obj.__cause__ is not None or obj.__context__ is not None):
            return with_cause(obj, _PROTOCOL)
        return known_again(obj, kind) or self._reduced(obj, kind)

    def _reduced(self, obj: Any, kind: type) -> Any:
        """What the object's own class makes of it; only a mere name is looked into."""
        reduce, own = self.dispatch_table.get(kind), (kind.__reduce_ex__, kind.__reduce__)
        if reduce is None and own == _USUAL:
            return NotImplemented
        reduced = obj.__reduce_ex__(_PROTOCOL) if reduce is None else reduce(obj)
        if type(reduced) is not str:
            return reduced
        made = named(obj, kind, reduced, travels_by_name, id(obj) ^ _SALT)
        return made if type(made) is str else self._tolerated(made)

    def _tolerated(self, reduced: Any) -> Any:
        """*reduced*, with attributes that cannot travel as such."""
        if self.journey is None or len(reduced) != 3:
            return reduced
        make, args, attributes = reduced
        return make, args, {name: self.journey.tolerate(name, value) for name, value in attributes.items()}

    def _answered(self, cached: Any, parts: Any) -> Any:
        """With what the cache holds of a function without parameters: each call of it hands out that very object."""
        answers = remembered(cached)
        if not answers or (self.journey is not None and self.journey.why_not(answers[0])):
            return parts
        make, args, attributes = parts
        return make, (*args, True), (attributes, answers[0]), None, None, arrive.fill_cached

    def _function(self, function: types.FunctionType) -> Any:
        if self.journey is not None:
            self.journey.looked_up.update(looked_up_in(function.__code__))
        make, args, state, *rest = self._dynamic_function_reduce(function)
        attributes, slots = state
        if self.journey is not None:
            slots["__globals__"] = {k: self.journey.tolerate(k, v) for k, v in slots["__globals__"].items()}
            attributes = {k: self.journey.tolerate(k, v) for k, v in attributes.items()}
        return (make, args, (attributes, slots), *rest[:-1], arrive.set_function)

    def _class(self, cls: type, reduced: Any) -> Any:
        if type(reduced) is not tuple or len(reduced) < 3 or type(reduced[2]) is not tuple:
            return reduced
        make, args, (attributes, slots), *rest = reduced
        if "__class__" in attributes:  # a proxy's; given to a class that is there, it would be a new metaclass
            raise pickle.PicklingError(f"cannot pickle {cls.__qualname__}: its instances name another class")
        if self.journey is not None:
            attributes = {k: self.journey.tolerate(k, v) for k, v in attributes.items()}
        attributes["__qualname__"] = (
            cls.__qualname__
        )  # cloudpickle keeps the last part only; outcomes are compared by it
        slotted = vars(cls).get("__slots__")
        own = typing.NamedTuple not in vars(cls).get("__orig_bases__", ())  # that one sees to its slots itself
        if make is machinery._make_skeleton_class and type(slotted) in _SLOTS and own:
            args = (*args[:3], {**args[3], "__slots__": slotted}, *args[4:])  # given later, they make no slots
            names: Any = [slotted] if type(slotted) is str else slotted
            for name in names:
                attributes.pop(mangle(name, cls.__name__), None)
        return (make, args, (attributes, slots, registered_with(cls)), *rest[:-1], arrive.set_class)

    def _module(self, module: types.ModuleType) -> Any:
        """By name; a module of the user's own goes as a stand-in with those of its members that can travel."""
        if travels_by_name(module.__name__) or self.journey is None:
            if not travels_by_name(module.__name__):
                raise pickle.PicklingError(
                    "a module of the user's: each of its members on its own"
                )  # turns tolerance on
            return arrive.named_module, (module.__name__,)
        members = {
            name: self.journey.tolerate(f"{module.__name__}.{name}", value)
            for name, value in vars(module).items()
            if not (name.startswith("__") and name.endswith("__"))
            and (
                not isinstance(value, types.ModuleType)
                or (name in self.journey.looked_up and value.__name__ == f"{module.__name__}.{name}")
            )
        }
        return arrive.user_module, (module.__name__,), members, None, None, arrive.fill_user_module


class _KnowingPickler(_Pickler):
    """For what holds objects of the scope, or NaNs: each goes as its token, with a copy for where nobody knows it."""

    def __init__(
        self, file: io.BytesIO, tokens: Mapping[int, int], journey: _Journey | None, *, locks: bool = True
    ) -> None:
        super().__init__(file, journey, locks=locks)
        self._tokens = tokens
        self._told: dict[int, tuple[int, bytes]] = {}

    def persistent_id(self, obj: Any) -> tuple[Any, bytes] | None:
        token = self._tokens.get(id(obj))
        if token is None:
            return nan_told(obj)
        told = self._told.get(id(obj))
        if told is None:
            told = self._told[id(obj)] = token, carry(obj)
        return told
