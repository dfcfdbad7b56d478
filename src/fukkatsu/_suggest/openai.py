"""Chat completions of any OpenAI-compatible server, through the `openai` SDK: the only module that imports it."""

from __future__ import annotations

import contextvars
import ipaddress
import json
import math
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from fukkatsu._loading import loading
from fukkatsu._model.messages import Completion, Message
from fukkatsu._suggest.deadline import DeadlinePassed, await_within, call_within
from fukkatsu.errors import ConfigurationError, ProviderError

if TYPE_CHECKING:
    import openai

DEFAULT_MODEL: Final = "gpt-5.4-mini"
REPLY_BYTES: Final = 4 * 1024 * 1024
_SHORTEST_BACKOFF_SECONDS: Final = 0.5
_SAID_CHARACTERS: Final = 300  # of a server's own error text
_LONGEST_BACKOFF_SECONDS: Final = 8.0  # the SDK's, between two tries; a server that asks for more is not waited for
_NO_RETRY_BELOW_SECONDS: Final = 2.0  # with less left, the SDK's pauses would eat the deadline and hide the cause


@dataclass(slots=True)
class _Exchange:
    """One question to the server, from the first try to the last."""

    limit_seconds: float
    timeout_seconds: float
    ends: float
    try_ends: float = math.inf
    status: int = 0
    abandoned: bool = False

    def begin_try(self) -> None:
        """An abandoned question is not asked again: it would be paid for."""
        if self.abandoned or time.monotonic() >= self.ends:
            raise _TimedOut
        self.status, self.try_ends = 0, time.monotonic() + self.timeout_seconds

    def check(self) -> None:
        """Whether anybody still waits for the next bytes."""
        if self.abandoned or time.monotonic() >= min(self.ends, self.try_ends):
            raise _TimedOut

    def remaining(self) -> float:
        return self.ends - time.monotonic()


class _TimedOut(Exception):  # noqa: N818 - private; becomes a ProviderError
    """No byte is read and no further try made for a question that nobody waits for."""


_current: contextvars.ContextVar[_Exchange] = contextvars.ContextVar("fukkatsu_exchange")


