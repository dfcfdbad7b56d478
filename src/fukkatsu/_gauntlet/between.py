"""Between the failing call and one that is answered: a border that a correction draws one short.

``if n > len(xs)`` for ``>=``, ``if not xs`` for ``len(xs) < 2``: the failing call lies behind the border either way, as
do most of its neighbours. So a number, or the length of a list, is led in steps from what it is in the failing call
to what it is where the original answers. Where the original stumbles on the way as it did at the beginning, the
correction must not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.promised import clauses, documented_exceptions
from fukkatsu._gauntlet.texts import read_original
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle.company import kind_of
from fukkatsu._oracle.places import Place, Step, places_of

_MOST_CALLS: Final = 4
_MOST_WAYS: Final = 12
_MOST_STEPS: Final = 10
_PARTS: Final = (0.01, 0.1, 0.5, 0.9, 0.99)
_MOST: Final = 1e300
_TURNS: Final = (0.0, 1.0, -1.0, 0.5, -0.5)


@dataclass(frozen=True, slots=True)
class _Way:
    """Calls that differ in one argument: where the way begins, what lies on it, and where it ends."""

    crashing: RecordedCall
    steps: tuple[RecordedCall, ...]
    answered: RecordedCall


@dataclass(frozen=True, slots=True)
class Between:
    """A call on which the original crashes as on the failing one, and the answered one that it is next to."""

    call: RecordedCall
    answered: RecordedCall


def check_between(bench: Bench) -> tuple[str, Call | None] | None:
    """The reason, and the call, where the candidate still crashes between the failing call and an answered one."""
    if bench.failure is None or any(clause.kind == "pre" for clause in clauses(bench)):
        return None
    found = bench.evidence.remember(_key(bench), lambda: tuple(_found(bench)))
    if not found:
        return None
    crash = bench.crash
    for one, outcome in zip(found, bench.answers_to([one.call for one in found]), strict=False):
        if outcome.kind == "raised" and outcome.exception == crash.exception and not outcome.deliberate:
            name = bench.source.name
            beside = in_words(one.answered.shown, name) if one.answered.shown is not None else "an answered call"
            called = in_words(one.call.shown, name) if one.call.shown is not None else "it"
            return (
                f"{called} still raises {outcome.exception} ({outcome.message}): it lies between the failing call and "
                f"{beside}, which the original answers. Draw the border where the original's answers end"
            ), one.call.shown
    return None


def known_between(bench: Bench) -> list[RecordedCall]:
    """The calls that an earlier candidate of the same function was tried on here."""
    if not bench.evidence.known(_key(bench)):
        return []
    found: tuple[Between, ...] = bench.evidence.remember(_key(bench), tuple)
    return [one.call for one in found]


def _key(bench: Bench) -> Hashable:
    return "between", tuple(call.arguments for call in bench.good_calls)


def _found(bench: Bench) -> Iterator[Between]:
    text = read_original(bench.source)
    ways = list(_ways(Bases(bench, text))) if text is not None else []
    calls = {call.arguments: call for way in ways for call in (way.crashing, *way.steps, way.answered)}
    outcomes = dict(zip(calls, bench.reference(list(calls.values())), strict=True)) if calls else {}
    crash, documented = bench.crash, documented_exceptions(bench)
    told = set()
    for way in ways:
        begins, ends = outcomes[way.crashing.arguments], outcomes[way.answered.arguments]
        if not _alike(begins, crash, documented) or ends.kind != "returned":
            continue
        for step in way.steps:
            if step.arguments not in told and _alike(outcomes[step.arguments], crash, documented):
                told.add(step.arguments)
                yield Between(step, way.answered)


def _alike(outcome: Outcome, crash: Outcome, documented: frozenset[str]) -> bool:
    """Whether the original crashed of the same, in the same place or elsewhere in its line; not where it says no."""
    if outcome.kind != "raised" or outcome.deliberate or outcome.exception.rpartition(".")[2] in documented:
        return False
    if outcome.exception != crash.exception:
        return False
    line, _, _ = crash.where.rpartition(":")
    return outcome.where == crash.where or (
        outcome.where.rpartition(":")[0] == line and outcome.message == crash.message
    )


def _ways(bases: Bases) -> Iterator[_Way]:
    """From the failing call to each answered one in one argument, among the others of the one and of the other."""
    failing = bases.failing
    if failing is None:
        return
    count = 0
    for good in bases.calls[:_MOST_CALLS]:
        there = places_of(good)
        for place in places_of(failing):
            for other in there:
                if kind_of(place) != kind_of(other):
                    continue
                for company, path in ((failing, place.path), (good, other.path)):
                    way = _way(bases, company, path, place, other)
                    if way is not None and count < _MOST_WAYS:
                        count += 1
                        yield way


def _way(bases: Bases, company: Mapping[str, Any], path: tuple[Step, ...], begins: Place, ends: Place) -> _Way | None:
    values = list(_between(begins.value, ends.value, _sizes(company)))
    if not values:
        return None
    first, last, *steps = [
        bases.made(company, Place(path, None), value, strict=False) for value in (begins.value, ends.value, *values)
    ]
    if first is None or last is None:
        return None
    return _Way(first, tuple(step for step in steps if step is not None), last)


def _sizes(company: Mapping[str, Any]) -> set[int]:
    """How many items there are in what stands beside it: where a place or a count comes to its border."""
    return {len(part.value) for part in places_of(company) if type(part.value) in (list, tuple, str, dict, set)}


def _between(begins: Any, ends: Any, sizes: set[int]) -> Sequence[Any]:
    """Values from the one to the other, without these two; the nearest to the end first."""
    kinds = {type(begins), type(ends)}
    if kinds in ({list}, {tuple}):
        longer = max(begins, ends, key=len)
        lengths = range(min(len(begins), len(ends)) + 1, len(longer))
        return [longer[:length] for length in sorted(lengths, key=lambda one: abs(one - len(ends)))[:_MOST_STEPS]]
    if not kinds <= {int, float} or begins == ends:
        return ()
    if float in kinds and not max(abs(begins), abs(ends)) < _MOST:  # no fraction of infinity, nor of what is no number
        return ()
    low, high = min(begins, ends), max(begins, ends)
    found: set[Any]
    if kinds == {int}:
        near = {low + 1, low + 2, high - 1, high - 2, (low + high) // 2, -1, 0, 1}
        found = set(range(low + 1, high)) if high - low <= _MOST_STEPS else near | sizes | {n - 1 for n in sizes}
    else:
        found = {round(low + (high - low) * part, 6) for part in _PARTS} | set(_TURNS)
    return sorted((one for one in found if low < one < high), key=lambda one: abs(one - ends))[:_MOST_STEPS]
