"""Rules that all observed calls kept, between two arguments or about one: an author's precondition, written nowhere.

A generated input that breaks one is outside of what was seen: a right rewrite may answer it in its own way.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import itertools
import operator
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

_ENOUGH: Final = 4  # calls that must agree before a relation between arguments counts as a rule
_FEWEST_ITEMS: Final = 4
_TELLING_ITEMS: Final = 9  # in one table at least, none of them there twice: of few that may be chance
_MOST_ITEMS: Final = 5_000
_MOST_COMPARED: Final = 200


def distinct(items: Sequence[Any]) -> bool:
    """Whether no item is there twice, as far as can be told and is worth telling."""
    try:
        return len(set(items)) == len(items)
    except Exception:  # noqa: BLE001, S110 - items without a hash: they are compared
        pass
    try:
        return all(item not in items[:at] for at, item in enumerate(items)) if len(items) < _MOST_COMPARED else True
    except Exception:  # noqa: BLE001 - arrays have no single answer to ==, other objects none at all
        return False


def once_each(items: Sequence[Any]) -> list[Any]:
    """The first of all items that are equal."""
    try:
        return list(dict.fromkeys(items))
    except Exception:  # noqa: BLE001 - items without a hash
        return [item for at, item in enumerate(items) if item not in items[:at]]


_PAIRS: Final[Mapping[str, Any]] = {
    "<": lambda a, b: _numbers(a, b) and a < b,
    "<=": lambda a, b: _numbers(a, b) and a <= b,
    ">": lambda a, b: _numbers(a, b) and a > b,
    ">=": lambda a, b: _numbers(a, b) and a >= b,
    "!=": lambda a, b: _numbers(a, b) and a != b,
    "== len": lambda a, b: _sized(a, b) and a == len(b),
    "< len": lambda a, b: _sized(a, b) and a < len(b),
    "<= len": lambda a, b: _sized(a, b) and a <= len(b),
    "> len": lambda a, b: _sized(a, b) and a > len(b),
    ">= len": lambda a, b: _sized(a, b) and a >= len(b),
    "len ==": lambda a, b: hasattr(a, "__len__") and hasattr(b, "__len__") and len(a) == len(b),
    "max": lambda a, b: _follows(max, a, b),
    "min": lambda a, b: _follows(min, a, b),
    "sum": lambda a, b: _follows(sum, a, b),
    "max or none": lambda a, b: _follows(max, a, b) and (a is None) == (len(b) == 0),
    "min or none": lambda a, b: _follows(min, a, b) and (a is None) == (len(b) == 0),
    "in": lambda a, b: isinstance(b, list | tuple | set | dict | str) and a in b,
    "items in": lambda a, b: _items_in(a, b),
    "places in": lambda a, b: _places_in(a, b),
}

_ORDERED: Final = (
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction,
)  # fmt: skip


def _numbers(a: Any, b: Any) -> bool:
    """Whether two values have an order, as numbers and days do: not that of texts, which is chance."""
    if isinstance(a, int | float) and isinstance(b, int | float):
        return not isinstance(a, bool)
    return type(a) is type(b) and type(a) in _ORDERED


def _items_in(a: Any, b: Any) -> bool:
    """Whether one argument holds nothing but items, or keys, of another."""
    if not isinstance(a, list | tuple | set | frozenset | dict) or not isinstance(b, list | tuple | set | dict):
        return False
    return all(item in b for item in a)


def _places_in(a: Any, b: Any) -> bool:
    """Whether one argument holds nothing but places in another."""
    if not isinstance(a, list | tuple | set | frozenset) or not isinstance(b, list | tuple | str):
        return False
    return all(type(item) is int and 0 <= item < len(b) for item in a)


def _sized(a: Any, b: Any) -> bool:
    return isinstance(a, int) and not isinstance(a, bool) and hasattr(b, "__len__")


def _follows(of: Any, a: Any, b: Any) -> bool:
    """Whether *a* is what *of* gives for *b*; nothing is known yet where one is ``None`` or empty."""
    if not isinstance(b, list | tuple | set | frozenset | dict):
        return False
    parts = b.values() if isinstance(b, dict) else b
    return a is None or (len(b) == 0 and of is not sum) or (_numbers(a, a) and bool(a == of(parts)))


def _rectangular(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) > 0
        and all(isinstance(row, list | tuple) for row in value)
        and len({len(row) for row in value}) == 1
    )


def _even_rows(value: Any) -> bool:
    """The same of a table that may be empty, as the first one is before anything is in it."""
    if not isinstance(value, list | tuple):
        return True
    return len({len(row) for row in value if isinstance(row, list | tuple)}) <= 1


def _tells_of_rows(tables: Sequence[Any]) -> bool:
    """Whether all tables have even rows, and two of them rows of another length each: that is hardly chance."""
    several = [table for table in tables if isinstance(table, list | tuple) and len(table) > 1]
    widths = {len(table[0]) for table in several if _rectangular(table)}
    return len(widths) > 1 and all(map(_even_rows, tables))


def _square(value: Any) -> bool:
    return _rectangular(value) and len(value[0]) == len(value)


def _numbers_of(table: Any) -> list[int] | None:
    """The numbers in a table of whole numbers that are each in one place only; ``None`` for anything else."""
    if not isinstance(table, list | tuple) or not all(isinstance(row, list | tuple) for row in table):
        return None
    items = list(itertools.islice(itertools.chain.from_iterable(table), _MOST_ITEMS))
    if len(items) < _FEWEST_ITEMS or not all(type(item) is int for item in items) or len(items) > len(set(items)):
        return None
    return items


def _each_once(value: Any) -> bool:
    """Whether no number is in two places of a table: labels, a board."""
    return _numbers_of(value) is not None


def _none_missing(value: Any) -> bool:
    """Whether each number from the smallest to the largest has its place in a table: a puzzle, a magic square."""
    items = _numbers_of(value)
    return items is not None and max(items) - min(items) + 1 == len(items)


_TABLES: Final = (_each_once, _none_missing)


def ascending(items: Any) -> bool:
    """Whether no item is below the one before it."""
    return all(one <= other for one, other in itertools.pairwise(items))


def descending(items: Any) -> bool:
    """Whether no item is above the one before it."""
    return all(one >= other for one, other in itertools.pairwise(items))


_FEW_ITEMS: Final = 2
_ORDERS: Final = (ascending, descending, distinct)


def orders_of(lists: Sequence[Any], *, presumed: Collection[str] = ()) -> list[Any]:
    """Which of `ascending`, `descending` and `distinct` are true of all *lists*, and hardly by chance.

    Two different ones that are longer than two tell; what the author's text presumes by itself (*presumed*:
    ``"order"``, ``"distinct"``), one list of two items does not contradict. Rows of a table have no order.
    """
    if not lists or not all(isinstance(items, list | tuple) for items in lists):
        return []
    long = [items for items in lists if len(items) > _FEW_ITEMS and len(once_each(items[:_MOST_COMPARED])) > 1]
    telling = any(_test(operator.ne, items, long[0]) for items in long)
    few = any(len(items) > 1 for items in lists)
    rows = any(isinstance(item, list) for items in lists for item in items)
    wanted = [
        rule
        for rule in ((distinct,) if rows else _ORDERS)
        if telling or (few and ("distinct" if rule is distinct else "order") in presumed)
    ]
    return [rule for rule in wanted if all(_test(rule, items) for items in (long if telling else lists))]


def _lists(given: Sequence[Any]) -> list[Any]:
    """The lists among what was passed, where the other calls passed nothing: these neither tell nor contradict."""
    lists = [one for one in given if one is not None]
    return lists if all(isinstance(one, list | tuple) for one in lists) else []


def _of_lists(rule: Any, value: Any) -> bool:
    return value is None or bool(rule(value))


def _closed(value: Any) -> bool:
    """Whether a table of lists says of its own keys, or places, only: a graph."""
    if isinstance(value, dict):
        rows = list(value.values())
        return (
            bool(value)
            and all(isinstance(row, list | tuple | set | dict) for row in rows)
            and any(rows)
            and all(all(item in value for item in row) for row in rows)
        )
    return (
        isinstance(value, list)
        and all(isinstance(row, list | set) for row in value)
        and any(value)
        and all(type(item) is int and 0 <= item < len(value) for row in value for item in row)
    )


_ALONE: Final[Mapping[str, Any]] = {
    "rectangular": _rectangular,
    "square": _square,
    "each number once": _each_once,
    "no number missing": _none_missing,
    "even length": lambda v: isinstance(v, list | tuple) and len(v) % 2 == 0,
    "odd": lambda v: isinstance(v, int) and v % 2 == 1,
    "even": lambda v: isinstance(v, int) and not isinstance(v, bool) and v % 2 == 0,
    "not empty": lambda v: hasattr(v, "__len__") and len(v) > 0,
    "upper": lambda v: isinstance(v, str) and v.isupper(),
    "lower": lambda v: isinstance(v, str) and v.islower(),
    "digits": lambda v: isinstance(v, str) and v.isdigit(),
    "closed": _closed,
    "balanced": lambda v: isinstance(v, str) and v.count("(") == v.count(")") > 0,
    "stripped": lambda v: isinstance(v, str) and v == v.strip() and "  " not in v,
}


_PARITIES: Final = (_ALONE["odd"], _ALONE["even"])


_LOOSE: Final = {_PAIRS["<"]: _PAIRS["<="], _PAIRS[">"]: _PAIRS[">="], _PAIRS["!="]: lambda _a, _b: True}


def _test(rule: Any, *values: Any) -> bool:
    try:
        return bool(rule(*values))
    except Exception:  # noqa: BLE001 - the values' own comparison may raise: no relation, then
        return False


_FOLLOWING: Final = ("max", "min", "sum", "max or none", "min or none")
_HOLDING: Final = ("items in", "places in")
_MUST_TELL: Final = (*_FOLLOWING, *_HOLDING)
_TELLING: Final = ("len ==", "== len", *_FOLLOWING, "items in")


def _tells(name: str, pairs: Sequence[tuple[Any, Any]]) -> bool:
    """Whether two calls that differ in it keep one of these rules, and all others do: that is hardly chance."""
    rule = _PAIRS[name]
    if not all(_test(rule, a, b) for a, b in pairs):
        return False
    if name == "len ==":
        return len({len(a) for a, _ in pairs}) > 1
    if name in _HOLDING:
        held = [a for a, _ in pairs if len(a) > 0]
        return len(held) > 1 and sum(map(len, held)) > _FEWEST_ITEMS
    return len({a for a, b in pairs if a is not None and len(b) > 0}) > 1


class Relations:
    """Rules that every observed call kept: between two arguments, or about one.

    Args:
        calls: Arguments by name, or attributes of objects.
        presumed: What the author's text presumes of which of them: see `orders_of`.
    """

    def __init__(
        self, calls: Sequence[Mapping[str, Any]], *, presumed: Mapping[str, Collection[str]] | None = None
    ) -> None:
        names = [name for name in calls[0] if all(name in call for call in calls)] if calls else []
        self.rules: list[tuple[str, str | None, Any]] = [
            (a, None, partial(_of_lists, rule))
            for a in dict.fromkeys(name for call in calls for name in call)
            for rule in orders_of(_lists([c.get(a) for c in calls]), presumed=(presumed or {}).get(a, ()))
        ]
        self.rules += [(a, None, _even_rows) for a in names if _tells_of_rows([c[a] for c in calls])]
        if len(calls) < _ENOUGH:
            self.rules += [
                (a, b, _PAIRS[rule])
                for a, b in itertools.permutations(names, 2)
                for rule in _TELLING
                if _tells(rule, [(c[a], c[b]) for c in calls])
            ]
            return
        for a in names:
            kept = [r for r in _ALONE.values() if all(_test(r, c[a]) for c in calls)]
            if _each_once in kept and not any(len(_numbers_of(c[a]) or ()) >= _TELLING_ITEMS for c in calls):
                kept = [r for r in kept if r not in _TABLES]
            if len({c[a] for c in calls if type(c[a]) is int}) < _ENOUGH:
                kept = [r for r in kept if r not in _PARITIES]  # one number, passed four times, is not a rule
            self.rules += [(a, None, r) for r in kept]
            for b in names:
                if a != b:
                    pairs = [(c[a], c[b]) for c in calls]
                    self.rules += [
                        (a, b, rule)
                        for name, rule in _PAIRS.items()
                        if all(_test(rule, *pair) for pair in pairs) and (name not in _MUST_TELL or _tells(name, pairs))
                    ]

    def hold(self, call: Mapping[str, Any], *, strict: bool = True) -> bool:
        """Whether *call* keeps every rule; arguments it lacks break none.

        Not *strict*: what was always less, or never equal, may be equal. That is chance more often than not.
        """
        return all(
            a not in call
            or (b is not None and b not in call)
            or _test(rule if strict else _LOOSE.get(rule, rule), *([call[a]] if b is None else [call[a], call[b]]))
            for a, b, rule in self.rules
        )
