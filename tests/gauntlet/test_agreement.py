"""Suggestions that must agree: through `verify(also=...)`, in real runners."""

from __future__ import annotations

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._gauntlet.agreement import differ, normal_form
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values

pytestmark = pytest.mark.once  # what is judged here says nothing about the interpreter

PAIR = Checks(agreement=2)


def share(total, people):
    """Everybody's part of the bill."""
    return total / people


GOOD = [Call((100, 2)), Call((9, 3)), Call((7, 2)), Call((250, 4)), Call((-40, 5))]
FAILURE = Call((10, 0))
ZERO = "def share(total, people):\n    return total / people if people else 0"
ZERO_TOO = (
    "def share(total, people):\n    if people == 0:\n        return 0.0 if False else 0\n    return total / people"
)
ALL_OF_IT = "def share(total, people):\n    if not people:\n        return total\n    return total / people"
STILL_RAISES = "def share(total, people):\n    return total / people + 0"


def judged(candidate, also=(), original=share, failure=FAILURE, good=GOOD, checks=PAIR, **more):
    return verify(candidate, original, failure, good, checks=checks, also=also, **more)


def test_two_that_differ_where_the_original_crashed_are_refused_with_the_input():
    """The failing call itself tells them apart; nothing says which is right."""
    report = judged(ZERO, [ALL_OF_IT])
    assert report.refused_by == "differential"
    assert report.counterexample is not None
    assert report.counterexample.args == (10, 0)
    assert (
        "share(10, 0): it returns 0 here, and another suggestion, asked for independently, returns 10" in report.reason
    )
    assert "share(10, 0): it returns 10" in judged(ALL_OF_IT, [ZERO]).reason


def test_two_texts_that_do_the_same_are_accepted_and_counted():
    """Another text, the same answers: the evidence says on how many inputs."""
    report = judged(ZERO, [ZERO_TOO])
    assert report.accepted, report
    assert report.evidence["agreement"] == 2
    assert report.evidence["agreed_inputs"] > 10
    assert "2 suggestions that agree on" in report.evidence_line()
    assert "independent suggestions agree on" in str(report)


def test_a_difference_beside_the_failing_call_is_found_on_generated_inputs():
    """They agree on the call that failed, and on nothing else: the smallest input that shows it is the counterexample."""
    sly = "def share(total, people):\n    if people == 0:\n        return 0 if total >= 10 else total\n    return total / people"
    report = judged(ZERO, [sly])
    assert report.refused_by == "differential"
    assert report.counterexample is not None
    total, people = report.counterexample.args
    assert people == 0
    assert 0 < total < 10 or total < 0


def test_without_another_suggestion_one_is_refused_however_good_it_is():
    """Nothing is ever agreed on alone, and the remedy is named."""
    report = judged(ZERO)
    assert report.refused_by == "differential"
    assert "asks for 2 suggestions that agree; of 1 that were given, 1 passed" in report.reason
    assert "also=[source]" in report.reason


def test_one_that_the_gauntlet_refuses_has_no_say():
    """Neither does it agree nor disagree; the report tells of it."""
    report = judged(ZERO, [STILL_RAISES])
    assert not report.accepted
    assert "of 2 that were given, 1 passed" in report.reason
    assert any("suggestion 1 of 2" in note or "suggestion 1 of 1" in note for note in report.notes)
    assert judged(ZERO, [STILL_RAISES, ZERO_TOO]).accepted


def test_three_must_agree_when_three_are_wanted():
    """One that differs refuses all, whichever of them is asked about."""
    three = Checks(agreement=3)
    assert judged(ZERO, [ZERO_TOO, ZERO + "  # again"], checks=three).accepted
    for first, others in ((ZERO, [ZERO_TOO, ALL_OF_IT]), (ALL_OF_IT, [ZERO, ZERO_TOO]), (ZERO_TOO, [ALL_OF_IT, ZERO])):
        assert judged(first, others, checks=three).refused_by == "differential"


def test_one_text_given_twice_agrees_and_the_report_says_that_it_is_no_second_opinion():
    """A model that is sure says the same again: that is taken, and called what it is."""
    again = "def share(total, people):\n    # the same, laid out otherwise\n    return (total / people\n            if people else 0)"
    report = judged(ZERO, [again])
    assert report.accepted
    assert any("one text, given 2 times" in note for note in report.notes)
    assert normal_form(ZERO) == normal_form(again) != normal_form(ZERO_TOO)


def test_literals_of_the_suggestions_themselves_are_tried():
    """A difference that waits for a value which stands in one of the texts only, and nowhere in the calls seen."""

    def level(points, step):
        """How far one has come."""
        return points // step

    plain = "def level(points, step):\n    if step == 0:\n        return 0\n    return points // step"
    waiting = "def level(points, step):\n    if step == 0:\n        return 1 if points == 77 else 0\n    return points // step"
    calls = [Call((100, 7)), Call((3, 2)), Call((50, 4))]
    report = judged(plain, [waiting], original=level, failure=Call((40, 0)), good=calls)
    assert report.refused_by == "differential"
    assert report.counterexample is not None
    assert report.counterexample.args == (77, 0)


