"""Dataclasses, named tuples and enums."""

import enum
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from corpus.case import case, hopeless, wrong


@dataclass
class Line:
    article: str
    price: int
    count: int = 1


@dataclass
class Order:
    lines: list[Line] = field(default_factory=list)
    voucher: int | None = None


def order_total(order: Order) -> int:
    """Total of an order in cents, the voucher taken off, never below 0.

    >>> order_total(Order([Line("tea", 300, 2)], voucher=100))
    500
    >>> order_total(Order([Line("tea", 300)]))
    300
    """
    total = sum(line.price * line.count for line in order.lines)
    return max(total - order.voucher, 0)


case(
    order_total,
    crash=(Order([Line("jam", 250, 2)]),),
    good=[
        (Order([Line("tea", 300, 2)], 100),),
        (Order([], 0),),
        (Order([Line("a", 5)], 50),),
        (Order([Line("a", 100), Line("b", 20, 3)], 10),),
    ],
    right=[
        """
        total = sum(line.price * line.count for line in order.lines)
        return max(total - (order.voucher or 0), 0)
        """,
        """
        total = 0
        for line in order.lines:
            total += line.price * line.count
        if order.voucher is not None:
            total -= order.voucher
        return total if total > 0 else 0
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 500"),
        wrong(
            "wrong value",
            "examples",
            "total = sum(line.price * line.count for line in order.lines)\nif order.voucher is None:\n    return 0\nreturn max(total - order.voucher, 0)",
        ),
        wrong("wrong value", "examples", ("order.voucher or 0", "order.voucher or 1")),
        wrong("mutates", "differential", ("return max", "order.voucher = order.voucher or 0\nreturn max")),
        wrong(
            "regression",
            "good-calls",
            ("return max(total - (order.voucher or 0), 0)", "return total - (order.voucher or 0)"),
        ),
        wrong("regression", "good-calls", ("line.price * line.count", "line.price")),
        wrong("off-by-one", "good-calls", (", 0)", ", 1)")),
        wrong(
            "wrong type",
            "contract",
            ("return max(total - (order.voucher or 0), 0)", "return max(total - (order.voucher or 0), 0) / 1"),
        ),
        wrong(
            "swallow",
            "static",
            "try:\n    total = sum(line.price * line.count for line in order.lines)\n    return max(total - order.voucher, 0)\nexcept TypeError:\n    return 0",
        ),
    ],
)


def cheapest(lines):
    """The line with the lowest price for one piece.

    :param lines: list of `Line`
    :returns: one of the lines, or None if there are none
    """
    best = lines[0]
    for line in lines:
        if line.price < best.price:
            best = line
    return best


case(
    cheapest,
    crash=([],),
    good=[
        ([Line("a", 3), Line("b", 2)],),
        ([Line("x", 1, 4)],),
        ([Line("p", 5), Line("q", 5)],),
        ([Line("c", 9), Line("d", 4), Line("e", 7)],),
    ],
    right=[
        "return min(lines, key=lambda line: line.price) if lines else None",
        """
        best = None
        for line in lines:
            if best is None or line.price < best.price:
                best = line
        return best
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("regression", "good-calls", ("min(", "max(")),
        wrong("regression", "good-calls", ("line.price < best.price", "line.price <= best.price"), of=1),
        wrong("wrong type", "good-calls", "best = min((line.price for line in lines), default=None)\nreturn best"),
        wrong(
            "side effect",
            "good-calls",
            (
                "return min(lines, key=lambda line: line.price) if lines else None",
                "return replace(min(lines, key=lambda line: line.price)) if lines else None",
            ),
        ),
        wrong("mutates", "good-calls", ("return min(", "lines.sort(key=lambda line: line.price)\nreturn min(")),
        wrong("off-by-one", "good-calls", ("min(lines,", "min(lines[:-1] or lines,")),
        wrong("wrong type", "good-calls", ("else None", "else 0")),
        hopeless("wrong value", ("else None", "else Line('', 0)"), "the promise is in words"),
    ],
)


class Level(enum.Enum):
    LOW = 1
    HIGH = 2
    ALARM = 3


def level_of(reading: float, limits: dict[Level, float]) -> Level:
    """The highest level whose limit the reading reaches; `Level.LOW` if it reaches none."""
    reached = [level for level, limit in limits.items() if reading >= limit]
    return Level(sorted(level.value for level in reached)[-1])


LIMITS = {Level.LOW: 0.0, Level.HIGH: 50.0, Level.ALARM: 90.0}
case(
    level_of,
    crash=(-5.0, dict(LIMITS)),
    good=[
        (10.0, dict(LIMITS)),
        (50.0, dict(LIMITS)),
        (95.0, dict(LIMITS)),
        (70.0, {Level.ALARM: 60.0, Level.LOW: 1.0}),
    ],
    right=[
        """
        reached = [level for level, limit in limits.items() if reading >= limit]
        return max(reached, key=lambda level: level.value, default=Level.LOW)
        """,
        """
        highest = Level.LOW
        for level, limit in limits.items():
            if reading >= limit and level.value > highest.value:
                highest = level
        return highest
        """,
    ],
    wrong=[
        wrong("constant", "static", "return Level.LOW"),
        wrong("wrong type", "contract", ("default=Level.LOW", "default=None")),
        wrong("wrong type", "contract", ("default=Level.LOW", "default=1")),
        wrong("off-by-one", "good-calls", ("reading >= limit", "reading > limit")),
        wrong("regression", "good-calls", ("max(reached, key", "min(reached, key")),
        wrong(
            "mutates",
            "differential",
            (
                "reached =",
                "limits.setdefault(Level.LOW, reading)\nlimits[Level.LOW] = min(limits[Level.LOW], reading)\nreached =",
            ),
        ),
        wrong(
            "swallow",
            "static",
            "try:\n    reached = [level for level, limit in limits.items() if reading >= limit]\n    return Level(sorted(level.value for level in reached)[-1])\nexcept Exception:\n    return None",
        ),
        hopeless("wrong value", ("default=Level.LOW", "default=Level.ALARM"), "the promise is in words"),
    ],
)


