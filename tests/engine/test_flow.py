"""A failing function comes back to life, end to end: real SDK, scripted server on loopback, real sandbox."""

from __future__ import annotations

import logging
import re
import threading
import time

import pytest

from fukkatsu import Budget, Checks, FlatlineError, OpenAIProvider, Policy, Store, resurrect
from fukkatsu import _asking as asking
from fukkatsu.testing import Answer, ScriptedServer

pytestmark = pytest.mark.once  # what is said to a model, and what is made of it

RATE = 1.0


@pytest.fixture(autouse=True)
def _fresh():
    asking.reset()
    yield
    asking.reset()


def provider(server, **more):
    return OpenAIProvider(base_url=server.base_url, api_key="sk-test", model="scripted", **more)


def fenced(source):
    return f"```python\n{source}\n```"


GOOD = fenced(
    '''def my_function(x, y, z):
    """
    function to divide x by y and add to the result z. Should return z if y is 0.
    """
    if y == 0:
        return z
    return x / y + z'''
)
HOPELESS = fenced("def my_function(x, y, z):\n    return x / y + z")
NOT_ALLOWED = fenced("import os\ndef my_function(x, y, z):\n    return os.getpid()")
FLOOR = fenced("def my_function(x, y, z):\n    if y == 0:\n        return z\n    return x // y + z")


def seed(server, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider(server), **options)
    def my_function(x, y, z):
        """
        function to divide x by y and add to the result z. Should return z if y is 0.
        """
        result = x / y + z
        return result

    return my_function


def prompts(server):
    return [request.prompt for request in server.requests]


