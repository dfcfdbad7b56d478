"""One wrapper factory per signature shape: the happy path, and nothing slow.

A wrapper is a closure with the exact signature of its function and a ``try`` around one call, so that while nothing
fails it neither binds nor copies an argument. What it calls is a closure cell: the function, the recorder's shim, or
a fix; swapping one for another is one assignment.

There is one form for each kind of function, and each wrapper is of its function's kind: a coroutine function for a
coroutine function, a generator function for a generator function. A generator is passed through by ``yield from``, so
that ``send``, ``throw`` and ``close`` arrive where they are meant for; for asynchronous generators, where the language
has no such thing, it is written out.

Each shape is compiled once; each function gets a copy of the code objects, because wrappers that share one would
share its inline caches. The copy is made by executing a ``def``: on 3.13 a function made by ``types.FunctionType``
is never specialised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Final, Literal, TypeAlias

WRAPPER_FILENAME = "<fukkatsu wrapper>"
"""Code objects of wrappers carry this file name, so that tracebacks for people and models can leave them out."""

# As `inspect` names them; importing that costs more than the rest of this library's import.
CO_VARARGS: Final = 0x04
CO_VARKEYWORDS: Final = 0x08
CO_GENERATOR: Final = 0x20
CO_COROUTINE: Final = 0x80
CO_ASYNC_GENERATOR: Final = 0x200

Handler: TypeAlias = Callable[..., Any]
"""Gets the exception, the positional and the keyword arguments, and answers in the way of the function's kind.

For an asynchronous generator it is awaited for a generator of the rest.
"""
SetInner: TypeAlias = Callable[[Callable[..., Any]], None]

Kind: TypeAlias = Literal["plain", "coroutine", "generator", "async generator"]
_Shape: TypeAlias = tuple[Kind, tuple[str, ...], int, tuple[str, ...], str, str]


def kind_of(code: CodeType) -> Kind:
    """What calling a function with this code gives."""
    if code.co_flags & CO_COROUTINE:
        return "coroutine"
    if code.co_flags & CO_ASYNC_GENERATOR:
        return "async generator"
    return "generator" if code.co_flags & CO_GENERATOR else "plain"


def shape_of(code: CodeType) -> _Shape:
    """Kind, and from the code object: positional names, how many are positional-only, keyword-only, ``*``, ``**``."""
    names = code.co_varnames
    positional = names[: code.co_argcount]
    end = code.co_argcount + code.co_kwonlyargcount
    keyword_only = names[code.co_argcount : end]
    star = double = ""
    if code.co_flags & CO_VARARGS:
        star = names[end]
        end += 1
    if code.co_flags & CO_VARKEYWORDS:
        double = names[end]
    return kind_of(code), positional, code.co_posonlyargcount, keyword_only, star, double


_ASYNC_GENERATOR: Final = """\
        {source} = {call}
        while True:
            try:
                async for {item} in {source}:
                    while True:
                        {thrown} = None
                        try:
                            {sent} = yield {item}
                        except GeneratorExit:
                            await {source}.aclose()
                            raise
                        except BaseException as {error}:
                            {thrown} = {error}
                        else:
                            if {sent} is None:
                                break
                        {item} = await ({source}.asend({sent}) if {thrown} is None else {source}.athrow({thrown}))
                return
            except StopAsyncIteration:
                return
            except {catch} as {error}:
                {source} = await {handle}({error}, {args}, {kwargs})
"""
"""What only its source can say: an exception of the caller's own, thrown in at ``yield``, goes into the function."""


@lru_cache(maxsize=512)
def _template(shape: _Shape) -> CodeType:
    """Code of ``make(inner, handle, catch)`` for one shape; it returns the wrapper and its cell's setter."""
    kind, positional, positional_only, keyword_only, star, double = shape
    taken = {*positional, *keyword_only, star, double}

    def free(name: str) -> str:
        while name in taken:
            name += "_"
        return name

    inner, handle, catch, error = map(free, ("inner_", "handle_", "catch_", "error_"))
    # Defaults are put in place afterwards as the function's own objects; `None` only makes each parameter optional.
    parameters = [*positional[:positional_only], "/"] if positional_only else []
    parameters += positional[positional_only:]
    if star:
        parameters.append(f"*{star}")
    elif keyword_only:
        parameters.append("*")
    parameters += keyword_only
    if double:
        parameters.append(f"**{double}")
    passed = [*positional, *([f"*{star}"] if star else [])]
    named = [f"{name}={name}" for name in keyword_only] + ([f"**{double}"] if double else [])
    args = f"({', '.join(passed)}{',' if passed else ''})"
    kwargs = "{" + ", ".join([f"{name!r}: {name}" for name in keyword_only] + ([f"**{double}"] if double else [])) + "}"
    call, handled = f"{inner}({', '.join(passed + named)})", f"{handle}({error}, {args}, {kwargs})"
    if kind == "async generator":
        own = {name: free(name) for name in ("source", "item", "sent", "thrown")}
        own |= {"inner": inner, "handle": handle, "catch": catch, "error": error}
        body = _ASYNC_GENERATOR.format(call=call, args=args, kwargs=kwargs, **own)
    else:
        keyword = {"plain": "", "coroutine": "await ", "generator": "yield from "}[kind]
        call, handled = (f"({keyword}{called})" if keyword else called for called in (call, handled))
        body = (
            f"        try:\n"
            f"            return {call}\n"
            f"        except {catch} as {error}:\n"
            f"            return {handled}\n"
        )
    source = (
        f"def make({inner}, {handle}, {catch}):\n"
        f"    {'async ' if kind in ('coroutine', 'async generator') else ''}def wrapper({', '.join(parameters)}):\n"
        f"{body}"
        f"    def set_inner(function):\n"
        f"        nonlocal {inner}\n"
        f"        {inner} = function\n"
        f"    return wrapper, set_inner\n"
    )
    module = compile(source, WRAPPER_FILENAME, "exec", dont_inherit=True)
    return next(const for const in module.co_consts if isinstance(const, CodeType))


def make_wrapper(
    function: FunctionType,
    handle: Handler,
    catch: type[Exception] | tuple[type[Exception], ...],
) -> tuple[FunctionType, SetInner]:
    """A wrapper around *function* that looks like it, and the way to change what it calls.

    Args:
        function: What is called at first.
        handle: Called with the exception, the positional and the keyword arguments when *catch* matches; what it
            returns is returned, what it raises is raised.
        catch: Looked at only when something was raised.
    """
    template = _template(shape_of(function.__code__))
    own = template.replace(
        co_consts=tuple(
            const.replace(co_name=function.__name__, co_qualname=function.__qualname__)
            if isinstance(const, CodeType) and const.co_name == "wrapper"
            else const
            for const in template.co_consts
        )
    )
    make: Any = FunctionType(own, {"__builtins__": __builtins__, "__name__": __name__})
    wrapper, set_inner = make(function, handle, catch)
    wrapper.__module__ = function.__module__
    wrapper.__name__ = function.__name__
    wrapper.__qualname__ = function.__qualname__
    wrapper.__doc__ = function.__doc__
    wrapper.__annotations__ = function.__annotations__
    wrapper.__defaults__ = function.__defaults__
    wrapper.__kwdefaults__ = function.__kwdefaults__
    if hasattr(function, "__type_params__"):
        wrapper.__type_params__ = function.__type_params__
    wrapper.__dict__.update(function.__dict__)
    wrapper.__wrapped__ = function
    return wrapper, set_inner
