"""Chance is the same for the original and for every candidate, however they come by it, and fresh for each call."""

from __future__ import annotations

import random
import statistics
from random import choice, gauss

import pytest

from fukkatsu import Call, Policy, verify
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu._sandbox.installed import may_draw


def by_module():
    return random.random()


def in_the_body():
    import random as dice

    return dice.random()


def by_function():
    return choice(range(10**9)) + gauss(0, 1)


def by_a_module_that_draws():
    return statistics.NormalDist().samples(2)


def drawn(function, seed=7, calls=3):
    steps = [pool.Step("call", carry_call((), {}))] * calls
    run = pool.run(pool.original_subject(carry(function)), steps, Policy(), seed=seed)
    assert run.ended == "finished", run
    return [values.rebuild(outcome.value) for outcome in run.outcomes]


@pytest.mark.parametrize("function", [by_module, in_the_body, by_function, by_a_module_that_draws, random.random])
def test_the_same_seed_gives_the_same_stream(function):
    """In two runners, from two picklings, with the host's own generator moving on between them."""
    first = drawn(function)
    random.random()
    assert drawn(function) == first
    assert drawn(function, seed=8) != first


@pytest.mark.parametrize("function", [by_module, in_the_body, by_function, by_a_module_that_draws])
def test_no_two_calls_of_a_run_draw_the_same(function):
    """A stream that begins anew at each call would tell a trial from production."""
    first, second, third = drawn(function)
    assert first != second != third != first


def test_original_and_candidate_see_one_stream():
    """The import stands in the body of one and at the top of the other."""

    def original() -> float:
        import random as dice

        return dice.random() / DIVISOR

    report = verify(
        "import random\n\ndef original() -> float:\n    return random.random() / (DIVISOR or 1)\n",
        original,
        good_calls=[Call(())],
        policy=Policy().allowing(imports={"random"}),
    )
    assert report.accepted, str(report)


DIVISOR = 2


def test_what_cannot_draw_is_not_seeded():
    """It would cost each call more than the call."""
    assert not may_draw(carry(lambda x: x + 1))
    assert may_draw(carry(in_the_body))


def test_runners_that_are_not_seeded_draw_what_nobody_knows():
    """They are forked from one zygote, and do not share its stream."""
    draw = pool.Subject(("original", carry(lambda: __import__("random").random()), 0), draws=False)
    steps = [pool.Step("call", carry_call((), {}))] * 2
    drawn = [outcome.value for _ in range(3) for outcome in pool.run(draw, steps, Policy()).outcomes]
    assert len(set(drawn)) == 6
