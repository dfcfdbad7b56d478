"""What an original was about to raise when it failed: ``raise ConfigError(f"bad {pth}")``, and no ``pth`` anywhere.

Faults hide in what runs seldom, and nothing runs so seldom as the making of an exception. Mended, such a function still
raises; only what its author meant.
"""

from __future__ import annotations

import ast

from fukkatsu._gauntlet.texts import read_text
from fukkatsu._model.patch import FunctionSource


def about_to_raise(source: FunctionSource, where: str) -> tuple[set[str], set[str]]:
    """Names of the exceptions that were to be raised next, and of those that were to be passed on by a bare ``raise``.

    Args:
        source: The original.
        where: ``Outcome.where`` of its crash, ``name:line:column``.
    """
    name, _, place = where.partition(":")
    line = place.partition(":")[0]
    if name != source.name or not line.isdigit():
        return set(), set()
    try:
        original = read_text(source.text, source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    raised, passed_on = set[str](), set[str]()
    if original is not None:
        for statement, kinds in _next_raises(original.body, original.function.lineno - 1 + int(line), set()):
            if statement.exc is None:
                passed_on |= kinds
            else:
                called = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
                raised.add(ast.unparse(called).rpartition(".")[2])
    return raised, passed_on


def _next_raises(
    statements: list[ast.stmt] | tuple[ast.stmt, ...], line: int, kinds: set[str]
) -> list[tuple[ast.Raise, set[str]]]:
    """The ``raise`` statements in and after the statement on *line*, in its own block; *kinds* are what is handled."""
    for at, statement in enumerate(statements):
        if not statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            continue
        for block, handled in _blocks(statement, kinds):
            if block and block[0].lineno <= line <= (block[-1].end_lineno or line):
                return _next_raises(block, line, handled)
        inside = [node for node in ast.walk(statement) if isinstance(node, ast.Raise)]
        return [(node, kinds) for node in (*inside, *statements[at + 1 :]) if isinstance(node, ast.Raise)]
    return []


def _blocks(statement: ast.stmt, kinds: set[str]) -> list[tuple[list[ast.stmt], set[str]]]:
    """The blocks of a statement, each with the exceptions that are being handled there."""
    found = [(getattr(statement, field, []), kinds) for field in ("body", "orelse", "finalbody")]
    for handler in getattr(statement, "handlers", []):
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        named = {ast.unparse(kind).rpartition(".")[2] if kind is not None else "BaseException" for kind in types}
        found.append((handler.body, named))
    found += [(case.body, kinds) for case in getattr(statement, "cases", [])]
    return [(block, handled) for block, handled in found if isinstance(block, list)]
