"""`read_source`: the text of the function that runs, or a refusal that says what to do."""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.util
import linecache
import os
import re
import sys
import textwrap
import types
import zipfile

import pytest

from fukkatsu._capture.decoratable import check_decoratable
from fukkatsu._capture.source import read_source
from fukkatsu.errors import DecorationError, SourceUnavailableError


@pytest.fixture
def module_of(tmp_path, monkeypatch):
    """Write source text into a module file and import it."""
    monkeypatch.syspath_prepend(tmp_path)
    imported = []

    def write(text, name=None):
        name = name or f"subject_{len(imported)}_{tmp_path.name}"
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        imported.append(name)
        spec.loader.exec_module(module)
        return module

    yield write
    for name in imported:
        sys.modules.pop(name, None)
    linecache.clearcache()


def decorator(function):
    return function


def decorator_with(*args, **kwargs):
    return decorator


def test_the_text_begins_at_def_and_leaves_the_decorators_out(module_of):
    """A model that sees decorators writes them again, and `static` refuses them."""
    module = module_of(
        """
        def named(**options):
            return lambda function: function

        @named(
            a=1,
        )
        @named()
        def f(x, /, y: int = 1, *rest, z, **more) -> int:
            '''Divide.

            Three
              indented.
            '''
            # a comment that explains
            return x / y  # and another
            # one after the last statement

        after = 1
        """
    )
    source = read_source(module.f)
    assert source.text.startswith("def f(x, /, y: int = 1, *rest, z, **more) -> int:\n")
    assert source.text.endswith("    # one after the last statement\n")
    assert "# a comment that explains" in source.text
    assert "# and another" in source.text
    assert "named" not in source.text
    assert "after = 1" not in source.text
    assert (source.name, source.qualname, source.module) == ("f", "f", module.__name__)
    assert source.signature == "(x, /, y: int=1, *rest, z, **more) -> int"
    assert source.docstring == "Divide.\n\nThree\n  indented."
    assert source.first_line == 9
    assert source.filename == module.__file__


def test_a_method_is_dedented_and_its_strings_keep_their_value(module_of):
    """Moving a line inside a multi-line string would change what the function returns."""
    module = module_of(
        '''
        class Outer:
            class Inner:
                def method(self, name):
                    """First.

                    Second.
                    """
                    text = """
          odd
                    deep
        """
                    joined = f"""
                      {name}
                    """ + 'a\\
                    b'
                    return (text,
          joined)  # brackets may hang out to the left
        '''
    )
    source = read_source(module.Outer.Inner.method)
    assert source.text.startswith("def method(self, name):\n    ")
    assert source.qualname == "Outer.Inner.method"
    scope = {}
    exec(source.text, scope)
    assert scope["method"](None, "n") == module.Outer.Inner().method("n")
    assert scope["method"].__doc__.split() == ["First.", "Second."]


def test_tabs_are_taken_off_like_blanks(module_of):
    """A file may be indented with tabs."""
    module = module_of("class A:\n\tdef f(self):\n\t\tif self:\n\t\t\treturn 1\n\t\treturn 2\n")
    assert read_source(module.A.f).text == "def f(self):\n\tif self:\n\t\treturn 1\n\treturn 2\n"


def test_async_functions_and_one_liners_are_read(module_of):
    """Their text begins at `async`, and ends on the same line."""
    module = module_of("async def f(x): return 1 / x  # one line\ndef g(): return 2\n")
    assert read_source(module.f).text == "async def f(x): return 1 / x  # one line\n"
    assert read_source(module.g).text == "def g(): return 2\n"


def test_functions_of_one_name_are_told_apart_by_their_line(module_of):
    """The second definition of a name is another function, also when both read alike."""
    module = module_of(
        """
        def f():
            return 1

        first = f

        def f():
            return 2

        def make(kind):
            if kind:
                def inner(x):
                    return x + kind
            else:
                def inner(x):
                    return x - 1
            return inner

        class A:
            def f(self):
                return 3
        """
    )
    assert "return 1" in read_source(module.first).text
    assert "return 2" in read_source(module.f).text
    assert "return 3" in read_source(module.A.f).text
    assert "x + kind" in read_source(module.make(1)).text
    assert "x - 1" in read_source(module.make(0)).text


