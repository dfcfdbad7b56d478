"""Signs in what a candidate did that it silences the failure instead of mending the fault, each with its switch.

None of these proves anything: each is a question to the model that the docstring can answer beforehand. The stages that
have outcomes call these; ``lints`` looks at the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, Final

from fukkatsu._gauntlet.prose import mentions, results_in, sentences
from fukkatsu._gauntlet.result_parts import none_inside
from fukkatsu._gauntlet.texts import function_named
from fukkatsu._model.call import Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values
from fukkatsu.policy import Checks

SLOW_FLOOR_SECONDS: Final = 0.020
"""A call faster than this is never too slow: below it the clock measures the machine."""

FEWEST_NEIGHBOURS: Final = 4
"""Fewer inputs than this are no majority."""

SPOILT_SHARE: Final = 0.6
"""When so many of the inputs around good calls crash like the failing call, most changed arguments are invalid."""

SLOW_CALL_SECONDS: Final = 1.0
"""A call slower than this is too slow even when all others are not."""

MOST_SAID: Final = 200
"""Characters of an exception's text that count."""

FAULTS: Final = frozenset({"ZeroDivisionError", "IndexError", "AttributeError", "RecursionError", "OverflowError"})
"""Raised by operations, hardly ever by authors: to raise one on purpose where it came by itself answers nothing."""

_VARYING: Final = re.compile(r"'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\"|\d+(?:\.\d+)?")


def check_slowdown(expected: Outcome, actual: Outcome, checks: Checks) -> str | None:
    """Whether a call takes ``Checks.slowdown`` times longer than the original's, and more than 20 ms."""
    if not checks.slowdown or actual.seconds <= SLOW_FLOOR_SECONDS:
        return None
    if actual.seconds <= checks.slowdown * expected.seconds:
        return None
    times = f"{actual.seconds / expected.seconds:,.0f} times" if expected.seconds > 0 else "far"
    return (
        f"this call takes {actual.seconds * 1000:.0f} ms, {times} longer than the original's "
        f"{expected.seconds * 1000:.2f} ms (Checks.slowdown={checks.slowdown:g}). Do the same work with the same cost"
    )


def check_slowdowns(pairs: Sequence[tuple[Outcome, Outcome]], checks: Checks) -> tuple[int, str] | None:
    """Whether calls (expected, actual) became slow: most of them, or one of them beyond ``SLOW_CALL_SECONDS``.

    One call that takes 50 ms where the original took none may be another algorithm on a large argument, or the machine;
    a candidate that is slow on most calls wastes time by itself.

    Returns:
        Place of the slowest pair and the reason.
    """
    slow = [at for at, (expected, actual) in enumerate(pairs) if check_slowdown(expected, actual, checks) is not None]
    if not slow:
        return None
    worst = max(slow, key=lambda at: pairs[at][1].seconds)
    if 2 * len(slow) <= len(pairs) and pairs[worst][1].seconds <= SLOW_CALL_SECONDS:
        return None
    reason = check_slowdown(*pairs[worst], checks)
    return (worst, reason) if reason is not None else None


def check_result_type(
    outcome: Outcome,
    good: Sequence[Outcome],
    source: FunctionSource,
    checks: Checks,
    arguments: Mapping[str, object] | None = None,
) -> str | None:
    """Whether the failing call's new result is of a type that no good result has, int and float being one type.

    The docstring (a mention of the value or of its type), the return annotation and constants that the original's
    own ``return`` statements name can justify another type; so can the failing call's *arguments* by name: the value
    of a parameter that is there to be a default, and ``None`` for a container with nothing in it.
    """
    if not checks.result_type or outcome.kind != "returned":
        return None
    returned = [g for g in good if g.kind == "returned"]
    if not returned:
        return None
    kinds = {_kind(g.value) for g in returned}
    kind = _kind(outcome.value)
    if kind == "NotImplemented" and source.name.startswith("__") and source.name.endswith("__"):
        return None  # "ask the other operand": what an operator is to answer for an operand that it does not know
    if kind == "coroutine" and kind not in kinds:
        return (
            "the failing call now returns a coroutine that nobody waits for, where every good call returned "
            f"{' or '.join(sorted(kinds))}: write `return await ...`"
        )
    if kind not in kinds:
        shown = values.render(outcome.value, 60)
        if _type_justified(kind, shown, source, kinds) or _handed_in(outcome.value, source, arguments or {}, kinds):
            return None
        usual = " or ".join(sorted(kinds))
        return (
            f"the failing call now returns {shown}, of type {kind}, but every good call returned {usual}. "
            "Return the same kind of value, computed for these arguments"
        )
    return none_inside(outcome, returned, source)


_MERGED: Final[Mapping[str, str]] = {"int": "number", "float": "number", "None": "NoneType"}


@lru_cache(maxsize=1024)  # asked of the same few answers again and again
def _kind(text: bytes) -> str:
    name = values.type_name(text)
    if text.startswith(b'["iterator",') and name != "generator":
        return "iterator"  # a map, a chain: what it yields counts
    if text.startswith(b'["scalar",'):  # numpy's: a sum over nothing is 0 to everybody
        code = text[len(b'["scalar","') :][1:2]
        return "number" if code in b"iuf" else "bool" if code == b"b" else "str" if code == b"U" else name
    return _MERGED.get(name, name)


def _type_justified(kind: str, shown: str, source: FunctionSource, usual: Set[str]) -> bool:
    docstring = source.docstring or ""
    tree = ast.parse(source.text)
    function = function_named(tree, source.name)
    if function is None:
        return True
    if function.returns is not None:
        annotation = ast.unparse(function.returns)
        if kind == "NoneType":
            return "None" in annotation or "Optional" in annotation
        return "|" in annotation or "Union" in annotation or "Any" in annotation or "object" in annotation
    if kind == "NoneType" and re.search(r"(?:__return__|\b_)\s+is\s+None\b", docstring):
        return True  # a clause says so
    if kind == "NoneType" and _IS_NONE.search(docstring):
        return True  # an example shows it
    prose = results_in(docstring)
    if "." in kind and re.search(rf"\b{re.escape(kind.rpartition('.')[2])}s?\b", prose, re.IGNORECASE):
        return True  # "or a new inbox for a slice": a class of one's own goes by its name, in prose as a word
    if _as_a_whole(shown, prose, usual) or (
        kind not in ("NoneType", "number", "str") and re.search(rf"\b{kind}\b", prose)
    ):
        return True
    words = {"str": r"string|str|message|text", "number": r"number|integer|int|float|count|sum|length|index"}.get(kind)
    if words and re.search(
        rf"\b(?:returns?|outputs?|results?|gives?|yields?)\b[^.]{{0,60}}\b(?:{words})s?\b", prose, re.IGNORECASE
    ):
        return True
    return kind in _returned_kinds(function)


def _as_a_whole(shown: str, prose: str, usual: Set[str]) -> bool:
    """Whether *prose* has the value for a result, not for a part of one, and in words that mean no *usual* kind."""
    if shown[:1] not in "([{" and usual & _SEVERAL:
        prose = _DISPLAY.sub(" ", prose)  # ``(None, None)`` says nothing of None
    if shown == "[]" and usual & _SEVERAL:
        return re.search(r"\[\]|\bempty list", prose) is not None  # an empty array, sequence or result is one of those
    return mentions(shown, prose)


_SEVERAL: Final = frozenset({"list", "tuple", "dict", "set", "frozenset", "numpy.ndarray", "ndarray"})
"""Kinds of results that hold others: nothing at all is an empty one."""
_DISPLAY: Final = re.compile(r"\(\s*[\w.'\"-]+\s*(?:,\s*[\w.'\"-]*\s*)+\)|\[[^\[\]]*\]|\{[^{}]*\}")
_IS_NONE: Final = re.compile(r">>>[^\n]*\bis None\s*\n\s*True\b")
_SUBSTITUTE: Final = re.compile(r"default|fallback|otherwise|missing|sentinel|if_(?:none|empty|missing)|fill")
_SPEAKS_OF_NOTHING: Final = re.compile(r"\b(?:empty|no|none|without|if|when|unless)\b", re.IGNORECASE)


def _handed_in(text: bytes, source: FunctionSource, arguments: Mapping[str, object], usual: Set[str]) -> bool:
    """Whether the caller chose this result: through a parameter for it, or by giving nothing to compute it from."""
    for name, value in arguments.items():
        if _SUBSTITUTE.search(name) and values.equal(values.encode(value, iterator_items=0).text, text):
            return True
    said = results_in(source.docstring or "")
    if text != _NONE or _SPEAKS_OF_NOTHING.search(" ".join(sentences(source.docstring or ""))):
        return False  # where the docstring has something to say about it, that counts
    if usual & _SEVERAL:
        return False  # nothing made of nothing is an empty one
    if any(re.search(rf"\b(?:returns?|yields?|gives?)\b[^.]*\b{kind}\b", said, re.IGNORECASE) for kind in usual):
        return False  # ":returns: a new list" is meant for an empty one too
    function = function_named(ast.parse(source.text), source.name)
    if function is None or function.returns is not None:
        return False
    return any(isinstance(value, _CONTAINERS) and not value for value in arguments.values())


_NONE: Final = b"null"
_CONTAINERS: Final = (list, tuple, dict, set, frozenset)

_KIND_OF_NODE: Final[Mapping[type[ast.expr], str]] = {
    ast.Tuple: "tuple",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "str",
    ast.Compare: "bool",
}


def _returned_kinds(function: ast.AST) -> set[str]:
    """Types that the original's own ``return`` statements show, where their expressions show one."""
    kinds = set()
    for node in ast.walk(function):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        for value in (node.value.body, node.value.orelse) if isinstance(node.value, ast.IfExp) else (node.value,):
            if isinstance(value, ast.Constant):
                name = type(value.value).__name__
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                name = _KIND_OF_CALL.get(value.func.id, "")
            elif isinstance(value, ast.UnaryOp):
                name = "bool" if isinstance(value.op, ast.Not) else "number"
            else:
                name = _KIND_OF_NODE.get(type(value), "")
            kinds.add(_MERGED.get(name, name))
    return kinds


