"""Canonical values: total, bounded, without user code; equal values encode alike, unequal ones differ."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import itertools
import json
import math
import pathlib
import re
import threading
import types
import uuid
import zoneinfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fukkatsu._oracle import values, values_encoder, values_quick, values_read
from fukkatsu.errors import ReplyError


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass
class Order:
    price: float
    items: list


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    name: str
    size: int = 0


class Point(collections.namedtuple("Point", "x y")):
    __slots__ = ()


class Names(list):
    pass


class ShopError(ValueError):
    pass


TYPES = {values.class_name(kind): kind for kind in (Colour, Permission, Order, Fixed, Point, ShopError)}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(1 << 200), max_value=1 << 200)
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.complex_numbers()
    | st.decimals().filter(lambda number: not number.is_snan())  # cannot be hashed
    | st.fractions()
    | st.datetimes(timezones=st.none() | st.just(datetime.UTC) | st.just(zoneinfo.ZoneInfo("Europe/Berlin")))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.sampled_from([*Colour, *Permission, Permission.READ | Permission.WRITE])
    | st.builds(range, st.integers(-99, 99), st.integers(-99, 99))
    | st.builds(Fixed, st.text(), st.integers())
    | st.builds(pathlib.PurePosixPath, st.text("ab/", min_size=1))
)
HASHABLE = st.recursive(SCALARS, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=3), max_leaves=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(SCALARS, inner, max_size=4)
        | st.sets(SCALARS, max_size=4)
        | st.builds(Order, st.floats(), st.lists(inner, max_size=2))
        | st.builds(Point, inner, inner)
        | st.builds(collections.deque, st.lists(inner, max_size=3), st.sampled_from([None, 5]))
        | st.builds(collections.OrderedDict, st.lists(st.tuples(st.text(), inner), max_size=3))
        | st.builds(lambda d: collections.defaultdict(list, d), st.dictionaries(st.text(), inner, max_size=2))
        | st.builds(bytearray, st.binary())
        | st.builds(slice, st.integers(), st.none())
        | st.builds(ValueError, inner)
    ),
    max_leaves=12,
)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def text(value):
    return values.encode(value).text


@QUICK
@given(VALUES)
def test_plain_values_come_back_as_they_were(value):
    """Through text and back, equal by the canonical comparison, and nothing opaque."""
    encoded = values.encode(value)
    assert encoded.opaque == 0
    again = values.rebuild(encoded.text, TYPES)
    assert type(again) is type(value)
    assert values.equal(encoded.text, text(again))


@QUICK
@given(VALUES)
def test_a_value_equals_its_own_copy(value):
    """NaN included: reflexive, whatever is inside."""
    import copy

    assert values.equal(text(value), text(copy.deepcopy(value)))
    assert values.difference(text(value), text(copy.deepcopy(value))) is None


@QUICK
@given(VALUES, VALUES)
def test_values_that_python_tells_apart_differ(a, b):
    """Whatever ``==`` calls unequal is unequal here, but for the tolerance of floats."""
    assume(not _holds_a_number_with_tolerance(a) and not _holds_a_number_with_tolerance(b))
    try:
        same = bool(a == b)
    except Exception:
        assume(False)
    if not same and not isinstance(a, BaseException):
        assert not values.equal(text(a), text(b)) or "nan" in repr(a).lower() or "ValueError" in repr(a)


def _holds_a_number_with_tolerance(value):
    return any(word in repr(value) for word in (".", "e-", "inf"))


@QUICK
@given(st.lists(st.tuples(HASHABLE, SCALARS), max_size=6), st.randoms())
def test_the_order_of_a_dictionary_and_of_a_set_is_nothing(pairs, random):
    """Insertion order is kept for rebuilding, and ignored in comparison."""
    plain = dict(pairs)
    shuffled = list(plain.items())
    random.shuffle(shuffled)
    assert values.equal(text(plain), text(dict(shuffled)))
    assert values.equal(text(set(plain)), text(set(list(plain)[1:]) | set(plain)))
    assert list(values.rebuild(text({"b": 1, "a": 2}))) == ["b", "a"]


@QUICK
@given(st.floats(-1e7, 1e7) | st.floats(1.1e13, 1e300), st.floats(-1e-10, 1e-10))
def test_floats_are_compared_with_a_tolerance(number, nudge):
    """Relative 1e-9, absolute 1e-12; inside containers and keys too."""
    near = number * (1 + nudge)
    assert values.equal(text([number]), text([near]))
    assert values.equal(text({number}), text({near}))
    assert values.equal(text({number: 1}), text({near: 1}))
    assert not values.equal(text(number), text(number + max(abs(number) * 1e-6, 1e-6)))


@pytest.mark.parametrize("seconds", [1.7e9, -1.7e9, 1.7e12, 2.5e10])
def test_a_second_more_is_another_time(seconds):
    """Of the seconds since 1970, and of the milliseconds, a billionth part is more than one of them."""
    assert not values.equal(text(seconds), text(seconds + 1.0))
    assert values.equal(text(seconds), text(math.nextafter(seconds, 0)))
    assert values.equal(text([seconds]), text([seconds * (1 + 1e-15)]))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True), (1, 1.0), (1, "1"), (0, None), (0, False), ("", None), ([], ()), ([], None), ({}, set()), (b"a", "a"),
        (b"a", bytearray(b"a")), ([1], (1,)), ({1}, frozenset({1})), ({"a": 1}, {"a": True}), ({1: 0}, {True: 0}),
        (float("inf"), float("-inf")), (float("nan"), 0.0), (1 + 0j, 1), (Colour.RED, 1), (Colour.RED, Colour.GREEN),
        (Point(1, 2), (1, 2)), (Names([1]), [1]), (Order(1.0, []), Order(1, [])), (decimal.Decimal(1), 1),
        (fractions.Fraction(1), 1), ({"a": 1}, collections.OrderedDict(a=1)), (ValueError("a"), ValueError("b")),
        (ValueError("a"), ShopError("a")), (KeyError(1), KeyError("1")), (1 << 64, -(1 << 64)), (1 << 64, float(1 << 64)),
        (datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1)), (int, float), (len, print), ([], [[]]), ([0], [0, 0]),
        (iter([1]), iter([2])), (iter([1]), [1]), (range(3), range(4)), (types.SimpleNamespace(a=1), types.SimpleNamespace()),
        ("\ud83d\ude00", "😀"), (collections.deque([1]), collections.deque([1], 5)),
    ],
)  # fmt: skip
def test_values_that_only_look_alike_differ(a, b):
    """Exact types, always; and the difference can be said."""
    left, right = text(a), text(b)
    assert not values.equal(left, right)
    assert values.difference(left, right)


def test_ordered_dictionaries_and_lists_keep_their_order():
    """Where order is the point."""
    ordered = collections.OrderedDict
    assert not values.equal(text(ordered([(1, 2), (3, 4)])), text(ordered([(3, 4), (1, 2)])))
    assert not values.equal(text([1, 2]), text([2, 1]))
    moved = ordered([(1, 2), (3, 4)])
    moved.move_to_end(1)
    assert values.equal(text(moved), text(ordered([(3, 4), (1, 2)])))
    assert not values.equal(text(moved), text(ordered([(1, 2), (3, 4)])))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([1, 2, {"price": 3.0}], [1, 2, {"price": 3}], "[2]['price']: 3.0 became 3"),
        (Order(1.0, [1]), Order(1.0, [2]), "items[0]: 1 became 2"),
        ({"a": 1}, {"a": 1, "b": 2}, "['b']: 2 was added"),
        ({"a": 1}, {}, "['a']: 1 is missing"),
        ("x", 1, "'x' became 1"),
        ([], (), "[] became ()"),
        (datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), "date(2020, 1, 1) became date(2020, 1, 2)"),
    ],
)
def test_a_difference_says_where_and_what(a, b, said):
    """One short sentence with the path and both sides."""
    assert values.difference(text(a), text(b)) == said


# --- what is no plain value ------------------------------------------------------------------------------------------


class Hostile:
    """Everything that Python may ask of an object raises."""

    def _refuse(self, *args):
        raise SystemExit("user code ran")

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __bool__ = __iter__ = __getattribute__ = __reduce_ex__ = _refuse
    __call__ = __dir__ = __sizeof__ = __format__ = __getstate__ = __int__ = __float__ = __index__ = _refuse


class HostileList(list):
    __iter__ = __len__ = __getitem__ = __eq__ = __repr__ = Hostile._refuse


class HostileDict(dict):
    __iter__ = __len__ = __getitem__ = items = keys = values = __eq__ = __repr__ = Hostile._refuse


class HostileText(str):
    __str__ = __len__ = isascii = encode = __eq__ = __repr__ = Hostile._refuse


class HostileNumber(int):
    __int__ = __index__ = __float__ = __eq__ = __lt__ = __repr__ = bit_length = Hostile._refuse


def hostile_class():
    """In a function, or the collection of tests would meet it."""

    class HostileMeta(type):
        def __getattribute__(cls, name):
            raise SystemExit("user code ran")

        __instancecheck__ = __subclasscheck__ = __eq__ = Hostile._refuse
        __hash__ = type.__hash__

    class HostileClass(metaclass=HostileMeta):
        pass

    return HostileClass


class HostileError(Exception):
    def __str__(self):
        raise SystemExit("no text")


class HostileIterator:
    def __iter__(self):
        return self

    def __next__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "make",
    [Hostile, HostileList, lambda: HostileList([1]), lambda: HostileDict(a=1), lambda: HostileText("é"), lambda: HostileNumber(5),
     lambda: object.__new__(hostile_class()), hostile_class, HostileError, HostileIterator, lambda: [Hostile(), {1: Hostile()}],
     lambda: types.MappingProxyType(HostileDict(a=1)), lambda: functools.partial(Hostile())],
)  # fmt: skip
def test_no_object_makes_the_encoder_raise(make):
    """Its own code is not asked, and where it must be (drawing, exception text) what it raises is data."""
    encoded = values.encode(make())
    assert json.loads(encoded.text)


@pytest.mark.parametrize(
    "make", [lambda: HostileList([1, 2]), lambda: HostileDict(a=1), lambda: HostileText("é"), lambda: HostileNumber(5)]
)
def test_overridden_methods_are_read_beneath(make):
    """What the base type holds is what counts."""
    node = values.parse(text(make()))
    assert node[0] == "sub"
    assert node[2] in (["list", 1, 2], ["dict", "a", 1], "é", 5)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        threading.local(),
        lambda: 1,
        io.BufferedReader(io.BytesIO(b"x")),
        (lambda: (yield))().gi_frame,
        compile("1", "", "eval"),
    ],
)
def test_what_has_no_canonical_form_is_counted_and_equals_nothing(value):
    """Not even itself: it is never assumed equal."""
    encoded = values.encode([1, value])
    assert encoded.opaque == 1
    assert not values.equal(encoded.text, encoded.text)
    assert "cannot be compared" in (values.difference(encoded.text, encoded.text) or "")


@pytest.mark.parametrize("make", [lambda: io.StringIO("é\nab"), lambda: io.BytesIO(b"\x00ab")])
def test_a_file_in_memory_is_what_it_holds_and_where_it_stands(make):
    """Who reads on gets other lines from another place, so the place is part of it."""
    read_on = make()
    read_on.read(1)
    written = make()
    written.write(make().getvalue()[:1])
    written.truncate()
    texts = [values.encode(one).text for one in (make(), read_on, written)]
    assert values.equal(texts[0], values.encode(make()).text)
    assert not any(values.equal(texts[a], texts[b]) for a, b in ((0, 1), (1, 2), (0, 2)))
    again = values.rebuild(texts[1])
    assert (type(again), again.getvalue(), again.tell()) == (type(read_on), read_on.getvalue(), 1)
    closed = make()
    closed.close()
    assert values.rebuild(values.encode(closed).text).closed


def test_hidden_state_of_c_types_is_not_taken_for_no_state():
    """Two objects whose difference we cannot see are not called equal."""
    first, second = (io.BufferedReader(io.BytesIO(one)) for one in (b"a", b"b"))
    assert not values.equal(text(first), text(second))
    assert values.encode(first).opaque == 1
    assert values.encode(itertools.count).opaque == 0


def test_cycles_end_and_equal_structures_equal():
    """A list that holds itself, an object that knows its parent."""
    a, b = [1], [1]
    a.append(a)
    b.append(b)
    c = [1, [1]]
    c[1].append(c)
    assert values.equal(text(a), text(b))
    assert not values.equal(text(a), text(c))
    again = values.rebuild(text(a))
    assert again[1] is again
    parent = types.SimpleNamespace(children=[])
    parent.children.append(types.SimpleNamespace(parent=parent))
    assert values.encode(parent).opaque == 0


def test_shared_parts_are_written_out():
    """``[x, x]`` equals two equal lists, as ``==`` says."""
    x = [0]
    assert values.equal(text([x, x]), text([[0], [0]]))


@pytest.mark.parametrize("depth", [149, 200, 5_000, 100_000])
def test_depth_is_bounded(depth):
    """Deeper than the limit is opaque, not a crash."""
    value: list = []
    for _ in range(depth):
        value = [value]
    encoded = values.encode(value)
    assert encoded.opaque == (depth >= 150)
    while value:
        value = value.pop()


def test_size_is_bounded_in_nodes_and_bytes():
    """And what is cut says so."""
    for value, limits in (
        (list(range(10_000)), {"max_nodes": 100}),
        ({i: str(i) for i in range(10_000)}, {"max_nodes": 100}),
        ("x" * 10_000, {"max_bytes": 100}),
        (["x" * 50] * 1000, {"max_bytes": 1000}),
        (b"x" * 10_000, {"max_bytes": 100}),
        (1 << 100_000, {"max_bytes": 100}),
        (itertools.count(), {"max_nodes": 100, "iterator_items": 10_000}),
        ([[[[]] * 10] * 10] * 10, {"max_nodes": 100}),
    ):
        encoded = values.encode(value, **limits)
        assert encoded.truncated
        assert encoded.opaque >= 1
        assert len(encoded.text) < 4000
    doubled: list = []
    for _ in range(100):
        doubled = [doubled, doubled]  # 2**100 paths
    assert values.encode(doubled, max_nodes=10_000).opaque


def test_iterators_are_drawn_with_their_end():
    """Exhausted, cut, or raised: three different ends; zero items leaves them alone."""

    def numbers(stop=None):
        yield 1
        yield 2
        if stop:
            raise stop

    assert values.parse(text(numbers())) == ["iterator", "generator", 1, 2, ["end"]]
    assert values.parse(text(numbers(ValueError("x"))))[4][0] == "raised"
    assert values.parse(values.encode(itertools.count(), iterator_items=2).text)[-1] == ["more"]
    source = numbers()
    assert values.encode(source, iterator_items=0).opaque == 1
    assert list(source) == [1, 2]


def test_addresses_in_texts_are_no_difference():
    """They differ from process to process."""
    first, second = ValueError("at <object at 0x7f1234567890>"), ValueError("at <object at 0x7f0987654321>")
    assert values.equal(text(first), text(second))


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        (5, "int", "5"), ("a", "str", "'a'"), (None, "None", "None"), ([1, "a"], "list", "[1, 'a']"), ((1,), "tuple", "(1,)"),
        ({1: 2}, "dict", "{1: 2}"), (set(), "set", "set()"), ({1}, "set", "{1}"), (b"ab", "bytes", "b'ab'"),
        (Colour.RED, values.class_name(Colour), "Colour.RED"), (Fixed("a", 1), values.class_name(Fixed), "Fixed(name='a', size=1)"),
        (Point(1, 2), values.class_name(Point), "Point(x=1, y=2)"), (ValueError("x"), "ValueError", "ValueError('x')"),
        (len, "function", "<function builtins.len>"), (int, "type", "<class 'int'>"), (..., "Ellipsis", "Ellipsis"),
        (decimal.Decimal("1.5"), "decimal.Decimal", "decimal('1.5')"), (array.array("d", [1.5]), "array.array", "array('d', 'AAAAAAAA+D8=')"),
        (re.compile("a"), "re.Pattern", "pattern('a', 32)"), (uuid.UUID(int=0), "uuid.UUID", f"uuid('{'0' * 32}')"),
    ],
)  # fmt: skip
def test_values_are_named_and_shown(value, name, shown):
    """As a person would write them, nearly."""
    assert values.type_name(text(value)) == name
    assert values.render(text(value)) == shown


def test_what_is_shown_is_short():
    """Whatever the value."""
    assert len(values.render(text(list(range(100_000))), 80)) <= 80
    assert len(values.render(text("x" * 100_000), 80)) <= 80


def test_only_declared_classes_are_rebuilt():
    """A name in the text imports nothing and finds nothing."""
    for value in (Order(1.0, []), Colour.RED, Point(1, 2), ShopError("x")):
        assert type(values.rebuild(text(value), TYPES)) is type(value)
        with pytest.raises(ReplyError, match="declared"):
            values.rebuild(text(value))
    with pytest.raises(ReplyError):
        values.rebuild(text(types.SimpleNamespace(a=1)), TYPES)


def test_a_dataclass_is_rebuilt_without_running_its_code():
    """Not ``__init__``, not ``__post_init__``, not ``__setattr__``; and only with fields it has."""
    ran = []

    @dataclasses.dataclass
    class Loud:
        size: int

        def __post_init__(self):
            ran.append("post_init")

        def __setattr__(self, name, value):
            ran.append("setattr")
            object.__setattr__(self, name, value)

    encoded = text(Loud(3))
    name = values.class_name(Loud)
    ran.clear()
    assert vars(values.rebuild(encoded, {name: Loud})) == {"size": 3}
    assert ran == []
    with pytest.raises(ReplyError):
        values.rebuild(json.dumps(["object", name, "other", 1]).encode(), {name: Loud})


@pytest.mark.parametrize(
    "name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "eval", "os._exit"]
)
def test_exceptions_that_end_programs_are_not_rebuilt(name):
    """Nor anything that is no exception."""
    with pytest.raises(ReplyError):
        values.rebuild(json.dumps(["exception", name, ["bases"], "x", None]).encode())


numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (numpy.arange(3.0), numpy.arange(3.0), True),
        (numpy.arange(3.0), numpy.array([0, 1, 2 + 1e-12]), True),
        (numpy.arange(3.0), numpy.array([0, 1, 2.1]), False),
        (numpy.array([numpy.nan]), numpy.array([numpy.nan]), True),
        (numpy.arange(3), numpy.arange(3.0), False),
        (numpy.arange(4), numpy.arange(4).reshape(2, 2), False),
        (numpy.array([]), numpy.array([1.0]), False),
        (numpy.arange(6).reshape(2, 3).T, numpy.array([[0, 3], [1, 4], [2, 5]]), True),
        (numpy.arange(3, dtype=">i8"), numpy.arange(3, dtype="<i8"), True),
        (numpy.array([1, "a", None], dtype=object), numpy.array([1, "a", None], dtype=object), True),
        (numpy.array([1], dtype=object), numpy.array([1.0], dtype=object), False),
        (numpy.float64(1.0), 1.0, False),
        (numpy.float64(1.0), numpy.float64(1.0), True),
        (numpy.int32(1), numpy.int64(1), False),
        (numpy.datetime64("2020-01-01"), numpy.datetime64("2020-01-01"), True),
        (pandas.Series([1, 2]), pandas.Series([1, 2]), True),
        (pandas.Series([1, 2]), pandas.Series([1.0, 2.0]), False),
        (pandas.Series([1, 2], index=["a", "b"]), pandas.Series([1, 2]), False),
        (pandas.Series([1, 2], name="x"), pandas.Series([1, 2]), False),
        (pandas.DataFrame({"a": [1], "b": ["x"]}), pandas.DataFrame({"a": [1], "b": ["x"]}), True),
        (pandas.DataFrame({"a": [1], "b": ["x"]}), pandas.DataFrame({"b": ["x"], "a": [1]}), False),
        (pandas.DataFrame({"a": [0.1 + 0.2]}), pandas.DataFrame({"a": [0.3]}), True),
        (pandas.Timestamp("2020-01-01"), pandas.Timestamp("2020-01-02"), False),
        (pandas.Timestamp("2020-01-01", tz="Europe/Berlin"), pandas.Timestamp("2020-01-01", tz="UTC"), False),
        (pandas.NaT, pandas.NaT, True),
        (pandas.NA, pandas.NaT, False),
        (pandas.Categorical(["a"]), pandas.Categorical(["b"]), False),
    ],
)
def test_numbers_in_arrays_and_frames_are_compared(a, b, same):
    """Types, shapes, labels, and floats with the tolerance."""
    assert values.equal(text(a), text(b)) == same


@pytest.mark.parametrize(
    "value", [numpy.arange(6.0).reshape(2, 3), numpy.float32(1.5), numpy.array([1, None], dtype=object)]
)
def test_arrays_come_back(value):
    """As arrays of the same type and shape."""
    again = values.rebuild(text(value))
    assert type(again) is type(value)
    assert values.equal(text(again), text(value))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["\ud800", "\\u"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=40,
)


@QUICK
@given(PLAIN)
def test_the_short_way_writes_what_the_long_way_writes(value):
    """Or leaves the value to it."""
    short = values_quick.quick(value)
    assert short is None or short == values_encoder.Encoder(1_000, 10**6, 10**6).run(value).text


def test_the_short_way_leaves_cycles_sizes_and_other_classes_to_the_long_way():
    """And takes what is small and plain."""
    cycle: list[object] = []
    cycle.append(cycle)
    shared: list[object] = []
    for _ in range(40):
        shared = [shared, shared]
    own = collections.OrderedDict(a=1)
    for value in (cycle, shared, [0] * 10**6, ["x" * 10**6], ["\ud800"], [1 << 63], [own], [b""], [object()], own):
        assert values_quick.quick(value) is None
    assert values_quick.quick([{"a": (1, 2.5, None)}]) == b'["list",["dict","a",["tuple",1,2.5,null]]]'


def test_a_key_that_comes_twice_is_no_smaller_a_mapping():
    """Neither distinct NaNs in a real one nor a forged repetition disappears."""
    nan = [float("nan"), float("nan")]
    assert values.equal(text({nan[0]: 1, nan[1]: 1}), text({nan[1]: 1, nan[0]: 1}))
    assert not values.equal(text({nan[0]: 1, nan[1]: 1}), text({nan[0]: 1}))
    assert not values.equal(b'["dict","a",1]', b'["dict","a",2,"a",1]')
    assert not values.equal(b'["dict","a",2,"a",1]', b'["dict","a",1]')


def test_sets_made_to_be_compared_for_ever_are_refused_soon():
    """Members that agree to their last item but one, each of them with each: the work is bounded, and its end is no."""
    left, right = (
        frozenset((1.5 * (1 + (j * way + 200) * 1e-12), *[1.5] * 300, float(j)) for j in range(200)) for way in (1, -1)
    )  # each sorts the other way round
    said = values.difference(values.encode(left).text, values.encode(right).text)
    assert said == "too many members that are nearly alike to compare"


def test_sets_of_floats_that_differ_by_rounding_alone_are_equal():
    """As many as are paired one by one."""
    left = frozenset((0.1 + 0.2 + j, str(j)) for j in range(200))
    right = frozenset((0.3 + j, str(j)) for j in range(200))
    assert values.equal(values.encode(left).text, values.encode(right).text)


@QUICK
@given(PLAIN, st.integers(0, 400))
def test_the_beginning_of_a_value_is_a_value(value, more):
    """Wherever it is cut: what is shown of a large one is parsed as if it ended there."""
    first, text = values.encode(value).text, values.encode([value, value, value]).text
    node = values_read.parse_head(text, len(b'["list",' + first + b",") + more)
    assert node[:2] == ["list", values.parse(first)] or value != value or b"NaN" in first


def test_a_large_value_is_shown_by_its_beginning():
    """Without reading the rest."""
    rows = [{"name": 'pen, "blue"', "price": 1.5}] * 20_000
    text = values.encode(rows).text
    shown = values.render(text, 60)
    assert shown.startswith("[{'name': 'pen, \"blue\"', 'price': 1.5}, {")
    assert shown.endswith("…")
    assert len(shown) <= 60
    assert values.render(values.encode("x" * 500_000).text, 20) == "'" + "x" * 18 + "…"


def test_quotes_and_brackets_in_strings_are_no_structure():
    """Large texts are checked by what stands outside strings, whatever is escaped inside."""
    for piece in ('\\"', "[[[", '\\\\"', '"]"', "{", "\\", '["'):
        value = [piece * 40_000, piece, 1, [piece]] * 4
        assert values.rebuild(values.encode(value).text) == value


def test_of_a_lock_it_is_told_whether_somebody_holds_it():
    """One that a correction took, and did not give back, is a difference."""
    lock, reentrant = threading.Lock(), threading.RLock()
    free = values.encode([lock, reentrant])
    assert not free.opaque
    assert values.equal(free.text, values.encode([threading.Lock(), threading.RLock()]).text)
    for taken in (lock, reentrant):
        with taken:
            assert not values.equal(free.text, values.encode([lock, reentrant]).text)


def test_a_value_is_read_by_its_class_and_not_by_what_it_was_given_to_answer():
    """Instances of some classes take any attribute, one that is called like a method too."""
    ordered, text, counted = collections.OrderedDict(evil=1), io.StringIO("evil"), collections.Counter(a=1)
    part = functools.partial(int, 1)
    for value, name in ((ordered, "items"), (text, "getvalue"), (counted, "most_common"), (part, "note")):
        before = values.encode(value).text
        setattr(value, name, lambda: [("right", 1)])
        told = values.encode(value)
        assert told.text != before
        assert "right" not in values.render(told.text)
        assert f"{name}=" in values.render(told.text)
    assert b"evil" in values.encode(types.MappingProxyType(ordered)).text


def test_an_ordered_dict_is_read_with_what_its_order_does_not_know():
    """What was put in by dict's own method is there for whoever looks it up."""
    plain, more = collections.OrderedDict(a=1), collections.OrderedDict(a=1)
    dict.__setitem__(more, "admin", True)
    assert list(more.items()) == list(plain.items())
    assert values.encode(more).text != values.encode(plain).text
    assert "admin" in values.render(values.encode(more).text)


