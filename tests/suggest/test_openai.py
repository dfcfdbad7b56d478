"""`OpenAIProvider`, always through the real SDK against a server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import pickle
import re
import socket
import subprocess
import sys
import threading
import time
import traceback
from email.utils import formatdate

import pytest

from fukkatsu._suggest.openai import DEFAULT_MODEL, REPLY_BYTES, OpenAIProvider, without_key
from fukkatsu.errors import ConfigurationError, ProviderError
from fukkatsu.testing import Answer, ScriptedServer

MESSAGES = [{"role": "system", "content": "rules"}, {"role": "user", "content": "mend it"}]
KEY = "sk-very-secret-key-0123456789"


@contextlib.contextmanager
def served(*replies, **options):
    with ScriptedServer(*replies) as server:
        yield server, OpenAIProvider(base_url=server.base_url, api_key=KEY, **options)


def asked(*replies, deadline_seconds=20.0, **options):
    with served(*replies, **options) as (server, provider):
        return provider(MESSAGES, deadline_seconds=deadline_seconds), server.requests


def failed(*replies, deadline_seconds=20.0, **options):
    """The error, and how many requests the server has seen."""
    with served(*replies, **options) as (server, provider):
        with pytest.raises(ProviderError) as caught:
            provider(MESSAGES, deadline_seconds=deadline_seconds)
        return caught.value, len(server.requests)


def test_an_answer_comes_back_with_its_model_and_its_tokens():
    """The budget is kept by them, and the audit names the model."""
    answer = Answer(text="```python\n```", model="served-by", prompt_tokens=12, completion_tokens=34)
    completion, requests = asked(answer)
    assert completion.text == "```python\n```"
    assert (completion.model, completion.prompt_tokens, completion.completion_tokens) == ("served-by", 12, 34)
    assert len(requests) == 1


def test_the_request_is_a_chat_completion_with_the_conversation():
    """Any compatible server understands it: no more parameters than were asked for."""
    _, (request,) = asked("x", model="local/coder", temperature=0)
    assert request.path == "/v1/chat/completions"
    assert request.body == {"model": "local/coder", "messages": MESSAGES, "temperature": 0}
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_without_a_temperature_none_is_sent():
    """Some models refuse any."""
    _, (request,) = asked("x")
    assert request.body == {"model": DEFAULT_MODEL, "messages": MESSAGES}


def test_the_environment_names_server_key_and_model(monkeypatch):
    """It is read at each call: a program may load its settings after the import."""
    provider = OpenAIProvider()
    with ScriptedServer("one", "two") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")  # as `export OPENAI_API_KEY="$(cat key.txt)"` may leave it
        monkeypatch.setenv("FUKKATSU_MODEL", "env-model")
        assert provider(MESSAGES).text == "one"
        monkeypatch.setenv("FUKKATSU_MODEL", "another")
        assert provider(MESSAGES).text == "two"
    assert [request.body["model"] for request in server.requests] == ["env-model", "another"]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_a_system_proxy_does_not_come_between_us_and_loopback(monkeypatch, variable):
    """A local model is asked directly, whatever the company's proxy is."""
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert asked("x")[0].text == "x"


def test_a_refusal_of_the_model_is_its_answer():
    """The reply parser turns it into a refusal that the next prompt names."""
    completion, _ = asked(Answer(text=None, refusal="cannot do that"))
    assert completion.text == "I'm sorry: cannot do that"


def test_odd_usage_counts_as_nothing():
    """A compatible server may report none, or nonsense."""
    for usage in ("null", '{"prompt_tokens": "12", "completion_tokens": -3}', "[]"):
        body = f'{{"choices": [{{"message": {{"content": "x"}}}}], "usage": {usage}, "model": 7}}'.encode()
        completion, _ = asked(Answer(body=body))
        assert (completion.text, completion.model, completion.prompt_tokens, completion.completion_tokens) == (
            "x",
            "",
            0,
            0,
        )


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_passing_fault_of_the_server_is_tried_again(status):
    """By the SDK's own retries."""
    completion, requests = asked(status, "at last")
    assert completion.text == "at last"
    assert len(requests) == 2


def test_a_dropped_connection_is_tried_again():
    """By the SDK's own retries, too."""
    completion, requests = asked(Answer(drop=True), "at last")
    assert (completion.text, len(requests)) == ("at last", 2)


