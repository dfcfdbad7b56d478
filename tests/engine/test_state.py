"""State besides the arguments: a fix starts where the failed call started, or the call is not made again."""

from __future__ import annotations

import asyncio
import threading
import types
from email.message import Message

import pytest

from fukkatsu import Checks, FlatlineError, Policy, Store, resurrect, wait

LENIENT = Checks(contract="off", preserve=False)
SEEN = 0
CACHE = {}
HISTORY = []
LETTER = Message()


def healing(model, reply, **options):
    options.setdefault("checks", LENIENT)
    return resurrect(provider=model(reply), store=Store(), **options)


def settled(function, *args):
    for _ in range(100):
        function(*args)
    assert not function.fukkatsu.recorder.armed
    return function


def counting(model, **options):
    count = 0

    @healing(
        model,
        "def share(x, y):\n    nonlocal count\n    count += 1\n    return x / y if y else 0.0",
        **options,
    )
    def share(x, y):
        nonlocal count
        count += 1
        return x / y

    return share, lambda: count


def test_a_counter_in_a_closure_is_moved_on_once(model):
    """By the fix, or by the original: never by both for one call."""
    share, count = counting(model)
    assert (share(4, 2), share(1, 0), share(1, 0)) == (2.0, 0.0, 0.0)
    assert count() == 3
    assert share.fukkatsu.active is not None


def test_with_fallback_the_counter_is_moved_on_once_as_well(model):
    """There the original runs first, and fails, on every such call."""
    share, count = counting(model, install="fallback")
    assert [share(1, 0) for _ in range(5)] == [0.0] * 5
    assert share(4, 2) == 2.0
    assert count() == 6


def test_a_list_in_a_closure_keeps_its_identity_and_gets_each_item_once(model):
    """Put back in place: others hold the same list."""

    def make():
        values = []

        @healing(model, "def add(x):\n    values.append(int(x or 0))\n    return sum(values) / len(values)")
        def add(x):
            values.append(x)
            return sum(int(value) for value in values) / len(values)

        return add, values

    add, values = make()
    assert add(4) == 4.0
    assert add("") == 2.0
    assert values == [4, 0]


def test_the_trial_starts_where_the_failed_call_started(model):
    """In the sandbox too: with half of the failed call left behind, the fault would not show there."""

    def make():
        values = []

        @healing(model, """
def spread(x):
    values.append(x)
    return sum(values) / (len(values) - 1) if len(values) > 1 else 0.0
""", checks=Checks(contract="off"))  # fmt: skip
        def spread(x):
            values.append(x)
            return sum(values) / (len(values) - 1)

        return spread, values

    spread, values = make()
    assert spread(5) == 0.0
    assert spread(7) == 12.0
    assert values == [5, 7]


def test_a_global_that_is_assigned_is_put_back(model):
    """Module state is state."""
    global SEEN
    SEEN = 0

    @healing(model, "def share(x, y):\n    global SEEN\n    SEEN = SEEN + 1\n    return x / y if y else 0.0")
    def share(x, y):
        global SEEN
        SEEN = SEEN + 1
        return x / y

    assert (share(4, 2), share(1, 0)) == (2.0, 0.0)
    assert SEEN == 2


def test_a_global_container_is_put_back_with_the_very_objects_in_it(model):
    """Copies of what it holds would be other objects."""
    CACHE.clear()
    mine = CACHE["kept"] = object()

    @healing(model, "def note(key, x):\n    CACHE[key] = x\n    return len(CACHE) / x if x else 0.0")
    def note(key, x):
        CACHE[key] = x
        return len(CACHE) / x

    assert note("a", 1) == 2.0
    assert note("b", 0) == 0.0
    assert list(CACHE) == ["kept", "a", "b"]
    assert CACHE["kept"] is mine


def test_class_attributes_are_put_back(model):
    """`cls.made += 1`, `type(self).made += 1`, and what a base class holds."""

    class Base:
        made = 0

    class Maker(Base):
        names = []  # noqa: RUF012 - what is tested

        @classmethod
        @healing(model, """
def make(cls, name):
    cls.made += 1
    cls.names.append(name)
    return len(name) if name is not None else 0
""")  # fmt: skip
        def make(cls, name):
            cls.made += 1
            cls.names.append(name)
            return len(name)

        @healing(model, """
def mark(self, name):
    type(self).made += 1
    return len(name) if name is not None else 0
""")  # fmt: skip
        def mark(self, name):
            type(self).made += 1
            return len(name)

    assert Maker.make(None) == 0
    assert (Maker.made, Base.made, Maker.names) == (1, 0, [None])
    assert Maker().mark(None) == 0
    assert (Maker.made, Base.made) == (2, 0)


class Slotted:
    __slots__ = ("count",)


@pytest.mark.parametrize("holder", [types.SimpleNamespace(), Slotted()], ids=["with a dict", "with slots"])
def test_attributes_of_what_a_closure_holds_are_put_back(model, holder):
    """Wherever the object stores them."""
    holder.count = 1

    @healing(model, "def share(x, y):\n    holder.count += 1\n    return x / y if y else 0.0")
    def share(x, y):
        holder.count += 1
        return x / y

    assert (share(1, 0), share(1, 0), share(4, 2)) == (0.0, 0.0, 2.0)
    assert holder.count == 4


