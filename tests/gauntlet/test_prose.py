"""A docstring's prose as evidence: calibrated on the original, enforced where it is borne out, printed where not."""

from __future__ import annotations

import json

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._gauntlet.readings import post_line
from fukkatsu._model.reading import ReadCase, ReadTable
from fukkatsu._oracle.docstring import read_promises

pytestmark = pytest.mark.once  # what is judged here says nothing about the interpreter

PROSE = Checks(prose=True)
SENTENCE = "Should return z when there is nothing to divide by."
ZERO = {"when": "y == 0", "then": "__return__ == z"}
ELSE = {"when": "else", "then": "__return__ == x / y + z"}


def my_function(x, y, z):
    """
    function to divide x by y and add to the result z. Should return z when there is nothing to divide by.
    """
    result = x / y + z
    return result


GOOD = [Call((7, 2, 0)), Call((9, 3, 1)), Call((1, 4, 5)), Call((20, 7, 3))]


def candidate(value):
    return f"def my_function(x, y, z):\n    if y == 0:\n        return {value}\n    return x / y + z"


def reading(*cases, sentence=SENTENCE):
    return json.dumps([{"sentence": sentence, "cases": list(cases)}])


def judged(value, text, checks=PROSE, **more):
    return verify(candidate(value), my_function, Call((1, 0, 2)), GOOD, checks=checks, reading=text, **more)


def test_the_case_that_crashed_is_vouched_for_by_the_one_that_never_did():
    """The docstring's `return z when ...` refuses a 0 that nothing else could: with the failing call, and both texts."""
    assert judged("z", None, Checks()).accepted
    assert judged("0", None, Checks()).accepted
    right, wrong = judged("z", reading(ZERO, ELSE)), judged("0", reading(ZERO, ELSE))
    assert right.accepted, right
    assert right.evidence["prose"] == 1
    assert right.evidence["crash_oracle"] > 5
    assert "1 case that a model read in the prose" in right.evidence_line()
    assert any("`post: implies(y == 0, __return__ == z)`: the original bears out" in note for note in right.notes)
    assert wrong.refused_by == "contract"
    assert "on the failing call my_function(1, 0, 2) it returns 0, but the docstring says" in wrong.reason
    assert SENTENCE in wrong.reason
    assert wrong.counterexample.args == (1, 0, 2)


def test_a_case_that_nothing_could_test_is_printed_to_be_pasted():
    """A reading of the crash alone is one model's word: it refuses nobody."""
    report = judged("0", reading(ZERO))
    assert report.accepted
    assert "prose" not in report.evidence
    (note,) = [note for note in report.notes if "post:" in note]
    assert note.startswith("not enforced:")
    assert "paste the line if it is meant" in note
    line = note.partition("`")[2].partition("`")[0]
    (clause,) = read_promises(f"Words.\n\n{line}", "my_function", ("x", "y", "z")).clauses
    assert clause.text == "implies(y == 0, __return__ == z)"


def test_a_reading_that_the_original_contradicts_is_not_enforced_and_vouches_for_nothing():
    """The misreading is named with the call that shows it."""
    report = judged("0", reading(ZERO, {"when": "else", "then": "__return__ == x // y + z"}))
    assert report.accepted
    assert any("the original contradicts that: my_function(7, 2, 0) returns 3.5" in note for note in report.notes)
    assert any("nothing could test it" in note for note in report.notes)


def test_few_inputs_validate_nothing():
    """A case that held twice may have held by chance."""
    report = verify(
        candidate("0"),
        my_function,
        Call((1, 0, 2)),
        GOOD[:2],
        checks=Checks(prose=True, examples=1, seconds=0.01),
        reading=reading(ZERO, {"when": "x == 7", "then": "__return__ == x / y + z"}),
    )
    assert report.accepted, report
    assert all("not enforced" in note for note in report.notes if "post:" in note)


def test_expressions_that_do_not_fit_the_arguments_say_nothing():
    """A text compared with a number is the reading's fault: it neither holds nor is broken."""
    report = judged("z", reading({"when": "x.lower() == 'a'", "then": "__return__ == 1"}, ELSE))
    assert report.accepted
    assert "prose" not in report.evidence


def root(value, places):
    """The root. Raises ValueError for a negative value."""
    if value < 0 and places > 0:
        raise ValueError("negative")
    return round(value**0.5, places)


def test_where_the_failing_call_should_raise_by_the_prose_that_is_a_remark_and_binds_nobody():
    """The failing call must return: a reading that says otherwise would refuse every correction there is."""
    table = reading(
        {"when": "value < 0", "then": "raises ValueError"},
        {"when": "else", "then": "__return__ >= 0"},
        sentence="Raises ValueError for a negative value.",
    )
    good = [Call((4.0, 1)), Call((9.0, 2)), Call((2.5, 3)), Call((-4.0, 1), raised=ValueError), Call((6.25, 0))]
    fix = """
def root(value, places):
    if value < 0 and places > 0:
        raise ValueError("negative")
    return round(abs(value) ** 0.5, places)
"""
    report = verify(fix, root, Call((-4.0, 0)), good, checks=PROSE, reading=table)
    assert report.accepted, report
    assert any("as a model read it, says that it raises ValueError" in note for note in report.notes)


