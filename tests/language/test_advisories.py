"""One test for each public advisory of RestrictedPython and its kin: what got out there does not get out here."""

from __future__ import annotations

import pytest

from fukkatsu._language.guards import GuardRefusal


def refused(language, text, original="def f(x): return x", argument=3):
    """Whether static refuses *text*, or a guard refuses when it runs."""
    if language.findings(text, original):
        return True
    try:
        language.fix(text, original)(argument)
    except (GuardRefusal, ImportError):
        return True
    return False


def test_cve_2023_37271_generator_frames(language):
    """RestrictedPython < 6.1: a generator's frame led through f_back to the caller's builtins."""
    walk = "def f(x):\n    g = (g.gi_frame.f_back.f_back for _ in [1])\n    return [*g][0]"
    assert refused(language, walk)
    assert refused(language, "def f(x):\n    g = (x for _ in [1])\n    return getattr(g, 'gi_' + 'frame')")
    assert refused(
        language, "async def f(x):\n    async def c(): pass\n    return c().cr_frame", "async def f(x): return x"
    )


def test_cve_2023_41039_format_strings(language):
    """RestrictedPython < 6.2: str.format and format_map walked attributes, on instances and on the class."""
    for template in (
        "'{0.__class__.__init__.__globals__}'",
        "('{0.__class__' + '}')",
        "''.join(['{0.__cla', 'ss__}'])",
    ):
        for call in (
            "{t}.format(x)",
            "str.format({t}, x)",
            "{t}.format_map({{'0': x}})",
            "str.format_map({t}, {{'0': x}})",
        ):
            if "map" in call:
                template = template.replace("{0.", "{0.")
            assert refused(language, f"def f(x):\n    return {call.format(t=template)}"), (template, call)


def test_cve_2024_47532_attribute_error_obj(language):
    """RestrictedPython < 7.3: AttributeError.obj handed out what lacked the attribute."""
    for text in (
        "def f(x):\n    try:\n        x.nope\n    except AttributeError as error:\n        return error.obj",
        "def f(x):\n    try:\n        x.nope\n    except AttributeError as error:\n        return getattr(error, 'ob' + 'j')",
        "def f(x):\n    try:\n        x.nope\n    except AttributeError as error:\n"
        "        match error:\n            case AttributeError(obj=found): return found",
        "from operator import attrgetter\ndef f(x):\n    try:\n        x.nope\n    except AttributeError as error:\n"
        "        return attrgetter('ob' + 'j')(error)",
    ):
        assert refused(language, text), text


def test_cve_2026_76825_string_formatter(language):
    """RestrictedPython < 8.4 (GHSA-hp3v-5vw7-fx9w): string.Formatter resolves fields without asking any guard."""
    assert refused(
        language, "import string\ndef f(x):\n    return string.Formatter().get_field('a.__class__', (), {'a': x})"
    )
    assert refused(
        language, "from string import Formatter\ndef f(x):\n    return Formatter().vformat('{0.__class__}', (x,), {})"
    )
    assert refused(
        language, "import string\ndef f(x):\n    return getattr(string, 'Form' + 'atter')() if 0 else string.Formatter"
    )


def test_cve_2025_22153_except_star(language):
    """RestrictedPython < 8.0: except* with a group whose split() lies confused types in CPython 3.11 to 3.13."""
    assert refused(
        language, "def f(x):\n    class G(ExceptionGroup):\n        def split(self, t): return 1\n    return G"
    )
    assert refused(
        language, "def f(x):\n    g = ExceptionGroup('g', [ValueError()])\n    g.split = lambda t: 1\n    return g"
    )
    assert refused(
        language,
        "def f(x):\n    g = ExceptionGroup('g', [ValueError()])\n    setattr(g, 'sp' + 'lit', lambda t: 1)\n    return g",
    )
    assert refused(
        language,
        "import functools\ndef f(x):\n    g = ExceptionGroup('g', [ValueError()])\n    return functools.update_wrapper(g, f)",
    )


def test_cve_2026_55830_guard_hooks_as_positional_only_parameters(language):
    """RestrictedPython < 8.3 (GHSA-ffg3-p8fm-mjx2): a positional-only parameter could shadow a hook."""
    for text in (
        "def f(x):\n    def g(_getattr_, /): return ().append\n    return g(lambda o, n: o)",
        "import json as _getattr_\ndef f(x):\n    return x.__class__.__mro__",
        "def f(x):\n    _write_ = lambda o: o\n    int.x = 1",
    ):
        try:
            language.fix(text)(3)
        except (GuardRefusal, AssertionError, AttributeError):
            continue
        pytest.fail(text)


def test_async_generator_frames(language):
    """RestrictedPython 8: ag_frame was missing from the list of closed attributes."""
    text = "async def f(x):\n    async def g(): yield 1\n    return g().ag_frame"
    assert refused(language, text, "async def f(x): return x")
    assert refused(language, "def f(x):\n    return x.ag_await")


