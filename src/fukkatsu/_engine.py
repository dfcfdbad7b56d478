"""The flow, written out once, top to bottom: a call failed; bring the function back to life, or flatline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from fukkatsu import events
from fukkatsu._asking import cool_down, keep_report, note_refusal, suggest
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.contract import violated_precondition
from fukkatsu._gauntlet.labelling import label
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._install import Lifeline
from fukkatsu._language.program import link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._model.fix import Fix
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._repair import (
    REPLAYED_CALLS,
    Arguments,
    Flatline,
    NoRepair,
    Repair,
    arguments_before,
    failed_in,
    open_repair,
    why_unrestorable,
)
from fukkatsu._sandbox import carry, pool
from fukkatsu._settings import Settings, shared_store
from fukkatsu._switch import is_disabled
from fukkatsu._wrap import restore
from fukkatsu.errors import FlatlineError

_log = logging.getLogger("fukkatsu")
_repairing: ContextVar[bool] = ContextVar("fukkatsu_repairing", default=False)


def revive(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the wrapper does with an exception: the answer of a correction, or an exception for the caller.

    Returns:
        What a fix that passed the gauntlet (now, or earlier) returns for the same arguments.

    Raises:
        FlatlineError: From *error*: no fix; the text says why.
        Exception: *error* itself, when it is not to be healed or ``on_flatline="original"``.
    """
    if line.disabled or is_disabled() or _repairing.get() or isinstance(error, FlatlineError):
        raise error
    try:
        settings = line.current_settings()
    except Exception as broken:  # noqa: BLE001 - a broken configuration must not hide the function's own exception
        raise FlatlineError(line.source.qualname, f"the configuration cannot be used: {broken}", (), error) from error
    if isinstance(error, settings.ignore):
        raise error
    reports: list[Report] = []
    reason: str | None
    token = _repairing.set(True)
    try:
        answer = _revive(line, settings, error, args, kwargs, reports)
    except NoRepair as why:
        error.add_note(f"fukkatsu did not repair {line.source.qualname}: {why}")
        reason = None
    except Flatline as why:
        reason = str(why)
    except Exception as broken:  # noqa: BLE001 - our own defect must never hide the function's exception
        _log.exception("the repair of %s broke down", line.source.qualname)
        reason = f"the repair itself broke down ({type(broken).__name__}: {broken}); please report this"
    else:
        reason = ""
    finally:
        _repairing.reset(token)
    if reason == "":
        return answer()  # in the caller's own context: what the fix calls may be healed in its turn
    if reason is None:
        raise error
    flatline = FlatlineError(line.source.qualname, reason, tuple(reports), error)
    _log.error("%s", flatline)
    events.emit("flatline", line.source.qualname, reason=reason)
    if settings.on_flatline == "original":
        error.add_note(str(flatline))
        raise error
    raise flatline from error


def _revive(
    line: Lifeline,
    settings: Settings,
    error: Exception,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    reports: list[Report],
) -> Callable[[], Any]:
    """The whole flow. Returns a thunk: the fix runs in the caller's context, outside the repair."""
    deadline = time.monotonic() + settings.deadline_seconds
    events.emit("failure.seen", line.source.qualname, exception=type(error).__qualname__)
    before = arguments_before(line, error, args, kwargs)
    unrestorable = why_unrestorable(before, args, kwargs)
    if unrestorable is not None:
        raise Flatline(unrestorable)

    if not line.repair_lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
        raise Flatline(f"another repair of it is still going on after deadline_seconds={settings.deadline_seconds}")
    try:
        fix = line.active
        if fix is not None and not failed_in(error, fix):
            _log.warning("Correction already in memory")
            return _answer(line, error, fix, before, args, kwargs)
        if fix is not None and _original_answers(line, before):
            line.take_back(f"raised {type(error).__name__} where the original returns")
            return _answer(line, error, line.original, before, args, kwargs)
        repair = open_repair(line, settings, error, before, deadline, reports)
        accepted, function = _heal(repair)
        outcome = repair.bench.first_run.outcomes[0] if repair.bench.first_run is not None else None
        assert repair.bench.failure is not None  # noqa: S101 - open_repair put it there
        line.healed = (*line.healed, replace(repair.bench.failure, outcome=outcome, healed=True))[-REPLAYED_CALLS:]
        _log.warning("Reanimation successful, using %s", accepted.source)
        return _answer(line, error, function, before, args, kwargs)
    finally:
        line.repair_lock.release()


