"""An accepted correction goes to work: linked to the live module, served, watched over, installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fukkatsu._case import Flatline
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._install import Lifeline
from fukkatsu._language.program import link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._model.fix import Fix
from fukkatsu._probation import on_probation
from fukkatsu._rehearsal import rehearse_first_calls
from fukkatsu._served import serve
from fukkatsu._settings import Settings


def deploy(line: Lifeline, settings: Settings, bench: Bench, fix: Fix, *, costs_life: bool) -> Callable[..., Any]:
    """Install *fix*, whose text lies compiled on *bench*, and use up a life if it costs one; what answers from now on.

    Raises:
        Flatline: There is nothing compiled: nothing is installed.
    """
    if bench.program is None or bench.code is None:
        raise Flatline("the accepted candidate was not compiled")  # a stage lied: install nothing
    names = frozenset(bench.facts.global_names) | frozenset(bench.facts.free_names)
    function: Callable[..., Any] = link_program(
        bench.program,
        bench.code,
        LiveScope(line.original, names),
        defaults=line.original.__defaults__,
        kwdefaults=line.original.__kwdefaults__,
    )
    policy = bench.policy
    if policy.run_in == "sandbox":
        function = serve(bench, function)
    if costs_life:
        line.lives_left -= 1
    serving = function
    if policy.probation_calls and bench.preserve and settings.verify:
        serving = on_probation(line, fix, function, bench, policy.probation_calls)
    if policy.run_in == "host":
        serving = rehearse_first_calls(
            line,
            fix,
            function,
            bench,
            then=serving if serving is not function else None,
            fallback=settings.install == "fallback",
        )
    line.install(fix, function, replace_original=settings.install == "replace", serving=serving)
    return function
