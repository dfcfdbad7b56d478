"""Constants beside the function: ``_WORD = re.compile(r"\\w+")``, ``MONTHS = {"jan": 1}``.

Whatever a correction keeps between its calls could change what it does later, unseen by the gauntlet. So a constant is
a value that cannot change, or a dict, list or set of such values that the text only ever reads.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
from typing import Final, Literal

_TYPES: Final = frozenset("int float str bool bytes complex list dict set tuple frozenset".split())
_MAKERS: Final = frozenset({"frozenset", "Decimal", "Fraction", "timedelta"})
_OF_TEXTS: Final = frozenset({"float", "int", "complex"})
_NUMBERS: Final = frozenset({"math.pi", "math.e", "math.tau", "math.inf", "math.nan"})
_MAKERS_IN: Final = frozenset({"decimal.Decimal", "fractions.Fraction", "datetime.timedelta"})
MEANT: Final = {
    "re": "", "logging": "", "math": "", "decimal": "", "fractions": "", "datetime": "",
    "Decimal": "decimal", "Fraction": "fractions", "timedelta": "datetime",
}  # fmt: skip
"""Names that a constant may call, with the module that each must come from: what else bears them may be changeable."""
_READING: Final = frozenset(
    "get items keys values index count copy union intersection difference symmetric_difference issubset issuperset"
    " isdisjoint".split()
)
_READERS: Final = frozenset(
    "len sorted list tuple set frozenset dict sum min max any all enumerate zip reversed iter map filter isinstance str"
    " repr bool".split()
)

Constancy = Literal["unchangeable", "read"]


def constant_of(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """Name and value of an assignment to one name."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target, value = node.target, node.value
    else:
        return None
    return (target.id, value) if isinstance(target, ast.Name) else None


def constancy(value: ast.expr, bound: frozenset[str]) -> Constancy | None:
    """Whether *value* cannot change, or may only be read; ``None`` when neither. *bound* are names of the text."""
    if isinstance(value, ast.Lambda):  # a helper
        return None if value.args.defaults or any(value.args.kw_defaults) else "unchangeable"
    if _is_unchangeable(value, bound) or _is_pattern(value, bound) or _is_logger(value, bound):
        return "unchangeable"
    if isinstance(value, (ast.List, ast.Set)):
        items = value.elts
    elif isinstance(value, ast.Dict) and None not in value.keys:
        items = [*(key for key in value.keys if key is not None), *value.values]
    else:
        return None
    return "read" if all(_is_unchangeable(item, bound) for item in items) else None


def _is_unchangeable(node: ast.expr, bound: frozenset[str]) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id in _TYPES and node.id not in bound
    if isinstance(node, ast.Tuple):
        return all(_is_unchangeable(item, bound) for item in node.elts)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, (ast.Constant, ast.Attribute, ast.Call)) and _is_unchangeable(
            node.operand, bound
        )
    if isinstance(node, ast.BinOp):
        return all(
            isinstance(side, (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Attribute)) and _is_unchangeable(side, bound)
            for side in (node.left, node.right)
        )
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in _NUMBERS and "math" not in bound
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name == "object" and name not in bound:  # a mark that nothing else is
            return not node.args and not node.keywords
        if name in _OF_TEXTS and name not in bound:
            return not node.keywords and all(isinstance(argument, ast.Constant) for argument in node.args)
        if name not in _MAKERS_IN | _MAKERS or name.partition(".")[0] in bound:
            return False
        if name == "frozenset":
            held = [e for a in node.args for e in (a.elts if isinstance(a, (ast.List, ast.Set, ast.Tuple)) else [a])]
            return not node.keywords and all(_is_unchangeable(item, bound) for item in held)
        return all(isinstance(k.value, ast.Constant) for k in node.keywords) and all(
            _is_unchangeable(argument, bound) for argument in node.args
        )
    return False


def _is_pattern(node: ast.expr, bound: frozenset[str]) -> bool:
    """``re.compile("...", re.X | re.I)``."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "re.compile" or "re" in bound:
        return False
    given = [*node.args[1:], *(k.value for k in node.keywords)]
    return bool(node.args) and _is_unchangeable(node.args[0], bound) and all(_is_flags(flags) for flags in given)


def _is_flags(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr) and _is_flags(node.left) and _is_flags(node.right)
    named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"
    return isinstance(node, ast.Constant) or (named and node.attr.isupper())  # type: ignore[attr-defined]  # `named` says that it is an attribute


def _is_logger(node: ast.expr, bound: frozenset[str]) -> bool:
    """``logging.getLogger(__name__)``."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "logging.getLogger" or "logging" in bound:
        return False
    return not node.keywords and all(
        isinstance(a, ast.Constant) or (isinstance(a, ast.Name) and a.id == "__name__") for a in node.args
    )


def changing_use(nodes: list[ast.AST], names: frozenset[str], bound: frozenset[str]) -> dict[str, ast.AST]:
    """Of *names*, the ones that the text does anything with but read, each with the first such place."""
    found: dict[str, ast.AST] = {}
    for parent in nodes:
        for child in ast.iter_child_nodes(parent):
            if (
                isinstance(child, ast.Name)
                and child.id in names
                and isinstance(child.ctx, ast.Load)
                and not _only_reads(parent, child, bound)
            ):
                found.setdefault(child.id, child)
    return found


def _only_reads(parent: ast.AST, child: ast.Name, bound: frozenset[str]) -> bool:
    match parent:
        case ast.Subscript(value=value, ctx=ast.Load()):
            return value is child
        case ast.Attribute(attr=attr, ctx=ast.Load()):
            return attr in _READING
        case ast.Compare(left=left, ops=ops):
            return left is not child and all(isinstance(op, (ast.In, ast.NotIn)) for op in ops)
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
            return iterated is child
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name in ("max", "min", "sum"):  # of several they give back one, or what they begin with
                return name not in bound and arguments[0] is child and (name == "sum" or len(arguments) == 1)
            return name in _READERS and name not in bound and child in arguments
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() | bytes()), attr="join"), args=[given]):
            return given is child
        case ast.Starred() | ast.FormattedValue() | ast.keyword(arg=None):
            return True
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Dict(keys=keys, values=values):
            return any(key is None and value is child for key, value in zip(keys, values, strict=True))
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return test is child
        case ast.BinOp(op=ast.Add() | ast.BitOr() | ast.BitAnd() | ast.Sub()):
            return True
    return False