def test_the_seeds_examples_behave_as_written():
    """Three calls, one failure, one request."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server)
        assert my_function(x=1, y=0, z=2) == 2
        assert my_function(x=2, y=0, z=10) == 10
        assert my_function(x=9, y=1, z=2) + 10 == 21.0
        assert len(server.requests) == 1
    assert my_function.fukkatsu.lives_left == 0
    assert my_function.fukkatsu.active is not None
    assert [fix.state for fix in my_function.fukkatsu.fixes] == ["active"]
    assert my_function.fukkatsu.reports[-1].accepted


def test_a_refused_suggestion_costs_an_attempt_and_no_life():
    """The refusal, with its stage and counterexample, is part of the next prompt; the additional request of each."""
    with ScriptedServer(NOT_ALLOWED, FLOOR, HOPELESS, GOOD) as server:
        my_function = seed(server, attempts=4, lives=2, additional_req="Be brief.", checks=Checks(preserve=True))
        assert my_function(7, 2, 0) == 3.5
        assert my_function(1, 0, 2) == 2
        asked = prompts(server)
    assert len(asked) == 4
    assert all("Be brief." in text for text in asked)
    assert "static" in asked[1] and "os" in asked[1]
    assert "good-calls" in asked[2] and "3.5" in asked[2] and "my_function(7, 2, 0)" in asked[2]
    assert "failing-call" in asked[3] and "ZeroDivisionError" in asked[3]
    assert my_function.fukkatsu.lives_left == 1
    assert [report.refused_by for report in my_function.fukkatsu.reports] == [
        "static", "good-calls", "failing-call", None
    ]  # fmt: skip


def test_in_the_classic_mode_two_hopeless_suggestions_cost_two_lives_and_flatline():
    """As `lives=2` did in the first releases."""
    with ScriptedServer(HOPELESS, HOPELESS, GOOD) as server:
        my_function = seed(server, lives=2, verify=False)
        with pytest.raises(FlatlineError) as info:
            my_function(1, 0, 2)
        assert len(server.requests) == 2
    assert str(info.value).startswith("|__|__|______ ")
    assert "my_function flatlined" in str(info.value)
    assert isinstance(info.value.__cause__, ZeroDivisionError)
    assert len(info.value.reports) == 2
    assert my_function.fukkatsu.lives_left == 0
    with pytest.raises(FlatlineError, match="no life"):
        my_function(1, 0, 2)


def test_in_the_classic_mode_good_calls_are_not_asked():
    """Static, compile, sandbox and the failing call only; the others say that they were skipped, and why."""
    with ScriptedServer(FLOOR) as server:
        my_function = seed(server, verify=False)
        assert my_function(7, 2, 0) == 3.5
        assert my_function(1, 0, 2) == 2
    report = my_function.fukkatsu.reports[-1]
    assert {v.stage: v.outcome for v in report.verdicts}["good-calls"] == "skipped"
    assert my_function(7, 2, 0) == 3


def test_a_failure_met_before_is_answered_from_memory_without_asking(caplog):
    """Same module, name, source, failure and request: the known fix faces the gauntlet again."""
    store = Store()
    with ScriptedServer(GOOD) as server, caplog.at_level(logging.WARNING, "fukkatsu"):
        first, second = seed(server, store=store), seed(server, store=store)
        assert first(1, 0, 2) == 2
        assert second(5, 0, 3) == 3
        assert len(server.requests) == 1
    assert "Correction already in memory" in caplog.text
    assert second.fukkatsu.lives_left == 0
    assert second.fukkatsu.reports[-1].accepted


def test_a_remembered_fix_that_breaks_this_ones_good_calls_is_not_installed():
    """Memory is a candidate like any other."""
    store = Store()
    with ScriptedServer(FLOOR, GOOD) as server:
        first, second = seed(server, store=store, verify=False), seed(server, store=store)
        assert first(1, 0, 2) == 2
        assert second(7, 2, 0) == 3.5
        assert second(1, 0, 2) == 2
        assert len(server.requests) == 2
        assert second(7, 2, 0) == 3.5


def test_another_additional_request_is_another_fix():
    """A fix is keyed by it."""
    store = Store()
    with ScriptedServer(GOOD, GOOD) as server:
        first = seed(server, store=store)
        second = seed(server, store=store, additional_req="round nothing")
        assert first(1, 0, 2) == second(1, 0, 2) == 2
        assert len(server.requests) == 2


def test_with_fallback_the_original_still_runs_first():
    """The fix answers only when the original raises, and is not asked for again."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server, install="fallback")
        assert my_function(1, 0, 2) == 2
        assert my_function(4, 0, 5) == 5
        assert my_function(9, 1, 2) == 11.0
        assert len(server.requests) == 1
    assert my_function.fukkatsu.lives_left == 0


def test_a_flatline_is_raised_from_the_original_exception_with_every_report():
    """The program knows everything it would have known without us."""
    with ScriptedServer(HOPELESS, NOT_ALLOWED, FLOOR) as server:
        my_function = seed(server)
        assert my_function(7, 2, 0) == 3.5
        with pytest.raises(FlatlineError) as info:
            my_function(1, 0, 2)
    error = info.value
    assert isinstance(error.original, ZeroDivisionError)
    assert error.__cause__ is error.original
    assert [report.refused_by for report in error.reports] == ["failing-call", "static", "good-calls"]
    frames = []
    traceback = error.__cause__.__traceback__
    while traceback is not None:
        frames.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    assert frames[-1] == "my_function"
    assert my_function.fukkatsu.lives_left == 1
    assert my_function.fukkatsu.active is None


def test_on_flatline_original_raises_the_very_exception_with_a_note():
    """For programs whose callers expect their own exceptions."""
    with ScriptedServer(HOPELESS) as server:
        my_function = seed(server, attempts=1, on_flatline="original")
        with pytest.raises(ZeroDivisionError) as info:
            my_function(1, 0, 2)
    assert any("flatlined" in note for note in info.value.__notes__)


