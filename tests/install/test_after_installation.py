"""A fix is watched after it was put to work, can be repaired in its turn, and goes when somebody says so."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading

import pytest

import fukkatsu
from fukkatsu import Checks, FlatlineError, Policy, PolicyError, Store, resurrect
from fukkatsu.testing import captured_events, disabled

pytestmark = pytest.mark.usefixtures("fresh_flow")

NARROW = """
def share(x, y):
    if y == 0:
        return 0.0
    if y == 77:
        return y[0]
    return x / y
"""
RIGHT = """
def share(x, y):
    if y == 0 or y == "":
        return 0.0
    return x / y
"""
DRIFTING = """
def share(x, y):
    if y == 0:
        return 0.0
    return x / y if x < 1000 else x // y
"""
LENIENT = Checks(contract="off", failing_literal=False, neighbours=False)


def sharing(provider, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider, **options)
    def share(x, y):
        return x / y

    return share


def test_a_failing_fix_is_repaired_in_its_turn_while_a_life_is_left(model):
    """The model is shown the fix that failed, and the second life is used up."""
    provider = model("def share(x, y):\n    if y == 0:\n        return 0.0\n    return x / y  # first fix", RIGHT)
    share = sharing(provider, lives=2, checks=LENIENT)
    assert share(1, 0) == 0.0
    assert share(1, "") == 0.0
    assert share(1, 0) == 0.0
    assert provider.requests == 2
    assert "first fix" in provider.prompts[1]
    assert share.fukkatsu.lives_left == 0
    assert [fix.state for fix in share.fukkatsu.fixes] == ["superseded", "active"]


def test_a_failing_fix_without_a_life_left_flatlines_from_its_own_exception(model):
    """It stays: the original would have failed as well."""
    provider = model("def share(x, y):\n    return 0.0 if y == 0 else x / y")
    share = sharing(provider, checks=LENIENT)
    assert share(1, 0) == 0.0
    with pytest.raises(FlatlineError, match="no life is left") as info:
        share(1, "")
    assert isinstance(info.value.__cause__, TypeError)
    assert share.fukkatsu.active is not None
    assert share(1, 0) == 0.0


def test_a_fallback_fix_that_fails_is_repaired_in_its_turn(model):
    """The original fails first, then its fix: that failure is the one to repair."""
    provider = model("def share(x, y):\n    if y == 0:\n        return 0.0\n    return x / y", RIGHT)
    share = sharing(provider, lives=2, checks=LENIENT, install="fallback")
    assert share(1, 0) == 0.0
    assert share(1, "") == 0.0
    assert provider.requests == 2


def test_a_fix_that_raises_where_the_original_returns_goes_back_at_once(model):
    """Sync and async; said in an event."""
    share = sharing(model(NARROW), checks=LENIENT)
    assert share(1, 0) == 0.0
    with captured_events() as events:
        assert share(77, 77) == 1.0
    assert [event.details["reason"] for event in events if event.name == "fix.removed"] == [
        "raised TypeError where the original returns"
    ]
    assert share.fukkatsu.active is None

    @resurrect(provider=model(NARROW.replace("def share", "async def later").lstrip()), store=Store(), checks=LENIENT)
    async def later(x, y):
        return x / y

    assert asyncio.run(later(1, 0)) == 0.0
    assert asyncio.run(later(77, 77)) == 1.0
    assert later.fukkatsu.active is None


def test_on_probation_a_difference_takes_the_fix_back(model, caplog):
    """The gauntlet did not see it; the sampled calls do."""
    share = sharing(model(DRIFTING), checks=LENIENT, policy=Policy(probation_calls=5))
    assert share(1, 0) == 0.0
    assert share(8, 4) == 2.0
    assert fukkatsu.wait(30)
    assert share.fukkatsu.active is not None
    with captured_events() as events:
        assert share(1001, 2) == 500
        assert fukkatsu.wait(30)
    assert share.fukkatsu.active is None
    assert share(1001, 2) == 500.5
    (removed,) = [event for event in events if event.name == "fix.removed"]
    assert "differs from the original" in removed.details["reason"]
    assert "500.5" in removed.details["reason"]
    assert "differs from the original" in caplog.text


def test_after_probation_callers_reach_the_fix_itself(model):
    """What is looked at is bounded; later calls are not looked at, and cost nothing."""
    share = sharing(model(DRIFTING), checks=LENIENT, policy=Policy(probation_calls=2))
    assert share(1, 0) == 0.0
    assert share(1, 1) == 1.0
    assert share(2, 1) == 2.0
    assert fukkatsu.wait(30)
    assert share(1001, 2) == 500
    assert fukkatsu.wait(30)
    assert share.fukkatsu.active is not None


def test_probation_holds_for_coroutines_and_generators(model):
    """What they give is handed on untouched; what they were given is looked at."""

    @resurrect(
        provider=model(DRIFTING.replace("def share", "async def later").lstrip()),
        store=Store(),
        checks=LENIENT,
        policy=Policy(probation_calls=5),
    )
    async def later(x, y):
        return x / y

    @resurrect(
        provider=model("""
