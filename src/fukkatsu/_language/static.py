"""The static stage: one walk over a candidate's syntax tree, before anything of it may run.

Every refusal says which line, what was found, why, and how to permit or mend it. Nothing here trusts the text: hostile
nesting, odd characters and broken syntax are findings like any other.
"""

from __future__ import annotations

import ast
import difflib
import re
import types
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._language import textgate
from fukkatsu._language.allowlist import DEFAULT_IMPORTS, OMITTED_CALLS, POWERS
from fukkatsu._language.attributes import GUARDED, can_be_opened, closed_because, is_dunder
from fukkatsu._language.compiling import compile_tree
from fukkatsu._language.declaration import (
    DIFFERS,
    FUNCTIONS,
    Function,
    check_top_level,
    drop_annotations,
    drop_imports_of_annotations,
    own_nodes,
)
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import Finding, Findings, shown, title
from fukkatsu._language.formats import template_fault
from fukkatsu._language.in_place import changed_names, find_helpers
from fukkatsu._language.modules import Openings, public_name, why_closed
from fukkatsu._language.names import check_names, import_silently
from fukkatsu._language.nodes import rule_of
from fukkatsu._language.repeats import differs_from_the_files, drop_repeats
from fukkatsu._language.trees import chain_of, is_super_call, mangle, names_bound_by, object_method, pauses_in_finally

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
    check = _Check(facts, policy)
    yields = not _YIELDS.isdisjoint(map(type, nodes))
    target = check_top_level(tree, facts, check.findings, yields=yields)
    left = drop_annotations(nodes, target, facts, check.opened, check.findings)
    if len(left) < len(nodes):
        left = drop_imports_of_annotations(tree, nodes, left)
    check.walk(left, tree, target)
    check.narrow_imports()
    if not facts.pauses_in_finally and (yields or ast.AsyncFunctionDef in set(map(type, nodes))):
        for node in pauses_in_finally(nodes):
            where = "around a yield" if isinstance(node, ast.AsyncWith) else "in a finally block"
            why = "it would run after the call, or take the place of what ends it"
            check.findings.add(node, f"`{title(node)}` {where}", why, "Move it after the try statement.")
    _check_what_lasts(tree, facts, check.findings)
    return check.findings.ordered()


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


_YIELDS: Final = frozenset({ast.Yield, ast.YieldFrom})


