"""The flow, written out once, top to bottom: a call failed; bring the function back to life, or flatline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from fukkatsu import events
from fukkatsu._asking import cool_down, read_prose
from fukkatsu._background import postpone, submit
from fukkatsu._capture.failing import raised_on_purpose
from fukkatsu._case import Arguments, Case, Flatline, Healed, Irrevocable, NoRepair, Postponed, failed_in, open_case
from fukkatsu._deploy import deploy
from fukkatsu._engine_attempts import ask_until_accepted, judge, keep_verdict, objection, suggestions_wanted
from fukkatsu._fleet import Turn, Waiting, catch_up, check_switched_on, keep, known_fix, store_of
from fukkatsu._flight import Flight, board, settle, too_late
from fukkatsu._gauntlet.agreement import Judged, agreed_before, keep_agreement
from fukkatsu._gauntlet.contract import prepare_contract, violated_precondition
from fukkatsu._gauntlet.labelling import label
from fukkatsu._gauntlet.promised import conditions, documented_exceptions
from fukkatsu._gauntlet.siding import asks_a_person
from fukkatsu._install import Lifeline
from fukkatsu._look import Look
from fukkatsu._model.fix import Fix
from fukkatsu._repair import REPLAYED_CALLS, Repair, open_repair
from fukkatsu._resume import reproduce
from fukkatsu._sandbox import carry, pool
from fukkatsu._sandbox.interrupt import Interrupt
from fukkatsu._settings import Settings
from fukkatsu._sharing import pass_on, take_in
from fukkatsu._switch import is_disabled, repairing
from fukkatsu._wrap.factory import kind_of
from fukkatsu._wrap.reached import places_reached
from fukkatsu._wrap.recorder import FailedCall
from fukkatsu.errors import DecorationError, FlatlineError, said_by, text_of

_log = logging.getLogger("fukkatsu")


def revive(
    line: Lifeline,
    error: Exception,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    earlier: Case | None = None,
) -> Any:
    """What the wrapper of a plain function does with an exception.

    Args:
        line: Of the function.
        error: What its call raised.
        args: Of the call.
        kwargs: Likewise.
        earlier: The case that the same call was before, when it is what answered then that has failed now.

    Returns:
        What a fix that passed the gauntlet (now, or earlier) returns for the same arguments.

    Raises:
        FlatlineError: From *error*: no fix; the text says why.
        Exception: *error* itself, when it is not to be healed or ``on_flatline="original"``.
    """
    case = open_case(line, error, args, kwargs, earlier=earlier)
    if case is None:
        raise error
    problem: Exception | None = None
    healed: Healed | None = None
    try:
        healed = reach(case)
        case.put_back()
    except Exception as why:  # noqa: BLE001 - our own defect must never hide the function's exception
        problem = why
    if healed is None or problem is not None:
        raise_end(case, problem)
    try:
        # in the caller's own context, outside of the repair: what the fix calls may be healed in its turn
        return healed.function(*args, **kwargs)
    except Exception as why:
        if not fix_failed(case, healed, why):
            raise
        broken = why
    return revive(line, broken, args, kwargs, case)


def fix_failed(case: Case, healed: Healed, broken: Exception) -> bool:
    """What to make of an exception of the function that answered: ``True`` says that it is a failure like any other.

    Raises:
        FlatlineError: The gauntlet has seen the fix return on this very call: it is taken back.
    """
    line = case.line
    if type(broken) is NoRepair:  # not of the fix's making: it was not asked
        raise_end(case, broken)
    if healed.function is line.original:
        return False
    if not healed.judged:
        return True
    if healed.function is line.active:
        line.take_back(f"raised {type(broken).__name__} in the host, on the call it was installed for")
    reason = f"the fix raised {said_by(broken)}, although it had returned in the sandbox"
    raise FlatlineError(line.qualname, reason, (), case.error) from case.error


def repair_beside(
    line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any], seen: FailedCall | None
) -> None:
    """`revive` for a call whose caller has gone on: heal for the calls to come, and raise nothing."""
    case = open_case(line, error, args, kwargs, seen=seen)
    if case is None:
        return
    case.beside = True
    _reach_beside(case)


def _reach_beside(case: Case) -> None:
    try:
        reach(case)
    except NoRepair as why:
        _log.info("fukkatsu did not repair %s: %s", case.line.qualname, why)
    except Exception as why:  # noqa: BLE001 - there is nobody to raise it to
        told_end(case, why)


def _heal_for_others(case: Case) -> None:
    """Repair beside a caller whose own call cannot be made again: the next one with the same fault finds a fix."""
    try:
        other = case.for_others()
    except Exception as why:  # noqa: BLE001 - copying runs the classes' own code; it is only more that is not healed
        _log.debug("%s is not healed for others either: %s", case.line.qualname, why)
        return

    def repair() -> None:
        other.deadline = time.monotonic() + other.told.deadline_seconds
        _reach_beside(other)

    if submit((id(case.line), case.fault), repair):
        _log.warning("%s: that call is not made again; a correction for those to come is sought", case.line.qualname)


def raise_end(case: Case, problem: Exception | None) -> NoReturn:
    """Give the caller what there is to give when nothing answers: always the function's own exception, or from it."""
    flatline: FlatlineError | None = None
    try:
        with Look():
            flatline = _ended(case, problem)
    except Exception as why:  # noqa: BLE001 - whatever the exception and the arguments are like, it reaches the caller
        _log.error("the end of the repair of %s could not be told: %s", case.line.qualname, said_by(why))
    if flatline is None:
        raise case.error
    raise flatline from case.error


