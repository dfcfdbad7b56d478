"""Objects and exceptions whose own code is of no use to whoever looks at them: the function's exception survives."""

from __future__ import annotations

import asyncio
import dataclasses
import pickle
import signal
import threading

import pytest

from fukkatsu import FlatlineError, Store, resurrect, wait

ODD = None  # put in place by a test
EXITS = [SystemExit, GeneratorExit, asyncio.CancelledError]


def failing(provider, **told):
    @resurrect(provider=provider, store=Store(), attempts=1, on_flatline="original", **told)
    def share(x, y):
        return 1 / y

    return share


def unseen(share):
    """Until nobody looks at arguments before the call any more."""
    while share.fukkatsu.recorder.armed:
        share(1, 2)


def raising(method, error):
    def fails(self, *_):
        raise error()

    return type("Odd", (), {method: fails, "items": ()})()


@pytest.mark.parametrize("error", EXITS)
@pytest.mark.parametrize("method", ["__reduce_ex__", "__getstate__", "__repr__", "__iter__", "__len__", "__eq__"])
@pytest.mark.parametrize("seen", [True, False])
def test_an_argument_that_ends_the_program_when_looked_at_does_not_end_it(model, method, error, seen):
    """Good calls are recorded as ever, and a failure is the function's own."""
    share, odd = failing(model("no")), raising(method, error)
    if seen:
        assert share(odd, 2) == 0.5
    else:
        unseen(share)
    with pytest.raises(ZeroDivisionError):
        share(odd, 0)
    with pytest.raises(ZeroDivisionError):
        share([odd, {1: odd}], 0)


def test_an_argument_that_cancels_does_not_cancel_the_task_that_looks_at_it(model):
    """Nothing awaits while arguments are looked at, so it is no cancellation of the task's."""

    @resurrect(provider=model("no"), store=Store(), attempts=1, on_flatline="original")
    async def share(x, y):
        return 1 / y

    with pytest.raises(ZeroDivisionError):
        asyncio.run(share(raising("__reduce_ex__", asyncio.CancelledError), 0))


@pytest.mark.parametrize("error", EXITS)
def test_a_global_that_ends_the_program_when_it_is_copied_stays_behind(model, error, monkeypatch):
    """It is missing in the sandbox, as a socket would be; the function is healed."""
    monkeypatch.setitem(globals(), "ODD", raising("__reduce_ex__", error))

    @resurrect(provider=model("def first(x):\n    return x[0] if x else ODD and None"), store=Store())
    def first(x):
        return x[0] if x is not None else ODD

    assert first([1]) == 1
    with pytest.raises(FlatlineError) as info:
        first([])
    assert type(info.value.__cause__) is IndexError
    assert "broke down" not in str(info.value)


def test_an_argument_that_ends_the_program_is_not_healed_for_in_the_background(model):
    """The caller has its own exception at once there, too."""
    share = failing(model("no"), when="background")
    with pytest.raises(ZeroDivisionError):
        share(raising("__reduce_ex__", SystemExit), 0)
    assert wait(20)


def test_a_keyboard_interrupt_goes_on(model):
    """Whoever raises it, it is the user's; the function's exception is its context."""
    share = failing(model("no"))
    unseen(share)
    with pytest.raises(KeyboardInterrupt) as info:
        share(raising("__reduce_ex__", KeyboardInterrupt), 0)
    assert isinstance(info.value.__context__, ZeroDivisionError)


class Interrupted:
    """Copying it is what a signal comes in the midst of."""

    def __reduce_ex__(self, protocol):
        signal.raise_signal(signal.SIGTERM)
        return (Interrupted, ())


def leave(number, frame):
    raise SystemExit(number)


def test_a_signal_handler_that_ends_the_program_ends_it(model):
    """SIGTERM may come while an argument is copied: it is nobody's but the program's."""
    share = failing(model("no"))
    unseen(share)
    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(SystemExit):
            share([Interrupted()], 0)
    finally:
        signal.signal(signal.SIGTERM, before)


class NoText(Exception):
    def __str__(self):
        return f"code {self.code}"


class EndsInText(Exception):
    def __str__(self):
        raise SystemExit(3)


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    code: int = 1


class NoNotes(Exception):
    def add_note(self, note):
        raise RuntimeError("no notes")


class OddNotes(Exception):
    __notes__ = "none"


class EndsInNotes(Exception):
    def __setattr__(self, name, value):
        raise SystemExit(4)


class LyingClass(Exception):
    @property
    def __class__(self):
        return int


class NoEquality(Exception):
    def __eq__(self, *_):
        raise RuntimeError("compared")

    __hash__ = __reduce_ex__ = __eq__


