"""Leases: one process of a fleet asks the model about a fault, and the others wait for what comes of it.

A lease is a row with an end. Its holder renews it while it works; when the holder dies, it ends by itself and the next
one takes over. After a flatline the row keeps everybody from asking for a while, each time twice as long. Times are
those of the database, so that clocks of machines need not agree.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, RowMapping, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from fukkatsu._store.schema import leases


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of asking for a lease.

    Attributes:
        kind: ``"mine"``, ``"busy"`` (another process has it) or ``"cooling"`` (it flatlined, nobody is to ask).
        seconds: How long that lasts, unless something happens.
    """

    kind: Literal["mine", "busy", "cooling"]
    seconds: float


def now(connection: Connection) -> float:
    """Seconds since the epoch by the clock of the database."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()  # a file: whoever can open it has the same clock


def look(connection: Connection, key_digest: str, holder: str) -> Turn | None:
    """Why the lease cannot be had now; ``None``: it may be had."""
    row = connection.execute(select(leases).where(leases.c.key_digest == key_digest)).mappings().one_or_none()
    return None if row is None else _why_not(row, holder, now(connection))


def take(connection: Connection, key_digest: str, holder: str, seconds: float) -> Turn:
    """Take the lease for *seconds*, if it is to be had. In a transaction that writes."""
    empty = {"key_digest": key_digest, "holder": "", "expires": 0.0, "flatlines": 0, "blocked_until": 0.0}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(leases).values(empty).on_conflict_do_nothing())
    mine = select(leases).where(leases.c.key_digest == key_digest).with_for_update()
    row = connection.execute(mine).mappings().one()
    moment = now(connection)
    turn = _why_not(row, holder, moment)
    if turn is not None:
        return turn
    taken = update(leases).where(leases.c.key_digest == key_digest)
    connection.execute(taken.values(holder=holder, expires=moment + seconds))
    return Turn("mine", seconds)


def _why_not(row: RowMapping, holder: str, moment: float) -> Turn | None:
    if row["holder"] not in ("", holder) and row["expires"] > moment:
        return Turn("busy", row["expires"] - moment)
    if row["blocked_until"] > moment:
        return Turn("cooling", row["blocked_until"] - moment)
    return None


def renew(connection: Connection, key_digest: str, holder: str, seconds: float) -> bool:
    """Have the lease last for *seconds* from now; ``False``: it is somebody else's by now."""
    mine = (leases.c.key_digest == key_digest) & (leases.c.holder == holder)
    done = connection.execute(update(leases).where(mine).values(expires=now(connection) + seconds))
    return done.rowcount == 1


def release(
    connection: Connection, key_digest: str, holder: str, cooldown_seconds: float | None, limit_seconds: float = 3_600.0
) -> None:
    """Give the lease back; with *cooldown_seconds* after a flatline, for which that is the first wait of all."""
    mine = (leases.c.key_digest == key_digest) & (leases.c.holder == holder)
    row = connection.execute(select(leases).where(mine).with_for_update()).mappings().one_or_none()
    if row is None:
        return
    flatlines, blocked = 0, 0.0
    if cooldown_seconds is not None:
        flatlines = row["flatlines"] + 1
        blocked = now(connection) + min(cooldown_seconds * 2.0 ** min(flatlines - 1, 60), limit_seconds)
    given = update(leases).where(mine)
    connection.execute(given.values(holder="", expires=0.0, flatlines=flatlines, blocked_until=blocked))
