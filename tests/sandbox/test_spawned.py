"""Where there is no jail: a fresh interpreter per run, the same answers, fewer walls, said aloud."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import fukkatsu
from fukkatsu import Call, Checks, Policy, SandboxUnavailableError, verify
from fukkatsu._oracle import values
from fukkatsu._sandbox import job, pool, serve, spawned, surroundings
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu._sandbox.limits import limits_of
from fukkatsu.policy import MIB

EFFORT = Policy(isolation="best-effort")


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch):
    """As on a Mac; and nothing is left behind by any of these runs."""
    pool.shutdown()
    monkeypatch.setattr(surroundings, "PLATFORM", "darwin")
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    yield
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    spawned._known.clear()


def attempt(function, *arguments, policy=EFFORT, **options):
    steps = [pool.Step("call", carry_call(args, {})) for args in arguments or ((),)]
    return pool.run(pool.original_subject(carry(function)), steps, policy, **options)


def test_a_run_answers_as_in_the_jail():
    """Results, exceptions, what was printed, arguments afterwards."""

    def act(items):
        print("adding")
        items.append(1)
        return 10 / (len(items) - 2)

    run = attempt(act, ([5, 6],), ([5],))
    assert run.ended == "finished", run
    assert values.rebuild(run.outcomes[0].value) == 10.0
    assert values.render(run.outcomes[0].after) == "[([5, 6, 1],), {}]"
    assert run.outcomes[0].printed == "adding\n"
    assert run.outcomes[1].exception == "ZeroDivisionError"


@pytest.mark.parametrize("good", [True, False])
def test_a_correction_is_judged_by_the_whole_gauntlet(good):
    """Candidate, original, examples and the examiner's inputs."""
    fix = "def mean(items: list[int]) -> float:\n    if not items:\n        return 0.0\n    return sum(items) / len(items)\n"
    report = verify(
        fix if good else fix.replace("len(items)\n", "(len(items) + 1)\n"),
        mean,
        failure=Call(([],)),
        good_calls=[Call(([1, 2],), returned=1.5)],
        policy=EFFORT,
        checks=Checks(),
    )
    assert report.accepted is good, str(report)
    assert report.isolation.startswith("partial: spawned interpreter")
    if good:
        assert report.evidence.get("generated", 0) > 0, str(report)


def mean(items: list[int]) -> float:
    """Mean of numbers."""
    return sum(items) / len(items)


def test_what_hangs_is_ended_from_outside():
    """In C, and with every signal ignored."""

    def hang():
        import itertools
        import signal

        for number in range(1, signal.NSIG):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                continue
        return sum(itertools.repeat(0))

    begun = time.monotonic()
    run = attempt(hang, policy=Policy(isolation="best-effort", wall_seconds=0.3))
    assert run.ended == "wall-clock"
    assert "Policy.wall_seconds=0.3" in run.reason
    assert time.monotonic() - begun < 10


def flood():
    while True:
        os.write(1, b"x" * 65536)


def fill():
    return bytearray(4 << 30)


def grow():
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def spin():
    while True:
        pass


def leave():
    os._exit(0)


def crash():
    os.abort()


def shut():
    os.closerange(0, 256)
    time.sleep(60)


def answer_by_hand():
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"\0" * 64)
        except OSError:
            continue


@pytest.mark.parametrize(
    ("act", "ended", "said"),
    [
        (flood, "output", "Policy.output_bytes"),
        (spin, "cpu", "Policy.cpu_seconds=0.5"),
        (leave, "exit", "exit status 0"),
        (crash, "signal", "SIGABRT"),
        (shut, "protocol", "closed its reply channel"),
        (answer_by_hand, "protocol", "does not parse"),
    ],
)
def test_limits_and_ends_have_the_names_that_they_have_in_the_jail(act, ended, said):
    """A flood, a spin, an exit, a crash, closed descriptors, bytes that are no frame."""
    limits = {"cpu_seconds": 0.5, "wall_seconds": 30.0, "total_seconds": 30.0}  # a busy machine has its own pace
    run = attempt(act, policy=Policy(isolation="best-effort", **limits))
    assert run.ended == ended, run
    assert said in run.reason


@pytest.mark.parametrize("act", [fill, grow])
def test_memory_is_bounded_where_the_system_bounds_it(act):
    """Here it does: an ordinary MemoryError that names the limit."""
    run = attempt(act, policy=Policy(isolation="best-effort", memory_bytes=64 * MIB))
    assert run.ended == "memory" or run.outcomes[0].exception == "MemoryError"


