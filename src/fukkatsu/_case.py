"""One failing call from its caller's side: what it was given, what the caller gets, and until when it may wait."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from fukkatsu import events
from fukkatsu._capture.failing import failing_place, named_arguments
from fukkatsu._install import Lifeline
from fukkatsu._look import Look, looking
from fukkatsu._model.verdict import Report
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry
from fukkatsu._settings import Settings
from fukkatsu._switch import is_disabled, repairing
from fukkatsu._wrap import restore
from fukkatsu._wrap.keep import keep, recall
from fukkatsu._wrap.recorder import FailedCall
from fukkatsu._wrap.snapshot import is_flat, is_immutable, unmutated_parameters
from fukkatsu._wrap.stateful import may_have_state
from fukkatsu.errors import CarryError, FlatlineError, said_by

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from types import FunctionType

    from fukkatsu._wrap.state import Moment

_log = logging.getLogger("fukkatsu")

Arguments: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]


class NoRepair(Exception):  # noqa: N818 - a way out of the flow, caught in the engine
    """This failure is not repaired: the original exception goes to the caller, with a note saying why."""


class Postponed(Exception):  # noqa: N818 - likewise
    """The caller does not wait: the repair goes on in the background."""


class Flatline(Exception):  # noqa: N818 - likewise
    """No correction was installed; the text says why.

    Args:
        reason: One sentence.
        personal: It is about this one call (its arguments, say), and says nothing to others who wait for the same
            repair.
    """

    def __init__(self, reason: str, *, personal: bool = False) -> None:
        super().__init__(reason)
        self.personal = personal


class Irrevocable(Flatline):
    """What this one call changed cannot be put back, so it is not made again. Others can be healed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, personal=True)


@dataclass(slots=True, kw_only=True)
class Healed:
    """What answers in the place of the function that failed.

    Attributes:
        function: A fix, or the original when it was a fix that failed.
        judged: The gauntlet ran it on this very call.
    """

    function: Callable[..., Any]
    judged: bool = False


@dataclass(slots=True, kw_only=True)
class Case:
    """One failing call.

    Attributes:
        line: Of the function.
        told: What the decorator was told; files and defaults come later.
        error: What the call raised.
        args: The caller's own objects, as the failed call left them.
        kwargs: Likewise.
        fault: Class and place of the exception: who fails with the same one waits for the same repair.
        deadline: On ``time.monotonic()``.
        delivered: For a generator: copies of the items that the caller was given; ``None`` when nobody looked.
        snapshot: Pickle of the arguments before the call, when somebody looked and could copy them.
        looked: Whether somebody looked.
        by_fix: It was a fix that failed.
        moment: State besides the arguments before the call, when somebody looked.
        beside: Its caller has gone on already.
        loop: The event loop of the caller, when it runs in one.
        reports: Of the suggestions judged for it.
    """

    line: Lifeline
    told: Settings
    error: Exception
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    fault: str
    deadline: float
    delivered: tuple[bytes, ...] | None = None
    snapshot: bytes | None = None
    looked: bool = False
    by_fix: bool = False
    moment: Moment | None = None
    beside: bool = False
    loop: AbstractEventLoop | None = None
    reports: list[Report] = field(default_factory=list)
    known_before: Arguments | None = None
    left_behind: bytes | None = None

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    @looking
    def before(self) -> Arguments:
        """The arguments as they were before the call: a copy, or the objects themselves when proved unchanged.

        Raises:
            NoRepair: Nobody looked, and they may have been changed.
            Flatline: They cannot be carried.
            Irrevocable: What the call did to them cannot be undone.
        """
        if self.known_before is None:
            before = _arguments_before(self)
            _check_state(self)
            if not (self.beside or self._untouched(before) or self._the_same_bytes()):
                problem = restore.why_not_restorable((self.args, self.kwargs), before)
                if problem is not None:
                    raise Irrevocable(problem)
            self.known_before = before
        return self.known_before

    @looking
    def put_back(self) -> None:
        """Make the caller's arguments, and the state that the call changed, what they were before it, in place.

        Raises:
            Flatline: That is not possible, or somebody else has changed them since.
        """
        before = self.before()
        untouched = self._untouched(before)
        if not untouched and self.left_behind is not None and _encoded(self.args, self.kwargs) != self.left_behind:
            msg = "its arguments were changed by others while it was being repaired; they are left as they are"
            raise Flatline(msg, personal=True)
        problem = self.moment.put_back() if self.moment is not None else None
        if problem is None and not (untouched or self._the_same_bytes()):
            problem = restore.restore((self.args, self.kwargs), before)
        if problem is not None:
            raise Flatline(problem, personal=True)

    def original_before(self) -> FunctionType:
        """The original, in the state that it was in before the call: for the sandbox only."""
        return self.line.original if self.moment is None else self.moment.as_it_was(self.line.original)

    @looking
    def for_others(self) -> Case:
        """The same fault, on copies of the arguments, for the calls to come: its caller has gone on.

        Raises:
            NoRepair: As `before`.
            Flatline: Likewise.
            Exception: Whatever the arguments' own classes raise on being copied.
        """
        args, kwargs = _arguments_before(self)
        if not all(map(is_immutable, (*args, *kwargs.values()))):
            args, kwargs = recall(keep((args, kwargs)))
        return replace(
            self,
            args=args,
            kwargs=kwargs,
            snapshot=None,
            moment=None,
            beside=True,
            loop=None,
            reports=[],
            known_before=(args, kwargs),
            left_behind=None,
        )

    def _the_same_bytes(self) -> bool:
        """Whether the arguments are as they were to the last byte: so much is quickly said, however large they are."""
        return self.snapshot is not None and _kept(self.args, self.kwargs) == self.snapshot

    def _untouched(self, before: Arguments) -> bool:
        return before[0] is self.args and before[1] is self.kwargs


