"""What a secret looks like: names that hold one, texts that are one, values of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

MASK: Final = "<masked>"
MINIMUM_CHARACTERS: Final = 6  # an environment variable shorter than this would mask half of every text

# Unmistakable inside a longer word, too: `dbpassword`, `userPasswordHash`.
_STEMS: Final = (
    "password", "passwd", "passphrase", "passcode", "secret", "credential", "apikey", "authorization",
    "privatekey", "accesskey", "cardnumber", "creditcard", "sessionid", "sessionkey",
)  # fmt: skip
# Secret as a word of its own only: `pin`, not `pinned`; `token`, not `tokenizer`.
_WORDS: Final = frozenset({
    "pwd", "pw", "token", "auth", "ssn", "cvv", "cvv2", "cvc", "cvc2", "pin", "pan", "card", "iban", "otp", "totp",
    "mfa", "cookie", "cookies", "jwt", "bearer", "passport", "authtoken", "accesstoken", "refreshtoken", "pgpassword",
})  # fmt: skip
_PAIRS: Final = frozenset({
    ("api", "key"), ("access", "key"), ("private", "key"), ("signing", "key"), ("encryption", "key"), ("auth", "key"),
    ("master", "key"), ("service", "key"), ("account", "key"), ("shared", "key"), ("session", "key"), ("session", "id"),
    ("card", "number"), ("credit", "card"), ("account", "number"), ("routing", "number"), ("security", "code"),
    ("social", "security"), ("access", "tokens"), ("auth", "tokens"), ("api", "tokens"), ("refresh", "tokens"),
    ("connection", "string"),
})  # fmt: skip
# `token_count=3`, `max_token`: how many or which kind, not the thing itself.
_ABOUT: Final = frozenset({"count", "counts", "limit", "max", "min", "num", "length", "len", "size", "type", "index"})
_ENVIRONMENT_WORDS: Final = frozenset({"key", "pass", "dsn", "signature", "salt"})  # secret there, ordinary elsewhere
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a parameter, key or attribute of this name holds a secret."""
    name = name[-200:]
    if name.endswith(("Error", "Exception", "Warning")):
        return False
    joined = "".join(character for character in name.lower() if character.isalnum())
    if any(stem in joined for stem in _STEMS):
        return True
    words = _words(name)
    if _ABOUT.intersection(words):
        return False
    return bool(_WORDS.intersection(words)) or any(pair in _PAIRS for pair in pairwise(words))


@lru_cache(maxsize=4096)
def _names_a_secret(variable: str) -> bool:
    """Whether an environment variable of this name holds a secret; asked for all of them at each failure."""
    if variable in ("PWD", "OLDPWD"):  # the working directory
        return False
    return is_secret_name(variable) or bool(_ENVIRONMENT_WORDS.intersection(_words(variable)))


def environment_secrets(environment: Mapping[str, str] | None = None) -> list[str]:
    """Values of the environment variables that hold a secret by their name, longest first."""
    found = set()
    for name, value in (os.environ if environment is None else environment).items():
        if _names_a_secret(name):
            found.update(spellings(value))
    return sorted(found, key=lambda value: (-len(value), value))


def spellings(value: str, minimum: int = MINIMUM_CHARACTERS) -> set[str]:
    """*value* as it may stand in a text: plain, stripped, and escaped as ``repr`` and ``ascii`` escape it."""
    plain = {value, value.strip()}
    escaped = {repr(text)[1:-1] for text in plain} | {ascii(text)[1:-1] for text in plain}
    quoted = {text.replace("'", "\\'") for text in escaped} | {text.replace('"', '\\"') for text in escaped}
    return {text for text in plain | escaped | quoted if len(text.strip()) >= minimum}


