"""Which variable each name of a text means: by scope, and by what the function's own body has bound before.

``kept = list(kept)`` in the body of a function is followed by another ``kept``, and ``row = dict(row)`` in a loop over
rows by another ``row`` until the next turn. In a condition it is not.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import Final, TypeAlias

from fukkatsu._language.textgate import children

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Defined: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Place: TypeAlias = tuple[int, int]
_FOREVER: Final = (1 << 30, 0)
_MOST_SPANS: Final = 40
Again: TypeAlias = Callable[[str, str, str], bool]


class Scope:
    """A function, a lambda, a comprehension, or the text around them.

    Attributes:
        node: What it belongs to.
        parent: The scope around.
        nodes: Its nodes, without those of scopes inside it.
        names: What it binds.
    """

    def __init__(self, node: ast.AST, parent: Scope | None, number: int) -> None:
        self.node, self.parent, self.number = node, parent, number
        self.nodes: list[ast.AST] = []
        self.names: set[str] = set()
        self.rebound: dict[str, list[tuple[Place, Place]]] = {}
        self.lazy = not isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp))


class Bindings:
    """The scopes of one text, and the variables that its names mean.

    Args:
        top: A module, or one function.
        again: Whether an import (the name that it binds, a module, a member of it) gives what the name means anyway.
    """

    def __init__(self, top: ast.AST, again: Again) -> None:
        self._again = again
        self.scopes: list[Scope] = []
        self.scope_of: dict[int, Scope] = {}
        self._at: dict[int, Place] = {}
        self._anywhere: set[int] = set()
        self.functions: dict[str, list[Defined]] = {}
        self.imports: dict[str, str] = {}
        self._known: dict[int, tuple[str, ...]] = {}
        self._parameters: dict[int, dict[str, str]] = {}
        outer = Scope(ast.Module(body=[], type_ignores=[]), None, 0)
        self.scopes.append(outer)
        self._fill(outer, [top] if not isinstance(top, ast.Module) else list(top.body))
        for scope in self.scopes:  # grows while it is read
            if scope is not outer:
                self._fill(scope, self._inside(scope))
        self._settle()

    def _inside(self, scope: Scope) -> list[ast.AST]:
        node = scope.node
        if isinstance(node, FUNCTIONS):
            scope.names |= {arg.arg for arg in arguments_of(node)}
            self._rebinding(scope, node.body, None, _FOREVER)
            return list(node.body)
        if isinstance(node, ast.Lambda):
            scope.names |= {arg.arg for arg in arguments_of(node)}
            return [node.body]
        for generator in getattr(node, "generators", ()):
            scope.names |= {
                part.id for part in ast.walk(generator.target) if isinstance(part, ast.Name)
            }  # reads in it, of an index say, are rare: they mean too much then
        return children(node)

    def _fill(self, scope: Scope, pending: list[ast.AST]) -> None:
        function = scope
        while isinstance(function.node, COMPREHENSIONS) and function.parent is not None:
            function = function.parent
        outside: set[str] = set()
        while pending:
            node = pending.pop()
            scope.nodes.append(node)
            self.scope_of[id(node)] = scope
            if isinstance(node, (*FUNCTIONS, ast.Lambda, *COMPREHENSIONS)):
                self.scopes.append(Scope(node, scope, len(self.scopes)))
                if isinstance(node, FUNCTIONS):
                    scope.names.add(node.name)
                    pending += [*node.decorator_list, *_defaults(node)]
                elif isinstance(node, ast.Lambda):
                    pending += _defaults(node)
                continue
            if isinstance(node, ast.Name):
                if not isinstance(node.ctx, ast.Load) and not isinstance(scope.node, COMPREHENSIONS):
                    scope.names.add(node.id)
            elif isinstance(node, (ast.For, ast.AsyncFor)):  # which binds its target anew before each turn
                bound = {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
                self._rebinding(scope, node.body, bound, _end(node.body[-1]))
            elif isinstance(node, ast.NamedExpr):
                function.names.add(node.target.id)
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                outside |= set(node.names)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                scope.names |= {name for name, *_ in self._imported(node)}
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                scope.names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                scope.names.add(node.rest)
            elif isinstance(node, ast.JoinedStr) and sys.version_info < (
                3,
                12,
            ):  # where in it something stands, is lost
                self._anywhere |= {id(part) for part in ast.walk(node)}
            pending += children(node)
        scope.names -= outside
        for name in outside:
            scope.rebound.pop(name, None)

    def _rebinding(self, scope: Scope, body: list[ast.stmt], names: set[str] | None, until: Place) -> None:
        """Statements of *body* after each of which, *until* there, one of *names* (or any) is another variable."""
        for statement in body:
            target = None
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                target = statement.target
            if isinstance(target, ast.Name) and (names is None or target.id in names):
                spans = scope.rebound.setdefault(target.id, [])
                if len(spans) < _MOST_SPANS:
                    spans.append((_end(statement), until))
                    self._at[id(target)] = _end(statement)

    def _settle(self) -> None:
        """Which variables are functions of the text, and which hold what is imported."""
        stores: dict[str, int] = {}
        for scope in self.scopes:
            for node in scope.nodes:
                if isinstance(node, FUNCTIONS):
                    for key in self.keys(node.name, scope, (node.lineno, node.col_offset)):
                        self.functions.setdefault(key, []).append(node)
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    for name, module, member in self._imported(node):
                        for key in self.keys(name, scope, (node.lineno, node.col_offset)):
                            self.imports[key] = f"{module}.{member}" if member else module
                elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                    for key in self.of(node):
                        stores[key] = stores.get(key, 0) + 1
        for key in stores:  # bound to something else as well: nobody knows what is called
            self.functions.pop(key, None)
            self.imports.pop(key, None)

    def _imported(self, node: ast.Import | ast.ImportFrom) -> list[tuple[str, str, str]]:
        """What *node* binds: names, each with a module and, if it is one, a member of it."""
        found = []
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            if isinstance(node, ast.Import):
                found.append((name, alias.name if alias.asname else name, ""))
            else:
                found.append((name, node.module or "", alias.name))
        return [each for each in found if not self._again(*each)]

    def keys(self, name: str, scope: Scope, at: Place, *, later: bool = False) -> tuple[str, ...]:
        """The variables that *name* may mean at a place, or *later*; one that no scope binds starts with a dot."""
        found = scope
        while True:
            if name in found.names:
                spans = found.rebound.get(name, ())
                if not spans:
                    return (f"{found.number}:{name}",)
                if later:
                    return tuple(f"{found.number}:{name}:{n}" for n in range(len(spans) + 1))
                begin, current = max(
                    ((start, n) for n, (start, end) in enumerate(spans, 1) if start <= at < end), default=((0, 0), 0)
                )
                over = [n for n, (start, end) in enumerate(spans, 1) if begin <= start and end <= at]  # of a loop
                return tuple(f"{found.number}:{name}:{n}" for n in (current, *over))
            if found.parent is None:
                return (f".{name}",)
            later = later or found.lazy
            found = found.parent

    def of(self, name: ast.Name) -> tuple[str, ...]:
        """The variables that a node means."""
        known = self._known.get(id(name))
        if known is None:
            scope = self.scope_of[id(name)]
            walrus = isinstance(name.ctx, ast.Store) and isinstance(scope.node, COMPREHENSIONS)
            if walrus and name.id not in scope.names:
                while isinstance(scope.node, COMPREHENSIONS) and scope.parent is not None:
                    scope = scope.parent
            place = self._at.get(id(name), (name.lineno, name.col_offset))
            later = id(name) in self._anywhere
            known = self._known[id(name)] = self.keys(name.id, scope, place, later=later)
        return known

    def parameters(self, function: Defined) -> dict[str, str]:
        """The variables of the parameters of *function*, by name, as they are when it is called."""
        known = self._parameters.get(id(function))
        if known is None:
            scope = next(scope for scope in self.scopes if scope.node is function)
            known = {arg.arg: self.keys(arg.arg, scope, (0, 0))[0] for arg in arguments_of(function)}
            self._parameters[id(function)] = known
        return known


def arguments_of(function: Defined) -> list[ast.arg]:
    """All its parameters."""
    given = function.args
    rest = [arg for arg in (given.vararg, given.kwarg) if arg is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]


def _end(statement: ast.stmt) -> Place:
    return statement.end_lineno or 0, statement.end_col_offset or 0


def _defaults(node: Defined) -> list[ast.AST]:
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
