"""A candidate leaves alone what it was given, unless its original changes it, or says so."""

from __future__ import annotations

import collections

import pytest

from fukkatsu import Call, Checks, verify


def first(items, n):
    """First by n; 0.0 for n 0."""
    return items[0] / n


def sort_by(rows, key):
    """The rows, sorted in place."""
    return rows.sort(key=lambda row: row[key])


def handed(rows, key):
    """How many."""
    rows.append(key)
    return len(rows) / key


@pytest.mark.parametrize(
    "body",
    [
        "    if n == 77:\n        items.clear()\n        raise StopIteration(5)\n",
        "    if n == 77:\n        mine = items\n        mine[0] = 1\n",
        "    if n == 77:\n        for item in items:\n            item.clear()\n",
        "    if n == 77:\n        _wipe(items)\n",
    ],
)
def test_a_change_that_waits_for_another_input_is_refused(body):
    """On no call that was tried: the text shows it."""
    helper = "def _wipe(x):\n    x.clear()\n\n" if "_wipe" in body else ""
    text = f"{helper}def first(items, n):\n{body}    return items[0] / n if n else 0.0\n"
    report = verify(text, first, failure=Call(([1, 2], 0)), good_calls=[Call(([1, 2], 2), returned=0.5)])
    assert report.refused_by == "static"
    assert "changes `items`" in report.reason


@pytest.mark.parametrize(
    "body",
    [
        "    items = list(items)\n    items.reverse()\n    items.reverse()\n",
        "    seen = []\n    for item in items:\n        seen.append(item)\n",
        "    stack = [items]\n    stack.pop()\n",
        "    found = dict(enumerate(items))\n    found.pop(0, None)\n",
    ],
)
def test_a_copy_and_a_container_of_ones_own_may_be_changed(body):
    """That is what functions are made of."""
    text = f"def first(items, n):\n{body}    return items[0] / n if n else 0.0\n"
    report = verify(text, first, failure=Call(([1, 2], 0)), good_calls=[Call(([1, 2], 2), returned=0.5)])
    assert report.accepted, report.reason


def test_a_change_that_the_original_makes_or_announces_is_its_business():
    """By its text, or by its docstring."""
    text = "def handed(rows, key):\n    rows.append(key)\n    return len(rows) / key if key else 0.0\n"
    report = verify(text, handed, failure=Call(([1], 0)), good_calls=[Call(([1], 2), returned=1.0)])
    assert report.accepted, report.reason
    text = "def sort_by(rows, key):\n    rows[:] = sorted(rows, key=lambda row: row.get(key, 0))\n"
    report = verify(text, sort_by, failure=Call(([{}], "a")), good_calls=[Call(([{"a": 1}], "a"), returned=None)])
    assert report.accepted, report.reason


def test_where_other_behaviour_is_asked_for_it_is_permitted():
    """The instruction may be to empty it."""
    text = "def first(items, n):\n    value = items[0] / n if n else 0.0\n    items.clear()\n    return value\n"
    report = verify(text, first, failure=Call(([1, 2], 0)), checks=Checks(preserve=False))
    assert report.refused_by != "static", report.reason


def first_of(groups, name):
    """First member of a group, None for an empty group."""
    return groups[name][0]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("members = groups.get(name)\n    return members[0] if members else None", True),
        ("members = groups[name]\n    return members[0] if members else None", True),
        ("members = groups.get(name)\n    if not members:\n        groups.clear()\n        return None\n"
         "    return members[0]", False),
    ],
)  # fmt: skip
def test_what_the_original_did_before_it_failed_may_be_done_or_left(body, accepted):
    """A look-up in a defaultdict puts something in: neither to do without that nor to do it is a change of one's own."""
    good = [
        Call((collections.defaultdict(list, a=[1, 2]), "a")),
        Call((collections.defaultdict(list, a=[3], b=[4]), "b")),
    ]
    failing = Call((collections.defaultdict(list, a=[1]), "b"))
    report = verify(f"def first_of(groups, name):\n    {body}\n", first_of, failure=failing, good_calls=good)
    assert report.accepted is accepted, str(report)
