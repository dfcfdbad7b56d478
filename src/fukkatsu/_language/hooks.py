"""Functions that lie where the library finds them: attributes of its objects, and what it takes for a file.

``template.pattern = namespace`` and ``writer.writer = namespace`` have the library call, with texts that no correction
says, what a correction put there: an author's function that looks up the name it is told. So an author's function that
is kept on an object of the library's looks at what it is given (``words.telling``); and what the library itself calls
on its objects is replaced by data, by a correction's own functions and by builtins only, unless the original does it.
"""

from __future__ import annotations

import functools
import io
import re
import sys
import types
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.callings import calling
from fukkatsu._language.refusals import refuse
from fukkatsu._language.standins import StreamView
from fukkatsu._language.words import said, telling

_MARKING: Final = frozenset({"Generic", "Protocol", "ABC"})
_ABSTRACT: Final = frozenset({"builtins", "abc", "collections.abc", "_collections_abc", "typing", "enum", "numbers"})
_HOLDERS: Final = frozenset(
    {("types", "SimpleNamespace"), ("argparse", "Namespace"), ("_thread", "_local"), ("logging", "LogRecord")}
)
"""Classes whose instances take any attribute and call none."""
_FUNCTIONS: Final = (types.FunctionType, types.MethodType, functools.partial)
_DESCRIPTORS: Final = (property, types.GetSetDescriptorType, types.MemberDescriptorType)

IsOwn = Callable[[types.FunctionType], bool]
"""Whether a function is one that the correction makes anew in each call."""


def is_librarys(module: object) -> bool:
    """Whether *module* is one of the standard library."""
    top = str(module).partition(".")[0]
    return top in sys.stdlib_module_names and top != "__main__"


def is_hooked(kind: type) -> bool:
    """Whether the library has code of its own in *kind*, which may call what lies on an instance."""
    return any(
        base.__module__ not in _ABSTRACT and base.__name__ not in _MARKING and is_librarys(base.__module__)
        for base in type.mro(kind)[:-1]
    )


def lent(value: Any, is_own: IsOwn) -> Any:
    """*value*, or when it is an author's function one that looks at what it is given."""
    kind = type(value)
    if not (isinstance(value, _FUNCTIONS) or kind is types.BuiltinFunctionType or kind.__module__ == "functools"):
        return value
    if kind is types.FunctionType and is_own(value):
        return value
    made = telling(calling(value))
    if made is not value and kind is types.FunctionType:  # whoever compares two results knows it again
        made.__module__, made.__name__, made.__qualname__ = value.__module__, value.__name__, value.__qualname__
    return made


def put_on(value: Any, name: str, new: Any, is_own: IsOwn, *, written: bool) -> Any:
    """*new*, which becomes an attribute of *value*, an instance of a class that ``is_hooked``.

    Args:
        value: The object.
        name: Of the attribute.
        new: What is assigned.
        is_own: See ``IsOwn``.
        written: Whether the original assigns attributes of that name.
    """
    if not written and not _is_tame(new, is_own) and _is_hook(value, name, new):
        refuse(
            f"{name} of a {type(value).__name__} is what the library calls: only data and functions of your own may be"
        )
    return lent(new, is_own)


def _is_tame(new: Any, is_own: IsOwn) -> bool:
    """Whether the library may call *new* with whatever it likes."""
    kind = type(new)
    if kind is types.FunctionType:
        return is_own(new)
    if kind is types.BuiltinFunctionType:
        return calling(new) is new
    if kind is type:
        return is_librarys(new.__module__) and calling(new) is new
    return kind is re.Pattern or (kind.__module__ == "builtins" and not callable(new))


def _is_hook(value: Any, name: str, new: Any) -> bool:
    """Whether *name* of *value* is something that is called, or an object whose methods are, or *new* may be."""
    kind = type(value)
    if issubclass(kind, (BaseException, types.FunctionType)):
        return False
    if any((base.__module__, base.__name__) in _HOLDERS for base in type.mro(kind)):
        return False
    if callable(new) and not isinstance(new, _FUNCTIONS):  # which would not be looked at
        return True
    for base in type.mro(kind):
        if name in vars(base) and is_librarys(base.__module__):
            member = vars(base)[name]
            return not isinstance(member, _DESCRIPTORS) and _is_called(member)
    own = getattr(value, "__dict__", {})
    return type(own) is dict and _is_called(own.get(name))


def _is_called(member: Any) -> bool:
    return callable(member) or type(member).__module__ != "builtins"


class Target:
    """Stands for an object in ``object.name = value``: what is assigned comes by *put* first."""

    __slots__ = ("put", "target")

    def __init__(self, target: Any, put: Callable[[Any, str, Any], Any]) -> None:
        object.__setattr__(self, "target", target)
        object.__setattr__(self, "put", put)

    def __getattribute__(self, name: str) -> Any:  # of `object.name += value`
        return getattr(object.__getattribute__(self, "target"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        target = object.__getattribute__(self, "target")
        setattr(target, name, object.__getattribute__(self, "put")(target, name, value))

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "target"), name)


class _TypeOfNamespaces(type):
    """Makes namespaces; a name with two underscores would be looked up by protocols of the interpreter."""

    def __call__(cls, *args: Any, **kwargs: Any) -> types.SimpleNamespace:
        made = types.SimpleNamespace(*args, **kwargs)
        for name in list(vars(made)):
            if name.startswith("__") and name.endswith("__"):
                refuse(f"a namespace with {name} is closed: the interpreter itself looks such names up")
            setattr(made, name, lent(getattr(made, name), lambda _: False))
        return made

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, types.SimpleNamespace)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, types.SimpleNamespace)


class NamespaceView(metaclass=_TypeOfNamespaces):
    """``types.SimpleNamespace`` as corrections see it."""


class _ToldFile:
    """A file of the author's, whose methods look at what the library writes."""

    __slots__ = ("_file",)

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return telling(getattr(self._file, name))


def told_file(file: Any) -> Any:
    """*file*, which the library writes texts to of its own making: ``csv.writer(namespace)`` gives what that gives."""
    kind = type(file)
    if file is None or kind is StreamView or (issubclass(kind, io.IOBase) and is_librarys(kind.__module__)):
        return file
    return _ToldFile(file)


def _writer(csvfile: Any, *args: Any, **kwargs: Any) -> Any:
    return sys.modules["csv"].writer(told_file(csvfile), *args, **kwargs)


def _dump(obj: Any, fp: Any, *args: Any, **kwargs: Any) -> None:
    sys.modules["json"].dump(obj, told_file(fp), *args, **kwargs)


class _TypeOfWriters(type):
    """Makes writers of rows."""

    def __call__(cls, f: Any, fieldnames: Any, *args: Any, **kwargs: Any) -> Any:
        columns = list(fieldnames)
        for each in (columns, *args, *kwargs.values()):  # rows of an author's class are asked for them by `get`
            said(each)
        return sys.modules["csv"].DictWriter(told_file(f), columns, *args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, sys.modules["csv"].DictWriter)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, sys.modules["csv"].DictWriter)


class DictWriterView(metaclass=_TypeOfWriters):
    """``csv.DictWriter`` as corrections see it."""


for _name, _made in (("writer", _writer), ("dump", _dump)):
    _made.__name__ = _made.__qualname__ = _name

TO_FILES: Final[dict[str, Any]] = {
    "csv.writer": _writer, "csv.DictWriter": DictWriterView, "json.dump": _dump,
}  # fmt: skip
"""In the place of members that write to a file that they are given."""
