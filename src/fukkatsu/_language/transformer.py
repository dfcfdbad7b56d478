"""The compile stage's transformer: RestrictedPython's, made to pass ordinary Python and to cost nothing where it can.

What stock RestrictedPython 9 emits and we do not, with the reason; ``tests/language`` attacks each:

* ``_getattr_``: an attribute's name is a constant of the text. ``attributes.closed_because`` decides it before anything
  runs; the few names whose meaning depends on the object (``attributes.GUARDED``) still go through a guard, and what
  could be a module is looked over: ``lookups.py`` says where.
* ``_getitem_`` and ``_write_`` on items: an item operation runs the object's own ``__getitem__`` or ``__setitem__``.
  Modules, views, types, functions and frames have none that reaches or changes their attributes; namespaces that do
  (``globals()``, ``vars()``, ``__dict__``, ``sys.modules``, ``os.environ``) cannot be had, and class bodies, where a
  correction could define its own, are refused.
* ``_getiter_``, ``_unpack_sequence_``, ``_iter_unpack_sequence_``: these exist for Zope's per-item access control.
  Iteration calls the object's own ``__iter__`` and looks up no name.
* ``_inplacevar_``: in-place operators call the operand's own method, as the plain operators, which stock leaves alone.
* ``_print_``: print is an ordinary builtin; the sandbox captures the stream.
* ``_apply_`` and ``__metaclass__``: no class definitions at all.

Refusals are decided in ``static.py``; this class rewrites, and refuses by itself whatever it does not know.
"""

from __future__ import annotations

import ast
import builtins
import copy
from typing import Any, Final

from RestrictedPython.transformer import copy_locations

from fukkatsu._language.ending_rewrites import EndingRewrites
from fukkatsu._language.expression_rewrites import LEAVES
from fukkatsu._language.handing import base_of, is_simple_target
from fukkatsu._language.nodes import rule_of
from fukkatsu._language.textgate import flatten


