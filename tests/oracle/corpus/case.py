"""How a case of the corpus is written down, and how the files of ``kinds/`` become cases.

A case is a function as anybody might have written it, in plain code, and below it what is known of it: a call on which
it crashes, calls that it answers, bodies of right corrections, and wrong ones. A correction is the text of a body: it
is put under the original's own ``def`` line. Wrong ones are often a small edit of a right one: ``("old", "new")``.

Each wrong correction says which stage could refuse it with the evidence that the case has (``wrong``), or why none
could (``hopeless``). Which stage refuses it in fact is printed, not demanded: an earlier one is as good.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from fukkatsu import Call

KINDS: Final = Path(__file__).parent / "kinds"

WRONG: Final = (
    "constant", "swallow", "point fix", "off-by-one", "regression", "wrong type", "wrong value", "mutates",
    "drops raise", "hangs", "side effect", "keeps state",
)  # fmt: skip
"""What can be wrong with a correction, as the matrix names it."""

Body: TypeAlias = str
Edit: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong correction.

    Attributes:
        kind: One of ``WRONG``.
        by: The stage that could refuse it; empty where nothing that is known of the function speaks against it.
        change: Its body, or an edit of the right correction number ``of``.
        of: Which right correction the edit is made to.
        why: Why no evidence could expose it, where none could.
    """

    kind: str
    by: str
    change: Body | Edit
    of: int = 0
    why: str = ""


def wrong(kind: str, by: str, change: Body | Edit, *, of: int = 0) -> Wrong:
    """A wrong correction that the stage *by* could refuse."""
    return Wrong(kind, by, change, of)


def hopeless(kind: str, change: Body | Edit, why: str, *, of: int = 0) -> Wrong:
    """A wrong correction that nothing known of the function speaks against: it may pass."""
    return Wrong(kind, "", change, of, why)


@dataclass(frozen=True, slots=True)
class Patch:
    """A correction, ready to be judged: its source text and, when it is a wrong one, what is wrong with it."""

    source: str
    wrong: Wrong | None = None

    @property
    def right(self) -> bool:
        return self.wrong is None


@dataclass(frozen=True, slots=True)
class Case:
    """A function and everything that is known of it.

    Attributes:
        function: The original.
        family: Which file it stands in: ``"dates"``.
        crash: The failing call.
        good: Calls that it answers.
        patches: The right corrections, then the wrong ones.
        opens: Packages that the user's policy opens.
    """

    function: Callable[..., Any]
    family: str
    crash: Call
    good: tuple[Call, ...]
    patches: tuple[Patch, ...]
    opens: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.family}.{self.function.__qualname__}"


_found: dict[str, list[Case]] = {}


def case(
    function: Callable[..., Any],
    *,
    crash: Call | tuple[Any, ...],
    good: Sequence[Call | tuple[Any, ...]],
    right: Sequence[Body],
    wrong: Sequence[Wrong],
    imports: str = "",
    opens: Sequence[str] = (),
) -> None:
    """Say what is known of *function*; calls are tuples of arguments, or ``Call`` for keywords.

    Args:
        function: The original.
        crash: The failing call.
        good: Calls that it answers.
        right: Bodies of right corrections.
        wrong: Wrong ones.
        imports: Import statements that corrections have and the module lacks.
        opens: Packages that corrections may use beyond the default policy.
    """
    assert len(right) >= 2, f"{function.__qualname__}: a right correction written in two ways"
    assert len(wrong) >= 6, f"{function.__qualname__}: six wrong corrections at least"
    family = function.__module__.rpartition(".")[2]
    header = _header(function)
    bodies = [textwrap.dedent(body).strip("\n") for body in right]
    patches = [Patch(_whole(imports, header, body)) for body in bodies]
    for one in wrong:
        assert one.kind in WRONG, f"{function.__qualname__}: {one.kind!r} is no kind of wrong correction"
        patches.append(Patch(_whole(imports, header, _body(function, bodies[one.of], one.change)), one))
    calls = [call if isinstance(call, Call) else Call(call) for call in (crash, *good)]
    _found.setdefault(family, []).append(
        Case(function, family, calls[0], tuple(calls[1:]), tuple(patches), frozenset(opens))
    )


def _body(function: Callable[..., Any], right: Body, change: Body | Edit) -> Body:
    if isinstance(change, str):
        return textwrap.dedent(change).strip("\n")
    old, new = change
    assert old in right, f"{function.__qualname__}: {old!r} is not in the right correction that is edited"
    return right.replace(old, new)


def _header(function: Callable[..., Any]) -> str:
    """The ``def`` line, over as many lines as it takes."""
    text = textwrap.dedent(inspect.getsource(function))
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    lines = text.splitlines()[node.lineno - 1 : node.body[0].lineno - 1]
    while not lines[-1].split("#")[0].rstrip().endswith(":"):
        lines.pop()  # a comment between the header and the body
    return "\n".join(lines)


def _whole(imports: str, header: str, body: Body) -> str:
    return "\n".join([*([imports] if imports else []), header, textwrap.indent(body, "    ")]) + "\n"


def load_cases() -> list[Case]:
    """Every case of every file in ``kinds/``, in the order of the files' names."""
    for path in sorted(KINDS.glob("*.py")):
        name = f"corpus_kinds.{path.stem}"
        if name in sys.modules:
            continue
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return [one for family in sorted(_found) for one in _found[family]]
