"""What the original's source uses: a correction may use the same, and must keep its signature.

Read once per function, in the host; plain data, so that it travels to a runner.
"""

from __future__ import annotations

import ast
import builtins
import collections
import sys
import types
from dataclasses import dataclass, replace
from typing import Any, Final

from fukkatsu._language import textgate
from fukkatsu._language.attributes import NEVER, SUPER_METHODS, closed_because
from fukkatsu._language.bytecode import cells_written, global_names
from fukkatsu._language.changes import Changes, find_changes
from fukkatsu._language.in_place import changed_names, find_helpers
from fukkatsu._language.lasting import OBJECT, kind_of
from fukkatsu._language.logs import is_logger
from fukkatsu._language.origins import (
    exceptions_and_logger,
    file_imports,
    homes,
    imports_of,
    is_class,
    members_of_modules,
    module_called,
    own_class,
    private_names_of_class,
)
from fukkatsu._language.powers import guarded_name, power_of
from fukkatsu._language.tolerated import tolerated_names
from fukkatsu._language.trees import is_super_call, mangler, object_method, pauses_in_finally
from fukkatsu._model.patch import FunctionSource

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
        pauses_in_finally: Whether it yields or awaits in a finally block, or yields inside an ``async with``.
        class_name: Innermost class that it is a method of, or ``""``: private names are mangled with it.
        attributes: Attribute names it uses that would be closed otherwise.
        attributes_of_class: Private names that its class has or uses: a method may read what its siblings do.
        written_in_class: Those that methods of its class assign: one may fill them in on its own object.
        attributes_written: Attribute names it assigns.
        written_on_classes: Of those, the ones that it assigns on a class.
        written_on_itself: Of those, the ones that it assigns on itself, a function.
        looked_up: Attribute names it reads, all of them.
        global_names: Names of its module that it reads (builtins are not among them).
        builtin_names: Builtins that it reads.
        globals_assigned: Names that it declares ``global`` and assigns.
        nonlocals: Names of its closure that it declares ``nonlocal``.
        free_names: Names of its closure, ``__class__`` included.
        lasting: Of its own names, and of its parameters with a changeable default, those whose values can be changed,
            as ``(name, kind)``: see ``lasting.kind_of``.
        changed: Of those, the ones whose values it changes.
        handed: Of those, the containers that it hands on whole, as ``(name, to whom)``.
        tangled: Whether it is itself too large to follow what becomes of them.
        making: Of *lasting*, the names of what makes an entry for a key that is looked up, which it does not look up.
        modules: Of those names, the ones bound to a module, as ``(name, dotted module)``.
        imports: How the others could be imported, as ``(name, dotted module, member)``: a correction may say so again.
        file_imports: What else its file imports, as ``(name, dotted module, member)``; no member for a module itself.
        module_members: Members of modules that it uses, as ``(dotted module, member)``.
        closed: Of its own names, the ones that reach beyond it, as ``(name, "module.member")``.
        shadowed: Names of builtins that its module defines anew although the original does not use them.
        unsettled: Global names that are not bound yet, or to None: what they come to hold is looked at when it is read.
        widest: Of its own names, the classes that modules are instances of, too.
        loggers: Of its own names, the ones bound to a logger, or to an adapter of one.
        logger_members: What it looks up on those.
        super_methods: Methods that it calls as ``super().__new__(...)`` and that are closed otherwise.
        object_methods: ``"__new__"`` and ``"__setattr__"``, where it calls those of ``object``.
        guarded: Of its own names, the ones bound to what corrections get in a guarded form, as ``(name, "copy.copy")``.
        inner_modules: Of ``module_members``, the dotted names of those that are modules themselves.
        uses_class_cell: Whether it uses ``super()`` or ``__class__``.
        decorators: Text of its decorators, as far as its source shows them.
        filename: Of the file that it stands in.
        tolerated: Names whose failures its text survives: see ``tolerated_names``.
    """

    name: str
    qualname: str
    module: str = ""
    docstring: str | None = None
    parameters: tuple[Parameter, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    pauses_in_finally: bool = False
    class_name: str = ""
    attributes: frozenset[str] = frozenset()
    attributes_of_class: frozenset[str] = frozenset()
    attributes_written: frozenset[str] = frozenset()
    written_in_class: frozenset[str] = frozenset()
    written_on_classes: frozenset[str] = frozenset()
    written_on_itself: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()
    global_names: frozenset[str] = frozenset()
    builtin_names: frozenset[str] = frozenset()
    globals_assigned: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    free_names: frozenset[str] = frozenset()
    lasting: tuple[tuple[str, str], ...] = ()
    changed: frozenset[str] = frozenset()
    handed: frozenset[tuple[str, str]] = frozenset()
    tangled: bool = False
    making: frozenset[str] = frozenset()
    modules: tuple[tuple[str, str], ...] = ()
    imports: frozenset[tuple[str, str, str]] = frozenset()
    file_imports: frozenset[tuple[str, str, str]] = frozenset()
    module_members: frozenset[tuple[str, str]] = frozenset()
    closed: tuple[tuple[str, str], ...] = ()
    shadowed: frozenset[str] = frozenset()
    unsettled: frozenset[str] = frozenset()
    widest: frozenset[str] = frozenset()
    loggers: frozenset[str] = frozenset()
    logger_members: frozenset[str] = frozenset()
    super_methods: frozenset[str] = frozenset()
    object_methods: frozenset[str] = frozenset()
    guarded: tuple[tuple[str, str], ...] = ()
    inner_modules: frozenset[str] = frozenset()
    uses_class_cell: bool = False
    decorators: tuple[str, ...] = ()
    filename: str = ""
    tolerated: frozenset[str] = frozenset()

    def says_again(self, name: str, module: str, member: str = "") -> bool:
        """Whether importing *module*, or *member* of it, as *name* gives what the original's name holds anyway."""
        return (name, module, member) in self.imports if member else (name, module) in self.modules

    @property
    def lasting_names(self) -> frozenset[str]:
        """The names whose values outlive a call: those of the scope, and parameters with a changeable default."""
        kept = {p.name for p in self.parameters if p.default is not None and p.default.startswith(_CHANGEABLE)}
        own = self.scope_names - {name for name, _ in (*self.modules, *self.guarded)} - self.loggers
        return (own | kept) - self.globals_assigned - self.nonlocals - {"__class__"}

    def changes_in(self, top: ast.AST, *, known: bool = True) -> Changes:
        """What *top*, a module or a function, does with what outlives a call; *known* leaves out what is changed."""
        kinds = {name: kind for name, kind in self.lasting if not known or name not in self.changed}
        return find_changes(
            top,
            kinds,
            modules=dict(self.modules),
            members=dict(self.guarded),
            outer=self.scope_names,
            target=self.name,
            again=self.says_again,
            making=self.making,
        )

    @property
    def scope_names(self) -> frozenset[str]:
        """The names whose values a correction may need: what ``link_program`` takes as scope."""
        return self.global_names | self.free_names


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


