"""What a store holds beside fixes, as plain frozen data; and which state of a fix may follow which."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fukkatsu._model.fix import Fix, FixKey, FixState
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report

ALIVE: Final[tuple[FixState, ...]] = ("active", "superseded")
"""States in which a fix is offered again, after another gauntlet."""
TAKEN_BACK: Final[tuple[FixState, ...]] = ("revoked", "rejected")
"""States that a person, or the facts, have put an end to: the same text is not offered again for the same key."""
FOLLOWS: Final[Mapping[FixState, frozenset[FixState]]] = {
    "pending": frozenset({"active", "rejected", "revoked", "expired"}),
    "active": frozenset({"superseded", "revoked", "expired"}),
    "superseded": frozenset({"active", "revoked", "expired"}),
    "revoked": frozenset(),
    "rejected": frozenset(),
    "expired": frozenset(),
}
"""What may come after a state. Nothing comes after an end: of two people who decide at once, the first one counts."""


def may_follow(fix: Fix, state: FixState, actor: str) -> bool:
    """Whether *fix* may be put into *state* by *actor*; a person may also approve what is active without approval."""
    return state in FOLLOWS[fix.state] or (state == fix.state == "active" and not fix.approved_by and bool(actor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a fix, a refused suggestion or a flatline came from. Every text is masked already: stores mask nothing.

    Attributes:
        source: Text of the original.
        filename: File that it was read from.
        first_line: Line of its ``def`` there.
        exception: Class and message.
        traceback: As text.
        arguments: Parameter name to bounded text.
    """

    source: str = ""
    filename: str = ""
    first_line: int = 0
    exception: str = ""
    traceback: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRecord:
    """A fix, with all that a person needs who decides about it.

    Attributes:
        fix: The fix itself.
        circumstances: Of the failure that it mends.
        changed: When its state was last changed, in seconds since the epoch.
        decided_by: Who did that.
        reason: Why, in their words.
        current: Whether the function still has the source that the fix belongs to, as far as the store was told.
        signature: ``"valid"``, ``"unsigned"`` (the store was opened without signatures), ``"unchecked"`` (it was
            opened to be read, without a key) or ``"refused"`` (wrong, or missing where there must be one).
        refused: How many suggestions for the same failure were refused.
    """

    fix: Fix
    circumstances: Circumstances
    changed: float = 0.0
    decided_by: str = ""
    reason: str = ""
    current: bool = True
    signature: str = "unsigned"
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A suggestion for a failure, and what became of it.

    Attributes:
        candidate: What was suggested; masked where it was refused.
        report: Each stage's verdict.
        created: When it was judged, in seconds since the epoch.
        actor: Which process judged it.
        fix_id: Of the fix that it became; ``""`` where it was refused.
        signature: As in `FixRecord`.
    """

    candidate: Candidate
    report: Report
    created: float = 0.0
    actor: str = ""
    fix_id: str = ""
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRecord:
    """A failure, as often as it was seen: same function, source, place, exception and request.

    Attributes:
        key: Of the fixes for it.
        circumstances: Of the first time.
        first_seen: In seconds since the epoch.
        last_seen: Likewise.
        seen: How often a model was to be asked about it.
        refused: How many suggestions for it were refused.
        fixes: Ids of the fixes for it, oldest first.
    """

    key: FixKey
    circumstances: Circumstances
    first_seen: float = 0.0
    last_seen: float = 0.0
    seen: int = 1
    refused: int = 0
    fixes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """One word for it."""
        return key_digest(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit.

    Attributes:
        seq: Counted from 1, without gaps.
        at: Seconds since the epoch, by the clock of whoever wrote it.
        event: What happened: a noun and a past participle.
        module: Of the function, or ``""``.
        qualname: Likewise.
        fix_id: Of the fix, or ``""``.
        actor: Which process or person.
        details: Plain data.
        previous: Digest of the entry before, ``""`` for the first one.
        digest: SHA-256 over all of the above.
        signature: HMAC over the digest; empty where the store is unsigned.
    """

    seq: int
    at: float
    event: str
    module: str = ""
    qualname: str = ""
    fix_id: str = ""
    actor: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    previous: str = ""
    digest: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What `verify` found in the audit.

    Attributes:
        entries: How many there are.
        problems: What is wrong, one sentence each; none when the chain holds.
        signatures: Whether signatures were checked, or only the chain (no key).
    """

    entries: int
    problems: tuple[str, ...] = ()
    signatures: bool = False


def digest_of(*parts: str) -> str:
    """SHA-256 over *parts*, kept apart however they are cut."""
    counted = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(counted.encode("utf-8", "surrogatepass")).hexdigest()


def key_digest(key: FixKey) -> str:
    """One word for a `FixKey`."""
    return digest_of(key.module, key.qualname, key.source_sha256, key.fingerprint, key.additional_req)
