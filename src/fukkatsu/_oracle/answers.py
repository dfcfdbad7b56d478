"""Answers that prose names, with their condition: "Returns 0.0 if xs is empty", "None when n < 0", "'' without rows".

Read only where nothing is left over: the answer is a literal or a parameter, and the condition an expression over the
parameters (see ``docstring.must_raise_condition``). Prose is no contract. What is read here is tried on what the
original answers, and counts where the original crashed and nobody else says what is right.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from fukkatsu._oracle.docstring import Clause, must_raise_condition

_LITERAL: Final = (
    r"(?:`+[^`]+`+|\"[^\"]*\"|'[^']*'|-?\d+(?:\.\d+)?(?![\w.]*\w)|None|True|False|\[\]|\{\}|\(\)|zero|"
    r"(?:an |the )?empty (?:list|string|text|str|dict|dictionary|mapping|tuple|set))"
)
_SAYS: Final = r"\b(?:[Rr]eturns?|[Gg]ives?|[Aa]nswers?)"
_RETURNED: Final = re.compile(
    rf"{_SAYS}\s+(?P<answer>{_LITERAL}|[A-Za-z_]\w*),?\s+(?P<rest>(?:if|when|whenever)\b.*)", re.DOTALL
)
_ALONE: Final = re.compile(
    rf"(?:^|[.;:]\s+|,\s+(?:or\s+|and\s+)?)(?P<answer>{_LITERAL})\s+(?P<rest>(?:if|when|whenever)\b.*)", re.DOTALL
)
_FIRST: Final = re.compile(
    rf"\b(?P<rest>(?:If|When|Whenever)\s+[^,.;]+),\s+(?:it\s+|then\s+|this\s+)?[Rr]eturns?\s+(?P<answer>{_LITERAL})"
    r"\s*(?:[.;]|$)"
)
_DENIED: Final = re.compile(r"(?:\bnot|\bnever|n't|\bno longer)\s+$")
_NO_PROSE: Final = re.compile(r"^\s*(?:>>>|\.\.\.|:?(?:pre|post|raises|inv)(?:\[[^\]]*\])?::?\s)")
_ASIDE: Final = re.compile(r"\s\([^()]*\)(?=\s*(?:[.,;]|$))")
_OTHERWISE: Final = re.compile(r",?\s+(?:else|otherwise)\b|,\s*(?:and\s+)?\S+\s+otherwise\b")
_EMPTY: Final = {
    "list": "[]", "string": "''", "text": "''", "str": "''", "dict": "{}", "dictionary": "{}", "mapping": "{}",
    "tuple": "()", "set": "set()",
}  # fmt: skip


def answers_in_prose(docstring: str | None, parameters: Sequence[str]) -> tuple[Clause, ...]:
    """What *docstring* says is returned on a condition, as clauses of the kind ``"answer"``."""
    found: dict[str, Clause] = {}
    for paragraph in _paragraphs(docstring or ""):
        for text in _without_any(paragraph, parameters):
            found.setdefault(text, Clause("answer", text, 1))
        for match in _said(paragraph):
            if _DENIED.search(paragraph[: match.start()]):
                continue
            answer = _expression(match["answer"], parameters)
            condition = _condition(match["rest"], parameters) if answer is not None else None
            if condition is not None:
                text = f"implies({condition}, __return__ {'is' if answer == 'None' else '=='} {answer})"
                found.setdefault(text, Clause("answer", text, 1))
    return tuple(found.values())


_END: Final = r"(?=\s*(?:[.,;)]|$|\belse\b|\botherwise\b))"
_NONE_OF: Final = re.compile(
    rf"(?:^|[.;:(]\s*|,\s+(?:or\s+|and\s+)?|\bor\s+|{_SAYS}\s+)(?P<answer>{_LITERAL})\s+"
    rf"(?:without(?:\s+any)?|with\s+no|for\s+no|for\s+(?:an\s+)?empty|on\s+(?:an\s+)?empty)\s+[`*]*(?P<name>\w+)[`*]*{_END}"
)
_OF_NONE: Final = (
    re.compile(rf"(?:^|[.;:(,]\s*|\()(?:{_SAYS}\s+)?(?P<answer>{_LITERAL})\s+for\s+None{_END}"),
    re.compile(
        rf"(?:^|[.;,(]\s*|\()(?:[A-Za-z]+\s+){{0,3}}\(?`*None`*\)?\s+(?:is\s+shown\s+as|gives|returns|yields|=>|->|→)\s+"
        rf"(?P<answer>{_LITERAL}){_END}"
    ),
)


def _without_any(paragraph: str, parameters: Sequence[str]) -> Iterator[str]:
    """What is said of an empty parameter by its name ("None for no values"), and of None where there is but one."""
    for match in _NONE_OF.finditer(paragraph):
        answer = _expression(match["answer"], parameters)
        if answer is not None and match["name"] in parameters and not _DENIED.search(paragraph[: match.start()]):
            yield f"implies(len({match['name']}) == 0, __return__ {'is' if answer == 'None' else '=='} {answer})"
    if len(parameters) != 1:
        return
    for pattern in _OF_NONE:
        for match in pattern.finditer(paragraph):
            answer = _expression(match["answer"], parameters)
            if answer is not None and not _DENIED.search(paragraph[: match.start()]):
                yield f"implies({parameters[0]} is None, __return__ {'is' if answer == 'None' else '=='} {answer})"


def _paragraphs(docstring: str) -> Iterator[str]:
    """Prose, each paragraph on one line; what stands in an example or in a clause is none."""
    for block in re.split(r"\n\s*\n", docstring):
        lines: list[str] = []
        for line in block.split("\n"):
            if _NO_PROSE.match(line):
                break  # and what an example gives
            lines.append(line)
        if lines:
            yield " ".join(" ".join(lines).split())


def _said(paragraph: str) -> Iterator[re.Match[str]]:
    for pattern in (_RETURNED, _ALONE, _FIRST):
        at = 0
        while (match := pattern.search(paragraph, at)) is not None:
            yield match
            at = match.end("answer")


def _condition(words: str, parameters: Sequence[str]) -> str | None:
    """The condition that *words* begin with, where all of it is understood."""
    words = _ASIDE.sub("", words)
    for text in (words, _OTHERWISE.split(words)[0]):
        condition = must_raise_condition(text, parameters)
        if condition is None:
            continue
        parts = [part for one in ast.walk(ast.parse(condition)) if isinstance(one, ast.BoolOp) for part in one.values]
        if not any(isinstance(part, ast.Constant) for part in parts):  # "if n is 0 or 1"
            return condition
    return None


def _expression(words: str, parameters: Sequence[str]) -> str | None:
    """An answer in words as an expression; ``None`` for anything but a literal or a parameter."""
    text = words.strip().strip("`").strip()
    if text == "zero":
        return "0"
    empty = re.fullmatch(r"(?:an |the )?empty (\w+)", text)
    if empty is not None:
        return _EMPTY.get(empty[1])
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if isinstance(tree, ast.Name):
        return text if text in parameters else None
    try:
        return repr(ast.literal_eval(tree))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
