"""``None`` inside of a result, where that place always held something else and the docstring says what belongs there.

``{"stock": None}`` is of the right kind to the eye that looks at the whole. Nothing is said against it where the
docstring is silent: who looks up what may be missing hands on ``None``, and nobody knows better.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.prose import mentions, results_in
from fukkatsu._gauntlet.trees import nodes_of
from fukkatsu._model.call import Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values
from fukkatsu.errors import ReplyError

_DEPTH: Final = 5
_ANY: Final = "*"
_NOTHING_OF: Final = {"number": ("0",), "str": ("''",), "bool": ("False",)}
_TEXT_NAMED: Final = re.compile(
    r"\b(?:means?|counts?\s+as|with|as|by|becomes?|gives?|is|are)\s+(?:''|\"\"|'[^']+'|\"[^\"]+\"|(?:an\s+)?empty\s+text)"
)


def none_inside(outcome: Outcome, good: Sequence[Outcome], source: FunctionSource) -> str | None:
    """Where the result holds ``None``, though all good ones hold another kind there which the docstring speaks of."""
    prose = results_in(source.docstring or "")
    if b"null" not in outcome.value or not prose or mentions("None", prose):
        return None
    known = frozenset(node.value for node in nodes_of(source.text) if isinstance(node, ast.Constant))
    usual: dict[tuple[Any, ...], set[str]] = {}
    try:
        for one in good:
            for path, kind in _parts(values.parse(one.value), known):
                usual.setdefault(path, set()).add(kind)
        empty = [path for path, kind in _parts(values.parse(outcome.value), known) if kind == "None"]
    except ReplyError:
        return None
    for path in empty:
        kinds = usual.get(path, set())
        if len(kinds) == 1 and _speaks_of_nothing_else(next(iter(kinds)), prose):
            place, (usually,) = "".join("[...]" if step == _ANY else f"[{step!r}]" for step in path), kinds
            return (
                f"the failing call's result has None at {place}, where every good call's has a {usually}, and the "
                "docstring says what to put there instead of nothing"
            )
    return None


def _speaks_of_nothing_else(kind: str, prose: str) -> bool:
    """Whether *prose* names what stands for nothing among values of *kind*: a zero, an empty text."""
    if kind == "str" and _TEXT_NAMED.search(prose):
        return True
    return any(mentions(shown, prose) for shown in _NOTHING_OF.get(kind, ()))


def _parts(node: Any, known: frozenset[Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Places below the top with the kind of what is there; keys that the source does not name are all one place."""
    if not isinstance(node, list):
        if path:
            yield path, _KINDS.get(type(node), "None")
        return
    if len(path) >= _DEPTH or not node:
        return
    if node[0] == "dict":
        for key, value in zip(node[1::2], node[2::2], strict=False):
            step = key if isinstance(key, str) and key in known else _ANY
            yield from _parts(value, known, (*path, step))
    elif node[0] == "list":
        for value in node[1:]:
            yield from _parts(value, known, (*path, _ANY))
    elif node[0] == "tuple":
        for at, value in enumerate(node[1:]):
            yield from _parts(value, known, (*path, at))


_KINDS: Final[dict[type, str]] = {bool: "bool", int: "number", float: "number", str: "str", type(None): "None"}
