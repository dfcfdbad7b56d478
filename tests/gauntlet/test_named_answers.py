"""Where the author names the answer, a correction gives it: in a clause, and in a sentence that can be read to its end."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify
from fukkatsu._oracle.answers import answers_in_prose
from fukkatsu._oracle.owed import owed_by

pytestmark = pytest.mark.once  # says nothing about the interpreter


def weighted(pairs: list[tuple[float, float]]) -> float:
    """Mean of values with weights: pairs of value and weight.

    post: implies(sum(w for _, w in pairs) == 0, __return__ == 0.0)
    """
    return sum(v * w for v, w in pairs) / sum(w for _, w in pairs)


PAIRS = [Call(([(1.0, 1.0), (2.0, 3.0)],)), Call(([(5.0, 0.5)],))]


@pytest.mark.parametrize(("guard", "accepted"), [("not pairs", False), ("total == 0", True), ("not total", True)])
def test_a_crash_is_no_answer_where_a_clause_names_one(guard, accepted):
    """Weights of nothing sum up to nothing, too."""
    text = (
        "def weighted(pairs: list[tuple[float, float]]) -> float:\n    total = sum(w for _, w in pairs)\n"
        f"    if {guard}:\n        return 0.0\n    return sum(v * w for v, w in pairs) / total\n"
    )
    report = verify(text, weighted, failure=Call(([],)), good_calls=PAIRS)
    assert report.accepted is accepted, str(report)
    if not accepted:
        assert report.refused_by == "contract"
        assert "still raises ZeroDivisionError" in report.reason
        assert "post: implies(" in report.reason
        assert report.counterexample is not None


def ratio(a, b, factor):
    """a by b, times factor.

    post: implies(b == 0, __return__ == 0)
    raises: OverflowError
    """
    return a / b * factor


def test_what_the_condition_does_not_speak_of_may_go_on_as_it_was():
    """Digits that are none fail in the same line as before, and no clause names an answer to them."""
    text = "def ratio(a, b, factor):\n    return int(a) / int(b) * factor if int(b) else 0\n"
    good = [Call((6, 3, 2)), Call((5, 3, 1)), Call((6, 2, 0))]
    report = verify(text, ratio, failure=Call(("1", "0", 2)), good_calls=good)
    assert report.accepted, str(report)


@pytest.mark.parametrize(
    ("clause", "named"),
    [
        ("implies(y == 0, __return__ == z)", 1),
        ("__return__ == sum(xs)", 1),
        ("not xs or __return__ is None", 1),
        ("implies(n < 0, __return__ == 0, __return__ == n)", 2),
        ("implies(any(_ for _ in xs), xs[0] == __return__)", 1),
        ("isclose(__return__, n / 2)", 1),
        ("abs(_ - n) < 1e-9 and _ > 0", 1),
        ("__return__ >= 0", 0),
        ("implies(__return__, n > 0)", 0),
        ("__return__ == __return__", 0),
        ("sorted(__return__) == sorted(xs)", 0),
    ],
)
def test_a_clause_names_an_answer_where_the_result_alone_stands_on_one_side(clause, named):
    """What describes a result does not say which it is."""
    assert len(owed_by(clause)) == named


def test_an_answer_that_cannot_be_worked_out_is_named_by_nobody():
    """``max(xs)`` of nothing is the very crash."""
    (owed,) = owed_by("implies(xs is not None, __return__ == max(xs))")
    assert [owed.names_a_value({"xs": xs}) for xs in ([1, 2], [], None, [1, "a"])] == [True, False, False, False]


@pytest.mark.parametrize(
    ("docstring", "read"),
    [
        ("Should return z if y is 0.", "implies(y == 0, __return__ == z)"),
        ("Mean of xs. 0.0 when xs is empty.", "implies(len(xs) == 0, __return__ == 0.0)"),
        ("Divide; None if y is 0 (there is no answer).", "implies(y == 0, __return__ is None)"),
        ("If y is zero, returns 0.", "implies(y == 0, __return__ == 0)"),
        ("Returns -1 if xs is empty, else its length.", "implies(len(xs) == 0, __return__ == -1)"),
        ("Returns an empty list if y < 0.", "implies(y < 0, __return__ == [])"),
        ("The largest of xs. Returns '' without xs.", "implies(len(xs) == 0, __return__ == '')"),
        ("The largest; None for no xs.", "implies(len(xs) == 0, __return__ is None)"),
        ("float, or None without xs, of all.", "implies(len(xs) == 0, __return__ is None)"),
        ("An empty list for an empty xs.", None),
        ("Returns 0 without xs that are below y.", None),
        ("Does not return 0 without xs.", None),
        ("Returns 0 without any hurry.", None),
        ("Returns '-' for None.", None),
        ("Does not return 0 if y is 0.", None),
        ("Returns 1 if y is 0 or 1.", None),
        ("Returns None if nothing is found.", None),
        ("Returns w if y is 0.", None),
        (">>> f(1)\nNone if y is 0.", None),
    ],
)
def test_a_sentence_is_read_to_its_end_or_not_at_all(docstring, read):
    """A condition in half of its words is another condition."""
    found = [clause.text for clause in answers_in_prose(docstring, ("xs", "y", "z"))]
    assert found == ([] if read is None else [read])


@pytest.mark.parametrize(
    ("docstring", "read"),
    [
        ('Size of it. Nothing known (None) is shown as "-".', "implies(n is None, __return__ == '-')"),
        ("Size of it; '?' for None.", "implies(n is None, __return__ == '?')"),
        ("None gives 0.", "implies(n is None, __return__ == 0)"),
        ("None counts as 0.", None),
        ("A part that is None gives 0.", None),
        ("None gives 0 or 1.", None),
    ],
)
def test_of_one_parameter_none_is_said(docstring, read):
    """There is nothing else that could be meant; what None counts as is not yet an answer."""
    found = [clause.text for clause in answers_in_prose(docstring, ("n",))]
    assert found == ([] if read is None else [read])


def share(total, people):
    """Total by people. Returns total if people is 0."""
    return total / people


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [("total", True), ("0", False), ("0.0 + total", True), ("total / 1 if total else total", True), ("-total", False)],
)
def test_a_sentence_that_names_the_answer_decides_where_the_original_crashed(answer, accepted):
    """Nobody else says what is right there."""
    text = f"def share(total, people):\n    if people == 0:\n        return {answer}\n    return total / people\n"
    good = [Call((6, 3)), Call((9, 2)), Call((-3, 2))]
    report = verify(text, share, failure=Call((5, 0)), good_calls=good)
    assert report.accepted is accepted, str(report)
    if not accepted:
        assert "in the docstring's words" in report.reason


def first(xs, n):
    """The first n. Returns None if n is 1."""
    return [x + 0 for x in xs][:n]


def test_a_sentence_that_the_original_contradicts_is_not_enforced():
    """Then it is careless, or means something else."""
    text = "def first(xs, n):\n    return [x + 0 for x in xs if x is not None][:n]\n"
    good = [Call(([1, 2], 1)), Call(([1, 2], 2)), Call(([4], 1))]
    report = verify(text, first, failure=Call(([1, None], 1)), good_calls=good)
    assert report.accepted, str(report)
    assert any("disputed" in note for note in report.notes)
