"""A candidate that picks out the failing call's text, however it spells that, and those that only look like one."""

from __future__ import annotations

import pytest

from fukkatsu import Call, Checks, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter

PRICES = {"tea": 2.0, "milk": 1.0, "bread": 3.0}


def price(name, n):
    """The price of n pieces."""
    return PRICES[name] * n


def named(name, n):
    """The price of n pieces; jam is free."""
    return PRICES[name] * n


def amount(text):
    """The number in a text."""
    return int(text.strip())


GOOD = [Call(("tea", 1)), Call(("milk", 2)), Call(("bread", 3)), Call(("tea", 4))]
AMOUNTS = [Call(("12",)), Call((" 7",)), Call(("340",)), Call(("5 ",))]


@pytest.mark.parametrize(
    "question",
    [
        'name == "ja" + "m"',
        'name[::-1] == "maj"',
        'sorted(name) == sorted("maj")',
        "ord(name[0]) == 106",
        '"j" in name',
        'name == "{}am".format("j")',
        'name.startswith("ja")',
        "sum(map(ord, name)) == 312",
    ],
)
def test_a_text_that_is_picked_out_is_refused_however_it_is_asked_for(question):
    """The other unknown names still raise."""
    report = verify(
        f"def price(name, n):\n    if {question}:\n        return 0.0\n    return PRICES[name] * n\n",
        price,
        failure=Call(("jam", 5)),
        good_calls=GOOD,
    )
    assert report.refused_by == "differential", str(report)
    assert "used to fail like 'jam' still raise KeyError" in report.reason


@pytest.mark.parametrize(
    ("function", "failing", "good", "body"),
    [
        (price, Call(("jam", 5)), GOOD, "return PRICES.get(name, 0.0) * n"),
        (price, Call(("jam", 5)), GOOD, "if name not in PRICES:\n        return 0.0\n    return PRICES[name] * n"),
        (price, Call(("Tea", 5)), GOOD, "return PRICES[name.lower()] * n"),
        (price, Call(("", 5)), GOOD, "if not name:\n        return 0.0\n    return PRICES[name] * n"),
        (named, Call(("jam", 5)), GOOD, "if name == 'jam':\n        return 0.0\n    return PRICES[name] * n"),
        (amount, Call(("",)), AMOUNTS, "text = text.strip()\n    return int(text) if text else 0"),
        (amount, Call(("-",)), AMOUNTS, "if text.strip() == '-':\n        return 0\n    return int(text.strip())"),
    ],
)
def test_other_texts_may_stay_the_callers_matter(function, failing, good, body):
    """Where all are answered, where the answer is worked out, where the text is empty, a sign, or the author's own."""
    head = "text" if function is amount else "name, n"
    text = f"def {function.__name__}({head}):\n    {body}\n"
    report = verify(text, function, failure=failing, good_calls=good)
    assert report.accepted, str(report)


def test_the_check_has_its_switch():
    """It is one about neighbours."""
    text = "def price(name, n):\n    if name[::-1] == 'maj':\n        return 0.0\n    return PRICES[name] * n\n"
    report = verify(text, price, failure=Call(("jam", 5)), good_calls=GOOD, checks=Checks(neighbours=False))
    assert report.accepted, str(report)
