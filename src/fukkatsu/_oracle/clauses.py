"""Evaluate the author's clauses on what a call did. Runs in the examiner: the author's code, on untrusted data."""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, SimpleNamespace
from typing import Any, Final

HELD: Final = "held"
BROKEN: Final = "broken"
UNKNOWN: Final = "unknown"
VACUOUS: Final = "its condition is not met"
"""In words of a clause that held: ``implies(a, b)`` where a does not hold says nothing about the call."""


def implies(premise: object, conclusion: object, otherwise: object = True) -> object:
    """``implies(a, b)``: b where a holds; ``implies(a, b, c)``: c where it does not."""
    return conclusion if premise else otherwise


def forall(items: Iterable[Any], test: Callable[[Any], Any] = bool) -> bool:
    """Whether *test* holds for every item."""
    return all(test(item) for item in items)


def exists(items: Iterable[Any], test: Callable[[Any], Any] = bool) -> bool:
    """Whether *test* holds for some item."""
    return any(test(item) for item in items)


def compile_clause(text: str) -> CodeType:
    """Compile a clause."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ``x is 0`` warns; authors write it in prose
        return compile(parse_clause(text), "<clause>", "eval")


def parse_clause(text: str) -> ast.Expression:
    """Parse a clause; ``implies`` becomes lazy, so that ``implies(xs, xs[0] > 0)`` never looks into an empty list."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: ast.Expression = ast.fix_missing_locations(_Lazy().visit(ast.parse(text, mode="eval")))
        return tree


class _Lazy(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if not (isinstance(node.func, ast.Name) and node.func.id == "implies" and 2 <= len(node.args) <= 3):
            return node
        otherwise = node.args[2] if len(node.args) == 3 else ast.Constant(VACUOUS)
        return ast.copy_location(ast.IfExp(node.args[0], node.args[1], otherwise), node)


def namespace(
    scope: Mapping[str, Any],
    after: Mapping[str, Any],
    before: Mapping[str, Any],
    returned: Any = None,
    *,
    has_result: bool = False,
) -> dict[str, Any]:
    """Names that a clause sees: parameters after the call, ``__return__`` or ``_``, ``__old__``, the quantifiers."""
    names: dict[str, Any] = {"__builtins__": builtins.__dict__, "implies": implies, "forall": forall, "exists": exists}
    names.update(scope)
    if has_result:
        names["__return__"] = names["_"] = returned
        names["__old__"] = SimpleNamespace(**before)
    names.update(after)
    return names


def judge(code: CodeType, names: dict[str, Any]) -> tuple[str, str]:
    """``held``, ``broken`` (false, or raised) or ``unknown``, and what happened in words."""
    try:
        held = eval(code, names)  # noqa: S307 - a clause of the user's own docstring, in the confined examiner
        if isinstance(held, str) and held == VACUOUS:
            return HELD, VACUOUS
        return (HELD, "") if held else (BROKEN, "is false")
    except NameError as error:
        return UNKNOWN, str(error)
    except Exception as error:  # noqa: BLE001 - a clause that raises does not hold
        return BROKEN, f"raises {type(error).__name__}: {error}"
