"""``card in "JQK"`` says yes to ``"JQ"`` and to ``""`` too: nobody means that, and ``card in ("J", "Q", "K")`` says no.

Where a correction writes such a question in another way, texts of which only the accident speaks bind nobody.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._oracle import values


def sets_asked_anew(bench: Bench) -> frozenset[str]:
    """Texts of several letters that the original looks for its values in, where the candidate names each letter."""
    both = read_both(bench.candidate.text, bench.source)
    if both is None:
        return frozenset()
    candidate, original = both
    gone = set(_asked_in(original)) - set(_asked_in(candidate))
    named = {node.value for node in candidate.below if isinstance(node, ast.Constant)}
    gone = {letters for letters in gone if letters in named or named.issuperset(letters)}  # one less is another matter
    seen = [call.shown for call in bench.good_calls if call.shown is not None]
    known = {text for call in seen for text in _texts(values.parse(values.encode([call.args, dict(call.kwargs)]).text))}
    return frozenset(one for one in gone if not any(_by_accident(text, one) for text in known))


def holds_a_cut(shown: bytes, sets: Sequence[str] | frozenset[str]) -> bool:
    """Whether an input, as canonical text, holds a text that is in one of *sets* without being a letter of it."""
    return any(_by_accident(text, one) for text in _texts(values.parse(shown)) for one in sets)


def _by_accident(text: str, letters: str) -> bool:
    return len(text) != 1 and text in letters


def _asked_in(text: ReadText) -> Iterator[str]:
    for node in text.below:
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Constant(value=str(letters))]):
                if len(letters) > 1 and len(set(letters)) == len(letters):
                    yield letters


def _texts(node: Any) -> list[str]:
    """The texts in canonical data. The names of kinds in it are no letters of anybody's: they are longer, or other."""
    pending, found = [node], []
    for part in pending:  # grows while it is walked
        if isinstance(part, list):
            pending.extend(part[1:])
        elif isinstance(part, str):
            found.append(part)
    return found
