"""What a correction gets in the place of builtins and library members that could do more than they should."""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import importlib
import os
import shlex
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, Final, NoReturn

from fukkatsu._language.attributes import is_dunder
from fukkatsu._language.powers import is_array_class, power_of
from fukkatsu._language.refusals import refuse


class _OnlyForChecks(type):
    """A class that corrections may ask about (isinstance, issubclass) but not call."""

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        if is_array_class(_REAL[cls]):
            refuse(f"{cls.__name__}() may be made over any memory: use array(), zeros(), empty() or reshape()")
        refuse(f"{cls.__name__}() would make a class")

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL[cls])

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _REAL[cls])


_REAL: Final[dict[type, type]] = {}
"""The classes behind the ones for checks: beside them, not on them, where an attribute could be read."""


def only_for_checks(real: Any) -> type:
    """A stand-in for *real* that makes nothing."""
    known = next((made for made, behind in _REAL.items() if behind is real), None)
    if known is not None:
        return known
    made = _OnlyForChecks(real.__name__, (), {})
    _REAL[made] = real
    return made


def checkable(value: Any) -> Any:
    """A class, or a tuple of classes, with stand-ins for those that make arrays."""
    if type(value) is tuple:
        return tuple(map(checkable, value))
    return only_for_checks(value) if is_array_class(value) else value


LEFT_BY_PICKLE: Final = "__slotnames__"
"""Written to a class when one of its instances is pickled for the first time: so a trial itself leaves it behind."""


def as_written(value: Any) -> Any:
    """The function that *value* decorates, where it is one of ours: in a trial there is nothing around it."""
    if type(value) is types.MethodType:
        function = as_written(value.__func__)
        return value if function is value.__func__ else types.MethodType(function, value.__self__)
    if type(value) is types.FunctionType:
        original = vars(value).get("__fukkatsu_original__")
        if original is not None and vars(value).get("__wrapped__") is original:  # not a wrapper of our wrapper
            return original
    return value


def wrappers(
    is_passing: Callable[[types.FunctionType], bool],
) -> tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]:
    """``functools.wraps(f)`` and ``functools.update_wrapper(wrapper, f)``, which write only to functions that pass.

    Their other parameters, and the partial that ``wraps`` returns, read and write any attribute.
    """

    def update_wrapper(wrapper: Any, wrapped: Any) -> Any:
        if type(wrapper) is not types.FunctionType or not is_passing(wrapper):
            refuse("update_wrapper() writes attributes: only to a function that the correction defines")
        wrapped = as_written(wrapped)  # what we keep on it would come along, and be taken for that of the wrapper
        for name in getattr(wrapped, "__dict__", ()):  # would be copied: an object may have been told any name
            if is_dunder(name) and name not in ("__wrapped__", "__fukkatsu_original__"):
                refuse(f"update_wrapper() of an object with {name} of its own is closed")
        return functools.update_wrapper(wrapper, wrapped)

    return (lambda wrapped: lambda wrapper: update_wrapper(wrapper, wrapped)), update_wrapper


