"""Which object a call hands back where the original crashed: its own, the caller's, or one that outlasts the call."""

from __future__ import annotations

import enum
import json

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


DEFAULTS = {"level": 1, "colour": "red"}
NOTHING: list[int] = []


def settings(text):
    """Settings of a text, the usual ones where it says nothing."""
    return {**DEFAULTS, **json.loads(text)}


def remove(stock, name, count):
    """Take some of a name out of the stock, in place, and return the stock."""
    stock[name] -= count
    if stock[name] <= 0:
        del stock[name]
    return stock


def found(table, key, missing=NOTHING):
    """What the table has for a key."""
    return [*table[key], 1]


STOCK = [Call(({"a": n, "b": 2}, "a", 1)) for n in (1, 2, 5)]


@pytest.mark.parametrize(
    ("answer", "accepted"), [("DEFAULTS", False), ("dict(DEFAULTS)", True), ("{**DEFAULTS}", True), ("{}", True)]
)
def test_an_object_of_the_module_is_not_handed_out_where_the_original_makes_a_new_one(answer, accepted):
    """Whoever changes the result would change the module's table, for everybody."""
    text = (
        "def settings(text):\n    try:\n        own = json.loads(text)\n    except json.JSONDecodeError:\n"
        f"        return {answer}\n    return {{**DEFAULTS, **own}}\n"
    )
    good = [Call(('{"level": 2}',)), Call(("{}",)), Call(('{"size": [1]}',))]
    report = verify(text, settings, failure=Call(("oops",)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert accepted or "very object" in report.reason


@pytest.mark.parametrize(
    ("answer", "accepted"), [("stock", True), ("dict(stock)", False), ("{**stock}", False), ("{}", False)]
)
def test_the_callers_object_is_handed_back_where_the_original_always_does_so(answer, accepted):
    """A chain of calls goes on with the result."""
    text = (
        f"def remove(stock, name, count):\n    if name not in stock:\n        return {answer}\n"
        "    stock[name] -= count\n    if stock[name] <= 0:\n        del stock[name]\n    return stock\n"
    )
    report = verify(text, remove, failure=Call(({"a": 3}, "b", 1)), good_calls=STOCK)
    assert report.accepted is accepted, str(report)


def test_a_default_is_the_callers_to_share():
    """As ``dict.get`` hands back what it is given for a key that is missing."""
    text = "def found(table, key, missing=NOTHING):\n    return [*table[key], 1] if key in table else missing\n"
    good = [Call(({"a": [n]}, "a")) for n in (1, 2, 5)]
    report = verify(text, found, failure=Call(({"a": [1]}, "b")), good_calls=good)
    assert report.accepted, str(report)


def test_another_kind_of_answer_is_no_matter_of_which_object():
    """Where nothing came in that could be handed back, a new one has to be made."""
    text = (
        "def remove(stock, name, count):\n    if stock is None:\n        stock = {}\n    if name in stock:\n"
        "        stock[name] -= count\n        if stock[name] <= 0:\n            del stock[name]\n    return stock\n"
    )
    report = verify(text, remove, failure=Call((None, "b", 1)), good_calls=STOCK)
    assert report.accepted, str(report)


def by_age(people):
    """Names by age, ages ascending."""
    out = {}
    for person in sorted(people, key=lambda one: one["age"]):
        out.setdefault(person["age"], []).append(person["name"])
    return out


def fib(n, table={}):
    """The n-th number of Fibonacci's; fib(0) == 0, fib(1) == 1."""
    if n in table:
        return table[n]
    if n == 1:
        return 1
    table[n] = fib(n - 1) + fib(n - 2)
    return table[n]


PEOPLE = [Call(([{"age": a, "name": "x"}, {"age": b, "name": "y"}],)) for a, b in ((5, 3), (7, 2), (9, 9))]


@pytest.mark.parametrize(
    ("through", "accepted"), [("sorted(found, key=lambda one: one['age'])", True), ("found", False)]
)
def test_the_order_of_a_dict_that_is_filled_from_something_sorted_counts(through, accepted):
    """Whatever fills it."""
    text = (
        "def by_age(people):\n    out = {}\n    found = [one for one in people if 'age' in one]\n"
        f"    for person in {through}:\n        out.setdefault(person['age'], []).append(person['name'])\n    return out\n"
    )
    report = verify(text, by_age, failure=Call(([{"name": "z"}],)), good_calls=PEOPLE)
    assert report.accepted is accepted, str(report)


def test_a_default_that_the_original_fills_may_be_filled_where_it_crashed():
    """It would have come so far."""
    text = (
        "def fib(n, table={}):\n    if n in table:\n        return table[n]\n    if n < 2:\n        return n\n"
        "    table[n] = fib(n - 1) + fib(n - 2)\n    return table[n]\n"
    )
    report = verify(text, fib, failure=Call((5,)), good_calls=[Call((1,))])
    assert report.accepted, str(report)


def label(rows, key):
    """Write the length of a text into each row, in place."""
    for row in rows:
        row["size"] = len(row[key])


def renewed(orders):
    """Each order anew, without what is negative."""
    for at, order in enumerate(orders):
        orders[at] = {name: count for name, count in order.items() if count >= 0}


LABELLED = [Call(([{"a": "x"}, {"a": "yy"}], "a")), Call(([{"b": ""}], "b"))]
RENEWED = [Call(([{"a": 1, "b": -1}, {"c": 2}],)), Call(([{"a": -3}],))]


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("row['size'] = len(row.get(key, ''))", True),
        ("row.update(size=len(row.get(key, '')))", True),
        ("rows[at] = {**row, 'size': len(row.get(key, ''))}", False),
        ("rows[at] = dict(row, size=len(row.get(key, '')))", False),
    ],
)
def test_what_the_original_changes_in_place_is_not_replaced(line, accepted):
    """A caller that holds a row sees the change; as values both are the same."""
    text = f"def label(rows, key):\n    for at, row in enumerate(rows):\n        {line}\n"
    report = verify(text, label, failure=Call(([{"a": "x"}, {}], "a")), good_calls=LABELLED)
    assert report.accepted is accepted, str(report)
    assert accepted or "puts another object in the place of argument 0[" in report.reason


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("orders[at] = {n: c for n, c in order.items() if c is not None and c >= 0}", True),
        ("for n in [n for n, c in order.items() if c is None or c < 0]: del order[n]", False),
    ],
)
def test_what_the_original_replaces_is_not_changed(line, accepted):
    """Whoever holds the old one keeps it as it was."""
    text = f"def renewed(orders):\n    for at, order in enumerate(orders):\n        {line}\n"
    report = verify(text, renewed, failure=Call(([{"a": None}],)), good_calls=RENEWED)
    assert report.accepted is accepted, str(report)
    assert accepted or "leaves the very object at argument 0[" in report.reason


