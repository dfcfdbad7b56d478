"""What compiled code looks up and writes outside itself, read from its instructions."""

from __future__ import annotations

import dis
import types
from typing import Final

_EXTENDED: Final = dis.opmap["EXTENDED_ARG"]
_SHIFTED: Final = dis.opmap["LOAD_GLOBAL"]  # its argument carries a flag in the lowest bit
_READS: Final = frozenset(
    dis.opmap[name] for name in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS") if name in dis.opmap
)
_WRITES: Final = frozenset(dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL"))
_STORE_ATTR: Final = dis.opmap["STORE_ATTR"]
_CELL_WRITES: Final = frozenset(dis.opmap[name] for name in ("STORE_DEREF", "DELETE_DEREF"))


def nested_code(code: types.CodeType) -> list[types.CodeType]:
    """*code* and every code object inside it."""
    found = [code]
    for part in found:  # grows while it is read
        found += [const for const in part.co_consts if isinstance(const, types.CodeType)]
    return found


def global_names(code: types.CodeType, *, written: bool = False) -> set[str]:
    """Names that *code* (nested code included) looks up, or with *written* assigns, outside every function.

    Read from the instructions: the compiler has already decided what is local, whatever the text pretends.
    """
    wanted, found = _WRITES if written else _READS, set()
    for part in nested_code(code):
        raw = part.co_code
        ops = raw[::2]
        if wanted.isdisjoint(ops):
            continue
        names = part.co_names
        for op in wanted:
            position = ops.find(op)
            while position >= 0:
                index = 2 * position
                arg, shift = raw[index + 1], 8
                while index >= 2 and raw[index - 2] == _EXTENDED:  # higher bytes stand in the instructions before
                    index -= 2
                    arg |= raw[index + 1] << shift
                    shift += 8
                found.add(names[arg >> 1 if op == _SHIFTED else arg])
                position = ops.find(op, position + 1)
    return found


def attributes_stored(code: types.CodeType) -> set[str]:
    """Names of the attributes that *code*, or code nested in it, assigns."""
    found: set[str] = set()
    for part in nested_code(code):
        if _STORE_ATTR in part.co_code[::2]:
            found |= {each.argval for each in dis.get_instructions(part) if each.opcode == _STORE_ATTR}
    return found


def cells_written(code: types.CodeType) -> set[str]:
    """Names of *code*'s closure that it, or code nested in it, assigns or deletes."""
    found: set[str] = set()
    pending = [(code, frozenset(code.co_freevars))]
    while pending:
        part, outside = pending.pop()
        raw, extended = part.co_code, 0
        if _CELL_WRITES.isdisjoint(raw[::2]):
            raw = b""
        for position in range(0, len(raw), 2):
            op, arg = raw[position], raw[position + 1] | extended
            extended = arg << 8 if op == _EXTENDED else 0
            if op in _CELL_WRITES:
                name = part._varname_from_oparg(arg)  # type: ignore[attr-defined]  # dis itself asks like this
                if name in outside:
                    found.add(name)
        for const in part.co_consts:
            if isinstance(const, types.CodeType):  # a name that *part* binds itself hides the one outside
                pending.append((const, outside & frozenset(part.co_freevars) & frozenset(const.co_freevars)))
    return found
