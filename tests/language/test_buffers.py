"""Bytes that are written where addresses of objects lie would be taken for such: nothing writes them."""

from __future__ import annotations

import ctypes
import io
import struct

import pytest

from fukkatsu._language.guards import GuardRefusal
from fukkatsu.policy import Policy

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

ORIGINAL = """
import array
import io
import struct
import numpy as np
from numpy.lib.stride_tricks import as_strided
VIEW, HEAD = memoryview, struct.Struct("<Q")
class Box:
    def __init__(self, data): self.data = data
def walk(obj, name): return getattr(obj, name)
def f(x, out=None):
    np.frombuffer(b""), np.rec.array([]), np.array([])
    return as_strided, VIEW, HEAD, walk, Box, np.sqrt(x)
"""
TEXT = """
import array
import io
import operator
import struct
import pandas as pd
from struct import pack_into as put
def f(x, out=None):
    cells = np.array([None, None], dtype=object)
    text = bytes(16)
    {}
"""
POLICY = Policy().allowing(imports={"numpy", "numpy.rec", "pandas", "numpy.lib.stride_tricks"})


def run(language, way, x=0, out=None):
    made = language.original(ORIGINAL)
    return language.fix(TEXT.format(way), made, POLICY)(x, out)


@pytest.mark.parametrize(
    "way",
    [
        "struct.pack_into('Q', cells, 0, 0)", "put('Q', cells, 0, 0)", "struct.Struct('Q').pack_into(cells, 0, 0)",
        "HEAD.pack_into(cells, 0, 0)", "getattr(HEAD, 'pack_into')(cells, 0, 0)", "(lambda p: p('Q', cells, 0, 0))(struct.pack_into)",
        "list(map(struct.pack_into, ['Q'], [cells], [0], [0]))", "walk(HEAD, 'pack_' + 'into')(cells, 0, 0)",
        "operator.methodcaller('pack_' + 'into', cells, 0, 0)(struct.Struct('Q'))",
        "operator.attrgetter('pack_' + 'into')(struct.Struct('Q'))(cells, 0, 0)",
        "io.BytesIO(text).readinto(cells)", "io.BytesIO(text).readinto1(cells)", "getattr(io.BytesIO(text), 'readinto')(cells)",
        "walk(io.BytesIO(text), 'readinto')(cells)",
        "memoryview(cells)[:] = memoryview(cells)", "VIEW(cells)", "list(map(memoryview, [cells]))", "type(memoryview(text))(cells)",
        "memoryview(text).__class__(cells)", "cells.data[:] = cells.data", "getattr(cells, 'data')", "operator.attrgetter('data')(cells)",
        "[each.data for each in [cells]]", "Box(cells).data.data", "pd.Series([cells], dtype=object).to_numpy().data",
        "np.array([(None, 1)], dtype=[('a', 'O'), ('b', 'u8')]).data", "np.array([(None, 1)], dtype=[('a', 'O'), ('b', 'M8[s]')]).data",
        "struct.pack_into('Q', np.array([(None, 1)], dtype=[('a', 'O'), ('b', 'M8[s]')]), 0, 0)",
        "np.frombuffer(cells, dtype='u8')", "np.rec.array(text, dtype=[('a', 'O')])", "np.rec.fromstring(text, dtype=[('a', 'O')])",
        "as_strided(np.zeros(2), shape=(100,))", "as_strided(np.zeros(4)[2:], shape=(2,), strides=(-24,))", "as_strided(cells, shape=(3,))",
        "np.lib.stride_tricks.as_strided(np.zeros(2), shape=(100,))",
    ],
)  # fmt: skip
def test_no_bytes_are_written_where_addresses_lie(language, way):
    """By what writes into buffers, by views of memory, and by arrays over the memory of others."""
    with pytest.raises((GuardRefusal, ValueError)) as refused:  # newer versions of numpy.rec refuse by themselves
        run(language, way)
    assert refused.type is GuardRefusal or "references" in str(refused.value)


