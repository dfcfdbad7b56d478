"""The store that a command works on: which one, with which key, and in whose name."""

from __future__ import annotations

import argparse
import difflib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fukkatsu._cli.exits import CommandError, Exit

if TYPE_CHECKING:
    from fukkatsu._store.records import FixRecord
    from fukkatsu._store.sql import SqlBackend

STORE_VARIABLE: Final = "FUKKATSU_STORE"
_SQLITE: Final = "sqlite:///"
ANOTHER_KEY: Final = "The key here is another one than that of the store."
_FEW: Final = 8
_REMEDIES: Final = {
    "database is locked": "Another program holds it: try again",
    "unable to open database file": "SQLite writes beside the file even to read it: that takes a folder that you may "
    "write to, so copy the file (and those that begin with its name) into one",
    "readonly database": "You may read it and not write to it: decide as a user who may",
}
"""What to do, by what the database says."""


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """``--store``, ``--key-file``, ``--unsigned``."""
    parser.add_argument(
        "--store",
        metavar="URL",
        default=os.environ.get(STORE_VARIABLE),
        help=f"sqlite:///fixes.db or postgresql+psycopg://user@host/database (default: ${STORE_VARIABLE})",
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="key that rows are signed with (default: $FUKKATSU_STORE_KEY, or the file in $FUKKATSU_STORE_KEY_FILE)",
    )
    parser.add_argument("--unsigned", action="store_true", help="the store was opened without signatures")


def _configured() -> str | None:
    from fukkatsu._store.configured import configured_url
    from fukkatsu.errors import ConfigurationError

    try:
        return configured_url()
    except ConfigurationError as error:
        raise CommandError(str(error)) from error


@contextmanager
def opened(options: argparse.Namespace, *, changing: bool = True) -> Iterator[SqlBackend]:
    """`open_store`, closed afterwards; what the database raises in between ends the command with exit code 3.

    Raises:
        CommandError: As `open_store`; or the database cannot be used.
    """
    store = open_store(options, changing=changing)
    try:
        yield store
    except CommandError:
        raise
    except Exception as error:
        from fukkatsu._store.address import shown_url

        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        remedy = next((f". {remedy}" for sign, remedy in _REMEDIES.items() if sign in first), "")
        msg = f"the store {shown_url(options.store)} cannot be used: {first}{remedy}"
        raise CommandError(msg, Exit.UNABLE) from error
    finally:
        store.close()


def one_record(store: SqlBackend, options: argparse.Namespace) -> FixRecord:
    """The fix whose id is ``options.fix``, or begins so.

    Raises:
        CommandError: There is none, or more than one.
    """
    from fukkatsu._store.address import shown_url

    name: str = options.fix
    record = store.record(name)
    if record is not None:
        return record
    known = store.records()
    found = [record for record in known if record.fix.id.startswith(name)] if name else []
    if len(found) == 1:
        return found[0]
    if found:
        lines = [
            f"  {one.fix.id}  {one.fix.state}  {one.fix.key.module}:{one.fix.key.qualname}" for one in found[:_FEW]
        ]
        more = [f"  and {len(found) - _FEW} more"] if len(found) > _FEW else []
        msg = "\n".join([f"{name!r} is the beginning of {len(found)} fixes:", *lines, *more])
    else:
        near = difflib.get_close_matches(name, [record.fix.id for record in known], n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        msg = f"there is no fix {name!r} in {shown_url(options.store)}; {hint}`fukkatsu fixes` lists them"
    raise CommandError(msg)


def actor() -> str:
    """Name under which a person's decisions go into the audit: who is logged in here."""
    import getpass

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = f"user {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    return f"{user}@{socket.gethostname()}"


def open_store(options: argparse.Namespace, *, changing: bool = True) -> SqlBackend:
    """The database of ``--store``; its errors are told, not hidden behind memory.

    Args:
        options: Of a command with `add_store_options`.
        changing: The command will change something, which needs the key.

    Raises:
        CommandError: There is no such store, or no key for it.
    """
    from fukkatsu._store.address import check_url, open_backend
    from fukkatsu._store.signing import find_key
    from fukkatsu.errors import ConfigurationError

    if not options.store:
        options.store = _configured()
    if not options.store:
        msg = f"which store? --store URL says it, or {STORE_VARIABLE}: for example --store sqlite:///fixes.db"
        raise CommandError(msg)
    try:
        check_url(options.store)
        key = find_key(options.key_file)
    except ConfigurationError as error:
        raise CommandError(str(error)) from error
    if options.store.startswith(_SQLITE):
        path = Path(options.store[len(_SQLITE) :].partition("?")[0]).absolute()
        if not path.exists():
            msg = f"there is no store at {path}: programs make it when they heal with store={options.store!r}"
            raise CommandError(msg)
    if changing and key is None and not options.unsigned:
        msg = (
            "decisions are signed, and there is no key: set FUKKATSU_STORE_KEY or FUKKATSU_STORE_KEY_FILE, or name the "
            "file by --key-file. A store that was opened without signatures takes --unsigned."
        )
        raise CommandError(msg, Exit.UNABLE)
    return open_backend(options.store, key, unsigned=options.unsigned, actor=actor())
