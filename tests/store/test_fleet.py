"""A fleet: eight processes, one fault, one PostgreSQL; one is killed while it asks, another one loses its network."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fukkatsu import Store
from fukkatsu._store.address import open_backend

KEY = b"a key of the tests, and of nobody else"

SHOP = """
from fukkatsu import Checks, resurrect

def make(store, provider):
    @resurrect(provider=provider, store=store, checks=Checks(contract="off", neighbours=False, preserve=False))
    def share(total, count):
        return total / count

    return share
"""

WORKER = """
sys.path.insert(0, {folder!r})
import shop
from pathlib import Path
folder = Path({folder!r})

def provider(messages):
    with open(folder / "asked", "a") as asked:
        asked.write(f"{{number}}\\n")
    if number not in {alone!r}:
        try:
            (folder / "first").touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)  # dead, with the lease in its hand
    return "```python\\ndef share(total, count):\\n    return total / count if count else 0.0\\n```"

alone = number in {alone!r}
store = Store({behind!r} if alone else {url!r}, timeout_seconds=0.5 if alone else 20.0, lease_seconds=6.0)
share = shop.make(store, provider)
if alone:
    assert store.fixes() == ()  # the network is there
    (folder / "connected").touch()
    while not (folder / "parted").exists():
        assert not (folder / "stop").exists(), "the test has failed"
        time.sleep(0.02)
assert share(1, 0) == 0.0
assert share.fukkatsu.active_fix is not None
(folder / f"healed-{{number}}").touch()
while share.fukkatsu.active is not None:
    assert not (folder / "stop").exists(), "the test has failed"
    time.sleep(0.02)
try:
    share(1, 0)
except Exception as why:
    assert isinstance(why.__cause__ or why, ZeroDivisionError), repr(why)
(folder / f"withdrawn-{{number}}").touch()
print(number, [report.summary() for report in share.fukkatsu.reports], flush=True)
"""


class Cable:
    """A way to the server's socket that can be cut: bytes are swallowed up by silence, as in a network that is parted."""

    def __init__(self, folder):
        self.folder = tempfile.mkdtemp(prefix="fukkatsu-cable-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self._there = f"{folder}/.s.PGSQL.5432"
        self.connected = threading.Event()
        self.connected.set()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(f"{self.folder}/.s.PGSQL.5432")
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._there)
            except OSError:  # the server has gone: the test is over
                near.close()
                far.close()
                continue
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        try:
            while data := one.recv(65536):
                self.connected.wait()
                other.sendall(data)
        except OSError:
            pass
        finally:
            one.close()
            other.close()

    def close(self):
        self.connected.set()
        self._listening.close()
        shutil.rmtree(self.folder)


def until(what, seconds=150.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def run_fleet(processes, tmp_path, url, behind, count, alone, act):
    """*count* workers, and *act* beside them; what the workers print."""
    (tmp_path / "shop.py").write_text(SHOP)
    body = WORKER.format(folder=str(tmp_path), url=url, behind=behind, alone=alone)
    with ThreadPoolExecutor(1) as beside:
        printed = beside.submit(processes, count, textwrap.dedent(body))
        try:
            act(lambda name: len(list(tmp_path.glob(f"{name}-*"))), printed)
            return printed.result(100)
        finally:
            (tmp_path / "stop").touch()


def alive(printed):
    """Whether the workers still run: what ended early has said why."""
    assert not printed.done() or printed.result() is not None
    return True


@pytest.mark.timeout(300)
def test_eight_processes_ask_once_and_hear_of_a_revocation(postgres, key, processes, tmp_path):
    """One asks and is killed; another takes over; the rest use its fix; the one without a network asks for itself.

    Then the fix is revoked, and every process has its original again, also the one that was away.
    """
    url = postgres()
    cable = Cable(url.partition("host=")[2].partition("&")[0])
    behind = url.replace(url.partition("host=")[2].partition("&")[0], cable.folder)
    store = Store(url, timeout_seconds=20.0)
    assert store.fixes() == ()

    def act(reached, printed):
        until(lambda: alive(printed) and (tmp_path / "connected").exists())
        cable.connected.clear()
        (tmp_path / "parted").touch()
        until(lambda: alive(printed) and reached("healed") == 7)
        [fix] = store.fixes()  # that of the parted process is not here
        backend = open_backend(url, KEY, timeout_seconds=20.0, actor="ann")
        backend.change_state(fix.id, "revoked", "it is wrong", "ann")
        backend.close()
        until(lambda: alive(printed) and reached("withdrawn") == 6)
        assert reached("withdrawn") == 6
        cable.connected.set()
        until(lambda: alive(printed) and reached("withdrawn") == 7)

    try:
        printed = run_fleet(processes, tmp_path, url, behind, 8, (7,), act)
    finally:
        cable.close()
    asked = (tmp_path / "asked").read_text().split()
    assert sorted(asked).count("7") == 1
    assert len(asked) - asked.count("7") == 2  # the one that was killed, and the one that took over
    workers = [line.split()[0] for line in printed.splitlines() if line[:1].isdigit()]
    assert len(workers) == 7
    assert "7" in workers
    assert [fix.state for fix in store.fixes()] == ["revoked"]
    installed = [entry for entry in store.entries() if entry.event == "fix.installed"]
    assert len(installed) >= 6
    assert store.verify().problems == ()
    store.close()


def test_processes_with_one_sqlite_file_are_a_fleet_as_well(key, processes, tmp_path):
    """On one machine, with polling in the place of notifications."""
    url = f"sqlite:///{tmp_path}/fixes.db"
    store = Store(url, timeout_seconds=20.0)
    assert store.fixes() == ()
    (tmp_path / "first").touch()  # nobody is killed

    def act(reached, printed):
        until(lambda: alive(printed) and reached("healed") == 3)
        [fix] = store.fixes()
        store.change_state(fix.id, "revoked", "it is wrong", "ann")
        until(lambda: alive(printed) and reached("withdrawn") == 3)

    run_fleet(processes, tmp_path, url, url, 3, (), act)
    assert len((tmp_path / "asked").read_text().split()) == 1
    store.close()


KILLED = """
sys.path.insert(0, {folder!r})
import shop
from fukkatsu import events
points = ("failure.seen", "suggestion.requested", "suggestion.received", "candidate.accepted", "fix.installed")

def die(event):
    if number < len(points) and event.name == points[number]:
        os.kill(os.getpid(), signal.SIGKILL)

events.subscribe(die)
reply = "```python\\ndef share(total, count):\\n    return total / count if count else " + str(float(number)) + "\\n```"
store = Store({url!r} + str(number), timeout_seconds=20.0)
share = shop.make(store, lambda messages: reply)
print(number, share(1, 0), flush=True)
"""


def test_a_repair_that_is_killed_at_any_point_has_kept_its_fix_or_has_none(key, processes, tmp_path):
    """From the first word about the failure to the installation: committed before it is installed, or not there."""
    (tmp_path / "shop.py").write_text(SHOP)
    url = f"sqlite:///{tmp_path}/fixes.db"
    printed = processes(6, KILLED.format(folder=str(tmp_path), url=url))
    assert [line for line in printed.splitlines() if line[:1].isdigit()] == ["5 5.0"]
    kept = []
    for number in range(6):
        store = Store(f"{url}{number}", timeout_seconds=20.0)
        kept.append([(fix.state, fix.report.accepted) for fix in store.fixes()])
        assert store.verify().problems == ()
        store.close()
    assert kept == [[], [], [], [], [("active", True)], [("active", True)]]