ODD_ERRORS = [NoText, EndsInText, Frozen, NoNotes, OddNotes, EndsInNotes, LyingClass, NoEquality]


@pytest.mark.parametrize("kind", ODD_ERRORS)
@pytest.mark.parametrize("told", ["original", "raise"])
def test_an_exception_reaches_the_caller_whatever_it_is_like(model, kind, told):
    """Frozen, mute, or unwilling to be written on."""

    @resurrect(provider=model("no"), store=Store(), attempts=1, on_flatline=told)
    def fails(x):
        raise kind

    for argument in (1, [1]):
        with pytest.raises((kind, FlatlineError)) as info:
            fails(argument)
        assert (type(info.value) if told == "original" else type(info.value.__cause__)) is kind
        assert str(info.value) if told == "raise" else True


@pytest.mark.parametrize("kind", ODD_ERRORS)
def test_an_exception_of_a_coroutine_reaches_its_caller_whatever_it_is_like(model, kind):
    """The flow for tasks ends in the same words."""

    @resurrect(provider=model("no"), store=Store(), attempts=1, on_flatline="original")
    async def fails(x):
        raise kind

    with pytest.raises(kind):
        asyncio.run(fails(1))


@pytest.mark.parametrize("kind", [kind for kind in ODD_ERRORS if kind is not LyingClass])  # it cannot travel
def test_a_function_that_raises_an_odd_exception_is_healed(model, kind):
    """In the sandbox, too, such an exception is an outcome like any other."""

    @resurrect(provider=model("def fails(x):\n    if x is None:\n        return 0\n    return x"), store=Store())
    def fails(x):
        if x is None:
            raise kind
        return x

    assert fails(1) == 1
    assert fails(None) == 0


def test_a_flatline_from_a_mute_exception_can_be_shown_and_travels():
    """To a log, and to the queue that a worker answers through."""
    flatline = FlatlineError("f", "why", (), NoText())
    assert "NoText: <no text: its __str__ raised AttributeError>" in str(flatline)
    assert str(pickle.loads(pickle.dumps(flatline)))


METHODS = {
    "__reduce_ex__": pickle.dumps, "__getstate__": pickle.dumps, "__repr__": repr, "__eq__": lambda odd: odd == 1,
    "__hash__": hash, "__iter__": list, "__len__": len, "__bool__": bool,
    "__getattribute__": lambda odd: odd.anything, "__getattr__": lambda odd: odd.anything,
}  # fmt: skip


@pytest.mark.parametrize("told", ["original", "background"])
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_looking_at_its_object_calls_is_repaired_once(method, told):
    """The look itself calls it again: that is part of the repair, and starts none."""
    asked = threading.Lock()
    requests = []

    def provider(messages):
        with asked:
            requests.append(messages)
        return "no"

    more = {"when": "background"} if told == "background" else {}
    decorate = resurrect(provider=provider, store=Store(), attempts=1, on_flatline="original", **more)
    odd = ODD_CLASSES[method](decorate)()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            METHODS[method](odd)
        assert wait(60)
    assert len(requests) <= 1


def reduce_ex(decorate):
    class Odd:
        @decorate
        def __reduce_ex__(self, protocol):
            return 1 // 0

    return Odd


def getstate(decorate):
    class Odd:
        @decorate
        def __getstate__(self):
            return 1 // 0

    return Odd


def repr_(decorate):
    class Odd:
        @decorate
        def __repr__(self):
            return 1 // 0

    return Odd


def eq(decorate):
    class Odd:
        @decorate
        def __eq__(self, other):
            return 1 // 0

        __hash__ = object.__hash__

    return Odd


def hash_(decorate):
    class Odd:
        @decorate
        def __hash__(self):
            return 1 // 0

    return Odd


def iter_(decorate):
    class Odd:
        @decorate
        def __iter__(self):
            return 1 // 0

    return Odd


def len_(decorate):
    class Odd:
        @decorate
        def __len__(self):
            return 1 // 0

    return Odd


def bool_(decorate):
    class Odd:
        @decorate
        def __bool__(self):
            return 1 // 0

    return Odd


def getattribute(decorate):
    class Odd:
        @decorate
        def __getattribute__(self, name):
            return 1 // 0

    return Odd


def getattr_(decorate):
    class Odd:
        @decorate
        def __getattr__(self, name):
            return 1 // 0

    return Odd


ODD_CLASSES = dict(
    zip(METHODS, (reduce_ex, getstate, repr_, eq, hash_, iter_, len_, bool_, getattribute, getattr_), strict=True)
)
