"""Settings of the program that change what functions answer, and that a runner therefore shares.

How numpy meets a division by zero, how it and pandas write numbers, how many digits an integer may have as text, the
locale, what stdout can encode, and what ``process`` knows of the standard library. Sent are those that differ from the
usual ones, of what the program has loaded; a runner loads nothing for them. See ``arithmetic`` for the decimal context,
which each call begins with anew.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Final, TypeAlias

from fukkatsu._sandbox.process import KINDS, SHOWN

Settings: TypeAlias = dict[str, Any]
"""By kind: plain data."""

_DIGITS: Final = 4_300
_STDOUT: Final = ("utf-8", "strict")
_ERRORS: Final = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
_PRINTING: Final[dict[str, Any]] = {
    "edgeitems": 3, "threshold": 1000, "floatmode": "maxprec", "precision": 8, "suppress": False, "linewidth": 75,
    "nanstr": "nan", "infstr": "inf", "sign": "-", "legacy": False,
}  # fmt: skip
_CATEGORIES: Final = ("LC_CTYPE", "LC_COLLATE", "LC_TIME", "LC_MONETARY", "LC_NUMERIC")
_OF_PANDAS: Final = ("display.", "mode.", "compute.", "future.", "styler.")
_WHEREVER: Final[dict[str, Any]] = {"display.max_columns": 0}
"""Options of pandas whose usual value depends on where it was imported: in a notebook it is another one."""
_PLAIN: Final = frozenset({int, float, str, bool, type(None)})


def of_this_thread(shown: frozenset[str] = frozenset()) -> Settings | None:
    """As they are now, of ``process.SHOWN`` those in *shown*; ``None`` where all are the usual ones."""
    found: Settings = {}
    if (digits := sys.get_int_max_str_digits()) != _DIGITS:
        found["digits"] = digits
    stdout = sys.stdout
    encoding, errors = getattr(stdout, "encoding", None), getattr(stdout, "errors", None)
    told = (encoding, errors or "strict") if type(encoding) is str and type(errors) in (str, type(None)) else ("", "")
    if told != _STDOUT:
        found["stdout"] = told
    for kind, (home, read, _) in _ALL.items():
        module = sys.modules.get(home)
        if module is not None and (kind not in SHOWN or kind in shown):
            try:
                if settings := read(module):
                    found[kind] = settings
            except Exception:  # noqa: BLE001, S112 - one that is half loaded, or made anew in a later release
                continue
    return found or None


def _numpy(numpy: Any) -> dict[str, Any]:
    errors = {name: _heard(value) for name, value in numpy.geterr().items()}
    printing = {name: value for name, value in numpy.get_printoptions().items() if type(value) in _PLAIN}
    found: dict[str, Any] = {"errors": errors} if errors != _ERRORS else {}
    if any(printing.get(name, value) != value for name, value in _PRINTING.items()):
        found["printing"] = printing
    return found


def _heard(mode: str) -> str:
    """``call`` and ``log`` tell an object that stays at home."""
    return "ignore" if mode in ("call", "log") else mode


def _pandas(pandas: Any) -> dict[str, Any]:
    options = sys.modules["pandas._config.config"]
    found = {}
    for name, option in list(options._registered_options.items()):
        if name.startswith(_OF_PANDAS):
            now: Any = options._global_config
            for part in name.split("."):
                now = now[part]
            if type(now) in _PLAIN and now != _WHEREVER.get(name, option.defval):
                found[name] = now
    return found


def _locale(locale: Any) -> dict[str, str]:
    now = {name: locale.setlocale(getattr(locale, name)) for name in _CATEGORIES if hasattr(locale, name)}
    return now if any(value != "C" for name, value in now.items() if name != "LC_CTYPE") else {}


_before: Final[Settings] = {}
"""What was there in this process before something else was put in its place, by kind."""
_now: Settings = {}
_waiting: Final[set[str]] = set()
"""Kinds whose module has not been loaded here yet."""


def use(settings: Settings | None) -> tuple[str, str] | None:
    """Put *settings* in place, and the usual ones where another call had its own.

    Returns:
        Encoding and error handler of stdout, empty where it takes any text; ``None`` where that is as before.
    """
    global _now
    wanted = settings or {}
    if wanted == _now:
        return None
    told: tuple[str, str] = wanted.get("stdout", _STDOUT)
    changed = told != _now.get("stdout", _STDOUT)
    for kind in sorted({*wanted, *_now} - {"stdout"}):
        if wanted.get(kind) != _now.get(kind):
            _waiting.add(kind)
    _now = wanted
    catch_up()
    return told if changed else None


def catch_up() -> None:
    """Put in place what waits for a module that has been loaded meanwhile."""
    for kind in list(_waiting):
        module = sys if kind == "digits" else sys.modules.get(_ALL[kind][0])
        if module is None or (kind == "pandas" and not hasattr(module, "set_option")):
            continue
        _waiting.discard(kind)
        with contextlib.suppress(Exception):  # a locale that is not here, an option that this release has not
            put = _put_digits if kind == "digits" else _ALL[kind][2]
            put(module, _now.get(kind))


def waiting() -> bool:
    """Whether ``catch_up`` may have anything to do."""
    return bool(_waiting)


def _put_digits(system: Any, digits: int | None) -> None:
    system.set_int_max_str_digits(_DIGITS if digits is None else digits)


def _put_numpy(numpy: Any, given: dict[str, Any] | None) -> None:
    given = given or {}
    numpy.seterr(**given.get("errors", _ERRORS))
    numpy.set_printoptions(**given.get("printing", _PRINTING))


def _put_pandas(pandas: Any, given: dict[str, Any] | None) -> None:
    before = _before.setdefault("pandas", {})
    for name, value in before.items():
        if name not in (given or {}):
            pandas.set_option(name, value)
    for name, value in (given or {}).items():
        with contextlib.suppress(Exception):
            before.setdefault(name, pandas.get_option(name))
            pandas.set_option(name, value)


def _put_locale(locale: Any, given: dict[str, str] | None) -> None:
    before = _before.setdefault("locale", {name: locale.setlocale(getattr(locale, name)) for name in _CATEGORIES})
    for name, value in (given or before).items():
        with contextlib.suppress(locale.Error):
            locale.setlocale(getattr(locale, name), value)


_ALL: Final[dict[str, tuple[str, Any, Any]]] = {
    "numpy": ("numpy", _numpy, _put_numpy),
    "pandas": ("pandas", _pandas, _put_pandas),
    "locale": ("locale", _locale, _put_locale),
    **KINDS,
}
