"""Stage ``static``: the candidate's text and syntax tree against the policy, before anything is compiled."""

from __future__ import annotations

import builtins

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.forgotten import forgotten
from fukkatsu._gauntlet.given import changes_what_it_was_given
from fukkatsu._gauntlet.left_out import left_out
from fukkatsu._gauntlet.lints import lint_candidate, widened_to_base
from fukkatsu._language.static import check_source
from fukkatsu._model.verdict import Verdict

SHOWN_FINDINGS = 8
"""More than this many findings say nothing new to a model or a person."""


def check_static(bench: Bench) -> Verdict:
    """Refuse what the policy does not permit, each finding with its line and remedy, and what looks like no fix."""
    findings = check_source(bench.candidate.text, bench.facts, bench.policy)
    if findings:
        lines = [str(finding) for finding in findings[:SHOWN_FINDINGS]]
        if len(findings) > SHOWN_FINDINGS:
            lines.append(f"... and {len(findings) - SHOWN_FINDINGS} more")
        return Verdict(stage="static", outcome="refused", reason="\n".join(lines))
    suspicion = lint_candidate(bench.candidate.text, bench.source, bench.failing_call, bench.checks)
    if suspicion is None and bench.preserve:
        others = [good.shown for good in bench.good_calls if good.shown is not None]
        suspicion = changes_what_it_was_given(
            bench.candidate.text, bench.source, bench.facts, bench.failing_call, others
        )
    if suspicion is None and bench.preserve and bench.checks.unneeded_changes:
        suspicion = left_out(bench.candidate.text, bench.source)
    if suspicion is None and bench.preserve and bench.checks.unneeded_changes:
        suspicion, doubts = forgotten(bench.candidate.text, bench.source, bench.failing_call)
        bench.notes.extend(doubts)
    if suspicion is None and bench.preserve and bench.checks.broad_except:
        suspicion = _widened(bench)
    if suspicion is not None:
        return Verdict(stage="static", outcome="refused", reason=suspicion)
    return Verdict(stage="static", outcome="accepted")


def _widened(bench: Bench) -> str | None:
    """Why a handler of the author's may not catch more than it did: what failed is not what it catches now."""
    found = widened_to_base(bench.candidate.text, bench.source)
    if found is None or bench.failure is None:
        return None
    line, narrow, wide = found
    failed = getattr(builtins, bench.crash.exception.rpartition(".")[2], None)
    if not isinstance(failed, type) or issubclass(failed, getattr(builtins, wide)):
        return None
    return (
        f"line {line}: it catches {wide} where the author catches {narrow}, and the failing call raises neither: what "
        "is to pass would not pass any more. Catch what the author catches"
    )
