"""What an author's look-up helpers give back: whatever they were told, and however, it leads nowhere."""

from __future__ import annotations

import asyncio
import pathlib

import pytest

from fukkatsu._language.guards import GuardRefusal

ORIGINAL = """
import json
import os
import types
class Run:
    def __init__(self, obj, names): self.obj, self.names = obj, names
    def run(self): return walk(self.obj, self.names)
    def rows(self):
        for name in self.names: yield getattr(self.obj, name)
    def __call__(self): return self.run()
class Holder:
    codec, os = json, os
    def __init__(self, obj): self.obj = obj
    def get(self, path, default=None): return walk(self.obj, path.split("."))
    def __getitem__(self, name): return name
    def __iter__(self): return iter("a")
    def __len__(self): return 1
HOLDER = Holder(None)
def walk(obj, names):
    for name in names: obj = getattr(obj, name)
    return obj
def slash(obj, path): return walk(obj, path.split("/"))
def parts(obj, *names): return walk(obj, ["__" + "".join(names) + "__"])
def pick(obj, names):
    for name in names: yield getattr(obj, name)
def each(obj, names, call):
    for name in names: call(getattr(obj, name))
async def later(obj, names):
    for name in names: obj = getattr(obj, name)
    return obj
def resolve(name): return getattr(walk, name)
def every(names): return [getattr(walk, name) for name in names]
def f(x): return walk(x, []), HOLDER, slash, parts, pick, each, later, resolve, every, Holder(x), Run, types.MappingProxyType
"""
TEXT = """
import collections
import datetime
import functools
import operator
import types
{}def f(x):
    word = "__glo" + "bals__"
    names, found = ["__name__"], []
    def h(): return None
    {}
"""
WAYS = [
    "g = pick(walk, names); next(g); names.append(word); return next(g)", "g = pick(walk, names); names.append(word); return [*g]",
    "g = pick(walk, names); names.append(word); return list(g)", "names = {}; g = pick(walk, names); names[word] = 1; return next(g)",
    "names = collections.deque(); g = pick(walk, names); names.append(word); return next(g)",
    "g = pick(walk, names); names.append(word); return g.send(None), g.send(None)",
    "each(walk, names, lambda v: found.append(v) or (len(found) < 2 and names.append(word))); return found",
    "each(walk, names, functools.partial(lambda v: found.append(v) or (len(found) < 2 and names.append(word)))); return found",
    "return walk(HOLDER, ['codec', 'codecs', 'builtins', 'eval'])", "return slash(HOLDER, 'codec/codecs/builtins/eval')",
    "return slash(HOLDER, 'codec/codecs/builtins/getattr')", "return slash(HOLDER, 'codec/codecs/builtins/open')",
    "return parts(walk, 'glo', 'bals')", "return parts(walk, 'co', 'de')", "return parts(Holder, 'subcl', 'asses')", "return parts(h, 'glo', 'bals')",
    "return walk(x, ['read_text'])", "return walk(x, ['unlink'])", "return walk(x, ['parent', 'iterdir'])", "return walk(datetime.datetime, ['now'])",
    "return walk(HOLDER, ['__class__', '__class__'])", "return walk('{}', ['format'])",
    "return walk(HOLDER, ['codec', 'codecs', 'builtins', 'open', '__self__'])", "return walk(HOLDER, ['os', 'environ'])",
    "r = Run(walk, names); names[0] = word; return r.run()", "r = Run(walk, names); names[0] = word; return list(r.rows())",
    "r = Run(walk, names); names[0] = word; return r()", "r = Run(walk, names); names[0] = word; return [r.run() for _ in '1']",
    "r = Run(walk, names); names[0] = word; return next(iter(r.run, None))", "r = Run(walk, names); names[0] = word; return operator.methodcaller('run')(r)",
    "r = Run(walk, names); names[0] = word; return functools.partial(r.run)()", "r = Run(walk, names); names[0] = word; return [f() for f in [r.run]]",
    "r = Run(walk, names); names[0] = word; return collections.defaultdict(r.run)[1]", "r = Run(walk, names); names[0] = word; return r.__call__()",
    "h.get = resolve; return h.get(word)", "h = lambda: 1; h.find = resolve; return h.find(word)", "h.append = resolve; return h.append(word)",
    "e = ValueError(); e.get = resolve; return e.get(word)", "n = types.SimpleNamespace(append=resolve); return n.append(word)",
    "n = types.SimpleNamespace(); n.extend = every; return n.extend([word])", "p = Holder(walk); p.append = resolve; return p.append(word)",
    "return types.MappingProxyType(Holder(walk)).get(word)", "return list(map(types.MappingProxyType(Holder(walk)).get, [word]))",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_into_the_interpreter_is_given_back(language, way):
    """Names come late, in parts, behind other separators and under the names of a builtin type's methods."""
    with pytest.raises(GuardRefusal):
        language.fix(TEXT.replace("{}", "", 1).replace("{}", way, 1), language.original(ORIGINAL))(
            pathlib.PurePosixPath("a") if "parent" not in way and "_text" not in way and "unlink" not in way else PATH
        )


PATH = pathlib.Path("nowhere")


def test_nor_by_a_coroutine(language):
    """What is awaited is looked at when it is there."""
    text = TEXT.replace("{}", "async ", 1).replace("{}", "c = later(walk, names); names[0] = word; return await c")
    original = language.original(ORIGINAL.replace("def f(x)", "async def f(x)"))
    with pytest.raises(GuardRefusal):
        asyncio.run(language.fix(text, original)(1))


def test_helpers_give_back_whatever_an_author_means_by_them(language):
    """Handlers, classes, generators that are sent to and thrown into, callbacks with their signatures, registries."""
    language.same(
        """
        import functools
        import inspect
        import math
        import operator
        class Order:
            def __init__(self, total): self.total = total
            def double(self): return self.total * 2
            def __eq__(self, other): return vars(self) == vars(other)
        def handler(kind): return {"int": int, "sqrt": math.sqrt, "order": Order, "len": len, "up": str.upper, "get": operator.itemgetter(0)}[kind]
        def handlers(*kinds): return {kind: handler(kind) for kind in kinds}
        def attribute(obj, path):
            for name in path.split("."): obj = getattr(obj, name)
            return obj
        def talk(start):
            total = start
            while True:
                try:
                    got = yield total
                except KeyError as error:
                    got = len(str(error))
                if got is None: return total
                total += got
        def apply(call, *args): return call(*args)
        def arity(call): return len(inspect.signature(call).parameters)
        def visit(rows, call, seen):
            for row in rows: call(row, seen)
            return seen
        def config(name): return {"name": name, "__name__": name, "kinds": [int, len]}
        CALLS = []
        def register(call):
            CALLS.append(call)
            return call
        async def fetch(name): return {"n": name}
        def f(x):
            talking = talk(1)
            sent = [next(talking), talking.send(2), talking.throw(KeyError("ab"))]
            try:
                talking.send(None)
            except StopIteration as end:
                sent.append(end.value)
            def note(row, seen): seen.append(row * 2)
            own = register(note)
            return (
                handler("int")("3"), handler("sqrt")(4), handler("order")(x).double(), handler("len")("ab"), handler("up")("a"),
                handler("get")([7]), sorted(handlers("int", "len")), attribute(Order(3), "double")(), attribute("a-b", "split")("-"),
                sent, apply(lambda a: a + 1, 2), arity(note), arity(lambda a, b, c: 0), visit([1, 2], note, []), config("a")["kinds"][0]("4"),
                [row for row in talk(5).__class__.__name__], CALLS[-1] is own, apply(functools.partial(max, 2), 3), list(map(handler, ["int"])),
            )
        """,
        (5,),
    )
