"""Measure the gauntlet on a file of functions with right and labelled wrong patches; the file stays where it is.

Run it by hand; it is no test::

    python tests/benchmarks/measure_patches.py patches.jsonl.gz --every 8
    python tests/benchmarks/measure_patches.py patches.jsonl.gz --clean --right --seed 3 --rows refused.jsonl

The file has one JSON object a line. Arguments and results are Python literals (``inf``, ``nan`` and ``set()`` too)::

    id, function, buggy_source, docstring, imports, clean
    correct_source, correct_alternatives[{source}]
    failing_calls[{args}]            the first is the failing call
    good_calls[{args, expected}]
    informal_examples[{args, holds}]
    wrong_patches[{label, source, harm, plausible}]

``clean`` says that the function is never silently wrong on known inputs; elsewhere its own answers are no reference.
``plausible`` says that a patch answers the failing call and all good calls: only those are run unless ``--all`` is
given, the rest counts as refused. ``harm="residual-only"`` is counted apart. A function's docstring *covers the crash*
when one of its examples makes the original crash as the failing call does.

The modules of the file are imported into this process: measure on files that you trust.
"""

from __future__ import annotations

import argparse
import ast
import collections
import gzip
import importlib.util
import json
import logging
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fukkatsu import Call, Checks
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.evidence import FunctionEvidence
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._language.facts import read_facts
from fukkatsu._model.patch import Candidate
from fukkatsu._oracle.examples import read_doctests
from fukkatsu._sandbox import pool
from fukkatsu._verify import _record
from fukkatsu.policy import load_policy

Row = dict[str, Any]


def literal(text: str) -> Any:
    """The value that *text* spells: a literal, with ``inf``, ``nan`` and calls like ``set()`` in it."""

    def read(node: ast.expr) -> Any:
        match node:
            case ast.Name(id="inf" | "nan" as name):
                return math.inf if name == "inf" else math.nan
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -read(inner)
            case ast.Call(func=ast.Name(id="set" | "frozenset" | "float" as name), args=args):
                return {"set": set, "frozenset": frozenset, "float": float}[name](*map(read, args))
            case ast.Tuple(elts=items):
                return tuple(map(read, items))
            case ast.List(elts=items):
                return list(map(read, items))
            case ast.Set(elts=items):
                return set(map(read, items))
            case ast.Dict(keys=keys, values=values):
                return {read(k): read(v) for k, v in zip(keys, values, strict=True) if k is not None}
        return ast.literal_eval(node)

    return read(ast.parse(text.strip(), mode="eval").body)