def _class_of(qualname: str) -> str:
    parts = qualname.split(".")
    return parts[-2] if len(parts) > 1 and parts[-2] != "<locals>" else ""


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
    names |= exceptions_and_logger(ast.get_docstring(definition), own)
    names |= own_class(function, source.qualname)
    # A name that is nowhere yet may be defined later in the module: the original would find it, so may a correction.
    unknown = frozenset(name for name in looked_up - names if not hasattr(builtins, name))
    values: dict[str, Any] = {name: own[name] for name in names} | _cells(function)
    modules = {name: value.__name__ for name, value in values.items() if isinstance(value, types.ModuleType)}
    nodes = textgate.flatten(definition)
    members = members_of_modules(nodes, modules) | {home for value in values.values() for home in homes(value)}
    loggers = {name for name, value in values.items() if is_logger(value)}
    class_name = _class_of(source.qualname)
    mangled = mangler(class_name)
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
        pauses_in_finally=any(True for _ in pauses_in_finally(nodes)),
        is_generator=bool(code.co_flags & 0x220),  # CO_GENERATOR | CO_ASYNC_GENERATOR
        class_name=class_name,
        attributes=closed_otherwise,
        attributes_of_class=private_names_of_class(function, source.qualname),
        attributes_written=frozenset(written),
        written_in_class=private_names_of_class(function, source.qualname, written=True),
        written_on_classes=frozenset(
            mangled(node.attr)
            for node in nodes
            if isinstance(node, ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and is_class(node.value, definition, values)
        ),
        written_on_itself=frozenset(
            mangled(node.attr)
            for node in nodes
            if isinstance(node, ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and not class_name
            and _names(node.value, {source.name})
        ),
        looked_up=frozenset(read),
        global_names=names | unknown,
        builtin_names=frozenset(name for name in looked_up - names if hasattr(builtins, name)),
        globals_assigned=assigned,
        nonlocals=frozenset(cells_written(code)),
        free_names=frozenset(code.co_freevars),
        modules=tuple(sorted(modules.items())),
        imports=frozenset(imports_of(values, function)),
        file_imports=frozenset(file_imports(function, names)),
        module_members=frozenset(members),
        closed=tuple(
            sorted((name, power) for name, value in values.items() if (power := power_of(value, source.module)))
        ),
        shadowed=frozenset(
            name for name in vars(builtins).keys() & own.keys() if name not in names and name[:2] != "__"
        ),
        unsettled=unknown | frozenset(name for name in names if own[name] is None),
        widest=frozenset(name for name, value in values.items() if _is_widest(value)),
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
        inner_modules=frozenset(full for module, member in members if (full := module_called(module, member))),
        uses_class_cell="__class__" in code.co_freevars,
        decorators=(*source.decorators, *map(ast.unparse, definition.decorator_list)),
        filename=code.co_filename,
        tolerated=tolerated_names(nodes, mangled),
    )
    defaults = dict(function.__kwdefaults__ or {})
    positional = code.co_varnames[: code.co_argcount]
    defaults |= dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
    lasting = [
        (name, kind)
        for name in sorted(facts.lasting_names)
        if (kind := OBJECT if name in facts.unsettled else kind_of(defaults.get(name, values.get(name))))
    ]
    asked = {node.value.id for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)}
    making = frozenset(name for name, _ in lasting if _makes_entries(defaults.get(name, values.get(name))))
    facts = replace(facts, lasting=tuple(lasting), making=making - asked)
    changes = facts.changes_in(definition, known=False)
    changed = frozenset(changes.changed)
    if changes.tangled:
        changed = frozenset(changed_names(definition, frozenset(name for name, _ in lasting), find_helpers(nodes)))
    return replace(facts, changed=changed, handed=frozenset(changes.handed), tangled=changes.tangled)


def _makes_entries(value: object) -> bool:
    return isinstance(value, collections.defaultdict) and value.default_factory is not None


def _is_widest(value: object) -> bool:
    if not isinstance(value, type):
        return False
    try:
        return isinstance(sys, value)
    except Exception:  # noqa: BLE001  a metaclass of the author's answers
        return True


def _names(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names
