"""What stands behind the thing that the failing call brought, and before it: does it count as it does elsewhere?

Who ends a loop at the odd item, or leaves the whole list out for it, answers the failing call and changes no answer of
the original. So items of calls that were answered are put behind those of the failing call, and before them. Where each
further item changes the original's answers, it is to change the candidate's as well.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.good_calls import OPAQUE
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._gauntlet.texts import ReadText, read_both, read_original
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._oracle.company import kind_of
from fukkatsu._oracle.places import Place, places_of

_MOST_PLACES: Final = 3
_MOST_GOOD: Final = 3
_MOST_SOUGHT: Final = 8
_MOST_ITEMS: Final = 50
_STOPPING: Final = re.compile(
    r"\b(?:stop|until|up to|break|abort|rest|remain|terminat|sentinel|gives? up|as soon as|ends? (?:at|with|by))",
    re.IGNORECASE,
)


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
    return type(value) in (list, tuple, dict) and 0 < len(value) <= _MOST_ITEMS


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
    return one + other


def _as_long(good: Any, own: Any) -> Any:
    """*good*, as often as it takes to have as many items as the failing call has: a limit may cut what is behind."""
    if type(good) is dict or not is_plain(good):
        return good
    return good * -(-len(own) // len(good))


def check_companions(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where what is behind the odd thing is not heeded; a note where all beside it is not."""
    companies = companies_of(bench)
    both = read_both(bench.candidate.text, bench.source)
    if not companies or bench.first_run is None or both is None:
        return None
    answer = bench.answer
    if answer.kind != "returned" or answer.value == b"null" or OPAQUE in answer.value:
        return None
    asked = [call for found in companies for one in found for call in (one.alone, one.more)]
    known = dict(zip((call.arguments for call in asked), bench.reference(asked), strict=True))
    tried = list(companions_of(bench))
    answers = dict(zip((call.arguments for call in tried), bench.answers_to(tried), strict=False))
    stops = len(_exits(both[0])) > len(_exits(both[1]))
    said = _STOPPING.search(bench.source.docstring or "") is not None
    for found in companies:
        if said or not all(_heeded(known[one.alone.arguments], known[one.more.arguments]) for one in found):
            continue
        behind = [_is(answers.get(one.behind.arguments), answer) for one in found]
        before = [_is(answers.get(one.before.arguments), answer) for one in found]
        if not all(behind) or None in before:
            continue
        shown = found[0].behind.shown
        if shown is None or bench.failure is None or bench.failure.shown is None:
            continue
        called, failing = in_words(shown, bench.source.name), in_words(bench.failure.shown, bench.source.name)
        told = f"{called} is answered with {values.render(answer.value, 80)}, as {failing} is"
        if stops and not all(before):
            return f"{told}: what stands behind counts for nothing, though it counts before. Heed every item", shown
        bench.notes.append(
            f"FOR A PERSON TO DECIDE: {told}; elsewhere each further item changes what the original answers"
        )
    return None


def _heeded(alone: Outcome, more: Outcome) -> bool:
    """Whether the original answers both, and not alike."""
    return alone.kind == more.kind == "returned" and not values.equal(alone.value, more.value)


def _is(outcome: Outcome | None, answer: Outcome) -> bool | None:
    """Whether *outcome* is the same answer; ``None`` where there is none."""
    if outcome is None or outcome.kind != "returned":
        return None
    return outcome.value == answer.value or values.equal(outcome.value, answer.value)


def _exits(text: ReadText) -> list[ast.AST]:
    """Statements that end a loop early."""
    loops = [node for node in text.below if isinstance(node, ast.For | ast.AsyncFor | ast.While)]
    return [inner for loop in loops for inner in ast.walk(loop) if isinstance(inner, ast.Break | ast.Return)] + [
        node for node in text.below if isinstance(node, ast.Name) and node.id == "takewhile"
    ]
