"""What a docstring promises: examples, PEP 316 clauses, and the exceptions it documents.

The grammar of clauses is PEP 316 as CrossHair reads it::

    line   := INDENT [":"] kw [frame] (":"|"::") [clause]
    kw     := "pre" | "post" | "raises" | "inv"      lower case, first on its line
    frame  := "[" [path {"," path}] "]"              post only; [] = mutates nothing; absent = unspecified
    clause := Python expression; goes on while brackets are open or the line ends in a backslash
    block  := empty clause, then deeper-indented lines, one clause each; "#" and blank lines skipped

Reading never fails and never blocks: what cannot be understood becomes a ``Problem``, to be shown in the report.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from fukkatsu._oracle.announced import OF_OTHERS
from fukkatsu._oracle.examples import Example, QuotedCall, read_doctests, read_quoted_calls
from fukkatsu._oracle.raises import documented_raises, exception_names

ClauseKind: TypeAlias = Literal["pre", "post", "must-raise", "raises", "reason", "answer"]

# Names that a clause may use beside the parameters, the function's globals and the builtins.
CLAUSE_NAMES: Final = frozenset({"__return__", "_", "__old__", "implies", "forall", "exists"})

_HEADER: Final = re.compile(
    r"^(?P<indent>[ ]*):?(?P<kw>pre|post|raises|inv)(?P<frame>\[[^\]]*\])?(?:::|:)(?P<rest>(?:[ \t].*)?)$"
)
_CONDITION: Final = re.compile(r"\b(?:[Ii]f|[Ww]hen|[Ww]henever)\s+(?P<condition>.+?)(?:[.;](?:\s|$)|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise of the author, as a Python expression.

    Attributes:
        kind: ``"pre"`` holds before the call, ``"post"`` after it, ``"must-raise"`` says when *exceptions* are raised,
            ``"raises"`` that no others are, ``"reason"`` what holds when one of them was, ``"answer"`` what prose says
            is returned on a condition.
        text: The expression; ``"True"`` for a clause that is a frame only.
        line: Line of the docstring, counted from 1.
        frame: Parameters that may be mutated, of ``post[...]``; ``None`` when the author said nothing about it.
        exceptions: For ``must-raise``: last components of the exceptions' names; for ``raises`` and ``reason`` the
            qualified names.
        origin: The decorator that says it, ``"icontract.require"``; empty for the docstring.
    """

    kind: ClauseKind
    text: str
    line: int
    frame: tuple[str, ...] | None = None
    exceptions: tuple[str, ...] = ()
    origin: str = ""

    def __str__(self) -> str:
        if self.origin:
            return f"{self.origin}: {self.text}"
        if self.kind == "must-raise":
            return f"raises {', '.join(self.exceptions)} when {self.text}"
        if self.kind == "answer":
            return f"in the docstring's words: {self.text}"
        frame = "" if self.frame is None else f"[{', '.join(self.frame)}]"
        return f"{self.kind}{frame}: {self.text}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that looks like a promise and cannot be read as one."""

    line: int
    text: str
    why: str

    def __str__(self) -> str:
        return f"docstring line {self.line}: `{self.text}` is not checked: {self.why}"


