"""The first calls of a fix are rehearsed: each is run in the sandbox, and made in the host only when it ended there.

Nothing stops a call in the host: a signal reaches the main thread only, and only between two bytecodes, so not in the
middle of one big power, sort or regular expression. A runner can be killed at any moment. So under
`Policy.first_calls_wall_seconds` the clock runs where it can be enforced, before the call itself is made, with the same
arguments; what does not end there takes the fix back, and the original answers. A fix that behaves differently when
it is rehearsed is not stopped by this: for that there is ``run_in="sandbox"``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from fukkatsu._case import NoRepair
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._install import Lifeline
from fukkatsu._model.fix import Fix
from fukkatsu._sandbox import carry, pool
from fukkatsu._suggest.deadline import await_within
from fukkatsu._wrap.factory import kind_of
from fukkatsu.errors import FukkatsuError

_log = logging.getLogger("fukkatsu")
_A_DAY_SECONDS: Final = 86_400.0  # the policy ends each rehearsal long before


def rehearse_first_calls(
    line: Lifeline,
    fix: Fix,
    function: Callable[..., Any],
    bench: Bench,
    then: Callable[..., Any] | None = None,
    *,
    fallback: bool = False,
) -> Callable[..., Any]:
    """*function* for its first `Policy.first_calls` calls, each rehearsed under `Policy.first_calls_wall_seconds`.

    A call whose arguments cannot be carried into the sandbox cannot be rehearsed: the original answers it. Coroutines
    are rehearsed beside the event loop, generators as a whole when they are made.

    In a fallback the original has answered already, with an exception: what is returned here raises `NoRepair` then,
    and that exception goes to the caller.

    Args:
        line: Where *fix* is being installed, with what is returned here as ``serving``.
        fix: What *function* is.
        function: The linked correction.
        bench: The one it was accepted on.
        then: What answers afterwards in place of *function*, such as a probation.
        fallback: Whether *function* is asked only for calls on which the original has raised.
    """
    wall = bench.policy.first_calls_wall_seconds
    if wall is None:
        return then or function
    policy = replace(bench.policy, wall_seconds=wall, total_seconds=max(wall, bench.policy.total_seconds))
    later = replace(bench, policy=policy, deadline=None, first_run=None, generated_outcomes=None)
    left, lock = bench.policy.first_calls, threading.Lock()

    def is_early() -> bool:
        nonlocal left
        with lock:
            early = left > 0
            left -= early
        if not early and then is None:
            line.settle(function)
        return early

    def answering(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
        if _ends(line, fix, later, args, kwargs):
            return function
        if fallback:
            raise NoRepair("its fix could not be rehearsed on this call, or did not end there")
        return line.original

    def rehearsed(*args: Any, **kwargs: Any) -> Any:
        if not is_early():
            return (then or function)(*args, **kwargs)
        return answering(args, kwargs)(*args, **kwargs)

    async def rehearsed_beside(*args: Any, **kwargs: Any) -> Any:
        if not is_early():
            return await (then or function)(*args, **kwargs)
        return await (await await_within(_A_DAY_SECONDS, lambda: answering(args, kwargs)))(*args, **kwargs)

    return rehearsed_beside if kind_of(bench.original.__code__) == "coroutine" else rehearsed


def _ends(line: Lifeline, fix: Fix, bench: Bench, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the call ends in the sandbox; the fix is taken back where a limit ended it."""
    bench = replace(bench, evidence=FunctionEvidence())  # globals as they are now
    try:
        run = bench.run_candidate([pool.Step("call", carry.carry_call(args, kwargs))])
    except FukkatsuError as why:
        _log.info("a first call of %s cannot be rehearsed, its fix does not answer it: %s", line.qualname, why)
        return False
    outcome = run.outcomes[0] if run.outcomes else None
    starved = outcome is not None and outcome.exception == "MemoryError"  # there is more to eat in the host
    if run.ended == "finished" and outcome is not None and outcome.kind != "lost" and not starved:
        return True
    if run.ended == "setup":
        _log.info("a first call of %s cannot be rehearsed, its fix does not answer it: %s", line.qualname, run.reason)
    elif line.active_fix is not None and line.active_fix.id == fix.id:
        reason = "it ran out of Policy.memory_bytes" if starved else run.reason
        line.take_back(f"did not end when a first call of it was rehearsed: {reason}")
    return False
