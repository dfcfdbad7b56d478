"""Evaluate what a model read in a docstring on what calls did. Runs in the examiner, on data.

The expressions were looked at by the host (``_suggest.expression``) and see the parameters before the call, the result,
and a few functions without effects: no builtins beyond those.
"""

from __future__ import annotations

import ast
import builtins
import json
import math
import pickle
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any, Final

from fukkatsu._oracle import values
from fukkatsu._oracle.clauses import BROKEN, HELD, UNKNOWN
from fukkatsu._oracle.judged import binder, load_function, user_classes
from fukkatsu._oracle.values_rebuild import AnyClass
from fukkatsu._sandbox.arrive import read_call

NO_CASE: Final = -1
"""Place of the case, where none applies or where that cannot be told."""
_MOST_STEPS: Final = 100_000


def judge_cases(payload: bytes) -> bytes:
    """For each call and each table ``[place of the case that applies, state, words]``."""
    request = pickle.loads(payload)  # noqa: S301 - made by the host
    judge = _Judge(request)
    return json.dumps([judge.call(*call) for call in request["calls"]]).encode()


class _Judge:
    def __init__(self, request: Mapping[str, Any]) -> None:
        function = load_function(request)
        self.bind = binder(function)
        self.types = AnyClass()
        self.types |= user_classes([function, *getattr(function, "__globals__", {}).values()])
        self.tables: list[list[tuple[CodeType | None, CodeType | None, str]]] = [
            [
                (None if when is None else _compiled(when), _compiled(then) if then else None, raises)
                for when, then, raises in table
            ]
            for table in request["tables"]
        ]
        self.names: dict[str, Any] = {name: getattr(builtins, name) for name in request["functions"]}
        self.names |= {"range": _short_range, "_equal": _equal}

    def call(self, arguments: bytes, kind: str, value: bytes, exception: str) -> list[list[Any]]:
        """What each table says of one call."""
        try:
            args, kwargs = read_call(arguments)
            before = self.bind(*args, **kwargs)
            names = {**self.names, **before, "__builtins__": {}}
            self.types.update(user_classes(before.values()))
            if kind == "returned":
                result = values.rebuild(value, self.types)
                names["__return__"] = list(result) if isinstance(result, Iterator) else result
        except Exception as error:  # noqa: BLE001 - opaque, or arguments that do not fit: nothing is known
            return [[NO_CASE, UNKNOWN, str(error)] for _ in self.tables]
        return [self._table(table, names, kind, exception) for table in self.tables]

    def _table(
        self,
        table: Sequence[tuple[CodeType | None, CodeType | None, str]],
        names: dict[str, Any],
        kind: str,
        exception: str,
    ) -> list[Any]:
        for place, (when, then, raises) in enumerate(table):
            if when is not None:
                applies, why = _evaluated(when, names)
                if applies is None:
                    return [NO_CASE, UNKNOWN, why]
                if not applies:
                    continue
            if then is None:
                raised = kind == "raised" and exception.rpartition(".")[2] == raises
                return [place, HELD if raised else BROKEN, "" if raised else "it does not raise that"]
            if kind != "returned":
                return [place, UNKNOWN, "it raised"]
            holds, why = _evaluated(then, names)
            return [place, UNKNOWN if holds is None else HELD if holds else BROKEN, why]
        return [NO_CASE, UNKNOWN, "no case applies"]


def _evaluated(code: CodeType, names: dict[str, Any]) -> tuple[bool | None, str]:
    """Truth of an expression; ``None`` where it has none, which speaks against the reading and not the call."""
    try:
        return bool(eval(code, names)), ""  # noqa: S307 - an expression that the host has looked at, in the examiner
    except Exception as error:  # noqa: BLE001 - of any kind: it does not fit these arguments
        return None, f"it raises {type(error).__name__}: {error}"[:200]


def _short_range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _MOST_STEPS:
        msg = f"a range of {len(found)} is too long to be looked at"
        raise ValueError(msg)
    return found


def _compiled(text: str) -> CodeType:
    """*text*, with equality as the rest of the evidence understands it: floats within a tolerance, NaN equal to NaN."""

    class Equality(ast.NodeTransformer):
        def visit_Compare(self, node: ast.Compare) -> ast.expr:
            self.generic_visit(node)
            if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                return node
            equal = ast.Call(ast.Name("_equal", ast.Load()), [node.left, node.comparators[0]], [])
            return equal if isinstance(node.ops[0], ast.Eq) else ast.UnaryOp(ast.Not(), equal)

    tree = ast.fix_missing_locations(Equality().visit(ast.parse(text, mode="eval")))
    return compile(tree, "<reading>", "eval")


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        if math.isinf(one) or math.isinf(other):
            return one == other
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (one != one and other != other)
    try:
        same = bool(one == other)
    except Exception:  # noqa: BLE001 - arrays have no truth
        same = False
    return same or values.equal(values.encode(one).text, values.encode(other).text)
