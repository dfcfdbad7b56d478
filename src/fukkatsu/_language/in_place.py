"""Which names a text changes in place: the values behind them, or something that is reached through them.

A look at the names that overlooks what is hidden on purpose, for texts that are too large to follow. What outlives a
call is followed wherever a text takes it by ``changes.py``, what a caller hands over by ``arguments.py``.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
from typing import Final, TypeAlias

from fukkatsu._language import textgate

_MUTATORS: Final = frozenset(
    "add append appendleft clear difference_update discard extend extendleft insert intersection_update move_to_end pop"
    " popitem popleft remove reverse rotate setdefault sort subtract symmetric_difference_update update".split()
)
MUTATING: Final = frozenset(
    "next setattr delattr heappush heappop heapify heapreplace heappushpop insort insort_left insort_right shuffle"
    " setitem delitem".split()
)
"""Functions that change their first argument."""
# What these give is the thing itself, or is made of the things that it holds.
_REACHING: Final = frozenset("get items values setdefault pop popitem popleft".split())
_PASSING_ON: Final = frozenset("enumerate iter list reversed sorted tuple zip".split())
_DISPLAYS: Final = (ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp)


_Functions: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Helpers: TypeAlias = dict[str, tuple[_Functions, frozenset[str]]]
"""Functions of a text by name, with the parameters that they change."""


def changed_names(function: ast.AST, names: frozenset[str], helpers: Helpers | None = None) -> dict[str, ast.AST]:
    """Of *names*, those whose values *function* changes in place, each with the first such place.

    A local name for something that is reached through one of them stands for it, wherever it is bound. What *helpers*
    do with what they are given counts; what other functions do with it is not looked into.
    """
    nodes = textgate.flatten(function) if names else []
    types = _type_names(nodes)
    places = [(node, target) for node in nodes for target in _changed(node, helpers or {}, types)]
    if not places:
        return {}
    own = _own_values(function)
    behind = {name: {name} for name in names}
    # A name that the function binds to other values is its own: `y = list(y)`, but not `y = y or []`.
    wanted = frozenset(n for n in names if n not in own or any(n in _roots(v, behind) for v in own[n] if v is not None))
    behind = _behind(nodes, wanted)
    found: dict[str, ast.AST] = {}
    for node, target in places:
        for name in _roots(target, behind):
            known = found.get(name)
            if known is None or getattr(node, "lineno", 0) < getattr(known, "lineno", 0):
                found[name] = node
    return found


def find_helpers(nodes: list[ast.AST]) -> Helpers:
    """The functions among *nodes*, and which of their parameters each changes, itself or through another of them."""
    functions = {node.name: node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    helpers: Helpers = {}
    if len(functions) < 2:
        return helpers
    for _ in range(4):  # as deep as one hands on to another
        found = {
            name: (node, frozenset(changed_names(node, _parameters(node), helpers))) for name, node in functions.items()
        }
        if found == helpers:
            break
        helpers = found
    return helpers


def _parameters(function: _Functions) -> frozenset[str]:
    return frozenset(node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))


def _own_values(function: ast.AST) -> dict[str, list[ast.expr | None]]:
    """What *function* itself, not one inside it, binds its names to; parameters are there already."""
    found: dict[str, list[ast.expr | None]] = {}
    pending: list[ast.AST] = list(getattr(function, "body", []))
    while pending:
        node = pending.pop()
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(None)
        pending += textgate.children(node)
    return found


_SCOPES: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp,
)  # fmt: skip


_ANY: Final = 1_000
# of the method of an object; one more, and it is the function of the class, whose first argument is the object
_MOST_ARGUMENTS: Final = {
    "add": 1, "append": 1, "appendleft": 1, "clear": 0, "discard": 1, "extend": 1, "extendleft": 1, "insert": 2,
    "move_to_end": 2, "pop": 2, "popitem": 1, "popleft": 0, "remove": 1, "reverse": 0, "rotate": 1, "setdefault": 2,
    "sort": 0,
}  # fmt: skip
_TYPES: Final = frozenset("list dict set bytearray deque defaultdict Counter OrderedDict array".split())


def _is_type(node: ast.expr, types: frozenset[str]) -> bool:
    """Whether *node* is a class of containers: by its own name, by one of *types*, or asked of an object."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "type"
    if isinstance(node, ast.Attribute):
        return node.attr in _TYPES or node.attr == "__class__"
    return isinstance(node, ast.Name) and (node.id in _TYPES or node.id in types)


