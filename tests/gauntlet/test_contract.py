"""The contract stage: annotations and PEP 316 clauses of the original, judged on data in the examiner."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated

import annotated_types
import pydantic
import pytest

from fukkatsu import Call, Checks, Policy, verify
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.contract import violated_precondition
from fukkatsu._sandbox.carry import carry_call


@dataclass
class Order:
    items: list[int]
    total: int = 0


@dataclass(frozen=True)
class AtLeast:
    ge: int


def ratio(x, y, z):
    """Should return z if y is 0.

    post: implies(y == 0, __return__ == z)
    """
    return x / y + z


def first(xs: list[int], default: int = 0) -> int:
    return xs[0]


def grade(points: int) -> Annotated[int, AtLeast(0)]:
    return 100 // points


def add_up(order):
    """Put the sum of the items into the total.

    pre: forall(order.items, lambda i: i >= 0)
    post[order]: order.total == sum(order.items) and __old__.order.items == order.items
    """
    order.total = order.items[0] + sum(order.items[1:])
    return order


def peek(xs):
    """Last item, or None; changes nothing.

    post[]: __return__ is None or __return__ in xs
    """
    return xs[-1]


def root(x):
    """Integer root.

    pre: x >= 0
    post: __return__ ** 2 <= x
    post: the result is small
    """
    return 10 // x


def disputed(x):
    """post: __return__ > 100"""
    return 10 // x


def strict(x):
    """Half of it.

    :raises ValueError: if x > 9
    """
    if x > 9:
        raise ValueError(x)
    return 10 // x


class Account:
    def __init__(self, balance, limit):
        self.balance, self.limit = balance, limit

    def spend(self, amount):
        """
        pre: amount >= 0
        post[self]: self.balance <= __old__.self.balance and self.limit == __old__.self.limit
        """
        self.balance -= amount * (self.limit // self.limit)
        return self.balance


def ranked(scores: list[int], top: int = 3):
    """Best scores first; changes nothing.

    post[]: forall(range(len(_) - 1), lambda i: _[i] >= _[i + 1])
    post: implies(scores, exists(__return__, lambda s: s == max(scores)))
    post: len(__return__) <= max(top, 0) \\
          or len(__return__) == len(scores)
    """
    best = sorted(scores, reverse=True)
    return best[: max(top, len(scores) // top)]


def kept(book, name):
    """Take a name out.

    post[book]: name not in book and implies(
        name in __old__.book, __return__ == __old__.book[name], __return__ is None)
    post[book]: forall(__old__.book, lambda n: n == name or book[n] == __old__.book[n])
    """
    return book.pop(name)


def size(text: str) -> Annotated[int, pydantic.Field(ge=1, le=100)]:
    return 100 // len(text)


def parts(total: int, count: int) -> list[Annotated[int, annotated_types.Ge(0)]]:
    return [total // count] * count


def contract_of(source, original, failure, *good, **options):
    report = verify(source, original, failure=failure, good_calls=good, **options)
    return report, next((v for v in report.verdicts if v.stage == "contract"), None)


def test_a_clause_about_the_crash_decides():
    """The seed's example: no good call shows what division by zero should give, the clause does."""
    report, _ = contract_of(
        "def ratio(x, y, z):\n    return x / y + z if y else x", ratio, Call((1, 0, 2)), Call((7, 2, 0))
    )
    assert report.refused_by == "contract", str(report)
    assert "`post: implies(y == 0, __return__ == z)` is false" in report.reason
    assert "ratio(1, 0, 2)" in report.reason
    assert report.counterexample.args == (1, 0, 2)
    right, verdict = contract_of(
        "def ratio(x, y, z):\n    return x / y + z if y else z", ratio, Call((1, 0, 2)), Call((7, 2, 0))
    )
    assert right.accepted, str(right)
    assert verdict.evidence["clauses"] == 1
    assert verdict.evidence["crash_oracle"] > 0


