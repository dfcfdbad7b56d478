"""What runs inside one runner: read the subject, call it, tell what it did. Nothing here is trusted by the host.

By the time ``live`` is entered the walls are up. It knows the subject and the arguments, never what is expected;
whatever it writes is parsed as data. The functions it needs are held in its own frame, so that an ordinary accident
in a candidate (an overwritten builtin, a replaced ``sys.stdout``) does not change what is reported; against a hostile
one the walls and the host's comparison protect, not this module.
"""

from __future__ import annotations

import ast
import asyncio
import dis
import gc
import io
import marshal
import os
import pickle
import random
import sys
import time
import types
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final, Protocol

from fukkatsu._oracle.values import Encoded, class_name, encode, encode_exception, exception_text
from fukkatsu._sandbox import wire
from fukkatsu._sandbox.effects import State, effects_of
from fukkatsu._sandbox.limits import Limits

_OWN_DEPTH: Final = 3_000  # frames that our own code may nest while it encodes
_NOTHING: Final = b"null"


class Channel(Protocol):
    """What a runner needs of a socket."""

    def sendall(self, data: bytes, /) -> None: ...

    def recv_into(self, buffer: memoryview, /) -> int: ...


class Printed(io.TextIOBase):
    """The runner's ``sys.stdout``: keeps what a step prints; beyond the cap it floods the pipe that is watched."""

    def __init__(self, limit: int) -> None:
        self._parts: list[str] = []
        self._left = self._limit = limit

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            msg = f"string argument expected, got {type(text).__name__!r}"
            raise TypeError(msg)
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


class _Subject:
    """The function under trial, and the names that examples may use."""

    def __init__(self, function: Callable[..., Any], names: dict[str, Any], first_line: int) -> None:
        self.function = function
        self.names = names
        self.first_line = first_line
        self.state: State | None = None
        self.cells: frozenset[str] = frozenset()
        self.code: types.CodeType | None = None
        self.files: frozenset[str] = frozenset()
        inner: Any = function
        files = set()
        for _ in range(20):  # through functools.wraps, which other decorators leave behind
            code = getattr(getattr(inner, "__func__", inner), "__code__", None)
            if isinstance(code, types.CodeType):
                self.code = code
                files.add(code.co_filename)
            inner = getattr(inner, "__wrapped__", None)
            if inner is None:
                break
        self.files = frozenset(files)

    def place(self, exc: BaseException) -> tuple[str, bool]:
        """``function:line`` of the innermost frame in the subject's own file, and whether a ``raise`` stands there."""
        where, deliberate = "", False
        trace = exc.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename in self.files:
                first = self.first_line if self.first_line and code is self.code else code.co_firstlineno
                where = f"{code.co_name}:{trace.tb_lineno - first + 1}"
                deliberate = trace.tb_next is None and _opcode(code, trace.tb_lasti) == "RAISE_VARARGS"
            else:
                deliberate = False
            trace = trace.tb_next
        return where, deliberate


def _opcode(code: types.CodeType, offset: int) -> str:
    return dis.opname[code.co_code[offset]] if 0 <= offset < len(code.co_code) else ""


def _build(subject: tuple[Any, ...]) -> _Subject:
    kind = subject[0]
    if kind == "original":
        function = pickle.loads(subject[1])  # noqa: S301 - from the host
        names = dict(getattr(function, "__globals__", None) or {})
        names[getattr(function, "__name__", "function")] = function
        return _Subject(function, names, subject[2])
    from fukkatsu._language.guards import end_on_refusal
    from fukkatsu._language.program import compile_program, link_program

    end_on_refusal()
    program, scope, defaults = (pickle.loads(part) for part in subject[1:4])  # noqa: S301 - from the host
    positional, keyword = defaults if defaults is not None else (None, None)
    code = marshal.loads(subject[4]) if subject[4] else compile_program(program)  # noqa: S302 - from the host
    function = link_program(program, code, scope, defaults=positional, kwdefaults=keyword)
    linked = _Subject(function, {**scope, function.__name__: function}, 0)
    linked.cells = program.facts.free_names
    return linked


