"""Ordinary corrections, as a model writes them: each passes both stages and does what plain Python does."""

from __future__ import annotations

import datetime
import decimal
import textwrap

import pytest

from fukkatsu import verify

# Each entry: what it shows, the correction (its imports and helpers beside it), calls, and the module around the original.
EVERYDAY = [
    ("guard against zero", "def f(x, y):\n    if y == 0:\n        return 0\n    return x / y", [(1, 0), (4, 2)], ""),
    (
        "try and except",
        "def f(x, y):\n    try:\n        return x / y\n    except ZeroDivisionError:\n        return None",
        [(1, 0), (1, 2)],
        "",
    ),
    (
        "bare except",
        "def f(x):\n    try:\n        return int(x)\n    except:\n        return -1",
        [("3",), ("a",), (None,)],
        "",
    ),
    (
        "except with tuple and as",
        "def f(x):\n    try:\n        return int(x)\n    except (TypeError, ValueError) as e:\n        return f'{type(e).__name__}: {e}'",
        [("3",), ("a",), (None,)],
        "",
    ),
    (
        "else and finally",
        "def f(x):\n    log = []\n    try:\n        v = 1 / x\n    except ZeroDivisionError:\n        log.append('zero')\n    else:\n        log.append(v)\n    finally:\n        log.append('done')\n    return log",
        [(0,), (2,)],
        "",
    ),
    (
        "raise from",
        "def f(x):\n    try:\n        return {}[x]\n    except KeyError as error:\n        raise ValueError(f'no {x!r}') from error",
        [(1,)],
        "",
    ),
    (
        "raise from None",
        "def f(x):\n    try:\n        return {}[x]\n    except KeyError:\n        raise LookupError('gone') from None",
        [(1,)],
        "",
    ),
    (
        "reraise",
        "def f(x):\n    try:\n        return 1 / x\n    except ZeroDivisionError:\n        if x == 0:\n            raise\n        return 0",
        [(0,), (1,)],
        "",
    ),
    (
        "except star",
        "def f(x):\n    seen = []\n    try:\n        raise ExceptionGroup('g', [ValueError(1), TypeError(2)])\n    except* ValueError as g:\n        seen += [repr(e) for e in g.exceptions]\n    except* TypeError:\n        seen.append('t')\n    return seen",
        [(0,)],
        "",
    ),
    ("assert", "def f(x):\n    assert x > 0, 'positive please'\n    return x", [(1,), (-1,)], ""),
    ("list comprehension", "def f(xs):\n    return [x * 2 for x in xs if x is not None]", [([1, None, 2],)], ""),
    ("nested comprehension", "def f(rows):\n    return [c for row in rows for c in row if c]", [([[1, 0], [2]],)], ""),
    (
        "dict and set comprehension",
        "def f(s):\n    return {c: s.count(c) for c in sorted({x for x in s if x.isalpha()})}",
        [("hello 1",)],
        "",
    ),
    (
        "generator expression",
        "def f(xs):\n    return sum(x for x in xs if isinstance(x, (int, float)))",
        [([1, "a", 2.5],)],
        "",
    ),
    (
        "augmented item",
        "def f(words):\n    d = {}\n    for w in words:\n        d[w] = d.get(w, 0)\n        d[w] += 1\n    return d",
        [(["a", "b", "a"],)],
        "",
    ),
    (
        "augmented everything",
        "def f(x):\n    x += 1; x -= 2; x *= 3; x //= 1; x **= 2; x %= 100; x <<= 1; x >>= 1; x |= 8; x &= 127; x ^= 3\n    return x",
        [(5,)],
        "",
    ),
    ("augmented list in place", "def f(xs):\n    xs += [1]\n    xs[0] += 10\n    return xs", [([1],)], ""),
    (
        "annotated assignment",
        "def f(x):\n    total: float = 0.0\n    name: str\n    name = 'n'\n    total += x\n    return total, name",
        [(1,)],
        "",
    ),
    (
        "unpacking",
        "def f(p):\n    (a, b), *rest = p\n    first, *_, last = rest or [0, 0]\n    a, b = b, a\n    return a, b, first, last",
        [([(1, 2), 3, 4, 5],), ([(1, 2)],)],
        "",
    ),
    (
        "starred calls",
        "def f(a, b):\n    def g(*args, **kw):\n        return args, kw\n    return g(*a, 1, **b, z=2), [*a, *a], {**b, 'k': 1}, (*a,)",
        [([1], {"y": 1})],
        "",
    ),
    (
        "with nullcontext",
        "from contextlib import suppress, nullcontext\ndef f(x):\n    with suppress(ZeroDivisionError), nullcontext(3) as three:\n        return three / x\n    return 'inf'",
        [(0,), (3,)],
        "",
    ),
    (
        "match values",
        "def f(x):\n    match x:\n        case 0 | 1:\n            return 'small'\n        case int() | float():\n            return 'number'\n        case [a, *rest]:\n            return a, rest\n        case {'k': v, **more}:\n            return v, more\n        case str() as s if s:\n            return s.upper()\n        case None:\n            return 'none'\n        case _:\n            return 'other'",
        [(0,), (5.0,), ([1, 2, 3],), ({"k": 1, "z": 2},), ("ab",), ("",), (None,), ((),)],
        "",
    ),
    (
        "match classes",
        "def f(p):\n    match p:\n        case Point(x=0, y=y):\n            return 'y', y\n        case Point(x, y):\n            return x + y",
        [],
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n    y: int\n",
    ),
    (
        "walrus",
        "def f(xs):\n    if (n := len(xs)) > 2:\n        return n\n    return [y for x in xs if (y := x * 2) > 2]",
        [([1, 2, 3],), ([1, 2],)],
        "",
    ),
    (
        "f-strings",
        "def f(x, w):\n    return f'{x!r:>{w}}|{x:.2f}|{x + 1=}|{x:,}|{{}}', f'{x:{w}.{1}f}'",
        [(1234.5, 12)],
        "",
    ),
    (
        "percent and format",
        "def f(x):\n    return '%s and %05.2f' % (x, x), '{} {0!r}'.replace(' {0!r}', '').format(x), '{:>8.3f}'.format(x), '{a[0]}'.format(a=[x])",
        [(1.5,)],
        "",
    ),
    ("format of the real part", "def f(x):\n    return '{0.real} {0.imag}'.format(x)", [(1 + 2j,)], ""),
    ("format_map", "def f(x):\n    return '{a}-{b}'.format_map({'a': x, 'b': 2})", [(1,)], ""),
    ("format with a template variable", "def f(t, x):\n    return t.format(x=x)", [("<{x:>3}>", 1)], ""),
    (
        "lambda and key",
        "def f(rows):\n    return sorted(rows, key=lambda r: (-r['n'], r['s']))",
        [([{"n": 1, "s": "a"}, {"n": 2, "s": "b"}],)],
        "",
    ),
    (
        "nested function and closure",
        "def f(x):\n    count = 0\n    def step(by=1):\n        nonlocal count\n        count += by\n        return count\n    step()\n    step(by=x)\n    return count",
        [(5,)],
        "",
    ),
    (
        "helper beside the function",
        "def _clean(text: str, default='') -> str:\n    return (text or default).strip().lower()\n\ndef f(x):\n    return _clean(x)",
        [(" A ",), (None,)],
        "",
    ),
    ("recursion", "def f(n):\n    return 1 if n <= 1 else n * f(n - 1)", [(5,), (0,)], ""),
    (
        "mutual recursion with a helper",
        "def odd(n):\n    return n != 0 and f(n - 1)\ndef f(n):\n    return n == 0 or odd(n - 1)",
        [(4,), (5,)],
        "",
    ),
    (
        "generator",
        "def f(xs):\n    for x in xs:\n        if x is None:\n            continue\n        got = yield x\n    yield from (9, 8)\n    return got",
        [([1, None, 2],)],
        "",
    ),
    (
        "async",
        "import asyncio\nasync def f(x):\n    async def one(v):\n        await asyncio.sleep(0)\n        return v * 2\n    async def each():\n        for v in range(x):\n            yield v\n    total = [v async for v in each()]\n    async for v in each():\n        total.append(v)\n    return await asyncio.gather(*(one(v) for v in total))",
        [(2,)],
        "",
    ),
    (
        "async with",
        "import asyncio\nasync def f(x):\n    lock = asyncio.Lock()\n    async with lock:\n        return await asyncio.wait_for(asyncio.sleep(0, x), timeout=1)",
        [(2,)],
        "",
    ),
    (
        "slices",
        "def f(xs):\n    xs[1:2] = [7, 7]\n    del xs[0]\n    return xs[::-1], xs[-1:], xs[:2]",
        [([1, 2, 3],)],
        "",
    ),
    (
        "set and dict operators",
        "def f(a, b):\n    return a | b, a & b, a - b, a ^ b, {'x': 1} | {'y': 2}, a <= b",
        [({1, 2}, {2, 3})],
        "",
    ),
    (
        "chained comparison",
        "def f(x):\n    return 0 < x <= 10 != 5, x in (1, 2) and x not in [3], x is not None",
        [(5,), (0,)],
        "",
    ),
    (
        "conditional and boolean",
        "def f(x):\n    return (x or 'none') if not x else -x if x > 0 else +x, ~1, not x",
        [(0,), (3,), (-3,)],
        "",
    ),
    (
        "while else break continue",
        "def f(n):\n    while n > 0:\n        n -= 1\n        if n == 7:\n            break\n        if n % 2:\n            continue\n    else:\n        return 'end'\n    return n",
        [(5,), (9,)],
        "",
    ),
    (
        "for else",
        "def f(xs):\n    for i, x in enumerate(xs):\n        if x == 3:\n            return i\n    else:\n        return None",
        [([1, 3],), ([],)],
        "",
    ),
    ("positional and keyword only", "def f(a, /, b, *, c=3):\n    return a + b + c", [(1, 2)], ""),
    ("star parameters", "def f(*args, sep=',', **kw):\n    return sep.join(map(str, args)), kw", [(1, 2)], ""),
    (
        "getattr with default",
        "def f(x):\n    return getattr(x, 'real', None), getattr(x, 'missing', 'm'), hasattr(x, '__len__')",
        [(1,), ("s",)],
        "",
    ),
    (
        "type comparisons",
        "def f(x):\n    return type(x) is int, type(x) == str, type(x).__name__, isinstance(x, type), x.__class__.__name__, type(x) in (int, float)",
        [(1,), ("s",)],
        "",
    ),
    ("type as a converter", "def f(x):\n    return type(x)(x)", [([1],), ("s",)], ""),
    (
        "json",
        "import json\ndef f(x):\n    try:\n        return json.loads(x)\n    except (json.JSONDecodeError, TypeError):\n        return {}",
        [('{"a": 1}',), ("{",), (None,)],
        "",
    ),
    (
        "math and statistics",
        "import math\nfrom statistics import mean, StatisticsError\ndef f(xs):\n    try:\n        m = mean(xs)\n    except StatisticsError:\n        return math.nan if xs is None else 0.0\n    return math.sqrt(m) if m >= 0 and not math.isclose(m, 3) else math.inf",
        [([4],), ([],), ([3],)],
        "",
    ),
    (
        "re",
        "import re\ndef f(s):\n    m = re.search(r'(?P<n>\\d+)', s or '', flags=re.I | re.MULTILINE)\n    return (m.group('n'), m.span(), m[0]) if m else re.sub(r'\\s+', lambda k: '_', s or '')",
        [("ab12",), ("a  b",), (None,)],
        "",
    ),
    (
        "datetime",
        "from datetime import datetime, timedelta, timezone\nimport datetime as dt\ndef f(s):\n    for fmt in ('%Y-%m-%d', '%d.%m.%Y'):\n        try:\n            d = datetime.strptime(s, fmt)\n        except ValueError:\n            continue\n        return (d + timedelta(days=1)).isoformat(), d.replace(tzinfo=timezone.utc).year, dt.date(d.year, 1, 1)\n    return None",
        [("2024-02-28",), ("28.02.2024",), ("x",)],
        "",
    ),
    (
        "decimal",
        "from decimal import Decimal, InvalidOperation, ROUND_HALF_UP, localcontext\ndef f(x):\n    try:\n        with localcontext() as ctx:\n            ctx.prec = 20\n            return Decimal(str(x)).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)\n    except InvalidOperation:\n        return Decimal(0)",
        [(1.005,), ("x",)],
        "",
    ),
    (
        "itertools and functools",
        "from itertools import groupby, chain, islice, accumulate\nfrom functools import reduce, partial, lru_cache\nimport operator\ndef f(xs):\n    add = partial(operator.add, 1)\n    @lru_cache(maxsize=None)\n    def fib(n):\n        return n if n < 2 else fib(n - 1) + fib(n - 2)\n    return reduce(operator.mul, xs, 1), list(map(add, xs)), [(k, list(g)) for k, g in groupby(xs)], list(islice(chain(xs, xs), 3)), list(accumulate(xs)), fib(10)",
        [([1, 1, 2],), ([],)],
        "",
    ),
    (
        "collections",
        "from collections import Counter, defaultdict, deque, OrderedDict, ChainMap\ndef f(xs):\n    d = defaultdict(list)\n    for i, x in enumerate(xs):\n        d[x].append(i)\n    q = deque(xs, maxlen=2)\n    q.appendleft(0)\n    return Counter(xs).most_common(1), dict(d), list(q), OrderedDict(a=1), ChainMap({'a': 1})['a']",
        [([1, 2, 1],)],
        "",
    ),
    (
        "attrgetter",
        "from operator import attrgetter, itemgetter, methodcaller\ndef f(xs):\n    return sorted(xs, key=attrgetter('real')), max([(1, 2), (0, 3)], key=itemgetter(1)), list(map(methodcaller('bit_length'), xs))",
        [([3, 1],)],
        "",
    ),
    (
        "text modules",
        "import string, textwrap, unicodedata, html\ndef f(s):\n    return unicodedata.normalize('NFKD', s), textwrap.shorten(s, 10), string.ascii_lowercase[:3], html.escape(s), string.Template('$a').substitute(a=s)",
        [("h\u00e9llo <world> long",)],
        "",
    ),
    (
        "bytes and hashes",
        "import hashlib, base64, struct, zlib\ndef f(b):\n    return hashlib.sha256(b).hexdigest()[:8], base64.b64encode(b).decode('ascii'), struct.pack('>H', 1), zlib.crc32(b), b.hex(), bytes.fromhex('00')",
        [(b"ab",)],
        "",
    ),
    (
        "urls",
        "from urllib.parse import urlparse, parse_qs, quote, urlencode\nimport urllib.parse\ndef f(u):\n    p = urlparse(u)\n    return p.hostname, p.port, parse_qs(p.query), quote('a b'), urlencode({'a': 1}), urllib.parse.unquote('%20')",
        [("http://h:1/?a=1",)],
        "",
    ),
    (
        "os.path as text",
        "import os\nimport os.path as osp\ndef f(p):\n    return os.path.join(p, 'x'), osp.splitext(p)[1], os.path.basename(p), os.sep",
        [("/a/b.txt",)],
        "",
    ),
    (
        "csv from text",
        "import csv, io\ndef f(text):\n    out = io.StringIO()\n    w = csv.writer(out)\n    for row in csv.reader(io.StringIO(text)):\n        w.writerow([c.strip() for c in row])\n    return out.getvalue(), list(csv.DictReader(io.StringIO(text)))",
        [("a, b\n1, 2\n",)],
        "",
    ),
    (
        "heap and bisect",
        "import heapq\nfrom bisect import bisect_left, insort\ndef f(xs):\n    h = list(xs)\n    heapq.heapify(h)\n    s = []\n    for x in xs:\n        insort(s, x)\n    return heapq.heappop(h), heapq.nlargest(2, xs), bisect_left(s, 2), s",
        [([3, 1, 2],)],
        "",
    ),
    (
        "copies",
        "import copy\ndef f(x):\n    y = copy.deepcopy(x)\n    y['a'].append(1)\n    return x, y, copy.copy(x)",
        [({"a": []},)],
        "",
    ),
    (
        "dataclasses",
        "from dataclasses import replace, asdict, fields, is_dataclass\ndef f(n):\n    p = P(n)\n    p.n += 1\n    q = replace(p, n=5)\n    return asdict(q), [x.name for x in fields(p)], is_dataclass(p), p.n, p == P(n + 1)",
        [(1,)],
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    n: int\n",
    ),
    (
        "enums",
        "from enum import Enum\ndef f(x):\n    try:\n        c = Color(x)\n    except ValueError:\n        c = Color.RED\n    return c.name, c.value, isinstance(c, Enum), isinstance(1, Enum), [m.name for m in Color], Color['RED'] is Color.RED",
        [(2,), (9,)],
        "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n",
    ),
    (
        "match on enum members",
        "def f(x):\n    match Color(x):\n        case Color.RED:\n            return 'r'\n        case Color.BLUE:\n            return 'b'",
        [(1,), (2,)],
        "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n",
    ),
    (
        "named tuples",
        "def f(x):\n    p = P(x, 2)._replace(b=3)\n    return p._asdict(), p._fields, p.a",
        [(1,)],
        "from collections import namedtuple\nP = namedtuple('P', 'a b')\n",
    ),
    (
        "globals of the original",
        "def f(x):\n    global calls\n    calls = calls + 1\n    _CACHE[x] = RATE * helper(x)\n    return _CACHE.get(x), calls",
        [(2,)],
        "RATE = 3\n_CACHE = {}\ncalls = 0\ndef helper(x): return x + 1\n",
    ),
    (
        "modules of the original",
        "def f(x):\n    return np_like.dumps(x), math.floor(2.5)",
        [([1],)],
        "import json as np_like\nimport math\n",
    ),
    (
        "random of the original",
        "def f(xs):\n    return random.choice(xs) if xs else None",
        [([1],), ([],)],
        "import random\n",
    ),
    (
        "uncommon builtins",
        "def f(x):\n    return abs(-1), all([1]), any([]), ascii('\u00e9'), bin(5), bool(x), bytearray(b'a'), callable(f), chr(65), complex(1, 2), divmod(7, 2), list(filter(None, [0, 1])), format(3.14159, '.2f'), frozenset([1]), hash(1), hex(255), issubclass(bool, int), next(iter([1]), None), max(1, 2), min([3], default=0), oct(8), ord('a'), pow(2, 3, 5), list(range(3)), repr('a'), list(reversed([1, 2])), round(2.567, 1), set([1]), slice(1, 2), sorted([2, 1], reverse=True), str(1), sum([1, 2], 3), tuple([1]), list(zip([1], [2], strict=True)), list(map(str, [1]))",
        [(1,)],
        "",
    ),
    (
        "string methods",
        "def f(s):\n    return s.strip().title().split(','), s.partition('=')[2], s.encode('utf-8').decode(), s.startswith(('a', 'b')), s.zfill(5), s.translate(str.maketrans('a', 'b')), s.casefold().removeprefix('a'), ', '.join(sorted(s))",
        [("ab=c,d",)],
        "",
    ),
    ("print", "def f(x):\n    print('x is', x, sep='=', end='')\n    return x", [(1,)], ""),
    (
        "deleting",
        "def f(d):\n    d = dict(d)\n    d.pop('a', None)\n    if 'b' in d:\n        del d['b']\n    x = 1\n    del x\n    return d",
        [({"a": 1, "b": 2, "c": 3},)],
        "",
    ),
    ("type variable named type", "def f(type, id=None):\n    return type if type else id", [("t",), ("",)], ""),
    (
        "memo dict on a nested function",
        "def f(n):\n    def fib(k):\n        if k not in fib.cache:\n            fib.cache[k] = k if k < 2 else fib(k - 1) + fib(k - 2)\n        return fib.cache[k]\n    fib.cache = {}\n    return fib(n)",
        [(12,)],
        "",
    ),
    (
        "simple namespace",
        "from types import SimpleNamespace\ndef f(x):\n    o = SimpleNamespace(a=x)\n    o.a += 1\n    o.b = 2\n    del o.b\n    setattr(o, 'c', 3)\n    return o.a, o.c, hasattr(o, 'b')",
        [(1,)],
        "",
    ),
    (
        "nested decorator",
        "import functools\ndef f(x):\n    def twice(g):\n        @functools.wraps(g)\n        def inner(*a, **k):\n            return g(*a, **k) * 2\n        return inner\n    @twice\n    def h(y):\n        return y\n    return h(x), h.__name__",
        [(3,)],
        "",
    ),
    (
        "context manager made inside",
        "from contextlib import contextmanager\ndef f(x):\n    log = []\n    @contextmanager\n    def cm():\n        log.append('in')\n        try:\n            yield x\n        finally:\n            log.append('out')\n    with cm() as v:\n        log.append(v)\n    return log",
        [(3,)],
        "",
    ),
    (
        "typing names",
        "from __future__ import annotations\nfrom typing import Any, Optional, Union, cast\ndef f(x: Optional[int], y: 'Union[str, int]' = 1) -> list[dict[str, Any]] | None:\n    z: list[int] = [x or 0]\n    return cast(list, z)",
        [(None,), (3,)],
        "",
    ),
    (
        "sentinel object",
        "def f(d):\n    missing = object()\n    return d.get('k', missing) is missing",
        [({},), ({"k": 1},)],
        "",
    ),
    (
        "time arithmetic",
        "import time, calendar\nfrom zoneinfo import ZoneInfo\nfrom datetime import datetime\ndef f(x):\n    return time.strftime('%Y', time.gmtime(x)), calendar.monthrange(2024, 2), datetime(2024, 1, 1, tzinfo=ZoneInfo('UTC')).isoformat()",
        [(0,)],
        "",
    ),
    (
        "fractions and numbers",
        "from fractions import Fraction\nfrom numbers import Number\ndef f(x):\n    return Fraction(x).limit_denominator(10), isinstance(x, Number)",
        [(0.5,)],
        "",
    ),
    (
        "abstract containers",
        "from collections.abc import Iterable, Mapping\ndef f(x):\n    if isinstance(x, Mapping):\n        return dict(x)\n    return list(x) if isinstance(x, Iterable) and not isinstance(x, (str, bytes)) else [x]",
        [({"a": 1},), ([1],), ("s",)],
        "",
    ),
    (
        "uuid values",
        "import uuid\ndef f(s):\n    try:\n        return str(uuid.UUID(s))\n    except (ValueError, AttributeError, TypeError):\n        return None",
        [("12345678123456781234567812345678",), ("x",), (None,)],
        "",
    ),
    (
        "warnings",
        "import warnings\ndef f(x):\n    if x < 0:\n        warnings.warn('negative', UserWarning, stacklevel=2)\n    return abs(x)",
        [(1,)],
        "",
    ),
    (
        "ip addresses",
        "import ipaddress\ndef f(s):\n    try:\n        return ipaddress.ip_address(s).is_private\n    except ValueError:\n        return False",
        [("10.0.0.1",), ("x",)],
        "",
    ),
    ("docstring changes", "'''Module text.'''\ndef f(x):\n    '''Another text.'''\n    return x", [(1,)], ""),
    (
        "ellipsis and pass",
        "def f(x):\n    if x:\n        pass\n    ...\n    return x is ..., NotImplemented is x",
        [(1,)],
        "",
    ),
    (
        "matrix",
        "def f(m):\n    return [list(row) for row in zip(*m)], sum(m[i][i] for i in range(len(m))), m[0][-1]",
        [([[1, 2], [3, 4]],)],
        "",
    ),
    (
        "local import",
        "def f(x):\n    import math\n    from json import dumps as d\n    return math.ceil(x), d(x)",
        [(1.5,)],
        "",
    ),
    (
        "existing private attribute",
        "def f(x):\n    b = Box()\n    b._n += x\n    b._n = b._n or 1\n    return b._n",
        [(1,)],
        "class Box:\n    def __init__(self):\n        self._n = 0\n",
    ),
    (
        "add_note",
        "def f(x):\n    try:\n        return int(x)\n    except ValueError as e:\n        e.add_note('while parsing')\n        raise",
        [("a",), ("1",)],
        "",
    ),
    ("operator module and shadowed name", "def f(list, str):\n    return [x for x in list], str", [([1], "s")], ""),
    ("complex slices and negative steps", "def f(s):\n    return s[::2], s[-3:-1], s[::-1]", [("abcdef",)], ""),
    (
        "long elif chain",
        "def f(x):\n    if x == 0:\n        return 0\n"
        + "".join(f"    elif x == {i}:\n        return {i * i}\n" for i in range(1, 40))
        + "    return None",
        [(39,), (41,)],
        "",
    ),
    (
        "chained method calls",
        "def f(s):\n    return (s.strip().lower().replace('a', 'b').replace('c', 'd').split('-')[0].upper().center(9, '*').rstrip('*'))",
        [(" aC-x ",)],
        "",
    ),
]