@dataclass(frozen=True, slots=True)
class Promises:
    """All that a docstring says in a form that can be checked.

    Attributes:
        doctests: Interactive examples, in order.
        quoted: Calls stated in prose.
        clauses: ``pre``, ``post`` and must-raise clauses.
        raises: Last components of the names of documented exceptions.
        problems: Lines that could not be read.
    """

    doctests: tuple[Example, ...] = ()
    quoted: tuple[QuotedCall, ...] = ()
    clauses: tuple[Clause, ...] = ()
    raises: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def read_promises(
    docstring: str | None, name: str, parameters: Sequence[str], global_names: frozenset[str] = frozenset()
) -> Promises:
    """Read *docstring* of the function *name*.

    Args:
        docstring: As ``inspect.cleandoc`` gives it; ``None`` promises nothing.
        parameters: Names of the parameters, in order, without ``self``.
        global_names: Names that the function's module defines: a clause may use them.
    """
    if not docstring or not docstring.strip():
        return Promises()
    clauses: list[Clause] = []
    problems: list[Problem] = []
    raises: set[str] = set()
    known = frozenset(parameters) | global_names | CLAUSE_NAMES | frozenset(dir(builtins))
    lines = docstring.expandtabs().split("\n")
    for kind, frame, text, line in _clause_texts(lines, frozenset(parameters)):
        if kind == "raises":
            raises |= exception_names(text)
            continue
        if kind == "inv":
            problems.append(Problem(line, f"inv: {text}", "invariants belong to classes; write it as pre: and post:"))
            continue
        read = _read_clause(kind, frame, text, line, known)
        (clauses if isinstance(read, Clause) else problems).append(read)  # type: ignore[arg-type]  # each list takes what its class says
    for names, text, line in documented_raises(lines):
        raises |= names
        condition = must_raise_condition(text, parameters)
        if condition is not None:
            clauses.append(Clause("must-raise", condition, line, exceptions=tuple(sorted(names))))
    raises |= _mentioned(docstring)
    problems.extend(_near_misses(lines, frozenset(parameters)))
    return Promises(
        doctests=read_doctests(docstring),
        quoted=read_quoted_calls(docstring, name, parameters),
        clauses=tuple(clauses),
        raises=frozenset(raises),
        problems=tuple(problems),
    )


_PROSE_RAISES: Final = re.compile(
    r"\b(?:[Rr]ais(?:es?|ed|ing)|[Tt]hrow(?:s|n|ing)?|[Ff]ails with|[Ss]ignals)\s+(?:an?\s+|the\s+)?"
    r"[`*:]*(?:\w+\.)*(?P<name>[A-Z]\w*)"
)
_PASSIVE: Final = re.compile(
    r"[`*:]*\b(?:\w+\.)*(?P<name>[A-Z]\w*)[`*]*\s+(?:is|are|will be|gets|has to be|must be)\s+(?:raised|thrown)\b"
)
_NEAR_MISS: Final = re.compile(
    r"(?P<what>(?<![\w.])(?:pre|post)(?:\[[^\]]*\])?\s*:(?!:)|^\s*[-*@]?\s*(?:[Pp]re|[Pp]ost|ensures?|requires?)\s*:)\s*(?P<rest>\S.*)"
)
_EXPRESSION: Final = re.compile(r"__return__|__old__|implies\(|[<>=!]=|[<>]|\bin\b|\bnot\b|\bisinstance\(")


def raised_in_prose(docstring: str | None) -> set[str]:
    """Every name that the word "raises" stands before; which of them are exceptions, their module knows."""
    return {match["name"] for match in _said_in_prose(docstring or "")}


def _said_in_prose(docstring: str) -> Iterator[re.Match[str]]:
    """ "Raises ValueError if", "a ValueError is raised if"; not "a step that raises ValueError is skipped"."""
    for match in _PROSE_RAISES.finditer(docstring):
        if not OF_OTHERS.search(docstring[max(0, match.start() - 80) : match.start()]):
            yield match
    yield from _PASSIVE.finditer(docstring)


def _mentioned(docstring: str) -> set[str]:
    """Exceptions that prose says are raised: "Raises ValueError when x is negative"."""
    found = set()
    for match in _said_in_prose(docstring):
        name = match["name"]
        known = getattr(builtins, name, None)
        if name.endswith(("Error", "Exception")) or (isinstance(known, type) and issubclass(known, BaseException)):
            found.add(name)
    return found


def _near_misses(lines: list[str], parameters: frozenset[str]) -> Iterator[Problem]:
    """Lines that look like clauses to a person and are none: a clause has a line of its own, its keyword first."""
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header is not None and header["kw"] not in parameters:
            continue
        miss = _NEAR_MISS.search(line)
        if miss is not None and _EXPRESSION.search(miss["rest"]):
            advice = "not enforced: a clause stands on a line of its own and begins with `pre:` or `post:`"
            yield Problem(number, f"{miss['what'].strip()} {miss['rest'].strip()}", advice)


