"""A linked correction stands where the original stood: same names, live globals, same closure, same face."""

from __future__ import annotations

import inspect
import pickle
import traceback
import types

import pytest

from fukkatsu._language.program import CompileRefusal, Program, compile_program, link_program, permitted_names
from fukkatsu.policy import Policy


def test_a_later_change_of_a_global_is_seen(language):
    """Globals are read from the original's own module, not from a copy."""
    original = language.original("RATE = 2\ndef helper(x): return x\ndef f(x): return helper(x) * RATE")
    fixed = language.fix("def f(x): return helper(x or 0) * RATE", original)
    assert fixed(3) == 6
    original.module.RATE = 10
    original.module.helper = lambda x: x + 1
    assert fixed(3) == 40


def test_a_global_that_is_gone_is_a_name_error(language):
    """As it would be for the original."""
    original = language.original("RATE = 2\ndef f(x): return RATE")
    fixed = language.fix("def f(x): return RATE", original)
    del original.module.RATE
    with pytest.raises(NameError):
        fixed(1)


def test_a_name_defined_after_the_original_was_read_is_found(language):
    """A module is often decorated top down: what the original calls may come later."""
    original = language.original("def f(x): return later(x)")
    fixed = language.fix("def f(x): return later(x)", original)
    original.module.later = lambda x: -x
    assert fixed(3) == -3


def test_closure_cells_are_shared_with_the_original(language):
    """Reading sees later changes, and nonlocal writes where the original wrote."""
    original = language.original(
        """
        def make():
            count, step = 0, 2
            def f(x):
                nonlocal count
                count += step
                return count
            def look(): return count
            def faster():
                nonlocal step
                step = 100
            f.look, f.faster = look, faster
            return f
        f = make()
        """
    )
    fixed = language.fix("def f(x):\n    nonlocal count\n    count += step + (x or 0)\n    return count", original)
    assert fixed(1) == 3
    assert original.function.look() == 3
    original.function.faster()
    assert fixed(0) == 103


def test_a_closure_name_that_the_original_only_reads_is_not_written(language):
    """nonlocal is open for what the original itself declares so."""
    original = language.original("def make():\n    n = 1\n    def f(x): return n\n    return f\nf = make()")
    assert "nonlocal n" in language.findings("def f(x):\n    nonlocal n\n    n = 5\n    return n", original)
    own = "def f(x):\n    n = 1\n    def g():\n        nonlocal n\n        n += 1\n    g()\n    return n"
    assert language.fix(own, original)(0) == 2


def test_a_global_that_the_original_assigns_is_assigned_in_its_module(language):
    """And nowhere else."""
    original = language.original("calls = 0\ndef f(x):\n    global calls\n    calls += 1")
    language.fix("def f(x):\n    global calls\n    calls += 10", original)(0)
    assert original.module.calls == 10


def test_imports_and_helpers_leave_no_trace_in_the_module(language):
    """They are the correction's own: the module's namespace is as before."""
    original = language.original("def f(x): return x")
    before = dict(vars(original.module))
    fixed = language.fix("import math\ndef helper(x): return math.floor(x)\ndef f(x): return helper(x)", original)
    assert fixed(2.5) == 2
    assert vars(original.module) == before


def test_a_builtin_that_the_module_redefines_unseen_is_the_real_one(language):
    """The original does not use that name, so the module's function of that name is none of the correction's."""
    original = language.original("def sorted(x): return 'the module wrote this'\ndef f(x): return x")
    assert language.fix("def f(x): return sorted(x)", original)([2, 1]) == [1, 2]
    uses = language.original("def sorted(x): return 'mine'\ndef f(x): return sorted(x)")
    assert language.fix("def f(x): return sorted(x)", uses)([2, 1]) == "mine"


def test_name_doc_annotations_and_defaults_are_the_originals(language):
    """Defaults are the very objects, so a mutable default goes on where it was."""
    original = language.original(
        'def f(x: int, y=[], *, z: str = "z") -> list:\n    """Old words."""\n    y.append(0)\n    return y'
    )
    fixed = language.fix(
        "def f(x, y=[], *, z='z') -> 'dict':\n    '''New words.'''\n    y.append(x)\n    return y", original
    )
    assert inspect.signature(fixed) == inspect.signature(original.function)
    assert (fixed.__name__, fixed.__qualname__, fixed.__doc__) == ("f", "f", "Old words.")
    assert fixed.__module__ == original.module.__name__
    assert fixed.__annotations__ == {"x": int, "z": str, "return": list}
    assert fixed(1) is original.function.__defaults__[0]


def test_tracebacks_and_getsource_show_the_corrections_own_lines(language):
    """Its text is in linecache under its own file name; lines are those of the text."""
    fixed = language.fix("import math\n\ndef f(x):\n    # why\n    return 1 / x\n")
    with pytest.raises(ZeroDivisionError) as caught:
        fixed(0)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.lineno, last.line, last.name) == (5, "return 1 / x", "f")
    assert last.filename.startswith("<fix of f")
    assert inspect.getsource(fixed) == "def f(x):\n    # why\n    return 1 / x\n"


