"""Numbers on both sides of a border that a candidate newly draws: ``n > 0``, ``abs(x) > 1e-3``, ``len(xs) < 2``.

A guard against the failing call's value is often wider than it need be, and where it is too wide its own text says.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._gauntlet.sought import Reader, Sought
from fukkatsu._gauntlet.texts import ReadText

_BORDERS: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_BESIDE: Final = 1 / 64
"""How far beside a border a fraction is, in proportion to it."""
_LONGEST: Final = 64


def new_borders(candidate: ReadText, original: ReadText) -> list[tuple[Sought, bool, float]]:
    """What the candidate compares with which number where the original does not, and whether it is its length."""
    known = {_spelled(*row) for row in _compared_in(original)}
    reader = Reader(candidate)
    found: dict[tuple[Sought, bool, float], None] = {}
    for row in _compared_in(candidate):
        if _spelled(*row) in known:
            continue
        node, _, border = row
        length = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
        found.update(dict.fromkeys((one, length, border) for one in reader.sought(node)))
    return list(found)


def _spelled(node: ast.expr, operator: ast.cmpop, border: float) -> tuple[str, type, float]:
    return ast.unparse(node), type(operator), border


def _compared_in(text: ReadText) -> Iterator[tuple[ast.expr, ast.cmpop, float]]:
    for node in text.below:
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        for at, operator in enumerate(node.ops):
            if isinstance(operator, _BORDERS):
                for one, other in ((sides[at], sides[at + 1]), (sides[at + 1], sides[at])):
                    border = _number(other)
                    if border is not None:
                        yield one, operator, border


def _number(node: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if type(value) in (int, float) and math.isfinite(value) else None


def beside(value: Any, border: float, *, length: bool, real: bool) -> Iterator[Any]:
    """Values of *value*'s kind at *border* and to both sides of it.

    Args:
        value: One that was seen.
        border: What the candidate compares with.
        length: Compared is how much there is of *value*.
        real: Whether fractions are as good as whole numbers there.
    """
    whole = float(border).is_integer()
    if length:
        longest = _LONGEST if type(value) in (list, tuple) else 1  # a date cut short is not a date of another length
        if type(value) in (list, tuple, str, bytes) and value and whole and 0 <= border <= longest:
            for size in (int(border) - 1, int(border), int(border) + 1):
                if size >= 0:
                    yield (value * (size // len(value) + 1))[:size]
    elif type(value) is float or (type(value) is int and real):
        step = abs(border) * _BESIDE or _BESIDE
        yield from (float(one) for one in (border, border - step, border + step))
        if whole:
            yield from (type(value)(one) for one in (border - 1, border + 1))
    elif type(value) is int:
        low = math.floor(border)
        yield from dict.fromkeys((low, low - 1, low + 1))
