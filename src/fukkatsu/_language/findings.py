"""A reason to refuse a candidate, in words that say what to do about it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

MAX_FINDINGS: Final = 20

Opening: TypeAlias = tuple[Literal["imports", "calls", "attributes"], str]
"""What an entry of the policy is called and what it holds: ``("imports", "os.path")``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to refuse a candidate.

    Attributes:
        line: Line of the candidate's text, counted from 1.
        found: What stands there.
        why: Why it is refused, as a clause.
        remedy: How to permit it in the policy, or how to write it instead.
        opens: The entry of the policy that would permit it, or ``None`` when there is none.
    """

    line: int
    found: str
    why: str
    remedy: str
    opens: Opening | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.found}: {self.why}. {self.remedy}".rstrip()


class Findings(list[Finding]):
    """The findings of one walk, in the order in which they were made."""

    def add(self, at: ast.AST | int, found: str, why: str, remedy: str) -> None:
        """Something that is to be written otherwise."""
        self.append(Finding(_line(at), found, why, remedy))

    def add_closed(self, at: ast.AST | int, found: str, why: str, opens: Opening, hint: str = "") -> None:
        """Something that an entry of the policy would permit."""
        kind, name = opens
        remedy = f"To permit it: Policy().allowing({kind}={{{name!r}}}).{hint}"
        self.append(Finding(_line(at), found, why, remedy, opens))

    def ordered(self) -> tuple[Finding, ...]:
        """By line, each once, no more than anybody reads."""
        return tuple(dict.fromkeys(sorted(self, key=lambda finding: finding.line)))[:MAX_FINDINGS]


def _line(at: ast.AST | int) -> int:
    return at if isinstance(at, int) else getattr(at, "lineno", 1)


def shown(node: ast.AST) -> str:
    """*node* as source text, shortened."""
    text = ast.unparse(node)
    return text if len(text) <= 80 else text[:77] + "..."


_TITLES: Final = {
    "FunctionDef": "`def`",
    "AsyncFunctionDef": "`async def`",
    "ClassDef": "class definition",
    "Expr": "expression",
    "Assign": "assignment",
    "AnnAssign": "assignment",
    "AugAssign": "assignment",
    "TypeAlias": "type alias",
}


def title(node: ast.AST) -> str:
    """What kind of thing *node* is, for a person."""
    name = type(node).__name__
    return _TITLES.get(name, name.lower())
