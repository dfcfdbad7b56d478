"""What is refused before parsing, and what a hostile text cannot do to the parser."""

from __future__ import annotations

import itertools
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fukkatsu._language.facts import OriginalFacts, Parameter
from fukkatsu._language.static import check_source
from fukkatsu.policy import Policy

FACTS = OriginalFacts(name="f", qualname="f", parameters=(Parameter(name="x", kind="positional", default=None),))
DEEP = {
    "brackets": "def f(x):\n    return " + "(" * 5000 + "x" + ")" * 5000,
    "unary": "def f(x):\n    return " + "-" * 30000 + "x",
    "not": "def f(x):\n    return " + "not " * 15000 + "x",
    "attributes": "def f(x):\n    return x" + ".a" * 20000,
    "calls": "def f(x):\n    return x" + "()" * 20000,
    "items": "def f(x):\n    return x" + "[0]" * 15000,
    "sum": "def f(x):\n    return x" + "+x" * 20000,
    "power": "def f(x):\n    return x" + "**x" * 15000,
    "lambda": "def f(x):\n    return " + "lambda:" * 8000 + "x",
    "conditional": "def f(x):\n    return " + "x if x else " * 5000 + "x",
    "elif": "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * 3000,
    "nested if": "def f(x):\n" + "".join(" " * n + "if x:\n" for n in range(4, 104)) + " " * 104 + "pass",
    "nested blocks": "def f(x):\n" + "".join(" " * n + "for x in x:\n" for n in range(4, 30)) + " " * 30 + "pass",
    "f-strings": "def f(x):\n    return " + "f'{x:" * 3000,
    "decorators": "@x\n" * 20000 + "def f(x): pass",
    "patterns": "def f(x):\n    match x:\n        case " + "[" * 180 + "]" * 180 + ": pass",
    "many nodes": "def f(x):\n    return [" + "x," * 30000 + "]",
    "semicolons": "def f(x):\n    " + "x;" * 30000,
}


@pytest.mark.parametrize("name", DEEP)
def test_nesting_that_crashes_parsers_is_a_finding(name):
    """Never an exception, never a crash: whatever gives up first is a refusal."""
    assert check_source(DEEP[name], FACTS, Policy())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(x): return x\x00", "U+0000"),
        ("def f(x): return x\x0c", "U+000C"),
        ("def f(x): return x\rimport os", "U+000D"),
        ("def f(x): return x # \u202e", "U+202E"),
        ("def f(x): return x # \u2066", "U+2066"),
        ("def f(x): return '\u200b'", "U+200B"),
        ("\ufeffdef f(x): return x", "U+FEFF"),
        ("def f(x): return '\udc80'", "lone surrogate"),
        ("def f(x): return '" + "a" * 70_000 + "'", "bytes of source"),
        ("def f(x): return 0x" + "f" * 2000, "huge number"),
        ("def f(x): return " + "9" * 5000, "not Python"),
    ],
)
def test_a_text_that_lies_or_floods_is_refused_with_its_line(text, found):
    """The finding says what character, or how long."""
    (finding, *_) = check_source(text, FACTS, Policy())
    assert found in finding.found
    assert finding.line == 1


@pytest.mark.parametrize("text", [None, b"def f(x): return x", 3, ["def f(x): return x"]])
def test_what_is_no_text_is_refused(text):
    """Not an exception."""
    assert check_source(text, FACTS, Policy())


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\r\n    return x\r\n",
        "def f(x):\n\treturn 'über — ✓ 復活'",
        "def f(größe): return größe".replace("größe", "x"),
        "def f(x): return x" + " + 1" * 100,
        "def f(x): return 10 ** 100, '-' * 80, [0] * 1000, 1 << 64, 2 ** 32 - 1, 60 * 60 * 24 * 365",
    ],
)
def test_ordinary_text_passes(text):
    """Windows line ends, other alphabets, long sums, usual constants."""
    assert check_source(text, FACTS, Policy()) == ()


def test_the_size_limit_is_the_policys():
    """In bytes, not characters."""
    text = "def f(x): return '" + "ü" * 100 + "'"
    assert check_source(text, FACTS, Policy(source_bytes=100))
    assert not check_source(text, FACTS, Policy(source_bytes=300))


@settings(max_examples=300, deadline=None, database=None)
@given(st.text() | st.text(alphabet="def f(x):\n returngbal_.{}[]'\"\\%*=@|&^~<>0123456789"))
def test_check_source_is_total(text):
    """Whatever the text: findings, never an exception."""
    assert isinstance(check_source(text, FACTS, Policy()), tuple)


def test_names_bound_in_a_long_chain_cost_no_more_than_others(language):
    """Each could lead to a module by way of the one before it: looked through once, not once for each of them."""

    def calls(names: int) -> int:
        chain = "".join(f"    a{i + 1} = a{i}\n" for i in range(names, 0, -1))
        text = f"def f(x):\n    a0 = x\n{chain}    a1 = x\n    return a2.real\n"
        count = itertools.count()
        sys.setprofile(lambda *_: next(count) and None)
        try:
            found = language.findings(text)
        finally:
            sys.setprofile(None)
        assert not found
        return next(count)

    calls(10)
    assert calls(800) < 3 * calls(400)
