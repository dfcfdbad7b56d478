"""Bounded memory of good calls, and arguments as they were before a call.

While the recorder is armed, a shim stands in the wrapper's cell: it pickles the arguments before the call and the
result after it. When its budget is used it puts the raw function back, so that the steady cost is none at all, and is
woken up for a few calls after 1, 2, 4 … 300 seconds. What is kept is diverse rather than much: the shape with the most
calls makes room first.
"""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from threading import RLock
from time import perf_counter
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fukkatsu._look import Look
from fukkatsu._reach import NOWHERE, Places, places_in
from fukkatsu._switch import repairing
from fukkatsu._wrap.delegate import Ended, Tally, counted, counted_async
from fukkatsu._wrap.factory import kind_of
from fukkatsu._wrap.keep import keep
from fukkatsu._wrap.rearm import FIRST_SECONDS, LONGEST_SECONDS, schedule
from fukkatsu._wrap.stateful import may_have_state

if TYPE_CHECKING:
    from fukkatsu._wrap.state import Moment, Watch

FIRST_CALLS: Final = 32
"""Calls recorded after decoration."""
LATER_CALLS: Final = 4
"""Calls recorded each time the recorder wakes up again."""
SHAPE_CALLS: Final = 32
"""Good calls kept of one shape of arguments."""
CALL_BYTES: Final = 8 * 1024
"""A call whose arguments or result take more than this is not kept as a good call."""
FUNCTION_BYTES: Final = 64 * 1024
"""All good calls of one function; the oldest of the most frequent shape go first."""
SNAPSHOT_BYTES: Final = 64 * 1024 * 1024
"""Arguments larger than this are not snapshot: the function fails as it would without us."""
SNAPSHOT_SHARE: Final = 0.05
"""A snapshot is kept up for good while pickling costs less than this share of the function's own time."""
Shape: TypeAlias = tuple[tuple[object, ...], ...]
PENDING: Final = 64
"""Snapshots of calls that have raised and not been asked for yet."""


