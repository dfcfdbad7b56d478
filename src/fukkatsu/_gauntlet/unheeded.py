"""An argument that the original heeds on every call, and a correction never looks at where the original crashed.

``return 60.0`` where ``cap`` is 60.0 on the failing call; None where the docstring says "`default` if it is not there".
Tried, not read: the failing call with that argument as other calls have it. Where the docstring says what the argument
is for, or the answer is the argument's value spelt out, that is refused; else a person is told.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import in_words
from fukkatsu._gauntlet.invented import is_nothing, spelt_answer
from fukkatsu._gauntlet.labelling import region_of
from fukkatsu._gauntlet.promised import clauses, documented_exceptions
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry
from fukkatsu.errors import CarryError

_MOST_PARAMETERS: Final = 6
_MOST_VALUES: Final = 3
_MOST_GOOD: Final = 3
_MOST_BYTES: Final = 50_000
_STANDS_IN: Final = re.compile(r"default|fallback|otherwise|missing|if_(?:none|empty|missing)|placeholder")
"""Names of parameters that are there to be the answer where there is no other."""
_WHEN: Final = re.compile(
    r"\b(?:if|when|where|unless|otherwise|missing|absent|nowhere|without|not there)\b", re.IGNORECASE
)
_STRANGER: Final = "(not there)"
"""A value for one of these that nobody else has."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A call with one argument changed."""

    name: str
    value: Any
    call: Call
    recorded: RecordedCall


def check_unheeded(bench: Bench) -> tuple[str, Call | None] | None:
    """The reason, and the call, where an argument that is the answer is not looked at; else perhaps a note."""
    failure = bench.failure
    shown = failure.shown if failure is not None else None
    if failure is None or shown is None or bench.first_run is None:
        return None
    answer = bench.answer
    if answer.kind != "returned" or any(clause.kind == "pre" for clause in clauses(bench)):
        return None
    tried = bench.evidence.remember(_key(bench), lambda: tuple(_still_crashing(bench, failure.arguments, shown)))
    if not tried:
        return None
    outcomes = bench.answers_to([one.recorded for one in tried])
    answers: dict[str, list[tuple[_Tried, Outcome]]] = {}
    for one, outcome in zip(tried, outcomes, strict=False):
        answers.setdefault(one.name, []).append((one, outcome))
    given = _arguments(bench, shown) or {}
    heedless = {
        name: rows
        for name, rows in answers.items()
        if all(outcome.kind == "returned" and outcome.value == answer.value for _, outcome in rows)
        and any(_text(one.value) != answer.value for one, _ in rows)
    }
    spelt = answer.value == b"null" or spelt_answer(bench, answer.value) is not None
    for name, rows in heedless.items():
        other = next(one.call for one, _ in rows if _text(one.value) != answer.value)
        told, called = values.render(answer.value, 60), in_words(other, bench.source.name)
        if spelt and _is_the_answer(name, bench.source.docstring or ""):
            return (
                f"{called}: it answers {told} whatever `{name}` is, and the docstring says when `{name}` is the answer"
            ), other
        node = values.parse(answer.value)
        if is_nothing(node) or isinstance(node, bool):
            continue
        if spelt and name in given and _text(given[name]) == answer.value:
            return (
                f"{called}: it answers {told} whatever `{name}` is; on the failing call that is the value of "
                f"`{name}`, spelt out. Give `{name}`"
            ), other
        alone = len(heedless) == 1 < len(answers)  # an answer that hangs on nothing else either is what it is
        if alone and (len(rows) > 1 or type(rows[0][0].value) is bool) and _heeds(bench, name):
            bench.notes.append(
                f"FOR A PERSON TO DECIDE: the answer to the failing call is {told} whatever `{name}` is, e.g. "
                f"{called}; what the original answers depends on `{name}`"
            )
    return None


def known_trials(bench: Bench) -> list[RecordedCall]:
    """The calls that an earlier candidate of the same function was tried on here."""
    if not bench.evidence.known(_key(bench)):
        return []
    tried: tuple[_Tried, ...] = bench.evidence.remember(_key(bench), tuple)
    return [one.recorded for one in tried]


def _key(bench: Bench) -> Hashable:
    return "unheeded", tuple(call.arguments for call in bench.good_calls)