def open_case(
    line: Lifeline,
    error: Exception,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    earlier: Case | None = None,
    seen: FailedCall | None = None,
) -> Case | None:
    """The case of a call that raised *error*; ``None`` when it is the caller's own affair, or cannot be looked at.

    Args:
        line: Of the function.
        error: With its traceback.
        args: Of the call.
        kwargs: Likewise.
        earlier: The case that the same call was before, when it is what answered then that has failed now.
        seen: What the recorder saw of the call, where it was asked already.
    """
    if seen is None:
        seen = line.recorder.take_failed(error) if line.recorder is not None else None
    if line.disabled or is_disabled() or repairing.get():
        return None
    try:
        with Look():
            return _opened(line, error, args, kwargs, earlier, seen)
    except Exception as why:  # noqa: BLE001 - our own defect, or code of the objects': the function's exception survives
        _log.error("a failure of %s could not be looked at: %s", line.qualname, said_by(why))
        return None


def _opened(
    line: Lifeline,
    error: Exception,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    earlier: Case | None,
    seen: FailedCall | None,
) -> Case | None:
    told = line.told()
    if issubclass(type(error), (FlatlineError, *told.ignore)):  # what it says of its class is not asked
        return None
    events.emit("failure.seen", line.qualname, exception=type(error).__qualname__)
    by_fix = line.active is not None and failed_in(error, line.active)
    code = getattr(line.active if by_fix else line.original, "__code__", line.original.__code__)
    place, _ = failing_place(error, code)
    case = Case(
        line=line,
        told=told,
        error=error,
        args=args,
        kwargs=kwargs,
        fault=f"{values.class_name(type(error))} at {'fix ' if by_fix else ''}{place}",
        deadline=time.monotonic() + told.deadline_seconds,
        delivered=seen.delivered if seen is not None else None,
        by_fix=by_fix,
        snapshot=seen.arguments if seen is not None else None,
        looked=seen is not None,
        known_before=earlier.known_before if earlier is not None else None,
        moment=earlier.moment if earlier is not None else seen.state if seen is not None else None,
    )
    if case.moment is not None and earlier is not None:
        case.moment.end(failed=True)
    elif case.moment is not None:
        case.moment.narrow(line.original.__code__, error)
    if case.snapshot is not None and not all(map(is_immutable, (*args, *kwargs.values()))):
        case.left_behind = _encoded(args, kwargs)
    return case


