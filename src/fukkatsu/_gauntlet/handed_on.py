"""Parts of a result that are parts of the arguments: where the original crashed, as everywhere else.

An index whose rows are the caller's own is made to change them through it; one of copies is made so that nobody does.
On calls that the original answers the two are told apart by comparison. Where it crashed its habit says which is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.effects import UNSETTLED, shared_among, shares_with_arguments, split_effects
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.labelling import Answered, Labelled, shown_arguments
from fukkatsu._gauntlet.prose import results_in
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values

FEWEST: Final = 2
"""Calls of the original that show what it does with parts: one may be chance."""
_CHANGEABLE: Final = frozenset({"list", "dict", "set", "deque", "bytearray", "object", "defaultdict", "OrderedDict"})
_AS_IT_IS: Final = re.compile(
    r"\b(?:unchanged|as it is|as is|as they are|itself|stays?|left alone|same)\b", re.IGNORECASE
)
_COPIED: Final = re.compile(r"\bcop(?:y|ies|ied)\b|\bnew\b|\bfresh\b", re.IGNORECASE)


def check_handed_on(
    bench: Bench, inputs: Sequence[Labelled], crash: Sequence[Answered]
) -> tuple[str, Labelled | None] | None:
    """The reason, and an input, where a part of a result is the caller's, and never was, or no longer is.

    Args:
        bench: The candidate, with its first run.
        inputs: All labelled inputs.
        crash: Those on which the original crashed as in the failing call, with the candidate's outcomes.
    """
    if bench.failure is None or bench.first_run is None:
        return None
    if (joined := _joins(bench, inputs, crash)) is not None:
        return joined
    key = ("hands parts on", len(inputs), len(bench.good_calls))
    hands_on = bench.evidence.remember(key, lambda: _hands_on(bench, inputs))
    if hands_on is None:
        return None
    said = results_in(bench.source.docstring or "")
    if (_COPIED if hands_on else _AS_IT_IS).search(said):
        return None
    rows: list[tuple[Labelled | None, Outcome]] = [(None, bench.first_run.outcomes[0])]
    rows += [(one, outcome) for one, outcome in crash if one.within and not one.ladder]
    for one, outcome in rows:
        if outcome.kind != "returned" or outcome.returned_argument or UNSETTLED in outcome.after:
            continue
        where = "the failing call" if one is None else shown_arguments(one.shown, bench.source.name)
        shares = shares_with_arguments(outcome)
        if shares and not hands_on:
            return (
                f"on {where} a part of the result is a part of its arguments, the very object, where the original "
                "always makes a new one: make a copy"
            ), one
        if hands_on and not shares and (copied := _copied(outcome)) is not None:
            return (
                f"on {where} the result holds a copy of {values.render(copied, 80)}, where the original hands on the "
                "caller's own object: hand that on"
            ), one
    return None


_FEW: Final = 0.05
_SIDES: Final = ("argument ", "the result")
_SHARED_SAID: Final = re.compile(
    r"\bsame (?:object|list|dict|set|instance|one)\b|\bshar(?:e|es|ed|ing)\b|\balias", re.IGNORECASE
)


def _joins(bench: Bench, inputs: Sequence[Labelled], crash: Sequence[Answered]) -> tuple[str, Labelled | None] | None:
    """Where two parts of the arguments, or of the result, are one object afterwards, and never are with the original.

    ``target.history = source.history``: whoever changes one changes the other from now on.
    """
    if bench.failure is None or _SHARED_SAID.search(bench.source.docstring or ""):
        return None
    key = ("joins", len(inputs), len(bench.good_calls))
    apart = bench.evidence.remember(key, lambda: tuple(side for side in _SIDES if _keeps_apart(bench, inputs, side)))
    rows: list[tuple[Labelled | None, Outcome, Outcome]] = [(None, bench.crash, bench.answer)]
    rows += [(one, one.outcome, outcome) for one, outcome in crash if one.within and not one.ladder]
    for side in apart:
        for one, before, outcome in rows:
            if outcome.kind != "returned":
                continue
            if new := shared_among(outcome, side) - shared_among(before, side):
                where = "the failing call" if one is None else shown_arguments(one.shown, bench.source.name)
                return f"on {where} {min(new, key=len)}, the very object, which the original always keeps apart", one
    return None


def _keeps_apart(bench: Bench, inputs: Sequence[Labelled], side: str) -> bool:
    """Whether the original has had two parts there, several times, and never has made one object of them.

    A few of the generated inputs may hold one object twice, as they were made of parts of others.
    """
    good = [expected for _, _, expected in reproducible(bench)]
    usual = good + [one.outcome for one in inputs if one.region == "returned" and one.within and not one.ladder]
    parts = _given if side == _SIDES[0] else _all_of
    settled = [one for one in usual if UNSETTLED not in one.after]
    telling = [one for one in settled if one.kind == "returned" and len(list(islice(parts(one), 2))) > 1]
    if len(telling) < FEWEST or 2 * len(settled) < len(usual):
        return False
    if any(shared_among(one, side) for one in good):
        return False
    return sum(bool(shared_among(one, side)) for one in settled) <= _FEW * len(settled)


def _all_of(outcome: Outcome) -> Iterator[Any]:
    return _parts(values.parse(outcome.value))


def _hands_on(bench: Bench, inputs: Sequence[Labelled]) -> bool | None:
    """Whether parts of the original's results are always parts of its arguments, or never; else ``None``."""
    usual = [expected for _, _, expected in reproducible(bench)]
    usual += [one.outcome for one in inputs if one.region == "returned" and one.within and not one.ladder]
    telling = [one for one in usual if one.kind == "returned" and not one.returned_argument and _could_share(one)]
    if len(telling) < FEWEST or any(UNSETTLED in one.after for one in telling):
        return None
    habits = {shares_with_arguments(one) for one in telling}
    return habits.pop() if len(habits) == 1 else None


def _could_share(outcome: Outcome) -> bool:
    """Whether there is something to share: a part that can be changed, in the result and in what was given."""
    return any(_inner(outcome.value)) and any(_given(outcome))


def _copied(outcome: Outcome) -> bytes | None:
    """A part of the result that is equal to a part of the arguments."""
    given = list(_given(outcome))
    return next((_written(part) for part in _inner(outcome.value) if part in given), None)


def _given(outcome: Outcome) -> Iterator[Any]:
    """Parts of the arguments, as they are after the call, that can be changed and hold something."""
    after = split_effects(outcome.after)[0]
    positional, named = values.parse(after)[1:] if after else (["tuple"], ["dict"])
    for argument in (*positional[1:], *named[2::2]):
        yield from _parts(argument)


def _inner(text: bytes) -> Iterator[Any]:
    """The same of a result, itself left out."""
    node = values.parse(text)
    for part in _parts(node):
        if part is not node:
            yield part


def _parts(node: Any) -> Iterator[Any]:
    pending = [node]
    for part in pending:  # grows while it is walked
        if isinstance(part, list) and part:
            if part[0] in _CHANGEABLE and len(part) > 1:
                yield part
            pending.extend(part[1:])


def _written(node: Any) -> bytes:
    return json.dumps(node, separators=(",", ":")).encode("ascii")
