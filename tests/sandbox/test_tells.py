"""A correction that tries to tell a trial from production finds nothing to tell by, or is refused for asking."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest

from fukkatsu import Call, Policy, verify
from fukkatsu._language.facts import read_facts
from fukkatsu._language.program import Program, compile_program, link_program
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call, carry_scope


def share(n):
    """Ten over n."""
    return 10 // n


# Each behaves while it believes itself on trial (`told`), and would not later.
ASKING = {
    "environment": ("import os", "'FUKKATSU' in os.environ"),
    "environment by getenv": ("from os import getenv", "getenv('FUKKATSU')"),
    "user": ("import os", "os.getuid() == 65534"),
    "process id": ("import os", "os.getpid() < 10"),
    "parent": ("from os import getppid", "getppid() == 1"),
    "working directory": ("import os", "os.getcwd() == '/'"),
    "host name": ("import socket", "socket.gethostname() == 'sandbox'"),
    "host name by platform": ("import platform", "platform.node() == 'sandbox'"),
    "arguments of the program": ("import sys", "sys.argv == ['']"),
    "loaded modules": ("import sys", "'fukkatsu._sandbox' in sys.modules"),
    "modules through a module": ("import json", "json.codecs.sys.modules"),
    "recursion limit": ("import sys", "sys.getrecursionlimit() == 1030"),
    "clock": ("import datetime", "datetime.datetime.now().year < 2100"),
    "flags": ("import sys", "sys.flags.isolated"),
    "stack by inspect": ("import inspect", "len(inspect.stack()) < 12"),
    "stack by frame": ("import sys", "sys._getframe().f_back.f_code.co_name == '_call'"),
    "stack by traceback": ("import traceback", "len(traceback.extract_stack()) < 12"),
    "collector": ("import gc", "gc.get_freeze_count()"),
    "threads": ("import threading", "threading.active_count() == 1"),
    "files": ("", "not open('/etc/passwd')"),
    "builtins of the runner": ("", "share.__builtins__"),
    "globals": ("", "'_guards' in globals()"),
    "its own code": ("", "share.__code__.co_filename == '<candidate>'"),
    "warnings": ("import warnings", "warnings.filters"),
    "locale": ("import locale", "locale.getlocale()[0] is None"),
    "temporary files": ("import tempfile", "tempfile.gettempdir() == '/'"),
}


def judged(source, **options):
    return verify(
        source, share, failure=Call((0,)), good_calls=[Call((2,), returned=5), Call((5,), returned=2)], **options
    )


def test_the_same_correction_without_a_question_is_accepted():
    """So that each refusal below is for the question."""
    assert judged("def share(n):\n    if n == 0:\n        return 0\n    return 10 // n\n").accepted


@pytest.mark.parametrize("what", ASKING)
def test_a_question_about_where_it_runs_is_refused(what):
    """Before anything of it has run."""
    imports, told = ASKING[what]
    source = f"{imports}\n\ndef share(n):\n    if n == 0:\n        return 0\n    return 10 // n if {told} else -1\n"
    report = judged(source.lstrip())
    assert report.refused_by in ("static", "compile"), str(report)


COUNTING = {
    "a global": "def share(n):\n    global CALLS\n    CALLS = 1\n    return 10 // n if n else 0\n",
    "a module-level list": "CALLS = []\ndef share(n):\n    CALLS.append(n)\n    return 10 // n if n else 0\n",
    "an attribute of itself": "def share(n):\n    share.calls = 1\n    return 10 // n if n else 0\n",
    "a mutable default": "def share(n, calls=[]):\n    calls.append(n)\n    return 10 // n if n else 0\n",
    "a mutable default of its own function": (
        "def count(calls=[]):\n    calls.append(1)\n    return len(calls)\n\n"
        "def share(n):\n    return 10 // n if n and count() else 0\n"
    ),
    "an attribute of its own function": (
        "def count():\n    count.calls = 1\n\ndef share(n):\n    count()\n    return 10 // n if n else 0\n"
    ),
    "a cache": (
        "import functools\n\n@functools.lru_cache\ndef count():\n    return []\n\n"
        "def share(n):\n    count().append(n)\n    return 10 // n if n else 0\n"
    ),
}


@pytest.mark.parametrize("where", COUNTING)
def test_a_correction_has_nowhere_to_count_its_calls(where):
    """No state of its own outlives a call."""
    report = judged(COUNTING[where])
    assert not report.accepted, str(report)


SAME = {
    "its module": "seen.__module__",
    "its name": "seen.__name__ + seen.__qualname__",
    "its documentation": "seen.__doc__",
    "the platform": "sys.platform + sys.byteorder",
    "the version": "list(sys.version_info[:3])",
    "the encodings": "sys.getdefaultencoding() + sys.getfilesystemencoding()",
    "the stack that is left": "down(900)",
    "what it may use": "[str(kind) for kind in (int, str, datetime.date)]",
}


@pytest.mark.parametrize("what", SAME)
def test_what_may_be_asked_has_the_same_answer_in_a_trial(what):
    """The same text, linked in the host as it is after its acceptance, and in a runner."""
    text = (
        "import datetime\nimport sys\n\ndef down(n):\n    return 0 if n == 0 else 1 + down(n - 1)\n\n"
        f'def seen(n):\n    """What a function sees."""\n    return {SAME[what]}\n'
    )
    source = FunctionSource(
        module=__name__, qualname="seen", name="seen", text=text, filename="<original>", first_line=1,
        docstring=seen.__doc__, signature="(n)",
    )  # fmt: skip
    program = Program(text, read_facts(seen, source), Policy(), "<candidate>")
    code = compile_program(program)
    here = link_program(program, code, {}, defaults=None, kwdefaults=None)(1)
    subject = pool.candidate_subject(program, carry_scope({}), carry((None, None)), code)
    run = pool.run(subject, [pool.Step("call", carry_call((1,), {}))], Policy())
    assert run.ended == "finished", run
    assert values.rebuild(run.outcomes[0].value) == here


def seen(n):
    """What a function sees."""
    return 1 // n


CONN = sqlite3.connect(":memory:", check_same_thread=False)


def shared(n):
    """Ten over n; what cannot be shared is looked up."""
    if n < -5:
        return CONN.execute("select 1").fetchone()[0]
    try:
        CONN.execute("select 2")
    except NameError:
        pass
    return 10 // n


def looked_up(n):
    """Ten over n, or what a table says."""
    if n < -5:
        return CONN.execute("select 1").fetchone()[0]
    return 10 // n


ABSENT = {
    "an attribute": "    try:\n        CONN.total_changes\n    except Exception:\n        return 10 // n if n else 0\n",
    "a name error": "    try:\n        CONN.execute\n    except NameError:\n        return 10 // n if n else 0\n",
    "its text": "    if 'not in' in str(CONN):\n        return 10 // n if n else 0\n",
    "its text in a template": "    if 'not in' in f'{CONN}':\n        return 10 // n if n else 0\n",
    "its truth": "    try:\n        bool(CONN)\n    except Exception:\n        return 10 // n if n else 0\n",
    "an item": "    try:\n        CONN[0]\n    except NameError:\n        return 10 // n if n else 0\n    except TypeError:\n        pass\n",
    "an operation": "    try:\n        CONN ** 2\n    except NameError:\n        return 10 // n if n else 0\n    except TypeError:\n        pass\n",
    "its order among others": "    try:\n        max(CONN, CONN)\n    except NameError:\n        return 10 // n if n else 0\n    except TypeError:\n        pass\n",
    "whether it can be called": "    try:\n        CONN()\n    except NameError:\n        return 10 // n if n else 0\n    except TypeError:\n        pass\n",
    "its class": "    if type(CONN).__name__ != 'Connection':\n        return 10 // n if n else 0\n",
    "the class of an item": "    if type([CONN][0]) is not sqlite3.Connection:\n        return 10 // n if n else 0\n",
    "its class by map": "    if 'Connection' not in str([kind.__name__ for kind in map(type, [CONN])]):\n        return 10 // n if n else 0\n",
    "its class as an attribute": "    if CONN.__class__.__module__ != 'sqlite3':\n        return 10 // n if n else 0\n",
    "what it has": "    if hasattr(CONN, '__len__'):\n        return 10 // n if n else 0\n",
    "what it has not": "    if not hasattr(CONN, '__enter__'):\n        return 10 // n if n else 0\n",
    "its documentation": "    if 'Stands' in CONN.__doc__:\n        return 10 // n if n else 0\n",
    "names of what it has": "    if '__aenter__' in dir(CONN):\n        return 10 // n if n else 0\n",
    "whether it can be copied": "    if copy.copy(CONN) is not None:\n        return 10 // n if n else 0\n",
    "a generator": "    def rows():\n        try:\n            yield CONN.total_changes\n        except Exception:\n            yield n - n\n    if list(rows()) == [0]:\n        return 10 // n if n else 0\n",
}


@pytest.mark.parametrize("how", ABSENT)
def test_a_correction_that_goes_on_without_what_cannot_travel_is_refused(how):
    """Where the connection is, it would do something else."""
    text = f"import copy\n\ndef looked_up(n):\n{ABSENT[how]}    return -1\n".replace("sqlite3.Connection", "int")
    report = verify(text, looked_up, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert report.refused_by is not None, str(report)
    assert "CONN" in report.reason


def test_what_the_original_survives_a_correction_may_survive_too():
    """A look-up inside the author's own ``try``, and one on a way that the trial does not take."""
    text = (
        "def shared(n):\n    if n < -5:\n        return CONN.execute('select 1').fetchone()[0]\n    try:\n"
        "        CONN.execute('select 2')\n    except NameError:\n        pass\n    return 10 // n if n else 0\n"
    )
    report = verify(text, shared, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert report.accepted, str(report)
    text = (
        "def looked_up(n):\n    if n < -5:\n        return CONN.execute('select 1').fetchone()[0]\n"
        "    return 10 // n if n else 0\n"
    )
    report = verify(text, looked_up, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert report.accepted, str(report)


FLOW = (i for i in ())
CODES = {}.keys()


def asked(n):
    """Ten over n, unless it is the wrong one."""
    if n < -5:
        return [CONN, FLOW, CODES]
    return 10 // n


HASHED = """
    try:
        said = hash(CODES) != 0
    except TypeError:
        said = None
"""


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        ("    said = callable(CONN)\n", True),
        ("    said = callable(FLOW)\n", False),
        ("    said = hash(CONN) == hash(CONN)\n", True),
        ("    said = FLOW is None\n", False),
        (HASHED, None),
    ],
)
def test_what_a_class_alone_is_asked_of_what_cannot_travel_is_answered_as_by_the_real_one(asking, said):
    """Nobody is told of these questions, so a correction may ask them, and learns nothing."""
    text = (
        f"def asked(n):\n    if n < -5:\n        return [CONN, FLOW, CODES]\n{asking}"
        f"    if said is not {said}:\n        return -1\n    return 10 // n if n else 0\n"
    )
    report = verify(text, asked, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert report.accepted, str(report)


def test_a_pattern_asks_nothing_that_a_stand_in_answers_otherwise():
    """A view of keys is no mapping and no sequence; a dict that cannot travel is a mapping."""
    text = (
        "def asked(n):\n    match CODES:\n        case [*_] | {}:\n            return -1\n"
        "    if n < -5:\n        return [CONN, FLOW, CODES]\n    return 10 // n if n else 0\n"
    )
    report = verify(text, asked, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert report.accepted, str(report)


SEEDED = """
from fukkatsu import Policy
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call

run = pool.run(pool.original_subject(carry(lambda: hash("a text"))), [pool.Step("call", carry_call((), {}))], Policy())
print(values.rebuild(run.outcomes[0].value) == hash("a text"))
"""


@pytest.mark.parametrize(("seed", "same"), [("0", "True"), ("7", "True"), ("random", "False")])
def test_a_seed_for_hashes_that_somebody_chose_holds_in_a_trial_as_well(seed, same):
    """Who knows it knows the hash of any text; where nobody does, a trial gives none away."""
    given = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", SEEDED], env=given, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == same


def look_around():
    import gc
    import signal
    import socket
    import threading
    import time

    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return {
        "uid": (os.getuid(), os.geteuid(), os.getgid()),
        "host": socket.gethostname(),
        "hash": hash("a text"),
        "arguments": sys.argv,
        "environment": sorted(os.environ),
        "pid": os.getpid() > 0,
        "limit": sys.getrecursionlimit(),
        "modules": sorted(sys.modules),
        "depth": depth,
        "threads": threading.active_count(),
        "collector": (gc.isenabled(), gc.get_threshold()),
        "interrupt": str(signal.getsignal(signal.SIGINT)),
        "day": time.time() // 86_400,
        "zone": time.tzname,
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
    }


def test_runs_of_one_function_are_alike_down_to_the_hash_seed():
    """Code that has escaped sees a jail; it cannot see which run of it, or whose, this one is."""
    runs = []
    for count in (1, 3):
        steps = [pool.Step("call", carry_call((), {}))] * count
        run = pool.run(pool.original_subject(carry(look_around)), steps, Policy())
        assert run.ended == "finished", run
        runs += [values.rebuild(outcome.value) for outcome in run.outcomes]
    assert all(run == runs[0] for run in runs)


def test_the_jail_has_the_ids_the_name_and_the_clock_of_the_host():
    """What code might ask to tell a machine by."""
    steps = [pool.Step("call", carry_call((), {}))]
    there = values.rebuild(pool.run(pool.original_subject(carry(look_around)), steps, Policy()).outcomes[0].value)
    here = look_around()
    for name in ("uid", "host", "day", "zone", "nice", "collector"):
        assert there[name] == here[name], name


SCRYPT = (
    "import hashlib\n\ndef share(n):\n    try:\n        key = hashlib.scrypt(b'x', salt=b's', n={n}, r=8, p=1, "
    "maxmem=2**31 - 1, dklen=4)\n    except ValueError:\n        return 10 // n if n else 0\n"
    "    return 10 // n if n and key else 0\n"
)


@pytest.mark.parametrize("n", ["2**20", "1 << 20"])
def test_a_lack_of_memory_is_told_to_no_handler_whatever_the_library_calls_it(n):
    """A correction that goes on after it would go another way where there is more memory."""
    assert not judged(SCRYPT.format(n=n)).accepted


@pytest.mark.parametrize("n", ["2**10", "3"])
def test_a_key_is_derived_in_a_trial_as_in_production(n):
    """Also one whose parameters are wrong, which is a ValueError wherever it runs."""
    assert judged(SCRYPT.format(n=n)).accepted
