"""Prose as evidence: what a model read in the docstring counts where the original bears it out.

`Checks(prose=True)`. The reading is a decision table, made by somebody who saw neither the body nor a suggestion. It is
calibrated first, on calls that the original answers::

    contradicted by the original              refuted: said in the report, not enforced
    held there on 3 inputs or more            validated: enforced
    not met there, a sibling case validated,
    and none refuted                          vouched for: enforced (the crash case, as a rule)
    else                                      soft: printed as a ready `post:` line

An enforced case can only refuse. A candidate that keeps it has passed one check more, and what it rests on is a model's
word: it does not count among the evidence that `Checks.minimum` demands.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from fukkatsu._gauntlet.agreement import is_open
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.contract import check_contract
from fukkatsu._gauntlet.counterexample import in_words, shown_with
from fukkatsu._gauntlet.effects import changes_arguments
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.judging import EXAMINER_START_SECONDS
from fukkatsu._gauntlet.labelling import label, replay, shown_arguments, shown_call
from fukkatsu._gauntlet.promised import parameters_of
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.reading import OTHERWISE, ReadCase, ReadTable
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, pool
from fukkatsu._suggest.expression import FUNCTIONS
from fukkatsu.errors import CarryError, ReplyError

State: TypeAlias = Literal["validated", "vouched", "refuted", "soft"]

JUDGE_CASES: Final = "fukkatsu._oracle.readings:judge_cases"  # by name: the host imports neither it nor what it imports
VALIDATED_INPUTS: Final = 3
ENFORCED: Final = ("validated", "vouched")
_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the original says to a reading.

    Attributes:
        tables: What was read.
        states: Of each case of each table.
        against: Of each case that is refuted: the call that shows it.
        why: Why nothing could be calibrated, when so.
    """

    tables: tuple[ReadTable, ...] = ()
    states: tuple[tuple[State, ...], ...] = ()
    against: tuple[tuple[str, ...], ...] = ()
    why: str = ""


def check_contract_and_prose(bench: Bench) -> Verdict:
    """Stage ``contract``: what the author promised in a form that can be checked, then what was read in the prose."""
    verdict = check_contract(bench)
    if not bench.checks.prose or verdict.outcome == "refused":
        return verdict
    if bench.reading is None:
        bench.notes.append(
            "THE PROSE OF THE DOCSTRING WAS NOT READ, and nothing of it checked: there is no reading of it"
        )
        return verdict
    bench.notes.extend(f"ignored in the reading of the docstring: {why}" for why in bench.reading.ignored)
    if not bench.reading.tables:
        return verdict
    calibration = bench.evidence.remember(("reading", bench.reading), lambda: _calibrated(bench))
    _note(bench, calibration)
    if not any(state in ENFORCED for states in calibration.states for state in states):
        return verdict
    try:
        refusal, kept, oracle = _judge(bench, calibration)
    except ReplyError as error:  # perhaps because of what the candidate returned: no verdict is a refusal
        why = f"what was read in the docstring could not be checked, and no verdict is a refusal: {error}"
        return replace(verdict, outcome="refused", reason=why)
    evidence = {**verdict.evidence, "prose": kept}
    evidence["crash_oracle"] = max(oracle, verdict.evidence.get("crash_oracle", 0))
    if refusal is not None:
        reason, shown = refusal
        return replace(verdict, outcome="refused", reason=reason, evidence=evidence, counterexample=shown)
    if kept:
        return replace(verdict, outcome="accepted", reason="", evidence=evidence)
    return verdict


def post_line(table: ReadTable, place: int, *, changed: Sequence[str] = ()) -> str:
    """A case as its author would have written it: ready to paste into the docstring.

    Args:
        table: Whose case it is.
        place: Which one. Cases before it must not apply.
        changed: Parameters that the function may change: they are meant as they were before the call.
    """
    case = table.cases[place]
    before = [f"not ({one.when})" for one in table.cases[:place]]
    own = [] if case.when == OTHERWISE else [f"({case.when})" if before else case.when]
    condition = " and ".join([*before, *own])
    if case.raises:
        return f":raises {case.raises}: if {condition or 'True'}"
    line = f"implies({condition}, {case.then})" if condition else case.then
    return f"post: {_as_before(line, changed)}"


