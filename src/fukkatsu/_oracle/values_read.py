"""Reading canonical text: parsing what a sandbox sent.

It may have been written by hostile code. It is parsed into plain lists, strings and numbers and never imported,
evaluated or unpickled; whatever is not canonical raises ``ReplyError``.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any, Final, TypeAlias

from fukkatsu.errors import ReplyError

Node: TypeAlias = Any

DEPTH_LIMIT: Final = 400  # MAX_DEPTH of the encoder, two brackets a level, and some
MAX_NODES: Final = 250_000  # parts of a value that the encoder writes: what reading costs the host is bounded by it
NODE_LIMIT: Final = 800_000  # the same, with brackets and a tag for each
LARGE_BYTES: Final = 1 << 20
MAPPINGS: Final = {"dict": 1, "Counter": 1, "mappingproxy": 1, "defaultdict": 2}  # tag -> items before the first key

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]"))
_STEP: Final = {0x5B: 1, 0x5D: -1}
_LONG_NUMBER: Final = re.compile(rb"\d{400}")


def parse(text: bytes) -> Node:
    """Parse canonical text.

    Raises:
        ReplyError: It is not JSON of the shape that ``encode`` writes: scalars, and lists that start with a tag.
    """
    try:
        bare = text
        if len(text) > LARGE_BYTES or text.count(b"[") > DEPTH_LIMIT or b"{" in text:
            bare = _check_nesting(text)
        characters = text.decode("ascii")
        scan = _scan_carefully if len(bare) > 400 and _LONG_NUMBER.search(bare) else _scan
        node, end = scan(characters, 0)
        if end != len(characters):
            msg = "not a canonical value: something follows it"
            raise ReplyError(msg)
        if type(node) is list and (b"{" in text or text.count(b"[") != text.count(b'["')):
            _check_shape(node)  # else each bracket, those in strings too, stands before a quote: each list has its tag
    except ReplyError:
        raise
    except (ValueError, RecursionError, MemoryError, TypeError, StopIteration) as failure:
        msg = f"not a canonical value: {type(failure).__name__}"
        raise ReplyError(msg) from None
    return node


def _check_nesting(text: bytes) -> bytes:
    """Refuse deep nesting, and too many parts, before the standard library's recursive parser meets them.

    Returns:
        What stands outside strings.
    """
    why = ""
    plain = (
        text.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in text else text
    )  # now each quote delimits a string
    if plain.count(b'"') > 2 * NODE_LIMIT:
        why = f"more than {NODE_LIMIT} parts"
    bare = b"" if why else b"".join(plain.split(b'"')[::2])
    brackets = bare.translate(None, _NOT_BRACKETS)
    if b"{" in bare or b"}" in bare:
        why = "it holds a JSON object"
    elif bare.count(b",") + len(brackets) > NODE_LIMIT:
        why = f"more than {NODE_LIMIT} parts"
    elif max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > DEPTH_LIMIT:
        why = f"nested more than {DEPTH_LIMIT} deep"
    if why:
        msg = f"not a canonical value: {why}"
        raise ReplyError(msg)
    return bare


def _small_integer(digits: str) -> int:
    if len(digits) > 20:
        msg = "not a canonical value: a bare integer of more than 20 digits"
        raise ReplyError(msg)
    return int(digits)


_scan: Final = vars(json.JSONDecoder())["scan_once"]  # without the search for white space around it
_scan_carefully: Final = vars(json.JSONDecoder(parse_int=_small_integer))["scan_once"]


def _check_shape(node: list[Node]) -> None:
    pending = [node]
    for current in pending:  # grows while it is walked
        if not current or type(current[0]) is not str:
            msg = "not a canonical value: a list without a tag"
            raise ReplyError(msg)
        for item in current:
            if type(item) is list:
                pending.append(item)
            elif type(item) is dict:
                msg = "not a canonical value: it holds a JSON object"
                raise ReplyError(msg)


def parse_head(text: bytes, size: int) -> Node:
    """The beginning of a large value: about *size* bytes of it, as if its containers ended there.

    Raises:
        ReplyError: It is not canonical so far, or *size* is too little to cut anything off.
    """
    piece = text[:size]
    bare = _STRING.sub(lambda found: b"_" * len(found.group()), piece)
    unfinished = bare.find(b'"')
    bare = bare[:unfinished] if unfinished >= 0 else bare
    bare = bare[: max(bare.rfind(b","), 0)]
    if not bare:
        msg = "not a canonical value: nothing ends in its first part"
        raise ReplyError(msg)
    return parse(piece[: len(bare)] + b"]" * (bare.count(b"[") - bare.count(b"]")))