class OpenAIProvider:
    """Asks a chat completions server.

    The environment is read at each call, not before: ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL`` as the SDK reads them,
    ``FUKKATSU_MODEL`` for the model. System proxies are honoured, but not for loopback addresses.

    Args:
        model: Name of the model; default ``FUKKATSU_MODEL``, else a small current one.
        base_url: Where the server is, e.g. ``"http://127.0.0.1:11434/v1"``; default ``OPENAI_BASE_URL``, else OpenAI.
        api_key: Default ``OPENAI_API_KEY``. A server that asks for none takes any text.
        timeout_seconds: Longest wait for the answer to one try, in seconds.
        temperature: 0 to 2; ``None`` sends none, as some models demand.
        max_retries: Further tries that the SDK makes after 408, 409, 429, 5xx and connection failures. Before each it
            waits, for as long as the server asks (``retry-after``) or up to 8 seconds, never beyond the deadline. A
            server that asks for more than 8 seconds is not waited for: the error comes at once, and the cool-down of
            the failure decides when it is asked again.

    Raises:
        ConfigurationError: A value cannot be used; the text names it.
    """

    def __init__(
        self,
        *,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_seconds: float = 30.0,
        temperature: float | None = None,
        max_retries: int = 2,
    ) -> None:
        for name, text in (("model", model), ("base_url", base_url), ("api_key", api_key)):
            if text is not None and not (isinstance(text, str) and text.strip()):
                shown = "..." if name == "api_key" else repr(text)
                _refuse(f"{name}={shown} must be a text that is not empty; leave it out for the environment's.")
        if base_url is not None:
            _check_url("base_url", base_url)
        if not _is_number(timeout_seconds) or not 0 < timeout_seconds < math.inf:  # NaN fails too
            _refuse(f"timeout_seconds={timeout_seconds!r} must be positive and finite, in seconds.")
        if temperature is not None and not (_is_number(temperature) and 0 <= temperature <= 2):
            _refuse(f"temperature={temperature!r} must lie between 0 and 2, or be None.")
        if isinstance(max_retries, bool) or not isinstance(max_retries, int) or not 0 <= max_retries <= 100:
            _refuse(f"max_retries={max_retries!r} must be a whole number from 0 to 100.")
        self.model, self.base_url, self._api_key = model, base_url, api_key
        self.timeout_seconds, self.temperature, self.max_retries = timeout_seconds, temperature, max_retries

    def asked(self) -> dict[str, Any]:
        """What is asked now, and where, for whoever watches: ``model``, ``server``, and ``port`` when one is named."""
        host, _, port = self._place().rpartition(":") if self._place().count(":") == 1 else (self._place(), "", "")
        about: dict[str, Any] = {"provider": "openai", "model": self._model(), "server": host}
        return {**about, "port": int(port)} if port else about

    def _model(self) -> str:
        return self.model or os.environ.get("FUKKATSU_MODEL", "").strip() or DEFAULT_MODEL

    def __repr__(self) -> str:  # never the key
        return f"OpenAIProvider(model={self.model!r}, base_url={self.base_url!r})"

    def __call__(self, messages: list[Message], *, deadline_seconds: float | None = None) -> Completion:
        """The model's answer.

        Args:
            messages: The conversation.
            deadline_seconds: Longest wait over all tries, in seconds, also for a server that sends byte by byte.
                Default: what the tries may take by ``timeout_seconds``.

        Raises:
            ProviderError: Its ``kind`` says what went wrong, its text what to do about it.
        """
        exchange = self._exchange(deadline_seconds)
        try:
            return call_within(exchange.remaining(), lambda: self._ask(messages, exchange))
        except DeadlinePassed:
            raise self._too_late(exchange) from None
        finally:
            exchange.abandoned = True

    async def acall(self, messages: list[Message], *, deadline_seconds: float | None = None) -> Completion:
        """`__call__` for a running event loop, which is not blocked: neither by the server nor by loading the SDK.

        Raises:
            ProviderError: As `__call__`.
        """
        exchange = self._exchange(deadline_seconds)
        try:
            return await await_within(exchange.remaining(), lambda: self._ask(messages, exchange))
        except DeadlinePassed:
            raise self._too_late(exchange) from None
        finally:
            exchange.abandoned = True

    def _exchange(self, deadline_seconds: float | None) -> _Exchange:
        seconds = deadline_seconds
        if seconds is None:
            seconds = (self.timeout_seconds + _LONGEST_BACKOFF_SECONDS) * (self.max_retries + 1)
        ends = time.monotonic() + max(0.0, seconds)
        return _Exchange(limit_seconds=seconds, timeout_seconds=self.timeout_seconds, ends=ends)

    def _too_late(self, exchange: _Exchange) -> ProviderError:
        if exchange.status >= 400:
            return _status_error(exchange.status, "", self._place(), "the deadline passed before the next try")
        limit = exchange.limit_seconds if exchange.remaining() <= 0 else exchange.timeout_seconds
        return ProviderError(
            "timeout",
            f"the model at {self._place()} gave no whole answer within {limit:.3g} s. Raise deadline_seconds or "
            "timeout_seconds, or name a faster model.",
        )

    def _place(self) -> str:
        url = urlsplit(self.base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or "https://api.openai.com/v1")
        try:
            port = f":{url.port}" if url.port else ""
        except ValueError:
            port = ""
        return f"{url.hostname or 'the server'}{port}"  # never the part before "@": it may hold a password

    @property
    def key(self) -> str:
        """What is sent as the key now, ``""`` when there is none: never to be shown, only to be left out of texts."""
        return (self._api_key or os.environ.get("OPENAI_API_KEY", "")).strip()

    def _key(self) -> str:
        key = self.key
        if not key:
            text = (
                "no key: set OPENAI_API_KEY, or pass OpenAIProvider(api_key=...). For a server that asks for no key, "
                "any text will do; name the server with OPENAI_BASE_URL."
            )
            raise ProviderError("no-key", text)
        if not (key.isascii() and key.isprintable() and " " not in key):
            text = "the key (OPENAI_API_KEY) holds blanks or characters that no key has; copy it again."
            raise ProviderError("authentication", text)
        return key

    def _ask(self, messages: list[Message], exchange: _Exchange) -> Completion:
        key = self._key()
        problem: ProviderError
        try:
            exchange.check()
            body = self._received(messages, exchange, key)
            return _completion(body, self._place())
        except ProviderError as error:
            problem = error
        except _TimedOut:
            problem = self._too_late(exchange)
        except Exception as error:  # noqa: BLE001 - the SDK's and its transport's; mapped one by one
            problem = self._mapped(error, key, exchange)
        # Raised out here so that the SDK's exception, which holds request and key, is not its context.
        raise problem

    def _received(self, messages: list[Message], exchange: _Exchange, key: str) -> bytes:
        remaining = exchange.remaining()
        request: dict[str, Any] = {
            "model": self._model(),
            "messages": [dict(message) for message in messages],
            "timeout": max(0.01, min(self.timeout_seconds, remaining)),
        }
        if self.temperature is not None:
            request["temperature"] = self.temperature
        _current.set(exchange)
        parts, size = [], 0
        retries = self.max_retries if remaining >= _NO_RETRY_BELOW_SECONDS else 0
        with (
            self._connected(key, retries) as client,
            client.chat.completions.with_streaming_response.create(**request) as response,
        ):
            for part in response.iter_bytes():
                exchange.check()
                size += len(part)
                if size > REPLY_BYTES:
                    text = f"the server at {self._place()} sent more than {REPLY_BYTES:,} bytes for one answer."
                    raise ProviderError("malformed", text)
                parts.append(part)
        return b"".join(parts)

    def _connected(self, key: str, retries: int) -> openai.OpenAI:
        """A client for what the environment says now. Failures are rare: nothing is kept open between them."""
        try:
            with loading:
                import openai
        except ImportError as error:
            text = f"the openai package cannot be imported ({error}); install it with: pip install openai"
            raise ProviderError("provider", text) from None
        base_url = self.base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or None
        given: dict[str, Any] = {}
        if base_url is not None:
            try:
                _check_url("OPENAI_BASE_URL", base_url)
            except ConfigurationError as error:
                raise ProviderError("request", str(error)) from None
            given["base_url"] = base_url
        http = openai.DefaultHttpxClient(
            trust_env=not _is_loopback(base_url),
            event_hooks={"request": [_before_try], "response": [_after_try]},
        )
        return openai.OpenAI(api_key=key, http_client=http, max_retries=retries, **given)

    def _mapped(self, error: Exception, key: str, exchange: _Exchange) -> ProviderError:
        import openai

        place = self._place()
        status = getattr(error, "status_code", None)
        if isinstance(error, openai.APIStatusError) and isinstance(status, int):
            wait = _asked_to_wait(error.response.headers)
            asked = f"it asks to wait {math.ceil(wait)} s" if wait is not None and wait >= 1 else ""
            return _status_error(status, without_key(_said(error), key), place, asked)
        names = {kind.__name__ for kind in type(error).__mro__}
        if isinstance(error, openai.APITimeoutError) or "TimeoutException" in names:
            return self._too_late(exchange)
        if isinstance(error, openai.APIConnectionError) or names & {"TransportError", "OSError", "StreamError"}:
            cause = error.__cause__ or error
            why = " ".join(without_key(str(cause), key).split())[:_SAID_CHARACTERS] or type(cause).__name__
            return ProviderError(
                "connection",
                f"the server at {place} cannot be reached or hung up ({why}). Check OPENAI_BASE_URL, the network and "
                "the proxy.",
            )
        said = " ".join(without_key(str(error), key).split())[:_SAID_CHARACTERS]
        text = f"the answer of {place} could not be understood ({type(error).__name__}: {said})."
        return ProviderError("malformed", text)


