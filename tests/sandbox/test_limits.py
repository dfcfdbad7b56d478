"""Every limit of a policy bites, and the report names the field."""

from __future__ import annotations

import time

import pytest

from fukkatsu._oracle import values

GRACE_SECONDS = 1.0  # the aim is 0.1; a loaded machine takes longer to schedule us


def loop_forever():
    while True:
        pass


def loop_in_c():
    import itertools

    return sum(itertools.repeat(0))


def swallow_everything():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def ignore_signals():
    import signal

    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    while True:
        pass


def sleep_long():
    import time

    time.sleep(60)


def backtrack():
    import re

    return re.match(r"(a+)+$", "a" * 40 + "b")


@pytest.mark.parametrize(
    "function", [loop_forever, loop_in_c, swallow_everything, ignore_signals, sleep_long, backtrack]
)
def test_a_runner_that_does_not_end_is_ended_by_its_wall_clock(trial, function):
    """Whatever it loops in, and whatever it ignores, it costs the limit and a little more."""
    trial(lambda: None)
    begun = time.monotonic()
    run = trial(function, wall_seconds=0.3)
    assert run.ended == "wall-clock"
    assert "Policy.wall_seconds=0.3" in run.reason
    assert time.monotonic() - begun < 0.3 + GRACE_SECONDS
    assert [outcome.kind for outcome in run.outcomes] == ["lost"]


def test_the_wall_clock_is_each_calls_own(trial):
    """Four calls that take most of it each are four answers."""
    run = trial(lambda: __import__("time").sleep(0.2), *[()] * 4, wall_seconds=0.6)
    assert run.ended == "finished"
    assert len(run.outcomes) == 4


@pytest.mark.parametrize("end", ["spin", "crash", "leave", "close"])
def test_what_was_answered_before_the_end_is_kept(trial, end):
    """However a call ends its runner: the answers before it stand, and the loss is its own."""

    def act(what):
        import ctypes
        import os

        if what == "spin":
            while True:
                pass
        if what == "crash":
            ctypes.string_at(0)
        if what == "leave":
            os._exit(0)
        if what == "close":
            os.closerange(0, 64)
        return what

    run = trial(act, ("a",), ("b",), ("c",), (end,), ("d",), wall_seconds=0.5)
    assert [values.rebuild(outcome.value) for outcome in run.outcomes[:3]] == ["a", "b", "c"]
    assert [outcome.kind for outcome in run.outcomes[3:]] == ["lost"]


def test_many_answers_are_kept_however_they_came(trial):
    """More than fits into the pipe that wakes nobody."""

    def act(n):
        while n == 400:
            pass
        return [n] * 50

    run = trial(act, *[(n,) for n in range(402)], wall_seconds=0.5)
    assert [values.rebuild(outcome.value) for outcome in run.outcomes[:400]] == [[n] * 50 for n in range(400)]
    assert [outcome.kind for outcome in run.outcomes[400:]] == ["lost"]
    assert run.ended == "wall-clock"


def test_the_whole_run_has_a_clock_too(trial):
    """Calls that each stay below the wall clock end together at the total."""
    run = trial(lambda: __import__("time").sleep(0.2), *[()] * 50, wall_seconds=0.6, total_seconds=0.7)
    assert run.ended == "wall-clock"
    assert "Policy.total_seconds=0.7" in run.reason
    assert 1 <= len(run.outcomes) < 10


def test_processor_time_is_limited_below_a_second(trial):
    """RLIMIT_CPU counts whole seconds; the timer does not."""
    begun = time.monotonic()
    run = trial(loop_forever, cpu_seconds=0.2, wall_seconds=20.0, total_seconds=20.0)
    assert run.ended == "cpu"
    assert "Policy.cpu_seconds=0.2" in run.reason
    assert time.monotonic() - begun < 10


def test_processor_time_is_limited_for_code_that_blocks_the_timers_signal(trial):
    """The kernel's own limit kills where SIGPROF is blocked."""
    run = trial(ignore_signals, cpu_seconds=0.2, wall_seconds=30.0, total_seconds=30.0)
    assert run.ended == "cpu"


def test_memory_beyond_the_limit_is_an_ordinary_memory_error_that_names_it(trial):
    """Raised inside the call, it is what the call did; the runner lives on."""
    run = trial(lambda size: len(bytearray(size)), (1 << 30,), (10,), memory_bytes=64 << 20)
    assert run.ended == "finished"
    assert run.outcomes[0].exception == "MemoryError"
    assert "Policy.memory_bytes=67108864" in run.outcomes[0].message
    assert run.outcomes[1].kind == "returned"


def test_memory_that_nothing_gives_back_ends_the_run(trial):
    """When not even the answer fits any more, the host is told so."""

    def fill():
        import builtins

        builtins.kept = kept = []
        for size in (1 << 20, 1 << 12, 64, 8):
            try:
                while True:
                    kept.append(bytearray(size))
            except MemoryError:
                pass
        return [str(n) for n in range(100_000)]

    run = trial(fill, memory_bytes=64 << 20)
    if run.ended == "finished":
        assert run.outcomes[0].exception == "MemoryError"
    else:
        assert "Policy.memory_bytes" in run.reason


@pytest.mark.parametrize("touched", [False, True])
def test_a_stack_that_grows_where_no_memory_is_left_is_no_crash(trial, touched):
    """The stack has its address space from the start: memory that is used up is a MemoryError or no matter."""

    def brink(touched):
        held, size = [], 1 << 20
        while size > 64:
            try:
                block = bytearray(size)
            except MemoryError:
                size //= 2
            else:
                held.append(block)
                for place in range(0, size if touched else 0, 4096):
                    block[place] = 1

        def down(n):
            return max(map(down, [n - 1])) if n else 0

        return down(300)

    run = trial(brink, (touched,), memory_bytes=64 << 20, wall_seconds=20.0, total_seconds=20.0)
    assert run.ended == "finished", run
    assert run.outcomes[0].exception in ("", "MemoryError")


