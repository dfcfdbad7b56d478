"""What an original was about to raise when it failed: ``raise ConfigError(f"bad {pth}")``, and no ``pth`` anywhere.

Faults hide in what runs seldom, and nothing runs so seldom as the making of an exception. Mended, such a function still
raises; only what its author meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
                raised |= _classes_of(statement.exc, original.function)
    return raised, passed_on


def _classes_of(made: ast.expr, function: ast.AST, depth: int = 3) -> set[str]:
    """Names of the classes that ``raise`` finds there: ``raise last`` raises what *last* was bound to, wherever."""
    match made:
        case ast.Call(func=called):
            return {ast.unparse(called).rpartition(".")[2]}
        case ast.BoolOp() | ast.IfExp() if depth:
            parts = made.values if isinstance(made, ast.BoolOp) else [made.body, made.orelse]
            return {name for part in parts for name in _classes_of(part, function, depth - 1)}
        case ast.Constant():
            return set()
        case ast.Name(id=name) if depth and (bound := list(_bound_to(name, function))):
            return {
                kind
                for value in bound
                for kind in ({value} if isinstance(value, str) else _classes_of(value, function, depth - 1))
            }
    return {ast.unparse(made).rpartition(".")[2]}


def _bound_to(name: str, function: ast.AST) -> Iterator[ast.expr | str]:
    """What *name* is given in a function: expressions, and the names of the classes that ``except ... as`` catches."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                yield value
            case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case ast.ExceptHandler(name=target) if target == name:
                yield from _caught(node)


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
        found.append((handler.body, _caught(handler)))
    found += [(case.body, kinds) for case in getattr(statement, "cases", [])]
    return [(block, handled) for block, handled in found if isinstance(block, list)]


def _caught(handler: ast.ExceptHandler) -> set[str]:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {ast.unparse(kind).rpartition(".")[2] if kind is not None else "BaseException" for kind in types}
