"""State besides the arguments, as it was before a call: closure variables, globals, and attributes of what they hold.

A fix starts where the failed call started. A counter that this had moved on already, a list that it had added to, would
otherwise be moved on and added to twice. What cannot be put back with certainty is left as it is, and the call is not
made again: others may have changed it meanwhile.

Looked at is which object a place holds and, in a builtin container, which objects are in it; where items may change in
themselves, all the way down through containers and plain objects (``graph``). What else an object may hide, a library's
say, is looked at from outside only: what its methods do is its own business.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from copy import copy
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from fukkatsu._wrap.access import access
from fukkatsu._wrap.graph import Graph, fill, same
from fukkatsu._wrap.keep import keep, recall
from fukkatsu._wrap.named import ABSENT
from fukkatsu._wrap.places import Place
from fukkatsu._wrap.reached import places_reached

STATE_ITEMS: Final = 10_000
"""A container with more items is not looked at before each call: where it may have changed, no call is made again."""
STATE_BYTES: Final = 64 * 1024
"""The same for one whose items may change in themselves, by the size of its copy."""
_CONTAINERS: Final = (list, dict, set, bytearray, deque)
_lock = threading.RLock()


def _renew_lock() -> None:
    """A thread of the parent's may have held it."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)


class Watch:
    """The state that calls of one function change. Calls that began before anybody looked are not seen.

    Args:
        function: Whose.
        places: What it changes.
    """

    __slots__ = ("_in_flight", "function", "places")

    def __init__(self, function: FunctionType, places: tuple[Place, ...]) -> None:
        self.function, self.places = function, places
        self._in_flight: list[Moment] = []

    def begin(self, args: tuple[Any, ...], *, drawn: bool = False) -> Moment:
        """A call begins now; *drawn* is that of a generator, which its caller may forget at any moment."""
        moment = Moment(self, tuple(Held(self.function, place, args) for place in self.places))
        if drawn:
            return moment
        with _lock:
            ours = moment.owner[0]  # what the parent process had in flight at a fork never ends here
            self._in_flight = [other for other in self._in_flight if other.owner[0] == ours]
            moment.disturbed = any(other.owner != moment.owner for other in self._in_flight)
            for other in self._in_flight:
                other.disturbed = other.disturbed or other.owner != moment.owner
            self._in_flight.append(moment)
        return moment

    def ended(self, moment: Moment) -> None:
        """That call is over."""
        with _lock:
            if moment in self._in_flight:
                self._in_flight.remove(moment)


