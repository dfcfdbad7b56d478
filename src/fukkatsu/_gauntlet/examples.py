"""Stage ``examples``: doctests, calls stated in prose, and the user's own tests.

A runner executes the examples and says what came of them; what was wanted never enters it. The comparison is made here,
as values wherever both sides are literals: as text, doctest refuses right answers for a changed quote or a set's order.

The original runs them first. Where it returns something else than its own docstring says, author and docstring
disagree: that example is disputed, said in the report, not enforced. Where it crashes, the example says what should
have been.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.failing_literal import compares_with
from fukkatsu._gauntlet.promised import promises
from fukkatsu._loading import loading
from fukkatsu._model.call import Call, Outcome
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu._oracle.examples import Example, QuotedCall, literal, texts_agree
from fukkatsu._sandbox import carry, pool

State: TypeAlias = Literal["held", "crashed", "disputed", "unrunnable"]
Compared: TypeAlias = tuple[Any, Outcome, Outcome, str]
"""What an example wants where that is a literal, what the candidate and the original gave, and the example's text."""

_TOLERANCE: Final = 1e-9
_SHOWN: Final = 200  # characters of a test's own message
_FEWEST_WHOLE: Final = 2
_FLOATS: Final = re.compile(r"\bfloat|\bdecimal|\breal\b|\bcomplex\b", re.IGNORECASE)


def check_examples(bench: Bench) -> Verdict:
    """Every example that the original does not contradict holds, and every user's test is content."""
    read = promises(bench)
    checked = 0
    compared: list[Compared] = []
    for check in (_check_doctests, _check_quoted, _check_kinds):
        refusal, count = check(bench, compared)
        checked += count
        if refusal is not None:
            reason, shown = refusal
            return Verdict(
                stage="examples",
                outcome="refused",
                reason=reason,
                evidence={"examples": checked},
                counterexample=shown,
            )
    refusal_text = _check_tests(bench)
    if refusal_text is not None:
        return Verdict(stage="examples", outcome="refused", reason=refusal_text, evidence={"examples": checked})
    checked += len(bench.checks.tests)
    if not checked:
        disputed = bool(read.doctests or read.quoted)
        reason = "all examples are disputed or cannot run" if disputed else "no example in the docstring, no test given"
        return Verdict(stage="examples", outcome="skipped", reason=reason)
    return Verdict(stage="examples", outcome="accepted", evidence={"examples": checked})


# --- doctests ---------------------------------------------------------------------------------------------------------


def _check_doctests(bench: Bench, compared: list[Compared]) -> tuple[tuple[str, Call | None] | None, int]:
    examples = [e for e in promises(bench).doctests if "SKIP" not in e.flags]
    if not examples:
        return None, 0
    steps = [pool.Step("exec", example.source.encode()) for example in examples]
    scope = bench.evidence.remember("doctest scope", lambda: _scope(bench, examples))
    first = [pool.Step("bind", scope)] if scope else []
    if bench.source.qualname != bench.source.name:
        into_class = _into_class(bench)
        if into_class is None:
            bench.notes.append("doctests not run: they need an object, and its class is not a global of the module")
            return None, 0
        first.append(pool.Step("exec", into_class.encode()))
    reference = bench.evidence.remember(
        "doctests", lambda: _filled(bench.run_original(first + steps), len(first + steps))[len(first) :]
    )
    states = _states(examples, reference)
    for example, outcome, state in zip(examples, reference, states, strict=True):
        if state == "disputed":
            bench.notes.append(
                f"disputed doctest, not enforced: `{example.source.strip()}` should give "
                f"{example.want.strip() or 'a true value'}, the original gives {_got(outcome)}"
            )
        elif state == "unrunnable":
            bench.notes.append(f"doctest not run: `{example.source.strip()}`: {outcome.exception}: {outcome.message}")
    enforced = [at for at, state in enumerate(states) if state in ("held", "crashed") and _says_something(examples[at])]
    if not enforced and "disputed" not in states:
        return None, 0
    outcomes = _filled(bench.run_candidate(first + steps), len(first + steps))[len(first) :]
    for at in enforced:
        why = disagreement(examples[at], outcomes[at])
        if why is not None:
            reason = f"doctest on line {examples[at].line} of the docstring: `{examples[at].source.strip()}` {why}"
            return (reason, _call_in(examples[at], bench.source.name)), len(enforced)
        wanted = literal(examples[at].want) if examples[at].want else None
        if wanted is not None:
            compared.append((wanted[0], outcomes[at], reference[at], examples[at].source.strip()))
    disputed = [at for at, state in enumerate(states) if state == "disputed"]
    bench.settled_examples += sum(
        disagreement(examples[at], outcomes[at]) is None
        and not _singled_out(bench, _call_in(examples[at], bench.source.name))
        for at in disputed
    )
    return None, len(enforced)


