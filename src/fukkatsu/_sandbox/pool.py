"""Run a subject in a runner: start, feed, time, kill, reap. The host's side of the sandbox."""

from __future__ import annotations

import marshal
import os
import pickle
import secrets
import select
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from fukkatsu._model.call import Outcome
from fukkatsu._sandbox import host, wire
from fukkatsu._sandbox.confine import Limits
from fukkatsu.errors import ReplyError, SandboxUnavailableError

if TYPE_CHECKING:
    from types import CodeType

    from fukkatsu._language.program import Program
    from fukkatsu.policy import Policy

RUNNER_LIMIT: Final = 2 * (os.cpu_count() or 1)
_REAP_SECONDS: Final = 5.0
_PACE_BYTES: Final = 65536
_GONE: Final = b"gone"  # in place of an exit record: the zygote died
_MANY: Final = 30  # answers to come
_PAUSE_SECONDS: Final = 0.0003  # a few dozen small answers, and far less than any clock of a policy

_slots = threading.BoundedSemaphore(RUNNER_LIMIT)


def _new_slots() -> None:
    global _slots
    _slots = threading.BoundedSemaphore(RUNNER_LIMIT)


os.register_at_fork(after_in_child=_new_slots)


@dataclass(frozen=True, slots=True)
class Subject:
    """What runs: built by ``candidate_subject`` or ``original_subject``."""

    parts: tuple[Any, ...]
    draws: bool = False  # whether it may use chance: then each call starts from the run's seed


def candidate_subject(program: Program, scope: bytes, defaults: bytes, code: CodeType | None = None) -> Subject:
    """A candidate: linked in the runner.

    Args:
        program: From ``_language``.
        scope: ``carry_scope`` of the values that the original's globals and closure hold.
        defaults: ``carry`` of ``(__defaults__, __kwdefaults__)``.
        code: What the compile stage made of *program*; without it the runner compiles again.
    """
    pickled = pickle.dumps(program, 5)
    compiled = b"" if code is None else marshal.dumps(code)
    return Subject(("candidate", pickled, scope, defaults, compiled), b"random" in pickled or b"random" in scope)


