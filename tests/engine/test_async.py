"""Coroutine functions: the loop goes on, cancellation cancels, and the answer comes in the caller's own task."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import os
import threading
import time

import pytest

from fukkatsu import Checks, FlatlineError, Policy, Store, resurrect
from fukkatsu.testing import captured_events

HOST = os.getpid()
SHARE = """
async def share(x, y):
    if y == 0:
        return 0.0
    return x / y
"""


def sharing(provider, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider, **options)
    async def share(x, y):
        return x / y

    return share


def repair_threads():
    return [t for t in threading.enumerate() if t.name in ("fukkatsu-repair", "fukkatsu-provider")]


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def test_a_coroutine_function_stays_one_with_its_signature(model):
    """Frameworks ask before they call."""
    share = sharing(model(SHARE))
    assert inspect.iscoroutinefunction(share)
    assert asyncio.iscoroutinefunction(share)
    assert str(inspect.signature(share)) == "(x, y)"


def test_a_failing_coroutine_is_healed_and_stays_healed(model):
    """One request; the answer of the fix is awaited."""
    provider = model(SHARE)
    share = sharing(provider)

    async def main():
        assert await share(4, 2) == 2.0
        assert await share(1, 0) == 0.0
        assert await share(7, 0) == 0.0
        assert await share(x=9, y=3) == 3.0

    asyncio.run(main())
    assert provider.requests == 1
    assert share.fukkatsu.lives_left == 0
    assert inspect.iscoroutinefunction(share.fukkatsu.active)


def test_the_event_loop_is_never_blocked_by_a_repair(model):
    """Slow model, warm modules: other tasks run all the while."""
    asyncio.run(sharing(model(SHARE))(1, 0))  # loads what a first repair loads
    share, gaps = sharing(model(SHARE, seconds=0.5)), []

    async def heartbeat():
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    async def main():
        beat = asyncio.create_task(heartbeat())
        assert await share(1, 0) == 0.0
        beat.cancel()

    asyncio.run(main())
    assert len(gaps) > 40
    assert sorted(gaps)[int(len(gaps) * 0.95)] < 0.1


def test_an_async_provider_is_awaited_on_the_callers_loop(model):
    """Its clients and locks belong to that loop."""
    loops, tasks = [], []

    async def provider(messages):
        loops.append(asyncio.get_running_loop())
        tasks.append(threading.current_thread())
        await asyncio.sleep(0)
        return f"```python{SHARE}```"

    share = sharing(provider)

    async def main():
        assert await share(1, 0) == 0.0
        assert loops == [asyncio.get_running_loop()]
        assert tasks == [threading.current_thread()]

    asyncio.run(main())


def test_context_variables_reach_the_provider_and_the_answer(model):
    """Request ids and tenants are kept."""
    tenant = contextvars.ContextVar("tenant", default="nobody")
    seen = []

    def provider(messages):
        seen.append(tenant.get())
        return f"```python{SHARE}```"

    async def asked(messages):
        seen.append(tenant.get())
        return f"```python{SHARE}```"

    async def main():
        tenant.set("alice")
        assert await sharing(provider)(1, 0) == 0.0
        assert await sharing(asked)(1, 0) == 0.0

    asyncio.run(main())
    assert seen == ["alice", "alice"]


def test_the_fix_runs_in_the_task_of_the_caller():
    """Task-local state, timeouts and cancellation go on working."""
    reply = """```python
async def who(x):
    if x == 0:
        return here()
    return 1 / x
```"""
    tasks = []

    def here():
        tasks.append(asyncio.current_task())
        return 0

    @resurrect(provider=lambda messages: reply, store=Store(), checks=Checks(contract="off"))
    async def who(x):
        return 1 / x + here() * 0

    async def main():
        await who(0)
        assert tasks[-1] is asyncio.current_task()

    asyncio.run(main())


def test_cancelling_the_caller_cancels_an_async_provider_and_installs_nothing():
    """Nobody waits any more: nothing goes on, and nothing changes."""
    ended = []
    started = threading.Event()

    async def provider(messages):
        started.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    share = sharing(provider)

    async def main():
        task = asyncio.create_task(share(1, 0))
        while not started.is_set():
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.05)
        assert ended == ["cancelled"]
        assert len(asyncio.all_tasks()) == 1

    with captured_events() as events:
        asyncio.run(main())
    assert until(lambda: not repair_threads())
    assert share.fukkatsu.active is None
    assert share.fukkatsu.lives_left == 1
    assert "fix.installed" not in {event.name for event in events}


def test_a_cancelled_repair_does_not_install_what_it_finds_afterwards(model):
    """A synchronous provider cannot be interrupted; its answer is dropped."""
    provider = model(SHARE, seconds=10)
    share = sharing(provider)

    async def main():
        task = asyncio.create_task(share(1, 0))
        while not provider.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    provider.gate.set()
    assert until(lambda: not repair_threads())
    assert share.fukkatsu.active is None
    assert share.fukkatsu.lives_left == 1


def test_cancelling_ends_the_replay_of_the_original_too(model):
    """Before a model is asked, a generator's failure is replayed: here it would spin there for a minute."""
    patient = Policy(wall_seconds=60.0, total_seconds=60.0, cpu_seconds=60.0)

    @resurrect(provider=model("nothing"), store=Store(), policy=patient)
    async def each(x, y):
        while os.getpid() != HOST:
            pass
        yield x / y

    async def main():
        task = asyncio.create_task(anext(each(1, 0)))
        while not repair_threads():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # the replay begins; where it has not, it must not begin any more
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert until(lambda: not repair_threads(), 20)
    assert each.fukkatsu.active is None


