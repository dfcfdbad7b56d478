"""Thousands of hostile runs, several at a time: each is told as what it was, and nothing grows.

``SANDBOX_SOAK_RUNS=100000 pytest tests/sandbox/test_soak.py --timeout 0`` soaks for longer.
"""

from __future__ import annotations

import collections
import gc
import itertools
import os
import threading
import time
from pathlib import Path

import pytest

from fukkatsu._sandbox import host, pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy

pytestmark = pytest.mark.once

RUNS = int(os.environ.get("SANDBOX_SOAK_RUNS", "2000"))
AT_ONCE = 3
POLICY = Policy(
    wall_seconds=20.0, total_seconds=30.0, cpu_seconds=10.0, memory_bytes=8 << 20, output_bytes=2_000,
    reply_bytes=50_000, recursion_depth=300,
)  # fmt: skip
MIB = 1 << 20


def exit_quietly():
    os._exit(0)


def exit_aloud():
    os._exit(3)


def stop_the_interpreter():
    raise SystemExit(2)


def kill_itself():
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def crash():
    import ctypes

    ctypes.string_at(0)


def abort():
    os.abort()


def flood():
    while True:
        os.write(2, b"x" * 1000)


def print_much():
    while True:
        print("x" * 100)


def answer_too_much():
    return "x" * 100_000


def eat():
    held = []
    while True:
        held.append(b"x" * (1 << 20))


def recurse():
    return recurse()


def forge():
    for descriptor in (3, 4):
        os.write(descriptor, b"\0" * 500)


def close_everything():
    os.closerange(0, 64)


def start_a_thread():
    threading.Thread(target=print).start()


def fork():
    os.fork()


def leave_a_thread_of_generators():
    return (n for n in itertools.count())


def behave():
    return 42


ENDS = {
    exit_quietly: {"exit"}, exit_aloud: {"exit"}, stop_the_interpreter: {"finished"}, kill_itself: {"signal"},
    crash: {"signal"}, abort: {"signal"}, flood: {"output"}, print_much: {"output"}, answer_too_much: {"reply"},
    eat: {"finished", "memory"}, recurse: {"finished"}, forge: {"protocol"}, close_everything: {"protocol", "exit"},
    start_a_thread: {"finished"}, fork: {"finished"}, leave_a_thread_of_generators: {"finished"}, behave: {"finished"},
}  # fmt: skip


def held() -> dict[str, int]:
    """What this process and its zygotes hold."""
    pids = [os.getpid()]
    for zygote in host.living():
        pids += [zygote.process.pid, *children(zygote.process.pid)]  # the outer process and the zygote proper
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "descriptors of zygotes": sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids[1:]),
        "processes": len(descendants(os.getpid())),
        "resident": sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in pids),
    }


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descendants(pid: int) -> list[int]:
    below = children(pid)
    return below + [one for child in below for one in descendants(child)]


def at_rest() -> dict[str, int]:
    """The same when every runner of the past has been collected and those that wait ahead have come."""
    until = time.monotonic() + 20
    while True:
        gc.collect()
        try:
            found = held()
            zygotes = [inner for zygote in host.living() for inner in children(zygote.process.pid)]
            if all(len(children(inner)) == host.AHEAD for inner in zygotes):
                return found
        except FileNotFoundError:  # one that went while it was looked at
            pass
        assert time.monotonic() < until, "runners are left"
        time.sleep(0.01)


def soak(runs: int, subjects: dict[object, pool.Subject]) -> None:
    steps = [pool.Step("call", carry_call((), {}))]
    turns = itertools.islice(itertools.cycle(subjects), runs)
    wrong: list[str] = []
    lock = threading.Lock()
    tally: collections.Counter[str] = collections.Counter()

    def work() -> None:
        while not wrong:
            with lock:
                function = next(turns, None)
            if function is None:
                return
            run = pool.run(subjects[function], steps, POLICY)
            with lock:
                tally[run.ended] += 1
            if run.ended not in ENDS[function]:
                wrong.append(f"{function.__name__}: {run}")

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert sum(tally.values()) == runs


@pytest.mark.timeout(300)
def test_thousands_of_hostile_runs_leave_everything_flat():
    """Descriptors and processes to the last one, memory to a few megabytes, here and in the zygote."""
    pool.shutdown()
    subjects = {function: pool.original_subject(carry(function)) for function in ENDS}
    soak(10 * len(ENDS), subjects)
    before = at_rest()
    soak(RUNS, subjects)
    after = at_rest()
    assert after["processes"] == before["processes"]
    assert after["descriptors"] == before["descriptors"]
    assert after["descriptors of zygotes"] == before["descriptors of zygotes"]
    assert after["resident"] < before["resident"] + 6 * MIB, (before, after)
    pool.shutdown()
