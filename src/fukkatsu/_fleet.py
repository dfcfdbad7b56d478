"""A repair and the store that it shares with other processes and with people.

Who asks the model, what waits for a person, what was taken back. Without a database every question here has the answer
"go on". What running functions hear of all that stands in `_news`.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import Final

from fukkatsu import _news
from fukkatsu._capture.redact import describe_call
from fukkatsu._case import Flatline, NoRepair
from fukkatsu._model.fix import Fix
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._repair import Repair
from fukkatsu._store.records import ALIVE, TAKEN_BACK, Circumstances
from fukkatsu._store.store import Store
from fukkatsu._takeover import keep_fault
from fukkatsu._wrap.recorder import CALL_BYTES
from fukkatsu.policy import Budget

POLL_SECONDS: Final = 0.2
"""Between two looks at what came of another process's repair."""

_log = logging.getLogger("fukkatsu")


class Waiting(Flatline):
    """Nothing failed: a person, or another process, has the next word. No cool-down follows from it."""


def store_of(repair: Repair) -> Store:
    """Where its fixes are kept."""
    store = repair.settings.store
    assert store is not None  # noqa: S101 - resolve() fills it in
    return store


# -- what the store says -----------------------------------------------------------------------------------------------


def check_switched_on(repair: Repair) -> None:
    """Heal nothing that somebody has switched off for the fleet.

    Raises:
        NoRepair: So it is.
    """
    source = repair.line.source
    store = store_of(repair)
    if store.is_off(source.module, source.qualname):
        raise NoRepair("healing of it is switched off in the store (fukkatsu enable)")
    if store.url is not None:
        if len(repair.failure.arguments) <= CALL_BYTES:
            keep_fault(repair.line, repair.failure.fingerprint, repair.case)
        _news.listen(store, repair.line)


def known_fix(repair: Repair) -> Fix | None:
    """The fix that the store offers for this failure; it still has to pass the gauntlet.

    Raises:
        Waiting: ``approve="manual"``, and a person has not said yes to what there is.
    """
    manual = repair.settings.approve == "manual"
    waiting, offered = None, None
    for fix in store_of(repair).find(repair.key, _policy(repair)):
        if fix.state in ALIVE and (fix.approved_by or not manual):
            offered = fix
        elif manual and (fix.state == "pending" or fix.state in ALIVE):
            waiting = fix
    if offered is None and waiting is not None:
        raise _wait_for_a_person(waiting, store_of(repair))
    return offered


def taken_back(repair: Repair, fix: Fix) -> str | None:
    """Why the text of *fix* must not be accepted again: somebody has taken the same one back; else ``None``."""
    for known in store_of(repair).find(repair.key, _policy(repair)):
        if known.state in TAKEN_BACK and known.candidate.text == fix.candidate.text:
            return f"the same text was {known.state} before, as fix {known.id}"
    return None


def keep(repair: Repair, fix: Fix) -> Fix:
    """Remember *fix* before it is put to work: what answers callers is never only in the memory of one process.

    Raises:
        Waiting: ``approve="manual"``: it waits for a person now.
        Flatline: Somebody has taken the same text back meanwhile.
    """
    manual = repair.settings.approve == "manual" and not fix.approved_by
    store = store_of(repair)
    stored = replace(
        fix,
        policy_sha256=_policy(repair),
        report=masked(repair, fix.report),
        state="pending" if manual else "active",
    )
    kept = store.remember(stored, circumstances(repair))
    if kept.state in TAKEN_BACK:
        raise Flatline(f"the suggestion is the text of fix {kept.id}, which was {kept.state}")
    if manual and not (kept.state in ALIVE and kept.approved_by):
        raise _wait_for_a_person(kept, store)
    if store.url is not None:
        source = repair.line.source
        store.write("fix.installed", module=source.module, qualname=source.qualname, fix_id=kept.id)
    return replace(fix, id=kept.id, policy_sha256=stored.policy_sha256, approved_by=kept.approved_by)


def _wait_for_a_person(fix: Fix, store: Store) -> Waiting:
    how = f"fukkatsu show {fix.id}, then fukkatsu approve {fix.id} or fukkatsu reject {fix.id}"
    if store.url is None:
        how = f"as fix {fix.id}, in this process's memory, where nobody can see it: give it store='sqlite:///fixes.db'"
    return Waiting(f"a correction passed the gauntlet and waits for a person (approve='manual'): {how}")


def _policy(repair: Repair) -> str:
    from fukkatsu._store.serial import policy_digest

    assert repair.settings.policy is not None  # noqa: S101 - resolve() fills it in
    return policy_digest(repair.settings.policy)


# -- what the store is told, masked ------------------------------------------------------------------------------------