# A private key runs to its END line, or to the end of the text when that was cut off.
_PRIVATE_KEY: Final = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_SHAPES: Final = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (_PRIVATE_KEY, re.DOTALL),
        (r"\bsk-[A-Za-z0-9_\-]{8,}", 0),                                   # OpenAI, Anthropic
        (r"\b[spr]k_(?:live|test)_[A-Za-z0-9]{8,}", 0),                    # Stripe
        (r"\bwhsec_[A-Za-z0-9+/=]{8,}", 0),
        (r"\bgh[pousr]_[A-Za-z0-9]{16,}", 0),                              # GitHub
        (r"\bgithub_pat_[A-Za-z0-9_]{16,}", 0),
        (r"\bglpat-[A-Za-z0-9_\-]{16,}", 0),                               # GitLab
        (r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA)[A-Z0-9]{16}\b", 0),    # AWS
        (r"\bxox[abeoprs]-[A-Za-z0-9\-]{8,}", 0),                          # Slack
        (r"\bxapp-[A-Za-z0-9\-]{8,}", 0),
        (r"hooks\.slack\.com/services/[A-Za-z0-9/_\-]+", 0),
        (r"\bAIza[A-Za-z0-9_\-]{30,}", 0),                                 # Google
        (r"\bya29\.[A-Za-z0-9_\-.]{10,}", 0),
        (r"\bGOCSPX-[A-Za-z0-9_\-]{10,}", 0),
        (r"\bhf_[A-Za-z0-9]{16,}", 0),                                     # Hugging Face
        (r"\bnpm_[A-Za-z0-9]{20,}", 0),
        (r"\bpypi-[A-Za-z0-9_\-]{16,}", 0),
        (r"\bSG\.[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}", 0),            # SendGrid
        (r"\bdop_v1_[a-f0-9]{32,}", 0),                                    # DigitalOcean
        (r"\bAccountKey=[A-Za-z0-9+/=]{16,}", 0),                          # Azure
        (r"\beyJ[A-Za-z0-9_\-]{5,}\.[A-Za-z0-9_\-]{5,}(?:\.[A-Za-z0-9_\-]*)?", 0),  # JSON web token
    )
)  # fmt: skip
# The part before the secret stays readable: it tells the model what the text is.
_AFTER: Final = (
    re.compile(r"(\b(?i:bearer|basic)[ \t]+)(?=[A-Za-z._~+/\-]{0,99}[0-9A-Z=_+/])[A-Za-z0-9._~+/\-]{8,}=*"),
    re.compile(r"(?i)(\b[a-z][a-z0-9+.\-]{1,30}://[^\s:/@'\"<>]{0,200}:)(?!\d{1,5}/)[^\s'\"<>]{1,500}(?=@)"),
    re.compile(
        r"(?i)([?&](?:[a-z_\-]{0,30}(?:token|secret|password|signature|api_?key)|sig|key|code)=)[^\s&'\"#<>]{4,}"
    ),
)
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_\-]{0,60}"
# What stands before a value: `password=`, `"password": `, `headers["Authorization"] = `, and the same with the quotes
# escaped, as in a text inside a text. Whether the name counts is asked of `is_secret_name`.
_HEAD: Final = re.compile(
    # possessive, from the beginning of a word: a long word is read once
    r"""(?<![A-Za-z0-9_\-])(?P<name>[A-Za-z0-9_\-]++)(?P<sign>\\{0,4}["']?\]?[ \t]*(?<![=!<>])[:=](?!=)[ \t]*)"""
)
_QUOTED: Final = re.compile(
    r"""(?P<open>[rbuRBU]{0,2}(?P<quote>["']))(?P<value>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)?"""
    r"""|(?P<open2>(?P<quote2>\\{1,4}["']))(?P<value2>(?:(?!(?P=quote2))[^\n])*)(?P=quote2)?"""
)
_BARE: Final = re.compile(r"""(?P<value>(?:(?i:bearer|basic|token)[ \t]+)?[^\s"'(),;\]}<>\[{\\][^\s"',;)\]}]*)""")
_SHOWN: Final = frozenset({"None", "True", "False", "null", "true", "false"})
_DIGITS: Final = re.compile(r"(?<![\d.])\d(?:[ \-]?\d){12,60}(?![.\d]*\d)")
_CARD_DIGITS: Final = (13, 19)
_DOUBLED: Final = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))
_CARD_BEGINS: Final = re.compile(r"4|5[1-5]|2[2-7]|3[0-9]|6")


def _is_card(digits: str) -> bool:
    """Thirteen to nineteen digits that begin as the issuers' numbers do, with a right check digit (Luhn)."""
    if not _CARD_DIGITS[0] <= len(digits) <= _CARD_DIGITS[1] or not _CARD_BEGINS.match(digits) or len(set(digits)) == 1:
        return False
    odd, even = digits[::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(map(_DOUBLED.__getitem__, even))) % 10 == 0


def _without_cards(match: re.Match[str]) -> str:
    """A run of digit groups without the groups that make up a card number, wherever in the run they stand."""
    parts = re.split(r"([ \-])", match.group())  # groups at even places, separators between
    begin = 0
    while begin < len(parts):
        if parts[begin][0] not in "23456":  # what no card begins with
            begin += 2
            continue
        digits = ""
        for end in range(begin, len(parts), 2):
            digits += parts[end]
            if len(digits) > _CARD_DIGITS[1]:
                break
            if len(digits) >= _CARD_DIGITS[0] and _is_card(digits):
                parts[begin : end + 1] = [MASK]
                break
        begin += 2
    return "".join(parts)


def mask_values(text: str, values: Iterable[str]) -> str:
    """*text* without any of *values*; give them longest first, or a short one spoils a longer."""
    for value in values:
        if value in text:
            text = text.replace(value, MASK)
    return text


def mask_shapes(text: str) -> str:
    """*text* without what has the shape of a token, a private key, a card number or a password in a URL."""
    for shape in _SHAPES:
        text = shape.sub(MASK, text)
    for after in _AFTER:
        text = after.sub(rf"\1{MASK}", text)
    return _DIGITS.sub(_without_cards, text)


def _is_unmistakable(name: str) -> bool:
    # `token = "("` is how parsers are written; `password = "..."` is how passwords get into source text
    joined = name.lower().replace("_", "")
    return any(stem in joined for stem in _STEMS)


def mask_pairs(text: str, *, source: bool = False) -> str:
    """*text* with the value masked wherever a secret name stands before it: ``password='...'``, ``password: ...``.

    Args:
        text: A message, or what a ``__repr__`` said.
        source: It is source text. Only quoted values are masked there, and only after an unmistakable name:
            ``token = next(stream)`` holds no secret, and the model needs to read it.
    """
    parts: list[str] = []
    position = 0
    for head in _HEAD.finditer(text):
        if head.start() < position or not is_secret_name(head["name"]):
            continue
        if source and not _is_unmistakable(head["name"]):
            continue
        value = _QUOTED.match(text, head.end())
        if value is not None:
            opening, quote = value["open"] or value["open2"], value["quote"] or value["quote2"]
            if value["value"] or value["value2"]:
                parts += [text[position : head.end()], opening, MASK, quote]
                position = value.end()
            continue
        value = None if source else _BARE.match(text, head.end())
        if value is not None and value["value"] not in _SHOWN:
            parts += [text[position : head.end()], MASK]
            position = value.end()
    return "".join([*parts, text[position:]])
