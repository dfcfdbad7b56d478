"""What a function's own helpers have changed is put back too: the call is made again from where it started."""

from __future__ import annotations

import asyncio

import pytest

from fukkatsu import Checks, FlatlineError, Policy, Store, resurrect

LENIENT = Checks(contract="off", preserve=False)
STATS = {"calls": 0, "by name": {"a": {"seen": []}}}
TOTAL = 0


def counted(name):
    global TOTAL
    TOTAL += 1
    STATS["calls"] += 1
    listed(STATS["by name"], name)


def listed(names, name):
    for each in names.values():
        each["seen"].append(name)


def bumped(stats, *, by=1):
    stats["calls"] += by


def healing(model, reply, **options):
    options.setdefault("checks", LENIENT)
    return resurrect(provider=model(reply), store=Store(), **options)


@pytest.fixture(autouse=True)
def _from_nothing():
    global TOTAL
    TOTAL = STATS["calls"] = 0
    STATS["by name"]["a"]["seen"].clear()


def sharing(model, **options):
    @healing(model, "def share(x, y):\n    counted(y)\n    return x / y if y else 0.0", **options)
    def share(x, y):
        counted(y)
        return x / y

    return share


def test_what_a_helper_and_its_helper_change_is_put_back(model):
    """A global number, a table, and a list two tables further down, which keeps its identity."""
    share, seen = sharing(model), STATS["by name"]["a"]["seen"]
    assert (share(4, 2), share(1, 0), share(1, 0)) == (2.0, 0.0, 0.0)
    assert (TOTAL, STATS["calls"], seen) == (3, 3, [2, 0, 0])
    assert STATS["by name"]["a"]["seen"] is seen


def test_the_trial_starts_there_as_well(model):
    """A correction that would only go wrong on what the failed call left behind is judged without that."""

    @healing(model, "def first(x):\n    counted(x)\n    return TOTAL / x if x else 10 // (2 - TOTAL)", attempts=1)
    def first(x):
        counted(x)
        return TOTAL / x

    assert first(0) == 10
    assert TOTAL == 1


def test_state_that_is_handed_to_a_helper_is_put_back(model):
    """By position or by name: what the helper calls a parameter is the caller's table."""

    @healing(
        model, "def share(x, y):\n    bumped(STATS)\n    bumped(stats=STATS, by=2)\n    return x / y if y else 0.0"
    )
    def share(x, y):
        bumped(STATS)
        bumped(stats=STATS, by=2)
        return x / y

    assert share(1, 0) == 0.0
    assert STATS["calls"] == 3


def test_what_helpers_keep_for_themselves_is_put_back(model):
    """A counter in a closure that the function itself has no name for."""

    def counter():
        count = 0

        def add():
            nonlocal count
            count += 1
            return count

        return add

    add = counter()

    @healing(model, "def share(x, y):\n    add()\n    return x / y if y else 0.0")
    def share(x, y):
        add()
        return x / y

    assert (share(4, 2), share(1, 0)) == (2.0, 0.0)
    assert add() == 3


class Base:
    made = 0

    def note(self, x):
        self.rows.append(x)


class Ledger(Base):
    opened = []  # noqa: RUF012 - what is tested

    def __init__(self):
        type(self).made += 1
        self.rows = []
        self.inner = None

    def note(self, x):
        super().note(x)
        self.last = x

    @classmethod
    def open(cls, x):
        cls.opened.append(x)

    def __call__(self, x):
        self.note(x)


LEDGER = Ledger()


@pytest.mark.parametrize("call", ["LEDGER.note(x)", "LEDGER(x)", "BOOKS.main.note(x)", "Ledger.note(LEDGER, x)"])
def test_what_methods_of_the_programs_own_objects_change_is_put_back(model, call, tmp_path, monkeypatch):
    """However they are called, and whatever they inherit."""
    source = f"def share(x, y):\n    {call}\n    return x / y"
    path = tmp_path / "ledgers.py"
    path.write_text(source)
    names = {"LEDGER": LEDGER, "Ledger": Ledger, "BOOKS": Books(LEDGER), "__name__": "ledgers"}
    exec(compile(source, str(path), "exec"), names)
    LEDGER.__dict__.clear()
    LEDGER.rows = rows = []
    share = healing(model, source + " if y else 0.0")(names["share"])
    assert share(1, 0) == 0.0
    assert LEDGER.rows is rows
    assert (rows, LEDGER.last) == ([1], 1)


