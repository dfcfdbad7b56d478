"""Texts that an author's function is given: none may name what the language keeps closed.

``rgetattr(f, "__glo" + "bals__")`` walks where ``f.__globals__`` may not, and ``record.update({name: value})`` sets
what no assignment may. An author's function does by name whatever its caller says, so what a correction says to it is
looked at: texts, and texts in the lists, tuples, sets and dicts that it is given.
"""

from __future__ import annotations

import collections
import collections.abc
import functools
import io
import itertools
import pathlib
import re
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any, Final

from fukkatsu._language.attributes import MODULES, NEVER, POWERFUL, READABLE_DUNDERS, WRITING
from fukkatsu._language.callings import calling, no_maker
from fukkatsu._language.given_back import given_back, hearing
from fukkatsu._language.refusals import refuse

WORDLESS: Final[set[type]] = {int, float, complex, bool, bytes, bytearray, type(None), type(...), range}
"""Types whose values are neither texts nor hold any."""
_CONTAINERS: Final[tuple[Any, ...]] = (
    list, tuple, set, frozenset, dict, collections.deque, type({}.keys()), type({}.values()), type({}.items()),
)  # fmt: skip
_HOLDING: Final = (
    collections.UserString, collections.UserList, collections.UserDict, collections.ChainMap, types.MappingProxyType,
)  # fmt: skip
ITERATORS: Final[set[type]] = {
    map, filter, zip, reversed, enumerate, types.GeneratorType, *map(type, (iter([]), iter(()), iter({}), iter(set()))),
    *(kind for name, kind in vars(itertools).items() if isinstance(kind, type) and not name.startswith("_")),
}  # fmt: skip
_SHOWING: Final[dict[type, Callable[[Any], Iterable[Any]]]] = {
    types.SimpleNamespace: lambda value: [vars(value)],
    functools.partial: lambda value: [value.args, value.keywords, vars(value)],
    slice: lambda value: [value.start, value.stop, value.step],
    re.Pattern: lambda value: [value.pattern],
    re.Match: lambda value: [value.string, value.re.pattern],
    io.StringIO: lambda value: [io.StringIO.getvalue(value)],
}
"""Types whose values show a text that they were given, and what they show."""
BUILTIN: Final[frozenset[type]] = frozenset({
    str, bytes, bytearray, int, float, complex, bool, list, dict, set, frozenset, tuple, memoryview, type(None),
    collections.deque, collections.defaultdict, collections.OrderedDict, collections.Counter,
})  # fmt: skip
"""Types whose own methods look nothing up by name."""
_PATH: Final = re.compile(r"\w+(?:\.\w+)+")
_LEADING: Final = frozenset(
    ["builtins", "bltns", "importlib", "ctypes", "subprocess", "marshal", "runpy", "_os", "_sys", "posix"]
)
_REAL: Final = {"bltns": "builtins", "__builtin__": "builtins", "_os": "os", "_sys": "sys", "_io": "io"}
_DEPTH: Final = 3
_MOST: Final = 1_000  # items that are looked at in one list: what has more is data
# Without those that ordinary data say (`{"__class__": "Order"}`) and that lead no further by themselves.
_CLOSED: Final = (NEVER - READABLE_DUNDERS - {"__import__", "__new__", "__set__", "__get__"}) | frozenset(
    ["__array_interface__", "__array_struct__", "__annotations__", "__dataclass_fields__", "__deepcopy__"]
)
_WORD: Final = re.compile(r"(?<!\w)(?:__[a-z][a-z_]*__|(?:gi|cr|ag|tb|f|co)_[a-z_]+)(?!\w)")


def why_closed(text: str) -> str | None:
    """Why no author's function may be told *text*; ``None`` when it may."""
    if "." in text and _PATH.fullmatch(text) and (why := _why_along(text.split("."))):
        return f"the text {text!r} is closed: an author's function could look it up, {why}"
    if text in WRITING:
        return f"the text {text!r} is closed: an author's function could look it up, and write over any memory"
    if "_" in text:
        for found in _WORD.finditer(text):
            if found.group() in _CLOSED:
                return f"a text with {found.group()} is closed: an author's function could look it up, or set it"
    return None


