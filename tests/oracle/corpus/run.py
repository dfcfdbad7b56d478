"""Send corrections of the corpus through the gauntlet and count which stage refused what."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpus.case import WRONG, Case, Patch
from fukkatsu import Call, Checks
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._language.facts import read_facts
from fukkatsu._model.call import Outcome, RecordedCall
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import STAGES, Report
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry
from fukkatsu.policy import load_policy


@dataclass(frozen=True, slots=True)
class Result:
    """What the gauntlet said of one correction of one case, with one seed."""

    case: Case
    patch: Patch
    seed: int
    report: Report

    @property
    def mistaken(self) -> bool:
        """Whether a right correction was refused, or a wrong one accepted that evidence could have exposed."""
        if self.patch.wrong is None:
            return not self.report.accepted
        return self.report.accepted and bool(self.patch.wrong.by)

    def __str__(self) -> str:
        wrong = self.patch.wrong
        what = f"wrong ({wrong.kind}; could be refused by {wrong.by})" if wrong is not None else "right"
        return f"{self.case.name}, seed {self.seed}, {what}:\n{self.patch.source}\n{self.report}\n"


def recorded(call: Call) -> RecordedCall:
    """*call* as `fukkatsu.verify` takes it: an outcome is given for exceptions only, values are the original's own."""
    arguments = carry.carry_call(call.args, dict(call.kwargs))
    if call.raised is None:
        return RecordedCall(arguments, shown=call)
    kind = call.raised if isinstance(call.raised, type) else type(call.raised)
    return RecordedCall(arguments, Outcome("raised", exception=values.class_name(kind)), shown=call)


def judge(case: Case, seed: int) -> Iterator[Result]:
    """All corrections of *case*, judged on the same generated inputs."""
    source = read_source(case.function)
    evidence = FunctionEvidence()
    policy = load_policy(None)
    if case.opens:
        policy = policy.allowing(imports=case.opens)
    for patch in case.patches:
        bench = Bench(
            original=case.function,
            source=source,
            facts=read_facts(case.function, source),
            candidate=Candidate(text=patch.source),
            policy=policy,
            checks=Checks(),
            failure=recorded(case.crash),
            failing_call=case.crash,
            good_calls=tuple(map(recorded, case.good)),
            seed=seed,
            evidence=evidence,
        )
        yield Result(case, patch, seed, run_gauntlet(bench))


def matrix(results: Sequence[Result]) -> str:
    """The confusion matrix: the stage that refused against what is wrong with the correction."""
    kinds = ["right", *WRONG]
    counts: dict[str, collections.Counter[str]] = {kind: collections.Counter() for kind in kinds}
    for one in results:
        kind = one.patch.wrong.kind if one.patch.wrong is not None else "right"
        counts[kind][one.report.refused_by or ("may pass" if _may_pass(one) else "accepted")] += 1
    columns = [*STAGES, "accepted", "may pass"]
    lines = [f"{'':13}" + "".join(f"{name:>13}" for name in columns)]
    for kind in kinds:
        lines.append(f"{kind:13}" + "".join(f"{counts[kind][name] or '.':>13}" for name in columns))
    return "\n".join([*lines, _summary(results)])


def _may_pass(one: Result) -> bool:
    return one.patch.wrong is not None and not one.patch.wrong.by


def _summary(results: Sequence[Result]) -> str:
    right = [one for one in results if one.patch.right]
    exposable = [one for one in results if one.patch.wrong is not None and one.patch.wrong.by]
    rest = [one for one in results if _may_pass(one)]
    return (
        f"{len({one.case.name for one in results})} functions, {len({one.seed for one in results})} seeds; "
        f"right refused {_of(right, lambda one: not one.report.accepted)}; "
        f"wrong accepted though exposable {_of(exposable, lambda one: one.report.accepted)}; "
        f"without evidence against them accepted {_of(rest, lambda one: one.report.accepted)}"
    )


def _of(results: Iterable[Result], test) -> str:
    found = list(results)
    return f"{sum(map(test, found))} of {len(found)}"
