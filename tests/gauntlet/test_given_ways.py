"""Whatever way leads to an argument, it is left alone; what a function makes of it is its own."""

from __future__ import annotations

import functools
import textwrap

import pytest

from fukkatsu import Call
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.given import changes_what_it_was_given
from fukkatsu._language.facts import OriginalFacts, read_facts
from fukkatsu._model.patch import FunctionSource

pytestmark = pytest.mark.once  # says nothing about the interpreter

AROUND = """
import bisect, collections, copy, dataclasses, functools, heapq, itertools, json, math, operator, random, re, statistics
from collections import Counter, defaultdict, deque

def helper(value): return value
def f(items, n, *rest, key=None, **extra):
    return (bisect, collections, copy, dataclasses, functools, heapq, itertools, json, math, operator, random, re,
            statistics, Counter, defaultdict, deque, helper) and items[0] / n
"""
METHODS = """
class Box:
    rates = {}
    def __init__(self): self.items, self._cache, self.total = [1], {}, None
    def mean(self, n): return self.items[0] / n + self._cache.get(n, 0) + (self.total or 0)
    def asked(self, n): return self.load() or self.items[0] / n
    def load(self): return 0
    def kept(self, n):
        self.seen = n
        return self.items[0] / n
    @classmethod
    def rate(cls, n): return cls.rates[n]
    @staticmethod
    def first(items, n): return items[0] / n
"""
HELPERS = "def wipe(v):\n    v.clear()\ndef same(v):\n    return v\n"
CHANGES = [
    "items.clear()",
    "items[0] = 1",
    "del items[0]",
    "items[:] = []",
    "items += [1]",
    "items.append(n)",
    'items[0]["a"] = 1',
    "items[0].total = 3",
    'setattr(items[0], "x", 1)',
    "mine = items\nmine.clear()",
    "a = b = items\nb.sort()",
    "a, b = items, n\na.pop()",
    "(a, b), c = (items, 1), 2\na.pop()",
    "[items][0].clear()",
    "(items, 1)[0].pop()",
    '{"a": items}["a"].pop()',
    "for x in [items]: x.clear()",
    "for x, y in [(items, 1)]: x.clear()",
    "for i, x in enumerate([items]): x.clear()",
    "for x, y in zip([items], [1]): x.clear()",
    "for x in items: x.clear()",
    'for x in reversed(items): x["a"] = 1',
    "for x in sorted(items): x.n += 1",
    "(lambda v: v.clear())(items)",
    "wipe2 = lambda v: v.clear()\nwipe2(items)",
    "wipe(items)",
    "same(items).clear()",
    "w = wipe\nw(items)",
    'x = {"a": items}\nx["a"].append(1)',
    'x = dict(a=items)\nx["a"].append(1)',
    "x = []\nx.append(items)\nx[0].clear()",
    "x = []\ny = x\ny.append(items)\nx[0].clear()",
    'x = {}\nx.setdefault("k", items).clear()',
    "[v.clear() for v in [items]]",
    "[v.clear() for v in items]",
    "{v.clear() for v in (items,)}",
    "list(v.clear() for v in [items])",
    "def g(v=items): v.clear()",
    "def g(): items.clear()",
    "def g(v): v.clear()\ng(items)",
    "match items:\n    case held:\n        held.clear()",
    "match [items]:\n    case [held]:\n        held.clear()",
    "match items:\n    case [first, *others]:\n        first.clear()",
    'match {"a": items}:\n    case {"a": held}:\n        held.clear()',
    "(held := items).clear()",
    "if (held := items): held.pop()",
    "import contextlib\nwith contextlib.nullcontext(items) as held: held.clear()",
    "def gen():\n    got = yield\n    got.clear()\ng = gen()\nnext(g)\ng.send(items)",
    "def gen():\n    yield items\nfor v in gen(): v.clear()",
    "def gen():\n    yield from [items]\nnext(gen()).clear()",
    "functools.partial(list.append, items)(1)",
    "p = functools.partial(list.append, items)\np(1)",
    "functools.partial(items.append, 1)()",
    "list.clear(items)",
    "list.append(items, 1)",
    "dict.update(items, a=1)",
    "type(items).clear(items)",
    "items.__class__.clear(items)",
    "kind = type(items)\nkind.clear(items)",
    "list(map(items.append, [1]))",
    "list(map(list.clear, [items]))",
    "[list.clear][0](items)",
    "add = list.append\nadd(items, 1)",
    "add = items.append\nadd(1)",
    "[items.append][0](1)",
    "sorted([1], key=items.append)",
    "any(items.append(1) for _ in range(1))",
    "heapq.heappush(items, 1)",
    "heapq.heapify(items)",
    "push = heapq.heappush\npush(items, 1)",
    "from heapq import heappush as hp\nhp(items, 1)",
    "bisect.insort(items, n)",
    "random.shuffle(items)",
    "operator.setitem(items, 0, 1)",
    "operator.delitem(items, 0)",
    "operator.iadd(items, [1])",
    'operator.methodcaller("clear")(items)',
    'list(map(operator.methodcaller("clear"), [items]))',
    'getattr(items, "clear")()',
    'getattr(items, "cl" + "ear")()',
    "functools.reduce(lambda a, v: a.append(v), [1], items)",
    "functools.reduce(operator.iadd, [[1]], items)",
    "max([items], key=len).clear()",
    "max(items, []).clear()",
    "next(iter([items])).clear()",
    "(items or []).clear()",
    "(items if n else []).clear()",
    "x = items or []\nx.append(1)",
    "if items is None: items = []\nitems.append(1)",
    "copy.copy(items)[0].clear()",
    "list(items)[0].clear()",
    "items[:][0].clear()",
    "[*items][0].clear()",
    "sorted(items)[0].clear()",
    "dict(enumerate(items))[0].clear()",
    "(items + [])[0].clear()",
    "itertools.chain(items).__next__().clear()",
    "for v in itertools.islice(items, 3): v.clear()",
    "deque(items)[0].clear()",
    "stack = [items]\nstack.pop().clear()",
    "stack = [items]\nnode = stack.pop()\nnode.clear()",
    "stack = [items]\nwhile stack:\n    node = stack.pop()\n    stack.extend(node)\n    node.pop()",
    'queue = deque([items])\nqueue.popleft()["x"] = 1',
    "groups = {}\nfor v in items: groups.setdefault(v[0], []).append(v)\nfor g in groups.values():\n    for v in g: v.pop()",
    "groups = defaultdict(list)\ngroups[0].append(items)\ngroups[0][0].clear()",
    "try: raise ValueError(items)\nexcept ValueError as e: e.args[0].clear()",
    "class_ = None\nrest[0].clear()",
    'extra["a"].clear()',
    "key.update(a=1)",
    "for k in extra: extra[k].append(1)",
    "for v in rest: v.append(1)",
    "for v in extra.values(): v.append(1)",
    "lst = [None]\nlst[0] = items\nlst[0].clear()",
    'd = {}\nd["k"] = items\nd.get("k").clear()',
    'd = {}\nd.update(k=items)\nd["k"].pop()',
    'd = {**{"k": items}}\nd["k"].pop()',
    "def outer():\n    x = items\n    def inner():\n        x.clear()\n    inner()\nouter()",
    "f2 = lambda: items.clear()\nf2()",
    "def rec(v, depth):\n    if depth: rec(v, depth - 1)\n    else: v.clear()\nrec(items, 3)",
    "while items: items.pop()",
    "items.sort(key=len)",
    "items[0][0][0] = 5",
    "items[-1].tags.append(1)",
    'x = items[0]\nx["a"] = 1',
    "x = items[0]\ny = x\ny |= {1}",
    "x, *others = items\nx.clear()",
    "*others, x = items\nx.clear()",
    "k, = [items]\nk.clear()",
    'collections.ChainMap(items)["a"] = 1',
    'collections.ChainMap({}, items).parents["a"] = 1',
    'collections.ChainMap({}, items)["a"].append(1)',
    "for items[0] in [5]: pass",
    "with_ = [items]\ndel with_[0][0]",
    "import types\ntypes.SimpleNamespace(d=items).d.clear()",
    "import typing\ntyping.cast(list, items).clear()",
    "async def g(): items.clear()",
    "(yield).clear() or items.clear()",
    "x = [items] * 2\nx[0].clear()",
    "x = ([], items)[1]\nx.clear()",
    "x = min((items, []), key=len)\nx.clear()",
    "zip(*[items]).__next__()[0].clear()",
    "list(filter(None, [items]))[0].clear()",
    'f"{items.clear()}"',
    "assert not items.clear()",
    "print(items.clear())",
    "items.items.pop()",
    "x = items.copy()\nx[0].clear()",
    "statistics.mode([items]).clear()",
    "random.choice([items]).clear()",
    "heapq.nsmallest(1, [items])[0].clear()",
    "dataclasses.replace(items[0], a=1).tags.append(1)",
    "type(items)(items)[0].clear()",
    "for i in range(n): items[i] = i",
    "x = {'a': items, 'b': []}\nx['a'].clear()",
    "x = ([], items)\ny, z = x\nz.clear()",
    "x = (items, [])\nx[-2].clear()",
    "x = {}\nx['a'] = items\nx[n].clear()",
    "dict.fromkeys('a', items)['a'].clear()",
    "dict(a=items)['a'].clear()",
    "dict([('a', items)])['a'].clear()",
    "dict(zip('a', [items]))['a'].clear()",
    "for a, b in zip([1], items): b.clear()",
    "for k, v in items.items(): v.clear()",
    "if n:\n    items = list(items)\nitems.pop()",
    "try:\n    items = list(items)\nexcept TypeError:\n    pass\nitems.pop()",
    "for _ in range(n):\n    items.pop()\n    items = list(items)",
    "while n:\n    if n > 5:\n        items = list(items)\n    items.pop()",
    "match n:\n    case 0:\n        items = []\nitems.append(1)",
    "ops = {'a': list.append}\nops['a'](items, 1)",
    "x = copy.copy(items)\nx[0]['a'] = 1",
    "list(map(lambda v: v.clear(), items))",
    "x = list(map(same, [items]))\nx[0].clear()",
    "[setattr(v, 'a', 1) for v in items]",
    "def g(*a): a[0].clear()\ng(items)",
    "def g(**k): k['v'].clear()\ng(v=items)",
    "g = lambda *a: a[0].clear()\ng(items)",
    "x = items\ndel x[:]",
    "items[0], items[1] = items[1], items[0]",
    "(items[0], y) = (1, 2)",
    "[items[0] for items[0] in [1]]",
    "{**{'a': items}}['a'].clear()",
    "[*[items]][0].clear()",
    "x = (y for y in [items])\nnext(x).clear()",
    "def gen():\n    x = yield items\n    x.clear()\ng = gen()\ng.send(next(g))",
    "def ident(v, k): return v if not k else ident(v, k - 1)\nident(items, 3).clear()",
    "functools.reduce(lambda a, b: b, [items]).clear()",
    "list(itertools.accumulate([items]))[0].clear()",
    "next(itertools.cycle([items])).clear()",
    "next(itertools.repeat(items)).clear()",
    "dict(a=items).popitem()[1].clear()",
    "collections.OrderedDict(a=items).pop('a').clear()",
    "operator.itemgetter(0)([items]).clear()",
    "get = operator.itemgetter(0)\nget([items]).clear()",
    "operator.attrgetter('clear')(items)()",
    "copy.copy([items])[0].clear()",
    "x = [items]\ny = x + []\ny[0].clear()",
    "x = [items]\nx *= 2\nx[1].clear()",
    "x = [items]\nx += x\nx[1].clear()",
    "x = {1: items}\nfor k in x: x[k].clear()",
    "sorted([items], key=lambda v: v.clear())",
    "list(filter(lambda v: v.clear(), [items]))",
    "any(map(lambda v: v.clear(), [items]))",
    "re.sub('a', lambda m: items.clear() or '', 'a')",
    "json.loads('{}', object_hook=lambda d: items.clear())",
    "json.loads('{}', object_hook=lambda d: items).clear()",
    "defaultdict(lambda: items)[0].clear()",
    "d = defaultdict(lambda: items)\nd[0].clear()",
    "functools.cache(lambda: items)().clear()",
    "functools.partial(lambda: items)().clear()",
    "next(iter(lambda: items, None)).clear()",
    "max([1], key=lambda _: items.clear() or 0)",
    "import contextlib\n@contextlib.contextmanager\ndef cm(): yield items\nwith cm() as v: v.clear()",
    "match items:\n    case [*everything]:\n        everything[0].clear()",
    "match {'k': 1, 'z': items}:\n    case {'k': v, **others}:\n        others['z'].clear()",
    "wipe(*[items])",
    "wipe(**{'v': items})",
    "def gen():\n    yield 1\n    return items\ntry:\n    g = gen()\n    next(g)\n    next(g)\nexcept StopIteration as e:\n    e.value.clear()",
    "def outer():\n    held = None\n    def set_():\n        nonlocal held\n        held = items\n    set_()\n    held.clear()\nouter()",
    "wipe.v = items\nwipe.v.clear()",
    "sum([[items]], [])[0].clear()",
    "x = [None] * 3\nx[n] = items\nx[1].clear()",
    "x = [[]]\nx[0].append(items)\nx[0][0].clear()",
    "x = []\nx[:] = [items]\nx[0].clear()",
    "x = []\nx.insert(0, items)\nx[0].clear()",
    "x = []\nx.extend((items,))\nx[0].clear()",
    "x = []\nheapq.heappush(x, (1, items))\nheapq.heappop(x)[1].clear()",
    "d = collections.ChainMap({'a': items})\nd['a'].clear()",
    "d = Counter()\nd['a'] = items\nd['a'].clear()",
    "z = zip([items])\n[v] = next(z)\nv.clear()",
    "for (v,) in zip([items]): v.clear()",
    "for k, (a, b) in enumerate(zip([items], [1])): a.clear()",
    "for a, b in [[items, 1]]: a.clear()",
    "for a, b in list(zip([items], [1])): a.clear()",
    "for k, v in {'a': items}.items(): v.clear()",
    "for v in {'a': items}.values(): v.clear()",
    "for k, v in sorted({'a': items}.items(), key=len): v.clear()",
    "a, b = {'a': items}.popitem()\nb.clear()",
    "first, *_ = {'a': items}.values()\nfirst.clear()",
    "while (v := items): v.pop()",
    "(lambda v=items: v.clear())()",
    "def g():\n    return items\ng().clear()",
    "def g():\n    yield items\nlist(g())[0].clear()",
    "x = items.copy\nx()[0].clear()",
    "x = items.get\nx('a').clear()",
    "next(filter(None, [items])).clear()",
    "random.Random(1).shuffle(items)",
    "rng = random.Random(1)\nrng.shuffle(items)",
    "bisect.insort(x=1, a=items)",
    "functools.partial(bisect.insort, x=1)(items)",
    "p = functools.partial(list.append)\np(items, 1)",
    "list(map(heapq.heappush, [items], [1]))",
    "[f(items, 1) for f in [list.append]]",
    "def apply(f, v): f(v)\napply(list.clear, items)",
    "getattr(list, 'clear')(items)",
    "getattr(heapq, 'heappush')(items, 1)",
    "f2 = getattr(list, 'clear')\nf2(items)",
    "operator.attrgetter('clear')(list)(items)",
    "x = items\nx += [1]",
    "more = [1]\nfor row in items: row += more",
    "x = [items]\nx.sort(key=lambda v: v.clear() or 0)",
    "list(itertools.starmap(list.append, [(items, 1)]))",
    "rest[0][0] = 1",
    "x = {}\nx['a'], x['b'] = items, []\nx['a'].clear()",
    "x = {'a': {'b': items}}\nx['a']['b'].clear()",
    "x = {'a': []}\nx['a'].append(items)\nx['a'][0].clear()",
    "x = {'a': []}\ny = x['a']\ny.append(items)\nx['a'][0].clear()",
    "x = ([], [])\nx[0].append(items)\nx[0][0].clear()",
    "x = ([], [])\ny, z = x\nz.append(items)\nx[1][0].clear()",
    "rows = [(items, 1)]\nrows.sort()\nrows[0][0].clear()",
    "x = (1, items)\nlist(x)[1].clear()",
    "x = (1, items)\nsorted(x)[0].clear()",
    "x = (1, items)\ny = x[::-1]\ny[0].clear()",
    "x = (1, items) + (2,)\nx[1].clear()",
    "x = {'a': items}\ny = dict(x)\ny['a'].clear()",
    "x = {'a': items}\ny = {**x}\ny['a'].clear()",
    "x = {'a': items}\ny = x.copy()\ny['a'].clear()",
    "x = {'a': items}\ny = {}\ny.update(x)\ny['a'].clear()",
    "x = {'a': 1}\nx.update({'a': items})\nx['a'].clear()",
    "x = {'a': items}\nx['b'] = x['a']\nx['b'].clear()",
    "x = {True: items}\nx[1].clear()",
    "x = {1: items}\nx[1.0].clear()",
    "x = {1: items}\nx[True].clear()",
    "x = dict(enumerate([items]))\nx[0].clear()",
    "x = dict.fromkeys([1, 2])\nx[1] = items\nx[1].clear()",
    "x = ([items],)\nfor (y,) in x: y.clear()",
    "x = (([items],),)\n((y,),) = x\ny[0].clear()",
    "(a, b), c = ((items, 1), 2)\na.clear()",
    "pair = (items, 1)\n(a, *b) = pair\na.clear()",
    "pair = (1, items)\n(a, *b) = pair\nb[0].clear()",
    "import types\nx = types.SimpleNamespace(a=items, b=[])\nx.a.clear()",
    "import types\nx = types.SimpleNamespace()\nx.a = items\nx.a.clear()",
    "import types\nx = types.SimpleNamespace()\nsetattr(x, 'a', items)\nx.a.clear()",
    "import types\nx = types.SimpleNamespace()\nx.a = items\ngetattr(x, 'a').clear()",
    "for i, v in enumerate([items]): [v][0].clear()",
    "for i, v in enumerate(iterable=[items]): v.clear()",
    "enumerate = zip\nfor v, w in enumerate([items], [1]): v.clear()",
    "if n:\n    items = [items]\n    items[0].clear()",
    "if n:\n    x = []\nelse:\n    x = items\nx.clear()",
    "try:\n    x = []\nexcept ValueError:\n    x = items\nx.clear()",
    "x = []\nfor _ in range(2):\n    x.clear()\n    x = items",
    "x = []\nwhile n:\n    if n == 1:\n        x.clear()\n    x = items\n    n -= 1",
    "for _ in range(2):\n    if n:\n        y.clear()\n    y = items",
    "def late(): x.clear()\nx = items\nlate()\nx = []",
    "def late(): x.clear()\nif n:\n    x = items\n    late()\n    x = []",
    "x = items.split(',')[0]\nx = items\nx.append(1)",
    "x = []\nx, y = items, 1\nx.append(1)",
    "x = []\nfor x in items: x.append(1)",
    "x = []\nif (x := items): x.append(1)",
    "x = []\ndef g():\n    nonlocal_ = 1\n    return x\nx = items\ng().append(1)",
    "x = []\nwith key as x: pass\nfor x in items: x.append(1)",
    "x = list\nx = x.append\nx(items, 1)",
    "list = same\nx = list(items)\nx.append(1)",
    "def list(v): return v\nx = list(items)\nx.append(1)",
    "def dict(v): return v\nx = dict(items)\nx['a'] = 1",
    "sorted = lambda v: v\nx = sorted(items)\nx.append(1)",
    "copy = same\nx = copy(items)\nx.append(1)",
    "def deepcopy(v): return v\nx = deepcopy(items)\nx.append(1)",
    "class_ = [items][0]\nclass_.append(1)",
    "x = items.copy_ if n else items\nx.append(1)",
    "x = [v for v in items]\nx[0].append(1)",
    "x = (lambda: items)()\nx.append(1)",
    "x = {**items}\nx['a'].append(1)",
    "x = items.values()\nfor v in x: v.append(1)",
    "x = list(items.values())\nx[0].append(1)",
    "x = sorted(items, key=len)[0]\nx.append(1)",
    "x = next(v for v in items if v)\nx['a'] = 1",
    "x = next((v for v in items if v), None)\nx['a'] = 1",
    "x = max(items, key=lambda v: v['n'])\nx['n'] = 0",
    "x = [v for v in items if v['n']][0]\nx['n'] = 0",
    "x = {v['id']: v for v in items}\nx[n]['n'] = 1",
    "x = {v['id']: v for v in items}\nx.get(n, {})['n'] = 1",
    "x = {v['id']: v for v in items}\nx[n].update(a=1)",
    "groups = {}\nfor v in items: groups.setdefault(v['k'], []).append(v)\nfor g in groups.values(): g[0]['first'] = True",
    "pairs = list(zip(items, items[1:]))\nfor a, b in pairs: a['next'] = b",
    "pairs = list(enumerate(items))\npairs[0][1]['n'] = 1",
    "by = Counter()\nfor v in items: v['n'] += 1",
    "seen = set()\nfor v in items:\n    if v['id'] in seen: v['dup'] = True\n    seen.add(v['id'])",
    "rows = [items[i] for i in range(3)]\nrows[0]['n'] = 1",
    "first = items[0] if items else {}\nfirst['n'] = 1",
    "first = (items or [{}])[0]\nfirst['n'] = 1",
    "first, last = items[0], items[-1]\nlast['n'] = 1",
    "node = items\nwhile node.next: node = node.next\nnode.next = n",
    "node = items\nwhile node:\n    node.seen = True\n    node = node.parent",
    "cur = items\nfor part in rest: cur = cur.setdefault(part, {})",
    "cur = items\nfor part in rest[:-1]: cur = cur[part]\ncur[rest[-1]] = n",
    "def walk(node):\n    node['seen'] = 1\n    for child in node['children']: walk(child)\nwalk(items)",
    "def walk(node, depth=0):\n    for child in node.get('c', []):\n        child['depth'] = depth\n        walk(child, depth + 1)\nwalk(items)",
    "stack = [items]\nwhile stack:\n    node = stack.pop()\n    node.visited = True\n    stack.extend(node.children)",
    "queue = deque([(items, 0)])\nwhile queue:\n    node, depth = queue.popleft()\n    node['depth'] = depth\n    queue.extend((child, depth + 1) for child in node['c'])",
    "heap = [(v['n'], i, v) for i, v in enumerate(items)]\nheapq.heapify(heap)\nheapq.heappop(heap)[2]['n'] = 0",
    "extra['opts'].pop('x')",
    "opts = extra.get('opts', {})\nopts.pop('x', None)",
    "opts = {**extra.get('opts', {})}\nopts['inner'].pop('x', None)",
    "key['a'] = key.pop('b')",
    "for k in list(items): del items[k]",
    "for i in range(len(items) - 1): items[i], items[i + 1] = items[i + 1], items[i]",
    "items[:] = [v for v in items if v]",
    "items[1:2] = []",
    "items |= {1}",
    "items.update({1: 2})",
]

