"""What a correction makes of the globals of its original's module, which it reads live: attack by attack."""

from __future__ import annotations

import logging
import os

import pytest

from fukkatsu._language.guards import GuardRefusal, take_refusals
from fukkatsu.policy import Policy

# Original, correction. Each is refused in the text, whatever the original does with the same value itself.
LEADS = {
    "a function under another name": ("from os import listdir as ls\ndef f(x): return ls(x)", "ls(x)", "os.listdir"),
    "a function in a dict": ("import os\nT = {'l': os.listdir}\ndef f(x): return T['l'](x)", "T['l'](x)", "os.listdir"),
    "a function in a tuple": ("import os\nT = (1, os.listdir)\ndef f(x): return T", "T[1](x)", "os.listdir"),
    "a function in a list in a dict": ("import os\nT = {1: [os.listdir]}\ndef f(x): return T", "T[1][0]", "os.listdir"),
    "a module in a dict": ("import os\nT = {'os': os}\ndef f(x): return T['os']", "T['os'].getcwd()", "os"),
    "a partial": (
        "import os, functools\np = functools.partial(os.listdir)\ndef f(x): return p(x)",
        "p('/')",
        "os.listdir",
    ),
    "the function of a partial": (
        "import subprocess, functools\np = functools.partial(print, subprocess.run)\ndef f(x): return p(x)",
        "p.args[0]('id')",
        "subprocess.run",
    ),
    "a method of the environment": ("import os\nget = os.environ.get\ndef f(x): return get(x)", "get(x)", "os.environ"),
    "the environment": ("from os import environ\ndef f(x): return environ[x]", "environ[x]", "os.environ"),
    "a static method": ("import os\ns = staticmethod(os.listdir)\ndef f(x): return s(x)", "s(x)", "os.listdir"),
    "the importer": ("from importlib import import_module\ndef f(x): return import_module(x)", "import_module(x)",
                     "importlib.import_module"),
    "a library": ("import ctypes\nlib = ctypes.CDLL(None)\ndef f(x): return lib.getpid()", "lib.getpid()",
                  "ctypes.CDLL"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEADS)
def test_a_global_that_leads_to_a_power_is_closed_until_the_policy_opens_it(language, name):
    """However the original named or wrapped it; the refusal names the entry, and the entry opens it."""
    around, expression, entry = LEADS[name]
    original = language.original(around)
    text = f"def f(x): return {expression}"
    assert ("imports", entry) in {finding.opens for finding in language.check(text, original)}
    assert not language.findings(text, original, Policy().allowing(imports={entry}))


def test_tables_of_harmless_functions_stay_open(language):
    """A dispatch table is everyday Python: only what is in it counts."""
    import json

    original = language.original(
        "import json, os, operator\nT = {'j': json.dumps, 'p': os.path.join, 'a': operator.add, 'o': len}\n"
        "S = {'json': json}\ndef f(x): return T['j'](x), S['json'].dumps(x)"
    )
    fixed = language.fix("def f(x): return T['j'](x or 0), S['json'].dumps(x), T['p']('a', 'b')", original)
    assert fixed(3) == (json.dumps(3), "3", "a/b")


def test_a_table_that_holds_itself_does_no_harm(language):
    """Nor does a huge one: a few hundred items are looked at, two levels deep."""
    original = language.original("T = [1]\nT.append(T)\nBIG = list(range(10**5))\ndef f(x): return T, BIG")
    assert language.fix("def f(x): return T[1][1][0] + BIG[2]", original)(0) == 3


@pytest.mark.parametrize("value", [os.system, open, [os.system]], ids=["os.system", "open", "in a list"])
@pytest.mark.parametrize("before", ["", "late = None\n", "late = 5\n"], ids=["unbound", "None", "a number"])
def test_a_name_is_looked_over_when_it_holds_something_else_than_before(language, before, value):
    """Bound, or bound anew, after the correction was linked: the text was checked as if it were harmless."""
    original = language.original(f"{before}def f(x): return late")
    fixed = language.fix("def f(x):\n    y = late\n    return y", original)
    original.module.late = value
    with pytest.raises(GuardRefusal, match="had another value, or none"):
        fixed(1)
    assert take_refusals()
    original.module.late = 7
    assert fixed(1) == 7


@pytest.mark.parametrize("before", ["", "late = None\n", "late = 5\n"], ids=["unbound", "None", "a number"])
def test_a_name_that_becomes_a_module_is_a_view_of_it(language, before):
    """As it would be had it been one when the correction was linked; also where the original imports it late."""
    original = language.original(f"{before}def f(x): return late")
    fixed = language.fix("def f(x):\n    return late", original)
    original.module.late = os
    assert not isinstance(fixed(1), type(os))
    with pytest.raises(AttributeError, match="not open"):
        fixed(1).environ
    late = language.original(
        "json = None\ndef f(x):\n    global json\n    if json is None:\n        import json\n    return json.dumps(x)"
    )
    again = "def f(x):\n    global json\n    if json is None:\n        return 'none'\n    return json.dumps(x or 0)"
    assert language.fix(again, late)(1) == "none"
    assert late.function(2) == "2"
    assert language.fix(again, late)(None) == "0"


def test_a_name_without_a_value_stands_where_an_expression_cannot(language):
    """In patterns, as a target, under del and global: the look is only taken where the value is read."""
    text = """
    def f(x):
        global late
        match x:
            case late.A: return "value"
            case late(): return "class"
        late = 1
        late += 1
        del late
        return "gone"
    """
    original = language.original("late = None\ndef f(x):\n    global late\n    late = x or late\n    del late")
    fixed = language.fix(text, original)
    original.module.late = type("Late", (), {"A": 3})
    assert fixed(3) == "value"
    assert fixed(original.module.late()) == "class"
    assert fixed(4) == "gone"


LOG = "import logging\nlog = logging.getLogger('shop')\ndef f(x): log.info(x)"


@pytest.mark.parametrize(
    "expression",
    """
    log.handlers
    log.manager.loggerDict
    log.root
    log.parent.handlers
    log.addHandler(x)
    log.removeHandler(x)
    log.setLevel(50)
    log.propagate
    log.filters.clear()
    log.getChild('a')
    getattr(log, 'man' + 'ager')
    setattr(log, 'disabled', True)
    """.strip().splitlines(),
)
def test_a_logger_of_the_originals_only_logs(language, expression):
    """Handlers, levels and the tree of loggers are the whole program's."""
    fixed = language.fix(f"def f(x):\n    return {expression.strip()}", language.original(LOG))
    with pytest.raises(GuardRefusal):
        fixed(1)
    assert take_refusals()


def test_a_logger_of_the_originals_logs(language, caplog):
    """And what the original itself asks of it stays open; a replacement of it is seen."""
    original = language.original(LOG.replace("log.info(x)", "log.info(x); log.setLevel(10)"))
    fixed = language.fix(
        "def f(x):\n    log.setLevel(20)\n    if log.isEnabledFor(30):\n        log.warning('got %s', x)\n    return log.name",
        original,
    )
    with caplog.at_level(logging.WARNING, "shop"):
        assert fixed(3) == "shop"
    assert caplog.messages == ["got 3"]
    assert language.findings("def f(x):\n    log.disabled = True", original) == ""
    with pytest.raises(GuardRefusal):
        language.fix("def f(x):\n    log.disabled = True", original)(1)
    original.module.log = type(
        "Other", (), {"name": "other", "setLevel": print, "isEnabledFor": bool, "warning": print}
    )
    assert language.fix("def f(x):\n    return log.name", original)(1) == "other"


def test_a_logger_in_a_closure_only_logs_too(language):
    """The cell holds the view, not the logger."""
    original = language.original(
        "import logging\ndef make():\n    log = logging.getLogger('a')\n    def f(x): log.info(x)\n    return f\nf = make()"
    )
    with pytest.raises(GuardRefusal):
        language.fix("def f(x): return log.handlers", original)(1)


@pytest.mark.parametrize("name", ["__builtins__", "__loader__", "__spec__"])
def test_the_modules_own_ways_to_everything_stay_closed(language, name):
    """Even to corrections of a function that uses them; a namespace given to exec holds them as values."""
    original = language.original(f"def f(x): return {name}")
    assert language.findings(f"def f(x): return {name}", original)
    assert language.findings(f"def f(x):\n    def g(): return [{name} for _ in x]\n    return g", original)


def test_builtins_replaced_in_the_module_afterwards_do_not_reach_a_correction(language):
    """They were looked up when it was linked."""
    original = language.original("def f(x): return x")
    fixed = language.fix("def f(x): return sorted(x)", original)
    original.module.__builtins__ = {"sorted": lambda x: "not the real one"}
    assert fixed([2, 1]) == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        "[N := 2 for _ in [1]]\n    return N",
        "list(N := 2 for _ in [1])\n    return N",
        "return [N for N in [2]][0]",
        "return {N: N for N in [2]}[2]",
        "return next(N for N in [2])",
        "return (lambda N: N)(2)",
        "for N in [2]: pass\n    return N",
        "match 2:\n        case N: return N",
        "def g():\n        nonlocal y\n        y = 2\n    y = 1\n    g()\n    return y",
    ],
)
def test_a_local_of_a_globals_name_leaves_the_global_alone(language, body):
    """Comprehensions are inlined from 3.12 on; the module's value is the same before and after."""
    original = language.original("N = 1\ndef f(x): return N")
    assert language.fix(f"def f(x):\n    {body}\n", original)(0) == 2
    assert original.module.N == 1


