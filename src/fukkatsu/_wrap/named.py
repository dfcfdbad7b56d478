"""Which of the program's own functions a function can call by name, found without running anything.

The program's own is what lies in the same package as the function, or was installed nowhere: what a library does when
it is called is its business, as a file that was written is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any, Final

from fukkatsu._wrap.writes import writes

ABSENT: Final = object()
MOST_FUNCTIONS: Final = 64
"""Functions looked at for one that is decorated; what lies behind more of them is not seen."""

_INSTALLED: Final = ("site-packages", "dist-packages", os.path.dirname(os.__file__))


def is_own(module: str | None, filename: str, function: FunctionType) -> bool:
    """Whether what *module* and *filename* hold belongs to the same program as *function*."""
    ours, theirs = (function.__module__ or "").partition(".")[0], (module or "").partition(".")[0]
    if ours == theirs:
        return True
    return theirs != "fukkatsu" and not filename.startswith("<") and not any(part in filename for part in _INSTALLED)


def own_function(value: object, function: FunctionType) -> FunctionType | None:
    """*value* as a function of the same program as *function*; what `resurrect` made of one counts as that."""
    if type(value) is not FunctionType:
        return None
    original = value.__dict__.get("__fukkatsu_original__")
    if type(original) is FunctionType:
        value = original
    return value if is_own(value.__module__, value.__code__.co_filename, function) else None


def looked_up(holder: object, name: str) -> object:
    """What *holder* has under *name* as it is stored: no property is run."""
    kind = type(holder)  # what an object says of its own class is not asked
    if issubclass(kind, ModuleType):
        return object.__getattribute__(holder, "__dict__").get(name, ABSENT)
    classes: Any = holder if issubclass(kind, type) else kind
    if classes is kind:
        try:
            own = object.__getattribute__(holder, "__dict__")
        except AttributeError:
            own = None
        if type(own) is dict and name in own:
            return own[name]
    return next((vars(base)[name] for base in classes.__mro__ if name in vars(base)), ABSENT)


def content(cell: CellType) -> Any:
    """What is in *cell*; ``ABSENT`` before it is filled."""
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def named_value(function: FunctionType, name: str) -> object:
    """What *name* means in *function* as a closure variable or a global; ``ABSENT``: neither."""
    free = function.__code__.co_freevars
    if name in free:
        return content((function.__closure__ or ())[free.index(name)])
    return function.__globals__.get(name, ABSENT)


def names_of(code: CodeType) -> set[str]:
    """Globals, attributes and closure variables that *code*, and what is nested in it, names."""
    names: set[str] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        pending.extend(const for const in current.co_consts if isinstance(const, CodeType))
        names.update(current.co_names, current.co_freevars)
    return names


def calls_what_changes_something(function: FunctionType, args: tuple[Any, ...]) -> bool:
    """Whether one of the program's own functions that *function* names, or those name, changes anything at all.

    Args:
        function: Whose.
        args: Of a call: the first one says what ``self`` is.
    """
    first = args[0] if args and function.__code__.co_varnames[:1] in (("self",), ("cls",)) else ABSENT
    pending, seen = [(function, first)], {function.__code__}
    while pending:
        current, holder = pending.pop()
        for found, owner in _named_in(current, holder):
            if found.__code__ in seen or len(seen) > MOST_FUNCTIONS:
                continue
            if writes(found.__code__):
                return True
            seen.add(found.__code__)
            pending.append((found, owner))
    return False


def _named_in(function: FunctionType, first: object) -> Iterator[tuple[FunctionType, object]]:
    """The program's own functions that *function* names, each with its ``self`` where that is known."""
    names = names_of(function.__code__)
    for value in (first, *(named_value(function, name) for name in names)):
        found = own_function(value, function)
        if found is not None:
            yield found, ABSENT
        elif value is not ABSENT and _is_owned(value, function):
            methods = names if issubclass(type(value), ModuleType) else {*names, "__call__", "__init__"}
            for name in methods:
                stored = looked_up(value, name)
                stored = stored.__func__ if isinstance(stored, staticmethod | classmethod) else stored
                method = own_function(stored, function)
                if method is not None:
                    yield method, value


def _is_owned(value: object, function: FunctionType) -> bool:
    kind: Any = type(value)
    if issubclass(kind, ModuleType):
        held = object.__getattribute__(value, "__dict__")
        return is_own(held.get("__name__"), held.get("__file__") or "<built in>", function)
    if issubclass(kind, type):
        kind = value
    return kind is not FunctionType and getattr(kind, "__module__", "builtins") != "builtins"
