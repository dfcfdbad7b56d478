"""The lifeline of one decorated function: its lives, its fixes, and the swap of what answers, under a lock."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from fukkatsu import events
from fukkatsu._settings import Settings, merged, resolve, shared_store
from fukkatsu._switch import is_disabled, watch

if TYPE_CHECKING:
    from fukkatsu._model.call import RecordedCall
    from fukkatsu._model.fix import Fix, FixState
    from fukkatsu._model.patch import FunctionSource
    from fukkatsu._model.verdict import Report
    from fukkatsu._wrap.recorder import Recorder

_log = logging.getLogger("fukkatsu")

KEPT_REPORTS = 50
"""Reports kept per function: a function that flatlines every day must not grow for ever."""


# One lock for all functions: installing is rare and takes microseconds, and a forked child needs a new one.
_swap = RLock()


def _renew_lock() -> None:
    global _swap
    _swap = RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)


_replaced: WeakSet[Lifeline] = WeakSet()
"""Functions in whose place a fix stands."""
_attached: WeakSet[Lifeline] = WeakSet()


def decorated() -> tuple[Lifeline, ...]:
    """Every function of this process that is decorated now, in no order."""
    with _swap:
        return tuple(_attached)


def _switched(off: bool) -> None:
    for line in list(_replaced):
        line.switched(off)


watch(_switched)


class Lifeline:
    """What ``f.fukkatsu`` is: the state of one decorated function.

    Attributes:
        original: The function as its author wrote it.
        lives_left: Corrections that may still replace it.
        reports: One `Report` for each suggestion that was judged, oldest first (the last fifty).
    """

    __slots__ = (
        "__weakref__",
        "_active",
        "_answering",
        "_disabled",
        "_fixes",
        "_given",
        "_replacing",
        "_set_inner",
        "_source",
        "_stamp",
        "_suspended",
        "flight",
        "healed",
        "lives_left",
        "original",
        "recorder",
        "reports",
    )

    def __init__(self, function: FunctionType, given: dict[str, Any], lives: int) -> None:
        self.original = function
        self.lives_left = lives
        self.reports: tuple[Report, ...] = ()
        self.healed: tuple[RecordedCall, ...] = ()
        self.flight: object = None  # the repair that goes on now; see `_flight`
        self.recorder: Recorder | None = None
        self._given = given
        self._source: FunctionSource | None = None
        self._stamp = _stamp(function)
        self._fixes: tuple[Fix, ...] = ()
        self._active: tuple[Fix, Callable[..., Any]] | None = None
        self._disabled = self._suspended = False
        self._replacing: Callable[..., Any] | None = None  # the active fix, when it stands in the original's place
        self._answering: Callable[..., Any] | None = None  # what stands before the active fix in a fallback
        self._set_inner: Callable[[Callable[..., Any]], None] = _nowhere

    def attach(self, set_inner: Callable[[Callable[..., Any]], None], recorder: Recorder) -> None:
        """Give the lifeline its way into the wrapper."""
        self._set_inner, self.recorder = set_inner, recorder
        with _swap:
            _attached.add(self)

    @property
    def qualname(self) -> str:
        """Qualified name of the function."""
        return self.original.__qualname__

    @property
    def source(self) -> FunctionSource:
        """Its text, read when it is first needed.

        Raises:
            SourceUnavailableError: The file is not what was imported any more.
        """
        if self._source is None:
            from fukkatsu._capture.source import read_source

            if _stamp(self.original) != self._stamp:
                from fukkatsu.errors import SourceUnavailableError

                msg = (
                    f"fukkatsu cannot read the source of {self.qualname}: {self.original.__code__.co_filename} has "
                    "changed since it was imported; restart the program."
                )
                raise SourceUnavailableError(msg)
            self._source = read_source(self.original)
        return self._source

    def told(self) -> Settings:
        """What the decorator was told, over what `configure` was told."""
        return merged(self._given)

    def current_settings(self) -> Settings:
        """The same with files and defaults.

        Raises:
            ConfigurationError: A value, or a file that the environment names, cannot be used.
        """
        return resolve(self._given)

    @property
    def active(self) -> Callable[..., Any] | None:
        """The fix that answers now (for ``install="fallback"``: when the original raises), or ``None``."""
        pair = self._active
        return pair[1] if pair is not None else None

    @property
    def answering(self) -> Callable[..., Any] | None:
        """What a caller whose call of the original failed is to call: ``active``, or what stands before it for now."""
        return self._answering or self.active

    @property
    def replaced(self) -> bool:
        """Whether the active fix stands in the original's place."""
        return self._replacing is not None

    @property
    def active_fix(self) -> Fix | None:
        """The record of ``active``."""
        pair = self._active
        return pair[0] if pair is not None else None

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Every fix that was ever installed here, oldest first, with its state."""
        return self._fixes

    @property
    def disabled(self) -> bool:
        """Whether repairs are switched off for this function."""
        return self._disabled or self._suspended

    def disable(self) -> None:
        """Take back the active fix and start no further repair: the original serves, as if undecorated."""
        self._disabled = True
        if self.recorder is not None:
            self.recorder.disarm()
        self._take_back("revoked", "disabled", tell=False)
        self._set_inner(self.original)

    def enable(self) -> None:
        """Allow repairs again after ``disable()``; a fix that was taken back stays so."""
        self._disabled = False
        if self.recorder is not None and self._replacing is None:
            self.recorder.arm()

    def rollback(self) -> Fix | None:
        """Take back the active fix: the original serves again, at once for every caller.

        The fix is revoked: it is not installed again from memory. The life it used up stays used up.

        Returns:
            The fix that was taken back, or ``None`` when none was active.
        """
        return self._take_back("revoked", "rolled back")

    def report(self, report: Report) -> None:
        """Keep *report*."""
        with _swap:
            self.reports = (*self.reports, report)[-KEPT_REPORTS:]

    def install(
        self,
        fix: Fix,
        function: Callable[..., Any],
        *,
        replace_original: bool,
        serving: Callable[..., Any] | None = None,
    ) -> None:
        """Put *function* to work for *fix*; callers in flight finish with what they started on.

        *serving*, when given, stands between the callers and *function* until `settle`; in a fallback it may raise
        `NoRepair` for a call that *function* shall not answer.
        """
        with _swap:
            if self._active is not None:
                self._mark(self._active[0], "superseded")
            fix = replace(fix, state="active")
            self._fixes = (*self._fixes, fix)
            self._active = (fix, function)
            self._answering = None if replace_original else serving
            if replace_original:
                if self.recorder is not None:
                    self.recorder.disarm()
                self._replacing = function
                self._set_inner(serving or function)
                _replaced.add(self)
        events.emit("fix.installed", self.qualname, fix=fix.id, lives_left=self.lives_left)

    def settle(self, function: Callable[..., Any]) -> None:
        """Have callers reach *function* itself from now on, if it is still the active fix."""
        with _swap:
            if self.active is function:
                self._answering = None
            if self._replacing is function and not (is_disabled() or self._suspended):
                self._set_inner(function)

    def switched(self, off: bool) -> None:
        """The kill switch of the process was thrown: the original serves, or the fix again."""
        with _swap:
            if self._replacing is not None:
                self._set_inner(self.original if off or self._suspended else self._replacing)

    @property
    def suspended(self) -> bool:
        """Whether somebody switched this function off for the fleet."""
        return self._suspended

    def suspend(self, reason: str) -> None:
        """Somebody switched this function off for the fleet: the original serves, and nothing is healed, for now."""
        self._suspended = True
        self.switched(True)
        _log.warning("%s: healing is switched off (%s); the original serves", self.qualname, reason)

    def resume(self) -> None:
        """The end of `suspend`: a fix that is in place answers again."""
        self._suspended = False
        self.switched(is_disabled())

    def withdraw(self, reason: str) -> Fix | None:
        """Take back the active fix, which the store has given up already."""
        return self._take_back("revoked", reason, tell=False)

    def take_back(self, reason: str) -> Fix | None:
        """The same as `rollback`, for a fix that proved wrong."""
        return self._take_back("revoked", reason)

    def _take_back(self, state: FixState, reason: str, *, tell: bool = True) -> Fix | None:
        with _swap:
            if self._active is None:
                return None
            fix = self._mark(self._active[0], state)
            self._active = self._replacing = self._answering = None
            _replaced.discard(self)
            self._set_inner(self.original)
            if self.recorder is not None and not self._disabled:
                self.recorder.arm()
            self.healed = ()  # those outcomes were that fix's; nobody vouches for them any more
        if tell:
            (self.current_settings().store or shared_store()).note_state(fix.id, state, reason)
        _log.warning("%s: fix %s %s; the original serves again", self.qualname, fix.id, reason)
        events.emit("fix.removed", self.qualname, fix=fix.id, reason=reason)
        return fix

    def _mark(self, fix: Fix, state: FixState) -> Fix:
        changed = replace(fix, state=state)
        self._fixes = tuple(changed if known.id == fix.id else known for known in self._fixes)
        return changed

    def __repr__(self) -> str:
        answers = f"fix {self.active_fix.id}" if self.active_fix is not None else "the original"
        return f"<fukkatsu of {self.qualname}: {answers} serves, {self.lives_left} lives left>"


def _nowhere(function: Callable[..., Any]) -> None:
    """Stands in until there is a wrapper."""


def _stamp(function: FunctionType) -> tuple[int, int] | None:
    """Size and time of the file that *function* came from; ``None`` when there is none (a notebook's cell)."""
    for place in (function.__code__.co_filename, getattr(function.__globals__.get("__loader__"), "archive", None)):
        if isinstance(place, str) and not place.startswith("<"):
            try:
                status = os.stat(place)
            except OSError:
                continue
            return status.st_size, status.st_mtime_ns
    return None
