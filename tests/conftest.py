"""Every test starts from the same state, and reaches nothing but loopback."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from fukkatsu import _switch, events

_guarded = False


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
