"""What can be healed at all, said when the decorator runs. Cheap: no parsing, no `inspect`, no dataclasses."""

from __future__ import annotations

import linecache
import os
import time
from typing import TYPE_CHECKING, TypeGuard

from fukkatsu.errors import DecorationError, SourceUnavailableError

if TYPE_CHECKING:
    from types import FunctionType

# A file that nobody touched since then still says what was imported (see `source.py`). The module is loaded by the
# first decorator, so before any decorated function exists.
LOADED_AT = time.time()

_FUNCTION = type(lambda: None)
_PUT_BELOW = "Write @resurrect below it, directly above `def`"


def is_function(value: object) -> TypeGuard[FunctionType]:
    """Whether *value* is a function written in Python (``def``, ``async def`` or ``lambda``)."""
    return type(value) is _FUNCTION


def described(value: object) -> str:
    """*value* named for an error text: never more than its qualified name or its class."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    return str(name) if isinstance(name, str) else f"an object of class {type(value).__qualname__}"


def _remedy(value: object) -> str:
    if isinstance(value, type):
        return "is a class; decorate its methods one by one"
    if isinstance(value, staticmethod | classmethod):
        return f"is a {type(value).__name__} object. {_PUT_BELOW}"
    if isinstance(value, property):
        return f"is a property. {_PUT_BELOW}, under @property"
    kind = type(value).__name__
    if kind in ("builtin_function_or_method", "method_descriptor", "wrapper_descriptor", "method-wrapper"):
        return "is a builtin or C function: it has no Python source; wrap it in a function of your own"
    if kind == "cython_function_or_method":
        return "is a compiled (Cython) function: it has no Python source; wrap it in a function of your own"
    if kind == "method":
        return "is a bound method; decorate the function in the class body instead"
    if kind == "_lru_cache_wrapper":
        return f"is the cache that functools.lru_cache (or cache) put around a function. {_PUT_BELOW}"
    if kind in ("partial", "partialmethod"):
        return "is a partial object; decorate the function that it calls"
    if callable(value) and is_function(getattr(value, "__wrapped__", None)):
        return f"is what another decorator (class {type(value).__qualname__}) made of a function. {_PUT_BELOW}"
    if callable(value):
        return f"is a callable object of class {type(value).__qualname__}, not a function; decorate its __call__ method"
    return f"is not a function but {type(value).__qualname__}; @resurrect goes directly above a `def`"


def check_decoratable(value: object) -> None:
    """Refuse what can never be healed, with a remedy.

    Args:
        value: What the decorator was put on.

    Raises:
        DecorationError: Not a function, a class, a C function, a lambda.
        SourceUnavailableError: There is no source text: REPL, ``exec``, a file that ships without its ``.py``.
    """
    if not is_function(value):
        msg = f"fukkatsu cannot heal {described(value)}: it {_remedy(value)}."
        raise DecorationError(msg)
    code = value.__code__
    if code.co_name == "<lambda>":
        msg = (
            f"fukkatsu cannot heal the lambda at {code.co_filename}:{code.co_firstlineno}: a correction needs a name "
            "to answer to. Write it as a `def`."
        )
        raise DecorationError(msg)
    if not os.path.isfile(code.co_filename) and not linecache.getline(
        code.co_filename, code.co_firstlineno, value.__globals__
    ):
        raise SourceUnavailableError(no_source(value))


def no_source(function: FunctionType) -> str:
    """The text for a function without source, with the remedy for the place it comes from."""
    name, filename = function.__qualname__, function.__code__.co_filename
    if filename.startswith("<"):
        return (
            f"fukkatsu cannot heal {name}: it was defined in {filename} (the REPL, `python -c`, or exec), so there is "
            "no source text to correct. Put it into a file and import it."
        )
    return (
        f"fukkatsu cannot heal {name}: its source file {filename} cannot be read. Ship the .py file beside the "
        "compiled one, or start the program in the folder that relative paths begin at."
    )
