"""What can be said of answers where the original crashed, without anybody who knows the right ones.

The original gave none there, so nothing can be compared; but how it behaves everywhere else says what its author means
a call to do besides answering: to change its arguments or not, to hand them back or to make new ones, and of which kind
the results are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TypeAlias

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.effects import UNSETTLED, changed_state, changes_arguments, split_effects, state_in_result
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.labelling import Answered, Labelled, shown_arguments
from fukkatsu._gauntlet.like_failing import of_one_kind, same_matter
from fukkatsu._gauntlet.one_input import check_one_input
from fukkatsu._gauntlet.plausibility import (
    FAULTS,
    FEWEST_NEIGHBOURS,
    check_crash_region,
    check_fixed_answers,
    check_neighbours,
    same_complaint,
)
from fukkatsu._gauntlet.prose import results_in
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values

Refusal: TypeAlias = tuple[str, Labelled | None]

_UNDEFINED: Final = frozenset({"NameError", "UnboundLocalError"})
_OPERATOR: Final = re.compile(r"__\w+__")
_MEMBER: Final = b'["enum",'
"""There is but one of each member of an enumeration: nobody makes a copy of it."""
_UNREAD: Final = re.compile(rb'\["(?:iterator|opaque)",')
"""To draw from an iterator is what it is good for; of what cannot be read nobody knows that it has changed."""
_AS_IT_IS: Final = re.compile(r"\b(?:unchanged|as it is|as is|as they are|itself|stays?|left alone)\b", re.IGNORECASE)


def check_answers(bench: Bench, inputs: Sequence[Labelled], crash: Sequence[Answered]) -> Refusal | None:
    """The reason why what the candidate did on inputs that used to crash is implausible, and the input that shows it.

    Args:
        bench: The candidate, with its first run.
        inputs: All labelled inputs.
        crash: Those on which the original crashed as in the failing call, with the candidate's outcomes.
    """
    if bench.failure is None or bench.first_run is None:
        return None
    near = [(one, outcome) for one, outcome in crash if one.within]
    good = [expected for _, _, expected in reproducible(bench)]
    key = ("habits", len(inputs), tuple(call.arguments for call in bench.good_calls))
    habits = bench.evidence.remember(key, lambda: _habits_of(bench, good, inputs))
    refusal = _still_undefined(bench, crash) or _raises_as_before(bench, inputs, near) or check_one_input(bench, near)
    if refusal is None and not changes_arguments(bench.source):
        refusal = _changes(bench, habits, near)
    if refusal is None:
        refusal = _changes_state(bench, habits, near)
    if refusal is None:
        refusal = _shares(bench, habits, near) or _hands_out(bench, habits, near) or _hands_back_another(bench, habits)
    if refusal is not None:
        return refusal
    answers = [outcome for _, outcome in near if outcome.kind == "returned"]
    unknown = check_fixed_answers([bench.answer, *answers], bench.source, bench.checks)
    if unknown is not None:
        return unknown, None
    reason = check_crash_region(bench.answer, answers, good, bench.source, bench.checks)
    return (reason, None) if reason is not None else None


@dataclass(frozen=True, slots=True)
class _Habits:
    """What the original does besides answering, read once from all that is known of it.

    Attributes:
        returned: On how many generated inputs it returned.
        answered: The same with the good calls.
        changes: Whether it changes an argument on one of the generated ones.
        state: Names of state that outlasts a call and that it changes; ``None`` where that differs from run to run.
        hands_back: Whether it ever returns an argument itself.
        returns: Which one, where it is the same one each time; else empty.
        hands_out: Whether a result is ever, or holds, the very object of a global or a closure.
    """

    returned: int
    answered: int
    changes: bool
    state: frozenset[str] | None
    hands_back: bool
    returns: str
    hands_out: bool


def _habits_of(bench: Bench, good: Sequence[Outcome], inputs: Sequence[Labelled]) -> _Habits:
    returned = [one for one in inputs if one.region == "returned"]
    method = bench.original.__code__.co_varnames[:1] == ("self",)
    usual = [*good, *(one.outcome for one in inputs)]
    answered = [one for one in (*good, *(one.outcome for one in returned)) if one.kind == "returned"]
    unsettled = any(UNSETTLED in one.after for one in usual)  # and so is what is in it
    return _Habits(
        returned=len(returned),
        answered=len(answered),
        changes=any(change_of(one.shown, one.outcome, method=method) for one in returned),
        state=None if unsettled else frozenset(name for one in usual for name in changed_state(one)),
        hands_back=any(one.returned_argument for one in answered),
        returns=answered[0].returned_argument if len({one.returned_argument for one in answered}) == 1 else "",
        hands_out=any(state_in_result(one) for one in answered),
    )


def _still_undefined(bench: Bench, crash: Sequence[Answered]) -> Refusal | None:
    """Whether a name still has no value on some input, seen or not: no caller can be at fault for that."""
    reference = bench.crash
    if not bench.checks.neighbours or reference.exception not in _UNDEFINED:
        return None
    raising = [
        one
        for one, outcome in crash
        if outcome.kind == "raised"
        and outcome.exception == reference.exception
        and same_complaint(one.outcome, reference)
        and same_complaint(outcome, reference)
    ]
    if not raising:
        return None
    smallest = min(raising, key=lambda one: len(one.shown))
    called = shown_arguments(smallest.shown, bench.source.name)
    return f"{called} still raises {reference.exception}: {reference.message}", smallest


def _raises_as_before(bench: Bench, inputs: Sequence[Labelled], near: Sequence[Answered]) -> Refusal | None:
    reference = bench.crash
    given = split_effects(reference.after)[0]
    alike = [
        (one, outcome)
        for one, outcome in near
        if same_complaint(one.outcome, reference) and of_one_kind(one, given) and same_matter(one.outcome, reference)
    ]
    raising = [
        one
        for one, outcome in alike
        if outcome.kind == "raised" and outcome.exception == reference.exception and _no_answer(one, outcome, reference)
    ]
    if not raising:
        return None
    if bench.checks.neighbours and reference.exception in _UNDEFINED:
        smallest = min(raising, key=lambda one: len(one.shown))
        called = shown_arguments(smallest.shown, bench.source.name)
        return f"{called} raises {reference.exception} again: {reference.message}", smallest
    around = [one for one in inputs if one.origin == "around" and one.region in ("returned", "crash")]
    groups = [(-1, alike), *_by_argument(alike, given)]
    known = _known_arguments(bench) if groups else []
    for place, group in groups:
        still = [one for one, _ in group if one in raising]
        tried = [one for one in around if _is_new(one, place, known)]
        spoilt = [one for one in tried if one.region == "crash" and same_complaint(one.outcome, reference)]
        reason = check_neighbours(
            len(still), len(group), reference, bench.checks, spoilt=len(spoilt), around=len(tried)
        )
        if reason is not None:
            smallest = min(still, key=lambda one: len(one.shown))
            return f"{shown_arguments(smallest.shown, bench.source.name)}: {reason}", smallest
    return None


def _known_arguments(bench: Bench) -> list[list[Any]]:
    """The arguments of the good calls as canonical data, position by position."""
    calls = [call.shown for call in bench.good_calls if call.shown is not None]
    return [values.parse(values.encode([call.args, dict(call.kwargs)], iterator_items=0).text)[1] for call in calls]


def _is_new(one: Labelled, place: int, known: Sequence[list[Any]]) -> bool:
    """Whether an input has an argument, the one at *place* if that is not -1, that no good call had there."""
    arguments = values.parse(one.shown)[1]
    places = range(1, len(arguments)) if place < 0 else [place]
    return any(
        at < len(arguments) and all(at >= len(other) or other[at] != arguments[at] for other in known) for at in places
    )


def _no_answer(one: Labelled, outcome: Outcome, reference: Outcome) -> bool:
    """Whether an exception is the failure again. One that the candidate raises itself is an answer: invalid input.

    But not where it is a fault of the code by its kind, whatever its words. A key that is missing is another matter
    where it is another key than the original looked up for the same input.
    """
    if reference.exception in FAULTS and not reference.deliberate:
        return True
    if outcome.deliberate:
        return False
    if reference.exception == "KeyError":
        return outcome.message == one.outcome.message
    return same_complaint(outcome, reference)


def _by_argument(near: Sequence[Answered], failing: bytes) -> list[tuple[int, list[Answered]]]:
    """*near* by the argument that alone differs from the *failing* call: others may have nothing to do with it."""
    if not failing:
        return []
    original = values.parse(failing)
    groups: dict[int, list[Answered]] = {}
    for one, outcome in near:
        arguments = values.parse(one.shown)
        if len(arguments[1]) != len(original[1]) or arguments[2] != original[2]:
            continue
        differing = [at for at, (a, b) in enumerate(zip(arguments[1], original[1], strict=True)) if a != b]
        if len(differing) == 1:
            groups.setdefault(differing[0], []).append((one, outcome))
    return list(groups.items()) if len(original[1]) > 2 else []  # the first item is the word "tuple"


def _changes(bench: Bench, habits: _Habits, near: Sequence[Answered]) -> Refusal | None:
    """Whether the candidate changes its arguments where the original crashed, though the original never changes any."""
    method = bench.original.__code__.co_varnames[:1] == ("self",)
    if habits.changes:
        return None
    before, answer = bench.crash, bench.answer
    if answer.kind == "returned" and change_of(split_effects(before.after)[0], answer, method=method):
        shown = (
            bench.failure.shown if bench.failure is not None else None
        )  # what the original did before it failed is no habit, nor need anybody do it
        given = values.encode([shown.args, dict(shown.kwargs)], iterator_items=0).text if shown is not None else b""
        if given and not change_of(given, answer, method=method):
            return None
        if _changes_on_good_calls(bench, method=method):
            return None
        return "on the failing call it changes its arguments, which the original never does: work on a copy", None
    if habits.returned < FEWEST_NEIGHBOURS:
        return None
    answered = [(one, outcome) for one, outcome in near if outcome.kind == "returned"]
    changing = [
        one
        for one, outcome in answered
        if change_of(one.shown, outcome, method=method)
        and change_of(split_effects(one.outcome.after)[0], outcome, method=method)  # it did as much before it failed
    ]
    if not changing or 2 * len(changing) <= len(near):
        return None
    one = min(changing, key=lambda found: len(found.shown))
    return f"it changes its arguments, which the original never does, e.g. {values.render(one.shown, 120)}", one


def _given(bench: Bench) -> bytes:
    """The arguments of the failing call as they were made; empty where they are not at hand."""
    shown = bench.failure.shown if bench.failure is not None else None
    return b"" if shown is None else values.encode([shown.args, dict(shown.kwargs)], iterator_items=0).text


def _changes_on_good_calls(bench: Bench, *, method: bool) -> bool:
    """Whether the original does so too, though its text does not show it: a property that is cached, say."""
    for _, call, outcome in reproducible(bench):
        if call.shown is not None and outcome.kind == "returned":
            given = values.encode([call.shown.args, call.shown.kwargs], iterator_items=0).text
            if change_of(given, outcome, method=method):
                return True
    return False


def _changes_state(bench: Bench, habits: _Habits, near: Sequence[Answered]) -> Refusal | None:
    """Whether the candidate changes state where the original crashed that no call of the original ever changes."""
    if habits.state is None:
        return None
    for one, outcome in ((None, bench.answer), *near):
        told = changed_state(outcome).keys() - habits.state
        # what its text changes it would have changed, had it come so far
        new = sorted(name for name in told if re.split(r"[. ]", name)[-1] not in bench.facts.changed)
        if new:
            where = "the failing call" if one is None else shown_arguments(one.shown, bench.source.name)
            return f"on {where} it changes {new[0]}, which the original never does", one
    return None


def change_of(before: bytes, outcome: Outcome, *, method: bool) -> str | None:
    """What *outcome* changed in the arguments, but for what the object of a method may fill in when it is needed."""
    after = split_effects(outcome.after)[0]
    if not before or after == before:
        return None
    if _UNREAD.search(before):
        before, after = _unread(before), _unread(after)
    change = values.difference(before, after)
    return values.difference(*_but_filled_in(before, after)) if change is not None and method else change


def _but_filled_in(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Both without state of ``self`` that is private or was not there: it may be filled in when it is needed."""
    left, right = values.parse(before), values.parse(after)
    if len(left[1]) > 1 and len(right[1]) > 1:
        left[1][1], right[1][1] = _both_but_filled_in(left[1][1], right[1][1])
    return _written(left), _written(right)


