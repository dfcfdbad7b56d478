"""Source text: the function as its author wrote it, and what a model proposes instead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSource:
    """The original, as text.

    Attributes:
        module: ``__module__`` of the function.
        qualname: ``__qualname__``.
        name: ``__name__``, the name after ``def``.
        text: Dedented source, without decorators, starting at ``def``.
        filename: File it was read from.
        first_line: Line of ``def`` in that file, counted from 1.
        docstring: The docstring as ``inspect.cleandoc`` gives it, or ``None``.
        signature: ``(x, y=1, *, z)`` as text.
        decorators: Those above it, as text without the ``@``.
    """

    module: str
    qualname: str
    name: str
    text: str
    filename: str
    first_line: int
    docstring: str | None
    signature: str
    decorators: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of the text: a fix lapses when it changes."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A proposed correction: untrusted source text until the gauntlet ends, nothing of it executed.

    Attributes:
        text: Module-level source: imports, helper functions and the function itself.
        model: Name of the model that wrote it, or ``""``.
        prompt_tokens: Tokens of the request, 0 when unknown.
        completion_tokens: Tokens of the answer, 0 when unknown.
    """

    text: str
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
