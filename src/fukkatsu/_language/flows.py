"""Where the values that outlive a call get to in a text: through names, containers, helpers, lambdas and callbacks.

Every variable is described by what it may ever hold (``depths.py``), whatever the order of the statements; the
description of one follows from those of others until nothing new is found. What is stored in a local container is in
every other name of that container, too. What a function of the author's or of an unknown kind gives back counts as new.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from fukkatsu._language import callees
from fukkatsu._language.bindings import COMPREHENSIONS, FUNCTIONS, Again, Bindings, Defined, arguments_of
from fukkatsu._language.depths import NOTHING, Depths, anywhere, copied, held, item, itself, join
from fukkatsu._language.lasting import CALLABLE, CONTAINERS

_MOST_WORK: Final = 200_000  # about a second; a correction of fifty lines takes a few thousand
Aliases: TypeAlias = list[tuple[tuple[str, ...], int]]
"""Variables that a value may be (a part of, or hold), each with the steps from the variable's value up to it."""
A_CLASS: Final[Depths] = {"<a class>": 1}
CALLED: Final = ".called"
RAISED: Final = ".raised"
RETURNED: Final = ".returned"
ELSEWHERE: Final = ".elsewhere"
SENT: Final = ".sent"


class TooTangledError(Exception):
    """The text is too large to follow what becomes of its values."""