class Books:
    def __init__(self, main):
        self.main = main


def test_what_making_an_object_and_what_its_class_changes_is_put_back(model):
    """`Ledger()` counts itself, `Ledger.open` keeps a list."""
    Ledger.made, Ledger.opened = 0, []

    @healing(model, "def share(x, y):\n    Ledger()\n    Ledger.open(x)\n    return x / y if y else 0.0")
    def share(x, y):
        Ledger()
        Ledger.open(x)
        return x / y

    assert share(1, 0) == 0.0
    assert (Ledger.made, Ledger.opened) == (1, [1])


def test_a_method_that_calls_others_of_its_object_is_followed(model):
    """`self` is an argument; what its methods change elsewhere is not."""

    class Meter:
        def __init__(self):
            self.count = 0

        def tick(self):
            self.count += 1
            counted(self.count)

        @healing(model, "def read(self, x):\n    self.tick()\n    return 10 / x if x else 0.0")
        def read(self, x):
            self.tick()
            return 10 / x

    meter = Meter()
    assert (meter.read(5), meter.read(0)) == (2.0, 0.0)
    assert (meter.count, TOTAL, STATS["by name"]["a"]["seen"]) == (2, 2, [1, 2])


def test_what_nobody_looked_at_is_said_and_looked_at_from_then_on(model):
    """In the steady state nothing is looked at, so nothing is paid: the first failure is its caller's."""
    share = sharing(model)
    for _ in range(100):
        share(4, 2)
    assert not share.fukkatsu.recorder.armed
    with pytest.raises(ZeroDivisionError) as info:
        share(1, 0)
    assert "may have been changed by the failed call" in info.value.__notes__[0]
    assert share(1, 0) == 0.0
    assert TOTAL == 102


def test_a_failure_before_the_helper_is_called_is_healed_at_once(model):
    """The line on which it failed is a proof."""

    @healing(model, "def share(x, y):\n    z = x / y if y else 0.0\n    counted(y)\n    return z")
    def share(x, y):
        z = x / y
        counted(y)
        return z

    for _ in range(100):
        share(4, 2)
    assert share(1, 0) == 0.0
    assert TOTAL == 101


def test_helpers_that_change_nothing_cost_no_healing(model):
    """They read, they make lists of their own: nothing is to be put back, and nobody has to look before."""

    def halves(xs):
        made = []
        for x in xs:
            made.append(x / 2)
        return made

    @healing(model, "def share(x, y):\n    halves([x, y])\n    return x / y if y else 0.0")
    def share(x, y):
        halves([x, y])
        return x / y

    for _ in range(100):
        share(4, 2)
    assert share(1, 0) == 0.0


def test_functions_that_call_each_other_are_followed_once(model):
    """Even and odd: no end would be an end of the host."""

    def even(n):
        STATS["calls"] += 1
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    @healing(model, "def share(x, y):\n    odd(x)\n    return x / y if y else 0.0")
    def share(x, y):
        odd(x)
        return x / y

    assert share(3, 0) == 0.0
    assert STATS["calls"] == 2


def test_coroutines_put_back_what_their_helpers_changed(model):
    """As plain functions do."""

    async def noted(x):
        counted(x)

    @healing(model, "async def share(x, y):\n    await noted(x)\n    return x / y if y else 0.0")
    async def share(x, y):
        await noted(x)
        return x / y

    assert asyncio.run(share(1, 0)) == 0.0
    assert TOTAL == 1


def test_a_fix_that_would_lose_what_its_helpers_change_is_not_served_from_the_sandbox(model):
    """There they would change tables of their own: refused before anybody is asked."""
    provider = model("def share(x, y):\n    return x / y if y else 0.0")

    @resurrect(provider=provider, store=Store(), policy=Policy(run_in="sandbox"))
    def share(x, y):
        counted(y)
        return x / y

    with pytest.raises(FlatlineError, match="cannot change STATS, TOTAL for the program"):
        share(1, 0)
    assert provider.requests == 0