class Moment:
    """State as it was when one call began.

    Attributes:
        held: What was where, as far as the call may have changed it.
        owner: Process, thread, and task where there is one, that made the call.
        disturbed: Another call of the function was going on meanwhile, or its caller had the floor between two items,
            so nobody can say whose changes are whose.
    """

    __slots__ = ("_all", "_left_behind", "_watch", "disturbed", "held", "owner")

    def __init__(self, watch: Watch, held: tuple[Held, ...]) -> None:
        self._watch = watch
        self.held = self._all = held
        self._left_behind: list[tuple[Any, Any]] = []
        self.owner = _owner()
        self.disturbed = False

    def end(self, *, failed: bool) -> None:
        """The call is over; what a failed one left behind must still be there when it is put back.

        Told again when a fix that answered for it has failed in its turn: that may have changed more.
        """
        self._watch.ended(self)
        self.held = self._all
        if failed:
            self._left_behind = [(now, _left(now, each)) for now, each in ((each.now(), each) for each in self.held)]

    def narrow(self, code: CodeType, error: BaseException) -> None:
        """Leave aside what the call, which ran *code*, cannot have changed before it raised *error*."""
        lines = _lines_of(code, error)
        kept = [not lines or _may_have_changed(each, code, lines) for each in self.held]
        self._left_behind = [each for each, keeps in zip(self._left_behind, kept, strict=False) if keeps]
        self.held = tuple(each for each, keeps in zip(self.held, kept, strict=True) if keeps)

    @property
    def changed(self) -> tuple[Held, ...]:
        """What is not as it was, or cannot be told."""
        return tuple(each for each in self.held if each.changed())

    def why_not_restorable(self) -> str | None:
        """Why the state cannot be made what it was; ``None`` when it can, or nothing has changed."""
        for each in self.changed:
            if self.disturbed:
                return f"it changed {each.place}, and others may have changed that meanwhile"
            if not each.restorable():
                return f"it may have changed {each.place} half way, which cannot be put back with certainty"
        return None

    def put_back(self) -> str | None:
        """Make the state what it was when the call began; or say why not, and change nothing."""
        changed, problem = self.changed, self.why_not_restorable()
        if problem is not None or not changed:
            return problem
        for each, (was, contents) in zip(self.held, self._left_behind, strict=False):
            now = each.now()
            since = contents.changed() if isinstance(contents, Graph) else not same(_contents(now), contents)
            if now is not was or since:
                return f"{each.place} was changed by others while it was being repaired, and is left as it is"
        for each in changed:
            each.put_back()
        return None

    def as_it_was(self, function: FunctionType) -> FunctionType:
        """*function* with copies of closure variables and globals as they were: for trials, never to be put to work."""
        before = {str(each.place): each.copied() for each in self.changed if not each.place.path and not each.place.of}
        if not before or self.why_not_restorable() is not None:
            return function
        free = function.__code__.co_freevars
        cells = tuple(
            CellType(before[name]) if name in before and before[name] is not ABSENT else cell
            for name, cell in zip(free, function.__closure__ or (), strict=True)
        )
        names = {name: value for name, value in before.items() if name not in free}
        namespace = function.__globals__
        if names:
            namespace = {name: names.get(name, value) for name, value in {**namespace, **names}.items()}
            namespace = {name: value for name, value in namespace.items() if value is not ABSENT}
            for name, value in namespace.items():  # what it calls changes the same globals
                if type(value) is FunctionType and value.__globals__ is function.__globals__:
                    namespace[name] = _twin(value, namespace, value.__closure__)
        return _twin(function, namespace, cells)


class Held:
    """One place, and what it held when the call began.

    Attributes:
        place: Where.
        value: The very object; ``ABSENT`` when there was none.
    """

    __slots__ = ("_copy", "_graph", "_items", "_read", "_write", "place", "value")

    def __init__(self, function: FunctionType, place: Place, args: tuple[Any, ...]) -> None:
        self.place = place
        self._read, self._write = access(function, place, args)
        self.value = self._read()
        self._items = _contents(self.value)
        self._copy: bytes | None = None
        self._graph: Graph | None = None
        if place.deep and self._items is not None:
            graph = Graph(self.value)
            self._graph = graph if graph.whole else None
        if place.deep and self._items is not None and self._graph is None:
            try:
                self._copy = keep(self.value)
            except Exception:  # noqa: BLE001 - pickling runs the classes' own code, which may raise anything
                self._copy = None
            if self._copy is not None and len(self._copy) > STATE_BYTES:
                self._copy = None

    @property
    def steady(self) -> bool:
        """Whether the object itself is not looked into: only which one it is counts."""
        return not isinstance(self.value, _CONTAINERS)

    @property
    def known(self) -> bool:
        """Whether there is enough to compare with."""
        if self.steady or self._graph is not None:
            return True
        return self._items is not None and (self._copy is not None or not self.place.deep)

    @property
    def looked_into(self) -> bool:
        """Whether it is known what was in each part of it."""
        return self._graph is not None

    def now(self) -> Any:
        """What the place holds now."""
        return self._read()

    def changed(self) -> bool:
        """Whether it holds something else now, or may do so."""
        now = self.now()
        if now is not self.value or not self.known:
            return True
        if self.steady:
            return False
        if self._graph is not None:
            return self._graph.changed()
        return not same(_contents(now), self._items) or (self._copy is not None and not _equal(now, self._copy))

    def restorable(self) -> bool:
        """Whether its items, if they are put back, are what they were."""
        if self.steady or not self.known:
            return self.steady
        return self._copy is None or _equal(fill(copy(self.value), self._items), self._copy)

    def put_back(self) -> None:
        """Have the place hold the same object again, with the same items in it."""
        if self._graph is not None:
            self._graph.put_back()
        elif not self.steady:
            fill(self.value, self._items)
        if self.now() is not self.value:
            self._write(self.value)

    def copied(self) -> Any:
        """A copy of the value as it was."""
        if self.steady or not self.known:
            return self.value
        if self._graph is not None:
            return self._graph.copied()
        return recall(self._copy) if self._copy is not None else fill(copy(self.value), self._items)


