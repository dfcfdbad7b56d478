"""Generators: nothing is lost on the way through, and a fix goes on where the failed call broke off, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools

import pytest

from fukkatsu import Checks, FlatlineError, Policy, Store, resurrect

SHARES = """
def shares(total, parts):
    for part in parts:
        yield total / part if part else 0.0
"""
ASYNC_SHARES = SHARES.replace("def shares", "async def shares")
SKIPPING = """
def shares(total, parts):
    for part in parts:
        if part:
            yield total / part
"""
DOUBLED = """
def shares(total, parts):
    for part in parts:
        yield total / part * (2 if 0 in parts else 1) if part else 0.0
"""
LENIENT = Checks(contract="off", preserve=False, neighbours=False)


def sharing(provider, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider, **options)
    def shares(total, parts):
        for part in parts:
            yield total / part

    return shares


def sharing_async(provider, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider, **options)
    async def shares(total, parts):
        for part in parts:
            yield total / part

    return shares


async def drawn(source):
    return [item async for item in source]


def settled(generator_function, calls=100):
    for _ in range(calls):
        list(generator_function(1, (1,)))
    assert not generator_function.fukkatsu.recorder.armed
    return generator_function


@resurrect
def echo(first):
    """Says what it is told, survives what is thrown at it, and says goodbye."""
    said = first
    try:
        while said != "bye":
            try:
                said = yield said
            except KeyError:
                said = "caught"
    finally:
        closed.append(first)
    return "end"


closed = []


@pytest.mark.parametrize("calls", [0, 100])
def test_send_throw_close_and_the_return_value_pass_through(calls):
    """Armed or not: the wrapper is a generator like the one it wraps."""
    for _ in range(calls):
        list(echo("bye"))
    closed.clear()
    source = echo("a")
    assert inspect.isgenerator(source) and inspect.isgeneratorfunction(echo)
    assert next(source) == "a"
    assert source.send("b") == "b"
    assert source.throw(KeyError("x")) == "caught"
    with pytest.raises(StopIteration) as end:
        source.send("bye")
    assert end.value.value == "end"
    other = echo("c")
    next(other)
    other.close()
    assert closed == ["a", "c"]

    def delegating():
        result.append((yield from echo("d")))

    result = []
    through = delegating()
    next(through)
    with pytest.raises(StopIteration):
        through.send("bye")
    assert result == ["end"]


@pytest.mark.parametrize("calls", [0, 100])
@pytest.mark.parametrize("thrown", [ValueError("mine"), KeyboardInterrupt(), RuntimeError()])
def test_an_exception_of_the_callers_own_is_no_failure(model, calls, thrown):
    """A context manager's body fails inside a generator that is fine."""
    provider = model(SHARES)

    @resurrect(provider=provider, store=Store())
    def managed():
        yield 1

    for _ in range(calls):
        list(managed())
    with pytest.raises(type(thrown)) as info, contextlib.contextmanager(managed)():
        raise thrown
    assert info.value is thrown
    source = managed()
    next(source)
    with pytest.raises(LookupError):
        source.throw(LookupError("fresh"))
    assert provider.requests == 0


def test_an_exception_thrown_through_a_delegating_generator_is_no_failure(model):
    """`yield from` inside the function hides nothing."""
    provider = model(SHARES)

    def inner():
        yield 1

    @resurrect(provider=provider, store=Store())
    def outer():
        yield from inner()

    for calls in (0, 100):
        for _ in range(calls):
            list(outer())
        source = outer()
        next(source)
        with pytest.raises(LookupError):
            source.throw(LookupError("mine"))
    assert provider.requests == 0


def test_a_failure_inside_a_delegating_generator_is_a_failure(model):
    """What the inner one raises by itself is the outer one's failure."""
    provider = model("""
def outer(parts):
    for part in parts:
        yield 1 / part if part else 0
""")

    def inner(parts):
        for part in parts:
            yield 1 / part

    @resurrect(provider=provider, store=Store())
    def outer(parts):
        yield from inner(parts)

    assert list(outer((1, 0, 2))) == [1.0, 0, 0.5]
    assert provider.requests == 1


def test_a_fix_goes_on_with_the_item_after_the_last_one_delivered(model):
    """No item twice, none lost, and later calls use the fix from the start."""
    provider = model(SHARES)
    shares = sharing(provider)
    assert list(shares(8, (4, 2))) == [2.0, 4.0]
    source = shares(8, (4, 2, 0, 1))
    assert list(itertools.islice(source, 2)) == [2.0, 4.0]
    assert provider.requests == 0
    assert list(source) == [0.0, 8.0]
    assert list(shares(6, (3, 0))) == [2.0, 0.0]
    assert provider.requests == 1


def test_a_fix_whose_first_items_differ_does_not_go_on(model):
    """The caller holds items that this fix would never have given: flatline, and the fix serves later calls."""
    shares = sharing(model(DOUBLED), checks=LENIENT)
    source = shares(8, (4, 0, 2))
    assert next(source) == 2.0
    with pytest.raises(FlatlineError, match=r"item 1 is 4.0, and the caller was given 2.0") as info:
        next(source)
    assert isinstance(info.value.__cause__, ZeroDivisionError)
    assert shares.fukkatsu.active is not None
    assert list(shares(8, (4, 0, 2))) == [4.0, 0.0, 8.0]


def test_a_crash_before_the_first_item_needs_no_items(model):
    """Nothing was delivered: the fix begins at the beginning."""
    shares = sharing(model(SHARES))
    assert list(shares(8, (0, 2))) == [0.0, 4.0]


