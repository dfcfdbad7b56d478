"""Right corrections in everyday Python that were refused once, end to end: each passes the whole gauntlet now."""

from __future__ import annotations

import threading

import pytest

from fukkatsu import Call, verify


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __eq__(self, other):
        return self.cents == other.cents

    __hash__ = None


def test_an_operator_may_answer_that_it_does_not_know_the_other_operand():
    """The textbook mend of a comparison, although no good call returned NotImplemented."""
    right = (
        "def __eq__(self, other):\n    if not isinstance(other, Money):\n        return NotImplemented\n"
        "    return self.cents == other.cents\n"
    )
    goods = [Call((Money(1), Money(1)), returned=True), Call((Money(1), Money(2)), returned=False)]
    report = verify(right, Money.__eq__, failure=Call((Money(1), 3)), good_calls=goods)
    assert report.accepted, str(report)


_lock = threading.Lock()
_stock = {"a": 3}


def in_stock(name):
    """Stock; 0 for unknown articles."""
    with _lock:
        return _stock[name]


def test_a_function_that_takes_a_lock_of_its_module_is_healed():
    """The lock does not travel into the sandbox; another one stands for it there."""
    right = "def in_stock(name):\n    with _lock:\n        return _stock.get(name, 0)\n"
    report = verify(right, in_stock, failure=Call(("b",)), good_calls=[Call(("a",))])
    assert report.accepted, str(report)


def test_the_originals_decorators_may_be_written_out_again(language):
    """A model shows the whole function; the original's own decorators stay in place and are not evaluated."""
    original = language.original(
        """
        class Temp:
            def __init__(self, v): self.v = v
            @classmethod
            def parse(cls, text): return cls(int(text[:-1]))
        """,
        "Temp.parse",
    )
    fixed = language.fix("@classmethod\ndef parse(cls, text): return cls(int(text.rstrip('C')))", original)
    assert fixed(original.module.Temp, "12").v == 12
    assert "decorator `@print`" in language.findings("@print\ndef parse(cls, text): return cls(1)", original)


FILE = """
    import logging, math, os, re
    from collections import Counter, defaultdict
    from decimal import Decimal
    import numpy as np

    SECRET = "x"
    def helper(x): return x
    def f(x): return 1 / x
"""


@pytest.mark.parametrize(
    "body",
    [
        "return 0 if not math.isfinite(x) else 1 / x",
        "return re.sub('a', 'b', str(x))",
        "return Counter(str(x)).most_common(1)",
        "return float(Decimal(x))",
        "logging.getLogger(__name__).warning('no %s', x)\n    return x",
        "return float(np.nan_to_num(x))",
        "math = None\n    return math or 1 / x",
    ],
)
def test_what_the_originals_file_imports_need_not_be_imported_again(language, body):
    """A model sees one function of a file, and counts on the imports that the file has."""
    pytest.importorskip("numpy")
    made = language.original(FILE)
    assert language.fix(f"def f(x):\n    {body}", made)(2)


@pytest.mark.parametrize("name", ["os.getpid()", "SECRET", "helper(x)", "np.load(x)", "np.ctypeslib"])
def test_only_imports_that_a_correction_could_write_itself_are_written_for_it(language, name):
    """The rest of the file is as closed as before."""
    pytest.importorskip("numpy")
    made = language.original(FILE)
    text = f"def f(x):\n    return {name}"
    if not language.findings(text, made):
        with pytest.raises(AttributeError):
            language.fix(text, made)(1)


def test_an_array_may_be_named_where_the_file_knows_numpy(language):
    """In an annotation, and for what only computes."""
    pytest.importorskip("numpy")
    text = "import numpy as np\ndef f(x: np.ndarray):\n    return 0.0 if np.isnan(x).any() else 1 / x"
    assert language.fix(text, language.original(FILE))(2.0) == 0.5


def test_an_import_for_annotations_alone_is_left_out(language):
    """They are not evaluated, so nothing is imported for them; what is used elsewhere too is an import as ever."""
    text = "from pathlib import Path\nimport os, sqlite3 as db\ndef f(x: Path, *rest: os.PathLike) -> db.Row:\n    return x"
    assert language.fix(text, "def f(x, *rest): return x")(1) == 1
    assert "os.getpid" in language.findings(text + " or os.getpid()", "def f(x, *rest): return x")
    assert "import subprocess" in language.findings("import subprocess\ndef f(x): return x")
