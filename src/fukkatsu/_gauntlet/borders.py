"""Numbers on both sides of a border that a candidate newly draws: ``n > 0``, ``abs(x) > 1e-3``, ``len(xs) < 2``.

A guard against the failing call's value is often wider than it need be, and where it is too wide its own text says.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from fukkatsu._gauntlet.sought import Reader, Sought
from fukkatsu._gauntlet.texts import ReadText

_BORDERS: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_BESIDE: Final = 1 / 64
"""How far beside a border a fraction is, in proportion to it."""
_LONGEST: Final = 64


class Border(NamedTuple):
    """A number that the candidate newly compares something with.

    Attributes:
        sought: What is compared; ``None`` for what is worked out of the arguments.
        length: Compared is how much there is of it.
        number: With what.
        choosing: Which items count, or what becomes of each, hangs on it: no guard before everything else.
    """

    sought: Sought | None
    length: bool
    number: float
    choosing: bool = False


def new_borders(candidate: ReadText, original: ReadText) -> list[Border]:
    """What the candidate compares with which number where the original does not."""
    known = {_spelled(*row) for row in _compared_in(original)}
    reader = Reader(candidate)
    repeated: set[int] | None = None
    found: dict[Border, None] = {}
    for row in _compared_in(candidate):
        if _spelled(*row) in known:
            continue
        node, operator, number = row
        length = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
        repeated = _repeated(candidate) if repeated is None else repeated
        choosing = operator is None or id(node) in repeated
        named = list(reader.sought(node))
        if not named and number == 0 and not length and not isinstance(node, ast.Constant):
            found[Border(None, length, number, operator is None)] = None
        found.update(dict.fromkeys(Border(one, length, number, choosing) for one in named))
    return list(found)


def _spelled(node: ast.expr, operator: ast.cmpop | None, number: float) -> tuple[str, type, float]:
    return ast.unparse(node), type(operator), number


def _compared_in(text: ReadText) -> Iterator[tuple[ast.expr, ast.cmpop | None, float]]:
    """Each expression that is compared with a number, by an operator or by ``max`` and ``min``."""
    for node in text.below:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("max", "min"):
            pair = node.args if len(node.args) == 2 and not node.keywords else []
            for one, other in (pair, reversed(pair)) if pair else ():
                if (number := _number(other)) is not None:
                    yield one, None, number
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        for at, operator in enumerate(node.ops):
            if isinstance(operator, _BORDERS):
                for one, other in ((sides[at], sides[at + 1]), (sides[at + 1], sides[at])):
                    number = _number(other)
                    if number is not None:
                        yield one, operator, number


def _repeated(text: ReadText) -> set[int]:
    """Ids of the nodes that stand in a loop or a comprehension."""
    loops = (ast.For, ast.AsyncFor, ast.While, ast.comprehension, ast.ListComp, ast.SetComp, ast.DictComp)
    return {
        id(inner) for node in text.below if isinstance(node, (*loops, ast.GeneratorExp)) for inner in ast.walk(node)
    }


def negated(value: Any) -> Any:
    """*value* with the numbers in its lists, tuples and dicts negative; ``None`` where there are none."""
    kind = type(value)
    if kind in (list, tuple):
        parts = [_turned(part) for part in value]
        return kind(parts) if any(a is not b for a, b in zip(parts, value, strict=True)) else None
    if kind is dict:
        turned = {key: _turned(part) for key, part in value.items()}
        return turned if any(turned[key] is not part for key, part in value.items()) else None
    return None


def _turned(part: Any) -> Any:
    if type(part) in (int, float) and part > 0:
        return -part
    inner = negated(part)
    return part if inner is None else inner


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
