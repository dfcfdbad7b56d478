"""The items of a failing call's container the other way round: the odd one first where it was last.

Who ends a loop at the odd item has answered for what stands before it. Where the original says the same of the other
items in either order, a correction that newly ends its loop says by another answer that it has left some out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.good_calls import OPAQUE
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._gauntlet.texts import ReadText, read_both, read_original
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._oracle.places import places_of

_MOST_PLACES: Final = 3
_MOST_ITEMS: Final = 8
_STOPPING: Final = re.compile(
    r"\b(?:stop|until|up to|break|abort|rest|remain|terminat|sentinel|gives? up|as soon as|ends? (?:at|with|by))",
    re.IGNORECASE,
)
_ORDERED_RESULTS: Final = (b'["list"', b'["tuple"', b'["iterator"', b'"')


@dataclass(frozen=True, slots=True)
class Turned:
    """The failing call with one container turned round, and without one item at a time: as it was, and turned."""

    call: RecordedCall
    without: tuple[tuple[RecordedCall, RecordedCall], ...]
    items: int


def turned_of(bench: Bench) -> Sequence[Turned]:
    """The failing call turned round in each container; the same for all candidates."""
    if bench.failure is None or not bench.checks.neighbours:
        return ()
    key = ("turned", bench.failure.arguments, tuple(call.arguments for call in bench.good_calls))
    return bench.evidence.remember(key, lambda: tuple(_turned(bench)))


def _turned(bench: Bench) -> Iterator[Turned]:
    original = read_original(bench.source)
    if original is None or any(clause.kind == "pre" for clause in clauses(bench)):
        return
    bases = Bases(bench, original)
    if bases.failing is None:
        return
    defaults = {
        name: one.default
        for name, one in bases.signature.parameters.items()
        if type(one.default) in (list, tuple, dict) and any(name in call for call in bases.calls)
    }
    failing = {**defaults, **bases.failing}
    held = [
        place
        for place in places_of(failing)
        if type(place.value) in (list, tuple, dict) and 1 < len(place.value) <= _MOST_ITEMS
    ]
    for place in held[:_MOST_PLACES]:
        call = bases.made(failing, place, _reversed(place.value))
        without = []
        for at in range(len(place.value)):
            left = _without(place.value, at)
            pair = bases.made(failing, place, left), bases.made(failing, place, _reversed(left))
            if pair[0] is not None and pair[1] is not None:
                without.append((pair[0], pair[1]))
        if call is not None and without:
            yield Turned(call, tuple(without), len(place.value))


def _reversed(value: Any) -> Any:
    return dict(reversed(value.items())) if type(value) is dict else value[::-1]


def _without(value: Any, at: int) -> Any:
    if type(value) is dict:
        return {key: part for place, (key, part) in enumerate(value.items()) if place != at}
    return value[:at] + value[at + 1 :]


def check_turned(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where a loop that newly ends early makes the order of the items matter."""
    both = read_both(bench.candidate.text, bench.source)
    if both is None or bench.first_run is None or not ends_loops(*both) or speaks_of_an_end(bench):
        return None
    answer = bench.answer
    if answer.kind != "returned" or OPAQUE in answer.value:
        return None
    for one in turned_of(bench):
        if one.items == 2 and answer.value.startswith(_ORDERED_RESULTS):
            continue  # one item is left without the odd one: no order shows itself in it
        now = bench.answers_to([one.call])
        if not now or now[0].kind != "returned" or _same(now[0], answer) or one.call.shown is None:
            continue
        pairs = [call for pair in one.without for call in pair]
        known = bench.reference(pairs)
        answered = [
            (first, second)
            for first, second in zip(known[::2], known[1::2], strict=True)
            if first.kind == second.kind == "returned"
        ]
        if answered and all(_same(first, second) for first, second in answered):
            failing = in_words(bench.failure.shown if bench.failure is not None else None, bench.source.name)
            return (
                f"{in_words(one.call.shown, bench.source.name)} returns {values.render(now[0].value, 80)}, and "
                f"{failing} with {values.render(answer.value, 80)}: the order of the same items matters, which it does "
                "not for the original without the odd one. Heed every item"
            ), one.call.shown
    return None


def _same(one: Outcome, other: Outcome) -> bool:
    return one.value == other.value or values.equal(one.value, other.value)


def speaks_of_an_end(bench: Bench) -> bool:
    """Whether the docstring may say that what stands behind something is left out."""
    return _STOPPING.search(bench.source.docstring or "") is not None


def ends_loops(candidate: ReadText, original: ReadText) -> bool:
    """Whether the candidate ends loops early in more places than the original does."""
    return len(_exits(candidate)) > len(_exits(original))


def _exits(text: ReadText) -> list[ast.AST]:
    loops = [node for node in text.below if isinstance(node, ast.For | ast.AsyncFor | ast.While)]
    return [inner for loop in loops for inner in ast.walk(loop) if isinstance(inner, ast.Break | ast.Return)] + [
        node for node in text.below if isinstance(node, ast.Name) and node.id == "takewhile"
    ]
