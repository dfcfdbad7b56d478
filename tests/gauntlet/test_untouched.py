"""What every call leaves behind, the answers of a correction leave behind as well, or a person is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


@dataclass
class Ledger:
    """Amounts that were booked."""

    entries: list[int] = field(default_factory=list)
    limit: int | None = 10

    def book(self, amount):
        """Book an amount, at most the limit; what there is now."""
        self.entries.append(min(amount, self.limit))
        return sum(self.entries)

    def book_each_time(self, amount):
        """Book an amount, at most the limit: each call leaves an entry. What there is now."""
        self.entries.append(min(amount, self.limit))
        return sum(self.entries)

    def book_some(self, amount):
        """Book an amount, at most the limit; without a limit nothing is booked. What there is now."""
        self.entries.append(min(amount, self.limit))
        return sum(self.entries)


LEDGERS = [Call((Ledger([n], 10), n)) for n in (1, 2, 30)]
EARLY = "    if self.limit is None:\n        return sum(self.entries)\n"
BOOKED = (
    "    self.entries.append(amount if self.limit is None else min(amount, self.limit))\n    return sum(self.entries)\n"
)
REST = "    self.entries.append(min(amount, self.limit))\n    return sum(self.entries)\n"


@pytest.mark.parametrize(
    ("name", "body", "accepted", "told"),
    [
        ("book", EARLY + REST, True, True),
        ("book", BOOKED, True, False),
        ("book_some", EARLY + REST, True, False),
        ("book_each_time", EARLY + REST, False, False),
        ("book_each_time", BOOKED, True, False),
    ],
)
def test_an_answer_that_leaves_nothing_behind_is_told_to_a_person(name, body, accepted, told):
    """It may be right; where the docstring says that each call does it, it is not."""
    text = f"def {name}(self, amount):\n{body}"
    report = verify(text, getattr(Ledger, name), failure=Call((Ledger([4], None), 5)), good_calls=LEDGERS)
    assert report.accepted is accepted, str(report)
    assert any("changes nothing of that" in note for note in report.notes) is told, report.notes


class Desk:
    """Takes texts in, and counts who asks."""

    def __init__(self, *texts):
        self._asked = 0
        self.texts = list(texts)

    def _count(self):
        self._asked += 1

    def _keep(self, text):
        self.texts.append(text)

    def length(self, text):
        """How long a text is, blanks left out; a number counts by its digits."""
        size = len(text.strip())
        self._count()
        return size


class Tray:
    """Things that are taken out, some of which nobody can look into."""

    def __init__(self, things):
        self._spare = iter([7])
        self.dice = random.Random(3)
        self.things = iter(things)

    def _next(self):
        return next(self.things)

    def take(self, count):
        """The next things; the count may be a text."""
        return [self._next() for _ in range(count)]


def test_what_cannot_be_looked_into_has_not_been_changed_for_that():
    """The good calls leave it as unreadable as the failing one does."""
    text = "def take(self, count):\n    return [self._next() for _ in range(int(count))]\n"
    good = [Call((Tray(range(9)), count)) for count in (2, 1, 3)]
    report = verify(text, Tray.take, failure=Call((Tray(range(9)), "2")), good_calls=good)
    assert report.accepted, str(report)


@pytest.mark.parametrize(("change", "accepted"), [("self._count()", True), ("self._keep(text)", False)])
def test_what_no_good_call_changes_a_correction_leaves_alone_though_something_private_comes_first(change, accepted):
    """A count that is the object's own business hides no change of what is everybody's."""
    text = (
        "def length(self, text):\n    if not isinstance(text, str):\n        text = str(text)\n"
        f"        {change}\n    size = len(text.strip())\n    self._count()\n    return size\n"
    )
    good = [Call((Desk(), one)) for one in ("a", " bc ", "def")]
    report = verify(text, Desk.length, failure=Call((Desk(), 12)), good_calls=good)
    assert report.accepted is accepted, str(report)


class OutOfStock(Exception):
    """There is not so much."""


class Stock:
    """Pieces by name."""

    def __init__(self, **pieces):
        self.pieces = pieces

    def remove(self, name, count=1):
        """Take pieces out; what is left.

        Raises:
            OutOfStock: if there are fewer (of an unknown name there are none).
        """
        have = self.pieces[name]
        if have < count:
            raise OutOfStock(name)
        self.pieces[name] = have - count
        return self.pieces[name]


@pytest.mark.parametrize(
    ("look", "accepted"), [("get(name, 0)", True), ("setdefault(name, 0)", False), ("pop(name, 0)", False)]
)
def test_who_says_no_leaves_everything_as_it_was(look, accepted):
    """A name that nobody has brought is not there because somebody asked for it."""
    text = (
        f"def remove(self, name, count=1):\n    have = self.pieces.{look}\n    if have < count:\n"
        "        raise OutOfStock(name)\n    self.pieces[name] = have - count\n    return self.pieces[name]\n"
    )
    good = [Call((Stock(a=3), "a")), Call((Stock(a=3, b=1), "b")), Call((Stock(a=3), "a", 4), raised=OutOfStock("a"))]
    report = verify(text, Stock.remove, failure=Call((Stock(a=1), "zz")), good_calls=good)
    assert report.accepted is accepted, str(report)
