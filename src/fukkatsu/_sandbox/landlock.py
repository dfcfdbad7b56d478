"""Landlock: which files a process may read, whatever its user id may do. Handles every right this kernel knows."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

from fukkatsu._sandbox import kernel

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}  # ABI -> number of file system rights; from 5 on there are 16


def abi() -> int:
    """Version of the kernel's interface. Raises ``OSError`` where it is missing or switched off."""
    return kernel.syscall("landlock_create_ruleset", None, 0, 1)


def restrict(read: Iterable[str]) -> str:
    """Confine this process for good to reading beneath *read*: no writing, no TCP, no abstract sockets of others.

    Returns:
        What is handled, in words. Paths that do not exist are left out.

    Raises:
        OSError: This kernel has no Landlock. Needs no_new_privs.
    """
    version = abi()
    attributes = struct.pack("<Q", (1 << _RIGHTS.get(version, 16)) - 1)
    if version >= 4:
        attributes += struct.pack("<Q", 0b11)  # bind and connect of TCP
    if version >= 6:
        attributes += struct.pack("<Q", 0b11)  # abstract unix sockets, signals
    ruleset = kernel.syscall("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path in read:
            try:
                descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
                rule = struct.pack("<Qi", _READ_FILE | (_READ_DIR if folder else 0), descriptor)
                kernel.syscall("landlock_add_rule", ruleset, 1, ctypes.c_char_p(rule), 0)
            finally:
                os.close(descriptor)
        kernel.syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return f"ABI {version}"
