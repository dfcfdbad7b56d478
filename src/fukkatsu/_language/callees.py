"""What calls do with what they are given, by the name of what is called: change it, keep it, give it back.

Of a library's function that is not named here the worst is assumed: that it keeps what it is given, and gives it back
in what it returns.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import builtins
from typing import Final

MUTATORS: Final = frozenset(
    "add append appendleft byteswap clear difference_update discard extend extendleft fill frombytes fromlist"
    " fromunicode insert intersection_update isetitem itemset move_to_end pop popitem popleft put remove resize"
    " reverse rotate setdefault setflags sort subtract symmetric_difference_update update add_note"
    " setLevel setFormatter setStream addHandler removeHandler addFilter removeFilter"
    " __setitem__ __delitem__ __init__ __next__ __iadd__ __ior__ __iand__ __isub__ __ixor__ __imul__ __setattr__"
    " __delattr__".split()
)
"""Methods that change what they are looked up on."""

STORING: Final = frozenset("add append appendleft fill insert put setdefault __setitem__".split())
STORING_AFTER_KEY: Final = frozenset({"insert", "setdefault", "__setitem__"})
STORING_ITEMS: Final = frozenset(
    "extend extendleft update symmetric_difference_update subtract __iadd__ __ior__".split()
)
STORING_PAIRS: Final = STORING_ITEMS - {"extend", "extendleft", "__iadd__"}
"""Methods that keep what they are given, or what lies in it, or in pairs in it, in what they are looked up on."""

ITEMS: Final = frozenset("get pop popitem popleft setdefault __getitem__ __next__ at".split())
WHOLE: Final = frozenset(
    "values keys copy __iter__ __reversed__ difference intersection union new_child _asdict _replace __add__ __radd__"
    " __mul__ __rmul__ __and__ __rand__ __or__ __ror__ __sub__ __rsub__ __xor__ __rxor__".split()
)
PAIRS: Final = frozenset("items".split())
"""Methods that give what lies inside, a copy of it all, or pairs."""

CLASSES: Final = frozenset(
    "list dict set bytearray collections.deque collections.defaultdict collections.OrderedDict collections.Counter"
    " array.array collections.UserDict collections.UserList".split()
)
"""Classes of containers, whose methods can be called with a container as first argument."""

OF_DATA: Final = frozenset(
    "capitalize casefold center count decode difference elements encode endswith expandtabs find findall finditer"
    " format format_map fromhex fromkeys fullmatch get index intersection isdisjoint isoformat issubset issuperset join"
    " ljust lower lstrip match most_common partition quantize removeprefix removesuffix replace rfind rindex rjust"
    " rpartition rsplit rstrip search split splitlines startswith strftime strip sub subn swapcase"
    " symmetric_difference title total translate union upper write writelines writerow writerows zfill debug info"
    " warning error exception critical log choice choices sample mean sum max min isin map fillna astype"
    " maketrans".split()
)
"""Methods of texts, numbers, containers, patterns and tables, which leave their arguments as they are."""

CHANGING: Final = frozenset(
    "setattr delattr next anext heapq.heappush heapq.heappop heapq.heapify heapq.heapreplace heapq.heappushpop"
    " bisect.insort bisect.insort_left bisect.insort_right random.shuffle operator.setitem operator.delitem"
    " operator.iadd operator.iand operator.iconcat operator.ifloordiv operator.ilshift operator.imatmul operator.imod"
    " operator.imul operator.ior operator.ipow operator.irshift operator.isub operator.itruediv operator.ixor"
    " struct.pack_into numpy.copyto numpy.put numpy.place numpy.putmask numpy.fill_diagonal".split()
)
"""Functions that change what they are given."""

WRITING: Final = frozenset("csv.writer csv.DictWriter csv.reader json.dump json.load".split())
"""Functions that write to a file that they are given, or read on in it."""

CHANGING_METHODS: Final = frozenset({"shuffle", "readinto", "pack_into"})
"""Methods that change what they are given: of generators of random numbers, of files, of ``struct.Struct``."""

VALUES: Final = frozenset(
    "len isinstance issubclass bool str repr int float complex hash id any all callable print format ascii bytes range"
    " abs round divmod ord chr hex oct bin type hasattr dir pow super".split()
)
"""Builtins that give a value in which nothing is kept."""
COPIES: Final = frozenset("list tuple set frozenset sorted reversed iter aiter bytearray filter vars".split())
NUMBERED: Final = frozenset("enumerate zip".split())
LOOKING: Final = frozenset("isinstance issubclass type id callable hasattr bool repr str print len".split())
"""Builtins that advance no iterator that they are given."""

FRESH: Final = frozenset(
    "base64 binascii bisect calendar cmath colorsys datetime decimal difflib fractions graphlib hashlib heapq hmac html"
    " ipaddress json keyword logging math numbers os quopri random re shlex statistics string struct sys textwrap time"
    " unicodedata urllib uuid warnings zlib zoneinfo".split()
)
"""Modules whose functions give new values, in which at most the items of what they were given lie."""
WELL_KNOWN: Final = (
    FRESH
    | frozenset(
        "collections contextlib copy dataclasses functools io itertools numpy operator pandas types typing".split()
    )
    | frozenset(name for name in vars(builtins) if name[0] != "_")
)
"""Modules and builtins that keep nothing of what they are given to change it."""
GIVING_BACK_MODULES: Final = frozenset(
    "builtins collections contextlib functools itertools operator types typing weakref".split()
)
"""Modules whose functions give back what they were given, or something that shows it."""
GATHERING: Final = frozenset("bisect difflib graphlib heapq logging random statistics string".split())
"""Of those, the ones that put the very items of what they were given into what they give."""
PICKING: Final = frozenset(
    "heapq.heappop heapq.heappushpop heapq.heapreplace random.choice statistics.mode statistics.median_low"
    " statistics.median_high".split()
)
"""Functions that give one of the items that they were given."""
COPYING: Final = frozenset(
    "copy.copy collections.deque collections.defaultdict collections.OrderedDict collections.UserDict"
    " collections.UserList collections.Counter array.array operator.add operator.concat operator.sub operator.mul"
    " operator.or_ operator.and_ operator.xor itertools.chain itertools.islice itertools.cycle itertools.compress"
    " itertools.dropwhile itertools.takewhile itertools.filterfalse itertools.chain.from_iterable"
    " dataclasses.replace copy.replace".split()
)
NOTHING_KEPT: Final = frozenset(
    "copy.deepcopy dataclasses.asdict dataclasses.astuple"
    " operator.contains operator.countOf operator.indexOf operator.length_hint operator.eq operator.ne"
    " operator.lt operator.le operator.gt operator.ge operator.not_ operator.truth math.prod".split()
)
GIVING_BACK: Final = frozenset(
    "getattr max min next sum typing.cast contextlib.nullcontext contextlib.closing functools.partial functools.reduce"
    " itertools.repeat list tuple iter reversed sorted dict map filter enumerate zip".split()
)
"""Functions that may give back a function or a class that they are given; what others hold of such, is nobody's."""
VIEWS: Final = frozenset(
    "asarray asanyarray ascontiguousarray atleast_1d atleast_2d atleast_3d broadcast_to diagonal expand_dims flip"
    " fliplr flipud frombuffer moveaxis ravel real imag require reshape rot90 split squeeze swapaxes transpose"
    " vsplit hsplit".split()
)
"""Functions of numpy whose result may lie in the memory of what they were given."""
VIEWING: Final = frozenset("cast diagonal ravel reshape squeeze swapaxes to_numpy transpose view".split())
"""Methods of arrays and tables whose result may lie in their memory."""
OUT_OF_NUMPY: Final = {
    **dict.fromkeys(
        "amax amin max min median argmax argmin all any choose dot round around concatenate outer".split(), 2
    ),
    **dict.fromkeys("clip cumsum cumprod sum prod mean std var percentile quantile take compress".split(), 3),
}
OUT_OF_ARRAYS: Final = {
    "trace": 4,
    **dict.fromkeys("max min argmax argmin all any choose dot round ptp".split(), 1),
    **dict.fromkeys("clip cumsum cumprod sum prod mean std var take compress".split(), 2),
}
"""Which argument is the array that the result is written to, of functions and methods that are no ufuncs."""
MAKING_CHANGERS: Final = frozenset({"operator.methodcaller", "methodcaller", "operator.attrgetter", "attrgetter"})
