"""What may be spent, and how long a failure waits after a flatline: on a clock that the test turns."""

from __future__ import annotations

import math
import os
import sqlite3
import threading
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu import Completion, FlatlineError, Store, resurrect
from fukkatsu import _asking as asking
from fukkatsu._suggest import budget as budget_module
from fukkatsu._suggest.budget import DAY_SECONDS, HOUR_SECONDS, BudgetKeeper, CoolDown, Ledger
from fukkatsu.errors import BudgetExceededError
from fukkatsu.policy import Budget


class Clock:
    def __init__(self, now=1_000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def keeper_of(clock, **limits):
    given = {"requests_per_hour": None, "tokens_per_day": None, "seconds_per_hour": None} | limits
    return BudgetKeeper(Budget(**given), clock)


def test_without_a_limit_nothing_is_refused(clock):
    """`None` is no limit."""
    keeper = keeper_of(clock)
    keeper.spend(10**6, 10**12, 10**6)
    keeper.check()


@pytest.mark.parametrize(
    ("limits", "spent", "window", "name"),
    [
        ({"requests_per_hour": 2}, {"requests": 1}, HOUR_SECONDS, "requests_per_hour=2"),
        ({"tokens_per_day": 100}, {"tokens": 50}, DAY_SECONDS, "tokens_per_day=100"),
        ({"seconds_per_hour": 10.0}, {"seconds": 5.0}, HOUR_SECONDS, "seconds_per_hour=10"),
    ],
)
def test_a_spent_limit_refuses_until_its_window_has_passed(clock, limits, spent, window, name):
    """The text names the limit and says when it is free again."""
    keeper = keeper_of(clock, **limits)
    for _ in range(2):
        keeper.check()
        keeper.spend(**spent)
        clock.now += 60
    with pytest.raises(BudgetExceededError, match="the budget is spent") as caught:
        keeper.check()
    assert name in str(caught.value)
    assert "free again in" in str(caught.value)
    clock.now += window - 121
    with pytest.raises(BudgetExceededError):
        keeper.check()
    clock.now += 1.5 + window / 360  # late rather than early, by one slice at most
    keeper.check()


def test_the_request_that_crosses_a_limit_of_tokens_is_the_last(clock):
    """How many it takes is known only afterwards."""
    keeper = keeper_of(clock, tokens_per_day=100)
    keeper.check()
    keeper.spend(tokens=10_000)
    with pytest.raises(BudgetExceededError):
        keeper.check()


def test_amounts_below_zero_count_as_nothing(clock):
    """A server may report anything."""
    keeper = keeper_of(clock, tokens_per_day=100)
    keeper.spend(tokens=-1_000)
    keeper.spend(tokens=100)
    with pytest.raises(BudgetExceededError):
        keeper.check()


def test_taking_is_checking_and_counting_in_one_step(clock):
    """Of 64 threads at once no more than the limit get through."""
    keeper = keeper_of(clock, requests_per_hour=10)
    taken, barrier = [], threading.Barrier(64)

    def take():
        barrier.wait()
        try:
            keeper.take()
        except BudgetExceededError:
            return
        taken.append(1)

    threads = [threading.Thread(target=take) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 10


@given(st.lists(st.tuples(st.floats(0, 2_000), st.integers(1, 3)), max_size=60))
def test_never_more_than_the_limit_in_any_window(steps):
    """However the requests are spread, sixty minutes never hold more than permitted."""
    clock, accepted = Clock(), []
    keeper = keeper_of(clock, requests_per_hour=5)
    for pause, tries in steps:
        clock.now += pause
        for _ in range(tries):
            try:
                keeper.take()
            except BudgetExceededError:
                continue
            accepted.append(clock.now)
    for began in accepted:
        assert sum(began <= when < began + HOUR_SECONDS for when in accepted) <= 5


def test_memory_does_not_grow_with_the_number_of_requests(clock):
    """A window is kept in slices."""
    keeper = keeper_of(clock, tokens_per_day=10**9)
    for _ in range(20_000):
        clock.now += 10
        keeper.spend(tokens=1)
    assert len(keeper._tokens._entries) <= 362


def test_a_wait_doubles_with_each_flatline_up_to_its_limit(clock):
    """1, 2, 4, 5, 5 seconds."""
    cool = CoolDown(1.0, 5.0, clock)
    waits = []
    for _ in range(5):
        assert cool.blocked_for("key") == 0
        waits.append(cool.failed("key"))
        assert cool.blocked_for("key") == waits[-1]
        clock.now += waits[-1] / 2
        assert cool.blocked_for("key") == pytest.approx(waits[-1] / 2)
        clock.now += waits[-1] / 2
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_success_and_other_keys_begin_anew(clock):
    """The memory is for each failure by itself."""
    cool = CoolDown(1.0, 60.0, clock)
    cool.failed("a")
    cool.failed("a")
    assert cool.blocked_for("b") == 0
    cool.succeeded("a")
    cool.succeeded("unknown")
    assert cool.blocked_for("a") == 0
    assert cool.failed("a") == 1.0


def test_doubling_for_ever_stays_finite(clock):
    """A fault that is never healed must not overflow a float."""
    cool = CoolDown(1.0, 3_600.0, clock)
    assert [cool.failed("a") for _ in range(5_000)][-1] == 3_600.0


def test_the_oldest_keys_are_forgotten(clock, monkeypatch):
    """A program that fails in ever new places must not fill the memory."""
    monkeypatch.setattr(budget_module, "REMEMBERED_KEYS", 3)
    cool = CoolDown(1.0, 60.0, clock)
    for key in "abcd":
        cool.failed(key)
    assert cool.blocked_for("a") == 0
    assert cool.blocked_for("d") == 1.0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_forked_while_the_lock_was_held_is_not_stuck(clock):
    """gunicorn and Celery fork; the thread that held the lock does not exist in the child."""
    keeper = keeper_of(clock, requests_per_hour=5)
    with keeper._lock:
        child = os.fork()
        if child == 0:
            keeper.check()
            os._exit(7)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7


class SharedFile:
    """A ledger as a store may keep it: one table that all processes write."""

    def __init__(self, path, clock):
        self.path, self.clock = path, clock
        with self.opened() as base:
            base.execute("create table if not exists spent (spending text, amount real, at real)")

    def opened(self):
        return closing(sqlite3.connect(self.path, isolation_level=None))

    def free_in(self, spending, wanted, limit, window_seconds, *, take):
        now = self.clock()
        with self.opened() as base:
            base.execute("begin immediate")
            rows = base.execute(
                "select at, amount from spent where spending = ? and at > ? order by at",
                (spending, now - window_seconds),
            ).fetchall()
            total = sum(amount for _, amount in rows)
            excess, wait = total + wanted - limit, 0.0
            for at, amount in rows:
                if excess <= 0:
                    break
                excess, wait = excess - amount, window_seconds - (now - at)
            if wait == 0 and take:
                base.execute("insert into spent values (?, ?, ?)", (spending, wanted, now))
            base.execute("commit")
        return wait, total

    def spend(self, spending, amount):
        with self.opened() as base:
            base.execute("insert into spent values (?, ?, ?)", (spending, amount, self.clock()))


def test_a_ledger_counts_for_all_who_share_it(clock, tmp_path):
    """Two processes with a keeper each: what the one spends is gone for the other."""
    ledger = SharedFile(tmp_path / "ledger", clock)
    assert isinstance(ledger, Ledger)
    one, other = (keeper_of(clock, requests_per_hour=3) for _ in range(2))
    for keeper in (one, other, one):
        keeper.take(ledger)
    with pytest.raises(BudgetExceededError, match="3 requests in the last hour, by all who share the store"):
        other.take(ledger)
    other.take()  # alone it would have room
    clock.now += HOUR_SECONDS
    other.take(ledger)


@pytest.mark.parametrize(
    ("limit", "spent"), [("tokens_per_day", {"tokens": 60}), ("seconds_per_hour", {"seconds": 60})]
)
def test_tokens_and_seconds_are_shared_too(clock, tmp_path, limit, spent):
    """They are known only afterwards: the request that crosses the limit is the last one, of all."""
    ledger = SharedFile(tmp_path / "ledger", clock)
    one, other = (keeper_of(clock, **{limit: 100}) for _ in range(2))
    for keeper in (one, other):
        keeper.take(ledger)
        keeper.spend(**spent, ledger=ledger)
    with pytest.raises(BudgetExceededError, match=limit):
        one.take(ledger)
    one.check()


def test_a_request_that_the_ledger_refuses_is_not_counted_here(clock, tmp_path):
    """Nothing was asked."""
    ledger = SharedFile(tmp_path / "ledger", clock)
    ledger.spend("requests", 2)
    keeper = keeper_of(clock, requests_per_hour=2)
    for _ in range(5):
        with pytest.raises(BudgetExceededError, match="by all who share"):
            keeper.take(ledger)
    keeper.take()
    keeper.take()


def test_a_ledger_that_cannot_be_reached_leaves_the_process_its_own_count(clock, tmp_path, caplog):
    """An outage of the database is no reason to stop healing, nor to spend without end."""
    ledger = SharedFile(tmp_path / "ledger", clock)
    ledger.path = tmp_path / "gone" / "ledger"
    keeper = keeper_of(clock, requests_per_hour=1)
    keeper.take(ledger)
    keeper.spend(tokens=5, ledger=ledger)
    assert "counts for itself" in caplog.text
    with pytest.raises(BudgetExceededError):
        keeper.take(ledger)


def test_functions_that_share_a_store_share_its_ledger(tmp_path):
    """The flow asks the store of the function, and tells it what was spent."""
    asking.reset()

    class CountingStore(Store):
        ledger = SharedFile(tmp_path / "ledger", lambda: 1_000.0)
        free_in, spend = ledger.free_in, ledger.spend

    answer = Completion("```python\ndef share(x, y):\n    return x / y\n```", "m", 40, 10)

    def sharing(limit):
        @resurrect(
            provider=lambda messages: answer, store=CountingStore(), attempts=1, budget=Budget(requests_per_hour=limit)
        )
        def share(x, y):
            return x / y

        return share

    with pytest.raises(FlatlineError, match="none of 1 suggestions"):
        sharing(1)(1, 0)
    asking.reset()
    with pytest.raises(FlatlineError, match="by all who share the store"):
        sharing(1)(1, 0)
    assert CountingStore.ledger.free_in("tokens", 0, math.inf, DAY_SECONDS, take=False) == (0.0, 50.0)
    asking.reset()