def test_a_timeout_around_the_call_is_the_callers_timeout(model):
    """`asyncio.timeout` ends a repair like any other await."""
    share = sharing(model(SHARE, seconds=10))

    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await share(1, 0)

    started = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - started < 5


def test_cancellation_inside_the_function_is_no_failure(model):
    """CancelledError passes straight through."""
    provider = model(SHARE)

    @resurrect(provider=provider, store=Store())
    async def cancelled():
        raise asyncio.CancelledError

    async def main():
        with pytest.raises(asyncio.CancelledError):
            await cancelled()

    asyncio.run(main())
    assert provider.requests == 0


def test_a_flatline_of_a_coroutine_is_raised_from_its_exception(model):
    """As for plain functions."""
    share = sharing(model("async def share(x, y):\n    return x / y"), attempts=2)

    async def main():
        with pytest.raises(FlatlineError, match="none of 2 suggestions") as info:
            await share(1, 0)
        assert isinstance(info.value.__cause__, ZeroDivisionError)
        assert len(info.value.reports) == 2

    asyncio.run(main())


def test_a_thousand_tasks_with_one_fault_cost_one_request(model):
    """They wait for the one repair, hold no thread, and use the fix."""
    provider = model(SHARE, seconds=0.5)
    share = sharing(provider)

    async def main():
        asyncio.get_running_loop().call_later(0.2, lambda: counts.append(threading.active_count()))
        return await asyncio.gather(*(share(i, 0) for i in range(1000)))

    counts = []
    before = threading.active_count()
    assert asyncio.run(main()) == [0.0] * 1000
    assert provider.requests == 1
    assert counts[0] - before < 10


def test_a_thousand_tasks_flatline_for_the_same_reason(model):
    """One request, one reason, a thousand original exceptions."""
    provider = model("async def share(x, y):\n    return x / y", seconds=0.3)
    share = sharing(provider, attempts=1)

    async def main():
        return await asyncio.gather(*(share(i, 0) for i in range(1000)), return_exceptions=True)

    errors = asyncio.run(main())
    assert {type(error) for error in errors} == {FlatlineError}
    assert {error.reason for error in errors} == {"none of 1 suggestions was accepted (attempts=1)"}
    assert len({id(error.__cause__) for error in errors}) == 1000
    assert provider.requests == 1


