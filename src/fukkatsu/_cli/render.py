"""What a command prints: text that is the same with and without colour.

rich, where the ``cli`` extra installed it, only paints; the lines are ours. So a log, a pipe and a terminal show the
same words, and nothing is missing without the extra: then the codes that every terminal of today knows do the painting.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._printable import printable

if TYPE_CHECKING:
    from fukkatsu._model.verdict import Report, Verdict

STYLES: Final = {
    "title": "bold",
    "good": "green",
    "bad": "bold red",
    "added": "green",
    "removed": "red",
    "aside": "dim",
    "plain": "",
}
MARKS: Final = {"accepted": "ok", "refused": "REFUSED", "skipped": "skipped"}


CODES: Final = {"bold": "1", "green": "32", "bold red": "1;31", "red": "31", "dim": "2"}


def _painter() -> Callable[[str, str], None] | None:
    """A function that prints a text in a style; ``None`` where the terminal might not know how."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return None if os.name == "nt" else _paint_by_hand
    console = Console(soft_wrap=True, highlight=False, emoji=False, markup=False)
    return lambda text, style: console.print(Text(text, style=style))


def _paint_by_hand(text: str, style: str) -> None:
    for line in text.split("\n"):
        print(f"\x1b[{CODES[style]}m{line}\x1b[0m" if line else "")


class Screen:
    """Prints lines, painted when stdout is a terminal that wants colour.

    Args:
        colour: ``False`` for plain text everywhere (``--no-color``); ``NO_COLOR`` in the environment says the same.
    """

    def __init__(self, *, colour: bool = True) -> None:
        wanted = colour and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()
        self._paint = _painter() if wanted else None
        self.width = min(shutil.get_terminal_size((110, 24)).columns, 120)

    def line(self, text: str = "", style: str = "plain", indent: int = 0) -> None:
        """One line, or several, each indented, none wrapped: for source code and tables."""
        shown = textwrap.indent(printable(text), " " * indent)
        if self._paint is not None and STYLES[style]:
            self._paint(shown, STYLES[style])
        else:
            print(shown)
        sys.stdout.flush()  # a repair is watched while it happens

    def prose(self, text: str, style: str = "plain", indent: int = 0, label: str = "") -> None:
        """A paragraph, wrapped to the width of the terminal, hanging behind its *label*."""
        first, rest = " " * indent + label, " " * (indent + len(label))
        paragraphs = printable(text).splitlines() or [""]
        for number, paragraph in enumerate(paragraphs):
            for wrapped in textwrap.wrap(
                paragraph,
                max(self.width, len(rest) + 30),
                initial_indent=first if number == 0 else rest,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [first if number == 0 else ""]:
                self.line(wrapped, style)

    def title(self, text: str) -> None:
        """A heading, with an empty line before it."""
        self.line()
        self.line(text, "title")

    def diff(self, lines: Iterable[str], indent: int = 4) -> None:
        """Lines of a unified diff."""
        for line in lines:
            style = "added" if line.startswith("+") else "removed" if line.startswith("-") else "aside"
            self.line(line, style, indent)

    def stages(self, report: Report, indent: int = 4) -> None:
        """One line per stage that spoke: name, answer, time, and the reason of a skip."""
        for verdict in report.verdicts:
            style = {"accepted": "good", "refused": "bad", "skipped": "aside"}[verdict.outcome]
            text = f"{verdict.stage:<13} {MARKS[verdict.outcome]:<8} {milliseconds(verdict.seconds):>10}"
            if verdict.outcome == "skipped" and verdict.reason:
                text += "   " + verdict.reason.splitlines()[0]
            elif verdict.outcome == "accepted" and verdict.evidence:
                text += "   " + counted(verdict)
            self.line(text[: self.width - indent], style, indent)


def counted(verdict: Verdict) -> str:
    """The evidence of one stage in words: ``good_calls 3``."""
    return ", ".join(f"{key.replace('_', ' ')} {count}" for key, count in verdict.evidence.items() if count)


def milliseconds(seconds: float) -> str:
    """A duration as a person reads it."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def print_json(document: Any) -> None:
    """One JSON document on stdout; what JSON cannot say is written as its ``repr``."""
    print(json.dumps(document, indent=2, default=repr), flush=True)  # `ui` goes on after it


def report_as_json(report: Report) -> dict[str, Any]:
    """Everything that a report knows, as JSON: the keys are those of the ``Report`` and only grow."""
    call = report.counterexample
    return {
        "function": report.function,
        "accepted": report.accepted,
        "refused_by": report.refused_by,
        "reason": report.reason,
        "counterexample": None if call is None else {"args": list(call.args), "kwargs": dict(call.kwargs)},
        "isolation": report.isolation,
        "evidence": dict(report.evidence),
        "evidence_line": report.evidence_line(),
        "notes": list(report.notes),
        "verdicts": [
            {
                "stage": verdict.stage,
                "outcome": verdict.outcome,
                "reason": verdict.reason,
                "seconds": verdict.seconds,
                "evidence": dict(verdict.evidence),
            }
            for verdict in report.verdicts
        ],
        "source": report.source,
    }
