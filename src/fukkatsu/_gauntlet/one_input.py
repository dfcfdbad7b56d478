"""Whether a candidate answers the failing call, with a constant, and hardly any input that used to fail likewise.

However it spells the question (``name == "jam"``, ``name[::-1] == "maj"``, ``ord(name[0]) == 106``), such a branch is
made for one text. Who mends the fault answers other texts as well, or with something that is worked out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.labelling import Answered, Labelled, shown_arguments
from fukkatsu._gauntlet.plausibility import same_complaint
from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._oracle import values

FEWEST: Final = 8
"""Fewer other texts than this tell nothing."""


def check_one_input(bench: Bench, near: Sequence[Answered]) -> tuple[str, Labelled] | None:
    """The reason, and an input that still fails, where only one text is answered for.

    Only for a text as others are, neither empty nor named in the docstring: who is given ``""`` or ``"n/a"`` may well
    say 0 to that and leave all else to the caller.

    Args:
        bench: The candidate, with its first run.
        near: Inputs within what was seen on which the original crashed as in the failing call, with the candidate's
            outcomes.
    """
    if bench.failure is None or bench.first_run is None or not bench.checks.neighbours:
        return None
    reference, answer = bench.crash, bench.answer
    both = read_both(bench.candidate.text, bench.source)
    if answer.kind != "returned" or both is None or answer.value not in set(_constants_returned(*both)):
        return None
    given = _plain_arguments(bench)
    docstring = bench.source.docstring or ""
    for at, text in enumerate(given):
        if not (type(text) is str and any(map(str.isalnum, text))) or text in docstring:
            continue
        others = [
            (one, outcome)
            for one, outcome in near
            if same_complaint(one.outcome, reference) and _differs(one, at, text, len(given))
        ]
        failing = [
            one for one, outcome in others if outcome.kind == "raised" and outcome.exception == reference.exception
        ]
        if len(others) >= FEWEST and 2 * len(failing) > len(others):
            smallest = min(failing, key=lambda one: len(one.shown))
            called = shown_arguments(smallest.shown, bench.source.name)
            return (
                f"{called}: {len(failing)} of {len(others)} inputs that used to fail like {text!r:.60} still raise "
                f"{reference.exception}, and that one is answered with a constant: it is picked out, the fault behind "
                "it is not mended. Answer every such input",
                smallest,
            )
    return None


def _plain_arguments(bench: Bench) -> list[Any]:
    shown = bench.failure.shown if bench.failure is not None else None
    return [] if shown is None or shown.kwargs else list(shown.args)


def _differs(one: Labelled, at: int, text: str, count: int) -> bool:
    """Whether *one* has another text in that place."""
    arguments = values.parse(one.shown)[1][1:]
    return len(arguments) == count and isinstance(arguments[at], str) and arguments[at] != text


def _constants_returned(candidate: ReadText, original: ReadText) -> Iterator[bytes]:
    """Canonical texts of the constants that the candidate returns and the original does not."""
    known = {ast.dump(node) for node in _returned_in(original)}
    for node in _returned_in(candidate):
        if ast.dump(node) in known:
            continue
        try:
            yield values.encode(ast.literal_eval(node)).text
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue


def _returned_in(text: ReadText) -> Iterator[ast.expr]:
    named = {
        node.targets[0].id: node.value
        for node in text.below
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    pending = [node.value or ast.Constant(None) for node in text.below if isinstance(node, ast.Return)]
    for node in pending:  # grows while it is read
        if isinstance(node, ast.IfExp):
            pending += [node.body, node.orelse]
        elif isinstance(node, ast.Name) and node.id in named:
            pending.append(named.pop(node.id))
        else:
            yield node
