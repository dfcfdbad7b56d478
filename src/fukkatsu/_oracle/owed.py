"""Where a clause names the answer: ``implies(y == 0, __return__ == z)`` owes z to whoever calls with a zero.

A clause is judged of calls that return. But one that says under which condition which value comes says as well that
there is one: to go on crashing on such arguments is no answer. Runs in the examiner.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from fukkatsu._oracle.clauses import parse_clause

_RESULT: Final = frozenset({"__return__", "_"})


@dataclass(frozen=True, slots=True)
class Owed:
    """One value that a clause names.

    Attributes:
        conditions: What must be so for it.
        refused: What must not be so.
        answer: The value, an expression that does not speak of the result.
    """

    conditions: tuple[CodeType, ...]
    refused: tuple[CodeType, ...]
    answer: CodeType

    def names_a_value(self, names: dict[str, Any]) -> bool:
        """Whether the conditions are met, and the answer can be worked out: it may be what crashes, too."""
        try:
            if not all(eval(code, names) for code in self.conditions):  # noqa: S307 - the author's clause, confined
                return False
            if any(eval(code, names) for code in self.refused):  # noqa: S307 - likewise
                return False
            eval(self.answer, names)  # noqa: S307 - likewise
        except Exception:  # noqa: BLE001 - of arguments that it is not about
            return False
        return True


def owed_by(text: str) -> tuple[Owed, ...]:
    """The values that the clause *text* names, each with its conditions; nothing where it only describes the result."""
    try:
        return tuple(_named(parse_clause(text).body, (), ()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _named(node: ast.expr, given: tuple[ast.expr, ...], without: tuple[ast.expr, ...]) -> Iterator[Owed]:
    match node:
        case ast.IfExp(test=test, body=body, orelse=other):  # what `implies` has become, too
            if not _of_result(test):
                yield from _named(body, (*given, test), without)
                yield from _named(other, given, (*without, test))
        case ast.BoolOp(op=ast.Or(), values=[*conditions, last]) if not any(map(_of_result, conditions)):
            yield from _named(last, given, (*without, *conditions))
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _named(value, given, without)
        case _:
            answer = _answer(node)
            if answer is not None:
                yield Owed(tuple(map(_code, given)), tuple(map(_code, without)), _code(answer))


def _answer(node: ast.expr) -> ast.expr | None:
    """What the result is said to be."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            sides = left, right
        case ast.Call(func=ast.Attribute(attr="isclose") | ast.Name(id="isclose"), args=[left, right]):
            sides = left, right
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(left=left, op=ast.Sub(), right=right)]),
            ops=[ast.Lt() | ast.LtE()],
        ):
            sides = left, right
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id="__return__" | "_")):
            return ast.Constant(value=False)
        case _:
            return None
    for one, other in (sides, sides[::-1]):
        if isinstance(one, ast.Name) and one.id in _RESULT and not _of_result(other):
            return other
    return None


def _of_result(node: ast.expr) -> bool:
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in _RESULT]
    own = {one.id for one in names if isinstance(one.ctx, ast.Store)}  # "for _, weight in pairs"
    return any(one.id not in own for one in names)


def _code(node: ast.expr) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(ast.fix_missing_locations(ast.Expression(node)), "<clause>", "eval")
