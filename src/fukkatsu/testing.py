"""For tests of programs that use fukkatsu: a model that says what it is told, the events, an off switch.

::

    from fukkatsu.testing import scripted_provider

    @resurrect(provider=scripted_provider("```python\\ndef half(x): return (x or 0) / 2\\n```"))
    def half(x):
        return x / 2

    assert half(None) == 0

`ScriptedServer` speaks the chat completions protocol on a loopback port, so that the real SDK is part of the test.
Under pytest, ``pytest_plugins = ["fukkatsu.testing"]`` in the topmost ``conftest.py`` adds the fixtures
``fukkatsu_server``, ``fukkatsu_events`` and ``fukkatsu_disabled``.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from fukkatsu import _switch, events
from fukkatsu._model.messages import Completion, Message
from fukkatsu.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer of a `ScriptedServer`. The default is a plain completion.

    Attributes:
        text: What the model says; ``None`` leaves the message without text.
        status: HTTP status; from 400 on the body is an error object.
        headers: Sent beside the usual ones, e.g. ``{"retry-after": "1"}``.
        body: Sent instead of everything else, e.g. ``b"{not json"``.
        delay_seconds: Wait before the first byte, in seconds; closing the server ends it.
        drip_seconds: Wait between single bytes of the body, in seconds.
        drop: Close the connection without an answer.
        choices: Whether the completion has any.
        refusal: The model's refusal, as OpenAI reports one.
        finish_reason: ``"stop"``, or ``"length"`` for an answer that was cut off.
        model: Name that the server reports.
        prompt_tokens: Reported usage.
        completion_tokens: Reported usage.
    """

    text: str | None = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    drop: bool = False
    choices: bool = True
    refusal: str | None = None
    finish_reason: str = "stop"
    model: str = "scripted"
    prompt_tokens: int = 10
    completion_tokens: int = 5

    def payload(self) -> bytes:
        """The body as it is sent."""
        if self.body is not None:
            return self.body
        if self.status >= 400:
            message = self.text or f"scripted error {self.status}"
            return json.dumps({"error": {"message": message, "type": "scripted", "code": None}}).encode()
        said = {"role": "assistant", "content": self.text, "refusal": self.refusal}
        choice = {"index": 0, "message": said, "finish_reason": self.finish_reason}
        usage = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        }
        completion = {
            "id": "chatcmpl-scripted",
            "object": "chat.completion",
            "created": 0,
            "model": self.model,
            "choices": [choice] if self.choices else [],
            "usage": usage,
        }
        return json.dumps(completion).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a `ScriptedServer` was asked.

    Attributes:
        path: Path of the request.
        headers: Its headers, names in lower case.
        body: The JSON body, ``{}`` when there was none.
    """

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[Message]:
        """The conversation."""
        return list(self.body.get("messages", ()))

    @property
    def prompt(self) -> str:
        """Every message's text, for ``assert "..." in request.prompt``."""
        return "\n\n".join(str(message.get("content")) for message in self.messages)


Scripted: TypeAlias = "str | int | Answer | Callable[[Request], str | int | Answer]"


