"""The exported test fails on the original and passes on the correction."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import types

import pytest

from fukkatsu._export.regression import Example, regression_test
from fukkatsu._oracle.values import encode, encode_exception
from fukkatsu.errors import ExportError

MODULE = """
import asyncio, collections, dataclasses, datetime, decimal, enum

Size = collections.namedtuple("Size", "wide high")

class Colour(enum.Enum):
    RED = 1

@dataclasses.dataclass
class Row:
    name: str
    price: float = 0.0

class Till:
    def __init__(self, rows):
        self.rows = rows
    def total(self, factor):
        return sum(row.price for row in self.rows) / factor if factor else 0.0

def echo(*args, **kwargs):
    if kwargs.get("fail"):
        raise KeyError("fail")
    return args, kwargs

def count(n):
    yield from range(n)

async def later(x):
    return x
"""


def example(args, kwargs, result, failing=False):
    """A call and what it returned."""
    return Example(encode([args, kwargs]).text, encode(result).text, failing=failing)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs what an exported test holds, its module beside it; says whether every claim of it holds."""
    (tmp_path / "shop_of_tests.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_of_tests", raising=False)

    def passed(text):
        names = {}
        exec(compile(text, "test_exported.py", "exec"), names)
        tests = [value for name, value in names.items() if name.startswith("test_")]
        assert tests
        try:
            for test in tests:
                test()
        except AssertionError:
            return False
        return True

    yield passed
    sys.modules.pop("shop_of_tests", None)


def test_pytest_runs_it(tmp_path):
    """As the file that it will be."""
    (tmp_path / "shop_of_tests.py").write_text(MODULE)
    text = regression_test("shop_of_tests", "count", [example([3], {}, iter([0, 1, 2]), failing=True)], title="Draws.")
    (tmp_path / "test_exported.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_every_kind_of_plain_data_is_written_as_it_was(run):
    """One call with all of them, and its result."""
    import collections
    import datetime
    import decimal
    import pathlib
    import uuid

    import shop_of_tests as shop

    args = [
        *(1, -(2**70), 1.5, float("nan"), float("inf"), "é\n'\"\\", b"\x00x", None, True, 1j),
        *([1, [2]], (1,), (), {1, 2}, set(), frozenset({1}), {"a": {"b": 1}}, range(3), slice(1, None)),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 4, datetime.UTC),
        datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        *(datetime.date(2024, 1, 1), datetime.time(1, 2), datetime.timedelta(1, 2, 3), decimal.Decimal("1.50")),
        *(uuid.UUID(int=7), pathlib.Path("/a/b"), collections.Counter("aab"), collections.deque([1], 3)),
        *(collections.defaultdict(list, {1: [2]}), collections.OrderedDict(a=1), bytearray(b"x"), int, type(None)),
        *(shop.Colour.RED, shop.Size(1, 2), shop.Row("x", 2.5)),
    ]
    kwargs = {"b": 2, "not a name": 3}
    text = regression_test("shop_of_tests", "echo", [example(args, kwargs, (tuple(args), kwargs))], title="All.")
    assert run(text)
    assert not run(text.replace("1.5,", "1.25,", 1))


def test_a_method_gets_its_object_by_state(run):
    """Without asking the constructor."""
    import shop_of_tests as shop

    till = shop.Till([shop.Row("x", 3.0)])
    text = regression_test("shop_of_tests", "Till.total", [example([till, 2], {}, 1.5)], title="Till.")
    assert run(text)
    assert not run(text.replace("1.5", "1.6"))


def test_exceptions_iterators_and_coroutines_have_their_own_forms(run):
    """`raises`, a list, `asyncio.run`."""
    raised = Example(encode([[], {"fail": True}]).text, encode_exception(KeyError("fail")).text, "KeyError")
    assert run(regression_test("shop_of_tests", "echo", [raised], title="Raises."))
    assert run(regression_test("shop_of_tests", "count", [example([3], {}, iter([0, 1, 2]))], title="Draws."))
    assert not run(regression_test("shop_of_tests", "count", [example([3], {}, iter([0, 1, 3]))], title="Draws."))
    assert run(regression_test("shop_of_tests", "later", [example([3], {}, 3)], title="Waits.", coroutine=True))


def test_what_cannot_be_written_is_left_out_by_name():
    """A lock has no source text; the other call is still there."""
    import threading

    good = example([1], {}, ((1,), {}))
    bad = example([threading.Lock()], {}, None)
    text = regression_test("shop", "echo", [good, bad], title="Some.")
    assert "# Left out: a call with a value of type" in text
    with pytest.raises(ExportError, match="no call of it can be written"):
        regression_test("shop", "echo", [bad], title="None.")


def test_a_function_that_nobody_can_import_is_refused():
    """A test could not reach it."""
    with pytest.raises(ExportError, match="cannot be imported"):
        regression_test("__main__", "f", [example([1], {}, 1)], title="x")
    with pytest.raises(ExportError, match="cannot be imported"):
        regression_test("shop", "f.<locals>.g", [example([1], {}, 1)], title="x")


def test_a_title_cannot_end_the_docstring(run):
    """It may hold text that a model wrote."""
    title = 'x""" + __import__("os").abort() + """\\'
    assert run(regression_test("shop_of_tests", "echo", [example([1], {}, ((1,), {}))], title=textwrap.dedent(title)))


def changing(args, kwargs, result, after):
    """A call that changes its arguments."""
    return Example(encode([args, kwargs]).text, encode(result).text, after=encode([*after]).text)


def test_a_function_is_held_to_what_it_does_to_its_arguments(run):
    """In place, by position and by keyword; of a module whose function does something else the test says no."""
    module = "def fill(rows, *, into=None):\n    rows.append(0.5)\n    into is None or into.update(a=1)\n"
    examples = [
        changing([[1]], {}, None, [([1, 0.5],), {}]),
        changing([[]], {"into": {}}, None, [([0.5],), {"into": {"a": 1}}]),
    ]
    text = regression_test("filling_of_tests", "fill", examples, title="Fills.")
    assert "    assert same(args, [[1, 0.5]])\n" in text
    assert "    assert kwargs == {'into': {'a': 1}}\n" in text
    for source, expected in ((module, True), (module.replace("0.5", "1.5"), False), (module.replace("a=1", ""), False)):
        made = types.ModuleType("filling_of_tests")
        exec(source, vars(made))
        sys.modules["filling_of_tests"] = made
        assert run(text) is expected
    del sys.modules["filling_of_tests"]


def test_arguments_that_stay_as_they_were_are_not_spoken_of():
    """One line for the call, as people write it; and so where what is left behind cannot be written."""
    same = changing([[1]], {}, 1, [([1],), {}])
    assert "args =" not in regression_test("shop_of_tests", "count", [same], title="Counts.")
    strange = changing([[1]], {}, 1, [([lambda: 1],), {}])
    assert "args =" not in regression_test("shop_of_tests", "count", [strange], title="Counts.")
