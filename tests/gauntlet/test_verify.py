"""The gauntlet without a model: which stage refuses what, and what it says."""

from __future__ import annotations

import decimal
import math
import random

import pytest

import fukkatsu
from fukkatsu import Call, Checks, Policy, verify
from fukkatsu._model.verdict import STAGES, Report, Verdict


def divide(x, y, z):
    """
    function to divide x by y and add to the result z. Should return z if y is 0.

    >>> divide(1, 2, 3)
    3.5

    post: implies(y == 0, __return__ == z)
    """
    return x / y + z


RIGHT = """
def divide(x, y, z):
    if y == 0:
        return z
    return x / y + z
"""
FAILURE = Call((1, 0, 2))
GOOD = [Call((7, 2, 0), returned=3.5), Call((9, 1, 2), returned=11.0)]


def judge(source, **options):
    options.setdefault("failure", FAILURE)
    options.setdefault("good_calls", GOOD)
    return verify(source, divide, **options)


def test_a_right_correction_is_accepted_and_every_stage_spoke():
    """Eight verdicts, in order, none of them a refusal."""
    report = judge(RIGHT)
    assert report.accepted, str(report)
    assert report.refused_by is None
    assert report.reason == ""
    assert tuple(v.stage for v in report.verdicts) == STAGES
    assert all(v.outcome in ("accepted", "skipped") for v in report.verdicts)
    assert report.evidence["good_calls"] == 2


@pytest.mark.parametrize(
    ("source", "stage", "said"),
    [
        ("import os\ndef divide(x, y, z):\n    return os.getpid()", "static", "os"),
        ("def divide(x, y):\n    return x", "static", "(x, y, z)"),
        ("def other(x, y, z):\n    return x", "static", "divide"),
        ("print('now')\ndef divide(x, y, z):\n    return z", "static", "line 1"),
        ("def divide(x, y, z):\n    return x /", "static", ""),
        ("def divide(x, y, z):\n    while True:\n        pass", "sandbox", "wall_seconds"),
        ("def divide(x, y, z):\n    return [0] * 10**10", "sandbox", ""),
        ("def divide(x, y, z):\n    return x / y + z", "failing-call", "ZeroDivisionError"),
        ("def divide(x, y, z):\n    return z if y == 0 else x // y + z", "good-calls", "3.5"),
        ("def divide(x, y, z):\n    return 0 if y == 0 else x / y + z", "contract", "__return__ == z"),
    ],
)
def test_each_stage_refuses_what_is_its_to_refuse(source, stage, said):
    """The first stage that can see it, with a reason that says what was found."""
    report = judge(source, policy=Policy(wall_seconds=0.5, memory_bytes=256 * 2**20))
    assert not report.accepted
    if "10**10" in source:
        assert report.refused_by in ("static", "sandbox", "failing-call")
    else:
        assert report.refused_by == stage, str(report)
    assert said in report.reason
    assert report.verdicts[-1].stage == report.refused_by


def test_a_refusal_by_a_call_carries_that_call():
    """The counterexample is a call that a person can make."""
    report = judge("def divide(x, y, z):\n    return z if y == 0 else x // y + z")
    assert report.counterexample is not None
    assert report.counterexample.args == (7, 2, 0)
    assert report.counterexample.returned == 3.5


def test_a_good_call_that_the_original_does_not_reproduce_is_dropped_and_counted():
    """What the caller remembers wrongly must not refuse a right correction."""
    report = judge(RIGHT, good_calls=[*GOOD, Call((8, 2, 0), returned=5.0)])
    assert report.accepted, str(report)
    assert report.evidence["good_calls"] == 2
    assert report.evidence["dropped"] == 1


def ticket(prefix, n):
    import time

    return f"{prefix}{time.perf_counter_ns()}/{10 // n}"


def test_a_good_call_of_a_function_that_depends_on_more_than_its_arguments_is_dropped():
    """Two replays of the original that differ say nothing about the candidate."""
    mended = (
        "def ticket(prefix, n):\n    import time\n    return f'{prefix}{time.perf_counter_ns()}/{10 // n if n else 0}'"
    )
    report = verify(mended, ticket, failure=Call(("a", 0)), good_calls=[Call(("a", 1))])
    assert report.refused_by == "failing-call", str(report)  # it answers the same call differently, too
    fixed = "def ticket(prefix, n):\n    return f'{prefix}/{10 // n if n else 0}'"
    report = verify(fixed, ticket, failure=Call(("a", 0)), good_calls=[Call(("a", 1))])
    assert report.evidence.get("good_calls", 0) == 0
    assert report.evidence["dropped"] == 1


