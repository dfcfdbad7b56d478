"""What a function changes besides its result, as far as its source shows it."""

from __future__ import annotations

import ast
from typing import Final

from fukkatsu._gauntlet.lints import function_named
from fukkatsu._model.patch import FunctionSource

_MUTATORS: Final = frozenset(
    {
        "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert",
        "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault",
        "sort", "subtract", "symmetric_difference_update", "update",
    }
)  # fmt: skip


def changes_arguments(source: FunctionSource) -> bool:
    """Whether a statement of the original changes a parameter in place, or something reached through one."""
    try:
        function = function_named(ast.parse(source.text), source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if function is None:
        return False
    every = function.args
    roots = {a.arg for a in (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg) if a}
    nodes = list(ast.walk(function))
    for _ in range(3):  # for row in rows: row is reached through rows; a few steps of that are enough
        before = len(roots)
        for node in nodes:
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and _root(node.iter) in roots:
                roots |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
            elif isinstance(node, ast.Assign) and _root(node.value) in roots:
                roots |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if len(roots) == before:
            break
    for node in nodes:
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            if _root(node) in roots:
                return True
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in roots:
            if isinstance(node.op, ast.Add | ast.BitOr) and not isinstance(node.value, ast.Constant):
                return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
            if _root(node.func.value) in roots:
                return True
    return False


def _root(node: ast.expr) -> str:
    """The name that an expression of attributes, items, calls of its methods starts with: ``a`` of ``a.b[0].items()``."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.Call) and node.args:
            node = node.args[0]  # list(d), sorted(rows), enumerate(rows)
        else:
            return node.id if isinstance(node, ast.Name) else ""