def _is_the_answer(name: str, docstring: str) -> bool:
    """Whether a parameter is there to be the answer, and the docstring says so: "`default` if it is not there"."""
    if not _STANDS_IN.search(name):
        return False
    own = rf"`*\b{re.escape(name)}\b`*"
    said = rf"{own}\s+(?:if|when|where|for|unless|otherwise)\b|\b(?:or|else|otherwise)\s+{own}"
    if re.search(said, docstring, re.IGNORECASE):
        return True
    return re.search(rf"\b{re.escape(name)}\b", docstring) is not None and _WHEN.search(docstring) is not None


def _arguments(bench: Bench, call: Call) -> dict[str, Any] | None:
    """By parameter name, defaults included."""
    try:
        bound = inspect.signature(bench.original).bind(*call.args, **call.kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return dict(bound.arguments)


def _text(value: Any) -> bytes:
    return values.encode(value, iterator_items=0).text


def _good(bench: Bench) -> list[dict[str, Any]]:
    small = [call.shown for call in bench.good_calls if not call.healed and len(call.arguments) <= _MOST_BYTES]
    return [found for call in small if call is not None and (found := _arguments(bench, call)) is not None]


def _others(bench: Bench, name: str, known: Sequence[Any]) -> list[Any]:
    """Values of a parameter that good calls have; for one that stands in for an answer, one that nobody has."""
    found: dict[bytes, Any] = {_text(value): None for value in known}
    own = len(found)
    for row in _good(bench):
        if name in row and is_plain(row[name]):
            found.setdefault(_text(row[name]), row[name])
    for value in known:
        for near in _near(value):
            found.setdefault(_text(near), near)
    others = list(found.values())[own:][:_MOST_VALUES]
    return [*others, _STRANGER] if _STANDS_IN.search(name) else others


def _near(value: Any) -> tuple[Any, ...]:
    if type(value) is bool:
        return (not value,)
    return (value + 1, value * 2) if type(value) in (int, float) else ()


def _still_crashing(bench: Bench, carried: bytes, shown: Call) -> Iterator[_Tried]:
    """The failing call, *shown* as it was *carried*, with one argument changed, where the original still crashes."""
    given = _arguments(bench, shown)
    if given is None or len(carried) > _MOST_BYTES:
        return
    names = [name for name in _named(bench) if name in given and is_plain(given[name])][:_MOST_PARAMETERS]
    if len(given) < 2:  # whoever looks at nothing is for others to find
        return
    made = [
        one
        for name in names
        for value in _others(bench, name, [given[name]])
        if (one := _made(bench, given, name, value))
    ]
    if not made:
        return
    crash = bench.crash
    documented = documented_exceptions(bench)
    for one, outcome in zip(made, bench.reference([one.recorded for one in made]), strict=True):
        if region_of(outcome, crash, documented) == "crash":
            yield one


def _named(bench: Bench) -> list[str]:
    """Parameters that can be given by name or place, without the object itself."""
    wanted = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )
    return [
        one.name
        for one in inspect.signature(bench.original).parameters.values()
        if one.kind in wanted and one.name not in ("self", "cls")
    ]


def _made(bench: Bench, base: Mapping[str, Any], name: str, value: Any) -> _Tried | None:
    bound = inspect.BoundArguments(inspect.signature(bench.original), {**base, name: value})
    call = Call(bound.args, dict(bound.kwargs))
    try:
        arguments = carry.carry_call(call.args, dict(call.kwargs))
    except (CarryError, TypeError):
        return None
    return _Tried(name, value, call, RecordedCall(arguments, shown=call))


def _heeds(bench: Bench, name: str) -> bool:
    """Whether what the original answers on good calls is mostly another answer with another value there."""
    rows = [row for row in _good(bench) if name in row][:_MOST_GOOD]
    made: list[tuple[int, _Tried]] = []
    for at, row in enumerate(rows):
        made += [
            (at, one)
            for value in _others(bench, name, [row[name]])
            if value is not _STRANGER and (one := _made(bench, row, name, value)) is not None
        ]
    bases = [_made(bench, row, name, row[name]) for row in rows]
    if not made or None in bases:
        return False
    before = bench.reference([base.recorded for base in bases if base is not None])
    after = bench.reference([one.recorded for _, one in made])
    pairs = [(before[at], now) for (at, _), now in zip(made, after, strict=True)]
    answered = [(was, now) for was, now in pairs if was.kind == now.kind == "returned"]
    return 2 * sum(was.value != now.value for was, now in answered) > len(answered) > 0