@pytest.mark.parametrize(
    ("status", "kind", "requests", "remedy"),
    [
        (400, "request", 1, "FUKKATSU_MODEL"),
        (401, "authentication", 1, "OPENAI_API_KEY"),
        (403, "authentication", 1, "OPENAI_API_KEY"),
        (404, "request", 1, "OPENAI_BASE_URL"),
        (422, "request", 1, "FUKKATSU_MODEL"),
        (429, "rate-limit", 3, "wait"),
        (500, "server", 3, "try again later"),
        (502, "server", 3, "try again later"),
    ],
)
def test_each_status_is_an_error_of_its_kind_with_a_remedy(status, kind, requests, remedy):
    """After as many tries as make sense."""
    error, count = failed(status, status, status)
    assert (error.kind, count) == (kind, requests)
    assert f"HTTP {status}" in str(error)
    assert remedy in str(error)


def test_max_retries_is_how_often_it_is_tried_again():
    """0 is never."""
    assert failed(500, 500, 500, max_retries=0)[1] == 1
    assert failed(500, 500, 500, max_retries=1)[1] == 2


MALFORMED = {
    "not JSON": (Answer(body=b"{not json"), "not JSON"),
    "an HTML page": (Answer(body=b"<html></html>", headers={"content-type": "text/html"}), "not JSON"),
    "nothing": (Answer(body=b""), "not JSON"),
    "not UTF-8": (Answer(body=b'{"choices": "\xff"}'), "not JSON"),
    "a list": (Answer(body=b"[]"), "list, not an object"),
    "no choices": (Answer(choices=False), "no choices"),
    "choices of another kind": (Answer(body=b'{"choices": {"0": 1}}'), "no choices"),
    "no message": (Answer(body=b'{"choices": [{}]}'), "no message"),
    "a choice that is none": (Answer(body=b'{"choices": [7]}'), "no message"),
    "no text": (Answer(text=None), "no text"),
    "parts instead of text": (Answer(body=b'{"choices": [{"message": {"content": []}}]}'), "no text"),
    "cut off before any text": (Answer(text=None, finish_reason="length"), "limit of tokens"),
    "nested without end": (Answer(body=b"[" * 100_000), "not JSON"),
}


@pytest.mark.parametrize(("answer", "what"), MALFORMED.values(), ids=MALFORMED.keys())
def test_an_answer_that_is_no_chat_completion_says_what_is_wrong(answer, what):
    """Something else may listen at that address."""
    error, _ = failed(answer)
    assert error.kind == "malformed"
    assert what in str(error)


def test_an_endless_answer_is_cut():
    """A server must not be able to fill the memory."""
    error, _ = failed(Answer(body=b" " * (REPLY_BYTES + 1)))
    assert error.kind == "malformed"
    assert "bytes" in str(error)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_nobody_listening_is_a_connection_error():
    """The text says which address was tried, and why it failed."""
    port = free_port()
    with pytest.raises(ProviderError) as caught:
        OpenAIProvider(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY)(MESSAGES, deadline_seconds=1)
    assert caught.value.kind == "connection"
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "refused" in str(caught.value).lower()


def test_a_server_that_hangs_up_each_time_is_a_connection_error():
    """After the SDK's retries."""
    error, count = failed(*[Answer(drop=True)] * 3)
    assert (error.kind, count) == ("connection", 3)


def test_an_answer_that_breaks_off_is_a_connection_error():
    """It announced more than it sent."""
    error, _ = failed(
        Answer(body=b'{"choices": ', headers={"content-length": "1000"}), timeout_seconds=1, max_retries=0
    )
    assert error.kind in ("connection", "timeout", "malformed")


SLOW = {
    "no first byte": Answer(text="x", delay_seconds=30),
    "byte by byte": Answer(text="x" * 500, drip_seconds=0.05),
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW.keys())
def test_the_deadline_holds_whatever_the_server_does(answer):
    """It is one clock over all tries, and no byte that trickles in resets it."""
    began = time.monotonic()
    error, count = failed(answer, answer, answer, deadline_seconds=0.5)
    assert time.monotonic() - began < 5
    assert (error.kind, count) == ("timeout", 1)
    assert "within 0.5 s" in str(error)


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW.keys())
def test_the_timeout_holds_for_each_try(answer):
    """`timeout_seconds` is the longest wait for the whole answer to one try."""
    began = time.monotonic()
    error, _ = failed(answer, timeout_seconds=0.3, max_retries=0)
    assert time.monotonic() - began < 5
    assert error.kind == "timeout"
    assert "within 0.3 s" in str(error)


