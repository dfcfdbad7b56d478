"""What a call hands out or changes of what outlives it: told for every kind of object, and put back after each call."""

from __future__ import annotations

import array
import collections
import functools
import io
import queue
import types

import pytest

from fukkatsu._gauntlet.effects import compare_effects, split_effects
from fukkatsu._oracle import values

KEPT = {
    "counter": collections.Counter(a=1),
    "ordered": collections.OrderedDict(a=[1]),
    "grouped": collections.defaultdict(list, a=[1]),
    "numbers": array.array("d", [1.0]),
    "own": collections.UserDict(a=[1]),
    "rows": collections.UserList([[1]]),
    "text": io.StringIO("ab"),
    "raw": io.BytesIO(b"ab"),
}


def effects_of(run):
    return [split_effects(outcome.after)[1] for outcome in run.outcomes]


@pytest.mark.parametrize("name", KEPT)
def test_the_very_object_that_outlives_the_call_is_told_where_it_is_handed_out(trial, name):
    """Whoever changes the result would change it for everybody."""
    kept = KEPT[name]

    def hand_out(fresh):
        return type(kept)(kept) if fresh and name not in ("text", "raw", "numbers") else None if fresh else kept

    fresh, very = effects_of(trial(hand_out, (True,), (False,)))
    assert "make a copy" in str(compare_effects(fresh, very))


@pytest.mark.parametrize("name", ["ordered", "grouped", "own", "rows"])
def test_a_part_of_it_is_told_as_well(trial, name):
    """A row of a table."""
    kept = KEPT[name]

    def hand_out(fresh):
        row = next(iter(kept.values() if hasattr(kept, "values") else kept))
        return list(row) if fresh else row

    fresh, very = effects_of(trial(hand_out, (True,), (False,)))
    assert "make a copy" in str(compare_effects(fresh, very))


def test_live_views_are_told_from_copies(trial):
    """``rows.values()`` follows the argument; a view of a new dict does not."""

    def view(rows, way):
        if way == "values":
            return rows.values()
        if way == "proxy":
            return types.MappingProxyType(rows)
        if way == "copied proxy":
            return types.MappingProxyType({**rows})
        return {**rows}.values()

    def memory(raw, fresh):
        return memoryview(bytearray(raw)) if fresh else memoryview(raw)

    run = trial(view, ({"a": 1}, "values"), ({"a": 1}, ""), ({"a": 1}, "proxy"), ({"a": 1}, "copied proxy"))
    live, copied, proxy, copied_proxy = effects_of(run)
    assert compare_effects(copied, live)
    assert compare_effects(copied_proxy, proxy)
    fresh, live = effects_of(trial(memory, (bytearray(b"a"), True), (bytearray(b"a"), False)))
    assert compare_effects(fresh, live)


def test_arrays_are_told_by_their_memory(trial):
    """A view of an argument, or of a module's array, where the original makes a new one; never the other way round."""
    numpy = pytest.importorskip("numpy")
    weights = numpy.array([1.0, 2.0, 3.0])
    held = {"w": weights}

    def take(xs, way):
        if way == "view":
            return xs[:]
        if way == "part":
            return {"head": xs.reshape(2, 1)[:1]}
        if way == "state":
            return weights[1:]
        if way == "held":
            return [held["w"]]
        if way == "two":
            return numpy.split(numpy.array(xs), 2)
        return numpy.array(xs)

    ways = ["new", "two", "view", "part", "state", "held"]
    new, two, *shared = effects_of(trial(take, *((numpy.array([1.0, 2.0]), way) for way in ways)))
    assert compare_effects(new, two) is None
    for told in shared:
        assert "make a copy" in str(compare_effects(new, told))
        assert compare_effects(told, new) is None


def test_a_table_of_the_modules_is_told(trial):
    """A frame, a column, and the memory behind one."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0]})

    def take(way):
        return {"frame": frame, "numbers": frame.to_numpy(), "copy": frame.copy(), "new": frame.to_numpy().copy()}[way]

    very, numbers, copied, new = effects_of(trial(take, ("frame",), ("numbers",), ("copy",), ("new",)))
    assert compare_effects(copied, very)
    assert compare_effects(new, numbers)
    assert compare_effects(new, copied) is None


def test_what_a_call_changes_of_it_is_told_and_put_back(trial):
    """Every call starts from the same state, whatever kind of object holds it."""
    numpy = pytest.importorskip("numpy")
    pandas = pytest.importorskip("pandas")
    gains, log, raw = numpy.array([1.0, 2.0]), io.StringIO("ab"), io.BytesIO(b"ab")
    jobs, bag, numbers = queue.Queue(), collections.UserDict(a=1), array.array("d", [1.0])
    part = functools.partial(dict, [("a", 1)])
    frame = pandas.DataFrame({"a": [1.0, 2.0]})

    def change(what):
        before = (
            gains.tolist(), log.getvalue(), log.tell(), raw.getvalue(), jobs.qsize(), dict(bag), list(numbers),
            list(part.args[0]), frame["a"].tolist(), list(frame.columns),
        )  # fmt: skip
        if what == "array":
            gains[0] += 1
        elif what == "file":
            log.seek(0)
            log.write("more")
            raw.read(1)
        elif what == "queue":
            jobs.put(1)
        elif what == "holders":
            bag["b"] = 2
            numbers.append(2.0)
            part.args[0].append(("b", 2))
        elif what == "frame":
            frame.loc[0, "a"] = 5.0
            frame["b"] = 1
        return before

    ways = ["", "array", "file", "queue", "holders", "frame", ""]
    run = trial(change, *((way,) for way in ways))
    assert len({outcome.value for outcome in run.outcomes}) == 1
    nothing, *changed, last = effects_of(run)
    assert nothing == last == b""
    for told, words in zip(
        changed, (["gains"], ["log", "raw"], ["jobs.queue"], ["bag.data", "numbers", "part(0)"], ["frame"]), strict=True
    ):
        assert told
        for word in words:
            assert f"it changes {word} " in str(compare_effects(b"", told)) or word.encode() in told


def test_a_queue_of_the_modules_works_in_a_trial(trial):
    """Its three conditions go by one lock, there as here."""
    jobs = queue.Queue()

    def through(x):
        jobs.put(x)
        jobs.put(2 * x)
        return jobs.get() + jobs.get(timeout=0.1)

    outcome = trial(through, (1,)).outcomes[0]
    assert outcome.kind == "returned", outcome.message
    assert values.render(outcome.value) == "3"
