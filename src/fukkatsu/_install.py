"""The lifeline of one decorated function: its lives, its fixes, and the swap of what answers, under a lock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from threading import Lock, RLock
from types import FunctionType
from typing import Any

from fukkatsu import events
from fukkatsu._model.call import RecordedCall
from fukkatsu._model.fix import Fix, FixState
from fukkatsu._model.patch import FunctionSource
from fukkatsu._model.verdict import Report
from fukkatsu._settings import Settings
from fukkatsu._wrap.recorder import Recorder

_log = logging.getLogger("fukkatsu")

KEPT_REPORTS = 50
"""Reports kept per function: a function that flatlines every day must not grow for ever."""


class Lifeline:
    """What ``f.fukkatsu`` is: the state of one decorated function.

    Attributes:
        original: The function as its author wrote it.
        lives_left: Corrections that may still replace it.
        reports: One `Report` for each suggestion that was judged, oldest first (the last fifty).
    """

    def __init__(
        self,
        function: FunctionType,
        source: FunctionSource,
        lives: int,
        current_settings: Callable[[], Settings],
    ) -> None:
        self.original = function
        self.source = source
        self.lives_left = lives
        self.reports: tuple[Report, ...] = ()
        self.healed: tuple[RecordedCall, ...] = ()
        self.repair_lock = RLock()
        self.current_settings = current_settings
        self._swap_lock = Lock()
        self._fixes: list[Fix] = []
        self._active: tuple[Fix, Callable[..., Any]] | None = None
        self._disabled = False
        self._set_inner: Callable[[Callable[..., Any]], None] = lambda function: None
        self.recorder: Recorder | None = None

    def attach(self, set_inner: Callable[[Callable[..., Any]], None], recorder: Recorder) -> None:
        """Give the lifeline its way into the wrapper."""
        self._set_inner, self.recorder = set_inner, recorder

    @property
    def active(self) -> Callable[..., Any] | None:
        """The fix that answers now (for ``install="fallback"``: when the original raises), or ``None``."""
        pair = self._active
        return pair[1] if pair is not None else None

    @property
    def active_fix(self) -> Fix | None:
        """The record of ``active``."""
        pair = self._active
        return pair[0] if pair is not None else None

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Every fix that was ever installed here, oldest first, with its state."""
        return tuple(self._fixes)

    @property
    def disabled(self) -> bool:
        """Whether repairs are switched off for this function."""
        return self._disabled

    def disable(self) -> None:
        """Take back the active fix and start no further repair: the original serves, as if undecorated."""
        self._disabled = True
        if self.recorder is not None:
            self.recorder.disarm()
        self._take_back("revoked", "disabled")
        self._set_inner(self.original)

    def enable(self) -> None:
        """Allow repairs again after ``disable()``; a fix that was taken back stays so."""
        self._disabled = False

    def rollback(self) -> Fix | None:
        """Take back the active fix: the original serves again, at once for every caller.

        The fix is revoked: it is not installed again from memory. The life it used up stays used up.

        Returns:
            The fix that was taken back, or ``None`` when none was active.
        """
        return self._take_back("revoked", "rolled back")

    def report(self, report: Report) -> None:
        """Keep *report*."""
        with self._swap_lock:
            self.reports = (*self.reports, report)[-KEPT_REPORTS:]

    def install(self, fix: Fix, function: Callable[..., Any], *, replace_original: bool) -> None:
        """Put *function* to work for *fix*; callers in flight finish with what they started on."""
        with self._swap_lock:
            if self._active is not None:
                self._mark(self._active[0], "superseded")
            fix = replace(fix, state="active")
            self._fixes.append(fix)
            self._active = (fix, function)
            if replace_original:
                if self.recorder is not None:
                    self.recorder.disarm()
                self._set_inner(function)
        events.emit("fix.installed", self.source.qualname, fix=fix.id, lives_left=self.lives_left)

    def take_back(self, reason: str) -> Fix | None:
        """The same as `rollback`, for a fix that proved wrong."""
        return self._take_back("revoked", reason)

    def _take_back(self, state: FixState, reason: str) -> Fix | None:
        with self._swap_lock:
            if self._active is None:
                return None
            fix = self._mark(self._active[0], state)
            self._active = None
            self._set_inner(self.original)
            self.healed = ()  # those outcomes were that fix's; nobody vouches for them any more
        store = self.current_settings().store
        if store is not None:
            store.change_state(fix.id, state)
        _log.warning("%s: fix %s %s; the original serves again", self.source.qualname, fix.id, reason)
        events.emit("fix.removed", self.source.qualname, fix=fix.id, reason=reason)
        return fix

    def _mark(self, fix: Fix, state: FixState) -> Fix:
        changed = replace(fix, state=state)
        self._fixes = [changed if known.id == fix.id else known for known in self._fixes]
        return changed

    def __repr__(self) -> str:
        answers = f"fix {self.active_fix.id}" if self.active_fix is not None else "the original"
        return f"<fukkatsu of {self.source.qualname}: {answers} serves, {self.lives_left} lives left>"
