"""The flow, written out once, top to bottom: a call failed; bring the function back to life, or flatline."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any, Final

from fukkatsu import events
from fukkatsu._capture.context import capture_context
from fukkatsu._capture.failing import failing_place, named_arguments
from fukkatsu._capture.redact import describe_call
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.contract import violated_precondition
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.labelling import label
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._install import Lifeline
from fukkatsu._language.facts import OriginalFacts, read_facts
from fukkatsu._language.program import link_program, permitted_names
from fukkatsu._language.scope import LiveScope
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._model.context import Context
from fukkatsu._model.failure import Failure
from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.messages import Message
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report, Verdict
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, pool
from fukkatsu._settings import Settings, shared_store
from fukkatsu._suggest.budget import BudgetKeeper, CoolDown
from fukkatsu._suggest.prompt import further_messages, initial_messages
from fukkatsu._suggest.provider import ask
from fukkatsu._suggest.reply import ReplyRefusal, parse_reply
from fukkatsu._switch import is_disabled
from fukkatsu._wrap import restore
from fukkatsu._wrap.keep import recall
from fukkatsu._wrap.recorder import GoodCall
from fukkatsu._wrap.snapshot import is_flat, is_immutable, unmutated_parameters
from fukkatsu.errors import BudgetExceededError, CarryError, FlatlineError, ProviderError
from fukkatsu.policy import Budget

_log = logging.getLogger("fukkatsu")
_repairing: ContextVar[bool] = ContextVar("fukkatsu_repairing", default=False)

REPLAYED_CALLS: Final = 32
"""Good calls that a candidate is replayed on: the newest ones."""


class _NoRepair(Exception):
    """This failure is not repaired: the original exception goes to the caller, with a note saying why."""


class _Flatline(Exception):
    """No correction was installed; the text says why."""


@dataclass(slots=True, kw_only=True)
class _Repair:
    """One failing call on its way through the flow."""

    line: Lifeline
    settings: Settings
    failure: Failure
    before: tuple[tuple[Any, ...], dict[str, Any]]
    deadline: float
    bench: Bench
    context: Context
    refused: list[tuple[str, str, str | None]]
    reports: list[Report]

    @property
    def key(self) -> FixKey:
        source = self.line.source
        return FixKey(
            module=source.module,
            qualname=source.qualname,
            source_sha256=source.sha256,
            fingerprint=self.failure.fingerprint,
            additional_req=self.settings.additional_req,
        )


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
    token = _repairing.set(True)
    try:
        answer = _revive(line, settings, error, args, kwargs, reports)
    except _NoRepair as why:
        error.add_note(f"fukkatsu did not repair {line.source.qualname}: {why}")
        reason = None
    except _Flatline as why:
        reason = str(why)
    except Exception as broken:  # noqa: BLE001 - our own defect must never hide the function's exception
        _log.exception("the repair of %s broke down", line.source.qualname)
        reason = f"the repair itself broke down ({type(broken).__name__}: {broken}); please report this"
    else:
        return answer()
    finally:
        _repairing.reset(token)
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
    before = _arguments_before(line, error, args, kwargs)
    unrestorable = _restorable(before, args, kwargs)
    if unrestorable is not None:
        raise _Flatline(unrestorable)

    if not line.repair_lock.acquire(timeout=settings.deadline_seconds):
        raise _Flatline(f"another repair of it is still going on after deadline_seconds={settings.deadline_seconds}")
    try:
        fix = line.active
        if fix is not None and not _failed_in(error, fix):
            _log.warning("Correction already in memory")
            return _answer(line, error, fix, before, args, kwargs)
        if fix is not None and _original_answers(line, before):
            line.take_back(f"raised {type(error).__name__} where the original returns")
            return _answer(line, error, line.original, before, args, kwargs)
        repair = _open_repair(line, settings, error, before, deadline, reports)
        accepted, function = _heal(repair)
        outcome = repair.bench.first_run.outcomes[0] if repair.bench.first_run is not None else None
        assert repair.bench.failure is not None  # noqa: S101 - _open_repair put it there
        line.healed = (*line.healed, replace(repair.bench.failure, outcome=outcome, healed=True))[-REPLAYED_CALLS:]
        _log.warning("Reanimation successful, using %s", accepted.source)
        return _answer(line, error, function, before, args, kwargs)
    finally:
        line.repair_lock.release()


# -- the failing call ---------------------------------------------------------------------------------------------


def _arguments_before(
    line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as they were before the call: a copy from then, or the objects themselves when proved unchanged."""
    recorder = line.recorder
    snapshot = recorder.take_snapshot(error) if recorder is not None else None
    if snapshot is not None:
        args_then, kwargs_then = recall(snapshot)
        return tuple(args_then), dict(kwargs_then)
    if all(map(is_immutable, (*args, *kwargs.values()))):
        return args, kwargs
    shadowed = frozenset(line.original.__globals__) - {"__builtins__"}
    safe = unmutated_parameters(line.source.text, shadowed)
    named = named_arguments(line.original, args, kwargs)
    if all(is_immutable(value) or (name in safe and is_flat(value)) for name, value in named.items()):
        return args, kwargs
    try:
        carry.carry_call(args, kwargs)
    except CarryError as why:
        raise _Flatline(f"its arguments cannot be carried into the sandbox: {why}") from None
    if recorder is None or line.active is not None:
        raise _NoRepair("its arguments may have been changed by the failed call")
    recorder.arm(permanent=True)
    msg = (
        "its arguments may have been changed by the failed call, and nobody had looked before. From now on they are "
        "kept before each call, and the next failure will be healed"
    )
    raise _NoRepair(msg)


