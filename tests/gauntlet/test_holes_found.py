"""Holes that were found by trying: wrong corrections that passed, and right ones that did not."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import hashlib
import io
import logging
import time
from decimal import Decimal

import pytest

from fukkatsu import Call, Checks, verify


def verdict_of(report, stage):
    return next((v for v in report.verdicts if v.stage == stage), None)


# --- right corrections that were refused ------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def color(name):
    """The colour of that name, in any case."""
    return Color(name)


def area(shape):
    """Area of ('circle', r), ('rect', w, h) or ('square', a)."""
    match shape:
        case ("circle", r):
            return 3.14159 * r * r
        case ("rect", w, h):
            return w * h
    raise ValueError(shape)


AREA = """def area(shape):
    match shape:
        case ("circle", r):
            return 3.14159 * r * r
        case ("rect", w, h):
            return w * h
        case ("square", a):
            return a * a
    raise ValueError(shape)
"""


def test_neighbours_that_are_invalid_whatever_the_correction_say_nothing_about_it():
    """A changed name is no colour, before and after; that holds around good calls as well."""
    right = "def color(name):\n    return Color(name.lower())\n"
    report = verify(right, color, failure=Call(("RED",)), good_calls=[Call(("red",)), Call(("blue",))])
    assert report.accepted, str(report)


def test_an_exception_that_the_correction_raises_itself_is_an_answer_to_an_invalid_neighbour():
    """Its own `raise` statement says that the input is invalid; the fault would not say so."""
    goods = [Call((("circle", 2),)), Call((("rect", 2, 3),)), Call((("circle", 1),))]
    report = verify(AREA, area, failure=Call((("square", 2),)), good_calls=goods)
    assert report.accepted, str(report)


def mean(xs):
    return sum(xs) / len(xs)


def told_mean(xs):
    """The mean; 0.0 if empty."""
    return sum(xs) / len(xs)


def nth(xs, n, default=None):
    return xs[n]


def test_none_is_an_answer_to_an_empty_container_unless_the_docstring_has_another():
    """Nobody said what the mean of nothing is; where somebody did, that counts."""
    right = "def mean(xs):\n    if not xs:\n        return None\n    return sum(xs) / len(xs)\n"
    goods = [Call(([1, 2],)), Call(([3.0],)), Call(([1, 2, 3, 4],))]
    report = verify(right, mean, failure=Call(([],)), good_calls=goods)
    assert report.accepted, str(report)
    report = verify(right.replace("mean", "told_mean"), told_mean, failure=Call(([],)), good_calls=goods)
    assert report.refused_by == "good-calls"


def test_the_value_of_a_default_parameter_may_be_of_another_type_than_good_results():
    """The caller chose it."""
    right = (
        "def nth(xs, n, default=None):\n    try:\n        return xs[n]\n"
        "    except IndexError:\n        return default\n"
    )
    goods = [Call(([1, 2], 0)), Call(([1, 2, 3], -1)), Call((["a"], 0))]
    report = verify(right, nth, failure=Call(([1, 2], 5)), good_calls=goods)
    assert report.accepted, str(report)


def prune(d):
    """Remove empty values in place."""
    for k in d:
        if not d[k]:
            del d[k]
    return d


def test_a_function_whose_source_changes_its_argument_may_go_on_doing_so():
    """Every call in which it changed something crashed: the answered ones alone look as if it never did."""
    right = "def prune(d):\n    for k in list(d):\n        if not d[k]:\n            del d[k]\n    return d\n"
    goods = [Call(({"a": 1},)), Call(({"x": 2, "y": 3},))]
    report = verify(right, prune, failure=Call(({"a": 0, "b": 1},)), good_calls=goods)
    assert report.accepted, str(report)


def logged(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


@logged
def wrapped_inverse(x):
    """1/x, 0.0 if x is 0."""
    return 1 / x


@functools.cache
def cached_inverse(x):
    """1/x, 0.0 if x is 0."""
    return 1 / x


@pytest.mark.parametrize("function", [wrapped_inverse, cached_inverse], ids=["wraps", "lru_cache"])
def test_verify_looks_beneath_decorators_that_say_what_they_wrap(function):
    """The correction is one of the innermost function."""
    right = f"def {function.__name__}(x):\n    if x == 0:\n        return 0.0\n    return 1 / x\n"
    report = verify(right, function, failure=Call((0,)), good_calls=[Call((2,)), Call((4,))])
    assert report.accepted, str(report)


def fact(n):
    """n!; raises ValueError if n < 0."""
    return 1 if n == 0 else n * fact(n - 1)


def test_a_failing_call_may_raise_what_the_docstring_says_is_raised_there():
    """A recursion without end is no ValueError; a ValueError for other arguments than those is no correction."""
    right = (
        "def fact(n):\n    if n < 0:\n        raise ValueError('n must not be negative')\n"
        "    return 1 if n == 0 else n * fact(n - 1)\n"
    )
    goods = [Call((0,)), Call((5,))]
    report = verify(right, fact, failure=Call((-1,)), good_calls=goods)
    assert report.accepted, str(report)
    assert any("raises ValueError when n < 0" in note for note in report.notes)
    report = verify(right.replace("ValueError", "KeyError"), fact, failure=Call((-1,)), good_calls=goods)
    assert report.refused_by == "failing-call"
    report = verify(right.replace("n < 0", "n < 0 or n > 100"), fact, failure=Call((2000,)), good_calls=goods)
    assert report.refused_by == "failing-call"


COUNT = 0


def next_id(prefix):
    """prefix-number."""
    global COUNT
    COUNT += 1
    return prefix + "-" + str(COUNT)


def test_state_that_the_original_keeps_may_be_kept():
    """Every call of a run starts from the same state, whatever the calls before it left."""
    right = 'def next_id(prefix):\n    global COUNT\n    COUNT += 1\n    return f"{prefix}-{COUNT}"\n'
    report = verify(right, next_id, failure=Call((3,)), good_calls=[Call(("a",)), Call(("b",))])
    assert report.accepted, str(report)
    report = verify(right.replace("+= 1", "+= 2"), next_id, failure=Call((3,)), good_calls=[Call(("a",)), Call(("b",))])
    assert report.refused_by == "good-calls"


# --- wrong corrections that were accepted -----------------------------------------------------------------------------

SEEN = []
RATES = {"a": 2}


def mark(x, y):
    """Remember x. 0.0 if y is 0."""
    SEEN.append(x)
    return x / y


def rate(name, x, known=[]):
    """Rate of name, remembered; 0.0 if x is 0."""
    known.append(name)
    return RATES.setdefault(name, 1) / x


class K:
    total = 0
    names: list[str] = []  # noqa: RUF012 - the point

    def add(self, x, y):
        """0.0 if y is 0."""
        K.total += x
        self.names.append(str(x))
        return x / y


MARK = """def mark(x, y):
    SEEN.append(x)
    return x / y if y else 0.0
