"""What the pickles of ``carry`` call when they are read in a runner: stand-ins for what could not travel as it is."""

from __future__ import annotations

import collections.abc
import contextlib
import functools
import importlib
import io
import pickle
import sys
import threading
import types
import typing
from typing import Any, Final, NoReturn

from cloudpickle import cloudpickle as machinery

from fukkatsu._sandbox import settings
from fukkatsu._sandbox.installed import travels_by_name

_OPERATIONS: Final = (
    "abs add and bool bytes complex contains delitem divmod enter exit float floordiv ge getitem gt iadd iand "
    "ifloordiv ilshift imatmul imod imul index instancecheck int invert ior ipow irshift isub iter itruediv ixor le "
    "len lshift lt matmul mod mul neg next or pos pow radd rand rdivmod reversed rfloordiv rlshift rmatmul rmod rmul "
    "ror round rpow rrshift rshift rsub rtruediv rxor setitem sub subclasscheck truediv xor aenter aexit aiter anext "
    "await fspath trunc floor ceil buffer"
)
_is: Final = object.__getattribute__


class Missing:
    """Stands for a value that could not travel into the sandbox: any use of it raises, saying which and why.

    Code that goes on all the same has found out that it is on trial; so uses by the code that ``note_uses`` names are
    noted, those that an object answers without raising as well. What is asked of its class alone (`callable`, `hash`,
    a pattern) is answered as the real one does: see ``missing``.
    """

    __slots__ = ("_names", "_why")

    def __init__(self, names: str, why: str) -> None:
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_why", why)

    def __reduce_ex__(self, _protocol: object) -> tuple[Any, ...]:
        _note(self)
        return missing, (_is(self, "_names"), _is(self, "_why"), type(self).__name__)

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        msg = f"{_name(self)!r} did not travel into the sandbox: {_is(self, '_why')}"
        failure = NameError(msg)
        _note(self, failure)
        raise failure

    def __getattribute__(self, name: str) -> Any:
        if not (name.startswith("__") and name.endswith("__")):
            Missing._refuse(self)
        _note(self)
        return _is(self, name)  # pickle, copy and inspect ask for these and must get an ordinary answer

    def __repr__(self) -> str:
        _note(self)
        return f"<{_name(self)}: not in the sandbox>"

    def __eq__(self, other: object) -> bool:
        _note(self)
        return NotImplemented

    __hash__ = object.__hash__

    @property  # type: ignore[misc]  # object's can be assigned
    def __class__(self) -> type:  # what isinstance() asks for where type() does not answer
        _note(self)
        return Missing

    __setattr__ = __delattr__ = _refuse
    vars().update(dict.fromkeys([f"__{operation}__" for operation in _OPERATIONS.split()], _refuse))


def _name(value: object) -> str:
    names: str = _is(value, "_names")
    return names.partition(" or ")[0]


def also_called(value: Missing, name: str) -> None:
    """The same object under one more *name*."""
    names: str = _is(value, "_names")
    if name not in names.split(" or "):
        object.__setattr__(value, "_names", f"{names} or {name}")


_PATTERNS: Final = {1 << 5: "sequence", 1 << 6: "mapping"}  # Py_TPFLAGS_SEQUENCE, Py_TPFLAGS_MAPPING


def traits_of(value: object) -> str:
    """What the stand-in for *value* has to share with it, since nobody is told when a class is asked for it."""
    kind = type(value)
    found = ["callable"] if callable(value) else []
    if kind.__hash__ is not object.__hash__:
        found.append("unhashable" if kind.__hash__ is None else "hashes")
    return " ".join(found + [name for flag, name in _PATTERNS.items() if kind.__flags__ & flag])


def missing(names: str, why: str, traits: str = "") -> Missing:
    """A stand-in with those *traits*."""
    return _missing_kind(traits)(names, why)


@functools.cache
def _missing_kind(traits: str) -> type[Missing]:
    names = traits.split()
    refusing = Missing._refuse
    body: dict[str, Any] = {"__slots__": ()}
    if "callable" in names:
        body["__call__"] = refusing
    if "hashes" in names or "unhashable" in names:
        body["__hash__"] = refusing if "hashes" in names else None
    made: type[Missing] = type(traits, (Missing,), body)
    for pattern in (collections.abc.Sequence, collections.abc.Mapping):
        if pattern.__name__.lower() in names:
            pattern.register(made)  # a pattern asks the class whether it is one
    return made


