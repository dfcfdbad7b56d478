"""`when="background"`: the caller pays nothing, later callers profit."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import fukkatsu
from fukkatsu import Checks, FlatlineError, Store, resurrect
from fukkatsu._background import QUEUE_LIMIT, _Queue

SHARE = """
def share(x, y):
    if y == 0:
        return 0.0
    return x / y
"""


def sharing(provider, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider, when="background", **options)
    def share(x, y):
        return x / y

    return share


def test_the_caller_gets_its_own_exception_at_once_and_later_calls_the_fix(model):
    """Healing never adds latency to a request."""
    provider = model(SHARE, seconds=10)
    share = sharing(provider)
    started = time.monotonic()
    with pytest.raises(ZeroDivisionError) as info:
        share(1, 0)
    assert time.monotonic() - started < 1
    assert not isinstance(info.value, FlatlineError)
    assert fukkatsu.wait(0.1) is False
    provider.gate.set()
    assert fukkatsu.wait(30) is True
    assert share(1, 0) == 0.0
    assert provider.requests == 1
    assert provider.threads[0] is not threading.current_thread()


def test_a_storm_of_failures_is_one_repair(model):
    """What waits already is not queued again."""
    provider = model(SHARE, seconds=0.3)
    share = sharing(provider)
    for i in range(200):
        with pytest.raises(ZeroDivisionError):
            share(i, 0)
    assert fukkatsu.wait(30)
    assert provider.requests == 1


def test_what_the_caller_does_with_its_arguments_afterwards_does_not_reach_the_repair(model):
    """The failing call is the one that failed."""
    provider = model("""
def total(items):
    return sum(int(item or 0) for item in items)
""", seconds=0.3)  # fmt: skip

    @resurrect(provider=provider, store=Store(), when="background")
    def total(items):
        return sum(int(item) for item in items)

    mine = ["1", ""]
    with pytest.raises(ValueError):
        total(mine)
    mine.clear()
    assert fukkatsu.wait(30)
    assert mine == []
    assert "['1', '']" in provider.prompts[0]
    assert total(["4", ""]) == 4


def test_with_fallback_the_active_fix_answers_inline(model):
    """There is nothing to wait for."""
    provider = model(SHARE)
    share = sharing(provider, install="fallback")
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
    assert fukkatsu.wait(30)
    assert share(1, 0) == 0.0
    assert share(4, 2) == 2.0
    assert provider.requests == 1


def test_a_fix_that_fails_later_fails_its_caller_and_is_looked_after_beside_it(model):
    """The caller gets the exception, the original gets its place back."""
    provider = model("def share(x, y):\n    if y == 77:\n        return y[0]\n    return x / y if y else 0.0")
    share = sharing(provider, checks=Checks(contract="off", preserve=False))
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
    assert fukkatsu.wait(30)
    with pytest.raises(TypeError):
        share(77, 77)
    assert fukkatsu.wait(30)
    assert share.fukkatsu.active is None
    assert share(77, 77) == 1.0


def test_a_hopeless_repair_is_told_to_the_log_and_to_nobody_else(model, caplog):
    """No exception of ours reaches a caller."""
    share = sharing(model("def share(x, y):\n    return x / y"), attempts=1)
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
    assert fukkatsu.wait(30)
    assert "share flatlined" in caplog.text


def test_coroutines_and_generators_are_healed_in_the_background_too(model):
    """Each kind has its own way out, and the same way in."""
    reply = "async def share(x, y):\n    return x / y if y else 0.0"

    @resurrect(provider=model(reply), store=Store(), when="background")
    async def share(x, y):
        return x / y

    @resurrect(
        provider=model("def each(x, ys):\n    for y in ys:\n        yield x / y if y else 0.0"),
        store=Store(),
        when="background",
    )
    def each(x, ys):
        for y in ys:
            yield x / y

    @resurrect(
        provider=model("async def many(x, ys):\n    for y in ys:\n        yield x / y if y else 0.0"),
        store=Store(),
        when="background",
    )
    async def many(x, ys):
        for y in ys:
            yield x / y

    async def drawn(source):
        return [item async for item in source]

    async def main():
        with pytest.raises(ZeroDivisionError):
            await share(1, 0)
        with pytest.raises(ZeroDivisionError):
            list(each(1, (1, 0)))
        with pytest.raises(ZeroDivisionError):
            await drawn(many(1, (1, 0)))

    asyncio.run(main())
    assert fukkatsu.wait(60)
    assert asyncio.run(share(1, 0)) == 0.0
    assert list(each(1, (1, 0))) == [1.0, 0.0]
    assert asyncio.run(drawn(many(1, (1, 0)))) == [1.0, 0.0]


def test_a_disabled_function_queues_nothing(model):
    """The kill switches hold here as well."""
    provider = model(SHARE)
    share = sharing(provider)
    share.fukkatsu.disable()
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
    assert fukkatsu.wait(0)
    assert provider.requests == 0


def test_the_queue_is_bounded():
    """A storm of different faults does not eat the memory."""
    queue, gate = _Queue(), threading.Event()
    taken = [queue.put(number, lambda: gate.wait(20)) for number in range(QUEUE_LIMIT * 2)]
    assert QUEUE_LIMIT <= sum(taken) <= QUEUE_LIMIT + 1
    gate.set()
    assert queue.idle(20)


def test_a_job_that_breaks_down_does_not_end_the_worker(caplog):
    """The next one is done."""
    queue, done = _Queue(), threading.Event()
    queue.put("broken", lambda: 1 / 0)
    queue.put("fine", done.set)
    assert done.wait(10)
    assert queue.idle(10)
    assert "broke down" in caplog.text


PROGRAM = """
import os, sys, time, threading
from fukkatsu import resurrect, Store, wait

def provider(messages):
    {provider}
    return "```python\\ndef share(x, y):\\n    return x / y if y else 0.0\\n```"

@resurrect(provider=provider, store=Store(), when="background")
def share(x, y):
    return x / y

def fail():
    try:
        share(1, 0)
    except ZeroDivisionError:
        pass

{program}
"""


def run(tmp_path, provider, program):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(provider=provider, program=textwrap.dedent(program)))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = time.monotonic()
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60, env=env)
    return done, time.monotonic() - started


def test_a_program_that_ends_during_a_repair_ends_at_once_and_silently(tmp_path):
    """Nobody waits for a model at the end of a job, and nothing is printed about it."""
    done, seconds = run(tmp_path, "time.sleep(30)", "import logging; logging.disable()\nfail()\ntime.sleep(0.3)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert seconds < 15


def test_a_job_can_wait_for_its_repairs_before_it_ends(tmp_path):
    """`wait()` drains."""
    done, _ = run(
        tmp_path, "time.sleep(0.3)", "import logging; logging.disable()\nfail()\nassert wait(30)\nprint(share(1, 0))"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.0\n", "")


def test_a_forked_child_heals_in_a_thread_of_its_own(tmp_path):
    """Prefork servers fork after the first failure as well as before it."""
    program = """
    import logging; logging.disable()
    fail()                      # the parent's worker runs
    child = os.fork()
    if child == 0:
        assert wait(0)          # nothing of the parent's waits here
        fail()
        assert wait(30)
        print("child", share(1, 0), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert wait(30)
    print("parent", share(1, 0))
    """
    done, _ = run(tmp_path, "time.sleep(0.3)", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "child 0.0\nparent 0.0\n"
