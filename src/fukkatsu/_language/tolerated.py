"""Names whose failures the author's own text survives: a metrics client used inside ``try``, say."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from fukkatsu._language.textgate import flatten


def tolerated_names(nodes: Iterable[ast.AST], mangled: Callable[[str], str]) -> frozenset[str]:
    """Variables and attributes in the body of a ``try`` that has handlers, or of a ``with suppress(...)``.

    A stand-in for what cannot travel raises when it is used. Where the original goes on all the same, a correction may;
    where it does not, one that goes on has found out that it is on trial.
    """
    found = set()
    for node in nodes:
        if isinstance(node, ast.Try | ast.TryStar):
            body = node.body if node.handlers else []
        elif isinstance(node, ast.With) and any(_suppresses(item.context_expr) for item in node.items):
            body = node.body
        else:
            continue
        for statement in body:
            for inner in flatten(statement):
                if isinstance(inner, ast.Name):
                    found.add(inner.id)
                elif isinstance(inner, ast.Attribute):
                    found.add(mangled(inner.attr))
    return frozenset(found)


def _suppresses(context: ast.expr) -> bool:
    called = context.func if isinstance(context, ast.Call) else context
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "suppress"
