"""Texts with other letters' case, outer blanks and signs, and arguments that change places, for what a candidate newly
treats.

Who writes ``.strip()``, ``.capitalize()``, ``.isdigit()`` or ``abs()`` where the author had none answers those inputs
otherwise, and often no others: neither is close to anything that was seen.
"""

from __future__ import annotations

import ast
import decimal
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText

_STRIPS: Final = frozenset({"strip", "lstrip", "rstrip"})
_CASES: Final = frozenset({"lower", "upper", "casefold", "capitalize", "title", "swapcase"})
_DIGITS: Final = frozenset({"isdigit", "isdecimal", "isnumeric"})
_LETTERS: Final = frozenset({"isalpha", "isalnum", "isidentifier"})
ASKED: Final = _DIGITS | _LETTERS
_MATCHING: Final = frozenset({"match", "fullmatch"})
_NUMBER_PATTERNS: Final = frozenset(
    f"{start}{digit}+{end}" for start in ("", "^") for digit in (r"\d", "[0-9]") for end in ("", "$", r"\Z")
)
_SPACES_NAMED: Final = re.compile(r"blank|space|strip|trim|padd|clean|normali[sz]", re.IGNORECASE)
_CASE_NAMED: Final = re.compile(
    r"lower|upper|capitali[sz]e|\bcases?\b|case-|insensitiv|clean|normali[sz]", re.IGNORECASE
)
_SIGNS_NAMED: Final = re.compile(r"digit|numeric|letter|alpha|unsigned|non-?negativ|positiv", re.IGNORECASE)
_LONGEST: Final = 10_000
_NUMBER: Final = re.compile(r"\d+")
_SEPARATOR: Final = re.compile(r"[,;:|=\t\n]")


def new_treatments(candidate: ReadText, original: ReadText, docstring: str) -> list[tuple[str, str]]:
    """Methods of texts, and ``abs``, that only the candidate calls there, with what it strips where that is said.

    Not those that the docstring speaks of: what it asks for may be what the original does not do.
    """
    known = set(_called_in(original))
    found: dict[tuple[str, str], None] = {}
    for name, signs, on in _called_in(candidate):
        named = _SPACES_NAMED if name in _STRIPS else _SIGNS_NAMED if name in ASKED else _CASE_NAMED
        if (name, signs, on) not in known and (name == "abs" or not named.search(docstring)):
            found[name, signs] = None
    return list(found)


def _called_in(text: ReadText) -> Iterator[tuple[str, str, str]]:
    """What is called, what it strips, and what it is called on, as it is written."""
    for node in text.below:
        match node:
            case ast.Call(func=ast.Attribute(value=on, attr=name), args=[]) if name in _STRIPS | _CASES | ASKED:
                yield name, "", ast.unparse(on)
            case ast.Call(func=ast.Attribute(value=on, attr=name), args=[ast.Constant(value=str() as signs)]) if (
                name in _STRIPS
            ):
                yield name, signs, ast.unparse(on)
            case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=pattern), on]) if (
                name in _MATCHING and pattern in _NUMBER_PATTERNS
            ):
                yield "isdigit", "", ast.unparse(on)
            case ast.Call(func=ast.Name(id="abs")):
                yield "abs", "", ""


def treated(value: Any, name: str, signs: str) -> Iterator[Any]:
    """Variants of *value* that the treatment *name* changes, or answers otherwise, and that differ in nothing else."""
    if type(value) is int and value > 0 and name in _DIGITS:  # ``str(value).isdigit()``
        yield -value
    if type(value) is not str or not value or len(value) > _LONGEST:
        return
    if name in _STRIPS:
        yield from _with_signs(value, name, signs[:1] or " ")
    elif name in _CASES:
        for variant in (value.swapcase(), value[:1] + value[1:].upper(), value.lower()):
            if variant != value and len(variant) == len(value):
                yield variant
    elif name in _DIGITS:
        if (number := _NUMBER.search(value)) is not None:
            start, end = number.span()
            yield from (f"{value[:start]}{sign}{value[start:]}" for sign in ("-", " ", "+"))
            yield from (f"{value[:end]}{more}{value[end:]}" for more in (".5", " "))
    elif name in _LETTERS:
        yield from (f"{value[:1]}{sign}{value[1:]}" for sign in (" ", "-", "."))


def reckons_in_floats(candidate: ReadText, original: ReadText) -> bool:
    """Whether the candidate turns something into a float where the original reckons in decimals or fractions."""
    exact = any(isinstance(node, ast.Name | ast.Attribute) and _name(node) in _EXACT for node in original.nodes)
    return (
        exact
        and any(isinstance(node, ast.Call) and _name(node.func) == "float" for node in candidate.below)
        and not any(isinstance(node, ast.Call) and _name(node.func) == "float" for node in original.below)
    )


_EXACT: Final = frozenset({"Decimal", "Fraction"})


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def halves(value: Any, places: int) -> Iterator[Any]:
    """Numbers of *value*'s kind with so many decimal *places*, whose last one is a five: no float is just that."""
    if places and type(value) is str and _DECIMAL.fullmatch(value):
        yield from (f"{whole}.{5:0{places}}" for whole in _WHOLES)
    elif places and type(value) is decimal.Decimal:
        yield from (decimal.Decimal(f"{whole}.{5:0{places}}") for whole in _WHOLES)


def decimal_places(value: Any) -> int:
    """How many decimal places a text, or a decimal number, has."""
    text = str(value) if type(value) is decimal.Decimal else value
    return len(text.partition(".")[2]) if type(text) is str and _DECIMAL.fullmatch(text) else 0


_DECIMAL: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_WHOLES: Final = (1, 2, 4, 8, 10, 16)


def is_number(value: Any) -> bool:
    """Whether *value* is a whole number, or a text that is one and nothing else."""
    return type(value) is int or (type(value) is str and value.strip().isdecimal())


def _with_signs(text: str, name: str, sign: str) -> Iterator[str]:
    """*text* with *sign* at the ends that *name* strips, and where one part of it ends and the next begins."""
    before, after = name != "rstrip", name != "lstrip"
    if before:
        yield sign + text
    if after:
        yield text + sign
    parted = _SEPARATOR.search(text)
    if parted is not None and parted[0] != sign:
        if after:
            yield text[: parted.start()] + sign + text[parted.start() :]
        if before:
            yield text[: parted.end()] + sign + text[parted.end() :]


def changed_places(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """*arguments* with two of the same type exchanged, which says on which side of zero their difference is."""
    names = list(arguments)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            kind = type(arguments[one])
            if kind is type(arguments[other]) and kind not in (bool, str, bytes, type(None)):
                yield {**arguments, one: arguments[other], other: arguments[one]}
