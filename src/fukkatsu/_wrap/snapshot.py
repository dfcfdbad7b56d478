"""Arguments as they were before a call, when nobody looked: proofs that the call cannot have changed them.

A fix is never run on half-mutated arguments. What was pickled before the call is known; of the rest, immutable
values are as they were, and so are parameters that the function's source provably does not mutate.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import enum
import fractions
import types
import uuid
from typing import Any, Final, cast

_IMMUTABLE: Final[frozenset[type]] = frozenset({
    type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented), object,
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone,
    decimal.Decimal, fractions.Fraction, uuid.UUID, types.FunctionType, types.BuiltinFunctionType, type,
})  # fmt: skip
_LOOKED_AT: Final = 2_000
"""Values walked before giving up: an argument that large is not worth the proof."""
PUT_BACK: Final = 1_000_000
"""The same where it is to be put back: there nothing but a proof helps."""


def is_immutable(value: object) -> bool:
    """Whether *value* is of known immutable types all the way down (exact types: a subclass may carry state)."""
    stack: list[object] = [value]
    seen = 0
    while stack:
        item = stack.pop()
        seen += 1
        if seen > _LOOKED_AT:
            return False
        kind = type(item)
        if is_scalar(item):
            continue
        if kind is tuple or kind is frozenset:
            stack.extend(cast("tuple[object, ...]", item))
            continue
        return False
    return True


def is_scalar(value: object) -> bool:
    """Whether *value* is of a known immutable type that holds nothing else: what it says of its class is not asked."""
    kind = type(value)
    try:
        return kind in _IMMUTABLE or issubclass(kind, enum.Enum)
    except Exception:  # noqa: BLE001 - a metaclass may have a hash of its own
        return False


_FLAT: Final[frozenset[type]] = frozenset({list, dict, set, bytearray, tuple, frozenset})


def is_flat(value: object, most: int = _LOOKED_AT) -> bool:
    """Whether *value* is a builtin container of immutable values: then only the container itself can be mutated.

    One that holds more than *most* is not looked into.
    """
    kind: Any = type(value)
    container: Any = value
    if kind is bytearray:
        return True
    if kind is dict:
        return len(container) <= most and all(is_immutable(k) and is_immutable(v) for k, v in container.items())
    return any(kind is one for one in _FLAT) and len(container) <= most and all(map(is_immutable, container))


_PURE_CALLS: Final = frozenset({
    "abs", "all", "any", "ascii", "bin", "bool", "bytes", "chr", "complex", "dict", "divmod", "enumerate", "float",
    "format", "frozenset", "hash", "hex", "int", "isinstance", "len", "list", "max", "min", "oct", "ord", "pow",
    "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
})  # fmt: skip
"""Builtins that neither change a flat container nor hand it on."""
_PURE_METHODS: Final = frozenset({
    "capitalize", "casefold", "copy", "count", "decode", "difference", "encode", "endswith", "find", "get", "index",
    "intersection", "isalnum", "isalpha", "isdigit", "isdisjoint", "islower", "isspace", "issubset", "issuperset",
    "isupper", "items", "join", "keys", "lower", "lstrip", "partition", "replace", "rfind", "rindex", "rpartition",
    "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "symmetric_difference", "title", "union",
    "upper", "values", "zfill",
})  # fmt: skip
"""Methods of the builtin types that change nothing."""


def unmutated_parameters(source: str, shadowed: frozenset[str] = frozenset(), name: str = "") -> frozenset[str]:
    """Names of parameters that the function in *source* cannot mutate when they hold a flat container (`is_flat`).

    The function is the one called *name*, or the first.

    Every occurrence must be a read in a place that neither mutates a flat container nor gives it another name: an
    operand of a comparison or of arithmetic, an argument of a pure builtin, the object of a pure method, a subscript
    that is read, the thing iterated, a test. Everything else, ``y = x`` included, counts as a mutation. Names in
    *shadowed* (the module's own) are not the builtins they look like, nor are those defined beside it.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    defined = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    function = next((n for n in defined if name in ("", n.name)), None)
    if function is None:
        return frozenset()
    parents = {child: parent for parent in ast.walk(function) for child in ast.iter_child_nodes(parent)}
    bound = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
    pure = _PURE_CALLS - bound - set(names) - shadowed - {n.name for n in defined}
    touched = {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and not _is_read(node, parents, pure)
    }
    return frozenset(names) - touched


def _is_read(node: ast.expr, parents: dict[ast.AST, ast.AST], pure: frozenset[str]) -> bool:
    parent: Any = parents[node]
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return not isinstance(parent, ast.AugAssign)  # `x += [1]` extends the caller's list; `x = ...` only rebinds
    match parent:
        case ast.Compare() | ast.BinOp() | ast.FormattedValue():
            return True
        case ast.BoolOp() | ast.IfExp() | ast.If() | ast.While() | ast.Assert() | ast.UnaryOp():
            return _only_tested(node, parents)
        case ast.Call(func=ast.Name(id=called)):
            return called in pure and node in parent.args
        case ast.Attribute(attr=attribute):
            call = parents[parent]
            return isinstance(call, ast.Call) and call.func is parent and attribute in _PURE_METHODS
        case ast.Subscript(ctx=ast.Load()):
            return True
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
            return iterated is node
        case _:
            return False


def _only_tested(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether the value only decides a branch: ``a if x else b`` tests ``x``, while ``y = x or []`` hands it on."""
    parent = parents[node]
    if isinstance(parent, ast.BoolOp):
        return _only_tested(parent, parents)
    if isinstance(parent, ast.IfExp | ast.If | ast.While | ast.Assert):
        return parent.test is node
    return isinstance(parent, ast.UnaryOp)
