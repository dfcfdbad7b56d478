"""Stage ``sandbox``: the candidate runs on the failing call and the good calls, jailed, and stays within its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._gauntlet.labelling import known_inputs
from fukkatsu._model.verdict import Verdict
from fukkatsu._sandbox.pool import Run, Step
from fukkatsu.errors import SandboxUnavailableError

_LITTLE_SECONDS: Final = 0.1
"""With more work than this on the generated inputs, it waits until the recorded calls have been judged."""


def check_sandbox(bench: Bench) -> Verdict:
    """Run everything that was recorded, once. What the answers are worth is for later stages.

    The failing call is made first and again last: a candidate that answers the same call differently depends on
    something other than its arguments (the failing-call stage compares the two). Where the generated inputs are known
    already they follow in the same runner: to get another one ready would take longer than they do.
    """
    calls = [call for call in (bench.failure, *bench.good_calls, bench.failure) if call is not None]
    steps = [Step("call", call.arguments) for call in calls]
    try:
        run = bench.run_candidate(steps + _more(bench))
    except SandboxUnavailableError as error:
        return Verdict(stage="sandbox", outcome="refused", reason=str(error))
    bench.first_run = run = _parted(bench, run, len(steps))
    if run.ended != "finished":
        answered = sum(1 for outcome in run.outcomes if outcome.kind != "lost")
        culprit = calls[answered] if answered < len(calls) and run.ended != "setup" else None
        return Verdict(
            stage="sandbox",
            outcome="refused",
            reason=run.reason,
            counterexample=shown_with(culprit) if culprit is not None else None,
        )
    return Verdict(stage="sandbox", outcome="accepted")


def _more(bench: Bench) -> list[Step]:
    """The generated inputs, where they are known and little work; none for a candidate that may use chance.

    Each step of that starts from a seed of its own place in the run.
    """
    inputs = known_inputs(bench)
    if not inputs or bench.subject().draws or sum(one.outcome.seconds for one in inputs) > _LITTLE_SECONDS:
        return []
    return [Step("call", one.arguments) for one in inputs]


def _parted(bench: Bench, run: Run, recorded: int) -> Run:
    """The part of *run* that is about recorded calls; the rest is kept for the stages that ask for it.

    What ended the run for its length as a whole is no matter of the inputs: they are run again by themselves. A runner
    that said what no runner says is not believed from the first answer on.
    """
    if len(run.outcomes) <= recorded or run.ended == "protocol":
        return replace(run, outcomes=run.outcomes[:recorded])
    if run.ended == "finished" or (run.ended == "wall-clock" and "Policy.wall_seconds" in run.reason):
        bench.ahead = replace(run, outcomes=run.outcomes[recorded:])
    return replace(run, outcomes=run.outcomes[:recorded], ended="finished", reason="")
