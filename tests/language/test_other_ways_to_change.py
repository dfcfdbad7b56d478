"""Changes by functions that look up, make, decorate, keep and give back: of module values, and of a caller's own."""

from __future__ import annotations

import textwrap

import pytest

from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.given import changes_what_it_was_given
from fukkatsu._language.facts import read_facts

AROUND = """
import asyncio, collections, dataclasses, difflib, enum, functools, itertools, operator, queue, types, typing
TABLE = {"a": [1, 2]}
ROWS = ([1, 2],)
MAPS = collections.ChainMap({"a": [1]})
class Pair(typing.NamedTuple):
    a: list
    b: int
PAIR = Pair([1], 2)
class Color(enum.Enum):
    RED = [1]
class Service:
    table = {}
    name = "a"
SERVICE = Service()
@functools.cache
def kept(): return [1]
class Job:
    def __init__(self, rows): self.rows = list(rows)
    def load(self, rows): self.rows = list(rows)
    def found(self): return self.rows
def f(x, name="n"):
    return TABLE[x][0] + ROWS[0][0] + MAPS["a"][0] + PAIR.b, SERVICE.name, Color.RED, kept()[0], Job
"""
WAYS = """
operator.methodcaller("append", 9)(TABLE["a"])
operator.methodcaller(name, 9)(TABLE["a"])
list(map(operator.methodcaller("append", 9), ROWS))
def g(m): return m("append", 9)%g(operator.methodcaller)(TABLE["a"])
g = operator.attrgetter("append")%g(TABLE["a"])(9)
list(map(operator.attrgetter(name), ROWS))[0](9)
sorted(ROWS, key=operator.methodcaller("clear"))
max(ROWS, **{"key": operator.methodcaller("pop")})
import collections.abc%collections.abc.MutableMapping.update(TABLE, b=9)
from collections.abc import MutableSequence%MutableSequence.reverse(TABLE["a"])
getattr(list, "append")(TABLE["a"], 9)
operator.attrgetter("append")(list)(TABLE["a"], 9)
functools.partial(getattr, TABLE["a"])("append")(9)
list(map(getattr, ROWS, ["append"]))[0](9)
def g(get): return get(TABLE["a"], "append")%g(getattr)(9)
op = getattr(operator, "iadd")%op(TABLE["a"], [9])
mine = []%list.append(mine, TABLE["a"])%mine[0].append(9)
q = asyncio.Queue()%q.put_nowait(TABLE["a"])%q.get_nowait().append(9)
q = asyncio.Queue()%put = q.put_nowait%put(TABLE["a"])%q.get_nowait().append(9)
q = asyncio.Queue()%asyncio.Queue.put_nowait(q, TABLE["a"])%q.get_nowait().append(9)
q = asyncio.Queue()%list(map(asyncio.Queue.put_nowait, [q], [TABLE["a"]]))%q.get_nowait().append(9)
q = asyncio.Queue()%operator.methodcaller("put_nowait", TABLE["a"])(q)%q.get_nowait().append(9)
q = asyncio.Queue()%getattr(q, "put_nowait")(TABLE["a"])%getattr(q, "get_nowait")().append(9)
q = asyncio.Queue()%q.put_nowait(TABLE["a"])%get = q.get_nowait%get().append(9)
s = difflib.SequenceMatcher(None, "a", "b")%list(map(s.set_seq1, [TABLE["a"]]))%s.a.append(9)
for q in [asyncio.Queue()]:%    q.put_nowait(TABLE["a"])%    q.get_nowait().append(9)
s = difflib.SequenceMatcher(None, "a", "b")%s.set_seq1(TABLE["a"])%s.a.append(9)
def deco(g): return TABLE["a"]%@deco%def k(): pass%k.append(9)
def deco(g):%    g.t = TABLE%    return g%@deco%def k(): pass%k.t["b"] = 9
def deco(g): return lambda: TABLE["a"]%@deco%def k(): pass%k().append(9)
e = SyntaxError("x", (TABLE["a"], 1, 2, 3))%e.filename.append(9)
dataclasses.InitVar[TABLE["a"]].type.append(9)
typing.Annotated[TABLE["a"], 1].append(9)
ROWS.__add__(())[0].append(9)
ROWS.__mul__(2)[0].append(9)
type(SERVICE).table["b"] = 1
SERVICE.__class__.table["b"] = 1
PAIR._asdict()["a"].append(9)
PAIR._replace(b=3).a.append(9)
g = kept%g().append(9)
Color([1]).value.append(9)
type(Color.RED)["RED"].value.append(9)
MAPS.new_child()["a"].append(9)
u = collections.ChainMap({}).new_child(TABLE)%u["b"] = 9
""".strip().splitlines()


