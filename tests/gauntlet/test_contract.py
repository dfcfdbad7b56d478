"""The contract stage: annotations and PEP 316 clauses of the original, judged on data in the examiner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

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
    """Last item, or None.

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