@dataclass(frozen=True, slots=True)
class GoodCall:
    """One remembered call: pickles made by this process, for this process.

    Attributes:
        arguments: ``(args, kwargs)`` before the call.
        result: ``(result, args, kwargs)`` after it, in one pickle so that aliasing survives; empty when it raised, or
            when what it yielded was not kept: then only the original can say it again.
        raised: Qualified name of the exception's class, when the call raised one that is not to be healed; else empty.
        places: Where objects of the function's own scope stand among the arguments: in the pickles they are copies.
    """

    arguments: bytes
    result: bytes
    raised: str = ""
    places: Places = NOWHERE


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that raised, as the recorder saw it.

    Attributes:
        arguments: Pickle of ``(args, kwargs)`` before the call; ``None`` when they could not be copied.
        delivered: For a generator copies of the items that its caller was given before; ``None`` when they could not
            be kept, or are not all there is to say, because the caller sent or threw something in.
        state: Closure variables and globals before the call, where the function changes such.
    """

    arguments: bytes | None
    delivered: tuple[bytes, ...] | None = ()
    state: Moment | None = None


# One lock for all recorders: what it guards takes microseconds, and a forked child needs a new one. Reentrant: a
# collection may begin in the midst of it, and finalizers may call decorated functions.
_lock = RLock()


def _renew_lock() -> None:
    global _lock
    _lock = RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)


def kept(value: object, limit: int) -> bytes | None:
    """A copy of *value* in at most *limit* bytes, or ``None``: it is too large or cannot be copied."""
    try:
        data = keep(value)
    except Exception:  # noqa: BLE001 - pickling runs the classes' own code, which may raise anything
        return None
    return data if len(data) <= limit else None


class Recorder:
    """Good calls of one function; thread-safe.

    Args:
        function: What is called and recorded.
        set_inner: Puts a callable into the wrapper's cell.
        ignore: Exceptions that are answers, not failures: they are remembered as good calls.
        catch: Exceptions that somebody will ask about.
    """

    __slots__ = (
        "__weakref__",
        "_bytes",
        "_calls",
        "_catch",
        "_function",
        "_ignore",
        "_left",
        "_on_duty",
        "_pending",
        "_permanent",
        "_set_inner",
        "_shapes",
        "_spent",
        "_wait_seconds",
        "_watch",
        "_worked",
    )

    def __init__(
        self,
        function: FunctionType,
        set_inner: Callable[[Callable[..., Any]], None],
        ignore: tuple[type[BaseException], ...],
        catch: type[Exception] | tuple[type[Exception], ...] = Exception,
    ) -> None:
        self._function, self._set_inner, self._ignore, self._catch = function, set_inner, ignore, catch
        self._watch: Watch | bool | None = None  # not looked for yet; `False`: it changes nothing but its arguments
        self._left = 0
        self._on_duty = False  # whether what stands in the cell is this recorder's to decide
        self._wait_seconds = FIRST_SECONDS
        self._permanent = False
        self._bytes = 0
        self._calls: OrderedDict[bytes, GoodCall] = OrderedDict()
        self._shapes: dict[bytes, Shape] = {}
        self._pending: OrderedDict[int, tuple[BaseException, FailedCall]] = OrderedDict()
        self._spent = self._worked = 0.0

    def arm(self, calls: int = FIRST_CALLS, *, permanent: bool = False) -> None:
        """Record the next *calls* calls; with *permanent* keep taking snapshots after that."""
        with _lock:
            self._left = max(self._left, calls)
            self._on_duty = True
            self._permanent = self._permanent or permanent
            self._set_inner(self._shims()[kind_of(self._function.__code__)])

    def disarm(self) -> None:
        """Stop recording; the caller decides what stands in the cell."""
        with _lock:
            self._left, self._permanent, self._on_duty = 0, False, False

    def wake(self) -> bool:
        """Record a few calls more, unless something else stands in the cell; ``False`` when now is not the moment."""
        if not _lock.acquire(blocking=False):  # called from a collection, which must not wait
            return False
        try:
            if self._on_duty:
                self.arm(LATER_CALLS)
        finally:
            _lock.release()
        return True

    @property
    def armed(self) -> bool:
        """Whether the shim is in place."""
        return self._left > 0 or self._permanent

    def good_calls(self) -> tuple[GoodCall, ...]:
        """What is remembered, oldest first."""
        with _lock:
            return tuple(self._calls.values())

    def diverse(self, limit: int) -> tuple[GoodCall, ...]:
        """At most *limit* of them, oldest first: of each shape in turn the newest, until there are enough."""
        with _lock:
            by_shape: dict[Shape, list[bytes]] = {}
            for before in self._calls:
                by_shape.setdefault(self._shapes[before], []).append(before)
            chosen: set[bytes] = set()
            while by_shape and len(chosen) < limit:
                for shape in list(by_shape):
                    if len(chosen) < limit:
                        chosen.add(by_shape[shape].pop())
                    if not by_shape[shape]:
                        del by_shape[shape]
            return tuple(call for before, call in self._calls.items() if before in chosen)

    def take_failed(self, error: BaseException) -> FailedCall | None:
        """What was seen of the call that raised *error*, handed out once; ``None`` when nobody looked."""
        with _lock:
            entry = self._pending.pop(id(error), None)
        return entry[1] if entry is not None and entry[0] is error else None

    def _shims(self) -> dict[str, Callable[..., Any]]:
        return {
            "plain": self._plain,
            "coroutine": self._coroutine,
            "generator": self._generator,
            "async generator": self._async_generator,
        }

    def _plain(self, /, *args: Any, **kwargs: Any) -> Any:
        if repairing.get():  # called by a look at the arguments of another call, or of this very one
            return self._function(*args, **kwargs)
        started = perf_counter()
        before, shape = kept((args, kwargs), SNAPSHOT_BYTES), shape_of_call(args, kwargs)
        state, failed = self._begun(args), True
        called = perf_counter()
        try:
            result = self._function(*args, **kwargs)
            failed = False
        except Exception as error:
            self._raised(error, before, shape, state=state)
            raise
        finally:
            if state is not None:
                _end(state, failed=failed)
            self._count(called - started, perf_counter() - called)
        self._returned(before, shape, result, args, kwargs)
        return result

    async def _coroutine(self, /, *args: Any, **kwargs: Any) -> Any:
        if repairing.get():
            return await self._function(*args, **kwargs)
        started = perf_counter()
        before, shape = kept((args, kwargs), SNAPSHOT_BYTES), shape_of_call(args, kwargs)
        state, failed = self._begun(args), True
        called = perf_counter()
        try:
            result = await self._function(*args, **kwargs)
            failed = False
        except Exception as error:
            self._raised(error, before, shape, state=state)
            raise
        finally:
            if state is not None:
                _end(state, failed=failed)
            self._count(called - started, perf_counter() - called)
        self._returned(before, shape, result, args, kwargs)
        return result

    def _generator(self, /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        made: Generator[Any, Any, Any] = self._function(*args, **kwargs)
        return made if repairing.get() else counted(made, self._opened(args, kwargs))

    def _async_generator(self, /, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        made: AsyncGenerator[Any, Any] = self._function(*args, **kwargs)
        return made if repairing.get() else counted_async(made, self._opened(args, kwargs))

    def _opened(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Ended:
        """Before the first item. How long a generator works is its caller's affair: no share of it is counted."""
        before, shape = kept((args, kwargs), SNAPSHOT_BYTES), shape_of_call(args, kwargs)
        state = self._begun(args, drawn=True)
        self._count(1.0, 0.0)

        def ended(tally: Tally, error: Exception | None) -> None:
            if state is not None:
                state.disturbed = tally.items != []
                _end(state, failed=error is not None)
            if error is not None:
                self._raised(error, before, shape, tally, state)
            elif not tally.conversed:
                self._remember(before, b"", "", shape)

        return ended

    def _returned(
        self, before: bytes | None, shape: Shape, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if before is not None and len(before) <= CALL_BYTES and self._left >= 0:
            after = kept((result, args, kwargs), CALL_BYTES) if _settled(result) else None
            if after is not None:
                self._remember(before, after, "", shape, places_in(self._function, args, kwargs))

    def _begun(self, args: tuple[Any, ...], *, drawn: bool = False) -> Moment | None:
        """State besides the arguments, where the function's own text shows that it changes such."""
        try:
            if self._watch is None:
                with _lock:  # one for all callers, or those of the first moment would not see each other
                    if self._watch is None:
                        self._watch = may_have_state(self._function, args) and self._watching(args)
            if isinstance(self._watch, bool):
                return None
            with Look():
                return self._watch.begin(args, drawn=drawn)
        except Exception:  # noqa: BLE001 - containers of the user's own kind run their own code when they are copied
            return None

    def _watching(self, args: tuple[Any, ...]) -> Watch | bool:
        from fukkatsu._wrap.state import watch  # not before a function that needs it: it reads source

        return watch(self._function, args) or False

    def _raised(
        self,
        error: Exception,
        before: bytes | None,
        shape: Shape,
        tally: Tally | None = None,
        state: Moment | None = None,
    ) -> None:
        if issubclass(type(error), self._ignore):  # what it says of its class is not asked
            from fukkatsu._oracle.values import class_name  # not before an exception: importing fukkatsu is cheap

            self._remember(before if tally is None else None, b"", class_name(type(error)), shape)
            return
        if not issubclass(type(error), self._catch):
            return  # nobody will ask, and it would be kept alive for nothing
        delivered: tuple[bytes, ...] | None = ()
        if tally is not None:
            delivered = None if tally.conversed or tally.items is None else tuple(tally.items)
        with _lock:
            self._pending[id(error)] = (error, FailedCall(before, delivered, state))
            while len(self._pending) > PENDING:
                self._pending.popitem(last=False)

    def _count(self, pickling: float, working: float) -> None:
        with _lock:
            self._spent += pickling
            self._worked += working
            self._left -= 1
            if self._left > 0 or not self._on_duty:
                return
            if self._left == 0:
                schedule(self, self._wait_seconds)
                self._wait_seconds = min(2 * self._wait_seconds, LONGEST_SECONDS)
            if not self._permanent and self._spent > SNAPSHOT_SHARE * self._worked:
                self._set_inner(self._function)

    def _remember(
        self, before: bytes | None, after: bytes, raised: str, shape: Shape, places: Places = NOWHERE
    ) -> None:
        if before is None or len(before) > CALL_BYTES:
            return
        with _lock:
            if self._left < 0:  # only snapshots are taken now
                return
            if before in self._calls:
                self._forget(before)
            self._calls[before] = GoodCall(before, after, raised, places)
            self._shapes[before] = shape
            self._bytes += len(before) + len(after)
            same = [known for known, its in self._shapes.items() if its == shape]
            if len(same) > SHAPE_CALLS:
                self._forget(next(known for known in self._calls if known in same))
            while self._bytes > FUNCTION_BYTES:
                frequency = Counter(self._shapes.values())
                most = max(frequency.values())
                self._forget(next(known for known in self._calls if frequency[self._shapes[known]] == most))

    def _forget(self, before: bytes) -> None:
        call = self._calls.pop(before)
        del self._shapes[before]
        self._bytes -= len(call.arguments) + len(call.result)


def shape_of_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Shape:
    """What kind of arguments these are: class and trait (sign, emptiness, class of the first item) of each."""
    return tuple(map(_trait, args)), tuple((name, *_trait(kwargs[name])) for name in sorted(kwargs))


def _trait(value: Any) -> tuple[int, object]:
    kind = type(value)  # looked at by identity: a metaclass may have an equality of its own
    trait: object = None
    if kind is bool:
        trait = value
    elif kind is int or kind is float:
        trait = (value > 0) - (value < 0)
    elif kind is str or kind is bytes or kind is dict or kind is set or kind is frozenset:
        trait = bool(value)
    elif kind is list or kind is tuple:
        trait = id(type(value[0])) if value else None
    return id(kind), trait  # a class may have no hash of its own; the id has, and a class seldom goes


def _settled(result: object) -> bool:
    """Whether *result* is there already: an iterator would be used up by looking at it."""
    return not any("__next__" in vars(base) for base in type(result).__mro__)


def _end(state: Moment, *, failed: bool) -> None:
    try:
        with Look():
            state.end(failed=failed)
    except Exception:  # noqa: BLE001 - as when it began
        state.disturbed = True
