"""Fixtures: a trial runs one function in a runner, as code that has already left the restricted language would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu.policy import Policy


def calls(*arguments: tuple[Any, ...]) -> list[pool.Step]:
    """One step for each tuple of arguments."""
    return [pool.Step("call", carry_call(args, {})) for args in arguments]


@pytest.fixture
def trial() -> Callable[..., pool.Run]:
    """``trial(function, *tuples_of_arguments, wall_seconds=...)``: the run of the function, unrestricted but jailed."""

    def attempt(function: Callable[..., Any], *arguments: tuple[Any, ...], seed: int = 0, **limits: Any) -> pool.Run:
        steps: Sequence[pool.Step] = calls(*(arguments or ((),)))
        return pool.run(pool.original_subject(carry(function)), steps, Policy(**limits), seed=seed)

    return attempt