def test_a_program_travels_and_links_in_another_namespace(language):
    """In a runner the scope is a plain mapping; modules in it arrive as views all the same."""
    import json

    original = language.original("import json\nRATE = 2\ndef f(x): return json.dumps(x * RATE)")
    program = Program("def f(x): return json.dumps(x * RATE)", original.facts, Policy(), "<fix>")
    there = pickle.loads(pickle.dumps(program))
    fixed = link_program(there, compile_program(there), {"json": json, "RATE": 3}, defaults=None, kwdefaults=None)
    assert fixed(2) == "6"
    walk = Program("def f(x): return json", original.facts, Policy(), "<fix>")
    view = link_program(walk, compile_program(walk), {"json": json}, defaults=None, kwdefaults=None)(0)
    assert not isinstance(view, types.ModuleType)


def test_a_name_that_became_a_module_since_is_not_linked(language):
    """The text was checked as if it were none: the correction would hold the module raw."""
    import os

    original = language.original("backend = 'none'\ndef f(x): return backend")
    original.module.backend = os
    with pytest.raises(ImportError, match="has become a module"):
        language.fix("def f(x): return backend", original)


def test_compile_refuses_what_static_refuses(language):
    """The stages share their rules: a program that skipped the first is stopped by the second."""
    original = language.original("def f(x): return x")
    for text in (
        "def f(x): return open(x)",
        "def f(x): return x.__class__.__mro__",
        "def f(x:",
        "\x00",
        "def g(): pass",
    ):
        with pytest.raises(CompileRefusal) as refused:
            compile_program(Program(text, original.facts, Policy(), "<fix>"))
        assert refused.value.findings


def test_the_compiled_code_is_audited_apart_from_the_tree(language, monkeypatch):
    """Were the walk over the tree to miss something, the instructions would still show it."""
    from fukkatsu._language import static

    original = language.original("def f(x): return x")
    monkeypatch.setattr(static, "check_tree", lambda *given: ())
    monkeypatch.setattr(static, "check_names", lambda *given: None)
    for text in (
        "def f(x): return open(x)",
        "def f(x): return x.__globals__",
        "def f(x):\n    global y\n    y = 1",
        "def f(x):\n    class A: pass",
        "y = [z for z in x.__subclasses__()]\ndef f(x): return y",
    ):
        with pytest.raises(CompileRefusal):
            compile_program(Program(text, original.facts, Policy(), "<fix>"))


def test_the_prompt_learns_every_permitted_name(language):
    """The original's names, builtins and imports; nothing that is closed."""
    original = language.original("from os import system\nRATE = 1\ndef f(x): return system, RATE, len(x)")
    names = permitted_names(original.facts, Policy())
    assert {"RATE", "len", "sorted", "import json"} <= set(names)
    assert not {"system", "open", "eval", "import os"} & set(names)


def test_powers_of_the_original_stay_closed_until_the_policy_opens_them(language):
    """A function of os that the original holds under its own name is refused with the line that opens it."""
    original = language.original(
        "from os import listdir\nfrom io import StringIO\nread = open\ndef f(x): return listdir(x), StringIO, read"
    )
    text = "def f(x): return listdir(x)"
    assert "allowing(imports={'os.listdir'})" in language.findings(text, original)
    assert not language.findings(text, original, Policy().allowing(imports={"os.listdir"}))
    assert "allowing(calls={'open'})" in language.findings("def f(x): return open(x)", original)
    assert language.findings("def f(x): return read(x)", original)
    assert language.fix("def f(x): return StringIO(x).read()", original)("a") == "a"


def test_members_of_modules_that_the_original_uses_are_open_and_no_others(language):
    """By attribute, by local import, by from-import; a module with powers needs the policy all the same."""
    original = language.original(
        "import random, secrets, os, time\ndef f(x):\n    from calendar import TextCalendar\n"
        "    return random.choice(x), secrets.token_hex(1), os.listdir(), time.sleep(0), TextCalendar"
    )
    assert language.fix("import random\ndef f(x): return random.choice(x or [0])", original)([]) == 0
    assert language.fix("def f(x): return time.sleep(0)", original)(0) is None
    assert "random.seed" in language.findings("def f(x): return random.seed(1)", original)
    assert "os.listdir" in language.findings("def f(x): return os.listdir()", original)


def test_another_module_of_the_users_shows_what_the_original_uses_live(language):
    """A member is looked up each time, so a later change is seen; other members stay closed."""
    import sys

    other = types.ModuleType("shop_rates")
    other.RATE, other.SECRET = 2, "s"
    sys.modules["shop_rates"] = other
    original = language.original("import shop_rates\ndef f(x): return x * shop_rates.RATE")
    fixed = language.fix("def f(x): return (x or 0) * shop_rates.RATE", original)
    assert fixed(2) == 4
    other.RATE = 5
    assert fixed(2) == 10
    assert "SECRET" in language.findings("def f(x): return shop_rates.SECRET", original)
    dynamic = language.fix("def f(x): return getattr(shop_rates, 'SEC' + 'RET')", original)
    with pytest.raises(AttributeError, match="not open"):
        dynamic(1)


def test_a_class_that_says_nothing_of_itself_is_nobodys(language):
    """A metaclass may raise whatever it is asked for; the function beside it is read all the same."""
    original = """
        class Meta(type):
            @property
            def __module__(cls): raise RuntimeError("no")
        class Odd(metaclass=Meta): pass
        def f(x): return 1 / x
    """
    assert language.fix("def f(x): return 0", language.original(original))(1) == 0
