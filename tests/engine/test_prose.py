"""`Checks(prose=True)` through the whole flow: real SDK, scripted server on loopback, real sandbox."""

from __future__ import annotations

import asyncio
import json
import textwrap

import pytest

from fukkatsu import Budget, Checks, FlatlineError, OpenAIProvider, Store, resurrect, wait
from fukkatsu.testing import Answer, ScriptedServer

pytestmark = pytest.mark.once  # what is said to a model, and what is made of it

PROSE = Checks(prose=True, examples=40)


def provider(server):
    return OpenAIProvider(base_url=server.base_url, api_key="sk-scripted", model="scripted")


def fenced(source):
    return f"```python\n{textwrap.dedent(source).strip()}\n```"


def candidate(value):
    return fenced(f"def my_function(x, y, z):\n    if y == 0:\n        return {value}\n    return x / y + z")


def table(then="__return__ == z"):
    cases = [{"when": "y == 0", "then": then}, {"when": "else", "then": "__return__ == x / y + z"}]
    return f"```json\n{json.dumps([{'sentence': 'Should return z when there is nothing to divide by.', 'cases': cases}])}\n```"


def function(server, **options):
    options.setdefault("checks", PROSE)
    options.setdefault("store", Store())

    @resurrect(provider=provider(server), **options)
    def my_function(x, y, z):
        """
        function to divide x by y and add to the result z. Should return z when there is nothing to divide by.
        """
        result = x / y + z
        return result

    for x, y, z in ((7, 2, 0), (9, 3, 1), (1, 4, 5), (20, 7, 3)):
        assert my_function(x, y, z) == x / y + z
    return my_function


def test_the_docstring_is_read_first_and_refuses_what_it_does_not_say():
    """One request for the reading, with signature and docstring alone; the refusal goes into the next prompt."""
    with ScriptedServer(table(), candidate("0"), candidate("z")) as server:
        my_function = function(server)
        assert my_function(1, 0, 2) == 2
        first, second, third = [request.prompt for request in server.requests]
    assert "my_function(x, y, z)" in first
    assert "Should return z when there is nothing to divide by" in first
    for absent in ("result = x", "ZeroDivisionError", "Traceback"):
        assert absent not in first
        assert absent in second
    assert "decision table" not in second
    assert "but the docstring says 'Should return z when there is nothing to divide by.'" in third
    reports = my_function.fukkatsu.reports
    assert [report.refused_by for report in reports] == ["contract", None]
    assert reports[0].counterexample.args == (1, 0, 2)
    assert reports[1].evidence["prose"] == 1


@pytest.mark.parametrize("nonsense", ["I like it.", "```json\n{}\n```", "", '[{"sentence": "Return 0.", "cases": []}]'])
def test_nonsense_is_reported_and_costs_no_more_than_its_request(nonsense):
    """The gauntlet goes on without the prose, and every report says so."""
    with ScriptedServer(nonsense, candidate("z")) as server:
        my_function = function(server)
        assert my_function(1, 0, 2) == 2
        assert len(server.requests) == 2
    assert any("ignored in the reading of the docstring" in note for note in my_function.fukkatsu.reports[-1].notes)


def test_a_docstring_is_read_once_for_each_function():
    """The next failure of the same function, and a copy of it, use the same reading."""
    with ScriptedServer(table(), candidate("0"), candidate("0"), candidate("z")) as server:
        first = function(server, attempts=1)
        with pytest.raises(FlatlineError):
            first(1, 0, 2)
        second = function(server, budget=Budget(cooldown_seconds=0, requests_per_hour=50))
        assert second(1, 0, 2) == 2
        assert sum("decision tables" in request.prompt for request in server.requests) == 1
    assert [report.refused_by for report in second.fukkatsu.reports] == ["contract", None]


def test_a_cool_down_is_not_broken_to_read_a_docstring():
    """While the failure cools down nothing is asked, not even this."""
    with ScriptedServer("nonsense", candidate("0 / y")) as server:
        my_function = function(server, attempts=1, budget=Budget(cooldown_seconds=600))
        for said in ("attempts=1", "cool-down"):
            with pytest.raises(FlatlineError, match=said):
                my_function(1, 0, 2)
        assert len(server.requests) == 2


def test_the_reading_counts_against_the_budget():
    """It is a request like any other."""
    with ScriptedServer(Answer(text=table(), prompt_tokens=5, completion_tokens=5), candidate("z")) as server:
        my_function = function(server, budget=Budget(requests_per_hour=1))
        with pytest.raises(FlatlineError, match="requests_per_hour=1"):
            my_function(1, 0, 2)
        assert len(server.requests) == 1


