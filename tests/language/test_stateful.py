"""Objects that change when they are used: a correction reads them however it likes, and uses them as its original does."""

from __future__ import annotations

import textwrap

import pytest

AROUND = """
import asyncio, collections, contextvars, decimal, functools, hashlib, io, queue, random, threading
BUF = io.StringIO("text")
RAW = io.BytesIO(b"text")
LOCK = threading.Lock()
EVENT = threading.Event()
QUEUE = queue.Queue()
RNG = random.Random(1)
CTX = decimal.Context()
HASH = hashlib.sha256()
GEN = (x for x in range(100))
MV = memoryview(bytearray(8))
DD = collections.defaultdict(list, a=[1])
OD = collections.OrderedDict(a=1)
PART = functools.partial(dict, a=[1])
PLAIN = functools.partial(int, base=2)
class Config:
    rows = [1]
    own = []
    name = "n"
    def __init__(self): self.own = [2]
@functools.cache
def settings(): return {"n": 0}
def f(x):
    return (BUF.getvalue(), RAW.tell(), LOCK.locked(), EVENT.is_set(), QUEUE.qsize(), RNG.getstate(), CTX.prec,
            HASH.hexdigest(), GEN is None, MV.nbytes, DD.get(x), OD, PART, PLAIN, Config.rows, settings(), x)
"""
USES = """
BUF.read()
BUF.seek(3)
BUF.write("x")
BUF.truncate(0)
BUF.close()
print("x", file=BUF)
write = BUF.write; write("x")
[BUF][0].write("x")
for line in BUF: pass
with BUF: pass
RAW.readinto(x)
RAW.getbuffer()
LOCK.acquire()
LOCK.acquire(False)
with LOCK: pass
EVENT.set()
EVENT.clear()
QUEUE.put_nowait(1)
QUEUE.get_nowait()
QUEUE.task_done()
RNG.seed(1)
RNG.random()
RNG.setstate(RNG.getstate())
CTX.divide(1, 3)
CTX.clear_flags()
CTX.traps.clear()
HASH.update(b"x")
GEN.close()
GEN.send(None)
next(GEN)
MV.release()
MV[0] = 1
MV.cast("b")[0] = 1
MV.toreadonly; MV.cast("b").cast("B")[0] = 1
DD[x]
DD[len(DD)]
list(map(DD.__getitem__, range(3)))
"%(a)s" % DD
"{a}".format_map(DD)
DD["a"].append(1)
super(collections.OrderedDict, OD).update(x=1)
PART()["a"].append(1)
settings()["n"] = 1
settings().update(n=1)
Config().rows.append(1)
made = Config(); made.rows += [1]
match Config():§    case Config(rows=t): t.append(1)
"""
READS = """
return BUF.getvalue(), BUF.tell(), BUF.closed, RAW.getvalue()
return LOCK.locked(), EVENT.is_set(), QUEUE.qsize(), QUEUE.empty(), QUEUE.maxsize
return CTX.prec, CTX.rounding, HASH.hexdigest(), HASH.name, HASH.copy().digest()
return MV.tolist(), bytes(MV), MV[0], MV.shape, len(MV)
return DD.get(x), "a" in DD, dict(DD), list(DD.items()), len(DD), DD.default_factory is list
mine = dict(settings()); mine["n"] = 1; return mine
return settings()["n"], settings().get("m", 0) + 1
n = settings()["n"]; n += 1; return n
return PART()["a"][0], PLAIN("101")
made = Config(); made.own.append(1); made.rows = [3]; return made.own, made.name
mine = io.StringIO(); mine.write("x"); mine.seek(0); print("y", file=mine); return mine.read()
import io; mine = io.BytesIO(b"x"); return mine.read(), [line for line in mine]
local = collections.defaultdict(list); local[x].append(1); return local[len(local)]
lock = threading.Lock() if x is LOCK else None; return str(LOCK), repr(BUF), QUEUE is None
def numbers():§    yield 1§it = numbers(); next(it); it.close(); return x
"""


def _check(language, lines, around=AROUND):
    text = "\n".join(part for line in lines.split("§") for part in [line])
    if "§" not in lines:
        text = "\n".join(part.strip() for part in lines.split(";"))
    body = textwrap.indent(text.replace(" return ", "\nreturn ") if "§" in lines else text, "    ")
    return language.findings(f"def f(x):\n{body}\n    return x\n", language.original(around))


@pytest.mark.parametrize("use", USES.strip().split("\n"))
def test_what_changes_when_it_is_used_is_not_used_where_the_original_only_looks(language, use):
    """Files, locks, queues, generators, what is cached, what instances share: in the text, whatever is tried."""
    assert "a change of" in _check(language, use)


@pytest.mark.parametrize("read", READS.strip().split("\n"))
def test_reading_them_is_open(language, read):
    """What only tells, copies, and objects of the call's own."""
    lines = read.replace("; return", "§return") if "§" in read else read
    found = _check(language, lines)
    assert "a change of" not in found


