"""What a correction says to functions of the author's that look up, or set, whatever name they are told."""

from __future__ import annotations

import io

import pytest

from fukkatsu._language.guards import GuardRefusal

ORIGINAL = """
import functools
import json
import typing
class Record:
    def __init__(self, **values): self.__dict__.update(values)
    def get(self, name, default=None): return getattr(self, name, default)
    def update(self, values):
        for name, value in dict(values).items(): setattr(self, name, value)
        return self
    def render(self, template): return template.format(self)
    def __len__(self): return 3
def walk(obj, path):
    for name in path.split("."): obj = getattr(obj, name)
    return obj
def pick(obj, *names): return [getattr(obj, name) for name in names]
def every(obj, names): return [getattr(obj, name) for name in names]
def deep(obj, paths): return [[getattr(obj, name) for name in path] for path in paths]
def first(obj, spec): return walk(obj, spec["a"][0]["b"])
class Walker:
    codec = json
    def __init__(self, obj): self.obj = obj
    def __call__(self, path): return walk(self.obj, path)
    def go(self, path): return walk(self.obj, path)
def put(obj, name, value):
    setattr(obj, name, value)
    return obj
def title(text): return text.title()
def f(x): return walk(x, "n"), pick(x, "n"), put(x, "n", 1), Record(n=1), title("a"), Walker(x), every(x, []), first, deep(x, []), functools, typing.get_type_hints
"""
TEXT = """
import collections
import csv
import functools
import io
import itertools
import re
import types
import operator
import typing
def f(x):
    glob = "__glo" + "bals__"
    def inner(a): return a
    return {}
"""
WAYS = [
    "walk(title, glob)", "walk(title, '__globals__')", "walk(x, 'get.__func__.' + glob)", "walk(obj=title, path=glob)",
    "walk(*[title, glob])", "walk(**{'obj': title, 'path': glob})", "pick(title, *[glob])", "x.get(glob)", "x.update({glob: 1})",
    "x.update(dict([(glob, 1)]))", "x.render('{0.get.' + glob + '}')", "put(x, '__red' + 'uce__', len)",
    "[walk(title, name) for name in [glob]]", "(lambda w: w(title, glob))(walk)", "list(map(walk, [title], [glob]))",
    "functools.partial(walk, title)(glob)", "functools.partial(walk, title, glob)()", "functools.reduce(walk, [title, glob])",
    "getattr(x, 'get')(glob)", "{'w': walk}['w'](title, glob)", "(walk if x else title)(title, glob)",
    "pick(title, *{glob: 1}.keys())", "every(title, {glob: 1}.keys())", "every(title, map(str, [glob]))",
    "every(title, collections.deque([glob]))", "every(title, (name for name in [glob]))", "every(title, iter([glob]))",
    "every(title, itertools.chain([glob]))", "walk(title, collections.UserString(glob))", "first(title, {'a': [{'b': glob}]})",
    "list(map(Walker(title), [glob]))", "list(map(Walker(title).go, iter([glob])))", "functools.partial(Walker(title), glob)()",
    "[key for key, _ in itertools.groupby([glob], key=Walker(title))]", "operator.methodcaller('go', glob)(Walker(title))",
    "walk(Walker(title), 'codec.codecs.builtins.len')", "walk(Walker(title), 'codec.decoder.scanner.re.enum.bltns.len')",
    "walk(walk(Walker(title), 'codec'), 'codecs')", "walk(Walker(title), 'own.builtins')", "Walker(title).__call__(glob)", "Walker.go(Walker(title), glob)",
    "collections.defaultdict(functools.partial(walk, title, glob))[1]", "itertools.starmap(walk, [(title, glob)]).__next__()",
    "put(inner, '__annota' + 'tions__', {'a': '__import__'})",
    "functools.reduce(every, [iter([glob])], title)", "list(map(every, [title], [iter([glob])]))", "every(title, **{'names': iter([glob])})",
    "list(itertools.starmap(every, [(title, iter([glob]))]))", "functools.partial(every, title, iter([glob]))()",
    "deep(title, [iter([glob])])", "deep(title, {'a': (name for name in [glob])}.values())", "deep(title, ((name for name in [glob]),))",
    "deep(title, [collections.UserList([glob])])", "deep(title, [io.StringIO(glob)])",
    "deep(title, [types.SimpleNamespace(a=glob)])", "deep(title, [ValueError(glob)])", "deep(title, [re.compile(glob)])",
    "deep(title, re.match('(?P<' + glob + '>a)', 'a'))", "deep(title, NameError('x', name=glob))", "deep(title, OSError(2, 'x', glob))",
    "getattr(x, 'get.' + glob)", "getattr(x, 'get/' + glob, None)", "hasattr(x, 'get.' + glob)", "setattr(x, 'get.' + glob, 1)",
    "delattr(x, 'get.' + glob)", "Record(**{'get.' + glob: 1})",
    "csv.DictWriter(io.StringIO(), [glob], extrasaction='ignore').writerow(x)",
    "csv.DictWriter(io.StringIO(), ['a'], restval=glob).writerow(x)",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_name_that_the_language_closes_is_told_to_an_authors_function(language, way):
    """A helper that walks dotted paths is everyday code; in a correction's hands it walked to the builtins."""
    made = language.original(ORIGINAL)
    with pytest.raises(GuardRefusal):
        language.fix(TEXT.format(way), made)(made.module.Record(n=1))


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        ("walk(x, 'n')", 1), ("every(x, (name for name in 'nn'))", [1, 1]), ("title('www.gc.ca android.os.Bundle')", None),
        ("title('os.txt')", "Os.Txt"), ("Walker(x).go('n')", 1), ("list(map(Walker(x), ['n']))", [1]), ("title('a __file__ of __main__ and __init__, __class__ too')", None),
        ("title('snake_case __TITLE__ f_name')", None), ("x.update({'__class__name': 1, '__typename': 2}).n", 1),
        ("x.get('n')", 1), ("list(map(walk, [x], ['n']))", [1]), ("functools.partial(walk, x)('n')", 1),
        ("functools.reduce(walk, [x, 'n'])", 1), ("pick(x, *['n', 'n'])", [1, 1]), ("title('gi_frames')", "Gi_Frames"),
        ("len('__globals__' + glob)", 22), ("glob.strip('_')", "globals"), ("{glob: 1}.get(glob)", 1),
        ("deep(x, [iter(['n']), (name for name in ['n'])])", [[1], [1]]), ("every(x, **{'names': iter('nn')})", [1, 1]),
        ("deep(x, (['n'], ('n',)))", [[1], [1]]), ("deep(x, [{'n': 1}.keys()])", [[1]]), ("hasattr(x, 'a.b')", False),
        ("getattr(x, 'no such', 7)", 7),
        ("functools.reduce(every, [iter('n')], x)", [1]), ("Record(**{'a.b': 1}).get('a.b')", 1),
    ],
)  # fmt: skip
def test_other_texts_pass(language, way, answer):
    """Names that are open, texts that are no names, and what is said to the library's own methods."""
    made = language.original(ORIGINAL)
    found = language.fix(TEXT.format(way), made)(made.module.Record(n=1))
    assert answer is None or found == answer


