"""What the original answers for the equal of a value says what the value should give: a person is told of another."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def shown(amount, currency="EUR"):
    """An amount with two places, below zero in brackets."""
    text = f"{abs(amount).quantize(Decimal('0.01')):,} {currency}"
    return f"({text})" if amount < 0 else text


def last(items):
    """The items without the first, as they came."""
    return items.copy()[1:]


SHOWN = [Call((Decimal("1.5"),)), Call((Decimal("-3"), "USD")), Call((Decimal("1000000"),))]
LAST = [Call(([1, 2],)), Call(([3],))]

_SHOWN = """
def shown(amount, currency="EUR"):
    if isinstance(amount, int):
        {whole}
    text = f"{{abs(amount).quantize(Decimal('0.01')):,}} {{currency}}"
    return f"({{text}})" if amount < 0 else text
"""


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "told"),
    [
        (shown, (5,), SHOWN, _SHOWN.format(whole="amount = Decimal(amount)"), ""),
        (shown, (5,), SHOWN, _SHOWN.format(whole="return f'{amount} {currency}'"), "shown(5)"),
        (shown, (5,), SHOWN, _SHOWN.format(whole="return f'{amount:,}.00 {currency}'"), "shown(-3, 'USD')"),
        (shown, (5,), SHOWN, _SHOWN.format(whole="return shown(Decimal(amount))"), "shown(-3, 'USD')"),
        (last, ((1, 2),), LAST, "def last(items):\n    return list(items[1:])\n", ""),
        (
            last,
            ((1, 2, 3),),
            LAST,
            "def last(items):\n    return list(items[-1:] if isinstance(items, tuple) else items[1:])\n",
            "last((1, 2, 3))",
        ),
    ],
)
def test_another_answer_than_for_the_equal_is_for_a_person(original, failing, good, text, told):
    """The failing call, and calls that were answered, with a number or a sequence of the other kind."""
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted, str(report)
    asked = [note for note in report.notes if "for the equal" in note]
    assert (len(asked) == 1 and told in asked[0]) if told else not asked
