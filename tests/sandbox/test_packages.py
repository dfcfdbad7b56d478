"""A program of several modules: what a function reaches through its own package arrives with it."""

from __future__ import annotations

import importlib
import sys

import pytest

from fukkatsu import Call, verify

RULES = "RATE = 2\nUNUSED = (i for i in ())\n\ndef doubled(x):\n    return x * RATE\n"
CORE = "import {package}.rules\nimport {package}.inner.deep as deep\n\ndef asked(x):\n    return {{}}\n"
WAYS = {
    "a constant through the package": "{package}.rules.RATE + x",
    "a function through the package": "{package}.rules.doubled(x)",
    "a module two levels down": "deep.doubled(x)",
    "and by all its names": "{package}.inner.deep.doubled(x)",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    name = "shop_of_several"
    folder = tmp_path / name
    (folder / "inner").mkdir(parents=True)
    for place, text in {"__init__": "", "rules": RULES, "inner/__init__": "", "inner/deep": RULES}.items():
        (folder / f"{place}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.mark.parametrize("way", WAYS)
def test_a_correction_reaches_the_modules_that_its_original_reaches(package, way):
    """By the names that the original says, and no other module of the package."""
    says = WAYS[way].format(package=package.name)
    (package / "core.py").write_text(CORE.format(package=package.name).format(says))
    asked = importlib.import_module(f"{package.name}.core").asked
    text = f"def asked(x):\n    if x is None:\n        x = 0\n    return {says}\n"
    report = verify(text, asked, failure=Call((None,)), good_calls=[Call((3,)), Call((4,))])
    assert report.accepted, str(report)
    assert report.evidence["good_calls"] == 2


def test_a_relative_import_of_the_file_may_be_said_again(package):
    """Word for word; it is the file's own name that counts."""
    (package / "core.py").write_text("from .rules import doubled\n\ndef asked(x):\n    return doubled(x)\n")
    asked = importlib.import_module(f"{package.name}.core").asked
    text = "{}\n\ndef asked(x):\n    return doubled(x or 0)\n"
    for line, accepted in (("from .rules import doubled", True), ("from .inner.deep import doubled", False)):
        report = verify(text.format(line), asked, failure=Call((None,)), good_calls=[Call((3,))])
        assert report.accepted is accepted, str(report)
