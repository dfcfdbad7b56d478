"""A loop turned into recursion: right on everything that was seen, and at its end where Python's frames are.

Whether a text calls itself can be read. Where the candidate's does and the original's does not, it is tried on
arguments with more items than frames may be nested: what the original answers there is not to end in a RecursionError.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.labelling import LABEL_WALL_SECONDS, label, replay, shown_arguments, shown_call
from fukkatsu._gauntlet.presumed import presumed
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._model.call import Call, Outcome
from fukkatsu._oracle.relations import Relations
from fukkatsu._oracle.sizes import scaled
from fukkatsu._sandbox import carry, pool
from fukkatsu.errors import CarryError
from fukkatsu.policy import Policy

_BEYOND: Final = 2.5
"""So many times more items than frames may be nested: a step may take two of them at once."""
_MOST_FRAMES: Final = 4_000
"""Where a policy allows more, arguments of that size would be the slower check, and nobody's recursion ends there."""
_MOST_CALLS: Final = 8
_MOST_BASES: Final = 3
_SIZED: Final = (str, list, tuple, dict)


def check_depth(bench: Bench) -> tuple[str, Call | None] | None:
    """The reason, and the call, where the candidate runs out of frames and the original answers."""
    both = read_both(bench.candidate.text, bench.source)
    if both is None or not calls_itself(both[0]) or calls_itself(both[1]):
        return None
    for one, outcome in zip(label(bench).inputs, replay(bench), strict=True):
        if one.region == "returned" and _overflows(outcome):
            return _refusal(shown_arguments(one.shown, bench.source.name)), shown_call(one.shown, one.outcome)
    calls = bench.evidence.remember("deep calls", lambda: _answered(bench))
    if not calls:
        return None
    run = bench.run_candidate([pool.Step("call", arguments) for _, arguments in calls], policy=_limits(bench))
    for (call, _), outcome in zip(calls, run.outcomes, strict=False):
        if _overflows(outcome):
            return _refusal(in_words(call, bench.source.name)), call
    return None


def _refusal(called: str) -> str:
    return (
        f"{called} raises RecursionError, where the original answers: it calls itself once for each item, and Python "
        "nests only so many calls. Use a loop, as the original does"
    )


def _overflows(outcome: Outcome) -> bool:
    return outcome.kind == "raised" and outcome.exception == "RecursionError"


def calls_itself(text: ReadText) -> bool:
    """Whether a function in *text* names itself, or another one that does, in its body."""
    names = {}
    for node in text.nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names[name] = _names_in(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as function):
                names[name] = _names_in(function)
    reached = {name: {one for one in found if one in names} for name, found in names.items()}
    for _ in names:  # as many steps as there are functions
        reached = {name: found.union(*(reached[one] for one in found)) for name, found in reached.items()}
    return any(name in found for name, found in reached.items())


def _names_in(function: ast.AST) -> set[str]:
    """Names that a function reads, and attributes of its own object or class."""
    found = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                found.add(name)
    return found


def _limits(bench: Bench) -> Policy:
    return replace(bench.policy, wall_seconds=min(bench.policy.wall_seconds, 4 * LABEL_WALL_SECONDS))


def _answered(bench: Bench) -> Sequence[tuple[Call, bytes]]:
    """Large calls that the original answers in next to no time, with their arguments as they travel."""
    made: list[tuple[Call, bytes]] = []
    for call in _large(bench):
        try:
            made.append((call, carry.carry_call(call.args, dict(call.kwargs))))
        except CarryError:
            continue
        if len(made) == _MOST_CALLS:
            break
    if not made:
        return ()
    limits = replace(bench.policy, wall_seconds=min(bench.policy.wall_seconds, LABEL_WALL_SECONDS))
    run = bench.run_original([pool.Step("call", arguments) for _, arguments in made], policy=limits)
    return [one for one, outcome in zip(made, run.outcomes, strict=False) if outcome.kind == "returned"]


def _large(bench: Bench) -> Iterator[Call]:
    """Good calls with their arguments, together and one at a time, of more items than frames may be nested."""
    if bench.policy.recursion_depth > _MOST_FRAMES or any(clause.kind == "pre" for clause in clauses(bench)):
        return
    items = bench.policy.recursion_depth * _BEYOND
    signature = inspect.signature(bench.original)
    hints = {name: str(one.annotation) for name, one in signature.parameters.items()}
    seen = []
    for recorded in bench.good_calls:
        if recorded.healed or recorded.shown is None:
            continue
        try:
            seen.append(dict(signature.bind(*recorded.shown.args, **recorded.shown.kwargs).arguments))
        except TypeError:
            continue
    plain = all(is_plain(list(call.values())) for call in seen)
    rules = Relations(
        seen if plain else [], presumed=presumed(bench.source)
    )  # to compare objects of the user's is to run their code
    for base in sorted(seen, key=lambda call: -max((_size(value) for value in call.values()), default=0))[:_MOST_BASES]:
        growing = [name for name, value in base.items() if _grows(value) and "Annotated" not in hints.get(name, "")]
        for names in dict.fromkeys([tuple(growing), *((name,) for name in growing)]):
            call = _grown(base, names, items)
            if names and rules.hold(call):
                bound = inspect.BoundArguments(signature, call)
                yield Call(bound.args, dict(bound.kwargs))


def _grown(base: Mapping[str, Any], names: Sequence[str], items: float) -> dict[str, Any]:
    return {
        name: scaled(value, items / _size(value)) if name in names and _size(value) < items else value
        for name, value in base.items()
    }


def _grows(value: Any) -> bool:
    """Whether there is something to have more of: items, words, a number to count to."""
    return is_plain(value) and _size(value) > (1 if type(value) is int else 0)


def _size(value: Any) -> float:
    if type(value) is str and " " in value:
        return len(value.split(" "))
    return len(value) if type(value) in _SIZED else value if type(value) is int else 0
