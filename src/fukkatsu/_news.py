"""What running functions hear of the store: fixes taken back, functions switched off, fixes that others found.

One watch for each store with a database. It begins with the first failure of a function that uses the store, or with
`join_fleet`; a process in which nothing fails has no thread and no connection of ours.
"""

from __future__ import annotations

import logging
import os
import threading
from weakref import WeakKeyDictionary, WeakSet

from fukkatsu import _takeover as takeover
from fukkatsu._install import Lifeline, decorated
from fukkatsu._model.fix import Fix
from fukkatsu._settings import shared_store
from fukkatsu._store.records import TAKEN_BACK, Entry
from fukkatsu._store.store import Store
from fukkatsu._switch import is_disabled
from fukkatsu.errors import FukkatsuError

_log = logging.getLogger("fukkatsu")

_lines: WeakKeyDictionary[Store, WeakSet[Lifeline]] = WeakKeyDictionary()
"""Functions with something to lose: they failed here, or a fix of another process was put in their place."""
_lock = threading.Lock()


def listen(store: Store, line: Lifeline) -> None:
    """Have *line* hear from now on what people decide about it, and the whole process what fixes there are."""
    with _lock:
        _lines.setdefault(store, WeakSet()).add(line)
    store.listen(_heard, _regularly)


def join_fleet() -> None:
    """Hear of fixes and decisions from now on, instead of from this process's first failure on.

    For servers, in each worker, when it has been forked and its functions are decorated: a fix that another process
    accepted is then put to work here before any call fails, after the whole gauntlet with this process's own good
    calls. It costs a thread and, with PostgreSQL, two connections for each store. Without a store that has a database
    nothing happens; calling it again does no harm.
    """
    if is_disabled():
        return
    for store in {store for line in decorated() if (store := _store_of(line)) is not None}:
        with _lock:
            _lines.setdefault(store, WeakSet())
        store.listen(_heard, _regularly)


def catch_up(store: Store, line: Lifeline, fix: Fix) -> None:
    """After the installation of *fix*: what was decided about it before the watch began is not heard by the watch."""
    if store.url is None:
        return
    if any(known.id == fix.id and known.state in TAKEN_BACK for known in store.find(fix.key)):
        line.withdraw("was taken back while it was installed")


def _store_of(line: Lifeline) -> Store | None:
    """The store with a database that *line* uses."""
    try:
        store = line.told().store or shared_store()
    except FukkatsuError as why:  # files and environment are foreign; the next failure says so aloud
        _log.debug("%s has no store: %s", line.qualname, why)
        return None
    return store if store.url is not None else None


def _heard(store: Store, entries: tuple[Entry, ...]) -> bool:
    """Put news to work: a revoked fix is taken back, a function that was switched off is left to its original.

    Returns:
        Whether that is done: without entries the store has to be asked, and may be away.
    """
    with _lock:
        lines = list(_lines.get(store, ()))
    if not entries and not store.settle(2 * store.timeout_seconds + 1):  # what was kept during an outage goes first
        return False
    for line in lines:
        try:
            for entry in entries:
                _tell(store, line, entry)
            if not entries:
                _compare(store, line)
        except Exception:  # noqa: BLE001 - the others must hear it as well
            _log.exception("%s could not be told what the store says", line.qualname)
    offered = takeover.offered(store, entries)
    if offered:
        takeover.note(store, (line for line in decorated() if _store_of(line) is store), offered)
    _regularly(store)
    return store.reachable


def _regularly(store: Store) -> None:
    """Try what waits: a function may have answered calls since, or be free again."""
    takeover.consider(store, lambda line: listen(store, line), lambda line, fix: catch_up(store, line, fix))


def _compare(store: Store, line: Lifeline) -> None:
    """What was decided while nobody listened."""
    fix, source = line.active_fix, line.source
    if fix is not None:
        for known in store.find(fix.key):
            if known.state in TAKEN_BACK and known.candidate.text == fix.candidate.text:
                line.withdraw(f"was {known.state} before")
                break
    if store.is_off(source.module, source.qualname) != line.suspended:
        _suspend(line, off=not line.suspended, why="the store says so")


def _suspend(line: Lifeline, *, off: bool, why: str) -> None:
    if off:
        line.suspend(why)
    else:
        line.resume()


def _tell(store: Store, line: Lifeline, entry: Entry) -> None:
    if entry.event in ("fix.revoked", "fix.rejected"):
        fix = line.active_fix
        if fix is not None and _is_about(entry, fix):
            line.withdraw(f"was revoked by {entry.actor}: {entry.details.get('reason', 'no reason given')}")
    elif entry.event in ("function.disabled", "function.enabled"):
        source = line.source
        if (entry.module, entry.qualname) in (("", ""), (source.module, source.qualname)):
            off = store.is_off(source.module, source.qualname)
            _suspend(line, off=off, why=f"{entry.event} by {entry.actor}")


def _is_about(entry: Entry, fix: Fix) -> bool:
    """The same fix; or the same text, which this process accepted on its own while the database was away."""
    if (entry.module, entry.qualname) != (fix.key.module, fix.key.qualname):
        return False
    return fix.id == entry.fix_id or fix.candidate.sha256 == entry.details.get("candidate_sha256")


def _relisten() -> None:
    """A forked child has the fixes of its parent, and no thread that hears of them."""
    global _lock
    _lock = threading.Lock()
    for store in list(_lines):
        store.listen(_heard, _regularly)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_relisten)
