"""`resurrect`: everything that is decided when the decorator runs, and nothing that can wait for a failure."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from fukkatsu._capture.decoratable import check_decoratable, described
from fukkatsu._handlers import handler_for
from fukkatsu._install import Lifeline
from fukkatsu._settings import check_files, check_names, merged
from fukkatsu._switch import is_disabled
from fukkatsu._wrap.contracted import beneath, slip_in
from fukkatsu._wrap.factory import make_wrapper
from fukkatsu._wrap.recorder import FIRST_CALLS, Recorder
from fukkatsu.errors import DecorationError

if TYPE_CHECKING:
    from fukkatsu._model.fix import Fix
    from fukkatsu._model.messages import Provider
    from fukkatsu._settings import Redact, Settings
    from fukkatsu._store.store import Store
    from fukkatsu.policy import Budget, Checks, Policy

F = TypeVar("F", bound="Callable[..., Any] | staticmethod[..., Any] | classmethod[Any, ..., Any] | property")
"""What is decorated keeps its type: parameters, overloads, generics and binding as they were written."""


@overload
def resurrect(function: F, /) -> F: ...
@overload
def resurrect(
    *,
    lives: int = 1,
    additional_req: str = "",
    verify: bool = True,
    attempts: int = 3,
    policy: Policy | None = None,
    checks: Checks | None = None,
    install: Literal["replace", "fallback"] = "replace",
    when: Literal["inline", "background"] = "inline",
    approve: Literal["auto", "manual"] | Callable[[Fix], bool] = "auto",
    on_flatline: Literal["raise", "original"] = "raise",
    catch: type[Exception] | tuple[type[Exception], ...] = Exception,
    ignore: type[BaseException] | tuple[type[BaseException], ...] = (),
    deadline_seconds: float = 60.0,
    provider: Provider | None = None,
    store: Store | str | None = None,
    budget: Budget | None = None,
    redact: Redact | None = None,
) -> Callable[[F], F]: ...
def resurrect(function: Any = None, /, **given: Any) -> Any:
    """Give a function extra lives: when it raises, a correction may replace it, after the gauntlet.

    Bare (``@resurrect``) and called (``@resurrect(lives=2)``) forms both work. While nothing fails, a call costs
    about what a ``try`` costs. The decorated function has an attribute ``fukkatsu``: ``lives_left``, ``active``,
    ``fixes``, ``reports``, ``rollback()``, ``original``, ``disable()``.

    Args:
        function: The function, in the bare form.
        lives: Corrections that may replace this function in this process; one or more. One that another process found,
            taken over before a call has failed here, uses up none.
        additional_req: Extra instruction for the model, part of every prompt.
        verify: ``False`` is the classic mode: static, compile, sandbox and the failing call only, and each
            suggestion tried costs a life.
        attempts: Suggestions asked of the model for one failure; one or more.
        policy: What a correction may do, and its limits.
        checks: Which evidence is demanded.
        install: ``"replace"``, or ``"fallback"``: the original still runs first, the fix answers when it raises.
        when: ``"inline"``, or ``"background"``: the caller gets the function's own exception at once, and the repair
            goes on beside it, for the calls to come (see `fukkatsu.wait`).
        approve: ``"auto"``; ``"manual"``: the fix waits in the store for a person (``fukkatsu approve``), and callers
            get the flatline with its id; or a callable that gets the `Fix` and must return ``True``.
        on_flatline: ``"raise"`` a `FlatlineError` from the original exception, or raise the ``"original"`` itself.
        catch: Exceptions that start a repair; never more than ``Exception``.
        ignore: Exceptions among them that do not.
        deadline_seconds: One clock over model and checks for one failure, in seconds.
        provider: Any callable from messages to text or `Completion`, sync or async; default `OpenAIProvider()`.
        store: Where fixes are remembered: a `Store`, or the URL of one; default what ``FUKKATSU_STORE`` or
            pyproject.toml names, else this process's memory.
        budget: What may be spent on asking the model.
        redact: Called with a name and a text for everything that leaves for the model, after our own masking.

    Raises:
        DecorationError: What is decorated cannot be healed; the text says what to do instead.
        ConfigurationError: A parameter has a value that cannot be used.
    """
    check_names(given, "resurrect")
    ignored = given.get("ignore")
    if isinstance(ignored, type):
        given["ignore"] = (ignored,)
    settings = merged(given)  # wrong values are said now, not at the first failure at night
    if function is None:
        return lambda target: _decorate(target, given, settings)
    return _decorate(function, given, settings)


def _decorate(target: Any, given: dict[str, Any], settings: Settings) -> Any:
    if is_disabled():
        return target
    if isinstance(target, staticmethod | classmethod):
        kind = type(target)
        return kind(_decorate(target.__func__, given, settings))
    if isinstance(target, property):
        return _decorate_property(target, given, settings)
    if isinstance(getattr(target, "__dict__", {}).get("fukkatsu"), Lifeline):
        msg = (
            f"fukkatsu cannot heal {described(target)} twice: it is decorated with @resurrect already. Take one of the "
            "two away; for more corrections write @resurrect(lives=2)."
        )
        raise DecorationError(msg)
    contracted = beneath(target)
    if contracted is not None:
        return _decorate_beneath(target, *contracted, given, settings)
    check_decoratable(target)
    function: FunctionType = target
    check_files(settings.policy)
    line = Lifeline(function, given, settings.lives)
    wrapper, set_inner = make_wrapper(function, handler_for(line), settings.catch)
    recorder = Recorder(function, set_inner, settings.ignore, settings.catch)
    line.attach(set_inner, recorder)
    wrapper.fukkatsu = line  # type: ignore[attr-defined]  # what f.fukkatsu is
    wrapper.__fukkatsu_original__ = function  # type: ignore[attr-defined]  # what travels into a sandbox in its place
    recorder.arm(FIRST_CALLS)
    return wrapper


def _decorate_beneath(target: Any, inner: Any, contract: Any, given: dict[str, Any], settings: Settings) -> Any:
    """Contracts (icontract, deal) stay outermost, wherever `resurrect` was written: they judge each fix in its turn."""
    wrapper = _decorate(inner, given, settings)
    if not slip_in(contract, inner, wrapper):
        msg = f"{described(target)} has a contract decorator that fukkatsu does not know. Write @resurrect below it."
        raise DecorationError(msg)
    target.fukkatsu = wrapper.fukkatsu
    target.__fukkatsu_original__ = inner
    return target


def _decorate_property(target: property, given: dict[str, Any], settings: Settings) -> property:
    """The functions of a property, each with lives of its own."""

    def decorated(function: Any) -> Any:
        return function if function is None or "fukkatsu" in vars(function) else _decorate(function, given, settings)

    return type(target)(decorated(target.fget), decorated(target.fset), decorated(target.fdel), target.__doc__)