def test_a_slow_try_is_followed_by_another():
    """A timeout counts as a passing fault."""
    completion, requests = asked(Answer(delay_seconds=30), "at last", timeout_seconds=0.5)
    assert (completion.text, len(requests)) == ("at last", 2)


def test_a_server_that_asks_to_wait_beyond_the_deadline_is_not_waited_for():
    """The caller learns at once that it is the rate limit, not that time ran out."""
    began = time.monotonic()
    error, count = failed(Answer(status=429, headers={"retry-after": "60"}), "never", deadline_seconds=10)
    assert time.monotonic() - began < 5
    assert (error.kind, count) == ("rate-limit", 1)


def test_a_server_that_asks_to_wait_long_is_not_waited_for_however_far_the_deadline_is():
    """The caller stands there: half a minute of silence is worse than the rate limit, said at once with the wait."""
    for headers in (
        {"retry-after": "30"},
        {"retry-after-ms": "30000"},
        {"retry-after": formatdate(time.time() + 3_600, usegmt=True)},
    ):
        error, count = failed(Answer(status=429, headers=headers), "never", deadline_seconds=60)
        assert (error.kind, count) == ("rate-limit", 1)
        assert re.search(r"it asks to wait \d+ s", str(error))


def test_a_server_that_asks_to_wait_a_moment_is_waited_for():
    """So is one whose wish cannot be read: then the SDK's own pause is made."""
    for headers in ({"retry-after": "0.01"}, {"retry-after-ms": "10"}, {"retry-after": "soon", "retry-after-ms": "1"}):
        completion, requests = asked(Answer(status=429, headers=headers), "at last", deadline_seconds=60)
        assert (completion.text, len(requests)) == ("at last", 2)


@pytest.mark.parametrize(
    ("text", "key", "left"),
    [
        ("Incorrect key: sk-0123456789", "sk-0123456789", "Incorrect key: ***"),
        ("say sk-0123456789x twice", "sk-0123456789", "say ***x twice"),
        ("any model takes many words, any 'any'", "any", "any model takes many words, any '***'"),
        ("Incorrect API key provided: x. No axe.", "x", "Incorrect API key provided: ***. No axe."),
        ("authentication failed for a", "a", "authentication failed for a"),
        ("Bearer k3 is wrong; k3s is not", "k3", "Bearer *** is wrong; k3s is not"),
        ("hunter is wrong, hunters are not", "hunter", "*** is wrong, hunters are not"),
    ],
)
def test_a_key_is_left_out_of_a_text_that_stays_readable(text, key, left):
    """A long one goes wherever it stands; a short one, which may be a piece of any word, where it stands as a key."""
    assert without_key(text, key) == left


def test_a_deadline_that_has_passed_asks_nothing():
    """Not even one request is paid for."""
    error, count = failed("x", deadline_seconds=0)
    assert (error.kind, count) == ("timeout", 0)


def test_an_abandoned_question_is_not_asked_again():
    """The SDK pauses before its next try; when nobody waits any more, that try is not made: it would be paid for."""
    first, second = threading.Event(), threading.Event()

    def fail(request):
        first.set()
        return Answer(status=500, headers={"retry-after-ms": "500"})

    async def cancelled(provider):
        task = asyncio.create_task(provider.acall(MESSAGES, deadline_seconds=30))
        while not first.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        await task

    with served(fail, lambda request: (second.set(), "late")[1]) as (server, provider):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(cancelled(provider))
        assert not second.wait(1.5)
        assert len(server.requests) == 1


