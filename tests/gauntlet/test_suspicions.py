"""What is put into good calls because a candidate newly asks for it: nothing, both sides of its borders, more signs."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import fractions
from typing import NamedTuple

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.borders import beside, negated, new_borders
from fukkatsu._gauntlet.calendar_days import is_date, looks_at_days, other_days
from fukkatsu._gauntlet.cuts import longer, new_cuts
from fukkatsu._gauntlet.sought import Sought
from fukkatsu._gauntlet.texts import read_text
from fukkatsu._gauntlet.treatments import changed_places, new_treatments, treated
from fukkatsu._gauntlet.truths import newly_asked, newly_missing, nothing_like
from fukkatsu._oracle.places import places_of, with_value

pytestmark = pytest.mark.once  # says nothing about the interpreter


class Offer(NamedTuple):
    shop: str
    price: float | None


@dataclasses.dataclass(frozen=True)
class Box:
    label: str
    content: list


class Shelf:
    def __init__(self, boxes):
        self.boxes = boxes


def _read(body, parameters):
    return read_text(f"def f({parameters}):\n    {body}\n", "f")


# --- places -----------------------------------------------------------------------------------------------------------


def test_a_value_is_put_anywhere_and_nothing_else_is_touched():
    """Lists, tuples, dicts, named tuples, frozen dataclasses, objects: copied on the way, shared elsewhere."""
    shelf = Shelf([Box("a", [Offer("x", 2.0), {"k": (1, 2)}]), Box("b", [])])
    arguments = {"shelf": shelf, "n": 3}
    for place in places_of(arguments):
        changed = with_value(arguments, place.path, "new")
        assert {p.path: p.value for p in places_of(changed)}[place.path] == "new"
    path = (
        ("parameter", "shelf"), ("attribute", "boxes"), ("item", 0), ("attribute", "content"), ("item", 0),
    )  # fmt: skip
    changed = with_value(arguments, path, None)["shelf"]
    assert changed.boxes[0] == Box("a", [None, {"k": (1, 2)}])
    assert changed.boxes[1] is shelf.boxes[1]
    assert shelf.boxes[0].content[0] == Offer("x", 2.0)
    price = with_value({"o": Offer("x", 2.0)}, (("parameter", "o"), ("attribute", "price")), 0.0)["o"]
    assert price == Offer("x", 0.0)
    assert type(price) is Offer


@dataclasses.dataclass(slots=True)
class Crate:
    label: str
    limit: int | None = None


class Lidded(Crate):
    def __init__(self, label, lid):
        super().__init__(label)
        self.lid = lid


@pytest.mark.parametrize(
    ("value", "path", "read"),
    [
        (Crate("a", 3), (("attribute", "limit"),), lambda made: made.limit),
        (Lidded("a", "b"), (("attribute", "label"),), lambda made: made.label),
        (Lidded("a", "b"), (("attribute", "lid"),), lambda made: made.lid),
        (collections.OrderedDict(a=1, b=2), (("key", "b"),), lambda made: made["b"]),
        (collections.defaultdict(list, a=[1]), (("key", "a"), ("item", 0)), lambda made: made["a"][0]),
        (collections.Counter("ab"), (("key", "a"),), lambda made: made["a"]),
        (collections.deque([1, 2], 5), (("item", 1),), lambda made: made[1]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_slots_and_the_librarys_containers_have_places_too(value, path, read):
    """What is made has the class of what it was made of, and the given one stays."""
    before = repr(value)
    assert (("parameter", "x"), *path) in {place.path for place in places_of({"x": value})}
    made = with_value({"x": value}, (("parameter", "x"), *path), "new")["x"]
    assert type(made) is type(value)
    assert read(made) == "new"
    assert repr(value) == before
    if isinstance(value, collections.defaultdict):
        assert made["other"] == []
    if isinstance(value, collections.deque):
        assert made.maxlen == 5


def test_what_a_librarys_object_keeps_in_slots_is_its_own_matter():
    """A fraction is a value, not two numbers."""
    assert [place.path for place in places_of({"x": fractions.Fraction(1, 3)})] == [(("parameter", "x"),)]


class Loud:
    def __init__(self):
        self.secret = 1

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __copy__(self):
        raise RuntimeError("copied")

    def __bool__(self):
        raise RuntimeError("asked")


def test_no_code_of_an_object_runs_when_its_places_are_looked_at():
    """The host looks: what an author's object does when it is handled must not matter there."""
    loud = Loud()
    found = places_of({"x": [loud]})
    assert [place.path[-1] for place in found] == [("parameter", "x"), ("item", 0), ("attribute", "secret")]
    changed = with_value({"x": [loud]}, found[-1].path, 2)["x"][0]
    assert object.__getattribute__(changed, "__dict__") == {"secret": 2}
    assert nothing_like(loud, "") is None


