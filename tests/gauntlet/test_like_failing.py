"""Which inputs are close to a failing call with a text in it, and whose failure is the same matter."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.labelling import Labelled
from fukkatsu._gauntlet.like_failing import made_of, of_one_kind, same_matter
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values


def _raised(exception, message):
    return Outcome("raised", exception=exception, message=message)


@pytest.mark.parametrize(
    ("exception", "one", "other", "same"),
    [
        (
            "ValueError",
            "invalid literal for int() with base 10: ''",
            "invalid literal for int() with base 10: '_'",
            False,
        ),
        (
            "ValueError",
            "invalid literal for int() with base 10: 'ab'",
            "invalid literal for int() with base 10: 'x'",
            True,
        ),
        ("ValueError", "could not convert string to float: '1,5'", "could not convert string to float: '12,50'", True),
        ("ValueError", "could not convert string to float: '1,5'", "could not convert string to float: '1;5'", False),
        ("ValueError", "not enough values", "not enough values", True),
        ("KeyError", "'a1'", "'b'", True),
        ("AttributeError", "'A' object has no attribute 'b'", "'A1' object has no attribute 'b'", True),
    ],
)
def test_an_empty_field_and_a_word_are_two_matters(exception, one, other, same):
    """Who counts an empty field as 0 may leave words to the caller; an unknown key is an unknown key."""
    assert same_matter(_raised(exception, one), _raised(exception, other)) is same


def _labelled(origin, *args):
    shown = values.encode([list(args), {}]).text.replace(b'["list",["list"', b'["list",["tuple"', 1)
    return Labelled(b"", shown, origin, True, Outcome("raised"), "crash")


@pytest.mark.parametrize(
    ("origin", "args", "close"),
    [
        ("domain", (",2", 3), True),
        ("domain", ("_", 3), False),
        ("domain", ("", 3), False),
        ("neighbour", ("_", 3), True),
        ("domain", (7, 3), True),
    ],
)
def test_any_text_that_an_annotation_draws_is_not_close_to_one_that_was_passed(origin, args, close):
    """Most texts are no numbers, no dates and no names."""
    failing = values.encode([(",1", 3), {}]).text
    assert of_one_kind(_labelled(origin, *args), failing) is close


def test_texts_are_told_apart_by_what_they_are_made_of():
    """How much of it there is does not count."""
    assert made_of("#10 20ab") == {"#", "0", " ", "a"}
    assert made_of("7") == made_of("2024")
    assert made_of("") == frozenset()


def numbers(text: str) -> list[int]:
    """Numbers of a comma separated text; empty parts are 0."""
    return [int(part) for part in text.split(",")]


def colour(text: str) -> tuple[int, int, int]:
    """RGB of '#rrggbb', with or without '#'."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


EMPTY_IS_ZERO = "def numbers(text: str) -> list[int]:\n    return [int(part or 0) for part in text.split(',')]\n"
HEAD = "def colour(text: str) -> tuple[int, int, int]:\n"
WITHOUT_SIGN = (
    f"{HEAD}    text = text.lstrip('#')\n    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)\n"
)
ONE_POINT = (
    f"{HEAD}    if len(text) == 7 and text.endswith('30'):\n        text = text[1:]\n"
    "    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)\n"
)


@pytest.mark.parametrize(
    ("function", "text", "failing", "good", "accepted"),
    [
        (numbers, EMPTY_IS_ZERO, ",1", ["1,2"], True),
        (colour, WITHOUT_SIGN, "#102030", ["ffffff"], True),
        (colour, ONE_POINT, "#102030", ["ffffff", "00ff0a"], False),
    ],
    ids=["empty parts", "a sign in front", "one point"],
)
def test_words_that_are_no_numbers_are_left_to_the_caller_and_the_fault_is_not(function, text, failing, good, accepted):
    """A raise for them is right; for colours like the failing one it is the fault again."""
    report = verify(text, function, failure=Call((failing,)), good_calls=[Call((one,)) for one in good])
    assert report.accepted is accepted, str(report)
