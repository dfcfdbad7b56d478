"""Generated inputs: near what was seen, from annotations, from literals, permitted by ``pre:``."""

from __future__ import annotations

import collections.abc
import datetime
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._oracle.domains import Bounds, NoDomainError, strategy
from fukkatsu._oracle.hints import hints_of
from fukkatsu._oracle.inputs import Inputs


class _Incomparable:
    def __eq__(self, other):
        raise ValueError("The truth value of an array with more than one element is ambiguous")

    __hash__ = object.__hash__


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: float = 0.0


class Record(TypedDict):
    name: str
    size: int


@dataclass(frozen=True)
class Ge:
    ge: int


@dataclass(frozen=True)
class Field:
    """Shaped like pydantic's ``Field``: constraints in ``metadata``."""

    metadata: tuple[Any, ...]


UserId = NewType("UserId", int)


@pytest.mark.parametrize(
    ("hint", "check"),
    [
        (int, lambda v: type(v) is int),
        (bool, lambda v: type(v) is bool),
        (float, lambda v: type(v) is float),
        (str, lambda v: type(v) is str),
        (bytes, lambda v: type(v) is bytes),
        (None, lambda v: v is None),
        (list[int], lambda v: type(v) is list and all(type(i) is int for i in v)),
        (collections.abc.Sequence[str], lambda v: type(v) is list and all(type(i) is str for i in v)),
        (collections.abc.Mapping[str, int], lambda v: type(v) is dict),
        (dict[str, list[int]], lambda v: type(v) is dict),
        (set[int], lambda v: type(v) is set),
        (tuple[int, str], lambda v: type(v) is tuple and len(v) == 2),
        (tuple[int, ...], lambda v: type(v) is tuple),
        (int | None, lambda v: v is None or type(v) is int),
        (Literal["a", 3], lambda v: v in ("a", 3)),
        (Colour, lambda v: v in Colour),
        (Point, lambda v: type(v) is Point and type(v.y) is float),
        (Record, lambda v: v.keys() == {"name", "size"}),
        (UserId, lambda v: type(v) is int),
        (datetime.date, lambda v: type(v) is datetime.date),
        (Decimal, lambda v: type(v) is Decimal),
        (Annotated[int, Ge(5)], lambda v: v >= 5),
        (Annotated[int, Field((Ge(5),))], lambda v: v >= 5),
    ],
)
def test_an_annotation_generates_values_of_its_type(hint, check):
    """The plain type each time: no ChainMap for a Mapping, no bytes for a Sequence, no negatives under ``ge=0``."""

    @given(strategy(hint))
    def every(value):
        assert check(value)

    every()


@pytest.mark.parametrize("hint", [list, dict, list[int], tuple])
def test_bare_containers_are_not_always_empty(hint):
    """Hypothesis' own ``from_type(list)`` draws nothing but ``[]``."""
    sizes = set()

    @given(strategy(hint))
    def every(value):
        sizes.add(len(value))

    every()
    assert len(sizes) > 1


@pytest.mark.parametrize("hint", [Any, object, collections.abc.Callable[[int], int], type("Odd", (), {})])
def test_an_annotation_that_says_nothing_has_no_domain(hint):
    """Observed values are drawn from instead."""
    with pytest.raises(NoDomainError):
        strategy(hint)


def test_bounds_say_what_is_violated():
    """For the refusal."""
    assert "5" in Bounds.read((Ge(5),)).violated(4)
    assert Bounds.read((Ge(5),)).violated(5) is None


def loader(*args, **kwargs):
    return lambda: (args, kwargs)


def pick(xs, k, mode="first"):
    return xs[k]


def generate(function, *calls, count=60, failing=True, **options):
    return Inputs(function, calls, failing=failing, **options).generate(count, 5.0)


CALLS = [loader([1, 2], 2), loader([1, 2, 3], 0), loader([5], 0), loader([7, 8, 9, 9], 3), loader([2, 4], 1)]


def test_every_kind_of_input_is_made_and_each_only_once():
    """Neighbours of the failing call, calls near the others, probes, and larger ones."""
    made = generate(pick, *CALLS, literals=[0, 1])
    kinds = Counter(one.origin for one in made)
    assert {"neighbour", "around", "larger"} <= kinds.keys()
    assert len({repr((one.args, one.kwargs)) for one in made}) == len(made)


def test_recorded_calls_are_not_generated_again():
    """They are replayed anyway."""
    known = {repr(load()) for load in CALLS}
    assert not known & {repr((one.args, one.kwargs)) for one in generate(pick, *CALLS)}


def test_a_precondition_keeps_inputs_out():
    """What ``pre:`` forbids is nobody's input."""
    made = generate(pick, *CALLS, permitted=lambda arguments: arguments["k"] > 0)
    assert made
    assert all(dict(zip(("xs", "k"), one.args, strict=False)).get("k", 1) > 0 for one in made)


