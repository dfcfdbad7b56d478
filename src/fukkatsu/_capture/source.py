"""The text of a function as it was imported, or a clear refusal: never the text of another one."""

from __future__ import annotations

import ast
import linecache
import os
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Final, TypeAlias

from fukkatsu._capture.decoratable import LOADED_AT, check_decoratable, is_function, no_source
from fukkatsu._language.indent import dedent_source
from fukkatsu._model.patch import FunctionSource
from fukkatsu.errors import SourceUnavailableError

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

# Bits that `from __future__ import ...` sets: a cell of a notebook inherits them without saying so in its own text.
_FUTURE_FLAGS: Final = 0x1FE0000


def read_source(function: object) -> FunctionSource:
    """Find the text of *function* in its file, and make sure that it is the text of what runs.

    The definition is looked up by name and line in the parsed file and compiled again; its code must equal that of
    *function*. A file that was edited since the import is therefore refused, unless the edit left this function as it
    was. Tools that rewrite code while it is imported (pytest's assertions, typeguard) leave the file alone: there the
    name, the line and the parameters decide, provided that the file is older than this process.

    Args:
        function: A function written in Python. Nothing is unwrapped: what other decorators made of it is what counts.

    Returns:
        The text from ``def`` on, without decorators, dedented; multi-line strings keep their value.

    Raises:
        DecorationError: Not a function, a class, a C function, a lambda.
        SourceUnavailableError: No source text, or a text that no longer belongs to this function.
    """
    check_decoratable(function)
    assert is_function(function)  # noqa: S101 - narrows the type; check_decoratable raised otherwise
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise SourceUnavailableError(no_source(function))
    try:
        parsed = _parsed(code.co_filename, lines, code.co_flags & _FUTURE_FLAGS)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        msg = (
            f"fukkatsu cannot read the source of {function.__qualname__}: {code.co_filename} does not parse now "
            f"({type(error).__name__}: {error}). The file changed since it was imported; restart the program."
        )
        raise SourceUnavailableError(msg) from None
    node = _find(function, parsed)
    source = definition_text(node, parsed.lines)
    return FunctionSource(
        module=str(function.__module__),
        qualname=function.__qualname__,
        name=node.name,
        text=source,
        filename=code.co_filename,
        first_line=node.lineno,
        docstring=ast.get_docstring(node),
        signature=_signature(node),
        decorators=tuple(map(ast.unparse, node.decorator_list)),
    )


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file's definitions by first line and name, and their code, compiled again."""

    read: list[str]  # as linecache gave it: the very list, which it replaces when the file changes
    flags: int
    lines: list[str]
    nodes: dict[tuple[int, str], _Definition]
    codes: dict[str, list[CodeType]]


# The last files only: a module decorates its functions one after another, and a syntax tree is large.
_recent: OrderedDict[str, _Parsed] = OrderedDict()
_RECENT_FILES: Final = 2


def _parsed(filename: str, read: list[str], flags: int) -> _Parsed:
    known = _recent.get(filename)
    if known is not None and known.read is read and known.flags == flags:
        return known
    text = "".join(read)
    nodes = {
        (_first_line(node), node.name): node for node in ast.walk(ast.parse(text)) if isinstance(node, _Definition)
    }
    codes: dict[str, list[CodeType]] = {}
    for code in _codes(compile(text, filename, "exec", flags=flags, dont_inherit=True, optimize=-1)):
        if (code.co_firstlineno, code.co_name) in nodes:
            codes.setdefault(code.co_name, []).append(code)
    parsed = _Parsed(read, flags, text.split("\n"), nodes, codes)
    _recent[filename] = parsed
    try:
        while len(_recent) > _RECENT_FILES:
            _recent.popitem(last=False)
    except KeyError:  # another thread was faster
        pass
    return parsed


