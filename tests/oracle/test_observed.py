"""Domains read off observed values: what is generated stays within what was seen."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._oracle import values
from fukkatsu._oracle.observed import Domain
from fukkatsu._oracle.relations import Relations, ascending, descending, distinct, orders_of
from fukkatsu._oracle.sizes import scaled


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Line:
    name: str
    price: float


SCALARS = st.integers(-50, 50) | st.floats(-5, 5) | st.text("abc 1,", max_size=6) | st.booleans() | st.none()
SAMPLES = st.one_of(
    st.lists(st.integers(-50, 50), min_size=1, max_size=5),
    st.lists(st.text("abc ,1-", max_size=8), min_size=1, max_size=5),
    st.lists(st.lists(SCALARS, max_size=4), min_size=1, max_size=5),
    st.lists(st.dictionaries(st.text("ab", max_size=2), SCALARS, max_size=3), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(), st.text("xy", max_size=3)), min_size=1, max_size=5),
    st.lists(st.sets(st.integers(0, 9), max_size=4), min_size=1, max_size=5),
)


@given(SAMPLES, st.randoms(use_true_random=False))
def test_a_drawn_value_has_a_type_that_was_seen_and_observed_values_stay_as_they_were(seen, rng):
    """Drawing makes new values; it neither invents types nor touches what it draws from."""
    before = values.encode(seen).text
    domain = Domain(seen)
    for _ in range(10):
        drawn = domain.draw(rng)
        assert type(drawn) in {type(value) for value in seen}
    assert values.encode(seen).text == before


@given(st.lists(st.integers(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_whole_numbers_stay_between_the_smallest_and_the_largest(seen, rng):
    """Outside, a right rewrite may answer nonsense in its own way."""
    domain = Domain(seen)
    assert all(min(seen) <= domain.draw(rng) <= max(seen) for _ in range(20))


@given(st.randoms(use_true_random=False))
def test_formatted_text_keeps_its_format(rng):
    """Separators stay in place, and numbers in a format keep their width."""
    domain = Domain(["03-11-2000", "15-01-2012", "06-04-2020"])
    for _ in range(20):
        day, month, year = domain.draw(rng).split("-")
        assert (len(day), len(month), len(year)) == (2, 2, 4)
        assert (day + month + year).isdigit()


def test_empty_fields_that_were_seen_are_put_elsewhere():
    """In front, at the end; where all texts have as many fields, each has its own place."""
    rng = random.Random(1)
    domain = Domain(["1,,2", "3,4", "5,6,7,8"])
    drawn = {domain.near("1,,2", rng) for _ in range(300)}
    assert any(one.startswith(",") for one in drawn)
    assert any(one.endswith(",") for one in drawn)


@given(st.randoms(use_true_random=False))
def test_words_of_a_closed_vocabulary_keep_their_letters(rng):
    """ "three one five" is made of words; "thrre" is none."""
    words = {"one", "three", "five"}
    domain = Domain(["three one five", "one five", "five three", "one one three", "three"])
    for _ in range(20):
        assert set(domain.draw(rng).split()) <= words


@given(st.randoms(use_true_random=False))
def test_lists_that_were_all_sorted_or_distinct_stay_so(rng):
    """Binary search is asked about sorted lists."""
    domain = Domain([[1, 4, 9], [2, 3, 8, 10], [5, 6, 7], []])
    for _ in range(30):
        drawn = domain.draw(rng)
        assert drawn == sorted(set(drawn))


@given(st.randoms(use_true_random=False))
def test_objects_are_redrawn_field_by_field(rng):
    """Dataclasses keep their class, enums their members, records their keys."""
    lines = [Line("a", 1.0), Line("b", 2.0), Line("c", 7.0)]
    assert all(type(Domain(lines).draw(rng)) is Line for _ in range(10))
    assert all(Domain([Colour.RED]).draw(rng) in Colour for _ in range(5))
    records = [{"id": 1, "tags": ["x"]}, {"id": 5, "tags": []}]
    assert all(Domain(records).draw(rng).keys() == {"id", "tags"} for _ in range(10))


class Offer(NamedTuple):
    shop: str
    price: float | None


class Pair(NamedTuple):
    low: int
    high: int

    @property
    def width(self):
        return self.high - self.low


class Stock:
    def __init__(self, counts, _cache=None):
        self.counts = counts
        self._cache = _cache


class Tally:
    def __init__(self, values, best):
        self.values = values
        self.best = best


def test_named_tuples_are_records():
    """Each field has its own domain; what was seen together need not stay together."""
    rng = random.Random(1)
    offers = [Offer("a", 1), Offer("b", None), Offer("c", 9)]
    drawn = [Domain(offers).draw(rng) for _ in range(300)]
    assert all(type(one) is Offer for one in drawn)
    assert {one.shop for one in drawn} == {"a", "b", "c"}
    assert any(one not in offers for one in drawn)
    assert any(one.price not in (1, None, 9) for one in drawn)
    assert any(type(one.price) is float for one in drawn)
    assert all(type(one[0]) is Pair for one in (Domain([[Pair(1, 2)], [Pair(0, 7)]]).draw(rng) for _ in range(20)))


@pytest.mark.parametrize(
    ("content", "other"),
    [
        ([3, 4], [9]),
        ({"a": 3, "b": 9}, {"a": 7, "b": 1}),
        ((3, 4), (7, 1)),
        ({3, 4}, {4, 7, 9}),
        ([[1], [2, 3]], [[7]]),
        ([Offer("a", 3)], [Offer("b", 7), Offer("c", 9)]),
    ],
)
def test_what_an_object_holds_is_redrawn_as_an_argument_is(content, other):
    """A method's data is a list or a dict in its object, more often than not."""
    rng = random.Random(1)
    stocks = [Stock(content), Stock(other)]
    before = values.encode(stocks).text
    drawn = [Domain(stocks).draw(rng) for _ in range(100)]
    assert len({values.encode(one.counts).text for one in drawn}) > 4
    assert all(type(one) is Stock and type(one.counts) is type(content) for one in drawn)
    assert values.encode(stocks).text == before