def test_a_good_call_without_a_result_counts_with_the_originals_own():
    """`Call(args)` is enough."""
    report = judge("def divide(x, y, z):\n    return z if y == 0 else x // y + z", good_calls=[Call((7, 2, 0))])
    assert report.refused_by == "good-calls"


def count_down(n):
    if n < 0:
        raise ValueError("below zero")
    return 10 / n


def test_a_deliberate_exception_is_an_outcome_to_keep():
    """A correction that swallows it is a regression."""
    swallow = "def count_down(n):\n    if n <= 0:\n        return 0.0\n    return 10 / n"
    kept = "def count_down(n):\n    if n < 0:\n        raise ValueError('below zero')\n    if n == 0:\n        return 0.0\n    return 10 / n"
    calls = [Call((-1,), raised=ValueError), Call((5,), returned=2.0)]
    assert verify(swallow, count_down, failure=Call((0,)), good_calls=calls).refused_by == "good-calls"
    report = verify(kept, count_down, failure=Call((0,)), good_calls=calls)
    assert report.accepted, str(report)


def chunks(items, size):
    yield len(items)
    for start in range(0, len(items), size):
        yield items[start : start + size]


def test_a_generator_that_still_fails_after_some_items_still_fails():
    """Its first items are no answer: the failure only comes later."""
    same = "def chunks(items, size):\n    yield len(items)\n    for start in range(0, len(items), size):\n        yield items[start:start + size]"
    mended = same.replace("range(0, len(items), size)", "range(0, len(items), max(size, 1))")
    cut = mended.replace("start + size]", "start + size - 1]")
    calls = [Call(([1, 2, 3], 2))]
    assert verify(same, chunks, failure=Call(([1], 0)), good_calls=calls).refused_by == "failing-call"
    assert verify(cut, chunks, failure=Call(([1], 0)), good_calls=calls).refused_by == "good-calls"
    report = verify(mended, chunks, failure=Call(([1], 0)), good_calls=calls)
    assert report.accepted, str(report)


ACCESS = {"ann": "1234"}


def login(user, pin):
    """Say who it is.

    raises: PermissionError
    """
    if ACCESS.get(user) != pin:
        raise PermissionError("denied")
    return user


def withdraw(balance, amount):
    if amount > balance:
        raise ValueError("not enough")
    return balance - amount


def test_an_exception_that_the_author_documents_and_raises_on_purpose_is_never_corrected_away():
    """A check healed away would be the worst correction of all."""
    open_door = "def login(user, pin):\n    return user if pin is not None else user"
    report = verify(open_door, login, failure=Call(("ann", "wrong")), good_calls=[Call(("ann", "1234"))])
    assert report.refused_by == "failing-call", str(report)
    assert "on purpose" in report.reason


def test_an_undocumented_exception_raised_on_purpose_is_corrected_with_a_loud_note():
    """Nobody said that it is meant; the report says how to say so."""
    generous = "def withdraw(balance, amount):\n    return max(balance - amount, 0)"
    report = verify(generous, withdraw, failure=Call((1, 2)), good_calls=[Call((5, 2)), Call((9, 1))])
    assert any("on purpose" in note and "ignore=ValueError" in note for note in report.notes), str(report)


async def fetch(table, key):
    return table[key]


def test_an_async_function_is_judged_by_what_it_returns_when_awaited():
    """The coroutine itself says nothing."""
    right = "async def fetch(table, key):\n    return table.get(key, 0)"
    wrong = "async def fetch(table, key):\n    return 0 if key not in table else table[key] + 1"
    calls = [Call(({"a": 1}, "a"))]
    assert verify(right, fetch, failure=Call(({}, "a")), good_calls=calls).accepted
    assert verify(wrong, fetch, failure=Call(({}, "a")), good_calls=calls).refused_by == "good-calls"


def fill(box, item):
    box.append(item)
    return box[item]


