"""A function in plainer words, for whoever follows names through it: the same program, with a name for each thing.

``for row in rows: ...`` and, further down, ``for row in copies: ...`` use one name for two things: who follows names
sees one. And ``row["tags"] = list(tags); row["tags"].append(tag)`` says of a new list where it is before it says what
is done with it. Both are ordinary, and what is made of them behaves like them. It is made to be read, never to be run.
"""

from __future__ import annotations

import ast
import copy
from typing import TypeAlias

from fukkatsu._language.textgate import flatten

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_LOOPS = (ast.For, ast.AsyncFor)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_DRAWING = frozenset(
    {"sorted", "sum", "min", "max", "any", "all", "list", "tuple", "set", "frozenset", "dict", "join", "fsum", "len"}
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def plainer(tree: ast.Module) -> ast.Module | None:
    """A copy of *tree* in plainer words; ``None`` when there is nothing to say otherwise."""
    plain = copy.deepcopy(tree)
    changed = False
    for node in flatten(plain):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            changed |= _name_loops_apart(node)
    for node in flatten(plain):
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                changed |= _name_what_is_put(statements)
    return ast.fix_missing_locations(plain) if changed else None


def _name_loops_apart(function: Function) -> bool:
    """Give the variable of each loop a name of its own, where nothing outside of the loops knows it.

    Each loop binds its variable before its body runs, so none sees what another one left there.
    """
    inside = flatten(function)
    at_once = {
        id(node) for node in inside if isinstance(node, _COMPREHENSIONS) and not isinstance(node, ast.GeneratorExp)
    }
    at_once |= {id(one) for node in inside if isinstance(node, ast.Call) and _draws(node) for one in node.args}
    made = [node for node in inside if isinstance(node, _COMPREHENSIONS)]
    scoped: list[ast.AST] = [node for node in inside if isinstance(node, _SCOPES) and node is not function]
    scoped += [node for node in made if id(node) not in at_once]
    loops = [node for node in inside if isinstance(node, _LOOPS)]
    names = [name for loop in loops for name in _targets(loop.target)]
    changed = False
    for name in {name for name in names if names.count(name) > 1}:
        own = [loop for loop in loops if name in _targets(loop.target)]
        parts = [[*flatten(loop.target), *(node for each in loop.body for node in flatten(each))] for loop in own]
        within = {id(node) for part in parts for node in part}
        if len(within) < sum(map(len, parts)):
            continue  # one stands in another
        others = {id(node) for each in made for node in _of_its_own(each, name)}
        uses = [node for node in inside if _is_use(node, name) and id(node) not in others]
        if any(id(node) not in within for node in uses):
            continue
        if any(_is_use(node, name) and id(node) not in others for each in scoped for node in flatten(each)):
            continue
        for at, part in enumerate(parts):
            for node in part:
                if isinstance(node, ast.Name) and node.id == name and id(node) not in others:
                    node.id = f"{name} {at}"
        changed = True
    return changed


def _of_its_own(made: ast.AST, name: str) -> list[ast.AST]:
    """The nodes of a comprehension with a variable *name* of its own; what it draws from first is not among them."""
    generators: list[ast.comprehension] = getattr(made, "generators", [])
    if not any(name in _targets(each.target) for each in generators):
        return []
    outside = {id(node) for node in flatten(generators[0].iter)}
    return [node for node in flatten(made) if id(node) not in outside]


def _draws(call: ast.Call) -> bool:
    """Whether a function is called that has drawn all it was given when it comes back."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in _DRAWING


def _targets(target: ast.expr) -> list[str]:
    return [node.id for node in flatten(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _is_use(node: ast.AST, name: str) -> bool:
    """Whether *node* speaks of the variable, in whatever way."""
    if isinstance(node, ast.Name):
        return node.id == name
    if isinstance(node, ast.Global | ast.Nonlocal):
        return name in node.names
    if isinstance(node, ast.arg):
        return node.arg == name
    return name in (getattr(node, "name", None), getattr(node, "rest", None))


def _name_what_is_put(statements: list[ast.stmt]) -> bool:
    """``x[k] = new; x[k].append(y)`` as ``n = new; x[k] = n; n.append(y)``: the second follows the first at once."""
    changed = False
    at = 0
    while at + 1 < len(statements):
        put, done = statements[at], statements[at + 1]
        at += 1
        if not isinstance(put, ast.Assign) or len(put.targets) != 1 or not isinstance(done, ast.Expr):
            continue
        target, call = put.targets[0], done.value
        if not isinstance(target, ast.Subscript | ast.Attribute) or not _is_simple(target):
            continue
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if _text(call.func.value) != _text(target):
            continue
        name = f"new {put.lineno} {put.col_offset}"
        call.func.value = ast.copy_location(ast.Name(name, ast.Load()), call.func.value)
        made = ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], put.value), put)
        put.value = ast.copy_location(ast.Name(name, ast.Load()), put.value)
        statements.insert(at - 1, made)
        at += 2
        changed = True
    return changed


def _is_simple(target: ast.Subscript | ast.Attribute) -> bool:
    """A name with a constant, or another name, as its key: to say it twice is to say the same."""
    if not isinstance(target.value, ast.Name):
        return False
    return isinstance(target, ast.Attribute) or isinstance(target.slice, ast.Constant | ast.Name)


def _text(node: ast.expr) -> str:
    return ast.unparse(node)