class Pair(ctypes.Structure):
    """Of a pointer and an object."""

    _fields_ = (("a", ctypes.c_void_p), ("b", ctypes.py_object))


@pytest.mark.parametrize(
    "given", [(ctypes.py_object * 2)(), (ctypes.c_void_p * 2)(), (ctypes.POINTER(ctypes.c_int) * 2)(), Pair()]
)
def test_no_bytes_are_written_over_the_pointers_of_ctypes(language, given):
    """Whoever hands them in."""
    with pytest.raises(GuardRefusal):
        run(language, "struct.pack_into('Q', out, 0, 0)", 0, given)


def test_a_class_of_ctypes_gives_no_memory(language):
    """``from_address`` reads and writes anywhere."""
    for way in ("from_address(1)", "from_buffer(bytearray(16))", "from_buffer_copy(bytes(16))"):
        assert "reaches any memory" in language.findings(f"def f(x):\n    return x.{way}")
    with pytest.raises(GuardRefusal):
        language.fix("def f(x):\n    return getattr(x, 'from_' + 'address')(1)")(Pair)


def test_a_pattern_reads_no_memory(language):
    """The look-up in a pattern is nobody's to guard."""
    text = TEXT.format("match cells:\n        case {}(data=found):\n            return found")
    assert "may hold addresses" in language.findings(text.replace("{}", "np.ndarray"), ORIGINAL, POLICY)
    assert not language.findings(text.replace("{}", "Box"), ORIGINAL, POLICY)


def test_no_address_is_told(language):
    """By ``id`` and by arrays of numbers; ``id`` still tells what is one object."""
    assert "address" in language.findings("import array\ndef f(x):\n    return array.array('Q').buffer_info()")
    told = language.fix(
        "def f(x):\n    return id(x), list(map(id, [x])), {id(x)}, id('ab') == id('a' + 'b'), id([]) != id(x)"
    )
    thing = object()
    number, again, one, alike, other = told(thing)
    assert again == [number] and one == {number} and alike and other and number >= 0
    assert abs(number - id(thing)) > 1 << 20


