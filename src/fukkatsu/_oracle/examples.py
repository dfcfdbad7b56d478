"""Examples that an author wrote into a docstring: doctests, and calls quoted in prose.

Pure text work on ``ast`` and ``re``: the host reads every docstring with it, and the standard library's ``doctest``
would bring ``pdb`` and ``unittest`` along. The grammar and the comparison of texts follow that module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

_PROMPT: Final = re.compile(r"^(?P<indent>[ ]*)>>>(?:[ ](?P<code>.*))?$")
_EXCEPTION: Final = re.compile(r"^Traceback \((?:most recent call last|innermost last)\):\s*$")
_EXCEPTION_LINE: Final = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?:: ?(?P<text>.*))?$", re.DOTALL)
_FLAGS: Final = re.compile(r"#\s*doctest:\s*([^\n'\"]*)$", re.MULTILINE)
_BLANK_LINE: Final = re.compile(r"^<BLANKLINE>\s*?$", re.MULTILINE)
_ELLIPSIS: Final = "..."


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt of a doctest session.

    Attributes:
        source: Code after ``>>>`` and ``...``, dedented, with a final newline.
        want: Expected text, ``""`` when the author expects none.
        exception: Last component of the expected exception's name, or ``""``.
        message: Its expected text, or ``None`` when only the class counts (``IGNORE_EXCEPTION_DETAIL``).
        line: Line of the docstring, counted from 1.
        flags: Names of the option flags in force (``ELLIPSIS``, ``SKIP`` …).
    """

    source: str
    want: str
    exception: str
    message: str | None
    line: int
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class QuotedCall:
    """A call that the prose states a result for, like ``f(1) => 2``; arguments and result are literals.

    Attributes:
        args: Positional arguments.
        kwargs: Keyword arguments.
        expected: The stated result.
        text: The statement as written.
        line: Line of the docstring, counted from 1.
        digits: Decimal places that the author wrote, when the result is a float: prose rounds.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    expected: Any
    text: str
    line: int
    digits: int | None = None


# --- doctests ---------------------------------------------------------------------------------------------------------


def _flags(source: str) -> frozenset[str]:
    on: set[str] = set()
    for found in _FLAGS.finditer(source):
        for option in found.group(1).replace(",", " ").split():
            if option[0] in "+-":
                (on.add if option[0] == "+" else on.discard)(option[1:])
    return frozenset(on)


def read_doctests(text: str) -> tuple[Example, ...]:
    """The interactive examples in *text*, in order; lines that break the grammar end the example before them."""
    lines = text.expandtabs().split("\n")
    examples: list[Example] = []
    at = 0
    while at < len(lines):
        prompt = _PROMPT.match(lines[at])
        if prompt is None:
            at += 1
            continue
        first, indent = at, len(prompt["indent"])
        code = [prompt["code"] or ""]
        at += 1
        continuation = re.compile(rf"^[ ]{{{indent}}}\.\.\.(?:[ ](.*))?$")
        while at < len(lines) and (more := continuation.match(lines[at])):
            code.append(more.group(1) or "")
            at += 1
        want: list[str] = []
        while at < len(lines) and lines[at].strip() and not _PROMPT.match(lines[at]):
            if len(lines[at]) - len(lines[at].lstrip()) < indent:
                break  # doctest calls this inconsistent; here prose goes on
            want.append(lines[at][indent:].rstrip())
            at += 1
        source = "\n".join(code) + "\n"
        if not any(line.strip() and not line.strip().startswith("#") for line in code):
            continue
        flags = _flags(source)
        exception, message = _expected_exception(want)
        if exception and "IGNORE_EXCEPTION_DETAIL" in flags:
            message = None
        examples.append(Example(source, "\n".join(want) + "\n" if want else "", exception, message, first + 1, flags))
    return tuple(examples)


def _expected_exception(want: Sequence[str]) -> tuple[str, str | None]:
    if not want or not _EXCEPTION.match(want[0]):
        return "", None
    for number, line in enumerate(want[1:], 1):
        if line and not line[0].isspace() and line[0] != "." and (found := _EXCEPTION_LINE.match(line)):
            text = "\n".join([found["text"] or "", *want[number + 1 :]]).strip()
            return found["name"].rpartition(".")[2], text
    return "", None


def texts_agree(want: str, got: str, flags: frozenset[str] = frozenset()) -> bool:
    """Whether doctest would take *got* for *want*, quotation marks of strings aside."""
    want, got = want.rstrip() + "\n", got.rstrip() + "\n"
    if want == got:
        return True
    if "DONT_ACCEPT_TRUE_FOR_1" not in flags and (got, want) in (("True\n", "1\n"), ("False\n", "0\n")):
        return True
    if "DONT_ACCEPT_BLANKLINE" not in flags:
        want = _BLANK_LINE.sub("", want)
    want = "\n".join(line.rstrip() for line in want.split("\n"))
    got = "\n".join(line.rstrip() for line in got.split("\n"))
    if want == got:
        return True
    if "NORMALIZE_WHITESPACE" in flags:
        want, got = " ".join(want.split()), " ".join(got.split())
        if want == got:
            return True
    return "ELLIPSIS" in flags and _ellipsis_agrees(want, got)


def _ellipsis_agrees(want: str, got: str) -> bool:
    if _ELLIPSIS not in want:
        return want == got
    first, *middle, last = want.split(_ELLIPSIS)
    if not got.startswith(first) or not got.endswith(last) or len(first) + len(last) > len(got):
        return False
    start, end = len(first), len(got) - len(last)
    for part in middle:
        found = got.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True


# --- calls quoted in prose --------------------------------------------------------------------------------------------

_STATES: Final = re.compile(
    r"""\s*[`'"]{0,3}\s*(?:\#|//)?\s*
    (?: [=\-]{1,3}> | [➞→⇒⟹↦➔⟶] | \|-> | ={1,3} | :=? (?=\s)
      | ,?\s* (?:(?:it|which|this)\s+)? (?:(?:should|must|shall|will|would)\s+)? (?:also\s+)?
        (?: returns? | return\s+value\s+is | results?\s+(?:in|is) | gives? | yields? | equals? | evaluates?\s+to
          | is\s+equal\s+to | produces? | outputs? | be | is ) (?:\s+equal\s+to)? \s*:?
    ) \s* [`]{0,2} \s*""",
    re.VERBOSE,
)
_INPUT: Final = re.compile(r"^\s*(?:[-*]\s*)?(?:sample\s+|example\s+)?inputs?\s*:\s*(?P<rest>\S.*)$", re.IGNORECASE)
_OUTPUT: Final = re.compile(
    r"^\s*(?:[-*]\s*)?(?:sample\s+|expected\s+|example\s+)?outputs?\s*:\s*(?P<rest>\S.*)$", re.IGNORECASE
)
_WORDS: Final = {"true": True, "false": False, "null": None, "none": None}
_WORD: Final = re.compile(r"[A-Za-z]+(?![\w(\[]|\.\w)")
_LONGEST_LITERAL: Final = (
    4_000  # characters; a docstring that holds more than this in one literal is a table, not prose
)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


def _end_of_brackets(text: str, start: int) -> int | None:
    """Index after the bracket that closes the one at *start*; strings inside are skipped."""
    stack: list[str] = []
    at = start
    while at < min(len(text), start + _LONGEST_LITERAL):
        char = text[at]
        if char in "'\"":
            end = _end_of_string(text, at)
            if end is None:
                return None
            at = end
            continue
        if char in _CLOSING:
            stack.append(_CLOSING[char])
        elif stack and char == stack[-1]:
            stack.pop()
            if not stack:
                return at + 1
        elif char in ")]}":
            return None
        at += 1
    return None


def _end_of_string(text: str, start: int) -> int | None:
    quote, at = text[start], start + 1
    while at < len(text) and text[at] != "\n":
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == quote:
            return at + 1
        at += 1
    return None


def literal(source: str) -> tuple[Any] | None:
    """The value of a literal (``float('inf')`` and ``set()`` included), in a 1-tuple; None when it is not one."""
    try:
        tree = ast.parse(source.strip(), mode="eval").body
        return (_value(tree),)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return None


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "float" and len(node.args) == 1:
            return float(ast.literal_eval(node.args[0]))
        if node.func.id in ("set", "frozenset", "list", "tuple", "dict") and len(node.args) <= 1:
            kind = {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple, "dict": dict}[node.func.id]
            return kind(ast.literal_eval(node.args[0])) if node.args else kind()
    return ast.literal_eval(node)


def _leading_literal(text: str) -> tuple[Any, str] | None:
    """The literal that *text* starts with, and its source."""
    text = text.lstrip()
    if not text:
        return None
    word = _WORD.match(text)
    if word and word.group().lower() in _WORDS:
        return _WORDS[word.group().lower()], word.group()
    if text[0] in "([{":
        end = _end_of_brackets(text, 0)
    elif text[0] in "'\"":
        end = _end_of_string(text, 0)
    else:
        number = re.match(r"[-+]?(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+)[jJ]?|float\(['\"][-+\w]+['\"]\)", text)
        if number is None:
            return None
        end = number.end()
        if text[end - 1] == "." and not re.match(r"\d", text[end : end + 1]):
            end -= 1  # the full stop of a sentence
        rest = text[end : end + 2]
        if rest and (rest[0].isalnum() or rest[0] in "_(["):
            return None  # "2nd", "3x"
        if re.match(r"\s*(?:[-+*/%<>]|\*\*)\s*[\w(]", text[end:].split("\n")[0]):
            return None  # "returns 2 * x": a formula, not a result
    if end is None:
        return None
    source = text[:end]
    if re.match(r"\s*,\s*[-\d'\"(\[]", text[end:].split("\n")[0]) and text[0] not in "([{":
        whole = literal(text.split("\n")[0].rstrip(" .;"))  # a tuple without brackets
        if whole is not None:
            return whole[0], text.split("\n")[0].rstrip(" .;")
        return None
    value = literal(source)
    return (value[0], source) if value is not None else None


def _digits(source: str) -> int | None:
    found = re.fullmatch(r"[-+]?\d*\.(\d+)", source.strip())
    return len(found.group(1)) if found else None


def read_quoted_calls(text: str, name: str, parameters: Sequence[str]) -> tuple[QuotedCall, ...]:
    """Calls of *name* with literal arguments for which *text* states a literal result.

    Read: ``f(1) => 2``, ``f(1) == 2``, ``f(1) = 2``, ``f(1) -> 2``, ``f(1) ➞ 2``, ``f(1) returns 2``, ``f(1) should
    return 2``, and ``Input:`` / ``Output:`` pairs of lines. Lines of doctest sessions are left out. When the docstring
    never calls *name* itself, calls of one other name with the right number of arguments are taken for it: authors
    rename functions and forget the docstring.
    """
    prose = _without_doctests(text)
    found = list(_calls(prose, name))
    if not found and parameters:
        others = {m.group(1) for m in re.finditer(r"\b([A-Za-z_]\w*)\(", prose)} - {name}
        by_name = {other: list(_calls(prose, other)) for other in others if _is_foreign(other)}
        named = {other: calls for other, calls in by_name.items() if calls}
        if len(named) == 1:
            found = [c for c in next(iter(named.values())) if len(c.args) + len(c.kwargs) == len(parameters)]
    found.extend(_input_output(prose, parameters))
    kept: dict[str, QuotedCall] = {}
    for call in found:
        kept.setdefault(repr((call.args, sorted(call.kwargs.items()), call.expected)), call)
    return tuple(kept.values())


def _is_foreign(name: str) -> bool:
    import builtins

    return not hasattr(builtins, name)


def _without_doctests(text: str) -> str:
    """*text* with doctest sessions blanked out, line numbers kept."""
    lines = text.split("\n")
    inside = False
    for at, line in enumerate(lines):
        if line.lstrip().startswith(">>>"):
            inside = True
        elif not line.strip():
            inside = False
        if inside:
            lines[at] = ""
    return "\n".join(lines)


def _calls(prose: str, name: str) -> Iterator[QuotedCall]:
    for start in re.finditer(rf"(?<![\w.]){re.escape(name)}\s?\(", prose):
        end = _end_of_brackets(prose, start.end() - 1)
        if end is None:
            continue
        states = _STATES.match(prose, end)
        if states is None or "\n" in prose[end : states.end()].strip(" \t`'\""):
            continue
        result = _leading_literal(prose[states.end() : states.end() + _LONGEST_LITERAL])
        if result is None:
            continue
        expected, source = result
        try:
            call = ast.parse(f"f{prose[start.end() - 1 : end]}", mode="eval").body
            if not isinstance(call, ast.Call) or any(k.arg is None for k in call.keywords):
                continue
            args = tuple(_value(arg) for arg in call.args)
            kwargs = {str(k.arg): _value(k.value) for k in call.keywords}
        except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
            continue  # arguments that are not literals: prose about the function
        text = f"{prose[start.start() : end]} {prose[end : states.end()].strip()} {source}"
        line = prose.count("\n", 0, start.start()) + 1
        yield QuotedCall(args, kwargs, expected, " ".join(text.split()), line, _digits(source))


def _input_output(prose: str, parameters: Sequence[str]) -> Iterator[QuotedCall]:
    lines = prose.split("\n")
    for at, line in enumerate(lines):
        given = _INPUT.match(line)
        if given is None:
            continue
        answer = next((m for nearby in lines[at + 1 : at + 3] if (m := _OUTPUT.match(nearby))), None)
        if answer is None:
            continue
        result = _leading_literal(answer["rest"])
        arguments = _named_or_bare(given["rest"].strip().rstrip(".;"), parameters)
        if result is None or arguments is None:
            continue
        args, kwargs = arguments
        text = f"{line.strip()} / {answer.group().strip()}"
        yield QuotedCall(args, kwargs, result[0], text, at + 1, _digits(result[1]))


def _named_or_bare(text: str, parameters: Sequence[str]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """``a = 1, b = [2]`` or ``1, [2]`` as arguments, when their number fits the parameters."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call):
            return None
        args = tuple(_value(arg) for arg in call.args)
        kwargs = {str(k.arg): _value(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return None
    if len(args) + len(kwargs) != len(parameters) or not set(kwargs) <= set(parameters):
        return None
    return args, kwargs
