"""A text that is asked for as a set of letters says yes to its parts as well, which is nobody's wish."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def kind(sign):
    """What a sign is: an operator, or a number; "nothing" for None."""
    return ("operator" if sign in "+-*/" else "number") + " "[len(sign.strip()) :]


SIGNS = [Call((sign,)) for sign in ("+", "-", "*", "12", "/", "3", "-1")]
KIND = (
    "def kind(sign):\n    if sign is None:\n        return 'nothing'\n"
    "    return ('operator' if {} else 'number') + ' '[len(sign.strip()):]\n"
)


@pytest.mark.parametrize(
    ("question", "good", "accepted"),
    [
        ("sign in ('+', '-', '*', '/')", SIGNS, True),
        ("sign in {'+', '-', '*', '/'}", SIGNS, True),
        ("sign == '+' or sign == '*'", [SIGNS[3], SIGNS[0], SIGNS[2], SIGNS[5], SIGNS[6]], False),  # "-1" was seen
        ("sign in ('+', '-', '*', '/')", [*SIGNS, Call(("+-",))], False),
    ],
    ids=["a tuple", "a set", "a letter less", "two letters were seen"],
)
def test_letters_may_be_asked_for_one_by_one(question, good, accepted):
    """``"+-"`` is no operator, though it is in the text; every single letter of it is."""
    report = verify(KIND.format(question), kind, failure=Call((None,)), good_calls=good)
    assert report.accepted is accepted, str(report)
