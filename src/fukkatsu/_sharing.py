"""Good calls that processes share through their store, where the policy permits to keep raw arguments.

They are read when a call has failed, before anybody is asked, and written when the repair has ended: a call that goes
well costs nothing for it. What is read is evidence like this process's own good calls, after the original has given the
same answer here. Whatever fails on the way, the repair goes on without.
"""

from __future__ import annotations

import logging
from typing import Final

from fukkatsu._capture.failing import named_arguments
from fukkatsu._capture.redact import tells_secrets
from fukkatsu._fleet import circumstances, store_of
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.stored import join, read, stored
from fukkatsu._repair import Repair
from fukkatsu._store.recorded import StoredCall

_log = logging.getLogger("fukkatsu")

_THERE: Final = "good calls that the store has"


def take_in(repair: Repair) -> None:
    """Put the good calls of other processes on the bench of *repair*, beside this process's own."""
    if _never(repair):
        return
    try:
        found = store_of(repair).calls(repair.key)
        repair.bench.evidence.remember(_THERE, lambda: frozenset(call.digest for call in found if not call.failing))
        if found:
            join(repair.bench, found)
    except Exception as why:  # noqa: BLE001 - evidence more or less: no reason to leave a caller without an answer
        _log.warning("%s: stored good calls are not used: %s", repair.line.qualname, type(why).__name__)
        _log.debug("stored good calls of %s", repair.line.qualname, exc_info=why)


def pass_on(repair: Repair) -> None:
    """Have the store keep this process's good calls, and the failing call of a correction that was accepted.

    A good call is passed on when it reproduces on the original. Nobody waits for the store.
    """
    if _never(repair):
        return
    try:
        calls = _worth_keeping(repair)
        if calls:
            store_of(repair).note_calls(repair.key, calls, circumstances(repair))
    except Exception as why:  # noqa: BLE001 - as above; the text of an error may quote arguments
        _log.warning("%s: good calls are not stored: %s", repair.line.qualname, type(why).__name__)
        _log.debug("good calls of %s", repair.line.qualname, exc_info=why)


def _never(repair: Repair) -> bool:
    policy = repair.settings.policy
    return policy is None or policy.store_calls == "never"


def _worth_keeping(repair: Repair) -> list[StoredCall]:
    bench = repair.first_bench
    own = [call for _, call, _ in reproducible(bench) if not call.shared and not call.healed]
    there = bench.evidence.remember(_THERE, frozenset[str])
    found = [call for call in map(stored, own) if call is None or call.digest not in there]
    if bench.failure is not None and repair.reports and repair.reports[-1].accepted:
        found.append(stored(bench.failure, failing=True))
    told = [call for call in found if call is not None]
    assert repair.settings.policy is not None  # noqa: S101 - resolve() fills it in
    if repair.settings.policy.store_calls == "without-secrets":
        told = [call for call in told if not _tells(repair, call)]
    if len(told) < len(found):
        kept_back = len(found) - len(told)
        why = "data cannot say them whole, or something in them looks like a secret"
        _log.info("%s: %d of %d calls are not stored: %s", repair.line.qualname, kept_back, len(found), why)
    return told


def _tells(repair: Repair, call: StoredCall) -> bool:
    """Whether *call* holds something that a prompt would show masked."""
    found = read(call)
    if found is None:
        return True
    named = named_arguments(repair.line.original, found.call.args, dict(found.call.kwargs))
    named |= {f"<{place}>": value for place, value in enumerate(found.rest)}
    texts = [call.arguments] if call.outcome is None else [call.arguments, call.outcome.value, call.outcome.after]
    written = "\n".join(text.decode("ascii") for text in dict.fromkeys(texts))
    return repair.context.mask(written) != written or tells_secrets(named, (), repair.settings.redact)
