"""The bench a candidate lies on: everything that a stage may look at, and the two ways to run something."""

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.program import Program
from fukkatsu._language.scope import LiveScope
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._model.patch import Candidate, FunctionSource
from fukkatsu._model.reading import Reading
from fukkatsu._sandbox import carry, pool
from fukkatsu._sandbox.process import shown_to
from fukkatsu.policy import Checks, Policy

if TYPE_CHECKING:
    from fukkatsu._gauntlet.bases import Probe


@dataclass(slots=True, kw_only=True)
class Bench:
    """One candidate and what it is judged by. Stages read it, and leave what later stages need.

    Attributes:
        original: The function as its author wrote it: the reference, never the wrapper.
        source: Its source text.
        facts: What its source uses.
        candidate: The proposed correction.
        policy: What it may do, and the limits of one run.
        checks: Which evidence is demanded.
        additional_req: The user's extra instruction, which may ask for other behaviour.
        failure: The failing call; ``None`` when nothing failed (``verify`` without one).
        failing_call: The same for people, with live arguments, where there are any.
        good_calls: Calls that the original answered, and calls that an earlier fix healed.
        dropped: How many good calls of other processes did not reproduce here and are not among them.
        evidence: Facts kept over the candidates of this function.
        reading: What a model read in the docstring's prose; ``None`` when nobody asked it.
        seed: For `random` in runners: the same for the original and every candidate of this function.
        deadline: ``time.monotonic()`` after which no further run may start or go on; ``None`` is never.
        decorated: What decorators made of the original, where it is at hand: contracts are read from it.
        notes: Warnings for the report; stages append.
        program: Set by the compile stage.
        code: Likewise.
        generated_outcomes: Set by the first stage that replays the generated inputs.
        settled_examples: Set by the examples stage: how many examples that the original answers otherwise than its own
            docstring says the candidate answers as the docstring says.
        prepared: The candidate as runners take it, with the program that it was made of: it is run several times.
        first_run: Set by the sandbox stage: the candidate on the failing call, the good calls, and the failing call
            again.
        ahead: What the sandbox stage has run of the generated inputs already, for the first stage that asks for it.
        probes: The calls made up for what is new in this candidate's text, once somebody has made them.
        tried: What the candidate did on calls that the sandbox stage has run ahead for later stages, by arguments.
    """

    original: FunctionType
    source: FunctionSource
    facts: OriginalFacts
    candidate: Candidate
    policy: Policy
    checks: Checks
    additional_req: str = ""
    failure: RecordedCall | None = None
    failing_call: Call | None = None
    good_calls: tuple[RecordedCall, ...] = ()
    dropped: int = 0
    evidence: FunctionEvidence = field(default_factory=FunctionEvidence)
    reading: Reading | None = None
    seed: int = 0
    deadline: float | None = None
    decorated: object = None
    notes: list[str] = field(default_factory=list)
    program: Program | None = None
    code: CodeType | None = None
    first_run: pool.Run | None = None
    ahead: pool.Run | None = None
    probes: Sequence[Probe] | None = None
    tried: dict[bytes, Outcome] = field(default_factory=dict)
    generated_outcomes: Sequence[Outcome] | None = None
    settled_examples: int = 0
    prepared: tuple[Program, pool.Subject] | None = None

    def for_candidate(self, candidate: Candidate) -> Bench:
        """The same bench, swept, with another candidate on it: what is known of the function stays."""
        return replace(
            self,
            candidate=candidate,
            notes=[],
            program=None,
            code=None,
            ahead=None,
            probes=None,
            tried={},
            generated_outcomes=None,
            settled_examples=0,
            first_run=None,
        )

    @property
    def preserve(self) -> bool:
        """Whether the candidate must answer as the original did wherever the original returned."""
        if self.checks.preserve is None:
            return not self.additional_req.strip()
        return self.checks.preserve

    @property
    def remaining_seconds(self) -> float:
        """Seconds until the deadline; infinite when there is none."""
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()

    def run_candidate(
        self, steps: Sequence[pool.Step], *, policy: Policy | None = None, stop_at_first_loss: bool = True
    ) -> pool.Run:
        """Run the compiled candidate on *steps*, in a fresh runner; *policy* may set narrower limits for these.

        Where the original uses chance, the same arguments meet the same one; a candidate that newly does shows it by
        answering the same call otherwise.
        """
        return pool.run(
            self.subject(),
            steps,
            policy or self.policy,
            seed=self.seed,
            deadline=self.deadline,
            stop_at_first_loss=stop_at_first_loss,
            alike=self._original_subject().draws,
        )

    def answers_to(self, calls: Sequence[RecordedCall]) -> tuple[Outcome, ...]:
        """What the candidate does on *calls*, up to the first without an answer; not run again where it is known."""
        known = [self.tried.get(call.arguments) for call in calls]
        if all(known):
            return tuple(outcome for outcome in known if outcome is not None)
        return self.run_candidate([pool.Step("call", call.arguments) for call in calls]).outcomes

    def run_original(
        self,
        steps: Sequence[pool.Step],
        *,
        stop_at_first_loss: bool = False,
        policy: Policy | None = None,
        before: float | None = None,
    ) -> pool.Run:
        """Run the original, unrestricted but jailed alike, on *steps*, in a fresh runner.

        *policy* may set narrower limits, *before* an earlier end (``time.monotonic()``) than the deadline.
        """
        return pool.run(
            self._original_subject(),
            steps,
            policy or self.policy,
            seed=self.seed,
            deadline=min((end for end in (before, self.deadline) if end is not None), default=None),
            stop_at_first_loss=stop_at_first_loss,
            alike=True,
        )

    def _original_subject(self) -> pool.Subject:
        return self.evidence.remember(
            "original",
            lambda: pool.original_subject(
                carry.carry_original(self.original), self.source.first_line, shown_to(self.facts)
            ),
        )

    @property
    def crash(self) -> Outcome:
        """What the original does on the failing call, in a runner.

        Raises:
            RuntimeError: Nothing failed.
        """
        if self.failure is None:
            msg = "nothing failed"
            raise RuntimeError(msg)
        return self.reference([self.failure])[0]

    @property
    def answer(self) -> Outcome:
        """What the candidate does on the failing call.

        Raises:
            RuntimeError: Nothing failed, or the sandbox stage has not run.
        """
        if self.failure is None or self.first_run is None:
            msg = "the failing call has not been run"
            raise RuntimeError(msg)
        return self.first_run.outcomes[0]

    def reference(self, calls: Sequence[RecordedCall], *, again: bool = False) -> tuple[Outcome, ...]:
        """What the original does on *calls* in a runner; worked out once for the same calls.

        A call without an answer has ``kind="lost"``. *again* is a second, independent run of the same calls: what
        differs between the two depends on more than the arguments.
        """
        key = ("reference", again, tuple(call.arguments for call in calls))

        def replay() -> tuple[Outcome, ...]:
            run = self.run_original([pool.Step("call", call.arguments) for call in calls])
            if run.ended == "cancelled":
                raise pool.SandboxUnavailableError(run.reason)
            missing = len(calls) - len(run.outcomes)
            return run.outcomes + tuple(Outcome("lost", message=run.reason) for _ in range(missing))

        return self.evidence.remember(key, replay)

    def failing_arguments(self) -> dict[str, object]:
        """The failing call's arguments by parameter name, defaults included; empty when they are not at hand."""
        call = self.failing_call or (self.failure.shown if self.failure is not None else None)
        if call is None:
            return {}
        try:
            bound = inspect.signature(self.original).bind(*call.args, **call.kwargs)
        except (TypeError, ValueError):
            return {}
        bound.apply_defaults()
        return dict(bound.arguments)

    def subject(self) -> pool.Subject:
        """The compiled candidate with all that it may see, in the form that a runner takes."""
        if self.program is None:
            msg = "the compile stage has not run"
            raise RuntimeError(msg)
        names = frozenset(self.facts.global_names) | frozenset(self.facts.free_names)
        given = self.original.__defaults__, self.original.__kwdefaults__
        scope = self.evidence.remember(
            "scope", lambda: carry.carry_scope(LiveScope(self.original, names), self.facts.looked_up, given)
        )
        defaults = self.evidence.remember("defaults", lambda: carry.carry(given))
        if self.prepared is None or self.prepared[0] is not self.program:
            self.prepared = self.program, pool.candidate_subject(self.program, scope, defaults, self.code)
        return self.prepared[1]
