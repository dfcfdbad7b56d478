"""Which stored calls a test gets: readable ones that tell nothing, few, and the others are counted."""

from __future__ import annotations

from fukkatsu._export.kept import LIKE_OTHERS, SECRET, UNREADABLE, fit_for_a_test
from fukkatsu._model.call import Outcome
from fukkatsu._oracle.values import encode
from fukkatsu._store.recorded import StoredCall


def function(what, password=""):
    return what, password


def a_call(args, kwargs=None, returned=None, shape="one", failing=False):
    outcome = Outcome("returned", value=encode(returned).text)
    text = encode([list(args), kwargs or {}]).text
    return StoredCall(arguments=text, outcome=None if failing else outcome, shape=shape, failing=failing)


def test_the_failing_call_is_told_from_the_good_ones():
    """With its arguments as values of this process."""
    chosen = fit_for_a_test([a_call([1]), a_call([0], failing=True)], function, 16)
    assert chosen.failing.shown.args == (0,)
    assert [call.shown.args for call in chosen.good] == [(1,)]
    assert chosen.left_out == {}


def test_what_looks_like_a_secret_is_left_out_wherever_it_stands():
    """By the name of its parameter, by a key at any depth, by its shape; in arguments, and in the result."""
    token = "ghp_" + "0123456789" * 4
    calls = [
        a_call([1, "hunter22"]),
        a_call([{"deep": [{"api_key": "x1y2z3"}]}]),
        a_call([["list", {"of": token}]]),
        a_call([2], returned=token),
        a_call([3], {"password": "hunter22"}, failing=True),
    ]
    chosen = fit_for_a_test(calls, function, 16)
    assert (chosen.good, chosen.failing) == ((), None)
    assert chosen.left_out == {SECRET: 5}


def test_what_cannot_be_read_here_is_left_out():
    """Another class, or another signature by now."""
    calls = [a_call([1, 2, 3]), StoredCall(arguments=b'["list",["list",["object","no.Where"]],["dict"]]')]
    assert fit_for_a_test(calls, function, 16).left_out == {UNREADABLE: 2}


def test_of_many_alike_few_are_chosen():
    """And a rare one is among them."""
    chosen = fit_for_a_test([a_call(["rare"], shape="rare"), *(a_call([n]) for n in range(9))], function, 3)
    assert [call.shown.args for call in chosen.good] == [("rare",), (7,), (8,)]
    assert chosen.left_out == {LIKE_OTHERS: 7}
