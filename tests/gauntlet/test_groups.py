"""Groups of exceptions: two of them are one complaint where the same is in them, and meant where that is."""

from __future__ import annotations

import asyncio

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


async def one():
    """A job."""
    return 1


async def two():
    """Another one."""
    await asyncio.sleep(0)
    return 2


async def bad():
    """One that says no."""
    msg = "no"
    raise ValueError(msg)


async def worse(text=None):
    """One with a fault."""
    return text.strip()


async def run_jobs(jobs):
    """Run all jobs at once; {name: result}. A job of None is passed over."""
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(job()) for name, job in jobs.items()}
    return {name: task.result() for name, task in tasks.items()}


RIGHT = (
    "async def run_jobs(jobs):\n    async with asyncio.TaskGroup() as group:\n"
    "        tasks = {name: group.create_task(job()) for name, job in jobs.items() if job is not None}\n"
    "    return {name: task.result() for name, task in tasks.items()}\n"
)
GATHERED = (
    "async def run_jobs(jobs):\n    names = [name for name, job in jobs.items() if job is not None]\n"
    "    results = await asyncio.gather(*(jobs[name]() for name in names){})\n    return dict(zip(names, results))\n"
)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [(RIGHT, True), (GATHERED.format(""), False), (GATHERED.format(", return_exceptions=True"), False)],
    ids=["right", "bare", "swallowed"],
)
def test_what_jobs_raise_on_purpose_goes_out_as_a_group_and_is_no_complaint_about_the_fault(text, accepted):
    """The failing call's group holds a TypeError, the good call's a ValueError of the author's: that one is to stay."""
    good = [Call(({"a": one, "b": two},)), Call(({},)), Call(({"x": bad},))]
    report = verify(text, run_jobs, failure=Call(({"a": one, "b": None},)), good_calls=good)
    assert report.accepted is accepted, str(report)


def test_a_group_of_what_nobody_raised_on_purpose_is_kept_by_nobody():
    """A job with a fault of its own binds no correction: only groups in which all was meant are good calls."""
    good = [Call(({"a": one, "b": two},)), Call(({},)), Call(({"x": worse},))]
    report = verify(RIGHT, run_jobs, failure=Call(({"a": one, "b": None},)), good_calls=good)
    assert report.accepted, str(report)
    assert report.evidence["good_calls"] == 2
    assert report.evidence["dropped"] == 1
