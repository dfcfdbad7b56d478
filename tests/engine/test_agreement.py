"""`Checks(agreement=2)` through the whole flow: real SDK, scripted server on loopback, real sandbox."""

from __future__ import annotations

import asyncio
import textwrap

import pytest

from fukkatsu import Budget, Checks, FlatlineError, OpenAIProvider, Store, resurrect, wait
from fukkatsu.testing import Answer, ScriptedServer, captured_events

pytestmark = pytest.mark.once  # what is said to a model, and what is made of it

PAIR = Checks(agreement=2, examples=40)


def provider(server):
    return OpenAIProvider(base_url=server.base_url, api_key="sk-scripted", model="scripted")


def fenced(source):
    return f"```python\n{textwrap.dedent(source).strip()}\n```"


ZERO = fenced("def share(total, people):\n    return total / people if people else 0")
ZERO_TOO = fenced("def share(total, people):\n    if people == 0:\n        return 0\n    return total / people")
ALL_OF_IT = fenced("def share(total, people):\n    return total / people if people else total")
STILL_RAISES = fenced("def share(total, people):\n    return total / people + 0")
NO_CODE = "I would rather talk about the weather."


def function(server, **options):
    options.setdefault("checks", PAIR)
    options.setdefault("store", Store())

    @resurrect(provider=provider(server), **options)
    def share(total, people):
        """Everybody's part of the bill."""
        return total / people

    for total, people in ((100, 2), (9, 3), (7, 2), (250, 4), (-40, 5)):
        assert share(total, people) == total / people
    return share


def asked(server):
    """Requests as they are compared: without the delimiter, which is random each time."""
    import re

    return [re.sub(r"DATA-[0-9a-f]{16}", "DATA", request.prompt) for request in server.requests]


def test_two_suggestions_that_agree_are_asked_for_and_one_is_installed():
    """Two requests with the same words, no conversation between them, one life, one fix."""
    with ScriptedServer(ZERO, ZERO_TOO) as server:
        share = function(server)
        assert share(10, 0) == 0
        first, second = asked(server)
    assert first == second
    assert [len(request.messages) for request in server.requests] == [2, 2]
    life = share.fukkatsu
    assert life.lives_left == 0
    assert [report.accepted for report in life.reports] == [True, True]
    (fix,) = life.fixes
    assert fix.report.evidence["agreement"] == 2
    assert "2 suggestions that agree on" in fix.report.evidence_line()
    assert "people else 0" in fix.source


def test_two_that_disagree_are_refused_and_the_next_prompt_says_where_but_not_who_is_right():
    """Both answers are named, neither text is shown, and the new two know of the old ones only."""
    with ScriptedServer(
        ZERO,
        ALL_OF_IT,
        ALL_OF_IT,
        fenced("""
        def share(total, people):
            if people == 0:
                return total
            return total / people
    """),
    ) as server:
        share = function(server)
        assert share(10, 0) == 10
        prompts = asked(server)
    assert len(prompts) == 4
    assert prompts[2] == prompts[3]
    added = prompts[2][len(prompts[0]) - 100 :]
    assert "disagree on share(10, 0): one returns 0, the other returns 10" in added
    assert "Nothing here says which of them is right" in added
    assert "people else" not in prompts[2]
    assert [message["role"] for message in server.requests[2].messages] == ["system", "user"]
    refused = share.fukkatsu.reports[:2]
    assert [report.refused_by for report in refused] == ["differential", "differential"]
    assert all(report.counterexample.args == (10, 0) for report in refused)
    assert share.fukkatsu.lives_left == 0


def test_the_order_of_the_answers_does_not_show_in_the_prompt():
    """Whoever spoke first, the next model reads the same."""
    prompts = []
    for replies in ((ZERO, ALL_OF_IT), (ALL_OF_IT, ZERO)):
        with ScriptedServer(*replies, NO_CODE, NO_CODE) as server:
            share = function(server, attempts=2, budget=Budget(cooldown_seconds=0))
            with pytest.raises(FlatlineError):
                share(10, 0)
            prompts.append(asked(server)[2])
    assert prompts[0][-1500:] == prompts[1][-1500:]


def test_a_refused_one_is_replaced_and_the_other_waits():
    """Three requests: the one that passed alone is not asked for again; the new one hears of the refused one only."""
    with ScriptedServer(ZERO, STILL_RAISES, ZERO_TOO) as server:
        share = function(server)
        assert share(10, 0) == 0
        prompts = asked(server)
    assert len(prompts) == 3
    assert "people + 0" in prompts[2]
    assert "people else 0" not in prompts[2]
    assert [report.refused_by for report in share.fukkatsu.reports] == ["failing-call", None, None]