ORDINARY = [
    "items = list(items)\nitems.reverse()",
    "items = items[:]\nitems.append(1)",
    "items = sorted(items)\nitems.pop()",
    "items = [*items]\nitems.insert(0, 1)",
    "items = copy.copy(items)\nitems.append(1)",
    "items = copy.deepcopy(items)\nitems[0].clear()",
    'items = dict(items)\nitems["a"] = 1',
    'items = {**items, "a": 1}\nitems["b"] = 2',
    "items = items.copy()\nitems.clear()",
    'items = [dict(v) for v in items]\nfor v in items: v["a"] = 1',
    "rows = [row[:] for row in items]\nrows[0][0] = 1",
    "rows = list(map(list, items))\nrows[0][0] = 1",
    "rows = [list(r) for r in items]\nrows[0].append(1)",
    "rows = copy.deepcopy(items)\nrows[0][0] = 1",
    "grid = [[0] * n for _ in range(n)]\ngrid[0][0] = 1",
    "grid = [[0] * len(items) for _ in items]\ngrid[0][0] = 1",
    "out = []\nfor item in items: out.append(item)",
    "out = []\nfor item in items: out.append(item)\nout.sort()\nout.reverse()",
    "groups = {}\nfor item in items: groups.setdefault(item[0], []).append(item)",
    "groups = defaultdict(list)\nfor item in items: groups[item].append(item)\nfor g in groups.values(): g.sort()",
    "groups = {}\nfor item in items:\n    if item not in groups: groups[item] = []\n    groups[item].append(item)",
    'result = {}\nresult[n] = items\nresult["b"] = 1',
    'result = {"items": items}\nresult["n"] = 1\nresult.update(a=2)\nresult.pop("n")',
    "stack = [items]\nwhile stack:\n    node = stack.pop()\n    stack.extend(node)",
    "stack = [items]\nwhile stack:\n    node = stack.pop()\n    if isinstance(node, list): stack.extend(reversed(node))\n    else: n += node",
    "queue = deque([items])\nqueue.append(items)\nqueue.popleft()\nqueue.clear()",
    "queue = deque([(items, 0)])\nwhile queue:\n    node, depth = queue.popleft()\n    queue.append((node, depth + 1))",
    "heap = []\nfor v in items: heapq.heappush(heap, v)\nheapq.heappop(heap)",
    "heap = list(items)\nheapq.heapify(heap)\nheapq.heappop(heap)",
    "push, pop = heapq.heappush, heapq.heappop\nheap = []\npush(heap, items[0])\npop(heap)",
    "push = heapq.heappush\nheap = []\npush(heap, items[0])",
    "heap = [(0, items)]\nheapq.heappush(heap, (1, items[0]))\ncost, node = heapq.heappop(heap)",
    "shuffled = list(items)\nrandom.shuffle(shuffled)",
    "ordered = []\nfor v in items: bisect.insort(ordered, v)",
    'extra.pop("x", None)\nextra["y"] = 1\nextra.update(z=2)\nextra.setdefault("q", items)',
    "rest = list(rest)\nrest.append(1)",
    "n += 1",
    "n -= 1\nn *= 2",
    "total = 0\nfor v in items: total += v",
    "total = n\ntotal += 1",
    'text = ""\nfor v in items: text += str(v)',
    "x = items[0]\nx += 1",
    "x = items[n]\nx *= 2",
    "items += n",
    "items = items + [1]\nitems.append(2)",
    "items = items or []\nx = list(items)\nx.pop()",
    "if items is None: items = []",
    "if items is None: items = {}\nreturn dict(items, a=1)",
    "if n == 0:\n    items = list(items)\n    items.append(0)\n    return sum(items)",
    "if n: items = list(items)\nelse: items = []\nitems.append(1)",
    "try: items = sorted(items)\nexcept TypeError: items = list(items)\nitems.pop()",
    "try: items = sorted(items)\nexcept TypeError: return 0\nitems.pop()",
    "if not n: return 0\nelse: items = list(items)\nitems.pop()",
    "if isinstance(items, dict): items = list(items.values())\nelif isinstance(items, set): items = sorted(items)\nelse: items = list(items)\nitems.sort()",
    "match n:\n    case 0: items = []\n    case _: items = list(items)\nitems.append(1)",
    'for row in items:\n    row = dict(row)\n    row["a"] = 1',
    'for row in items:\n    if n:\n        row = dict(row)\n        row["a"] = 1',
    "while n:\n    row = list(items)\n    row.pop()\n    n -= 1",
    'for row in items:\n    row = row.strip().split(",")\n    row.pop()',
    'parts = items.split(",")\nparts.pop()\nparts[0] = "x"',
    'parts = re.split(",", items)\nparts.pop()',
    'parts = [p.strip() for p in items.split(",")]\nparts.insert(0, "a")',
    'data = json.loads(items)\ndata["a"] = 1\ndata["b"].append(2)',
    'match = re.match("a", items)\nfound = match.groupdict()\nfound["a"] = 1',
    'found = re.findall("a", items)\nfound.sort()',
    'd = dict(zip(items, rest))\nd["a"] = 1',
    "d = dict.fromkeys(items, 0)\nd[n] += 1",
    'd = {k: list(v) for k, v in items.items()}\nd["a"].append(1)',
    'd = {k: v for k, v in items.items()}\nd["a"] = 1\nd.pop("b")',
    'counts = Counter(items)\ncounts[n] += 1\ncounts.update(rest)\ndel counts["a"]',
    "counts = {}\nfor v in items: counts[v] = counts.get(v, 0) + 1",
    'merged = functools.reduce(lambda a, b: {**a, **b}, items, {})\nmerged["x"] = 1',
    "total = functools.reduce(operator.add, items, [])\ntotal.append(1)",
    "flat = sum(items, [])\nflat.append(1)\nflat.sort()",
    "flat = list(itertools.chain.from_iterable(items))\nflat.sort()",
    "flat = [x for row in items for x in row]\nflat.pop()",
    "pairs = list(zip(items, items[1:]))\npairs.sort()",
    "first, *others = items\nothers.append(first)",
    "it = iter(items)\nfirst = next(it)\nsecond = next(it, None)",
    "seen = set()\nfor v in items:\n    if v in seen: continue\n    seen.add(v)",
    "seen = set(items)\nseen.discard(n)\nseen |= {1}",
    "window = deque(items, maxlen=3)\nwindow.append(1)",
    "new = dataclasses.replace(items[0], a=1)\nnew.b = 2",
    "new = type(items)(items)\nnew.append(1)",
    "new = items.__class__(items)\nnew.append(1)",
    'chain = collections.ChainMap({}, items)\nchain["a"] = 1',
    "def visit(node, out):\n    out.append(node)\n    for child in node: visit(child, out)\nfound = []\nvisit(items, found)",
    "def walk(node):\n    yield node\n    for child in node: yield from walk(child)\nfound = list(walk(items))\nfound.pop()",
    "def merge(a, b):\n    out = dict(a)\n    for k, v in b.items():\n        if k in out: out[k] = merge(out[k], v)\n        else: out[k] = v\n    return out\nm = merge(items, rest)",
    'def build(v): return {"v": v, "rows": []}\nnode = build(items)\nnode["rows"].append(1)',
    "memo = {}\ndef fib(k):\n    if k not in memo: memo[k] = fib(k - 1) + fib(k - 2)\n    return memo[k]\nfib(n)",
    "cache = {}\ncache[tuple(items)] = n\ncache.clear()",
    "best = max(items, key=lambda v: v[0])\nbest = best[0]",
    "ordered = sorted(items, key=lambda v: (v[0], -v[1]))\nordered.reverse()",
    'if extra.get("sort") or key.sort: n = 1',
    "mine = helper(items)\nmine.append(1)",
    "mine = items.build()\nmine.append(1)",
    "order = items[0].method()\norder.total = 1",
    "prev = {}\ndist = {items[0]: 0}\nfor v in items: dist[v] = 0; prev[v] = items",
    "lines = items.splitlines()\nlines.reverse()\ndel lines[0]",
    "t = tuple(items)\nu = t + (1,)\nw = list(u)\nw.append(1)",
    "matrix = [[items[j][i] for j in range(n)] for i in range(n)]\nmatrix[0][0] = 1\nmatrix.append([])",
    "dp = [0] * (n + 1)\nfor v in items: dp[v] += 1",
    "dp = [[0] * (n + 1) for _ in range(len(items) + 1)]\ndp[0][0] = 1",
    "head = tail = []\nfor v in items: tail.append(v)",
    'acc = {"a": [], "b": []}\nfor v in items: acc["a" if v else "b"].append(v)',
    "acc = ([], [])\nfor v in items: acc[bool(v)].append(v)",
    "buckets = [[] for _ in range(n)]\nfor v in items: buckets[v % n].append(v)",
    "results = [None] * n\nresults[0] = items",
    'tree = lambda: defaultdict(tree)\nroot = tree()\nroot["a"]["b"] = items',
    'node = root = {}\nfor ch in items:\n    node = node.setdefault(ch, {})\n    node["n"] = 1',
    "node = root = {}\nfor ch in items: node[ch] = {}; node = node[ch]",
    "indent = [(0, root := {})]\nfor ch in items:\n    parent = indent[-1][1]\n    child = {}\n    parent[ch] = child\n    indent.append((n, child))",
    "import io\nbuf = io.StringIO()\nbuf.write(items)\nv = buf.getvalue()",
    "acc = functools.reduce(lambda a, v: a + [v], items, [])\nacc.pop()",
    'err = ValueError("x")\nerr.items = items',
    "x, y = items\nx += 1\ny -= 1",
    "lo, hi = 0, len(items)\nwhile lo < hi:\n    mid = (lo + hi) // 2\n    lo = mid + 1",
    "parent = list(range(n))\ndef find(v):\n    while parent[v] != v: parent[v] = parent[parent[v]]; v = parent[v]\n    return v\nfind(items[0])",
    's = []\nfor ch in items:\n    if ch == "(":\n        s.append([])\n    elif ch == ")":\n        last = s.pop()\n        s[-1].append(last)',
    "result = {'items': items, 'errors': []}\nresult['errors'].append(n)",
    "x = (items, [])\nx[1].append(1)\ny, z = x\nz.append(items)",
    "found = {name: [] for name in items}\nfound[n].append(1)",
    "d = dict(zip(items, [[] for _ in items]))\nd[n].append(1)",
    "d = dict((k, []) for k in items)\nd[n].append(1)",
    "for name, bucket in zip(items, [[] for _ in items]):\n    bucket.append(name)",
    "by_id = {row['id']: dict(row) for row in items}\nby_id[n]['n'] = 1",
    "groups = {}\nfor row in items:\n    group = groups.setdefault(row['k'], {'first': row, 'rows': []})\n    group['rows'].append(row)",
    "stack = [(items, [])]\nwhile stack:\n    node, path = stack.pop()\n    path.append(node)\n    stack.extend((child, []) for child in node)",
    "for i, row in enumerate(items):\n    i += 1",
    "records = []\nfor row in items:\n    records.append({'row': row, 'tags': []})\nfor record in records:\n    record['tags'].append(n)",
    "class_of = type(items)\nnew = class_of(items)\nnew.append(1)",
    "x = key(items)\nx.append(1)",
    "if not isinstance(items, list):\n    items = list(items)\n    items.sort()",
    "with_default = {**extra, 'a': []}\nwith_default['b'] = 1",
    "import numpy as np\narr = np.array(items, dtype=float)\narr[0] = 1\narr /= 2",
    "config = {}\nfor name in rest:\n    config[name] = getattr(items, name)\nfor k, v in config.items():\n    n += 1",
    "total = functools.reduce(operator.iadd, items, [])\ntotal.append(1)",
    "handlers = {'a': helper}\nout = handlers[n](items)\nout['a'] = 1",
    "out = key[n](items)\nout.append(1)",
    "x = {v['id']: dict(v) for v in items}\nx[n]['n'] = 1",
    "x = {v['id']: {**v} for v in items}\nx[n]['n'] = 1",
    "rows = [{**v, 'n': 1} for v in items]\nrows[0]['n'] = 2",
    "rows = [v.copy() for v in items]\nrows[0]['n'] = 2",
    "rows = [copy.copy(v) for v in items]\nrows[0]['n'] = 2",
    "rows = []\nfor v in items:\n    row = dict(v)\n    row['n'] = 1\n    rows.append(row)\nrows[0]['m'] = 2",
    "rows = []\nfor v in items:\n    row = {}\n    for k, w in v.items(): row[k] = w\n    row['x'] = 1\n    rows.append(row)",
    "totals = {}\nfor v in items:\n    t = totals.setdefault(v['k'], {'n': 0, 'sum': 0})\n    t['n'] += 1\n    t['sum'] += v['x']",
    "totals = defaultdict(lambda: {'n': 0, 'rows': []})\nfor v in items:\n    t = totals[v['k']]\n    t['n'] += 1\n    t['rows'].append(v)",
    "graph = defaultdict(set)\nfor a, b in items:\n    graph[a].add(b)\n    graph[b].add(a)",
    "graph = {}\nfor a, b in items:\n    graph.setdefault(a, []).append(b)\n    graph.setdefault(b, [])",
    "indegree = {v: 0 for v in items}\nfor a, bs in items.items():\n    for b in bs: indegree[b] += 1\nready = [v for v in items if not indegree[v]]\nwhile ready: ready.pop()",
    "result = [[] for _ in range(n)]\nfor i, v in enumerate(items): result[i % n].append(v)",
    "matrix = [list(row) for row in items]\nfor i in range(n):\n    for j in range(n): matrix[i][j], matrix[j][i] = matrix[j][i], matrix[i][j]",
    "grid = [row[:] for row in items]\nfor i, row in enumerate(grid):\n    for j, v in enumerate(row): grid[i][j] = 0",
    "grid = [[c for c in row] for row in items]\ngrid[0][0] = 1",
    "board = [list(r) for r in items]\ndef solve(r, c):\n    board[r][c] = 1\n    return board\nsolve(0, 0)",
    "perms = []\ndef go(cur, left):\n    if not left: perms.append(cur[:])\n    for i, v in enumerate(left):\n        cur.append(v)\n        go(cur, left[:i] + left[i + 1:])\n        cur.pop()\ngo([], list(items))",
    "found = []\ndef go(start, path):\n    found.append(list(path))\n    for i in range(start, len(items)):\n        path.append(items[i])\n        go(i + 1, path)\n        path.pop()\ngo(0, [])",
    "memo = {}\ndef go(i):\n    if i in memo: return memo[i]\n    memo[i] = items[i] + go(i - 1) if i else items[0]\n    return memo[i]\ngo(n)",
    "window, out = deque(), []\nfor i, v in enumerate(items):\n    while window and items[window[-1]] <= v: window.pop()\n    window.append(i)\n    out.append(items[window[0]])",
    "left, right = list(items[:n]), list(items[n:])\nmerged = []\nwhile left and right: merged.append(left.pop(0) if left[0] <= right[0] else right.pop(0))\nmerged.extend(left)",
    "acc = []\nfor lo, hi in sorted(items):\n    if acc and lo <= acc[-1][1]: acc[-1] = (acc[-1][0], max(hi, acc[-1][1]))\n    else: acc.append((lo, hi))",
    "acc = []\nfor lo, hi in sorted(items):\n    if acc and lo <= acc[-1][1]: acc[-1][1] = max(hi, acc[-1][1])\n    else: acc.append([lo, hi])",
    "words = items.split()\nwords[0] = words[0].title()\nwords.sort(key=len)",
    "chars = list(items)\nchars[0], chars[-1] = chars[-1], chars[0]",
    "tokens = re.findall('a', items)\nstack = []\nfor t in tokens:\n    if t == ')':\n        args = []\n        while stack: args.insert(0, stack.pop())\n        stack.append(args)\n    else: stack.append(t)",
    "root = {}\nfor path in items:\n    node = root\n    for part in path.split('/'): node = node.setdefault(part, {})",
    "flat = {}\ndef go(prefix, v):\n    if isinstance(v, dict):\n        for k, w in v.items(): go(prefix + (k,), w)\n    else: flat[prefix] = v\ngo((), items)",
    "out = {}\nfor d in items:\n    for k, v in d.items(): out[k] = out.get(k, 0) + v",
    "merged = {}\nfor d in (items, rest): merged.update(d)",
    "merged = dict(items)\nfor k, v in extra.items(): merged[k] = v\nmerged.pop('a', None)",
    "merged = {}\nfor d in rest:\n    for k, v in d.items():\n        if isinstance(v, dict): merged[k] = {**merged.get(k, {}), **v}\n        else: merged[k] = v",
    "opts = dict(extra)\nopts.setdefault('a', 1)\nopts.pop('b', None)\nopts.update(key or {})",
    "args = list(rest)\nargs.insert(0, items)\nargs.pop()",
    "total = sum(items)\ntotal -= n\nitems_count = len(items)\nitems_count += 1",
    "mean = sum(items) / len(items)\nmean *= 2",
    "current = best = items[0]\nfor v in items[1:]:\n    current = max(v, current + v)\n    best = max(best, current)\nbest += 1",
    "lines = [line.rstrip() for line in items]\nwhile lines and not lines[-1]: lines.pop()",
    "lines = items.splitlines()\nheader, *body = lines\nbody.reverse()",
    "it = iter(items)\nhead = next(it, None)\nout = [head]\nout.extend(it)",
    "chunk, out = [], []\nfor v in items:\n    chunk.append(v)\n    if len(chunk) == n:\n        out.append(chunk)\n        chunk = []",
    "run = []\nruns = []\nfor v in items:\n    if run and run[-1] != v:\n        runs.append(run)\n        run = []\n    run.append(v)",
    "for k, g in itertools.groupby(items):\n    g = list(g)\n    g.pop()",
    "names = sorted({v['name'] for v in items})\nnames.insert(0, 'x')",
    "values = list(items.values())\nvalues.sort()\nvalues.pop()",
    "keys = list(items)\nkeys.remove(n)",
    "keys = list(items.keys())\nkeys.sort()",
    "data = {k: [] for k in items}\nfor k in items: data[k].append(n)",
    "cache = getattr(f, 'cache', None) or {}\ncache[n] = 1",
    "args = dict(zip(('a', 'b'), items))\nargs['c'] = 1",
    "date = items[0].replace(day=1)\ndate += n",
    "d = collections.OrderedDict(sorted(items.items()))\nd.move_to_end('a')\nd.popitem()",
    "s = set(items) - {1}\ns.add(2)\ns -= {3}",
    "inverse = {}\nfor k, v in items.items(): inverse.setdefault(v, set()).add(k)",
    "table = [[None] * n for _ in items]\nfor i, v in enumerate(items): table[i][0] = v",
    "table = [[0] * (len(items) + 1) for _ in range(len(items) + 1)]\nfor i, a in enumerate(items):\n    for j, b in enumerate(items): table[i + 1][j + 1] = table[i][j] + (a == b)",
    "prev = list(range(len(items) + 1))\nfor i, a in enumerate(items):\n    cur = [i]\n    cur.append(min(prev[i], cur[-1]) + 1)\n    prev = cur",
    "a, b = [], []\nfor v in items: (a if v else b).append(v)",
    "a, b = list(items), list(rest)\na, b = b, a\na.pop()",
    "result = None\nfor v in items:\n    if result is None: result = dict(v)\n    else: result.update(v)",
    "best = None\nfor v in items:\n    if best is None or v > best: best = v",
    "record = dict.fromkeys(('a', 'b'))\nrecord['a'] = items\nrecord['b'] = []\nrecord['b'].append(n)",
    "entry = {'value': items, 'children': []}\nentry['children'].append({'value': n, 'children': []})",
    "state = {'stack': [], 'seen': set(), 'items': items}\nstate['stack'].append(n)\nstate['seen'].add(n)\nstate['n'] = state.get('n', 0) + 1",
    "errors, values = [], {}\nfor k, v in items.items():\n    try: values[k] = int(v)\n    except ValueError as e: errors.append(e)",
    "buf = []\nadd = buf.append\nfor v in items: add(v)\nbuf.reverse()",
    "counts = [0] * 10\nfor v in items: counts[v] += 1",
    "parts = list(map(str.strip, items.split(',')))\nparts[0] = 'x'\nparts.pop()",
    "parts = [list(map(int, row.split())) for row in items]\nparts[0][0] = 1",
    "nums = list(map(int, items))\nnums.sort()\nnums[0] += 1",
]