def _encoded(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes | None:
    encoded = values.encode([args, kwargs], iterator_items=0)
    return None if encoded.opaque or encoded.truncated else encoded.text


def _kept(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes | None:
    try:
        return keep((args, kwargs))
    except Exception:  # noqa: BLE001 - pickling runs the classes' own code, which may raise anything
        return None


def _arguments_before(case: Case) -> Arguments:
    line, args, kwargs = case.line, case.args, case.kwargs
    if case.snapshot is not None:
        try:
            args_then, kwargs_then = recall(case.snapshot)
        except Exception as why:  # noqa: BLE001 - the classes' own code again
            msg = f"its arguments could be copied before the call, and the copies cannot be read: {_said(why)}"
            raise Flatline(msg, personal=True) from None
        return tuple(args_then), dict(kwargs_then)
    if all(map(is_immutable, (*args, *kwargs.values()))):
        return args, kwargs
    fix = line.active_fix
    text = fix.source if fix is not None and case.by_fix else line.source.text
    shadowed = frozenset(line.original.__globals__) - {"__builtins__"}
    safe = unmutated_parameters(text, shadowed, line.original.__name__)
    named = named_arguments(line.original, args, kwargs)
    if all(is_immutable(value) or (name in safe and is_flat(value)) for name, value in named.items()):
        return args, kwargs
    carried(args, kwargs)
    if case.looked:
        raise Flatline("its arguments cannot be copied, so nobody can say what the call changed in them", personal=True)
    raise _unseen(line, "its arguments")


def carried(args: tuple[Any, ...], kwargs: dict[str, Any], tokens: dict[int, int] | None = None) -> bytes:
    """The arguments on their way into the sandbox; *tokens* as for ``carry_call``.

    Raises:
        Flatline: They cannot travel.
    """
    try:
        return carry.carry_call(args, kwargs, tokens=tokens)
    except CarryError as why:
        raise Flatline(f"its arguments cannot be carried into the sandbox: {why}", personal=True) from None
    except Exception as why:  # noqa: BLE001 - classes, and classes of classes, run code of their own here
        raise Flatline(f"its arguments cannot be carried into the sandbox: {_said(why)}", personal=True) from None


def _said(error: Exception) -> str:
    return said_by(error)[:200]


def _check_state(case: Case) -> None:
    """Make sure that what the call changed besides its arguments can be made what it was.

    Raises:
        NoRepair: Nobody looked, and something may have been changed.
        Irrevocable: It cannot.
    """
    line = case.line
    if case.beside:  # nobody calls it again with these arguments
        return
    if case.moment is not None:
        problem = case.moment.why_not_restorable()
        if problem is not None:
            raise Irrevocable(problem)
        return
    fix = line.active_fix
    if fix is None and not may_have_state(line.original, case.args):
        return
    from fukkatsu._wrap.reached import places_reached, places_reached_in
    from fukkatsu._wrap.state import may_have_changed

    code = line.original.__code__
    if fix is not None and case.by_fix:
        places = places_reached_in(fix.source, line.original, case.args)
        code = getattr(line.active, "__code__", code)
    else:
        places = places_reached(line.original, case.args)
    what = may_have_changed(line.original, places, code, case.error, case.args)
    if what is not None:
        raise _unseen(line, what)


def _unseen(line: Lifeline, what: str) -> NoRepair:
    """The end of a call that nobody had looked at; the next one will be looked at, where that is possible."""
    if line.recorder is None or line.replaced:
        return NoRepair(f"{what} may have been changed by the failed call")
    line.recorder.arm(permanent=True)
    msg = (
        f"{what} may have been changed by the failed call, and nobody had looked before. From now on a copy is "
        "kept before each call, and the next failure will be healed"
    )
    return NoRepair(msg)


def failed_in(error: BaseException, fix: Callable[..., Any]) -> bool:
    """Whether *error* came out of *fix* (one that is served from a sandbox has no frame here, and is blamed)."""
    code = getattr(fix, "__code__", None)
    return code is None or failing_place(error, code)[1]
