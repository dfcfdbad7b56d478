"""The tables of docs/policy.md are those of the code. ``python tests/language/test_guide.py`` writes them into the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from fukkatsu._language import attributes
from fukkatsu._language.allowlist import (
    COMPANIONS,
    DEFAULT_CALLS,
    DEFAULT_IMPORTS,
    MEMBERS,
    OMITTED_CALLS,
    OMITTED_IMPORTS,
    OMITTED_MEMBERS,
)
from fukkatsu._language.nodes import NODES

GUIDE = Path(__file__).parents[2] / "docs" / "policy.md"
START = "## Every kind of syntax\n"


def table(heads: str, rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown; the first column is code."""
    lines = [f"| {heads} |", "|" + "---|" * (heads.count("|") + 1)]
    return "\n".join([*lines, *(f"| `{name}` | {' | '.join(rest)} |" for name, *rest in rows)]) + "\n"


def named(names: Iterable[str]) -> str:
    """Names as code, sorted."""
    return " ".join(f"`{name}`" for name in sorted(names))


def reasons(entries: Mapping[str, str]) -> list[tuple[str, str]]:
    """Rows of name and reason."""
    return list(entries.items())


def rendered() -> str:
    """Everything from the table of nodes to the end of the page."""
    modules = [
        (entry, why, " ".join(f"`{name}`" for name in MEMBERS.get(entry, "").split()))
        for entry, why in DEFAULT_IMPORTS.items()
    ]
    parts = [
        START,
        "A kind that is not in this table is refused: a new Python's syntax waits for a review.\n",
        table("Node | Decision | Why", [(name, rule.decision, rule.why) for name, rule in NODES.items()]),
        "## Modules open by default\n",
        table("Entry | Why | Members", modules),
        "Open beside what the original uses of the module, where it uses it at all:\n",
        table("Module | Members", [(module, named(names.split())) for module, names in COMPANIONS.items()]),
        "## Modules and members left out\n",
        table("Name | Why", reasons(OMITTED_IMPORTS | OMITTED_MEMBERS)),
        "## Builtins\n",
        table("Name | Why it is open", reasons(DEFAULT_CALLS)),
        table("Name | Why it is left out", reasons(OMITTED_CALLS)),
        "## Attributes\n",
        "Open: every public name that is not below. Dunder names open for reading: "
        f"{named(attributes.READABLE_DUNDERS)}.\n",
        f"Underscored names that are documented interfaces: {named(attributes.PUBLIC_UNDERSCORE)}.\n",
        table("Guarded name | What is asked when it is used", reasons(attributes.GUARDED)),
        table("Closed name | Why", reasons(attributes.WALKS)),
        "Closed for reading unless the original reads them, for they differ from call to call or belong to everyone:\n",
        table("Closed name | Why", reasons(attributes.TELLS)),
        "Closed because modules and functions of such names reach beyond the function, unless the original uses them: "
        f"{named(attributes.MODULES | attributes.POWERFUL)}.\n",
        "Never opened: the internals of frames, code, generators, coroutines and tracebacks (`f_globals`, `co_consts`, "
        f"`gi_frame`, `cr_await`, `tb_next`…), and {named(attributes.NEVER - attributes.INTERNALS)}.\n",
    ]
    return "\n".join(parts)


def test_the_guide_shows_the_tables_as_they_are():
    """Nodes, modules, builtins, omissions and attributes, each with the code's own reason."""
    text = GUIDE.read_text(encoding="utf-8")
    assert text[text.index(START) :] == rendered()


if __name__ == "__main__":
    text = GUIDE.read_text(encoding="utf-8")
    GUIDE.write_text(text[: text.index(START)] + rendered(), encoding="utf-8")