@pytest.mark.parametrize(
    "body",
    [
        "global N\n    N = 2",
        "global N\n    [N := 2 for _ in [1]]",
        "def g():\n        global N\n        N = 2\n    g()",
        "def g():\n        global N\n        for N in [2]: pass\n    g()",
        "def g():\n        global N\n        del N\n    g()",
        "def g():\n        global N\n        import json as N\n    g()",
        "def g():\n        global N\n        with x as N: pass\n    g()",
        "def g():\n        global N\n        def N(): pass\n    g()",
        "def g():\n        global N\n        try: pass\n        except ValueError as N: pass\n    g()",
        "def g():\n        global N\n        match x:\n            case {**N}: pass\n    g()",
    ],
)
def test_a_global_that_the_original_only_reads_is_not_written(language, body):
    """Whatever statement binds it, however deep."""
    original = language.original("N = 1\ndef f(x): return N")
    assert language.findings(f"def f(x):\n    {body}\n", original)


@pytest.mark.parametrize("comprehension", ["[open for _ in x]", "{open: 1 for _ in x}", "list(open for _ in x)",
                                           "(lambda: open)", "[[open for _ in x] for _ in x]"])  # fmt: skip
@pytest.mark.parametrize(
    "place", ["def f(x):\n    return {}", "def h(x):\n    def i(): return {}\n    return i\ndef f(x): return h(x)"]
)
def test_a_closed_name_is_closed_in_every_scope(language, place, comprehension):
    """In comprehensions, lambdas and functions within helper functions."""
    assert "open" in language.findings(place.format(comprehension))


