"""A jailed runner under observation: one poll over its reply channel and its output pipe. Linux only.

Most answers come by a third way, the quiet pipe, where nothing wakes us: to be woken for each would cost more than it.
It is read before anything that the channel brings, and from time to time, for the sake of each step's clock.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fukkatsu._loading import loading
from fukkatsu._sandbox import host
from fukkatsu._sandbox.conversation import Conversation, EndedError

_PACE_BYTES: Final = 65536
GONE: Final = b"gone"  # in place of an exit record: the zygote died
_LOOK_SECONDS: Final = 0.02  # how exact the clock of a step is, at least
_QUIET_BYTES: Final = 65536
_NEWS: Final = select.POLLIN | select.POLLHUP | select.POLLERR
_MANY: Final = 30  # answers to come
_PAUSE_SECONDS: Final = 0.0003  # a few dozen small answers, and far less than any clock of a policy


@dataclass(slots=True)
class Watch(Conversation):
    """One runner of a zygote's."""

    launched: host.Launched
    exit_record: bytes = b""
    poll: select.poll = field(default_factory=select.poll)
    begun: bool = False
    after: Callable[[], None] | None = None  # what is left to do when it is over

    def retire(self) -> None:
        """Be done with the runner, and have the next one made ready."""
        self.launched.kill()
        self.launched.close()
        if self.after is not None:
            self.after()

    def _converse(self, until: int | None = None) -> None:
        """Send what is queued and take frames until the end frame (or until there are *until* outcomes)."""
        channel, output = self.launched.channel, self.launched.output
        poll = self.poll
        if not self.begun:
            self.begun = True  # the descriptors have come in a state in which nothing waits for them
            poll.register(output, select.POLLIN)
            poll.register(channel, select.POLLIN)
        channel_number = channel.fileno()
        self.step_begun = time.monotonic()
        self._send()  # usually all at once
        if self.outgoing:
            poll.modify(channel, select.POLLIN | select.POLLOUT)
        quiet = until is None  # a runner that is kept says everything aloud
        while not self.over and (until is None or len(self.outcomes) < until):
            patience = self._patience()
            events = poll.poll((min(patience, _LOOK_SECONDS) if quiet else patience) * 1000)
            if not events and quiet:
                self._read_quiet()
            for descriptor, event in events:
                if descriptor == output:
                    if not self._read_output():
                        poll.unregister(output)
                    continue
                if event & select.POLLOUT and self.outgoing:
                    self._send()
                    if not self.outgoing:
                        poll.modify(channel, select.POLLIN)
                if event & _NEWS:
                    if quiet:
                        self._read_quiet()
                    if descriptor == channel_number:
                        self._receive()
                        if self.expected - len(self.outcomes) > _MANY:
                            time.sleep(_PAUSE_SECONDS)  # waking for each answer would cost more than the answer

    def _read_quiet(self) -> None:
        """Take the answers that nobody was woken for: all that there are, since they come before the channel's."""
        try:
            while data := os.read(self.launched.quiet, _QUIET_BYTES):
                self._took(data)
                if len(data) < _QUIET_BYTES:
                    return
        except BlockingIOError:
            return

    def _send(self) -> None:
        try:
            sent = self.launched.channel.send(self.outgoing[: 1 << 18])
        except BlockingIOError:
            return
        except OSError:
            raise EndedError("closed", "") from None
        self.outgoing = self.outgoing[sent:]
        self.step_begun = time.monotonic()  # what takes long here is ours, and bounded by the total

    def _receive(self) -> None:
        try:
            data = self.launched.channel.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._took(data)

    def _more(self) -> bool:
        for descriptor in (self.launched.quiet, self.launched.channel.fileno()):
            try:
                if os.read(descriptor, 1):
                    return True
            except OSError:  # BlockingIOError: nothing there, as it should be
                continue
        return False

    def _read_output(self) -> bool:
        try:
            data = os.read(self.launched.output, _PACE_BYTES)
        except BlockingIOError:
            return True
        if not data:
            return False
        self._printed(data)
        return True

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
                self.exit_record = self.launched.control.recv(4096) or GONE
            except OSError:
                self.exit_record = GONE
        return True

    def orphaned(self) -> bool:
        """Whether its zygote was killed, and it with that."""
        return self.exit_record == GONE

    def _verdict_of_exit(self) -> tuple[str, str]:
        """Say how a runner ended that stopped talking."""
        with loading:
            from fukkatsu._sandbox.zygote import EXIT

        if self.exit_record in (b"", GONE) or len(self.exit_record) != EXIT.size:
            return "signal", "the sandbox's zygote died, and the runner with it"
        status, user, system, resident = EXIT.unpack(self.exit_record)
        return self._verdict(os.waitstatus_to_exitcode(status), user + system, resident)
