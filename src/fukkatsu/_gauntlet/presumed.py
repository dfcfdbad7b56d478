"""What a function's own text presumes of its arguments, where a few calls would be too few to tell.

Who searches by halves, or divides by what one item is more than the one before it, has items in order in mind; who
makes each item a key, or divides so, has each of them once in mind. Where all calls seen agree with that, inputs that
do not are no inputs: a right correction may answer them in its own way. Nothing here is a rule by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from fukkatsu._gauntlet.texts import ReadText, read_text
from fukkatsu._model.patch import FunctionSource

_ORDERED: Final = r"(?:sorted|ascending|increasing|descending|decreasing)"
_IN_ORDER: Final = re.compile(
    rf"\b{_ORDERED}\b|\bordered\b|\bin\s+(?!any\b)(?:\w+\s+)?order\b|"
    r"\b(?:earliest|latest|oldest|newest|smallest|largest|lowest|highest|cheapest)\s+first\b",
    re.IGNORECASE,
)
"""In the entry of a parameter; elsewhere "oldest first" is said of what is returned."""
_NEGATED: Final = re.compile(r"\b(?:not|never|no|without|any|whether)\b|n't\b", re.IGNORECASE)
_OF_RESULTS: Final = re.compile(r"\b(?:returns?|gives?|yields?|results?|answers?|outputs?)\b", re.IGNORECASE)
_OTHER_ENTRY: Final = re.compile(r"\s*(?:[:@]\w|[`*]*\w+[`*]*\s*(?:\([^\n]*?\))?\s*:)")
_TWICE_SAID: Final = re.compile(r"\b(?:duplicates?|distinct|unique|once|twice|repeat\w*|again|several times)\b", re.I)
_SEARCHES: Final = frozenset({"bisect", "bisect_left", "bisect_right", "insort", "insort_left", "insort_right"})
_ARRAY_SEARCHES: Final = {"searchsorted": 0, "interp": 1}
"""Of numpy: which argument is to be in order."""
_SORTS: Final = frozenset({"sorted", "sort", "argsort"})


def presumed(source: FunctionSource) -> dict[str, tuple[str, ...]]:
    """What of a parameter's items is to be so: in ``"order"``, ``"distinct"``, each of them a list ``"in order"``."""
    try:
        text = read_text(source.text, source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        text = None
    if text is None:
        return {}
    docstring = source.docstring or ""
    kinds = {"order": _in_order(text, docstring), "distinct": _once_each(text, docstring), "in order": _merged(text)}
    names = dict.fromkeys(name for found in kinds.values() for name in found)
    return {name: tuple(kind for kind, found in kinds.items() if name in found) for name in names}


def _in_order(text: ReadText, docstring: str) -> list[str]:
    if any(_called(node) in _SORTS for node in text.below):
        return []  # what is sorted first may come in any order
    found = {name for node in text.below for name in (*_searched(node), *_neighbours_apart(node))}
    return [name for name in _parameters(text) if name in found or _said_in_order(name, docstring)]


def _once_each(text: ReadText, docstring: str) -> list[str]:
    """None where the docstring has a word on what is there twice."""
    if _TWICE_SAID.search(docstring):
        return []
    found = {name for node in text.below for name in (*_made_keys(node), *_neighbours_apart(node))}
    return [name for name in _parameters(text) if name in found]


def _merged(text: ReadText) -> list[str]:
    """What ``heapq.merge(*lists)`` gets: lists that are sorted each, by a key or not."""
    found = {
        one.id
        for node in text.below
        if isinstance(node, ast.Call) and _called(node) == "merge"
        for starred in node.args
        if isinstance(starred, ast.Starred)
        for one in ast.walk(starred)
        if isinstance(one, ast.Name)
    }
    return [name for name in _parameters(text) if name in found]


def _parameters(text: ReadText) -> list[str]:
    arguments = text.function.args
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _said_in_order(name: str, docstring: str) -> bool:
    """Whether the docstring says so: near the name in a sentence, or anywhere in the entry of the parameter."""
    near = rf"\b{name}\b[^.\n]{{0,30}}\b{_ORDERED}\b|\b{_ORDERED}\s+(?:\w+\s+)?{name}\b"
    if re.search(near, docstring, re.IGNORECASE) is not None:
        return True
    entry = _entry(name, docstring)
    said = [one for one in re.split(r"(?<=[.;])\s+", entry) if _IN_ORDER.search(one) and not _OF_RESULTS.search(one)]
    return bool(said) and not any(map(_NEGATED.search, said))


def _entry(name: str, docstring: str) -> str:
    """What follows on ``name:`` at the beginning of a line, or ``name : type`` and ``:param name:``; else nothing.

    Up to a blank line, to the next entry, or to a line that is indented less.
    """
    lines = docstring.split("\n")
    begins = re.compile(rf"(\s*)(?::param\b[^:\n]*?\s)?[`*]*{name}[`*]*\s*(?:\([^\n]*?\))?\s*:(.*)")
    for at, line in enumerate(lines):
        match = begins.match(line)
        if match is None:
            continue
        indent, found = len(match[1]), [match[2]]
        for after in lines[at + 1 :]:
            deep = len(after) - len(after.lstrip())
            if not after.strip() or deep < indent or (deep == indent and _OTHER_ENTRY.match(after)):
                break
            found.append(after)
        return " ".join(" ".join(found).split())
    return ""


def _called(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return ""


def _searched(node: ast.AST) -> Iterator[str]:
    """What is searched as only what is in order can be: by halves, or with a function that does so."""
    match node:
        case ast.Call(args=[ast.Name(id=name), *_]) if _called(node) in _SEARCHES:
            yield name
        case ast.Call(func=ast.Attribute(value=ast.Name(id="heapq")), args=arguments) if _called(node) == "merge":
            yield from (one.id for one in arguments if isinstance(one, ast.Name))
        case ast.Call(args=arguments) if (at := _ARRAY_SEARCHES.get(_called(node))) is not None and at < len(arguments):
            if isinstance(one := arguments[at], ast.Name):
                yield one.id
        case ast.While():
            below = list(ast.walk(node))
            halves = {
                target.id
                for one in below
                if isinstance(one, ast.Assign) and _is_middle(one.value)
                for target in one.targets
                if isinstance(target, ast.Name)
            }
            for taken in below:
                match taken:
                    case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)) if index in halves:
                        yield name


