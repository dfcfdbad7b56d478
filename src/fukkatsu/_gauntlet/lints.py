"""Signs in a candidate's text that it silences the failure instead of mending it, each with its switch in `Checks`.

None of these proves anything: each is a question to the model ("why does this constant answer everything?") that the
docstring can answer beforehand. Measured on public programs, together they stop most patches that only look right
(Qi et al., ISSTA 2015, doi:10.1145/2771783.2771791: most accepted patches of early repair tools deleted behaviour).
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from fukkatsu._gauntlet.failing_literal import failing_literal
from fukkatsu._gauntlet.prose import answers_in, mentions, sentences, states, without_parameters
from fukkatsu._gauntlet.texts import Function, ReadText, read_both, read_text
from fukkatsu._language.textgate import flatten
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
_ANSWERING: Final[frozenset[type[ast.AST]]] = frozenset({ast.Return, ast.Yield, ast.YieldFrom})
_MANY_KINDS: Final = 4  # who catches so many kinds does not know what may happen there
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
        candidate, original = read_text(text, source.name), read_text(source.text, source.name)
        if candidate is None or original is None:
            return None
        found = None
        if checks.constant_body:
            found = _constant_body(candidate, original)
        if found is None and checks.broad_except:
            found = _swallows(candidate, original, source.docstring or "")
        if found is None and checks.failing_literal and failing_call is not None:
            found = failing_literal(candidate, original, source.docstring or "", failing_call)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found


def _parameters(function: Function) -> list[str]:
    every = function.args
    named = [*every.posonlyargs, *every.args, *([every.vararg] if every.vararg else []), *every.kwonlyargs]
    return [a.arg for a in [*named, *([every.kwarg] if every.kwarg else [])]]


def _reads(text: ReadText, names: set[str]) -> bool:
    """Whether the body reads one of *names*."""
    return any(type(node) is ast.Name and node.id in names and type(node.ctx) is ast.Load for node in text.below)


def _constant_body(candidate: ReadText, original: ReadText) -> str | None:
    function = candidate.function
    parameters = set(_parameters(function)) - {"self", "cls"}
    if not _reads(original, parameters):
        return None
    result = [s for s in candidate.body if not isinstance(s, ast.Pass)]
    answers = not _ANSWERING.isdisjoint(map(type, candidate.below))
    if answers and not _reads(candidate, parameters):  # one that never answers is for the sandbox's clock
        return (
            f"the body of {function.name} no longer looks at any argument, so it answers the same whatever it is "
            "given. Compute the answer from the arguments"
        )
    returns = [s for s in result if isinstance(s, ast.Return)]
    if (
        returns
        and returns[0] is result[0]
        and returns[0].value is not None
        and is_constant(returns[0].value, frozenset())
    ):
        return f"{function.name} returns the constant `{ast.unparse(returns[0].value)}` before it looks at any argument"
    return None


def is_constant(node: ast.expr, parameters: frozenset[str], bound: frozenset[str] | None = None) -> bool:
    """Whether *node* computes nothing: a literal, an empty container, or a parameter handed back.

    Where the names that the function *bound* itself are known, so is a call like ``Decimal("0")`` or ``np.zeros(2)``
    that gets nothing but constants.
    """
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id in parameters
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand, frozenset())
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(is_constant(item, parameters) for item in node.elts)
    if isinstance(node, ast.Dict):
        return all(k is not None and is_constant(k, parameters) for k in node.keys) and all(
            is_constant(v, parameters) for v in node.values
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id in _EMPTY_CONSTRUCTORS and not node.args:
            return True
        if node.func.id in {"float", "int", "str"}:
            return all(is_constant(a, frozenset()) for a in node.args)
    if isinstance(node, ast.Call) and bound is not None and _root(node.func) not in (None, *bound):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return all(is_constant(a, frozenset(), bound) for a in given)
    return False


def _root(node: ast.expr) -> str | None:
    """The name that a dotted name begins with: ``np`` of ``np.linalg.norm``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _statements(nodes: Sequence[ast.AST]) -> int:
    return sum(isinstance(node, ast.stmt) for node in nodes)


def _statements_below(statements: Sequence[ast.stmt]) -> int:
    return sum(_statements(flatten(statement)) for statement in statements)


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
        if value is not None and not is_constant(value, parameters, bound):
            return False
        answer = value
    return answer