def test_an_exception_that_the_original_never_raised_where_the_prose_says_so_refutes_the_reading():
    """Four roots of positive values say that no ValueError comes for them."""
    table = reading(
        {"when": "value > 0", "then": "raises ValueError"}, sentence="Raises ValueError for a negative value."
    )
    good = [Call((4.0, 1)), Call((9.0, 2)), Call((2.5, 3))]
    fix = "def root(value, places):\n    return round(abs(value) ** 0.5, places)"
    checks = Checks(
        prose=True, unneeded_changes=False
    )  # it leaves out the author's check, and is to be run all the same
    report = verify(fix, root, Call((-4.0, 0)), good, checks=checks, reading=table)
    assert any("contradicts that" in note and ":raises ValueError: if value > 0" in note for note in report.notes)


def test_without_a_reading_the_report_says_in_capitals_that_nothing_of_the_prose_was_checked():
    """What was asked for and could not be done is never left out in silence."""
    assert any("WAS NOT READ" in note for note in judged("z", None).notes)
    assert any("ignored in the reading" in note and "not JSON" in note for note in judged("z", "I like it").notes)


def test_prose_is_no_evidence_for_the_minimum():
    """It is a model's word; `Checks.minimum` asks for more than that."""
    strict = Checks(prose=True, minimum=10_000)
    assert "pieces of evidence" in judged("z", reading(ZERO, ELSE), strict).reason


def test_prose_is_checked_where_the_contract_is_not():
    """Two switches, two sources."""
    report = judged("0", reading(ZERO, ELSE), Checks(prose=True, contract="off"))
    assert report.refused_by == "contract"


def test_a_reading_that_would_run_for_ever_costs_its_time_and_nothing_else():
    """Ranges are short, powers are small, and an examiner that gives no answer is a note."""
    endless = {"when": "all(n % 2 for n in range(10 ** 9))", "then": "__return__ == z"}
    report = judged("z", reading(endless, ELSE))
    assert report.accepted, report
    assert "prose" not in report.evidence


def test_a_generator_is_read_by_the_list_of_its_items():
    """`__return__` is what it yields."""

    def halves(values, rest):
        """Yields half of each value; yields rest in the place of None."""
        for value in values:
            yield value / 2

    table = reading(
        {"when": "None in values", "then": "rest in __return__"},
        {"when": "else", "then": "__return__ == [v / 2 for v in values]"},
        sentence="Yields half of each value; yields rest in the place of None.",
    )
    good = [Call(([2, 4], 0)), Call(([5], 1)), Call(([1, 2, 3], 7)), Call(([8, 8], 2))]
    fix = "def halves(values, rest):\n    for value in values:\n        yield {} if value is None else value / 2"
    for item, accepted in (("rest", True), ("rest + 1", False)):
        report = verify(fix.format(item), halves, Call(([2, None], 9)), good, checks=PROSE, reading=table)
        assert report.accepted == accepted, report


def test_a_method_is_read_by_its_parameters():
    """Its object is not among them, and need not be."""

    class Till:
        def __init__(self, rate):
            self.rate = rate

        def share(self, total, people):
            """Everybody's part. It is the total when there are no people."""
            return total / people

    table = reading(
        {"when": "people == 0", "then": "__return__ == total"},
        {"when": "else", "then": "__return__ == total / people"},
        sentence="It is the total when there are no people.",
    )
    till = Till(2)
    good = [Call((till, 10, 2)), Call((till, 9, 3)), Call((till, 7, 2)), Call((till, 40, 5))]
    fix = "def share(self, total, people):\n    return total / people if people else {}"
    for value, accepted in (("total", True), ("0", False)):
        report = verify(fix.format(value), Till.share, Call((till, 10, 0)), good, checks=PROSE, reading=table)
        assert report.accepted == accepted, report


@pytest.mark.parametrize("given", [{"reading": "[]"}, {"reading": 5, "checks": PROSE}])
def test_a_reading_that_nobody_asked_for_is_an_error(given):
    """So is one that is no text."""
    with pytest.raises(TypeError, match=r"Checks\(prose=True\)"):
        verify(candidate("z"), my_function, **given)


def test_a_case_is_printed_as_its_author_would_have_written_it():
    """Cases before it excluded, changed parameters as they were, exceptions as ReST says them."""
    table = ReadTable(
        "...",
        (ReadCase("xs", "__return__ == xs[0]"), ReadCase("y", "", "KeyError"), ReadCase("else", "__return__ == 0")),
    )
    assert post_line(table, 0) == "post: implies(xs, __return__ == xs[0])"
    assert post_line(table, 0, changed=("xs",)) == "post: implies(__old__.xs, __return__ == __old__.xs[0])"
    assert post_line(table, 1) == ":raises KeyError: if not (xs) and (y)"
    assert post_line(table, 2) == "post: implies(not xs and (not y), __return__ == 0)"
    assert post_line(ReadTable("...", (ReadCase("else", "__return__ == 0"),)), 0) == "post: __return__ == 0"
