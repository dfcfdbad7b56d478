"""Generators that a correction leaves suspended: what is left in them runs before its call ends, or is the caller's."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest

LATER = """
    def f(x):
        result = [x]
        box = []
        def later():
            try:
                yield
            finally:
                result.append("later")
        it = later()
        next(it)
        box.append(it)
        box.append(box)
        return result
"""
LATER_BY_WITH = """
    import contextlib
    def f(x):
        result = [x]
        @contextlib.contextmanager
        def around():
            try:
                yield
            finally:
                result.append("later")
        def inside():
            with around():
                yield
        box = [inside()]
        next(box[0])
        box.append(box)
        return result
"""
LATER_BESIDE = """
    def later(result):
        try:
            yield
        finally:
            result.append("later")
    def f(x):
        result = [x]
        box = [later(result)]
        next(box[0])
        box.append(box)
        return result
"""
LATER_BY_A_DECORATED_ONE = """
    import contextlib
    def f(x):
        result = [x]
        @contextlib.contextmanager
        def around():
            try:
                yield
            finally:
                result.append("later")
        kept = around()
        next(kept.gen)
        box = [kept]
        box.append(box)
        return result
"""
LATER_BY_A_CLEANER = """
    def f(x):
        result = [x]
        def last():
            try:
                yield
            finally:
                result.append("later")
        def first():
            try:
                yield
            finally:
                box.append(last())
                next(box[-1])
        box = [first()]
        next(box[0])
        box.append(box)
        return result
"""


@pytest.mark.parametrize("text", [LATER, LATER_BY_WITH, LATER_BESIDE, LATER_BY_A_DECORATED_ONE, LATER_BY_A_CLEANER])
def test_nothing_changes_the_result_after_the_call(language, text):
    """A generator in a cycle is not left to a later collection."""
    result = language.fix(text)("now")
    seen = list(result)
    gc.collect()
    assert seen == result == ["now", "later"]


def test_a_generator_that_makes_more_of_itself_leaves_none(language):
    """What a generator function makes under its own name is no caller's."""
    original = """
        def f(x):
            yield x
    """
    fix = language.fix(
        """
        def f(x):
            if x is None:
                return
            if type(x) is list:
                try:
                    yield "inside"
                finally:
                    x.append("later")
                return
            told = []
            again = f
            it = again(told)
            next(it)
            box = [it]
            box.append(box)
            yield told
        """,
        original,
    )
    told = next(iter(list(fix(1))))
    seen = list(told)
    gc.collect()
    assert seen == told


DROPPED = """
    def f(x):
        out = []
        def work():
            try:
                yield
            finally:
                x()
                out.append("gone on")
        it = work()
        next(it)
        it = None
        return out
"""
DROPPED_BESIDE = """
    def work(x, out):
        try:
            yield
        finally:
            x()
            out.append("gone on")
    def f(x):
        out = []
        for _ in work(x, out):
            break
        return out
"""
DROPPED_IN_A_WITH = """
    import contextlib
    def f(x):
        out = []
        @contextlib.contextmanager
        def around():
            try:
                yield
            finally:
                x()
                out.append("gone on")
        def work():
            with around():
                yield
        next(work())
        return out
"""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("text", [DROPPED, DROPPED_BESIDE, DROPPED_IN_A_WITH])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RecursionError, MemoryError])
def test_what_ends_the_program_is_not_lost_where_a_generator_is_dropped(language, text, error):
    """The interpreter prints what is raised there and goes on; the correction ends with it all the same."""

    def stop():
        raise error

    with pytest.raises(error):
        language.fix(text)(stop)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_depth_that_is_left_is_not_told_by_what_is_dropped(language):
    """Whoever goes too deep where a generator is dropped ends there, as anywhere."""
    fix = language.fix(
        """
        def f(x):
            def dive(n):
                return dive(n - 1) if n else 0
            reached = []
            def probe(n):
                try:
                    yield
                finally:
                    dive(n)
                    reached.append(n)
            for n in x:
                it = probe(n)
                next(it)
                it = None
            return reached
        """
    )
    assert fix([1, 2]) == [1, 2]
    with pytest.raises(RecursionError):
        fix([1, 2 * sys.getrecursionlimit()])


