"""Where the values that outlive a call get to in a text: through names, containers, helpers, lambdas and callbacks.

Every variable is described by what it may ever hold (``depths.py``), whatever the order of the statements; the
description of one follows from those of others until nothing new is found. What is stored in a local container is in
every other name of that container, too. What a function of the author's or of an unknown kind gives back counts as new.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Final

from fukkatsu._language import callees
from fukkatsu._language.bindings import COMPREHENSIONS, FUNCTIONS, Again, Defined
from fukkatsu._language.depths import Depths, copied, held, item
from fukkatsu._language.expressions import Expressions

RAISED: Final = ".raised"


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
    ) -> None:
        super().__init__(top, kinds, modules, members, outer, again)
        self.handed_on: list[ast.Attribute | ast.Name] = []
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
        self.changed_by_callbacks = any(map(self._changes, self.handed_on))

    def _changes(self, node: ast.Attribute | ast.Name) -> bool:
        """Whether *node* is a function that changes what it is given, and is not called but handed on."""
        if not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.Attribute) and node.attr in callees.MUTATORS and self.is_class(node.value):
            return True
        return self.full_name(node) in callees.CHANGING

    # -- what there is to follow ----------------------------------------------------------------------------------

    def _prepare(self, target: str) -> None:
        called: set[int] = set()
        everything = [(scope, node) for scope in self.bindings.scopes for node in scope.nodes]
        for _, node in everything:
            if isinstance(node, ast.Call):
                called.add(id(node.func))
        for scope, node in everything:
            if isinstance(node, (*FUNCTIONS, ast.Lambda)):
                if isinstance(node, ast.Lambda) or node.decorator_list:
                    self.escaping.append(node)
                self._bind_defaults(node)
                if isinstance(node, FUNCTIONS) and node.name == target:
                    for name, key in self.bindings.parameters(node).items():
                        if name in self.kinds:
                            self.add(key, {name: 1})
            elif isinstance(node, ast.Name) and id(node) not in called and isinstance(node.ctx, ast.Load):
                for key in self.bindings.of(node):
                    self.escaping += self.bindings.functions.get(key, [])
            if isinstance(node, (ast.Attribute, ast.Name)) and id(node) not in called:
                self.handed_on.append(node)
            around = scope
            while isinstance(around.node, COMPREHENSIONS) and around.parent is not None:
                around = around.parent
            self._prepare_node(node, f".return {id(around.node)}")
        for scope in self.bindings.scopes:
            if isinstance(scope.node, ast.Lambda):
                self._steps.append(self._returning(f".return {id(scope.node)}", scope.node.body, 0))

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
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, 0)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._bind(node.target, node.value, 0)
        elif isinstance(node, ast.AugAssign):
            target, value = node.target, node.value
            if isinstance(target, ast.Name):
                self._adding(self.bindings.of(target), lambda: copied(self.value(value), self.kinds))
            steps.append(lambda: self.store(target, item(self.value(value), self.kinds)))
            if not isinstance(target, ast.Name):
                steps.append(lambda: self._store_in(target, copied(self.value(value), self.kinds)))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._bind(node.target, node.iter, 1)
        elif isinstance(node, ast.withitem):
            if node.optional_vars is not None:
                self._bind(node.optional_vars, node.context_expr, 0)
                self._bind(node.optional_vars, node.context_expr, 1)
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
            keys = self.bindings.keys(node.name, scope, (node.lineno, node.col_offset))
            self._adding(keys, lambda: self.described(RAISED))
        elif isinstance(node, ast.Call):
            self._adding((), lambda: self.value(node))

    def _adding(self, keys: tuple[str, ...], compute: Callable[[], Depths]) -> None:
        """What *compute* finds is in each of the variables *keys*."""

        def step() -> None:
            found = compute()
            for key in keys:
                self.add(key, found)

        self._steps.append(step)

    def _returning(self, key: str, value: ast.expr, steps: int) -> Callable[[], None]:
        return lambda: self.add(key, held(self.value(value), steps))

    def _bind(self, target: ast.expr, value: ast.expr, steps: int, *, among: bool = False) -> None:
        """*target* is what lies *steps* below *value*, or a list of such."""
        if isinstance(target, ast.Starred):
            self._bind(target.value, value, steps, among=True)
        elif isinstance(target, (ast.Tuple, ast.List)):
            given = value.elts if steps == 0 and isinstance(value, (ast.Tuple, ast.List)) else []
            starred = any(isinstance(part, ast.Starred) for part in (*target.elts, *given))
            if given and not starred and len(given) == len(target.elts):
                for part, one in zip(target.elts, given, strict=True):
                    self._bind(part, one, 0)
                return
            for part in target.elts:
                self._bind(part, value, steps + 1)
        elif isinstance(target, ast.Name):
            self._adding(self.bindings.of(target), lambda: held(self._below(value, steps), among))
            for key in self.bindings.of(target):
                for others, offset in self.aliases(value):
                    for other in others:
                        self.link(key, other, offset - steps + among)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._steps.append(lambda: self._store_in(target, self._below(value, steps)))

    def _bind_pattern(self, pattern: ast.AST, subject: ast.expr, steps: int) -> None:
        for part in ast.iter_child_nodes(pattern):
            inner = isinstance(pattern, (ast.MatchSequence, ast.MatchMapping, ast.MatchClass))
            self._bind_pattern(part, subject, steps + inner)
        name = getattr(pattern, "rest", None) or getattr(pattern, "name", None)
        if isinstance(name, str):
            scope = self.bindings.scope_of[id(pattern)]
            kept = isinstance(pattern, (ast.MatchStar, ast.MatchMapping))
            lower = max(steps, 1) if kept else steps
            keys = self.bindings.keys(name, scope, (pattern.lineno, pattern.col_offset))  # type: ignore[attr-defined]  # every pattern has both
            self._adding(keys, lambda: held(self._below(subject, lower), int(kept)))
            for key in keys:
                for others, offset in self.aliases(subject):
                    for other in others:
                        self.link(key, other, offset - steps)

    def _below(self, value: ast.expr, steps: int) -> Depths:
        found = self.value(value)
        for _ in range(steps):
            found = item(found, self.kinds)
        return found

    def _store_in(self, target: ast.expr, depths: Depths) -> None:
        """*depths* become an item, or attribute, of what *target* is one of."""
        if isinstance(target, (ast.Subscript, ast.Attribute)):
            self.store(target.value, depths)