class Query:
    """A text in the making."""

    def __init__(self, where=None):
        self._where = where

    def also(self, **conditions):
        """Add conditions."""
        self._where.update(conditions)
        return self


def test_what_is_private_to_an_object_may_be_made_anew():
    """Nobody else holds it."""
    text = "def also(self, **conditions):\n    self._where = {**(self._where or {}), **conditions}\n    return self\n"
    good = [Call((Query({"a": 1}),), {"b": 2}), Call((Query({}),), {"c": 3})]
    report = verify(text, Query.also, failure=Call((Query(),), {"a": 1}), good_calls=good)
    assert report.accepted, str(report)


def test_parts_may_change_places():
    """What is sorted in place holds the same objects afterwards."""
    text = "def ranked(rows):\n    rows[:] = sorted(rows, key=lambda row: row.get('n', 0))\n    return rows\n"
    good = [Call(([{"n": 2}, {"n": 1}],)), Call(([{"n": 1}, {"n": 3}, {"n": 2}],))]
    report = verify(text, ranked, failure=Call(([{"n": 2}, {}],)), good_calls=good)
    assert report.accepted, str(report)


def ranked(rows):
    """Rows by number, in place."""
    rows.sort(key=lambda row: row["n"])
    return rows


class Money:
    """A sum that is never changed."""

    def __init__(self, amount):
        self.amount = amount

    def __add__(self, other):
        """The sum of both; 0 adds nothing."""
        return Money(self.amount + other.amount)


class Bus:
    """Who listens."""

    def __init__(self, *listeners):
        self.listeners = list(listeners)

    def told(self, word):
        """Who hears a word; what is no listener any more is taken off."""
        heard = []
        for one in self.listeners:
            heard.append(one.upper() + word)
        return heard


def unit(values):
    """The values by their sum; nothing but zeros stays as it is."""
    return [value / sum(values) for value in values]


MONEY = [Call((Money(1), Money(2))), Call((Money(3), Money(5))), Call((Money(2), Money(2))), Call((Money(9), Money(1)))]


def test_an_operator_may_hand_back_its_own_object():
    """``sum`` begins with 0."""
    text = "def __add__(self, other):\n    if other == 0:\n        return self\n    return Money(self.amount + other.amount)\n"
    report = verify(text, Money.__add__, failure=Call((Money(4), 0)), good_calls=MONEY)
    assert report.accepted, str(report)


def test_what_stays_as_it_is_may_be_handed_back():
    """The docstring says so."""
    text = "def unit(values):\n    whole = sum(values)\n    return [value / whole for value in values] if whole else values\n"
    good = [Call(([1.0, float(n)],)) for n in (1, 2, 3, 4, 5)]
    report = verify(text, unit, failure=Call(([0.0, 0.0],)), good_calls=good)
    assert report.accepted, str(report)


