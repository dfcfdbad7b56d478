"""A loop turned into recursion ends where Python's frames do, on inputs that nobody has seen yet."""

from __future__ import annotations

import ast

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.depths import calls_itself
from fukkatsu._gauntlet.texts import read_tree

pytestmark = pytest.mark.once  # says nothing about the interpreter


def total(xs):
    """Sum of xs; None counts as 0."""
    s = 0
    for x in xs:
        s += x
    return s


TOTALS = [Call(([1, 2, 3],)), Call(([],)), Call(([4, 5],))]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("    return sum(x or 0 for x in xs)\n", True),
        ("    if not xs:\n        return 0\n    return (xs[0] or 0) + total(xs[1:])\n", False),
        ("    if not xs:\n        return 0\n    return sum(x or 0 for x in xs[:2]) + total(xs[2:])\n", False),
        (
            "    def go(left, so_far):\n        return go(left[1:], so_far + (left[0] or 0)) if left else so_far\n"
            "    return go(xs, 0)\n",
            False,
        ),
        (  # halves are nested by the logarithm only
            "    if len(xs) < 2:\n        return (xs[0] or 0) if xs else 0\n    half = len(xs) // 2\n"
            "    return total(xs[:half]) + total(xs[half:])\n",
            True,
        ),
    ],
)
def test_recursion_for_each_item_is_refused_where_the_original_loops(body, accepted):
    """Lists of three and four items say nothing about a thousand."""
    report = verify(f"def total(xs):\n{body}", total, failure=Call(([1, None],)), good_calls=TOTALS)
    assert report.accepted is accepted, str(report)
    if not accepted:
        assert report.refused_by == "differential"
        assert "RecursionError" in report.reason


def depth(tree):
    """Levels of nested lists; what is no list has none."""
    return 1 + max(depth(one) for one in tree) if isinstance(tree, list) else 0


def test_an_author_who_recurses_may_be_followed():
    """What the author nests a correction may nest."""
    text = (
        "def depth(tree):\n    if not isinstance(tree, list):\n        return 0\n"
        "    return 1 + max((depth(one) for one in tree), default=0)\n"
    )
    report = verify(text, depth, failure=Call(([1, []],)), good_calls=[Call(([1, [2]],)), Call(([1],))])
    assert report.accepted, str(report)


def flat(items):
    """Items of a list in one row; lists in it are laid open, however deep."""
    out = []
    for item in items:
        out.append(item + 0)
    return out


def test_recursion_into_what_is_nested_is_no_recursion_for_each_item():
    """There are a thousand items more often than a thousand levels."""
    text = (
        "def flat(items):\n    out = []\n    for item in items:\n        if isinstance(item, list):\n"
        "            out.extend(flat(item))\n        else:\n            out.append(item + 0)\n    return out\n"
    )
    report = verify(text, flat, failure=Call(([1, [2, [3]]],)), good_calls=[Call(([1, 2],)), Call(([3],))])
    assert report.accepted, str(report)


def factorial(n):
    """n!; n may be a text."""
    product = 1
    for one in range(2, n + 1):
        product *= one
    return product


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("    n = int(n)\n    return 1 if n < 2 else n * factorial(n - 1)\n", False),
        ("    product = 1\n    for one in range(2, int(n) + 1):\n        product *= one\n    return product\n", True),
    ],
)
def test_a_number_to_count_to_is_tried_as_well(body, accepted):
    """It is as many calls as a list of so many items."""
    good = [Call((3,)), Call((5,)), Call((6,))]
    report = verify(f"def factorial(n):\n{body}", factorial, failure=Call(("4",)), good_calls=good)
    assert report.accepted is accepted, str(report)


@pytest.mark.parametrize(
    ("text", "recurses"),
    [
        ("def f(n):\n    return f(n - 1)\n", True),
        ("def g(n):\n    return h(n)\ndef h(n):\n    return g(n)\ndef f(n):\n    return g(n)\n", True),
        ("def f(self):\n    return self.f()\n", True),
        ("def f(n):\n    go = lambda m: go(m - 1)\n    return go(n)\n", True),
        ("def f(n):\n    def g(m):\n        return m\n    return g(n)\n", False),
        ("def f(n):\n    return other.f(n)\n", False),
    ],
)
def test_a_text_calls_itself_where_a_name_comes_round_again(text, recurses):
    """Through helpers, its own object, and functions without a name."""
    read = read_tree(ast.parse(text), "f")
    assert read is not None
    assert calls_itself(read) is recurses
