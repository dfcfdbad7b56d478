"""The examiner's tasks, run here in-process: clauses judged on canonical data, inputs generated and carried."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass

import pytest

from fukkatsu._oracle import clauses, values
from fukkatsu._oracle.docstring import Clause
from fukkatsu._oracle.examiner import generate, judge
from fukkatsu._oracle.judged import ANNOTATION, constraint_violation
from fukkatsu._sandbox.carry import carry, carry_call


@dataclass
class Box:
    items: list


def put(box, item):
    box.items.append(item)
    return len(box.items)


def half(x: int) -> int:
    return x // 2


def ask(function, promised, *calls, annotation=False):
    """Each call: args, the outcome's value, the arguments after it."""
    rows = []
    for args, result, after in calls:
        if isinstance(result, type):
            rows.append((carry_call(args, {}), "raised", b"", b"", result.__name__))
        else:
            left = values.encode([after if after is not None else args, {}]).text
            rows.append((carry_call(args, {}), "returned", values.encode(result).text, left, ""))
    request = {"function": carry(function), "scope": {}, "clauses": promised, "annotation": annotation, "calls": rows}
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
    assert clauses.judge(code, clauses.namespace({}, {"xs": []}, {})) == (clauses.HELD, "")


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
