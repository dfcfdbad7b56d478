"""Generators that are not drawn to their end: closed after the first item, or told of an error of the caller's.

To draw all items says nothing of a ``finally`` that gives something back, nor of an ``except`` that swallows what is
not its own.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncGenerator
from typing import Any, Final

_END: Final = "it had ended"


class CallersError(ValueError):
    """What a caller of the generator throws into it."""


def closed(result: Any) -> Any:
    """What a generator gave first, and closed. Whatever it raises then is its outcome."""
    if type(result) is types.AsyncGeneratorType:
        return asyncio.run(_closed(result))
    if type(result) is not types.GeneratorType:
        return ["no generator"]
    first = next(result, _END)
    result.close()
    return ["closed", first]


def thrown(result: Any) -> Any:
    """What a generator gave first, and what it made of an exception that was thrown into it there."""
    if type(result) is types.AsyncGeneratorType:
        return asyncio.run(_thrown(result))
    if type(result) is not types.GeneratorType:
        return ["no generator"]
    first = next(result, _END)
    error = CallersError("of the caller's")
    try:
        went_on = result.throw(error)
    except StopIteration:
        return ["ended", first]
    except CallersError:
        return ["passed on", first]
    result.close()
    return ["went on", first, went_on]


async def _closed(result: AsyncGenerator[Any, Any]) -> list[Any]:
    first = await anext(result, _END)
    await result.aclose()
    return ["closed", first]


async def _thrown(result: AsyncGenerator[Any, Any]) -> list[Any]:
    first = await anext(result, _END)
    error = CallersError("of the caller's")
    try:
        went_on = await result.athrow(error)
    except StopAsyncIteration:
        return ["ended", first]
    except CallersError:
        return ["passed on", first]
    await result.aclose()
    return ["went on", first, went_on]
