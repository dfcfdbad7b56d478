"""Two versions of a source text side by side, highlighted, as data for a template."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from fukkatsu._printable import printable

if TYPE_CHECKING:
    from pygments.formatters import HtmlFormatter

_NOTHING: Final = Markup("")
CONTEXT: Final = 12  # equal lines kept around a change; what lies between is folded away


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        kind: ``same``, ``removed``, ``added``, ``changed`` or ``folded``.
        old_number: Line in the old text, counted from 1; ``None`` where it has none.
        old: Its highlighted text.
        new_number: Line in the new text.
        new: Its highlighted text.
        hidden: For ``folded``: how many equal lines are not shown.
    """

    kind: str
    old_number: int | None = None
    old: Markup = _NOTHING
    new_number: int | None = None
    new: Markup = _NOTHING
    hidden: int = 0


def side_by_side(old: str, new: str, first_line: int = 1) -> list[Row]:
    """Rows of the comparison.

    Args:
        old: The original.
        new: The correction.
        first_line: Number of the original's first line in its file.
    """
    old_lines, new_lines = _lines(old), _lines(new)
    old_shown, new_shown = _highlighted(old_lines), _highlighted(new_lines)
    rows: list[Row] = []
    start = max(first_line, 1)
    for kind, i, i_end, j, j_end in difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        for offset in range(max(i_end - i, j_end - j)):
            left, right = i + offset, j + offset
            rows.append(
                Row(
                    {"equal": "same", "delete": "removed", "insert": "added", "replace": "changed"}[kind],
                    start + left if left < i_end else None,
                    old_shown[left] if left < i_end else _NOTHING,
                    right + 1 if right < j_end else None,
                    new_shown[right] if right < j_end else _NOTHING,
                )
            )
    return _folded(rows)


def source(text: str) -> Markup:
    """One text, highlighted."""
    return Markup("\n").join(_highlighted(_lines(text)))


def _folded(rows: list[Row]) -> list[Row]:
    near = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.kind != "same":
            for other in range(max(0, index - CONTEXT), min(len(rows), index + CONTEXT + 1)):
                near[other] = True
    out: list[Row] = []
    hidden = 0
    for row, shown in zip(rows, near, strict=True):
        if shown and hidden:
            out.append(Row("folded", hidden=hidden))
            hidden = 0
        if shown:
            out.append(row)
        else:
            hidden += 1
    return [*out, Row("folded", hidden=hidden)] if hidden else out


def _lines(text: str) -> list[str]:
    return printable(text.replace("\r\n", "\n")).rstrip("\n").split("\n")


def _highlighted(lines: list[str]) -> list[Markup]:
    """Each line as HTML: escaped by the highlighter, and wrapped in nothing but ``span`` elements with a class."""
    from pygments import highlight
    from pygments.lexers import PythonLexer

    text: Any = highlight("\n".join(lines), PythonLexer(stripnl=False, ensurenl=False), _formatter())
    shown = [Markup(line) for line in text.split("\n")]  # noqa: S704 - Pygments escapes what it highlights
    if len(shown) < len(lines):
        shown += [Markup("")] * (len(lines) - len(shown))
    return shown[: len(lines)]


@cache
def _formatter() -> HtmlFormatter[str]:
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True)


@cache
def stylesheet() -> str:
    """Rules for the classes that the highlighter uses, for a light and for a dark page."""
    from pygments.formatters import HtmlFormatter

    styles: list[Any] = [HtmlFormatter(style=name) for name in ("default", "github-dark")]
    light, dark = (style.get_style_defs(".code") for style in styles)
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
