"""Policies are validated where they are written, widened and narrowed as values, and loaded from files with lines."""

from __future__ import annotations

import dataclasses
import math
import pickle

import pytest

from fukkatsu import resurrect
from fukkatsu._settings import check_files
from fukkatsu._store.serial import policy_digest
from fukkatsu.errors import PolicyError
from fukkatsu.policy import Budget, Checks, Policy, load_policy


@pytest.mark.parametrize("value", [math.nan, -1, 0, 0.0, math.inf, -math.inf, True, "2", None])
@pytest.mark.parametrize("name", ["wall_seconds", "total_seconds", "cpu_seconds"])
def test_seconds_are_positive_and_finite(name, value):
    """The error names the field and the value."""
    with pytest.raises(PolicyError, match=f"Policy.{name}=.*positive, finite"):
        Policy(**{name: value})


@pytest.mark.parametrize("value", [math.nan, -1, 0, 1.5, True, "2", None])
@pytest.mark.parametrize(
    "name", ["memory_bytes", "output_bytes", "reply_bytes", "recursion_depth", "iterator_items", "source_bytes"]
)
def test_counts_are_whole_and_positive(name, value):
    """Bytes and counts come in whole numbers."""
    with pytest.raises(PolicyError, match=f"Policy.{name}=.*whole number above zero"):
        Policy(**{name: value})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"imports": "numpy"}, r"write \{'numpy'\}"),
        ({"imports": 3}, "set of names"),
        ({"imports": {1}}, "not a dotted module name"),
        ({"imports": {""}}, "not a dotted module name"),
        ({"imports": {"os..path"}}, "not a dotted module name"),
        ({"imports": {"jsn"}}, "no module 'jsn' here: install it or mend the name. Did you mean 'json'"),
        ({"imports": {"os.pth"}}, "'os' has no 'pth'. Did you mean 'path'"),
        ({"imports": {"json.nothing.more"}}, "'json' has no 'nothing'"),
        ({"calls": {"opn"}}, "not a builtin. Did you mean 'open'"),
        ({"calls": {"eval"}}, "no policy opens it"),
        ({"calls": {"globals"}}, "no policy opens it"),
        ({"calls": "open"}, "write"),
        ({"attributes": {"__globals__"}}, "no policy opens it"),
        ({"attributes": {"gi_frame"}}, "no policy opens it"),
        ({"attributes": {"a.b"}}, "name the attribute alone, 'b'"),
        ({"attributes": {"a b"}}, "not a Python name"),
        ({"isolation": "none"}, "'required', 'best-effort'"),
        ({"run_in": "cloud"}, "'host', 'sandbox'"),
        ({"store_calls": "good"}, "'never', 'without-secrets', 'all'"),
        ({"store_calls": True}, "'never', 'without-secrets', 'all'"),
        ({"read_paths": "/srv"}, "write"),
        ({"read_paths": ("srv",)}, "not an absolute path"),
        ({"read_paths": (1,)}, "not an absolute path"),
    ],
)
def test_an_unusable_field_is_an_error_that_says_what_to_write(fields, text):
    """Field, value and remedy."""
    with pytest.raises(PolicyError, match=text) as caught:
        Policy(**fields)
    assert next(iter(fields)) in str(caught.value)


def test_a_package_is_not_imported_to_see_whether_a_submodule_exists(tmp_path, monkeypatch):
    """Its code would run for a question about names."""
    package = tmp_path / "noisy_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (package / "inner.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "noisy_package.inner" in Policy(imports={"noisy_package.inner"}).imports


def test_names_may_come_in_any_collection_and_are_frozen():
    """A list is as good as a set; the record is hashable, comparable and travels."""
    policy = Policy(imports=["json"], calls=("len",), attributes={"_x"})
    assert policy.imports == frozenset({"json"})
    assert hash(policy) == hash(pickle.loads(pickle.dumps(policy)))
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_strict_allows_no_import_and_stays_in_the_sandbox():
    """As DESIGN says of it."""
    strict = Policy.strict()
    assert (strict.imports, strict.run_in, strict.isolation) == (frozenset(), "sandbox", "required")


