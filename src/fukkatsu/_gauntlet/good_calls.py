"""Stage ``good-calls``: calls that were answered before are answered the same way (a difference is a regression)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from types import FunctionType
from typing import Any

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.complaints import compare_exceptions
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._gauntlet.effects import compare_effects, compare_order, orders_its_result, settled, split_effects
from fukkatsu._gauntlet.moved_entries import compare_moved, moves_entries
from fukkatsu._gauntlet.plausibility import check_result_type, check_slowdowns
from fukkatsu._gauntlet.result_shapes import odd_length, odd_shape
from fukkatsu._model.call import Outcome, RecordedCall
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values

ITERATOR = b'["iterator",'
"""How the canonical text of an iterator begins."""


_LAZY = re.compile(
    rb'\["iterator","(map|filter|zip|enumerate|reversed|generator|itertools\.\w+|[a-z]+_(?:[a-z]+_?)?iterator)"'
)  # as `values` writes iterators of the library


OPAQUE = b'["opaque",'
"""How a part without canonical form begins. Inside strings every quote is escaped: only structure matches."""


def is_opaque(outcome: Outcome) -> bool:
    """Whether what counts has parts that cannot be compared: then it is no evidence that they are equal.

    That is the result; of a call that returns nothing, what it did to its arguments.
    """
    return OPAQUE in outcome.value or (outcome.value == b"null" and OPAQUE in split_effects(outcome.after)[0])


def compare_outcomes(expected: Outcome, actual: Outcome, *, usual: float = 0.0, floats: bool = False) -> str | None:
    """``None`` when *actual* is what *expected* says, else the difference in words.

    Outcome means result or exception class, the arguments after the call, whether the result is an argument or shares
    parts with one, what was printed if the original prints, and state that outlasts the call.

    Args:
        expected: What the original did.
        actual: What the candidate did.
        usual: Magnitude of the numbers that such calls return.
        floats: Whether the author says that they are floats: then 7 and 7.0 are one answer.
    """
    if expected.kind == "raised":
        if actual.kind == "raised" and actual.exception == expected.exception:
            if expected.value.startswith(ITERATOR):  # it failed after some items: those count too
                return _difference(expected.value, actual.value, usual)
            change = compare_exceptions(expected, actual)
            if change is None and expected.deliberate:  # what was done before it said no counts as well
                change = compare_left_behind(expected, actual, usual)
            return change
        did = "returned " + values.render(actual.value) if actual.kind == "returned" else f"raised {actual.exception}"
        return f"it must raise {expected.exception} as before, but it {did}"
    if actual.kind == "raised":
        before = values.render(expected.value)
        return f"it returned {before} before, but now raises {actual.exception}: {actual.message}"
    change = _difference(expected.value, actual.value, usual)
    if change is not None and floats:
        change = _difference(_as_floats(expected.value), _as_floats(actual.value), usual)
    if change is not None and not _a_bool_came_through(expected, actual):
        before, now = values.render(expected.value), values.render(actual.value)
        return f"it returned {before} before, but now returns {now} ({change})"
    change = compare_left_behind(expected, actual, usual)
    if change is not None:
        return change
    if expected.returned_argument != actual.returned_argument:
        return (
            "it must return the very object it was given, as before"
            if expected.returned_argument
            else "it must return a new object, as before, not the one it was given"
        )
    if expected.printed and expected.printed != actual.printed:
        return f"it printed {_excerpt(expected.printed)} before, but now prints {_excerpt(actual.printed)}"
    return None


def returns_floats(original: FunctionType) -> bool:
    """Whether the return annotation speaks of floats, and of no other numbers."""
    annotation = original.__annotations__.get("return")
    said = annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else annotation
    return re.search(r"\bfloat\b", str(said)) is not None and re.search(r"\bint\b", str(said)) is None


def either_number(outcomes: Iterable[Outcome]) -> bool:
    """Whether results are whole numbers now and fractions then: who sums, or takes the largest, gives what came."""
    kinds = {type(values.parse(one.value)) for one in outcomes if one.kind == "returned"}
    return {int, float} <= kinds


def mixes_numbers(shown: bytes) -> bool:
    """Whether a list or the like in arguments (canonical text) holds both: of 2 and 2.0 either may be the largest."""
    arguments = values.parse(shown)
    pending = [part for group in arguments[1:] if isinstance(group, list) for part in group[1:]]
    for node in pending:  # grows while it is walked
        if isinstance(node, list):
            if {int, float} <= set(map(type, node)):
                return True
            pending.extend(node)
    return False


@lru_cache(maxsize=256)
def _as_floats(text: bytes) -> bytes:
    """*text* with each whole number in it as a float."""

    def converted(node: Any) -> Any:
        if isinstance(node, list):
            return [converted(part) for part in node]
        return float(node) if type(node) is int else node

    return json.dumps(converted(values.parse(text)), separators=(",", ":")).encode("ascii")


def _a_bool_came_through(expected: Outcome, actual: Outcome) -> bool:
    """Whether the results are 1 and the very ``True`` that was given for a number, or 0 and ``False``: ``fib(True)``.

    Nobody counts in booleans; a right correction may hand on what the original added up.
    """
    if (expected.value, actual.value) not in ((b"1", b"true"), (b"0", b"false")):
        return False
    pending = [values.parse(split_effects(expected.after)[0])]
    for node in pending:  # grows while it is walked
        if node is (actual.value == b"true"):
            return True
        if isinstance(node, list):
            pending.extend(node)
    return False


def compare_left_behind(expected: Outcome, actual: Outcome, usual: float = 0.0) -> str | None:
    """Whether the arguments and other state after the call are what they were after the original's."""
    (left, left_effects), (right, right_effects) = split_effects(expected.after), split_effects(actual.after)
    change = _difference(left, right, usual)
    if change is not None:
        return f"it leaves other arguments behind than before: {change}"
    return compare_effects(left_effects, right_effects)


