"""Which attribute names a correction may read and write.

Attribute names in source text are constants, so nearly every decision is made while the text is read: a name is open,
closed with a reason, or *guarded*, which means that the object decides at run time. ``getattr`` and its kin come here
with the names they get. Closed names are the walks of the public sandbox escapes: from an object to its class, the
class to all classes, a function to its globals, a generator or traceback to its frame.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import types
from typing import Final

_INTERNAL_TYPES = (
    types.CodeType,
    types.FrameType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.TracebackType,
)
_PREFIXES = ("gi_", "cr_", "ag_", "tb_", "f_", "co_")
# Exact names, asked of the running interpreter: an author's own `order.co_payer` stays usable.
INTERNALS: Final = frozenset(
    name for kind in _INTERNAL_TYPES for name in dir(kind) if name.startswith(_PREFIXES)
) | frozenset("f_generator f_locals f_builtins gi_suspended cr_suspended ag_suspended co_qualname co_positions".split())

READABLE_DUNDERS: Final = frozenset(
    # What an object says about itself in plain text, and the protocols behind len(), in, with, ==: calling the method
    # does no more than the syntax does. Never here: __new__ __del__ __reduce__* __getattr__ __getattribute__ __class__
    # __base__ __bases__ __mro__ __subclasses__ __dict__ __globals__ __code__ __closure__ __builtins__ __self__
    # __func__ __wrapped__ __traceback__ __context__ __loader__ __spec__ __init_subclass__ __set_name__ __get__.
    "__name__ __qualname__ __doc__ __module__ __len__ __iter__ __next__ __contains__ __getitem__ __setitem__"
    " __delitem__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __repr__ __str__ __bool__ __int__ __float__"
    " __abs__ __neg__ __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __floordiv__ __mod__ __and__"
    " __or__ __xor__ __call__ __aiter__ __anext__ __init__"
    " __post_init__ __missing__ __reversed__ __round__ __bytes__ __fspath__ __length_hint__ __cause__ __notes__"
    " __members__".split()
)
PUBLIC_UNDERSCORE: Final = frozenset("_replace _asdict _fields _make _field_defaults _name_ _value_".split())
"""Documented interfaces of named tuples and enums that happen to start with an underscore."""

NEVER: Final = (
    frozenset(
        "__globals__ __builtins__ __code__ __closure__ __subclasses__ __bases__ __base__ __mro__ __reduce__"
        " __reduce_ex__ __getattribute__ __self__ __func__ __wrapped__ __loader__ __spec__ __import__ __traceback__"
        " __get__ __set__ __new__ __del__ __init_subclass__ __class_getitem__ __subclasshook__ __set_name__"
        " __metaclass__ __objclass__ __thisclass__ __self_class__ __kwdefaults__ __defaults__ __build_class__"
        " __getstate__ __setstate__ __prepare__ __instancecheck__ __subclasscheck__ __setattr__ __delattr__"
        " __delete__ __weakref__ __annotate__ __type_params__".split()
    )
    | INTERNALS
)
"""Never opened, whatever the original or the policy says: each one hands out the interpreter."""

SUPER_METHODS: Final = frozenset({"__new__", "__init_subclass__", "__setattr__", "__delattr__"})
"""Open as ``super().__new__(...)`` where the original calls its parent so."""

WALKS: Final[dict[str, str]] = {
    "mro": "it walks from a class to its bases",
    "with_traceback": "it handles frames",
    "get_loop": "an event loop opens sockets and starts processes",
    "get_stack": "it hands out frames",
    "print_stack": "it walks frames",
    "get_coro": "it hands out a coroutine's internals",
    "get_context": "it hands out a task's context",
    "func_globals": "it hands out a function's globals",
    "func_code": "it hands out a function's code",
    "im_func": "it hands out a method's function",
    "im_self": "it hands out a method's instance",
    "clear_cache": "it empties a cache of the whole process",
    "fukkatsu": "it tells a decorated function from a plain one",
}
TELLS: Final[dict[str, str]] = {
    "unicode_whitespace_trans": "it is one dict for the whole process",
    **dict.fromkeys("cache_info cache_clear cache_parameters".split(), "a cache tells what was asked before this call"),
    **dict.fromkeys("now today utcnow".split(), "a correction that acts by the clock cannot be verified"),
    **dict.fromkeys(
        ("formatException", "makeRecord"), "of logging it writes lines of whatever files a traceback names"
    ),
    "buffer_info": "it tells an address in memory",
    **dict.fromkeys(
        "from_address from_buffer from_buffer_copy in_dll".split(), "of a class of ctypes it reaches any memory"
    ),
}
"""Closed for reading unless the original reads them: what differs from call to call, is everyone's, or is memory."""
# What paths, arrays and tables do on the disk, by names that hardly anything else has: open where the original does it.
DISK: Final = frozenset(
    "chmod fromfile hardlink_to iterdir lchmod link_to loadtxt memmap mkdir read_bytes read_text rglob rmdir samefile"
    " from_custom_template savetxt savez symlink_to to_csv to_excel to_clipboard to_feather to_gbq to_hdf to_iceberg"
    " to_orc to_typst"
    " to_parquet to_pickle to_sql to_stata tofile touch unlink"
    " write_bytes write_text".split()
)
# Names of modules that hold powers, as modules are wont to hold each other (json.codecs.builtins, re.enum.sys).
MODULES: Final = frozenset(
    "os sys builtins bltns __builtin__ subprocess importlib ctypes ctypeslib socket shutil posix codecs pickle marshal"
    " inspect gc runpy threading multiprocessing tempfile _os _sys _io posixpath".split()
)
# Functions of those modules: no ordinary object has methods of these names.
POWERFUL: Final = frozenset(
    "system popen Popen fork forkpty execl execle execlp execv execve execvp execvpe spawnl spawnle spawnv spawnve"
    " posix_spawn check_output check_call getoutput getstatusoutput import_module load_module exec_module load_source"
    " run_path run_module rmtree urlopen create_subprocess_exec create_subprocess_shell subprocess_exec"
    " subprocess_shell run_in_executor call_soon call_soon_threadsafe _getframe _current_frames setrecursionlimit"
    " settrace setprofile addaudithook get_objects get_referrers get_referents sys_modules create_module"
    " get_type_hints singledispatch exec".split()
)

