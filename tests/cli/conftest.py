"""The real command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"


@pytest.fixture
def fukkatsu(tmp_path):
    """Call with the words after ``fukkatsu``; runs in an empty folder, without key, model or colour."""

    def run(*words, stdin=None, **environment):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU"))}
        inherited["PYTHONPATH"] = str(SRC)
        # The one address that anything asking a real model would go to: nothing listens there.
        inherited["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
        return subprocess.run(
            [sys.executable, "-m", "fukkatsu", *map(str, words)],
            cwd=tmp_path, env=inherited | environment, input=stdin, capture_output=True, text=True, timeout=100,
        )  # fmt: skip

    return run