def test_what_follows_from_other_state_is_not_redrawn():
    """A cache, an index, other objects: only the class knows the rules of these."""
    rng = random.Random(1)
    stocks = [Stock([Stock([1])], {"a": 1}), Stock([Stock([2])], {"a": 7})]
    pairs = {(one.counts[0].counts[0], one._cache["a"]) for one in (Domain(stocks).draw(rng) for _ in range(100))}
    assert pairs == {(1, 1), (2, 7)}


@pytest.mark.parametrize("of", [max, min, sum])
def test_an_attribute_that_follows_from_the_content_still_does_afterwards(of):
    """``best`` is the largest of ``values``: no call sequence makes an object in which it is not."""
    rng = random.Random(1)
    start = Tally([], 0 if of is sum else None)
    tallies = [start, *(Tally(list(some), of(some)) for some in ([1, 2], [4], [3, 9, 2]))]
    drawn = [Domain(tallies).draw(rng) for _ in range(200)]
    assert all(one.best == (of(one.values) if one.values else start.best) for one in drawn)
    assert len({tuple(one.values) for one in drawn}) > 6


def test_two_lists_that_were_equally_long_in_two_calls_of_different_length_stay_so():
    """Chance makes them so once; where both grow together it is meant."""
    rules = Relations([{"xs": [1, 2], "ys": [3, 4]}, {"xs": [1, 2, 3], "ys": [3, 4, 1]}])
    assert rules.hold({"xs": [9], "ys": [8]})
    assert not rules.hold({"xs": [9], "ys": [8, 7]})
    assert Relations([{"xs": [1, 2], "ys": [3, 4]}] * 2).hold({"xs": [9], "ys": [8, 7]})


def test_relations_that_every_call_kept_bind():
    """``k <= len(xs)`` in every call: a call that breaks it is out of the domain."""
    rules = Relations([{"xs": [7] * n, "k": n - 1} for n in (2, 3, 5, 8)])
    assert rules.hold({"xs": [4, 5, 6], "k": 2})
    assert not rules.hold({"xs": [4, 5, 6], "k": 7})
    assert not rules.hold({"xs": [], "k": 0})


BOARDS = [[[2, 7, 4], [3, 1, 5], [6, 8, 9]], [[1, 2, 3], [4, 5, 6]], [[3, 4], [1, 2], [6, 5]], [[9, 8, 7], [6, 5, 4]]]


def test_a_table_that_held_each_number_once_is_not_asked_about_with_one_twice():
    """A board, a labelling: with a number in two places, or missing, two right programs may answer otherwise."""
    rules = Relations([{"board": board} for board in BOARDS])
    assert rules.hold({"board": [[6, 5, 4], [1, 2, 3]]})
    assert not rules.hold({"board": [[6, 5, 4], [1, 2, 6]]})
    assert not rules.hold({"board": [[16, 5, 4], [1, 2, 3]]})
    assert Relations([{"board": [[1, 1, 2], [3, 4, 5]]}, *({"board": board} for board in BOARDS)]).hold(
        {"board": [[6, 5, 4], [1, 2, 6]]}
    )