@pytest.mark.parametrize(
    ("text", "calls", "around"), [e[1:] for e in EVERYDAY], ids=[e[0].replace(" ", "-") for e in EVERYDAY]
)
def test_an_everyday_correction_does_what_plain_python_does(language, text, calls, around):
    """Held against the same text under plain exec, arguments after the call included."""
    if not calls:
        assert language.fix(text, language.original(around + text))
    language.same(text, *calls, original=around)


def test_methods_use_super_private_attributes_and_mangled_names(language):
    """A correction stands at the top level of its text, yet names are mangled as inside its class."""
    original = language.original(
        """
        class Base:
            def total(self, xs):
                return sum(xs)

        class Cart(Base):
            rate = 2
            count = 0
            def __init__(self):
                self._tax = 1
                self.__secret = 10
            def total(self, xs):
                Cart.count += 1
                return super().total(xs) * self.rate + self._tax + self.__secret
        """,
        "Cart.total",
    )
    fixed = language.fix(
        """
        def total(self, xs):
            Cart.count += 1
            return super().total([x for x in xs if x]) * self.rate + self._tax + self.__secret
        """,
        original,
    )
    cart = original.module.Cart()
    assert fixed(cart, [1, None, 2]) == 17
    assert original.module.Cart.count == 1
    assert fixed.__qualname__ == "Cart.total"


