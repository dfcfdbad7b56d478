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
from typing import Any

from fukkatsu._language import array_calls
from fukkatsu._language.answers import (
    BOUND,
    OF_ASYNC_GENERATORS,
    UNBOUND,
    alike,
    driving,
    identity,
    identity_as_it_is,
    is_librarys,
    keywords,
    object_new,
    of_tables,
    registering,
    same,
    told_keywords,
)
from fukkatsu._language.attributes import (
    ALSO_OF_PATHS,
    BUFFER,
    GUARDED,
    OF_MODULES,
    OF_PATHS,
    OF_TABLES,
    WRITING,
)
from fukkatsu._language.buffers import BUFFERS, ViewOfMemory, written_by
from fukkatsu._language.callings import GIVEN_ONE, PLAINLY, calling
from fukkatsu._language.copies import (
    plain_asdict,
    plain_astuple,
    plain_copy,
    plain_dataclass_replace,
    plain_deepcopy,
    plain_replace,
)
from fukkatsu._language.formats import template_fault, walked
from fukkatsu._language.given_back import HOMES, INERT, OWN_FILES, given_back
from fukkatsu._language.held import Held
from fukkatsu._language.hooks import TO_FILES, NamespaceView, told_file
from fukkatsu._language.keyed import KEYED
from fukkatsu._language.kinds import Kinds, looking
from fukkatsu._language.late import PartialView, late
from fukkatsu._language.left_behind import OF_THE_PROCESS, WHY_NO_CLOCK, closing_with, next_awaited, suppressing
from fukkatsu._language.logs import OF_THE_ROOT, WARNINGS, NewLog, plain_exc_info
from fukkatsu._language.modules import Openings
from fukkatsu._language.ordered import AS_THEY_ARE
from fukkatsu._language.refusals import GuardRefusal, GuardViolation, end_on_refusal, refuse, take_refusals
from fukkatsu._language.shared import forwards
from fukkatsu._language.standins import (
    CHECKED,
    LEFT_BY_PICKLE,
    OF_FILES,
    AnnotatedView,
    StreamView,
    as_written,
    fields_of,
    split_text,
    type_hints,
    wrappers,
)
from fukkatsu._language.suspended import passes
from fukkatsu._language.words import (
    BUILTIN,
    PLAINLY_SAID,
    WORDLESS,
    all_said,
    all_told,
    said,
    said_by_name,
    sayer,
    told,
)
from fukkatsu._language.writes import NO_INSTANCE_DICT, Writes, no_path, plain_text

__all__ = ["GuardRefusal", "GuardViolation", "Guards", "end_on_refusal", "take_refusals"]


