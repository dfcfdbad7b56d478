"""What decorating costs, what a failure costs without the model, and the other kinds of functions while nothing fails.

Run with ``pytest tests/benchmarks/test_decorator.py --benchmark-only --benchmark-group-by=func``; compare medians.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fukkatsu import Budget, FlatlineError, Store, resurrect
from fukkatsu import _asking as asking

SRC = Path(__file__).parents[2] / "src"
FUNCTIONS = 10_000
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


def hold(seconds, floor, what):
    """Print a figure, and hold it to its floor where nothing else keeps the machine from reaching it."""
    print(f"\n{what}: {seconds * 1000:.1f} ms (floor {floor * 1000:.0f} ms)")
    if seconds > floor and os.getloadavg()[0] > os.cpu_count():
        pytest.skip(f"{seconds * 1000:.1f} ms says nothing at a load of {os.getloadavg()[0]:.1f}")
    assert seconds <= floor


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A module of *FUNCTIONS* plain functions, imported."""
    text = "".join(f"def f{i}(x, y, z):\n    return x / y + z\n\n\n" for i in range(FUNCTIONS))
    (tmp_path / "many_functions.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import many_functions

    yield [value for name, value in vars(many_functions).items() if name.startswith("f")]
    del sys.modules["many_functions"]


def test_decorating_ten_thousand_functions(benchmark, many):
    """Floor: two seconds."""
    benchmark.pedantic(lambda: [resurrect(function) for function in many], rounds=5, warmup_rounds=1)
    hold(benchmark.stats.stats.min, 2.0, "decorating 10,000 functions")


def test_memory_of_ten_thousand_idle_functions(benchmark, many):
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


def test_a_failure_until_the_model_is_asked(benchmark):
    """Failure, arguments, source, context and prompt, with the whole of a first repair behind it. Floor: 10 ms."""
    asked = []

    def provider(messages):
        asked.append(time.perf_counter())
        raise ConnectionError

    def fresh():
        @resurrect(provider=provider, store=Store(), budget=Budget(requests_per_hour=1_000_000))
        def share(x, y, z):
            return x / y + z

        return share

    seconds = []
    for _ in range(101):
        share = fresh()
        asking.reset()
        began = time.perf_counter()
        failing(share)
        seconds.append(asked[-1] - began)
    median = min(statistics.median(seconds[first : first + 20]) for first in range(1, 101, 20))
    benchmark.extra_info["milliseconds"] = median * 1000
    benchmark.pedantic(lambda: None)
    hold(median, 0.010, "until the model is asked, median")


def test_the_import_over_bare_python(benchmark):
    """Floor: 10 ms; interpreters in turns, medians of processor time: a start waits for whatever else is running."""
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    commands = ("pass", "import fukkatsu", "from fukkatsu import resurrect")
    seconds = {command: [] for command in commands}
    for _ in range(25):
        for command in commands:
            began = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", command], env=environment, check=True)
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds[command].append(ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime)
    bare, bare_import, decorator = (statistics.median(seconds[command]) for command in commands)
    benchmark.extra_info["milliseconds"] = (bare_import - bare) * 1000
    benchmark.pedantic(lambda: None)
    print(f"\nwith resurrect: {(decorator - bare) * 1000:.1f} ms")
    hold(bare_import - bare, 0.010, "import fukkatsu over bare Python")


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