def test_a_copy_to_walk_over_is_no_unneeded_change():
    """Without it the loop would leave out what follows on what it takes off."""
    text = (
        "def told(self, word):\n    heard = []\n    for one in list(self.listeners):\n        if one is None:\n"
        "            self.listeners.remove(one)\n            continue\n        heard.append(one.upper() + word)\n    return heard\n"
    )
    good = [Call((Bus("a", "b"), "x")), Call((Bus("c"), "y"))]
    report = verify(text, Bus.told, failure=Call((Bus(None, None, "a"), "x")), good_calls=good)
    assert "list(self.listeners)" not in report.reason, str(report)


def by_name(rows):
    """Name to row; rows without a name are left out."""
    return {row["name"]: row for row in rows}


def copies_by_name(rows):
    """Name to a copy of the row; rows without a name are left out."""
    return {row["name"]: dict(row) for row in rows}


ROWS = [Call(([{"name": "a", "n": 1}, {"name": "b", "n": 2}],)), Call(([{"name": "c", "n": 3}],)), Call(([],))]


@pytest.mark.parametrize(
    ("function", "row", "accepted"),
    [
        (by_name, "row", True),
        (by_name, "dict(row)", False),
        (copies_by_name, "dict(row)", True),
        (copies_by_name, "row", False),
    ],
)
def test_the_parts_of_a_result_are_the_callers_objects_where_they_were(function, row, accepted):
    """Whoever changes a row of an index means the row; who was given copies does not."""
    text = f"def {function.__name__}(rows):\n    return {{row['name']: {row} for row in rows if 'name' in row}}\n"
    report = verify(text, function, failure=Call(([{"name": "a"}, {"n": 1}],)), good_calls=ROWS)
    assert report.accepted is accepted, str(report)
    assert accepted or "very object" in report.reason


def marked(rows):
    """Rows in their order, each with a total; a row without a price costs nothing."""
    return [{**row, "total": row["price"] * 2} for row in rows]


def test_a_part_that_has_to_be_made_anew_may_be():
    """Nobody's object was in the result before."""
    text = "def marked(rows):\n    return [dict(row, total=row.get('price', 0) * 2) for row in rows]\n"
    good = [Call(([{"price": 1, "tags": ["x"]}],)), Call(([{"price": 2, "tags": []}, {"price": 3, "tags": ["y"]}],))]
    report = verify(text, marked, failure=Call(([{"tags": ["z"]}],)), good_calls=good)
    assert report.accepted, str(report)


def priced(rows):
    """Rows with their totals."""
    found = []
    for row in rows:
        found.append({**row, "total": row["price"] * 2})
    return found


@pytest.mark.parametrize(("row", "accepted"), [("row", False), ("dict(row)", True), ("{**row, 'total': None}", True)])
def test_where_the_original_crashed_parts_are_copies_if_they_always_are(row, accepted):
    """Whoever changes the result would change what was given, for some rows and not for others."""
    text = (
        "def priced(rows):\n    found = []\n    for row in rows:\n        if 'price' not in row:\n"
        f"            found.append({row})\n            continue\n"
        "        found.append({**row, 'total': row['price'] * 2})\n    return found\n"
    )
    good = [Call(([{"price": 1, "n": "x"}],)), Call(([{"price": 2}, {"price": 3, "n": "y"}],))]
    report = verify(text, priced, failure=Call(([{"n": "z"}],)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert accepted or "make a copy" in report.reason


def dearest(rows):
    """The dearest row of each group, with its group."""
    return {name: max(group, key=lambda row: row["price"]) for name, group in rows.items()}


@pytest.mark.parametrize(
    ("row", "accepted"), [("one", True), ("dict(one)", False), ("{**one, 'price': 0}", True), ("one.copy()", False)]
)
def test_where_the_original_crashed_parts_are_the_callers_if_they_always_are(row, accepted):
    """A row that had to be filled in is another one; a mere copy is nobody's."""
    text = (
        "def dearest(rows):\n    found = {}\n    for name, group in rows.items():\n"
        "        priced = [row for row in group if 'price' in row]\n        if priced:\n"
        "            found[name] = max(priced, key=lambda row: row['price'])\n        else:\n"
        f"            one = group[0]\n            found[name] = {row}\n    return found\n"
    )
    good = [Call(({"a": [{"price": 1, "n": "x"}, {"price": 4}]},)), Call(({"b": [{"price": 2}]},))]
    report = verify(text, dearest, failure=Call(({"a": [{"n": "z"}]},)), good_calls=good)
    assert report.accepted is accepted, str(report)


class State(enum.Enum):
    NEW = "new"
    PAID = "paid"
    SENT = "sent"
    DONE = "done"


NEXT = {State.NEW: State.PAID, State.PAID: State.SENT, State.SENT: State.DONE}


def after(state):
    """The next state."""
    return NEXT[state]


def test_a_member_of_an_enumeration_is_handed_back_as_it_is():
    """There is one of each: nobody copies it, and the original's own answers are such members."""
    good = [Call((state,)) for state in list(State)[:3]]
    text = "def after(state):\n    return NEXT.get(state, state)\n"
    report = verify(text, after, failure=Call((State.DONE,)), good_calls=good)
    assert report.accepted, str(report)
