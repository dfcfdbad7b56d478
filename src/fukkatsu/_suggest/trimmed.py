"""What models write around a correction out of habit: a line that tries it out, our own decorator above it.

Nothing of a reply is ever run as a module, so leaving this out changes nothing that anybody would see; keeping it would
cost an attempt, since a candidate holds imports, constants and functions only.
"""

from __future__ import annotations

import ast
from typing import Final

_DECORATOR: Final = "resurrect"
_PACKAGE: Final = "fukkatsu"


def trimmed(text: str, name: str) -> str:
    """*text* without the statements behind its last definition that only try it out, and without our decorator.

    Args:
        text: Source that parses and defines *name* at its top level.
        name: The function's name.
    """
    tree = ast.parse(text)
    drop: set[int] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            for decorator in node.decorator_list:
                if _is_ours(decorator):
                    drop.update(range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1))
        elif _imports_us(node):
            drop.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    end = len(tree.body)
    while end > 1 and _tries_out(tree.body[end - 1]):
        end -= 1
    last = tree.body[end - 1].end_lineno or 0
    lines = text.split("\n")
    if end < len(tree.body):
        drop.update(range(max(last, tree.body[end].lineno - 1) + 1, len(lines) + 1))
    if not drop:
        return text
    kept = "\n".join(line for number, line in enumerate(lines, 1) if number not in drop).strip("\n") + "\n"
    try:
        left = ast.parse(kept).body
    except SyntaxError:  # it shared its line with something else
        return text
    return kept if any(getattr(node, "name", None) == name for node in left) else text


def _is_ours(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (isinstance(called, ast.Name) and called.id == _DECORATOR) or (
        isinstance(called, ast.Attribute) and called.attr == _DECORATOR
    )


def _imports_us(node: ast.stmt) -> bool:
    names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
    return names == {_DECORATOR} and isinstance(node, ast.ImportFrom) and node.module == _PACKAGE


def _tries_out(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr | ast.Assert):
        return True
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )
