"""The audit: each entry holds the digest of the one before, so that none can be removed, changed or moved unseen.

The chain alone is evidence against accidents and against whoever cannot compute SHA-256. Where there is a key, each
entry and the head (number and digest of the newest entry) are signed too: then only somebody with the key can write a
chain that holds, or cut its end off. What no table can show by itself is that the whole database was put back to an
earlier day: note the head elsewhere (``fukkatsu log --verify --json`` prints it) where that matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from fukkatsu._store.records import Entry, Verification
from fukkatsu._store.serial import canonical
from fukkatsu._store.signing import Signer


def link(entry: Entry, previous: str, signer: Signer) -> Entry:
    """*entry* chained behind *previous*, the digest of the one before, and signed."""
    digest = digest_of_entry(replace(entry, previous=previous))
    return replace(entry, previous=previous, digest=digest, signature=sign_entry(entry.seq, digest, signer))


def digest_of_entry(entry: Entry) -> str:
    """SHA-256 over everything that an entry says, its place and the digest of the one before included."""
    said = [
        entry.seq,
        repr(entry.at),
        entry.event,
        entry.module,
        entry.qualname,
        entry.fix_id,
        entry.actor,
        dict(entry.details),
        entry.previous,
    ]
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def sign_entry(seq: int, digest: str, signer: Signer) -> str:
    """Signature of one entry."""
    return signer.sign("audit", {"seq": seq, "digest": digest})


def sign_head(seq: int, digest: str, signer: Signer) -> str:
    """Signature of the head: a chain that was cut off at its end has another one."""
    return signer.sign("audit-head", {"seq": seq, "digest": digest})


def verify(entries: Iterable[Entry], head: tuple[int, str, str], signer: Signer) -> Verification:
    """Follow the chain from its first entry to *head* (number, digest, signature).

    Nothing is said about entries behind the first break but that they do not follow from what is before them.
    """
    problems: list[str] = []
    count, previous, before = 0, "", 0
    for entry in entries:
        count += 1
        if entry.seq != before + 1:
            problems.append(f"entry {entry.seq} follows entry {before}: something was removed or moved")
        if entry.previous != previous:
            problems.append(f"entry {entry.seq} does not follow from what is before it: removed, changed or moved")
        if digest_of_entry(entry) != entry.digest:
            problems.append(f"entry {entry.seq} ({entry.event}) was changed: its digest is another one")
        elif signer.judge("audit", {"seq": entry.seq, "digest": entry.digest}, entry.signature) == "refused":
            problems.append(f"entry {entry.seq} ({entry.event}) is not signed with this key")
        previous, before = entry.digest, entry.seq
    seq, digest, signature = head
    if (seq, digest) != (before, previous):
        problems.append(f"the newest entry is {before}, and there were {seq}: the end was cut off or replaced")
    elif signer.judge("audit-head", {"seq": seq, "digest": digest}, signature) == "refused" and seq:
        problems.append("the head of the chain is not signed with this key")
    return Verification(entries=count, problems=tuple(problems), signatures=signer.has_key)
