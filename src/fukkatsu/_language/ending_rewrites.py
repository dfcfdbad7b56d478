"""How a correction's calls end: what is raised on the way, what a generator leaves suspended, what leaves a ``with``.

KeyboardInterrupt, cancellation and the end of the stack are caught by no handler of a correction, and nothing that its
own text raises while they pass takes their place.
"""

from __future__ import annotations

import ast

from fukkatsu._language.expression_rewrites import ExpressionRewrites
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.lookups import LookUps
from fukkatsu._language.suspended import Function, is_pausing, names_itself, pausing_inside


class EndingRewrites(ExpressionRewrites):
    """Rewrites what decides how a call ends."""

    def __init__(
        self,
        facts: OriginalFacts,
        bound: frozenset[str],
        limits: tuple[type[BaseException], ...],
        look_ups: LookUps,
    ) -> None:
        """Keep *facts*; *bound* are names that the text binds, *limits* exceptions that no handler catches."""
        super().__init__(facts, bound, look_ups)
        self._limits = limits
        self._pausing: frozenset[ast.AST] = frozenset()  # generators that may be left suspended: see ``suspended.py``
        self._spawning = False  # whether tasks are started that are to end with the call: likewise
        self._helpers: frozenset[ast.AST] = frozenset()  # those of them that are no part of the function

    def _kept_through(self, node: ast.With | ast.AsyncWith) -> list[ast.stmt]:
        """What an ``__exit__`` raises does not take the place of what no handler of a correction catches.

        ``with A as a: B`` becomes, for each of its items::

            .w = None
            try:
                with A as a:
                    try: B
                    except BaseException as .e: .w = .e; raise
            except BaseException as .f:
                if .w is not None and .w is not .f: .instead(.w, .f)
                .w = None
                raise
        """
        first, *others = node.items
        if others:
            inner = ast.copy_location(type(node)(items=others, body=node.body), node)
            node.items, node.body = [first], self._kept_through(inner)
        flag = f".w{self._tries}"
        self._tries += 1

        def name() -> ast.Name:
            return ast.Name(flag, ast.Load())

        def passed(kept: str, body: list[ast.stmt]) -> ast.ExceptHandler:
            return ast.ExceptHandler(type=self._guard(".BaseException", node), name=kept, body=body)

        nothing = ast.Constant(None)
        keep = self._assign(flag, ast.Name(".e", ast.Load()), node)
        node.body = [ast.Try(body=node.body, handlers=[passed(".e", [keep, ast.Raise()])], orelse=[], finalbody=[])]
        error = ast.Name(".f", ast.Load())
        another = ast.BoolOp(
            op=ast.And(),
            values=[
                ast.Compare(left=name(), ops=[ast.IsNot()], comparators=[nothing]),
                ast.Compare(left=name(), ops=[ast.IsNot()], comparators=[error]),
            ],
        )
        ask = ast.If(test=another, body=[ast.Expr(self._call(".instead", node, name(), error))], orelse=[])
        forget = self._assign(flag, nothing, node)
        whole = ast.Try(body=[node], handlers=[passed(".f", [ask, forget, ast.Raise()])], orelse=[], finalbody=[])
        made = [self._assign(flag, nothing, node), ast.copy_location(whole, node)]
        return [ast.fix_missing_locations(each) for each in made]

    def note_tasks(self) -> None:
        """Tasks are started, which end with the function."""
        self._spawning = True

    def note_pausing(self, tree: ast.Module) -> None:
        """Generators that may be left suspended, in the function and beside it."""
        for statement in tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inside = frozenset(pausing_inside(statement))
                self._pausing |= inside
                if statement.name != self._facts.name:
                    self._helpers |= inside | ({statement} if is_pausing(statement) else frozenset())
                elif is_pausing(statement):  # what it makes of itself is not its caller's
                    self._itself = frozenset(names_itself(statement, statement.name))
        self._pausing |= self._helpers

    def _leave_nothing(self, node: Function, start: int) -> None:
        """Around the body of the function: what ``suspended.Left`` knows is closed when it ends, however it ends."""
        at = node.body[start]
        known = ast.Name(".left", ast.Load())
        waits = isinstance(node, ast.AsyncFunctionDef) and any(
            isinstance(each, ast.AsyncFunctionDef) for each in (*self._pausing, node)
        )
        method = ast.Attribute(value=known, attr="aclose" if waits else "close", ctx=ast.Load())
        ends: ast.expr = ast.Call(func=method, args=[], keywords=[])
        ends = ast.Await(value=ends) if waits else ends
        body = ast.Try(body=node.body[start:], handlers=[self._noting("error", at)], orelse=[], finalbody=[])
        whole = ast.Try(body=[body], handlers=[], orelse=[], finalbody=[ast.Expr(ends)])
        made = self._assign(
            ".left", self._call(".leaving_all" if self._helpers or self._spawning else ".leaving", at), at
        )
        node.body[start:] = [made, ast.fix_missing_locations(ast.copy_location(whole, at))]

    def _note_endings(self, node: Function, start: int) -> None:
        """Around the body of a generator: what would be lost if it ended so while it is dropped."""
        at = node.body[start]
        handlers = [self._noting("noted", at)]
        handlers.insert(0, ast.ExceptHandler(type=self._guard(".harmless", at), name=None, body=[ast.Raise()]))
        if self._limits:
            handlers.insert(0, self._noting("noted", at, ".limits"))
        body: list[ast.stmt] = [ast.Try(body=node.body[start:], handlers=handlers, orelse=[], finalbody=[])]
        if node in self._helpers:
            body.insert(0, self._assign(".left", self._call(".left_at", at), at))
            noted: ast.expr = self._guard(".beside", node)
        else:
            noted = ast.Attribute(value=ast.Name(".left", ast.Load()), attr="of", ctx=ast.Load())
        node.body[start:] = [ast.fix_missing_locations(ast.copy_location(each, at)) for each in body]
        node.decorator_list.append(ast.fix_missing_locations(ast.copy_location(noted, node)))

    def _noting(self, name: str, at: ast.stmt, caught: str = ".BaseException") -> ast.ExceptHandler:
        """``except BaseException as .e: .left.noted = .e; raise``: without a call, for which no stack may be left."""
        target = ast.Attribute(value=ast.Name(".left", ast.Load()), attr=name, ctx=ast.Store())
        keep = ast.Assign(targets=[target], value=ast.Name(".e", ast.Load()))
        return ast.ExceptHandler(type=self._guard(caught, at), name=".e", body=[keep, ast.Raise()])
