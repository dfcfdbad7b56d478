"""Calls that would make a class, of what no name in the text tells of."""

from __future__ import annotations

import pytest

from fukkatsu._language.guards import GuardRefusal

ORIGINAL = """
import enum
import functools
import operator
class Base(enum.Enum):
    pass
class Meta(type):
    pass
class Host:
    kind, made, meta, kinds = Base, type, Meta, {"a": Base}
    def pick(self): return Base
    def two(self, a, b=1): return a, b
KINDS = {"a": Base}
def f(x): return x.kind, KINDS["a"], x.two(1, 2), functools.partial, operator
"""
TEXT = "import functools\nimport operator\ndef f(x):\n    return {}\n"


@pytest.mark.parametrize(
    "call",
    [
        "x.kind('X', {'__eq__': len})", "x.kind('X', names='A')", "x.kind(*['X', 'A'])", "x.kind(**{'value': 'X', 'names': 'A'})",
        "x.kind.__call__('X', 'A')", "getattr(x.kind, '__call__')('X', 'A')", "x.made('X', (), {})", "x.meta('X', (), {})", "x.kinds['a']('X', 'A')", "KINDS['a']('X', 'A')", "x.pick()('X', 'A')",
        "getattr(x, 'kind')('X', 'A')", "(lambda k: k('X', 'A'))(x.kind)", "[k('X', 'A') for k in [x.kind]]",
        "[v for v in x.kind('X', 'A')]", "list(map(x.kind, ['X'], ['A']))", "functools.partial(x.kind, 'X')('A')",
        "functools.reduce(x.kind, ['X', 'A'])", "functools.cache(x.kind)('X', 'A')", "operator.call(x.kind, 'X', 'A')",
        "operator.methodcaller('kind', 'X', 'A')(x)", "(lambda m: list(m(x.kind, ['X'], ['A'])))(map)",
        "(lambda c: c(x.kind)('X', 'A'))(functools.cache)", "(lambda p: p(x.kind, 'X')('A'))(functools.partial)",
    ],
)  # fmt: skip
def test_no_class_is_made_of_what_lies_in_an_object(language, call):
    """An enumeration without members makes one, with any methods, when it is called with more than a value."""
    made = language.original(ORIGINAL)
    with pytest.raises(GuardRefusal, match="would make a class"):
        language.fix(TEXT.format(call), made)(made.module.Host())


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("x.two(1, 2)", (1, 2)), ("x.two(*[1, 2])", (1, 2)), ("x.two(1, **{'b': 3})", (1, 3)),
        ("functools.partial(x.two, 1)(2)", (1, 2)), ("list(map(x.two, [1], [2]))", [(1, 2)]),
        ("(lambda m: list(m(x.two, [1], [2])))(map)", [(1, 2)]), ("operator.methodcaller('two', 1, b=4)(x)", (1, 4)),
        ("functools.reduce(lambda a, b: a + b, [1, 2])", 3), ("[each for each in x.two(5, 6)]", [5, 6]),
        ("x.kind is x.pick()", True), ("list(x.kind)", []),
    ],
)  # fmt: skip
def test_other_calls_are_as_ever(language, call, answer):
    """Of methods, of functions that call, with any arguments."""
    made = language.original(ORIGINAL)
    assert language.fix(TEXT.format(call), made)(made.module.Host()) == answer


HANDED = [
    "c(x.kind, 'X', {'A': 1})|operator call", "c(x.kind, 'X')({'A': 1})|functools partial", "list(c(x.kind, [('X', {'A': 1})]))|itertools starmap",
    "c(x.kind, [{'A': 1}], 'X')|functools reduce", "list(c([{'A': 1}], x.kind, initial='X'))|itertools accumulate",
    "sorted([{'A': 1}, 'X'], key=c(x.kind))|functools cmp_to_key", "c(x.kind)('X', {'A': 1}).gen|contextlib contextmanager",
    "(lambda k: k(x.kind))(c)('X', {'A': 1}).gen|contextlib contextmanager", "c(x.kind)('X', {'A': 1}).gen|contextlib asynccontextmanager",
    "c('[]', cls=x.kind, value='X', names={'A': 1})|json loads", "(lambda k: k('[]', cls=x.kind, value='X', names={'A': 1}))(c)|json loads",
    "c('[]', **{'cls': x.kind, 'value': 'X', 'names': {'A': 1}})|json loads", "(lambda k: k(x.kind))(c)|functools cmp_to_key",
]  # fmt: skip


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("way", HANDED)
def test_no_class_is_made_by_a_librarys_function_under_any_name(language, way, inside):
    """Imported as something else, at the top of the text or in the function, or told to call it by a keyword."""
    call, _, member = way.partition("|")
    statement = "from {} import {} as c".format(*member.split())
    made = language.original(ORIGINAL)
    text = f"{'' if inside else statement}\ndef f(x):\n    {statement if inside else 'pass'}\n    return {call}\n"
    with pytest.raises(GuardRefusal, match="would make a class"):
        language.fix(text, made)(made.module.Host())


