"""Generators: a correction goes on where the failed call broke off, and only when that can be proved.

The caller has been given some items already; while the recorder is armed, copies of them are kept. The fix starts
anew, its first items must equal those copies, and the caller gets what comes after them. Before a model is asked, the
original is replayed in the sandbox: a failure that came from what the caller sent, or from state outside, does not come
again, and nothing could prove a correction of it.
"""

from __future__ import annotations

import dis
from collections.abc import AsyncGenerator, Generator
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType
from typing import Any, Final

from fukkatsu._case import Case, Flatline
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, pool
from fukkatsu._settings import Settings
from fukkatsu._wrap.keep import recall
from fukkatsu.errors import CarryError, SandboxUnavailableError

_SUSPENDED: Final = frozenset(dis.opmap[name] for name in ("RESUME", "YIELD_VALUE"))
_CAN_SUSPEND: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


def thrown_in(error: BaseException, code: CodeType) -> bool:
    """Whether *error* was thrown into the generator with *code* by its caller, and merely came back.

    Then the innermost generator of that call stands at a ``yield`` in the traceback, not at an instruction that fails.
    """
    entry, found = error.__traceback__, False
    while entry is not None:
        running = entry.tb_frame.f_code
        found = found or running is code
        if found and running.co_flags & _CAN_SUSPEND and running.co_code[entry.tb_lasti] in _SUSPENDED:
            return True
        entry = entry.tb_next
    return False


def reproduce(case: Case, settings: Settings) -> None:
    """Replay the original in the sandbox, on the arguments as they were.

    Raises:
        Flatline: It does not fail there as it did here.
    """
    assert settings.policy is not None  # noqa: S101 - resolve() fills it in
    line = case.line
    try:
        step = pool.Step("call", carry.carry_call(*case.before()))
        subject = pool.original_subject(carry.carry(case.original_before()), line.source.first_line)
        run = pool.run(subject, [step], settings.policy, deadline=case.deadline)
    except CarryError as why:
        raise Flatline(f"its arguments cannot be carried into the sandbox: {why}", personal=True) from None
    except SandboxUnavailableError as why:
        raise Flatline(str(why)) from None
    outcome = run.outcomes[0] if run.outcomes else None
    if outcome is None or outcome.kind != "raised" or outcome.exception != values.class_name(type(case.error)):
        found = "no answer" if outcome is None else outcome.exception or f"it {outcome.kind}"
        msg = (
            f"its failure does not come again from its arguments alone (in the sandbox: {found}), so no correction of "
            "it could be proved"
        )
        raise Flatline(msg, personal=True)


def items_given(case: Case) -> list[bytes]:
    """The items that the caller has been given already, as canonical text.

    Raises:
        Flatline: Nobody can say for certain.
    """
    if case.delivered is None:
        msg = (
            "a correction is in place for later calls, but nobody had looked at the items that this caller was given, "
            "so it cannot go on for it"
        )
        raise Flatline(msg, personal=True)
    return [values.encode(recall(copy), iterator_items=0).text for copy in case.delivered]


def skip(source: Generator[Any, Any, Any], given: list[bytes]) -> None:
    """Draw the items that the caller has been given already from *source*, a fix.

    Raises:
        Flatline: They are not the same.
    """
    for number, expected in enumerate(given, 1):
        try:
            item = next(source)
        except Exception as why:  # noqa: BLE001 - StopIteration, and whatever the fix raises
            raise _ended_early(number, why) from None
        if not _same(item, expected):
            source.close()
            raise _unlike(number, item, expected)


async def skip_async(source: AsyncGenerator[Any, Any], given: list[bytes]) -> None:
    """The same for an asynchronous generator.

    Raises:
        Flatline: They are not the same.
    """
    for number, expected in enumerate(given, 1):
        try:
            item = await anext(source)
        except Exception as why:  # noqa: BLE001 - as above
            raise _ended_early(number, why) from None
        if not _same(item, expected):
            await source.aclose()
            raise _unlike(number, item, expected)


def _same(item: object, expected: bytes) -> bool:
    encoded = values.encode(item, iterator_items=0)
    return not encoded.opaque and values.equal(encoded.text, expected)


def _ended_early(number: int, why: Exception) -> Flatline:
    how = "ends" if isinstance(why, StopIteration | StopAsyncIteration) else f"raises {type(why).__name__}"
    return Flatline(f"the fix {how} before item {number}, which the caller was given already", personal=True)


def _unlike(number: int, item: object, expected: bytes) -> Flatline:
    now, before = values.render(values.encode(item, iterator_items=0).text), values.render(expected)
    msg = (
        f"a correction is in place for later calls, but it cannot go on for this one: its item {number} is {now}, and "
        f"the caller was given {before}"
    )
    return Flatline(msg, personal=True)
