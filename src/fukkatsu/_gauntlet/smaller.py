"""Smaller corrections than the one proposed: with one of its changes taken back.

Text work on syntax trees; what the smaller ones are worth is for ``smallest``. Only changes of what the author wrote
are taken back, one at a time, never what was put in beside it: that is what mends. Nor is one taken back that the
docstring speaks of: there the author has said what is wanted. The idea is delta debugging's (Zeller and Hildebrandt
2002, doi:10.1109/32.988498), on the correction instead of the input.
"""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

from fukkatsu._gauntlet.prose import sentences, speaks_of
from fukkatsu._gauntlet.respelling import Function, Smaller, bound_in
from fukkatsu._gauntlet.texts import function_named
from fukkatsu._gauntlet.trees import tree_of

Step: TypeAlias = tuple[str, int | None]
"""From a node to one below it: the name of the field, and the place where that is a list."""

MOST_CHANGES: Final = 8
"""With more of them than this a correction is another program, and its parts belong together."""
REWRITTEN: Final = 0.5
"""So is one that replaces more than this share of what the author wrote."""
_BINDS: Final = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_SILENT: Final = frozenset({"ctx", "kind", "type_comment", "annotation", "returns", "decorator_list"})


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of a candidate: what stands at a place of its tree, and what the author had there."""

    path: tuple[Step, ...]
    field: str
    span: tuple[int, int] | None  # places in a list
    before: tuple[ast.AST, ...]
    now: tuple[ast.AST, ...]
    line: int = 0
    within: tuple[ast.stmt, ...] = ()  # the author's statement that it is a part of, or those that it replaces

    def undo(self, function: Function) -> None:
        node: Any = function
        for field, at in self.path:
            node = getattr(node, field) if at is None else getattr(node, field)[at]
        old = [copy.deepcopy(one) for one in self.before]
        if self.span is None:
            setattr(node, self.field, old[0])
        else:
            getattr(node, self.field)[slice(*self.span)] = old
            if not getattr(node, self.field):
                getattr(node, self.field).append(ast.Pass())


class _WholeError(Exception):
    """Two nodes have no parts in common that could be compared one by one."""


def without_one_change(candidate: str, original: str, name: str, crash_line: int = 0) -> list[Smaller]:
    """*candidate* with each change of the author's own code taken back, one at a time; none of a rewrite.

    Args:
        candidate: Source of the correction.
        original: Source of the function.
        name: Its name.
        crash_line: Where the original failed, counted from its ``def``; 0 for unknown. What gives a value to a name
            that is used there is part of the fault: the only change of such a statement stays.
    """
    try:
        function, reference = (function_named(tree_of(text), name) for text in (candidate, original))
        if function is None or reference is None:
            return []
        before, now = _body(reference), _body(function)
        changes = list(_statements(before, now, (), "body"))
        replaced = sum(_size(node) for change in changes for node in change.before)
        if not 2 <= len(changes) <= MOST_CHANGES or replaced > REWRITTEN * sum(map(_size, before)):
            return []
        found = []
        fault = _statement_at(reference, crash_line)
        prose = " ".join(sentences(ast.get_docstring(reference) or ""))
        own = bound_in(reference) | bound_in(function)
        for change in changes:
            alone = sum(other.within == change.within for other in changes) == 1
            if not change.before or (alone and any(_feeds(one, fault) for one in change.within)):
                continue
            if _asked_for(change, prose, own) or _is_copy(change):
                continue
            tree = ast.parse(candidate)
            again = function_named(tree, name)
            if again is not None:
                again.body = _body(again)  # places are counted without the docstring
                change.undo(again)
                text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
                found.append(Smaller(text, _in_words(change), bare=alone and _is_bare(change)))
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return []
    return found


def _is_bare(change: _Change) -> bool:
    """Whether a number, a text or a sign stands in the place of another, or a condition is no longer asked.

    That is never another way to write the same. Texts that are shown to people are not meant.
    """
    if len(change.before) != 1 or len(change.now) != 1:
        return False
    before, now = change.before[0], change.now[0]
    if isinstance(now, ast.Constant) and isinstance(now.value, bool):
        return change.field == "test" and all(isinstance(one, ast.If) for one in change.within)
    if isinstance(before, ast.cmpop | ast.operator | ast.boolop):
        return True
    if not isinstance(before, ast.Constant) or not isinstance(now, ast.Constant) or type(before.value) is bool:
        return False
    if isinstance(before.value, int | float):
        return isinstance(now.value, int | float) and before.value != now.value
    shown = any(
        isinstance(one, ast.Raise | ast.Assert | ast.Expr | ast.JoinedStr)
        for node in change.within
        for one in _head(node)
    )
    return isinstance(before.value, str) and isinstance(now.value, str) and not shown


def _is_copy(change: _Change) -> bool:
    """Whether the change takes a copy of what the author took: to walk over it while the loop changes it, say."""
    if len(change.before) != 1 or len(change.now) != 1:
        return False
    copy, whole = change.now[0], None
    if isinstance(copy, ast.Call) and isinstance(copy.func, ast.Name) and copy.func.id in _COPIES:
        whole = copy.args[0] if len(copy.args) == 1 and not copy.keywords else None
    elif isinstance(copy, ast.Call) and isinstance(copy.func, ast.Attribute) and copy.func.attr == "copy":
        whole = copy.func.value
    elif isinstance(copy, ast.Subscript) and ast.unparse(copy.slice) == ":":
        whole = copy.value
    return whole is not None and ast.dump(whole) == ast.dump(change.before[0])


_COPIES: Final = frozenset({"list", "tuple", "dict", "set"})


def _asked_for(change: _Change, prose: str, own: Set[str]) -> bool:
    """Whether *prose* speaks of something that *change* puts in, and of nothing that it takes out."""
    if not prose:
        return False
    before, now = (_things(side, own) for side in (change.before, change.now))
    return any(speaks_of(one, prose) for one in now - before) and not any(speaks_of(one, prose) for one in before - now)


def _things(nodes: Sequence[ast.AST], own: Set[str]) -> set[str | int | float]:
    """What a docstring could name of some code: types and functions, methods, texts and numbers, no variables."""
    found: set[str | int | float] = set()
    for node in (inner for one in nodes for inner in ast.walk(one)):
        if isinstance(node, ast.Name) and node.id not in own:
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
            found.add(node.value)
    return found


def _statement_at(function: Function, line: int) -> ast.stmt | None:
    """The innermost statement that *line* belongs to."""
    found: ast.stmt | None = None
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function and node.lineno <= line <= (node.end_lineno or 0):
            found = node  # the walk goes from the outside in
    return found


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement, without the statements in it."""
    pending: list[ast.AST] = [statement]
    for node in pending:  # grows while it is walked
        yield node
        pending.extend(one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.stmt | ast.ExceptHandler))


