"""What the original's source uses: a correction may use the same, and must keep its signature.

Read once per function, in the host; plain data, so that it travels to a runner.
"""

from __future__ import annotations

import ast
import builtins
import dis
import functools
import linecache
import re
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from fukkatsu._language import textgate
from fukkatsu._language.attributes import NEVER, SUPER_METHODS, WHY_PRIVATE, closed_because, is_private
from fukkatsu._language.changes import changed_names, find_helpers
from fukkatsu._language.powers import guarded_name, power_of
from fukkatsu._model.patch import FunctionSource

_EXTENDED: Final = dis.opmap["EXTENDED_ARG"]
_SHIFTED: Final = dis.opmap["LOAD_GLOBAL"]  # its argument carries a flag in the lowest bit
_READS: Final = frozenset(
    dis.opmap[name] for name in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS") if name in dis.opmap
)
_WRITES: Final = frozenset(dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL"))
_CELL_WRITES: Final = frozenset(dis.opmap[name] for name in ("STORE_DEREF", "DELETE_DEREF"))
_BY_NAME: Final = frozenset({"getattr", "setattr", "hasattr", "delattr"})


# The module's own, and each a way to everything: not even where the original uses them.
_INTERPRETERS: Final = frozenset({"__builtins__", "__loader__", "__spec__"})


_CHANGEABLE: Final = ("List(", "Dict(", "Set(", "ListComp(", "DictComp(", "SetComp(", "Call(")  # as ast.dump() begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter, comparable whatever its formatting.

    Attributes:
        name: As written.
        kind: ``"positional-only"``, ``"positional"``, ``"*"``, ``"keyword-only"`` or ``"**"``.
        default: Dump of the default's syntax tree, or ``None`` when there is none.
        annotation: Text of the annotation, or ``""``: for the reader, never compared or evaluated.
    """

    name: str
    kind: str
    default: str | None
    annotation: str = ""

    def __str__(self) -> str:
        star = self.kind if self.kind.startswith("*") else ""
        return f"{star}{self.name}" + ("=..." if self.default is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalFacts:
    """What the original uses.

    Attributes:
        name: Name after ``def``.
        qualname: Qualified name.
        module: Name of its module.
        docstring: Its docstring, or ``None``.
        parameters: In order.
        is_async: Whether it is declared ``async``.
        is_generator: Whether it yields.
        class_name: Innermost class that it is a method of, or ``""``: private names are mangled with it.
        attributes: Attribute names it uses that would be closed otherwise.
        attributes_of_class: Private names that its class has or uses: a method may read what its siblings do.
        attributes_written: Attribute names it assigns.
        written_on_classes: Of those, the ones that it assigns on a class.
        looked_up: Attribute names it reads, all of them.
        global_names: Names of its module that it reads (builtins are not among them).
        builtin_names: Builtins that it reads.
        globals_assigned: Names that it declares ``global`` and assigns.
        nonlocals: Names of its closure that it declares ``nonlocal``.
        free_names: Names of its closure, ``__class__`` included.
        changed: Of its own names, and of its parameters with a changeable default, those whose values it changes.
        modules: Of those names, the ones bound to a module, as ``(name, dotted module)``.
        imports: How the others could be imported, as ``(name, dotted module, member)``: a correction may say so again.
        module_members: Members of modules that it uses, as ``(dotted module, member)``.
        closed: Of its own names, the ones that reach beyond it, as ``(name, "module.member")``.
        shadowed: Names of builtins that its module defines anew although the original does not use them.
        unsettled: Global names that are not bound yet, or to None: what they come to hold is looked at when it is read.
        loggers: Of its own names, the ones bound to a logger.
        logger_members: What it looks up on those.
        super_methods: Methods that it calls as ``super().__new__(...)`` and that are closed otherwise.
        object_methods: ``"__new__"`` and ``"__setattr__"``, where it calls those of ``object``.
        guarded: Of its own names, the ones bound to what corrections get in a guarded form, as ``(name, "copy.copy")``.
        inner_modules: Of ``module_members``, the dotted names of those that are modules themselves.
        uses_class_cell: Whether it uses ``super()`` or ``__class__``.
        decorators: Text of its decorators, as far as its source shows them.
    """

    name: str
    qualname: str
    module: str = ""
    docstring: str | None = None
    parameters: tuple[Parameter, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    class_name: str = ""
    attributes: frozenset[str] = frozenset()
    attributes_of_class: frozenset[str] = frozenset()
    attributes_written: frozenset[str] = frozenset()
    written_on_classes: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()
    global_names: frozenset[str] = frozenset()
    builtin_names: frozenset[str] = frozenset()
    globals_assigned: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    free_names: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    modules: tuple[tuple[str, str], ...] = ()
    imports: frozenset[tuple[str, str, str]] = frozenset()
    module_members: frozenset[tuple[str, str]] = frozenset()
    closed: tuple[tuple[str, str], ...] = ()
    shadowed: frozenset[str] = frozenset()
    unsettled: frozenset[str] = frozenset()
    loggers: frozenset[str] = frozenset()
    logger_members: frozenset[str] = frozenset()
    super_methods: frozenset[str] = frozenset()
    object_methods: frozenset[str] = frozenset()
    guarded: tuple[tuple[str, str], ...] = ()
    inner_modules: frozenset[str] = frozenset()
    uses_class_cell: bool = False
    decorators: tuple[str, ...] = ()

    def says_again(self, name: str, module: str, member: str = "") -> bool:
        """Whether importing *module*, or *member* of it, as *name* gives what the original's name holds anyway."""
        return (name, module, member) in self.imports if member else (name, module) in self.modules

    @property
    def lasting_names(self) -> frozenset[str]:
        """The names whose values outlive a call: those of the scope, and parameters with a changeable default."""
        kept = {p.name for p in self.parameters if p.default is not None and p.default.startswith(_CHANGEABLE)}
        own = self.scope_names - {name for name, _ in (*self.modules, *self.guarded)} - self.loggers
        return (own | kept) - self.globals_assigned - self.nonlocals - {"__class__"}

    @property
    def scope_names(self) -> frozenset[str]:
        """The names whose values a correction may need: what ``link_program`` takes as scope."""
        return self.global_names | self.free_names

    def members_of(self, module: str) -> frozenset[str]:
        """Dotted members of *module* that the original itself uses."""
        return frozenset(member for owner, member in self.module_members if owner == module)


def nested_code(code: types.CodeType) -> Iterator[types.CodeType]:
    """*code* and every code object inside it."""
    pending = [code]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(const for const in current.co_consts if isinstance(const, types.CodeType))


def global_names(code: types.CodeType, *, written: bool = False) -> set[str]:
    """Names that *code* (nested code included) looks up, or with *written* assigns, outside every function.

    Read from the instructions: the compiler has already decided what is local, whatever the text pretends.
    """
    wanted, found = _WRITES if written else _READS, set()
    for part in nested_code(code):
        raw = part.co_code
        ops = raw[::2]
        if wanted.isdisjoint(ops):
            continue
        names = part.co_names
        for position, op in enumerate(ops):
            if op in wanted:
                index = 2 * position
                arg, shift = raw[index + 1], 8
                while index >= 2 and raw[index - 2] == _EXTENDED:  # higher bytes stand in the instructions before
                    index -= 2
                    arg |= raw[index + 1] << shift
                    shift += 8
                found.add(names[arg >> 1 if op == _SHIFTED else arg])
    return found


def cells_written(code: types.CodeType) -> set[str]:
    """Names of *code*'s closure that it, or code nested in it, assigns or deletes."""
    found: set[str] = set()
    pending = [(code, frozenset(code.co_freevars))]
    while pending:
        part, outside = pending.pop()
        raw, extended = part.co_code, 0
        if _CELL_WRITES.isdisjoint(raw[::2]):
            raw = b""
        for position in range(0, len(raw), 2):
            op, arg = raw[position], raw[position + 1] | extended
            extended = arg << 8 if op == _EXTENDED else 0
            if op in _CELL_WRITES:
                name = part._varname_from_oparg(arg)  # type: ignore[attr-defined]  # dis itself asks like this
                if name in outside:
                    found.add(name)
        for const in part.co_consts:
            if isinstance(const, types.CodeType):  # a name that *part* binds itself hides the one outside
                pending.append((const, outside & frozenset(part.co_freevars) & frozenset(const.co_freevars)))
    return found


def read_parameters(arguments: ast.arguments, *, annotations: bool = True) -> tuple[Parameter, ...]:
    """The parameters of a syntax tree, in order; without *annotations* their texts are left empty."""

    def text(annotation: ast.expr | None) -> str:
        return "" if annotation is None or not annotations else ast.unparse(annotation)

    positional = arguments.posonlyargs + arguments.args
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    found = [
        Parameter(
            name=arg.arg,
            kind="positional-only" if index < len(arguments.posonlyargs) else "positional",
            default=None if default is None else ast.dump(default),
            annotation=text(arg.annotation),
        )
        for index, (arg, default) in enumerate(zip(positional, defaults, strict=True))
    ]
    if arguments.vararg:
        found.append(
            Parameter(name=arguments.vararg.arg, kind="*", default=None, annotation=text(arguments.vararg.annotation))
        )
    for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        dump = None if default is None else ast.dump(default)
        found.append(Parameter(name=arg.arg, kind="keyword-only", default=dump, annotation=text(arg.annotation)))
    if arguments.kwarg:
        found.append(
            Parameter(name=arguments.kwarg.arg, kind="**", default=None, annotation=text(arguments.kwarg.annotation))
        )
    return tuple(found)


def _cells(function: types.FunctionType) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    return values


def is_super_call(node: ast.AST) -> bool:
    """``super()`` or ``super(C, self)``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def object_method(node: ast.AST) -> str | None:
    """``"__new__"`` for ``object.__new__``, likewise ``"__setattr__"``: the two have guarded forms."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "object":
        return node.attr if node.attr in ("__new__", "__setattr__") else None
    return None


def chain_of(node: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    """``a.b.c`` as ``("a", ("b", "c"))``."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    return (node.id, tuple(reversed(path))) if isinstance(node, ast.Name) else None


def _class_of(qualname: str) -> str:
    parts = qualname.split(".")
    return parts[-2] if len(parts) > 1 and parts[-2] != "<locals>" else ""


def _members(nodes: list[ast.AST], bound: dict[str, str]) -> set[tuple[str, str]]:
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
                full = _module_called(node.module, alias.name) or f"{node.module}.{alias.name}"
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


def _module_called(module: str, member: str) -> str | None:
    """``"module.member"`` when that is a module: ``xml.etree.ElementTree`` is one, ``datetime.datetime`` is a class."""
    value = getattr(sys.modules.get(module), member, None)
    full = f"{module}.{member}"
    return full if isinstance(value, types.ModuleType) or (value is None and full in sys.modules) else None


def _exceptions_and_logger(docstring: str | None, own: dict[str, Any]) -> frozenset[str]:
    """Names of the module that a correction may use although the original does not: its logger, promised exceptions."""
    logging = sys.modules.get("logging")
    found = {name for name in _LOGGERS if logging is not None and isinstance(own.get(name), logging.Logger)}
    for word in set(_WORD.findall(docstring or "")):
        value = own.get(word)
        if isinstance(value, type) and issubclass(value, Exception) and not hasattr(builtins, word):
            found.add(word)
    return frozenset(found)


def _own_class(function: types.FunctionType, qualname: str) -> frozenset[str]:
    """The class that a method is defined in, by the name that its module knows it by."""
    name, _, inside = qualname.partition(".")
    value = function.__globals__.get(name)
    return frozenset({name} if inside and isinstance(value, type) and value.__module__ == function.__module__ else ())


def _of_class(function: types.FunctionType, qualname: str) -> frozenset[str]:
    """Private names of a method's class and of the author's classes below it, and what their methods use."""
    kind: Any = function.__globals__.get(qualname.partition(".")[0])
    for part in qualname.split(".")[1:-1]:
        kind = vars(kind).get(part) if isinstance(kind, type) else None
    found: set[str] = set()
    for base in type.mro(kind) if isinstance(kind, type) else ():
        if str(base.__module__).partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
            continue
        for name, member in list(vars(base).items()):
            found.add(name)
            for part in (member, *(getattr(member, way, None) for way in ("__func__", "fget", "fset", "func"))):
                if isinstance(part, types.FunctionType):
                    found.update(name for code in nested_code(part.__code__) for name in code.co_names)
    return frozenset(name for name in found if is_private(name) and closed_because(name, frozenset()) == WHY_PRIVATE)


def _is_class(node: ast.expr, definition: ast.FunctionDef | ast.AsyncFunctionDef, values: dict[str, Any]) -> bool:
    """Whether *node* is a class by the look of it: a global one, ``cls``, ``type(x)``, ``x.__class__``."""
    if isinstance(node, ast.Name):
        first = (*definition.args.posonlyargs, *definition.args.args)[:1]
        return isinstance(values.get(node.id), type) or (node.id == "cls" and [arg.arg for arg in first] == ["cls"])
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "type"
    return isinstance(node, ast.Attribute) and node.attr == "__class__"


def _imports(values: dict[str, Any], function: types.FunctionType) -> Iterator[tuple[str, str, str]]:
    """Which modules give *values*: those that the module's own text imports from, and those that define them."""
    filename, package = function.__code__.co_filename, str(function.__globals__.get("__package__") or "")
    named = {_absolute(dots, module, package) for dots, module in _named(filename, len(linecache.getlines(filename)))}
    for name, value in values.items():
        if isinstance(value, types.ModuleType):
            known, members = named, {name}
        else:
            known, members = named | {module for module, _ in _homes(value)}, {name, getattr(value, "__name__", name)}
        for module in known:
            inside = getattr(sys.modules.get(module), "__dict__", {})
            yield from ((name, module, member) for member in members if inside.get(member, _NOTHING) is value)


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


def _homes(value: object) -> Iterator[tuple[str, str]]:
    """Where a class or function can be imported from: the original uses it, however its module came by it."""
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        name, module = value.__name__, getattr(value, "__module__", None)
        while isinstance(module, str) and module:
            if getattr(sys.modules.get(module), name, None) is value:  # pathlib._local.Path is pathlib.Path
                yield module, name
            module = module.rpartition(".")[0]


_LOGGERS: Final = ("logger", "log", "LOGGER", "LOG", "_logger", "_log")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")


def read_facts(function: types.FunctionType, source: FunctionSource) -> OriginalFacts:
    """Everything about *function* that decides what a correction of it may use.

    Args:
        function: The original itself, not a wrapper.
        source: Its text, starting at ``def``.

    Raises:
        SyntaxError: *source* does not parse.
    """
    tree = ast.parse(source.text)
    definition = next(
        (node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))),
        None,
    )
    if definition is None:
        msg = f"{source.qualname}: its source text holds no function definition"
        raise SyntaxError(msg)
    code = function.__code__
    assigned = frozenset(global_names(code, written=True))
    looked_up = global_names(code) | assigned  # what it assigns, a correction may read as well
    own = function.__globals__
    looked_up -= _INTERPRETERS
    names = frozenset(name for name in looked_up if name in own)
    names |= _exceptions_and_logger(ast.get_docstring(definition), own)
    names |= _own_class(function, source.qualname)
    # A name that is nowhere yet may be defined later in the module: the original would find it, so may a correction.
    unknown = frozenset(name for name in looked_up - names if not hasattr(builtins, name))
    values: dict[str, Any] = {name: own[name] for name in names} | _cells(function)
    modules = {name: value.__name__ for name, value in values.items() if isinstance(value, types.ModuleType)}
    nodes = textgate.flatten(definition)
    members = _members(nodes, modules) | {home for value in values.values() for home in _homes(value)}
    logging = sys.modules.get("logging")
    loggers = {name for name, value in values.items() if logging is not None and isinstance(value, logging.Logger)}
    class_name = _class_of(source.qualname)
    mangled = _mangler(class_name)
    attributes, written, read = set[str](), set[str](), set[str]()
    for node in nodes:
        if isinstance(node, ast.Attribute):
            attributes.add(mangled(node.attr))
            (read if isinstance(node.ctx, ast.Load) else written).add(mangled(node.attr))
        elif isinstance(node, ast.MatchClass):
            attributes.update(map(mangled, node.kwd_attrs))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BY_NAME:
            # getattr(self, "_cache", None): a name in quotes is a name that the original uses.
            quoted = node.args[1] if len(node.args) > 1 else None
            if isinstance(quoted, ast.Constant) and isinstance(quoted.value, str):
                attributes.add(quoted.value)
    closed_otherwise = frozenset(
        name
        for name in attributes
        if name not in NEVER and (closed_because(name, frozenset()) or closed_because(name, frozenset(), write=True))
    )
    facts = OriginalFacts(
        name=source.name,
        qualname=source.qualname,
        module=source.module,
        docstring=ast.get_docstring(definition, clean=False),
        parameters=read_parameters(definition.args),
        is_async=isinstance(definition, ast.AsyncFunctionDef),
        is_generator=bool(code.co_flags & 0x220),  # CO_GENERATOR | CO_ASYNC_GENERATOR
        class_name=class_name,
        attributes=closed_otherwise,
        attributes_of_class=_of_class(function, source.qualname),
        attributes_written=frozenset(written),
        written_on_classes=frozenset(
            mangled(node.attr)
            for node in nodes
            if isinstance(node, ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and _is_class(node.value, definition, values)
        ),
        looked_up=frozenset(read),
        global_names=names | unknown,
        builtin_names=frozenset(name for name in looked_up - names if hasattr(builtins, name)),
        globals_assigned=assigned,
        nonlocals=frozenset(cells_written(code)),
        free_names=frozenset(code.co_freevars),
        modules=tuple(sorted(modules.items())),
        imports=frozenset(_imports(values, function)),
        module_members=frozenset(members),
        closed=tuple(
            sorted((name, power) for name, value in values.items() if (power := power_of(value, source.module)))
        ),
        shadowed=frozenset(
            name for name in vars(builtins).keys() & own.keys() if name not in names and name[:2] != "__"
        ),
        unsettled=unknown | frozenset(name for name in names if own[name] is None),
        loggers=frozenset(loggers),
        logger_members=frozenset(
            node.attr for node in nodes if isinstance(node, ast.Attribute) and _names(node.value, loggers)
        ),
        super_methods=frozenset(
            node.attr
            for node in nodes
            if isinstance(node, ast.Attribute) and node.attr in SUPER_METHODS and is_super_call(node.value)
        ),
        object_methods=frozenset(name for node in nodes if (name := object_method(node))),
        guarded=tuple(sorted((name, full) for name, value in values.items() if (full := guarded_name(value)))),
        inner_modules=frozenset(full for module, member in members if (full := _module_called(module, member))),
        uses_class_cell="__class__" in code.co_freevars,
        decorators=tuple(ast.unparse(decorator) for decorator in definition.decorator_list),
    )
    return replace(facts, changed=frozenset(changed_names(definition, facts.lasting_names, find_helpers(nodes))))


def _names(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _mangler(class_name: str) -> Any:
    """How Python renames private names inside *class_name*."""
    bare = class_name.lstrip("_")

    def mangle(name: str) -> str:
        if not bare or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        return f"_{bare}{name}"

    return mangle


def mangle(name: str, class_name: str) -> str:
    """*name* as Python looks it up inside class *class_name* (``__x`` becomes ``_C__x``)."""
    return str(_mangler(class_name)(name))
