"""A patch changes the function it is for and nothing else, and git takes it."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import textwrap

import pytest

from fukkatsu._capture.source import definition_text
from fukkatsu._export.locate import find, read_file
from fukkatsu._export.patch import patch
from fukkatsu._export.rewrite import rewrite
from fukkatsu.errors import ExportError


def sha_of(path, qualname):
    """Hash of the text of a function that stands there once."""
    lines = path.read_text("utf-8").split("\n")
    name = qualname.rpartition(".")[2]
    tree = ast.parse("\n".join(lines))
    node = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name)
    return hashlib.sha256(definition_text(node, lines).encode()).hexdigest()


@pytest.fixture
def tree(tmp_path):
    """A git repository with one file, and the file as it is after the exported patch was applied by git."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    def applied(text, qualname, candidate, name="shop/prices.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = textwrap.dedent(text)
        path.write_bytes(text.encode())
        found = patch(path, qualname, sha_of(path, qualname), textwrap.dedent(candidate))
        done = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "-"], input=found, cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, (done.stderr.decode(), found.decode("utf-8", "replace"))
        return path.read_bytes().decode()

    return applied


PRICES = '''\
    """Prices."""

    import json

    from fukkatsu import resurrect

    LIMIT = 3  # pieces


    # how it is sold
    @resurrect(
        lives=2,  # enough
    )
    def unit_price(total: float, count: int = 1) -> float:
        """Price of one.

        Nothing for no pieces.
        """
        # a comment of the old body
        return total / count


    def other():  # left alone
        return  json.dumps( LIMIT )
'''

FIXED = """\
    def unit_price(total, count=1):
        # nothing to divide by
        if count == 0:
            return 0.0
        return total / count
"""


def test_only_the_body_changes(tree):
    """Decorators, annotations, docstring and everything outside stay as they were written."""
    new = tree(PRICES, "unit_price", FIXED)
    old = textwrap.dedent(PRICES)
    expected = old.replace(
        "    # a comment of the old body\n    return total / count\n",
        "    # nothing to divide by\n    if count == 0:\n        return 0.0\n    return total / count\n",
    )
    assert new == expected


def test_imports_and_helpers_go_to_the_level_of_the_module(tree):
    """An import after the others, a helper before the function."""
    new = tree(
        PRICES,
        "unit_price",
        """\
        import math
        import json

        # says whether it can be divided by
        def _usable(n):
            return not math.isnan(n) and n != 0

        def unit_price(total, count=1):
            return total / count if _usable(count) else float(json.loads("0"))
        """,
    )
    assert "from fukkatsu import resurrect\nimport math\n" in new
    assert new.count("import json") == 1
    assert "\n\n# how it is sold" not in new.split("def _usable")[0]
    assert (
        new.index("# says whether") < new.index("def _usable") < new.index("@resurrect") < new.index("def unit_price")
    )
    ast.parse(new)


def test_what_is_taken_in_the_module_goes_into_the_function(tree):
    """`math` means something else there already."""
    new = tree(
        """\
        math = "a subject taught at school"

        def f(x):
            '''Root.'''
            return x ** 0.5 / 0
        """,
        "f",
        """\
        import math

        def f(x):
            return math.sqrt(x)
        """,
    )
    assert new.startswith('math = "a subject')
    namespace = {}
    exec(new, namespace)
    assert namespace["f"](9) == 3
    assert namespace["math"] == "a subject taught at school"
    assert namespace["f"].__doc__ == "Root."


def test_a_method_is_written_at_its_own_depth(tree):
    """Tabs stay tabs; a string that spans lines keeps its value."""
    new = tree(
        "class Till:\n\tclass Drawer:\n\t\tdef total(self, rows):\n\t\t\treturn rows[0]\n\n\tx = 1\n",
        "Till.Drawer.total",
        'def total(self, rows):\n    text = """a\n  b"""\n    return rows[0] if rows else text\n',
    )
    namespace = {}
    exec(new, namespace)
    assert namespace["Till"].Drawer().total([]) == "a\n  b"
    assert new.endswith("\n\n\tx = 1\n")


def test_a_nested_function_is_found_by_its_qualified_name(tree):
    """With `<locals>` in it."""
    new = tree(
        """\
        def make(n):
            if n:
                def inner(x):
                    return n / x
            return inner
        """,
        "make.<locals>.inner",
        """\
        def inner(x):
            return n / x if x else 0
        """,
    )
    namespace = {}
    exec(new, namespace)
    assert namespace["make"](4)(0) == 0


