"""Functions of the author's that lie where the library finds them: it calls them with texts that no correction says."""

from __future__ import annotations

import pytest

from fukkatsu._language.guards import GuardRefusal
from fukkatsu._oracle import values

ORIGINAL = """
import enum
import functools
class Base(enum.Enum):
    def label(self): return self.name
class Walker:
    def __init__(self, obj): self.obj = obj
    def __call__(self, path, *rest): return walk(self.obj, path)
    def go(self, path, *rest): return walk(self.obj, path)
class Record:
    def __init__(self, **values): self.__dict__.update(values)
class Sink:
    def __init__(self): self.lines = []
    def write(self, text): self.lines.append(text)
class Keeper:
    def write(self, text): setattr(self, text, 1)
KINDS = {"base": Base}
def walk(obj, path):
    for name in path.split("."): obj = getattr(obj, name)
    return obj
def resolve(path): return walk(Walker, path)
def f(x): return resolve(x), walk(x, x), Walker(x), Record(x=x), KINDS[x], Sink(), Keeper()
"""
TEXT = """
import collections, contextlib, copy, csv, functools, itertools, json, operator, reprlib, string, textwrap, types
import urllib.parse
def f(x):
    word = "__glo" + "bals__"
    space = types.SimpleNamespace()
    def written(file):
        return csv.writer(file, delimiter="_", lineterminator="").writerow(["", "", "globals", "", ""])
    def lambdas(): return None
    {}
"""
STORED = [
    "space.write = resolve; return written(space)",
    "space.write: int = resolve; return written(space)",
    "space.write, _ = resolve, 1; return written(space)",
    "setattr(space, 'write', resolve); return written(space)",
    "space.write = Walker(resolve).go; return written(space)",
    "space.write = Walker(resolve); return written(space)",
    "space.write = functools.partial(walk, resolve); return written(space)",
    "return written(types.SimpleNamespace(write=resolve))",
    "return written(types.SimpleNamespace(**{'write': resolve}))",
    "return written(Record(write=resolve))",
    "e = ValueError(); e.write = resolve; return written(e)",
    "lambdas.write = resolve; return written(lambdas)",
    "file = Record(write=resolve); print(word, end='', file=file)",
    "file = Record(write=resolve); print(word, end='', **{'file': file})",
    "json.dump({'a': 1}, Keeper(), separators=(',', word))",
    "return csv.DictWriter(Record(write=resolve), ['', 'a', 'globals', 'b', 'c'], delimiter='_', lineterminator='')"
    ".writerow({'globals': 'globals'})",
    "w = csv.DictWriter(Sink(), [word], extrasaction='ignore'); w.writer = types.SimpleNamespace(writerow=list)",
    "t = string.Template(word); t.pattern = types.SimpleNamespace(sub=walk); return t.substitute({})",
    "t = string.Template(word); t.pattern = Record(sub=walk); return t.substitute({})",
    "w = textwrap.TextWrapper(); w.wordsep_re = Record(split=resolve); return w.wrap(word)",
    "r = reprlib.Repr(); r.repr_function = walk; r.maxlevel = word; return r.repr(resolve)",
    "r = reprlib.Repr(); r.repr_function = operator.call; r.maxlevel = word; return r.repr(resolve)",
    "r = reprlib.Repr(); r.repr_function = Walker(resolve); r.maxlevel = word; return r.repr(resolve)",
    "r = reprlib.Repr(); r.repr_str = KINDS['base']; r.maxlevel = {'a': 1}; return r.repr('X')",
    "d = json.JSONDecoder(); d.scan_once = KINDS['base']; return d.raw_decode('X', {'a': 1})",
    "e = json.JSONEncoder(); e.default = Walker(resolve); return e.encode(resolve)",
    "return string.capwords(types.SimpleNamespace(split=functools.partial(walk, resolve)), word)",
]  # fmt: skip
GIVEN = [
    "[key for key, _ in itertools.groupby(**{'iterable': [word], 'key': resolve})]",
    "max([word], **{'key': resolve})", "(lambda given: min([word], **given))({'key': resolve})",
    "list(itertools.accumulate([resolve, word], **{'func': walk}))",
    "list(itertools.groupby(*[[word], resolve]))", "list(map(*[resolve, [word]]))", "functools.reduce(*(walk, [resolve, word]))",
    "[list(each) for each in itertools.starmap(map, [(resolve, iter([word]))])]",
    "[list(each) for each in itertools.starmap(map, [(resolve, (name for name in [word]))])]",
    "list(itertools.starmap(operator.call, [(resolve, word)]))",
    "textwrap.indent(word, '', resolve)", "textwrap.indent(word, '', predicate=resolve)",
    "urllib.parse.urlencode({'a': word}, quote_via=Walker(resolve))",
]  # fmt: skip


