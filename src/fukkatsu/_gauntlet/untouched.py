"""Calls that change nothing where every call of the original that returned has changed something.

A counter counts, a ledger books, a cache keeps: what a function is for is often what it leaves behind. A correction
that answers early where the original crashed may be right, and may have forgotten that. A person can tell; where the
docstring says that each call does it, nobody needs to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.crash_region import change_of
from fukkatsu._gauntlet.effects import changed_state, split_effects
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.labelling import Answered, Labelled
from fukkatsu._model.call import Call, Outcome
from fukkatsu._oracle import values

FEWEST: Final = 2
"""Calls of the original that have changed the same thing: one may be chance."""
_NOTHING_HAPPENS: Final = re.compile(
    r"\bnothing\b|\bno[- ]op\b|\bunchanged\b|\bunaffected\b|\buntouched\b|\bleft alone\b|\bignor\w+|\bskip\w*|"
    r"\bno effect\b|\bwithout effect\b|\bonly (?:if|when)\b|\bunless\b|"
    r"\bnot (?:be )?(?:added|counted|stored|recorded|booked|changed|kept|saved|noted|removed)\b|"
    r"\b(?:is|are)n't (?:added|counted|stored|recorded|booked|changed|kept|saved|noted|removed)\b",
    re.IGNORECASE,
)
_UNTOLD: Final = re.compile(rb'\["(?:opaque|iterator)",')
"""Parts of arguments of which it cannot be told whether they were changed, or that whoever looks at them changes."""
_EACH_TIME: Final = re.compile(
    r"\b(?:each|every|any) (?:call|time|use|attempt)\b|\balways\b|\bin (?:any|every|each) case\b|\bwhatever happens\b",
    re.IGNORECASE,
)


def check_untouched(bench: Bench, inputs: Sequence[Labelled], crash: Sequence[Answered]) -> str | None:
    """The reason where the docstring says that each call changes something, and this correction's do not; else a note.

    Also where a correction raises, and has changed something before.

    Args:
        bench: The candidate, with its first run.
        inputs: All labelled inputs.
        crash: Those on which the original crashed as in the failing call, with the candidate's outcomes.
    """
    if bench.failure is None or bench.first_run is None:
        return None
    if bench.answer.kind != "returned":
        return _left_by_a_raise(bench, inputs, _given(bench.failure.shown))
    usual = bench.evidence.remember(("changed", len(inputs), len(bench.good_calls)), lambda: _usual(bench, inputs))
    if not usual:
        return None
    mine = [_changed(_given(bench.failure.shown), bench.answer)]
    mine += [_changed(one.shown, out) for one, out in crash if one.within and out.kind == "returned"]
    if None in mine:  # what was given cannot be told
        return None
    left = {place for place in usual if not any(place in changed for changed in mine if changed is not None)}
    if left != usual:
        return None
    docstring = bench.source.docstring or ""
    if _NOTHING_HAPPENS.search(docstring):
        return None
    said = f"every call of the original that returned has changed {' and '.join(sorted(map(_in_words, usual)))}"
    if (each := _EACH_TIME.search(docstring)) is not None:
        return (
            f"{said}, and the docstring says {each[0]!r}; on the failing call nothing is changed. Do what the other "
            "calls do besides answering"
        )
    done = _changed(_given(bench.failure.shown), bench.crash) or frozenset()
    already = ", which had been done already when the failing call crashed" if usual <= done else ""
    bench.notes.append(
        f"FOR A PERSON TO DECIDE: {said}{already}; where it crashed this correction answers and changes nothing of that"
    )
    return None


def _left_by_a_raise(bench: Bench, inputs: Sequence[Labelled], given: bytes) -> str | None:
    """Whether the failing call says no and leaves something changed, where the original says no and changes nothing."""
    outcome, before = bench.answer, bench.crash
    method = bench.original.__code__.co_varnames[:1] == ("self",)
    if not outcome.deliberate or not given or change_of(given, before, method=method) is not None:
        return None  # what the original changes before it crashes a correction may change before it raises
    change = change_of(given, outcome, method=method)
    if change is None:
        return None
    rows = [(_given(call.shown), expected) for _, call, expected in reproducible(bench)]
    rows += [(one.shown, one.outcome) for one in inputs if one.region == "deliberate" and one.within]
    said_no = [row for row in rows if row[0] and row[1].kind == "raised" and row[1].deliberate]
    if not said_no or any(change_of(*row, method=method) is not None for row in said_no):
        return None
    return (
        f"on the failing call it raises {outcome.exception} and leaves its arguments changed ({change}), where the "
        "original changes nothing when it raises: look before you change anything"
    )


def _usual(bench: Bench, inputs: Sequence[Labelled]) -> frozenset[str]:
    """What all calls that the original answered have changed."""
    rows = [(_given(call.shown), expected) for _, call, expected in reproducible(bench)]
    rows += [(one.shown, one.outcome) for one in inputs if one.region == "returned" and one.within and not one.ladder]
    changed = [_changed(*row) for row in rows if row[1].kind == "returned"]
    known = [one for one in changed if one is not None]
    if len(known) < max(FEWEST, len(changed)):
        return frozenset()
    return frozenset.intersection(*known)


def _given(call: Call | None) -> bytes:
    return b"" if call is None else values.encode([call.args, dict(call.kwargs)], iterator_items=0).text


def _changed(before: bytes, outcome: Outcome) -> frozenset[str] | None:
    """Arguments, by place or name, and state that outlasts the call that are otherwise afterwards."""
    after = split_effects(outcome.after)[0]
    if not before or not after or _UNTOLD.search(before):
        return None
    places = zip(_parts(values.parse(before)), _parts(values.parse(after)), strict=False)
    return frozenset([name for (name, one), (_, other) in places if one != other] + list(changed_state(outcome)))


def _parts(arguments: Any) -> Iterator[tuple[str, Any]]:
    positional, named = arguments[1:]
    for at, node in enumerate(positional[1:]):
        yield f"argument {at}", node
    for name, node in zip(named[1::2], named[2::2], strict=False):
        yield f"argument {name}", node


def _in_words(place: str) -> str:
    return place if not place.startswith("argument ") else "its " + place
