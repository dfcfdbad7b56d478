"""Whether it is worth reading a function's text for the state that it changes: the bytecode of most shows it is not."""

from __future__ import annotations

from opcode import opmap
from types import CodeType, FunctionType
from typing import Final

MUTATORS: Final = frozenset({
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert",
    "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault",
    "sort", "subtract", "symmetric_difference_update", "update",
})  # fmt: skip
"""Methods by which the standard library's containers change."""
CHANGING_CALLS: Final = frozenset({
    "heapify", "heappop", "heappush", "heappushpop", "heapreplace", "insort", "insort_left", "insort_right", "shuffle",
})  # fmt: skip
"""Functions by which people change a list that they give as an argument."""
_STEADY: Final = frozenset({
    "NoneType", "bool", "builtin_function_or_method", "bytes", "complex", "float", "frozenset", "function", "int",
    "module", "str", "tuple",
})  # fmt: skip
_GLOBAL_WRITES: Final = frozenset({opmap["STORE_GLOBAL"], opmap["DELETE_GLOBAL"]})
_WRITES: Final = _GLOBAL_WRITES | {
    opmap[name]
    for name in ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE")
    if name in opmap
}


def may_have_state(function: FunctionType) -> bool:
    """Whether a call of *function* may change more than its arguments, by what it names and does."""
    code = function.__code__
    if any(name != "__class__" for name in code.co_freevars):
        return True
    names: set[str] = set()
    operations: set[int] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        pending.extend(const for const in current.co_consts if isinstance(const, CodeType))
        names.update(current.co_names)
        operations.update(current.co_code[::2])
    if not _GLOBAL_WRITES.isdisjoint(operations):
        return True
    if _WRITES.isdisjoint(operations) and MUTATORS.isdisjoint(names) and CHANGING_CALLS.isdisjoint(names):
        return False
    if code.co_varnames[:1] == ("cls",) or not names.isdisjoint(("type", "__class__")):
        return True
    held = function.__globals__
    return any(name in held and not _is_steady(held[name]) for name in names)


def _is_steady(value: object) -> bool:
    kind = type(value)
    return kind.__module__ == "builtins" and kind.__name__ in _STEADY
