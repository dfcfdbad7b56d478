"""KeyboardInterrupt, cancellation and the end of the stack go past a correction, whatever its finally blocks do."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import textwrap
import traceback

import pytest

from fukkatsu._language.guards import GuardRefusal

STOPPED = [
    """
    def f(x):
        try:
            try:
                x()
            finally:
                raise ValueError("done")
        except ValueError:
            return "swallowed"
    """,
    """
    def f(x):
        try:
            try:
                x()
            except KeyError:
                raise
            else:
                return 1
            finally:
                {}["done"]
        except KeyError:
            return "swallowed"
    """,
    """
    def f(x):
        for _ in range(2):
            try:
                try:
                    try:
                        x()
                    finally:
                        1 / 0
                except* ValueError:
                    pass
                finally:
                    [].pop()
            except (ZeroDivisionError, IndexError):
                return "swallowed"
    """,
    """
    import contextlib
    def f(x):
        try:
            with contextlib.closing(THING):
                x()
        except ZeroDivisionError:
            return "swallowed"
    """,
    """
    import contextlib
    def around():
        try:
            yield
        finally:
            1 / 0
    def f(x):
        try:
            with contextlib.contextmanager(around)():
                x()
        except ZeroDivisionError:
            return "swallowed"
    """,
]


ORIGINAL = """
class Thing:
    def close(self): 1 / 0
THING = Thing()
def f(x):
    THING.close()
"""


class Thing:
    def close(self):
        raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize("text", STOPPED)
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit, RecursionError]
)
def test_a_finally_block_takes_the_place_of_nothing_that_ends_the_program(language, text, error):
    """By raising in it, by library objects that are closed, by generators behind a with statement."""

    def end():
        raise error

    with pytest.raises(error):
        language.fix(text, ORIGINAL)(end)


@pytest.mark.parametrize("text", STOPPED)
def test_a_finally_block_raises_where_nothing_passes(language, text):
    """What it raises is seen as in any Python, after a result and after an ordinary exception."""
    plain: dict = {"THING": Thing()}
    exec("\n".join(line[4:] for line in text.splitlines()), plain)

    def wrong():
        raise ArithmeticError

    for behave in (int, wrong):
        outcomes = []
        for function in (plain["f"], language.fix(text, ORIGINAL)):
            try:
                outcomes.append(function(behave))
            except Exception as raised:
                outcomes.append((type(raised), str(raised), type(raised.__context__)))
        assert outcomes[0] == outcomes[1]


def test_the_depth_that_is_left_cannot_be_asked_for(language):
    """``finally: raise`` at every level would turn the end of the stack into an ordinary exception."""
    fixed = language.fix("""
        def deep(n, state):
            state[0] = n
            try:
                deep(n + 1, state)
            finally:
                raise ValueError(n)
        def f(x):
            state = [0]
            try:
                deep(0, state)
            except ValueError:
                return state[0]
    """)
    with pytest.raises(RecursionError):
        fixed(1)


def test_finally_blocks_run_as_in_any_python(language):
    """Order, return values, loops that are left, generators, nesting, and the lines of a traceback."""
    text = """
        def f(x, log):
            def numbers():
                try:
                    yield 1
                    yield 2
                finally:
                    log.append("closed")
            for turn in range(3):
                try:
                    if turn == x:
                        return (turn, log)
                    if turn > x:
                        break
                    continue
                except ValueError:
                    log.append("never")
                else:
                    log.append("else")
                finally:
                    log.append(turn)
                    try:
                        log.append(int("no"))
                    except ValueError as error:
                        log.append(str(error)[:7])
                    finally:
                        log.append("inner")
            for number in numbers():
                log.append(number)
                break
            return log
    """
    plain: dict = {}
    exec("\n".join(line[8:] for line in text.splitlines()), plain)
    fixed = language.fix(text, "def f(x, log): return x")
    for x in (0, 1, 2, -1, 9):
        assert fixed(x, []) == plain["f"](x, [])
    fixed = language.fix("def f(x):\n    try:\n        return 1 // x\n    finally:\n        x = None")
    with pytest.raises(ZeroDivisionError) as caught:
        fixed(0)
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [frame.lineno for frame in frames if frame.name == "f"] == [3]


def test_nothing_goes_on_after_the_call(language):
    """An event loop finishes an abandoned async generator in a task of its own; a yield there answers a close()."""
    going_on = """
        import asyncio
        async def source():
            try:
                yield 1
            finally:
                while True:
                    await asyncio.sleep(0.01)
        async def f(x):
            async for _ in source():
                break
    """
    assert "in a finally block" in language.findings(
        textwrap.dedent(going_on), "import asyncio\nasync def f(x): return 1 / x"
    )
    answering = "def f(x):\n    try:\n        yield 1\n    finally:\n        yield 2"
    assert "in a finally block" in language.findings(answering, "def f(x): yield x")
    assert not language.findings(answering, answering)
    around = "async def f(x):\n    async with x:\n        yield 1"
    assert "around a yield" in language.findings(around, "async def f(x): yield x")
    assert not language.findings(around, around)
    again = "async def f(x):\n    try:\n        await x\n    finally:\n        await f(x)"
    assert "in a finally block" in language.findings(again, "async def f(x): await x")
    space = "types.SimpleNamespace(close=x)"
    closing = f"import contextlib, types\ndef f(x):\n    with contextlib.closing({space}):\n        pass"
    with pytest.raises(GuardRefusal):
        language.fix(closing)(print)


def test_ordinary_clean_up_with_await_passes(language):
    """Where the original does so too; and cancellation still ends it."""
    fixed = language.fix(
        """
        async def f(x):
            try:
                await x.work()
            finally:
                await x.close()
        """,
        "async def f(x):\n    try:\n        await x.work()\n    finally:\n        await x.close()",
    )

    class Client:
        closed = 0

        async def work(self):
            await asyncio.Event().wait()

        async def close(self):
            self.closed += 1
            raise OSError("already closed")

    async def cancel():
        client = Client()
        task = asyncio.create_task(fixed(client))
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return task.cancelled(), client.closed

    assert asyncio.run(cancel()) == (True, 1)
    assert sys.exception() is None


LEAVING = [
    """
    def f(x):
        try:
            with LOCK:
                LOCK.release()
                x()
        except RuntimeError:
            return "swallowed"
    """,
    """
    import contextlib
    def f(x):
        @contextlib.contextmanager
        def around():
            try:
                yield
            finally:
                raise_it()
        def raise_it():
            raise ValueError("done")
        try:
            with contextlib.nullcontext(), around(), contextlib.nullcontext():
                x()
        except ValueError:
            return "swallowed"
    """,
    """
    def f(x):
        try:
            with THING, THING as thing:
                x()
        except* ZeroDivisionError:
            pass
    """,
]
BAD_EXIT = """
import threading
LOCK = threading.Lock()
class Thing:
    def __enter__(self): return self
    def __exit__(self, *what): 1 / 0