class _Check:
    """One walk's state: the findings so far and what names are bound to modules."""

    def __init__(self, facts: OriginalFacts, policy: Policy) -> None:
        self.facts, self.policy = facts, policy
        self.findings = Findings()
        self.openings = Openings.of(policy.imports, facts)
        self.opened = facts.attributes | policy.attributes
        self.readable = self.opened | facts.attributes_of_class
        self.modules: dict[str, str] = {name: public_name(module) for name, module in facts.modules}
        self.rebound: set[str] = set()
        self.origins: dict[str, str] = {}  # of names that the text imports from somewhere
        self.closed_modules: set[str] = set()
        self.target: Function | None = None
        self.top: set[ast.stmt] = set()
        self.functions: set[str] = set()
        self.top_names: set[str | None] = set()

    def walk(self, nodes: list[ast.AST], tree: ast.Module, target: Function | None) -> None:
        self.target, self.top = target, set(tree.body)
        self.functions = {statement.name for statement in tree.body if isinstance(statement, FUNCTIONS)}
        self.top_names = {
            name for statement in tree.body for part in _bound_at_the_top(statement) for name in names_bound_by(part)
        } | self.functions
        # First what names are bound to, then what is done with them.
        self.rebound = {node.id for node in nodes if type(node) is ast.Name and type(node.ctx) is not ast.Load}
        self.rebound.update(node.arg for node in nodes if type(node) is ast.arg)
        for node in nodes:
            if type(node) is ast.Import or type(node) is ast.ImportFrom:
                self._bind_import(node)
        for node in nodes:
            check = _CHECKS[type(node)]
            if check is not None:
                check(self, node)

    def _refuse(self, node: ast.AST) -> None:
        remedy = _REMEDIES.get(type(node), "Write it otherwise.")
        if isinstance(node, ast.ClassDef) and node in self.top and differs_from_the_files(node, self.facts):
            remedy = DIFFERS.format(node.name)
        self.findings.add(node, title(node), rule_of(node).why, remedy)

    def _bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if self._says_again(node, alias):
                continue
            if (alias.asname or alias.name.partition(".")[0]) in self.facts.globals_assigned:
                found = f"an import named {alias.asname or alias.name}"
                self.findings.add(
                    node, found, "the original declares that name global", "Import it under another name."
                )
            if isinstance(node, ast.Import):
                top = alias.name.partition(".")[0]
                self.modules[alias.asname or top] = alias.name if alias.asname else top
            else:
                full = f"{node.module}.{alias.name}"
                self.origins[alias.asname or alias.name] = full
                if self.openings.importable(full):
                    self.modules[alias.asname or alias.name] = full
                else:
                    self.modules.pop(alias.asname or alias.name, None)

    def _says_again(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
        """An import of what the original's own name holds: the transformer leaves it out."""
        if isinstance(node, ast.ImportFrom):
            home = "" if node.level else node.module or ""
            return self.facts.says_again(alias.asname or alias.name, home, alias.name)
        return ("." not in alias.name or bool(alias.asname)) and self.facts.says_again(
            alias.asname or alias.name, alias.name
        )

    def bound_name(self, node: ast.AST, name: str | None) -> None:
        """A name that is bound somewhere: any but the interpreter's own."""
        if name is not None and is_dunder(name) and name != "__":
            self.findings.add(node, f"`{name}`", "names with two underscores are the interpreter's own", "Rename it.")

    def attribute(self, node: ast.AST, name: str, *, write: bool = False, whole: bool = False) -> None:
        name = mangle(name, self.facts.class_name)
        why = closed_because(name, self.opened if write else self.readable, write=write)
        if why is None:
            return
        found = f"attribute `{shown(node) if whole else '.' + name}`"
        if can_be_opened(name):
            self.findings.add_closed(node, found, why, ("attributes", name))
        else:
            self.findings.add(node, found, why, "No policy opens it; write it without.")

    def _check_Attribute(self, node: ast.Attribute) -> None:
        chain = chain_of(node)
        module = self.modules.get(chain[0]) if chain is not None and chain[0] not in self.rebound else None
        if chain is not None and module is not None and not self._module_member(node, module, chain[1]):
            return
        if (
            node.attr in ("format", "format_map")
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            and (fault := template_fault(node.value.value, self.readable))
        ):
            found = f"template {node.value.value[:60]!r}"
            self.findings.add(node, found, fault, "Pass the value itself, or an f-string.")
        if node.attr in self.facts.super_methods and is_super_call(node.value):
            return
        if object_method(node) in self.facts.object_methods and "object" not in self.rebound:
            return
        write = not isinstance(node.ctx, ast.Load)
        if (
            write
            and isinstance(node.value, ast.Name)
            and node.value.id in self.functions - self.rebound
            and not (node.value.id == self.facts.name and node.attr in self.facts.written_on_itself)
        ):
            why = "what a function keeps on itself outlives the call, so a correction could change what it does later"
            self.findings.add(node, f"attribute `{shown(node)}`", why, "Use a local variable.")
        self.attribute(node, node.attr, write=write, whole=True)

    def _module_member(self, node: ast.Attribute, module: str, path: tuple[str, ...]) -> bool:
        for index, name in enumerate(path):
            opened = self.openings.member(module, name)
            if opened is False and not is_dunder(name):
                full = f"{module}.{name}"
                self.findings.add_closed(node, f"`{full}`", why_closed(module, name), ("imports", full))
                return False
            if index + 1 < len(path) and self.openings.holds(f"{module}.{name}"):
                module = f"{module}.{name}"
            else:
                return True
        return True

    def _check_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound_name(node, node.id)
        elif is_dunder(node.id) and node.id not in ("__name__", "__debug__", "__"):
            if node.id in self.facts.free_names or node.id in self.facts.global_names:
                return
            why = OMITTED_CALLS.get(node.id, "names with two underscores are the interpreter's own")
            self.findings.add(node, f"`{node.id}`", why, "Write it without.")

    def _check_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and _ARRAY_PROTOCOLS.fullmatch(node.value):
            why = "numpy takes an object of that attribute for memory at any address"
            self.findings.add(node, f"the text {node.value!r}", why, "Write it without.")
        if isinstance(node.value, int) and node.value.bit_length() > textgate.MAX_INT_BITS:
            self.findings.add(node, "a huge number", "computing with it could stall the program", "Use a smaller one.")

    def _check_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, (ast.Pow, ast.LShift, ast.Mult)):
            bits = textgate.constant_bits(node)
            if bits is not None and bits > textgate.MAX_CONSTANT_BITS:
                found = f"`{shown(node)}`"
                self.findings.add(node, found, "its value would fill the memory", "Use a smaller number.")

    def _check_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) > 1 and any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            found = f"`{shown(node)}`"
            self.findings.add(node, found, "`is` in a chain is hard to read", "Write two comparisons.")

    def _check_FormattedValue(self, node: ast.FormattedValue) -> None:
        if isinstance(node.format_spec, ast.JoinedStr):
            for part in node.format_spec.values:
                if isinstance(part, ast.Constant) and _wide(str(part.value)):
                    self.findings.add(node, "a huge width", "the text would fill the memory", "Use a smaller width.")

    def _check_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        plain = len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)
        if name == "type" and not plain and name not in self.rebound and name not in self.facts.global_names:
            self.findings.add(
                node, f"`{shown(node)}`", "type() with three arguments makes a class", "Use one argument."
            )
        for keyword in node.keywords:
            if keyword.arg is not None and is_dunder(keyword.arg):
                why = "what is called could keep it as an attribute, and the interpreter itself looks such names up"
                self.findings.add(node, f"a keyword `{keyword.arg}`", why, "Rename it.")
        attribute = node.func.attr if isinstance(node.func, ast.Attribute) else None
        if name in ("getattr", "setattr", "delattr") and len(node.args) > 1:
            self._quoted(node, node.args[1], write=name != "getattr")
        elif name in ("attrgetter", "methodcaller") or attribute in ("attrgetter", "methodcaller"):
            for argument in node.args if "attrgetter" in (name, attribute) else node.args[:1]:
                self._quoted(node, argument, write=False)

    def _quoted(self, node: ast.AST, argument: ast.expr, *, write: bool) -> None:
        """A name in quotes is checked as the attribute that it names."""
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            for part in argument.value.split("."):
                self.attribute(node, part, write=write)

    def _check_MatchClass(self, node: ast.MatchClass) -> None:
        if node.kwd_attrs and self._is_wide(node.cls):
            found = f"`{shown(node.cls)}(...)` with attributes in a pattern"
            why = "what matches could be anything, and the names would be looked up on it unchecked"
            self.findings.add(node, found, why, "Name a class of the module, or look them up in the case's body.")
        for name in node.kwd_attrs:
            self.attribute(node, name)
            if name in GUARDED:
                self.findings.add(
                    node, f"attribute `{name}` in a pattern", GUARDED[name], "Look it up in the case's body."
                )

    def _is_wide(self, cls: ast.expr) -> bool:
        """Whether a class in a pattern may be one that modules are instances of: object, an abstract one, any."""
        if isinstance(cls, ast.Name):
            name = cls.id
            if name in self.rebound or name in self.facts.widest:
                return True
            if name in self.facts.scope_names:
                return False
            return name == "object" or self.origins.get(name, "").partition(".")[0] in ("collections", "typing")
        chain = chain_of(cls)
        module = self.modules.get(chain[0], "") if chain is not None else ""
        return chain is None or chain[0] in self.rebound or module.partition(".")[0] in ("collections", "typing")

    def _check_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.bound_name(node, node.rest)

    def _check_MatchStar(self, node: ast.MatchStar) -> None:
        self.bound_name(node, node.name)

    def _check_MatchAs(self, node: ast.MatchAs) -> None:
        self.bound_name(node, node.name)

    def _check_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.bound_name(node, node.name)

    def _check_arg(self, node: ast.arg) -> None:
        self.bound_name(node, node.arg)

    def _check_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node is not self.target:  # __init__, __eq__: the original's own name, whatever it is
            self.bound_name(node, node.name)
        if node not in self.top and node.name == self.facts.name and self.target is None:
            self.findings.add(
                node, f"{node.name} inside another function", "it must stand at the top level", "Move it."
            )

    _check_AsyncFunctionDef = _check_FunctionDef

    def _check_Global(self, node: ast.Global) -> None:
        for name in node.names:
            if name not in self.facts.globals_assigned:
                self.findings.add(
                    node,
                    f"`global {name}`",
                    "the original does not assign it, so a correction may not change it",
                    "Use a local variable.",
                )

    def _check_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            if name in self.top_names:
                self.findings.add(
                    node,
                    f"`nonlocal {name}`",
                    "what stands beside the function would be kept between calls",
                    "Use a local variable.",
                )

    def _check_Try(self, node: ast.Try) -> None:
        for statement in _leaves(node.finalbody):
            self.findings.add(
                statement,
                f"`{title(statement)}` in a finally block",
                "it would swallow KeyboardInterrupt and cancellation",
                "Move it after the try statement.",
            )

    _check_TryStar = _check_Try

    def _check_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.bound_name(node, alias.asname)
            if self._says_again(node, alias):
                continue
            if not self.openings.importable(alias.name):
                self._import_refused(node, f"import {alias.name}", alias.name)

    def _name_module(self, node: ast.ImportFrom) -> None:
        """Give a relative import the name of its module, where it says again what the original's file says.

        Whether that file is a module or a package nobody has told us: one of the two has what it names.
        """
        for package in (self.facts.module.rpartition(".")[0], self.facts.module):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level <= len(parts) else ""
            module = f"{base}.{node.module}" if node.module else base
            if base and all(self.facts.says_again(each.asname or each.name, module, each.name) for each in node.names):
                node.module, node.level = module, 0
                return

    def _check_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            self._name_module(node)
        if node.level or not node.module:
            dots = "." * node.level + (node.module or "")
            self.findings.add(
                node, f"from {dots} import ...", "relative imports depend on where they stand", "Name the module."
            )
            return
        if node.module == "__future__":
            if any(alias.name != "annotations" for alias in node.names):
                self.findings.add(
                    node, "from __future__ import ...", "only annotations has an effect here", "Leave it out."
                )
            return
        for alias in node.names:
            self.bound_name(node, alias.asname or alias.name)
            found = f"from {node.module} import {alias.name}"
            if self._says_again(node, alias):
                continue
            if alias.name == "*":
                self.findings.add(node, found, "a star hides what is imported", "Name what you need.")
            elif not self.openings.importable(node.module):
                self._import_refused(node, found, node.module)
            elif self.openings.member(node.module, alias.name) is False or is_dunder(alias.name):
                full = f"{node.module}.{alias.name}"
                self.findings.add_closed(node, found, why_closed(node.module, alias.name), ("imports", full))

    def _import_refused(self, node: ast.stmt, found: str, module: str) -> None:
        close = difflib.get_close_matches(module, list(DEFAULT_IMPORTS), n=1, cutoff=0.85)
        hint = f" Did you mean {close[0]}?" if close and close[0] != module else ""
        self.closed_modules.add(module)
        self.findings.add_closed(node, found, why_closed(module), ("imports", module), hint)

    def narrow_imports(self) -> None:
        """One reason for a closed module: of those with powers the members that are used, of others the module."""
        for module in self.closed_modules:
            members = [f for f in self.findings if f.opens is not None and f.opens[1].startswith(f"{module}.")]
            if members and module.partition(".")[0] in POWERS:
                members = [f for f in self.findings if f.opens == ("imports", module)]
            for finding in members:
                self.findings.remove(finding)


