"""`ask` and `aask`: any callable is a provider, and none can hold up a repair or break it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time

import pytest

from fukkatsu._model.messages import Completion
from fukkatsu._suggest.openai import OpenAIProvider
from fukkatsu._suggest.provider import aask, ask
from fukkatsu.errors import ProviderError
from fukkatsu.testing import ScriptedServer

MESSAGES = [{"role": "user", "content": "mend it"}]


def both(provider, deadline_seconds=10.0):
    """The answer, asked both ways; they must agree."""
    sync = ask(provider, MESSAGES, deadline_seconds)
    assert asyncio.run(aask(provider, MESSAGES, deadline_seconds)) == sync
    return sync


def both_fail(provider, deadline_seconds=10.0):
    with pytest.raises(ProviderError) as sync:
        ask(provider, MESSAGES, deadline_seconds)
    with pytest.raises(ProviderError) as later:
        asyncio.run(aask(provider, MESSAGES, deadline_seconds))
    assert (later.value.kind, str(later.value)) == (sync.value.kind, str(sync.value))
    return sync.value


class Awaitable:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "awaited"


class AsyncCallable:
    async def __call__(self, messages):
        await asyncio.sleep(0)
        return "called"


async def coroutine_provider(messages):
    await asyncio.sleep(0)
    return Completion("text", "model", 1, 2)


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        (lambda messages: "text", Completion("text")),
        (lambda messages: Completion("text", "model", 1, 2), Completion("text", "model", 1, 2)),
        (lambda messages: Completion("text", None, -1, "2"), Completion("text")),
        (coroutine_provider, Completion("text", "model", 1, 2)),
        (lambda messages: coroutine_provider(messages), Completion("text", "model", 1, 2)),
        (lambda messages: Awaitable(), Completion("awaited")),
        (AsyncCallable(), Completion("called")),
        (lambda messages: messages[0]["content"], Completion("mend it")),
    ],
    ids=[
        "str",
        "completion",
        "odd counts",
        "async",
        "returns a coroutine",
        "returns an awaitable",
        "async object",
        "echo",
    ],
)
def test_any_callable_is_a_provider(provider, expected):
    """Sync or async, text or completion."""
    assert both(provider) == expected


def test_a_provider_gets_a_copy_of_the_messages():
    """What it does to them does not change the next prompt."""
    messages = [{"role": "user", "content": "x"}]

    def provider(given):
        given[0]["content"] = "changed"
        given.clear()
        return "done"

    ask(provider, messages, 10)
    assert messages == [{"role": "user", "content": "x"}]


@pytest.mark.parametrize(
    "answer", [None, 3, b"text", ["text"], {"content": "text"}, Completion(None), Completion(b"x")]
)
def test_an_answer_that_is_no_text_is_malformed(answer):
    """The error says what came, and what should."""
    error = both_fail(lambda messages: answer)
    assert error.kind == "malformed"
    assert "str or Completion" in str(error)


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize("fault", [ValueError("boom"), TimeoutError("mine"), Unprintable(), RecursionError("deep")])
def test_what_a_provider_raises_is_a_provider_error(fault):
    """The class and the text are kept, and the exception is the cause."""

    def sync(messages):
        raise fault

    async def later(messages):
        raise fault

    for provider in (sync, later):
        error = both_fail(provider)
        assert error.kind == "provider"
        assert type(fault).__qualname__ in str(error)


def test_a_provider_error_of_its_own_keeps_its_kind():
    """A wrapper around our provider says what that said."""

    def provider(messages):
        raise ProviderError("rate-limit", "slow down")

    error = both_fail(provider)
    assert (error.kind, str(error)) == ("rate-limit", "slow down")


def test_a_cancelled_async_provider_is_a_provider_error():
    """It cancelled itself; the caller was not cancelled."""

    async def provider(messages):
        raise asyncio.CancelledError

    with pytest.raises(ProviderError) as caught:
        ask(provider, MESSAGES, 10)
    assert caught.value.kind == "provider"


@pytest.mark.parametrize("exit_", [KeyboardInterrupt, SystemExit])
def test_leaving_the_program_passes_through(exit_):
    """Never swallowed, never wrapped."""

    def provider(messages):
        raise exit_

    with pytest.raises(exit_):
        ask(provider, MESSAGES, 10)


def test_an_endless_provider_costs_the_deadline_and_no_more():
    """Its thread is left behind."""
    release = threading.Event()

    def sync(messages):
        release.wait(30)
        return "late"

    began = time.monotonic()
    error = both_fail(sync, 0.2)
    release.set()
    assert time.monotonic() - began < 5
    assert error.kind == "timeout"
    assert "within 0.2 s" in str(error)


def test_an_async_provider_is_cancelled_at_the_deadline():
    """So that it can close what it opened."""
    closed = threading.Event()

    async def provider(messages):
        try:
            await asyncio.sleep(30)
        finally:
            closed.set()

    with pytest.raises(ProviderError) as caught:
        ask(provider, MESSAGES, 0.2)
    assert caught.value.kind == "timeout"
    assert closed.wait(5)
    closed.clear()
    with pytest.raises(ProviderError):
        asyncio.run(aask(provider, MESSAGES, 0.2))
    assert closed.is_set()


def test_an_async_provider_is_asked_from_inside_a_running_loop():
    """A sync function that fails under asyncio is healed like any other."""

    async def main():
        return ask(coroutine_provider, MESSAGES, 10)

    assert asyncio.run(main()).text == "text"


def test_context_variables_reach_the_provider():
    """Tracing and tenants are kept in them."""
    tenant = contextvars.ContextVar("tenant")
    tenant.set("blue")
    assert both(lambda messages: tenant.get("lost")).text == "blue"


def test_cancelling_the_caller_cancels_an_async_provider():
    """Cancellation is the caller's, and is never turned into an error of ours."""
    state = {}

    async def provider(messages):
        state["began"] = True
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            state["cancelled"] = True
            raise

    async def main():
        task = asyncio.create_task(aask(provider, MESSAGES, 20))
        while "began" not in state:
            await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert state == {"began": True, "cancelled": True}


def test_our_own_provider_is_asked_within_the_deadline():
    """It is handed on, so that the error says what the server said."""
    with ScriptedServer("one", "two", 401) as server:
        provider = OpenAIProvider(base_url=server.base_url, api_key="any")
        assert ask(provider, MESSAGES, 10).text == "one"
        assert asyncio.run(aask(provider, MESSAGES, 10)).text == "two"
        with pytest.raises(ProviderError) as caught:
            ask(provider, MESSAGES, 10)
    assert caught.value.kind == "authentication"
