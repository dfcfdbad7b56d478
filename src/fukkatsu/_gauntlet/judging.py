"""Ask the examiner what clauses say of calls: once, or again and again of the same function.

A `Judge` keeps its examiner: the function, the contract and what depends on the arguments alone are read there once,
and what was judged once is not asked again. Only data of the host's goes in (arguments that it pickled, outcomes as
canonical text), so that what one candidate did can reach the next one through nothing but the author's own clauses.
"""

from __future__ import annotations

import json
import pickle
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from fukkatsu._gauntlet.effects import split_effects
from fukkatsu._model.call import Outcome
from fukkatsu._sandbox import pool
from fukkatsu.errors import ReplyError, SandboxUnavailableError
from fukkatsu.policy import Policy

Answer: TypeAlias = list[list[Any]]  # [index of the clause, state, words], as the examiner says it
Row: TypeAlias = tuple[bytes, Outcome | None]

JUDGE: Final = "fukkatsu._oracle.examiner:judge"  # by name: the host imports neither it nor what it imports
JUDGE_KEPT: Final = "fukkatsu._oracle.examiner:judge_kept"
EXAMINER_START_SECONDS: Final = 5.0
"""What the examiner may need to wake up on a busy machine, beyond the time for the work itself."""
JUDGE_SECONDS: Final = 5.0
JUDGED_BYTES: Final = 500_000
"""So much more of calls and outcomes takes the examiner another second."""
MOST_REMEMBERED: Final = 10_000
MOST_EXAMINERS: Final = 4
"""Examiners kept at the same time, each some megabytes: the one that was started first is ended, and comes back."""


def judge_calls(request: Mapping[str, Any], rows: Sequence[Row], policy: Policy) -> list[Answer]:
    """For each row, arguments and outcome (``None``: ``pre:`` only), the state of each clause.

    Raises:
        ReplyError: The examiner gave no answer.
    """
    payload = pickle.dumps({**request, "calls": [_call(*row) for row in rows]}, protocol=5)
    seconds = JUDGE_SECONDS + EXAMINER_START_SECONDS + len(payload) / JUDGED_BYTES
    answer = pool.run_task(JUDGE, payload, policy, seconds=seconds)
    return _read(answer, len(rows))


def _call(arguments: bytes, outcome: Outcome | None) -> tuple[bytes, str, bytes, bytes, str]:
    if outcome is None:
        return arguments, "", b"", b"", ""
    return arguments, outcome.kind, outcome.value, split_effects(outcome.after)[0], outcome.exception


def _read(answer: bytes, count: int) -> list[Answer]:
    read = json.loads(answer)
    if not isinstance(read, list) or len(read) != count:
        msg = "the examiner answered for another number of calls"
        raise ReplyError(msg)
    return read


_started: deque[weakref.ref[Judge]] = deque()


class Judge:
    """The contract of one function, in an examiner that is kept. Thread-safe; let go of, it ends its examiner.

    Args:
        request: What `contract_request` made, with ``annotation``.
        policy: Whose limits hold.
    """

    def __init__(self, request: Mapping[str, Any], policy: Policy) -> None:
        self._request = pickle.dumps(dict(request), protocol=5)
        self._policy = policy
        self._lock = threading.Lock()
        self._known: dict[tuple[bytes, str, bytes, bytes, str], Answer] = {}
        self._kept: list[pool.KeptTask] = []
        weakref.finalize(self, _close, self._kept).atexit = False  # at exit the zygote ends, and it with it

    def judge(self, rows: Sequence[Row]) -> list[Answer]:
        """As `judge_calls`.

        Raises:
            ReplyError: The examiner gave no answer, nor did the one after it.
        """
        calls = [_call(*row) for row in rows]
        with self._lock:
            new = list(dict.fromkeys(call for call in calls if call not in self._known))
            if new:
                if len(self._known) > MOST_REMEMBERED:
                    self._known.clear()
                    new = list(dict.fromkeys(calls))
                self._known.update(zip(new, self._ask(new), strict=True))
            return [self._known[call] for call in calls]

    def _ask(self, calls: list[tuple[bytes, str, bytes, bytes, str]]) -> list[Answer]:
        for last_try in (False, True):
            payload: dict[str, Any] = {"calls": calls}
            seconds = JUDGE_SECONDS + sum(len(part) for call in calls for part in call) / JUDGED_BYTES
            if not self._kept:
                payload["contract"] = self._request
                seconds += EXAMINER_START_SECONDS
                self._kept.append(pool.KeptTask(self._policy, kind="examiner"))
                self._end_the_oldest()
            try:
                answer = self._kept[0].run(JUDGE_KEPT, pickle.dumps(payload, protocol=5), seconds=seconds)
                return _read(answer, len(calls))
            except (ReplyError, SandboxUnavailableError):
                _close(self._kept)
                if last_try:
                    raise
        raise AssertionError

    def _end_the_oldest(self) -> None:
        _started.append(weakref.ref(self))
        while len(_started) > MOST_EXAMINERS:
            other = _started.popleft()()
            if other is None or other is self or not other._lock.acquire(blocking=False):
                continue  # gone, or at work: its own end will come
            try:
                _close(other._kept)
            finally:
                other._lock.release()


def _close(kept: list[pool.KeptTask]) -> None:
    while kept:
        kept.pop().close()
