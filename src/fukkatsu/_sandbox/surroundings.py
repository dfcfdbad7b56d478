"""What an interpreter of ours is started with, whichever platform it is started on: environment, folders, patience."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Final

PLATFORM: str = sys.platform
START_SECONDS: Final = 30.0
LOCAL_ZONE: Final = "/etc/localtime"
"""What the zone called ``localtime`` is a link to, where there is one."""
ZONE: Final = os.environ.get("TZ")
"""As the program began with it, which is what interpreters of ours are started with: ``settings`` send another one."""
_ENVIRONMENT: Final = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_COLLATE",
    "LOCPATH",
    "LD_LIBRARY_PATH",
)


def _examiner_cache() -> str:
    """Where the examiner's zygote keeps hypothesis' tables of characters from one process to the next.

    A folder of this user's own, written before the zygote confines itself; inside the jail it does not exist. Where
    there is none to be had, the name is one that nobody can make, and each process works the tables out anew.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(base, "fukkatsu", "hypothesis")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        own = os.stat(folder)
        if own.st_uid == os.getuid() and not own.st_mode & 0o022 and os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return os.path.join(os.devnull, "hypothesis")


def environment(kind: str) -> dict[str, str]:
    """The whole environment of an interpreter of *kind*: of the host's, what time and text depend on."""
    names = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    if ZONE is not None:
        names["TZ"] = ZONE
    if folders := zone_folders():
        names["PYTHONTZPATH"] = os.pathsep.join(folders)
    if seed := hash_seed():
        names["PYTHONHASHSEED"] = seed
    names["FUKKATSU"] = "off"  # decorators of modules that a runner imports do nothing
    names |= dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )  # a thread cannot be forked
    if os.environ.get("FUKKATSU_DEBUG"):
        names["FUKKATSU_DEBUG"] = "1"
    if kind == "examiner":
        names["HYPOTHESIS_NO_PLUGINS"] = "1"
        names["HYPOTHESIS_STORAGE_DIRECTORY"] = _examiner_cache()
    return names


def hash_seed() -> str:
    """The seed of this process' hashes where it was chosen by whoever started it, else empty.

    Whoever knows it knows `hash` of any text in this process, and could tell a trial by another one.
    """
    if not sys.flags.hash_randomization:
        return "0"
    given = "" if sys.flags.ignore_environment else os.environ.get("PYTHONHASHSEED", "")
    return given if given.isdecimal() and given.isascii() and int(given) < 1 << 32 else ""


def options() -> list[str]:
    """Of the command line: an isolated interpreter, whose environment is ours.

    With ``-I`` it would ignore the seed for hashes as well; without, nothing else that an environment could say is
    said in this one.
    """
    return ["-s", "-P", "-S", "-B"] if hash_seed() else ["-I", "-S", "-B"]


def zone_folders() -> list[str]:
    """Where `zoneinfo` finds time zones in this process."""
    loaded = sys.modules.get("zoneinfo")
    given = os.environ.get("PYTHONTZPATH", sysconfig.get_config_var("TZPATH") or "")
    folders = getattr(loaded, "TZPATH", None) or given.split(os.pathsep)
    return [folder for folder in folders if os.path.isabs(folder)]


def locale_folders() -> list[str]:
    """Where the C library keeps locales: a runner has that of its program."""
    folders = ["/usr/lib/locale", *os.environ.get("LOCPATH", "").split(os.pathsep)]
    return [folder for folder in folders if os.path.isabs(folder) and os.path.isdir(folder)]


def interpreter_folders() -> list[str]:
    """Where the standard library is."""
    names = ("stdlib", "platstdlib")
    folders = [sysconfig.get_path(name) for name in names]
    folders += [
        sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix}) for name in names
    ]
    return sorted({folder for folder in folders if folder})


def package_folders() -> list[str]:
    """Where installed packages are, and the folders of the few packages that a runner itself needs."""
    folders = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    folders += [path for name in ("purelib", "platlib") if (path := sysconfig.get_path(name))]
    own = Path(__file__).parents[2]
    for name in ("RestrictedPython", "cloudpickle"):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file:
            folders.append(str(Path(file).parents[1]))
    return list(dict.fromkeys([*(path for path in folders if os.path.isdir(path)), str(own)]))


def jails() -> bool:
    """Whether this platform has the jail; elsewhere a spawned interpreter has to do (``spawned``)."""
    return PLATFORM == "linux"