def _both_but_filled_in(before: Any, after: Any) -> tuple[Any, Any]:
    sides = before, after
    if not all(isinstance(one, list) and one[0] == "object" for one in sides):
        return sides
    was, now = (dict(zip(one[2::2], one[3::2], strict=False)) for one in sides)
    for name in list(was):
        if name.startswith("_") or (was[name] is None and name in now):
            del was[name]
            now.pop(name, None)
        elif name in now:
            was[name], now[name] = _both_but_filled_in(was[name], now[name])
    now = {name: node for name, node in now.items() if not name.startswith("_")}
    return [*before[:2], *chain(*was.items())], [*after[:2], *chain(*now.items())]


def _unread(text: bytes) -> bytes:
    """*text* without what is left in its iterators, nor what cannot be read at all."""

    def emptied(node: Any) -> Any:
        if not isinstance(node, list):
            return node
        return ["unread"] if node[0] in ("iterator", "opaque") else [emptied(part) for part in node]

    return _written(emptied(values.parse(text)))


def _written(node: Any) -> bytes:
    return json.dumps(node, separators=(",", ":")).encode("ascii")


def _shares(bench: Bench, habits: _Habits, near: Sequence[Answered]) -> Refusal | None:
    """Whether the candidate hands back an argument where the original crashed, which the original never does."""
    if habits.answered < FEWEST_NEIGHBOURS or habits.hands_back:
        return None
    if _AS_IT_IS.search(results_in(bench.source.docstring or "")):
        return None
    answers = [bench.answer, *(outcome for _, outcome in near if outcome.kind == "returned")]
    sharing = [one for one in answers if one.returned_argument and not one.value.startswith(_MEMBER)]
    if _OPERATOR.fullmatch(bench.source.name) and all(one.returned_argument == "0" for one in sharing):
        return None  # `return self` of a value: what `sum` begins with
    if 2 * len(sharing) <= len(answers):
        return None
    one = next((one for one, outcome in near if outcome.returned_argument), None)
    return "it returns the very object that it was given, where the original always makes a new one: make a copy", one


