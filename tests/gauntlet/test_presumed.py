"""What a text presumes of its arguments, and what that spares right corrections."""

from __future__ import annotations

import heapq
import textwrap

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.presumed import presumed
from fukkatsu._model.patch import FunctionSource


def _source(body, docstring="", parameters="xs, ys, x"):
    text = f"def f({parameters}):\n{textwrap.indent(body, '    ')}\n"
    return FunctionSource(
        module="m",
        qualname="f",
        name="f",
        text=text,
        filename="m.py",
        first_line=1,
        docstring=docstring or None,
        signature=f"({parameters})",
    )


HALVES = """\
low, high = 0, len(xs)
while low < high:
    mid = (low + high) // 2
    if xs[mid] < x:
        low = mid + 1
    else:
        high = mid
return low"""


@pytest.mark.parametrize(
    ("body", "docstring", "found"),
    [
        (HALVES, "", {"xs": ("order",)}),
        ("return bisect.bisect_left(xs, x)", "", {"xs": ("order",)}),
        ("return np.interp(x, xs, ys)", "", {"xs": ("order",)}),
        ("return list(heapq.merge(*xs))", "", {"xs": ("in order",)}),
        ("return list(heapq.merge(*(one for one in xs if one), key=x))", "", {"xs": ("in order",)}),
        ("return list(heapq.merge(xs, ys))", "", {"xs": ("order",), "ys": ("order",)}),
        ("return (x - xs[0]) / (xs[1] - xs[0])", "", {"xs": ("order", "distinct")}),
        ("return xs[1] - xs[0]", "", {}),
        ("return xs[0]", "The smallest of the sorted xs.", {"xs": ("order",)}),
        ("xs = sorted(xs)\nreturn bisect.bisect_left(xs, x)", "", {}),
        ("return xs[0]", "A sorted list.", {}),
        (
            "return xs[0]",
            "Do.\n\nxs: list of (minimum quantity of it, price), sorted by minimum. More.",
            {"xs": ("order",)},
        ),
        (
            "return xs[0]",
            "Do.\n\nArgs:\n    xs (list): of pairs, by far the most of all,\n        ordered by day\n    ys: more",
            {"xs": ("order",)},
        ),
        (
            "return xs[0]",
            "Do.\n\n:param list xs: readings of the last days. Oldest first.\n:returns: it",
            {"xs": ("order",)},
        ),
        (
            "return xs[0]",
            "Do.\n\nxs : list of (at, value)\n    In ascending order of time.\nys : list",
            {"xs": ("order",)},
        ),
        (
            "return xs[0]",
            "Do.\n\nArgs:\n    xs: values, which need not be in any way that one might call sorted\n    ys: sorted",
            {"ys": ("order",)},
        ),
        ("return xs[0]", "Do.\n\nArgs:\n    xs: the values. The result of them is ordered.\n", {}),
        ("return xs[0]", "Do.\n\nArgs:\n    xs: the values\n\nReturns them sorted.", {}),
        ("return {key: [] for key in xs}", "", {"xs": ("distinct",)}),
        ("return dict(zip(xs, ys))", "", {"xs": ("distinct",)}),
        ("return dict.fromkeys(xs, 0)", "", {"xs": ("distinct",)}),
        ("return {key: [] for key in xs}", "Duplicates count once.", {}),
        ("return {key.id: key for key in xs}", "", {}),
        ("return list(dict.fromkeys(xs))", "", {}),
        ("return set(xs)", "", {}),
    ],
)
def test_order_and_distinctness_are_read_off_what_is_done_with_a_parameter(body, docstring, found):
    """Searching by halves and making keys of items say it; sorting first says the contrary."""
    assert presumed(_source(body, docstring)) == found


def test_a_text_that_cannot_be_read_presumes_nothing():
    """It is judged elsewhere."""
    assert presumed(_source("return (")) == {}


def interpolated(xs, ys, x):
    """Linear interpolation at x; None outside of xs, or without any."""
    at = max(i for i, one in enumerate(xs) if one <= x)
    return ys[at] + (x - xs[at]) / (xs[at + 1] - xs[at]) * (ys[at + 1] - ys[at])


INTERPOLATED = """\
def interpolated(xs, ys, x):
    if not xs or not min(xs) <= x <= max(xs):
        return None
    for left, right, low, high in zip(xs, xs[1:], ys, ys[1:]):
        if left <= x <= right:
            return low + (x - left) / (right - left) * (high - low)
    return ys[-1]
"""


def seated(guests, tables):
    """{table: guests}, one table after the other; no tables give {}."""
    seats = {table: [] for table in tables}
    for at, guest in enumerate(guests):
        seats[tables[at % len(tables)]].append(guest)
    return seats


SEATED = """\
def seated(guests, tables):
    count = len(tables)
    return {table: guests[at::count] for at, table in enumerate(tables)}
"""


def merged(streams):
    """All items of sorted streams, in order; a stream that is None is skipped."""
    return list(heapq.merge(*streams))


MERGED = """\
def merged(streams):
    items = [item for stream in streams if stream is not None for item in stream]
    items.sort()
    return items
"""


@pytest.mark.parametrize(
    ("function", "right", "failing", "good"),
    [
        (interpolated, INTERPOLATED, ([], [], 1.0), [([0, 1, 2], [0, 10, 20], 0.5), ([0, 2], [1, 3], 1)]),
        (seated, SEATED, (["a"], []), [(["a", "b", "c"], ["x", "y"]), ([], ["x"])]),
        (
            merged,
            MERGED,
            ([[1, 4], None],),
            [([[1, 4], [2, 3]],), ([],), ([["a", "b"], ["c"]],), ([[0], [2, 2], [1]],)],
        ),
    ],
    ids=["points out of order", "a table there twice", "streams out of order"],
)
def test_a_right_correction_is_not_held_to_answers_on_what_nobody_means(function, right, failing, good):
    """All calls seen kept the order, and each item was there once; the text has that in mind."""
    report = verify(right, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert report.accepted, str(report)