class Uses:
    """Of one call: the stand-ins that the code on trial used, and what they raised."""

    __slots__ = ("file", "names", "raised", "tolerated")

    def __init__(self) -> None:
        self.file, self.tolerated = "", frozenset[str]()
        self.names: list[str] = []
        self.raised: list[NameError] = []

    def clear(self) -> None:
        """Before a call."""
        self.names.clear()
        self.raised.clear()


uses: Final = Uses()


def note_uses(file: str, tolerated: frozenset[str]) -> None:
    """From now on in this process, note which stand-ins the code of *file* uses, those *tolerated* left out."""
    uses.file, uses.tolerated = file, tolerated


def type_noted(value: object) -> type:
    """``type(value)``, for the code on trial: of a stand-in it is another one, and whoever asks is noted."""
    kind = type(value)
    if issubclass(kind, Missing):
        _note(value, tolerated=frozenset())
    return kind


def _note(value: object, failure: NameError | None = None, tolerated: frozenset[str] | None = None) -> None:
    if not uses.file:
        return
    names = {name.rpartition(".")[2] for name in _is(value, "_names").split(" or ")}
    if names & (uses.tolerated if tolerated is None else tolerated):
        return
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename != uses.file:
        module = frame.f_globals.get("__name__")
        if not isinstance(module, str) or not _is_library(module):
            return  # a function of the author's that uses it
        frame = frame.f_back
    if frame is not None and len(uses.names) < _MOST_USES:
        uses.names.append(_name(value))
        if failure is not None:
            uses.raised.append(failure)


_MOST_USES: Final = 1_000


def _is_library(module: str) -> bool:
    return module.startswith("fukkatsu.") or travels_by_name(module)


class NewLock:
    """Stands in a pickle for a lock, and becomes a new one of the same kind."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr(threading, self._kind), ()


class AwaitedModule(types.ModuleType):
    """A module of the standard library or of an installed package, imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name != "__version__":
            raise AttributeError(name)
        module = importlib.import_module(self.__name__)
        settings.catch_up()
        try:
            return getattr(module, name)
        except AttributeError:
            try:
                return importlib.import_module(f"{self.__name__}.{name}")
            except ImportError:
                pass
            raise


newcomers: list[Any] | None = None
"""Functions, classes and stand-ins for modules that have come, where somebody wants to know: see ``adopt``."""


def receive() -> None:
    """From now on in this process, keep ``newcomers``."""
    global newcomers
    newcomers = []


def set_function(function: types.FunctionType, state: Any) -> None:
    """Fill a function that came by value."""
    machinery._function_setstate(function, state)  # type: ignore[no-untyped-call]  # has no annotations
    if newcomers is not None:
        newcomers.append(function)


def set_class(cls: type, state: Any) -> Any:
    """Fill a class that came by value, and register it with the abstract classes that *state* names last."""
    *own, registered = state
    filled = machinery._class_setstate(cls, tuple(own))  # type: ignore[no-untyped-call]  # has no annotations
    for module, name in registered:
        member(module, name).register(filled)
    if newcomers is not None:
        newcomers.append(cls)
    return filled


def set_cause(error: BaseException, told: tuple[Any, BaseException | None, BaseException | None, bool]) -> None:
    """Fill an exception that was raised from another one, or while another one was handled."""
    state, error.__cause__, error.__context__, error.__suppress_context__ = told
    if state is not None:
        error.__setstate__(state)  # type: ignore[attr-defined, unused-ignore]  # what any exception has


def same(value: Any) -> Any:
    """The value itself; lets a pickle put one object where another was referred to."""
    return value


def chance() -> Any:
    """What the functions of `random` are methods of, in this process."""
    return vars(importlib.import_module("random"))["_inst"]


def member(module: str, name: str) -> Any:
    """What an installed module calls *name*, which may have dots."""
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


DEFAULTS: Final = ".defaults"
"""In a scope: the defaults of the function that it is the scope of."""
KNOWN: Final = ".known"
"""In a scope: read, so that its objects are ``known``."""
MARK: Final = b"known "
"""What is read begins like this where some of it comes with a token: an object of the scope, or a NaN."""
known: Final[dict[Any, Any]] = {}
"""What the function reaches without its arguments, by token: among them it is that very object again."""


