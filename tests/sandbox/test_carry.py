"""What travels into the sandbox, how, and what is said of what cannot."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import pickle
import subprocess
import sys
import threading
import types
from pathlib import Path

import pytest

from fukkatsu._oracle import values
from fukkatsu._sandbox import arrive, carry
from fukkatsu.errors import CarryError

LOCK = threading.Lock()
FLOW = (i for i in ())
RATE = 3
MISSING = object()


class Unset:
    pass


UNSET = Unset()
TABLE = {"a": 1}


@dataclasses.dataclass
class Order:
    price: float


class Colour(enum.Enum):
    RED = 1


class Service:
    flow = FLOW

    def charge(self, order):
        return order.price * RATE


def double(x):
    return 2 * x


def original(n):
    if n == 0:
        return FLOW
    return [double(n), json.dumps(n), math.pi, Colour.RED.name, Order(1.0).price, wrapper.__name__, TABLE]


def wrapper(n):
    return original(n)


wrapper.__fukkatsu_original__ = wrapper.__wrapped__ = original  # as the decorator leaves it


def read_elsewhere(data: bytes, expression: str) -> str:
    """Unpickle in a process that has none of the user's modules, and evaluate *expression* over ``it``."""
    source = str(Path(carry.__file__).parents[2])
    code = (
        "import sys,pickle;sys.path[:0]=sys.argv[1:2];it=pickle.loads(sys.stdin.buffer.read());print(eval(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, source, expression], input=data, capture_output=True, check=False
    )
    return done.stdout.decode().strip() or done.stderr.decode()


def test_a_function_arrives_with_its_helpers_classes_and_modules():
    """Where none of the user's files is."""
    said = read_elsewhere(carry.carry(original), "it(2)")
    assert said == str([4, "2", math.pi, "RED", 1.0, "original", {"a": 1}])


def test_a_wrapper_travels_as_the_function_it_wraps():
    """The decorator itself stays at home."""
    assert read_elsewhere(carry.carry(wrapper), "it.__name__") == "original"


def test_what_a_function_refers_to_and_cannot_travel_is_named_when_it_is_used():
    """Everything else of the function works."""
    assert read_elsewhere(carry.carry(original), "it(0)") == "<FLOW: not in the sandbox>"
    assert "NameError: 'FLOW' did not travel into the sandbox" in read_elsewhere(carry.carry(original), "it(0).send(1)")


def test_a_lock_that_a_function_refers_to_arrives_as_a_new_one():
    """Held or not, and as one where it was one."""
    with LOCK:
        scope = carry.carry_scope({"a": LOCK, "b": LOCK, "r": threading.RLock(), "bad": FLOW})
    assert read_elsewhere(scope, "it['a'] is it['b'], it['a'].acquire(), it['r'].acquire()") == "(True, True, True)"


def test_a_lock_in_an_argument_arrives_as_a_new_one_unless_the_call_is_to_count():
    """Every object that threads share holds one, and a trial has no other threads. A call that is served has."""
    shared = {"lock": LOCK, "again": [LOCK], "changed": threading.Condition(), "ready": threading.Event()}
    with LOCK:
        call = carry.carry_call((shared,), {})
    asked = "it[0][0]['lock'] is it[0][0]['again'][0], it[0][0]['lock'].acquire(), it[0][0]['ready'].is_set()"
    assert read_elsewhere(call, asked) == "(True, True, False)"
    with pytest.raises(CarryError, match="positional argument 1"):
        carry.carry_call((shared,), {}, locks=False)


def test_a_class_arrives_without_the_attribute_that_cannot_travel():
    """And its methods work."""
    said = read_elsewhere(carry.carry_call((Service(), Order(2.0)), {}), "it[0][0].charge(it[0][1])")
    assert said == "6.0"


def test_a_scope_loses_only_the_names_that_cannot_travel():
    """One by one."""
    scope = carry.carry_scope({"FLOW": FLOW, "double": double, "json": json, "n": 5, "bad": (i for i in ())})
    assert read_elsewhere(scope, "it['double'](it['n']), it['json'].dumps(1)") == "(10, '1')"
    assert read_elsewhere(scope, "it['FLOW'], it['bad']") == "(<FLOW: not in the sandbox>, <bad: not in the sandbox>)"


