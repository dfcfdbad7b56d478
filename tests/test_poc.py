"""The proof of concept does what it says, for a reader who has neither key nor network."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

POC = Path(__file__).parents[1] / "poc" / "mvp.py"


def run_poc(cwd):
    # No key, and a model's address where nothing listens: whatever asked a real one would fail.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU"))}
    environment["PYTHONPATH"] = str(POC.parents[1] / "src")
    environment["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    return subprocess.run(
        [sys.executable, str(POC)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=100
    )


def test_the_proof_of_concept_prints_the_three_answers(tmp_path):
    """2, 10 and 21.0, nothing else on stdout, from any folder."""
    done = run_poc(tmp_path)
    assert (done.stdout, done.returncode) == ("2\n10\n21.0\n", 0), done.stderr


def test_the_proof_of_concept_stands_on_the_library():
    """It is no second implementation: it imports the decorator, and neither compiles nor executes anything itself."""
    tree = ast.parse(POC.read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert imported == {"fukkatsu"}
    assert not called & {"exec", "eval", "compile", "__import__"}
    assert len(POC.read_text("utf-8").splitlines()) < 80, "readable in one sitting"
