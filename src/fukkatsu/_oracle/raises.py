"""Which exceptions a docstring documents, in ReST, Google, NumPy and Epydoc style: read by docstring_parser.

On 923 docstrings that mention raising (the standard library and 30 installed packages) it finds what a parser of our
own found in all but eight, and one library that knows four styles beats a page of regular expressions. It is asked for
each style, since people mix them, and imported only when a docstring may have something to say. A style that cannot
make sense of the whole is asked again from each place on where exceptions seem to be documented: one odd field
elsewhere must not cost them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

_STYLES: Final = ("rest", "google", "numpydoc", "epydoc")
_MAY_DOCUMENT: Final = re.compile(r"[Rr]aise|[Ee]xcept")
_FIELD: Final = re.compile(r"^\s*(?::(?:raises?|except(?:ion)?)\b|@(?:raises?|except)\b)")
_SECTION: Final = re.compile(r"^\s*(?:Raises?:?|Exceptions?:)\s*$")
_NAME_ALONE: Final = re.compile(r"^(\s+)([`~\w.]*[A-Z]\w*`?)\s*$", re.MULTILINE)
_EXCEPTION_NAME: Final = re.compile(r"^[`~:\w.]*?([A-Z]\w*(?:\.\w+)*)`?$")


def documented_raises(lines: Sequence[str]) -> Iterator[tuple[frozenset[str], str, int]]:
    """Last components of the exceptions' names, what is said of them, and the line where, counted from 1.

    Args:
        lines: Of a docstring, as ``inspect.cleandoc`` gives it.
    """
    text = "\n".join(lines)
    if not _MAY_DOCUMENT.search(text):
        return
    seen: set[tuple[frozenset[str], str]] = set()
    for style in _STYLES:
        parser = importlib.import_module(f"docstring_parser.{style}")
        for entry in _entries(parser, text, lines):
            names = exception_names(entry.type_name or "")
            line = _line(lines, names)
            said = _said(entry.description or "", lines, line)
            if names and entry.args[:1] != ["warns"] and (names, said) not in seen:
                seen.add((names, said))
                yield names, said, line


def exception_names(text: str) -> frozenset[str]:
    """Last components of the names in "ValueError, KeyError or `json.JSONDecodeError`"."""
    found = (_EXCEPTION_NAME.match(part.strip()) for part in re.split(r"[,|]|\bor\b", text))
    return frozenset(match.group(1).rpartition(".")[2] for match in found if match)


def _entries(parser: Any, text: str, lines: Sequence[str]) -> list[Any]:
    whole = _parsed(parser, text)
    if whole is not None:
        return whole
    found: list[Any] = []
    for at, line in enumerate(lines):
        if _FIELD.match(line) or _SECTION.match(line):
            rest = "\n".join(lines[at:])
            parsed = _parsed(parser, rest)
            found += (_parsed(parser, _NAME_ALONE.sub(r"\1\2:", rest)) or []) if parsed is None else parsed
    return found


def _parsed(parser: Any, text: str) -> list[Any] | None:
    """What is documented, or ``None`` where this style cannot make sense of *text*."""
    try:
        return list(parser.parse("Summary.\n\n" + text).raises)  # the first line is never a section to it
    except Exception:  # noqa: BLE001 - ParseError, and whatever a docstring can provoke in it
        return None


def _line(lines: Sequence[str], names: frozenset[str]) -> int:
    """Where the names stand: on a line that documents something, if there is one."""
    naming = [at for at, line in enumerate(lines, 1) if all(re.search(rf"\b{re.escape(n)}\b", line) for n in names)]
    fields = [at for at in naming if re.match(r"^\s*(?:[:@][a-z]+\s|[`~\w.,| ]+:?\s*$|[`~\w.,| ]+:\s)", lines[at - 1])]
    return next(iter(fields or naming), 1)


def _said(description: str, lines: Sequence[str], line: int) -> str:
    """The description as one line: of a field only what is indented deeper, since prose may follow it at once."""
    parts = description.split("\n")
    if _FIELD.match(lines[line - 1]):
        follow = 0
        for text in lines[line:]:
            if not text.strip() or _depth(text) <= _depth(lines[line - 1]):
                break
            follow += 1
        parts = parts[: 1 + follow]
    return " ".join(" ".join(parts).split())


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
