"""The wrapper looks like its function, calls it the same way, and costs a try."""

from __future__ import annotations

import inspect
import pickle
import traceback

import pytest

from fukkatsu._wrap.factory import WRAPPER_FILENAME, make_wrapper


def wrapped(function, handle=None):
    def fail(error, args, kwargs):
        raise error

    return make_wrapper(function, handle or fail, Exception)


def shapes():
    def nothing():
        return ()

    def plain(a, b, c):
        return a, b, c

    def defaults(a, b=2, *, c=3):
        return a, b, c

    def positional_only(a, b=5, /, c=6, *, d):
        return a, b, c, d

    def variadic(*args, **kwargs):
        return args, kwargs

    def everything(a, /, b, *args, c=1, d, **kwargs):
        return a, b, args, c, d, kwargs

    def clashing(inner_, handle_, catch_, error_=1, *, inner__=2):
        return inner_, handle_, catch_, error_, inner__

    def wrapper(set_inner, make):
        return set_inner, make

    return [
        (nothing, (), {}),
        (plain, (1, 2, 3), {}),
        (plain, (1,), {"c": 3, "b": 2}),
        (defaults, (1,), {}),
        (defaults, (1, 9), {"c": 8}),
        (positional_only, (1,), {"d": 4}),
        (positional_only, (1, 2, 3), {"d": 4}),
        (variadic, (1, 2), {"x": 3}),
        (everything, (1, 2, 3, 4), {"d": 5, "e": 6}),
        (clashing, (1, 2, 3), {"inner__": 7}),
        (wrapper, (1, 2), {}),
    ]


@pytest.mark.parametrize(("function", "args", "kwargs"), shapes(), ids=lambda v: getattr(v, "__name__", None))
def test_a_wrapper_answers_as_its_function_does(function, args, kwargs):
    """Every kind of parameter arrives as it was passed."""
    wrapper, _ = wrapped(function)
    assert wrapper(*args, **kwargs) == function(*args, **kwargs)


@pytest.mark.parametrize(("function", "args", "kwargs"), shapes(), ids=lambda v: getattr(v, "__name__", None))
def test_a_wrapper_has_the_exact_signature_of_its_function(function, args, kwargs):
    """Not through `__wrapped__` only: the code object itself has it."""
    wrapper, _ = wrapped(function)
    assert inspect.signature(wrapper, follow_wrapped=False) == inspect.signature(function)
    assert (wrapper.__name__, wrapper.__qualname__, wrapper.__module__) == (
        function.__name__,
        function.__qualname__,
        function.__module__,
    )
    assert wrapper.__wrapped__ is function


@pytest.mark.parametrize(("function", "args", "kwargs"), shapes(), ids=lambda v: getattr(v, "__name__", None))
def test_the_handler_gets_the_arguments_in_a_form_that_calls_the_function_again(function, args, kwargs):
    """What the handler is given binds to the same values as what the caller passed."""
    seen = []

    def handle(error, given, named):
        seen.append((given, named))
        return "healed"

    wrapper, set_inner = wrapped(function, handle)

    def raising(*_args, **_kwargs):
        raise ValueError

    set_inner(raising)
    assert wrapper(*args, **kwargs) == "healed"
    given, named = seen[0]
    assert function(*given, **named) == function(*args, **kwargs)


def test_a_wrong_call_is_a_plain_type_error_and_never_handled():
    """A caller who passes too many arguments is told so, by name, as without us."""
    handled = []
    wrapper, _ = wrapped(shapes()[1][0], lambda *a: handled.append(a))
    with pytest.raises(TypeError, match=r"plain\(\) takes 3 positional arguments but 4 were given"):
        wrapper(1, 2, 3, 4)
    assert not handled


def test_mutable_defaults_are_the_very_objects_of_the_function():
    """A function that keeps state in a default goes on doing so."""

    def remember(item, memory=[]):
        memory.append(item)
        return memory

    wrapper, _ = wrapped(remember)
    wrapper(1)
    assert wrapper(2) == [1, 2]
    assert wrapper.__defaults__[0] is remember.__defaults__[0]


def test_base_exceptions_pass_straight_through():
    """KeyboardInterrupt, SystemExit and cancellation are nobody's failure."""
    handled = []

    def interrupted():
        raise KeyboardInterrupt

    wrapper, _ = wrapped(interrupted, lambda *a: handled.append(a))
    with pytest.raises(KeyboardInterrupt):
        wrapper()
    assert not handled


def test_wrappers_of_one_shape_do_not_share_their_code():
    """Sharing would share the inline caches, and with them the speed."""
    plain = shapes()[1][0]
    one, _ = wrapped(plain)
    other, _ = wrapped(plain)
    assert one.__code__ is not other.__code__


def test_the_frame_of_a_wrapper_can_be_told_from_the_users_frames():
    """Tracebacks for people and models leave it out by its file name."""

    def broken():
        return 1 / 0

    wrapper, _ = wrapped(broken)
    with pytest.raises(ZeroDivisionError) as info:
        wrapper()
    files = [frame.filename for frame in traceback.extract_tb(info.value.__traceback__)]
    assert WRAPPER_FILENAME in files


def module_level(x):
    return x


module_level, _ = wrapped(module_level)


def test_a_wrapped_module_level_function_pickles_by_name():
    """Process pools send functions by name; the name leads to the wrapper."""
    assert pickle.loads(pickle.dumps(module_level)) is module_level
