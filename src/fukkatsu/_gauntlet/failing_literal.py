"""Whether a candidate looks for the very data of the failing call: that answers one input, not the fault behind it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._model.call import Call
from fukkatsu._model.patch import FunctionSource

_SEARCHES: Final = frozenset(
    {
        "replace", "removeprefix", "removesuffix", "split", "rsplit", "partition", "rpartition", "startswith",
        "endswith", "find", "index", "count",
    }
)  # fmt: skip
_FIGURES: Final = re.compile(r"^(?=.*\d).{3,}$")
_VALUES: Final = frozenset({"datetime", "decimal", "fractions", "uuid", "pathlib"})


def failing_literal(candidate: ReadText, original: ReadText, docstring: str, call: Call) -> str | None:
    """What of the failing *call* the candidate looks for, as a sentence for the model; ``None`` when nothing."""
    given = [*call.args, *call.kwargs.values()]
    searched = [*_searched_for(candidate.nodes)]
    if searched:
        known = _known(original.nodes)
        for node, sought in searched:
            if repr(sought) in known or _is_named(sought, docstring) or sought in docstring:
                continue
            if any(isinstance(value, str) and sought in value for value in given):
                return (
                    f"line {node.lineno} looks for `{_shown(sought)}`, data of the failing call: that answers one "
                    "input, not the fault behind it. Mend the cause for every such input"
                )
    compared = [(node, value, positive) for node, value, positive in _compared(candidate.nodes) if not _trivial(value)]
    calls = [*_calls_compared(candidate.nodes)]
    if not compared and not calls:
        return None
    whole, derived = _parts(call, given)
    known = _known(original.nodes)
    for node, value, positive in compared:
        if repr(value) in known or _is_named(value, docstring):
            continue
        part = isinstance(value, tuple | list) and all(any(_same(item, v) for v in given) for item in value)
        if part or any(_same(value, v) for v in whole) or (positive and any(_same(value, v) for v in derived)):
            return (
                f"line {node.lineno} compares with `{_shown(value)}`, taken from the failing call: that answers this "
                "one input, not the fault behind it. Mend the cause for every such input"
            )
    made = {text for value in [*given, *derived, *whole] if (text := _construction(value))} if calls else set()
    for call_node in calls:
        if made and _construction_of(call_node) in made and ast.unparse(call_node) not in ast.unparse(original.tree):
            return (
                f"line {call_node.lineno} compares with `{_shown_node(call_node)}`, taken from the failing call: that "
                "answers this one input, not the fault behind it. Mend the cause for every such input"
            )
    return None


def compares_with(text: str, source: FunctionSource, call: Call) -> bool:
    """Whether a candidate compares something with an argument of *call* that the original does not compare with."""
    both = read_both(text, source)
    if both is None:
        return False
    candidate, original = both
    given = [*call.args, *call.kwargs.values(), tuple(call.args)]
    return any(
        any(_same(value, one) for one in given)
        for _, value, _ in _compared(candidate.nodes)
        if not _trivial(value) and repr(value) not in _known(original.nodes)
    )


def _parts(call: Call, given: list[Any]) -> tuple[list[Any], list[Any]]:
    """Arguments and what stands in them whole; and what can be told of them: lengths, ends, texts."""
    whole: list[Any] = [*given, tuple(call.args), list(call.args)]
    derived: list[Any] = []
    for value in given:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        whole += [part for part in parts if isinstance(part, list | tuple | dict | set)]
        if isinstance(value, str | bytes | list | tuple | dict | set | frozenset):
            derived.append(len(value))
        if isinstance(value, str | bytes | list | tuple) and value:
            derived += [value[0], value[-1]]
        derived += [repr(value), str(value)] if isinstance(value, int | float | list | tuple | dict) else []
    return whole, derived


def _construction(value: Any) -> str:
    """What makes *value*, a date or a ``Decimal``, without its module: ``date(2000, 2, 29)``; empty for other kinds."""
    if type(value).__module__.partition(".")[0] not in _VALUES:
        return ""
    try:
        node = ast.parse(repr(value), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return _construction_of(node) if isinstance(node, ast.Call) else ""


def _construction_of(node: ast.Call) -> str:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return f"{name}({', '.join(map(ast.unparse, [*node.args, *(one.value for one in node.keywords)]))})"


def _calls_compared(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    for node in nodes:
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.Is | ast.In) for one in node.ops):
            sides = [node.left, *node.comparators]
            parts = [
                part for side in sides for part in (side.elts if isinstance(side, ast.Tuple | ast.List) else [side])
            ]
            yield from (part for part in parts if isinstance(part, ast.Call) and part.args)


def _shown_node(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_named(value: Any, docstring: str) -> bool:
    """Whether the docstring names *value*: as a literal, or a word of it without quotes ("one euro (EUR) buys")."""
    if repr(value) in docstring:
        return True
    return isinstance(value, str) and value.isidentifier() and re.search(rf"\b{value}\b", docstring) is not None


def _same(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # noqa: BLE001 - an argument's own __eq__ may raise
        return False


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _trivial(value: Any) -> bool:
    """Values that any program compares with: they say nothing about where they come from."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return -2 <= value <= 2
    if isinstance(value, str | bytes):
        return len(value) <= 1
    if isinstance(value, list | tuple | set | frozenset):
        return all(_trivial(item) for item in value) and len(value) <= 1
    return isinstance(value, dict) and not value


