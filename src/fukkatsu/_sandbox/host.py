"""What this kernel offers, and this process's zygotes: started lazily, replaced when they die.

A forked process inherits nothing: the sockets of its parent's zygotes are closed in the child before any of its code
runs.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._sandbox.layers import LAYERS, Isolation, Layer
from fukkatsu._sandbox.limits import Limits
from fukkatsu._sandbox.surroundings import (
    LOCAL_ZONE,
    START_SECONDS,
    environment,
    interpreter_folders,
    locale_folders,
    options,
    package_folders,
    zone_folders,
)
from fukkatsu._sandbox.surroundings import jails as jails
from fukkatsu.errors import SandboxUnavailableError

AHEAD: Final = 2  # runners that wait for work, for each of the limits used lately
AHEAD_KINDS: Final = 2
ZYGOTE_LIMIT: Final = 4  # of one process: kinds (runner, examiner) times differing Policy.read_paths
_HEAVY: Final = ("numpy", "pandas", "icontract", "deal")
"""Loaded in the zygote when the host has them: a run whose function refers to one would pay 0.05-0.3 s for it."""
_BOOTSTRAP: Final = (
    "import sys,json;c=json.loads(sys.argv[1]);sys.path.extend(c['paths']);"
    "from fukkatsu._sandbox.zygote import main;main(c)"
)


@dataclass(slots=True)
class Launched:
    """A runner, from the host's side.

    Attributes:
        channel: Requests go there, answers come.
        quiet: Answers that nobody is woken for come here; they are older than what the channel holds.
        output: What it prints past ``sys.stdout``.
        pidfd: The process.
        control: To its zygote, which tells its end there.
    """

    channel: socket.socket
    output: int
    quiet: int
    pidfd: int
    control: socket.socket
    killed: bool = False

    def kill(self) -> None:
        """SIGKILL, whatever it is doing; nothing if it has ended."""
        if not self.killed:
            self.killed = True
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Give back every descriptor. Closing the control socket has the zygote kill a runner that still lives."""
        self.channel.close()
        self.control.close()
        for name in ("output", "quiet", "pidfd"):
            descriptor = getattr(self, name)
            if descriptor >= 0:
                setattr(self, name, -1)
                os.close(descriptor)


class ZygoteGoneError(Exception):
    """The zygote died; another one can be started."""


