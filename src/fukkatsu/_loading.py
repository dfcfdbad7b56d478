"""A fork waits for what another thread of ours is importing.

Whatever is loaded at the first failure only is loaded while other threads run. A process that is forked in the middle
of an import has that module's lock for ever, held by a thread that is not there, and hangs as soon as it wants the
module itself (CPython renews the lock of all imports after a fork, not those of single modules).
"""

from __future__ import annotations

import os
import threading

loading = threading.RLock()
"""Held by whoever imports late; by the same thread as often as it likes."""

if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=loading.acquire, after_in_parent=loading.release, after_in_child=loading.release)
