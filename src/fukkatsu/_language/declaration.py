"""What may stand at the top of a correction: imports, helper functions, and the function under its own signature.

Whatever runs when a function is defined (decorators, defaults, annotations) is decided here: it is the original's, or
it is nothing that runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from fukkatsu._language import textgate
from fukkatsu._language.attributes import closed_because
from fukkatsu._language.constants import MEANT, changing_use, constancy, constant_of
from fukkatsu._language.facts import OriginalFacts, read_parameters
from fukkatsu._language.findings import Findings, shown, title
from fukkatsu._language.nodes import rule_of
from fukkatsu._language.repeats import differs_from_the_files

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_ANNOTATED: Final = frozenset({ast.arg, ast.AnnAssign, *FUNCTIONS})
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


def check_top_level(tree: ast.Module, facts: OriginalFacts, findings: Findings, *, yields: bool) -> Function | None:
    """The correction's own definition of the function, if there is one.

    Args:
        tree: The correction.
        facts: What it must agree with.
        findings: Where refusals go.
        yields: Whether anything in *tree* yields, so that one without need not be searched for it.
    """
    targets: list[Function] = []
    constants = _check_constants(tree, facts, findings)
    for index, node in enumerate(tree.body):
        if node in constants:
            continue
        if isinstance(node, FUNCTIONS):
            if node.name == facts.name:
                targets.append(node)
            else:
                _check_helper(node, findings)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == facts.name:
                    findings.add(node, f"an import named {facts.name}", "it replaces the function", "Rename it.")
        elif index or not _is_docstring(node):
            _check_statement(node, facts, findings)
    if not targets:
        defined = [node.name for node in tree.body if isinstance(node, FUNCTIONS)]
        found = f"no function named {facts.name}" + (f" (there is {', '.join(defined)})" if defined else "")
        findings.add(1, found, "a correction defines the function under its own name", f"Define {facts.name}.")
        return None
    if len(targets) > 1:
        findings.add(targets[1], f"a second function named {facts.name}", "only one can be meant", "Keep one.")
    _check_signature(targets[0], facts, findings, yields=yields and _yields(targets[0]))
    return targets[0]


def _check_constants(tree: ast.Module, facts: OriginalFacts, findings: Findings) -> set[ast.stmt]:
    """The statements that are constants beside the function, and need no other check."""
    assigned = [(node, *found) for node in tree.body if (found := constant_of(node))]
    if not assigned:
        return set()
    nodes = textgate.flatten(tree)
    own = {node.name for node in nodes if isinstance(node, FUNCTIONS)} | {facts.name, *facts.globals_assigned}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    stores = [node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)]
    imported = {
        alias.asname or alias.name.partition(".")[0]
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    bound = frozenset(imported.union(facts.global_names, facts.free_names, MEANT)) - _genuine(nodes, facts)
    bound |= own.union(stores)
    kinds = {name: constancy(value, bound) for _, name, value in assigned}
    changed = changing_use(nodes, frozenset(name for name, kind in kinds.items() if kind == "read"), bound)
    constants: set[ast.stmt] = set()
    for node, name, _ in assigned:
        if kinds[name] is None or name in own or name in imported or stores.count(name) > 1:
            continue  # refused like any other statement
        if name in changed:
            findings.add(
                changed[name],
                f"`{name}`, which stands beside the function",
                "it may only be read there, item by item: a value that is handed on could be changed for later calls",
                "Move it into the function, or make it a tuple.",
            )
        constants.add(node)
    return constants


def _genuine(nodes: list[ast.AST], facts: OriginalFacts) -> set[str]:
    """Of the names in ``MEANT``, those that are bound to what they are called after, and to nothing else."""
    found = {name for name, module in facts.modules if name == module}
    others: set[str] = set()
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name
                home = "" if isinstance(node, ast.Import) else node.module
                (found if name == alias.name and MEANT.get(name) == home else others).add(name)
    return found - others


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


DIFFERS: Final = "The file has its own `{}`, and this one differs: leave it out, and use the file's."


def _check_statement(node: ast.stmt, facts: OriginalFacts, findings: Findings) -> None:
    if rule_of(node).decision == "refused":  # refused nodes get their own finding from the walk
        return
    remedy = "Move it into the function."
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        remedy = "Move it into the function, or make it a helper function that returns the value."
        found = constant_of(node)
        if found is not None and differs_from_the_files(node, facts):
            remedy = DIFFERS.format(found[0])
    elif isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        remedy = "Leave it out: a correction is no script."
    elif isinstance(node, ast.Try) and any(isinstance(s, (ast.Import, ast.ImportFrom)) for s in node.body):
        remedy = "Import what is there, without try."
    why = "beside the function only imports, constants and helper functions may stand"
    findings.add(node, f"a top-level {title(node)}", why, remedy)


def _check_helper(node: Function, findings: Findings) -> None:
    _check_no_decorators(node, findings)
    for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
        try:
            hash(
                ast.literal_eval(default)
            )  # one that can be changed would count calls, and tell a trial from production
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            findings.add(
                default,
                f"default `{shown(default)}` of {node.name}",
                "defaults beside the function outlive its calls, so they must be literals that nothing can change",
                "Use None and compute the value inside.",
            )


def _is_changeable(value: object) -> bool:
    """Whether a literal's value is, or holds, a list, dict or set."""
    return isinstance(value, (list, dict, set)) or (isinstance(value, tuple) and any(map(_is_changeable, value)))