def test_tables_are_redrawn_with_the_same_numbers_elsewhere_too():
    """Where each number has its one place only such inputs are left."""
    rng = random.Random(1)
    rules = Relations([{"board": board} for board in BOARDS])
    domain = Domain(BOARDS)
    drawn = [domain.near(BOARDS[0], rng) for _ in range(300)]
    assert any(rules.hold({"board": board}) and board not in BOARDS for board in drawn)


def test_four_calls_with_the_same_odd_number_do_not_make_all_numbers_odd():
    """Parity is a rule only when several numbers have it: half of all numbers do."""
    assert Relations([{"x": n} for n in (1, 9, -3, 1)]).hold({"x": 2})
    assert not Relations([{"x": n} for n in (1, 9, -3, 5)]).hold({"x": 2})


@pytest.mark.parametrize(
    ("hint", "seen"),
    [
        (float, [1, 9, -3]),
        (float | None, [1, 9, 2.5]),
        (Annotated[float, "kg"], [0, 4]),
        (list[float], [[1, 2], [9]]),
        (tuple[str, float], [("a", 1), ("b", 7)]),
        (tuple[float, ...], [(1, 2), (3,)]),
        (dict[str, float], [{"a": 1, "b": 4}, {"a": 7}]),
        (list[dict[str, float]], [[{"a": 1}], [{"a": 7}]]),
        (None, [Line("a", 1), Line("b", 7)]),
    ],
    ids=str,
)
def test_whole_numbers_where_float_is_written_are_redrawn_as_fractions_too(hint, seen):
    """``mean(1, 2)`` says nothing against 1.5 where the author wrote ``float``; the range stays."""
    rng = random.Random(1)
    drawn = [number for _ in range(300) for number in _numbers(Domain(seen, hint=hint).draw(rng))]
    assert {type(number) for number in drawn} == {int, float}
    assert any(number != int(number) for number in drawn)
    low, high = min(_numbers(seen)), max(_numbers(seen))
    assert all(low <= number <= high for number in drawn)


@pytest.mark.parametrize(
    ("hint", "seen"),
    [(None, [3, 9]), (int, [3, 9]), (list[int], [[1, 2], [9]]), (tuple[str, int], [("a", 1), ("b", 7)])],
    ids=str,
)
def test_whole_numbers_stay_whole_where_nothing_says_that_fractions_are_meant(hint, seen):
    """An index is no fraction."""
    rng = random.Random(1)
    assert all(type(number) is int for _ in range(200) for number in _numbers(Domain(seen, hint=hint).draw(rng)))


def _numbers(value):
    if isinstance(value, int | float):
        return [value]
    parts = value.values() if isinstance(value, dict) else vars(value).values() if isinstance(value, Line) else value
    return [number for part in parts if not isinstance(part, str) for number in _numbers(part)]


def test_days_and_sums_of_money_have_an_order_that_can_be_a_rule_and_texts_have_none():
    """``start <= end`` in every call."""
    days = [date(2024, 1, day) for day in range(1, 9)]
    rules = Relations([{"start": days[at], "end": days[at + 2], "name": "a", "other": "b"} for at in range(5)])
    assert rules.hold({"start": days[0], "end": days[7], "name": "z", "other": "b"})
    assert not rules.hold({"start": days[7], "end": days[0], "name": "a", "other": "b"})


def test_what_was_always_among_the_keys_of_another_argument_stays_so():
    """An order names what has a price; two calls that differ tell, one does not."""
    prices = {"a": 1, "b": 2, "c": 3}
    rules = Relations([{"order": list(order), "prices": prices} for order in ("abc", "cb")])
    assert rules.hold({"order": ["b"], "prices": prices})
    assert not rules.hold({"order": ["b", "x"], "prices": prices})
    assert Relations([{"order": ["a", "b"], "prices": prices}]).hold({"order": ["x"], "prices": prices})


def test_places_in_another_argument_stay_places_in_it():
    """Indices beyond its end would be another matter."""
    rules = Relations([{"at": [0, n], "xs": [7] * (n + 1)} for n in range(5)])
    assert rules.hold({"at": [1, 1], "xs": [7, 7]})
    assert not rules.hold({"at": [0, 2], "xs": [7, 7]})


def test_a_graph_leads_to_what_is_in_it():
    """Each neighbour has a row of its own, in a table by key or by place."""
    graphs = [{"a": ["b"], "b": []}, {"x": ["x"]}, {"a": ["b", "c"], "b": [], "c": ["a"]}, {"q": ["r"], "r": ["q"]}]
    rules = Relations([{"graph": graph} for graph in graphs])
    assert rules.hold({"graph": {"m": ["n"], "n": []}})
    assert not rules.hold({"graph": {"m": ["n"]}})
    rows = Relations([{"graph": graph} for graph in ([[0]], [[1], []], [[1], [2], [0]], [[], [0, 1]])])
    assert not rows.hold({"graph": [[1]]})


