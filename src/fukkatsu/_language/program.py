"""A candidate made into a function: compiled under the restricted language, linked to the names it may use.

The same in a runner and in the host. Linking gives the function cells instead of globals for everything that is ours
(guards, module views) or the original's closure; what is left as a global is read from the scope's own namespace, so
that in the host a later change of a global is seen, at plain speed.
"""

from __future__ import annotations

import builtins
import dis
import functools
import importlib
import linecache
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._language.attributes import closed_because
from fukkatsu._language.bytecode import cells_written, global_names, nested_code
from fukkatsu._language.copies import plain_deepcopy_with_memo
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import Finding
from fukkatsu._language.guards import Guards, take_refusals
from fukkatsu._language.handing import reaches_arrays
from fukkatsu._language.held import Held
from fukkatsu._language.keyed import FORMS, fill_caches
from fukkatsu._language.left_behind import CONVERSIONS, TELLING_THE_TIME
from fukkatsu._language.logs import LogView
from fukkatsu._language.modules import Modules, Openings
from fukkatsu._language.ordered import ORDERED
from fukkatsu._language.powers import ARRAYS, ENUM_BASE
from fukkatsu._language.scope import LiveScope
from fukkatsu._language.scopes import (
    BODY,
    DELIVER,
    OUTER,
    cell_names,
    limits,
    permitted_builtins,
    permitted_globals,
)
from fukkatsu._language.standins import checkable, only_for_checks
from fukkatsu._language.static import examine
from fukkatsu._language.suspended import cells_of_suspended

if TYPE_CHECKING:
    from fukkatsu.policy import Policy

__all__ = [
    "CompileRefusal",
    "Program",
    "compile_program",
    "link_program",
    "permitted_names",
    "take_refusals",
]

_FORBIDDEN: Final = frozenset(
    dis.opmap[name]
    for name in (
        "IMPORT_NAME",
        "IMPORT_FROM",
        "IMPORT_STAR",
        "LOAD_BUILD_CLASS",
        "SETUP_ANNOTATIONS",
        "LOAD_NAME",
        "STORE_NAME",
        "DELETE_NAME",
        "LOAD_LOCALS",
        "LOAD_CLASSDEREF",
        "LOAD_FROM_DICT_OR_DEREF",
        "LOAD_FROM_DICT_OR_GLOBALS",
    )
    if name in dis.opmap
)


_WAS: Final = ".was "


