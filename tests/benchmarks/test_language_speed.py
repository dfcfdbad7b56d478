"""An accepted fix against plain Python and against stock RestrictedPython guards, loop by loop, in one run.

Run on request: ``pytest tests/benchmarks/test_language_speed.py -p no:cacheprovider --override-ini addopts=``. The last test
prints the table and both geometric means; nothing here asserts a time except the ratios that the design promises.
"""

from __future__ import annotations

import ast
import itertools
import math
import statistics
import time
import types
from typing import Any

import pytest
from RestrictedPython import compile_restricted_exec, safe_builtins
from RestrictedPython.Eval import default_guarded_getitem, default_guarded_getiter
from RestrictedPython.Guards import (
    full_write_guard,
    guarded_iter_unpack_sequence,
    guarded_unpack_sequence,
    safer_getattr_raise,
)

from fukkatsu._language.facts import OriginalFacts, read_facts
from fukkatsu._language.program import Program, compile_program, link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._language.static import check_source
from fukkatsu._model.patch import FunctionSource
from fukkatsu.policy import Policy

N = 2_000
LOOPS: dict[str, tuple[str, str]] = {
    "attribute read": ("t = 0\n    for i in range(n):\n        t = t + p.x\n    return t", "p"),
    "attribute write": ("for i in range(n):\n        p.x = i\n    return p.x", "p"),
    "method call": ("for i in range(n):\n        p.get()\n    return p.get()", "p"),
    "string methods": ("t = 0\n    for i in range(n):\n        t = t + len(s.strip().upper())\n    return t", "s"),
    "get item": ("t = 0\n    for i in range(n):\n        t = t + a[i % 10]\n    return t", "a"),
    "set item": ("for i in range(n):\n        a[i % 10] = i\n    return a[0]", "a"),
    "unpacking": ("x = 0\n    y = 1\n    for i in range(n):\n        x, y = y, x\n    return x", ""),
    "unpacking loop": ("t = 0\n    for x, y in pairs:\n        t = t + x * y\n    return t", "pairs"),
    "augmented": ("t = 0\n    for i in range(n):\n        t += i\n    return t", ""),
    "comprehension": ("return [x * 2 for x in range(n) if x % 3]", ""),
    "nested function": (
        "def add(x, y):\n        return x + y\n    t = 0\n    for i in range(n):\n        t = add(t, i)\n    return t",
        "",
    ),
    "dataclass fields": ("t = 0.0\n    for i in range(n):\n        t = t + p.x * p.y\n    return t", "p"),
    "parser": (
        "out = []\n    for line in lines:\n        line = line.strip()\n        if line and not line.startswith('#'):\n"
        "            key, value = line.split('=', 1)\n            out.append((key.strip(), int(value)))\n    return out",
        "lines",
    ),
    "numeric": ("t = 0.0\n    for i in range(1, n):\n        t = t + math.sqrt(i) / (i * i + 1.0)\n    return t", ""),
    "dict counting": ("d = {}\n    for w in words:\n        d[w] = d.get(w, 0) + 1\n    return d", "words"),
    "sort by key": ("return sorted(pairs, key=lambda r: (-r[1], r[0]))", "pairs"),
}


class P:
    def __init__(self) -> None:
        self.x, self.y = 1.5, 2.5

    def get(self) -> float:
        return self.x


