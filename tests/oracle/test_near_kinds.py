"""Every everyday kind of argument gives inputs: that differ, that stay of that kind, and that can travel."""

from __future__ import annotations

import collections
import datetime as dt
import io
import pathlib
import random
import threading
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, Flag, auto
from fractions import Fraction
from typing import NamedTuple

import pytest

from fukkatsu import Call, verify
from fukkatsu._oracle import values
from fukkatsu._oracle.inputs import Inputs
from fukkatsu._oracle.near_objects import copied, unique_parts, with_a_part_of
from fukkatsu._oracle.observed import Domain
from fukkatsu._sandbox.carry import carry_call


class Level(Enum):
    LOW = 1
    MIDDLE = 2
    HIGH = 3


class Right(Flag):
    READ = auto()
    WRITE = auto()


class Item(NamedTuple):
    name: str
    price: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    amount: Decimal
    day: dt.date | None = None


class Grid:
    def __init__(self, rows):
        self.rows = rows


class Guarded:
    def __init__(self, size, free):
        self.size, self.free = size, collections.deque(free)
        self._lock = threading.Lock()
        self._changed = threading.Condition()


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


class Book:
    def __init__(self, title, year):
        self.title, self.year = title, year


class Shelf:
    def __init__(self, *books):
        self.books = list(books)


@dataclass
class Ledger:
    entries: list[Entry] = field(default_factory=list)
    balances: dict[str, Decimal] = field(default_factory=dict)
    closed_until: dt.date | None = None


def _zone(hours):
    return dt.timezone(dt.timedelta(hours=hours))


DAY = dt.date(2024, 5, 1)
NOON = dt.datetime(2024, 5, 1, 12)
KINDS = {
    "path": [pathlib.Path("/srv/a/b"), pathlib.Path("/srv"), pathlib.Path("/home/c.txt")],
    "pure path": [pathlib.PurePosixPath("a/b.txt"), pathlib.PurePosixPath("c")],
    "StringIO": [io.StringIO("a\n\nb\n"), io.StringIO("a\nb\nc"), io.StringIO("")],
    "BytesIO": [io.BytesIO(b"ab"), io.BytesIO(b"xyz1")],
    "date": [DAY, dt.date(2024, 6, 3)],
    "one date": [DAY],
    "datetime": [NOON, dt.datetime(2024, 5, 3, 8, 30)],
    "aware datetime": [NOON.replace(tzinfo=_zone(2)), dt.datetime(2024, 5, 3, 8, tzinfo=dt.UTC)],
    "time": [dt.time(8, 30), dt.time(17, 0)],
    "timedelta": [dt.timedelta(hours=2), dt.timedelta(days=3)],
    "Decimal": [Decimal("1.50"), Decimal("20")],
    "Fraction": [Fraction(1, 3), Fraction(7, 2)],
    "complex": [1 + 2j, 3 - 1j],
    "UUID": [uuid.UUID(int=1 << 100), uuid.UUID(int=7 << 90)],
    "range": [range(3), range(2, 9)],
    "bytes": [b"abc", b"x1"],
    "bytearray": [bytearray(b"abc"), bytearray(b"x1")],
    "enum": [Level.LOW],
    "flag": [Right.READ],
    "set": [{1, 2}, {2, 5, 9}],
    "frozenset": [frozenset("ab"), frozenset("bcd")],
    "deque": [collections.deque([1, 2]), collections.deque([5, 6, 7], maxlen=4)],
    "defaultdict": [collections.defaultdict(int, a=1), collections.defaultdict(int, a=2, b=3)],
    "Counter": [collections.Counter("aab"), collections.Counter("bcc")],
    "OrderedDict": [collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=3, a=4)],
    "dict of dicts": [{"a": {"n": 1}, "b": {"n": 2}}, {"c": {"n": 7}}],
    "named tuples": [[Item("a", 1.5), Item("b", None)], [Item("c", 7.0)]],
    "dataclasses": [[Entry("a", Decimal("1.5"), DAY), Entry("b", Decimal(2))], [Entry("c", Decimal(9))]],
    "optional fields": [Entry("a", Decimal(1)), Entry("b", Decimal(3), DAY)],
    "pairs": [[("a", 1), ("b", 2)], [("c", 5)]],
    "nested rows": [Grid([[1, 2], None]), Grid([[3, 4], [7, 9]])],
    "a lock beside data": [Guarded(2, [1, 2]), Guarded(3, [4, 7])],
    "slots": [Slotted(1, "a"), Slotted(7, "b")],
    "objects in a list": [Shelf(Book("a", 1990), Book("b", 2001)), Shelf(Book("c", 1977))],
    "a dataclass that holds data": [
        Ledger([Entry("a", Decimal(1), DAY)], {"a": Decimal(1)}, DAY),
        Ledger([Entry("b", Decimal(3), dt.date(2024, 6, 1))], {"b": Decimal(3)}),
    ],
}
FEWEST = 8
FEWER = {
    "one date": 6,
    "Counter": 6,
    "enum": 2,
    "flag": 1,
    "a lock beside data": 6,
    "slots": 6,
    "pure path": 5,
    "deque": 6,
}
"""An enumeration has no more members than it has."""


def take(thing):
    return thing


