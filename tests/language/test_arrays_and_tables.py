"""Arrays and tables at hand: machine code that takes addresses, tables that write files and import by name."""

from __future__ import annotations

import dataclasses
import subprocess
import textwrap

import pytest

from fukkatsu._language.guards import GuardRefusal, GuardViolation

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

REFUSED = (GuardRefusal, GuardViolation, AttributeError)


def refused(language, text, original, *args):
    """Whether *text* is refused while it is read, when it is linked, or when it runs."""
    made = language.original(original) if isinstance(original, str) else original
    if language.findings(text, made):
        return True
    try:
        language.fix(text, made)(*args)
    except REFUSED:
        return True
    return False


OVER_MEMORY = "{}((1,), dtype=object, buffer=bytes(8))"
USES_NUMPY = "import numpy as np\ndef f(x, y=None): return float(np.sqrt(x))"


@pytest.mark.parametrize(
    ("original", "way"),
    [
        (USES_NUMPY, "np.ndarray"),
        (USES_NUMPY, "type(np.array([1]))"),
        (USES_NUMPY, "np.array([1]).__class__"),
        (USES_NUMPY, "np.void"),
        ("def f(x, y=None): return x.sum()", "type(x)"),
        ("from numpy import ndarray\ndef f(x, y=None): return isinstance(x, ndarray)", "ndarray"),
        ("import numpy\nKINDS = (list, numpy.ndarray)\ndef f(x, y=None): return isinstance(x, KINDS)", "KINDS[1]"),
        ("import numpy as np\nclass Grid(np.ndarray): pass\ndef f(x, y=None): return isinstance(x, Grid)", "Grid"),
        ("import numpy as np\ndef f(x, y=None): return isinstance(x, np.recarray)", "np.recarray"),
    ],
)
def test_no_array_is_made_over_memory(language, original, way):
    """``ndarray(buffer=...)`` with a dtype of object takes any bytes for addresses."""
    text = f"def f(x, y=None):\n    return {OVER_MEMORY.format(way)}"
    text = ("import numpy as np\n" if "np." in way else "") + text
    assert refused(language, text, original, np.array([1.0]))


def test_a_field_and_an_annotation_lead_to_no_class_with_powers(language):
    """The type of a dataclass field is the class itself."""

    parts = [("values", np.ndarray), ("runner", subprocess.Popen), ("many", list[np.ndarray]), ("size", int)]
    job = dataclasses.make_dataclass("Job", parts)
    fixed = language.fix(
        "from dataclasses import fields\ndef f(x): return {each.name: each.type for each in fields(x)}",
        "from dataclasses import fields\ndef f(x): return [each.name for each in fields(x)]",
    )
    types = fixed(job)
    assert not isinstance(types["runner"], type) and not isinstance(types["many"], type)
    with pytest.raises(GuardRefusal):
        types["values"]((1,))
    assert types["size"] is int
    assert dataclasses.fields(job)[0].type is np.ndarray  # the class's own field is as it was


@pytest.mark.parametrize(
    "expression",
    [
        "x.style.format('{0.__class__}')",
        "x.plot(backend='antigravity')",
        "x.hist(backend='antigravity')",
        "x.boxplot(backend='antigravity')",
        "getattr(x, 'plot')(backend='antigravity')",
        "x['a'].plot(backend='antigravity')",
        "x.groupby('a').plot(backend='antigravity')",
        "x.to_iceberg('t')",
        "x.agg(b=('a', 'to_clipboard'))",
        "x['a'].agg(b='to_clipboard')",
        "x.agg({'a': ['to_clipboard']})",
        "x.apply(lambda column, errors: column, errors='to_clipboard')",
        "x['a'].to_numpy().resize(9, refcheck=False)",
        "x['a'].to_numpy().setflags(write=True)",
    ],
)
def test_a_table_writes_no_file_and_imports_nothing(language, expression):
    """Its methods reach the disk, templates and modules by name."""
    assert refused(
        language, f"def f(x):\n    return {expression}", "def f(x): return x['a'].sum()", pd.DataFrame({"a": [1.0]})
    )


