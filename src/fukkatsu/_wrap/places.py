"""Which state besides its arguments a function changes, as its own text shows it, and by which line it has done so.

State means closure variables, globals and attributes of what those (or ``cls``, or ``type(self)``) hold. What other
functions change when they are called is not seen here: that is theirs, as a file that was written is.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, Final, TypeAlias

from fukkatsu._wrap.stateful import CHANGING_CALLS, MUTATORS

_BY_PARTS: Final = frozenset({
    "difference_update", "extend", "extendleft", "intersection_update", "symmetric_difference_update", "update",
})  # fmt: skip
"""Those that may fail half way, because they draw from an iterator."""
_READING_CALLS: Final = frozenset({
    "abs", "all", "any", "bool", "dict", "enumerate", "filter", "float", "format", "frozenset", "hash", "int",
    "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min", "print", "range", "repr", "reversed",
    "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
})  # fmt: skip

_CLOSING_LINES: Final = 20
"""Lines below the last one with code that may still belong to it."""

_CLASSES: Final = frozenset({"cls", "klass", "mcs", "metacls"})
"""What the first parameter is called where it is a class."""

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Loop: TypeAlias = ast.For | ast.AsyncFor | ast.While
_Path: TypeAlias = tuple[str, tuple[str, ...], bool]


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
    """

    root: str
    path: tuple[str, ...]
    deep: bool
    touches: tuple[Touch, ...]

    def __str__(self) -> str:
        return ".".join((self.root, *self.path))


@lru_cache(maxsize=1_024)
def places_of(code: CodeType) -> tuple[Place, ...] | None:
    """The places that the function with *code* changes, lines as in its file; ``None``: its text cannot be read."""
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
        ast.increment_lineno(tree, first - 2)
        found = _definition(tree, code.co_name)
        return None if found is None else tuple(_places(found, frozenset(code.co_freevars)))
    return None


def places_in(text: str, name: str, free: frozenset[str]) -> tuple[Place, ...] | None:
    """The same for the function *name* in *text*, which closes over *free*, with lines as in *text*."""
    try:
        found = _definition(ast.parse(text), name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if found is None else tuple(_places(found, free))


def _last_line(code: CodeType) -> int:
    last = code.co_firstlineno
    for line, end, _, _ in code.co_positions():
        last = max(last, line or 0, end or 0)  # `-X no_debug_ranges` leaves out the ends
    return max([last, *(_last_line(const) for const in code.co_consts if isinstance(const, CodeType))])


def _definition(tree: ast.AST, name: str) -> _Function | None:
    return next((node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name), None)


def _places(function: _Function, free: frozenset[str]) -> Iterator[Place]:
    found: dict[tuple[str, tuple[str, ...]], list[Touch]] = {}
    deep = set()
    reader = _Reader(function, free)
    for node in ast.walk(function):
        for path in reader.changed_by(node):
            if path is not None and reader.is_state(path):
                found.setdefault(path[:2], []).append(reader.touch(node))
                if path[2]:
                    deep.add(path[:2])
    for key, touches in found.items():
        yield Place(*key, key in deep, tuple(touches))


class _Reader:
    """What the names of one function mean, and where its statements stand."""

    def __init__(self, function: _Function, free: frozenset[str]) -> None:
        self.function, self.free = function, free
        self.parents = {child: parent for parent in ast.walk(function) for child in ast.iter_child_nodes(parent)}
        inside = [node for node in ast.walk(function) if node is not function]
        declared = {name for node in inside if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
        self.globals = {name for node in inside if isinstance(node, ast.Global) for name in node.names}
        arguments = function.args
        parameters = [*arguments.posonlyargs, *arguments.args]
        self.first = parameters[0].arg if parameters else ""
        bound = {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        bound |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
        bound |= {node.name for node in inside if isinstance(node, _Function | ast.ClassDef)}
        bound |= {node.name for node in inside if isinstance(node, ast.ExceptHandler) and node.name}
        self.locals = bound - (declared & (free | self.globals))
        self.aliases: dict[str, _Path] = {}
        for node in inside:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                path = self.path(node.value)
                if path is not None and node.targets[0].id in self.locals:
                    self.aliases.setdefault(node.targets[0].id, path)

    def is_state(self, path: _Path) -> bool:
        """Whether what *path* names outlasts the call, and is none of its arguments."""
        root, attributes, _ = path
        if root == self.first:
            return bool(attributes) and (root in _CLASSES or (attributes[0] == "__class__" and len(attributes) > 1))
        return root in self.free or root in self.globals or root not in self.locals

    def path(self, node: ast.AST) -> _Path | None:
        """Root, attributes, and whether it goes on through items, which have no name."""
        match node:
            case ast.Name(id=name):
                if name in self.aliases:
                    return self.aliases[name]
                return (name, (), False) if name not in self.locals or name in (*self.free, self.first) else None
            case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=name)]) if name == self.first:
                return name, ("__class__",), False
            case ast.Attribute(value=value, attr=attribute):
                path = self.path(value)
                return path if path is None or path[2] else (path[0], (*path[1], attribute), False)
            case ast.Subscript(value=value) | ast.Call(func=ast.Attribute(value=value, attr="get" | "setdefault")):
                path = self.path(value)
                return path and (path[0], path[1], True)
        return None

    def changed_by(self, node: ast.AST) -> Iterator[_Path | None]:
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

    def _called(self, node: ast.Call, called: ast.expr) -> Iterator[_Path | None]:
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
                ranges.append(_lines(child))
            if isinstance(parent, ast.Try | ast.TryStar) and child not in parent.body and child not in parent.orelse:
                ranges.append(_lines(parent))
            inner = inner or (isinstance(child, _Function | ast.Lambda) and child is not node)
            child = parent
        assert statement is not None  # noqa: S101 - everything in a body stands in a statement
        first, last = _lines(statement)
        in_place = isinstance(statement, ast.AugAssign)
        rebinds = isinstance(node, ast.Name | ast.Attribute) and not isinstance(node.ctx, ast.Load)
        return Touch(first, last, _only_at_its_end(statement, node), in_place, tuple(ranges), inner, rebinds)


def _is_comprehension(node: ast.AST) -> bool:
    return isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)


def _lines(node: Any) -> tuple[int, int]:
    return (node.lineno, node.end_lineno) if hasattr(node, "lineno") else (0, 1 << 30)


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
