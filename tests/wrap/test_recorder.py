"""Good calls are remembered in bounds, and nothing is paid once the budget is used."""

from __future__ import annotations

import pickle
import threading

import pytest

from fukkatsu._wrap.factory import make_wrapper
from fukkatsu._wrap.recorder import CALL_BYTES, FUNCTION_BYTES, Recorder


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
    """A lock, a generator: the call works, the memory goes without."""
    wrapper, recorder, _ = recorded(lambda_free)
    lock = threading.Lock()
    assert wrapper(lock) is lock
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
    assert len(recorder.good_calls()) >= 100
