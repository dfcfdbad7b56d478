"""Signs and beginnings that a candidate newly asks texts for, put where no text had them: ``"#" in x`` for ``x[0]``.

Who cuts at a sign, or looks for it anywhere, where the author asked for it in one place agrees with the author on all
texts that have it there or not at all. So the sign is put between letters; and a beginning that is asked for otherwise
(`startswith`, `replace`) is taken away, doubled, and put into the middle.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText

_SEARCHING: Final = frozenset(
    {"split", "rsplit", "partition", "rpartition", "find", "rfind", "index", "rindex", "replace", "count"}
)
_BEGINNINGS: Final = frozenset({"startswith", "removeprefix", "replace", "lstrip"})
_WRAPPING: Final = "textwrap"
_LONGEST_SIGN: Final = 3
_LONGEST: Final = 2_000
_MOST_PLACES: Final = 5
_INSIDE: Final = re.compile(r"(?<=[^\W\d_])(?=[^\W\d_])")


def new_signs(candidate: ReadText, original: ReadText) -> list[str]:
    """Signs, neither letters nor digits nor blanks, that the candidate cuts at, or looks for, in its own way."""
    known = set(_signs_in(original))
    found = [sign for how, sign in _signs_in(candidate) if (how, sign) not in known]
    return list(dict.fromkeys(found))


def _signs_in(text: ReadText) -> Iterator[tuple[str, str]]:
    for node in text.below:
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str() as sign), *_]):
                if name in _SEARCHING and _is_sign(sign):
                    yield "", sign
            case ast.Compare(left=ast.Constant(value=str() as sign), ops=[ast.In() | ast.NotIn()]) if _is_sign(sign):
                yield "", sign
            case ast.Name(id=name) if name == _WRAPPING:
                yield _WRAPPING, "-"


def _is_sign(sign: str) -> bool:
    return 0 < len(sign) <= _LONGEST_SIGN and not any(char.isalnum() or char.isspace() for char in sign)


def with_sign(value: Any, sign: str) -> Iterator[str]:
    """A text with *sign* between two of its letters, here and there."""
    if type(value) is not str or len(value) > _LONGEST:
        return
    inside = [found.start() for found in _INSIDE.finditer(value)]
    for at in inside[:: max(1, len(inside) // _MOST_PLACES)][:_MOST_PLACES]:
        yield value[:at] + sign + value[at:]


def other_beginnings(candidate: ReadText, original: ReadText) -> list[ast.expr]:
    """What the one text asks the beginning of texts for, and the other does not in this way."""
    one, other = _beginnings_in(candidate), _beginnings_in(original)
    return [node for found, known in ((one, other), (other, one)) for how, node in found.items() if how not in known]


def _beginnings_in(text: ReadText) -> dict[tuple[str, str], ast.expr]:
    return {
        (node.func.attr, ast.unparse(node.args[0])): node.args[0]
        for node in text.below
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in _BEGINNINGS and node.args
    }


def beginning(node: ast.expr, arguments: Mapping[str, Any]) -> str:
    """The text that an expression says: a constant, or a parameter; empty where that cannot be told."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Name):
        value = arguments.get(node.id)
    return value if type(value) is str else ""


def begun_otherwise(value: Any, start: str) -> Iterator[Any]:
    """Variants of a text, or of the first such key of a dict, without *start*, with two of it, and with it inside."""
    texts = [value] if type(value) is str else [key for key in value if type(key) is str] if type(value) is dict else []
    text = next((text for text in texts if text.startswith(start) and start < text), "")
    for variant in (text.removeprefix(start), start + text, text + start) if text else ():
        if type(value) is str:
            yield variant
        elif variant not in value:
            yield {**{key: part for key, part in value.items() if key != text}, variant: value[text]}


def takes_parts(candidate: ReadText, original: ReadText) -> bool:
    """Whether the candidate looks for one text in another, where the author asks whether the two are equal."""
    return bool(_equal_in(original) - _equal_in(candidate)) and bool(_within_in(candidate) - _within_in(original))


def _equal_in(text: ReadText) -> set[str]:
    return {
        ast.unparse(node)
        for node in text.below
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        if not any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
    }


def _within_in(text: ReadText) -> set[str]:
    """Membership in what is no display of items, and beginnings and ends that are no constants."""
    found = set()
    for node in text.below:
        match node:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                shown = isinstance(right, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Constant)
                if not shown and not isinstance(left, ast.Constant):
                    found.add(ast.unparse(node))
            case ast.Call(func=ast.Attribute(attr="startswith" | "endswith" | "find"), args=[sought, *_]):
                if not isinstance(sought, ast.Constant):
                    found.add(ast.unparse(node))
    return found


def parts_of_text(value: Any) -> Iterator[str]:
    """A text without its first letter, without its last, without both; and nothing of it."""
    if type(value) is str and 1 < len(value) <= _LONGEST:
        yield from (value[1:], value[:-1], value[1:-1], "")


def matches_otherwise(candidate: ReadText, original: ReadText) -> bool:
    """Whether the candidate matches whole texts, their beginnings, or anywhere, where the author does not."""
    known = _matches_in(original)
    return bool(known) and bool(_matches_in(candidate) - known)


def _matches_in(text: ReadText) -> set[str]:
    return {node.attr for node in text.below if isinstance(node, ast.Attribute)} & {"match", "fullmatch", "search"}


def with_more(value: Any) -> Iterator[str]:
    """A text with the end of its line, and with a word more, behind and before."""
    if type(value) is str and value and len(value) <= _LONGEST:
        words = value.split(" ")
        yield from (value + "\n", f"{value} {words[-1]}", f"{words[-1]} {value}")