def test_class_methods_and_static_methods(language):
    """``cls(...)`` and a class attribute that the original assigns are ordinary."""
    original = language.original(
        "class A:\n    made = 0\n    @classmethod\n    def make(cls, x):\n        cls.made += 1\n        return cls()\n",
        "A.make",
    )
    fixed = language.fix("def make(cls, x):\n    cls.made += 1\n    return cls() if x else None", original)
    assert isinstance(fixed(original.module.A, 1), original.module.A)
    assert original.module.A.made == 1


def test_numpy_and_pandas_work_once_the_policy_allows_them(language):
    """Opening a package opens its public members, and writes into its values need no guard."""
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("pandas")
    from fukkatsu.policy import Policy

    text = textwrap.dedent(
        """
        import numpy as np
        import pandas as pd
        def f(x):
            a = np.asarray(x, dtype=float)
            a[np.isnan(a)] = 0.0
            a += 1
            frame = pd.DataFrame({'a': a})
            frame['b'] = frame['a'] * 2
            frame.loc[frame['a'] > 1, 'b'] = 0
            return float(a.sum()), frame['b'].tolist(), frame.groupby('a').size().to_dict()
        """
    )
    fixed = language.fix(text, policy=Policy().allowing(imports={"numpy", "pandas"}))
    assert fixed([1.0, numpy.nan]) == (3.0, [0.0, 2.0], {1.0: 1, 2.0: 1})


