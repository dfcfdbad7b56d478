"""Where an original answers what its docstring says is an error: it never looked, and a correction may.

``Raises ValueError for any other base``: mended, a function checks its arguments first, as everybody does, and so says
no to ``(0, 1)`` as well, for which the original had an answer because zero has no digits to divide. Such an answer is
told from one that was meant by what the original does beside it, in one of four ways: a condition in the docstring is
true of the call; or one argument makes other calls fail, and here the answer is the same whatever that argument is; or
the call breaks a rule, as the failing call does, that every good call keeps (a row for each weight); or, where the
failing call is answered, the docstring says "for anything else", all texts seen have as many letters and digits, and
this one has another number of them. More than that is no excuse, and a person is told of what is excused.
"""

from __future__ import annotations

import inspect
import itertools
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.judging import judge_calls
from fukkatsu._gauntlet.labelling import LABEL_WALL_SECONDS, Labelled, shown_arguments, shown_call
from fukkatsu._gauntlet.promised import conditions_for, contract_request, documented_exceptions
from fukkatsu._gauntlet.prose import mentions
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._model.call import Call, Outcome
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, pool
from fukkatsu.errors import CarryError, ReplyError

MOST_EXCUSED: Final = 40
"""A check that is in the way of more generated inputs than this is no check of what is wrong with the failing call."""
_MOST_TRIED: Final = 12
_MOST_CALLS: Final = 4
_SECONDS: Final = 3.0
_FEWEST_ORDERED: Final = 3
_LAST_RESORT: Final = "FOR A PERSON TO DECIDE"


def excused(bench: Bench, found: Sequence[tuple[Labelled, Outcome]]) -> frozenset[bytes]:
    """Of inputs that the original answers and the candidate does not, those where the docstring is on its side.

    Args:
        bench: The candidate, with its first run. Gets a note for a person where anything is excused.
        found: Inputs, and what the candidate did on them.

    Returns:
        ``Labelled.shown`` of each.
    """
    said = [(one, outcome) for one, outcome in found if announced(bench, outcome)]
    if not said:
        return _of_another_size(bench, found) if len(found) <= MOST_EXCUSED else frozenset()
    if len(said) > MOST_EXCUSED:
        return frozenset()
    worded = _said_in_words(bench, said)
    rest = [one for one, _ in said if one.shown not in worded]
    breaking = {one.shown for one in rest if _breaks_a_rule(bench, one)}
    unread = [one for one in rest if one.shown not in breaking]
    heedless = _heedless(bench, unread) if unread else frozenset()
    if breaking or heedless:
        first = min((one for one in rest if one.shown in breaking | heedless), key=lambda one: len(one.shown))
        exception = next(outcome.exception for one, outcome in said if one is first)
        bench.notes.append(
            f"{_LAST_RESORT}: on {shown_arguments(first.shown, bench.source.name)}, where the original answers "
            f"{values.render(first.outcome.value, 80)}, the correction raises {exception}, as on the failing call: the "
            "docstring announces it, and what the original answers there looks like an accident"
        )
    return frozenset(worded | breaking | heedless)


def announced(bench: Bench, outcome: Outcome) -> bool:
    """Whether the candidate raises on purpose what the docstring announces, and does so on the failing call as well.

    By the same check where it is not a ``raise`` of its own that does it (``zip(..., strict=True)``).
    """
    if bench.first_run is None or not bench.first_run.outcomes or bench.failure is None:
        return False
    failing = bench.first_run.outcomes[0]
    if not outcome.kind == failing.kind == "raised" or outcome.exception != failing.exception:
        return False
    if not (outcome.deliberate and failing.deliberate) and outcome.where != failing.where:
        return False
    return outcome.exception.rpartition(".")[2] in documented_exceptions(bench)


def announced_for_the_rest(bench: Bench, outcome: Outcome) -> bool:
    """Whether the candidate answers the failing call and raises here, by a ``raise``, what the docstring announces.

    In words of which not all can be read as a condition: "ValueError for anything else".
    """
    if (
        bench.failure is None
        or bench.answer.kind != "returned"
        or not (outcome.kind == "raised" and outcome.deliberate)
    ):
        return False
    name = outcome.exception.rpartition(".")[2]
    if name not in documented_exceptions(bench):
        return False
    said = len(re.findall(rf"\b{name}\b", bench.source.docstring or ""))
    return said > len(conditions_for(bench, outcome.exception))


def keeps_to_borders_named(bench: Bench, call: Call | None, outcome: Outcome, constants: Sequence[Any]) -> bool:
    """Whether the candidate raises what is announced beyond a border that the docstring names as well.

    "In a base from 2 to 36" makes 37 the first base that is not; a border that only the candidate knows is its own.
    """
    docstring = bench.source.docstring or ""
    if call is None or not announced(bench, outcome):
        return False
    given = [repr(value) for value in _values_in([call.args, dict(call.kwargs)])]
    if not all(_named(one, docstring) for one in constants if repr(one) in given):
        return False
    note = (
        f"{_LAST_RESORT}: on {in_words(call, bench.source.name)}, where the original answers, the correction raises "
        f"{outcome.exception}, as on the failing call: the docstring announces it, and names the border"
    )
    if not any(known.endswith("names the border") for known in bench.notes):
        bench.notes.append(note)
    return True


