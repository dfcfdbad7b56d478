"""The failing call's result beside all good ones, as far as its parts go: places, kinds, arrays, keys, words.

``(1, 2)`` is a tuple like ``(1, 2, 3)`` to whoever looks at the whole, and an empty array of whole numbers one like all
those of fractions. Where the author's text or docstring says how results are made up, that is a refusal; where only the
good calls do, a person is asked: what came in may be what is unusual.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from fukkatsu._gauntlet.effects import split_effects
from fukkatsu._gauntlet.prose import mentions, results_in
from fukkatsu._gauntlet.texts import function_named
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values
from fukkatsu.errors import ReplyError

FEWEST: Final = 2
"""Results of good calls, no two alike, that agree: one may be chance."""
_ASKS: Final = "FOR A PERSON TO DECIDE"
_MOST_PARTS: Final = 2_000
_WORDS: Final = {
    "number": r"int|integer|number|float|real|count",
    "str": r"str|string|text|name",
    "f": r"float|floating|real",
    "i": r"int|integer",
    "b": r"bool|boolean",
}
"""How prose names what a tuple, or an array, is made of."""
_NUMPY: Final = {"u": "i"}
_NO_VALUE: Final = re.compile(r"(?<![\w'\"])(?:None|nan|NaN|NaT|<NA>)(?!\w)")


def odd_shape(outcome: Outcome, good: Sequence[Outcome], source: FunctionSource) -> tuple[str | None, list[str]]:
    """Why the failing call's result is none of this function's, if it is not; and what a person should look at.

    Args:
        outcome: Of the failing call.
        good: Of the good calls that return.
        source: The original.
    """
    try:
        answer = values.parse(outcome.value)
        known = [values.parse(text) for text in dict.fromkeys(one.value for one in good)]
    except ReplyError:
        return None, []
    if not isinstance(answer, list) and not isinstance(answer, str):
        return None, []
    given = split_effects(outcome.after)[0]
    if len(known) < FEWEST:
        return None, []
    if isinstance(answer, list) and answer[0] == "tuple" and all(_is(one, "tuple") for one in known):
        return _odd_tuple(answer, known, source, given)
    if isinstance(answer, list) and answer[0] == "ndarray" and all(_is(one, "ndarray") for one in known):
        return _odd_array(answer, known, source)
    notes = [*_odd_keys(answer, known, given), *_spelt_out(answer, known, source, given)]
    return None, notes


def _is(node: Any, kind: str) -> bool:
    return isinstance(node, list) and bool(node) and node[0] == kind


def _odd_tuple(
    answer: list[Any], known: Sequence[list[Any]], source: FunctionSource, given: bytes
) -> tuple[str | None, list[str]]:
    lengths = {len(one) for one in known}
    docstring = source.docstring or ""
    if len(answer) not in lengths:
        if len(answer) - 1 in _places_returned(source) or not _places_returned(source):
            return None, []
        if mentions(values.render(_written(answer), 60), docstring):
            return None, []
        usual = " or ".join(str(length - 1) for length in sorted(lengths))
        shown = values.render(_written(answer), 60)
        return (
            f"the failing call now returns {shown}, of {len(answer) - 1} places, where every result of the original "
            f"has {usual}: its callers unpack them. Return as many"
        ), []
    if len(lengths) > 1:
        return None, []
    for at, part in enumerate(answer[1:], 1):
        kind, kinds = _kind(part), {_kind(one[at]) for one in known}
        if kind in kinds or kind == "None" or len(kinds) > 1 or kinds == {"None"}:
            continue
        if _written(part) in given or _is_quoted(part, docstring):
            continue  # handed through, or spoken of
        (usual,) = kinds
        said = (
            f"the failing call's result has {values.render(_written(part), 60)}, a {kind}, at place {at - 1}, where "
            f"every good call's has a {usual}"
        )
        one_kind = {_kind(each) for one in known for each in one[1:]} == kinds
        if one_kind and usual in _WORDS and _speaks(usual, docstring):
            return f"{said}, and so says the docstring", []
        return None, [f"{_ASKS}: {said}"]
    return None, []


def _is_quoted(part: Any, docstring: str) -> bool:
    """Whether the docstring has the value: a text between quotes, for "1.2.0" says nothing of a text "0"."""
    if isinstance(part, str):
        return re.search(rf"([\"'`]){re.escape(part)}\1", docstring) is not None
    return mentions(values.render(_written(part), 60), docstring)


def _odd_array(answer: list[Any], known: Sequence[list[Any]], source: FunctionSource) -> tuple[str | None, list[str]]:
    """An array of whole numbers, where all others are of fractions, or the other way round."""
    kind, kinds = _of_array(answer), {_of_array(one) for one in known}
    if kind in kinds or len(kinds) > 1 or "O" in (kind, *kinds):
        return None, []
    (usual,) = kinds
    said = f"the failing call's array is of {answer[1]}, where every good call's is of {known[0][1]}"
    if _speaks(usual, source.docstring or ""):
        return f"{said}, and so says the docstring: give the same kind of numbers", []
    return None, [f"{_ASKS}: {said}"]


def _of_array(node: list[Any]) -> str:
    code = re.sub(r"[<>=|\d]", "", str(node[1]))[:1]
    return _NUMPY.get(code, code)


def _speaks(kind: str, docstring: str) -> bool:
    words = _WORDS.get(kind)
    return words is not None and re.search(rf"\b(?:{words})s?\b", results_in(docstring), re.IGNORECASE) is not None


def _odd_keys(answer: Any, known: Sequence[Any], given: bytes) -> Iterator[str]:
    """A key of another kind than all keys of good results; one of the caller's own is no matter."""
    if not _is(answer, "dict") or not all(_is(one, "dict") for one in known):
        return
    kinds = {_kind(key) for one in known for key in one[1::2]}
    if len(kinds) != 1 or sum(len(one[1::2]) for one in known) <= FEWEST:
        return
    (usual,) = kinds
    for key in answer[1::2]:
        if _kind(key) not in (usual, "None") and _written(key) not in given:
            yield (
                f"{_ASKS}: the failing call's result has the key {values.render(_written(key), 60)}, where every key "
                f"of good results is a {usual}"
            )
            return


