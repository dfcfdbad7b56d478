"""What runs inside one runner: read the subject, call it, tell what it did. Nothing here is trusted by the host.

By the time ``live`` is entered the walls are up. It knows the subject and the arguments, never what is expected;
whatever it writes is parsed as data. The functions it needs are held in its own frame, so that an ordinary accident
in a candidate (an overwritten builtin, a replaced ``sys.stdout``) does not change what is reported; against a hostile
one the walls and the host's comparison protect, not this module.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import random
import sys
import zlib
from typing import Protocol

from fukkatsu._sandbox import arithmetic, settings, wire
from fukkatsu._sandbox.limits import Limits
from fukkatsu._sandbox.logged import watch
from fukkatsu._sandbox.steps import OWN_DEPTH, STEPS, ArrivalError, Bench, Printed, TooLargeError, told
from fukkatsu._sandbox.subject import link


class Channel(Protocol):
    """What a runner needs of a socket."""

    def sendall(self, data: bytes, /) -> None: ...

    def recv_into(self, buffer: memoryview, /) -> int: ...


def live(channel: Channel, limits: Limits, quiet: int = -1, quiet_bytes: int = 0) -> None:
    """Serve requests until the host says that there are no more, or goes away.

    Args:
        channel: Where requests come from and answers go to.
        limits: Of the run.
        quiet: A pipe for answers that nobody need be woken for: the host reads it before it reads the channel, and
            from time to time. So an answer is out of our hands at once, and costs no change of processes.
        quiet_bytes: What the pipe takes in any portions without making us wait.
    """
    send, receive, put = channel.sendall, channel.recv_into, os.write
    sys.stdout = printed = Printed(limits.output_bytes)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="replace", write_through=True
    )
    sys.argv[:] = [""]
    reserve = [bytearray(2 << 20)]
    watched = watch()
    message = wire.read_request(receive)
    if message is None:
        return
    nonce = message["nonce"]
    printed.encode_as(settings.use(message.get("settings")))
    try:
        if message.get("task"):
            watched.end()
            gc.enable()
            while message is not None:  # an examiner may be kept for several
                arithmetic.use(message.get("arithmetic"))
                send(wire.frame(nonce, wire.RESULT, _task(message["task"], message["payload"])))
                send(wire.frame(nonce, wire.END))
                if message["last"]:
                    return
                message = wire.read_request(receive)
                printed.renew()
                printed.encode_as(settings.use(message.get("settings")) if message is not None else None)
            return
        last = message["last"]
        try:
            sys.setrecursionlimit(OWN_DEPTH)
            arithmetic.use(message.get("arithmetic"))  # defaults and globals are read, too
            bench = Bench(link(message["subject"], watched=last), limits, printed, reserve)
            settings.catch_up()
            bench.salt = message["seed"] & 0xFFFFFFFF
            if last:
                bench.logged = watched.entries
            else:  # what a kept runner logs is the caller's business
                watched.end()
        except MemoryError:
            raise
        except BaseException as exc:  # noqa: BLE001 - linking touches foreign code
            send(wire.frame(nonce, wire.FAILED, told(exc)))
            return
        room = quiet_bytes if last else 0
        ready = wire.frame(nonce, wire.READY)
        if room:
            put(quiet, ready)
        else:
            send(ready)
        gc.enable()  # not before: linking makes little that could be collected
        count = 0
        while True:
            under = message.get("arithmetic")
            for kind, payload in message["steps"]:
                arithmetic.use(under)
                if how := message["reseed"]:
                    place = zlib.crc32(payload) if how == "arguments" else count
                    _reseed(message["seed"] * 1_000_003 + place)
                count += 1
                try:
                    answer = wire.frame(nonce, wire.OUTCOME, STEPS[kind](bench, payload))
                except TooLargeError:
                    send(wire.frame(nonce, wire.LARGE))
                    return
                except ArrivalError as failure:
                    send(wire.frame(nonce, wire.FAILED, failure.args[0]))
                    return
                room = max(room - len(answer), 0)  # once an answer has gone by the channel, all later ones do
                if room:
                    put(quiet, answer)
                else:
                    send(answer)
            if last:
                break
            message = wire.read_request(receive)
            if message is None:
                return
            last = message["last"]
            printed.renew()
            printed.encode_as(settings.use(message.get("settings")))
        send(wire.frame(nonce, wire.END))
    except MemoryError:
        reserve.clear()
        send(wire.frame(nonce, wire.MEMORY))


def _reseed(seed: int) -> None:
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed & 0xFFFFFFFF)


def _task(name: str, payload: bytes) -> bytes:
    """Run a function of ours in the jail (the examiner)."""
    module, _, function = name.partition(":")
    if module.partition(".")[0] != "fukkatsu":
        msg = f"{name!r} is no task of ours"
        raise ValueError(msg)
    answer: bytes = getattr(importlib.import_module(module), function)(payload)
    return answer
