"""Signs in a candidate's text that it silences the failure instead of mending it, each with its switch in `Checks`.

None of these proves anything: each is a question to the model ("why does this constant answer everything?") that the
docstring can answer beforehand. Measured on public programs, together they stop most patches that only look right
(Qi et al., ISSTA 2015, doi:10.1145/2771783.2771791: most accepted patches of early repair tools deleted behaviour).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any, Final

from fukkatsu._gauntlet.prose import answers_in, mentions, sentences, without_parameters
from fukkatsu._model.call import Call
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle.docstring import read_promises
from fukkatsu.policy import Checks

_BROAD: Final = frozenset({"Exception", "BaseException"})
# Raised by a fault in the code itself, never by an odd input: to catch one is to hide it.
_FAULTS: Final = frozenset(
    {"NameError", "UnboundLocalError", "RecursionError", "AssertionError", "SyntaxError", "ImportError"}
)
# Raised by an odd argument now and then, and by a wrong line far more often.
_TYPE_FAULTS: Final = frozenset({"TypeError", "AttributeError"})
_EMPTY_CONSTRUCTORS: Final = frozenset(
    {"list", "dict", "set", "tuple", "str", "int", "float", "bool", "frozenset", "bytes"}
)
_SEARCHES: Final = frozenset(
    {
        "replace", "removeprefix", "removesuffix", "split", "rsplit", "partition", "rpartition", "startswith",
        "endswith", "find", "index", "count",
    }
)  # fmt: skip
_FIGURES: Final = re.compile(r"^(?=.*\d).{3,}$")
_WHOLE_BODY_STATEMENTS: Final = 3  # a try around so many statements is no longer around the one that may fail
_CONDITIONAL: Final = re.compile(
    r"\b(?:if|when|whenever|for|on|unless|otherwise|else|in case|where|without|empty|invalid)\b",
    re.IGNORECASE,
)
_ANSWERS: Final = re.compile(
    r"\b(?:returns?|returned|returning|gives?|yields?|answers?|defaults?|falls? back|be|is)\b", re.IGNORECASE
)


def lint_candidate(text: str, source: FunctionSource, failing_call: Call | None, checks: Checks) -> str | None:
    """What looks wrong about the candidate's text, as a sentence for the model; ``None`` when nothing does.

    Never raises, whatever the text: what does not parse is the static stage's own business.
    """
    try:
        candidate, original = ast.parse(text), ast.parse(source.text)
        function = function_named(candidate, source.name)
        reference = function_named(original, source.name)
        if function is None or reference is None:
            return None
        found = None
        if checks.constant_body:
            found = _constant_body(function, reference)
        if found is None and checks.broad_except:
            found = _swallows(function, candidate, original, reference, source.docstring or "")
        if found is None and checks.failing_literal and failing_call is not None:
            found = _failing_literal(function, reference, source, failing_call)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found


def function_named(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name]
    return found[-1] if found else None


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    every = function.args
    named = [*every.posonlyargs, *every.args, *([every.vararg] if every.vararg else []), *every.kwonlyargs]
    return [a.arg for a in [*named, *([every.kwarg] if every.kwarg else [])]]


def _body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    first = function.body[0]
    has_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return function.body[1:] if has_docstring else function.body


def _names_read(nodes: Sequence[ast.AST]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _constant_body(
    function: ast.FunctionDef | ast.AsyncFunctionDef, reference: ast.FunctionDef | ast.AsyncFunctionDef
) -> str | None:
    parameters = set(_parameters(function)) - {"self", "cls"}
    body = _body(function)
    if not parameters & _names_read(_body(reference)):
        return None
    result: list[ast.stmt] = [s for s in body if not isinstance(s, ast.Pass)]
    answers = any(isinstance(n, ast.Return | ast.Yield | ast.YieldFrom) for s in body for n in ast.walk(s))
    if answers and not parameters & _names_read(body):  # one that never answers is for the sandbox's clock
        return (
            f"the body of {function.name} no longer looks at any argument, so it answers the same whatever it is "
            "given. Compute the answer from the arguments"
        )
    returns = [s for s in result if isinstance(s, ast.Return)]
    if (
        returns
        and returns[0] is result[0]
        and returns[0].value is not None
        and _is_constant(returns[0].value, frozenset())
    ):
        return f"{function.name} returns the constant `{ast.unparse(returns[0].value)}` before it looks at any argument"
    return None


def _is_constant(node: ast.expr, parameters: frozenset[str], bound: frozenset[str] | None = None) -> bool:
    """Whether *node* computes nothing: a literal, an empty container, or a parameter handed back.

    Where the names that the function *bound* itself are known, so is a call like ``Decimal("0")`` or ``np.zeros(2)``
    that gets nothing but constants.
    """
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id in parameters
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand, frozenset())
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(_is_constant(item, parameters) for item in node.elts)
    if isinstance(node, ast.Dict):
        return all(k is not None and _is_constant(k, parameters) for k in node.keys) and all(
            _is_constant(v, parameters) for v in node.values
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id in _EMPTY_CONSTRUCTORS and not node.args:
            return True
        if node.func.id in {"float", "int", "str"}:
            return all(_is_constant(a, frozenset()) for a in node.args)
    if isinstance(node, ast.Call) and bound is not None and _root(node.func) not in (None, *bound):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return all(_is_constant(a, frozenset(), bound) for a in given)
    return False


def _root(node: ast.expr) -> str | None:
    """The name that a dotted name begins with: ``np`` of ``np.linalg.norm``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _statements(nodes: Sequence[ast.stmt]) -> int:
    return sum(1 for node in nodes for n in ast.walk(node) if isinstance(n, ast.stmt))