def test_arguments_after_the_call_are_part_of_the_outcome():
    """In-place functions are judged by what they did."""
    leaves_alone = "def fill(box, item):\n    new = box + [item]\n    return new[item] if item < len(new) else None"
    in_place = "def fill(box, item):\n    box.append(item)\n    return box[item] if item < len(box) else None"
    good = [Call(([5, 6], 1))]
    report = verify(leaves_alone, fill, failure=Call(([], 3)), good_calls=good)
    assert report.refused_by == "good-calls", str(report)
    report = verify(in_place, fill, failure=Call(([], 3)), good_calls=good, checks=Checks(result_type=False))
    assert report.accepted, str(report)


def ratio(a, b):
    return a / b


def test_results_of_another_type_are_other_results():
    """True is not 1, 1 is not 1.0, and NaN is NaN."""
    as_int = "def ratio(a, b):\n    return a / b if b else 0.0 if a else 0"
    report = verify(as_int, ratio, failure=Call((1, 0)), good_calls=[Call((4, 2))])
    assert report.accepted, str(report)
    floor = "def ratio(a, b):\n    return a // b if b else 0"
    assert verify(floor, ratio, failure=Call((1, 0)), good_calls=[Call((4, 2))]).refused_by == "good-calls"
    nan = "def ratio(a, b):\n    return a / b if b else float('nan')"
    assert verify(nan, ratio, failure=Call((1, 0)), good_calls=[Call((math.inf, math.inf))]).accepted


def test_additional_behaviour_may_be_asked_for():
    """With `additional_req` the original's answers are not preserved, but a crash is still a crash."""
    plus = "def ratio(a, b):\n    return (a / b if b else 0.0) + 1000"
    asked = {"failure": Call((1, 0)), "good_calls": [Call((4, 2))]}
    assert verify(plus, ratio, **asked).refused_by == "good-calls"
    assert verify(plus, ratio, additional_req="add 1000", **asked).accepted
    crash = "def ratio(a, b):\n    return {0: 1000.0}[b]"
    assert verify(crash, ratio, additional_req="add 1000", **asked).refused_by is not None


def drawn(items, parts):
    """One of some items, and a share of 1."""
    return {"one": random.choice(items), "share": 1 / parts}


def test_chance_that_the_original_uses_is_the_same_in_a_trial_of_its_correction():
    """Wherever a call stands in the run: the correction's has the failing one before the good ones."""
    text = 'def drawn(items, parts):\n    return {"one": random.choice(items), "share": 1 / parts if parts else 0.0}\n'
    good = [Call((list(range(9)), 2)), Call((list(range(9)), 4)), Call((list(range(5)), 1))]
    report = verify(text, drawn, failure=Call(([1, 2, 3], 0)), good_calls=good)
    assert report.accepted, str(report)
    assert report.evidence["good_calls"] == 3
    wrong = text.replace("choice(items)", "choice(items[1:])")
    assert verify(wrong, drawn, failure=Call(([1, 2, 3], 0)), good_calls=good).refused_by == "good-calls"


def test_a_candidate_that_answers_differently_each_time_is_refused():
    """The answer must depend on the arguments alone."""
    source = "import random\ndef ratio(a, b):\n    return a / b if b else random.random()"
    report = verify(source, ratio, failure=Call((1, 0)), policy=Policy().allowing(imports={"random"}))
    assert not report.accepted


def test_nothing_is_checked_is_said_in_capitals():
    """A report must not look like evidence when there is none."""
    report = verify(
        "def ratio(a, b):\n    return a / b if b else 0.0",
        ratio,
        failure=Call((1, 0)),
        checks=Checks(contract="off", preserve=False),
    )
    assert report.accepted
    assert any("NOTHING" in note for note in report.notes)
    strict = verify(
        "def ratio(a, b):\n    return a / b if b else 0.0",
        ratio,
        failure=Call((1, 0)),
        checks=Checks(contract="off", preserve=False, minimum=1),
    )
    assert not strict.accepted
    assert "minimum" in strict.reason


def test_a_user_test_refuses_with_its_own_words():
    """`Checks(tests=...)` gets a function that runs in the sandbox."""

    def keeps_sign(f):
        assert f(-4, 2) < 0, "sign lost"

    lost = "def ratio(a, b):\n    return abs(a) / b if b else 0.0"
    report = verify(lost, ratio, failure=Call((1, 0)), checks=Checks(tests=[keeps_sign]))
    assert report.refused_by == "examples"
    assert "sign lost" in report.reason


