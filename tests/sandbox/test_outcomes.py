"""What a runner tells of a call: result, arguments afterwards, exception, place, and nothing that is expected."""

from __future__ import annotations

import pickle
import random

import pytest

from fukkatsu._oracle import values
from fukkatsu._sandbox import pool, wire
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy


def fail(kind, x=0):
    if kind == "raise":
        raise ValueError("deliberate")
    if kind == "assert":
        assert x, "deliberate too"
    if kind == "crash":
        return 1 / x
    if kind == "below":
        return int("no number")
    if kind == "again":
        try:
            return 1 / x
        except ZeroDivisionError:
            raise
    if kind == "checked":
        return check(x)
    return None


def check(x):
    raise LookupError(x)


@pytest.mark.parametrize(
    ("kind", "exception", "deliberate", "where"),
    [
        ("raise", "ValueError", True, "fail:3"),
        ("crash", "ZeroDivisionError", False, "fail:7"),
        ("below", "ValueError", False, "fail:9"),
        ("again", "ZeroDivisionError", False, "fail:12"),
        ("checked", "LookupError", True, "check:2"),
    ],
)
def test_a_deliberate_exception_is_told_from_a_crash(trial, kind, exception, deliberate, where):
    """By the instruction at the innermost frame of the function's own file; lines count from its ``def``."""
    outcome = trial(fail, (kind,)).outcomes[0]
    assert (outcome.kind, outcome.exception) == ("raised", exception)
    assert (outcome.deliberate, outcome.where.rpartition(":")[0]) == (deliberate, where)  # the column follows


def test_arguments_come_back_as_the_call_left_them(trial):
    """In-place work is part of the outcome, also of a failing one."""

    def work(rows, *, table):
        rows.append(1)
        table["k"] = 2
        if len(rows) > 2:
            raise ValueError

    steps = [pool.Step("call", carry_call((rows,), {"table": {}})) for rows in ([], [0, 0])]
    run = pool.run(pool.original_subject(carry(work)), steps, Policy())
    assert values.rebuild(run.outcomes[0].after) == [([1],), {"table": {"k": 2}}]
    assert values.rebuild(run.outcomes[1].after) == [([0, 0, 1],), {"table": {"k": 2}}]


def test_the_argument_that_is_returned_is_named(trial):
    """Identity, not equality."""
    same = [1]
    assert trial(lambda a, b: b, (same, [1])).outcomes[0].returned_argument == "1"
    assert trial(lambda a: list(a), ([1],)).outcomes[0].returned_argument == ""


def test_every_call_has_fresh_arguments(trial):
    """What one call does to them, the next does not see."""
    run = trial(lambda rows: rows.append(1) or len(rows), *[([],)] * 3)
    assert [values.rebuild(o.value) for o in run.outcomes] == [1, 1, 1]


def test_chance_starts_from_the_callers_seed_in_each_call(trial):
    """So original and candidate see the same, and neither knows it beforehand."""

    def draw():
        return random.random(), random.choice("abc")

    first, again, other = trial(draw, (), (), seed=1), trial(draw, (), (), seed=1), trial(draw, (), (), seed=2)
    assert [o.value for o in first.outcomes] == [o.value for o in again.outcomes]
    assert first.outcomes[0].value != first.outcomes[1].value
    assert first.outcomes[0].value != other.outcomes[0].value


def test_sets_come_in_the_same_order_in_every_runner(trial):
    """All runners descend from one process, with one hash seed."""
    words = [f"w{i}" for i in range(50)]
    found = {trial(lambda words: list(set(words)), (words,)).outcomes[0].value for _ in range(3)}
    assert len(found) == 1


def test_coroutines_and_asynchronous_generators_are_run(trial):
    """To their end."""

    async def answer(n):
        import asyncio

        await asyncio.sleep(0)
        if n < 0:
            raise ValueError("negative")
        return n * 2

    async def count(n):
        for i in range(n):
            yield i

    run = trial(answer, (2,), (-1,))
    assert values.rebuild(run.outcomes[0].value) == 4
    assert run.outcomes[1].exception == "ValueError"
    assert run.outcomes[1].deliberate
    assert list(values.rebuild(trial(count, (3,)).outcomes[0].value)) == [0, 1, 2]


def test_a_runner_is_never_told_what_is_expected(trial, monkeypatch):
    """The request holds the subject, the arguments, a seed, a nonce, the caller's decimal context and settings."""
    sent = []
    honest = wire.request
    monkeypatch.setattr(wire, "request", lambda message: sent.append(message) or honest(message))
    trial(lambda x: x, (1,))
    assert set(sent[0]) == {"nonce", "subject", "steps", "seed", "reseed", "last", "arithmetic", "settings"}
    assert set(sent[0]["settings"] or ()) <= {"digits", "stdout", "numpy", "pandas", "locale"}
    assert sent[0]["steps"] == [("call", pickle.dumps(((1,), {}), 5))] or len(sent[0]["steps"]) == 1


def test_arguments_that_cannot_be_read_in_the_runner_are_a_matter_of_setup(trial):
    """Their own code runs there, after confinement, and what it raises is told."""

    class Fragile:
        def __reduce__(self):
            return int, ("no number",)

    run = trial(lambda x: x, (Fragile(),))
    assert run.ended == "setup"
    assert "arguments could not be read" in run.reason


def test_a_subject_that_cannot_be_read_is_a_matter_of_setup():
    """Nothing is run, and there is no outcome."""
    run = pool.run(pool.original_subject(b"junk"), [pool.Step("call", carry_call((), {}))], Policy())
    assert (run.ended, run.outcomes) == ("setup", ())


def test_a_pickle_that_is_a_bomb_goes_off_in_the_jail(trial, tmp_path):
    """Arguments of the user's classes run code when they are read: there, not here."""
    marker = tmp_path / "went-off"

    class Bomb:
        def __reduce__(self):
            return open, (str(marker), "w")

    assert trial(lambda x: x, (Bomb(),)).ended == "setup"
    assert not marker.exists()


def test_no_steps_are_finished_at_once(trial):
    """Nothing to do is no error."""
    run = pool.run(pool.original_subject(carry(fail)), [], Policy())
    assert (run.ended, run.outcomes) == ("finished", ())


def test_a_thousand_calls_are_a_thousand_outcomes(trial):
    """In order."""
    run = trial(lambda n: n, *[(n,) for n in range(1000)])
    assert [o.value for o in run.outcomes] == [b"%d" % n for n in range(1000)]
