"""Recorded calls with an argument replaced by a constant of the candidate: what does it do differently just there?

The labelled inputs are made before there is a candidate, so they probe the literals of the original only. A number or a
text that only the candidate names is where it takes another way; where the original gives an answer, that must stay.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.effects import settled
from fukkatsu._gauntlet.good_calls import compare_outcomes
from fukkatsu._gauntlet.labelling import literals_of, region_of, reproduces
from fukkatsu._gauntlet.promised import documented_exceptions
from fukkatsu._gauntlet.trees import nodes_of
from fukkatsu._model.call import Call, RecordedCall
from fukkatsu._sandbox import carry, pool
from fukkatsu.errors import CarryError

MOST_PROBES: Final = 40
MOST_BYTES: Final = 50_000
"""Of a call that constants are put into: it is made up to ``MOST_PROBES`` times, by original and candidate."""
_TELLING: Final = 20  # smaller numbers are in every program, and among the edges and neighbours already
_TELLING_CHARACTERS: Final = 3
_FOLDS: Final = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.BitXor: operator.xor}
_MOST_FOLDED: Final = 1 << 64


def check_probes(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where the candidate changes an answer of the original at one of its own constants."""
    constants = new_constants(bench.candidate.text, bench.source.text)
    calls = list(_calls(bench, constants))[:MOST_PROBES] if constants else []
    if not calls:
        return None
    before, again = bench.reference(calls), bench.reference(calls, again=True)
    crash = bench.reference([bench.failure])[0] if bench.failure is not None else None
    documented = documented_exceptions(bench)
    kept = [
        (call, settled(one, other))
        for call, one, other in zip(calls, before, again, strict=True)
        if one.kind != "lost" and reproduces(one, other) and region_of(one, crash, documented) == "returned"
    ]
    run = bench.run_candidate([pool.Step("call", call.arguments) for call, _ in kept]) if kept else None
    for (call, expected), actual in zip(kept, run.outcomes if run is not None else (), strict=False):
        change = "no answer in time" if actual.kind == "lost" else compare_outcomes(expected, actual)
        if change is not None and call.shown is not None:
            return f"{change}. Keep what the original does here", call.shown
    return None


def new_constants(candidate: str, original: str) -> list[Any]:
    """Numbers and texts that the candidate names and the original does not, sums and products of constants included."""
    known = {repr(value) for value in literals_of(original)}
    found: dict[str, Any] = {}
    for value in literals_of(candidate) + list(_folded(candidate)):
        telling = len(value) >= _TELLING_CHARACTERS if isinstance(value, str) else isinstance(value, int | float)
        if isinstance(value, int | float) and abs(value) <= _TELLING:
            telling = False
        if telling and repr(value) not in known:
            found.setdefault(repr(value), value)
    return list(found.values())


def _folded(text: str) -> Iterator[Any]:
    """Values of operations on two numbers: ``7918 + 1`` is a constant as well."""
    try:
        nodes = nodes_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        match node:
            case ast.BinOp(left=ast.Constant(value=int(a)), op=how, right=ast.Constant(value=int(b))):
                fold = _FOLDS.get(type(how))
                if fold is not None and max(abs(a), abs(b)) < _MOST_FOLDED:
                    yield fold(a, b)


def _calls(bench: Bench, constants: Sequence[Any]) -> Iterator[RecordedCall]:
    """The first good calls with each constant in each place of its type: an argument, an item or a value of one."""
    small = [call for call in bench.good_calls if not call.healed and len(call.arguments) <= MOST_BYTES]
    bases = [call.shown for call in small if call.shown is not None][:2]
    for constant in constants:
        for base in bases:
            for call in _with(base, constant):
                try:
                    arguments = carry.carry_call(call.args, dict(call.kwargs))
                except CarryError:
                    continue
                yield RecordedCall(arguments, shown=replace(call, raised=None))


def _with(base: Call, constant: Any) -> Iterator[Call]:
    for at, value in enumerate(base.args):
        for changed in _replaced(value, constant):
            yield Call((*base.args[:at], changed, *base.args[at + 1 :]), dict(base.kwargs))
    for name, value in base.kwargs.items():
        for changed in _replaced(value, constant):
            yield Call(tuple(base.args), {**base.kwargs, name: changed})


def _replaced(value: Any, constant: Any) -> Iterator[Any]:
    if type(value) is type(constant) or {type(value), type(constant)} == {int, float}:
        yield type(value)(constant)
    elif type(value) is list:
        at = next((at for at, item in enumerate(value) if type(item) is type(constant)), None)
        if at is not None:
            yield [*value[:at], constant, *value[at + 1 :]]
    elif type(value) is dict:
        key = next((key for key, item in value.items() if type(item) is type(constant)), None)
        if key is not None:
            yield {**value, key: constant}