def test_ordinary_work_with_arrays_and_tables_passes(language):
    """What a correction of such functions is made of."""
    text = """
        import numpy as np
        def f(x, y=None):
            if not isinstance(x, (list, np.ndarray)):
                x = np.asarray(x, dtype=np.float64)
            values = np.where(np.isnan(x), 0.0, x)
            kind = type(values[0])
            return [kind(values.sum()), float(values.reshape(-1, 1).mean()), isinstance(values, np.ndarray)]
    """
    fixed = language.fix(text, USES_NUMPY)
    assert fixed(np.array([1.0, np.nan])) == [1.0, 0.5, True]
    text = """
        def f(x, y=None):
            wide = x.groupby('k').agg(total=('a', 'sum'), mean=('a', 'mean')).reset_index()
            tall = x.apply(lambda row: row['a'] * 2, axis='columns', result_type='reduce')
            both = x['a'].agg(['min', 'max'])
            plain = x[['a']].apply(lambda column, errors: column * 2, errors='coerce')
            return [*wide['total'], *tall, *both, len(type(x)(wide)), *plain['a']]
    """
    fixed = language.fix(text, "def f(x, y=None): return x['a'].sum()")
    assert fixed(pd.DataFrame({"k": ["u", "v"], "a": [1.0, 2.0]})) == [1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 2, 2.0, 4.0]


def test_a_parameter_that_is_called_self_may_hold_a_module(language):
    """The first parameter of a method is an instance only where it is called as one."""
    original = language.original(
        "import json\nclass Api:\n    codec = json\n    def f(self, n): return self.codec.dumps(n)", "Api.f"
    )
    text = """
        def one(self): return self.decoder
        def two(cls): return cls.scanner
        def f(self, n):
            def three(self): return self.re
            if n is None:
                return self.decoder
            return [one(self.codec), two(one(self.codec)), three(two(one(self.codec))), type(self).f(self.codec, None)]
    """
    for step in range(4):
        line = text.replace("return [", "return [[").rstrip() + f"[{step}]]"
        with pytest.raises(AttributeError, match="not open"):
            language.fix(line, original)(original.module.Api(), 1)


def test_what_the_library_hands_back_is_looked_over(language):
    """A timezone of the author's comes back from a datetime as the author's."""
    import datetime as library
    import json

    class Zone(library.tzinfo):
        codec = json

        def utcoffset(self, _):
            return None

    fixed = language.fix(
        "import datetime\ndef f(x): return datetime.datetime(2000, 1, 1, tzinfo=x).tzinfo.codec.decoder",
        "import datetime\ndef f(x): return datetime.datetime(2000, 1, 1, tzinfo=x)",
    )
    with pytest.raises(AttributeError, match="not open"):
        fixed(Zone())


RECORD = """
import numpy as np
class Record:
    def __init__(self, **values):
        self.__dict__.update(values)
def f(x, y=None): return float(np.sqrt(Record(n=x).n))
"""


@pytest.mark.parametrize(
    "call",
    [
        "Record(**{'__array_interface__': {}})",
        "Record(__array_struct__=1)",
        "Record(**{'__array_' + 'interface__': {}})",
        "Record(n=1, **dict([('__arr' + 'ay__', len)]))",
        "Record(**x)",
    ],
)
def test_no_object_of_an_authors_class_becomes_memory(language, call):
    """numpy asks any object where its memory is; a class that keeps all keywords would say it for a correction."""
    assert refused(language, f"import numpy as np\ndef f(x, y=None):\n    return np.asarray({call})", RECORD,
                   {"__array_interface__": {}})  # fmt: skip


def test_keywords_are_handed_on_as_ever(language):
    """Of any mapping, with any ordinary name."""
    fixed = language.fix("def f(x, y=None): return dict(**x, b=2), Record(**{'n': 3}).n", RECORD)
    assert fixed({"a": 1, "_c": 0}) == ({"a": 1, "_c": 0, "b": 2}, 3)


