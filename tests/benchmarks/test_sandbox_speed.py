"""How fast the sandbox is, with a cold interpreter as the yardstick in the same run.

Run on request: ``pytest tests/benchmarks/test_sandbox_speed.py --benchmark-only --benchmark-columns=min,median``. Ratios
matter, figures drift; on a machine that does other work too, ``min`` says more than ``median``.
"""

from __future__ import annotations

import inspect
import itertools
import subprocess
import sys
import time
import types

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet import recall
from fukkatsu._language.facts import read_facts
from fukkatsu._language.program import Program, compile_program
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values
from fukkatsu._sandbox import host, pool, serve, wire
from fukkatsu._sandbox import steps as runner_steps
from fukkatsu._sandbox.carry import carry, carry_call, carry_scope
from fukkatsu._sandbox.limits import limits_of
from fukkatsu._sandbox.subject import link
from fukkatsu.policy import Policy

SOURCE = '''def total(prices, quantity=1):
    """Sum of prices."""
    result = {"sum": 0.0, "items": []}
    for index, price in enumerate(prices):
        if price < 0:
            raise ValueError(f"negative price: {price}")
        result["sum"] += price * quantity
        result["items"].append((index, price))
    if quantity == 0:
        return None
    result["mean"] = result["sum"] / max(len(prices), 1)
    return result
'''


def candidate() -> pool.Subject:
    namespace: dict[str, object] = {"__name__": "benchmark"}
    exec(compile(SOURCE, "<original>", "exec"), namespace)
    function = namespace["total"]
    assert isinstance(function, types.FunctionType)
    source = FunctionSource(
        module="benchmark", qualname="total", name="total", text=SOURCE, filename="<original>", first_line=1,
        docstring="Sum of prices.", signature="(prices, quantity=1)",
    )  # fmt: skip
    program = Program(SOURCE, read_facts(function, source), Policy(), "<candidate>")
    return pool.candidate_subject(program, carry_scope({}), carry(((1,), None)), compile_program(program))


def steps(count: int) -> list[pool.Step]:
    return [pool.Step("call", carry_call(([1.0, 2.5, float(n)], 2), {})) for n in range(count)]


@pytest.fixture(autouse=True)
def _pause():
    """Between rounds a model would be thinking: the runners that wait ahead get ready meanwhile."""
    host.isolation()
    yield
    pool.shutdown()


def pause() -> None:
    time.sleep(0.05)


def test_cold_interpreter(benchmark):
    """The yardstick: python -I, nothing else."""
    benchmark.pedantic(lambda: subprocess.run([sys.executable, "-I", "-c", "pass"], check=True), rounds=20)


COLD_VERDICT = """
import sys; sys.path[:0] = {paths!r}
import RestrictedPython, pickle
RestrictedPython.compile_restricted("def double(x):\\n    return 2 * x\\n", "<candidate>", "exec")
"""


def test_cold_interpreter_that_loads_restrictedpython(benchmark):
    """The yardstick of a design without a zygote: it would also have to load the compiler, for each verdict."""
    script = COLD_VERDICT.format(paths=[path for path in sys.path if path])
    benchmark.pedantic(lambda: subprocess.run([sys.executable, "-I", "-c", script], check=True), rounds=20)


@pytest.mark.parametrize("count", [1, 10, 100, 1000])
def test_verdict(benchmark, count):
    """A candidate, linked and replayed in a warm sandbox; the marginal cost is the slope."""
    subject, replays, policy = candidate(), steps(count), Policy()

    def verdict() -> None:
        run = pool.run(subject, replays, policy)
        assert run.ended == "finished", run

    verdict()
    benchmark.pedantic(verdict, setup=pause, rounds=30)


def test_back_to_back(benchmark):
    """Throughput: no pause between verdicts."""
    subject, replays, policy = candidate(), steps(10), Policy()
    benchmark.pedantic(lambda: pool.run(subject, replays, policy), rounds=50, warmup_rounds=3)


@pytest.mark.parametrize("name", ["small", "row"])
def test_replay_inside_a_runner(benchmark, name):
    """What a further replay adds there: read the arguments, call, encode what came of it, frame it."""
    if name == "row":
        subject, (step,) = candidate(), steps(1)
    else:
        subject = pool.original_subject(carry(lambda x, y: x * y + 1))
        step = pool.Step("call", carry_call((3, 4), {}))
    limits = limits_of(Policy())
    bench = runner_steps.Bench(link(subject.parts, watched=True), limits, runner_steps.Printed(1 << 16), [])
    benchmark(lambda: wire.frame(b"12345678", wire.OUTCOME, runner_steps.call(bench, step.payload)))


@pytest.mark.parametrize("known", [False, True])
def test_outcome_in_the_host(benchmark, known):
    """What a further replay adds here: read an answer, one that the original gave before or another."""
    texts = [values.encode({"sum": 7.0 + n, "items": [(0, 1.0), (1, 2.5)]}).text for n in range(10_000)]
    bodies = [
        wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=1e-6, value=text, after=b'["list"]')
        for text in (texts[:1] if known else texts)
    ]
    turns = itertools.cycle(bodies)
    benchmark(lambda: wire.unpack_outcome(next(turns)))


def priced(prices, quantity=1):
    """Sum of prices, and their mean."""
    result = {"sum": 0.0, "items": []}
    for index, price in enumerate(prices):
        if price < 0:
            raise ValueError(f"negative price: {price}")
        result["sum"] += price * quantity
        result["items"].append((index, price))
    result["mean"] = result["sum"] / len(prices)
    if quantity == 0:
        return None
    return result


@pytest.mark.parametrize("known", [False, True])
def test_verify(benchmark, known):
    """The whole gauntlet on ten good calls and a hundred generated inputs, for the first correction and a further one."""
    corrected = inspect.getsource(priced).replace("/ len(prices)", "/ max(len(prices), 1)")
    calls = [Call(([1.0, 2.5, float(n)], 2)) for n in range(10)]

    def judge() -> None:
        report = verify(corrected, priced, failure=Call(([],)), good_calls=calls)
        assert report.accepted, report

    def prepare() -> None:
        if not known:
            recall.forget()
        pause()

    judge()
    benchmark.pedantic(judge, setup=prepare, rounds=10)


def test_served_call(benchmark):
    """One call of a fix that lives in the sandbox."""
    with serve.SandboxedFunction(candidate(), Policy()) as served:
        served([1.0], 1)
        benchmark(served, [1.0, 2.5], 2)


def test_zygote_start(benchmark):
    """From nothing to ready; hides behind the model."""

    def start() -> None:
        pool.shutdown()
        host.isolation()

    benchmark.pedantic(start, rounds=5)


@pytest.mark.parametrize("name", ["int", "row", "rows"])
def test_encode(benchmark, name):
    """Canonical text of a result."""
    row = {"name": "pen", "price": 1.5, "tags": ["a", "b"], "count": 3}
    benchmark(values.encode, {"int": 5, "row": row, "rows": [dict(row) for _ in range(1000)]}[name])
