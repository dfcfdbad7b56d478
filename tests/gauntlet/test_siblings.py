"""Calls that fail as the failing call does: the other of two arguments of one kind, the same day of other months."""

from __future__ import annotations

import datetime as dt

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def overdue(due, today):
    """Days that an invoice is overdue, 0 when it is not."""
    return max(0, (today - due).days)


def changes(before, after):
    """Names with what came of them between two stocks."""
    return {name: after.get(name, 0) - before.get(name, 0) for name in sorted(set(before) | set(after))}


def chunks(items, size):
    """Chunks of at most size items; a size of None puts everything in one; no items, no chunk."""
    return [items[at : at + size] for at in range(0, len(items), size)]


class Account:
    def __init__(self, balance, history=None):
        self.balance = balance
        self.history = history


def transfer(source, target, amount):
    """Move amount from source to target, and note it."""
    source.balance -= amount
    target.balance += amount
    source.history.append(-amount)
    target.history.append(amount)


def next_month(last, day):
    """The next monthly run, on that day of the month, or the last one of a shorter month."""
    year, month = (last.year, last.month + 1) if last.month < 12 else (last.year + 1, 1)
    return last.replace(year=year, month=month, day=day)


D, T = dt.date, dt.datetime
OVERDUE = [
    Call((D(2024, 1, 1), D(2024, 1, 11))), Call((D(2024, 5, 1), D(2024, 4, 1))), Call((D(2024, 2, 28), D(2024, 3, 1))),
    Call((T(2024, 1, 1, 18), T(2024, 1, 2, 9))),
]  # fmt: skip
CHANGES = [Call(({"a": 1}, {"a": 3})), Call(({"b": 1, "a": 2}, {"a": 2})), Call(({}, {})), Call(({"z": 1}, {"x": 4}))]
TRANSFERS = [Call((Account(10, []), Account(0, []), 4)), Call((Account(5, [5]), Account(7, [3, 4]), 5))]
MONTHS = [Call((T(2024, 1, 15), 15)), Call((T(2023, 12, 31), 31)), Call((T(2024, 3, 1), 5)), Call((T(2024, 7, 31), 31))]

CHUNKS = [Call(([1, 2, 3], 2)), Call(([], 3)), Call(([1], 1)), Call(([1, 2], 5))]

_CHUNKS = """
def chunks(items, size):
    if size is None:
        size = {everything}
    return [items[at : at + size] for at in range(0, len(items), size)]
"""
_CLAMPED = """
def next_month(last, day):
    year, month = (last.year, last.month + 1) if last.month < 12 else (last.year + 1, 1)
    while True:
        try:
            return last.replace(year=year, month=month, day=day)
        except ValueError:
            day -= 1
"""
_FEBRUARY = """
def next_month(last, day):
    year, month = (last.year, last.month + 1) if last.month < 12 else (last.year + 1, 1)
    if month == 2 and day > 29:
        day = 29
    return last.replace(year=year, month=month, day=day)
"""


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "accepted"),
    [
        (
            overdue,
            (T(2024, 1, 1, 15), D(2024, 1, 3)),
            OVERDUE,
            "def overdue(due, today):\n    if hasattr(due, 'hour') and not hasattr(today, 'hour'):\n"
            "        due = due.date()\n    return max(0, (today - due).days)\n",
            False,
        ),
        (
            overdue,
            (T(2024, 1, 1, 15), D(2024, 1, 3)),
            OVERDUE,
            "def overdue(due, today):\n    if hasattr(due, 'hour') != hasattr(today, 'hour'):\n"
            "        due = due.date() if hasattr(due, 'hour') else due\n"
            "        today = today.date() if hasattr(today, 'hour') else today\n    return max(0, (today - due).days)\n",
            True,
        ),
        (next_month, (T(2024, 1, 31), 31), MONTHS, _FEBRUARY, False),
        (next_month, (T(2024, 1, 31), 31), MONTHS, _CLAMPED, True),
    ],
)
def test_who_still_fails_on_the_sibling_of_the_failing_call_is_refused(original, failing, good, text, accepted):
    """Both kinds were passed for both arguments, and a month has as many days as it has."""
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted is accepted, str(report)
    if not accepted:
        assert "as the failing call did" in report.reason


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "told"),
    [
        (
            changes,
            (None, {"n": 2}),
            CHANGES,
            "def changes(before, after):\n    before = before or {}\n"
            "    return {name: after.get(name, 0) - before.get(name, 0) for name in sorted(set(before) | set(after))}\n",
            "changes({'n': 2}, None)",
        ),
        (
            changes,
            (None, {"n": 2}),
            CHANGES,
            "def changes(before, after):\n    before, after = before or {}, after or {}\n"
            "    return {name: after.get(name, 0) - before.get(name, 0) for name in sorted(set(before) | set(after))}\n",
            "",
        ),
        (chunks, ([4, 5], None), CHUNKS, _CHUNKS.format(everything="len(items)"), "chunks([], None)"),
        (chunks, ([4, 5], None), CHUNKS, _CHUNKS.format(everything="len(items) or 1"), ""),
        (
            transfer,
            (Account(10, []), Account(0), 4),
            TRANSFERS,
            "def transfer(source, target, amount):\n    source.balance -= amount\n    target.balance += amount\n"
            "    source.history.append(-amount)\n    if target.history is None:\n        target.history = []\n"
            "    target.history.append(amount)\n",
            "exchanged",
        ),
    ],
)
def test_what_still_fails_in_another_place_or_company_is_for_a_person(original, failing, good, text, told):
    """It may be meant so: that is asked, with the call, and is no refusal."""
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted, str(report)
    asked = [note for note in report.notes if "fails as on the failing call" in note]
    assert (len(asked) == 1 and told in asked[0]) if told else not asked
