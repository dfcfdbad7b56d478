"""What a fleet has spent on asking models: one row for each request, counted by all, and forgotten after two days."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from fukkatsu._store.leases import now
from fukkatsu._store.schema import spending

KEPT_SECONDS: Final = 2 * 86_400.0
_COUNTING: Final = 0x66756B6B62  # PostgreSQL's advisory lock of whoever counts: "fukkb"


def free_in(
    connection: Connection, what: str, wanted: float, limit: float, window_seconds: float, *, take: bool, actor: str
) -> tuple[float, float]:
    """Whether *wanted* more of *what* fits under *limit*. In a transaction that writes.

    Args:
        connection: Of the database.
        what: ``"requests"``, ``"tokens"`` or ``"seconds"``.
        wanted: How much more.
        limit: The most there may be in the last *window_seconds*.
        window_seconds: Up to a day.
        take: Count *wanted* at once when it fits.
        actor: Who spends.

    Returns:
        Seconds until it fits, 0 when it does; and what there is now.
    """
    if connection.dialect.name == "postgresql":
        # two processes must not both be the last one; SQLite has one writer anyway
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_COUNTING})")
    moment, amount = now(connection), spending.c[what]
    connection.execute(delete(spending).where(spending.c.at < moment - KEPT_SECONDS))
    counted = select(spending.c.at, amount).where(spending.c.at > moment - window_seconds, amount > 0)
    rows = connection.execute(counted.order_by(spending.c.at)).all()
    total = float(sum(spent for _, spent in rows))
    excess = total + wanted - limit
    if excess <= 0:
        if take:
            add(connection, what, wanted, actor)
        return 0.0, total
    for at, spent in rows:
        excess -= spent
        if excess <= 0:
            return max(0.001, at + window_seconds - moment), total
    return window_seconds, total


def add(connection: Connection, what: str, amount: float, actor: str) -> None:
    """Count *amount* of *what*, spent now."""
    row = {"at": now(connection), "requests": 0, "tokens": 0, "seconds": 0.0, "actor": actor}
    connection.execute(insert(spending).values({**row, what: amount if what == "seconds" else round(amount)}))