CLASSES = {
    "subclasses": "C.__subclasses__()",
    "globals of a method": "C.m.__globals__",
    "globals of a method, by name": "getattr(C.m, '__glo' + 'bals__')",
    "code of a bound method": "C().m.__func__.__code__",
    "a class attribute": "setattr(C, 'y', 2)",
    "through the instance": "setattr(C().__class__, 'y', 2)",
    "through type": "setattr(type(C()), 'y', 2)",
    "a method": "setattr(C, 'm', print)",
    "a function of the module": "setattr(g, 'y', 1)",
    "defaults of a function": "setattr(g, '__defaults__', (1,))",
    "registering with a generic function": "generic.register(int, print)",
    "registering, by name": "getattr(generic, 'regi' + 'ster')(int, print)",
    "registering with an abstract class": "A.register(int)",
    "making a class of its kind": "type(C)('X', (), {})",
    "the cache's function": "cached.__wrapped__",
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes_and_functions_of_the_module_are_used_and_not_changed(language, name):
    """They belong to everyone."""
    original = language.original(
        "import abc, functools\nclass C:\n    y = 1\n    def m(self): return 1\nclass A(abc.ABC): pass\ndef g(): pass\n"
        "@functools.singledispatch\ndef generic(x): return 'any'\n@functools.cache\ndef cached(): return 1\n"
        "def f(x): return C, A, g, generic, cached"
    )
    text = f"def f(x):\n    return {CLASSES[name]}\n"
    if not language.findings(text, original):
        with pytest.raises(GuardRefusal):
            language.fix(text, original)(1)
        assert take_refusals()
    assert original.module.C.y == 1
    assert original.module.generic(1) == "any"


def test_private_names_of_another_class_stay_closed(language):
    """__x in a method is _C__x, as Python mangles it, in attributes, patterns, getattr and match."""
    original = language.original(
        "class C:\n    def __init__(self): self.__own = 1; self.__sibling = 4\n    def f(self, x): return self.__own\n",
        "C.f",
    )
    one = original.module.C()
    one._C__other, one._D__own = 2, 3
    assert language.fix("def f(self, x): return self.__own", original)(one, 0) == 1
    assert language.fix("def f(self, x): return self.__sibling", original)(one, 0) == 4
    assert language.findings("def f(self, x): self.__sibling = 1", original)
    assert language.fix("def f(self, x): return self._C__own", original)(one, 0) == 1
    for closed in ("self.__other", "self._D__own", "getattr(self, '_C__other')", "[s.__other for s in [self]]"):
        assert language.findings(f"def f(self, x): return {closed}", original), closed
    with pytest.raises(GuardRefusal):
        language.fix("def f(self, x): return getattr(self, '_C__' + 'other')", original)(one, 0)


LASTING = """
import collections, itertools, types
ROWS, TABLE, IDS, NS = [1, [2]], {"a": {"b": 1}, "n": [3]}, itertools.count(), types.SimpleNamespace(rate=1.0)
class C:
    registry = []
    def __init__(self): self.items = []
SERVICE = C()
def f(x, kept=[]): return ROWS, TABLE, IDS, NS, C, SERVICE, x, kept
"""
CHANGING = """
ROWS.append(1)
ROWS[0] = 1
ROWS[1].append(1)
ROWS[1] += [1]
del ROWS[0]
list.append(ROWS, 1)
TABLE['x'] = 1
TABLE['n'] += [1]
TABLE.get('n').append(1)
TABLE.setdefault('q', 1)
TABLE.update(a=1)
next(IDS)
NS.rate = .5
setattr(NS, 'rate', .5)
C.registry.append(1)
SERVICE.items.append(1)
SERVICE.debug = True
kept.append(1)
rows = ROWS; rows.append(1)
rows = TABLE['n']; rows.append(1)
rows = x or ROWS; rows.append(1)
rows = ROWS if x else []; rows.sort()
(rows := ROWS).append(1)
for row in ROWS: row.append(1)
for k, v in TABLE.items(): v.clear()
for i, row in enumerate(ROWS): row.append(1)
[row.append(1) for row in ROWS]
import heapq; heapq.heappush(ROWS, 1)
from heapq import heappush; heappush(ROWS, 1)
kept = kept or []; kept.append(1)
(lambda ROWS: 0)(1); ROWS.append(1)
""".strip().splitlines()
CHANGING += [
    "def g(rows): rows.append(1)\ng(ROWS)",
    "def g(rows): rows.append(1)\ndef h(r): g(r)\nrows = ROWS\nh(rows)",
    "def g(n, *, rows): rows.append(n)\ng(1, rows=ROWS)",
    "def g(n, m): m.clear()\ng(1, ROWS)",
]


@pytest.mark.parametrize("statement", CHANGING)
def test_what_outlives_a_call_is_not_changed_unless_the_original_changes_it(language, statement):
    """A global, what is reached through it, and a default: by whatever statement, under whatever local name."""
    import textwrap

    lines = statement.replace("; ", "\n")
    original = language.original(LASTING)
    text = f"def f(x, kept=[]):\n{textwrap.indent(lines, '    ')}\n    return x\n"
    assert "outlives the call" in language.findings(text, original)
    own = LASTING.replace(
        "def f(x, kept=[]): return", f"def f(x, kept=[]):\n{textwrap.indent(lines, '    ')}\n    return"
    )
    assert "outlives the call" not in language.findings(text, language.original(own))


def test_copies_and_locals_are_changed_as_ever(language):
    """And numbers that were read are added to; methods of the author's objects are called."""
    original = language.original(LASTING)
    fixed = language.fix(
        """
        def f(x, kept=[]):
            kept = list(kept)
            kept.append(1)
            rows = ROWS[:]
            rows.append(5)
            table = dict(TABLE)
            table["z"] = 1
            total = NS.rate
            total += 1
            count = TABLE["a"]["b"]
            count += 1
            mine = C()
            mine.items.append(1)
            names = [str(row) for row in ROWS]
            names.sort()
            both = ROWS + [1]
            both.append(2)
            local = {}
            for key in TABLE:
                local[key] = 1
            def inner(values):
                values.append(1)
                return values
            return inner(rows), table, total, count, mine.items, names, both, local, kept
        """,
        original,
    )
    assert fixed(0)[0][-1] == 1
    assert original.module.ROWS == [1, [2]]
    assert set(original.module.TABLE) == {"a", "n"}
    assert original.function.__defaults__ == ([],)


def test_a_method_may_name_its_own_class(language):
    """The textbook mend of a comparison."""
    made = language.original(
        "class V:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x", "V.__eq__"
    )
    text = "def __eq__(self, o):\n    if not isinstance(o, V):\n        return NotImplemented\n    return self.x == o.x"
    fixed, V = language.fix(text, made), made.module.V
    assert fixed(V(1), 1) is NotImplemented
    assert fixed(V(1), V(1)) is True
    assert "outlives" in language.findings("def __eq__(self, o):\n    setattr(V, 'n', 1)", made)
    assert language.findings("def __eq__(self, o): return V.__subclasses__()", made)


def test_what_the_original_uses_may_be_imported_again(language):
    """Models write the import beside the function, whatever the module imported already."""
    made = language.original(
        "from pathlib import Path\nfrom random import choice\ndef f(x): return Path(x).suffix, choice([x])"
    )
    text = (
        "from pathlib import Path\nfrom random import choice\ndef f(x): return Path(x).suffix if x else '', choice([1])"
    )
    assert language.fix(text, made)("a.b") == (".b", 1)
    assert language.fix(text, made)("") == ("", 1)
    assert language.findings("from pathlib import PosixPath\ndef f(x): return PosixPath", made)
    assert language.findings("from random import seed\ndef f(x): return seed(1)", made)


PATHS = """
read_text() | write_text('x') | unlink() | mkdir() | touch() | iterdir() | open() | exists() | rename('y')
| replace('y') | glob('*') | stat() | read_bytes() | rmdir() | chmod(0o777)
"""


@pytest.mark.parametrize("call", [call.strip() for call in PATHS.replace("\n", "").split("|")])
def test_a_path_is_used_on_the_disk_only_as_the_original_uses_it(language, call, tmp_path):
    """Path arithmetic is open, wherever the path came from; texts are replaced as ever."""
    made = language.original("from pathlib import Path\ndef f(x): return Path(x).suffix")
    text = f"def f(x): return Path(x).{call}"
    file = tmp_path / "a.txt"
    file.write_text("text")
    if not language.findings(text, made):
        with pytest.raises(GuardRefusal):
            language.fix(text, made)(str(file))
        with pytest.raises(GuardRefusal):
            language.fix(f"def f(x): return x.{call}")(file)
    assert file.read_text() == "text"
    assert language.fix("def f(x): return Path(x).with_suffix('.y').name.replace('.', '-')", made)("a.b") == "a-y"
    reads = language.original("from pathlib import Path\ndef f(x): return Path(x).read_text()")
    assert language.fix("def f(x): return Path(x).read_text().strip()", reads)(str(file)) == "text"


def test_an_import_line_of_the_module_may_be_repeated(language):
    """Models repeat the imports that they saw: the name is the original's own, in the sandbox too."""
    import sys
    import types

    lib = types.ModuleType("shoplib")
    exec("RATE = 3.25\nTABLE = {1: 2}\nclass Money:\n    pass\ndef slug(x): return x.lower()\n", vars(lib))
    sys.modules["shoplib"] = lib
    above = (
        "import shoplib\nimport shoplib as sl\nfrom shoplib import RATE, Money, slug, slug as s, TABLE\n"
        "from collections import namedtuple\nfrom random import choice\nfrom os import path\n"
    )
    made = language.original(
        f"{above}def f(x): return slug(x), s(x), RATE, Money, choice([x]), shoplib.slug(x), sl.slug(x), TABLE,"
        " namedtuple, path.join(x)"
    )
    result = "slug(x or ''), s('A'), RATE, Money, choice([1]), shoplib.slug('B'), sl.slug('C'), path.join('a', 'b')"
    expected = ("", "a", 3.25, lib.Money, 1, "b", "c", "a/b")
    assert language.fix(f"{above}def f(x): return {result}", made)("") == expected
    inside = above.replace("\n", "\n    ")
    fixed = language.fix(f"def f(x):\n    {inside}return {result}, shoplib, namedtuple", made)
    assert fixed("")[:8] == expected
    assert not isinstance(fixed("")[8], types.ModuleType)
    assert language.findings("from shoplib import TABLE\ndef f(x): TABLE[1] = 3", made)
    assert language.findings("from random import seed\ndef f(x): return seed", made)
    assert language.findings("from shoplib import slug as other_name\ndef f(x): return other_name(x)", made) == ""
    assert language.findings("from os import path, system\ndef f(x): return system", made)
    powers = language.original("from os import system\ndef f(x): return system(x)")
    assert language.findings("from os import system\ndef f(x): return system(x)", powers)


def test_where_the_original_computes_with_numpy_a_correction_may_too(language):
    """What only computes is open; what reads or writes files, or lies in a module inside, is not."""
    np = pytest.importorskip("numpy")
    made = language.original("import numpy as np\ndef f(v): return v / np.sqrt((v ** 2).sum())")
    text = "import numpy as np\ndef f(v):\n    n = np.sqrt((v ** 2).sum())\n    return np.where(n > 0, v / (n or 1), np.zeros_like(v))"
    assert language.fix(text, made)(np.array([0.0, 0.0])).tolist() == [0.0, 0.0]
    for closed in (
        "np.load(v)",
        "np.save('x', v)",
        "np.fromfile('x')",
        "np.ctypeslib",
        "np.random.rand()",
        "np.vectorize(v)",
    ):
        assert language.findings(f"def f(v): return {closed}", made), closed
    assert language.findings("import numpy as np\ndef f(x): return np.where(x)")


ADAPTER = """
import logging
raw = logging.getLogger("shop.adapted")
log = logging.LoggerAdapter(raw, {"who": "a"})
handler = logging.StreamHandler()
class Service:
    log = raw
SERVICE = Service()
def f(x):
    log.info(x)
    return handler.level, SERVICE.log.name
"""


@pytest.mark.parametrize(
    "statement", ["log.setLevel(50)", "log.logger.setLevel(50)", "log.logger.handlers", "log.logger.addHandler(x)"]
)
def test_an_adapter_of_a_logger_only_logs(language, statement):
    """It reaches its logger, and with it the whole program's."""
    fixed = language.fix(f"def f(x):\n    return {statement}", language.original(ADAPTER))
    with pytest.raises(GuardRefusal):
        fixed(1)
    assert take_refusals()


@pytest.mark.parametrize(
    "statement", ["handler.setLevel(50)", "handler.setFormatter(x)", "SERVICE.log.setLevel(50)", "SERVICE.log.addHandler(x)"]
)  # fmt: skip
def test_a_handler_and_a_logger_of_an_object_are_not_set(language, statement):
    """They are the program's, wherever the original finds them."""
    refused = language.findings(f"def f(x):\n    {statement}\n    return 1", language.original(ADAPTER))
    assert "outlives the call" in refused


def test_an_adapter_of_a_logger_logs_and_shows_a_copy_of_what_it_adds(language, caplog):
    """Through its logger too, where the original asks for that."""
    original = language.original(ADAPTER.replace("log.info(x)", "log.info(x); log.logger.info(x)"))
    fixed = language.fix(
        "def f(x):\n    log.warning('got %s', x)\n    log.logger.warning('again')\n    log.extra['who'] = 'b'\n    return log.extra",
        original,
    )
    with caplog.at_level(logging.WARNING, "shop.adapted"):
        assert fixed(3) == {"who": "a"}
    assert caplog.messages == ["got 3", "again"]
    assert original.module.log.extra == {"who": "a"}
    with pytest.raises(GuardRefusal):
        language.fix("def f(x):\n    return log.logger.handlers", original)(1)