class Zygote:
    """One zygote process of ours."""

    def __init__(self, kind: str, read_paths: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        self.preloaded = frozenset(name for name in _HEAVY if name in sys.modules)
        self._lock = threading.Lock()
        self._isolation: Isolation | None = None
        self._ahead: dict[Limits, list[socket.socket]] = {}  # controls of runners that nobody uses yet
        packages = package_folders()
        paths = [*packages, *read_paths]
        config: dict[str, Any] = {
            "kind": kind,
            "paths": paths,
            "read": [
                *interpreter_folders(),
                *paths,
                *zone_folders(),
                "/usr/share/zoneinfo",
                LOCAL_ZONE,
                *locale_folders(),
            ],
            "preload": sorted(self.preloaded),
            "without": list(without),
        }
        if not sys.executable:
            msg = "the sandbox needs an interpreter to start, and sys.executable is empty in this process."
            raise SandboxUnavailableError(msg)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        errors_read, errors_write = os.pipe()
        config["link"] = theirs.fileno()
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
                [sys.executable, *options(), "-c", _BOOTSTRAP, json.dumps(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors_write,
                pass_fds=(theirs.fileno(),),
                close_fds=True,
                start_new_session=True,
                cwd="/",
                env=environment(kind),
            )
        except OSError as failure:
            ours.close()
            os.close(errors_read)
            msg = f"the sandbox could not be started: {failure}"
            raise SandboxUnavailableError(msg) from failure
        finally:
            theirs.close()
            os.close(errors_write)
        self.link, self._errors = ours, errors_read

    @property
    def isolation(self) -> Isolation:
        """Its layers; waits until it is up. Raises ``SandboxUnavailableError`` when it does not come up."""
        with self._lock:
            if self._isolation is None:
                poll = select.poll()
                poll.register(self.link, select.POLLIN)
                data = self.link.recv(65536) if poll.poll(START_SECONDS * 1000) else b""
                if not data:
                    raise SandboxUnavailableError(f"the sandbox did not start: {self._complaint()}")
                hello = json.loads(data)
                order = {name: index for index, name in enumerate(LAYERS)}
                layers = sorted((Layer(*item) for item in hello["layers"]), key=lambda layer: order.get(layer.name, 99))
                self._isolation = Isolation(tuple(layers))
                os.close(self._errors)
                self._errors = -1
            return self._isolation

    def _complaint(self) -> str:
        self.process.kill()
        self.process.wait()
        text = b""
        while chunk := os.read(self._errors, 65536):
            text += chunk
        self._let_go()
        lines = text.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the interpreter ended with status {self.process.returncode}"

    def launch(self, limits: Limits) -> Launched:
        """A confined runner with these limits: one that waits already, where there is one.

        Raises:
            ZygoteGoneError: This zygote is dead.
            SandboxUnavailableError: It lives, and cannot fork.
        """
        _ = self.isolation
        with self._lock:
            waiting = self._ahead.get(limits)
            control = waiting.pop(0) if waiting else self._request(limits)
        try:
            answer, descriptors, _, _ = socket.recv_fds(control, 4096, 4, socket.MSG_CMSG_CLOEXEC)
        except OSError as failure:
            control.close()
            raise ZygoteGoneError from failure
        if answer == b"R" and len(descriptors) == 4:
            channel, output, quiet, pidfd = descriptors
            return Launched(
                socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, channel), output, quiet, pidfd, control
            )
        control.close()
        if answer[:1] == b"!":
            msg = f"the sandbox cannot start a runner: {answer[1:].decode('utf-8', 'replace')}"
            raise SandboxUnavailableError(msg)
        raise ZygoteGoneError

    def replenish(self, limits: Limits) -> None:
        """Ask for runners ahead, so that the next run finds one; to be called when nobody waits for an answer."""
        self.process.poll()  # should somebody have killed it, collect it
        with self._lock, contextlib.suppress(ZygoteGoneError, OSError):
            waiting = self._ahead.pop(limits, [])
            self._ahead[limits] = waiting
            while len(waiting) < AHEAD:
                waiting.append(self._request(limits))
            while len(self._ahead) > AHEAD_KINDS:
                for other in self._ahead.pop(next(iter(self._ahead))):
                    other.close()

    def _request(self, limits: Limits) -> socket.socket:
        """Ask for a runner; the answer comes on the control socket that is returned."""
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            socket.send_fds(self.link, [_packed(limits)], [theirs.fileno()])
        except OSError as failure:
            control.close()
            raise ZygoteGoneError from failure
        finally:
            theirs.close()
        return control

    def alive(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it and every runner of it, and collect it."""
        self._let_go()
        try:
            self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _let_go(self) -> None:
        self.link.close()
        for controls in self._ahead.values():
            for control in controls:
                control.close()
        self._ahead.clear()
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1

    def forget(self) -> None:
        """In a forked child: let go of what belongs to the parent, without touching the process."""
        self._let_go()
        self.process.returncode = 0  # or its destructor would try to collect the parent's child


@functools.lru_cache(64)
def _packed(limits: Limits) -> bytes:
    return pickle.dumps(limits, 5)


_lock = threading.Lock()
_zygotes: dict[tuple[Any, ...], Zygote] = {}


def zygote(kind: str = "runner", read_paths: Sequence[str] = (), without: Sequence[str] = ()) -> Zygote:
    """The zygote of this process for these needs, started now if there is none (or a dead one)."""
    key = (kind, tuple(read_paths), tuple(without))
    with _lock:
        found = _zygotes.pop(key, None)
        stale = found is not None and any(name in sys.modules and name not in found.preloaded for name in _HEAVY)
        if found is not None and (stale or not found.alive()):
            found.stop()
            found = None
        if found is None:
            found = Zygote(kind, read_paths, without)
        _zygotes[key] = found
        while len(_zygotes) > ZYGOTE_LIMIT:
            _zygotes.pop(next(iter(_zygotes))).stop()
        return found


def launch(
    limits: Limits, kind: str = "runner", read_paths: Sequence[str] = (), without: Sequence[str] = ()
) -> tuple[Zygote, Launched]:
    """A runner from the right zygote; a zygote that died meanwhile is replaced, twice at most."""
    for _ in range(3):
        parent = zygote(kind, read_paths, without)
        try:
            return parent, parent.launch(limits)
        except ZygoteGoneError:
            time.sleep(0.01)  # until its death shows
    msg = "the sandbox's zygote dies as soon as it is started; `fukkatsu doctor` shows what this machine gives."
    raise SandboxUnavailableError(msg)


def isolation(without: Sequence[str] = ()) -> Isolation:
    """What the sandbox on this machine consists of; probed by starting it."""
    if not jails():
        from fukkatsu._sandbox.spawned import isolation as of_spawned

        return of_spawned()
    return zygote(without=without).isolation


def shutdown() -> None:
    """End every zygote of this process; the next run starts another one."""
    with _lock:
        stopped = list(_zygotes.values())
        _zygotes.clear()
    for each in stopped:
        each.stop()


def _forget_in_child() -> None:
    global _lock
    _lock = threading.Lock()
    for each in _zygotes.values():
        each.forget()
    _zygotes.clear()


def living() -> Iterator[Zygote]:
    """The zygotes of this process, for tests and for ``doctor``."""
    with _lock:
        return iter(list(_zygotes.values()))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
atexit.register(shutdown)
