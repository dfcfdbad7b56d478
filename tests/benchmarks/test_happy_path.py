"""What the decorator costs while nothing fails, against a hand-written try/except closure in the same run.

Run with ``pytest tests/benchmarks/test_happy_path.py --benchmark-only --benchmark-group-by=func``; compare medians.
"""

from __future__ import annotations

import functools

import pytest

from fukkatsu import resurrect


def f(x, y, z):
    return x


def by_hand(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise error from None

    return wrapper


def settled(function):
    for i in range(200):  # the recorder's budget is used up: this is the steady state
        function(i, i, i)
    return function


@resurrect
def decorated(x, y, z):
    return x


VARIANTS = {"plain": f, "closure": by_hand(f), "fukkatsu": settled(decorated)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_positional_call(benchmark, variant):
    """`f(x, y, z)`, a thousand times a round."""
    function = VARIANTS[variant]

    def calls():
        for _ in range(1000):
            function(1, 2, 3)

    benchmark(calls)


@pytest.mark.parametrize("variant", VARIANTS)
def test_keyword_call(benchmark, variant):
    """`f(x=..., y=..., z=...)`."""
    function = VARIANTS[variant]

    def calls():
        for _ in range(1000):
            function(x=1, y=2, z=3)

    benchmark(calls)


@pytest.mark.parametrize("variant", VARIANTS)
def test_call_with_a_large_argument(benchmark, variant):
    """A list of 100,000 items costs what an integer costs: nothing is copied."""
    function = VARIANTS[variant]
    large = list(range(100_000))

    def calls():
        for _ in range(1000):
            function(large, 2, 3)

    benchmark(calls)