# --- PEP 316 ----------------------------------------------------------------------------------------------------------


def _clause_texts(lines: list[str], parameters: frozenset[str]) -> Iterator[tuple[str, str | None, str, int]]:
    """``(keyword, frame, expression text, line)`` of every header and of every line of a block."""
    at = 0
    while at < len(lines):
        header = _HEADER.match(lines[at])
        at += 1
        if header is None or header["kw"] in parameters:  # ``pre: the prefix`` documents a parameter
            continue
        rest, frame, indent = header["rest"].strip(), header["frame"], len(header["indent"])
        if rest:
            start = at
            rest, at = _continued(rest, lines, at)
            yield header["kw"], frame, rest, start
            continue
        block = False
        while at < len(lines):
            line = lines[at]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            at += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            start = at
            text, at = _continued(line.strip(), lines, at)
            block = True
            yield header["kw"], frame, text, start
        if not block and frame is not None:
            yield header["kw"], frame, "True", at  # ``post[]:`` alone: nothing is mutated


def _continued(text: str, lines: list[str], at: int) -> tuple[str, int]:
    """*text* with the lines that continue it, and the index after them."""
    while at < len(lines):
        if text.endswith("\\"):
            text = text[:-1].rstrip() + " " + lines[at].strip()
        elif _open_brackets(text) and lines[at].strip():
            text = text + " " + lines[at].strip()
        else:
            break
        at += 1
    return text.rstrip("\\").rstrip(), at


def _open_brackets(text: str) -> bool:
    without_strings = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "", text)
    return sum(map(without_strings.count, "([{")) > sum(map(without_strings.count, ")]}"))


def _read_clause(kind: str, frame: str | None, text: str, line: int, known: frozenset[str]) -> Clause | Problem:
    shown = f"{kind}{frame or ''}: {text}"
    if frame is not None and kind != "post":
        return Problem(line, shown, "only post: takes a frame in brackets")
    try:
        tree = _parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return Problem(line, shown, f"it is not a Python expression ({getattr(error, 'msg', error)})")
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {
        a.arg for n in ast.walk(tree) if isinstance(n, ast.Lambda) for a in ast.walk(n.args) if isinstance(a, ast.arg)
    }
    unknown = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - known - bound)
    if unknown:
        return Problem(line, shown, f"unknown name {unknown[0]!r}: neither a parameter nor a global of the function")
    if kind == "pre":
        late = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} & {"__return__", "__old__"})
        if late:
            return Problem(line, shown, f"{late[0]} does not exist before the call")
    paths = None if frame is None else tuple(p.strip() for p in frame[1:-1].split(",") if p.strip())
    return Clause("pre" if kind == "pre" else "post", text, line, paths)


def _parse(text: str) -> ast.Expression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ``x is 0`` warns; authors write it in prose
        return ast.parse(text, mode="eval")


# --- documented exceptions --------------------------------------------------------------------------------------------


def must_raise_condition(text: str, parameters: Sequence[str]) -> str | None:
    """The expression after "if" or "when" in *text*, where it is one over the parameters alone."""
    found = _CONDITION.search(text.strip())
    if found is None or not parameters:
        return None
    condition = re.sub(r"`+", "", found["condition"]).strip().rstrip(".,:")
    try:
        tree = _parse(in_symbols(condition))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    if (
        not names & set(parameters)
        or not names - called - (_TYPES if called == {"isinstance"} else set()) <= set(parameters)
        or not called <= {"len", "abs", "isinstance"}
    ):
        return None
    if any(isinstance(n, ast.Call) and not isinstance(n.func, ast.Name) for n in ast.walk(tree)):
        return None  # a method may do anything to the argument
    if isinstance(tree.body, ast.Name | ast.Attribute | ast.Subscript):
        return None  # "if value": the rest of the sentence got lost; a bare name is hardly ever the whole condition
    return ast.unparse(_IsLiteral().visit(tree))