def _ended(case: Case, problem: Exception | None) -> FlatlineError | None:
    """What the caller gets in the place of the function's exception; ``None``: that exception, with a note."""
    line, error = case.line, case.error
    if isinstance(problem, NoRepair):
        _note(error, f"fukkatsu did not repair {line.qualname}: {problem}")
        return None
    if isinstance(problem, Postponed):
        postpone(line, error, case.args, case.kwargs, repair_beside)
        return None
    flatline = told_end(case, problem)
    if isinstance(problem, Irrevocable):
        _heal_for_others(case)
    if case.told.on_flatline != "original":
        return flatline
    _note(error, str(flatline))
    return None


def _note(error: Exception, text: str) -> None:
    """Add a note, where *error* lets itself be written on: one that is frozen goes to the caller without."""
    try:
        BaseException.add_note(error, text)
    except Exception as why:  # noqa: BLE001 - code of its class
        _log.debug("%s cannot be given a note: %s", type(error).__name__, said_by(why))


def told_end(case: Case, problem: Exception | None) -> FlatlineError:
    """The flatline that *problem* is, told to the log and to the hooks."""
    line, error = case.line, case.error
    if isinstance(problem, Flatline | DecorationError):
        reason = str(problem)
    else:
        _log.error("the repair of %s broke down", line.qualname, exc_info=problem)
        found = said_by(problem) if problem is not None else "no answer"
        reason = f"the repair itself broke down ({found}); please report this"
    flatline = FlatlineError(line.qualname, reason, tuple(case.reports), error)
    _log.error("%s", flatline)
    events.emit("flatline", line.qualname, reason=reason)
    return flatline


def reach(case: Case) -> Healed:
    """What answers for *case*: an active fix, or that of a repair which this caller leads or waits for.

    Raises:
        Flatline: Nothing does.
        NoRepair: Likewise, and it is no failure of the function's.
    """
    while True:
        at_hand = active_for(case)
        if at_hand is not None:
            return at_hand
        case.before()
        flight, leads = board(case)
        if leads:
            return lead(case, flight)
        try:
            flight.landing.result(max(0.0, case.remaining))
        except TimeoutError:
            raise too_late(case) from None
        finally:
            flight.leave()
        healed = settle(case, flight)
        if healed is not None:
            return healed


