"""Calls that are too large to make inputs of: what is left of them, and what stays true of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._oracle.sizes import MOST_PARTS, parts_of, reduced

LARGE = 50 * MOST_PARTS
PARTS = st.recursive(
    st.integers() | st.text(max_size=40) | st.none(),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=3), inner, max_size=8),
    max_leaves=60,
)


class Shelf:
    def __init__(self, items):
        self.items = items


def test_a_small_call_is_left_alone():
    """The usual case: nothing is copied, nothing is lost."""
    call = {"rows": [[1, 2], [3]], "name": "a" * 40}
    assert reduced(call) is call


@pytest.mark.parametrize(
    "value",
    [
        list(range(LARGE)),
        tuple(str(n) for n in range(LARGE)),
        {n: [n, n] for n in range(LARGE)},
        set(range(LARGE)),
        "line of text\n" * LARGE,
        b"x" * 100 * LARGE,
        [list(range(LARGE)), list(range(LARGE))],
        {"rows": [{"id": n, "tags": ["a", "b"]} for n in range(LARGE)]},
    ],
    ids=["list", "tuple", "dict", "set", "text", "bytes", "rows", "records"],
)
def test_a_large_argument_is_cut_down_to_one_of_its_type(value):
    """A hundred thousand parts are read and copied a hundred times over: nobody waits for that."""
    small = reduced({"value": value})["value"]
    assert type(small) is type(value)
    assert small
    assert parts_of(small, LARGE) <= 2 * MOST_PARTS


def test_the_first_item_of_each_kind_stays_where_it_is_in_order():
    """One ``None`` among numbers may be what the function stumbled over."""
    items = [*range(1, LARGE), None, *range(LARGE), -7, "", "text"]
    small = reduced({"items": items})["items"]
    assert [item for item in small if item not in range(1, LARGE)] == [None, 0, -7, "", "text"]


def test_lists_of_one_length_keep_one_length_and_numbers_follow():
    """``n == len(xs)``, and an index within them, are rules that hardly anybody writes down."""
    small = reduced({"xs": list(range(LARGE)), "ys": ["name"] * LARGE, "n": LARGE, "last": LARGE - 1, "k": 3})
    assert len(small["xs"]) == len(small["ys"]) == small["n"]
    assert small["last"] == small["n"] - 1
    assert small["k"] == 3


def test_a_sorted_list_stays_sorted_and_text_ends_with_a_line():
    """What is left is the beginning: it is still what such a thing looks like."""
    assert reduced({"xs": list(range(0, 3 * LARGE, 3))})["xs"][:3] == [0, 3, 6]
    assert reduced({"text": "a,b\n" * LARGE})["text"].endswith("a,b\n")


def test_a_large_object_of_the_authors_is_not_cut_down():
    """Its parts keep rules of its class's own: half of it would be another thing."""
    assert reduced({"self": Shelf(list(range(LARGE)))}) is None


@given(PARTS, st.integers(1, 60))
def test_what_is_cut_down_has_hardly_more_parts_than_it_may(value, most):
    """Whatever the shape: that is what bounds the work on it."""
    small = reduced({"value": value}, most)
    assert small is None or parts_of(small, 8 * most) <= 4 * most


@given(PARTS)
def test_parts_are_counted_no_further_than_asked(value):
    """Counting is bounded by what is asked for, not by what there is; beyond it only the size of a part shows."""
    whole = parts_of(value, 10_000)
    assert parts_of(value, whole) == whole
    assert whole == 1 or parts_of(value, whole - 1) > whole - 1
