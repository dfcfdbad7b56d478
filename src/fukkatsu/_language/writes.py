"""Writes to attributes: what a correction may assign, and on what.

Objects that everyone shares (modules, classes, functions, exception groups) are written to only as the original does.
"""

from __future__ import annotations

import collections
import io
import logging
import random
import string
import sys
import types
from typing import Any, Final

from fukkatsu._language.attributes import NEVER, closed_because, is_dunder
from fukkatsu._language.hooks import Target, is_hooked, is_librarys, put_on
from fukkatsu._language.modules import ModuleView
from fukkatsu._language.refusals import refuse
from fukkatsu._language.shared import check_shared, forwards
from fukkatsu._language.words import why_closed

# Never written to, whatever the name: what everyone shares.
_SHARED: Final = (types.ModuleType, ModuleView, types.BuiltinFunctionType, types.MethodType)
NO_INSTANCE_DICT: Final = (
    type,
    types.ModuleType,
    ModuleView,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.GeneratorType,
    types.CoroutineType,
    BaseExceptionGroup,
)


def _methods_of(*kinds: type) -> frozenset[str]:
    return frozenset(
        name
        for kind in kinds
        for base in kind.__mro__[:-1]
        for name, member in vars(base).items()
        if callable(member) and name[:1] != "_"
    )


METHODS: Final = _methods_of(
    collections.Counter,
    collections.OrderedDict,
    collections.UserDict,
    collections.UserList,
    collections.UserString,
    io.StringIO,
    io.BytesIO,
    logging.LogRecord,
    random.Random,
    string.Template,
)
"""Methods of the library's classes whose instances take any attribute, which would be asked in their place."""


def plain_text(name: object) -> str:
    """The name that will really be looked up: a subclass of str could answer differently each time it is asked."""
    if not isinstance(name, str):
        msg = f"attribute name must be string, not '{type(name).__name__}'"
        raise TypeError(msg)
    return name if type(name) is str else str.__str__(name)


def no_path(name: str) -> None:
    """Refuse *name*, of an attribute, when an author's ``__getattr__`` could take it for a way to somewhere closed."""
    if not name.isidentifier() and (why := why_closed(name)):
        refuse(why)


