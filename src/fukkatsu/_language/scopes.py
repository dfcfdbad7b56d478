"""What a name in a correction may mean.

A correction's body is compiled inside two invisible functions. The parameters of the outer one become cells: guards,
module views and the closure of the original. What is left as a global is read from the original's own module, live and
at plain speed, so every such name is checked against the few that are permitted.
"""

from __future__ import annotations

import ast
import builtins
import functools
import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from fukkatsu._language.allowlist import GUARDED_CALLS

if TYPE_CHECKING:
    from fukkatsu._language.facts import OriginalFacts
    from fukkatsu.policy import Policy

OUTER: Final = ".cells"
BODY: Final = ".module"
DELIVER: Final = ".deliver"
LIMITS: Final = ("MemoryError", "RecursionError")
"""Exceptions that tell how much there is of something: a trial has less of it than production, or more."""
_WHERE_THE_ORIGINAL_DOES: Final = frozenset(
    {"BaseException", "BaseExceptionGroup", "GeneratorExit", "KeyboardInterrupt", "SystemExit", *LIMITS}
)


def enclose(statements: list[ast.stmt], cells: Iterable[str]) -> ast.Module:
    """A module whose innermost function holds *statements*, with *cells* as names of its closure.

    Names that contain a dot cannot be written in source text, so nothing in *statements* can shadow them.
    """
    empty = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    outer_arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(arg=name) for name in cells],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    inner = _define(BODY, empty, statements or [ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)])
    outer = _define(OUTER, outer_arguments, [inner])
    places: list[ast.stmt | ast.arg] = [inner, outer, *outer_arguments.args]
    for node in places:  # the statements have their own already
        node.lineno = node.end_lineno = 1
        node.col_offset = node.end_col_offset = 0
    return ast.Module(body=[outer], type_ignores=[])


def body_of(code: types.CodeType) -> types.CodeType:
    """The innermost function of a compiled ``enclose``."""

    def inside(outer: types.CodeType, name: str) -> types.CodeType:
        return next(c for c in outer.co_consts if isinstance(c, types.CodeType) and c.co_name == name)

    return inside(inside(code, OUTER), BODY)


def _define(name: str, arguments: ast.arguments, body: list[ast.stmt]) -> ast.FunctionDef:
    node = ast.FunctionDef(name=name, args=arguments, body=body, decorator_list=[])
    if "type_params" in node._fields:
        node.type_params = []  # type: ignore[attr-defined,unused-ignore]  # Python 3.12 has it
    return node


def permitted_builtins(facts: OriginalFacts, policy: Policy) -> frozenset[str]:
    """Builtin names that a correction may use: the policy's, and exceptions of control that the original names."""
    return _present(policy.calls) | (facts.builtin_names & _WHERE_THE_ORIGINAL_DOES)


@functools.lru_cache(maxsize=64)
def _present(calls: frozenset[str]) -> frozenset[str]:
    """Of *calls*, what this Python has."""
    return frozenset(name for name in calls if hasattr(builtins, name) or name == "__name__")


def permitted_globals(facts: OriginalFacts, policy: Policy) -> frozenset[str]:
    """Names that a correction may read from outside itself, apart from cells."""
    closed = {name for name, power in facts.closed if not power_is_open(power, policy)}
    own = facts.global_names - closed
    return own | permitted_builtins(facts, policy)


def limits(facts: OriginalFacts, policy: Policy) -> tuple[type[BaseException], ...]:
    """The exceptions of ``LIMITS`` that no handler of a correction catches: those that it may not name."""
    permitted = permitted_builtins(facts, policy)
    return tuple(getattr(builtins, name) for name in LIMITS if name not in permitted)


def power_is_open(power: str, policy: Policy) -> bool:
    """Whether the policy opens ``"os.system"`` (or the whole of ``"os"``) or the builtin ``"open"``."""
    module, dot, _ = power.rpartition(".")
    return power in policy.imports or (module in policy.imports if dot else power in policy.calls)


def cell_names(facts: OriginalFacts, policy: Policy) -> frozenset[str]:
    """Names that reach a correction through a cell rather than as a global of the original's module.

    The closure of the original; names of modules and loggers, which must arrive as views; guarded builtins; and
    builtins that the original's module redefines without the original using them, which must be the real ones.
    """
    modules = {name for name, _ in facts.modules}
    guarded = (GUARDED_CALLS & policy.calls) - facts.global_names
    guarded |= {"vars"} & facts.builtin_names  # guarded, and only where the original uses it
    shadowed = facts.shadowed & permitted_builtins(facts, policy)
    closed = {name for name, power in facts.closed if not power_is_open(power, policy)}
    guarded |= {name for name, _ in facts.guarded}
    return (facts.free_names | modules | facts.loggers | guarded | shadowed) - closed