def test_what_is_endless_or_huge_is_not_walked_through():
    """A list that holds itself, and one of a million items."""
    itself = []
    itself.append(itself)
    assert len(places_of({"x": itself, "y": list(range(10**6)), "z": [[list(range(99))] * 99] * 99})) <= 200


# --- truth ------------------------------------------------------------------------------------------------------------

FEE = Sought("key", "fee")


@pytest.mark.parametrize(
    ("body", "parameters", "asked"),
    [
        ("return fee or 5.0", "fee", [Sought("parameter", "fee")]),
        ("return 1 if not fee else 2", "fee", [Sought("parameter", "fee")]),
        ("return (order.get('fee') or 5) * order['n']", "order", [FEE]),
        ("fee = order['fee']\n    if fee: return 1", "order", [FEE]),
        ("if (fee := order.get('fee')) and fee > 1: return 1", "order", [FEE]),
        ("if self.best and x > self.best: return 1", "self, x", [Sought("attribute", "best")]),
        ("return [o for o in offers if o.price]", "offers", [Sought("attribute", "price")]),
        ("return [x for x in xs if x]", "xs", [Sought("item", inside=Sought("parameter", "xs"))]),
        ("return list(filter(None, xs))", "xs", [Sought("item", inside=Sought("parameter", "xs"))]),
        ("return 1 if all(xs) else 2", "xs", [Sought("item", inside=Sought("parameter", "xs"))]),
        ("return xs[0] or None", "xs", [Sought("item", inside=Sought("parameter", "xs"))]),
        ("return 1 if text.strip() else 2", "text", [Sought("parameter", "text")]),
        ("for k, v in d.items():\n        if not v: return k", "d", [Sought("item", inside=Sought("parameter", "d"))]),
        (
            "for i, v in enumerate(d):\n        if not v: return i",
            "d",
            [Sought("item", inside=Sought("parameter", "d"))],
        ),
        ("return sum(xs) or 1", "xs", []),
        ("if x is not None and x > 1: return 1", "x", []),
        ("return 1 if known else 2", "known", []),
    ],
)
def test_what_is_newly_asked_for_its_truth_is_told_from_the_text(body, parameters, asked):
    """Comparisons answer yes or no; what the original asks as well is not new."""
    original = _read("return 5 if known else 6", parameters)
    assert newly_asked(_read(body, parameters), original) == asked


def test_items_are_looked_for_where_they_are():
    """Not in another argument, and not the argument itself."""
    items = Sought("item", inside=Sought("parameter", "xs"))
    assert items.fits((("parameter", "xs"), ("item", 2)))
    assert items.fits((("parameter", "xs"), ("key", "a")))
    assert not items.fits((("parameter", "ys"), ("item", 2)))
    assert not items.fits((("parameter", "xs"),))


@pytest.mark.parametrize(
    ("value", "docstring", "nothing"),
    [
        (3, "", 0),
        (2.5, "None when b is 0.", 0.0),
        (2.5, "A fee of 0 means the usual one.", None),
        (2, "How many of the positive numbers.", None),
        ("ab", "", ""),
        ("ab", "An empty name is nobody's.", None),
        ("ab", "'guest' without a name.", None),
        (2.5, "5.0 without a fee.", 0.0),
        ([1], "", []),
        (0, "", None),
        (None, "", None),
        (True, "", None),
    ],
)
def test_nothing_is_of_the_kind_that_was_seen_and_not_what_the_author_speaks_of(value, docstring, nothing):
    """What a docstring says of zero or of empty texts may be what the original fails to do."""
    found = nothing_like(value, docstring)
    assert (type(found), found) == (type(nothing), nothing)