@pytest.mark.parametrize(
    ("lists", "presumed", "rules"),
    [
        ([[1, 2, 3], [4, 7, 9]], (), [ascending, distinct]),
        ([[9, 5, 5], [4, 2, 1]], (), [descending]),
        ([[1, 2, 3], [1, 2, 3]], (), []),
        ([[7, 7, 7], [8, 8, 8]], (), []),
        ([[1, 2, 3], [4, 7]], (), []),
        ([[1, 2, 3], [4, 7]], ("order",), [ascending]),
        ([[], ["x", "y"]], ("distinct",), [distinct]),
        ([[3, 1], [4, 7]], ("order",), []),
        ([[], [1]], ("order",), []),
        ([[[1, 2], [3]], [[4], [5]]], ("order",), []),
        ([["a", None, "b"], ["a", "b", "c"]], (), [distinct]),
    ],
)
def test_order_and_distinctness_are_rules_where_they_are_hardly_chance(lists, presumed, rules):
    """Two long lists tell; a list of two only where the author's text presumes it. Rows of a table have no order."""
    assert orders_of(lists, presumed=presumed) == rules


def test_a_few_calls_make_no_rule():
    """Three calls agree by chance."""
    rules = Relations([{"x": n, "y": n + 1} for n in range(3)])
    assert rules.hold({"x": 9, "y": 1})


@pytest.mark.parametrize(
    ("value", "larger"),
    [
        (3, 6),
        ("ab", "abab"),
        ("a b", "a b a b"),
        ("10", "20"),
        ("-7", "-14"),
        ("00420", "00840"),
        ("9780306406157", "97803064061579780306406157"),
        ("1,2", "1,2,1,2"),
        ("a,1\nb,2\n", "a,1\nb,2\na,1\nb,2\n"),
        ([1, 1], [1, 1, 1, 1]),
        ([1, 3], [1, 3, 4, 6]),
        ((1, "a"), (1, "a", 1, "a")),
        ({"a": [1]}, {"a": [1], "a1": [1]}),
        (None, None),
        (True, True),
    ],
)
def test_a_scaled_value_is_larger_in_its_own_style(value, larger):
    """Distinct numbers stay distinct, words words and keys unique; a number in digits may be a count, not 1010 for 10."""
    assert scaled(value, 2) == larger


def test_the_same_seed_draws_the_same_values():
    """A refusal can be repeated."""
    draws = [[Domain([1, 5, 99]).draw(rng) for _ in range(10)] for rng in (random.Random(7), random.Random(7))]
    assert draws[0] == draws[1]


class Cart:
    def __init__(self, lines, discount):
        self.lines, self.discount = lines, discount


@given(st.randoms(use_true_random=False))
def test_an_ordinary_object_is_redrawn_attribute_by_attribute(rng):
    """Numbers and texts within what was seen, and so is what lists hold."""
    carts = [Cart([1], 0.5), Cart([2, 3], 0.25), Cart([], None)]
    for _ in range(10):
        drawn = Domain(carts).draw(rng)
        assert type(drawn) is Cart
        assert drawn.discount is None or 0.25 <= drawn.discount <= 0.5
        assert type(drawn.lines) is list
        assert len(drawn.lines) <= 2
        assert set(drawn.lines) <= {1, 2, 3}
    assert [cart.discount for cart in carts] == [0.5, 0.25, None]


def test_a_text_of_nothing_but_signs_varies_in_its_signs():
    """Brackets that are put in, left out, mistaken or moved are what a parser of brackets is about."""
    rng = random.Random(1)
    domain = Domain(["(()[])", "(]", "[[()]]", "()()[]((", "]"])
    near = {domain.near("(()[])", rng) for _ in range(200)}
    assert len(near) > 20
    assert {len(text) for text in near} >= {5, 6, 7}
    assert set("".join(near)) == set("()[]")


class Rows:
    def __init__(self, rows, names):
        self.rows, self.names = rows, names


def test_what_an_object_holds_keeps_its_shape():
    """Rows stay of one length, keys stay: rules that only the class knows."""
    rng = random.Random(1)
    seen = [Rows([[1, 2], [3, 4]], {"a": 1}), Rows([[5]], {"b": 2}), Rows([[1, 0, 2]], {})]
    domain = Domain(seen)
    drawn = [domain.near(seen[0], rng) for _ in range(60)]
    assert {tuple(map(len, one.rows)) for one in drawn} <= {(2, 2), (1,), (3,)}
    assert any(one.rows not in [each.rows for each in seen] for one in drawn)
    assert {frozenset(one.names) for one in drawn} <= {frozenset("a"), frozenset("b"), frozenset()}
