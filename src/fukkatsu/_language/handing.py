"""Where a correction hands a value to what may be an array or a table: guards of ``memory.py``, written into the tree.

Only where arrays are in reach: the original or its file uses numpy or pandas, its annotations name them, or the policy
opens them. There every operand, argument, index and stored value that the text does not show to be plain is looked
over, because any of them may meet an array: an operator of an array converts what stands beside it.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
import builtins
import collections
import copy
import re
from typing import TYPE_CHECKING, Final

from fukkatsu._language.attributes import METHODS_OF_DATA
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.guardwriter import GuardWriter
from fukkatsu._language.trees import chain_of

if TYPE_CHECKING:
    from fukkatsu.policy import Policy

_LIBRARIES: Final = frozenset({"numpy", "pandas"})
_NAMED: Final = re.compile(r"\b(?:np|numpy|pd|pandas|ndarray|NDArray|ArrayLike|DataFrame|Series)\b")
# Builtins that ask nothing of what they are given but what its class says.
_ASKING_CLASSES: Final = frozenset(
    "abs aiter all anext any ascii bin bool bytearray bytes callable chr complex dict dir enumerate float format"
    " frozenset getattr hasattr hash hex id int isinstance issubclass iter len list memoryview next object oct ord"
    " print range repr reversed round set slice str super tuple type zip".split()
) | {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)}
_NUMBERS: Final = frozenset({"len", "int", "float", "str", "bool", "repr", "ord", "chr", "hash", "id", "range"})
# Modules of the library that apply no operators to what they are given, but for these functions.
_ASKING_MODULES: Final = frozenset(
    "base64 binascii cmath csv datetime decimal hashlib hmac html io json keyword logging math os re shlex string"
    " struct sys textwrap time typing unicodedata urllib uuid warnings zlib zoneinfo".split()
)
_OPERATING: Final = frozenset({"prod", "sumprod"})
_KEEPING: Final = METHODS_OF_DATA - frozenset(
    "count difference index insert intersection items join keys partition pop sort symmetric_difference union"
    " values".split()
)
_LOGGING: Final = frozenset("debug info warning error critical exception log".split())
_ROUNDS: Final = 30
_FEW: Final = 3
_COMPUTING: Final = frozenset({"sort", "total", "most_common", "subtract", "elements"})
_LOUD: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


def reaches_arrays(facts: OriginalFacts, policy: Policy) -> bool:
    """Whether a correction may meet numpy's or pandas' objects, as far as can be told before it runs."""
    named = [module for _, module in facts.modules] + [module for module, _ in facts.module_members]
    named += [module for _, module, _ in facts.file_imports] + list(policy.imports)
    if not _LIBRARIES.isdisjoint(module.partition(".")[0] for module in named):
        return True
    return any(map(_NAMED.search, (parameter.annotation for parameter in facts.parameters)))


class ArrayGuards(GuardWriter):
    """Writes what ``memory.py`` is asked; all of it does nothing unless ``arrays`` is true."""

    arrays = False
    _returning = False
    _lefts = 0  # for names of their own
    _numbers: frozenset[str] | set[str] = frozenset()
    _mathematical: frozenset[str] | set[str] = frozenset()

    def prepare(self, nodes: list[ast.AST]) -> None:
        """Note what the names of *nodes*, a whole text, stand for."""
        self.arrays = True
        facts, homes = self._facts, dict[str, str]()
        homes.update(facts.modules)
        homes.update({name: module for name, module, member in facts.imports if member not in _OPERATING})
        functions: list[str] = []
        stored: list[str] = []
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    homes[name] = alias.name if homes.get(name, alias.name) == alias.name else ""
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    name, home = alias.asname or alias.name, "" if alias.name in _OPERATING else node.module or ""
                    homes[name] = home if homes.get(name, home) == home else ""  # two names of different functions
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                (stored if node.decorator_list else functions).append(node.name)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                stored.append(node.id)
            elif isinstance(node, ast.arg):
                stored.append(node.arg)
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                stored.append(node.name)
        self._own = set(functions) - set(stored)
        self._asking = {
            name for name, module in homes.items() if name not in stored and module.partition(".")[0] in _ASKING_MODULES
        }
        self._mathematical = {name for name in self._asking if homes[name] == "math"}
        self._settle_numbers(nodes, stored)
        self._returning = any(isinstance(node, ast.Name) and node.id == facts.name for node in nodes)

    def _settle_numbers(self, nodes: list[ast.AST], stored: list[str]) -> None:
        """Names are numbers or texts until something else is found among what they are bound to."""
        values: dict[str, list[ast.expr]] = {}
        for node in nodes:
            bound: list[tuple[ast.expr, ast.expr]] = []
            if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
                function, number = node.iter.func, ast.Constant(0)
                name = function.id if isinstance(function, ast.Name) and function.id not in self._taken else ""
                if name == "range":
                    bound = [(node.target, number)]
                elif name == "enumerate" and isinstance(node.target, ast.Tuple):
                    bound = [(node.target.elts[0], number)]
            elif isinstance(node, ast.Assign):
                bound = [(target, node.value) for target in node.targets]
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign)) and node.value is not None:
                bound = [(node.target, node.value)]
            for target, value in bound:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(value)
        times = collections.Counter(stored)
        own = self._facts.scope_names
        self._numbers = {name for name, given in values.items() if times[name] == len(given) and name not in own}
        for _ in range(_ROUNDS):
            others = {name for name in self._numbers if not all(map(self._is_plain, values[name]))}
            if not others:
                return
            self._numbers -= others
        self._numbers.clear()

    # -- expressions ---------------------------------------------------------------------------------------------

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether *node* is a number, a text or a constant by the look of it."""
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            return True
        if isinstance(node, ast.Name):
            return node.id in self._numbers
        if isinstance(node, ast.UnaryOp):
            return self._is_plain(node.operand)
        if isinstance(node, ast.BinOp):
            return self._is_plain(node.left) and self._is_plain(node.right)
        if isinstance(node, ast.Slice):
            return True  # its ends are asked as classes answer
        if isinstance(node, ast.IfExp):
            return self._is_plain(node.body) and self._is_plain(node.orelse)
        return isinstance(node, ast.Call) and self._gives_a_number(node.func)

    def _gives_a_number(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in _NUMBERS and function.id not in self._taken
        chain = chain_of(function)
        if chain is None or len(chain[1]) != 1:
            return False
        return chain[0] in self._mathematical and chain[1][0] not in _OPERATING

    def _is_loud(self, *operands: ast.expr) -> bool:
        """Whether evaluating one of *operands* may change another."""
        return any(
            isinstance(node, _LOUD) and not self._is_plain(node) for operand in operands for node in ast.walk(operand)
        )

    def _bare(self, value: ast.expr) -> ast.expr:
        """*value*, looked over: ``(v if .type(v) in .fine else .bare(v))``."""
        return value if self._is_plain(value) else self._through(value, ".fine", ".bare")

    def _indexed(self, node: ast.Subscript) -> ast.expr:
        """``a[i]`` as ``a[(i if .type(i) in .safe else .index_of(a, i))]``: a table calls a function."""
        index = node.slice
        if isinstance(index, ast.Slice):
            return node
        if self._iterable and not isinstance(node.value, ast.Name):
            return self._call(".looked_up", node, node.value, index)
        if isinstance(node.value, ast.Name):
            again: ast.expr = self._again(node.value)
        else:
            name = f".l{self._lefts}"
            self._lefts += 1
            again = ast.copy_location(ast.Name(name, ast.Load()), node.value)
            target = ast.copy_location(ast.Name(name, ast.Store()), node.value)
            node.value = ast.copy_location(ast.NamedExpr(target=target, value=node.value), node.value)
        node.slice = self._through(index, ".safe", ".index_of", again)
        return node

    def _operands(self, node: ast.BinOp | ast.Compare, plain: bool, loud: bool) -> ast.expr:
        """An operator whose operands may be arrays; *plain* and *loud* say how they looked before they were visited."""
        if plain:
            return node
        if isinstance(node, ast.BinOp):
            if loud or self._iterable:
                return self._operated(node, node.op, node.left, node.right)
            node.left, node.right = self._beside(node.left, node.right)
            return node
        if any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            return node
        if len(node.ops) == 1:
            if loud or self._iterable or isinstance(node.ops[0], (ast.In, ast.NotIn)):
                return self._operated(node, node.ops[0], node.left, node.comparators[0])
            node.left, node.comparators[0] = self._beside(node.left, node.comparators[0])
            return node
        node.left, node.comparators = self._bare(node.left), [self._bare(each) for each in node.comparators]
        return node

    def _beside(self, left: ast.expr, right: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Two operands: ``l + (r if .type(r) in .safe else .together(l, r))``; what is safe is nothing to an array."""
        again: ast.expr
        if isinstance(left, ast.Name):
            again = self._again(left)
        else:
            name = f".l{self._lefts}"
            self._lefts += 1
            again = ast.copy_location(ast.Name(name, ast.Load()), left)
            target = ast.copy_location(ast.Name(name, ast.Store()), left)
            left = ast.copy_location(ast.NamedExpr(target=target, value=left), left)
        return left, self._through(right, ".safe", ".together", again)

    def _operated(self, node: ast.expr, op: ast.AST, left: ast.expr, right: ast.expr) -> ast.expr:
        return self._call(".operated", node, ast.copy_location(ast.Constant(type(op).__name__), node), left, right)

    def _handed(self, node: ast.Call, quick: bool) -> ast.expr:
        """A call whose arguments are looked over when all of them have been evaluated.

        When *quick*, ``f(x)`` becomes ``(f(x) if .type(x) in .quick else .called(f, x))``.
        """
        made = self._call_of_called(node)
        names = [each for each in node.args if isinstance(each, ast.Name)]
        plain = all(isinstance(each, (ast.Name, ast.Constant)) for each in node.args)  # names may have been rewritten
        if not quick or not names or not plain or len(names) > _FEW:
            return made
        tests: list[ast.expr] = []
        for name in names:
            kind = self._call(".type", node, self._again(name))
            test = ast.Compare(left=kind, ops=[ast.In()], comparators=[self._guard(".quick", node)])
            tests.append(ast.copy_location(test, node))
        every = tests[0] if len(tests) == 1 else ast.copy_location(ast.BoolOp(op=ast.And(), values=tests), node)
        return ast.copy_location(ast.IfExp(test=every, body=copy.deepcopy(node), orelse=made), node)

    def _is_quick(self, node: ast.Call) -> bool:
        """Whether *node*, not visited yet, is ``f(x, ...)`` or ``o.f(x, ...)`` of names and plain values."""
        function = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        if not isinstance(function, ast.Name) or node.keywords:
            return False
        names = [each for each in node.args if isinstance(each, ast.Name)]
        plain = [each for each in node.args if isinstance(each, (ast.Name, ast.Constant))]
        return bool(names) and len(plain) == len(node.args)

    def _keeps(self, node: ast.Call) -> bool:
        """Whether nothing that is asked of instances can come of the call, by the look of it."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in _COMPUTING:  # with what their owner holds
            return False
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if all(self._is_plain(each) or isinstance(each, (ast.Lambda, ast.GeneratorExp)) for each in given) and not (
            isinstance(node.func, ast.Call)
        ):
            return True
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in _ASKING_CLASSES and function.id not in self._taken:
                return True
            return function.id in self._own or (function.id in self._asking and function.id not in _OPERATING)
        if not isinstance(function, ast.Attribute):
            return False
        chain = chain_of(function)
        if chain is not None and (chain[0] in self._asking or chain[0] in self._facts.loggers):
            return function.attr not in _OPERATING
        if isinstance(function.value, ast.Constant):
            return True
        return function.attr in _KEEPING or (function.attr in _LOGGING and function.attr in self._facts.logger_members)

    def _may_collect(self, node: ast.Call) -> bool:
        """Whether *node*, which keeps what it is given if it is a container's method, may be of anything else."""
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in _KEEPING or self._is_made(function.value):
            return False
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return not all(self._is_plain(each) for each in given)

    # -- statements ----------------------------------------------------------------------------------------------

    def _kept_in(self, base: str | None, value: ast.expr) -> ast.expr:
        """*value*, as it is stored in an attribute or item of the name *base*, or of whatever."""
        if self._is_plain(value):
            return value
        if base is None:
            return self._bare(value)
        return self._through(value, ".fine", ".into", ast.copy_location(ast.Name(base, ast.Load()), value))

    def _stored_late(self, node: ast.Assign) -> list[ast.stmt]:
        """``a[f()] = v``, ``a[i], n = v``: what is stored is looked over when everything else has been evaluated."""
        later: list[tuple[ast.Attribute | ast.Subscript, str]] = []

        def kept(target: ast.expr) -> ast.expr:
            if isinstance(target, (ast.Attribute, ast.Subscript)):
                name = f".v{len(later)}"
                later.append((target, name))
                return ast.copy_location(ast.Name(name, ast.Store()), target)
            if isinstance(target, (ast.Tuple, ast.List)):
                target.elts = list(map(kept, target.elts))
            elif isinstance(target, ast.Starred):
                target.value = kept(target.value)
            return target

        node.targets = list(map(kept, node.targets))
        made: list[ast.stmt] = [node]
        for target, name in later:
            value = ast.copy_location(ast.Name(name, ast.Load()), target)
            if isinstance(target, ast.Attribute):
                made.append(self._assign(".o", target.value, node))
                target.value = ast.copy_location(ast.Name(".o", ast.Load()), target)
            elif not any(isinstance(part, ast.Slice) for part in ast.walk(target.slice)):
                put = self._call(".put_in", target, value, target.value, target.slice)
                made.append(ast.copy_location(ast.Expr(put), node))
                continue
            made.append(ast.copy_location(ast.Assign(targets=[target], value=self._bare(value)), node))
        return made

    def _added_to(self, target: ast.expr, value: ast.expr) -> ast.expr:
        """*value* of ``target += value``; what *target* holds as well, where it can be looked up twice."""
        again: ast.expr
        if isinstance(target, ast.Name):
            if target.id in self._numbers:
                return value
            again = ast.Name(target.id, ast.Load())
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            again = ast.Attribute(value=self._again(target.value), attr=target.attr, ctx=ast.Load())
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and _is_simple(target.slice):
            again = ast.Subscript(value=self._again(target.value), slice=target.slice, ctx=ast.Load())
        else:
            return self._bare(value)
        again = self.visit(ast.copy_location(again, value))
        name = ast.copy_location(ast.Name(".t", ast.Load()), value)
        store = ast.copy_location(ast.Name(".t", ast.Store()), value)
        first = ast.copy_location(ast.NamedExpr(target=store, value=value), value)
        tests: list[ast.expr] = []
        for part in (first, copy.deepcopy(again)):
            kind = self._call(".type", value, part)
            test = ast.Compare(left=kind, ops=[ast.In()], comparators=[self._guard(".fine", value)])
            tests.append(ast.copy_location(test, value))
        every = ast.copy_location(ast.BoolOp(op=ast.And(), values=tests), value)
        both = self._call(".together", value, again, self._again(name))
        return ast.copy_location(ast.IfExp(test=every, body=name, orelse=both), value)

    def _in_steps(self, node: ast.AugAssign) -> list[ast.stmt]:
        """``a[f()][1:] += v``, not visited yet, as ``.o = a[f()]; .i = slice(1, None); .o[.i] += v``."""
        target = node.target
        made: list[ast.stmt] = []
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            made.append(self._assign(".o", target.value, node))
            target.value = ast.copy_location(ast.Name(".o", ast.Load()), target)
        if isinstance(target, ast.Subscript):
            made.append(self._assign(".i", self._as_value(target.slice), node))
            target.slice = ast.copy_location(ast.Name(".i", ast.Load()), target)
        return [*made, node]

    def _as_value(self, index: ast.expr) -> ast.expr:
        """*index* as an expression of its own: ``1:`` can stand between brackets only."""
        if isinstance(index, ast.Slice):
            ends = [
                each or ast.copy_location(ast.Constant(None), index) for each in (index.lower, index.upper, index.step)
            ]
            return self._call(".slice", index, *ends)
        if isinstance(index, ast.Tuple):
            index.elts = list(map(self._as_value, index.elts))
        return index

    def _stored_below(self, target: ast.expr, body: list[ast.stmt], at: ast.stmt) -> ast.expr:
        """The target of a loop or a with: what goes into an item or attribute is stored by a statement of its own."""
        if not _stores(target):
            return target
        name = ast.copy_location(ast.Name(".w", ast.Load()), at)
        body.insert(0, ast.copy_location(ast.Assign(targets=[target], value=self._bare(name)), at))
        return ast.copy_location(ast.Name(".w", ast.Store()), at)


def base_of(targets: list[ast.expr]) -> tuple[bool, str | None]:
    """Whether an item or attribute is among *targets*, and of which name when it is of one."""
    if len(targets) == 1 and isinstance(targets[0], (ast.Attribute, ast.Subscript)):
        return True, targets[0].value.id if isinstance(targets[0].value, ast.Name) else None
    return any(map(_stores, targets)), None


def _stores(target: ast.expr) -> bool:
    return any(isinstance(node, (ast.Attribute, ast.Subscript)) for node in ast.walk(target))


def _is_simple(index: ast.expr) -> bool:
    """Whether *index* may be evaluated twice."""
    if isinstance(index, ast.UnaryOp):  # -1
        return isinstance(index.operand, ast.Constant)
    return isinstance(index, (ast.Name, ast.Constant))


def is_simple_target(target: ast.expr) -> bool:
    """Whether *target*, of ``target += value``, may be evaluated twice."""
    if isinstance(target, ast.Name):
        return True
    if isinstance(target, ast.Subscript):
        return isinstance(target.value, ast.Name) and _is_simple(target.slice)
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