@pytest.mark.parametrize("reply", [401, 429, 500, Answer(body=b"{not json"), Answer(drop=True)])
def test_an_outage_is_a_flatline_with_the_original_exception_as_its_cause(reply):
    """An outage never replaces the function's own exception."""
    with ScriptedServer(*[reply] * 4) as server:

        @resurrect(provider=provider(server, max_retries=0), store=Store())
        def broken(x):
            return 1 / x

        with pytest.raises(FlatlineError, match="the model could not be asked") as info:
            broken(0)
    assert isinstance(info.value.__cause__, ZeroDivisionError)
    assert broken.fukkatsu.lives_left == 1


def test_the_same_failure_never_hammers_the_model():
    """After a flatline there is a cool-down, which is said; it doubles."""
    with ScriptedServer(*[HOPELESS] * 9) as server:
        my_function = seed(server, attempts=1, budget=Budget(cooldown_seconds=30))
        for _ in range(5):
            with pytest.raises(FlatlineError):
                my_function(1, 0, 2)
        assert len(server.requests) == 1
        with pytest.raises(FlatlineError, match="cool-down"):
            my_function(1, 0, 2)


def test_a_spent_budget_is_a_flatline_that_names_the_limit():
    """Spend caps are what people asked for first."""
    with ScriptedServer(*[HOPELESS] * 9) as server:
        my_function = seed(server, attempts=3, budget=Budget(requests_per_hour=2))
        with pytest.raises(FlatlineError, match="requests_per_hour"):
            my_function(1, 0, 2)
        assert len(server.requests) == 2


def test_a_slow_model_is_a_flatline_within_the_deadline():
    """One clock over everything."""
    with ScriptedServer(Answer(text=GOOD, delay_seconds=30)) as server:
        my_function = seed(server, deadline_seconds=0.7)
        started = time.monotonic()
        with pytest.raises(FlatlineError):
            my_function(1, 0, 2)
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("argument", [threading.local(), (i for i in range(3)), open(__file__)])
def test_arguments_that_cannot_be_carried_flatline_before_the_model_is_asked(argument):
    """The reason is said, and the original exception survives."""
    with ScriptedServer(GOOD) as server:

        @resurrect(provider=provider(server), store=Store())
        def broken(x):
            return 1 / 0

        with pytest.raises(FlatlineError, match=r"carried|pickle") as info:
            broken(argument)
        assert server.requests == []
    assert isinstance(info.value.__cause__, ZeroDivisionError)


def test_a_fix_never_runs_on_half_mutated_arguments():
    """What the failed call changed is put back in the caller's own list before the fix answers."""
    reply = fenced(
        "def drain(items):\n    total = 0\n    while items:\n        total += int(items.pop(0) or 0)\n    return total"
    )
    with ScriptedServer(reply) as server:

        @resurrect(provider=provider(server), store=Store())
        def drain(items):
            """Take all items out and add them up."""
            total = 0
            while items:
                total += int(items.pop(0))
            return total

        mine = ["1", "2", "", "4"]
        assert drain(mine) == 7
        assert mine == []


def test_arguments_that_nobody_looked_at_are_looked_at_from_then_on():
    """The first failure goes out as it is; the next one is healed on arguments as they were."""
    reply = fenced(
        "def drain(items):\n    total = 0\n    while items:\n        total += int(items.pop(0) or 0)\n    return total"
    )
    with ScriptedServer(reply) as server:

        @resurrect(provider=provider(server), store=Store())
        def drain(items):
            """Take all items out and add them up."""
            total = 0
            while items:
                total += int(items.pop(0))
            return total

        for _ in range(40):
            drain(["1"])
        with pytest.raises(ValueError) as info:
            drain(["1", ""])
        assert any("did not repair" in note for note in info.value.__notes__)
        assert server.requests == []
        assert drain(["1", "", "3"]) == 4


@pytest.mark.parametrize(("approve", "healed"), [(lambda fix: True, True), (lambda fix: False, False),
                                                 (lambda fix: None, False), (lambda fix: 1 / 0, False)])  # fmt: skip
