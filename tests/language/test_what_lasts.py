"""What outlives a call is read however one likes, and changed by nothing that its original does not do."""

from __future__ import annotations

import textwrap

import pytest

AROUND = """
import collections, dataclasses, functools, itertools, json, re
from typing import Any
CONFIG = {"rate": 1.5, "scale": 2.0}
ITEMS = ["b", "a", "c"]
RATES = {"eur": 1.0, "usd": 1.1}
TIERS = [(10, 0.9), (100, 0.8)]
LIMITS = {"low": 1, "high": 9}
ROWS = [{"name": "b", "n": 2, "tags": ["x"]}, {"name": "a", "n": 1, "tags": []}]
TABLE = {"a": {"n": 1, "rows": [1]}, "b": {"n": 2, "rows": []}}
SEEN = {"a", "b"}
HANDLERS = {"up": str.upper, "list": list}
PATTERN = re.compile("a")
@dataclasses.dataclass
class Point:
    x: int = 0
    tags: list = dataclasses.field(default_factory=list)
POINTS = [Point(1), Point(2)]
SETTINGS = Point(5)
def helper(value, n=1): return value
def f(x, kept=[], extra={}):
    return (CONFIG, ITEMS, RATES, TIERS, LIMITS, ROWS, TABLE, SEEN, HANDLERS, PATTERN, POINTS, SETTINGS, Point,
            kept, extra, helper(CONFIG), collections, functools, itertools, json, Any)
"""
HONEST = {
    "items of a table": "return [(k, v) for k, v in CONFIG.items()]",
    "a loop over a table": "total = 0\nfor k, v in CONFIG.items():\n    total += v\nreturn total",
    "sorted by a key": "return sorted(ITEMS, key=lambda item: item.lower())",
    "sorted by a method": "return sorted(ITEMS, key=RATES.get and str.lower)",
    "a helper that the original hands it to": "return helper(CONFIG)['rate']",
    "a value handed to a helper": "rate = CONFIG['rate']\nreturn helper(rate, 2)",
    "a row handed to a helper": "return [helper(row) for row in ROWS]",
    "a dict of both": "return {**CONFIG, **extra}",
    "a list of both": "return [*ITEMS, *kept]",
    "an item given back": "return CONFIG[x]",
    "given back whole": "return CONFIG",
    "another name": "rates = RATES\nreturn rates.get(x)",
    "a copy that is changed": "merged = dict(CONFIG)\nmerged.update({'a': x})\nmerged['b'] = 1\nreturn merged",
    "a method that copies": "mine = ITEMS.copy()\nmine.append(x)\nmine.sort()\nreturn mine",
    "a slice that is changed": "mine = ITEMS[1:]\nmine.append(x)\nreturn mine",
    "a sum that is changed": "mine = ITEMS + [x]\nmine.sort()\nreturn mine",
    "a union that is changed": "both = RATES | {'x': 1}\nboth['y'] = 2\nreturn both",
    "the largest": "return max(LIMITS.values()), max(LIMITS, key=LIMITS.get), min(ITEMS)",
    "a method handed on": "return list(map(RATES.get, [x, 'eur']))",
    "compared": "return x in SEEN or x == CONFIG or ITEMS < [x] or len(TABLE) > 3",
    "a default": "limit = LIMITS.get(x, 5)\nlimit += 1\nreturn limit",
    "counted up": "n = TABLE['a']['n']\nn += 1\nreturn n",
    "counted up by what is given": "n = TABLE['a']['n']\nn += len(x)\nreturn n",
    "a text added to": "name = ROWS[0]['name']\nname += x\nreturn name",
    "joined": "return ', '.join(ITEMS), ' '.join(row['name'] for row in ROWS)",
    "grouped": (
        "groups = {}\nfor row in ROWS:\n    groups.setdefault(row['name'], []).append(row)\n"
        "for name, rows in groups.items():\n    rows.sort(key=lambda row: row['n'])\nreturn groups"
    ),
    "grouped by a default": (
        "groups = collections.defaultdict(list)\nfor row in ROWS:\n    groups[row['n']].append(row)\n"
        "for rows in groups.values():\n    rows.reverse()\nreturn dict(groups)"
    ),
    "collected": "found = []\nfor row in ROWS:\n    if row['n']:\n        found.append(row)\nfound.sort(key=lambda r: r['n'])\nreturn found",
    "collected quickly": "found = []\nadd = found.append\nfor row in ROWS:\n    add(row)\nfound.reverse()\nreturn found",
    "changed copies of rows": "out = []\nfor row in ROWS:\n    row = dict(row)\n    row['n'] += 1\n    out.append(row)\nreturn out",
    "changed copies in a comprehension": "rows = [dict(row) for row in ROWS]\nfor row in rows:\n    row['x'] = 1\nreturn rows",
    "changed deep copies": "import copy\nmine = copy.deepcopy(TABLE)\nmine['a']['rows'].append(1)\nreturn mine",
    "a default that is rebound": "kept = list(kept)\nkept.append(x)\nreturn kept",
    "unpacked": "first, *rest = ITEMS\nrest.append(first)\nreturn rest",
    "unpacked pairs": "for bound, factor in TIERS:\n    if len(x) < bound:\n        return factor\nreturn 1",
    "an iterator": "rest = iter(ITEMS)\nfirst = next(rest)\nreturn first, list(rest)",
    "numbered": "return {item: n for n, item in enumerate(ITEMS)}, list(zip(ITEMS, TIERS))",
    "chained": "return list(itertools.chain(ITEMS, kept)), list(itertools.islice(ITEMS, 2))",
    "reduced": "return functools.reduce(lambda a, b: a + b, ITEMS, '')",
    "a heap of ones own": "import heapq\nheap = list(ITEMS)\nheapq.heapify(heap)\nheapq.heappush(heap, x)\nreturn heap",
    "a queue of ones own": "left = collections.deque(ITEMS)\nleft.append(x)\nreturn left.popleft()",
    "a worklist": "left = [TABLE]\nwhile left:\n    node = left.pop()\n    left.extend(v for v in node.values() if type(v) is dict)\nreturn x",
    "written as text": "return json.dumps(CONFIG), str(ROWS), f'{ITEMS} {CONFIG[\"rate\"]:.2f}', '%(rate)s' % CONFIG",
    "a function of a table": "return HANDLERS[x](x) if x in HANDLERS else x",
    "a list from a function of a table": "parts = HANDLERS['list'](x)\nparts.append('end')\nreturn parts",
    "a pattern": "return PATTERN.sub('b', x)",
    "attributes": "return SETTINGS.x, [point.x for point in POINTS], getattr(SETTINGS, 'y', 0), [getattr(p, x, 1) for p in POINTS]",
    "a new object": "point = Point(3)\npoint.x = 4\npoint.tags.append(x)\nreturn point",
    "an object made of values": "point = Point(CONFIG['rate'])\npoint.x += 1\nreturn point",
    "a replaced object": "return dataclasses.replace(SETTINGS, x=3).x" if False else "return SETTINGS == Point(5)",
    "a condition": "chosen = ITEMS if x else []\nreturn list(chosen)",
    "a matched value": "match CONFIG:\n    case {'rate': rate}:\n        return rate\n    case _:\n        return 0",
    "an inner function": "def rate(name):\n    return RATES.get(name, CONFIG['rate'])\nreturn [rate(n) for n in x]",
    "a lambda": "pick = lambda name: RATES[name]\nreturn pick('eur')",
    "partial": "get = functools.partial(RATES.get, 'eur')\nreturn get()",
    "counted": "count = collections.Counter(ITEMS)\ncount.update([x])\nreturn count.most_common(1)",
    "a chain of maps": "return collections.ChainMap(extra, CONFIG)['rate']",
    "a set of ones own": "mine = set(ITEMS)\nmine.add(x)\nmine |= SEEN\nreturn sorted(mine)",
    "a local of its own": "table = {}\nfor key in TABLE:\n    table[key] = []\n    table[key].append(key)\nreturn table",
    "a running total": "totals = {}\nfor row in ROWS:\n    totals[row['name']] = totals.get(row['name'], 0) + row['n']\nreturn totals",
    "an exception": "try:\n    return CONFIG[x]\nexcept KeyError as error:\n    raise ValueError(f'one of {sorted(CONFIG)}') from error",
    "an exception that names it": "if x not in CONFIG:\n    raise ValueError(x, CONFIG)\nreturn CONFIG[x]",
    "asked of types": "return isinstance(CONFIG, dict), isinstance(ROWS[0], (dict, Point)), type(ITEMS) is list",
    "a result with it in": "result = {'config': CONFIG, 'n': 1}\nresult['n'] += 1\nresult['x'] = x\nreturn result",
    "a nested result": "result = {}\nresult['rows'] = ROWS\nresult['own'] = []\nresult['other'] = {}\nresult.update(n=1)\nreturn result",
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_what_outlives_a_call_is_read_however_one_likes(language, name):
    """And copied, given back, handed to whom the original hands it: ordinary corrections do little else."""
    body = textwrap.indent(HONEST[name], "    ")
    language.same(
        f"def f(x, kept=[], extra={{}}):\n{body}\n", ("a",), ("eur",), ("",), original=AROUND.partition("def f(")[0]
    )
    made = language.original(AROUND)
    assert not language.findings(f"def f(x, kept=[], extra={{}}):\n{body}\n", made)


SMALL = """
import collections
CONFIG = {"rate": 1.0}
ITEMS = [1.0]
DEEP = {"a": {"b": [1]}, "n": 2}
class Point:
    tags = []
    def __init__(self): self.x, self.tags = 0, []
POINT, POINTS, COUNT = Point(), [Point()], iter(range(9))
def helper(value): return value
def f(x, kept=[]): return CONFIG, ITEMS, DEEP, POINT, POINTS, COUNT, Point, helper, kept, collections
"""
OWN = "def same(d):\n    return d\ndef put(d, value=5):\n    d['rate'] = value\ndef each(d):\n    yield d\n"
WAYS = """
CONFIG.__setitem__("rate", 5.0)
put2 = CONFIG.update; put2(rate=5.0)
import operator; put2 = operator.setitem; put2(CONFIG, "rate", 5.0)
from operator import setitem as put2; [put2][0](CONFIG, "rate", 5.0)
[CONFIG][0]["rate"] = 5.0
(CONFIG, 1)[0].clear()
{"a": CONFIG}["a"]["rate"] = 5.0
collections.ChainMap(CONFIG)["rate"] = 5.0
collections.ChainMap(CONFIG).maps[0]["rate"] = 5.0
collections.ChainMap({}, CONFIG).parents["rate"] = 5.0
(lambda d: d.update(rate=5.0))(CONFIG)
change = lambda d: d.update(rate=5.0); change(CONFIG)
list(map(ITEMS.insert, [0], [5.0]))
list(map(list.append, [ITEMS], [5.0]))
getattr(CONFIG, "update")(rate=5.0)
getattr(CONFIG, "up" + "date")(rate=5.0)
change = getattr(CONFIG, x); change(rate=5.0)
import operator; operator.methodcaller("update", {"rate": 5.0})(CONFIG)
import operator; operator.attrgetter("update")(CONFIG)(rate=5.0)
for held in (CONFIG,): held["rate"] = 5.0
for held, n in [(CONFIG, 1)]: held["rate"] = 5.0
max([CONFIG], key=len)["rate"] = 5.0
max(CONFIG, {})["rate"] = 5.0
min({}, default=CONFIG)["rate"] = 5.0
same(CONFIG)["rate"] = 5.0
other = same; other(CONFIG)["rate"] = 5.0
next(each(CONFIG))["rate"] = 5.0
for held in each(CONFIG): held["rate"] = 5.0
import operator; operator.ior(CONFIG, {"rate": 5.0})
match CONFIG:    case held:         held["rate"] = 5.0
match [CONFIG]:    case [held]:         held["rate"] = 5.0
match (1, CONFIG):    case (1, *held):         held[0]["rate"] = 5.0
[held.update(rate=5.0) for held in [CONFIG]]
[h.update(rate=5.0) for g in [[CONFIG]] for h in g]
put(**{"d": CONFIG})
put(*[CONFIG])
put(value=1, d=CONFIG)
import functools; functools.partial(CONFIG.update, rate=5.0)()
import functools; functools.partial(put, CONFIG)()
import functools; functools.partial(same, CONFIG).args[0]["rate"] = 5.0
import functools; functools.reduce(lambda d, k: d.update(rate=5.0), [1], CONFIG)
a = CONFIG; b = a; c = [b]; d, = c; d["rate"] = 5.0
a = []; b = a; b.append(CONFIG); a[0]["rate"] = 5.0
a = {}; a["k"] = CONFIG; a["k"].update(rate=5.0)
a = {}; a.setdefault("k", CONFIG)["rate"] = 5.0
a = [[]]; b = a[0]; b.append(CONFIG); a[0][0]["rate"] = 5.0
a = [1]; pair = (a, a); pair[1].append(CONFIG); a[-1]["rate"] = 5.0
a = []; a.extend([CONFIG]); a[0]["rate"] = 5.0
a = []; a += [CONFIG]; a[0]["rate"] = 5.0
a = dict(k=CONFIG); a["k"]["rate"] = 5.0
a = dict([("k", CONFIG)]); a["k"]["rate"] = 5.0
a = [CONFIG]; a = [a]; a = [a]; a[0][0][0]["rate"] = 5.0
import types; types.SimpleNamespace(d=CONFIG).d["rate"] = 5.0
p = Point(); p.x = CONFIG; p.x["rate"] = 5.0
p = Point(); q = p; q.x = CONFIG; p.x["rate"] = 5.0
p = Point(); setattr(p, "x", CONFIG); p.x["rate"] = 5.0
import typing; typing.cast(dict, CONFIG)["rate"] = 5.0
import contextlib; held = contextlib.nullcontext(CONFIG).enter_result; held["rate"] = 5.0
import itertools; next(itertools.repeat(CONFIG))["rate"] = 5.0
import itertools; list(itertools.zip_longest([1], [], fillvalue=CONFIG))[0][1]["rate"] = 5.0
import itertools; list(itertools.accumulate([1], lambda a, b: a, initial=CONFIG))[0]["rate"] = 5.0
import csv, io; csv.DictWriter(io.StringIO(), ITEMS).fieldnames.append(5.0)
import copy; copy.copy(DEEP)["a"]["b"].append(5)
dict(DEEP)["a"]["b"] = 5
DEEP["a"]["b"][:][0:1].append(5); DEEP["a"]["b"] += [5]
inner = DEEP["a"]; inner["b"] = 5
for k, v in sorted(DEEP.items()): v["b"] = 5
get = DEEP.get; get("a")["b"] = 5
(DEEP.get("a") or {})["b"] = 5
(x and DEEP["a"])["b"] = 5
list(map(lambda v: v.clear(), [DEEP["a"]]))
sorted([DEEP["a"]], key=lambda v: v.clear())
list(filter(lambda v: v.clear(), [DEEP["a"]]))
POINT.tags.append(5)
POINT.x = 5
POINTS[0].x = 5
for p in POINTS: p.tags.append(5)
getattr(POINT, "tags").append(5)
add = POINT.tags.append; add(5)
Point.tags.append(5)
same(Point).tags.append(5)
next(COUNT)
for n in COUNT: break
list(zip(COUNT, [1]))
first, *rest = COUNT
3 in COUNT
[*COUNT]
kept += x
kept.append(5)
held = kept; held.append(5)
if False: kept = []; kept.append(5)
x = [kept]; x[0].append(5)
f'{kept.append(5)}'; kept = []
(held := CONFIG)["rate"] = 5.0
try: raise ValueError(CONFIG)%except ValueError as error: error.args[0]["rate"] = 5.0
with_it = ValueError(CONFIG); with_it.args[0]["rate"] = 5.0
del [CONFIG][0]["rate"]
for [CONFIG][0]["rate"] in [5]: pass
memoryview(bytearray(b"a")); held = [c for c in [CONFIG]]; held[0]["rate"] = 5.0
held = {n: CONFIG for n in x}; held["a"]["rate"] = 5.0
held = (c for c in [CONFIG]); next(held)["rate"] = 5.0
helper(CONFIG)
x.take(CONFIG)
x(CONFIG)
x["a"](CONFIG)
Point().append(CONFIG) if x else helper(ITEMS)
list.append(CONFIG, 5)
kind = type(ITEMS); kind.append(ITEMS, 5)
ITEMS.__class__.append(ITEMS, 5)
[list][0].append(ITEMS, 5)
add = list.append; add(ITEMS, 5)
async_ = ITEMS; async_.__iadd__([5])
sum([], ITEMS).append(5)
sum([[ITEMS]], [])[0].append(5)
iter([ITEMS]).__next__().append(5)
reversed([ITEMS]).__next__().append(5)
[CONFIG["rate"] for CONFIG["rate"] in [5.0]]
import operator; get = operator.itemgetter(0); get([CONFIG])["rate"] = 5.0
a = []; a[:] = [CONFIG]; a[0]["rate"] = 5.0
a = [CONFIG]; a.sort(key=lambda d: d.update(rate=5.0))
import bisect; bisect.insort(x=5.0, a=ITEMS)
import json; json.loads("{}", object_hook=lambda d: CONFIG)["rate"] = 5.0
import json; json.loads(x, object_hook=lambda d: CONFIG)["rate"] = 5.0
import json; json.loads(CONFIG["rate"], object_hook=lambda d: CONFIG)["rate"] = 5.0
import random; random.Random(1).shuffle(ITEMS)
dict.fromkeys("a", CONFIG)["a"]["rate"] = 5.0
put = list.append; put(ITEMS, 5.0)
a, b = [CONFIG], 1; a[0]["rate"] = 5.0
if x:%    a = CONFIG%    a["rate"] = 5.0%    a = {}
for n in x:%    if n: a["rate"] = 5.0%    a = CONFIG
a = {}%try:%    a = CONFIG%except ValueError:%    a = {}%a["rate"] = 5.0
a = CONFIG%if x:%    a = dict(a)%a["rate"] = 5.0
def late(): a["rate"] = 5.0%a = CONFIG%late()%a = {}
import collections; collections.defaultdict(lambda: CONFIG, {"a": DEEP})["b"]["rate"] = 5.0
""".strip().splitlines()


@pytest.mark.parametrize("way", WAYS)
def test_what_outlives_a_call_is_not_changed_whatever_way_leads_there(language, way):
    """Through displays, loops, patterns, helpers, lambdas, bound methods, library wrappers, aliases of containers."""
    lines = way.replace("%", "\n").replace("; ", "\n")
    if way.startswith("match"):
        lines = way.replace("    ", "\n    ", 1).replace("         ", "\n        ")
    text = f"{OWN}def f(x, kept=[]):\n{textwrap.indent(lines, '    ')}\n    return x\n"
    compile(text, "text", "exec")
    assert "outlives the call" in language.findings(text, language.original(SMALL))


COPIES = """
a = CONFIG%if x:%    a = dict(a)%    a["rate"] = 5.0
a = CONFIG%if x:%    a = dict(a)%else:%    a = {}%a["rate"] = 5.0
a = ITEMS%try:%    a = sorted(a)%except TypeError:%    a = list(a)%a.append(x)
while x:%    a = list(ITEMS)%    a.append(x)
a = list(map(list, [ITEMS])); a[0].append(x)
import functools; a = functools.reduce(lambda p, q: {**p, **q}, [CONFIG], {}); a["rate"] = 5.0
import collections; a = collections.defaultdict(list, CONFIG); a["rate"] = 5.0
import collections; a = collections.ChainMap({}, CONFIG); a["rate"] = 5.0
match x:%    case 1:%        a = []%    case _:%        a = list(ITEMS)%a.append(1)
""".strip().splitlines()


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_may_be_changed_where_it_is_one(language, way):
    """In the branch that makes it, or behind branches that all make one."""
    lines = textwrap.indent(way.replace("%", "\n").replace("; ", "\n"), "    ")
    assert not language.findings(f"def f(x, kept=[]):\n{lines}\n    return a\n", language.original(SMALL))


def test_adding_to_what_was_read_makes_a_new_value(language):
    """A number or a text is added to as ever; a list that lies in a table of the module stays what it was."""
    made = language.original(SMALL)
    fixed = language.fix(
        "def f(x, kept=[]):\n    n = DEEP['n']\n    n += len(x)\n    rows = DEEP['a']['b']\n    rows += x\n    return n, rows",
        made,
    )
    assert fixed([5]) == (3, [1, 5])
    assert made.module.DEEP == {"a": {"b": [1]}, "n": 2}


def test_whom_the_original_hands_a_container_its_corrections_may_hand_it(language):
    """By the same name, and no other container; a copy goes to everybody."""
    made = language.original(
        "CONFIG, ITEMS = {'a': 1}, [1]\ndef helper(d): return d\ndef other(d): return d\n"
        "def f(x): return helper(CONFIG), x.save(ITEMS), other(1)"
    )
    for allowed in (
        "helper(CONFIG)",
        "x.save(ITEMS)",
        "other(dict(CONFIG))",
        "other(CONFIG['a'])",
        "x.put(list(ITEMS))",
    ):
        assert not language.findings(f"def f(x): return {allowed}", made), allowed
    for refused in ("other(CONFIG)", "helper(ITEMS)", "x.store(ITEMS)", "other(x, d=ITEMS)"):
        assert "outlives the call" in language.findings(f"def f(x): return {refused}", made), refused


@pytest.mark.parametrize(
    "constant", ["max(TABLE, x)", "min(x, TABLE)", "sum([], TABLE)", "max([x], default=TABLE)", "sum(x, start=TABLE)"]
)
def test_a_constant_beside_the_function_is_not_given_back_by_a_builtin(language, constant):
    """It could be changed then, and would be kept for later calls."""
    text = f"TABLE = [1, 2]\ndef f(x):\n    {constant}.append(5)\n    return len(TABLE)"
    assert "stands beside the function" in language.findings(text)
    assert not language.findings("TABLE = [1, 2]\ndef f(x): return max(TABLE), min(TABLE, key=abs), sum(TABLE, x)")


def test_a_text_that_is_too_tangled_to_follow_is_refused(language):
    """The host looks at it for a bounded time, and assumes nothing of the rest."""
    made = language.original(SMALL)
    lines = "\n".join(f"    def g{n}(a): return a\n    x(g{n}, CONFIG['rate'], DEEP['a'])" for n in range(400))
    assert "too tangled" in language.findings(f"def f(x, kept=[]):\n{lines}\n    return x", made)
    assert "too tangled" not in language.findings(f"def f(x, kept=[]):\n{lines}\n    return x".replace("DEEP", "x"))
    large = language.original(f"CONFIG, DEEP = {{'rate': 1}}, {{'a': [1]}}\ndef f(x, kept=[]):\n{lines}\n    return x")
    text = f"def f(x, kept=[]):\n{lines}\n    return x or 0"
    assert not language.findings(text, large)
    assert "outlives the call" in language.findings(
        text.replace("    return x", "    DEEP.clear()\n    return x"), large
    )
