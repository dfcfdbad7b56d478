"""The first calls of a fix, looked at once more: both run on them in the sandbox, and a difference takes the fix back.

`Policy.probation_calls` says how many. Callers pay for a copy of their arguments; the comparison is made in the thread
that heals in the background, and what it has no room for is let go: a sample is enough.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fukkatsu._background import submit
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.good_calls import compare_outcomes
from fukkatsu._install import Lifeline
from fukkatsu._model.fix import Fix
from fukkatsu._sandbox import carry, pool
from fukkatsu._wrap.keep import recall
from fukkatsu._wrap.recorder import CALL_BYTES, kept
from fukkatsu.errors import FukkatsuError

_log = logging.getLogger("fukkatsu")


def on_probation(
    line: Lifeline, fix: Fix, function: Callable[..., Any], bench: Bench, calls: int
) -> Callable[..., Any]:
    """*function* for its first *calls* calls: it answers, and some of the calls are compared afterwards.

    Args:
        line: Where *fix* is being installed.
        fix: What *function* is.
        function: Of any kind; what it returns (a coroutine, a generator) is handed on untouched.
        bench: The one it was accepted on.
        calls: After so many it is put in place of what is returned here.
    """
    later = replace(bench, deadline=None, first_run=None, generated_outcomes=None)
    left, lock = calls, threading.Lock()

    def watched(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        with lock:
            left -= 1
            number = left
        if number >= 0:
            before = kept((args, kwargs), CALL_BYTES)
            if before is not None:
                submit((fix.id, number), lambda: _compare(line, fix, later, before))
        if number <= 0:
            line.settle(function)
        return function(*args, **kwargs)

    return watched


def _compare(line: Lifeline, fix: Fix, bench: Bench, before: bytes) -> None:
    """Run the original (twice: it must agree with itself) and the fix on one call."""
    if line.active_fix is None or line.active_fix.id != fix.id:
        return
    bench = replace(bench, evidence=FunctionEvidence())  # globals as they are now
    try:
        args, kwargs = recall(before)
        step = pool.Step("call", carry.carry_call(tuple(args), dict(kwargs)))
        first, again = (*bench.run_original([step, step]).outcomes, None, None)[:2]
        answered = bench.run_candidate([step]).outcomes
    except FukkatsuError as why:
        _log.debug("a call of %s is not compared: %s", line.qualname, why)
        return
    if first is None or again is None or not answered or first.kind != "returned":
        return
    if first.opaque or answered[0].opaque or compare_outcomes(first, again) is not None:
        return
    change = compare_outcomes(first, answered[0]) if answered[0].kind != "lost" else answered[0].message
    if change is not None and line.active_fix is not None and line.active_fix.id == fix.id:
        line.take_back(f"differs from the original on a call that it answered: {change}")
