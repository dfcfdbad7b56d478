"""What only the failing call had, alone in a list, is let pass by the original: no answer that anybody meant."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def ranked(scores):
    """Scores, highest first; missing ones (None) are left out."""
    return sorted(scores, reverse=True)


SCORES = [Call(([1, 2, 3],)), Call(([],)), Call(([2.5, 9],))]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("sorted((one for one in scores if one is not None), reverse=True)", True),
        ("sorted([one for one in scores if one is not None], key=lambda one: -one)", True),
        ("sorted((one for one in scores if one is not None and one != 1), reverse=True)", False),
    ],
)
def test_a_list_of_nothing_but_what_the_failing_call_brought_is_told_to_a_person(body, accepted):
    """``sorted([None])`` compares nothing, and so gives it back. Everything else stays as it was."""
    text = f"def ranked(scores):\n    return {body}\n"
    report = verify(text, ranked, failure=Call(([3, None, 5],)), good_calls=SCORES)
    assert report.accepted is accepted, str(report)
    if accepted:
        assert any("FOR A PERSON TO DECIDE" in note and "ranked([None])" in note for note in report.notes)


def dearest(rows):
    """Name of the dearest row; rows without a price do not count, and without any there is none ('')."""
    return max(rows, key=lambda row: row["price"] + 0 * len(rows))["name"] if len(rows) > 1 else rows[0]["name"]


def test_a_missing_key_is_brought_by_the_failing_call_as_well():
    """One row alone is compared with no other."""
    text = (
        "def dearest(rows):\n    priced = [row for row in rows if 'price' in row]\n"
        "    return max(priced, key=lambda row: row['price'])['name'] if priced else ''\n"
    )
    good = [
        Call(([{"name": "a", "price": 1}, {"name": "b", "price": 3}],)),
        Call(([{"name": "c", "price": 4}, {"name": "d", "price": 2}, {"name": "e", "price": 1}],)),
        Call(([{"name": "f", "price": 9}],)),
    ]
    failing = Call(([{"name": "a", "price": 1}, {"name": "g"}, {"name": "h", "price": 5}],))
    report = verify(text, dearest, failure=failing, good_calls=good)
    assert report.accepted, str(report)


def scaled(values, by):
    """Values by a divisor, twice as large; None stays None. With 0 for the divisor they are as they were."""
    return [None if one is None else one * 2 / by for one in values]


@pytest.mark.parametrize(("nothing", "accepted"), [("None", True), ("0", False)])
def test_what_it_does_not_stumble_over_is_answered_as_before(nothing, accepted):
    """The failing call has a None, but fails of a zero: without any None as well."""
    text = (
        "def scaled(values, by):\n    if by == 0:\n        return list(values)\n"
        f"    return [{nothing} if one is None else one * 2 / by for one in values]\n"
    )
    good = [Call(([1.0, 2.0], 3)), Call(([4.0], 2)), Call(([1.0, 5.0, 7.0], 1))]
    report = verify(text, scaled, failure=Call(([2.0, None, 1.0], 0)), good_calls=good)
    assert report.accepted is accepted, str(report)