def circumstances(repair: Repair) -> Circumstances:
    """What the model was told, which is masked already."""
    context, source = repair.context, repair.line.source
    return Circumstances(
        source=context.mask_source(source.text),
        filename=source.filename,
        first_line=source.first_line,
        exception=context.exception,
        traceback=context.traceback,
        arguments=context.arguments,
    )


def masked(repair: Repair, report: Report) -> Report:
    """*report* without secrets of the failing call, and with its counterexample in words."""
    context = repair.context
    verdicts = []
    for verdict in report.verdicts:
        reason = context.mask(verdict.reason)
        call = verdict.counterexample
        if call is not None:
            shown = describe_call(repair.line.source.name, call.args, call.kwargs, list(context.arguments))
            reason += f" (counterexample: {context.mask(shown)})"
        verdicts.append(replace(verdict, reason=reason, counterexample=None))
    return replace(report, verdicts=tuple(verdicts), notes=tuple(map(context.mask, report.notes)))


def store_refusal(repair: Repair, report: Report) -> None:
    """Have the store keep a suggestion that was refused."""
    store, judged = store_of(repair), repair.bench.candidate
    if store.url is None:
        return
    candidate = judged if judged.text == report.source else Candidate(text=report.source)
    text = repair.context.mask_source(candidate.text)
    told = replace(candidate, text=text)
    store.note_suggestion(repair.key, told, masked(repair, report), circumstances(repair))


# -- who asks ----------------------------------------------------------------------------------------------------------


class Turn:
    """One failure of one fleet: one process asks the model, and the others use what comes of it.

    ::

        turn = Turn(repair)
        ...  # see what the store knows
        with turn:
            while turn.look_again():
                ...  # another process was at it since then: see what came of that
            ...  # ask the model

    Raises:
        Waiting: Another process is at it until the deadline, or it flatlined there just before.
    """

    def __init__(self, repair: Repair) -> None:
        self._repair, self._store, self._key = repair, store_of(repair), repair.key
        self._alone = self._store.url is None
        self._seen = set() if self._alone else self._known()
        self._renewing: threading.Event | None = None

    def __enter__(self) -> Turn:
        return self

    def look_again(self) -> bool:
        """Wait until this process may ask (``False``), or there is news from the one that does (``True``)."""
        while not self._alone and self._renewing is None:
            turn = self._store.take_turn(self._key)
            if turn is None:  # the database is away: everybody for themselves, as without one
                self._alone = True
            elif turn.kind == "mine":
                self._renew()
                if self._fresh():
                    return True
            elif turn.kind == "cooling":
                msg = f"the same failure flatlined in another process; nobody asks again for {turn.seconds:.1f} s"
                raise Waiting(msg)
            else:
                self._pause(turn.seconds)
                if self._fresh():
                    return True
        if self._store.url is not None:
            self._store.note_failure(self._key, circumstances(self._repair))
        return False

    def _known(self) -> set[str]:
        return {f"{fix.id} {fix.state}" for fix in self._store.find(self._key)}

    def _fresh(self) -> bool:
        """Whether there are fixes, or states of them, that were not there at the last look."""
        before, self._seen = self._seen, self._known()
        return bool(self._seen - before)

    def _pause(self, seconds: float) -> None:
        self._repair.flight.check()
        remaining = self._repair.deadline - time.monotonic()
        if remaining <= POLL_SECONDS:
            told = self._repair.settings.deadline_seconds
            raise Waiting(f"another process is still repairing it after deadline_seconds={told}", personal=True)
        _never.wait(min(POLL_SECONDS, remaining, max(seconds, 0.01)))

    def _renew(self) -> None:
        """Keep the lease while this process works; a process that dies does not, and another one takes over."""
        self._renewing = stopped = threading.Event()
        store, key = self._store, self._key

        def work() -> None:
            while not stopped.wait(store.lease_seconds / 3):
                store.renew_turn(key)

        try:
            threading.Thread(target=work, name="fukkatsu-lease", daemon=True).start()
        except RuntimeError as why:  # the interpreter is shutting down
            _log.debug("the lease on %s is not renewed: %s", self._repair.line.qualname, why)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._renewing is None:
            return
        self._renewing.set()
        flatlined = isinstance(error, Flatline) and not error.personal and not isinstance(error, Waiting)
        budget = self._repair.settings.budget or Budget()
        wait = budget.cooldown_seconds if flatlined else None
        self._store.end_turn(self._key, wait, budget.cooldown_limit_seconds)


_never = threading.Event()


def catch_up(repair: Repair, fix: Fix) -> None:
    """After the installation of *fix*: what was decided about it before the watch began is not heard by the watch."""
    _news.catch_up(store_of(repair), repair.line, fix)