OF_TABLES: Final = (
    "query", "eval", "pipe", "agg", "aggregate", "apply", "transform", "dump", "dumps", "to_json", "to_string",
    "to_html", "to_latex", "to_markdown", "to_xml", "to_xarray",
    # templates, modules by name, memory that others still look at
    "style", "plot", "hist", "boxplot", "resize", "setflags", "getfield", "setfield", "byteswap", "newbyteorder",
)  # fmt: skip
OF_PATHS: Final = (
    "absolute", "cwd", "exists", "expanduser", "glob", "home", "is_block_device", "is_char_device", "is_dir", "is_fifo",
    "is_file", "is_junction", "is_mount", "is_socket", "is_symlink", "lstat", "open", "owner", "readlink", "rename",
    "resolve", "samefile", "stat", "walk",
)  # fmt: skip

OF_MODULES: Final = tuple(
    "ast asyncio base64 binascii concurrent contextlib copyreg decoder ensurepip enum errno fnmatch functools hashlib"
    " heapq itertools keyword linecache ntpath opcode reprlib scanner selectors sre_compile sre_constants sre_parse ssl"
    " struct textwrap tokenize unicodedata urllib weakref zipfile zlib".split()
)
"""Under these names modules hold others, and ordinary objects seldom anything: looked at when they are used.

A second wall behind ``lookups.py``.
"""

ALSO_OF_PATHS: Final = ("replace", "group")
"""Methods of text and of matches that a path has too, where they reach the disk: the type is looked at in line."""

WRITING: Final = frozenset("pack_into readinto readinto1 recv_into recvfrom_into recvmsg_into sock_recv_into".split())
"""Methods that write into a buffer that they are given: into none that holds addresses."""

