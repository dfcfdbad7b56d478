"""What a correction's text cannot decide is decided here, while it runs.

Few guards are left: attributes whose name is only known at run time, writes to attributes, ``format`` of a template
that is not a literal, and ``type()``. Everything else is settled in the text: ``transformer.py`` says why, guard
by guard.

A guard that refuses raises ``GuardRefusal`` and leaves a note, so that whoever runs a correction learns of the attempt
even when the correction catches the exception: see ``take_refusals`` and ``end_on_refusal``.
"""

from __future__ import annotations

import builtins
import copy
import operator
import sys
import types
from collections.abc import Callable, Collection
from typing import Any, Final

from fukkatsu._language import memory
from fukkatsu._language.answers import (
    BOUND,
    OF_ASYNC_GENERATORS,
    UNBOUND,
    alike,
    as_written,
    driving,
    identity,
    is_librarys,
    keywords,
    names_method_as,
    names_methods,
    object_new,
    registering,
    same,
)
from fukkatsu._language.attributes import (
    ALSO_OF_PATHS,
    GUARDED,
    NEVER,
    OF_MODULES,
    OF_PATHS,
    OF_TABLES,
    closed_because,
    is_dunder,
)
from fukkatsu._language.callings import PLAINLY, calling
from fukkatsu._language.copies import (
    plain_asdict,
    plain_astuple,
    plain_copy,
    plain_dataclass_replace,
    plain_deepcopy,
    plain_replace,
)
from fukkatsu._language.formats import template_fault, walked
from fukkatsu._language.held import Held
from fukkatsu._language.keyed import KEYED
from fukkatsu._language.kinds import Kinds
from fukkatsu._language.left_behind import OF_THE_PROCESS, WHY_NO_CLOCK, closing_with, next_awaited, suppressing
from fukkatsu._language.logs import OF_THE_ROOT, NewLog
from fukkatsu._language.modules import ModuleView, Openings
from fukkatsu._language.refusals import GuardRefusal, GuardViolation, end_on_refusal, refuse, take_refusals
from fukkatsu._language.shared import check_shared, forwards
from fukkatsu._language.standins import (
    CHECKED,
    AnnotatedView,
    NamespaceView,
    StreamView,
    fields_of,
    split_text,
    type_hints,
    wrappers,
)
from fukkatsu._language.words import WORDLESS, all_said, said, telling

__all__ = ["GuardRefusal", "GuardViolation", "Guards", "end_on_refusal", "take_refusals"]

