"""Modules that no runner has loaded when a function comes that uses them by their name."""

from __future__ import annotations

import importlib
import sys

import pytest

from fukkatsu import Call, verify

USED = {
    "bz2": "bz2.compress(x.encode())",
    "cmath": "cmath.sqrt(len(x))",
    "colorsys": "colorsys.rgb_to_hsv(1, 0, len(x))",
    "configparser": "configparser.ConfigParser(defaults={'a': x.upper()}).defaults()['a']",
    "email.utils": "email.utils.parseaddr(x.strip())",
    "getopt": "getopt.getopt(x.split(), 'ab')",
    "graphlib": "list(graphlib.TopologicalSorter({x.upper(): []}).static_order())",
    "html.parser": "html.parser.HTMLParser(convert_charrefs=bool(x.strip())).rawdata",
    "http.cookies": "http.cookies.SimpleCookie(x.strip()).output()",
    "pprint": "pprint.pformat(x.upper())",
    "tomllib": "tomllib.loads(x.strip())",
    "xml.sax.saxutils": "xml.sax.saxutils.escape(x.strip())",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("uses_")]:
        del sys.modules[name]


@pytest.mark.parametrize("module", USED)
def test_a_correction_uses_members_of_a_module_that_the_file_imports_as_such(folder, module):
    """``import configparser``, and ``configparser.ConfigParser`` in the function: by far the most usual way."""
    name = f"uses_{module.replace('.', '_')}"
    (folder / f"{name}.py").write_text(f"import {module}\n\n\ndef asked(x):\n    return {USED[module]}\n")
    asked = importlib.import_module(name).asked
    text = f"def asked(x):\n    if x is None:\n        x = ''\n    return {USED[module]}\n"
    report = verify(text, asked, failure=Call((None,)), good_calls=[Call(("",))])
    assert report.accepted, str(report)
    assert report.evidence["good_calls"] == 1
