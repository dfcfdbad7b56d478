"""Nothing, zero and empty texts where a candidate newly asks for a value's truth: ``x or default``, ``if not x``.

Written for ``is None`` that is the most usual slip of all: 0 is a price, and ``""`` a name, for which the original has
an answer.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import re
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._gauntlet.sought import Reader, Sought
from fukkatsu._gauntlet.texts import ReadText

_NOTHING: Final[dict[type, Any]] = {
    int: 0,
    float: 0.0,
    str: "",
    bytes: b"",
    list: [],
    tuple: (),
    dict: {},
    set: set(),
    frozenset: frozenset(),
    decimal.Decimal: decimal.Decimal(0),
    fractions.Fraction: fractions.Fraction(0),
    datetime.timedelta: datetime.timedelta(0),
}
_NUMBERS: Final = (int, float, decimal.Decimal, fractions.Fraction)
_EMPTY_NAMED: Final = re.compile(
    r"\b(empty|blank|falsy|without|missing|lack(s|ing)?|absent|unnamed|nothing|optional|no)\b|\bif any\b", re.IGNORECASE
)
"""An empty name is no name, an empty list is without items: 0 is a number like any other."""
_ZERO_NAMED: Final = re.compile(
    r"\bfalsy\b|\bpositiv|\bnon-?zero|\b(zero|0(\.0+)?)\s+(and|or|counts?|means?|is|stands?)\b|\bor\s+(zero|0)\b", re.I
)


def nothing_like(value: Any, docstring: str) -> Any:
    """The value of *value*'s kind that is false; ``None`` for kinds without one.

    Nor where the docstring speaks of such a value: what it asks for there may be what the original does not do.
    """
    kind = type(value)
    if kind not in _NOTHING or not value:
        return None
    named = _ZERO_NAMED if kind in _NUMBERS else _EMPTY_NAMED
    return None if named.search(docstring) else _NOTHING[kind]


def newly_asked(candidate: ReadText, original: ReadText) -> list[Sought]:
    """What the candidate asks the truth of, and the original does not."""
    known = {ast.unparse(node) for node in _asked_in(original)}
    reader = Reader(candidate)
    found: dict[Sought, None] = {}
    for node in _asked_in(candidate):
        if ast.unparse(node) not in known:
            found.update(dict.fromkeys(reader.sought(node)))
    return list(found)


def asks_results(candidate: ReadText, original: ReadText) -> bool:
    """Whether the candidate asks the truth of something that it has worked out, and the original does not."""
    known = {ast.unparse(node) for node in _asked_in(original)}
    reader = Reader(candidate)
    return any(
        ast.unparse(node) not in known
        and isinstance(node, ast.BinOp | ast.Attribute | ast.Name)
        and not any(one.how == "parameter" or one.inside is not None for one in reader.sought(node))
        for node in _asked_in(candidate)
    )


def newly_missing(candidate: ReadText, original: ReadText) -> list[Sought]:
    """What the candidate compares with ``None``, and the original does not: ``d.get(key) is None``."""
    known = {ast.unparse(node) for node in _compared_with_none(original)}
    reader = Reader(candidate)
    found: dict[Sought, None] = {}
    for node in _compared_with_none(candidate):
        if ast.unparse(node) not in known:
            found.update(dict.fromkeys(reader.sought(node)))
    return list(found)


def _compared_with_none(text: ReadText) -> Iterator[ast.expr]:
    for node in text.below:
        match node:
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()], comparators=[right]):
                for one, other in ((left, right), (right, left)):
                    if isinstance(other, ast.Constant) and other.value is None:
                        yield one


def _asked_in(text: ReadText) -> Iterator[ast.expr]:
    for node in text.below:
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                yield from _operands(test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from _operands(test)
            case ast.BoolOp(values=[*values, _]):
                for value in values:
                    yield from _operands(value)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from _operands(operand)
            case ast.Call(func=ast.Name(id="filter"), args=[ast.Constant(value=None) | ast.Name(id="bool"), source]):
                yield _item_of(source)
            case ast.Call(func=ast.Name(id="any" | "all"), args=[source]):
                if isinstance(source, ast.GeneratorExp | ast.ListComp):
                    yield from _operands(source.elt)
                else:
                    yield _item_of(source)
            case ast.Call(func=ast.Name(id="bool"), args=[operand]):
                yield from _operands(operand)


def _operands(test: ast.expr) -> Iterator[ast.expr]:
    """What of a condition is asked for its truth: comparisons answer yes or no, whatever they compare."""
    match test:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _operands(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _operands(operand)
        case ast.NamedExpr(value=value):
            yield from _operands(value)
        case ast.Compare() | ast.Constant():
            return
        case _:
            yield test


def _item_of(source: ast.expr) -> ast.expr:
    return ast.Subscript(value=source, slice=ast.Name(id="_", ctx=ast.Load()), ctx=ast.Load())
