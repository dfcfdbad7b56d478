"""One call of a function, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final


class _Unknown(Enum):
    """One member, so that ``returned=None`` and "nobody said what it returned" stay apart."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function.

    Attributes:
        args: Positional arguments, as they were before the call.
        kwargs: Keyword arguments, likewise.
        returned: What the call returned, when that is known.
        raised: The exception (or its class) that the call raised, when it did.
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    returned: Any = UNKNOWN
    raised: BaseException | type[BaseException] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            msg = f"Call.args={self.args!r} must be a tuple: write Call(({self.args!r},)) for one argument."
            raise TypeError(msg)
        if not isinstance(self.kwargs, Mapping) or not all(isinstance(key, str) for key in self.kwargs):
            msg = f"Call.kwargs={self.kwargs!r} must be a mapping from parameter names (str) to values."
            raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call in the sandbox did, as data; nothing here is a live object of the function.

    Attributes:
        kind: ``"returned"``, ``"raised"``, or ``"lost"`` (the runner died or was killed in this call: no answer).
        value: Canonical encoding of the result; for ``raised`` of the exception, or of the iterator that raised it when
            drawn (``values.py``); empty when lost.
        after: Canonical encoding of ``[args, kwargs]`` after the call, and of its other effects where there were any:
            state that it changed, by name, and what the result shares (``_sandbox/effects.py``); empty when lost.
        opaque: How many parts of ``value`` and ``after`` could not be encoded and are never assumed equal.
        returned_argument: Name-free position of the argument that the result *is* (``"0"``, ``"key"``), or ``""``.
        exception: Qualified name of the exception's class when ``raised``, else ``""``.
        message: Its text, capped, for ``raised``; the reason for ``lost``.
        deliberate: Raised by a ``raise`` (or ``assert``) statement of the function's own file.
        where: ``function:line:column`` of the innermost frame in the function's own file, line 1 being its ``def``.
        seconds: Time of the call: of the processor, where it took more than a moment.
        printed: What the call wrote to stdout, capped.
    """

    kind: str
    value: bytes = b""
    after: bytes = b""
    opaque: int = 0
    returned_argument: str = ""
    exception: str = ""
    message: str = ""
    deliberate: bool = False
    where: str = ""
    seconds: float = 0.0
    printed: str = ""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call as the recorder keeps it: arguments pickled before the call, the outcome encoded after it.

    Attributes:
        arguments: Pickle of ``(args, kwargs)``, made by the host, read by a runner.
        outcome: What the function did, or ``None`` when only the original's replay can tell.
        healed: The original fails on this call, and *outcome* is what an accepted fix answered.
        shown: The same call for people, with a copy of the arguments; never read back from *arguments*, which may
            hold classes by value.
        shared: Another process made it, and the store handed it on.
    """

    arguments: bytes
    outcome: Outcome | None = None
    healed: bool = False
    shown: Call | None = None
    shared: bool = False
