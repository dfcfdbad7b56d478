"""What a guard does when it refuses: it raises, and leaves a note for whoever runs the correction."""

from __future__ import annotations

import collections
from typing import Final, NoReturn

_REFUSALS: Final[collections.deque[str]] = collections.deque(maxlen=20)


class GuardRefusal(AttributeError, TypeError):  # noqa: N818  a refusal, not an error of ours
    """A correction reached for something that the language keeps closed."""


class GuardViolation(BaseException):
    """The same where a correction is being judged: it cannot be caught, so no correction survives an attempt."""


_final = False


def end_on_refusal() -> None:
    """From now on in this process a refusal raises ``GuardViolation``: for runners, which live for one candidate."""
    global _final
    _final = True


def refuse(text: str) -> NoReturn:
    """Note the attempt and raise."""
    _REFUSALS.append(text)
    if _final:
        raise GuardViolation(text)
    raise GuardRefusal(text)


def take_refusals() -> tuple[str, ...]:
    """What guards refused since the last call of this function in this process, oldest first, and forget it."""
    taken = tuple(_REFUSALS)
    _REFUSALS.clear()
    return taken
