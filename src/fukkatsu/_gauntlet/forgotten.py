"""What a candidate's text no longer heeds of its arguments: a parameter that is read nowhere, a change in place.

Inputs show such a loss only where calls differ in just that; the two texts, and the docstring, show it at once.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from fukkatsu._gauntlet.effects import changes_arguments
from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._model.call import Call
from fukkatsu._model.patch import FunctionSource

_IN_PLACE: Final = re.compile(r"\bin[- ]place\b", re.IGNORECASE)
_NOT_IN_PLACE: Final = re.compile(
    r"\b(?:not|never|n't|rather than|instead of|no longer)\b[^.]{0,30}\bin[- ]place\b", re.I
)
_ONLY_READS: Final = frozenset(
    {
        "len", "list", "dict", "set", "tuple", "sorted", "frozenset", "enumerate", "zip", "sum", "min", "max", "any",
        "all", "isinstance", "reversed", "iter", "str", "repr", "bool", "type", "map", "filter", "print",
    }
)  # fmt: skip
_ALL_AT_ONCE: Final = frozenset({"locals", "vars"})


def forgotten(text: str, source: FunctionSource, call: Call | None = None) -> tuple[str | None, list[str]]:
    """What the candidate forgets, as a sentence for the model; and what a person should look at; *call* has failed."""
    both = read_both(text, source)
    if both is None:
        return None, []
    candidate, original = both
    docstring = source.docstring or ""
    names = list(_unread(candidate, original))
    for name in names:
        if len(name) > 1 and re.search(rf"\b{name}\b", docstring):
            return (
                f"it reads the parameter `{name}` nowhere, which the original does and the docstring speaks of: keep "
                "what it is there for"
            ), []
    in_place = _IN_PLACE.search(docstring) and not _NOT_IN_PLACE.search(docstring) and changes_arguments(source)
    if in_place and not changes_arguments(replace(source, text=text)) and not _hands_on(candidate):
        return (
            "it changes none of its arguments, and the docstring says that this is done in place: to bind the name of "
            "a parameter anew changes nothing for the caller"
        ), []
    told = [f"the correction reads the parameter `{name}` nowhere, which the original does" for name in names]
    told += [
        f"the failing call gives `{name}`, which the docstring speaks of, and neither original nor correction reads it"
        for name in _given(candidate, call)
        if len(name) > 1 and name not in _read(candidate) | _read(original) and re.search(rf"\b{name}\b", docstring)
    ]
    return None, [f"FOR A PERSON TO DECIDE: {one}" for one in told]


def _given(text: ReadText, call: Call | None) -> list[str]:
    """Parameters that the failing call gives a value."""
    if call is None or any(isinstance(node, ast.Name) and node.id in _ALL_AT_ONCE for node in text.nodes):
        return []
    given = text.function.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)][: len(call.args)]
    return [name for name in _parameters(text) if name in positional or name in call.kwargs]


def _unread(candidate: ReadText, original: ReadText) -> Iterator[str]:
    """Parameters of both that the original reads, and the candidate does not."""
    if any(isinstance(node, ast.Name) and node.id in _ALL_AT_ONCE for node in candidate.nodes):
        return
    read, known = _read(candidate), _read(original)
    own = set(_parameters(candidate))
    for name in _parameters(original):
        if name in own and name in known and name not in read:
            yield name


def _parameters(text: ReadText) -> list[str]:
    given = text.function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return named[1:] if named[:1] in (["self"], ["cls"]) else named


def _read(text: ReadText) -> set[str]:
    return {node.id for node in text.nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}


def _hands_on(candidate: ReadText) -> bool:
    """Whether a parameter is given, as it is, to a function that may change it."""
    names = set(_parameters(candidate))
    for node in candidate.below:
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            if called in _ONLY_READS and hasattr(builtins, called):
                continue
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(one, ast.Name) and one.id in names for one in given):
                return True
    return False
