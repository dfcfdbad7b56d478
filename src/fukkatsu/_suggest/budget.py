"""What may be spent on asking the model, and for how long a failure that nothing healed is left alone.

Each process counts for itself. Where functions share a store that can count (`Ledger`), the same limits hold for all
the processes that share it: what one of them spends is gone for the others.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from threading import Lock
from typing import Final, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from fukkatsu.errors import BudgetExceededError
from fukkatsu.policy import Budget

T = TypeVar("T")
_log = logging.getLogger("fukkatsu")

Spending: TypeAlias = Literal["requests", "tokens", "seconds"]
"""What is counted: requests to the model, tokens of both directions, seconds of waiting for it."""

HOUR_SECONDS: Final = 3_600.0
DAY_SECONDS: Final = 86_400.0
REMEMBERED_KEYS: Final = 10_000
_A_MOMENT: Final = 1e-9  # seconds: a request may begin while any time at all is left
_SLICES: Final = 360  # of a window: what falls into one slice is kept as one entry, so memory is bounded


class _Window:
    """A sum over the last *seconds*; entries leave it late rather than early, by at most one slice."""

    def __init__(self, limit: float, seconds: float) -> None:
        self.limit, self.seconds, self.total = limit, seconds, 0.0
        self._entries: deque[list[float]] = deque()  # [time of the last addition, amount]

    def add(self, now: float, amount: float) -> None:
        self.forget(now)
        width = self.seconds / _SLICES
        if self._entries and math.floor(self._entries[-1][0] / width) == math.floor(now / width):
            self._entries[-1][0] = now
            self._entries[-1][1] += amount
        else:
            self._entries.append([now, amount])
        self.total += amount

    def forget(self, now: float) -> None:
        while self._entries and now - self._entries[0][0] >= self.seconds:
            self.total -= self._entries.popleft()[1]
        if not self._entries:
            self.total = 0.0  # no rounding is carried along

    def free_in(self, now: float, wanted: float) -> float:
        """Seconds until *wanted* fits in, 0 when it fits now."""
        self.forget(now)
        excess = self.total + wanted - self.limit
        for last, amount in self._entries:
            if excess <= 0:
                break
            excess -= amount
            if excess <= 0:
                return self.seconds - (now - last)
        return 0.0 if excess <= 0 else self.seconds


class _ForkedLock:
    """A lock that a forked child gets anew: the parent may have held it at that moment."""

    def __init__(self) -> None:
        self._lock, self._pid = Lock(), os.getpid()

    def __enter__(self) -> None:
        if self._pid != os.getpid():
            self._lock, self._pid = Lock(), os.getpid()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@runtime_checkable
class Ledger(Protocol):
    """What a store does that counts for a fleet. One account for the whole store, whichever function asks.

    Either method may raise whatever the store raises when it cannot be reached: then the process's own count decides
    alone, and the log says so. A repair is never held up by it for longer than the store's own time-out.
    """

    def free_in(
        self, spending: Spending, wanted: float, limit: float, window_seconds: float, *, take: bool
    ) -> tuple[float, float]:
        """Whether *wanted* more fits under *limit* in the last *window_seconds*, in one transaction.

        Args:
            spending: Which of the three.
            wanted: How much more.
            limit: The most there may be in the window.
            window_seconds: Its length.
            take: Count *wanted* at once when it fits, so that two processes cannot both be the last.

        Returns:
            Seconds until it fits (0 when it does), and what the window holds now.
        """
        ...

    def spend(self, spending: Spending, amount: float) -> None:
        """Count *amount*, spent now."""
        ...


class BudgetKeeper:
    """Counts what was spent against a `Budget`; any thread may use it.

    Args:
        budget: The limits.
        clock: Seconds that never go back.
    """

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, _ForkedLock()
        self._requests = _window(budget.requests_per_hour, HOUR_SECONDS)
        self._tokens = _window(budget.tokens_per_day, DAY_SECONDS)
        self._seconds = _window(budget.seconds_per_hour, HOUR_SECONDS)

    def check(self) -> None:
        """Raise when one more request would exceed a limit.

        Tokens and seconds are known only afterwards, so the request that crosses such a limit is the last one.

        Raises:
            BudgetExceededError: The text says which limit, and when it is free again.
        """
        with self._lock:
            self._check(self._clock())

    def take(self, ledger: Ledger | None = None) -> None:
        """`check` and count the request in one step, so that two threads cannot both be the last.

        Args:
            ledger: Of the store that the function shares with others: there the same limits hold for all of them.

        Raises:
            BudgetExceededError: As `check`.
        """
        with self._lock:
            now = self._clock()
            self._check(now)
            if self._requests is not None:
                self._requests.add(now, 1)
        if ledger is None:
            return
        try:
            self._check_with(ledger)  # outside of the lock: it may be far away
        except BudgetExceededError:
            with self._lock:
                if self._requests is not None:
                    self._requests.add(now, -1)  # nothing was asked
            raise

    def spend(self, requests: int = 0, tokens: int = 0, seconds: float = 0.0, *, ledger: Ledger | None = None) -> None:
        """Count what a request has cost, in *ledger* too; amounts below zero count as nothing."""
        with self._lock:
            now = self._clock()
            for window, amount in ((self._requests, requests), (self._tokens, tokens), (self._seconds, seconds)):
                if window is not None and amount > 0:
                    window.add(now, amount)
        if ledger is not None:
            amounts: tuple[tuple[Spending, float], ...] = (
                ("requests", requests),
                ("tokens", tokens),
                ("seconds", seconds),
            )
            for spending, amount in amounts:
                if amount > 0:
                    _tried(partial(ledger.spend, spending, amount))

    def _limits(self) -> Iterator[tuple[Spending, _Window, float, str, str]]:
        limits: tuple[tuple[Spending, _Window | None, float, str, str], ...] = (
            ("requests", self._requests, 1, "requests_per_hour", "requests in the last hour"),
            ("tokens", self._tokens, 1, "tokens_per_day", "tokens in the last 24 hours"),
            ("seconds", self._seconds, _A_MOMENT, "seconds_per_hour", "seconds of waiting in the last hour"),
        )
        for spending, window, wanted, name, unit in limits:
            if window is not None:
                yield spending, window, wanted, name, unit

    def _check(self, now: float) -> None:
        for _, window, wanted, name, unit in self._limits():
            wait = window.free_in(now, wanted)
            if wait > 0:
                raise _exceeded(window.total, unit, name, window.limit, wait)

    def _check_with(self, ledger: Ledger) -> None:
        # The request last: what is counted must not be refused afterwards for another reason.
        for spending, window, wanted, name, unit in reversed(tuple(self._limits())):
            asked = partial(ledger.free_in, spending, wanted, window.limit, window.seconds, take=spending == "requests")
            answer = _tried(asked)
            if answer is not None and answer[0] > 0:
                raise _exceeded(answer[1], f"{unit}, by all who share the store", name, window.limit, answer[0])


def _tried(ask: Callable[[], T]) -> T | None:
    """What the ledger says; ``None`` when it cannot be asked."""
    try:
        return ask()
    except Exception as why:  # noqa: BLE001 - a database is foreign; an outage of it must not stop a repair
        _log.warning("the store cannot count what is spent (%s); this process counts for itself", type(why).__name__)
        return None


def _exceeded(spent: float, unit: str, name: str, limit: float, wait: float) -> BudgetExceededError:
    return BudgetExceededError(
        f"the budget is spent: {spent:,.0f} {unit}, Budget.{name}={limit:,.0f}; "
        f"free again in {_duration(wait)}, or raise the limit."
    )


def _window(limit: float | None, seconds: float) -> _Window | None:
    return None if limit is None else _Window(limit, seconds)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


class CoolDown:
    """The negative memory: after a flatline the same failure asks nothing for a while, each time twice as long.

    Args:
        cooldown_seconds: The first wait.
        limit_seconds: The longest wait.
        clock: Seconds that never go back.
    """

    def __init__(
        self, cooldown_seconds: float, limit_seconds: float = HOUR_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first, self._limit = min(cooldown_seconds, limit_seconds), limit_seconds
        self._clock, self._lock = clock, _ForkedLock()
        self._known: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # key: (blocked until, wait)

    def blocked_for(self, key: Hashable) -> float:
        """Seconds that *key* must still wait; 0 when it may ask."""
        with self._lock:
            until, _ = self._known.get(key, (0.0, 0.0))
            return max(0.0, until - self._clock()) if key in self._known else 0.0

    def failed(self, key: Hashable) -> float:
        """*key* flatlined: it waits twice as long as the last time.

        Returns:
            The wait, in seconds.
        """
        with self._lock:
            _, last = self._known.pop(key, (0.0, 0.0))
            wait = min(2 * last, self._limit) if last else self._first
            self._known[key] = (self._clock() + wait, wait)
            while len(self._known) > REMEMBERED_KEYS:
                self._known.popitem(last=False)
            return wait

    def succeeded(self, key: Hashable) -> None:
        """*key* was healed: its next failure is a first one."""
        with self._lock:
            self._known.pop(key, None)