# Never written to, whatever the name: what everyone shares.
_SHARED: Final = (types.ModuleType, ModuleView, types.BuiltinFunctionType, types.MethodType)
_NO_INSTANCE_DICT: Final = (
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


def _plain_text(name: object) -> str:
    """The name that will really be looked up: a subclass of str could answer differently each time it is asked."""
    if not isinstance(name, str):
        msg = f"attribute name must be string, not '{type(name).__name__}'"
        raise TypeError(msg)
    return name if type(name) is str else str.__str__(name)


def _function(method: Callable[..., Any]) -> Callable[..., Any]:
    """*method* as a plain function: a bound method would lead whoever holds it to the guards' own state."""

    def guard(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    guard.__name__ = guard.__qualname__ = method.__name__
    return guard


class Guards:
    """The guards of one program.

    Args:
        opened: Attribute names that the original uses or the policy opens.
        written: Attribute names that the original assigns: it may do so on classes, then a correction may too.
        filename: Of the program: functions defined in it are its own to write to.
        qualname: Of the original: what is written to the function itself would outlive the call.
        module: Of the original.
        openings: What an import hands out.
        held: What becomes of modules that lie in objects.
        limits: Exceptions that no handler catches.
        readable: Attribute names that are open beside *opened*, for reading.
        on_classes: Of *written*, the names that the original assigns on classes.
        on_itself: Whether the original assigns attributes of itself.
    """

    def __init__(
        self,
        opened: frozenset[str],
        written: frozenset[str],
        filename: str,
        qualname: str = "",
        module: str = "",
        *,
        openings: Openings,
        held: Held,
        limits: tuple[type[BaseException], ...],
        readable: frozenset[str] = frozenset(),
        on_classes: frozenset[str] = frozenset(),
        on_itself: bool = False,
    ) -> None:
        self._opened, self._written, self._filename = opened, written, filename
        self._readable, self._on_classes = opened | readable, on_classes
        self._qualname, self._module, self._on_itself = qualname, module, on_itself
        self._plain: set[type] = set()
        self._kinds, self._held, self._limits = Kinds(openings), held, limits

    # -- reading -------------------------------------------------------------------------------------------------

    def attribute(self, value: Any, name: str) -> Any:
        """An attribute whose name is guarded (``attributes.GUARDED``): the object decides."""
        value = self._held.seen(value)
        if name in ("format", "format_map"):
            return self._format_method(value, name)
        if name in ("vformat", "get_field"):
            string = sys.modules.get("string")
            if string is not None and isinstance(value, (string.Formatter, type)):
                refuse(f"string.Formatter.{name} walks attributes by name")
        elif name == "obj":
            if issubclass(type(value), BaseException) or forwards(value):
                refuse("the object inside an AttributeError is closed")
        elif name == "register":
            if issubclass(type(value), (type, types.FunctionType)) or forwards(value):
                refuse("registering with a class or a generic function changes it for the whole process")
            return registering(getattr(value, name))
        elif name == "__call__":
            calling(value)
        elif name in ("__init__", "__post_init__"):
            return self._initializer(value, name)
        elif name == "__members__":
            found = getattr(value, name)
            return types.MappingProxyType(dict(found)) if type(found) is types.MappingProxyType else found
        elif name == "_field_defaults":
            return dict(getattr(value, name))
        elif name == "__class__":
            return self._kinds.class_of(value)
        elif name in ("send", "throw", "close") or name in OF_ASYNC_GENERATORS:
            return driving(value, name)
        elif name in OF_TABLES:
            return self._of_tables(value, name)
        elif name in OF_PATHS:
            if name not in self._opened:
                self._held.leave(value, name)
        elif name == "samples":
            statistics = sys.modules.get("statistics")
            if not self._is_used(name) and statistics and issubclass(type(value), (statistics.NormalDist, type)):
                refuse("samples() is chance: a correction that acts by chance cannot be verified")
        elif name == "time":
            loop = getattr(sys.modules.get("asyncio"), "AbstractEventLoop", None)
            kind = value if isinstance(value, type) else type(value)
            if loop is not None and issubclass(kind, loop) and not self._is_used(name):
                refuse(f"time() of an event loop is closed: {WHY_NO_CLOCK}")
        elif name == "__dict__" and ("__dict__" not in self._opened or issubclass(type(value), _NO_INSTANCE_DICT)):
            refuse("__dict__ is closed here")
        found = getattr(value, name)
        if isinstance(found, types.ModuleType):
            if name in OF_MODULES:
                return self._held.seen(found)
            refuse(f"attribute {name} holds a module here")
        return found

    def _of_tables(self, value: Any, name: str) -> Any:
        """What pandas and numpy run, or write, by text: methods by name, expressions, files."""
        found = getattr(value, name)
        kind = value if isinstance(value, type) else type(value)
        tops = {str(base.__module__).partition(".")[0] for base in type.mro(kind)}
        if tops.isdisjoint(("numpy", "pandas")) or self._is_used(name):
            return found
        if name not in ("agg", "aggregate", "apply", "transform"):
            refuse(
                f"{name} of a {type(value).__name__} may write files, run text or reach into memory, and the original"
                " does not use it"
            )

        def by_function(*args: Any, **kwargs: Any) -> Any:
            if any(map(names_methods, args)) or any(map(names_method_as, kwargs, kwargs.values())):
                refuse(f"{name}() by names of methods could write files: give functions")
            return found(*args, **kwargs)

        return by_function

    def _is_used(self, name: str) -> bool:
        return name in self._opened or name in self._held.looked_up

    def _format_method(self, value: Any, name: str) -> Any:
        """Judged by what was found, whatever it was looked up on."""
        if issubclass(type(value), type) and issubclass(value, str):
            return lambda template, /, *args, **kwargs: self._formatter(template, name)(*args, **kwargs)
        found = getattr(value, name)
        owner = getattr(found, "__self__", None) if isinstance(found, BOUND) else None
        if issubclass(type(owner), str):
            return self._formatter(owner, name)
        string = sys.modules.get("string")
        if string is not None and (
            isinstance(owner, string.Formatter) or getattr(found, "__module__", None) == "string"
        ):
            refuse("string.Formatter walks attributes by name")
        if isinstance(found, UNBOUND) and issubclass(found.__objclass__, str):
            refuse("an unbound str.format is open as str.format only")
        if callable(found) and is_librarys(found, owner):
            # collections.UserString, say: library code would format the template, and ask no guard.
            refuse(f"{name} of a {type(value).__name__} may walk attributes by name: format a str")
        return found

    def _initializer(self, value: Any, name: str) -> Any:
        """``super().__init__`` and ``Base.__init__(self)``: in a method, of an instance of the class at hand."""
        kind = type(value)
        found = getattr(value, name)
        if kind is super:
            if not self._is_own_class(value.__thisclass__):
                refuse(f"super().{name} is open for the class at hand")
            return found
        if not issubclass(kind, type):
            refuse(f"{name} of an object that exists is closed: it would be made anew under everyone who holds it")
        if not isinstance(found, (types.FunctionType, *UNBOUND)):
            return found

        def initialize(instance: Any, /, *args: Any, **kwargs: Any) -> Any:
            if not any(map(self._is_own_class, type.mro(type(instance)))):
                refuse(f"{name} of a {type(instance).__name__} is closed: make a new one")
            return found(instance, *args, **kwargs)

        return initialize

    def _formatter(self, template: Any, name: str) -> Any:
        text = template if type(template) is str else str.__str__(template)
        if fault := template_fault(text, self._readable):
            refuse(f"the template {text[:60]!r} is closed: {fault}")
        return walked(text, name, self._held.seen)

    def _check(self, name: object, *, write: bool) -> str:
        text = _plain_text(name)
        if why := closed_because(text, self._opened if write else self._readable, write=write):
            refuse(f"attribute {text} is closed: {why}")
        return text

    def getattr(self, value: Any, name: object, /, *default: Any) -> Any:
        """``getattr`` with the name checked."""
        text = self._check(name, write=False)
        value = self._held.still(value, text) if text in ALSO_OF_PATHS else self._held.seen(value)
        if text in GUARDED:
            try:
                return self.attribute(value, text)
            except GuardRefusal:
                raise
            except AttributeError:
                if not default:
                    raise
                return default[0]
        return getattr(value, text, *default)

    def hasattr(self, value: Any, name: object, /) -> bool:
        """``hasattr``, for any name: whether ``__len__`` exists is no secret, and the attribute stays inside."""
        return hasattr(as_written(value), _plain_text(name))

    def dir(self, value: Any, /) -> list[str]:
        """``dir`` of an object: the names of what is local are in the text."""
        return dir(as_written(value))

    def attrgetter(self, attr: object, /, *attrs: object) -> Any:
        """``operator.attrgetter`` with each part of each name checked."""
        for name in (attr, *attrs):
            self._check_path(name)
        paths = [tuple(map(operator.attrgetter, _plain_text(name).split("."))) for name in (attr, *attrs)]
        still, first = self._held.still, paths[0]
        also = {part for name in (attr, *attrs) for part in _plain_text(name).split(".")} & set(ALSO_OF_PATHS)

        # Functions, not the library's instances: those would lead to the unguarded class that makes them.
        def follow(path: tuple[Any, ...], obj: Any) -> Any:
            for step in path:
                obj = step(still(obj, *also))
            return obj

        if len(paths) == 1:
            return lambda obj, /: follow(first, obj)
        return lambda obj, /: tuple(follow(path, obj) for path in paths)

    def methodcaller(self, name: object, /, *args: Any, **kwargs: Any) -> Any:
        """``operator.methodcaller`` with the name checked."""
        self._check_path(name)
        text, still, seen = _plain_text(name), self._held.still, self._held.seen
        look_up = operator.attrgetter(text)
        for value in (*args, *kwargs.values()):
            said(value)

        def call(obj: Any, /) -> Any:
            return calling(look_up(still(obj, text) if text in ALSO_OF_PATHS else seen(obj)))(*args, **kwargs)

        return call

    def _check_path(self, name: object) -> None:
        for part in _plain_text(name).split("."):
            if self._check(part, write=False) in GUARDED:
                refuse(f"attribute {part} is closed here: {GUARDED[part]}")

    def passing(self) -> bool:
        """Whether the exception that is being handled is one that no handler of a correction catches."""
        error = sys.exception()
        if isinstance(error, BaseExceptionGroup):
            return not isinstance(error, Exception) or bool(self._limits and error.subgroup(self._limits))
        return not isinstance(error, Exception) or isinstance(error, self._limits)

    def no_limit(self, group: BaseExceptionGroup[Any]) -> None:
        """At the beginning of an ``except*``, which cannot let exceptions pass: what no handler catches is raised."""
        found: BaseException | None = group.subgroup(self._limits) if self._limits else None
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        if found is not None:
            raise found

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, value: Any) -> Any:
        """*value*, when its attributes may be assigned; objects that everyone shares may not."""
        if type(value) in self._plain:
            return value
        return self._decide_write(value, own=False)

    def write_own(self, value: Any) -> Any:
        """As ``write`` for a name that the original itself assigns on its objects."""
        if type(value) in self._plain:
            return value
        return self._decide_write(value, own=True)

    def write_class(self, value: Any) -> Any:
        """As ``write_own`` for a name that the original itself assigns on a class of the author's."""
        return self._decide_write(value, own=True, on_class=True)

    def _decide_write(self, value: Any, *, own: bool, on_class: bool = False) -> Any:
        kind = type(value)
        if issubclass(kind, type):
            if on_class and value.__module__.partition(".")[0] not in sys.stdlib_module_names:
                return value
            refuse(f"attributes of the class {value.__name__} belong to everyone: a correction may not assign them")
        if issubclass(kind, types.FunctionType):
            code = value.__code__
            if self._is_passing(value) or (self._on_itself and own and code.co_qualname == self._qualname):
                return value
            # Those of a function that outlives the call would count calls, and tell a trial from production.
            refuse(f"attributes of the function {value.__name__} outlive the call: a correction may not assign them")
        if issubclass(kind, BaseExceptionGroup):
            refuse("attributes of an exception group may not be assigned: except* relies on them")
        if issubclass(kind, _SHARED) or forwards(value):
            refuse(f"attributes of a {kind.__name__} may not be assigned")
        if not own or kind.__module__.partition(".")[0] in sys.stdlib_module_names:
            check_shared(value, kind)
        self._plain.add(kind)
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
        return self._decide_write(value, own=name in self._written, on_class=name in self._on_classes)

    def object_setattr(self, value: Any, name: object, new: Any, /) -> None:
        """``object.__setattr__``, as frozen classes use it on themselves, with name and target checked."""
        text = self._check(name, write=True)
        top = str(type(value).__module__).partition(".")[0]
        if self._is_method() and not any(map(self._is_own_class, type.mro(type(value)))):
            refuse("object.__setattr__() is for instances of the class at hand: others may be everyone's constants")
        if top in sys.stdlib_module_names and top != "__main__":
            refuse(f"object.__setattr__() of a {type(value).__name__} is closed: it may be everyone's constant")
        object.__setattr__(self._decide_write(value, own=False), text, new)

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
            text = _plain_text(attribute)  # which one is the caller's choice: private ones are the instance's own
            if text in NEVER or is_dunder(text):
                refuse(f"attribute {text} is closed: assigning it changes what the language does with the object")
            self._decide_write(owner, own=True)
            found(text, *value)

        return write

    def _is_method(self) -> bool:
        owner = self._qualname.rpartition(".")[0]
        return bool(owner) and not owner.endswith("<locals>")

    def _is_own_class(self, kind: type) -> bool:
        owner = self._qualname.rpartition(".")[0]
        return kind.__qualname__ == owner and kind.__module__ == self._module

    def vars(self, value: Any, /) -> dict[str, Any]:
        """``vars`` of a plain instance, as a copy; only where the original uses it."""
        if issubclass(type(value), _NO_INSTANCE_DICT):
            refuse(f"vars() of a {type(value).__name__} is closed")
        return dict(vars(value))

    # -- what is put in whose place ------------------------------------------------------------------------------

    def builtins(self, names: Collection[str]) -> dict[str, Any]:
        """Of *names*, the builtins that come guarded."""
        guarded: dict[str, Any] = {
            "getattr": _function(self.getattr),
            "hasattr": _function(self.hasattr),
            "dir": _function(self.dir),
            "setattr": _function(self.setattr),
            "delattr": _function(self.delattr),
            "vars": _function(self.vars),
            "anext": next_awaited,
            "id": identity,
        }
        if "type" in names:
            guarded["type"] = self._kinds.view()
        return {name: guarded[name] for name in names if name in guarded}

    def members(self) -> dict[str, Any]:
        """Members of modules that come guarded, by dotted name."""
        wraps, update_wrapper = wrappers(self._is_passing)
        closing, aclosing = closing_with(self._limits)
        return {
            "operator.attrgetter": _function(self.attrgetter),
            "operator.methodcaller": _function(self.methodcaller),
            "functools.wraps": wraps,
            "functools.update_wrapper": update_wrapper,
            "copy.copy": plain_copy,
            "copy.deepcopy": plain_deepcopy,
            **({"copy.replace": plain_replace} if hasattr(copy, "replace") else {}),
            "dataclasses.asdict": plain_asdict,
            "dataclasses.astuple": plain_astuple,
            "dataclasses.replace": plain_dataclass_replace,
            "dataclasses.fields": fields_of,
            "types.SimpleNamespace": NamespaceView,
            "typing.Annotated": AnnotatedView,
            "typing.get_type_hints": type_hints,
            "shlex.split": split_text,
            "logging.getLogger": NewLog,
            "contextlib.suppress": suppressing(self._limits),
            "contextlib.closing": closing,
            "contextlib.aclosing": aclosing,
            **OF_THE_PROCESS,
            **OF_THE_ROOT,
            **KEYED,
            "sys.stdout": StreamView("stdout"),
            "sys.stderr": StreamView("stderr"),
            **{f"{kind.__module__}.{kind.__name__}": view for kind, view in CHECKED.items()},
        }

    def cells(self) -> dict[str, Any]:
        """The guards that the transformer calls, by the names it calls them."""
        return {
            ".attribute": self.attribute,
            ".write": self.write,
            ".write_own": self.write_own,
            ".write_class": self.write_class,
            ".class_of": self._kinds.class_of,
            ".object__new__": object_new,
            ".object__setattr__": self.object_setattr,
            ".super_method": self.super_method,
            ".plain": self._plain,
            ".type": builtins.type,
            ".Exception": Exception,
            ".BaseException": BaseException,
            ".passing": _function(self.passing),
            ".limits": self._limits,
            ".no_limit": _function(self.no_limit),
            ".keywords": keywords,
            ".same": same,
            ".alike": alike,
            ".settled": self._held.settled,
            ".seen": self._held.seen,
            ".known": self._held.known,
            ".still": self._held.still,
            ".moving": self._held.moving,
            ".inert": self._held.inert,
            ".plainly": PLAINLY,
            ".wordless": WORDLESS,
            ".said": said,
            ".all_said": all_said,
            ".telling": telling,
            ".calling": calling,
            **memory.cells(),
        }
