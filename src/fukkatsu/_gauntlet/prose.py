"""What a docstring says in words about results: read by the checks that it can answer beforehand.

``None if x is None`` says something about a result once, and once about an argument. Whoever looks a result up in prose
must leave out what is said of arguments: sections on parameters, and conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_FIELD: Final = re.compile(r"^\s*[:@](?:param|parameter|arg|argument|key|keyword|type|raises?|except(?:ion)?)\b")
_SECTION: Final = re.compile(r"^\s*(?:Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Raises):\s*$")
_UNDERLINED: Final = re.compile(r"^\s*(?:Parameters|Other Parameters|Raises)\s*$")
_UNDERLINE: Final = re.compile(r"^\s*-{3,}\s*$")
_EXAMPLE: Final = re.compile(r">>>|=>|==|➞|->|→|\w\([^)]*\)\s*(?:=|returns)")
_CONDITION: Final = re.compile(
    r"\b(?:if|when|whenever|unless|where|in case)\b[^.,;:()]*?"
    r"(?=\b(?:returns?|gives?|yields?|answers?|else|otherwise)\b|\b(?:and|or|but)\b[^.;]*\botherwise\b|[.,;:()]|$)",
    re.IGNORECASE,
)


_AS_INPUT: Final = re.compile(
    r"\b(?:None|null)(?:\s+(?:values?|items?|entries|elements|arguments?))?\s+"
    r"(?:gives?|counts?|becomes?|yields?|returns?|stands?\s+for|"
    r"(?:is|are)\s+(?:treated|read|taken|seen|ignored|skipped|dropped|left\s+out|counted|handled|considered))\b|"
    r"\b(?:ignor\w*|skip\w*|drop\w*|accepts?|accepting|takes?|allows?|tolerates?|for|of|with|without|handles?|treats?|"
    r"counts?|given|passing)\s+(?:None|null)\b(?!\s+(?:is|are|if|when|for)\b)",
    re.IGNORECASE,
)
"""``None`` as what comes in: "None counts as an empty list", "ignores None"."""


def sentences(docstring: str) -> Iterator[str]:
    """Sentences of prose; examples state a result for one input only and justify nothing else."""
    prose = [without_examples(line) for line in docstring.split("\n")]
    for paragraph in "\n".join(prose).split("\n\n"):
        yield from re.split(r"(?<=[.;!?])\s+", " ".join(paragraph.split()))


_QUOTED: Final = re.compile(r"(?<!\w)'[^'\n]*'(?!\w)|\"[^\"\n]*\"|`[^`\n]*`")
_LISTED: Final = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}")
_ASIDE: Final = re.compile(r"(?<!\w)\([^()]*\)|(?<!\w)\((?:[^()]|\([^()]*\))*\)")
_CLAUSE_END: Final = re.compile(
    r";|(?<=[.!?])\s+(?=[A-Z\"'`(]|$)|"
    r",(?=\s+(?:and|or|but|else)?\s*[^,;.()\[\]{}]{1,40}?\s(?:if|where|when|whenever|for|otherwise|unless)\b)"
)


_ARROWED: Final = re.compile(r"((?:^|[.;:(]\s*)(?:[A-Za-z]+\s+){1,6}?[A-Za-z]+)\s*(?:=>|->|→|➞)\s*(?=\S)")
"""Words before an arrow are no call: "Unknown users => None" is a sentence."""


def without_examples(line: str) -> str:
    """*line* without the parts that state a result: ``"a.b" -> "b"; None where there is none`` says something of None.

    A part ends with a semicolon, a sentence, brackets around it, or a comma before what is said under a condition.
    """
    if ">>>" in line:
        return ""
    line = _ARROWED.sub(r"\1 gives ", line)
    if not _EXAMPLE.search(line):
        return line
    plain = line  # what is quoted or listed ends no sentence
    for whole in (_QUOTED, _LISTED):
        plain = whole.sub(lambda found: "x" * len(found[0]), plain)
    for aside in _ASIDE.finditer(plain):
        if _EXAMPLE.search(plain[aside.start() : aside.end()]):
            blank = " " * (aside.end() - aside.start())
            line = line[: aside.start()] + blank + line[aside.end() :]
            plain = plain[: aside.start()] + blank + plain[aside.end() :]
    kept, start = [], 0
    for end in [*(found.end() for found in _CLAUSE_END.finditer(plain)), len(plain)]:
        if not _EXAMPLE.search(plain[start:end]):
            kept.append(line[start:end])
        start = end
    return " ".join(kept)


def without_parameters(docstring: str) -> str:
    """The docstring without what it says of parameters and exceptions: fields, and Google and NumPy sections."""
    lines = docstring.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _FIELD.match(line) or _SECTION.match(line):
            at = _after_deeper(lines, at)
        elif _UNDERLINED.match(line) and at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1]):
            at += 2
            while at < len(lines) and not (at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1])):
                at += 1
        else:
            kept.append(line)
            at += 1
    return "\n".join(kept)


def _after_deeper(lines: list[str], at: int) -> int:
    """The place after line *at* and the lines under it that are indented more, or blank between such lines."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    for place in range(at + 1, len(lines)):
        if not lines[place].strip():
            continue
        if len(lines[place]) - len(lines[place].lstrip()) <= indent:
            break
        end = place + 1
    return end