class Flows:
    """What the expressions of one text may hold of lasting values.

    Args:
        top: A module, or one function.
        kinds: What the names are bound to that outlive a call: see ``lasting.kind_of``.
        modules: Names of the original's module that are bound to modules.
        members: Names that are bound to members of the library, and which.
        outer: All names of the original's module and closure that the text may use.
        target: The function whose parameters are among *kinds*.
        again: See ``Bindings``.

    Raises:
        TooTangledError: It would take too long.
    """

    def __init__(
        self,
        top: ast.AST,
        kinds: Mapping[str, str],
        modules: Mapping[str, str],
        members: Mapping[str, str],
        outer: frozenset[str],
        target: str,
        again: Again,
    ) -> None:
        self.kinds, self._modules, self._members, self._outer = kinds, modules, members, outer
        self.bindings = Bindings(top, again)
        self.handed_on: list[ast.Attribute | ast.Name] = []
        self._env: dict[str, Depths] = {f".{name}": {name: 1} for name in kinds}
        self._stored: dict[str, Depths] = {}
        self._links: list[tuple[str, str, int]] = []
        self._passed: set[tuple[str, str, int]] = set()
        self._now: dict[int, Depths] = {}
        self._work, self._new = 0, True
        self._escaping: list[Defined] = []
        self._steps: list[Callable[[], None]] = []
        self._prepare(target)
        turn = 0
        while self._new:
            self._new = False
            self._now.clear()
            turn += 1
            for step in self._steps if turn % 2 else reversed(self._steps):
                step()
            self._flow_back()
            self._spend(len(self._steps) + len(self._links))
        self._now.clear()
        self.changed_by_callbacks = any(map(self._changes, self.handed_on))

    def _changes(self, node: ast.Attribute | ast.Name) -> bool:
        """Whether *node* is a function that changes what it is given, and is not called but handed on."""
        if not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.Attribute) and node.attr in callees.MUTATORS and self.is_class(node.value):
            return True
        return self.full_name(node) in callees.CHANGING

    # -- what there is to follow ----------------------------------------------------------------------------------

    def _prepare(self, target: str) -> None:
        called: set[int] = set()
        everything = [(scope, node) for scope in self.bindings.scopes for node in scope.nodes]
        for _, node in everything:
            if isinstance(node, ast.Call):
                called.add(id(node.func))
        for scope, node in everything:
            if isinstance(node, (*FUNCTIONS, ast.Lambda)):
                if isinstance(node, ast.Lambda) or node.decorator_list:
                    self._escaping.append(node)
                self._bind_defaults(node)
                if isinstance(node, FUNCTIONS) and node.name == target:
                    for name, key in self.bindings.parameters(node).items():
                        if name in self.kinds:
                            self._add(key, {name: 1})
            elif isinstance(node, ast.Name) and id(node) not in called and isinstance(node.ctx, ast.Load):
                for key in self.bindings.of(node):
                    self._escaping += self.bindings.functions.get(key, [])
            if isinstance(node, (ast.Attribute, ast.Name)) and id(node) not in called:
                self.handed_on.append(node)
            around = scope
            while isinstance(around.node, COMPREHENSIONS) and around.parent is not None:
                around = around.parent
            self._prepare_node(node, f".return {id(around.node)}")
        for scope in self.bindings.scopes:
            if isinstance(scope.node, ast.Lambda):
                self._steps.append(self._returning(f".return {id(scope.node)}", scope.node.body, 0))

    def _bind_defaults(self, function: Defined) -> None:
        given, keys = function.args, self.bindings.parameters(function)
        positional = [*given.posonlyargs, *given.args]
        pairs = [*zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True)]
        pairs += [(arg, value) for arg, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value]
        for arg, value in pairs:
            if not isinstance(value, ast.Constant):
                self._bind_default(keys[arg.arg], value)

    def _bind_default(self, key: str, value: ast.expr) -> None:
        self._adding((key,), lambda: self.value(value))

    def _prepare_node(self, node: ast.AST, result: str) -> None:
        steps = self._steps
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, 0)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._bind(node.target, node.value, 0)
        elif isinstance(node, ast.AugAssign):
            target, value = node.target, node.value
            if isinstance(target, ast.Name):
                self._adding(self.bindings.of(target), lambda: copied(self.value(value), self.kinds))
            steps.append(lambda: self._store(target, item(self.value(value), self.kinds)))
            if not isinstance(target, ast.Name):
                steps.append(lambda: self._store_in(target, copied(self.value(value), self.kinds)))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._bind(node.target, node.iter, 1)
        elif isinstance(node, ast.withitem):
            if node.optional_vars is not None:
                self._bind(node.optional_vars, node.context_expr, 0)
                self._bind(node.optional_vars, node.context_expr, 1)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                self._bind_pattern(case.pattern, node.subject, 0)
        elif isinstance(node, ast.Return) and node.value is not None:
            steps.append(self._returning(result, node.value, 0))
            steps.append(self._returning(RAISED, node.value, 2))  # as the value of StopIteration
            steps.append(self._returning(RAISED, node.value, 1))
        elif isinstance(node, ast.Yield) and node.value is not None:
            steps.append(self._returning(result, node.value, 1))
        elif isinstance(node, ast.YieldFrom):
            given = node.value
            steps.append(lambda: self._add(result, copied(self.value(given), self.kinds)))
        elif isinstance(node, ast.Raise) and node.exc is not None:
            steps.append(self._returning(RAISED, node.exc, 0))
        elif isinstance(node, ast.ExceptHandler) and node.name:
            scope = self.bindings.scope_of[id(node)]
            keys = self.bindings.keys(node.name, scope, (node.lineno, node.col_offset))
            self._adding(keys, lambda: self._env.get(RAISED, NOTHING))
        elif isinstance(node, ast.Call):
            self._adding((), lambda: self.value(node))

    def _adding(self, keys: tuple[str, ...], compute: Callable[[], Depths]) -> None:
        """What *compute* finds is in each of the variables *keys*."""

        def step() -> None:
            found = compute()
            for key in keys:
                self._add(key, found)

        self._steps.append(step)

    def _returning(self, key: str, value: ast.expr, steps: int) -> Callable[[], None]:
        return lambda: self._add(key, held(self.value(value), steps))

    def _bind(self, target: ast.expr, value: ast.expr, steps: int, *, among: bool = False) -> None:
        """*target* is what lies *steps* below *value*, or a list of such."""
        if isinstance(target, ast.Starred):
            self._bind(target.value, value, steps, among=True)
        elif isinstance(target, (ast.Tuple, ast.List)):
            given = value.elts if steps == 0 and isinstance(value, (ast.Tuple, ast.List)) else []
            starred = any(isinstance(part, ast.Starred) for part in (*target.elts, *given))
            if given and not starred and len(given) == len(target.elts):
                for part, one in zip(target.elts, given, strict=True):
                    self._bind(part, one, 0)
                return
            for part in target.elts:
                self._bind(part, value, steps + 1)
        elif isinstance(target, ast.Name):
            self._adding(self.bindings.of(target), lambda: held(self._below(value, steps), among))
            for key in self.bindings.of(target):
                for others, offset in self.aliases(value):
                    self._links += [(key, other, offset - steps + among) for other in others]
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._steps.append(lambda: self._store_in(target, self._below(value, steps)))

    def _bind_pattern(self, pattern: ast.AST, subject: ast.expr, steps: int) -> None:
        for part in ast.iter_child_nodes(pattern):
            inner = isinstance(pattern, (ast.MatchSequence, ast.MatchMapping, ast.MatchClass))
            self._bind_pattern(part, subject, steps + inner)
        name = getattr(pattern, "rest", None) or getattr(pattern, "name", None)
        if isinstance(name, str):
            scope = self.bindings.scope_of[id(pattern)]
            kept = isinstance(pattern, (ast.MatchStar, ast.MatchMapping))
            lower = max(steps, 1) if kept else steps
            keys = self.bindings.keys(name, scope, (pattern.lineno, pattern.col_offset))  # type: ignore[attr-defined]  # every pattern has both
            self._adding(keys, lambda: held(self._below(subject, lower), int(kept)))
            for key in keys:
                for others, offset in self.aliases(subject):
                    self._links += [(key, other, offset - steps) for other in others]

    def _below(self, value: ast.expr, steps: int) -> Depths:
        found = self.value(value)
        for _ in range(steps):
            found = item(found, self.kinds)
        return found

    # -- what is found --------------------------------------------------------------------------------------------

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > _MOST_WORK:
            raise TooTangledError

    def _add(self, key: str, depths: Depths) -> None:
        if not depths:
            return
        known = self._env.setdefault(key, {})
        for name, mask in depths.items():
            if mask & ~known.get(name, 0):
                known[name] = known.get(name, 0) | mask
                self._new = True

    def _store_in(self, target: ast.expr, depths: Depths) -> None:
        """*depths* become an item, or attribute, of what *target* is one of."""
        if isinstance(target, (ast.Subscript, ast.Attribute)):
            self._store(target.value, depths)

    def _values(self, depths: Depths) -> Depths:
        """*depths* without functions and classes as such, which are handed to everybody."""
        return {name: mask for name, mask in depths.items() if not self.kinds.get(name, "").startswith(CALLABLE)}

    def _store(self, receiver: ast.expr, depths: Depths, *, known: bool = False) -> None:
        """*depths* become an item of *receiver*, if it is *known* in which variables that is."""
        if not depths:
            return
        aliases = self.aliases(receiver)
        for keys, offset in aliases:
            inside = held(depths, max(1 - offset, 1))
            for key in keys:
                self._keep(key, inside)
        if not aliases and not known:
            self._add(ELSEWHERE, anywhere(depths))

    def _keep(self, key: str, depths: Depths) -> None:
        self._add(key, depths)
        known = self._stored.setdefault(key, {})
        for name, mask in depths.items():
            if mask & ~known.get(name, 0):
                known[name] = known.get(name, 0) | mask
                self._new = True

    def _flow_back(self) -> None:
        """What was stored through one name is there under the others."""
        for key, other, offset in self._links:
            if stored := self._stored.get(key):
                found = held(stored, -offset) if offset <= 0 else stored
                for _ in range(offset):
                    found = {name: mask >> 1 for name, mask in found.items()}
                found = {name: mask & ~1 for name, mask in found.items() if mask & ~1}
                self._keep(other, found)

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

    # -- expressions ----------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Depths:
        """What *node* may hold."""
        found = self._now.get(id(node))
        if found is None:
            compute = _VALUES.get(type(node))
            found = self._now[id(node)] = compute(self, node) if compute is not None else NOTHING
            self._spend(1 + 2 * len(found))
        return found

    def _name(self, node: ast.Name) -> Depths:
        keys = self.bindings.of(node)
        if self.full_name(node) in callees.CLASSES:
            return A_CLASS
        return self._env.get(keys[0], NOTHING) if len(keys) == 1 else join(self._env.get(k, NOTHING) for k in keys)

    def _attribute(self, node: ast.Attribute) -> Depths:
        base = self.value(node.value)
        if node.attr == "__class__" or self.full_name(node) in callees.CLASSES:
            return A_CLASS
        if not base:
            return base
        return self.attribute_of(base, node.attr)

    def attribute_of(self, base: Depths, name: str) -> Depths:
        """What ``base.name`` may hold: of a method that reads, what it will give lies one step below."""
        inside = item(base, self.kinds)
        if name in callees.ITEMS | callees.WHOLE | callees.PAIRS:
            given = held(inside, 2 if name in callees.PAIRS else 1)
            methods = all(self.kinds.get(each) in CONTAINERS for each in itself(base))
            return given if methods else join((inside, given))
        return inside

    def _subscript(self, node: ast.Subscript) -> Depths:
        base = self.value(node.value)
        if not base:
            return base
        return self.sliced(base) if isinstance(node.slice, ast.Slice) else item(base, self.kinds)

    def sliced(self, base: Depths) -> Depths:
        """A slice: of an array it is a part of it, of a list a copy."""
        arrays = {
            f"{name.rstrip('.')}.": 1
            for name in itself(base)
            if self.kinds.get(name.rstrip("."), "") not in ("container", "container of constants")
            and (name.endswith(".") or self.kinds.get(name) == "object")
        }
        return join((copied(base, self.kinds), arrays))

    def _display(self, node: Any) -> Depths:
        return join(
            copied(self.value(part.value), self.kinds) if isinstance(part, ast.Starred) else held(self.value(part))
            for part in node.elts
        )

    def _dict(self, node: ast.Dict) -> Depths:
        return join(
            copied(self.value(value), self.kinds) if key is None else held(join((self.value(key), self.value(value))))
            for key, value in zip(node.keys, node.values, strict=True)
        )

    def _operator(self, node: ast.BinOp) -> Depths:
        if isinstance(node.op, (ast.Mod, ast.Div, ast.FloorDiv, ast.Pow)):
            return NOTHING
        return join((copied(self.value(node.left), self.kinds), copied(self.value(node.right), self.kinds)))

    def described(self, key: str) -> Depths:
        """What a variable may hold."""
        return self._env.get(key, NOTHING)

    def is_own(self, function: ast.expr) -> bool:
        """Whether *function* is one of the text, which is looked into."""
        return isinstance(function, ast.Name) and any(
            key in self.bindings.functions for key in self.bindings.of(function)
        )

    # -- calls ----------------------------------------------------------------------------------------------------

    def is_class(self, node: ast.expr) -> bool:
        """Whether *node* may be a class of containers, whose methods take the container first."""
        return any(self.kinds.get(name, CALLABLE).startswith(CALLABLE) for name in itself(self.value(node)))

    def full_name(self, node: ast.expr) -> str | None:
        """``"heapq.heappush"``, ``"len"``: what of the library *node* is, if it is that."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        key = self.bindings.of(node)[0]
        if key in self.bindings.imports:
            return ".".join((self.bindings.imports[key], *path))
        if not key.startswith("."):
            return None
        if node.id in self._modules:
            return ".".join((self._modules[node.id], *path))
        kind = self.kinds.get(node.id, "")
        full = self._members.get(node.id) or (kind.removeprefix(CALLABLE).strip() if kind.startswith(CALLABLE) else "")
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

    def given(self, node: ast.Call) -> list[Depths]:
        """What the arguments hold, each."""
        positional = [self._argument(part) for part in node.args]
        return positional + [self._argument(keyword) for keyword in node.keywords]

    def _argument(self, part: ast.expr | ast.keyword) -> Depths:
        if isinstance(part, ast.Starred) or (isinstance(part, ast.keyword) and part.arg is None):
            return item(self.value(part.value), self.kinds)
        return self.value(part.value if isinstance(part, ast.keyword) else part)

    def _call(self, node: ast.Call) -> Depths:
        function, given = node.func, self.given(node)
        if isinstance(function, ast.Name):
            defined = [each for key in self.bindings.of(function) for each in self.bindings.functions.get(key, [])]
            if defined:
                for each in defined:
                    self._hand_over(each, node)
                return join(self._env.get(f".return {id(each)}", NOTHING) for each in defined)
        full = self.full_name(function)
        if full is not None:
            return self._library(full, node, given)
        if isinstance(function, ast.Attribute):
            return self._method(function, node, given)
        if isinstance(function, ast.Name) and self.bindings.of(function)[0].startswith("."):
            self._call_back(given, given)  # the author's own: what it is given a function for, is not known
            return self._env.get(ELSEWHERE, NOTHING)
        own = self.value(function)
        self._call_back(given, given)
        kept = {name: mask & ~1 for name, mask in own.items() if mask & ~1}  # by a method, or a partial
        for part in node.args:
            others = join((*(each for each, other in zip(given, node.args, strict=False) if other is not part), kept))
            if others := self._values(others):
                self._store(part, others, known=True)
        if isinstance(function, ast.Name):
            self._store(function, self._values(join(given)))
        below = item(kept, self.kinds)
        # `itemgetter(0)`, `cmp_to_key(f)`: what they give is what they are given; an author's function may do anything.
        taken = NOTHING if own else self._values(join(given))
        inside = item(taken, self.kinds)
        back = (taken, held(taken), inside, item(inside, self.kinds))
        return join((self._env.get(RETURNED, NOTHING), self._env.get(ELSEWHERE, NOTHING), below, *back))

    def _hand_over(self, function: Defined, node: ast.Call) -> None:
        parameters = self.bindings.parameters(function)
        positional = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        rest, named = function.args.vararg, function.args.kwarg
        for number, part in enumerate(node.args):
            depths = self._argument(part)
            spread = isinstance(part, ast.Starred) or any(isinstance(p, ast.Starred) for p in node.args[:number])
            targets = positional if spread else positional[number : number + 1]
            for name in targets:
                self._pass(parameters[name], depths, part)
            if rest is not None and (spread or not targets):
                self._pass(parameters[rest.arg], held(depths), None)
        for keyword in node.keywords:
            depths = self._argument(keyword)
            targets = [name for name in parameters if keyword.arg in (name, None)]
            for name in targets:
                self._pass(parameters[name], depths, keyword.value if keyword.arg else None)
            if named is not None:
                self._pass(parameters[named.arg], held(depths), None)

    def _pass(self, key: str, depths: Depths, part: ast.expr | None) -> None:
        self._add(key, depths)
        if part is not None and not isinstance(part, ast.Starred):
            for others, offset in self.aliases(part):
                for other in others:
                    if (link := (key, other, offset)) not in self._passed:
                        self._passed.add(link)
                        self._links.append(link)

    def _call_back(self, items: Iterable[Depths], whole: Iterable[Depths]) -> None:
        """Functions of the text that are handed on are called, with what lies in *items*, or with *whole*."""
        depths = join((*(item(each, self.kinds) for each in items), *whole))
        self._add(CALLED, depths)
        self._spend(len(self._escaping))
        for function in self._escaping:
            parameters = self.bindings.parameters(function)
            rest = {arg.arg for arg in (function.args.vararg, function.args.kwarg) if arg is not None}
            for arg in arguments_of(function):
                called = self._env.get(CALLED, NOTHING)
                self._add(parameters[arg.arg], held(called) if arg.arg in rest else called)
            self._add(RETURNED, self._env.get(f".return {id(function)}", NOTHING))

    def _method(self, function: ast.Attribute, node: ast.Call, given: list[Depths]) -> Depths:
        base, name = self.value(function.value), function.attr
        depths = join(given)
        if name in ("send", "asend"):
            self._add(SENT, depths)
        if depths:
            if self.is_class(function.value) and node.args and not isinstance(node.args[0], ast.Starred):
                self._store(node.args[0], join((*given[1:], item(join(given[1:]), self.kinds))))
            elif name in callees.STORING:
                self._store(function.value, join(given[1:]) if name in callees.STORING_AFTER_KEY else depths)
            elif name in callees.STORING_ITEMS:
                inside = item(depths, self.kinds)
                named = join(
                    each for each, keyword in zip(given[len(node.args) :], node.keywords, strict=True) if keyword.arg
                )
                self._store(function.value, join((inside, item(inside, self.kinds), named)))
            self._call_back(given, [] if name in callees.OF_DATA else given)
        inside = item(base, self.kinds)
        if name in callees.ITEMS:
            return join((inside, *given[1:]))
        if name in callees.PAIRS:
            return held(copied(base, self.kinds))
        if name in callees.WHOLE:
            return join((copied(base, self.kinds), *(copied(each, self.kinds) for each in given)))
        own = {name: mask & ~1 for name, mask in base.items() if mask & ~1}
        return join((item(own, self.kinds), self._env.get(ELSEWHERE, NOTHING)))

    def _library(self, full: str, node: ast.Call, given: list[Depths]) -> Depths:
        if full == "type":
            return A_CLASS
        if full in callees.CHANGING and node.args:
            later = join(given[1:])
            self._store(node.args[0], join((later, item(later, self.kinds))))
        module, _, name = full.rpartition(".")
        given = [{name: mask for name, mask in each.items() if name not in A_CLASS} for each in given]
        if full not in callees.GIVING_BACK:
            given = list(map(self._values, given))
        depths = join(given)
        kinds = self.kinds
        if full in ("getattr",) and node.args:
            quoted = node.args[1] if len(node.args) > 1 else None
            base = given[0]
            if isinstance(quoted, ast.Constant) and isinstance(quoted.value, str):
                return join((self.attribute_of(base, quoted.value), *given[2:]))
            return join((item(base, kinds), {f"{each.rstrip('.')}!": 1 for each in itself(base)}, *given[2:]))
        if not depths and full not in ("map", "functools.reduce", "itertools.accumulate", "itertools.starmap"):
            if not self._escaping:
                return NOTHING
            self._call_back([], [])
            returned = self._env.get(RETURNED, NOTHING)
            return join((returned, held(returned), held(returned, 2))) if full not in callees.VALUES else NOTHING
        if full in callees.VALUES or full in callees.NOTHING_KEPT:
            self._call_back(given, [])
            return NOTHING
        returned = self._env.get(RETURNED, NOTHING)
        if full == "memoryview":
            return depths
        if not module:
            self._call_back(given, [])
            below = item(depths, kinds)
            if name in callees.COPIES:
                return join((copied(depths, kinds), held(returned)))
            if name == "dict":
                return join(
                    (copied(depths, kinds), held(item(below, kinds)), held(depths) if node.keywords else NOTHING)
                )
            if name in callees.NUMBERED:
                return held(below, 2)
            if name == "map":
                return held(join((below, returned)))
            if name in ("max", "min"):
                return join((below, depths if len(node.args) > 1 or node.keywords else NOTHING))
            if name in ("next", "anext"):
                return join((below, *given[1:]))
            if name == "sum":
                return join((copied(below, kinds), *given[1:]))
            kind = getattr(builtins, name, None)
            if isinstance(kind, type) and issubclass(kind, BaseException):
                return join((held(depths), held(depths, 2)))
        top = module.partition(".")[0]
        if top == "numpy" and name not in callees.VIEWS and not any(k.arg in ("out", "copy") for k in node.keywords):
            return join((held(item(depths, kinds)),))
        if full in callees.COPYING:
            self._call_back(given, [])
            below = copied(depths, kinds)
            return join((below, copied(item(depths, kinds), kinds))) if "chain" in full else below
        if top in callees.FRESH:
            self._call_back(given, [])
            below = item(depths, kinds)
            return join((below, held(below), held(below, 2)))
        self._call_back(given, given)
        below = item(depths, kinds)
        return join((depths, held(depths), held(depths, 2), below, held(below), returned))


def _moved(aliases: Aliases, steps: int) -> Aliases:
    return [(keys, offset + steps) for keys, offset in aliases]


def _union(*fields: str) -> Callable[[Flows, Any], Depths]:
    return lambda flows, node: join(flows.value(getattr(node, field)) for field in fields)


_VALUES: Final[dict[type[ast.AST], Callable[[Flows, Any], Depths]]] = {
    ast.Name: Flows._name,
    ast.Attribute: Flows._attribute,
    ast.Subscript: Flows._subscript,
    ast.Call: Flows._call,
    ast.List: Flows._display,
    ast.Tuple: Flows._display,
    ast.Set: Flows._display,
    ast.Dict: Flows._dict,
    ast.BinOp: Flows._operator,
    ast.Yield: lambda flows, node: flows.described(SENT),
    ast.Starred: _union("value"),
    ast.Await: _union("value"),
    ast.NamedExpr: _union("value"),
    ast.IfExp: _union("body", "orelse"),
    ast.BoolOp: lambda flows, node: join(map(flows.value, node.values)),
    ast.ListComp: lambda flows, node: held(flows.value(node.elt)),
    ast.SetComp: lambda flows, node: held(flows.value(node.elt)),
    ast.GeneratorExp: lambda flows, node: held(flows.value(node.elt)),
    ast.DictComp: lambda flows, node: held(join((flows.value(node.key), flows.value(node.value)))),
    ast.YieldFrom: lambda flows, node: anywhere(flows.value(node.value)),
}