def test_a_remembered_fix_faces_the_prose_too():
    """Accepted without it, refused with it: memory is a suggestion like any other."""
    store = Store()
    with ScriptedServer(candidate("0"), table(), candidate("z")) as server:
        first = function(server, store=store, checks=Checks())
        assert first(1, 0, 2) == 0
        second = function(server, store=store)
        assert second(1, 0, 2) == 2
        assert len(server.requests) == 3
        third = function(server, store=store)
        assert third(1, 0, 2) == 2
        assert len(server.requests) == 3


def test_a_function_without_a_docstring_is_not_asked_about():
    """There is nothing to read; the report says so."""
    with ScriptedServer(fenced("def half(x):\n    return x / 2 if x is not None else 0")) as server:

        @resurrect(provider=provider(server), checks=PROSE, store=Store())
        def half(x):
            return x / 2

        assert half(None) == 0
        assert len(server.requests) == 1
    assert any("it has no docstring" in note for note in half.fukkatsu.reports[-1].notes)


def test_prose_and_agreement_go_together():
    """One reading, then two suggestions for each attempt."""
    other = fenced("def my_function(x, y, z):\n    return x / y + z if y else z")
    with ScriptedServer(table(), candidate("0"), candidate("z"), other) as server:
        my_function = function(server, checks=Checks(prose=True, agreement=2, examples=40))
        assert my_function(1, 0, 2) == 2
        assert len(server.requests) == 4
    evidence = my_function.fukkatsu.fixes[-1].report.evidence
    assert (evidence["prose"], evidence["agreement"]) == (1, 2)


def test_the_classic_mode_reads_nothing():
    """Four stages, and no questions beside them."""
    with ScriptedServer(candidate("0")) as server:
        my_function = function(server, verify=False)
        assert my_function(1, 0, 2) == 0
        assert len(server.requests) == 1


def test_a_secret_of_the_docstring_does_not_leave_with_the_question():
    """It is masked as in every other prompt."""
    with ScriptedServer(table(), candidate("z")) as server:

        @resurrect(provider=provider(server), checks=PROSE, store=Store())
        def my_function(x, y, z):
            """Should return z when there is nothing to divide by. Its token is sk-abcdefghijklmnopqrstuvwxyz0123."""
            return x / y + z

        assert my_function(1, 0, 2) == 2
        assert "sk-abcdefgh" not in server.requests[0].prompt


def test_coroutines_generators_and_the_background_read_prose_too():
    """One flow for every kind of function."""
    asked = json.dumps(
        [
            {
                "sentence": "It is 0 for None.",
                "cases": [
                    {"when": "x is None", "then": "__return__ == 0"},
                    {"when": "else", "then": "__return__ == x / 2"},
                ],
            }
        ]
    )

    def bodies(head, verb):
        return [fenced(f"{head} half(x):\n    {verb} {value} if x is None else x / 2") for value in ("1", "0")]

    with ScriptedServer(asked, *bodies("async def", "return")) as server:

        @resurrect(provider=provider(server), checks=PROSE, store=Store())
        async def half(x):
            """Half of it. It is 0 for None."""
            return x / 2

        async def main():
            for x in (2, 5, 8, 11):
                assert await half(x) == x / 2
            return await half(None)

        assert asyncio.run(main()) == 0
        assert [report.refused_by for report in half.fukkatsu.reports] == ["contract", None]

    in_items = asked.replace("__return__ == 0", "__return__ == [0]").replace(
        "__return__ == x / 2", "__return__ == [x / 2]"
    )
    with ScriptedServer(in_items, *bodies("def", "yield")) as server:

        @resurrect(provider=provider(server), checks=PROSE, store=Store())
        def half(x):
            """Half of it. It is 0 for None."""
            yield x / 2

        for x in (2, 5, 8, 11):
            assert list(half(x)) == [x / 2]
        assert list(half(None)) == [0]
        assert [report.refused_by for report in half.fukkatsu.reports] == ["contract", None]

    with ScriptedServer(table(), candidate("0"), candidate("z")) as server:
        my_function = function(server, when="background")
        with pytest.raises(ZeroDivisionError):
            my_function(1, 0, 2)
        assert wait(30)
        assert my_function(1, 0, 2) == 2
