"""Records that tie, items that stand the other way round, words in another order: what is sorted shows itself there.

A part of a sort key that a candidate leaves out, or turns round, decides only where all parts before it are equal, and
few calls that were recorded have such records.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText
from fukkatsu._oracle.places import Step, parts_in, with_value

_ORDERING: Final = frozenset(
    {"sorted", "sort", "min", "max", "nsmallest", "nlargest", "groupby", "argsort", "most_common", "reversed"}
)
_OF_ITEMS: Final = frozenset({"min", "max"})
_MOST_PARTS: Final = 4
_FORMAT_WORDS: Final = 2
"""So few may be a format, a first name and a last name, and each has its place."""
_NUMBERS: Final = (int, float, decimal.Decimal, fractions.Fraction)


def ordered_otherwise(candidate: ReadText, original: ReadText) -> frozenset[str] | None:
    """Names and keys that the original mentions, where it puts something in order otherwise than the candidate."""
    own = _orderings(original)
    if not own or own <= _orderings(candidate):
        return None
    return frozenset(
        name
        for node in original.nodes
        for name in (
            [node.attr] if isinstance(node, ast.Attribute) else [node.value] if isinstance(node, ast.Constant) else []
        )
        if isinstance(name, str)
    )


def _orderings(text: ReadText) -> set[str]:
    """The calls that order something, spelled out, with the functions that say by what."""
    functions = {node.name: node for node in text.nodes if isinstance(node, ast.FunctionDef)}
    found = set()
    for node in text.below:
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments, keywords=keywords):
                if name not in _ORDERING or (name in _OF_ITEMS and len(arguments) != 1):
                    continue
                key = next((one.value for one in keywords if one.arg == "key"), None)
                by = functions.get(key.id) if isinstance(key, ast.Name) else None
                found.add(ast.unparse(node) + (ast.unparse(by) if by is not None else ""))
    return found


def tied(value: Any, names: frozenset[str]) -> Iterator[Any]:
    """Variants of *value* in which two items are equal but for one part, in both orders; of texts, words turned round.

    Args:
        value: Any value of a call.
        names: Of the parts that count; places of tuples always do.
    """
    kind = type(value)
    if kind in (list, tuple) and value:
        first, rest = value[0], list(value[2:])
        for step, part in list(parts_in(first))[: 3 * _MOST_PARTS]:
            if step[0] in ("attribute", "key") and step[1] not in names:
                continue
            for other in _another(part, [_part(item, step) for item in value[1:]]):
                try:
                    changed = with_value({"": first}, (("parameter", ""), step), other)[""]
                except (TypeError, ValueError):
                    continue
                yield kind([first, changed, *rest])
                yield kind([changed, first, *rest])
        yield kind(value[::-1])
        if not list(parts_in(first)):
            yield kind([first, *value])
    elif kind is dict and len(value) > 1:
        one, other = list(value)[:2]
        if type(value[one]) is type(value[other]) and type(value[one]) in _NUMBERS:
            yield {**value, other: value[one]}
        yield {key: value[key] for key in reversed(value)}
    elif kind is str:
        words = value.split(" ")
        if len(words) > _FORMAT_WORDS and all(map(str.isalpha, words)):
            yield " ".join(words[::-1])
            yield " ".join([*words, words[0]])


def _part(item: Any, step: Step) -> Any:
    return next((part for at, part in parts_in(item) if at == step), None)


def _another(part: Any, others: list[Any]) -> Iterator[Any]:
    """One that is more, of what has an order; of texts one that another item has."""
    kind = type(part)
    if kind in _NUMBERS:
        yield part + 1
    elif kind is bool:
        yield not part
    elif kind in (datetime.date, datetime.datetime):
        if part < kind.max - datetime.timedelta(days=1):
            yield part + datetime.timedelta(days=1)
    elif kind is str:
        yield next((other for other in others if type(other) is str and other != part), part + part[-1:])
