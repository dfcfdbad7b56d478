"""Which of the calls that a store keeps belong into a test: such as can be read and tell nothing secret, and few."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._capture.redact import tells_secrets
from fukkatsu._gauntlet.stored import read, recorded
from fukkatsu._model.call import RecordedCall
from fukkatsu._store.recorded import StoredCall, few

UNREADABLE: Final = "with arguments that cannot be built here: a class is another one, or not loaded"
SECRET: Final = "with something in it that looks like a secret"  # noqa: S105 - a sentence
LIKE_OTHERS: Final = "much like those above"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Calls for a test.

    Attributes:
        failing: The failing call, where the store keeps it.
        good: Good calls.
        left_out: What makes others unfit, and how many they are.
    """

    failing: RecordedCall | None
    good: tuple[RecordedCall, ...]
    left_out: Mapping[str, int]


def fit_for_a_test(calls: Sequence[StoredCall], function: Callable[..., Any], most: int) -> Chosen:
    """Of *calls*, whose signatures have been checked, at most *most* good ones, and the failing one.

    A test is committed and read by many: a call that masking would touch is left out, whatever the policy of the
    processes that stored it.
    """
    left_out: Counter[str] = Counter()
    fit = []
    for call in calls:
        why = _unfit(call, function)
        if why:
            left_out[why] += 1
        else:
            fit.append(call)
    good = [call for call in fit if not call.failing]
    chosen = few(good, most=most)
    left_out[LIKE_OTHERS] = len(good) - len(chosen)
    failing = next((recorded(call) for call in fit if call.failing), None)
    return Chosen(failing, tuple(made for made in map(recorded, chosen) if made is not None), +left_out)


def _unfit(call: StoredCall, function: Callable[..., Any]) -> str:
    found = read(call)
    if found is None:
        return UNREADABLE
    try:
        bound = inspect.signature(function).bind(*found.call.args, **found.call.kwargs)
    except TypeError:
        return UNREADABLE
    named = {**bound.arguments} | {f"<{place}>": value for place, value in enumerate(found.rest)}
    texts = [call.arguments] if call.outcome is None else [call.arguments, call.outcome.value]
    return SECRET if tells_secrets(named, [text.decode("ascii") for text in texts]) else ""