# --- borders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "borders"),
    [
        ("return x if x > 0 else 1", [(Sought("parameter", "x"), False, 0)]),
        ("return x if abs(x) > 1e-3 else 1", [(Sought("parameter", "x"), False, 1e-3)]),
        ("return x if -5 <= x else 1", [(Sought("parameter", "x"), False, -5)]),
        ("return x if len(x) < 2 else 1", [(Sought("parameter", "x"), True, 2)]),
        ("return x if x.n == 3 else 1", [(Sought("attribute", "n"), False, 3)]),
        ("return x if x < 7 else 1", []),
        ("return x if x <= 7 else 1", [(Sought("parameter", "x"), False, 7)]),
        ("return x if x == 'a' else 1", []),
    ],
)
def test_borders_that_only_the_candidate_draws_are_told_from_the_text(body, borders):
    """The original's own borders are literals of it, which are tried anyway."""
    found = new_borders(_read(body, "x"), _read("return x if x < 7 else 2", "x"))
    assert [border[:3] for border in found] == borders


@pytest.mark.parametrize(
    ("value", "border", "length", "real", "values"),
    [
        (4, 0, False, False, [0, -1, 1]),
        (4, 2.5, False, False, [2, 1, 3]),
        (4.0, 0.25, False, False, [0.25, 0.25 * 63 / 64, 0.25 * 65 / 64]),
        (4, 0.5, False, True, [0.5, 0.5 * 63 / 64, 0.5 * 65 / 64]),
        ([5, 6], 2, True, False, [[5], [5, 6], [5, 6, 5]]),
        ("abc", 1, True, False, ["", "a", "ab"]),
        ("04-02-2029", 9, True, False, []),
        ([], 1, True, False, []),
        ({}, 1, True, False, []),
        ("abc", 1, False, False, []),
        ([1], 10**9, True, False, []),
    ],
)
def test_both_sides_of_a_border_are_tried(value, border, length, real, values):
    """The number itself, one less and one more; fractions just beside it; as many parts as that."""
    assert list(beside(value, border, length=length, real=real)) == values


# --- treatments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "docstring", "found"),
    [
        ("return x.strip()", "", [("strip", "")]),
        ("return x.lstrip('0')", "", [("lstrip", "0")]),
        ("return x.strip()", "Without outer blanks.", []),
        ("return x.capitalize()", "Words with a capital.", [("capitalize", "")]),
        ("return x.lower()", "In lower case.", []),
        ("return x.upper()", "", []),
        ("return abs(x)", "", [("abs", "")]),
        ("return x.split()", "", []),
    ],
)
def test_what_only_the_candidate_does_to_texts_is_told_from_the_text(body, docstring, found):
    """Unless the docstring asks for it: then it may be what the original fails to do."""
    assert new_treatments(_read(body, "x"), _read("return x.upper()", "x"), docstring) == found


@pytest.mark.parametrize(
    ("text", "name", "signs", "variants"),
    [
        ("ab", "strip", "", [" ab", "ab "]),
        ("ab", "rstrip", "/", ["ab/"]),
        ("012", "lstrip", "0", ["0012"]),
        ("Ab", "lower", "", ["aB", "AB", "ab"]),
        ("12", "lower", "", []),
        ("", "strip", "", []),
    ],
)
def test_texts_differ_in_what_is_treated_and_in_nothing_else(text, name, signs, variants):
    """Another case, blanks at the ends, the sign that is stripped."""
    assert list(treated(text, name, signs)) == variants


@pytest.mark.parametrize(
    ("value", "name", "variants"),
    [
        ("12", "isdigit", ["-12", " 12", "+12", "12.5", "12 "]),
        ("v1.2", "isdecimal", ["v-1.2", "v 1.2", "v+1.2", "v1.5.2", "v1 .2"]),
        ("ab", "isdigit", []),
        ("ab", "isalpha", ["a b", "a-b", "a.b"]),
        (7, "isnumeric", [-7]),
        (True, "isnumeric", []),
        ("a,b", "strip", [" a,b", "a,b ", "a ,b", "a, b"]),
        ("a\nb", "rstrip", ["a\nb ", "a \nb"]),
    ],
)
def test_who_asks_for_digits_gets_signs_and_who_strips_gets_blanks_where_parts_meet(value, name, variants):
    """-12 is a number too, and a line that is stripped may end in the middle of a text."""
    assert list(treated(value, name, "")) == variants


def test_a_pattern_of_digits_asks_for_digits():
    """As ``isdigit`` does."""
    text = _read(r"return int(x) if re.fullmatch(r'\d+', x) else 0", "x")
    assert new_treatments(text, _read("return int(x)", "x"), "") == [("isdigit", "")]


