"""A fix that is served from the sandbox: called like a function, and nothing of it runs in the host."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import os
import signal
import threading
import time

import pytest

from fukkatsu._sandbox import host, pool, serve
from fukkatsu._sandbox.carry import carry
from fukkatsu.errors import CarryError, SandboxedCallError
from fukkatsu.policy import Policy


@dataclasses.dataclass
class Order:
    price: float


class Colour(enum.Enum):
    RED = 1


class ShopError(ValueError):
    pass


class HiddenError(LookupError):
    pass


@pytest.fixture
def served():
    """``served(function, **limits)``: the function behind a runner."""
    made = []

    def make(function, types=None, **limits):
        made.append(serve.SandboxedFunction(pool.original_subject(carry(function)), Policy(**limits), types))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_results_come_back_as_plain_values(served):
    """With positional and keyword arguments."""
    function = served(lambda x, *, y=2: {"sum": x + y, "both": (x, [y])})
    assert function(1) == {"sum": 3, "both": (1, [2])}
    assert function(1, y=5) == {"sum": 6, "both": (1, [5])}


def test_nothing_of_it_runs_in_the_host(served):
    """It has another process id, and keeps it between calls."""
    function = served(lambda: (__import__("os").getpid(), __import__("os").getppid()))
    first = function()
    assert first == function()
    assert first[0] != os.getpid()


def test_state_lives_between_calls_as_it_would_in_the_host(served):
    """The same runner."""

    def count(seen=[]):
        seen.append(1)
        return len(seen)

    function = served(count)
    assert [function(), function(), function()] == [1, 2, 3]


def test_declared_classes_come_out_and_others_are_refused(served):
    """Dataclasses, enums, exceptions of the function's module."""
    types = serve.declared_types(test_declared_classes_come_out_and_others_are_refused)
    function = served(lambda kind: {"order": Order(1.5), "colour": Colour.RED}.get(kind, lambda: 1), types)
    assert function("order") == Order(1.5)
    assert function("colour") is Colour.RED
    with pytest.raises(SandboxedCallError, match="cannot come out"):
        function("other")


@pytest.mark.parametrize(
    ("exception", "seen", "text"),
    [
        (ValueError("a"), ValueError, "a"),
        (KeyError(3), KeyError, "3"),
        (ShopError("b"), ShopError, "b"),
        (HiddenError("c"), LookupError, "HiddenError: c"),
        (OSError(2, "gone"), FileNotFoundError, "[Errno 2] gone"),
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"), UnicodeDecodeError, "bad"),
        (SystemExit(1), SandboxedCallError, "SystemExit"),
        (KeyboardInterrupt(), SandboxedCallError, "KeyboardInterrupt"),
    ],
)
def test_exceptions_have_the_callers_own_types(served, exception, seen, text):
    """Builtin and declared ones themselves, others as their nearest builtin class; none that ends the program."""

    def fail(exception):
        raise exception

    with pytest.raises(seen) as caught:
        served(fail, _only(ShopError))(exception)
    assert type(caught.value) is seen
    assert text in str(caught.value)


def _only(*kinds):
    from fukkatsu._oracle.values import class_name

    return {class_name(kind): kind for kind in kinds}


def test_changes_of_the_callers_containers_are_made_there_too(served):
    """An in-place function works, and returning its argument returns the caller's object."""

    def extend(rows, table, *, seen):
        rows.append([1])
        table["x"] = 2
        seen.add(3)
        return rows

    rows, table, seen = [0], {}, set()
    assert served(extend)(rows, table, seen=seen) is rows
    assert (rows, table, seen) == ([0, [1]], {"x": 2}, {3})


def test_a_limit_is_a_clear_error_and_the_next_call_works(served):
    """The runner is replaced."""

    def misbehave(how):
        import os
        import time

        if how == "sleep":
            time.sleep(60)
        if how == "exit":
            os._exit(1)
        if how == "crash":
            os.abort()
        return os.getpid()

    function = served(misbehave, wall_seconds=0.3)
    before = function("")
    for how, said in (("sleep", r"Policy\.wall_seconds=0\.3"), ("exit", "exit status 1"), ("crash", "SIGABRT")):
        with pytest.raises(SandboxedCallError, match=said):
            function(how)
    assert function("") != before


def test_caps_are_each_calls_own(served):
    """A long life adds nothing up."""
    function = served(lambda: print("x" * 400) or "y" * 4000, output_bytes=1000, reply_bytes=10_000)
    for _ in range(10):
        assert len(function()) == 4000


def test_a_runner_whose_zygote_died_is_replaced_unnoticed(served):
    """The call has not begun: it is simply asked of another one."""
    function = served(lambda: __import__("os").getpid())
    function()
    for zygote in host.living():
        os.kill(zygote.process.pid, signal.SIGKILL)
        zygote.process.wait()
    time.sleep(0.05)  # until its runners are gone, which nothing announces to us
    assert function() > 0


def test_arguments_that_cannot_travel_are_named(served):
    """Before anything is sent."""
    with pytest.raises(CarryError, match="positional argument 1"):
        served(lambda lock: 1)(threading.Lock())


def test_threads_and_tasks_are_served_side_by_side(served):
    """Each call gets its own answer."""
    function = served(lambda n: n * n, wall_seconds=20.0)
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.__setitem__(n, function(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n * n for n in range(8)}

    async def several():
        return await asyncio.gather(*[function.call_async(n) for n in range(4)])

    assert asyncio.run(several()) == [0, 1, 4, 9]


def test_a_forked_process_does_not_talk_to_its_parents_runner(served):
    """It starts its own."""
    function = served(lambda: __import__("os").getpid())
    mine = function()
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if function() > 0 and function.policy else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert function() == mine
