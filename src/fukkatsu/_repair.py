"""One failing call on its way through the flow: what is known of it before anybody is asked."""

from __future__ import annotations

import logging
import os
import secrets
import time
import traceback
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, Final, cast

from fukkatsu._capture.context import capture_context
from fukkatsu._capture.failing import failing_place, named_arguments
from fukkatsu._capture.redact import apply_hook
from fukkatsu._case import Arguments, Case, Flatline, carried, failed_in
from fukkatsu._flight import Flight
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.promised import conditions
from fukkatsu._install import Lifeline
from fukkatsu._language.facts import OriginalFacts, read_facts
from fukkatsu._language.program import permitted_names
from fukkatsu._language.scope import LiveScope
from fukkatsu._look import looking
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._model.context import Context
from fukkatsu._model.failure import Failure
from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._oracle import values
from fukkatsu._oracle.values_read import MAX_NODES
from fukkatsu._reach import at_places, places_in
from fukkatsu._sandbox import carry
from fukkatsu._sandbox.interrupt import Interrupt
from fukkatsu._settings import Settings
from fukkatsu._suggest.openai import OpenAIProvider
from fukkatsu._wrap.keep import recall
from fukkatsu._wrap.recorder import GoodCall
from fukkatsu.errors import text_of
from fukkatsu.policy import Policy

_log = logging.getLogger("fukkatsu")

REPLAYED_CALLS: Final = 32
"""Good calls that a candidate is replayed on: of each shape of arguments the newest ones."""


@dataclass(slots=True, kw_only=True)
class Repair:
    """One failing call on its way through the flow.

    Attributes:
        interrupt: Ends what the repair itself runs in the sandbox.
        preparing: Ends what is run beside it, for stages to come. Evidence is one repair's own, however many callers
            wait for that: with the repair the last one who wants it has gone.
    """

    case: Case
    flight: Flight
    settings: Settings
    failure: Failure
    bench: Bench
    first_bench: Bench
    context: Context
    refused: list[tuple[str | None, str, str | None]] = field(default_factory=list)
    interrupt: Interrupt = field(default_factory=Interrupt)
    preparing: Interrupt = field(default_factory=Interrupt)

    @property
    def line(self) -> Lifeline:
        """Of the function."""
        return self.case.line

    @property
    def reports(self) -> list[Report]:
        """Of the suggestions judged so far."""
        return self.case.reports

    @property
    def deadline(self) -> float:
        """On ``time.monotonic()``."""
        return self.case.deadline

    def stop(self) -> None:
        """End what runs, and let nothing begin any more: nobody waits for this repair."""
        self.bench.deadline = self.first_bench.deadline = time.monotonic()
        self.interrupt.now()
        self.preparing.now()

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


@looking
def open_repair(case: Case, flight: Flight, settings: Settings) -> Repair:
    """Everything that is known before anybody is asked; what makes asking pointless flatlines here."""
    assert settings.policy is not None  # noqa: S101 - resolve() fills both in
    assert settings.checks is not None  # noqa: S101 - likewise
    line, error, before = case.line, case.error, case.before()
    places = places_in(line.original, case.args, case.kwargs)
    arguments = carried(*before, at_places(places, *before))
    _check_size(before, arguments, settings.policy)
    place, _ = failing_place(error, line.original.__code__, line.source.first_line)
    if line.active is not None and not place:
        place = "fix " + failing_place(error, line.active.__code__)[0]
    failure = Failure(
        exception=error,
        exception_type=values.class_name(type(error)),
        message=text_of(error),
        where=place,
        traceback_text="".join(traceback.format_exception(error)),
        arguments=arguments,
    )
    facts = read_facts(line.original, line.source)
    evidence = FunctionEvidence()  # for this repair: globals, good calls and the failure itself change between two
    bench = Bench(
        original=case.original_before(),
        source=line.source,
        facts=facts,
        candidate=Candidate(text=""),
        policy=settings.policy,
        checks=settings.checks,
        additional_req=settings.additional_req,
        failure=RecordedCall(arguments, shown=Call(before[0], before[1])),
        failing_call=Call(before[0], before[1]),
        good_calls=replays_of(line),
        evidence=evidence,
        seed=secrets.randbits(63),  # nothing that a candidate could know
        deadline=case.deadline,
    )
    context = _describe(line, settings, error, facts, before)
    contract = "\n".join(str(condition.clause) for condition in conditions(bench))
    if contract:
        contract = apply_hook(settings.redact, "<contract>", context.mask_source(contract))
        context = replace(context, contract=contract)
    return Repair(
        case=case, flight=flight, settings=settings, failure=failure, bench=bench, first_bench=bench, context=context
    )


