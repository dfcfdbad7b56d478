"""The filter, on this kernel and, through an interpreter of BPF, for both architectures."""

from __future__ import annotations

import errno
import struct

import pytest

from fukkatsu._oracle import values
from fukkatsu._sandbox import kernel, seccomp

from .system_calls import BY_NAME

pytestmark = pytest.mark.once  # the kernel is the same one

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM = 0x00050000 | errno.EPERM


def judge(code: bytes, number: int, *arguments: int, architecture: int) -> int:
    """What the kernel would answer to one system call: a small interpreter of the instructions that we use."""
    words = struct.pack("<IIQ6Q", number, architecture, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    accumulator = position = 0
    while True:
        operation, yes, no, value = struct.unpack_from("<HBBI", code, position * 8)
        position += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", words, value)
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x15:
            position += yes if accumulator == value else no
        elif operation == 0x35:
            position += yes if accumulator >= value else no
        else:
            assert operation == 0x06, f"an instruction that the kernel would refuse: {operation:#x}"
            return value


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_system_call_outside_the_tables_is_refused(name):
    """For all numbers there are and some to come."""
    code, column = seccomp.program(5, name), list(ARCHITECTURES).index(name)

    def numbers(table):
        return {n[column]: key for key, n in table.items() if n[column] is not None}

    allowed, killed = numbers(seccomp.ALLOWED), numbers(seccomp.KILLED)
    conditional = numbers({key: entry[0] for key, entry in seccomp.CONDITIONAL.items()})
    refused = numbers({key: entry[0] for key, entry in seccomp.REFUSED.items()})
    for number in range(1024):
        answer = judge(code, number, architecture=ARCHITECTURES[name])
        if number in allowed:
            assert answer == ALLOW, allowed[number]
        elif number in killed:
            assert answer == KILL, killed[number]
        elif number in refused:
            assert answer == 0x00050000 | seccomp.REFUSED[refused[number]][1]
        elif number not in conditional:
            assert answer == EPERM, number
    assert len(allowed) + len(killed) + len(conditional) + len(refused) == sum(
        len([n for n in table if n is not None]) for table in (allowed, killed, conditional, refused)
    )


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_each_system_call_is_judged_by_its_name(name):
    """The kernel's own table of numbers, not ours: a number under a wrong name would open another call."""
    code = seccomp.program(5, name)
    judged = {
        call: judge(code, number, architecture=ARCHITECTURES[name])
        for call, number in BY_NAME[name].items()
        if call not in seccomp.CONDITIONAL
    }
    expected = dict.fromkeys(judged, EPERM)
    expected |= dict.fromkeys(seccomp.ALLOWED.keys() & judged, ALLOW)
    expected |= dict.fromkeys(seccomp.KILLED.keys() & judged, KILL)
    expected |= {call: 0x00050000 | seccomp.REFUSED[call][1] for call in seccomp.REFUSED.keys() & judged}
    assert judged == expected
    column = list(ARCHITECTURES).index(name)
    tables = [seccomp.ALLOWED, seccomp.KILLED]
    tables += [{call: entry[0] for call, entry in table.items()} for table in (seccomp.CONDITIONAL, seccomp.REFUSED)]
    numbered = {call: n[column] for table in tables for call, n in table.items() if n[column] is not None}
    assert numbered == {call: BY_NAME[name][call] for call in numbered}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_another_architecture_is_killed(name):
    """The numbers mean something else there; x32 on x86-64 as well."""
    code = seccomp.program(5, name)
    for other in (0x40000003, *ARCHITECTURES.values()):
        if other != ARCHITECTURES[name]:
            assert judge(code, 0, architecture=other) == KILL
    if name == "x86_64":
        assert judge(code, 0x40000000, architecture=ARCHITECTURES[name]) == KILL


@pytest.mark.parametrize("column", [0, 1])
def test_arguments_decide_where_a_call_is_allowed_for_some(column):
    """Memory is never writable and executable, files are only read, sockets are pairs, signals one's own."""
    name = list(ARCHITECTURES)[column]
    code = seccomp.program(1234, name)

    def ask(call: str, *arguments: int) -> int:
        number = seccomp.CONDITIONAL[call][0][column]
        assert number is not None
        return judge(code, number, *arguments, architecture=ARCHITECTURES[name])

    assert ask("mmap", 0, 4096, 3, 0x22) == ALLOW
    assert ask("mmap", 0, 4096, 5, 0x802) == ALLOW  # a shared library
    assert ask("mmap", 0, 4096, 7, 0x802) == EPERM
    assert ask("mmap", 0, 4096, 5, 0x22) == EPERM
    assert ask("mmap", 0, 4096, 4, 0x20) == EPERM
    assert ask("mprotect", 0, 4096, 3) == ALLOW
    assert ask("mprotect", 0, 4096, 5) == EPERM
    assert ask("openat", 0, 0, 0o2000000) == ALLOW
    for flag in (0o1, 0o2, 0o100, 0o1000, 0o2000):
        assert ask("openat", 0, 0, flag) == EPERM
    assert ask("socketpair", 1, 1 | 0o2004000) == ALLOW
    assert ask("socketpair", 1, 2) == EPERM
    assert ask("socketpair", 2, 1) == EPERM
    assert ask("sendto", 3, 0, 1, 0, 0) == ALLOW
    assert ask("sendto", 3, 0, 1, 0, 1) == EPERM
    assert ask("sendto", 3, 0, 1, 0, 1 << 32) == EPERM
    assert ask("prlimit64", 0, 7, 0) == ALLOW
    assert ask("prlimit64", 0, 7, 1 << 40) == EPERM
    assert ask("tgkill", 1234, 1234, 6) == ALLOW
    assert ask("tgkill", 1, 1, 9) == EPERM
    assert ask("fcntl", 0, 3) == ALLOW
    assert ask("fcntl", 0, 8) == EPERM
    assert ask("ioctl", 0, 0x5421) == ALLOW
    assert ask("ioctl", 0, 0x5412) == EPERM


def test_the_kernel_answers_as_the_interpreter_does(trial):
    """Every number outside the tables, really called in a runner."""
    column = 0 if kernel.ARCHITECTURE == "x86_64" else 1
    known = {n[column] for table in (seccomp.ALLOWED, seccomp.KILLED) for n in table.values()}
    known |= {entry[0][column] for entry in seccomp.CONDITIONAL.values()}
    known |= {entry[0][column] for entry in seccomp.REFUSED.values()}
    known |= {335, 336}  # uretprobe and uprobe on x86-64: newer kernels answer them (SIGILL) before any filter
    numbers = [n for n in range(470) if n not in known]

    def attempt(numbers):
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        answers = set()
        for number in numbers:
            ctypes.set_errno(0)
            result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
            answers.add((result, ctypes.get_errno()))
        return answers

    run = trial(attempt, (numbers,))
    assert run.ended == "finished", run
    assert values.rebuild(run.outcomes[0].value) == {(-1, errno.EPERM)}


@pytest.mark.parametrize("name", sorted(seccomp.KILLED))
def test_each_call_of_the_hostile_kind_really_kills(trial, name):
    """SIGSYS, before the kernel looks at an argument."""
    number = seccomp.KILLED[name][0 if kernel.ARCHITECTURE == "x86_64" else 1]
    run = trial(lambda number: __import__("ctypes").CDLL(None).syscall(number, -1, -1, -1, -1), (number,))
    assert run.ended == "signal"
    assert "SIGSYS" in run.reason
