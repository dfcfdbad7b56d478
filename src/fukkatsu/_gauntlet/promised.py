"""What a function's author promised, read once per function: the docstring, and the decorators around it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import Any

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.decorators import conditions_of
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle.announced import announced
from fukkatsu._oracle.answers import answers_in_prose
from fukkatsu._oracle.conditions import Condition
from fukkatsu._oracle.docstring import Clause, Promises, must_raise_in_prose, raised_in_prose, read_promises
from fukkatsu._sandbox import carry
from fukkatsu.errors import CarryError


def parameters_of(function: FunctionType) -> tuple[str, ...]:
    """Parameter names in order, ``self`` and ``cls`` left out."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[:count]
    return tuple(name for at, name in enumerate(names) if not (at == 0 and name in ("self", "cls")))


def promises_of(original: FunctionType, source: FunctionSource) -> Promises:
    """What the original's docstring promises."""
    first = original.__code__.co_varnames[: original.__code__.co_argcount][:1]  # a clause may name self
    names = frozenset(original.__globals__) | frozenset(first)
    return read_promises(source.docstring, source.name, parameters_of(original), names)


def promises(bench: Bench) -> Promises:
    """The same, read once per function."""
    return bench.evidence.remember("promises", lambda: promises_of(bench.original, bench.source))


def conditions(bench: Bench) -> tuple[Condition, ...]:
    """What decorators promise, read once per function."""
    call = bench.failing_call or next((good.shown for good in bench.good_calls if good.shown is not None), None)
    instance = call.args[0] if call is not None and call.args else None
    return bench.evidence.remember("conditions", lambda: conditions_of(bench.original, bench.decorated, instance))


def clauses(bench: Bench) -> tuple[Clause, ...]:
    """All that can be judged, the docstring's first: a condition's index follows on them."""
    return (*promises(bench).clauses, *(condition.clause for condition in conditions(bench)))


def answers_in_words(bench: Bench) -> tuple[Clause, ...]:
    """What prose says is returned on a condition, read once; nothing where other behaviour is asked for."""
    if not bench.preserve or inspect.isgeneratorfunction(bench.original) or inspect.isasyncgenfunction(bench.original):
        return ()
    return bench.evidence.remember(
        "answers", lambda: answers_in_prose(bench.source.docstring, parameters_of(bench.original))
    )


def documented_exceptions(bench: Bench) -> frozenset[str]:
    """Last components of the names of exceptions that the author says are raised."""
    named = {name for condition in conditions(bench) for name in condition.clause.exceptions}
    own = {name: bench.original.__globals__.get(name) for name in raised_in_prose(bench.source.docstring)}
    raised = {name for name, kind in own.items() if isinstance(kind, type) and issubclass(kind, BaseException)}
    return promises(bench).raises | raised | {name.rpartition(".")[2] for name in named}


def announced_exceptions(bench: Bench) -> frozenset[str]:
    """The same, and those that the docstring names in any other words, or in a doctest."""
    module = bench.original.__globals__
    own = frozenset(name for name, kind in module.items() if isinstance(kind, type) and issubclass(kind, BaseException))
    return documented_exceptions(bench) | announced(bench.source.docstring, own)


def must_raise_in_words(bench: Bench) -> list[Clause]:
    """What sentences say must be raised, where their condition is an expression over the parameters."""
    return list(must_raise_in_prose(bench.source.docstring, parameters_of(bench.original)))


def conditions_for(bench: Bench, exception: str) -> list[Clause]:
    """The author's conditions, those in prose too, under which *exception* (a qualified name) is to be raised."""
    name = exception.rpartition(".")[2]
    in_prose = must_raise_in_prose(bench.source.docstring, parameters_of(bench.original))
    written = {clause.text: clause for clause in (*in_prose, *promises(bench).clauses)}  # a field is prose as well
    return [one for one in written.values() if one.kind == "must-raise" and name in one.exceptions]


def contract_request(
    original: FunctionType,
    written: Sequence[Clause],
    conditions: Sequence[Condition] = (),
    answers: Sequence[Clause] = (),
) -> dict[str, Any]:
    """The part of a request to the examiner that says whose contract it is.

    Args:
        original: The function; the globals that clauses and annotations name travel with it.
        written: Clauses of the docstring.
        conditions: Of its decorators: their clauses follow on those. One that cannot travel is reported unexercised.
        answers: What its prose says is returned; they come last.
    """
    texts = [clause.text for clause in written]
    texts += [hint for hint in original.__annotations__.values() if isinstance(hint, str)]
    names = {node.id for text in texts for node in _walk(text) if isinstance(node, ast.Name)}
    scope: dict[str, bytes] = {}
    for name in names & original.__globals__.keys():
        try:
            scope[name] = carry.carry(original.__globals__[name])
        except CarryError:
            continue  # the clause that uses it is reported as unexercised
    carried: dict[int, bytes] = {}
    for at, condition in enumerate(conditions, len(written)):
        try:
            carried[at] = carry.carry(condition)
        except CarryError:
            continue
    return {
        "function": carry.carry(original),
        "scope": scope,
        "clauses": (*written, *(condition.clause for condition in conditions), *answers),
        "conditions": carried,
    }


def _walk(text: str) -> Iterable[ast.AST]:
    try:
        return list(ast.walk(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