def _restorable(
    before: tuple[tuple[Any, ...], dict[str, Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str | None:
    if before[0] is args and before[1] is kwargs:
        return None
    return restore.why_not_restorable((args, kwargs), before)


def _answer(
    line: Lifeline,
    error: Exception,
    function: Callable[..., Any],
    before: tuple[tuple[Any, ...], dict[str, Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Callable[[], Any]:
    """Put the caller's arguments back to what they were, and let *function* answer on them."""
    if not (before[0] is args and before[1] is kwargs):
        problem = restore.restore((args, kwargs), before)
        if problem is not None:
            raise _Flatline(problem)

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


def _failed_in(error: BaseException, fix: Callable[..., Any]) -> bool:
    code = getattr(fix, "__code__", None)
    return code is None or failing_place(error, code)[1]


def _original_answers(line: Lifeline, before: tuple[tuple[Any, ...], dict[str, Any]]) -> bool:
    """Whether the original, in a runner, returns for the call on which its fix raised."""
    settings = line.current_settings()
    step = pool.Step("call", carry.carry_call(*before))
    assert settings.policy is not None  # noqa: S101 - resolve() fills it in
    run = pool.run(pool.original_subject(carry.carry(line.original)), [step], settings.policy)
    return bool(run.outcomes) and run.outcomes[0].kind == "returned"


def _open_repair(
    line: Lifeline,
    settings: Settings,
    error: Exception,
    before: tuple[tuple[Any, ...], dict[str, Any]],
    deadline: float,
    reports: list[Report],
) -> _Repair:
    """Everything that is known before anybody is asked; what makes asking pointless flatlines here."""
    assert settings.policy is not None  # noqa: S101 - resolve() fills both in
    assert settings.checks is not None  # noqa: S101
    try:
        arguments = carry.carry_call(*before)
    except CarryError as why:
        raise _Flatline(f"its arguments cannot be carried into the sandbox: {why}") from None
    place, _ = failing_place(error, line.original.__code__)
    if line.active is not None and not place:
        place = "fix " + failing_place(error, line.active.__code__)[0]  # type: ignore[attr-defined]  # a function
    import traceback

    failure = Failure(
        exception=error,
        exception_type=values.class_name(type(error)),
        message=str(error),
        where=place,
        traceback_text="".join(traceback.format_exception(error)),
        arguments=arguments,
    )
    facts = read_facts(line.original, line.source)
    evidence = FunctionEvidence()  # for this repair: globals, good calls and the failure itself change between two
    bench = Bench(
        original=line.original,
        source=line.source,
        facts=facts,
        candidate=Candidate(text=""),
        policy=settings.policy,
        checks=settings.checks,
        additional_req=settings.additional_req,
        failure=RecordedCall(arguments, shown=Call(before[0], before[1])),
        failing_call=Call(before[0], before[1]),
        good_calls=_replays(line),
        evidence=evidence,
        seed=secrets.randbits(63),  # nothing that a candidate could know
        deadline=deadline,
    )
    context = _describe(line, settings, error, facts, before)
    return _Repair(
        line=line,
        settings=settings,
        failure=failure,
        before=before,
        deadline=deadline,
        bench=bench,
        context=context,
        refused=[],
        reports=reports,
    )


def _describe(
    line: Lifeline,
    settings: Settings,
    error: Exception,
    facts: OriginalFacts,
    before: tuple[tuple[Any, ...], dict[str, Any]],
) -> Context:
    assert settings.policy is not None  # noqa: S101 - resolve() fills it in
    source = line.source
    if line.active_fix is not None and line.active is not None and _failed_in(error, line.active):
        source = replace(source, text=line.active_fix.source)  # it is the fix that failed: show that
    context = capture_context(
        source,
        error,
        named_arguments(line.original, *before),
        permitted_names(facts, settings.policy),
        settings.additional_req,
        settings.redact,
    )
    _log.error("%s", error, exc_info=error)
    shown = ", ".join(f"{name!r}: {text}" for name, text in context.arguments.items())
    _log.warning("Input arguments: {%s}", shown)
    _log.warning("Source Code:\n%s", source.text)
    return context


def _replays(line: Lifeline) -> tuple[RecordedCall, ...]:
    """The recorder's good calls and the healed ones, in the form that runners and comparisons use."""
    recorded = line.recorder.good_calls()[-REPLAYED_CALLS:] if line.recorder is not None else ()
    replays = []
    for good in recorded:
        try:
            replays.append(_replay_of(good))
        except Exception as why:  # noqa: BLE001 - a call that cannot be read back or carried is no evidence, no more
            _log.debug("a good call of %s is left out: %s", line.source.qualname, why)
    return (*replays, *line.healed)


def _replay_of(good: GoodCall) -> RecordedCall:
    args, kwargs = recall(good.arguments)
    arguments = carry.carry_call(tuple(args), dict(kwargs))
    if good.raised:
        return RecordedCall(arguments, Outcome("raised", exception=good.raised), shown=Call(tuple(args), dict(kwargs)))
    result, args_after, kwargs_after = recall(good.result)
    after = values.encode([args_after, kwargs_after])
    value = values.encode(result)
    return RecordedCall(
        arguments,
        Outcome("returned", value=value.text, after=after.text, opaque=value.opaque + after.opaque),
        shown=Call(tuple(args), dict(kwargs)),
    )


# -- from failure to fix ------------------------------------------------------------------------------------------


def _heal(repair: _Repair) -> tuple[Fix, Callable[..., Any]]:
    """Memory first, then the model, at most as often as attempts, lives, budget and clock allow."""
    line, settings = repair.line, repair.settings
    if line.lives_left <= 0:
        raise _Flatline(f"no life is left (lives={settings.lives}, all used up)")
    bench = repair.bench
    fault = violated_precondition(bench.original, bench.source, repair.failure.arguments, bench.policy)
    if fault is not None:
        raise _NoRepair(f"the call violates the function's own precondition ({fault}): the caller is at fault")
    threading.Thread(target=_prepare, args=(repair.bench,), name="fukkatsu-prepare", daemon=True).start()
    remembered = _from_memory(repair)
    if remembered is not None:
        return remembered

    cool_down_key = (repair.key.module, repair.key.qualname, repair.key.source_sha256, repair.key.fingerprint)
    cooling = _cool_down(settings.budget)
    wait = cooling.blocked_for(cool_down_key)
    if wait > 0:
        msg = f"the same failure flatlined before; the model is not asked again for {wait:.1f} s (cool-down)"
        raise _Flatline(msg)
    try:
        healed = _ask_until_healed(repair)
    except _Flatline:
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


def _from_memory(repair: _Repair) -> tuple[Fix, Callable[..., Any]] | None:
    store = repair.settings.store or shared_store()
    known = store.known(repair.key)
    if known is None or known.id in {fix.id for fix in repair.line.fixes if fix.state == "revoked"}:
        return None
    _log.warning("Correction already in memory")
    report = _judge(repair, known.candidate)
    if not report.accepted:
        repair.refused.append(_refusal(repair, known.source, report))
        return None
    return _put_to_work(repair, replace(known, report=report))


def _ask_until_healed(repair: _Repair) -> tuple[Fix, Callable[..., Any]]:
    line, settings = repair.line, repair.settings
    tries = settings.attempts if settings.verify else line.lives_left
    for attempt in range(1, tries + 1):
        candidate = _suggestion(repair, first=attempt == 1)
        _log.warning("Attempt %d to reanimate", attempt)
        if not settings.verify:
            line.lives_left -= 1  # the classic mode: each suggestion that is tried costs a life
        if candidate is None:
            continue
        report = _judge(repair, candidate)
        if not report.accepted:
            repair.refused.append(_refusal(repair, candidate.text, report))
            continue
        key = repair.key
        fix = Fix(key=key, candidate=candidate, report=report, created=time.time())
        if not _approved(repair, fix):
            repair.refused.append((candidate.text, "approval: a person or the approve callable said no", None))
            continue
        return _put_to_work(repair, fix)
    if settings.verify:
        raise _Flatline(f"none of {tries} suggestions was accepted (attempts={settings.attempts})")
    raise _Flatline(f"none of {tries} suggestions was accepted, and each cost a life (verify=False)")


def _suggestion(repair: _Repair, *, first: bool) -> Candidate | None:
    """Ask the model once. ``None`` when its reply holds no candidate; the reason goes into the next prompt."""
    word = "INITIAL" if first else "FURTHER"
    messages = further_messages(repair.context, repair.refused) if repair.refused else initial_messages(repair.context)
    _log.warning("Requesting %s correction", word)
    events.emit("suggestion.requested", repair.line.source.qualname, messages=len(messages))
    text, candidate_facts = _ask(repair, messages)
    _log.warning("Received %s suggestion: %s", word, text)
    events.emit("suggestion.received", repair.line.source.qualname, model=candidate_facts.model)
    try:
        source = parse_reply(text, repair.line.source.name)
    except ReplyRefusal as why:
        verdict = Verdict(stage="static", outcome="refused", reason=f"the reply holds no candidate: {why}")
        report = Report(function=repair.line.source.qualname, source=text, verdicts=(verdict,), isolation="none: not run")
        _keep(repair, report)
        repair.refused.append(_refusal(repair, text, report))
        return None
    return replace(candidate_facts, text=source)


def _ask(repair: _Repair, messages: list[Message]) -> tuple[str, Candidate]:
    provider = repair.settings.provider
    if provider is None:
        from fukkatsu._suggest.openai import OpenAIProvider

        provider = OpenAIProvider()
    keeper = _keeper(repair.settings.budget or Budget())
    remaining = repair.deadline - time.monotonic()
    if remaining <= 0:
        raise _Flatline(f"deadline_seconds={repair.settings.deadline_seconds} passed before a correction was accepted")
    started = time.monotonic()
    tokens = 0
    try:
        keeper.take()
        completion = ask(provider, messages, remaining)
        tokens = completion.prompt_tokens + completion.completion_tokens
    except BudgetExceededError as why:
        raise _Flatline(str(why)) from None
    except ProviderError as why:
        raise _Flatline(f"the model could not be asked: {why}") from why
    finally:
        keeper.spend(tokens=tokens, seconds=time.monotonic() - started)
    return completion.text, Candidate(
        text="",
        model=completion.model,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
    )


def _judge(repair: _Repair, candidate: Candidate) -> Report:
    bench = replace(
        repair.bench, candidate=candidate, notes=[], program=None, code=None, first_run=None, generated_outcomes=None
    )
    repair.bench = bench
    report = run_gauntlet(bench, classic=not repair.settings.verify)
    _keep(repair, report)
    if report.accepted:
        _log.info("%s", report)
        events.emit("candidate.accepted", repair.line.source.qualname, evidence=report.evidence_line())
    else:
        _log.warning("Suggestion %s", report.summary())
        events.emit(
            "candidate.refused", repair.line.source.qualname, stage=report.refused_by, reason=report.reason
        )
    return report


def _keep(repair: _Repair, report: Report) -> None:
    repair.reports.append(report)
    repair.line.report(report)


def _refusal(repair: _Repair, text: str, report: Report) -> tuple[str, str, str | None]:
    call = report.counterexample
    shown = None
    if call is not None:
        shown = describe_call(repair.line.source.name, call.args, call.kwargs, list(repair.context.arguments))
    return text, f"{report.refused_by}: {report.reason}", shown


def _approved(repair: _Repair, fix: Fix) -> bool:
    approve = repair.settings.approve
    if not callable(approve):
        return True
    try:
        return approve(fix) is True
    except Exception:  # noqa: BLE001 - foreign code; silence is never consent
        _log.exception("approve=%r failed on a fix of %s: that is a no", approve, repair.line.source.qualname)
        return False


def _put_to_work(repair: _Repair, fix: Fix) -> tuple[Fix, Callable[..., Any]]:
    """Link the accepted program to the live module, use up a life, install, remember."""
    line, settings, bench = repair.line, repair.settings, repair.bench
    if bench.program is None or bench.code is None:
        raise _Flatline("the accepted candidate was not compiled")  # a stage lied: install nothing
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

    from fukkatsu._sandbox.serve import SandboxedFunction

    served = SandboxedFunction(bench.subject(), bench.policy)

    def fix(*args: Any, **kwargs: Any) -> Any:
        return served(*args, **kwargs)

    return update_wrapper(fix, local)


# -- what the process remembers ------------------------------------------------------------------------------------

_lock = threading.Lock()
_keepers: dict[Budget, BudgetKeeper] = {}
_cooling: dict[tuple[float, float], CoolDown] = {}


def _keeper(budget: Budget) -> BudgetKeeper:
    with _lock:
        return _keepers.setdefault(budget, BudgetKeeper(budget))


def _cool_down(budget: Budget | None = None) -> CoolDown:
    budget = budget or Budget()
    key = (budget.cooldown_seconds, budget.cooldown_limit_seconds)
    with _lock:
        if key not in _cooling:
            _cooling[key] = CoolDown(*key)
        return _cooling[key]


def reset() -> None:
    """Forget budgets spent and failures met: for tests."""
    with _lock:
        _keepers.clear()
        _cooling.clear()


def original_of(function: Any) -> FunctionType | None:
    """The function behind a decorated one; ``None`` when *function* is not decorated by us."""
    line = getattr(function, "fukkatsu", None)
    return line.original if isinstance(line, Lifeline) else None