def _answer(
    line: Lifeline,
    error: Exception,
    function: Callable[..., Any],
    before: Arguments,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Callable[[], Any]:
    """Put the caller's arguments back to what they were, and let *function* answer on them."""
    if not (before[0] is args and before[1] is kwargs):
        problem = restore.restore((args, kwargs), before)
        if problem is not None:
            raise Flatline(problem)

    def answer() -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as broken:
            if function is line.original:
                raise
            if function is line.active:
                line.take_back(f"raised {type(broken).__name__} in the host, on the call it was installed for")
            reason = f"the fix raised {type(broken).__name__}: {broken}, although it had returned in the sandbox"
            raise FlatlineError(line.source.qualname, reason, (), error) from error

    return answer


def _original_answers(line: Lifeline, before: Arguments) -> bool:
    """Whether the original, in a runner, returns for the call on which its fix raised."""
    settings = line.current_settings()
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
    fault = violated_precondition(bench.original, bench.source, repair.failure.arguments, bench.policy)
    if fault is not None:
        raise NoRepair(f"the call violates the function's own precondition ({fault}): the caller is at fault")
    threading.Thread(target=_prepare, args=(repair.bench,), name="fukkatsu-prepare", daemon=True).start()
    remembered = _from_memory(repair)
    if remembered is not None:
        return remembered

    cool_down_key = (repair.key.module, repair.key.qualname, repair.key.source_sha256, repair.key.fingerprint)
    cooling = cool_down(settings.budget)
    wait = cooling.blocked_for(cool_down_key)
    if wait > 0:
        msg = f"the same failure flatlined before; the model is not asked again for {wait:.1f} s (cool-down)"
        raise Flatline(msg)
    try:
        healed = _ask_until_healed(repair)
    except Flatline:
        cooling.failed(cool_down_key)
        raise
    cooling.succeeded(cool_down_key)
    return healed


def _prepare(bench: Bench) -> None:
    """While the model thinks: start the sandbox, generate inputs and label them with the original's answers."""
    try:
        pool.warm()
        label(bench)
    except Exception as why:  # noqa: BLE001 - the stage that needs it will meet the same trouble and report it
        _log.debug("preparing the gauntlet of %s: %s", bench.source.qualname, why)


def _from_memory(repair: Repair) -> tuple[Fix, Callable[..., Any]] | None:
    store = repair.settings.store or shared_store()
    known = store.known(repair.key)
    if known is None or known.id in {fix.id for fix in repair.line.fixes if fix.state == "revoked"}:
        return None
    _log.warning("Correction already in memory")
    report = _judge(repair, known.candidate)
    if not report.accepted:
        note_refusal(repair, known.source, report)
        return None
    return _put_to_work(repair, replace(known, report=report))


def _ask_until_healed(repair: Repair) -> tuple[Fix, Callable[..., Any]]:
    line, settings = repair.line, repair.settings
    tries = settings.attempts if settings.verify else line.lives_left
    for attempt in range(1, tries + 1):
        candidate = suggest(repair, first=attempt == 1)
        _log.warning("Attempt %d to reanimate", attempt)
        if not settings.verify:
            line.lives_left -= 1  # the classic mode: each suggestion that is tried costs a life
        if candidate is None:
            continue
        report = _judge(repair, candidate)
        if not report.accepted:
            note_refusal(repair, candidate.text, report)
            continue
        key = repair.key
        fix = Fix(key=key, candidate=candidate, report=report, created=time.time())
        if not _approved(repair, fix):
            repair.refused.append((candidate.text, "approval: a person or the approve callable said no", None))
            continue
        return _put_to_work(repair, fix)
    if settings.verify:
        raise Flatline(f"none of {tries} suggestions was accepted (attempts={settings.attempts})")
    raise Flatline(f"none of {tries} suggestions was accepted, and each cost a life (verify=False)")


def _judge(repair: Repair, candidate: Candidate) -> Report:
    bench = replace(
        repair.bench, candidate=candidate, notes=[], program=None, code=None, first_run=None, generated_outcomes=None
    )
    repair.bench = bench
    report = run_gauntlet(bench, classic=not repair.settings.verify)
    keep_report(repair, report)
    if report.accepted:
        _log.info("%s", report)
        events.emit("candidate.accepted", repair.line.source.qualname, evidence=report.evidence_line())
    else:
        _log.warning("Suggestion %s", report.summary())
        events.emit("candidate.refused", repair.line.source.qualname, stage=report.refused_by, reason=report.reason)
    return report


def _approved(repair: Repair, fix: Fix) -> bool:
    approve = repair.settings.approve
    if not callable(approve):
        return True
    try:
        return approve(fix) is True
    except Exception:  # noqa: BLE001 - foreign code; silence is never consent
        _log.exception("approve=%r failed on a fix of %s: that is a no", approve, repair.line.source.qualname)
        return False


def _put_to_work(repair: Repair, fix: Fix) -> tuple[Fix, Callable[..., Any]]:
    """Link the accepted program to the live module, use up a life, install, remember."""
    line, settings, bench = repair.line, repair.settings, repair.bench
    if bench.program is None or bench.code is None:
        raise Flatline("the accepted candidate was not compiled")  # a stage lied: install nothing
    names = frozenset(bench.facts.global_names) | frozenset(bench.facts.free_names)
    function: Callable[..., Any] = link_program(
        bench.program,
        bench.code,
        LiveScope(line.original, names),
        defaults=line.original.__defaults__,
        kwdefaults=line.original.__kwdefaults__,
    )
    if settings.policy is not None and settings.policy.run_in == "sandbox":
        function = _served(bench, function)
    if settings.verify:
        line.lives_left -= 1
    line.install(fix, function, replace_original=settings.install == "replace")
    (settings.store or shared_store()).remember(replace(fix, state="active"))
    return fix, function


def _served(bench: Bench, local: Callable[..., Any]) -> Callable[..., Any]:
    """The fix behind a runner for good: nothing of it ever runs in the host."""
    from functools import update_wrapper

    from fukkatsu._sandbox.serve import SandboxedFunction, declared_types

    served = SandboxedFunction(bench.subject(), bench.policy, declared_types(bench.original), seed=bench.seed)

    def fix(*args: Any, **kwargs: Any) -> Any:
        return served(*args, **kwargs)

    return update_wrapper(fix, local)
