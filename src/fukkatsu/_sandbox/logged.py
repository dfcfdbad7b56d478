"""What a call logs and warns of, noted in a runner: an audit line is part of what a function does.

Records of level WARNING and above, as a program without any configuration of its own would see them.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, Final

MOST_ENTRIES: Final = 50
MOST_CHARACTERS: Final = 500
LABEL: Final = "what it logs"


def watch() -> list[list[str]]:
    """Begin to note; what comes in is appended to the list that is returned, for the caller to empty."""
    entries: list[list[str]] = []

    def note(*parts: object) -> None:
        if len(entries) < MOST_ENTRIES:
            entries.append([str(part)[:MOST_CHARACTERS] for part in parts])

    def show(message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
        note("warning", category.__name__, message)

    warnings.simplefilter("always")  # not once for each place: calls are independent of each other
    warnings.showwarning = show
    logging = sys.modules.get("logging")
    if logging is not None:

        class Note(logging.Handler):  # type: ignore[name-defined, misc]
            def emit(self, record: Any) -> None:
                try:
                    text = record.getMessage()
                except Exception as error:  # noqa: BLE001 - a format that does not fit its arguments
                    text = f"{record.msg} ({type(error).__name__})"
                note(record.levelname, record.name, text)

        logging.getLogger().addHandler(Note(logging.WARNING))
    return entries