def test_a_function_behind_another_decorator_is_not_unwrapped(module_of):
    """What runs is the wrapper, so the wrapper is what can be corrected."""
    module = module_of(
        """
        import functools

        def twice(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args) * 2
            return wrapper

        @twice
        def f(x):
            return x
        """
    )
    source = read_source(module.f)
    assert source.name == "wrapper"
    assert source.text.startswith("def wrapper(*args):")


def test_other_encodings_and_line_ends_are_read(tmp_path, module_of):
    """The file's own coding line counts, and CRLF is no part of the text."""
    path = tmp_path / "latin.py"
    path.write_bytes("# coding: latin-1\r\ndef f():\r\n    return 'é\\x0c'\r\n".encode("latin-1"))
    spec = importlib.util.spec_from_file_location("latin", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert read_source(module.f).text == "def f():\n    return 'é\\x0c'\n"


def test_a_module_in_a_zip_is_read_through_its_loader(tmp_path, monkeypatch):
    """There is no file of that name; the loader has the text."""
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as bundle:
        bundle.writestr("zipped_subject.py", "def f(x):\n    return 1 / x\n")
    monkeypatch.syspath_prepend(str(tmp_path / "bundle.zip"))
    module = __import__("zipped_subject")
    try:
        assert read_source(module.f).text == "def f(x):\n    return 1 / x\n"
    finally:
        del sys.modules["zipped_subject"]


def test_a_notebook_cell_is_read_from_linecache():
    """Jupyter puts each cell there, under a name that is no file, and carries future imports over."""
    text = "def f(x: Unknown):\n    return 1 / x\n"
    linecache.cache["<ipython-input-1-abc>"] = (len(text), None, text.splitlines(True), "<ipython-input-1-abc>")
    try:
        scope = {"__name__": "__main__"}
        exec(compile(text, "<ipython-input-1-abc>", "exec", flags=0x1000000, dont_inherit=True), scope)
        assert read_source(scope["f"]).text == text
    finally:
        del linecache.cache["<ipython-input-1-abc>"]


REFUSED = {
    "a builtin": (len, "builtin or C function"),
    "a method of a builtin": (str.upper, "builtin or C function"),
    "a bound builtin": ([].append, "builtin or C function"),
    "a class": (dict, "is a class; decorate its methods"),
    "a lambda": (lambda x: x, "Write it as a `def`"),
    "a partial": (functools.partial(textwrap.dedent), "the function that it calls"),
    "a cached function": (functools.lru_cache(textwrap.dedent), "the cache that functools.lru_cache"),
    "what another decorator made": (functools.singledispatchmethod(textwrap.dedent), "is not a function"),
    "a static method": (staticmethod(textwrap.dedent), "Write @resurrect below it"),
    "a class method": (classmethod(textwrap.dedent), "Write @resurrect below it"),
    "a property": (property(textwrap.dedent), "under @property"),
    "a bound method": (types.MethodType(textwrap.dedent, ""), "in the class body"),
    "a callable object": (re.compile("").__class__, "is a class"),
    "a number": (3, "is not a function but int"),
    "nothing": (None, "is not a function but NoneType"),
    "a module": (builtins, "is not a function but module"),
}


@pytest.mark.parametrize(("value", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_healed_is_refused_with_a_remedy(value, remedy):
    """Said when the decorator runs, not at the first failure at night."""
    with pytest.raises(DecorationError, match="fukkatsu cannot heal") as caught:
        read_source(value)
    assert remedy in str(caught.value)
    with pytest.raises(DecorationError):
        check_decoratable(value)


def test_a_callable_object_is_told_to_decorate_its_call():
    """The object itself has no source; its class has."""

    class Greeter:
        def __call__(self):
            return "hello"

    with pytest.raises(DecorationError, match="decorate its __call__"):
        read_source(Greeter())
    assert read_source(Greeter.__call__).text.startswith("def __call__(self):")


@pytest.mark.parametrize("filename", ["<stdin>", "<string>"])
def test_a_function_from_the_repl_or_exec_has_no_source(filename):
    """There is no text to show a model, and the error says where to put it."""
    scope = {}
    exec(compile("def f(): return 1", filename, "exec"), scope)
    with pytest.raises(SourceUnavailableError, match="Put it into a file"):
        read_source(scope["f"])


def test_a_file_that_is_gone_is_named(module_of, tmp_path):
    """A package may ship compiled files only."""
    module = module_of("def f(): return 1\n")
    os.unlink(module.__file__)
    linecache.clearcache()
    del module.__loader__, module.__spec__
    with pytest.raises(SourceUnavailableError, match="cannot be read"):
        read_source(module.f)


def edit(module, text):
    with open(module.__file__, "w", encoding="utf-8") as file:
        file.write(textwrap.dedent(text))


def test_an_edited_function_is_refused_although_it_stands_at_the_same_line(module_of):
    """The text on disk is not what runs: a correction of it would be one of another program."""
    module = module_of("def f(x, y):\n    return x / y\n")
    edit(module, "def f(x, y):\n    return x * y\n")
    with pytest.raises(SourceUnavailableError, match="changed since it was imported"):
        read_source(module.f)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x, y):\n    return x / y + 1\n",
        "def f(x, z):\n    return x / z\n",
        "def f(x, y, *, w=1):\n    return x / y\n",
        "def g(x, y):\n    return x / y\n",
        "x = 1\n",
        "def f(x, y:\n",
        "",
    ],
)
def test_a_text_that_no_longer_defines_the_function_is_refused(module_of, text):
    """Another body, other parameters, another name, nothing at all, half a file."""
    module = module_of("def f(x, y):\n    return x / y\n")
    edit(module, text)
    with pytest.raises(SourceUnavailableError):
        read_source(module.f)


