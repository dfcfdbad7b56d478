"""What all good calls have in common, and the failing call has not: two lists of one length, rows of one width, order.

Where that is missing the original stumbles, or answers because it never looks at what is left over: it goes by the
first list, say, and the second is longer. That is no answer that anybody has seen or wanted; a correction that is about
such arguments answers them as its docstring says, and a person is told where the two differ.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from fukkatsu._gauntlet.bases import Bases
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.presumed import presumed
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._gauntlet.texts import read_original
from fukkatsu._model.call import Call
from fukkatsu._oracle.relations import orders_of

Rule: TypeAlias = tuple[tuple[str, ...], Callable[..., bool]]

_SIZED: Final = (list, tuple, str)


def is_misshapen(bench: Bench, call: Call | None) -> bool:
    """Whether a call lacks what only the failing call lacks, too."""
    key = ("shapes", tuple(good.arguments for good in bench.good_calls))
    rules = bench.evidence.remember(key, lambda: tuple(_broken(bench)))
    if call is None or not rules:
        return False
    try:
        arguments = inspect.signature(bench.original).bind(*call.args, **call.kwargs).arguments
    except TypeError:
        return False
    return not all(_holds(rule, arguments) for rule in rules)


def _broken(bench: Bench) -> Iterator[Rule]:
    """The rules of all good calls that the failing call does not keep."""
    text = read_original(bench.source)
    bases = Bases(bench, text) if text is not None else None
    failing = bases.failing if bases is not None else None
    if bases is None or not failing or not bases.calls or not is_plain([list(call.values()) for call in bases.seen]):
        return
    for rule in _rules(bases.calls, presumed(bench.source)):
        if not _holds(rule, failing):
            yield rule


def _rules(calls: Sequence[Mapping[str, Any]], order: Mapping[str, Sequence[str]]) -> Iterator[Rule]:
    """What is true of all *calls*, and hardly by chance: of one size each they tell nothing."""
    names = [name for name in calls[0] if all(name in call for call in calls)]
    for name in names:
        seen = [call[name] for call in calls]
        if all(map(_is_table, seen)) and len({len(table[0]) for table in seen if table}) > 1 and all(map(_even, seen)):
            yield (name,), _even
        for rule in orders_of(seen, presumed=order.get(name, ())):
            yield (name,), rule
    for one, other in itertools.combinations(names, 2):
        sizes = {len(call[one]) for call in calls if isinstance(call[one], _SIZED)}
        if len(sizes) > 1 and all(_level(call[one], call[other]) for call in calls):
            yield (one, other), _level


def _holds(rule: Rule, call: Mapping[str, Any]) -> bool:
    names, test = rule
    if any(name not in call for name in names):
        return True
    try:
        return bool(test(*(call[name] for name in names)))
    except (TypeError, ValueError):
        return True


def _is_table(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(row, _SIZED) for row in value)


def _even(table: Any) -> bool:
    """Whether all rows are of one length."""
    return not _is_table(table) or len({len(row) for row in table}) < 2


def _level(one: Any, other: Any) -> bool:
    """Whether both have as many items, and where these are rows, as many in each."""
    if not isinstance(one, _SIZED) or not isinstance(other, _SIZED):
        return False
    if len(one) != len(other):
        return False
    if isinstance(one, str) or isinstance(other, str):
        return True
    rows = [(a, b) for a, b in zip(one, other, strict=True) if isinstance(a, list) and isinstance(b, list)]
    return all(len(a) == len(b) for a, b in rows)
