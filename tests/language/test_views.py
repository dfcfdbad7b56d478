"""What a correction holds instead of a module: allow-listed members, read-only, of no use to pickle."""

from __future__ import annotations

import copy
import pickle
import types

import pytest

from fukkatsu._language.allowlist import DEFAULT_IMPORTS, MEMBERS
from fukkatsu.policy import Policy


def view_of(language, name, policy=None):
    """The view that ``import name as m`` binds."""
    return language.fix(f"import {name} as m\ndef f(x): return m", policy=policy)(0)


@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "__future__"])
def test_a_view_holds_the_listed_members_and_no_module(language, name):
    """Each listed member that this Python has is there as itself, or in a guarded form; nothing else is."""
    import importlib

    view, module = view_of(language, name), importlib.import_module(name)
    assert not isinstance(view, types.ModuleType)
    held = {key: value for key, value in vars(view).items() if not isinstance(value, type(view).__base__)}
    assert held
    assert not any(isinstance(value, types.ModuleType) for value in held.values())
    listed = set(MEMBERS[name].split()) | {e[len(name) + 1 :] for e in DEFAULT_IMPORTS if e.startswith(name + ".")}
    assert set(held) <= listed
    assert set(held) == {member for member in listed if hasattr(module, member)} - {"abc", "parse", "path"}


def test_a_view_is_read_only_and_cannot_be_pickled_or_copied(language):
    """Neither the protocol methods nor copy find a way back to the module."""
    view = view_of(language, "json")
    for attempt in (
        lambda: setattr(view, "dumps", 1),
        lambda: delattr(view, "dumps"),
        lambda: pickle.dumps(view),
        lambda: copy.copy(view),
        lambda: copy.deepcopy(view),
    ):
        with pytest.raises((AttributeError, TypeError)):
            attempt()
    cloudpickle = pytest.importorskip("cloudpickle")
    with pytest.raises(TypeError):
        cloudpickle.dumps(view)


def test_an_entry_never_opens_its_parent_or_its_submodules(language):
    """os.path is not os; numpy is not numpy.linalg; one member is not the module."""
    policy = Policy().allowing(imports={"os.path", "concurrent.futures"})
    assert language.fix("import os.path\ndef f(x): return os.path.exists(x)", policy=policy)("/")
    for text in ("import os\ndef f(x): return os.getcwd()", "import os.path\ndef f(x): return os.system(x)"):
        assert language.findings(text, policy=policy)
    assert language.findings("from os.path import genericpath\ndef f(x): return genericpath", policy=policy) == ""
    with pytest.raises((ImportError, AttributeError)):
        language.fix("from os.path import genericpath\ndef f(x): return genericpath", policy=policy)(1)
    one = Policy().allowing(imports={"os.path.exists"})
    assert language.fix("from os.path import exists\ndef f(x): return exists(x)", policy=one)("/")
    assert language.findings("from os.path import getsize\ndef f(x): return getsize(x)", policy=one)


def test_submodules_of_an_open_package_are_closed_until_listed(language):
    """The refusal names the entry that opens it."""
    pytest.importorskip("numpy")
    text = "import numpy as np\ndef f(x): return np.linalg.norm(x)"
    closed = language.fix(text, policy=Policy().allowing(imports={"numpy"}))
    with pytest.raises(AttributeError, match=r"numpy\.linalg"):
        closed([3.0, 4.0])
    opened = language.fix(text, policy=Policy().allowing(imports={"numpy", "numpy.linalg"}))
    assert opened([3.0, 4.0]) == 5.0


def test_what_a_correction_needs_beside_numpys_own_members_of_the_original_is_open(language):
    """The exception of a module in use, its sisters that only compute, and the way to silence a warning."""
    pytest.importorskip("numpy")
    uses = language.original("import numpy as np\ndef f(x): return np.linalg.solve(x, [1.0, 0.0])")
    text = """
import numpy as np
def f(x):
    with np.errstate(all="ignore"):
        try:
            return np.linalg.solve(x, [1.0, 0.0])
        except np.linalg.LinAlgError:
            return np.linalg.lstsq(x, [1.0, 0.0], rcond=None)[0]
"""
    assert language.findings(text, uses) == ""
    assert list(language.fix(text, uses)([[2.0, 0.0], [0.0, 1.0]])) == [0.5, 0.0]
    assert list(language.fix(text, uses)([[1.0, 1.0], [1.0, 1.0]])) == pytest.approx([0.25, 0.25])
    assert "`numpy.linalg.linalg`" in language.findings("import numpy as np\ndef f(x): return np.linalg.linalg", uses)


def test_views_with_guards_in_them_are_not_shared_between_programs(language):
    """attrgetter knows which private names its own function may use."""
    uses = language.original("class B: _n = 1\ndef f(x): return B()._n")
    text = "from operator import attrgetter\ndef f(x): return attrgetter('_' + 'n')(x)"
    assert language.fix(text, uses)(uses.module.B()) == 1
    with pytest.raises(AttributeError):
        language.fix(text)(uses.module.B())


def test_strict_opens_no_import_at_all(language):
    """Not even the harmless ones; modules that the original holds stay usable."""
    for name in DEFAULT_IMPORTS:
        if name not in ("__future__",):
            module, _, member = name.rpartition(".")
            text = f"import {name}" if name in MEMBERS else f"from {module} import {member}"
            assert language.findings(f"{text}\ndef f(x): return x", policy=Policy.strict()), name
    original = language.original("import math\ndef f(x): return math.floor(x)")
    assert language.fix("def f(x): return math.floor(x or 0)", original, Policy.strict())(2.5) == 2
