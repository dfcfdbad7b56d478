"""Small questions about pieces of a syntax tree."""

from __future__ import annotations

import ast
from typing import Any


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


def mangle(name: str, class_name: str) -> str:
    """*name* as Python looks it up inside class *class_name* (``__x`` becomes ``_C__x``)."""
    return str(mangler(class_name)(name))