VALUES: dict[str, Any] = {
    "p": P(),
    "s": "  text  ",
    "a": list(range(10)),
    "pairs": [(i, i + 1) for i in range(N)],
    "lines": ["# comment", "a = 1", "  b=22 ", ""] * (N // 4),
    "words": ["a", "b", "c", "a"] * (N // 4),
}


def variants(name: str) -> dict[str, Any]:
    """The loop as plain Python, as an accepted fix, and under stock guards (``None`` where stock refuses it)."""
    body, argument = LOOPS[name]
    text = f"def f(n, {argument or 'unused'}):\n    {body}\n"
    module = types.ModuleType("loops")
    exec(compile(f"import math\n{text}", "loops.py", "exec", dont_inherit=True), vars(module))
    plain = module.f
    source = FunctionSource(
        module="loops",
        qualname="f",
        name="f",
        text=text,
        filename="loops.py",
        first_line=1,
        docstring=None,
        signature="",
    )
    facts = read_facts(plain, source)
    assert check_source(text, facts, Policy()) == ()
    program = Program(text, facts, Policy(), f"<fix {name}>")
    fix = link_program(
        program, compile_program(program), LiveScope(plain, facts.scope_names), defaults=None, kwdefaults=None
    )
    compiled = compile_restricted_exec(ast.unparse(ast.parse(text)))
    stock = None
    if compiled.code is not None:
        names: dict[str, Any] = {
            "__builtins__": {**safe_builtins, "sorted": sorted},
            "math": math,
            "_getattr_": safer_getattr_raise,
            "_getitem_": default_guarded_getitem,
            "_getiter_": default_guarded_getiter,
            "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
            "_unpack_sequence_": guarded_unpack_sequence,
            "_write_": lambda value: value if isinstance(value, P) else full_write_guard(value),
            "_inplacevar_": lambda op, x, y: x + y,
        }
        exec(compiled.code, names)
        stock = names["f"]
    return {"plain": plain, "fix": fix, "stock": stock}


@pytest.mark.parametrize("kind", ["plain", "fix", "stock"])
@pytest.mark.parametrize("name", LOOPS)
def test_a_loop(benchmark, name, kind):
    """One row of the table for pytest-benchmark."""
    function = variants(name)[kind]
    if function is None:
        pytest.skip("stock RestrictedPython refuses it")
    benchmark.group = name
    benchmark(function, N, VALUES.get(LOOPS[name][1]))


def test_the_geometric_mean_is_near_plain_python(capsys):
    """Interleaved rounds, best of each: a shared machine disturbs all three alike."""
    ratios: dict[str, list[float]] = {"fix": [], "stock": []}
    rows = []
    for name in LOOPS:
        functions = {kind: f for kind, f in variants(name).items() if f is not None}
        best = dict.fromkeys(functions, math.inf)
        for _ in range(25):
            for kind, function in functions.items():
                argument = VALUES.get(LOOPS[name][1])
                begun = time.perf_counter()
                function(N, argument)
                best[kind] = min(best[kind], time.perf_counter() - begun)
        row = {kind: best[kind] / best["plain"] for kind in functions if kind != "plain"}
        for kind, ratio in row.items():
            ratios[kind].append(ratio)
        rows.append(f"{name:<18} fix {row['fix']:5.2f}x   stock {row.get('stock', math.nan):6.2f}x")
    fix, stock = (statistics.geometric_mean(ratios[kind]) for kind in ("fix", "stock"))
    with capsys.disabled():
        print("\n" + "\n".join(rows) + f"\n{'geometric mean':<18} fix {fix:5.2f}x   stock {stock:6.2f}x")
    assert fix < 1.1 * 1.1  # the promise is 1.1; the rest is the machine's noise
    assert stock > 2 * fix


TWELVE_LINES = """
import json
def f(text, limit=10):
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number}: {error}") from error
        rows.append({k: v for k, v in row.items() if v is not None})
    return rows[:limit]
"""


def _function() -> tuple[types.FunctionType, FunctionSource]:
    module = types.ModuleType("twelve")
    exec(compile(TWELVE_LINES, "twelve.py", "exec", dont_inherit=True), vars(module))
    text = TWELVE_LINES.replace("import json\n", "").strip()
    return module.f, FunctionSource(
        module="twelve", qualname="f", name="f", text=text, filename="t", first_line=1, docstring=None, signature=""
    )


_fresh = itertools.count()


def _new_text() -> str:
    """The same correction under a comment that no cache has seen."""
    return f"{TWELVE_LINES}# {next(_fresh)}\n"


def _both_stages(facts: OriginalFacts, policy: Policy) -> Any:
    text = _new_text()
    assert check_source(text, facts, policy) == ()
    return compile_program(Program(text, facts, policy, "<fix>"))


def test_both_stages_of_twelve_lines(benchmark):
    """Static, then compile, which uses what static found: as in the gauntlet."""
    facts = read_facts(*_function())
    assert benchmark(_both_stages, facts, Policy())


def test_static_stage_of_twelve_lines(benchmark):
    """Reads, walks, rewrites and compiles."""
    facts, policy = read_facts(*_function()), Policy()
    assert benchmark(lambda: check_source(_new_text(), facts, policy)) == ()


def test_compile_stage_of_twelve_lines_alone(benchmark):
    """As in a runner, where no static stage came before it."""
    facts, policy = read_facts(*_function()), Policy()
    assert benchmark(lambda: compile_program(Program(_new_text(), facts, policy, "<fix>")))


def test_facts_of_twelve_lines(benchmark):
    """Once per failure."""
    assert benchmark(read_facts, *_function())


def test_both_stages_take_at_most_two_milliseconds(capsys):
    """The promise of the design; the best of many runs, since other programs run on this machine too."""
    facts, policy = read_facts(*_function()), Policy()
    _both_stages(facts, policy)
    seconds = []
    for _ in range(300):
        begun = time.perf_counter()
        _both_stages(facts, policy)
        seconds.append(time.perf_counter() - begun)
    seconds.sort()
    with capsys.disabled():
        print(f"\nstatic + compile, 12 lines: best {seconds[0] * 1e3:.2f} ms, median {seconds[150] * 1e3:.2f} ms")
    assert seconds[0] < 0.002