def _function(method: Callable[..., Any]) -> Callable[..., Any]:
    """*method* as a plain function: a bound method would lead whoever holds it to the guards' own state."""

    def guard(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    guard.__name__ = guard.__qualname__ = method.__name__
    return guard


class Guards(Writes):
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
        telling: Whether ``id`` tells what it tells the original, which uses it.
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
        telling: bool = False,
    ) -> None:
        super().__init__(
            opened,
            written,
            filename,
            qualname,
            module,
            readable=readable,
            on_classes=on_classes,
            on_itself=on_itself,
        )
        self._kinds, self._held, self._limits = Kinds(openings), held, limits
        self._telling = telling
        HOMES.add(module)
        OWN_FILES.add(filename)

    # -- reading -------------------------------------------------------------------------------------------------

    def attribute(self, value: Any, name: str) -> Any:
        """An attribute whose name is guarded (``attributes.GUARDED``): the object decides."""
        value = self._held.seen(value)
        if name in ("format", "format_map"):
            return self._format_method(value, name)
        if name in WRITING:
            return written_by(getattr(value, name))
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
            return getattr(value, name) if self._is_used(name) else of_tables(value, name)
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
        elif name == "__dict__" and ("__dict__" not in self._opened or issubclass(type(value), NO_INSTANCE_DICT)):
            refuse("__dict__ is closed here")
        found = getattr(value, name)
        if isinstance(found, types.ModuleType):
            if name in OF_MODULES:
                return self._held.seen(found)
            refuse(f"attribute {name} holds a module here")
        return found

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

    def getattr(self, value: Any, name: object, /, *default: Any) -> Any:
        """``getattr`` with the name checked."""
        text = self._check(name, write=False)
        value = self._held.still(value, text) if text in ALSO_OF_PATHS else self._held.seen(value)
        if text == BUFFER:
            self._held.bufferless(value)
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
        text = plain_text(name)
        no_path(text)
        return text != LEFT_BY_PICKLE and hasattr(as_written(value), text)

    def dir(self, value: Any, /) -> list[str]:
        """``dir`` of an object: the names of what is local are in the text."""
        return [name for name in dir(as_written(value)) if name != LEFT_BY_PICKLE]

    def attrgetter(self, attr: object, /, *attrs: object) -> Any:
        """``operator.attrgetter`` with each part of each name checked."""
        for name in (attr, *attrs):
            self._check_path(name)
        paths = [tuple(map(operator.attrgetter, plain_text(name).split("."))) for name in (attr, *attrs)]
        still, first = self._held.still, paths[0]
        also = {part for name in (attr, *attrs) for part in plain_text(name).split(".")} & {*ALSO_OF_PATHS, BUFFER}

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
        text, still, seen = plain_text(name), self._held.still, self._held.seen
        look_up = operator.attrgetter(text)
        for value in (*args, *kwargs.values()):
            said(value)

        def call(obj: Any, /) -> Any:
            method = calling(look_up(still(obj, text) if text in ALSO_OF_PATHS else seen(obj)))
            if "numpy" in sys.modules:  # what was given may say by now where memory is
                method = late(method)
            return given_back(method(*args, **kwargs))

        return call

    def _check_path(self, name: object) -> None:
        for part in plain_text(name).split("."):
            if self._check(part, write=False) in GUARDED:
                refuse(f"attribute {part} is closed here: {GUARDED[part]}")

    def passing(self) -> bool | int:
        """Whether the exception that is being handled is one that no handler of a correction catches.

        ``2`` for one that ends a generator or a task, and nothing more: it gives way to the others.
        """
        return passes(sys.exception(), self._limits)

    def no_limit(self, group: BaseExceptionGroup[Any]) -> None:
        """At the beginning of an ``except*``, which cannot let exceptions pass: what no handler catches is raised."""
        found: BaseException | None = group.subgroup(self._limits) if self._limits else None
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        if found is not None:
            raise found

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
            "id": identity_as_it_is if self._telling else identity,
            "memoryview": ViewOfMemory,
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
            **WARNINGS,
            **KEYED,
            **BUFFERS,
            **OF_FILES,
            **AS_THEY_ARE,
            **GIVEN_ONE,
            **TO_FILES,
            "functools.partial": PartialView,
            "builtins.memoryview": ViewOfMemory,
            "sys.stdout": StreamView("stdout"),
            "sys.stderr": StreamView("stderr"),
            **{f"{kind.__module__}.{kind.__name__}": view for kind, view in CHECKED.items()},
        }

    def cells(self) -> dict[str, Any]:
        """The guards that the transformer calls, by the names it calls them."""
        return {
            ".attribute": self.attribute,
            ".write": self.write,
            ".write_over": self.write_over,
            ".write_own": self.write_own,
            ".write_class": self.write_class,
            ".class_of": self._kinds.class_of,
            ".object__new__": object_new,
            ".object__setattr__": self.object_setattr,
            ".super_method": self.super_method,
            ".plain": self._plain,
            ".type": builtins.type,
            ".type_of": looking(),
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
            ".plain_exc_info": plain_exc_info,
            ".bufferless": self._held.bufferless,
            ".unbuffered": self._held.unbuffered,
            ".memoryview": memoryview,
            ".plainly": PLAINLY,
            ".wordless": WORDLESS,
            ".said": said,
            ".all_said": all_said,
            ".said_by_name": said_by_name,
            ".builtin": BUILTIN,
            ".plainly_said": PLAINLY_SAID,
            ".sayer": sayer,
            ".told": told,
            ".led_nowhere": INERT,
            ".given_back": given_back,
            ".calling": calling,
            ".told_file": told_file,
            ".all_told": all_told,
            ".told_keywords": told_keywords,
            **array_calls.cells(),
        }