_TYPES: Final = frozenset({"int", "float", "str", "list", "dict", "tuple", "set", "bool", "bytes"})
_BOUND: Final = r"-?\d+(?:\.\d+)?|[A-Za-z_]\w*"
_OUTSIDE: Final = r"(?:not between|outside(?: of)?(?: the range)?|not in (?:the )?range|out of (?:the )?range)"
_WORDED: Final = (
    (re.compile(r"\b(\w+) (?:is|was|equals|is equal to) (?:zero|0)$"), r"\1 == 0"),
    (re.compile(r"\b(\w+) is (?:not|non)[- ]?zero$"), r"\1 != 0"),
    (re.compile(r"\b(\w+) (?:is|was) (?:negative|less than (?:zero|0)|below (?:zero|0))$"), r"\1 < 0"),
    (re.compile(r"\b(\w+) (?:is|was) (?:not positive|zero or (?:negative|less|below))$"), r"\1 <= 0"),
    (re.compile(r"\b(\w+) (?:is|was) (?:an )?empty(?: (?:list|string|text|dict|tuple|set))?$"), r"len(\1) == 0"),
    (re.compile(rf"\b(\w+) (?:is|was) (?:(?:less|smaller|lower) than|below|under) ({_BOUND})$"), r"\1 < \2"),
    (
        re.compile(rf"\b(\w+) (?:(?:is|was) (?:(?:more|greater|larger|higher) than|above|over)|exceeds) ({_BOUND})$"),
        r"\1 > \2",
    ),
    (re.compile(rf"\b(\w+) is at least ({_BOUND})$"), r"\1 >= \2"),
    (re.compile(rf"\b(\w+) is at most ({_BOUND})$"), r"\1 <= \2"),
    (re.compile(rf"\b(\w+) is {_OUTSIDE} ({_BOUND})(?: and | to |\.\.\.?|-|–)({_BOUND})$"), r"not \2 <= \1 <= \3"),
    (
        re.compile(rf"\b(\w+) is (?:less than|below) ({_BOUND}) or (?:greater than|more than|above) ({_BOUND})$"),
        r"\1 < \2 or \1 > \3",
    ),
    (re.compile(r"\b(\w+) is not an? (?:int|integer|whole number)$"), r"not isinstance(\1, int)"),
    (re.compile(r"\b(\w+) is not a number$"), r"not isinstance(\1, (int, float))"),
    (re.compile(r"\b(\w+) is not an? (?:str|string|text)$"), r"not isinstance(\1, str)"),
    (re.compile(r"\b(\w+) is not an? (list|dict|tuple|set|bool|bytes)$"), r"not isinstance(\1, \2)"),
)


def in_symbols(condition: str) -> str:
    """A condition in the commonest words as an expression: ``x is zero`` is ``x == 0``; any other as it stands."""
    bare = re.sub(r"^the (?:(?:given|argument|parameter|value of) )?", "", condition.strip())
    for pattern, symbols in _WORDED:
        if pattern.fullmatch(bare):
            return pattern.sub(symbols, bare)
    return condition


def must_raise_in_prose(docstring: str | None, parameters: Sequence[str]) -> tuple[Clause, ...]:
    """What sentences say about exceptions, "raises ValueError if n < 0", where the condition is an expression.

    Prose is no contract: this tells whether an exception is one that the author wants, not that it must come.
    """
    found = []
    for match in _said_in_prose(docstring or ""):
        text = " ".join((docstring or "")[match.end() :].lstrip("`*").split())
        if not re.match(r"(?:if|when|whenever)\b", text, re.IGNORECASE):
            continue
        condition = must_raise_condition(text, parameters)
        if condition is not None:
            found.append(Clause("must-raise", condition, 1, exceptions=(match["name"],)))
    return tuple(found)


class _IsLiteral(ast.NodeTransformer):
    """``y is 0`` in prose means equality."""

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        for at, (operator, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            is_value = isinstance(right, ast.Constant | ast.UnaryOp | ast.List | ast.Tuple | ast.Dict)
            if is_value and not (isinstance(right, ast.Constant) and right.value is None):
                if isinstance(operator, ast.Is):
                    node.ops[at] = ast.Eq()
                elif isinstance(operator, ast.IsNot):
                    node.ops[at] = ast.NotEq()
        return node
