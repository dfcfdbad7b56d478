"""What is refused before the text is even parsed: texts that lie to a reader or crash a parser."""

from __future__ import annotations

import ast
import re
from typing import Final

MAX_BRACKETS: Final = 60
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 150
MAX_ELIFS: Final = 300
MAX_INT_BITS: Final = 4_096

# Bidirectional controls and zero-width characters: the text would read otherwise than it runs (CVE-2021-42574).
_HIDDEN: Final = re.compile(
    "[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u2028\u2029]|\r(?!\n)")


def refuse_text(text: object, limit_bytes: int) -> tuple[int, str, str, str] | None:
    """Line, what was found, why, remedy; ``None`` when the text may be parsed. Total: never raises."""
    if not isinstance(text, str):
        return 1, f"source of type {type(text).__name__}", "a correction is text", "Answer with Python source text."
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return line, "a lone surrogate", "it is not a character", "Write it as an escape, such as '\\udc80'."
    if size > limit_bytes:
        return (
            1,
            f"{size:,} bytes of source",
            f"a correction is at most Policy.source_bytes={limit_bytes:,} long",
            "Shorten it, or to permit it: dataclasses.replace(policy, source_bytes=...).",
        )
    if hidden := _HIDDEN.search(text):
        line = text.count("\n", 0, hidden.start()) + 1
        return (
            line,
            f"the invisible character U+{ord(hidden.group()):04X}",
            "the text would read otherwise than it runs",
            f"Write it as an escape: '\\u{ord(hidden.group()):04x}'.",
        )
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        return (
            line,
            f"the control character U+{ord(control.group()):04X}",
            "it hides text from a reader",
            f"Write it as an escape: '\\x{ord(control.group()):02x}'.",
        )
    return _refuse_nesting(text)


def _refuse_nesting(text: str) -> tuple[int, str, str, str] | None:
    """Brackets are counted wherever they stand, strings included: far fewer than this are ordinary."""
    if sum(map(text.count, "([{")) <= MAX_BRACKETS * 3:
        return None
    depth, line = 0, 1
    for match in re.finditer(r"[\n()\[\]{}]", text):
        mark = match.group()
        if mark == "\n":
            line += 1
        elif mark in "([{":
            depth += 1
            if depth > MAX_BRACKETS * 3:
                return line, "brackets nested very deeply", "the parser could run out of stack", "Use variables."
        elif depth:
            depth -= 1
    return None


