"""What arrives in a trial is told from what stayed at home by nothing that a correction may ask."""

from __future__ import annotations

import collections
import dataclasses
import typing

import pytest

from fukkatsu import Call, Policy, verify
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call


def in_a_trial(function, *args):
    """What *function* answers in a runner, watched as a trial is."""
    run = pool.run(pool.original_subject(carry(function)), [pool.Step("call", carry_call(args, {}))], Policy())
    assert run.ended == "finished", run
    assert run.outcomes[0].kind == "returned", run.outcomes[0]
    return values.rebuild(run.outcomes[0].value)


class Slotted:
    __slots__ = ("__hidden", "rows")

    def __init__(self, rows):
        self.rows = rows
        self.__hidden = 2

    def hidden(self):
        return self.__hidden


class Heir(Slotted):
    pass


@dataclasses.dataclass(slots=True, frozen=True)
class Fixed:
    x: int = 1


class Pair(typing.NamedTuple):
    a: int


Triple = collections.namedtuple("Triple", "a b c")


def looked_over(value):
    return [sorted(dir(value)), hasattr(value, "__dict__"), hasattr(value, "__weakref__"), repr(value)[:4]]


@pytest.mark.parametrize("value", [Slotted([1]), Heir([1]), Fixed(), Pair(1), Triple(1, 2, 3)], ids=repr)
def test_an_object_without_a_dict_arrives_without_one(value):
    """A class that travels keeps its slots, those with a private name as well."""
    assert in_a_trial(looked_over, value) == looked_over(value)


def opened(value):
    try:
        value.other = 1
    except AttributeError:
        return value.hidden()
    return -1


def test_an_attribute_that_a_slotted_object_has_no_room_for_fails_in_a_trial_too():
    """So that a correction which adds one is not accepted."""
    assert in_a_trial(opened, Slotted([1])) == opened(Slotted([1])) == 2


TALLY = Slotted([])


def counted(x):
    """One over x."""
    if x == -1:
        TALLY.rows.append(x)
        return list(TALLY.rows)
    return 1 / x


COUNTED = "def counted(x):\n    if x == -1:\n        TALLY.rows.append(x)\n        return list(TALLY.rows)\n"


def test_what_is_written_into_the_slots_of_a_global_is_told_and_put_back():
    """As it is of any other object: a call that adds to it starts from the same rows each time."""
    right = f"{COUNTED}    return 1 / x if x else 0.0\n"
    calls = [Call((-1,), returned=[-1]), Call((-1,), returned=[-1]), Call((2,))]
    assert verify(right, counted, failure=Call((0,)), good_calls=calls).accepted
    wrong = f"{COUNTED}    TALLY.rows.append(x)\n    return 1 / x if x else 0.0\n"
    report = verify(wrong, counted, failure=Call((0,)), good_calls=[Call((2,)), Call((4,))])
    assert report.refused_by == "good-calls", str(report)
    assert "TALLY" in report.reason


def handed(f, g, rest):
    f(1)
    g(2)
    said = [hasattr(f, "__wrapped__"), "__wrapped__" in dir(f), f is g, rest[0] is f, f.__name__, f.__qualname__]
    try:
        f()
    except TypeError as failure:
        said.append(str(failure))
    return [*said, sorted(dir(f)), f.__defaults__, f.__kwdefaults__]


def made(kept):
    def told(x, y=1, *, z=3):
        kept.append((x, y, z))

    return told


def test_a_function_among_the_arguments_is_itself_while_it_is_listened_to():
    """Nothing of its own is hidden behind another one, and where it stands twice it is one."""
    here = made([])
    assert in_a_trial(handed, here, here, [here]) == handed(here, here, [here])


def told_of(line, on_line):
    """One over the length of a line, of which somebody is told."""
    on_line(len(line))
    return 1 / len(line)


SEEN = []


def on_line(size):
    SEEN.append(size)


def test_calls_of_a_function_among_the_arguments_are_still_heard():
    """A correction that tells it something else, or nothing, is refused."""
    good = [Call(("ab", on_line)), Call(("abcd", on_line))]
    right = "def told_of(line, on_line):\n    on_line(len(line))\n    return 1 / len(line) if line else 0.0\n"
    report = verify(right, told_of, failure=Call(("", on_line)), good_calls=good)
    assert report.accepted, str(report)
    for call in ("on_line(1)", "pass"):
        wrong = right.replace("on_line(len(line))", call)
        report = verify(wrong, told_of, failure=Call(("", on_line)), good_calls=good)
        assert report.refused_by == "good-calls", str(report)