def test_a_crash_with_all_memory_in_use_is_told_as_memory(trial):
    """C code that is given none, and does not look, crashes; without memory in use it is a crash and no more."""

    def crash(size):
        import ctypes

        held = bytearray(b"x") * size
        ctypes.string_at(len(held) * 0)

    full = trial(crash, (240 << 20,), memory_bytes=256 << 20, wall_seconds=20.0, total_seconds=20.0)
    assert full.ended == "memory", full
    assert "Policy.memory_bytes=268435456" in full.reason
    empty = trial(crash, (1,), memory_bytes=64 << 20)
    assert empty.ended == "signal", empty
    assert "SIGSEGV" in empty.reason


def test_deep_recursion_is_an_ordinary_recursion_error_that_names_the_limit(trial):
    """And the depth is the policy's."""

    def deepen(n):
        return 0 if n == 0 else 1 + deepen(n - 1)

    run = trial(deepen, (300,), (600,), recursion_depth=400)
    assert values.rebuild(run.outcomes[0].value) == 300
    assert run.outcomes[1].exception == "RecursionError"
    assert "Policy.recursion_depth=400" in run.outcomes[1].message


def print_forever():
    while True:
        print("x" * 1000)


def write_forever():
    import os

    while True:
        os.write(1, b"y" * 1000)


def complain_forever():
    import sys

    while True:
        try:
            sys.stderr.write("z" * 1000)
        except Exception:
            pass


@pytest.mark.parametrize("function", [print_forever, write_forever, complain_forever])
def test_a_flood_of_output_ends_the_run(trial, function):
    """By whichever descriptor it comes."""
    run = trial(function)
    assert run.ended == "output"
    assert "Policy.output_bytes=65536" in run.reason
    assert len(run.printed) <= 65536


def test_what_a_call_prints_is_its_own(trial):
    """Each outcome carries the text of its call."""
    run = trial(lambda n: print("line", n), (1,), (2,))
    assert [outcome.printed for outcome in run.outcomes] == ["line 1\n", "line 2\n"]


def test_an_answer_that_is_too_large_ends_the_run(trial):
    """By size in bytes."""
    run = trial(lambda: "x" * 2_000_000, reply_bytes=1_000_000)
    assert run.ended == "reply"
    assert "Policy.reply_bytes=1000000" in run.reason


def test_many_answers_that_are_too_large_together_end_the_run(trial):
    """The limit is the run's: the answers that fit are there, and where the next one was lost is told."""
    run = trial(lambda: "x" * 100_000, *[()] * 20, reply_bytes=1_000_000)
    assert run.ended == "reply"
    assert [outcome.kind for outcome in run.outcomes] == ["returned"] * 10 + ["lost"]


def test_an_answer_of_too_many_parts_is_told_as_such(trial):
    """What costs the host time is parts, not bytes: a large array is one of them, a long list is many."""
    run = trial(lambda: [0] * 300_000)
    assert run.ended == "reply"
    assert "250,000 parts" in run.reason
    assert trial(lambda: [0] * 200_000).ended == trial(lambda: bytes(4_000_000)).ended == "finished"


def test_an_endless_iterator_is_drawn_to_the_limit(trial):
    """Of items, not of time."""
    run = trial(lambda: __import__("itertools").count(), iterator_items=7)
    assert values.parse(run.outcomes[0].value) == ["iterator", "itertools.count", *range(7), ["more"]]


def test_limits_of_a_policy_are_met_by_ordinary_work(trial):
    """None of them bites where none should."""
    run = trial(lambda n: sorted(str(i) for i in range(n)), (50_000,))
    assert run.ended == "finished"
    assert run.reason == ""
    assert run.outcomes[0].opaque == 0


def test_a_deadline_of_the_repair_ends_a_run_early(trial):
    """It is on the monotonic clock, whatever the policy would allow."""
    from fukkatsu._sandbox import pool
    from fukkatsu._sandbox.carry import carry, carry_call
    from fukkatsu.policy import Policy

    subject = pool.original_subject(carry(loop_forever))
    run = pool.run(subject, [pool.Step("call", carry_call((), {}))], Policy(), deadline=time.monotonic() + 0.3)
    assert run.ended == "wall-clock"
    assert "deadline" in run.reason
    assert run.seconds < 0.3 + GRACE_SECONDS


def test_steps_after_a_lost_one_go_on_in_another_runner_when_asked():
    """So that one endless input does not hide what the others do."""
    from fukkatsu._sandbox import pool
    from fukkatsu._sandbox.carry import carry, carry_call
    from fukkatsu.policy import Policy

    def loop_on_two(n):
        while n == 2:
            pass
        return n

    steps = [pool.Step("call", carry_call((n,), {})) for n in range(5)]
    subject = pool.original_subject(carry(loop_on_two))
    run = pool.run(subject, steps, Policy(wall_seconds=0.3), stop_at_first_loss=False)
    assert [outcome.kind for outcome in run.outcomes] == ["returned", "returned", "lost", "returned", "returned"]
    assert run.ended == "wall-clock"
    run = pool.run(subject, steps, Policy(wall_seconds=0.3))
    assert [outcome.kind for outcome in run.outcomes] == ["returned", "returned", "lost"]
