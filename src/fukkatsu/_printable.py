"""Text of a model's, or of an argument that found its way into it, made fit to be looked at."""

from __future__ import annotations

import unicodedata
from typing import Final

UNPRINTED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, formats, unassigned, separators


def printable(text: str) -> str:
    """*text* with everything that a terminal or a browser would obey written out.

    It could otherwise move the cursor, rewrite what was printed before, or turn the order of the characters around
    (Trojan Source, CVE-2021-42574).
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in UNPRINTED
        else character.encode("unicode_escape").decode()
        for character in text
    )
