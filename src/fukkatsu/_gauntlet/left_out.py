"""What the author wrote and documented, and a candidate leaves out altogether: a validation, an order.

Inputs that show such a loss are rare (two entries of one day, a port of 65536), and a candidate that mends one line has
no reason to take another one away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from fukkatsu._gauntlet.texts import read_both
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle.docstring import raised_in_prose
from fukkatsu._oracle.raises import documented_raises

_ORDER: Final = re.compile(
    r"\b(?:sort(?:ed|s)?|order(?:ed)?|ascending|descending|alphabetical(?:ly)?|(?:oldest|newest|largest|smallest|highest|"
    r"lowest|longest|shortest|best|cheapest|latest|earliest)\s+(?:one\s+)?first)\b",
    re.IGNORECASE,
)
_ORDERING: Final = frozenset(
    {"sorted", "sort", "sort_values", "sort_index", "argsort", "nsmallest", "nlargest", "insort"}
)
_ORDERED: Final = frozenset({"heapq", "bisect", "OrderedDict", "most_common", "min", "max", "heappop", "Counter"})


def left_out(text: str, source: FunctionSource) -> str | None:
    """What of *source* the candidate leaves out, as a sentence for the model; ``None`` when nothing is."""
    docstring = source.docstring
    if not docstring:
        return None
    both = read_both(text, source)
    if both is None:
        return None
    candidate, original = both
    gone = _raised(original.nodes) - _raised(candidate.nodes)
    if gone:
        sections = (names for names, _, _ in documented_raises(docstring.splitlines()))
        lost = sorted(gone & raised_in_prose(docstring).union(*sections))
        if lost:
            return (
                f"it no longer raises {lost[0]} anywhere, which the original does and the docstring announces: keep "
                "the author's own checks"
            )
    if _ORDER.search(docstring) and _ordering(original.nodes) and not _ordering(candidate.nodes, _ORDERED):
        return (
            "it no longer sorts anything, where the original does and the docstring speaks of an order: keep the order"
        )
    if _ORDER.search(docstring):
        before, now = set(_sortings(original.nodes)), set(_sortings(candidate.nodes))
        others = _ORDERED - {"OrderedDict"}
        if now < before and not (_names(candidate.nodes) & others) - _names(original.nodes):
            name, key = min(before - now)
            return (
                f"one of its sortings is gone (`{name}` {key or 'without a key'}), the others are as they were, "
                "and the docstring speaks of an order: keep it"
            )
    return None


def _raised(nodes: Iterable[ast.AST]) -> set[str]:
    """Names of the exceptions that are raised, in whatever way they are made."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Raise) and node.exc is not None:
            called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found.add(ast.unparse(called).rpartition(".")[2])
    return found


def _sortings(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """How things are sorted: by what, and by which key. ``xs.sort()`` is ``sorted(xs)`` to anybody who looks later."""
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node.func) in _ORDERING:
            name = "sorted" if _name(node.func) == "sort" else _name(node.func)
            yield name, ", ".join(sorted(map(ast.unparse, node.keywords)))


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    return {_name(node) for node in nodes}


def _name(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


def _ordering(nodes: Iterable[ast.AST], others: frozenset[str] = frozenset()) -> bool:
    names = _ORDERING | others
    return any(_name(node) in names for node in nodes)