_LONG_KEY: Final = 8  # characters; a shorter one may be part of an ordinary word
_SHORT_KEY: Final = 4  # characters; a shorter one may be an ordinary word


def without_key(text: str, key: str) -> str:
    """*text* without the key, and with everything else: where a server asks for none, people write ``x`` or ``any``."""
    if len(key) >= _LONG_KEY:
        return text.replace(key, "***")
    before = r"(?<![\w\-])" if len(key) >= _SHORT_KEY else r"(?:(?<=[\"'`:=])|(?<=[:=] )|(?<=[Bb]earer ))"
    return re.sub(rf"{before}{re.escape(key)}(?![\w\-])", "***", text)


def _before_try(_request: object) -> None:
    exchange = _current.get(None)
    if exchange is not None:
        exchange.begin_try()


def _after_try(response: Any) -> None:
    """Do not let the SDK wait for a next try that would begin after the deadline: say at once what is wrong."""
    exchange = _current.get(None)
    if exchange is None:
        return
    exchange.status = response.status_code
    wait = _asked_to_wait(response.headers)
    limit = min(exchange.remaining(), _LONGEST_BACKOFF_SECONDS)
    if response.status_code >= 400 and not (_SHORTEST_BACKOFF_SECONDS if wait is None else wait) < limit:
        response.headers["x-should-retry"] = "false"


