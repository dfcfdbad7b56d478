"""Where the values that outlive a call get to in a text: through names, containers, helpers, lambdas and callbacks.

Every variable is described by what it may ever hold (``depths.py``), whatever the order of the statements; the
description of one follows from those of others until nothing new is found. What is stored in a local container is in
every other name of that container, too. What a function of the author's or of an unknown kind gives back counts as new.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from fukkatsu._language import callees
from fukkatsu._language.bindings import COMPREHENSIONS, FUNCTIONS, Again, Defined, Scope
from fukkatsu._language.depths import Depths, attribute, copied, held, item, join, place_of
from fukkatsu._language.expressions import Expressions
from fukkatsu._language.library import LOOK_UPS
from fukkatsu._language.rows import columns_of
from fukkatsu._language.stateful import place_of_out

RAISED: Final = ".raised"
_CHANGING: Final = frozenset(full.rpartition(".")[2] for full in callees.CHANGING)
_TELLING: Final = frozenset(
    {
        ast.Name, ast.Attribute, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Assign, ast.AnnAssign,
        ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem, ast.Match, ast.Return,
        ast.Yield, ast.YieldFrom, ast.Raise, ast.ExceptHandler,
    }
)  # fmt: skip
_ORDERING: Final = frozenset({"sorted", "sort", "min", "max"})
"""Functions that call ``key=`` and show nobody what it gives."""
_PARTIAL: Final = frozenset({"functools.partial", "functools.partialmethod"})
_NAMING: Final = (ast.Name, ast.Attribute, ast.Tuple, ast.Call)
Path: TypeAlias = tuple[str | None, ...]
"""Steps down into a value, each with the key that is looked up, where it is known."""


class Flows(Expressions):
    """What the expressions of one text may hold of lasting values.

    Args:
        top: A module, or one function.
        kinds: What the names are bound to that outlive a call: see ``lasting.kind_of``.
        modules: Names of the original's module that are bound to modules.
        members: Names that are bound to members of the library, and which.
        outer: All names of the original's module and closure that the text may use.
        target: The function whose parameters are among *kinds*.
        again: See ``Bindings``.
        of_caller: See ``Holdings``.

    Raises:
        TooTangledError: It would take too long.
    """

    def __init__(
        self,
        top: ast.AST,
        kinds: Mapping[str, str],
        modules: Mapping[str, str],
        members: Mapping[str, str],
        outer: frozenset[str],
        target: str,
        again: Again,
        *,
        of_caller: bool = False,
    ) -> None:
        super().__init__(top, kinds, modules, members, outer, again, of_caller=of_caller)
        self.making: frozenset[str] = frozenset()
        self.handed_on: list[ast.Attribute | ast.Name] = []
        self.calls: list[ast.Call] = []
        self._keys: set[int] = set()
        self.known_again: set[int] = set()
        self._steps: list[Callable[[], None]] = []
        self._prepare(target)
        turn = 0
        while self.new:
            self.new = False
            self.now.clear()
            turn += 1
            for step in self._steps if turn % 2 else reversed(self._steps):
                step()
            self.flow_back()
            self.spend(len(self._steps))
        self.now.clear()

    @property
    def changed_by_callbacks(self) -> bool:
        """Whether a function that changes what it is given is handed on, or made."""
        makers = (node for node in self.handed_on if id(node) not in self.known_again)
        return (
            any(map(self.changes_its_argument, self.handed_on))
            or any(map(self.makes_changer, self.calls))
            or any(self.full_name(node) in callees.MAKING_CHANGERS for node in makers)
        )

    def makes_changer(self, node: ast.Call) -> bool:
        """Whether *node* gives a function that changes what it is given: ``operator.methodcaller("clear")``."""
        if (looked_up := self.looked_up(node)) is not None:
            base, name = looked_up
            return (name in callees.MUTATORS and self.is_class(base)) or self.full_name(node) in callees.CHANGING
        if self.full_name(node.func) not in callees.MAKING_CHANGERS or id(node) in self._keys:
            return False
        method = node.args[0] if node.args else None
        return not isinstance(method, ast.Constant) or str(method.value).rpartition(".")[2] in callees.MUTATORS

    @functools.cached_property
    def writers(self) -> set[int]:
        """Which argument, and all that follow, functions of numpy write to that are handed on, or partly given."""
        found = {place for node in self.handed_on if (place := self.writes_from(node)) is not None}
        for node in self.calls if found else ():
            if node.args and (place := self.writes_from(node.args[0])) is not None:
                found.add(max(0, place + 1 - len(node.args)) if self.full_name(node.func) in _PARTIAL else place)
        return found

    def writes_from(self, node: ast.expr) -> int | None:
        """Which argument of *node* numpy writes to, where it is one of its functions."""
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        full = self.full_name(node) or ""
        return place_of_out(full.removeprefix("numpy.")) if full.startswith("numpy.") else None

    def changes_its_argument(self, node: ast.Attribute | ast.Name) -> bool:
        """Whether *node* is a function that changes what it is given."""
        if not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.Attribute):
            if node.attr in callees.MUTATORS and self.is_class(node.value):
                return True
            if node.attr not in _CHANGING:
                return False
        return self.full_name(node) in callees.CHANGING

    # -- what there is to follow ----------------------------------------------------------------------------------

    def _prepare(self, target: str) -> None:
        called: set[int] = set()
        telling: list[tuple[Scope, list[ast.AST]]] = []
        for scope in self.bindings.scopes:
            nodes = [node for node in scope.nodes if type(node) in _TELLING]
            telling.append((scope, nodes))
            for node in nodes:
                if isinstance(node, ast.Call):
                    called.add(id(node.func))
                    self.calls.append(node)
                    if node.keywords and getattr(node.func, "id", getattr(node.func, "attr", "")) in _ORDERING:
                        self._keys.update(id(each.value) for each in node.keywords if _gets_attribute(each.value))
                elif isinstance(node, ast.Assign) and isinstance(node.value, _NAMING):
                    self._know_again(node.targets, node.value)
        self.named.clear()  # by now all names for the library are known
        for scope, nodes in telling:
            around = scope
            while isinstance(around.node, COMPREHENSIONS) and around.parent is not None:
                around = around.parent
            self._prepare_nodes(nodes, called, target, f".return {id(around.node)}")
        self.looks_up_loosely = any(self.full_name(node) in LOOK_UPS for node in self.handed_on)
        for scope in self.bindings.scopes:
            if isinstance(scope.node, ast.Lambda):
                self._steps.append(self._returning(f".return {id(scope.node)}", scope.node.body, 0))

    def _prepare_nodes(self, nodes: list[ast.AST], called: set[int], target: str, result: str) -> None:
        for node in nodes:
            kind = type(node)
            if kind is ast.Name or kind is ast.Attribute:
                if id(node) in called:
                    continue
                self.handed_on.append(node)  # type: ignore[arg-type]  # it is one of these
                if kind is ast.Name and isinstance(node.ctx, ast.Load) and self.bindings.functions:  # type: ignore[attr-defined]  # its kind was asked for
                    for key in self.bindings.of(node):  # type: ignore[arg-type]  # its kind was asked for
                        self.escaping += self.bindings.functions.get(key, [])
            elif isinstance(node, (*FUNCTIONS, ast.Lambda)):
                if isinstance(node, ast.Lambda):
                    self.escaping.append(node)
                elif node.decorator_list:
                    self.escaping.append(node)
                    if self.decorators(node):
                        self._bind_decorated(node)
                self._bind_defaults(node)
                if isinstance(node, FUNCTIONS) and node.name == target:
                    rest = {arg.arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None}
                    for name, key in self.bindings.parameters(node).items():
                        if name in self.kinds:
                            self.add(key, {name: 2 if name in rest else 1})
            else:
                self._prepare_node(node, result)

    def _know_again(self, targets: list[ast.expr], value: ast.expr) -> None:
        """``push = heapq.heappush``: another name for a function of the library, and for nothing else."""
        target = targets[0]
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            for part, one in zip(target.elts, value.elts, strict=False):
                self._know_again([part], one)
        elif len(targets) == 1 and isinstance(target, ast.Name) and (full := self.full_name(value)) is not None:
            keys = self.bindings.bound(target)
            if len(keys) == 1 and self.bindings.stores.get(keys[0]) == 1:
                self.bindings.imports.setdefault(keys[0], full)
                self.known_again.add(id(value))

    def _bind_decorated(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """What a decorator gives is what the name of the function means, and has what the decorator gives it."""
        name = self.bindings.definition(function)
        value: ast.expr = name
        for decorator in reversed(self.decorators(function)):
            value = ast.copy_location(ast.Call(decorator, [value], []), decorator)
            self._adding((), lambda call=value: self.value(call))  # type: ignore[misc]  # bound while the loop runs
        keys = self.bindings.of(name)
        self._adding(keys, lambda: self.value(value))
        for key in keys:
            for others, offset in self.aliases(value):
                for other in others:
                    self.link(key, other, offset)

    def _bind_defaults(self, function: Defined) -> None:
        given, keys = function.args, self.bindings.parameters(function)
        positional = [*given.posonlyargs, *given.args]
        pairs = [*zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True)]
        pairs += [(arg, value) for arg, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value]
        for arg, value in pairs:
            if not isinstance(value, ast.Constant):
                self._bind_default(keys[arg.arg], value)

    def _bind_default(self, key: str, value: ast.expr) -> None:
        self._adding((key,), lambda: self.value(value))

    def _prepare_node(self, node: ast.AST, result: str) -> None:
        steps = self._steps
        if isinstance(node, ast.Call):
            self._adding((), lambda: self.value(node))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, ())
                if isinstance(target, ast.Name) and isinstance(node.value, ast.Call):
                    full = self.full_name(node.value.func) or ""
                    if full.partition(".")[0] in ("functools", "operator"):
                        self.made_by_library.update(self.bindings.bound(target))
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._bind(node.target, node.value, ())
        elif isinstance(node, ast.AugAssign):
            target, value = node.target, node.value
            if isinstance(target, ast.Name):
                self._adding(self.bindings.bound(target), lambda: copied(self.value(value), self.kinds))
            steps.append(lambda: self.store(target, item(self.value(value), self.kinds)))
            if not isinstance(target, ast.Name):
                steps.append(lambda: self._store_in(target, copied(self.value(value), self.kinds)))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._bind(node.target, node.iter, (None,))
        elif isinstance(node, ast.withitem):
            if node.optional_vars is not None:
                self._bind(node.optional_vars, node.context_expr, ())
                self._bind(node.optional_vars, node.context_expr, (None,))
        elif isinstance(node, ast.Match):
            for case in node.cases:
                self._bind_pattern(case.pattern, node.subject, 0)
        elif isinstance(node, ast.Return) and node.value is not None:
            steps.append(self._returning(result, node.value, 0))
            steps.append(self._returning(RAISED, node.value, 2))  # as the value of StopIteration
            steps.append(self._returning(RAISED, node.value, 1))
        elif isinstance(node, ast.Yield) and node.value is not None:
            steps.append(self._returning(result, node.value, 1))
        elif isinstance(node, ast.YieldFrom):
            given = node.value
            steps.append(lambda: self.add(result, copied(self.value(given), self.kinds)))
        elif isinstance(node, ast.Raise) and node.exc is not None:
            steps.append(self._returning(RAISED, node.exc, 0))
        elif isinstance(node, ast.ExceptHandler) and node.name:
            scope = self.bindings.scope_of[id(node)]
            keys = self.bindings.keys_bound(node.name, scope, node)
            self._adding(keys, lambda: self.described(RAISED))

    def _adding(self, keys: tuple[str, ...], compute: Callable[[], Depths]) -> None:
        """What *compute* finds is in each of the variables *keys*."""

        def step() -> None:
            found = compute()
            for key in keys:
                self.add(key, found)

        self._steps.append(step)

    def _returning(self, key: str, value: ast.expr, steps: int) -> Callable[[], None]:
        return lambda: self.add(key, held(self.value(value), steps))

    def _bind(self, target: ast.expr, value: ast.expr, path: Path, *, among: bool = False) -> None:
        """*target* is what the *path* leads to from *value*, or a list of such."""
        steps = len(path)
        if isinstance(target, ast.Starred):
            self._bind(target.value, value, path, among=True)
        elif isinstance(target, (ast.Tuple, ast.List)):
            given = value.elts if steps == 0 and isinstance(value, (ast.Tuple, ast.List)) else []
            starred = any(isinstance(part, ast.Starred) for part in (*target.elts, *given))
            if given and not starred and len(given) == len(target.elts):
                for part, one in zip(target.elts, given, strict=True):
                    self._bind(part, one, ())
                return
            columns = (
                columns_of(value, len(target.elts), self.full_name)
                if path == (None,) and not starred and self.of_caller
                else None
            )
            length = len(target.elts)
            for number, part in enumerate(target.elts):
                if columns is None:
                    self._bind(part, value, (*path, None if starred else place_of(number, length)))
                elif (column := columns[number]) is not None:
                    self._bind(part, column, (None,))
        elif isinstance(target, ast.Name):
            self._adding(self.bindings.bound(target), lambda: held(self._below(value, path), among))
            for key in self.bindings.bound(target):
                for others, offset in self.aliases(value):
                    for other in others:
                        self.link(key, other, offset - steps + among)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._steps.append(lambda: self._store_in(target, self._below(value, path)))

    def _bind_pattern(self, pattern: ast.AST, subject: ast.expr, steps: int) -> None:
        for part in ast.iter_child_nodes(pattern):
            inner = isinstance(pattern, (ast.MatchSequence, ast.MatchMapping, ast.MatchClass))
            self._bind_pattern(part, subject, steps + inner)
        name = getattr(pattern, "rest", None) or getattr(pattern, "name", None)
        if isinstance(name, str):
            scope = self.bindings.scope_of[id(pattern)]
            kept = isinstance(pattern, (ast.MatchStar, ast.MatchMapping))
            lower = max(steps, 1) if kept else steps
            keys = self.bindings.keys_bound(name, scope, pattern)
            self._adding(keys, lambda: held(self._below(subject, (None,) * lower), int(kept)))
            for key in keys:
                for others, offset in self.aliases(subject):
                    for other in others:
                        self.link(key, other, offset - steps)

    def _below(self, value: ast.expr, path: Path) -> Depths:
        found = self.value(value)
        for key in path:
            found = item(found, self.kinds, key)
        return found

    def _store_in(self, target: ast.expr, depths: Depths) -> None:
        """*depths* become an item, or attribute, of what *target* is one of."""
        if isinstance(target, ast.Subscript):
            if isinstance(target.slice, ast.Slice):
                depths = join((depths, item(depths, self.kinds)))
            self.store(target.value, depths, at=self.key_in(target.slice))
        elif isinstance(target, ast.Attribute):
            self.store(target.value, depths, at=attribute(target.attr) if self.of_caller else None)


def _gets_attribute(node: ast.expr) -> bool:
    """Whether *node* is ``attrgetter(...)``, by its name."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "attrgetter"
