"""What of a policy a runner is started with: plain numbers, for every platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fukkatsu.policy import Policy


@dataclass(frozen=True, slots=True)
class Limits:
    """What of a policy concerns one runner; the host enforces the rest. Units as in ``Policy``."""

    memory_bytes: int
    cpu_seconds: float
    recursion_depth: int
    output_bytes: int
    iterator_items: int
    reply_bytes: int


def limits_of(policy: Policy) -> Limits:
    """What of *policy* a runner is started with."""
    return Limits(
        memory_bytes=policy.memory_bytes,
        cpu_seconds=policy.cpu_seconds,
        recursion_depth=policy.recursion_depth,
        output_bytes=policy.output_bytes,
        iterator_items=policy.iterator_items,
        reply_bytes=policy.reply_bytes,
    )