@lru_cache(16)
def _known(nodes: tuple[ast.AST, ...]) -> frozenset[str]:
    """Every literal that stands in *nodes*, spelled."""
    return frozenset(repr(value) for value in _literals(nodes))


def _literals(nodes: Sequence[ast.AST]) -> Iterator[Any]:
    for node in nodes:
        if isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.UnaryOp):
            try:
                yield ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue


def _compared(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.expr, Any, bool]]:
    """Literals that something is compared with or looked up by: node, value, and whether equality is what counts."""
    named = _named_constants(nodes)
    for node in nodes:
        if isinstance(node, ast.Compare):
            sides = [
                named.get(side.id, side) if isinstance(side, ast.Name) else side
                for side in (node.left, *node.comparators)
            ]
            for at, operator in enumerate(node.ops):
                positive = isinstance(operator, ast.Eq | ast.In | ast.Is)
                if not positive and not isinstance(operator, ast.NotEq | ast.NotIn):
                    continue
                for side in (sides[at], sides[at + 1]):
                    for value in _literals_of(side, members=isinstance(operator, ast.In | ast.NotIn)):
                        yield side, value, positive
        elif isinstance(node, ast.MatchValue):
            for value in _literals_of(node.value, members=False):
                yield node.value, value, True
        elif isinstance(node, ast.Dict):
            for key in node.keys:
                if key is not None:
                    for value in _literals_of(key, members=False):
                        yield key, value, False


def _searched_for(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    """Texts with digits that something is searched for or split at: words and signs are a format, figures are data."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SEARCHES:
            sides = node.args
        elif isinstance(node, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in node.ops):
            sides = [node.left]
        else:
            continue
        for side in sides:
            if isinstance(side, ast.Constant) and isinstance(side.value, str) and _FIGURES.search(side.value):
                yield side, side.value


def _named_constants(nodes: Sequence[ast.AST]) -> dict[str, ast.expr]:
    """Names that the candidate binds once, to a literal: ``SPECIAL = ("cake",)``."""
    bound: dict[str, ast.expr | None] = {}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    bound[target.id] = None if target.id in bound else node.value
        elif isinstance(node, ast.AugAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
            bound[node.target.id] = None
    return {name: value for name, value in bound.items() if value is not None}


def _literals_of(node: ast.expr, *, members: bool) -> Iterator[Any]:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        if isinstance(node, ast.Tuple | ast.List):  # (x, 5) == ...: the literal part counts
            for item in node.elts:
                yield from _literals_of(item, members=False)
        return
    yield value
    if members and isinstance(value, list | tuple | set | frozenset | dict):
        yield from value
