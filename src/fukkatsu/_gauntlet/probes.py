"""Recorded calls with an argument replaced by a constant of the candidate: what does it do differently just there?

The labelled inputs are made before there is a candidate, so they probe the literals of the original only. A number or a
text that only the candidate names is where it takes another way; where the original gives an answer, that must stay.
So it must where the candidate newly asks for the truth of a value, or newly draws a border between numbers.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from fukkatsu._gauntlet.bases import MOST_BYTES, Probe
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.by_accident import announced, keeps_to_borders_named
from fukkatsu._gauntlet.companions import check_companions, companions_of
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.effects import settled
from fukkatsu._gauntlet.good_calls import compare_outcomes, returns_floats
from fukkatsu._gauntlet.labelling import literals_of, region_of, reproduces
from fukkatsu._gauntlet.misshapen import is_misshapen
from fukkatsu._gauntlet.promised import documented_exceptions
from fukkatsu._gauntlet.siblings import check_siblings, siblings_of
from fukkatsu._gauntlet.suspicions import suspicious_calls
from fukkatsu._gauntlet.trees import nodes_of
from fukkatsu._gauntlet.turned_round import check_turned, turned_of
from fukkatsu._gauntlet.twins import note_twins, twins_of
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._sandbox import carry
from fukkatsu.errors import CarryError

MOST_PROBES: Final = 40
MOST_SUSPICIOUS: Final = 80
_BINDING: Final = frozenset({"returned", "deliberate"})
_TELLING: Final = 20  # smaller numbers are in every program, and among the edges and neighbours already
_TELLING_CHARACTERS: Final = 3
_SHAPE: Final = "the good calls have something in common that this call and the failing one have not"
_FOLDS: Final = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.BitXor: operator.xor}
_MOST_FOLDED: Final = 1 << 64


def check_probes(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where a call made up for candidate and failing call shows a slip."""
    refusal = _check_answers(bench) or check_siblings(bench) or check_companions(bench) or check_turned(bench)
    if refusal is None:
        note_twins(bench)
    return refusal


def trials_for(bench: Bench) -> Iterator[RecordedCall]:
    """All calls that `check_probes` asks the candidate for."""
    for probe in probes_for(bench):
        yield from (call for call in (probe.call, probe.control) if call is not None)
    yield from (one.call for one in siblings_of(bench))
    yield from companions_of(bench)
    yield from (one.call for one in turned_of(bench))
    yield from (one for one, _ in twins_of(bench))


def _check_answers(bench: Bench) -> tuple[str, Call] | None:
    """The reason, and the call, where the candidate changes an answer of the original just where it looks closer."""
    probes = probes_for(bench)
    if not probes:
        return None
    constants = new_constants(bench.candidate.text, bench.source.text)
    calls = [call for probe in probes for call in (probe.call, probe.control) if call is not None]
    before, again = bench.reference(calls), bench.reference(calls, again=True)
    crash = bench.reference([bench.failure])[0] if bench.failure is not None else None
    documented = documented_exceptions(bench)
    expected = {
        call.arguments: settled(one, other)
        for call, one, other in zip(calls, before, again, strict=True)
        if one.kind != "lost" and reproduces(one, other) and region_of(one, crash, documented) in _BINDING
    }
    kept = [
        probe
        for probe in probes
        if (known := expected.get(probe.call.arguments)) is not None
        and _holds(probe, known, documented)
        and (probe.control is None or probe.control.arguments in expected)
    ]
    asked = [call for probe in kept for call in (probe.control, probe.call) if call is not None]
    actual = {call.arguments: one for call, one in zip(asked, bench.answers_to(asked), strict=False)}
    declared = returns_floats(bench.original)
    doubts: dict[str, str] = {}
    for probe in kept:
        floats = declared or probe.suspicious  # what is put in, 0.0 or 0, says which of the two comes out
        if probe.control is not None and _change(expected, actual, probe.control, floats=floats) is not None:
            continue  # it is not what was put in that makes the difference
        now = actual.get(probe.call.arguments)
        if probe.suspicious and now is not None and _is_said(bench, probe, now, documented):
            continue  # and the original did not do it
        if not probe.suspicious and now is not None and keeps_to_borders_named(bench, probe.call.shown, now, constants):
            continue
        change = _change(expected, actual, probe.call, floats=floats)
        if change is not None and probe.call.shown is not None:
            called = in_words(probe.call.shown, bench.source.name)
            doubt = probe.doubt or (_SHAPE if is_misshapen(bench, probe.call.shown) else "")
            if not doubt:
                return f"{called}: {change}. Keep what the original does here", probe.call.shown
            doubts.setdefault(doubt, f"{called}: {change}")
    bench.notes.extend(f"FOR A PERSON TO DECIDE: {doubt}. {told}" for doubt, told in doubts.items())
    return None


