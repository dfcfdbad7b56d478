"""A fix that another process accepted, taken over before a call fails here; or after one did, and nothing answered it.

The watch over the store hears of fixes; each one is judged in the thread that heals in the background, one at a time,
never on a caller's way. What this process demands:

* everything that a fix from the store needs at a failure: function, source, request and policy are the same, nobody
  took it back, and where a person or a callable has to agree, they did;
* **the failing call, if this process has met the failure** (and its arguments could be kept): then the whole gauntlet,
  with that call, and a life, as at the next failure;
* otherwise nobody here has seen what the fix is for. Where the policy has calls kept in the store, the failing call is
  there, and is used if the original fails on it here. Elsewhere the word of the process that accepted the fix is not
  enough: the stages that need no failing call must accept, and **at least one good call of this process** must have
  been replayed and answered as before. A function that has not answered yet waits until it has. Such a fix costs no
  life, since nothing died here, and there is one at most for each function: further ones wait for a failure.

What was refused here is not tried again, and after `REFUSALS` of them a function is left to its next failure, which
judges with the failing call in hand.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final, Literal, TypeAlias
from weakref import WeakKeyDictionary

from fukkatsu import events
from fukkatsu._background import submit
from fukkatsu._case import Case, Flatline, NoRepair
from fukkatsu._deploy import deploy
from fukkatsu._flight import board, in_flight
from fukkatsu._gauntlet.agreement import agreed_before, keep_agreement
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._gauntlet.stored import join, recorded
from fukkatsu._install import Lifeline
from fukkatsu._language.facts import read_facts
from fukkatsu._model.call import Call, RecordedCall
from fukkatsu._model.fix import Fix
from fukkatsu._model.verdict import Report
from fukkatsu._repair import REPLAYED_CALLS, replays_of
from fukkatsu._sandbox import carry
from fukkatsu._settings import Settings
from fukkatsu._store.recorded import StoredCall
from fukkatsu._store.records import ALIVE, TAKEN_BACK, Entry
from fukkatsu._store.serial import policy_digest
from fukkatsu._store.store import Store
from fukkatsu._switch import is_disabled
from fukkatsu._wrap.keep import recall
from fukkatsu._wrap.reached import places_reached
from fukkatsu._wrap.recorder import CALL_BYTES, kept
from fukkatsu.errors import FukkatsuError

REFUSALS: Final = 3
"""Fixes of one function that this process refuses before it waits for a failure of its own."""
FAULTS: Final = 8
"""Failures of one function, of different fingerprints, whose calls are kept until something answers them."""
OFFERS: Final = 16
"""Fixes of one function that wait here; the oldest go first."""

Ending: TypeAlias = Literal["installed", "refused", "not for us", "later"]

_log = logging.getLogger("fukkatsu")


@dataclass(slots=True)
class _State:
    """What this module knows of one function: of the store that its offers are from, too."""

    store: Store | None = None
    offers: OrderedDict[str, Fix] = field(default_factory=OrderedDict)
    refused: int = 0
    faults: OrderedDict[str, bytes] = field(default_factory=OrderedDict)


_states: WeakKeyDictionary[Lifeline, _State] = WeakKeyDictionary()
_lock = Lock()


def _state(line: Lifeline) -> _State:
    with _lock:
        return _states.setdefault(line, _State())


def keep_fault(line: Lifeline, fingerprint: str, case: Case) -> None:
    """Keep the arguments of a failing call, if they are small, so that a fix that comes later can be tried on it.

    Not where the call depended on state besides its arguments: it would be another call by then.
    """
    if case.moment is not None:
        return
    before = kept(case.before(), CALL_BYTES)
    if before is not None:
        state = _state(line)
        with _lock:
            state.faults[fingerprint] = before
            state.faults.move_to_end(fingerprint)
            while len(state.faults) > FAULTS:
                state.faults.popitem(last=False)


def offered(store: Store, entries: Iterable[Entry]) -> list[Fix]:
    """The fixes that *entries* are about, or all there are where a watch begins; oldest first."""
    told = list(entries)
    if not told:
        return [fix for fix in store.fixes() if fix.state in ALIVE]
    news = dict.fromkeys(entry.fix_id for entry in told if entry.event in ("fix.accepted", "fix.approved"))
    records = [store.record(fix_id) for fix_id in news]
    return [record.fix for record in records if record is not None and record.fix.state in ALIVE]


def note(store: Store, lines: Iterable[Lifeline], fixes: Iterable[Fix]) -> None:
    """Have *fixes* from *store* wait at those of *lines* that they are for."""
    by_name: dict[tuple[str, str], list[Fix]] = {}
    for fix in fixes:
        by_name.setdefault((fix.key.module, fix.key.qualname), []).append(fix)
    for line in lines:
        found = by_name.get((str(line.original.__module__), line.qualname), ())
        known = {fix.id for fix in line.fixes}
        state = _state(line) if found else None
        for fix in found:
            if state is not None and fix.id not in known:
                with _lock:
                    state.store, state.offers[fix.id] = store, fix
                    while len(state.offers) > OFFERS:
                        state.offers.popitem(last=False)


def consider(store: Store, listen: Callable[[Lifeline], None], catch_up: Callable[[Lifeline, Fix], None]) -> None:
    """Have what waits judged in the background, where it can be now.

    Args:
        store: Where the fixes are from.
        listen: Called before a fix is installed: the function has something to lose from then on.
        catch_up: Called afterwards: perhaps it was taken back meanwhile.
    """
    with _lock:
        waiting = [(line, state) for line, state in _states.items() if state.offers and state.store is store]
    for line, state in waiting:
        if line.active is not None:
            state.offers.clear()  # whatever fails under it is for the next failure
        elif _is_ready(line, state):
            submit(("takeover", id(line)), _job(store, line, state, listen, catch_up))


def _is_ready(line: Lifeline, state: _State) -> bool:
    """Whether there is anything to judge by, and nobody says no: all that can be known without asking the store."""
    if line.disabled or is_disabled() or line.lives_left <= 0 or in_flight(line):
        return False
    answered = line.recorder is not None and bool(line.recorder.good_calls())
    return answered or any(fix.key.fingerprint in state.faults for fix in state.offers.values())


def _job(
    store: Store,
    line: Lifeline,
    state: _State,
    listen: Callable[[Lifeline], None],
    catch_up: Callable[[Lifeline, Fix], None],
) -> Callable[[], None]:
    def job() -> None:
        with _lock:
            waiting = list(state.offers.values())
        waiting.sort(key=lambda fix: (fix.key.fingerprint in state.faults, fix.created), reverse=True)
        for fix in waiting:  # those for a failure of this process first, and of each kind the newest
            if not store.reachable or not _is_ready(line, state) or line.active is not None:
                return
            ending = _take_over(store, line, state, fix, listen)
            if ending != "later":
                with _lock:
                    state.offers.pop(fix.id, None)
            if ending == "installed":
                state.faults.pop(fix.key.fingerprint, None)
                catch_up(line, fix)

    return job


def _take_over(store: Store, line: Lifeline, state: _State, fix: Fix, listen: Callable[[Lifeline], None]) -> Ending:
    """Judge *fix* with what this process has, and install it if nothing speaks against it."""
    try:
        settings = line.current_settings()
        source = line.source
    except FukkatsuError as why:
        _log.debug("%s takes over nothing: %s", line.qualname, why)
        return "not for us"
    assert settings.policy is not None  # noqa: S101 - resolve() fills both in
    assert settings.checks is not None  # noqa: S101 - likewise
    if state.refused >= REFUSALS:
        return "not for us"
    if store.is_off(source.module, source.qualname):
        return "later"
    same = fix.key.source_sha256 == source.sha256 and fix.key.additional_req == settings.additional_req
    if not same or settings.store is not store or not _may(store, line, settings, fix):
        return "not for us"
    failing = state.faults.get(fix.key.fingerprint)
    if failing is None:
        its_own = next((verdict for verdict in fix.report.verdicts if verdict.stage == "failing-call"), None)
        if line.fixes or its_own is None or its_own.outcome != "accepted":
            return "not for us"
        if line.recorder is None or not line.recorder.good_calls():
            return "later"
    bench, report = _judge(line, settings, fix, failing, _stored_calls(store, settings, fix))
    line.report(report)
    objection = _objection(report, bench.failure is not None) or no_of(settings, line.qualname, fix)
    if objection is not None:
        state.refused += 1
        _log.warning("%s: fix %s of another process is not taken over: %s", line.qualname, fix.id, objection)
        events.emit("candidate.refused", line.qualname, stage=report.refused_by, reason=objection)
        told = {"stage": report.refused_by or "", "why": "it was not accepted here, before any call failed"}
        store.write("fix.declined", module=source.module, qualname=source.qualname, fix_id=fix.id, details=told)
        return "refused"
    return _install(store, line, settings, bench, (fix, report), listen, met=failing is not None)


def _may(store: Store, line: Lifeline, settings: Settings, fix: Fix) -> bool:
    """Whether the store and the settings permit *fix*, before anything is run."""
    assert settings.policy is not None  # noqa: S101 - as above
    assert settings.checks is not None  # noqa: S101 - as above
    if not settings.verify or settings.checks.prose or agreed_before(fix.report) < settings.checks.agreement:
        return False  # what more is demanded is found out at the next failure
    if settings.policy.run_in == "sandbox" and places_reached(line.original, ()):
        return False
    known = store.find(fix.key, policy_digest(settings.policy))
    if any(one.state in TAKEN_BACK and one.candidate.text == fix.candidate.text for one in known):
        return False
    manual = settings.approve == "manual"
    return any(one.id == fix.id and one.state in ALIVE and (one.approved_by or not manual) for one in known)


def _stored_calls(store: Store, settings: Settings, fix: Fix) -> tuple[StoredCall, ...]:
    """Calls of other processes, where the policy permits to keep such."""
    assert settings.policy is not None  # noqa: S101 - as above
    return store.calls(fix.key) if settings.policy.store_calls != "never" else ()


def _judge(
    line: Lifeline, settings: Settings, fix: Fix, failing: bytes | None, stored: tuple[StoredCall, ...]
) -> tuple[Bench, Report]:
    assert settings.policy is not None  # noqa: S101 - as above
    assert settings.checks is not None  # noqa: S101 - as above
    call, failure = None, None
    if failing is not None:
        args, kwargs = recall(failing)
        call = Call(tuple(args), dict(kwargs))
        failure = RecordedCall(carry.carry_call(call.args, dict(call.kwargs)), shown=call)
    source = line.source
    bench = Bench(
        original=line.original,
        source=source,
        facts=read_facts(line.original, source),
        candidate=fix.candidate,
        policy=settings.policy,
        checks=settings.checks,
        additional_req=settings.additional_req,
        failure=failure,
        failing_call=call,
        good_calls=replays_of(line),
        evidence=FunctionEvidence(),
        seed=secrets.randbits(63),  # nothing that a candidate could know
        deadline=time.monotonic() + settings.deadline_seconds,
    )
    _join(bench, stored)
    return bench, keep_agreement(run_gauntlet(bench), fix.report)


def _join(bench: Bench, stored: tuple[StoredCall, ...]) -> None:
    """Put what the store has on *bench*: good calls that hold here, and the failing call if it fails here as well."""
    theirs = next((call for call in stored if call.failing), None) if bench.failure is None else None
    failure = recorded(theirs) if theirs is not None else None
    if failure is not None and bench.reference([failure])[0].kind == "raised":
        bench.failure, bench.failing_call = failure, failure.shown
    if stored:
        join(bench, stored)


def _objection(report: Report, tried: bool) -> str | None:
    """Why the gauntlet's word is not enough; *tried*: the failing call was part of it."""
    if not report.accepted:
        return report.summary()
    replayed = any(verdict.stage == "good-calls" and verdict.outcome == "accepted" for verdict in report.verdicts)
    if not tried and not replayed:
        return "no good call of this process could be replayed, and the failing call is not known here"
    return None