def _excerpt(printed: str) -> str:
    return repr(printed if len(printed) <= 80 else printed[:77] + "...") if printed else "nothing"


def _difference(expected: bytes, actual: bytes, usual: float) -> str | None:
    """Like `values.difference`, but the very same text is no difference: its opaque parts are counted, not judged."""
    if expected == actual:
        return None
    return values.difference(expected, _as_lazily(expected, actual), usual=usual)


def _as_lazily(expected: bytes, actual: bytes) -> bytes:
    """*actual* by the name of *expected* where both are iterators of the library: a map and a chain can do the same.

    A generator can do more, and is never mistaken for another.
    """
    before, now = _LAZY.match(expected), _LAZY.match(actual)
    if before is None or now is None or before[1] == b"generator":
        return actual
    return before[0] + actual[now.end() :]


def usual_magnitude(outcomes: Iterable[Outcome]) -> float:
    """Magnitude of the numbers that calls returned: beside it, 1e-17 is what cancellation left."""
    return max((values.magnitude(one.value) for one in outcomes if one.kind == "returned"), default=0.0)


def reproducible(bench: Bench) -> list[tuple[int, RecordedCall, Outcome]]:
    """The good calls with a trusted outcome: position, call, expected outcome.

    A recorded outcome counts only when the original gives it again in a runner: what depends on time, chance or
    outside state is dropped. A call healed by an earlier fix has that fix's outcome, which the original cannot give.
    """
    asked = [call for call in bench.good_calls if not call.healed]
    replayed = dict(zip((id(call) for call in asked), bench.reference(asked), strict=True)) if asked else {}
    alone = [call for call in asked if call.outcome is None]  # nothing but the replay itself says what is right
    repeated = dict(zip((id(call) for call in alone), bench.reference(alone, again=True), strict=True)) if alone else {}
    kept: list[tuple[int, RecordedCall, Outcome]] = []
    for position, call in enumerate(bench.good_calls):
        if call.healed:
            if call.outcome is not None:
                kept.append((position, call, call.outcome))
            continue
        again = replayed[id(call)]
        if again.kind == "lost" or (again.kind == "raised" and call.outcome is None and not again.deliberate):
            continue
        witness = call.outcome if call.outcome is not None else repeated[id(call)]
        if not _same(witness, again):
            continue
        varies = again.printed or split_effects(again.after)[1] or (again.kind == "raised" and again.deliberate)
        if varies:  # the time, an address: nothing to hold anyone to
            again = settled(again, bench.reference(asked, again=True)[asked.index(call)])
        kept.append((position, call, again))
    return kept


