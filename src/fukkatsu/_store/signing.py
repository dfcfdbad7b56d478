"""Signatures of rows: HMAC-SHA-256 under a key that the database does not hold.

Whoever can write to the database, and has no key, can take fixes away and never add one, change one, or bring one that
was taken back to life: the state of a fix is signed with its text.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fukkatsu._store.serial import canonical
from fukkatsu.errors import ConfigurationError

KEY_VARIABLE: Final = "FUKKATSU_STORE_KEY"
KEY_FILE_VARIABLE: Final = "FUKKATSU_STORE_KEY_FILE"
SHORTEST_KEY_BYTES: Final = 16
"""128 bits, when they are random; ``python -c "import secrets; print(secrets.token_hex(32))"`` gives 256."""


def find_key(key_file: str | os.PathLike[str] | None = None) -> bytes | None:
    """The key: from *key_file*, else from the environment, else from the file that the environment names.

    Returns:
        ``None`` when there is none anywhere.

    Raises:
        ConfigurationError: The file cannot be read, or the key is shorter than 16 bytes.
    """
    if key_file is None and os.environ.get(KEY_VARIABLE):
        return _checked(os.environ[KEY_VARIABLE].strip().encode(), KEY_VARIABLE)
    path = key_file if key_file is not None else os.environ.get(KEY_FILE_VARIABLE)
    if not path:
        return None
    try:
        return _checked(Path(path).read_bytes().strip(), f"the key file {os.fspath(path)!r}")
    except OSError as why:
        msg = f"the key file {os.fspath(path)!r} of the store cannot be read: {why.strerror}."
        raise ConfigurationError(msg) from None


def _checked(key: bytes, where: str) -> bytes:
    if len(key) < SHORTEST_KEY_BYTES:
        msg = (
            f"{where} holds {len(key)} bytes, and a key has {SHORTEST_KEY_BYTES} or more: "
            'python -c "import secrets; print(secrets.token_hex(32))" prints one.'
        )
        raise ConfigurationError(msg)
    return key


class Signer:
    """Signs and checks; without a key it signs nothing.

    Args:
        key: Bytes that the database does not hold; ``None`` where nothing is to be signed.
        required: Whether a row without a valid signature is refused. Only ever ``False`` without a key.
    """

    def __init__(self, key: bytes | None, *, required: bool = True) -> None:
        self._key, self.required = key, required

    @property
    def has_key(self) -> bool:
        """Whether signatures can be made and checked."""
        return self._key is not None

    def sign(self, kind: str, row: Mapping[str, object]) -> str:
        """Signature of *row*, which cannot stand in for a row of another *kind*; empty without a key."""
        if self._key is None:
            return ""
        return hmac.new(self._key, canonical([kind, dict(row)]).encode(), hashlib.sha256).hexdigest()

    def judge(self, kind: str, row: Mapping[str, object], signature: str) -> str:
        """``"valid"``, ``"refused"``, or without a key ``"unsigned"`` (by order) or ``"unchecked"``."""
        if self._key is None:
            return "unchecked" if self.required else "unsigned"
        expected = self.sign(kind, row)
        return "valid" if hmac.compare_digest(expected.encode(), signature.encode()) else "refused"

    def problem(self, kind: str, row: Mapping[str, object], signature: str) -> str:
        """Why *row* must not be believed, for log and audit; empty when it may be."""
        verdict = self.judge(kind, row, signature)
        if verdict == "unchecked":
            return "there is no key to check its signature with"
        if verdict == "refused":
            return "its signature is " + ("wrong" if signature else "missing")
        return ""
