"""What a decorator was told, validated; and the defaults of the process (`configure`)."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from threading import RLock
from typing import Any, Literal, TypeAlias

from fukkatsu._model.fix import Fix
from fukkatsu._model.messages import Provider
from fukkatsu._store.store import Store, store_for
from fukkatsu._switch import OFF
from fukkatsu.errors import ConfigurationError
from fukkatsu.policy import Budget, Checks, Policy

Redact: TypeAlias = Callable[[str, str], str]
"""Gets the name of a parameter (or of a part of the prompt) and its text, and returns what may leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `resurrect` can be told; the meaning of each is in its docstring."""

    lives: int = 1
    additional_req: str = ""
    verify: bool = True
    attempts: int = 3
    policy: Policy | None = None
    checks: Checks | None = None
    install: Literal["replace", "fallback"] = "replace"
    when: Literal["inline", "background"] = "inline"
    approve: Literal["auto", "manual"] | Callable[[Fix], bool] = "auto"
    on_flatline: Literal["raise", "original"] = "raise"
    catch: type[Exception] | tuple[type[Exception], ...] = Exception
    ignore: tuple[type[BaseException], ...] = ()
    deadline_seconds: float = 60.0
    provider: Provider | None = None
    store: Store | None = None
    budget: Budget | None = None
    redact: Redact | None = None

    def __post_init__(self) -> None:
        _whole("lives", self.lives, "a function without a life cannot come back: leave the decorator out instead")
        _whole("attempts", self.attempts, "at least one suggestion must be asked for")
        _kind("additional_req", self.additional_req, str, "an instruction for the model")
        _kind("verify", self.verify, bool, "True (the gauntlet) or False (the classic mode)")
        _kind("policy", self.policy, Policy, "a Policy", optional=True)
        _kind("checks", self.checks, Checks, "a Checks", optional=True)
        if self.checks is not None:
            self.checks.require_packages()
        _kind("budget", self.budget, Budget, "a Budget", optional=True)
        _choice("install", self.install, ("replace", "fallback"))
        _choice("when", self.when, ("inline", "background"))
        _choice("on_flatline", self.on_flatline, ("raise", "original"))
        if not callable(self.approve):
            _choice("approve", self.approve, ("auto", "manual"), "or a callable that gets the Fix and returns a bool")
        if isinstance(self.deadline_seconds, bool) or not isinstance(self.deadline_seconds, int | float):
            _refuse("deadline_seconds", self.deadline_seconds, "must be a number of seconds")
        if not 0 < self.deadline_seconds < math.inf:  # written so that NaN fails too
            _refuse("deadline_seconds", self.deadline_seconds, "must be positive and finite: every repair has a clock")
        object.__setattr__(self, "catch", _exception_classes("catch", self.catch, Exception))
        object.__setattr__(self, "ignore", _exception_classes("ignore", self.ignore, BaseException))
        for name in ("provider", "redact"):
            if getattr(self, name) is not None and not callable(getattr(self, name)):
                _refuse(name, getattr(self, name), "must be a callable")
        if isinstance(self.store, str):
            object.__setattr__(self, "store", store_for(self.store))
        _kind("store", self.store, Store, "a Store", optional=True)


def _refuse(name: str, value: object, rule: str) -> None:
    msg = f"resurrect: {name}={value!r} {rule}."
    raise ConfigurationError(msg)


def _whole(name: str, value: object, why: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        _refuse(name, value, f"must be a whole number, one or more: {why}")


def _kind(name: str, value: object, kind: type, noun: str, *, optional: bool = False) -> None:
    if not (isinstance(value, kind) or (optional and value is None)):
        _refuse(name, value, f"must be {noun}")


def _choice(name: str, value: object, choices: tuple[str, ...], more: str = "") -> None:
    if not isinstance(value, str) or value not in choices:
        _refuse(name, value, f"must be one of {', '.join(map(repr, choices))}{' ' + more if more else ''}")


def _exception_classes(name: str, value: object, base: type[BaseException]) -> tuple[type[BaseException], ...]:
    classes = value if isinstance(value, tuple | list) else (value,)
    for cls in classes:
        if not (isinstance(cls, type) and issubclass(cls, base)):
            wanted = "Exception" if base is Exception else "an exception class"
            extra = " (KeyboardInterrupt, SystemExit and cancellation always pass straight through)"
            _refuse(name, value, f"must be {wanted}, a subclass of it or a tuple of them" + extra * (base is Exception))
    return tuple(classes)


_DEFAULTS = Settings()
_lock = RLock()


def _renew_lock() -> None:
    global _lock
    _lock = RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)

_configured: dict[str, Any] = {}
_NAMES = frozenset(field.name for field in fields(Settings))


def check_names(names: object, what: str) -> None:
    """Refuse names that are no setting, with the nearest one that is.

    Raises:
        TypeError: A name is unknown.
    """
    for name in names:  # type: ignore[attr-defined]  # an iterable of str
        if name not in _NAMES:
            near = get_close_matches(name, _NAMES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it takes {', '.join(sorted(_NAMES))}"
            msg = f"{what}() got an unexpected keyword argument {name!r}{hint}"
            raise TypeError(msg)


def configure(**defaults: Any) -> None:
    """Set process-wide defaults for decorators: they win over files and environment, and a decorator wins over them.

    Functions decorated earlier use the new defaults from their next failure on. ``None`` takes a default back.

    Args:
        defaults: Any keyword of `resurrect`, and ``budget=Budget(...)``.

    Raises:
        TypeError: An unknown keyword.
        ConfigurationError: A value that cannot be used; nothing is changed then.
    """
    check_names(defaults, "configure")
    with _lock:
        changed = {**_configured, **defaults}
        changed = {name: value for name, value in changed.items() if value is not None}
        Settings(**changed)
        _configured.clear()
        _configured.update(changed)


def merged(given: dict[str, Any]) -> Settings:
    """What a decorator was told, over what `configure` was told; files and defaults of the policy are left open.

    Raises:
        ConfigurationError: A value cannot be used.
    """
    with _lock:
        told = {**_configured, **given}
    return Settings(**told) if told else _DEFAULTS


@cache
def check_files(policy: Policy | None = None) -> None:
    """Read the files and variables that name defaults, so that what is wrong in them is said at decoration.

    Args:
        policy: What a decorator was told: a locked file may not permit it.

    Raises:
        ConfigurationError: A file or variable cannot be used (the text names line and nearest key), or *policy* is
            wider than a locked file.
    """
    from fukkatsu.policy import load_policy

    _check_environment()
    load_policy(policy)


_VARIABLES = frozenset(
    {
        "FUKKATSU", "FUKKATSU_DEBUG", "FUKKATSU_MODEL", "FUKKATSU_POLICY", "FUKKATSU_PRICES", "FUKKATSU_STORE",
        "FUKKATSU_STORE_KEY", "FUKKATSU_STORE_KEY_FILE",
    }
)  # fmt: skip
_ON = frozenset({"", "on", "1", "true", "yes"})


def _check_environment() -> None:
    """Refuse what looks like one of our variables and is none, and a switch that says neither off nor on.

    A variable that is like none of ours is somebody else's.
    """
    for name in os.environ:
        near = get_close_matches(name, _VARIABLES, 1, cutoff=0.8) if name.startswith("FUKKATSU") else ()
        if near and name not in _VARIABLES:
            msg = f"The environment sets {name}, which means nothing to fukkatsu; did you mean {near[0]}?"
            raise ConfigurationError(msg)
    said = os.environ.get("FUKKATSU", "")
    if said.strip().lower() not in _ON | OFF:
        close = get_close_matches(said.strip().lower(), ["off", "on", "false", "true", "yes", "no"], 1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        msg = f"FUKKATSU={said!r} in the environment must be 'off' (decorators do nothing) or 'on'{hint}"
        raise ConfigurationError(msg)


def resolve(given: dict[str, Any]) -> Settings:
    """The settings in force now for a decorator that was told *given*.

    Raises:
        ConfigurationError: A value, or a file that the environment names, cannot be used.
    """
    from fukkatsu.policy import load_policy

    settings = merged(given)
    return replace(
        settings,
        policy=load_policy(settings.policy),
        checks=settings.checks or Checks(),
        store=settings.store or shared_store(),
    )


_shared_store = Store()


def shared_store() -> Store:
    """The store of functions that name none: what the environment or a file names, else this process's memory.

    Raises:
        ConfigurationError: What is named cannot be used.
    """
    from fukkatsu._store.configured import configured_url

    url = configured_url()
    return store_for(url) if url else _shared_store
