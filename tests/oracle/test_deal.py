"""Contracts of deal: its own validators, carried to the examiner, judge what a correction did."""

from __future__ import annotations

import copy

import deal
import icontract
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fukkatsu import Call, resurrect, verify
from fukkatsu._gauntlet.decorators import conditions_of
from fukkatsu._gauntlet.promised import contract_request
from fukkatsu._oracle import values
from fukkatsu._oracle.judged import Judged
from fukkatsu._sandbox.carry import carry_call
from fukkatsu.testing import scripted_provider


@deal.pre(lambda _: _.x >= 0)
@deal.ensure(lambda x, parts, result: result <= x)
def share(x, parts):
    return x // parts


@deal.post(lambda result: result >= 0, message="never below zero")
@deal.chain(deal.raises(KeyError))
def price(name, table):
    return 100 // table[name]


@deal.reason(ValueError, lambda x: x > 9)
@deal.raises(ValueError)
def strict(x):
    if x > 9:
        raise ValueError(x)
    return 10 // x


@deal.safe
def total(xs):
    return sum(xs) // len(xs)


@deal.inv(lambda shelf: len(shelf.items) <= 2)
class Shelf:
    def __init__(self, items):
        self.items = items

    @deal.pre(lambda self, item, times: times >= 0)
    def put(self, item, times):
        self.items.append(item * (times // times))
        return len(self.items)


def written(function, **options):
    return [str(condition.clause) for condition in conditions_of(function, **options)]


def inner(function):
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def judged(source, original, failure, *good, **options):
    return verify(source, original, failure=failure, good_calls=good, **options)


def test_conditions_are_found_and_shown_in_the_authors_words():
    """deal tells the source of each; what may be raised is one clause."""
    assert written(inner(share)) == ["deal.pre: x >= 0", "deal.ensure: result <= x"]
    assert written(inner(price)) == ["deal.post: result >= 0 (never below zero)", "deal.raises: KeyError"]
    assert written(inner(strict)) == ["deal.reason: ValueError only when x > 9", "deal.raises: ValueError"]
    assert written(inner(total)) == ["deal.raises: nothing"]


def test_a_postcondition_decides_in_the_crash_region():
    """``ensure`` sees arguments and result, whatever the candidate dropped."""
    failure, good = Call((7, 0)), [Call((8, 2)), Call((9, 3))]
    refused = judged("def share(x, parts):\n    return x // parts if parts else x + 1", share, failure, *good)
    assert refused.refused_by == "contract", str(refused)
    assert "deal.ensure: result <= x` is false" in refused.reason
    accepted = judged("def share(x, parts):\n    return x // parts if parts else x", share, failure, *good)
    assert accepted.accepted, str(accepted)
    assert accepted.evidence["clauses"] == 1


def test_post_sees_the_result_alone_and_says_its_message():
    """The author's own words are part of the refusal."""
    failure, good = Call(("a", {"a": 0})), [Call(("a", {"a": 5})), Call(("b", {"b": 7}))]
    source = "def price(name, table):\n    return 100 // table[name] if table[name] else -1"
    refused = judged(source, price, failure, *good)
    assert refused.refused_by == "contract", str(refused)
    assert "never below zero" in refused.reason


def test_only_the_exceptions_that_the_author_permits_are_raised():
    """Where the original crashed, another crash in its place is no correction."""
    failure, good = Call((0,)), [Call((5,)), Call((2,))]
    other = "def strict(x):\n    if x > 9:\n        raise ValueError(x)\n    return 10 // x if x > -3 else [][x]"
    report = judged(other, strict, failure, *good)
    assert not report.accepted
    right = "def strict(x):\n    if x > 9:\n        raise ValueError(x)\n    return 10 // x if x else 0"
    assert judged(right, strict, failure, *good).accepted


def test_a_reason_that_does_not_hold_is_a_broken_promise():
    """ValueError only above 9: raising it for 0 instead of dividing is refused."""
    source = "def strict(x):\n    if x > 9 or x == 0:\n        raise ValueError(x)\n    return 10 // x"
    report = judged(source, strict, Call((0,)), Call((5,)), Call((20,)))
    assert not report.accepted


def test_an_invariant_of_the_class_holds_after_the_call():
    """deal makes a class of its own around the user's; objects of it travel and come back as data."""
    failure, good = Call((Shelf([1]), 5, 0)), [Call((Shelf([1]), 5, 2)), Call((Shelf([]), 4, 1))]
    wrong = "def put(self, item, times):\n    self.items.extend([item] if times else [item] * 3)\n    return len(self.items)"
    refused = judged(wrong, Shelf.__mro__[2].put, failure, *good)
    assert refused.refused_by == "contract", str(refused)
    assert "deal.inv: len(shelf.items) <= 2` is false" in refused.reason
    right = "def put(self, item, times):\n    self.items.append(item if times else 0)\n    return len(self.items)"
    assert judged(right, Shelf.__mro__[2].put, failure, *good).accepted


@deal.pre(lambda _: _.x < 7 or "too large")
@deal.pre(lambda x, xs=(1,), drop=False: len(xs) < 4)
@deal.ensure(lambda _: _.result is None or _.result <= _.x + len(_.xs))
@deal.ensure(lambda x, xs=(1,), drop=False, *, result: sum(xs) < 50)
@deal.post(lambda result: result != 2)
@deal.raises(LookupError)
@deal.reason(LookupError, lambda x, xs=(1,), drop=False: not xs)
def touched(x, xs=(1,), drop=False):
    if drop:
        xs.pop()
    if x == 5:
        raise LookupError(x)
    if x == 6:
        raise TypeError(x)
    return x


def natively(*args):
    """What deal itself says of a call: its runtime says it with an exception of its own."""
    try:
        touched(*args)
    except deal.PreContractError:
        return {"pre"}
    except deal.PostContractError:
        return {"post"}
    except deal.RaisesContractError:
        return {"raises"}
    except deal.ReasonContractError:
        return {"reason"}
    except LookupError:
        pass
    return set()


@given(st.integers(0, 9), st.none() | st.lists(st.integers(0, 30), max_size=5), st.booleans())
@example(x=5, xs=[0], drop=True)
@settings(max_examples=80, deadline=None)
def test_the_examiner_says_of_every_call_what_deal_says(x, xs, drop):
    """The library itself is the oracle: short and explicit validators, messages, defaults, exceptions."""
    contract = Judged(contract_request(inner(touched), (), conditions_of(inner(touched))) | {"annotation": False})
    args = (x,) if xs is None else (x, xs, drop and bool(xs))
    arguments = carry_call(args, {})
    said = natively(*copy.deepcopy(args))
    try:
        kind, value, exception = "returned", inner(touched)(*args), ""
    except Exception as error:
        kind, value, exception = "raised", None, values.class_name(type(error))
    after = values.encode([args, {}]).text
    answer = contract.call(arguments, kind, values.encode(value).text, after, exception)
    broken = {contract.promised[at].kind for at, state, _ in answer if state == "broken"}
    assert all(state != "unknown" for _, state, _ in answer), answer
    assert (broken & {"pre"} or broken) >= said
    assert bool(broken) == bool(said)


FIXED = "```python\ndef {name}(x, parts):\n    return x // parts if parts else x\n```"
WRONG = "```python\ndef {name}(x, parts):\n    return x // parts if parts else x + 1\n```"


@resurrect(provider=scripted_provider(WRONG.format(name="above"), FIXED.format(name="above")), attempts=2)
@deal.pre(lambda _: _.x >= 0)
@deal.ensure(lambda _: _.result <= _.x)
def above(x, parts):
    return x // parts


@deal.pre(lambda _: _.x >= 0)
@deal.ensure(lambda _: _.result <= _.x)
@resurrect(provider=scripted_provider(WRONG.format(name="below"), FIXED.format(name="below")), attempts=2)
def below(x, parts):
    return x // parts


@pytest.mark.parametrize("function", [above, below])
def test_it_does_not_matter_which_decorator_stands_above(function):
    """The wrong suggestion is refused by the contract, the right one installed, and deal stays in force."""
    assert [function(8, 2), function(9, 3)] == [4, 3]
    assert function(7, 0) == 7
    first, second = function.fukkatsu.reports
    assert (first.refused_by, second.accepted) == ("contract", True), f"{first}\n{second}"
    with pytest.raises(deal.PreContractError):
        function(-1, 2)


@resurrect(provider=scripted_provider(WRONG.format(name="stacked"), FIXED.format(name="stacked")), attempts=2)
@icontract.require(lambda x: x >= 0)
@icontract.ensure(lambda result: result != 13)
@deal.ensure(lambda _: _.result <= _.x)
def stacked(x, parts):
    return x // parts


def test_contracts_of_both_libraries_may_be_stacked():
    """`resurrect` goes beneath all of them, and each is read once, though each wrapper copies what it wraps."""
    assert sorted(written(inner(stacked))) == [
        "deal.ensure: result <= x",
        "icontract.ensure: result != 13",
        "icontract.require: x >= 0",
    ]
    assert stacked(7, 0) == 7
    assert [report.refused_by for report in stacked.fukkatsu.reports] == ["contract", None]
    with pytest.raises(icontract.ViolationError):
        stacked(-1, 1)
    with pytest.raises(icontract.ViolationError):
        stacked(13, 0)


def test_a_contract_that_is_switched_off_still_tells_whose_fault_a_crash_is():
    """``deal.disable()`` is what production does: the crash reaches us, and no model is asked."""
    provider = scripted_provider(FIXED.format(name="plain"))

    @deal.pre(lambda _: _.x >= 0)
    @resurrect(provider=provider)
    def plain(x, parts):
        return x // parts

    deal.disable(warn=False)
    try:
        with pytest.raises(ZeroDivisionError) as failure:
            plain(-1, 0)
    finally:
        deal.enable()
    assert "deal.pre: x >= 0" in "".join(failure.value.__notes__)
    assert not provider.conversations