class Writes:
    """The guards of one program that writing asks.

    Args:
        opened: Attribute names that the original uses or the policy opens.
        written: Attribute names that the original assigns: it may do so on classes, then a correction may too.
        filename: Of the program: functions defined in it are its own to write to.
        qualname: Of the original: what is written to the function itself would outlive the call.
        module: Of the original.
        readable: Attribute names that are open beside *opened*, for reading.
        on_classes: Of *written*, the names that the original assigns on classes.
        on_itself: Whether the original assigns attributes of itself.
    """

    def __init__(
        self,
        opened: frozenset[str],
        written: frozenset[str],
        filename: str,
        qualname: str,
        module: str,
        *,
        readable: frozenset[str],
        on_classes: frozenset[str],
        on_itself: bool,
    ) -> None:
        self._opened, self._written, self._filename = opened, written, filename
        self._readable, self._on_classes = opened | readable, on_classes
        self._qualname, self._module, self._on_itself = qualname, module, on_itself
        self._plain: set[type] = set()
        self._hooked: set[type] = set()
        self._no_methods: set[tuple[type, str]] = set()

    def _check(self, name: object, *, write: bool) -> str:
        text = plain_text(name)
        if why := closed_because(text, self._opened if write else self._readable, write=write):
            refuse(f"attribute {text} is closed: {why}")
        no_path(text)
        return text

    def write(self, value: Any) -> Any:
        """What is assigned to in the place of *value*; objects that everyone shares may not be."""
        return self._target(self._decide_write(value, own=False), written=False)

    def write_own(self, value: Any) -> Any:
        """As ``write`` for a name that the original itself assigns on its objects."""
        return self._target(self._decide_write(value, own=True), written=True)

    def write_class(self, value: Any) -> Any:
        """As ``write_own`` for a name that the original itself assigns on a class of the author's."""
        return self._target(self._decide_write(value, own=True, on_class=True), written=True)

    def write_over(self, value: Any, name: str) -> Any:
        """As ``write``, for a name that is a method's in the library: there it stays the method."""
        kind = type(value)
        if (kind, name) not in self._no_methods:
            for base in type.mro(kind):
                if name in vars(base):
                    if is_librarys(base.__module__) and callable(vars(base)[name]):
                        refuse(f"{name} is a method of a {kind.__name__}: whoever looks at it would be told wrong")
                    break
            self._no_methods.add((kind, name))
        return self.write(value)

    def _target(self, value: Any, *, written: bool) -> Any:
        """*value*, or what looks at the values that an object of the library's is given: see ``hooks.py``."""
        if type(value) not in self._hooked and type(value) is not types.FunctionType:
            return value
        return Target(value, self._put_own if written else self._put)

    def _put(self, value: Any, name: str, new: Any) -> Any:
        return put_on(value, name, new, self._is_passing, written=False)

    def _put_own(self, value: Any, name: str, new: Any) -> Any:
        return put_on(value, name, new, self._is_passing, written=True)

    def _decide_write(self, value: Any, *, own: bool, on_class: bool = False) -> Any:
        kind = type(value)
        if kind in self._plain or kind in self._hooked:
            return value
        if issubclass(kind, type):
            if on_class and value.__module__.partition(".")[0] not in sys.stdlib_module_names:
                return value
            refuse(f"attributes of the class {value.__name__} belong to everyone: a correction may not assign them")
        if issubclass(kind, types.FunctionType):
            code = value.__code__
            if self._is_passing(value) or (self._on_itself and own and code.co_qualname == self._qualname):
                return value  # what is assigned to it is looked at: see `_target`
            # Those of a function that outlives the call would count calls, and tell a trial from production.
            refuse(f"attributes of the function {value.__name__} outlive the call: a correction may not assign them")
        if issubclass(kind, BaseExceptionGroup):
            refuse("attributes of an exception group may not be assigned: except* relies on them")
        if issubclass(kind, _SHARED) or forwards(value):
            refuse(f"attributes of a {kind.__name__} may not be assigned")
        if not own or kind.__module__.partition(".")[0] in sys.stdlib_module_names:
            check_shared(value, kind)
        (self._hooked if issubclass(kind, BaseException) or is_hooked(kind) else self._plain).add(kind)
        return value

    def _is_passing(self, function: types.FunctionType) -> bool:
        """Whether *function* is one that the correction makes anew in each call."""
        code = function.__code__
        inner = "<locals>" in code.co_qualname and code.co_qualname != self._qualname
        return code.co_filename == self._filename and inner

    def setattr(self, value: Any, name: object, new: Any, /) -> None:
        """``setattr`` with name and target checked."""
        text = self._check(name, write=True)
        setattr(self._writable(value, text), text, new)

    def delattr(self, value: Any, name: object, /) -> None:
        """``delattr`` with name and target checked."""
        text = self._check(name, write=True)
        delattr(self._writable(value, text), text)

    def _writable(self, value: Any, name: str) -> Any:
        written = name in self._written
        if name in METHODS and not written:
            self.write_over(value, name)
        value = self._decide_write(value, own=written, on_class=name in self._on_classes)
        return self._target(value, written=written)

    def object_setattr(self, value: Any, name: object, new: Any, /) -> None:
        """``object.__setattr__``, as frozen classes use it on themselves, with name and target checked."""
        text = self._check(name, write=True)
        top = str(type(value).__module__).partition(".")[0]
        if self._is_method() and not any(map(self._is_own_class, type.mro(type(value)))):
            refuse("object.__setattr__() is for instances of the class at hand: others may be everyone's constants")
        if top in sys.stdlib_module_names and top != "__main__":
            refuse(f"object.__setattr__() of a {type(value).__name__} is closed: it may be everyone's constant")
        object.__setattr__(self._decide_write(value, own=False), text, self._kept(value, text, new))

    def super_method(self, parent: Any, name: str) -> Any:
        """``super().__setattr__`` and its like: of the class at hand and its instance, whatever ``super`` was told."""
        above: Any = parent  # the type checker knows no attributes of `super`
        if type(parent) is not super or not self._is_own_class(above.__thisclass__):
            refuse(f"super().{name} is open for the class at hand")
        owner, found = above.__self__, getattr(parent, name)
        if name == "__new__":

            def new(kind: Any, /, *args: Any, **kwargs: Any) -> Any:
                if not isinstance(kind, type) or not issubclass(kind, above.__thisclass__):
                    refuse("super().__new__() makes instances of the class at hand")
                return found(kind, *args, **kwargs)

            return new
        if name not in ("__setattr__", "__delattr__"):
            return found

        def write(attribute: object, /, *value: Any) -> None:
            text = plain_text(attribute)  # which one is the caller's choice: private ones are the instance's own
            if text in NEVER or is_dunder(text):
                refuse(f"attribute {text} is closed: assigning it changes what the language does with the object")
            self._decide_write(owner, own=True)
            found(text, *(self._kept(owner, text, each) for each in value))

        return write

    def _kept(self, value: Any, name: str, new: Any) -> Any:
        if type(value) not in self._hooked:
            return new
        return put_on(value, name, new, self._is_passing, written=name in self._written)

    def _is_method(self) -> bool:
        owner = self._qualname.rpartition(".")[0]
        return bool(owner) and not owner.endswith("<locals>")

    def _is_own_class(self, kind: type) -> bool:
        owner = self._qualname.rpartition(".")[0]
        return kind.__qualname__ == owner and kind.__module__ == self._module

    def vars(self, value: Any, /) -> dict[str, Any]:
        """``vars`` of a plain instance, as a copy; only where the original uses it."""
        if issubclass(type(value), NO_INSTANCE_DICT):
            refuse(f"vars() of a {type(value).__name__} is closed")
        return dict(vars(value))
