"""What is known about a failure once it is fit to leave the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fukkatsu._model.patch import FunctionSource


def _unmasked(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that a model is told; every text is redacted.

    Attributes:
        source: The original; secrets in its text, docstring and signature are masked, so its hash is another one.
        exception: Class and message of the exception.
        traceback: Full traceback, without frames of ours.
        arguments: Parameter name to bounded text.
        permitted: Names and modules that a correction may use.
        additional_req: The author's extra instruction, or ``""``.
        contract: What decorators of icontract and deal promise, line by line, or ``""``.
        secretive: Something was masked, or the function can reach something that would be: what a suggestion made of
            its values must not travel back.
        mask: Masks the same secrets in a text that came up later: a reason, a counterexample.
        mask_source: The same for source text, where a telling name alone masks nothing.
    """

    source: FunctionSource
    exception: str
    traceback: str
    arguments: dict[str, str]
    permitted: tuple[str, ...]
    additional_req: str
    contract: str = ""
    secretive: bool = False
    mask: Callable[[str], str] = field(default=_unmasked, repr=False, compare=False)
    mask_source: Callable[[str], str] = field(default=_unmasked, repr=False, compare=False)
