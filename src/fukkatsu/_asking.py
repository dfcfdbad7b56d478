"""Ask the model once for a correction, within budget, clock and manners."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fukkatsu import events
from fukkatsu._capture.redact import describe_call
from fukkatsu._case import Flatline
from fukkatsu._fleet import store_refusal
from fukkatsu._flight import Abandoned
from fukkatsu._gauntlet.agreement import Disagreement
from fukkatsu._gauntlet.promised import parameters_of
from fukkatsu._model.messages import Completion, Message, Provider
from fukkatsu._model.patch import Candidate
from fukkatsu._model.reading import Reading
from fukkatsu._model.verdict import Report, Verdict
from fukkatsu._printable import printable
from fukkatsu._repair import Repair
from fukkatsu._suggest.budget import BudgetKeeper, CoolDown, Ledger
from fukkatsu._suggest.openai import OpenAIProvider
from fukkatsu._suggest.prompt import further_messages, initial_messages
from fukkatsu._suggest.provider import aask, ask
from fukkatsu._suggest.reading import parse_reading, reading_messages
from fukkatsu._suggest.reply import ReplyRefusal, parse_reply
from fukkatsu._suggest.withheld import refusal
from fukkatsu.errors import BudgetExceededError, ProviderError
from fukkatsu.policy import Budget

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_log = logging.getLogger("fukkatsu")
_requests = itertools.count(1)
_GRACE_SECONDS = 1.0  # for an event loop that is busy when the answer comes


def question(repair: Repair) -> list[Message]:
    """What the model is asked now: the failure, and what was refused so far."""
    return further_messages(repair.context, repair.refused) if repair.refused else initial_messages(repair.context)


def suggest(repair: Repair, messages: list[Message], *, first: bool) -> Candidate | None:
    """Ask the model once. ``None`` when its reply holds no candidate; the reason goes into the next prompt."""
    word = "INITIAL" if first else "FURTHER"
    _log.warning("%s: Requesting %s correction", repair.line.qualname, word)
    text, candidate_facts = _ask(repair, messages)
    _log.warning("%s: Received %s suggestion: %s", repair.line.qualname, word, printable(text))
    try:
        source = parse_reply(text, repair.line.source.name, repair.line.source.text)
    except ReplyRefusal as why:
        verdict = Verdict(stage="static", outcome="refused", reason=f"the reply holds no candidate: {why}")
        report = Report(function=repair.line.qualname, source=text, verdicts=(verdict,), isolation="none: not run")
        keep_report(repair, report)
        note_refusal(repair, text, report)
        return None
    return replace(candidate_facts, text=source)


def _ask(repair: Repair, messages: list[Message]) -> tuple[str, Candidate]:
    """Ask, within the budget and the deadline, and tell the hooks when it began and how it ended."""
    provider = repair.settings.provider or OpenAIProvider()
    keeper = _keeper(repair.settings.budget or Budget())
    store: object = repair.settings.store
    ledger = store if isinstance(store, Ledger) else None
    remaining = repair.deadline - time.monotonic()
    if remaining <= 0:
        raise Flatline(f"deadline_seconds={repair.settings.deadline_seconds} passed before a correction was accepted")
    try:
        keeper.take(ledger)
    except BudgetExceededError as why:
        raise Flatline(str(why)) from None
    name, request, started = repair.line.qualname, next(_requests), time.monotonic()
    about = provider.asked() if isinstance(provider, OpenAIProvider) else {"provider": "custom"}
    events.emit("suggestion.requested", name, request=request, messages=len(messages), **about)
    tokens = 0
    try:
        loop = repair.case.loop
        completion = ask(provider, messages, remaining) if loop is None else _ask_in(loop, repair, provider, messages)
        tokens = completion.prompt_tokens + completion.completion_tokens
    except BaseException as why:
        error = why.kind if isinstance(why, ProviderError) else type(why).__name__
        events.emit("suggestion.failed", name, request=request, error=error, seconds=time.monotonic() - started)
        if isinstance(why, ProviderError):
            raise Flatline(f"the model could not be asked: {why}") from why
        raise
    finally:
        keeper.spend(tokens=tokens, seconds=time.monotonic() - started, ledger=ledger)
    facts = Candidate(
        text="",
        model=completion.model,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
    )
    events.emit(
        "suggestion.received",
        name,
        request=request,
        model=facts.model,
        prompt_tokens=facts.prompt_tokens,
        completion_tokens=facts.completion_tokens,
        seconds=time.monotonic() - started,
    )
    return completion.text, facts


def _ask_in(loop: AbstractEventLoop, repair: Repair, provider: Provider, messages: list[Message]) -> Completion:
    """Ask from the caller's own event loop, which this thread stands beside: there an async provider belongs."""
    import asyncio
    from concurrent.futures import CancelledError

    remaining = repair.deadline - time.monotonic()
    question = aask(provider, messages, remaining)
    try:
        answer = asyncio.run_coroutine_threadsafe(question, loop)
    except RuntimeError:  # the loop is closed, and its callers are gone
        question.close()
        raise Abandoned from None
    repair.flight.when_cancelled(answer.cancel)
    try:
        return answer.result(remaining + _GRACE_SECONDS)
    except CancelledError:
        raise Abandoned from None
    except TimeoutError:
        answer.cancel()
        msg = f"the event loop did not get to ask the model within deadline_seconds={repair.settings.deadline_seconds}"
        raise Flatline(msg) from None


