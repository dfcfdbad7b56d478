"""Attempts: ask, judge, and ask again, until a suggestion is accepted, or as many as must agree.

An attempt asks for as many suggestions as are still wanted (`Checks(agreement=2)`: two), each in a request of its own
with the same messages: none knows of another that is asked for beside it. One that passes the gauntlet alone waits for
company, and a later attempt replaces those that did not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from fukkatsu import events
from fukkatsu._asking import keep_report, note_disagreement, note_refusal, question, suggest
from fukkatsu._case import Flatline
from fukkatsu._fleet import keep, taken_back
from fukkatsu._gauntlet.agreement import Judged, confer, refused, with_agreement
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._gauntlet.siding import asks_a_person, side_against, with_siding
from fukkatsu._model.fix import Fix
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._repair import Repair
from fukkatsu._takeover import no_of

_log = logging.getLogger("fukkatsu")


def suggestions_wanted(repair: Repair) -> int:
    """How many suggestions must agree; the classic mode checks nothing of the kind."""
    checks = repair.settings.checks
    return checks.agreement if checks is not None and repair.settings.verify else 1


def ask_until_accepted(repair: Repair, waiting: Sequence[Judged] = ()) -> Fix:
    """The first fix that everybody accepts; its bench is the repair's.

    Args:
        repair: For which.
        waiting: A fix from memory that passed the gauntlet, where more than one suggestion is wanted: it was asked for
            independently too.

    Raises:
        Flatline: Attempts, lives, budget or the clock ran out.
    """
    line, settings = repair.line, repair.settings
    tries = settings.attempts if settings.verify else line.lives_left
    wanted = suggestions_wanted(repair)
    panel = list(waiting)  # passed alone
    declined: list[str] = []
    try:
        for attempt in range(1, tries + 1):
            _fill(repair, panel, wanted, attempt)
            accepted = _agreed(repair, panel, wanted)
            if accepted is None:
                continue
            fix = Fix(key=repair.key, candidate=accepted.bench.candidate, report=accepted.report, created=time.time())
            repair.bench = accepted.bench
            no = taken_back(repair, fix) or objection(repair, fix)
            if no is None:
                return fix
            declined.append(no)
            repair.refused.append((fix.source, f"approval: {no}", None))
    finally:
        for one in panel:
            why = (
                f"Checks(agreement={wanted}) asks for {wanted} suggestions that agree, and only {len(panel)} passed "
                "the gauntlet alone before the repair ended: raise attempts"
            )
            _keep(repair, refused(one, why))
    if declined:
        raise Flatline(f"{len(declined)} of {tries} suggestions passed the gauntlet, but {declined[-1]}")
    if wanted > 1:
        raise Flatline(f"no {wanted} suggestions that pass the gauntlet agreed (attempts={tries}, agreement={wanted})")
    if settings.verify:
        raise Flatline(f"none of {tries} suggestions was accepted (attempts={settings.attempts})")
    raise Flatline(f"none of {tries} suggestions was accepted, and each cost a life (verify=False)")


def judge(repair: Repair, candidate: Candidate, *, unbound: bool = False) -> Judged:
    """Send *candidate* through the gauntlet; what is made of the report is for the caller.

    Args:
        repair: What it is for.
        candidate: The suggestion.
        unbound: A person decides, or has decided, that it may answer otherwise than the original did.

    Raises:
        Abandoned: Nobody waits any more.
    """
    repair.flight.check()
    checks = repair.first_bench.checks
    repair.bench = repair.bench.for_candidate(candidate)
    repair.bench.checks = replace(checks, preserve=False) if unbound else checks
    return Judged(bench=repair.bench, report=run_gauntlet(repair.bench, classic=not repair.settings.verify))


def keep_verdict(repair: Repair, one: Judged) -> None:
    """Have the verdict on *one* known everywhere, and in the next prompt when it is a refusal."""
    _keep(repair, one.report)
    if not one.report.accepted:
        note_refusal(repair, one.bench.candidate.text, one.report)


def _fill(repair: Repair, panel: list[Judged], wanted: int, attempt: int) -> None:
    """Ask for what *panel* lacks; those that pass the gauntlet alone join it."""
    line, settings = repair.line, repair.settings
    messages = question(repair)
    turned_down: list[Judged] = []
    questioned: list[Judged] = []
    try:
        for _ in range(wanted - len(panel)):
            candidate = suggest(repair, messages, first=attempt == 1)
            _log.warning("%s: Attempt %d to reanimate", line.qualname, attempt)
            if not settings.verify:
                line.lives_left -= 1  # the classic mode: each suggestion that is tried costs a life
            if candidate is None:
                continue
            one = judge(repair, candidate)
            (panel if one.report.accepted else turned_down).append(one)
    finally:
        questioned = _questioned(repair, turned_down, wanted)
        for one in questioned:
            keep_verdict(repair, one)
    if questioned and asks_a_person(questioned[0].report) and settings.approve == "manual":
        _leave_to_a_person(repair, questioned)


def _questioned(repair: Repair, turned_down: list[Judged], wanted: int) -> list[Judged]:
    """Refused suggestions, with the question for a person where all say together that the original is wrong."""
    if wanted < 2 or len(turned_down) < wanted or repair.flight.cancelled:
        return turned_down
    try:
        siding = side_against(turned_down)
    except Exception as why:  # noqa: BLE001 - they are refused anyway: this only says more about it
        _log.debug("comparing refused suggestions of %s: %s", repair.line.qualname, why)
        return turned_down
    if siding is None:
        return turned_down
    return [replace(one, report=with_siding(one.report, siding)) for one in turned_down]


def _leave_to_a_person(repair: Repair, questioned: list[Judged]) -> None:
    """Have the first of suggestions that side together against the original wait for approval, if all else is well.

    Raises:
        Waiting: It waits.
    """
    one = judge(repair, questioned[0].bench.candidate, unbound=True)
    if not one.report.accepted:
        return
    question = [note for note in questioned[0].report.notes if note not in one.report.notes]
    report = replace(with_agreement(one.report, len(questioned)), notes=(*one.report.notes, *question))
    keep(repair, Fix(key=repair.key, candidate=one.bench.candidate, report=report, created=time.time()))


def _agreed(repair: Repair, panel: list[Judged], wanted: int) -> Judged | None:
    """The suggestion to install, when the panel is complete and of one mind. A panel that has spoken is dissolved."""
    if len(panel) < wanted:
        return None
    repair.flight.check()
    present = tuple(panel)
    if wanted == 1:
        panel.clear()
        _keep(repair, present[0].report)
        return present[0]
    conference = confer(present)
    panel.clear()
    found = [replace(one, report=report) for one, report in zip(present, conference.reports, strict=True)]
    for one in found:
        _keep(repair, one.report)
    if found[0].report.accepted:
        return found[0]
    note_disagreement(repair, conference.disagreement, found[0].report.reason)
    return None


def _keep(repair: Repair, report: Report) -> None:
    keep_report(repair, report)
    name = repair.line.qualname
    for note in report.notes if report.accepted or any("PERSON" in note for note in report.notes) else ():
        _log.warning("%s: %s", name, note)
    if report.accepted:
        _log.info("%s", report)
        events.emit("candidate.accepted", name, evidence=report.evidence_line())
    else:
        _log.warning("%s: Suggestion %s", name, report.summary())
        events.emit("candidate.refused", name, stage=report.refused_by, reason=report.reason)


def objection(repair: Repair, fix: Fix) -> str | None:
    """Why *fix* is not approved; ``None`` when it is. Silence, or an error, is never consent."""
    return no_of(repair.settings, repair.line.qualname, fix)