class CompileRefusal(Exception):  # noqa: N818  a refusal, not an error of ours
    """The candidate does not compile under the restricted language.

    Attributes:
        findings: Why, at least one.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))


@dataclass(frozen=True, slots=True)
class Program:
    """A candidate's text and everything that decides what it may do; plain data, host to runner.

    Attributes:
        text: Module-level source: imports, helper functions and the function itself.
        facts: What the original uses.
        policy: What is open beyond that.
        filename: Under which tracebacks show it.
    """

    text: str
    facts: OriginalFacts
    policy: Policy
    filename: str


def compile_program(program: Program) -> types.CodeType:
    """Check, transform and compile; the result is what ``link_program`` runs.

    Raises:
        CompileRefusal: With at least one finding. Nothing else, whatever the text.
    """
    try:
        return _compile(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError) as error:
        line = getattr(error, "lineno", None) or 1
        text = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise CompileRefusal(
            (Finding(line, f"not Python: {text}", "it does not compile", "Send valid source."),)
        ) from None


def _compile(program: Program) -> types.CodeType:
    findings, body = examine(program.text, program.facts, program.policy)
    if findings or body is None:
        raise CompileRefusal(findings)
    _audit(body, program.facts, program.policy)
    return _requalified(body, program.facts, program.filename)


def _audit(code: types.CodeType, facts: OriginalFacts, policy: Policy) -> None:
    """What the compiler made, looked over once more: no import, no class, no name that is not permitted.

    Independent of the walk over the tree: were a node overlooked there, its instructions would show here.
    """
    permitted = permitted_globals(facts, policy)
    opened = facts.attributes | facts.attributes_of_class | policy.attributes
    allowed = permitted | facts.globals_assigned | facts.super_methods
    problems = [f"`{name}`" for name in sorted(global_names(code) - permitted)]
    problems += [f"`global {name}`" for name in sorted(global_names(code, written=True) - facts.globals_assigned)]
    problems += [f"`nonlocal {name}`" for name in sorted(cells_written(code) - facts.nonlocals)]
    for part in nested_code(code):
        problems += [dis.opname[op] for op in sorted(set(part.co_code[::2]) & _FORBIDDEN)]
        problems += [f".{name}" for name in part.co_names if name not in allowed and closed_because(name, opened)]
    if problems:
        raise CompileRefusal(
            tuple(Finding(1, problem, "compiled code may not use it", "") for problem in dict.fromkeys(problems))
        )


def _requalified(code: types.CodeType, facts: OriginalFacts, filename: str) -> types.CodeType:
    """*code* under *filename*, with qualified names as the original module would give them.

    Without our two enclosing functions, that is.
    """
    prefix, owner = f"{OUTER}.<locals>.{BODY}.<locals>.", facts.qualname.removesuffix(facts.name)

    def rename(part: types.CodeType) -> types.CodeType:
        consts = tuple(rename(const) if isinstance(const, types.CodeType) else const for const in part.co_consts)
        name = part.co_qualname
        if name.startswith(prefix):
            name = name[len(prefix) :]
            if name.partition(".")[0] == facts.name:
                name = owner + name
        return part.replace(co_consts=consts, co_qualname=name, co_filename=filename)

    return rename(code)


def guards_of(facts: OriginalFacts, policy: Policy, filename: str) -> tuple[Guards, Modules, dict[str, Any]]:
    """The guards of one program, the views that it gets, and the members of modules that come guarded."""
    openings = Openings.of(policy.imports, facts)
    members: dict[str, Any] = {}
    modules = Modules(openings, members)
    held = Held(modules, facts.looked_up, facts.module)
    opened = facts.attributes | policy.attributes
    guards = Guards(
        opened,
        facts.attributes_written,
        filename,
        facts.qualname,
        facts.module,
        openings=openings,
        held=held,
        readable=facts.attributes_of_class,
        on_classes=facts.written_on_classes,
        on_itself=bool(facts.written_on_itself),
        limits=limits(facts, policy),
        telling="id" in facts.builtin_names or facts.name == "__deepcopy__",
    )
    members |= guards.members()
    fill_caches()
    members |= {name: made for name, made in CONVERSIONS.items() if ("time", name[5:]) not in facts.module_members}
    members |= {name: form for name, form in FORMS.items() if ("typing", name[7:]) not in facts.module_members}
    if reaches_arrays(facts, policy):
        members |= ORDERED
    if "from_file" in facts.looked_up:
        members["zoneinfo.ZoneInfo"] = importlib.import_module("zoneinfo").ZoneInfo
    if facts.looked_up & TELLING_THE_TIME:
        members["asyncio.timeout"] = importlib.import_module("asyncio").timeout
    if facts.name == "__deepcopy__":  # it is given a memo, and hands it on
        members["copy.deepcopy"] = plain_deepcopy_with_memo
    return guards, modules, members


def link_program(
    program: Program,
    code: types.CodeType,
    scope: Mapping[str, object],
    *,
    defaults: tuple[Any, ...] | None,
    kwdefaults: dict[str, Any] | None,
) -> types.FunctionType:
    """The function that *code* (from ``compile_program``) defines, with the original's name, doc and defaults.

    Its imports run now, as views. In the host pass a ``LiveScope``: globals and closure are the original's own, live.
    Elsewhere any mapping of the names in ``facts.scope_names``; a name that is missing raises NameError when used.

    Raises:
        ImportError: A module that the program imports is not installed, or not open.
    """
    facts, policy = program.facts, program.policy
    guards, modules, members = guards_of(facts, policy, program.filename)
    delivered: list[types.FunctionType] = []
    given: dict[str, Any] = {
        **guards.builtins(cell_names(facts, policy)),
        **guards.cells(),
        ".import": modules.bind,
        ".import_from": modules.member,
        **cells_of_suspended(limits(facts, policy), permitted_builtins(facts, policy)),
        ".defaults": defaults or (),
        ".kwdefaults": kwdefaults or {},
        DELIVER: delivered.append,
    }
    live = scope if isinstance(scope, LiveScope) else None
    namespace = live.namespace if live is not None else {"__name__": facts.module, **scope, "__builtins__": builtins}
    for name in code.co_freevars:
        if name.startswith(_WAS):
            own = name.removeprefix(_WAS)
            given[name] = namespace.get(own, given) if own in facts.global_names else scope.get(own, given)
    closure = tuple(_cell(name, given, scope, live, modules, facts, members) for name in code.co_freevars)
    for name in global_names(code) - facts.unsettled:  # those are looked at when they are read
        if isinstance(namespace.get(name), types.ModuleType):
            msg = f"{name} has become a module since the function was read: a correction would hold it raw"
            raise ImportError(msg)
    lines = program.text.splitlines(keepends=True)
    linecache.cache[program.filename] = (len(program.text), None, lines, program.filename)
    exec(code, namespace, closure=closure)  # noqa: S102  what compile_program checked and transformed
    function = delivered[0]
    function.__doc__ = facts.docstring
    if live is not None:
        function.__doc__ = live.function.__doc__
        function.__annotations__ = live.function.__annotations__
        function.__module__ = live.function.__module__
    return function


def _cell(
    name: str,
    given: Mapping[str, Any],
    scope: Mapping[str, object],
    live: LiveScope | None,
    modules: Modules,
    facts: OriginalFacts,
    members: Mapping[str, Any],
) -> types.CellType:
    if name.startswith("."):
        return types.CellType(given[name])
    if (full := dict(facts.guarded).get(name)) is not None and name in scope:
        if full in (ENUM_BASE, ARRAYS):
            return types.CellType(only_for_checks(scope[name]) if full == ENUM_BASE else checkable(scope[name]))
        return types.CellType(members[full])
    if name in facts.free_names or name in facts.global_names:
        shared = live.cell(name) if live is not None else None
        if name not in scope:
            return shared or types.CellType()
        value = scope[name]
        if isinstance(value, types.ModuleType):
            return types.CellType(modules.view(value.__name__, value))
        if name in facts.loggers:
            return types.CellType(LogView(functools.partial(scope.__getitem__, name), facts.logger_members))
        return shared or types.CellType(value)
    if name in given:
        return types.CellType(given[name])
    return types.CellType(getattr(builtins, name))


def permitted_names(facts: OriginalFacts, policy: Policy) -> tuple[str, ...]:
    """What a correction may use, sorted, for the prompt: the original's names, builtins, and ``import x`` lines."""
    own = sorted(
        (permitted_globals(facts, policy) - permitted_builtins(facts, policy)) | (facts.free_names - {"__class__"})
    )
    calls = sorted(name for name in permitted_builtins(facts, policy) if not name.startswith("__"))
    imports = [f"import {module}" for module in sorted(policy.imports) if module != "__future__"]
    return (*own, *calls, *imports)
