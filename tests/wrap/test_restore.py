"""The caller's own objects are put back in place, or not touched at all."""

from __future__ import annotations

import copy
import io
import threading

import pytest

from fukkatsu._wrap.restore import restore


class Account:
    def __init__(self):
        self.balance = 10
        self.entries = [1, 2]


class Nested:
    def __init__(self):
        self.parts = [Account()]


@pytest.mark.parametrize(
    ("before", "spoil"),
    [
        ([1, 2, 3], lambda v: v.clear()),
        ([1, 2, 3], lambda v: v.insert(0, 9)),
        ({"a": 1}, lambda v: v.update(b=2)),
        ({1, 2}, lambda v: v.add(3)),
        (bytearray(b"abc"), lambda v: v.extend(b"d")),
    ],
)
def test_a_flat_container_is_put_back_in_place(before, spoil):
    """The object the caller holds is the same one, with its old content."""
    live = copy.deepcopy(before)
    held = live
    spoil(live)
    assert restore(((live,), {}), ((before,), {})) is None
    assert held is live
    assert live == before


def test_an_instance_gets_its_attributes_back_and_keeps_its_containers():
    """Attributes come and go in a failed call; the containers inside stay the caller's own."""
    live = Account()
    entries = live.entries
    before = copy.deepcopy(live)
    live.balance = 0
    live.entries.append(3)
    live.extra = "new"
    assert restore(((live,), {}), ((before,), {})) is None
    assert (live.balance, live.entries) == (10, [1, 2])
    assert live.entries is entries
    assert not hasattr(live, "extra")


@pytest.mark.parametrize(
    ("before", "spoil"),
    [
        ([[1], [2]], lambda v: v.pop(0)),
        ({"a": [1]}, lambda v: v["a"].append(2)),
        (Nested(), lambda v: v.parts.clear()),
    ],
)
def test_what_cannot_be_put_back_with_certainty_is_refused_and_left_alone(before, spoil):
    """Inner objects may be held by others: guessing which one was which would corrupt them."""
    live = copy.deepcopy(before)
    spoil(live)
    seen = copy.deepcopy(live)
    problem = restore(((live,), {}), ((before,), {}))
    assert problem is not None
    assert "half changed" in problem
    assert repr(getattr(live, "parts", live)) == repr(getattr(seen, "parts", seen)) or isinstance(live, Nested)


def test_one_argument_that_cannot_be_put_back_leaves_the_others_alone():
    """All or nothing: no argument is restored beside one that is not."""
    flat, deep = [1], [[1]]
    flat.append(2)
    deep[0].append(2)
    assert restore(((flat, deep), {}), (([1], [[1]]), {})) is not None
    assert flat == [1, 2]


def test_keyword_arguments_are_put_back_too():
    """They are arguments like any other."""
    live = [1, 2]
    assert restore(((), {"items": live}), ((), {"items": [1]})) is None
    assert live == [1]


def test_unchanged_arguments_need_nothing():
    """However deep they are: equal is as before."""
    live = [[1], {"a": [2]}]
    inner = live[0]
    assert restore(((live,), {}), ((copy.deepcopy(live),), {})) is None
    assert live[0] is inner


def test_an_object_that_cannot_be_compared_is_not_assumed_unchanged():
    """A reader is opaque: nobody can say whether it is as before."""
    live, before = (io.BufferedReader(io.BytesIO(b"x")) for _ in range(2))
    assert restore(((live,), {}), ((before,), {})) is not None


class Shared:
    def __init__(self, counts):
        self.lock, self.counts = LOCK, counts


LOCK = threading.Lock()


def test_an_object_that_holds_a_lock_is_put_back_around_it():
    """The lock is the same one before and after; what else is in the object can be put back."""
    live, before = Shared({"a": 2}), Shared({"a": 1})
    counts = live.counts
    assert restore(((live,), {}), ((before,), {})) is None
    assert live.counts is counts
    assert counts == {"a": 1}
    assert live.lock is LOCK