def _swallows(candidate: ReadText, original: ReadText, docstring: str) -> str | None:
    function = candidate.function
    every = [node for node in candidate.nodes if isinstance(node, ast.Try | ast.TryStar)]
    every += _suppressing(candidate, original)
    if _gathers_exceptions(candidate) and not _gathers_exceptions(original) and not _of_all(candidate, docstring):
        return (
            "gather(return_exceptions=True) puts exceptions of any kind among the results, which the docstring does "
            "not promise. Mend the cause, or catch the one expected exception around the one call that may raise it"
        )
    if not every:
        return None
    if (widened := _widened(candidate, original)) is not None:
        return (
            f"line {widened.lineno}: it catches any exception, where the author catches only some: what is to pass "
            "would not pass any more. Catch what the author catches, and the one exception that failed"
        )
    known = {ast.dump(node) for node in original.nodes if isinstance(node, ast.ExceptHandler)}
    before = max(1, _statements(original.below))
    parameters = frozenset(_parameters(function))
    stored = (n.id for n in candidate.inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    bound = parameters.union(stored)
    documented = read_promises(docstring, function.name, tuple(parameters), frozenset()).raises if docstring else ()
    for tries in every:
        # Asked for at most once for each try, whatever the number of its handlers.
        holds_all = cache(partial(_holds_all, tries, original))
        statements = cache(partial(_statements_below, tries.body))
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
            broad = any(kind in _BROAD for kind in caught) or len(set(caught)) >= _MANY_KINDS
            if not (broad or whole) or _justified(answer, docstring):
                continue
            scope = "any exception" if broad else f"{', '.join(caught)} from the whole body"
            return (
                f"{kinds} (line {handler.lineno}) turns {scope} into {shown}, which the docstring does not promise. "
                "Mend the cause, or catch the one expected exception around the one statement that may raise it"
            )
    return None


_OF_FAILURES: Final = re.compile(r"\b(?:fail|exception|error|skip|ignor|left out|leave out)", re.IGNORECASE)


def _of_all(candidate: ReadText, docstring: str) -> bool:
    """Whether the docstring speaks of failures; where it names their classes, the candidate asks for one of these."""
    if not _OF_FAILURES.search(docstring):
        return False
    named = set(_NAMED_FAILURE.findall(docstring))
    return not named or any(isinstance(node, ast.Name) and node.id in named for node in candidate.nodes)


_NAMED_FAILURE: Final = re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b")


def _gathers_exceptions(text: ReadText) -> bool:
    return any(
        isinstance(node, ast.keyword)
        and node.arg == "return_exceptions"
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
        for node in text.nodes
    )


def _widened(candidate: ReadText, original: ReadText) -> ast.ExceptHandler | None:
    """A handler for everything in the place of one of the author's, who has none for everything."""
    before, now = (
        [(node, set(_caught(node))) for node in text.nodes if isinstance(node, ast.ExceptHandler)]
        for text in (original, candidate)
    )
    if not before or any(kinds & _BROAD for _, kinds in before):
        return None
    kept = set().union(*(kinds for _, kinds in now))
    gone = any(not kinds & kept for _, kinds in before)
    return next((node for node, kinds in now if kinds & _BROAD), None) if gone else None


def widened_to_base(text: str, source: FunctionSource) -> tuple[int, str, str] | None:
    """A handler for a base class in the place of one of the author's: its line, the author's class and the base."""
    both = read_both(text, source)
    if both is None:
        return None
    now, before = (
        [(node, set(_caught(node))) for node in one.nodes if isinstance(node, ast.ExceptHandler)] for one in both
    )
    known = set().union(*(kinds for _, kinds in before))
    kept = set().union(*(kinds for _, kinds in now))
    for node, kinds in now:
        for wide in kinds - known:
            base = getattr(builtins, wide, None)
            for narrow in known - kept:
                own = getattr(builtins, narrow, None)
                if isinstance(base, type) and isinstance(own, type) and own is not base and issubclass(own, base):
                    return node.lineno, narrow, wide
    return None


def _suppressing(candidate: ReadText, original: ReadText) -> list[ast.Try | ast.TryStar]:
    """Each ``with suppress(...)`` that the original has not, as a ``try``: what follows it answers."""
    if not any(isinstance(node, ast.With) for node in candidate.nodes):
        return []
    known = {ast.dump(node) for node in original.nodes if isinstance(node, ast.With)}
    found: list[ast.Try | ast.TryStar] = []
    for parent in candidate.nodes:
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(parent, field, None)
            if not isinstance(statements, list):
                continue
            for node, following in zip(statements, [*statements[1:], None], strict=False):
                if not isinstance(node, ast.With) or ast.dump(node) in known:
                    continue
                for item in node.items:
                    call = item.context_expr
                    if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] != "suppress":
                        continue
                    answer: list[ast.stmt] = [following] if isinstance(following, ast.Return) else [ast.Pass()]
                    handler = ast.ExceptHandler(ast.Tuple(call.args, ast.Load()), None, answer)
                    tries = ast.Try(node.body, [handler], [], [])
                    found.append(ast.copy_location(tries, node))
                    ast.copy_location(handler, node)
    return found


def _holds_all(tries: ast.Try | ast.TryStar, original: ReadText) -> bool:
    """Whether the ``try`` encloses everything that the original does."""
    enclosed = {ast.dump(statement) for statement in tries.body}
    return all(ast.dump(statement) in enclosed for statement in original.body)


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
        said = _ANSWERS.search(whole) and _CONDITIONAL.search(whole) and mentions(shown, sentence)
        if not said and not states(shown, whole):
            continue
        if opposite is None or not mentions(opposite, sentence):
            return True
        otherwise = re.search(r"\b(?:otherwise|else)\b", whole)  # "True if valid, otherwise False": one is the rest
        if otherwise is None or mentions(shown, whole[max(0, otherwise.start() - 12) :]):
            return True
    return False
