"""One step of a run, inside a runner: a call of the subject, an example, or more names for the examples.

Each gives the body of one ``OUTCOME`` frame. What user code raises in a step is the step's outcome; what keeps the step
from being made at all is told by the two exceptions here.
"""

from __future__ import annotations

import ast
import asyncio
import datetime
import decimal
import fractions
import functools
import io
import os
import sys
import types
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from time import perf_counter, process_time
from typing import Any, Final

from fukkatsu._oracle.values import Encoded, class_name, encode, encode_exception, exception_text
from fukkatsu._oracle.values_quick import quick
from fukkatsu._sandbox import settings, unfinished, wire
from fukkatsu._sandbox.arrive import read_call, read_scope, uses
from fukkatsu._sandbox.callbacks import BY_VALUE, Callbacks
from fukkatsu._sandbox.effects import effects_of
from fukkatsu._sandbox.limits import Limits
from fukkatsu._sandbox.replaced import REPLACED, is_nested, parts, replaced
from fukkatsu._sandbox.subject import Linked

OWN_DEPTH: Final = 3_000  # frames that our own code may nest while it encodes
DEPTH_SPREAD: Final = 120  # as many frames as a program's own callers usually take
_NOTHING: Final = b"null"
_set_depth = sys.setrecursionlimit


class TooLargeError(Exception):
    """An answer is beyond the policy's size; the host is told so, instead of being sent it."""


class ArrivalError(Exception):
    """Arguments could not be read."""


class Printed(io.TextIOBase):
    """The runner's ``sys.stdout``: keeps what a step prints; beyond the cap it floods the pipe that is watched."""

    def __init__(self, limit: int) -> None:
        self._parts: list[str] = []
        self._left = self._limit = limit
        self._encoding, self._errors = "utf-8", "strict"

    def encode_as(self, told: tuple[str, str] | None) -> None:
        """From now on refuse what the program's own stdout could not encode; ``None`` leaves it as it is."""
        if told is not None:
            self._encoding, self._errors = told

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            msg = f"string argument expected, got {type(text).__name__!r}"
            raise TypeError(msg)
        if self._encoding and not text.isascii():
            text.encode(self._encoding, self._errors)
        self._parts.append(text)
        self._left -= len(text)
        if self._left < 0:
            os.write(1, "".join(self._parts).encode("utf-8", "replace")[-65536:] + b"\n" * (1 << 16))
        return len(text)

    def renew(self) -> None:
        """Begin another call of a kept runner: the cap is each call's own."""
        self._left = self._limit

    def take(self) -> str:
        """What was printed since the last time."""
        if not self._parts:
            return ""
        text = "".join(self._parts)
        self._parts.clear()
        return text


_SOON: Final = 0.001
_MANY: Final = 16


class Stopwatch:
    """How long steps take in processor time: what else the machine does is not the subject's doing.

    To ask for that costs a system call, so it is asked only for a step that took long on the wall, and from time to
    time: what a few quick ones before it took may be counted with it.
    """

    __slots__ = ("begun", "mark", "quick")

    def __init__(self) -> None:
        self.begun = perf_counter()
        self.mark, self.quick = process_time(), 0

    def start(self) -> None:
        self.quick += 1
        if self.quick > _MANY:
            self.mark, self.quick = process_time(), 0
        self.begun = perf_counter()

    def seconds(self) -> float:
        """Since the start."""
        wall = perf_counter() - self.begun
        if wall < _SOON:
            return wall
        before, self.mark, self.quick = self.mark, process_time(), 0
        return min(wall, self.mark - before)


