"""Where a method fills in what its own object does not have yet: ``if self._total is None: self._total = 0``."""

from __future__ import annotations

import ast

from fukkatsu._language.trees import nodes_of_the_call


def filled_in(nodes: list[ast.AST], own: str) -> frozenset[int]:
    """Ids of the targets among *nodes*, ``own.attribute``, that are assigned only where the attribute holds nothing."""
    found: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.If):
            asked = _asked(node.test, own)
            found |= {
                id(part)
                for part in nodes_of_the_call(node.body if asked else ())
                if isinstance(part, ast.Attribute) and part.attr in asked and _is_of(part, own)
            }
    return frozenset(found)


def _asked(test: ast.expr, own: str) -> set[str]:
    """The attributes that hold nothing where *test* is true."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return {name for value in test.values for name in _asked(value, own)}
    looked_at: ast.expr | None = None
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.Eq)):
        right = test.comparators[0]
        looked_at = test.left if isinstance(right, ast.Constant) and right.value is None else None
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        looked_at = test.operand
    if isinstance(looked_at, ast.Attribute) and _is_of(looked_at, own):
        return {looked_at.attr}
    if isinstance(looked_at, ast.Call) and isinstance(looked_at.func, ast.Name) and len(looked_at.args) > 1:
        quoted = looked_at.args[1]
        mine = isinstance(looked_at.args[0], ast.Name) and looked_at.args[0].id == own
        if looked_at.func.id in ("hasattr", "getattr") and mine and isinstance(quoted, ast.Constant):
            return {str(quoted.value)}
    return set()


def _is_of(node: ast.Attribute, own: str) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == own
