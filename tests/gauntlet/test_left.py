"""Generators that are told of a caller's exception: what was swallowed by the way may go out, what was meant may not."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def numbers(lines, on_error=None):
    """Yield (name, value) of "name,value" lines; any other line goes to on_error(number, line), if there is one."""
    for number, line in enumerate(lines, 1):
        name, value = line.split(",")
        try:
            yield name, float(value)
        except ValueError:
            if on_error:
                on_error(number, line)


MOVED = (
    "def numbers(lines, on_error=None):\n    for number, line in enumerate(lines, 1):\n        try:\n"
    "            name, value = line.split(',')\n            item = name, float(value)\n        except ValueError:\n"
    "            if on_error:\n                on_error(number, line)\n            {}\n        yield item\n"
)


@pytest.mark.parametrize(("then", "accepted"), [("continue", True), ("break", False)])
def test_a_yield_may_be_taken_out_of_a_try_that_is_there_for_other_work(then, accepted):
    """The handler is for ``float``: that it swallowed what a caller threw in was nobody's wish."""
    good = [Call((["a,1", "b,2"],)), Call((["a,x", "b,2"],)), Call(([],))]
    report = verify(MOVED.format(then), numbers, failure=Call((["a,1", "broken", "b,2"],)), good_calls=good)
    assert report.accepted is accepted, str(report)


def retried(items):
    """Yield the halves; whatever the caller throws in for one of them, the next comes."""
    for item in items:
        half = item / 2
        try:
            yield half
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (
            "half = (item or 0) / 2\n        try:\n            yield half\n        except ValueError:\n            continue",
            True,
        ),
        ("half = (item or 0) / 2\n        yield half", False),
    ],
)
def test_a_try_around_nothing_but_a_yield_is_kept(body, accepted):
    """It can be there for nothing else."""
    text = f"def retried(items):\n    for item in items:\n        {body}\n"
    report = verify(text, retried, failure=Call(([4, None],)), good_calls=[Call(([1, 2],)), Call(([3],))])
    assert report.accepted is accepted, str(report)


def quarters(items):
    """Yield the quarters."""
    for item in items:
        yield item / 4


def test_a_handler_that_a_correction_adds_may_not_swallow_what_callers_throw():
    """The other way round it is a loss: the caller's exception never comes back."""
    text = (
        "def quarters(items):\n    for item in items:\n        try:\n            yield item / 4\n"
        "        except (TypeError, ValueError):\n            yield 0.0\n"
    )
    report = verify(text, quarters, failure=Call(([4, None],)), good_calls=[Call(([1, 2],)), Call(([3],))])
    assert not report.accepted
