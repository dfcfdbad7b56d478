"""Where there is no jail (macOS, Windows): one fresh interpreter per run, with the limits that the system has.

It keeps a candidate out of the host's memory, ends it from outside, and believes nothing it says. It does not keep it
from files or from the network: ``best-effort`` only, and every report says so. The same frames as in the jail, through
the child's standard input and output, which it hides from the candidate; threads read here, because Windows cannot wait
for pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import IO, Final

from fukkatsu._sandbox import surroundings
from fukkatsu._sandbox.conversation import Conversation
from fukkatsu._sandbox.layers import LAYERS, Isolation, Layer
from fukkatsu._sandbox.limits import Limits, limits_of
from fukkatsu.errors import SandboxUnavailableError

_BOOTSTRAP: Final = (
    "import sys,json;c=json.loads(sys.argv[1]);sys.path.extend(c['paths']);"
    "from fukkatsu._sandbox.spawned_child import main;main(c)"
)
_PACE_BYTES: Final = 65_536
_AHEAD: Final = 16  # pieces that a reader may be ahead of us: a flood waits in the child, not here
_CHANNEL, _OUTPUT = "channel", "output"


class Spawned:
    """One child, from the host's side. Nothing of a candidate's has reached it when this returns.

    Raises:
        SandboxUnavailableError: It does not start.
    """

    def __init__(self, limits: Limits, kind: str, read_paths: Sequence[str]) -> None:
        # Of a virtual environment on Windows, sys.executable only starts the real interpreter, as a child of its own.
        executable = getattr(sys, "_base_executable", "") if os.name == "nt" else sys.executable
        if not executable:
            msg = "the sandbox needs an interpreter to start, and sys.executable is empty in this process."
            raise SandboxUnavailableError(msg)
        config = {
            "kind": kind,
            "paths": [*surroundings.package_folders(), *read_paths],
            "limits": asdict(limits),
        }
        given = surroundings.environment(kind)
        if "SYSTEMROOT" in os.environ:
            given["SYSTEMROOT"] = os.environ["SYSTEMROOT"]  # no interpreter starts on Windows without it
        if "HYPOTHESIS_STORAGE_DIRECTORY" in given:
            given["HYPOTHESIS_STORAGE_DIRECTORY"] = os.path.join(os.devnull, "hypothesis")  # cannot be made
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
                [executable, *surroundings.options(), "-c", _BOOTSTRAP, json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                close_fds=True,
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                cwd=os.path.abspath(os.sep),
                env=given,
            )
        except OSError as failure:
            raise SandboxUnavailableError(f"the sandbox could not be started: {failure}") from failure
        self.job: object = None
        if os.name == "nt":
            from fukkatsu._sandbox.job import Job

            self.job = Job.around(self.process, limits)
        self.arrivals: queue.Queue[tuple[str, bytes]] = queue.Queue(_AHEAD)
        self.orders: queue.Queue[bytes | None] = queue.Queue()
        self.closed = False
        parts = ((self._write, "", self.process.stdin), (self._read, _CHANNEL, self.process.stdout))
        self.threads = [
            threading.Thread(target=part, args=(name, stream), daemon=True)
            for part, name, stream in (*parts, (self._read, _OUTPUT, self.process.stderr))
        ]
        for thread in self.threads:
            thread.start()
        self.had: tuple[str, ...] = self._greeted()

    def _greeted(self) -> tuple[str, ...]:
        """Wait for its first line: the limits that its system has set."""
        until = time.monotonic() + surroundings.START_SECONDS
        line, complaint = b"", b""
        while not line.endswith(b"\n"):
            try:
                source, piece = self.arrivals.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                break
            if source == _OUTPUT:
                complaint += piece
            elif piece:
                line += piece
            else:
                break
        else:
            return (*json.loads(line), *(("memory, processes",) if self.job is not None else ()))
        self.kill()
        with contextlib.suppress(queue.Empty):
            while True:  # the end of what it complains about
                source, piece = self.arrivals.get(timeout=0.2)
                complaint += piece if source == _OUTPUT else b""
        self.close()
        said = complaint.decode("utf-8", "replace").strip().splitlines()
        why = said[-1] if said else f"the interpreter ended with status {self.process.returncode}"
        raise SandboxUnavailableError(f"the sandbox did not start: {why}")

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), _PACE_BYTES):
                self._arrived(name, data)
        self._arrived(name, b"")

    def _arrived(self, name: str, data: bytes) -> None:
        while not self.closed:
            try:
                self.arrivals.put((name, data), timeout=0.1)
            except queue.Full:
                continue
            return

    def _write(self, _name: str, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (data := self.orders.get()) is not None:
                left = memoryview(data)
                while left:
                    left = left[os.write(stream.fileno(), left[:_PACE_BYTES]) :]

    def kill(self) -> None:
        """End it and what it has started, as far as that stayed in its session (POSIX) or its job (Windows)."""
        if self.process.poll() is not None and os.name == "nt":
            return
        with contextlib.suppress(OSError):
            if os.name == "posix" and self.process.returncode is None:
                os.killpg(self.process.pid, getattr(signal, "SIGKILL", 9))
            else:
                self.process.kill()

    def close(self) -> None:
        """Collect it, and give back every descriptor and thread."""
        self.closed = True
        self.orders.put(None)
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5.0)
        for thread in self.threads:
            thread.join(1.0)
        if not any(thread.is_alive() for thread in self.threads):  # else a descendant that fled holds the pipes
            for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        self.job = None  # closing it ends whatever is left in it


@dataclass(slots=True)
class SpawnedWatch(Conversation):
    """The conversation with one spawned interpreter."""

    def _converse(self, until: int | None = None) -> None:
        self.step_begun = time.monotonic()
        if self.outgoing:
            self.launched.orders.put(bytes(self.outgoing))
            self.outgoing = memoryview(b"")
        while not self.over and (until is None or len(self.outcomes) < until):
            try:
                source, piece = self.launched.arrivals.get(timeout=self._patience())
            except queue.Empty:
                continue
            if source == _CHANNEL:
                self._took(piece)
            elif piece:
                self._printed(piece)

    def _more(self) -> bool:
        with contextlib.suppress(queue.Empty):
            while True:
                source, piece = self.launched.arrivals.get_nowait()
                if source == _CHANNEL and piece:
                    return True
        return False

    def _await_exit(self, seconds: float) -> bool:
        if seconds <= 0:
            return self.launched.process.poll() is not None
        try:
            self.launched.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _verdict_of_exit(self) -> tuple[str, str]:
        status = self.launched.process.returncode
        if status is not None and status >= 0xC0000000:  # Windows' way to say it
            return "signal", f"the interpreter crashed (status {status:#x})"
        return self._verdict(-int(signal.SIGTERM) if status is None else status, 0.0)


def spawn(limits: Limits, kind: str, read_paths: Sequence[str]) -> Spawned:
    """A fresh interpreter that waits for its request."""
    return Spawned(limits, kind, read_paths)


_lock = threading.Lock()
_known: dict[str, Isolation] = {}


def isolation() -> Isolation:
    """What there is instead of a jail; probed once, by starting one child."""
    from fukkatsu.policy import Policy

    with _lock:
        if surroundings.PLATFORM not in _known:
            child = spawn(limits_of(Policy()), "runner", ())
            child.kill()
            child.close()
            why = f"not on {surroundings.PLATFORM}"
            limited = "limits of " + ", ".join(child.had) if child.had else "no limits"
            layers = [Layer("rlimits", bool(child.had), limited)]
            layers += [Layer(name, False, why) for name in LAYERS if name != "rlimits"]
            note = f"spawned interpreter with {limited} and a wall clock; nothing keeps it from files or the network"
            _known[surroundings.PLATFORM] = Isolation(tuple(layers), note)
        return _known[surroundings.PLATFORM]
