"""A file with a correction written into it: the body changes, everything around it stays as its author wrote it.

Header (decorators, annotations, defaults, comments) and docstring are the original's, since an installed correction
keeps them too. Imports and helper functions of the correction move to the module's own level where their names are
free there, and into the function's body where they are not.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from fukkatsu._export.locate import Definition, Place, Scope, SourceFile
from fukkatsu._language.indent import dedent_source, indent_source
from fukkatsu._language.repeats import says_nothing
from fukkatsu.errors import ExportError

_IMPORTS: Final = (ast.Import, ast.ImportFrom)


def rewrite(file: SourceFile, place: Place, candidate: str) -> bytes:
    """The bytes of *file* once *candidate* stands in *place*.

    Args:
        file: The file as it is.
        place: The function in it.
        candidate: Source text of the accepted correction: imports, helpers, and the function.

    Raises:
        ExportError: The two do not fit together; the text says why, and what to do by hand.
    """
    correction = _Correction.read(candidate, place.node.name)
    _check_reach(place, correction)
    lines = list(file.lines)
    tree = file.tree()
    above, within = _settle(tree, place, correction)
    new = _function_lines(lines, place, correction, within)
    start, end = place.node.lineno - 1, _end(place)
    insertions = [(start, end, new)]
    helpers = [line for item in above if not item.is_import for line in [*item.lines, "", ""]]
    if helpers:
        line = _first_line(place.statement) - 1
        while line and lines[line - 1].startswith("#"):
            line -= 1  # the comment above the function stays with it
        insertions.append((line, line, helpers))
    imports = [line for item in above if item.is_import for line in item.lines]
    if imports:
        line, padded = _import_line(tree, imports, lines)
        insertions.append((line, line, padded))
    for begin, stop, text in sorted(insertions, key=lambda one: (one[0], one[1]), reverse=True):
        lines[begin:stop] = text
    _check(file, place, correction, lines)
    try:
        return file.with_lines(lines)
    except UnicodeEncodeError as error:
        msg = f"{file.path} is written in {file.encoding}, which cannot hold the correction: {error}"
        raise ExportError(msg) from None


@dataclass(frozen=True)
class _Extra:
    """A statement of the correction that stands beside the function."""

    node: ast.stmt
    lines: list[str]

    @property
    def is_import(self) -> bool:
        return isinstance(self.node, _IMPORTS)

    @property
    def names(self) -> list[str]:
        return list(_bound(self.node))


@dataclass(frozen=True)
class _Correction:
    node: Definition
    lines: list[str]
    extras: list[_Extra]

    @classmethod
    def read(cls, text: str, name: str) -> _Correction:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            msg = f"the correction does not parse: {error}"
            raise ExportError(msg) from None
        lines = text.replace("\r\n", "\n").split("\n")
        wanted = [node for node in tree.body if isinstance(node, Definition) and node.name == name]
        if len(wanted) != 1:
            msg = f"the correction defines {name} {len(wanted)} times at its top level, not once"
            raise ExportError(msg)
        extras = []
        before = 0
        for node in tree.body:
            first = _first_line(node) - 1
            while first > before and lines[first - 1].lstrip().startswith("#"):
                first -= 1  # its comment comes along
            before = node.end_lineno or node.lineno
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if node is not wanted[0] and not docstring and not future:
                alone = sum(other.lineno <= node.lineno <= (other.end_lineno or 0) for other in tree.body) == 1
                extras.append(_Extra(node, lines[first:before] if alone else ast.unparse(node).split("\n")))
        return cls(wanted[0], lines, extras)


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Scope) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _end(place: Place) -> int:
    """Line after the definition, the comments that end it included."""
    return place.node.lineno - 1 + place.text.count("\n")


# --- where imports and helpers go -----------------------------------------------------------------------------------


def _settle(tree: ast.Module, place: Place, correction: _Correction) -> tuple[list[_Extra], list[_Extra]]:
    """What goes to the module's level, and what goes into the function because its name is taken."""
    outside: dict[str, list[ast.stmt]] = {}
    for statement in _scope_statements(tree.body):
        for name in _bound(statement):
            outside.setdefault(name, []).append(statement)
    around = {name for scope in place.outer if isinstance(scope, Definition) for name in _names_of(scope)}
    everything = "*" in outside  # `from x import *`: nobody can tell here which names it binds
    mangled = any(isinstance(scope, ast.ClassDef) for scope in place.outer)
    above: list[_Extra] = []
    within: list[_Extra] = []
    own = frozenset(map(ast.dump, tree.body))
    for extra in correction.extras:
        if ast.dump(extra.node) in own or says_nothing(extra.node):
            continue  # the file has it, or nothing runs of it
        if extra.is_import and _imported_already(extra, outside) and not around.intersection(extra.names):
            continue
        taken = everything or any(name in outside or name in around for name in extra.names)
        private = mangled and any(name.startswith("__") and not name.endswith("__") for name in extra.names)
        (within if taken or private else above).append(extra)
    if any(not extra.is_import for extra in within):
        # a helper inside the function is out of sight of those above it: they stay together
        within = [extra for extra in correction.extras if extra in within or (extra in above and not extra.is_import)]
        above = [extra for extra in above if extra.is_import]
    return above, within


