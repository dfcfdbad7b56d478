"""Whether it is worth reading a function's text for the state that it changes: the bytecode of most shows it is not."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Final

from fukkatsu._wrap.writes import CHANGING_CALLS, GLOBAL_WRITES, MUTATORS, WRITES, operations_of

_STEADY: Final = frozenset({
    "NoneType", "bool", "builtin_function_or_method", "bytes", "complex", "float", "frozenset", "function", "int",
    "module", "str", "tuple",
})  # fmt: skip


def may_have_state(function: FunctionType, args: tuple[Any, ...] = ()) -> bool:
    """Whether a call of *function* with *args* may change more than these, by what it, and what it calls, does."""
    if _may_itself(function):
        return True
    from fukkatsu._wrap.named import calls_what_changes_something  # not before the first call

    return calls_what_changes_something(function, args)


def _may_itself(function: FunctionType) -> bool:
    code = function.__code__
    if any(name != "__class__" for name in code.co_freevars):
        return True
    operations, names = operations_of(code)
    if not GLOBAL_WRITES.isdisjoint(operations):
        return True
    if WRITES.isdisjoint(operations) and MUTATORS.isdisjoint(names) and CHANGING_CALLS.isdisjoint(names):
        return False
    if code.co_varnames[:1] == ("cls",) or not names.isdisjoint(("type", "__class__")):
        return True
    held = function.__globals__
    return any(name in held and not _is_steady(held[name]) for name in names)


def _is_steady(value: object) -> bool:
    kind = type(value)
    return kind.__module__ == "builtins" and kind.__name__ in _STEADY
