"""Messages between host and runner.

To the runner: pickles, with their length before them. From the runner: frames of a nonce, a length and a kind, read
by a parser that expects malice: it caps, checks, and builds nothing but bytes, numbers and text.
"""

from __future__ import annotations

import functools
import pickle
import struct
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._model.call import Outcome
from fukkatsu._oracle.values_read import parse
from fukkatsu.errors import ReplyError

NONCE_BYTES: Final = 8
_HEADER: Final = struct.Struct(f"<{NONCE_BYTES}sIc")
_OUTCOME: Final = struct.Struct("<??Id7I")  # returned, deliberate, opaque, seconds, seven lengths
_LENGTH: Final = struct.Struct("<Q")

READY, FAILED, OUTCOME, MEMORY, LARGE, RESULT, END = b"S", b"F", b"O", b"M", b"L", b"R", b"E"
KINDS: Final = frozenset({READY, FAILED, OUTCOME, MEMORY, LARGE, RESULT, END})
MESSAGE_CHARACTERS: Final = 10_000
_NAME_CHARACTERS: Final = 1_000
_REMEMBERED_BYTES: Final = 1_000


def request(message: Any) -> bytes:
    """A message to a runner."""
    body = pickle.dumps(message, 5)
    return _LENGTH.pack(len(body)) + body


def read_request(receive: Any) -> Any:
    """The next message, or ``None`` at the end of the stream. *receive* is ``recv_into`` of the channel."""
    head = _exactly(receive, _LENGTH.size)
    if head is None:
        return None
    body = _exactly(receive, _LENGTH.unpack(head)[0])
    return None if body is None else pickle.loads(body)  # noqa: S301 - from the host, whom a runner trusts


def _exactly(receive: Any, count: int) -> bytearray | None:
    buffer = bytearray(count)
    view = memoryview(buffer)
    got = 0
    while got < count:
        size = receive(view[got:])
        if size == 0:
            return None
        got += size
    view.release()
    return buffer


def frame(nonce: bytes, kind: bytes, body: bytes = b"") -> bytes:
    """One frame to the host."""
    return _HEADER.pack(nonce, len(body), kind) + body


def pack_outcome(
    *,
    returned: bool,
    deliberate: bool,
    opaque: int,
    seconds: float,
    value: bytes,
    after: bytes,
    argument: str = "",
    exception: str = "",
    message: str = "",
    where: str = "",
    printed: str = "",
) -> bytes:
    """The body of an ``OUTCOME`` frame."""
    if exception or message or where or printed or argument:
        texts = [text.encode("utf-8", "surrogatepass") for text in (argument, exception, message, where, printed)]
        fields = (value, after, *texts)
        return _OUTCOME.pack(returned, deliberate, opaque, seconds, *map(len, fields)) + b"".join(fields)
    return _OUTCOME.pack(returned, deliberate, opaque, seconds, len(value), len(after), 0, 0, 0, 0, 0) + value + after


def unpack_outcome(body: bytes) -> Outcome:
    """Read the body of an ``OUTCOME`` frame.

    Raises:
        ReplyError: It is not one, to the last byte.
    """
    try:
        returned, deliberate, opaque, seconds, *sizes = _OUTCOME.unpack_from(body)
    except struct.error:
        raise ReplyError("an outcome that is cut off") from None
    if sum(sizes) + _OUTCOME.size != len(body) or not 0 <= seconds < 1e9:
        raise ReplyError("an outcome whose parts do not add up")
    start = _OUTCOME.size + sizes[0]
    value = body[_OUTCOME.size : start]
    after = body[start : start + sizes[1]]
    start += sizes[1]
    _validate(value)
    if after:
        _validate(after)
    if start == len(body):
        texts = ["", "", "", "", ""]
    else:
        texts = []
        for size in sizes[2:]:
            texts.append(body[start : start + size].decode("utf-8", "replace"))
            start += size
    argument, exception, message, where, printed = texts
    if not returned and not exception:
        raise ReplyError("an exception without a name")
    for name in (argument, exception, where):
        if name and not (len(name) <= _NAME_CHARACTERS and name.isprintable()):
            raise ReplyError("a name that is none")
    return Outcome(
        "returned" if returned else "raised",
        value,
        after,
        opaque,
        argument,
        exception,
        message,
        deliberate,
        where,
        seconds,
        printed,
    )


def _validate(text: bytes) -> None:
    (_validate_once if len(text) <= _REMEMBERED_BYTES else parse)(text)


@functools.lru_cache(4096)
def _validate_once(text: bytes) -> None:
    """Most answers of a candidate are those of the original, read before."""
    parse(text)


class FrameReader:
    """Takes bytes as they come from a runner and gives whole frames.

    Args:
        nonce: What each frame must begin with.
        limit: Bytes accepted in all; beyond, ``overflow`` is true and nothing more is read. What came before them
            counts, in whatever portions the kernel handed it over.
    """

    def __init__(self, nonce: bytes, limit: int) -> None:
        self._nonce = nonce
        self._left = limit
        self._buffer = bytearray()
        self.overflow = False

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        self.overflow = self.overflow or len(data) > self._left
        self._buffer += data[: self._left] if self.overflow else data
        self._left = max(self._left - len(data), 0)

    def allow(self, limit: int) -> None:
        """Accept *limit* more bytes from here on."""
        self._left = limit

    @property
    def pending(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._buffer)

    def frames(self) -> Iterator[tuple[bytes, bytes]]:
        """Kind and body of each whole frame.

        Raises:
            ReplyError: A frame with another nonce, or of no known kind.
        """
        position = 0
        try:
            while len(self._buffer) - position >= _HEADER.size:
                nonce, length, kind = _HEADER.unpack_from(self._buffer, position)
                if nonce != self._nonce or kind not in KINDS:
                    raise ReplyError("bytes that are no frame of ours")
                if length > self._left + len(self._buffer):
                    self.overflow = True
                    return
                if len(self._buffer) - position < _HEADER.size + length:
                    return
                start = position + _HEADER.size
                position = start + length
                yield kind, bytes(self._buffer[start:position])
        finally:
            del self._buffer[:position]
