"""Inputs that tell two texts apart: equals where they compare, records that tie where they sort, one separator more."""

from __future__ import annotations

import datetime as dt
import heapq
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.borders import level, new_comparisons
from fukkatsu._gauntlet.separators import cut_otherwise, new_separators
from fukkatsu._gauntlet.sought import Sought
from fukkatsu._gauntlet.texts import read_text
from fukkatsu._gauntlet.ties import ordered_otherwise, tied
from fukkatsu._oracle.relations import Relations


def _read(body, parameters="x, y"):
    return read_text(f"def f({parameters}):\n    {body}\n", "f")


# --- comparisons ------------------------------------------------------------------------------------------------------

X, Y = Sought("parameter", "x"), Sought("parameter", "y")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return x <= y", []),
        ("return y >= x", []),
        ("return x < y", [(X, Y)]),
        ("return y > x.limit", [(Y, Sought("attribute", "limit"))]),
        ("return x[0][0] <= y", [(Sought("item", inside=Sought("item", inside=X)), Y)]),
        ("return x <= 3", []),
        ("return x in y", []),
    ],
)
def test_what_is_compared_otherwise_than_before_is_told_from_the_text(body, found):
    """Turned round it is the same; with a constant it is a border, which has inputs of its own."""
    assert new_comparisons(_read(body), _read("return x <= y")) == found


@pytest.mark.parametrize(
    ("value", "other", "beyond", "values"),
    [
        (3, 9, False, [9]),
        (3, 9, True, [9, 10, 8]),
        (3.0, 9, False, [9.0]),
        (3, 9.5, False, []),
        (3, float("inf"), False, []),
        (Decimal(3), Decimal("9.5"), True, [Decimal("9.5"), Decimal("10.5"), Decimal("8.5")]),
        (
            dt.date(2024, 1, 1),
            dt.date(2024, 5, 1),
            True,
            [dt.date(2024, 5, day) for day in (1, 2)] + [dt.date(2024, 4, 30)],
        ),
        (dt.date(2024, 1, 1), dt.date.max, True, []),
        (dt.date(2024, 1, 1), 3, False, []),
        ("a", "b", False, []),
        (True, False, False, []),
    ],
)
def test_one_side_takes_the_value_of_the_other(value, other, beyond, values):
    """In its own kind; the next ones too where the author drew the border."""
    assert list(level(value, other, beyond=beyond)) == values


def test_what_was_always_less_may_be_equal_where_just_that_is_tried():
    """That no two were equal in a handful of calls is chance."""
    rules = Relations([{"x": n, "y": n + 2} for n in range(5)])
    assert not rules.hold({"x": 3, "y": 3})
    assert rules.hold({"x": 3, "y": 3}, strict=False)
    assert not rules.hold({"x": 4, "y": 3}, strict=False)


# --- ties -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return sorted(x, key=lambda one: (-one.size, one.name))", None),
        ("return sorted(x, key=lambda one: -one.size)", {"size", "name"}),
        ("return list(x)", {"size", "name"}),
    ],
)
def test_what_is_ordered_otherwise_is_told_with_what_counts_there(body, found):
    """The parts that the author names; none where the order is made as before."""
    original = _read("return sorted(x, key=lambda one: (-one.size, one.name))")
    assert ordered_otherwise(_read(body), original) == found


def test_a_key_function_that_changed_is_another_order_and_the_larger_of_two_numbers_is_none():
    """``key=by_size`` is spelled alike in both; ``max(a, b)`` puts nothing in order."""
    one = read_text("def f(x):\n    def by(o):\n        return o.a\n    return sorted(x, key=by)\n", "f")
    other = read_text("def f(x):\n    def by(o):\n        return o.b\n    return sorted(x, key=by)\n", "f")
    assert ordered_otherwise(one, other) == {"b"}
    assert ordered_otherwise(_read("return x"), _read("return max(x, y)")) is None


class Team(NamedTuple):
    name: str
    points: int
    goals: int = 0


