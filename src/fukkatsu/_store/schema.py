"""The tables, as the newest migration leaves them; the migrations themselves stand in ``migrations/versions``.

Seconds since the epoch are doubles, so that what was signed reads back the same; digests and signatures are
hexadecimal.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

HEAD: Final = "0003"
"""Revision that this release works with."""

metadata: Final = MetaData()

functions: Final = Table(
    "functions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("module", Text, nullable=False),
    Column("qualname", Text, nullable=False),
    Column("source_sha256", String(64), nullable=False),
    Column("source", Text, nullable=False),  # masked: for people who read a diff, never compiled
    Column("filename", Text, nullable=False),
    Column("first_line", Integer, nullable=False),
    Column("first_seen", Double, nullable=False),
    Column("last_seen", Double, nullable=False),
    UniqueConstraint("module", "qualname", "source_sha256", name="functions_once"),
)

failures: Final = Table(
    "failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("function_id", Integer, ForeignKey("functions.id"), nullable=False, index=True),
    Column("key_digest", String(64), nullable=False, unique=True),  # function, fingerprint and request in one word
    Column("fingerprint", Text, nullable=False),
    Column("additional_req", Text, nullable=False),
    Column("exception", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("arguments", Text, nullable=False),  # JSON: name to masked text
    Column("first_seen", Double, nullable=False),
    Column("last_seen", Double, nullable=False),
    Column("seen", Integer, nullable=False),
)

suggestions: Final = Table(
    "suggestions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("failure_id", Integer, ForeignKey("failures.id"), nullable=False, index=True),
    Column("candidate", Text, nullable=False),
    Column("candidate_sha256", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("refused_by", Text, nullable=False),
    Column("report", Text, nullable=False),  # JSON
    Column("created", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("signature", String(64), nullable=False),
)

fixes: Final = Table(
    "fixes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("failure_id", Integer, ForeignKey("failures.id"), nullable=False, index=True),
    Column("suggestion_id", Integer, ForeignKey("suggestions.id"), nullable=False),
    Column("candidate_sha256", String(64), nullable=False),
    Column("policy_sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signature", String(64), nullable=False),
    # the same text twice for one failure would be two fixes of one fault; what has expired may be proposed anew
    Index(
        "fixes_once",
        "failure_id",
        "policy_sha256",
        "candidate_sha256",
        unique=True,
        sqlite_where=text("state <> 'expired'"),
        postgresql_where=text("state <> 'expired'"),
    ),
)

calls: Final = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("function_id", Integer, ForeignKey("functions.id"), nullable=False, index=True),
    Column("key_digest", String(64), nullable=False),  # of the failure that it is the failing call of; else ""
    Column("digest", String(64), nullable=False),  # of the arguments
    Column("shape", String(64), nullable=False),
    Column("arguments", Text, nullable=False),  # canonical, and not masked: there only where a policy says so
    Column("kind", String(16), nullable=False),  # "" where nothing is known of the outcome
    Column("value", Text, nullable=False),  # canonical
    Column("after", Text, nullable=False),  # canonical
    Column("opaque", Integer, nullable=False),
    Column("exception", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("signature", String(64), nullable=False),
    UniqueConstraint("function_id", "key_digest", "digest", name="calls_once"),
)
"""Nothing refers to them: whoever wants to be rid of raw arguments empties the table."""

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("event", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("qualname", Text, nullable=False),
    Column("fix_id", String(64), nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
)

audit_head: Final = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row, 1: whoever writes the audit locks it
    Column("seq", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("key_digest", String(64), primary_key=True),
    Column("holder", Text, nullable=False),  # "" while nobody asks
    Column("expires", Double, nullable=False),
    Column("flatlines", Integer, nullable=False),  # in a row
    Column("blocked_until", Double, nullable=False),
)

spending: Final = Table(
    "spending",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("requests", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("actor", Text, nullable=False),
)

switches: Final = Table(
    "switches",
    metadata,
    Column("module", Text, primary_key=True),  # "" and "" is every function
    Column("qualname", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Double, nullable=False),
)
"""Functions that are switched off; those that are not have no row."""
