"""What every place that keeps fixes can do: this process's memory, SQLite, PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from fukkatsu._model.fix import Fix, FixKey, FixState
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import Report
from fukkatsu._store.recorded import StoredCall
from fukkatsu._store.records import Attempt, Circumstances, Entry, FailureRecord, FixRecord, Verification


class Backend(Protocol):
    """One place. Every method is one transaction: after a crash it has happened, or it has not.

    Raises:
        Exception: Whatever the place raises where it cannot be reached, written or trusted; `Store` goes on without it.
    """

    def find(self, key: FixKey, policy_sha256: str = "") -> tuple[Fix, ...]:
        """Fixes for *key* in whatever state, oldest first; with *policy_sha256* only those accepted under that one.

        A row whose signature is wrong or missing is left out, and the audit says so.
        """
        ...

    def remember(self, fix: Fix, circumstances: Circumstances) -> Fix:
        """Keep *fix*, unless its text is known for its key and policy: then nothing changes.

        Returns:
            The fix that the store has for it now, perhaps under another id and in another state.
        """
        ...

    def change_state(self, fix_id: str, state: FixState, reason: str = "", actor: str = "") -> Fix | None:
        """Put a fix into *state* if that may follow; the fix as it is then, ``None`` when there is none."""
        ...

    def fixes(self) -> tuple[Fix, ...]:
        """All of them, oldest first."""
        ...

    def record(self, fix_id: str) -> FixRecord | None:
        """All that is known of one fix."""
        ...

    def records(self, states: Iterable[FixState] = ()) -> tuple[FixRecord, ...]:
        """The same for all fixes, or for those in *states*, oldest first."""
        ...

    def note_suggestion(self, key: FixKey, candidate: Candidate, report: Report, circumstances: Circumstances) -> None:
        """Keep a suggestion that was refused, with its report."""
        ...

    def note_failure(self, key: FixKey, circumstances: Circumstances) -> None:
        """Count a failure, and expire what waits for an earlier text of the function."""
        ...

    def note_calls(self, key: FixKey, new: Sequence[StoredCall], circumstances: Circumstances) -> None:
        """Keep *new*, oldest first, as calls of the function in *key*; a failing one as that of the failure in it.

        Of one function few are kept: see ``recorded``.
        """
        ...

    def calls(self, key: FixKey) -> tuple[StoredCall, ...]:
        """Good calls of the function in *key*, as its text is there, and the failing call of its failure; oldest first.

        What is not signed as it must be is left out, and the audit says so.
        """
        ...

    def failures(self, digest: str = "") -> tuple[FailureRecord, ...]:
        """Failures, the one that was seen longest ago first; only the one of that *digest* where it is given."""
        ...

    def attempts(self, key: FixKey) -> tuple[Attempt, ...]:
        """Every suggestion for the failure in *key*, oldest first, refused ones too."""
        ...

    def write(
        self,
        event: str,
        *,
        module: str = "",
        qualname: str = "",
        fix_id: str = "",
        actor: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Add one entry to the audit."""
        ...

    def entries(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Entries of the audit with a higher number than *after*, oldest first."""
        ...

    def verify(self) -> Verification:
        """Follow the chain of the audit from its beginning."""
        ...

    def close(self) -> None:
        """Let go of connections; the next call makes new ones."""
        ...
