"""Frames from a runner, read by a parser that expects malice."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fukkatsu._sandbox import wire
from fukkatsu.errors import ReplyError

NONCE = b"12345678"
KINDS = st.sampled_from(sorted(wire.KINDS))


@settings(deadline=None)
@given(st.lists(st.tuples(KINDS, st.binary(max_size=50)), max_size=6), st.lists(st.integers(1, 40), min_size=1))
def test_frames_arrive_whole_however_they_are_cut(frames, cuts):
    """A stream has no borders."""
    data = b"".join(wire.frame(NONCE, kind, body) for kind, body in frames)
    reader, got, position = wire.FrameReader(NONCE, 1 << 20), [], 0
    while position < len(data):
        for cut in cuts:
            reader.feed(data[position : position + cut])
            got += reader.frames()
            position += cut
    assert got == frames
    assert reader.pending == 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_or_wait_for_more(data):
    """Without the nonce nothing is a frame."""
    reader = wire.FrameReader(NONCE, 1 << 20)
    reader.feed(data)
    try:
        frames = list(reader.frames())
    except ReplyError:
        return
    assert frames == [] or data.startswith(NONCE)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bodies_are_no_outcomes(body):
    """An outcome or a reply error."""
    try:
        outcome = wire.unpack_outcome(body)
    except ReplyError:
        return
    assert outcome.kind in ("returned", "raised")


@settings(deadline=None)
@given(
    st.booleans(),
    st.integers(0, 1000),
    st.floats(0, 1e6),
    st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=20)] * 2),
    st.tuples(*[st.text("abc:12", max_size=20)] * 2),
)
def test_outcomes_arrive_as_they_were(deliberate, opaque, seconds, texts, names):
    """Field by field."""
    message, printed = texts
    where, argument = names
    body = wire.pack_outcome(
        returned=False, deliberate=deliberate, opaque=opaque, seconds=seconds, value=b"1", after=b'["list"]',
        argument=argument, exception="ValueError", message=message, where=where, printed=printed,
    )  # fmt: skip
    outcome = wire.unpack_outcome(body)
    assert (outcome.kind, outcome.deliberate, outcome.opaque, outcome.seconds) == (
        "raised",
        deliberate,
        opaque,
        seconds,
    )
    assert (outcome.message, outcome.printed, outcome.where, outcome.returned_argument) == (
        message,
        printed,
        where,
        argument,
    )
    assert outcome.value == b"1"


@pytest.mark.parametrize("name", ["a\nb", "\x1b[0m", "x" * 5000])
def test_names_that_are_none_are_refused(name):
    """They would be shown to people and to models."""
    for field in ("exception", "where", "argument"):
        fields = {"exception": "ValueError", field: name}
        body = wire.pack_outcome(
            returned=False, deliberate=False, opaque=0, seconds=0, value=b"1", after=b"1", **fields
        )
        with pytest.raises(ReplyError):
            wire.unpack_outcome(body)


@pytest.mark.parametrize("value", [b"", b"x", b"[]", json.dumps({"a": 1}).encode()])
def test_a_value_that_does_not_parse_is_no_outcome(value):
    """Neither as the result nor as the arguments after the call."""
    for value_, after in ((value, b"1"), (b"1", value or b"x")):
        body = wire.pack_outcome(returned=True, deliberate=False, opaque=0, seconds=0, value=value_, after=after)
        with pytest.raises(ReplyError):
            wire.unpack_outcome(body)


def test_more_than_the_limit_is_an_overflow():
    """By what came, and by what is announced."""
    reader = wire.FrameReader(NONCE, 100)
    reader.feed(b"x" * 101)
    assert reader.overflow
    reader = wire.FrameReader(NONCE, 100)
    reader.feed(wire.frame(NONCE, wire.OUTCOME, b"x" * 5000)[:50])
    assert list(reader.frames()) == []
    assert reader.overflow
