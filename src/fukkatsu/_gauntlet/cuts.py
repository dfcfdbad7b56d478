"""Texts and lists just longer than a limit that a candidate newly draws: ``text[:80]``, ``items[:50]``.

What is cut off was part of the author's answer, and hardly any input that was seen is that long.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._gauntlet.sought import Reader, Sought
from fukkatsu._gauntlet.texts import ReadText

_LONGEST: Final = 4_096
_SEQUENCES: Final = (str, bytes, list, tuple)


def new_cuts(candidate: ReadText, original: ReadText) -> list[tuple[Sought, int]]:
    """What the candidate cuts to which length where the original does not; what holds it, where that may be a text."""
    known = {(ast.unparse(node), size) for node, size in _cut_in(original)}
    reader = Reader(candidate)
    found: dict[tuple[Sought, int], None] = {}
    for node, size in _cut_in(candidate):
        if (ast.unparse(node), size) not in known:
            for one in reader.sought(node):
                around: Sought | None = one
                while around is not None:  # a line is cut by a text that is longer
                    found[around, size] = None
                    around = around.inside
    return list(found)


def _cut_in(text: ReadText) -> Iterator[tuple[ast.expr, int]]:
    for node in text.below:
        match node:
            case ast.Subscript(value=value, slice=ast.Slice(upper=ast.Constant(value=int() as size))):
                if 0 < size <= _LONGEST and not isinstance(node.ctx, ast.Store):
                    yield value, size


def longer(value: Any, size: int) -> Iterator[Any]:
    """*value* with parts of it repeated until there are more than *size*; a text grows in its first line."""
    if type(value) not in _SEQUENCES or not value or len(value) > size:
        return
    if type(value) in (list, tuple):
        yield (value * (size // len(value) + 2))[: size + 1]
    else:
        yield value[:1] * (size + 1 - len(value)) + value
        yield value + value[-1:] * (size + 1 - len(value))