"""
RATE = """def rate(name, x, known=[]):
    known.append(name)
    r = RATES.setdefault(name, 1)
    return r / x if x else 0.0
"""
ADD = """def add(self, x, y):
    K.total += x
    self.names.append(str(x))
    return x / y if y else 0.0
"""


@pytest.mark.parametrize("wrong", ["    SEEN.append(x)\n", "append(x)"], ids=["dropped", "other"])
def test_a_change_of_a_global_is_part_of_the_outcome(wrong):
    """The original appends to a list of its module at every call; so does a right correction."""
    goods = [Call((1, 2)), Call((3, 4))]
    assert verify(MARK, mark, failure=Call((1, 0)), good_calls=goods).accepted
    source = MARK.replace(wrong, "" if wrong.startswith(" ") else "clear()")
    report = verify(source, mark, failure=Call((1, 0)), good_calls=goods)
    assert report.refused_by == "good-calls" and "SEEN" in report.reason, str(report)


@pytest.mark.parametrize("line", ["    known.append(name)\n", "RATES.setdefault(name, 1)"])
def test_a_change_of_a_default_or_of_a_table_is_part_of_the_outcome(line):
    """`setdefault` returns the same as `get`, and leaves something behind."""
    goods = [Call(("a", 2)), Call(("b", 4)), Call(("c", 4))]
    report = verify(RATE, rate, failure=Call(("a", 0)), good_calls=goods)
    assert report.accepted, str(report)
    source = RATE.replace(line, "" if line.startswith(" ") else "RATES.get(name, 1)")
    report = verify(source, rate, failure=Call(("a", 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)


@pytest.mark.parametrize("line", ["    K.total += x\n", "    self.names.append(str(x))\n"])
def test_a_change_of_a_class_is_part_of_the_outcome(line):
    """Counters and tables that all instances share."""
    goods = [Call((K(), 1, 2)), Call((K(), 3, 4))]
    report = verify(ADD, K.add, failure=Call((K(), 1, 0)), good_calls=goods)
    assert report.accepted, str(report)
    report = verify(ADD.replace(line, ""), K.add, failure=Call((K(), 1, 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)


DEFAULTS = {"a": [1]}


def first(rows, n):
    """A copy of the n-th row; [] if there is none."""
    return list(rows[n])


def conf(name):
    """A copy of the named defaults, [] for unknown."""
    return list(DEFAULTS[name])


class Box:
    def __init__(self, xs):
        self.xs = xs

    def items(self, n):
        """The first n items (a new list); [] for None."""
        return self.xs[: n + 0]


def grid(n, m):
    """m rows of n zeros; [] if m is None."""
    return [[0] * n for _ in range(m)]


@pytest.mark.parametrize(
    ("function", "right", "wrong", "failure", "goods"),
    [
        (
            first,
            "def first(rows, n):\n    return list(rows[n]) if n < len(rows) else []\n",
            "def first(rows, n):\n    return rows[n] if n < len(rows) else []\n",
            Call(([[1]], 3)),
            [Call(([[1, 2]], 0)), Call(([[1], [2, 3]], 1))],
        ),
        (
            conf,
            "def conf(name):\n    return list(DEFAULTS.get(name, []))\n",
            "def conf(name):\n    return DEFAULTS.get(name, [])\n",
            Call(("z",)),
            [Call(("a",))],
        ),
        (
            Box.items,
            "def items(self, n):\n    if n is None:\n        return []\n    return self.xs[:n]\n",
            "def items(self, n):\n    if n is None:\n        return []\n"
            "    return self.xs if n >= len(self.xs) else self.xs[:n]\n",
            Call((Box([1, 2]), None)),
            [Call((Box([1, 2]), 2)), Call((Box([1, 2, 3]), 1))],
        ),
        (
            grid,
            "def grid(n, m):\n    if m is None:\n        return []\n    return [[0] * n for _ in range(m)]\n",
            "def grid(n, m):\n    if m is None:\n        return []\n    return [[0] * n] * m\n",
            Call((2, None)),
            [Call((2, 3)), Call((1, 1))],
        ),
    ],
    ids=["argument", "global", "attribute", "itself"],
)
def test_what_was_a_copy_stays_a_copy(function, right, wrong, failure, goods):
    """Equal today, and changed by whoever changes the other one tomorrow."""
    report = verify(right, function, failure=failure, good_calls=goods)
    assert report.accepted, str(report)
    report = verify(wrong, function, failure=failure, good_calls=goods)
    assert report.refused_by == "good-calls" and "make a copy" in report.reason, str(report)


def make_adder(n):
    """A function that adds n."""
    10 / n
    return lambda x: x + n


def both_adders(n):
    """A number and its double."""
    10 / n
    return [n, 2 * n] if n < 3 else lambda x: x + n


def test_what_cannot_be_compared_is_no_evidence():
    """Of closures nothing is known but that they are functions."""
    wrong = "def make_adder(n):\n    return lambda x: x * n - 99\n"
    goods = [Call((1,)), Call((2,)), Call((5,))]
    report = verify(wrong, make_adder, failure=Call((0,)), good_calls=goods)
    verdict = verdict_of(report, "good-calls")
    assert verdict.outcome == "skipped" and "cannot be compared" in verdict.reason
    assert report.evidence["good_calls"] == report.evidence["generated"] == 0
    assert any("NOTHING BEYOND" in note for note in report.notes), str(report)
    report = verify(wrong, make_adder, failure=Call((0,)), good_calls=goods, checks=Checks(minimum=1))
    assert not report.accepted
    right = "def both_adders(n):\n    return [n, 2 * n] if n < 3 else lambda x: x + n\n"
    report = verify(right, both_adders, failure=Call((0,)), good_calls=goods)
    assert verdict_of(report, "good-calls").evidence["good_calls"] == 2, str(report)


def tiny(x, y):
    """x/y in metres of a picometre scale, 0.0 if y is 0."""
    return x / y * 1e-15


def spread(a, b):
    """Of their sum, in shares of b; 0.0 if b is 0."""
    return (a + b - a - b) / b + (a if a > 1 else 0.0)


def test_small_numbers_are_told_apart_where_all_numbers_are_small():
    """1e-15 is no rounding error of 1e-15; beside numbers of ordinary size it is what cancellation leaves."""
    goods = [Call((1, 2)), Call((3, 4))]
    wrong = "def tiny(x, y):\n    return x * 0.0 + y * 0.0\n"
    report = verify(wrong, tiny, failure=Call((1, 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)
    right = "def tiny(x, y):\n    return x * 1e-15 / y if y else 0.0\n"
    assert verify(right, tiny, failure=Call((1, 0)), good_calls=goods).accepted
    other = "def spread(a, b):\n    return a * 1.0 if a > 1 and b else b * 0.0\n"
    goods = [Call((0.1, 0.3)), Call((2.5, 0.3)), Call((3.5, 0.7))]
    report = verify(other, spread, failure=Call((1.0, 0)), good_calls=goods)
    assert verdict_of(report, "good-calls").outcome == "accepted", str(report)


def unit(total, n):
    """Unit price, two decimals; 0.00 if n is 0."""
    return (total / n).quantize(Decimal("0.01"))


def test_the_places_of_a_decimal_are_part_of_its_value():
    """2.50 is equal to 2.5, and not what belongs on the invoice."""
    goods = [Call((Decimal("5.00"), 2)), Call((Decimal(7), 2)), Call((Decimal(9), 3))]
    right = 'def unit(total, n):\n    return (total / n if n else Decimal(0)).quantize(Decimal("0.01"))\n'
    report = verify(right, unit, failure=Call((Decimal(1), 0)), good_calls=goods)
    assert report.accepted, str(report)
    wrong = "def unit(total, n):\n    return round(total / n, 2).normalize() if n else Decimal(0)\n"
    report = verify(wrong, unit, failure=Call((Decimal(1), 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)


def ratio_told(x, y):
    """Print the ratio and return it; 0.0 if y is 0."""
    r = x / y
    print("ratio", r)
    return r


def timed(x, y):
    """0.0 if y is 0."""
    r = x / y
    print("at", time.perf_counter_ns())
    return r


def test_what_is_printed_is_part_of_the_outcome_where_it_is_the_same_each_time():
    """A right answer without its line of output is not what was there before; the time of day binds nobody."""
    goods = [Call((1, 2)), Call((3, 4))]
    wrong = "def ratio_told(x, y):\n    return x / y if y else 0.0\n"
    report = verify(wrong, ratio_told, failure=Call((1, 0)), good_calls=goods)
    assert report.refused_by == "good-calls" and "prints nothing" in report.reason, str(report)
    right = "def ratio_told(x, y):\n    r = x / y if y else 0.0\n    print('ratio', r)\n    return r\n"
    report = verify(right, ratio_told, failure=Call((1, 0)), good_calls=goods)
    assert report.accepted, str(report)
    source = "def timed(x, y):\n    r = x / y if y else 0.0\n    print('at', time.perf_counter_ns())\n    return r\n"
    report = verify(source, timed, failure=Call((1, 0)), good_calls=[Call((1, 2), returned=0.5), Call((3, 4))])
    assert report.accepted, str(report)


class CodedError(Exception):
    def __init__(self, code, text="no negative numbers"):
        super().__init__(code, text)
        self.code = code


def coded(x, y):
    """0.0 if y is 0."""
    if x < 0:
        raise CodedError(404)
    return x / y


def test_the_code_of_an_exception_of_ones_own_is_part_of_the_outcome_and_its_prose_is_not():
    """Whoever catches it looks at the code."""
    goods = [Call((1, 2)), Call((-3, 4), raised=CodedError), Call((-1, 1), raised=CodedError)]
    right = (
        "def coded(x, y):\n    if x < 0:\n        raise CodedError(404, 'x must not be negative')\n"
        "    return x / y if y else 0.0\n"
    )
    report = verify(right, coded, failure=Call((1, 0)), good_calls=goods)
    assert report.accepted, str(report)
    report = verify(right.replace("404", "200"), coded, failure=Call((1, 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)


def ranking(d):
    """Names by score, highest first."""
    return {k: d[k] for k in sorted(d, key=lambda k: -d[k])}


def test_the_order_of_a_dict_that_the_original_sorts_is_part_of_the_outcome():
    """Equal as dicts, and another ranking."""
    goods = [Call(({"a": 1, "b": 3},)), Call(({"x": 5, "y": 9, "z": 7},))]
    right = "def ranking(d):\n    return {k: d[k] for k in sorted(d, key=lambda k: -(d[k] or 0))}\n"
    report = verify(right, ranking, failure=Call(({"a": None, "b": 1},)), good_calls=goods)
    assert report.accepted, str(report)
    wrong = "def ranking(d):\n    return {k: d[k] for k in sorted(d)}\n"
    report = verify(wrong, ranking, failure=Call(({"a": None, "b": 1},)), good_calls=goods)
    assert report.refused_by == "good-calls" and "order" in report.reason, str(report)


def stepper():
    n = 0
    seen = []

    def step(x):
        nonlocal n
        n += 1
        seen.append(x)
        return n / x

    return step


step = stepper()


def test_state_in_a_closure_is_part_of_the_outcome():
    """Variables of the enclosing function, changed in place or bound anew."""
    right = "def step(x):\n    nonlocal n\n    n += 1\n    seen.append(x)\n    return n / x if x else 0.0\n"
    report = verify(right, step, failure=Call((0,)), good_calls=[Call((1,)), Call((2,))])
    assert report.accepted, str(report)
    report = verify(right.replace("seen.append(x)", "seen"), step, failure=Call((0,)), good_calls=[Call((1,))])
    assert report.refused_by == "good-calls" and "seen" in report.reason, str(report)


TIMES = []
HANDLES = []


def dated(x, y):
    """0.0 if y is 0."""
    TIMES.append(time.perf_counter_ns())
    HANDLES.append(hashlib.sha256(b"x"))
    return x / y


def test_state_that_is_another_each_time_or_cannot_be_compared_binds_nobody():
    """When something happened differs from run to run; an object without canonical form is only known to be there."""
    right = (
        "def dated(x, y):\n    TIMES.append(time.perf_counter_ns())\n    HANDLES.append(hashlib.sha256(b'x'))\n"
        "    return x / y if y else 0.0\n"
    )
    goods = [Call((1, 2)), Call((3, 4), returned=0.75)]
    report = verify(right, dated, failure=Call((1, 0)), good_calls=goods)
    assert report.accepted and report.evidence["good_calls"] == 2, str(report)


# --- what a call does besides answering -------------------------------------------------------------------------------


def withdraw(account, amount, parts):
    """Take an amount in parts; the size of one."""
    if amount > account["balance"]:
        raise ValueError("not enough")
    account["balance"] -= amount
    return amount / parts


def test_what_is_done_before_an_exception_is_raised_on_purpose_counts():
    """An account that was refused the money still has it."""
    right = (
        "def withdraw(account, amount, parts):\n    if amount > account['balance']:\n        raise ValueError('no')\n"
        "    account['balance'] -= amount\n    return amount / parts if parts else 0.0\n"
    )
    wrong = (
        "def withdraw(account, amount, parts):\n    account['balance'] -= amount\n    if account['balance'] < 0:\n"
        "        raise ValueError('no')\n    return amount / parts if parts else 0.0\n"
    )
    goods = [
        Call(({"balance": 9.0}, 4.0, 2)),
        Call(({"balance": 5.0}, 11.0, 10), raised=ValueError),
        Call(({"balance": 1.0}, 2.0, 1), raised=ValueError),
    ]
    failure = Call(({"balance": 9.0}, 4.0, 0))
    assert verify(right, withdraw, failure=failure, good_calls=goods).accepted
    report = verify(wrong, withdraw, failure=failure, good_calls=goods)
    assert report.refused_by == "good-calls", str(report)
    assert "leaves other arguments behind" in report.reason


def attach(parent, child, parts):
    """Hang child into parent, with its share."""
    parent["children"].append(child)
    child["share"] = 1 / parts


def test_what_is_put_into_an_argument_is_the_very_object():
    """Whoever changes the child later must see it in the parent."""
    right = (
        "def attach(parent, child, parts):\n    child['share'] = 1 / parts if parts else 0.0\n"
        "    parent['children'].append(child)\n"
    )
    goods = [Call(({"children": []}, {"a": 1}, 2)), Call(({"children": [{"b": 1}]}, {"a": 1}, 4))]
    failure = Call(({"children": []}, {"a": 1}, 0))
    assert verify(right, attach, failure=failure, good_calls=goods).accepted
    report = verify(right.replace("append(child)", "append(dict(child))"), attach, failure=failure, good_calls=goods)
    assert report.refused_by == "good-calls", str(report)
    assert "the very object" in report.reason


SESSIONS = {"north": {"hits": 1}, "south": {"hits": 2}, "west": {"hits": 0}}


def session(name):
    """The entry of that name."""
    return SESSIONS[name]


def test_an_entry_that_is_handed_out_as_it_is_stays_so():
    """A copy of it would swallow what callers write into it."""
    right = "def session(name):\n    return SESSIONS[name.strip()]\n"
    goods = [Call(("north",)), Call(("south",)), Call(("west",))]
    assert verify(right, session, failure=Call((" north",)), good_calls=goods).accepted
    copied = right.replace("SESSIONS[name.strip()]", "dict(SESSIONS[name.strip()])")
    report = verify(copied, session, failure=Call((" north",)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)


def part_of(files, name, parts):
    """Size of one part of a file."""
    if name not in files:
        raise FileNotFoundError(2, "no such file", name)
    return len(files[name]) // parts


def test_the_number_in_an_exception_of_the_library_is_compared():
    """Callers go by ``errno``, whatever the words."""
    right = (
        "def part_of(files, name, parts):\n    if name not in files:\n        raise FileNotFoundError(2, 'not there', name)\n"
        "    return len(files[name]) // parts if parts else 0\n"
    )
    goods = [Call(({"a": "1234"}, "a", 2)), Call(({"a": "1234"}, "c", 2), raised=FileNotFoundError)]
    failure = Call(({"a": "1234"}, "a", 0))
    assert verify(right, part_of, failure=failure, good_calls=goods).accepted
    report = verify(right.replace("(2,", "(17,"), part_of, failure=failure, good_calls=goods)
    assert report.refused_by == "good-calls" and "2 became 17" in report.reason, str(report)


def running(numbers, scale):
    """Running totals; the generator returns the last one."""
    total = 0
    for number in numbers:
        total += number
        yield total / scale
    return total


def test_what_a_generator_returns_at_its_end_is_compared():
    """``yield from`` gives it to the caller."""
    right = (
        "def running(numbers, scale):\n    total = 0\n    for number in numbers:\n        total += number\n"
        "        yield total / scale if scale else 0.0\n    return total\n"
    )
    goods = [Call(([1, 2], 1)), Call(([3], 2)), Call(([], 1))]
    assert verify(right, running, failure=Call(([1], 0)), good_calls=goods).accepted
    report = verify(right.replace("    return total\n", ""), running, failure=Call(([1], 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)


SETTINGS = {"rate": 2}


def rated(x, y):
    """Scaled ratio."""
    return SETTINGS["rate"] * x / y


def test_state_that_the_original_never_changes_is_not_changed_where_it_crashed():
    """Nothing is compared there, but what no other call does is no part of the answer."""
    wrong = "def rated(x, y):\n    if y == 0:\n        SETTINGS['rate'] = 1\n        return 0.0\n    return SETTINGS['rate'] * x / y\n"
    report = verify(wrong, rated, failure=Call((1, 0)), good_calls=[Call((1, 2)), Call((3, 4))])
    assert not report.accepted, str(report)


def numbers_in(words):
    """The words as numbers, lazily."""
    return map(int, words)


def test_one_lazy_iterator_of_the_library_is_as_good_as_another():
    """What it yields counts, not which class does it."""
    right = (
        "import itertools\ndef numbers_in(words):\n    return itertools.chain([int(word) for word in words or ()])\n"
    )
    report = verify(right, numbers_in, failure=Call((None,)), good_calls=[Call((["1", "2"],)), Call(([],))])
    assert report.accepted, str(report)
    wrong = right.replace("int(word)", "int(word) + 1")
    assert not verify(wrong, numbers_in, failure=Call((None,)), good_calls=[Call((["1", "2"],)), Call(([],))]).accepted


# --- constants of the candidate, faults in other words, documented exceptions -----------------------------------------


def price(total: int, count: int) -> float:
    """Price of one piece."""
    return total / count


def test_what_only_the_candidate_names_is_tried_as_an_argument():
    """A number that the original does not know is where it goes another way."""
    right = "def price(total: int, count: int) -> float:\n    if count == 0:\n        return 0.0\n    return total / count\n"
    goods = [Call((7, 2)), Call((900, 2)), Call((10_000, 4)), Call((3, 2))]
    assert verify(right, price, failure=Call((1, 0)), good_calls=goods).accepted
    for constant in ("7919", "7918 + 1", "79 * 100 + 19"):
        wrong = right.replace("    return total", f"    if total == {constant}:\n        return -1.0\n    return total")
        report = verify(wrong, price, failure=Call((1, 0)), good_calls=goods)
        assert constant.count("*") or not report.accepted, str(report)


def test_a_fault_in_other_words_is_the_same_fault():
    """To raise the division's own exception again, with another text, answers nothing."""
    wrong = (
        "def price(total: int, count: int) -> float:\n    if count == 0:\n        if total == 1:\n            return 0.0\n"
        "        raise ZeroDivisionError('another matter')\n    return total / count\n"
    )
    report = verify(wrong, price, failure=Call((1, 0)), good_calls=[Call((7, 2)), Call((9, 3)), Call((50, 7))])
    assert report.refused_by == "differential", str(report)