def test_the_return_annotation_holds_in_the_crash_region():
    """A result of another type than the author announced is refused, with the type in words."""
    refused, _ = contract_of(
        "def first(xs, default=0):\n    return xs[0] if xs else str(default)",
        first,
        Call(([],)),
        checks=Checks(result_type=False),
    )
    assert refused.refused_by == "contract", str(refused)
    assert "return annotation" in refused.reason
    assert "int" in refused.reason
    accepted, _ = contract_of("def first(xs, default=0):\n    return xs[0] if xs else default", first, Call(([],)))
    assert accepted.accepted, str(accepted)


def test_constraints_in_annotated_hold_too():
    """What looks like annotated-types is one: ``ge`` bounds the result."""
    refused, _ = contract_of(
        "def grade(points):\n    return 100 // points if points else -1", grade, Call((0,)), Call((5,))
    )
    assert refused.refused_by == "contract", str(refused)
    assert ">= 0" in refused.reason


@pytest.mark.parametrize(
    ("original", "failing", "good", "wrong", "right"),
    [
        (size, ("",), ("ab",), "return 100 // len(text) if text else 101", "return 100 // len(text) if text else 100"),
        (
            parts,
            (-4, 0),
            (9, 2),
            "return [total // count] * count if count else [total]",
            "return [total // count] * count if count else []",
        ),
    ],
)
def test_constraints_of_the_libraries_hold_in_the_crash_region(original, failing, good, wrong, right):
    """pydantic's ``Field`` and annotated-types, at any depth."""
    names = {size: "size(text)", parts: "parts(total, count)"}
    checks = Checks(constant_body=False, result_type=False)
    refused, _ = contract_of(f"def {names[original]}:\n    {wrong}", original, Call(failing), Call(good), checks=checks)
    assert refused.refused_by == "contract", str(refused)
    assert "return annotation" in refused.reason
    accepted, _ = contract_of(
        f"def {names[original]}:\n    {right}", original, Call(failing), Call(good), checks=checks
    )
    assert accepted.accepted, str(accepted)


def test_quantifiers_and_continued_lines_are_judged_on_every_input():
    """``forall``, ``exists``, ``implies``, a backslash, an open bracket, a frame: each decides a candidate."""
    failure, good = Call(([3, 1], 0)), [Call(([5, 2, 9], 2)), Call(([], 1)), Call(([4, 4], 5))]
    head = "def ranked(scores, top):\n    best = sorted(scores, reverse=True)\n    if top:\n        return best[: max(top, len(scores) // top)]\n"
    for rest, clause in (
        ("    return sorted(scores)", "forall(range(len(_) - 1)"),
        ("    return best[1:]", "exists(__return__"),
        ("    scores.sort()\n    return []", "scores was changed by the call"),
    ):
        refused, _ = contract_of(head.replace("top)", "top=3)", 1) + rest, ranked, failure, *good)
        assert refused.refused_by == "contract", str(refused)
        assert clause in refused.reason
    accepted, verdict = contract_of(head.replace("top)", "top=3)", 1) + "    return best", ranked, failure, *good)
    assert accepted.accepted, str(accepted)
    assert verdict.evidence["clauses"] == 3


def test_old_values_and_a_third_branch_of_implies_are_judged():
    """``__old__`` is the book before the name was taken out; the clause goes on while its bracket is open."""
    failure, good = Call(({"a": 1}, "b")), [Call(({"a": 1, "b": 2}, "b")), Call(({"c": 3}, "c"))]
    wrong = "def kept(book, name):\n    if name in book:\n        return book.pop(name)\n    book.clear()"
    checks = Checks(result_type=False)
    refused, _ = contract_of(wrong, kept, failure, *good, checks=checks)
    assert refused.refused_by == "contract", str(refused)
    right = "def kept(book, name):\n    return book.pop(name, None)"
    accepted, verdict = contract_of(right, kept, failure, *good, checks=checks)
    assert accepted.accepted, str(accepted)
    assert verdict.evidence["clauses"] == 2