class _Checks(dict[type[ast.AST], Callable[[_Check, Any], None] | None]):
    """What is done with nodes of each kind: refused, looked at, or nothing."""

    def __missing__(self, kind: type[ast.AST]) -> Callable[[_Check, Any], None] | None:
        decision = rule_of(kind.__new__(kind)).decision
        looked_at = getattr(_Check, f"_check_{kind.__name__}", None) if decision == "guarded" else None
        self[kind] = check = _Check._refuse if decision == "refused" else looked_at
        return check


_CHECKS: Final = _Checks()


def _bound_at_the_top(statement: ast.stmt) -> list[ast.AST]:
    """What in a top-level statement may bind a name: an import's aliases, the targets of an assignment."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return list(statement.names)
    if isinstance(statement, ast.Assign):
        return [part for target in statement.targets for part in ast.walk(target)]
    return [statement.target] if isinstance(statement, (ast.AnnAssign, ast.AugAssign)) else []


_ARRAY_PROTOCOLS: Final = re.compile(r"__array_(interface|struct)__")
_REMEDIES: Final[dict[type[ast.AST], str]] = {
    ast.ClassDef: "Use a dict, a tuple, types.SimpleNamespace, or a class that the original uses.",
}


def _leaves(statements: list[ast.stmt]) -> Iterable[ast.stmt]:
    """Statements that would leave a finally block early: return, and break or continue of an outer loop."""
    scope = (*FUNCTIONS, ast.Lambda, ast.ClassDef)
    for node in own_nodes(statements, lambda node: not isinstance(node, scope)):
        if isinstance(node, ast.Return):
            yield node
    loops = (ast.For, ast.AsyncFor, ast.While)
    for node in own_nodes(statements, lambda node: not isinstance(node, (*scope, *loops))):
        if isinstance(node, (ast.Break, ast.Continue)):
            yield node
        elif isinstance(node, loops):  # the else branch of a loop belongs to the loop around it
            yield from _leaves(node.orelse)


def _wide(specification: str) -> bool:
    digits = ""
    for character in specification + " ":
        if character.isdigit():
            digits += character
        else:
            if len(digits) > 5:
                return True
            digits = ""
    return False