def type_hints(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """``typing.get_type_hints`` of classes and functions; what else has annotations may have been given them."""
    if not isinstance(obj, (type, types.FunctionType)) or obj.__module__ == "types":
        refuse("get_type_hints() evaluates text: of classes and functions only")
    if args or kwargs:
        refuse("get_type_hints() evaluates text: in no other namespace than its own")
    return {name: _named(hint) for name, hint in typing.get_type_hints(obj).items()}


def _named(hint: Any, depth: int = 8) -> Any:
    """*hint*, unless it leads to a class that reaches beyond the function: an annotation is no way to one."""
    if is_array_class(hint):
        return only_for_checks(hint)
    inner = typing.get_args(hint)
    parts = [hint, *inner] if isinstance(hint, type) else inner
    closed = depth == 0 or any(isinstance(part, type) and (power_of(part) or is_array_class(part)) for part in parts)
    if closed or any(_named(part, depth - 1) is not part for part in inner):
        return str(hint)
    return hint


def fields_of(class_or_instance: Any) -> tuple[dataclasses.Field[Any], ...]:
    """``dataclasses.fields`` of copies, whose types lead to no class that reaches beyond the function."""
    found = []
    for each in dataclasses.fields(class_or_instance):
        field = copy.copy(each)
        field.type = _named(field.type)
        found.append(field)
    return tuple(found)


def split_text(s: str, comments: bool = False, posix: bool = True) -> list[str]:
    """``shlex.split`` of text; given None it would read the terminal."""
    if not isinstance(s, str):
        msg = "s must be a string"
        raise TypeError(msg)
    return shlex.split(s, comments, posix)


def _is_path(given: Any) -> bool:
    return isinstance(given, (str, bytes, os.PathLike))


def _load(file: Any, *args: Any, **kwargs: Any) -> Any:
    pickled = args[1] if len(args) > 1 else kwargs.get("allow_pickle", False)
    if pickled and not _is_path(file):
        refuse("numpy.load(allow_pickle=True) of what is no file's name runs whatever its bytes say")
    return sys.modules["numpy"].load(file, *args, **kwargs)


def _read_pickle(filepath_or_buffer: Any, *args: Any, **kwargs: Any) -> Any:
    if not _is_path(filepath_or_buffer):
        refuse("pandas.read_pickle() of what is no file's name runs whatever its bytes say")
    return sys.modules["pandas"].read_pickle(filepath_or_buffer, *args, **kwargs)


_TRACING: Final = (
    "format_exception", "print_exception", "format_tb", "print_tb", "extract_tb", "format_list", "print_list",
)  # fmt: skip


def _of_real_frames(name: str) -> Callable[..., Any]:
    """A function of ``traceback``, which writes lines of the files that frames name: of none made by hand."""

    def show(*args: Any, **kwargs: Any) -> Any:
        traceback = importlib.import_module("traceback")
        for given in (*args, *kwargs.values()):
            forged = hasattr(given, "tb_frame") and not isinstance(given, types.TracebackType)
            if isinstance(given, (list, tuple)):
                forged = any(type(entry) is not traceback.FrameSummary for entry in given)
            if forged:
                refuse(f"traceback.{name}() of frames that no exception went through: it writes lines of any file")
        return getattr(traceback, name)(*args, **kwargs)

    show.__name__ = show.__qualname__ = name
    return show


_MUCH: Final = 64 << 20


def _scrypt(*args: Any, **kwargs: Any) -> bytes:
    """``hashlib.scrypt``, whose ValueError may be a lack of memory: where a correction is tried there is less of it."""
    hashlib: Any = importlib.import_module("hashlib")
    try:
        derived: bytes = hashlib.scrypt(*args, **kwargs)
    except ValueError:
        n, r = kwargs.get("n"), kwargs.get("r")
        if type(n) is int and type(r) is int and 128 * n * r > _MUCH:
            raise MemoryError from None
        raise
    return derived


_scrypt.__name__ = _scrypt.__qualname__ = "scrypt"

OF_FILES: Final[dict[str, Any]] = {
    "hashlib.scrypt": _scrypt,
    "numpy.load": _load,
    "pandas.read_pickle": _read_pickle,
    **{f"traceback.{name}": _of_real_frames(name) for name in _TRACING},
}
"""Functions of the library that a correction may use, but not in every way."""


class StreamView:
    """stdout or stderr for ``print(file=...)``: what lies under it (``buffer.raw``) could open files."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, text: str) -> int:
        """Write to whatever the stream is at this moment; what that answers is the program's affair."""
        if not isinstance(text, str):
            msg = f"write() argument must be str, not {type(text).__name__}"
            raise TypeError(msg)
        self._ask("write", text)
        return len(text)

    def flush(self) -> None:
        """Flush it."""
        self._ask("flush")

    def _ask(self, method: str, *args: str) -> None:
        """A program without a stream writes nothing; what its stderr cannot take is lost, as a trial's takes all."""
        try:
            stream = getattr(sys, self._name)
            if stream is not None:
                getattr(stream, method)(*args)
        except (RecursionError, MemoryError):
            raise
        except Exception:
            if self._name != "stderr":
                raise

    def isatty(self) -> bool:
        """No: where a correction is tried there is none, and it could act otherwise where there is."""
        return False


class AnnotatedView:
    """``typing.Annotated``: calling the library's alias writes to whatever the call gives."""

    def __class_getitem__(cls, item: Any) -> Any:
        return item[0]


CHECKED: Final = {
    kind: only_for_checks(kind)
    for kind in (enum.Enum, enum.IntEnum, enum.StrEnum, enum.Flag, enum.IntFlag, enum.ReprEnum, typing.NewType)
}
