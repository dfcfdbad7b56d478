"""What a call logs, warns of and says on stderr, noted in a runner: an audit line is part of what a function does.

Records of level WARNING and above, as a program without any configuration of its own would see them.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final

MOST_ENTRIES: Final = 50
MOST_CHARACTERS: Final = 500
LABEL: Final = "what it logs"


class Watched:
    """What has been noted since somebody last emptied ``entries``.

    Attributes:
        entries: Each a list of texts: level, logger and message, ``"warning"``, its class and message, or ``"stderr"``
            and what was written there in one go.
        end: Stops noting, and puts back what was there before.
    """

    __slots__ = ("end", "entries")

    def __init__(self, entries: list[list[str]], end: Callable[[], None]) -> None:
        self.entries, self.end = entries, end


class _Aloud(io.TextIOBase):
    """``sys.stderr``, whose texts are noted on their way. The lines of a traceback name files: they say nothing."""

    def __init__(self, under: Any, entries: list[list[str]]) -> None:
        self._under, self._entries = under, entries

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written: int = self._under.write(text)
        entries = self._entries
        if text.startswith(("Traceback (most", '  File "')):
            return written
        if entries and entries[-1][0] == "stderr":
            entries[-1][1] = (entries[-1][1] + text)[:MOST_CHARACTERS]
        elif len(entries) < MOST_ENTRIES:
            entries.append(["stderr", text[:MOST_CHARACTERS]])
        return written

    def flush(self) -> None:
        self._under.flush()

    def fileno(self) -> int:
        number: int = self._under.fileno()
        return number


def watch() -> Watched:
    """Begin to note.

    To be called while there is time: a class, a handler and a filter touch dozens of pages that a forked process
    shares with its parent until then.
    """
    entries: list[list[str]] = []

    def note(*parts: object) -> None:
        if len(entries) < MOST_ENTRIES:
            entries.append([str(part)[:MOST_CHARACTERS] for part in parts])

    def show(message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
        note("warning", category.__name__, message)

    stderr = sys.stderr
    sys.stderr = _Aloud(stderr, entries)
    before = warnings.catch_warnings()
    before.__enter__()  # left in `end`
    warnings.simplefilter("always")  # not once for each place: calls are independent of each other
    warnings.showwarning = show
    handler: Any = None
    logging = sys.modules.get("logging")
    if logging is not None:

        class Note(logging.Handler):  # type: ignore[name-defined, misc]
            def emit(self, record: Any) -> None:
                try:
                    text = record.getMessage()
                except Exception as error:  # noqa: BLE001 - a format that does not fit its arguments
                    text = f"{record.msg} ({type(error).__name__})"
                note(record.levelname, record.name, text)

        handler = Note(logging.WARNING)
        logging.getLogger().addHandler(handler)

    def end() -> None:
        sys.stderr = stderr
        before.__exit__(None, None, None)
        if handler is not None:
            sys.modules["logging"].getLogger().removeHandler(handler)

    return Watched(entries, end)
