"""What every call leaves behind, the answers of a correction leave behind as well, or a person is told."""

from __future__ import annotations

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
