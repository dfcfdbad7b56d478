"""A smaller correction that passes everything too: where the original crashed, does the larger one answer otherwise?

What survives all other checks is nearly always a wrong value on inputs that used to crash, where nobody says what is
right. But a correction need not be believed further than it is needed: where all that is known passes without one of
its changes of the author's own code, nothing speaks for that change, and the author's word counts. Likewise where a
misspelt name was the whole fault. It goes back to the model with the input: a docstring that says so settles it. Nor is
a number, a sign or a text of the author's exchanged where nothing asks for that, though no input shows what it does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeAlias

from fukkatsu._gauntlet.agreement import differ
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.compile import check_compile
from fukkatsu._gauntlet.differential import check_differential
from fukkatsu._gauntlet.examples import check_examples
from fukkatsu._gauntlet.failing_call import check_failing_call
from fukkatsu._gauntlet.good_calls import OPAQUE, check_good_calls, reproducible
from fukkatsu._gauntlet.labelling import Labelled, label, replay, shown_arguments, shown_call
from fukkatsu._gauntlet.readings import check_contract_and_prose
from fukkatsu._gauntlet.respelling import Smaller, respelt
from fukkatsu._gauntlet.sandbox import check_sandbox
from fukkatsu._gauntlet.smaller import without_one_change
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu._oracle.values_arrays import array_items
from fukkatsu._sandbox import pool
from fukkatsu.errors import ReplyError, SandboxUnavailableError

_STAGES: Final = (
    check_compile,
    check_sandbox,
    check_failing_call,
    check_good_calls,
    check_examples,
    check_contract_and_prose,
    check_differential,
)
_WALL_SECONDS: Final = 0.5
"""Longest time of a smaller correction on one input: it may have lost what ends a loop."""

Answers: TypeAlias = tuple[Outcome, ...]


def check_differential_and_size(bench: Bench) -> Verdict:
    """Stage ``differential``: as the original where that answered; and nothing more than is needed where it crashed."""
    verdict = check_differential(bench)
    if verdict.outcome == "refused" or bench.failure is None or not (bench.preserve and bench.checks.unneeded_changes):
        return verdict
    try:
        found = _refuted_by_a_smaller_one(bench)
    except (ReplyError, SandboxUnavailableError):
        return verdict  # this would only have taken away from what has been accepted for reasons of its own
    if found is None:
        return verdict
    reason, shown = found
    return replace(verdict, outcome="refused", reason=reason, counterexample=shown)


def _refuted_by_a_smaller_one(bench: Bench) -> tuple[str, Call | None] | None:
    original = bench.reference([bench.failure])[0] if bench.failure is not None else Outcome("")
    known = frozenset(bench.original.__globals__) | frozenset(bench.original.__code__.co_freevars)
    spelt = respelt(bench.source.text, bench.source.name, original.exception, original.message, known)
    line = original.where.split(":")[1] if original.where.startswith(f"{bench.source.name}:") else "0"
    parted = without_one_change(bench.candidate.text, bench.source.text, bench.source.name, int(line))
    if spelt is None and not parted:
        return None
    first = bench.first_run.outcomes[0] if bench.first_run is not None else Outcome("")
    pairs = zip(label(bench).inputs, replay(bench), strict=True)
    crashed = [(one, outcome) for one, outcome in pairs if one.region == "crash"]
    if spelt is not None:
        near = [(one, outcome) for one, outcome in crashed if one.within and not one.ladder]
        tried, mine = [one for one, _ in near], (first, *(outcome for _, outcome in near))
        answers = bench.evidence.remember(("respelt", spelt.text), lambda: _answers(bench, spelt, tried, whole=True))
        found = _first_difference(bench, tried, mine, answers)
        if found is not None:
            called, shown, words = found
            return (
                f"where nothing but {spelt.words}, all that is known passes, and {called} {words}. "
                "Mend the name and keep the rest, unless the docstring says otherwise",
                shown,
            )
    tried, mine = [one for one, _ in crashed], (first, *(outcome for _, outcome in crashed))
    for smaller in parted:  # the same program but for one change: what was never seen tells the two apart as well
        found = _first_difference(bench, tried, mine, _answers(bench, smaller, tried))
        if found is not None and _passes(bench, smaller):
            called, shown, words = found
            return (
                f"{smaller.words}: without this change all that is known passes as well, and {called} {words}. "
                "Keep what the author wrote, unless the docstring says otherwise",
                shown,
            )
    for smaller in parted:
        if smaller.bare and _alike(mine, _answers(bench, smaller, tried)) and _passes(bench, smaller):
            return (
                f"{smaller.words}: nothing that is known asks for this change, or shows what it does. "
                "Keep what the author wrote, unless the docstring says otherwise",
                None,
            )
    return None


def _alike(mine: Answers, others: Answers) -> bool:
    """Whether the two do the same wherever they were tried."""
    if not others or len(mine) != len(others):
        return False
    return all(
        one.kind == other.kind and one.exception == other.exception and not differ(one, other)
        for one, other in zip(mine, others, strict=True)
    )


def _answers(bench: Bench, smaller: Smaller, tried: Sequence[Labelled], *, whole: bool = False) -> Answers:
    """What *smaller* does on the failing call and on *tried*; nothing where it does not even answer that call.

    With *whole*, nothing either where it does not pass all stages.
    """
    assert bench.failure is not None  # noqa: S101 - the caller has looked
    one = bench.for_candidate(Candidate(text=smaller.text))
    if bench.remaining_seconds <= 0 or check_compile(one).outcome == "refused":
        return ()
    limits = replace(bench.policy, wall_seconds=min(bench.policy.wall_seconds, _WALL_SECONDS))
    steps = [pool.Step("call", arguments) for arguments in (bench.failure.arguments, *(t.arguments for t in tried))]
    outcomes = one.run_candidate(steps, policy=limits).outcomes
    if not outcomes or outcomes[0].kind != "returned" or (whole and not _passes(bench, smaller)):
        return ()
    return outcomes


def _passes(bench: Bench, smaller: Smaller) -> bool:
    """Whether *smaller* passes all that is known, and anything is: else the author's other lines are as unproven."""
    one = bench.for_candidate(Candidate(text=smaller.text))
    known = 0
    for stage in _STAGES:
        if bench.remaining_seconds <= 0:
            return False
        verdict = stage(one)
        if verdict.outcome == "refused":
            return False
        known += sum(verdict.evidence.get(kind, 0) for kind in ("good_calls", "examples", "clauses"))
    return known > 0


