"""Contracts of icontract: found on the original, judged on what a correction did, whoever drops them."""

from __future__ import annotations

import asyncio
import copy
import functools
import sys
import threading

import icontract
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fukkatsu import Call, Checks, FlatlineError, resurrect, verify
from fukkatsu._gauntlet.decorators import conditions_of
from fukkatsu._gauntlet.promised import contract_request
from fukkatsu._oracle import values
from fukkatsu._oracle.judged import Judged
from fukkatsu._sandbox.carry import carry_call
from fukkatsu.errors import DecorationError
from fukkatsu.testing import scripted_provider


@icontract.require(lambda x: x >= 0)
@icontract.ensure(lambda result, x: result <= x)
def share(x, parts):
    return x // parts


@icontract.snapshot(lambda xs: xs[:], name="before")
@icontract.ensure(lambda OLD, xs, result: xs == OLD.before and result in (None, *xs), "looks, and touches nothing")
def peek(xs):
    return xs[-1]


@icontract.require(lambda _ARGS: len(_ARGS) == 1)
@icontract.ensure(lambda result: result > 100, enabled=True)
def counted(x):
    return 1000 // x


@icontract.invariant(lambda self: self.balance >= 0)
class Account:
    def __init__(self, balance, limit):
        self.balance, self.limit = balance, limit

    @icontract.require(lambda amount: amount >= 0)
    def spend(self, amount):
        self.balance -= amount * (self.limit // self.limit)
        return self.balance

    def _move(self, amount):
        self.balance -= amount // self.limit


class Shape(icontract.DBC):
    @icontract.require(lambda x: x > 10)
    def scale(self, x):
        return x


class Wide(Shape):
    @icontract.require(lambda x: x > 3)
    def scale(self, x):
        return 12 // (x - 5)


@icontract.require(lambda n: n >= 0)
@icontract.ensure(lambda result: result >= 0)
def doubled(n):
    return n * 2


def uses(x, y):
    return doubled(x) // y


def written(function, **options):
    """What is found, as the report shows it."""
    return [str(condition.clause) for condition in conditions_of(function, **options)]


def inner(function):
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


CONTRACT: Judged


@pytest.fixture(scope="module", autouse=True)
def _contract_of_touched():
    global CONTRACT
    plain = inner(touched)
    CONTRACT = Judged(contract_request(plain, (), conditions_of(plain)) | {"annotation": False})


def contract_of(source, original, failure, *good, **options):
    report = verify(source, original, failure=failure, good_calls=good, **options)
    return report, next((v for v in report.verdicts if v.stage == "contract"), None)


def test_conditions_are_found_under_the_functions_name_and_shown_in_the_authors_words():
    """The plain function is what the gauntlet works on; what stands around it is looked up."""
    assert written(inner(share)) == ["icontract.require: x >= 0", "icontract.ensure: result <= x"]
    (one,) = written(inner(peek))
    assert one.endswith("result in (None, *xs) (looks, and touches nothing)")
    assert written(inner(Account.spend)) == ["icontract.require: amount >= 0", "icontract.invariant: self.balance >= 0"]
    assert written(inner(Account._move)) == [], "an invariant may be broken in the middle of an object's own work"
    assert written(contract_of) == []


def test_a_postcondition_decides_in_the_crash_region():
    """The candidate drops the decorators, as any candidate must: they are the original's."""
    failure, good = Call((7, 0)), [Call((8, 2)), Call((9, 3))]
    wrong = "def share(x, parts):\n    return x // parts if parts else x + 1"
    refused, _ = contract_of(wrong, share, failure, *good)
    assert refused.refused_by == "contract", str(refused)
    assert "icontract.ensure: result <= x` is false" in refused.reason
    assert refused.counterexample.args == (7, 0)
    right = "def share(x, parts):\n    return x // parts if parts else x"
    accepted, verdict = contract_of(right, share, failure, *good)
    assert accepted.accepted, str(accepted)
    assert verdict.evidence["clauses"] == 1
    assert verdict.evidence["crash_oracle"] > 0


def test_snapshots_are_taken_before_the_call():
    """``OLD`` holds what the capture saw."""
    failure, good = Call(([],)), [Call(([1, 2],)), Call(([5],))]
    wrong = "def peek(xs):\n    if not xs:\n        xs.append(0)\n    return xs[-1]"
    # the text alone shows the change already, unless other behaviour is asked for
    refused, _ = contract_of(wrong, peek, failure, *good, checks=Checks(preserve=False))
    assert refused.refused_by == "contract", str(refused)
    assert "looks, and touches nothing" in refused.reason
    right = "def peek(xs):\n    return xs[-1] if xs else None"
    assert contract_of(right, peek, failure, *good)[0].accepted


def test_a_failing_call_outside_the_precondition_is_the_callers_fault():
    """verify says so; nothing generated violates it either."""
    report, _ = contract_of("def share(x, parts):\n    return x // (parts or 1)", share, Call((-7, 0)), Call((8, 2)))
    assert not report.accepted
    assert "caller's fault" in report.reason
    assert "icontract.require: x >= 0" in report.reason


def test_an_invariant_holds_after_the_call():
    """Of ``self``, rebuilt from what the call left behind."""
    failure, good = Call((Account(5, 0), 3)), [Call((Account(5, 9), 3)), Call((Account(9, 1), 1))]
    wrong = (
        "def spend(self, amount):\n    self.balance -= amount if self.limit else 10 * amount\n    return self.balance"
    )
    refused, _ = contract_of(wrong, Account.spend, failure, *good)
    assert refused.refused_by == "contract", str(refused)
    assert "icontract.invariant: self.balance >= 0" in refused.reason


def test_a_subclass_may_accept_more_and_either_group_of_conditions_will_do():
    """icontract joins inherited preconditions with "or"."""
    (clause,) = written(inner(Wide.scale))
    assert clause == "icontract.require: x > 10 or x > 3"
    report, _ = contract_of(
        "def scale(self, x):\n    return 12 // (x - 5) if x != 5 else 0",
        Wide.scale,
        Call((Wide(), 5)),
        Call((Wide(), 7)),
    )
    assert "caller's fault" not in report.reason, str(report)


def test_a_condition_that_good_calls_contradict_is_disputed():
    """With the contract switched off at run time such calls happen; the examiner calls no checker."""
    original = inner(counted)
    report = verify(
        "def counted(x):\n    return 1000 // x if x else 0", counted, failure=Call((0,)), good_calls=[Call((20,))]
    )
    assert report.accepted, str(report)
    assert any("disputed, not enforced" in note and "result > 100" in note for note in report.notes)
    assert original(20) == 50


@icontract.require(lambda x, limit=7: x < limit, error=ValueError)
@icontract.require(lambda _ARGS, _KWARGS: len(_ARGS) + len(_KWARGS) >= 2, error=ValueError)
@icontract.snapshot(lambda xs: len(xs), name="size")
@icontract.ensure(lambda OLD, xs, result: len(xs) >= OLD.size and result is not None, error=KeyError)
@icontract.ensure(lambda xs, extra=0: sum(xs) + extra < 50, error=KeyError)
def touched(x, xs=(1, 2), drop=False):
    if drop and xs:
        xs.pop()
    return None if x == 3 else x


def natively(*args, **kwargs):
    """What icontract itself says of a call."""
    try:
        touched(*args, **kwargs)
    except ValueError:
        return "outside"
    except KeyError:
        return "broken"
    return "held"


@given(st.integers(0, 9), st.none() | st.lists(st.integers(0, 30), max_size=4), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_examiner_says_of_every_call_what_icontract_says(x, xs, drop, named):
    """The library itself is the oracle: defaults, ``_ARGS``, snapshots, conditions that raise, several of each."""
    args, kwargs = [x], {}
    if xs is not None and named:
        kwargs["xs"] = list(xs)
    elif xs is not None:
        args.append(list(xs))
    if drop and xs is not None:
        kwargs["drop"] = drop
    arguments = carry_call(tuple(args), kwargs)
    said = natively(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    result = inner(touched)(*args, **kwargs)
    after = values.encode([tuple(args), kwargs]).text
    answer = CONTRACT.call(arguments, "returned", values.encode(result).text, after, "")
    broken = [CONTRACT.promised[at].kind for at, state, _ in answer if state == "broken"]
    assert all(state != "unknown" for _, state, _ in answer)
    assert ("outside" if "pre" in broken else "broken" if broken else "held") == said


FIXED = "```python\ndef {name}(x, parts):\n    return x // parts if parts else x\n```"
WRONG = "```python\ndef {name}(x, parts):\n    return x // parts if parts else x + 1\n```"


@resurrect(provider=scripted_provider(WRONG.format(name="above"), FIXED.format(name="above")), attempts=2)
@icontract.require(lambda x: x >= 0)
@icontract.ensure(lambda result, x: result <= x)
def above(x, parts):
    return x // parts


@icontract.require(lambda x: x >= 0)
@icontract.ensure(lambda result, x: result <= x)
@resurrect(provider=scripted_provider(WRONG.format(name="below"), FIXED.format(name="below")), attempts=2)
def below(x, parts):
    return x // parts


@pytest.mark.parametrize("function", [above, below])
def test_it_does_not_matter_which_decorator_stands_above(function):
    """The wrong suggestion is refused by the contract, the right one installed, and the checker stays in force."""
    assert [function(8, 2), function(9, 3)] == [4, 3]
    assert function(7, 0) == 7
    first, second = function.fukkatsu.reports
    assert (first.refused_by, second.accepted) == ("contract", True), f"{first}\n{second}"
    assert "icontract.ensure" in first.reason
    assert function(8, 0) == 8, "the fix answers"
    with pytest.raises(icontract.ViolationError):
        function(-1, 2)
    assert len(function.fukkatsu.reports) == 2, "a call outside the precondition is no failure of the function's"


def test_the_model_is_told_of_the_contract_through_the_redact_hook():
    """It need not learn it from a refusal; and the hook sees every text that leaves."""
    provider = scripted_provider(FIXED.format(name="told"))
    names = []

    def hook(name, text):
        names.append(name)
        return text.replace("result", "RESULT") if name == "<contract>" else text

    @resurrect(provider=provider, redact=hook)
    @icontract.require(lambda x: x >= 0, "never in debt")
    @icontract.ensure(lambda result, x: result <= x)
    def told(x, parts):
        return x // parts

    assert told(7, 0) == 7
    assert "icontract.require: x >= 0 (never in debt)\nicontract.ensure: RESULT <= x" in provider.prompts[0]
    assert "<contract>" in names


def test_a_function_inside_another_keeps_its_contract_too():
    """No name leads to it: it is found among what was made around the original."""

    @icontract.ensure(lambda result, x: result <= x)
    @resurrect(provider=scripted_provider(WRONG.format(name="local"), FIXED.format(name="local")), attempts=2)
    def local(x, parts):
        return x // parts

    assert local(7, 0) == 7
    assert local.fukkatsu.reports[0].refused_by == "contract"


def test_looking_for_it_there_disturbs_no_tuple_that_another_thread_builds():
    """A list of all objects holds half-built tuples for a moment, and the thread that builds one gets a SystemError."""

    def local(x):
        return x

    done = threading.Event()
    disturbed: list[SystemError] = []

    def build() -> None:
        while not done.is_set():
            try:
                tuple(float(i) for i in range(200))
            except SystemError as error:
                disturbed.append(error)

    interval = sys.getswitchinterval()
    builder = threading.Thread(target=build)
    try:
        sys.setswitchinterval(1e-5)
        builder.start()
        for _ in range(12):
            assert conditions_of(local) == ()
    finally:
        done.set()
        builder.join()
        sys.setswitchinterval(interval)
    assert disturbed == []


def test_a_contract_that_is_switched_off_still_tells_whose_fault_a_crash_is():
    """Production switches checks off; the author's word about the arguments stands, and no model is asked."""
    provider = scripted_provider(FIXED.format(name="plain"))

    @icontract.require(lambda x: x >= 0)
    @resurrect(provider=provider)
    def plain(x, parts):
        return x // parts

    unchecked = plain.__wrapped__
    with pytest.raises(ZeroDivisionError) as failure:
        unchecked(-1, 0)
    assert "icontract.require: x >= 0" in "".join(failure.value.__notes__)
    assert not provider.conversations
    assert unchecked(5, 0) == 5


def test_helpers_with_contracts_run_in_the_sandbox():
    """Their checkers travel too, with the variable that keeps icontract from checking in circles."""
    source = "def uses(x, y):\n    return doubled(x) // y if y else doubled(x)"
    report = verify(source, uses, failure=Call((1, 0)), good_calls=[Call((4, 2)), Call((9, 3))])
    assert report.accepted, str(report)
    assert report.evidence["good_calls"] == 2


@resurrect(
    provider=scripted_provider(
        "```python\nasync def later(x, parts):\n    return x // parts if parts else x + 1\n```",
        "```python\nasync def later(x, parts):\n    return x // parts if parts else x\n```",
    ),
    attempts=2,
)
@icontract.require(lambda x: x >= 0)
@icontract.ensure(lambda result, x: result <= x)
async def later(x, parts):
    return x // parts


def test_a_coroutine_keeps_its_contract():
    """icontract's checker is a coroutine function then; what it awaits is ours."""
    assert asyncio.run(later(7, 0)) == 7
    assert [report.refused_by for report in later.fukkatsu.reports] == ["contract", None]
    with pytest.raises(icontract.ViolationError):
        asyncio.run(later(-1, 1))


FACTORIAL = "```python\ndef factorial(n, d):\n    return n * factorial(n - 1, d) if n else 1 // d if d else 1\n```"


@resurrect(provider=scripted_provider(FACTORIAL))
@icontract.require(lambda n: n >= 0)
def factorial(n, d):
    return n * factorial(n - 1, d) if n else 1 // d


def test_a_recursion_through_its_own_contract_is_healed_as_a_whole():
    """The name means the checker, the checker means the fix."""
    assert factorial(3, 1) == 6
    assert factorial(3, 0) == 6


class Tools:
    @resurrect(provider=scripted_provider(FIXED.format(name="static")))
    @staticmethod
    @icontract.require(lambda x: x >= 0)
    def static(x, parts):
        return x // parts

    @classmethod
    @resurrect(provider=scripted_provider(FIXED.format(name="of_class").replace("(x,", "(cls, x,")))
    @icontract.require(lambda x: x >= 0)
    def of_class(cls, x, parts):
        return x // parts


@pytest.mark.parametrize("function", [Tools.static, Tools.of_class])
def test_static_and_class_methods_keep_theirs(function):
    """Whichever stands above which."""
    assert function(7, 0) == 7
    with pytest.raises(icontract.ViolationError):
        function(-7, 1)


def test_what_stands_between_contract_and_function_counts_as_ever():
    """A cache beneath the contract cannot be healed, and is refused with a remedy; icontract's own code never is."""

    @icontract.require(lambda x: x >= 0)
    @functools.lru_cache
    def cached(x, parts):
        return x // parts

    with pytest.raises(DecorationError, match=r"lru_cache.*Write @resurrect below it"):
        resurrect(cached)


def test_a_contract_that_cannot_be_slipped_beneath_is_refused_with_a_remedy():
    """Something that calls itself a checker, without a way in."""

    class Checker:
        def __call__(self, x):
            return share(x, 1)

    checker = Checker()
    checker.__wrapped__ = inner(share)
    checker.__preconditions__ = []
    with pytest.raises(DecorationError, match=r"Write @resurrect below it"):
        resurrect(checker)


def test_a_flatline_leaves_the_contract_as_it_was():
    """Nothing was accepted: the checker calls the original, as before."""

    @resurrect(provider=scripted_provider("no idea"), attempts=1)
    @icontract.require(lambda x: x >= 0)
    def stubborn(x):
        return 1 // x

    with pytest.raises(FlatlineError):
        stubborn(0)
    assert stubborn(1) == 1
    with pytest.raises(icontract.ViolationError):
        stubborn(-1)


def test_checks_can_leave_the_contract_out():
    """``contract="off"`` is for decorators as for docstrings."""
    wrong = "def share(x, parts):\n    return x // parts if parts else x + 1"
    report, verdict = contract_of(wrong, share, Call((7, 0)), Call((8, 2)), checks=Checks(contract="off"))
    assert verdict.outcome == "skipped"
    assert report.accepted, str(report)
