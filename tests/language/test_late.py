"""Functions that pandas and partials call with what no correction hands on, where that may say where memory is."""

from __future__ import annotations

import pytest

from fukkatsu._language.guards import GuardRefusal

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

ORIGINAL = """
import numpy as np
import pandas as pd
class Row(dict):
    def __getattr__(self, name):
        try: return self[name]
        except KeyError: raise AttributeError(name) from None
def helper(row):
    return np.asarray(row).sum()
def f(x):
    return np.array([x]), pd.Series([x]), Row(a=1), helper(x)
"""
HEAD = """
import collections
import functools
import itertools
import operator
def f(x):
"""
TABLES = """
    first = "__array_"
    label = pd.Series([first + "inter", "x"]) + pd.Series(["face__", ""])
    said = {"data": (x, True), "shape": (1,), "typestr": "<u8", "version": 3}
    t = pd.DataFrame({"n": label, "c": [said, 1], "k": [1, 1]}).set_index("n")
    s = t["c"]
    WAY
"""
OF_TABLES = [
    "t.T.apply(np.asarray, axis=1)", "t[['c']].apply(np.asarray)", "t[['c']].apply(np.array, dtype=object)",
    "t[['c']].apply(functools.partial(np.array, dtype='u8'))", "t[['c']].apply(np.zeros(1, 'u8').__add__)",
    "out = np.zeros(1, 'u8')\n    t[['c']].apply(functools.partial(out.__setitem__, slice(None)))", "t[['c']].apply(helper)",
    "t[['c']].agg(np.asarray)", "t[['c']].agg([np.asarray])", "t[['c']].agg({'c': np.asarray})", "t[['c']].agg({'c': [np.asarray]})",
    "t.groupby('k')['c'].apply(np.asarray)", "t.groupby('k')['c'].agg(z=np.asarray)", "t.pivot_table(index='k', values='c', aggfunc=np.asarray)",
    "s.loc[np.asarray]", "s[np.asarray]", "t['c'].loc[np.asarray]", "s.loc[np.asarray] = 1", "[each for each in t['c'].loc[np.asarray]]",
    "s.where(np.asarray, 0)", "s.mask(np.asarray, 0)", "pd.Series(['c']).map(t.get).map(np.asarray)",
    "pd.Series(['c']).map(t.get).map(np.int64)", "t[['c']].apply(np.int64)",
]  # fmt: skip
KEPT = """
    label = "__array_" + "interface__"
    q = Row(a=1)
    def tell():
        q[label] = {"data": (x, True), "shape": (1,), "typestr": "<u8", "version": 3}
    make = functools.partial
    WAY
"""
OF_PARTIALS = [
    "p = functools.partial(np.asarray, q)\n    tell()\n    return p()", "p = make(np.asarray, q)\n    tell()\n    return p()",
    "p = functools.partial(np.asarray, a=q)\n    tell()\n    return p()", "p = list(map(functools.partial, [np.asarray], [q]))\n    tell()\n    return p[0]()",
    "p = functools.partial(functools.partial, np.asarray, q)()\n    tell()\n    return p()",
    "p = functools.partial(np.add, q)\n    tell()\n    return list(map(p, [0]))", "p = functools.cache(functools.partial(np.asarray, q))\n    tell()\n    return p()",
    "p = collections.defaultdict(functools.partial(np.asarray, q))\n    tell()\n    return p[1]", "p = operator.methodcaller('__add__', q)\n    tell()\n    return p(np.zeros(1))",
    "p = operator.itemgetter(q)\n    tell()\n    return p(np.zeros(1))", "p = functools.partial(np.add, 1, q)\n    tell()\n    return operator.call(p)",
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [TABLES.replace("WAY", way) for way in OF_TABLES] + [KEPT.replace("WAY", way) for way in OF_PARTIALS],
    ids=OF_TABLES + OF_PARTIALS,
)
def test_what_is_called_later_takes_nothing_for_memory(language, text):
    """A row that pandas makes has the labels of its table, and what a partial keeps may change after it was made."""
    made = language.original(ORIGINAL)
    memory = np.array([7], dtype="u8")
    with pytest.raises(GuardRefusal, match="memory at any address"):
        language.fix(HEAD + text, made)(memory.ctypes.data)


@pytest.mark.parametrize(
    "label",
    [
        "pd.Series([1], index=[name])",
        "pd.DataFrame({name: [1]})",
        "pd.Series({name: 1})",
        "pd.concat([t], keys=[name])",
    ],
)
def test_no_label_is_the_name_under_which_memory_is_told(language, label):
    """A Series answers its labels as attributes."""
    text = f"def f(x):\n    name = '__array_' + 'interface__'\n    t = pd.DataFrame({{'a': [1]}})\n    return {label}"
    with pytest.raises(GuardRefusal, match="memory at any address"):
        language.fix(text, language.original(ORIGINAL))(1)


def test_functions_do_for_tables_what_they_do_anywhere(language):
    """Reductions that pandas knows, columns called by their functions, classes, callables as indices, partials."""
    language.same(
        """
        import functools, operator
        def spread(column):
            return column.max() - column.min()
        def f(x):
            t = pd.DataFrame({"k": ["a", "a", "b"], "c": [1.0, np.nan, x], "d": [3, 2, 1]})
            s = t["c"]
            by = t.groupby("k")
            doubled = functools.partial(np.multiply, 2)
            dispatch = {len: "len", np.sum: "sum"}
            return repr((
                t[["c", "d"]].apply(np.sum), t[["c", "d"]].apply(np.std), t[["c", "d"]].agg([np.mean, spread, "min"]),
                t.agg({"c": np.nanmax, "d": spread}), by["c"].agg(lowest=np.min, spread=spread), by["c"].apply(list),
                t["d"].map(float), t["d"].apply(np.sqrt), t["d"].apply(np.float64), t["k"].map(str.upper), t["k"].map({"a": 1}),
                t.pivot_table(index="k", values="c", aggfunc=np.mean), t.loc[lambda frame: frame["d"] > 1],
                s.loc[s.notna].tolist(), s.where(np.isfinite, 0), t.pipe(len), t.assign(e=lambda frame: frame["d"] * 2),
                doubled(3), list(map(doubled, [1, 2])), isinstance(doubled, functools.partial), doubled.args,
                functools.partial(isinstance, 1)(int), operator.itemgetter("d")(t), operator.itemgetter(0, 1)([1, 2]),
                operator.methodcaller("round", 1)(s), dispatch[len], dispatch[np.sum], t.sort_values("d", key=np.negative),
                t.astype({"d": np.float64}).dtypes, [row["d"] for _, row in t.iterrows()], t["d"].to_numpy()[t["d"] > 1],
                {"a": [1, 2]}["a"][-1], t[["c", "d"]].fillna(0).transform(np.abs),
            ))
        """,
        (5.0,),
        original="import numpy as np\nimport pandas as pd",
    )
