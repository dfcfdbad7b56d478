"""The other end of ``spawned``: hide the channel, set the limits that the system has, then run like any runner."""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import sys
from typing import Any, Final, NoReturn

from fukkatsu._sandbox.limits import Limits

_EXAMINER: Final = ("hypothesis", "hypothesis.strategies", "typeguard", "fukkatsu._oracle.examiner")


class Channel:
    """The two pipes, with the two methods of a socket that a runner uses."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    def sendall(self, frame: bytes) -> None:
        """Write all of it."""
        left = memoryview(frame)
        while left:
            left = left[os.write(self._outgoing, left[: 1 << 16]) :]

    def recv_into(self, view: memoryview) -> int:
        """Read some of it; 0 at its end."""
        piece = os.read(self._incoming, min(len(view), 1 << 20))
        view[: len(piece)] = piece
        return len(piece)


def main(config: dict[str, Any]) -> NoReturn:
    """Become a runner. *config* comes from the host, as JSON on the command line."""
    status = 70
    try:
        sys.argv[:] = sys.orig_argv[:] = [""]
        channel = Channel(os.dup(0), os.dup(1))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)  # what it prints past sys.stdout is output, never an answer
        _binary(channel)
        from fukkatsu._sandbox import runner

        for name in _EXAMINER if config["kind"] == "examiner" else ("fukkatsu._language.program", "fukkatsu.policy"):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        limits = Limits(**config["limits"])
        channel.sendall(json.dumps(_limit(limits)).encode() + b"\n")
        runner.live(channel, limits)
        status = 0
    except BaseException as failure:  # noqa: BLE001 - it ends here in any case; the host reads the status
        with contextlib.suppress(BaseException):
            os.write(2, f"{type(failure).__name__}: {failure}\n".encode("utf-8", "replace"))
    finally:
        os._exit(status)


def _binary(channel: Channel) -> None:
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (channel._incoming, channel._outgoing, 1, 2):
            msvcrt.setmode(descriptor, os.O_BINARY)


def _limit(limits: Limits) -> list[str]:
    """Set what can be set; the names of what was."""
    try:
        import resource
        import signal
    except ImportError:
        return []
    seconds = max(1, math.ceil(limits.cpu_seconds)) + 1
    had = []
    for name, kind, value in (
        ("memory", "RLIMIT_AS", _address_space() + limits.memory_bytes),
        ("processor time", "RLIMIT_CPU", seconds),
        ("files written", "RLIMIT_FSIZE", 0),
        ("processes", "RLIMIT_NPROC", 0),
        ("core dumps", "RLIMIT_CORE", 0),
        ("locked memory", "RLIMIT_MEMLOCK", 0),
    ):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            hard = resource.getrlimit(getattr(resource, kind))[1]
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(getattr(resource, kind), (bound, bound))
            had.append(name)
    with contextlib.suppress(OSError, AttributeError):
        signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)  # finer than whole seconds; its default action ends us
    return had


def _address_space() -> int:
    """Size of this interpreter in bytes, which a policy's ``memory_bytes`` come on top of."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 1 << 30