def _as_before(expression: str, changed: Sequence[str]) -> str:
    import ast

    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in changed:
            node.id = f"__old__.{node.id}"
    return ast.unparse(tree)


def _calibrated(bench: Bench) -> Calibration:
    assert bench.reading is not None  # noqa: S101 - asked before
    tables = bench.reading.tables
    rows = _original_rows(bench)
    try:
        answers = _ask(bench, tables, [(arguments, outcome) for arguments, outcome, _ in rows])
    except (CarryError, ReplyError) as error:
        return Calibration(why=f"the reading of the docstring could not be tried on the original: {error}")
    held = [[0] * len(table.cases) for table in tables]
    against = [[""] * len(table.cases) for table in tables]
    for (_, outcome, called), answer in zip(rows, answers, strict=True):
        for at, (place, state, _) in enumerate(answer):
            if state == "held":
                held[at][place] += 1
            elif state == "broken" and not against[at][place]:
                against[at][place] = f"{called} {_did(outcome)}"
    states = tuple(_states(counts, shown) for counts, shown in zip(held, against, strict=True))
    return Calibration(tables, states, tuple(tuple(shown) for shown in against))


def _states(held: Sequence[int], against: Sequence[str]) -> tuple[State, ...]:
    """States of the cases of one table."""
    validated = [count >= VALIDATED_INPUTS and not shown for count, shown in zip(held, against, strict=True)]
    vouching = any(validated) and not any(against)
    return tuple(
        "refuted" if shown else "validated" if valid else "vouched" if vouching else "soft"
        for valid, shown in zip(validated, against, strict=True)
    )


def _original_rows(bench: Bench) -> list[tuple[bytes, Outcome, str]]:
    """Calls that the original answers, with a value or an exception of its own, and how they look in a sentence."""
    name = bench.source.name
    rows = [
        (call.arguments, expected, in_words(call.shown, name))
        for _, call, expected in reproducible(bench)
        if not call.healed
    ]
    rows += [
        (one.arguments, one.outcome, shown_arguments(one.shown, name))
        for one in label(bench).inputs
        if one.within and not one.ladder and one.region in ("returned", "deliberate")
    ]
    return rows


def _note(bench: Bench, calibration: Calibration) -> None:
    """What is enforced on a sibling's word, and what is not enforced at all."""
    if calibration.why:
        bench.notes.append(calibration.why)
    changed = parameters_of(bench.original) if changes_arguments(bench.source) else ()
    for table, states, against in zip(calibration.tables, calibration.states, calibration.against, strict=True):
        for place, state in enumerate(states):
            clause = post_line(table, place, changed=changed)
            line = f"the docstring's {table.sentence[:160]!r}, read by a model as `{clause}`"
            if state == "refuted":
                bench.notes.append(f"not enforced: {line}: the original contradicts that: {against[place]}")
            elif state == "soft":
                bench.notes.append(f"not enforced: {line}: nothing could test it; paste the line if it is meant")
            elif state == "vouched":
                bench.notes.append(
                    f"enforced: {line}: the original bears out its other cases; paste the line to keep it"
                )


