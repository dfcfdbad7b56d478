"""Right corrections in everyday Python that were refused once, end to end: each passes the whole gauntlet now."""

from __future__ import annotations

import threading

import pytest

from fukkatsu import Call, verify
from fukkatsu._language.guards import GuardRefusal


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
    from pathlib import PurePath
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
        "return x.as_posix() if isinstance(x, PurePath) else 1 / x",  # its class says pathlib._local since 3.13
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


SHOP = """
class Shop:
    _kind = "plain"
    def __init__(self):
        self._rows, self._total = {}, None
    def total(self):
        return self._total
    def f(self, x):
        return self._rows[x]
"""


def test_a_method_fills_in_on_its_own_object_what_its_class_assigns(language):
    """Where nothing is there yet; not what nobody of its class assigns, nor on another object."""
    made = language.original(SHOP, "Shop.f")
    text = "def f(self, x):\n    if {}:\n        {}\n    return self._rows.get(x, 0)"
    for asked in (
        "self._total is None", "not self._total", "not hasattr(self, '_total')", "x and self._total == None",
        "getattr(self, '_total', None) is None",
    ):  # fmt: skip
        fix = language.fix(text.format(asked, "self._total = 0"), made)
        shop = made.module.Shop()
        assert fix(shop, "a") == 0
        assert shop.total() in (0, None)
    for asked, refused in (
        ("True", "self._total = 0"),
        ("self._total", "self._total = 0"),
        ("self._total is None or x", "self._total = 0"),
        ("x._total is None", "self._total = 0"),
        ("self._other is None", "self._other = 0"),
        ("self._kind is None", "self._kind = 0"),
        ("self._total is None", "x._total = 0"),
        ("self._total is None", "self = x; self._total = 0"),
        ("self._total is None", "del self._total"),
        ("self._total is None", "(lambda self: setattr(self, '_total', 1))(x)"),
    ):
        assert language.findings(text.format(asked, refused), made), (asked, refused)


def test_what_stands_under_the_main_guard_never_ran(language):
    """A model ends its file as a script; a correction is none."""
    text = "def f(x):\n    return x\n\nif __name__ == '__main__':\n    import os\n    print(f(os.getcwd()))\n"
    assert language.fix(text)(1) == 1
    assert language.findings(text.replace("==", "!="))
    assert language.findings(text + "else:\n    f(1)\n")


def test_constants_of_everyday_kinds_stand_beside_the_function(language):
    """Infinity, circles, marks, lambdas without defaults, and a list that is joined."""
    language.same(
        """
        import math
        NAN = float("nan")
        FAR = float("-inf")
        TURN = 2 * math.pi
        NONE = -math.inf
        LIMIT = int("7f", 16)
        _MISSING = object()
        NAMES = ["a", "b"]
        half = lambda number: number / 2
        def f(x):
            found = {"k": x}.get("k", _MISSING)
            if found is _MISSING or found == NONE:
                return None
            return ", ".join(NAMES), half(x), TURN, LIMIT, NAN != NAN, min(FAR, x)
        """,
        (1,),
        (4.0,),
    )
    for refused in (
        "KEPT = lambda x, seen=[]: seen",
        "KEPT = lambda *, seen={}: seen",
        "KEPT = object",
        "KEPT = object(1)",
        "KEPT = float(len('a'))",
        "KEPT = math.factorial(3)",
        "KEPT = int(b'1', base=[])",
        "half = lambda x: x\nhalf.n = 1",
        "NAMES = ['a']\nTEXT = ','.join(NAMES)",
    ):
        assert language.findings(f"import math\n{refused}\ndef f(x): return x"), refused
    assert language.findings("NAMES = ['a']\ndef f(x): return x.join(NAMES)")
    with pytest.raises(GuardRefusal):
        language.fix("half = lambda x: x\ndef f(x):\n    half.n = 1\n    return x")(1)


def test_a_chain_with_is_asks_in_pairs(language):
    """As Python does, while what stands in the middle is a name or a constant."""
    language.same(
        """
        def f(x):
            a = b = x
            return (
                a is b is x, a is b is None, a is not None is not b, None is a is b, a == b is x,
                a is None is b is None,
            )
        """,
        (None,),
        ("text",),
        ([],),
    )
    assert "Give it a name first" in language.findings("def f(x): return x is len(x) is None")


def test_questions_about_values_are_open_by_name(language):
    """The text of a value, and what it is."""
    language.same(
        """
        import inspect
        from pprint import pformat
        def f(x):
            return inspect.isfunction(f), inspect.isclass(x), inspect.ismethod(x), pformat({"b": [x], "a": 1}, width=10)
        """,
        (1,),
    )
    for closed in ("inspect.currentframe()", "inspect.stack()", "inspect.getsource(f)"):
        assert language.findings(f"import inspect\ndef f(x): return {closed}"), closed
    for closed in ("pprint.pprint(x)", "pprint.PrettyPrinter(stream=x)"):
        assert language.findings(f"import pprint\ndef f(x): return {closed}"), closed


def test_a_class_of_the_modules_is_refused_with_a_remedy_that_can_be_followed(language):
    """Class definitions may stand nowhere, so it is not told to define one."""
    said = language.findings(
        "def f(x):\n    raise ConfigError(x)", "class ConfigError(Exception): pass\ndef f(x): return x"
    )
    assert "builtin class or exception" in said
    assert "Define it" not in said
