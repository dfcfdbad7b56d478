"""Where the original says no as its docstring announces it, and only by chance in the same place as the failing call.

``name, value = line.split(":")`` raises ValueError for a line without a colon, which is announced, and for one with two
of them, which is the failure. By class and place the two are one crash; by their words they are two matters. Who mends
the second goes on saying no to the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.labelling import Answered, shown_call
from fukkatsu._gauntlet.plausibility import same_complaint
from fukkatsu._gauntlet.promised import conditions_for, documented_exceptions
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry
from fukkatsu.errors import CarryError

FEWEST: Final = 3
"""Inputs of one complaint that are all answered: fewer of them may be odd ones."""


def check_refusals_kept(bench: Bench, crash: Sequence[Answered]) -> tuple[str, Call | None] | None:
    """The reason, and a call, where nothing is left of what the docstring announces; a note where some is.

    Args:
        bench: The candidate, with its first run.
        crash: Inputs on which the original crashed as in the failing call, with the candidate's outcomes.
    """
    if bench.failure is None or bench.answer.kind != "returned" or not _is_announced(bench, bench.crash):
        return None
    tried = [_Tried(shown_call(one.shown), one.outcome, now) for one, now in crash if one.within and not one.ladder]
    tried += _misspelt(bench)
    groups: list[list[_Tried]] = []
    for one in tried:
        if same_complaint(one.before, bench.crash):
            continue
        alike = next((rows for rows in groups if same_complaint(rows[0].before, one.before)), None)
        if alike is None:
            groups.append([one])
        else:
            alike.append(one)
    for rows in groups:
        answered = [one for one in rows if one.now.kind == "returned"]
        if not answered:
            continue
        one = min(answered, key=lambda row: len(repr(row.call)))
        exception = one.before.exception.rpartition(".")[2]
        said = (
            f"{in_words(one.call, bench.source.name)} raised {exception}: {one.before.message}, as the docstring "
            f"announces it and not as the failing call did, and now returns {values.render(one.now.value, 80)}"
        )
        if len(answered) == len(rows) >= FEWEST:
            return f"{said}; so do all {len(rows)} such inputs. Go on raising {exception} there", one.call
        bench.notes.append(f"FOR A PERSON TO DECIDE: {said}")
    return None


@dataclass(frozen=True, slots=True)
class _Tried:
    """A call that the original refuses, with what both did."""

    call: Call | None
    before: Outcome
    now: Outcome


def _misspelt(bench: Bench) -> list[_Tried]:
    """Good calls with one of their texts spoilt at a separator, where the original refuses that as it announces."""
    made = bench.evidence.remember(("misspelt", len(bench.good_calls)), lambda: tuple(_spoilt_calls(bench)))
    if not made:
        return []
    documented = documented_exceptions(bench)
    refused = [
        (call, outcome)
        for call, outcome in zip(made, bench.reference(made), strict=True)
        if outcome.kind == "raised" and outcome.exception.rpartition(".")[2] in documented
    ]
    if not refused:
        return []
    answers = bench.answers_to([call for call, _ in refused])
    return [_Tried(call.shown, before, now) for (call, before), now in zip(refused, answers, strict=False)]


def _spoilt_calls(bench: Bench) -> Iterator[RecordedCall]:
    known = [call.shown for call in bench.good_calls if call.shown is not None and not call.healed][:_MOST_GOOD]
    for call in known:
        for at, value in enumerate(call.args):
            for text in _spoilt(value) if isinstance(value, str) and len(value) <= _LONGEST else ():
                args = (*call.args[:at], text, *call.args[at + 1 :])
                try:
                    arguments = carry.carry_call(args, dict(call.kwargs))
                except CarryError:
                    continue
                yield RecordedCall(arguments, shown=Call(args, dict(call.kwargs)))


def _spoilt(text: str) -> Iterator[str]:
    """With a part more, with an empty one, without a separator, and with one that is another."""
    separator = next((char for char in text if not char.isalnum() and not char.isspace() and char not in "-+\"'"), "")
    if separator:
        yield text + separator + text.rpartition(separator)[2]
        yield text.replace(separator, separator * 2, 1)
        yield text.replace(separator, "")


_MOST_GOOD: Final = 4
_LONGEST: Final = 1_000


def _is_announced(bench: Bench, crash: Outcome) -> bool:
    """Whether the docstring announces the exception in words of which not all can be read as a condition."""
    name = crash.exception.rpartition(".")[2]
    if crash.deliberate or name not in documented_exceptions(bench):
        return False
    said = len(re.findall(rf"\b{name}\b", bench.source.docstring or ""))
    return said > len(conditions_for(bench, crash.exception))
