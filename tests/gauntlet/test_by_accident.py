"""A documented exception that is raised up front, where the original came to an answer without looking."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def chunks(xs, size):
    """Parts of a list, each of as many items. Raises ValueError for a senseless size."""
    out = []
    for at, x in enumerate(xs):
        if at % size == 0:
            out.append([])
        out[-1].append(x)
    return out


def chunked(xs, size):
    """Parts of a list, each of as many items."""
    out = []
    for at, x in enumerate(xs):
        if at % size == 0:
            out.append([])
        out[-1].append(x)
    return out


CHUNKS = (
    "def {}(xs, size):\n    if {}:\n        raise {}('no size for a part')\n    out = []\n"
    "    for at, x in enumerate(xs):\n        if at % size == 0:\n            out.append([])\n"
    "        out[-1].append(x)\n    return out\n"
)
PARTS = [Call(([1, 2, 3], 2)), Call(([], 3)), Call(([4], 1)), Call(([5, 6, 7, 8], 3))]


def test_an_argument_that_fails_everywhere_else_may_be_refused_where_nothing_looked_at_it():
    """Arguments are checked at the top: an empty list has no parts of no items either, and a person is told."""
    report = verify(
        CHUNKS.format("chunks", "size < 1", "ValueError"), chunks, failure=Call(([1, 2], 0)), good_calls=PARTS
    )
    assert report.accepted, str(report)
    assert any("FOR A PERSON TO DECIDE: on chunks([], 0)" in note for note in report.notes), report.notes


@pytest.mark.parametrize(
    ("function", "condition", "exception"),
    [
        (chunked, "size < 1", "ValueError"),  # nobody announced it
        (chunks, "size < 1", "KeyError"),  # nor this one
        (chunks, "size < 1 or len(xs) == 2", "ValueError"),  # the original answers, and it is no accident
        (chunks, "size < 1 or not xs", "ValueError"),  # so does it on a good call
    ],
)
def test_a_check_that_nobody_announced_or_that_is_in_the_way_of_other_calls_is_refused(function, condition, exception):
    """An exception is no answer where one was given, but for what the docstring says of calls like the failing one."""
    text = CHUNKS.format(function.__name__, condition, exception)
    assert not verify(text, function, failure=Call(([1, 2], 0)), good_calls=PARTS).accepted


def weighted(rows, weights):
    """Mean of each row's items, weighted. Raises ValueError if a row and the weights are not of one length."""
    return [sum(r[i] * w for i, w in enumerate(weights)) / sum(weights) for r in rows]


WEIGHTED = (
    "def weighted(rows, weights):\n    for r in rows:\n        if {}:\n            raise ValueError('a row is odd')\n"
    "    return [sum(r[i] * w for i, w in enumerate(weights)) / sum(weights) for r in rows]\n"
)
STRICT = (
    "def weighted(rows, weights):\n"
    "    return [sum(x * w for x, w in zip(r, weights, strict=True)) / sum(weights) for r in rows]\n"
)
ROWS = [Call(([[1, 2], [3, 4]], [1, 1])), Call(([], [1])), Call(([[5]], [2])), Call(([[1, 4, 2]], [1, 3, 1]))]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (WEIGHTED.format("len(r) != len(weights)"), True),
        (STRICT, True),
        (WEIGHTED.format("len(r) < len(weights) or len(rows) > 1"), False),
        (WEIGHTED.format("len(r) < len(weights) or r[0] > r[-1]"), False),
    ],
    ids=["checked", "by the library", "many rows", "falling"],
)
def test_a_rule_of_all_good_calls_that_the_failing_call_breaks_may_be_asked_for(text, accepted):
    """A row that is too long was answered by chance; what all good calls keep besides is no rule of the author's."""
    failing = Call(([[1, 2, 3], [1]], [1, 1]))
    report = verify(text, weighted, failure=failing, good_calls=[*ROWS, Call(([[6, 8], [7, 9]], [2, 1]))])
    assert report.accepted is accepted, str(report)


def share(total, people):
    """Share of each. Raises ValueError if people < 1."""
    return [total / people for _ in range(people)] if people >= 0 else total // (people - people)


def test_a_condition_in_the_docstring_that_is_true_of_the_call_needs_no_person():
    """``people < 1`` is said in so many words: nobody's answer for no people is worth keeping."""
    text = (
        "def share(total, people):\n    if people < {}:\n        raise ValueError('nobody')\n"
        "    return [total / people for _ in range(people)]\n"
    )
    good = [Call((10, 2)), Call((9, 3)), Call((7, 5))]
    report = verify(text.format(1), share, failure=Call((10, -1)), good_calls=good)
    assert report.accepted, str(report)
    assert not any("FOR A PERSON" in note for note in report.notes), report.notes
    assert not verify(text.format(2), share, failure=Call((10, -1)), good_calls=good).accepted


LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def digit(value, base):
    """The digit of a value in a base from 2 to 36. Raises ValueError for any other base."""
    return LETTERS[value % base]


def test_a_border_that_the_docstring_names_may_be_kept_to():
    """37 is the first base that is none: the docstring says so. 16 is a border of the candidate's own."""
    text = (
        "def digit(value, base):\n    if base < 2 or base > {}:\n        raise ValueError('no such base')\n"
        "    return LETTERS[value % base]\n"
    )
    good = [Call((9, 16)), Call((7, 2)), Call((100, 30)), Call((0, 10))]
    report = verify(text.format(36), digit, failure=Call((5, 0)), good_calls=good)
    assert report.accepted, str(report)
    assert not verify(text.format(24), digit, failure=Call((5, 0)), good_calls=good[:2]).accepted


def color(text):
    """(r, g, b) of "#rrggbb" or the short form "#rgb".

    Raises ValueError for anything else.
    """
    digits = text.lstrip("#")
    r, g, b = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return r, g, b


def colour(text):
    """(r, g, b) of "#rrggbb" or the short form "#rgb"."""
    digits = text.lstrip("#")
    r, g, b = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return r, g, b


COLOR = (
    "def {}(text):\n    digits = text.lstrip('#')\n    if len(digits) == 3:\n"
    "        digits = ''.join(one * 2 for one in digits)\n    if {}:\n        raise {}(text)\n"
    "    return tuple(int(digits[at:at + 2], 16) for at in (0, 2, 4))\n"
)
COLORS = ["#ff8000", "#000000", "#123456", "abcdef"]


@pytest.mark.parametrize(
    ("function", "condition", "exception", "good", "accepted"),
    [
        (color, "len(digits) != 6", "ValueError", COLORS, True),
        (color, "len(digits) != 6 or not digits.isalnum()", "ValueError", COLORS, True),
        (color, "len(digits) != 6", "KeyError", COLORS, False),  # nobody announced this one
        (color, "len(digits) != 6 or digits[0] == digits[1]", "ValueError", ["#1f8000", *COLORS[2:]], False),
        (color, "len(digits) != 6", "ValueError", [*COLORS, "#12345"], False),  # it was answered
        (colour, "len(digits) != 6", "ValueError", COLORS, False),  # nobody announced any
    ],
)
def test_a_text_of_another_size_than_all_answered_ones_may_be_refused_where_the_rest_is_announced(
    function, condition, exception, good, accepted
):
    """Five digits were answered because nobody counted them: "ValueError for anything else", and a person is told."""
    text = COLOR.format(function.__name__, condition, exception)
    report = verify(text, function, failure=Call(("#fff",)), good_calls=[Call((one,)) for one in good])
    assert report.accepted is accepted, str(report)
    if accepted:
        assert any("FOR A PERSON TO DECIDE" in note and "no text of that size" in note for note in report.notes)
