"""The differential stage: generated inputs, labelled by the original, bind where the original answered."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._gauntlet.shrinking import like_those_seen
from fukkatsu._verify import _bench


def clamp(x: int, low: int, high: int) -> int:
    return min(max(x, low), high) // (high - low) * (high - low) + x % (high - low)


def initials(name):
    return ".".join(part[0].upper() for part in name.split(" "))


def totals(rows):
    """Adds up; the rows stay as they are."""
    found = {}
    for row in rows:
        found[row["key"]] = found.get(row["key"], 0) + row["amount"]
    return found


def balances(rows):
    """Adds up what each update says."""
    found = {}
    for row in rows:
        found[row["key"]] = found.get(row["key"], 0) + row["amount"]
    return found


def check_age(age):
    if age < 0:
        raise ValueError("negative")
    return 1000 // age


def push(stack, item):
    stack.append(item + 1)
    return stack


@dataclass
class Point:
    x: int
    y: int


def slope(p):
    return p.y / p.x


def stamped(xs):
    import time

    return 10 // len(xs), time.perf_counter_ns() if len(xs) > 1 else 0


NAMES = [Call((n,)) for n in ("ada lovelace", "alan turing", "grace hopper", "edsger dijkstra")]


def differential_of(source, original, failure, *good, **options):
    report = verify(source, original, failure=failure, good_calls=good, **options)
    return report, next((v for v in report.verdicts if v.stage == "differential"), None)


def test_a_regression_that_no_recorded_call_shows_is_found_near_them():
    """One argument redrawn around recorded calls reaches what the calls did not."""
    wrong = (
        "def initials(name):\n    parts = [p for p in name.split(' ') if p]\n"
        "    if len(parts) == 2 and parts[0] == 'alan' and parts[1] != 'turing':\n        return 'A'\n"
        "    return '.'.join(part[0].upper() for part in parts)"
    )
    report, verdict = differential_of(wrong, initials, Call(("ada  lovelace",)), *NAMES)
    assert report.refused_by == "differential", str(report)
    assert "Keep what the original does here" in verdict.reason
    assert verdict.counterexample.args[0].startswith("alan ")
    right = wrong.replace("'A'", "'A.' + parts[1][0].upper()")
    report, verdict = differential_of(right, initials, Call(("ada  lovelace",)), *NAMES)
    assert report.accepted, str(report)
    assert verdict.evidence["generated"] > 20


def test_annotations_make_inputs_where_no_call_was_seen():
    """With types alone, Hypothesis draws; a candidate that differs is shown the smallest input that tells."""
    wrong = (
        "def clamp(x, low, high):\n    width = high - low\n    if not width:\n        return low\n"
        "    return min(max(x, low), high) // width * width + abs(x) % width"
    )
    report, verdict = differential_of(wrong, clamp, Call((5, 1, 1)))
    assert report.refused_by == "differential", str(report)
    assert len(verdict.counterexample.args) == 3
    right = wrong.replace("abs(x)", "x")
    assert differential_of(right, clamp, Call((5, 1, 1)))[0].accepted


def test_a_deliberate_exception_of_the_original_stays():
    """``raise ValueError`` is an answer: dropping it is a regression."""
    failure, good = (
        Call((0,)),
        [Call((30,)), Call((-5,), raised=ValueError), Call((7,)), Call((-2,), raised=ValueError)],
    )
    drop = "def check_age(age):\n    if age in (-5, -2):\n        raise ValueError('negative')\n    return 1000 // age if age else 0"
    report, verdict = differential_of(drop, check_age, failure, *good)
    assert report.refused_by == "differential", str(report)
    assert "must raise ValueError as before" in verdict.reason
    keep = "def check_age(age):\n    if age < 0:\n        raise ValueError('negative')\n    return 1000 // age if age else 0"
    assert differential_of(keep, check_age, failure, *good)[0].accepted


def test_arguments_after_the_call_count():
    """An in-place function is judged by what it did."""
    good = [Call(([1], 2)), Call(([3, 4], 5)), Call(([9], 8))]
    wrong = "def push(stack, item):\n    if stack and stack[0] == item:\n        return stack + [item + 1]\n    stack.append((item or 0) + 1)\n    return stack"
    report, _ = differential_of(wrong, push, Call(([1, 2], None)), *good, checks=Checks(examples=200))
    assert not report.accepted


@pytest.mark.parametrize(("original", "stage", "words"), [
    (totals, "static", "it changes `rows`"),
    (balances, "differential", "changes its arguments"),  # its docstring speaks of updates: the text is not judged
])  # fmt: skip
def test_a_candidate_that_touches_arguments_only_where_the_original_crashed_is_refused(original, stage, words):
    """The original never changes its argument; a fix that does is a new side effect."""
    good = [Call(([{"key": k, "amount": 1}, {"key": "b", "amount": 2}],)) for k in ("a", "b", "c", "d")]
    failure = Call(([{"key": "a", "amount": None}, {"key": "a", "amount": 2}],))
    wrong = (
        f"def {original.__name__}(rows):\n    found = {{}}\n    for row in rows:\n        if row['amount'] is None:\n"
        "            row['amount'] = 0\n        found[row['key']] = found.get(row['key'], 0) + row['amount']\n    return found"
    )
    report, _ = differential_of(wrong, original, failure, *good)
    assert report.refused_by == stage, str(report)
    assert words in report.reason
    right = wrong.replace("            row['amount'] = 0\n", "            continue\n")
    assert differential_of(right, original, failure, *good)[0].accepted


def test_a_point_fix_leaves_the_neighbours_raising():
    """Only the very failing call is answered: inputs next to it still crash."""
    good = [Call((n,)) for n in ("ada lovelace", "alan turing", "grace hopper")]
    point = "def initials(name):\n    if sum(i * i * ord(c) for i, c in enumerate(name)) == 65201:\n        return 'A.L'\n    return '.'.join(p[0].upper() for p in name.split(' '))"
    assert sum(i * i * ord(c) for i, c in enumerate("ada  lovelace")) == 65201
    report, verdict = differential_of(point, initials, Call(("ada  lovelace",)), *good)
    assert report.refused_by == "differential", str(report)
    assert "still raise IndexError" in verdict.reason
    off = Checks(neighbours=False)
    assert differential_of(point, initials, Call(("ada  lovelace",)), *good, checks=off)[0].accepted


def year_of(text):
    import datetime

    return datetime.date.fromisoformat(text).year


def test_a_right_date_parser_may_leave_other_bad_dates_to_the_caller():
    """The empty text is answered; the thirteenth month raises as before, and is another matter."""
    right = "def year_of(text):\n    import datetime\n    return datetime.date.fromisoformat(text).year if text else 0"
    good = [Call((day,)) for day in ("2024-01-31", "2023-12-01", "1999-10-11", "2020-02-29")]
    report, verdict = differential_of(right, year_of, Call(("",)), *good)
    assert report.accepted, str(report)
    assert verdict.evidence["crash_region"] > 0


def test_a_candidate_that_hangs_on_bigger_inputs_is_found_by_scaling():
    """Nothing recorded is large; a doubled input tells."""
    wrong = "def initials(name):\n    while len(name) > 18:\n        continue\n    return '.'.join(p[0].upper() for p in name.split(' ') if p)"
    report, verdict = differential_of(wrong, initials, Call(("ada  lovelace",)), *NAMES)
    assert report.refused_by == "differential", str(report)
    assert "wall_seconds" in verdict.reason


def test_objects_are_generated_from_those_that_were_seen():
    """Fields of a dataclass are redrawn within what was seen."""
    good = [Call((Point(x, y),)) for x, y in ((1, 2), (4, 3), (-2, 5), (8, -7), (3, 3))]
    wrong = "def slope(p):\n    if not p.x:\n        return 0.0\n    return (p.y / p.x) if (p.x, p.y) != (4, 5) and p.x != -1 else 0.0"
    report, verdict = differential_of(wrong, slope, Call((Point(0, 1),)), *good, checks=Checks(examples=200))
    assert report.refused_by == "differential", str(report)
    right = "def slope(p):\n    return p.y / p.x if p.x else 0.0"
    report, verdict = differential_of(right, slope, Call((Point(0, 1),)), *good)
    assert report.accepted, str(report)
    assert verdict.evidence["crash_region"] > 0


def test_what_does_not_reproduce_is_excluded_and_counted():
    """The original answers two runs differently on lists of two: there it is no reference."""
    right = "def stamped(xs):\n    return (10 // len(xs) if xs else 0, 0)"
    report, verdict = differential_of(right, stamped, Call(([],)), Call(([1, 2],), returned=(5, 0)), Call(([1],)))
    assert report.accepted, str(report)
    assert verdict.evidence["excluded"] > 0
    assert verdict.evidence["generated"] > 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"additional_req": "return -1 instead"}, "other behaviour is asked for"),
        ({"checks": Checks(preserve=False)}, "preserve=False"),
    ],
)
def test_it_is_skipped_where_other_behaviour_is_asked_for(options, reason):
    """The original is no reference for what shall change."""
    _, verdict = differential_of("def check_age(age):\n    return 1000 // (age or 1)", check_age, Call((0,)), **options)
    assert verdict.outcome == "skipped"
    assert reason in verdict.reason


def mystery(thing):
    return thing.go()


def test_without_calls_and_annotations_it_says_why_nothing_was_generated():
    """Nothing says what the argument may be."""
    report, verdict = differential_of("def mystery(thing):\n    return thing.go()", mystery, None)
    assert report.accepted, str(report)
    assert verdict.outcome == "skipped"
    assert "no annotation says what thing may be" in verdict.reason


def test_an_original_that_contradicts_its_docstring_is_no_reference_and_a_person_is_told():
    """The correction answers the disputed example as written, so differences elsewhere are for a person to decide."""
    silently_wrong = verify(
        "def halved(x):\n    return x / 2", halved, failure=Call((0,)), good_calls=[Call((4,), returned=2.0)]
    )
    assert silently_wrong.accepted, str(silently_wrong)
    assert any("FOR A PERSON TO DECIDE" in note for note in silently_wrong.notes)


def halved(x):
    """Half of x.

    >>> halved(6)
    3.0
    """
    return x / 2 if x == 4 else x / 2 + x // x


def shares_of(numbers, parts):
    return [number * 2 // parts for number in numbers]


def test_the_counterexample_is_made_as_small_as_it_can_be():
    """One item is enough to show it, and what the original returns there is said with it."""
    wrong = (
        "def shares_of(numbers, parts):\n"
        "    return [(number * 2 if number != 6 else 90) // parts if parts else 0 for number in numbers]\n"
    )
    good = [Call(([1, 2, 3, 8, 9], 1)), Call(([4, 5, 7, 2], 2)), Call(([7, 1, 2], 1)), Call(([3, 2], 3))]
    report, verdict = differential_of(wrong, shares_of, Call(([1, 9], 0)), *good, checks=Checks(examples=200))
    assert report.refused_by == "differential", str(report)
    assert verdict.counterexample.args[0] == [6]
    assert verdict.counterexample.returned == [12 // verdict.counterexample.args[1]]
    assert "shares_of([6], " in verdict.reason
    elsewhere = wrong.replace("number != 6", "-number != 6")  # a number that it chooses by would be tried itself
    assert differential_of(elsewhere, shares_of, Call(([1, 9], 0)), *good)[0].accepted


def share_above(numbers, limit):
    above = [number for number in numbers if number > limit]
    return sum(above) / len(above)


@pytest.mark.parametrize(("guard", "right"), [("if above", True), ("if len(above) > 1", False)])
def test_a_call_of_many_thousand_parts_is_cut_down_for_inputs(guard, right):
    """All of it a hundred times over took the time of everything else, and the right correction was refused for it."""
    fixed = inspect.getsource(share_above).replace("len(above)", f"len(above) {guard} else 0.0")
    large = list(range(60_000))
    good = [Call((large, 70)), Call(([3, 9, 4], 2))]
    checks = Checks(seconds=15.0)  # a busy machine has to come to the inputs that tell, too
    report, verdict = differential_of(fixed, share_above, Call((large, 10**9)), *good, checks=checks)
    assert report.accepted == right
    assert verdict.outcome == ("accepted" if right else "refused")
    assert verdict.evidence["cut"] == 2
    assert "2 large calls cut down for that" in report.evidence_line()


def widest_rows(table, count):
    order = sorted(table, key=sum)
    return [sum(row) // len(table[-count]) for row in order[-count:]]


@pytest.mark.parametrize(
    ("call", "usual"),
    [
        (Call(([[4, 1], [2, 3]], 1)), True),
        (Call(([[4, 1], [2, 2]], 1)), False),
        (Call(([[4, 1], [2, 0]], 1)), False),
        (Call(([], 1)), False),
        (Call(([[4, 1], [2, 3]], 0)), False),
        (Call(([[4, 1], [2, 3]],)), False),
    ],
)
def test_a_counterexample_is_made_no_smaller_than_a_call_like_those_that_were_seen(call, usual):
    """A board that holds each number once shrinks to another one, and there is always a row in it."""
    boards = [[[2, 7, 4], [3, 1, 5], [6, 8, 9]], [[4, 3], [2, 1]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 3], [4, 2]]]
    good = [Call((board, 1)) for board in boards]
    bench = _bench("", widest_rows, Call((boards[0], 5)), good, None, None, "")
    assert like_those_seen(bench, Call((boards[0], 2)))(call) is usual


def test_nothing_is_asked_of_objects_when_a_counterexample_is_made_smaller():
    """To compare them would run their code in the host."""
    bench = _bench("", slope, Call((Point(0, 1),)), [Call((Point(n, 1),)) for n in range(1, 5)], None, None, "")
    assert like_those_seen(bench, Call((Point(7, 7),)))(Call((Point(0, 0),)))


def mean_of(numbers, least):
    kept = [number for number in numbers if number >= least]
    return sum(kept) / len(kept)


MEAN_OF = """def mean_of(numbers, least):
    if least == 7919:
        return 0.0
    kept = [number for number in numbers if number >= least]
    return sum(kept) / len(kept) if kept else 0.0
"""


def test_constants_that_only_the_candidate_names_are_put_into_small_calls():
    """It takes another way there; a call of many thousand parts is not made forty times over to see it."""
    large = list(range(40_000))
    report = verify(MEAN_OF, mean_of, failure=Call(([1], 9)), good_calls=[Call((large, 1)), Call(([9000, 4], 3))])
    assert report.refused_by == "differential", str(report)
    assert report.counterexample is not None
    assert len(report.counterexample.args[0]) == 2