def _spelt_out(answer: Any, known: Sequence[Any], source: FunctionSource, given: bytes) -> Iterator[str]:
    """``None`` or ``nan`` as a word of a text, where nothing was made a text of by oversight."""
    if b"null" not in given and b"nan" not in given.lower():
        seen_in = source.text + (source.docstring or "")
    else:
        seen_in = source.docstring or ""
    if _NO_VALUE.search(re.sub(r"(?<!['\"])\bNone\b(?!['\"])", "", seen_in)):
        return
    if any(_NO_VALUE.search(text) for one in known for text in _texts(one)):
        return
    for text in _texts(answer):
        if (found := _NO_VALUE.search(text)) is not None and found[0].encode() not in _texts_of(given):
            yield (
                f"{_ASKS}: the failing call's result spells {found[0]} out, in {text!r:.80}, which no good result "
                "does: a missing value seems to have been made a text"
            )
            return


def odd_length(
    outcome: Outcome, given: Call | None, good: Sequence[tuple[Call | None, Outcome]], source: FunctionSource
) -> str | None:
    """Whether the failing call's result is the only one that is not as long as what was given: what a person looks at.

    Args:
        outcome: Of the failing call, and *given* the call.
        good: The good calls that return, with their outcomes.
        source: The original.
    """
    length = _length(outcome)
    if length is None or given is None or _FEWER.search(source.docstring or ""):
        return None
    for at, value in enumerate(given.args):
        if (size := _size(value)) is None or size == length:
            continue
        pairs = [(_size(call.args[at]), _length(one)) for call, one in good if call is not None and at < len(call.args)]
        if len(pairs) < max(_FEWEST_SIZES, len(good)) or any(one is None or one != other for one, other in pairs):
            continue
        if len(set(pairs)) >= FEWEST:
            return (
                f"{_ASKS}: the failing call's result has {length} items for the {size} of argument {at}, where every "
                "good call's result has one for each item"
            )
    return None


def _size(value: Any) -> int | None:
    if isinstance(value, list | tuple):
        return len(value)
    is_array = type(value).__module__ == "numpy" and bool(getattr(value, "shape", ()))
    return len(value) if is_array else None


_FEWEST_SIZES: Final = 3
_FEWER: Final = re.compile(
    r"\b(?:skip\w*|ignor\w*|drop\w*|omit\w*|filter\w*|only|without|leav\w* out|left out|remov\w*|"
    r"exclud\w*|discard\w*)\b",
    re.IGNORECASE,
)


def _length(outcome: Outcome) -> int | None:
    try:
        node = values.parse(outcome.value)
    except ReplyError:
        return None
    if _is(node, "list") or _is(node, "tuple"):
        return len(node) - 1
    return int(node[2][1]) if _is(node, "ndarray") and len(node[2]) > 1 else None


def _texts(node: Any) -> Iterator[str]:
    """All texts in canonical data, keys included; the words that say what kind of data it is are none."""
    pending = [node]
    for part in pending[:1]:
        if isinstance(part, str):
            yield part
    for part in islice(pending, _MOST_PARTS):  # grows while it is walked
        if isinstance(part, list):
            inner = part[1:]
            yield from (one for one in inner if isinstance(one, str))
            pending.extend(one for one in inner if isinstance(one, list))


def _texts_of(given: bytes) -> bytes:
    try:
        return " ".join(_texts(values.parse(given))).encode() if given else b""
    except ReplyError:
        return b""


def _kind(node: Any) -> str:
    if isinstance(node, list):
        return str(node[0]) if node else "list"
    return _KINDS.get(type(node), "None")


_KINDS: Final[dict[type, str]] = {bool: "bool", int: "number", float: "number", str: "str", type(None): "None"}


def _written(node: Any) -> bytes:
    return json.dumps(node, separators=(",", ":")).encode("ascii")


@lru_cache(maxsize=64)
def _places_returned(source: FunctionSource) -> frozenset[int]:
    """How many places the tuples have that the original's ``return`` statements spell out; empty where one does not."""
    try:
        function = function_named(ast.parse(source.text), source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    pending: list[ast.AST] = list(function.body) if function is not None else []
    found: set[int] = set()
    for node in pending:  # grows while it is walked; functions within have returns of their own
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Return):
            if not isinstance(node.value, ast.Tuple) or any(isinstance(one, ast.Starred) for one in node.value.elts):
                return frozenset()
            found.add(len(node.value.elts))
        pending.extend(ast.iter_child_nodes(node))
    return frozenset(found)