class Bench:
    """What every step of one run needs.

    Attributes:
        subject: What is called.
        limits: Of this run.
        printed: Where its output goes.
        reserve: Memory that is given back when there is none left, so that this can be told.
        encode_depth: Recursion limit for our own code.
        salt: The caller's secret, from which each call's own recursion limit is made.
        logged: What was logged since it was last emptied.
        watch: Times the step under way.
    """

    __slots__ = ("call_depth", "encode_depth", "limits", "logged", "printed", "reserve", "salt", "subject", "watch")

    def __init__(self, subject: Linked, limits: Limits, printed: Printed, reserve: list[bytearray]) -> None:
        self.subject, self.limits, self.printed, self.reserve = subject, limits, printed, reserve
        self.call_depth = limits.recursion_depth + 30
        self.encode_depth = max(OWN_DEPTH, limits.recursion_depth)
        self.salt = 0
        self.logged: list[list[str]] = []
        self.watch = Stopwatch()

    def depth_for(self, payload: bytes) -> int:
        """Recursion limit for a call: near the policy's, another for other arguments, the same for the same ones.

        A limit that is always the same would tell a trial from production by the depth at which recursion ends.
        """
        return self.call_depth - zlib.crc32(payload, self.salt) % max(1, min(DEPTH_SPREAD, self.call_depth // 8))

    def encoded(self, value: Any, mutable: list[int] | None = None) -> tuple[Encoded, bool]:
        """Canonical text, and whether the ids in *mutable* are those of all its mutable parts."""
        text = quick(value, mutable)
        if text is not None:
            return Encoded(text, 0), True
        limits = self.limits
        encoded = encode(value, iterator_items=limits.iterator_items, max_bytes=limits.reply_bytes)
        if encoded.truncated:
            raise TooLargeError
        return encoded, type(value) in _ATOMS


_ATOMS: Final = frozenset({int, float, str, bytes, bool, type(None), complex, range})
# Of these nobody makes a copy, nor does it matter which one is handed back.
_IMMUTABLE: Final = _ATOMS | {
    tuple, frozenset, datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone,
    decimal.Decimal, fractions.Fraction, uuid.UUID,
}  # fmt: skip
_ASYNC: Final = frozenset({types.CoroutineType, types.AsyncGeneratorType})


def told(exc: BaseException) -> bytes:
    """An exception in one line, for the host."""
    text = f"{class_name(type(exc))}: {exception_text(exc)}"
    return text.encode("utf-8", "replace")[: wire.MESSAGE_CHARACTERS]


def call(bench: Bench, payload: bytes, leave: Callable[[Any], Any] | None = None) -> bytes:
    """One call of the subject with fresh arguments; *leave* makes of its result what is told instead."""
    try:
        args, kwargs = read_call(payload)  # the user's __setstate__ runs here, confined
    except MemoryError:
        raise
    except BaseException as exc:  # noqa: BLE001 - foreign code
        raise ArrivalError(b"the arguments could not be read: " + told(exc)) from None
    if settings.waiting():
        settings.catch_up()
    subject = bench.subject
    if subject.adoption is not None:
        subject.adoption.greet()
    function, state = subject.function, subject.state
    callbacks = None
    before = None
    if state is not None:
        state.before(args, kwargs)
        if is_nested(payload):
            before = parts(args, kwargs)
        if BY_VALUE in payload:
            callbacks = Callbacks()
            callbacks.listen(args, kwargs)
    failure: BaseException | None = None
    result: Any = None
    bench.logged.clear()
    uses.clear()
    _set_depth(bench.depth_for(payload))
    bench.watch.start()
    try:
        result = function(*args, **kwargs)
        if leave is not None:
            result = leave(result)
        elif type(result) in _ASYNC:
            result = _awaited(result, bench.limits.iterator_items)
    except BaseException as exc:  # noqa: BLE001 - whatever it raises is its outcome
        failure = exc
    finally:
        _set_depth(bench.encode_depth)
    if failure is not None:
        return _raised(bench, failure, bench.watch.seconds(), args, kwargs, callbacks=callbacks)
    mine: list[int] = []
    theirs: list[int] = []
    value, known = bench.encoded(result, mine)
    if value.failure is not None:  # a generator that ends like this has failed, only later
        return _raised(bench, value.failure, bench.watch.seconds(), args, kwargs, value, callbacks)
    after, also_known = bench.encoded([args, kwargs], theirs)
    seconds = bench.watch.seconds()
    if uses.names:
        _refuse_uses(None)
    effects = b""
    if state is not None:
        alike = not also_known or len(set(theirs)) < len(theirs)
        known = known and (also_known or not mine)
        shares = not known or (bool(mine) and state.may_share(mine, theirs))
        called = callbacks.told() if callbacks is not None else None
        others = {REPLACED: new} if before and (new := replaced(before, args, kwargs)) else None
        if shares or alike or state.places or bench.logged or called or others:
            effects = effects_of(
                result, args, kwargs, state,
                shares=shares, alike=alike, logged=bench.logged, called=called, others=others,
            )  # fmt: skip
    return wire.pack_outcome(
        returned=True,
        deliberate=False,
        opaque=value.opaque + after.opaque,
        seconds=seconds,
        value=value.text,
        after=after.text[:-1] + b"," + effects + b"]" if effects else after.text,
        argument="" if type(result) in _IMMUTABLE else _which(result, args, kwargs),
        printed=bench.printed.take(),
    )


def _raised(
    bench: Bench,
    exc: BaseException,
    seconds: float,
    args: Any = (),
    kwargs: Any = None,
    drawn: Encoded | None = None,
    callbacks: Callbacks | None = None,
) -> bytes:
    subject, limits = bench.subject, bench.limits
    where, deliberate = subject.place(exc)
    effects = b""
    if subject.state is not None and kwargs is not None:
        called = callbacks.told() if callbacks is not None else None
        effects = effects_of(None, args, kwargs, subject.state, shares=False, logged=bench.logged, called=called)
    text = exception_text(exc)
    if isinstance(exc, MemoryError):
        bench.reserve.clear()
        text = text or f"no more than Policy.memory_bytes={limits.memory_bytes} bytes"
    elif isinstance(exc, RecursionError):
        text = f"{text} (Policy.recursion_depth={limits.recursion_depth})"
    BaseException.with_traceback(exc, None)  # its frames keep every local alive; one that is frozen takes no assignment
    if uses.names:
        _refuse_uses(exc)
    value = drawn or encode_exception(exc)
    after = Encoded(_NOTHING, 0)
    if kwargs is not None:
        after, _ = bench.encoded([args, kwargs])
    return wire.pack_outcome(
        returned=False,
        deliberate=deliberate,
        opaque=value.opaque + after.opaque,
        seconds=seconds,
        value=value.text,
        after=after.text[:-1] + b"," + effects + b"]" if effects else after.text,
        exception=class_name(type(exc)),
        message=text,
        where=where,
        printed=bench.printed.take(),
    )


def _refuse_uses(failure: BaseException | None) -> None:
    """Say so where a call used what is not here and went on: what it does where that is there cannot be tried."""
    names = ", ".join(dict.fromkeys(uses.names))[: wire.MESSAGE_CHARACTERS]
    last = any(failure is one for one in uses.raised)
    uses.clear()
    if not last:
        text = (
            f"it uses {names}, which cannot travel into the sandbox, and goes on without: what it does where there is "
            "one cannot be tried. Use it only as the original does, outside of any `try` that the original has not"
        )
        raise ArrivalError(text.encode("utf-8", "replace"))


def _which(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Position or name of the argument that the result is."""
    for index, value in enumerate(args):
        if value is result:
            return str(index)
    for name, value in kwargs.items():
        if value is result:
            return name
    return ""


def _awaited(result: Any, items: int) -> Any:
    """Run a coroutine to its end; draw an asynchronous generator into a plain one that ends as it did."""
    if type(result) is types.CoroutineType:
        return asyncio.run(result)
    drawn: list[Any] = []
    ended: list[BaseException] = []

    async def draw(source: AsyncIterator[Any]) -> None:
        try:
            async for item in source:
                drawn.append(item)
                if len(drawn) > items:
                    break
        except BaseException as exc:  # noqa: BLE001 - how it ended is part of what it yields
            ended.append(exc)

    asyncio.run(draw(result))

    def again() -> Iterator[Any]:
        yield from drawn
        if ended:
            raise ended[0]

    return again()


def example(bench: Bench, payload: bytes) -> bytes:
    """One example from a docstring: the author's code, in a namespace that lasts for the run."""
    names = bench.subject.names
    bench.watch.start()
    value: Any = None
    text = ""
    try:
        tree = ast.parse(payload.decode(), "<example>", "exec")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        _set_depth(bench.call_depth)
        exec(compile(tree, "<example>", "exec"), names)  # noqa: S102 - the author's own example, confined
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<example>", "eval"), names)  # noqa: S307 - the author's own example, confined
            if type(value) in _ASYNC:
                value = _awaited(value, bench.limits.iterator_items)
            text = "" if value is None else repr(value)[: wire.MESSAGE_CHARACTERS]
    except BaseException as exc:  # noqa: BLE001 - whatever it raises is its outcome
        _set_depth(bench.encode_depth)
        return _raised(bench, exc, bench.watch.seconds())
    _set_depth(bench.encode_depth)
    encoded, _ = bench.encoded(value)
    return wire.pack_outcome(
        returned=True,
        deliberate=False,
        opaque=encoded.opaque,
        seconds=bench.watch.seconds(),
        value=encoded.text,
        after=_NOTHING,
        message=text,
        printed=bench.printed.take(),
    )


def bind(bench: Bench, payload: bytes) -> bytes:
    """Give examples more names (a carried scope); the function's own name stays."""
    try:
        names = read_scope(payload)
    except BaseException as exc:  # noqa: BLE001 - foreign code
        raise ArrivalError(b"the names for the examples could not be read: " + told(exc)) from None
    if bench.subject.adoption is not None:
        bench.subject.adoption.greet()
    bench.subject.names = {**names, **bench.subject.names}
    bench.printed.take()
    return wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=0.0, value=_NOTHING, after=_NOTHING)


STEPS: Final[dict[str, Callable[[Bench, bytes], bytes]]] = {
    "call": call,
    "exec": example,
    "bind": bind,
    "close": functools.partial(call, leave=unfinished.closed),
    "throw": functools.partial(call, leave=unfinished.thrown),
}
