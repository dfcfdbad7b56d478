"""What stands behind the thing that the failing call brought, and before it: does it count as it does elsewhere?

Who ends a loop at the odd item, or leaves the whole list out for it, answers the failing call and changes no answer of
the original. So items of calls that were answered are put behind those of the failing call, and before them. Where each
further item changes the original's answers, it is to change the candidate's as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.good_calls import OPAQUE
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._gauntlet.texts import read_both, read_original
from fukkatsu._gauntlet.turned_round import ends_loops, speaks_of_an_end
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._oracle.company import kind_of
from fukkatsu._oracle.places import Place, places_of

_MOST_PLACES: Final = 3
_MOST_GOOD: Final = 3
_MOST_SOUGHT: Final = 8
_MOST_ITEMS: Final = 50
_MOST_LETTERS: Final = 1_000
_APART: Final = "\n;|, "


@dataclass(frozen=True, slots=True)
class _Company:
    """One container of the failing call with the items of an answered one beside its own.

    Attributes:
        behind: Its own items first.
        before: Its own items last.
        alone: None of its own items: such as the original answers.
        more: These and others.
    """

    behind: RecordedCall
    before: RecordedCall
    alone: RecordedCall
    more: RecordedCall


def companies_of(bench: Bench) -> Sequence[Sequence[_Company]]:
    """Such calls for each container of the failing call; the same for all candidates."""
    if bench.failure is None or not bench.checks.neighbours:
        return ()
    key = ("companions", bench.failure.arguments, tuple(call.arguments for call in bench.good_calls))
    return bench.evidence.remember(key, lambda: tuple(tuple(found) for found in _companies(bench)))


def companions_of(bench: Bench) -> Iterator[RecordedCall]:
    """The calls that a candidate is asked for."""
    return (call for found in companies_of(bench) for one in found for call in (one.behind, one.before))


def _companies(bench: Bench) -> Iterator[list[_Company]]:
    original = read_original(bench.source)
    if original is None or any(clause.kind == "pre" for clause in clauses(bench)):
        return
    bases = Bases(bench, original)
    if bases.failing is None:
        return
    held = [place for place in places_of(bases.failing) if _joins(place.value)]
    for place in held[:_MOST_PLACES]:
        found = list(itertools.islice(_company(bases, place), _MOST_GOOD))
        if found:
            yield found


def _joins(value: Any) -> bool:
    if type(value) is str:
        return bool(_sign_in(value)) and len(value) <= _MOST_LETTERS
    return type(value) in (list, tuple, dict) and 0 < len(value) <= _MOST_ITEMS


def _sign_in(text: str) -> str:
    """What parts of *text* are kept apart by, the outermost first."""
    return next((sign for sign in _APART if sign in text), "")


def _company(bases: Bases, place: Place) -> Iterator[_Company]:
    """*place*, of the failing call, with what stands in such places of answered calls."""
    failing, own = bases.failing or {}, place.value
    found: list[Any] = []
    for call in bases.calls:
        for other in places_of(call):
            new = type(other.value) is type(own) and other.value and all(one is not other.value for one in found)
            if new and kind_of(other) == kind_of(place) and _joined(own, other.value) is not None:
                found.append(other.value)
    for at, good in enumerate(found[:_MOST_SOUGHT]):
        long = _as_long(good, own)
        others = (_joined(long, other) for other in (*found[at + 1 :], *found[: at + 1]))
        more = next((joined for joined in others if joined is not None), None)
        made = [
            bases.made(failing, place, value) if value is not None else None
            for value in (_joined(own, good), _joined(good, own), long, more)
        ]
        if None not in made:
            yield _Company(*(call for call in made if call is not None))


def _joined(one: Any, other: Any) -> Any:
    """*other* behind *one*; of dicts the keys that are new. ``None`` where there is nothing new."""
    if type(one) is dict:
        new = {key: value for key, value in other.items() if key not in one}
        return {**one, **new} if new else None
    if type(one) is str:
        sign = _sign_in(one) or _sign_in(other)
        return one.removesuffix(sign) + sign + other.removeprefix(sign)
    return one + other


def _as_long(good: Any, own: Any) -> Any:
    """*good*, as often as it takes to have as many items as the failing call has: a limit may cut what is behind."""
    if type(good) in (dict, str) or not is_plain(good):
        return good
    return good * -(-len(own) // len(good))


def check_companions(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where what is behind the odd thing is not heeded; a note where all beside it is not."""
    companies = companies_of(bench)
    both = read_both(bench.candidate.text, bench.source)
    if not companies or bench.first_run is None or both is None:
        return None
    answer = bench.answer
    if answer.kind != "returned" or OPAQUE in answer.value:
        return None
    asked = [call for found in companies for one in found for call in (one.alone, one.more)]
    known = dict(zip((call.arguments for call in asked), bench.reference(asked), strict=True))
    tried = list(companions_of(bench))
    answers = dict(zip((call.arguments for call in tried), bench.answers_to(tried), strict=False))
    stops = ends_loops(*both)
    said = speaks_of_an_end(bench)
    for found in companies if not said else ():
        behind = [_is(answers.get(one.behind.arguments), answer) for one in found]
        before = [_is(answers.get(one.before.arguments), answer) for one in found]
        shown = found[0].behind.shown
        if None in behind or None in before or shown is None or bench.failure is None:
            continue
        called = in_words(shown, bench.source.name)
        told = f"{called} is answered with {values.render(answer.value, 80)}, as {_failing(bench)} is"
        if stops and _lost(found, answer, answers, known):
            return f"{told}: what stands behind is not found, though it is before. Go on to the end", shown
        heeded = all(_heeded(known[one.alone.arguments], known[one.more.arguments]) for one in found)
        if not heeded or not all(behind) or answer.value == b"null":
            continue
        if stops and not all(before):
            return f"{told}: what stands behind counts for nothing, though it counts before. Heed every item", shown
        bench.notes.append(
            f"FOR A PERSON TO DECIDE: {told}; elsewhere each further item changes what the original answers"
        )
    return None


def _failing(bench: Bench) -> str:
    return in_words(bench.failure.shown if bench.failure is not None else None, bench.source.name)


def _lost(
    found: Sequence[_Company], answer: Outcome, answers: Mapping[bytes, Outcome], known: Mapping[bytes, Outcome]
) -> bool:
    """Whether what the original finds among the items of answered calls is found before the odd one, never behind.

    The failing call by itself has another answer: nothing was found in it.
    """
    telling = [one for one in found if _is(known[one.alone.arguments], answer) is False]
    return bool(telling) and all(
        _is(answers.get(one.before.arguments), known[one.alone.arguments])
        and _is(answers.get(one.behind.arguments), answer)
        for one in telling
    )


def _heeded(alone: Outcome, more: Outcome) -> bool:
    """Whether the original answers both, and not alike."""
    return alone.kind == more.kind == "returned" and not values.equal(alone.value, more.value)


def _is(outcome: Outcome | None, answer: Outcome) -> bool | None:
    """Whether *outcome* is the same answer; ``None`` where there is none."""
    if outcome is None or outcome.kind != "returned":
        return None
    return outcome.value == answer.value or values.equal(outcome.value, answer.value)
