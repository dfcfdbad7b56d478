"""Where a runner may read, and that it makes no difference who the host is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fukkatsu._oracle import values
from fukkatsu._sandbox import host, pool
from fukkatsu._sandbox.carry import carry
from fukkatsu.policy import Policy

SOURCE = str(Path(host.__file__).parents[2])


@pytest.fixture
def lodger(tmp_path):
    """A folder with a module that nobody has installed."""
    (tmp_path / "lodger_of_the_policy.py").write_text("VALUE = 42\n\nclass Lodger:\n    rent = 7\n")
    yield str(tmp_path)
    pool.shutdown()  # its zygote is of no further use


def look(folder):
    import importlib
    import os

    found = {}
    try:
        found["imported"] = importlib.import_module("lodger_of_the_policy").VALUE
    except ImportError as error:
        found["imported"] = type(error).__name__
    try:
        with open(os.path.join(folder, "lodger_of_the_policy.py")) as file:
            found["read"] = file.readline()
    except OSError as error:
        found["read"] = type(error).__name__
    for act in (
        lambda: open(os.path.join(folder, "lodger_of_the_policy.py"), "a"),
        lambda: open(os.path.join(folder, "other"), "w"),
        lambda: os.remove(os.path.join(folder, "lodger_of_the_policy.py")),
    ):
        try:
            act()
            found["wrote"] = True
        except OSError:
            pass
    return found


def test_a_folder_that_the_policy_names_is_read_and_never_written(trial, lodger):
    """Modules are imported from there, after the walls are up."""
    run = trial(look, (lodger,), read_paths=(lodger,))
    assert values.rebuild(run.outcomes[0].value) == {"imported": 42, "read": "VALUE = 42\n"}


def test_a_folder_that_no_policy_names_is_not_there(trial, lodger):
    """Nor when another policy named it just before."""
    trial(look, (lodger,), read_paths=(lodger,))
    found = values.rebuild(trial(look, (lodger,)).outcomes[0].value)
    assert found["imported"] == "ModuleNotFoundError"
    assert found["read"] in ("FileNotFoundError", "PermissionError")


def test_arguments_of_a_class_from_there_are_read_in_the_runner(trial, lodger, monkeypatch):
    """By name, where they are pickled so: the class is imported in the jail."""
    monkeypatch.syspath_prepend(lodger)
    module = __import__("lodger_of_the_policy")
    monkeypatch.setitem(sys.modules, "lodger_of_the_policy", module)
    payload = b"\x80\x05\x8c\x14lodger_of_the_policy\x94\x8c\x06Lodger\x94\x93\x94)R\x85}\x86."
    step = pool.Step("call", payload)
    subject = pool.original_subject(carry(lambda lodger: (type(lodger).__module__, lodger.rent)))
    run = pool.run(subject, [step], Policy(read_paths=(lodger,)))
    assert values.rebuild(run.outcomes[0].value) == ("lodger_of_the_policy", 7), run
    assert pool.run(subject, [step], Policy()).ended == "setup"


SCRIPT = """
import json, os, sys
sys.path.append({source!r})
sys.path.extend({paths!r})
from fukkatsu._oracle import values
from fukkatsu._sandbox import host, pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy


def attack():
    import os, socket
    said = []
    for act in (lambda: open("/etc/passwd"), lambda: open("/tmp/fukkatsu-was-here", "w"), lambda: os.fork(),
                lambda: socket.socket(), lambda: os.listdir("/proc")):
        try:
            act()
            said.append("yes")
        except OSError:
            said.append("no")
    return said


run = pool.run(pool.original_subject(carry(attack)), [pool.Step("call", carry_call((), {{}}))], Policy())
isolation = host.isolation()
print(json.dumps([os.getuid(), isolation.sufficient, isolation.has("seccomp"), run.ended,
                  [values.rebuild(one.value) if one.value else one.kind for one in run.outcomes]]))
"""


def open_to_all(path: str) -> bool:
    """Whether any user can get at *path*."""
    real = Path(path).resolve()
    return all(folder.stat().st_mode & 0o001 for folder in [real, *real.parents] if folder.is_dir())


@pytest.mark.parametrize("user", ["root", "somebody"])
def test_an_ordinary_user_is_jailed_as_root_is(user):
    """Each with what the kernel gives to it; whoever runs the tests is one of the two."""
    if user == "root" and os.getuid() != 0:
        pytest.skip("only root can be root")
    if user == "somebody" and os.getuid() == 0 and not all(map(open_to_all, (sys.executable, SOURCE, *sys.path[1:]))):
        pytest.skip("this interpreter is root's own")
    options = {"user": 65534, "group": 65534, "extra_groups": []} if user == "somebody" and os.getuid() == 0 else {}
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT.format(source=SOURCE, paths=[path for path in sys.path if path])],
        capture_output=True, text=True, cwd="/", env={"HOME": "/nonexistent", "PATH": os.defpath}, check=False, **options,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    uid, sufficient, seccomp, ended, answers = json.loads(done.stdout)
    assert (uid == 0) == (user == "root")
    assert sufficient
    assert seccomp
    assert ended == "finished"
    assert answers == [["no"] * 5]