def _why_along(path: list[str]) -> str | None:
    """Why a path of names may not go where it does: objects hold modules, and modules hold these."""
    if not POWERFUL.isdisjoint(path[1:]) or not WRITING.isdisjoint(path[1:]) or path[-1] in _LEADING:
        return "down to what it names"
    for name, member in itertools.pairwise(path):
        if name in MODULES and hasattr(sys.modules.get(_REAL.get(name, name)), member):
            return "through a module"
    return None


def _look_at(text: str) -> None:
    if why := why_closed(text):
        refuse(why)


def said(value: Any) -> Any:
    """*value*, which goes to an author's function; an iterator is looked at item by item, as it is drawn from."""
    kind = type(value)
    if issubclass(kind, str):
        _look_at(value if kind is str else str.__str__(value))
    elif issubclass(kind, _CONTAINERS):
        _look_into(value)
    elif kind is types.FunctionType:
        return hearing(value)
    elif issubclass(kind, types.ModuleType):
        refuse("a module is closed to an author's function, which could look anything up in it")
    elif issubclass(kind, type):
        no_maker(value)  # who is given one may call it
    elif is_drawn_from(kind):
        return map(said, value)
    elif (shown := _shown(value, kind)) is not None:
        _look_into(_contained(shown))
    elif kind not in WORDLESS and len(WORDLESS) < _MOST:
        WORDLESS.add(kind)
    return value


def is_drawn_from(kind: type) -> bool:
    """Whether values of *kind* are iterators of the library's."""
    if kind in ITERATORS:
        return True
    if kind.__module__ in _HOMES_OF_ITERATORS and hasattr(kind, "__next__"):
        if issubclass(kind, io.IOBase):
            return False
        ITERATORS.add(kind)
        return True
    return False


_HOMES_OF_ITERATORS: Final = frozenset({"builtins", "itertools", "collections", "_collections"})


def _shown(value: Any, kind: type) -> Any:
    """A container of what *value*, which is none itself, shows of texts that it was given; ``None`` for nothing."""
    if issubclass(kind, _HOLDING):
        return getattr(value, "data", None) or dict(value)
    if issubclass(kind, BaseException):
        return _told_of(value)
    if (show := _SHOWING.get(kind)) is not None:
        return [*show(value)]
    if issubclass(kind, collections.abc.MappingView) and hasattr(value, "_mapping"):
        return value._mapping
    return [str(value)] if issubclass(kind, pathlib.PurePath) else None


def _told_of(error: BaseException) -> list[Any]:
    """What *error* was made of, and given since: ``name`` of a NameError, ``filename``, notes."""
    found: list[Any] = [error.args, BaseException.__getattribute__(error, "__dict__")]
    for base in type.mro(type(error)):
        if base.__module__ == "builtins":
            for name, member in vars(base).items():
                if name[:2] != "__" and isinstance(member, (types.MemberDescriptorType, types.GetSetDescriptorType)):
                    try:
                        found.append(member.__get__(error))
                    except AttributeError:
                        continue
    return found


_PLAIN_HOLDERS: Final = frozenset({list, tuple, set, frozenset, dict})


def _look_into(value: Any) -> None:
    if type(value) in _PLAIN_HOLDERS and len(value) > _MOST // 2 and {str}.issuperset(map(type, value)):
        for text in {*value}:  # all that are texts, however many
            if "_" in text or "." in text:
                _look_at(text)
        if type(value) is not dict:
            return
        value = value.values()
    pending, left = [(value, _DEPTH)], _MOST
    while pending and left > 0:
        held, depth = pending.pop()
        for item in itertools.islice(_items(held), left):
            left -= 1
            kind = type(item)
            if kind in WORDLESS:
                continue
            if issubclass(kind, str):
                _look_at(str.__str__(item))
            elif not depth:
                continue
            elif issubclass(kind, _CONTAINERS):
                pending.append((item, depth - 1))
            elif is_drawn_from(kind):
                _look_while_drawing(held, item)
            elif (shown := _shown(item, kind)) is not None:
                pending.append((_contained(shown), depth - 1))
            elif len(WORDLESS) < _MOST and not issubclass(kind, (type, types.ModuleType, types.FunctionType)):
                WORDLESS.add(kind)


