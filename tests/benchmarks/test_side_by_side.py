"""The table of `side_by_side.py`, held to its floors.

Run with ``pytest tests/benchmarks/test_side_by_side.py -s``; it prints the table. Ratios only: the machine may be busy.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).with_name("side_by_side.py")
FLOOR = 1.15


@pytest.fixture(scope="module")
def side_by_side():
    spec = importlib.util.spec_from_file_location("side_by_side", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(600)
def test_the_decorator_adds_no_more_than_a_closure_written_by_hand(side_by_side):
    """Positional, by keyword, on a method, with a list of 100,000 items."""
    figures = side_by_side.measured(upstream=False)
    rows = {case: side_by_side.added(row) for case, row in figures.items()}
    print("\n" + side_by_side.table({"added": rows, "skipped": ""}))
    assert {case: row["fukkatsu"][1] <= FLOOR for case, row in rows.items()} == dict.fromkeys(side_by_side.CASES, True)


@pytest.mark.timeout(900)
def test_the_first_releases_beside_it(side_by_side, tmp_path):
    """In an environment of its own, which takes a package index."""
    figures = side_by_side.measured_upstream(tmp_path / "upstream")
    if isinstance(figures, str):
        pytest.skip(figures)
    rows = {case: side_by_side.added(row) for case, row in figures.items()}
    print("\n" + side_by_side.table({"added": rows, "skipped": ""}))
    assert all(row[side_by_side.UPSTREAM][1] > FLOOR for row in rows.values())