_KIND_OF_CALL: Final[Mapping[str, str]] = {
    **{name: name for name in ("str", "list", "tuple", "dict", "set", "bool", "frozenset")},
    **dict.fromkeys(("int", "float", "len", "sum", "round", "abs"), "number"),
    "sorted": "list",
}


def check_neighbours(
    raising: int, neighbours: int, reference: Outcome, checks: Checks, *, spoilt: int = 0, around: int = 0
) -> str | None:
    """Whether most inputs close to the failing one, on which the original crashed as it did there, still crash so.

    Not one of them has to be answered: the failing call alone says what is wanted, and to demand an answer everywhere
    refused a right date parser. Where the same changes made to good calls crash in the same way most of the time
    (*spoilt* of *around*), a changed argument is an invalid one, and its crash says nothing about the fault.
    """
    if SPOILT_SHARE * around <= spoilt and (around >= FEWEST_NEIGHBOURS or 1 < around == spoilt):
        return None
    if not checks.neighbours or neighbours < FEWEST_NEIGHBOURS or 2 * raising <= neighbours:
        return None
    return (
        f"{raising} of {neighbours} inputs close to the failing call still raise {reference.exception} as before: the "
        "failing call is answered, the fault behind it is not mended"
    )


def check_crash_region(
    failing: Outcome, answers: Sequence[Outcome], good: Sequence[Outcome], source: FunctionSource, checks: Checks
) -> str | None:
    """Whether the answers on inputs that used to crash are unlike all good results, and unlike the failing call's."""
    if failing.kind == "returned" and good:
        good = [*good, failing]  # whose type has been judged by itself
    odd = [reason for one in answers if (reason := check_result_type(one, good, source, checks)) is not None]
    if len(answers) >= FEWEST_NEIGHBOURS and 2 * len(odd) > len(answers):
        return f"on {len(odd)} of {len(answers)} inputs that used to crash: {odd[0]}"
    return None


def check_fixed_answers(answers: Sequence[Outcome], source: FunctionSource, checks: Checks) -> str | None:
    """Whether an answer is an empty text, where the original's ``return`` statements spell out all that it says.

    A function that says ``"Yes"`` and ``"No"`` does not say nothing; that it may say "unknown" is another matter.
    """
    if not checks.result_type or not any(one.value == b'""' for one in answers):
        return None
    few = _fixed_answers(source)
    if not few or "" in few or mentions("''", source.docstring or ""):
        return None
    usual = ", ".join(sorted(map(repr, few)))
    return (
        f"an input that used to crash is answered with an empty text, where the original says {usual} and nothing "
        "else. Give one of these answers, or what the docstring says"
    )


@lru_cache(maxsize=64)
def _fixed_answers(source: FunctionSource) -> frozenset[str]:
    """The texts that are all that the function returns; empty where it computes any answer."""
    try:
        function = function_named(ast.parse(source.text), source.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    pending: list[ast.AST] = list(function.body) if function is not None else []
    found: set[str] = set()
    for node in pending:  # grows while it is walked; functions within have returns of their own
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return frozenset()
        if isinstance(node, ast.Return):
            if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
                return frozenset()
            found.add(node.value.value)
        pending.extend(ast.iter_child_nodes(node))
    return frozenset(found) if len(found) > 1 else frozenset()


def same_complaint(one: Outcome, other: Outcome) -> bool:
    """Whether two exceptions say the same, values in their texts aside.

    ``Invalid isoformat string: ''`` and ``month must be in 1..12`` come from one line and are two matters: who mends
    the first may well leave the second to the caller. All groups of exceptions say the same: what is in them counts.
    """
    if one.exception != other.exception:
        return False
    if _GROUP in one.value and _GROUP in other.value:
        return _said_inside(one) == _said_inside(other)
    if one.exception == "KeyError":
        return True  # its text is the key
    first, second = one.message[:MOST_SAID], other.message[:MOST_SAID]
    return _VARYING.sub("", first) == _VARYING.sub("", second)


_GROUP: Final = b'"BaseExceptionGroup"'


def _said_inside(outcome: Outcome) -> set[tuple[str, str]]:
    """Classes and texts, values aside, of the exceptions in a group, and in the groups in it."""
    found = set()
    pending: list[Any] = [values.parse(outcome.value)]
    for node in pending:  # grows while it is walked
        if not isinstance(node, list):
            continue
        pending.extend(node)
        if node[:1] == ["exception"] and len(node) > 3 and "BaseExceptionGroup" not in (node[1], *node[2]):
            found.add((str(node[1]), "" if node[1] == "KeyError" else _VARYING.sub("", str(node[3])[:MOST_SAID])))
    return found