def original_subject(function: bytes, first_line: int = 0) -> Subject:
    """The original, unrestricted in the same jail.

    Args:
        function: ``carry`` of it.
        first_line: Line of its ``def`` in its file, where decorators stand above it; 0 takes the code object's.
    """
    return Subject(("original", function, first_line), b"random" in function)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do with the subject.

    Attributes:
        kind: ``"call"`` (payload: ``carry_call``); ``"exec"`` (payload: source text of an example, run in a namespace
            that lasts for the run); ``"bind"`` (payload: ``carry_scope``, more names for the examples).
        payload: What it needs.
    """

    kind: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """What happened.

    Attributes:
        outcomes: One for each step that was answered, then, when a step ended the runner, one with ``kind="lost"``.
        ended: ``"finished"``, ``"setup"``, ``"wall-clock"``, ``"cpu"``, ``"memory"``, ``"output"``, ``"reply"``,
            ``"signal"``, ``"exit"``, ``"protocol"`` or ``"unavailable"``.
        reason: One sentence for a person; names the field of the policy that bit. Empty when finished.
        printed: What reached the output pipe itself, capped (what a call prints is in its outcome).
        seconds: Wall time of the whole run.
    """

    outcomes: tuple[Outcome, ...] = ()
    ended: str = "finished"
    reason: str = ""
    printed: str = ""
    seconds: float = 0.0


def limits_of(policy: Policy) -> Limits:
    """What of *policy* a runner is started with."""
    return Limits(
        memory_bytes=policy.memory_bytes,
        cpu_seconds=policy.cpu_seconds,
        recursion_depth=policy.recursion_depth,
        output_bytes=policy.output_bytes,
        iterator_items=policy.iterator_items,
        reply_bytes=policy.reply_bytes,
    )


def run(
    subject: Subject,
    steps: Sequence[Step],
    policy: Policy,
    *,
    seed: int = 0,
    deadline: float | None = None,
    stop_at_first_loss: bool = True,
) -> Run:
    """Do *steps* in order in one fresh runner.

    Args:
        subject: What to run.
        steps: Independent of each other; each has its own wall clock.
        policy: ``wall_seconds`` for each step, ``total_seconds`` for all, and the other limits.
        seed: Secret of the caller's; each step that uses chance starts from it.
        deadline: On ``time.monotonic()``: the whole run ends there at the latest.
        stop_at_first_loss: Otherwise the steps after a lost one go on in another runner.

    Raises:
        SandboxUnavailableError: No runner can be had, or less isolation than the policy requires.
    """
    begun = time.monotonic()
    end = begun + policy.total_seconds
    first = _once(subject, steps, policy, seed, begun, end, deadline)
    if stop_at_first_loss or first.ended in ("finished", "setup", "unavailable"):
        return first
    outcomes, current = list(first.outcomes), first
    while current.ended != "finished" and len(outcomes) < len(steps) and time.monotonic() < min(end, deadline or end):
        if not current.outcomes:
            break  # not even one step was begun: the next runner would fare no better
        current = _once(subject, steps[len(outcomes) :], policy, seed, time.monotonic(), end, deadline)
        outcomes += current.outcomes
    worst = first if len(outcomes) == len(steps) else current
    return Run(tuple(outcomes), worst.ended, worst.reason, first.printed, time.monotonic() - begun)


def _once(
    subject: Subject, steps: Sequence[Step], policy: Policy, seed: int, begun: float, end: float, deadline: float | None
) -> Run:
    message = {
        "subject": subject.parts,
        "steps": [(step.kind, step.payload) for step in steps],
        "seed": seed,
        "reseed": subject.draws,
        "last": True,
    }
    limits = limits_of(policy)
    for last_try in (False, True):
        with _slots:
            parent, launched = host.launch(limits, read_paths=policy.read_paths)
            try:
                if policy.isolation == "required":
                    parent.isolation.require()
                watch = Watch(launched, policy, end=end, deadline=deadline)
                watch.ask(message, len(steps))
                done = watch.run(time.monotonic() - begun)
            finally:
                launched.kill()
                launched.close()
                parent.replenish(limits)
        if last_try or watch.exit_record != _GONE:
            break  # else somebody killed the zygote, and the runner with it: no fault of the subject's
    return done


def run_task(task: str, payload: bytes, policy: Policy, *, seconds: float) -> bytes:
    """Run a function of ours, named ``"module:function"``, over *payload* in a confined child of the examiner.

    Raises:
        TaskError: It gave no answer: it raised, took longer than *seconds*, or met another limit.
        SandboxUnavailableError: No examiner can be had.
    """
    begun = time.monotonic()
    limits = Limits(
        memory_bytes=max(policy.memory_bytes, 512 << 20),
        cpu_seconds=max(seconds, 1.0) + 1.0,
        recursion_depth=policy.recursion_depth,
        output_bytes=policy.output_bytes,
        iterator_items=policy.iterator_items,
        reply_bytes=policy.reply_bytes,
    )
    with _slots:
        parent, launched = host.launch(limits, kind="examiner", read_paths=policy.read_paths)
        try:
            if policy.isolation == "required":
                parent.isolation.require()
            watch = Watch(launched, policy, end=begun + seconds, wall_seconds=seconds)
            watch.ask({"task": task, "payload": payload, "last": True}, 0)
            done = watch.run(0.0)
        finally:
            launched.kill()
            launched.close()
    if done.ended == "finished" and watch.result is not None:
        return watch.result
    detail = done.printed.strip().splitlines()
    raise TaskError(f"{done.reason}" + (f" ({detail[-1]})" if detail else ""))


class TaskError(ReplyError):
    """The examiner gave no answer; the text says why."""


class RunnerGoneError(Exception):
    """A kept runner is gone through no fault of its own (its zygote died): another one can be asked."""


class _EndedError(Exception):
    """The runner is over; ``args`` are ``ended`` and ``reason``."""


@dataclass(slots=True)
class Watch:
    """One runner under observation: everything it says or fails to say becomes data here.

    Attributes:
        end: When the whole run must be over, on ``time.monotonic()``.
        deadline: When the repair that this run is part of must be, or ``None``.
    """

    launched: host.Launched
    policy: Policy
    end: float
    deadline: float | None = None
    wall_seconds: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    result: bytes | None = None
    expected: int = 0
    printed: bytearray = field(default_factory=bytearray)
    nonce: bytes = b""
    reader: wire.FrameReader = field(default_factory=lambda: wire.FrameReader(b"", 0))
    outgoing: memoryview = field(default_factory=lambda: memoryview(b""))
    exit_record: bytes = b""
    poll: select.poll = field(default_factory=select.poll)
    begun: bool = False
    ready: bool = False
    over: bool = False
    step_begun: float = 0.0
    printed_bytes: int = 0

    def __post_init__(self) -> None:
        self.wall_seconds = self.wall_seconds or self.policy.wall_seconds
        self.nonce = secrets.token_bytes(wire.NONCE_BYTES)
        self.reader = wire.FrameReader(self.nonce, self.policy.reply_bytes + 4096)

    def ask(self, message: dict[str, Any], steps: int) -> None:
        """Queue a message that will be answered by *steps* outcomes."""
        self.outgoing = memoryview(wire.request({"nonce": self.nonce, **message}))
        self.expected += steps

    def run(self, before: float = 0.0) -> Run:
        """Until the runner has ended, by itself or by us. Never raises for what it did."""
        begun = time.monotonic()
        try:
            self._converse()
            ended, reason = self._conclude()
        except _EndedError as how:
            ended, reason = how.args
        except ReplyError as failure:
            ended, reason = "protocol", f"the runner's reply does not parse: {failure}"
        self.launched.kill()
        if ended == "finished":
            text = self.printed.decode("utf-8", "replace")
            return Run(tuple(self.outcomes), ended, reason, text, time.monotonic() - begun + before)
        self._await_exit(_REAP_SECONDS)
        if ended == "closed":
            ended, reason = self._verdict_of_exit(ended)
        if len(self.outcomes) < self.expected and (self.ready or ended != "setup"):
            self.outcomes.append(Outcome(kind="lost", message=reason))
        text = self.printed.decode("utf-8", "replace")
        return Run(tuple(self.outcomes), ended, reason, text, time.monotonic() - begun + before)

    def renew(self) -> None:
        """Begin another call of a runner that is kept: its clocks and its caps start anew."""
        self.end = time.monotonic() + self.policy.total_seconds
        self.printed_bytes = self.expected = 0
        self.printed.clear()
        self.reader.allow(self.policy.reply_bytes + 4096)

    def converse_once(self) -> Outcome:
        """For a runner that is kept: the next outcome.

        Raises:
            RunnerGoneError: Its zygote died. A runner has no effects outside, so the call can be repeated.
            ReplyError: There is none; the text says why, and the runner is dead.
        """
        wanted = len(self.outcomes) + 1
        if self.ready and self._await_exit(0.0):
            raise RunnerGoneError
        try:
            self._converse(until=wanted)
        except _EndedError as how:
            self.launched.kill()
            self._await_exit(_REAP_SECONDS)
            ended, reason = how.args
            if ended == "closed":
                if self.exit_record == _GONE:
                    raise RunnerGoneError from None
                ended, reason = self._verdict_of_exit(ended)
            raise ReplyError(reason) from None
        except ReplyError:
            self.launched.kill()
            raise
        return self.outcomes.pop()

    def _converse(self, until: int | None = None) -> None:
        """Send what is queued and take frames until the end frame (or until there are *until* outcomes)."""
        channel, output = self.launched.channel, self.launched.output
        poll = self.poll
        if not self.begun:
            self.begun = True
            channel.setblocking(False)
            os.set_blocking(output, False)
            poll.register(output, select.POLLIN)
            poll.register(channel, select.POLLIN)
        channel_number = channel.fileno()
        self.step_begun = time.monotonic()
        self._send()  # usually all at once
        if self.outgoing:
            poll.modify(channel, select.POLLIN | select.POLLOUT)
        while not self.over and (until is None or len(self.outcomes) < until):
            for descriptor, event in poll.poll(self._patience() * 1000):
                if descriptor == output:
                    if not self._read_output():
                        poll.unregister(output)
                    continue
                if event & select.POLLOUT and self.outgoing:
                    self._send()
                    if not self.outgoing:
                        poll.modify(channel, select.POLLIN)
                if event & (select.POLLIN | select.POLLHUP | select.POLLERR) and descriptor == channel_number:
                    self._receive()
                    if self.expected - len(self.outcomes) > _MANY:
                        time.sleep(_PAUSE_SECONDS)  # waking for each answer would cost more than the answer

    def _patience(self) -> float:
        """Seconds until the next clock strikes; raises when one has."""
        now = time.monotonic()
        step = self.step_begun + self.wall_seconds - now
        total = self.end - now
        deadline = total if self.deadline is None else self.deadline - now
        left = min(step, total, deadline)
        if left > 0:
            return left
        if deadline <= 0 and self.deadline is not None:
            raise _EndedError("wall-clock", "no answer before the repair's deadline (deadline_seconds)")
        if total <= 0:
            limit = self.policy.total_seconds
            raise _EndedError("wall-clock", f"the run was not over within Policy.total_seconds={limit} s")
        raise _EndedError("wall-clock", f"no answer within Policy.wall_seconds={self.wall_seconds} s")

    def _send(self) -> None:
        try:
            sent = self.launched.channel.send(self.outgoing[: 1 << 18])
        except BlockingIOError:
            return
        except OSError:
            raise _EndedError("closed", "") from None
        self.outgoing = self.outgoing[sent:]
        self.step_begun = time.monotonic()  # what takes long here is ours, and bounded by the total

    def _read_output(self) -> bool:
        try:
            data = os.read(self.launched.output, _PACE_BYTES)
        except BlockingIOError:
            return True
        if not data:
            return False
        room = self.policy.output_bytes - len(self.printed)
        if room > 0:
            self.printed += data[:room]
        self._count_output(len(data))
        return True

    def _count_output(self, size: int) -> None:
        self.printed_bytes += size
        if self.printed_bytes > self.policy.output_bytes:
            raise _EndedError("output", f"it printed more than Policy.output_bytes={self.policy.output_bytes} bytes")

    def _receive(self) -> None:
        try:
            data = self.launched.channel.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise _EndedError("closed", "")
        self.reader.feed(data)
        if not self.reader.overflow:
            for kind, body in self.reader.frames():
                self._take(kind, body)
        if self.reader.overflow:
            self._too_large()

    def _too_large(self) -> NoReturn:
        raise _EndedError("reply", f"its answers are larger than Policy.reply_bytes={self.policy.reply_bytes} bytes")

    def _take(self, kind: bytes, body: bytes) -> None:
        self.step_begun = time.monotonic()
        if self.over:
            raise ReplyError("something came after the last answer")
        if kind == wire.FAILED:
            raise _EndedError("setup", body.decode("utf-8", "replace")[: wire.MESSAGE_CHARACTERS])
        if kind == wire.MEMORY:
            limit = self.policy.memory_bytes
            raise _EndedError("memory", f"it needed more than Policy.memory_bytes={limit} bytes")
        if kind == wire.LARGE:
            self._too_large()
        if kind == wire.READY and not self.ready:
            self.ready = True
        elif kind == wire.OUTCOME and self.ready and len(self.outcomes) < self.expected:
            outcome = wire.unpack_outcome(body)
            self.outcomes.append(outcome)
            if outcome.printed:
                self._count_output(len(outcome.printed))
        elif kind == wire.RESULT and self.expected == 0 and self.result is None:
            self.result = body
        elif kind == wire.END and len(self.outcomes) == self.expected and not body:
            self.over = True
        else:
            raise ReplyError(f"a frame of kind {kind!r} out of turn")

    def _conclude(self) -> tuple[str, str]:
        """After the end frame: nothing more may have come.

        Its exit is not waited for. A runner that can forge an end frame can forge an exit status, and taking its
        address space apart costs the kernel more than the whole run; it is killed, and the zygote collects it.
        """
        try:
            more = self.reader.pending or self.launched.channel.recv(1)
        except OSError:  # BlockingIOError: nothing there, as it should be
            more = b""
        return ("protocol", "something came after the last answer") if more else ("finished", "")

    def _await_exit(self, seconds: float) -> bool:
        """Whether the zygote has collected the runner, waiting *seconds* at most."""
        if self.exit_record:
            return True
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.launched.control, select.POLLIN)
        while not self.exit_record:
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return False
            try:
                self.exit_record = self.launched.control.recv(4096) or _GONE
            except OSError:
                self.exit_record = _GONE
        return True

    def _verdict_of_exit(self, ended: str) -> tuple[str, str]:
        """Say how a runner ended that stopped talking."""
        policy = self.policy
        if self.exit_record in (b"", _GONE):
            return "signal", "the sandbox's zygote died, and the runner with it"
        status = host_status(self.exit_record)
        user, system = wire_seconds(self.exit_record)
        number = -status
        if status > 0:
            return "exit", f"the runner ended itself with exit status {status}"
        if status == 0:
            return "exit", "the runner ended itself (exit status 0) before its last answer"
        if number in (signal.SIGPROF, signal.SIGXCPU) or (
            number == signal.SIGKILL and user + system >= policy.cpu_seconds
        ):
            return "cpu", f"it used more processor time than Policy.cpu_seconds={policy.cpu_seconds} s"
        if number == signal.SIGKILL and ended == "closed":
            return "protocol", "the runner closed its reply channel without an answer"
        name = signal.Signals(number).name
        meaning = {
            "SIGSYS": ": it made a system call that only hostile code makes",
            "SIGSEGV": ": the interpreter crashed (deep recursion in C, or memory at the limit of Policy.memory_bytes)",
            "SIGKILL": ": killed from outside, perhaps for want of memory",
        }.get(name, "")
        return "signal", f"the runner was ended by the signal {name}{meaning}"


def host_status(record: bytes) -> int:
    """Exit status of a runner from the zygote's record, negative for a signal."""
    from fukkatsu._sandbox.zygote import EXIT

    if len(record) != EXIT.size:
        return -int(signal.SIGKILL)
    return os.waitstatus_to_exitcode(EXIT.unpack(record)[0])


def wire_seconds(record: bytes) -> tuple[float, float]:
    """Processor time of a runner, user and system."""
    from fukkatsu._sandbox.zygote import EXIT

    _, user, system, _ = EXIT.unpack(record)
    return user, system


def warm(examiner: bool = False) -> None:
    """Start the zygote (and the examiner's) now, without waiting until it is up."""
    from fukkatsu.policy import Policy

    host.zygote().replenish(limits_of(Policy()))
    if examiner:
        host.zygote("examiner")


def shutdown() -> None:
    """End every zygote of this process."""
    host.shutdown()


__all__ = [
    "Run",
    "SandboxUnavailableError",
    "Step",
    "Subject",
    "TaskError",
    "Watch",
    "candidate_subject",
    "limits_of",
    "original_subject",
    "run",
    "run_task",
    "shutdown",
    "warm",
]
