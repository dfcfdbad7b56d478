"""What a text changes of the arguments of its function, wherever it takes them: a caller's objects, met again later.

``flows.py`` follows the values, as it does for what outlives a call. There whatever is not known is assumed to change
what it gets; here it is not, since functions are made to do something with their arguments: a container that holds one
is not the argument, a copy is not, and what a function of the author's gives back is new.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fukkatsu._language import callees
from fukkatsu._language.changes import changed_by
from fukkatsu._language.depths import Depths, item, itself, join, of
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.flows import Flows
from fukkatsu._language.lasting import CALLABLE, OBJECT, OWN
from fukkatsu._language.textgate import flatten

_NO_CHANGES: Final = frozenset({"__next__", "__init__", "resize", "next", "anext"})
"""Iterators are there to be drawn from; other classes know methods of these names that give something new."""
_CHANGING: Final = callees.MUTATORS - _NO_CHANGES
_KEEPING: Final = frozenset({"functools.partial", "functools.partialmethod"})
_MADE: Final = (
    ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp, ast.GeneratorExp, ast.Tuple, ast.Starred
)  # fmt: skip
_MAKERS: Final = frozenset("list tuple set dict sorted reversed map filter zip enumerate range frozenset".split())
_HARMLESS: Final = callees.OF_DATA | callees.MUTATORS | callees.WHOLE | callees.ITEMS | callees.PAIRS


@dataclass(frozen=True, slots=True)
class Change:
    """One place where an argument may be changed.

    Attributes:
        name: The parameter.
        path: What of it, as far as it is told apart: ``self.items``, and inside that ``self.items.``.
        node: The place.
    """

    name: str
    path: str
    node: ast.AST


class Arguments:
    """The parameters of one function, followed through a text.

    Args:
        top: The text, a module.
        kinds: Parameters, each ``lasting.GIVEN`` or ``OWN``; ``OBJECT`` where it is known to be an array or a table,
            ``SHALLOW`` a text or a number, and as ``kind_of`` says it what changes when it is used.
        facts: Of the original.
        containers: Parameters that are known to be containers: ``x += y`` changes these.
        looked_up: What the original reads of its arguments: see ``looks_up``.
        making: Parameters where looking up a key that is not there makes an entry.

    Raises:
        TooTangledError: It would take too long.
    """

    def __init__(
        self,
        top: ast.Module,
        kinds: Mapping[str, str],
        facts: OriginalFacts,
        *,
        containers: frozenset[str] = frozenset(),
        looked_up: frozenset[str] = frozenset(),
        making: frozenset[str] = frozenset(),
    ) -> None:
        self._containers, self._looked_up = containers, looked_up
        self._plain: set[int] | None = None
        self._flows = Flows(
            top,
            kinds,
            {name: module for name, module, member in facts.file_imports if not member} | dict(facts.modules),
            _members(facts),
            facts.scope_names,
            facts.name,
            facts.says_again,
            of_caller=True,
        )
        self._flows.making = making
        self._used = bool(making) or any(kind.startswith(f"{OBJECT} ") for kind in kinds.values())
        self._nodes = [node for scope in self._flows.bindings.scopes for node in scope.nodes]
        self._uncalled = {id(node) for node in self._flows.handed_on}
        calls = [node for node in self._nodes if type(node) is ast.Call]
        changers = [node for node in self._flows.handed_on if self._flows.changes_its_argument(node)]
        made = any(map(self._is_changer, calls))
        self._has_changers, self._loose = made or bool(changers), made
        if changers:
            settled = set(self._flows.known_again)
            for call in calls:
                if self._flows.full_name(call.func) not in _KEEPING:
                    settled.update(map(id, call.args))
            self._loose = made or any(id(node) not in settled for node in changers)
        self._made: set[str] = {
            target.id
            for node in self._nodes
            if isinstance(node, ast.Assign) and _is_made(node.value, self._flows)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def changes(self) -> Iterator[Change]:
        """All places where one of them may be changed, from the top to the bottom."""
        places = [
            node
            for node in self._nodes
            if isinstance(node, (ast.Call, ast.AugAssign))
            or (self._used and isinstance(node, (ast.Subscript, ast.Attribute, ast.BinOp, ast.withitem)))
            or (
                isinstance(node, (ast.Subscript, ast.Attribute))
                and (type(node.ctx) is not ast.Load or getattr(node, "attr", "") in _CHANGING)
            )
        ]
        for node in sorted(places, key=lambda node: getattr(node, "lineno", 0)):
            for depths in self._changed(node):
                for path in itself(depths):
                    if path[-1] == "!" and "" in self._looked_up:
                        continue
                    if (name := of(path).rstrip("!")) in self._flows.kinds:
                        yield Change(name, path.removesuffix("!"), node)

    def handed_on(self) -> set[str]:
        """Those that are given, as they are or in parts, to functions of which nobody knows what they do with them.

        So is the object of a method by whatever other method is called on it.
        """
        found: set[str] = set()
        for node in self._nodes:
            if isinstance(node, ast.Call) and self._is_unknown(node):
                found |= {of(path).rstrip("!") for depths in self._flows.given(node) for path in depths}
                if isinstance(node.func, ast.Attribute):
                    found |= self._own_called(node.func.value)
        return found

    def _own_called(self, receiver: ast.expr) -> set[str]:
        """The object of a method, where it is asked for another of its methods, or something that it holds is."""
        kinds = self._flows.kinds
        if isinstance(receiver, ast.Call) and self._flows.full_name(receiver.func) == "super":
            return {name for name, kind in kinds.items() if kind == OWN}
        return {name for path in self._flows.value(receiver) if kinds.get(name := of(path)) == OWN}

    def looks_up(self) -> frozenset[str]:
        """Names of attributes that are read as such, and ``""`` where the text does not show which ones are."""
        found = set()
        for node in self._nodes:
            if isinstance(node, ast.Attribute) and id(node) in self._uncalled:
                found.add(node.attr)
            elif isinstance(node, ast.Call) and self._flows.full_name(node.func) == "getattr" and len(node.args) > 1:
                quoted = node.args[1]
                found.add(str(quoted.value) if isinstance(quoted, ast.Constant) else "")
        return frozenset(found)

    def _changed(self, node: ast.AST) -> Iterator[Depths]:
        flows = self._flows
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            held = flows.value(node.target)
            if _is_made(node.value, flows) or (isinstance(node.value, ast.Name) and node.value.id in self._made):
                yield held
            else:
                yield {name: mask for name, mask in held.items() if name in self._containers}
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            if not (id(node) in self._uncalled and self._is_data(node)):
                yield from changed_by(node, flows)
        elif isinstance(node, ast.Call):
            full = flows.full_name(node.func)
            if full not in _NO_CHANGES:
                yield from changed_by(node, flows)
            if not self._has_changers:
                return
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if full == "functools.reduce":  # which gives the function what it has so far first
                given = given[1:]
                if node.args and self._is_changer(node.args[0]):
                    so_far = flows.given(node)[1:]
                    yield so_far[1] if len(so_far) > 1 else item(join(so_far), flows.kinds)
            made = flatten(node.func) if isinstance(node.func, ast.Call) else ()
            if any(map(self._is_changer, given)) or any(map(self._is_changer, made)):
                whole = join(flows.given(node))
                for _ in range(3):  # of `starmap` the items of the items
                    yield whole
                    whole = item(whole, flows.kinds)
            elif (
                full is None
                and self._loose
                and not isinstance(node.func, ast.Attribute)
                and not flows.is_own(node.func)
            ):
                yield join(flows.given(node))
        else:
            yield from changed_by(node, flows)

    def _is_data(self, node: ast.Attribute) -> bool:
        """Whether *node*, which is not called, reads a value: ``options.sort`` is a field, too."""
        if self._plain is None:
            self._plain = {id(part) for each in self._nodes for part in _read_in(each)}
        return node.attr in self._looked_up or id(node) in self._plain

    def _is_changer(self, node: ast.AST) -> bool:
        """``list.append``, ``operator.methodcaller("clear")``: a function that changes what it is given."""
        if isinstance(node, ast.Starred):
            node = node.value
        if isinstance(node, (ast.Attribute, ast.Name)):
            return self._flows.changes_its_argument(node)
        return isinstance(node, ast.Call) and self._flows.makes_changer(node)

    def _is_unknown(self, node: ast.Call) -> bool:
        """Whether nobody knows what is called, or what a function does with its arguments that is handed on to it."""
        flows, function = self._flows, node.func
        full = flows.full_name(function)
        if full is not None:
            if full.partition(".")[0] not in callees.WELL_KNOWN:
                return True
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            return any(self._is_unknown_function(each) for each in given)
        if flows.is_own(function) or isinstance(function, ast.Lambda):
            return False
        return not (isinstance(function, ast.Attribute) and function.attr in _HARMLESS)

    def _is_unknown_function(self, node: ast.expr) -> bool:
        flows = self._flows
        if not isinstance(node, ast.Name) or flows.full_name(node) is not None or flows.is_own(node):
            return False
        return flows.bindings.of(node)[0].startswith(".")


def _members(facts: OriginalFacts) -> dict[str, str]:
    """What the original's own names for functions of the library are called there."""
    found = {name: f"{module}.{member}" for name, module, member in facts.file_imports | facts.imports if member}
    for name, kind in facts.lasting:
        if kind.startswith(f"{CALLABLE} ") and (full := kind.removeprefix(CALLABLE).strip()):
            found[name] = full
    return found | dict(facts.guarded)


def _is_made(node: ast.expr, flows: Flows) -> bool:
    """Whether *node* is a container, so that adding it to something changes that."""
    if isinstance(node, _MADE):
        return not isinstance(node, ast.Tuple)
    return isinstance(node, ast.Call) and flows.full_name(node.func) in _MAKERS


def _read_in(node: ast.AST) -> list[ast.expr]:
    """The parts of *node* whose values are looked at, and nothing else."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        return [node.test, *(node.test.values if isinstance(node.test, ast.BoolOp) else ())]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Subscript):
        return [node.value, node.slice]
    if isinstance(node, ast.comprehension):
        return [node.iter, *node.ifs]
    return [node.value] if isinstance(node, (ast.FormattedValue, ast.Attribute)) else []
