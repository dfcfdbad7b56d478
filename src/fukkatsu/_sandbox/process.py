"""State that modules of the standard library keep for the whole process, where it changes what they answer.

Dialects and the limit of `csv`, the first day of the week, schemes that `urllib.parse` joins, what `reprlib` cuts off,
the contexts that others begin as, the time zone, the working directory and the program's arguments. Each kind has how
it is read in the program (falsy where it is the usual one) and how it is put in place in a runner (``None`` for the
usual one). See ``settings``, which sends them.
"""

from __future__ import annotations

import functools
import os
import sys
import time
import types
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._sandbox.surroundings import ZONE

if TYPE_CHECKING:
    from fukkatsu._language.facts import OriginalFacts

_PLAIN: Final = frozenset({int, float, str, bool, type(None)})
_before: Final[dict[str, Any]] = {}
"""What a runner had at first, by kind."""

_LIMIT: Final = 131_072
_OF_A_DIALECT: Final = (
    "delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict",
)  # fmt: skip
_DIALECTS: Final = {
    "excel": (",", True, None, "\r\n", '"', 0, False, False),
    "excel-tab": ("\t", True, None, "\r\n", '"', 0, False, False),
    "unix": (",", True, None, "\n", '"', 1, False, False),
}


def _csv(csv: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if (limit := csv.field_size_limit()) != _LIMIT:
        found["limit"] = limit
    dialects = tuple([(name, csv.get_dialect(name)) for name in csv.list_dialects()])
    if (registered := _registered(dialects)) != _DIALECTS:
        found["dialects"] = registered
    return found


@functools.lru_cache(maxsize=4)
def _registered(dialects: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """A dialect that is registered never changes."""
    return {name: tuple([getattr(dialect, each) for each in _OF_A_DIALECT]) for name, dialect in dialects}


def _put_csv(csv: Any, given: dict[str, Any] | None) -> None:
    wanted = given or {}
    csv.field_size_limit(wanted.get("limit", _LIMIT))
    dialects = wanted.get("dialects", _DIALECTS)
    for name in csv.list_dialects():
        if name not in dialects:
            csv.unregister_dialect(name)
    for name, values in dialects.items():
        csv.register_dialect(name, **dict(zip(_OF_A_DIALECT, values, strict=True)))


def _calendar(calendar: Any) -> Any:
    first = calendar.firstweekday()
    return first if type(first) is int else None


def _put_calendar(calendar: Any, first: int | None) -> None:
    calendar.setfirstweekday(first or 0)


_SCHEMES: Final = ("uses_relative", "uses_netloc", "uses_params", "uses_query", "uses_fragment", "non_hierarchical")


def _schemes(parse: Any) -> dict[str, tuple[Any, ...]]:
    now = [getattr(parse, name) for name in _SCHEMES]
    if now == _usual.get("schemes"):
        return {}
    written = _written(parse)
    if all(tuple(each) in written for each in now):
        _usual["schemes"] = [list(each) for each in now]
        return {}
    return {name: tuple(each) for name, each in zip(_SCHEMES, now, strict=True)}


_usual: Final[dict[str, Any]] = {}
"""What was found to be so in a program that has changed nothing, to be compared with."""


@functools.cache
def _written(parse: Any) -> frozenset[Any]:
    """The tuples that stand in the module's own code: releases of Python differ in them."""
    try:
        return frozenset(each for each in parse.__loader__.get_code(parse.__name__).co_consts if type(each) is tuple)
    except Exception:  # noqa: BLE001 - a loader without code: then they are always sent
        return frozenset()


def _put_schemes(parse: Any, given: dict[str, tuple[Any, ...]] | None) -> None:
    before = _before.setdefault("urllib.parse", {name: tuple(getattr(parse, name)) for name in _SCHEMES})
    for name, schemes in (given or before).items():
        getattr(parse, name)[:] = schemes


def _reprlib(reprlib: Any) -> dict[str, Any]:
    now, usual = vars(reprlib.aRepr), vars(_new(reprlib.Repr))
    return {} if now == usual else {name: value for name, value in now.items() if type(value) in _PLAIN}


@functools.cache
def _new(made: Any) -> Any:
    return made()


def _put_reprlib(reprlib: Any, given: dict[str, Any] | None) -> None:
    before = _before.setdefault("reprlib", dict(vars(reprlib.aRepr)))
    vars(reprlib.aRepr).clear()
    vars(reprlib.aRepr).update(given or before)


_SIGNALS: Final = (
    "Clamped InvalidOperation DivisionByZero Inexact Rounded Subnormal Overflow Underflow FloatOperation".split()  # noqa: SIM905
)
_OF_A_CONTEXT: Final = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_CONTEXTS: Final = {
    "DefaultContext": (28, "ROUND_HALF_EVEN", ("DivisionByZero", "InvalidOperation", "Overflow")),
    "BasicContext": (
        9, "ROUND_HALF_UP", ("Clamped", "DivisionByZero", "InvalidOperation", "Overflow", "Underflow"),
    ),
    "ExtendedContext": (9, "ROUND_HALF_EVEN", ()),
}  # fmt: skip


def _decimal(decimal: Any) -> dict[str, Any]:
    found = {}
    for name, usual in _contexts(decimal).items():
        now = getattr(decimal, name)
        same = now.prec == usual.prec and now.rounding == usual.rounding and now.traps == usual.traps
        same = same and now.Emin == usual.Emin and now.Emax == usual.Emax and now.flags == usual.flags
        if not same or now.capitals != usual.capitals or now.clamp != usual.clamp:
            found[name] = _row(decimal, now)
    return found


@functools.cache
def _contexts(decimal: Any) -> dict[str, Any]:
    """The usual ones."""
    made = {}
    for name, (precision, rounding, trapped) in _CONTEXTS.items():
        traps = [getattr(decimal, each) for each in trapped]
        made[name] = decimal.Context(precision, rounding, -999_999, 999_999, 1, 0, [], traps)
    return made


def _row(decimal: Any, context: Any) -> tuple[Any, ...]:
    signals = [(name, getattr(decimal, name)) for name in _SIGNALS]
    trapped = [name for name, signal in signals if context.traps[signal]]
    flagged = [name for name, signal in signals if context.flags[signal]]
    return (*[getattr(context, each) for each in _OF_A_CONTEXT], trapped, flagged)


def _put_decimal(decimal: Any, given: dict[str, Any] | None) -> None:
    usual = {name: _row(decimal, getattr(decimal, name)) for name in _CONTEXTS}
    for name, (*values, trapped, flagged) in {**_before.setdefault("decimal", usual), **(given or {})}.items():
        context = getattr(decimal, name)
        for each, value in zip(_OF_A_CONTEXT, values, strict=True):
            setattr(context, each, value)
        for each in _SIGNALS:
            context.traps[getattr(decimal, each)] = each in trapped
            context.flags[getattr(decimal, each)] = each in flagged


def _zone(_time: Any) -> Any:
    """In a tuple, since the variable may have been taken away."""
    now = os.environ.get("TZ")
    return (now,) if now != ZONE else None


def _put_zone(_time: Any, given: tuple[str | None] | None) -> None:
    (wanted,) = given or (ZONE,)
    if wanted is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = wanted
    if hasattr(time, "tzset"):
        time.tzset()


def _folder(system: Any) -> str | None:
    try:
        return str(system.getcwd())
    except OSError:  # it was deleted
        return None


class _Folder:
    """``os.getcwd`` of a runner, which has none of the program's folders."""

    __slots__ = ("answer", "real")

    def __init__(self, real: Any) -> None:
        self.real = real
        self.answer: str | None = None

    def __call__(self) -> Any:
        return self.real() if self.answer is None else self.answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def __repr__(self) -> str:
        return repr(self.real)

    @property  # type: ignore[misc]  # object's can be assigned
    def __class__(self) -> type:
        return types.BuiltinFunctionType


def _put_folder(system: Any, given: str | None) -> None:
    told = _before.setdefault("os", _Folder(system.getcwd))
    told.answer = given
    system.getcwd = told
    if (module := sys.modules.get(system.name)) is not None:  # `posix`, which others have it from
        vars(module)["getcwd"] = told


def _arguments(system: Any) -> tuple[str, ...]:
    """Of ``sys.argv``, where it is what it usually is."""
    given = system.argv
    return tuple(given) if type(given) is list and all(type(each) is str for each in given) else ()


def _put_arguments(system: Any, given: tuple[str, ...] | None) -> None:
    system.argv[:] = given or [""]


SHOWN: Final = frozenset({"folder", "arguments"})
"""Kinds that are sent only where the function itself asks for them: paths of the host are no candidate's business."""
_OF_A_FOLDER: Final = frozenset({"getcwd", "cwd", "abspath", "absolute", "realpath", "relpath"})


def shown_to(facts: OriginalFacts) -> frozenset[str]:
    """Of ``SHOWN``, what a function with these facts asks for."""
    imported = {(module, member) for _, module, member in facts.imports}
    used = {*facts.module_members, *imported}
    found = {"arguments"} if ("sys", "argv") in used else set()
    if not _OF_A_FOLDER.isdisjoint({member for _, member in used} | facts.looked_up):
        found.add("folder")
    return frozenset(found)


KINDS: Final[dict[str, tuple[str, Any, Any]]] = {
    "csv": ("csv", _csv, _put_csv),
    "calendar": ("calendar", _calendar, _put_calendar),
    "schemes": ("urllib.parse", _schemes, _put_schemes),
    "reprlib": ("reprlib", _reprlib, _put_reprlib),
    "contexts": ("decimal", _decimal, _put_decimal),
    "zone": ("time", _zone, _put_zone),
    "folder": ("os", _folder, _put_folder),
    "arguments": ("sys", _arguments, _put_arguments),
}
"""The module whose state it is, how it is read, and how it is put in place."""
