"""One and the same constant for whatever used to crash: an answer, or something to be rid of the exception with?

Where good calls get answers of their own, each its own, and the correction puts one literal, one member of an
enumeration, one date in the place of all that are missing, nothing has been worked out. Its author may want just that:
then the docstring says so, or the original's own text has that value, or the annotation leaves room for ``None``.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._gauntlet.labelling import Answered, Labelled, known_inputs, shown_arguments
from fukkatsu._gauntlet.lints import is_constant
from fukkatsu._gauntlet.promised import documented_exceptions
from fukkatsu._gauntlet.prose import mentions, results_in, sentences, speaks_of
from fukkatsu._gauntlet.texts import ReadText, read_both, read_text
from fukkatsu._oracle import values

FEWEST: Final = 8
"""Inputs that get the constant: fewer may be all of one kind."""
_NEARLY_ALL: Final = 0.9
"""Of those that get it: so many have it in their arguments where it is no invention."""
_EXAMPLES: Final = re.compile(r"^[ \t]*>>>.*(?:\n[ \t]*\S.*)*", re.MULTILINE)
"""What they show is the answer to one call."""
_DEFAULT: Final = re.compile(
    r"\bdefault|\bfall(?:s|ing)? ?back|\botherwise\b|\belse\b|\binstead\b|\bunknown\b|\bplaceholder\b|\bfirst\b|"
    r"\blast\b|\bminimum\b|\bmaximum\b|\bsmallest\b|\blargest\b|\bearliest\b|\blatest\b|\bepoch\b|\bneutral\b",
    re.IGNORECASE,
)
"""Words for a value that stands in for another one, without saying which."""


def check_invented(bench: Bench, crash: Sequence[Answered]) -> tuple[str, Labelled] | None:
    """The reason, and an input, where a constant that nobody speaks of answers what used to crash.

    Nothing, zero and the empty are what many would take without a word: of those a person is told.
    """
    if not bench.checks.constant_body or bench.failure is None:
        return None
    near = [(one, outcome) for one, outcome in crash if one.within and not one.ladder]
    answers = Counter(outcome.value for _, outcome in near if outcome.kind == "returned")
    if not answers:
        return None
    text, count = answers.most_common(1)[0]
    lost = _lost(bench, near)
    if count < FEWEST or (lost is None and 2 * count < answers.total()):
        return None  # where an exception is gone altogether it does not matter how many others are answered rightly
    got = [one for one, outcome in near if outcome.kind == "returned" and outcome.value == text]
    spelt = spelt_answer(bench, text)
    if spelt is None or not _varied(bench, text) or _given(got, text) or _spoken_of(bench, text):
        return None
    one = min(got, key=lambda found: len(found.shown))
    shown = values.render(text, 80)
    said = (
        f"{count} different inputs that used to crash all get {shown} (`{spelt}`), e.g. "
        f"{shown_arguments(one.shown, bench.source.name)}; the original's own answers differ, and its docstring does "
        "not speak of that value"
    )
    if lost is not None:
        return f"{said}, but of {lost}, which the original raised there, and which is raised nowhere now", one
    prose = " ".join(sentences(bench.source.docstring or ""))
    if (
        is_nothing(values.parse(text)) or not prose.strip() or _DEFAULT.search(prose)
    ):  # who says nothing excludes nothing
        bench.notes.append(f"FOR A PERSON TO DECIDE: {said}")
        return None
    return f"{said}. Work the answer out from the arguments, or raise what the docstring says", one


def _lost(bench: Bench, near: Sequence[Answered]) -> str | None:
    """The documented exception that the original raised, where the candidate raises it on none of these inputs."""
    name = bench.crash.exception.rpartition(".")[2]
    if name not in documented_exceptions(bench):
        return None
    return None if any(name == out.exception.rpartition(".")[2] for _, out in near if out.kind == "raised") else name


def spelt_answer(bench: Bench, text: bytes) -> str | None:
    """The constant expression that only the candidate has and that may be this answer; ``None`` where it has none."""
    both = read_both(bench.candidate.text, bench.source)
    if both is None:
        return None
    candidate, original = both
    known = {ast.dump(node) for node in original.below if isinstance(node, ast.expr)}
    stored = {node.id for node in candidate.inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    arguments = {node.arg for node in candidate.inside if isinstance(node, ast.arg)}
    for node in _answers(candidate):
        if ast.dump(node) in known or not _computes_nothing(node, frozenset(stored | arguments)):
            continue
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return ast.unparse(node)
        if values.equal(values.encode(value, iterator_items=0).text, text):
            return ast.unparse(node)
    return None


def _answers(text: ReadText) -> Iterator[ast.expr]:
    """Expressions that may become the result: returned, given to a name, or what a condition or ``or`` ends in."""
    for node in text.below:
        match node:
            case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
                yield value
            case ast.IfExp(body=body, orelse=other):
                yield body
                yield other
            case ast.BoolOp(op=ast.Or(), values=[*_, last]):
                yield last
            case ast.Call(args=[_, last]) if not node.keywords:  # the default of `get`, `next`, `getattr`
                yield last


def _computes_nothing(node: ast.expr, bound: frozenset[str]) -> bool:
    if isinstance(node, ast.Attribute):  # a member of an enumeration, of a module
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in bound
    return is_constant(node, frozenset(), bound)


def _varied(bench: Bench, text: bytes) -> bool:
    """Whether the original's own answers differ from call to call, as a rule.

    Of two kinds of answers, or three, one more of them is no wonder.
    """
    found: dict[bytes, bytes] = {}
    for _, call, expected in reproducible(bench):
        if expected.kind == "returned":
            found[call.arguments] = expected.value
    for one in known_inputs(bench):
        if one.region == "returned" and one.within and not one.ladder:
            found[one.arguments] = one.outcome.value
    different = set(found.values())
    if any(value in (b"true", b"false") for value in (*different, text)):
        return False
    return len(different) > 1 and 2 * len(different) >= len(found)


def _given(inputs: Sequence[Labelled], text: bytes) -> bool:
    """Whether the answer came in with the arguments: ``get(table, key, 5)``."""
    wanted = values.parse(text)
    return sum(wanted in _parts(values.parse(one.shown)) for one in inputs) > _NEARLY_ALL * len(inputs)


def _parts(node: Any) -> list[Any]:
    found = [node]
    for part in found:  # grows while it is walked
        if isinstance(part, list):
            found.extend(part[1:])
    return found


def _spoken_of(bench: Bench, text: bytes) -> bool:
    """Whether docstring, annotation or the original's own text have that value."""
    docstring, shown = _EXAMPLES.sub("", bench.source.docstring or ""), values.render(text, 80)
    annotation = str(bench.original.__annotations__.get("return", ""))
    if text == b"null" and re.search(r"None|Optional|Any|object", annotation):
        return True
    prose = " ".join(sentences(docstring))
    if mentions(shown, results_in(docstring) if text == b"null" else prose):
        return True
    node = values.parse(text)
    if isinstance(node, list) and node[0] == "enum":
        words = [part for part in node[2:] if isinstance(part, str)]
        if any(getattr(part, "attr", getattr(part, "value", None)) in words for part in _author_wrote(bench)):
            return True
        if any(speaks_of(word, prose) for word in words):
            return True
    return any(_same(constant, text) for constant in _constants(bench))


def _constants(bench: Bench) -> Iterator[Any]:
    """Values that the original's text has, or names."""
    for node in _author_wrote(bench):
        if isinstance(node, ast.expr):
            try:
                yield ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue
    for name in bench.facts.global_names:
        if name in bench.original.__globals__:
            yield bench.original.__globals__[name]
    yield from bench.original.__defaults__ or ()
    yield from (bench.original.__kwdefaults__ or {}).values()


def _author_wrote(bench: Bench) -> tuple[ast.AST, ...]:
    """What stands in the original, its docstring left out."""
    original = read_text(bench.source.text, bench.source.name)
    return () if original is None else (*original.function.args.defaults, *original.below)


def _same(value: Any, text: bytes) -> bool:
    return values.encode(value, iterator_items=0, max_nodes=1_000).text == text


def is_nothing(node: Any) -> bool:
    """Whether it is nothing, zero, one, empty, not a number, or made of nothing else."""
    if isinstance(node, list):
        return all(map(is_nothing, node[1:]))
    if isinstance(node, str):
        return re.fullmatch(r"(?:0(?:\.0*)?)?", node) is not None  # a Decimal is written as text
    return node in (None, 0, 1, -1) or (isinstance(node, float) and not math.isfinite(node))
