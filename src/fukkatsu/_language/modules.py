"""What a correction may see of a module: named public members that are not modules themselves.

A correction never holds a raw module. Modules hold other modules (``json.codecs.builtins.eval``,
``re.enum.sys.modules``), so an import gives a *view*: an object with the open members and nothing else, which cannot be
written, walked or pickled back into the module.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from fukkatsu._language.allowlist import COMPANIONS, MEMBERS, OMITTED_IMPORTS, OMITTED_MEMBERS, POWERS, TAME
from fukkatsu._language.keyed import fill_caches
from fukkatsu._language.shared import snapshot
from fukkatsu._language.standins import checkable

if TYPE_CHECKING:
    from fukkatsu._language.facts import OriginalFacts

_ALIASES: Final = {"posixpath": "os.path", "ntpath": "os.path", "posix": "os", "nt": "os"}
_LISTED: Final[dict[str, frozenset[str]]] = {module: frozenset(names.split()) for module, names in MEMBERS.items()}


def public_name(module: str) -> str:
    """The documented name of a module: ``posixpath`` is ``os.path``."""
    return _ALIASES.get(module, module)


@functools.lru_cache(maxsize=64)
def _parents(imports: frozenset[str]) -> frozenset[str]:
    """Every proper prefix of an entry: ``os`` and ``os.path`` for ``os.path.join``."""
    found = set()
    for entry in imports:
        while entry := entry.rpartition(".")[0]:
            found.add(entry)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Openings:
    """Which modules and members are open, decided by names alone: nothing is imported to answer.

    Attributes:
        imports: The policy's entries.
        used: ``(module, dotted member)`` that the original itself uses.
        inner: Dotted names of those members that are modules.
    """

    imports: frozenset[str]
    used: frozenset[tuple[str, str]] = frozenset()
    inner: frozenset[str] = frozenset()

    @classmethod
    def of(cls, imports: frozenset[str], facts: OriginalFacts) -> Openings:
        """The openings for corrections of one function."""
        used = frozenset(
            (public_name(module), member)
            for module, member in facts.module_members
            if not member.split(".")[0].startswith("__") and _is_tame(public_name(module), member)
        )
        owners = {owner for owner, _ in used} | {module for _, module, member in facts.file_imports if not member}
        owners &= COMPANIONS.keys()
        used |= {(owner, member) for owner in owners for member in COMPANIONS[owner].split()}
        return cls(imports, used, facts.inner_modules)

    def importable(self, module: str) -> bool:
        """Whether an import statement may name *module*: it, or something inside it, is open."""
        if module in self.imports or module in _parents(self.imports):
            return True
        return bool(self.imports) and any(
            owner == module
            or owner.startswith(module + ".")
            or (module in self.inner and f"{owner}.{member}" == module)
            for owner, member in self.used
        )

    def holds(self, module: str) -> bool:
        """Whether something inside *module* is open, so that it is looked at as a module and not as a member."""
        return (
            module in self.imports
            or module in _parents(self.imports)
            or any(owner == module or owner.startswith(module + ".") for owner, _ in self.used)
        )

    def member(self, module: str, name: str) -> bool | None:
        """Whether *name* of *module* is open; ``None`` when only the module itself can tell (public or not)."""
        full = f"{module}.{name}"
        if full in self.imports or full in _parents(self.imports):
            return True
        for owner, member in self.used:
            if owner == module and (member == name or member.startswith(name + ".")):
                return True
            if owner == full or owner.startswith(full + "."):
                return True
        if module in self.imports:
            if module in _LISTED:
                return name in _LISTED[module]
            return None if not name.startswith("_") else False
        return False

    def whole(self, module: str) -> bool:
        """Whether the policy opens *module* as such, and its members are not listed by name."""
        return module in self.imports and module not in _LISTED

    def names(self, module: str) -> frozenset[str]:
        """The members of *module* that are open by name."""
        prefix = module + "."
        found = {entry[len(prefix) :].partition(".")[0] for entry in self.imports if entry.startswith(prefix)}
        found |= {member.partition(".")[0] for owner, member in self.used if owner == module}
        found |= {owner[len(prefix) :].partition(".")[0] for owner, _ in self.used if owner.startswith(prefix)}
        if module in self.imports and module in _LISTED:
            found |= _LISTED[module]
        return frozenset(found)


def why_closed(module: str, name: str = "") -> str:
    """The reason for an omission, as a clause."""
    if name and f"{module}.{name}" in OMITTED_MEMBERS:
        return OMITTED_MEMBERS[f"{module}.{name}"]
    part = module
    while part:
        if part in OMITTED_IMPORTS:
            return OMITTED_IMPORTS[part]
        part = part.rpartition(".")[0]
    if name:
        return "of this module only the named public members are open, and this is none of them"
    return "the policy does not list this module"


def _is_tame(module: str, member: str) -> bool:
    """Whether a member that the original uses is open to its corrections.

    Of a module with powers only exception classes are, and ``os.path``, whose functions look and change nothing.
    """
    if module.partition(".")[0] not in POWERS or module == "os.path" or f"{module}.{member}" in TAME:
        return True
    first, _, rest = member.partition(".")
    return (module == "os" and first == "path" and bool(rest)) or first.endswith(_EXCEPTIONS)


_EXCEPTIONS: Final = ("Error", "Exception", "Expired", "Warning")


class ModuleView:
    """The open members of one module. Read-only, and of no use to pickle."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = f"{type(self).__name__} cannot be written: {name}"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> NoReturn:
        msg = f"{type(self).__name__} cannot be written: {name}"
        raise AttributeError(msg)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        msg = f"{type(self).__name__} cannot be pickled or copied"
        raise TypeError(msg)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def _new_view(name: str, members: Mapping[str, object], missing: Callable[[str], object] | None) -> ModuleView:
    """A view whose class is its own, so that errors name the module and loads are specialised."""
    namespace: dict[str, Any] = {"__module__": __name__}
    if missing is not None:
        namespace["__getattr__"] = lambda self, attribute: missing(attribute)
    view: ModuleView = type(f"view of module {name}", (ModuleView,), namespace)()
    vars(view).update(members)
    return view


