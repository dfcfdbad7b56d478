"""A repair that nobody waits for any more leaves nothing running: no thread, no process, no task."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from fukkatsu import Checks, FlatlineError, Store, resurrect
from fukkatsu._sandbox import host
from fukkatsu.testing import captured_events

HOST = os.getpid()
TICKS_AT_WORK = 40  # of processor time: a runner that waits for work, made ready for it, has used far less
SHARE = """
async def share(x, y):
    if y == 0:
        return 0.0
    return x / y
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")


class Sticky:
    """Cannot be read back anywhere but in the host: whoever prepares something with one is kept busy for minutes."""

    def __init__(self, y):
        self.y = y

    def __setstate__(self, state):
        while os.getpid() != HOST:
            pass
        self.__dict__.update(state)


PATIENT = Checks(contract="off", seconds=60.0)


def runners():
    """Processor time, in ticks, of every living process that a zygote started, by its number."""
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
            ticks[int(folder.name)] = int(fields[11]) + int(fields[12])
    zygotes = {pid for pid, parent in parents.items() if parent == HOST}
    inside = {pid for pid, parent in parents.items() if parent in zygotes}
    return {pid: ticks[pid] for pid, parent in parents.items() if parent in inside}


def at_work():
    return {pid for pid, used in runners().items() if used >= TICKS_AT_WORK}


@pytest.fixture(autouse=True)
def _nothing_left_over():
    """Processes and threads of other tests are not counted."""
    _others[:] = threading.enumerate()
    host.shutdown()


_others: list[threading.Thread] = []


def threads():
    ours = [thread for thread in threading.enumerate() if thread not in _others]
    return [thread.name for thread in ours if thread.name.startswith("fukkatsu-")]


def idle():
    """Nothing of ours goes on; runners that wait for whatever comes next belong to no repair."""
    waiting = sum(len(ahead) for zygote in host.living() for ahead in zygote._ahead.values())
    return not threads() and len(runners()) <= waiting


async def until(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return condition()


class Never:
    """An async provider that is asked, and never answers."""

    def __init__(self):
        self.requests = 0

    async def __call__(self, messages):
        self.requests += 1
        await asyncio.Event().wait()


def test_cancelling_ends_what_is_prepared_while_the_model_thinks():
    """Generating and labelling inputs has clocks of minutes here; the task is cancelled, and so are they."""
    provider = Never()

    @resurrect(provider=provider, store=Store(), checks=PATIENT, deadline_seconds=600)
    async def share(x, sticky):
        return x / sticky.y

    async def main():
        task = asyncio.create_task(share(1, Sticky(0)))
        assert await until(lambda: provider.requests and at_work())
        busy = at_work()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await until(idle)
        assert not busy & set(runners())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with captured_events() as events:
        asyncio.run(main())
    assert share.fukkatsu.lives_left == 1
    assert "fix.installed" not in {event.name for event in events}


def test_what_was_prepared_is_let_go_of_with_a_cancelled_repair():
    """An examiner stands ready with the contract: its process ends too, and not only when garbage is collected."""
    provider = Never()

    @resurrect(provider=provider, store=Store())
    async def share(x: int, y: int) -> float:
        """Share.

        post: __return__ != 7
        """
        return x / y

    async def main():
        task = asyncio.create_task(share(1, 0))
        assert await until(lambda: provider.requests and "fukkatsu-prepare" not in threads() and not idle())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await until(idle)

    asyncio.run(main())


def test_the_repair_after_a_cancelled_one_prepares_anew(model):
    """Labels that were half finished are nobody's evidence: the next repair has whole ones of its own."""
    replies = [Never(), model(SHARE)]

    async def provider(messages):
        answer = replies[0](messages)
        return await answer if asyncio.iscoroutine(answer) else answer

    @resurrect(provider=provider, store=Store())
    async def share(x: int, y: int) -> float:
        return x / y

    async def main():
        task = asyncio.create_task(share(1, 0))
        assert await until(lambda: replies[0].requests and "fukkatsu-prepare" in threads())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del replies[0]
        assert await share(1, 0) == 0.0

    asyncio.run(main())
    (report,) = share.fukkatsu.reports
    assert report.verdicts[-1].outcome == "accepted"
    assert report.verdicts[-1].evidence["generated"] > 10


@pytest.mark.parametrize(
    ("problem", "given"), [(RuntimeError, FlatlineError), (KeyboardInterrupt, KeyboardInterrupt)], ids=["error", "^C"]
)
def test_whatever_ends_a_repair_ends_what_was_prepared_for_it(problem, given):
    """A provider that is down, or somebody at the keyboard: labels would be for nobody."""

    def provider(messages):
        end = time.monotonic() + 30
        while not at_work() and time.monotonic() < end:
            time.sleep(0.01)
        raise problem

    @resurrect(provider=provider, store=Store(), checks=PATIENT, deadline_seconds=600)
    def share(x, sticky):
        return x / sticky.y

    with pytest.raises(given):
        share(1, Sticky(0))
    assert asyncio.run(until(idle))


def test_whoever_is_cancelled_fails_nobody_else(model):
    """The leader and every second one of the others give up; the rest gets the answer of the one repair."""
    provider = model(SHARE, seconds=0.5)

    @resurrect(provider=provider, store=Store())
    async def share(x, y):
        return x / y

    async def main():
        tasks = [asyncio.create_task(share(x, 0)) for x in range(1000)]
        assert await until(lambda: provider.requests)
        for task in tasks[::2]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert answers[1::2] == [0.0] * 500
        assert {type(answer) for answer in answers[::2]} == {asyncio.CancelledError}
        assert await until(idle)

    asyncio.run(main())
    assert provider.requests == 1
