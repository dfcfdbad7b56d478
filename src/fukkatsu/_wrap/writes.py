"""What bytecode shows of whether code changes anything: most changes nothing, and then no text needs to be read."""

from __future__ import annotations

from opcode import opmap
from types import CodeType
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
GLOBAL_WRITES: Final = frozenset({opmap["STORE_GLOBAL"], opmap["DELETE_GLOBAL"]})
WRITES: Final = GLOBAL_WRITES | {
    opmap[name]
    for name in ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE")
    if name in opmap
}
_DEREFERENCES: Final = frozenset({opmap["STORE_DEREF"], opmap["DELETE_DEREF"]})


def operations_of(code: CodeType) -> tuple[set[int], set[str]]:
    """Operations of *code* and of what is nested in it, and the globals and attributes that they name."""
    names: set[str] = set()
    operations: set[int] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        pending.extend(const for const in current.co_consts if isinstance(const, CodeType))
        names.update(current.co_names)
        operations.update(current.co_code[::2])
    return operations, names


def writes(code: CodeType) -> bool:
    """Whether *code* may change anything that it did not make itself."""
    operations, names = operations_of(code)
    if not WRITES.isdisjoint(operations) or not MUTATORS.isdisjoint(names) or not CHANGING_CALLS.isdisjoint(names):
        return True
    return bool(code.co_freevars) and not _DEREFERENCES.isdisjoint(operations)
