"""What an author's function gives back, or hands to a correction's own: no way into the interpreter.

A helper that looks up the names that it is told is told none that is closed (``words.py``); but names come from
elsewhere too: a list that is changed while a generator walks it, an object's data, parts that the helper puts together.
So what comes of it is looked at: a module's globals, ``eval``, ``os.system``, frames and code, a method that reaches
the disk are no answers that a correction may have.
"""

from __future__ import annotations

import functools
import itertools
import sys
import types
import weakref
from collections.abc import Callable, Generator, Iterable
from typing import Any, Final

from fukkatsu._language.attributes import OF_PATHS, closed_because
from fukkatsu._language.powers import power_of
from fukkatsu._language.refusals import refuse

INERT: Final[set[type]] = {int, float, complex, bool, str, bytes, bytearray, type(None), type(...), range, slice}
"""Types whose values lead nowhere, and hold nothing that does."""
HOMES: Final[set[str]] = set()
"""Modules of originals: what is defined there is the author's, whatever the module is called."""
OWN_FILES: Final[set[str]] = set()
"""Names of the files that corrections are compiled as."""
_MOST: Final = 200
_CONTAINERS: Final[tuple[type, ...]] = (list, tuple, set, frozenset, dict)
_INNER: Final = (types.CodeType, types.FrameType, types.CellType)
_MAKERS: Final = (
    type, types.FunctionType, types.CodeType, types.ModuleType, types.FrameType, types.MethodType, types.CellType,
)  # fmt: skip
_FUNCTIONS: Final = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType,
    types.MethodDescriptorType, types.WrapperDescriptorType, functools.partial,
)  # fmt: skip
_EACH: Final[tuple[type, ...]] = (
    *_CONTAINERS, *_FUNCTIONS, *_INNER, type, types.GeneratorType, types.ModuleType, staticmethod,
)  # fmt: skip
_RAW: Final = frozenset(map(id, (getattr, setattr, delattr, vars, globals, locals)))


def given_back(value: Any) -> Any:
    """*value*, which an author's function gives; of a generator each item is looked at as it is drawn."""
    kind = type(value)
    if kind in INERT:
        return value
    if kind is types.GeneratorType:
        return _watched(value)
    _look_at(value, kind)
    if issubclass(kind, _CONTAINERS):
        items: Iterable[Any] = dict.values(value) if issubclass(kind, dict) else value
        for item in itertools.islice(items, _MOST):
            if type(item) not in INERT:
                _look_at(item, type(item))
    elif not issubclass(kind, _EACH) and len(INERT) < _MOST * 10:
        INERT.add(kind)
    return value


def _look_at(value: Any, kind: type) -> None:
    if issubclass(kind, dict):
        if kind is dict and ("__builtins__" in value or ("__spec__" in value and "__loader__" in value)):
            refuse("an author's function gave a module's globals, which are no answer for a correction")
    elif issubclass(kind, _INNER):
        refuse(f"an author's function gave a {kind.__name__}, which reaches the interpreter's internals")
    elif isinstance(value, type):
        if issubclass(value, _MAKERS) or (value.__module__ not in HOMES and power_of(value)):
            refuse(f"an author's function gave {value.__name__}, which reaches beyond the function")
    elif isinstance(value, _FUNCTIONS):
        _look_at_function(value, kind)
    elif kind.__module__ == "os" and kind.__name__ == "_Environ":
        refuse("an author's function gave os.environ, which reaches beyond the function")


def _look_at_function(value: Any, kind: type) -> None:
    if id(value) in _RAW:
        refuse(f"an author's function gave {value.__name__}, which is open in a guarded form only")
    if getattr(value, "__module__", None) not in HOMES and (power := power_of(value)):
        refuse(f"an author's function gave {power}, which reaches beyond the function")
    if issubclass(kind, types.FunctionType) or kind is functools.partial:
        return
    owner = getattr(value, "__self__", None)
    if isinstance(owner, types.ModuleType):
        return
    name = str(getattr(value, "__name__", ""))
    home = str(getattr(value.__func__, "__module__", "")) if kind is types.MethodType else "builtins"
    top = home.partition(".")[0]
    if home in HOMES or top not in sys.stdlib_module_names or top == "__main__":
        return
    why = closed_because(name, frozenset())
    if why is None and top == "pathlib" and name in OF_PATHS:
        why = "it reaches the disk"
    if why is None and name in ("format", "format_map") and str in (type(owner), getattr(value, "__objclass__", None)):
        why = "a template could walk attributes"
    if why:
        refuse(f"an author's function gave the method {name}: {why}")


def _watched(generator: Generator[Any, Any, Any]) -> Any:
    watching: Any = _watch(generator)
    named: Any = generator  # the type checker knows generators without names
    watching.__name__, watching.__qualname__ = named.__name__, named.__qualname__
    return watching


def _watch(generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """``yield from generator``, looking at each item."""
    draw: Callable[[], Any] = functools.partial(next, generator)
    while True:
        try:
            item = draw()
        except StopIteration as end:
            return given_back(end.value)
        try:
            sent = yield given_back(item)
        except GeneratorExit:
            generator.close()
            raise
        except BaseException as error:  # noqa: BLE001 - whatever is thrown in goes to whom it was meant for
            draw = functools.partial(generator.throw, error)
        else:
            draw = functools.partial(next, generator) if sent is None else functools.partial(generator.send, sent)


_heard: Final[weakref.WeakKeyDictionary[types.FunctionType, Any]] = weakref.WeakKeyDictionary()
_PAUSING: Final = 0x2A0  # CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


def hearing(function: types.FunctionType) -> Any:
    """*function*, which goes to an author's: one of a correction's own looks at what it is called with."""
    code = function.__code__
    if code.co_filename not in OWN_FILES or code.co_flags & _PAUSING:
        return function
    known = _heard.get(function)
    if known is None:

        @functools.wraps(function)
        def hear(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                if type(value) not in INERT:
                    given_back(value)
            return function(*args, **kwargs)

        _heard[function] = weakref.ref(hear)  # which holds the function itself
        return hear
    found = known()
    if found is None:
        del _heard[function]
        return hearing(function)
    return found