def test_without_a_key_nothing_is_asked_and_the_sdk_is_not_even_loaded():
    """Fast, and the text says what to set."""
    program = (
        "import sys\n"
        "from fukkatsu._suggest.openai import OpenAIProvider\n"
        "from fukkatsu.errors import ProviderError\n"
        "try: OpenAIProvider()([])\n"
        "except ProviderError as error: print(error.kind, error)\n"
        "print('openai' in sys.modules, 'asyncio' in sys.modules)\n"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    said, loaded = run.stdout.strip().split("\n")
    assert said.startswith("no-key no key: set OPENAI_API_KEY")
    assert loaded == "False False"


@pytest.mark.parametrize("key", ["sk-ab cd", "sk-äöü", "sk-a\nb", "sk-\x00"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key):
    """HTTP libraries print the whole header when they refuse it."""
    with ScriptedServer("x") as server, pytest.raises(ProviderError) as caught:
        OpenAIProvider(base_url=server.base_url, api_key=key)(MESSAGES)
    assert caught.value.kind == "authentication"
    assert key not in str(caught.value)
    assert server.requests == []


def test_the_key_is_never_shown(caplog):
    """Not by a server that repeats it, not in the chain of exceptions, not in the repr, not in our log."""
    caplog.set_level(logging.DEBUG, logger="fukkatsu")
    for answer in (Answer(status=401, text=f"Incorrect API key provided: {KEY}"), Answer(body=KEY.encode())):
        with served(answer) as (_, provider):
            with pytest.raises(ProviderError) as caught:
                provider(MESSAGES, deadline_seconds=10)
            assert KEY not in "".join(traceback.format_exception(caught.value))
            assert caught.value.__context__ is None
            assert caught.value.__cause__ is None
            assert KEY not in repr(provider)
    assert KEY not in caplog.text


def test_a_password_in_the_url_is_never_shown():
    """Errors name the host and the port."""
    provider = OpenAIProvider(base_url=f"http://bob:hunter2@127.0.0.1:{free_port()}/v1", api_key=KEY)
    with pytest.raises(ProviderError) as caught:
        provider(MESSAGES, deadline_seconds=1)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"model": ""}, "model=''"),
        ({"model": 3}, "model=3"),
        ({"base_url": " "}, "base_url=' '"),
        ({"base_url": "localhost:8080"}, "base_url must be an http"),
        ({"base_url": "ftp://host/"}, "base_url must be an http"),
        ({"base_url": "http://"}, "base_url must be an http"),
        ({"base_url": "http://host:99999/"}, "base_url must be an http"),
        ({"api_key": ""}, "api_key=..."),
        ({"timeout_seconds": 0}, "timeout_seconds=0"),
        ({"timeout_seconds": -1.0}, "timeout_seconds=-1.0"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds=nan"),
        ({"timeout_seconds": float("inf")}, "timeout_seconds=inf"),
        ({"timeout_seconds": "30"}, "timeout_seconds='30'"),
        ({"timeout_seconds": True}, "timeout_seconds=True"),
        ({"temperature": float("nan")}, "temperature=nan"),
        ({"temperature": 3}, "temperature=3"),
        ({"max_retries": -1}, "max_retries=-1"),
        ({"max_retries": 1.5}, "max_retries=1.5"),
        ({"max_retries": True}, "max_retries=True"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_provider_is_made(options, named):
    """Not at the first failure at night."""
    with pytest.raises(ConfigurationError) as caught:
        OpenAIProvider(**options)
    assert named in str(caught.value)


@pytest.mark.parametrize("url", ["localhost", "file:///etc/passwd"])
def test_a_wrong_url_in_the_environment_is_an_error_of_its_own(monkeypatch, url):
    """It is read late, so it is said late."""
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ProviderError, match="OPENAI_BASE_URL") as caught:
        OpenAIProvider(api_key=KEY)(MESSAGES)
    assert caught.value.kind == "request"


def test_a_provider_can_be_copied_and_pickled():
    """Settings travel to worker processes."""
    provider = OpenAIProvider(
        model="m", base_url="http://127.0.0.1:1/v1", api_key=KEY, timeout_seconds=3, temperature=1
    )
    for other in (copy.deepcopy(provider), pickle.loads(pickle.dumps(provider))):
        assert vars(other) == vars(provider)


def test_threads_share_a_provider():
    """64 failures at once are 64 questions of one provider."""
    with served(*[str(n) for n in range(16)]) as (_, provider):
        texts = []
        threads = [
            threading.Thread(target=lambda: texts.append(provider(MESSAGES, deadline_seconds=30).text))
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(texts, key=int) == [str(n) for n in range(16)]


def test_the_event_loop_is_not_blocked_while_the_model_thinks():
    """Other tasks go on: this one releases the answer."""

    async def main():
        released = threading.Event()

        def reply(request):
            released.wait(10)
            return "thought through"

        with served(reply) as (_, provider):
            task = asyncio.create_task(provider.acall(MESSAGES, deadline_seconds=20))
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert not task.done()
            released.set()
            return await task

    assert asyncio.run(main()).text == "thought through"


def test_an_async_call_fails_and_times_out_like_a_sync_one():
    """One path, two faces."""
    with served(401) as (_, provider), pytest.raises(ProviderError) as caught:
        asyncio.run(provider.acall(MESSAGES, deadline_seconds=10))
    assert caught.value.kind == "authentication"
    with served(Answer(delay_seconds=30)) as (_, provider), pytest.raises(ProviderError) as caught:
        asyncio.run(provider.acall(MESSAGES, deadline_seconds=0.3))
    assert caught.value.kind == "timeout"
