"""`verify`: the same gauntlet, without a model and without installing anything."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.agreement import Judged, confer, refused
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._gauntlet.promised import parameters_of
from fukkatsu._gauntlet.recall import recall
from fukkatsu._gauntlet.siding import opposes, side_against, with_siding
from fukkatsu._language.facts import read_facts
from fukkatsu._model.call import UNKNOWN, Call, Outcome, RecordedCall
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._oracle import values
from fukkatsu._reach import tokens_of
from fukkatsu._sandbox import carry
from fukkatsu._suggest.reading import parse_reading
from fukkatsu.errors import ReplyError, SandboxUnavailableError
from fukkatsu.policy import Checks, Policy, load_policy

MOST_DECORATORS: Final = 50


def verify(
    candidate_source: str,
    original: Callable[..., Any],
    failure: Call | None = None,
    good_calls: Sequence[Call] = (),
    policy: Policy | None = None,
    checks: Checks | None = None,
    additional_req: str = "",
    also: Sequence[str] = (),
    reading: str | None = None,
) -> Report:
    """Send a correction through the gauntlet: the one that `resurrect` uses, from a person as from a model.

    Args:
        candidate_source: Module-level source text: the corrected function, imports and helper functions beside it.
        original: The function as it is, decorated or not.
        failure: The call that fails; ``Call(args, kwargs)``.
        good_calls: Calls that the original answers; with ``returned=`` or ``raised=`` that outcome counts if the
            original gives it again in the sandbox, without it the original's own answer does.
        policy: What the correction may do, and its limits.
        checks: Which evidence is demanded.
        additional_req: As in `resurrect`: when it asks for other behaviour, the original's is not preserved.
        also: With ``Checks(agreement=n)``, source texts of the other suggestions, asked for independently of this one:
            n - 1 or more. Each faces the gauntlet alone, one that is refused there has no say, and the rest must agree
            with this one, or it is refused. So it is when too few are given.
        reading: With ``Checks(prose=True)``, what a model answered when it was asked to read the docstring: JSON, in a
            fenced block or alone, ``[{"sentence": ..., "cases": [{"when": ..., "then": ...}]}]``. Without one the
            report says that the prose was not read.

    Returns:
        The report: ``accepted``, ``refused_by``, ``reason``, ``verdicts``, ``counterexample``; ``str()`` is readable.

    Raises:
        DecorationError: *original* is no function with source text.
        TypeError: Another argument is of the wrong kind.
        CarryError: An argument of a call cannot be carried into the sandbox.
    """
    if not isinstance(candidate_source, str):
        msg = f"verify: candidate_source must be source text (str), not {type(candidate_source).__name__}."
        raise TypeError(msg)
    if isinstance(good_calls, Call):
        msg = "verify: good_calls must be a sequence of Call, not one: write good_calls=[Call(...)]."
        raise TypeError(msg)
    demanded = Checks() if checks is None else checks
    demanded.require_packages()
    if isinstance(also, str) or not all(isinstance(source, str) for source in also):
        msg = "verify: also must be a sequence of source texts: write also=[source]."
        raise TypeError(msg)
    if also and demanded.agreement < 2:
        msg = "verify: also=... is for suggestions that must agree: say checks=Checks(agreement=2) beside it."
        raise TypeError(msg)
    if reading is not None and not (isinstance(reading, str) and demanded.prose):
        msg = "verify: reading must be the text of a model's answer, with checks=Checks(prose=True) beside it."
        raise TypeError(msg)
    for call in (*good_calls, *([failure] if failure is not None else [])):
        if not isinstance(call, Call):
            msg = f"verify: {call!r} is not a fukkatsu.Call: write Call(args, kwargs, returned=...)."
            raise TypeError(msg)
    bench = _bench(candidate_source, original, failure, good_calls, policy, checks, additional_req)
    if reading is not None:
        bench.reading = parse_reading(reading, bench.source.docstring, parameters_of(bench.original))
    first = Judged(bench=bench, report=run_gauntlet(bench))
    if demanded.agreement < 2:
        return first.report
    others = [bench.for_candidate(Candidate(text=source)) for source in also]
    return _in_company(first, [Judged(bench=one, report=run_gauntlet(one)) for one in others], demanded.agreement)


def _in_company(first: Judged, others: Sequence[Judged], wanted: int) -> Report:
    """The report on *first*, with what *others*, asked for independently of it, have to say.

    Of the others, those that the gauntlet refuses have no say; *wanted* must be left, *first* included, and agree.
    """
    passed = [one for one in others if one.report.accepted]
    notes = [
        f"suggestion {at} of {len(others)} beside it was refused alone and has no say: {one.report.summary()}"
        for at, one in enumerate(others, 1)
        if not one.report.accepted
    ]
    report = first.report
    if not report.accepted:
        against = [first, *filter(opposes, others)]
        siding = None
        if len(against) >= wanted:
            with suppress(ReplyError, SandboxUnavailableError):  # it is refused anyway: this would only say more of it
                siding = side_against(against)
        return report if siding is None else with_siding(report, siding)
    if len(passed) + 1 < wanted:
        found = f"of {len(others) + 1} that were given, {len(passed) + 1} passed the gauntlet"
        remedy = "Hand the others over: verify(..., also=[source])"
        report = refused(
            first, f"Checks(agreement={wanted}) asks for {wanted} suggestions that agree; {found}. {remedy}"
        )
    else:
        report = confer([first, *passed]).reports[0]
    return replace(report, notes=(*report.notes, *notes))


def answers(
    candidate_source: str,
    original: Callable[..., Any],
    failure: Call | RecordedCall,
    good_calls: Sequence[Call | RecordedCall],
    policy: Policy,
    additional_req: str = "",
) -> tuple[Report, tuple[Outcome | None, ...]]:
    """`verify`, and what the candidate did in the sandbox: on *failure*, then on each of *good_calls*.

    Returns:
        The report, and the outcomes; none where the candidate was refused, and ``None`` for a call from a store that
        the original does not answer here as it did there.
    """
    bench = _bench(candidate_source, original, failure, good_calls, policy, None, additional_req)
    report = run_gauntlet(bench)
    if not report.accepted or bench.first_run is None:
        return report, ()
    holds = {at for at, _, _ in reproducible(bench)}
    first, *others = bench.first_run.outcomes[: 1 + len(good_calls)]
    told = [None if bench.good_calls[at].shared and at not in holds else said for at, said in enumerate(others)]
    return report, (first, *told)


def _bench(
    candidate_source: str,
    original: Callable[..., Any],
    failure: Call | RecordedCall | None,
    good_calls: Sequence[Call | RecordedCall],
    policy: Policy | None,
    checks: Checks | None,
    additional_req: str,
) -> Bench:
    function = _innermost(original)
    source = read_source(function)
    tokens = tokens_of(function)
    bench = Bench(
        original=function,
        source=source,
        facts=read_facts(function, source),
        candidate=Candidate(text=candidate_source),
        policy=load_policy(policy),
        checks=checks if checks is not None else Checks(),
        additional_req=additional_req,
        decorated=original,
        failure=_record(failure, tokens) if failure is not None else None,
        failing_call=failure.shown if isinstance(failure, RecordedCall) else failure,
        good_calls=tuple(_record(call, tokens) for call in good_calls),
        seed=secrets.randbits(63),  # nothing that a candidate could know
    )
    recall(bench)
    return bench


def _innermost(original: Any) -> Any:
    """The plain function beneath other decorators: what a correction replaces.

    ``functools.wraps`` and ``functools.lru_cache`` leave ``__wrapped__`` behind; a decorator that does not hides it.
    """
    for _ in range(MOST_DECORATORS):
        inner = getattr(original, "__fukkatsu_original__", None) or getattr(original, "__wrapped__", None)
        if inner is None:
            break
        original = inner
    return original


def _record(call: Call | RecordedCall, tokens: Mapping[int, int]) -> RecordedCall:
    if isinstance(call, RecordedCall):
        return call
    arguments = carry.carry_call(call.args, dict(call.kwargs), tokens=tokens)
    if call.raised is not None:
        kind = call.raised if isinstance(call.raised, type) else type(call.raised)
        return RecordedCall(arguments, Outcome("raised", exception=values.class_name(kind)), shown=call)
    if call.returned is UNKNOWN:
        return RecordedCall(arguments, shown=call)
    encoded = values.encode(call.returned)
    return RecordedCall(arguments, Outcome("returned", value=encoded.text, opaque=encoded.opaque), shown=call)
