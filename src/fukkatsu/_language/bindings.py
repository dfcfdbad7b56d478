"""Which variable each name of a text means: by scope, and by what the function's own body has bound before.

``kept = list(kept)`` in the body of a function is followed by another ``kept``, and ``row = dict(row)`` in a loop over
rows by another ``row`` until the next turn. In a condition, or any other block, it is so until the block ends; what
follows then means either, unless every way through it binds the name.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from fukkatsu._language.textgate import children, flatten

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Defined: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Place: TypeAlias = tuple[int, int]
_FOREVER: Final = (1 << 30, 0)
_MOST_SPANS: Final = 40
_SETTLING: Final = frozenset({*FUNCTIONS, ast.Import, ast.ImportFrom, ast.Name})
_BINDING: Final = frozenset(
    {
        *FUNCTIONS, ast.Lambda, *COMPREHENSIONS, ast.NamedExpr, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom,
        ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.JoinedStr,
    }
)  # fmt: skip
_TRIES: Final = (ast.Try, ast.TryStar)
_LEAVING: Final = (ast.Return, ast.Raise, ast.Break, ast.Continue)
Again: TypeAlias = Callable[[str, str, str], bool]


class Span(NamedTuple):
    """Where a name means the variable that an assignment makes.

    Attributes:
        start: The end of the assignment.
        end: Where the block ends that it is in.
        passing: Whether what is bound in between is bound for what follows, too: the block may be left out, or left.
    """

    start: Place
    end: Place
    passing: bool


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
        self.rebound: dict[str, list[Span]] = {}
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
        self._also: dict[int, list[tuple[Scope, int]]] = {}
        self._anywhere: set[int] = set()
        self.functions: dict[str, list[Defined]] = {}
        self.imports: dict[str, str] = {}
        self._known: dict[int, tuple[str, ...]] = {}
        self._known_bound: dict[int, tuple[str, ...]] = {}
        self.stores: dict[str, int] = {}
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
            self._rebinding(scope, node.body, _FOREVER, None)
            return list(node.body)
        if isinstance(node, ast.Lambda):
            scope.names |= {arg.arg for arg in arguments_of(node)}
            return [node.body]
        for generator in getattr(node, "generators", ()):
            parts = flatten(generator.target)
            scope.names |= {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        return children(node)

    def _fill(self, scope: Scope, pending: list[ast.AST]) -> None:
        function = scope
        while isinstance(function.node, COMPREHENSIONS) and function.parent is not None:
            function = function.parent
        outside: set[str] = set()
        comprehension = isinstance(scope.node, COMPREHENSIONS)
        while pending:
            node = pending.pop()
            scope.nodes.append(node)
            self.scope_of[id(node)] = scope
            kind = type(node)
            if kind is ast.Name:
                if type(node.ctx) is not ast.Load and not comprehension:  # type: ignore[attr-defined]  # it is a name
                    scope.names.add(node.id)  # type: ignore[attr-defined]  # its kind was asked for
                continue
            if kind not in _BINDING:
                if kind is not ast.Constant:
                    pending += children(node)
                continue
            if isinstance(node, (*FUNCTIONS, ast.Lambda, *COMPREHENSIONS)):
                self.scopes.append(Scope(node, scope, len(self.scopes)))
                if isinstance(node, FUNCTIONS):
                    scope.names.add(node.name)
                    pending += [*node.decorator_list, *_defaults(node)]
                elif isinstance(node, ast.Lambda):
                    pending += _defaults(node)
                continue
            if isinstance(node, ast.NamedExpr):
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

    def _rebinding(self, scope: Scope, body: list[ast.stmt], until: Place, names: set[str] | None) -> set[str]:
        """Note the assignments of *body* after which, *until* there, a name means another variable.

        Those of *names* (of any, where it is ``None``) are bound anew whenever the body is run, before it or in it.

        Returns:
            The names that are bound when the end of *body* is reached.
        """
        bound: set[str] = set()
        for statement in body:
            target = None
            if isinstance(statement, ast.Assign):
                target = statement.targets[0] if len(statement.targets) == 1 else None
            elif isinstance(statement, ast.AnnAssign):
                target = statement.target if statement.value is not None else None
            elif isinstance(statement, (ast.For, ast.AsyncFor)):
                anew = {part.id for part in flatten(statement.target) if isinstance(part, ast.Name)}
                self._rebinding(scope, statement.body, _end(statement.body[-1]), anew)
                self._rebinding_in(scope, statement.orelse)
            elif isinstance(statement, (ast.If, *_TRIES, ast.Match)):
                after = self._rebinding_in_each(scope, statement)
                for name in after - _bound_otherwise(statement) if after else ():
                    if self._rebound(
                        scope, name, Span(_end(statement), until, names is not None and name not in names)
                    ):
                        for part in flatten(statement):
                            if isinstance(part, ast.Name) and part.id == name and not isinstance(part.ctx, ast.Load):
                                self._also.setdefault(id(part), []).append((scope, len(scope.rebound[name])))
                        bound.add(name)
            elif isinstance(statement, (ast.While, ast.With, ast.AsyncWith)):
                self._rebinding_in(scope, statement.body)
                self._rebinding_in(scope, getattr(statement, "orelse", []))
            if isinstance(target, ast.Name):
                bound.add(target.id)
                passing = names is not None and target.id not in names
                if self._rebound(scope, target.id, Span(_end(statement), until, passing)):
                    self._at[id(target)] = _end(statement)
        return bound

    def _rebinding_in(self, scope: Scope, body: list[ast.stmt]) -> set[str]:
        return self._rebinding(scope, body, _end(body[-1]), set()) if body else set()

    def _rebinding_in_each(self, scope: Scope, statement: ast.If | ast.Try | ast.TryStar | ast.Match) -> set[str]:
        """The same for the blocks of *statement*, of which one is run."""
        if isinstance(statement, ast.If):
            blocks = [statement.body, statement.orelse]
        elif isinstance(statement, ast.Match):
            blocks = [case.body for case in statement.cases]
            last = statement.cases[-1]
            if last.guard is not None or not isinstance(last.pattern, ast.MatchAs) or last.pattern.pattern is not None:
                blocks.append([])  # no case may match
        else:
            blocks = [statement.body, *(handler.body for handler in statement.handlers)]
        ways = [(self._rebinding_in(scope, block), bool(block) and isinstance(block[-1], _LEAVING)) for block in blocks]
        bound = [names for names, leaves in ways if not leaves]
        after = set.intersection(*bound) if bound else set()
        if isinstance(statement, _TRIES):
            self._rebinding_in(scope, statement.orelse)
            self._rebinding_in(scope, statement.finalbody)
        return after

    def _rebound(self, scope: Scope, name: str, span: Span) -> bool:
        spans = scope.rebound.setdefault(name, [])
        if len(spans) < _MOST_SPANS:
            spans.append(span)
            return True
        return False

    def _settle(self) -> None:
        """Which variables are functions of the text, and which hold what is imported."""
        stores = self.stores
        for scope in self.scopes:
            for node in scope.nodes:
                if type(node) not in _SETTLING:
                    continue
                if isinstance(node, FUNCTIONS):
                    for key in self.keys_bound(node.name, scope, node):
                        self.functions.setdefault(key, []).append(node)
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    for name, module, member in self._imported(node):
                        for key in self.keys_bound(name, scope, node):
                            self.imports[key] = f"{module}.{member}" if member else module
                elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                    for key in self.bound(node):
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

    def keys(self, name: str, scope: Scope, at: Place, *, later: bool = False, binds: bool = False) -> tuple[str, ...]:
        """The variables that *name* may mean at a place, or *later*; one that no scope binds starts with a dot.

        Where it *binds* the name these are all that the new value is in, at that place or further on.
        """
        found = scope
        while True:
            if name in found.names:
                spans = found.rebound.get(name, ())
                if not spans:
                    return (f"{found.number}:{name}",)
                if later:
                    return tuple(f"{found.number}:{name}:{n}" for n in range(len(spans) + 1))
                around = sorted((span.start, n) for n, span in enumerate(spans, 1) if span.start <= at < span.end)
                begin, current = around[-1] if around else ((0, 0), 0)
                numbers = [current]
                while binds and around and spans[around[-1][1] - 1].passing:
                    around.pop()
                    numbers.append(around[-1][1] if around else 0)
                # the ends of loops: what was bound in them may be there, or not
                numbers += [
                    n for n, span in enumerate(spans, 1) if begin <= span.start and span.end <= at and not span.passing
                ]
                return tuple(f"{found.number}:{name}:{n}" for n in numbers)
            if found.parent is None:
                return (f".{name}",)
            later = later or found.lazy
            found = found.parent

    def keys_bound(self, name: str, scope: Scope, node: ast.AST) -> tuple[str, ...]:
        """The variables that a statement or pattern binds which carries the *name* as a text."""
        return self.keys(name, scope, (node.lineno, node.col_offset), binds=True)  # type: ignore[attr-defined]  # all have both

    def of(self, name: ast.Name) -> tuple[str, ...]:
        """The variables that a node means."""
        known = self._known.get(id(name))
        if known is None:
            known = self._known[id(name)] = self._keys_of(name, binds=False)
        return known

    def bound(self, name: ast.Name) -> tuple[str, ...]:
        """The variables that a node binds."""
        known = self._known_bound.get(id(name))
        if known is None:
            also = (f"{scope.number}:{name.id}:{n}" for scope, n in self._also.get(id(name), ()))
            known = self._known_bound[id(name)] = (*self._keys_of(name, binds=True), *also)
        return known

    def _keys_of(self, name: ast.Name, *, binds: bool) -> tuple[str, ...]:
        scope = self.scope_of[id(name)]
        walrus = isinstance(name.ctx, ast.Store) and isinstance(scope.node, COMPREHENSIONS)
        if walrus and name.id not in scope.names:
            while isinstance(scope.node, COMPREHENSIONS) and scope.parent is not None:
                scope = scope.parent
        place = self._at.get(id(name), (name.lineno, name.col_offset))
        return self.keys(name.id, scope, place, later=id(name) in self._anywhere, binds=binds)

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Name:
        """A name that stands for what *node* defines."""
        name = ast.copy_location(ast.Name(node.name, ast.Load()), node)
        scope = self.scope_of[id(name)] = self.scope_of[id(node)]
        self._known[id(name)] = self.keys_bound(node.name, scope, node)
        return name

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


def _bound_otherwise(statement: ast.stmt) -> set[str]:
    """Names that are bound below *statement* by what carries them as a text."""
    found: set[str] = set()
    for node in flatten(statement):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


def _end(statement: ast.stmt) -> Place:
    return statement.end_lineno or 0, statement.end_col_offset or 0


def _defaults(node: Defined) -> list[ast.AST]:
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