@pytest.mark.parametrize("way", WAYS)
def test_what_outlives_a_call_is_not_changed_by_functions_that_look_up_or_give_back(language, way):
    """Whether the method is named in the text, in a string, or nowhere; whoever keeps the value in between."""
    text = f"def f(x, name='n'):\n{textwrap.indent(way.replace('%', chr(10)), '    ')}\n    return x\n"
    compile(text, "text", "exec")
    assert "outlives the call" in language.findings(text, language.original(AROUND))


HONEST = """
return sorted(ROWS, key=operator.attrgetter(name)), max(ROWS, key=operator.itemgetter(0))
return sorted(ROWS, key=operator.methodcaller("count", 1)), list(map(operator.methodcaller("copy"), ROWS))
s = difflib.SequenceMatcher(None, TABLE["a"], ROWS[0])%blocks = list(s.get_matching_blocks())%blocks.pop()%return blocks
q = asyncio.Queue()%q.put_nowait(x)%found = q.get_nowait()%return found
job = Job([x])%job.load(TABLE["a"][:])%found = job.found()%found.append(1)%return found
@functools.wraps(kept)%def mine(a): return a%mine.n = 1%return mine(x)
@functools.lru_cache(maxsize=None)%def way(n): return TABLE["a"][0] + n%found = [way(1)]%found.append(2)%return found
both = ROWS.__add__(([1],))%return len(both)
mine = PAIR._asdict()%mine["b"] = 5%return mine
mine = MAPS.new_child()%mine["b"] = 5%return mine["a"][0]
out = type(TABLE["a"])(TABLE["a"])%out.append(1)%return out
e = ValueError("bad", TABLE["a"])%raise e
def read(row): return row[0]%return [read(row) for row in ROWS]
ns = types.SimpleNamespace(rows=ROWS)%return ns.rows
return getattr(SERVICE, name, None), getattr(operator, "add")(1, 2), getattr(SERVICE, "name")
q = asyncio.Queue()%q.put_nowait([x])%out = q.get_nowait()%out.append(len(TABLE["a"]))%return out
import io%buf = io.StringIO()%print(TABLE, file=buf)%lines = buf.getvalue().splitlines()%lines.append("")%return lines
seen = set()%add = getattr(seen, "add")%add(x)%return seen
""".strip().splitlines()


@pytest.mark.parametrize("way", HONEST)
def test_functions_that_look_up_or_keep_stay_open_for_what_is_only_read(language, way):
    """And for what the text made itself, or copied."""
    text = f"def f(x, name='n'):\n{textwrap.indent(way.replace('%', chr(10)), '    ')}\n"
    assert not language.findings(text, language.original(AROUND))


def first(rows, name):
    """The first number."""
    return rows[0][0]


SOURCE = read_source(first)
FACTS = read_facts(first, SOURCE)


def _said(body):
    text = (
        "import asyncio, collections, collections.abc, copy, difflib, functools, operator, queue, random, typing\n"
        f"def first(rows, name):\n{textwrap.indent(body.replace('%', chr(10)), '    ')}\n    return rows[0][0]\n"
    )
    return changes_what_it_was_given(text, SOURCE, FACTS)


@pytest.mark.parametrize(
    "body",
    [
        'operator.methodcaller("append", 9)(rows)',
        "collections.abc.MutableSequence.reverse(rows)",
        "getattr(list, 'append')(rows, 9)",
        "functools.partial(getattr, rows)('append')(9)",
        "list(map(getattr, [rows], ['append']))[0](9)",
        "op = getattr(operator, 'iadd')%op(rows, [9])",
        "s = difflib.SequenceMatcher(None, 'a', 'b')%s.set_seq1(rows)%s.a.append(9)",
        "q = asyncio.Queue()%q.put_nowait(rows)%q.get_nowait().append(9)",
        "@(lambda f: rows)%def k(x): pass%k.append(9)",
        "rows.__add__([])[0].append(9)",
        "typing.Annotated[rows, 1].append(9)",
    ],
)
def test_a_callers_argument_is_not_changed_by_functions_that_look_up_or_give_back(body):
    """The caller's list would be another one afterwards."""
    assert "it changes `rows`" in str(_said(body))


@pytest.mark.parametrize(
    "body",
    [
        "rows = sorted(rows, key=operator.attrgetter(name))",
        "found = functools.reduce(getattr, name.split('.'), rows)%print(found)",
        "mine = random.Random(1).sample(rows, 1)%mine.append(1)",
        "q = queue.PriorityQueue()%for row in rows:%    q.put_nowait((1, row))%out = []%out.append(q.get_nowait())",
        "@functools.lru_cache%def deep(n): return rows[n]%mine = [deep(0)]%mine.append(1)",
        "@functools.wraps(len)%def mine(n): return n%mine.n = 1",
        "mine = rows.__add__([[1]])%mine.append(1)",
        "s = difflib.SequenceMatcher(None, rows, rows)%ops = list(s.get_opcodes())%print(ops)",
        "mine = copy.copy(rows)%mine.append(1)",
    ],
)
def test_a_callers_argument_may_be_looked_up_kept_and_copied(body):
    """Ordinary corrections do."""
    assert _said(body) is None
