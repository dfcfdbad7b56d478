"""A fault in the making of an exception: mended, the function still raises, as its author meant it to."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


class ConfigError(Exception):
    """Something is wrong with a setting."""


def number(text):
    """A setting's number."""
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"{nme} is no number") from error  # noqa: F821 - the fault


def checked(age):
    """An age that can be."""
    if age < 0:
        message = "negative: " + age
        raise ValueError(message)
    return age


def retry(function, attempts):
    """What the function gives, tried a few times."""
    for at in range(attempts):
        try:
            return function()
        except ValueError:
            if at == attemps - 1:  # noqa: F821 - the fault
                raise


def fails():
    raise UnicodeError("no")


def works():
    return 1


NUMBER = "def number(text):\n    try:\n        return int(text)\n    except ValueError as error:\n        {}\n"
RETRY = (
    "def retry(function, attempts):\n    for at in range(attempts):\n        try:\n            return function()\n"
    "        except ValueError:\n            {}\n"
)


@pytest.mark.parametrize(
    ("handler", "accepted"),
    [
        ("raise ConfigError(f'{text!r} is no number') from error", True),
        ("raise KeyError(text) from error", False),
        ("raise", False),
    ],
)
def test_what_the_author_was_about_to_raise_may_be_raised(handler, accepted):
    """Nothing else may: the failing call must not just fail otherwise."""
    good = [Call(("1",)), Call(("22",))]
    report = verify(NUMBER.format(handler), number, failure=Call(("x",)), good_calls=good)
    assert report.accepted is accepted, str(report)


def test_a_fault_on_the_way_to_a_raise_counts_as_well():
    """One statement earlier."""
    text = "def checked(age):\n    if age < 0:\n        raise {}(f'negative: {{age}}')\n    return age\n"
    good = [Call((1,)), Call((0,))]
    assert verify(text.format("ValueError"), checked, failure=Call((-1,)), good_calls=good).accepted
    assert not verify(text.format("KeyError"), checked, failure=Call((-1,)), good_calls=good).accepted


@pytest.mark.parametrize(
    ("handler", "accepted"),
    [("if at == attempts - 1:\n                raise", True), ("raise TypeError('no')", False)],
)
def test_what_was_to_be_passed_on_may_be_passed_on(handler, accepted):
    """By a bare ``raise``; what it catches may be of a kind of its own."""
    good = [Call((works, 2))]
    report = verify(RETRY.format(handler), retry, failure=Call((fails, 2)), good_calls=good)
    assert report.accepted is accepted, str(report)


class OutOfStock(Exception):
    """There is none left."""


def taken(stock, name):
    """One less of the name. Raises OutOfStock when there is none left of it."""
    stock[name] -= 1
    return stock[name]


def test_an_exception_of_the_authors_is_documented_whatever_its_name_ends_in():
    """What the module knows as an exception is one; an answer in its place is for a person to decide."""
    text = (
        "def taken(stock, name):\n    if name not in stock:\n        {}\n    stock[name] -= 1\n    return stock[name]\n"
    )
    good = [Call(({"a": 2}, "a"))]
    failing = Call(({"a": 2}, "b"))
    report = verify(text.format("raise OutOfStock(name)"), taken, failure=failing, good_calls=good)
    assert report.accepted, str(report)
    report = verify(text.format("return 0"), taken, failure=failing, good_calls=good)
    assert any("OutOfStock" in note for note in report.notes), str(report)


class Unavailable(Exception):
    """Nobody answers."""


def first_answer(backends, key):
    """Answer of the first backend that has one."""
    error = None
    for backend in backends:
        try:
            return backend[key]
        except KeyError as missing:
            error = Unavailable(str(missing))
    raise error


def first_number(texts):
    """The first of the texts that is a number."""
    last = None
    for text in texts:
        try:
            return int(text)
        except ValueError as error:
            last = error
    raise last


ANSWER = (
    "def first_answer(backends, key):\n    error = {}\n    for backend in backends:\n        try:\n"
    "            return backend[key]\n        except KeyError as missing:\n            error = Unavailable(str(missing))\n"
    "    raise error\n"
)
NUMBERS = (
    "def first_number(texts):\n    last = None\n    for text in texts:\n        try:\n            return int(text)\n"
    "        except ValueError as error:\n            last = error\n    raise last or {}\n"
)


@pytest.mark.parametrize(
    ("text", "function", "call", "good", "accepted"),
    [
        (ANSWER.format("Unavailable('nobody')"), first_answer, ([], "a"), ([{"a": 1}], "a"), True),
        (ANSWER.format("KeyError('nobody')"), first_answer, ([], "a"), ([{"a": 1}], "a"), False),
        (NUMBERS.format("ValueError('none')"), first_number, ([],), (["x", "3"],), True),
        (NUMBERS.format("TypeError('none')"), first_number, ([],), (["x", "3"],), False),
        (NUMBERS.format("IndexError('none')"), first_number, ([],), (["x", "3"],), False),
    ],
)
def test_a_raise_that_finds_no_exception_is_a_crash_and_what_it_finds_otherwise_is_meant(
    text, function, call, good, accepted
):
    """``raise last`` with *last* still None raises a TypeError that nobody wrote: it is no refusal of the author's."""
    report = verify(text, function, failure=Call(call), good_calls=[Call(good), Call(good)])
    assert report.accepted is accepted, str(report)
    assert not any("TypeError on purpose" in note for note in report.notes), report.notes
