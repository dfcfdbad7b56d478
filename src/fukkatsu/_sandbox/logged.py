"""What a call logs and warns of, noted in a runner: an audit line is part of what a function does.

Records of level WARNING and above, as a program without any configuration of its own would see them.
"""

from __future__ import annotations

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
        entries: Each a list of texts: level, logger and message, or ``"warning"``, its class and message.
        end: Stops noting, and puts back what was there before.
    """

    __slots__ = ("end", "entries")

    def __init__(self, entries: list[list[str]], end: Callable[[], None]) -> None:
        self.entries, self.end = entries, end


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
        before.__exit__(None, None, None)
        if handler is not None:
            sys.modules["logging"].getLogger().removeHandler(handler)

    return Watched(entries, end)