class FukkatsuTransformer(EndingRewrites):
    """Rewrites a checked tree in place; ``errors`` is empty afterwards unless a node was unknown."""

    _depth = 0  # functions around the node at hand

    # -- dispatch ------------------------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        """The table decides; only the nodes below are rewritten."""
        return _REWRITES[type(node)](self, node)

    def refuse(self, node: ast.AST) -> ast.AST:
        """What the table refuses; the static stage has said so already, unless it overlooked the node."""
        self.not_allowed(node)
        return node

    # -- definitions ---------------------------------------------------------------------------------------------

    def rewrite_module(self, node: ast.Module) -> ast.Module:
        body: list[ast.stmt] = []
        for statement in node.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                continue
            visited = self.visit(statement)
            body.extend(visited if isinstance(visited, list) else [visited])
        node.body = body
        return node

    def rewrite_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        target = self._depth == 0 and node.name == self._facts.name
        self._depth += 1
        inner, iterable, self._inner, self._iterable = self._inner, self._iterable, 0, 0
        leaving, self._leaving = self._leaving, target and bool(self._pausing or self._itself or self._spawning)
        handing, self._handing = self._handing, not target or self._returning
        arguments = node.args
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        node = self.node_contents_visit(node)
        start = 1 if _is_docstring(node.body[0]) else 0
        node.body[start:start] = self._looked_over([arg.arg for arg in parameters], node)
        self._inner, self._iterable, self._handing = inner, iterable, handing
        if self._leaving:
            self._leave_nothing(node, start)
        self._leaving = leaving
        self._depth -= 1
        if self.arrays and len(node.decorator_list) > 1:  # what one gives goes to the next
            node.decorator_list = [self._call(".decorating", each, each) for each in node.decorator_list]
        if node in self._pausing:
            self._note_endings(node, start)
        if target:
            # The original's own default objects; the text's equal them by syntax and are never evaluated.
            arguments.defaults = [
                self._item(".defaults", position, default) for position, default in enumerate(arguments.defaults)
            ]
            arguments.kw_defaults = [
                None if default is None else self._item(".kwdefaults", arg.arg, default)
                for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            ]
        else:
            node.name = self._mangle(node.name)
        return node

    def rewrite_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._mangle(node.arg)
        node.annotation = None
        return node

    # -- imports -------------------------------------------------------------------------------------------------

    def rewrite_import(self, node: ast.Import) -> list[ast.stmt]:
        """``import a.b`` becomes ``a = .import("a.b", False)``: a view, never a module."""
        made: list[ast.stmt] = []
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            if ("." not in alias.name or alias.asname) and self._facts.says_again(name, alias.name):
                continue
            whole = ast.Constant(alias.asname is not None)
            value = self._call(".import", node, ast.Constant(alias.name), whole)
            made.append(self._assign(name, value, node))
        return made or [ast.copy_location(ast.Pass(), node)]

    def rewrite_import_from(self, node: ast.ImportFrom) -> list[ast.stmt] | ast.Pass:
        if node.module == "__future__":
            return ast.copy_location(ast.Pass(), node)
        made: list[ast.stmt] = [
            self._assign(
                alias.asname or alias.name,
                self._call(".import_from", node, ast.Constant(node.module), ast.Constant(alias.name)),
                node,
            )
            for alias in node.names
            if not self._facts.says_again(alias.asname or alias.name, node.module or "", alias.name)
        ]
        return made or [ast.copy_location(ast.Pass(), node)]

    # -- statements ------------------------------------------------------------------------------------------

    def rewrite_assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        stores, base = base_of(node.targets) if self.arrays else (False, None)
        loud = stores and self._is_loud(*node.targets)
        node = self.node_contents_visit(node)
        if stores:
            if loud or len(node.targets) > 1 or isinstance(node.targets[0], (ast.Tuple, ast.List)):
                names = _names_in(node.targets)
                return [*self._stored_late(node), *self._looked_over(names, node)]
            node.value = self._kept_in(base, node.value)
        checks = self._looked_over(_names_in(node.targets), node)
        return [node, *checks] if checks else node

    def rewrite_aug_assign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        """``n += 1`` becomes ``n = n + 1`` where ``n`` may lie inside what outlives the call: see ``changes.py``."""
        afresh = getattr(node, "afresh", False)
        if self.arrays and not self._is_plain(node.value) and not is_simple_target(node.target):
            return [part for statement in self._in_steps(node) for part in _as_list(self.visit(statement))]
        target = copy.deepcopy(node.target) if self.arrays and not self._is_plain(node.value) else None
        node = self.node_contents_visit(node)
        if target is not None:
            node.value = self._added_to(target, node.value)
        if not afresh or not isinstance(node.target, ast.Name):
            return node
        value = ast.BinOp(left=self._again(node.target), op=node.op, right=node.value)
        made = ast.Assign(targets=[node.target], value=ast.copy_location(value, node))
        return ast.copy_location(made, node)

    def rewrite_match(self, node: ast.Match) -> ast.AST | list[ast.AST]:
        """What stands in a pattern as a value is compared with the subject, or a part of it."""
        if not self.arrays:
            visited: ast.AST = self.node_contents_visit(node)
            return visited
        patterns = [part for case in node.cases for part in ast.walk(case.pattern)]
        values = [part.value for part in patterns if isinstance(part, ast.MatchValue)]
        looked: list[ast.stmt] = [
            ast.copy_location(ast.Expr(self._bare(self.visit(copy.deepcopy(value)))), node)
            for value in values
            if not self._is_plain(value)
        ]
        plain = self._is_plain(node.subject)
        node = self.node_contents_visit(node)
        if values and not plain:
            node.subject = self._bare(node.subject)
        return [*looked, node]

    def rewrite_loop(self, node: ast.For | ast.AsyncFor) -> ast.AST:
        node = self.node_contents_visit(node)
        if self.arrays:
            node.target = self._stored_below(node.target, node.body, node)
        node.body[:0] = self._looked_over(_names_in([node.target]), node.target)
        return node

    def rewrite_with(self, node: ast.With | ast.AsyncWith) -> list[ast.stmt]:
        node = self.node_contents_visit(node)
        for item in node.items if self.arrays else ():
            if item.optional_vars is not None:
                item.optional_vars = self._stored_below(item.optional_vars, node.body, node)
        targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
        node.body[:0] = self._looked_over(_names_in(targets), node)
        return self._kept_through(node)

    def rewrite_scope_names(self, node: Any) -> Any:
        """``global`` and ``nonlocal``."""
        node.names = [self._mangle(name) for name in node.names]
        return node

    def rewrite_ann_assign(self, node: ast.AnnAssign) -> ast.stmt | list[ast.stmt]:
        """``x: int = 1`` becomes ``x = 1``; a bare declaration does nothing."""
        stores, base = base_of([node.target]) if self.arrays else (False, None)
        target = self.visit(node.target)
        value = None if node.value is None else self.visit(node.value)
        if stores and value is not None:
            value = self._kept_in(base, value)
        statement: ast.stmt = ast.Pass() if value is None else ast.Assign(targets=[target], value=value)
        copy_locations(statement, node)
        checks = self._looked_over(_names_in([target]), node) if value is not None else []
        return [statement, *checks] if checks else statement

    def rewrite_try(self, node: ast.Try) -> ast.Try:
        """``except RecursionError: raise`` before handlers that would catch it: see ``scopes.LIMITS``."""
        catches = any(self._may_catch_limits(handler.type) for handler in node.handlers)
        node = self.node_contents_visit(node)
        if catches:
            first = node.handlers[0]
            again = ast.copy_location(ast.Raise(), first)
            passing = ast.ExceptHandler(type=self._guard(".limits", first), name=None, body=[again])
            node.handlers.insert(0, ast.copy_location(passing, first))
        return self._kept(node)

    def rewrite_try_star(self, node: ast.TryStar) -> ast.Try | ast.TryStar:
        catching = [handler for handler in node.handlers if self._may_catch_limits(handler.type)]
        node = self.node_contents_visit(node)
        for handler in catching:
            handler.name = handler.name or ".g"
            group = ast.copy_location(ast.Name(handler.name, ast.Load()), handler)
            check = ast.copy_location(ast.Expr(self._call(".no_limit", handler, group)), handler)
            handler.body.insert(0, check)
        return self._kept(node)

    def _may_catch_limits(self, caught: ast.expr | None) -> bool:
        if not self._limits:
            return False
        if isinstance(caught, ast.Tuple):
            return any(map(self._may_catch_limits, caught.elts))
        if isinstance(caught, ast.Name) and caught.id not in self._taken:
            kind = getattr(builtins, caught.id, None)
            return not isinstance(kind, type) or any(issubclass(limit, kind) for limit in self._limits)
        return True

    def rewrite_except(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node = self.node_contents_visit(node)
        if node.name:
            node.name = self._mangle(node.name)
        if node.type is None:
            node.type = self._guard(".Exception", node)
        return node


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _names_in(targets: list[ast.expr]) -> list[str]:
    """Names that assigning to *targets* binds."""
    return [
        part.id
        for target in targets
        for part in ((target,) if isinstance(target, ast.Name) else flatten(target))
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    ]


def _as_list(made: Any) -> list[Any]:
    return made if isinstance(made, list) else [made]


class _Rewrites(dict[type[ast.AST], Any]):
    """What becomes of each kind of node: rewritten as below, or as the table of the language decides."""

    def __missing__(self, kind: type[ast.AST]) -> Any:
        if kind in LEAVES:
            rewrite: Any = _leave
        elif rule_of(kind.__new__(kind)).decision == "refused":
            rewrite = FukkatsuTransformer.refuse
        else:
            rewrite = FukkatsuTransformer.node_contents_visit
        self[kind] = rewrite
        return rewrite


def _leave(_: FukkatsuTransformer, node: ast.AST) -> ast.AST:
    return node


_REWRITES: Final = _Rewrites(
    {
        ast.Try: FukkatsuTransformer.rewrite_try,
        ast.TryStar: FukkatsuTransformer.rewrite_try_star,
        ast.Assign: FukkatsuTransformer.rewrite_assign,
        ast.AugAssign: FukkatsuTransformer.rewrite_aug_assign,
        ast.Match: FukkatsuTransformer.rewrite_match,
        ast.For: FukkatsuTransformer.rewrite_loop,
        ast.AsyncFor: FukkatsuTransformer.rewrite_loop,
        ast.With: FukkatsuTransformer.rewrite_with,
        ast.AsyncWith: FukkatsuTransformer.rewrite_with,
        ast.ListComp: FukkatsuTransformer.rewrite_comprehension,
        ast.SetComp: FukkatsuTransformer.rewrite_comprehension,
        ast.DictComp: FukkatsuTransformer.rewrite_comprehension,
        ast.GeneratorExp: FukkatsuTransformer.rewrite_comprehension,
        ast.comprehension: FukkatsuTransformer.rewrite_generator,
        ast.Module: FukkatsuTransformer.rewrite_module,
        ast.FunctionDef: FukkatsuTransformer.rewrite_function,
        ast.AsyncFunctionDef: FukkatsuTransformer.rewrite_function,
        ast.arg: FukkatsuTransformer.rewrite_arg,
        ast.Import: FukkatsuTransformer.rewrite_import,
        ast.ImportFrom: FukkatsuTransformer.rewrite_import_from,
        ast.Name: FukkatsuTransformer.rewrite_name,
        ast.Global: FukkatsuTransformer.rewrite_scope_names,
        ast.Nonlocal: FukkatsuTransformer.rewrite_scope_names,
        ast.Attribute: FukkatsuTransformer.rewrite_attribute,
        ast.Call: FukkatsuTransformer.rewrite_call,
        ast.BinOp: FukkatsuTransformer.rewrite_operator,
        ast.Subscript: FukkatsuTransformer.rewrite_subscript,
        ast.Await: FukkatsuTransformer.rewrite_await,
        ast.Return: FukkatsuTransformer.rewrite_answer,
        ast.Yield: FukkatsuTransformer.rewrite_answer,
        ast.Lambda: FukkatsuTransformer.rewrite_lambda,
        ast.Compare: FukkatsuTransformer.rewrite_compare,
        ast.AnnAssign: FukkatsuTransformer.rewrite_ann_assign,
        ast.ExceptHandler: FukkatsuTransformer.rewrite_except,
        ast.MatchAs: FukkatsuTransformer.rewrite_pattern,
        ast.MatchStar: FukkatsuTransformer.rewrite_pattern,
        ast.MatchMapping: FukkatsuTransformer.rewrite_pattern,
        ast.MatchClass: FukkatsuTransformer.rewrite_pattern,
        ast.MatchValue: FukkatsuTransformer.rewrite_pattern,
    }
)