def _check_no_decorators(node: Function, findings: Findings) -> None:
    for decorator in node.decorator_list:
        findings.add(
            decorator,
            f"decorator `@{shown(decorator)}`",
            "decorators run when the function is defined",
            "Leave it out: the original's own decorators stay in place.",
        )


def _check_signature(node: Function, facts: OriginalFacts, findings: Findings, *, yields: bool) -> None:
    # The original's own stay in place, and a correction may write them out again: they are not evaluated.
    said_again = {*facts.decorators, *(("classmethod", "staticmethod") if facts.class_name else ())}
    node.decorator_list = [each for each in node.decorator_list if ast.unparse(each) not in said_again]
    _check_no_decorators(node, findings)
    if isinstance(node, ast.AsyncFunctionDef) != facts.is_async:
        kind = "async def" if facts.is_async else "def"
        findings.add(node, title(node), f"the original is declared with `{kind}`", f"Use `{kind}`.")
    elif yields != facts.is_generator:
        kind, remedy = ("a generator", "Use yield.") if facts.is_generator else ("no generator", "Use return.")
        findings.add(node, f"{node.name} changes what calling it gives", f"the original is {kind}", remedy)
    theirs, ours = read_parameters(node.args, annotations=False), facts.parameters
    if [(p.name, p.kind) for p in theirs] != [(p.name, p.kind) for p in ours]:
        found = f"signature ({', '.join(map(str, theirs))})"
        findings.add(node, found, "callers rely on the original's", f"Keep ({', '.join(map(str, ours))}).")
        return
    for their, our in zip(theirs, ours, strict=True):
        if their.default != our.default:
            findings.add(
                node,
                f"another default of parameter {our.name}",
                "callers rely on the original's, and it runs when the function is defined",
                "Keep the defaults exactly as they were.",
            )


def _yields(function: Function) -> bool:
    def enter(node: ast.AST) -> bool:
        return not isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef))

    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(function.body, enter))


def own_nodes(statements: Iterable[ast.AST], enter: Callable[[ast.AST], bool]) -> Iterable[ast.AST]:
    """Nodes under *statements*, not entering those for which *enter* is false."""
    pending: list[Any] = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if enter(node):
            pending += textgate.children(node)


def drop_annotations(
    nodes: list[ast.AST], target: Function | None, facts: OriginalFacts, opened: frozenset[str], findings: Findings
) -> list[ast.AST]:
    """Annotations are never evaluated: look them over, then take them off the tree. The nodes that are left."""
    dropped: list[ast.AST] = []

    def drop(annotation: ast.expr) -> None:
        dropped.extend(textgate.flatten(annotation))
        _check_annotation(annotation, facts, opened, findings)

    for node in nodes:
        if type(node) not in _ANNOTATED:
            continue
        if isinstance(node, ast.arg):
            if node.annotation is not None:
                drop(node.annotation)
                node.annotation = None
            node.type_comment = None
        elif isinstance(node, FUNCTIONS):
            if node.returns is not None:
                drop(node.returns)
                node.returns = None
            if parameters := getattr(node, "type_params", None):
                for parameter in parameters:
                    dropped += textgate.flatten(parameter)
                node.type_params = []  # type: ignore[union-attr,unused-ignore]  # 3.12 and later only
        elif isinstance(node, ast.AnnAssign):
            drop(node.annotation)
            node.annotation = ast.copy_location(ast.Constant(None), node.annotation)
    if target is not None:
        # The original's defaults are used; the candidate's equal them and are never evaluated.
        arguments = target.args
        for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)):
            dropped += textgate.flatten(default)
        arguments.defaults = [ast.copy_location(ast.Constant(0), d) for d in arguments.defaults]
        arguments.kw_defaults = [
            None if d is None else ast.copy_location(ast.Constant(0), d) for d in arguments.kw_defaults
        ]
    if not dropped:
        return nodes
    gone = {id(node) for node in dropped}
    # A Load or an operator is one object for the whole tree, so what is gone here may stand elsewhere: it says nothing.
    return [node for node in nodes if id(node) not in gone]


def drop_imports_of_annotations(tree: ast.Module, nodes: list[ast.AST], left: list[ast.AST]) -> list[ast.AST]:
    """Take the imports off *tree* whose names stood in annotations, and nowhere else; what is left of *left*.

    Args:
        tree: The correction.
        nodes: All nodes of it.
        left: Those without annotations.
    """
    used = {node.id for node in left if type(node) is ast.Name}
    idle = {node.id for node in nodes if type(node) is ast.Name} - used
    gone: set[int] = set()
    for statement in [each for each in tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]:
        for alias in list(statement.names):
            if (alias.asname or alias.name.partition(".")[0]) in idle:
                statement.names.remove(alias)
                gone.add(id(alias))
        if not statement.names:
            tree.body.remove(statement)
            gone.add(id(statement))
    return [node for node in left if id(node) not in gone] if gone else left


def _check_annotation(annotation: ast.expr, facts: OriginalFacts, opened: frozenset[str], findings: Findings) -> None:
    for node in textgate.flatten(annotation):
        closed = isinstance(node, ast.Attribute) and closed_because(node.attr, opened)
        if not isinstance(node, _ANNOTATION_NODES) or closed:
            if shown(annotation) not in {parameter.annotation for parameter in facts.parameters}:
                findings.add(
                    annotation,
                    f"annotation `{shown(annotation)}`",
                    "an annotation names types; it is no place for code",
                    "Leave the annotation out: the original's stays in place.",
                )
            return