def _values_in(value: Any) -> list[Any]:
    """The numbers and texts in plain data, to the last item."""
    pending = [value]
    for part in pending:  # grows while it is walked
        if type(part) in (list, tuple, set, frozenset, dict):
            pending.extend(part)
            pending.extend(part.values() if type(part) is dict else ())
    return [part for part in pending if type(part) in (int, float, str, bytes)]


def _named(constant: Any, docstring: str) -> bool:
    """Whether a constant, or the number next to it, stands in the docstring."""
    near = [constant, constant - 1, constant + 1, -constant] if type(constant) is int else [constant]
    return any(mentions(repr(one), docstring) for one in near)


def _said_in_words(bench: Bench, said: Sequence[tuple[Labelled, Outcome]]) -> set[bytes]:
    """Inputs of which a condition of the docstring's is true: "raises ValueError if base < 2"."""
    clauses = conditions_for(bench, said[0][1].exception)
    if not clauses:
        return set()
    request = {**contract_request(bench.original, clauses), "annotation": False}
    try:
        answers = judge_calls(request, [(one.arguments, outcome) for one, outcome in said], bench.policy)
    except (CarryError, ReplyError):
        return set()
    return {
        one.shown
        for (one, _), answer in zip(said, answers, strict=True)
        if any(at >= 0 and state == "held" for at, state, _ in answer)
    }


# --- an argument that is not looked at --------------------------------------------------------------------------------


def _heedless(bench: Bench, inputs: Sequence[Labelled]) -> set[bytes]:
    """Inputs with an argument that makes most good calls fail, and on which the original answers whatever it is."""
    read = _Arguments(bench)
    good = [call for call in map(read.of, _good(bench)) if call is not None][:_MOST_CALLS]
    found: set[bytes] = set()
    end = time.monotonic() + _SECONDS
    known: dict[tuple[str, bytes], bool] = {}
    for one in inputs:
        call = read.of(shown_call(one.shown))
        if call is None:
            continue
        for name, value in call.items():
            text = values.encode(value, iterator_items=0).text
            others = {values.encode(row[name], iterator_items=0).text: row[name] for row in good if name in row}
            if not others or text in others:
                continue
            if (name, text) not in known:
                if len(known) >= _MOST_TRIED:
                    return found
                known[name, text] = _spoils(bench, [{**row, name: value} for row in good if name in row], end)
            if known[name, text] and _answers_all_the_same(
                bench, one, [{**call, name: v} for v in others.values()], end
            ):
                found.add(one.shown)
                break
    return found


def _spoils(bench: Bench, calls: Sequence[Mapping[str, Any]], end: float) -> bool:
    """Whether most of *calls* fail by accident, or never end."""
    outcomes = _original(bench, calls, end)
    failed = [one for one in outcomes if one.kind == "lost" or (one.kind == "raised" and not one.deliberate)]
    return len(outcomes) == len(calls) >= 2 and 2 * len(failed) > len(calls)


def _answers_all_the_same(bench: Bench, one: Labelled, calls: Sequence[Mapping[str, Any]], end: float) -> bool:
    outcomes = _original(bench, calls, end)
    answered = [other for other in outcomes if other.kind == "returned"]
    return (
        len(outcomes) == len(calls)
        and bool(answered)
        and all(values.equal(one.outcome.value, other.value) for other in answered)
    )


def _original(bench: Bench, calls: Sequence[Mapping[str, Any]], end: float) -> Sequence[Outcome]:
    """What the original does on *calls*; fewer outcomes than calls where they could not be made in time."""
    signature = inspect.signature(bench.original)
    steps = []
    try:
        for call in calls:
            bound = inspect.BoundArguments(signature, dict(call))
            steps.append(pool.Step("call", carry.carry_call(bound.args, dict(bound.kwargs))))
    except (CarryError, TypeError):
        return ()
    limits = replace(bench.policy, wall_seconds=min(bench.policy.wall_seconds, LABEL_WALL_SECONDS))
    key = ("by accident", tuple(steps))
    return bench.evidence.remember(key, lambda: bench.run_original(steps, policy=limits, before=end).outcomes)


# --- texts of one size ------------------------------------------------------------------------------------------------


