"""Tasks that ``asyncio.as_completed`` starts: they end with the call, whatever still holds its iterator."""

from __future__ import annotations

import asyncio

import pytest

from fukkatsu._language.guards import GuardRefusal

ORIGINAL = """
import asyncio
import types
async def f(x): return asyncio, types, x
"""
TEXT = """
import asyncio, types
async def f(x):
    async def later():
        await asyncio.sleep(0)
        x.append("begun")
        try:
            await asyncio.sleep(3600)
            x.append("went on")
        finally:
            x.append("ended")
    async def quick():
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return 1
    {}
    return 5
"""


def _called(language, way, original=ORIGINAL, text=TEXT):
    """What is in the list when the call has ended, and the tasks that are left then."""
    seen = []
    fixed = language.fix(text.format(way), original)

    async def main():
        await fixed(seen)
        return [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]

    return seen, asyncio.run(main())


@pytest.mark.parametrize(
    "way",
    [
        "it = iter(asyncio.as_completed([later(), quick()]))\n    await next(it)\n    cell = [it]\n    cell.append(cell)",
        "it = iter(asyncio.as_completed([later(), quick()]))\n    await next(it)\n    ns = types.SimpleNamespace(it=it)\n    ns.ns = ns",
        "it = getattr(asyncio, 'as_completed')([later(), quick()]).__iter__()\n    await next(it)\n    cell = [it]\n    cell.append(cell)",
        "for it in asyncio.as_completed([later(), quick()]):\n        await it\n        break",
        "async for one in asyncio.as_completed([later(), quick()]):\n        break",
    ],
)  # fmt: skip
def test_no_task_goes_on_after_the_call(language, way):
    """In a cycle, where no reference goes, or in a loop that is left: what it has to end has ended."""
    assert _called(language, way) == (["begun", "ended"], [])


def test_a_plain_function_in_a_running_loop_starts_none_that_goes_on(language):
    """They end before they begin."""
    seen = []
    fixed = language.fix(
        """
        import asyncio
        def f(x):
            async def later(): x.append(1)
            it = iter(asyncio.as_completed([later()]))
            next(it).close()
            cell = [it]
            cell.append(cell)
            return 5
        """,
        "import asyncio\ndef f(x): return asyncio, x",
    )

    async def main():
        assert fixed(seen) == 5
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert seen == []


def test_all_that_is_waited_for_is_given(language):
    """By either kind of loop, by a comprehension, in a helper, and under the name that the module has for it."""
    original = "import asyncio\nfrom asyncio import as_completed as done\nasync def f(x): return asyncio, done, x"
    fixed = language.fix(
        """
        import asyncio
        async def all_of(coros):
            return sorted([await one for one in done(coros)])
        async def f(x):
            async def one(n):
                await asyncio.sleep(0)
                return n
            found = sorted([await each for each in asyncio.as_completed([one(1), one(2)])])
            for each in asyncio.as_completed([one(3)]):
                found.append(await each)
            return found + await all_of([one(5), one(4)])
        """,
        original,
    )
    assert asyncio.run(fixed(0)) == [1, 2, 3, 4, 5]


def test_under_a_name_that_the_text_does_not_show_it_starts_nothing(language):
    """Nothing would end its tasks."""
    with pytest.raises(GuardRefusal):
        _called(language, "it = iter(getattr(asyncio, 'as_' + 'completed')([]))")
