"""Stage ``contract``: what the original's author promised holds for the candidate too.

Annotations, PEP 316 clauses and conditions of decorators, always the original's, judged in the examiner on data.
Oracle for one input::

    violates a pre: clause            nobody promised anything: left out
    the original returned, clause held      the candidate must return the same (differential) and so keeps the clause
    the original returned, post: broken     the candidate must satisfy it
    the original crashed                    the candidate, where it returns, must satisfy annotation and post:,
                                            and raise nothing that deal.raises does not permit; where a clause
                                            names the answer it must return

A clause that the original's own good calls contradict is disputed: said in the report, not enforced. So is an answer
that prose names ("returns 0 if xs is empty"), where the original contradicts it on any call or input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import call_with
from fukkatsu._gauntlet.judging import Judge, judge_calls
from fukkatsu._gauntlet.labelling import Labelled, label, replay, shown_arguments, shown_call
from fukkatsu._gauntlet.promised import (
    answers_in_words,
    clauses,
    conditions,
    contract_request,
    documented_exceptions,
    promises,
    promises_of,
)
from fukkatsu._gauntlet.symbolic import anything_to_search, prepare_search, search
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu._oracle.conditions import Condition
from fukkatsu._oracle.docstring import Clause
from fukkatsu.errors import CarryError, ReplyError
from fukkatsu.policy import Policy

ANSWERED: Final = ("returned", "raised")


@dataclass(frozen=True, slots=True)
class Contract:
    """The clauses of one function and what is known of them.

    Attributes:
        clauses: In the order of the docstring, then those of decorators, then answers that prose names.
        judge: The examiner that has read them.
        disputed: Index (``-1``: the annotation) to the reason why the original's own good calls contradict it.
        broken_by_original: Place of a labelled input to the ``post:`` clauses that the original itself breaks there.
        held_by_original: Clauses that the original kept on some call or input.
        owed: Place of a labelled input on which the original crashes to the clauses that name the answer.
    """

    clauses: tuple[Clause, ...]
    judge: Judge
    disputed: Mapping[int, str]
    broken_by_original: Mapping[int, frozenset[int]]
    held_by_original: frozenset[int]
    owed: Mapping[int, frozenset[int]]

    def name(self, at: int) -> str:
        """A clause in words."""
        return f"`{self.clauses[at]}`" if at >= 0 else "the return annotation"


def check_contract(bench: Bench) -> Verdict:
    """Annotations and clauses hold on the failing call, the good calls and the generated inputs."""
    bench.notes.extend(str(problem) for problem in promises(bench).problems)
    if bench.checks.contract == "off":
        return _skipped("Checks(contract='off')")
    if not _anything(bench):
        return _skipped(_NOTHING)
    try:
        contract = _remembered(bench)
        verdict = _judge(bench, contract)
        if verdict.outcome == "accepted" and not _promised(bench):
            return _skipped(_NOTHING)  # and prose speaks of none of the calls, or says what the candidate does
        if verdict.outcome == "accepted" and bench.checks.contract == "crosshair":
            return _searched(bench, contract, verdict)
        return verdict
    except CarryError as error:
        return _skipped(f"the function cannot be carried into the examiner: {error}")
    except ReplyError as error:  # perhaps because of what the candidate returned: no verdict is a refusal
        return Verdict(
            stage="contract",
            outcome="refused",
            reason=f"the contract could not be checked, and no verdict is a refusal: {error}",
        )


def _skipped(reason: str) -> Verdict:
    return Verdict(stage="contract", outcome="skipped", reason=reason)


def prepare_contract(bench: Bench) -> None:
    """While the model thinks: read the contract into an examiner, and judge what the original did.

    Raises:
        CarryError: The function cannot travel into the examiner.
        ReplyError: The examiner gave no answer.
    """
    if bench.checks.contract != "off" and _anything(bench):
        if bench.checks.contract == "crosshair":
            prepare_search()
        _remembered(bench)


def _anything(bench: Bench) -> bool:
    return _promised(bench) or bool(answers_in_words(bench))


def _promised(bench: Bench) -> bool:
    return bool(clauses(bench)) or "return" in bench.original.__annotations__


_NOTHING: Final = "no clause in the docstring and no return annotation"


def _remembered(bench: Bench) -> Contract:
    return bench.evidence.remember("contract", lambda: _contract(bench))


def _contract(bench: Bench) -> Contract:
    in_words = answers_in_words(bench)
    promised = (*clauses(bench), *in_words)
    annotation = "return" in bench.original.__annotations__
    request = contract_request(bench.original, promises(bench).clauses, conditions(bench), in_words)
    request["annotation"] = annotation
    judge = Judge(request, bench.policy)
    asked = [call for call in bench.good_calls if not call.healed]
    outcomes = bench.reference(asked) if asked else ()
    generated = label(bench).inputs
    rows = [(call.arguments, outcome) for call, outcome in zip(asked, outcomes, strict=True)]
    rows += [(one.arguments, one.outcome) for one in generated]
    answers = judge.judge(rows)
    disputed: dict[int, str] = {}
    for (arguments, outcome), answer in zip(rows[: len(asked)], answers, strict=False):
        for at, state, words in answer:
            if state == "broken" and outcome is not None and (at < 0 or promised[at].kind != "pre"):
                call = call_with(bench, arguments)
                shown = f" on {_arguments(call, bench.source.name)}" if call is not None else ""
                disputed.setdefault(at, f"the original{shown} answered {_answer(outcome)}: {words}")
    broken: dict[int, frozenset[int]] = {}
    owed: dict[int, frozenset[int]] = {}
    for place, (one, answer) in enumerate(zip(generated, answers[len(asked) :], strict=True)):
        for at, state, words in answer:
            if state == "broken" and one.within and at >= 0 and promised[at].kind == "answer":
                shown = shown_arguments(one.shown, bench.source.name)
                disputed.setdefault(at, f"the original on {shown} answered {_answer(one.outcome)}: {words}")
        if one.region == "crash" and (named := frozenset(at for at, state, _ in answer if state == "owed")):
            owed[place] = named
        found = frozenset(
            at for at, state, _ in answer if state == "broken" and at >= 0 and promised[at].kind == "post"
        )
        if found - disputed.keys():
            broken[place] = found - disputed.keys()
    held = {at for answer in answers for at, state, _ in answer if state == "held" and _after_the_call(promised, at)}
    owed = {place: named - disputed.keys() for place, named in owed.items() if named - disputed.keys()}
    return Contract(promised, judge, disputed, broken, frozenset(held - disputed.keys()), owed)


def _after_the_call(promised: Sequence[Clause], at: int) -> bool:
    """Whether a clause counts as evidence: it was judged on what a call did, and the author wrote it to be judged."""
    return at < 0 or promised[at].kind not in ("pre", "answer")


def _judge(bench: Bench, contract: Contract) -> Verdict:
    for at, why in contract.disputed.items():
        bench.notes.append(f"disputed, not enforced: {contract.name(at)}: {why}")
    rows = _rows(bench, contract)
    answers = contract.judge.judge([(row.arguments, row.outcome) for row in rows])
    exercised = set(contract.held_by_original)
    oracle = 0
    refusals = list(_unanswered(bench, contract))
    for row, answer in zip(rows, answers, strict=True):
        refusal, held = _refusal(bench, contract, answer, row)
        exercised |= held
        in_crash_region = row.input is not None and row.input.region == "crash"
        oracle += in_crash_region and _says_what_is_right(contract, answer)
        if refusal is not None:
            size = 0 if row.input is None else len(row.input.shown)  # recorded calls first, then the smallest input
            refusals.append((size, *refusal))
    evidence = {"clauses": len(exercised), "crash_oracle": oracle}
    if not bench.preserve:
        labelled = label(bench).inputs
        evidence |= {"generated": len(labelled), "crash_region": sum(one.region == "crash" for one in labelled)}
    _note_unexercised(bench, contract, exercised)
    if refusals:
        _, reason, shown = min(refusals, key=lambda found: found[0])
        return Verdict(stage="contract", outcome="refused", reason=reason, evidence=evidence, counterexample=shown)
    return Verdict(stage="contract", outcome="accepted", evidence=evidence)


def _unanswered(bench: Bench, contract: Contract) -> Iterator[tuple[int, str, Call | None]]:
    """Inputs that crash as before, though a clause names the answer: size, reason, call."""
    if not contract.owed:
        return
    outcomes = replay(bench)
    for place, named in contract.owed.items():
        one, outcome = label(bench).inputs[place], outcomes[place]
        if not one.within:  # a sentence is not meant for what nobody passes
            named = frozenset(at for at in named if contract.clauses[at].kind != "answer")
        if outcome.kind != "raised" or not named:
            continue
        if outcome.exception.rpartition(".")[2] in documented_exceptions(bench):
            continue
        called = shown_arguments(one.shown, bench.source.name)
        yield (
            len(one.shown),
            f"{called} still raises {outcome.exception}: {outcome.message}, where {contract.name(min(named))} names "
            "the answer. Give it for every such input",
            shown_call(one.shown),
        )


def _says_what_is_right(contract: Contract, answer: Sequence[Sequence[Any]]) -> bool:
    """Whether a ``post:`` of the author's spoke about a call: a type alone is no oracle, nor is a condition not met."""
    return any(
        at >= 0 and contract.clauses[at].kind == "post" and state == "held" and not words
        for at, state, words in answer
        if at not in contract.disputed
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One call of the candidate that is to be judged.

    Attributes:
        kind: ``"failing"``, ``"good"`` or ``""`` for a generated input.
        input: The generated input, if it is one.
        place: Its place among the labelled inputs.
    """

    arguments: bytes
    outcome: Outcome
    kind: str
    input: Labelled | None = None
    place: int = -1


def _rows(bench: Bench, contract: Contract) -> list[_Row]:
    """The calls on which the candidate did anything else than the original: the rest was judged with the original."""
    rows: list[_Row] = []
    first = bench.first_run.outcomes if bench.first_run is not None else ()
    if bench.failure is not None and first:
        rows.append(_Row(bench.failure.arguments, first[0], "failing"))
    offset = 1 if bench.failure is not None else 0
    for call, outcome in zip(bench.good_calls, first[offset:], strict=False):
        rows.append(_Row(call.arguments, outcome, "good"))
    for place, (one, outcome) in enumerate(zip(label(bench).inputs, replay(bench), strict=True)):
        same = outcome.value == one.outcome.value and outcome.after == one.outcome.after
        if outcome.kind in ANSWERED and not (same and place not in contract.broken_by_original):
            rows.append(_Row(one.arguments, outcome, "", one, place))
    return rows


def _in_crash_region(row: _Row) -> bool:
    return row.kind == "failing" if row.input is None else row.input.region == "crash"


def _refusal(
    bench: Bench, contract: Contract, answer: Sequence[Sequence[Any]], row: _Row
) -> tuple[tuple[str, Call | None] | None, set[int]]:
    """The refusal that one call gives rise to, and the clauses that it exercised and kept."""
    arguments, outcome, kind, one = row.arguments, row.outcome, row.kind, row.input
    held = {at for at, state, _ in answer if state == "held" and _after_the_call(contract.clauses, at)}
    held -= contract.disputed.keys()  # what the original itself contradicts is no evidence
    for at, state, words in answer:
        if state != "broken" or at in contract.disputed:
            continue
        clause = contract.clauses[at] if at >= 0 else None
        if clause is not None and clause.kind == "pre":
            if kind == "failing":
                reason = (
                    f"the failing call violates {contract.name(at)}, the author's own precondition: the crash is the "
                    "caller's fault, and no correction is made for it"
                )
                return (reason, call_with(bench, arguments)), held
            return None, held
        about_exceptions = clause is not None and clause.kind in ("raises", "reason")
        if about_exceptions and one is not None and (not one.within or outcome.exception == one.outcome.exception):
            continue  # the original raises the same there, against its own author's word: not this crash
        if one is not None and one.region == "returned":
            originally = contract.broken_by_original.get(row.place, frozenset())
            if not one.within or clause is None or at not in originally:
                continue  # where the original kept the clause, equality with it is what the differential stage asks
        if one is not None and not one.within and (clause is None or clause.kind == "answer"):
            continue
        if clause is not None and clause.kind == "answer" and not _in_crash_region(row):
            continue  # the original has answered, and prose is not asked
        shown = call_with(bench, arguments) if one is None else shown_call(one.shown)
        called = _arguments(shown, bench.source.name) if one is None else shown_arguments(one.shown, bench.source.name)
        where = {"failing": "on the failing call ", "good": "on a good call "}.get(kind, "")
        reason = (
            f"{where}{called} it {_did(outcome)}, which breaks the original's contract: {contract.name(at)} {words}. "
            "Satisfy it for every input that the function accepts"
        )
        return (reason, shown), held
    return None, held


def _searched(bench: Bench, contract: Contract, verdict: Verdict) -> Verdict:
    """*verdict*, unless CrossHair suggests an input on which the candidate, run on it, breaks the contract."""
    if not anything_to_search(bench):
        bench.notes.append("CrossHair did not search: nothing is promised about what a call does")
        return verdict
    suggestion, note = search(bench, contract.disputed)
    if suggestion is None:
        bench.notes.append(note)
        return verdict
    shown = _arguments(suggestion.call, bench.source.name)
    if suggestion.outcome.kind not in ANSWERED:
        reason = f"CrossHair suggested {shown}, and there is no answer: {suggestion.outcome.message}"
        return replace(verdict, outcome="refused", reason=reason, counterexample=suggestion.call)
    (answer,) = contract.judge.judge([(suggestion.arguments, suggestion.outcome)])
    broken = [
        (at, words)
        for at, state, words in answer
        if state == "broken" and at not in contract.disputed and (at < 0 or contract.clauses[at].kind != "answer")
    ]
    if not broken or any(at >= 0 and contract.clauses[at].kind == "pre" for at, _ in broken):
        bench.notes.append(f"CrossHair suggested {shown}, where the contract holds when it is run")
        return verdict
    at, words = broken[0]
    reason = (
        f"{shown} it {_did(suggestion.outcome)}, which breaks the original's contract: {contract.name(at)} {words} "
        "(found by CrossHair). Satisfy it for every input that the function accepts"
    )
    return replace(verdict, outcome="refused", reason=reason, counterexample=suggestion.call)


def _arguments(call: Call | None, name: str) -> str:
    if call is None:
        return f"{name}(...)"
    parts = [f"{a!r:.80}" for a in call.args] + [f"{k}={v!r:.80}" for k, v in call.kwargs.items()]
    return f"{name}({', '.join(parts)})"


def _answer(outcome: Outcome) -> str:
    return values.render(outcome.value, 80) if outcome.kind == "returned" else outcome.exception


def _did(outcome: Outcome) -> str:
    return f"returns {_answer(outcome)}" if outcome.kind == "returned" else f"raises {outcome.exception}"


def _note_unexercised(bench: Bench, contract: Contract, exercised: set[int]) -> None:
    for at, clause in enumerate(contract.clauses):
        if clause.kind == "post" and at not in exercised and at not in contract.disputed:
            bench.notes.append(f"unexercised: `{clause}` could not be evaluated on any call")


def violated_precondition(
    original: FunctionType,
    source: FunctionSource,
    arguments: bytes,
    policy: Policy,
    decorators: Sequence[Condition] = (),
) -> str | None:
    """Which precondition of the author's the call with *arguments* (a pickle made by this process) violates.

    Such a crash is the caller's fault: the engine asks here before it asks a model. ``None`` when none is violated,
    or when that cannot be known. Costs nothing for a function without ``pre:`` clauses, and without preconditions
    among the conditions of its *decorators*.
    """
    written = tuple(clause for clause in promises_of(original, source).clauses if clause.kind == "pre")
    required = tuple(condition for condition in decorators if condition.clause.kind == "pre")
    if not written and not required:
        return None
    request = contract_request(original, written, required)
    try:
        (answer,) = judge_calls({**request, "annotation": False}, [(arguments, None)], policy)
    except (CarryError, ReplyError):
        return None
    return next((str(request["clauses"][at]) for at, state, _ in answer if state == "broken"), None)
