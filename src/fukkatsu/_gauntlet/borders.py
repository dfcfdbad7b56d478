"""Numbers on both sides of a border that a candidate newly draws: ``n > 0``, ``abs(x) > 1e-3``, ``len(xs) < 2``.

A guard against the failing call's value is often wider than it need be, and where it is too wide its own text says. And
where two things are compared with each other, in one text and not so in the other, it is equal ones that tell: ``due <=
until`` or ``due < until``.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import Any, Final, NamedTuple

from fukkatsu._gauntlet.sought import Reader, Sought
from fukkatsu._gauntlet.texts import ReadText
from fukkatsu._oracle.places import Place, places_of

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
        if choosing and number in (0, -1) and ast.unparse(node) in _places_asked(candidate, original):
            choosing = False  # `0 <= i < len(xs)`: what is counted from the end by accident is nobody's place
        named = list(reader.sought(node))
        if not named and number == 0 and not length and not isinstance(node, ast.Constant):
            found[Border(None, length, number, operator is None)] = None
        found.update(dict.fromkeys(Border(one, length, number, choosing) for one in named))
    return list(found)


def _places_asked(*texts: ReadText) -> set[str]:
    """What stands in square brackets: places in lists, and in rows of lists."""
    asked = [node.slice for text in texts for node in text.below if isinstance(node, ast.Subscript)]
    return {ast.unparse(part) for one in asked for part in (one.elts if isinstance(one, ast.Tuple) else (one,))}


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


def new_comparisons(one: ReadText, other: ReadText) -> list[tuple[Sought, Sought]]:
    """What *one* compares with each other, neither of it a constant, and *other* does not, or not in this way."""
    known = {spelled for spelled, _, _ in _sides_in(other)}
    reader = Reader(one)
    found: dict[tuple[Sought, Sought], None] = {}
    for spelled, left, right in _sides_in(one):
        if spelled not in known:
            found.update(dict.fromkeys(product(reader.sought(left), reader.sought(right))))
    return list(found)


def _sides_in(text: ReadText) -> Iterator[tuple[tuple[str, ...], ast.expr, ast.expr]]:
    """Both sides of each comparison, and how it is spelled: ``a > b`` is ``b < a``."""
    for node in text.below:
        if not isinstance(node, ast.Compare):
            continue
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if (
                isinstance(operator, _BORDERS)
                and not isinstance(left, ast.Constant)
                and not isinstance(right, ast.Constant)
            ):
                low, high = (right, left) if isinstance(operator, ast.Gt | ast.GtE) else (left, right)
                kind = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}.get(type(operator), type(operator))
                yield (ast.unparse(low), kind.__name__, ast.unparse(high)), left, right


def compares_results(one: ReadText, other: ReadText) -> bool:
    """Whether *one* compares something that it has worked out (``now - started > ttl``) as *other* does not."""
    known = {spelled for spelled, _, _ in _sides_in(other)}
    reader = Reader(one)
    return any(
        not any(reader.sought(side)) for spelled, *sides in _sides_in(one) if spelled not in known for side in sides
    )


def apart(arguments: Mapping[str, Any], spans: Sequence[datetime.timedelta]) -> Iterator[tuple[Place, Any]]:
    """For each two days, or times, the one made equal to the other, and so far from it as each of *spans* is.

    So for two numbers that are arguments themselves: what is worked out of both shows itself where it is nothing.
    """
    dates = [place for place in places_of(arguments) if type(place.value) in _DATES]
    numbers = [place for place in places_of(arguments) if type(place.value) in (int, float) and len(place.path) == 1]
    for places, steps in ((dates, (_NO_TIME, *spans, *(-span for span in spans))), (numbers, (0,))):
        for one, other in permutations(places, 2):
            for step in steps if type(one.value) is type(other.value) else ():
                try:
                    yield one, other.value + step
                except OverflowError:
                    continue


_DATES: Final = (datetime.date, datetime.datetime)
_NO_TIME: Final = datetime.timedelta(0)


def level(value: Any, other: Any, *, beyond: bool) -> Iterator[Any]:
    """*other* as a value of *value*'s kind, with *beyond* the next ones to both sides too; of what has an order."""
    kind = type(value)
    if kind in (int, float) and type(other) in (int, float) and math.isfinite(other):
        if kind(other) != other:
            return
        step: Any = 1
    elif kind is type(other) is datetime.time:
        yield from _times(other) if beyond else (other,)
        return
    elif kind is type(other) and kind in _UNITS:
        step = _UNITS[kind]
    else:
        return
    made = kind(other) if kind in (int, float) else other
    try:
        yield from (made, made + step, made - step) if beyond else (made,)
    except (OverflowError, ArithmeticError):  # the last day there is
        return


def _times(value: datetime.time) -> Iterator[datetime.time]:
    """A time of day, and the seconds after and before it."""
    day = datetime.datetime.combine(datetime.date(2000, 1, 2), value)
    yield from ((day + datetime.timedelta(seconds=step)).timetz() for step in (0, 1, -1))


_UNITS: Final[Mapping[type, Any]] = {
    datetime.date: datetime.timedelta(days=1),
    datetime.datetime: datetime.timedelta(seconds=1),
    datetime.timedelta: datetime.timedelta(seconds=1),
    decimal.Decimal: 1,
    fractions.Fraction: 1,
}


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
