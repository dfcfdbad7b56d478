"""The reading half of canonical values survives whatever bytes it is given: hostile code may have written them.

``VALUES_FUZZ_EXAMPLES=100000 pytest tests/oracle/test_values_fuzz.py --timeout 0`` searches for as long as one likes.
"""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fukkatsu._oracle import values, values_read, values_rebuild
from fukkatsu._oracle.values_compare import _NAMED
from fukkatsu._oracle.values_show import _TYPE_NAMES
from fukkatsu.errors import ReplyError

pytestmark = pytest.mark.once

TAGS = sorted(
    {*values_rebuild._MAKERS, *_TYPE_NAMES, *_NAMED, "opaque", "foreign", "records", "dtype", "module", "function"}
)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["int", "builtins", "<f8", "d", "Color"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.builds(lambda tag, rest: [tag, *rest], st.sampled_from(TAGS), st.lists(inner, max_size=5))
    ),
    max_leaves=20,
)
EXAMPLES = int(os.environ.get("VALUES_FUZZ_EXAMPLES", "200"))
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def read_all(data: bytes) -> None:
    """Everything that a stage may do with text from a runner."""
    try:
        values.parse(data)
    except ReplyError:
        pass
    assert isinstance(values.render(data), str)
    assert isinstance(values.render(data, 10), str)
    assert isinstance(values.type_name(data), str)
    assert isinstance(values.equal(data, data), bool)
    assert values.difference(data, b"1") is None or isinstance(values.difference(data, b"1"), str)
    try:
        values.rebuild(data)
    except ReplyError:
        pass


@QUICK
@given(st.binary())
def test_arbitrary_bytes_raise_nothing_but_a_reply_error(data):
    """Not even text."""
    read_all(data)


@QUICK
@given(JUNK)
def test_arbitrary_json_raises_nothing_but_a_reply_error(node):
    """Right tags with wrong parts, wrong tags, none."""
    read_all(json.dumps(node).encode())


PIECES = st.sampled_from(
    [b"[", b"]", b'"', b"\\", b",", b"{", b"}", b'["', b'\\"', b"0", b"NaN", b"-", b" ", b"\xff", b"e9"]
)
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3), PIECES | st.binary(max_size=4)), max_size=6)


def has_shape(node: object) -> bool:
    """What canonical text may hold, said once more and slowly: scalars, and lists that start with their tag."""
    if isinstance(node, list):
        return bool(node) and isinstance(node[0], str) and all(map(has_shape, node))
    return not isinstance(node, dict)


@QUICK
@given(JUNK, EDITS)
def test_canonical_text_with_bytes_changed_is_read_as_json_of_that_shape_or_refused(node, edits):
    """Whatever short cuts the parser takes; a change of one byte is what a search finds holes with."""
    data = bytearray(json.dumps(node, separators=(",", ":")).encode())
    for place, removed, put in edits:
        place %= len(data) + 1
        data[place : place + removed] = put
    read_all(bytes(data))
    try:
        found = values.parse(bytes(data))
    except ReplyError:
        return
    again = json.loads(data)
    assert has_shape(again)
    assert json.dumps(found) == json.dumps(again)


@settings(QUICK, max_examples=EXAMPLES // 5)
@given(st.lists(st.text(alphabet='[]"\\{},a', max_size=12), max_size=6), st.integers(0, 2))
def test_strings_full_of_brackets_are_strings(texts, depth):
    """The quick look at the structure counts brackets; what stands in strings must not count for or against it."""
    node: object = ["list", *texts]
    for _ in range(depth):
        node = ["list", node, *texts]
    for padding in ("", "x" * values_read.LARGE_BYTES):  # the large are looked at otherwise
        whole = ["list", node, padding]
        assert values.parse(json.dumps(whole, separators=(",", ":")).encode()) == whole
        untagged = json.dumps(["list", whole, [1, *texts]], separators=(",", ":")).encode()
        with pytest.raises(ReplyError):
            values.parse(untagged)


@QUICK
@given(JUNK, JUNK)
def test_comparing_two_arbitrary_trees_gives_an_answer(a, b):
    """And the same one both ways round."""
    left, right = json.dumps(a).encode(), json.dumps(b).encode()
    assert values.equal(left, right) == values.equal(right, left)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 8_000_000, b'["list",' * 2_000_000, b'["list"' + b',["list"]' * 1_500_000 + b"]", b"9" * 8_000_000,
        b'["list",' + b",".join([b'"["'] * 500_000) + b"]", b'"' + b"\\u0000" * 1_000_000 + b'"', b'["int","' + b"f" * 8_000_000 + b'"]',
        b'["decimal","' + b"9" * 5_000_000 + b'"]', b"1e" + b"9" * 1_000_000, b"{" * 1_000_000, b'["set"' + b',["set"]' * 400 + b"]",
        b'["set"' + b',["list",NaN]' * 2000 + b"]", b'["ndarray","<f8",["tuple",99999999999],""]', b'["range",0,99999999999999999,1]',
        b'["deque",99999999999]', b'["fraction",1,0]', b'["timedelta",1e308,0,0]', b'["datetime",0,0,0,0,0,0,0,0,null]',
        b'["zoneinfo","../../etc/passwd"]', b'["cycle",5]', b'["list",["cycle",0]]', b'["array","u","AAAA"]', b'["path","a","\\u0000"]',
    ],
)  # fmt: skip
def test_bombs_are_defused_within_bounds(data):
    """Depth, width, digits, sizes that are only claimed: an answer in seconds, in little memory."""
    begun = time.process_time()
    assert isinstance(values.equal(data, data + b" "), bool)
    try:
        values.rebuild(data)
    except ReplyError:
        pass
    assert time.process_time() - begun < 10


def test_names_from_a_runner_are_fit_for_a_terminal():
    """No control sequences, no line breaks, no kilometres."""
    for name in ("\x1b[31mred\x1b[0m", "a\nb", "x" * 100_000, "\u202egnp.exe"):
        data = json.dumps(
            ["list", ["object", name], ["opaque", name, "why"], ["enum", name, name, 1], [name, 1]]
        ).encode()
        shown = values.render(data, 5_000)
        assert shown.isprintable()
        assert len(shown) <= 5_000
        assert values.type_name(json.dumps(["object", name]).encode()).isprintable()
