"""One failing call on its way through the flow: what is known of it before anybody is asked."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from fukkatsu._capture.context import capture_context
from fukkatsu._capture.failing import failing_place, named_arguments
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._install import Lifeline
from fukkatsu._language.facts import OriginalFacts, read_facts
from fukkatsu._language.program import permitted_names
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._model.context import Context
from fukkatsu._model.failure import Failure
from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry
from fukkatsu._settings import Settings
from fukkatsu._wrap import restore
from fukkatsu._wrap.keep import recall
from fukkatsu._wrap.recorder import GoodCall
from fukkatsu._wrap.snapshot import is_flat, is_immutable, unmutated_parameters
from fukkatsu.errors import CarryError

_log = logging.getLogger("fukkatsu")

REPLAYED_CALLS: Final = 32
"""Good calls that a candidate is replayed on: the newest ones."""

Arguments: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]


class NoRepair(Exception):  # noqa: N818 - a way out of the flow, caught in the engine
    """This failure is not repaired: the original exception goes to the caller, with a note saying why."""


class Flatline(Exception):  # noqa: N818 - likewise
    """No correction was installed; the text says why."""


@dataclass(slots=True, kw_only=True)
class Repair:
    """One failing call on its way through the flow."""

    line: Lifeline
    settings: Settings
    failure: Failure
    before: Arguments
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


def arguments_before(line: Lifeline, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
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
        raise Flatline(f"its arguments cannot be carried into the sandbox: {why}") from None
    if recorder is None or line.active is not None:
        raise NoRepair("its arguments may have been changed by the failed call")
    recorder.arm(permanent=True)
    msg = (
        "its arguments may have been changed by the failed call, and nobody had looked before. From now on they are "
        "kept before each call, and the next failure will be healed"
    )
    raise NoRepair(msg)


def why_unrestorable(before: Arguments, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    if before[0] is args and before[1] is kwargs:
        return None
    return restore.why_not_restorable((args, kwargs), before)


def open_repair(
    line: Lifeline,
    settings: Settings,
    error: Exception,
    before: Arguments,
    deadline: float,
    reports: list[Report],
) -> Repair:
    """Everything that is known before anybody is asked; what makes asking pointless flatlines here."""
    assert settings.policy is not None  # noqa: S101 - resolve() fills both in
    assert settings.checks is not None  # noqa: S101
    try:
        arguments = carry.carry_call(*before)
    except CarryError as why:
        raise Flatline(f"its arguments cannot be carried into the sandbox: {why}") from None
    place, _ = failing_place(error, line.original.__code__, line.source.first_line)
    if line.active is not None and not place:
        place = "fix " + failing_place(error, line.active.__code__)[0]
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
    return Repair(
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
    before: Arguments,
) -> Context:
    assert settings.policy is not None  # noqa: S101 - resolve() fills it in
    source = line.source
    if line.active_fix is not None and line.active is not None and failed_in(error, line.active):
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


def failed_in(error: BaseException, fix: Callable[..., Any]) -> bool:
    """Whether *error* came out of *fix* (one that is served from a sandbox has no frame here, and is blamed)."""
    code = getattr(fix, "__code__", None)
    return code is None or failing_place(error, code)[1]
