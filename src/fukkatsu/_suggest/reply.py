"""From what a model said to the source text of a candidate, without guessing and without running anything.

A reply holds a candidate when exactly one piece of Python in it defines the function. Everything else is refused with
a reason that the next prompt repeats.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Final

from fukkatsu._language.indent import dedent_source
from fukkatsu._suggest.trimmed import trimmed

REPLY_CHARACTERS: Final = 256 * 1024
_PYTHON: Final = frozenset({"", "python", "py", "python3", "py3", "python2", "pyi"})
_INCOMPLETE_INPUT: Final = 0x4000  # PyCF_ALLOW_INCOMPLETE_INPUT: the parser tells "ends too early" from "wrong"
# possessive: a line of a hundred thousand tildes with a backtick behind them is read once
_FENCE: Final = re.compile(r"^(?P<indent>[ \t]*+)(?P<fence>`{3,}+|~{3,}+)(?P<info>[^`\n]*+)$", re.MULTILINE)
_THOUGHT: Final = re.compile(r"\s*<(think|thinking|reasoning)>(?P<rest>.*?)(?P<end></\1>|\Z)", re.DOTALL)
_DECLINED: Final = re.compile(
    r"\b(?:I(?:'|’)?m sorry|I am sorry|sorry, but|I apologi[sz]e|I can(?:'|’)?t|I cannot|I can not|I am unable|"
    r"I(?:'|’)?m unable|I won(?:'|’)?t|I will not|I am not able|I(?:'|’)?m not able|unable to (?:help|assist|comply)|"
    r"as an AI)\b",
    re.IGNORECASE,
)
_CODE_BEGINS: Final = re.compile(r"[ \t]*(?:(?:async[ \t]+def|def|import|from)[ \t]|@)[ \t]*\S")
_PROSE_LINES: Final = 2_000
_PROSE_TRIES: Final = 300
_PROSE_CHARACTERS: Final = 1024 * 1024  # parsed in all: about a second
_CLOSINGS: Final = 20

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class ReplyRefusal(Exception):  # noqa: N818 - a verdict on a reply, as "compile refusal" is on a candidate
    """The reply holds no candidate; the text says why, in words that help the model to do better."""


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    tree: ast.Module | None
    trouble: str  # why it does not parse
    truncated: bool = False

    def functions(self) -> list[str]:
        return [node.name for node in self.tree.body if isinstance(node, _Function)] if self.tree else []


def parse_reply(text: str, name: str, original: str = "") -> str:
    """The one piece of Python in *text* that defines *name* at its top level.

    Args:
        text: What the model said: a fenced block, several, prose around code, or code alone.
        name: The function's name.
        original: Source text of the function as it is: a block that only repeats it ("Before: ...") is no suggestion.

    Returns:
        Source text, dedented, with ``\\n`` line ends, ending in one. Imports and further functions of the same block
        are part of it. It parses; nothing else is known about it, and nothing of it was executed.

    Raises:
        ReplyRefusal: Empty, declined, cut off, not Python, another name, more than one definition, no function.
    """
    if not isinstance(text, str):
        raise ReplyRefusal(f"the answer is {type(text).__name__}, not text")
    if len(text) > REPLY_CHARACTERS:
        raise ReplyRefusal(f"the answer has {len(text):,} characters; at most {REPLY_CHARACTERS:,} are read")
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = _without_thoughts(text)
    if not text.strip():
        raise ReplyRefusal("the answer is empty")
    blocks, other_languages, unclosed = _fenced_blocks(text, name)
    if unclosed:
        raise ReplyRefusal(f"the answer is cut off: a code block ({unclosed}) is never closed")
    if blocks:
        repeated = _meaning(_block(original), name) if original and len(blocks) > 1 else None
        others = [block for block in blocks if repeated is None or _meaning(block, name) != repeated]
        chosen = _choose(others or blocks, text, name)
    elif other_languages:
        shown = ", ".join(f"```{language}" for language in other_languages)
        raise ReplyRefusal(_declined(text) or f"the answer has no Python block, only {shown}; use ```python")
    else:
        chosen = _unfenced(text, name)
    return trimmed(chosen.text.strip("\n") + "\n", name)


def _without_thoughts(text: str) -> str:
    """Local models think aloud before they answer; what they consider there is not the answer."""
    match = _THOUGHT.match(text)
    if match is None:
        return text
    if not match["end"]:
        raise ReplyRefusal("the answer is cut off: it ends while the model was still thinking")
    return text[match.end() :]


def _fenced_blocks(text: str, name: str) -> tuple[list[_Block], list[str], str]:
    """Python blocks, the languages of the others, and the opening line of a block that never ends."""
    blocks: list[_Block] = []
    others: list[str] = []
    position = 0
    while (opening := _FENCE.search(text, position)) is not None:
        closings = _closings(text, opening)
        if not closings:
            return blocks, others, opening.group().strip()
        language = opening["info"].strip().split(" ")[0].split("{")[0].strip(".").lower()
        if language not in _PYTHON:
            others.append(language)
            position = closings[0].end()
            continue
        block, closing = _widest_needed(text, opening, closings, name)
        blocks.append(block)
        position = closing.end()
    return blocks, others, ""


def _closings(text: str, opening: re.Match[str]) -> list[re.Match[str]]:
    """Lines that may end the block: the same character, at least as many, nothing behind it (CommonMark 4.5)."""
    found = []
    for match in _FENCE.finditer(text, opening.end()):
        fence = match["fence"]
        if fence[0] == opening["fence"][0] and len(fence) >= len(opening["fence"]) and not match["info"].strip():
            found.append(match)
            if len(found) == _CLOSINGS:
                break
    return found


def _widest_needed(
    text: str, opening: re.Match[str], closings: list[re.Match[str]], name: str
) -> tuple[_Block, re.Match[str]]:
    """The block up to its first closing line; up to a later one only where that one stands inside a string."""
    first: _Block | None = None
    for closing in closings:
        if first is not None and (closing.start() - opening.end()) * len(closings) > _PROSE_CHARACTERS:
            break  # each further try parses the whole block anew
        block = _block(_unindented(text[opening.end() + 1 : closing.start()], opening["indent"]))
        if block.tree is not None:
            return (block, closing) if first is None or name in block.functions() else (first, closings[0])
        if "triple-quoted" not in block.trouble:
            break
        first = first or block
    return first or block, closings[0]


def _unindented(block: str, indent: str) -> str:
    """A fence inside a list item is indented, and so is each line behind it (CommonMark 4.5, example 131)."""
    if not indent:
        return block
    return "\n".join(line[len(indent) :] if line.startswith(indent) else line for line in block.split("\n"))


def _block(text: str) -> _Block:
    try:
        return _Block(text, ast.parse(text), "")
    except IndentationError as error:
        moved = dedent_source(text)  # a method, answered with the indentation that it had in its class
        if moved != text:
            return _block(moved)
        return _Block(text, None, _trouble(error), _ends_too_early(text, error))
    except SyntaxError as error:
        return _Block(text, None, _trouble(error), _ends_too_early(text, error))
    except (ValueError, MemoryError, RecursionError) as error:  # NUL, lone surrogates, nesting without end
        return _Block(text, None, f"{type(error).__name__}: {str(error) or 'nested too deeply'}")


def _trouble(error: SyntaxError) -> str:
    return f"line {error.lineno}: {error.msg}"


def _ends_too_early(text: str, error: SyntaxError) -> bool:
    said = (error.msg or "").replace("expected an indented", "")
    if (error.lineno or 0) >= len(text.rstrip().split("\n")) and "indent" not in said and "too many" not in said:
        return True  # in its last line, so more was to come
    try:
        compile(text, "<reply>", "exec", ast.PyCF_ONLY_AST | _INCOMPLETE_INPUT, dont_inherit=True)
    except SyntaxError as again:
        return "incomplete input" in (again.msg or "") or "was never closed" in (again.msg or "")
    except (ValueError, MemoryError, RecursionError):
        return False
    return False


def _choose(blocks: list[_Block], text: str, name: str) -> _Block:
    defining = [block for block in blocks if name in block.functions()]
    broken = [block for block in blocks if block.tree is None and _mentions(block.text, name)]
    if broken and defining:
        raise ReplyRefusal(f"{len(broken) + len(defining)} blocks define `{name}`; give it once, in one block")
    if broken:
        raise _refusal_of(broken[0])
    if not defining:
        return _refuse_without(name, blocks, text)
    if len({ast.dump(block.tree) for block in defining if block.tree}) > 1:
        raise ReplyRefusal(f"{len(defining)} blocks define `{name}`, each in another way; give it once, in one block")
    chosen = _single(defining[0], name)
    _check_complete(chosen, [block for block in blocks if block not in defining], name)
    return chosen


def _meaning(block: _Block, name: str) -> str | None:
    """The function's own tree, without its docstring; ``None`` where the block does not define it alone."""
    if block.functions() != [name] or block.tree is None:
        return None
    function = next(node for node in block.tree.body if isinstance(node, _Function))
    start = 1 if ast.get_docstring(function) is not None else 0
    return "\n".join(map(ast.dump, (function.args, *function.body[start:])))


