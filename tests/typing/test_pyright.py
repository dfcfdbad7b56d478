"""The other type checker: what mypy finds right in this folder, pyright finds right too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
SRC = FOLDER.parents[1] / "src"
REQUIRED = os.environ.get("FUKKATSU_REQUIRE_PYRIGHT") == "1"
WRONG = """\
from fukkatsu import resurrect

@resurrect
def half(x: float) -> float:
    return x / 2

half("a")
half(1, 2)
x: str = half(1.0)
resurrect(lifes=2)
"""


def test_decorated_callables_keep_their_types_under_pyright(tmp_path: Path) -> None:
    """Overloads, ParamSpec, methods, coroutines and generators; wrong calls of them are found, in strict mode too."""
    if not REQUIRED:
        pytest.importorskip("pyright")
    files = [path for path in sorted(FOLDER.glob("*.py")) if not path.name.startswith("test_")]
    for path in files:  # pyright leaves out what lies outside the folder of its settings, without an error
        shutil.copy(path, tmp_path)
    (tmp_path / "wrong.py").write_text(WRONG)
    strict = {"typeCheckingMode": "strict", "reportUnnecessaryTypeIgnoreComment": "error", "extraPaths": [str(SRC)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(strict))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment, cwd=tmp_path)
    if done.returncode not in (0, 1) and not REQUIRED:
        pytest.skip(f"pyright cannot run here: {done.stderr[-200:]}")
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] == len(files) + 1
    wrong = {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1)
        for each in said["generalDiagnostics"]
        if each["severity"] == "error"
    }
    lines = (FOLDER / "kinds.py").read_text().splitlines()
    only_mypy = {("kinds.py", at) for at, line in enumerate(lines, 1) if "pyright does" in line}  # an ignore too many
    assert wrong == {("wrong.py", line) for line in (7, 8, 9, 10)} | only_mypy