def live(channel: Channel, limits: Limits) -> None:
    """Serve requests until the host says that there are no more, or goes away."""
    send, receive = channel.sendall, channel.recv_into
    sys.stdout = printed = Printed(limits.output_bytes)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="replace", write_through=True
    )
    sys.argv[:] = [""]
    reserve = [bytearray(2 << 20)]
    message = wire.read_request(receive)
    if message is None:
        return
    nonce = message["nonce"]
    gc.enable()
    try:
        if message.get("task"):
            while message is not None:
                send(wire.frame(nonce, wire.RESULT, _task(message["task"], message["payload"])))
                send(wire.frame(nonce, wire.END))
                if message["last"]:
                    return
                message = wire.read_request(receive)
                printed.renew()
            return
        try:
            sys.setrecursionlimit(_OWN_DEPTH)
            subject = _build(message["subject"])
            if message["last"]:  # a runner that is kept keeps its state too
                cells = None if message["subject"][0] == "original" else subject.cells
                subject.state = State(subject.function, cells)
        except MemoryError:
            raise
        except BaseException as exc:  # noqa: BLE001 - compiling and linking touch foreign code
            send(wire.frame(nonce, wire.FAILED, _told(exc)))
            return
        send(wire.frame(nonce, wire.READY))
        count = 0
        while True:
            for kind, payload in message["steps"]:
                if message["reseed"]:
                    _reseed(message["seed"] * 1_000_003 + count)
                count += 1
                try:
                    body = _STEPS[kind](subject, payload, limits, printed, reserve)
                except _TooLargeError:
                    send(wire.frame(nonce, wire.LARGE))
                    return
                except _ArrivalError as failure:
                    send(wire.frame(nonce, wire.FAILED, failure.args[0]))
                    return
                send(wire.frame(nonce, wire.OUTCOME, body))
            if message["last"]:
                break
            message = wire.read_request(receive)
            if message is None:
                return
            printed.renew()
        send(wire.frame(nonce, wire.END))
    except MemoryError:
        reserve.clear()
        send(wire.frame(nonce, wire.MEMORY))


class _TooLargeError(Exception):
    """An answer is beyond the policy's size; the host is told so, instead of being sent it."""


def _encoded(value: Any, limits: Limits) -> Encoded:
    encoded = encode(value, iterator_items=limits.iterator_items, max_bytes=limits.reply_bytes)
    if encoded.truncated:
        raise _TooLargeError
    return encoded


class _ArrivalError(Exception):
    """Arguments could not be read."""


def _told(exc: BaseException) -> bytes:
    text = f"{class_name(type(exc))}: {exception_text(exc)}"
    return text.encode("utf-8", "replace")[: wire.MESSAGE_CHARACTERS]


def _reseed(seed: int) -> None:
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed & 0xFFFFFFFF)