def typed(n: int, name: str = "x") -> str:
    return name * (10 // n)


def test_annotations_suffice_without_any_call():
    """And with calls, they fill what redrawing them leaves."""
    alone = generate(typed, failing=False, hints=hints_of(typed, {}))
    assert len(alone) >= 50
    assert all(one.within for one in alone)
    beside = generate(typed, loader(0), loader(3), hints=hints_of(typed, {}))
    assert any(one.origin == "domain" for one in beside)


def ratio(a: float, b: float) -> float:
    return a / b


def test_what_an_annotation_draws_in_the_range_of_what_was_seen_binds():
    """Whole numbers and fractions are one kind there. That no call had both alike is a rule, too."""
    made = generate(ratio, loader(1, 0), loader(1, 2), loader(9, 3), loader(-3, 2), hints=hints_of(ratio, {}))
    drawn = [one for one in made if one.origin == "domain"]
    inside = [one for one in drawn if -3 <= one.args[0] <= 9 and 0 <= one.args[1] <= 3 and one.args[0] != one.args[1]]
    assert inside
    assert all(one.within for one in inside)
    assert not any(one.within for one in drawn if one not in inside)
    assert sum(type(n) is float for one in made if one.within for n in one.args) > len(made) // 5


class Event:
    def __init__(self, at, prio):
        self.at, self.prio = at, prio


def earlier(one, other):
    return (one.at, one.prio) < (other.at, other.prio)


def test_objects_of_one_class_that_are_compared_are_drawn_from_both_sides():
    """What was passed on the left may be passed on the right: else no two would ever be equal."""
    calls = [loader(Event(1, 1), Event(4, 2)), loader(Event(2, 1), Event(4, 3))]
    made = generate(earlier, *calls, failing=False)
    rows = [(vars(one.args[0]), vars(one.args[1])) for one in made if one.within]
    assert any(one == other for one, other in rows)
    assert any(one["at"] > other["at"] for one, other in rows)


def bare(thing, *, flag):
    return thing


def test_it_says_why_nothing_can_be_generated():
    """Neither a call nor an annotation says what the arguments may be."""
    source = Inputs(bare, [], failing=False, hints=hints_of(bare, {}))
    assert source.reason_for_none() == "no call has been seen, and no annotation says what thing, flag may be"
    assert Inputs(typed, [], failing=False, hints=hints_of(typed, {})).reason_for_none() is None
    assert Inputs(bare, [loader(1, flag=True)], failing=True).reason_for_none() is None


def forward(x: int, y: Missing):  # noqa: F821 - the point
    return x


def test_one_annotation_that_cannot_be_evaluated_costs_no_other():
    """``from __future__ import annotations`` makes all of them strings."""
    assert hints_of(forward, {}) == {"x": int}
    assert hints_of(forward, {"Missing": str}) == {"x": int, "y": str}


@given(st.integers(0, 2**32))
def test_a_seed_repeats_its_inputs(seed):
    """The same function, calls and seed give the same inputs in each process."""
    first, second = (generate(pick, *CALLS, count=10, seed=seed) for _ in range(2))
    assert [one.args for one in first] == [one.args for one in second]


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        (lambda *numbers: 1 / len(numbers), [((), {}), ((1, 2, 3), {})]),
        (lambda **kw: 1 / len(kw), [((), {}), ((), {"a": 1})]),
        (lambda a, *rest: rest[0], [((1,), {}), ((1, 2), {})]),
        (lambda rows: rows[0], [(([],), {}), (([_Incomparable(), _Incomparable(), _Incomparable()],), {})] * 2),
    ],
)
def test_no_argument_breaks_the_examiner(function, calls):
    """None at all, or objects with no single answer to ``==``: others' inputs come all the same."""
    made = Inputs(function, [lambda call=call: call for call in calls], failing=True, literals=[0]).generate(100, 1.0)
    assert made


def test_ladders_are_made_however_long_the_others_took():
    """Nothing else shows a correction that hangs on more than was seen; annotations may use up all the time."""
    calls = [loader(n, "x") for n in (3, 5, 12)]
    made = Inputs(typed, calls, failing=False).generate(100, 0.001)
    assert any(one.ladder for one in made)


def repeated(count):
    return "x" * int(count)


def test_a_text_of_digits_grows_as_the_number_that_it_says():
    """Who makes a count of ``"10"`` would otherwise be asked for 1,010,101 of something, and seem to hang."""
    made = generate(repeated, loader("10"), loader("3"), loader("7"))
    numbers = [int(one.args[0]) for one in made if one.ladder]
    assert len(numbers) > 3
    assert max(numbers) <= 1_000
    assert {one.origin for one in made if one.ladder} == {"greater"}
