"""Calls as data: what comes out of a store is what went in, or it does not come out."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import math
import pathlib
import subprocess
import sys
import tempfile
import threading
import types

import pytest

from fukkatsu._gauntlet.stored import read, stored
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle.values import encode
from fukkatsu._store.recorded import StoredCall

pytestmark = pytest.mark.once  # what is judged here says nothing about the interpreter


@dataclasses.dataclass
class Order:
    pieces: list
    note: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    number: int


class Colour(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


class Till:
    def __init__(self):
        self.rows = [Order([1])]
        self._private = {"a": (1, 2)}


class Complaint(ValueError):
    pass


@pytest.fixture(autouse=True, scope="module")
def importable():
    """This module under the name that its classes have, as an imported one is."""
    before = sys.modules.get(__name__)
    module = types.ModuleType(__name__)
    vars(module).update(globals())
    sys.modules[__name__] = module
    yield
    if before is not None:
        sys.modules[__name__] = before
    else:
        del sys.modules[__name__]


def went_through(*args, **kwargs):
    """The call as it comes out; ``None`` when it does not go in."""
    made = stored(RecordedCall(b"", Outcome("returned", value=b"1"), shown=Call(args, kwargs)))
    return None if made is None else read(made).call


@pytest.mark.parametrize(
    "value",
    [
        1, -(1 << 200), 2.5, math.inf, True, None, "é", "\ud800", b"\x00\xff", bytearray(b"x"), 1 + 2j, range(3), slice(1),
        [1, [2]], (1, (2,)), {1: {2: 3}}, {1, 2}, frozenset({1}), collections.Counter("aab"), collections.deque([1], 3),
        collections.defaultdict(list, {1: [2]}), collections.OrderedDict(b=1, a=2), decimal.Decimal("1.50"),
        datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), datetime.timedelta(1), pathlib.Path("a/b"),
        array.array("d", [1.5]), Order([1, "x"], "n"), Frozen(3), Colour.RED, Colour, Point(1, [2]), int, Order,
    ],
    ids=repr,
)  # fmt: skip
def test_what_data_can_say_comes_out_as_it_went_in(value):
    """With its exact type, and of this process's own classes."""
    found = went_through(value, named=[value] if isinstance(value, int) else None)
    assert found is not None
    assert found.args == (value,)
    assert type(found.args[0]) is type(value)


def test_an_object_comes_out_with_its_state():
    """Beneath its constructor."""
    found = went_through(Till()).args[0]
    assert type(found) is Till
    assert vars(found) == {"rows": [Order([1])], "_private": {"a": (1, 2)}}


def test_not_a_number_and_exceptions_come_out():
    """What equals nothing, not even itself."""
    number, complaint = went_through(math.nan, Complaint("no", 3)).args
    assert math.isnan(number)
    assert type(complaint) is Complaint
    assert complaint.args == ("no", 3)


class Closing:
    def __del__(self):
        """Has an effect."""


class Restoring:
    def __setstate__(self, state):
        """Does more than that."""


def local():
    @dataclasses.dataclass
    class Here:
        x: int

    return Here(1)


@pytest.mark.parametrize(
    "value",
    [threading.Lock(), lambda: 1, iter([1]), (n for n in ()), Closing(), Restoring(), local(), object()],
    ids=lambda value: type(value).__name__,
)
def test_what_data_cannot_say_completely_stays_at_home(value):
    """Not even in part, and at any depth."""
    assert went_through(value) is None
    assert went_through(1, [{"deep": value}]) is None


def test_two_arguments_that_share_a_list_stay_at_home():
    """As data they would be two lists, and a change of one no change of the other."""
    shared, ring = [1], [1]
    ring.append(ring)
    assert went_through(ring) is None
    assert went_through(shared, shared) is None
    assert went_through(Order(shared), other=[shared]) is None
    assert went_through("same", "same", (1, 2), (1, 2)) is not None


def test_a_call_that_a_fix_healed_is_no_answer_of_the_original():
    """It says what a model once thought."""
    assert stored(RecordedCall(b"", Outcome("returned", value=b"1"), shown=Call((1,)), healed=True)) is None


def crafted(text):
    """What somebody with the key might write."""
    return read(StoredCall(arguments=b'["list",["list",%b],["dict"]]' % text))


@pytest.mark.parametrize(
    "text",
    [
        b'["object","subprocess.Popen","pid",1,"returncode",null]',
        b'["object","tempfile._TemporaryFileWrapper","name","/x"]',
        b'["object","threading.Thread","_target",null]',
        b'["object","os._wrap_close"]',
        b'["type","antigravity.Nothing"]',
        b'["function","os","system"]',
        b'["opaque","x","y"]',
        b"[]",
        b"{}",
        b"gASVAQ==",
    ],
)
def test_only_plain_data_and_the_users_own_classes_are_built(text):
    """A class of a library may stand for a process or a file; nothing is imported, and nothing malformed is a call."""
    assert subprocess.Popen
    assert tempfile._TemporaryFileWrapper
    assert crafted(text) is None
    assert "antigravity" not in sys.modules


def test_calls_have_one_shape_where_they_are_alike():
    """Types, sign, emptiness and the kind of answer; not the values."""

    def shape(*args, returned=1, raised=""):
        said = Outcome("raised", exception=raised) if raised else Outcome("returned", value=encode(returned).text)
        return stored(RecordedCall(b"", said, shown=Call(args))).shape

    assert shape(1, "a") == shape(2, "b")
    others = [shape(-1, "a"), shape(1, ""), shape(1.0, "a"), shape([1]), shape(["a"]), shape([])]
    others += [shape(1, "a", returned="x"), shape(1, "a", raised="ValueError")]
    assert len({shape(1, "a"), *others}) == len(others) + 1
