"""Each layer is reported, and works where others are missing; less than the policy requires runs nothing."""

from __future__ import annotations

import pytest

from fukkatsu import SandboxUnavailableError
from fukkatsu._oracle import values
from fukkatsu._sandbox import host, pool, wire
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu._sandbox.layers import LAYERS
from fukkatsu._sandbox.watch import Watch
from fukkatsu.policy import Policy

pytestmark = pytest.mark.once  # the kernel is the same one

NAMESPACES = tuple(name for name in LAYERS if name.endswith("namespace"))


def attempt(function, without=(), policy=None):
    """Run *function* in a runner of a zygote that leaves layers out, as on a machine that lacks them."""
    policy = policy or Policy()
    zygote, launched = host.launch(pool.limits_of(policy), without=without)
    try:
        watch = Watch(launched, policy, end=float("inf"))
        message = {"subject": ("original", carry(function), 0), "steps": [("call", carry_call((), {}))]}
        watch.ask({**message, "seed": 0, "reseed": False, "last": True}, 1)
        return zygote.isolation, watch.run()
    finally:
        launched.close()


@pytest.fixture(autouse=True, scope="module")
def _stop_special_zygotes():
    yield
    pool.shutdown()


def read_a_file():
    try:
        with open("/etc/passwd") as file:
            return file.read(4)
    except OSError as error:
        return type(error).__name__


def write_a_file():
    import os
    import tempfile

    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/"):
        try:
            os.close(os.open(os.path.join(folder, "fukkatsu-was-here"), os.O_CREAT | os.O_WRONLY))
        except OSError:
            continue
        return folder
    del tempfile
    return "nowhere"


def reach_the_network():
    import socket

    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), 1).close()
    except OSError:
        return "refused"
    return "reached"


def test_every_layer_is_named_and_explained():
    """Yes or no, and why."""
    found = host.isolation()
    assert [layer.name for layer in found.layers] == list(LAYERS)
    assert all(layer.why for layer in found.layers)
    assert found.summary == "full" or all(layer.name in found.summary for layer in found.missing)


@pytest.mark.parametrize("missing", LAYERS)
def test_a_missing_layer_is_told_and_the_others_still_stand(missing):
    """Each one switched off in turn: no file is read, none written, no network reached."""
    if missing == "rlimits":
        pytest.skip("every POSIX system has them")
    for function, good in (
        (read_a_file, ("FileNotFoundError", "PermissionError")),
        (write_a_file, ("nowhere",)),
        (reach_the_network, ("refused",)),
    ):
        isolation, run = attempt(function, (missing,))
        assert not isolation.has(missing)
        assert missing in isolation.summary
        assert isolation.sufficient == (missing not in ("rlimits", "no_new_privs", "seccomp"))
        if run.ended == "finished":
            assert values.rebuild(run.outcomes[0].value) in good, (missing, function)


def test_landlock_alone_keeps_files_from_being_read():
    """No namespaces, as in many containers."""
    isolation, run = attempt(read_a_file, NAMESPACES)
    assert isolation.sufficient
    assert isolation.summary == "partial: without " + ", ".join(NAMESPACES)
    assert values.rebuild(run.outcomes[0].value) == "PermissionError"


def test_namespaces_alone_keep_files_from_being_read():
    """No Landlock, as on older kernels."""
    isolation, run = attempt(read_a_file, ("landlock",))
    assert isolation.sufficient
    assert values.rebuild(run.outcomes[0].value) == "FileNotFoundError"


def test_a_runner_without_a_pid_namespace_is_killed_all_the_same():
    """By its pidfd, and with its zygote."""
    _, run = attempt(lambda: [None for _ in iter(int, 1)], NAMESPACES, Policy(wall_seconds=0.2))
    assert run.ended == "wall-clock"


@pytest.mark.parametrize("missing", ["seccomp", "no_new_privs", ("landlock", *NAMESPACES)])
def test_too_little_isolation_is_refused_with_the_remedy(missing):
    """Which layer is missing, why, and how to permit less."""
    without = (missing,) if isinstance(missing, str) else missing
    found = host.isolation(without)
    assert not found.sufficient
    with pytest.raises(SandboxUnavailableError, match="best-effort") as caught:
        found.require()
    assert all(name in str(caught.value) for name in without)


def test_a_required_isolation_that_is_missing_runs_nothing(monkeypatch):
    """The check stands before the first byte of the subject is sent."""
    sent = []
    monkeypatch.setattr(wire, "request", lambda message: sent.append(message) or b"")
    monkeypatch.setattr(pool.host, "launch", lambda limits, **_: _launch(limits, without=("seccomp",)))
    with pytest.raises(SandboxUnavailableError, match="seccomp"):
        pool.run(pool.original_subject(carry(read_a_file)), [pool.Step("call", carry_call((), {}))], Policy())
    assert sent == []


_launch = host.launch


def test_best_effort_runs_with_what_there_is(monkeypatch):
    """And the report says what is missing."""
    monkeypatch.setattr(pool.host, "launch", lambda limits, **_: _launch(limits, without=("seccomp",)))
    steps = [pool.Step("call", carry_call((), {}))]
    run = pool.run(pool.original_subject(carry(read_a_file)), steps, Policy(isolation="best-effort"))
    assert run.ended == "finished"


def test_an_interpreter_that_cannot_start_is_reported(monkeypatch):
    """Not a hang, not a traceback of ours."""
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(SandboxUnavailableError, match="did not start"):
        _ = host.Zygote("runner").isolation
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with pytest.raises(SandboxUnavailableError, match="could not be started"):
        host.Zygote("runner")
    monkeypatch.setattr("sys.executable", "")
    with pytest.raises(SandboxUnavailableError, match=r"sys\.executable"):
        host.Zygote("runner")
