"""What stands behind the first look at a text: names that decorators bind, paths, wrappers that give themselves away."""

from __future__ import annotations

import pathlib

import pytest

from fukkatsu import resurrect
from fukkatsu._language.guards import GuardRefusal, GuardViolation

REFUSED = (GuardRefusal, GuardViolation, AttributeError)


def test_a_decorated_function_may_be_anything(language):
    """A decorator of the correction's own binds the name to what it gives."""
    original = "import json\nclass Api:\n    codec = json\ndef f(x): return Api.codec.dumps(x)"
    text = """
        def f(x):
            @(lambda g: Api.codec)
            def a():
                pass
            return a.{}
    """
    for name in ("decoder", "scanner", "encoder"):
        with pytest.raises(REFUSED):
            language.fix(text.format(name), original)(1)


@pytest.mark.parametrize("name", ["decoder", "enum", "functools", "struct", "textwrap"])
def test_where_modules_hold_others_it_is_looked_twice(language, name):
    """Even of a value that the text took for data, such an attribute gives no raw module."""
    import json
    import types

    holder = types.SimpleNamespace(**{name: json})
    original = f"def f(x): return x.{name}.dumps(1)"
    assert language.fix(f"def f(x): return x.{name}.dumps(1)", original)(holder) == "1"
    with pytest.raises(AttributeError, match="not open"):
        language.fix(f"def f(x): return [x][0].{name}.scanner", original)(holder)


def test_an_attribute_of_an_ordinary_object_is_what_it_was(language):
    """The names under which modules hold others are names like any other."""

    class Frame:
        struct = "<I"
        decoder = len

    fixed = language.fix("def f(x): return x.struct + str(x.decoder('abc'))", "def f(x): return x.struct")
    assert fixed(Frame) == "<I3"


@pytest.mark.parametrize(
    "expression",
    [
        "x.cwd()", "x.home()", "x.is_file()", "x.is_dir()", "x.resolve()", "x.absolute()", "x.expanduser()",
        "x.owner()", "x.group()", "x.readlink()", "x.is_symlink()", "x.samefile(x)", "getattr(x, 'group')()",
        "type(x).cwd()", "[x][0].exists()", "x.parent.is_dir()",
    ],
)  # fmt: skip
def test_a_path_tells_nothing_of_the_disk(language, expression):
    """Where the original asks its name only: in a trial there is another disk."""
    made = language.original("def f(x): return x.name")
    text = f"def f(x):\n    return {expression}"
    if not language.findings(text, made):
        with pytest.raises(REFUSED):
            language.fix(text, made)(pathlib.Path("/tmp"))


def test_a_path_may_be_taken_apart(language):
    """What a pure path has; and what the original asks of the disk, a correction may."""
    fixed = language.fix("def f(x): return [x.stem, x.suffix, str(x.parent / 'b'), x.with_suffix('.c').name, x.parts]")
    assert fixed(pathlib.PurePosixPath("/a/x.py")) == ["x", ".py", "/a/b", "x.c", ("/", "a", "x.py")]
    same = "def f(x): return x.is_dir() and x.resolve().name"
    assert language.fix(same, same)(pathlib.Path("/usr")) == "usr"
    found = "import re\ndef f(x): return re.match('(a)', x).group(1) + PATTERN.match(x).group()"
    made = language.original("import re\nPATTERN = re.compile('a')\ndef f(x): return PATTERN.match(x).group()")
    assert language.fix(found, made)("a") == "aa"


@resurrect(provider=lambda _: "no")
def helper(n):
    return 1.0


class Shop:
    @resurrect(provider=lambda _: "no")
    def price(self, n):
        return 1 / n


@pytest.mark.parametrize(
    "expression",
    [
        "hasattr(helper, 'fukkatsu')", "hasattr(helper, '__wrapped__')", "hasattr(helper, '__fukkatsu_original__')",
        "'fukkatsu' in dir(helper)", "hasattr(x.price, 'fukkatsu')", "hasattr(type(x).price, '__wrapped__')",
        "'fukkatsu' in dir(x.price)", "'fukkatsu' in dir(type(x).price)", "bool(getattr(helper, 'fukkatsu', 0))",
        "'fukkatsu' in repr(helper)", "'wrapper' in repr(helper)",
    ],
)  # fmt: skip
def test_a_decorated_function_looks_as_it_was_written(language, expression):
    """In a trial there is no decorator of ours around anything."""
    made = language.original("def f(x): return helper(1) / x.price(1)")
    made.module.helper = helper
    from fukkatsu._language.facts import read_facts

    made.facts = read_facts(made.function, made.source)
    text = f"def f(x):\n    helper(1)\n    return {expression}"
    if not language.findings(text, made):
        try:
            assert language.fix(text, made)(Shop()) is False
        except REFUSED:
            pass


@pytest.mark.parametrize(
    "use", ["max(SEEN, [])", "min(SEEN, SEEN)", "sum((), SEEN)", "max([], default=SEEN)", "max(SEEN, default=SEEN)"]
)
def test_a_constant_is_not_handed_back_by_what_reads_it(language, use):
    """Of several arguments ``max`` gives back one: the list itself, to count calls in."""
    assert language.findings(f"SEEN = []\ndef f(x):\n    found = {use}\n    found.append(x)\n    return found")


def test_constants_are_still_read(language):
    """By what gives something new."""
    text = "LIMITS = [3, 1]\ndef f(x): return max(LIMITS) + min(LIMITS) + sum(LIMITS) + len(LIMITS + [x])"
    assert language.fix(text)(1) == 11
