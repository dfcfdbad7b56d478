"""Stage ``failing-call``: the call that failed must return now, whenever it is made.

Or it must raise what the docstring says is raised there, where the original crashed before it could say so.
"""

from __future__ import annotations

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._gauntlet.effects import split_effects
from fukkatsu._gauntlet.judging import judge_calls
from fukkatsu._gauntlet.promised import contract_request, documented_exceptions, parameters_of, promises
from fukkatsu._model.call import Outcome
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu._oracle.docstring import must_raise_in_prose
from fukkatsu.errors import CarryError, ReplyError


def check_failing_call(bench: Bench) -> Verdict:
    """The recorded failing call returns a value, the same one each time."""
    if bench.failure is None:
        return Verdict(stage="failing-call", outcome="skipped", reason="no failing call was given")
    if bench.first_run is None or len(bench.first_run.outcomes) < 2:
        reason = "the sandbox gave no answer for the failing call"
        return Verdict(stage="failing-call", outcome="refused", reason=reason)
    purpose = _on_purpose(bench)
    if purpose is not None:
        return Verdict(stage="failing-call", outcome="refused", reason=purpose)
    first, last = bench.first_run.outcomes[0], bench.first_run.outcomes[-1]
    shown = shown_with(bench.failure)
    documented = _raises_as_documented(bench, first, last)
    if documented is not None:
        bench.notes.append(f"the failing call is one for which the docstring {documented}, and now it does")
        return Verdict(stage="failing-call", outcome="accepted")
    for outcome in (first, last):
        if outcome.kind != "returned":
            place = f" at {outcome.where}" if outcome.where else ""
            return Verdict(
                stage="failing-call",
                outcome="refused",
                reason=f"the failing call still raises {outcome.exception}: {outcome.message}{place}",
                counterexample=shown,
            )
    before, after = split_effects(first.after)[0], split_effects(last.after)[0]
    if (first.opaque or last.opaque) and first.value == last.value and before == after:
        return Verdict(stage="failing-call", outcome="accepted", evidence={"opaque": first.opaque})
    change = values.difference(first.value, last.value) or values.difference(before, after)
    if change is not None:
        return Verdict(
            stage="failing-call",
            outcome="refused",
            reason=f"the same failing call answered differently the second time ({change}): "
            "the answer must depend on the arguments alone",
            counterexample=shown,
        )
    return Verdict(stage="failing-call", outcome="accepted")


def _raises_as_documented(bench: Bench, first: Outcome, last: Outcome) -> str | None:
    """The promise "raises X when condition" that the candidate keeps on the failing call by a ``raise`` of its own.

    Only where the original raised something else, and where the condition can be read and is true of the arguments:
    to raise what the docstring merely mentions would be too cheap an answer.
    """
    if bench.failure is None or not (first.kind == last.kind == "raised" and first.deliberate and last.deliberate):
        return None
    (original,) = bench.reference([bench.failure])
    if first.exception != last.exception or first.exception == original.exception:
        return None
    name = first.exception.rpartition(".")[2]
    clauses = [
        clause
        for clause in (
            *promises(bench).clauses,
            *must_raise_in_prose(bench.source.docstring, parameters_of(bench.original)),
        )
        if clause.kind == "must-raise" and name in clause.exceptions
    ]
    if not clauses:
        return None
    try:
        request = {**contract_request(bench.original, clauses), "annotation": False}
        (answer,) = judge_calls(request, [(bench.failure.arguments, first)], bench.policy)
    except (CarryError, ReplyError):
        return None
    return next((str(clauses[at]) for at, state, _ in answer if at >= 0 and state == "held"), None)


def _on_purpose(bench: Bench) -> str | None:
    """Why the failing call is no failure: the author raises there on purpose, and says so. Else it is a note."""
    if bench.failure is None:
        return None
    (outcome,) = bench.reference([bench.failure])
    if outcome.kind != "raised" or not outcome.deliberate:
        return None
    name = outcome.exception.rpartition(".")[2]
    if name in documented_exceptions(bench):
        return (
            f"the original raises {name} on this call on purpose (at {outcome.where}), and its docstring says so: "
            "there is nothing to correct"
        )
    bench.notes.append(
        f"the original raises {name} on purpose (at {outcome.where}) on the failing call, and this correction takes "
        f"that away. If it is meant, say `raises: {name}` in the docstring or ignore={name} in the decorator"
    )
    return None
