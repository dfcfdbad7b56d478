"""What `verify` has found out about a function stands ready for the next question about it, for a minute.

Whoever tries several corrections of one function pays for its labelled inputs once, as a repair does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Hashable
from threading import Lock
from typing import Final, NamedTuple

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._sandbox import carry, host, pool
from fukkatsu._sandbox.process import shown_to
from fukkatsu.errors import CarryError

MOST_FUNCTIONS: Final = 8
KEPT_SECONDS: Final = 60.0
"""For so long the answers of an original count that depend on the time of day."""


class _Kept(NamedTuple):
    evidence: FunctionEvidence
    seed: int  # with which it was found out
    until: float  # on time.monotonic()
    owner: object  # keeps the identity in the key from being given to another function


_kept: dict[Hashable, _Kept] = {}
_lock = Lock()


def recall(bench: Bench) -> None:
    """Put on *bench* what is known of the same function, called with the same arguments, and remember what will be.

    The same is what travels into the sandbox as the same bytes: code, defaults, and the values of the globals and
    closure variables that it refers to. Of what cannot travel nothing is kept; nor is anything where there is no jail:
    there the examiner that judges contracts is a process with threads of this one, and none of those is left behind.
    """
    if not host.jails():
        return
    try:
        carried = [carry.carry_original(bench.original)]
        if bench.decorated is not bench.original:
            carried.append(carry.carry(bench.decorated))
    except CarryError:
        return
    calls = tuple((call.arguments, call.outcome) for call in (bench.failure, *bench.good_calls) if call is not None)
    told = (bench.failure is not None, bench.additional_req, bench.policy, bench.checks)
    key = (id(bench.decorated), bench.source, tuple(carried), calls, told)
    now = time.monotonic()
    with _lock:
        for old in [old for old, kept in _kept.items() if kept.until < now]:
            del _kept[old]
        found = _kept.pop(key, None) or _Kept(bench.evidence, bench.seed, now + KEPT_SECONDS, bench.decorated)
        _kept[key] = found
        if len(_kept) > MOST_FUNCTIONS:
            del _kept[next(iter(_kept))]
    bench.evidence, bench.seed = found.evidence, found.seed
    bench.evidence.remember(
        "original", lambda: pool.original_subject(carried[0], bench.source.first_line, shown_to(bench.facts))
    )


def forget() -> None:
    """Keep nothing: the next question starts anew."""
    with _lock:
        _kept.clear()


def _new_in_child() -> None:
    global _lock
    _lock = Lock()
    _kept.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_in_child)