def test_a_wrapper_takes_over_no_annotations_that_an_object_was_told(language):
    """They would be evaluated as program text."""
    original = """
        import functools
        import typing
        class Record:
            def tell(self, first, rest, value): self.__dict__[first + rest] = value
        def f(x): return functools.wraps, typing.get_type_hints, Record().tell("a", "b", 1)
    """
    text = """
        import functools
        import typing
        def f(x):
            told = Record()
            told.tell("__annota", "tions__", {"a": "print('run')"})
            @functools.wraps(told)
            def inner(a): return a
            return typing.get_type_hints(inner)
    """
    with pytest.raises(GuardRefusal, match="update_wrapper"):
        language.fix(text, original)(1)


def test_fields_are_those_of_the_class(language):
    """``dataclasses.replace`` asks the instance for them, and looks up what they are called."""
    original = """
        import dataclasses
        @dataclasses.dataclass
        class Point:
            n: int
            def tell(self, first, rest, value): self.__dict__[first + rest] = value
        def f(x): return dataclasses.replace(Point(x), n=2), Point(1).tell("a", "b", 1)
    """
    text = """
        import dataclasses
        def f(x):
            point = Point(x)
            {}
            return dataclasses.replace(point, n=3).n
    """
    assert language.fix(text.format("pass"), original)(1) == 3
    with pytest.raises(GuardRefusal, match="any attribute would be looked up"):
        language.fix(text.format("point.tell('__dataclass', '_fields__', {})"), original)(1)


