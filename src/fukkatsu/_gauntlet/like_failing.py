"""Whether an input is close to the failing call, and its failure the same matter, as far as texts go.

``int("")`` and ``int("abc")`` fail on one line with one complaint and are two matters: who counts an empty field as 0
may well leave words to the caller. So texts are told apart by what they are made of: digits, letters, blanks, which
signs, or nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from fukkatsu._gauntlet.labelling import Labelled
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values

_QUOTED: Final = re.compile(r"'((?:[^'\\]++|\\.)*+)'|\"((?:[^\"\\]++|\\.)*+)\"")
_ABOUT_CODE: Final = frozenset({"AttributeError", "TypeError", "KeyError", "NameError", "UnboundLocalError"})
"""What is in quotes there is a name or a key, and one unknown key is as good as another."""
_MOST: Final = 1_000


@lru_cache(maxsize=1024)  # asked of the same few texts for each candidate
def made_of(text: str) -> frozenset[str]:
    """What *text* is made of: ``"0"`` for digits, ``"a"`` for letters, ``" "`` for blanks, and signs."""
    return frozenset(
        "0" if char.isdigit() else "a" if char.isalpha() else " " if char.isspace() else char for char in text[:_MOST]
    )


def same_matter(one: Outcome, other: Outcome) -> bool:
    """Whether two exceptions with one complaint complain of values of one kind, as far as they quote them."""
    return one.exception in _ABOUT_CODE or _complained_of(one.message) == _complained_of(other.message)


@lru_cache(maxsize=1024)
def _complained_of(message: str) -> tuple[frozenset[str], ...]:
    return tuple(made_of(single or double) for single, double in _QUOTED.findall(message[:_MOST]))


def of_one_kind(one: Labelled, failing: bytes) -> bool:
    """Whether each text among the arguments is made of what the failing call's is; of those near seen ones always.

    What an annotation draws is any text, and most texts are no numbers, no dates and no names.
    """
    if one.origin != "domain" or not failing:
        return True
    given, arguments = values.parse(failing)[1], values.parse(one.shown)[1]
    return len(arguments) != len(given) or all(
        made_of(mine) == made_of(other)
        for mine, other in zip(arguments[1:], given[1:], strict=True)
        if isinstance(mine, str) and isinstance(other, str)
    )