def test_values_of_the_standard_library_keep_their_types(language):
    """What a view hands out is the real class, so results equal those of plain Python by exact type."""
    fixed = language.fix(
        "import datetime, decimal\ndef f(x):\n    return datetime.date(2024, 1, 1), decimal.Decimal(x)"
    )
    assert fixed("1") == (datetime.date(2024, 1, 1), decimal.Decimal(1))
    assert type(fixed("1")[0]) is datetime.date


def test_a_refusal_names_everything_at_once_and_opens_as_little_as_it_can(language):
    """A module with powers is opened member by member, any other as a whole; names are refused in the same answer."""
    text = "import subprocess\nimport yaml\ndef f(x):\n    return subprocess.run(yaml.load(x)), yaml.dump(x), open(x), x._y"
    opens = {finding.opens for finding in language.check(text)}
    assert opens == {("imports", "subprocess.run"), ("imports", "yaml"), ("calls", "open"), ("attributes", "_y")}


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("def f(x):\n    return defaultdict(x)", "Add `from collections import defaultdict`."),
        ("def f(x):\n    return math.floor(x)", "Add `import math`."),
        ("def f(x):\n    log.info(x)\n    return x", "only those that the original uses are open"),
        ("LIMIT = f(3)\ndef f(x):\n    return LIMIT", "make it a helper function that returns the value"),
        ("def f(x):\n    return x\nif __name__ == '__main__':\n    f(1)\nelse:\n    f(2)", "a correction is no script"),
        ("try:\n    import json\nexcept ImportError:\n    pass\ndef f(x):\n    return x", "Import what is there"),
        ("def f(x):\n    try:\n        return x\n    except BaseException:\n        return 0", "catch Exception"),
    ],
)
def test_a_refusal_says_how_to_write_it_instead(language, text, remedy):
    """What a model writes by habit comes back with the sentence that puts it right."""
    assert remedy in language.findings(text)