def answers_in(text: str) -> str:
    """*text* without its conditions and inputs: ``Returns 0 if x is None`` says nothing of a result None."""
    return _AS_INPUT.sub(" ", _CONDITION.sub(" ", text))


def results_in(docstring: str) -> str:
    """What all sentences say about results."""
    return " ".join(answers_in(sentence) for sentence in sentences(without_parameters(docstring)))


_SPELLED: Final[Mapping[str, str]] = {
    "[]": r"\[\]|\bempty (?:list|array|sequence|result)|\bno (?:items|elements)",
    "list()": r"\[\]|\bempty (?:list|array)",
    "''": r"''|\"\"|\bempty string",
    "()": r"\(\)|\bempty tuple",
    "{}": r"\{\}|\bempty (?:dict\w*|mapping|object)",
    "dict()": r"\{\}|\bempty (?:dict\w*|mapping)",
    "set()": r"set\(\)|\bempty set",
    "0": r"\b0(?:\.0)?\b|\bzero\b",
    "0.0": r"\b0(?:\.0)?\b|\bzero\b",
    "1": r"\b1(?:\.0)?\b|\bone\b",
    "None": r"\bNone\b|\bnone\b|\bnull\b|\bnothing\b|\bOptional\[",
    "False": r"\b[Ff]alse\b",
    "True": r"\b[Tt]rue\b",
}


_TERSE: Final = (
    r"(?:^|[.,;:]\s+|\b(?:or|and|else|but)\s+)(?:an?\s+|the\s+)?(?:{value})[`'\"]*\s+"
    r"(?:if|when|whenever|where|wherever|for|on|unless|otherwise|without|in case|until|while)\b"
)


def states(shown: str, sentence: str) -> bool:
    """Whether *sentence* says without a verb what the answer is on a condition: "the name, None where it has none"."""
    value = _SPELLED.get(shown) or (re.escape(shown[1:-1]) if shown[:1] in "'\"" else re.escape(shown))
    return re.search(_TERSE.replace("{value}", rf"[`'\"]*(?:{value})"), sentence) is not None


def mentions(shown: str, text: str) -> bool:
    """Whether *text* spells the value that a program shows as *shown*, in figures or in words."""
    pattern = _SPELLED.get(shown)
    if pattern is not None:
        return re.search(pattern, text) is not None
    if shown[:1] in "'\"":
        return shown[1:-1] in text
    return re.search(rf"(?<![\w.]){re.escape(shown)}(?![\w]|\.\d)", text) is not None


_FEWEST_LETTERS: Final = 3
_NUMBERS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def speaks_of(thing: str | float, prose: str) -> bool:
    """Whether *prose* has a word for a name or a text of some code ("sets" for ``set``), or a number that it uses.

    Words of a letter or two, and the numbers up to one, are in every text and every program.
    """
    if isinstance(thing, str):
        if len(thing) < _FEWEST_LETTERS:
            return False
        return re.search(rf"(?<!\w){re.escape(thing)}(?:e?s)?(?!\w)", prose, re.IGNORECASE) is not None
    if abs(thing) <= 1:
        return False
    if type(thing) is int and 2 <= thing <= len(_NUMBERS) + 1 and re.search(rf"\b{_NUMBERS[thing - 2]}\b", prose, re.I):
        return True
    return mentions(repr(thing), prose)
