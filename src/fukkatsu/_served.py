"""``run_in="sandbox"``: an accepted fix as a function of the original's kind, behind a runner for good."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from functools import update_wrapper
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._sandbox.interrupt import Interrupt
from fukkatsu._sandbox.serve import SandboxedFunction, declared_types
from fukkatsu._suggest.deadline import await_within
from fukkatsu._wrap.factory import kind_of

_A_DAY_SECONDS: Final = 86_400.0  # the policy ends each call long before


def serve(bench: Bench, local: Callable[..., Any]) -> Callable[..., Any]:
    """The accepted candidate of *bench*, looking like *local*: nothing of it ever runs in the host.

    A coroutine waits in a thread of its own, so that its event loop is not blocked. A generator has answered as a
    whole before it gives its first item.
    """
    served = SandboxedFunction(bench.subject(), bench.policy, declared_types(bench.original), seed=bench.seed)

    def plain(*args: Any, **kwargs: Any) -> Any:
        return served(*args, **kwargs)

    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        return await _awaited(served, args, kwargs)

    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        yield from served(*args, **kwargs)

    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        for item in await _awaited(served, args, kwargs):
            yield item

    forms = {"plain": plain, "coroutine": coroutine, "generator": generator, "async generator": async_generator}
    return update_wrapper(forms[kind_of(bench.original.__code__)], local)


async def _awaited(served: SandboxedFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One call, in a thread of its own; when the task that waits is cancelled, its runner is killed."""
    interrupt = Interrupt()

    def call() -> Any:
        with interrupt:
            return served(*args, **kwargs)

    try:
        return await await_within(_A_DAY_SECONDS, call)
    except BaseException:
        interrupt.now()
        raise