def test_windows_line_ends_and_a_missing_last_one_are_kept(tree):
    """git compares bytes."""
    text = "import json\r\n\r\n\r\ndef f(x):\r\n    return 1 / x"
    new = tree(text, "f", "def f(x):\n    if not x:\n        return 0\n    return 1 / x\n")
    assert new == "import json\r\n\r\n\r\ndef f(x):\r\n    if not x:\r\n        return 0\r\n    return 1 / x"


def test_a_file_name_with_blanks_and_umlauts_is_taken_by_git(tree):
    """Quoted as git quotes."""
    assert "return 2" in tree("def f():\n    return 1\n", "f", "def f():\n    return 2\n", name="über uns/a b.py")


def test_a_function_on_one_line_is_laid_out(tree):
    """There is no body to put lines into."""
    new = tree("def f(x): return 1 / x\n\ny = 2\n", "f", "def f(x):\n    return x and 1 / x\n")
    assert new == "def f(x):\n    return x and 1 / x\n\ny = 2\n"


def test_a_correction_on_one_line_is_written_below_the_header(tree):
    """Its layout is not the original's."""
    new = tree("def f(\n    x,  # rate\n) -> float:\n    return 1 / x\n", "f", "def f(x): return x and 1 / x\n")
    assert new == "def f(\n    x,  # rate\n) -> float:\n    return x and 1 / x\n"


def test_of_two_functions_of_one_name_the_right_one_is_changed(tmp_path):
    """The text decides."""
    path = tmp_path / "two.py"
    path.write_text("def f(x):\n    return 1 / x\n\n\ndef f(x):\n    return 2 / x\n")
    second = hashlib.sha256(b"def f(x):\n    return 2 / x\n").hexdigest()
    found = patch(path, "f", second, "def f(x):\n    return x and 2 / x\n").decode()
    assert "-    return 2 / x\n+    return x and 2 / x\n" in found
    assert "-    return 1" not in found


def test_a_function_that_was_changed_since_is_refused(tmp_path):
    """The correction belongs to another text."""
    path = tmp_path / "f.py"
    path.write_text("def f(x):\n    return 1 / x + 1\n")
    with pytest.raises(ExportError, match=r"f \(.*f\.py:1\) was changed since it was corrected"):
        find(read_file(path), "f", "0" * 64)
    with pytest.raises(ExportError, match="holds no function g"):
        find(read_file(path), "g", "0" * 64)


def test_a_method_that_calls_itself_by_its_bare_name_is_left_to_a_person(tmp_path):
    """That name means nothing inside a class."""
    path = tmp_path / "f.py"
    path.write_text("class A:\n    def f(self, x):\n        return 1 / x\n")
    with pytest.raises(ExportError, match="bare name"):
        patch(path, "A.f", sha_of(path, "A.f"), "def f(self, x):\n    return f(self, x - 1) if x else 1\n")


def test_other_parameters_are_refused(tmp_path):
    """The header stays the original's."""
    path = tmp_path / "f.py"
    path.write_text("def f(x):\n    return 1 / x\n")
    with pytest.raises(ExportError, match="parameters"):
        patch(path, "f", sha_of(path, "f"), "def f(x, y=1):\n    return y / x\n")


@pytest.mark.parametrize("module", ["textwrap", "heapq", "shlex", "bisect"])
def test_any_function_can_be_written_over_by_its_own_tree(module, tmp_path):
    """Whatever the layout of the original: the result parses to the same tree, docstrings and decorators included."""
    path = tmp_path / f"{module}.py"
    text = __import__(module).__spec__.loader.get_source(module)
    path.write_text(text)
    file = read_file(path)
    lines = text.split("\n")
    written = 0
    for qualname, node in functions(file.tree()):
        sha = hashlib.sha256(definition_text(node, lines).encode()).hexdigest()
        node.decorator_list = []
        if any(isinstance(n, ast.Name) and n.id == node.name for n in ast.walk(node)) and "." in qualname:
            continue  # refused, see above
        new = rewrite(file, find(file, qualname, sha), ast.unparse(node))
        assert ast.dump(ast.parse(new)) == ast.dump(ast.parse(text)), qualname
        written += 1
    assert written > 3


def functions(tree, above=""):
    """Every function of the module and of its classes, by qualified name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield above + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{above}{node.name}.")