def test_state_of_self_is_put_back(model):
    """It is an argument, and kept as one."""

    class Meter:
        def __init__(self):
            self.count, self.readings = 0, []

        @healing(model, """
def read(self, x):
    self.count += 1
    self.readings.append(x)
    return 10 / x if x else 0.0
""")  # fmt: skip
        def read(self, x):
            self.count += 1
            self.readings.append(x)
            return 10 / x

    meter = Meter()
    readings = meter.readings
    assert (meter.read(5), meter.read(0), meter.read(0)) == (2.0, 0.0, 0.0)
    assert (meter.count, meter.readings) == (3, [5, 0, 0])
    assert meter.readings is readings


def test_items_of_items_are_put_back_into_the_very_same_ones(model):
    """All the way down: others hold the inner list, and the object in it, too."""

    class Entry:
        def __init__(self):
            self.seen = []

    def make():
        groups = {"a": [Entry()], "b": []}

        @healing(model, """
def put(key, x):
    groups[key].append(x)
    groups[key][0].seen.append(x)
    return 1 / x if x else 0.0
""")  # fmt: skip
        def put(key, x):
            groups[key].append(x)
            groups[key][0].seen.append(x)
            return 1 / x

        return put, groups

    put, groups = make()
    inner, entry, seen = groups["a"], groups["a"][0], groups["a"][0].seen
    assert put("a", 0) == 0.0
    assert groups == {"a": [entry, 0], "b": []}
    assert groups["a"] is inner
    assert entry.seen is seen
    assert seen == [0]


def test_what_cannot_be_looked_into_is_not_put_back(model):
    """Refused, said, and left as the failed call left it; meanwhile the calls to come are healed."""
    held = Slotted()
    held.count = 0
    groups = {"a": held}

    @healing(model, "def put(key, x):\n    groups[key].count += 1\n    return 1 / x if x else 0.0")
    def put(key, x):
        groups[key].count += 1
        return 1 / x

    with pytest.raises(FlatlineError, match="changed groups half way"):
        put("a", 0)
    assert held.count == 1
    assert wait(60)
    assert put("a", 0) == 0.0
    assert held.count == 2


def test_what_nobody_looked_at_is_kept_from_the_first_failure_on(model):
    """In the steady state nothing is looked at, so nothing is paid."""
    share, count = counting(model)
    settled(share, 4, 2)
    with pytest.raises(ZeroDivisionError) as info:
        share(1, 0)
    assert "count may have been changed by the failed call" in info.value.__notes__[0]
    assert share(1, 0) == 0.0
    assert count() == 102


def test_a_failure_before_the_state_is_changed_is_healed_at_once(model):
    """The line on which it failed is a proof: most functions store last."""
    CACHE.clear()

    @healing(model, """
def stored(key, x):
    if key not in CACHE:
        CACHE[key] = 1 / x if x else 0.0
    return CACHE[key]
""")  # fmt: skip
    def stored(key, x):
        if key not in CACHE:
            CACHE[key] = 1 / x
        return CACHE[key]

    settled(stored, "a", 1)
    assert stored("b", 0) == 0.0
    assert CACHE == {"a": 1.0, "b": 0.0}


def test_other_calls_at_the_same_time_make_it_nobodys_change(model):
    """Two threads: what the one has added must not be lost by putting back for the other."""
    HISTORY.clear()
    inside, go = threading.Event(), threading.Event()

    @healing(model, "def note(x):\n    HISTORY.append(x)\n    return len(x) if x is not None else 0")
    def note(x):
        HISTORY.append(x)
        if x == "slow":
            inside.set()
            go.wait(20)
        return len(x)

    slow = threading.Thread(target=note, args=("slow",))
    slow.start()
    assert inside.wait(20)
    with pytest.raises(FlatlineError, match="others may have changed that"):
        note(None)
    go.set()
    slow.join()
    assert HISTORY == ["slow", None]
    assert wait(60)
    assert note(None) == 0
    assert HISTORY == ["slow", None, None]


def test_what_others_change_during_the_repair_is_left_alone(model):
    """As for arguments."""
    HISTORY.clear()
    provider = model("def note(x):\n    HISTORY.append(x)\n    return len(x) if x is not None else 0")

    def asked(messages):
        HISTORY.append("other")
        return provider(messages)

    @resurrect(provider=asked, store=Store(), checks=LENIENT)
    def note(x):
        HISTORY.append(x)
        return len(x)

    with pytest.raises(FlatlineError, match="HISTORY was changed by others"):
        note(None)
    assert HISTORY == [None, "other"]
    assert note(None) == 0


def test_a_flatline_leaves_the_state_as_the_failed_call_left_it(model):
    """As without us."""
    count = 0

    @healing(model, "def share(x, y):\n    return x / y", attempts=1)
    def share(x, y):
        nonlocal count
        count += 1
        return x / y

    with pytest.raises(FlatlineError):
        share(1, 0)
    assert count == 1


