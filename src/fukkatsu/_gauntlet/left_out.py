"""What the author wrote and documented, and a candidate leaves out altogether: a validation, an order.

Inputs that show such a loss are rare (two entries of one day, a port of 65536), and a candidate that mends one line has
no reason to take another one away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle.docstring import raised_in_prose
from fukkatsu._oracle.raises import documented_raises

_ORDER: Final = re.compile(
    r"\b(?:sort(?:ed|s|ing)?|ordered|ascending|descending|alphabetical(?:ly)?|(?:oldest|newest|largest|smallest|highest|"
    r"lowest|longest|shortest|best|cheapest|latest|earliest)\s+(?:one\s+)?first)\b|"
    r"\b(?:in|by)\s+(?!any\b|an?\b)(?:\w+\s+)?order\b|\border\s+(?:of|by)\b",
    re.IGNORECASE,
)
_ORDERING: Final = frozenset(
    {"sorted", "sort", "sort_values", "sort_index", "argsort", "nsmallest", "nlargest", "insort"}
)
_OTHERS: Final = frozenset({"heapq", "bisect", "most_common", "min", "max", "heappop", "Counter"})
_SORTING: Final = frozenset({"sorted", "sort", "nsmallest", "nlargest"})


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
    if _ORDER.search(docstring) and (unsorted := _unsorted(candidate, original)):
        return (
            f"it has `{unsorted}` as it comes, which the original sorts, and the docstring speaks of an order: sort it"
        )
    if _ORDER.search(docstring):
        before, now = set(_sortings(original.nodes)), set(_sortings(candidate.nodes))
        if now and now < before and not (_names(candidate.nodes) & _OTHERS) - _names(original.nodes):
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


def _unsorted(candidate: ReadText, original: ReadText) -> str | None:
    """What stands in the candidate as in the original but for its sorting, which is gone.

    There are other ways to bring about an order: what was rewritten around it as well is for inputs to show.
    """
    if sum(map(_sorts, original.nodes)) <= sum(map(_sorts, candidate.nodes)):
        return None  # what is not sorted here may be sorted there
    statements = {ast.unparse(node) for node in candidate.below if isinstance(node, ast.stmt)}
    kept = {ast.unparse(node) for node in original.below if isinstance(node, ast.stmt)}
    for block in _blocks(original):
        for before, statement, after in zip([None, *block], block, [*block[1:], None], strict=False):
            for without, what in _without_sorting(statement):
                if without not in kept and without in statements:
                    return what
            in_place = _sorted_in_place(statement)
            if in_place is None or ast.unparse(statement) in statements:
                continue
            around = [ast.unparse(one) for one in (before, after) if one is not None]
            if around and all(one in statements for one in around) and not any(map(_sorts, candidate.nodes)):
                return in_place
    return None


def _sorts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) in _SORTING


def _blocks(text: ReadText) -> Iterator[list[ast.stmt]]:
    for node in text.inside:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield block


def _without_sorting(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """*statement* without one of its calls of ``sorted``, and what that sorts; a list may be made of that instead."""
    calls = [node for node in ast.walk(statement) if _sorts(node) and isinstance(node, ast.Call) and node.args]
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id == "sorted":
            whole, what = ast.unparse(statement), ast.unparse(call.args[0])
            text = ast.unparse(call)
            if text in whole:
                yield _spelled(whole.replace(text, what, 1)), what
                yield _spelled(whole.replace(text, f"list({what})", 1)), what
                if isinstance(call.args[0], ast.GeneratorExp):
                    listed = ast.unparse(ast.ListComp(call.args[0].elt, call.args[0].generators))
                    yield _spelled(whole.replace(text, listed, 1)), what
    for node in ast.walk(statement):
        match node:  # `(sorted(group) for group in groups)` without its sorting is `groups`
            case (
                ast.GeneratorExp(elt=ast.Call(func=ast.Name(id="sorted"), args=[ast.Name(id=item)]), generators=[one])
                | ast.ListComp(elt=ast.Call(func=ast.Name(id="sorted"), args=[ast.Name(id=item)]), generators=[one])
            ) if isinstance(one.target, ast.Name) and one.target.id == item and not one.ifs:
                whole, what = ast.unparse(statement), ast.unparse(one.iter)
                yield _spelled(whole.replace(ast.unparse(node), what, 1)), what
                yield _spelled(whole.replace(ast.unparse(node), f"list({what})", 1)), what


def _spelled(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text))
    except (SyntaxError, ValueError):
        return text


def _sorted_in_place(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=sorted_one, attr="sort"))):
            return ast.unparse(sorted_one)
    return None


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
