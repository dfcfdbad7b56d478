"""One way to make an original and a correction of it, for every test of the language."""

from __future__ import annotations

import ast
import itertools
import linecache
import sys
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fukkatsu._language.facts import OriginalFacts, read_facts
from fukkatsu._language.findings import Finding
from fukkatsu._language.program import Program, compile_program, link_program, take_refusals
from fukkatsu._language.scope import LiveScope
from fukkatsu._language.static import check_source
from fukkatsu._model.patch import FunctionSource
from fukkatsu.policy import Policy

_numbers = itertools.count()


@dataclass
class Original:
    """A function with its module, as a user would have written it."""

    function: Callable[..., Any]
    source: FunctionSource
    facts: OriginalFacts
    module: types.ModuleType


def make_original(text: str, name: str = "f") -> Original:
    """Execute *text* as a module and read the facts of *name* (``"C.method"`` for a method)."""
    text = textwrap.dedent(text)
    module = types.ModuleType(f"shop_{next(_numbers)}")
    sys.modules[module.__name__] = module  # dataclasses ask for it
    filename = f"{module.__name__}.py"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec", dont_inherit=True), vars(module))
    found: Any = module
    for part in name.split("."):
        found = vars(found)[part] if isinstance(found, type) else getattr(found, part)
    if isinstance(found, (staticmethod, classmethod)):
        found = found.__func__
    last = found.__name__
    definition = next(
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name == last
        and found.__code__.co_firstlineno in (node.lineno, *(d.lineno for d in node.decorator_list))
    )
    definition.decorator_list = []
    source = FunctionSource(
        module=module.__name__,
        qualname=found.__qualname__,
        name=last,
        text=ast.unparse(definition),
        filename=f"{module.__name__}.py",
        first_line=1,
        docstring=None,
        signature="",
    )
    return Original(found, source, read_facts(found, source), module)


class Language:
    """The two stages and the linking, as the gauntlet uses them."""

    original = staticmethod(make_original)

    def findings(self, text: str, original: Original | str = "def f(x): return x", policy: Policy | None = None) -> str:
        """What static refuses, as text; empty when it refuses nothing."""
        found = self.check(text, original, policy)
        return "\n".join(map(str, found))

    def check(
        self, text: str, original: Original | str = "def f(x): return x", policy: Policy | None = None
    ) -> tuple[Finding, ...]:
        """What static refuses."""
        original = make_original(original) if isinstance(original, str) else original
        return check_source(text, original.facts, policy or Policy())

    def fix(self, text: str, original: Original | str = "def f(x): return x", policy: Policy | None = None) -> Any:
        """The linked correction; static and compile must accept it."""
        original = make_original(original) if isinstance(original, str) else original
        policy = policy or Policy()
        text = textwrap.dedent(text)
        refused = self.findings(text, original, policy)
        assert not refused, refused
        program = Program(text, original.facts, policy, f"<fix of {original.source.qualname} {next(_numbers)}>")
        take_refusals()
        return link_program(
            program,
            compile_program(program),
            LiveScope(original.function, original.facts.scope_names),
            defaults=original.function.__defaults__,
            kwdefaults=original.function.__kwdefaults__,
        )

    def same(self, text: str, *calls: tuple[Any, ...], original: str = "", name: str = "f") -> None:
        """Check that *text* does under the language what plain Python makes of it, for each of *calls*.

        The original is *original* followed by a stub with the signature of *text*'s function.
        """
        text = textwrap.dedent(text)
        made = make_original(textwrap.dedent(original) + "\n" + text, name)
        plain: dict[str, Any] = dict(vars(made.module))
        exec(text, plain)
        ours = self.fix(text, made)
        for args in calls:
            assert _outcome(ours, args) == _outcome(plain[name], args), args


def _outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    import asyncio
    import copy
    import inspect

    args = copy.deepcopy(args)
    try:
        result = function(*args)
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
        if inspect.isgenerator(result):
            result = list(result)
    except Exception as error:
        return type(error), str(error), args
    return type(result), result, args


@pytest.fixture
def language() -> Language:
    """See ``Language``."""
    return Language()


@pytest.fixture(autouse=True)
def _no_refusal_is_left_over() -> Any:
    take_refusals()
    yield
    take_refusals()


AT_LEAST_312 = sys.version_info >= (3, 12)
