"""Values that say where memory is, in whatever compares or computes with what it holds."""

from __future__ import annotations

import bisect
import heapq
import itertools
import random

import pytest

from fukkatsu._language.guards import GuardRefusal
from fukkatsu._language.ordered import AS_THEY_ARE, ORDERED

np = pytest.importorskip("numpy")

ORIGINAL = """
import numpy as np
class AttrDict(dict):
    def __getattr__(self, name):
        try: return self[name]
        except KeyError: raise AttributeError(name) from None
def f(x):
    return 1 / x, np.array([x]), AttrDict(a=1)
"""
TEXT = """
import bisect
import collections
import functools
import heapq
import itertools
import operator
import types
import typing
def f(x):
    name = "__array_" + "interface__"
    bag = AttrDict()
    bag[name] = {"data": (x, True), "shape": (1,), "typestr": "<u8", "version": 3}
    arr = np.array([5], dtype="u8")
    l = []
    l.append(bag)
    n, m = types.SimpleNamespace(), types.SimpleNamespace()
    n.a = bag
    m.a = arr
    c, u = collections.Counter(), collections.UserList()
    c["a"] = bag
    u.append(bag)
    WAY
"""
WAYS = [
    "l.append(arr)\n    heapq.heapify(l)", "l.insert(0, 1)\n    l.append(arr)\n    heapq.heappop(l)",
    "heapq.heappush(l, arr)", "heapq.heapreplace([arr, bag], arr)", "l.insert(0, 1)\n    l.append(arr)\n    heapq.heapreplace(l, 1)", "heapq.heappushpop(l, arr)",
    "next(heapq.merge(l, [arr]))", "bisect.bisect(l, arr)", "bisect.bisect_left(l, arr)", "bisect.insort(l, arr)", "bisect.insort_left(l, arr)",
    "bisect.bisect([1], arr, key=lambda each: bag)", "(lambda p: p(l, arr))(heapq.heappush)", "list(map(heapq.heappush, [l], [arr]))",
    "m2 = heapq.merge([arr], l)\n    next(m2)", "l[0] = (1, bag)\n    heapq.heappush(l, (1, arr))", "heapq.nlargest(1, l + [arr])",
    "c.most_common(1) if not c.update({'b': arr}) else 0", "c['b'] = arr\n    c.most_common(1)", "c['b'] = arr\n    c.total()", "c.subtract({'a': arr})", "c.update({'a': arr})",
    "u.count(arr)", "u.index(arr)", "u.remove(arr)", "u.append(arr)\n    u.sort()", "l.count(arr)", "l.index(arr)", "l.remove(arr)",
    "collections.deque(l).count(arr)", "(bag,).count(arr)", "n == m", "types.MappingProxyType({'a': bag}) == {'a': arr}", "slice(bag) == slice(arr)",
    "list[bag] == list[arr]", "typing.List[bag] == typing.List[arr]", "collections.ChainMap({'a': bag}) == {'a': arr}",
    "l[-1] += arr", "l[0 + 0] += arr", "d = [[bag]]\n    d[0][0] += arr", "n.n = n\n    n.n.a += arr", "(lambda: l)()[0] += arr",
    "d = [[arr]]\n    d[0][0] += bag", "l[0:1] += arr", "d = [l]\n    d[0][0:1] += arr", "{'a': l}['a'][-1] -= arr",
    "it = itertools.accumulate(k := [arr])\n    k.append(bag)\n    list(it)", "it = map(operator.add, k := [arr], [arr, bag])\n    k.append(arr)\n    list(it)",
    "it = itertools.groupby(k := [arr])\n    k.append(bag)\n    list(it)", "it = itertools.starmap(operator.add, k := [(arr, arr)])\n    k.append((arr, bag))\n    list(it)",
    "match bag:\n        case m.a:\n            return 1", "match [arr]:\n        case [n.a]:\n            return 1", "match (1, bag):\n        case (1, m.a):\n            return 1",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_holds_an_address_meets_an_array(language, way):
    """Whatever it lies in, and whoever compares or adds there."""
    made = language.original(ORIGINAL)
    memory = np.array([7], dtype="u8")
    with pytest.raises(GuardRefusal, match="__array_interface__"):
        language.fix(TEXT.replace("WAY", way), made)(memory.ctypes.data)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("h = []\n    for n in (3, 1, 2):\n        heapq.heappush(h, (n, str(n)))\n    return heapq.heappop(h), heapq.heapreplace(h, (9, '')), heapq.heappushpop(h, (0, '')), h", ((1, "1"), (2, "2"), (0, ""), [(3, "3"), (9, "")])),
        ("h = [3, 1, 2]\n    heapq.heapify(h)\n    return h, list(heapq.merge([1, 3], [2])), list(heapq.merge([3, 1], [2], reverse=True)), heapq.nsmallest(2, h)", ([1, 3, 2], [1, 2, 3], [3, 2, 1], [1, 2])),
        ("k = [1, 3]\n    bisect.insort(k, 2)\n    bisect.insort_left(k, 0, key=None)\n    return k, bisect.bisect(k, 2), bisect.bisect_left(k, 2, 0, 4), bisect.bisect('abc', 'b')", ([0, 1, 2, 3], 3, 2, 2)),
        ("return bisect.bisect_left([(1, 'a'), (2, 'b')], 2, key=lambda each: each[0])", 1),
        ("return collections.Counter('aab').most_common(1), collections.Counter('aab').total(), list(collections.Counter('ab').elements())", ([("a", 2)], 3, ["a", "b"])),
        ("k = collections.UserList([2, 1])\n    k.sort()\n    return list(k), k.count(1), k.index(2), [1, 1].count(1), (3, 4).index(4)", ([1, 2], 1, 1, 2, 1)),
        ("d = [[1]]\n    d[0][0] += x\n    d[-1][0:1] += [x]\n    d[0][-1] *= 2\n    return d", [[6, 10]]),
        ("seen = []\n    def at(n):\n        seen.append(n)\n        return n\n    d = [[1, 2]]\n    d[at(0)][at(1)] += at(x)\n    return d, seen", ([[1, 7]], [0, 1, 5])),
        ("n = types.SimpleNamespace(a=types.SimpleNamespace(b=1))\n    n.a.b += x\n    n.a.b **= 2\n    return n.a.b", 36),
        ("a = np.arange(6.0).reshape(2, 3)\n    a[0][1:] += a[1, 1:]\n    a[1, :2] -= x\n    a[:, [0]] *= 2\n    return a.tolist()", [[0.0, 5.0, 7.0], [-4.0, -1.0, 5.0]]),
        ("d = {'a': {'b': np.zeros(2)}}\n    d['a']['b'] += x\n    d['a']['b'][-1] += 1\n    return d['a']['b'].tolist()", [5.0, 6.0]),
        ("match (x, 'a'):\n        case (operator.pi, _) | (1, _):\n            return 0\n        case (5, str(s)) if s:\n            return s", None),
        ("n = types.SimpleNamespace(a=5)\n    match x:\n        case n.a:\n            return 'five'", "five"),
        ("return list(itertools.accumulate([1, 2, 3])), list(map(operator.add, [1], (2,))), [k for k, _ in itertools.groupby([1, 1, 2])]", ([1, 3, 6], [3], [1, 2])),
        ("return list(itertools.starmap(pow, [(2, 3)])), list(filter(None, [0, 1])), list(itertools.takewhile(bool, deque([1, 0])))", None),
        ("return slice(1) == slice(1), list[int] == list[int], np.arange(4)[slice(1, 3)].tolist(), [1, 2][slice(1)]", (True, True, [1, 2], [1])),
        ("return heapq.heappop([np.float64(2), np.float64(1)]), heapq.nlargest(1, np.arange(3)), bisect.bisect(np.arange(3), 1)", (2.0, [2], 2)),
    ],
)  # fmt: skip
def test_sorted_lists_counters_and_items_are_as_ever(language, body, answer):
    """Beside arrays, and of them."""
    text = (
        TEXT[: TEXT.index("    name")].replace(
            "import bisect", "import bisect\nfrom collections import deque\nimport math"
        )
        + "    "
        + body
    )
    text = text.replace("operator.pi", "math.pi").replace('"WAY"', "")
    made = language.original(ORIGINAL)
    found = language.fix(text, made)(5)
    if answer is not None:
        assert found == answer
    assert repr(found) == repr(_plain(text)(5))


