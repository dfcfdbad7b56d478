"""Ask any provider: ours or the user's, sync or async, and get a `Completion` or a `ProviderError`, in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

from fukkatsu._model.messages import Completion, Message, Provider
from fukkatsu._suggest.deadline import DeadlinePassed, await_within, call_within
from fukkatsu._suggest.openai import OpenAIProvider
from fukkatsu.errors import ProviderError

_TEXT_CHARACTERS: Final = 300  # of a foreign exception's text


def ask(provider: Provider, messages: Sequence[Message], deadline_seconds: float) -> Completion:
    """The provider's answer to *messages*.

    A foreign callable runs in a thread of its own, so that an endless one costs the deadline and no more; what an
    async one returns is awaited there, in an event loop of its own.

    Args:
        provider: Any callable from messages to text or `Completion`, or to an awaitable of one.
        messages: The provider gets copies.
        deadline_seconds: Longest wait, in seconds.

    Raises:
        ProviderError: Of kind ``provider`` when the callable raised, ``malformed`` when it answered with something
            else than text, ``timeout`` when it was too slow; what an `OpenAIProvider` raises, as it is.
    """
    if isinstance(provider, OpenAIProvider):
        return provider(list(messages), deadline_seconds=deadline_seconds)
    ends = time.monotonic() + deadline_seconds
    try:
        answer = call_within(deadline_seconds, lambda: _question(provider, messages, ends))
    except DeadlinePassed:
        raise _too_slow(provider, deadline_seconds) from None
    except (ProviderError, KeyboardInterrupt, SystemExit):
        raise
    except (Exception, asyncio.CancelledError) as error:
        raise _raised(provider, error) from error
    return _completion(provider, answer)


async def aask(provider: Provider, messages: Sequence[Message], deadline_seconds: float) -> Completion:
    """`ask` for a running event loop: async providers are awaited in it, sync ones wait in a thread beside it.

    Cancelling the task cancels an async provider; the thread of a sync one is left to itself.

    Raises:
        ProviderError: As `ask`.
    """
    if isinstance(provider, OpenAIProvider):
        return await provider.acall(list(messages), deadline_seconds=deadline_seconds)
    try:
        async with asyncio.timeout(max(0.0, deadline_seconds)):
            if _is_async(provider):
                answer: object = await cast("Awaitable[object]", provider(_copies(messages)))
            else:
                answer = await await_within(deadline_seconds, lambda: provider(_copies(messages)))
                if _is_awaitable(answer):
                    answer = await cast("Awaitable[object]", answer)
    except (DeadlinePassed, TimeoutError) as error:
        if (
            isinstance(error, TimeoutError)
            and error.__cause__ is None
            and not isinstance(error.__context__, asyncio.CancelledError)
        ):
            raise _raised(provider, error) from error  # the provider's own
        raise _too_slow(provider, deadline_seconds) from None
    except ProviderError:
        raise
    except Exception as error:
        raise _raised(provider, error) from error
    return _completion(provider, answer)


def _copies(messages: Sequence[Message]) -> list[Message]:
    return [Message(role=message["role"], content=message["content"]) for message in messages]


def _question(provider: Provider, messages: Sequence[Message], ends: float) -> object:
    answer: object = provider(_copies(messages))
    if not _is_awaitable(answer):
        return answer

    async def wait() -> object:
        # cancelled at the deadline, so that an async provider gets to close its connection
        return await asyncio.wait_for(cast("Awaitable[object]", answer), max(0.0, ends - time.monotonic()) + 0.05)

    return asyncio.run(wait())


def _is_awaitable(answer: object) -> bool:
    return hasattr(type(answer), "__await__")


def _is_async(provider: Callable[..., Any]) -> bool:
    return asyncio.iscoroutinefunction(provider) or asyncio.iscoroutinefunction(type(provider).__call__)


def _name(provider: object) -> str:
    return str(getattr(provider, "__qualname__", None) or type(provider).__qualname__)


def _too_slow(provider: object, seconds: float) -> ProviderError:
    text = (
        f"the provider {_name(provider)} gave no answer within {seconds:.3g} s. Raise deadline_seconds, or give it a "
        "timeout of its own."
    )
    return ProviderError("timeout", text)


def _raised(provider: object, error: BaseException) -> ProviderError:
    try:
        said = " ".join(str(error).split())[:_TEXT_CHARACTERS]
    except Exception:  # noqa: BLE001 - a foreign __str__
        said = "its text could not be made"
    return ProviderError("provider", f"the provider {_name(provider)} raised {type(error).__qualname__}: {said}")


def _completion(provider: object, answer: object) -> Completion:
    if isinstance(answer, str):
        return Completion(str(answer))
    if isinstance(answer, Completion) and isinstance(answer.text, str):
        return Completion(
            str(answer.text), str(answer.model or ""), _count(answer.prompt_tokens), _count(answer.completion_tokens)
        )
    found = (
        f"a Completion whose text is {type(answer.text).__name__}"
        if isinstance(answer, Completion)
        else (f"{type(answer).__qualname__}")
    )
    text = f"the provider {_name(provider)} answered with {found}. It must return str or Completion (or be async)."
    raise ProviderError("malformed", text)


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0 else 0