def _call(subject: _Subject, payload: bytes, limits: Limits, printed: Printed, reserve: list[bytearray]) -> bytes:
    """One call of the subject with fresh arguments."""
    clock = time.perf_counter
    try:
        args, kwargs = pickle.loads(payload)  # noqa: S301 - from the host; the user's __setstate__ runs here, confined
    except MemoryError:
        raise
    except BaseException as exc:  # noqa: BLE001 - foreign code
        raise _ArrivalError(b"the arguments could not be read: " + _told(exc)) from None
    function, state = subject.function, subject.state
    if state is not None:
        state.before(args, kwargs)
    failure: BaseException | None = None
    result: Any = None
    begun = clock()
    sys.setrecursionlimit(limits.recursion_depth + 30)
    try:
        result = function(*args, **kwargs)
        if type(result) in _ASYNC:
            result = _awaited(result, limits.iterator_items)
    except BaseException as exc:  # noqa: BLE001 - whatever it raises is its outcome
        failure = exc
    finally:
        sys.setrecursionlimit(max(_OWN_DEPTH, limits.recursion_depth))
    if failure is not None:
        return _raised(subject, failure, limits, clock() - begun, printed, reserve, args, kwargs)
    argument = _which(result, args, kwargs)
    value = _encoded(result, limits)
    if value.failure is not None:  # a generator that ends like this has failed, only later
        return _raised(subject, value.failure, limits, clock() - begun, printed, reserve, args, kwargs, value)
    after = _encoded([args, kwargs], limits)
    seconds = clock() - begun
    effects = effects_of(result, args, kwargs, state) if state is not None else b""
    return wire.pack_outcome(
        returned=True,
        deliberate=False,
        opaque=value.opaque + after.opaque,
        seconds=seconds,
        value=value.text,
        after=after.text[:-1] + b"," + effects + b"]" if effects else after.text,
        argument=argument,
        printed=printed.take(),
    )


def _raised(
    subject: _Subject,
    exc: BaseException,
    limits: Limits,
    seconds: float,
    printed: Printed,
    reserve: list[bytearray],
    args: Any = (),
    kwargs: Any = None,
    drawn: Encoded | None = None,
) -> bytes:
    where, deliberate = subject.place(exc)
    if subject.state is not None and kwargs is not None:
        subject.state.after()
        subject.state.restore()
    text = exception_text(exc)
    if isinstance(exc, MemoryError):
        reserve.clear()
        text = text or f"no more than Policy.memory_bytes={limits.memory_bytes} bytes"
    elif isinstance(exc, RecursionError):
        text = f"{text} (Policy.recursion_depth={limits.recursion_depth})"
    exc.__traceback__ = None  # its frames keep every local alive
    value = drawn or encode_exception(exc)
    after = Encoded(_NOTHING, 0)
    if kwargs is not None:
        after = _encoded([args, kwargs], limits)
    return wire.pack_outcome(
        returned=False,
        deliberate=deliberate,
        opaque=value.opaque + after.opaque,
        seconds=seconds,
        value=value.text,
        after=after.text,
        exception=class_name(type(exc)),
        message=text,
        where=where,
        printed=printed.take(),
    )


def _which(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Position or name of the argument that the result is, when that can matter."""
    if type(result) in _IMMUTABLE:
        return ""
    for index, value in enumerate(args):
        if value is result:
            return str(index)
    for name, value in kwargs.items():
        if value is result:
            return name
    return ""


_IMMUTABLE: Final = frozenset({int, float, str, bytes, bool, type(None), complex, tuple, frozenset, range})
_ASYNC: Final = frozenset({types.CoroutineType, types.AsyncGeneratorType})


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


def _exec(subject: _Subject, payload: bytes, limits: Limits, printed: Printed, reserve: list[bytearray]) -> bytes:
    """One example from a docstring: the author's code, in a namespace that lasts for the run."""
    clock = time.perf_counter
    begun = clock()
    value: Any = None
    text = ""
    try:
        tree = ast.parse(payload.decode(), "<example>", "exec")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        sys.setrecursionlimit(limits.recursion_depth + 30)
        exec(compile(tree, "<example>", "exec"), subject.names)  # noqa: S102 - the author's own example, confined
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<example>", "eval"), subject.names)  # noqa: S307 - the author's own example, confined
            if type(value) in _ASYNC:
                value = _awaited(value, limits.iterator_items)
            text = "" if value is None else repr(value)[: wire.MESSAGE_CHARACTERS]
    except BaseException as exc:  # noqa: BLE001 - whatever it raises is its outcome
        sys.setrecursionlimit(max(_OWN_DEPTH, limits.recursion_depth))
        return _raised(subject, exc, limits, clock() - begun, printed, reserve)
    sys.setrecursionlimit(max(_OWN_DEPTH, limits.recursion_depth))
    encoded = _encoded(value, limits)
    return wire.pack_outcome(
        returned=True,
        deliberate=False,
        opaque=encoded.opaque,
        seconds=clock() - begun,
        value=encoded.text,
        after=_NOTHING,
        message=text,
        printed=printed.take(),
    )


def _bind(subject: _Subject, payload: bytes, _limits: Limits, printed: Printed, _reserve: list[bytearray]) -> bytes:
    """Give examples more names (a carried scope); the function's own name stays."""
    try:
        names = pickle.loads(payload)  # noqa: S301 - from the host
    except BaseException as exc:  # noqa: BLE001 - foreign code
        raise _ArrivalError(b"the names for the examples could not be read: " + _told(exc)) from None
    subject.names = {**names, **subject.names}
    printed.take()
    return wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=0.0, value=_NOTHING, after=_NOTHING)


