"""The exception we saw, and how to recognise it when it comes again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failing call (a *failure*; the *fault* behind it is what a correction mends, Avizienis 2004).

    Attributes:
        exception: The exception object itself: it always survives.
        exception_type: Qualified name of its class.
        message: Its text, unredacted: only `_capture` may send anything of it away.
        where: ``function:line`` inside the decorated function, line 1 being its ``def``; part of the fingerprint.
        traceback_text: Full traceback as text, unredacted.
        arguments: Pickle of ``(args, kwargs)`` as they were before the call.
    """

    exception: BaseException
    exception_type: str
    message: str
    where: str
    traceback_text: str
    arguments: bytes

    @property
    def fingerprint(self) -> str:
        """Same class raised at the same place: the same fault, whatever the values were."""
        return hashlib.sha256(f"{self.exception_type}\n{self.where}".encode()).hexdigest()[:16]
