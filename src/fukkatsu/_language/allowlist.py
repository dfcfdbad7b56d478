"""The default allow-lists, a reason beside each entry and beside each omission that someone would expect.

Data only: this module imports nothing of ours. An import entry is a module (``"json"``: the members that ``MEMBERS``
names, or for a module that is not listed there its public functions, classes and constants) or one member of a module
(``"os.path.join"``). An entry never opens a parent, a submodule, or a module that a module happens to hold.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

from typing import Final

DEFAULT_IMPORTS: Final[dict[str, str]] = {
    "__future__": "compiler switches; nothing is imported at run time",
    "array": "compact numeric arrays, memory only",
    "base64": "bytes in, bytes out",
    "binascii": "bytes in, bytes out",
    "bisect": "search in sorted lists",
    "calendar": "calendar arithmetic; its locale-changing functions and setfirstweekday stay out",
    "cmath": "complex arithmetic",
    "collections": "containers; namedtuple stays out: it makes a class",
    "collections.abc": "abstract containers, for isinstance",
    "colorsys": "colour arithmetic",
    "contextlib": "suppress, nullcontext, closing; ExitStack could swallow KeyboardInterrupt",
    "copy": "copies of values",
    "csv": "reads and writes rows of iterables that the caller passed in; field_size_limit changes the whole process",
    "dataclasses": "fields, replace, asdict of instances; dataclass and make_dataclass make classes",
    "datetime": "dates and times",
    "decimal": "decimal arithmetic; getcontext and setcontext change the whole thread, localcontext does not",
    "difflib": "comparison of sequences",
    "enum": "names for isinstance; calling Enum would make a class",
    "fractions": "rational arithmetic",
    "functools": "reduce, partial, caches; wraps only as wraps(f); singledispatch and total_ordering rewrite classes",
    "graphlib": "topological order",
    "hashlib": "digests of bytes",
    "heapq": "heaps in lists",
    "hmac": "keyed digests of bytes",
    "html": "escape and unescape",
    "ipaddress": "addresses as values; nothing connects",
    "itertools": "iterators",
    "json": "text in, values out",
    "keyword": "lists of keywords",
    "math": "arithmetic",
    "numbers": "abstract numbers, for isinstance",
    "operator": "operators as functions; attrgetter and methodcaller come guarded",
    "quopri": "bytes in, bytes out",
    "re": "regular expressions; the sandbox's clock ends one that explodes",
    "reprlib": "short repr",
    "shlex": "splits text; runs nothing",
    "statistics": "averages and spreads",
    "string": "constants, capwords and Template; Formatter walks attributes by name",
    "struct": "bytes in, values out",
    "textwrap": "wraps text",
    "time": "conversions of given moments; clocks stay out, sleep stalls the caller, tzset changes the process",
    "types": "SimpleNamespace, MappingProxyType, NoneType; the other types make functions, code and modules",
    "typing": "names for annotations, which are never evaluated; get_type_hints evaluates text",
    "unicodedata": "facts about characters",
    "urllib.parse": "splits and quotes addresses; nothing connects",
    "uuid": "UUID values and named UUIDs; uuid1 reads the network address, uuid4 is chance",
    "warnings": "warn only; filters belong to the whole process",
    "zlib": "bytes in, bytes out",
    "zoneinfo": "time zones of the installed database",
    "asyncio.sleep": "waits without blocking the loop",
    "asyncio.gather": "waits for several awaitables",
    "asyncio.wait_for": "waits with a limit",
    "asyncio.timeout": "waits with a limit",
    "asyncio.as_completed": "waits for several awaitables",
    "asyncio.TimeoutError": "an exception class",
    "asyncio.Lock": "a lock between tasks; the loop itself stays closed",
    "asyncio.Semaphore": "a lock between tasks; the loop itself stays closed",
    "asyncio.Event": "a flag between tasks; the loop itself stays closed",
    "asyncio.Queue": "a queue between tasks; the loop itself stays closed",
    "os.path.join": "text arithmetic; nothing is looked up on disk",
    "os.path.split": "text arithmetic",
    "os.path.splitext": "text arithmetic",
    "os.path.basename": "text arithmetic",
    "os.path.dirname": "text arithmetic",
    "os.path.normpath": "text arithmetic",
    "os.path.normcase": "text arithmetic",
    "os.path.isabs": "text arithmetic",
    "os.path.commonpath": "text arithmetic",
    "os.path.commonprefix": "text arithmetic",
    "os.path.splitdrive": "text arithmetic",
    "os.path.sep": "a constant",
    "os.sep": "a constant",
    "os.name": "a constant",
    "os.pathsep": "a constant",
    "os.altsep": "a constant",
    "os.curdir": "a constant",
    "os.pardir": "a constant",
    "os.extsep": "a constant",
    "os.linesep": "a constant",
    "os.fspath": "asks a path object for its text",
    "os.PathLike": "a name for isinstance",
    "pathlib.PurePath": "path arithmetic without a disk",
    "pathlib.PurePosixPath": "path arithmetic without a disk",
    "pathlib.PureWindowsPath": "path arithmetic without a disk",
    "pprint.pformat": "text of a value; what writes to stdout stays out",
    "inspect.isawaitable": "a question about a value",
    "inspect.isclass": "a question about a value",
    "inspect.iscoroutinefunction": "a question about a value",
    "inspect.isfunction": "a question about a value",
    "inspect.isgenerator": "a question about a value",
    "inspect.ismethod": "a question about a value",
    "sys.maxsize": "a constant",
    "sys.float_info": "constants",
    "sys.version_info": "constants",
    "sys.byteorder": "a constant",
    "sys.getdefaultencoding": "a constant",
    "sys.getfilesystemencoding": "a constant",
    "sys.intern": "text in, the same text out",
    "sys.maxunicode": "a constant",
    "sys.platform": "a constant",
    "sys.stderr": "only write() and flush(), for print(file=...)",
    "sys.stdout": "only write() and flush(), for print(file=...)",
    "logging.getLogger": "a logger that only logs; handlers and levels stay the program's",
    "logging.debug": "logs",
    "logging.info": "logs",
    "logging.warning": "logs",
    "logging.error": "logs",
    "logging.critical": "logs",
    "logging.exception": "logs",
    "logging.log": "logs",
    "logging.DEBUG": "a constant",
    "logging.INFO": "a constant",
    "logging.WARNING": "a constant",
    "logging.ERROR": "a constant",
    "logging.CRITICAL": "a constant",
    "io.StringIO": "a text buffer in memory",
    "io.BytesIO": "a byte buffer in memory",
}

MEMBERS: Final[dict[str, str]] = {
    "__future__": "annotations",
    "array": "array ArrayType typecodes",
    "base64": "b64encode b64decode standard_b64encode standard_b64decode urlsafe_b64encode urlsafe_b64decode b32encode"
    " b32decode b32hexencode b32hexdecode b16encode b16decode b85encode b85decode a85encode a85decode encodebytes"
    " decodebytes z85encode z85decode",
    "binascii": "a2b_base64 b2a_base64 a2b_hex b2a_hex hexlify unhexlify a2b_uu b2a_uu a2b_qp b2a_qp crc32 crc_hqx"
    " Error Incomplete",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "calendar": "isleap leapdays weekday monthrange monthcalendar timegm month month_name month_abbr day_name day_abbr"
    " Calendar TextCalendar IllegalMonthError IllegalWeekdayError MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY"
    " SUNDAY Month Day firstweekday",
    "cmath": "acos acosh asin asinh atan atanh cos cosh e exp inf infj isclose isfinite isinf isnan log log10 nan nanj"
    " phase pi polar rect sin sinh sqrt tan tanh tau",
    "collections": "ChainMap Counter OrderedDict UserDict UserList UserString defaultdict deque",
    "collections.abc": "AsyncGenerator AsyncIterable AsyncIterator Awaitable Buffer Callable Collection"
    " Container Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping"
    " MutableSequence MutableSet Reversible Sequence Set Sized ValuesView",
    "colorsys": "rgb_to_yiq yiq_to_rgb rgb_to_hls hls_to_rgb rgb_to_hsv hsv_to_rgb",
    "contextlib": "suppress nullcontext closing aclosing contextmanager asynccontextmanager",
    "copy": "copy deepcopy replace Error error",
    "csv": "reader writer DictReader DictWriter Sniffer Error QUOTE_ALL QUOTE_MINIMAL QUOTE_NONNUMERIC QUOTE_NONE"
    " QUOTE_STRINGS QUOTE_NOTNULL excel excel_tab unix_dialect Dialect",
    "dataclasses": "asdict astuple fields replace is_dataclass MISSING FrozenInstanceError Field KW_ONLY InitVar field",
    "datetime": "date datetime time timedelta timezone tzinfo UTC MINYEAR MAXYEAR",
    "decimal": "Decimal Context localcontext DecimalException Clamped InvalidOperation DivisionByZero Inexact Rounded"
    " Subnormal Overflow Underflow FloatOperation DivisionImpossible InvalidContext ConversionSyntax DivisionUndefined"
    " ROUND_DOWN ROUND_HALF_UP ROUND_HALF_EVEN ROUND_CEILING ROUND_FLOOR ROUND_UP ROUND_HALF_DOWN ROUND_05UP MAX_PREC"
    " MAX_EMAX MIN_EMIN MIN_ETINY HAVE_THREADS HAVE_CONTEXTVAR",
    "difflib": "SequenceMatcher Differ get_close_matches unified_diff context_diff ndiff restore IS_LINE_JUNK"
    " IS_CHARACTER_JUNK Match",
    "enum": "Enum IntEnum StrEnum Flag IntFlag ReprEnum auto",
    "fractions": "Fraction",
    "functools": "reduce partial cache lru_cache cmp_to_key wraps update_wrapper Placeholder",
    "graphlib": "TopologicalSorter CycleError",
    "hashlib": "md5 sha1 sha224 sha256 sha384 sha512 blake2b blake2s sha3_224 sha3_256 sha3_384 sha3_512 shake_128"
    " shake_256 new algorithms_guaranteed algorithms_available pbkdf2_hmac scrypt",
    "heapq": "heappush heappop heapify heapreplace merge nlargest nsmallest heappushpop",
    "hmac": "new digest compare_digest HMAC",
    "html": "escape unescape",
    "ipaddress": "ip_address ip_network ip_interface IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface"
    " IPv6Interface AddressValueError NetmaskValueError collapse_addresses summarize_address_range v4_int_to_packed"
    " v6_int_to_packed get_mixed_type_key",
    "itertools": "accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile"
    " filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest",
    "json": "dumps loads dump load JSONDecodeError JSONDecoder JSONEncoder",
    "keyword": "iskeyword issoftkeyword kwlist softkwlist",
    "math": "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2"
    " expm1 fabs factorial floor fma fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp"
    " lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan tanh"
    " tau trunc ulp",
    "numbers": "Number Complex Real Rational Integral",
    "operator": "abs add and_ attrgetter call concat contains countOf delitem eq floordiv ge getitem gt iadd iand"
    " iconcat ifloordiv ilshift imatmul imod imul index indexOf inv invert ior ipow irshift isub itemgetter"
    " itruediv ixor le length_hint lshift lt matmul methodcaller mod mul ne neg not_ or_ pos pow rshift setitem sub"
    " truediv truth xor",
    "quopri": "encodestring decodestring",
    "re": "compile match fullmatch search sub subn split findall finditer escape error PatternError Pattern Match"
    " RegexFlag NOFLAG A ASCII I IGNORECASE L LOCALE M MULTILINE S DOTALL X VERBOSE U UNICODE",
    "reprlib": "Repr repr",
    "shlex": "split quote join",
    "statistics": "mean fmean geometric_mean harmonic_mean median median_low median_high median_grouped mode multimode"
    " pstdev pvariance stdev variance covariance correlation linear_regression quantiles NormalDist StatisticsError"
    " kde LinearRegression",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation"
    " whitespace capwords Template",
    "struct": "calcsize pack unpack pack_into unpack_from iter_unpack Struct error",
    "textwrap": "TextWrapper wrap fill dedent indent shorten",
    "time": "gmtime localtime mktime strftime strptime asctime ctime struct_time timezone altzone daylight tzname",
    "types": "SimpleNamespace MappingProxyType NoneType EllipsisType NotImplementedType",
    "typing": "AbstractSet Annotated Any AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator"
    " Awaitable BinaryIO Callable ChainMap ClassVar Collection Concatenate Container ContextManager Coroutine Counter"
    " DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable IO ItemsView Iterable Iterator KeysView List"
    " Literal LiteralString Mapping MappingView Match MutableMapping MutableSequence MutableSet Never NewType NoReturn"
    " NotRequired Optional OrderedDict ParamSpec ParamSpecArgs ParamSpecKwargs Pattern Protocol ReadOnly Required"
    " Reversible Self Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex SupportsFloat SupportsIndex"
    " SupportsInt SupportsRound TYPE_CHECKING Text TextIO Tuple Type TypeAlias TypeAliasType TypeGuard TypeIs TypeVar"
    " TypeVarTuple Union Unpack ValuesView assert_never assert_type cast reveal_type"
    "",
    "unicodedata": "bidirectional category combining decimal decomposition digit east_asian_width is_normalized lookup"
    " mirrored name normalize numeric unidata_version",
    "urllib.parse": "urlparse urlunparse urljoin urldefrag urlsplit urlunsplit urlencode parse_qs parse_qsl quote"
    " quote_plus quote_from_bytes unquote unquote_plus unquote_to_bytes ParseResult SplitResult ParseResultBytes"
    " SplitResultBytes DefragResult",
    "uuid": "UUID uuid3 uuid5 NAMESPACE_DNS NAMESPACE_URL NAMESPACE_OID NAMESPACE_X500 SafeUUID",
    "warnings": "warn",
    "zlib": "compress decompress compressobj decompressobj crc32 adler32 error MAX_WBITS Z_BEST_COMPRESSION"
    " Z_BEST_SPEED Z_DEFAULT_COMPRESSION",
    "zoneinfo": "ZoneInfo ZoneInfoNotFoundError available_timezones",
}

OMITTED_IMPORTS: Final[dict[str, str]] = {
    "ast": "parses and compiles program text",
    "asyncio": "its event loop opens sockets and starts processes; sleep, gather, wait_for and locks are open by name",
    "atexit": "leaves code behind that runs later",
    "builtins": "holds eval, exec and open",
    "cffi": "calls any machine code",
    "code": "runs program text",
    "codecs": "registers codecs for the whole process and holds the builtins module; use str.encode and bytes.decode",
    "codeop": "compiles program text",
    "concurrent": "starts threads and processes",
    "ctypes": "calls any machine code",
    "faulthandler": "reads every thread's frames",
    "fcntl": "acts on descriptors",
    "fileinput": "opens files",
    "gc": "hands out every object of the process",
    "glob": "lists the disk",
    "http": "connects to the network",
    "importlib": "imports anything",
    "inspect": "hands out frames and code; questions such as isclass() are open by name",
    "io": "open() reads and writes files; StringIO and BytesIO are open by name",
    "linecache": "reads files",
    "locale": "setlocale changes the whole process",
    "logging": "handlers write files and are shared by the process; what logs is open by name",
    "marshal": "makes code objects",
    "mmap": "maps files and memory",
    "multiprocessing": "starts processes",
    "nt": "the operating system",
    "os": "the operating system: files, processes, environment; the text part of os.path is open by name",
    "os.path": "exists(), getsize() and their like look at the disk; its text functions are open by name",
    "pathlib": "Path reads and writes files; the Pure classes are open by name",
    "pdb": "a debugger runs program text",
    "pickle": "loads() runs whatever its bytes say",
    "pickletools": "companion of pickle",
    "pkgutil": "imports anything",
    "platform": "starts processes to learn about the machine",
    "posix": "the operating system",
    "pprint": "writes to stdout; pformat is open by name",
    "pty": "starts processes",
    "random": "a correction that acts by chance cannot be verified; what the original itself uses of it stays usable",
    "resource": "changes the limits of the process",
    "runpy": "runs program text",
    "sched": "waits",
    "secrets": "a correction that acts by chance cannot be verified",
    "select": "acts on descriptors",
    "selectors": "acts on descriptors",
    "shelve": "files and pickle",
    "shutil": "copies and deletes files",
    "signal": "changes what signals do to the process",
    "site": "changes the import path",
    "smtplib": "connects to the network",
    "socket": "connects to the network",
    "socketserver": "connects to the network",
    "sqlite3": "opens files and can load extensions",
    "ssl": "connects to the network",
    "subprocess": "starts processes",
    "symtable": "compiles program text",
    "sys": "modules, frames, stdout; a few constants are open by name",
    "sysconfig": "tells about the machine",
    "tempfile": "writes files",
    "test": "runs anything",
    "threading": "code that goes on after the call",
    "timeit": "runs program text",
    "trace": "runs program text",
    "tracemalloc": "reads every frame",
    "traceback": "walks frames",
    "unittest": "its mocks replace anything",
    "urllib": "urllib.request connects to the network; urllib.parse is open by name",
    "urllib.request": "connects to the network",
    "weakref": "finalize() leaves code behind that runs later",
    "webbrowser": "starts processes",
    "xml": "parsers open external entities",
    "xmlrpc": "connects to the network",
    "zipfile": "reads and writes files",
    "zipimport": "imports anything",
}

POWERS: Final = frozenset(
    "_ctypes _frozen_importlib _frozen_importlib_external _imp _io _pickle _posixsubprocess _socket _thread ast atexit"
    " builtins cffi code codeop ctypes faulthandler fcntl gc imp importlib inspect io marshal mmap multiprocessing nt"
    " os pdb pickle pkgutil platform posix pty resource runpy select selectors shelve shutil signal site socket"
    " socketserver subprocess symtable sys sysconfig tempfile threading timeit trace tracemalloc unittest"
    " webbrowser zipimport".split()
)
"""Modules whose members stay closed even where the original uses them: only the policy opens these."""

TAME: Final = frozenset(
    "sys.argv sys.exit sys.getsizeof ast.literal_eval os.urandom os.getpid os.cpu_count os.getcwd os.fsencode"
    " os.fsdecode os.strerror threading.Lock threading.RLock threading.get_ident inspect.isclass inspect.isfunction"
    " inspect.cleandoc io.text_encoding inspect.iscoroutinefunction shutil.get_terminal_size".split()
)
"""Members of modules with powers that have none themselves: open where the original uses them."""

COMPANIONS: Final[dict[str, str]] = {
    "numpy": "abs absolute add all allclose any arange argmax argmin argsort array array_equal asarray"
    " atleast_1d average bincount bool_ broadcast_shapes ceil clip column_stack concatenate copy cos"
    " count_nonzero cumprod cumsum diff divide dot empty empty_like equal errstate exp expand_dims eye"
    " flip float32 float64 floating floor full full_like histogram hstack hypot inf int32 int64 integer"
    " interp isclose isfinite isin isinf isnan isscalar linspace log log10 log1p log2 logical_and"
    " logical_not logical_or max maximum mean median min minimum mod multiply nan nan_to_num nanmax"
    " nanmean nanmedian nanmin nanstd nansum nanvar ndarray ndim newaxis nonzero number ones ones_like"
    " outer percentile pi power prod quantile ravel repeat reshape round searchsorted shape sign sin"
    " size sort sqrt square squeeze stack std subtract sum take tan tanh tile transpose unique var"
    " vstack where zeros zeros_like",
    "numpy.linalg": "LinAlgError cond det eig eigh eigvals eigvalsh inv lstsq matrix_power matrix_rank norm pinv qr"
    " slogdet solve svd",
    "pandas": "concat DataFrame isna isnull merge NA NaT notna notnull Series Timedelta Timestamp to_datetime"
    " to_numeric to_timedelta",
}
"""Members that only compute, open beside those that an original uses, where it uses the module at all."""

OMITTED_MEMBERS: Final[dict[str, str]] = {
    "asyncio.get_event_loop": "the loop opens sockets and starts processes",
    "collections.namedtuple": "it makes a class; use a tuple or a dict",
    "contextlib.ExitStack": "its callbacks could swallow KeyboardInterrupt",
    "csv.field_size_limit": "it changes the whole process",
    "dataclasses.dataclass": "it makes a class from text",
    "dataclasses.make_dataclass": "it makes a class from text",
    "decimal.getcontext": "it hands out the whole thread's context; use localcontext()",
    "decimal.setcontext": "it changes the whole thread; use localcontext()",
    "functools.singledispatch": "register() evaluates annotations",
    "functools.total_ordering": "it rewrites a class",
    "functools.cached_property": "it only works in a class body",
    "json.codecs": "it is a module",
    "random.seed": "it changes the whole process",
    "re.enum": "it is a module",
    "operator.is_": "use the operator",
    "operator.is_not": "use the operator",
    "sys.getrecursionlimit": "it differs between a trial and production",
    "sys.getsizeof": "it tells what was done with an object before; where the original asks, so may a correction",
    "statistics.kde_random": "a correction that acts by chance cannot be verified",
    "string.Formatter": "it walks attributes by name; use an f-string",
    **dict.fromkeys(
        "time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns"
        " time.process_time time.process_time_ns".split(),
        "a correction that acts by the clock cannot be verified; where the original reads it, so may a correction",
    ),
    "time.sleep": "it stalls the caller",
    "types.CodeType": "it makes code",
    "types.FunctionType": "it makes functions",
    "typing.NamedTuple": "it makes a class",
    "typing.TypedDict": "it makes a class; use a dict",
    "typing.get_type_hints": "it evaluates text",
    "uuid.getnode": "it reads the machine's network address",
    "uuid.uuid4": "a correction that acts by chance cannot be verified",
    "uuid.uuid1": "it reads the machine's network address",
}

_VALUES = "makes or converts a value"
_LOOPS = "iterates over what it is given"
_ASKS = "asks a value about itself"

DEFAULT_CALLS: Final[dict[str, str]] = {
    "abs": _VALUES,
    "aiter": _LOOPS,
    "all": _LOOPS,
    "anext": "guarded: what it gives can be awaited, and not be driven by hand",
    "any": _LOOPS,
    "ascii": _VALUES,
    "bin": _VALUES,
    "bool": _VALUES,
    "bytearray": _VALUES,
    "bytes": _VALUES,
    "callable": _ASKS,
    "chr": _VALUES,
    "complex": _VALUES,
    "delattr": "guarded: the name is checked as an attribute in the text would be",
    "dict": _VALUES,
    "dir": "names of an object as text; what they name is checked when it is used",
    "divmod": _VALUES,
    "enumerate": _LOOPS,
    "filter": _LOOPS,
    "float": _VALUES,
    "format": "one value and a format specification: no attribute is looked up",
    "frozenset": _VALUES,
    "getattr": "guarded: the name is checked as an attribute in the text would be",
    "hasattr": "answers yes or no, never the attribute",
    "hash": _ASKS,
    "hex": _VALUES,
    "id": "guarded: no address; of text and numbers it tells the value, as equal ones are one",
    "int": _VALUES,
    "isinstance": _ASKS,
    "issubclass": _ASKS,
    "iter": _LOOPS,
    "len": _ASKS,
    "list": _VALUES,
    "map": _LOOPS,
    "max": _LOOPS,
    "memoryview": "guarded: bytes of a value the correction already has; not of one that holds addresses",
    "min": _LOOPS,
    "next": _LOOPS,
    "object": "a sentinel; its walks (__subclasses__) are closed attributes",
    "oct": _VALUES,
    "ord": _VALUES,
    "pow": _VALUES,
    "print": "captured in the sandbox, the program's own print in the host",
    "range": _VALUES,
    "repr": _VALUES,
    "reversed": _LOOPS,
    "round": _VALUES,
    "set": _VALUES,
    "setattr": "guarded: name and target are checked as an assignment in the text would be",
    "slice": _VALUES,
    "sorted": _LOOPS,
    "str": _VALUES,
    "sum": _LOOPS,
    "super": "in methods, the parent's method of the instance at hand",
    "tuple": _VALUES,
    "type": "one argument only, for comparison and for the name; three arguments would make a class",
    "zip": _LOOPS,
    "Ellipsis": "a constant",
    "NotImplemented": "a constant",
    "__debug__": "a constant",
    "__name__": "the module's name as text",
    **dict.fromkeys(
        "ArithmeticError AssertionError AttributeError BlockingIOError BrokenPipeError BufferError BytesWarning"
        " ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError"
        " DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError"
        " FileNotFoundError FloatingPointError FutureWarning IOError ImportError ImportWarning IndentationError"
        " IndexError InterruptedError IsADirectoryError KeyError LookupError ModuleNotFoundError NameError"
        " NotADirectoryError NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError"
        " ProcessLookupError PythonFinalizationError ReferenceError ResourceWarning RuntimeError"
        " RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError TabError TimeoutError"
        " TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError"
        " UnicodeWarning UserWarning ValueError Warning ZeroDivisionError".split(),
        "an exception class",
    ),
}

OMITTED_CALLS: Final[dict[str, str]] = {
    "BaseException": "catching it swallows KeyboardInterrupt and cancellation; catch Exception",
    "BaseExceptionGroup": "catching it swallows KeyboardInterrupt and cancellation; use ExceptionGroup",
    "GeneratorExit": "catching it keeps a closed generator running",
    "KeyboardInterrupt": "catching or raising it takes the program from its user",
    "MemoryError": "how much there is differs between a trial and production; where the original names it, it is open",
    "RecursionError": "the depth differs between a trial and production; write a loop, or count the depth yourself",
    "SystemExit": "it ends the program",
    "__build_class__": "it makes a class",
    "__import__": "it imports anything; use an import statement",
    "breakpoint": "it starts a debugger, which runs program text",
    "classmethod": "it only works in a class body",
    "compile": "it makes code from text",
    "copyright": "it writes to the terminal",
    "credits": "it writes to the terminal",
    "eval": "it runs program text; for literals use json.loads, int or float",
    "exec": "it runs program text",
    "exit": "it ends the program; raise an exception",
    "globals": "it hands out the module's whole namespace",
    "help": "it starts a pager",
    "input": "it waits for the terminal",
    "license": "it starts a pager",
    "locals": "it hands out the guards; name the variables that you need",
    "open": "it reads and writes files; take the text or an open file as an argument",
    "property": "it only works in a class body",
    "quit": "it ends the program; raise an exception",
    "staticmethod": "it only works in a class body",
    "vars": "it hands out an object's whole namespace; name the attributes that you need",
}

NEVER_CALLS: Final = frozenset("__build_class__ __import__ compile eval exec globals locals vars breakpoint".split())
"""Builtins that no policy opens: with any of them the rest of the language would restrict nothing."""

GUARDED_MEMBERS: Final = frozenset(
    "operator.attrgetter operator.methodcaller functools.wraps functools.update_wrapper shlex.split logging.getLogger"
    " copy.copy copy.deepcopy copy.replace dataclasses.asdict dataclasses.astuple dataclasses.fields"
    " dataclasses.replace types.SimpleNamespace contextlib.suppress contextlib.closing contextlib.aclosing"
    " contextlib.contextmanager contextlib.asynccontextmanager functools.cmp_to_key warnings.warn zoneinfo.ZoneInfo"
    " numpy.load pandas.read_pickle traceback.format_exception traceback.print_exception traceback.format_tb"
    " traceback.print_tb traceback.extract_tb traceback.format_list traceback.print_list"
    " heapq.heappush heapq.heappop heapq.heapreplace heapq.heappushpop heapq.heapify heapq.merge bisect.bisect"
    " bisect.bisect_right bisect.bisect_left bisect.insort bisect.insort_right bisect.insort_left"
    " decimal.localcontext asyncio.gather asyncio.as_completed asyncio.timeout"
    " re.compile re.match re.fullmatch re.search re.findall re.finditer re.sub re.subn re.split re.RegexFlag"
    " logging.debug logging.info logging.warning logging.error"
    " logging.critical logging.exception logging.log enum.Enum enum.IntEnum enum.StrEnum enum.Flag enum.IntFlag"
    " enum.ReprEnum typing.NewType typing.get_type_hints typing.Annotated sys.stdout sys.stderr builtins.memoryview"
    " struct.calcsize struct.pack struct.unpack struct.pack_into struct.unpack_from struct.iter_unpack"
    " csv.writer csv.DictWriter json.dump functools.partial"
    " numpy.frombuffer numpy.rec.array numpy.rec.fromstring numpy.rec.fromfile"
    " numpy.lib.stride_tricks.as_strided hashlib.scrypt".split()
)
"""Members of modules that a correction gets in a guarded form, under whatever name the original's module has them."""

GUARDED_CALLS: Final = frozenset("anext delattr dir getattr hasattr id memoryview setattr type".split())
"""Builtins that a correction gets in a guarded form."""