def read_prose(repair: Repair, *, ask: bool) -> None:
    """Have the model read the docstring's prose, where `Checks(prose=True)` asks for that: once for each function.

    Args:
        repair: Its bench gets the reading.
        ask: Otherwise only a reading that is known already is used.

    Raises:
        Flatline: The model could not be asked.
    """
    checks, source = repair.settings.checks, repair.line.source
    if checks is None or not checks.prose or not repair.settings.verify:
        return
    key = (source.module, source.qualname, source.sha256)
    with _lock:
        known = _readings.get(key)
    if known is None:
        if not (source.docstring or "").strip():
            known = Reading(ignored=("it has no docstring",))
        elif ask:
            _log.warning("%s: Requesting a reading of its docstring", source.qualname)
            text, _ = _ask(repair, reading_messages(repair.context))
            _log.warning("%s: Received a reading of its docstring: %s", source.qualname, printable(text))
            known = parse_reading(text, repair.context.source.docstring, parameters_of(repair.line.original))
            if known.tables or not known.ignored:  # nonsense is asked for again at the next failure
                with _lock:
                    _readings[key] = known
                    while len(_readings) > _MOST_READINGS:
                        _readings.pop(next(iter(_readings)))
    repair.bench.reading = repair.first_bench.reading = known


def keep_report(repair: Repair, report: Report) -> None:
    """Part of the flatline, of ``f.fukkatsu.reports``, and of the store where it is a refusal."""
    repair.reports.append(report)
    repair.line.report(report)
    if not report.accepted:
        store_refusal(repair, report)


def note_refusal(repair: Repair, text: str, report: Report) -> None:
    """Have the next prompt say what was refused, at which stage, why, and on which call."""
    call = report.counterexample
    shown = None
    if call is not None:
        shown = describe_call(repair.line.source.name, call.args, call.kwargs, list(repair.context.arguments))
    masked = shown is not None and repair.context.mask(shown) != shown  # a secret of another caller's
    repair.refused.append((text, refusal(report, secretive=repair.context.secretive or masked), shown))


def note_disagreement(repair: Repair, found: Disagreement | None, reason: str) -> None:
    """Have the next prompt say on which input suggestions disagreed: neither whose word is right, nor their texts."""
    said = found.neutral() if found is not None else reason
    if repair.context.secretive:
        said = "independent suggestions answer differently; values are withheld, since the call holds something secret"
    repair.refused.append((None, f"agreement: {said}", None))


_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)

_MOST_READINGS: Final = 1_000

_keepers: dict[Budget, BudgetKeeper] = {}
_readings: dict[tuple[str, str, str], Reading] = {}
_cooling: dict[tuple[float, float], CoolDown] = {}


def _keeper(budget: Budget) -> BudgetKeeper:
    with _lock:
        return _keepers.setdefault(budget, BudgetKeeper(budget))


def cool_down(budget: Budget | None = None) -> CoolDown:
    budget = budget or Budget()
    key = (budget.cooldown_seconds, budget.cooldown_limit_seconds)
    with _lock:
        if key not in _cooling:
            _cooling[key] = CoolDown(*key)
        return _cooling[key]


def reset() -> None:
    """Forget budgets spent, failures met and docstrings read: for tests."""
    with _lock:
        _readings.clear()
        _keepers.clear()
        _cooling.clear()