def _caught(handler: ast.ExceptHandler) -> list[str]:
    if handler.type is None:
        return ["BaseException"]
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [ast.unparse(kind).rpartition(".")[2] for kind in kinds]


def _handler_answer(
    handler: ast.ExceptHandler, parameters: frozenset[str], bound: frozenset[str]
) -> ast.expr | bool | None:
    """The constant that the handler answers with, ``None`` for nothing at all, ``False`` when it does real work."""
    answer: ast.expr | None = None
    for statement in handler.body:
        if isinstance(statement, ast.Pass | ast.Continue | ast.Break):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        value = None
        if isinstance(statement, ast.Return | ast.Assign | ast.AnnAssign):
            value = statement.value
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
            value = statement.value.value
        else:
            return False
        if value is not None and not _is_constant(value, parameters, bound):
            return False
        answer = value
    return answer


def _swallows(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    candidate: ast.Module,
    original: ast.Module,
    reference: ast.FunctionDef | ast.AsyncFunctionDef,
    docstring: str,
) -> str | None:
    known = {ast.dump(h) for h in ast.walk(original) if isinstance(h, ast.ExceptHandler)}
    before = max(1, _statements(_body(reference)))
    parameters = frozenset(_parameters(function))
    bound = parameters | {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    documented = read_promises(docstring, function.name, tuple(parameters), frozenset()).raises if docstring else ()
    for tries in (n for n in ast.walk(candidate) if isinstance(n, ast.Try)):
        # Asked for at most once for each try, whatever the number of its handlers.
        holds_all = cache(partial(_holds_all, tries, reference))
        statements = cache(partial(_statements, tries.body))
        for handler in tries.handlers:
            if ast.dump(handler) in known:
                continue
            answer = _handler_answer(handler, parameters, bound)
            if isinstance(answer, bool):
                continue
            shown = "nothing" if answer is None else f"`{ast.unparse(answer)}`"
            caught = _caught(handler)
            kinds = f"except {', '.join(caught)}" if handler.type is not None else "a bare except"
            if any(kind in _FAULTS for kind in caught):
                return (
                    f"{kinds} (line {handler.lineno}) hides a fault of the code and answers with {shown}. "
                    "Mend the line that raises"
                )
            # a type's fault, or what the author says is raised, from all that the original does
            too_much = all(kind in _TYPE_FAULTS for kind in caught) or any(kind in documented for kind in caught)
            whole = (too_much and holds_all()) or statements() >= max(_WHOLE_BODY_STATEMENTS, before // 2)
            broad = any(kind in _BROAD for kind in caught)
            if not (broad or whole) or _justified(answer, docstring):
                continue
            scope = "any exception" if broad else f"{', '.join(caught)} from the whole body"
            return (
                f"{kinds} (line {handler.lineno}) turns {scope} into {shown}, which the docstring does not promise. "
                "Mend the cause, or catch the one expected exception around the one statement that may raise it"
            )
    return None


def _holds_all(tries: ast.Try, reference: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the ``try`` encloses everything that the original does."""
    enclosed = {ast.dump(statement) for statement in tries.body}
    return all(ast.dump(statement) in enclosed for statement in _body(reference))


def _justified(answer: ast.expr | None, docstring: str) -> bool:
    """Whether the docstring promises *answer* on some condition: ``returns 0 if ...``."""
    if answer is None or not docstring:
        return False
    if isinstance(answer, ast.Name):  # an argument handed back: "returns z if y is 0"
        handed = (
            rf"\b(?:returns?|yields?|gives?)\s+(?:(?:the|just|simply|original|unchanged|parameter)\s+)*`*{answer.id}\b"
        )
        return re.search(handed, docstring, re.IGNORECASE) is not None
    shown = ast.unparse(answer)
    opposite = {"True": "False", "False": "True"}.get(shown)
    for whole in sentences(without_parameters(docstring)):
        sentence = answers_in(whole)
        if not (_ANSWERS.search(whole) and _CONDITIONAL.search(whole) and mentions(shown, sentence)):
            continue
        if opposite is None or not mentions(opposite, sentence):
            return True
        otherwise = re.search(r"\b(?:otherwise|else)\b", whole)  # "True if valid, otherwise False": one is the rest
        if otherwise is None or mentions(shown, whole[max(0, otherwise.start() - 12) :]):
            return True
    return False


# --- literals of the failing arguments --------------------------------------------------------------------------------


def _failing_literal(
    function: ast.FunctionDef | ast.AsyncFunctionDef, reference: ast.AST, source: FunctionSource, call: Call
) -> str | None:
    given = [*call.args, *call.kwargs.values()]
    whole: list[Any] = [*given, tuple(call.args), list(call.args)]
    derived: list[Any] = []
    for value in given:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        whole += [part for part in parts if isinstance(part, list | tuple | dict | set)]
        if isinstance(value, str | bytes | list | tuple | dict | set | frozenset):
            derived.append(len(value))
        if isinstance(value, str | bytes | list | tuple) and value:
            derived += [value[0], value[-1]]
        derived += [repr(value), str(value)] if isinstance(value, int | float | list | tuple | dict) else []
    known = {repr(v) for v in _literals(reference)}
    text = source.docstring or ""
    for node, sought in _searched_for(function):
        if repr(sought) in known or _is_named(sought, text) or sought in text:
            continue
        if any(isinstance(value, str) and sought in value for value in given):
            return (
                f"line {node.lineno} looks for `{_shown(sought)}`, data of the failing call: that answers one input, "
                "not the fault behind it. Mend the cause for every such input"
            )
    for node, value, positive in _compared(function):
        if _is_trivial(value) or repr(value) in known or _is_named(value, text):
            continue
        part = isinstance(value, tuple | list) and all(any(_same(item, v) for v in given) for item in value)
        if part or any(_same(value, v) for v in whole) or (positive and any(_same(value, v) for v in derived)):
            return (
                f"line {node.lineno} compares with `{_shown(value)}`, taken from the failing call: that answers this "
                "one input, not the fault behind it. Mend the cause for every such input"
            )
    made = {text for value in [*given, *derived, *whole] if (text := _construction(value))}
    for call_node in _calls_compared(function):
        if made and _construction_of(call_node) in made and ast.unparse(call_node) not in ast.unparse(reference):
            return (
                f"line {call_node.lineno} compares with `{_shown_node(call_node)}`, taken from the failing call: that "
                "answers this one input, not the fault behind it. Mend the cause for every such input"
            )
    return None


_VALUES: Final = frozenset({"datetime", "decimal", "fractions", "uuid", "pathlib"})


def _construction(value: Any) -> str:
    """What makes *value*, a date or a ``Decimal``, without its module: ``date(2000, 2, 29)``; empty for other kinds."""
    if type(value).__module__.partition(".")[0] not in _VALUES:
        return ""
    try:
        node = ast.parse(repr(value), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return _construction_of(node) if isinstance(node, ast.Call) else ""


def _construction_of(node: ast.Call) -> str:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return f"{name}({', '.join(map(ast.unparse, [*node.args, *(one.value for one in node.keywords)]))})"


def _calls_compared(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.Is | ast.In) for one in node.ops):
            sides = [node.left, *node.comparators]
            parts = [
                part for side in sides for part in (side.elts if isinstance(side, ast.Tuple | ast.List) else [side])
            ]
            yield from (part for part in parts if isinstance(part, ast.Call) and part.args)


def _shown_node(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_named(value: Any, docstring: str) -> bool:
    """Whether the docstring names *value*: as a literal, or a word of it without quotes ("one euro (EUR) buys")."""
    if repr(value) in docstring:
        return True
    return isinstance(value, str) and value.isidentifier() and re.search(rf"\b{value}\b", docstring) is not None


def _same(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # noqa: BLE001 - an argument's own __eq__ may raise
        return False


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_trivial(value: Any) -> bool:
    """Values that any program compares with: they say nothing about where they come from."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return -2 <= value <= 2
    if isinstance(value, str | bytes):
        return len(value) <= 1
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_trivial(item) for item in value) and len(value) <= 1
    return isinstance(value, dict) and not value


def _literals(tree: ast.AST) -> Iterator[Any]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.UnaryOp):
            try:
                yield ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue


def _compared(function: ast.AST) -> Iterator[tuple[ast.expr, Any, bool]]:
    """Literals that something is compared with or looked up by: node, value, and whether equality is what counts."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for at, operator in enumerate(node.ops):
                positive = isinstance(operator, ast.Eq | ast.In | ast.Is)
                if not positive and not isinstance(operator, ast.NotEq | ast.NotIn):
                    continue
                for side in (sides[at], sides[at + 1]):
                    for value in _literals_of(side, members=isinstance(operator, ast.In | ast.NotIn)):
                        yield side, value, positive
        elif isinstance(node, ast.MatchValue):
            for value in _literals_of(node.value, members=False):
                yield node.value, value, True
        elif isinstance(node, ast.Dict):
            for key in node.keys:
                if key is not None:
                    for value in _literals_of(key, members=False):
                        yield key, value, False


def compares_with(text: str, source: FunctionSource, call: Call) -> bool:
    """Whether a candidate compares something with an argument of *call* that the original does not compare with."""
    try:
        function = function_named(ast.parse(text), source.name)
        known = {repr(value) for value in _literals(ast.parse(source.text))}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    given = [*call.args, *call.kwargs.values(), tuple(call.args)]
    return function is not None and any(
        any(_same(value, one) for one in given)
        for _, value, _ in _compared(function)
        if not _is_trivial(value) and repr(value) not in known
    )


def _searched_for(function: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Texts with digits that something is searched for or split at: words and signs are a format, figures are data."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SEARCHES:
            sides = node.args
        elif isinstance(node, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in node.ops):
            sides = [node.left]
        else:
            continue
        for side in sides:
            if isinstance(side, ast.Constant) and isinstance(side.value, str) and _FIGURES.search(side.value):
                yield side, side.value


def _literals_of(node: ast.expr, *, members: bool) -> Iterator[Any]:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        if isinstance(node, ast.Tuple | ast.List):  # (x, 5) == ...: the literal part counts
            for item in node.elts:
                yield from _literals_of(item, members=False)
        return
    yield value
    if members and isinstance(value, list | tuple | set | frozenset | dict):
        yield from value
