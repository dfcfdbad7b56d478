"""Type-checked, never run: a decorated callable has the type that its author wrote, whatever its kind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, assert_type, overload

from fukkatsu import resurrect, wait

P = ParamSpec("P")
T = TypeVar("T")


@resurrect
async def fetch(x: int, *, key: str = "") -> bytes:
    return b""


@resurrect(when="background")
def items(count: int) -> Iterator[int]:
    yield from range(count)


@resurrect(lives=2)
def talk(first: str) -> Generator[str, int, bool]:
    yield first
    return True


@resurrect
async def stream(count: int) -> AsyncGenerator[int, None]:
    for item in range(count):
        yield item


async def use() -> None:
    assert_type(await fetch(1, key="a"), bytes)
    assert_type(items(3), Iterator[int])
    assert_type(talk("a"), Generator[str, int, bool])
    async for item in stream(3):
        assert_type(item, int)
    await fetch("1")  # type: ignore[arg-type]


def streamed() -> AsyncIterator[int]:
    return stream(2)


@overload
def parse(text: str) -> str: ...
@overload
def parse(text: bytes) -> bytes: ...
@resurrect
def parse(text: str | bytes) -> str | bytes:
    return text


assert_type(parse("a"), str)
assert_type(parse(b"a"), bytes)


@resurrect
def same(value: T) -> T:
    return value


assert_type(same(3), int)
assert_type(same("a"), str)


def logged(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    return function


@logged
@resurrect
async def under_another(x: int) -> str:
    return str(x)


@resurrect
@logged
async def over_another(x: int) -> str:
    return str(x)


assert_type(under_another(1), Awaitable[str])
assert_type(over_another(1), Awaitable[str])


@dataclass
class Order:
    price: float
    count: int

    @resurrect
    def unit(self) -> float:
        return self.price / self.count

    @property
    @resurrect
    def rounded(self) -> int:
        return round(self.price)

    @staticmethod
    @resurrect
    def parse(text: str) -> Order:
        return Order(float(text), 1)

    @classmethod
    @resurrect(lives=3)
    def empty(cls, price: float) -> Order:
        return cls(price, 0)


order = Order(1.0, 2)
assert_type(order.unit(), float)
assert_type(Order.unit(order), float)
assert_type(order.rounded, int)
assert_type(Order.parse("1"), Order)
assert_type(Order.empty(1.0), Order)
order.unit(1)  # type: ignore[call-arg]
assert_type(wait(1.0), bool)


class Above:
    @resurrect
    @staticmethod
    def read(text: str) -> int:
        return int(text)

    @resurrect(lives=2)
    @classmethod
    def named(cls, name: str) -> Above:
        return cls()

    @resurrect  # type: ignore[prop-decorator]  # mypy knows none above a property; pyright does
    @property
    def size(self) -> int:
        return 1


assert_type(Above.read("1"), int)
assert_type(Above.named("a"), Above)
assert_type(Above().size, int)
Above.read(1)  # type: ignore[arg-type]
