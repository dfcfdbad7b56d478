"""The order of a dict among the arguments: an effect where the original moves its entries, and nobody's matter elsewhere."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def cached(cache, key, compute):
    """Value of the key, computed once. A hit makes the entry the youngest."""
    if key in cache:
        cache[key] = cache.pop(key)
        return cache[key]
    value = compute(key)
    cache[key] = value
    return value


CACHED = (
    "def cached(cache, key, compute):\n    try:\n        hit = key in cache\n    except TypeError:\n"
    "        return compute(key)\n    if hit:\n        {}\n        return cache[key]\n    value = compute(key)\n"
    "    cache[key] = value\n    return value\n"
)


@pytest.mark.parametrize(
    ("hit", "accepted"),
    [
        ("cache[key] = cache.pop(key)", True),
        ("value = cache.pop(key)\n        cache[key] = value", True),
        ("pass", False),
    ],
)
def test_who_moves_an_entry_to_the_end_goes_on_to(hit, accepted):
    """Two dicts of the same entries are equal in any order; the oldest of a cache is the one that goes."""
    good = [Call(({"a": 1, "b": 2}, "a", len)), Call(({}, "zz", len)), Call(({"a": 1}, "b", len))]
    report = verify(CACHED.format(hit), cached, failure=Call(({"a": 1}, ["x"], len)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert accepted or "order" in report.reason


def counted(counts, first, second):
    """One more of each."""
    counts[first] = counts.get(first, 0) + 1
    counts[second] = counts.get(second, 0) + 1
    return counts[first] // (second != "x")


def test_elsewhere_entries_come_as_they_come():
    """A right correction may fill a dict in another order."""
    text = (
        "def counted(counts, first, second):\n    for key in (second, first):\n"
        "        counts[key] = counts.get(key, 0) + 1\n    return counts[first]\n"
    )
    good = [Call(({}, "a", "b")), Call(({"b": 2}, "c", "d"))]
    report = verify(text, counted, failure=Call(({}, "a", "x")), good_calls=good)
    assert report.refused_by != "good-calls", str(report)
