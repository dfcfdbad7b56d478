"""The order of the gauntlet: cheapest first, stopping at the first refusal, everything recorded."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.compile import check_compile
from fukkatsu._gauntlet.examples import check_examples
from fukkatsu._gauntlet.failing_call import check_failing_call
from fukkatsu._gauntlet.good_calls import check_good_calls
from fukkatsu._gauntlet.readings import check_contract_and_prose
from fukkatsu._gauntlet.sandbox import check_sandbox
from fukkatsu._gauntlet.smallest import check_differential_and_size
from fukkatsu._gauntlet.static import check_static
from fukkatsu._look import Look
from fukkatsu._model.verdict import Report, StageName, Verdict
from fukkatsu._sandbox.host import isolation
from fukkatsu.errors import SandboxUnavailableError, said_by

_log = logging.getLogger("fukkatsu")

Stage: TypeAlias = Callable[[Bench], Verdict]

ORDER: Final[tuple[tuple[StageName, Stage], ...]] = (
    ("static", check_static),
    ("compile", check_compile),
    ("sandbox", check_sandbox),
    ("failing-call", check_failing_call),
    ("good-calls", check_good_calls),
    ("examples", check_examples),
    ("contract", check_contract_and_prose),
    ("differential", check_differential_and_size),
)
CLASSIC: Final[frozenset[StageName]] = frozenset({"static", "compile", "sandbox", "failing-call"})
"""The stages of ``verify=False``, the mode of the first releases."""


def run_gauntlet(bench: Bench, *, classic: bool = False) -> Report:
    """Run the stages in order and stop at the first that refuses.

    Never raises for what a candidate did; a stage that breaks down is a refusal, because no verdict is not a yes.
    """
    verdicts: list[Verdict] = []
    for name, stage in ORDER:
        if classic and name not in CLASSIC:
            verdicts.append(Verdict(stage=name, outcome="skipped", reason="classic mode (verify=False)"))
            continue
        verdict = _judge(name, stage, bench)
        verdicts.append(verdict)
        if verdict.outcome == "refused":
            break
    report = Report(
        function=bench.source.qualname,
        source=bench.candidate.text,
        verdicts=tuple(verdicts),
        isolation=isolation().summary if bench.first_run is not None else "none: not run",
        notes=tuple(dict.fromkeys(map(printable, bench.notes))),
    )
    return _demand_minimum(report, bench, classic=classic)


def _judge(name: StageName, stage: Stage, bench: Bench) -> Verdict:
    started = time.perf_counter()
    if bench.remaining_seconds <= 0:
        return Verdict(stage=name, outcome="refused", reason="the deadline passed before this stage could run")
    try:
        with Look():
            verdict = stage(bench)
    except SandboxUnavailableError as error:
        verdict = Verdict(stage=name, outcome="refused", reason=str(error))
    except Exception as error:  # noqa: BLE001 - fail closed: a stage that breaks down has not accepted
        _log.exception("the %s stage broke down on a candidate of %s", name, bench.source.qualname)
        reason = f"the stage itself broke down ({said_by(error)}); no verdict is a refusal"
        verdict = Verdict(stage=name, outcome="refused", reason=reason)
    lines = verdict.reason.split("\n") if name == "static" else [verdict.reason]  # its findings stand in lines
    return replace(verdict, reason="\n".join(map(printable, lines)), seconds=time.perf_counter() - started)


def printable(text: str) -> str:
    """*text* with all that steers a terminal or begins a line spelled out: a candidate's own words may be in it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _demand_minimum(report: Report, bench: Bench, *, classic: bool) -> Report:
    """Refuse, or say aloud, when little or nothing beyond "does not raise" was checked."""
    if not report.accepted or classic:
        return report
    found = sum(report.evidence.get(kind, 0) for kind in ("good_calls", "examples", "clauses", "generated"))
    if found < bench.checks.minimum:
        last = replace(
            report.verdicts[-1],
            outcome="refused",
            reason=f'{found} pieces of evidence beyond "does not raise", but Checks.minimum={bench.checks.minimum}. '
            "Add a doctest, a post: line or Checks(tests=...), or let the function answer more calls first",
        )
        return replace(report, verdicts=(*report.verdicts[:-1], last))
    if found == 0:
        note = 'NOTHING BEYOND "DOES NOT RAISE" WAS CHECKED: no good call, example, clause or generated input'
        return replace(report, notes=(*report.notes, note))
    return report