def _single(block: _Block, name: str) -> _Block:
    count = block.functions().count(name)
    if count > 1:
        raise ReplyRefusal(f"the answer defines `{name}` {count} times; give it once")
    return block


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\bdef\s+{re.escape(name)}\s*[(\[]", text) is not None


def _refusal_of(block: _Block) -> ReplyRefusal:
    if block.truncated:
        return ReplyRefusal(f"the answer is cut off ({block.trouble}); give the whole function")
    return ReplyRefusal(f"the answer is not Python ({block.trouble})")


def _refuse_without(name: str, blocks: list[_Block], text: str) -> _Block:
    declined = _declined(text)
    if declined:
        raise ReplyRefusal(declined)
    trees = [block.tree for block in blocks if block.tree is not None]
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and any(isinstance(n, _Function) and n.name == name for n in node.body):
                raise ReplyRefusal(
                    f"`{name}` stands inside `class {node.name}`; give the function alone, at the top level"
                )
    others = [other for block in blocks for other in block.functions()]
    if others:
        raise ReplyRefusal(f"the answer defines {', '.join(f'`{o}`' for o in others[:5])}, not `{name}`; keep the name")
    for block in blocks:
        if block.tree is None:
            raise _refusal_of(block)
    raise ReplyRefusal(f"the answer defines no function; give the whole `def {name}`")


def _check_complete(chosen: _Block, others: list[_Block], name: str) -> None:
    """Refuse when the function uses what only another block defines: which one it means would be a guess."""
    assert chosen.tree is not None  # noqa: S101 - it defines the function, so it parsed
    used = {node.id for node in ast.walk(chosen.tree) if isinstance(node, ast.Name)}
    own = _bound(chosen.tree)
    for block in others:
        elsewhere = sorted((_bound(block.tree) & used) - own) if block.tree is not None else []
        if elsewhere:
            shown = ", ".join(f"`{word}`" for word in elsewhere)
            raise ReplyRefusal(f"`{name}` uses {shown} from another block; put everything into one block")


def _bound(tree: ast.Module) -> set[str]:
    """Names of functions, classes and imports at the top level."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, (*_Function, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
    return names


def _declined(text: str) -> str:
    """A refusal in the model's own words, or ``""``."""
    match = _DECLINED.search(text)
    if match is None:
        return ""
    sentence = " ".join(text[match.start() : match.start() + 160].split())
    return f"the model declined: {sentence}"


def _unfenced(text: str, name: str) -> _Block:
    whole = _block(text)
    if name in whole.functions():
        return _single(_without_closing_words(whole), name)
    lines = text.split("\n")
    if whole.tree is None and _mentions(text, name) and len(lines) <= _PROSE_LINES:
        found = _code_in_prose(lines, name)
        if found is not None:
            return _single(found, name)
        begins = next((n for n, line in enumerate(lines) if _CODE_BEGINS.match(line) and _mentions(line, name)), 0)
        raise _refusal_of(_block("\n".join(lines[begins:])))
    if whole.tree is not None:
        return _refuse_without(name, [whole], text)
    if _declined(text):
        raise ReplyRefusal(_declined(text))
    others = re.findall(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", text, re.MULTILINE)  # \s would run over blank lines
    if others and name not in others:
        raise ReplyRefusal(f"the answer defines {', '.join(f'`{o}`' for o in others[:5])}, not `{name}`; keep the name")
    if whole.truncated and text.lstrip().startswith(("def ", "async def ", "import ", "from ", "@")):
        raise _refusal_of(whole)
    raise ReplyRefusal(f"the answer holds no Python; give the whole `def {name}` in one ```python block")


def _without_closing_words(block: _Block) -> _Block:
    """A closing "Done" behind code without a fence is a name to the parser, and a sentence to the reader."""
    body = block.tree.body if block.tree is not None else []
    end = len(body)
    while end > 1 and _is_word(body[end - 1]):
        end -= 1
    return block if end == len(body) else _block("\n".join(block.text.split("\n")[: body[end - 1].end_lineno]))


def _is_word(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Name)


def _code_in_prose(lines: list[str], name: str) -> _Block | None:
    """The code among sentences: from the first line that begins like code to the furthest line up to which it parses.

    It ends with the last function or import, since sentences follow that may parse as well.
    """
    tries = characters = 0
    for begin, line in enumerate(lines):
        if not _CODE_BEGINS.match(line):
            continue
        end = len(lines)
        while end > begin:
            if not lines[end - 1].strip():
                end -= 1
                continue
            text = "\n".join(lines[begin:end])
            tries += 1
            characters += len(text)
            if tries > _PROSE_TRIES or characters > _PROSE_CHARACTERS:
                return None
            block, wrong = _parsed(text)
            if block is None:  # what is wrong in a line stays wrong however much follows it
                end = min(end - 1, begin + wrong - 1)
                continue
            if name not in block.functions():
                break
            code = [n for n in block.tree.body if isinstance(n, (*_Function, ast.Import, ast.ImportFrom))]  # type: ignore[union-attr]  # it parsed
            return _block("\n".join(block.text.split("\n")[: code[-1].end_lineno]))
    return None


def _parsed(text: str) -> tuple[_Block | None, int]:
    """*text* as a block, or the number of the line where it is wrong."""
    try:
        return _Block(text, ast.parse(text), ""), 0
    except IndentationError as error:
        moved = dedent_source(text)
        return _parsed(moved) if moved != text else (None, error.lineno or 1)
    except SyntaxError as error:
        return None, error.lineno or 1
    except (ValueError, MemoryError, RecursionError):
        return None, text.count("\n") + 1
