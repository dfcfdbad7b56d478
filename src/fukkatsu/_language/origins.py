"""Where the names of an original come from: its module's imports, its class, the modules that it uses members of.

Asked once per function, in the host, of live objects; the answers are plain data.
"""

from __future__ import annotations

import ast
import builtins
import functools
import linecache
import re
import sys
import types
from collections.abc import Iterator
from typing import Any, Final

from fukkatsu._language.allowlist import COMPANIONS
from fukkatsu._language.attributes import WHY_PRIVATE, closed_because, is_private
from fukkatsu._language.bytecode import attributes_stored, nested_code
from fukkatsu._language.logs import is_logger
from fukkatsu._language.trees import chain_of


def members_of_modules(nodes: list[ast.AST], bound: dict[str, str]) -> set[tuple[str, str]]:
    """Members of modules that the source uses, by its own imports and by module-valued names.

    ``config.settings.debug`` is the member ``settings`` of ``config`` when that is an object, and the member ``debug``
    of ``config.settings`` when that is a module.
    """
    bound, used, imported = dict(bound), set(), set[str]()
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                bound[alias.asname or top] = alias.name if alias.asname else top
                imported.add(alias.name)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                used.add((node.module, alias.name))
                full = module_called(node.module, alias.name) or f"{node.module}.{alias.name}"
                if full in imported or full in sys.modules:
                    bound[alias.asname or alias.name] = full
    for node in nodes if bound else ():
        if isinstance(node, ast.Attribute) and (chain := chain_of(node)) and chain[0] in bound:
            module, path = bound[chain[0]], list(chain[1])
            while len(path) > 1 and (inner := _inner_module(module, path[0], imported)):
                module = inner
                path.pop(0)
            used.add((module, path[0]))
    return used


def _inner_module(module: str, name: str, imported: set[str]) -> str | None:
    """The module that *name* is in *module*, by whatever name it is known, or ``None``."""
    value = getattr(sys.modules.get(module), name, None)
    if isinstance(value, types.ModuleType):
        return value.__name__
    full = f"{module}.{name}"
    return full if full in imported or full in sys.modules else None


def module_called(module: str, member: str) -> str | None:
    """``"module.member"`` when that is a module: ``xml.etree.ElementTree`` is one, ``datetime.datetime`` is a class."""
    value = getattr(sys.modules.get(module), member, None)
    full = f"{module}.{member}"
    return full if isinstance(value, types.ModuleType) or (value is None and full in sys.modules) else None


def exceptions_and_logger(docstring: str | None, own: dict[str, Any]) -> frozenset[str]:
    """Names of the module that a correction may use although the original does not: its logger, promised exceptions."""
    found = {name for name in _LOGGERS if is_logger(own.get(name))}
    for word in set(_WORD.findall(docstring or "")):
        value = own.get(word)
        if isinstance(value, type) and issubclass(value, Exception) and not hasattr(builtins, word):
            found.add(word)
    return frozenset(found)


def own_class(function: types.FunctionType, qualname: str) -> frozenset[str]:
    """The class that a method is defined in, by the name that its module knows it by."""
    name, _, inside = qualname.partition(".")
    value = function.__globals__.get(name)
    return frozenset({name} if inside and isinstance(value, type) and value.__module__ == function.__module__ else ())


def private_names_of_class(function: types.FunctionType, qualname: str, *, written: bool = False) -> frozenset[str]:
    """Private names of a method's class and of the author's classes below it, and what their methods use, or assign."""
    kind: Any = function.__globals__.get(qualname.partition(".")[0])
    for part in qualname.split(".")[1:-1]:
        kind = vars(kind).get(part) if isinstance(kind, type) else None
    found: set[str] = set()
    for base in type.mro(kind) if isinstance(kind, type) else ():
        if str(base.__module__).partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
            continue
        for name, member in list(vars(base).items()):
            if not written:
                found.add(name)
            for part in (member, *(getattr(member, way, None) for way in ("__func__", "fget", "fset", "func"))):
                if isinstance(part, types.FunctionType):
                    for code in () if written else nested_code(part.__code__):
                        found.update(code.co_names)
                    found |= attributes_stored(part.__code__) if written else set()
    return frozenset(name for name in found if is_private(name) and closed_because(name, frozenset()) == WHY_PRIVATE)


