"""Every function is a correction of itself: the language refuses almost nothing that people wrote without knowing of it."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
import types

import pytest

from fukkatsu._language.facts import read_facts
from fukkatsu._language.program import Program, compile_program, link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._language.static import check_source
from fukkatsu._model.patch import FunctionSource
from fukkatsu.policy import Policy

PURE = (
    "textwrap statistics string difflib fractions heapq bisect calendar colorsys csv html ipaddress json.decoder"
    " json.encoder numbers shlex urllib.parse uuid argparse configparser copy graphlib _pydecimal getopt random reprlib"
    " http.cookies email.utils gettext fnmatch sched optparse asyncio.queues asyncio.locks collections posixpath"
).split()


def functions(module: types.ModuleType):
    """Its functions and methods that have source."""
    for found in list(vars(module).values()):
        inside = (
            list(vars(found).values()) if isinstance(found, type) and found.__module__ == module.__name__ else [found]
        )
        for value in inside:
            function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
            if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
                try:
                    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
                except (OSError, TypeError, SyntaxError, IndexError):
                    continue
                if (
                    isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and definition.name == function.__name__
                ):
                    definition.decorator_list = []
                    yield function, ast.unparse(definition)


@pytest.mark.filterwarnings("ignore")
def test_functions_of_the_standard_library_pass_as_corrections_of_themselves():
    """Fewer than one in thirty is refused, each for something that reaches beyond it; all others compile and link."""
    accepted, refused = 0, []
    for name in PURE:
        module = importlib.import_module(name)
        for function, text in functions(module):
            source = FunctionSource(
                module=name,
                qualname=function.__qualname__,
                name=function.__name__,
                text=text,
                filename="x",
                first_line=1,
                docstring=None,
                signature="",
            )
            facts = read_facts(function, source)
            findings = check_source(text, facts, Policy())
            if findings:
                refused.append(f"{name}.{function.__qualname__}: {findings[0]}")
                continue
            program = Program(text, facts, Policy(), "<fix>")
            link_program(
                program,
                compile_program(program),
                LiveScope(function, facts.scope_names),
                defaults=function.__defaults__,
                kwdefaults=function.__kwdefaults__,
            )
            accepted += 1
    assert accepted > 900
    assert len(refused) < accepted / 30, "\n".join(refused)


def test_special_methods_are_corrected_under_their_own_names(language):
    """__init__, __eq__ and the like are the author's, so a correction defines them."""
    original = language.original(
        "class A:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n        return self.x == other.x\n",
        "A.__eq__",
    )
    fixed = language.fix(
        "def __eq__(self, other):\n    return isinstance(other, type(self)) and self.x == other.x", original
    )
    assert fixed(original.module.A(1), original.module.A(1))
    assert not fixed(original.module.A(1), 1)
    assert language.findings("def __eq__(self, other):\n    def __del__(): pass\n    return True", original)


def test_a_parents_closed_method_is_called_where_the_original_calls_it(language):
    """super().__new__(cls) in __new__, and no other way to __new__."""
    original = language.original(
        "class A(int):\n    def __new__(cls, x):\n        return super().__new__(cls, x)\n", "A.__new__"
    )
    fixed = language.fix("def __new__(cls, x):\n    return super().__new__(cls, x or 0)", original)
    assert fixed(original.module.A, None) == 0
    assert language.findings("def __new__(cls, x):\n    return object.__new__(cls)", original)
    assert language.findings("def f(x):\n    return super().__new__(x)")


def test_members_below_a_member_are_told_from_modules(language):
    """settings is an object of the module, so everything of it is at hand; a module inside shows what is used."""
    import sys

    other = types.ModuleType("shop_config")
    other.settings = types.SimpleNamespace(debug=True, level=3)
    sys.modules["shop_config"] = other
    original = language.original(
        "import shop_config, os\nimport xml.dom\n"
        "def f(x): return shop_config.settings.debug, os.path.exists(x), xml.dom.NotFoundErr"
    )
    fixed = language.fix(
        "def f(x): return shop_config.settings.level, os.path.exists(x), xml.dom.NotFoundErr(x)", original
    )
    assert fixed("/")[:2] == (3, True)
    assert language.findings("def f(x): return xml.dom.minidom", original)
    assert language.findings("def f(x): return os.path.getsize(x)", original)


def test_a_frozen_class_sets_its_own_fields(language):
    """object.__setattr__ with the name checked, and only where the original does so."""
    original = language.original(
        "class A:\n    def __init__(self, x):\n        object.__setattr__(self, 'x', x)\n"
        "    def __setattr__(self, name, value):\n        raise AttributeError(name)\n",
        "A.__init__",
    )
    fixed = language.fix("def __init__(self, x):\n    object.__setattr__(self, 'x', x or 0)", original)
    made = original.module.A(1)
    fixed(made, None)
    assert made.x == 0
    for name in ("'__cl' + 'ass__'", "'__di' + 'ct__'"):
        attack = language.fix(f"def __init__(self, x):\n    object.__setattr__(self, {name}, x)", original)
        with pytest.raises(AttributeError, match="closed"):
            attack(made, int)
    assert language.findings("def f(x):\n    object.__setattr__(x, 'y', 1)")


def test_vars_is_a_copy_and_only_where_the_original_uses_it(language):
    """Of plain instances: a class's or a function's namespace stays closed."""
    original = language.original("class A: pass\ndef f(x): return vars(x)")
    fixed = language.fix("def f(x): return dict(vars(x))", original)
    made = original.module.A()
    made.y = 1
    assert fixed(made) == {"y": 1}
    for other in (original.module.A, original.function, types):
        with pytest.raises(AttributeError, match="closed"):
            fixed(other)
    assert language.findings("def f(x): return vars(x)")
    with pytest.raises(TypeError):
        language.fix("def f(x): return vars()", original)(1)
