"""What the expressions of a text may hold of values that outlive a call: displays, look-ups, calls of all kinds.

What a function of the author's or of an unknown kind gives back counts as new.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language import callees
from fukkatsu._language.bindings import Defined
from fukkatsu._language.depths import (
    NOTHING,
    OF_LIBRARY,
    Depths,
    anywhere,
    attribute,
    copied,
    given_back,
    held,
    is_of_library,
    item,
    itself,
    join,
    of,
    place_of,
    placed,
)
from fukkatsu._language.holdings import ELSEWHERE, RETURNED, Holdings
from fukkatsu._language.lasting import CACHED, CALLABLE, DEEP, GIVEN, OBJECT, OWN, PARTIAL, SHALLOW, SHARING
from fukkatsu._language.library import A_CLASS, called_from_library, class_of, class_of_library, unsure
from fukkatsu._language.rows import values_in

SENT: Final = ".sent"
_SLICED: Final = frozenset({DEEP, SHALLOW, GIVEN, OWN})
"""What a slice is a copy of; of an array it is a part."""
_WRAPPING: Final = frozenset(
    {
        "functools.wraps", "functools.cache", "functools.lru_cache", "functools.singledispatch",
        "contextlib.contextmanager", "contextlib.asynccontextmanager",
    }
)  # fmt: skip
_AS_A_KEY: Final = "<a key>"
"""Where a key lies: met by who goes through the keys, and not by who looks up a constant one."""
_INDEXERS: Final = frozenset({"loc", "iloc", "at", "iat"})
_KNOWN: Final = callees.OF_DATA | callees.ITEMS | callees.PAIRS | callees.WHOLE | callees.VIEWING


class Expressions(Holdings):
    """What the expressions of one text may hold; see ``Holdings`` for the arguments."""

    def value(self, node: ast.expr) -> Depths:
        """What *node* may hold."""
        found = self.now.get(id(node))
        if found is None:
            compute = _VALUES.get(type(node))
            found = self.now[id(node)] = compute(self, node) if compute is not None else NOTHING
            self.spend(1 + 2 * len(found))
        return found

    def _name(self, node: ast.Name) -> Depths:
        keys = self.bindings.of(node)
        if self.full_name(node) in callees.CLASSES:
            return A_CLASS
        return self.described(keys[0]) if len(keys) == 1 else join(self.described(k) for k in keys)

    def _attribute(self, node: ast.Attribute) -> Depths:
        base = self.value(node.value)
        if node.attr == "__class__" or self.full_name(node) in callees.CLASSES:
            return class_of(base, self) if node.attr == "__class__" else A_CLASS
        if not base:
            return base
        found = self.attribute_of(base, node.attr)
        if node.attr in _INDEXERS:  # what lies in a table lies as far below them
            return join((found, {name: mask & ~1 for name, mask in base.items() if mask & ~1}))
        return found

    def _subscript(self, node: ast.Subscript) -> Depths:
        base = self.value(node.value)
        if not base:
            if (index := self.value(node.slice)) and self.full_name(node.value) is not None:
                below = item(index, self.kinds)  # `Annotated[x, 1]` is, or keeps, what is asked for
                return join((index, held(index), below, held(below)))
            return base
        if isinstance(node.slice, ast.Slice):
            return self.sliced(base)
        return item(base, self.kinds, self.key_in(node.slice))

    def sliced(self, base: Depths) -> Depths:
        """A slice: of an array it is a part of it, of a list a copy."""
        arrays = {
            f"{name.rstrip('.')}.": 1
            for name in itself(base)
            if self.kinds.get(of(name), "") not in _SLICED
            and (name.endswith(".") or self.kinds.get(name, "").startswith(OBJECT))
        }
        return join((copied(base, self.kinds), arrays))

    def _tuple(self, node: ast.Tuple) -> Depths:
        if not self.of_caller or any(isinstance(part, ast.Starred) for part in node.elts):
            return self._display(node)
        length = len(node.elts)
        return join(placed(self.value(part), place_of(number, length)) for number, part in enumerate(node.elts))

    def _display(self, node: Any) -> Depths:
        return join(
            copied(self.value(part.value), self.kinds) if isinstance(part, ast.Starred) else held(self.value(part))
            for part in node.elts
        )

    def _dict(self, node: ast.Dict) -> Depths:
        return join(self._entry(key, value) for key, value in zip(node.keys, node.values, strict=True))

    def _entry(self, key: ast.expr | None, value: ast.expr) -> Depths:
        """One of a dict; a caller's object as a key is left out, which is nothing that a list or a dict could be."""
        if key is None:
            return copied(self.value(value), self.kinds)
        known = self.key_in(key)
        inside = held(self.value(value)) if known is None else placed(self.value(value), known)
        return inside if self.of_caller else join((placed(self.value(key), _AS_A_KEY), inside))

    def _dict_made(self, node: ast.DictComp) -> Depths:
        value = held(self.value(node.value))
        return value if self.of_caller else join((placed(self.value(node.key), _AS_A_KEY), value))

    def _operator(self, node: ast.BinOp) -> Depths:
        if isinstance(node.op, (ast.Mod, ast.Div, ast.FloorDiv, ast.Pow)):
            return NOTHING
        return join((copied(self.value(node.left), self.kinds), copied(self.value(node.right), self.kinds)))

    def is_class(self, node: ast.expr) -> bool:
        """Whether *node* may be a class of containers, whose methods take the container first."""
        full = self.full_name(node)
        if full is not None and class_of_library(full):
            return True
        if self.of_caller:
            return not A_CLASS.keys().isdisjoint(self.value(node))
        found = (name for name in itself(self.value(node)) if name not in OF_LIBRARY)
        return any(self.kinds.get(name, CALLABLE).startswith(CALLABLE) for name in found)

    # -- calls ----------------------------------------------------------------------------------------------------

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
                found = join(self.described(f".return {id(each)}") for each in defined)
                if any(map(self.decorators, defined)):
                    self.call_back(given, given)
                    found = join((found, self.described(RETURNED), item(self.value(function), self.kinds)))
                return found
        full = self.full_name(function)
        if full is not None:
            if (
                full == "dict"
                and self.of_caller
                and node.args
                and (values := values_in(node.args[0], self.full_name)) is not None
            ):
                inside = self.value(values[0])
                for _ in range(values[1]):
                    inside = item(inside, self.kinds)
                return join((held(inside), *map(held, given[1:])))
            looked_up = self.looked_up(function)
            if looked_up is not None and looked_up[1] in callees.MUTATORS and self.is_class(looked_up[0]):
                self._stored_by_class(node, given)
            if full not in callees.VALUES:
                self._kept_by_library(node, given)
            return called_from_library(self, full, node, given)
        if isinstance(function, ast.Attribute):
            return self._method(function, node, given)
        if isinstance(function, ast.Name) and self.bindings.of(function)[0].startswith("."):
            self.call_back(given, given)  # the author's own: what it is given a function for, is not known
            return join((self.described(ELSEWHERE), self._kept_by(self.value(function))))
        own = self.value(function)
        if is_of_library(own):  # `put = queue.put_nowait`
            self.store(function, self.without_callables(join(given)))
            given = [*given, given_back(own)]
        own = {name: mask for name, mask in own.items() if name not in OF_LIBRARY}
        self.call_back(given, given)
        loose = unsure(join(given)) if self.looks_up_loosely else NOTHING
        kept = {name: mask & ~1 for name, mask in own.items() if mask & ~1}  # by a method, or a partial
        if self.of_caller and not self._gives_back(function):
            return join((self.described(RETURNED), item(kept, self.kinds), loose))
        made = NOTHING
        if not A_CLASS.keys().isdisjoint(own):  # `type(x)(x)`
            whole = join(given)
            made = join((copied(whole, self.kinds), held(item(item(whole, self.kinds), self.kinds))))
            if self.of_caller:
                return made
        for part in node.args:
            others = join((*(each for each, other in zip(given, node.args, strict=False) if other is not part), kept))
            if others := self.without_callables(others):
                self.store(part, others, known=True)
        if isinstance(function, ast.Name):
            self.store(function, self.without_callables(join(given)))
        below = item(kept, self.kinds)
        # `itemgetter(0)`, `cmp_to_key(f)`: what they give is what they are given; an author's function may do anything.
        made_by_library = isinstance(function, ast.Name) and self._is_made_by_library(function)
        taken = NOTHING if own and not made_by_library else self.without_callables(join(given))
        inside = item(taken, self.kinds)
        back = (taken, held(taken), inside, item(inside, self.kinds))
        more = (loose, NOTHING if self.of_caller else self._kept_by(own))
        return join((self.described(RETURNED), self.described(ELSEWHERE), below, made, *back, *more))

    def decorators(self, function: Defined) -> list[ast.expr]:
        """Those of *function* that may give something else than it, or what calls it."""
        found = [] if isinstance(function, ast.Lambda) else function.decorator_list
        made = ((each, each.func if isinstance(each, ast.Call) else each) for each in found)
        return [each for each, maker in made if self.full_name(maker) not in _WRAPPING]

    def _kept_by(self, function: Depths) -> Depths:
        """What calling it gives of what outlives the call: from a cache, a ``partial``, or shared by all instances."""
        found = []
        for name in itself(function):
            kind = self.kinds.get(name, "")
            if kind == CACHED:
                found.append({f"{name}.": 1})
            elif kind == PARTIAL:
                found.append({f"{name}.": 3})
            elif kind.startswith(SHARING):
                shared = kind.removeprefix(SHARING).split()
                found.append(join(placed({f"{name}.": 1}, attribute(each)) for each in shared))
        return join(found)

    def _gives_back(self, function: ast.expr) -> bool:
        """Whether *function* may be a class, or of the library's making: ``itemgetter(0)``, ``partial(f, x)``.

        Others that are not the text's own are the author's.
        """
        if isinstance(function, ast.Name):
            return self._is_made_by_library(function) or self.is_class(function)
        if isinstance(function, ast.Call):
            full = self.full_name(function.func) or ""
            return full.partition(".")[0] in ("functools", "operator") or self.is_class(function)
        return isinstance(function, ast.Subscript) and isinstance(function.value, (ast.List, ast.Tuple, ast.Dict))

    def _is_made_by_library(self, function: ast.Name) -> bool:
        return not self.made_by_library.isdisjoint(self.bindings.of(function))

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
        self.add(key, depths)
        if part is not None and not isinstance(part, ast.Starred):
            for others, offset in self.aliases(part):
                for other in others:
                    self.link(key, other, offset)

    def _method(self, function: ast.Attribute, node: ast.Call, given: list[Depths]) -> Depths:
        base, name = self.value(function.value), function.attr
        depths = join(given)
        if name in ("send", "asend"):
            self.add(SENT, depths)
        if base and self.escaping and given:  # `rows.sort(key=f)`
            self.call_back([base], [])
        if depths:
            if self.is_class(function.value):
                self._stored_by_class(node, given)
            elif name in callees.STORING:
                self.store(function.value, join(given[1:]) if name in callees.STORING_AFTER_KEY else depths)
            elif name in callees.STORING_ITEMS:
                inside = item(depths, self.kinds)
                named = join(
                    each for each, keyword in zip(given[len(node.args) :], node.keywords, strict=True) if keyword.arg
                )
                pairs = item(inside, self.kinds, place_of(1, 2) if self.of_caller else None)
                self.store(function.value, join((inside, named, pairs if name in callees.STORING_PAIRS else NOTHING)))
            elif name not in _KNOWN and is_of_library(base):
                self.store(function.value, join((depths, item(depths, self.kinds))))
            self.call_back(given, [] if name in callees.OF_DATA else given)
        inside = item(base, self.kinds)
        if name == "fromkeys":
            return held(join((NOTHING if self.of_caller else item(join(given[:1]), self.kinds), *given[1:])))
        if name in callees.ITEMS:
            return join((inside, *given[1:]))
        if name in callees.PAIRS:
            return held(copied(base, self.kinds))
        if name in callees.WHOLE:
            first = depths if name == "new_child" else NOTHING  # what is put in it is put there
            return join((copied(base, self.kinds), *(copied(each, self.kinds) for each in given), first))
        own = {name: mask & ~1 for name, mask in base.items() if mask & ~1}
        kept = given_back(base) if is_of_library(base) else NOTHING
        return join((item(own, self.kinds), self.described(ELSEWHERE), self._looked_into(base, node, name), kept))

    def _kept_by_library(self, node: ast.Call, given: list[Depths]) -> None:
        """``Queue.put_nowait(queue, x)``, ``map(queue.put_nowait, [x])``: what is of the library may keep the rest."""
        for part, each in zip(node.args, given, strict=False):
            if is_of_library(each) or is_of_library(item(each, self.kinds)):
                others = join(other for other in given if other is not each)
                self.store(part, self.without_callables(others))

    def _stored_by_class(self, node: ast.Call, given: list[Depths]) -> None:
        """``list.append(rows, x)``: it is kept in what is given first."""
        if node.args and not isinstance(node.args[0], ast.Starred):
            self.store(node.args[0], join((*given[1:], item(join(given[1:]), self.kinds))))

    def _looked_into(self, base: Depths, node: ast.Call, name: str) -> Depths:
        """What a method of an array gives that lies in its memory: ``a.reshape(2, 3)``, ``column.to_numpy()``."""
        if name not in callees.VIEWING and not (
            name == "astype" and (len(node.args) > 4 or any(k.arg in ("copy", None) for k in node.keywords))
        ):
            return NOTHING
        return {
            f"{each.rstrip('.')}.": 1
            for each in itself(base)
            if self.kinds.get(of(each), "").startswith(OBJECT) or (each.endswith(".") and not self.of_caller)
        }


def _union(*fields: str) -> Callable[[Expressions, Any], Depths]:
    return lambda text, node: join(text.value(getattr(node, field)) for field in fields)


_VALUES: Final[dict[type[ast.AST], Callable[[Expressions, Any], Depths]]] = {
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Subscript: Expressions._subscript,
    ast.Call: Expressions._call,
    ast.List: Expressions._display,
    ast.Tuple: Expressions._tuple,
    ast.Set: Expressions._display,
    ast.Dict: Expressions._dict,
    ast.BinOp: Expressions._operator,
    ast.Yield: lambda text, node: text.described(SENT),
    ast.Starred: _union("value"),
    ast.Await: _union("value"),
    ast.NamedExpr: _union("value"),
    ast.IfExp: _union("body", "orelse"),
    ast.BoolOp: lambda text, node: join(map(text.value, node.values)),
    ast.ListComp: lambda text, node: held(text.value(node.elt)),
    ast.SetComp: lambda text, node: held(text.value(node.elt)),
    ast.GeneratorExp: lambda text, node: held(text.value(node.elt)),
    ast.DictComp: Expressions._dict_made,
    ast.YieldFrom: lambda text, node: anywhere(text.value(node.value)),
}