def _imported_already(extra: _Extra, outside: dict[str, list[ast.stmt]]) -> bool:
    """Whether the module imports the same under the same names, and gives these names no other meaning."""
    for name, wanted in zip(extra.names, _imports(extra.node), strict=True):
        found = outside.get(name, [])
        if not found or any(wanted not in _imports(statement) for statement in found):
            return False
    return True


def _imports(node: ast.stmt) -> Iterator[tuple[str, str, str | None]]:
    """``(module, name, as)`` of each name that an import binds; the module is empty for ``import x``."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield "", alias.name, alias.asname
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield "." * node.level + (node.module or ""), alias.name, alias.asname or alias.name


def _scope_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if not isinstance(statement, Scope):
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    yield from _scope_statements([child])
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    yield from _scope_statements(child.body)


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds in its own scope, not counting the statements inside it."""
    if isinstance(node, Scope):
        yield node.name
        return
    if isinstance(node, _IMPORTS):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
        return
    for inner in _shallow(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store | ast.Del):
            yield inner.id
        elif isinstance(inner, ast.MatchAs | ast.MatchStar | ast.ExceptHandler) and inner.name:
            yield inner.name


def _shallow(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.Lambda):
            yield from _shallow(child)


def _names_of(scope: Definition) -> Iterator[str]:
    arguments = scope.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            yield argument.arg
    for statement in _scope_statements(scope.body):
        yield from _bound(statement)


def _import_line(tree: ast.Module, imports: list[str], lines: list[str]) -> tuple[int, list[str]]:
    """The line before which new imports go, and their lines with the blanks that they need there."""
    last = 0
    for node in tree.body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node is tree.body[0]
        if docstring or isinstance(node, _IMPORTS):
            last = node.end_lineno or node.lineno
        else:
            break
    if last:
        own = any(isinstance(node, _IMPORTS) and not _is_future(node) for node in tree.body[:50])
        leading = [] if own and isinstance(_at(tree, last), _IMPORTS) and not _is_future(_at(tree, last)) else [""]
        return last, [*leading, *imports]
    first = _first_line(tree.body[0]) - 1
    blank = first and not lines[first - 1].strip()
    return first, [*([] if blank or not first else [""]), *imports, "", ""]


def _at(tree: ast.Module, last: int) -> ast.stmt:
    return next(node for node in tree.body if (node.end_lineno or node.lineno) == last)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


# --- the function itself --------------------------------------------------------------------------------------------


def _function_lines(lines: list[str], place: Place, correction: _Correction, within: list[_Extra]) -> list[str]:
    """Header and docstring of the original, body of the correction."""
    original = place.node
    header_end, header_column = _header_end("\n".join(lines[original.lineno - 1 : original.end_lineno]))
    header = lines[original.lineno - 1 : original.lineno + header_end]
    same_line = header[-1][header_column:].strip()
    if same_line and not same_line.startswith("#"):
        header[-1] = header[-1][:header_column].rstrip()
    margin = _margin(lines, original)
    out = header
    document = _docstring(original)
    if document is not None:
        if document.lineno == original.lineno + header_end:  # on the header's own line
            out += [margin + line for line in [ast.get_source_segment("\n".join(lines), document.value) or ""]]
        else:
            out += lines[original.lineno + header_end : document.end_lineno]
            out[-1] = out[-1][: _characters(lines[(document.end_lineno or 0) - 1], document.end_col_offset)]
    for extra in within:
        out += indent_source("\n".join(extra.lines), margin).split("\n")
    out += indent_source("\n".join(_body(correction)), margin).split("\n")
    return out


def _margin(lines: list[str], node: Definition) -> str:
    line = lines[node.lineno - 1]
    outer = line[: len(line) - len(line.lstrip())]
    first = lines[node.body[0].lineno - 1]
    if node.body[0].lineno > node.lineno and not first[: _characters(first, node.body[0].col_offset)].strip():
        return first[: len(first) - len(first.lstrip())]
    return outer + ("\t" if "\t" in outer else "    ")


def _characters(line: str, offset: int | None) -> int:
    """A column in characters; the parser counts bytes of UTF-8."""
    return len(line.encode()[: offset or 0].decode("utf-8", "ignore"))


def _docstring(node: Definition) -> ast.Expr | None:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first
    return None


