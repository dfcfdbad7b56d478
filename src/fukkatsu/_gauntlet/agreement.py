"""Agreement: suggestions asked for independently answer alike where nothing else says what is right.

`Checks(agreement=2)`. What survives the eight stages and is wrong is nearly always a wrong value in the region that
used to crash, and there the original is no reference. Two suggestions that know nothing of each other seldom invent the
same wrong value, so where they differ, at least one is wrong, and none is installed (the idea of N-version
programming, Avizienis 1985, doi:10.1109/TSE.1985.231893). Each has passed the gauntlet alone before it comes here.

Each runs in runners of its own; the host compares canonical values. One text given twice agrees with itself: it is what
one gets from a model that is sure, it is no second opinion, and the report says so.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words, shown_with
from fukkatsu._gauntlet.differential import exempt
from fukkatsu._gauntlet.effects import same_state, split_effects
from fukkatsu._gauntlet.good_calls import OPAQUE
from fukkatsu._gauntlet.labelling import Labelled, label, label_more, literals_of, replay, shown_arguments, shown_call
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.verdict import Report
from fukkatsu._oracle import values
from fukkatsu._sandbox.pool import Step
from fukkatsu.errors import ReplyError, SandboxUnavailableError

AGREE: Final = "agreement"
"""Under this name a report counts how many suggestions agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A suggestion behind its own gauntlet.

    Attributes:
        bench: The one it lay on; all of one panel share their evidence.
        report: What the gauntlet said of it alone.
    """

    bench: Bench
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """The smallest input on which two suggestions differ.

    Attributes:
        call: The input, where it can be shown as a call.
        called: The same in words: ``f(1, 0)``.
        answers: What the first of the two did, and what the other one did.
    """

    call: Call | None
    called: str
    answers: tuple[str, str]

    def neutral(self) -> str:
        """For the next prompt: both answers in alphabetical order, and not which is right, since nobody knows."""
        one, other = sorted(self.answers)
        return (
            f"two suggestions, asked for independently of each other, disagree on {self.called}: one {one}, the other "
            f"{other}. Nothing here says which of them is right, or whether one is. Work out from the docstring and "
            "the rest of the function what the right answer is, for this input and all like it"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """How a panel ended.

    Attributes:
        reports: One for each suggestion, in their order: the gauntlet's, with the agreement in it.
        disagreement: Why they are refused, where they differ.
    """

    reports: tuple[Report, ...]
    disagreement: Disagreement | None = None


def confer(panel: Sequence[Judged]) -> Conference:
    """Compare suggestions that passed the gauntlet each alone: all are accepted, or none.

    They are compared on the failing call, on all generated inputs for which the original gives no answer to be kept,
    and on more such inputs, made from the literals that stand in their own sources.

    Args:
        panel: Two or more, with the same evidence.
    """
    started = time.perf_counter()
    if len({normal_form(one.bench.candidate.text) for one in panel}) == 1:
        note = (
            f"the {len(panel)} suggestions are one text, given {len(panel)} times: they agree, but that is not the "
            "word of independent derivations"
        )
        evidence = {AGREE: len(panel)}
        return Conference(reports=tuple(_accepted(one, evidence, "", note, started) for one in panel))
    try:
        met, compared, found = _compared(panel)
    except (ReplyError, SandboxUnavailableError) as error:
        why = f"the suggestions could not be compared, and no verdict is a refusal: {error}"
        return Conference(reports=tuple(refused(one, why) for one in panel))
    if panel[0].bench.remaining_seconds <= 0:  # an answer that is missing is not to be taken for another one
        why = "the deadline passed before the suggestions could be compared"
        return Conference(reports=tuple(refused(one, why) for one in panel))
    if found is not None:
        reports = tuple(_differing(one, at, found[0], found[1], len(panel)) for at, one in enumerate(panel))
        return Conference(reports=reports, disagreement=found[1])
    if not met:
        note = "there is no input for which the original gives no answer: the suggestions had nothing to agree on"
        return Conference(reports=tuple(_accepted(one, {AGREE: len(panel)}, "", note, started) for one in panel))
    if not compared:
        why = (
            f"Checks(agreement={len(panel)}): nothing that the {len(panel)} suggestions answer can be compared (their "
            "answers are opaque), and what cannot be compared is not assumed equal"
        )
        return Conference(reports=tuple(refused(one, why) for one in panel))
    words = f"{len(panel)} independent suggestions agree on {compared} inputs that the original does not answer"
    evidence = {AGREE: len(panel), "agreed_inputs": compared}
    return Conference(reports=tuple(_accepted(one, evidence, words, None, started) for one in panel))


def agreed_before(report: Report) -> int:
    """How many suggestions agreed on the fix that *report* is about when it was accepted; one, its own, at least."""
    return max(1, report.evidence.get(AGREE, 1))


def keep_agreement(report: Report, earlier: Report) -> Report:
    """*report* of a fix that is judged anew, with the agreement that *earlier* tells of."""
    if not report.accepted or agreed_before(earlier) < 2:
        return report
    last = report.verdicts[-1]
    kept = {name: earlier.evidence[name] for name in (AGREE, "agreed_inputs") if name in earlier.evidence}
    return replace(report, verdicts=(*report.verdicts[:-1], replace(last, evidence={**last.evidence, **kept})))


def with_agreement(report: Report, size: int) -> Report:
    """*report*, with *size* suggestions counted that agree."""
    last = report.verdicts[-1]
    return replace(report, verdicts=(*report.verdicts[:-1], replace(last, evidence={**last.evidence, AGREE: size})))


def normal_form(text: str) -> str:
    """*text* without layout, comments and docstrings: what two answers must share to be one."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module) and len(node.body) > 1:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del node.body[0]
    return ast.dump(tree)


