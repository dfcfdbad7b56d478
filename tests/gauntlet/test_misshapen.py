"""Where the failing call is the first of unequal lengths, what the original answers for others of the kind is no rule."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify


def weighted(values, weights):
    """Weighted mean. Weights may be shorter than values: the rest weighs 1."""
    total = sum(values[i] * weights[i] for i in range(len(values)))
    return total / sum(weights)


def add_tables(a, b):
    """Sum of two tables cell by cell; what one table lacks counts as 0."""
    return [[a[i][j] + b[i][j] for j in range(len(a[i]))] for i in range(len(a))]


def widths(rows):
    """Width of each column of a table of texts. Rows may have fewer cells than others."""
    return [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]


def hamming(a, b):
    """In how many places two texts differ; letters that one of them lacks count."""
    return sum(a[i] != b[i] for i in range(len(a)))


WEIGHTED = """\
def weighted(values, weights):
    full = [weights[i] if i < len(weights) else 1 for i in range(len(values))]
    return sum(v * w for v, w in zip(values, full)) / sum(full)
"""
TABLES = """\
from itertools import zip_longest

def add_tables(a, b):
    rows = zip_longest(a, b, fillvalue=[])
    return [[x + y for x, y in zip_longest(r, s, fillvalue=0)] for r, s in rows]
"""
WIDTHS = """\
def widths(rows):
    count = max(len(row) for row in rows)
    return [max(len(row[i]) for row in rows if i < len(row)) for i in range(count)]
"""
HAMMING = """\
def hamming(a, b):
    return sum(x != y for x, y in zip(a, b)) + abs(len(a) - len(b))
"""
CASES = [
    (
        weighted,
        WEIGHTED,
        ([1, 2, 3], [1, 1]),
        [([1, 2, 3], [1, 1, 2]), ([4.0], [2]), ([0, 5], [3, 1]), ([1, 2, 3, 4], [1, 1, 1, 1])],
    ),
    (
        add_tables,
        TABLES,
        ([[1, 2], [3, 4]], [[1, 1]]),
        [([[1, 2], [3, 4]], [[1, 1], [0, 5]]), ([[1]], [[2]]), ([], []), ([[1, 2, 3]], [[4, 5, 6]])],
    ),
    (
        widths,
        WIDTHS,
        ([["a", "bbb"], ["cc"]],),
        [([["a", "bbb"], ["cc", "d"]],), ([["x"]],), ([["", "zz", "y"]],), ([["a"], ["bb"], ["ccc"]],)],
    ),
    (hamming, HAMMING, ("abc", "ab"), [("abc", "abd"), ("", ""), ("karolin", "kathrin"), ("x", "y")]),
]


@pytest.mark.parametrize(("function", "text", "failing", "good"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_correction_may_heed_what_the_original_never_looked_at(function, text, failing, good):
    """The original goes by the first of the two, or by the first row, and drops what the other has more."""
    report = verify(text, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert report.accepted, str(report)


@pytest.mark.parametrize(("function", "text", "failing", "good"), CASES, ids=[case[0].__name__ for case in CASES])
def test_what_has_the_form_of_the_good_calls_must_stay(function, text, failing, good):
    """Lists of one length and rows of one width are answered as before."""
    head, body = text.rsplit("    return ", 1)
    first = function.__code__.co_varnames[0]
    wrong = f"{head}    if len({first}) == 1:\n        return 0\n    return {body}"
    report = verify(wrong, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert not report.accepted, str(report)


def test_a_person_is_told_where_the_two_differ():
    """With the call."""
    function, text, failing, good = CASES[3]
    report = verify(text, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert any("FOR A PERSON TO DECIDE: what the failing call brought" in note for note in report.notes), report.notes


def test_lengths_that_differ_in_a_good_call_are_no_rule():
    """Then the original's answers bind, whichever of the two is longer."""
    good = [Call(args) for args in (*CASES[3][3], ("a", "bcd"))]
    report = verify(HAMMING, hamming, failure=Call(("abc", "ab")), good_calls=good)
    assert not report.accepted, str(report)