def _feeds(statement: ast.stmt, fault: ast.stmt | None) -> bool:
    """Whether *statement* gives a value to a name that another one, where the original failed, makes use of."""
    if fault is None or statement is fault or not isinstance(statement, _BINDS):
        return False
    used = {node.id for node in _head(fault) if isinstance(node, ast.Name)}
    targets = [node for node in _head(statement) if isinstance(getattr(node, "ctx", None), ast.Store)]
    return any(isinstance(one, ast.Name) and one.id in used for node in targets for one in ast.walk(node))


def _body(function: Function) -> list[ast.stmt]:
    """The statements of *function*, its docstring left out."""
    if ast.get_docstring(function, clean=False) is None:
        return function.body
    return function.body[1:] or [ast.Pass()]


def _size(node: ast.AST) -> int:
    return sum(1 for _ in ast.walk(node))


def _in_words(change: _Change) -> str:
    was, now = (_shown(side) for side in (change.before, change.now))
    place = f"line {change.line}: " if change.line else ""
    return f"{place}`{now}`, where the author wrote `{was}`" if change.now else f"`{was}` was taken out"


_SIGNS: Final = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**", "Eq": "==",
    "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "And": "and", "Or": "or", "Not": "not",
    "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in", "USub": "-",
}  # fmt: skip


def _shown(nodes: Sequence[ast.AST]) -> str:
    texts = [_SIGNS.get(type(node).__name__) or ast.unparse(node) for node in nodes]
    text = "; ".join(" ".join(text.split()) for text in texts)
    return text if len(text) <= 60 else text[:57] + "..."


# --- what two trees have otherwise ------------------------------------------------------------------------------------


@lru_cache(maxsize=512)  # by the node itself: the original's come again with each candidate
def _text(node: ast.AST) -> str:
    return ast.dump(node)


def _statements(before: list[Any], now: list[Any], path: tuple[Step, ...], field: str) -> Iterator[_Change]:
    matcher = difflib.SequenceMatcher(None, list(map(_text, before)), list(map(_text, now)), autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            continue
        if b - a == d - c:
            for x, y, at in zip(before[a:b], now[c:d], range(c, d), strict=True):
                for change in _pair(x, y, path, (field, at), 0):  # the innermost statement counts
                    yield change if change.within else replace(change, within=(x,))
        else:
            line = now[c].lineno if d > c else 0
            yield _Change(path, field, (c, d), tuple(before[a:b]), tuple(now[c:d]), line, tuple(before[a:b]))


def _pair(before: ast.AST, now: ast.AST, path: tuple[Step, ...], step: Step, line: int) -> list[_Change]:
    line = getattr(now, "lineno", line)  # operators have none of their own
    if _text(before) == _text(now):
        return []
    if type(before) is type(now) and not _belong_together(before, now):
        try:
            return list(_fields(before, now, (*path, step), line))
        except _WholeError:
            pass
    field, at = step
    return [_Change(path, field, None if at is None else (at, at + 1), (before,), (now,), line)]


def _belong_together(before: ast.AST, now: ast.AST) -> bool:
    """Whether two expressions of one kind are one within the other (``f(x)`` and ``g(f(x))``), or other calls."""
    if not isinstance(before, ast.expr):
        return False
    if isinstance(before, ast.Call) and isinstance(now, ast.Call):
        same = _text(before.func) == _text(now.func)
        if not same and list(map(_text, before.args)) != list(map(_text, now.args)):
            return True
    texts = _text(before), _text(now)
    return texts[0] in texts[1] or texts[1] in texts[0]


def _fields(before: ast.AST, now: ast.AST, path: tuple[Step, ...], line: int) -> Iterator[_Change]:
    for field in before._fields:
        x, y = getattr(before, field, None), getattr(now, field, None)
        if field in _SILENT:
            continue
        if isinstance(x, list) and isinstance(y, list):
            if any(isinstance(one, ast.stmt) for one in (*x, *y)):
                yield from _statements(x, y, path, field)
            elif len(x) != len(y) or not all(isinstance(one, ast.AST) for one in (*x, *y)):
                if x != y:
                    raise _WholeError
            else:
                for at, (one, other) in enumerate(zip(x, y, strict=True)):
                    yield from _pair(one, other, path, (field, at), line)
        elif isinstance(x, ast.AST) and isinstance(y, ast.AST):
            yield from _pair(x, y, path, (field, None), line)
        elif x != y or type(x) is not type(y):
            raise _WholeError
