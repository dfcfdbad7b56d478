"""The few kernel calls that Python does not wrap, through ``syscall(2)``. Linux only; x86-64 and aarch64."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
from typing import Final

ARCHITECTURE: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(
    platform.machine().lower(), ""
)

# name -> (x86-64, aarch64), from the kernel's unistd_64.h and asm-generic/unistd.h
_NUMBERS: Final = {
    "unshare": (272, 97),
    "pivot_root": (155, 41),
    "capset": (126, 91),
    "seccomp": (317, 277),
    "sched_setattr": (314, 274),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}

_SLICE_NANOSECONDS: Final = 100_000

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, *args: object) -> int:
    """Call the kernel by name. Raises ``OSError`` as the wrapped calls of ``os`` do."""
    if not ARCHITECTURE:
        raise OSError(38, f"{name}: no system call numbers for {platform.machine()}")
    number = _NUMBERS[name][ARCHITECTURE != "x86_64"]
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return _checked(_libc.syscall(ctypes.c_long(number), *plain), name)


def prctl(option: int, *args: int) -> int:
    """``prctl(2)``; missing arguments are 0."""
    padded = [ctypes.c_ulong(a) for a in (*args, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *padded), f"prctl({option})")


def ask_for_short_slices() -> None:
    """Have the scheduler give us the processor soon, for a moment each time: somebody waits for what we do.

    A share of the processor no larger than before (EEVDF, Linux 6.12; older kernels take it for the default).
    """
    attributes = struct.pack("<IIQiIQQQ", 48, 0, 0, 0, 0, _SLICE_NANOSECONDS, 0, 0)  # struct sched_attr, SCHED_OTHER
    with contextlib.suppress(OSError):
        syscall("sched_setattr", 0, ctypes.c_char_p(attributes), 0)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """``mount(2)``."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    result = _libc.mount(*encoded, ctypes.c_ulong(flags), None if options is None else os.fsencode(options))
    _checked(result, f"mount on {target}")


def unmount(target: str, flags: int) -> None:
    """``umount2(2)``."""
    _checked(_libc.umount2(os.fsencode(target), ctypes.c_int(flags)), f"umount of {target}")


def drop_capabilities() -> None:
    """Give up every capability, for good: bounding, ambient, permitted, effective and inheritable."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # past the last one, or not permitted to: then there is nothing to drop either
    with contextlib.suppress(OSError):
        prctl(PR_CAP_AMBIENT, 4)  # PR_CAP_AMBIENT_CLEAR_ALL
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    syscall("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
