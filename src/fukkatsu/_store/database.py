"""The database itself: its transactions, and the audit in which every change stands.

Every change is one transaction that begins with the head of the audit: it is locked there, so writers come one after
the other, each change stands in the audit, and none is half done. Changes are rare (a failure that a model was asked
about), so nobody waits for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, insert, select, update

from fukkatsu._store import audit as chain
from fukkatsu._store.connect import migrate, open_engine, writing
from fukkatsu._store.records import Entry, Verification
from fukkatsu._store.rows import entry_of
from fukkatsu._store.schema import audit, audit_head
from fukkatsu._store.serial import canonical, cleaned
from fukkatsu._store.signing import Signer
from fukkatsu.errors import StoreError

CHANNEL: Final = "fukkatsu"
"""What PostgreSQL tells listeners on when the audit has grown."""


class Change:
    """One transaction that writes, with the audit locked."""

    def __init__(self, connection: Connection, signer: Signer, actor: str) -> None:
        self.connection, self._signer, self.actor = connection, signer, actor
        head = connection.execute(select(audit_head).with_for_update()).mappings().one()
        self.seq, self.digest, self.now = head["seq"], head["digest"], time.time()

    def audit(
        self,
        event: str,
        *,
        module: str = "",
        qualname: str = "",
        fix_id: str = "",
        actor: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        kept = {
            name: cleaned(value) if isinstance(value, str) else value
            for name, value in (details or {}).items()
            if value not in ("", None)
        }
        entry = Entry(
            seq=self.seq + 1,
            at=self.now,
            event=event,
            module=module,
            qualname=qualname,
            fix_id=fix_id,
            actor=cleaned(actor) or self.actor,
            details=kept,
        )
        entry = chain.link(entry, self.digest, self._signer)
        row = {column.name: getattr(entry, column.name) for column in audit.columns}
        self.connection.execute(insert(audit).values({**row, "details": canonical(kept)}))
        self.seq, self.digest = entry.seq, entry.digest

    def finish(self) -> None:
        signature = chain.sign_head(self.seq, self.digest, self._signer)
        self.connection.execute(update(audit_head).values(seq=self.seq, digest=self.digest, signature=signature))
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql(f"NOTIFY {CHANNEL}")  # heard when this is committed, and not before


class Database:
    """Transactions of one database, and its audit.

    Args:
        address: ``sqlite:///path`` or ``postgresql+psycopg://user@host/database``.
        signer: Of the rows that carry code, and of the audit.
        timeout_seconds: Longest wait for a connection, a lock or a statement, in seconds.
        actor: Who writes, as the audit names it.
    """

    def __init__(self, address: str, signer: Signer, timeout_seconds: float = 3.0, actor: str = "") -> None:
        self.engine = open_engine(address, timeout_seconds)
        self.signer, self.actor = signer, actor
        self._migrated = False

    def close(self) -> None:
        self.engine.dispose()

    def abandon(self) -> None:
        """Forget connections without closing them: in a forked child they are still the parent's."""
        self.engine.dispose(close=False)

    # -- transactions --------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that reads, all of it at the same moment."""
        self._prepare()
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # SQLite gives nothing less
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """One transaction that writes.

        Raises:
            StoreError: There is no key to sign with, and nobody has said that there need not be one.
        """
        if self.signer.required and not self.signer.has_key:
            msg = "changing this store takes its key: set FUKKATSU_STORE_KEY or FUKKATSU_STORE_KEY_FILE."
            raise StoreError(msg)
        self._prepare()
        with writing(self.engine) as connection, connection.begin():
            change = Change(connection, self.signer, self.actor)
            yield change
            change.finish()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes what is no part of the story: leases, spending."""
        self._prepare()
        with writing(self.engine) as connection, connection.begin():
            yield connection

    def _prepare(self) -> None:
        if not self._migrated:
            migrate(self.engine)
            self._migrated = True

    # -- audit ---------------------------------------------------------------------------------------------------------

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
        with self.changing() as change:
            change.audit(event, module=module, qualname=qualname, fix_id=fix_id, actor=actor, details=details)

    def entries(self, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        wanted = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        with self.reading() as connection:
            return tuple(entry_of(row) for row in connection.execute(wanted).mappings())

    def is_our_key(self) -> bool:
        """Whether the head of the audit is signed with the key that we have; also where there is nothing to compare."""
        with self.reading() as connection:
            head = connection.execute(select(audit_head)).mappings().one_or_none()
        if head is None or not head["seq"]:
            return True
        said = {"seq": head["seq"], "digest": head["digest"]}
        return self.signer.judge("audit-head", said, head["signature"]) != "refused"

    def newest(self) -> int:
        """Number of the newest entry of the audit."""
        with self.reading() as connection:
            return int(connection.execute(select(audit_head.c.seq)).scalar_one())

    def verify(self) -> Verification:
        with self.reading() as connection:
            head = connection.execute(select(audit_head)).mappings().one_or_none()
            rows = connection.execute(select(audit).order_by(audit.c.seq)).mappings()
            newest = (head["seq"], head["digest"], head["signature"]) if head is not None else (0, "", "")
            return chain.verify((entry_of(row) for row in rows), newest, self.signer)
