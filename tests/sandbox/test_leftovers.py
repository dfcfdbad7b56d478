"""Nothing is left behind: no process, descriptor or zombie, however host, zygote and runners end."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from fukkatsu._sandbox import host, pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy

pytestmark = pytest.mark.once  # the kernel is the same one

SOURCE = str(Path(host.__file__).parents[2])


def descendants(root: int) -> set[int]:
    """Every living process below *root*, by /proc; zombies count."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found: set[int] = set()
    pending = [root]
    while pending:
        current = pending.pop()
        children = {pid for pid, parent in parents.items() if parent == current} - found
        found |= children
        pending += children
    return found


def states(pids) -> dict[int, str]:
    """What is left of *pids*; the dead that only init has yet to collect are gone."""
    found = {}
    for pid in pids:
        try:
            state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if (state, parent) != ("Z", "1"):
            found[pid] = state
    return found


def settle(condition, seconds=5.0):
    """Wait for the kernel: whether *condition* becomes true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        threading.Event().wait(0.005)
    return condition()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def one():
    return 1


def die():
    os._exit(3)


def hang():
    while True:
        pass


def go(function=one, **limits):
    return pool.run(pool.original_subject(carry(function)), [pool.Step("call", carry_call((), {}))], Policy(**limits))


@pytest.fixture(autouse=True)
def _fresh():
    pool.shutdown()
    yield
    pool.shutdown()


def test_shutdown_leaves_no_process_and_no_descriptor():
    """After good runs, deaths and timeouts."""
    gc.collect()
    before, processes = descriptors(), descendants(os.getpid())
    for function in (one, die, hang, one):
        go(function, wall_seconds=0.1)
    assert descendants(os.getpid()) > processes
    pool.shutdown()
    assert settle(lambda: descendants(os.getpid()) <= processes)
    assert descriptors() == before


def test_many_hostile_runs_leave_flat_descriptors_and_processes():
    """A hundred runs of each kind cost what one costs."""

    def recurse():
        return recurse()

    def flood():
        while True:
            print("x" * 1000)

    go()
    gc.collect()
    marks = []
    for _ in range(4):
        for function in (one, die, recurse, flood) * 6:
            go(function)
        settle(lambda: len(descendants(os.getpid())) <= 2 + host.AHEAD)
        marks.append((descriptors(), len(descendants(os.getpid()))))
    assert max(count for count, _ in marks) <= min(count for count, _ in marks) + 1
    assert max(count for _, count in marks) <= 2 + host.AHEAD
    assert "Z" not in states(descendants(os.getpid())).values()


def test_a_zygote_that_is_killed_is_replaced():
    """The next run never notices; its runners and its outer process are gone."""
    assert go().ended == "finished"
    (zygote,) = host.living()
    old = {zygote.process.pid} | descendants(zygote.process.pid)
    os.kill(zygote.process.pid, signal.SIGKILL)
    assert go().ended == "finished"
    assert settle(lambda: go().ended == "finished" and not states(old))


def _ticks(pid: int) -> int:
    """Processor time that *pid* has used as a user, in ticks; none when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except OSError:
        return 0


def test_a_run_whose_zygote_dies_is_repeated_once():
    """Being killed from outside is no fault of the subject's; its own faults still show."""
    runs = []
    thread = threading.Thread(target=lambda: runs.append(go(hang, wall_seconds=2.0, total_seconds=20.0)))
    host.isolation()
    thread.start()
    (zygote,) = host.living()
    inner = next(iter(p for p in descendants(zygote.process.pid)))
    assert settle(lambda: any(_ticks(p) > 5 for p in descendants(inner)))
    os.kill(zygote.process.pid, signal.SIGKILL)
    thread.join(20)
    assert runs[0].ended == "wall-clock"
    assert list(host.living()) != [zygote]
    assert go().ended == "finished"


PROGRAM = """
import os, sys, threading, time
sys.path.insert(0, {source!r})
from fukkatsu._sandbox import host, pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy
def hang():
    while True: pass
def one(): return 1
def go(function=one, **limits):
    return pool.run(pool.original_subject(carry(function)), [pool.Step("call", carry_call((), {{}}))], Policy(**limits))
{body}
"""


def program(body: str) -> str:
    return PROGRAM.format(source=SOURCE, body=textwrap.dedent(body))


