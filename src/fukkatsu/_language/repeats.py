"""What a reply says again of the file around the function, or says to a type checker only: it is left out.

A model that has seen a file writes its ``T = TypeVar("T")``, its dataclass, its ``if TYPE_CHECKING:`` once more. What
is word for word the file's own means the file's own: the statement goes, and its name is judged like any other name
(open where the original uses it). What nothing uses while the program runs goes as well. Whatever differs from the
file's own stays, and is refused with its reason.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
import functools
import linecache
from dataclasses import dataclass
from typing import Final

from fukkatsu._language import textgate
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.trees import names_bound_by

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_ASSIGNMENTS: Final = (ast.Assign, ast.AnnAssign)
_METADATA: Final = frozenset(
    "__all__ __author__ __authors__ __contact__ __copyright__ __credits__ __date__ __email__ __license__ __maintainer__"
    " __status__ __version__".split()
)
_TYPE_VARIABLES: Final = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple"})
_OF_TYPES: Final = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.Starred, ast.BinOp, ast.BitOr,
    ast.Load, ast.keyword,
)  # fmt: skip
_MOST: Final = 2_000_000  # characters of a file that is read for this


@dataclass(frozen=True, slots=True)
class FileText:
    """The top level of the original's file.

    Attributes:
        statements: Each statement but imports and docstrings, as ``ast.dump`` writes it.
        names: What they bind.
        imports: What it imports, as ``(module, member, name)``; no member for a module itself.
    """

    statements: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    imports: frozenset[tuple[str, str, str]] = frozenset()


def file_text(filename: str) -> FileText:
    """What stands in the file of that name, as far as it can be read."""
    text = "".join(linecache.getlines(filename)) if filename else ""
    return _read(text) if len(text) <= _MOST else FileText()


@functools.lru_cache(maxsize=16)
def _read(text: str) -> FileText:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return FileText()
    statements = [node for node in body if not isinstance(node, (*_IMPORTS, ast.Expr))]
    names = {name for node in statements for part in _targets(node) for name in names_bound_by(part) if name}
    names |= {node.name for node in statements if isinstance(node, ast.ClassDef)}
    imports = {found for node in body if isinstance(node, _IMPORTS) for found in _imported(node)}
    return FileText(frozenset(map(ast.dump, statements)), frozenset(names), frozenset(imports))


def _targets(node: ast.stmt) -> list[ast.AST]:
    if isinstance(node, ast.Assign):
        return [part for target in node.targets for part in ast.walk(target)]
    return [node.target] if isinstance(node, ast.AnnAssign) else [node]


def _imported(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str, str]]:
    if isinstance(node, ast.Import):
        return [(alias.name, "", alias.asname or alias.name.partition(".")[0]) for alias in node.names]
    home = "." * node.level + (node.module or "")
    return [(home, alias.name, alias.asname or alias.name) for alias in node.names]


def drop_repeats(tree: ast.Module, nodes: list[ast.AST], facts: OriginalFacts) -> bool:
    """Take off *tree*, and *nodes*, which are all of it, what says the file again and what only a type checker reads.

    Returns:
        Whether there was anything.
    """
    suspects = [node for node in tree.body if _is_suspect(node, facts)]
    imports = [node for node in tree.body if isinstance(node, _IMPORTS)]
    if not suspects and not imports:
        return False
    used = _used(nodes) | {facts.name} if suspects else set[str]()
    dropped: list[ast.stmt] = []
    for node in suspects:
        if _says_nothing(node, used) or (
            ast.dump(node) in file_text(facts.filename).statements and _is_judged_by_name(node, used, facts)
        ):
            dropped.append(node)
            tree.body.remove(node)
    gone = {id(part) for node in dropped for part in textgate.flatten(node)}
    left = [node for node in nodes if id(node) not in gone]
    gone |= _drop_idle_imports(tree, imports, left, nodes, facts)
    if not gone:
        return False
    shared = {id(node) for node in textgate.flatten(tree)}  # a Load is one object for the whole tree
    nodes[:] = [node for node in nodes if id(node) not in gone or id(node) in shared]
    return True


def _is_suspect(node: ast.stmt, facts: OriginalFacts) -> bool:
    """Whether *node* is neither an import nor a docstring, nor a function that is not the file's own."""
    if isinstance(node, _FUNCTIONS):
        return node.name != facts.name and node.name in facts.scope_names
    if isinstance(node, _ASSIGNMENTS):
        bound = [name for part in _targets(node) for name in names_bound_by(part)]
        # a constant of the file's that the original does not use stays: it is the correction's own
        return not isinstance(node.value, ast.Constant) or any(name in _METADATA for name in bound)
    return not isinstance(node, (*_IMPORTS, ast.Expr))


