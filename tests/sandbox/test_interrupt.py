"""What runs in the sandbox can be ended from another thread, at once, and nothing of it begins any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time

import pytest

from fukkatsu import Policy, _served, resurrect
from fukkatsu._sandbox import host, pool, serve
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu._sandbox.interrupt import Interrupt
from fukkatsu.errors import SandboxedCallError, SandboxUnavailableError

PATIENT = Policy(wall_seconds=60.0, total_seconds=60.0, cpu_seconds=60.0)


def spin():
    while True:
        pass


def begun(interrupt: Interrupt) -> None:
    """Wait until something of it runs."""
    until = time.monotonic() + 30
    while not interrupt._runners:
        assert time.monotonic() < until
        time.sleep(0.001)


def run_in_thread(interrupt, act):
    ended = []

    def work():
        with interrupt:
            try:
                ended.append(act())
            except BaseException as error:
                ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    begun(interrupt)
    interrupt.now()
    thread.join()
    return ended[0]


def test_a_run_in_flight_ends_when_it_is_interrupted():
    """Long before its own clock; it is told as what it is."""
    step = pool.Step("call", carry_call((), {}))
    run = run_in_thread(Interrupt(), lambda: pool.run(pool.original_subject(carry(spin)), [step], PATIENT))
    assert (run.ended, run.reason) == ("cancelled", "what it ran for was cancelled")
    assert [outcome.kind for outcome in run.outcomes] == ["lost"]


def test_a_run_of_many_parts_begins_no_further_one():
    """Where steps after a lost one would go on in another runner."""
    steps = [pool.Step("call", carry_call((), {}))] * 5
    subject = pool.original_subject(carry(spin))
    ended = run_in_thread(Interrupt(), lambda: pool.run(subject, steps, PATIENT, stop_at_first_loss=False))
    assert isinstance(ended, SandboxUnavailableError)
    assert "cancelled" in str(ended)


def test_a_served_call_ends_when_it_is_interrupted():
    """The function can be called again: its next call has another runner."""

    def wait(forever):
        while forever:
            pass
        return 5

    with serve.SandboxedFunction(pool.original_subject(carry(wait)), PATIENT) as served:
        assert served(False) == 5  # from here on the runner is one that is kept
        ended = run_in_thread(Interrupt(), lambda: served(True))
        assert isinstance(ended, SandboxedCallError)
        assert served(False) == 5


def test_nothing_begins_after_the_interruption():
    """The thread that is to be ended may be anywhere."""
    interrupt = Interrupt()
    interrupt.now()
    with interrupt, pytest.raises(SandboxUnavailableError, match="cancelled"):
        pool.run(pool.original_subject(carry(spin)), [pool.Step("call", carry_call((), {}))], PATIENT)


def test_what_others_run_goes_on():
    """An interruption is one repair's own."""
    interrupt = Interrupt()
    double = pool.original_subject(carry(lambda n: n * 2))
    with interrupt:
        pool.run(double, [pool.Step("call", carry_call((2,), {}))], Policy())
    assert not interrupt._runners
    interrupt.now()
    assert pool.run(double, [pool.Step("call", carry_call((2,), {}))], Policy()).outcomes[0].value == b"4"


ENDLESS = "async def halved(n):\n    while n == 0:\n        n = 0\n    return 10 / n\n"


def test_a_cancelled_repair_kills_the_run_in_flight():
    """The task is cancelled while a correction spins: its runner dies at once, not at the policy's clock."""
    seen = threading.Event()

    def provider(_messages):
        seen.set()
        return f"```python\n{ENDLESS}```"

    @resurrect(provider=provider, policy=PATIENT, deadline_seconds=120.0, attempts=1)
    async def halved(n):
        return 10 / n

    async def main():
        task = asyncio.create_task(halved(0))
        await asyncio.to_thread(seen.wait, 60)
        await asyncio.to_thread(until_busy)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
    until_idle()


def test_a_cancelled_call_of_a_served_coroutine_kills_its_runner():
    """What the fix would still have answered is of no use to anybody."""

    async def main(served):
        task = asyncio.create_task(_served._awaited(served, (), {}))
        await asyncio.to_thread(until_busy)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    with serve.SandboxedFunction(pool.original_subject(carry(spin)), PATIENT) as served:
        asyncio.run(main(served))
        until_idle()


def spinning() -> int:
    """Runners of this process that use the processor: the candidate's loop, and nothing else here, does for long."""
    count = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
                if fields[0] == "R" and int(fields[11]) + int(fields[12]) > 50 and ours(int(entry)):
                    count += 1
    return count


def ours(pid: int) -> bool:
    roots = {zygote.process.pid for zygote in host.living()}
    while pid > 1:
        if pid in roots:
            return True
        with open(f"/proc/{pid}/stat") as file:
            pid = int(file.read().rpartition(")")[2].split()[1])
    return False


def until_busy() -> None:
    until = time.monotonic() + 60
    while not spinning():
        assert time.monotonic() < until
        time.sleep(0.02)


def until_idle() -> None:
    until = time.monotonic() + 20
    while spinning():
        assert time.monotonic() < until
        time.sleep(0.02)