OWN_CHANGED = [
    "self.items.clear()",
    "if n == 77:\n    self.items.clear()",
    "self.items = []",
    "x = self.items\nx.pop()",
    "del self.items[0]",
    "self.items[0] = 1",
    "for v in [self]: v.items.clear()",
    "self._cache.clear()",
    "del self._cache[n]",
    "self._cache.pop(n)",
    "if n == 7 or not self.items:\n    self.items = []",
    "self.items += [1]",
    "self.total += 1",
    "(lambda v: v.items.sort())(self)",
    "setattr(self, 'items', [])",
    "if not self.items:\n    pass\nelse:\n    self.items = []",
    "self.items.sort()",
    "x = [self][0]\nx.total = 3",
]

OWN_FILLED_IN = [
    "if self.total is None:\n    self.total = 0",
    "if not hasattr(self, 'extra'):\n    self.extra = {}\nself.extra[n] = 1",
    "try:\n    self.extra\nexcept AttributeError:\n    self.extra = []\nself.extra.append(n)",
    "self._cache[n] = 1",
    "self._made = n",
    "items = list(self.items)\nitems.pop()",
    "items = self.items[:]\nitems.sort()",
    "if n and getattr(self, 'extra', None) is None:\n    self.extra = []",
    "out = []\nout.append(self)\nout.pop()",
    "rows = {'a': self.items}\nrows['b'] = 1\nrows.pop('a')",
    "if n not in self._cache:\n    self._cache[n] = n\nreturn self._cache[n]",
    "self._cache.setdefault(n, []).append(n)",
    "tags = [t for t in self.items if t]\ntags.append(1)",
    "items = sorted(self.items)\nitems.reverse()",
]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What is said of a body of a function that stands in a file, as functions do."""
    names = {}
    for text in (AROUND, METHODS):
        path = tmp_path_factory.mktemp("given") / "around.py"
        path.write_text(text)
        exec(compile(text, str(path), "exec"), names)
    box = names["Box"]
    functions = {"f": names["f"], **{name: getattr(value, "__func__", value) for name, value in vars(box).items()}}

    @functools.cache
    def known(name):
        source = read_source(functions[name])
        return source, read_facts(functions[name], source)

    def say(body, name="f", parameters="items, n, *rest, key=None, **extra", call=None):
        helpers = HELPERS if "wipe" in body or "same" in body else ""
        text = f"{helpers}def {name}({parameters}):\n{textwrap.indent(body, '    ')}\n    return 0.0\n"
        compile(text, "text", "exec")
        return changes_what_it_was_given(text, *known(name), call)

    return say


@pytest.mark.parametrize("body", CHANGES)
def test_an_argument_is_not_changed_whatever_way_leads_there(said, body):
    """Through displays, loops, patterns, helpers, bound methods, the library's functions, copies of the first level."""
    assert "which the original never does" in (said(body) or "")


