"""What contract and differential add to a candidate once the labels are there, and what labelling takes.

The candidate's own work on the generated inputs is done in the sandbox stage, in the runner that the recorded calls need
anyway: to be honest, add what that stage takes more with the labels than without them.

Run on request: ``pytest tests/benchmarks/test_contract_speed.py --benchmark-only`` (minima matter: both stages talk to
other processes, and on a busy machine the median measures the neighbours).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest

from fukkatsu import Call, Checks
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.contract import check_contract, prepare_contract
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.labelling import label
from fukkatsu._gauntlet.pipeline import ORDER
from fukkatsu._gauntlet.sandbox import check_sandbox
from fukkatsu._gauntlet.smallest import check_differential_and_size
from fukkatsu._language.facts import read_facts
from fukkatsu._model.call import RecordedCall
from fukkatsu._model.patch import Candidate
from fukkatsu._sandbox import host, pool
from fukkatsu._sandbox.carry import carry_call
from fukkatsu.policy import Policy


def invoice(prices: list[float], quantities: list[int], discount: float) -> float:
    """Total after discount.

    pre: discount >= 0
    post: implies(not prices, __return__ == 0)
    post[]: __return__ >= 0 or min(prices) < 0 or min(quantities) < 0
    """
    total, count = 0.0, 0
    for price, quantity in zip(prices, quantities, strict=False):
        if quantity < 0:
            continue
        total += price * quantity
        count += quantity
    average = total / count
    if average > 100:
        discount = discount + 0.05
    total = total * max(0.0, 1 - discount)
    return round(total, 2)


RIGHT = """
def invoice(prices, quantities, discount):
    total, count = 0.0, 0
    for price, quantity in zip(prices, quantities, strict=False):
        if quantity < 0:
            continue
        total += price * quantity
        count += quantity
    if not count:
        return {answer} if prices else 0.0
    average = total / count
    if average > 100:
        discount = discount + 0.05
    total = total * max(0.0, 1 - discount)
    return round(total, 2)
"""
FAILING = Call(([], [], 0.1))
GOOD = (Call(([10.0, 20.0], [1, 2], 0.1)), Call(([1.5], [3], 0.0)), Call(([300.0], [1], 0.2)))


def bench_of(evidence: FunctionEvidence, text: str) -> Bench:
    source = read_source(invoice)
    return Bench(
        original=invoice,
        source=source,
        facts=read_facts(invoice, source),
        candidate=Candidate(text=text),
        policy=Policy(),
        checks=Checks(),
        failure=RecordedCall(carry_call(FAILING.args, {}), shown=FAILING),
        failing_call=FAILING,
        good_calls=tuple(RecordedCall(carry_call(call.args, {}), shown=call) for call in GOOD),
        evidence=evidence,
        seed=1,
    )


@pytest.fixture(scope="module")
def evidence() -> Iterator[FunctionEvidence]:
    """Labels and contract, as the engine prepares them while the model thinks."""
    known = FunctionEvidence()
    bench = bench_of(known, "")
    assert len(label(bench).inputs) >= 100
    prepare_contract(bench)
    yield known
    pool.shutdown()


def waiting(evidence: FunctionEvidence, before: str = "contract") -> Iterator[Bench]:
    """Candidates that have passed the stages *before* one, each with other answers in the crash region."""
    for number in itertools.count(1):  # small ones: a telling constant would be probed, with runs of its own
        bench = bench_of(evidence, RIGHT.format(answer=f"{number / 16}"))
        for name, stage in ORDER:
            if name == before:
                break
            assert stage(bench).outcome != "refused"
        time.sleep(0.05)  # between two candidates a model would be thinking, and runners get ready
        yield bench


def test_contract_and_differential_of_one_candidate(benchmark, evidence):
    """At most 5 ms, with 100 inputs of a twelve-line function."""
    benches = waiting(evidence)

    def judge(bench: Bench) -> None:
        assert check_contract(bench).outcome == "accepted"
        assert check_differential_and_size(bench).outcome == "accepted"

    benchmark.pedantic(judge, setup=lambda: ((next(benches),), {}), rounds=30, warmup_rounds=2)


def test_the_sandbox_stage_with_the_generated_inputs(benchmark, evidence):
    """The recorded calls and, in the same runner, all generated inputs."""
    benches = waiting(evidence, "sandbox")
    benchmark.pedantic(check_sandbox, setup=lambda: ((next(benches),), {}), rounds=30, warmup_rounds=2)


def test_the_sandbox_stage_without_them(benchmark):
    """The yardstick in the same run: the recorded calls alone."""
    benches = waiting(FunctionEvidence(), "sandbox")
    benchmark.pedantic(check_sandbox, setup=lambda: ((next(benches),), {}), rounds=30, warmup_rounds=2)


def test_of_these_the_clauses_in_the_examiner(benchmark, evidence):
    """Contract alone: rebuilding results, typeguard, clauses, and one round trip."""
    benches = waiting(evidence)
    benchmark.pedantic(check_contract, setup=lambda: ((next(benches),), {}), rounds=30, warmup_rounds=2)


def test_labelling_off_the_critical_path(benchmark):
    """At most 1 s by default, with both zygotes up: generated in the examiner, labelled in runners, twice."""
    _ = host.zygote().isolation, host.zygote("examiner").isolation
    benchmark.pedantic(
        lambda bench: label(bench),
        setup=lambda: ((bench_of(FunctionEvidence(), ""),), {}),
        rounds=8,
        warmup_rounds=1,
    )
