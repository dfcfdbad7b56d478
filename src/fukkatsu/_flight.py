"""Many callers, one repair: whoever meets a fault while it is being repaired waits for that repair.

One repair at a time for each function. The first caller leads it; the others follow: threads wait for a future, tasks
for the same one through their event loop, so that no thread is held for a task. A repair that is given up (its leader
was interrupted, or it was only about the leader's own arguments) is led by the next caller.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeAlias

from fukkatsu._case import Case, Flatline, Healed
from fukkatsu._install import Lifeline
from fukkatsu._model.verdict import Report

Landing: TypeAlias = "Healed | tuple[Flatline, tuple[Report, ...]] | None"
"""How a repair ended: what answers, why there is none, or ``None`` when it was given up."""


class Abandoned(Exception):  # noqa: N818 - a way out of the flow, caught in the engine
    """Nobody waits for this repair any more."""


_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)


class Flight:
    """One repair that several callers may wait for.

    Attributes:
        fault: What it is about.
        cancelled: Nobody waits for it any more.
        landing: A future of its end; it can be waited for and never cancelled.
    """

    __slots__ = ("_calls", "_case", "_waiting", "cancelled", "fault", "landing", "pid")

    def __init__(self, case: Case) -> None:
        self._case, self.fault, self.pid = case, case.fault, os.getpid()
        self.cancelled = False
        self.landing: Future[Landing] = Future()
        self.landing.set_running_or_notify_cancel()
        self._waiting = 1
        self._calls: list[Callable[[], object]] = []

    def land(self, landing: Landing) -> None:
        """Tell everybody who waits."""
        with _lock:
            if self._case.line.flight is self:
                self._case.line.flight = None
            self._calls.clear()
        if not self.landing.done():
            self.landing.set_result(landing)

    def leave(self) -> None:
        """One caller less waits; after the last one the repair is cancelled."""
        with _lock:
            self._waiting -= 1
            if self._waiting > 0 or self.landing.done():
                return
            self.cancelled = True
            if self._case.line.flight is self:
                self._case.line.flight = None
            calls, self._calls = self._calls, []
        for call in calls:
            call()

    def when_cancelled(self, call: Callable[[], object]) -> None:
        """Have *call* made at cancellation, or now when that is past.

        Raises:
            Abandoned: It is past.
        """
        with _lock:
            if not self.cancelled:
                self._calls.append(call)
                return
        call()
        raise Abandoned

    def check(self) -> None:
        """Raise when nobody waits any more.

        Raises:
            Abandoned: So it is.
        """
        if self.cancelled:
            raise Abandoned


def in_flight(line: Lifeline) -> bool:
    """Whether a repair of that function goes on in this process."""
    flight = line.flight
    return isinstance(flight, Flight) and flight.pid == os.getpid() and not flight.cancelled


def board(case: Case) -> tuple[Flight, bool]:
    """The repair that *case* waits for, and whether its caller leads it."""
    line = case.line
    with _lock:
        flight = line.flight
        if isinstance(flight, Flight) and flight.pid == os.getpid() and not flight.cancelled:
            flight._waiting += 1
            return flight, False
        line.flight = flight = Flight(case)
        return flight, True


def settle(case: Case, flight: Flight) -> Healed | None:
    """What the end of *flight* means for *case*; ``None``: look again, and perhaps lead.

    Raises:
        Flatline: With the leader's reason, for the same fault.
    """
    landing = flight.landing.result(0)
    if landing is None or flight.fault != case.fault:
        return None
    if isinstance(landing, Healed):
        return Healed(function=landing.function)
    why, reports = landing
    case.reports.extend(reports)
    raise Flatline(str(why))


def too_late(case: Case) -> Flatline:
    """The end of a caller whose own clock ran out before the repair ended."""
    seconds = case.told.deadline_seconds
    return Flatline(f"another repair of it is still going on after deadline_seconds={seconds}", personal=True)
