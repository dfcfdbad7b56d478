"""An examiner that is kept: it comes back when it dies, is not asked twice, and there are never many of them."""

from __future__ import annotations

import gc
import os
import signal

import pytest

from fukkatsu._gauntlet import judging
from fukkatsu._gauntlet.judging import Judge
from fukkatsu._gauntlet.promised import contract_request
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values
from fukkatsu._oracle.docstring import Clause
from fukkatsu._sandbox import host
from fukkatsu._sandbox.carry import carry_call
from fukkatsu.errors import ReplyError
from fukkatsu.policy import Policy

pytestmark = pytest.mark.skipif(not host.jails(), reason="looks at jailed processes")


def half(x: int) -> int:
    return x // 2


def judge_of(*texts: str) -> Judge:
    promised = [Clause("post", text, 1) for text in texts or ("_ < 5",)]
    return Judge(contract_request(half, promised) | {"annotation": False}, Policy())


def row(argument: int, answer: int) -> tuple[bytes, Outcome]:
    arguments = carry_call((argument,), {})
    after = values.encode([(argument,), {}]).text
    return arguments, Outcome("returned", value=values.encode(answer).text, after=after)


def states(judge: Judge, *rows: tuple[bytes, Outcome]) -> list[str]:
    return [answer[0][1] for answer in judge.judge(rows)]


def examiner(judge: Judge) -> int:
    """The process that it keeps, as this one sees it."""
    with open(f"/proc/self/fdinfo/{judge._kept[0]._talk.launched.pidfd}") as told:
        return int(next(line for line in told if line.startswith("Pid:")).split()[1])


def test_the_same_examiner_answers_again_and_again():
    """The contract was read once; answers keep their order, whatever was known before."""
    judge = judge_of()
    assert states(judge, row(4, 2)) == ["held"]
    first = examiner(judge)
    assert states(judge, row(99, 9), row(4, 2), row(8, 4), row(99, 9)) == ["broken", "held", "held", "broken"]
    assert examiner(judge) == first


def test_what_was_judged_is_not_asked_again():
    """With its examiner gone, it still knows."""
    judge = judge_of()
    assert states(judge, row(4, 2), row(99, 9)) == ["held", "broken"]
    judging._close(judge._kept)
    assert states(judge, row(99, 9), row(4, 2)) == ["broken", "held"]
    assert judge._kept == [], "nobody was started for that"


def test_an_examiner_that_was_killed_is_replaced():
    """Memory ran out somewhere, and the kernel chose it."""
    judge = judge_of()
    assert states(judge, row(4, 2)) == ["held"]
    os.kill(examiner(judge), signal.SIGKILL)
    assert states(judge, row(5, 2), row(99, 9)) == ["held", "broken"]


def test_a_clause_that_ends_its_process_is_no_answer():
    """Twice tried, then said: no verdict is not a yes."""
    judge = judge_of("__import__('os')._exit(0)")
    with pytest.raises(ReplyError):
        judge.judge([row(4, 2)])
    assert judge._kept == []


def test_only_a_few_are_kept_and_each_comes_back():
    """A service with a thousand functions must not hold a thousand processes."""
    judges = [judge_of() for _ in range(judging.MOST_EXAMINERS + 2)]
    for judge in judges:
        assert states(judge, row(4, 2)) == ["held"]
    assert sum(bool(judge._kept) for judge in judges) <= judging.MOST_EXAMINERS
    assert states(judges[0], row(99, 9)) == ["broken"]


def test_with_its_judge_it_goes():
    """Nothing is left behind when a repair is over."""
    judge = judge_of()
    assert states(judge, row(4, 2)) == ["held"]
    kept = judge._kept
    del judge
    gc.collect()
    assert kept == []