def _hands_out(bench: Bench, habits: _Habits, near: Sequence[Answered]) -> Refusal | None:
    """Whether the candidate hands out an object that outlasts the call: whoever changes the result would change it."""
    if not habits.answered or habits.hands_out or habits.state is None:
        return None
    for one, outcome in ((None, bench.answer), *near):
        if outcome.kind == "returned" and (shared := state_in_result(outcome)):
            where = "the failing call" if one is None else shown_arguments(one.shown, bench.source.name)
            return f"on {where} {shared}, the very object, where the original always makes a new one: make a copy", one
    return None


def _hands_back_another(bench: Bench, habits: _Habits) -> Refusal | None:
    """Whether the failing call gets another object of the same kind, where the original hands back its argument."""
    answer = bench.answer
    if habits.answered < FEWEST_NEIGHBOURS or not habits.returns.isdigit() or answer.kind != "returned":
        return None
    if answer.returned_argument:
        return None
    given = values.parse(split_effects(bench.crash.after)[0] or b"null")
    at = int(habits.returns) + 1  # after the word "tuple"
    if not isinstance(given, list) or len(given[1]) <= at:
        return None
    kind, result = given[1][at], values.parse(answer.value)
    if not (isinstance(kind, list) and isinstance(result, list) and kind[0] == result[0]):
        return None
    return (
        f"it returns another {values.type_name(answer.value)} than the one it was given, which the original always "
        "hands back: return that one"
    ), None
