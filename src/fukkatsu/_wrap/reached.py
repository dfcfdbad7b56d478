"""Which state a call may change through the program's own functions that it calls by name, at any depth.

Each function is read once, by its own text; what it changes of its parameters is state for a caller who hands state
over. Not followed are libraries, functions whose text cannot be read, and what is reached by no name: operators and
properties, an item of a table of functions, what a parameter happens to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any, Final, NamedTuple, TypeAlias

from fukkatsu._wrap.named import ABSENT, MOST_FUNCTIONS, looked_up, named_value, own_function
from fukkatsu._wrap.places import SUPER, Path, Place, Reading, Reference, reading_in, reading_of


class Change(NamedTuple):
    """What a call of some function may change.

    Attributes:
        path: A parameter of its own and attributes; else names of *of*'s.
        rebinds: It puts another object there; else it may change the one that is there.
        of: Whose globals and closure variables *path* names; ``None``: a parameter of its own.
    """

    path: Path
    rebinds: bool
    of: Any


Bound: TypeAlias = "tuple[FunctionType, Path | None, object]"
"""A function that is called, what its first parameter is in the caller's names (``None``: it is handed over like the
others), and which object that is."""

_NEW: Final = "a new object"


def places_reached(function: FunctionType, args: tuple[Any, ...]) -> tuple[Place, ...] | None:
    """The state that calls of *function* change, themselves or through others; ``None``: its text cannot be read.

    Args:
        function: Whose.
        args: Of a call: the first one says what ``self`` is.
    """
    reading = reading_of(function.__code__)
    return None if reading is None else _places(function, reading, args)


def places_reached_in(text: str, function: FunctionType, args: tuple[Any, ...]) -> tuple[Place, ...] | None:
    """The same for *text*, which stands in the place of *function*'s own, with lines as in *text*."""
    code = function.__code__
    reading = reading_in(text, code.co_name, frozenset(code.co_freevars))
    return None if reading is None else _places(function, reading, args)


def _places(function: FunctionType, reading: Reading, args: tuple[Any, ...]) -> tuple[Place, ...]:
    found = {(place.root, place.path, place.of): place for place in reading.places}
    first = args[0] if args and reading.parameters else ABSENT
    survey = _Survey(function)
    for reference in reading.references:
        for change in survey.through(function, reading, reference, first):
            if change.of is None and not _is_of_the_class(change.path):
                continue  # an argument: it is kept as one
            root, path, deep = change.path
            touch = replace(reference.touch, at_its_end=False, in_place=False, rebinds=change.rebinds)
            of = change.of if change.of is not None and not _same_names(change.of, function, root) else None
            place = found.get((root, path, of)) or Place(root, path, deep, (), of)
            found[root, path, of] = replace(place, deep=place.deep or deep, touches=(*place.touches, touch))
    return tuple(found.values())


def _is_of_the_class(path: Path) -> bool:
    return path[1][:1] == ("__class__",) and len(path[1]) > 1


def _same_names(one: FunctionType, other: FunctionType, name: str) -> bool:
    """Whether *name* is a global that both have in common."""
    if one is other:
        return True
    free = name in one.__code__.co_freevars or name in other.__code__.co_freevars
    parameter = name in other.__code__.co_varnames[: other.__code__.co_argcount]
    return one.__globals__ is other.__globals__ and not free and not parameter