def test_what_is_stripped_elsewhere_is_new():
    """The author strips the line, the candidate a part of it."""
    assert new_treatments(_read("return y.strip()", "x, y"), _read("return x.strip()", "x, y"), "") == [("strip", "")]


# --- cuts and None ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "cuts"),
    [
        ("return x[:80]", [(Sought("parameter", "x"), 80)]),
        (
            "return [y[:5] for y in x]",
            [(Sought("item", inside=Sought("parameter", "x")), 5), (Sought("parameter", "x"), 5)],
        ),
        ("return x[:7]", []),
        ("return x[1:]", []),
        ("return x[:10**9]", []),
        ("return x[:-1]", []),
    ],
)
def test_limits_that_only_the_candidate_draws_are_told_from_the_text(body, cuts):
    """A first part of a fixed length."""
    assert new_cuts(_read(body, "x"), _read("return x[:7]", "x")) == cuts


@pytest.mark.parametrize(
    ("value", "size", "values"),
    [
        ([1, 2], 4, [[1, 2, 1, 2, 1]]),
        ("ab", 3, ["aaab", "abbb"]),
        (b"ab", 2, [b"aab", b"abb"]),
        ("abcd", 3, []),
        ("", 3, []),
        ({1: 2}, 3, []),
    ],
)
def test_what_is_cut_gets_one_part_more(value, size, values):
    """Made of what it has."""
    assert list(longer(value, size)) == values


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("v = x.get('k')\n    return 1 if v is None else v", [Sought("key", "k")]),
        ("return [y for y in x if y != None]", [Sought("item", inside=Sought("parameter", "x"))]),
        ("return 1 if x == 0 else 2", []),
        ("return 1 if known is None else 2", []),
    ],
)
def test_what_is_newly_compared_with_none_is_told_from_the_text(body, missing):
    """What the original compares so is not new."""
    assert newly_missing(_read(body, "x"), _read("return 5 if known is None else 6", "x")) == missing


def test_other_days_stay_on_their_side_of_the_dates_beside_them():
    """Each day of the week, birthdays and their eves; a start comes before its end."""
    born, today = datetime.date(2001, 5, 17), datetime.date(2024, 3, 1)
    days = list(other_days(today, [born]))
    assert {day.weekday() for day in days} == set(range(7))
    assert datetime.date(2024, 5, 17) in days
    assert datetime.date(2024, 5, 16) in days
    assert all(day >= born for day in days)
    assert all(day <= today for day in other_days(born, [today]))
    assert list(other_days(datetime.date.max))[:2] == [datetime.date(9999, 12, 30), datetime.date(9998, 12, 31)]
    assert not is_date("2024-03-01")


@pytest.mark.parametrize(
    ("body", "looks"),
    [
        ("return x.weekday() == 5", True),
        ("return x.weekday() >= 5", False),
        ("return int((x - y).days / 365.25)", True),
        ("return x + timedelta(days=1)", True),
        ("return x == y", False),
    ],
)
def test_who_newly_looks_at_parts_of_dates_is_told_from_the_text(body, looks):
    """What the original compares and reckons with is not new."""
    assert looks_at_days(_read(body, "x, y"), _read("return x.weekday() >= 5", "x, y")) is looks


def test_numbers_are_turned_round_wherever_they_stand():
    """In lists, tuples and dicts; where there are none, there is nothing to try."""
    assert negated([1, (2.5, "a"), {"k": 3}, -4]) == [-1, (-2.5, "a"), {"k": -3}, -4]
    assert negated(["a", True, 0]) is None
    assert negated(5) is None


def test_arguments_of_one_type_change_places():
    """Texts do not: a name is no pattern."""
    assert list(changed_places({"a": 1, "b": 2, "c": 2.5})) == [{"a": 2, "b": 1, "c": 2.5}]
    assert list(changed_places({"a": "x", "b": "y", "c": None, "d": None})) == []


# --- whole verdicts ---------------------------------------------------------------------------------------------------


def ship_cost(order: dict) -> float:
    """Shipping cost: order['fee'] times order['weight']; without a fee 5.0 per kg."""
    return order["fee"] * order["weight"]


def safe_div(a: float, b: float) -> float | None:
    """a / b, or None when b is 0."""
    return a / b


def cheapest(offers):
    """The cheapest offer; offers without a price do not count. None when there is none."""
    return min(offers, key=lambda offer: offer.price)