def test_a_follower_goes_on_with_the_repair_when_its_leader_is_cancelled(model):
    """The repair belongs to all who wait for it: no second request."""
    provider = model(SHARE, seconds=0.5)
    share = sharing(provider)

    async def main():
        leader = asyncio.create_task(share(1, 0))
        while not provider.requests:
            await asyncio.sleep(0.005)
        follower = asyncio.create_task(share(2, 0))
        await asyncio.sleep(0.05)
        leader.cancel()
        assert await follower == 0.0
        assert leader.cancelled()

    asyncio.run(main())
    assert provider.requests == 1


def test_a_follower_on_another_loop_takes_over_when_the_leaders_loop_ends():
    """The provider was waiting on a loop that is gone; the follower asks on its own."""
    asked, first = [], threading.Event()

    async def provider(messages):
        asked.append(asyncio.get_running_loop())
        if len(asked) == 1:
            first.set()
            await asyncio.sleep(30)
        return f"```python{SHARE}```"

    share = sharing(provider)
    answers = []

    def follow():
        first.wait(10)
        answers.append(asyncio.run(share(2, 0)))

    thread = threading.Thread(target=follow)
    thread.start()

    async def main():
        task = asyncio.create_task(share(1, 0))
        while share.fukkatsu.flight is None or share.fukkatsu.flight._waiting < 2:
            await asyncio.sleep(0.005)
        task.cancel()

    asyncio.run(main())
    thread.join(20)
    assert answers == [0.0]
    assert len(asked) == 2


def test_followers_wait_no_longer_than_their_own_deadline(model):
    """The leader's clock is not theirs."""
    provider = model(SHARE, seconds=10)
    share = sharing(provider, deadline_seconds=0.5)

    async def main():
        started = time.monotonic()
        errors = await asyncio.gather(*(share(i, 0) for i in range(20)), return_exceptions=True)
        assert time.monotonic() - started < 5
        assert {type(error) for error in errors} == {FlatlineError}

    asyncio.run(main())
    provider.gate.set()


def test_the_callers_own_list_is_put_back_before_the_fix_awaits_it(model):
    """Half-mutated arguments are as bad in a task as in a thread."""
    provider = model("""
async def drain(items):
    total = 0
    while items:
        total += int(items.pop(0) or 0)
    return total
""")

    @resurrect(provider=provider, store=Store())
    async def drain(items):
        """Take all items out and add them up."""
        total = 0
        while items:
            total += int(items.pop(0))
        return total

    mine = ["1", "2", "", "4"]
    assert asyncio.run(drain(mine)) == 7
    assert mine == []


def test_arguments_that_others_changed_meanwhile_are_left_alone(model):
    """Putting back what a stranger wrote would lose it: that call flatlines, the next is answered."""
    provider = model("""
async def drain(items):
    total = 0
    while items:
        total += int(items.pop(0) or 0)
    return total
""", seconds=0.5)  # fmt: skip

    @resurrect(provider=provider, store=Store())
    async def drain(items):
        """Take all items out and add them up."""
        total = 0
        while items:
            total += int(items.pop(0))
        return total

    mine = ["1", "", "4"]

    async def main():
        task = asyncio.create_task(drain(mine))
        while not provider.requests:
            await asyncio.sleep(0.005)
        mine.append("7")
        with pytest.raises(FlatlineError, match="changed by others"):
            await task
        assert mine == ["4", "7"]
        assert await drain(mine) == 11

    asyncio.run(main())


def test_a_fix_served_from_the_sandbox_is_awaited_too(model):
    """`run_in="sandbox"`: nothing of it in the host, and the loop is not blocked by it."""
    share = sharing(model(SHARE), policy=Policy(run_in="sandbox"))

    async def main():
        assert await share(1, 0) == 0.0
        assert await share(8, 2) == 4.0

    asyncio.run(main())


def test_a_method_of_an_async_client_is_healed(model):
    """`self` travels; the instance stays itself."""

    class Client:
        def __init__(self, rows):
            self.rows = rows

        @resurrect(provider=model("""
async def mean(self):
    if not self.rows:
        return 0.0
    return sum(self.rows) / len(self.rows)
"""), store=Store())  # fmt: skip
        async def mean(self):
            return sum(self.rows) / len(self.rows)

    assert asyncio.run(Client([]).mean()) == 0.0
    assert asyncio.run(Client([1, 3]).mean()) == 2.0
