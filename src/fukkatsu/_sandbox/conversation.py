"""What is said between the host and one runner, with its clocks and caps; whatever carries it.

Nothing here trusts the runner: what it says is parsed as data, and how it stops talking is told in words that name the
field of the policy that bit.
"""

from __future__ import annotations

import secrets
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from fukkatsu._model.call import Outcome
from fukkatsu._oracle.values_read import MAX_NODES
from fukkatsu._sandbox import settings, wire
from fukkatsu._sandbox.arithmetic import of_this_thread
from fukkatsu.errors import ReplyError

if TYPE_CHECKING:
    from fukkatsu.policy import Policy

REAP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Run:
    """What happened.

    Attributes:
        outcomes: One for each step that was answered, then, when a step ended the runner, one with ``kind="lost"``.
        ended: ``"finished"``, ``"setup"``, ``"wall-clock"``, ``"cpu"``, ``"memory"``, ``"output"``, ``"reply"``,
            ``"signal"``, ``"exit"``, ``"protocol"``, ``"cancelled"`` or ``"unavailable"``.
        reason: One sentence for a person; names the field of the policy that bit. Empty when finished.
        printed: What reached the output pipe itself, capped (what a call prints is in its outcome).
        seconds: Wall time of the whole run.
    """

    outcomes: tuple[Outcome, ...] = ()
    ended: str = "finished"
    reason: str = ""
    printed: str = ""
    seconds: float = 0.0


class RunnerGoneError(Exception):
    """A kept runner is gone through no fault of its own (its zygote died): another one can be asked."""


class EndedError(Exception):
    """The runner is over; ``args`` are ``ended`` and ``reason``."""


