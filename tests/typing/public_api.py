"""Type-checked, never run: what the public API looks like to a user's type checker."""

from __future__ import annotations

from typing import assert_type

from fukkatsu import (
    Budget,
    Call,
    Checks,
    Completion,
    Fix,
    OpenAIProvider,
    Policy,
    Report,
    Store,
    configure,
    resurrect,
    verify,
)


@resurrect
def bare(x: int, y: str = "") -> float:
    return float(x)


@resurrect(lives=2, additional_req="be brief", policy=Policy(wall_seconds=1.0), checks=Checks(examples=10))
def called(x: int, *, key: str) -> list[str]:
    return [key] * x


assert_type(bare(1, y="a"), float)
assert_type(called(1, key="a"), list[str])
bare("1")  # type: ignore[arg-type]
called(1)  # type: ignore[call-arg]
resurrect(lifes=2)  # type: ignore[call-overload]


def approve(fix: Fix) -> bool:
    return "import" not in fix.source


def ask(messages: list[object]) -> Completion:
    return Completion("text", "model")


async def ask_async(messages: list[object]) -> str:
    return "text"


@resurrect(approve=approve, provider=OpenAIProvider(model="m"), store=Store(), budget=Budget(requests_per_hour=3))
def with_everything(x: int) -> int:
    return x


@resurrect(approve="manual", store="sqlite:///fixes.db")
def with_people(x: int) -> int:
    return x


report = verify("def bare(x, y=''): ...", bare, failure=Call((1,), {}), good_calls=[Call((2,), returned=2.0)])
assert_type(report, Report)
assert_type(report.accepted, bool)
assert_type(report.refused_by, str | None)
configure(budget=Budget(tokens_per_day=1000))
