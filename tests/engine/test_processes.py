"""Forks, pools and the end of the interpreter: nothing hangs, nothing is printed, everything still heals."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import pytest

PROGRAM = """
import logging, os, sys, threading, time
logging.disable()
from fukkatsu import FlatlineError, Store, resurrect, wait

asked, go = threading.Event(), threading.Event()

def provider(messages):
    asked.set()
    go.wait(20)
    return "```python\\ndef share(x, y):\\n    return x / y if y else 0.0\\n```"

def ready(messages):
    return "```python\\ndef share(x, y):\\n    return x / y if y else 0.0\\n```"

def decorated(provider, **options):
    @resurrect(provider=provider, store=Store(), **options)
    def share(x, y):
        return x / y
    return share

"""


def run(tmp_path, program, seconds=60):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM + textwrap.dedent(program))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore::DeprecationWarning"}
    started = time.monotonic()
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=seconds, env=env)
    return done, time.monotonic() - started


def test_a_fork_waits_for_what_another_thread_imports(tmp_path):
    """The child would find the module's lock held for ever, by a thread that is not there."""
    (tmp_path / "slow.py").write_text(
        "import program_state, time\nprogram_state.begun.set()\ntime.sleep(0.5)\nready = True\n"
    )
    (tmp_path / "program_state.py").write_text("import threading\nbegun = threading.Event()\n")
    done, _ = run(tmp_path, """
        import program_state
        from fukkatsu._loading import loading

        def late():
            with loading:
                import slow

        thread = threading.Thread(target=late)
        thread.start()
        program_state.begun.wait(20)
        child = os.fork()
        if child == 0:
            with loading:
                import slow
            print("child", slow.ready, flush=True)
            os._exit(0)
        print("parent", os.waitpid(child, 0)[1])
        thread.join()
    """)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "child True\nparent 0\n"


def test_a_child_forked_while_a_repair_runs_heals_by_itself(tmp_path):
    """The parent's leader is not there; waiting for it would last until the deadline."""
    done, seconds = run(tmp_path, """
        share = decorated(provider)
        answers = []
        leader = threading.Thread(target=lambda: answers.append(share(1, 0)))
        leader.start()
        asked.wait(20)
        child = os.fork()
        if child == 0:
            go.set()
            print("child", share(2, 0), share(4, 2), share.fukkatsu.lives_left, flush=True)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        go.set()
        leader.join()
        print("parent", status, answers, share.fukkatsu.lives_left)
    """)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "child 0.0 2.0 0\nparent 0 [0.0] 0\n"
    assert seconds < 30


def test_every_lock_is_new_in_a_child_forked_while_all_of_them_are_held(tmp_path):
    """A thread of the parent's may hold any of them at that moment."""
    done, _ = run(tmp_path, """
        from fukkatsu import _asking, _flight, _install, _settings
        from fukkatsu._wrap import recorder, state

        calls = []

        def ready_to_note(messages):
            return "```python\\ndef share(x, y):\\n    calls.append(x)\\n    return x / y if y else 0.0\\n```"

        @resurrect(provider=ready_to_note, store=Store())
        def share(x, y):
            calls.append(x)
            return x / y

        held = [_asking._lock, _flight._lock, _install._swap, _settings._lock, recorder._lock, state._lock]
        inside, leave = threading.Event(), threading.Event()

        def hold():
            for lock in held:
                lock.acquire()
            inside.set()
            leave.wait(20)
            for lock in held:
                lock.release()

        thread = threading.Thread(target=hold)
        thread.start()
        inside.wait(20)
        child = os.fork()
        if child == 0:
            print(share(1, 0), share(4, 2), flush=True)
            os._exit(0)
        print(os.waitpid(child, 0)[1], flush=True)
        leave.set()
        thread.join()
        print(share(1, 0))
    """)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0.0 2.0\n0\n0.0\n"


def test_prefork_workers_heal_each_by_itself(tmp_path):
    """As gunicorn and Celery fork: decorated and used in the master, then forked."""
    done, _ = run(tmp_path, """
        share = decorated(ready)
        share(4, 2)
        children = []
        for number in range(3):
            child = os.fork()
            if child == 0:
                os._exit(0 if share(number, 0) == 0.0 and share(4, 2) == 2.0 else 1)
            children.append(child)
        print([os.waitpid(child, 0)[1] for child in children])
    """)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[0, 0, 0]\n"


@pytest.mark.parametrize("kind", ["inline", "background"])
def test_the_interpreter_ends_silently_while_a_repair_runs(tmp_path, kind):
    """In a daemon thread that waits for the model."""
    done, seconds = run(tmp_path, f"""
        share = decorated(provider, when={kind!r})
        def fail():
            try:
                share(1, 0)
            except Exception:
                pass
        threading.Thread(target=fail, daemon=True).start()
        asked.wait(20)
    """)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert seconds < 15


def test_a_failure_during_shutdown_gives_the_program_its_own_exception(tmp_path):
    """`atexit` functions, finalizers: threads cannot be started any more, and nothing hangs."""
    done, seconds = run(tmp_path, """
        import atexit
        share = decorated(ready, deadline_seconds=5)
        quiet = decorated(ready, when="background")

        def late():
            for function in (share, quiet):
                try:
                    print("answer", function(1, 0), flush=True)
                except FlatlineError as error:
                    print("flatline", type(error.__cause__).__name__, flush=True)
                except ZeroDivisionError:
                    print("its own", flush=True)

        atexit.register(late)
    """)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first in ("answer 0.0", "flatline ZeroDivisionError")
    assert second == "its own"
    assert seconds < 20


def test_a_task_that_is_still_waiting_when_its_loop_ends_says_nothing(tmp_path):
    """`asyncio.run` cancels what is left."""
    done, seconds = run(tmp_path, """
        import asyncio

        @resurrect(provider=provider, store=Store())
        async def share(x, y):
            return x / y

        async def main():
            asyncio.create_task(share(1, 0))
            while not asked.is_set():
                await asyncio.sleep(0.01)

        asyncio.run(main())
        print(share.fukkatsu.active)
    """)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
    assert seconds < 15


def test_where_the_flow_cannot_be_loaded_the_functions_own_exception_survives(tmp_path):
    """A missing dependency is a note, and no ImportError in somebody's request."""
    done, _ = run(tmp_path, """
        import asyncio
        sys.modules["cloudpickle"] = None

        @resurrect(provider=ready, store=Store())
        async def later(x, y):
            return x / y

        for call in (lambda: decorated(ready)(1, 0), lambda: asyncio.run(later(1, 0))):
            try:
                call()
            except ZeroDivisionError as error:
                print("could not be loaded" in error.__notes__[0])
    """)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\nTrue\n", "")