def no_of(settings: Settings, qualname: str, fix: Fix) -> str | None:
    """Why ``approve=callable`` says no to *fix*; ``None``: it does not. Silence, or an error, is never consent."""
    approve = settings.approve
    if not callable(approve):
        return None
    try:
        answer = approve(fix)
    except Exception as error:  # noqa: BLE001 - foreign code
        _log.exception("approve=%r failed on a fix of %s: that is a no", approve, qualname)
        return f"approve raised {type(error).__name__}: {error}"
    return None if answer is True else f"approve returned {answer!r:.80}, and only True is a yes"


def _install(
    store: Store,
    line: Lifeline,
    settings: Settings,
    bench: Bench,
    accepted: tuple[Fix, Report],
    listen: Callable[[Lifeline], None],
    *,
    met: bool,
) -> Ending:
    """As the only repair of the function at that moment: callers that fail meanwhile wait for microseconds.

    *met* says that the failure is one of this process: then it costs a life.
    """
    fix, report = accepted
    why = NoRepair("a fix of another process is being installed")
    flight, leads = board(Case(line=line, told=settings, error=why, args=(), kwargs={}, fault="", deadline=0.0))
    if not leads:
        flight.leave()
        return "later"
    try:
        if line.active is not None or line.disabled or is_disabled() or line.lives_left <= 0:
            return "later"
        listen(line)
        deploy(line, settings, bench, replace(fix, report=report), costs_life=met)
        if bench.failure is not None and bench.first_run is not None:
            mended = replace(bench.failure, outcome=bench.first_run.outcomes[0], healed=True)
            line.healed = (*line.healed, mended)[-REPLAYED_CALLS:]
    except Flatline as broken:
        _log.warning("%s: fix %s of another process is not taken over: %s", line.qualname, fix.id, broken)
        return "refused"
    finally:
        flight.land(None)
    _log.warning("%s: took over fix %s of another process; %s", line.qualname, fix.id, report.evidence_line())
    events.emit("candidate.accepted", line.qualname, evidence=report.evidence_line())
    key = fix.key
    how = {"how": "taken over after a failure" if met else "taken over before any failure"}
    store.write("fix.installed", module=key.module, qualname=key.qualname, fix_id=fix.id, details=how)
    return "installed"
