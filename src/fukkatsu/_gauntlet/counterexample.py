"""A recorded call, made readable: for reports, for the next prompt, and for a test to paste."""

from __future__ import annotations

from dataclasses import replace

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._model.call import UNKNOWN, Call, Outcome, RecordedCall
from fukkatsu._oracle import values


def shown_with(call: RecordedCall, outcome: Outcome | None = None) -> Call | None:
    """*call* for people, with what it returned when *outcome* says so and it can be rebuilt from data."""
    if call.shown is None:
        return None
    returned: object = UNKNOWN
    if outcome is not None and outcome.kind == "returned":
        try:
            returned = values.rebuild(outcome.value)
        except Exception:  # noqa: BLE001 - not every value can be rebuilt from data
            returned = UNKNOWN
    return replace(call.shown, returned=returned, raised=None)


def in_words(call: Call | None, name: str) -> str:
    """``f(1, 2)`` for a sentence, each argument shortened."""
    if call is None:
        return f"{name}(...)"
    parts = [f"{value!r:.80}" for value in call.args] + [f"{key}={value!r:.80}" for key, value in call.kwargs.items()]
    return f"{name}({', '.join(parts)})"


def call_with(bench: Bench, arguments: bytes, outcome: Outcome | None = None) -> Call | None:
    """The failing call or good call whose pickle is *arguments*, for people.

    The pickle is only compared, never read: it may hold the program's own classes by value, and reading those back
    here would overwrite the live ones.
    """
    for call in (bench.failure, *bench.good_calls):
        if call is not None and call.arguments == arguments:
            return shown_with(call, outcome)
    return None
