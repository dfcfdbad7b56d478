"""What exceptions say that are raised on purpose: codes, values and texts that callers, and people, go by."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, Final

from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values
from fukkatsu._sandbox.installed import travels_by_name

_OPAQUE: Final = b'["opaque",'
MOST_SAID: Final = 300
"""Characters of an exception's text that are compared."""
_VALUE: Final = re.compile(
    r"'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\"|(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE
)
_RELATIVE: Final = 1e-9


def compare_exceptions(expected: Outcome, actual: Outcome) -> str | None:
    """What an exception that was raised on purpose both times says otherwise in its numbers and names.

    Prose (text with spaces in it) may be worded anew; where the words are the same, the values among them must be. Of
    an exception that is not the user's own only numbers in the same place count, which callers go by (``errno``, a
    status), and the key of a ``KeyError``.
    """
    if not (expected.deliberate and actual.deliberate):
        return None
    if expected.value == actual.value or _OPAQUE in expected.value or _OPAQUE in actual.value:
        return None
    before, now = values.parse(expected.value), values.parse(actual.value)
    module = expected.exception.rpartition(".")[0]
    if not module or travels_by_name(module):
        change = _other_codes(before, now, keys=expected.exception == "KeyError")
    else:
        left, right = _without_prose(before), _without_prose(now)
        change = values.difference(*(json.dumps(n, separators=(",", ":")).encode("ascii") for n in (left, right)))
    change = change or _other_values(expected, actual)
    return None if change is None else f"it raises {expected.exception} with other arguments than before: {change}"


def _other_codes(before: Any, now: Any, *, keys: bool) -> str | None:
    """Numbers, or *keys*, that two exceptions of a library have in the same place and that are not the same."""
    left, right = (node[4] if isinstance(node, list) and len(node) > 4 else ["tuple"] for node in (before, now))
    if not (isinstance(left, list) and isinstance(right, list)) or len(left) != len(right):
        return None
    for a, b in zip(left[1:], right[1:], strict=True):
        kinds = (int, str) if keys else (int,)
        if type(a) is type(b) and isinstance(a, kinds) and a != b and not any(" " in str(one) for one in (a, b)):
            return f"{a!r} became {b!r}"
    return None


def _without_prose(node: Any) -> Any:
    if isinstance(node, list):
        if node[:1] == ["exception"] and len(node) > 3:
            return [*node[:3], "", *map(_without_prose, node[4:])]
        return [node[0], *map(_without_prose, node[1:])]
    return "" if isinstance(node, str) and " " in node else node


def wording(outcome: Outcome) -> str:
    """The text of an exception without the values in it; empty where it has none, or another one each time."""
    text = _VALUE.sub("#", outcome.message[:MOST_SAID])
    return text if text.strip("# ") else ""


def _other_values(expected: Outcome, actual: Outcome) -> str | None:
    """Values in two texts of the same words that are not the same; a set's in any order, numbers of any type.

    A quoted text with spaces in it is prose, of an argument of the exception's.
    """
    before, now = expected.message[:MOST_SAID], actual.message[:MOST_SAID]
    if before == now or not wording(expected) or wording(expected) != wording(actual):
        return None
    left, right = (
        sorted(_number(one) for one in _VALUE.findall(text) if not (" " in one and one[0] in "'\""))
        for text in (before, now)
    )
    if len(left) == len(right) and all(map(_close, left, right)):
        return None
    return f"{before!r:.120} became {now!r:.120}"


def _number(text: str) -> tuple[float, str]:
    return (0.0, text) if text[0] in "'\"" else (float(text), "")


def _close(one: tuple[float, str], other: tuple[float, str]) -> bool:
    return one[1] == other[1] and math.isclose(one[0], other[0], rel_tol=_RELATIVE)


def wordings(outcomes: Iterable[Outcome]) -> frozenset[tuple[str, str]]:
    """Class and wording of all that was raised on purpose."""
    return frozenset((one.exception, wording(one)) for one in outcomes if one.kind == "raised" and one.deliberate)


def complains_otherwise(expected: Outcome, actual: Outcome, known: frozenset[tuple[str, str]]) -> str | None:
    """Whether *actual* says what the original says (*known*) in another case than this one.

    A text that nobody knows is the same worded anew; a text of the author's own for another matter is a mistake.
    """
    if not (expected.deliberate and actual.deliberate) or expected.exception != actual.exception:
        return None
    before, now = wording(expected), wording(actual)
    if not before or before == now or (actual.exception, now) not in known:
        return None
    return f"it says {actual.message!r:.120}, which is said of other calls, and not {expected.message!r:.120} as before"
