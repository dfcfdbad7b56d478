"""Generators that a correction leaves suspended: what they still have to run is run before the call ends.

A generator that stands still inside a ``try`` with ``finally``, or a ``with``, runs the rest when it is dropped: when
the last reference goes, which a cycle puts off until some later collection, and out of sight, since the interpreter
prints what is raised there and goes on. So nothing is left suspended when a call returns (``Left.close``), and what no
handler of a correction may catch is raised again at its end when a generator was dropped with it (``Left.noted``).

It costs the functions that define such generators a few tenths of a microsecond for each of them, and others nothing.
What is handed back to the caller, started or not, is the caller's own to finish.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import contextvars
import dis
import functools
import gc
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from fukkatsu._language.refusals import refuse
from fukkatsu._language.trees import nodes_of_the_call

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
YIELDS: Final = frozenset({ast.Yield, ast.YieldFrom})
_WITHS: Final = (ast.With, ast.AsyncWith)
_TRIES: Final = (ast.Try, ast.TryStar)


# -- which functions are such generators -----------------------------------------------------------------------------


def is_pausing(definition: Function) -> bool:
    """Whether *definition* is a generator that yields where something is left to run when it is dropped.

    A handler counts unless it is of a plain exception: what closes a generator is none, and only a tuple or a variable
    could hold it.
    """
    for node in nodes_of_the_call(definition.body):
        if isinstance(node, _WITHS):
            inside: list[ast.stmt] = node.body
        elif isinstance(node, _TRIES) and (node.finalbody or any(map(_may_be_wide, node.handlers))):
            inside = [*node.body, *node.orelse]
            for handler in node.handlers if node.finalbody else ():
                inside += handler.body
        else:
            continue
        if any(type(part) in YIELDS for part in nodes_of_the_call(inside)):
            return True
    return False


def is_generator(definition: Function) -> bool:
    """Whether *definition* yields."""
    return any(type(node) in YIELDS for node in nodes_of_the_call(definition.body))


def _may_be_wide(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and not (isinstance(handler.type, ast.Name) and handler.type.id.endswith("Error"))


def pausing_inside(target: Function) -> list[Function]:
    """The generators of that kind that are defined inside *target*."""
    return [
        node for node in ast.walk(target) if node is not target and isinstance(node, FUNCTIONS) and is_pausing(node)
    ]


def starts_tasks(nodes: list[ast.AST], names: frozenset[str]) -> bool:
    """Whether a text names ``as_completed``, or one of *names* that it has in the module: see ``Left.started``."""
    for node in nodes:
        kind = type(node)
        if kind is ast.Name:
            if node.id == _STARTING or node.id in names:  # type: ignore[attr-defined]  # its kind was asked for
                return True
        elif isinstance(node, ast.Attribute):
            if node.attr == _STARTING:
                return True
        elif isinstance(node, (ast.alias, ast.Constant)) and _STARTING in (
            getattr(node, "name", ""),
            getattr(node, "value", ""),
        ):
            return True
    return False


_STARTING: Final = "as_completed"


def names_itself(target: ast.AST, name: str) -> Iterator[ast.expr]:
    """Where a text looks up *name*, by itself or as an attribute."""
    for node in ast.walk(target):
        if (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)) or (
            isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load)
        ):
            yield node


# -- while they run --------------------------------------------------------------------------------------------------


class Left:
    """Of one call: the generators that it made and that are not done yet.

    Attributes:
        noted: What a generator ended with that no handler may catch; ``None`` for nothing.
        error: What the call itself ends with; ``None`` for nothing.
    """

    __slots__ = ("_given", "_harmless", "_kept", "_limits", "_made", "_over", "_tasks", "_token", "error", "noted")

    def __init__(self, limits: tuple[type[BaseException], ...], harmless: tuple[type[BaseException], ...]) -> None:
        self._limits, self._harmless = limits, harmless
        self._made: dict[int, weakref.ref[Any]] = {}  # in the order in which they were made
        self._kept: list[Any] = []
        self._tasks: list[tuple[int, list[Any]]] = []
        self._given: Any = None
        self._over = False
        self._token: contextvars.Token[Left] | None = None
        self.noted: BaseException | None = None
        self.error: BaseException | None = None

    def current(self) -> Left:
        """From now on it is this one that generators beside the function are noted in, until the call ends."""
        self._token = _current.set(self)
        return self

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """*function*, a generator that the text defines inside the function, noted whenever it makes one.

        Those of an event loop are kept: one that is dropped would be finished by a task that outlives the call.
        """
        note = self._keep if function.__code__.co_flags & _ASYNC else self._note

        def make(*args: Any, **kwargs: Any) -> Any:
            made = function(*args, **kwargs)
            note(made)
            return made

        functools.update_wrapper(make, function)
        del make.__wrapped__  # type: ignore[attr-defined]  # made a line above; it would lead past the note
        return make

    def again(self, function: Any) -> Any:
        """*function*, perhaps the correction itself under its own name: what it makes is kept until the call ends."""
        if not callable(function):
            return function

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            made = function(*args, **kwargs)
            if type(made) is types.GeneratorType or type(made) is types.AsyncGeneratorType:
                self._keep(made)
            return made

        return call

    def _note(self, made: Any) -> None:
        if self._over:
            return
        known, number = self._made, id(made)
        known[number] = weakref.ref(made, lambda _: known.pop(number, None))

    def _keep(self, made: Any) -> None:
        if self._over:
            return
        self._kept.append(made)
        if len(self._kept) & 63 == 0:
            self._kept = [each for each in self._kept if not _is_done(each)]

    def started(self, iterator: Any, tasks: list[Any]) -> None:
        """*iterator* starts *tasks* when it is drawn from: they end with the call, unless that gives it back.

        Raises:
            GuardRefusal: The call has ended.
        """
        if self._over:
            refuse("as_completed() starts tasks, which nothing would end after the call")
        self._keep(iterator)
        self._tasks.append((id(iterator), tasks))

    def given(self, value: Any) -> Any:
        """*value*, which the call returns."""
        self._given = value
        return value

    def close(self) -> None:
        """At the end of the call: finish what is suspended, and raise what was lost on the way.

        Raises:
            BaseException: What no handler of a correction catches, from a generator that was dropped or is closed here.
        """
        if self._made or self._kept:
            theirs = _reached_from(self._given)
            while (left := self._next(types.GeneratorType, theirs)) is not None:
                try:
                    left.close()
                except BaseException as error:  # noqa: BLE001 - what is no limit is lost, as when it is dropped
                    self._lose(error)
                if not _is_done(left):  # it yields instead: so does the original
                    theirs.add(id(left))
        self._end()

    async def aclose(self) -> None:
        """Likewise, of an asynchronous function: with its asynchronous generators."""
        theirs = _reached_from(self._given)
        running = [each for made, tasks in self._tasks if made not in theirs for each in tasks if not each.done()]
        for task in running:
            task.cancel()
        if running and not isinstance(self.error, GeneratorExit):  # else nobody is there to wait
            await sys.modules["asyncio"].wait(running)
        while (left := self._next(types.AsyncGeneratorType, theirs)) is not None:
            try:
                await left.aclose()
            except BaseException as error:  # noqa: BLE001 - likewise
                self._lose(error)
            if not _is_done(left):
                theirs.add(id(left))
        self.close()

    def _next(self, kind: type, theirs: set[int]) -> Any:
        """The suspended one of *kind* that was made last; ``None`` when there is none."""
        made = [each for known in reversed([*self._made.values()]) if (each := known()) is not None]
        for each in (*made, *reversed(self._kept)):
            if type(each) is kind and _is_suspended(each) and id(each) not in theirs:
                return each
        return None

    def _lose(self, error: BaseException) -> None:
        if self.noted is None and self._passes(error):
            self.noted = error

    def _passes(self, error: BaseException | None) -> bool:
        return error is not None and (isinstance(error, self._limits) or not isinstance(error, self._harmless))

    def _end(self) -> None:
        self._over = True
        if self._token is not None:
            with contextlib.suppress(ValueError):  # a coroutine that is closed by whoever finds it left over
                _current.reset(self._token)
            self._token = None
        noted, error = self.noted, self.error
        self.noted = self.error = self._given = None
        self._kept.clear()
        self._tasks.clear()
        if noted is not None and not self._passes(error):
            raise noted


_current: Final[contextvars.ContextVar[Left]] = contextvars.ContextVar("fukkatsu.left")


def note_tasks(iterator: Any, tasks: list[Any]) -> Any:
    """*iterator*, whose *tasks* end with the call that is running: see ``Left.started``."""
    left = _current.get(None)
    if left is None:
        refuse("as_completed() is open by its own name only: its tasks end with the function that names it")
    left.started(iterator, tasks)
    return iterator


def beside(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function*, a generator that stands beside the function, noted by the call that makes one."""

    def make(*args: Any, **kwargs: Any) -> Any:
        left = _current.get(None)
        return function(*args, **kwargs) if left is None else left.of(function)(*args, **kwargs)

    functools.update_wrapper(make, function)
    del make.__wrapped__  # type: ignore[attr-defined]  # as above
    return make


