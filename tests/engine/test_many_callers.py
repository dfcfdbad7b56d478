"""Many callers, one repair; whoever leads it may die, and the clocks of the others go on."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fukkatsu import Checks, FlatlineError, Store, resurrect, wait
from fukkatsu._case import Flatline, Healed
from fukkatsu._flight import Flight, board

SHARE = """
def share(x, y):
    if y == 0:
        return 0.0
    return x / y
"""
HOST, SEEN = os.getpid(), []
HOPELESS = "def share(x, y):\n    return x / y"


def sharing(provider, **options):
    options.setdefault("store", Store())

    @resurrect(provider=provider, **options)
    def share(x, y):
        return x / y

    return share


def together(function, count):
    """*count* threads that begin at the same moment; their answers or exceptions."""
    barrier = threading.Barrier(count)

    def call(number):
        barrier.wait()
        try:
            return function(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def test_sixty_four_threads_with_one_fault_cost_one_request(model):
    """The others wait, and use the fix."""
    provider = model(SHARE, seconds=0.5)
    share = sharing(provider)
    assert together(lambda i: share(i, 0), 64) == [0.0] * 64
    assert provider.requests == 1
    assert share.fukkatsu.lives_left == 0


def test_sixty_four_threads_flatline_for_the_same_reason(model):
    """Each from its own exception, and the model was asked once."""
    provider = model(HOPELESS, seconds=0.3)
    share = sharing(provider, attempts=1)
    errors = together(lambda i: share(i, 0), 64)
    assert {type(error) for error in errors} == {FlatlineError}
    assert {error.reason for error in errors} == {"none of 1 suggestions was accepted (attempts=1)"}
    assert all(len(error.reports) == 1 for error in errors)
    assert len({id(error.__cause__) for error in errors}) == 64
    assert provider.requests == 1


def test_those_who_wait_flatline_at_their_own_deadline(model):
    """A slow model holds nobody longer than agreed."""
    provider = model(SHARE, seconds=10)
    share = sharing(provider, deadline_seconds=0.7)
    started = time.monotonic()
    errors = together(lambda i: share(i, 0), 16)
    assert time.monotonic() - started < 6
    assert {type(error) for error in errors} == {FlatlineError}
    provider.gate.set()


def test_an_argument_that_cannot_be_carried_is_the_leaders_own_trouble(model):
    """Its followers are not told that their arguments are at fault."""
    provider = model("def share(x, y):\n    return x / y if y else 0.0")
    entered, go = threading.Event(), threading.Event()

    class Slow:
        def __rtruediv__(self, other):
            raise ZeroDivisionError("slow")

        def __reduce__(self):
            entered.set()
            go.wait(10)
            raise TypeError("stays here")

    @resurrect(provider=provider, store=Store())
    def share(x, y):
        return x / y

    share.fukkatsu.recorder.disarm()
    share.fukkatsu._set_inner(share.fukkatsu.original)
    outcomes = {}

    def call(name, y):
        try:
            outcomes[name] = share(1, y)
        except Exception as error:
            outcomes[name] = error

    leader = threading.Thread(target=call, args=("leader", Slow()))
    leader.start()
    assert entered.wait(10)
    follower = threading.Thread(target=call, args=("follower", 0))
    follower.start()
    go.set()
    leader.join(20)
    follower.join(20)
    assert outcomes["follower"] == 0.0
    assert isinstance(outcomes["leader"], FlatlineError)
    assert "carried" in str(outcomes["leader"])


def test_when_the_leader_is_interrupted_a_follower_takes_over(model):
    """Ctrl-C in one thread is not the end for the others."""
    asked = []
    waiting = threading.Event()

    def provider(messages):
        asked.append(threading.current_thread())
        if len(asked) == 1:
            waiting.wait(10)
            raise KeyboardInterrupt
        return f"```python{SHARE}```"

    share, outcomes = sharing(provider), []

    def lead():
        try:
            share(1, 0)
        except KeyboardInterrupt:
            outcomes.append("interrupted")

    leader = threading.Thread(target=lead)
    leader.start()
    while not asked:
        time.sleep(0.005)
    follower = threading.Thread(target=lambda: outcomes.append(share(2, 0)))
    follower.start()
    while share.fukkatsu.flight._waiting < 2:
        time.sleep(0.005)
    waiting.set()
    leader.join(20)
    follower.join(20)
    assert outcomes == ["interrupted", 0.0]
    assert len(asked) == 2


def test_another_fault_of_the_same_function_waits_and_then_gets_its_own_repair(model):
    """One repair at a time; the fix of one fault is no answer to the other."""
    both = """
