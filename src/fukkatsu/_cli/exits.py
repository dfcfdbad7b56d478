"""What a command's exit code says. Documented in ``fukkatsu --help``, so that scripts can rely on it."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    """Done; for ``verify``: accepted; for ``doctor``: enough for ``isolation="required"``."""
    NO = 1
    """It ran, and the answer is no: refused, not healed, not enough isolation."""
    USAGE = 2
    """The command line cannot be understood, or names something that is not there."""
    UNABLE = 3
    """It could not be done here: no key, no sandbox, FUKKATSU=off."""
    INTERRUPTED = 130
    """Ctrl-C."""


class CommandError(Exception):
    """Ends a command with a message on stderr and an exit code; never a traceback."""

    def __init__(self, text: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(text, code)
        self.text, self.code = text, code

    def __str__(self) -> str:
        return self.text