def _same(recorded: Outcome, again: Outcome) -> bool:
    if recorded.kind != again.kind:
        return False
    if recorded.kind == "raised":
        return recorded.exception == again.exception
    if not values.equal(recorded.value, again.value) and (recorded.value != again.value):
        return False
    before, after = split_effects(recorded.after)[0], split_effects(again.after)[0]  # the recorder sees arguments only
    return not before or before == after or values.equal(before, after)


def check_good_calls(bench: Bench) -> Verdict:
    """Every reproducible good call gives the outcome it gave before."""
    if not bench.good_calls and not bench.dropped:
        return Verdict(stage="good-calls", outcome="skipped", reason="no good call has been seen yet")
    kept = reproducible(bench)
    dropped = len(bench.good_calls) - len(kept) + bench.dropped
    telling = sum(1 for _, _, expected in kept if not is_opaque(expected))
    evidence = {"good_calls": telling, "dropped": dropped, "opaque": 0}
    if shared := sum(1 for _, call, expected in kept if call.shared and not is_opaque(expected)):
        evidence["shared"] = shared
    if not kept:
        return Verdict(
            stage="good-calls",
            outcome="skipped",
            reason=f"none of the {dropped} good calls reproduces on the original (time, chance or outside state?)",
            evidence=evidence,
        )
    outcomes: tuple[Outcome, ...] = bench.first_run.outcomes if bench.first_run is not None else ()
    offset = 1 if bench.failure is not None else 0
    usual = usual_magnitude(expected for _, _, expected in kept)
    ordered = bench.preserve and orders_its_result(bench.source)
    moved = moves_entries(bench.source)
    for position, call, expected in kept:
        place = position + offset
        if place >= len(outcomes):
            return Verdict(stage="good-calls", outcome="refused", reason="the sandbox gave no answer for a good call")
        actual = outcomes[place]
        evidence["opaque"] += expected.opaque
        if bench.preserve:
            change = compare_outcomes(expected, actual, usual=usual, floats=returns_floats(bench.original))
            if change is None and ordered:
                change = compare_order(expected.value, actual.value)
            if change is None and moved:
                change = compare_moved(expected, actual)
        else:  # other behaviour was asked for, but not a crash where there was an answer
            change = (
                f"it returned before, but now raises {actual.exception}: {actual.message}"
                if expected.kind == "returned" and actual.kind != "returned"
                else None
            )
        if change is not None:
            return Verdict(
                stage="good-calls",
                outcome="refused",
                reason=f"{change}. Keep what the original returns here",
                evidence=evidence,
                counterexample=shown_with(call, expected),
            )
    slow = check_slowdowns([(expected, outcomes[position + offset]) for position, _, expected in kept], bench.checks)
    if slow is not None:
        place, reason = slow
        return Verdict(
            stage="good-calls",
            outcome="refused",
            reason=reason,
            evidence=evidence,
            counterexample=shown_with(kept[place][1], kept[place][2]),
        )
    if bench.failure is not None and bench.preserve:
        unlike = check_result_type(
            outcomes[0],
            [expected for _, _, expected in kept],
            bench.source,
            bench.checks,
            bench.failing_arguments(),
        )
        if unlike is None and bench.checks.result_type and outcomes[0].kind == "returned":
            returned = [(call.shown, expected) for _, call, expected in kept if expected.kind == "returned"]
            unlike, doubts = odd_shape(outcomes[0], [expected for _, expected in returned], bench.source)
            odd = odd_length(outcomes[0], bench.failure.shown, returned, bench.source)
            bench.notes.extend([*doubts, odd] if odd is not None else doubts)
        if unlike is not None:
            return Verdict(
                stage="good-calls",
                outcome="refused",
                reason=unlike,
                evidence=evidence,
                counterexample=shown_with(bench.failure, outcomes[0]),
            )
    if not telling:
        return Verdict(
            stage="good-calls",
            outcome="skipped",
            reason=f"what the {len(kept)} good calls return cannot be compared ({values.render(kept[0][2].value, 80)}: "
            "a function, or an object without readable state); it is counted as opaque, never assumed equal",
            evidence=evidence,
        )
    return Verdict(stage="good-calls", outcome="accepted", evidence=evidence)