def test_a_table_is_read_by_its_class_and_with_what_it_was_given():
    """pandas lets attributes be set on tables and columns, those that are called like its own methods too."""
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["a"], dtype="string")
    before = values.encode(column).text
    object.__setattr__(column, "astype", lambda _: pandas.Series(["b"]).array)
    assert b'"a"' in values.encode(column).text != before
    table = pandas.DataFrame({"a": [1]})
    before = values.encode(table).text
    assert before == values.encode(table.copy()).text
    object.__setattr__(table, "head", len)
    assert values.encode(table).text != before


def test_a_zone_from_a_file_is_known_by_no_name():
    """Its key is whatever its maker says."""
    name = "Asia/Tokyo"
    path = next(pathlib.Path(root) / name for root in (*zoneinfo.TZPATH, "") if (pathlib.Path(root) / name).exists())
    with path.open("rb") as file:
        forged = zoneinfo.ZoneInfo.from_file(file, key="Europe/Paris")
    assert values.encode(forged).opaque == 1
    assert values.encode(zoneinfo.ZoneInfo.no_cache(name)).text == values.encode(zoneinfo.ZoneInfo(name)).text


def _made(text, file):
    namespace = {"__name__": __name__, "functools": functools, "right": len_of}
    exec(compile(text, file, "exec"), namespace)
    return namespace["f"]