def knowing(value: Any, tokens: list[int], objects: list[Any]) -> Any:
    """*value*; from now on *objects* are known by their *tokens*."""
    known.update(zip(tokens, objects, strict=True))
    return value


class _Reader(pickle.Unpickler):
    def persistent_load(self, told: tuple[Any, bytes]) -> Any:
        token, copy = told
        if token in known:
            return known[token]
        if token not in self.copies:
            self.copies[token] = pickle.loads(copy)  # noqa: S301 - from the host
        return self.copies[token]

    copies: dict[Any, Any]


def read_call(payload: bytes) -> Any:
    """``(args, kwargs)`` from ``carry_call``."""
    return _read(payload, {})


def read_scope(payload: bytes) -> Any:
    """What ``carry_scope`` or ``carry_original`` made; what comes with a token is ``known`` from now on."""
    return _read(payload, known)


def _read(payload: bytes, copies: dict[Any, Any]) -> Any:
    if not payload.startswith(MARK):
        return pickle.loads(payload)  # noqa: S301 - from the host
    reader = _Reader(io.BytesIO(payload[len(MARK) :]))
    reader.copies = copies
    return reader.load()


_sentinels: dict[int, Any] = {}


def sentinel(token: int, cls: type) -> Any:
    """An object that is told apart by nothing but being itself: the same one wherever it arrives in this process."""
    found = _sentinels.get(token)
    if found is None:
        found = _sentinels[token] = object.__new__(cls)
    elif cls is not object:
        vars(found).clear()  # a call before this one may have given it something
    return found


def view(owner: Any, form: str, shape: tuple[int, ...], readonly: bool) -> memoryview:
    """A view of all of *owner*, as its author's looked at it where that can be said."""
    made = memoryview(owner)
    if (made.format, made.shape) != (form, shape):
        with contextlib.suppress(ValueError, TypeError):  # a form that only an extension module makes
            made = made.cast("B").cast(form, shape)  # type: ignore[call-overload]
    return made.toreadonly() if readonly else made


_answers: Final[dict[int, list[Any]]] = {}


def cached(function: Any, maxsize: int | None, typed: bool, answered: bool = False) -> Any:
    """*function* behind a cache like its author's, with nothing in it yet; *answered* ones get ``fill_cached``."""
    if not answered:
        return functools.lru_cache(maxsize, typed)(function)
    answers: list[Any] = []
    made: Any = functools.lru_cache(maxsize, typed)(lambda: answers.pop() if answers else function())
    functools.update_wrapper(made, function)
    _answers[id(made)] = answers
    return made


def fill_cached(made: Any, state: tuple[dict[str, Any], Any]) -> None:
    """Give it its attributes, and the one answer that the author's had in store."""
    vars(made).update(state[0])
    _answers.pop(id(made)).append(state[1])
    made()


def dispatching(function: Any) -> Any:
    """A generic function, filled by ``fill_dispatching``."""
    return functools.singledispatch(function)


def fill_dispatching(function: Any, state: tuple[dict[type, Any], dict[str, Any]]) -> None:
    """Register what was registered with the one that stayed at home."""
    registry, attributes = state
    for cls, registered in registry.items():
        if cls is not object:
            function.register(cls, registered)
    for name, value in attributes.items():
        setattr(function, name, value)


def new_type(name: str, supertype: Any, module: str) -> Any:
    """A ``typing.NewType`` of a module that is not here."""
    made: Any = typing.NewType(name, supertype)  # type: ignore[misc]  # the names are known at run time only
    made.__module__ = module
    return made


def named_module(name: str) -> types.ModuleType:
    """A module by name: the real one when it is loaded, else one that imports itself on first use.

    One inside another is looked for there, so it has to be there.
    """
    if "." in name and name not in sys.modules:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return sys.modules.get(name) or AwaitedModule(name)


_user_modules: dict[str, types.ModuleType] = {}


def user_module(name: str) -> types.ModuleType:
    """The stand-in for a module of the user's own code, filled by ``fill_user_module``."""
    return _user_modules.setdefault(name, types.ModuleType(name))


def fill_user_module(module: types.ModuleType, members: dict[str, Any]) -> None:
    """Give a stand-in the members that travelled."""
    vars(module).update(members)
    if newcomers is not None:
        newcomers.append(module)