class Account:
    def __init__(self, limit=None):
        self.limit = limit
        self.best = None

    def withdraw(self, amount):
        """What is paid out; no limit is None.

        Raises:
            ValueError: If amount is above the limit.
        """
        if amount > self.limit:
            raise ValueError("above the limit")
        return amount

    def record(self, value):
        """Keep the largest value so far."""
        if value > self.best:
            self.best = value


def _best(value):
    account = Account()
    account.best = value
    return account


def month(n):
    """Name of month n.

    Raises:
        ValueError: If n is not one of the first three months.
    """
    return ["Jan", "Feb", "Mar"][n - 1]


def kth(values, k):
    """The k-th smallest value (from 1); None when there are fewer."""
    return sorted(values)[k - 1]


def title_case(text):
    """Words with a capital."""
    return " ".join(word[0].upper() + word[1:] for word in text.split(" "))


def steps(start, end):
    """How far it is from start to end."""
    return end - start


def stock(row):
    """Number of pieces in a row; 0 where it is not said."""
    return int(row["n"])


def version(text):
    """The parts of a dotted version."""
    return tuple(int(part) for part in text.split("."))


def due(items):
    """What is to be paid for items of an amount each."""
    return sum(item["amount"] for item in items)


def mean(values):
    """Mean of the temperatures."""
    return sum(values) / len(values)


def headline(text):
    """First line of a text."""
    return text.splitlines()[0]


def setting(values, key, default=0):
    """The value of a key, or the default."""
    return values[key]


def rest_day(day, closed):
    """Whether there is no work on a day."""
    return day.weekday() >= 5 or day in closed