_ASYNC: Final = 0x200  # CO_ASYNC_GENERATOR


def _is_done(made: Any) -> bool:
    return (made.gi_frame if type(made) is types.GeneratorType else made.ag_frame) is None


def _is_suspended(made: Any) -> bool:
    """Whether it was started and stands still; one that was not has nothing to run."""
    if type(made) is types.GeneratorType:
        return bool(made.gi_suspended)
    if made.ag_frame is None or made.ag_running:
        return False
    return bool(made.ag_frame.f_lasti > 2 * made.ag_code.co_code[::2].index(_RETURN_GENERATOR))  # what made it


_RETURN_GENERATOR: Final = dis.opmap["RETURN_GENERATOR"]
_MOST_WALKED: Final = 1_000
_LOOKED_INTO: Final = ("builtins", "itertools", "functools", "types")


def _reached_from(result: Any) -> set[int]:
    """Ids of the generators that draw the result, when that is an iterator: they are the caller's."""
    if not hasattr(type(result), "__next__") and not hasattr(type(result), "__anext__"):
        return set()
    found, pending, walked = {id(result)}, [result], 0
    while pending and walked < _MOST_WALKED:
        walked += 1
        for part in gc.get_referents(pending.pop()):
            kind = type(part)
            if id(part) in found or isinstance(part, (type, types.ModuleType, dict, Left)):
                continue
            if kind.__module__ in _LOOKED_INTO:
                found.add(id(part))
                pending.append(part)
    return found


