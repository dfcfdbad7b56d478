"""fukkatsu 復活: functions that come back to life, after a gauntlet.

Names are resolved on first use, so that ``import fukkatsu`` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` alone would be most of the cost of this import; type checkers know the name

if TYPE_CHECKING:
    from typing import Any

    from fukkatsu._background import wait
    from fukkatsu._decorator import resurrect
    from fukkatsu._model.call import Call
    from fukkatsu._model.fix import Fix
    from fukkatsu._model.messages import Completion, Provider
    from fukkatsu._model.verdict import Report, Verdict
    from fukkatsu._news import join_fleet
    from fukkatsu._sandbox.host import isolation
    from fukkatsu._sandbox.pool import warm
    from fukkatsu._settings import configure
    from fukkatsu._store.store import Store
    from fukkatsu._suggest.openai import OpenAIProvider
    from fukkatsu._switch import disable, enable
    from fukkatsu._verify import verify
    from fukkatsu.errors import (
        BudgetExceededError,
        CarryError,
        ConfigurationError,
        DecorationError,
        FlatlineError,
        FukkatsuError,
        PolicyError,
        ProviderError,
        SandboxUnavailableError,
        SourceUnavailableError,
    )
    from fukkatsu.policy import Budget, Checks, Policy

__version__ = "0.1.0"

_HOMES = {
    "Budget": "policy",
    "BudgetExceededError": "errors",
    "Call": "_model.call",
    "CarryError": "errors",
    "Checks": "policy",
    "Completion": "_model.messages",
    "ConfigurationError": "errors",
    "DecorationError": "errors",
    "Fix": "_model.fix",
    "FlatlineError": "errors",
    "FukkatsuError": "errors",
    "OpenAIProvider": "_suggest.openai",
    "Policy": "policy",
    "PolicyError": "errors",
    "Provider": "_model.messages",
    "ProviderError": "errors",
    "Report": "_model.verdict",
    "SandboxUnavailableError": "errors",
    "SourceUnavailableError": "errors",
    "Store": "_store.store",
    "Verdict": "_model.verdict",
    "configure": "_settings",
    "disable": "_switch",
    "enable": "_switch",
    "isolation": "_sandbox.host",
    "join_fleet": "_news",
    "resurrect": "_decorator",
    "verify": "_verify",
    "wait": "_background",
    "warm": "_sandbox.pool",
}

__all__ = [
    "Budget",
    "BudgetExceededError",
    "Call",
    "CarryError",
    "Checks",
    "Completion",
    "ConfigurationError",
    "DecorationError",
    "Fix",
    "FlatlineError",
    "FukkatsuError",
    "OpenAIProvider",
    "Policy",
    "PolicyError",
    "Provider",
    "ProviderError",
    "Report",
    "SandboxUnavailableError",
    "SourceUnavailableError",
    "Store",
    "Verdict",
    "configure",
    "disable",
    "enable",
    "isolation",
    "join_fleet",
    "resurrect",
    "verify",
    "wait",
    "warm",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        msg = f"module 'fukkatsu' has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    value = getattr(import_module(f"fukkatsu.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
