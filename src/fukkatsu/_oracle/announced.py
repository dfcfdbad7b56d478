"""Exceptions that a docstring names in any words: "ValueError without people", "it is an error (ValueError) to ...".

To name one is nearly always to announce it, however it is said; what is said of one that is caught, ignored or raised
by somebody else is not. Announced so, an exception may come where the original failed otherwise; nobody need raise it.
"""

from __future__ import annotations

import builtins
import re
from typing import Final

from fukkatsu._oracle.examples import read_doctests

_NAME: Final = re.compile(r"\b(?:\w+\.)*(?P<name>[A-Z]\w*)\b")
_DENIED: Final = re.compile(
    r"(?:\b(?:catch|ignor|swallow|suppress|handl|except|skip|survive|hid|absorb|convert|translat|turn|wrap)\w*"
    r"(?:\s+(?:for|an?|any|all|the|every|out|of))*|\b(?:no|not|never|without|instead of|rather than|n't raise|on|after)"
    r"(?:\s+(?:an?|any|the|rais\w+))*)\s+[`*:]*$",
    re.IGNORECASE,
)
OF_OTHERS: Final = re.compile(
    r"\b(?:(?:that|which|who|whatever|whoever)\s+|(?:if|when|whenever|where|after|until|unless)\s+"
    r"(?!(?:\w+\s+)?(?:is|are|was|were|has|have|not|it|this)\b)(?:[`*]*\w+[`*]*(?:\(\))?\s+){1,2})$",
    re.IGNORECASE,
)
"""What stands before "raises X" where it is somebody else that raises: "a step that raises X is skipped"."""


def announced(docstring: str | None, own: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names of the exceptions that *docstring* speaks of as ones that may come, those of doctests among them.

    Args:
        docstring: What the author wrote.
        own: Names of the exception classes of the function's module.
    """
    if not docstring:
        return frozenset()
    found = {example.exception for example in read_doctests(docstring) if example.exception}
    for match in _NAME.finditer(docstring):
        name = match["name"]
        known = getattr(builtins, name, None)
        if not (name in own or (isinstance(known, type) and issubclass(known, Exception))):
            continue
        before = docstring[max(0, match.start() - 80) : match.start()]
        raising = re.sub(r"\b(?:raises?|raising|throws?)\s+(?:an?\s+)?[`*:]*$", "", before)
        if _DENIED.search(before) or (raising != before and OF_OTHERS.search(raising)):
            continue
        found.add(name)
    return frozenset(found)
