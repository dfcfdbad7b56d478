"""What builtin containers and plain objects hold, all the way down, so that it can be put back into the very same ones.

A copy cannot do that: what is inside of it are other objects. Here it is noted which objects each container and each
object's ``__dict__`` held, and these are put back into it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final, cast

from fukkatsu._oracle.values_locks import LOCKS

MOST_PARTS: Final = 4_000
"""Values walked before giving up."""
_MAPPINGS: Final = (dict, OrderedDict, defaultdict, Counter)
_CONTAINERS: Final = frozenset({list, set, bytearray, deque, *_MAPPINGS})
_WITHOUT: Final = frozenset({
    FunctionType, BuiltinFunctionType, MethodType, ModuleType, *LOCKS,
})  # fmt: skip
"""What nobody would put back: looked at is only which one it is."""


class Graph:
    """Every container and plain object that can be reached from *value* through others, with what it holds now.

    Attributes:
        whole: Whether that is all there is. Otherwise something in it cannot be looked into, or there is too much.
    """

    __slots__ = ("_nodes", "_value", "whole")

    def __init__(self, value: object) -> None:
        self._value = value
        self._nodes: dict[int, tuple[Any, Any]] = {}
        self.whole = self._walk(value)

    def _walk(self, value: object) -> bool:
        from fukkatsu._wrap.snapshot import is_scalar  # it knows decimals and dates: not before there is need

        pending, seen = [value], 0
        while pending:
            each = pending.pop()
            seen += 1
            if seen > MOST_PARTS:
                return False
            kind = type(each)
            if is_scalar(each) or kind in _WITHOUT or issubclass(kind, type) or id(each) in self._nodes:
                continue
            if kind is tuple or kind is frozenset:
                pending.extend(cast("tuple[object, ...]", each))
                continue
            inside = _inside(each)
            if inside is None:
                return False
            held = _held(inside)
            self._nodes[id(each)] = inside, held
            if isinstance(held, dict):
                pending.extend(held)
                pending.extend(held.values())
            elif not isinstance(held, bytes):
                pending.extend(held)
        return True

    def changed(self) -> bool:
        """Whether any of them holds something else now."""
        return not all(same(_held(inside), held) for inside, held in self._nodes.values())

    def put_back(self) -> None:
        """Have each of them hold what it held, in the same order."""
        for inside, held in self._nodes.values():
            if not same(_held(inside), held):
                fill(inside, held)

    def copied(self) -> Any:
        """A copy of the value as it was, aliases and cycles included."""
        return self._copy(self._value, {})

    def _copy(self, value: Any, made: dict[int, Any]) -> Any:
        if id(value) in made:
            return made[id(value)]
        kind = type(value)
        if kind is tuple or kind is frozenset:
            return kind([self._copy(each, made) for each in value])
        if id(value) not in self._nodes:
            return value
        held = self._nodes[id(value)][1]
        if kind not in _CONTAINERS:
            new: Any = object.__new__(kind)
            inside = new.__dict__
        elif kind is defaultdict:
            new = inside = defaultdict(value.default_factory)
        else:
            new = inside = deque(maxlen=value.maxlen) if kind is deque else kind()
        made[id(value)] = new
        if isinstance(held, dict):
            fill(inside, {self._copy(key, made): self._copy(each, made) for key, each in held.items()})
        else:
            fill(inside, held if isinstance(held, bytes) else [self._copy(each, made) for each in held])
        return new


def _inside(value: object) -> Any:
    """The container that *value* is, or keeps its attributes in; ``None``: it may hold more than that."""
    kind = type(value)
    if kind in _CONTAINERS:
        return value
    # An object that Python code defines in full: made by `object` itself, attributes in a dict, and nowhere else.
    if not kind.__flags__ & 1 << 9 or kind.__new__ is not object.__new__ or kind.__dictoffset__ == 0:
        return None
    if any(vars(base).get("__slots__") for base in kind.__mro__):
        return None
    attributes = object.__getattribute__(value, "__dict__")
    return attributes if type(attributes) is dict else None


def _held(inside: Any) -> Any:
    if isinstance(inside, _MAPPINGS):
        return dict(inside)
    if isinstance(inside, bytearray):
        return bytes(inside)
    return set(inside) if isinstance(inside, set) else list(inside)


def same(now: Any, then: Any) -> bool:
    """Whether two contents are the same objects, in the same order where there is one."""
    if type(now) is not type(then):
        return False
    if now is None:  # of what is no container
        return True
    if len(now) != len(then):
        return False
    if isinstance(now, dict):
        return all(a is c and b is d for (a, b), (c, d) in zip(now.items(), then.items(), strict=False))
    if isinstance(now, list):
        return all(a is b for a, b in zip(now, then, strict=False))
    if isinstance(now, set):
        return {id(each) for each in now} == {id(each) for each in then}
    return bool(now == then)


def fill(container: Any, contents: Any) -> Any:
    """Have *container* hold *contents*, and nothing else."""
    if isinstance(container, list | bytearray):
        container[:] = contents
        return container
    container.clear()
    if isinstance(container, deque):
        container.extend(contents)
    elif isinstance(container, dict) and not isinstance(container, OrderedDict):
        dict.update(container, contents)  # a Counter would add
    else:
        container.update(contents)
    return container
