"""What is done with each node of a candidate's syntax tree: refused, looked at closer, or nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._language import textgate
from fukkatsu._language.allowlist import OMITTED_CALLS
from fukkatsu._language.attributes import BUFFER, GUARDED, can_be_opened, closed_because, is_dunder
from fukkatsu._language.declaration import DIFFERS, FUNCTIONS, Function, own_nodes
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.filling import filled_in
from fukkatsu._language.findings import Findings, shown, title
from fukkatsu._language.formats import template_fault
from fukkatsu._language.imports import ImportCheck
from fukkatsu._language.modules import Openings, why_closed
from fukkatsu._language.names import check_bound_name
from fukkatsu._language.nodes import rule_of
from fukkatsu._language.repeats import differs_from_the_files
from fukkatsu._language.trees import chain_of, is_super_call, mangle, names_bound_by, object_method, pairs_of

if TYPE_CHECKING:
    from fukkatsu.policy import Policy


class Check:
    """One walk's state: the findings so far, and what names are bound to."""

    def __init__(self, facts: OriginalFacts, policy: Policy) -> None:
        self.facts, self.policy = facts, policy
        self.findings = Findings()
        self.openings = Openings.of(policy.imports, facts)
        self.imports = ImportCheck(facts, self.openings, self.findings)
        self.opened = facts.attributes | policy.attributes
        self.readable = self.opened | facts.attributes_of_class
        self.rebound: set[str] = set()
        self.target: Function | None = None
        self.top: set[ast.stmt] = set()
        self.functions: set[str] = set()
        self.filled: frozenset[int] = frozenset()
        self.top_names: set[str | None] = set()

    def walk(self, nodes: list[ast.AST], tree: ast.Module, target: Function | None) -> None:
        self.target, self.top = target, set(tree.body)
        self.functions = {statement.name for statement in tree.body if isinstance(statement, FUNCTIONS)}
        self.top_names = {
            name for statement in tree.body for part in _bound_at_the_top(statement) for name in names_bound_by(part)
        } | self.functions
        # First what names are bound to, then what is done with them.
        self.rebound = {node.id for node in nodes if type(node) is ast.Name and type(node.ctx) is not ast.Load}
        if own := self._own_name():
            self.filled = filled_in(nodes, own)
        self.rebound.update(node.arg for node in nodes if type(node) is ast.arg)
        for node in nodes:
            if type(node) is ast.Import or type(node) is ast.ImportFrom:
                self.imports.bind(node)
        for node in nodes:
            check = _CHECKS[type(node)]
            if check is not None:
                check(self, node)
        self.imports.narrow()

    def _own_name(self) -> str:
        """What a method calls its own object, where the text does not bind that name otherwise."""
        if self.target is None or not self.facts.written_in_class:
            return ""
        given = [*self.target.args.posonlyargs, *self.target.args.args]
        name = given[0].arg if given else ""
        return "" if name in self.rebound or name == "cls" else name

    def _refuse(self, node: ast.AST) -> None:
        remedy = _REMEDIES.get(type(node), "Write it otherwise.")
        if isinstance(node, ast.ClassDef) and node in self.top and differs_from_the_files(node, self.facts):
            remedy = DIFFERS.format(node.name)
        self.findings.add(node, title(node), rule_of(node).why, remedy)

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
        module = self.imports.modules.get(chain[0]) if chain is not None and chain[0] not in self.rebound else None
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
        name = mangle(node.attr, self.facts.class_name)
        if isinstance(node.ctx, ast.Store) and id(node) in self.filled and name in self.facts.written_in_class:
            return
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
            check_bound_name(node, node.id, self.findings)
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
        if len(node.ops) > 1 and any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops) and not pairs_of(node):
            why = "what stands in the middle is worked out once, and `is` is asked of our own guard"
            self.findings.add(node, f"`{shown(node)}`", why, "Give it a name first, or write two comparisons.")

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
        own = isinstance(node.cls, ast.Name) and node.cls.id in self.facts.scope_names - dict(self.facts.guarded).keys()
        for name in node.kwd_attrs:
            self.attribute(node, name)
            if name == BUFFER and not own:
                why = "of an array it is its memory, and may hold addresses"
                self.findings.add(node, f"attribute `{name}` in a pattern", why, "Look it up in the case's body.")
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
            return name == "object" or self.imports.origins.get(name, "").partition(".")[0] in ("collections", "typing")
        chain = chain_of(cls)
        module = self.imports.modules.get(chain[0], "") if chain is not None else ""
        return chain is None or chain[0] in self.rebound or module.partition(".")[0] in ("collections", "typing")

    def _check_MatchMapping(self, node: ast.MatchMapping) -> None:
        check_bound_name(node, node.rest, self.findings)

    def _check_MatchStar(self, node: ast.MatchStar) -> None:
        check_bound_name(node, node.name, self.findings)

    def _check_MatchAs(self, node: ast.MatchAs) -> None:
        check_bound_name(node, node.name, self.findings)

    def _check_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        check_bound_name(node, node.name, self.findings)

    def _check_arg(self, node: ast.arg) -> None:
        check_bound_name(node, node.arg, self.findings)

    def _check_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node is not self.target:  # __init__, __eq__: the original's own name, whatever it is
            check_bound_name(node, node.name, self.findings)
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
        self.imports.check_import(node)

    def _check_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imports.check_import_from(node)


class _Checks(dict[type[ast.AST], Callable[[Check, Any], None] | None]):
    """What is done with nodes of each kind: refused, looked at, or nothing."""

    def __missing__(self, kind: type[ast.AST]) -> Callable[[Check, Any], None] | None:
        decision = rule_of(kind.__new__(kind)).decision
        looked_at = getattr(Check, f"_check_{kind.__name__}", None) if decision == "guarded" else None
        self[kind] = check = Check._refuse if decision == "refused" else looked_at
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