Kinds: TypeAlias = frozenset[tuple[str, str]]
"""What is in what, by kinds: ("", "list"), ("list", "number")."""


def _usual_kinds(bench: Bench) -> Kinds:
    """The kinds of all parts of good results, and of what the original returned on generated inputs."""
    returned = [expected for _, _, expected in reproducible(bench)]
    returned += [one.outcome for one in label(bench).inputs if one.region == "returned"]
    return frozenset().union(*(map(_kinds, returned)))


def _all_usual(kinds: Kinds, usual: Kinds) -> bool:
    """Whether nothing has a part that such things never have; of what was always empty nobody knows."""
    with_parts = {whole for whole, _ in usual}
    return all(one in usual or one[0] not in with_parts for one in kinds)


@lru_cache(maxsize=2048)
def _kinds_of(text: bytes) -> Kinds:
    pending = [("", values.parse(text))]
    found = set()
    for whole, node in pending:  # grows while it is walked
        if isinstance(node, list):
            kind = str(node[0])
            if kind == "tuple":  # each place of a tuple is one of its own
                pending.extend((f"{whole}{kind}{at} ", part) for at, part in enumerate(node[1:]))
            else:
                pending.extend((f"{whole if whole.endswith(' ') else ''}{kind}", part) for part in node[1:])
            if kind == "ndarray" and not all(map(math.isfinite, array_items(node) or ())):
                found.add((kind, "no number"))
        elif type(node) in (int, float):
            kind = "number" if math.isfinite(node) else "no number"
        else:
            kind = type(node).__name__
        found.add((whole, kind))
    return frozenset(found)


def _kinds(outcome: Outcome) -> Kinds:
    return _kinds_of(outcome.value) if outcome.kind == "returned" else frozenset()


def _first_difference(
    bench: Bench, tried: Sequence[Labelled], mine: Answers, others: Answers
) -> tuple[str, Call | None, str] | None:
    """The failing call, or the smallest input, that both answer and answer differently: in words, as a call, how.

    Not where the smaller one gives parts of a kind that no good result has, and the larger one does not.
    """
    found: list[tuple[int, str, Call | None, str]] = []
    usual = bench.evidence.remember("kinds of parts", lambda: _usual_kinds(bench))
    for at, (outcome, other) in enumerate(zip(mine, others, strict=False)):
        if usual and _all_usual(_kinds(outcome), usual) and not _all_usual(_kinds(other), usual):
            continue
        if outcome.kind != "returned" or other.kind != "returned" or OPAQUE in outcome.value + other.value:
            continue
        if not differ(outcome, other):
            continue
        words = f"returns {values.render(other.value, 80)} instead of {values.render(outcome.value, 80)}"
        if outcome.value == other.value:
            words = "does something else besides"
        if at:
            one = tried[at - 1]
            called, shown = shown_arguments(one.shown, bench.source.name), shown_call(one.shown)
            found.append((len(one.shown), called, shown, words))
        else:
            found.append((0, "the failing call", bench.failure.shown if bench.failure is not None else None, words))
    return min(found, key=lambda row: row[0])[1:] if found else None