def test_a_reply_without_a_candidate_is_replaced_too():
    """It costs no more than its request."""
    with ScriptedServer(NO_CODE, ZERO, ZERO_TOO) as server:
        share = function(server, attempts=2)
        assert share(10, 0) == 0
    assert len(server.requests) == 3


def test_one_good_suggestion_alone_is_never_installed():
    """Attempts run out: a flatline, no life lost, and the report says what was missing."""
    with ScriptedServer(ZERO, STILL_RAISES, STILL_RAISES) as server:
        share = function(server, attempts=2)
        with pytest.raises(FlatlineError, match="no 2 suggestions that pass the gauntlet agreed") as info:
            share(10, 0)
        assert len(server.requests) == 3
    assert share.fukkatsu.lives_left == 1
    assert share.fukkatsu.active is None
    assert not any(report.accepted for report in info.value.reports)
    assert any("only 1 passed the gauntlet alone" in report.reason for report in info.value.reports)


def test_each_request_counts_against_the_budget():
    """Two for an attempt: the third is not made when two are allowed; what was judged by then is reported."""
    with ScriptedServer(ZERO, ALL_OF_IT, ZERO, ZERO) as server:
        share = function(server, budget=Budget(requests_per_hour=2))
        with pytest.raises(FlatlineError, match="requests_per_hour=2") as info:
            share(10, 0)
        assert len(server.requests) == 2
    assert len(info.value.reports) == 2


def test_tokens_of_all_suggestions_are_counted():
    """The second of a pair is not asked for once the first has spent everything; alone, the first is refused."""
    with ScriptedServer(Answer(text=ZERO, prompt_tokens=90, completion_tokens=30), ZERO_TOO) as server:
        share = function(server, budget=Budget(tokens_per_day=100))
        with pytest.raises(FlatlineError, match="tokens_per_day=100") as info:
            share(10, 0)
        assert len(server.requests) == 1
    (report,) = info.value.reports
    assert "Checks(agreement=2) asks for 2" in report.reason
    assert share.fukkatsu.lives_left == 1


def test_the_same_text_twice_is_installed_with_a_remark():
    """What one gets from a model that is sure; the log and the report call it by its name."""
    with ScriptedServer(ZERO, ZERO) as server:
        share = function(server)
        assert share(10, 0) == 0
    (fix,) = share.fukkatsu.fixes
    assert any("one text, given 2 times" in note for note in fix.report.notes)


def test_a_remembered_fix_that_nobody_agreed_on_needs_company():
    """It was asked for independently once: it counts as one of two, and one more is asked for."""
    store = Store()
    with ScriptedServer(ZERO, ZERO_TOO) as server:
        first = function(server, store=store, checks=Checks())
        assert first(10, 0) == 0
        second = function(server, store=store)
        assert second(10, 0) == 0
        assert len(server.requests) == 2
        assert "people else 0" not in asked(server)[1]
    assert second.fukkatsu.fixes[-1].report.evidence["agreement"] == 2


def test_a_remembered_fix_that_was_agreed_on_is_installed_without_asking_again():
    """And again after that: what was agreed on once stays known."""
    store = Store()
    with ScriptedServer(ZERO, ZERO_TOO) as server:
        for _ in range(3):
            share = function(server, store=store)
            assert share(10, 0) == 0
            assert share.fukkatsu.fixes[-1].report.evidence["agreement"] == 2
        assert len(server.requests) == 2


def test_a_remembered_fix_that_the_other_contradicts_is_not_installed():
    """Memory is a suggestion like any other."""
    store = Store()
    with ScriptedServer(ZERO, ALL_OF_IT, ALL_OF_IT, ALL_OF_IT) as server:
        first = function(server, store=store, checks=Checks())
        assert first(10, 0) == 0
        second = function(server, store=store)
        assert second(10, 0) == 10
        assert len(server.requests) == 4


def test_two_that_side_together_against_the_original_wait_for_a_person():
    """Refused as each of them alone is, with the question in the report and in the log, for one call of a pair."""
    exact = "def mean(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0"
    exact_too = "def mean(numbers):\n    if not numbers:\n        return 0\n    return sum(numbers) / len(numbers)"
    with ScriptedServer(fenced(exact), fenced(exact_too)) as server:

        @resurrect(provider=provider(server), checks=PAIR, store=Store(), attempts=1)
        def mean(numbers):
            """The mean."""
            return sum(numbers) // len(numbers)

        for numbers in ([2, 4], [9, 3, 3], [8], [1, 2]):
            mean(numbers)
        with pytest.raises(FlatlineError) as info:
            mean([])
    for report in info.value.reports:
        assert not report.accepted
        assert any("FOR A PERSON TO DECIDE" in note for note in report.notes)
    assert mean.fukkatsu.active is None


