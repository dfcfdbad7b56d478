"""The clean parent of runners: started by ``exec``, confined once, forks on request. It never runs a candidate itself.

The host talks to it over one socket: each request names limits and brings a *control* socket, on which the answer
goes back (the runner's channel, its output pipe, a pidfd) and later its exit status. So concurrent runs need no
dispatcher in the host, and closing a control socket is enough to have its runner killed. The host asks ahead, so that
a runner waits when it is needed: forked, confined, and with its memory pages touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import json
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from fukkatsu._sandbox import confine, kernel
from fukkatsu._sandbox.limits import Limits

EXIT: Final = struct.Struct(
    "<iddQ"
)  # wait status, user seconds, system seconds, most resident bytes beyond the zygote's own

_QUIET_BYTES: Final = 1 << 19
DESCRIPTORS: Final = 4_096  # of the zygote; so a runner knows how far to close

PRELOAD: Final = (
    "_strptime", "encodings.idna", "encodings.latin_1", "encodings.unicode_escape", "unicodedata", "asyncio", "base64",
    "bisect", "calendar", "collections.abc", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "fractions", "functools", "hashlib", "heapq", "html", "inspect", "itertools", "json", "math", "operator", "random",
    "re", "statistics", "string", "textwrap", "typing", "urllib.parse", "uuid", "zoneinfo", "array", "ipaddress",
    "cloudpickle", "fukkatsu._sandbox.arrive", "fukkatsu._sandbox.runner", "fukkatsu._sandbox.rehearsal",
    "fukkatsu._oracle.values_rebuild", "fukkatsu.policy", "fukkatsu._language.program",
)  # fmt: skip
PRELOAD_EXAMINER: Final = ("hypothesis", "hypothesis.strategies", "typeguard", "fukkatsu._oracle.examiner")
PRELOAD_SYMBOLIC: Final = ("crosshair.core_and_libs", "fukkatsu._oracle.symbolic", "fukkatsu._sandbox.subject")


@dataclass(slots=True)
class _Waiting:
    """A runner that waits for work."""

    pid: int
    channel: socket.socket
    output: int
    quiet: int
    pidfd: int


def main(config: dict[str, Any]) -> NoReturn:
    """Become the zygote. *config* comes from the host, as JSON on the command line."""
    # What modules have done in each forked child (threading, logging) concerns threads, of which there are none here,
    # and costs each runner a hundred pages. `random` is seeded by us.
    os.register_at_fork = lambda **_hooks: None
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.argv[:] = sys.orig_argv[:] = [""]  # the paths of the host are none of a candidate's business
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    bound = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (bound, bound))
    link = socket.socket(fileno=config["link"])
    try:
        host = os.pidfd_open(os.getppid())
    except (OSError, AttributeError):
        host = -1
    time.localtime()  # reads /etc/localtime while there is one
    entered = confine.enter_namespaces(config["without"])
    if any(layer.name == "pid namespace" and layer.available for layer in entered):
        child = os.fork()
        if child:
            _wait_for(child, link, host)
        _die_with_parent()
    try:
        _Zygote(config, link, host, entered).serve()
    finally:
        os._exit(0)


def _wait_for(child: int, link: socket.socket, host: int) -> NoReturn:
    """Outside the pid namespace: hold nothing, live exactly as long as the zygote proper."""
    link.close()
    if host >= 0:
        os.close(host)
    while True:
        try:
            _, status = os.waitpid(child, 0)
        except InterruptedError:
            continue
        os._exit(min(abs(os.waitstatus_to_exitcode(status)), 255))


def _die_with_parent() -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


class _Zygote:
    def __init__(self, config: dict[str, Any], link: socket.socket, host: int, entered: list[confine.Found]) -> None:
        self.link, self.host = link, host
        self.controls: dict[int, socket.socket] = {}  # pid -> where its exit is told
        self.pids: dict[int, int] = {}  # descriptor of a control socket -> pid
        self.without: frozenset[str] = frozenset(config["without"])
        loaded = _preload(config)
        read = [*config["read"], *_library_folders()]
        confine.reserve_stack()
        base, self.base_resident = _address_space()
        walls = confine.confine_zygote(read, entered, config["without"])
        probe = confine.probe_seccomp(config["without"])
        if not probe.available:
            self.without |= {"seccomp"}
        self.base_bytes = base
        walls += [probe, confine.Found("rlimits", True, "address space, processor time, files, core, stack")]
        from fukkatsu._sandbox import rehearsal

        self.rehearsal = rehearsal.prepare() if config["kind"] == "runner" else []
        confine.freeze()
        _schedule("SCHED_BATCH")
        self.wake, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.poll = select.poll()
        for descriptor in (self.link.fileno(), self.wake, self.host):
            if descriptor >= 0:
                self.poll.register(descriptor, select.POLLIN)
        hello = {"layers": [[w.name, w.available, w.why] for w in walls], "loaded": loaded}
        null = os.dup(0)
        os.dup2(null, 2)  # from here on there is nobody who reads it
        os.close(null)
        self.link.send(json.dumps(hello).encode())

    def serve(self) -> None:
        """Until the host goes away, however it does."""
        while True:
            descriptor, _ = self.poll.poll()[0]  # one at a time: handling one can close, or reuse, another
            if descriptor == self.wake:
                self.reap()
            elif descriptor == self.host:
                return self.end()
            elif descriptor == self.link.fileno():
                if not self.request():
                    return self.end()
            else:
                self.abandon(descriptor)

    def end(self) -> None:
        for pid in self.controls:
            _kill(pid)

    def request(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self.link, 65536, 4, socket.MSG_CMSG_CLOEXEC)
        if not data:
            return False
        control = socket.socket(fileno=descriptors[0])
        limits: Limits = pickle.loads(data)  # noqa: S301 - from the host
        try:
            runner = self.fork(limits)
        except OSError as failure:
            control.send(b"!" + str(failure).encode())
            control.close()
            return True
        self.controls[runner.pid] = control
        self.pids[control.fileno()] = runner.pid
        self.poll.register(control.fileno(), 0)  # only for its end
        try:
            socket.send_fds(control, [b"R"], [runner.channel.fileno(), runner.output, runner.quiet, runner.pidfd])
        except OSError:
            _kill(runner.pid)
        _close(runner)
        return True

    def fork(self, limits: Limits) -> _Waiting:
        """A confined runner that waits for its request."""
        channel, inner = socket.socketpair()
        output, inner_output = os.pipe2(os.O_CLOEXEC)
        quiet, inner_quiet = os.pipe2(os.O_CLOEXEC)
        room = _widen(quiet)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self.become_runner(inner, inner_output, (inner_quiet, room), limits, parent)
        inner.close()
        os.close(inner_output)
        os.close(inner_quiet)
        for descriptor in (channel.fileno(), output, quiet):  # these states travel with them
            os.set_blocking(descriptor, False)
        return _Waiting(pid, channel, output, quiet, os.pidfd_open(pid))

    def become_runner(
        self, channel: socket.socket, output: int, quiet_way: tuple[int, int], limits: Limits, parent: int
    ) -> NoReturn:
        leave = os._exit
        status = 70
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(output, 1)
            os.dup2(output, 2)
            low = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 16) for each in (channel.detach(), quiet_way[0])]
            channel = socket.socket(fileno=os.dup2(low[0], 3, inheritable=False))
            quiet = os.dup2(low[1], 4, inheritable=False)
            os.closerange(5, DESCRIPTORS)
            import random  # now, that is: loaded after `register_at_fork` has been silenced

            from fukkatsu._sandbox import rehearsal, runner

            random.seed()
            rehearsal.rehearse(self.rehearsal)
            gc.collect()  # what linking leaves is cyclic: the next to come takes its place, in pages that are ours now
            rehearsal.rehearse(self.rehearsal)
            gc.collect()
            _schedule("SCHED_OTHER")
            kernel.ask_for_short_slices()
            confine.confine_runner(limits, self.base_bytes, self.without, parent=parent)
            runner.live(channel, limits, quiet, quiet_way[1])
            status = 0
        except BaseException as exc:  # noqa: BLE001 - it ends here in any case; the host reads the status
            if os.environ.get("FUKKATSU_DEBUG"):
                import traceback

                traceback.print_exception(exc)
        finally:
            leave(status)

    def reap(self) -> None:
        """Collect the dead, and tell who asked for them."""
        try:
            while os.read(self.wake, 512):
                pass
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            control = self.controls.pop(pid, None)
            if control is not None:
                self.forget(control)
                with contextlib.suppress(OSError):
                    resident = max(usage.ru_maxrss * 1024 - self.base_resident, 0)
                    control.send(EXIT.pack(status, usage.ru_utime, usage.ru_stime, resident))
                control.close()

    def forget(self, control: socket.socket) -> None:
        self.poll.unregister(control.fileno())
        del self.pids[control.fileno()]

    def abandon(self, descriptor: int) -> None:
        """Nobody holds the other end of a control socket: its runner is of no use."""
        pid = self.pids.get(descriptor)
        if pid is None:
            return
        control = self.controls.pop(pid)
        self.forget(control)
        control.close()
        _kill(pid)


def _widen(pipe: int) -> int:
    """Make room in *pipe*; how many bytes it takes in any portions without making its writer wait."""
    with contextlib.suppress(OSError):  # an ordinary user may have only so many pages in pipes
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _QUIET_BYTES)
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) // 2 - 2_000  # each page holds at least half of itself


def _schedule(policy: str) -> None:
    """How we are woken: with ``SCHED_BATCH`` nobody who is running is interrupted for us.

    The host wakes the zygote when it is done with a runner, that is when it has a verdict and its caller waits.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, getattr(os, policy), os.sched_param(0))


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _close(waiting: _Waiting) -> None:
    waiting.channel.close()
    for descriptor in (waiting.output, waiting.quiet, waiting.pidfd):
        os.close(descriptor)


