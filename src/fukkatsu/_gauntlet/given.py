"""Whether a candidate changes what it was given, where the original leaves it alone: read from both texts.

Replays compare arguments after each call, on the calls that were tried. A change that waits for another input, and then
raises, would leave the caller's objects changed by a call that the original would have answered.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import Final, TypeAlias

from fukkatsu._gauntlet.texts import function_named
from fukkatsu._language.in_place import changed_names, find_helpers
from fukkatsu._model.patch import FunctionSource

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_SAID: Final = re.compile(
    r"\bin[- ]place\b|\bmodif|\bmutat|\bupdates?\b|\bchanges?\b|\bremoves?\b|\badds?\b", re.IGNORECASE
)
"""Words of a docstring that may announce it."""


def changes_what_it_was_given(text: str, source: FunctionSource) -> str | None:
    """What the candidate changes of its parameters, as a sentence for the model; ``None`` when the original may, too.

    A method's own object is left out (a lazily made attribute is how many of them are mended), and so is a parameter
    that the original hands on to somebody who may change it.
    """
    if _SAID.search(source.docstring or ""):
        return None
    try:
        tree, reference = ast.parse(text), ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    function, original = function_named(tree, source.name), function_named(reference, source.name)
    if function is None or original is None:
        return None
    names = frozenset(_parameters(function, source)) - _handed_on(original)
    helpers = find_helpers(list(ast.walk(tree)))
    before = changed_names(original, names) if names else {}
    for name, node in (changed_names(function, names, helpers) if names else {}).items():
        if name in before or _draws(node):
            continue
        line = getattr(node, "lineno", 0)
        return (
            f"line {line}: it changes `{name}`, which the original never does: the caller's own object would be "
            "another one afterwards. Change a copy"
        )
    return None


def _parameters(function: Function, source: FunctionSource) -> list[str]:
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    inside = source.qualname.split(".")[:-1]
    if inside and inside[-1] != "<locals>":
        names = names[1:]  # self, cls; of a static method one too many
    return names + [argument.arg for argument in given.kwonlyargs]


def _handed_on(original: Function) -> set[str]:
    """Names that the original gives to functions that are not builtin: what those do with it is not known here."""
    found = set()
    for node in ast.walk(original):
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and hasattr(builtins, node.func.id)):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            found |= {inner.id for value in given for inner in ast.walk(value) if isinstance(inner, ast.Name)}
    return found


def _draws(node: ast.AST) -> bool:
    """``next(lines)``: an iterator is there to be drawn from."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next"
