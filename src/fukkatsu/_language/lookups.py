"""Where an attribute look-up could meet a module, and the cheapest place to find out.

``self.np.load`` is a walk through a module that no name told of. A check at each look-up would slow every loop, so the
text decides: most look-ups cannot meet a module (on data that the text makes itself, on what a view of the standard
library gives, of a method that only data have), a name is looked over once when it is bound, and only what is left
(``a.b.c``, ``f(x).c``, ``d[k].c``) is looked over where it stands.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from fukkatsu._language.attributes import ALSO_OF_PATHS, BUFFER, METHODS_OF_DATA, is_dunder
from fukkatsu._language.callings import OF_BUILTINS
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.textgate import flatten

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS: Final = (ast.For, ast.AsyncFor)
# Operators are counted as data: an author's class whose `+` gives a module is none that anybody wrote.
_DATA: Final = frozenset(
    {
        ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp,
        ast.GeneratorExp, ast.Lambda, ast.Compare, ast.BinOp, ast.UnaryOp,
    }
)  # fmt: skip
_MAKERS: Final = frozenset(
    "abs bool bytearray bytes complex dict divmod enumerate filter float format frozenset hash hex int isinstance len"
    " list map object oct ord chr range repr reversed round set slice sorted str super tuple type zip".split()
)
_MADE: Final = frozenset(
    {
        ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp,
        ast.Compare,
    }
)  # fmt: skip
_BUILTIN: Final = frozenset("bool bytearray bytes dict float frozenset int len list set sorted str tuple".split())
_OF_TEXTS: Final = frozenset("strip lower upper split rstrip lstrip replace join format splitlines casefold".split())
# Modules whose functions and classes keep nothing that they are given: what is called there gives no module. Not
# `types`, whose namespaces do, nor `json`, whose hooks give anything.
_ROUNDS: Final = 30
_GIVEN: Final = frozenset({"tzinfo", "string"})
_VALUES: Final = frozenset({"cmath", "datetime", "decimal", "fractions", "math", "re"})
_Home: TypeAlias = Literal["anybody's", "library's", "of values"]


@dataclass(slots=True)
class LookUps:
    """The look-ups of one text that could meet a module.

    Attributes:
        guarded: ``id()`` of the attribute nodes that are looked over where they stand.
        bound: Names that are looked over when they are bound: by a parameter, an assignment, a loop or a with.
        data: Names that are bound to texts, numbers and containers that the text makes itself, and to nothing else.
        buffers: ``id()`` of look-ups of ``data``, which of an array is its memory.
        moving: ``id()`` of look-ups of ``ALSO_OF_PATHS`` that could be those of a path, where they reach the disk.
    """

    guarded: set[int] = field(default_factory=set)
    moving: set[int] = field(default_factory=set)
    buffers: set[int] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    data: frozenset[str] = frozenset()


def find_look_ups(nodes: list[ast.AST], facts: OriginalFacts) -> LookUps:
    """The look-ups in *nodes*, a whole text, that could meet a module.

    Names of the original's module and closure are looked over where they are read, when they changed since.
    """
    suspects = [
        node
        for node in nodes
        if type(node) is ast.Attribute and type(node.ctx) is ast.Load and not is_dunder(node.attr)
        and (node.attr not in METHODS_OF_DATA or node.attr in ALSO_OF_PATHS)
    ]  # fmt: skip
    found = LookUps()
    if not suspects and not any(type(node) is ast.Attribute and node.attr in OF_BUILTINS for node in nodes):
        return found
    names = _Names(nodes, facts)
    found.data = names.made
    for node in suspects:
        base = node.value
        own = isinstance(base, ast.Name) and base.id in facts.scope_names
        if node.attr in ALSO_OF_PATHS and node.attr not in facts.looked_up and (own or not names.is_data(base)):
            found.moving.add(id(node))
            continue
        if node.attr in METHODS_OF_DATA or names.is_data(base):
            if node.attr == BUFFER and own:
                found.buffers.add(id(node))
            continue
        if node.attr == BUFFER:
            found.buffers.add(id(node))
            continue
        if isinstance(base, ast.Name) and base.id not in names.loose:
            found.bound.add(base.id)
        else:
            found.guarded.add(id(node))
    return found


_BINDING: Final = frozenset(
    {
        ast.Lambda, *_FUNCTIONS, ast.Assign, ast.AnnAssign, ast.AugAssign, *_LOOPS, ast.With, ast.AsyncWith,
        ast.NamedExpr, ast.ExceptHandler, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.MatchAs,
        ast.MatchStar, ast.MatchMapping,
    }
)  # fmt: skip


class _Names:
    """What the names of one text are bound to, as far as it matters whether that could be a module."""

    def __init__(self, nodes: list[ast.AST], facts: OriginalFacts) -> None:
        self._facts = facts
        self._views: dict[str, _Home] = {name: _home_of(module) for name, module in facts.modules}
        values: dict[str, list[ast.expr | None]] = {}  # None: whatever comes
        targets: set[int] = set()
        self.loose: set[str] = set()
        whatever: set[str] = set()  # bound in the middle of an expression, to whatever comes
        names: list[ast.Name] = []
        for node in nodes:
            kind = type(node)
            if kind is ast.Name:
                names.append(node)  # type: ignore[arg-type]  # `kind` says which node it is
            elif kind not in _BINDING:
                continue
            elif isinstance(node, ast.Lambda):
                whatever.update(arg.arg for arg in flatten(node.args) if isinstance(arg, ast.arg))
            elif isinstance(node, _FUNCTIONS):
                arguments = node.args
                for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                    values.setdefault(arg.arg, []).append(None)  # `self` too: anything can be passed for it
                for rest in (arguments.vararg, arguments.kwarg):  # a tuple, a dict
                    if rest is not None:
                        values.setdefault(rest.arg, [])
                values.setdefault(node.name, [])
                if node.decorator_list:  # whatever those give
                    whatever.add(node.name)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value, values, targets)
            elif isinstance(node, ast.AnnAssign):
                if node.value is not None:
                    self._bind(node.target, node.value, values, targets)
            elif isinstance(node, ast.AugAssign):
                if isinstance(node.target, ast.Name):
                    targets.add(id(node.target))
                    values.setdefault(node.target.id, [])
            elif isinstance(node, _LOOPS):
                self._bind(node.target, None, values, targets)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                for item in node.items:
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, None, values, targets)
            elif isinstance(node, ast.NamedExpr):
                targets.add(id(node.target))
                values.setdefault(node.target.id, []).append(node.value)
                self.loose.add(node.target.id)
            elif isinstance(node, ast.ExceptHandler):
                if node.name:
                    values.setdefault(node.name, [])
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                self.loose.update(node.names)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                home = "" if isinstance(node, ast.Import) else node.module or ""
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    values.setdefault(name, [])
                    given = _home_of(home or alias.name)
                    self._views[name] = given if self._views.get(name, given) == given else "anybody's"
            elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
                whatever.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                whatever.add(node.rest)
        for place in names:  # what is left are the targets of comprehensions
            if isinstance(place.ctx, ast.Store) and id(place) not in targets:
                whatever.add(place.id)
        for bound in whatever:
            values.setdefault(bound, []).append(None)
        self.loose |= whatever
        self._bound = self.loose | values.keys()
        self._data = set(values)
        self._views = {
            name: home
            for name, home in self._views.items()
            if name not in values or not values[name]  # bound to nothing else
        }
        self._settle(values)
        self.made = frozenset(
            name for name in self._data if values.get(name) and all(self._is_made(value) for value in values[name])
        )

    def _is_made(self, node: ast.expr | None) -> bool:
        """Whether *node* is of a builtin type, whose methods are the builtin ones."""
        if isinstance(node, ast.BinOp):
            return isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr in _OF_TEXTS:
                return self._is_made(function.value)
            name = function.id if isinstance(function, ast.Name) else ""
            return name in _BUILTIN and name not in self._bound and name not in self._facts.scope_names
        return type(node) in _MADE

    @staticmethod
    def _bind(
        target: ast.expr, value: ast.expr | None, values: dict[str, list[ast.expr | None]], targets: set[int]
    ) -> None:
        if isinstance(target, ast.Name):
            targets.add(id(target))
            values.setdefault(target.id, []).append(value)
        else:
            for part in flatten(target):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    targets.add(id(part))
                    values.setdefault(part.id, []).append(None)

    def _settle(self, values: dict[str, list[ast.expr | None]]) -> None:
        """Names are data until something else is found among what they are bound to."""
        own = self._facts.scope_names
        for _ in range(_ROUNDS):
            other = {
                name
                for name in self._data
                if name in own or any(value is None or not self.is_data(value) for value in values[name])
            }
            if not other:
                return
            self._data -= other
        self._data.clear()  # a chain of names that long is nobody's: all of them are looked over

    def is_data(self, node: ast.expr) -> bool:
        """Whether *node* cannot be a raw module."""
        if type(node) in _DATA:
            return True
        if isinstance(node, ast.Name):
            name = node.id
            if name in self._data or name in self._views:
                return True
            # A name of the original's that the text does not bind is looked over where it is read.
            return name in self._facts.scope_names and name not in self._bound
        if isinstance(node, ast.IfExp):
            return self.is_data(node.body) and self.is_data(node.orelse)
        if isinstance(node, ast.BoolOp):
            return all(map(self.is_data, node.values))
        if isinstance(node, ast.NamedExpr):
            return self.is_data(node.value)
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in _MAKERS and function.id not in self._bound:
                return function.id not in self._facts.scope_names
            return self._is_of_a_view(node)
        return isinstance(node, ast.Attribute) and self._is_of_a_view(node)

    def _is_of_a_view(self, node: ast.expr) -> bool:
        """``view.member``, which is no raw module; nor is what lies below it in the library, calls apart."""
        depth = calls = 0
        given = False  # an attribute that a value of the library hands back as it was given it: `tzinfo`, `string`
        while isinstance(node, (ast.Attribute, ast.Call)):
            if isinstance(node, ast.Attribute):
                given = given or node.attr in _GIVEN
                node = node.value
            else:
                calls += 1
                node = node.func
            depth += 1
        home = self._views.get(node.id) if isinstance(node, ast.Name) else None
        if home is None or home == "of values":
            return home is not None and not given
        return not calls and (home == "library's" or depth == 1)


def _home_of(module: str) -> _Home:
    if module in _VALUES:
        return "of values"
    return "library's" if module.partition(".")[0] in sys.stdlib_module_names else "anybody's"
