"""Texts with other letters' case and outer blanks, and arguments that change places, for what a candidate newly treats.

Who writes ``.strip()``, ``.capitalize()`` or ``abs()`` where the author had none answers those inputs otherwise, and
often no others: neither is close to anything that was seen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText

_STRIPS: Final = frozenset({"strip", "lstrip", "rstrip"})
_CASES: Final = frozenset({"lower", "upper", "casefold", "capitalize", "title", "swapcase"})
_SPACES_NAMED: Final = re.compile(r"blank|space|strip|trim|padd|clean|normali[sz]", re.IGNORECASE)
_CASE_NAMED: Final = re.compile(
    r"lower|upper|capitali[sz]e|\bcases?\b|case-|insensitiv|clean|normali[sz]", re.IGNORECASE
)
_LONGEST: Final = 10_000


def new_treatments(candidate: ReadText, original: ReadText, docstring: str) -> list[tuple[str, str]]:
    """Methods of texts, and ``abs``, that only the candidate calls, with what it strips where that is said.

    Not those that the docstring speaks of: what it asks for may be what the original does not do.
    """
    known = {name for name, _ in _called_in(original)}
    found: dict[tuple[str, str], None] = {}
    for name, signs in _called_in(candidate):
        named = _SPACES_NAMED if name in _STRIPS else _CASE_NAMED
        if name not in known and (name == "abs" or not named.search(docstring)):
            found[name, signs] = None
    return list(found)


def _called_in(text: ReadText) -> Iterator[tuple[str, str]]:
    for node in text.below:
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[]) if name in _STRIPS | _CASES:
                yield name, ""
            case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str() as signs)]) if name in _STRIPS:
                yield name, signs
            case ast.Call(func=ast.Name(id="abs")):
                yield "abs", ""


def treated(text: str, name: str, signs: str) -> Iterator[str]:
    """Variants of *text* that the treatment *name* changes, and that differ from it in nothing else."""
    if not text or len(text) > _LONGEST:
        return
    if name in _STRIPS:
        sign = signs[:1] or " "
        yield text + sign if name == "rstrip" else sign + text
        if name == "strip":
            yield text + sign
    elif name in _CASES:
        for variant in (text.swapcase(), text[:1] + text[1:].upper(), text.lower()):
            if variant != text and len(variant) == len(text):
                yield variant


def changed_places(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """*arguments* with two of the same type exchanged, which says on which side of zero their difference is."""
    names = list(arguments)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            kind = type(arguments[one])
            if kind is type(arguments[other]) and kind not in (bool, str, bytes, type(None)):
                yield {**arguments, one: arguments[other], other: arguments[one]}
