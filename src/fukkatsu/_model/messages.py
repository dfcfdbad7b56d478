"""What travels between us and a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypedDict


class Message(TypedDict):
    """One chat message, as the chat completions API names its parts."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer.

    Attributes:
        text: What it said.
        model: Its name as the server reports it.
        prompt_tokens: Tokens of the request, 0 when the server does not say.
        completion_tokens: Tokens of the answer, likewise.
    """

    text: str
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


Provider: TypeAlias = Callable[[list[Message]], "str | Completion | Awaitable[str | Completion]"]
