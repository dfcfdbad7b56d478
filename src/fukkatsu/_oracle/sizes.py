"""Values made larger in their own style, to find what hangs, and too large ones cut down, to have inputs at all."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

from fukkatsu._oracle.relations import distinct


def scaled(value: Any, factor: float) -> Any:
    """*value* made *factor* times larger, in its own style: to find what hangs on bigger inputs only."""
    kind = type(value)
    if kind is int and abs(value) > 1:
        return int(value * factor)
    if kind is float and math.isfinite(value):
        return value * factor
    if kind is str:
        words = value.split(" ")
        if len(words) > 1:
            return " ".join(_cycled(words, factor))
        return "".join(_cycled(list(value), factor))
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


def _cycled(items: Sequence[Any], factor: float) -> list[Any]:
    return [items[at % len(items)] for at in range(math.ceil(len(items) * factor))]
