"""A smaller input on which a refused candidate goes wrong in the same way: easier to understand, for model and people.

Only what a refusal shows is shrunk, and only when there is one. Each step tries smaller variants of the arguments on
the original and on the candidate and goes on from the smallest that still tells them apart. The premises are checked
again for every variant: that the original returns there each time, and that it is a call like those that were seen.
What nobody ever asks, an empty list where there is always something in it, would only mislead whoever mends the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.counterexample import shown_with
from fukkatsu._gauntlet.good_calls import compare_outcomes, returns_floats
from fukkatsu._gauntlet.labelling import Labelled, reproduces
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._model.call import Call, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._oracle.relations import Relations
from fukkatsu._sandbox import carry, pool
from fukkatsu.errors import CarryError

MOST_STEPS: Final = 8
MOST_VARIANTS: Final = 24
LEAST_SECONDS: Final = 2.0
"""With less time left than this the input is shown as it is."""


def shrink(bench: Bench, one: Labelled) -> tuple[str, Call] | None:
    """What the candidate does otherwise on a smaller input than *one*, and that input; ``None`` when there is none.

    Only for plain data: objects are the user's, and may have rules of their own. Where the author wrote ``pre:`` lines
    a smaller input might break one.
    """
    if any(clause.kind == "pre" for clause in clauses(bench)):
        return None
    try:
        rebuilt: Any = values.rebuild(one.shown)
        arguments, kwargs = tuple(rebuilt[0]), dict(rebuilt[1])
    except Exception:  # noqa: BLE001 - not everything can be rebuilt from data
        return None
    found: tuple[str, Call] | None = None
    usual = like_those_seen(bench, Call(arguments, kwargs))
    for _ in range(MOST_STEPS):
        if bench.remaining_seconds < LEAST_SECONDS:
            break
        step = _step(bench, arguments, kwargs, usual)
        if step is None:
            break
        found = step
        arguments = step[1].args
    return found


def like_those_seen(bench: Bench, one: Call) -> Callable[[Call], bool]:
    """Whether a call is like those that were seen, and *one*: it keeps the same rules, and nothing is new in it."""
    signature = inspect.signature(bench.original)
    recorded = [call.shown for call in (bench.failure, *bench.good_calls) if call is not None]

    def bound(call: Call) -> dict[str, Any] | None:
        try:
            return dict(signature.bind(*call.args, **call.kwargs).arguments)
        except TypeError:
            return None

    calls = [arguments for call in (*recorded, one) if call is not None and (arguments := bound(call)) is not None]
    if not all(is_plain(list(call.values())) for call in calls):
        return lambda _call: True  # to compare objects of the user's is to run their code
    rules = Relations(calls)

    def usual(call: Call) -> bool:
        arguments = bound(call)
        if arguments is None:
            return False
        return rules.hold(arguments) and all(_is_something(value, name, calls) for name, value in arguments.items())

    return usual


def _is_something(value: Any, name: str, calls: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an argument is not empty, or zero, where none of its type ever was."""
    return bool(value) or any(type(call.get(name)) is type(value) and not call[name] for call in calls if name in call)


_ATOMS: Final = frozenset({int, float, str, bytes, bool, type(None)})
_CONTAINERS: Final = frozenset({list, tuple, dict, set, frozenset})
_MOST_PARTS: Final = 20_000


def is_plain(value: Any) -> bool:
    """Whether *value* is plain data all through: to look at it runs no code of the user's."""
    pending = [value]
    for part in pending:  # grows while it is walked
        kind = type(part)
        if kind in _CONTAINERS:
            pending.extend(part)
            if kind is dict:
                pending.extend(part.values())
        elif kind not in _ATOMS:
            return False
        if len(pending) > _MOST_PARTS:
            return False
    return True


def _step(
    bench: Bench, args: tuple[Any, ...], kwargs: dict[str, Any], usual: Callable[[Call], bool]
) -> tuple[str, Call] | None:
    """The smallest variant that still tells original and candidate apart."""
    calls: dict[bytes, RecordedCall] = {}
    for variant in _smaller(args, depth=0):
        if len(calls) == MOST_VARIANTS:
            break
        if not usual(Call(variant, kwargs)):
            continue
        try:
            carried = carry.carry_call(variant, kwargs)
        except CarryError:
            return None
        text = values.encode([variant, kwargs]).text
        calls.setdefault(text, RecordedCall(carried, shown=Call(variant, kwargs)))
    if not calls:
        return None
    steps = [pool.Step("call", call.arguments) for call in calls.values()]
    ran = (bench.run_original(steps), bench.run_original(steps), bench.run_candidate(steps))
    found: list[tuple[int, str, Call]] = []
    outcomes = zip(*(run.outcomes for run in ran), strict=False)
    for (text, call), (before, again, actual) in zip(calls.items(), outcomes, strict=False):
        if before.kind != "returned" or not reproduces(before, again) or actual.kind == "lost":
            continue
        change = compare_outcomes(before, actual, floats=returns_floats(bench.original))
        shown = shown_with(call, before)
        if change is not None and shown is not None:
            found.append((len(text), change, shown))
    if not found:
        return None
    _, change, shown = min(found, key=lambda one: one[0])
    return change, shown


def _smaller(value: Any, *, depth: int) -> Iterator[Any]:
    """Variants of *value* that are simpler, the simplest first."""
    kind = type(value)
    if kind is int and value:
        yield from dict.fromkeys((0, value // 2 if value > 0 else -(-value // 2), value - (1 if value > 0 else -1)))
    elif kind is float and value == value and value not in (0.0, float("inf"), float("-inf")):
        yield from dict.fromkeys(v for v in (0.0, float(int(value)), value / 2) if abs(v) < abs(value))
    elif kind in (str, bytes) and value:
        half = len(value) // 2
        yield from dict.fromkeys((value[:half], value[half:], value[1:], value[:-1]))
    elif kind is list or (kind is tuple and depth):
        half = len(value) // 2
        parts = [value[:half], value[half:]] if half else []
        yield from parts + [value[:at] + value[at + 1 :] for at in range(min(len(value), 6))]
        yield from _with_one_smaller(value, kind, depth)
    elif kind is dict:
        for key in list(value)[:6]:
            yield {k: v for k, v in value.items() if k != key}
            yield from ({**value, key: part} for part in _smaller(value[key], depth=depth + 1))
    elif kind is tuple:  # the arguments themselves: as many as there are
        yield from _with_one_smaller(value, kind, depth)


def _with_one_smaller(value: Any, kind: type, depth: int) -> Iterator[Any]:
    if depth > 3:
        return
    for at in range(min(len(value), 6)):
        for part in _smaller(value[at], depth=depth + 1):
            yield kind([*value[:at], part, *value[at + 1 :]])
