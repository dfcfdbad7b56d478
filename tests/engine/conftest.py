"""What the tests of the flow share: budgets and cool-downs forgotten, and replies as models write them."""

from __future__ import annotations

import textwrap
import threading

import pytest

from fukkatsu import _asking as asking
from fukkatsu._wrap import recorder


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(recorder, "FIRST_SECONDS", 3600.0)  # in a slow run the next test would find one awake
    asking.reset()
    yield
    asking.reset()


class Model:
    """A provider that counts its requests, answers after a while, and remembers where it was asked."""

    def __init__(self, *replies, seconds=0.0):
        self.replies = [f"```python\n{textwrap.dedent(reply).strip()}\n```" for reply in replies]
        self.seconds, self.requests, self.gate = seconds, 0, threading.Event()
        self._lock = threading.Lock()
        self.threads, self.prompts = [], []

    def __call__(self, messages):
        with self._lock:
            number = self.requests
            self.requests += 1
            self.threads.append(threading.current_thread())
            self.prompts.append("\n".join(message["content"] for message in messages))
        if self.seconds:
            self.gate.wait(self.seconds)
        return self.replies[min(number, len(self.replies) - 1)]


@pytest.fixture
def model():
    return Model