def test_no_maker_of_classes_is_handed_to_an_authors_function(language):
    """It calls what it is given with what it likes."""
    original = ORIGINAL.replace("operator\nclass", "operator\ndef made(kind, name): return kind(name, 'A')\nclass", 1)
    made = language.original(original.replace("x.kind,", "made,"))
    with pytest.raises(GuardRefusal, match="would make a class"):
        language.fix("def f(x):\n    return made(x.kind, 'X')", made)(made.module.Host())
    assert language.fix("def f(x):\n    return made(max, 'X')", made)(made.module.Host()) == "X"


def test_no_class_is_made_by_a_name_of_the_originals_file(language):
    """What its import calls otherwise is the same function."""
    made = language.original(
        ORIGINAL.replace("x.kind,", "x.kind, c,").replace(
            "import operator", "import operator\nfrom operator import call as c", 1
        )
    )
    with pytest.raises(GuardRefusal, match="would make a class"):
        language.fix("def f(x):\n    return c(x.kind, 'X', {'A': 1})", made)(made.module.Host())


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("list(starred(x.two, [(1, 2), (3, 4)]))", [(1, 2), (3, 4)]), ("folded(lambda a, b: a * b, [2, 3, 4])", 24),
        ("part(x.two, 1)(b=2), part(int, base=2)('11')", ((1, 2), 3)), ("sorted([3, 1], key=keyed(lambda a, b: a - b))", [1, 3]),
        ("sorted([(1, 'b'), (2, 'a')], key=ig(1))", [(2, "a"), (1, "b")]), ("loads('[1]', cls=JSONDecoder), loads('1.5', parse_float=str)", ([1], "1.5")),
        ("nlargest(1, ['a', 'bb'], len), nsmallest(1, [3, 2], key=lambda n: -n)", (["bb"], [3])),
        ("SequenceMatcher(None, 'ab', 'ab').ratio(), list(ndiff(['a'], ['a'], None, None))", (1.0, ["  a"])),
        ("list(map(str, [1])), list(filter(None, [0, 1])), apply(max, 1, 2)", (["1"], [1], 2)),
        ("isinstance(1, int), x.two(int, str), x.two(int, b=ValueError)", (True, (int, str), (int, ValueError))),
    ],
)  # fmt: skip
def test_functions_that_call_are_called_by_any_name(language, call, answer):
    """With functions, methods and plain classes."""
    imports = """
from contextlib import contextmanager as cm
from difflib import SequenceMatcher, ndiff
from functools import cmp_to_key as keyed, partial as part, reduce as folded
from heapq import nlargest, nsmallest
from itertools import starmap as starred
from json import JSONDecoder, loads
from operator import call as apply, itemgetter as ig
"""
    made = language.original(ORIGINAL)
    assert language.fix(f"{imports}def f(x):\n    return {call}\n", made)(made.module.Host()) == answer


def test_a_context_manager_of_ones_own_is_one(language):
    """Under the library's name, another, and with parameters of its own."""
    text = """
        from contextlib import contextmanager as managed
        import contextlib
        def f(x):
            seen = []
            @managed
            def noted(name, *, end="out"):
                seen.append(name)
                yield name * 2
                seen.append(end)
            @contextlib.contextmanager
            def plain():
                yield
            with noted("in", end="end") as twice, plain():
                seen.append(twice)
            return seen, noted.__name__
    """
    assert language.fix(text)(1) == (["in", "inin", "end"], "noted")
