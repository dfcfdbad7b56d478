"""Run a subject in a runner: start, feed, time, kill, reap. The host's side of the sandbox."""

from __future__ import annotations

import marshal
import os
import pickle
import re
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._loading import loading
from fukkatsu._sandbox import host, interrupt
from fukkatsu._sandbox.conversation import Conversation, Run, RunnerGoneError
from fukkatsu._sandbox.installed import may_draw
from fukkatsu._sandbox.limits import Limits, limits_of
from fukkatsu._sandbox.process import shown_to
from fukkatsu.errors import ReplyError, SandboxUnavailableError

if TYPE_CHECKING:
    from types import CodeType

    from fukkatsu._language.program import Program
    from fukkatsu.policy import Policy

RUNNER_LIMIT: Final = 2 * (os.cpu_count() or 1)

_IMPORT: Final = re.compile(r"^\s*((?:import\s+\S|from\s+\S)[^#;\n]*)", re.MULTILINE)
_WORD: Final = re.compile(r"[^\W\d]\w*")
_KEPT_SECONDS: Final = 86_400.0

_slots = threading.BoundedSemaphore(RUNNER_LIMIT)


def _new_slots() -> None:
    global _slots
    _slots = threading.BoundedSemaphore(RUNNER_LIMIT)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_slots)


@dataclass(frozen=True, slots=True)
class Subject:
    """What runs: built by ``candidate_subject`` or ``original_subject``."""

    parts: tuple[Any, ...]
    draws: bool = False  # whether it may use chance: then each call starts from the run's seed
    shown: frozenset[str] = frozenset()  # what it asks of the process: `process.shown_to`


def candidate_subject(program: Program, scope: bytes, defaults: bytes, code: CodeType | None = None) -> Subject:
    """A candidate: linked in the runner.

    Args:
        program: From ``_language``.
        scope: ``carry_scope`` of the values that the original's globals and closure hold.
        defaults: ``carry`` of ``(__defaults__, __kwdefaults__)``.
        code: What the compile stage made of *program*; without it *program* is compiled here.

    Raises:
        CompileRefusal: There is no *code*, and *program* does not compile.
    """
    with loading:
        from fukkatsu._language.program import compile_program
        from fukkatsu._sandbox.subject import pack_program

    packed = pack_program(program)
    compiled = marshal.dumps(code if code is not None else compile_program(program))
    words = set(_WORD.findall(program.text))  # of what else its file imports, what it counts on
    counted_on = frozenset(each for each in program.facts.file_imports if each[0] in words)
    told = (program.text, replace(program.facts, file_imports=counted_on))
    draws = _imports_draw(program.text) or may_draw(pickle.dumps(told, 5)) or may_draw(scope)
    return Subject(("candidate", packed, scope, defaults, compiled), draws, shown_to(program.facts))


def _imports_draw(text: str) -> bool:
    """Whether *text* imports a package that could use chance itself. What a policy would permit is no matter here."""
    for line in _IMPORT.findall(text):
        parts = [line[4:]] if line.startswith("from") else line[6:].split(",")
        names = [part.strip().partition(" ")[0] for part in parts]
        if any(name.partition(".")[0] not in sys.stdlib_module_names for name in names):
            return True
    return False