def _of_another_size(bench: Bench, found: Sequence[tuple[Labelled, Outcome]]) -> frozenset[bytes]:
    """Inputs with a text of another number of letters and digits than all good calls have there."""
    said = [(one, outcome) for one, outcome in found if announced_for_the_rest(bench, outcome)]
    sizes = bench.evidence.remember("sizes of texts", lambda: _one_size(bench)) if said else {}
    if not sizes:
        return frozenset()
    read = _Arguments(bench)
    calls = [(one, outcome, read.of(shown_call(one.shown))) for one, outcome in said]
    other = [
        (one, outcome)
        for one, outcome, call in calls
        if call is not None
        and any(isinstance(text := call.get(name), str) and _signs(text) != size for name, size in sizes.items())
    ]
    if other:
        first, outcome = min(other, key=lambda row: len(row[0].shown))
        bench.notes.append(
            f"{_LAST_RESORT}: on {shown_arguments(first.shown, bench.source.name)}, where the original answers "
            f"{values.render(first.outcome.value, 80)}, the correction raises {outcome.exception}: the docstring "
            "announces it, and no text of that size was ever answered"
        )
    return frozenset(one.shown for one, _ in other)


def _one_size(bench: Bench) -> dict[str, int]:
    """Parameters whose texts, three different ones at least, have as many letters and digits in all good calls."""
    calls = [call for call in map(_Arguments(bench).of, _good(bench)) if call is not None]
    found: dict[str, int] = {}
    for name in calls[0] if calls else ():
        texts = {text for call in calls if isinstance(text := call.get(name), str)}
        counts = set(map(_signs, texts))
        if len(texts) >= _FEWEST_ORDERED and len(counts) == 1 and min(counts) > 1:
            found[name] = counts.pop()
    return found


def _signs(text: str) -> int:
    return sum(map(str.isalnum, text))


# --- a rule that all good calls keep ----------------------------------------------------------------------------------


def _breaks_a_rule(bench: Bench, one: Labelled) -> bool:
    read = _Arguments(bench)
    call = read.of(shown_call(one.shown))
    if call is None:
        return False
    rules = bench.evidence.remember("rules that the failing call breaks", lambda: tuple(_broken_rules(bench)))
    return any(_kept(rule, call) is False for rule in rules)


_Rule = tuple[str, str, str, str, str]  # measure and parameter, relation, measure and parameter


def _broken_rules(bench: Bench) -> Iterator[_Rule]:
    """Rules about lengths and numbers that the failing call breaks, and every good call keeps."""
    read = _Arguments(bench)
    failing = read.of(bench.failure.shown if bench.failure is not None else None)
    good = [call for call in map(read.of, _good(bench)) if call is not None]
    if failing is None:
        return
    sides = [(measure, name) for name in failing for measure in _MEASURES]
    for one, other in itertools.permutations(sides, 2):
        for relation in _RELATIONS:
            rule = (*one, relation, *other)
            if _kept(rule, failing) is not False:
                continue
            if relation != "==" and {one[0], other[0]} == {"each"}:
                continue
            told = [(_kept(rule, call), tuple(_measured(*one, call))) for call in good]
            telling = {size for kept, size in told if kept}
            fewest = 2 if relation == "==" else _FEWEST_ORDERED
            if all(kept is not False for kept, _ in told) and len(telling) >= fewest:
                yield rule
    for name in failing:
        rule = ("each", name, "==", "each", name)
        told = [(_kept(rule, call), tuple(set(_measured("each", name, call)))) for call in good]
        if (
            _kept(rule, failing) is False
            and all(kept is not False for kept, _ in told)
            and len({size for kept, size in told if kept}) > 1
        ):
            yield rule


def _kept(rule: _Rule, call: Mapping[str, Any]) -> bool | None:
    """Whether *call* keeps *rule*; ``None`` where it has nothing to say about it."""
    left, right = _measured(rule[0], rule[1], call), _measured(rule[3], rule[4], call)
    if not left or not right:
        return None
    holds = _RELATIONS[rule[2]]
    return all(holds(a, b) for a in left for b in right)


def _measured(measure: str, name: str, call: Mapping[str, Any]) -> list[int]:
    return _MEASURES[measure](call.get(name))


def _number(value: Any) -> list[int]:
    return [value] if type(value) is int else []


def _length(value: Any) -> list[int]:
    return [len(value)] if isinstance(value, _SIZED) else []


def _lengths(value: Any) -> list[int]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [len(part) for part in parts if isinstance(part, _SIZED)]


_SIZED: Final = (list, tuple, dict, str, bytes)
_MEASURES: Final[Mapping[str, Callable[[Any], list[int]]]] = {"number": _number, "length": _length, "each": _lengths}
_RELATIONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


# --- calls by parameter name ------------------------------------------------------------------------------------------


def _good(bench: Bench) -> list[Call | None]:
    return [call.shown for call in bench.good_calls if not call.healed]


class _Arguments:
    """Reads calls by parameter name, defaults included; only what is plain data to the last item."""

    def __init__(self, bench: Bench) -> None:
        self._signature = inspect.signature(bench.original)

    def of(self, call: Call | None) -> dict[str, Any] | None:
        if call is None:
            return None
        try:
            bound = self._signature.bind(*call.args, **call.kwargs)
        except TypeError:
            return None
        bound.apply_defaults()
        return dict(bound.arguments) if is_plain(list(bound.arguments.values())) else None
