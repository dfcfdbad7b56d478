"""The static stage: one walk over a candidate's syntax tree, before anything of it may run.

Every refusal says which line, what was found, why, and how to permit or mend it. Nothing here trusts the text: hostile
nesting, odd characters and broken syntax are findings like any other.
"""

from __future__ import annotations

import ast
import types
from collections import deque
from typing import TYPE_CHECKING, Final

from fukkatsu._language import textgate
from fukkatsu._language.compiling import compile_tree
from fukkatsu._language.declaration import (
    FUNCTIONS,
    check_top_level,
    drop_annotations,
    drop_imports_of_annotations,
)
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import Finding, Findings, title
from fukkatsu._language.in_place import changed_names, find_helpers
from fukkatsu._language.names import check_names, import_silently
from fukkatsu._language.node_checks import Check
from fukkatsu._language.repeats import drop_repeats
from fukkatsu._language.suspended import YIELDS, is_generator, is_pausing, names_itself, pausing_inside
from fukkatsu._language.trees import pauses_in_finally

if TYPE_CHECKING:
    from fukkatsu.policy import Policy


def check_source(text: str, facts: OriginalFacts, policy: Policy) -> tuple[Finding, ...]:
    """Everything in *text* that the language, the policy or the original's signature rules out; empty when clean.

    Total: never raises, whatever the text.
    """
    return examine(text, facts, policy)[0]


Examined = tuple[tuple[Finding, ...], types.CodeType | None]

# The compile stage asks for what the static stage has just examined; a handful is enough for the functions that are
# being repaired at the same time. Findings and code objects are immutable, so they can be shared.
_examined: Final[deque[tuple[str, OriginalFacts, Policy, Examined]]] = deque(maxlen=8)


def examine(text: str, facts: OriginalFacts, policy: Policy) -> Examined:
    """The findings, and, when there are none, the code of the rewritten body: see ``program.compile_program``."""
    for known, its_facts, its_policy, examined in tuple(_examined):
        if known == text and its_facts == facts and its_policy == policy:
            return examined
    try:
        examined = _examine(text, facts, policy)
    except (SyntaxError, ValueError, OverflowError, SystemError) as error:
        line, what = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
        examined = (Finding(line, f"not Python: {what}", "it does not compile", "Send valid source."),), None
    except (RecursionError, MemoryError) as error:
        why = f"checking it exhausted the stack ({type(error).__name__})"
        return (Finding(1, "source too deeply nested", why, "Use variables, or a loop."),), None
    if isinstance(text, str):
        _examined.append((text, facts, policy, examined))
    return examined


def _examine(text: str, facts: OriginalFacts, policy: Policy) -> Examined:
    gate = textgate.refuse_text(text, policy.source_bytes)
    if gate is not None:
        return (Finding(*gate),), None
    tree = textgate.parse(text)
    if not isinstance(tree, ast.Module):
        return (Finding(*tree),), None
    nodes = textgate.flatten_checked(tree)
    if not isinstance(nodes, list):
        return (Finding(*nodes),), None
    drop_repeats(tree, nodes, facts)
    if import_silently(tree, nodes, facts, policy):
        nodes = textgate.flatten(tree)
    refused = check_tree(tree, nodes, facts, policy)
    if refused:
        return _with_names(refused, tree, nodes, text, facts, policy), None
    code = compile_tree(tree, nodes, facts, policy)
    if not isinstance(code, types.CodeType):
        return code, None
    outside = Findings()
    check_names(text, code, facts, policy, outside)
    return outside.ordered(), None if outside else code


def _with_names(
    refused: tuple[Finding, ...],
    tree: ast.Module,
    nodes: list[ast.AST],
    text: str,
    facts: OriginalFacts,
    policy: Policy,
) -> tuple[Finding, ...]:
    """*refused* and what is wrong with names, as far as the tree compiles: one answer with everything saves a round."""
    if not any(isinstance(node, FUNCTIONS) and node.name == facts.name for node in tree.body):
        return refused
    try:
        code = compile_tree(tree, nodes, facts, policy)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError, AttributeError):
        return refused
    if not isinstance(code, types.CodeType):
        return refused
    findings = Findings(refused)
    check_names(text, code, facts, policy, findings, among=refused)
    return findings.ordered()


