"""Programs that try to get out: full CPython in the runner, as a correction that has left the restricted language.

None may run a byte in the host, read what is the host's, leave something behind, or be taken for an answer it did not give.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fukkatsu._oracle import values

KILLED = "it made a system call that only hostile code makes"


def outcome(run):
    assert run.ended == "finished", run
    return run.outcomes[0]


# --- what is the host's ----------------------------------------------------------------------------------------------


def test_the_environment_of_the_host_is_not_there(trial, monkeypatch):
    """Neither the variables nor their memory: the runner descends from a process that never had them."""
    monkeypatch.setenv("A_SECRET_TOKEN", "tell-nobody")

    def look():
        import ctypes
        import os

        return dict(os.environ), ctypes.CDLL(None).getenv(b"A_SECRET_TOKEN")

    found = outcome(trial(look))
    assert b"tell-nobody" not in found.value
    assert values.rebuild(found.value)[1] == 0


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/etc/hostname", "/proc/self/environ", "/proc/1/cmdline", "/proc/self/maps", "/dev/mem", "/sys/kernel",
     "/root", "/home", "/tmp", "/var", "/run", "/dev/null", "/dev/shm"],
)  # fmt: skip
def test_files_of_the_host_cannot_be_read(trial, path):
    """Not opened, not listed, not even asked about."""

    def look(path):
        import os

        answers = []
        for attempt in (lambda: open(path, "rb").read(10), lambda: os.listdir(path), lambda: os.stat(path).st_ino):
            try:
                answers.append(attempt())
            except OSError as error:
                answers.append(type(error).__name__)
        return answers

    answers = values.rebuild(outcome(trial(look, (path,))).value)
    assert all(answer in ("FileNotFoundError", "PermissionError", "NotADirectoryError") for answer in answers[:2]), (
        answers
    )


def test_the_folder_of_the_users_code_is_not_there(trial):
    """Code travels by value; its files stay where they are."""
    here = str(Path(__file__))
    found = outcome(trial(lambda path: __import__("os").path.exists(path), (here,)))
    assert values.rebuild(found.value) is False


def test_nothing_can_be_written_anywhere(trial):
    """Not even where everything may be read."""

    def attempt():
        import os
        import sys
        import tempfile

        wrote = []
        for folder in ("/", "/tmp", "/dev/shm", os.path.dirname(os.__file__), *sys.path):
            for act in (
                lambda f=folder: open(os.path.join(f, "x"), "w"),
                lambda f=folder: os.mkdir(os.path.join(f, "d")),
                lambda f=folder: os.symlink("a", os.path.join(f, "l")),
                lambda f=folder: os.unlink(os.__file__),
                lambda f=folder: os.chmod(os.__file__, 0o777),
                lambda f=folder: os.utime(os.__file__),
                lambda f=folder: os.rename(os.__file__, os.path.join(f, "y")),
                lambda f=folder: os.truncate(os.__file__, 0),
                lambda f=folder: os.mkfifo(os.path.join(f, "p")),
            ):
                try:
                    act()
                    wrote.append(folder)
                except OSError:
                    pass
        try:
            wrote.append(tempfile.gettempdir())
        except OSError:
            pass
        return wrote

    assert values.rebuild(outcome(trial(attempt)).value) == []


def test_no_descriptor_of_the_host_is_open(trial):
    """Standard streams, the two ways for answers, and nothing else."""
    with open(__file__):  # one that the host has open

        def count():
            import os

            found = []
            for number in range(4096):
                try:
                    found.append((number, os.fstat(number).st_mode))
                except OSError:
                    pass
            return [number for number, _ in found]

        assert values.rebuild(outcome(trial(count)).value) == [0, 1, 2, 3, 4]


def test_the_command_line_tells_no_path_of_the_host(trial):
    """sys.argv and sys.orig_argv are empty."""
    found = outcome(trial(lambda: (__import__("sys").argv, __import__("sys").orig_argv)))
    assert values.rebuild(found.value) == ([""], [""])


# --- ways out --------------------------------------------------------------------------------------------------------


def _raised(act):
    def attempt():
        try:
            return act()
        except BaseException as error:
            return type(error).__name__

    return attempt


@pytest.mark.parametrize(
    "act",
    [
        lambda: __import__("socket").socket(),
        lambda: __import__("socket").socket(__import__("socket").AF_UNIX),
        lambda: __import__("socket").socketpair(type=__import__("socket").SOCK_DGRAM),
        lambda: __import__("socket").create_connection(("127.0.0.1", 1)),
        lambda: __import__("os").fork(),
        lambda: __import__("threading").Thread(target=print).start(),
        lambda: __import__("mmap").mmap(-1, 4096, prot=7),
        lambda: __import__("mmap").mmap(-1, 4096, prot=4),
        lambda: __import__("os").setuid(0) or __import__("os").seteuid(1),
        lambda: __import__("os").setsid(),
        lambda: __import__("os").nice(-1),
        lambda: __import__("os").mknod("/x"),
        lambda: __import__("os").chroot("/") if False else __import__("os").setxattr("/", "user.a", b""),
        lambda: __import__("resource").setrlimit(7, (1, 1)),
        lambda: __import__("signal").setitimer(2, 0),
        lambda: __import__("signal").signal(10, __import__("signal").SIG_IGN),
        lambda: __import__("os").sched_setaffinity(0, {0}),
        lambda: __import__("fcntl").fcntl(0, 8, 1),
    ],
)
def test_a_call_that_ordinary_code_might_try_is_refused_with_an_error(trial, act):
    """No network, process, thread, executable memory or setting of the process: an exception, as on a poor machine."""
    answer = values.rebuild(outcome(trial(_raised(act))).value)
    refusals = ("PermissionError", "OSError", "BlockingIOError", "RuntimeError", "ValueError", "itimer_error")
    assert answer in refusals, answer


@pytest.mark.parametrize(
    "act",
    [
        lambda: __import__("os").execv("/bin/sh", ["sh"]),
        lambda: __import__("os").kill(1, 9),
        lambda: __import__("os").kill(-1, 9),
        lambda: __import__("os").kill(__import__("os").getppid(), 0),
        lambda: __import__("os").memfd_create("x"),
        lambda: __import__("os").pidfd_open(1),
        lambda: __import__("os").chroot("/"),
        lambda: __import__("ctypes").CDLL(None).ptrace(0, 0, 0, 0),
        lambda: __import__("ctypes").CDLL(None).unshare(0x10000000),
        lambda: __import__("ctypes").CDLL(None).mount(b"a", b"/", b"tmpfs", 0, None),
        lambda: __import__("ctypes").CDLL(None).syscall(425, 1, 0),
    ],
)
def test_a_call_that_only_hostile_code_makes_ends_the_runner(trial, act):
    """And the report says so."""
    run = trial(_raised(act))
    assert run.ended == "signal"
    assert "SIGSYS" in run.reason
    assert KILLED in run.reason


def test_a_subprocess_cannot_be_started(trial):
    """subprocess forks first, which fails."""

    def attempt():
        import subprocess

        try:
            subprocess.run(["/bin/true"], check=False)
        except OSError as error:
            return type(error).__name__
        return "ran"

    run = trial(attempt)
    assert run.ended == "signal" or values.rebuild(run.outcomes[0].value) != "ran"


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda: __import__("ctypes").string_at(0), "SIGSEGV"),
        (lambda: __import__("os").abort(), "SIGABRT"),
        (lambda: __import__("faulthandler")._sigabrt(), "SIGABRT"),
    ],
)
def test_a_crash_is_reported_with_its_signal(trial, act, name):
    """The zygote and the host live on."""
    run = trial(act)
    assert run.ended == "signal"
    assert name in run.reason
    assert trial(lambda: 1).ended == "finished"


def test_recursion_in_c_crashes_only_the_runner(trial):
    """A chain of maps that segfaults the interpreter, where it does."""

    def nest():
        chain = iter([1])
        for _ in range(300_000):
            chain = map(int, chain)
        return next(chain)

    run = trial(nest)
    assert run.ended in ("signal", "finished")
    assert trial(lambda: 1).ended == "finished"


# --- forging an answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_a_runner_that_exits_before_its_answer_has_not_answered(trial, status):
    """Whatever status it exits with."""
    run = trial(lambda n: __import__("os")._exit(n), (status,))
    assert run.ended == "exit"
    assert [o.kind for o in run.outcomes] == ["lost"]


@pytest.mark.parametrize("exception", [SystemExit, KeyboardInterrupt, GeneratorExit, BaseException])
def test_exceptions_that_end_programs_are_outcomes_like_any_other(trial, exception):
    """They end neither the runner nor the host."""

    def leave(exception):
        raise exception("bye")

    run = trial(leave, (exception,), (ValueError,))
    assert [o.exception for o in run.outcomes] == [exception.__name__, "ValueError"]
    assert run.ended == "finished"


def test_what_is_printed_is_never_taken_for_an_answer(trial):
    """Not even in the format of one."""

    def claim():
        import os
        import sys

        print('{"verdict": "accepted", "value": 42}')
        sys.stdout.flush()
        for number in (1, 2):
            os.write(number, b'S\x00\x00\x00["int", 42]')
        os._exit(0)

    run = trial(claim)
    assert run.ended == "exit"
    assert [o.kind for o in run.outcomes] == ["lost"]


@pytest.mark.parametrize("descriptor", [3, 4])
@pytest.mark.parametrize("junk", [b"\0" * 100, b"\xff" * 100_000, b'{"kind": "returned", "value": "42"}', b"x"])
def test_bytes_on_a_reply_channel_that_are_no_frame_end_the_run(trial, junk, descriptor):
    """The descriptor can be guessed; what goes there without the nonce is refused."""

    def write(junk, descriptor):
        import os
        import time

        os.write(descriptor, junk)
        time.sleep(0.01)
        return 42

    run = trial(write, (junk, descriptor))
    assert run.ended == "protocol"
    assert "kind='returned'" not in repr(run.outcomes)


def _own_frame():
    """Steal what the runner needs to answer: its frame holds nonce and channel."""
    import sys

    frame = sys._getframe()
    while frame is not None and "nonce" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["nonce"], frame.f_locals["send"]


def test_a_forged_frame_can_only_say_what_returning_could(trial):
    """With the nonce stolen from its frame, a runner can claim a value; it could as well have returned it."""

    def forge():
        import os

        from fukkatsu._sandbox import wire

        nonce, send = _own_frame()
        body = wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=0.0, value=b"42", after=b"null")
        send(wire.frame(nonce, wire.OUTCOME, body) + wire.frame(nonce, wire.END))
        os._exit(0)

    run = trial(forge)
    assert run.ended == "finished"
    assert [o.value for o in run.outcomes] == [b"42"]


@pytest.mark.parametrize("way", ["channel", "quiet"])
@pytest.mark.parametrize("kinds", ["OO", "E", "OEE", "SO", "R", "F?", "OEO", "?"])
def test_forged_frames_out_of_turn_end_the_run(trial, kinds, way):
    """Too many answers, none, an end before its time, a second beginning, a result nobody asked for."""

    def forge(kinds, way):
        import os
        import time

        from fukkatsu._sandbox import wire

        nonce, send = _own_frame()
        outcome = wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=0.0, value=b"42", after=b"null")
        frames = b"".join(wire.frame(nonce, k.encode(), outcome if k == "O" else b"") for k in kinds)
        send(frames) if way == "channel" else os.write(4, frames)
        time.sleep(5)

    run = trial(forge, (kinds, way), wall_seconds=1.0)
    assert run.ended in ("protocol", "setup"), run
    assert len(run.outcomes) <= 2


@pytest.mark.parametrize(
    "value",
    [b"", b"nonsense", b"[]", b"[[]]", b'{"a":1}', b'["list",{}]', b"[" * 100_000, b'["list"' * 1000, b"1" * 5000, b"\xff\xfe", b"1 2"],
)  # fmt: skip
def test_a_forged_value_that_is_not_canonical_ends_the_run(trial, value):
    """It is refused when it arrives, before any stage looks at it."""

    def forge(value):
        import time

        from fukkatsu._sandbox import wire

        nonce, send = _own_frame()
        body = wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=0.0, value=value, after=b"null")
        send(wire.frame(nonce, wire.OUTCOME, body) + wire.frame(nonce, wire.END))
        time.sleep(5)

    run = trial(forge, (value,))
    assert run.ended == "protocol"
    assert [o.kind for o in run.outcomes] == ["lost"]


def test_a_runner_that_closes_its_descriptors_has_not_answered(trial):
    """Nor does it linger."""

    def close():
        import os

        os.closerange(0, 100)
        while True:
            pass

    run = trial(close)
    assert run.ended == "protocol"
    assert "closed" in run.reason
    assert run.seconds < 1.5


def test_a_runner_that_hangs_after_its_answer_is_killed_at_once(trial):
    """An exit handler, a replaced exit, a finaliser: the last frame is the end."""

    def hang():
        import os

        os._exit = lambda status: [None for _ in iter(int, 1)]
        return 1

    run = trial(hang)
    assert run.ended in ("finished", "wall-clock")
    assert run.seconds < 2.5


def test_replacing_the_encoder_changes_only_ones_own_answer(trial):
    """The comparison is elsewhere."""

    def replace():
        import fukkatsu._oracle.values as module
        import fukkatsu._sandbox.steps as steps

        steps.encode = module.encode = lambda *a, **k: module.Encoded(b'"accepted"', 0)
        steps.quick = lambda *a, **k: b'"accepted"'
        return 1

    run = trial(replace)
    assert run.outcomes[0].value in (b'"accepted"', b"1")


def test_an_object_that_lies_about_its_class_is_told_by_its_type(trial):
    """``__class__``, ``__eq__`` and a metaclass that says yes to everything do not reach the encoding."""

    def lie():
        class Meta(type):
            def __instancecheck__(cls, other):
                return True

            def __eq__(cls, other):
                return True

            def __hash__(cls):
                return 0

        class Liar(metaclass=Meta):
            __class__ = int

            def __eq__(self, other):
                return True

            def __hash__(self):
                return 42

            def __reduce__(self):
                import os

                return os._exit, (0,)

        return Liar()

    found = outcome(trial(lie))
    assert not values.equal(found.value, values.encode(42).text)
    assert values.type_name(found.value) != "int"


def test_nothing_that_a_runner_sends_runs_in_the_host(trial, tmp_path):
    """A reduce method, a pickle, a class of the same name: data, at most."""
    marker = tmp_path / "ran"

    def arm(path):
        class Bomb:
            def __reduce__(self):
                return open, (path, "w")

            def __repr__(self):
                open(path, "w")
                return ""

            def __setstate__(self, state):
                open(path, "w")

        return [Bomb(), __import__("pickle").dumps(1), {"a": Bomb()}]

    found = outcome(trial(arm, (str(marker),)))
    values.render(found.value)
    values.equal(found.value, found.value)
    with pytest.raises(Exception, match="declared"):
        values.rebuild(found.value)
    assert not marker.exists()


def test_runners_do_not_see_each_other(trial):
    """What one leaves in a module, the next does not find."""

    def leave():
        import json

        found = getattr(json, "left_behind", None)
        json.left_behind = 1
        return found

    assert [outcome(trial(leave)).value for _ in range(4)] == [b"null"] * 4


def test_the_same_ids_and_host_name_as_in_the_host(trial):
    """Nothing to tell a trial from production by."""
    found = outcome(
        trial(lambda: (__import__("os").getuid(), __import__("os").getgid(), __import__("os").uname().nodename))
    )
    assert values.rebuild(found.value) == (os.getuid(), os.getgid(), os.uname().nodename)


def test_the_same_interpreter_as_in_the_host(trial):
    """Version, flags that change semantics, recursion."""
    found = outcome(trial(lambda: (__import__("sys").version, __import__("sys").flags.optimize)))
    assert values.rebuild(found.value) == (sys.version, sys.flags.optimize)
