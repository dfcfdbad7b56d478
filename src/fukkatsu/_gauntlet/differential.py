"""Stage ``differential``: on generated inputs the candidate does what the original did, where that did anything.

Where the original returned, an equal value and equal arguments after the call; where it raised on purpose, the same
exception; where it crashed, nothing beyond the contract, but most neighbours of the failing call must no longer crash
as it did. Only inputs within what was seen bind: a right rewrite may answer nonsense in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.effects import changes_arguments, split_effects
from fukkatsu._gauntlet.good_calls import compare_outcomes, is_opaque, reproducible, usual_magnitude
from fukkatsu._gauntlet.labelling import (
    Labelled,
    label,
    must_answer,
    replay,
    shown_arguments,
    shown_call,
)
from fukkatsu._gauntlet.plausibility import (
    FEWEST_NEIGHBOURS,
    check_crash_region,
    check_neighbours,
    check_slowdowns,
    same_complaint,
)
from fukkatsu._model.call import Outcome
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu.errors import ReplyError

BINDING_ORIGINS: Final = frozenset({"neighbour", "around", "probe", "domain"})


def check_differential(bench: Bench) -> Verdict:
    """Equal outcomes on labelled inputs outside the crash region; plausible ones inside it."""
    if not bench.preserve:
        reason = "other behaviour is asked for (additional_req, or Checks(preserve=False))"
        return Verdict(stage="differential", outcome="skipped", reason=reason)
    try:
        labels = label(bench)
    except ReplyError as error:
        reason = f"no inputs could be generated to compare on, and no verdict is a refusal: {error}"
        return Verdict(stage="differential", outcome="refused", reason=reason)
    if not labels.inputs:
        reason = labels.why or f"none of {labels.excluded} generated inputs reproduces on the original"
        return Verdict(stage="differential", outcome="skipped", reason=reason, evidence={"excluded": labels.excluded})
    outcomes = replay(bench)
    crash = [(one, outcome) for one, outcome in zip(labels.inputs, outcomes, strict=True) if one.region == "crash"]
    evidence = {
        "generated": sum(1 for one in labels.inputs if not is_opaque(one.outcome)),
        "crash_region": len(crash),
        "excluded": labels.excluded,
        "opaque": sum(one.outcome.opaque for one in labels.inputs),
    }
    refusal = _disagreement(bench, labels.inputs, outcomes) or _implausible(bench, labels.inputs, crash)
    if refusal is not None:
        reason, one = refusal
        return Verdict(
            stage="differential",
            outcome="refused",
            reason=reason,
            evidence=evidence,
            counterexample=shown_call(one.shown, one.outcome) if one is not None else None,
        )
    if not evidence["generated"]:
        reason = f"what the original returns for {len(labels.inputs)} generated inputs cannot be compared (opaque)"
        return Verdict(stage="differential", outcome="skipped", reason=reason, evidence=evidence)
    return Verdict(stage="differential", outcome="accepted", evidence=evidence)


def _disagreement(bench: Bench, inputs: Sequence[Labelled], outcomes: Sequence[Outcome]) -> tuple[str, Labelled] | None:
    """The smallest input on which the candidate does not do what the original did, and the reason."""
    found: list[tuple[str, Labelled]] = []
    tolerated: list[str] = []
    excused = exempt(bench)
    usual = bench.evidence.remember("magnitude", lambda: usual_magnitude(one.outcome for one in inputs))
    for place, (one, outcome) in enumerate(zip(inputs, outcomes, strict=True)):
        if not outcome.kind:
            continue
        called = shown_arguments(one.shown, bench.source.name)
        if outcome.kind == "lost":
            if must_answer(bench, inputs, outcomes, place):
                took = f"the original took {one.outcome.seconds * 1000:.2f} ms"
                if one.region == "crash":
                    took = "a slightly smaller input takes no time"
                lost = outcome.message or "no answer"
                why = f"{lost}; {took}. Answer inputs of every size as fast as the original does"
                found.append((f"{called}: {why}", one))
        elif one.region not in ("returned", "deliberate"):
            continue
        elif one.within and one.origin in BINDING_ORIGINS and place not in excused:
            change = compare_outcomes(one.outcome, outcome, usual=usual)
            if change is None:
                continue
            if bench.settled_examples and one.region == outcome.kind == "returned":
                tolerated.append(f"{called}: {change}")
            else:
                found.append((f"{called}: {change}. Keep what the original does here", one))
    _note_tolerated(bench, tolerated)
    if found:
        return min(found, key=lambda row: len(row[1].shown))
    untried = [one for one, o in zip(inputs, outcomes, strict=True) if not o.kind and one.within]
    if untried:  # fail closed: whoever dies often enough on inputs that do not bind would never see those that do
        reason = "no answer, like several inputs before it, so that the rest could not be tried"
        return f"{shown_arguments(untried[0].shown, bench.source.name)}: {reason}", untried[0]
    returned = [place for place, one in enumerate(inputs) if one.region == "returned" and not one.ladder]
    slow = check_slowdowns([(inputs[place].outcome, outcomes[place]) for place in returned], bench.checks)
    if slow is None:
        return None
    one = inputs[returned[slow[0]]]
    return f"{shown_arguments(one.shown, bench.source.name)}: {slow[1]}", one


def _note_tolerated(bench: Bench, tolerated: Sequence[str]) -> None:
    """Where the original contradicts its own docstring and the candidate does not, a person decides about the rest."""
    if tolerated:
        bench.notes.append(
            f"FOR A PERSON TO DECIDE: the original contradicts its own docstring on {bench.settled_examples} examples "
            f"that the correction answers as written, so it is no reference elsewhere either; the two differ on "
            f"{len(tolerated)} generated inputs, e.g. {min(tolerated, key=len)}"
        )


def exempt(bench: Bench) -> frozenset[int]:
    """Places of inputs where the original breaks its own author's ``post:``: there it is no reference."""
    if not bench.evidence.known("contract"):
        return frozenset()
    contract = bench.evidence.remember("contract", lambda: None)
    return frozenset(contract.broken_by_original) if contract is not None else frozenset()