def _singled_out(bench: Bench, call: Call | None) -> bool:
    """Whether the candidate compares with the arguments of an example: then it answers that one as written, no more."""
    return call is not None and compares_with(bench.candidate.text, bench.source, call)


def _into_class(bench: Bench) -> str | None:
    """For a method: the statement that puts what is under test into the copy of its class that the examples use."""
    owner, _, name = bench.source.qualname.rpartition(".")
    kind = bench.original.__globals__.get(owner)
    if not isinstance(kind, type) or name not in vars(kind):
        return None
    wrapper = type(vars(kind)[name]).__name__
    if wrapper in ("property", "cached_property"):
        return "pass"  # a runner has put it there: see `_sandbox.adopt`
    function = f"{wrapper}({name})" if wrapper in ("staticmethod", "classmethod") else name
    return f"{owner}.{name} = {function}"


def _scope(bench: Bench, examples: Sequence[Example]) -> bytes:
    """Globals of the original's module that the examples name, carried; empty when there are none."""
    names = {word for example in examples for word in re.findall(r"[A-Za-z_]\w*", example.source)}
    names.add(bench.source.qualname.partition(".")[0])
    named = {name: bench.original.__globals__[name] for name in names & bench.original.__globals__.keys()}
    named.pop(bench.source.name, None)  # the candidate's own name stays its own
    return carry.carry_scope(named) if named else b""


def _filled(run: pool.Run, count: int) -> tuple[Outcome, ...]:
    lost = Outcome("lost", message=run.reason)
    return (*run.outcomes, *([lost] * (count - len(run.outcomes))))


def _states(examples: Sequence[Example], reference: Sequence[Outcome]) -> list[State]:
    """What the original's own run makes of them, one after the other: what uses a result that never came crashes."""
    states: list[State] = []
    never: set[str] = set()  # names that a crash has left without a value
    for example, outcome in zip(examples, reference, strict=True):
        state = _state(example, outcome)
        bound, used = _names(example.source)
        if state == "unrunnable" and used & never:
            state = "crashed"
        if state == "crashed":
            never |= bound
        else:
            never -= bound
        states.append(state)
    return states


def _names(source: str) -> tuple[set[str], set[str]]:
    """Names that a statement binds, and names that it reads."""
    try:
        found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    bound = {node.id for node in found if isinstance(node.ctx, ast.Store)}
    return bound, {node.id for node in found if isinstance(node.ctx, ast.Load)}


def _state(example: Example, original: Outcome) -> State:
    """What the original's own run makes of an example."""
    if disagreement(example, original) is None:
        return "held"
    if original.kind == "lost":
        return "crashed"
    if original.kind == "raised":
        # Raised in the example's own line, not in the function: a name or a file that is missing in the sandbox.
        return "crashed" if original.where else "unrunnable"
    return "disputed"


def _says_something(example: Example) -> bool:
    """Whether an example can fail: it wants something, compares something, or calls something."""
    return bool(example.want) or _is_comparison(example.source) or "(" in example.source


def _is_comparison(source: str) -> bool:
    try:
        node = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def disagreement(example: Example, outcome: Outcome) -> str | None:
    """``None`` when *outcome* is what *example* wants, else what happened instead, in words."""
    if outcome.kind == "lost":
        return f"gave no answer: {outcome.message}"
    if example.exception:
        if outcome.kind != "raised":
            return f"should raise {example.exception}, but returned {_got(outcome)}"
        if outcome.exception.rpartition(".")[2] != example.exception:
            return f"should raise {example.exception}, but raised {outcome.exception}: {outcome.message}"
        if example.message is not None and not texts_agree(example.message, outcome.message, example.flags):
            return f"should raise {example.exception} with the text {example.message!r}, not {outcome.message!r}"
        return None
    if outcome.kind == "raised":
        return f"raised {outcome.exception}: {outcome.message}"
    if not example.want:
        if _is_comparison(example.source) and _rebuilt(outcome.value) == (False,):
            return "should be true, and is false"
        return None  # a doctest without a want fails when something is printed; authors seldom mean that
    got = outcome.printed + (outcome.message + "\n" if outcome.message else "")
    if texts_agree(example.want, got, example.flags):
        return None
    wanted, actual = literal(example.want), _rebuilt(outcome.value)
    if wanted is not None and actual is not None and not outcome.printed and alike(wanted[0], actual[0]):
        return None
    return f"should give {example.want.strip()}, but gave {_got(outcome)}"