def age(born, today):
    """Full years since somebody was born; None when that is not known."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


MAY = datetime.date(2024, 5, 3)
REST = rest_day, Call((MAY, None)), [Call((MAY, [])), Call((datetime.date(2024, 5, 4), [])), Call((MAY, [MAY]))]
AGE = (
    age,
    Call((None, MAY)),
    [Call((datetime.date(2001, 5, 17), MAY)), Call((datetime.date(1990, 1, 1), datetime.date(2023, 6, 1)))],
)


def shortened(text, limit=20):
    """At most so much of a text, None gives ''."""
    return text if len(text) <= limit else text[: limit - 1] + "~"


def packed(crate, number):
    """How many of a number of things fit into a crate; all where no limit is set."""
    return min(crate.limit, number)


SHORTENED = shortened, Call((None,)), [Call(("a",)), Call(("hello you", 5)), Call(("four", 4))]
PACKED = packed, Call((Crate("a"), 3)), [Call((Crate("a", 5), 3)), Call((Crate("b", 2), 7))]
STOCK = stock, Call(({"n": ""},)), [Call(({"n": "3"},)), Call(({"n": "12"},))]
VERSION = version, Call(("1.x",)), [Call(("1.2",)), Call(("2",))]
DUE = due, Call(([{"amount": None}],)), [Call(([{"amount": 1}, {"amount": 2}],)), Call(([],))]
MEAN = mean, Call(([],)), [Call(([1.5, 2.5],)), Call(([20.0],))]
HEADLINE = headline, Call(("",)), [Call(("one\ntwo",)), Call(("a word",))]
SETTING = setting, Call(({"a": 1}, "b")), [Call(({"a": 1}, "a")), Call(({"b": 5}, "b", 7))]
MAYBE = setting, Call(({"a": 1}, "b")), [Call(({"a": 1}, "a")), Call(({"b": None}, "b", 7))]
TITLE = title_case, Call(("a  b",)), [Call(("hello you",)), Call(("the end",))]
STEPS = steps, Call((None, 3)), [Call((1, 4)), Call((2, 3))]
MONTH = month, Call((4,)), [Call((1,)), Call((3,))]
KTH = kth, Call(([3], 2)), [Call(([3, 1, 2], 2)), Call(([5], 1))]
SHIP = ship_cost, Call(({"weight": 2.0},)), [Call(({"fee": 3.0, "weight": 2.0},)), Call(({"fee": 1.5, "weight": 4.0},))]
DIV = safe_div, Call((1, 0)), [Call((1, 2)), Call((9, 3)), Call((-3, 2))]
CHEAPEST = (
    cheapest,
    Call(([Offer("a", 3.0), Offer("b", None)],)),
    [Call(([Offer("a", 3.0), Offer("b", 2.0)],)), Call(([Offer("x", 1.0), Offer("y", 1.0)],))],
)
WITHDRAW = Account.withdraw, Call((Account(), 30)), [Call((Account(50), 30)), Call((Account(50), 60))]
RECORD = Account.record, Call((Account(), 3)), [Call((_best(2), 5)), Call((_best(4), 2))]


@pytest.mark.parametrize(
    ("case", "body", "accepted"),
    [
        (SHIP, "return (order.get('fee') or 5.0) * order['weight']", False),
        (SHIP, "return order.get('fee', 5.0) * order['weight']", True),
        (DIV, "return a / b if a and b else None", False),
        (DIV, "return a / b if b > 1 else None", False),
        (DIV, "return a / b if abs(b) > 1e-3 else None", False),
        (DIV, "return a / b if b else None", True),
        (DIV, "return a / b if b != 0 else None", True),
        (CHEAPEST, "return min([o for o in offers if o.price], key=lambda o: o.price, default=None)", False),
        (CHEAPEST, "return min([o for o in offers if o.price is not None], key=lambda o: o.price, default=None)", True),
        (
            WITHDRAW,
            "if self.limit and amount > self.limit:\n        raise ValueError('above the limit')\n    return amount",
            False,
        ),
        (
            WITHDRAW,
            "if self.limit is not None and amount > self.limit:\n        raise ValueError('above the limit')\n"
            "    return amount",
            True,
        ),
        (MONTH, "if not n or n > 3:\n        raise ValueError(n)\n    return ['Jan', 'Feb', 'Mar'][n - 1]", True),
        (
            MONTH,
            "if not n:\n        return 'Mon'\n    if n > 3:\n        return '???'\n    return ['Jan', 'Feb', 'Mar'][n - 1]",
            False,
        ),
        (KTH, "return sorted(values)[k - 1] if 1 <= k <= len(values) else None", True),
        (TITLE, "return ' '.join(word.capitalize() for word in text.split(' '))", False),
        (TITLE, "return ' '.join(word[:1].upper() + word[1:] for word in text.split(' '))", True),
        (STEPS, "return abs(end - (start or 0))", False),
        (STEPS, "return end - (0 if start is None else start)", True),
        (RECORD, "if not self.best or value > self.best:\n        self.best = value", False),
        (RECORD, "if self.best is None or value > self.best:\n        self.best = value", True),
        (STOCK, "return int(row['n']) if row['n'].isdigit() else 0", False),
        (STOCK, "return int(row['n'] or 0)", True),
        (VERSION, "return tuple(int(part) if part.isdigit() else 0 for part in text.split('.'))", True),
        (DUE, "return sum(i['amount'] for i in items if i['amount'] is not None and i['amount'] > 0)", False),
        (DUE, "return sum(max(0, i['amount'] or 0) for i in items)", False),
        (DUE, "return sum(i['amount'] or 0 for i in items[:50])", False),
        (DUE, "return sum(i['amount'] for i in items if i['amount'] is not None)", True),
        (MEAN, "return max(0.0, sum(values) / len(values)) if values else 0.0", False),
        (MEAN, "return sum(values) / len(values) if values else 0.0", True),
        (HEADLINE, "return text.splitlines()[0][:80] if text else ''", False),
        (HEADLINE, "return text.splitlines()[0].strip() if text else ''", False),
        (HEADLINE, "return text.splitlines()[0] if text else ''", True),
        (
            SHORTENED,
            "if not text:\n        return ''\n    return text if len(text) <= limit else text[: limit - 1] + '~'",
            True,
        ),
        (PACKED, "return min(crate.limit, number) if crate.limit else number", False),
        (PACKED, "return number if crate.limit is None else min(crate.limit, number)", True),
        (REST, "return day.weekday() == 5 or day in (closed or [])", False),
        (REST, "return day.weekday() >= 5 or day in (closed or [])", True),
        (AGE, "return None if born is None else int((today - born).days / 365.25)", False),
        (
            AGE,
            "if born is None:\n        return None\n    before = (today.month, today.day) < (born.month, born.day)\n"
            "    return today.year - born.year - before",
            True,
        ),
        (SETTING, "value = values.get(key)\n    return default if value is None else value", True),
        (MAYBE, "value = values.get(key)\n    return default if value is None else value", False),
        (MAYBE, "return values.get(key, default)", True),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_truth_for_is_none_and_guards_that_are_too_wide_are_refused(case, body, accepted):
    """0 is a fee, a price and a limit; the original has answers for small divisors, and Python for index -1."""
    function, failing, good = case
    head = {
        "ship_cost": "order: dict) -> float",
        "safe_div": "a: float, b: float) -> float | None",
        "cheapest": "offers)",
        "withdraw": "self, amount)",
        "record": "self, value)",
        "month": "n)",
        "kth": "values, k)",
        "title_case": "text)",
        "steps": "start, end)",
        "stock": "row)",
        "shortened": "text, limit=20)",
        "packed": "crate, number)",
        "rest_day": "day, closed)",
        "age": "born, today)",
        "version": "text)",
        "due": "items)",
        "mean": "values)",
        "headline": "text)",
        "setting": "values, key, default=0)",
    }[function.__name__]
    report = verify(f"def {function.__name__}({head}:\n    {body}\n", function, failure=failing, good_calls=good)
    assert report.accepted == accepted, str(report)
    assert accepted or report.refused_by in ("differential", "good-calls")


@pytest.mark.parametrize(
    ("case", "text", "words"),
    [
        (
            SETTING,
            "def setting(values, key, default=0):\n    value = values.get(key)\n"
            "    return default if value is None else value\n",
            "takes None for what is missing",
        ),
        (
            VERSION,
            "def version(text):\n    return tuple(int(part) if part.isdigit() else 0 for part in text.split('.'))\n",
            "made of digits or letters",
        ),
        (
            MEAN,
            "def mean(values):\n    total = sum(values)\n    if total <= 0:\n        return 0.0\n"
            "    return total / len(values)\n",
            "guards against more than zero",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else None,
)
def test_what_nobody_has_passed_is_left_to_a_person_with_the_input(case, text, words):
    """A None that was never there, a sign in a version, a negative sum: perhaps nobody passes them, perhaps it is a slip."""
    function, failing, good = case
    report = verify(text, function, failure=failing, good_calls=good)
    assert report.accepted, str(report)
    assert any(note.startswith("FOR A PERSON TO DECIDE") and words in note for note in report.notes), report.notes


class Places:
    """So many places."""

    def __init__(self, size, content=None):
        self.size, self.content = size, dict(content or {})

    def get(self, key, source):
        if key not in self.content:
            if len(self.content) >= self.size:
                del self.content[next(iter(self.content))]
            self.content[key] = source[key]
        return self.content[key]


def test_objects_that_no_program_makes_are_not_tried():
    """What was true of the attributes of every object seen stays true: never more on the shelf than there are places."""
    text = (
        "def get(self, key, source):\n    if key in self.content:\n        return self.content[key]\n"
        "    value = source[key]\n    if self.size > 0:\n        if len(self.content) >= self.size:\n"
        "            del self.content[next(iter(self.content))]\n        self.content[key] = value\n    return value\n"
    )
    good = [
        Call((Places(2), "a", {"a": 1})),
        Call((Places(2, {"a": 5}), "a", {"a": 1})),
        Call((Places(1, {"b": 2}), "a", {"a": 1})),
        Call((Places(2, {"x": 7, "y": 8}), "z", {"z": 9})),
        Call((Places(3, {"x": 7}), "y", {"y": 0})),
    ]
    report = verify(text, Places.get, failure=Call((Places(0), "a", {"a": 1})), good_calls=good)
    assert report.accepted, str(report)


def spent(items):
    """Sum of the amounts; missing amounts (None) count nothing."""
    return sum(item["amount"] for item in items)


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("sum(item['amount'] or 0 for item in items)", True),
        ("sum(item['amount'] for item in items if item['amount'])", True),
        ("sum(item['amount'] or 1 for item in items)", False),
        ("sum(str(item['amount'] or 0) for item in items)", False),
    ],
)
def test_where_nothing_is_put_in_a_whole_number_is_as_good_as_another(body, accepted):
    """``0.0 or 0`` is the whole number: a sum of it and 1 is 1, and nobody minds that it was 1.0."""
    good = [Call(([{"amount": 1}, {"amount": 2.5}],)), Call(([],))]
    failing = Call(([{"amount": 1.5}, {"amount": None}],))
    report = verify(f"def spent(items):\n    return {body}\n", spent, failure=failing, good_calls=good)
    assert report.accepted is accepted, str(report)
