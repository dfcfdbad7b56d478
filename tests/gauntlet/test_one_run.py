"""Where the generated inputs are known already, one runner does for them and for the recorded calls."""

from __future__ import annotations

import random

import pytest

from fukkatsu import Call, Checks
from fukkatsu._gauntlet.labelling import label, replay
from fukkatsu._gauntlet.pipeline import ORDER, run_gauntlet
from fukkatsu._gauntlet.sandbox import check_sandbox
from fukkatsu._model.patch import Candidate
from fukkatsu._verify import _bench


def mean(items):
    """The mean of the items."""
    total = 0
    for item in items:
        total += item
    return total / len(items)


RIGHT = "def mean(items):\n    return sum(items) / len(items) if items else 0.0\n"
GOOD = [Call(([1, 2, 3],)), Call(([10.5, 2.5],)), Call(([7],))]


def chance(items):
    """An item or so."""
    return random.Random(len(items)).choice(items)


@pytest.fixture
def bench():
    """The inputs are labelled, as the engine does while the model thinks."""
    made = _bench(RIGHT, mean, Call(([],)), GOOD, None, Checks(), "")
    assert label(made).inputs
    return made


def compiled(bench, source=RIGHT):
    one = bench.for_candidate(Candidate(text=source))
    for name, stage in ORDER:
        if name == "sandbox":
            return one
        assert stage(one).outcome == "accepted"
    raise AssertionError


def essence(outcomes):
    return [(one.kind, one.value, one.after, one.exception) for one in outcomes]


def test_the_answers_are_those_of_two_runs(bench):
    """And the recorded calls are told apart from the rest."""
    together, apart = compiled(bench), compiled(bench)
    assert check_sandbox(together).outcome == "accepted"
    assert together.ahead is not None
    assert len(together.first_run.outcomes) == len(GOOD) + 2
    assert essence(replay(together)) == essence(replay(apart))
    assert together.ahead is None
    assert essence(together.first_run.outcomes[:1]) == essence(together.first_run.outcomes[-1:])


def test_an_input_that_ends_the_runner_is_no_matter_of_the_recorded_calls(bench):
    """The stage that compares generated inputs refuses, and says on which one there is no answer."""
    hanging = RIGHT.replace("    return", "    while sum(items) > 25:\n        pass\n    return")
    report = run_gauntlet(compiled(bench, hanging))
    assert report.refused_by == "differential", str(report)
    assert report.counterexample is not None


def test_a_recorded_call_that_ends_the_runner_is_refused_there(bench):
    """Nothing after it is asked for."""
    hanging = RIGHT.replace("    return", "    while len(items) == 3:\n        pass\n    return")
    one = compiled(bench, hanging)
    assert check_sandbox(one).outcome == "refused"
    assert one.ahead is None


def test_who_may_use_chance_is_run_on_each_kind_by_itself():
    """Each step starts from a seed of its own place in the run, the same for original and candidate."""
    made = _bench("", chance, Call(([],)), [Call(([1, 2],)), Call(([5, 6, 7],))], None, Checks(), "")
    assert label(made).inputs
    one = compiled(made, "def chance(items):\n    return random.Random(len(items)).choice(items) if items else None\n")
    assert check_sandbox(one).outcome == "accepted"
    assert one.ahead is None