def _loader(value):
    return lambda: ((copied(value),), {})


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_argument_gives_inputs_of_its_kind_that_travel(kind):
    """What cannot be varied would be no evidence: a correction could do there as it likes."""
    seen = KINDS[kind]
    made = Inputs(take, [_loader(value) for value in seen], failing=True).generate(100, 5.0)
    binding = [one for one in made if one.within and not one.ladder]
    texts = {values.encode(one.args).text for one in binding}
    assert len(texts) >= FEWER.get(kind, FEWEST)
    assert all(type(one.args[0]) in {type(value) for value in seen} for one in binding)
    assert all(carry_call(one.args, one.kwargs) for one in binding)


def test_a_day_is_as_good_as_the_day_after_and_the_first_of_a_month_stands_for_it():
    """Days around those seen; but where all were firsts of a month, no others."""
    rng = random.Random(1)
    days = {Domain([DAY]).near(DAY, rng) for _ in range(100)}
    assert days > {DAY, DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=1)}
    months = [DAY, dt.date(2024, 6, 1)]
    assert {Domain(months).near(DAY, rng) for _ in range(100)} == set(months)


def test_sums_of_money_keep_their_places_and_stay_in_range():
    """1.50 is near 1.75, not near 1.5000001."""
    rng = random.Random(1)
    seen = [Decimal("1.50"), Decimal("20.00")]
    drawn = [Domain(seen).near(seen[0], rng) for _ in range(100)]
    assert all(one.as_tuple().exponent == -2 and seen[0] <= one <= seen[1] for one in drawn)
    assert Domain([Decimal("NaN"), Decimal(1)]).near(Decimal("NaN"), rng) is not None


def test_a_file_in_memory_is_read_on_from_where_it_stood():
    """At its beginning, mostly."""
    rng = random.Random(1)
    seen = [io.StringIO("a,b\nc,d\n"), io.StringIO("x,y\n")]
    drawn = [Domain(seen).near(seen[0], rng) for _ in range(50)]
    assert len({one.getvalue() for one in drawn}) > 5
    assert {one.tell() for one in drawn} == {0}
    assert seen[0].getvalue() == "a,b\nc,d\n"


def test_what_cannot_be_copied_is_shared_and_the_rest_is_a_copy():
    """The lock is the same, the data is not."""
    one = Guarded(2, [1])
    other = copied(one)
    other.free.append(7)
    assert list(one.free) == [1]
    assert other._lock is one._lock


def test_two_records_become_alike_in_one_part():
    """What decides then, and in which order they stay, is seen only there."""
    rng = random.Random(1)
    seen = [[("a", 3), ("b", 5)], [("c", 9)]]
    drawn = [Domain(seen).near(seen[0], rng) for _ in range(300)]
    assert any(len({number for _, number in one}) < len(one) for one in drawn)
    assert with_a_part_of({"n": 1, "x": 2}, {"n": 1, "x": 9}, frozenset(), rng) == ({"n": 1, "x": 2},)
    assert with_a_part_of(Item("a", 1), Item("a", 2), frozenset({"price"}), rng) is None
    assert with_a_part_of(1, 2, frozenset(), rng) is None
    assert vars(with_a_part_of(Book("a", 1), Book("a", 2), frozenset(), rng)[0]) == {"title": "a", "year": 1}


def test_what_no_two_records_ever_shared_stays_their_own():
    """An identifier; of few records that may be chance."""
    many = [[{"id": n, "size": n % 2} for n in range(5)], [{"id": 9, "size": 0}]]
    assert unique_parts(many) == {"id"}
    assert unique_parts([[("a", 1), ("b", 2)]]) == frozenset()


def _evidence(report):
    return next(verdict.evidence for verdict in report.verdicts if verdict.stage == "differential")


def row_max(grid):
    """Maximum of every row, None for rows that are None."""
    return [max(row) for row in grid.rows]


def free_one(pool):
    """A free one; None where there is none."""
    with pool._lock:
        return pool.free.popleft()


def first_line(file):
    """The first line in capitals; '' where there is none."""
    return next(file).strip().upper()


def below(path, root):
    """Path below root; None elsewhere."""
    return path.relative_to(root).as_posix()


@pytest.mark.parametrize(
    ("function", "failing", "good", "right"),
    [
        (
            row_max,
            (Grid([[1, 2], None]),),
            [(Grid([[1, 2], [7, 4]]),), (Grid([[3]]),)],
            "def row_max(grid):\n    return [max(row) if row is not None else None for row in grid.rows]\n",
        ),
        (
            free_one,
            (Guarded(1, []),),
            [(Guarded(2, [1, 2]),), (Guarded(3, [4, 7, 9]),)],
            "def free_one(pool):\n    with pool._lock:\n        return pool.free.popleft() if pool.free else None\n",
        ),
        (
            first_line,
            (io.StringIO(""),),
            [(io.StringIO("ab\nc\n"),), (io.StringIO("x y\n"),)],
            "def first_line(file):\n    return next(file, '').strip().upper()\n",
        ),
        (
            below,
            (pathlib.PurePosixPath("/srv/x"), pathlib.PurePosixPath("/home")),
            [(pathlib.PurePosixPath("/home/a/b"), pathlib.PurePosixPath("/home"))],
            "def below(path, root):\n"
            "    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None\n",
        ),
    ],
    ids=["nested rows", "a lock beside data", "a file in memory", "paths"],
)
def test_the_original_is_run_on_them(function, failing, good, right):
    """What is generated is labelled, and compared."""
    report = verify(right, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert _evidence(report)["generated"] >= 5, str(report)
