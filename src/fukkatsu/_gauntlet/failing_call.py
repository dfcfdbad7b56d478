"""Stage ``failing-call``: the call that failed must return now, whenever it is made.

Or it must raise what the docstring says is raised there, where the original crashed before it could say so.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from typing import Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._gauntlet.effects import split_effects
from fukkatsu._gauntlet.intended import about_to_raise
from fukkatsu._gauntlet.judging import Answer, judge_calls
from fukkatsu._gauntlet.plausibility import FAULTS
from fukkatsu._gauntlet.promised import (
    announced_exceptions,
    conditions_for,
    contract_request,
    documented_exceptions,
    must_raise_in_words,
    promises,
)
from fukkatsu._model.call import Outcome
from fukkatsu._model.verdict import Verdict
from fukkatsu._oracle import values
from fukkatsu._oracle.docstring import Clause
from fukkatsu.errors import CarryError, ReplyError


def check_failing_call(bench: Bench) -> Verdict:
    """The recorded failing call returns a value, the same one each time."""
    if bench.failure is None:
        return Verdict(stage="failing-call", outcome="skipped", reason="no failing call was given")
    if bench.first_run is None or len(bench.first_run.outcomes) < 2:
        reason = "the sandbox gave no answer for the failing call"
        return Verdict(stage="failing-call", outcome="refused", reason=reason)
    purpose = _on_purpose(bench)
    if purpose is not None:
        return Verdict(stage="failing-call", outcome="refused", reason=purpose)
    first, last = bench.first_run.outcomes[0], bench.first_run.outcomes[-1]
    shown = shown_with(bench.failure)
    if _ends_as_its_protocol_says(bench, first, last):
        bench.notes.append(f"on the failing call it raises {last.exception}, as `{bench.source.name}` is expected to")
        return Verdict(stage="failing-call", outcome="accepted")
    if _raises_as_intended(bench, first, last):
        bench.notes.append(
            f"on the failing call it raises {first.exception}: the original failed while it was about to raise that"
        )
        return Verdict(stage="failing-call", outcome="accepted")
    documented = _raises_as_documented(bench, first, last)
    if documented is not None:
        bench.notes.append(f"the failing call is one for which the docstring {documented}, and now it does")
        return Verdict(stage="failing-call", outcome="accepted")
    announced = _raises_as_announced(bench, first, last)
    if announced is not None:
        bench.notes.append(
            f"FOR A PERSON TO DECIDE: on the failing call the correction raises {announced}. The docstring announces "
            "it, but not in words that could be tried on this call"
        )
        return Verdict(stage="failing-call", outcome="accepted")
    for outcome in (first, last):
        if outcome.kind != "returned":
            place = f" at {outcome.where}" if outcome.where else ""
            return Verdict(
                stage="failing-call",
                outcome="refused",
                reason=f"the failing call still raises {outcome.exception}: {outcome.message}{place}",
                counterexample=shown,
            )
    tried = {name for clause in promises(bench).clauses if clause.kind == "must-raise" for name in clause.exceptions}
    owed = _owes_an_exception(bench, first)
    if owed is not None:
        shows = values.render(first.value, 80)
        reason = f"the docstring says that it {owed}, and the failing call is one of those, but it answers {shows}"
        return Verdict(stage="failing-call", outcome="refused", reason=reason, counterexample=shown)
    unread = sorted(announced_exceptions(bench) - tried)
    if unread and bench.reference([bench.failure])[0].exception.rpartition(".")[2] not in unread:
        bench.notes.append(
            f"FOR A PERSON TO DECIDE: the docstring says that {', '.join(unread)} is raised, in words that could not "
            "be tried; on the failing call this correction answers"
        )
    before, after = split_effects(first.after)[0], split_effects(last.after)[0]
    if (first.opaque or last.opaque) and first.value == last.value and before == after:
        return Verdict(stage="failing-call", outcome="accepted", evidence={"opaque": first.opaque})
    change = values.difference(first.value, last.value) or values.difference(before, after)
    if change is not None:
        return Verdict(
            stage="failing-call",
            outcome="refused",
            reason=f"the same failing call answered differently the second time ({change}): "
            "the answer must depend on the arguments alone",
            counterexample=shown,
        )
    return Verdict(stage="failing-call", outcome="accepted")


_PROTOCOL: Final = {
    "__next__": "StopIteration",
    "__anext__": "StopAsyncIteration",
    "__getattr__": "AttributeError",
    "__missing__": "KeyError",
}
"""What these methods raise is not for their caller, but for the statement that calls them."""


def _ends_as_its_protocol_says(bench: Bench, first: Outcome, last: Outcome) -> bool:
    """Whether it raises, by a ``raise`` of its own, what Python asks such a method for, and the original did not."""
    wanted = _PROTOCOL.get(bench.source.name)
    if bench.failure is None or wanted is None or "." not in bench.source.qualname:
        return False
    if not (first.kind == last.kind == "raised" and first.deliberate and last.deliberate):
        return False
    (original,) = bench.reference([bench.failure])
    return first.exception == last.exception == wanted != original.exception


def _raises_as_intended(bench: Bench, first: Outcome, last: Outcome) -> bool:
    """Whether it raises what the original was about to raise when it failed: a fault in the making of an exception."""
    if bench.failure is None or not first.kind == last.kind == "raised" or first.exception != last.exception:
        return False
    (original,) = bench.reference([bench.failure])
    if original.deliberate or original.exception == first.exception:
        return False
    raised, passed_on = about_to_raise(bench.source, original.where)
    name = first.exception.rpartition(".")[2]
    return (first.deliberate and name in raised) or any(_is_kind(name, kind) for kind in passed_on)


def _is_kind(name: str, kind: str) -> bool:
    """Whether an exception of that name is caught by ``except kind``, as far as names tell."""
    one, other = (getattr(builtins, each, None) for each in (name, kind))
    if isinstance(one, type) and isinstance(other, type):
        return issubclass(one, other)
    return name == kind


def _raises_as_documented(bench: Bench, first: Outcome, last: Outcome) -> str | None:
    """The promise "raises X when condition" that the candidate keeps on the failing call, by whatever raises it.

    Only where the original raised something else, and where the condition can be read and is true of the arguments:
    to raise what the docstring merely mentions would be too cheap an answer.
    """
    if bench.failure is None or not _says_no(first, last):
        return None
    (original,) = bench.reference([bench.failure])
    if first.exception != last.exception or first.exception == original.exception:
        return None
    clauses = conditions_for(bench, first.exception)
    answer = _judged(bench, clauses, first)
    return next((str(clauses[at]) for at, state, _ in answer or () if at >= 0 and state == "held"), None)


def _says_no(first: Outcome, last: Outcome) -> bool:
    """Whether it raises both times: by a ``raise``, or of a kind by which libraries refuse what they are given.

    ``zip(rows, weights, strict=True)`` and ``Level(text)`` raise ValueError as well as a ``raise`` does; an IndexError
    or a TypeError that no ``raise`` made is a fault like the one before.
    """
    if not first.kind == last.kind == "raised":
        return False
    return (first.deliberate and last.deliberate) or first.exception.rpartition(".")[2] not in _ACCIDENTS


_ACCIDENTS: Final = FAULTS | {"TypeError", "KeyError", "NameError", "UnboundLocalError", "AssertionError"}


def _raises_as_announced(bench: Bench, first: Outcome, last: Outcome) -> str | None:
    """The exception that the candidate raises on the failing call, and the docstring announces for *some*.

    Only where the original fails with one that nobody announced, and where not all that is said of it can be read as
    a condition: "ValueError: If at is outside of the text" may be this call, or another.
    """
    if bench.failure is None or not _says_no(first, last):
        return None
    (original,) = bench.reference([bench.failure])
    name, documented = first.exception.rpartition(".")[2], announced_exceptions(bench)
    if first.exception != last.exception or name not in documented:
        return None
    if original.deliberate or original.exception.rpartition(".")[2] in documented_exceptions(bench):
        return None
    readable = len(conditions_for(bench, first.exception))
    said = len(re.findall(rf"\b{name}\b", bench.source.docstring or ""))
    return name if not readable or said > readable else None


def _owes_an_exception(bench: Bench, outcome: Outcome) -> str | None:
    """What a sentence says must be raised on a condition that is true of the failing call, where it was not."""
    clauses = [one for one in must_raise_in_words(bench) if set(one.exceptions) <= documented_exceptions(bench)]
    answer = _judged(bench, clauses, outcome)
    return next((str(clauses[at]) for at, state, _ in answer or () if at >= 0 and state == "broken"), None)


def _judged(bench: Bench, clauses: Sequence[Clause], outcome: Outcome) -> Answer | None:
    """What *clauses* say of *outcome* on the failing call; ``None`` where that cannot be known."""
    if not clauses or bench.failure is None:
        return None
    try:
        request = {**contract_request(bench.original, clauses), "annotation": False}
        (answer,) = judge_calls(request, [(bench.failure.arguments, outcome)], bench.policy)
    except (CarryError, ReplyError):
        return None
    return answer


def _on_purpose(bench: Bench) -> str | None:
    """Why the failing call is no failure: the author raises there on purpose, and says so. Else it is a note."""
    if bench.failure is None:
        return None
    (outcome,) = bench.reference([bench.failure])
    if outcome.kind != "raised" or not outcome.deliberate:
        return None
    name = outcome.exception.rpartition(".")[2]
    if name in documented_exceptions(bench) and not _documented_for_others(bench, outcome):
        return (
            f"the original raises {name} on this call on purpose (at {outcome.where}), and its docstring says so: "
            "there is nothing to correct"
        )
    bench.notes.append(
        f"the original raises {name} on purpose (at {outcome.where}) on the failing call, and this correction takes "
        f"that away. If it is meant, say `raises: {name}` in the docstring or ignore={name} in the decorator"
    )
    return None


def _documented_for_others(bench: Bench, outcome: Outcome) -> bool:
    """Whether all that the docstring says of the exception has conditions, and none of them is true of this call.

    A recursion that goes on below zero raises "ValueError if n < 0" for a caller who asked for nothing of the kind.
    """

    def find() -> bool:
        clauses = conditions_for(bench, outcome.exception)
        name = outcome.exception.rpartition(".")[2]
        if not clauses or len(re.findall(rf"\b{name}\b", bench.source.docstring or "")) > len(clauses):
            return False
        return _judged(bench, clauses, outcome) == []  # a condition that applies, or cannot be read, is in the answer

    return bench.evidence.remember("documented for others", find)
