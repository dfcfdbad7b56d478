"""``run_in="sandbox"``: an accepted fix that lives in a runner for good. Nothing of it ever runs in the host.

Plain data in and out: arguments are pickled, results are rebuilt from their canonical encoding (builtin types, and
dataclasses, enums, named tuples and exceptions that are declared). What the fix did to a list, dict, set or bytearray
of the caller's is done there too; deeper objects of the caller's stay as they were.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
import os
import threading
import weakref
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._oracle import values, values_rebuild
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry_call
from fukkatsu._sandbox.interrupt import interruptible
from fukkatsu.errors import ReplyError, SandboxedCallError

if TYPE_CHECKING:
    from fukkatsu._model.call import Outcome
    from fukkatsu.policy import Policy

IDLE_LIMIT: Final = 2  # runners kept between calls; more live only while more calls run at the same time
_LIFETIME_SECONDS: Final = 86_400.0  # processor time of a kept runner: each call has the wall clock instead
_WRITABLE: Final = (list, dict, set, bytearray)


def declared_types(function: Any) -> dict[str, type]:
    """The plain classes that *function*'s module names (dataclasses, enums, named tuples, exceptions), by name."""
    inner = getattr(function, "__fukkatsu_original__", function)
    found: dict[str, type] = {}
    for value in list(getattr(inner, "__globals__", {}).values()):
        if isinstance(value, type) and _plain(value):
            found[values.class_name(value)] = value
    return found


def _plain(kind: type) -> bool:
    named_tuple = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return dataclasses.is_dataclass(kind) or named_tuple or issubclass(kind, (enum.Enum, BaseException))


class SandboxedFunction:
    """A function that is called like any other and runs in a runner.

    Args:
        subject: What runs there.
        policy: ``wall_seconds`` bounds each call.
        types: Classes that may come out beside the builtin ones, by qualified name (see ``declared_types``).
        seed: For `random` in the runner.

    Use as a context manager, or ``close`` it, to give its runners back early.
    """

    def __init__(
        self, subject: pool.Subject, policy: Policy, types: Mapping[str, type] | None = None, *, seed: int = 0
    ) -> None:
        self.subject, self.policy, self.types, self.seed = subject, policy, dict(types or {}), seed
        self._lock = threading.Lock()
        self._idle: list[pool.Conversation] = []
        self._pid = os.getpid()
        weakref.finalize(self, _close_all, self._idle).atexit = False  # at exit the zygote ends, and they with it

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call it.

        Raises:
            CarryError: An argument cannot travel.
            SandboxedCallError: A limit, a crash, or a result that is not plain data.
        """
        payload = carry_call(args, kwargs, locks=False)  # a copy keeps nobody out
        outcome = self._ask(payload)
        if outcome.after and any(type(value) in _WRITABLE for value in (*args, *kwargs.values())):
            self._write_back(outcome, args, kwargs)
        if outcome.kind == "raised":
            raise self._exception(outcome) from None
        if outcome.returned_argument:
            own = self._own(outcome.returned_argument, args, kwargs)
            if type(own) in _WRITABLE:
                return own
        try:
            return values.rebuild(outcome.value, self.types)
        except ReplyError as failure:
            msg = f"the result cannot come out of the sandbox: {failure}; Policy(run_in='host') has no such limit."
            raise SandboxedCallError(msg) from None

    async def call_async(self, /, *args: Any, **kwargs: Any) -> Any:
        """The same for an event loop: waits in a thread."""
        return await asyncio.to_thread(self, *args, **kwargs)

    def close(self) -> None:
        """Give the idle runners back. A later call starts another one."""
        with self._lock:
            _close_all(self._idle)

    def __enter__(self) -> SandboxedFunction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, payload: bytes) -> Outcome:
        """One call in an idle runner, or in a new one; a runner that fails is never used again."""
        for last_try in (False, True):
            watch, fresh = self._runner()
            watch.renew()
            message: dict[str, Any] = {"steps": [("call", payload)], "seed": self.seed, "last": False}
            message["reseed"] = self.subject.draws and fresh
            if fresh:
                message["subject"] = self.subject.parts
            watch.ask(message, 1, self.subject.shown)
            done = False
            try:
                with interruptible(watch.launched):
                    outcome = watch.converse_once()
                done = outcome.exception != "MemoryError"  # what it has eaten may still be held
            except pool.RunnerGoneError:
                if last_try:
                    raise SandboxedCallError("the sandbox's zygote died, twice") from None
                continue
            except ReplyError as failure:
                raise SandboxedCallError(f"the fix gave no answer: {failure}") from None
            finally:
                self._put_back(watch, usable=done)
            return outcome
        raise AssertionError

    def _runner(self) -> tuple[pool.Conversation, bool]:
        with self._lock:
            if self._pid != os.getpid():  # a fork: they are the parent's
                for watch in self._idle:
                    watch.launched.close()
                self._idle.clear()
                self._pid = os.getpid()
            if self._idle:
                return self._idle.pop(), False
        seconds = min(self.policy.wall_seconds, self.policy.cpu_seconds)
        limits = replace(pool.limits_of(self.policy), cpu_seconds=_LIFETIME_SECONDS)
        return pool.begin(limits, self.policy, wall_seconds=seconds), True

    def _put_back(self, watch: pool.Conversation, *, usable: bool) -> None:
        with self._lock:
            if usable and len(self._idle) < IDLE_LIMIT and self._pid == os.getpid():
                self._idle.append(watch)
                return
        watch.launched.kill()
        watch.launched.close()

    def _own(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if name.isdigit() and int(name) < len(args):
            return args[int(name)]
        return kwargs.get(name)

    def _write_back(self, outcome: Outcome, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Do to the caller's own containers what the fix did to its copies of them."""
        if outcome.after == values.encode([args, kwargs]).text:
            return
        try:
            positional, named = values.parse(outcome.after)[1:3]
            after = [*zip(args, positional[1:], strict=True)]
            after += [(kwargs[key], node) for key, node in zip(named[1::2], named[2::2], strict=True)]
            for own, node in after:
                if type(own) not in _WRITABLE or values.parse(values.encode(own).text) == node:
                    continue
                changed = values_rebuild.rebuild(node, self.types)
                if type(changed) is type(own):
                    _replace(own, changed)
        except (ReplyError, ValueError, KeyError, TypeError):
            return  # what changed is not plain data: documented as lost

    def _exception(self, outcome: Outcome) -> BaseException:
        try:
            node = values.parse(outcome.value)
            kind = values_rebuild.exception_class(node, self.types)
            if kind is None:
                kind = next(
                    (k for name in node[2][1:] if (k := values_rebuild.exception_class([None, name], self.types))), None
                )
                if kind is None or not issubclass(kind, Exception) or kind is Exception:
                    return SandboxedCallError(f"{outcome.exception}: {outcome.message}")
                return values_rebuild.bare_exception(kind, (f"{outcome.exception}: {outcome.message}",))
            try:
                built = values_rebuild.rebuild(node, self.types)
            except ReplyError:
                built = values_rebuild.bare_exception(kind, (outcome.message,))
            if isinstance(built, BaseException):
                return built
        except (ReplyError, IndexError, TypeError):
            pass
        return SandboxedCallError(f"{outcome.exception}: {outcome.message}")


def _replace(own: Any, changed: Any) -> None:
    if isinstance(own, (list, bytearray)):
        own[:] = changed
    else:
        own.clear()
        own.update(changed)


def _close_all(idle: list[pool.Conversation]) -> None:
    while idle:
        with contextlib.suppress(OSError):
            idle.pop().launched.close()
