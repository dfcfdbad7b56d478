"""What the author wrote and documented is not taken away beside the fault."""

from __future__ import annotations

import asyncio

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.left_out import left_out

pytestmark = pytest.mark.once  # says nothing about the interpreter


def booked(day, closed, entries):
    """The entries with a new day, oldest first.

    Raises:
        ValueError: if day is before the books were closed.
    """
    if day <= closed:
        raise ValueError("closed")
    return sorted([*entries, day], key=abs)


async def asked(waits):
    """What each of them answers."""
    return await asyncio.gather(*(asyncio.sleep(0, 1 / wait) for wait in waits))


GOOD = [Call((5, 1, [2])), Call((7, 3, [4, 6]))]
BOOKED = "def booked(day, closed, entries):\n{}    return {}\n"
CHECK = "    if closed is not None and day <= closed:\n        raise ValueError('closed')\n"


@pytest.mark.parametrize(
    ("check", "result", "word"),
    [
        (CHECK, "sorted([*entries, day], key=abs)", ""),
        (CHECK, "sorted(entries + [day], key=abs)", ""),
        ("", "sorted([*entries, day], key=abs)", "ValueError"),
        (
            CHECK.replace("raise ValueError('closed')", "return entries"),
            "sorted([*entries, day], key=abs)",
            "ValueError",
        ),
        (CHECK, "[*entries, day]", "order"),
        (CHECK, "list([*entries, day])", "order"),
        (CHECK, "[min(day, *entries), max(day, *entries)] if len(entries) == 1 else sorted([*entries, day])", ""),
    ],
)
def test_a_documented_check_and_a_documented_order_stay(check, result, word):
    """No input need show that they are gone."""
    report = verify(BOOKED.format(check, result), booked, failure=Call((5, None, [2])), good_calls=GOOD)
    assert report.accepted is (not word), str(report)
    assert not word or (report.refused_by == "static" and word in report.reason)


def pinned(items, key):
    """Items with those whose key is in front first, otherwise in the order they had."""
    return sorted(items, key=lambda item: not item[key])


def median(order):
    """Median price of an order (the lower of two)."""
    prices = sorted(line["price"] for line in order)
    return prices[(len(prices) - 1) // 2]


def ranked(scores):
    """Scores in descending order."""
    kept = [score for score in scores if score >= 0]
    kept.sort(reverse=True)
    return kept


@pytest.mark.parametrize(
    ("function", "text", "kept"),
    [
        (
            pinned,
            "def pinned(items, key):\n    front = [item for item in items if item.get(key)]\n"
            "    return front + [item for item in items if not item.get(key)]\n",
            True,
        ),
        (
            median,
            "def median(order):\n    prices = [line['price'] for line in order if line['price'] is not None]\n"
            "    return statistics.median_low(prices)\n\n\nimport statistics\n",
            True,
        ),
        (
            ranked,
            "def ranked(scores):\n    kept = [score for score in scores if (score or 0) >= 0]\n"
            "    kept.sort(reverse=True)\n    return kept\n",
            True,
        ),
        (ranked, "def ranked(scores):\n    kept = [score for score in scores if score >= 0]\n    return kept\n", False),
    ],
)
def test_an_order_may_be_brought_about_in_another_way(function, text, kept):
    """Only who leaves the sorting out and all around it as it was has left it out."""
    found = left_out(text, read_source(function))
    assert (found is None) is kept, found


def test_the_switch_for_unneeded_changes_is_theirs_too():
    """Whoever lets a model rewrite lets it leave out."""
    text = BOOKED.format("", "sorted([*entries, day], key=abs)")
    checks = Checks(unneeded_changes=False)
    report = verify(text, booked, failure=Call((5, None, [2])), good_calls=GOOD, checks=checks)
    assert report.refused_by != "static", str(report)


def test_exceptions_among_the_results_are_questioned():
    """They would be answers to whoever asked."""
    text = (
        "async def asked(waits):\n    return await asyncio.gather(*(one(wait) for wait in waits), return_exceptions={})\n\n\n"
        "async def one(wait):\n    return await asyncio.sleep(0, 1 / wait if wait else 0.0)\n"
    )
    good = [Call(([1, 2],)), Call(([4],))]
    assert verify(text.format("False"), asked, failure=Call(([1, 0],)), good_calls=good).accepted
    report = verify(text.format("True"), asked, failure=Call(([1, 0],)), good_calls=good)
    assert report.refused_by == "static", str(report)


def groups(words):
    """Words by their length: sorted lists, the largest first."""
    found = {}
    for word in words:
        found.setdefault(len(word), []).append(word)
    return sorted((sorted(group) for group in found.values()), key=lambda group: -len(group))


GROUPS = (
    "def groups(words):\n    found = {{}}\n    for word in words:\n        if word is None:\n            continue\n"
    "        found.setdefault(len(word), []).append(word)\n    {}\n"
)


@pytest.mark.parametrize(
    ("end", "accepted"),
    [
        ("return sorted((sorted(group) for group in found.values()), key=lambda group: -len(group))", True),
        (
            "made = [sorted(group) for group in found.values()]\n    made.sort(key=lambda g: -len(g))\n    return made",
            True,
        ),
        (
            "for group in found.values():\n        group.sort()\n"
            "    return sorted(found.values(), key=lambda group: -len(group))",
            True,
        ),
        ("return sorted(found.values(), key=lambda group: -len(group))", False),
        ("return [sorted(group) for group in found.values()]", False),
    ],
    ids=["as it was", "in two steps", "in place", "unsorted", "as they come"],
)
def test_one_of_two_sortings_is_an_order_as_well(end, accepted):
    """No word comes out of order in any call that is known: nothing but the text shows the loss."""
    good = [Call((["a", "b", "cc"],)), Call(([],)), Call((["aa", "bb", "c"],))]
    report = verify(GROUPS.format(end), groups, failure=Call((["a", None],)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert accepted or report.refused_by == "static"