def _got(outcome: Outcome) -> str:
    if outcome.kind == "raised":
        return f"{outcome.exception}: {outcome.message}"
    text = outcome.printed + (outcome.message or "")
    return text.strip()[:_SHOWN] or values.render(outcome.value, _SHOWN)


def _rebuilt(text: bytes) -> tuple[Any] | None:
    try:
        return (values.rebuild(text),)
    except Exception:  # noqa: BLE001 - opaque or of a class unknown here: compared as text only
        return None


def alike(wanted: Any, actual: Any, *, digits: int | None = None, loose: bool = False) -> bool:
    """Whether a literal in a docstring and a value are the same to its author.

    ``2`` and ``2.0`` are, ``1`` and ``True`` are not. *digits* are the decimal places that the author wrote; with
    *loose*, tuples and lists are the same, as they are in prose.
    """
    if isinstance(wanted, bool) or isinstance(actual, bool):
        return wanted is actual
    if isinstance(wanted, int | float) and isinstance(actual, int | float):
        if isinstance(wanted, float) and math.isnan(wanted):
            return isinstance(actual, float) and math.isnan(actual)
        if digits is not None and isinstance(actual, float) and math.isfinite(actual):
            return math.isclose(wanted, actual, rel_tol=_TOLERANCE, abs_tol=0.5000001 * 10**-digits)
        return wanted == actual or math.isclose(wanted, actual, rel_tol=_TOLERANCE, abs_tol=1e-12)
    both_sequences = isinstance(wanted, list | tuple) and isinstance(actual, list | tuple)
    if both_sequences and (
        loose or type(wanted) is type(actual) or isinstance(actual, tuple) == isinstance(wanted, tuple)
    ):
        return len(wanted) == len(actual) and all(
            alike(w, a, digits=digits, loose=loose) for w, a in zip(wanted, actual, strict=True)
        )
    if isinstance(wanted, dict) and isinstance(actual, dict):
        return wanted.keys() == actual.keys() and all(
            alike(wanted[key], actual[key], digits=digits, loose=loose) for key in wanted
        )
    return type(wanted) is type(actual) and bool(wanted == actual)


def _call_in(example: Example, name: str) -> Call | None:
    """The call of the function that an example makes, when its arguments are literals."""
    try:
        tree = ast.parse(example.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            try:
                args = tuple(ast.literal_eval(arg) for arg in node.args)
                kwargs = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords if k.arg is not None}
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return None
            wanted = literal(example.want) if example.want else None
            return Call(args, kwargs, returned=wanted[0]) if wanted is not None else Call(args, kwargs)
    return None


# --- calls stated in prose --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Quoted:
    """The stated calls that fit the signature, as steps, and which of them count."""

    calls: tuple[QuotedCall, ...]
    steps: tuple[pool.Step, ...]
    enforced: frozenset[int]
    disputed: frozenset[int]
    reference: tuple[Outcome, ...]  # what the original gave
    notes: tuple[str, ...]


def _check_quoted(bench: Bench, compared: list[Compared]) -> tuple[tuple[str, Call | None] | None, int]:
    if not promises(bench).quoted:
        return None, 0
    quoted = bench.evidence.remember("quoted", lambda: _sane(bench))
    bench.notes.extend(quoted.notes)
    if not quoted.calls:
        return None, 0
    outcomes = _filled(bench.run_candidate(quoted.steps, stop_at_first_loss=False), len(quoted.steps))
    for at, (call, outcome) in enumerate(zip(quoted.calls, outcomes, strict=True)):
        if _agrees(call, outcome):
            settled = at in quoted.disputed and not _singled_out(bench, Call(call.args, call.kwargs))
            bench.settled_examples += settled
            if at in quoted.enforced:
                compared.append((call.expected, outcome, quoted.reference[at], call.text))
            continue
        if at not in quoted.enforced:
            continue
        did = f"returns {values.render(outcome.value, _SHOWN)}" if outcome.kind == "returned" else _failed(outcome)
        reason = f"the docstring says `{call.text}`, but the function {did}"
        return (reason, Call(call.args, call.kwargs, returned=call.expected)), len(quoted.enforced)
    return None, len(quoted.enforced)


