"""Equal values of the kind that was always passed: what the original answers for ``Decimal(5)`` tells what 5 gives.

Where the failing call brought a number of another kind, or a tuple for a list, the author's own answer for its equal is
at hand. Another one may be meant; so a person is told.
"""

from __future__ import annotations

import decimal
import fractions
import itertools
from collections.abc import Iterator, Sequence, Set
from typing import Any, Final, TypeAlias

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.good_calls import OPAQUE
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._gauntlet.texts import read_original
from fukkatsu._model.call import Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._oracle.company import kind_of
from fukkatsu._oracle.places import places_of

_NUMBERS: Final = (int, float, decimal.Decimal, fractions.Fraction)
_SEQUENCES: Final = (list, tuple)
_MOST: Final = 8


Twins: TypeAlias = tuple[RecordedCall, RecordedCall]
"""A call with a value of the kind that only the failing call has, and the one with its equal of a known kind."""


def twins_of(bench: Bench) -> Sequence[Twins]:
    """Such calls: the failing one, and answered ones; the same for all candidates."""
    if bench.failure is None:
        return ()
    key = ("twins", bench.failure.arguments, tuple(call.arguments for call in bench.good_calls))
    return bench.evidence.remember(key, lambda: tuple(itertools.islice(_twins(bench), _MOST)))


def note_twins(bench: Bench) -> None:
    """Tell a person where the candidate's answer is not what the original gives for the equal."""
    twins = twins_of(bench)
    if not twins or bench.first_run is None or bench.answer.kind != "returned":
        return
    given = bench.reference([one for one, _ in twins])
    known = bench.reference([other for _, other in twins])
    for (one, other), before, expected, now in zip(
        twins, given, known, bench.answers_to([one for one, _ in twins]), strict=False
    ):
        if before.kind == "returned" or expected.kind != "returned" or OPAQUE in expected.value + now.value:
            continue
        if now.kind == "raised" or not _same(expected, now):
            did = f"returns {values.render(now.value, 80)}" if now.kind == "returned" else f"raises {now.exception}"
            bench.notes.append(
                f"FOR A PERSON TO DECIDE: {in_words(one.shown, bench.source.name)} {did}, and for the equal "
                f"{in_words(other.shown, bench.source.name)} the original returns {values.render(expected.value, 80)}"
            )
            return


def _twins(bench: Bench) -> Iterator[Twins]:
    original = read_original(bench.source)
    if original is None or any(clause.kind == "pre" for clause in clauses(bench)):
        return
    bases = Bases(bench, original)
    failing = bases.failing or {}
    places = [(call, place) for call in bases.calls for place in places_of(call)]
    for place in places_of(failing):
        there = [(call, other) for call, other in places if kind_of(other) == kind_of(place)]
        kinds = {type(other.value) for _, other in there}
        kind = type(place.value)
        if kind in kinds:
            continue
        made = [(failing, place, place.value, twin) for twin in _equals(place.value, kinds)]
        made += [
            (call, other, twin, other.value)
            for call, other in there
            for twin in _equals(other.value, frozenset({kind}))
        ]
        for base, at, own, equal in made:
            pair = bases.made(base, at, own), bases.made(base, at, equal)
            if pair[0] is not None and pair[1] is not None:
                yield pair[0], pair[1]


def _equals(value: Any, kinds: Set[type]) -> Iterator[Any]:
    for family in (_NUMBERS, _SEQUENCES):
        for kind in family if type(value) in family else ():
            if kind not in kinds:
                continue
            try:
                twin: Any = kind(value)
            except (TypeError, ValueError, ArithmeticError):
                continue
            if family is _SEQUENCES or twin == value:
                yield twin


def _same(one: Outcome, other: Outcome) -> bool:
    """Whether both are one answer, whichever kind of number, or of sequence, it is made of."""
    if values.equal(one.value, other.value):
        return True
    first, second = (_plain(values.parse(outcome.value)) for outcome in (one, other))
    return bool(first == second)


def _plain(node: Any) -> Any:
    """A value's canonical data with numbers as such, and sequences alike."""
    if not isinstance(node, list) or not node:
        return node
    match node:
        case ["decimal", str() as text]:
            return decimal.Decimal(text)
        case ["fraction", int() as above, int() as below]:
            return fractions.Fraction(above, below)
        case ["tuple", *parts]:
            return ["list", *map(_plain, parts)]
    return [_plain(part) for part in node]