@pytest.mark.parametrize("way", STORED + [f"return {way}" for way in GIVEN])
def test_no_function_of_the_authors_is_called_by_the_library_with_a_name_that_is_closed(language, way):
    """The library puts such names together, or takes them from where nobody looked, and gives back what it got."""
    if way.startswith("return urllib"):
        way = way.replace("{'a': word}", "{word: ''}")
    made = language.original(ORIGINAL)
    with pytest.raises(GuardRefusal):
        language.fix(TEXT.replace("{}", way), made)("n")


@pytest.mark.skipif(not hasattr(__import__("copy"), "replace"), reason="new in Python 3.13")
def test_a_replaced_attribute_of_a_namespace_is_looked_at_too(language):
    """``copy.replace`` makes a namespace with other attributes."""
    way = "return written(copy.replace(space, write=resolve))"
    with pytest.raises(GuardRefusal):
        language.fix(TEXT.replace("{}", way), language.original(ORIGINAL))("n")


def test_objects_of_the_librarys_are_set_up_as_everybody_does(language):
    """Widths, limits, precisions, names of columns, and hooks that are a correction's own functions or builtins."""
    language.same(
        """
        import csv, decimal, functools, io, json, operator, reprlib, string, textwrap
        from types import SimpleNamespace
        def twice(n):
            return n * 2
        class Sink:
            def __init__(self):
                self.lines = []
            def write(self, text):
                self.lines.append(text)
        class Order:
            pass
        def f(x):
            wrapper = textwrap.TextWrapper(width=10)
            wrapper.width, wrapper.initial_indent = 8, "* "
            short = reprlib.Repr()
            short.maxstring = 9
            short.repr_str = lambda value, level: value.upper()
            context = decimal.Context()
            context.prec = 3
            context.prec += 1
            reader = csv.DictReader(io.StringIO("1;2"), delimiter=";")
            reader.fieldnames = ["a", "b"]
            encoder = json.JSONEncoder()
            encoder.default = str
            encoder.item_separator = "; "
            template = string.Template("$a")
            template.template = "$b"
            space = SimpleNamespace(run=twice, add=operator.add, own=lambda n: n + 1, kind=Order)
            space.run_again, space.kinds = functools.partial(twice), (Order,)
            space.count = 1
            space.count += 1
            del space.add
            error = ValueError("a")
            error.code, error.retry = 3, twice
            sink, order = Sink(), Order()
            csv.writer(sink).writerow([1, 2])
            csv.DictWriter(sink, ["a"]).writerow({"a": 1})
            json.dump({"a": 1}, sink)
            print("b", file=sink)
            order.run = twice
            return (
                wrapper.wrap("a b c d e f g h"), short.repr("abc"), context.divide(1, 3), list(reader),
                encoder.encode([1, {1j}]), template.substitute(b="c"), space.run(2), space.own(2), space.count,
                space.run_again(3), isinstance(Order(), space.kind), error.code, error.retry(4), sink.lines,
                order.run is twice, isinstance(csv.DictWriter(sink, []), csv.DictWriter),
                list(map(twice, *[[1, 2]])), sorted([2, 1], **{"key": twice}), textwrap.indent("a", "> "),
            )
        """,
        ("a",),
    )


def test_a_function_on_a_namespace_is_the_same_answer_as_the_originals(language):
    """What is compared of two results is the function's name."""
    original = language.original(
        """
        from types import SimpleNamespace
        def twice(n):
            return n * 2
        def f(x):
            return SimpleNamespace(run=twice, n=int(x))
        """
    )
    fix = language.fix(
        "def f(x):\n    made = SimpleNamespace()\n    made.run = twice\n    made.n = int(x)\n    return made", original
    )
    assert values.encode(fix("1")).text == values.encode(original.function("1")).text
