"""Move a block of source text left or right without touching what stands inside its strings."""

from __future__ import annotations

import io
import tokenize


def _string_lines(text: str) -> set[int]:
    """Numbers of the lines that begin inside a string: their blanks are the string's, not the layout's."""
    inside: set[int] = set()
    opened: list[int] = []  # f-strings nest; each entry is the line of one FSTRING_START (3.12 and later)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            kind = tokenize.tok_name[token.type]
            if kind == "STRING":
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
            elif kind in ("FSTRING_START", "TSTRING_START"):
                opened.append(token.start[0])
            elif kind in ("FSTRING_END", "TSTRING_END") and opened:
                inside.update(range(opened.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        pass  # an incomplete block: what was seen up to here still counts; the caller parses the result anyway
    return inside


def dedent_source(text: str) -> str:
    """*text* moved left until its first line with code starts in the first column.

    Lines that begin inside a multi-line string stay as they are, so that the string keeps its value. A line indented
    less than the first (a comment, or the inside of brackets) is moved as far left as it can go.
    """
    lines = text.split("\n")
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    width = len(first) - len(first.lstrip(" \t"))
    if not width:
        return text
    kept = _string_lines(text)
    moved = []
    for number, line in enumerate(lines, 1):
        if number in kept:
            moved.append(line)
        else:
            blanks = len(line) - len(line.lstrip(" \t"))
            moved.append(line[min(width, blanks) :])
    return "\n".join(moved)


def indent_source(text: str, margin: str) -> str:
    """*text* with *margin* before each line that has something on it, the inside of multi-line strings left alone."""
    kept = _string_lines(text)
    lines = enumerate(text.split("\n"), 1)
    return "\n".join(line if number in kept or not line.strip() else margin + line for number, line in lines)