@pytest.mark.parametrize(
    ("value", "variants"),
    [
        ([("a", 3), ("b", 5)], [[("a", 3), ("a", 4)], [("a", 4), ("a", 3)], [("b", 3), ("a", 3)]]),
        ([Team("a", 3)], [[Team("a", 3, 0), Team("a", 3, 1)], [Team("a", 3, 1), Team("a", 3, 0)]]),
        ([{"goals": 2.5}, {"goals": 1}], [[{"goals": 2.5}, {"goals": 3.5}]]),
        ([3, 1], [[1, 3], [3, 3, 1]]),
        ({"a": 3, "b": 5}, [{"a": 3, "b": 3}]),
        ("one two three", ["three two one"]),
    ],
)
def test_two_records_tie_in_all_but_one_part_in_both_orders(value, variants):
    """And stand the other way round; numbers are there twice, values of a dict equal, words in another order."""
    made = list(tied(value, frozenset({"goals"})))
    assert all(variant in made for variant in variants)


def test_a_format_of_two_words_is_left_alone():
    """A first name and a last name have their places."""
    assert list(tied("ada lovelace", frozenset())) == []
    assert list(tied(7, frozenset())) == []


# --- separators -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "signs"),
    [
        ("return x.split('.', 1)", []),
        ("return x.rsplit('.', 1)", ["."]),
        ("return x.startswith(y) and x.split('.', 1)", [""]),
        ("return x", []),
    ],
)
def test_what_is_cut_otherwise_is_told_from_the_text(body, signs):
    """At which sign, or at any where that is no constant; not where nothing is cut any more."""
    assert new_separators(_read(body), _read("return x.split('.', 1)")) == signs


def test_texts_have_one_part_more_or_one_letter_or_an_empty_part_of_which_the_docstring_says_nothing():
    """``a.b`` alone says nothing of the first and of the last dot."""
    variants = [("abb.c", 1), ("ab.cc", 1), ("ab.c.c", 2), ("ab.ab.c", 2)]
    assert list(cut_otherwise("ab.c", ".", "Empty parts count.")) == variants
    assert {("ab..c", 2), (".ab.c", 2), ("ab.c.", 2)} < set(cut_otherwise("ab.c", "", ""))
    assert ({"ab.c": 1, "x": 2, "abb.c": 2}, 1) in list(cut_otherwise({"ab.c": 1, "x": 2}, ".", ""))
    assert list(cut_otherwise("abc", ".", "")) == []
    assert list(cut_otherwise(7, ".", "")) == []


# --- whole verdicts ---------------------------------------------------------------------------------------------------


class Plan:
    def __init__(self, *due):
        self.due = sorted(due)

    def run(self, until):
        """Names due up to until, in order."""
        done = []
        while self.due[0][0] <= until:
            done.append(heapq.heappop(self.due)[1])
        return done


@dataclass
class Ledger:
    closed: dt.date | None = None
    days: list[dt.date] = field(default_factory=list)

    def post(self, day):
        """Keep day; how many there are.

        Raises:
            ValueError: if day is not after the last one that is closed.
        """
        if day <= self.closed:
            raise ValueError(day)
        self.days.append(day)
        return len(self.days)


class Person:
    def __init__(self, limit=None):
        self.limit, self.age = limit, 0


def set_age(person, age):
    """Set the age.

    Raises:
        ValueError: if it is negative, or above the person's limit.
    """
    if age < 0 or age > person.limit:
        raise ValueError(age)
    person.age = age
    return person


def best(teams, n=2):
    """The n best teams: points, then goals, then name; no points (None) count as 0."""
    return sorted(teams, key=lambda team: (-team.points, -team.goals, team.name))[:n]


def section(options, prefix):
    """Options 'prefix.x' as {'x': ...}."""
    return {key.split(".", 1)[1]: value for key, value in options.items() if key.split(".")[0] == prefix}


MAY = [dt.date(2024, 5, day) for day in range(1, 9)]
PLAN = (Plan.run, "self, until", (Plan((1, "a")), 5), [(Plan((1, "a"), (9, "b")), 5), (Plan((7, "z")), 3)])
POST = (Ledger.post, "self, day", (Ledger(), MAY[0]), [(Ledger(MAY[0]), MAY[4]), (Ledger(MAY[1], [MAY[2]]), MAY[6])])
AGE = (set_age, "person, age", (Person(), 5), [(Person(99), 5), (Person(120), 7)])
BEST = (best, "teams, n=2", ([Team("a", 3), Team("b", None)],), [([Team("b", 3), Team("a", 3), Team("c", 9)],), ([],)])
SECTION = (section, "options, prefix", ({"db": "x", "db.host": "h"}, "db"), [({"db.host": "h", "w.a.port": "8"}, "db")])


