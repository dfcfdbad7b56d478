"""A line that says that a command is at it: on a terminal, when nothing was printed for a second; gone afterwards."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Any, Final, TextIO, cast

QUIET_SECONDS: Final = 1.0
"""Longest silence before there is a word."""
TICK_SECONDS: Final = 0.5
_CLEAR: Final = "\r\x1b[2K"


class Progress:
    """Says on stderr, while the block runs and nothing is printed, what goes on and for how long.

    Only where stderr is a terminal that takes orders; scripts, logs and pipes see nothing of it.

    Args:
        what: Such as ``"fukkatsu verify: running the gauntlet"``; empty for commands that end with Ctrl-C only.
    """

    def __init__(self, what: str) -> None:
        self._what, self._terminal = what, sys.stderr
        self._wanted = bool(what) and _takes_orders(sys.stderr)
        self._began = self._last = time.monotonic()
        self._shown = self._ended = False
        self._changed = threading.Condition()
        self._streams: tuple[TextIO, TextIO] | None = None

    def __enter__(self) -> Progress:
        if self._wanted:
            self._streams = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = (cast("TextIO", _Noticed(stream, self)) for stream in self._streams)
            threading.Thread(target=self._work, name="fukkatsu-progress", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._streams is not None:
            sys.stdout, sys.stderr = self._streams
            with self._changed:
                self._ended = True
                self._changed.notify_all()
                self._wipe()

    def printing(self) -> None:
        """Something else is about to be printed: make room."""
        with self._changed:
            self._last = time.monotonic()
            self._wipe()

    def _wipe(self) -> None:
        if self._shown:
            self._shown = False
            self._say(_CLEAR)

    def _say(self, text: str) -> None:
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except (OSError, ValueError):  # the terminal has gone: the command goes on
            self._ended = True

    def _work(self) -> None:
        with self._changed:
            while not self._ended:
                now = time.monotonic()
                if now - self._last >= QUIET_SECONDS:
                    self._shown = True
                    self._say(f"{_CLEAR}{self._what}, {now - self._began:.0f} s")
                self._changed.wait(TICK_SECONDS if self._shown else self._last + QUIET_SECONDS - now)


class _Noticed:
    """A stream that clears the line before it is used."""

    def __init__(self, stream: TextIO, progress: Progress) -> None:
        self._stream, self._progress = stream, progress

    def __getattr__(self, name: str) -> Any:
        self._progress.printing()
        return getattr(self._stream, name)


def _takes_orders(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
