"""The order of a dict that the original was given and in which it moves entries: of a cache that is what a hit does.

Elsewhere the order of a dict comes as it comes, and nobody is held to it.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from fukkatsu._gauntlet.effects import compare_order, split_effects
from fukkatsu._gauntlet.texts import read_original
from fukkatsu._model.call import Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values


@lru_cache(maxsize=64)
def moves_entries(source: FunctionSource) -> bool:
    """Whether the original takes an entry out of a dict of its caller's and puts it in again."""
    read = read_original(source)
    if read is None:
        return False
    arguments = read.function.args
    given = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    taken: set[tuple[str, str]] = set()
    put: set[tuple[str, str]] = set()
    for node in read.inside:
        match node:
            case ast.Call(func=ast.Attribute(value=whole, attr="pop"), args=[key, *_]):
                taken.add((ast.unparse(whole), ast.unparse(key)))
            case ast.Call(func=ast.Attribute(value=whole, attr="move_to_end")) if _root(whole) in given:
                return True
            case ast.Subscript(value=whole, slice=key, ctx=ast.Del()):
                taken.add((ast.unparse(whole), ast.unparse(key)))
            case ast.Subscript(value=whole, slice=key, ctx=ast.Store()) if _root(whole) in given:
                put.add((ast.unparse(whole), ast.unparse(key)))
    return bool(taken & put)


def compare_moved(expected: Outcome, actual: Outcome) -> str | None:
    """Whether dicts among the arguments, equal otherwise, are left in another order."""
    before, now = split_effects(expected.after)[0], split_effects(actual.after)[0]
    if compare_order(before, now) is None:
        return None
    return (
        f"it leaves the entries of its argument in another order than before: {values.render(before, 100)} became "
        f"{values.render(now, 100)}"
    )


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
