"""The real command, in a process of its own."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="session")
def run_fukkatsu():
    """Call with a folder and the words after ``fukkatsu``; runs there, without key, model or colour."""

    def run(folder, *words, stdin=None, **environment):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU"))}
        inherited["PYTHONPATH"] = str(SRC)
        # The one address that anything asking a real model would go to: nothing listens there.
        inherited["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
        return subprocess.run(
            [sys.executable, "-m", "fukkatsu", *map(str, words)],
            cwd=folder, env=inherited | environment, input=stdin, capture_output=True, text=True, timeout=100,
        )  # fmt: skip

    return run


@pytest.fixture
def fukkatsu(run_fukkatsu, tmp_path):
    """The same in this test's own folder."""
    return functools.partial(run_fukkatsu, tmp_path)