def pick(x, y):
    if y == 0:
        return 0.0
    if y == "no":
        return -1.0
    return x / y
"""
    provider = model("def pick(x, y):\n    return 0.0 if y == 0 else x / y", both, seconds=0.3)

    @resurrect(provider=provider, store=Store(), lives=2, checks=Checks(contract="off", failing_literal=False))
    def pick(x, y):
        return x / y

    outcomes = {}
    first = threading.Thread(target=lambda: outcomes.update(zero=pick(1, 0)))
    first.start()
    while not provider.requests:
        time.sleep(0.005)
    second = threading.Thread(target=lambda: outcomes.update(text=pick(1, "no")))
    second.start()
    first.join(30)
    second.join(30)
    assert outcomes == {"zero": 0.0, "text": -1.0}
    assert provider.requests == 2
    assert pick.fukkatsu.lives_left == 0
    assert [fix.state for fix in pick.fukkatsu.fixes] == ["superseded", "active"]


def test_install_and_rollback_are_atomic_for_callers_in_flight(model):
    """Whoever calls meanwhile gets the answer of one of the two, never anything else."""
    share = sharing(model(SHARE))
    assert share(1, 0) == 0.0
    fix, function = share.fukkatsu.active_fix, share.fukkatsu.active
    stop, wrong = threading.Event(), []

    def call():
        while not stop.is_set():
            if share(6, 3) != 2.0:
                wrong.append(1)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        share.fukkatsu.rollback()
        share.fukkatsu.install(fix, function, replace_original=True)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


class Line:
    flight = None


class OneCase:
    def __init__(self, line):
        self.line, self.fault = line, "ValueError at f:1"


def test_a_flight_lands_once_and_makes_room_for_the_next():
    """Whoever comes later leads."""
    line = Line()
    flight, leads = board(OneCase(line))
    assert leads
    assert board(OneCase(line)) == (flight, False)
    flight.land(Healed(function=print))
    assert flight.landing.result(0).function is print
    assert line.flight is None
    assert board(OneCase(line))[1]


def test_a_flight_is_cancelled_by_the_last_one_who_leaves():
    """And what was to be called then is called once."""
    line, calls = Line(), []
    flight, _ = board(OneCase(line))
    board(OneCase(line))
    flight.when_cancelled(lambda: calls.append(1))
    flight.leave()
    assert not flight.cancelled
    flight.leave()
    assert flight.cancelled
    assert calls == [1]
    assert board(OneCase(line))[1]


def test_a_flight_of_the_parent_process_carries_nobody_in_a_forked_child():
    """Its thread is not there; waiting for it would last until the deadline."""
    line = Line()
    flight, _ = board(OneCase(line))
    assert isinstance(flight, Flight)
    flight.pid = -1
    other, leads = board(OneCase(line))
    assert leads
    assert other is not flight
    flight.land((Flatline("late"), ()))
    assert line.flight is other


def test_callers_who_disturb_each_other_get_their_exceptions_and_a_fix_for_the_next(model):
    """Nobody can say whose changes are whose, so no call is made again; one request heals those to come."""
    provider, barrier = model("def note(x):\n    SEEN.append(x)\n    return 1 / x if x else 0.0"), threading.Barrier(8)

    def together():
        if os.getpid() == HOST:
            barrier.wait(30)

    @resurrect(provider=provider, store=Store(), checks=Checks(contract="off", preserve=False))
    def note(x):
        SEEN.append(x)
        together()
        return 1 / x

    def call(_):
        with pytest.raises(FlatlineError) as info:
            note(0)
        return info.value.reason

    with ThreadPoolExecutor(8) as pool:
        reasons = set(pool.map(call, range(8)))
    assert all("others may have changed" in reason for reason in reasons)
    assert wait(60)
    assert note(0) == 0.0
    assert provider.requests == 1
    assert SEEN == [0] * 9
