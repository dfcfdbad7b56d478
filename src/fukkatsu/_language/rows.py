"""What the columns of a table are made of that a text goes through row by row: ``zip(a, b)``, ``table.items()``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Final, TypeAlias

Named: TypeAlias = Callable[[ast.expr], str | None]

_IN_ORDER: Final = frozenset({"list", "sorted", "reversed", "tuple", "iter"})


def columns_of(value: ast.expr, number: int, full_name: Named) -> list[ast.expr | None] | None:
    """What each of a *number* of targets is an item of, for each row of *value*: ``zip(a, b)``, ``table.items()``.

    *full_name* tells what of the library a function is. ``None`` stands for a number, or a key of a dict, which is
    nothing that a list or a dict could be.
    """
    if not isinstance(value, ast.Call) or value.keywords:
        return (
            columns_of(value.args[0], number, full_name)
            if isinstance(value, ast.Call) and _is_in_order(value, full_name)
            else None
        )
    function = value.func
    if isinstance(function, ast.Attribute):
        return [None, function.value] if function.attr == "items" and not value.args and number == 2 else None
    name = full_name(function)
    if any(isinstance(part, ast.Starred) for part in value.args):
        return None
    if name == "enumerate" and value.args and number == 2:
        return [None, value.args[0]]
    if name == "zip" and len(value.args) == number:
        return list(value.args)
    return columns_of(value.args[0], number, full_name) if _is_in_order(value, full_name) else None


def _is_in_order(call: ast.Call, full_name: Named) -> bool:
    return full_name(call.func) in _IN_ORDER and bool(call.args)


def values_in(pairs: ast.expr, full_name: Named) -> tuple[ast.expr, int] | None:
    """What the values of ``dict(pairs)`` are: an expression, and how many steps below its value they lie."""
    if isinstance(pairs, (ast.ListComp, ast.GeneratorExp)) and isinstance(pairs.elt, ast.Tuple):
        return (pairs.elt.elts[1], 0) if len(pairs.elt.elts) == 2 else None
    columns = columns_of(pairs, 2, full_name)
    return (columns[1], 1) if columns is not None and columns[1] is not None else None
