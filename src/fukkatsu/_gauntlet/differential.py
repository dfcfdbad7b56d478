"""Stage ``differential``: on generated inputs the candidate does what the original did, where that did anything.

Where the original returned, an equal value and equal arguments after the call; where it raised on purpose, the same
exception; where it crashed, nothing beyond the contract, but most neighbours of the failing call must no longer crash
as it did. Only inputs within what was seen bind: a right rewrite may answer nonsense in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.between import check_between
from fukkatsu._gauntlet.by_accident import announced, announced_for_the_rest, excused
from fukkatsu._gauntlet.character_sets import holds_a_cut, sets_asked_anew
from fukkatsu._gauntlet.complaints import complains_otherwise, wordings
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.crash_region import check_answers
from fukkatsu._gauntlet.depths import check_depth
from fukkatsu._gauntlet.effects import compare_order, orders_its_result
from fukkatsu._gauntlet.good_calls import (
    compare_outcomes,
    either_number,
    is_opaque,
    mixes_numbers,
    reproducible,
    returns_floats,
    usual_magnitude,
)
from fukkatsu._gauntlet.handed_on import check_handed_on
from fukkatsu._gauntlet.invented import check_invented
from fukkatsu._gauntlet.labelling import (
    Labelled,
    label,
    must_answer,
    replay,
    shown_arguments,
    shown_call,
)
from fukkatsu._gauntlet.left import check_left
from fukkatsu._gauntlet.misshapen import is_misshapen
from fukkatsu._gauntlet.moved_entries import compare_moved, moves_entries
from fukkatsu._gauntlet.plausibility import check_slowdowns
from fukkatsu._gauntlet.probes import check_probes
from fukkatsu._gauntlet.promised import documented_exceptions
from fukkatsu._gauntlet.refusals_kept import check_refusals_kept
from fukkatsu._gauntlet.shrinking import shrink
from fukkatsu._gauntlet.stands_for import check_stands_for
from fukkatsu._gauntlet.strangers import strangers
from fukkatsu._gauntlet.unheeded import check_unheeded
from fukkatsu._gauntlet.untouched import check_untouched
from fukkatsu._model.call import Outcome
from fukkatsu._model.verdict import Verdict
from fukkatsu.errors import ReplyError

BINDING_ORIGINS: Final = frozenset({"neighbour", "around", "probe", "edge", "domain"})


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
        refusal = check_answers(bench, (), ()) or _besides(bench, (), ())
        if refusal is not None:
            return Verdict(stage="differential", outcome="refused", reason=refusal[0])
        reason = labels.why or f"none of {labels.excluded} generated inputs reproduces on the original"
        nothing = {"excluded": labels.excluded, "left_out": labels.left_out}
        return Verdict(stage="differential", outcome="skipped", reason=reason, evidence=nothing)
    outcomes = replay(bench)
    crash = [(one, outcome) for one, outcome in zip(labels.inputs, outcomes, strict=True) if one.region == "crash"]
    evidence = {
        "generated": sum(1 for one in labels.inputs if not is_opaque(one.outcome)),
        "crash_region": len(crash),
        "excluded": labels.excluded,
        "cut": labels.cut,
        "left_out": labels.left_out,
        "opaque": sum(one.outcome.opaque for one in labels.inputs),
    }
    refusal = (
        _disagreement(bench, labels.inputs, outcomes)
        or check_answers(bench, labels.inputs, crash)
        or check_invented(bench, crash)
        or _besides(bench, labels.inputs, crash)
    )
    if refusal is not None:
        reason, one = refusal
        shown = shown_call(one.shown, one.outcome) if one is not None else None
        smaller = None
        if one is not None and one.region == "returned" and outcomes[labels.inputs.index(one)].kind != "lost":
            smaller = shrink(bench, one)
        if smaller is not None:
            change, shown = smaller
            reason = f"{in_words(shown, bench.source.name)}: {change}. Keep what the original does here"
        return Verdict(stage="differential", outcome="refused", reason=reason, evidence=evidence, counterexample=shown)
    probed = (
        check_stands_for(bench)
        or check_refusals_kept(bench, crash)
        or check_left(bench)
        or check_between(bench)
        or check_depth(bench)
        or check_unheeded(bench)
        or check_probes(bench)
    )
    if probed is not None:
        reason, shown = probed
        return Verdict(stage="differential", outcome="refused", reason=reason, evidence=evidence, counterexample=shown)
    if not evidence["generated"]:
        reason = f"what the original returns for {len(labels.inputs)} generated inputs cannot be compared (opaque)"
        return Verdict(stage="differential", outcome="skipped", reason=reason, evidence=evidence)
    return Verdict(stage="differential", outcome="accepted", evidence=evidence)


def _besides(
    bench: Bench, inputs: Sequence[Labelled], crash: Sequence[tuple[Labelled, Outcome]]
) -> tuple[str, Labelled | None] | None:
    """What calls do besides answering where the original crashed, by what it does everywhere else."""
    reason = check_untouched(bench, inputs, crash)
    return check_handed_on(bench, inputs, crash) if reason is None else (reason, None)


def _disagreement(bench: Bench, inputs: Sequence[Labelled], outcomes: Sequence[Outcome]) -> tuple[str, Labelled] | None:
    """The smallest input on which the candidate does not do what the original did, and the reason."""
    found: list[tuple[str, Labelled]] = []
    tolerated: list[str] = []
    strange: list[str] = []
    refuted = exempt(bench)
    refusing: list[tuple[Labelled, Outcome]] = []
    usual = bench.evidence.remember("magnitude", lambda: usual_magnitude(one.outcome for one in inputs))
    said = bench.evidence.remember("wordings", lambda: wordings(one.outcome for one in inputs))
    ordered = orders_its_result(bench.source)
    moved = moves_entries(bench.source)
    anew = sets_asked_anew(bench)
    floats = returns_floats(bench.original) or either_number(known for _, _, known in reproducible(bench))
    for place, (one, outcome) in enumerate(zip(inputs, outcomes, strict=True)):
        if not outcome.kind or _same(one.outcome, outcome):
            continue
        if outcome.kind == "lost":
            if must_answer(bench, inputs, outcomes, place):
                took = f"the original took {one.outcome.seconds * 1000:.2f} ms"
                if one.region == "crash":
                    took = "a slightly smaller input takes no time"
                lost = outcome.message or "no answer"
                why = f"{lost}; {took}. Answer inputs of every size as fast as the original does"
                found.append((f"{shown_arguments(one.shown, bench.source.name)}: {why}", one))
        elif one.region not in ("returned", "deliberate"):
            continue
        elif place not in refuted and binds(bench, one) and not (anew and holds_a_cut(one.shown, anew)):
            change = compare_outcomes(
                one.outcome, outcome, usual=usual, floats=floats or mixes_numbers(one.shown)
            ) or complains_otherwise(one.outcome, outcome, said)
            if change is None and ordered and one.region == "returned":
                change = compare_order(one.outcome.value, outcome.value)
            if change is None and moved:
                change = compare_moved(one.outcome, outcome)
            if change is None:
                continue
            called = shown_arguments(one.shown, bench.source.name)
            if bench.settled_examples and one.region == outcome.kind == "returned":
                tolerated.append(f"{called}: {change}")
            elif place in strangers(bench, inputs) or is_misshapen(bench, shown_call(one.shown)):
                strange.append(f"{called}: {change}")
            else:
                found.append((f"{called}: {change}. Keep what the original does here", one))
                if one.region == "returned" and (announced(bench, outcome) or announced_for_the_rest(bench, outcome)):
                    refusing.append((one, outcome))
    _note_tolerated(bench, tolerated, strange)
    if found and len(found) == len(refusing):  # else it is refused anyway
        meant = excused(bench, refusing)
        found = [(reason, one) for reason, one in found if one.shown not in meant]
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


def binds(bench: Bench, one: Labelled) -> bool:
    """Whether the original's outcome on a labelled input outside the crash region is what the candidate must do.

    Within what was seen, always. Outside only where the author has said so: with a ``raise`` that the docstring
    announces, for that is about inputs that nobody has seen yet.
    """
    if one.origin not in BINDING_ORIGINS:
        return False
    if one.within:
        return True
    name = one.outcome.exception.rpartition(".")[2]
    return one.region == "deliberate" and one.outcome.deliberate and name in documented_exceptions(bench)


def _same(expected: Outcome, actual: Outcome) -> bool:
    """Whether both say the same to the last byte: nearly all of a right candidate's outcomes, told without parsing."""
    return (
        expected.kind == actual.kind == "returned"
        and expected.value == actual.value
        and expected.after == actual.after
        and expected.returned_argument == actual.returned_argument
        and expected.printed == actual.printed
    )


def _note_tolerated(bench: Bench, tolerated: Sequence[str], strange: Sequence[str]) -> None:
    """Where the original contradicts its own docstring and the candidate does not, a person decides about the rest.

    So it is where the original has an answer only because there was nothing to stumble over.
    """
    if strange:
        bench.notes.append(
            f"FOR A PERSON TO DECIDE: what the failing call brought, and no good call had, is let pass by the original "
            f"on {len(strange)} inputs where it has nothing to do with it, e.g. {min(strange, key=len)}"
        )
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