def test_a_changed_constant_of_the_same_value_is_seen(module_of):
    """1 == True == 1.0, yet the functions differ."""
    module = module_of("def f():\n    return (1, 0.0)\n")
    edit(module, "def f():\n    return (True, 0.0)\n")
    with pytest.raises(SourceUnavailableError):
        read_source(module.f)


def test_an_edit_elsewhere_in_the_file_does_no_harm(module_of):
    """The function moved down and is the same: its text is still its text."""
    module = module_of("def f(x):\n    def inner():\n        return {1, 2, x}\n    return inner\n\n\ndef g(): pass\n")
    edit(module, "import os\n\n\ndef f(x):\n    def inner():\n        return {1, 2, x}\n    return inner\n")
    source = read_source(module.f)
    assert source.first_line == 4
    assert source.text.startswith("def f(x):")


def test_code_rewritten_at_import_is_read_by_name_line_and_parameters(module_of):
    """pytest rewrites the asserts of this very file, and the file on disk is still the source."""

    def subject(x):
        assert x > 0, "positive"
        return 1 / x

    assert "assert x > 0" in read_source(subject).text
    assert ast.parse(read_source(subject).text)


def test_reading_again_parses_the_file_once(module_of, monkeypatch):
    """A module decorates its functions one after another; parsing it for each would be quadratic."""
    module = module_of("".join(f"def f{n}(x):\n    return x + {n}\n" for n in range(50)))
    parsed = []
    original = ast.parse
    monkeypatch.setattr(ast, "parse", lambda text, *rest: (parsed.append(len(text)), original(text, *rest))[1])
    for n in range(50):
        assert f"x + {n}\n" in read_source(getattr(module, f"f{n}")).text
    assert sum(size > 500 for size in parsed) == 1
