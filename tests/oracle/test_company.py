"""What only the failing call has is put into the calls that were answered, one after the other and never by luck."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify
from fukkatsu._oracle.company import in_other_company
from fukkatsu._oracle.inputs import Inputs

FULL, DRAWN = ["XXX", "OO ", "   "], ["XOX", "OXO", "OXO"]


def winner(board):
    """Who has a row of the board (three texts), None if nobody has.

    Rows that are None have not been played yet.
    """
    for row in board:
        if len(set(row)) == 1 and " " not in row:
            return row[0]
    return None


RIGHT = """\
def winner(board):
    for row in board:
        if row is not None and len(set(row)) == 1 and " " not in row:
            return row[0]
    return None
"""
GIVING_UP = """\
def winner(board):
    for row in board:
        if row is None:
            return None
        if len(set(row)) == 1 and " " not in row:
            return row[0]
    return None
"""


@pytest.mark.parametrize(
    ("failing", "answered", "made"),
    [
        ({"rows": [1, None]}, [{"rows": [1, 2]}], [{"rows": [None, 2]}, {"rows": [1, None]}]),
        ({"rows": []}, [{"rows": [1], "n": 2}, {"rows": [5]}], [{"rows": [], "n": 2}, {"rows": []}]),
        ({"row": {"a": 1}}, [{"row": {"a": 2, "b": 3}}], [{"row": {"a": 2}}, {"row": {"a": 1, "b": 3}}]),
        ({"text": "abc"}, [{"text": "de"}], [{"text": "abc"}]),
        ({"n": 1}, [{"n": 1}], []),
        ({"n": 1}, [], []),
    ],
    ids=["another type", "nothing", "a key that is not there", "another text", "nothing odd", "nothing to put it into"],
)
def test_what_is_odd_about_a_call_is_put_into_the_others(failing, answered, made):
    """What stands beside it there is as it was."""
    assert list(in_other_company(failing, answered)) == made


def test_the_calls_themselves_stay_as_they_are():
    """They are what the rest is made of."""
    answered = [{"rows": [{"a": 1}]}]
    list(in_other_company({"rows": [{"a": None}, {}]}, answered))
    assert answered == [{"rows": [{"a": 1}]}]


def test_a_value_that_lies_about_equality_is_left_alone():
    """Only plain data is compared: nothing of the author's runs for it."""

    class Liar:
        def __eq__(self, other):
            raise AssertionError

        __hash__ = object.__hash__

    assert list(in_other_company({"x": Liar()}, [{"x": Liar()}])) == []


class Shelf:
    """So many places."""

    def __init__(self, places, books):
        self.places, self.books = places, books


def test_what_is_true_of_all_objects_stays_true():
    """Never more books than places; where that holds, an attribute is as good as an item."""
    answered = [{"shelf": Shelf(2, [1])}, {"shelf": Shelf(3, [])}, {"shelf": Shelf(5, [1, 2])}]
    made = [call["shelf"] for call in in_other_company({"shelf": Shelf(0, [])}, answered)]
    assert [(one.places, one.books) for one in made] == [(0, [])]


@pytest.mark.parametrize("seed", range(4))
def test_they_are_made_whatever_is_drawn(seed):
    """And bind like any neighbour of the failing call."""
    calls = [(["XX ", None, "O O"],), (FULL,), (DRAWN,)]
    source = Inputs(winner, [lambda call=call: (call, {}) for call in calls], failing=True, seed=seed)
    made = [one for one in source.generate(100, 1.0) if one.args == ([*FULL[:2], None],)]
    assert [(one.origin, one.within) for one in made] == [("neighbour", True)]


def test_what_a_correction_gives_up_at_the_cause_of_the_crash_is_shown():
    """Where a winner stands before the row that has not been played, the original answers; a person is told of it."""
    calls = {"failure": Call((["XX ", None, "O O"],)), "good_calls": [Call((FULL,)), Call((DRAWN,))]}
    assert verify(RIGHT, winner, **calls).accepted
    late = GIVING_UP.replace("    for row", "    if None in board:\n        return None\n    for row")
    report = verify(late, winner, **calls)
    assert not report.accepted or "it returned 'X' before, but now returns None" in str(report), str(report)


def shares(parts, whole):
    """Each part as a share of the whole."""
    return [part / whole for part in parts]


def test_an_answer_that_stands_beside_the_cause_of_the_crash_must_stay():
    """Of no parts the shares are none, whatever the whole is."""
    calls = {"failure": Call(([1, 2], 0)), "good_calls": [Call(([1, 3], 4)), Call(([], 5)), Call(([2], 8))]}
    right = "def shares(parts, whole):\n    return [part / whole if whole else 0.0 for part in parts]\n"
    wrong = "def shares(parts, whole):\n    return [part / whole for part in parts] if whole else [0.0]\n"
    assert verify(right, shares, **calls).accepted
    report = verify(wrong, shares, **calls)
    assert report.refused_by == "differential", str(report)
    assert "shares([], 0)" in report.reason