def _failed(outcome: Outcome) -> str:
    if outcome.kind == "raised":
        return f"raises {outcome.exception}: {outcome.message}"
    return f"gives no answer: {outcome.message}"


def _agrees(call: QuotedCall, outcome: Outcome) -> bool:
    if outcome.kind != "returned":
        return False
    actual = _rebuilt(outcome.value)
    if actual is not None and type(actual[0]).__name__ in ("list_iterator", "generator"):
        return False
    return actual is not None and alike(call.expected, actual[0], digits=call.digits, loose=True)


def _sane(bench: Bench) -> _Quoted:
    """The stated calls that the original does not contradict; when it contradicts most of them, none counts.

    Prose is careless: a statement may use another notation than the function, so the original's own answers decide
    whether this docstring's statements can be taken literally at all.
    """
    quoted = promises(bench).quoted
    steps = [pool.Step("call", carry.carry_call(call.args, call.kwargs)) for call in quoted]
    reference = _filled(bench.run_original(steps), len(steps))
    kept: list[int] = []
    enforced: set[int] = set()
    disputed: set[int] = set()
    notes: list[str] = []
    answered = 0
    for at, (call, outcome) in enumerate(zip(quoted, reference, strict=True)):
        if outcome.kind == "returned":
            answered += 1
            if not _agrees(call, outcome):
                disputed.add(len(kept))
                kept.append(at)
                shown = values.render(outcome.value, _SHOWN)
                notes.append(
                    f"disputed example, not enforced: the docstring says `{call.text}`, the original returns {shown}"
                )
                continue
        elif outcome.kind == "raised" and not outcome.where and outcome.exception == "TypeError":
            notes.append(f"example not run: `{call.text}` does not fit the signature")
            continue
        enforced.add(len(kept))
        kept.append(at)
    if 2 * len(disputed) > answered:
        notes.append(f"the original contradicts {len(disputed)} of {answered} examples in the prose: none is enforced")
        enforced = set()
    calls, kept_steps = tuple(quoted[at] for at in kept), tuple(steps[at] for at in kept)
    answers = tuple(reference[at] for at in kept)
    return _Quoted(calls, kept_steps, frozenset(enforced), frozenset(disputed), answers, tuple(notes))


def _check_kinds(bench: Bench, compared: list[Compared]) -> tuple[tuple[str, Call | None] | None, int]:
    """Whether all examples show whole numbers and all get floats: one by one ``2`` and ``2.0`` are the same.

    Not where the original gives floats itself, nor where the author speaks of them.
    """
    whole = [row for row in compared if type(row[0]) is int]
    annotation = str(bench.original.__annotations__.get("return", ""))
    if len(whole) < _FEWEST_WHOLE or _FLOATS.search(f"{bench.source.docstring} {annotation}"):
        return None, 0
    if any(_is_float(given) for _, _, given, _ in whole) or not all(_is_float(given) for _, given, _, _ in whole):
        return None, 0
    _, given, _, text = whole[0]
    return (
        f"all {len(whole)} examples of the docstring show whole numbers, and all are answered with floats: `{text}` "
        f"gives {values.render(given.value, 40)}. Give whole numbers",
        None,
    ), 0


def _is_float(outcome: Outcome) -> bool:
    return outcome.kind == "returned" and type(values.parse(outcome.value)) is float


# --- the user's own tests ---------------------------------------------------------------------------------------------


def _check_tests(bench: Bench) -> str | None:
    """Call each of ``Checks(tests=...)`` with a proxy of the candidate; the candidate itself stays in the sandbox."""
    if not bench.checks.tests:
        return None
    with loading:
        from fukkatsu._sandbox.serve import SandboxedFunction

    for test in bench.checks.tests:
        name = getattr(test, "__name__", repr(test))
        with SandboxedFunction(bench.subject(), bench.policy, seed=bench.seed) as proxy:
            try:
                test(proxy)
            except Exception as error:  # noqa: BLE001 - whatever the user's test raises is its verdict
                said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                return f"the test {name} refuses it: {said[:_SHOWN]}"
    return None