def _plain(text):
    space = {"np": np}
    exec(text, space)
    return space["f"]


@pytest.mark.parametrize("seed", range(20))
def test_the_algorithms_are_the_librarys(seed):
    """The same lists, in the same order, after the same steps."""
    chance = random.Random(seed)
    ours, real = [], []
    for _ in range(300):
        number = chance.randrange(50)
        name = chance.choice(["heappush", "heappush", "heappop", "heapreplace", "heappushpop"])
        args = () if name == "heappop" else (number,)
        if real or name in ("heappush", "heappushpop"):
            assert ORDERED[f"heapq.{name}"](ours, *args) == getattr(heapq, name)(real, *args)
        assert ours == real
    ours, real = [], []
    for _ in range(200):
        number, which = chance.randrange(50) / 2, chance.choice(["left", "right"])
        low = chance.randrange(3) if len(real) > 3 else 0
        assert ORDERED[f"bisect.bisect_{which}"](ours, number, low) == getattr(bisect, f"bisect_{which}")(
            real, number, low
        )
        ORDERED[f"bisect.insort_{which}"](ours, number)
        getattr(bisect, f"insort_{which}")(real, number)
        assert ours == real


def test_what_is_no_list_or_empty_is_refused_in_the_librarys_classes():
    """With its exceptions."""
    for name, given in itertools.product(["heappush", "heappop", "heapreplace", "heappushpop", "heapify"], [(), []]):
        args = (given,) if name in ("heappop", "heapify") else (given, 1)
        outcomes = []
        for functions in (ORDERED, AS_THEY_ARE):
            try:
                outcomes.append(
                    functions[f"heapq.{name}"](
                        *args[:1] if given == () else ([], *args[1:]), *(args[1:] if given == () else ())
                    )
                )
            except Exception as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1], (name, given)
    for lo in (-1, 0):
        outcomes = []
        for functions in (ORDERED, AS_THEY_ARE):
            try:
                outcomes.append(functions["bisect.bisect"]([1], 1, lo))
            except ValueError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]


def test_without_arrays_the_librarys_own_are_there(language):
    """At their speed."""
    made = language.original("import json\ndef f(x): return x")
    found = language.fix("import heapq\nfrom bisect import insort\ndef f(x):\n    return heapq.heappush, insort", made)(
        1
    )
    assert found == (heapq.heappush, bisect.insort)


@pytest.mark.parametrize("name", ["np", "m"])
def test_a_name_that_an_inner_function_imports_is_still_numpys_elsewhere(language, name):
    """What a module is called in one function tells nothing of another."""
    text = f"""
        {"import numpy as m" if name == "m" else ""}
        def f(x):
            def other():
                import math as {name}
                return {name}.sqrt(4)
            bag = AttrDict()
            bag["__array_" + "interface__"] = {{"data": (x, True), "shape": (1,), "typestr": "<u8", "version": 3}}
            return {name}.hypot(bag, 1.0)
    """
    memory = np.array([7], dtype="u8")
    made = language.original(ORIGINAL.replace("np.array([x])", "np.hypot(x, x)"))
    with pytest.raises(GuardRefusal, match="__array_interface__"):
        language.fix(text, made)(memory.ctypes.data)