def original_subject(function: bytes, first_line: int = 0, shown: frozenset[str] = frozenset()) -> Subject:
    """The original, unrestricted in the same jail.

    Args:
        function: ``carry`` of it.
        first_line: Line of its ``def`` in its file, where decorators stand above it; 0 takes the code object's.
        shown: What it asks of the process: ``process.shown_to``.
    """
    return Subject(("original", function, first_line), may_draw(function), shown)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do with the subject.

    Attributes:
        kind: ``"call"`` (payload: ``carry_call``); ``"exec"`` (payload: source text of an example, run in a namespace
            that lasts for the run); ``"bind"`` (payload: ``carry_scope``, more names for the examples); ``"close"`` and
            ``"throw"`` (as a call, of a generator function that is left after its first item).
        payload: What it needs.
    """

    kind: str
    payload: bytes


def run(
    subject: Subject,
    steps: Sequence[Step],
    policy: Policy,
    *,
    seed: int = 0,
    deadline: float | None = None,
    stop_at_first_loss: bool = True,
    alike: bool = False,
) -> Run:
    """Do *steps* in order in one fresh runner.

    Args:
        subject: What to run.
        steps: Independent of each other; each has its own wall clock.
        policy: ``wall_seconds`` for each step, ``total_seconds`` for all, and the other limits.
        seed: Secret of the caller's; each step that uses chance starts from it.
        deadline: On ``time.monotonic()``: the whole run ends there at the latest.
        stop_at_first_loss: Otherwise the steps after a lost one go on in another runner.
        alike: Steps with the same arguments have the same chance, wherever they stand; otherwise each has its own.

    Raises:
        SandboxUnavailableError: No runner can be had, or less isolation than the policy requires.
    """
    begun = time.monotonic()
    end = begun + policy.total_seconds
    first = _once(subject, steps, policy, seed, begun, end, deadline, alike)
    if stop_at_first_loss or first.ended in ("finished", "setup", "unavailable"):
        return first
    outcomes, current = list(first.outcomes), first
    while current.ended != "finished" and len(outcomes) < len(steps) and time.monotonic() < min(end, deadline or end):
        if not current.outcomes:
            break  # not even one step was begun: the next runner would fare no better
        current = _once(subject, steps[len(outcomes) :], policy, seed, time.monotonic(), end, deadline, alike)
        outcomes += current.outcomes
    worst = first if len(outcomes) == len(steps) else current
    return Run(tuple(outcomes), worst.ended, worst.reason, first.printed, time.monotonic() - begun)


def _once(
    subject: Subject,
    steps: Sequence[Step],
    policy: Policy,
    seed: int,
    begun: float,
    end: float,
    deadline: float | None,
    alike: bool,
) -> Run:
    message = {
        "subject": subject.parts,
        "steps": [(step.kind, step.payload) for step in steps],
        "seed": seed,
        "reseed": subject.draws and ("arguments" if alike else "place"),
        "last": True,
    }
    for last_try in (False, True):
        with _slots:
            talk = begin(limits_of(policy), policy, end=end, deadline=deadline)
            try:
                with interrupt.interruptible(talk.launched):
                    talk.ask(message, len(steps), subject.shown)
                    done = talk.run(time.monotonic() - begun)
            finally:
                talk.retire()
        if last_try or not talk.orphaned():
            break  # else somebody killed the zygote, and the runner with it: no fault of the subject's
    cancelled = interrupt.current()
    if cancelled is not None and cancelled.raised and done.ended != "finished":
        return replace(done, ended="cancelled", reason=interrupt.CANCELLED)
    return done


def begin(
    limits: Limits,
    policy: Policy,
    *,
    kind: str = "runner",
    end: float = 0.0,
    deadline: float | None = None,
    wall_seconds: float = 0.0,
) -> Conversation:
    """A runner to talk to: jailed on Linux, spawned elsewhere.

    Args:
        limits: What it is started with.
        policy: How much isolation must be there, and what the rest of the limits are.
        kind: ``"runner"``, ``"examiner"`` or ``"symbolic"``.
        end: When the whole run must be over, on ``time.monotonic()``.
        deadline: Likewise, for the repair that the run is part of.
        wall_seconds: For each answer; 0 takes the policy's.

    Raises:
        SandboxUnavailableError: None can be had, or less isolation than the policy requires.
    """
    if (hold := interrupt.current()) is not None:
        hold.check()
    if not host.jails():
        from fukkatsu._sandbox.spawned import SpawnedWatch, spawn

        if policy.isolation == "required":
            host.isolation().require()
        child = spawn(limits, kind, policy.read_paths)
        return SpawnedWatch(child, policy, end=end, deadline=deadline, wall_seconds=wall_seconds)
    with loading:
        from fukkatsu._sandbox.watch import Watch

    parent, launched = host.launch(limits, kind=kind, read_paths=policy.read_paths)
    try:
        if policy.isolation == "required":
            parent.isolation.require()
        watch = Watch(launched, policy, end=end, deadline=deadline, wall_seconds=wall_seconds)
    except BaseException:
        launched.close()
        raise
    if kind == "runner":
        watch.after = lambda: parent.replenish(limits)
    return watch


def run_task(task: str, payload: bytes, policy: Policy, *, seconds: float, kind: str = "examiner") -> bytes:
    """Run a function of ours, named ``"module:function"``, over *payload* in a confined child of the examiner.

    *kind* may be ``"symbolic"``: the process that CrossHair runs in, which executes candidates, jailed as runners are.

    Raises:
        TaskError: It gave no answer: it raised, took longer than *seconds*, or met another limit.
        SandboxUnavailableError: No examiner can be had.
    """
    limits = replace(
        limits_of(policy), memory_bytes=max(policy.memory_bytes, 512 << 20), cpu_seconds=max(seconds, 1.0) + 1.0
    )
    with _slots:
        talk = begin(limits, policy, kind=kind, wall_seconds=seconds)
        talk.end = time.monotonic() + seconds  # not before: the first one waits for its zygote, which has its own clock
        try:
            with interrupt.interruptible(talk.launched):
                talk.ask({"task": task, "payload": payload, "last": True}, 0)
                done = talk.run(0.0)
        finally:
            talk.retire()
    if done.ended == "finished" and talk.result is not None:
        return talk.result
    detail = done.printed.strip().splitlines()
    raise TaskError(f"{done.reason}" + (f" ({detail[-1]})" if detail else ""))


class KeptTask:
    """A confined child of the examiner that is kept for several tasks: what one of them loaded, the next one finds.

    Args:
        policy: Whose limits hold; its processor time is that of a whole life here, so each task gets a clock instead.
        kind: As for ``begin``.

    Raises:
        SandboxUnavailableError: No examiner can be had.
    """

    def __init__(self, policy: Policy, *, kind: str = "examiner") -> None:
        self._limits = replace(
            limits_of(policy), memory_bytes=max(policy.memory_bytes, 512 << 20), cpu_seconds=_KEPT_SECONDS
        )
        self._pid = os.getpid()
        self._talk = begin(self._limits, policy, kind=kind)

    def run(self, task: str, payload: bytes, *, seconds: float) -> bytes:
        """As ``run_task``.

        Raises:
            TaskError: It gave no answer; nothing is left of it then.
        """
        if self._pid != os.getpid():
            msg = "the examiner belongs to the process that this one was forked from"
            raise TaskError(msg)
        with interrupt.interruptible(self._talk.launched):
            answer = self._talk.task_once({"task": task, "payload": payload, "last": False}, seconds)
        if isinstance(answer, bytes):
            return answer
        raise TaskError(answer.reason)

    def close(self) -> None:
        """Be done with it."""
        if self._pid == os.getpid():  # a forked child has no part in it
            self._talk.retire()


class TaskError(ReplyError):
    """The examiner gave no answer; the text says why."""


def warm(examiner: bool = False) -> None:
    """Start the zygote (and the examiner's) now, without waiting until it is up."""
    from fukkatsu.policy import Policy

    if not host.jails():
        return  # there, each runner is an interpreter of its own
    host.zygote().replenish(limits_of(Policy()))
    if examiner:
        host.zygote("examiner")


def shutdown() -> None:
    """End every zygote of this process."""
    host.shutdown()


__all__ = [
    "Conversation",
    "KeptTask",
    "Run",
    "RunnerGoneError",
    "SandboxUnavailableError",
    "Step",
    "Subject",
    "TaskError",
    "begin",
    "candidate_subject",
    "limits_of",
    "original_subject",
    "run",
    "run_task",
    "shutdown",
    "warm",
]
