"""Generated inputs with what the original does on them: made once per function, replayed on every candidate.

The examiner generates, a runner labels, the host only carries bytes about. An input is a pickle that the examiner made:
it is handed to runners and never loaded here; people are shown its canonical text, rebuilt as data.
"""

from __future__ import annotations

import ast
import base64
import json
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.effects import settled, split_effects
from fukkatsu._gauntlet.judging import EXAMINER_START_SECONDS, JUDGED_BYTES
from fukkatsu._gauntlet.presumed import presumed
from fukkatsu._gauntlet.promised import conditions, contract_request, documented_exceptions, promises
from fukkatsu._gauntlet.trees import nodes_of
from fukkatsu._model.call import UNKNOWN, Call, Outcome
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, pool
from fukkatsu.errors import CarryError, ReplyError, SandboxUnavailableError
from fukkatsu.policy import Policy

Region: TypeAlias = Literal["returned", "crash", "deliberate", "other"]

GENERATE: Final = "fukkatsu._oracle.examiner:generate"  # by name: the host imports neither it nor what it imports
LABEL_WALL_SECONDS: Final = 0.25
"""Longest time of the original on one generated input; what takes longer is no input but a stress test."""
LEAST_WALL_SECONDS: Final = 2.0
"""A candidate has at least so long for one generated input, however fast the original was."""
MOST_LOSSES: Final = 5
"""Runs given to one candidate: each loss on an input that need not be answered costs one."""
FAST_SECONDS: Final = 0.005
"""Where the original took longer, a candidate that gives no answer in time may just be a slower right one."""
INSTANT_SECONDS: Final = 0.001
"""When half as much again takes for ever after a rung that took less than this, no honest cost explains it."""
_FEW_LETTERS: Final = 12
MOST_LITERALS: Final = 40
NOT_RUN: Final = Outcome("")
"""Stands for the outcome of an input that was not tried."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A generated input and the original's answer.

    Attributes:
        arguments: Pickle of ``(args, kwargs)``, for runners only.
        shown: Canonical text of ``[args, kwargs]``.
        origin: How it was made (``Input.origin``).
        ladder: Which ladder of ever larger inputs it is a rung of, 0 for none (``Input.ladder``).
        within: Whether it stays within what was seen or annotated: only there the original's answer binds.
        outcome: What the original did.
        region: ``"returned"``; ``"crash"`` (the failing call's exception at the same place); ``"deliberate"`` (a
            ``raise`` of the author's, or a documented exception); ``"other"``.
    """

    arguments: bytes
    shown: bytes
    origin: str
    within: bool
    outcome: Outcome
    region: Region
    ladder: int = 0


Answered: TypeAlias = tuple[Labelled, Outcome]
"""An input, and what a candidate does on it."""


@dataclass(frozen=True, slots=True)
class Labels:
    """All labelled inputs of a function.

    Attributes:
        inputs: Those that reproduce.
        excluded: How many were dropped: not reproducible, too slow, or too large.
        why: Why there are none, when there are none.
        cut: How many calls were too large to make inputs of, and were cut down for that.
        left_out: How many were too large, and could not be cut down.
    """

    inputs: tuple[Labelled, ...] = ()
    excluded: int = 0
    why: str = ""
    cut: int = 0
    left_out: int = 0


def label(bench: Bench) -> Labels:
    """The function's labelled inputs, generated and labelled by whoever asks first.

    Raises:
        ReplyError: The examiner gave no answer, twice. That is not remembered: the next candidate asks again.
        SandboxUnavailableError: No runner can be had, or what the labels were for was cancelled: nor is that.
    """
    try:
        return bench.evidence.remember("labels", lambda: _label(bench))
    except ReplyError:
        return bench.evidence.remember("labels", lambda: _label(bench))


def known_inputs(bench: Bench) -> tuple[Labelled, ...]:
    """The labelled inputs, if they are there already and candidates are compared on them."""
    if not (bench.preserve and bench.evidence.known("labels")):
        return ()
    return label(bench).inputs


