"""Arguments that no author of a decorator thought of: good calls stay good, and a failure stays the function's own."""

from __future__ import annotations

import math
import threading
from decimal import Decimal

import pytest

from fukkatsu import FlatlineError, Store, resurrect

SHARE = """
def share(x, y):
    if y == 0:
        return 0.0
    part = 1 / y
    return part
"""


class EqualToAll:
    def __eq__(self, other):
        return True


class EqualToNothing:
    def __eq__(self, other):
        raise RuntimeError("compared")

    __bool__ = __len__ = __repr__ = __hash__ = __eq__


class EveryAttribute:
    def __getattr__(self, name):
        return self

    __call__ = __getattr__


class NoAttribute:
    def __getattribute__(self, name):
        raise RuntimeError(name)


class LyingClass:
    @property
    def __class__(self):
        return int


class UnwillingClass(type):
    def __eq__(cls, other):
        raise RuntimeError("compared")

    def __hash__(cls):
        raise RuntimeError("hashed")


class Unwilling(metaclass=UnwillingClass):
    pass


def nameless():
    class Kind(type):
        @property
        def __module__(cls):
            raise RuntimeError("asked for its module")

    return Kind("Nameless", (), {})()


class Unreadable:
    def __getstate__(self):
        return {"a": 1}

    def __setstate__(self, state):
        raise RuntimeError("read back")


class Unpicklable:
    def __reduce_ex__(self, protocol):
        raise RuntimeError("pickled")


class Exact(int):
    def __truediv__(self, other):
        raise RuntimeError("divided")


def drawn():
    yield 1


def itself():
    values = []
    values.append(values)
    return values


def nested(depth):
    values = []
    for _ in range(depth):
        values = [values]
    return values


def sharing(provider):
    @resurrect(provider=provider, store=Store())
    def share(x, y):
        part = 1 / y
        return part

    return share


HEALED = {
    "None": None, "nan": math.nan, "equal to all": EqualToAll(), "equal to nothing": EqualToNothing(),
    "every attribute": EveryAttribute(), "a subclass of int": Exact(3), "a signalling NaN": Decimal("sNaN"),
    "half a character": "\ud800", "a NaN as key": {math.nan: 1}, "a list of itself": itself(), "...": ...,
    "a long range": range(10**12), "a class": int, "an exception": ValueError("x"), "an iterator": iter([1]),
    "a long list": [0] * 5_000, "nothing in nothing": {(): [[]]}, "a lock": threading.Lock(), "locks": [threading.RLock(), threading.Event()],
}  # fmt: skip
LEFT = {
    "a generator": drawn(), "of a thread": threading.local(), "no attribute": NoAttribute(), "a lying class": LyingClass(),
    "of an unwilling class": Unwilling(), "an unwilling class": Unwilling, "nameless": nameless(), "a module": math,
    "unreadable": Unreadable(), "unpicklable": Unpicklable(), "code": itself.__code__, "memory": memoryview(b"ab"),
    "a thread": threading.current_thread(), "deeply nested": nested(5_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALED)
def test_whatever_can_travel_is_healed(model, name):
    """It is of no matter to the function, so it must be of none to us."""
    share, x = sharing(model(SHARE)), HEALED[name]
    assert [share(x, 2), share(x, 4)] == [0.5, 0.25]
    assert share(x, 0) == 0.0


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_travel_is_said_and_the_original_exception_survives(model, name):
    """In words, at once, without a request; the repair does not break down."""
    provider, x = model(SHARE), LEFT[name]
    share = sharing(provider)
    assert [share(x, 2), share(x, 4)] == [0.5, 0.25]
    with pytest.raises(FlatlineError, match="its arguments c") as info:
        share(x, 0)
    assert type(info.value.__cause__) is ZeroDivisionError
    assert "broke down" not in str(info.value)
    assert provider.requests == 0


@pytest.mark.parametrize("x", [[0] * 300_000, b"x" * 20_000_000], ids=["parts", "bytes"])
def test_what_is_too_large_to_come_back_is_said_before_anybody_is_asked(model, x):
    """Every suggestion would be refused for it."""
    provider = model(SHARE)
    share = sharing(provider)
    assert share(x, 2) == 0.5
    with pytest.raises(FlatlineError, match=r"its arguments (have|take) .* could not come back"):
        share(x, 0)
    assert provider.requests == 0


def test_a_long_list_that_the_call_did_change_is_put_back(model):
    """Numbers hold nothing else, however many there are."""

    @resurrect(
        provider=model("def drain(xs):\n    xs.append(0)\n    return sum(x for x in xs if x is not None)"),
        store=Store(),
    )
    def drain(xs):
        xs.append(0)
        return sum(xs)

    mine = [*range(10_000), None]
    assert drain(mine) == 49_995_000
    assert mine[9_999:] == [9_999, None, 0]


class Ledger:
    """An object that threads share, as most that live long do."""

    def __init__(self):
        self.lock, self.reentrant, self.changed = threading.Lock(), threading.RLock(), threading.Condition()
        self.counts = {"a": 1}

    def bump(self, key):
        """Count a key, which is new or known."""
        with self.lock, self.reentrant, self.changed:
            self.counts[key] += 1
            return self.counts[key]


def test_a_method_of_an_object_that_holds_locks_is_healed(model):
    """Its fix runs under the caller's own locks, and was tried under new ones, which nobody held."""
    text = (
        "def bump(self, key):\n    with self.lock, self.reentrant, self.changed:\n"
        "        self.counts[key] = self.counts.get(key, 0) + 1\n        return self.counts[key]"
    )
    bump = resurrect(provider=model(text), store=Store())(Ledger.bump)
    ledger = Ledger()
    lock = ledger.lock
    assert [bump(ledger, "a"), bump(ledger, "a")] == [2, 3]
    assert bump(ledger, "b") == 1
    assert ledger.counts == {"a": 3, "b": 1}
    assert ledger.lock is lock
    assert not lock.locked()
