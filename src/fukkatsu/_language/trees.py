"""Small questions about pieces of a syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from typing import Any, Final


def is_super_call(node: ast.AST) -> bool:
    """``super()`` or ``super(C, self)``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def object_method(node: ast.AST) -> str | None:
    """``"__new__"`` for ``object.__new__``, likewise ``"__setattr__"``: the two have guarded forms."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "object":
        return node.attr if node.attr in ("__new__", "__setattr__") else None
    return None


def chain_of(node: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    """``a.b.c`` as ``("a", ("b", "c"))``."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    return (node.id, tuple(reversed(path))) if isinstance(node, ast.Name) else None


def mangler(class_name: str) -> Any:
    """How Python renames private names inside *class_name*."""
    bare = class_name.lstrip("_")

    def mangle(name: str) -> str:
        if not bare or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        return f"_{bare}{name}"

    return mangle


def pauses_in_finally(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """Yields and awaits where a call is being ended: there code would go on after it.

    A generator that is closed runs its finally blocks; what it yields there takes the place of what closed it. A
    coroutine that is cancelled runs its own, and one that awaits there, itself say, outlives any number of
    cancellations. An event loop finishes an abandoned async generator in a task of its own, an ``async with`` around a
    yield included.
    """
    for definition in nodes:
        if not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        own = list(nodes_of_the_call(definition.body))
        pauses: tuple[type[ast.AST], ...] = (ast.Yield, ast.YieldFrom)
        if isinstance(definition, ast.AsyncFunctionDef):
            pauses += (ast.Await, ast.AsyncFor, ast.AsyncWith)
            for node in own:
                if isinstance(node, ast.AsyncWith) and any(
                    isinstance(n, ast.Yield) for n in nodes_of_the_call(node.body)
                ):
                    yield node
        for node in own:
            if isinstance(node, (ast.Try, ast.TryStar)):
                yield from (inner for inner in nodes_of_the_call(node.finalbody) if isinstance(inner, pauses))


def nodes_of_the_call(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes under *statements* that run in the same call: not those of functions defined there."""
    pending = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)


def pairs_of(node: ast.Compare) -> list[ast.Compare]:
    """``a is b is c`` as ``a is b``, ``b is c``; nothing where what stands in the middle is worked out."""
    if not all(isinstance(middle, (ast.Name, ast.Constant)) for middle in node.comparators[:-1]):
        return []
    operands = [node.left, *node.comparators]
    made: list[ast.Compare] = []
    for place, operation in enumerate(node.ops):
        left = operands[place] if place == 0 else copy.copy(operands[place])
        pair = ast.Compare(left=left, ops=[operation], comparators=[operands[place + 1]])
        made.append(ast.copy_location(pair, node))
    return made


def mangle(name: str, class_name: str) -> str:
    """*name* as Python looks it up inside class *class_name* (``__x`` becomes ``_C__x``)."""
    return str(mangler(class_name)(name))


def names_bound_by(node: ast.AST) -> tuple[str | None, ...]:
    """Names that *node* itself binds."""
    if type(node) not in _BINDING:
        return ()
    if isinstance(node, ast.Name):
        return () if isinstance(node.ctx, ast.Load) else (node.id,)
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, ast.alias):
        return (node.asname or node.name.partition(".")[0],)
    if isinstance(node, ast.MatchMapping):
        return (node.rest,)
    return (node.name,)  # type: ignore[attr-defined]  # all that is left of `_BINDING` has one


_BINDING: Final = frozenset(
    {
        ast.Name, ast.arg, ast.alias, ast.FunctionDef, ast.AsyncFunctionDef, ast.ExceptHandler, ast.MatchAs,
        ast.MatchStar, ast.MatchMapping,
    }
)  # fmt: skip
