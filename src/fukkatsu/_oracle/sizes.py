"""Values made larger in their own style, to find what hangs, the smallest ones, and too large ones cut down."""

from __future__ import annotations

import collections
import copy
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fukkatsu._oracle.relations import distinct


def scaled(value: Any, factor: float) -> Any:
    """*value* made *factor* times larger, in its own style: to find what hangs on bigger inputs only."""
    kind = type(value)
    if kind is int and abs(value) > 1:
        return int(value * factor)
    if kind is float and math.isfinite(value):
        return value * factor
    if kind is str:
        return _scaled_text(value, factor)
    if kind is list and value and distinct(value) and all(type(v) is int for v in value):
        span = max(value) - min(value) + 1
        return [value[at % len(value)] + span * (at // len(value)) for at in range(math.ceil(len(value) * factor))]
    if kind in (list, tuple):
        return copy.deepcopy(kind(_cycled(value, factor)))
    if kind is dict and value and all(type(k) is str for k in value):
        rows = list(value.items())
        turns = [(*rows[at % len(rows)], at // len(rows)) for at in range(math.ceil(len(rows) * factor))]
        return {f"{key}{turn or ''}": copy.deepcopy(item) for key, item, turn in turns}
    return copy.deepcopy(value)


COUNT: Final = re.compile(r"[+-]?\d{1,6}")
"""A text that says a number. Who makes one of it may make so many of something: with six more digits for ever."""
_APART: Final = "\n ,;|"


def _scaled_text(text: str, factor: float) -> str:
    """The number that it says, or more lines, words, fields or letters: whichever it is made of."""
    if COUNT.fullmatch(text):
        signed = text[0] in "+-"
        return (text[0] if signed else "") + str(int(int(text[signed:]) * factor)).zfill(len(text) - signed)
    sign = next((sign for sign in _APART if sign in text.strip(sign)), "")
    if not sign:
        return "".join(_cycled(list(text), factor))
    end = sign if text.endswith(sign) else ""
    return sign.join(_cycled(text.removesuffix(end).split(sign), factor)) + end


def _cycled(items: Sequence[Any], factor: float) -> list[Any]:
    return [items[at % len(items)] for at in range(math.ceil(len(items) * factor))]


def spread(low: int, high: int, most: int) -> list[int]:
    """About *most* numbers from *low* to *high*: each one of the first half, the others in even steps."""
    step = max(1, 2 * (high - low) // most)
    return sorted({*range(low, min(high, low + most // 2) + 1), *range(low, high + 1, step)})


EDGES: Final[Mapping[type, tuple[Any, ...]]] = {
    str: ("", " "),
    bytes: (b"",),
    int: (0, 1, 2, -1),
    float: (0.0, 1.0, -1.0),
    list: ([],),
    tuple: ((),),
    dict: ({},),
    set: (set(),),
    frozenset: (frozenset(),),
}
"""Nothing, blanks, zero or below, by type."""


# --- too large values -------------------------------------------------------------------------------------------------

MOST_PARTS: Final = 1_000
"""Parts of one call that inputs are made from; what has more is cut down. Each part is copied and read a hundred times
over, and what a function does with a thousand it does with a hundred thousand."""
_CHARACTERS: Final = 8  # of text are as much work as one part
_ODD_SEARCHED: Final = 300_000
_MOST_ODD: Final = 8
_DEEPEST: Final = 20
_SEQUENCES: Final = (list, tuple)
_TEXTS: Final = (str, bytes, bytearray)
_BLANK: Final = re.compile(r"\s")


def parts_of(value: Any, most: int) -> int:
    """How many parts *value* has, its own attributes included; more than *most* when there are more."""
    count = 0
    pending: list[Any] = [value]
    known: set[int] = set()
    while pending and count <= most:
        part = pending.pop()
        kind = type(part)
        count += 1
        if kind in _TEXTS:
            count += len(part) // _CHARACTERS
            continue
        state = part if kind is dict else getattr(part, "__dict__", None)
        size = getattr(part, "nbytes", None)
        if type(size) is int:  # an array
            count += size // 64
            continue
        if id(part) in known:
            continue
        if isinstance(part, list | tuple | set | frozenset | collections.deque):
            known.add(id(part))
            pending.extend(itertools.islice(part, most + 1))
            count += max(0, len(part) - most)
        if type(state) is dict:
            known.add(id(part))
            pending.extend(itertools.islice(state.values(), most + 1))
            if kind is dict:
                count += len(state)
    return count


def reduced(call: Mapping[str, Any], most: int = MOST_PARTS) -> Mapping[str, Any] | None:
    """A call with no more than about *most* parts, made of *call*: itself where that is small enough.

    Lists, texts, dicts and sets lose what is behind their first items, but for the first of each kind (``None`` among
    numbers, an empty text): that may be what the function stumbles over. Lists of one length keep one length, and a
    number that was that length, or a place behind the cut, follows.

    Returns:
        ``None`` where what is large is something else, an object of the author's: its rules are not known.
    """
    if parts_of(dict(call), most) <= most:
        return call
    large = {name: value for name, value in call.items() if parts_of(value, most // 10) > most // 10}
    share = max(1, most // max(1, len(large)))
    places = _places(large, share)
    made = dict(call)
    for name, value in large.items():
        kept = places.get(_length(value))
        made[name] = _cut(value, share, kept if type(value) in _SEQUENCES else None)
    now = {_length(value): len(made[name]) for name, value in large.items() if _length(value) >= 0}
    for name, value in call.items():
        if type(value) is int:
            made[name] = _following(value, now)
    return made if parts_of(made, 4 * most) <= 4 * most else None


def _length(value: Any) -> int:
    return len(value) if type(value) in (*_SEQUENCES, *_TEXTS, dict, set, frozenset) else -1


def _following(number: int, lengths: Mapping[int, int]) -> int:
    """*number*, a length or a place behind the end for one of *lengths* (before, now): what it is now."""
    for before, now in lengths.items():
        if now < before and now <= number <= before:
            return now if number == before else max(0, now - 1)
    return number


def _places(large: Mapping[str, Any], share: int) -> dict[int, list[int]]:
    """Which items stay, by the length of the list: the same ones of all lists of one length."""
    found: dict[int, list[int]] = {}
    by_length: dict[int, list[Any]] = {}
    for value in large.values():
        if type(value) in _SEQUENCES:
            by_length.setdefault(len(value), []).append(value)
    for length, lists in by_length.items():
        few = min(_first_few(value, share) for value in lists)
        odd = {at for value in lists for at in _odd(value)}
        found[length] = sorted({*range(few), *odd})
    return found


def _first_few(items: Iterable[Any], share: int) -> int:
    count = 0
    for item in items:
        share -= parts_of(item, share)
        if share < 0 and count:
            break
        count += 1
    return count


def _odd(items: Sequence[Any]) -> list[int]:
    """Places of the first item of each kind, of few kinds."""
    kinds: dict[Any, int] = {}
    for at, item in enumerate(itertools.islice(items, _ODD_SEARCHED)):
        kind: Any = type(item)
        if kind in _LOOKED_AT:
            kind = kind, not item, kind in _SIGNED and item < 0
        kinds.setdefault(kind, at)
        if len(kinds) > _MOST_ODD:
            break
    return list(kinds.values())


_SIGNED: Final = frozenset({int, float})
_LOOKED_AT: Final = frozenset({int, float, str, bytes, list, tuple, dict, set, frozenset, bool})


def _cut(value: Any, share: int, kept: Sequence[int] | None = None, depth: int = 0) -> Any:
    """*value* with about *share* parts, or the items at the places in *kept*; what is no builtin container stays."""
    kind = type(value)
    if depth > _DEEPEST or parts_of(value, share) <= share:
        return value
    if kind in _TEXTS:
        return _cut_text(value, share * _CHARACTERS)
    if kind in _SEQUENCES:
        if kept is None:
            kept = sorted({*range(_first_few(value, share)), *_odd(value)})
        each = max(share // max(1, len(kept)), share // 10, 1)
        return kind([_cut(value[at], each, None, depth + 1) for at in kept])
    if kind is dict:
        few = _first_few(value.items(), share)
        each = max(share // max(1, few), share // 10, 1)
        keys = list(value)
        places = sorted({*range(few), *_odd(list(value.values()))})
        return {keys[at]: _cut(value[keys[at]], each, None, depth + 1) for at in places}
    if kind in (set, frozenset):
        return kind(itertools.islice(value, _first_few(value, share)))
    if getattr(value, "nbytes", 0) and getattr(value, "shape", ()):  # an array: its first rows
        rows = value.shape[0]
        return value[: max(1, rows * share * 64 // value.nbytes)].copy()
    return value


def _cut_text(text: Any, length: int) -> Any:
    """The beginning of a text, up to the end of a line or of a word where there are any."""
    start = text[:length]
    if isinstance(start, str):
        line = start.rfind("\n")
        if line > 0:
            return start[: line + 1]
        blanks = [found.start() for found in _BLANK.finditer(start)]
        return start[: blanks[-1]] if blanks else start
    line = start.rfind(b"\n")
    return start[: line + 1] if line > 0 else start
