"""What a decorator costs while nothing fails: ours beside a plain closure, tenacity, stamina and fukkatsu 0.0.14.

    python tests/benchmarks/side_by_side.py            # a table, about a minute
    python tests/benchmarks/side_by_side.py --json

All that can be imported together is measured in one process, in interleaved rounds: each round runs every variant once,
a variant's figure is the median of its rounds, and of several such series the smallest is taken. Counted is the
processor time of this process, so that what else runs on the machine costs precision rather than figures. Each variant
is called from a loop of its own, compiled for it, so that none pays for another's inline caches. The early release
0.0.14 cannot be installed beside us: it is put into a virtual environment of its own, with its own closure to compare
with; without a package index that column stays empty.

"Added" is what the decorator adds to a plain call; "ratio" is that against what the closure adds in the same process.
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SRC = Path(__file__).parents[2] / "src"
UPSTREAM = "fukkatsu==0.0.14"
ROUNDS, SERIES = 15, 9
CASES = {
    "f(x, y, z)": "f(1, 2, 3)",
    "f(x=, y=, z=)": "f(x=1, y=2, z=3)",
    "obj.f(x, y)": "f.f(1, 2)",
    "f(list of 100,000)": "f(large, 2, 3)",
}


def plain(function: Any) -> Any:
    return function


def closure(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise error from None

    return wrapper


def decorators(upstream: bool) -> dict[str, Any]:
    """What there is in this interpreter."""
    import fukkatsu

    found: dict[str, Any] = {"plain": plain, "closure": closure}
    if upstream:
        return {**found, UPSTREAM: fukkatsu.resurrect()}
    found["fukkatsu"] = fukkatsu.resurrect
    try:
        import stamina
        import tenacity
    except ImportError:
        return found
    found["tenacity"] = tenacity.retry(stop=tenacity.stop_after_attempt(1), reraise=True)
    found["stamina"] = stamina.retry(on=Exception, attempts=1)
    return found


def called(decorator: Any, call: str) -> Any:
    """A function that makes *count* calls of a freshly decorated one, and nothing else."""
    if "f.f(" in call:

        class Thing:
            @decorator
            def f(self, x, y):
                return x

        target: Any = Thing()
    else:

        @decorator
        def f(x, y, z):
            return x

        target = f
    names = {"f": target, "large": list(range(100_000))}
    text = f"def calls(count, f=f, large=large):\n    for _ in range(count):\n        {call}\n"
    exec(text, names)
    return names["calls"]


def per_call(calls: Any, count: int) -> float:
    began = time.process_time()
    calls(count)
    return (time.process_time() - began) / count


def measured(upstream: bool) -> dict[str, dict[str, float]]:
    """Nanoseconds of one call, by case and variant."""
    logging.disable()
    figures: dict[str, dict[str, float]] = {}
    for case, call in CASES.items():
        variants = {name: called(decorator, call) for name, decorator in decorators(upstream).items()}
        counts = {}
        for name, calls in variants.items():
            calls(300)  # ours has used up what it records at first: from here on it is the steady state
            counts[name] = max(1, min(20_000, int(0.002 / per_call(calls, 3))))
        best = dict.fromkeys(variants, float("inf"))
        gc.collect()
        gc.disable()
        for _ in range(SERIES):
            rounds: dict[str, list[float]] = {name: [] for name in variants}
            for _ in range(ROUNDS):
                for name, calls in variants.items():
                    rounds[name].append(per_call(calls, counts[name]))
            for name, seconds in rounds.items():
                best[name] = min(best[name], statistics.median(seconds))
        gc.enable()
        figures[case] = {name: seconds * 1e9 for name, seconds in best.items()}
    return figures


def measured_upstream(folder: Path) -> dict[str, dict[str, float]] | str:
    """The same in an environment of its own; a text says why there is none."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    steps = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", UPSTREAM, "setuptools<81"],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            return f"{UPSTREAM} could not be installed: {said}"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OPENAI_API_KEY": "none"}
    command = [str(python), "-I", str(Path(__file__).resolve()), "--worker", "--upstream"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=env, cwd=folder)
    if done.returncode != 0:
        return f"{UPSTREAM} could not be run: {(done.stderr.strip().splitlines() or [''])[-1]}"
    return dict(json.loads(done.stdout.splitlines()[-1]))


def added(figures: dict[str, float]) -> dict[str, tuple[float, float]]:
    """What each variant adds to a plain call, in nanoseconds, and against what the closure adds."""
    by_closure = figures["closure"] - figures["plain"]
    return {
        name: (ns - figures["plain"], (ns - figures["plain"]) / by_closure)
        for name, ns in figures.items()
        if name != "plain"
    }


def compare() -> dict[str, Any]:
    """Everything, as plain data."""
    with tempfile.TemporaryDirectory() as folder:
        upstream = measured_upstream(Path(folder) / "upstream")
    ours = measured(upstream=False)
    rows = {case: added(figures) for case, figures in ours.items()}
    if not isinstance(upstream, str):
        for case, figures in upstream.items():
            rows[case][UPSTREAM] = added(figures)[UPSTREAM]
    return {"python": sys.version.split()[0], "added": rows, "skipped": upstream if isinstance(upstream, str) else ""}


def table(found: dict[str, Any]) -> str:
    """As in README."""
    names = ["closure", "fukkatsu", "tenacity", "stamina", UPSTREAM]
    names = [name for name in names if any(name in row for row in found["added"].values())]
    lines = ["| added to one call | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for case, row in found["added"].items():
        cells = [f"{row[name][0]:,.0f} ns ({row[name][1]:,.2f})" if name in row else "" for name in names]
        lines.append(f"| `{case}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, *([found["skipped"]] if found["skipped"] else [])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--upstream", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        print(json.dumps(measured(chosen.upstream)))
        return
    sys.path.insert(0, str(SRC))
    found = compare()
    print(json.dumps(found) if chosen.json else table(found))


if __name__ == "__main__":
    main()
