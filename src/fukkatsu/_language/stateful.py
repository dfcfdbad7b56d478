"""Objects of the library that change when they are used: what only reads them, by class.

Files, locks, queues, generators and their like are used up, moved on or held by nearly all that one does with them. So
here stands what does not; whatever else a text looks up on one counts as a change. Of other objects of the library,
which are values or are changed by few methods, ``callees.MUTATORS`` names those.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import functools
import inspect
import sys
from typing import Any, Final

_FILE: Final = frozenset(
    "getvalue tell closed name mode encoding errors readable writable seekable isatty newlines line_buffering".split()
)
_LOCK: Final = frozenset("locked is_set isSet n_waiting parties broken".split())
_QUEUE: Final = frozenset("qsize empty full maxsize unfinished_tasks".split())
_DIGEST: Final = frozenset("digest hexdigest copy name digest_size block_size eof unused_data unconsumed_tail".split())
_CONTEXT: Final = frozenset("prec Emin Emax rounding capitals clamp copy Etiny Etop radix flags traps".split())
_MEMORY: Final = frozenset(
    "tolist tobytes hex nbytes shape format itemsize ndim strides readonly contiguous c_contiguous f_contiguous"
    " suboffsets toreadonly cast".split()
)
_READERS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        "io.StringIO io.BytesIO io.TextIOWrapper io.BufferedReader io.BufferedWriter io.BufferedRandom io.FileIO"
        " tempfile.SpooledTemporaryFile tempfile._TemporaryFileWrapper".split(),
        _FILE,
    ),
    **dict.fromkeys(
        "thread.lock thread.RLock threading.Condition threading.Semaphore threading.BoundedSemaphore threading.Event"
        " threading.Barrier asyncio.locks.Lock asyncio.locks.Event asyncio.locks.Condition asyncio.locks.Semaphore"
        " asyncio.locks.BoundedSemaphore".split(),
        _LOCK,
    ),
    **dict.fromkeys(
        "queue.Queue queue.LifoQueue queue.PriorityQueue queue.SimpleQueue asyncio.queues.Queue"
        " asyncio.queues.LifoQueue asyncio.queues.PriorityQueue".split(),
        _QUEUE,
    ),
    **dict.fromkeys("random.Random random.SystemRandom".split(), frozenset({"getstate"})),
    **dict.fromkeys(
        "hashlib.HASH hashlib.HMAC hmac.HMAC blake2.blake2b blake2.blake2s zlib.Compress zlib.Decompress".split(),
        _DIGEST,
    ),
    "decimal.Context": _CONTEXT,
    "builtins.memoryview": _MEMORY,
    **dict.fromkeys("builtins.generator builtins.async_generator builtins.coroutine".split(), frozenset()),
}


def stateful_name(kind: type) -> str:
    """By what name such a class is known here, ``"io.StringIO"``; empty for others."""
    name = f"{str(kind.__module__).removeprefix('_')}.{kind.__qualname__}"
    return name if name in _READERS else ""


def only_reads(kind: str, attribute: str) -> bool:
    """Whether looking *attribute* up changes nothing of an object of *kind*, as ``lasting.kind_of`` says it."""
    readers = _READERS.get(kind.rpartition(" ")[2])
    return readers is None or attribute in readers


@functools.cache
def place_of_out(name: str, parameter: str = "out") -> int | None:
    """Which argument of ``numpy.<name>`` is the array that the result is written to, if it takes one by position.

    Or which one another *parameter* is.
    """
    owner, _, method = name.rpartition(".")
    found: Any = sys.modules.get("numpy")
    for part in (owner or method).split("."):
        found = getattr(found, part, None)
    if owner and hasattr(found, "nin"):
        return _OF_UFUNCS.get(method) if parameter == "out" else None
    found = getattr(found, method, None) if owner else found
    if found is None or hasattr(found, "nin"):
        return getattr(found, "nin", None) if parameter == "out" else None
    try:
        names = [*inspect.signature(found).parameters]
    except (TypeError, ValueError):
        return None
    return names.index(parameter) if parameter in names else None


_OF_UFUNCS: Final = {"reduce": 3, "accumulate": 3, "reduceat": 4, "at": 0}