def _mutates(inputs: Sequence[Labelled], crash: Sequence[tuple[Labelled, Outcome]]) -> tuple[str, Labelled] | None:
    """Whether the candidate changes its arguments where the original crashed, though the original never changes any."""
    answered = [one for one in inputs if one.region == "returned"]
    if len(answered) < FEWEST_NEIGHBOURS or any(not _unchanged(one, one.outcome) for one in answered):
        return None
    changing = [one for one, outcome in crash if outcome.kind == "returned" and not _unchanged(one, outcome)]
    if 2 * len(changing) <= len(crash) or not changing:
        return None
    one = min(changing, key=lambda found: len(found.shown))
    return f"it changes its arguments, which the original never does, e.g. {values.render(one.shown, 120)}", one


def _unchanged(one: Labelled, outcome: Outcome) -> bool:
    after = split_effects(outcome.after)[0]
    return after == one.shown or values.equal(after, one.shown)


def _implausible(
    bench: Bench, labels: Sequence[Labelled], crash: Sequence[tuple[Labelled, Outcome]]
) -> tuple[str, Labelled | None] | None:
    if bench.failure is None or bench.first_run is None:
        return None
    near = [(one, outcome) for one, outcome in crash if one.within]
    reference = bench.reference([bench.failure])[0]
    alike = [(one, outcome) for one, outcome in near if same_complaint(one.outcome, reference)]
    raising = [
        one
        for one, outcome in alike  # an exception that the candidate itself raises is an answer: "this input is invalid"
        if outcome.kind == "raised" and not outcome.deliberate and same_complaint(outcome, reference)
    ]
    around = [one for one in labels if one.origin == "around" and one.region in ("returned", "crash")]
    spoilt = [one for one in around if one.region == "crash" and same_complaint(one.outcome, reference)]
    reason = check_neighbours(len(raising), len(alike), reference, bench.checks, spoilt=len(spoilt), around=len(around))
    if reason is not None:
        smallest = min(raising, key=lambda one: len(one.shown))
        return f"{shown_arguments(smallest.shown, bench.source.name)}: {reason}", smallest
    changed = None if changes_arguments(bench.source) else _mutates(labels, near)
    if changed is not None:
        return changed
    good = [expected for _, _, expected in reproducible(bench)]
    answers = [outcome for _, outcome in near if outcome.kind == "returned"]
    reason = check_crash_region(bench.first_run.outcomes[0], answers, good, bench.source, bench.checks)
    return (reason, None) if reason is not None else None
