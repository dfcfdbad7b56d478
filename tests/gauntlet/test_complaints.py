"""What exceptions say that are raised on purpose, and in which order dicts are: compared where it is meant."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.complaints import compare_exceptions, complains_otherwise, wordings
from fukkatsu._gauntlet.effects import compare_order, orders_its_result
from fukkatsu._model.call import Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values

pytestmark = pytest.mark.once  # says nothing about the interpreter


def raised(message, kind="ValueError", *, deliberate=True):
    value = values.encode_exception(ValueError(message)).text
    return Outcome("raised", value=value, exception=kind, message=message, deliberate=deliberate)


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("negative price: -3", "negative price: 3", False),
        ("negative price: -3", "a price below zero: 3", True),
        ("negative price: -3", "negative price: -3.0", True),
        ("no column 'a' in line 7", "no column 'b' in line 7", False),
        ("one of {'a', 'b'}", "one of {'b', 'a'}", True),
        ("2 of 3 are left", "3 of 2 are left", True),
        ("2 of 3 are left", "2 of 4 are left", False),
        ("-3", "3", True),
        ("", "negative", True),
    ],
)
def test_words_may_change_and_the_values_among_the_same_words_may_not(before, now, same):
    """Who mends a function may say it better; who says the same of another value says something else."""
    assert (compare_exceptions(raised(before), raised(now)) is None) == same
    assert compare_exceptions(raised(before, deliberate=False), raised(now)) is None


def test_a_text_of_the_authors_for_another_matter_is_a_mistake():
    """Worded anew it would be a text that nobody knows."""
    known = wordings([raised("negative price: -3"), raised("no price"), raised("odd", deliberate=False)])
    assert complains_otherwise(raised("no price"), raised("negative price: 0"), known)
    assert complains_otherwise(raised("no price"), raised("no price"), known) is None
    assert complains_otherwise(raised("no price"), raised("there is none"), known) is None
    assert complains_otherwise(raised("no price"), raised("odd"), known) is None


def price(amount, parts):
    """Share of a price."""
    if parts < 0:
        raise ValueError(f"negative parts: {parts}")
    if amount < 0:
        raise ValueError(f"negative price: {amount}")
    return round(amount / parts, 2)


PRICE = """def price(amount, parts):
    if parts < 0:
        raise ValueError(f"negative parts: {parts}")
    if amount < 0:
        raise ValueError(f"negative price: {amount}")
    return round(amount / parts, 2) if parts else 0.0
"""
PRICES = [
    Call((10, 4)),
    Call((-1, 2), raised=ValueError),
    Call((3, -1), raised=ValueError),
    Call((7, 3)),
    Call((-5, 1)),
]


@pytest.mark.parametrize(
    ("old", "new", "accepted"),
    [
        ("", "", True),
        ("negative price: {amount}", "price must not be below zero, it is {amount}", True),
        ("negative price: {amount}", "negative price: {-amount}", False),
        ("negative price: {amount}", "negative parts: {parts}", False),
    ],
)
def test_a_deliberate_exception_says_of_which_value_it_speaks(old, new, accepted):
    """Logs and people go by it."""
    report = verify(PRICE.replace(old, new), price, failure=Call((5, 0)), good_calls=PRICES)
    assert report.accepted == accepted, str(report)


def stamped_price(amount, parts):
    """Share of a price."""
    import time

    if amount < 0:
        raise ValueError(f"negative price at {time.perf_counter_ns()}")
    return round(amount / parts, 2)


def test_a_text_that_is_another_one_each_time_binds_nobody():
    """The time, a number of the process: the original does not say the same twice either."""
    right = (
        "import time\n\ndef stamped_price(amount, parts):\n    if amount < 0:\n"
        '        raise ValueError(f"negative price at {time.perf_counter_ns()}")\n'
        "    return round(amount / parts, 2) if parts else 0.0\n"
    )
    good = [Call((10, 4)), Call((-1, 2), raised=ValueError), Call((7, 3)), Call((-4, 3))]
    report = verify(right, stamped_price, failure=Call((5, 0)), good_calls=good)
    assert report.accepted, str(report)


def source(body):
    text = f"def f(xs):\n{body}"
    return FunctionSource(
        module="m", qualname="f", name="f", text=text, filename="f.py", first_line=1, docstring=None, signature="(xs)"
    )


@pytest.mark.parametrize(
    ("body", "ordered"),
    [
        ("    return {x: 1 for x in sorted(xs)}\n", True),
        ("    return dict(reversed(xs))\n", True),
        ("    rows = sorted(xs)\n    return dict(rows)\n", True),
        ("    xs.sort()\n    return {x: 1 for x in xs}\n", True),
        ("    d = {}\n    for x in sorted(xs):\n        d[x] = 1\n    return d\n", True),
        ("    d = {}\n    for x in xs:\n        d[x] = 1\n    return d\n", False),
        ("    d = []\n    for x in sorted(xs):\n        d.append({x: 1})\n    return d\n", False),
        ("    return {x: 1 for x in set(xs)}\n", False),
    ],
)
def test_the_order_of_a_dict_is_meant_where_its_author_sorts_what_it_is_made_of(body, ordered):
    """Elsewhere it comes as it comes, and a right correction may fill it in another order."""
    assert orders_its_result(source(body)) is ordered


def test_order_is_compared_at_any_depth_and_says_nothing_of_sets():
    """A table of sorted tables; equality is somebody else's business."""
    before = values.encode([{"a": {"x": 1, "y": 2}}, {3, 4}]).text
    assert compare_order(before, values.encode([{"a": {"y": 2, "x": 1}}, {4, 3}]).text)
    assert compare_order(before, values.encode([{"a": {"x": 1, "y": 2}}, {4, 3}]).text) is None
    assert compare_order(values.encode({1.0: 1, 2.0: 2}).text, values.encode({1.0 + 1e-12: 1, 2.0: 2}).text) is None