def test_a_global_that_the_original_assigns_is_read_too(language):
    """Counting up what the original only sets."""
    original = language.original("n = 4\ndef f(x):\n    global n\n    n = x")
    language.fix("def f(x):\n    global n\n    n = n + 1", original)(0)
    assert original.module.n == 5


COLLECTING = {
    "appended": "found = []\n    for word in WORDS:\n        found.append(word)\n    return found[:n]",
    "kept in a dict": "seen = {}\n    for word in WORDS:\n        seen[word] = len(seen)\n        seen.pop(word, None)\n    return list(seen)[:n]",
    "kept in a set": "seen = set()\n    for word in WORDS:\n        seen.add(word)\n        seen.discard(word)\n    return list(seen)[:n]",
    "worked off": "left = [WORDS]\n    while left:\n        left.pop()\n    return [n, left]",
    "inserted": "found = []\n    for word in WORDS:\n        found.insert(0, word)\n    return found[:n]",
    "sorted copy": "found = list(WORDS)\n    found.sort()\n    return found[:n]",
}
WORDS = ["b", "a"]


def words(n):
    """As many."""
    return WORDS[: 10 // n]


@pytest.mark.parametrize("body", COLLECTING.values(), ids=COLLECTING)
def test_what_the_module_holds_may_be_collected_in_a_list_of_ones_own(body):
    """Nothing of the module's is changed by that."""
    report = verify(f"def words(n):\n    {body}\n", words)
    assert report.verdicts[0].outcome == "accepted", report.reason


@pytest.mark.parametrize(
    "body",
    [
        "WORDS.append('c')",
        "list.append(WORDS, 'c')",
        "kind = list\n    kind.append(WORDS, 'c')",
        "type(WORDS).append(WORDS, 'c')",
        "list.pop(WORDS, 0)",
        "mine = WORDS\n    mine.pop()",
    ],
)
def test_what_the_module_holds_is_not_changed_however_it_is_written(body):
    """By its method, by the function of its class, under another name."""
    report = verify(f"def words(n):\n    {body}\n    return WORDS[: 10 // n]\n", words)
    assert report.refused_by == "static"
    assert "WORDS" in report.reason
