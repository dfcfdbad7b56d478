"""The examiner: our code over the author's contract, in a jail of its own."""

from __future__ import annotations

import pytest

from fukkatsu._oracle import values
from fukkatsu._sandbox import pool, wire
from fukkatsu._sandbox.carry import carry_call
from fukkatsu.policy import Policy


def test_a_task_runs_and_answers_with_bytes():
    """One of ours, by name."""
    frame = pool.run_task("fukkatsu._sandbox.wire:request", b"payload", Policy(), seconds=20.0)
    assert frame == wire.request(b"payload")


def test_a_task_that_answers_with_anything_but_bytes_has_not_answered():
    """Text is none."""
    with pytest.raises(pool.TaskError):
        pool.run_task("fukkatsu._oracle.values:render", b"1", Policy(), seconds=20.0)


@pytest.mark.parametrize("task", ["os:getcwd", "fukkatsu._oracle.values:nothing", "fukkatsu.nowhere:f", ""])
def test_what_is_no_task_of_ours_is_an_error(task):
    """Not an import."""
    with pytest.raises(pool.TaskError):
        pool.run_task(task, b"", Policy(), seconds=20.0)


def test_a_task_that_takes_too_long_is_ended():
    """At its own limit."""
    with pytest.raises(pool.TaskError, match="within"):
        pool.run_task("time:sleep", b"", Policy(), seconds=0.000001)


def test_examples_run_in_one_namespace_and_see_more_names(trial):
    """As doctest would run them: statements, expressions, output, exceptions."""
    from fukkatsu._sandbox.carry import carry, carry_scope

    def half(x):
        print("halving")
        return x / 2

    steps = [
        pool.Step("bind", carry_scope({"ten": 10})),
        pool.Step("exec", b"y = half(ten)"),
        pool.Step("exec", b"y"),
        pool.Step("exec", b"print('a'); 'b'"),
        pool.Step("exec", b"half('x')"),
        pool.Step("exec", b"def ("),
        pool.Step("call", carry_call((4,), {})),
    ]
    run = pool.run(pool.original_subject(carry(half)), steps, Policy())
    assert run.ended == "finished"
    assert [o.kind for o in run.outcomes] == ["returned"] * 4 + ["raised", "raised", "returned"]
    assert [o.message for o in run.outcomes[:4]] == ["", "", "5.0", "'b'"]
    assert [o.printed for o in run.outcomes[:4]] == ["", "halving\n", "", "a\n"]
    assert run.outcomes[4].exception == "TypeError"
    assert run.outcomes[4].where.startswith("half:")
    assert run.outcomes[5].exception == "SyntaxError"
    assert values.rebuild(run.outcomes[6].value) == 2.0
