"""Texts near one that was seen: the same format, other words, other letters of the same class, other fields.

What a format is nobody wrote down. So separators stay where they are, numbers between them keep their width, words of
a closed vocabulary keep their letters; and where the texts seen had more fields or fewer, so may those that are made.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fukkatsu._oracle.observed import Domain

_TOKENS: Final = re.compile(r"(\s+|[^\w\s])")
_FIELDS_APART: Final = "\n;|,/&:= .-"
"""What fields are kept apart by, the outermost first."""
_FEWEST_WORDS: Final = 8


def closed_vocabulary(texts: Sequence[str]) -> bool:
    """Whether texts are made of a closed set of words ("three one four"): then letters are not to be changed."""
    words = [w for v in texts for w in _TOKENS.split(v) if w.strip() and w.isalpha()]
    several = sum(len(v.split()) > 1 for v in texts)
    return several > 1 and len(words) >= _FEWEST_WORDS and 2 * len(set(words)) <= len(words)


def near_text(domain: Domain, value: str, same: Sequence[str], rng: random.Random) -> str:
    """A text close to *value*, no longer and no shorter than those in *same*; may be *value* itself."""
    few, many = min(map(len, same)), max(map(len, same))
    roll = rng.random()
    if roll < 0.25:
        near = rng.choice(same)
    elif roll < 0.45 and (sign := _apart(domain, value, same)):
        near = sign.join(_other_fields(value.split(sign), [v.split(sign) for v in same], rng))
    elif roll < 0.6:
        near = _other_word(value, same, rng)
    elif domain.vocabulary:
        return rng.choice(same)
    else:
        near = _other_letter(value, same, rng)
    return near if few <= len(near) <= many else value


def _apart(domain: Domain, value: str, same: Sequence[str]) -> str:
    """What the fields of *value* are kept apart by, where texts had different numbers of them; else nothing.

    As many in each text is a format: a date has three fields, and each has its place.
    """
    if domain.vocabulary:
        return ""
    return next((sign for sign in _FIELDS_APART if sign in value and len({v.count(sign) for v in same}) > 1), "")


def _other_fields(fields: list[str], same: Sequence[list[str]], rng: random.Random) -> list[str]:
    """One field gone, another one put in, or in the place of one, or two exchanged; each of them as it was seen."""
    few, many = min(map(len, same)), max(map(len, same))
    at, there = rng.randrange(len(fields)), rng.randrange(len(fields))
    seen = rng.choice(rng.choice(same))
    roll = rng.random()
    if roll < 0.25 and len(fields) > few:
        return [*fields[:at], *fields[at + 1 :]]
    if roll < 0.5 and len(fields) < many:
        return [*fields[:at], seen, *fields[at:]]
    near = [*fields]
    if roll < 0.75:
        near[at] = seen
    else:
        near[at], near[there] = near[there], near[at]
    return near


def _other_word(value: str, same: Sequence[str], rng: random.Random) -> str:
    """Another observed word in the place of one: the format stays."""
    tokens = [t for t in _TOKENS.split(value) if t]
    words = [at for at, t in enumerate(tokens) if t[0].isalnum() or t[0] == "_"]
    if not words:
        return value
    pool = [t for v in rng.sample(same, min(len(same), 4)) for t in _TOKENS.split(v) if t and t[0].isalnum()]
    at = rng.choice(words)
    old = tokens[at]
    like = [t for t in pool if t.isdigit() == old.isdigit() and t.isalpha() == old.isalpha()]
    if len(tokens) > 1:  # numbers in a format keep their width: a date is not a date with two digits less
        like = [t for t in like if not t.isdigit() or len(t) == len(old)]
    tokens[at] = rng.choice(like) if like else old
    return "".join(tokens)


def _other_letter(value: str, same: Sequence[str], rng: random.Random) -> str:
    """One letter or digit another one of its class; gone, or one more, where there is nothing but such."""
    if not value:
        return value
    letters = [at for at, char in enumerate(value) if char.isalnum()]
    if not letters:
        return _other_sign(value, same, rng)
    few, many = min(map(len, same)), max(map(len, same))
    at = rng.choice(letters)
    pool = [c for v in same for c in v if _class(c) == _class(value[at])] or [value[at]]
    action = rng.random()
    if action < 0.5 or not (value.isalnum() and few < many):
        return value[:at] + rng.choice(pool) + value[at + 1 :]
    if action < 0.75:
        return value[:at] + value[at + 1 :]
    return value[:at] + rng.choice(pool) + value[at:]


def _other_sign(value: str, same: Sequence[str], rng: random.Random) -> str:
    """*value*, all of it signs (brackets, dots and dashes), with one of them another one, gone, or moved."""
    signs = sorted({char for v in same for char in v if not char.isalnum()})
    at = rng.randrange(len(value))
    roll = rng.random()
    if roll < 0.5:
        return value[:at] + rng.choice(signs) + value[at + 1 :]
    if roll < 0.7:
        return value[:at] + value[at + 1 :]
    if roll < 0.85:
        return value[:at] + rng.choice(signs) + value[at:]
    other = rng.randrange(len(value))
    return value[:other] + value[at] + value[other:at] + value[at + 1 :] if other < at else value[::-1]


def _class(char: str) -> str:
    if char.isdigit():
        return "digit"
    if char.isalpha():
        return "upper" if char.isupper() else "lower"
    return char