BUFFER: Final = "data"
"""Of an array it is its memory: the type is looked at in line, since nearly everything else has one too."""

METHODS_OF_DATA: Final = frozenset(
    "append appendleft capitalize casefold center clear count difference discard elements endswith expandtabs extend"
    " extendleft fromkeys group groupdict groups index insert intersection isalnum isalpha isdecimal isdigit isdisjoint"
    " islower isnumeric isspace issubset issuperset istitle isupper items join keys ljust lower lstrip most_common"
    " partition pop popitem popleft removeprefix removesuffix reverse rfind rindex rjust rotate rpartition rsplit"
    " rstrip setdefault sort split splitlines startswith strip swapcase symmetric_difference title union upper values"
    " zfill".split()
)
"""Methods of text and containers. No module with powers has such a member: looked up on anything, without a guard."""

GUARDED: Final[dict[str, str]] = {
    "format": "a template of a str could walk attributes: literal templates are checked in the text, others when used",
    "format_map": "as format",
    "vformat": "string.Formatter walks attributes by name",
    "get_field": "string.Formatter walks attributes by name",
    "obj": "an AttributeError carries the object that lacked the attribute",
    "parser": "on a pure path of Python 3.13 it is a module",
    "register": "on an abstract class it changes isinstance() for the whole process",
    "__class__": "answered as type(x) is",
    "__init__": "of super() or of a class only: an object that exists is not made anew",
    "__post_init__": "as __init__",
    "__call__": "of a class that would make classes it is closed",
    "__members__": "answered with a copy",
    "__dict__": "only where the original uses it, and only of plain instances",
    "_field_defaults": "answered with a copy",
    **dict.fromkeys(sorted(WRITING), "into a buffer that holds no addresses of objects"),
    **dict.fromkeys(OF_PATHS, "of a path only where the original does it"),
    **dict.fromkeys(OF_TABLES, "of arrays and tables: only where the original uses it; no method by its name"),
    **dict.fromkeys(OF_MODULES, "a module there arrives as its view"),
    "samples": "of a NormalDist it is chance, and closed unless the original uses it",
    "time": "of an event loop it is the clock, and closed unless the original uses it",
    "send": "of a generator; only an event loop drives coroutines",
    "throw": "as send",
    "close": "as send; a coroutine may be closed",
    **dict.fromkeys("asend athrow aclose __anext__".split(), "what it gives can be awaited, and not be driven by hand"),
}


WHY_PRIVATE: Final = "private attributes are open only where the original, or a method of its class, uses them"


def is_private(name: str) -> bool:
    """Whether *name* starts with an underscore, dunder or not."""
    return name.startswith("_")


def is_dunder(name: str) -> bool:
    """Whether *name* looks like ``__name__``."""
    return name.startswith("__") and name.endswith("__")


def closed_because(name: str, opened: frozenset[str], *, write: bool = False) -> str | None:
    """Why a correction may not use the attribute *name*; ``None`` when it may.

    Args:
        name: The attribute, as it is looked up (mangled where Python would).
        opened: Names that the original uses or the policy opens.
        write: Whether it is assigned or deleted.
    """
    if name in NEVER:
        return "it reaches the interpreter's internals"
    if name in opened and name not in ("__class__", "__dict__"):
        return None
    if write:
        if is_dunder(name):
            return "assigning it changes what the language does with the object"
    elif name in READABLE_DUNDERS or name == "__class__" or (name == "__dict__" and name in opened):
        return None
    if is_dunder(name):
        return "names with two underscores are the interpreter's own"
    if name in PUBLIC_UNDERSCORE and not write:
        return None
    if name in WALKS:
        return WALKS[name]
    if name in TELLS and not write:
        return TELLS[name]
    if name in DISK:
        return "it reaches the disk"
    if name in MODULES:
        return "a module of that name reaches beyond the function"
    if name in POWERFUL:
        return "a function of that name reaches beyond the function"
    if is_private(name):
        return WHY_PRIVATE
    return None


def can_be_opened(name: str) -> bool:
    """Whether a policy may open *name*."""
    return name not in NEVER