def test_changed_arguments_tell_two_apart():
    """Equal results are not all of an answer."""

    def drain(queue, count):
        """Take items away."""
        return [queue.pop() for _ in range(count)]

    polite = "def drain(queue, count):\n    return [queue.pop() for _ in range(min(count, len(queue)))]"
    thorough = (
        "def drain(queue, count):\n    if count > len(queue):\n        return queue[::-1]\n"
        "    return [queue.pop() for _ in range(count)]"
    )
    calls = [Call(([1, 2, 3], 2)), Call(([5, 6], 1)), Call(([7, 8, 9, 10], 3))]
    report = judged(polite, [thorough], original=drain, failure=Call(([1], 2)), good=calls)
    assert report.refused_by == "differential"
    assert "leaves" in report.reason


def test_where_other_behaviour_is_asked_for_agreement_is_asked_everywhere():
    """The original is no reference then: two suggestions must agree on what used to be answered, too."""
    doubled = "def share(total, people):\n    return 2 * total / people if people else 0"
    tripled = "def share(total, people):\n    return 3 * total / people if people else 0"
    more = {"additional_req": "Everybody gets more."}
    assert judged(doubled, [tripled], **more).refused_by == "differential"
    report = judged(
        doubled,
        ["def share(total, people):\n    if not people:\n        return 0\n    return total * 2 / people"],
        **more,
    )
    assert report.accepted, report
    assert report.evidence["agreed_inputs"] > 20


def test_two_that_side_together_against_the_original_are_a_question_for_a_person():
    """Still a refusal: no machine can tell whether the original was silently wrong there, or both suggestions are."""

    def mean(numbers):
        """The mean."""
        return sum(numbers) // len(numbers)

    exact = "def mean(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0"
    exact_too = "def mean(numbers):\n    if not numbers:\n        return 0\n    total = sum(numbers)\n    return total / len(numbers)"
    calls = [Call(([2, 4],)), Call(([9, 3, 3],)), Call(([8],)), Call(([1, 2],))]
    report = judged(exact, [exact_too], original=mean, failure=Call(([],)), good=calls)
    assert not report.accepted
    said = [note for note in report.notes if note.startswith("FOR A PERSON TO DECIDE")]
    assert len(said) == 1
    assert "side together against the original" in said[0]
    alone = judged(
        exact,
        [exact_too.replace("total / len(numbers)", "total / len(numbers) + 1")],
        original=mean,
        failure=Call(([],)),
        good=calls,
    )
    assert not alone.accepted
    assert not any("PERSON" in note for note in alone.notes)


def test_answers_that_cannot_be_compared_are_not_assumed_equal():
    """Two closures look alike to nobody."""

    def adder(step):
        """A function that adds."""
        scale = 1 / step
        return lambda value: value + scale

    one = "def adder(step):\n    scale = 1 / step if step else 0\n    return lambda value: value + scale"
    two = "def adder(step):\n    scale = 0\n    if step:\n        scale = 1 / step\n    return lambda value: value + scale"
    report = judged(one, [two], original=adder, failure=Call((0,)), good=[])
    assert not report.accepted
    assert "not assumed equal" in report.reason


def test_without_an_open_input_there_is_nothing_to_agree_on():
    """No call fails and the original answers everything: the other stages have said it all, and the report says so."""

    def double(value):
        """Twice."""
        return value + value

    calls = [Call((2,)), Call((5,)), Call((-3,)), Call((40,))]
    one, other = "def double(value):\n    return 2 * value", "def double(value):\n    return value * 2"
    report = judged(one, [other], original=double, failure=None, good=calls)
    assert report.accepted, report
    assert any("nothing to agree on" in note for note in report.notes)


def test_also_without_agreement_is_an_error():
    """Evidence handed over that nobody asked for would be ignored in silence."""
    with pytest.raises(TypeError, match=r"Checks\(agreement=2\)"):
        judged(ZERO, [ZERO_TOO], checks=Checks())
    with pytest.raises(TypeError, match="sequence of source texts"):
        judged(ZERO, ZERO_TOO)


def returned(value):
    encoded = values.encode(value)
    return Outcome("returned", value=encoded.text, after=values.encode([[], {}]).text)


def test_what_a_caller_can_tell_apart_is_a_difference():
    """Kinds, values, exception classes and prints are; an equal value in another text is not."""
    assert not differ(returned(0.1 + 0.2), returned(0.3))
    assert differ(returned(1), returned(2))
    assert differ(returned(1), Outcome("raised", exception="ValueError"))
    assert differ(Outcome("raised", exception="KeyError"), Outcome("raised", exception="ValueError"))
    assert not differ(Outcome("raised", exception="KeyError", message="a"), Outcome("raised", exception="KeyError"))
    assert differ(returned(1), Outcome("lost"))