def rest(x):
    """Root.

    :param x: number
    :raises ValueError: if x < 0
    """
    if x < 0:
        raise ValueError(x)
    return 10 // x


def google(x):
    """Root.

    Args:
        x: number

    Raises:
        ValueError: If x < 0.
    """
    if x < 0:
        raise ValueError(x)
    return 10 // x


def numpy_style(x):
    """Root.

    Parameters
    ----------
    x : int

    Raises
    ------
    ValueError
        If x < 0.
    """
    if x < 0:
        raise ValueError(x)
    return 10 // x


def misleading(x):
    """Root; raises ValueError if x > 0.

    Raises:
        ValueError: If x > 0.

    post: __return__ == 0
    """
    return 10 // x


@pytest.mark.parametrize("original", [rest, google, numpy_style])
def test_a_documented_exception_stays_in_every_style(original):
    """ReST, Google, NumPy: an answer where the author announces an exception breaks the contract."""
    name, failure, good = original.__name__, Call((0,)), [Call((5,)), Call((2,))]
    keep = f"def {name}(x):\n    if x < 0:\n        raise ValueError(x)\n    return 10 // x if x else 0"
    assert contract_of(keep, original, failure, *good)[0].accepted
    drop = f"def {name}(x):\n    return 10 // x if x else 0"
    refused, _ = contract_of(drop, original, failure, *good, checks=Checks(preserve=False))
    assert refused.refused_by == "contract", str(refused)
    assert "raises ValueError when x < 0" in refused.reason


def test_a_misleading_docstring_is_disputed_and_refuses_nothing():
    """The original's own good calls contradict all of it: said in the report, clause by clause."""
    report, verdict = contract_of(
        "def misleading(x):\n    return 10 // x if x else 0", misleading, Call((0,)), Call((2,)), Call((5,))
    )
    assert report.accepted, str(report)
    assert verdict.evidence["clauses"] == 0
    disputed = [note for note in report.notes if note.startswith("disputed, not enforced")]
    assert len(disputed) == 2
    assert any("post: __return__ == 0" in note for note in disputed)
    assert any("raises ValueError when x > 0" in note for note in disputed)


def test_objects_are_judged_by_their_state_after_the_call():
    """The order comes out of the sandbox as data, is rebuilt, and compared with what it was."""
    failure, good = Call((Order([]),)), Call((Order([1, 2]),))
    right = "def add_up(order):\n    order.total = sum(order.items)\n    return order"
    accepted, verdict = contract_of(right, add_up, failure, good)
    assert accepted.accepted, str(accepted)
    assert verdict.evidence["clauses"] == 1
    wrong = "def add_up(order):\n    order.total = sum(order.items) if order.items else 5\n    return order"
    refused, _ = contract_of(wrong, add_up, failure, good)
    assert refused.refused_by == "contract", str(refused)


def test_an_empty_frame_forbids_every_mutation():
    """``post[]`` promises that nothing changes; ``pop`` changes the list."""
    source = "def peek(xs):\n    if not xs:\n        xs.append(1)\n        return None\n    return xs[-1]"
    refused, _ = contract_of(source, peek, Call(([],)), Call(([1, 2],)))
    assert refused.refused_by == "contract", str(refused)
    assert "xs was changed by the call" in refused.reason


def test_a_method_promises_about_self():
    """The object before and after the call, both rebuilt from data."""
    failure, good = Call((Account(5, 0), 3)), Call((Account(5, 9), 3))
    right = "def spend(self, amount):\n    self.balance -= amount\n    return self.balance"
    accepted, verdict = contract_of(right, Account.spend, failure, good)
    assert accepted.accepted, str(accepted)
    assert verdict.evidence["clauses"] == 1
    wrong = "def spend(self, amount):\n    self.balance -= amount if self.limit else -amount\n    return self.balance"
    refused, _ = contract_of(wrong, Account.spend, failure, good)
    assert refused.refused_by == "contract", str(refused)


