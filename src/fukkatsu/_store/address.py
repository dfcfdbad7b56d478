"""Addresses of databases: which URLs can be used, how messages show them, and the way in."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from fukkatsu.errors import ConfigurationError

if TYPE_CHECKING:
    from fukkatsu._store.sql import SqlBackend

_SCHEMES: Final = ("sqlite", "postgresql+psycopg")


def check_url(url: str) -> None:
    """Refuse what cannot be used, before anything is loaded for it.

    Raises:
        ConfigurationError: The text says what to write or to install.
    """
    scheme, colon, rest = url.partition("://") if isinstance(url, str) else ("", "", "")
    if not colon or scheme not in _SCHEMES:
        msg = (
            f"store={shown_url(url)!r} must be a Store or a URL: sqlite:///fixes.db, or "
            "postgresql+psycopg://user@host/database."
        )
        raise ConfigurationError(msg)
    if scheme == "sqlite" and (not rest.strip("/") or ":memory:" in rest or "mode=memory" in rest):
        msg = f"store={url!r}: a database in memory ends with its connection; leave store out to keep fixes in memory."
        raise ConfigurationError(msg)
    from importlib.util import find_spec

    needed = {"sqlalchemy": "store", "alembic": "store"} | ({"psycopg": "postgres"} if scheme != "sqlite" else {})
    for package, extra in needed.items():
        if find_spec(package) is None:
            msg = f"store={shown_url(url)!r} needs {package}: pip install 'fukkatsu[{extra}]'."
            raise ConfigurationError(msg)


def shown_url(url: object) -> str:
    """*url* without its password, for messages."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", str(url))


def open_backend(
    url: str, key: bytes | None, *, unsigned: bool = False, timeout_seconds: float = 3.0, actor: str = ""
) -> SqlBackend:
    """The database itself, whose errors are the caller's to handle.

    Args:
        url: As for `Store`.
        key: As `find_key` gives it; without one, and without *unsigned*, it can be read but not changed.
        unsigned: Whether rows need no signature.
        timeout_seconds: As for `Store`.
        actor: Who writes, as the audit names it; default is this process.
    """
    import socket

    from fukkatsu._store.signing import Signer
    from fukkatsu._store.sql import SqlBackend

    signer = Signer(key, required=key is not None or not unsigned)
    return SqlBackend(url, signer, timeout_seconds, actor or f"process {os.getpid()} on {socket.gethostname()}")