THING = Thing()
def f(x):
    with LOCK: pass
    return THING
"""


@pytest.mark.parametrize("text", LEAVING)
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RecursionError, MemoryError, asyncio.CancelledError])
def test_what_leaves_a_with_statement_stays_what_it_is(language, text, error):
    """An ``__exit__`` that raises does not take its place."""

    def stop():
        raise error

    with pytest.raises(error):
        language.fix(text, BAD_EXIT)(stop)


def test_entering_a_second_item_is_inside_the_first(language):
    """What is raised there passes the first one's ``__exit__``."""
    original = (
        "class Stop:\n    def __enter__(self): raise KeyboardInterrupt\n    def __exit__(self, *w): pass\n"
        f"STOP = Stop()\n{BAD_EXIT}\ndef g(): return STOP"
    ).replace("return THING", "return THING, STOP")
    with pytest.raises(KeyboardInterrupt):
        language.fix(
            "def f(x):\n    try:\n        with THING, STOP:\n            return 1\n    except ZeroDivisionError:\n"
            "        return 'swallowed'",
            original,
        )(1)


def test_cancellation_is_not_lost_in_an_async_with(language):
    """A lock that was released inside raises when it is left."""
    fix = language.fix(
        """
        import asyncio
        async def f(x):
            lock = asyncio.Lock()
            try:
                async with lock:
                    lock.release()
                    await asyncio.sleep(x)
            except RuntimeError:
                return "swallowed"
        """,
        "async def f(x): return x",
    )

    async def main():
        task = asyncio.ensure_future(fix(60))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())


def test_with_statements_run_as_in_any_python(language):
    """Several items, targets of all kinds, what is raised, returned and swallowed on the way."""
    language.same(
        """
        import contextlib, io
        def f(x):
            log = []
            @contextlib.contextmanager
            def step(name):
                log.append(name)
                try:
                    yield name, name.upper()
                except KeyError as error:
                    log.append(repr(error))
                except IndexError:
                    raise ValueError("other") from None
                finally:
                    log.append("end " + name)
            with step("a") as (one, two), step("b"):
                log.append((one, two))
            for _ in range(3):
                with step("loop"), contextlib.suppress(ZeroDivisionError):
                    if _ == 1:
                        continue
                    1 / x
                    break
            with step("swallowed"):
                {}[x]
            try:
                with step("told"), io.StringIO("t") as text:
                    log.append(text.read())
                    [][0]
            except ValueError as error:
                log.append((str(error), error.__class__.__name__))
            def early():
                with step("early"):
                    return "early"
            return early(), log
        """,
        (0,),
        (1,),
    )
    language.same(
        """
        import asyncio
        async def f(x):
            log = []
            try:
                async with asyncio.timeout(0.001):
                    await asyncio.sleep(60)
            except TimeoutError:
                log.append("timeout")
            async def broken():
                raise KeyError(x)
            try:
                async with GROUPS() as group:
                    group.create_task(broken())
                    await asyncio.sleep(60)
            except* KeyError:
                log.append("group")
            return log
        """,
        (1,),
        original="import asyncio\nGROUPS = asyncio.TaskGroup",
    )


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="new in Python 3.12")
@pytest.mark.parametrize(
    "way", ["it = iter(asyncio.as_completed([note()]))\n    first = next(it)", "first = asyncio.gather(note())"]
)
def test_no_task_runs_before_its_turn_whatever_factory_the_program_has(language, way):
    """In a trial there is the usual one: a correction that looked would tell the two apart."""
    text = f"""
import asyncio
async def f(x):
    seen = []
    async def note():
        seen.append(x)
    {way}
    before = list(seen)
    await first
    return before, seen
"""
    fix = language.fix(text, "import asyncio\nasync def f(x):\n    return x")

    async def run():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        return await fix(1)

    assert asyncio.run(run()) == ([], [1])
