"""What a correction puts into a container of its own beside something of the module's, told apart by constant keys."""

from __future__ import annotations

import pytest

ORIGINAL = """
TABLE = {"a": [1, 2]}
ROWS = ([1, 2],)
def f(key, n): return TABLE[key][n] + ROWS[0][0]
"""
OPEN = [
    't = {k: list(v) for k, v in TABLE.items()}; t["a"].append(1); return 0',
    'res = {"items": TABLE["a"], "n": []}; res["n"].append(3); return 0',
    'res = {"a": {"b": TABLE["a"], "c": []}}; q = res["a"]; q["c"].append(3); return 0',
    "import operator\n    return operator.itemgetter(key)(TABLE)[0]",
    "import operator\n    return list(map(operator.itemgetter(0), ROWS))[0]",
    'res = {"items": TABLE["a"], "n": []}; res["n"] += [1]; return res["n"]',
    'res = {"n": {}, 1: TABLE}; res["n"]["x"] = 1; return 0',
]
CLOSED = [
    'res = {"items": TABLE["a"], "n": []}; res["items"].append(3); return 0',
    'res = {"items": TABLE["a"], "n": []}; res[key].append(3); return 0',
    'res = {"items": TABLE["a"], "n": []}; [v.append(3) for v in res.values()]; return 0',
    'res = {"items": TABLE["a"]}; res.get("items").append(3); return 0',
    'res = {"items": TABLE["a"]}; res.pop("items").append(3); return 0',
    'res = {"n": []}; res["n"] = TABLE["a"]; res["n"].append(3); return 0',
    'res = {"n": []}; res.update(n=TABLE["a"]); res["n"].append(3); return 0',
    'res = {"n": []}; res.setdefault("m", TABLE["a"]); res["m"].append(3); return 0',
    'res = {1: TABLE["a"]}; res[True].append(3); return 0',
    'res = {"a": {"b": TABLE["a"]}}; res["a"]["b"].append(3); return 0',
    'res = {"a": {"b": TABLE["a"]}}; q = res["a"]; q["b"].append(3); return 0',
    't = {k: v for k, v in TABLE.items()}; t["a"].append(1); return 0',
    'res = {"x": TABLE["a"]}; c = dict(res); c["x"].append(1); return 0',
    'res = {"x": TABLE["a"]}; c = {**res}; c["x"].append(1); return 0',
    'res = {"x": TABLE["a"]}; c = {"y": 1, **res}; c["x"].append(1); return 0',
    'res = {"x": TABLE["a"]}; c = res | {}; c["x"].append(1); return 0',
    'res = {"x": TABLE["a"]}; (lambda r: r["x"].append(1))(res); return 0',
    'res = {"x": TABLE["a"]}\n    def g(r):\n        r["x"].append(1)\n    g(res); return 0',
    'res = {"x": TABLE["a"]}\n    def g(x):\n        x.append(1)\n    g(**res); return 0',
    'res = {"x": TABLE["a"]}; a, = res.values(); a.append(1); return 0',
    'res = {"x": TABLE["a"]}\n    match res:\n        case {"x": y}:\n            y.append(1)\n    return 0',
    'res = {"x": TABLE["a"]}; res["y"] = res["x"]; res["y"].append(1); return 0',
    'import operator\n    res = {"x": TABLE["a"]}; operator.itemgetter("x")(res).append(1); return 0',
    'import types\n    res = types.SimpleNamespace(**{"x": TABLE["a"]}); res.x.append(1); return 0',
    'res = {"x": {}}; res["x"]["y"] = TABLE["a"]; res["x"]["y"].append(1); return 0',
    'res = {"x": TABLE["a"]}; del res["x"][0]; return 0',
    'res = {"x": TABLE["a"]}; res["x"] += [1]; return 0',
    'res = {"x": TABLE["a"]}; res["x"][0] += 1; return 0',
    "res = {x: 1 for x in ROWS}; [x.append(1) for x in res]; return 0",
    "import operator\n    operator.itemgetter(key)(TABLE).append(1); return 0",
]


@pytest.mark.parametrize("body", OPEN)
def test_what_lies_under_another_key_is_a_corrections_own(language, body):
    """A fresh list beside one of the module's, a copy of each of its rows, and items that are only looked up."""
    assert not language.findings(f"def f(key, n):\n    {body}\n", ORIGINAL)


@pytest.mark.parametrize("body", CLOSED)
def test_what_is_the_modules_stays_so_by_whatever_key_it_is_found(language, body):
    """Keys that are equal, that nobody knows, copies of the container, its values and its other names."""
    assert "`TABLE`" in (found := language.findings(f"def f(key, n):\n    {body}\n", ORIGINAL)) or "`ROWS`" in found
