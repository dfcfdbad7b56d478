"""One constant for everything that used to crash is asked about, where the author does not speak of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


class Level(Enum):
    """How much."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


def level(text: str) -> Level:
    """Level by value or by name, whatever the case.

    >>> level("HIGH")
    <Level.HIGH: 'high'>
    """
    return Level(text)


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("    return Level(text.lower())\n", True),
        ("    try:\n        return Level(text)\n    except ValueError:\n        return Level.HIGH\n", False),
        (
            "    for one in Level:\n        if text.lower() in (one.value, one.name.lower()):\n            return one\n"
            "    raise ValueError(text)\n",
            True,
        ),
    ],
)
def test_the_answer_of_an_example_is_not_the_answer_to_everything(body, accepted):
    """A hundred texts that are no level get one, because an example shows it for one of them."""
    good = [Call(("low",)), Call(("high",))]
    report = verify(f"def level(text: str) -> Level:\n{body}", level, failure=Call(("Mid",)), good_calls=good)
    assert report.accepted is accepted, str(report)
    if not accepted:
        assert "different inputs that used to crash all get" in report.reason


def read_date(text: str) -> date:
    """Date of '2024-01-31' or '31.01.2024'.

    Raises:
        ValueError: If the text is none of these.
    """
    return datetime.strptime(text, "%Y-%m-%d").date()


def read_date_or_start(text: str) -> date:
    """Date of '2024-01-31' or '31.01.2024'; any other text stands for 1 January 1970 by default."""
    return datetime.strptime(text, "%Y-%m-%d").date()


LAST = {"refused": "return date(1970, 1, 1)", "right": "raise ValueError(f'no date: {text!r}')"}
DATES = (
    "def {name}(text: str) -> date:\n    for form in ('%Y-%m-%d', '%d.%m.%Y'):\n        try:\n"
    "            return datetime.strptime(text, form).date()\n        except ValueError:\n            continue\n    {last}\n"
)


@pytest.mark.parametrize(
    ("function", "last", "accepted"),
    [(read_date, "refused", False), (read_date, "right", True), (read_date_or_start, "refused", True)],
)
def test_a_date_that_nobody_speaks_of_is_no_answer(function, last, accepted):
    """Where the docstring has a default, a person is told which one it has become."""
    good = [Call(("2024-01-31",)), Call(("2000-02-29",)), Call(("1999-12-01",))]
    text = DATES.format(name=function.__name__, last=LAST[last])
    report = verify(text, function, failure=Call(("31.01.2024",)), good_calls=good)
    assert report.accepted is accepted, str(report)
    told = any("FOR A PERSON TO DECIDE" in note and "1970" in note for note in report.notes)
    assert told is (function is read_date_or_start)


def price(table, name):
    """Price of a name in the table."""
    return table[name] * 2


def price_or_nothing(table, name):
    """Price of a name in the table; 0 for names that it does not have."""
    return table[name] * 2


def price_or_none(table: dict[str, int], name: str) -> int | None:
    """Price of a name in the table."""
    return table[name] * 2


PRICES = [Call(({"tea": 3, "cake": 5, "pie": 7}, name)) for name in ("tea", "cake", "pie")]
UNKNOWN = Call(({"tea": 3, "cake": 5, "pie": 7}, "jam"))


@pytest.mark.parametrize(
    ("function", "answer", "told"),
    [
        (price, "0", True),
        (price_or_nothing, "0", False),
        (price_or_none, "None", False),
    ],
)
def test_zero_for_everything_is_told_to_a_person_where_nobody_speaks_of_it(function, answer, told):
    """Many would take it without a word; nothing is refused for that."""
    header = "table: dict[str, int], name: str) -> int | None:" if function is price_or_none else "table, name):"
    text = f"def {function.__name__}({header}\n    return table[name] * 2 if name in table else {answer}\n"
    report = verify(text, function, failure=UNKNOWN, good_calls=PRICES)
    assert report.accepted, str(report)
    assert any("all get" in note for note in report.notes) is told, report.notes


def either(table, name, otherwise=5):
    """What the table has for a name, or the other."""
    return table[name] * 2


def test_what_came_in_with_the_arguments_is_no_invention():
    """The caller chose it."""
    text = "def either(table, name, otherwise=5):\n    return table[name] * 2 if name in table else otherwise\n"
    report = verify(text, either, failure=UNKNOWN, good_calls=PRICES)
    assert report.accepted, str(report)
    assert not any("all get" in note for note in report.notes)


def count_of(items):
    """How many items there are behind the first."""
    return len(items[1:]) + items[0] * 0


def test_a_constant_that_is_worked_out_is_an_answer():
    """Lists near one of three items have three, as a rule; nothing in the text says so."""
    text = "def count_of(items):\n    return max(0, len(items) - 1)\n"
    good = [Call(([1, 2, 3],)), Call(([4],)), Call(([5, 5],)), Call(([1, 2, 3, 4],))]
    report = verify(text, count_of, failure=Call(([None, 2, 3],)), good_calls=good)
    assert report.accepted, str(report)
    assert not any("all get" in note for note in report.notes)


def halves(total, count):
    return total / count


def test_where_nothing_is_said_at_all_a_person_is_told():
    """A function without a docstring has no word for any value."""
    text = "def halves(total, count):\n    return total / count if count else 7\n"
    good = [Call((8, 2)), Call((9, 4)), Call((30, 3))]
    report = verify(text, halves, failure=Call((1, 0)), good_calls=good)
    assert report.accepted, str(report)
    assert any("all get 7" in note for note in report.notes), report.notes
