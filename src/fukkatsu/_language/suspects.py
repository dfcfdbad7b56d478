"""Whether a text changes anything that it has not made itself: what ``arguments.py`` is to follow.

Nearly every function appends to a list of its own. A look at names is enough to tell, and far quicker.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from fukkatsu._language import callees

_CHANGING: Final = (
    frozenset(full.rpartition(".")[2] for full in callees.CHANGING | callees.MAKING_CHANGERS)
    - {
        "next",
        "anext",
    }
    | callees.CHANGING_METHODS
)
_NEW: Final = frozenset(
    {
        ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp, ast.GeneratorExp, ast.Constant,
        ast.JoinedStr, ast.BinOp, ast.UnaryOp, ast.Compare,
    }
)  # fmt: skip
_MAKERS: Final = frozenset("list dict set sorted bytearray defaultdict deque Counter OrderedDict deepcopy".split())
_MAKING_METHODS: Final = frozenset(
    "copy deepcopy defaultdict deque Counter OrderedDict split rsplit splitlines strip lower upper replace".split()
)
_ADDED: Final = frozenset({ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp, ast.GeneratorExp})


def is_suspect(nodes: Iterable[ast.AST], containers: frozenset[str], *, arrays: bool) -> bool:
    """Whether there is a change among *nodes* of what is not plainly the text's own.

    Args:
        nodes: All of a text.
        containers: Parameters that are known to be containers.
        arrays: Whether the text may have functions of numpy, which write where one of many arguments says.
    """
    made: dict[str, int] = {}
    stored: dict[str, int] = {}
    otherwise: set[str] = set()
    receivers: list[ast.expr] = []
    full: set[str] = set()
    added: list[tuple[ast.Name, str]] = []
    changers = 0
    for node in nodes:
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is not ast.Load:  # type: ignore[attr-defined]  # kinds are looked at, for speed
                stored[node.id] = stored.get(node.id, 0) + 1  # type: ignore[attr-defined]  # its kind was asked for
            elif node.id in _CHANGING or node.id == "getattr":  # type: ignore[attr-defined]  # its kind was asked for
                changers += 1
        elif isinstance(node, ast.Attribute):
            if type(node.ctx) is not ast.Load or node.attr in callees.MUTATORS:
                receivers.append(node.value)
            if node.attr in _CHANGING:
                changers += 1
        elif isinstance(node, ast.Subscript):
            if type(node.ctx) is not ast.Load:
                receivers.append(node.value)
        elif isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            if name in _CHANGING and node.args:
                changers -= 1
                receivers.append(node.args[0])
            if name == "getattr" and not (len(node.args) > 1 and isinstance(node.args[1], ast.Constant)):
                return True
            if name == "getattr" and node.args[1].value in callees.MUTATORS | _CHANGING:  # type: ignore[attr-defined]  # a constant
                return True
            if name == "getattr" and isinstance(function, ast.Name):
                changers -= 1
            if any(keyword.arg in ("inplace", "out", "overwrite_input") for keyword in node.keywords):
                return True
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if type(target) is ast.Name and _is_new(node.value):
                    made[target.id] = made.get(target.id, 0) + 1
                    if _is_container(node.value):
                        full.add(target.id)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            if type(node.target) is ast.Name and (node.value is None or _is_new(node.value)):
                made[node.target.id] = made.get(node.target.id, 0) + 1
        elif isinstance(node, ast.AugAssign):
            if type(node.target) is ast.Name:
                made[node.target.id] = made.get(node.target.id, 0) + 1
                if node.target.id in containers or _is_container(node.value):
                    receivers.append(node.target)
                elif type(node.value) is ast.Name:
                    added.append((node.target, node.value.id))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                arrays = arrays or alias.name.partition(".")[0] == "numpy" or getattr(node, "module", "") == "numpy"
                if alias.asname and alias.name in _CHANGING:
                    return True
                if (alias.asname or alias.name) not in _IMPORTED or alias.asname not in (None, alias.name):
                    otherwise.add(alias.asname or alias.name)
        elif kind is ast.arg:
            otherwise.add(node.arg)  # type: ignore[attr-defined]  # its kind was asked for
        elif kind in _BINDING and (name := getattr(node, "name", None) or getattr(node, "rest", None)):
            otherwise.add(name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            otherwise.update(node.names)
    receivers += [target for target, name in added if name in full]
    if changers or (arrays and receivers):
        return True
    if not receivers:
        return arrays
    makers = _MAKERS.isdisjoint(stored) and _MAKERS.isdisjoint(otherwise)
    for receiver in receivers:
        if not isinstance(receiver, ast.Name):
            return True
        name = receiver.id
        if name in otherwise or not makers or not stored.get(name) or stored[name] != made.get(name):
            return True
    return False


_IMPORTED: Final = frozenset("defaultdict deque Counter OrderedDict deepcopy".split())
_BINDING: Final = frozenset(
    {
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar,
        ast.MatchMapping,
    }
)  # fmt: skip


def _is_container(value: ast.expr) -> bool:
    return type(value) in _ADDED or (type(value) is ast.Call and _is_new(value))


def _is_new(value: ast.expr) -> bool:
    """Whether *value* is a new object, which nobody else has."""
    if type(value) in _NEW:
        return True
    if not isinstance(value, ast.Call):
        return False
    function = value.func
    if isinstance(function, ast.Attribute):
        return function.attr in _MAKING_METHODS
    return isinstance(function, ast.Name) and function.id in _MAKERS