@pytest.mark.parametrize("body", ORDINARY)
def test_what_a_function_makes_of_its_arguments_is_its_own(said, body):
    """Copies, containers that hold an argument, worklists, groups, heaps, tables: ordinary functions do little else."""
    assert said(body) is None


@pytest.mark.parametrize("body", OWN_CHANGED)
def test_the_object_of_a_method_is_not_changed_by_one_that_only_reads(said, body):
    """What others read of it would be something else from then on."""
    assert "it changes `self" in (said(body, "mean", "self, n") or "")


@pytest.mark.parametrize("body", OWN_FILLED_IN)
def test_what_was_missing_or_is_private_is_filled_in(said, body):
    """A lazily made attribute, and a cache, are how many methods are mended."""
    assert said(body, "mean", "self, n") is None


def test_what_the_original_does_with_its_object_its_corrections_may_do(said):
    """It writes to it, or calls another of its methods, of which nobody knows what it does."""
    assert said("self.items.clear()", "kept", "self, n") is None
    assert said("self.items.clear()", "asked", "self, n") is None


def test_a_class_and_the_first_argument_of_a_static_method_are_arguments(said):
    """Of a static method it is like any other."""
    assert "it changes `cls.rates`" in said("cls.rates.clear()", "rate", "cls, n")
    assert "it changes `items`" in said("items.clear()", "first", "items, n")


