"""Every test starts from the same state, and reaches nothing but loopback."""

from __future__ import annotations

import ipaddress
import os
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from fukkatsu import _switch, events

# On a busy machine the time that an example takes says nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# The gate has twenty minutes, and most tests say little about the interpreter: these folders it runs on one of several,
# so that each has about as much to do; what hangs on syntax, bytecode and the kernel runs on all, or on both ends.
OLDEST = frozenset({"engine", "oracle"})  # marker `once`
MIDDLE = frozenset({"export", "gauntlet", "store", "suggest", "ui"})
NEWEST = frozenset({"cli"})
ENDS = frozenset({"sandbox"})

_guarded = False


@pytest.hookimpl(tryfirst=True)  # before the option -m decides
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whole folders: what is added to them later is marked, too."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        for folders, marker in (
            (OLDEST, pytest.mark.once),
            (MIDDLE, pytest.mark.middle),
            (NEWEST, pytest.mark.newest),
            (ENDS, pytest.mark.ends),
        ):
            if folder in folders:
                item.add_marker(marker)
        if "corpus" in item.path.parts:
            item.add_marker(pytest.mark.middle)


def _refuse_the_network(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook, so that no library finds a way around it; it cannot be removed, only be told to rest."""
    if not _guarded:
        return
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
    elif event == "socket.getaddrinfo":
        address = (args[0], 0)
    else:
        return
    if isinstance(address, str | bytes) or address is None:  # a unix socket
        return
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if host in ("", None, "localhost"):
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    msg = f"a test tried to reach {host!r}: only loopback is there"
    raise PermissionError(msg)


sys.addaudithook(_refuse_the_network)


@pytest.fixture(autouse=True)
def _clean_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No network, no key, no hook and no thrown switch from the machine or from the test before."""
    global _guarded
    for name in list(os.environ):
        if name.upper().startswith(("OPENAI_", "FUKKATSU")):
            monkeypatch.delenv(name)
    before = _switch.set_disabled(False)
    hooks = events._hooks
    _guarded = True
    yield
    _guarded = False
    events._hooks = hooks
    _switch.set_disabled(before)


@pytest.fixture
def fresh_flow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Budgets and cool-downs of other tests forgotten, and no recorder that sleeps after the first calls."""
    from fukkatsu import _asking as asking
    from fukkatsu._wrap import recorder

    monkeypatch.setattr(recorder, "FIRST_SECONDS", 3600.0)  # in a slow run the next test would find one awake
    asking.reset()
    yield
    asking.reset()


class Model:
    """A provider that counts its requests, answers after a while, and remembers where it was asked."""

    def __init__(self, *replies: str, seconds: float = 0.0) -> None:
        self.replies = [f"```python\n{textwrap.dedent(reply).strip()}\n```" for reply in replies]
        self.seconds, self.requests, self.gate = seconds, 0, threading.Event()
        self._lock = threading.Lock()
        self.threads: list[threading.Thread] = []
        self.prompts: list[str] = []

    def __call__(self, messages: list[Any]) -> str:
        with self._lock:
            number = self.requests
            self.requests += 1
            self.threads.append(threading.current_thread())
            self.prompts.append("\n".join(message["content"] for message in messages))
        if self.seconds:
            self.gate.wait(self.seconds)
        return self.replies[min(number, len(self.replies) - 1)]


@pytest.fixture
def model() -> type[Model]:
    """Replies as models write them: ``model(source, ...)`` is a provider."""
    return Model
