"""Two parts of the arguments, or of a result, are one object afterwards only where the original makes one of them."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


class Account:
    def __init__(self, balance, history=None):
        self.balance = balance
        self.history = history


def transfer(source, target, amount):
    """Move amount from source to target and note it in both histories."""
    source.balance -= amount
    target.balance += amount
    source.history.append(-amount)
    target.history.append(amount)


TRANSFER = """\
def transfer(source, target, amount):
    source.balance -= amount
    target.balance += amount
    if target.history is None:
        target.history = {}
    source.history.append(-amount)
    target.history.append(amount)
"""


@pytest.mark.parametrize(
    ("made", "accepted"), [("[]", True), ("list()", True), ("source.history", False), ("source.history[:]", True)]
)
def test_two_arguments_do_not_come_to_share_an_object(made, accepted):
    """Whoever books on one account afterwards would book on the other."""
    good = [
        Call((Account(10, []), Account(0, []), 4)),
        Call((Account(1, [1]), Account(0, []), 4)),
        Call((Account(5, [5]), Account(7, [3, 4]), 5)),
    ]
    text = TRANSFER.format(made)
    report = verify(text, transfer, failure=Call((Account(10, []), Account(0), 4)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert accepted or "keeps apart" in report.reason


def grid(rows, columns, fill):
    """A table of as many rows and columns, each cell the fill times its column; no columns make empty rows."""
    step = columns // columns
    return [[fill * column for column in range(0, columns, step)] for _ in range(rows)]


@pytest.mark.parametrize(("rows_made", "accepted"), [("[[] for _ in range(rows)]", True), ("[[]] * rows", False)])
def test_the_parts_of_a_result_are_not_one_object_where_they_never_are(rows_made, accepted):
    """A row that is filled later would fill them all."""
    text = (
        f"def grid(rows, columns, fill):\n    if not columns:\n        return {rows_made}\n    step = columns // columns\n"
        "    return [[fill * column for column in range(0, columns, step)] for _ in range(rows)]\n"
    )
    good = [Call((2, 3, 1)), Call((3, 1, 2)), Call((2, 2, 5))]
    report = verify(text, grid, failure=Call((2, 0, 1)), good_calls=good)
    assert report.accepted is accepted, str(report)


def filed(shelf, box, name):
    """Put the box on the shelf under its name, by its first letter as well."""
    shelf[name] = box
    shelf[name[0]] = box
    return len(shelf)


def test_what_the_original_makes_one_object_of_a_correction_may():
    """A shelf holds the very boxes."""
    text = "def filed(shelf, box, name):\n    shelf[name] = box\n    shelf[name[:1]] = box\n    return len(shelf)\n"
    good = [Call(({}, ["x"], "nails")), Call(({"a": []}, ["y", "z"], "bolts")), Call(({}, [], "oil"))]
    report = verify(text, filed, failure=Call(({}, ["x"], "")), good_calls=good)
    assert report.accepted, str(report)
