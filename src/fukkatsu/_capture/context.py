"""From a failure in this process to what a model may be told about it."""

from __future__ import annotations

import os
import traceback as traceback_module
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from fukkatsu._capture.redact import (
    ARGUMENT_CHARACTERS,
    ArgumentSecrets,
    RedactHook,
    apply_hook,
    describe_arguments,
    holds_secrets,
    redact_message,
    redact_source,
    redact_traceback,
)
from fukkatsu._capture.secrets import MASK
from fukkatsu._look import looking
from fukkatsu._model.context import Context
from fukkatsu._model.patch import FunctionSource

MESSAGE_CHARACTERS: Final = 4_000
TRACEBACK_CHARACTERS: Final = 16_000
_LOOKED_AT: Final = (
    64 * 1024
)  # at either end of a text; more than is shown, so that no secret is cut before it is masked
WRAPPER_FILENAME: Final = "<fukkatsu wrapper"  # how the file names of compiled wrappers begin
_HERE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_DEMO: Final = os.path.join(_HERE, "_demo") + os.sep  # its functions stand for the user's own

__all__ = ["Context", "capture_context", "format_traceback"]


@looking
def capture_context(
    source: FunctionSource,
    exception: BaseException,
    arguments: Mapping[str, object],
    permitted: tuple[str, ...],
    additional_req: str,
    redact: RedactHook | None = None,
    keys: tuple[str, ...] = (),
    around: Mapping[str, object] = MappingProxyType({}),
) -> Context:
    """Everything a model is told about one failure, bounded and without secrets.

    Args:
        source: The original.
        exception: What it raised, with its traceback.
        arguments: Parameter names and values, as they were before the call.
        permitted: Names and modules that a correction may use.
        additional_req: The author's extra instruction.
        redact: ``(name, text) -> text``, applied last to each argument, to what may quote one, under the names
            ``<exception>``, ``<traceback>`` and ``<refusal>`` (why a suggestion was refused), and to ``<source>`` and
            ``<docstring>``.
        keys: Of the model's provider: they are secrets too.
        around: Globals and closure variables that the function reads.
    """
    secrets = ArgumentSecrets(arguments, source.text, keys)

    def message(text: str) -> str:
        return redact_message(text, secrets)

    def program(text: str) -> str:
        return redact_source(text, secrets)

    summary = traceback_module.TracebackException.from_exception(exception, compact=True)
    said = "".join(summary.format_exception_only()).strip()
    trace = _formatted(summary)
    shown = replace(
        source,
        text=apply_hook(redact, "<source>", program(source.text)),
        docstring=None if source.docstring is None else apply_hook(redact, "<docstring>", program(source.docstring)),
        signature=program(source.signature),
        filename=_without_home(source.filename),
    )
    exception_text = apply_hook(redact, "<exception>", _shown(said, message, MESSAGE_CHARACTERS))
    described = describe_arguments(arguments, redact, ARGUMENT_CHARACTERS, secrets)
    hooked = redact is not None and described != describe_arguments(arguments, None, ARGUMENT_CHARACTERS, secrets)
    masked = any(MASK in text for text in (exception_text, shown.text, shown.docstring or "", *described.values()))
    return Context(
        source=shown,
        exception=exception_text,
        traceback=apply_hook(
            redact, "<traceback>", _shown(trace, lambda text: redact_traceback(text, secrets), TRACEBACK_CHARACTERS)
        ),
        arguments=described,
        secretive=masked or hooked or holds_secrets(arguments) or holds_secrets(around),
        permitted=permitted,
        additional_req=program(additional_req),
        mask=lambda text: apply_hook(redact, "<refusal>", _shown(text, message, TRACEBACK_CHARACTERS)),
        mask_source=program,
    )


def format_traceback(exception: BaseException) -> str:
    """Full traceback with causes and contexts, without frames of ours.

    An exception whose own ``__str__`` fails is shown all the same, as `traceback` does it.
    """
    return _formatted(traceback_module.TracebackException.from_exception(exception, compact=True))


def _formatted(summary: traceback_module.TracebackException) -> str:
    waiting, seen = [summary], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.stack is not None:
            kept = [frame for frame in current.stack if not _is_ours(frame.filename)]
            current.stack = traceback_module.StackSummary.from_list(kept)
        waiting.extend(inner for inner in (current.__cause__, current.__context__) if inner is not None)
        waiting.extend(getattr(current, "exceptions", None) or ())
    return _without_home("".join(summary.format()))


def _is_ours(filename: str) -> bool:
    return filename.startswith(WRAPPER_FILENAME) or (filename.startswith(_HERE) and not filename.startswith(_DEMO))


def _without_home(text: str) -> str:
    home = os.path.expanduser("~")
    return text.replace(home + os.sep, "~" + os.sep) if len(home) > 1 else text


def _shown(text: str, mask: Callable[[str], str], limit: int) -> str:
    """*text* masked, then cut to *limit* characters.

    The beginning and the end stay: the first frames say how it was reached, the last what happened. Of a huge text only
    the ends are looked at; where masking left little of one, the cut may have come near, and that end is dropped.
    """
    head, tail = limit // 4, limit - limit // 4
    if len(text) <= 2 * _LOOKED_AT:
        masked = mask(text)
        if len(masked) <= limit:
            return masked
        begins, ends, left_out = masked, masked, len(masked) - limit
    else:
        begins, ends, left_out = mask(text[:_LOOKED_AT]), mask(text[-_LOOKED_AT:]), len(text) - limit
        if begins.endswith(MASK):  # a secret goes on behind what was looked at, nobody knows how far
            ends = MASK
        begins, ends = (end if len(end) > _LOOKED_AT // 2 else MASK for end in (begins, ends))
    return f"{begins[:head]}\n… {left_out:,} characters left out …\n{ends[-tail:]}"
