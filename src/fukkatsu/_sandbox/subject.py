"""The function under trial on its way: packed by the host, linked in a runner.

The runner gets the code that the host's compile stage made, and of facts and policy only what linking asks for, as
plain data: to read a whole policy takes longer than the calls of most verdicts.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import itertools
import marshal
import pickle
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from fukkatsu._sandbox import arrive
from fukkatsu._sandbox.adopt import Adoption
from fukkatsu._sandbox.effects import State

if TYPE_CHECKING:
    from fukkatsu._language.program import Program
    from fukkatsu.policy import Policy


class _Opened(NamedTuple):
    """Of a policy, what linking asks for."""

    imports: frozenset[str]
    calls: frozenset[str]
    attributes: frozenset[str]


@functools.cache
def _usual() -> Policy:
    from fukkatsu.policy import Policy

    return Policy()


@functools.cache
def _fact_names() -> tuple[str, ...]:
    """What linking may ask of the facts: all but the parameters, which were compared before."""
    from fukkatsu._language.facts import OriginalFacts

    return tuple(field.name for field in dataclasses.fields(OriginalFacts) if field.name != "parameters")


def pack_program(program: Program) -> bytes:
    """A program without what only its checks need; sets that are a policy's usual ones are named, not sent."""
    policy, usual = program.policy, _usual()
    pairs = [(getattr(policy, name), getattr(usual, name)) for name in _Opened._fields]
    opened = [None if own == common else frozenset(map(str, own)) for own, common in pairs]
    facts = [getattr(program.facts, name) for name in _fact_names()]
    return marshal.dumps((program.text, program.filename, facts, opened))


def _unpack_program(packed: bytes) -> Program:
    from fukkatsu._language.facts import OriginalFacts
    from fukkatsu._language.program import Program

    text, filename, facts, opened = marshal.loads(packed)  # noqa: S302 - from the host
    usual = _usual()
    sets = (
        getattr(usual, name) if value is None else value for name, value in zip(_Opened._fields, opened, strict=True)
    )
    policy = cast("Policy", _Opened(*sets))  # the three fields that linking reads
    return Program(text, OriginalFacts(**dict(zip(_fact_names(), facts, strict=True))), policy, filename)


class Linked:
    """The function under trial, and the names that examples may use.

    Attributes:
        function: What is called.
        names: What examples see.
        first_line: Line of its ``def`` where decorators stand above it; 0 takes the code object's.
        state: What it can reach without its arguments; ``None`` where nothing is put back between calls.
        code: Of the innermost function.
        files: File names of its code, and of that of the decorators around it.
        adoption: Puts it in the place of the original; ``None`` for the original itself.
    """

    def __init__(self, function: Callable[..., Any], names: dict[str, Any], first_line: int) -> None:
        self.function = function
        self.names = names
        self.first_line = first_line
        self.state: State | None = None
        self.adoption: Adoption | None = None
        self.code: types.CodeType | None = None
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
        self.files: Final = frozenset(files)

    def place(self, exc: BaseException) -> tuple[str, bool]:
        """``function:line:column`` of the innermost frame in the subject's own file, and whether a ``raise`` is there.

        A group that the library made (a task group's) is raised on purpose where all that is in it was. The column
        tells apart what may fail on one line: comprehensions have no frame of their own since 3.12.
        """
        where, deliberate = "", False
        trace = exc.__traceback__
        ended = type(exc) is RuntimeError and isinstance(exc.__cause__, StopIteration | StopAsyncIteration)
        if ended and exc.__cause__ is not None:
            trace = exc.__cause__.__traceback__  # PEP 479: raised for a generator, whose frame only the other has seen
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename in self.files:
                first = self.first_line if self.first_line and code is self.code else code.co_firstlineno
                where = f"{code.co_name}:{trace.tb_lineno - first + 1}:{_column(code, trace.tb_lasti)}"
                deliberate = trace.tb_next is None and _opcode(code, trace.tb_lasti) == "RAISE_VARARGS"
            else:
                deliberate = False
            trace = trace.tb_next
        if isinstance(exc, BaseExceptionGroup) and not deliberate:
            return where, all(self.place(inner)[1] for inner in exc.exceptions)
        return where, deliberate and not ended and not _raise_went_wrong(exc)


_NO_EXCEPTION: Final[dict[type[BaseException], tuple[str, ...]]] = {
    TypeError: ("exceptions must derive from BaseException", "exception causes must derive from BaseException"),
    RuntimeError: ("No active exception to reraise",),
}
_NOT_MADE: Final = ".__init__() missing "


def _raise_went_wrong(exc: BaseException) -> bool:
    """Whether it is the ``raise`` itself that failed: ``raise last``, and *last* is still ``None``; a class that
    cannot be made without arguments. Its instruction stands there too, and nobody meant it.
    """
    told = exc.args[0] if type(exc) in _NO_EXCEPTION and len(exc.args) == 1 else None
    return type(told) is str and (told in _NO_EXCEPTION[type(exc)] or (type(exc) is TypeError and _NOT_MADE in told))


def _column(code: types.CodeType, offset: int) -> int:
    """Where on its line the instruction at *offset* stands, from 1; 0 where that is not known."""
    position = next(itertools.islice(code.co_positions(), max(0, offset) // 2, None), None)
    return 0 if position is None or position[2] is None else position[2] + 1


def _opcode(code: types.CodeType, offset: int) -> str:
    return dis.opname[code.co_code[offset]] if 0 <= offset < len(code.co_code) else ""


def link(subject: tuple[Any, ...], *, watched: bool) -> Linked:
    """Make the function; with *watched* its state is put back after each call.

    Args:
        subject: ``Subject.parts``.
        watched: For a run of independent calls. A runner that is kept keeps its state too.
    """
    kind = subject[0]
    arrive.note_uses("", frozenset())
    arrive.known.clear()
    if kind == "original":
        function = arrive.read_scope(subject[1])
        names = dict(getattr(function, "__globals__", None) or {})
        names[getattr(function, "__name__", "function")] = function
        original = Linked(function, names, subject[2])
        original.state = State(function) if watched else None
        return original
    from fukkatsu._language.guards import end_on_refusal
    from fukkatsu._language.kinds import look_with
    from fukkatsu._language.program import link_program

    end_on_refusal()
    look_with(arrive.type_noted if watched else type)
    arrive.receive()
    program = _unpack_program(subject[1])
    scope = arrive.read_scope(subject[2])
    scope.pop(arrive.KNOWN, None)
    defaults = scope.pop(arrive.DEFAULTS, None) or pickle.loads(subject[3])  # noqa: S301 - from the host
    positional, keyword = defaults if defaults is not None else (None, None)
    code = marshal.loads(subject[4])  # noqa: S302 - from the host
    made = link_program(program, code, scope, defaults=positional, kwdefaults=keyword)
    if watched:
        arrive.note_uses(program.filename, program.facts.tolerated)
    linked = Linked(made, {**scope, made.__name__: made}, 0)
    linked.adoption = Adoption(made, program.facts.module, program.facts.qualname)
    linked.adoption.greet()
    linked.state = State(made, program.facts.free_names) if watched else None
    return linked