def _type_names(nodes: list[ast.AST]) -> frozenset[str]:
    """Names that the text binds to classes of containers."""
    found: frozenset[str] = frozenset()
    for _ in range(2):
        found |= {
            target.id
            for node in nodes
            if isinstance(node, ast.Assign) and _is_type(node.value, found)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
    return found


def _changed(node: ast.AST, helpers: Helpers, types: frozenset[str] = frozenset()) -> list[ast.expr]:
    """What *node* changes in place."""
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return [] if isinstance(node.ctx, ast.Load) else [node.value]
    if isinstance(node, ast.AugAssign):
        return [node.target] if isinstance(node.target, ast.Name) and isinstance(node.value, _DISPLAYS) else []
    if not isinstance(node, ast.Call):
        return []
    function = node.func
    name = getattr(function, "attr", None) or getattr(function, "id", "")
    if isinstance(function, ast.Attribute) and name in _MUTATORS:
        # list.append(x, 1) is a way to write it, too; what is appended to something else is not changed by that
        unbound = len(node.args) > _MOST_ARGUMENTS.get(name, _ANY) or _is_type(function.value, types)
        return [function.value, *node.args[: 1 if unbound else 0]]
    if isinstance(function, ast.Name) and name in helpers:
        helper, changed = helpers[name]
        positional = [arg.arg for arg in (*helper.args.posonlyargs, *helper.args.args)]
        given = [(positional[n] if n < len(positional) else "*", value) for n, value in enumerate(node.args)]
        given += [(keyword.arg or "*", keyword.value) for keyword in node.keywords]
        return [value for parameter, value in given if changed and parameter in (changed | {"*"})]
    return node.args[:1] if name in MUTATING else []


_ROUNDS: Final = 10  # bindings in the order in which they run need one or two


def _behind(nodes: list[ast.AST], wanted: frozenset[str]) -> dict[str, set[str]]:
    """For each name, which of *wanted* it may stand for."""
    behind: dict[str, set[str]] = {name: {name} for name in wanted}
    bindings: list[tuple[ast.expr, ast.expr]] = []
    for node in nodes:
        if isinstance(node, ast.Assign):
            bindings += [(target, node.value) for target in node.targets]
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            bindings.append((node.target, node.value))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            passed = node.iter
            while isinstance(passed, ast.Call) and isinstance(passed.func, ast.Name) and passed.func.id in _PASSING_ON:
                bindings += [(node.target, given) for given in passed.args[1:]]
                if not passed.args:
                    break
                passed = passed.args[0]
            bindings.append((node.target, passed))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            bindings += [(item.optional_vars, item.context_expr) for item in node.items if item.optional_vars]
    for _ in range(_ROUNDS):
        growing = False
        for target, value in bindings:
            roots = _roots(value, behind)
            for part in ast.walk(target) if roots else ():
                if isinstance(part, ast.Name) and not roots <= behind.setdefault(part.id, set()):
                    behind[part.id] |= roots
                    growing = True
        if not growing:
            break
    return behind


def _roots(node: ast.expr, behind: dict[str, set[str]]) -> set[str]:
    """The names that *node* is reached through: ``a`` of ``a.b[0].items()``; a slice or a copy is a new value."""
    while True:
        if isinstance(node, ast.Name):
            return behind.get(node.id, set())
        if (isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice)) or isinstance(
            node, (ast.Attribute, ast.Starred, ast.NamedExpr)
        ):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REACHING:
            node = node.func.value
        elif isinstance(node, ast.IfExp):
            return _roots(node.body, behind) | _roots(node.orelse, behind)
        elif isinstance(node, ast.BoolOp):
            return set().union(*(_roots(value, behind) for value in node.values))
        else:
            return set()
