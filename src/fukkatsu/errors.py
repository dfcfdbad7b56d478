"""Every exception that fukkatsu raises.

::

    FukkatsuError
    ├── DecorationError (TypeError)    this cannot be decorated; said when the decorator runs
    │   └── SourceUnavailableError     there is no source text to send to a model
    ├── ConfigurationError (ValueError) a parameter, a file or an environment variable has a wrong value
    │   └── PolicyError                ... one of Policy, Checks or Budget
    ├── FlatlineError                  no life, attempt, model or evidence left; raised from the original exception
    ├── ProviderError                  the model could not be asked, or did not answer with text
    ├── BudgetExceededError            asking the model would exceed the budget
    ├── SandboxUnavailableError        the kernel lacks a layer that the policy asks for
    ├── SandboxedCallError (RuntimeError) a fix that is served from the sandbox gave no answer
    ├── StoreError                     a store is there and will not do what it was asked: no key, a wrong signature
    ├── CarryError                     a value cannot travel into the sandbox
    ├── ExportError                    a correction cannot be written into its source file
    └── ReplyError                     what came out of the sandbox is not a canonical value

A function's own exception always survives: ``FlatlineError`` is raised *from* it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fukkatsu._model.verdict import Report


class FukkatsuError(Exception):
    """Base of everything below: ``except FukkatsuError`` catches what this library itself raises."""


class DecorationError(FukkatsuError, TypeError):
    """The decorated object cannot be healed. The text names it and says what to do."""


class SourceUnavailableError(DecorationError):
    """The function has no source text (REPL, ``exec``, a compiled file), so there is nothing to show a model."""


class ConfigurationError(FukkatsuError, ValueError):
    """A parameter, an environment variable or a line of a configuration file has a value that cannot be used."""


class PolicyError(ConfigurationError):
    """A field of ``Policy``, ``Checks`` or ``Budget`` cannot be used: the text names field, value and remedy."""


class FlatlineError(FukkatsuError):
    """The function failed and could not be brought back to life.

    Always raised ``from`` the function's own exception, which is also ``original``.

    Attributes:
        function: Qualified name of the function.
        reason: One sentence: why no correction was installed.
        reports: One ``Report`` for each suggestion that was judged, oldest first.
        original: The exception of the function itself (also ``__cause__``).
    """

    def __init__(
        self,
        function: str,
        reason: str,
        reports: tuple[Report, ...] = (),
        original: BaseException | None = None,
    ) -> None:
        super().__init__(function, reason, reports, original)  # plain args, so that task queues can pickle it
        self.function, self.reason, self.reports, self.original = function, reason, tuple(reports), original

    def __reduce__(self) -> tuple[Any, ...]:
        """Whatever the function's own exception holds: what cannot be pickled travels as its text."""
        reports = tuple(report for report in self.reports if _can_travel(report))
        original = self.original
        if original is not None and not _can_travel(original):
            original = FukkatsuError(said_by(original))
        return _rebuilt_flatline, (self.function, self.reason, reports, original)

    def __str__(self) -> str:
        lines = [f"|__|__|______ {self.function} flatlined: {self.reason}"]
        if self.original is not None:
            lines.append(f"  original exception: {said_by(self.original)}")
        for number, report in enumerate(self.reports, 1):
            lines.append(f"  suggestion {number}: {report.summary()}")
        return "\n".join(lines)


def text_of(error: BaseException) -> str:
    """``str(error)``, whatever code of its class has to say to that."""
    try:
        return str.__str__(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as why:  # noqa: BLE001 - foreign code, asked for no more than a text
        return f"<no text: its __str__ raised {type(why).__name__}>"


def said_by(error: BaseException) -> str:
    """Class and text of *error* in one line of ours."""
    return f"{type(error).__name__}: {text_of(error)}"


def _can_travel(value: object) -> bool:
    import pickle

    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301 - made on this line; some exceptions pickle and cannot be read
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - classes' own code runs here
        return False
    return True


def _rebuilt_flatline(
    function: str, reason: str, reports: tuple[Report, ...], original: BaseException | None
) -> FlatlineError:
    """A pickled flatline made again, its cause included: pickle alone leaves ``__cause__`` behind."""
    error = FlatlineError(function, reason, reports, original)
    error.__cause__ = original
    return error


class ProviderError(FukkatsuError):
    """The model could not be asked or gave no usable answer.

    Attributes:
        kind: ``"no-key"``, ``"authentication"``, ``"rate-limit"``, ``"server"``, ``"timeout"``, ``"connection"``,
            ``"malformed"``, ``"request"`` (any other 4xx) or ``"provider"`` (the user's own callable raised).
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind, text)
        self.kind, self.text = kind, text

    def __str__(self) -> str:
        return self.text


class BudgetExceededError(FukkatsuError):
    """Asking the model now would exceed the ``Budget``; the text says which limit and when it is free again."""


class SandboxUnavailableError(FukkatsuError):
    """The sandbox cannot be built as the policy asks; the text names what is missing and how to permit less."""


class SandboxedCallError(FukkatsuError, RuntimeError):
    """A fix that runs in the sandbox for good met a limit, died, or answered what cannot come out as plain data."""


class StoreError(FukkatsuError):
    """A store is there, and will not do what it was asked: no key to sign with, a signature that is wrong."""


class CarryError(FukkatsuError):
    """A value cannot be carried into the sandbox (it cannot be pickled); the text names it and says why."""


class ExportError(FukkatsuError):
    """A correction cannot be written into its source file, or as a test; the text says why, and what to do by hand."""


class ReplyError(FukkatsuError):
    """Bytes from the sandbox are not a canonical value. They are discarded, and the candidate is refused."""