def _body(correction: _Correction) -> list[str]:
    """Lines of the correction's body without its docstring, moved to the left."""
    node, lines = correction.node, correction.lines
    statements = node.body[1:] if _docstring(node) is not None else node.body
    if not statements:
        return ["pass"]
    end = node.end_lineno or node.lineno
    if _docstring(node) is not None:
        before = node.body[0].end_lineno or node.lineno
    else:
        before = node.lineno + _header_end("\n".join(lines[node.lineno - 1 : end]))[0]
    if statements[0].lineno <= before:  # shares a line with what stands before it
        return ast.unparse(ast.Module(statements, [])).split("\n")
    body = lines[before:end]
    while body and not body[0].strip():
        body = body[1:]
    width = len(lines[statements[0].lineno - 1]) - len(lines[statements[0].lineno - 1].lstrip())
    moved = dedent_source("\n".join([" " * width + "pass", *body])).split("\n")[1:] if width else body
    try:
        if _same(ast.parse("\n".join(moved)).body, statements):
            return moved
    except SyntaxError:  # tabs, or a layout that only works where it stands
        pass
    return ast.unparse(ast.Module(statements, [])).split("\n")


def _header_end(text: str) -> tuple[int, int]:
    """Line (from 0) and column after the colon that ends the header of the definition in *text*."""
    depth = lambdas = 0
    started = False
    tokens = tokenize.generate_tokens(io.StringIO(dedent_source(text)).readline)
    shift = len(text.split("\n", 1)[0]) - len(text.split("\n", 1)[0].lstrip())
    try:
        for token in tokens:
            word = token.string
            started = started or word == "def"
            if word in ("(", "[", "{"):
                depth += 1
            elif word in (")", "]", "}"):
                depth -= 1
            elif word == "lambda" and not depth:
                lambdas += 1
            elif word == ":" and started and not depth:
                if not lambdas:
                    row = token.end[0] - 1
                    line, moved = text.split("\n")[row], dedent_source(text).split("\n")[row]
                    return row, token.end[1] + (len(line) - len(moved) if row else shift)
                lambdas -= 1
    except tokenize.TokenError:
        pass
    msg = "the header of the function cannot be told from its body"
    raise ExportError(msg)


# --- what must be true of the result --------------------------------------------------------------------------------


def _check_reach(place: Place, correction: _Correction) -> None:
    """A correction that means something else where it will stand is not written there."""
    name = place.node.name
    if _parameters(place.node) != _parameters(correction.node) or type(place.node) is not type(correction.node):
        msg = f"the correction's parameters are not those of {name}"
        raise ExportError(msg)
    if not place.outer or isinstance(place.outer[-1], Definition):
        return
    inner = [correction.node, *(extra.node for extra in correction.extras)]
    if any(isinstance(n, ast.Name) and n.id == name for node in inner for n in ast.walk(node)):
        msg = (
            f"the correction calls {name} by its bare name, which means nothing inside the class "
            f"{place.outer[-1].name}: apply it by hand (`self.{name}(...)`, or the class's name before it)."
        )
        raise ExportError(msg)


def _parameters(node: Definition) -> list[tuple[str, ...]]:
    arguments = node.args
    kinds = (arguments.posonlyargs, arguments.args, arguments.kwonlyargs)
    rest = [[argument] if argument else [] for argument in (arguments.vararg, arguments.kwarg)]
    return [tuple(argument.arg for argument in group) for group in (*kinds, *rest)]


def _same(one: list[ast.stmt], other: list[ast.stmt]) -> bool:
    return ast.dump(ast.Module(one, [])) == ast.dump(ast.Module(other, []))


def _check(file: SourceFile, place: Place, correction: _Correction, lines: list[str]) -> None:
    """The new text parses; the function does what the correction does; nothing else changed but what was added."""
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError as error:
        msg = f"the correction does not fit into {file.path}: {error}. Apply it by hand."
        raise ExportError(msg) from None
    wanted = correction.node.body[1:] if _docstring(correction.node) is not None else correction.node.body
    wanted = wanted or [ast.Pass()]
    for node in ast.walk(tree):
        if isinstance(node, Definition) and node.name == place.node.name:
            body = node.body[1:] if _docstring(node) is not None else node.body
            if _same(body[-len(wanted) :], wanted):
                node.body = place.node.body
                break
    else:
        msg = f"the correction could not be written into {file.path} unchanged. Apply it by hand."
        raise ExportError(msg)
    added = [ast.dump(extra.node) for extra in correction.extras]
    left = [ast.dump(node) for node in tree.body]
    for dump in added:
        if dump in left and left.count(dump) > [ast.dump(node) for node in file.tree().body].count(dump):
            left.remove(dump)
    if left != [ast.dump(node) for node in file.tree().body]:
        msg = f"writing the correction into {file.path} would change more than the function. Apply it by hand."
        raise ExportError(msg)