def label_more(bench: Bench, literals: Sequence[Any]) -> tuple[Labelled, ...]:
    """Further labelled inputs of the same function, with *literals* as probes; none that `label` gives already.

    Raises:
        ReplyError: The examiner gave no answer.
    """
    own = {repr(literal) for literal in literals_of(bench.source.text)}
    new = [literal for literal in literals if repr(literal) not in own]
    known = {one.shown for one in label(bench).inputs}
    key = ("more labels", tuple(map(repr, new)))
    more = bench.evidence.remember(key, lambda: _label(bench, new))
    return tuple(one for one in more.inputs if one.shown not in known)


def _label(bench: Bench, literals: Sequence[Any] | None = None) -> Labels:
    seconds = min(bench.checks.seconds, max(0.1, bench.remaining_seconds / 2))
    try:
        rows, made = _generate(bench, seconds, literals)
    except CarryError as error:
        return Labels(why=f"the function cannot be carried into the examiner: {error}")
    if not rows:
        return Labels(why=made.why or "no input could be generated", left_out=made.left_out)
    deadline = time.monotonic() + max(10 * seconds, 5.0)  # only hit where the machine is busy or the original hangs
    first = _ask_original(bench, rows, deadline)
    second = _ask_original(bench, [row for row, one in zip(rows, first, strict=True) if one.kind != "lost"], deadline)
    again_of = iter(second)
    crash = bench.reference([bench.failure])[0] if bench.failure is not None else None
    documented = documented_exceptions(bench)
    kept = []
    for row, outcome in zip(rows, first, strict=True):
        if outcome.kind == "lost":
            continue
        again = next(again_of)
        if again.kind == "lost" or not reproduces(outcome, again):
            continue
        kept.append(replace(row, outcome=settled(outcome, again), region=region_of(outcome, crash, documented)))
    kept.sort(key=_place)
    return replace(made, inputs=tuple(kept), excluded=len(rows) - len(kept))


def _place(one: Labelled) -> tuple[int, int]:
    """What binds comes first, then the ladders, whose rungs say something when they hang, then what is outside."""
    if one.ladder:
        return 1, one.ladder
    return (0, 0) if one.within else (2, 0)


def _ask_original(bench: Bench, rows: Sequence[Labelled], deadline: float) -> list[Outcome]:
    """What the original does on *rows*. Where it is lost on a rung of a ladder, it is not asked for the higher ones."""
    limits = replace(bench.policy, wall_seconds=min(bench.policy.wall_seconds, LABEL_WALL_SECONDS))
    steps = [pool.Step("call", row.arguments) for row in rows]
    outcomes: list[Outcome] = []
    while len(outcomes) < len(rows):
        left = steps[len(outcomes) :]
        run = bench.run_original(left, policy=limits, before=deadline, stop_at_first_loss=True)
        if run.ended == "cancelled":  # half of the answers would look like all of them
            raise SandboxUnavailableError(run.reason)
        outcomes.extend(run.outcomes)
        if run.ended == "finished" or not run.outcomes:
            break
        ladder = rows[len(outcomes) - 1].ladder
        while ladder and len(outcomes) < len(rows) and rows[len(outcomes)].ladder == ladder:
            outcomes.append(Outcome("lost", message="like a smaller one"))
    return outcomes + [Outcome("lost", message="no answer in time")] * (len(rows) - len(outcomes))


