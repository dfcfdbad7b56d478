"""What `fukkatsu.testing` promises to the tests of others."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from fukkatsu import _switch, events
from fukkatsu._model.messages import Completion
from fukkatsu._suggest.openai import OpenAIProvider
from fukkatsu.errors import ProviderError
from fukkatsu.testing import (
    Answer,
    ScriptedServer,
    captured_events,
    disabled,
    fukkatsu_disabled,  # noqa: F401 - a fixture
    fukkatsu_events,  # noqa: F401 - a fixture
    fukkatsu_server,  # noqa: F401 - a fixture
    scripted_provider,
)

MESSAGES = [{"role": "system", "content": "rules"}, {"role": "user", "content": "hello"}]


def ask(server, **options):
    return OpenAIProvider(base_url=server.base_url, api_key="any", **options)(MESSAGES, deadline_seconds=10)


def outcome_of(provider):
    try:
        return provider(MESSAGES, deadline_seconds=30)
    except ProviderError as error:
        return error


def test_replies_come_in_order_and_requests_are_kept():
    """The script is the model, and the test sees what it was asked."""
    with ScriptedServer(
        "one", lambda request: request.messages[-1]["content"], Answer(text="three", model="m")
    ) as server:
        assert [ask(server).text for _ in range(3)] == ["one", "hello", "three"]
        assert server.prompts == ["rules\n\nhello"] * 3
        assert server.requests[0].path == "/v1/chat/completions"
        assert server.requests[0].headers["authorization"] == "Bearer any"
        assert server.requests[0].body["messages"] == MESSAGES


def test_a_list_is_a_script_too():
    """As recorded suggestions come."""
    with ScriptedServer(["one", "two"]) as server:
        assert (ask(server).text, ask(server).text) == ("one", "two")


def test_a_script_that_has_ended_says_so():
    """An error that no SDK tries again, so that the test fails at once."""
    with ScriptedServer("one") as server:
        ask(server)
        with pytest.raises(Exception, match="the script has 1 replies; this is request 2"):
            ask(server)


def test_the_last_reply_may_be_repeated():
    """For a model that never learns."""
    with ScriptedServer("one", "two", repeat=True) as server:
        assert [ask(server).text for _ in range(4)] == ["one", "two", "two", "two"]


def test_other_paths_are_not_found():
    """A wrong base URL shows in the test."""
    with ScriptedServer("one") as server:
        for data in (None, b"{}"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(f"{server.base_url}/models", data=data))
            assert caught.value.code == 404
            caught.value.close()
        assert server.requests == []


def test_the_body_is_a_chat_completion_as_the_protocol_has_it():
    """Other SDKs can be tested with it."""
    completion = json.loads(Answer(text="x", prompt_tokens=3, completion_tokens=4).payload())
    assert completion["object"] == "chat.completion"
    assert completion["choices"][0]["message"] == {"role": "assistant", "content": "x", "refusal": None}
    assert completion["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_closing_ends_every_delay():
    """A test does not wait for a model that it made slow."""
    began = time.monotonic()
    with ScriptedServer(Answer(delay_seconds=60)) as server:
        provider = OpenAIProvider(base_url=server.base_url, api_key="any", timeout_seconds=30, max_retries=0)
        thread = threading.Thread(target=outcome_of, args=(provider,))  # an answer or not: what matters is that it ends
        thread.start()
        while not server.requests:
            time.sleep(0.01)
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 10


def test_a_server_that_does_not_run_has_no_address():
    """Forgetting the `with` is an error, not a hanging test."""
    with pytest.raises(RuntimeError, match="not running"):
        ScriptedServer("x").base_url


def test_a_scripted_provider_needs_no_server():
    """The quickest way: answers, and exceptions to raise."""
    provider = scripted_provider("one", Completion("two", "m"), ConnectionError("down"))
    assert provider(MESSAGES) == "one"
    assert provider(MESSAGES) == Completion("two", "m")
    with pytest.raises(ConnectionError):
        provider(MESSAGES)
    with pytest.raises(AssertionError, match="the script has 3 replies; this is request 4"):
        provider(MESSAGES)
    assert provider.prompts == ["rules\n\nhello"] * 4


def test_events_are_captured_while_the_block_runs():
    """And no longer, also when it fails."""
    with captured_events() as captured:
        events.emit("failure.seen", "f", where="f:1")
    with contextlib.suppress(ZeroDivisionError), captured_events():
        raise ZeroDivisionError
    assert events._hooks == ()
    events.emit("flatline", "f")
    assert [(event.name, event.function, event.details) for event in captured] == [
        ("failure.seen", "f", {"where": "f:1"})
    ]


def test_the_off_switch_goes_back_to_where_it_was():
    """Blocks may be nested."""
    assert not _switch.is_disabled()
    with disabled():
        with disabled():
            assert _switch.is_disabled()
        assert _switch.is_disabled()
    assert not _switch.is_disabled()


@pytest.mark.parametrize("value", ["off", "OFF", " off ", "0", "false", "no"])
def test_the_environment_switches_off(monkeypatch, value):
    """`FUKKATSU=off` holds, whatever the process says."""
    monkeypatch.setenv("FUKKATSU", value)
    assert _switch.is_disabled()
    _switch.enable()
    assert _switch.is_disabled()


@pytest.mark.parametrize("value", ["", "on", "1", "official"])
def test_any_other_value_switches_nothing(monkeypatch, value):
    """Only off is off."""
    monkeypatch.setenv("FUKKATSU", value)
    assert not _switch.is_disabled()
    _switch.disable()
    assert _switch.is_disabled()


def test_the_server_fixture_is_the_default_model(fukkatsu_server, fukkatsu_events):  # noqa: F811
    """A program that names no provider asks it."""
    server = fukkatsu_server("scripted")
    assert OpenAIProvider()(MESSAGES).text == "scripted"
    assert len(server.requests) == 1
    events.emit("flatline", "f")
    assert [event.name for event in fukkatsu_events] == ["flatline"]


def test_the_disabled_fixture_throws_the_switch(fukkatsu_disabled):  # noqa: F811
    """For the whole test."""
    assert _switch.is_disabled()


def test_nothing_but_loopback_can_be_reached_from_a_test():
    """The guard of this very suite."""
    with pytest.raises(Exception, match="only loopback"):
        urllib.request.urlopen("http://192.0.2.1/", timeout=1)
