"""The static stage: one walk over a candidate's syntax tree, before anything of it is compiled for running.

Every refusal says which line, what was found, why, and how to permit or mend it. Nothing here trusts the text: hostile
nesting, odd characters and broken syntax are findings like any other.
"""

from __future__ import annotations

import ast
import builtins
import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._language import textgate
from fukkatsu._language.allowlist import DEFAULT_IMPORTS, GUARDED_CALLS, NEVER_CALLS, OMITTED_CALLS
from fukkatsu._language.attributes import GUARDED, can_be_opened, closed_because, is_dunder
from fukkatsu._language.facts import (
    OriginalFacts,
    cells_written,
    global_names,
    is_super_call,
    mangle,
    object_method,
    read_parameters,
)
from fukkatsu._language.formats import template_fault
from fukkatsu._language.modules import Openings, public_name, why_closed
from fukkatsu._language.nodes import rule_of
from fukkatsu._language.scopes import body_of, cell_names, enclose, permitted_globals

if TYPE_CHECKING:
    from fukkatsu.policy import Policy

MAX_FINDINGS: Final = 20
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ANNOTATED: Final = frozenset({ast.arg, ast.AnnAssign, *_FUNCTIONS})
_ANNOTATION_NODES = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Starred,
    ast.BinOp,
    ast.UnaryOp,
    ast.BitOr,
    ast.USub,
    ast.Load,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to refuse a candidate.

    Attributes:
        line: Line of the candidate's text, counted from 1.
        found: What stands there.
        why: Why it is refused, as a clause.
        remedy: How to permit it in the policy, or how to write it instead.
    """

    line: int
    found: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.found}: {self.why}. {self.remedy}".rstrip()


def check_source(text: str, facts: OriginalFacts, policy: Policy) -> tuple[Finding, ...]:
    """Everything in *text* that the language, the policy or the original's signature rules out; empty when clean.

    Total: never raises, whatever the text.
    """
    try:
        gate = textgate.refuse_text(text, policy.source_bytes)
        if gate is not None:
            return (Finding(*gate),)
        tree = textgate.parse(text)
        if not isinstance(tree, ast.Module):
            return (Finding(*tree),)
        shape = textgate.refuse_shape(tree)
        if shape is not None:
            return (Finding(*shape),)
        return check_tree(tree, facts, policy)
    except (RecursionError, MemoryError) as error:
        why = f"checking it exhausted the stack ({type(error).__name__})"
        return (Finding(1, "source too deeply nested", why, "Use variables, or a loop."),)


def check_tree(tree: ast.Module, facts: OriginalFacts, policy: Policy, *, names: bool = True) -> tuple[Finding, ...]:
    """The same for a parsed tree, whose annotations are removed in passing.

    Without *names* the caller looks over the names of the compiled code itself.
    """
    check = _Check(facts, policy, textgate.flatten(tree))
    check.top_level(tree)
    check.drop_annotations(tree)
    check.walk(tree)
    if names and not check.findings:
        check.names(tree)
    unique = dict.fromkeys(sorted(check.findings, key=lambda finding: finding.line))
    return tuple(unique)[:MAX_FINDINGS]


class _Check:
    """One walk's state: the findings so far and what names are bound to modules."""

    def __init__(self, facts: OriginalFacts, policy: Policy, nodes: list[ast.AST]) -> None:
        self.facts, self.policy, self.nodes = facts, policy, nodes
        self.dropped = False  # whether nodes are gone from the tree that are still in the list
        self.findings: list[Finding] = []
        self.openings = Openings.of(policy.imports, facts)
        self.opened = facts.attributes | policy.attributes
        self.modules: dict[str, str] = {name: public_name(module) for name, module in facts.modules}
        self.rebound: set[str] = set()
        self.target: ast.FunctionDef | ast.AsyncFunctionDef | None = None
        self.top_functions: set[ast.AST] = set()

    def find(self, node: ast.AST | int, found: str, why: str, remedy: str) -> None:
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        self.findings.append(Finding(line, found, why, remedy))

    # -- the shape of the module ---------------------------------------------------------------------------------

    def top_level(self, tree: ast.Module) -> None:
        facts = self.facts
        targets: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        for index, node in enumerate(tree.body):
            if isinstance(node, _FUNCTIONS):
                self.top_functions.add(node)
                if node.name == facts.name:
                    targets.append(node)
                else:
                    self._helper(node)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    if (alias.asname or alias.name.partition(".")[0]) == facts.name:
                        self.find(node, f"an import named {facts.name}", "it replaces the function", "Rename it.")
            elif not (
                index == 0
                and isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                rule = rule_of(node)
                if rule.decision != "refused":  # refused nodes get their own finding from the walk
                    self.find(
                        node,
                        f"a top-level {_title(node)}",
                        "beside the function only imports and helper functions may stand",
                        "Move it into the function.",
                    )
        if not targets:
            defined = [node.name for node in tree.body if isinstance(node, _FUNCTIONS)]
            found = f"no function named {facts.name}" + (f" (there is {', '.join(defined)})" if defined else "")
            self.find(1, found, "a correction defines the function under its own name", f"Define {facts.name}.")
            return
        if len(targets) > 1:
            self.find(targets[1], f"a second function named {facts.name}", "only one can be meant", "Keep one.")
        self.target = targets[0]
        self._signature(targets[0])

    def _helper(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._no_decorators(node)
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
            try:
                ast.literal_eval(default)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                self.find(
                    default,
                    f"default `{_text(default)}` of {node.name}",
                    "defaults beside the function run when it is defined, so they must be literals",
                    "Use None and compute the value inside.",
                )

    def _no_decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.find(
                decorator,
                f"decorator `@{_text(decorator)}`",
                "decorators run when the function is defined",
                "Leave it out: the original's own decorators stay in place.",
            )

    def _signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        facts = self.facts
        self._no_decorators(node)
        if isinstance(node, ast.AsyncFunctionDef) != facts.is_async:
            kind = "async def" if facts.is_async else "def"
            self.find(node, _title(node), f"the original is declared with `{kind}`", f"Use `{kind}`.")
        elif _yields(node) != facts.is_generator:
            kind, remedy = ("a generator", "Use yield.") if facts.is_generator else ("no generator", "Use return.")
            self.find(node, f"{node.name} changes what calling it gives", f"the original is {kind}", remedy)
        theirs, ours = read_parameters(node.args), facts.parameters
        shown = ", ".join(map(str, ours))
        if [(p.name, p.kind) for p in theirs] != [(p.name, p.kind) for p in ours]:
            found = f"signature ({', '.join(map(str, theirs))})"
            self.find(node, found, "callers rely on the original's", f"Keep ({shown}).")
            return
        for their, our in zip(theirs, ours, strict=True):
            if their.default != our.default:
                self.find(
                    node,
                    f"another default of parameter {our.name}",
                    "callers rely on the original's, and it runs when the function is defined",
                    "Keep the defaults exactly as they were.",
                )

    # -- annotations ---------------------------------------------------------------------------------------------

    def drop_annotations(self, tree: ast.Module) -> None:
        """Annotations are never evaluated: look them over, then drop them from the tree."""
        known = {parameter.annotation for parameter in self.facts.parameters}
        for node in self.nodes:
            kind = type(node)
            if kind not in _ANNOTATED:
                continue
            if isinstance(node, ast.arg):
                if node.annotation is not None:
                    self.dropped = True
                    self._annotation(node.annotation, known)
                    node.annotation = None
                node.type_comment = None
            elif isinstance(node, _FUNCTIONS):
                if node.returns is not None:
                    self.dropped = True
                    self._annotation(node.returns, known)
                    node.returns = None
                if getattr(node, "type_params", None):
                    self.dropped = True
                    node.type_params = []  # type: ignore[union-attr,unused-ignore]
            elif isinstance(node, ast.AnnAssign):
                self.dropped = True
                self._annotation(node.annotation, known)
                node.annotation = ast.copy_location(ast.Constant(None), node.annotation)
        if self.target is not None:
            # The original's defaults are used; the candidate's equal them and are never evaluated.
            self.dropped |= bool(self.target.args.defaults or self.target.args.kw_defaults)
            self.target.args.defaults = [ast.copy_location(ast.Constant(0), d) for d in self.target.args.defaults]
            self.target.args.kw_defaults = [
                None if d is None else ast.copy_location(ast.Constant(0), d) for d in self.target.args.kw_defaults
            ]

    def _annotation(self, annotation: ast.expr, known: set[str]) -> None:
        for node in ast.walk(annotation):
            closed = isinstance(node, ast.Attribute) and closed_because(node.attr, self.opened)
            if not isinstance(node, _ANNOTATION_NODES) or closed:
                if _text(annotation) not in known:
                    self.find(
                        annotation,
                        f"annotation `{_text(annotation)}`",
                        "an annotation names types; it is no place for code",
                        "Leave the annotation out: the original's stays in place.",
                    )
                return

    # -- the walk ------------------------------------------------------------------------------------------------

    def walk(self, tree: ast.Module) -> None:
        nodes = textgate.flatten(tree) if self.dropped else self.nodes
        for node in nodes:  # first what names are bound to, then what is done with them
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._bind_import(node)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self.rebound.add(node.id)
            elif isinstance(node, ast.arg):
                self.rebound.add(node.arg)
        for node in nodes:
            rule = rule_of(node)
            if rule.decision == "refused":
                self.find(node, _title(node), rule.why, _REMEDIES.get(type(node), "Write it otherwise."))
            elif rule.decision == "guarded":
                check = getattr(self, f"_check_{type(node).__name__}", None)
                if check is not None:
                    check(node)

    def _bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) in self.facts.globals_assigned:
                found = f"an import named {alias.asname or alias.name}"
                self.find(node, found, "the original declares that name global", "Import it under another name.")
            if isinstance(node, ast.Import):
                top = alias.name.partition(".")[0]
                self.modules[alias.asname or top] = alias.name if alias.asname else top
            else:
                full = f"{node.module}.{alias.name}"
                if self.openings.importable(full):
                    self.modules[alias.asname or alias.name] = full
                else:
                    self.modules.pop(alias.asname or alias.name, None)

    def bound_name(self, node: ast.AST, name: str | None) -> None:
        """A name that is bound somewhere: any but the interpreter's own."""
        if name is not None and is_dunder(name) and name != "__":
            self.find(node, f"`{name}`", "names with two underscores are the interpreter's own", "Rename it.")

    def attribute(self, node: ast.AST, name: str, *, write: bool = False, text: str = "") -> None:
        name = mangle(name, self.facts.class_name)
        why = closed_because(name, self.opened, write=write)
        if why is None:
            return
        remedy = (
            f"To permit it: Policy().allowing(attributes={{{name!r}}})."
            if can_be_opened(name)
            else "No policy opens it; write it without."
        )
        self.find(node, f"attribute `{text or '.' + name}`", why, remedy)

    def _check_Attribute(self, node: ast.Attribute) -> None:  # noqa: N802  named after the node, as ast's visitors are
        chain = _chain(node)
        module = self.modules.get(chain[0]) if chain is not None and chain[0] not in self.rebound else None
        if chain is not None and module is not None and not self._module_member(node, module, chain[1]):
            return
        if (
            node.attr in ("format", "format_map")
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            and (fault := template_fault(node.value.value, self.opened))
        ):
            found = f"template {node.value.value[:60]!r}"
            self.find(node, found, fault, "Pass the value itself, or an f-string.")
        if node.attr in self.facts.super_methods and is_super_call(node.value):
            return
        if object_method(node) in self.facts.object_methods and "object" not in self.rebound:
            return
        self.attribute(node, node.attr, write=not isinstance(node.ctx, ast.Load), text=_text(node))

    def _module_member(self, node: ast.Attribute, module: str, path: tuple[str, ...]) -> bool:
        for index, name in enumerate(path):
            opened = self.openings.member(module, name)
            if opened is False and not is_dunder(name):
                full = f"{module}.{name}"
                self.find(
                    node,
                    f"`{full}`",
                    why_closed(module, name),
                    f"To permit it: Policy().allowing(imports={{{full!r}}}).",
                )
                return False
            if index + 1 < len(path) and self.openings.holds(f"{module}.{name}"):
                module = f"{module}.{name}"
            else:
                return True
        return True

    def _check_Name(self, node: ast.Name) -> None:  # noqa: N802
        if not isinstance(node.ctx, ast.Load):
            self.bound_name(node, node.id)
        elif is_dunder(node.id) and node.id not in ("__name__", "__debug__", "__"):
            if node.id in self.facts.free_names or node.id in self.facts.global_names:
                return
            why = OMITTED_CALLS.get(node.id, "names with two underscores are the interpreter's own")
            self.find(node, f"`{node.id}`", why, "Write it without.")

    def _check_Constant(self, node: ast.Constant) -> None:  # noqa: N802
        if isinstance(node.value, int) and node.value.bit_length() > textgate.MAX_INT_BITS:
            self.find(node, "a huge number", "computing with it could stall the program", "Use a smaller one.")

    def _check_BinOp(self, node: ast.BinOp) -> None:  # noqa: N802
        if isinstance(node.op, (ast.Pow, ast.LShift, ast.Mult)):
            bits = textgate.constant_bits(node)
            if bits is not None and bits > textgate.MAX_CONSTANT_BITS:
                found = f"`{_text(node)}`"
                self.find(node, found, "its value would fill the memory", "Use a smaller number.")

    def _check_FormattedValue(self, node: ast.FormattedValue) -> None:  # noqa: N802
        if isinstance(node.format_spec, ast.JoinedStr):
            for part in node.format_spec.values:
                if isinstance(part, ast.Constant) and _wide(str(part.value)):
                    self.find(node, "a huge width", "the text would fill the memory", "Use a smaller width.")

    def _check_Call(self, node: ast.Call) -> None:  # noqa: N802
        name = node.func.id if isinstance(node.func, ast.Name) else None
        plain = len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)
        if name == "type" and not plain and name not in self.rebound and name not in self.facts.global_names:
            self.find(node, f"`{_text(node)}`", "type() with three arguments makes a class", "Use one argument.")
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
                self.attribute(node, part, write=write, text=argument.value)

    def _check_MatchClass(self, node: ast.MatchClass) -> None:  # noqa: N802
        for name in node.kwd_attrs:
            self.attribute(node, name)
            if name in GUARDED:
                self.find(node, f"attribute `{name}` in a pattern", GUARDED[name], "Look it up in the case's body.")

    def _check_MatchMapping(self, node: ast.MatchMapping) -> None:  # noqa: N802
        self.bound_name(node, node.rest)

    def _check_MatchStar(self, node: ast.MatchStar) -> None:  # noqa: N802
        self.bound_name(node, node.name)

    def _check_MatchAs(self, node: ast.MatchAs) -> None:  # noqa: N802
        self.bound_name(node, node.name)

    def _check_ExceptHandler(self, node: ast.ExceptHandler) -> None:  # noqa: N802
        self.bound_name(node, node.name)

    def _check_arg(self, node: ast.arg) -> None:
        self.bound_name(node, node.arg)

    def _check_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:  # noqa: N802
        if node is not self.target:  # __init__, __eq__: the original's own name, whatever it is
            self.bound_name(node, node.name)
        if node not in self.top_functions and node.name == self.facts.name and self.target is None:
            self.find(node, f"{node.name} inside another function", "it must stand at the top level", "Move it.")

    _check_AsyncFunctionDef = _check_FunctionDef  # noqa: N815

    def _check_Global(self, node: ast.Global) -> None:  # noqa: N802
        for name in node.names:
            if name not in self.facts.globals_assigned:
                self.find(
                    node,
                    f"`global {name}`",
                    "the original does not assign it, so a correction may not change it",
                    "Use a local variable.",
                )

    def _check_Try(self, node: ast.Try) -> None:  # noqa: N802
        for statement in _leaves(node.finalbody):
            self.find(
                statement,
                f"`{_title(statement)}` in a finally block",
                "it would swallow KeyboardInterrupt and cancellation",
                "Move it after the try statement.",
            )

    _check_TryStar = _check_Try  # noqa: N815

    def _check_Import(self, node: ast.Import) -> None:  # noqa: N802
        for alias in node.names:
            self.bound_name(node, alias.asname)
            if not self.openings.importable(alias.name):
                self._import_refused(node, f"import {alias.name}", alias.name)

    def _check_ImportFrom(self, node: ast.ImportFrom) -> None:  # noqa: N802
        if node.level or not node.module:
            dots = "." * node.level + (node.module or "")
            self.find(
                node, f"from {dots} import ...", "relative imports depend on where they stand", "Name the module."
            )
            return
        if node.module == "__future__":
            if any(alias.name != "annotations" for alias in node.names):
                self.find(node, "from __future__ import ...", "only annotations has an effect here", "Leave it out.")
            return
        for alias in node.names:
            self.bound_name(node, alias.asname or alias.name)
            found = f"from {node.module} import {alias.name}"
            if alias.name == "*":
                self.find(node, found, "a star hides what is imported", "Name what you need.")
            elif not self.openings.importable(node.module):
                self._import_refused(node, found, node.module)
            elif self.openings.member(node.module, alias.name) is False or is_dunder(alias.name):
                full = f"{node.module}.{alias.name}"
                why = why_closed(node.module, alias.name)
                self.find(node, found, why, f"To permit it: Policy().allowing(imports={{{full!r}}}).")

    def _import_refused(self, node: ast.stmt, found: str, module: str) -> None:
        close = difflib.get_close_matches(module, list(DEFAULT_IMPORTS), n=1, cutoff=0.85)
        hint = f" Did you mean {close[0]}?" if close and close[0] != module else ""
        remedy = f"To permit it: Policy().allowing(imports={{{module!r}}}).{hint}"
        self.find(node, found, why_closed(module), remedy)

    # -- names ---------------------------------------------------------------------------------------------------

    def names(self, tree: ast.Module) -> None:
        """Ask the compiler which names are looked up outside; each must be one that is permitted."""
        statements = [
            node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        ]
        cells = cell_names(self.facts, self.policy)
        try:
            code = compile(enclose(statements, sorted(cells)), "<candidate>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            line = getattr(error, "lineno", None) or 1
            self.find(line, f"not Python: {getattr(error, 'msg', error)}", "it does not compile", "Send valid source.")
            return
        permitted = permitted_globals(self.facts, self.policy)
        outside = global_names(code)
        for name in sorted(outside - permitted):
            self._name_refused(tree, name)
        for name in sorted(global_names(code, written=True) - self.facts.globals_assigned):
            self._name_refused(tree, name)
        for name in sorted(cells_written(body_of(code)) - self.facts.nonlocals):
            line = min((n.lineno for n in ast.walk(tree) if isinstance(n, ast.Nonlocal) and name in n.names), default=1)
            why = "the original does not assign it, so a correction may not change it"
            self.find(line, f"`nonlocal {name}`", why, "Use a local variable.")

    def _name_refused(self, tree: ast.Module, name: str) -> None:
        line = min(
            (n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name),
            default=1,
        )
        closed = dict(self.facts.closed)
        if name in closed and "." in closed[name]:
            remedy = f"To permit it: Policy().allowing(imports={{{closed[name]!r}}})."
            self.find(line, f"`{name}`", f"it is {closed[name]}, which reaches beyond the function", remedy)
        elif name in OMITTED_CALLS or name in closed:
            remedy = (
                "No policy opens it; write it otherwise."
                if name in NEVER_CALLS
                else f"To permit it: Policy().allowing(calls={{{name!r}}})."
            )
            self.find(line, f"`{name}(...)`", OMITTED_CALLS.get(name, "it reaches beyond the function"), remedy)
        elif hasattr(builtins, name) or name in GUARDED_CALLS:
            remedy = f"To permit it: Policy().allowing(calls={{{name!r}}})."
            self.find(line, f"`{name}`", "the policy does not list this builtin", remedy)
        elif name in DEFAULT_IMPORTS and name in self.policy.imports:
            self.find(line, f"`{name}`", "the module is open, but nothing imports it", f"Add `import {name}`.")
        else:
            self.find(
                line,
                f"`{name}`",
                "it is neither defined here, nor used by the original, nor a builtin that the policy opens",
                "Define it inside the function, or pass it as an argument.",
            )


_REMEDIES: Final[dict[type[ast.AST], str]] = {
    ast.ClassDef: "Use a dict, a tuple, types.SimpleNamespace, or a class that the original uses.",
}


def _chain(node: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    return (node.id, tuple(reversed(path))) if isinstance(node, ast.Name) else None


def _text(node: ast.AST) -> str:
    """*node* as source text, shortened."""
    text = ast.unparse(node)
    return text if len(text) <= 80 else text[:77] + "..."


_TITLES: Final = {
    "FunctionDef": "`def`",
    "AsyncFunctionDef": "`async def`",
    "ClassDef": "class definition",
    "Expr": "expression",
    "Assign": "assignment",
    "AnnAssign": "assignment",
    "AugAssign": "assignment",
    "TypeAlias": "type alias",
}


def _title(node: ast.AST) -> str:
    name = type(node).__name__
    return _TITLES.get(name, name.lower())


def _own_nodes(statements: Iterable[ast.AST], enter: Callable[[ast.AST], bool]) -> Iterable[ast.AST]:
    """Nodes under *statements*, not entering those for which *enter* is false."""
    pending: list[Any] = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if enter(node):
            pending += textgate.children(node)


def _yields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    def enter(node: ast.AST) -> bool:
        return not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef))

    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in _own_nodes(function.body, enter))


def _leaves(statements: list[ast.stmt]) -> Iterable[ast.stmt]:
    """Statements that would leave a finally block early: return, and break or continue of an outer loop."""
    scope = (*_FUNCTIONS, ast.Lambda, ast.ClassDef)
    for node in _own_nodes(statements, lambda node: not isinstance(node, scope)):
        if isinstance(node, ast.Return):
            yield node
    loops = (ast.For, ast.AsyncFor, ast.While)
    for node in _own_nodes(statements, lambda node: not isinstance(node, (*scope, *loops))):
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