def is_class(node: ast.expr, definition: ast.FunctionDef | ast.AsyncFunctionDef, values: dict[str, Any]) -> bool:
    """Whether *node* is a class by the look of it: a global one, ``cls``, ``type(x)``, ``x.__class__``."""
    if isinstance(node, ast.Name):
        first = (*definition.args.posonlyargs, *definition.args.args)[:1]
        return isinstance(values.get(node.id), type) or (node.id == "cls" and [arg.arg for arg in first] == ["cls"])
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "type"
    return isinstance(node, ast.Attribute) and node.attr == "__class__"


def imports_of(values: dict[str, Any], function: types.FunctionType) -> Iterator[tuple[str, str, str]]:
    """Which modules give *values*: those that the module's own text imports from, and those that define them."""
    filename, package = function.__code__.co_filename, str(function.__globals__.get("__package__") or "")
    named = {_absolute(dots, module, package) for dots, module in _named(filename, len(linecache.getlines(filename)))}
    for name, value in values.items():
        if isinstance(value, types.ModuleType):
            known, members = named, {name}
        else:
            known, members = named | {module for module, _ in homes(value)}, {name, getattr(value, "__name__", name)}
        for module in known:
            inside = getattr(sys.modules.get(module), "__dict__", {})
            yield from ((name, module, member) for member in members if inside.get(member, _NOTHING) is value)


def file_imports(function: types.FunctionType, used: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """What else the original's file has imported, as ``(name, module, member)``; no member for a module itself.

    A model sees one function of a file and counts on the imports that such a file has.
    """
    own = function.__globals__
    others = {name: value for name, value in list(own.items())[:_MOST_NAMES] if name not in used and name[:2] != "__"}
    for name, value in others.items():
        if isinstance(value, types.ModuleType):
            if _is_common(value.__name__) and sys.modules.get(value.__name__) is value:
                yield name, value.__name__, ""
        elif isinstance(value, _IMPORTED):
            yield from ((name, home, member) for home, member in homes(value) if member == name and _is_common(home))


@functools.lru_cache(maxsize=1024)
def _is_common(module: str) -> bool:
    """Of the standard library, or with members of its own list; what else a policy opens is imported aloud."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in COMPANIONS


_MOST_NAMES: Final = 500
_IMPORTED: Final = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


@functools.lru_cache(maxsize=64)
def _named(filename: str, lines: int) -> frozenset[tuple[str, str]]:
    """Which modules a file of that many *lines* imports from."""
    return frozenset(_FROM.findall("".join(linecache.getlines(filename))))


def _absolute(dots: str, module: str, package: str) -> str:
    if not dots:
        return str(module)
    base = package.rsplit(".", len(dots) - 1)[0] if len(dots) > 1 else package
    return f"{base}.{module}".strip(".")


_FROM: Final = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import\b", re.MULTILINE)
_NOTHING: Final = object()


def homes(value: object) -> Iterator[tuple[str, str]]:
    """Where a class or function can be imported from: the original uses it, however its module came by it."""
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        try:
            name, module = value.__name__, getattr(value, "__module__", None)
        except Exception:  # noqa: BLE001 - a metaclass of the author's may answer as it likes
            return
        while isinstance(module, str) and module:
            if getattr(sys.modules.get(module), name, None) is value:  # pathlib._local.Path is pathlib.Path
                yield module, name
            module = module.rpartition(".")[0]


_LOGGERS: Final = ("logger", "log", "LOGGER", "LOG", "_logger", "_log")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
