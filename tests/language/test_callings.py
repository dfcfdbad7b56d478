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
