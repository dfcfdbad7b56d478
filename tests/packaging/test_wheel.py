"""The wheel: what it holds, and that it works without the source tree."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import fukkatsu

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this source tree, built by the declared backend."""
    folder = tmp_path_factory.mktemp("wheel")
    # The backend itself rather than ``pip wheel``: no network, and no second environment to fill.
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_every_module_and_nothing_else(wheel):
    """No test, no cache; the pages of the review console, and the marker that says the types are ours to check."""
    wanted = [*(ROOT / "src/fukkatsu").rglob("*.py"), *(ROOT / "src/fukkatsu/_ui").glob("*/*.*")]
    source = {p.relative_to(ROOT / "src").as_posix() for p in wanted if "__pycache__" not in p.parts}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == source | {"fukkatsu/py.typed"}


def test_the_wheel_names_its_command_and_its_licence(wheel):
    """``fukkatsu`` on the path, MIT in the metadata, README as the long description."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        entry_points = archive.read(files["entry_points.txt"]).decode()
        metadata = HeaderParser().parsestr(archive.read(files["METADATA"]).decode())
    assert "fukkatsu = fukkatsu._cli.main:main" in entry_points
    assert metadata["Version"] == fukkatsu.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert str(metadata.get_payload()).startswith("# fukkatsu")


def test_the_wheel_works_without_the_source_tree(unpacked, tmp_path):
    """Everything that is imported comes out of the wheel, wherever the program is started."""
    program = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "import fukkatsu, fukkatsu._cli.main, fukkatsu._demo.story\n"
        "from fukkatsu import resurrect, verify\n"
        "print(fukkatsu.__file__); print(verify.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=100
    )
    assert Path(done.stdout.splitlines()[0]).is_relative_to(unpacked)


def test_every_dependency_has_its_reason_beside_it():
    """A dependency is code that users must trust: the line that asks for one says what for."""
    inside, bare = False, []
    for line in (ROOT / "pyproject.toml").read_text("utf-8").splitlines():
        if line.endswith("= [") and (line.split()[0] in {"dependencies", "cli", "test", "dev"}):
            inside = True
        elif line.startswith("]"):
            inside = False
        elif inside and line.strip().startswith('"') and "fukkatsu[" not in line and "#" not in line:
            bare.append(line.strip())
    assert bare == []


def test_core_dependencies_are_few():
    """What a service must install to use the decorator; everything else is an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {"".join(c for c in d.split(">")[0] if c.isalnum()).lower() for d in project["dependencies"]}
    assert names <= {"openai", "restrictedpython", "hypothesis", "cloudpickle", "typeguard", "docstringparser"}