class Table(pd.DataFrame):
    @property
    def _constructor(self):
        return Table


@pytest.mark.parametrize("expression", ["x.eval('1')", "x.to_json('t')", "x.style", "x.agg(b=('a', 'to_clipboard'))"])
def test_a_class_derived_from_a_table_is_one(language, expression):
    """Whoever's it is."""
    table = Table({"a": [1.0]})
    assert refused(language, f"def f(x):\n    return {expression}", "def f(x): return x['a'].sum()", table)


WEIGHTS = """
import numpy as np
W = np.array([3.0, 2.0, 1.0])
def f(x, y=None): return float(np.sum(W)) / x
"""


@pytest.mark.parametrize(
    "change",
    [
        "np.add(W, W, W)", "np.add(W, 1, **{'out': W})", "np.sqrt(W, W)", "W.partition(1)", "np.add.at(W, 0, 100)",
        "W.cumsum(0, None, W)", "np.clip(W, 0, 1, W)", "np.nan_to_num(W, False)", "W.sort()", "W[0] = 1", "np.copyto(W, 0)",
    ],
)  # fmt: skip
def test_an_array_of_the_modules_stays_as_it_is(language, change):
    """Whoever writes to it, and at whatever place the array to write to is given."""
    made = language.original(WEIGHTS)
    assert "outlives the call" in language.findings(f"def f(x, y=None):\n    {change}\n    return 1", made)


def test_an_array_of_the_modules_is_computed_with(language):
    """At any place that is only read."""
    text = """
        def f(x, y=None):
            best = np.where(W > 1, W, 0.0)
            near = np.interp(x, np.sort(W), W)
            total = np.add(W, best) + np.clip(best, 0, W)
            return [float(total.sum()), float(near), float(W.max()), float(np.sum(W, axis=0))]
    """
    assert language.fix(text, WEIGHTS)(1)[2:] == [3.0, 6.0]


HOLDERS = """
import weakref
import numpy as np
import pandas as pd
class Box(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)
class Record:
    def __init__(self, **values):
        self.__dict__.update(values)
    def update(self, values):  # makes the names itself
        self.__dict__.update({"".join(name): value for name, value in values.items()})
        return self
    @classmethod
    def tell(cls, values):
        for name, value in values.items(): setattr(cls, "".join(name), value)
weak = weakref.proxy
def f(x, y=None): return float(np.sqrt(Record(n=Box(a=x).a).n)) + pd.Series([1.0]).sum() + len(str(weak(Record())))
"""
TOLD = """
import functools
import itertools
import math
import operator
import numpy as np
import pandas as pd
def f(x, y=None):
    where = {"shape": (1,), "typestr": "<i8", "data": (id(x), True), "version": 3}
    told = {("__array_", "interface__"): where}
    label = "__array_" + "interface__"
    box = Box()
    box[label] = where
    a = np.zeros(1, dtype="i8")
    r = Record(n=1)
    kept = [r]
    def tell(one=None):
        return r.update(told)
"""


