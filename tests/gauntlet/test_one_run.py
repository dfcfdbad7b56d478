"""Where the generated inputs are known already, one runner does for them and for the recorded calls."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fukkatsu import Call, Checks
from fukkatsu._gauntlet.labelling import label, replay
from fukkatsu._gauntlet.pipeline import ORDER, run_gauntlet
from fukkatsu._gauntlet.probes import check_probes, probes_for
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


def total(items, limit=None):
    """The sum of the items, at most *limit*."""
    found = 0
    for item in items:
        found += item
    return found if limit is None else min(found, limit)


TOTAL = (
    Call(([1, None],)),
    [Call(([1, 2, 3],)), Call(([10, 2],), {"limit": 5}), Call(([7],)), Call(([4, 3],), {"limit": 9})],
)
ASKING = """def total(items, limit=None):
    found = 0
    for item in items:
        found += item or 0
    return min(found, limit) if limit else found
"""


@pytest.fixture
def asking():
    made = _bench(ASKING, total, TOTAL[0], TOTAL[1], None, Checks(), "")
    assert label(made).inputs
    return made


def test_what_is_made_up_for_the_new_text_is_tried_in_the_same_run(asking):
    """It is what the differential stage asks for, and refuses by: a limit of nothing is a limit."""
    one = compiled(asking, ASKING)
    assert check_sandbox(one).outcome == "accepted"
    wanted = [call for probe in probes_for(one) for call in (probe.call, probe.control) if call is not None]
    assert wanted
    assert {call.arguments for call in wanted} <= one.tried.keys()
    alone = compiled(asking, ASKING)
    assert essence(one.answers_to(wanted)) == essence(alone.answers_to(wanted))
    found, reason = check_probes(one), "total([10, 2], 0): it returned 0 before"
    assert found is not None
    assert reason in found[0], found
    assert check_probes(alone) == found


def test_a_trial_that_ends_the_runner_is_no_matter_of_the_rest(asking):
    """The recorded calls and the generated inputs have been answered; that call is asked for again by itself."""
    hanging = ASKING.replace("    found = 0", "    while limit == 7919:\n        pass\n    found = 0")
    one = compiled(asking, hanging)
    one.policy = replace(one.policy, wall_seconds=1.0)
    assert check_sandbox(one).outcome == "accepted"
    assert one.ahead is not None
    assert len(one.ahead.outcomes) == len(label(one).inputs)
    assert one.ahead.ended == "finished"
    found = check_probes(one)
    assert found is not None
    assert "no answer in time" in found[0]


def test_another_candidate_starts_with_nothing_tried(asking):
    """What one answered says nothing of the next."""
    one = compiled(asking, ASKING)
    check_sandbox(one)
    assert one.tried
    other = one.for_candidate(Candidate(text=ASKING))
    assert (other.tried, other.probes) == ({}, None)


def test_who_may_use_chance_is_run_on_each_kind_by_itself():
    """Each step starts from a seed of its own place in the run, the same for original and candidate."""
    made = _bench("", chance, Call(([],)), [Call(([1, 2],)), Call(([5, 6, 7],))], None, Checks(), "")
    assert label(made).inputs
    one = compiled(made, "def chance(items):\n    return random.Random(len(items)).choice(items) if items else None\n")
    assert check_sandbox(one).outcome == "accepted"
    assert one.ahead is None
