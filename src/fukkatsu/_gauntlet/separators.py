"""Texts with a separator twice, in front or at the end, with one more part, or a letter more beside it.

``split(".", 1)`` and ``rsplit(".", 1)``, a prefix and a whole first part, agree on all texts that have one separator.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText

_CUTS: Final = frozenset(
    {
        "split", "rsplit", "partition", "rpartition", "splitlines", "startswith", "endswith", "removeprefix",
        "removesuffix", "find", "rfind", "index", "rindex", "replace", "count",
    }
)  # fmt: skip
_LONGEST_SIGN: Final = 3
_LONGEST: Final = 2_000
_MOST_KEYS: Final = 50
_EMPTY_NAMED: Final = re.compile(
    r"\b(?:empty|blanks?|without|missing|skip\w*|ignor\w*|extra|several|multiple|consecutive|repeated|trailing|leading|"
    r"surrounding|outer|strip\w*|trim\w*|no)\b",
    re.IGNORECASE,
)


def new_separators(candidate: ReadText, original: ReadText) -> list[str]:
    """What texts are cut at in one text and not in this way in the other; ``""`` where it is not a constant."""
    one, other = _cuts_in(candidate), _cuts_in(original)
    if not one or not other:  # who has never cut a text before, or does so no more, does something else altogether
        return []
    return list(
        dict.fromkeys(
            sign for cuts, known in ((one, other), (other, one)) for cut, sign in cuts.items() if cut not in known
        )
    )


def _cuts_in(text: ReadText) -> dict[tuple[str, str], str]:
    found = {}
    for node in text.below:
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=arguments) if name in _CUTS:
                spelled = name, ", ".join(map(ast.unparse, arguments))
                match arguments:
                    case [ast.Constant(value=str() as sign), *_] if 0 < len(sign) <= _LONGEST_SIGN:
                        found[spelled] = sign
                    case _:
                        found[spelled] = ""
    return found


def texts_in(value: Any) -> list[str]:
    """A text, or the keys of a dict that are texts."""
    if type(value) is str:
        return [value] if len(value) <= _LONGEST else []
    return [key for key in value if type(key) is str][:_MOST_KEYS] if type(value) is dict else []


def sign_in(text: str, sign: str) -> str:
    """What cuts *text*: *sign*, or where that is not known the first sign in it; nothing where it has none."""
    if sign:
        return sign if sign in text else ""
    return next((char for char in text if not char.isalnum()), "")


def cut_otherwise(value: Any, sign: str, docstring: str) -> Iterator[tuple[Any, int]]:
    """Variants of a text that *sign* cuts, or of the first keys of a dict, each with how often it is in it then.

    Those with an empty part only where the docstring has no word on such.
    """
    for text in texts_in(value)[:2]:
        cut = sign_in(text, sign)
        for variant in _variants(text, cut, docstring) if cut else ():
            if type(value) is str:
                yield variant, variant.count(cut)
            elif variant not in value:  # with what another key has: else it would not tell whose value is taken
                other = next((one for one in value.values() if one is not value[text]), value[text])
                yield {**value, variant: other}, variant.count(cut)


def _variants(text: str, sign: str, docstring: str) -> Iterator[str]:
    before, _, after = text.partition(sign)
    if before and after:
        yield f"{before}{before[-1]}{sign}{after}"
        yield f"{before}{sign}{after[0]}{after}"
        yield f"{text}{sign}{after}"
        yield f"{before}{sign}{text}"
    if not _EMPTY_NAMED.search(docstring):
        yield f"{before}{sign}{sign}{after}"
        yield sign + text
        yield text + sign
