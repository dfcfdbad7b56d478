"""What the variables of a text may hold of values that outlive a call, and which variables an expression is a part of.

Every variable is described by what it may ever hold (``depths.py``), whatever the order of the statements. What is
stored in a local container is in every other name of that container, too.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from fukkatsu._language import callees
from fukkatsu._language.bindings import Again, Bindings, Defined, arguments_of
from fukkatsu._language.depths import (
    NOTHING,
    Depths,
    anywhere,
    attribute,
    given_back,
    held,
    is_of_library,
    item,
    itself,
    join,
    key_of,
    placed,
)
from fukkatsu._language.lasting import CALLABLE, CONTAINERS, OWN

_MOST_WORK: Final = 200_000  # about a second; a correction of fifty lines takes a few thousand
Aliases: TypeAlias = list[tuple[tuple[str, ...], int]]
"""Variables that a value may be (a part of, or hold), each with the steps from the variable's value up to it."""
CALLED: Final = ".called"
RETURNED: Final = ".returned"
ELSEWHERE: Final = ".elsewhere"


_READING: Final = callees.ITEMS | callees.WHOLE | callees.PAIRS


class TooTangledError(Exception):
    """The text is too large to follow what becomes of its values."""


class Holdings:
    """The variables of one text, what each may hold, and what its names are known by.

    Args:
        top: A module, or one function.
        kinds: What the names are bound to that outlive a call: see ``lasting.kind_of``.
        modules: Names of the original's module that are bound to modules.
        members: Names that are bound to members of the library, and which.
        outer: All names of the original's module and closure that the text may use.
        again: See ``Bindings``.
        of_caller: Whether *kinds* are the parameters of the function, and nothing but what is handed over by a caller
            is followed. What a function that nobody knows gives back, or lays away, is new then.

    Attributes:
        bindings: Which variable each name means.
        escaping: Functions of the text that are handed on, to be called by whoever gets them.
        made_by_library: Variables that hold what the library made, which may be called: ``partial(f, x)``.
        new: Whether something was found since it was last set to ``False``.
        looks_up_loosely: Whether ``getattr`` is handed on, to be called by others.
        named: What ``full_name`` said.
        now: What is known of expressions in this turn, by their ids.
    """

    def __init__(
        self,
        top: ast.AST,
        kinds: Mapping[str, str],
        modules: Mapping[str, str],
        members: Mapping[str, str],
        outer: frozenset[str],
        again: Again,
        *,
        of_caller: bool = False,
    ) -> None:
        self.of_caller = of_caller
        self.kinds, self._modules, self._members, self._outer = kinds, modules, members, outer
        self.bindings = Bindings(top, again)
        self.escaping: list[Defined] = []
        self.made_by_library: set[str] = set()
        self.named: dict[int, str | None] = {}
        self.looks_up_loosely = False
        self.new = True
        self.now: dict[int, Depths] = {}
        self._links: dict[tuple[str, str, int], None] = {}
        self._env: dict[str, Depths] = {} if of_caller else {f".{name}": {name: 1} for name in kinds}
        self._stored: dict[str, Depths] = {}
        self._called: Depths = {}
        self._work = _MOST_WORK // 4 * 3 if of_caller else 0  # where names are looked at instead, less is spent

    # -- variables ------------------------------------------------------------------------------------------------

    def described(self, key: str) -> Depths:
        """What a variable may hold."""
        return self._env.get(key, NOTHING)

    def spend(self, work: int) -> None:
        """Count *work*.

        Raises:
            TooTangledError: It was too much.
        """
        self._work += work
        if self._work > _MOST_WORK:
            raise TooTangledError

    def add(self, key: str, depths: Depths) -> None:
        """The variable *key* may hold *depths*."""
        if not depths:
            return
        known = self._env.setdefault(key, {})
        for name, mask in depths.items():
            if mask & ~known.get(name, 0):
                known[name] = known.get(name, 0) | mask
                self.new = True

    def without_callables(self, depths: Depths) -> Depths:
        """*depths* without functions and classes as such, which are handed to everybody."""
        return {name: mask for name, mask in depths.items() if not self.kinds.get(name, "").startswith(CALLABLE)}

    def store(self, receiver: ast.expr, depths: Depths, *, known: bool = False, at: str | None = None) -> None:
        """*depths* become an item of *receiver*, *at* a key, if it is *known* in which variables that is."""
        if not depths:
            return
        aliases = self.aliases(receiver)
        for keys, offset in aliases:
            inside = held(depths) if at is None else placed(depths, at)
            inside = held(inside, max(-offset, 0))
            for key in keys:
                self.keep(key, inside)
        if not aliases and not known and not self.of_caller:
            self.add(ELSEWHERE, anywhere(depths))

    def keep(self, key: str, depths: Depths) -> None:
        """The same, of what is stored in what the variable holds: see ``link``."""
        self.add(key, depths)
        known = self._stored.setdefault(key, {})
        for name, mask in depths.items():
            if mask & ~known.get(name, 0):
                known[name] = known.get(name, 0) | mask
                self.new = True

    def link(self, key: str, other: str, offset: int) -> None:
        """What is stored in *key* is there in *other*, too, which lies *offset* steps above it."""
        self._links[key, other, offset] = None

    def flow_back(self) -> None:
        """What was stored through one name is there under the others."""
        self.spend(len(self._links))
        for key, other, offset in self._links:
            if stored := self._stored.get(key):
                found = held(stored, -offset) if offset <= 0 else stored
                for _ in range(offset):
                    found = {name: mask >> 1 for name, mask in found.items()}
                found = {name: mask & ~1 for name, mask in found.items() if mask & ~1}
                self.keep(other, found)

    def call_back(self, items: Iterable[Depths], whole: Iterable[Depths]) -> None:
        """Functions of the text that are handed on are called, with what lies in *items*, or with *whole*."""
        depths = join((*(item(each, self.kinds) for each in items), *whole))
        self.add(CALLED, depths)
        self.spend(len(self.escaping))
        called = self.described(CALLED)
        if called != self._called:
            self._called = dict(called)
            for function in self.escaping:
                parameters = self.bindings.parameters(function)
                rest = {arg.arg for arg in (function.args.vararg, function.args.kwarg) if arg is not None}
                for arg in arguments_of(function):
                    self.add(parameters[arg.arg], held(called) if arg.arg in rest else called)
        for function in self.escaping:
            if returned := self._env.get(f".return {id(function)}"):
                self.add(RETURNED, returned)

    # -- expressions ----------------------------------------------------------------------------------------------

    def attribute_of(self, base: Depths, name: str) -> Depths:
        """What ``base.name`` may hold: of a method that reads, what it will give lies one step below."""
        inside = item(base, self.kinds, attribute(name))
        if is_of_library(base):
            inside = join((inside, given_back(base)))
        for own in itself(base) if self.of_caller else ():
            if self.kinds.get(own) == OWN:
                inside.pop(f"{own}.", None)
                inside[f"{own}.{name}"] = 1
        if name in _READING:
            given = held(inside, 2 if name in callees.PAIRS else 1)
            methods = all(self.kinds.get(each) in CONTAINERS for each in itself(base))
            return given if methods else join((inside, given))
        return inside

    def key_in(self, node: ast.expr) -> str | None:
        """The constant key that *node* is, ``None`` where there is none."""
        if isinstance(node, ast.Constant):
            return key_of(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return f"-{node.operand.value!r}"
        return None

    def aliases(self, node: ast.expr) -> Aliases:
        """Which variables *node* may be a part of, or hold."""
        if isinstance(node, ast.Name):
            return [(self.bindings.of(node), 0)]
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            sliced = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
            return _moved(self.aliases(node.value), 0 if sliced else -1)
        if isinstance(node, (ast.Starred, ast.Await)):
            return self.aliases(node.value)
        if isinstance(node, ast.NamedExpr):
            return [*self.aliases(node.value), *self.aliases(node.target)]
        if isinstance(node, ast.IfExp):
            return [*self.aliases(node.body), *self.aliases(node.orelse)]
        if isinstance(node, ast.BoolOp):
            return [each for value in node.values for each in self.aliases(value)]
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return [each for part in node.elts for each in _moved(self.aliases(part), 1)]
        if isinstance(node, ast.Dict):
            return [each for part in node.values for each in _moved(self.aliases(part), 1)]
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return _moved(self.aliases(node.elt), 1)
        if isinstance(node, ast.DictComp):
            return _moved(self.aliases(node.value), 1)
        if isinstance(node, ast.BinOp):
            return [*self.aliases(node.left), *self.aliases(node.right)]
        return self._aliases_of_call(node) if isinstance(node, ast.Call) else []

    def _aliases_of_call(self, node: ast.Call) -> Aliases:
        given: Aliases = [each for part in node.args for each in self.aliases(part)]
        given += [each for keyword in node.keywords for each in self.aliases(keyword.value)]
        function = node.func
        if isinstance(function, ast.Attribute) and self.full_name(function) is None:
            base = self.aliases(function.value)
            if function.attr in callees.ITEMS:
                return [*_moved(base, -1), *(each for part in node.args[1:] for each in self.aliases(part))]
            if function.attr in callees.PAIRS:
                return _moved(base, 1)
            return base if function.attr in callees.WHOLE else []
        if isinstance(function, ast.Name):
            defined = [each for key in self.bindings.of(function) for each in self.bindings.functions.get(key, [])]
            if defined:
                return [((f".return {id(each)}",), 0) for each in defined]
        name = self.full_name(function)
        if name in callees.COPIES or name in ("dict", "sum"):
            return given
        if name in callees.NUMBERED or name == "map":
            return _moved(given, 1)
        if name in callees.VALUES:
            return []
        return [*given, *_moved(given, -1)]

    def full_name(self, node: ast.expr) -> str | None:
        """``"heapq.heappush"``, ``"len"``: what of the library *node* is, if it is that."""
        if id(node) not in self.named:
            self.named[id(node)] = self._full_name(node)
        return self.named[id(node)]

    def looked_up(self, node: ast.expr) -> tuple[ast.expr, str] | None:
        """What *node* looks up on what: ``x.name``, ``getattr(x, "name")``, ``attrgetter("name")(x)``."""
        if type(node) is ast.Attribute:
            return node.value, node.attr
        if type(node) is not ast.Call or not node.args or node.keywords:
            return None
        function = node.func
        if type(function) is ast.Name and len(node.args) == 2 and self.full_name(function) == "getattr":
            quoted = node.args[1]
        elif type(function) is ast.Call and len(node.args) == len(function.args) == 1:
            if self.full_name(function.func) != "operator.attrgetter":
                return None
            quoted = function.args[0]
        else:
            return None
        named = isinstance(quoted, ast.Constant) and isinstance(quoted.value, str) and quoted.value.isidentifier()
        return (node.args[0], quoted.value) if named else None  # type: ignore[attr-defined]  # asked above

    def _full_name(self, node: ast.expr) -> str | None:
        path: list[str] = []
        while (looked_up := self.looked_up(node)) is not None:
            node, name = looked_up
            path.insert(0, name)
        if type(node) is not ast.Name:
            return None
        key = self.bindings.of(node)[0]
        if key in self.bindings.imports:
            return ".".join((self.bindings.imports[key], *path))
        if not key.startswith("."):
            return None
        if node.id in self._modules:
            return ".".join((self._modules[node.id], *path))
        kind = self.kinds.get(node.id, "")
        full = self._members.get(node.id) or (
            kind.removeprefix(CALLABLE).strip() if kind.startswith(f"{CALLABLE} ") else ""
        )
        if full:
            return ".".join((full.removeprefix("builtins."), *path))
        if not path and node.id not in self._outer and hasattr(builtins, node.id):
            return node.id
        return None

    def name_of(self, function: ast.expr) -> str:
        """By what name a function is known that is the author's, or nobody's."""
        if isinstance(function, ast.Attribute):
            return f".{function.attr}"
        return function.id if isinstance(function, ast.Name) else ""

    def is_own(self, function: ast.expr) -> bool:
        """Whether *function* is one of the text, which is looked into."""
        return isinstance(function, ast.Name) and any(
            key in self.bindings.functions for key in self.bindings.of(function)
        )


def _moved(aliases: Aliases, steps: int) -> Aliases:
    return [(keys, offset + steps) for keys, offset in aliases]
