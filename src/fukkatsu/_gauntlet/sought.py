"""Which places of a function's arguments an expression in its text is about, as far as a glance can tell.

``order.get("fee")`` is about what stands under the key ``"fee"``, ``self.limit`` about an attribute of that name,
``for item in items: ... item`` about the items of a parameter. A name is followed to what it is given in the function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText
from fukkatsu._oracle.places import Step

_DEPTH: Final = 6
_SAME: Final = frozenset(
    {
        "abs", "int", "float", "str", "round", "len", "bool", "list", "tuple", "set", "dict", "sorted", "reversed",
        "iter", "frozenset",
    }
)  # fmt: skip
"""Builtins whose answer is empty, or zero, where their argument is."""
_ONE_OF: Final = frozenset({"min", "max", "next"})
_KEEP: Final = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "copy", "splitlines"})
_LOOK_UP: Final = frozenset({"get", "pop", "setdefault"})


@dataclass(frozen=True, slots=True)
class Sought:
    """What an expression is about.

    Attributes:
        how: ``"parameter"``, ``"attribute"``, ``"key"``, or ``"item"``: an item or a value of a container.
        name: Of the parameter or attribute, or the key; ``None`` for items.
        inside: What holds the items, where that can be told.
    """

    how: str
    name: Any = None
    inside: Sought | None = None

    def fits(self, path: Sequence[Step]) -> bool:
        """Whether *path* leads to such a place."""
        how, name = path[-1]
        if self.how != "item":
            return how == self.how and type(name) is type(self.name) and bool(name == self.name)
        if how == "parameter":
            return False
        return how in ("item", "key") and (self.inside is None or self.inside.fits(path[:-1]))


class Reader:
    """Reads the expressions of one function."""

    def __init__(self, text: ReadText) -> None:
        arguments = text.function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        self.parameters = {argument.arg for argument in every}
        self.given: dict[str, list[tuple[str, Any]]] = {}
        for node in text.below:
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        """What names are given by one statement."""
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                self.given.setdefault(name, []).append(("value", value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.given.setdefault(name, []).append(("value", value))
            case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
                self._loop(target, source)
            case ast.comprehension(target=target, iter=source):
                self._loop(target, source)

    def _loop(self, target: ast.expr, source: ast.expr) -> None:
        match target, source:
            case ast.Tuple(elts=[_, last]), ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                self._loop(last, inner)
            case ast.Tuple(elts=[_, last]), ast.Call(func=ast.Attribute(value=inner, attr="items")):
                self._loop(last, inner)
            case ast.Tuple(elts=parts), ast.Call(func=ast.Name(id="zip"), args=sources):
                for part, inner in zip(parts, sources, strict=False):
                    self._loop(part, inner)
            case ast.Tuple(elts=parts), _:
                for part in parts:
                    if isinstance(part, ast.Name):
                        self.given.setdefault(part.id, []).append(("part", source))
            case _, ast.Call(func=ast.Attribute(value=inner, attr="values")):
                self._loop(target, inner)
            case ast.Name(id=name), _:
                self.given.setdefault(name, []).append(("item", source))

    def sought(self, node: ast.expr, depth: int = 0) -> Iterator[Sought]:
        """What *node* is about; nothing where that cannot be told."""
        if depth > _DEPTH:
            return
        match node:
            case ast.Name(id=name):
                if name in self.parameters:
                    yield Sought("parameter", name)
                for how, value in self.given.get(name, ()):
                    for one in self.sought(value, depth + 1):
                        inner = Sought("item", inside=one)
                        yield one if how == "value" else inner if how == "item" else Sought("item", inside=inner)
            case ast.Attribute(attr=attribute):
                yield Sought("attribute", attribute)
            case ast.Subscript(value=value, slice=ast.Constant(value=str() as key)):
                yield Sought("key", key)
            case ast.Subscript(value=value, slice=index):
                for one in self.sought(value, depth + 1):
                    yield one if isinstance(index, ast.Slice) else Sought("item", inside=one)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                yield from self.sought(value, depth + 1)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self.sought(value, depth + 1)
            case ast.IfExp(body=body, orelse=other):
                yield from self.sought(body, depth + 1)
                yield from self.sought(other, depth + 1)
            case ast.Call():
                yield from self._called(node, depth)

    def _called(self, node: ast.Call, depth: int) -> Iterator[Sought]:
        match node:
            case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=key), *_]) if method in _LOOK_UP:
                yield Sought("key", key)
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _LOOK_UP:
                yield from (Sought("item", inside=one) for one in self.sought(value, depth + 1))
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _KEEP:
                yield from self.sought(value, depth + 1)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str() as name), *_]):
                yield Sought("attribute", name)
            case ast.Call(func=ast.Name(id=name), args=[value, *_]) if name in _SAME:
                yield from self.sought(value, depth + 1)
            case ast.Call(func=ast.Name(id=name), args=[value]) if name in _ONE_OF:
                yield from (Sought("item", inside=one) for one in self.sought(value, depth + 1))
