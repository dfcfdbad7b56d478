"""A function's text, read once: its tree and what stands in it. The stages that look at text share it.

An original is read for each of its candidates, a candidate by several stages in a row, and to walk a tree takes longer
than to parse it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from fukkatsu._language.textgate import children, flatten
from fukkatsu._model.patch import FunctionSource

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text that defines the function. Shared: nobody changes the nodes.

    Attributes:
        tree: All of it.
        nodes: Every node of the tree.
        function: The function.
        body: Its statements, without the docstring.
        below: Every node of these.
        inside: Every node of the function, itself first.
    """

    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    function: Function
    body: tuple[ast.stmt, ...]
    below: tuple[ast.AST, ...]
    inside: tuple[ast.AST, ...]


@functools.lru_cache(32)
def read_text(text: str, name: str) -> ReadText | None:
    """Read *text*; ``None`` when it defines no function of that *name*.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: It does not parse.
    """
    return read_tree(ast.parse(text), name)


def read_tree(tree: ast.Module, name: str) -> ReadText | None:
    """The same for a text that has been parsed."""
    function = function_named(tree, name)
    if function is None:
        return None
    body = _body(function)
    below = _all(body)
    head = _all([node for node in children(function) if node not in body])
    inside = (function, *head, *below)
    nodes = (tree, *inside) if len(tree.body) == 1 else tuple(flatten(tree))
    return ReadText(tree, nodes, function, tuple(body), tuple(below), inside)


def _all(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    """*nodes* and all below them."""
    found = [*nodes]
    for node in found:  # grows while it is read
        found += children(node)
    return found


def read_original(source: FunctionSource) -> ReadText | None:
    """An original's own text; ``None`` where it does not parse, or does not define the function."""
    try:
        return read_text(source.text, source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read_both(text: str, source: FunctionSource) -> tuple[ReadText, ReadText] | None:
    """A candidate's text and its original's; ``None`` where one does not parse, or does not define the function."""
    try:
        candidate, original = read_text(text, source.name), read_text(source.text, source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if candidate is None or original is None else (candidate, original)


def function_named(tree: ast.Module, name: str) -> Function | None:
    """The function of that *name* at the top level, the last one where there are several."""
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name]
    return found[-1] if found else None


def _body(function: Function) -> list[ast.stmt]:
    first = function.body[0]
    has_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return function.body[1:] if has_docstring else function.body