def active_for(case: Case) -> Healed | None:
    """The active fix, when it is not the one that failed.

    Raises:
        Postponed: There is none, and the caller is not to wait for one.
    """
    fix = case.line.active
    if fix is None or failed_in(case.error, fix):
        if case.told.when == "background" and not case.beside:
            raise Postponed
        return None
    _log.warning("%s: Correction already in memory", case.line.qualname)
    return Healed(function=case.line.answering or fix)


def lead(case: Case, flight: Flight) -> Healed:
    """Repair, and tell those who wait how it ended.

    Raises:
        Exception: As `reach`; `Abandoned` when nobody waits any more.
    """
    token = repairing.set(True)
    landing: Any = None
    try:
        healed = landing = _repair(case, flight)
        return healed
    except Flatline as why:
        landing = None if why.personal else (why, tuple(case.reports))
        raise
    finally:
        repairing.reset(token)
        flight.land(landing)


def _repair(case: Case, flight: Flight) -> Healed:
    line = case.line
    before = case.before()
    try:
        settings = line.current_settings()
    except Exception as broken:  # noqa: BLE001 - files and environment are foreign
        raise Flatline(f"the configuration cannot be used: {text_of(broken)}") from None
    at_hand = active_for(case)
    if at_hand is not None:  # installed between the failure and now
        return at_hand
    replay = Interrupt()
    flight.when_cancelled(replay.now)
    with replay:
        if line.active is not None and _original_answers(line, settings, before):
            line.take_back(f"raised {type(case.error).__name__} where the original returns")
            return Healed(function=line.original)
        if kind_of(line.original.__code__) in ("generator", "async generator") and not case.by_fix:
            reproduce(case, settings)
    repair = open_repair(case, flight, settings)
    flight.when_cancelled(repair.stop)
    try:
        with repair.interrupt:
            accepted, function = _heal(repair)
    finally:
        repair.preparing.now()  # however it ended: what is prepared still is for nobody
    outcome = repair.bench.first_run.outcomes[0] if repair.bench.first_run is not None else None
    assert repair.bench.failure is not None  # noqa: S101 - open_repair put it there
    line.healed = (*line.healed, replace(repair.bench.failure, outcome=outcome, healed=True))[-REPLAYED_CALLS:]
    _log.warning("%s: Reanimation successful, using %s", line.qualname, accepted.source)
    return Healed(function=function, judged=True)


def _original_answers(line: Lifeline, settings: Settings, before: Arguments) -> bool:
    """Whether the original, in a runner, returns for the call on which its fix raised."""
    step = pool.Step("call", carry.carry_call(*before))
    assert settings.policy is not None  # noqa: S101 - resolve() fills it in
    run = pool.run(pool.original_subject(carry.carry(line.original), line.source.first_line), [step], settings.policy)
    return bool(run.outcomes) and run.outcomes[0].kind == "returned"


def _heal(repair: Repair) -> tuple[Fix, Callable[..., Any]]:
    """Memory first, then the model, at most as often as attempts, lives, budget and clock allow."""
    line, settings = repair.line, repair.settings
    if line.lives_left <= 0:
        raise Flatline(f"no life is left (lives={settings.lives}, all used up)")
    bench = repair.bench
    with Look():
        changed = places_reached(line.original, repair.case.args) if bench.policy.run_in == "sandbox" else None
    if changed:
        names = ", ".join(sorted(map(str, changed)))
        msg = f"its fix would be served from the sandbox, where it cannot change {names} for the program"
        raise Flatline(f"{msg} (Policy(run_in='host') has no such limit)")
    fault = violated_precondition(
        bench.original, bench.source, repair.failure.arguments, bench.policy, conditions(bench)
    )
    if fault is not None:
        raise NoRepair(f"the call violates the function's own precondition ({fault}): the caller is at fault")
    error = repair.failure.exception
    if type(error).__name__ in documented_exceptions(bench) and raised_on_purpose(error, line.original.__code__):
        raise NoRepair(f"its author says that it raises {type(error).__name__}, and it did so on purpose")
    check_switched_on(repair)
    take_in(repair)
    try:
        context = copy_context()  # a repair goes on there too, under the caller's decimal context
        prepare = partial(context.run, _prepare, repair)
        threading.Thread(target=prepare, name="fukkatsu-prepare", daemon=True).start()
    except RuntimeError as why:  # the interpreter is shutting down, or threads are scarce: the stages will prepare
        _log.debug("no thread to prepare the gauntlet of %s in: %s", line.qualname, why)
    try:
        return _remembered_or_asked(repair)
    finally:
        pass_on(repair)