def refused(one: Judged, reason: str, call: Call | None = None) -> Report:
    """The report of a suggestion that passed alone and is refused in company."""
    last = replace(one.report.verdicts[-1], outcome="refused", reason=reason, counterexample=call)
    return replace(one.report, verdicts=(*one.report.verdicts[:-1], last))


def _accepted(one: Judged, evidence: dict[str, int], words: str, note: str | None, started: float) -> Report:
    last = one.report.verdicts[-1]
    seconds = last.seconds + time.perf_counter() - started
    if words:
        reason = f"{last.reason}; {words}" if last.reason else words
        last = replace(last, outcome="accepted", reason=reason)
    last = replace(last, evidence={**last.evidence, **evidence}, seconds=seconds)
    notes = one.report.notes if note is None else (*one.report.notes, note)
    return replace(one.report, verdicts=(*one.report.verdicts[:-1], last), notes=notes)


def _differing(one: Judged, at: int, pair: tuple[int, int], found: Disagreement, size: int) -> Report:
    """The report of one of a panel that does not agree; *pair* says who gave the two answers."""
    others = "another suggestion" if size == 2 else f"another of {size} suggestions"
    if at in pair:
        own, other = found.answers if at == pair[0] else found.answers[::-1]
        differ = f"{found.called}: it {own} here, and {others}, asked for independently, {other}"
    else:
        first, second = found.answers
        differ = f"{found.called}: of {size} suggestions, asked for independently, one {first}, one {second}"
    remedy = "Nothing says which is right: a doctest or a `post:` line for this input would"
    return refused(one, f"{differ} (Checks(agreement={size})). {remedy}", found.call)


# --- comparing --------------------------------------------------------------------------------------------------------


def _compared(panel: Sequence[Judged]) -> tuple[int, int, tuple[tuple[int, int], Disagreement] | None]:
    """How many inputs there are, on how many they could be compared, and the smallest one on which two differ."""
    met = compared = 0
    for inputs, answers in _rounds(panel):
        found: list[tuple[int, tuple[int, int], Disagreement]] = []
        for place, one in enumerate(inputs):
            row = [outcomes[place] for outcomes in answers]
            met += 1
            if not all(outcome.kind for outcome in row) or all(outcome.kind == "lost" for outcome in row):
                continue  # not tried by one of them, or answered by none
            if any(_is_opaque(outcome) for outcome in row):
                continue
            compared += 1
            other = next((at for at, outcome in enumerate(row) if at and differ(row[0], outcome)), None)
            if other is not None:
                found.append((len(one.shown), (0, other), one.disagreement(row[0], row[other])))
        if found:
            _, pair, disagreement = min(found, key=lambda row: row[0])
            return met, compared, (pair, disagreement)
    return met, compared, None


