"""Expressions that a model may write about a call: parsed and looked at, never run here.

Where they are evaluated (in the examiner) nothing but data and the few names below is in reach. What could run for
ever or fill memory at a stroke (powers, shifts, long literals) is left out as far as a reader can see it; the rest is
for the examiner's limits.
"""

from __future__ import annotations

import ast
import warnings
from typing import Final

EXPRESSION_CHARACTERS: Final = 500
_TEXT_CHARACTERS: Final = 200
_LARGEST: Final = 10**12
_LARGEST_POWER: Final = 10
_MOST_NODES: Final = 120
_DEEPEST: Final = 30

FUNCTIONS: Final = frozenset(
    {
        "abs", "all", "any", "bool", "bytes", "dict", "divmod", "enumerate", "float", "frozenset", "int", "isinstance",
        "len", "list", "max", "min", "range", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
    }
)  # fmt: skip
METHODS: Final = frozenset(
    {
        "capitalize", "count", "endswith", "find", "get", "index", "isalnum", "isalpha", "isdigit", "islower",
        "isspace", "isupper", "items", "join", "keys", "lower", "lstrip", "replace", "rstrip", "split", "splitlines",
        "startswith", "strip", "title", "upper", "values",
    }
)  # fmt: skip
_NODES: Final = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.Name, ast.Load, ast.Store, ast.Constant, ast.Tuple, ast.List, ast.Set,
    ast.Dict, ast.Subscript, ast.Slice, ast.IfExp, ast.Call, ast.Attribute, ast.GeneratorExp, ast.ListComp, ast.SetComp,
    ast.DictComp, ast.comprehension, ast.keyword,
)  # fmt: skip


class ExpressionRefusal(Exception):  # noqa: N818 - a verdict on a piece of a reply
    """The expression is not one of those that are evaluated; the text says why."""


def read_expression(text: str, names: frozenset[str]) -> str:
    """*text* in its normal form, when it is an expression over *names* that is plain enough to be evaluated.

    Raises:
        ExpressionRefusal: It is not.
    """
    if len(text) > EXPRESSION_CHARACTERS:
        raise ExpressionRefusal(f"it has {len(text):,} characters; at most {EXPRESSION_CHARACTERS} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ``x is 0`` warns
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionRefusal(f"it is no Python expression ({getattr(error, 'msg', error)})") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > _MOST_NODES or _depth(tree) > _DEEPEST:
        raise ExpressionRefusal("it is too long or too deeply nested")
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        why = _objection(node, names | bound, called)
        if why is not None:
            raise ExpressionRefusal(why)
    return ast.unparse(_Equality().visit(tree))


def _depth(node: ast.AST) -> int:
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for one in level for child in ast.iter_child_nodes(one)]
    return deepest


def _objection(node: ast.AST, names: frozenset[str], called: set[int]) -> str | None:
    """Why *node* may not be part of an expression; *called*: ids of what is called somewhere in it."""
    if not isinstance(node, _NODES):
        return f"{type(node).__name__} is not evaluated"
    if isinstance(node, ast.Name):
        # the types among the functions stand in isinstance(), which is why a function may be named without a call
        return (
            None if node.id in names or node.id in FUNCTIONS else f"{node.id!r} is neither a parameter nor known here"
        )
    if isinstance(node, ast.Attribute):
        return None if node.attr in METHODS and id(node) in called else f"the attribute {node.attr!r} is not looked at"
    if isinstance(node, ast.Call):
        if node.keywords and not all(keyword.arg in ("default", "reverse", "start") for keyword in node.keywords):
            return "a keyword argument is not understood"
        known = isinstance(node.func, ast.Attribute) or (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS)
        return None if known else "only a few built-in functions and methods are called"
    if isinstance(node, ast.comprehension):
        return "async is not evaluated" if node.is_async else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = node.right
        small = isinstance(power, ast.Constant) and isinstance(power.value, int) and 0 <= power.value <= _LARGEST_POWER
        return None if small else f"a power is a whole number up to {_LARGEST_POWER}"
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, str | bytes):
            return "a text is too long" if len(value) > _TEXT_CHARACTERS else None
        if isinstance(value, int | float):
            return "a number is too large" if abs(value) > _LARGEST else None
        return None if value is None else f"{value!r:.20} is not evaluated"
    return None


class _Equality(ast.NodeTransformer):
    """``y is 0`` means equality."""

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        for at, (operator, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            if isinstance(right, ast.Constant) and (right.value is None or isinstance(right.value, bool)):
                continue
            if isinstance(operator, ast.Is):
                node.ops[at] = ast.Eq()
            elif isinstance(operator, ast.IsNot):
                node.ops[at] = ast.NotEq()
        return node