@pytest.mark.parametrize(
    "way",
    [
        # who says it: items that are attributes, attributes by name, labels of a Series
        "return np.sort(box)", "return np.sort(tell())", "return np.sort(pd.Series({label: where}))",
        "return np.array([pd.Series([where], index=[label])])",
        # who is told: functions, methods, operators, indices, items, wherever the value was put before it said so
        "return np.add(r, tell())", "return a + tell()", "return tell() == a", "return 1 > a > tell()",
        "tell(); return a + r", "tell(); return r in [a]", "tell(); return a[r]", "tell(); return a.dot(r)",
        "tell(); dot = a.dot; return dot(r)", "tell(); return np.stack(kept)", "tell(); return np.add(*kept)",
        "tell(); return np.add(a, **{'x2': r})", "tell(); return pd.DataFrame({'n': kept})", "tell(); a[:] = r",
        "a[tell().n :] = r", "a[0], y = tell(), 1", "tell(); a += r", "tell(); r += a",
        "held = [r]; tell(); held[0] += a", "held = Record(of=r); tell(); held.of += a",
        "table = pd.DataFrame({'n': [1]}); tell(); table.n = r", "table = pd.DataFrame({'n': [1]}); tell(); table['m'] = r",
        "setattr(pd.DataFrame({'n': [1]}), 'n', tell())", "held = np.empty(1, dtype=object); held[0] = r; tell(); np.stack(held)",
        "held = pd.Series([r, 1]); tell(); return np.stack(held)",
        # what machine code asks for later: answers of functions, items of generators
        "return sum(map(tell, kept), a)", "return sum(map(lambda one: tell(), kept), a)",
        "return sum((tell() for one in kept), a)", "return functools.reduce(operator.add, map(tell, kept), a)",
        "return list(map(np.sort, map(r.update, [told])))", "tell(); return list(itertools.accumulate(iter([a, r]), operator.add))",
        "return math.prod([tell()], start=a)", "tell(); return weak(r) + a", "Record.tell({('__array_', 'interface__'): where}); np.sort(r)",
        # what lists compare with
        "tell(); return [a].count(r)", "tell(); return [a, r].index(r)", "tell(); [a, r].sort()", "tell(); kept.remove(a)",
        "return [0 for a[0] in map(tell, kept)]",
    ],
)  # fmt: skip
def test_no_array_is_made_of_what_an_object_says_of_itself(language, way):
    """numpy reads and writes at the address that any instance gives under a name that need not stand in the text."""
    fixed = language.fix(TOLD + "".join(f"    {line}\n" for line in way.split("; ")), HOLDERS)
    with pytest.raises(GuardRefusal, match="memory at any address"):
        fixed(object())


def test_an_object_that_hands_on_its_arrays_own_word_is_an_array_as_ever(language):
    """A wrapper whose ``__getattr__`` asks the array that it holds."""
    original = """
        import numpy as np
        class Signal:
            def __init__(self, samples): self.samples = samples
            def __getattr__(self, name):
                if name == "samples": raise AttributeError(name)
                return getattr(self.samples, name)
        def f(x): return float(np.mean(Signal(np.ones(x))))
    """
    text = "import numpy as np\ndef f(x): return float(np.mean(Signal(np.ones(x))) + np.asarray(Signal(np.ones(1)))[0])"
    assert language.fix(text, original)(2) == 2.0


COMPUTING = """
    import numpy as np
    import pandas as pd
    def f(x, y=None):
        a = np.arange(4.0)
        b, total = np.sort(a)[::-1], 0.0
        for i in range(len(a)):
            total += a[i] * b[i]
            a[i] = total / (i + 1)
        a[0], a[1] = a[1], a[0]
        grid = np.zeros((2, 2))
        grid[0, :] += 1
        grid[:, 1] *= x
        for a[2] in [5]:
            pass
        table = pd.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3]})
        table["w"] = table["v"] * 2
        table.loc[table["v"] > 1, "w"] = 0
        groups = table.groupby("k")["v"].agg(["sum", "mean"]).to_dict()
        rows = sorted(([len(k), *v] for k, v in {"a": [1], "bb": [2]}.items()), key=lambda row: -row[0])
        def gen():
            got = yield total
            yield got
        record = Record(n=[1])
        record.n += [2]
        record.m = Box(a=record)
        parts = [float(each) for each in gen() if each], record.m.a.n, "%s of %s" % (x, rows), 2 in record.n
        return total, a.tolist(), (a[a > 1] @ b[a > 1]), grid.tolist(), table["w"].tolist(), groups, parts, *map(abs, [x])
"""


def test_what_is_computed_with_arrays_comes_out_as_ever(language):
    """The same text as plain Python, in a module that has all of it."""
    made = language.original(HOLDERS)
    text = textwrap.dedent(COMPUTING)
    plain = dict(vars(made.module))
    exec(text, plain)
    assert repr(language.fix(text, made)(3)) == repr(plain["f"](3))