def _is_middle(node: ast.expr) -> bool:
    for one in ast.walk(node):
        match one:
            case ast.BinOp(op=ast.FloorDiv(), right=ast.Constant(value=2)):
                return True
            case ast.BinOp(op=ast.RShift(), right=ast.Constant(value=1)):
                return True
    return False


def _neighbours_apart(node: ast.AST) -> Iterator[str]:
    """Of what one item less the one before it is a divisor: out of order that is below zero, or zero."""
    match node:
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=divisor):
            for one in ast.walk(divisor):
                match one:
                    case ast.BinOp(
                        left=ast.Subscript(value=ast.Name(id=name), slice=at),
                        op=ast.Sub(),
                        right=ast.Subscript(value=ast.Name(id=other), slice=there),
                    ) if name == other and ast.unparse(at) != ast.unparse(there):
                        yield name


def _made_keys(node: ast.AST) -> Iterator[str]:
    """What each item of is made a key, with something of its own."""
    match node:
        case ast.DictComp(key=ast.Name(id=key), generators=[ast.comprehension(target=ast.Name(id=each), iter=source)]):
            if key == each and isinstance(source, ast.Name):
                yield source.id
        case ast.Call(func=ast.Attribute(value=ast.Name(id="dict"), attr="fromkeys"), args=[ast.Name(id=name), _]):
            yield name
        case ast.Call(func=ast.Name(id="dict"), args=[ast.Call(func=ast.Name(id="zip"), args=[ast.Name(id=name), _])]):
            yield name