@pytest.mark.parametrize(
    ("original", "use"),
    [
        ("BUF.write(x)", "BUF.seek(0)\n    BUF.write(x)"),
        ("with LOCK: pass", "LOCK.acquire()\n    LOCK.release()"),
        ("QUEUE.put(x)", "QUEUE.put_nowait(x)"),
        ("RNG.random()", "RNG.choice([x])"),
        ("DD[x]", "DD[str(x)]"),
        ("print(x, file=BUF)", "print(x, x, file=BUF)"),
        ("Config().rows.append(x)", "Config().rows.extend([x])"),
    ],
)
def test_where_the_original_uses_them_a_correction_does(language, original, use):
    """In its own way."""
    around = AROUND.replace("def f(x):\n", f"def f(x):\n    {original}\n")
    text = f"def f(x):\n    {use}\n    return x"
    assert "a change of" not in language.findings(text, language.original(around))
    assert "a change of" in language.findings(text, language.original(AROUND))


NUMPY = """
import numpy as np, pandas as pd
ARR = np.zeros(3)
WIDE = np.zeros((2, 3))
FRAME = pd.DataFrame({"a": [1.0], "b": [2.0]})
SER = pd.Series([1.0, 2.0])
def f(x): return ARR, WIDE, FRAME, SER, np.sum(ARR), pd.isna(x)
"""
WRITES = """
np.nanmax(x, 0, ARR)
np.nanmedian(x, 0, ARR)
np.nansum(x, 0, None, ARR)
np.nanmean(x, 0, None, ARR)
np.nanstd(x, 0, None, ARR)
np.ptp(x, 0, ARR)
np.trace(x, 0, 0, 1, None, ARR)
np.stack([x], 0, ARR)
np.isposinf(x, ARR)
np.add.reduce(x, 0, None, ARR)
np.add.accumulate(x, 0, None, ARR)
np.maximum.reduceat(x, [0], 0, None, ARR)
x.sum(0, **{"out": ARR})
x.trace(0, 0, 1, None, ARR)
x.ptp(0, ARR)
v = ARR.view(); v[0] = 1
v = ARR.astype(float, copy=False); v[0] = 1
v = WIDE.squeeze(); v[0] = 1
v = WIDE.reshape(3, 2).ravel(); v[0] = 1
WIDE.T[0] = 1
WIDE.swapaxes(0, 1)[0] = 1
FRAME.isetitem(0, [9])
FRAME.drop(columns="a", **{"inplace": True})
FRAME.to_numpy()[0, 0] = 1
FRAME["a"].to_numpy()[0] = 1
SER.to_numpy()[0] = 5
"""
NUMPY_READS = """
return np.sum(ARR, 0), np.max(WIDE, 1), np.mean(WIDE, 0), np.nanmean(WIDE, 0), np.median(ARR)
return np.where(ARR > 0, ARR, x), np.isin(x, ARR), np.dot(ARR, ARR), np.searchsorted(ARR, x), np.interp(x, ARR, ARR)
return WIDE.reshape(3, 2), WIDE.reshape(-1).sum(), WIDE.T, WIDE.ravel()[0], ARR.astype(int)
mine = WIDE.reshape(3, 2).copy(); mine[0] = 1; return mine
mine = ARR * 2; mine[0] = 1; mine += ARR; return mine
mine = ARR.astype(float); mine[0] = 1; return mine
mine = np.zeros(3); np.add(ARR, 1, mine); np.nanmax(WIDE, 0, mine); return mine
return np.clip(x, ARR, 1), np.clip(ARR, 0, 1), np.stack([ARR, ARR], 0), np.concatenate([ARR, ARR])
return np.histogram(x, ARR), np.digitize(x, ARR), np.average(x, 0, ARR), np.take(x, ARR), np.quantile(x, ARR)
mine = FRAME.copy(); mine["c"] = 1; return mine.drop(columns="a"), FRAME["a"].to_numpy().sum()
return FRAME.merge(FRAME), SER.map(str), FRAME.to_dict(**{"orient": "list"})
"""


@pytest.mark.parametrize("write", WRITES.strip().split("\n"))
def test_arrays_are_written_to_by_no_argument_and_through_no_view(language, write):
    """An ``out`` by position or in ``**``, and what methods give that lies in the same memory."""
    pytest.importorskip("numpy")
    pytest.importorskip("pandas")
    assert "a change of" in _check(language, write, NUMPY)


@pytest.mark.parametrize("read", NUMPY_READS.strip().split("\n"))
def test_arrays_are_computed_with_as_ever(language, read):
    """Axes by position, views that are read, copies and new arrays that are written to."""
    pytest.importorskip("numpy")
    pytest.importorskip("pandas")
    assert "a change of" not in _check(language, read, NUMPY)
