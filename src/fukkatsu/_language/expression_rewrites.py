"""What becomes of expressions and patterns: names, attributes, calls, operators, comparisons, comprehensions.

The half of the transformer below a statement; ``transformer.py`` says what is left as it is, and why.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from fukkatsu._language.attributes import GUARDED
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.formats import looks_up
from fukkatsu._language.handing import ArrayGuards, base_of
from fukkatsu._language.lookups import LookUps
from fukkatsu._language.nodes import NODES
from fukkatsu._language.textgate import fields_below
from fukkatsu._language.trees import is_super_call, object_method, pairs_of

# Allowed, with nothing below them and nothing to rewrite: operators, contexts, constants.
LEAVES: Final = frozenset(
    kind for name, kind in vars(ast).items() if name in NODES and NODES[name].decision == "allowed" and not kind._fields
) | {ast.Constant}
_LOOKING: Final = frozenset({"isinstance", "issubclass"})
_SAFE_TYPE_ATTRIBUTES: Final = frozenset({"__name__", "__qualname__", "__module__"})


class ExpressionRewrites(ArrayGuards):
    """Rewrites what stands inside statements."""

    def __init__(
        self,
        facts: OriginalFacts,
        bound: frozenset[str],
        look_ups: LookUps,
    ) -> None:
        """Keep *facts*; *bound* are names that the text binds."""
        super().__init__(facts, bound, look_ups)
        self._look_ups = look_ups
        given = {name for name, _ in (*facts.modules, *facts.guarded)} | facts.loggers | {"__class__"}
        changing = facts.globals_assigned | facts.nonlocals
        self._changing = (facts.unsettled | changing) - given
        self._watched = facts.scope_names - given - self._changing
        self._itself: frozenset[ast.AST] = frozenset()  # where a generator looks up its own name: likewise
        self._leaving = False  # whether what is returned here is noted: see ``suspended.py``
        self._handing = False  # whether what the function at hand returns may go on to an array
        self._patterns = 0  # a pattern holds names and attributes as they are: they are compared with, and gone

    def node_contents_visit(self, node: Any) -> Any:
        """As the parent's, which asks the standard library's slower one."""
        visit = self.visit
        for field in fields_below[type(node)]:
            value = getattr(node, field, None)
            if type(value) is list:
                for position, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        made = visit(item)
                        if made is not item:
                            if isinstance(made, list):  # statements in the place of one
                                value[:] = self._spliced(value, position, made)
                                break
                            value[position] = made
            elif type(value) not in LEAVES and isinstance(value, ast.AST):
                made = visit(value)
                if made is not value:
                    setattr(node, field, made)
        return node

    def _spliced(self, items: list[ast.AST], position: int, made: list[Any]) -> list[Any]:
        """*items* with *made* in the place of the one at *position*, and the rest of them visited."""
        done = [*items[:position], *made]
        for item in items[position + 1 :]:
            visited = self.visit(item) if isinstance(item, ast.AST) else item
            done += visited if isinstance(visited, list) else [visited]
        return done

    # -- names and attributes ------------------------------------------------------------------------------------

    def rewrite_name(self, node: ast.Name) -> ast.expr:
        """A name of the original's is looked over when it holds something else than when the correction was linked.

        ``N`` becomes ``N if N is .was N else .settled(N)``; where the original assigns it, or nobody has yet, its type
        is asked for instead.
        """
        if node in self._itself:
            self._itself -= {node}
            return self._left("again", self.rewrite_name(node))
        node.id = self._mangle(node.id)
        if not isinstance(node.ctx, ast.Load) or self._patterns:
            return node
        if node.id in self._watched:
            test = ast.Compare(
                left=self._again(node), ops=[ast.Is()], comparators=[self._guard(f".was {node.id}", node)]
            )
        elif node.id in self._changing:
            kind = self._call(".type", node, self._again(node))
            test = ast.Compare(left=kind, ops=[ast.In()], comparators=[self._guard(".inert", node)])
        else:
            return node
        test = ast.copy_location(test, node)
        choice = ast.IfExp(test=test, body=self._again(node), orelse=self._call(".settled", node, node))
        return ast.copy_location(choice, node)

    def rewrite_attribute(self, node: ast.Attribute) -> Any:
        if node in self._itself:
            self._itself -= {node}
            return self._left("again", self.rewrite_attribute(node))
        if isinstance(node.ctx, ast.Load):
            if (method := object_method(node)) in self._facts.object_methods:
                return self._guard(f".object{method}", node)
            if (
                node.attr in _SAFE_TYPE_ATTRIBUTES
                and isinstance(node.value, (ast.Call, ast.Attribute))
                and (raw := self._raw_type(node.value)) is not None
            ):
                node.value = raw
                return node
            if node.attr in self._facts.super_methods and is_super_call(node.value):
                return self._call(".super_method", node, self.visit(node.value), ast.Constant(node.attr))
            text = node.value.value if isinstance(node.value, ast.Constant) else None
            literal = isinstance(text, str) and not looks_up(text)
            node = self.node_contents_visit(node)
            if node.attr == "__class__":
                return self._call(".class_of", node, node.value)
            if node.attr in GUARDED and not literal:
                return self._call(".attribute", node, node.value, ast.Constant(node.attr))
            node.attr = self._mangle(node.attr)
            if id(node) in self._look_ups.moving and not self._patterns:
                node.value = self._still(node.value, node.attr)
            elif id(node) in self._look_ups.buffers and not self._patterns:
                node.value = self._through(node.value, ".unbuffered", ".bufferless")
            elif id(node) in self._look_ups.guarded and not self._patterns:
                node.value = self._seen(node.value)
            return node
        node = self.node_contents_visit(node)
        node.attr = self._mangle(node.attr)
        guard = ".write_own" if node.attr in self._facts.attributes_written else ".write"
        if node.attr in self._facts.written_on_classes:
            guard = ".write_class"
        node.value = self._writable(guard, node.value, node.attr)
        return node

    # -- calls and operators --------------------------------------------------------------------------------------

    def rewrite_call(self, node: ast.Call) -> Any:
        if self._is_type_call(node):
            return self._call(".class_of", node, self.visit(node.args[0]))
        if isinstance(node.func, ast.Name) and node.func.id in _LOOKING - self._taken:
            first = 1 if node.func.id == "isinstance" else 0
            node.args = [self._compared(argument, looked_at=n >= first) for n, argument in enumerate(node.args)]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        keeping = not self.arrays or self._keeps(node)
        collecting = self.arrays and keeping and self._may_collect(node)
        quick = not keeping and self._is_quick(node)
        making, authors = self._making(node), self._is_authors(node)
        node = self.node_contents_visit(node)
        keywords = ".told_keywords" if making in ("arguments", "keywords") else ".keywords"
        for keyword in node.keywords:
            if keyword.arg is None:
                keyword.value = self._call(keywords, keyword.value, keyword.value)
        self._not_making(node, making)
        if collecting:
            return self._said_unless_builtin(node, arrays=True)
        if authors == "perhaps" and keeping:
            return self._said_unless_builtin(node)
        if authors and keeping:
            self._worded(node)
        if not keeping:
            return self._handed(node, quick)
        return self._given_back(node) if authors else node

    def rewrite_await(self, node: ast.Await) -> ast.expr:
        """What an author's coroutine gives."""
        called = node.value if isinstance(node.value, ast.Call) else None
        authors = called is None or self._is_authors(called)
        node = self.node_contents_visit(node)
        return self._given_back(node) if authors else node

    def _given_back(self, node: ast.expr) -> ast.expr:
        return self._through(node, ".led_nowhere", ".given_back")

    def rewrite_operator(self, node: ast.BinOp) -> ast.expr:
        if not self.arrays:
            visited: ast.expr = self.node_contents_visit(node)
            return visited
        plain = self._is_plain(node.left) or self._is_plain(node.right)
        loud = not plain and self._is_loud(node.left, node.right)
        return self._operands(self.node_contents_visit(node), plain, loud)

    def rewrite_subscript(self, node: ast.Subscript) -> ast.expr:
        plain = not self.arrays or self._is_plain(node.slice)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) and not self._is_loud(node.slice) else None
        node = self.node_contents_visit(node)
        if plain:
            return node
        if parts is not None:
            parts[:] = map(self._bare, parts)
        else:
            return self._indexed(node)
        return node

    def rewrite_answer(self, node: Any) -> Any:
        """``return`` and ``yield``: what machine code may call, or draw from, to give it to an array."""
        node = self.node_contents_visit(node)
        if self.arrays and self._handing and node.value is not None:
            node.value = self._bare(node.value)
        if self._leaving and node.value is not None and isinstance(node, ast.Return):
            node.value = self._left("given", node.value)
        return node

    def _left(self, method: str, value: ast.expr) -> ast.expr:
        """``.left.method(value)``."""
        known = ast.Attribute(value=ast.Name(".left", ast.Load()), attr=method, ctx=ast.Load())
        made = ast.Call(func=known, args=[value], keywords=[])
        return ast.fix_missing_locations(ast.copy_location(made, value))

    def rewrite_lambda(self, node: ast.Lambda) -> ast.Lambda:
        node = self.node_contents_visit(node)
        if self.arrays:
            node.body = self._bare(node.body)
        return node

    def rewrite_compare(self, node: ast.Compare) -> ast.expr:
        """``type(x) is int``, ``type(x) in (int, str)``: the class is compared and gone."""
        if len(node.ops) > 1 and any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            both = ast.BoolOp(op=ast.And(), values=list(map(self.rewrite_compare, pairs_of(node))))
            return ast.copy_location(both, node)
        looked_at = all(isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) for op in node.ops)
        single = len(node.ops) == 1
        member = single and isinstance(node.ops[0], (ast.In, ast.NotIn))
        identity = single and isinstance(node.ops[0], (ast.Is, ast.IsNot))
        plain = identity and any(self._is_no_text(operand) for operand in (node.left, *node.comparators))
        operands = [node.left, *node.comparators]
        arrays = self.arrays and not identity and not any(map(self._is_plain, operands))
        arrays = arrays and not any(map(self._raw_type, operands))
        loud = arrays and self._is_loud(*operands)
        if any(map(self._is_type_of, operands)):
            node.left, *node.comparators = map(self._named_as_it_is, operands)
        node.left = self._compared(node.left, looked_at=looked_at or member)
        node.comparators = [self._compared(operand, looked_at=looked_at) for operand in node.comparators]
        if arrays:
            return self._operands(node, False, loud)
        return node if plain or not identity else self._identical(node)

    def _compared(self, operand: ast.expr, *, looked_at: bool) -> ast.expr:
        if looked_at and (raw := self._raw_type(operand)) is not None:
            return raw
        visited: ast.expr = self.visit(operand)
        return visited

    def _is_type_of(self, node: ast.expr) -> bool:
        return self._is_type_call(node) or (isinstance(node, ast.Attribute) and node.attr == "__class__")

    def _named_as_it_is(self, operand: ast.expr) -> ast.expr:
        """``memoryview`` beside ``type(x)``: the class of views, and not what makes them."""
        if isinstance(operand, ast.Name) and operand.id == "memoryview" and operand.id not in self._taken:
            return self._guard(".memoryview", operand)
        if isinstance(operand, (ast.Tuple, ast.List, ast.Set)):
            operand.elts = list(map(self._named_as_it_is, operand.elts))
        return operand

    # -- comprehensions and patterns ------------------------------------------------------------------------------

    def rewrite_comprehension(self, node: Any) -> Any:
        """A list, set, dict comprehension or generator expression."""
        self._inner += 1
        node = self.node_contents_visit(node)
        if self.arrays and isinstance(node, ast.GeneratorExp):
            node.elt = self._bare(node.elt)
        self._inner -= 1
        return node

    def rewrite_generator(self, node: ast.comprehension) -> ast.comprehension:
        """The ``for`` of a comprehension: Python allows no ``:=`` in its iterable."""
        node.target = self.visit(node.target)
        self._iterable += 1
        node.iter = self.visit(node.iter)
        if self.arrays and base_of([node.target])[0]:
            node.iter = self._call(".each", node.iter, node.iter)
        self._iterable -= 1
        node.ifs = [self.visit(test) for test in node.ifs]
        return node

    def rewrite_pattern(self, node: Any) -> Any:
        """Names in patterns are plain strings in the tree."""
        self._patterns += 1
        node = self.node_contents_visit(node)
        self._patterns -= 1
        for field in ("name", "rest"):
            if getattr(node, field, None):
                setattr(node, field, self._mangle(getattr(node, field)))
        if isinstance(node, ast.MatchClass):
            node.kwd_attrs = [self._mangle(name) for name in node.kwd_attrs]
        return node