def test_cve_2025_5120_smolagents_module_walks(language):
    """smolagents < 1.17: an allowed module led to os, a submodule check went by prefix."""
    for text in (
        "import random\ndef f(x):\n    return random._os.system('id')",
        "import queue\ndef f(x):\n    return queue.threading.sys.modules['os']",
        "import re\ndef f(x):\n    return re.enum.sys.modules['os']",
        "import statistics\ndef f(x):\n    return statistics.random._os",
        "import collections.abc\ndef f(x):\n    return collections._sys",
        "import os.path\ndef f(x):\n    return os.popen('id')",
    ):
        assert refused(language, text), text


def test_cve_2025_9959_smolagents_dunder_access(language):
    """smolagents 1.20: dunder attributes were reachable through names built at run time."""
    for text in (
        "def f(x):\n    return getattr(x, '_' * 2 + 'class' + '_' * 2).__base__",
        "def f(x):\n    return getattr(getattr(x, '_' * 2 + 'class' + '_' * 2), '_' * 2 + 'base' + '_' * 2)",
        "def f(x):\n    return '{0.__class__.__base__}'.format(x)",
        "from operator import attrgetter\ndef f(x):\n    return attrgetter('.'.join(['__class__', '__base__']))(x)",
    ):
        assert refused(language, text), text


def test_cve_2026_4963_smolagents_augmented_assignment_call_and_with(language):
    """smolagents 1.25.0.dev0, after CVE-2025-9959: dunder names passed in augmented assignments, calls and with."""
    for text in (
        "def f(x):\n    x.__class__ += 1",
        "def f(x):\n    x.__dict__ |= {}\n    return x",
        "def f(x):\n    x.__globals__['a'] += 1",
        "def f(x):\n    return x.__reduce_ex__(2)",
        "def f(x):\n    return x.__init_subclass__()",
        "def f(x):\n    with x.__subclasses__() as y: return y",
        "def f(x):\n    with open(x) as y.__class__: return y",
        "def f(x):\n    with x as (y, x.__class__): return y",
        "async def f(x):\n    async with x.__bases__ as y: return y",
    ):
        original = "async def f(x): return x" if text.startswith("async") else "def f(x): return x"
        assert language.findings(text, original), text


def test_guards_handed_on_as_callables_keep_their_checks(language):
    """As CVE-2026-32640 of simpleeval < 1.0.5, where what was passed as a callback was called unchecked."""
    for text in (
        "def f(x):\n    return list(map(getattr, [x], ['__class__', ]))[0].__base__",
        "def f(x):\n    return list(map(getattr, [f], ['__globals__']))",
        "from functools import reduce\ndef f(x):\n    return reduce(getattr, ['__class__', '__base__'], x)",
        "from functools import partial\ndef f(x):\n    return partial(getattr, f, '__globals__')()",
        "def f(x):\n    return sorted(['__globals__'], key=lambda n: getattr(f, n))",
        "def f(x):\n    return list(map(type, ['X'], [()], [{}]))",
    ):
        assert refused(language, text), text


def test_cve_2026_32640_simpleeval_modules_behind_attributes(language):
    """simpleeval < 1.0.5 (GHSA-44vg-5wv2-h2hg): a module given as a name led to os and sys by public attributes."""
    for module, walk in (
        ("statistics", "statistics.sys.modules"),
        ("urllib.parse", "urllib.parse.warnings.sys"),
        ("pathlib", "pathlib.os"),
        ("glob", "glob.os.system"),
        ("shutil", "shutil.os"),
        ("os.path", "os.path.os"),
    ):
        original = f"import {module}\ndef f(x): return {module.partition('.')[0]}"
        assert refused(language, f"def f(x):\n    return {walk}", original), walk
        steps = "getattr(" * walk.count(".") + walk.split(".")[0]
        steps += "".join(f", '{name[:1]}' + '{name[1:]}')" for name in walk.split(".")[1:])
        if module != "urllib.parse":
            assert refused(language, f"def f(x):\n    return {steps}", original), steps


def test_cve_2025_24359_asteval_format_strings(language):
    """asteval < 1.0.6: an f-string's format specification is a template of its own."""
    for text in (
        "def f(x):\n    return f'{x:{x.__class__.__mro__}}'",
        "def f(x):\n    return ('{0:{0.__cla' + 'ss__}}').format(x)",
        "def f(x):\n    return ('{0!r:{0.__cla' + 'ss__}}').format(x)",
        "def f(x):\n    return ('{0[a].__cla' + 'ss__}').format({'a': x})",
    ):
        assert refused(language, text), text


def test_cve_2026_55244_asteval_base_exceptions(language):
    """asteval < 1.0.9 (GHSA-89v8-rhwq-hf77): SystemExit and its kin passed every except clause of the host."""
    for name in ("BaseException", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseExceptionGroup"):
        for statement in (f"raise {name}", f"raise {name}('x')", f"raise [{name}][0]()", f"return {name}"):
            assert language.findings(f"def f(x):\n    {statement}"), statement


def test_cve_2021_42574_bidirectional_text(language):
    """Trojan Source: text that reads otherwise than it runs is refused before it is parsed."""
    assert refused(language, "def f(x):\n    return x  # \u202e secret")
    assert refused(language, "def f(x):\n    return 'a\u200bb'")