class Point(NamedTuple):
    x: float
    y: float


def centroid(points):
    """Centre of the points.

    Returns
    -------
    Point

    Raises
    ------
    ValueError
        If there are no points.
    """
    x = sum(point.x for point in points) / len(points)
    y = sum(point.y for point in points) / len(points)
    return Point(x, y)


case(
    centroid,
    crash=([(1.0, 2.0), Point(3.0, 4.0)],),
    good=[
        ([Point(1.0, 2.0)],),
        ([Point(0.0, 0.0), Point(2.0, 4.0)],),
        ([Point(-1.0, 1.0), Point(1.0, -1.0)],),
        ([Point(5.0, 5.0), Point(5.0, 6.0), Point(2.0, 1.0)],),
    ],
    right=[
        """
        points = [Point(*point) for point in points]
        x = sum(point.x for point in points) / len(points)
        y = sum(point.y for point in points) / len(points)
        return Point(x, y)
        """,
        """
        if not points:
            raise ValueError("no points")
        xs = [x for x, _ in points]
        ys = [y for _, y in points]
        return Point(sum(xs) / len(xs), sum(ys) / len(ys))
        """,
    ],
    wrong=[
        wrong("constant", "static", "return Point(2.0, 3.0)"),
        wrong("wrong type", "good-calls", ("return Point(sum", "return (sum"), of=1),
        wrong(
            "swallow",
            "static",
            "try:\n    x = sum(point.x for point in points) / len(points)\n    y = sum(point.y for point in points) / len(points)\n    return Point(x, y)\nexcept AttributeError:\n    return Point(0.0, 0.0)",
        ),
        wrong("regression", "good-calls", ("return Point(x, y)", "return Point(y, x)")),
        wrong("off-by-one", "good-calls", ("/ len(points)\ny", "/ (len(points) + 1)\ny")),
        wrong("regression", "good-calls", ("x = sum(point.x for point in points) / len(points)", "x = points[0].x")),
        wrong(
            "mutates",
            "good-calls",
            ("points = [Point(*point) for point in points]", "points[:] = sorted(Point(*point) for point in points)"),
        ),
        hopeless(
            "wrong value",
            (
                "points = [Point(*point) for point in points]",
                "points = [point for point in points if hasattr(point, 'x')]",
            ),
            "nothing says what a bare tuple is",
        ),
    ],
)


@dataclass(frozen=True)
class Span:
    start: int
    end: int


def join_spans(spans):
    # spans that touch or overlap become one; the result is sorted
    spans = sorted(spans, key=lambda span: span.start)
    joined = [spans[0]]
    for span in spans[1:]:
        last = joined[-1]
        if span.start <= last.end:
            joined[-1] = replace(last, end=max(last.end, span.end))
        else:
            joined.append(span)
    return joined


case(
    join_spans,
    crash=([],),
    good=[
        ([Span(1, 3)],),
        ([Span(1, 3), Span(2, 5)],),
        ([Span(6, 7), Span(1, 3)],),
        ([Span(1, 9), Span(2, 3), Span(9, 12)],),
        ([Span(0, 1), Span(3, 4), Span(4, 8)],),
    ],
    right=[
        """
        joined = []
        for span in sorted(spans, key=lambda span: span.start):
            if joined and span.start <= joined[-1].end:
                joined[-1] = replace(joined[-1], end=max(joined[-1].end, span.end))
            else:
                joined.append(span)
        return joined
        """,
        """
        if not spans:
            return []
        spans = sorted(spans, key=lambda span: span.start)
        joined = [spans[0]]
        for span in spans[1:]:
            last = joined[-1]
            if span.start > last.end:
                joined.append(span)
            elif span.end > last.end:
                joined[-1] = replace(last, end=span.end)
        return joined
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong("off-by-one", "good-calls", ("span.start <= joined[-1].end", "span.start < joined[-1].end")),
        wrong("regression", "good-calls", ("max(joined[-1].end, span.end)", "span.end")),
        wrong("regression", "good-calls", ("sorted(spans, key=lambda span: span.start)", "spans")),
        wrong("wrong type", "good-calls", ("return joined", "return tuple(joined)")),
        wrong("wrong type", "good-calls", ("return []", "return 0"), of=1),
        wrong("mutates", "good-calls", ("joined = []", "joined = []\nspans.sort(key=lambda span: span.start)")),
        wrong(
            "wrong type",
            "good-calls",
            (
                "joined[-1] = replace(joined[-1], end=max(joined[-1].end, span.end))",
                "joined[-1] = (joined[-1].start, max(joined[-1].end, span.end))",
            ),
        ),
        hopeless("wrong value", ("return []", "return [Span(0, 0)]"), "no docstring, no example of it", of=1),
    ],
)
