"""A job object around a spawned child: Windows' way to bound its memory, forbid it children, and end it with the host.

Written from the documentation of ``JOBOBJECT_EXTENDED_LIMIT_INFORMATION``.
"""

from __future__ import annotations

import ctypes
import subprocess
from typing import Any, Final

from fukkatsu._sandbox.limits import Limits

_EXTENDED_LIMITS: Final = 9  # JobObjectExtendedLimitInformation
_PROCESS_TIME, _ACTIVE_PROCESS, _PROCESS_MEMORY = 0x2, 0x8, 0x100
_DIE_ON_UNHANDLED, _KILL_ON_CLOSE = 0x400, 0x2000
_TICKS_PER_SECOND: Final = 10_000_000
_INTERPRETER_BYTES: Final = 256 << 20  # committed by the interpreter itself, generously


class _Basic(ctypes.Structure):
    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("smallest_set", ctypes.c_size_t),
        ("largest_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def extended_limits(limits: Limits) -> _Extended:
    """What the job is told."""
    wanted = _Extended()
    wanted.basic.flags = _PROCESS_TIME | _ACTIVE_PROCESS | _PROCESS_MEMORY | _DIE_ON_UNHANDLED | _KILL_ON_CLOSE
    wanted.basic.process_time = int(limits.cpu_seconds * _TICKS_PER_SECOND)
    wanted.basic.active_processes = 1
    wanted.process_memory = limits.memory_bytes + _INTERPRETER_BYTES
    return wanted


class Job:
    """One job object; when it is let go of, Windows ends what is in it."""

    def __init__(self, kernel: Any, handle: int) -> None:
        self._kernel, self._handle = kernel, handle

    def __del__(self) -> None:
        self._kernel.CloseHandle(ctypes.c_void_p(self._handle))

    @classmethod
    def around(cls, process: subprocess.Popen[bytes], limits: Limits) -> Job | None:
        """Put *process* into a job with *limits*; ``None`` where Windows does not permit it."""
        kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined, unused-ignore]  # Windows only
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        handle = kernel.CreateJobObjectW(None, None)
        if not handle:
            return None
        job = cls(kernel, handle)
        wanted = extended_limits(limits)
        told = kernel.SetInformationJobObject(
            ctypes.c_void_p(handle), _EXTENDED_LIMITS, ctypes.byref(wanted), ctypes.sizeof(wanted)
        )
        own = ctypes.c_void_p(int(process._handle))  # type: ignore[attr-defined, unused-ignore]  # Windows only
        return job if told and kernel.AssignProcessToJobObject(ctypes.c_void_p(handle), own) else None