_STEPS: Final[dict[str, Callable[..., bytes]]] = {"call": _call, "exec": _exec, "bind": _bind}


def _task(name: str, payload: bytes) -> bytes:
    """Run a function of ours in the jail (the examiner)."""
    import importlib

    module, _, function = name.partition(":")
    if module.partition(".")[0] != "fukkatsu":
        msg = f"{name!r} is no task of ours"
        raise ValueError(msg)
    answer: bytes = getattr(importlib.import_module(module), function)(payload)
    return answer


_REHEARSAL: Final = """
def rehearsal(x, y=1):
    total = {"sum": 0.0, "items": []}
    for i, item in enumerate(sorted(x)):
        if item < 0:
            raise ValueError(f"negative: {item}")
        total["sum"] += item / y
        total["items"].append((str(item), i))
    return [total, len(x), "done".upper()]
"""


def prepare_rehearsal() -> list[tuple[tuple[Any, ...], bytes]]:
    """In the zygote, once: subjects and arguments like those of real runs."""
    from fukkatsu._sandbox.carry import carry, carry_call

    namespace: dict[str, Any] = {"__name__": "rehearsal"}
    exec(compile(_REHEARSAL, "<rehearsal>", "exec"), namespace)  # noqa: S102 - the ten lines above
    function = namespace["rehearsal"]
    payload = carry_call(([3, 1.5, 2], 2), {})
    pieces: list[tuple[tuple[Any, ...], bytes]] = [(("original", carry(function), 0), payload)]
    try:
        from fukkatsu._language.facts import read_facts
        from fukkatsu._language.program import Program
        from fukkatsu._model.patch import FunctionSource
        from fukkatsu.policy import Policy

        source = FunctionSource(
            module="rehearsal", qualname="rehearsal", name="rehearsal", text=_REHEARSAL.strip() + "\n",
            filename="<rehearsal>", first_line=1, docstring=None, signature="(x, y=1)",
        )  # fmt: skip
        program = Program(_REHEARSAL.strip() + "\n", read_facts(function, source), Policy(), "<rehearsal>")
        pickled = pickle.dumps(program, 5)
        pieces.append((("candidate", pickled, carry({}), carry(((1,), None)), b""), payload))
        rehearse(pieces)
    except Exception as failure:
        if os.environ.get("FUKKATSU_DEBUG"):
            raise
        del failure
        pieces = pieces[:1]
    return pieces


def rehearse(pieces: list[tuple[tuple[Any, ...], bytes]]) -> None:
    """Touch what every run touches, so that its pages are this process's own before the host waits for it."""
    limits = Limits(1 << 20, 1.0, 1_000, 1 << 16, 1_000, 1 << 20)
    printed = Printed(1 << 16)
    failing = pickle.dumps((([-1],), {}), 5)
    for parts, payload in pieces:
        subject = _build(parts)
        for arguments in (payload, failing):
            wire.frame(b"", wire.OUTCOME, _call(subject, arguments, limits, printed, []))