@dataclass(slots=True)
class Conversation:
    """What is said with one runner: everything it says or fails to say becomes data here.

    How its bytes come and go, and how it ends, is a subclass's (``Watch`` for jailed runners, ``SpawnedWatch`` where
    there is no jail).

    Attributes:
        end: When the whole run must be over, on ``time.monotonic()``.
        deadline: When the repair that this run is part of must be, or ``None``.
    """

    launched: Any
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
    ready: bool = False
    over: bool = False
    step_begun: float = 0.0
    printed_bytes: int = 0

    def __post_init__(self) -> None:
        self.wall_seconds = self.wall_seconds or self.policy.wall_seconds
        self.nonce = secrets.token_bytes(wire.NONCE_BYTES)
        self.reader = wire.FrameReader(self.nonce, self.policy.reply_bytes + 4096)

    def ask(self, message: dict[str, Any], steps: int, shown: frozenset[str] = frozenset()) -> None:
        """Queue a message that will be answered by *steps* outcomes, with the settings of this thread."""
        own = {"nonce": self.nonce, "arithmetic": of_this_thread(), "settings": settings.of_this_thread(shown)}
        self.outgoing = memoryview(wire.request({**own, **message}))
        self.expected += steps

    def run(self, before: float = 0.0) -> Run:
        """Until the runner has ended, by itself or by us. Never raises for what it did."""
        begun = time.monotonic()
        try:
            self._converse()
            ended, reason = self._conclude()
        except EndedError as how:
            ended, reason = how.args
        except ReplyError as failure:
            ended, reason = "protocol", f"the runner's reply does not parse: {failure}"
        self.launched.kill()
        if ended == "finished":
            text = self.printed.decode("utf-8", "replace")
            return Run(tuple(self.outcomes), ended, reason, text, time.monotonic() - begun + before)
        self._await_exit(REAP_SECONDS)
        if ended == "closed":
            ended, reason = self._verdict_of_exit()
        if ended == "protocol" and self.outcomes and len(self.outcomes) == self.expected:
            self.outcomes.pop()  # what else it sent may have come before its last answer, by another way
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
        except EndedError as how:
            self.launched.kill()
            self._await_exit(REAP_SECONDS)
            ended, reason = how.args
            if ended == "closed":
                if self.orphaned():
                    raise RunnerGoneError from None
                ended, reason = self._verdict_of_exit()
            raise ReplyError(reason) from None
        except ReplyError:
            self.launched.kill()
            raise
        return self.outcomes.pop()

    def task_once(self, message: dict[str, Any], seconds: float) -> bytes | Run:
        """For an examiner that is kept: the answer to one task, within *seconds*, or how it ended without one."""
        begun = time.monotonic()
        self.result, self.over, self.ready = None, False, False
        self.wall_seconds, self.end = seconds, begun + seconds
        self.reader.allow(self.policy.reply_bytes + 4096)
        self.ask(message, 0)
        try:
            self._converse()
        except EndedError as how:
            ended, reason = how.args
        except ReplyError as failure:
            ended, reason = "protocol", f"the examiner's reply does not parse: {failure}"
        else:
            if self.result is not None:
                return self.result
            ended, reason = "protocol", "the examiner ended its answer before it began"
        self.launched.kill()
        self._await_exit(REAP_SECONDS)
        if ended == "closed":
            ended, reason = self._verdict_of_exit()
        text = self.printed.decode("utf-8", "replace")
        detail = text.strip().splitlines()
        reason += f" ({detail[-1]})" if detail else ""
        return Run((), ended, reason, text, time.monotonic() - begun)

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
            raise EndedError("wall-clock", "no answer before the repair's deadline (deadline_seconds)")
        if total <= 0:
            limit = self.policy.total_seconds
            raise EndedError("wall-clock", f"the run was not over within Policy.total_seconds={limit} s")
        raise EndedError("wall-clock", f"no answer within Policy.wall_seconds={self.wall_seconds} s")

    def _count_output(self, size: int) -> None:
        self.printed_bytes += size
        if self.printed_bytes > self.policy.output_bytes:
            raise EndedError("output", f"it printed more than Policy.output_bytes={self.policy.output_bytes} bytes")

    def _too_large(self) -> NoReturn:
        limit = self.policy.reply_bytes
        parts = f"one of them has more than {MAX_NODES:,} parts"
        raise EndedError("reply", f"its answers are larger than Policy.reply_bytes={limit} bytes, or {parts}")

    def _take(self, kind: bytes, body: bytes) -> None:
        self.step_begun = time.monotonic()
        if self.over:
            raise ReplyError("something came after the last answer")
        if kind == wire.FAILED:
            raise EndedError("setup", body.decode("utf-8", "replace")[: wire.MESSAGE_CHARACTERS])
        if kind == wire.MEMORY:
            limit = self.policy.memory_bytes
            raise EndedError("memory", f"it needed more than Policy.memory_bytes={limit} bytes")
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

    def _took(self, data: bytes) -> None:
        """Take bytes of the reply channel; ``b""`` is its end."""
        if not data:
            raise EndedError("closed", "")
        self.reader.feed(data)
        for kind, body in self.reader.frames():
            self._take(kind, body)
        if self.reader.overflow:
            self._too_large()

    def _printed(self, data: bytes) -> None:
        """Take bytes of the output pipe."""
        room = self.policy.output_bytes - len(self.printed)
        if room > 0:
            self.printed += data[:room]
        self._count_output(len(data))

    def _conclude(self) -> tuple[str, str]:
        """After the end frame: nothing more may have come.

        Its exit is not waited for. A runner that can forge an end frame can forge an exit status, and taking its
        address space apart costs the kernel more than the whole run; it is killed, and collected later.
        """
        more = self.reader.pending or self._more()
        return ("protocol", "something came after the last answer") if more else ("finished", "")

    def _verdict(self, status: int, used_seconds: float, resident_bytes: int = 0) -> tuple[str, str]:
        """Say how a runner ended that stopped talking.

        Args:
            status: Its exit status, negative for a signal.
            used_seconds: Processor time it used.
            resident_bytes: Most memory it held, where that is known.
        """
        policy = self.policy
        if status > 0:
            return "exit", f"the runner ended itself with exit status {status}"
        if status == 0:
            return "exit", "the runner ended itself (exit status 0) before its last answer"
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = str(-status)
        if name in ("SIGPROF", "SIGXCPU") or (name == "SIGKILL" and used_seconds >= policy.cpu_seconds):
            return "cpu", f"it used more processor time than Policy.cpu_seconds={policy.cpu_seconds} s"
        if name == "SIGKILL":
            return "protocol", "the runner closed its reply channel without an answer"
        if name in ("SIGSEGV", "SIGBUS", "SIGABRT") and resident_bytes >= 0.8 * policy.memory_bytes:
            limit = policy.memory_bytes  # C code that was given no memory, and did not look
            return "memory", f"the interpreter crashed ({name}) when it had used up Policy.memory_bytes={limit} bytes"
        meaning = {
            "SIGSYS": ": it made a system call that only hostile code makes",
            "SIGSEGV": ": the interpreter crashed (deep recursion in C?)",
        }.get(name, "")
        return "signal", f"the runner was ended by the signal {name}{meaning}"

    def _converse(self, until: int | None = None) -> None:
        """Send what is queued and take frames until the end frame (or until there are *until* outcomes)."""
        raise NotImplementedError  # each kind of conversation has its own

    def _more(self) -> bool:
        """Whether bytes of the reply channel wait to be read."""
        raise NotImplementedError  # each kind of conversation has its own

    def _await_exit(self, seconds: float) -> bool:
        """Whether the runner has been collected, waiting *seconds* at most."""
        raise NotImplementedError  # each kind of conversation has its own

    def _verdict_of_exit(self) -> tuple[str, str]:
        """Say how a runner ended that has been collected."""
        raise NotImplementedError  # each kind of conversation has its own

    def retire(self) -> None:
        """Be done with the runner, whatever it is doing."""
        self.launched.kill()
        self.launched.close()

    def orphaned(self) -> bool:
        """Whether it ended because somebody killed its zygote: no fault of the subject's."""
        return False
