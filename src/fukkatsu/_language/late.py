"""Functions that machine code calls later, with what no correction hands on: rows that pandas makes, what is kept.

``frame.apply(np.asarray, axis=1)`` has pandas make a Series of each row and give it to numpy, which takes one with the
right label for memory at any address; a ``partial`` keeps an object that comes to say where memory is after it was
looked over. So such functions look at what they are called with, each time.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import functools
import sys
import types
from typing import Any, Final

from fukkatsu._language.callings import CALLED
from fukkatsu._language.memory import bare, is_of_libraries, look_over, no_protocol
from fukkatsu._language.words import told, told_each

_REDUCING: Final = frozenset(
    "all any argmax argmin count_nonzero cumprod cumsum max mean median min nancumprod nancumsum nanmax nanmean"
    " nanmedian nanmin nanprod nanstd nansum nanvar prod ptp round std sum unique var".split()
)
"""Functions of numpy's that tables know, and do themselves."""
_CALLING: Final = frozenset("agg aggregate apply applymap map pipe transform".split())
"""Methods of tables to which a class is something to call."""


def late(function: Any) -> Any:
    """*function*, looking over what it is called with, and what it gives."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        look_over((*args, *kwargs.values()))
        return bare(function(*args, **kwargs))

    for name in ("__name__", "__qualname__", "__module__"):  # columns are called by them
        if isinstance(found := getattr(function, name, None), str):
            setattr(answer, name, found)
    return answer


def _is_known(function: Any) -> bool:
    """Whether tables do with *function* what they know, so that it stays what it is."""
    if type(function).__name__ == "ufunc":  # asks the class first, and tables answer
        return True
    module, name = getattr(function, "__module__", None), getattr(function, "__name__", "")
    if module == "builtins" and isinstance(getattr(function, "__self__", None), types.ModuleType):
        return True
    numpy = sys.modules.get("numpy")
    return name in _REDUCING and getattr(numpy, name, None) is function


def handed(value: Any, *, deep: bool = False, classes: bool = False) -> Any:
    """*value*, which goes to a method of a table: a function, with *deep* those in a list or dict, as ``late``."""
    if isinstance(value, type):
        return late(value) if classes and is_of_libraries(value) else value
    if deep and type(value) in (list, tuple):
        return type(value)(handed(each, deep=True, classes=classes) for each in value)
    if deep and type(value) is dict:
        return {key: handed(each, deep=True, classes=classes) for key, each in value.items()}
    return value if not callable(value) or _is_known(value) else late(value)


def handed_to_tables(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What *function*, of numpy's or pandas', is given."""
    no_protocol((*args, *kwargs))
    calling = getattr(function, "__name__", "") in _CALLING
    args = tuple(handed(each, deep=calling, classes=calling) for each in args)
    deep = {name: calling or name in ("aggfunc", "func") for name in kwargs}
    return args, {name: handed(each, deep=deep[name], classes=deep[name]) for name, each in kwargs.items()}


class _TypeOfPartials(type):
    """Makes partials of functions that look at what they are called with."""

    def __call__(cls, func: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not callable(func):
            msg = "the first argument must be callable"
            raise TypeError(msg)
        function, *others = told_each(func, *args)
        if "numpy" in sys.modules:
            function = late(function)
        named = {name: told(value) if name in CALLED else value for name, value in kwargs.items()}
        return functools.partial(function, *others, **named)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, functools.partial)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, functools.partial)


class PartialView(metaclass=_TypeOfPartials):
    """``functools.partial`` as corrections see it."""
