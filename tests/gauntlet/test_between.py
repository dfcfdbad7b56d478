"""A border that a correction draws one short of where the original's answers end is found, whatever is drawn."""

from __future__ import annotations

import math

import pytest

from fukkatsu import Call, verify


def nth(xs, n):
    """Item n of xs; None if there is none."""
    return xs[n]


def gap(xs):
    """Distance of the first two."""
    return abs(xs[0] - xs[1])


def is_square(n):
    """Whether n is a perfect square."""
    return n ** (1 / 2) == int(n ** (1 / 2))


def root(x):
    """The square root; nan below zero."""
    return math.sqrt(x)


def label(order):
    """Number and kind of an order; "?" for kinds that nobody knows."""
    return f"{order['no']}: {['book', 'pen', 'cup'][order['kind']]}"


NTH = Call(([1, 2], 5)), [Call(([4, 7, 8], 1)), Call(([5], 0)), Call(([4, 7, 8], 2)), Call(([5, 7, 9, 1], 0))]
GAP = Call(([],)), [Call(([1, 4],)), Call(([3, 2, 9],)), Call(([5, 5, 1, 2],))]
SQUARE = Call((-5,)), [Call((4,)), Call((5,)), Call((0,)), Call((49,))]
ROOT = Call((-5.5,)), [Call((4.0,)), Call((5.25,)), Call((0.0,))]
LABEL = Call(({"no": 1, "kind": 9},)), [Call(({"no": 2, "kind": 1},)), Call(({"no": 3, "kind": 0},))]

SHORT = [
    (nth, NTH, "def nth(xs, n):\n    return None if n > len(xs) else xs[n]\n", "len(xs)"),
    (nth, NTH, "def nth(xs, n):\n    if n >= 4:\n        return None\n    return xs[n]\n", "a number of its own"),
    (gap, GAP, "def gap(xs):\n    if not xs:\n        return 0\n    return abs(xs[0] - xs[1])\n", "nothing only"),
    (is_square, SQUARE, "def is_square(n):\n    return n >= -1 and n ** (1 / 2) == int(n ** (1 / 2))\n", "-1"),
    (root, ROOT, "import math\n\ndef root(x):\n    return math.sqrt(x) if x > -1 else math.nan\n", "a fraction"),
    (
        label,
        LABEL,
        "def label(order):\n    kinds = ['book', 'pen', 'cup']\n    if order['kind'] > 3:\n        return f\"{order['no']}: ?\"\n"
        "    return f\"{order['no']}: {kinds[order['kind']]}\"\n",
        "in a record",
    ),
]
RIGHT = [
    (nth, NTH, "def nth(xs, n):\n    return None if n >= len(xs) else xs[n]\n", "one side only"),
    (
        nth,
        NTH,
        "def nth(xs, n):\n    try:\n        return xs[n]\n    except IndexError:\n        return None\n",
        "caught",
    ),
    (gap, GAP, "def gap(xs):\n    return abs(xs[0] - xs[1]) if len(xs) > 1 else 0\n", "fewer than two"),
    (
        is_square,
        SQUARE,
        "import math\n\ndef is_square(n):\n    return n >= 0 and math.isqrt(n) ** 2 == n\n",
        "below zero",
    ),
    (root, ROOT, "import math\n\ndef root(x):\n    return math.sqrt(x) if x >= 0 else math.nan\n", "not below zero"),
    (
        label,
        LABEL,
        "def label(order):\n    kinds = ['book', 'pen', 'cup']\n    at = order['kind']\n"
        "    return f\"{order['no']}: {kinds[at] if at < len(kinds) else '?'}\"\n",
        "in a record",
    ),
]


@pytest.mark.parametrize(("function", "calls", "text", "_what"), SHORT, ids=[one[-1] for one in SHORT])
def test_a_border_that_is_drawn_short_is_refused(function, calls, text, _what):
    """With the call that lies on the wrong side of it."""
    failure, good = calls
    report = verify(text, function, failure=failure, good_calls=good)
    assert report.refused_by == "differential", str(report)
    assert "still raises" in report.reason
    assert report.counterexample is not None


@pytest.mark.parametrize(("function", "calls", "text", "_what"), RIGHT, ids=[one[-1] for one in RIGHT])
def test_a_border_where_the_answers_end_passes(function, calls, text, _what):
    """What crashes on the far side of the answers is nobody's affair here."""
    failure, good = calls
    report = verify(text, function, failure=failure, good_calls=good)
    assert report.accepted, str(report)


def scaled(n, by):
    """n times by."""
    return float(n) * by


@pytest.mark.parametrize("by", [2, 1.5, math.inf, math.nan])
def test_numbers_without_a_way_between_them_are_let_be(by):
    """Infinity, what is no number, and whole numbers beyond all floats: judged by the rest."""
    good = [Call((1, by)), Call((7, 3.0)), Call((0, 2))]
    text = """\
import math

def scaled(n, by):
    try:
        return float(n) * by
    except OverflowError:
        return (math.inf if n > 0 else -math.inf) * by
"""
    report = verify(text, scaled, failure=Call((10**400, by)), good_calls=good)
    assert "broke down" not in str(report), str(report)
    assert "still raises" not in str(report), str(report)
