"""A parameter that is read nowhere any more, a change in place that is none, a handler for more than the author's."""

from __future__ import annotations

import asyncio

import pytest

from fukkatsu import Call, Checks, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def joined(parts, key=None, limit=None):
    """Parts in order, by key, at most limit of them; one that is None is left out."""
    return sorted([part + 0 for part in parts], key=key)[:limit]


def summed(parts, start):
    """The sum of it all."""
    return sum(parts, start)


PARTS = [Call(([3, 1],)), Call(([],)), Call(([7, 5],), {"limit": 1}), Call(([2],), {"key": None})]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("return sorted((one for one in parts if one is not None), key=key)[:limit]", True),
        ("return sorted((one for one in parts if one is not None), **{'key': key})[slice(limit)]", True),
        (
            "def known():\n        return [one for one in parts if one is not None]\n    return sorted(known(), key=key)[:limit]",
            True,
        ),
        ("return sorted(one for one in parts if one is not None)[:limit]", False),
        ("return sorted((one for one in parts if one is not None), key=key)[:2]", False),
    ],
)
def test_a_parameter_that_the_docstring_speaks_of_is_read(body, accepted):
    """No call seen shows what a key is for: the two texts and the docstring do."""
    report = verify(f"def joined(parts, key=None, limit=None):\n    {body}\n", joined, Call(([2, None, 1],)), PARTS)
    assert report.accepted is accepted, str(report)
    assert accepted or (report.refused_by == "static" and "nowhere" in report.reason)


def test_a_parameter_that_nobody_speaks_of_is_for_a_person():
    """The rewrite may be right, and whoever calls it will wonder."""
    text = "def summed(parts, start):\n    return sum(one for one in parts if one is not None)\n"
    report = verify(text, summed, Call(([1, None], 0)), [Call(([1, 2], 0)), Call(([], 0)), Call(([5], 0))])
    assert report.accepted, str(report)
    assert any("reads the parameter `start` nowhere" in note for note in report.notes)


def dropped(sessions, now, ttl=60):
    """Remove sessions older than ttl from the dict, in place. Returns the removed ids, sorted."""
    removed = []
    for name, started in sessions.items():
        if now - started > ttl:
            removed.append(name)
            del sessions[name]
    return sorted(removed)


REMOVED = "    removed = sorted(name for name, started in sessions.items() if now - started > ttl)\n"


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ("    for name in removed:\n        del sessions[name]\n", True),
        ("    for name in removed:\n        sessions.pop(name)\n", True),
        (
            "    kept = {n: s for n, s in sessions.items() if n not in removed}\n    sessions.clear()\n    sessions.update(kept)\n",
            True,
        ),
        ("    _drop(sessions, removed)\n", True),
        ("    sessions = {n: s for n, s in sessions.items() if n not in removed}\n", False),
        ("", False),
    ],
)
def test_what_is_done_in_place_is_not_done_to_a_name(change, accepted):
    """The good calls had nothing to remove."""
    helper = (
        "def _drop(found, names):\n    for name in names:\n        del found[name]\n\n" if "_drop" in change else ""
    )
    text = f"{helper}def dropped(sessions, now, ttl=60):\n{REMOVED}{change}    return removed\n"
    good = [Call(({"a": 100}, 120)), Call(({}, 5)), Call(({"x": 10, "y": 9}, 12, 20))]
    report = verify(text, dropped, Call(({"a": 1, "b": 99}, 100)), good)
    assert report.accepted is accepted, str(report)
    assert accepted or "in place" in report.reason


def tried(values, times):
    """The first value over zero, looked for at most so many times."""
    for at in range(times):
        try:
            found = 12 // values[at]
            break
        except ZeroDivisionError:
            if at == times - 1:
                raise
    return found


@pytest.mark.parametrize(
    ("caught", "accepted"),
    [("ZeroDivisionError", True), ("ArithmeticError", False), ("(ZeroDivisionError, OverflowError)", True)],
)
def test_a_handler_of_the_authors_does_not_become_one_for_a_base_class(caught, accepted):
    """The failing call raised neither: what is to go out at once would be tried again."""
    text = (
        "def tried(values, times):\n    for at in range(times):\n        try:\n            return 12 // values[at]\n"
        f"        except {caught}:\n            if at == times - 1:\n                raise\n    return None\n"
    )
    checks = Checks(result_type=False)
    report = verify(
        text, tried, Call(([3], 0)), [Call(([3], 1)), Call(([0, 4], 2)), Call(([0, 0, 2], 3))], checks=checks
    )
    assert report.accepted is accepted, str(report)
    assert accepted or "where the author catches ZeroDivisionError" in report.reason


async def fetched(fetch, keys):
    """Results of fetch(key) for all keys. A key that fails with KeyError gives None."""
    return await asyncio.gather(*(fetch(key) for key in keys))


async def half(key):
    return {"a": 1, "b": 2, "c": 3}[key]


@pytest.mark.parametrize(("kinds", "accepted"), [("KeyError", True), ("Exception", False)])
def test_gathered_exceptions_are_those_that_the_docstring_names(kinds, accepted):
    """All others are to go out."""
    text = (
        "async def fetched(fetch, keys):\n"
        "    found = await asyncio.gather(*(fetch(key) for key in keys), return_exceptions=True)\n"
        "    for one in found:\n"
        f"        if isinstance(one, Exception) and not isinstance(one, {kinds}):\n            raise one\n"
        f"    return [None if isinstance(one, {kinds}) else one for one in found]\n"
    )
    good = [Call((half, ["a", "b"])), Call((half, [])), Call((half, ["c"]))]
    report = verify(text, fetched, Call((half, ["a", "x"])), good)
    assert report.accepted is accepted, str(report)
    assert accepted or "exceptions of any kind" in report.reason
