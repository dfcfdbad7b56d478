"""Calls that fail as the failing call does, by what is alike in them: the other of two arguments, the other months.

Who mends one of two stocks that may be missing, or February for all months that are too short, answers the failing call
and many inputs close to it. These are few, and say one thing: the fault is still there, in the place next to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.calendar_days import is_date
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.labelling import reproduces
from fukkatsu._gauntlet.like_failing import made_of
from fukkatsu._gauntlet.plausibility import same_complaint
from fukkatsu._gauntlet.promised import clauses, documented_exceptions
from fukkatsu._gauntlet.texts import read_original
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle.company import Odd, in_other_company, kind_of, odd_in
from fukkatsu._oracle.places import parts_in, places_of

_MONTHS: Final = range(1, 13)
_FEWEST_MONTHS: Final = 2
_DEPTH: Final = 3
_MOST_ODD: Final = 3
_MOST_CALLS: Final = 3
_MOST_IN_COMPANY: Final = 12
_COMPANY: Final = "company"


@dataclass(frozen=True, slots=True)
class Sibling:
    """A call made of the failing one.

    Attributes:
        call: The call.
        group: Those of one group have the same thing changed.
        about: What that is, for a sentence.
        seen: Whether every value in it was seen in its place, as far as types and emptiness go.
    """

    call: RecordedCall
    group: str
    about: str
    seen: bool


def siblings_of(bench: Bench) -> Sequence[Sibling]:
    """The siblings of the failing call; the same for all candidates."""
    if bench.failure is None or not bench.checks.neighbours:
        return ()
    key = ("siblings", bench.failure.arguments, tuple(call.arguments for call in bench.good_calls))
    return bench.evidence.remember(key, lambda: tuple(_siblings(bench)))


def _siblings(bench: Bench) -> Iterator[Sibling]:
    original = read_original(bench.source)
    if original is None or any(clause.kind == "pre" for clause in clauses(bench)):
        return
    bases = Bases(bench, original)
    if bases.failing is not None and bases.calls:
        yield from _exchanged(bases, bases.failing)
        yield from _other_months(bases, bases.failing)
        yield from _in_other_company(bases, bases.failing)


def _exchanged(bases: Bases, failing: Mapping[str, Any]) -> Iterator[Sibling]:
    """The failing call with two arguments exchanged that were always of the same kinds in the calls that answered.

    And calls that were answered, with what only the failing call has in the one put where the other has it.
    """
    odd = [one for one in odd_in(failing, bases.calls) if one.stranger and not one.gone][:_MOST_ODD]
    for one, other in itertools.combinations(failing, 2):
        kinds = [{type(call[name]) for call in bases.calls if name in call} for name in (one, other)]
        if kinds[0] != kinds[1] or not kinds[0]:
            continue
        with bases.rules_of_both(one, other):
            made = bases.call({**failing, one: failing[other], other: failing[one]})
            if made is not None:
                seen = all(
                    _shape(failing[here]) in {_shape(call[there]) for call in bases.seen if there in call}
                    for here, there in ((one, other), (other, one))
                )
                if seen or not any(type(failing[name]) is str for name in (one, other)):  # each text has its format
                    about = f"`{one}` and `{other}`, which are of one kind, exchanged"
                    yield Sibling(made, ", ".join(sorted((one, other))), about, seen)
            for here, there in ((one, other), (other, one)):
                yield from _in_the_other(bases, odd, here, there)


def _in_the_other(bases: Bases, odd: Sequence[Odd], one: str, other: str) -> Iterator[Sibling]:
    for stranger in odd:
        (_, name), *rest = stranger.kind
        kind = (("parameter", other), *rest)
        for base in bases.calls[:_MOST_CALLS] if name == one else ():
            place = next((place for place in places_of(base) if kind_of(place) == kind), None)
            made = bases.made(base, place, stranger.value) if place is not None else None
            if made is not None:
                about = f"what the failing call has in `{one}` stands in `{other}`, which is of the same kind"
                yield Sibling(made, ", ".join(sorted((one, other))), about, seen=False)


def _shape(value: Any, depth: int = 0) -> Any:
    """The type of a value, whether it is empty, its sign, the kinds of letters in it, and the same of its parts."""
    if isinstance(value, str):
        return made_of(value)
    if isinstance(value, int | float):
        return type(value), value > 0, value < 0
    if isinstance(value, bytes | list | tuple | dict | set) and not value:
        return type(value), "empty"
    parts = frozenset(
        (step if step[0] == "attribute" else step[0], _shape(part, depth + 1))
        for step, part in (parts_in(value) if depth < _DEPTH else ())
    )
    return type(value), parts


def _other_months(bases: Bases, failing: Mapping[str, Any]) -> Iterator[Sibling]:
    """The same day in each other month, where there is one date in the failing call."""
    dates = [place for place in places_of(failing) if is_date(place.value)]
    if len(dates) != 1:
        return
    for month in _MONTHS:
        try:
            day = dates[0].value.replace(month=month)
        except ValueError:  # there is no such day
            continue
        made = bases.made(failing, dates[0], day) if day != dates[0].value else None
        if made is not None:
            yield Sibling(made, "months", "the same day of another month", seen=True)


def _in_other_company(bases: Bases, failing: Mapping[str, Any]) -> Iterator[Sibling]:
    """What only the failing call has in each call that was answered, and its arguments in their company."""
    about = "what only the failing call has stands in a call that was answered"
    for changed in itertools.islice(in_other_company(failing, bases.calls), _MOST_IN_COMPANY):
        made = bases.call(changed)
        if made is not None:
            yield Sibling(made, _COMPANY, about, seen=False)


def check_siblings(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where siblings of the failing call fail as it did; a note where nobody passed such."""
    siblings = siblings_of(bench)
    if not siblings or bench.first_run is None:
        return None
    crash = bench.crash
    if crash.kind != "raised" or crash.deliberate or crash.exception.rpartition(".")[2] in documented_exceptions(bench):
        return None
    calls = [one.call for one in siblings]
    alike = [
        one
        for one, first, again in zip(siblings, bench.reference(calls), bench.reference(calls, again=True), strict=True)
        if _fails_like(first, crash) and reproduces(first, again)
    ]
    if not alike:
        return None
    answers = dict(
        zip((one.call.arguments for one in alike), bench.answers_to([one.call for one in alike]), strict=False)
    )
    for _, group in itertools.groupby(alike, key=lambda one: one.group):
        every = list(group)
        if any(one.seen for one in every):
            every = [one for one in every if one.seen]
        company = every[0].group == _COMPANY
        failing = [
            one
            for one in every
            if (now := answers.get(one.call.arguments)) is not None
            and (_fails_like(now, crash) or (company and now.kind == "raised" and not now.deliberate))
        ]
        fewest = _FEWEST_MONTHS if every[0].group == "months" else 1
        if len(every) < fewest or not failing or (2 * len(failing) <= len(every) and not company):
            continue
        shown = failing[0].call.shown
        if shown is None:
            continue
        called = in_words(shown, bench.source.name)
        now = answers[failing[0].call.arguments]
        told = f"{called} raises {now.exception}: {now.message} ({failing[0].about})"
        if failing[0].seen:
            return (
                f"{told}, as the failing call did: that one is answered, the fault behind it is not mended. Answer "
                "this call as well"
            ), shown
        why = "" if company else "; no call has shown such an argument in that place"
        bench.notes.append(f"FOR A PERSON TO DECIDE: {told}, where the original fails as on the failing call{why}")
        break  # one is enough of a question
    return None


def _fails_like(outcome: Outcome, crash: Outcome) -> bool:
    return outcome.kind == "raised" and not outcome.deliberate and same_complaint(outcome, crash)