@pytest.mark.parametrize(
    "way",
    [
        "from operator import call as c|c(walk, title, glob)", "from functools import reduce as c|c(walk, [title, glob])",
        "from functools import reduce as c|c(walk, [glob], title)", "from itertools import starmap as c|list(c(walk, [(title, glob)]))",
        "from functools import partial as c|c(walk, title, glob)()", "from itertools import accumulate as c|list(c([title, glob], walk))",
        "from heapq import nlargest as c|c(1, [glob], Walker(title))", "from difflib import SequenceMatcher as c|c(Walker(title), [glob], [glob, 1])",
        "from contextlib import contextmanager as c|c(walk)(title, glob).gen", "import operator as c|c.call(walk, title, glob)",
    ],
)  # fmt: skip
def test_no_such_name_is_told_through_a_function_imported_as_something_else(language, way):
    """The guards know a library's function by what it is, whatever the text calls it."""
    statement, call = way.split("|")
    made = language.original(ORIGINAL)
    text = TEXT.format(f"({call})").replace("import collections", f"{statement}\nimport collections")
    with pytest.raises(GuardRefusal):
        language.fix(text, made)(made.module.Record(n=1))


TREE = """
import functools
class Tree:
    def __init__(self, root): self.root = root
    def find(self, path="n", *more, key=None): return walk(self.root, key or path)
    index = count = replace = join = split = encode = title = translate = strip = lower = copy = values = find
    keys = items = union = insert = remove = log = error = info = get = pop = setdefault = partition = zfill = find
def walk(obj, path):
    for name in path.split("."): obj = getattr(obj, name)
    return obj
def helper(a): return a
class Holder: pass
def f(x, y=None): return x.find("n"), helper, walk, Tree, Holder
"""
NAMES = ["find", "index", "count", "replace", "join", "split", "encode", "title", "translate", "strip", "lower", "copy", "values", "keys", "items", "union",
         "log", "error", "info", "get", "pop", "setdefault", "partition", "zfill"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "way",
    [
        "x.{}(y)", "x.{}('__glo' + 'bals__')", "x.{}('__globals__')", "x.{}(key=y)", "x.{}(f'{{y}}')", "x.{}(*[y])", "x.{}(**{{'key': y}})", "Tree(x.root).{}(y)",
        "[x.{}(name) for name in [y]]", "[each for each in [x.{}(y)]]", "[each for each in x.{}(y)]", "(x.{} if x else 0)(y)", "held.x.{}(y)", "x.{}(y or 'n')",
        "('' if not x else x).{}(y)", "(y if type(y) is memoryview else x).{}(y)", "('' or x).{}(y)", "(z := x).{}(y)", "[x][0].{}(y)", "held.x.{}(str(y))",
    ],
)  # fmt: skip
def test_a_method_of_the_authors_with_a_builtins_name_is_told_no_such_name(language, name, way):
    """``tree.find(path)`` is as good a look-up as any."""
    made = language.original(TREE)
    text = f"def f(x, y=None):\n    held = Holder()\n    held.x = x\n    return {way.format(name)}"
    with pytest.raises(GuardRefusal):
        language.fix(text, made)(made.module.Tree(made.module.helper), "__globals__")


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        ("x.find('n')", 1), ("x.find(y)", 1), ("x.log(key=y)", 1), ("Tree(x.root).split(y)", 1), ("[x.find(name) for name in [y]]", [1]),
        ("y.find('__init__'), y.replace(y, '__globals__'), y.split('__globals__')", (-1, "__globals__", ["n"])),
        ("s.replace(y, g), s.find(g), s.count(g), s.split(g), g.join([s])", ("s", -1, 0, ["s"], "s")),
        ("d.get(g, g), d.setdefault(g, y), d.pop(g), l.index(g), l.count(g), t.index(g)", ("__globals__", "n", "n", 0, 1, 0)),
        ("rows[0].get(g), rows[0].setdefault('a', []).append(g), rows[0]['a'].index(g)", (None, None, 0)),
        ("str.replace(s, 's', g), (s + y).find(g), s.upper().join([y, g])", ("__globals__", -1, "nS__globals__")),
        ("b.find(g.encode()), f.get(g, 0), o.get(g, 1), c.most_common(1)", (-1, 0, 1, [("n", 1)])),
    ],
)  # fmt: skip
def test_methods_of_builtin_types_are_told_anything(language, way, answer):
    """Texts, lists and dicts, whatever they lie in."""
    made = language.original(TREE)
    text = f"""
        import collections
        import collections as other
        def f(x, y=None):
            g = "__globals__"
            s, d, l, t, b, rows = str("s"), dict(), list([g]), tuple([g]), bytes(3), list([dict()])
            f, o, c = other.defaultdict(int), other.OrderedDict(), other.Counter([y])
            return {way}
    """
    made.module.Node = type("Node", (), {"n": 1})
    assert language.fix(text, made)(made.module.Tree(made.module.Node()), "n") == answer


HELD = """
import collections
import csv
import functools
import io
import itertools
import pathlib
import re
def f(x):
    g = "__glo" + "bals__"
    return told(WAY)
"""