def test_a_callable_approves_or_the_fix_is_not_installed(approve, healed):
    """Only True is a yes: silence, or an error, is a no."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server, attempts=1, approve=approve)
        if healed:
            assert my_function(1, 0, 2) == 2
        else:
            with pytest.raises(FlatlineError, match="passed the gauntlet, but approve"):
                my_function(1, 0, 2)
            assert my_function.fukkatsu.lives_left == 1


def test_ignored_exceptions_are_the_functions_own_business():
    """Neither healed nor dressed up."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server, ignore=ArithmeticError)
        with pytest.raises(ZeroDivisionError) as info:
            my_function(1, 0, 2)
        assert server.requests == []
    assert not isinstance(info.value, FlatlineError)


def test_only_caught_exceptions_start_a_repair():
    """`catch` narrows."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server, catch=KeyError)
        with pytest.raises(ZeroDivisionError):
            my_function(1, 0, 2)
        assert server.requests == []


def test_eight_threads_and_one_failure_cost_one_request():
    """The others wait, and use the fix."""
    with ScriptedServer(Answer(text=GOOD, delay_seconds=0.3), GOOD, GOOD) as server:
        my_function = seed(server)
        answers = []
        threads = [threading.Thread(target=lambda i=i: answers.append(my_function(1, 0, i))) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == list(range(8))
        assert len(server.requests) == 1
    assert my_function.fukkatsu.lives_left == 0


def test_after_rollback_the_original_serves_again():
    """At once; the fix is revoked and stays in the list."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server)
        assert my_function(1, 0, 2) == 2
        taken = my_function.fukkatsu.rollback()
        assert taken is not None
        assert my_function.fukkatsu.active is None
        assert [fix.state for fix in my_function.fukkatsu.fixes] == ["revoked"]
        with pytest.raises(FlatlineError, match="no life"):
            my_function(1, 0, 2)
        assert my_function(9, 1, 2) == 11.0
    assert my_function.fukkatsu.rollback() is None


def test_a_disabled_function_is_as_if_undecorated():
    """The kill switch of one function."""
    with ScriptedServer(GOOD) as server:
        my_function = seed(server)
        my_function.fukkatsu.disable()
        with pytest.raises(ZeroDivisionError) as info:
            my_function(1, 0, 2)
        assert not isinstance(info.value, FlatlineError)
        assert server.requests == []


def test_the_log_tells_the_seeds_story(caplog):
    """In its words, in its order, on the logger `fukkatsu`."""
    with ScriptedServer(GOOD) as server, caplog.at_level(logging.DEBUG, "fukkatsu"):
        seed(server)(x=1, y=0, z=2)
    story = [
        "division by zero",
        "Input arguments: {'x': 1, 'y': 0, 'z': 2}",
        "Source Code:",
        "Requesting INITIAL correction",
        "Received INITIAL suggestion:",
        "Attempt 1 to reanimate",
        "Reanimation successful, using def my_function",
    ]
    places = [caplog.text.index(words) for words in story]
    assert places == sorted(places)
    assert "Traceback (most recent call last)" in caplog.text
    assert {record.name for record in caplog.records} == {"fukkatsu"}


def test_a_fix_sees_the_globals_that_the_original_uses_as_they_are_now():
    """Live, not as they were when it was accepted."""
    global RATE
    reply = fenced(
        "def price(amount, count):\n    if count == 0:\n        return 0.0\n    return amount / count * RATE"
    )
    with ScriptedServer(reply) as server:

        @resurrect(provider=provider(server), store=Store())
        def price(amount, count):
            return amount / count * RATE

        try:
            assert price(4, 0) == 0.0
            assert price(4, 2) == 2.0
            RATE = 3.0
            assert price(4, 2) == 6.0
        finally:
            RATE = 1.0