def _check_size(before: Arguments, carried_bytes: bytes, policy: Policy) -> None:
    """What a run leaves of the arguments is part of its answer: where that cannot be given, no suggestion can pass.

    Raises:
        Flatline: They are too large.
    """
    size, parts = len(carried_bytes), 0
    if size <= min(MAX_NODES, policy.reply_bytes):
        return
    pending: list[object] = [before]
    while pending and parts <= MAX_NODES:
        each = pending.pop()
        parts += 1
        kind, inside = type(each), cast("Any", each)
        if kind is list or kind is tuple or kind is set or kind is frozenset:
            pending.extend(islice(inside, MAX_NODES))
        elif kind is dict:
            pending.extend(islice(chain.from_iterable(inside.items()), MAX_NODES))
    if size > policy.reply_bytes:
        found = f"take {size:,} bytes, more than Policy.reply_bytes={policy.reply_bytes:,}"
    elif parts > MAX_NODES:
        found = f"have more than {MAX_NODES:,} parts"
    else:
        return
    msg = f"its arguments {found}: what a correction leaves of them could not come back from the sandbox to be judged"
    raise Flatline(msg, personal=True)


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
        _keys(settings),
        LiveScope(line.original, frozenset(facts.global_names) | frozenset(facts.free_names)),
    )
    _log.error("%s: %s\n%s", line.qualname, context.exception, context.traceback)  # masked, as for the model
    shown = ", ".join(f"{name!r}: {text}" for name, text in context.arguments.items())
    _log.warning("%s: Input arguments: {%s}", line.qualname, shown)
    _log.warning("%s: Source Code:\n%s", line.qualname, context.source.text)
    return context


def _keys(settings: Settings) -> tuple[str, ...]:
    """What stands for the model's provider as a key, wherever it was said: part of no prompt and no log."""
    given = settings.provider.key if isinstance(settings.provider, OpenAIProvider) else ""
    return tuple(dict.fromkeys((given, os.environ.get("OPENAI_API_KEY", "").strip())))


def replays_of(line: Lifeline) -> tuple[RecordedCall, ...]:
    """The recorder's good calls and the healed ones, in the form that runners and comparisons use."""
    recorded = line.recorder.diverse(REPLAYED_CALLS) if line.recorder is not None else ()
    replays = []
    for good in recorded:
        try:
            replays.append(_replay_of(good))
        except Exception as why:  # noqa: BLE001 - a call that cannot be read back or carried is no evidence, no more
            _log.debug("a good call of %s is left out: %s", line.qualname, why)
    return (*replays, *line.healed)


def _replay_of(good: GoodCall) -> RecordedCall:
    args, kwargs = recall(good.arguments)
    arguments = carry.carry_call(tuple(args), dict(kwargs), tokens=at_places(good.places, args, kwargs))
    shown = Call(tuple(args), dict(kwargs))
    if good.raised:
        return RecordedCall(arguments, Outcome("raised", exception=good.raised), shown=shown)
    if not good.result:
        return RecordedCall(arguments, shown=shown)
    result, args_after, kwargs_after = recall(good.result)
    after = values.encode([args_after, kwargs_after])
    value = values.encode(result)
    return RecordedCall(
        arguments,
        Outcome("returned", value=value.text, after=after.text, opaque=value.opaque + after.opaque),
        shown=shown,
    )
