"""What two days, times or numbers differ by, and lists that not every call passes: inputs at the border and in order."""

from __future__ import annotations

import datetime as dt

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.borders import apart
from fukkatsu._oracle.relations import Relations

pytestmark = pytest.mark.once  # says nothing about the interpreter

HOUR = dt.timedelta(hours=1)


def expired(sessions, now, ttl=HOUR):
    """The ids of sessions older than ttl, sorted."""
    return sorted(name for name, started in sessions.items() if now - started > ttl)


def is_open(now, hours):
    """Whether a shop is open: from <= now < to. hours is a list of (from, to)."""
    return any(start <= now < end for start, end in hours)


def nights(start, end):
    """Nights of a stay; an open end counts as one."""
    return (end - start).days


def tax(income, brackets=None):
    """Income tax. brackets: ascending list of (threshold, rate)."""
    brackets = brackets or [(0, 0.1), (10000, 0.2)]
    found = 0.0
    for (low, rate), (high, _) in zip(brackets, [*brackets[1:], (None, None)]):
        if income > low:
            found += (min(income, high) - low) * rate
    return found


T, D, C = dt.datetime, dt.date, dt.time
EXPIRED = [
    Call(({"a": T(2024, 1, 1, 12)}, T(2024, 1, 1, 12, 30))), Call(({}, T(2024, 1, 1))),
    Call(({"x": T(2024, 1, 1, 12), "y": T(2024, 1, 1, 11)}, T(2024, 1, 1, 12, 10), HOUR / 3)),
]  # fmt: skip
HOURS = [(C(9), C(12)), (C(13), C(18))]
OPEN = [Call((C(9), HOURS)), Call((C(12, 30), HOURS)), Call((C(8), [])), Call((C(17), HOURS[1:]))]
NIGHTS = [Call((D(2024, 1, 1), D(2024, 1, 5))), Call((D(2024, 2, 1), D(2024, 2, 28)))]
TAX = [Call((1500,)), Call((0,)), Call((2000, [(0, 0.0), (5000, 0.5), (30000, 0.6)])), Call((4000,))]

_EXPIRED = """
def expired(sessions, now, ttl=HOUR):
    known = {{name: at for name, at in sessions.items() if at is not None}}
    return sorted(name for name, started in known.items() if {test})
"""
_TAX = """
def tax(income, brackets=None):
    brackets = brackets or [(0, 0.1), (10000, 0.2)]
    found = 0.0
    for at, (low, rate) in enumerate(brackets):
        if income <= low:
            break
        high = brackets[at + 1][0] if at + 1 < len(brackets) else income
        found += (min(income, high) - low) * rate
    return found
"""


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "accepted"),
    [
        (expired, ({"a": None}, T(2024, 1, 1)), EXPIRED, _EXPIRED.format(test="now - started > ttl"), True),
        (expired, ({"a": None}, T(2024, 1, 1)), EXPIRED, _EXPIRED.format(test="started + ttl < now"), True),
        (expired, ({"a": None}, T(2024, 1, 1)), EXPIRED, _EXPIRED.format(test="now - started >= ttl"), False),
        (
            is_open,
            (C(9), None),
            OPEN,
            "def is_open(now, hours):\n    return any(start <= now <= end for start, end in hours or ())\n",
            False,
        ),
        (
            is_open,
            (C(9), None),
            OPEN,
            "def is_open(now, hours):\n    return any(start <= now < end for start, end in hours or ())\n",
            True,
        ),
        (
            nights,
            (D(2024, 1, 1), None),
            NIGHTS,
            "def nights(start, end):\n    if end is None:\n        return 1\n    length = end - start\n"
            "    return length.days or 1\n",
            False,
        ),
        (
            nights,
            (D(2024, 1, 1), None),
            NIGHTS,
            "def nights(start, end):\n    return 1 if end is None else (end - start).days\n",
            True,
        ),
        (tax, (50000,), TAX, _TAX, True),
    ],
)
def test_what_differs_by_nothing_or_by_just_as_much_tells_borders_apart(original, failing, good, text, accepted):
    """A day is a border like a number; and what its author calls ascending is put in no other order."""
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted is accepted, str(report)


def test_days_are_put_level_and_as_far_apart_as_a_span():
    """Each to each other; numbers too, where they are arguments themselves."""
    day = D(2024, 1, 9)
    made = {(place.path[-1][1], value) for place, value in apart({"a": day, "b": [D(2024, 1, 1)]}, [dt.timedelta(2)])}
    assert made == {("a", D(2024, 1, d)) for d in (1, 3)} | {("a", D(2023, 12, 30))} | {
        (0, D(2024, 1, d)) for d in (9, 11, 7)
    }
    assert [value for _, value in apart({"n": 1, "m": 2, "xs": [3]}, [])] == [2, 1]


def test_lists_keep_their_order_where_other_calls_pass_none():
    """Who leaves the default says nothing about the order of a list."""
    rules = Relations([{"n": 1}, {"n": 2, "xs": [1, 4, 9]}, {"n": 3, "xs": None}], presumed={"xs": ("order",)})
    assert rules.hold({"n": 1, "xs": [2, 3]})
    assert rules.hold({"n": 1, "xs": None})
    assert not rules.hold({"n": 1, "xs": [3, 2]})