def test_a_clause_that_good_calls_contradict_is_disputed_not_enforced():
    """The original returns 5 where its clause wants more than 100: noted, and the candidate passes."""
    report, verdict = contract_of("def disputed(x):\n    return 10 // x if x else 0", disputed, Call((0,)), Call((2,)))
    assert report.accepted, str(report)
    assert verdict.evidence["clauses"] == 0
    assert any("disputed, not enforced" in note and "disputed(2)" in note for note in report.notes)


def test_a_line_that_does_not_parse_is_noted():
    """Never silently dropped, never blocking."""
    report, _ = contract_of(
        "def root(x):\n    return 10 // x if x > 5 else 0", root, Call((0,)), checks=Checks(preserve=False)
    )
    assert report.accepted, str(report)
    assert any("the result is small" in note for note in report.notes)


def test_a_failing_call_that_violates_pre_is_the_callers_fault():
    """No correction is right for it: the report says so, and the engine can ask beforehand."""

    def ask(original, *args):
        return violated_precondition(original, read_source(original), carry_call(args, {}), Policy())

    assert ask(root, -4) == "pre: x >= 0"
    assert ask(root, 0) is None
    assert ask(ratio, 1, 0, 2) is None
    report, _ = contract_of("def root(x):\n    return 0", root, Call(("x",)), checks=Checks(constant_body=False))
    assert not report.accepted
    assert "caller's fault" in report.reason


def test_a_documented_exception_stays():
    """``:raises ValueError: if x > 9`` is a clause: an answer there breaks it."""
    failure = Call((0,))
    keep = "def strict(x):\n    if x > 9:\n        raise ValueError(x)\n    return 10 // x if x else 0"
    assert contract_of(keep, strict, failure, Call((5,)), Call((20,)))[0].accepted
    drop = "def strict(x):\n    return 10 // x if x else 0"
    refused, _ = contract_of(drop, strict, failure, Call((5,)), checks=Checks(examples=60))
    assert not refused.accepted


@pytest.mark.parametrize(
    ("checks", "reason"),
    [(Checks(contract="off"), "off"), (Checks(), "no clause in the docstring and no return annotation")],
)
def test_nothing_to_check_is_a_skip_with_a_reason(checks, reason):
    """Switched off, or nothing promised."""

    original = ratio if reason == "off" else plain
    name = original.__name__
    arguments = "(x, y, z)" if original is ratio else "(x)"
    body = "x / (y or 1) + z" if original is ratio else "1 // (x or 1)"
    failure = Call((1, 0, 2)) if original is ratio else Call((0,))
    _, verdict = contract_of(f"def {name}{arguments}:\n    return {body}", original, failure, checks=checks)
    assert verdict.outcome == "skipped"
    assert reason in verdict.reason


def plain(x):
    return 1 // x


def test_the_host_loads_nothing_of_what_judges(tmp_path):
    """hypothesis, typeguard, CrossHair and the contract libraries of others live in other processes."""
    (tmp_path / "program.py").write_text(
        """
import sys
from fukkatsu import Call, Checks, verify

def first(xs: list[int], default: int = 0) -> int:
    \'\'\'First item.

    post: implies(not xs, __return__ == default)

    Raises:
        TypeError: if xs is None
    \'\'\'
    if xs is None:
        raise TypeError(xs)
    return xs[0]

source = "def first(xs, default=0):\\n    if xs is None:\\n        raise TypeError(xs)\\n    return xs[0] if xs else default"
report = verify(source, first, failure=Call(([],)), good_calls=[Call(([3, 4],)), Call(([5],))])
assert report.accepted, str(report)
assert report.evidence["clauses"] >= 2, str(report)
heavy = {"hypothesis", "typeguard", "crosshair", "z3", "icontract", "deal"} & set(sys.modules)
assert not heavy, heavy
""",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=100,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