def _preload(config: dict[str, Any]) -> list[str]:
    """Import what runners will need, while the file system is still there."""
    loaded = []
    wanted = [*PRELOAD, *config["preload"]]
    if config["kind"] == "examiner":
        wanted += PRELOAD_EXAMINER
    elif config["kind"] == "symbolic":
        wanted += PRELOAD_SYMBOLIC
    for name in wanted:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        loaded.append(name)
    if config["kind"] == "examiner":
        _rehearse_examiner()
    return loaded


def _rehearse_examiner() -> None:
    """Pay hypothesis' first-use costs (its tables of characters: about a second) once, before anybody waits."""
    try:
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st
    except ImportError:
        return

    @settings(
        database=None, deadline=None, max_examples=3, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
    )
    @given(st.text(), st.lists(st.integers() | st.floats()), st.dictionaries(st.text(), st.none()))
    def rehearsal(_text: str, _numbers: list[float], _mapping: dict[str, None]) -> None:
        pass

    rehearsal()


def _library_folders() -> list[str]:
    """Folders of the shared libraries that are loaded: extension modules that a runner imports need the same ones."""
    folders = set()
    try:
        with open("/proc/self/maps") as maps:
            for line in maps:
                path = line.rstrip("\n").partition("/")[2]
                if ".so" in path:
                    folders.add(os.path.dirname("/" + path))
    except OSError:
        return []
    return sorted(folders)


def _address_space() -> tuple[int, int]:
    """Bytes of this process' address space, which a policy's ``memory_bytes`` come on top of, and of its memory."""
    try:
        with open("/proc/self/statm") as file:
            total, resident = (int(pages) * os.sysconf("SC_PAGE_SIZE") for pages in file.read().split()[:2])
    except (OSError, ValueError):
        return 1 << 30, 1 << 30
    return total, resident


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