def says_nothing(node: ast.stmt) -> bool:
    """Whether *node* beside a function is for readers and type checkers only: ``__all__``, ``if TYPE_CHECKING:``."""
    bound = (
        {name for part in _targets(node) for name in names_bound_by(part)} if isinstance(node, _ASSIGNMENTS) else set()
    )
    if isinstance(node, (ast.If, ast.Pass)):
        return _says_nothing(node, set())
    return bool(bound) and bound <= _METADATA


def _is_judged_by_name(node: ast.stmt, used: set[str], facts: OriginalFacts) -> bool:
    """Whether the file's own can stand for *node*: a constant that the original does not use is the correction's."""
    bound = {name for part in _targets(node) for name in names_bound_by(part) if name}
    if facts.name in bound:
        return False
    return isinstance(node, ast.ClassDef) or bound.isdisjoint(used) or bound <= facts.scope_names


def _says_nothing(node: ast.stmt, used: set[str]) -> bool:
    """Whether leaving *node* out changes nothing that runs, given the names that are *used*."""
    if isinstance(node, ast.If):
        return _is_for_type_checkers(node) or _is_for_scripts(node)
    if type(node).__name__ == "TypeAlias":  # `type X = ...`, from Python 3.12 on
        return node.name.id not in used  # type: ignore[attr-defined]  # its kind was asked for
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target, value = node.target, node.value
    else:
        return isinstance(node, ast.Pass)
    if not isinstance(target, ast.Name) or target.id in used:
        return False
    if target.id in _METADATA:
        return all(isinstance(part, (ast.Constant, ast.Tuple, ast.List, ast.Load)) for part in ast.walk(value))
    if isinstance(value, ast.Call):
        function = value.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        parts = [*value.args, *value.keywords]
        return name in _TYPE_VARIABLES and all(_names_types(part) for part in parts)
    return _names_types(value) and isinstance(value, (ast.Subscript, ast.BinOp))


def _names_types(node: ast.AST) -> bool:
    return all(isinstance(part, _OF_TYPES) for part in ast.walk(node))


def _is_for_type_checkers(node: ast.If) -> bool:
    """``if TYPE_CHECKING:`` with imports below it and nothing else: it never runs."""
    test = node.test
    name = test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")
    below = isinstance(test, ast.Name) or (isinstance(test, ast.Attribute) and isinstance(test.value, ast.Name))
    return below and name == "TYPE_CHECKING" and not node.orelse and all(isinstance(s, _IMPORTS) for s in node.body)


def _is_for_scripts(node: ast.If) -> bool:
    """``if __name__ == "__main__":``, which is asked when the file is run and never of a correction."""
    match node.test, node.orelse:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
        ), []:
            return True
    return False


def _used(nodes: list[ast.AST]) -> set[str]:
    """Names that are read while the program runs: not in annotations."""
    spared: set[int] = set()
    for node in nodes:
        found: list[ast.AST | None] = []
        if isinstance(node, (ast.arg, ast.AnnAssign)):
            found = [node.annotation]
        elif isinstance(node, _FUNCTIONS):
            found = [node.returns, *getattr(node, "type_params", ())]
        for annotation in found:
            if annotation is not None:
                spared.update(id(part) for part in textgate.flatten(annotation))
    reads = (node for node in nodes if type(node) is ast.Name and type(node.ctx) is ast.Load)
    return {node.id for node in reads if id(node) not in spared}


def _drop_idle_imports(
    tree: ast.Module,
    imports: list[ast.Import | ast.ImportFrom],
    left: list[ast.AST],
    nodes: list[ast.AST],
    facts: OriginalFacts,
) -> set[int]:
    """Of *imports*, take off those that only what was left out uses, and those of the file's own that nothing uses."""
    known = {node.id for node in left if type(node) is ast.Name}
    before = {node.id for node in nodes if type(node) is ast.Name}
    gone: set[int] = set()
    for statement in imports:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            continue
        for alias, found in zip(list(statement.names), _imported(statement), strict=True):
            idle = found[2] not in known
            if idle and (found[2] in before or found in file_text(facts.filename).imports):
                statement.names.remove(alias)
                gone.add(id(alias))
        if not statement.names:
            tree.body.remove(statement)
            gone.add(id(statement))
    return gone


def differs_from_the_files(node: ast.stmt, facts: OriginalFacts) -> bool:
    """Whether *node* binds a name that the file binds too, otherwise."""
    names = {node.name} if isinstance(node, ast.ClassDef) else {n for t in _targets(node) for n in names_bound_by(t)}
    return not names.isdisjoint(file_text(facts.filename).names)
