"""Good calls are remembered in bounds, and nothing is paid once the budget is used."""

from __future__ import annotations

import gc
import os
import pickle
import threading
import time
import weakref

import pytest

from fukkatsu._wrap import rearm
from fukkatsu._wrap.factory import make_wrapper
from fukkatsu._wrap.recorder import CALL_BYTES, FUNCTION_BYTES, LATER_CALLS, SHAPE_CALLS, Recorder


def recorded(function, calls=4, ignore=()):
    def fail(error, args, kwargs):
        raise error

    cell = []
    wrapper, set_inner = make_wrapper(function, fail, Exception)

    def watch(inner):
        cell.append(inner)
        set_inner(inner)

    recorder = Recorder(function, watch, ignore)
    recorder.arm(calls)
    return wrapper, recorder, cell


def test_the_raw_function_is_back_in_the_cell_once_the_budget_is_used():
    """From then on a call costs what it costs without a recorder."""

    def double(x):
        return x * 2

    wrapper, recorder, cell = recorded(double, calls=3)
    for i in range(3):
        wrapper(i)
    assert cell[-1] is double
    assert len(recorder.good_calls()) == 3


def test_arguments_are_kept_as_they_were_before_the_call():
    """An in-place function changes its argument; the memory of it does not change."""

    def push(items):
        items.append(1)
        return items

    wrapper, recorder, _ = recorded(push)
    wrapper([5])
    (good,) = recorder.good_calls()
    assert pickle.loads(good.arguments) == (([5],), {})
    result, args, _ = pickle.loads(good.result)
    assert result == [5, 1]
    assert result is args[0]  # aliasing between result and argument survives


def test_a_failing_call_leaves_its_arguments_as_they_were_for_the_repair():
    """The snapshot belongs to that exception, and is handed out once."""

    def half(items):
        items.clear()
        raise ValueError

    wrapper, recorder, _ = recorded(half)
    with pytest.raises(ValueError) as info:
        wrapper([1, 2])
    snapshot = recorder.take_failed(info.value)
    assert pickle.loads(snapshot.arguments) == (([1, 2],), {})
    assert recorder.take_failed(info.value) is None


def test_calls_that_cannot_be_pickled_are_answered_and_not_remembered():
    """A generator, what threads keep to themselves: the call works, the memory goes without."""
    wrapper, recorder, _ = recorded(lambda_free)
    own = threading.local()
    assert wrapper(own) is own
    assert recorder.good_calls() == ()


def lambda_free(x):
    return x


def test_an_object_whose_pickling_raises_does_not_break_the_call():
    """Foreign code in `__reduce__` may raise anything."""

    class Hostile:
        def __reduce__(self):
            raise RuntimeError("no")

    wrapper, _, _ = recorded(lambda_free)
    hostile = Hostile()
    assert wrapper(hostile) is hostile


def test_a_result_that_is_an_iterator_is_not_used_up():
    """Looking at a generator would empty it for the caller."""

    def items():
        return iter([1, 2, 3])

    wrapper, recorder, _ = recorded(items)
    assert list(wrapper()) == [1, 2, 3]
    assert recorder.good_calls() == ()


def test_memory_is_capped_per_call_and_per_function():
    """Large calls are left out, and many small ones push out the oldest."""
    wrapper, recorder, _ = recorded(lambda_free, calls=10_000)
    wrapper("x" * CALL_BYTES)
    assert recorder.good_calls() == ()
    for i in range(200):
        wrapper(f"{i}" + "y" * 1000)
    kept = recorder.good_calls()
    assert sum(len(c.arguments) + len(c.result) for c in kept) <= FUNCTION_BYTES
    assert pickle.loads(kept[-1].arguments)[0][0].startswith("199")


def test_an_ignored_exception_is_an_answer():
    """What is not to be healed belongs to the function's behaviour."""

    def refuse(x):
        raise KeyError(x)

    wrapper, recorder, _ = recorded(refuse, ignore=(KeyError,))
    with pytest.raises(KeyError) as info:
        wrapper("a")
    (good,) = recorder.good_calls()
    assert good.raised == "KeyError"
    assert info.traceback[-1].name == "refuse"  # the caller's exception is left as it was


def test_the_same_arguments_are_remembered_once():
    """Diverse rather than many."""
    wrapper, recorder, _ = recorded(lambda_free, calls=50)
    for _ in range(20):
        wrapper(7)
    assert len(recorder.good_calls()) == 1


