"""Stage ``sandbox``: the candidate runs on the failing call and the good calls, jailed, and stays within its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.between import known_between
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._gauntlet.labelling import Labelled, known_inputs
from fukkatsu._gauntlet.probes import trials_for
from fukkatsu._gauntlet.unheeded import known_trials
from fukkatsu._model.call import RecordedCall
from fukkatsu._model.verdict import Verdict
from fukkatsu._sandbox.pool import Run, Step
from fukkatsu.errors import SandboxUnavailableError

_LITTLE_SECONDS: Final = 0.1
"""With more work than this on the generated inputs, it waits until the recorded calls have been judged."""


def check_sandbox(bench: Bench) -> Verdict:
    """Run everything that was recorded, once. What the answers are worth is for later stages.

    The failing call is made first and again last: a candidate that answers the same call differently depends on
    something other than its arguments (the failing-call stage compares the two). Where the generated inputs are known
    already they follow in the same runner, and so do the calls that are made up for what is new in the text: to get
    another one ready would take longer than they do.
    """
    calls = [call for call in (bench.failure, *bench.good_calls, bench.failure) if call is not None]
    inputs = _inputs(bench)
    trials = _trials(bench) if inputs else []
    ahead = [one.arguments for one in inputs] + [one.arguments for one in trials]
    steps = [Step("call", arguments) for arguments in [call.arguments for call in calls] + ahead]
    try:
        run = bench.run_candidate(steps)
    except SandboxUnavailableError as error:
        return Verdict(stage="sandbox", outcome="refused", reason=str(error))
    bench.first_run = run = _parted(bench, run, len(calls), len(inputs), trials)
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


def _inputs(bench: Bench) -> Sequence[Labelled]:
    """The generated inputs, where they are known and little work; none for a candidate that may use chance.

    Each step of that starts from a seed of its own place in the run.
    """
    inputs = known_inputs(bench)
    if bench.subject().draws or sum(one.outcome.seconds for one in inputs) > _LITTLE_SECONDS:
        return ()
    return inputs


def _trials(bench: Bench) -> list[RecordedCall]:
    """Calls that the differential stage will ask for; nothing but text and what is known already is looked at."""
    trials = (*known_trials(bench), *known_between(bench), *trials_for(bench))
    return list({call.arguments: call for call in trials}.values())


def _parted(bench: Bench, run: Run, recorded: int, inputs: int, trials: Sequence[RecordedCall]) -> Run:
    """The part of *run* that is about recorded calls; the rest is kept for the stages that ask for it.

    What ended the run for its length as a whole is no matter of the inputs: they are run again by themselves. A runner
    that said what no runner says is not believed from the first answer on.
    """
    if len(run.outcomes) <= recorded or run.ended == "protocol":
        return replace(run, outcomes=run.outcomes[:recorded])
    if run.ended == "finished" or (run.ended == "wall-clock" and "Policy.wall_seconds" in run.reason):
        ahead, rest = run.outcomes[recorded : recorded + inputs], run.outcomes[recorded + inputs :]
        ended = replace(run, ended="finished", reason="") if rest else run
        bench.ahead = replace(ended, outcomes=ahead)
        bench.tried = {
            call.arguments: outcome for call, outcome in zip(trials, rest, strict=False) if outcome.kind != "lost"
        }
    return replace(run, outcomes=run.outcomes[:recorded], ended="finished", reason="")
