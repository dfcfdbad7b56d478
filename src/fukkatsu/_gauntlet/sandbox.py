"""Stage ``sandbox``: the candidate runs on the failing call and the good calls, jailed, and stays within its limits."""

from __future__ import annotations

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._model.verdict import Verdict
from fukkatsu._sandbox.pool import Step
from fukkatsu.errors import SandboxUnavailableError


def check_sandbox(bench: Bench) -> Verdict:
    """Run everything that was recorded, once. What the answers are worth is for later stages.

    The failing call is made first and again last: a candidate that answers the same call differently depends on
    something other than its arguments (the failing-call stage compares the two).
    """
    calls = [call for call in (bench.failure, *bench.good_calls, bench.failure) if call is not None]
    try:
        run = bench.run_candidate([Step("call", call.arguments) for call in calls])
    except SandboxUnavailableError as error:
        return Verdict(stage="sandbox", outcome="refused", reason=str(error))
    bench.first_run = run
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