def _remembered_or_asked(repair: Repair) -> tuple[Fix, Callable[..., Any]]:
    """The fix that the store knows, if it passes the gauntlet here; else one that the model suggests."""
    settings = repair.settings
    cool_down_key = (repair.key.module, repair.key.qualname, repair.key.source_sha256, repair.key.fingerprint)
    cooling = cool_down(settings.budget)
    wait = cooling.blocked_for(cool_down_key)
    turn = Turn(repair)
    try:
        read_prose(repair, ask=wait <= 0)
        remembered = _from_memory(repair)
        if isinstance(remembered, Fix):
            return _put_to_work(repair, remembered)
    except Flatline as why:
        if not (why.personal or isinstance(why, Waiting)):
            cooling.failed(cool_down_key)
        raise
    if wait > 0:
        msg = f"the same failure flatlined before; the model is not asked again for {wait:.1f} s (cool-down)"
        raise Flatline(msg)
    try:
        with turn:
            while turn.look_again():
                remembered = _from_memory(repair)
                if isinstance(remembered, Fix):
                    return _put_to_work(repair, remembered)
            healed = _put_to_work(repair, ask_until_accepted(repair, () if remembered is None else (remembered,)))
    except Flatline as why:
        if not (why.personal or isinstance(why, Waiting)):
            cooling.failed(cool_down_key)
        raise
    cooling.succeeded(cool_down_key)
    return healed


def _prepare(repair: Repair) -> None:
    """While the model thinks: start the sandbox, generate inputs and label them with the original's answers."""
    bench = repair.first_bench
    try:
        with repair.preparing:
            pool.warm(examiner=True)
            label(bench)
            prepare_contract(bench)
    except Exception as why:  # noqa: BLE001 - the stage that needs it will meet the same trouble and report it
        _log.debug("preparing the gauntlet of %s: %s", bench.source.qualname, why)


def _from_memory(repair: Repair) -> Fix | Judged | None:
    """A known fix that passes the gauntlet again: to be installed, or to wait for others that must agree with it."""
    known = known_fix(repair)
    if known is None or known.id in {fix.id for fix in repair.line.fixes if fix.state == "revoked"}:
        return None
    _log.warning("%s: Correction already in memory", repair.line.qualname)
    one = judge(repair, known.candidate)
    if not one.report.accepted and known.approved_by and asks_a_person(known.report):
        one = judge(repair, known.candidate, unbound=True)  # somebody has said that the original is wrong there
    if one.report.accepted and agreed_before(known.report) < suggestions_wanted(repair):
        return one
    one = replace(one, report=keep_agreement(one.report, known.report))
    keep_verdict(repair, one)
    if not one.report.accepted or (store_of(repair).url is not None and objection(repair, known) is not None):
        return None  # another process's fix is new to this one's approve=
    return replace(known, report=one.report)


def _put_to_work(repair: Repair, fix: Fix) -> tuple[Fix, Callable[..., Any]]:
    """Link the accepted program to the live module, use up a life, install, remember."""
    line, settings, bench = repair.line, repair.settings, repair.bench
    repair.flight.check()  # what nobody waits for is not installed
    if line.disabled or is_disabled():
        raise Flatline("healing was switched off meanwhile")
    if bench.program is None or bench.code is None:
        raise Flatline("the accepted candidate was not compiled")  # a stage lied: install nothing
    fix = keep(repair, fix)
    function = deploy(line, settings, bench, fix, costs_life=settings.verify)
    catch_up(repair, fix)
    return fix, function