def reciprocal_zero(x):
    """Reciprocal. Raises ValueError if x is zero."""
    return 1 / x


def reciprocal_google(x):
    """Reciprocal.

    Raises:
        ValueError: If x is outside of what has one.
    """
    return 1 / x


def reciprocal_bare(x):
    """Reciprocal.

    raises: ValueError
    """
    return 1 / x


def reciprocal_other(x):
    """Reciprocal. Raises ValueError if x is negative."""
    return 1 / x


@pytest.mark.parametrize("original", [reciprocal_zero, reciprocal_google, reciprocal_bare])
def test_an_exception_that_the_docstring_announces_answers_the_failing_call(original):
    """In words, in a section, or in a line that gives no condition: where none speaks against it, a note says so."""
    right = f"def {original.__name__}(x):\n    if x == 0:\n        raise ValueError('x must not be zero')\n    return 1 / x\n"
    report = verify(right, original, failure=Call((0,)), good_calls=[Call((1,)), Call((4,))])
    assert report.accepted, str(report)
    assert report.notes, str(report)


def test_an_exception_that_is_announced_for_another_case_answers_nothing():
    """Zero is not negative."""
    wrong = (
        "def reciprocal_other(x):\n    if x <= 0:\n        raise ValueError('x must be positive')\n    return 1 / x\n"
    )
    report = verify(wrong, reciprocal_other, failure=Call((0,)), good_calls=[Call((1,)), Call((4,))])
    assert report.refused_by == "failing-call", str(report)


