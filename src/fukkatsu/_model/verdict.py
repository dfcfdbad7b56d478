"""What the gauntlet says, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from fukkatsu._model.call import Call
from fukkatsu._printable import printable

StageName: TypeAlias = Literal[
    "static", "compile", "sandbox", "failing-call", "good-calls", "examples", "contract", "differential"
]
STAGES: Final[tuple[StageName, ...]] = (
    "static",
    "compile",
    "sandbox",
    "failing-call",
    "good-calls",
    "examples",
    "contract",
    "differential",
)
Judgement: TypeAlias = Literal["accepted", "refused", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One stage's answer.

    Attributes:
        stage: One of ``STAGES``.
        outcome: ``"accepted"``, ``"refused"``, or ``"skipped"``: there was nothing to check.
        reason: For a refusal what was found, where, and how to permit or mend it; for a skip why.
        seconds: Wall time of the stage.
        evidence: What was counted, e.g. ``{"good_calls": 10, "dropped": 1}``.
        counterexample: The call that shows it, when there is one.
    """

    stage: StageName
    outcome: Judgement
    reason: str = ""
    seconds: float = 0.0
    evidence: Mapping[str, int] = field(default_factory=dict)
    counterexample: Call | None = None

    def __post_init__(self) -> None:
        """A reason may quote what a model wrote, or what a candidate raised: terminals and logs obey some of that."""
        object.__setattr__(self, "reason", printable(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The gauntlet's whole record for one candidate.

    Attributes:
        function: Qualified name of the original.
        source: Text of the candidate.
        verdicts: One for each stage that ran, in order; the last one is the refusal when there is one.
        isolation: ``"full"``, or which layers of the sandbox were missing.
        notes: Warnings that refuse nothing: clauses that do not parse, disputed examples, thin evidence.
    """

    function: str
    source: str
    verdicts: tuple[Verdict, ...]
    isolation: str = "none"
    notes: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Every stage spoke and none refused. No verdict means refusal."""
        return tuple(v.stage for v in self.verdicts) == STAGES and all(
            v.outcome in ("accepted", "skipped") for v in self.verdicts
        )

    @property
    def refusal(self) -> Verdict | None:
        """The verdict that refused the candidate."""
        return next((v for v in self.verdicts if v.outcome == "refused"), None)

    @property
    def refused_by(self) -> str | None:
        """Name of the stage that refused, or ``None`` when the candidate was accepted."""
        if self.refusal is not None:
            return self.refusal.stage
        if self.accepted:
            return None
        missing = [stage for stage in STAGES if stage not in {v.stage for v in self.verdicts}]
        return missing[0] if missing else STAGES[-1]

    @property
    def reason(self) -> str:
        """Why it was refused, in words; empty when it was accepted."""
        if self.refusal is not None:
            return self.refusal.reason
        return "" if self.accepted else f"the {self.refused_by} stage gave no verdict"

    @property
    def counterexample(self) -> Call | None:
        """The call that shows why the candidate was refused."""
        return self.refusal.counterexample if self.refusal is not None else None

    @property
    def evidence(self) -> Mapping[str, int]:
        """Counts of all stages, added up."""
        total: dict[str, int] = {}
        for verdict in self.verdicts:
            for key, count in verdict.evidence.items():
                total[key] = total.get(key, 0) + count
        return total

    def evidence_line(self) -> str:
        """One honest sentence: what the candidate was tried on."""
        e = self.evidence

        def plural(count: int, noun: str) -> str:
            return f"{count} {noun}" + ("" if count == 1 else "s")

        inputs = plural(e.get("generated", 0), "generated input")
        if e.get("crash_region", 0):
            inputs += f" ({e['crash_region']} in the crash region, {e.get('crash_oracle', 0)} with an oracle)"
        if e.get("cut", 0):
            inputs += f", from {plural(e['cut'], 'large call')} cut down for that"
        if e.get("left_out", 0):
            inputs += f", none from {plural(e['left_out'], 'call')} too large to make any of"
        shared = f" ({e['shared']} of them from the store)" if e.get("shared", 0) else ""
        prose = f", {plural(e['prose'], 'case')} that a model read in the prose" if e.get("prose", 0) else ""
        agreed = ""
        if e.get("agreement", 0):
            agreed = f", {e['agreement']} suggestions that agree on {plural(e.get('agreed_inputs', 0), 'open input')}"
        return (
            f"verified on {plural(e.get('good_calls', 0), 'good call')}{shared}, "
            f"{plural(e.get('examples', 0), 'example')}, {plural(e.get('clauses', 0), 'clause')}{prose}, "
            f"{inputs}{agreed}; {e.get('opaque', 0)} opaque; "
            f"isolation {self.isolation}"
        )

    def summary(self) -> str:
        """One line: accepted, or which stage refused and why."""
        if self.accepted:
            return f"accepted; {self.evidence_line()}"
        return f"refused by {self.refused_by}: {self.reason}"

    def __str__(self) -> str:
        title = "accepted" if self.accepted else f"refused by {self.refused_by}"
        lines = [f"correction of {self.function}: {title}"]
        spoken = {v.stage: v for v in self.verdicts}
        for stage in STAGES:
            verdict = spoken.get(stage)
            if verdict is None:
                lines.append(f"  {stage:<13} not reached")
                continue
            text = f"  {stage:<13} {verdict.outcome:<9} {verdict.seconds * 1000:7.1f} ms"
            if verdict.reason:
                text += "  " + verdict.reason.replace("\n", "\n" + " " * 37)
            lines.append(text)
        if self.counterexample is not None:
            call = self.counterexample
            shown = [repr(a) for a in call.args] + [f"{k}={v!r}" for k, v in call.kwargs.items()]
            lines.append(f"  counterexample: {self.function.rpartition('.')[2]}({', '.join(shown)})")
        lines.extend(f"  note: {note}" for note in self.notes)
        if self.accepted:
            lines.append(f"  {self.evidence_line()}")
        return "\n".join(lines)
