"""Calls with their arguments as they were, as a store keeps them where the policy permits that; and how few of them.

A call is kept as canonical text (``_oracle.values``), never as a pickle: it is data to whoever reads it, in whatever
interpreter, and only calls that this text says completely are kept at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fukkatsu._model.call import Outcome
from fukkatsu._store.records import digest_of

CALLS: Final = 64
"""Good calls kept of one function."""
CALL_BYTES: Final = 32 * 1024
"""Of one call, arguments and outcome together; a larger one is not kept."""
FUNCTION_BYTES: Final = 256 * 1024
"""Of all good calls of one function."""
FAILING_CALLS: Final = 16
"""Failing calls kept of one function: the newest of each failure, of so many failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """One call, unmasked.

    Attributes:
        arguments: Canonical encoding of ``[args, kwargs]`` before the call, without opaque parts.
        outcome: What the function did: kind, value, arguments afterwards, exception. ``None`` where only another run
            can tell (an iterator that was not kept), and for a failing call.
        failing: It is the call that a failure came from; else one that the original answered.
        shape: What kind of call it is, in one word: calls of one shape are likely to say the same.
    """

    arguments: bytes
    outcome: Outcome | None = None
    failing: bool = False
    shape: str = ""

    @property
    def digest(self) -> str:
        """One word for its arguments: a call is kept once, whoever made it."""
        return digest_of(self.arguments.decode())

    @property
    def size_bytes(self) -> int:
        """What the limits count."""
        said = self.outcome
        return len(self.arguments) + (0 if said is None else len(said.value) + len(said.after) + len(said.exception))


def few(calls: Sequence[StoredCall], most: int = CALLS, most_bytes: int = FUNCTION_BYTES) -> list[StoredCall]:
    """Those of *calls*, oldest first, that are kept: the oldest of the most frequent shape goes first."""
    kept = [call for call in calls if call.size_bytes <= CALL_BYTES]
    size_bytes = sum(call.size_bytes for call in kept)
    while len(kept) > most or size_bytes > most_bytes:
        frequency = Counter(call.shape for call in kept)
        highest = max(frequency.values())
        at = next(at for at, call in enumerate(kept) if frequency[call.shape] == highest)
        size_bytes -= kept.pop(at).size_bytes
    return kept
