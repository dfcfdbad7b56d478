"""What a model is told of a refusal when the call held a secret: which stage, on which call, and no value.

A reason quotes what the suggestion answered. Masking finds a secret by its name, its shape or its text; what a hostile
suggestion computed from it (spelled backwards, letter by letter) it cannot find. So where something was masked, nothing
that a suggestion made travels back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fukkatsu._model.verdict import Report

_TEXT_ONLY: Final = ("static", "compile")
"""Their reasons speak of the suggestion's text, which nobody had run."""
_INSTEAD: Final[Mapping[str, str]] = {
    "sandbox": "it did not come to an answer within the limits",
    "failing-call": "it still raises on the failing call, or does not answer twice alike",
    "good-calls": "it answers otherwise than the original on a call that the original answers",
    "examples": "it fails an example of the docstring or a test of the author's",
    "contract": "it breaks the annotations or the contract in the docstring",
    "differential": "it answers otherwise than the original where that returns, or fails close to the failing call",
}


def refusal(report: Report, *, secretive: bool) -> str:
    """``"stage: reason"`` for the next prompt.

    Args:
        report: Of the refused suggestion.
        secretive: The calls that it was tried on held a secret, or the function can reach one.
    """
    if not secretive or report.refused_by in _TEXT_ONLY:
        return f"{report.refused_by}: {report.reason}"
    said = _INSTEAD.get(report.refused_by or "", "it was refused")
    return f"{report.refused_by}: {said}; values are withheld, since the call holds something secret"