_STATIC_VIEWS: dict[tuple[str, frozenset[str]], ModuleView] = {}


class Modules:
    """Makes views, one per module, for one program."""

    def __init__(self, openings: Openings, replaced: Mapping[str, object]) -> None:
        self._openings, self._replaced = openings, replaced
        self._views: dict[str, ModuleView] = {}
        self._found: dict[int, tuple[types.ModuleType, ModuleView]] = {}
        self._given: dict[str, tuple[object, object]] = {}

    def view(self, name: str, module: types.ModuleType | None = None) -> ModuleView:
        """The view of module *name*; *module* itself is imported when it is not given."""
        name = public_name(name)
        if name not in self._views:
            if module is None or (_is_frozen(name) and sys.modules.get(name) is not module):
                module = importlib.import_module(name)  # what was given is one that a runner has not imported yet
            if name == "ipaddress":
                fill_caches()
            self._views[name] = self._build(name, module)
        return self._views[name]

    def bind(self, name: str, whole: bool) -> ModuleView:
        """What ``import name`` binds; with *whole* what ``import name as alias`` binds."""
        if not self._openings.importable(name):
            msg = f"import of {name} is not open: {why_closed(name)}"
            raise ImportError(msg, name=name)
        importlib.import_module(name)
        return self.view(name if whole else name.partition(".")[0])

    def member(self, module: str, name: str) -> object:
        """What ``from module import name`` binds."""
        if not self._openings.importable(module) or self._openings.member(module, name) is False:
            msg = f"import of {module}.{name} is not open: {why_closed(module, name)}"
            raise ImportError(msg, name=module)
        importlib.import_module(module)
        try:
            return getattr(self.view(module), name)
        except AttributeError as error:
            msg = f"cannot import name {name!r} from {module!r}"
            raise ImportError(msg, name=module) from error

    def found(self, module: types.ModuleType, looked_up: frozenset[str]) -> ModuleView:
        """The view of a module that lay in an object: what is open of it, and what the original looks up itself."""
        known = self._found.get(id(module))
        if known is None:
            name = public_name(module.__name__)
            genuine = sys.modules.get(name) is module

            def look_up(attribute: str) -> object:
                if genuine and f"{name}.{attribute}" in self._replaced:
                    return self._look_up(name, module, attribute)
                if attribute in looked_up and _is_tame(name, attribute):
                    value = getattr(module, attribute)
                    return self.found(value, looked_up) if isinstance(value, types.ModuleType) else checkable(value)
                if not genuine:
                    msg = f"{name}.{attribute} is not open to a correction"
                    raise AttributeError(msg, name=attribute)
                return self._look_up(name, module, attribute)

            known = self._found[id(module)] = module, _new_view(name, {}, look_up)
        return known[1]

    def _build(self, name: str, module: types.ModuleType) -> ModuleView:
        openings = self._openings
        names = openings.names(name)
        if openings.whole(name) or not _is_frozen(name):
            return _new_view(name, {}, lambda attribute: self._look_up(name, module, attribute))
        # Standard library: the members are listed and do not change, so they are read once.
        for member in names - vars(module).keys():
            if openings.names(f"{name}.{member}"):  # email.utils, where its file says `import email.utils`
                with contextlib.suppress(ImportError):
                    importlib.import_module(f"{name}.{member}")
        key = (name, names)
        # Only views that are the same for every program are shared: no guards and no views inside.
        own = any(
            f"{name}.{member}" in self._replaced or isinstance(vars(module).get(member), types.ModuleType)
            for member in names
        )
        if not own and key in _STATIC_VIEWS:
            return _STATIC_VIEWS[key]
        members: dict[str, object] = {}
        for member in names:
            full = f"{name}.{member}"
            if full in self._replaced:
                members[member] = self._replaced[full]
            elif member in vars(module):
                value = vars(module)[member]
                if isinstance(value, types.ModuleType):
                    # A listed name that happens to be a module opens only what is listed inside it.
                    if openings.names(full) or openings.whole(full):
                        members[member] = self.view(full, value)
                else:
                    members[member] = snapshot(value)
        view = _new_view(name, members, None)
        if not own:
            _STATIC_VIEWS[key] = view
        return view

    def _look_up(self, name: str, module: types.ModuleType, attribute: str) -> object:
        """A member of a module outside the standard library: read each time, so that later changes are seen."""
        full = f"{name}.{attribute}"
        known = self._given.get(full)
        if known is not None and getattr(module, attribute, None) is known[0]:
            return known[1]
        verdict = self._openings.member(name, attribute)
        if verdict is None:
            listed = getattr(module, "__all__", None)
            verdict = attribute in listed if listed is not None else not attribute.startswith("_")
        if not verdict:
            msg = f"{full} is not open to a correction: {why_closed(name, attribute)}"
            raise AttributeError(msg, name=attribute)
        if full in self._replaced:
            return self._replaced[full]
        value = getattr(module, attribute)
        if isinstance(value, types.ModuleType):
            openings = self._openings
            if not (openings.names(full) or openings.importable(full)):
                msg = f"{full} is a module: list it by name in Policy.imports to open it"
                raise AttributeError(msg, name=attribute)
            return self.view(full, value)
        given = checkable(value) if type(value) is not types.MethodType else snapshot(value)
        self._given[full] = value, given
        return given


def _is_frozen(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names