def test_what_follows_a_lost_step_goes_on_in_another_child():
    """As in the jail."""

    def sometimes(n):
        if n == 1:
            os._exit(3)
        return n

    run = attempt(sometimes, (0,), (1,), (2,), stop_at_first_loss=False)
    assert [outcome.kind for outcome in run.outcomes] == ["returned", "lost", "returned"]
    assert "exit status 3" in run.reason


def test_the_examiner_works_and_may_generate():
    """hypothesis without a place to write to."""
    frame = pool.run_task("fukkatsu._sandbox.wire:request", b"payload", EFFORT, seconds=30.0)
    assert frame.endswith(b"payload\x94.")
    with pytest.raises(pool.TaskError):
        pool.run_task("os:getcwd", b"", EFFORT, seconds=30.0)


def test_a_fix_can_be_kept_there_too():
    """``run_in="sandbox"``: the same process, call after call."""

    def pid():
        return os.getpid()

    with serve.SandboxedFunction(pool.original_subject(carry(pid)), EFFORT) as served:
        first, second = served(), served()
    assert first == second != os.getpid()


def test_nothing_of_the_hosts_environment_or_descriptors_is_inherited(monkeypatch):
    """The memory and the environment of the host are out of reach, even here."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    def look():
        return [dict(os.environ), sys.argv, sys.stdin is None or sys.stdin.read()]

    run = attempt(look)
    environment, argv, typed = values.rebuild(run.outcomes[0].value)
    assert "sk-secret" not in str(environment)
    assert argv == [""]
    assert typed == ""


def test_less_than_a_jail_is_said_aloud():
    """By name, with what there is and what there is not."""
    found = fukkatsu.isolation()
    assert found.summary.startswith("partial: spawned interpreter with limits of ")
    assert "files or the network" in found.summary
    assert not found.full
    assert not found.sufficient
    assert all(layer.why for layer in found.layers)


def test_required_isolation_refuses_with_the_remedy():
    """Nothing is started."""
    with pytest.raises(SandboxUnavailableError, match="best-effort") as caught:
        attempt(spin, policy=Policy(isolation="required"))
    assert "not on darwin" in str(caught.value)


def test_an_interpreter_that_cannot_start_is_reported(monkeypatch):
    """Not a hang, not a traceback of ours."""
    for executable, said in (("/bin/false", "did not start"), ("/nonexistent", "could not be started"), ("", "empty")):
        monkeypatch.setattr("sys.executable", executable)
        with pytest.raises(SandboxUnavailableError, match=said):
            attempt(spin)


def test_warming_up_and_shutting_down_do_nothing():
    """There is nothing to keep."""
    pool.warm(examiner=True)
    pool.shutdown()


def test_the_job_of_windows_is_laid_out_as_documented():
    """Sizes and limits; the calls themselves need Windows."""
    told = job.extended_limits(limits_of(Policy(memory_bytes=100 * MIB, cpu_seconds=1.5)))
    if ctypes.sizeof(ctypes.c_void_p) == 8:
        assert ctypes.sizeof(told) == 144
        assert ctypes.sizeof(told.basic) == 64
    assert told.basic.process_time == 15_000_000
    assert told.basic.active_processes == 1
    assert told.process_memory > 100 * MIB


def test_no_module_of_posix_is_needed_to_run_there(tmp_path):
    """As on Windows: without resource, fcntl, fork hooks, poll and pidfds."""
    program = """
import asyncio, ctypes, importlib.util, multiprocessing, os, select, signal, socket, subprocess, sys
import sysconfig, tempfile, uuid, zoneinfo, webbrowser, shutil, pathlib, sqlite3, ssl
sysconfig.get_config_vars()
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
for module, names in ((os, ("register_at_fork", "fork", "pidfd_open")), (select, ("poll", "epoll")),
                      (signal, ("pidfd_send_signal", "setitimer")), (socket, ("recv_fds", "send_fds"))):
    for name in names:
        delattr(module, name) if hasattr(module, name) else None
sys.platform = "win32"
from fukkatsu._sandbox import host, pool, serve
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy
assert not host.jails()
double = eval("lambda x: 2 * x")
run = pool.run(pool.original_subject(carry(double)), [pool.Step("call", carry_call((4,), {}))], Policy())
from fukkatsu import Call, resurrect, verify
from tests_subject import third
report = verify("def third(n):\\n    return 10 // n if n else 0\\n", third, failure=Call((0,)), good_calls=[Call((5,))])
print(run.ended, report.accepted, report.isolation, report)
"""
    (tmp_path / "tests_subject.py").write_text("def third(n):\n    return 10 // n\n")
    source = os.pathsep.join([str(Path(fukkatsu.__file__).parents[1]), str(tmp_path)])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([source, *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.startswith("finished True partial: spawned interpreter"), done.stdout + done.stderr