def start(body: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program(body)], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_everything_goes_when_the_host_is_killed(how):
    """In the middle of a run."""
    child = start("""
        go()
        threading.Thread(target=go, args=(hang,), kwargs=dict(wall_seconds=60.0, total_seconds=60.0, cpu_seconds=60.0)).start()
        time.sleep(0.1)
        print("ready", flush=True)
        time.sleep(60)
    """)
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        below = descendants(child.pid)
        assert len(below) >= 3
        child.send_signal(how)
        if how != signal.SIGKILL:
            settle(lambda: False, 0.3)
            child.kill()  # the other thread keeps it alive
    assert settle(lambda: not states(below)), states(below)


def test_everything_goes_when_the_host_ends_although_a_child_of_it_lives():
    """A forked child inherits none of the sockets that keep the zygote alive."""
    child = start("""
        go()
        (zygote,) = [z.process.pid for z in host.living()]
        if os.fork() == 0:
            os.write(1, f"{os.getpid()} {zygote}\\n".encode())
            time.sleep(60)
            os._exit(0)
        time.sleep(60)
    """)
    assert child.stdout is not None
    heir, zygote = map(int, child.stdout.readline().split())
    below = {zygote} | descendants(zygote)
    child.kill()
    child.wait()
    assert settle(lambda: not states(below)), states(below)
    assert states([heir])
    os.kill(heir, signal.SIGKILL)
    child.stdout.close()


def test_a_forked_process_gets_a_zygote_of_its_own():
    """os.fork in the host: parent and child go on, and share nothing."""
    child = start("""
        go()
        parent = [z.process.pid for z in host.living()]
        pid = os.fork()
        result = go()
        mine = [z.process.pid for z in host.living()]
        os.write(1, f"{result.ended} {mine == parent}\\n".encode())
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        print(go().ended, flush=True)
    """)
    out, _ = child.communicate(timeout=30)
    assert sorted(out.split("\n")) == ["", "finished", "finished False", "finished True"]


def test_a_process_that_is_forked_under_load_does_not_hang():
    """Locks that other threads held at the moment of the fork are not inherited."""
    child = start("""
        stop = threading.Event()
        def work():
            while not stop.is_set(): go()
        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads: t.start()
        time.sleep(0.3)
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                os._exit(0 if go().ended == "finished" else 1)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        stop.set()
        for t in threads: t.join()
    """)
    out, _ = child.communicate(timeout=60)
    assert out.split() == ["0", "0", "0"]


def _in_pool(_):
    return go().ended


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_multiprocessing_workers_have_their_own(method, tmp_path):
    """By fork and by fork server."""
    module = tmp_path / "work.py"
    module.write_text(program("if False: pass").replace("def hang", "def ended(_): return go().ended\ndef hang"))
    main = tmp_path / "main.py"
    main.write_text(
        "import multiprocessing, sys\nsys.path.insert(0, sys.argv[1])\nimport work\n"
        "if __name__ == '__main__':\n"
        "    work.go()\n"
        "    with multiprocessing.get_context(sys.argv[2]).Pool(2) as workers:\n"
        "        print(workers.map(work.ended, range(4)))\n"
    )
    done = subprocess.run(
        [sys.executable, str(main), str(tmp_path), method], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == str(["finished"] * 4), done.stderr
    assert multiprocessing.active_children() == []


def test_concurrent_runs_are_each_their_own():
    """Thirty-two threads, as many answers, and a bounded number of runners."""
    go()
    answers = []

    def work(n):
        steps = [pool.Step("call", carry_call((n,), {}))]
        run = pool.run(
            pool.original_subject(carry(lambda n: n * 2)), steps, Policy(wall_seconds=20.0, total_seconds=20.0)
        )
        answers.append((n, run.outcomes[0].value))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [(n, b"%d" % (2 * n)) for n in range(32)]


def test_a_slow_run_does_not_hold_up_a_fast_one():
    """While one waits for its clock, another is answered."""
    go()
    slow = threading.Thread(target=go, args=(lambda: __import__("time").sleep(30),), kwargs={"wall_seconds": 1.5})
    slow.start()
    begun = time.monotonic()
    assert go().ended == "finished"
    assert time.monotonic() - begun < 1.4
    slow.join()


def test_warm_returns_before_the_zygote_is_up():
    """Its start hides behind the model's answer."""
    begun = time.monotonic()
    pool.warm()
    assert time.monotonic() - begun < 0.5
    assert len(list(host.living())) == 1
    assert go().ended == "finished"


def test_a_zygote_inherits_no_descriptor(tmp_path):
    """Not even an inheritable one."""
    with open(tmp_path / "secret", "w+") as file:
        os.set_inheritable(file.fileno(), True)
        host.isolation()
        (zygote,) = host.living()
        for pid in {zygote.process.pid} | descendants(zygote.process.pid):
            targets = {os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")}
            assert str(tmp_path / "secret") not in targets