def each(x, ys):
    for y in ys:
        yield (x / y if x < 1000 else x // y) if y else 0.0
"""),
        store=Store(),
        checks=LENIENT,
        policy=Policy(probation_calls=5),
    )
    def each(x, ys):
        for y in ys:
            yield x / y

    assert asyncio.run(later(1, 0)) == 0.0
    assert asyncio.run(later(1001, 2)) == 500
    assert list(each(1, (0,))) == [0.0]
    assert list(each(1001, (2,))) == [500]
    assert fukkatsu.wait(60)
    assert later.fukkatsu.active is None
    assert each.fukkatsu.active is None


def test_other_behaviour_that_was_asked_for_is_no_difference(model):
    """`additional_req` wants answers that the original does not give."""
    share = sharing(model(DRIFTING), additional_req="Round down.", checks=LENIENT, policy=Policy(probation_calls=5))
    assert share(1, 0) == 0.0
    assert share(1001, 2) == 500
    assert fukkatsu.wait(30)
    assert share.fukkatsu.active is not None


@pytest.mark.parametrize("calls", [-1, 1.5, True, "3"])
def test_probation_calls_must_be_a_whole_number(calls):
    """Said where it is written."""
    with pytest.raises(PolicyError, match="probation_calls"):
        Policy(probation_calls=calls)


def test_the_process_wide_switch_puts_originals_back_and_fixes_on_again(model):
    """Off means off: also for what was healed before."""
    provider = model(RIGHT)
    share = sharing(provider)
    assert share(1, 0) == 0.0
    with disabled():
        with pytest.raises(ZeroDivisionError) as info:
            share(1, 0)
        assert not isinstance(info.value, FlatlineError)
        assert share(4, 2) == 2.0
    assert share(1, 0) == 0.0
    assert provider.requests == 1


def test_the_switch_thrown_during_a_repair_installs_nothing(model):
    """What was under way when somebody pulled the plug does not arrive afterwards."""

    def provider(messages):
        fukkatsu.disable()
        return f"```python{RIGHT}```"

    share = sharing(provider)
    try:
        with pytest.raises(FlatlineError, match="switched off"):
            share(1, 0)
    finally:
        fukkatsu.enable()
    assert share.fukkatsu.active is None
    assert share.fukkatsu.lives_left == 1


def test_the_environment_makes_the_decorator_return_its_function(monkeypatch):
    """`FUKKATSU=off`."""

    def share(x, y):
        return x / y

    monkeypatch.setenv("FUKKATSU", "off")
    assert resurrect(share) is share
    assert resurrect(lives=2)(share) is share


def test_a_disabled_function_can_be_enabled_again(model):
    """The fix stays revoked; the next failure is healed anew if a life is left."""
    provider = model(RIGHT)
    share = sharing(provider, lives=2)
    assert share(1, 0) == 0.0
    share.fukkatsu.disable()
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
    share.fukkatsu.enable()
    assert share(1, 0) == 0.0
    assert provider.requests == 2


def test_a_flatline_survives_pickling(model):
    """Task queues and process pools send exceptions home."""
    share = sharing(model("def share(x, y):\n    return x / y"), attempts=2)
    with pytest.raises(FlatlineError) as info:
        share(1, 0)
    for back in (pickle.loads(pickle.dumps(info.value)), copy.copy(info.value)):
        assert str(back) == str(info.value)
        assert isinstance(back.original, ZeroDivisionError)
        assert [report.refused_by for report in back.reports] == ["failing-call", "failing-call"]


def test_a_flatline_from_an_exception_that_cannot_be_pickled_still_can():
    """A connection that an exception holds must not cost a worker's caller the whole story."""

    class Unpicklable(ValueError):
        def __init__(self, first, second):
            super().__init__(f"{first} and {second}")
            self.lock = threading.Lock()

    @resurrect(provider=lambda messages: "nothing", store=Store(), attempts=1)
    def share(x, y):
        raise Unpicklable(x, y)

    with pytest.raises(FlatlineError) as info:
        share(1, 0)
    back = pickle.loads(pickle.dumps(info.value))
    assert back.reason == info.value.reason
    assert "Unpicklable: 1 and 0" in str(back)
    assert back.__cause__ is back.original
