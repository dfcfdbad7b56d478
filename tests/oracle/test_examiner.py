"""The examiner's tasks, run here in-process: clauses judged on canonical data, inputs generated and carried."""

from __future__ import annotations

import inspect
import json
import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import annotated_types
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._oracle import clauses, values
from fukkatsu._oracle.docstring import Clause
from fukkatsu._oracle.examiner import generate, judge, judge_kept
from fukkatsu._oracle.judged import ANNOTATION, binder
from fukkatsu._oracle.typed import constraint_violation, is_exactly
from fukkatsu._sandbox.carry import carry, carry_call


@dataclass
class Box:
    items: list


def put(box, item):
    box.items.append(item)
    return len(box.items)


def half(x: int) -> int:
    return x // 2


def root(x: Annotated[int, annotated_types.Ge(0)]) -> Annotated[int, annotated_types.Ge(0)]:
    return x


def ask(function, promised, *calls, annotation=False, scope=()):
    """Each call: args, the outcome's value, the arguments after it."""
    rows = []
    for args, result, after in calls:
        if isinstance(result, type):
            rows.append((carry_call(args, {}), "raised", b"", b"", result.__name__))
        else:
            left = values.encode([after if after is not None else args, {}]).text
            rows.append((carry_call(args, {}), "returned", values.encode(result).text, left, ""))
    named = {name: carry(globals()[name]) for name in scope}
    request = {
        "function": carry(function),
        "scope": named,
        "clauses": promised,
        "annotation": annotation,
        "calls": rows,
    }
    return json.loads(judge(pickle.dumps(request)))


def post(text, frame=None):
    return Clause("post", text, 1, frame)


@pytest.mark.parametrize(
    ("text", "result", "after", "state"),
    [
        ("__return__ == len(box.items)", 2, [1, 9], "held"),
        ("_ == 3", 2, [1, 9], "broken"),
        ("box.items == __old__.box.items + [item]", 2, [1, 9], "held"),
        ("forall(__old__.box.items, lambda i: i in box.items)", 2, [9], "broken"),
        ("exists(box.items)", 2, [1, 9], "held"),
        ("implies(not box.items, box.items[0])", 2, [1, 9], "held"),
        ("box.items[5]", 2, [1, 9], "broken"),
        ("nobody > 1", 2, [1, 9], "unknown"),
    ],
)
def test_a_clause_sees_parameters_before_and_after_the_call(text, result, after, state):
    """``__old__`` is a copy from before, the bare names are what the call left behind."""
    ((found,),) = ask(put, [post(text)], ((Box([1]), 9), result, (Box(after), 9)))
    assert found[:2] == [0, state]


def test_a_frame_names_what_may_change():
    """``post[]`` and ``post[item]`` forbid what happened to the box."""
    call = ((Box([1]), 9), 2, (Box([1, 9]), 9))
    ((empty, other, right),) = ask(put, [post("True", ()), post("True", ("item",)), post("True", ("box.items",))], call)
    assert [empty[1], other[1], right[1]] == ["broken", "broken", "held"]
    assert "box was changed" in empty[2]


def test_a_call_that_violates_pre_answers_for_nothing_else():
    """Nobody promised anything about it."""
    promised = [Clause("pre", "x >= 0", 1), post("_ == 7")]
    inside, outside = ask(half, promised, ((4,), 2, None), ((-4,), 2, None))
    assert [row[:2] for row in inside] == [[0, "held"], [1, "broken"]]
    assert [row[:2] for row in outside] == [[0, "broken"]]


def test_a_documented_exception_must_come_where_its_condition_holds():
    """And says nothing elsewhere."""
    promised = [Clause("must-raise", "x > 9", 1, exceptions=("ValueError",))]
    raised, other, returned, elsewhere = ask(
        half, promised, ((10,), ValueError, None), ((10,), KeyError, None), ((10,), 5, None), ((4,), 2, None)
    )
    assert [row[0][1] for row in (raised, other, returned)] == ["held", "broken", "broken"]
    assert elsewhere == []


def test_the_return_annotation_counts_only_for_arguments_that_keep_theirs():
    """A string where an int was announced absolves the result."""
    right, wrong, absolved = ask(half, [], ((4,), 2, None), ((4,), "2", None), (("4",), "2", None), annotation=True)
    assert right == [[ANNOTATION, "held", ""]]
    assert wrong[0][:2] == [ANNOTATION, "broken"]
    assert absolved == []


def test_what_cannot_be_rebuilt_is_unknown_never_held():
    """Opaque results satisfy nothing."""
    ((found,),) = ask(half, [post("True")], ((4,), object(), None))
    assert found[1] == "unknown"


def test_implies_never_evaluates_a_conclusion_without_its_premise():
    """Written as a call, read as a conditional."""
    code = clauses.compile_clause("implies(xs, xs[0] > 0, otherwise=1) if False else implies(xs, xs[0] > 0)")
    assert clauses.judge(code, clauses.namespace({}, {"xs": []}, {})) == (clauses.HELD, clauses.VACUOUS)


def test_constraints_hold_at_every_depth():
    """Inside lists, dicts, tuples and unions."""
    from typing import Annotated

    @dataclass(frozen=True)
    class Ge:
        ge: int

    small = Annotated[int, Ge(0)]
    assert constraint_violation(list[small], [1, -1]) is not None
    assert constraint_violation(dict[str, small], {"a": -1}) is not None
    assert constraint_violation(tuple[small, ...], (1, -2)) is not None
    assert constraint_violation(small | None, -1) is not None
    assert constraint_violation(small | None, None) is None
    assert constraint_violation(list[small], [1, 2]) is None