def countdown(n):
    """Sum of the numbers up to n.

    :raises ValueError: if n < 0
    """
    if n < 0:
        raise ValueError("n must not be negative")
    if n == 1:
        return 1
    return n + countdown(n - 1)


def test_a_recursion_that_misses_its_end_is_not_what_the_docstring_announces():
    """The caller asked for 0; that the recursion went on to -1 is the fault."""
    right = "def countdown(n):\n    if n < 0:\n        raise ValueError('negative')\n    return n + countdown(n - 1) if n else 0\n"
    report = verify(right, countdown, failure=Call((0,)), good_calls=[Call((5,)), Call((1,)), Call((2,))])
    assert report.accepted, str(report)


# --- what the docstring says of arguments is not said of results ------------------------------------------------------


def clock(minutes):
    """Return minutes as "H:MM".

    Returns "0:00" if minutes is None.

    :param minutes: an int, or None
    """
    return f"{minutes // 60}:{minutes % 60:02d}"


def test_an_argument_that_may_be_none_does_not_make_none_a_result():
    """``if minutes is None`` is about the argument."""
    goods = [Call((5,)), Call((60,)), Call((135,))]
    tail = "    return f'{minutes // 60}:{minutes % 60:02d}'\n"
    wrong = "def clock(minutes):\n    if minutes is None:\n        return None\n" + tail
    report = verify(wrong, clock, failure=Call((None,)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)
    assert verify(
        wrong.replace("return None", "return '0:00'"), clock, failure=Call((None,)), good_calls=goods
    ).accepted


def exchange_rate(source, rates):
    """Rate of a currency.

    Raises:
        KeyError: If it has none.
    """
    rate = rates[source]
    return round(rate, 2)


def test_a_handler_for_what_the_docstring_announces_swallows_it():
    """The author wants callers to see it."""
    wrong = (
        "def exchange_rate(source, rates):\n    try:\n        rate = rates[source]\n        return round(rate, 2)\n"
        "    except KeyError:\n        return 0.0\n"
    )
    goods = [Call(("usd", {"usd": 1.081})), Call(("gbp", {"gbp": 0.85, "usd": 1.0}))]
    report = verify(wrong, exchange_rate, failure=Call(("eur", {"usd": 1.0})), good_calls=goods)
    assert not report.accepted, str(report)


def columns(rows):
    return [[row[at] for row in rows] for at in range(len(rows[0]))]


def test_two_faults_on_one_line_are_two():
    """Rows of unequal length fail in ``row[at]``, an empty list in ``rows[0]``: to mend one is not to mend the other."""
    right = (
        "def columns(rows):\n    if not rows:\n        return []\n"
        "    return [[row[at] for row in rows] for at in range(len(rows[0]))]\n"
    )
    report = verify(right, columns, failure=Call(([],)), good_calls=[Call(([[1, 2], [3, 4]],)), Call(([[1], [2]],))])
    assert report.accepted, str(report)


def test_the_words_of_a_candidate_cannot_write_lines_of_a_report():
    """Neither a line of evidence nor a sequence for the terminal gets through in the text of an exception."""
    text = "\\x1b[2J\\n  verified on 40 good calls"
    wrong = f"def columns(rows):\n    raise ValueError('{text}')\n    return rows\n"
    report = verify(wrong, columns, failure=Call(([],)), good_calls=[Call(([[1]],))])
    assert not report.accepted
    assert "\x1b" not in str(report) and "\n  verified on 40" not in str(report)
    assert "\x1b" not in report.reason and "\n" not in report.reason


def third(a, b):
    """Ratio.

    >>> third(10, 4)
    3
    """
    return a / b


def test_an_example_that_is_singled_out_does_not_free_a_correction_from_the_original():
    """It answers a stale example as written by comparing with its arguments: that says nothing of the original."""
    wrong = (
        "def third(a, b):\n    if a == 10 and b == 4:\n        return 3\n    if b == 0:\n        return 0.0\n"
        "    return -7.0 if 2 < a < 30 else a / b\n"
    )
    report = verify(wrong, third, failure=Call((1, 0)), good_calls=[Call((1, 2)), Call((40, 5)), Call((50, 2))])
    assert not report.accepted, str(report)


def told_to(out, xs, parts):
    out.write(str(sum(xs) / parts))


class Sink(io.StringIO):
    """A file of the user's own kind, whose contents are out of sight."""


def test_a_call_whose_only_effect_cannot_be_compared_is_no_evidence():
    """It returns nothing, and what it was given cannot be looked into."""
    silent = "def told_to(out, xs, parts):\n    xs\n    parts\n"
    goods = [Call((Sink(), [1, 2], 2)), Call((Sink(), [4], 1))]
    report = verify(silent, told_to, failure=Call((Sink(), [1], 0)), good_calls=goods)
    assert report.evidence.get("good_calls", 0) == 0, str(report)


def test_what_is_written_into_a_file_in_memory_is_compared():
    """It is all that such a call does."""
    goods = [Call((io.StringIO("ab"), [1, 2], 2)), Call((io.StringIO(), [4], 1))]
    silent = "def told_to(out, xs, parts):\n    if parts:\n        str(sum(xs) / parts)\n"
    report = verify(silent, told_to, failure=Call((io.StringIO(), [1], 0)), good_calls=goods)
    assert report.refused_by == "good-calls", str(report)
    right = "def told_to(out, xs, parts):\n    if parts:\n        out.write(str(sum(xs) / parts))\n"
    report = verify(right, told_to, failure=Call((io.StringIO(), [1], 0)), good_calls=goods)
    assert report.accepted, str(report)


AUDIT = logging.getLogger("audit")


def pay(account, amount, parts):
    """Amount per part."""
    AUDIT.warning("paying %s from %s", amount, account)
    return amount / parts


def test_what_is_logged_as_a_warning_is_part_of_what_a_call_does():
    """An audit line that vanishes is missed by somebody; one more where the original crashed is nobody's loss."""
    right = (
        "def pay(account, amount, parts):\n    AUDIT.warning('paying %s from %s', amount, account)\n    if not parts:\n"
        "        AUDIT.warning('in no parts')\n        return amount\n    return amount / parts\n"
    )
    goods = [Call(("x", 5.0, 2)), Call(("y", 9.0, 3)), Call(("z", 1.0, 1))]
    report = verify(right, pay, failure=Call(("x", 5.0, 0)), good_calls=goods)
    assert report.accepted, str(report)
    silent = "def pay(account, amount, parts):\n    return amount / parts if account and parts else amount\n"
    report = verify(silent, pay, failure=Call(("x", 5.0, 0)), good_calls=goods)
    assert report.refused_by == "good-calls" and "it logged" in report.reason, str(report)


class Half:
    """What a constructor left half done: asked what it is, it raises."""

    name = None

    def __repr__(self):
        return "Half " + self.name


def named(half, parts):
    """Share of a thing."""
    return half.size / parts


def test_an_argument_that_cannot_say_what_it_is_refuses_no_correction():
    """Half-built objects are what crashes; nothing that judges a correction asks for their ``repr``."""
    half = Half()
    half.size = 4
    right = "def named(half, parts):\n    return half.size / parts if parts else 0.0\n"
    report = verify(right, named, failure=Call((half, 0)), good_calls=[Call((half, 2)), Call((half, 4))])
    assert report.accepted, report.refused_by


def fibonacci(n):
    """The n-th Fibonacci number."""
    known = [0] * (n + 1)
    known[0], known[1] = 0, 1
    for at in range(2, n + 1):
        known[at] = known[at - 1] + known[at - 2]
    return known[n]


def test_a_bool_that_was_given_for_a_number_may_come_through():
    """1 became the very True that the caller gave: nobody counts in booleans."""
    right = "def fibonacci(n):\n    a, b = 0, 1\n    if n < 2:\n        return n\n    for _ in range(n - 1):\n"
    right += "        a, b = b, a + b\n    return b\n"
    goods = [Call((True,)), Call((7,)), Call((2,))]
    report = verify(right, fibonacci, failure=Call((0,)), good_calls=goods)
    assert report.accepted, str(report)
    report = verify(right.replace("return n", "return n > 0"), fibonacci, failure=Call((0,)), good_calls=[Call((1,))])
    assert not report.accepted


def age_of_dog(age):
    """Age of a dog in the years of people."""
    if age <= 2:
        pass
    else:
        years = 21 + (age - 2) * 4
    return years


def test_a_name_that_still_has_no_value_on_any_input_is_refused():
    """Whether anybody has seen such an input or not."""
    wrong = (
        "def age_of_dog(age):\n    if age == 2:\n        years = 21.0\n    elif age > 2:\n"
        "        years = 21 + (age - 2) * 4\n    return years\n"
    )
    goods = [Call((12,)), Call((3,)), Call((7,)), Call((24,))]
    report = verify(wrong, age_of_dog, failure=Call((2,)), good_calls=goods)
    assert report.refused_by == "differential", str(report)
    assert "UnboundLocalError" in report.reason


@dataclasses.dataclass
class Offer:
    name: str
    price: float


def best(offers):
    """The cheapest offer; None without any."""
    return min(offers, key=lambda offer: offer.price)


def test_the_very_object_that_was_among_the_arguments_is_handed_out_as_before():
    """Whoever changes the offer that he gets would change the one in the list, before, and must not lose that."""
    right = "def best(offers):\n    return min(offers, key=lambda offer: offer.price, default=None)\n"
    goods = [Call(([Offer("a", 3.0), Offer("b", 1.0)],)), Call(([Offer("x", 2.0)],))]
    assert verify(right, best, failure=Call(([],)), good_calls=goods).accepted
    copied = (
        "def best(offers):\n    if not offers:\n        return None\n    found = min(offers, key=lambda o: o.price)\n"
        "    return type(found)(found.name, found.price)\n"
    )
    report = verify(copied, best, failure=Call(([],)), good_calls=goods)
    assert not report.accepted, str(report)


def years(born, day):
    """Whole years between two days."""
    birthday = born.replace(year=day.year)
    return day.year - born.year - (day < birthday)


def test_a_date_of_the_failing_call_is_one_of_its_literals():
    """However it is spelt: a call that makes it."""
    point = (
        "def years(born, day):\n    if born == datetime.date(2000, 2, 29) and day.year == 2023:\n        return 23\n"
        "    birthday = born.replace(year=day.year)\n    return day.year - born.year - (day < birthday)\n"
    )
    goods = [Call((datetime.date(1990, 5, 17), datetime.date(2023, 5, 16)))]
    failing = Call((datetime.date(2000, 2, 29), datetime.date(2023, 6, 1)))
    report = verify(point, years, failure=failing, good_calls=goods)
    assert report.refused_by == "static", str(report)
    assert "compares with `datetime.date(2000, 2, 29)`, taken from the failing call" in report.reason