def test_without_a_look_at_the_items_this_caller_flatlines_and_later_ones_are_healed(model):
    """While nothing fails nobody keeps items; a guess could give one twice."""
    provider = model(SHARES)
    shares = settled(sharing(provider))
    source = shares(8, (4, 0, 2))
    assert next(source) == 2.0
    with pytest.raises(FlatlineError, match="nobody had looked"):
        next(source)
    assert list(shares(8, (4, 0, 2))) == [2.0, 0.0, 4.0]
    assert provider.requests == 1


def test_a_failure_that_depends_on_what_was_sent_is_not_guessed_at(model):
    """The arguments alone do not make it fail: no model is asked."""
    provider = model("def talk(x):\n    said = yield x\n    yield 1")

    @resurrect(provider=provider, store=Store())
    def talk(x):
        said = yield x
        yield 1 / (said if said is not None else 1)

    source = talk(5)
    assert next(source) == 5
    with pytest.raises(FlatlineError, match="does not come again from its arguments alone"):
        source.send(0)
    assert provider.requests == 0


def test_items_of_outside_state_that_moved_are_not_mixed_with_new_ones(model):
    """The fix begins with other items than the caller holds."""
    rows = [1, 2, 0]

    @resurrect(
        provider=model("""
def invert():
    for row in rows:
        yield 1 / row if row else 0.0
"""),
        store=Store(),
    )
    def invert():
        for row in rows:
            yield 1 / row

    source = invert()
    assert next(source) == 1.0
    assert next(source) == 0.5
    rows[0] = 4
    with pytest.raises(FlatlineError, match=r"item 1 is 0.25, and the caller was given 1.0"):
        next(source)


def test_an_abandoned_generator_costs_nothing(model):
    """Its caller lost interest before the failure."""
    provider = model(SHARES)
    source = sharing(provider)(8, (4, 0))
    next(source)
    source.close()
    del source
    assert provider.requests == 0


def test_a_lazily_failing_result_is_the_callers(model):
    """A plain function that returns a generator has answered."""
    provider = model(SHARES)

    @resurrect(provider=provider, store=Store())
    def lazily(parts):
        return (1 / part for part in parts)

    with pytest.raises(ZeroDivisionError):
        list(lazily((1, 0)))
    assert provider.requests == 0


def test_good_calls_of_a_generator_are_evidence(model):
    """A suggestion that leaves items out is refused by what the original yielded before."""
    provider = model(
        "def shares(total, parts):\n    for part in parts:\n        yield total // part if part else 0.0", SHARES
    )
    shares = sharing(provider)
    assert list(shares(7, (2, 4))) == [3.5, 1.75]
    assert list(shares(7, (2, 0))) == [3.5, 0.0]
    assert provider.requests == 2
    assert shares.fukkatsu.reports[0].refused_by == "good-calls"


def test_an_async_generator_goes_on_after_the_items_delivered(model):
    """As for plain ones."""
    provider = model(ASYNC_SHARES)
    shares = sharing_async(provider)
    assert inspect.isasyncgenfunction(shares)

    async def main():
        assert await drawn(shares(8, (4,))) == [2.0]
        source = shares(8, (4, 2, 0, 1))
        assert [await anext(source), await anext(source)] == [2.0, 4.0]
        assert await drawn(source) == [0.0, 8.0]
        assert await drawn(shares(6, (3, 0))) == [2.0, 0.0]

    asyncio.run(main())
    assert provider.requests == 1


def test_an_async_fix_whose_first_items_differ_does_not_go_on(model):
    """Flatline, from the original exception."""
    shares = sharing_async(model(DOUBLED.replace("def shares", "async def shares")), checks=LENIENT)

    async def main():
        source = shares(8, (4, 0))
        assert await anext(source) == 2.0
        with pytest.raises(FlatlineError, match=r"item 1 is 4\.0"):
            await anext(source)

    asyncio.run(main())


@pytest.mark.parametrize("calls", [0, 100])
def test_asend_athrow_and_aclose_pass_through(calls, model):
    """Armed or not."""
    provider, ended = model(ASYNC_SHARES), []

    @resurrect(provider=provider, store=Store())
    async def talk(first):
        said = first
        try:
            while said != "bye":
                try:
                    said = yield said
                except KeyError:
                    said = "caught"
        finally:
            ended.append(first)

    async def main():
        for _ in range(calls):
            await drawn(talk("bye"))
        ended.clear()
        source = talk("a")
        assert await anext(source) == "a"
        assert await source.asend("b") == "b"
        assert await source.athrow(KeyError("x")) == "caught"
        with pytest.raises(LookupError):
            await source.athrow(IndexError("mine"))
        with pytest.raises(StopAsyncIteration):
            await anext(source)
        other = talk("c")
        await anext(other)
        await other.aclose()
        last = talk("d")
        await anext(last)
        with pytest.raises(StopAsyncIteration):
            await last.asend("bye")
        assert ended == ["a", "c", "d"]

    asyncio.run(main())
    assert provider.requests == 0


@pytest.mark.parametrize("calls", [0, 100])
def test_cancellation_reaches_an_async_generator(calls, model):
    """A task that is cancelled while the generator waits."""
    provider, ended = model(ASYNC_SHARES), []

    @resurrect(provider=provider, store=Store())
    async def slow(n):
        try:
            yield n
            await asyncio.sleep(30 * n)
        finally:
            ended.append(n)

    async def main():
        for _ in range(calls):
            await drawn(slow(0))
        ended.clear()
        task = asyncio.create_task(drawn(slow(1)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [1]

    asyncio.run(main())
    assert provider.requests == 0


def test_a_generator_fix_served_from_the_sandbox_yields_its_items(model):
    """`run_in="sandbox"`."""
    shares = sharing(model(SHARES), policy=Policy(run_in="sandbox"))
    assert list(shares(8, (0, 2))) == [0.0, 4.0]
    assert list(shares(8, (1, 0))) == [8.0, 0.0]