def len_of(x):
    return len(x)


def keeping_its_name(function):
    @functools.wraps(function)
    def called(*args):
        return function(*args)

    return called


def test_a_function_of_a_correction_goes_by_no_other_name():
    """functools.wraps gives it any; a decorator of the author's around it takes over what it was given."""
    local = "def make():\n    @functools.wraps(right)\n    def f(x): return 666\n    return f\nf = make()"
    evil = _made(local, "<fukkatsu a.b 0123>")
    assert evil.__qualname__ == "len_of"
    assert values.encode(evil).opaque == 1
    assert values.encode(keeping_its_name(evil)).opaque == 1
    assert values.encode(_made("def f(x): return 666", "<fukkatsu a.b 0123>")).opaque == 1
    assert values.encode(_made(local, "shop.py")).opaque == 0  # a decorator's work: the author's own
    assert values.encode(keeping_its_name(len_of)).text == values.encode(len_of).text


def test_an_exception_is_compared_with_what_it_was_told_beside_its_arguments():
    """Attributes that its class keeps elsewhere than its arguments."""
    plain, told = StopIteration(1), StopIteration(1)
    told.value = 666
    assert values.encode(plain).text != values.encode(told).text
    plain, told = OSError("broken"), OSError("broken")
    told.errno = 13
    assert values.encode(plain).text != values.encode(told).text
    assert b'"errno"' not in values.encode(OSError(2, "no", "file")).text
    assert b'"errno"' not in values.encode(OSError("broken")).text