def load(entry: Row, folder: str) -> Callable[..., Any]:
    """The function that raises, from a module file of its own: its source text must be readable."""
    name = "measured_" + "".join(c if c.isalnum() else "_" for c in entry["id"])
    imports = [line for line in entry.get("imports") or [] if isinstance(line, str)]
    lines = [line for line in imports if line.startswith(("import ", "from ")) and line not in entry["buggy_source"]]
    path = Path(folder, name + ".py")
    path.write_text("\n".join([*lines, entry["buggy_source"]]), "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, entry["function"])
    return function


def candidates(entry: Row, *, every_patch: bool, labels: frozenset[str]) -> Iterator[tuple[str, str, Row]]:
    """Label, source and what else is known of each patch to run."""
    right = [entry["correct_source"], *(other["source"] for other in entry["correct_alternatives"])]
    for source in dict.fromkeys(right):
        if not labels or "right" in labels:
            yield "right", source, {}
    for patch in entry["wrong_patches"]:
        if (every_patch or patch["plausible"]) and (not labels or patch["label"] in labels):
            yield patch["label"], patch["source"], patch


def prepare(entry: Row, options: argparse.Namespace, folder: str, checks: Checks) -> Row:
    """What the benches of all patches of one function share."""
    function = load(entry, folder)
    failing = Call(tuple(literal(entry["failing_calls"][0]["args"])))
    good = [Call(tuple(literal(c["args"])), returned=literal(c["expected"])) for c in entry["good_calls"]]
    source = read_source(function)
    seed = options.seed if options.seed >= 0 else random.Random(entry["id"]).randrange(1 << 60)
    return {
        "original": function,
        "source": source,
        "facts": read_facts(function, source),
        "policy": load_policy(None),
        "checks": checks,
        "failure": _record(failing, {}),
        "failing_call": failing,
        "good_calls": tuple(_record(call, {}) for call in good[: options.good_calls]),
        "seed": seed,
        "evidence": FunctionEvidence(),
    }


def measure(entry: Row, options: argparse.Namespace, folder: str) -> Iterator[Row]:
    """One row for each patch of one function."""
    shared = prepare(entry, options, folder, Checks())
    covered = _covered(entry, Bench(candidate=Candidate(text=entry["buggy_source"]), **shared))
    labels = frozenset(["right"] if options.right else options.labels)
    for label, text, patch in candidates(entry, every_patch=options.all, labels=labels):
        started = time.perf_counter()
        report = run_gauntlet(Bench(candidate=Candidate(text=text), **shared))
        yield {
            "id": entry["id"],
            "clean": entry["clean"],
            "covered": covered,
            "label": label,
            "detail": patch.get("detail"),
            "residual": patch.get("harm") == "residual-only",
            "accepted": report.accepted,
            "by": report.refused_by,
            "reason": report.reason,
            "seconds": round(time.perf_counter() - started, 4),
            "stages": {v.stage: round(v.seconds * 1000, 2) for v in report.verdicts},
            "evidence": dict(report.evidence),
            "notes": list(report.notes),
            "source": text,
        }


def _covered(entry: Row, bench: Bench) -> bool:
    assert bench.failure is not None
    crash = bench.reference([bench.failure])[0]
    quoted = [Call(tuple(literal(e["args"]))) for e in entry["informal_examples"] if e["holds"]]
    steps = [pool.Step("call", _record(call, {}).arguments) for call in quoted]
    steps += [pool.Step("exec", e.source.encode()) for e in read_doctests(bench.source.docstring or "")]
    ran = bench.run_original(steps).outcomes if steps else ()
    return any(one.kind == "raised" and one.exception == crash.exception for one in ran)


# --- the table --------------------------------------------------------------------------------------------------------


def _share(part: Iterable[Row], whole: int, what: str) -> str:
    count = sum(1 for _ in part)
    return f"{what} {count}/{whole} = {100 * count / whole:.1f} %" if whole else f"{what} -"


def print_table(rows: Sequence[Row], skipped: collections.Counter[tuple[bool, bool]]) -> None:
    """Wrong accepted and right refused: by cleanness, by coverage of the crash, by label."""
    groups = [
        ("clean", [r for r in rows if r["clean"]], sum(n for (clean, _), n in skipped.items() if clean)),
        (
            "clean, the docstring covers the crash",
            [r for r in rows if r["clean"] and r["covered"]],
            skipped[True, True],
        ),
        ("clean, it does not", [r for r in rows if r["clean"] and not r["covered"]], skipped[True, False]),
        ("not clean", [r for r in rows if not r["clean"]], sum(n for (clean, _), n in skipped.items() if not clean)),
    ]
    for name, group, more in groups:
        right = [r for r in group if r["label"] == "right"]
        wrong = [r for r in group if r["label"] != "right" and not r["residual"]]
        accepted = [r for r in wrong if r["accepted"]]
        print(
            f"{name:40}",
            _share(accepted, len(wrong) + more, "wrong accepted"),
            _share(accepted, len(wrong), "of plausible ones"),
            _share((r for r in right if not r["accepted"]), len(right), "right refused"),
            dict(collections.Counter(r["by"] for r in right if not r["accepted"])),
            sep="   ",
        )
    print(f"\n{'label':18} {'run':>5} {'accepted':>8}   refused by (clean functions)")
    for label in sorted({r["label"] for r in rows}):
        found = [r for r in rows if r["label"] == label and r["clean"] and not r["residual"]]
        by = collections.Counter(r["by"] for r in found if not r["accepted"])
        print(f"{label:18} {len(found):5} {sum(r['accepted'] for r in found):8}   {dict(by.most_common())}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the file, .jsonl or .jsonl.gz")
    parser.add_argument("--every", type=int, default=1, help="take every n-th function")
    parser.add_argument("--offset", type=int, default=0, help="starting with this one")
    parser.add_argument("--id", default="", help="functions whose id contains this")
    parser.add_argument("--clean", action="store_true", help="functions that are never silently wrong, only")
    parser.add_argument("--right", action="store_true", help="right patches only")
    parser.add_argument("--labels", nargs="*", default=[], help="patches with these labels only ('right' is one)")
    parser.add_argument("--all", action="store_true", help="implausible patches too")
    parser.add_argument("--good-calls", type=int, default=10, help="how many are known of each function")
    parser.add_argument("--seed", type=int, default=-1, help="for generated inputs; by default one for each function")
    parser.add_argument("--rows", type=Path, help="write one JSON object for each patch to this file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    logging.disable(logging.CRITICAL)
    opened = gzip.open if options.data.suffix == ".gz" else open
    with opened(options.data, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    entries = [e for e in entries if options.id in e["id"] and (e["clean"] or not options.clean)]
    rows: list[Row] = []
    skipped: collections.Counter[tuple[bool, bool]] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries[options.offset :: options.every]:
            found = list(measure(entry, options, folder))
            rows += found
            if found and not (options.all or options.right or options.labels):
                implausible = [p for p in entry["wrong_patches"] if not p["plausible"] and p["harm"] != "residual-only"]
                skipped[entry["clean"], found[0]["covered"]] += len(implausible)
    if options.rows:
        options.rows.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), "utf-8")
    print_table(rows, skipped)


if __name__ == "__main__":
    main()
