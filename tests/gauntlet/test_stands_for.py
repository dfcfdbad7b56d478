"""What None stands for in the docstring's words: there the original has an answer, and so there is one for None."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def changes(before, after):
    """What changed between two stocks. A stock may be None: then it is empty."""
    return sorted(name for name in {**before, **after} if before.get(name) != after.get(name))


CHANGES = (
    "def changes(before, after):\n{}"
    "    return sorted(name for name in {{**before, **after}} if before.get(name) != after.get(name))\n"
)


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("    before, after = before or {}, after or {}\n", True),
        ("    before = {} if before is None else before\n    after = {} if after is None else after\n", True),
        ("    if before is None or after is None:\n        return []\n", False),
        ("    before = after if before is None else before\n", False),
    ],
)
def test_none_gets_the_answer_of_what_it_stands_for(body, accepted):
    """A stock of which nothing is known is one with nothing in it."""
    good = [Call(({"a": 1}, {"a": 3})), Call(({"b": 1, "a": 2}, {"a": 2})), Call(({}, {})), Call(({"z": 1}, {"x": 4}))]
    report = verify(CHANGES.format(body), changes, Call((None, {"nail": 2})), good)
    assert report.accepted is accepted, str(report)
    assert accepted or "then it is empty" in report.reason


class Meter:
    """Counts words."""

    def __init__(self, totals, last=None):
        self.totals = totals
        self.last = last

    def feed(self, source, text):
        """Add the words of text; returns the new total of source. None counts as an empty text."""
        words = len(text.split())
        self.totals[source] = self.totals.get(source, 0) + words
        self.last = source
        return self.totals[source]


FED = "    words = len(text.split())\n    self.totals[source] = self.totals.get(source, 0) + words\n"
FED += "    self.last = source\n    return self.totals[source]\n"


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("    text = text or ''\n", True),
        ("    if text is None:\n        text = ''\n", True),
        ("    if text is None:\n        return self.totals.get(source, 0)\n", False),
        ("    if text is None:\n        text = 'None'\n", False),
    ],
)
def test_what_the_call_leaves_behind_is_the_same_as_well(body, accepted):
    """To answer early is to forget who spoke last."""
    good = [
        Call((Meter({}), "a", "one two")),
        Call((Meter({"a": 2}, "a"), "a", "z")),
        Call((Meter({"a": 1}, "a"), "b", "")),
        Call((Meter({"a": 1, "b": 3}, "b"), "a", "  ")),
    ]
    report = verify(
        f"def feed(self, source, text):\n{body}{FED}", Meter.feed, Call((Meter({"a": 2}, "a"), "b", None)), good
    )
    assert report.accepted is accepted, str(report)


def scaled(values, factor):
    """Values times factor; a factor that is None leaves them as they are, and one below None is no matter."""
    return [value * factor for value in values]


def test_words_that_say_nothing_of_the_kind_are_not_heard():
    """What None does is not what it stands for."""
    text = "def scaled(values, factor):\n    return list(values) if factor is None else [v * factor for v in values]\n"
    good = [Call(([1, 2], 2)), Call(([], 3)), Call(([4], 0)), Call(([5, 6], 1))]
    report = verify(text, scaled, Call(([1, 2], None)), good)
    assert report.accepted, str(report)