def test_a_fix_may_use_the_helpers_and_closure_of_its_original():
    """What the original could see, the fix can."""

    def half(value):
        return value / 2

    limit = 10
    reply = fenced("def share(n):\n    if n == 0:\n        return 0\n    return min(limit, half(8) / n)")
    with ScriptedServer(reply) as server:

        @resurrect(provider=provider(server), store=Store())
        def share(n):
            return min(limit, half(8) / n)

        assert share(0) == 0
        assert share(2) == 2.0


def test_a_repair_never_starts_inside_a_repair():
    """A provider that is decorated itself, and fails, is a failing provider and nothing more."""

    @resurrect(store=Store())
    def failing_provider(messages):
        return messages["no such key"]

    @resurrect(provider=failing_provider, store=Store(), deadline_seconds=5)
    def broken(x):
        return 1 / x

    with pytest.raises(FlatlineError) as info:
        broken(0)
    assert "broken flatlined" in str(info.value)
    assert failing_provider.fukkatsu.reports == ()


def test_a_fix_that_raises_where_the_original_returns_is_taken_back():
    """The original answers, and serves again."""
    reply = fenced(
        "def pick(x, y, z):\n    if y == 0:\n        return z\n    if y == 77:\n        return z[0]\n    return x / y + z"
    )
    with ScriptedServer(reply) as server:

        @resurrect(provider=provider(server), store=Store(), checks=Checks(contract="off", preserve=False))
        def pick(x, y, z):
            return x / y + z

        assert pick(1, 0, 2) == 2
        assert pick(77, 77, 2) == 3.0
        assert pick.fukkatsu.active is None
        assert pick.fukkatsu.fixes[0].state == "revoked"
        assert len(server.requests) == 1


def test_a_method_is_healed_with_its_instance():
    """`self` is an argument like any other."""

    class Basket:
        def __init__(self, prices):
            self._prices = prices

        @resurrect(provider=lambda messages: reply, store=Store())
        def mean(self):
            return sum(self._prices) / len(self._prices)

    reply = fenced(
        "def mean(self):\n    if not self._prices:\n        return 0.0\n    return sum(self._prices) / len(self._prices)"
    )
    assert Basket([2, 4]).mean() == 3.0
    assert Basket([]).mean() == 0.0
    assert Basket([1]).mean() == 1.0


def test_nonsense_replies_are_refused_and_named_in_the_next_prompt():
    """Each costs an attempt; none is guessed at."""
    with ScriptedServer("I'm sorry, I can't help with that.", "", GOOD) as server:
        my_function = seed(server)
        assert my_function(1, 0, 2) == 2
        asked = prompts(server)
    assert len(asked) == 3
    assert re.search(r"no candidate|no function|refus", asked[1])
    assert [report.refused_by for report in my_function.fukkatsu.reports] == ["static", "static", None]


def test_a_hanging_suggestion_is_ended_by_the_clock_of_the_sandbox():
    """The host waits its limit and no longer."""
    hang = fenced("def my_function(x, y, z):\n    while True:\n        pass")
    with ScriptedServer(hang, GOOD) as server:
        my_function = seed(server, policy=Policy(wall_seconds=0.3))
        started = time.monotonic()
        assert my_function(1, 0, 2) == 2
        assert time.monotonic() - started < 10
    assert my_function.fukkatsu.reports[0].refused_by == "sandbox"
    assert "wall_seconds" in my_function.fukkatsu.reports[0].reason


def test_a_flatline_inside_a_recursion_is_said_once():
    """The outer calls pass it on instead of asking the model again for their own sake."""
    with ScriptedServer(*[HOPELESS] * 6) as server:

        @resurrect(provider=provider(server), store=Store(), attempts=1)
        def down(n):
            if n == 0:
                raise RuntimeError("bottom")
            return down(n - 1)

        with pytest.raises(FlatlineError) as info:
            down(4)
        assert isinstance(info.value.__cause__, RuntimeError)
        assert len(server.requests) == 1