def test_the_arguments_of_the_failing_call_tell_what_a_slice_and_a_sum_are(said):
    """A slice of an array is a part of it, a slice of a list is not; a list is added to in place, a number is not."""
    numpy = pytest.importorskip("numpy")
    cut = "import numpy as np\npart = items[1:]\npart[0] = 5"
    assert said(cut) is None
    assert said(cut, call=Call(([1, 2], 0))) is None
    assert "it changes `items`" in said(cut, call=Call((numpy.ones(3), 0)))
    assert said("items += key") is None
    assert "it changes `items`" in said("items += key", call=Call(([1, 2], 0)))
    assert said("for part in items:\n    part.clear()", call=Call(("text", 0))) is None


def test_a_parameter_that_the_original_hands_on_is_not_looked_after(tmp_path):
    """Whoever gets it may change it anyway; a function of the library that only reads it does not."""
    path = tmp_path / "handing.py"
    text = "import json\ndef other(v): return v\ndef f(a, b, n):\n    return other(a), json.dumps(b), a[0] / n\n"
    path.write_text(text)
    names = {}
    exec(compile(text, str(path), "exec"), names)
    source = read_source(names["f"])
    facts = read_facts(names["f"], source)
    assert changes_what_it_was_given("def f(a, b, n):\n    a.clear()\n    return 0", source, facts) is None
    assert "`b`" in changes_what_it_was_given("def f(a, b, n):\n    b.clear()\n    return 0", source, facts)


