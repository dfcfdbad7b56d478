"""The first calls of an accepted fix: what would not end is stopped in the sandbox, and the original answers."""

from __future__ import annotations

import asyncio
import time

import pytest

from fukkatsu import Checks, Policy, resurrect
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.compile import check_compile
from fukkatsu._language.facts import read_facts
from fukkatsu._language.program import link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._rehearsal import rehearse_first_calls
from fukkatsu._sandbox.host import isolation
from fukkatsu.errors import PolicyError

pytestmark = pytest.mark.skipif(not isolation().sufficient, reason="this machine has no full sandbox")
made: list[object] = []


def share(n, log=None):
    """One hundredth's share."""
    made.append(n)
    return 100 // n


async def share_later(n):
    """The same, later."""
    return 100 // n


def shares(n):
    """All of them."""
    for i in range(n):
        yield 100 // i


FIXES = {
    "share": """
def share(n, log=None):
    made.append(n)
    if log is not None:
        log.append(n)
    if n == 5:
        return 3 ** (n * 10 ** 9) // n
    if n == 6:
        import re
        return re.fullmatch("(a+)+b", "a" * 40)
    if n == 7:
        return [0] * n * (10 ** 9)
    return 100 // n if n else 0
""",
    "share_later": "async def share_later(n):\n    while n == 5:\n        pass\n    return 100 // n if n else 0\n",
    "shares": "def shares(n):\n    for i in range(n):\n        while i == 5:\n            pass\n        yield 100 // i if i else 0\n",
}


def no_model(messages):
    """These fixes are installed by hand: whatever fails afterwards stays as it is."""
    raise ConnectionError


def installed(function, policy, then=None):
    """*function*, decorated, with its fix installed as the flow installs one."""
    decorated = resurrect(policy=policy, provider=no_model, on_flatline="original")(function)
    line = decorated.fukkatsu
    source = read_source(function)
    bench = Bench(
        original=function,
        source=source,
        facts=read_facts(function, source),
        candidate=Candidate(text=FIXES[function.__name__]),
        policy=policy,
        checks=Checks(),
        failure=None,
        failing_call=None,
    )
    assert check_compile(bench).outcome == "accepted"
    linked = link_program(
        bench.program,
        bench.code,
        LiveScope(function, bench.facts.scope_names),
        defaults=function.__defaults__,
        kwdefaults=function.__kwdefaults__,
    )
    key = FixKey(module=source.module, qualname=source.qualname, source_sha256=source.sha256, fingerprint="f",
                 additional_req="")  # fmt: skip
    fix = Fix(key=key, candidate=bench.candidate, report=Report(function=source.qualname, source="", verdicts=()))
    serving = rehearse_first_calls(line, fix, linked, bench, then and then(linked))
    line.install(fix, linked, replace_original=True, serving=serving)
    made.clear()
    return decorated


def narrow(calls=10, seconds=0.5):
    return Policy(first_calls_wall_seconds=seconds, first_calls=calls)


def test_a_call_that_ends_is_made_in_the_host_with_the_callers_own_arguments():
    """Once, after its rehearsal: what the fix does to arguments and globals is done exactly once."""
    decorated, log = installed(share, narrow()), []
    assert (decorated(0, log), decorated(4, log)) == (0, 25)
    assert log == [0, 4]
    assert made == [0, 4]
    assert decorated.fukkatsu.active is not None


@pytest.mark.parametrize("n", [5, 6, 7], ids=["a big power", "a regular expression that explodes", "a huge list"])
def test_a_call_that_does_not_end_takes_the_fix_back_and_the_original_answers(n):
    """Whatever burns is in C and deaf to signals; the host never begins it."""
    decorated = installed(share, narrow())
    begun = time.monotonic()
    assert decorated(n) == 100 // n
    assert time.monotonic() - begun < 8
    assert decorated.fukkatsu.active is None
    assert decorated.fukkatsu.fixes[-1].state == "revoked"


def test_what_the_fix_raises_is_raised_in_the_host():
    """An exception is an end like any other."""
    decorated = installed(share, narrow())
    with pytest.raises(TypeError):
        decorated("x")
    assert decorated.fukkatsu.active is not None


def test_a_call_that_cannot_be_rehearsed_is_answered_by_the_original():
    """What threads keep stays in its process; the fix stays, and answers what can be rehearsed."""
    import threading

    decorated = installed(share, narrow())
    with pytest.raises(ZeroDivisionError):
        decorated(0, log=threading.local())
    assert decorated(0) == 0


def test_after_the_first_calls_the_fix_answers_by_itself():
    """So many calls and no more; then callers reach the function itself, or what stands in line after this."""
    decorated = installed(share, narrow(calls=2))
    assert [decorated(0), decorated(0)] == [0, 0]
    begun = time.perf_counter()
    for _ in range(2_000):
        decorated(0)
    assert time.perf_counter() - begun < 2  # 2,000 rehearsals, at milliseconds each, would take longer
    seen = []
    decorated = installed(share, narrow(calls=1), then=lambda linked: lambda *args: seen.append(args) or linked(*args))
    assert [decorated(0), decorated(0), decorated(4)] == [0, 0, 25]
    assert seen == [(0, None), (4, None)]


def test_without_a_limit_nothing_is_rehearsed():
    """The default: the function itself is put to work."""
    assert Policy().first_calls_wall_seconds is None
    decorated = installed(share, Policy())
    assert decorated(0) == 0


def test_coroutines_are_rehearsed_beside_the_event_loop():
    """The loop goes on meanwhile; one that would not end never begins in it."""
    decorated = installed(share_later, narrow(seconds=1.0))

    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.05)
                ticks += 1

        ticking = asyncio.create_task(tick())
        answers = [await decorated(0), await decorated(5)]
        ticking.cancel()
        return answers, ticks

    answers, ticks = asyncio.run(main())
    assert answers == [0, 20]
    assert ticks >= 5
    assert decorated.fukkatsu.active is None


def test_a_generator_is_rehearsed_as_a_whole():
    """Before its first item."""
    decorated = installed(shares, narrow())
    assert list(decorated(3)) == [0, 100, 50]
    with pytest.raises(ZeroDivisionError):
        list(decorated(8))
    assert decorated.fukkatsu.active is None


@pytest.mark.parametrize(
    "wrong",
    [{"first_calls_wall_seconds": 0}, {"first_calls_wall_seconds": float("nan")}, {"first_calls": 0},
     {"first_calls": 1.5}, {"first_calls_wall_seconds": True}],
)  # fmt: skip
def test_limits_that_are_none_are_refused(wrong):
    """Validated where they are written."""
    with pytest.raises(PolicyError):
        Policy(**wrong)