def _generate(bench: Bench, seconds: float, literals: Sequence[Any] | None) -> tuple[list[Labelled], Labels]:
    """Inputs with the original's literals as probes, or others with *literals*; and what is to be said of them."""
    promised = promises(bench)
    calls = [call.arguments for call in (bench.failure, *bench.good_calls) if call is not None]
    mentioned = [carry.carry_call(quoted.args, quoted.kwargs) for quoted in promised.quoted]
    if bench.source.qualname != bench.source.name and "self" in bench.original.__code__.co_varnames[:1]:
        mentioned = []  # a method: prose quotes it without its object
    request = contract_request(bench.original, promised.clauses, conditions(bench)) | {
        "calls": calls,
        "failing": bench.failure is not None,
        "mentioned": mentioned,
        "literals": literals_of(bench.source.text) if literals is None else list(literals),
        "presumed": presumed(bench.source),
        "count": bench.checks.examples,
        "seconds": seconds,
        "seed": bench.seed if literals is None else bench.seed ^ 1,
    }
    payload = pickle.dumps(request, protocol=5)
    patience = 5 * seconds + EXAMINER_START_SECONDS + len(payload) / JUDGED_BYTES
    reply = json.loads(pool.run_task(GENERATE, payload, bench.policy, seconds=patience))
    empty = Outcome("lost")
    rows = [
        Labelled(
            base64.b64decode(arguments), shown.encode("latin-1"), origin, bool(within), empty, "other", int(ladder)
        )
        for origin, within, ladder, arguments, shown in reply["inputs"]
    ]
    return rows, Labels(why=str(reply["why"]), cut=int(reply["cut"]), left_out=int(reply["left_out"]))


def reproduces(first: Outcome, second: Outcome) -> bool:
    """Whether two runs of the same call gave the same outcome; opaque parts are compared as they stand."""
    if first.kind != second.kind or first.exception != second.exception:
        return False
    same_value = first.value == second.value or values.equal(first.value, second.value)
    before, after = split_effects(first.after)[0], split_effects(second.after)[0]
    return first.kind == "raised" or (same_value and (before == after or values.equal(before, after)))


def region_of(outcome: Outcome, crash: Outcome | None, documented: frozenset[str]) -> Region:
    """Where an input lies, by what the original did on it."""
    if outcome.kind == "returned":
        return "crash" if _ends_raising(outcome.value) else "returned"
    if (
        crash is not None
        and (outcome.exception, outcome.where) == (crash.exception, crash.where)
        and (crash.deliberate or not outcome.deliberate)  # else another group, or an exception that `raise` did find
    ):
        return "crash"
    if outcome.deliberate or outcome.exception.rpartition(".")[2] in documented:
        return "deliberate"
    return "other"


def _ends_raising(text: bytes) -> bool:
    """Whether the value is a generator that raised while it was drawn: the call returned, and failed all the same."""
    if not text.startswith(b'["iterator"'):
        return False
    last = values.parse(text)[-1]
    return isinstance(last, list) and bool(last) and last[0] == "raised"


def literals_of(text: str) -> list[Any]:
    """Constants that *text* names, and their neighbours where they are whole numbers; docstrings left out."""
    return list(_literals(text))


@lru_cache(maxsize=64)  # the original's are wanted again for each candidate
def _literals(text: str) -> tuple[Any, ...]:
    try:
        nodes = nodes_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    documentation = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found: dict[str, Any] = {}
    for letter in _letters_asked_for(nodes):
        found.setdefault(repr(letter), letter)
    for node in nodes:
        if not isinstance(node, ast.Constant) or id(node) in documentation:
            continue
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float | str | bytes):
            continue
        near: list[Any] = [value, value - 1, value + 1, -value] if isinstance(value, int) else [value]
        if isinstance(value, float):
            near.append(-value)  # -273.15 is two nodes
        for one in near:
            found.setdefault(repr(one), one)
    return tuple(found.values())[:MOST_LITERALS]