@pytest.mark.parametrize(
    ("case", "body", "accepted"),
    [
        (PLAN, "done = []\n    while self.due and self.due[0][0] <= until:\n{pop}    return done", True),
        (PLAN, "done = []\n    while self.due and self.due[0][0] < until:\n{pop}    return done", False),
        (POST, "if self.closed is not None and day <= self.closed:\n{no}    {add}", True),
        (POST, "if self.closed and not day > self.closed:\n{no}    {add}", True),
        (POST, "if self.closed is not None and day < self.closed:\n{no}    {add}", False),
        (AGE, "if age < 0 or (person.limit is not None and age > person.limit):\n{bad}    {set}", True),
        (AGE, "if age < 0 or (person.limit is not None and age >= person.limit):\n{bad}    {set}", False),
        (AGE, "if age < 0:\n{bad}    {set}", False),
        (BEST, "return sorted(teams, key=lambda team: (-(team.points or 0), -team.goals, team.name))[:n]", True),
        (BEST, "return sorted(teams, key=lambda team: (-(team.points or 0), team.name))[:n]", False),
        (BEST, "return sorted(teams, key=lambda team: (-(team.points or 0), team.goals, team.name))[:n]", False),
        (SECTION, "return {{k[len(prefix) + 1:]: v for k, v in options.items() if k.startswith(prefix + '.')}}", True),
        (
            SECTION,
            "return {{k.split('.', 1)[1]: v for k, v in options.items() if '.' in k and k.startswith(prefix)}}",
            False,
        ),
        (
            SECTION,
            "return {{k.rsplit('.', 1)[1]: v for k, v in options.items() if '.' in k and k.split('.')[0] == prefix}}",
            False,
        ),
    ],
)
def test_what_is_right_but_for_equals_ties_or_one_dot_more_is_refused(case, body, accepted):
    """``<`` for ``<=``, a part of a sort key that is gone, a prefix for a whole first part: no recorded call shows them."""
    function, parameters, failing, good = case
    text = body.format(
        pop="        done.append(heapq.heappop(self.due)[1])\n",
        no="        raise ValueError(day)\n",
        add="self.days.append(day)\n    return len(self.days)",
        bad="        raise ValueError(age)\n",
        set="person.age = age\n    return person",
    )
    source = f"def {function.__name__}({parameters}):\n    {text}\n"
    report = verify(source, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert report.accepted is accepted, str(report)
    assert accepted or report.refused_by == "differential"


def port(text):
    """Port of 'host:port'; 80 without one."""
    return int(text.split(":")[1])


def test_more_separators_than_anybody_passed_are_a_question_for_a_person():
    """``partition`` is right for all texts that have one; what the original makes of two may be an accident."""
    right = "def port(text):\n    host, colon, number = text.partition(':')\n    return int(number) if colon else 80\n"
    report = verify(right, port, failure=Call(("a",)), good_calls=[Call(("a:8080",)), Call(("b.c:90",))])
    assert report.accepted, str(report)
    assert any("no call has shown so many parts" in note for note in report.notes)


def mark(grid, points, sign="x"):
    """Copy of grid with sign at the points (row, column); points outside are ignored."""
    grid = [row[:] for row in grid]
    for row, column in points:
        grid[row][column] = sign
    return grid


def test_a_place_before_the_first_one_is_nobodys_place():
    """``0 <= row < len(grid)`` is how everybody mends it; what -1 did before was an accident."""
    right = (
        "def mark(grid, points, sign='x'):\n    grid = [row[:] for row in grid]\n    for row, column in points:\n"
        "        if 0 <= row < len(grid) and 0 <= column < len(grid[row]):\n            grid[row][column] = sign\n"
        "    return grid\n"
    )
    good = [Call(([[".", "."]], [(0, 1)])), Call(([["."]], []))]
    report = verify(right, mark, failure=Call(([["."]], [(5, 5)])), good_calls=good)
    assert report.accepted, str(report)