class ScriptedServer:
    """An OpenAI-compatible server on loopback that gives scripted replies, in order.

    ::

        with ScriptedServer("first reply", 429, Answer(delay_seconds=5)) as server:
            provider = OpenAIProvider(base_url=server.base_url, api_key="any")

    Args:
        replies: Text, an HTTP status, an `Answer`, a callable from `Request` to one of them, or a list of such. After
            the last one the server answers 400, which no SDK tries again.
        repeat: Give the last reply for ever instead.
    """

    def __init__(self, *replies: Scripted | Sequence[Scripted], repeat: bool = False) -> None:
        self.requests: list[Request] = []
        self._replies: list[Scripted] = []
        for reply in replies:
            self._replies.extend(reply if isinstance(reply, list | tuple) else [reply])  # type: ignore[list-item]  # one reply, or a list of them
        self._repeat = repeat
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._server: _Server | None = None

    @property
    def base_url(self) -> str:
        """What goes into ``OPENAI_BASE_URL``."""
        if self._server is None:
            msg = "the server is not running: use it in a with statement, or call start()"
            raise RuntimeError(msg)
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def prompts(self) -> list[str]:
        """Text of each request's messages."""
        return [request.prompt for request in self.requests]

    def start(self) -> ScriptedServer:
        """Listen on a free port."""
        self._closed.clear()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.script = self
        # a short poll: shutdown() waits for the next one
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), name="scripted-server", daemon=True).start()
        return self

    def close(self) -> None:
        """Stop listening and end every delay."""
        self._closed.set()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> ScriptedServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, request: Request) -> Answer:
        """The next reply, and note that *request* was made."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
        if number >= len(self._replies) and self._repeat and self._replies:
            number = len(self._replies) - 1
        if number >= len(self._replies):
            return Answer(status=400, text=f"the script has {len(self._replies)} replies; this is request {number + 1}")
        reply = self._replies[number]
        if callable(reply):
            reply = reply(request)
        if isinstance(reply, int):
            # without it the SDK pauses for half a second before its next try
            return Answer(status=reply, headers={"retry-after-ms": "1"})
        return Answer(text=reply) if isinstance(reply, str) else reply

    def wait(self, seconds: float) -> None:
        """Wait, unless the server is closed meanwhile."""
        self._closed.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    script: ScriptedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of many scripts, and no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        try:
            body = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            body = {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        script = self.server.script
        if not self.path.rstrip("/").endswith("/chat/completions"):
            answer = Answer(status=404, text=f"no such path: {self.path}")
        else:
            answer = script.answer(Request(path=self.path, headers=headers, body=body))
        if answer.delay_seconds:
            script.wait(answer.delay_seconds)
        if answer.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(answer, script)

    def _send(self, answer: Answer, script: ScriptedServer) -> None:
        payload = answer.payload()
        self.send_response(answer.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not answer.drip_seconds:
            self.wfile.write(payload)
            return
        for byte in payload:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            script.wait(answer.drip_seconds)

    def do_GET(self) -> None:
        self._send(Answer(status=404, text=f"no such path: {self.path}"), self.server.script)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Tests print what they want to see themselves."""


class ScriptedProvider:
    """A provider that answers from a script, without a server; see `scripted_provider`.

    Attributes:
        conversations: The messages of each request.
    """

    def __init__(self, *replies: str | Completion | BaseException) -> None:
        self.conversations: list[list[Message]] = []
        self._replies, self._lock = list(replies), threading.Lock()

    def __call__(self, messages: list[Message]) -> str | Completion:
        with self._lock:
            number = len(self.conversations)
            self.conversations.append(list(messages))
        if number >= len(self._replies):
            msg = f"the script has {len(self._replies)} replies; this is request {number + 1}"
            raise AssertionError(msg)
        reply = self._replies[number]
        if isinstance(reply, BaseException):
            raise reply
        return reply

    @property
    def prompts(self) -> list[str]:
        """Text of each request's messages."""
        return ["\n\n".join(message["content"] for message in messages) for messages in self.conversations]


def scripted_provider(*replies: str | Completion | BaseException) -> ScriptedProvider:
    """A provider for ``resurrect(provider=...)`` that gives *replies* in order; an exception among them is raised."""
    return ScriptedProvider(*replies)


@contextmanager
def captured_events() -> Iterator[list[Event]]:
    """A list that receives every event while the ``with`` block runs."""
    captured: list[Event] = []
    unsubscribe = events.subscribe(captured.append)
    try:
        yield captured
    finally:
        unsubscribe()


@contextmanager
def disabled() -> Iterator[None]:
    """Heal nothing while the ``with`` block runs: decorated functions raise what they raise."""
    before = _switch.set_disabled(True)
    try:
        yield
    finally:
        _switch.set_disabled(before)


if "pytest" in sys.modules:
    import pytest

    @pytest.fixture
    def fukkatsu_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ScriptedServer]]:
        """``fukkatsu_server("reply", ...)`` starts a `ScriptedServer`, and the default provider asks it."""
        started: list[ScriptedServer] = []

        def start(*replies: Scripted, repeat: bool = False) -> ScriptedServer:
            server = ScriptedServer(*replies, repeat=repeat).start()
            started.append(server)
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            monkeypatch.setenv("OPENAI_API_KEY", "scripted")
            return server

        yield start
        for server in started:
            server.close()

    @pytest.fixture
    def fukkatsu_events() -> Iterator[list[Event]]:
        """Every event of the test, as `captured_events`."""
        with captured_events() as captured:
            yield captured

    @pytest.fixture
    def fukkatsu_disabled() -> Iterator[None]:
        """Nothing is healed in the test, as `disabled`."""
        with disabled():
            yield
