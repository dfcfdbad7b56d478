"""Which arguments are provably as they were before a call."""

from __future__ import annotations

import datetime
import decimal
import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._wrap.snapshot import is_flat, is_immutable, unmutated_parameters


class Colour(enum.Enum):
    RED = 1


class Text(str):
    """A subclass may carry state."""


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 1.5, 1j, "x", b"x", (1, ("a",)), frozenset({1}), range(3), Colour.RED, decimal.Decimal("1.5"),
     datetime.date(2020, 1, 1), ..., object()],
)  # fmt: skip
def test_values_that_cannot_change_are_recognised(value):
    """These never need a copy."""
    assert is_immutable(value)


@pytest.mark.parametrize("value", [[], {}, set(), bytearray(), (1, []), Text("x"), (i for i in ()), ([],)])
def test_values_that_can_change_are_never_taken_for_immutable(value):
    """One mutable part, however deep, is enough."""
    assert not is_immutable(value)


def test_a_huge_tuple_is_not_walked_to_its_end():
    """The proof gives up instead of costing more than a copy."""
    assert not is_immutable(tuple(range(10_000)))


@pytest.mark.parametrize(("value", "flat"), [([1, 2], True), ({"a": 1}, True), ({1}, True), (bytearray(b"x"), True),
                                             ([[1]], False), ({"a": []}, False), (object(), False), ("text", False)])  # fmt: skip
def test_a_flat_container_holds_immutable_values_only(value, flat):
    """Only then does shielding the container itself shield everything."""
    assert is_flat(value) is flat


@pytest.mark.parametrize(
    "body",
    [
        "return xs[0] / len(xs)",
        "return sum(xs) / len(xs)",
        "total = 0\n    for x in xs:\n        total += x\n    return 1 / total",
        "return [x * 2 for x in xs if x in xs]",
        "return sorted(xs)[0]",
        "xs = sorted(xs)\n    return xs[0]",
        "return xs.index(3)",
        "return f'{xs}'",
        "if not xs:\n        return 0\n    return xs[0]",
        "return 'a' if xs else 'b'",
    ],
)
def test_a_parameter_that_is_only_read_is_proved_unmutated(body):
    """Most crashing functions only read: for them no copy is needed."""
    assert unmutated_parameters(f"def f(xs):\n    {body}\n") == {"xs"}


@pytest.mark.parametrize(
    "body",
    [
        "xs.append(1)",
        "xs[0] = 1",
        "xs[0] += 1",
        "xs += [1]",
        "del xs[0]",
        "ys = xs\n    ys.append(1)",
        "ys = xs or []\n    ys.append(1)",
        "ys = xs if xs else []\n    ys.append(1)",
        "other(xs)",
        "for xs[0] in range(3): pass",
        "other(key=xs)",
        "(lambda ys: ys.append(1))(xs)",
        "add = xs.append\n    add(1)",
        "with xs: pass",
        "return xs",
        "[ys.append(1) for ys in [xs]]",
        "a, *xs[0:1] = 1, 2",
        "sum = other\n    sum(xs)",
        "match xs:\n        case [*ys]: ys.clear()\n        case zs: zs.clear()",
        "print(*xs)",
        "xs.sort()",
    ],
)
def test_a_parameter_that_may_be_changed_or_handed_on_is_never_proved(body):
    """A wrong proof would run a fix on half-mutated arguments."""
    assert unmutated_parameters(f"def f(xs):\n    {body}\n") == frozenset()


def test_a_builtin_that_the_module_shadows_proves_nothing():
    """`sorted` of the module may do anything."""
    assert unmutated_parameters("def f(xs):\n    return sorted(xs)\n", frozenset({"sorted"})) == frozenset()


def test_source_that_does_not_parse_proves_nothing():
    """No analysis, no proof."""
    assert unmutated_parameters("def f(") == frozenset()


@given(st.lists(st.integers(), max_size=5))
def test_a_proved_function_leaves_its_list_alone(values):
    """The proof against the truth, on a function it accepts."""
    source = "def f(xs):\n    return [x for x in sorted(xs) if x in xs][0]\n"
    assert unmutated_parameters(source) == {"xs"}
    scope = {}
    exec(source, scope)
    before = list(values)
    try:
        scope["f"](values)
    except IndexError:
        pass
    assert values == before