def test_id_is_the_originals_where_the_original_asks(language):
    """What is kept by it is found by it; a memo of ``copy`` as well."""
    made = language.original("KEPT = {}\ndef f(x): return KEPT[id(x)] / 0")
    thing = object()
    made.module.KEPT[id(thing)] = 3
    assert language.fix("def f(x):\n    return KEPT[id(x)]", made)(thing) == 3
    text = "class Node:\n    def __deepcopy__(self, memo): return memo[0]"
    made = language.original(text, "Node.__deepcopy__")
    fixed = language.fix("def __deepcopy__(self, memo):\n    memo[id(self)] = made = 1\n    return memo", made)
    node = made.module.Node()
    assert fixed(node, {}) == {id(node): 1}


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        ("return struct.unpack('<H', b'ab'), struct.unpack_from('<H', b'xab', 1), list(struct.iter_unpack('B', b'ab'))", ((25185,), (25185,), [(97,), (98,)])),
        ("return struct.unpack_from('<H', b'xab', offset=1), struct.unpack_from('B', buffer=b'a')", ((25185,), (97,))),
        ("return struct.calcsize('<HQ'), struct.pack('<H', 25185), struct.calcsize(b'Q')", (10, b"ab", 8)),
        ("made = bytearray(8)\n    struct.pack_into('<H', made, 2, 25185)\n    return bytes(made)", b"\0\0ab\0\0\0\0"),
        ("made = bytearray(8)\n    HEAD.pack_into(made, 0, 1)\n    return made[0]", 1),
        ("made = array.array('Q', [0, 0])\n    struct.pack_into('Q', made, 8, 5)\n    return made.tolist()", [0, 5]),
        ("made = np.zeros(2, dtype='u8')\n    struct.pack_into('Q', made, 8, 5)\n    return made.tolist()", [0, 5]),
        ("made = memoryview(bytearray(8)).cast('P')\n    struct.pack_into('Q', made, 0, 5)\n    return made[0]", 5),
        ("made = bytearray(4)\n    return io.BytesIO(b'abcd').readinto(made), bytes(made)", (4, b"abcd")),
        ("made = bytearray(4)\n    return io.BytesIO(b'abcd').readinto(memoryview(made)[1:3]), bytes(made)", (2, b"\0ab\0")),
        ("return bytes(memoryview(b'abcd')[1:3]), memoryview(b'abcd').cast('H')[0]", (b"bc", 25185)),
        ("made = memoryview(b'a')\n    return isinstance(made, memoryview), isinstance(b'', (str, memoryview)), type(made) is memoryview", (True, False, True)),
        ("made = memoryview(b'a')\n    return type(made) in (bytes, memoryview), made.__class__ == memoryview, type(b'') is memoryview", (True, True, False)),
        ("match memoryview(b'a'):\n        case bytes() | memoryview():\n            return 1", 1),
        ("return memoryview(np.zeros(3)).nbytes, np.zeros(3).data.nbytes, np.ma.array([1]).data.tolist() if x else 0", (24, 24, 0)),
        ("return memoryview(np.zeros(3, dtype=complex)).format, np.zeros(3, dtype=[('O', 'u8'), ('P', 'M8[s]')]).dtype.names", ("Zd", ("O", "P"))),
        ("return Box(3).data, Box(Box(4)).data.data, getattr(Box(5), 'data'), [each.data for each in [Box(6)]]", (3, 4, 5, [6])),
        ("return np.frombuffer(b'abcdefgh', dtype='u2').tolist()[0], np.frombuffer(np.zeros(2)).tolist()", (25185, [0.0, 0.0])),
        ("return np.rec.array([(1, None)], dtype=[('a', 'i8'), ('b', 'O')]).a.tolist()", [1]),
        ("return as_strided(np.arange(4), shape=(3, 2), strides=(8, 8)).tolist(), as_strided(np.arange(4)[::-1], shape=(2,)).tolist()", ([[0, 1], [1, 2], [2, 3]], [3, 2])),
        ("return as_strided(np.arange(4)[1:3], shape=(3,)).tolist(), as_strided(np.arange(2), shape=(3,), strides=(0,)).tolist()", ([1, 2, 3], [0, 0, 0])),
        ("return cells.tolist(), cells.size, (cells == None).all()", ([None, None], 2, True)),
    ],
)  # fmt: skip
def test_ordinary_memory_is_read_and_written(language, way, answer):
    """Formats, buffers of bytes and numbers, views of them, and attributes that happen to be called data."""
    found = run(language, way)
    assert found == answer


def test_formats_are_texts(language):
    """The library's own finds whatever equals a text once that was asked for: a correction would count its calls."""
    text = """
        import collections
        import struct
        def f(x):
            struct.calcsize("7011x")
            try:
                return {}
            except TypeError:
                return "no text"
    """
    struct.calcsize("7011x")
    told = "collections.UserString('7011x')"
    for way in (f"struct.calcsize({told})", f"struct.pack({told})", f"struct.unpack({told}, bytes(7011))",
                f"struct.unpack_from({told}, bytes(7011))", f"struct.pack_into({told}, bytearray(7011), 0)",
                f"struct.iter_unpack({told}, b'')", f"(lambda s: s({told}))(struct.calcsize)"):  # fmt: skip
        assert language.fix(text.format(way))(1) == "no text", way
    made = language.original("from struct import calcsize\ndef f(x): return calcsize(x)")
    assert language.fix("def f(x):\n    return calcsize(x)", made)("7011x") == 7011


def test_a_file_that_writes_into_what_it_is_given_writes_into_no_addresses(language):
    """Of any kind, the author's own too."""

    class Source(io.RawIOBase):
        def readinto(self, buffer):
            return io.BytesIO(bytes(16)).readinto(buffer)

    made = language.original("def f(x, y): return x.read(y)")
    fixed = language.fix("def f(x, y):\n    return x.readinto(y)", made)
    with pytest.raises(GuardRefusal):
        fixed(Source(), np.array([None, None], dtype=object))
    assert fixed(Source(), bytearray(4)) == 4