def parse(text: str) -> ast.Module | tuple[int, str, str, str]:
    """The syntax tree, or a refusal. Whatever the parser raises is a refusal."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SyntaxWarning ("is" with a literal): the author's filters are not ours
            tree = ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1, f"not Python: {error.msg}", "it does not parse", "Send complete, valid source."
    except (MemoryError, RecursionError, ValueError, OverflowError, SystemError) as error:
        why = f"the parser gave up ({type(error).__name__})"
        return 1, "source too deeply nested or malformed", why, "Use variables, or a loop."
    return tree


_LEAVES: Final = frozenset({int, str, type(None), ast.Load, ast.Store})  # positions, texts, and two that say nothing


class _FieldsBelow(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node in which nodes can stand: all that the grammar does not give to texts."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        texts = (
            _TEXTS | ({"name"} if kind in _NAMED_BY_TEXT else set()) | ({"value"} if kind is ast.Constant else set())
        )
        self[kind] = fields = tuple(field for field in kind._fields if field not in texts)
        return fields


_TEXTS: Final = frozenset(
    {"id", "attr", "arg", "asname", "module", "level", "kind", "type_comment", "simple", "is_async"}
)
_NAMED_BY_TEXT: Final = frozenset(
    {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.alias, ast.ExceptHandler, ast.MatchAs, ast.MatchStar}
)
fields_below: Final = _FieldsBelow()


def children(node: ast.AST) -> list[ast.AST]:
    """Nodes directly under *node*: ast.iter_child_nodes, several times as fast, in the same order."""
    found: list[ast.AST] = []
    for field in fields_below[type(node)]:
        value = getattr(node, field, None)
        kind = type(value)
        if kind is list:
            found += [item for item in (value or ()) if isinstance(item, ast.AST)]
        elif kind not in _LEAVES and isinstance(value, ast.AST):
            found.append(value)
    return found


def flatten(tree: ast.AST) -> list[ast.AST]:
    """*tree* and every node below it, breadth first, without recursion."""
    nodes = [tree]
    for node in nodes:  # grows while it is read
        nodes += children(node)
    return nodes


def flatten_checked(tree: ast.Module) -> list[ast.AST] | tuple[int, str, str, str]:
    """As ``flatten``, or a refusal: caps on nodes, depth and links of an elif chain, without recursion."""
    nodes: list[ast.AST] = []
    level: list[ast.AST] = [tree]
    depth, longest = 0, 0
    elifs: dict[ast.AST, int] = {}
    while level:
        depth += 1
        nodes += level
        if len(nodes) > MAX_NODES:
            return 1, "too many syntax nodes", f"a correction has at most {MAX_NODES:,}", "Shorten it."
        below: list[ast.AST] = []
        for node in level:
            if type(node) is ast.If and len(node.orelse) == 1 and type(node.orelse[0]) is ast.If:
                link = elifs.get(node, 0) + 1
                if link > MAX_ELIFS:
                    return node.lineno, "a very long elif chain", "the compiler could run out of stack", "Use a dict."
                elifs[node.orelse[0]] = link
                longest = max(longest, link)
            for field in fields_below[type(node)]:  # as in children(), without the calls
                value = getattr(node, field, None)
                kind = type(value)
                if kind is list:
                    below += [item for item in (value or ()) if isinstance(item, ast.AST)]
                elif kind not in _LEAVES and isinstance(value, ast.AST):
                    below.append(value)
        # An elif chain is deep without being nested: its links do not count as depth.
        if depth > MAX_DEPTH + longest:
            line = getattr(level[0], "lineno", 1)
            return line, "expressions nested very deeply", "the compiler could run out of stack", "Use variables."
        level = below
    return _refuse_copies(tree, nodes) or nodes


def _refuse_copies(tree: ast.Module, nodes: list[ast.AST]) -> tuple[int, str, str, str] | None:
    """The compiler writes a finally block out for each way into it, and those in it again for each of these.

    Twice at least, and once more for each return, break and continue that leaves the try: nested thirty deep, a few
    hundred lines make more code than there is memory.
    """
    if not any(isinstance(node, _TRIES) and node.finalbody for node in nodes):
        return None
    weight = 0
    pending: list[tuple[ast.AST, int]] = [(tree, 1)]
    while pending:
        node, times = pending.pop()
        weight += times
        if weight > MAX_NODES:
            why = "the compiler writes such a block out several times, and what is nested in it again each time"
            return 1, "finally blocks nested deeply", why, "Use one finally, or a with statement."
        if isinstance(node, _TRIES) and node.finalbody:
            others = [*node.body, *node.handlers, *node.orelse]
            leaving = sum(isinstance(below, _LEAVING) for part in others for below in flatten(part))
            pending += [(below, times) for below in others]
            pending += [(below, times * (2 + leaving)) for below in node.finalbody]
        else:
            pending += [(below, times) for below in children(node)]
    return None


_TRIES: Final = (ast.Try, ast.TryStar)
_LEAVING: Final = (ast.Return, ast.Break, ast.Continue)


def constant_bits(node: ast.AST) -> int | None:
    """Upper bound of the size of a constant numeric or text expression, in bits; ``None`` when it is not constant."""
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool) or value is None:
            return 1
        if isinstance(value, int):
            return max(value.bit_length(), 1)
        if isinstance(value, (float, complex)):
            return 64
        return len(value) * 8 if isinstance(value, (str, bytes)) else None
    if isinstance(node, ast.UnaryOp):
        return constant_bits(node.operand)
    if isinstance(node, (ast.Tuple, ast.List)):
        sizes = [constant_bits(item) for item in node.elts]
        return None if None in sizes else sum(size or 0 for size in sizes) + 64 * len(sizes)
    if not isinstance(node, ast.BinOp):
        return None
    left, right = constant_bits(node.left), constant_bits(node.right)
    if isinstance(node.op, ast.Mult) and (left is None or right is None):
        # A display of unknown items, repeated by a constant: [0] * 10**12, [x] * 10**12.
        items, times = (
            (node.left, node.right) if isinstance(node.left, (ast.List, ast.Tuple)) else (node.right, node.left)
        )
        number = constant_value(times)
        return number * 64 if isinstance(items, (ast.List, ast.Tuple)) and number is not None else None
    if left is None or right is None:
        return None
    number = constant_value(node.right)
    if isinstance(node.op, ast.Pow):
        return left * abs(number) if number is not None else left << min(right, 64)
    if isinstance(node.op, ast.LShift):
        return left + (number if number is not None else 1 << min(right, 64))
    if isinstance(node.op, ast.Mult):
        texts = [side for side in (node.left, node.right) if _is_sized(side)]
        if texts:
            other = node.right if texts[0] is node.left else node.left
            times = constant_value(other)  # type: ignore[assignment]  # the isinstance below sorts it out
            size = constant_bits(texts[0]) or 1
            return size * times if isinstance(times, int) else None
        return left + right
    return max(left, right) + 1


def _is_sized(node: ast.AST) -> bool:
    if isinstance(node, (ast.List, ast.Tuple)):
        return True
    if isinstance(node, ast.BinOp):
        return _is_sized(node.left) or _is_sized(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))


def constant_value(node: ast.AST) -> int | None:
    """Value of a constant whole-number expression, capped at 2**64; ``None`` when it is not one."""
    cap = 1 << 64
    if isinstance(node, ast.Constant):
        return min(node.value, cap) if type(node.value) is int else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = constant_value(node.operand)
        return None if value is None else -value if isinstance(node.op, ast.USub) else value
    if not isinstance(node, ast.BinOp):
        return None
    left, right = constant_value(node.left), constant_value(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Pow):
        if right < 0:
            return None
        return min(left**right, cap) if right <= 64 and abs(left) <= cap else (cap if abs(left) > 1 else left)
    if isinstance(node.op, ast.LShift):
        return min(left << right, cap) if 0 <= right <= 64 else cap
    if isinstance(node.op, ast.Mult):
        return min(left * right, cap)
    if isinstance(node.op, ast.Add):
        return min(left + right, cap)
    if isinstance(node.op, ast.Sub):
        return left - right
    return None


MAX_CONSTANT_BITS: Final = 8 * 16 * 1024 * 1024
"""A constant expression may fill 16 MiB; ordinary ones (``10 ** 100``, ``"-" * 80``) are far below."""
