"""Syntax trees of texts that several stages look at, parsed once. Nobody changes them."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=16)  # a candidate and its original, and those of other threads
def tree_of(text: str) -> ast.Module:
    """The tree of *text*.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: As `ast.parse`.
    """
    return ast.parse(text)


@lru_cache(maxsize=16)
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """All its nodes, in the order of `ast.walk`. Raises as `tree_of`."""
    return tuple(ast.walk(tree_of(text)))