def test_objects_shared_within_a_call_or_a_scope_stay_shared():
    """Aliasing is part of what a call means."""
    shared = [1]
    assert (
        read_elsewhere(
            carry.carry_call((shared, {"a": shared}), {"k": shared}), "it[0][0] is it[0][1]['a'] is it[1]['k']"
        )
        == "True"
    )
    assert read_elsewhere(carry.carry_scope({"a": shared, "b": shared, "c": FLOW}), "it['a'] is it['b']") == "True"


def test_a_users_module_travels_as_its_members():
    """What it holds that can; modules inside it by name."""
    module = types.ModuleType("shop_rules")
    exec("import math\nLIMIT = 10\ndef cap(x):\n    return min(x, LIMIT, math.inf)\n", vars(module))
    sys.modules["shop_rules"] = module
    try:
        assert (
            read_elsewhere(carry.carry_scope({"rules": module}), "it['rules'].cap(99), it['rules'].LIMIT") == "(10, 10)"
        )
    finally:
        del sys.modules["shop_rules"]


@pytest.mark.parametrize(
    ("args", "kwargs", "named"),
    [
        ((1, threading.local()), {}, "positional argument 2 (of type _local)"),
        ((), {"rows": (i for i in ())}, "argument 'rows' (of type generator)"),
        ((sys.stdout,), {}, "positional argument 1"),
        (([{"deep": threading.local()}],), {}, "positional argument 1 (of type list)"),
    ],
)
def test_an_argument_that_cannot_travel_is_named(args, kwargs, named):
    """By position or name, with its type and the reason."""
    with pytest.raises(CarryError) as caught:
        carry.carry_call(args, kwargs)
    assert named in str(caught.value)


def test_an_open_file_does_not_travel_as_its_contents(tmp_path):
    """cloudpickle alone would read it."""
    path = tmp_path / "secret"
    path.write_text("contents")
    with open(path) as file, pytest.raises(CarryError, match="open file"):
        carry.carry(file)


def test_an_object_whose_pickling_raises_anything_is_a_carry_error():
    """Whatever its ``__reduce__`` does."""

    class Stubborn:
        def __reduce__(self):
            raise ZeroDivisionError("no")

    with pytest.raises(CarryError, match="positional argument 1"):
        carry.carry_call((Stubborn(),), {})


def test_carrying_leaves_the_hosts_objects_alone():
    """No attribute is added, no registry changed."""
    before = dict(vars(Order)), dict(vars(original))
    carry.carry(original)
    carry.carry_call((Order(1.0),), {})
    assert (dict(vars(Order)), dict(vars(original))) == before


def test_a_local_class_and_its_objects_arrive(trial):
    """With the same name in the canonical encoding as in the host."""

    @dataclasses.dataclass
    class Local:
        size: int

    run = trial(lambda value: value, (Local(3),))
    assert run.outcomes[0].value == values.encode(Local(3)).text
    assert run.outcomes[0].returned_argument == "0"


def test_a_missing_value_refuses_every_use():
    """Whatever is done with it, it says its name."""
    missing = arrive.missing("db", "it is a connection", "callable")
    for use in (
        lambda m: m(),
        lambda m: m.execute,
        lambda m: m[0],
        lambda m: m + 1,
        iter,
        len,
        bool,
        int,
        lambda m: m < 1,
    ):
        with pytest.raises(NameError, match="'db' did not travel into the sandbox: it is a connection"):
            use(missing)
    assert repr(pickle.loads(pickle.dumps(missing))) == "<db: not in the sandbox>"


@pytest.mark.parametrize("mark", [MISSING, UNSET])
def test_a_mark_that_is_compared_by_identity_is_one_object_wherever_it_arrives(mark):
    """``if scale is MISSING``: the default, the global and an argument are carried apart from each other."""
    default = pickle.loads(carry.carry(((mark,), None)))[0][0]
    scope = pickle.loads(carry.carry_scope({"MARK": mark}))
    args, _ = pickle.loads(carry.carry_call((mark, [mark]), {}))
    assert default is scope["MARK"] is args[0] is args[1][0]
    assert type(default).__name__ == type(mark).__name__
    assert pickle.loads(carry.carry(object())) is not default


def test_a_mark_arrives_empty_each_time():
    """What one call gave it is not there for the next: calls are independent of each other."""
    pickled = carry.carry(UNSET)
    pickle.loads(pickled).seen = 1
    assert not vars(pickle.loads(pickled))
    own = Unset()
    assert pickle.loads(carry.carry(own)) is not pickle.loads(carry.carry(own))  # nobody's constant: a new one
