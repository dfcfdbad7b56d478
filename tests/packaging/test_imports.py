"""The import graph, drawn from the syntax trees: one direction, no cycle, and a front door that loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"

# The order of docs/architecture.md, top to bottom: an import goes to a lower row, or stays inside its own package.
# The longest entry that fits decides, so that a leaf (``values``, and ``values_read`` beside it) can sit lower.
ROWS: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "fukkatsu fukkatsu.__main__",
        "fukkatsu._cli",
        "fukkatsu._demo fukkatsu._ui",
        "fukkatsu.testing fukkatsu.otel",
        "fukkatsu._decorator",
        "fukkatsu._handlers",
        "fukkatsu._engine fukkatsu._verify",
        "fukkatsu._asking",
        "fukkatsu._sharing",
        "fukkatsu._fleet",
        "fukkatsu._news",
        "fukkatsu._takeover",
        "fukkatsu._deploy",
        "fukkatsu._repair fukkatsu._resume fukkatsu._served fukkatsu._probation fukkatsu._rehearsal",
        "fukkatsu._flight",
        "fukkatsu._case fukkatsu._background",
        "fukkatsu._export",
        "fukkatsu._gauntlet fukkatsu._install",
        "fukkatsu._settings",
        "fukkatsu._wrap fukkatsu._capture fukkatsu._suggest fukkatsu._oracle fukkatsu._sandbox fukkatsu._store",
        "fukkatsu._language",
        "fukkatsu._policy_file",
        "fukkatsu.policy fukkatsu.events",
        "fukkatsu._language.allowlist fukkatsu._language.attributes fukkatsu._oracle.values",
        "fukkatsu._look fukkatsu._reach fukkatsu._arrays fukkatsu._loading",
        "fukkatsu._switch",
        "fukkatsu.errors",
        "fukkatsu._model",
        "fukkatsu._printable",
    )
)

# Imports that go sideways or up, and no others.
EXCEPTIONS = {
    (
        "fukkatsu.policy",
        "fukkatsu._policy_file",
    ): "load_policy() opens the reader of files when there is a file to read",
    ("fukkatsu._oracle", "fukkatsu._sandbox"): "the examiner's work is done in a confined process",
}

NEVER_LOADED = (
    "openai", "hypothesis", "RestrictedPython", "sqlalchemy", "pydantic", "inspect", "typeguard", "cloudpickle",
    "opentelemetry",
)  # fmt: skip


@dataclass(frozen=True)
class Import:
    """One import statement: who asks, for what, where, and whether loading the module runs it."""

    importer: str
    imported: str
    line: int
    at_load: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def module_name(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SRC.rglob("*.py"))}


def walk(node: ast.AST, at_load: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import below *node*: not at load time inside a function, or under ``if TYPE_CHECKING:``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_load
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from walk(child, False)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for statement in child.body:
                yield from walk(ast.Module([statement], []), False)
            for statement in child.orelse:
                yield from walk(ast.Module([statement], []), at_load)
        else:
            yield from walk(child, at_load)


def imports_of(name: str) -> Iterator[Import]:
    """Our own modules that *name* imports; ``from package import module`` counts as the module."""
    for node, at_load in walk(ast.parse(MODULES[name].read_text("utf-8")), True):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            assert node.level == 0, f"{name}:{node.lineno}: write absolute imports"
            assert node.module is not None
            joined = [f"{node.module}.{alias.name}" for alias in node.names if alias.name != "__version__"]
            targets = [full if full in MODULES else node.module for full in joined]
        for target in targets:
            if target in MODULES and target != name:
                yield Import(name, target, node.lineno, at_load)


IMPORTS = tuple(found for name in MODULES for found in imports_of(name))


def place(module: str) -> tuple[int, str]:
    """Row of *module*, counted from the top, and the entry that put it there."""
    if module == "fukkatsu":
        return 0, "fukkatsu"
    found = [
        (row, entry)
        for row, entries in enumerate(ROWS)
        for entry in entries
        if entry != "fukkatsu" and (module == entry or module.startswith((entry + ".", entry + "_")))
    ]
    assert found, f"{module} has no place in the import order: give it one here and in docs/architecture.md"
    return max(found, key=lambda item: len(item[1]))


def test_every_module_has_a_place_in_the_order():
    """A new package decides where it belongs before anything imports it."""
    assert [module for module in MODULES if place(module)[0] < 0] == []
    assert len(MODULES) > 30, "the graph is being drawn from the wrong folder"


def test_imports_only_go_down_the_order():
    """Data goes one way and so do imports, the lazy ones and those for the type checker included."""
    wrong = []
    for found in IMPORTS:
        (upper, owner), (lower, target) = place(found.importer), place(found.imported)
        if owner != target and upper >= lower and (owner, target) not in EXCEPTIONS and upper != len(ROWS) - 1:
            wrong.append(str(found))
    assert wrong == []


def test_nothing_imports_the_front_door():
    """A name is imported from the module that defines it: a detour over ``fukkatsu`` is how cycles begin."""
    assert [str(found) for found in IMPORTS if found.imported == "fukkatsu"] == []


def test_no_cycle_at_load_time():
    """Whichever module is imported first, it never meets a half-loaded one.

    Importing ``a.b.c`` runs ``a`` and ``a.b`` too, so whoever imports a module counts as importing its packages.
    """
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in IMPORTS:
        if found.at_load:
            parts = found.imported.split(".")
            graph[found.importer].update(
                package
                for package in (".".join(parts[: n + 1]) for n in range(1, len(parts)))
                if package in MODULES and not (found.importer + ".").startswith(package + ".")
            )
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, "cycle: " + " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for target in sorted(graph[module]):
                visit(target, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_only_one_module_imports_openai():
    """The model's SDK stays behind one door, and it is opened by a function, not by an import of ours."""
    users = {}
    for name, path in MODULES.items():
        for node, at_load in walk(ast.parse(path.read_text("utf-8")), True):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if any(n.split(".")[0] == "openai" for n in names):
                users[name] = at_load or users.get(name, False)
    assert users == {"fukkatsu._suggest.openai": False}


def loaded_by(code: str) -> set[str]:
    """Modules that *code* loads in an interpreter that has the standard library and our source, and nothing else."""
    program = (
        f"import sys; sys.path.insert(0, {str(SRC)!r}); before = set(sys.modules)\n"
        f"{code}\nprint(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    return set(done.stdout.split())


def test_a_bare_import_loads_nothing_heavy():
    """``import fukkatsu`` is paid by every program, also by those where nothing ever fails.

    Without ``site`` none of the third-party packages can be found at all, so the import also proves that it needs none.
    """
    loaded = loaded_by("import fukkatsu")
    assert "fukkatsu" in loaded
    assert {name for name in loaded if name.split(".")[0] in NEVER_LOADED} == set()


def test_the_public_names_load_no_third_party_package():
    """The model's SDK, the compiler and the generators wait for the first failure."""
    loaded = loaded_by("from fukkatsu import resurrect, Policy, Checks, Budget, Call, FlatlineError, OpenAIProvider")
    heavy = set(NEVER_LOADED) - {"inspect"}  # the standard library's own modules may need it
    assert {name for name in loaded if name.split(".")[0] in heavy} == set()


@pytest.mark.parametrize("module", ["fukkatsu._cli.main"])
def test_the_command_line_starts_without_the_model(module):
    """``fukkatsu --help`` and later ``fukkatsu fixes`` must not wait for an SDK."""
    loaded = loaded_by(f"import {module}")
    assert {name for name in loaded if name.split(".")[0] in {*NEVER_LOADED, "rich"} - {"inspect"}} == set()
