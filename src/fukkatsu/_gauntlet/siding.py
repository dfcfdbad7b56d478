"""Suggestions that are refused because they answer otherwise than the original did, and all of them alike.

Then it may be the original that is silently wrong: recorded calls are no better than what recorded them. No machine can
tell, so the refusal stays, and the report asks a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from fukkatsu._gauntlet.agreement import Judged, answers_of, differ, is_open
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words, shown_with
from fukkatsu._gauntlet.differential import BINDING_ORIGINS, exempt
from fukkatsu._gauntlet.good_calls import compare_outcomes, reproducible
from fukkatsu._gauntlet.labelling import label, replay, shown_arguments, shown_call
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.verdict import Report

_QUESTION: Final = "FOR A PERSON TO DECIDE: suggestions asked for independently side together against the original"


@dataclass(frozen=True, slots=True, kw_only=True)
class Siding:
    """Where suggestions that know nothing of each other give one answer, and the original another one."""

    call: Call | None
    called: str
    original: str
    answer: str
    inputs: int

    def __str__(self) -> str:
        more = f" (and on {self.inputs - 1} more inputs)" if self.inputs > 1 else ""
        return (
            f"{_QUESTION}. On {self.called}{more} the original {self.original}, and each of them {self.answer}. If "
            "they are right, say so in the docstring (a doctest or a `post:` line) or mend the source; until a person "
            "does, it is a refusal"
        )


def side_against(panel: Sequence[Judged]) -> Siding | None:
    """Whether suggestions that were refused for not doing what the original does, all do the same thing instead.

    Then the original may be silently wrong there, and no machine can tell. ``None`` as soon as they differ from each
    other.
    """
    bench = panel[0].bench
    if not bench.preserve or len(panel) < 2 or any(not opposes(one) for one in panel):
        return None
    found: list[tuple[int, Siding]] = []
    offset = 1 if bench.failure is not None else 0
    rows: list[tuple[Call | None, str, int, Outcome | None, list[Outcome]]] = []
    for position, call, expected in reproducible(bench):
        shown = shown_with(call, expected)
        answers = [_first(one.bench, position + offset) for one in panel]
        rows.append((shown, in_words(call.shown, bench.source.name), 0, expected, answers))
    excused = exempt(bench)
    for place, one in enumerate(label(bench).inputs):
        binds = one.within and one.origin in BINDING_ORIGINS and one.region == "returned" and place not in excused
        if not binds and not is_open(bench, one):
            continue
        answers = [replay(judged.bench)[place] for judged in panel]
        shown = shown_call(one.shown, one.outcome)
        expected_here = one.outcome if binds else None  # where the original crashed they must agree, and that is all
        rows.append((shown, shown_arguments(one.shown, bench.source.name), len(one.shown), expected_here, answers))
    for shown, called, size, due, answers in rows:
        if any(not answer.kind for answer in answers):
            continue
        if any(differ(answers[0], answer) for answer in answers[1:]):
            return None
        if due is not None and due.kind == "returned" and compare_outcomes(due, answers[0]) is not None:
            original, answer = answers_of(due, answers[0])
            found.append((size, Siding(call=shown, called=called, original=original, answer=answer, inputs=1)))
    if not found:
        return None
    return replace(min(found, key=lambda row: row[0])[1], inputs=len(found))


def opposes(one: Judged) -> bool:
    """Whether *one* was refused by a comparison with what the original did."""
    return one.report.refused_by in ("good-calls", "differential") and one.bench.first_run is not None


def _first(bench: Bench, place: int) -> Outcome:
    outcomes = bench.first_run.outcomes if bench.first_run is not None else ()
    return outcomes[place] if place < len(outcomes) else Outcome("")


def asks_a_person(report: Report) -> bool:
    """Whether *report* is about a suggestion that sides with others against the original."""
    return any(note.startswith(_QUESTION) for note in report.notes)


def with_siding(report: Report, siding: Siding) -> Report:
    """*report*, a refusal, with the question for a person at its end."""
    return replace(report, notes=(*report.notes, str(siding)))
