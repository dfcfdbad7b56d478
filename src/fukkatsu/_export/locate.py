"""Where a function stands in its file, recognised by its qualified name and its text."""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from fukkatsu._capture.source import definition_text
from fukkatsu.errors import ExportError

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Scope: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_LOCALS: Final = "<locals>"


@dataclass(frozen=True)
class SourceFile:
    """A file of Python source as it lies on disk.

    Attributes:
        path: Where.
        lines: Its lines without their ends.
        encoding: As its first lines declare it.
        newline: How its lines end.
        closed: Whether the last line has an end.
    """

    path: Path
    lines: tuple[str, ...]
    encoding: str
    newline: str
    closed: bool

    def tree(self) -> ast.Module:
        """Its syntax tree."""
        try:
            return ast.parse("\n".join(self.lines))
        except (SyntaxError, ValueError) as error:
            msg = f"{self.path} does not parse: {error}. Mend it first."
            raise ExportError(msg) from None

    def with_lines(self, lines: list[str]) -> bytes:
        """Bytes of the file with other lines, encoded and ended as it is."""
        text = self.newline.join(lines) + (self.newline if self.closed else "")
        data = text.encode("utf-8" if self.encoding == "utf-8-sig" else self.encoding)
        return b"\xef\xbb\xbf" + data if self.encoding == "utf-8-sig" else data


def read_file(path: Path) -> SourceFile:
    """Read *path* without losing how it is written.

    Raises:
        ExportError: It cannot be read, or is not text in the encoding that it declares.
    """
    try:
        data = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise ExportError(msg) from error
    except (SyntaxError, UnicodeDecodeError) as error:
        msg = f"{path} is not text in the encoding that it declares: {error}"
        raise ExportError(msg) from None
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    closed = lines[-1] == "" and len(lines) > 1
    return SourceFile(path, tuple(lines[:-1] if closed else lines), encoding, newline, closed)


@dataclass(frozen=True)
class Place:
    """A definition found.

    Attributes:
        node: The definition.
        outer: The scopes around it, outermost first; empty at the top level.
        statement: The module's own statement that it stands in (itself, at the top level).
        text: Its text as ``FunctionSource.text`` has it.
    """

    node: Definition
    outer: tuple[Scope, ...]
    statement: ast.stmt
    text: str


def find(file: SourceFile, qualname: str, source_sha256: str) -> Place:
    """The definition called *qualname* whose text has the hash *source_sha256*.

    Raises:
        ExportError: There is none of that name, or its text is another one now: the correction belongs to what it was.
    """
    named = list(_named(file, [part for part in qualname.split(".") if part != _LOCALS]))
    if not named:
        msg = f"{file.path} holds no function {qualname} (any more): the correction belongs to a text that is gone."
        raise ExportError(msg)
    for place in named:
        if hashlib.sha256(place.text.encode()).hexdigest() == source_sha256:
            return place
    lines = ", ".join(str(place.node.lineno) for place in named)
    msg = (
        f"{qualname} ({file.path}:{lines}) was changed since it was corrected: the correction belongs to its earlier "
        "text and has lapsed. Take that text back, or let the function be corrected again."
    )
    raise ExportError(msg)


def _named(file: SourceFile, parts: list[str]) -> Iterator[Place]:
    lines = list(file.lines)

    def search(body: list[ast.stmt], depth: int, outer: tuple[Scope, ...], top: ast.stmt | None) -> Iterator[Place]:
        for statement in _flat(body):
            if not isinstance(statement, Scope) or statement.name != parts[depth]:
                continue
            above = top or _containing(tree.body, statement)
            if depth + 1 < len(parts):
                yield from search(statement.body, depth + 1, (*outer, statement), above)
            elif isinstance(statement, Definition):
                yield Place(statement, outer, above, definition_text(statement, lines))

    tree = file.tree()
    yield from search(tree.body, 0, (), None)


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope, those inside its ``if``, ``try``, ``with`` and loops included."""
    for statement in body:
        yield statement
        if isinstance(statement, Scope):
            continue
        for _, value in ast.iter_fields(statement):
            if isinstance(value, list):
                yield from _flat([item for item in value if isinstance(item, ast.stmt)])
                for item in value:
                    if isinstance(item, ast.ExceptHandler | ast.match_case):
                        yield from _flat(item.body)


def _containing(body: list[ast.stmt], node: ast.stmt) -> ast.stmt:
    return next(statement for statement in body if any(inner is node for inner in ast.walk(statement)))