@dataclass(frozen=True, slots=True)
class _Input:
    """One input to be agreed on."""

    call: Call | None
    called: str
    shown: bytes

    def disagreement(self, one: Outcome, other: Outcome) -> Disagreement:
        return Disagreement(call=self.call, called=self.called, answers=answers_of(one, other))


_Round = tuple[list[_Input], list[list[Outcome]]]


def _rounds(panel: Sequence[Judged]) -> Iterator[_Round]:
    """Inputs, and for each suggestion its answers to them: the cheap ones first."""
    bench = panel[0].bench
    if bench.failure is not None:
        shown = shown_with(bench.failure)
        yield (
            [_Input(shown, in_words(shown, bench.source.name), b"")],
            [[one.bench.first_run.outcomes[0]] if one.bench.first_run is not None else [Outcome("")] for one in panel],
        )
    known = label(bench).inputs
    excused = exempt(bench)  # where the original breaks its own author's `post:`, it is no reference either
    places = [at for at, one in enumerate(known) if is_open(bench, one) or (one.within and at in excused)]
    yield _of(bench, [known[at] for at in places], [[replay(one.bench)[at] for at in places] for one in panel])
    own = [literals_of(one.bench.candidate.text) for one in panel]
    more = [one for one in label_more(bench, [literal for found in own for literal in found]) if is_open(bench, one)]
    if more:
        steps = [Step("call", one.arguments) for one in more]
        answers = []
        for one in panel:
            run = one.bench.run_candidate(steps, stop_at_first_loss=False)
            answers.append([*run.outcomes, *[Outcome("")] * (len(steps) - len(run.outcomes))])
        yield _of(bench, more, answers)


def _of(bench: Bench, inputs: Sequence[Labelled], answers: list[list[Outcome]]) -> _Round:
    name = bench.source.name
    return [_Input(shown_call(one.shown), shown_arguments(one.shown, name), one.shown) for one in inputs], answers


def is_open(bench: Bench, one: Labelled) -> bool:
    """Whether nobody but the suggestions says what is right for an input.

    Only within what was seen: two right functions may answer nonsense in two ways. Where the original returned, or
    raised on purpose, the differential stage has spoken, unless other behaviour is asked for.
    """
    return one.within and not one.ladder and (one.region in ("crash", "other") or not bench.preserve)


def differ(one: Outcome, other: Outcome) -> bool:
    """Whether two suggestions did anything differently that a caller could tell: result, exception, changes, prints.

    Whether a result shares parts with an argument is left out: the same value is the same answer.
    """
    if one.kind != other.kind or one.exception != other.exception or one.printed != other.printed:
        return True
    if one.kind != "returned":
        return False
    if one.value != other.value and not values.equal(one.value, other.value):
        return True
    (arguments, state), (other_arguments, other_state) = split_effects(one.after), split_effects(other.after)
    same_arguments = arguments == other_arguments or values.equal(arguments, other_arguments)
    return not (same_arguments and same_state(state, other_state))


def _is_opaque(outcome: Outcome) -> bool:
    return outcome.kind == "returned" and OPAQUE in outcome.value


def answers_of(one: Outcome, other: Outcome) -> tuple[str, str]:
    """What two suggestions did on one input, in words that show the difference."""
    said = (_did(one), _did(other))
    if said[0] != said[1]:
        return said
    if one.printed != other.printed:
        return f"{said[0]} and prints {one.printed[:80]!r}", f"{said[1]} and prints {other.printed[:80]!r}"
    return (
        f"{said[0]} and leaves {values.render(one.after, 120)}",
        f"{said[1]} and leaves {values.render(other.after, 120)}",
    )


def _did(outcome: Outcome) -> str:
    if outcome.kind == "returned":
        return f"returns {values.render(outcome.value, 80)}"
    return f"raises {outcome.exception}" if outcome.kind == "raised" else "gives no answer in time"
