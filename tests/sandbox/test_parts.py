"""What pickle knows by a name in a user's module arrives as what it is made of, where no such module is."""

from __future__ import annotations

import enum
import functools
import pickle
import subprocess
import sys
import types
import typing
from pathlib import Path

import pytest

from fukkatsu import Call, verify
from fukkatsu._sandbox import arrive, carry
from fukkatsu.errors import CarryError

T = typing.TypeVar("T", bound="Shape")
P = typing.ParamSpec("P")
UserId = typing.NewType("UserId", int)


class Nothing:
    """As libraries make them: it pickles as the name of the module's only one."""

    def __init__(self):
        self.said = "nothing"

    def __reduce__(self):
        return "NOTHING"


class Alone:
    only: typing.ClassVar[Alone | None] = None

    def __new__(cls):
        cls.only = cls.only or super().__new__(cls)
        return cls.only

    def __reduce__(self):
        return "ALONE"


class Exact(int):
    def __reduce__(self):
        return "EXACT"


NOTHING, ALONE, EXACT = Nothing(), Alone(), Exact(3)


@functools.lru_cache(maxsize=7, typed=True)
def tripled(n):
    return 3 * n


@functools.cache
def factorial(n):
    return n * factorial(n - 1) if n else 1


@functools.singledispatch
def shown(value):
    return "anything"


@shown.register
def _(value: int):
    return f"whole {value}"


@shown.register(list)
def _(value):
    return [shown(each) for each in value]


class Shape:
    @functools.cached_property
    def area(self):
        return tripled(4)

    @functools.lru_cache
    def scaled(self, n):
        return n * 2

    @functools.singledispatchmethod
    def told(self, value):
        return "other"

    @told.register
    def _(self, value: str):
        return "text"

    doubled = functools.partialmethod(scaled, 2)


@enum.global_enum
class Flag(enum.IntFlag):
    ON = 1


added = functools.partial(lambda a, b: a + b, 5)


@functools.lru_cache
@functools.wraps(tripled)
def kept(n):
    return tripled(n) + 1


kept.stream = (each for each in ())


def uses(n: UserId) -> object:
    shape = Shape()
    return [
        tripled(n), factorial(n), shown(n), shown([n, "a"]), shown(""), shape.area, shape.area, shape.scaled(n),
        shape.doubled(), shape.told(""), shape.told(n), added(n), kept(n), NOTHING is n, UserId(n), Flag.ON.value,
    ]  # fmt: skip


def read_elsewhere(data: bytes, expression: str) -> str:
    """Unpickle in a process that has none of the user's modules, and evaluate *expression* over ``it``."""
    source = str(Path(carry.__file__).parents[2])
    code = (
        "import sys,pickle;sys.path[:0]=sys.argv[1:2];it=pickle.loads(sys.stdin.buffer.read());print(eval(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, source, expression]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    return done.stdout.decode().strip() or done.stderr.decode()


def test_a_function_arrives_with_all_that_functools_made_for_it():
    """Caches, generic functions, lazy attributes, partial functions."""
    assert read_elsewhere(carry.carry(uses), "it(3)") == str(uses(3))


@pytest.mark.parametrize(
    ("value", "expression", "expected"),
    [
        (tripled, "it.cache_parameters(), it.__name__, it.__module__, it(2)", ({"maxsize": 7, "typed": True}, "tripled", __name__, 6)),
        (tripled, "it.cache_info().currsize, it.__wrapped__(1)", (0, 3)),
        (factorial, "it(5), it.cache_info().currsize", (120, 6)),
        (shown, "sorted(c.__name__ for c in it.registry), it.__qualname__, it([1])", (["int", "list", "object"], "shown", ["whole 1"])),
        (UserId, "it.__name__, it.__module__, it.__supertype__", ("UserId", __name__, int)),
        (T, "it.__name__, type(it).__name__", ("T", "TypeVar")),
        (P, "it.__name__, type(it).__name__", ("P", "ParamSpec")),
        (NOTHING, "it.said, type(it).__name__", ("nothing", "Nothing")),
        (ALONE, "type(it).__name__", "Alone"),
        (Flag.ON, "it.value, type(it).__name__", (1, "Flag")),
    ],
)  # fmt: skip
def test_what_is_known_by_a_name_arrives_as_what_it_is_made_of(value, expression, expected):
    """Whether it stands alone, or in an argument."""
    assert read_elsewhere(carry.carry(value), expression) == str(expected)
    assert read_elsewhere(carry.carry_call(([value],), {}), expression.replace("it.", "it[0][0][0].")
                          .replace("it(", "it[0][0][0](").replace("(it)", "(it[0][0][0])")) == str(expected)  # fmt: skip


def test_what_is_known_by_a_name_is_one_object_wherever_it_arrives():
    """A default, a global and an argument are carried apart from each other."""
    first, second = (pickle.loads(carry.carry(NOTHING)) for _ in range(2))
    assert first is second
    assert first.said == "nothing"


def test_what_cannot_be_made_anew_is_missing_by_its_name():
    """One global less, and never the whole function."""
    scope = carry.carry_scope({"EXACT": EXACT, "tripled": tripled})
    assert read_elsewhere(scope, "it['EXACT'], it['tripled'](1)") == "(<EXACT: not in the sandbox>, 3)"
    with pytest.raises(CarryError, match="it is known by name only"):
        carry.carry_call((EXACT,), {})


def test_what_an_installed_package_has_too_is_found_there(monkeypatch):
    """``from package import its_function``: pickle asks for the first module that has it, which may be the user's."""
    package = types.ModuleType("installed_package")
    package.__file__ = "/x/site-packages/installed_package.py"
    package.EXACT = EXACT
    monkeypatch.setitem(sys.modules, "installed_package", package)
    loaded = pickle.loads(carry.carry(EXACT))
    assert loaded is EXACT
    assert arrive.member.__name__.encode() in carry.carry(EXACT)


def share(n):
    """Share."""
    tripled(1)
    shown(n)
    return 1 / n


def test_a_function_that_names_cached_helpers_of_its_module_is_healed():
    """Through the whole gauntlet, without an import of the user's module."""
    fix = "def share(n):\n    tripled(1)\n    shown(n)\n    return 1 / n if n else 0.0\n"
    report = verify(fix, share, failure=Call((0,)), good_calls=[Call((1,)), Call((2,))])
    assert report.accepted, report