class _Survey:
    """What the functions behind one function change, each looked at once for each object that it is called on."""

    def __init__(self, function: FunctionType) -> None:
        self._known: dict[tuple[FunctionType, int], tuple[Change, ...]] = {(function, id(ABSENT)): ()}

    def of(self, function: FunctionType, first: object) -> tuple[Change, ...]:
        """What a call of *function* may change of its parameters and of state."""
        key = (function, id(first))
        if key not in self._known and len(self._known) <= MOST_FUNCTIONS:
            self._known[key] = ()  # while it is looked at: recursion
            self._known[key] = tuple(dict.fromkeys(self._changes(function, first)))
        return self._known.get(key, ())

    def _changes(self, function: FunctionType, first: object) -> Iterator[Change]:
        reading = reading_of(function.__code__)
        if reading is None:
            return
        for place in reading.places:
            own = place.root in reading.parameters[:1]
            rebinds = any(touch.rebinds for touch in place.touches)
            yield Change((place.root, place.path, place.deep), rebinds, None if own else function)
        for path, rebinds in reading.arguments:
            yield Change(path, rebinds, None)
        for reference in reading.references:
            yield from self.through(function, reading, reference, first)

    def through(
        self, function: FunctionType, reading: Reading, reference: Reference, first: object
    ) -> Iterator[Change]:
        """What *reference* may change, in the names of *function*."""
        bound = _called(function, reading, reference.path, first)
        theirs = reading_of(bound[0].__code__) if bound is not None else None
        if bound is None or theirs is None:
            return
        callee, holder, known = bound
        for change in self.of(callee, known):
            if change.of is not None:
                yield change
                continue
            path = _handed_over(change.path, theirs.parameters, holder, reference)
            if path is None or (change.rebinds and not path[1]):
                continue  # what nobody else has, or a name of its own
            yield Change(path, change.rebinds, None if path[0] in reading.parameters else function)


def _handed_over(path: Path, parameters: Sequence[str], holder: Path | None, reference: Reference) -> Path | None:
    """*path*, which starts at a parameter of what *reference* calls, in the names of the caller."""
    root, attributes, deep = path
    given = dict(reference.named)
    bound = () if holder is None else (holder,)
    given.update(zip(parameters, (*bound, *reference.given), strict=False))
    source = given.get(root)
    if source is None:
        return None
    if source[0] == _NEW:  # of an object that is only just being made only the class is anybody else's
        return (source[1][0], (*source[1][1:], *attributes[1:]), deep) if _is_of_the_class(path) else None
    if source[2]:
        return source[0], source[1], True
    return source[0], (*source[1], *attributes), deep


def _called(function: FunctionType, reading: Reading, path: Path, first: object) -> Bound | None:
    """The function of the program's own that is called when what *path* names is called."""
    root, attributes, _ = path
    if root == SUPER:
        return _inherited(function, reading, attributes[0], first)
    value = _value_of(function, reading, root, first)
    holder: object = ABSENT
    for attribute in attributes:
        if value is ABSENT:
            return None
        holder, value = value, looked_up(value, attribute)
    before: Path = (root, attributes[:-1], False)
    if isinstance(value, staticmethod):
        value = value.__func__
    elif isinstance(value, classmethod):
        method = own_function(value.__func__, function)
        kind: Path = before if isinstance(holder, type) else (root, (*before[1], "__class__"), False)
        return (method, kind, holder if isinstance(holder, type) else type(holder)) if method is not None else None
    called = own_function(value, function)
    if called is not None:
        is_method = holder is not ABSENT and _in_class(type(holder), attributes[-1], value)
        return called, before if is_method else None, holder if is_method else ABSENT
    if isinstance(value, type):
        made = own_function(looked_up(value, "__init__"), function)
        return (made, (_NEW, (root, *attributes), False), ABSENT) if made is not None else None
    method = own_function(looked_up(type(value), "__call__"), function) if value is not ABSENT else None
    return (method, path, value) if method is not None else None


def _in_class(kind: type, name: str, value: object) -> bool:
    return any(vars(base).get(name, ABSENT) is value for base in kind.__mro__)


def _value_of(function: FunctionType, reading: Reading, root: str, first: object) -> object:
    if root in reading.parameters:
        return first if root == reading.parameters[0] else ABSENT
    return named_value(function, root)


def _inherited(function: FunctionType, reading: Reading, name: str, first: object) -> Bound | None:
    """``super().name``: looked up behind the class that *function* was written in."""
    cell_of = named_value(function, "__class__")
    if first is ABSENT or not isinstance(cell_of, type) or not reading.parameters:
        return None
    kind = first if isinstance(first, type) else type(first)
    behind = kind.__mro__[kind.__mro__.index(cell_of) + 1 :] if cell_of in kind.__mro__ else ()
    value = next((vars(base)[name] for base in behind if name in vars(base)), ABSENT)
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    method = own_function(value, function)
    return (method, (reading.parameters[0], (), False), first) if method is not None else None
