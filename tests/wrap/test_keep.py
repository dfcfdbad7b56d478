"""Copies for this process itself."""

from __future__ import annotations

import cmath
import dataclasses
import datetime
import math
import threading

import pytest

from fukkatsu._wrap.keep import keep, recall


def local_class():
    @dataclasses.dataclass
    class Point:
        x: int
        tags: list

        def shift(self):
            return self.x + 1

    return Point


def test_an_instance_of_a_class_that_no_import_finds_is_copied():
    """Same class, new object, new containers inside."""
    cls = local_class()
    point = cls(1, ["a"])
    copy = recall(keep(point))
    assert type(copy) is cls
    assert copy == point
    assert copy.tags is not point.tags


def test_reading_a_copy_back_leaves_the_live_class_alone():
    """Its methods are the very functions they were."""
    cls = local_class()
    before = {name: id(value) for name, value in vars(cls).items()}
    recall(keep([cls(1, []), cls, cls.shift]))
    after = {name: id(value) for name, value in vars(cls).items() if name != "__slotnames__"}  # pickle's own cache
    assert after == before


def test_aliasing_inside_one_value_survives():
    """Two names for one list stay two names for one list."""
    shared = [1]
    cls = local_class()
    a, b, point = recall(keep((shared, shared, cls(1, shared))))
    assert a is b is point.tags


def test_functions_are_kept_as_themselves():
    """A callback argument is the same callback."""

    def callback():
        return 1

    assert recall(keep([callback]))[0] is callback


def test_a_lock_is_kept_as_itself_and_as_held_as_it_was():
    """There is no copy of one; a call that took it, and did not give it back, has changed something."""
    lock, reentrant = threading.Lock(), threading.RLock()
    copies = keep([lock, {"inner": reentrant, "changed": threading.Condition(reentrant)}])
    assert recall(copies)[0] is lock
    assert recall(copies)[1]["inner"] is reentrant
    for taken in (lock, reentrant):
        with taken, pytest.raises(Exception, match="held now"):
            recall(copies)
    with lock:
        held = keep([lock])
        assert recall(held) == [lock]
    with pytest.raises(Exception, match="held now"):
        recall(held)


@pytest.mark.parametrize("value", [threading.local(), (i for i in ())])
def test_what_cannot_be_copied_says_so(value):
    """It raises; it never comes back as something else."""
    with pytest.raises(Exception, match=r"pickle"):
        keep([value])


def test_a_class_that_is_gone_is_not_mistaken_for_another():
    """Its place may be taken by now; the copy fails instead."""
    import gc

    data = keep(local_class()(1, []))
    gc.collect()
    with pytest.raises(Exception, match="does not exist any more"):
        recall(data)


@pytest.mark.parametrize("value", [math.nan, float("nan"), cmath.nanj, datetime.date.min, datetime.datetime.max])
def test_what_is_looked_for_by_identity_is_kept_as_itself(value):
    """A NaN equals nothing, and ``x is date.min`` is no question of equality; what holds them is copied."""
    cls = local_class()
    rows, point = recall(keep(([value, 1.5, value, [value]], cls(value, [value]))))
    assert rows[0] is rows[2] is rows[3][0] is point.x is point.tags[0] is value
    assert value in rows
    assert keep([value]) == keep([value])
    assert recall(keep([float("nan"), value]))[0] is not value


def test_a_day_that_looks_like_the_first_one_stays_another():
    """As far as it is another one."""
    kept = recall(keep([datetime.date(1, 1, 1), datetime.datetime(1, 1, 1, 5), b"\x00\x01\x01\x01"]))
    assert kept == [datetime.date.min, datetime.datetime(1, 1, 1, 5), b"\x00\x01\x01\x01"]
    assert kept[0] is not datetime.date.min