def test_an_asynchronous_generator_is_finished_by_its_call(language):
    """The event loop would finish it in a task of its own, whenever that runs."""
    fix = language.fix(
        """
        async def f(x):
            result = [x]
            async def later():
                try:
                    yield
                finally:
                    result.append("later")
            async for _ in later():
                break
            it = later()
            await anext(it)
            box = [it]
            box.append(box)
            return result
        """,
        "async def f(x): return x",
    )

    async def main():
        result = await fix("now")
        seen = list(result)
        gc.collect()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return seen, result

    assert asyncio.run(main()) == (["now", "later", "later"], ["now", "later", "later"])


ORDINARY = [
    """
    def f(x):
        log = []
        def lines():
            log.append("open")
            try:
                for each in x:
                    yield each
            finally:
                log.append("close")
        kept = [each * 2 for each in lines()]
        for each in lines():
            if each > 1:
                break
        else:
            log.append("none")
        log.append("after")
        return kept, list(lines()), sum(lines()), log
    """,
    """
    import contextlib
    def f(x):
        log = []
        @contextlib.contextmanager
        def step(name):
            log.append(name)
            try:
                yield name.upper()
            except ValueError as error:
                log.append(str(error))
            finally:
                log.append("end")
        def walk():
            with step("walk") as name:
                yield name
                yield from map(str, x)
        with step("one") as one, step("two"):
            int("x")
        return one, list(walk()), log
    """,
    """
    def f(x):
        def rows():
            try:
                yield from x
            finally:
                pass
            try:
                yield "more"
            except KeyError:
                pass
            finally:
                len(x)
        return rows()
    """,
    """
    import itertools
    def f(x):
        def rows():
            try:
                yield from x
            finally:
                len(x)
        found = rows()
        first = next(found)
        return list(itertools.chain([first], found)), [*zip(rows(), rows())]
    """,
    """
    def tree(node):
        try:
            yield node[0]
            for child in node[1:]:
                yield from tree(child)
        finally:
            len(node)
    def f(x):
        return list(tree([1, [2], [3, [4]]])), x
    """,
    """
    def f(x):
        try:
            yield x
            if x:
                yield from f(x[1:])
        finally:
            len(x)
    """,
    """
    import asyncio
    async def f(x):
        log = []
        async def rows():
            try:
                for each in x:
                    await asyncio.sleep(0)
                    yield each
            finally:
                log.append("close")
        kept = [each async for each in rows()]
        return kept, log
    """,
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_generators_do_what_they_do(language, text):
    """Loops that break, context managers, trees, asynchronous rows: as in any Python, in the same order."""
    language.same(text, ([1, 2, 3],))


@pytest.mark.parametrize("drawn", [0, 1])
def test_what_is_handed_back_goes_on_for_the_caller(language, drawn):
    """An iterator that is the result is not ended with the call, whether it was started in it or not."""
    fix = language.fix(
        """
        import itertools
        def f(x):
            def rows():
                try:
                    yield from x
                finally:
                    x.append("closed")
            found = rows()
            if x[0]:
                first = next(found)
                found = itertools.chain([first], found)
            return map(str, found)
        """
    )
    rows = [drawn, 7]
    found = fix(rows)
    assert rows == [drawn, 7]
    assert list(found) == [str(drawn), "7"]
    assert rows[-1] == "closed"


def test_beside_a_generator_the_remedy_is_to_define_it_inside(language):
    """Its calls begin and end in any order, so a helper would not know whose it is."""
    text = "def rows(x):\n    try:\n        yield x\n    finally:\n        len(x)\n"
    said = language.findings(text + "def f(x):\n    yield from rows(x)", "def f(x):\n    yield x")
    assert "Define it inside the function." in said
    assert not language.findings(text + "def f(x):\n    return list(rows(x))")
