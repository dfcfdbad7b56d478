"""What None stands for where the docstring says so: "None counts as an empty text" makes f(None) what f("") is.

The original has no answer for None, and one for what it stands for: that is the answer, and what the call does besides.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.effects import split_effects
from fukkatsu._gauntlet.labelling import reproduces
from fukkatsu._gauntlet.prose import sentences
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry
from fukkatsu.errors import CarryError

_WHAT: Final = (
    r"(?P<what>(?:an?\s+)?empty(?:\s+(?:list|text|string|str|dict|dictionary|mapping|tuple|set|one))?|zero|"
    r"-?\d+(?:\.\d+)?|'[^']*'|\"[^\"]*\")(?=\s*(?:[.,;)]|$))"
)
_SAID: Final = (
    re.compile(
        r"\bNone\b[`*)]*\s+(?:counts?\s+as|means?|stands?\s+for|is\s+(?:taken|read|treated|seen|counted)\s+(?:as|like)|"
        rf"is(?=\s+(?:an?\s+)?empty\b))\s+{_WHAT}"
    ),
    re.compile(rf"\bmay\s+be\s+None\b[`*)]*\s*[:,;]?\s*(?:and\s+)?(?:then|which)\s+(?:it\s+)?is\s+{_WHAT}"),
)
_EMPTY: Final = (str, bytes, list, tuple, dict, set, frozenset)


def check_stands_for(bench: Bench) -> tuple[str, Call | None] | None:
    """The reason, and a call, where the failing call's None is not treated as what the docstring says it stands for."""
    shown = bench.failure.shown if bench.failure is not None else None
    if shown is None or bench.first_run is None or bench.answer.kind != "returned":
        return None
    said = _said(bench.source.docstring or "")
    places = [at for at, value in enumerate(shown.args) if value is None]
    if said is None or not places or any(value is None for value in shown.kwargs.values()):
        return None
    sentence, what = said
    args = list(shown.args)
    for at in places:
        found = _value(
            what, [call.shown.args[at] for call in bench.good_calls if call.shown and at < len(call.shown.args)]
        )
        if found is None:
            return None
        (args[at],) = found
    twin = Call(tuple(args), dict(shown.kwargs))
    try:
        call = RecordedCall(carry.carry_call(twin.args, dict(twin.kwargs)), shown=twin)
    except CarryError:
        return None
    (before,), (again,) = bench.reference([call]), bench.reference([call], again=True)
    if before.kind != "returned" or not reproduces(before, again) or _same(before, bench.answer, places):
        return None
    name = bench.source.name
    return (
        f"the docstring says {sentence!r:.160}, and the original gives {values.render(before.value, 80)} for "
        f"{in_words(twin, name)}; for {in_words(shown, name)} this gives {values.render(bench.answer.value, 80)}"
        f"{'' if not _equal(before.value, bench.answer.value) else ', and leaves something else behind'}. Do the same"
    ), shown


def _said(docstring: str) -> tuple[str, str] | None:
    """The only sentence that says what None stands for, and what that is."""
    found = [
        (sentence, match["what"])
        for sentence in sentences(docstring)
        for one in _SAID
        for match in one.finditer(sentence)
    ]
    return found[0] if len(found) == 1 else None


def _value(what: str, seen: Sequence[Any]) -> tuple[Any] | None:
    """What None stands for as a value, of the kind that good calls have there, in a tuple of its own."""
    kinds = {type(value) for value in seen if value is not None}
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    if "empty" in what and what[0] not in "'\"":
        return (kind(),) if kind in _EMPTY else None
    if kind not in (int, float, str):
        return None
    value = 0 if what == "zero" else ast.literal_eval(what)
    return (kind(value),) if isinstance(value, str) is (kind is str) and kind(value) == value else None


def _same(before: Outcome, now: Outcome, places: Sequence[int]) -> bool:
    """Whether both give the same and leave the same behind, but for the argument that was exchanged."""
    if not _equal(before.value, now.value):
        return False
    left, right = (_without(split_effects(one.after)[0], places) for one in (before, now))
    return _equal(left, right)


def _without(after: bytes, places: Sequence[int]) -> bytes:
    node = values.parse(after)
    for at in places:
        node[1][at + 1] = None
    return json.dumps(node, separators=(",", ":")).encode("ascii")


def _equal(one: bytes, other: bytes) -> bool:
    if one == other or values.equal(one, other):
        return True
    left, right = values.parse(one), values.parse(other)
    return type(left) in (int, float) and type(right) in (int, float) and bool(left == right)
