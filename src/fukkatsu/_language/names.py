"""Which names a correction looks up outside itself: asked of the compiler, answered with a remedy."""

from __future__ import annotations

import ast
import builtins
import types
from typing import TYPE_CHECKING, Final

from fukkatsu._language import textgate
from fukkatsu._language.allowlist import DEFAULT_IMPORTS, GUARDED_CALLS, NEVER_CALLS, OMITTED_CALLS, POWERS
from fukkatsu._language.attributes import is_dunder
from fukkatsu._language.bytecode import cells_written, global_names
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import MAX_FINDINGS, Finding, Findings
from fukkatsu._language.modules import Openings
from fukkatsu._language.scopes import permitted_globals
from fukkatsu._language.trees import names_bound_by

if TYPE_CHECKING:
    from fukkatsu.policy import Policy


def check_names(
    text: str,
    code: types.CodeType,
    facts: OriginalFacts,
    policy: Policy,
    findings: Findings,
    among: tuple[Finding, ...] = (),
) -> None:
    """Each name that *code*, compiled from *text*, looks up or writes outside must be one that is permitted.

    What *among* says already is not said again.
    """
    said = {name for finding in among for name in finding.found.strip("`").split()}
    read = global_names(code) - permitted_globals(facts, policy) - said
    written = global_names(code, written=True) - facts.globals_assigned - said
    cells = cells_written(code) - facts.nonlocals - said
    if not (read or written or cells):
        return
    names, nonlocals = _first_lines(text)
    outside = sorted(read | written, key=lambda name: (names.get(name, 1), name))
    for name in outside[:MAX_FINDINGS]:
        refuse_name(name, names.get(name, 1), facts, policy, findings)
    for name in sorted(cells):
        why = "the original does not assign it, so a correction may not change it"
        findings.add(nonlocals.get(name, 1), f"`nonlocal {name}`", why, "Use a local variable.")


def check_bound_name(node: ast.AST, name: str | None, findings: Findings) -> None:
    """A name that is bound somewhere may be any but the interpreter's own."""
    if name is not None and is_dunder(name) and name != "__":
        findings.add(node, f"`{name}`", "names with two underscores are the interpreter's own", "Rename it.")


def import_silently(tree: ast.Module, nodes: list[ast.AST], facts: OriginalFacts, policy: Policy) -> bool:
    """Write out the imports that *tree* counts on: those of the original's file that the policy would let it write.

    Returns:
        Whether there were any.
    """
    known: dict[str, list[tuple[str, str]]] = {}  # several homes of one class: pathlib._local.Path is pathlib.Path
    for name, module, member in sorted(facts.file_imports):
        known.setdefault(name, []).append((module, member))
    if not known:
        return False
    used = {node.id for node in nodes if type(node) is ast.Name and type(node.ctx) is ast.Load} & known.keys()
    if not used:
        return False
    used -= {name for node in nodes for name in names_bound_by(node) if name}
    openings = Openings.of(policy.imports, facts)
    made: list[ast.stmt] = []
    for name in sorted(used):
        for module, member in known[name]:
            alias = ast.alias(name=member or module, asname=name)
            if not openings.importable(module) or (member and openings.member(module, member) is False):
                continue
            made.append(ast.ImportFrom(module=module, names=[alias], level=0) if member else ast.Import(names=[alias]))
            break
    for statement in made:
        alias = statement.names[0]  # type: ignore[attr-defined]  # an import, made above
        for node in (statement, alias):
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
    tree.body[:0] = made
    return bool(made)


def _first_lines(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Where each name, and each name after ``nonlocal``, first stands.

    The tree that was compiled is rewritten, so the text is read again; once, whatever is refused of it.
    """
    names: dict[str, int] = {}
    nonlocals: dict[str, int] = {}
    for node in textgate.flatten(ast.parse(text)):
        if isinstance(node, ast.Name):
            names[node.id] = min(node.lineno, names.get(node.id, node.lineno))
        elif isinstance(node, ast.Nonlocal):
            for name in node.names:
                nonlocals[name] = min(node.lineno, nonlocals.get(name, node.lineno))
    return names, nonlocals


def refuse_name(name: str, line: int, facts: OriginalFacts, policy: Policy, findings: Findings) -> None:
    """Why the outer name *name* is closed, and what would open it."""
    closed = dict(facts.closed)
    if name in closed and ("." in closed[name] or closed[name] in POWERS):
        why = f"it leads to {closed[name]}, which reaches beyond the function"
        findings.add_closed(line, f"`{name}`", why, ("imports", closed[name]))
        return
    power = closed.get(name, name)  # `read = open` is open
    if power in OMITTED_CALLS:
        found = f"`{name}`" if power.endswith(_EXCEPTIONS) else f"`{name}(...)`"
        if power in NEVER_CALLS:
            findings.add(line, found, OMITTED_CALLS[power], "No policy opens it; write it otherwise.")
        else:
            findings.add_closed(line, found, OMITTED_CALLS[power], ("calls", power))
    elif hasattr(builtins, name) or name in GUARDED_CALLS:
        findings.add_closed(line, f"`{name}`", "the policy does not list this builtin", ("calls", name))
    elif name in DEFAULT_IMPORTS and name in policy.imports:
        findings.add(line, f"`{name}`", "the module is open, but nothing imports it", f"Add `import {name}`.")
    elif module := _home_of(name, policy):
        findings.add(line, f"`{name}`", "nothing imports it", f"Add `from {module} import {name}`.")
    elif name[0].isupper() and not name.isupper():
        findings.add(
            line,
            f"`{name}`",
            "of the module's own classes and exceptions only those that the original uses are open",
            "Use a builtin class or exception, or one that the original names.",
        )
    else:
        findings.add(
            line,
            f"`{name}`",
            "it is neither defined here, nor used by the original, nor a builtin that the policy opens",
            "Define it inside the function; of the module's own names only those that the original uses are open.",
        )


_EXCEPTIONS: Final = ("Exception", "Error", "Exit", "Interrupt", "Group")
# Not math, re or json: `log`, `search` and `load` are as likely the module's own.
_LIKELY: Final = (
    "typing",
    "collections",
    "collections.abc",
    "datetime",
    "decimal",
    "dataclasses",
    "functools",
    "itertools",
)


def _home_of(name: str, policy: Policy) -> str | None:
    """The open module that a forgotten import most likely meant: ``defaultdict`` is of ``collections``."""
    from fukkatsu._language.allowlist import MEMBERS

    listed = [module for module in _LIKELY if module in policy.imports and name in MEMBERS.get(module, "").split()]
    return listed[0] if listed and len(name) > 2 else None
