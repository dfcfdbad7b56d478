"""Locks: nobody can copy one, but whether it is held can be asked, and is all that there is to tell."""

from __future__ import annotations

import threading
from typing import Any, Final

LOCKS: Final = {type(threading.Lock()): "Lock", type(threading.RLock()): "RLock"}
"""The classes written in C, with what makes one. A condition, an event or a semaphore is built on them."""


def is_held(lock: Any) -> bool:
    """Whether somebody holds *lock*; of a reentrant one, whether this thread does."""
    return bool(lock._is_owned() if LOCKS[type(lock)] == "RLock" else lock.locked())
