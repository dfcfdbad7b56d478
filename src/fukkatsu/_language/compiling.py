"""The checked tree, rewritten and compiled: what the static stage counts names in and the compile stage links."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING

from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import Finding
from fukkatsu._language.handing import reaches_arrays
from fukkatsu._language.lookups import find_look_ups
from fukkatsu._language.scopes import DELIVER, body_of, cell_names, enclose, limits
from fukkatsu._language.suspended import YIELDS, starts_tasks
from fukkatsu._language.trees import names_bound_by

if TYPE_CHECKING:
    from fukkatsu.policy import Policy


def compile_tree(
    tree: ast.Module, nodes: list[ast.AST], facts: OriginalFacts, policy: Policy
) -> types.CodeType | tuple[Finding, ...]:
    """The code of the body of *tree*, whose nodes are *nodes*; findings when the transformer meets the unknown.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError: The compiler's own.
    """
    from fukkatsu._language.transformer import FukkatsuTransformer  # RestrictedPython loads at the first correction

    bound = frozenset(name for node in nodes for name in names_bound_by(node) if name)
    transformer = FukkatsuTransformer(facts, bound, limits(facts, policy), find_look_ups(nodes, facts))
    transformer.note_names(nodes)
    if not YIELDS.isdisjoint(map(type, nodes)):
        transformer.note_pausing(tree)
    if starts_tasks(nodes, frozenset(name for name, full in facts.guarded if full == "asyncio.as_completed")):
        transformer.note_tasks()
    if reaches_arrays(facts, policy):
        transformer.prepare(nodes)
    tree = transformer.visit(tree)
    if transformer.errors:
        return tuple(Finding(1, error, "refused by the transformer", "") for error in transformer.errors)
    deliver = ast.Call(func=ast.Name(DELIVER, ast.Load()), args=[ast.Name(facts.name, ast.Load())], keywords=[])
    tree.body.append(ast.fix_missing_locations(ast.copy_location(ast.Expr(deliver), tree.body[-1])))
    cells = transformer.cells | cell_names(facts, policy) | {DELIVER}
    return body_of(compile(enclose(tree.body, sorted(cells)), "<candidate>", "exec", dont_inherit=True))