def probes_for(bench: Bench) -> Sequence[Probe]:
    """The calls for what is new in the candidate's text; made once, unless the examples say that fewer hold."""
    if bench.probes is None or bench.settled_examples:
        constants = new_constants(bench.candidate.text, bench.source.text)
        made = list(islice(_calls(bench, constants), MOST_PROBES)) if constants else []
        bench.probes = [*made, *islice(suspicious_calls(bench), MOST_SUSPICIOUS)]
    return bench.probes


def _is_said(bench: Bench, probe: Probe, now: Outcome, documented: Set[str]) -> bool:
    """Whether the candidate raises on purpose what the docstring announces."""
    if not now.deliberate or _name_of(now) not in documented:
        return False
    return not probe.drawn or announced(bench, now)


def _holds(probe: Probe, known: Outcome, documented: Set[str]) -> bool:
    """Whether the candidate has to do what the original did on a call made up for it."""
    if known.kind == "returned":
        return not probe.outside
    return probe.suspicious and (not probe.outside or _name_of(known) in documented)


def _name_of(outcome: Outcome) -> str:
    return outcome.exception.rpartition(".")[2]


def _change(
    expected: Mapping[bytes, Outcome], actual: Mapping[bytes, Outcome], call: RecordedCall, *, floats: bool
) -> str | None:
    now = actual.get(call.arguments)
    if now is None:
        return None
    if now.kind == "lost":
        return "no answer in time"
    return compare_outcomes(expected[call.arguments], now, floats=floats)


def new_constants(candidate: str, original: str) -> list[Any]:
    """Numbers and texts that the candidate names and the original does not, sums and products of constants included."""
    known = {repr(value) for value in literals_of(original)}
    found: dict[str, Any] = {}
    for value in literals_of(candidate) + list(_folded(candidate)):
        telling = len(value) >= _TELLING_CHARACTERS if isinstance(value, str) else isinstance(value, int | float)
        if isinstance(value, int | float) and abs(value) <= _TELLING and float(value).is_integer():
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


def _calls(bench: Bench, constants: Sequence[Any]) -> Iterator[Probe]:
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
                yield Probe(RecordedCall(arguments, shown=replace(call, raised=None)))


def _with(base: Call, constant: Any) -> Iterator[Call]:
    for at, value in enumerate(base.args):
        for changed in _replaced(value, constant):
            yield Call((*base.args[:at], changed, *base.args[at + 1 :]), dict(base.kwargs))
    for name, value in base.kwargs.items():
        for changed in _replaced(value, constant):
            yield Call(tuple(base.args), {**base.kwargs, name: changed})


def _replaced(value: Any, constant: Any) -> Iterator[Any]:
    if type(value) is type(constant) or {type(value), type(constant)} == {int, float}:
        if type(value)(constant) == constant:  # no whole number is a half
            yield type(value)(constant)
    elif type(value) is list:
        at = next((at for at, item in enumerate(value) if type(item) is type(constant)), None)
        if at is not None:
            yield [*value[:at], constant, *value[at + 1 :]]
    elif type(value) is dict:
        key = next((key for key, item in value.items() if type(item) is type(constant)), None)
        if key is not None:
            yield {**value, key: constant}
