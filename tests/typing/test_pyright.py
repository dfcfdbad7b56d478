"""The other type checker: what mypy finds right in this folder, pyright finds right too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
SRC = FOLDER.parents[1] / "src"


def test_decorated_callables_keep_their_types_under_pyright(tmp_path: Path) -> None:
    """Overloads, ParamSpec, methods, coroutines and generators; wrong calls of them are found."""
    pytest.importorskip("pyright")
    files = [str(path) for path in sorted(FOLDER.glob("*.py")) if not path.name.startswith("test_")]
    (tmp_path / "wrong.py").write_text(
        "from fukkatsu import resurrect\n\n@resurrect\ndef half(x: float) -> float:\n    return x / 2\n\n"
        'half("a")\nhalf(1, 2)\nx: str = half(1.0)\nresurrect(lifes=2)\n'
    )
    settings = {"extraPaths": [str(SRC)], "include": [*files, str(tmp_path / "wrong.py")]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment, cwd=tmp_path)
    if done.returncode not in (0, 1):
        pytest.skip(f"pyright cannot run here: {done.stderr[-200:]}")
    said = json.loads(done.stdout)["generalDiagnostics"]
    wrong = [
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in said if each["severity"] == "error"
    ]
    assert wrong == [("wrong.py", line) for line in (7, 8, 9, 10)]
