"""The corpus is a package of its own, ``corpus``: its files import how a case is written down."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_HERE = str(Path(__file__).parent.parent)
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)

SAMPLE = 8  # the default run takes every eighth case: about ten seconds

_results = pytest.StashKey[list]()


@pytest.fixture
def corpus_results(request):
    """Where the results of all cases come together for the matrix."""
    return request.config.stash.setdefault(_results, [])


def pytest_collection_modifyitems(config, items):
    """Without ``-m corpus``, or a test named by its id, only the sample is run."""
    if "corpus" in (config.option.markexpr or "") or any("::" in arg for arg in config.args):
        return
    every = [item for item in items if item.get_closest_marker("corpus") is not None]
    left_out = {item for at, item in enumerate(every) if at % SAMPLE}
    if left_out:
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter, config):
    """The confusion matrix of what was run."""
    results = config.stash.get(_results, [])
    if results and "corpus" in (config.option.markexpr or ""):
        from corpus.run import matrix

        terminalreporter.section("corpus: which stage refused what")
        terminalreporter.write_line(matrix(results))