def test_where_a_person_approves_by_hand_two_against_the_original_are_left_to_one():
    """They wait, with the question; approved, the first is put to work although it answers otherwise than before."""
    exact = "def mean(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0"
    exact_too = "def mean(numbers):\n    if not numbers:\n        return 0\n    return sum(numbers) / len(numbers)"
    store = Store()
    with ScriptedServer(fenced(exact), fenced(exact_too)) as server:

        @resurrect(provider=provider(server), checks=PAIR, store=store, approve="manual")
        def mean(numbers):
            """The mean."""
            return sum(numbers) // len(numbers)

        for numbers in ([2, 4], [9, 3, 3], [8], [1, 2]):
            mean(numbers)
        with pytest.raises(FlatlineError, match="waits for a person"):
            mean([])
        (fix,) = store.fixes()
        assert fix.state == "pending"
        assert any("FOR A PERSON TO DECIDE" in note for note in fix.report.notes)
        with pytest.raises(FlatlineError, match="waits for a person"):
            mean([])
        assert mean([1, 2]) == 1
        store.change_state(fix.id, "active", actor="anna")
        assert mean([]) == 0
        assert mean([1, 2]) == 1.5
        assert len(server.requests) == 2


def test_a_slow_second_suggestion_costs_the_deadline_and_no_more():
    """One clock over both: the first alone is not installed, and its report says what it waited for."""
    with ScriptedServer(ZERO, Answer(text=ZERO_TOO, delay_seconds=60)) as server:
        share = function(server, deadline_seconds=3)
        with pytest.raises(FlatlineError) as info:
            share(10, 0)
    assert not any(report.accepted for report in info.value.reports)
    assert share.fukkatsu.active is None
    assert share.fukkatsu.lives_left == 1


def test_an_objection_of_the_approver_dissolves_the_panel():
    """Agreement is evidence, approval is somebody's word: both are needed."""
    seen = []

    def approve(fix):
        seen.append(fix.report.evidence["agreement"])
        return len(seen) > 1

    with ScriptedServer(ZERO, ZERO_TOO, ZERO, ZERO_TOO) as server:
        share = function(server, approve=approve)
        assert share(10, 0) == 0
        assert len(server.requests) == 4
    assert seen == [2, 2]


def test_in_the_classic_mode_nothing_is_agreed_on():
    """`verify=False` has four stages and no company: one request, one life."""
    with ScriptedServer(ALL_OF_IT) as server:
        share = function(server, verify=False)
        assert share(10, 0) == 10
        assert len(server.requests) == 1


def test_events_tell_of_both_suggestions():
    """Who watches sees two requests, and both accepted or both refused."""
    with ScriptedServer(ZERO, ZERO_TOO) as server, captured_events() as events:
        assert function(server)(10, 0) == 0
    names = [event.name for event in events]
    assert names.count("suggestion.requested") == 2
    assert names.count("candidate.accepted") == 2
    assert names.count("fix.installed") == 1


def test_a_coroutine_function_is_agreed_on():
    """Asked from the event loop, twice."""
    replies = (
        "async def half(value):\n    return value / 2 if value is not None else 0",
        "async def half(value):\n    if value is None:\n        return 0\n    return value / 2",
    )
    with ScriptedServer(*map(fenced, replies)) as server:

        @resurrect(provider=provider(server), checks=PAIR, store=Store())
        async def half(value):
            """Half of it."""
            return value / 2

        async def main():
            assert await half(5) == 2.5
            return await half(None)

        assert asyncio.run(main()) == 0
        assert len(server.requests) == 2
    assert half.fukkatsu.fixes[-1].report.evidence["agreement"] == 2


def test_a_generator_function_is_agreed_on_by_what_it_yields():
    """Two that yield different items disagree; the next two do not."""
    none = "def halves(values):\n    for value in values:\n        yield value / 2 if value is not None else None"
    zero = "def halves(values):\n    for value in values:\n        yield value / 2 if value is not None else 0.0"
    zero_too = """
        def halves(values):
            for value in values:
                if value is None:
                    yield 0.0
                    continue
                yield value / 2
    """
    with ScriptedServer(fenced(none), fenced(zero), fenced(zero), fenced(zero_too)) as server:

        @resurrect(provider=provider(server), checks=Checks(agreement=2, result_type=False), store=Store())
        def halves(values):
            """Half of each."""
            for value in values:
                yield value / 2

        assert list(halves([4, 6])) == [2, 3]
        assert list(halves([4, None, 6])) == [2, 0, 3]
        assert len(server.requests) == 4


def test_it_is_agreed_on_in_the_background():
    """The caller has the exception; the next one has the fix, and two requests were made for it."""
    with ScriptedServer(ZERO, ZERO_TOO) as server:
        share = function(server, when="background")
        with pytest.raises(ZeroDivisionError):
            share(10, 0)
        assert wait(30)
        assert share(10, 0) == 0
        assert len(server.requests) == 2
