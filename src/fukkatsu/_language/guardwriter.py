"""How a guard is written into a correction's tree: always under a name that no source text can spell.

``transformer.py`` decides where; what is written here is the cheapest form of each check: a look at the value's type
in line, and a call of ours only where that says nothing.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import sys
from typing import Literal, TypeAlias, TypeGuard, TypeVar, cast

from RestrictedPython.transformer import RestrictingNodeTransformer, copy_locations

from fukkatsu._language.callings import CALLED, CALLERS, KEYED, OF_BUILTINS, makes
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.lookups import LookUps
from fukkatsu._language.trees import chain_of, is_super_call, mangle, names_bound_by
from fukkatsu._language.words import why_closed
from fukkatsu._language.writes import METHODS

_SHORT = 60
_LOOKED_OVER = frozenset({".known", ".moving", ".inert"})
_FORMATTING = frozenset({"format", "format_map"})
_NUMERIC = frozenset(["abs", "bool", "float", "hash", "id", "int", "isinstance", "len", "ord", "round"])
_ARITHMETIC = (ast.Add, ast.Sub, ast.Div, ast.FloorDiv, ast.Pow)
_LOGGING = frozenset({"debug", "info", "warning", "error", "critical", "exception", "log"})
_DISPLAYS = (
    ast.Constant,
    ast.JoinedStr,
    ast.Dict,
    ast.List,
    ast.Set,
    ast.Tuple,
    ast.DictComp,
    ast.ListComp,
    ast.SetComp,
)
AnyTry = TypeVar("AnyTry", ast.Try, ast.TryStar)
Placed: TypeAlias = ast.expr | ast.stmt | ast.excepthandler


class GuardWriter(RestrictingNodeTransformer):
    """Writes guards; ``cells`` are the names of those that it has written."""

    def __init__(self, facts: OriginalFacts, bound: frozenset[str], look_ups: LookUps) -> None:
        """Keep *facts*; *bound* are names that the text binds."""
        super().__init__()
        self._facts = facts
        self._taken = bound | facts.scope_names
        self._inner = 0  # comprehensions around, and inside the iterable of one
        self._iterable = 0
        self._tries = 0  # for names of their own
        self._data = look_ups.data
        self._bound_names = {self._mangle(name) for name in look_ups.bound}
        self.cells: set[str] = set()
        self.variables = facts.unsettled | facts.globals_assigned | facts.nonlocals  # names that may stand for anything
        self.library = frozenset(name for name, module in facts.modules if _is_standard(module))
        self.library |= {name for name, module, _ in facts.imports if _is_standard(module)} | facts.loggers
        self._members: dict[str, set[str]] = {}  # of names: which members of modules they stand for
        for name, _, member in facts.imports:
            self._members.setdefault(name, set()).add(member)

    def note_names(self, nodes: list[ast.AST]) -> None:
        """Note which names *nodes*, a whole text, bind to anything but its own functions and what it imports."""
        variables: set[str | None] = set()
        library: set[str] = set()
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                variables.update([node.name] if node.decorator_list else [])
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                home = "" if isinstance(node, ast.Import) else node.module or ""
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    # In another function the name may still be the original's.
                    same = name not in self._facts.scope_names or name in self.library
                    (library if same and _is_standard(home or alias.name) else variables).add(name)
                    if home:
                        self._members.setdefault(name, set()).add(alias.name)
            elif not isinstance(node, ast.alias):
                variables.update(names_bound_by(node))
        self.variables |= frozenset(filter(None, variables))
        self.library |= library

    def _guard(self, name: str, at: Placed) -> ast.Name:
        """A name that no source text can spell, so nothing can shadow it."""
        self.cells.add(name)
        return ast.copy_location(ast.Name(name, ast.Load()), at)

    def _call(self, guard: str, at: Placed, *args: ast.expr) -> ast.Call:
        call = ast.Call(func=self._guard(guard, at), args=list(args), keywords=[])
        copy_locations(call, at)
        return call

    def _mangle(self, name: str) -> str:
        return mangle(name, self._facts.class_name) if name.startswith("__") else name

    def _item(self, cell: str, key: int | str, at: Placed) -> ast.Subscript:
        item = ast.Subscript(value=self._guard(cell, at), slice=ast.Constant(key), ctx=ast.Load())
        copy_locations(item, at)
        return item

    def _assign(self, name: str, value: ast.expr, at: Placed) -> ast.Assign:
        statement = ast.Assign(targets=[ast.Name(self._mangle(name), ast.Store())], value=value)
        copy_locations(statement, at)
        return statement

    def _again(self, name: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(name.id, ast.Load()), name)

    def _looked_over(self, names: list[str], at: Placed) -> list[ast.stmt]:
        """``if .type(n) not in .known: n = .seen(n)`` for those of *names* on which something is looked up."""
        made: list[ast.stmt] = []
        for name in names:
            if name in self._bound_names:
                value = ast.copy_location(ast.Name(name, ast.Load()), at)
                unknown = ast.Compare(
                    left=self._call(".type", at, value), ops=[ast.NotIn()], comparators=[self._guard(".known", at)]
                )
                statement = ast.If(
                    test=ast.copy_location(unknown, at),
                    body=[self._assign(name, self._call(".seen", at, self._again(value)), at)],
                    orelse=[],
                )
                made.append(ast.copy_location(statement, at))
        return made

    def _still(self, value: ast.expr, name: str) -> ast.expr:
        """*value*, which is no path on which *name* reaches the disk.

        ``(v if .type(v) not in .moving else .still(v, name))``.
        """
        if not isinstance(value, ast.Name):
            return self._call(".still", value, value, ast.Constant(name))
        kind = self._call(".type", value, self._again(value))
        other = ast.Compare(left=kind, ops=[ast.NotIn()], comparators=[self._guard(".moving", value)])
        still = self._call(".still", value, self._again(value), ast.Constant(name))
        return ast.copy_location(ast.IfExp(test=ast.copy_location(other, value), body=value, orelse=still), value)

    def _seen(self, value: ast.expr) -> ast.expr:
        """*value*, or its view when it is a module: ``(v if .type(v) in .known else .seen(v))``."""
        return self._through(value, ".known", ".seen")

    def _through(self, value: ast.expr, known: str, guard: str, *before: ast.expr) -> ast.expr:
        """``(v if .type(v) in known else guard(*before, v))``: no call of ours for types that are known."""
        if self._iterable:
            return self._call(guard, value, *before, value)
        if isinstance(value, ast.Name):
            name, first = value.id, cast(ast.expr, value)
        else:  # in a comprehension the name is one of the function around: it must not slow that one's own
            name = ".c" if self._inner else ".t"
            first = ast.copy_location(
                ast.NamedExpr(target=ast.copy_location(ast.Name(name, ast.Store()), value), value=value), value
            )
        again = ast.copy_location(ast.Name(name, ast.Load()), value)
        found = ast.Compare(
            left=self._call(".type", value, first), ops=[ast.In()], comparators=[self._guard(known, value)]
        )
        choice = ast.IfExp(
            test=ast.copy_location(found, value),
            body=again,
            orelse=self._call(guard, value, *before, self._again(again)),
        )
        return ast.copy_location(choice, value)

    def _writable(self, guard: str, value: ast.expr, name: str) -> ast.expr:
        """*value* through *guard*; a plain name is first looked up among the types that the guard has passed.

        ``o.x = 1`` becomes ``(o if .type(o) in .plain else .write(o)).x = 1``: no call of ours in a loop.
        """
        if guard == ".write" and name in METHODS:
            return self._call(".write_over", value, value, ast.Constant(name))
        call = self._call(guard, value, value)
        if not isinstance(value, ast.Name):
            return call

        kind = self._call(".type", value, self._again(value))
        known = ast.Compare(left=kind, ops=[ast.In()], comparators=[self._guard(".plain", value)])
        choice = ast.IfExp(test=ast.copy_location(known, value), body=self._again(value), orelse=call)
        return ast.copy_location(choice, value)

    def _making(self, node: ast.Call) -> Literal["callee", "arguments", "keywords", ""]:
        """What of *node*, not visited yet, could make a class: what it calls, or what a library function will."""
        function = node.func
        names: set[str] = set()
        if isinstance(function, ast.Name):  # `from operator import call as c` by the name that it has there
            names, known = {function.id, *self._members.get(function.id, ())}, function.id not in self.variables
        elif isinstance(function, ast.Attribute):
            name, chain = function.attr, chain_of(function)
            names = {name}
            known = name in OF_BUILTINS or is_super_call(function.value)
            known = known or (chain is not None and chain[0] in self.library and chain[0] not in self.variables)
        else:
            known = False
        if not known:
            return "callee" if makes(node) else ""
        if not names.isdisjoint(CALLERS) or not names.isdisjoint(KEYED) or ("iter" in names and len(node.args) > 1):
            return "arguments"
        return "keywords" if node.keywords else ""

    def _is_authors(self, node: ast.Call) -> bool | Literal["perhaps"]:
        """Whether *node*, not visited yet, may call a function of the author's.

        Perhaps, when methods of builtin types have that name too, and it says something: ``tree.find(path)``.
        """
        function = node.func
        if isinstance(function, ast.Name):
            return function.id in self.variables or function.id in self._facts.scope_names - self.library
        if not isinstance(function, ast.Attribute):
            return True
        chain = chain_of(function)
        own = chain is not None and chain[0] in self.library and chain[0] not in self.variables
        if own:
            return False
        if function.attr not in OF_BUILTINS and function.attr not in _LOGGING:
            return True
        base = function.value
        if self._is_made(base):
            return False
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return "perhaps" if function.attr in _FORMATTING or not all(map(self._says_nothing, given)) else False

    def _is_made(self, base: ast.expr) -> bool:
        """Whether *base* is, by the look of it, of a builtin type, whose methods look nothing up."""
        return isinstance(base, _DISPLAYS) or (isinstance(base, ast.Name) and base.id in self._data)

    def _says_nothing(self, value: ast.expr) -> bool:
        """Whether *value* is, by the look of it, no text that an author's function could look up."""
        if isinstance(value, ast.Constant):
            return not isinstance(value.value, str) or why_closed(value.value) is None
        if isinstance(value, (ast.Lambda, ast.Compare)):
            return True
        if isinstance(value, ast.UnaryOp):
            return self._says_nothing(value.operand)
        if isinstance(value, ast.BinOp):
            parts = (value.left, value.right)
            number = any(isinstance(part, ast.Constant) and isinstance(part.value, (int, float)) for part in parts)
            return number and isinstance(value.op, _ARITHMETIC)
        function = value.func if isinstance(value, ast.Call) else None
        return isinstance(function, ast.Name) and function.id in _NUMERIC - self._taken

    def _said_unless_builtin(self, node: ast.Call, *, arrays: bool = False) -> ast.expr:
        """A call of a method that may be the author's, or a builtin type's: ``o.find(x)``.

        ``(.t.find(x) if .type(.t := o) in .builtin else .sayer(.t.find)(x))``; where that would be long, the method is
        asked: ``(.t if .type(.t := o.find) in .plainly_said else .sayer(.t))(x)``. With *arrays*, others are called by
        ``.called(o.append, x)``.
        """
        if not isinstance(node.func, ast.Attribute):  # guarded by its name
            if arrays:
                return self._call_of_called(node)
            self._worded(node)
            return node
        method, base = node.func, node.func.value
        if self._iterable or not _is_short([*node.args, *node.keywords]):
            if arrays:
                return self._call_of_called(node)
            node.func = self._through(method, ".plainly_said", ".sayer")
            return node
        owner = base.body if _is_looked_over(base) else base
        asked = owner  # a name that is looked over, or looked up again: see `_still` and `rewrite_name`
        if not isinstance(owner, ast.Name) or owner.id.startswith("."):
            value = _chosen(base)  # no builtin type is a module's
            name = ".c" if self._inner else ".t"
            owner = ast.copy_location(ast.Name(name, ast.Load()), base)
            store = ast.copy_location(ast.Name(name, ast.Store()), base)
            asked = ast.copy_location(ast.NamedExpr(target=store, value=value), base)
            seen: ast.expr = owner if value is base else self._call(".seen", base, owner)
        else:
            seen = base
            if isinstance(base, ast.IfExp) and not _is_call_of(base.orelse, ".still"):
                owner = base  # a global, looked at once more: it may hold what it did not
        builtin = ast.copy_location(ast.Attribute(value=owner, attr=method.attr, ctx=ast.Load()), method)
        others = ast.copy_location(ast.Attribute(value=seen, attr=method.attr, ctx=ast.Load()), method)
        test = ast.Compare(
            left=self._call(".type", node, asked),
            ops=[ast.In()],
            comparators=[self._guard(".builtin", node)],
        )
        # What was visited is written twice: nothing changes it any more.
        body = ast.copy_location(ast.Call(func=builtin, args=node.args, keywords=node.keywords), node)
        if arrays:
            other = self._call(".called", node, others, *node.args)
            other.keywords = node.keywords
        else:
            say = self._call(".sayer", node, others)
            other = ast.copy_location(ast.Call(func=say, args=node.args, keywords=node.keywords), node)
        return ast.copy_location(ast.IfExp(test=ast.copy_location(test, node), body=body, orelse=other), node)

    def _call_of_called(self, node: ast.Call) -> ast.Call:
        made = self._call(".called", node, node.func, *node.args)
        made.keywords = node.keywords
        return made

    def _worded(self, node: ast.Call) -> None:
        """Look at the texts that *node* hands to an author's function: see ``words.py``."""

        def said(value: ast.expr) -> ast.expr:
            if isinstance(value, ast.Constant) and not (isinstance(value.value, str) and not value.value.isalnum()):
                return value
            if isinstance(value, ast.Compare):
                return value
            return self._through(value, ".wordless", ".said")

        for position, argument in enumerate(node.args):
            if isinstance(argument, ast.Starred):
                argument.value = self._call(".all_said", argument.value, argument.value)
            else:
                node.args[position] = said(argument)
        for keyword in node.keywords:
            if keyword.arg is None:
                keyword.value = self._call(".said_by_name", keyword.value, keyword.value)
            else:
                keyword.value = said(keyword.value)

    def _not_making(self, node: ast.Call, making: str) -> None:
        """Look over what *node* calls, or hands to what calls it: see ``callings.py``."""
        if making == "callee":
            node.func = self._through(node.func, ".plainly", ".calling")
        elif making == "arguments":
            node.args = list(map(self._told, node.args))
        for keyword in node.keywords:
            if keyword.arg == "exc_info" and not isinstance(keyword.value, ast.Constant):  # of a logger handed in too
                keyword.value = self._call(".plain_exc_info", keyword.value, keyword.value)
            elif keyword.arg == "file" and making == "keywords":  # of print
                keyword.value = self._call(".told_file", keyword.value, keyword.value)
            elif keyword.arg in CALLED and not isinstance(keyword.value, (ast.Lambda, ast.Constant)):
                if making in ("arguments", "keywords"):
                    keyword.value = self._told(keyword.value)
                else:  # of whatever function: what it is given stays as it is
                    keyword.value = self._call(".calling", keyword.value, keyword.value)

    def _told(self, given: ast.expr) -> ast.expr:
        """*given*, which a library's function may call."""
        if isinstance(given, (ast.Lambda, ast.Constant)):
            return given
        if isinstance(given, ast.Starred):
            given.value = self._call(".all_told", given, given.value)
            return given
        return self._call(".told", given, given)

    def _is_no_text(self, operand: ast.expr) -> bool:
        """Whether *operand* is neither a text nor a number, so that identity tells what everybody may know."""
        if isinstance(operand, ast.Name):
            return operand.id not in self._taken and hasattr(builtins, operand.id)
        if isinstance(operand, ast.Constant):
            return operand.value is None or isinstance(operand.value, (bool, type(...)))
        return self._is_type_call(operand) or (isinstance(operand, ast.Attribute) and operand.attr == "__class__")

    def _raw_type(self, node: ast.expr) -> ast.expr | None:
        """``type(x)`` or ``x.__class__`` for a place that only looks at the result: no guard is needed there."""
        if isinstance(node, ast.Attribute) and node.attr == "__class__" and isinstance(node.ctx, ast.Load):
            argument = node.value
        elif self._is_type_call(node):
            argument = node.args[0]  # type: ignore[attr-defined]  # `_is_type_call` says that it is a call
        else:
            return None
        return self._call(".type_of", node, self.visit(argument))

    def _is_type_call(self, node: ast.AST) -> bool:
        return (
            "type" not in self._taken
            and isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "type"
            and len(node.args) == 1
            and not node.keywords
            and not isinstance(node.args[0], ast.Starred)
        )

    def _identical(self, node: ast.Compare) -> ast.expr:
        """``a is b`` becomes ``a is b or .alike(a, b)``: equal texts and numbers are one."""
        left, right = node.left, node.comparators[0]
        if isinstance(left, ast.Name) and isinstance(right, ast.Name):
            alike = self._call(".alike", node, self._again(left), self._again(right))
            same = ast.Compare(left=left, ops=[ast.Is()], comparators=[right])
            made: ast.expr = ast.BoolOp(op=ast.Or(), values=[ast.copy_location(same, node), alike])
        else:
            made = self._call(".same", node, left, right)
        made = ast.copy_location(made, node)
        if isinstance(node.ops[0], ast.IsNot):
            made = ast.copy_location(ast.UnaryOp(op=ast.Not(), operand=made), node)
        return made

    def _kept(self, node: AnyTry) -> ast.Try | AnyTry:
        """What a finally block raises does not take the place of what no handler of a correction catches.

        ``try: B finally: F`` becomes::

            .p = False
            try:
                try: B
                except BaseException: .p = True; .p = .passing(); raise
            finally:
                try: F
                except BaseException:
                    if not .p or (.p == 2 and .passing() is True): raise
        """
        if not node.finalbody or all(isinstance(statement, ast.Pass) for statement in node.finalbody):
            return node
        flag, finalbody = f".p{self._tries}", node.finalbody
        self._tries += 1

        def name(at: Placed) -> ast.Name:
            return ast.copy_location(ast.Name(flag, ast.Load()), at)

        def handler(at: Placed, body: list[ast.stmt]) -> ast.ExceptHandler:
            made = ast.ExceptHandler(type=self._guard(".BaseException", at), name=None, body=body)
            return ast.copy_location(made, at)

        def attempt(body: list[ast.stmt], handlers: list[ast.ExceptHandler], finalbody: list[ast.stmt]) -> ast.Try:
            return ast.copy_location(ast.Try(body=body, handlers=handlers, orelse=[], finalbody=finalbody), node)

        first = finalbody[0]
        again = ast.copy_location(ast.Raise(), first)
        negated = ast.UnaryOp(op=ast.Not(), operand=name(first))
        ending = ast.Compare(left=name(first), ops=[ast.Eq()], comparators=[ast.Constant(2)])
        more = ast.Compare(left=self._call(".passing", first), ops=[ast.Is()], comparators=[ast.Constant(True)])
        test = ast.BoolOp(op=ast.Or(), values=[negated, ast.BoolOp(op=ast.And(), values=[ending, more])])
        unless = ast.If(test=test, body=[again], orelse=[])
        ast.fix_missing_locations(ast.copy_location(unless, first))
        if node.handlers:
            node.finalbody = []
            body: list[ast.stmt] = [node]
        else:
            body = node.body
        supposed = self._assign(flag, ast.copy_location(ast.Constant(True), node), node)  # no stack left to ask, say
        noting = self._assign(flag, self._call(".passing", node), node)
        noted = handler(node, [supposed, noting, ast.copy_location(ast.Raise(), node)])
        kept = attempt([attempt(body, [noted], [])], [], [attempt(finalbody, [handler(first, [unless])], [])])
        kept.body.insert(0, self._assign(flag, ast.copy_location(ast.Constant(False), node), node))
        return kept


def _is_short(parts: list[ast.expr | ast.keyword]) -> bool:
    """Whether *parts* have so few nodes that they may be written twice."""
    return sum(1 for part in parts for _ in itertools.islice(ast.walk(part), _SHORT)) < _SHORT


def _is_looked_over(node: ast.expr) -> TypeGuard[ast.IfExp]:
    """Whether *node* is a choice that was written here, by the type or by the value of what it chooses."""
    test = node.test if isinstance(node, ast.IfExp) else None
    asked = test.comparators[0] if isinstance(test, ast.Compare) else None
    return isinstance(asked, ast.Name) and (asked.id in _LOOKED_OVER or asked.id.startswith(".was "))


def _chosen(node: ast.expr) -> ast.expr:
    """What *node* chooses by its type, as ``_through`` writes it; *node* itself where it is no such choice."""
    match node:
        case ast.IfExp(test=ast.Compare(left=ast.Call(args=[ast.NamedExpr(value=value)]))) if _is_looked_over(node):
            return value
        case _:
            return node


def _is_call_of(node: ast.expr, guard: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == guard


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