def _letters_asked_for(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Each letter of a short text that something is looked up in: ``sign in "+-*/"`` asks for four."""
    for node in nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            sought = node.comparators[0]
            if isinstance(sought, ast.Constant) and isinstance(sought.value, str) and len(sought.value) <= _FEW_LETTERS:
                yield from sought.value


def shown_call(shown: bytes, outcome: Outcome | None = None) -> Call | None:
    """A generated input for people, rebuilt from canonical text; ``None`` where it holds objects of unknown classes."""
    try:
        rebuilt: Any = values.rebuild(shown)
        returned: object = UNKNOWN
        if outcome is not None and outcome.kind == "returned":
            returned = values.rebuild(outcome.value)
        return Call(tuple(rebuilt[0]), dict(rebuilt[1]), returned=returned)
    except Exception:  # noqa: BLE001 - not everything can be rebuilt; the words of the refusal show it anyway
        return None


def shown_arguments(shown: bytes, name: str) -> str:
    """``f(1, 2)`` for a sentence."""
    call = shown_call(shown)
    if call is None:
        return f"{name}({values.render(shown, 120)})"
    parts = [_short(a) for a in call.args] + [f"{k}={_short(v)}" for k, v in call.kwargs.items()]
    return f"{name}({', '.join(parts)})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def replay(bench: Bench) -> Sequence[Outcome]:
    """The candidate's outcomes on the labelled inputs, in their order; run once per candidate.

    A loss on an input that must be answered ends the run: the inputs after it have the outcome ``NOT_RUN``.
    """
    if bench.generated_outcomes is None:
        inputs = label(bench).inputs
        limits = bench.evidence.remember("replay limits", lambda: _replay_limits(bench, inputs))
        outcomes: list[Outcome] = []
        ahead, bench.ahead = bench.ahead, None
        for _ in range(MOST_LOSSES):
            if len(outcomes) == len(inputs):
                break
            if ahead is None:
                steps = [pool.Step("call", one.arguments) for one in inputs[len(outcomes) :]]
                run = bench.run_candidate(steps, policy=limits)
            else:
                run, ahead = ahead, None
            outcomes.extend(run.outcomes)
            if run.ended == "finished" or not run.outcomes:
                break
            last = inputs[len(outcomes) - 1]
            if must_answer(bench, inputs, outcomes, len(outcomes) - 1):
                break  # decisive
            if last.ladder:  # a rung that may honestly take long: larger ones would too, and others that say nothing
                after = (at for at in range(len(outcomes), len(inputs)) if _tells(inputs[at], last.ladder))
                outcomes.extend([NOT_RUN] * (next(after, len(inputs)) - len(outcomes)))
        outcomes.extend([NOT_RUN] * (len(inputs) - len(outcomes)))
        bench.generated_outcomes = outcomes
    return bench.generated_outcomes


def _replay_limits(bench: Bench, inputs: Sequence[Labelled]) -> Policy:
    slowest = max((one.outcome.seconds for one in inputs), default=0.0)
    wall = min(bench.policy.wall_seconds, max(LEAST_WALL_SECONDS, bench.checks.slowdown * slowest))
    return replace(bench.policy, wall_seconds=wall)


def _tells(one: Labelled, ladder: int) -> bool:
    """Whether an answer, or none, says something after the candidate was lost on *ladder*, where it may be slow."""
    return not one.ladder or (one.ladder != ladder and one.origin == "larger" and _quick(one))


def _quick(one: Labelled) -> bool:
    return one.region == "returned" and one.outcome.seconds < FAST_SECONDS


def must_answer(bench: Bench, inputs: Sequence[Labelled], outcomes: Sequence[Outcome], place: int) -> bool:
    """Whether no answer in time is a fault: the original was quick on this input, and it is not nonsense.

    On a ladder the candidate's own time on the rung below is a measure too, the only one where the original crashed:
    half as much again cannot turn next to no time into for ever, whatever the algorithm, short of an endless loop. So
    it is where numbers grow: the original may count in steps, a right correction one by one. But not where the original
    answered below, or failed otherwise: what takes no time for odd numbers says nothing of even ones.
    """
    one = inputs[place]
    if _quick(one) and (one.within or one.origin == "larger"):
        return True
    if not one.ladder:
        return False
    below = place - 1
    if below >= 0 and inputs[below].ladder == one.ladder:
        return (
            inputs[below].region == one.region
            and outcomes[below].kind in ("returned", "raised")
            and outcomes[below].seconds < INSTANT_SECONDS
        )
    if _quick(one):  # the lowest rung, hardly more than a call that was seen
        return True
    first = bench.first_run.outcomes if bench.first_run is not None else ()
    return one.ladder == 1 and bench.failure is not None and bool(first) and first[0].seconds < INSTANT_SECONDS
