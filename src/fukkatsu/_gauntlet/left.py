"""Generators that are left before their end: what a caller's ``break`` and a caller's exception make of them.

Drawn to the end two generators may be the same, though only one of them closes what it opened, or one of them swallows
what is thrown into it.
"""

from __future__ import annotations

import ast
import inspect
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words, shown_with
from fukkatsu._gauntlet.effects import settled
from fukkatsu._gauntlet.good_calls import compare_outcomes
from fukkatsu._gauntlet.labelling import reproduces
from fukkatsu._gauntlet.texts import read_text
from fukkatsu._model.call import Call, Outcome
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool

MOST_CALLS: Final = 6
_WAYS: Final = (("close", "closed after its first item"), ("throw", "told of an exception after its first item"))


def check_left(bench: Bench) -> tuple[str, Call | None] | None:
    """The reason, and the call, where a candidate behaves otherwise when it is left; only for generator functions."""
    if not (inspect.isgeneratorfunction(bench.original) or inspect.isasyncgenfunction(bench.original)):
        return None
    calls = [call for call in (bench.failure, *bench.good_calls) if call is not None and not call.healed][:MOST_CALLS]
    steps = [pool.Step(way, call.arguments) for way, _ in _WAYS for call in calls]
    if not steps:
        return None
    before, again = (
        bench.evidence.remember(("left", run, tuple(steps)), lambda: bench.run_original(steps).outcomes)
        for run in range(2)
    )
    actual = bench.run_candidate(steps, stop_at_first_loss=False).outcomes
    for at, (one, other, now) in enumerate(zip(before, again, actual, strict=False)):
        if one.kind != "returned" or not reproduces(one, other):
            continue
        expected = settled(one, other)
        if at >= len(calls) and _is_let_out(bench, expected, now):
            continue
        change = "no answer in time" if now.kind == "lost" else compare_outcomes(expected, now)
        if change is not None:
            call, (_, words) = calls[at % len(calls)], _WAYS[at // len(calls)]
            shown = shown_with(call)
            return f"{in_words(shown, bench.source.name)} {words}: {change}. Keep what the original does then", shown
    return None


_WENT_ON: Final = (b'["list","went on",', b'["list","ended",')
_PASSED_ON: Final = b'["list","passed on",'


def _is_let_out(bench: Bench, expected: Outcome, now: Outcome) -> bool:
    """Whether the caller's exception goes out that the original swallowed together with what its own work raises.

    ``try: yield name, float(value)`` with an ``except ValueError`` is there for ``float``: to take the ``yield`` out of
    it is what a reviewer would ask for. A ``try`` around nothing but a ``yield`` is there for the caller's exceptions.
    """
    if not (expected.value.startswith(_WENT_ON) and now.value.startswith(_PASSED_ON)):
        return False
    before, after = values.parse(expected.value), values.parse(now.value)
    return bool(before[2] == after[2] and bench.evidence.remember("swallows by the way", lambda: _by_the_way(bench)))


def _by_the_way(bench: Bench) -> bool:
    original = read_text(bench.source.text, bench.source.name)
    if original is None:
        return False
    guarded = [
        [node for statement in tried.body for node in ast.walk(statement)]
        for tried in original.below
        if isinstance(tried, ast.Try) and tried.handlers
    ]
    with_yield = [nodes for nodes in guarded if any(isinstance(node, ast.Yield) for node in nodes)]
    return bool(with_yield) and all(any(isinstance(node, _WORK) for node in nodes) for nodes in with_yield)


_WORK: Final = (ast.Call, ast.Subscript, ast.BinOp, ast.Attribute, ast.YieldFrom, ast.Await)