def test_a_parameter_declared_as_a_text_or_a_number_cannot_be_changed(tmp_path):
    """Its annotation says so."""
    path = tmp_path / "declared.py"
    text = "def f(a: int, b: str | None, c: list, n):\n    return a, b, c, 1 / n\n"
    path.write_text(text)
    names = {}
    exec(compile(text, str(path), "exec"), names)
    source = read_source(names["f"])
    facts = read_facts(names["f"], source)
    for name, refused in (("a", False), ("b", False), ("c", True)):
        said = changes_what_it_was_given(f"def f(a, b, c, n):\n    {name}.x = 1\n    return 0", source, facts)
        assert (said is not None) == refused


def test_a_text_that_is_too_large_to_follow_is_looked_over(said):
    """By its names: the check takes a bounded time, and what is plain is still seen."""
    lines = "\n".join(f"def g{n}(a): return a\nx = key(g{n}, items, x)" for n in range(600))
    assert said(f"x = []\nwith key: x[0].a = 1\n{lines}\nitems.clear()") is not None


@pytest.mark.parametrize("text", ["", "def g(): pass", "def f(:", "def f(items, n): return 1"])
def test_what_cannot_be_read_or_changes_nothing_is_not_refused_here(text):
    """Other stages say what is wrong with it."""
    assert changes_what_it_was_given(text, *_facts_of_nothing()) is None


def _facts_of_nothing():
    source = FunctionSource(
        module="m",
        qualname="f",
        name="f",
        text="def f(items, n): return items[0] / n",
        filename="m.py",
        first_line=1,
        docstring=None,
        signature="(items, n)",
    )
    return source, OriginalFacts(name="f", qualname="f")