def _find(function: FunctionType, parsed: _Parsed) -> _Definition:
    code, nodes = function.__code__, parsed.nodes
    codes = parsed.codes.get(code.co_name, [])
    here = next((c for c in codes if c.co_firstlineno == code.co_firstlineno), None)
    if here is not None and _same(here, code):
        return nodes[here.co_firstlineno, here.co_name]
    for moved in codes:  # lines were inserted above it: the same function, further down
        if moved.co_qualname == code.co_qualname and _same(moved, code):
            return nodes[moved.co_firstlineno, moved.co_name]
    if here is not None and _parameters(here) == _parameters(code) and not _touched(function):
        return nodes[here.co_firstlineno, here.co_name]  # rewritten while it was imported, or by a decorator below
    found = "says something else" if here is not None else f"holds no `def {code.co_name}`"
    msg = (
        f"fukkatsu cannot read the source of {function.__qualname__}: {code.co_filename}:{code.co_firstlineno} "
        f"{found} now. The file changed since it was imported; restart the program (or import the module again)."
    )
    raise SourceUnavailableError(msg)


def _first_line(node: _Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _codes(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(const for const in current.co_consts if isinstance(const, CodeType))


def _parameters(code: CodeType) -> tuple[object, ...]:
    count = code.co_argcount + code.co_kwonlyargcount
    return code.co_argcount, code.co_posonlyargcount, code.co_varnames[:count], code.co_flags & 0x0C


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether both do the same; line numbers, file names and qualified names are left out."""
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and one.co_freevars == other.co_freevars
        and _parameters(one) == _parameters(other)
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_same_constant, one.co_consts, other.co_consts))
    )


def _same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same(one, other)
    # repr tells 1 from True, 0.0 from -0.0 and one NaN from none; frozensets (from `x in {...}`) have no order
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return type(one) is type(other) and repr(one) == repr(other)


def _touched(function: FunctionType) -> bool:
    """Whether the file may have changed since this process began. The change time counts too: copies keep the other."""
    filename = function.__code__.co_filename
    archive = getattr(function.__globals__.get("__loader__"), "archive", None)
    for path in (filename, archive):
        if isinstance(path, str):
            try:
                status = os.stat(path)
            except OSError:
                continue
            return max(status.st_mtime, status.st_ctime) >= LOADED_AT
    return True  # no file at all: nothing vouches for the text


def definition_text(node: _Definition, lines: list[str]) -> str:
    """The text of a definition as ``FunctionSource`` keeps it.

    Args:
        node: The definition, in a tree of the whole file.
        lines: The file's lines without their ends.

    Raises:
        SourceUnavailableError: It shares its lines with other statements.
    """
    end = node.end_lineno or node.lineno
    follow = end
    while follow < len(lines):  # comments after the last statement, still indented like the body
        line = lines[follow]
        if line.strip() and not (line.lstrip().startswith("#") and _width(line) > node.col_offset):
            break
        follow += 1
        if line.strip():
            end = follow
    text = dedent_source("\n".join(lines[node.lineno - 1 : end]))
    _check_dedented(node, text)
    return text + "\n"


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


_vouched: Final[weakref.WeakKeyDictionary[ast.AST, str]] = weakref.WeakKeyDictionary()
"""Definitions, and the texts that were found to be theirs: of a file that has not changed they are asked for again."""


def _check_dedented(node: _Definition, text: str) -> None:
    if _vouched.get(node) == text:
        return
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        body = []
    if len(body) == 1 and isinstance(body[0], _Definition):
        decorators, node.decorator_list = node.decorator_list, []
        same = ast.dump(body[0]) == ast.dump(node)
        node.decorator_list = decorators
        if same:
            _vouched[node] = text
            return
    msg = (
        f"fukkatsu cannot cut `def {node.name}` (line {node.lineno}) out of its file: it does not stand on lines of "
        "its own. Lay it out with the usual indentation."
    )
    raise SourceUnavailableError(msg)


def _signature(node: _Definition) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"({ast.unparse(node.args)}){returns}"
