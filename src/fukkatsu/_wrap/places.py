"""Which state besides its arguments a function changes, as its own text shows it, and by which line it has done so.

State means closure variables, globals and attributes of what those (or ``cls``, or ``type(self)``) hold. What the
functions that it calls change is read from their texts in the same way, and put together in ``reached``.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any, Final, TypeAlias

from fukkatsu._wrap.writes import CHANGING_CALLS, MUTATORS

_BY_PARTS: Final = frozenset({
    "difference_update", "extend", "extendleft", "intersection_update", "symmetric_difference_update", "update",
})  # fmt: skip
"""Those that may fail half way, because they draw from an iterator."""
_READING_CALLS: Final = frozenset({
    "abs", "all", "any", "bool", "dict", "enumerate", "filter", "float", "format", "frozenset", "hash", "int",
    "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min", "print", "range", "repr", "reversed",
    "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
})  # fmt: skip

SUPER: Final = "super()"
"""Root of what is looked up behind the class that the function was written in."""
_VIEWS: Final = frozenset({"items", "keys", "values"})
_DRAWING: Final = frozenset({"enumerate", "iter", "list", "reversed", "sorted", "tuple"})

_CLOSING_LINES: Final = 20
"""Lines below the last one with code that may still belong to it."""

_CLASSES: Final = frozenset({"cls", "klass", "mcs", "metacls"})
"""What the first parameter is called where it is a class."""

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Loop: TypeAlias = ast.For | ast.AsyncFor | ast.While
Path: TypeAlias = tuple[str, tuple[str, ...], bool]
"""A name, attributes from there on, and whether it goes on through items, which have no name."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One statement that changes a place.

    Attributes:
        first: Its first line, in the text that was parsed.
        last: Its last line.
        at_its_end: It changes nothing unless its right-hand side, or its arguments, could be worked out.
        in_place: The same, for values that cannot change; a list could have grown by half of the right-hand side.
        ranges: First and last lines of what may have run it before a failure in there: loops around it, and for a
            handler or a ``finally`` the statement that it belongs to.
        inner: It stands in a nested function, which may be called at any time.
        rebinds: It puts another object in the place; else it may change the one that is there.
    """

    first: int
    last: int
    at_its_end: bool
    in_place: bool
    ranges: tuple[tuple[int, int], ...]
    inner: bool
    rebinds: bool

    def may_have_run(self, line: int, *, steady: bool) -> bool:
        """Whether it may have changed something before the function failed on *line*.

        A *steady* value is not looked into: only putting another in its place is a change.
        """
        if steady and not self.rebinds:
            return False
        if self.inner or any(first <= line <= last for first, last in self.ranges):
            return True
        return line > self.last or (self.first <= line and not (self.at_its_end and (steady or not self.in_place)))


@dataclass(frozen=True, slots=True)
class Place:
    """A name, or an attribute reached from it, whose value the function changes or rebinds.

    Attributes:
        root: Name of a closure variable, of a global, or of the first parameter where that is, or leads to, a class.
        path: Attributes from there on.
        deep: What changes may be an item of the value's, or an item's item; else the value itself, or which it is.
        touches: Where that happens.
        of: The function whose names these are; ``None``: the one that the place is a place of.
    """

    root: str
    path: tuple[str, ...]
    deep: bool
    touches: tuple[Touch, ...]
    of: Any = None  # type checkers would take a `FunctionType` in a class for a method

    def __str__(self) -> str:
        return ".".join((self.root, *self.path))


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that the function names, and may call there.

    Attributes:
        path: What, from a name or from `SUPER` on.
        given: The names that it hands over by position, as far as these are known.
        named: Those that it hands over by keyword.
        touch: Where.
    """

    path: Path
    given: tuple[Path | None, ...]
    named: tuple[tuple[str, Path | None], ...]
    touch: Touch


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text of one function says.

    Attributes:
        parameters: Its positional parameters, in order.
        places: The state that it changes itself.
        arguments: What it changes of its parameters: path, and whether another object is put there.
        references: What it may call.
    """

    parameters: tuple[str, ...]
    places: tuple[Place, ...]
    arguments: tuple[tuple[Path, bool], ...]
    references: tuple[Reference, ...]


def places_of(code: CodeType) -> tuple[Place, ...] | None:
    """The places that the function with *code* itself changes, lines as in its file; ``None``: it cannot be read."""
    reading = reading_of(code)
    return None if reading is None else reading.places


def places_in(text: str, name: str, free: frozenset[str]) -> tuple[Place, ...] | None:
    """The same for the function *name* in *text*, which closes over *free*, with lines as in *text*."""
    reading = reading_in(text, name, free)
    return None if reading is None else reading.places


@lru_cache(maxsize=1_024)
def reading_of(code: CodeType) -> Reading | None:
    """What the text of the function with *code* says, lines as in its file; ``None``: it cannot be read."""
    first, lines = code.co_firstlineno, linecache.getlines(code.co_filename)
    last = _last_line(code)
    for end in range(last, min(last + _CLOSING_LINES, len(lines)) + 1):
        text = "".join(lines[first - 1 : end])
        try:
            tree = ast.parse(f"if 1:\n{text}" if text[:1].isspace() else f"\n{text}")
        except SyntaxError:
            continue  # brackets that are closed further down
        except (ValueError, RecursionError, MemoryError):
            break
        found = _definition(tree, code.co_name)
        return None if found is None else _read(found, frozenset(code.co_freevars), first - 2)
    return None


def reading_in(text: str, name: str, free: frozenset[str]) -> Reading | None:
    """The same for the function *name* in *text*, which closes over *free*, with lines as in *text*."""
    try:
        found = _definition(ast.parse(text), name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if found is None else _read(found, free)


def _last_line(code: CodeType) -> int:
    last = code.co_firstlineno
    for line, end, _, _ in code.co_positions():
        last = max(last, line or 0, end or 0)  # `-X no_debug_ranges` leaves out the ends
    return max([last, *(_last_line(const) for const in code.co_consts if isinstance(const, CodeType))])


def _definition(tree: ast.AST, name: str) -> _Function | None:
    return next((node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name), None)


def _read(function: _Function, free: frozenset[str], above: int = 0) -> Reading:
    """*above* is how many lines of its file stand above the text that was parsed."""
    found: dict[tuple[str, tuple[str, ...]], list[Touch]] = {}
    deep = set()
    arguments: dict[Path, bool] = {}
    reader = _Reader(function, free, above)
    for node in reader.nodes:
        for path in reader.changed_by(node):
            if path is not None and reader.is_state(path):
                found.setdefault(path[:2], []).append(reader.touch(node))
                if path[2]:
                    deep.add(path[:2])
            elif path is not None and path[0] in reader.parameters:
                arguments[path] = arguments.get(path, False) or _rebinds(node)
    places = tuple(Place(*key, key in deep, tuple(touches)) for key, touches in found.items())
    positional = [*function.args.posonlyargs, *function.args.args]
    references = tuple(reader.references())
    return Reading(tuple(each.arg for each in positional), places, tuple(arguments.items()), references)


class _Reader:
    """What the names of one function mean, and where its statements stand."""

    def __init__(self, function: _Function, free: frozenset[str], above: int) -> None:
        self.function, self.free, self.above = function, free, above
        # The body alone: what decorators, defaults and annotations do is done when the function is made.
        self.nodes: list[ast.AST] = list(function.body)
        self.parents: dict[ast.AST, ast.AST] = dict.fromkeys(function.body, function)
        for node in self.nodes:  # it grows meanwhile: one walk for everything, since walking is what takes long
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                if not isinstance(child, ast.expr_context | ast.operator | ast.cmpop):
                    self.nodes.append(child)
        inside = self.nodes
        declared = {name for node in inside if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
        self.globals = {name for node in inside if isinstance(node, ast.Global) for name in node.names}
        arguments = function.args
        parameters = [*arguments.posonlyargs, *arguments.args]
        self.first = parameters[0].arg if parameters else ""
        bound = {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        bound |= {node.arg for node in (*inside, *ast.walk(arguments)) if isinstance(node, ast.arg)}
        bound |= {node.name for node in inside if isinstance(node, _Function | ast.ClassDef)}
        bound |= {node.name for node in inside if isinstance(node, ast.ExceptHandler) and node.name}
        self.locals = bound - (declared & (free | self.globals))
        self.aliases: dict[str, Path] = {}
        self.parameters: frozenset[str] = frozenset()
        self._find_aliases(inside)
        stored = {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        every = (*parameters, *arguments.kwonlyargs)
        self.parameters = frozenset(each.arg for each in every if each.arg not in stored)
        self._find_aliases(inside)  # those of state go first: what a name may stand for, it stands for

    def _find_aliases(self, inside: list[ast.AST]) -> None:
        for node in inside:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.NamedExpr(target=ast.Name(id=name), value=value)
                ):
                    path = self.path(value)
                case (
                    ast.For(target=ast.Name(id=name), iter=value)
                    | ast.comprehension(target=ast.Name(id=name), iter=value)
                ):
                    path = self._items_of(value)
                case ast.For(target=ast.Tuple(elts=[_, ast.Name(id=name)]), iter=value):
                    path = self._items_of(value)
                case _:
                    continue
            if path is not None and name in self.locals:
                self.aliases.setdefault(name, path)

    def _items_of(self, node: ast.expr) -> Path | None:
        """What a loop over *node* draws: items, which have no name."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _DRAWING and node.args:
            node = node.args[0]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS:
            node = node.func.value
        path = self.path(node)
        return path and (path[0], path[1], True)

    def is_state(self, path: Path) -> bool:
        """Whether what *path* names outlasts the call, and is none of its arguments."""
        root, attributes, _ = path
        if root == self.first:
            return bool(attributes) and (root in _CLASSES or (attributes[0] == "__class__" and len(attributes) > 1))
        return root in self.free or root in self.globals or root not in self.locals

    def path(self, node: ast.AST) -> Path | None:
        """What *node* names, where that can be said."""
        match node:
            case ast.Name(id=name):
                if name in self.aliases:
                    return self.aliases[name]
                known = name not in self.locals or name in (*self.free, self.first) or name in self.parameters
                return (name, (), False) if known else None
            case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=name)]) if name == self.first:
                return name, ("__class__",), False
            case ast.Attribute(value=value, attr=attribute):
                path = self.path(value)
                return path if path is None or path[2] else (path[0], (*path[1], attribute), False)
            case ast.Subscript(value=value) | ast.Call(func=ast.Attribute(value=value, attr="get" | "setdefault")):
                path = self.path(value)
                return path and (path[0], path[1], True)
        return None

    def changed_by(self, node: ast.AST) -> Iterator[Path | None]:
        """The paths that *node* itself changes."""
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                if name in self.globals or (name in self.free and name not in self.locals):
                    yield name, (), False
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield self.path(node)
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                yield self.path(value)
            case ast.AugAssign(target=ast.Name(id=name)) if name in self.aliases:
                yield self.aliases[name]
            case ast.Call(func=called):
                yield from self._called(node, called)
            case ast.Name(id=name) if name in self.free and name not in self.locals and self._handed_on(node):
                yield name, (), True

    def references(self) -> Iterator[Reference]:
        """What is called in the body, and what is named there and may be called by others."""
        for node in self.nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))) as called):
                    yield self._reference(node, (SUPER, (called.attr,), False))
                case ast.Call(func=called):
                    path = self.path(called)
                    if path is not None and not path[2]:
                        yield self._reference(node, path)
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                    parent = self.parents[node]
                    if isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and parent.func is node):
                        continue
                    path = self.path(node)
                    if path is None or path[2]:
                        continue
                    if path[0] not in self.parameters or (path[0] == self.first and path[1]):
                        yield Reference(path, (), (), self.touch(node))

    def _reference(self, node: ast.Call, path: Path) -> Reference:
        plain = next((at for at, each in enumerate(node.args) if isinstance(each, ast.Starred)), len(node.args))
        given = tuple(map(self.path, node.args[:plain]))
        named = tuple((each.arg, self.path(each.value)) for each in node.keywords if each.arg)
        return Reference(path, given, named, replace(self.touch(node), at_its_end=False, in_place=False))

    def _called(self, node: ast.Call, called: ast.expr) -> Iterator[Path | None]:
        if isinstance(called, ast.Attribute) and called.attr in MUTATORS:
            yield self.path(called.value)
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name in CHANGING_CALLS:
            yield from map(self.path, node.args)

    def _handed_on(self, node: ast.Name) -> bool:
        """Whether a closure variable is given away, to be changed by whoever gets it."""
        parent = self.parents[node]
        if isinstance(parent, ast.keyword):
            return True
        if isinstance(parent, ast.Call) and node in parent.args:
            return not (isinstance(parent.func, ast.Name) and parent.func.id in _READING_CALLS)
        return False

    def touch(self, node: ast.AST) -> Touch:
        """Where *node* stands."""
        ranges: list[tuple[int, int]] = []
        inner, statement, child = False, None, node
        while child is not self.function:
            parent = self.parents[child]
            if statement is None and isinstance(child, ast.stmt):
                statement = child
            if isinstance(child, _Loop | ast.comprehension) or _is_comprehension(child):
                ranges.append(self._lines(child))
            if isinstance(parent, ast.Try | ast.TryStar) and child not in parent.body and child not in parent.orelse:
                ranges.append(self._lines(parent))
            inner = inner or (isinstance(child, _Function | ast.Lambda) and child is not node)
            child = parent
        assert statement is not None  # noqa: S101 - everything in a body stands in a statement
        first, last = self._lines(statement)
        in_place = isinstance(statement, ast.AugAssign)
        return Touch(first, last, _only_at_its_end(statement, node), in_place, tuple(ranges), inner, _rebinds(node))

    def _lines(self, node: Any) -> tuple[int, int]:
        if not hasattr(node, "lineno"):
            return 0, 1 << 30
        return node.lineno + self.above, node.end_lineno + self.above


def _rebinds(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and not isinstance(node.ctx, ast.Load)


def _is_comprehension(node: ast.AST) -> bool:
    return isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)


def _only_at_its_end(statement: ast.stmt, node: ast.AST) -> bool:
    """Whether *node* is the last thing that *statement* does."""
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return target is node
        case ast.AugAssign(target=target):
            return node in (target, statement)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=called)) as value):
            return value is node and called in MUTATORS - _BY_PARTS
    return False