def test_threads_can_record_at_the_same_time():
    """No call is lost or answered wrongly while the shim is being put back."""
    wrapper, recorder, cell = recorded(lambda_free, calls=100)
    wrong = []

    def work(base):
        for i in range(200):
            if wrapper(base + i) != base + i:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(n * 1000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cell[-1] is lambda_free
    assert len(recorder.good_calls()) == SHAPE_CALLS + 1  # zero has a shape of its own


@pytest.fixture
def clock(monkeypatch):
    """Nothing waits from before, and the collector's callback leaves the waking up to the test."""
    monkeypatch.setattr(rearm, "_waiting", [])
    monkeypatch.setattr(rearm, "_collected", lambda *_: None)
    return monkeypatch


def test_a_resting_recorder_is_woken_up_for_a_few_calls_ever_more_rarely(clock):
    """After 1, 2, 4 seconds, and every five minutes in the end; in between the raw function stands in the cell."""
    wrapper, recorder, cell = recorded(lambda_free, calls=1)
    waits = []
    for _ in range(11):
        while recorder.armed:
            wrapper(1)
        assert cell[-1] is lambda_free
        waits.append(round(rearm._waiting[0][0] - time.monotonic()))
        rearm.wake(time.monotonic() + 301)
        assert recorder.armed
        assert recorder._left == LATER_CALLS
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_nobody_is_woken_up_before_the_time(clock):
    """The steady state lasts."""
    wrapper, recorder, _ = recorded(lambda_free, calls=1)
    wrapper(1)
    rearm.wake(time.monotonic() + 0.5)
    assert not recorder.armed


def test_the_collector_wakes_recorders_up(monkeypatch):
    """No thread, no timer: as often as the program collects."""
    monkeypatch.setattr(rearm, "_waiting", [])
    threads = threading.active_count()
    wrapper, recorder, _ = recorded(lambda_free, calls=1)
    recorder._wait_seconds = 0.0
    wrapper(1)
    gc.collect()
    assert recorder.armed
    assert threading.active_count() == threads


def test_a_new_shape_of_arguments_is_seen_after_waking_up(clock):
    """What the first calls did not show is evidence later."""
    wrapper, recorder, _ = recorded(lambda_free, calls=1)
    wrapper(1)
    wrapper("later")
    assert len(recorder.good_calls()) == 1
    rearm.wake(time.monotonic() + 2)
    wrapper("later")
    assert [pickle.loads(call.arguments)[0] for call in recorder.good_calls()] == [(1,), ("later",)]


def test_a_recorder_that_was_disarmed_stays_so(clock):
    """A fix stands in the cell: waking up must not push it out."""
    wrapper, recorder, cell = recorded(lambda_free, calls=1)
    wrapper(1)
    recorder.disarm()
    rearm.wake(time.monotonic() + 2)
    assert not recorder.armed
    assert cell[-1] is lambda_free


def test_a_call_in_flight_does_not_push_out_what_was_installed_meanwhile():
    """A slow call began in the shim and ends after the fix was put to work."""
    inside, leave = threading.Event(), threading.Event()

    def slow(x):
        inside.set()
        leave.wait(10)
        return x

    wrapper, recorder, cell = recorded(slow, calls=1)
    thread = threading.Thread(target=wrapper, args=(1,))
    thread.start()
    assert inside.wait(10)
    recorder.disarm()
    before = len(cell)
    leave.set()
    thread.join()
    assert len(cell) == before


def test_the_most_frequent_shape_makes_room_first(clock):
    """Diverse rather than many."""
    wrapper, recorder, _ = recorded(lambda_free, calls=10_000)
    wrapper(-1)
    wrapper([])
    wrapper(None)
    for i in range(1, 300):
        wrapper(f"{i}" + "y" * 3000)
    first = [pickle.loads(call.arguments)[0][0] for call in recorder.good_calls()[:3]]
    assert first == [-1, [], None]
    assert sum(len(c.arguments) + len(c.result) for c in recorder.good_calls()) <= FUNCTION_BYTES


def test_a_sample_of_good_calls_has_every_shape(clock):
    """Candidates are replayed on a few: those differ from each other."""
    wrapper, recorder, _ = recorded(lambda_free, calls=1000)
    for value in (0, 0.5, -0.5, "", "a", [], [1], ["a"], {}, {1: 1}, None, True, False, (), b""):
        wrapper(value)
    for i in range(1, 40):
        wrapper(i)
    sample = recorder.diverse(16)
    assert len(sample) == 16
    assert len({repr(pickle.loads(call.arguments)[0]) for call in sample}) == 16
    assert pickle.loads(sample[-1].arguments)[0] == (39,)
    assert len(recorder.diverse(1000)) == len(recorder.good_calls())


def test_an_exception_that_nobody_asks_about_is_not_kept_alive():
    """It holds its frames, and they hold whatever the function worked on."""

    class Passing(ValueError):
        pass

    def fail(x):
        raise Passing(x)

    def handle(error, args, kwargs):
        raise error

    wrapper, set_inner = make_wrapper(fail, handle, KeyError)
    recorder = Recorder(fail, set_inner, (), KeyError)
    recorder.arm(4)
    with pytest.raises(Passing) as info:
        wrapper(1)
    alive = weakref.ref(info.value)
    del info
    gc.collect()
    assert alive() is None


def test_a_forked_child_can_record(clock):
    """The lock is new there, whoever held it."""
    from fukkatsu._wrap import recorder as module

    wrapper, recorder, _ = recorded(lambda_free, calls=5)
    held, leave = threading.Event(), threading.Event()

    def hold():
        with module._lock:
            held.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        wrapper(1)
        os._exit(0 if len(recorder.good_calls()) == 1 else 1)
    leave.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
