"""What decorating costs, what a failure costs without the model, and the other kinds of functions while nothing fails.

Run with ``pytest tests/benchmarks/test_decorator.py --benchmark-only --benchmark-group-by=func``; compare medians.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys

import pytest

from fukkatsu import Budget, FlatlineError, Store, resurrect
from fukkatsu import _asking as asking

FUNCTIONS = 1000
HEALED = """```python
def share(x, y, z):
    if y == 0:
        return z
    return x / y + z
```"""


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable()
    asking.reset()
    yield
    logging.disable(logging.NOTSET)
    asking.reset()


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A module of *FUNCTIONS* plain functions, imported."""
    text = "".join(f"def f{i}(x, y, z):\n    return x / y + z\n\n\n" for i in range(FUNCTIONS))
    (tmp_path / "many_functions.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import many_functions

    yield [value for name, value in vars(many_functions).items() if name.startswith("f")]
    del sys.modules["many_functions"]


def test_decorating_a_thousand_functions(benchmark, many):
    """Floor: 10,000 in two seconds."""
    benchmark(lambda: [resurrect(function) for function in many])


def test_memory_of_a_thousand_idle_functions(benchmark, many):
    """Floor: 4 KB each; the figure is in the extra information of the run."""
    import tracemalloc

    def decorate():
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        decorated = [resurrect(function) for function in many]
        benchmark.extra_info["bytes_each"] = (tracemalloc.get_traced_memory()[0] - before) / len(decorated)
        tracemalloc.stop()

    benchmark.pedantic(decorate, rounds=3, warmup_rounds=1)
    assert benchmark.extra_info["bytes_each"] < 4096


def sharing(**options):
    @resurrect(provider=lambda messages: HEALED, store=Store(), budget=Budget(requests_per_hour=1_000_000), **options)
    def share(x, y, z):
        return x / y + z

    return share


def failing(function):
    try:
        function(1, 0, 2.0)
    except (FlatlineError, ZeroDivisionError):
        pass


def test_a_failure_that_flatlines_without_asking(benchmark):
    """Failure, arguments, source, fingerprint, and the end of it: no life is left."""
    share = sharing()
    failing(share)
    share.fukkatsu.rollback()
    benchmark(failing, share)


def test_a_failure_that_a_model_heals_in_no_time(benchmark):
    """From the exception to the fix's answer; generating inputs, hidden behind a real model, is most of it."""
    failing(sharing())
    benchmark.pedantic(failing, setup=lambda: ((sharing(),), {}), rounds=20)


def test_a_failure_in_the_background(benchmark):
    """What the caller pays: the copy of its arguments and a place in the queue."""
    share = sharing(when="background")
    benchmark(failing, share)


def test_a_fallback_answer(benchmark):
    """The original raises, the active fix answers."""
    share = sharing(install="fallback")
    failing(share)
    benchmark(share, 1, 0, 2.0)


def coroutine_closure(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            raise error from None

    return wrapper


def generator_closure(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            raise error from None

    return wrapper


def async_generator_closure(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        try:
            async for item in function(*args, **kwargs):
                yield item
        except Exception as error:
            raise error from None

    return wrapper


async def coroutine(x, y, z):
    return x


def generator(x, y, z):
    for item in range(x):
        yield item + y


async def async_generator(x, y, z):
    for item in range(x):
        yield item


VARIANTS = ("plain", "closure", "fukkatsu")


def variants(function, closure):
    return {"plain": function, "closure": closure(function), "fukkatsu": resurrect(function)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_awaited_call(benchmark, variant):
    """`await f(x, y, z)`, a thousand times a round."""
    function = variants(coroutine, coroutine_closure)[variant]

    async def calls():
        for _ in range(1000):
            await function(1, 2, 3)

    asyncio.run(calls())
    benchmark(lambda: asyncio.run(calls()))


@pytest.mark.parametrize("variant", VARIANTS)
def test_generator_of_a_thousand_items(benchmark, variant):
    """`for _ in f(1000, ...)`."""
    function = variants(generator, generator_closure)[variant]
    for _ in range(100):
        list(function(1, 2, 3))
    benchmark(lambda: sum(1 for _ in function(1000, 2, 3)))


@pytest.mark.parametrize("variant", VARIANTS)
def test_async_generator_of_a_thousand_items(benchmark, variant):
    """`async for _ in f(1000, ...)`."""
    function = variants(async_generator, async_generator_closure)[variant]

    async def drawn(count):
        async for _ in function(count, 2, 3):
            pass

    async def settle():
        for _ in range(100):
            await drawn(1)

    asyncio.run(settle())
    benchmark(lambda: asyncio.run(drawn(1000)))
