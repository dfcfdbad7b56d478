"""Where in the function it failed, and what its arguments are called."""

from __future__ import annotations

import types
from collections.abc import Mapping
from opcode import opmap
from typing import Any


def failing_place(error: BaseException, code: types.CodeType, first_line: int = 0) -> tuple[str, bool]:
    """Innermost place inside the function with *code* (or code nested in it) on *error*'s traceback.

    Args:
        error: With its traceback.
        code: Of the function.
        first_line: Line of its ``def``; 0 takes the code object's, which is that of its first decorator.

    Returns:
        ``name:line`` with line 1 being the ``def`` line, and whether any frame of that function was found.
    """
    place, found = "", False
    first = first_line or code.co_firstlineno
    traceback = error.__traceback__
    while traceback is not None:
        frame_code = traceback.tb_frame.f_code
        if frame_code is code or _encloses(code, frame_code):
            place, found = f"{frame_code.co_name}:{(traceback.tb_lineno or first) - first + 1}", True
        traceback = traceback.tb_next
    return place, found


def raised_on_purpose(error: BaseException, code: types.CodeType) -> bool:
    """Whether a ``raise`` or ``assert`` statement of the function with *code* itself raised *error*."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return False
    frame_code = traceback.tb_frame.f_code
    if frame_code is not code and not _encloses(code, frame_code):
        return False
    return frame_code.co_code[traceback.tb_lasti] == opmap["RAISE_VARARGS"]


def _encloses(outer: types.CodeType, inner: types.CodeType) -> bool:
    return any(
        const is inner or _encloses(const, inner) for const in outer.co_consts if isinstance(const, types.CodeType)
    )


def named_arguments(function: types.FunctionType, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by parameter name, defaults included, in the order of the signature."""
    import inspect

    bound = inspect.signature(function, follow_wrapped=False).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)