def test_coroutines_start_where_the_failed_call_started(model):
    """And two tasks that take turns make it nobody's change."""

    def make():
        count = 0

        @healing(model, """
async def share(x, y):
    nonlocal count
    count += 1
    return x / y if y else 0.0
""")  # fmt: skip
        async def share(x, y):
            nonlocal count
            count += 1
            if x == "slow":
                await asyncio.sleep(y)
                return 0.0
            return x / y

        return share, lambda: count

    share, count = make()
    assert asyncio.run(share(1, 0)) == 0.0
    assert count() == 1
    share, count = make()

    async def main():
        slow = asyncio.create_task(share("slow", 30))
        await asyncio.sleep(0)
        with pytest.raises(FlatlineError, match="others may have changed that"):
            await share(1, 0)
        slow.cancel()

    asyncio.run(main())
    assert count() == 2


def test_a_generator_that_delivered_nothing_yet_starts_anew(model):
    """Later its caller has had the floor in between, and its items are others' to react to."""

    def make():
        drawn = []

        @healing(model, """
def shares(x, ys):
    for y in ys:
        drawn.append(y)
        yield x / y if y else 0.0
""")  # fmt: skip
        def shares(x, ys):
            for y in ys:
                drawn.append(y)
                yield x / y

        return shares, drawn

    shares, drawn = make()
    assert list(shares(1, (0, 2))) == [0.0, 0.5]
    assert drawn == [0, 2]
    shares, drawn = make()
    with pytest.raises(FlatlineError, match="others may have changed that"):
        list(shares(1, (2, 0)))
    assert drawn == [2, 0]


def test_a_fix_that_fails_after_it_changed_state_is_not_repeated(model):
    """Nobody looked: its caller gets the exception."""
    count = 0

    @healing(model, """
def share(x, y):
    nonlocal count
    count += 1
    return x / y if y != 0 else 0.0
""", lives=2)  # fmt: skip
    def share(x, y):
        nonlocal count
        count += 1
        return x / y

    assert share(1, 0) == 0.0
    with pytest.raises(TypeError) as info:
        share(1, "")
    assert "count may have been changed" in info.value.__notes__[0]
    assert count == 2


@pytest.mark.parametrize("calls", [1, 100])
def test_what_the_methods_of_a_library_do_is_the_librarys_business(model, calls):
    """A session, a client, a message: what was done is done again, and nothing keeps it from healing."""
    letter = Message()

    @healing(model, """
def share(x, y):
    letter.add_header("x", str(x))
    LETTER.add_header("x", str(x))
    return x / y if y else 0.0
""")  # fmt: skip
    def share(x, y):
        letter.add_header("x", str(x))
        LETTER.add_header("x", str(x))
        return x / y

    for _ in range(calls):
        share(4, 2)
    assert share(1, 0) == 0.0
    assert letter.get_all("x")[-3:] == LETTER.get_all("x")[-3:] == ["4", "1", "1"]


def test_a_table_too_large_to_be_looked_at_matters_only_where_it_may_have_changed(model):
    """A cache of a hundred thousand entries that the failed line comes before."""
    cache = dict.fromkeys(range(100_000))

    @healing(model, """
def stored(key, x):
    value = 1 / x if x else 0.0
    cache[key] = value
    return value
""")  # fmt: skip
    def stored(key, x):
        value = 1 / x
        cache[key] = value
        return value

    assert stored("a", 1) == 1.0
    assert stored("b", 0) == 0.0
    assert (cache["a"], cache["b"]) == (1.0, 0.0)

    @healing(model, "def late(key, x):\n    cache[key] = x\n    return 1 / x if x else 0.0")
    def late(key, x):
        cache[key] = x
        return 1 / x

    with pytest.raises(FlatlineError, match="may have changed cache half way"):
        late("c", 0)


def test_a_fix_that_is_served_from_the_sandbox_must_not_lose_what_its_original_changes(model):
    """There it would move on a counter of its own: refused before anybody is asked."""
    provider = model("def share(x, y):\n    return x / y if y else 0.0")
    count = 0

    @resurrect(provider=provider, store=Store(), policy=Policy(run_in="sandbox"))
    def share(x, y):
        nonlocal count
        count += 1
        return x / y

    with pytest.raises(FlatlineError, match="cannot change count for the program"):
        share(1, 0)
    assert (count, provider.requests) == (1, 0)


def test_what_only_a_failed_fix_has_changed_is_put_back_too(model):
    """The original fails before it touches the list; its fix gets further, and then fails as well."""
    values = []
    provider = model(
        """
def add(x, y):
    if y == 0:
        values.append(0.0)
        return 0.0
    values.append("half way")
    return x / y
""",
        """
def add(x, y):
    share = x / y if y else 0.0
    values.append(share)
    return share
""",
    )

    @resurrect(provider=provider, store=Store(), lives=2, install="fallback", checks=LENIENT)
    def add(x, y):
        share = x / y
        values.append(share)
        return share

    assert (add(4, 2), add(1, 0)) == (2.0, 0.0)
    assert add(1, "") == 0.0
    assert provider.requests == 2
    assert values == [2.0, 0.0, 0.0]
