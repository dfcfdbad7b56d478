"""Namespaces: a network without interfaces, processes of one's own, and a tree that holds nothing but what may be read.

The order of mounts is bubblewrap's: an empty tmpfs becomes the root, the old root waits below it while folders are
bound from there, read-only, and is then detached.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Final

from fukkatsu._sandbox import kernel

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_NAMES: Final = {"net": NEWNET, "ipc": NEWIPC, "uts": NEWUTS, "mount": NEWNS, "pid": NEWPID}

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_DETACH: Final = 2
_KEPT: Final = {os.ST_NOATIME: 1024, os.ST_NODIRATIME: 2048, os.ST_RELATIME: 1 << 21, os.ST_NOEXEC: _NOEXEC}


def enter(wanted: Sequence[str]) -> dict[str, str]:
    """Enter new namespaces of the kinds *wanted* (``user`` first, when it is among them).

    Returns:
        For each kind that could not be had, why not.
    """
    missing: dict[str, str] = {}
    uid, gid = os.getuid(), os.getgid()
    if "user" in wanted:
        try:
            kernel.syscall("unshare", NEWUSER)
            # The same ids inside as outside: nothing to tell a trial run from a real one by.
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{uid} {uid} 1")
            _write("/proc/self/gid_map", f"{gid} {gid} 1")
        except OSError as failure:
            missing["user"] = str(failure)
    for name, flag in _NAMES.items():
        if name in wanted:
            try:
                kernel.syscall("unshare", flag)
            except OSError as failure:
                missing[name] = str(failure)
    return missing


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def change_root(read: Sequence[str]) -> None:
    """Make a read-only tree of the paths *read* the whole file system of this process.

    Raises:
        OSError: The kernel does not permit it; the tree is as before, or half of it: fit for Landlock only.
    """
    folders = [(path, os.path.realpath(path)) for path in _outermost(read)]  # while links still lead where they should
    kernel.mount("none", "/", None, _REC | _PRIVATE)
    base = next(path for path in ("/tmp", "/var/tmp", "/run", "/mnt", "/srv") if os.path.isdir(path))  # noqa: S108 - a mount point, hidden from everyone else
    kernel.mount("tmpfs", base, "tmpfs", _NOSUID | _NODEV, "mode=0755,size=1m")
    os.chdir(base)
    os.mkdir("old", 0o755)
    os.mkdir("new", 0o755)
    kernel.syscall("pivot_root", b".", b"old")
    os.chdir("/")
    kernel.mount("/new", "/new", None, _BIND)
    for path, real in folders:
        _bind("/old" + real, "/new" + path)
    kernel.unmount("/old", _DETACH)
    os.chdir("/new")
    kernel.syscall("pivot_root", b".", b".")
    kernel.unmount(".", _DETACH)
    os.chdir("/")
    kernel.mount("none", "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _outermost(paths: Sequence[str]) -> list[str]:
    """Absolute paths, links resolved as well as not, without those that lie below another one."""
    chosen: list[str] = []
    absolute = [path for path in paths if os.path.isabs(path)]
    for path in sorted({os.path.normpath(p) for p in absolute} | {os.path.realpath(p) for p in absolute}):
        if not any(path == above or path.startswith(above.rstrip("/") + "/") for above in chosen):
            chosen.append(path)
    return chosen


def _bind(source: str, target: str) -> None:
    try:
        mode = os.stat(source).st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        os.makedirs(target, 0o755, exist_ok=True)
    elif stat.S_ISREG(mode):
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    else:
        return
    kernel.mount(source, target, None, _BIND | _REC)
    present = os.statvfs(target).f_flag  # flags of the old mount are locked in a user namespace: they must be repeated
    flags = _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV
    for told, flag in _KEPT.items():
        if present & told:
            flags |= flag
    kernel.mount("none", target, None, flags)
