"""The walls around a runner, one function each, and the order in which they go up.

``confine_zygote`` puts up those that are inherited (namespaces, root, capabilities, no_new_privs, Landlock),
``confine_runner`` those that belong to one run (rlimits, timers, seccomp). Each reports instead of failing: whether
what is missing matters is for the policy to say, in the host.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import math
import os
import resource
import signal
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from fukkatsu._sandbox import kernel, landlock, namespaces, seccomp
from fukkatsu._sandbox.layers import NAMESPACES
from fukkatsu._sandbox.limits import Limits

STACK_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One layer: whether it is up, and what it is or why it is not."""

    name: str
    available: bool
    why: str


def enter_namespaces(without: Sequence[str]) -> list[Found]:
    """Enter the namespaces that can be had, before anything starts a thread."""
    wanted = [name for name in NAMESPACES if f"{name} namespace" not in without]
    missing = namespaces.enter(wanted)
    switched_off = {name: "switched off" for name in NAMESPACES if name not in wanted}
    if "user" in missing and os.geteuid() == 0 and "net" not in missing:
        missing["user"] = f"{missing['user']} (entered as root without one)"
    return [
        Found(f"{name} namespace", name not in missing | switched_off, (missing | switched_off).get(name, "entered"))
        for name in NAMESPACES
    ]


def confine_zygote(read: Sequence[str], entered: list[Found], without: Sequence[str]) -> list[Found]:
    """Change the root, drop capabilities, set no_new_privs, restrict reading with Landlock."""
    found = {layer.name: layer for layer in entered}
    if found["mount namespace"].available:
        try:
            namespaces.change_root(read)
            found["mount namespace"] = Found("mount namespace", True, "a read-only tree of what may be read")
        except OSError as failure:
            found["mount namespace"] = Found("mount namespace", False, f"the root could not be changed: {failure}")
    found["capabilities"] = _attempt("capabilities", without, kernel.drop_capabilities, "none held")
    found["no_new_privs"] = _attempt("no_new_privs", without, _no_new_privs, "set")
    found["landlock"] = _attempt("landlock", without, lambda: landlock.restrict(read), "")
    return list(found.values())


def _attempt(name: str, without: Sequence[str], wall: object, said: str) -> Found:
    if name in without:
        return Found(name, False, "switched off")
    try:
        answer = wall()  # type: ignore[operator]  # each wall is a function without arguments
    except OSError as failure:
        return Found(name, False, str(failure))
    return Found(name, True, said or str(answer))


def _no_new_privs() -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def probe_seccomp(without: Sequence[str]) -> Found:
    """Try the filter on a child, together with a call that it must refuse."""
    if "seccomp" in without:
        return Found("seccomp", False, "switched off")
    if not kernel.ARCHITECTURE:
        return Found("seccomp", False, f"no filter for the architecture {os.uname().machine}")
    seccomp.program()  # made here, once: every runner gets it with its own pid in it
    child = os.fork()
    if child == 0:
        status = 1
        try:
            seccomp.install(seccomp.program(os.getpid()))
            try:
                os.mkdir("/x")
            except OSError as failure:
                status = 0 if failure.errno == errno.EPERM else 2
        except OSError as failure:
            status = failure.errno or 1
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return Found("seccomp", True, f"{len(seccomp.ALLOWED) + len(seccomp.CONDITIONAL)} system calls allowed")
    return Found("seccomp", False, os.strerror(status) if status > 0 else signal.Signals(-status).name)


def confine_runner(limits: Limits, base_bytes: int, without: Collection[str], *, parent: int) -> None:
    """Put up the walls of one runner. Raises ``OSError`` where one that was promised fails: then nothing may run.

    Args:
        limits: From the policy.
        base_bytes: Address space of the bare zygote; ``memory_bytes`` come on top.
        without: Layers that this zygote found missing (or was told to leave out).
        parent: The zygote's pid: a runner whose parent is another one is an orphan already.
    """
    seconds = max(1, math.ceil(limits.cpu_seconds)) + 1  # whole seconds only: the timer below is the exact one
    address_space = base_bytes + limits.memory_bytes
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 48),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (getattr(resource, "RLIMIT_MSGQUEUE", resource.RLIMIT_CORE), 0),
        (resource.RLIMIT_STACK, STACK_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, address_space),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)  # SIGPROF, whose default action ends the process
    if hasattr(os, "pidfd_open") and kernel.ARCHITECTURE:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if os.getppid() != parent:
            os._exit(1)
    if "seccomp" not in without:
        seccomp.install(seccomp.program(os.getpid()))


def reserve_stack() -> None:
    """Give the stack its whole address space now, which every runner inherits.

    Else it would grow into what ``RLIMIT_AS`` leaves, and where nothing is left, the kernel answers with SIGSEGV:
    memory that is used up would look like a crash. Only the page that is touched is taken. Tried in a child first.
    """
    lowest = _lowest_of_stack()
    if not lowest:
        return
    child = os.fork()
    if child == 0:
        ctypes.c_char.from_address(lowest).value  # noqa: B018 - to look is enough
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        ctypes.c_char.from_address(lowest).value  # noqa: B018 - likewise


def _lowest_of_stack() -> int:
    """Address to which the stack of the main thread may grow, a little above; 0 where that is not known."""
    size = STACK_BYTES
    limit = resource.getrlimit(resource.RLIMIT_STACK)[0]
    if limit != resource.RLIM_INFINITY:
        size = min(size, limit)
    try:
        with open("/proc/self/maps") as maps:
            top = next((int(line.split("-")[1].split()[0], 16) for line in maps if line.endswith("[stack]\n")), 0)
    except (OSError, ValueError, IndexError):
        return 0
    return top - size + (256 << 10) if top else 0


def freeze() -> None:
    """Keep the garbage collector away from what is shared with the zygote: fewer pages are copied."""
    gc.collect()
    gc.freeze()
    gc.disable()
