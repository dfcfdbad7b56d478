"""Fixes of this process, in memory: what `Store()` keeps."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from fukkatsu._model.fix import Fix, FixKey, FixState


class Store:
    """Remembers accepted fixes by function, source, failure and request; thread-safe.

    Args:
        url: ``None`` keeps everything in this process. Databases (``sqlite:///...``, ``postgresql+psycopg://...``)
            are not available yet.

    Raises:
        NotImplementedError: *url* is given.
    """

    def __init__(self, url: str | None = None) -> None:
        if url is not None:
            msg = f"store={url!r}: stores that outlive the process are not available yet; leave store out for memory."
            raise NotImplementedError(msg)
        self._lock = Lock()
        self._fixes: dict[str, Fix] = {}

    def known(self, key: FixKey) -> Fix | None:
        """The newest fix for *key* that nobody took back, or ``None``."""
        with self._lock:
            alive = [fix for fix in self._fixes.values() if fix.key == key and fix.state in ("active", "superseded")]
        return alive[-1] if alive else None

    def remember(self, fix: Fix) -> None:
        """Keep *fix*, replacing what was kept under its id."""
        with self._lock:
            self._fixes.pop(fix.id, None)
            self._fixes[fix.id] = fix

    def change_state(self, fix_id: str, state: FixState) -> Fix | None:
        """Put the fix with that id into *state*; ``None`` when there is none."""
        with self._lock:
            fix = self._fixes.get(fix_id)
            if fix is None:
                return None
            self._fixes[fix_id] = replace(fix, state=state)
            return self._fixes[fix_id]

    def fixes(self) -> tuple[Fix, ...]:
        """All fixes, oldest first."""
        with self._lock:
            return tuple(self._fixes.values())

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._fixes.clear()
