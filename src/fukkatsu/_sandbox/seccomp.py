"""The seccomp filter of a runner: an allow-list, as a classic BPF program, assembled here for x86-64 and aarch64.

Four answers: allowed; allowed for some arguments; refused with an error that ordinary Python copes with; and killed,
for calls that no ordinary function makes (``execve``, ``ptrace``, ``mount`` ...): attempting one is evidence of
hostility.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

from fukkatsu._sandbox import kernel

_Numbers: TypeAlias = tuple[int | None, int | None]

# The hot ones first: the program tests them one after the other. (x86-64, aarch64)
ALLOWED: Final[dict[str, _Numbers]] = {
    "read": (0, 63), "write": (1, 64), "futex": (202, 98), "munmap": (11, 215), "brk": (12, 214), "madvise": (28, 233),
    "mremap": (25, 216), "clock_gettime": (228, 113), "recvfrom": (45, 207), "exit_group": (231, 94), "exit": (60, 93),
    "rt_sigreturn": (15, 139), "rt_sigprocmask": (14, 135), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "close": (3, 57), "close_range": (436, 436),
    "fstat": (5, 80), "lseek": (8, 62), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "stat": (4, None), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78),
    "getcwd": (79, 17), "getdents64": (217, 61),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "pipe2": (293, 59), "eventfd2": (290, 19),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    "shutdown": (48, 210), "getsockopt": (55, 209), "getsockname": (51, 204), "getpeername": (52, 205),
    "membarrier": (324, 283), "set_robust_list": (273, 99), "rseq": (334, 293), "set_tid_address": (218, 96),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getcpu": (309, 168),
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, None), "times": (100, 153), "getrusage": (98, 165), "getrandom": (318, 278),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getpgrp": (111, None), "getpgid": (121, 155), "getsid": (124, 156),
    "uname": (63, 160), "sysinfo": (99, 179), "getrlimit": (97, 163), "getpriority": (140, 141),
}  # fmt: skip

KILLED: Final[dict[str, _Numbers]] = {
    "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440), "kcmp": (312, 272),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268),
    "unshare": (272, 97), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsmount": (432, 432), "mount_setattr": (442, 442), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "userfaultfd": (323, 282), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "perf_event_open": (298, 241), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "reboot": (169, 142), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60),
}  # fmt: skip

REFUSED: Final[dict[str, tuple[_Numbers, int]]] = {
    "clone": ((56, 220), errno.EAGAIN),  # "can't start new thread": what a full machine says, too
    "fork": ((57, None), errno.EAGAIN),
    "vfork": ((58, None), errno.EAGAIN),
    "clone3": ((435, 435), errno.ENOSYS),
    "openat2": ((437, 437), errno.ENOSYS),
}
"""Everything that is in none of the tables fails with EPERM."""

_WRITING: Final = 0o3 | 0o100 | 0o1000 | 0o2000  # O_ACCMODE, O_CREAT, O_TRUNC, O_APPEND
_PROT_WRITE, _PROT_EXEC, _MAP_ANONYMOUS = 2, 4, 0x20
_SOCKET_FLAGS: Final = 0o4000 | 0o2000000  # SOCK_NONBLOCK, SOCK_CLOEXEC


@dataclass(frozen=True, slots=True)
class Check:
    """One condition on an argument: ``argument & mask == value``; *wide* looks at all 64 bits."""

    argument: int
    value: int
    mask: int = 0xFFFFFFFF
    wide: bool = False


OWN_PID: Final = -1  # replaced by the runner's pid when the program is built

# name -> numbers, and alternatives: allowed when all checks of one alternative hold, else EPERM
CONDITIONAL: Final[dict[str, tuple[_Numbers, tuple[tuple[Check, ...], ...]]]] = {
    "mmap": (
        (9, 222),
        (
            (Check(2, 0, _PROT_EXEC),),
            # a shared library being loaded: never writable, never anonymous, so nobody writes the code that runs
            (Check(2, _PROT_EXEC, _PROT_EXEC | _PROT_WRITE), Check(3, 0, _MAP_ANONYMOUS)),
        ),
    ),
    "mprotect": ((10, 226), ((Check(2, 0, _PROT_EXEC),),)),
    "open": ((2, None), ((Check(1, 0, _WRITING),),)),
    "openat": ((257, 56), ((Check(2, 0, _WRITING),),)),
    "sendto": ((44, 206), ((Check(4, 0, wide=True),),)),  # to the other end only, never to an address
    "socketpair": ((53, 199), ((Check(0, 1), Check(1, 1, 0xFFFFFFFF & ~_SOCKET_FLAGS)),)),  # asyncio wakes itself up
    "ioctl": ((16, 29), tuple((Check(1, request),) for request in (0x5421, 0x5451, 0x5450))),  # FIONBIO, FIO(N)CLEX
    "fcntl": ((72, 25), tuple((Check(1, command),) for command in (0, 1, 2, 3, 4, 1030))),  # dup and flags, no owner
    "prlimit64": ((302, 261), ((Check(2, 0, wide=True),),)),  # ask, never set
    "tgkill": ((234, 131), ((Check(0, OWN_PID),),)),  # abort() of this very process
}

_SOME_PID: Final = 0x5EC0FFEE  # larger than any pid, and no other constant of the filter
_AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _AND, _JEQ, _JGE, _RET = 0x20, 0x54, 0x15, 0x35, 0x06


def _code(operation: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", operation, yes, no, value)


def _checks(checks: tuple[Check, ...]) -> bytes:
    """Code that falls through when all *checks* hold, and else jumps to its end (past the RET that follows)."""
    steps: list[bytes] = []
    flat: list[tuple[int, int, int | None]] = []
    for check in checks:
        value = _SOME_PID if check.value == OWN_PID else check.value
        flat.append((16 + 8 * check.argument, value & 0xFFFFFFFF, None if check.mask == 0xFFFFFFFF else check.mask))
        if check.wide:
            flat.append((20 + 8 * check.argument, value >> 32, None))
    sizes = [2 if mask is None else 3 for _, _, mask in flat]
    for index, (offset, value, mask) in enumerate(flat):
        steps.append(_code(_LOAD, offset))
        if mask is not None:
            steps.append(_code(_AND, mask))
        steps.append(_code(_JEQ, value, 0, sum(sizes[index + 1 :]) + 1))
    return b"".join(steps)


def program(pid: int = 0, architecture: str = kernel.ARCHITECTURE) -> bytes:
    """The filter as BPF code.

    Args:
        pid: The runner's own pid, as itself sees it: the only process it may signal (for ``abort``).
        architecture: ``"x86_64"`` or ``"aarch64"``.
    """
    return _template(architecture).replace(struct.pack("<I", _SOME_PID), struct.pack("<I", pid))


@functools.cache
def _template(architecture: str) -> bytes:
    """The filter of a runner whose pid is ``_SOME_PID``: made once, in the zygote."""
    column = 0 if architecture == "x86_64" else 1
    code = [_code(_LOAD, 4), _code(_JEQ, _AUDIT_ARCH[architecture], 1, 0), _code(_RET, _KILL), _code(_LOAD, 0)]
    if column == 0:
        code += [_code(_JGE, 0x40000000, 0, 1), _code(_RET, _KILL)]  # the x32 ABI has numbers of its own
    for numbers in ALLOWED.values():
        if (number := numbers[column]) is not None:
            code += [_code(_JEQ, number, 0, 1), _code(_RET, _ALLOW)]
    for numbers, alternatives in CONDITIONAL.values():
        if (number := numbers[column]) is not None:
            body = b"".join(_checks(checks) + _code(_RET, _ALLOW) for checks in alternatives)
            body += _code(_RET, _ERRNO | errno.EPERM)
            code += [_code(_JEQ, number, 0, len(body) // 8), body]
    for numbers, error in REFUSED.values():
        if (number := numbers[column]) is not None:
            code += [_code(_JEQ, number, 0, 1), _code(_RET, _ERRNO | error)]
    for numbers in KILLED.values():
        if (number := numbers[column]) is not None:
            code += [_code(_JEQ, number, 0, 1), _code(_RET, _KILL)]
    code.append(_code(_RET, _ERRNO | errno.EPERM))
    return b"".join(code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(code: bytes) -> None:
    """Put the filter on, for good, for all threads (``SECCOMP_FILTER_FLAG_TSYNC``). Needs no_new_privs."""
    kernel.syscall("seccomp", 1, 1, ctypes.byref(_Program(len(code) // 8, code)))
