"""A correction that passed the gauntlet, and the states it can be in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report

FixState: TypeAlias = Literal["pending", "active", "superseded", "revoked", "rejected", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixKey:
    """What a fix is remembered by: it lapses when any of these changes."""

    module: str
    qualname: str
    source_sha256: str
    fingerprint: str
    additional_req: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A candidate that was accepted.

    Attributes:
        key: Function, source, failure and request that it belongs to.
        candidate: Its source text, and the model that wrote it.
        report: On what evidence it was accepted.
        state: ``pending`` (waits for a person), ``active``, ``superseded``, ``revoked``, ``rejected`` or ``expired``.
        id: Twelve hexadecimal digits, unique.
        created: Seconds since the epoch.
        approved_by: The person who approved it; ``""`` where nobody was asked.
        policy_sha256: Digest of the policy that it was accepted under: under another one it is not offered again.
    """

    key: FixKey
    candidate: Candidate
    report: Report
    state: FixState = "active"
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    created: float = 0.0
    approved_by: str = ""
    policy_sha256: str = ""

    @property
    def source(self) -> str:
        """The corrected source text."""
        return self.candidate.text