def _twin(function: FunctionType, namespace: dict[str, Any], cells: tuple[CellType, ...] | None) -> FunctionType:
    twin = FunctionType(function.__code__, namespace, function.__name__, function.__defaults__, cells)
    twin.__kwdefaults__, twin.__qualname__ = function.__kwdefaults__, function.__qualname__
    twin.__module__, twin.__doc__ = function.__module__, function.__doc__
    twin.__annotations__ = function.__annotations__
    twin.__dict__.update(function.__dict__)
    return twin


def watch(function: FunctionType, args: tuple[Any, ...] = ()) -> Watch | None:
    """What is to be looked at before each call of *function*; ``None``: it changes nothing but its arguments.

    Args:
        function: Whose calls.
        args: Of the first one, which says what ``self`` is.
    """
    places = places_reached(function, args)
    return Watch(function, places) if places else None


def may_have_changed(
    function: FunctionType,
    places: tuple[Place, ...] | None,
    code: CodeType,
    error: BaseException,
    args: tuple[Any, ...],
) -> str | None:
    """Which state a call may have changed before it raised *error*, when nobody had looked; ``None``: none.

    Args:
        function: The original, whose globals and closure they are.
        places: What the code changes, with lines as *error*'s traceback has them; ``None`` when nobody knows.
        code: What ran: the original's, or that of a fix.
        error: With its traceback.
        args: Of the call.
    """
    if places is None:
        return None
    lines = _lines_of(code, error)
    if not lines:
        return None  # it ran elsewhere: a fix that is served from a sandbox
    found = (place for place in places if _may_have_changed(Held(function, place, args), code, lines))
    return next(map(str, found), None)


def _lines_of(code: CodeType, error: BaseException) -> list[int]:
    """The lines on which calls of *code* stood when *error* was raised, the outermost first."""
    lines = []
    entry = error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code is code:
            lines.append(entry.tb_lineno or 0)
        entry = entry.tb_next
    return lines


def _may_have_changed(held: Held, code: CodeType, lines: list[int]) -> bool:
    if len(lines) > 1 or code.co_name in (*code.co_names, *code.co_freevars):  # recursion: other calls have run
        return any(each.rebinds or not held.steady for each in held.place.touches)
    return any(each.may_have_run(lines[0], steady=held.steady) for each in held.place.touches)


def _contents(value: Any) -> Any:
    """The objects in a builtin container; ``None`` for other values, and where there are too many."""
    if not isinstance(value, _CONTAINERS) or len(value) > STATE_ITEMS:
        return None
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, bytearray):
        return bytes(value)
    return set(value) if isinstance(value, set) else list(value)


def _equal(now: Any, then: bytes) -> bool:
    from fukkatsu._wrap.restore import is_equal  # it compares values of every kind: not before a failure

    return is_equal(now, recall(then))


def _left(now: Any, held: Held) -> Any:
    """What a failed call left behind in *now*, to tell later whether others have changed that since."""
    return Graph(now) if held.looked_into and isinstance(now, _CONTAINERS) else _contents(now)


def _owner() -> tuple[int, int, int]:
    """The thread, and the task that runs in it: two tasks of one thread take turns."""
    task: object = None
    tasks = sys.modules.get("asyncio.tasks")
    if tasks is not None:
        try:
            task = tasks.current_task()
        except (RuntimeError, AttributeError):  # no event loop; or it is only just being imported
            task = None
    return os.getpid(), threading.get_ident(), id(task)