def test_allowing_and_denying_give_a_new_policy():
    """The old one stays as it is; denying a module closes what is inside it."""
    default = Policy()
    wider = default.allowing(imports={"os.path", "time.sleep"}, calls={"open"}, attributes={"_cache"})
    assert default == Policy()
    assert {"os.path", "time.sleep"} <= wider.imports
    assert ("open" in wider.calls, "_cache" in wider.attributes) == (True, True)
    narrower = wider.denying(imports={"os"}, calls={"open"}, attributes={"_cache"})
    assert not any(entry.startswith("os") and entry.partition(".")[0] == "os" for entry in narrower.imports)
    assert ("open" in narrower.calls, "_cache" in narrower.attributes) == (False, False)
    assert default.denying(imports={"subprocess"}) == default
    with pytest.raises(PolicyError, match="Did you mean 'json'"):
        default.denying(imports={"jsn"})
    with pytest.raises(PolicyError, match="write"):
        default.allowing(imports="numpy")


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (Checks, {"tests": print}),
        (Checks, {"tests": (1,)}),
        (Checks, {"contract": "magic"}),
        (Checks, {"examples": 0}),
        (Checks, {"seconds": math.nan}),
        (Checks, {"slowdown": -1}),
        (Checks, {"preserve": "yes"}),
        (Checks, {"minimum": -1}),
        (Checks, {"agreement": 0}),
        (Checks, {"prose": "yes"}),
        (Budget, {"requests_per_hour": 0}),
        (Budget, {"tokens_per_day": -5}),
        (Budget, {"cooldown_seconds": math.nan}),
    ],
)
def test_checks_and_budget_are_validated_too(record, fields):
    """The same error class, the same form."""
    with pytest.raises(PolicyError, match=f"{record.__name__}.{next(iter(fields))}="):
        record(**fields)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working directory, and no policy in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FUKKATSU_POLICY", raising=False)
    return tmp_path


def test_without_files_the_default_is_in_force(place):
    """And what code gives wins."""
    assert load_policy() == Policy()
    assert load_policy(Policy.strict()) == Policy.strict()