@pytest.mark.parametrize(
    "way",
    [
        "reversed([g])", "reversed((g,))", "iter({1: g}.values())", "iter({1: g}.items())", "reversed({g: 1})", "iter(collections.deque([g]))",
        "reversed(collections.deque([g]))", "iter(collections.OrderedDict([(g, 1)]))", "iter(iter([g, 1]).__next__, 1)", "itertools.tee([g])[0]",
        "io.StringIO(g)", "ValueError(g)", "ExceptionGroup(g, [ValueError()])", "functools.partial(print, g)", "functools.partial(print, a=[g])", "re.compile(g)",
        "re.match('.*', g)", "pathlib.PurePath(g)", "slice(g)", "collections.UserDict({g: 1}).keys()", "collections.UserDict({1: g}).values()",
        "collections.ChainMap({1: g}).items()", "['x'] * 1000 + [g]", "dict.fromkeys([*map(str, range(900)), g])", "set(map(str, range(5000))) | {g}",
        "tuple(map(str, range(3000))) + (g,)",
    ],
)  # fmt: skip
def test_no_such_name_lies_in_what_an_authors_function_is_handed(language, way):
    """Iterators, views, and whatever shows the text that it was given."""
    made = language.original(
        "def told(held):\n    return list(held) if hasattr(held, '__iter__') else held\ndef f(x): return told(x)"
    )
    with pytest.raises(GuardRefusal):
        language.fix(HELD.replace("WAY", way), made)(1)


@pytest.mark.parametrize(
    "way", ["reversed([1, 'a'])", "iter({1: 'b'}.values())", "io.StringIO('text')", "ValueError('bad __init__')", "pathlib.PurePath('a/b.c')", "slice(1, 'a')",
            "re.compile('a')", "functools.partial(int, base=2)", "collections.UserDict(a=1).keys()", "['__globals__'[2:]] * 2000", "itertools.tee('ab')[0]"],
)  # fmt: skip
def test_holders_of_other_texts_are_handed_over_as_they_are(language, way):
    """Equal, and for what is no iterator of the very type."""
    made = language.original(
        "def told(held): return [type(held).__name__, list(held) if hasattr(held, '__next__') else held]\ndef f(x): return told(x)"
    )
    name, found = language.fix(HELD.replace("WAY", way), made)(1)
    wanted = eval(
        way, {name: __import__(name) for name in ("collections", "functools", "io", "itertools", "pathlib", "re")}
    )
    if hasattr(wanted, "__next__") and not isinstance(wanted, io.StringIO):
        assert found == list(wanted)
    else:
        assert name == type(wanted).__name__


def test_a_text_that_a_dataclass_is_given_in_a_replacement_is_looked_at(language):
    """As one that it is made with."""
    original = """
        import dataclasses
        @dataclasses.dataclass
        class Look:
            path: str
        LOOK = Look("n")
        def f(x): return dataclasses.replace(LOOK, path="m")
    """
    text = "import dataclasses\ndef f(x):\n    return dataclasses.replace(LOOK, path=x).path"
    assert language.fix(text, original)("n") == "n"
    with pytest.raises(GuardRefusal):
        language.fix(text, original)("__globals__")


def test_a_decorated_function_is_told_from_a_plain_one_by_nothing(language):
    """In a trial there is no decorator around it."""
    original = """
        import functools
        def plain(a): return a
        def decorated(a): return a
        def around(*args): return decorated(*args)
        around.__fukkatsu_original__ = around.__wrapped__ = decorated
        around.fukkatsu = 1
        class Shop:
            method = around
            other = decorated
        SHOP = Shop()
        def f(x): return around, decorated, SHOP, functools.wraps
    """
    text = """
        import functools
        def f(x):
            @functools.wraps(around)
            def mine(a): return a
            mine.n = 1
            return hasattr(mine, "n"), hasattr(mine, "fukkatsu"), hasattr(SHOP.method, "__func__"), dir(SHOP.method) == dir(SHOP.other), mine(3)
    """
    assert language.fix(text, original)(1) == (True, False, True, True, 3)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x, y=None):\n    def other():\n        from math import sqrt as walk\n        return walk(4)\n    return walk(helper, '__glo' + 'bals__')",
        "def other():\n    import math as walk\n    return walk.sqrt(4)\ndef f(x, y=None):\n    return walk(helper, '__glo' + 'bals__')",
    ],
)
def test_a_name_that_an_inner_function_imports_is_still_the_authors_elsewhere(language, text):
    """What is bound in one function is not bound in the other."""
    made = language.original(TREE)
    with pytest.raises(GuardRefusal):
        language.fix(text, made)(1)