def check_tree(tree: ast.Module, nodes: list[ast.AST], facts: OriginalFacts, policy: Policy) -> tuple[Finding, ...]:
    """One walk over *nodes*, which are those of *tree*; its annotations are removed in passing."""
    check = Check(facts, policy)
    yields = not YIELDS.isdisjoint(map(type, nodes))
    target = check_top_level(tree, facts, check.findings, yields=yields)
    left = drop_annotations(nodes, target, facts, check.opened, check.findings)
    if len(left) < len(nodes):
        left = drop_imports_of_annotations(tree, nodes, left)
    check.walk(left, tree, target)
    if not facts.pauses_in_finally and (yields or ast.AsyncFunctionDef in set(map(type, nodes))):
        for node in pauses_in_finally(nodes):
            where = "around a yield" if isinstance(node, ast.AsyncWith) else "in a finally block"
            why = "it would run after the call, or take the place of what ends it"
            check.findings.add(node, f"`{title(node)}` {where}", why, "Move it after the try statement.")
    if yields and target is not None:
        _check_beside(tree, target, check.findings)
    _check_what_lasts(tree, facts, check.findings)
    return check.findings.ordered()


def _check_beside(tree: ast.Module, target: ast.AST, findings: Findings) -> None:
    """Generators that may be left suspended are finished by the call that makes them: see ``suspended.py``.

    A generator's own calls begin and end with no regard to each other, so none of them would know which are its own.
    """
    if not isinstance(target, FUNCTIONS) or not is_generator(target):
        return
    own = target.name if is_pausing(target) else ""
    why = "what is left to run in it could run after the call"
    for statement in tree.body:
        if statement is target or not isinstance(statement, FUNCTIONS):
            continue
        for definition in (statement, *pausing_inside(statement)):
            if is_pausing(definition):
                found = f"a yield inside try or with, in `{definition.name}` beside a generator"
                findings.add(definition, found, why, "Define it inside the function.")
        for node in names_itself(statement, own) if own else ():
            findings.add(node, f"`{title(node)}` beside the function", why, "Call it in the function itself.")


def _check_what_lasts(tree: ast.Module, facts: OriginalFacts, findings: Findings) -> None:
    """What outlives the call is changed, or handed on whole, only as the original does it."""
    changes = facts.changes_in(tree)
    if changes.tangled and facts.tangled:  # as large as its original: looked over, not followed
        names = frozenset(name for name, _ in facts.lasting) - facts.changed
        helpers = find_helpers(textgate.flatten(tree))
        for statement in tree.body:
            own = statement.args if isinstance(statement, FUNCTIONS) and statement.name != facts.name else None
            shadowed = {node.arg for node in ast.walk(own) if isinstance(node, ast.arg)} if own is not None else set()
            for name, node in changed_names(statement, names - shadowed, helpers).items():
                changes.changed.setdefault(name, node)
    elif changes.tangled:
        findings.add(1, "a text too tangled to follow", "what it changes cannot be told", "Shorten it.")
    for name, node in changes.changed.items():
        why = f"the original does not change what `{name}` holds, and it outlives the call"
        findings.add(node, f"a change of `{name}`", why, "Change a copy, or a local value.")
    for (name, to), node in changes.handed.items():
        if (name, to) not in facts.handed and name not in changes.changed:
            why = f"`{to.lstrip('.')}` could change it, and it outlives the call" if to else "it outlives the call"
            findings.add(node, f"`{name}` as an argument", why, "Hand on a copy, or a value that is in it.")
    for statement in changes.afresh:
        statement.afresh = True  # type: ignore[attr-defined]  # for the transformer
