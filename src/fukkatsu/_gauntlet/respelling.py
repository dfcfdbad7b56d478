"""A name that is nearly another one: the correction that mends nothing else.

Text work on syntax trees; what such a correction is worth is for ``smallest``.
"""

from __future__ import annotations

import ast
import builtins
import collections
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from fukkatsu._gauntlet.texts import function_named

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_SHORTEST_NAME: Final = 3
_UNDEFINED: Final = re.compile(r"name '(\w+)' is not defined\b")
_NO_ATTRIBUTE: Final = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")
_TYPES: Final = {
    **{kind.__name__: kind for kind in (str, bytes, int, float, list, tuple, dict, set, frozenset, bytearray)},
    "collections.deque": collections.deque, "collections.Counter": collections.Counter,
    "collections.OrderedDict": collections.OrderedDict, "collections.defaultdict": collections.defaultdict,
}  # fmt: skip
_ELSEWHERE: Final = {
    (kind, wrong): right
    for kinds, names in (
        (("list", "collections.deque"), {"push": "append", "add": "append", "push_back": "append", "popitem": "pop"}),
        (("list", "collections.deque"), {"addAll": "extend", "concat": "extend", "shift": "popleft"}),
        (("set",), {"append": "add", "push": "add", "addAll": "update", "extend": "update"}),
        (("str",), {"toUpperCase": "upper", "toLowerCase": "lower", "trim": "strip", "explode": "split"}),
        (("str",), {"startsWith": "startswith", "endsWith": "endswith", "indexOf": "find", "replaceAll": "replace"}),
    )
    for kind in kinds
    for wrong, right in names.items()
    if hasattr(_TYPES[kind], right)
}


@dataclass(frozen=True, slots=True)
class Smaller:
    """A smaller correction.

    Attributes:
        text: Source of it.
        words: What makes it smaller, for a sentence.
        bare: Whether that is a number, a text or a sign in the place of another, or a condition that is asked again.
    """

    text: str
    words: str
    bare: bool = False


@lru_cache(maxsize=64)
def respelt(original: str, name: str, exception: str, message: str, known: frozenset[str]) -> Smaller | None:
    """*original* with nothing but the name mended that an exception speaks of; ``None`` where there is none.

    A name or an attribute counts as misspelt when exactly one that is known there differs from it in one character, or
    in two that changed places: what Python itself asks about ("Did you mean: ...?"). So does a method by the name that
    other types or other languages have for it (``push``), and the name of a module of the library is one that was not
    imported ("Did you forget to import ...?").

    Args:
        original: Source of the function.
        name: Its name.
        exception: Class of the exception, by name.
        message: What it says.
        known: Names of the module and of the closure.
    """
    try:
        tree = ast.parse(original)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    function = function_named(tree, name)
    if function is None:
        return None
    if exception == "AttributeError" and (found := _NO_ATTRIBUTE.search(message)):
        kind, wrong = _TYPES.get(found[1]), found[2]
        right = _ELSEWHERE.get((found[1], wrong)) or (_nearest(wrong, [dir(kind)]) if kind is not None else None)
    elif exception == "NameError" and (found := _UNDEFINED.search(message)):
        wrong = found[1]
        if wrong in sys.stdlib_module_names and wrong not in known:
            return Smaller(f"import {wrong}\n{original}", f"`{wrong}` is imported")
        right = _nearest(wrong, [bound_in(function), known, dir(builtins)])
    else:
        return None
    if right is None:
        return None
    for node in ast.walk(function):
        if exception == "AttributeError" and isinstance(node, ast.Attribute) and node.attr == wrong:
            node.attr = right
        elif exception != "AttributeError" and isinstance(node, ast.Name) and node.id == wrong:
            node.id = right
    return Smaller(ast.unparse(ast.fix_missing_locations(tree)) + "\n", f"`{wrong}` is spelt `{right}`")


def bound_in(function: Function) -> set[str]:
    """Names that the function, or one within it, gives a value."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def _nearest(wrong: str, scopes: Iterable[Iterable[str]]) -> str | None:
    """The one name next to *wrong*, of the innermost scope that has any."""
    if len(wrong) < _SHORTEST_NAME:
        return None
    for scope in scopes:
        near = {name for name in scope if not name.startswith("__") and name != wrong and _one_apart(name, wrong)}
        if near:
            return near.pop() if len(near) == 1 else None
    return None


def _one_apart(a: str, b: str) -> bool:
    """Whether one character was put in, left out or mistaken, or two neighbours changed places."""
    if abs(len(a) - len(b)) > 1:
        return False
    at = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if len(a) == len(b):
        swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
        return a[at + 1 :] == b[at + 1 :] or swapped
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[at + 1 :] == shorter[at:]