def test_files_and_environment_build_on_each_other(place, monkeypatch):
    """pyproject.toml, then fukkatsu.toml, then the named file."""
    (place / "pyproject.toml").write_text(
        '[tool.fukkatsu.policy]\nwall_seconds = 1.5\nmemory_bytes = 10_000_000\n[tool.fukkatsu.policy.allow]\nimports = ["os.path"]\n'
    )
    assert load_policy().wall_seconds == 1.5
    (place / "fukkatsu.toml").write_text("[policy]\nmemory_bytes = 20_000_000\n[policy.deny]\ncalls = ['print']\n")
    policy = load_policy()
    assert (policy.wall_seconds, policy.memory_bytes) == (1.5, 20_000_000)
    assert "os.path" in policy.imports
    assert "print" not in policy.calls
    named = place / "named.toml"
    named.write_text("memory_bytes = 30_000_000\n")
    monkeypatch.setenv("FUKKATSU_POLICY", str(named))
    assert load_policy().memory_bytes == 30_000_000
    below = place / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert load_policy().wall_seconds == 1.5


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[tool.fukkatsu.policy]\n\nwall_secnds = 1\n", 3, "did you mean 'wall_seconds'"),
        ("[tool.fukkatsu.policy]\nwall_seconds = -1\n", 2, "positive"),
        ("[tool.fukkatsu.policy]\nimports = 'numpy'\n", 2, "list of names"),
        ("[tool.fukkatsu.policy]\nimports = [1]\n", 2, "list of names"),
        ("[tool.fukkatsu.policy]\n# imports = 1\nimports = ['jsn']\n", 3, "Did you mean 'json'"),
        ("[tool.fukkatsu.policy.allow]\nimport = ['json']\n", 2, "did you mean 'imports'"),
        ("[tool.fukkatsu.policy.allow]\ncalls = ['eval']\n", 2, "no policy opens it"),
        ("[tool.fukkatsu.policy]\nallow = 3\n", 2, "must be a table"),
        ("[tool.fukkatsu.policy]\nlocked = true\n", 2, "FUKKATSU_POLICY"),
        ("[tool.fukkatsu]\npolicy = 3\n", 2, "must be a table"),
        ("[tool.fukkatsu.policy\n", 1, "line 1"),
        ("[tool.other]\nx = 1\n[tool.fukkatsu]\npolcy = 3\n", 4, "did you mean 'policy'"),
        ("[tool.fukkatsu.polcy]\nwall_seconds = 1\n", 1, "did you mean 'policy'"),
        ("[tool.fukkatsu]\nstroe = 'sqlite://'\n", 2, "did you mean 'store'"),
        ("[tool.fukkatsu]\nlives = 3\n", 2, "known keys: policy, store"),
        ("[tool.fukkatsu.policy]\nmemory_bytes = 1\n", 2, "too little for any run"),
    ],
)
def test_an_error_in_a_file_names_file_and_line(place, text, line, says):
    """So that a reader finds it."""
    (place / "pyproject.toml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        load_policy()
    assert "pyproject.toml" in str(caught.value)
    assert f"line {line}" in str(caught.value)
    assert says in str(caught.value)


def test_a_policy_file_that_is_not_there_is_an_error(place, monkeypatch):
    """Failing open would run without the limits that somebody asked for."""
    monkeypatch.setenv("FUKKATSU_POLICY", str(place / "missing.toml"))
    with pytest.raises(PolicyError, match=r"missing\.toml"):
        load_policy()
    with pytest.raises(PolicyError, match=r"missing\.toml"):
        load_policy(Policy())


def test_a_locked_file_can_be_narrowed_and_never_widened(place, monkeypatch):
    """Defaults are narrowed silently, values written on purpose are errors that name field and file."""
    locked = place / "locked.toml"
    locked.write_text('locked = true\nimports = ["math", "json"]\nwall_seconds = 1.0\nrun_in = "sandbox"\n')
    monkeypatch.setenv("FUKKATSU_POLICY", str(locked))
    assert load_policy().imports == {"math", "json"}
    narrowed = load_policy(Policy(wall_seconds=0.5))
    assert (narrowed.imports, narrowed.wall_seconds, narrowed.run_in) == ({"math", "json"}, 0.5, "sandbox")
    assert load_policy(Policy(imports={"math"})).imports == {"math"}
    assert load_policy(Policy.strict()).imports == frozenset()
    for wider in (
        Policy().allowing(imports={"os.path"}),
        Policy().allowing(calls={"open"}),
        Policy().allowing(attributes={"_x"}),
        Policy(wall_seconds=3.0),
        Policy(memory_bytes=2**40),
        Policy(read_paths=("/srv",)),
    ):
        with pytest.raises(PolicyError, match=r"wider than the locked policy of .*locked.toml"):
            load_policy(wider)


def test_an_unlocked_file_gives_way_to_code(place, monkeypatch):
    """decorator > configure() > environment > files."""
    named = place / "named.toml"
    named.write_text("wall_seconds = 1.0\n")
    monkeypatch.setenv("FUKKATSU_POLICY", str(named))
    assert load_policy(Policy(wall_seconds=9.0)).wall_seconds == 9.0


def test_a_locked_file_caps_the_first_calls(tmp_path, monkeypatch):
    """Code may ask for less time and more calls, not the other way round."""
    path = tmp_path / "locked.toml"
    path.write_text("locked = true\nfirst_calls_wall_seconds = 1.0\nfirst_calls = 50\n", encoding="utf-8")
    monkeypatch.setenv("FUKKATSU_POLICY", str(path))
    monkeypatch.chdir(tmp_path)
    assert load_policy(Policy(first_calls=10)).first_calls_wall_seconds == 1.0
    assert load_policy(Policy(first_calls=10)).first_calls == 50
    assert load_policy(Policy(first_calls_wall_seconds=0.5, first_calls=80)).first_calls_wall_seconds == 0.5
    with pytest.raises(PolicyError, match=r"first_calls_wall_seconds=2\.0 is wider than the locked policy"):
        load_policy(Policy(first_calls_wall_seconds=2.0))


def test_an_unknown_key_of_fukkatsu_toml_is_refused_too(place):
    """By its line, with the nearest one that is known; the store's key is none of the policy's business."""
    (place / "fukkatsu.toml").write_text("store = 'sqlite:///x.db'\n\n[polici]\nwall_seconds = 1\n")
    with pytest.raises(
        PolicyError, match=r"fukkatsu\.toml, line 3: polici is not a key of fukkatsu\.toml; did you mean 'policy'"
    ):
        load_policy()
    (place / "fukkatsu.toml").write_text("store = 'sqlite:///x.db'\n[policy]\nwall_seconds = 1\n")
    assert load_policy().wall_seconds == 1


@pytest.mark.parametrize(
    ("record", "wrong", "right"),
    [(Policy, "wall_second", "wall_seconds"), (Checks, "example", "examples"),
     (Budget, "request_per_hour", "requests_per_hour")],
)  # fmt: skip
def test_a_keyword_that_a_record_lacks_is_answered_with_the_nearest(record, wrong, right):
    """And one that is like none with all of them; replacing fields says the same."""
    with pytest.raises(TypeError, match=f"'{wrong}'.* Did you mean '{right}'"):
        record(**{wrong: 1})
    with pytest.raises(TypeError, match="It takes "):
        record(zork=1)
    with pytest.raises(TypeError, match="Did you mean"):
        dataclasses.replace(record(), **{wrong: 1})
    assert pickle.loads(pickle.dumps(record())) == record()


@pytest.mark.parametrize("field", ["memory_bytes", "reply_bytes", "recursion_depth"])
def test_a_limit_under_which_nothing_runs_is_refused(field):
    """A runner would end before it began, and nobody would know why."""
    with pytest.raises(PolicyError, match=f"Policy.{field}=7 is too little for any run: at least"):
        Policy(**{field: 7})


def test_a_violation_of_a_locked_policy_is_short_and_said_at_decoration(place, monkeypatch):
    """It names what is not open, not everything that is."""
    (place / "locked.toml").write_text("locked = true\n")
    monkeypatch.setenv("FUKKATSU_POLICY", str(place / "locked.toml"))
    with pytest.raises(PolicyError) as caught:
        load_policy(Policy().allowing(imports={"os.path.exists", "subprocess"}))
    assert str(caught.value).endswith("permits: that one does not open os.path.exists, subprocess.")

    def f(x):
        return x

    check_files.cache_clear()
    with pytest.raises(PolicyError, match="does not open subprocess"):
        resurrect(policy=Policy().allowing(imports={"subprocess"}))(f)
    check_files.cache_clear()


def test_raw_arguments_stay_out_of_the_store_unless_a_file_or_code_says_otherwise(tmp_path, monkeypatch):
    """The default is the narrowest; a locked file is never widened."""
    path = tmp_path / "policy.toml"
    monkeypatch.setenv("FUKKATSU_POLICY", str(path))
    path.write_text('store_calls = "without-secrets"\n', encoding="utf-8")
    assert Policy().store_calls == "never"
    assert load_policy().store_calls == "without-secrets"
    assert load_policy(Policy()).store_calls == "never"
    assert load_policy(Policy(store_calls="all")).store_calls == "all"
    path.write_text('locked = true\nstore_calls = "without-secrets"\n', encoding="utf-8")
    for narrower in ("never", "without-secrets"):
        assert load_policy(Policy(store_calls=narrower)).store_calls == narrower
    with pytest.raises(PolicyError, match=r"store_calls='all' is wider than the locked policy"):
        load_policy(Policy(store_calls="all"))


def test_what_is_kept_of_calls_does_not_part_policies():
    """A fix accepted before the switch was turned is offered after it."""
    assert len({policy_digest(Policy(store_calls=calls)) for calls in ("never", "without-secrets", "all")}) == 1