def asyncio_cancelled() -> type[BaseException]:
    """What ends a task, where there are any."""
    found: type[BaseException] = getattr(sys.modules.get("asyncio.exceptions"), "CancelledError", GeneratorExit)
    return found


def passes(error: BaseException | None, limits: tuple[type[BaseException], ...]) -> bool | int:
    """Whether *error* is one that no handler of a correction catches; ``2`` for what ends a generator or a task."""
    if isinstance(error, (GeneratorExit, asyncio_cancelled())):
        return 2
    if isinstance(error, BaseExceptionGroup):
        return not isinstance(error, Exception) or bool(limits and error.subgroup(limits))
    return not isinstance(error, Exception) or isinstance(error, limits)


def raise_due(first: BaseException, then: BaseException, limits: tuple[type[BaseException], ...]) -> None:
    """Raise *first*, in whose place an ``__exit__`` raised *then*, unless *then* may take it.

    Cancellation becomes a timeout, or is told among the failures of a group of tasks, by those who asked for it.
    """
    ending = passes(first, limits)
    if not ending or passes(then, limits) is True:
        return
    if ending == 2 and isinstance(then, (TimeoutError, BaseExceptionGroup)) and not isinstance(first, GeneratorExit):
        return
    raise first


def cells_of_suspended(limits: tuple[type[BaseException], ...], permitted: frozenset[str]) -> dict[str, Any]:
    """What the transformer's code asks for.

    Args:
        limits: Exceptions that no handler of the correction catches.
        permitted: Builtin names that it may use.
    """
    named = tuple(getattr(builtins, name) for name in _OF_CONTROL if name in permitted)
    harmless = (Exception, GeneratorExit, asyncio_cancelled(), *named)
    return {
        ".harmless": harmless,
        ".instead": lambda first, then: raise_due(first, then, limits),
        ".leaving": lambda: Left(limits, harmless),
        ".leaving_all": lambda: Left(limits, harmless).current(),
        ".left_at": lambda: _current.get(None) or Left(limits, harmless),
        ".beside": beside,
    }


_OF_CONTROL: Final = ("BaseException", "BaseExceptionGroup", "KeyboardInterrupt", "SystemExit")
