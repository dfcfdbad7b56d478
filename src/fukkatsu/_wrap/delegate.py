"""Pass a generator through and note what it yields: ``yield from`` written out, as PEP 380 and PEP 525 define it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, Final, TypeAlias

from fukkatsu._wrap.keep import keep

NOTED_ITEMS: Final = 10_000
NOTED_BYTES: Final = 1024 * 1024


class Tally:
    """What passed through, as copies made at that moment: a caller may change what it was given.

    Attributes:
        items: Copies (`keep`) of the items that the caller took; ``None`` when they are too many, or cannot be copied.
        conversed: Whether the caller sent or threw something in; then the arguments alone do not say what came next.
    """

    __slots__ = ("_bytes", "conversed", "items")

    def __init__(self) -> None:
        self.items: list[bytes] | None = []
        self.conversed = False
        self._bytes = 0

    def note(self, item: object) -> None:
        """*item* is about to be delivered."""
        if self.items is None:
            return
        try:
            copy = keep(item)
        except Exception:  # noqa: BLE001 - pickling runs the classes' own code, which may raise anything
            self.items = None
            return
        self._bytes += len(copy)
        self.items.append(copy)
        if len(self.items) > NOTED_ITEMS or self._bytes > NOTED_BYTES:
            self.items = None


Ended: TypeAlias = Callable[[Tally, "Exception | None"], object]
"""Told once: when the generator is exhausted, or with what it raised. Not when its caller loses interest."""


def counted(source: Generator[Any, Any, Any], ended: Ended) -> Generator[Any, Any, Any]:
    """*source*, and what it returns."""
    tally = Tally()
    try:
        item = next(source)
        while True:
            tally.note(item)
            try:
                sent = yield item
            except GeneratorExit:
                source.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - whatever the caller throws in belongs inside
                tally.conversed = True
                item = source.throw(thrown)
            else:
                if sent is None:
                    item = next(source)
                else:
                    tally.conversed = True
                    item = source.send(sent)
    except StopIteration as end:
        ended(tally, None)
        return end.value
    except Exception as error:
        ended(tally, error)
        raise


async def counted_async(source: AsyncGenerator[Any, Any], ended: Ended) -> AsyncGenerator[Any, Any]:
    """The same for an asynchronous generator."""
    tally = Tally()
    try:
        item = await anext(source)
        while True:
            tally.note(item)
            try:
                sent = yield item
            except GeneratorExit:
                await source.aclose()
                raise
            except BaseException as thrown:  # noqa: BLE001 - whatever the caller throws in belongs inside
                tally.conversed = True
                item = await source.athrow(thrown)
            else:
                if sent is None:
                    item = await anext(source)
                else:
                    tally.conversed = True
                    item = await source.asend(sent)
    except StopAsyncIteration:
        ended(tally, None)
    except Exception as error:
        ended(tally, error)
        raise