@pytest.mark.parametrize(
    ("hint", "good", "bad"),
    [
        (Annotated[int, annotated_types.Gt(0)], 1, 0),
        (Annotated[float, annotated_types.Interval(ge=0, le=1)], 0.5, 1.5),
        (Annotated[int, annotated_types.MultipleOf(3)], 6, 7),
        (Annotated[str, annotated_types.Len(2, 3)], "ab", "a"),
        (Annotated[int, annotated_types.Predicate(lambda v: v % 2 == 0)], 2, 3),
        (Annotated[float, annotated_types.Not(math.isnan)], 1.0, math.nan),
        (Annotated[int, pydantic.Field(gt=0, lt=10)], 5, 10),
        (Annotated[str, pydantic.Field(min_length=1, pattern=r"^[a-z]+$")], "ab", "a1"),
        (pydantic.PositiveInt, 1, 0),
        (Sequence[Annotated[int, pydantic.Field(ge=0)]], [1], (-1,)),
        (Mapping[str, list[Annotated[int, annotated_types.Ge(0)]]], {"a": [0]}, {"a": [0, -1]}),
    ],
)
def test_constraints_of_annotated_types_and_pydantic_hold(hint, good, bad):
    """The real ones, not what looks like them."""
    assert constraint_violation(hint, good) is None
    assert constraint_violation(hint, bad) is not None


def test_an_argument_outside_its_own_constraint_absolves_the_result():
    """Nobody promised anything about ``root(-4)``."""
    names = ("Annotated", "annotated_types")
    right, absolved = ask(root, [], ((4,), -2, None), ((-4,), -2, None), annotation=True, scope=names)
    assert right[0][:2] == [ANNOTATION, "broken"]
    assert absolved == []


def test_an_examiner_that_is_kept_reads_the_contract_once():
    """The contract comes with the first request; the same arguments are not asked about twice."""
    contract = {
        "function": carry(half),
        "scope": {},
        "clauses": [Clause("pre", "x > 0", 1), post("_ < x")],
        "annotation": True,
    }
    left = values.encode([(4,), {}]).text
    calls = [(carry_call((4,), {}), "returned", values.encode(value).text, left, "") for value in (2, 9)]
    first = json.loads(judge_kept(pickle.dumps({"contract": pickle.dumps(contract), "calls": calls[:1]})))
    second = json.loads(judge_kept(pickle.dumps({"calls": calls})))
    assert second[0] == first[0] == [[0, "held", ""], [ANNOTATION, "held", ""], [1, "held", ""]]
    assert second[1][-1][:2] == [1, "broken"]


@given(st.integers(), st.integers(), st.lists(st.integers()), st.dictionaries(st.sampled_from("xyz"), st.integers()))
def test_arguments_are_bound_as_the_function_would_bind_them(a, b, rest, named):
    """Positional-only, defaults, the rest, keyword-only and the others, in one signature."""

    def shape(a, /, b=7, *rest, c=9, **named):
        raise NotImplementedError

    bound = inspect.signature(shape).bind(a, b, *rest, **named)
    bound.apply_defaults()
    assert binder(shape)(a, b, *rest, **named) == dict(bound.arguments)
    assert binder(shape)(a) == {"a": a, "b": 7, "rest": (), "c": 9, "named": {}}
    with pytest.raises(TypeError):
        binder(shape)()


def test_generated_inputs_come_as_pickles_for_runners_and_text_for_people():
    """Both say the same, and ``pre:`` has been kept."""
    request = {
        "function": carry(half), "scope": {}, "calls": [carry_call((0,), {}), carry_call((9,), {})], "mentioned": [],
        "literals": [4], "clauses": [Clause("pre", "x != 3", 1)], "count": 40, "seconds": 5.0, "seed": 1, "failing": True,
    }  # fmt: skip
    answer = json.loads(generate(pickle.dumps(request)))
    assert answer["why"] == ""
    import base64

    for _, _, _, pickled, shown in answer["inputs"]:
        args, kwargs = pickle.loads(base64.b64decode(pickled))
        assert values.encode([args, kwargs]).text.decode() == shown
        assert args != (3,)
    assert {"neighbour", "domain"} <= {row[0] for row in answer["inputs"]}


@pytest.mark.parametrize(
    ("hint", "value", "exactly"),
    [
        (int, 3, True),
        (int, True, False),
        (float, 3, False),
        (list[int], [1, 2], True),
        (list[int], [1, True], False),
        (list[int], (1, 2), False),
        (dict[str, list[float]], {"a": [1.0], "b": []}, True),
        (dict[str, list[float]], {"a": [1]}, False),
        (set[str], {"a"}, True),
        (tuple[int, ...], (1, 2), False),
        (list, [1], False),
        (int | None, 3, False),
        (Annotated[int, []], 3, False),
        (list[Annotated[int, []]], [3], False),
    ],
)
def test_builtin_types_to_the_last_item_are_seen_without_looking_at_each_item(hint, value, exactly):
    """A list of a hundred thousand numbers took seconds; what is not so plain is typeguard's to say."""
    assert is_exactly(hint, value) is exactly
