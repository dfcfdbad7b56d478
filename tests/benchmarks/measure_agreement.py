"""Measure `Checks(agreement=2)` on a file of functions and patches, as `measure_patches` reads it.

Run it by hand; it is no test::

    python tests/benchmarks/measure_agreement.py patches.jsonl.gz --every 2

Each patch that the gauntlet accepts alone is paired with others that it accepts: up to ``--pairs`` right ones and as many
wrong ones, drawn at random, none of them itself. A pair counts half for its right and half for its wrong partners, where
there are both. A second suggestion that the gauntlet refuses alone would be replaced, so none is drawn; drawn from all
patches, far fewer pairs would pass.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import logging
import random
import tempfile
from pathlib import Path

from measure_patches import Row, candidates, prepare

from fukkatsu import Checks
from fukkatsu._gauntlet.agreement import Judged, confer
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.pipeline import run_gauntlet
from fukkatsu._model.patch import Candidate


def accepted_alone(entry: Row, options: argparse.Namespace, folder: str) -> dict[str, list[Judged]]:
    """The right and the wrong patches of one function that pass the gauntlet alone."""
    shared = prepare(entry, options, folder, Checks(agreement=2))
    found: dict[str, list[Judged]] = {"right": [], "wrong": []}
    for label, text, patch in candidates(entry, every_patch=False, labels=frozenset()):
        if patch.get("harm") == "residual-only":
            continue
        bench = Bench(candidate=Candidate(text=text), **shared)
        report = run_gauntlet(bench)
        if report.accepted:
            found["right" if label == "right" else "wrong"].append(Judged(bench=bench, report=report))
    return found


def agreeing(one: Judged, others: list[Judged], most: int, chance: random.Random) -> float | None:
    """The share of *others* that agree with *one*, itself left out."""
    company = [other for other in others if other is not one]
    chance.shuffle(company)
    company = company[:most]
    if not company:
        return None
    return sum(confer([one, other]).reports[0].accepted for other in company) / len(company)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="the file, .jsonl or .jsonl.gz")
    parser.add_argument("--every", type=int, default=1, help="take every n-th function")
    parser.add_argument("--offset", type=int, default=0, help="starting with this one")
    parser.add_argument("--pairs", type=int, default=2, help="partners of each kind for one patch")
    parser.add_argument("--good-calls", type=int, default=10, help="how many are known of each function")
    parser.add_argument("--seed", type=int, default=-1, help="for generated inputs; by default one for each function")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    opened = gzip.open if options.data.suffix == ".gz" else open
    with opened(options.data, "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines][options.offset :: options.every]
    chance = random.Random(7)
    count: collections.Counter[str] = collections.Counter()
    shares: dict[str, float] = collections.defaultdict(float)
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries:
            right = {entry["correct_source"], *(other["source"] for other in entry["correct_alternatives"])}
            count["right"] += len(right)
            count["wrong"] += sum(patch["harm"] != "residual-only" for patch in entry["wrong_patches"])
            alone = accepted_alone(entry, options, folder)
            for kind, patches in alone.items():
                count[f"{kind} alone"] += len(patches)
                for one in patches:
                    found = {k: agreeing(one, alone[k], options.pairs, chance) for k in alone}
                    both = [share for share in found.values() if share is not None]
                    shares[kind] += sum(both) / len(both) if both else 0.0
                    for other, share in found.items():
                        if share is not None:
                            count[f"{kind} beside {other}"] += 1
                            shares[f"{kind} beside {other}"] += share
    if not count["wrong"] or not count["right"]:
        raise SystemExit("no function was measured")
    for kind, verb in (("wrong", "accepted"), ("right", "accepted")):
        whole = count[kind]
        print(
            f"{kind} {verb}: alone {count[f'{kind} alone']}/{whole} = {100 * count[f'{kind} alone'] / whole:.1f} %, "
            f"beside a second that passes alone {100 * shares[kind] / whole:.1f} %"
        )
    for pair in ("wrong beside right", "wrong beside wrong", "right beside right", "right beside wrong"):
        print(f"{pair}: {shares[pair]:.1f} of {count[pair]} agree")


if __name__ == "__main__":
    main()