def _asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait before the next try; ``None`` when it says nothing that can be read."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        said = headers.get(name)
        if not said:
            continue
        try:
            seconds = float(said) * unit
        except ValueError:
            from email.utils import mktime_tz, parsedate_tz

            date = parsedate_tz(said)
            if date is None:
                continue
            seconds = mktime_tz(date) - time.time()
        return max(0.0, seconds) if seconds == seconds else None
    return None


def _status_error(status: int, said: str, place: str, more: str) -> ProviderError:
    kind, remedy = "request", "Check the model's name (FUKKATSU_MODEL) and OPENAI_BASE_URL."
    if status in (401, 403):
        kind, remedy = "authentication", "Check OPENAI_API_KEY: it is wrong, expired, or not permitted this model."
    elif status == 429:
        kind, remedy = "rate-limit", "Too many requests, or the account's quota is spent: wait, or raise it."
    elif status >= 500:
        kind, remedy = "server", "The fault is the server's: try again later."
    details = "; ".join(part for part in (said, more) if part)
    return ProviderError(kind, f"{place} answered HTTP {status}{f' ({details})' if details else ''}. {remedy}")


def _said(error: Exception) -> str:
    """The server's own words, short. A whole HTML page says nothing."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, Mapping) else None
    return " ".join(message.split())[:_SAID_CHARACTERS] if isinstance(message, str) else ""


def _completion(body: bytes, place: str) -> Completion:
    """Read by hand, not by the SDK's models: those let any shape through, and compatible servers send many."""

    def malformed(what: str) -> ProviderError:
        return ProviderError(
            "malformed", f"the answer of {place} is no chat completion: {what}. Check OPENAI_BASE_URL."
        )

    answer: object = body
    with suppress(ValueError, RecursionError):  # left before anything is raised: the error would hold the whole body
        answer = json.loads(body)
    if answer is body:
        raise malformed("it is not JSON")
    if not isinstance(answer, dict):
        raise malformed(f"it is {type(answer).__name__}, not an object")
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise malformed("it holds no choices")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise malformed("its first choice holds no message")
    text = message.get("content")
    if text is None and isinstance(message.get("refusal"), str):
        text = f"I'm sorry: {message['refusal']}"  # the reply parser knows a refusal by these words
    if not isinstance(text, str):
        ended = choices[0].get("finish_reason")
        cut = " (it was cut off: the model's limit of tokens is too low)" if ended == "length" else ""
        raise malformed(f"its message holds no text{cut}")
    usage = answer.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    model = answer.get("model")
    return Completion(
        text=text,
        model=model if isinstance(model, str) else "",
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
    )


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0 else 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(text: str) -> None:
    msg = f"OpenAIProvider: {text}"
    raise ConfigurationError(msg)


def _check_url(name: str, url: str) -> None:
    try:
        parts = urlsplit(url.strip())
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        fine = False
    if not fine:
        _refuse(f"{name} must be an http:// or https:// URL with a host, e.g. 'http://127.0.0.1:11434/v1'.")


def _is_loopback(url: str | None) -> bool:
    host = urlsplit(url).hostname if url else None
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