def _contained(shown: Any) -> Any:
    return shown if issubclass(type(shown), _CONTAINERS) else [shown]


def _look_while_drawing(held: Any, iterator: Any) -> None:
    """Put an iterator that looks at what it gives in the place of *iterator*, where *held* can be changed."""
    if type(held) is list:
        for place, item in enumerate(held):
            if item is iterator:
                held[place] = map(said, item)
    elif type(held) is dict and not any(key is iterator for key in held):
        for key, item in [*held.items()]:
            if item is iterator:
                held[key] = map(said, item)
    else:
        refuse("an iterator in a tuple or a set is closed to an author's function: give it a list of iterators")


def _items(value: Any) -> Iterable[Any]:
    if issubclass(type(value), dict):
        return itertools.chain.from_iterable(dict.items(value))
    base: Any = next(base for base in _CONTAINERS if issubclass(type(value), base))
    found: Iterable[Any] = base.__iter__(value)
    return found


def telling(function: Any) -> Any:
    """*function*, or, when it is an author's and machine code will call it, one that looks at what it is given."""
    librarys = type(function) in _LIBRARYS or _is_standard(function)
    if not callable(function) or (librarys and not passes_on(function)):
        return function
    if type(function) is types.FunctionType and function.__code__ in _TELLING:
        return function

    def tell(*args: Any, **kwargs: Any) -> Any:
        return given_back(function(*map(said, args), **{name: said(value) for name, value in kwargs.items()}))

    _TELLING.add(tell.__code__)
    return tell


_TELLING: Final[set[types.CodeType]] = set()


def told(given: Any) -> Any:
    """*given*, which a library's function may call: it makes no class, and an author's looks at what it is given."""
    return telling(calling(given))


def told_each(function: Any, *others: Any) -> list[Any]:
    """*function* and *others*, which a function of the library's may call in its turn; classes are data as well."""
    if type(function) not in _LIBRARYS and not _is_standard(function):
        return [told(function), *others]
    return [told(function), *(calling(each) if isinstance(each, type) else told(each) for each in others)]


def all_told(values: Any) -> list[Any]:
    """What follows ``*`` in a call of a library's function."""
    return [told(value) for value in values]


_LIBRARYS: Final = (
    types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType,
)  # fmt: skip


PLAINLY_SAID: Final = frozenset(_LIBRARYS)
"""Types of methods that are no author's."""


def passes_on(function: Any) -> bool:
    """Whether *function* is a proxy's method, which calls the one of what it stands for."""
    owner = getattr(function, "__self__", None)
    return type(owner) is types.MappingProxyType


def sayer(method: Any) -> Any:
    """*method*, which bears the name of a builtin type's: an author's own is told what it may be told."""
    function = calling(method)
    if type(function) in PLAINLY_SAID and not passes_on(function):
        return function
    plain = isinstance(function, (types.FunctionType, types.MethodType))
    top = str(function.__module__).partition(".")[0] if plain else ""
    if top == "fukkatsu" or (top in sys.stdlib_module_names and top != "__main__"):
        return function

    def say(*args: Any, **kwargs: Any) -> Any:
        return given_back(function(*map(said, args), **{name: said(value) for name, value in kwargs.items()}))

    return say


def _is_standard(function: Any) -> bool:
    top = str(getattr(function, "__module__", "")).partition(".")[0]
    return isinstance(function, type) and top in sys.stdlib_module_names and top != "__main__"


def said_by_name(values: Any) -> dict[str, Any]:
    """What follows ``**`` in a call of an author's function."""
    _look_into([*values])
    return {name: said(values[name]) for name in values}


def all_said(values: Any) -> list[Any]:
    """What follows ``*`` in a call of an author's function."""
    return [said(value) for value in values]