def _judge(bench: Bench, calibration: Calibration) -> tuple[tuple[str, Call | None] | None, int, int]:
    """The refusal, if any; how many enforced cases the candidate kept; on how many inputs of the crash region."""
    rows = _candidate_rows(bench)
    answers = _ask(bench, calibration.tables, [(row.arguments, row.outcome) for row in rows])
    kept: set[tuple[int, int]] = set()
    oracle = 0
    refusals: list[tuple[int, str, Call | None]] = []
    moot: set[tuple[int, int]] = set()  # the failing call must return: what says that it raises binds nobody here
    for row, answer in zip(rows, answers, strict=True):
        told = False
        for at, (place, state, _) in enumerate(answer):
            if place < 0 or calibration.states[at][place] not in ENFORCED or (at, place) in moot:
                continue
            table = calibration.tables[at]
            if state == "held":
                kept.add((at, place))
                told = True
            elif state == "broken" and row.failing and table.cases[place].raises:
                moot.add((at, place))
                bench.notes.append(
                    f"the failing call is one for which the docstring, as a model read it, says that it raises "
                    f"{table.cases[place].raises}: {table.sentence[:160]!r}"
                )
            elif state == "broken":
                refusals.append((row.size, _reason(table, place, calibration.states[at][place], row), row.shown))
        oracle += told and row.in_crash_region
    if refusals:
        _, reason, shown = min(refusals, key=lambda found: found[0])
        return (reason, shown), len(kept), oracle
    return None, len(kept), oracle


@dataclass(frozen=True, slots=True)
class _Row:
    """One call of the candidate that the reading may say something about."""

    arguments: bytes
    outcome: Outcome
    called: str
    shown: Call | None
    size: int = 0
    failing: bool = False
    in_crash_region: bool = False


def _candidate_rows(bench: Bench) -> list[_Row]:
    """The failing call, and generated inputs where the original is no reference: elsewhere it has spoken already."""
    rows: list[_Row] = []
    name = bench.source.name
    if bench.failure is not None and bench.first_run is not None:
        shown = shown_with(bench.failure)
        outcome = bench.first_run.outcomes[0]
        rows.append(_Row(bench.failure.arguments, outcome, in_words(shown, name), shown, failing=True))
    for one, outcome in zip(label(bench).inputs, replay(bench), strict=True):
        if is_open(bench, one) and outcome.kind in ("returned", "raised"):
            rows.append(
                _Row(
                    one.arguments,
                    outcome,
                    shown_arguments(one.shown, name),
                    shown_call(one.shown),
                    len(one.shown),
                    in_crash_region=one.region == "crash",
                )
            )
    return rows


def _reason(table: ReadTable, place: int, state: State, row: _Row) -> str:
    case: ReadCase = table.cases[place]
    where = "on the failing call " if row.failing else "on "
    promise = f"raises {case.raises}" if case.raises else case.then
    borne_out = "the original keeps it elsewhere" if state == "validated" else "the original keeps its other cases"
    return (
        f"{where}{row.called} it {_did(row.outcome)}, but the docstring says {table.sentence[:200]!r}, which a model "
        f"read as `{promise}` when `{case.when}` ({borne_out}). Do what the docstring says"
    )


def _ask(bench: Bench, tables: Sequence[ReadTable], rows: Sequence[tuple[bytes, Outcome]]) -> list[list[list[Any]]]:
    """For each row and table ``[place of the case, state, words]``.

    Raises:
        CarryError: The function cannot travel into the examiner.
        ReplyError: The examiner gave no answer, or one of another shape.
    """
    if not rows:
        return []
    request = {
        "function": carry.carry(bench.original),
        "functions": sorted(FUNCTIONS),
        "tables": [
            [(None if case.when == OTHERWISE else case.when, case.then, case.raises) for case in table.cases]
            for table in tables
        ],
        "calls": [(arguments, outcome.kind, outcome.value, outcome.exception) for arguments, outcome in rows],
    }
    payload = pickle.dumps(request, protocol=5)
    answer = json.loads(pool.run_task(JUDGE_CASES, payload, bench.policy, seconds=_SECONDS + EXAMINER_START_SECONDS))
    if not isinstance(answer, list) or len(answer) != len(rows):
        msg = "the examiner answered for another number of calls"
        raise ReplyError(msg)
    return answer


def _did(outcome: Outcome) -> str:
    return (
        f"returns {values.render(outcome.value, 80)}" if outcome.kind == "returned" else f"raises {outcome.exception}"
    )