@pytest.mark.parametrize("source", [None, b"def f(): pass", 3])
def test_a_candidate_must_be_text(source):
    """A wrong kind of argument is the caller's mistake, not a refusal."""
    with pytest.raises(TypeError, match="candidate_source"):
        verify(source, ratio)


def test_a_call_must_be_a_call():
    """A bare tuple is told how to become one."""
    with pytest.raises(TypeError, match="Call"):
        verify("", ratio, failure=(1, 0))
    with pytest.raises(TypeError, match="must be a tuple"):
        Call(1)


@pytest.mark.parametrize("function", [len, int, lambda x: x, 3])
def test_what_has_no_source_cannot_be_verified(function):
    """The error names it and says what to do."""
    with pytest.raises(fukkatsu.DecorationError):
        verify("def f(x):\n    return x", function)


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "def", "(" * 5000, "é = 1", "x" * 200_000, "def divide(x, y, z):\n\treturn z\n        return x"],
)
def test_nonsense_is_refused_and_nothing_raises(text):
    """Whatever the text is, the answer is a report."""
    report = judge(text)
    assert report.refused_by == "static"
    assert report.reason


def test_the_report_reads_well():
    """A person sees every stage, the reason and the counterexample."""
    text = str(judge("def divide(x, y, z):\n    return z if y == 0 else x // y + z"))
    assert "refused by good-calls" in text
    assert "divide(7, 2, 0)" in text
    assert "not reached" in text
    accepted = str(judge(RIGHT))
    assert "verified on 2 good calls" in accepted
    assert "isolation" in accepted


def test_a_report_without_all_verdicts_is_a_refusal():
    """Silence is never consent."""
    accepted = [Verdict(stage=stage, outcome="accepted") for stage in STAGES]
    assert Report(function="f", source="", verdicts=tuple(accepted)).accepted
    for missing in range(len(STAGES)):
        some = tuple(v for i, v in enumerate(accepted) if i != missing)
        report = Report(function="f", source="", verdicts=some)
        assert not report.accepted
        assert report.refused_by == STAGES[missing]
        assert "no verdict" in report.reason
    assert not Report(function="f", source="", verdicts=()).accepted


def test_a_stage_that_breaks_down_refuses(monkeypatch):
    """Fail closed: our own defect is never a yes."""
    from fukkatsu._gauntlet import pipeline

    def broken(bench):
        raise RuntimeError("defect")

    order = tuple((name, broken if name == "examples" else stage) for name, stage in pipeline.ORDER)
    monkeypatch.setattr(pipeline, "ORDER", order)
    report = judge(RIGHT)
    assert report.refused_by == "examples"
    assert "broke down" in report.reason


MISSING = object()


def scaled(amount, scale=MISSING):
    """The amount, scaled where a scale is given."""
    return amount * scale if scale is not MISSING else amount // len(str(amount).strip("0"))


def with_fee(amount, rate):
    """Amount with its fee; without one if the rate is unknown."""
    return amount + amount * rate


def test_a_default_that_marks_its_absence_is_recognised():
    """A module's ``object()`` is the same one as default, as global and as argument."""
    right = (
        "def scaled(amount, scale=MISSING):\n    if scale is MISSING:\n"
        "        return amount // (len(str(amount).strip('0')) or 1)\n    return amount * scale"
    )
    report = verify(right, scaled, failure=Call((0,)), good_calls=[Call((4,)), Call((4, 2)), Call((12, MISSING))])
    assert report.accepted, str(report)
    wrong = right.replace("is MISSING", "is None")
    assert not verify(wrong, scaled, failure=Call((0,)), good_calls=[Call((4, 2))]).accepted


def test_a_value_that_nobody_can_copy_may_be_handed_back():
    """Of a decimal there is no telling which one it is, nor does it matter."""
    right = "def with_fee(amount, rate):\n    return amount if rate is None else amount + amount * rate"
    good = [Call((decimal.Decimal("5"), decimal.Decimal(rate))) for rate in ("0.1", "0.25", "0", "1")]
    report = verify(right, with_fee, failure=Call((decimal.Decimal("5"), None)), good_calls=good)
    assert report.accepted, str(report)
