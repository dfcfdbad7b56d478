"""What values say of themselves, held against what they are: functions and exceptions."""

from __future__ import annotations

import types
from typing import Any, Final

CORRECTIONS: Final = "<fukkatsu "
_WRAPPER: Final = "<fukkatsu wrapper"
_MOST_WALKED: Final = 50


def is_renamed(function: types.FunctionType) -> bool:
    """Whether *function* is called what it is not: made in a correction, or around something made there.

    ``functools.wraps`` gives a local function the name of any other. A decorator of the author's does the same and is
    taken at its word, unless what it was put around is a correction's.
    """
    if function.__code__.co_qualname == function.__qualname__ and not _is_corrections(function):
        return False
    pending: list[Any] = [function]
    for walked, each in enumerate(pending):  # grows while it is walked
        if walked >= _MOST_WALKED:
            return True
        if _is_corrections(each):
            return True
        for cell in each.__closure__ or ():
            try:
                held = cell.cell_contents
            except ValueError:
                continue
            pending += [part for part in (held, getattr(held, "__func__", None)) if type(part) is types.FunctionType]
    return False


def _is_corrections(function: types.FunctionType) -> bool:
    file = function.__code__.co_filename
    return file.startswith(CORRECTIONS) and not file.startswith(_WRAPPER)


def assigned(error: BaseException, args: tuple[object, ...]) -> dict[str, object]:
    """What an exception of the library's was told beside its arguments, where its class keeps that out of sight."""
    found: dict[str, object] = {}
    for kind, names, least in _KEPT:
        if not isinstance(error, kind):
            continue
        for place, name in enumerate(names):
            try:
                held = kind.__dict__[name].__get__(error)
            except Exception:  # noqa: BLE001, S112 - deleted, say
                continue
            if held is not (args[place] if least <= len(args) and place < len(args) else None):
                found[name] = held
    return found


_KEPT: Final[tuple[tuple[type[BaseException], tuple[str, ...], int], ...]] = (
    (StopIteration, ("value",), 1),
    (OSError, ("errno", "strerror"), 2),
)
