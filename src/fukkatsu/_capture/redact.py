"""Nothing secret leaves: arguments by name, bounded and masked; every other text by shape and by value.

Masking fails closed: whatever goes wrong while a text is made harmless, the text does not leave.
"""

from __future__ import annotations

import re
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from fukkatsu._capture.render import Bounded, attributes, is_empty, key_name
from fukkatsu._capture.secrets import (
    MASK,
    environment_secrets,
    is_secret_name,
    mask_pairs,
    mask_shapes,
    mask_values,
    spellings,
)

RedactHook: TypeAlias = Callable[[str, str], str]

ARGUMENT_CHARACTERS: Final = 1_000
_SEARCHED: Final = 2_000  # values looked at for secrets, all arguments together
_SHORTEST: Final = 4  # characters of an argument's secret that is looked for in other texts
_LONGEST_WORD: Final = 16
_ANYWHERE: Final = 6  # from this length on, also inside a longer word


_CODE: Final = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def redact_text(text: str) -> str:
    """*text* without known token shapes, and without the values of secret-looking environment variables."""
    return mask_shapes(mask_values(text, environment_secrets()))


class ArgumentSecrets:
    """The secrets among the arguments of one call, to be masked in whatever else is said about that call.

    Args:
        arguments: Parameter names and values.
        source: Text of the function. A secret that also stands there as a bare word (a parser's ``token`` is
            ``return``) is masked between quotes only: as a word it tells nothing, and masking it would spoil the text.
        keys: Of the model's provider. One that is an ordinary word, or shorter than most (``any``, ``x``), is masked
            between quotes only, for the same reason.
    """

    def __init__(self, arguments: Mapping[str, object], source: str = "", keys: Iterable[str] = ()) -> None:
        found: set[str] = set()
        for _, value in _secret_values(arguments):
            found.update(_texts(value))
        ordered = sorted(found, key=lambda text: (-len(text), text))
        known = [key for key in keys if key]
        plain = {key for key in known if len(key) < _SHORTEST or _is_word(key)}
        ordered += [key for key in known if key not in found]
        words = plain | set(re.findall(r"\w+", re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", source)))
        self._quoted = [text for text in ordered if text in words]
        self._bare = [text for text in ordered if text not in words]

    def mask(self, text: str) -> str:
        """*text* without them."""
        for secret in self._quoted:
            text = re.sub(rf"(['\"]){re.escape(secret)}\1", rf"\1{MASK}\1", text)
        for secret in self._bare:
            if secret not in text:
                continue
            if len(secret) >= _ANYWHERE:
                text = text.replace(secret, MASK)
            else:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
        return text


def holds_secrets(values: Mapping[str, object]) -> bool:
    """Whether a value stands under a secret name, at any depth, or a text has the shape of a secret."""
    data = {name: value for name, value in values.items() if not issubclass(type(value), _CODE)}
    if next(_secret_values(data), None) is not None:
        return True
    texts = (str.__str__(value) for value in data.values() if type(value) is str)
    return any(redact_text(text[:_SEARCHED]) != text[:_SEARCHED] for text in texts)


def tells_secrets(named: Mapping[str, object], texts: Iterable[str] = (), redact: RedactHook | None = None) -> bool:
    """Whether masking would find anything: in the values of *named*, at any depth, or in *texts* that say the same.

    Fails closed: what the hook changes, or fails on, tells something.
    """
    if holds_secrets(named) or any(redact_text(text) != text for text in texts):
        return True
    if redact is None:
        return False
    described = describe_arguments(named)
    return any(apply_hook(redact, name, text) != text for name, text in described.items())


def _is_word(text: str) -> bool:
    """Whether *text* may well be an ordinary word: short, of letters alone, in one case."""
    return text.isalpha() and len(text) < _LONGEST_WORD and text in (text.lower(), text.upper(), text.title())


def _secret_values(arguments: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Values that stand under a secret name, at any depth."""
    waiting: list[tuple[str, object, bool]] = [(name, value, False) for name, value in arguments.items()]
    seen: set[int] = set()
    budget = _SEARCHED
    while waiting and budget:
        budget -= 1
        name, value, secret = waiting.pop(0)
        secret = secret or is_secret_name(name)
        kind = type(value)  # not isinstance: a proxy answers that with what it stands for, and may load it for that
        if secret and issubclass(kind, (str, bytes, bytearray, int, float)) and not is_empty(value):
            yield name, value
            continue
        if issubclass(kind, (str, bytes, bytearray, int, float, type)) or id(value) in seen:
            continue
        seen.add(id(value))
        try:
            waiting.extend((inner, item, secret) for inner, item in islice(_inside(value), 100))
        except Exception:  # noqa: BLE001, S112 - foreign containers; what cannot be walked is not shown by item either
            continue


def _inside(value: Any) -> Iterator[tuple[str, object]]:
    kind = type(value)
    if issubclass(kind, dict):
        for key, item in islice(dict.items(value), 100):
            yield key_name(key), item
        return
    if issubclass(kind, tuple):
        items = list(islice(tuple.__iter__(value), 100))
        fields = getattr(kind, "_fields", None)
        if isinstance(fields, tuple):
            yield from ((str(field), item) for field, item in zip(fields, items, strict=False))
        elif len(items) == 2 and key_name(items[0]):
            yield key_name(items[0]), items[1]
        else:
            yield from (("", item) for item in items)
        return
    for base in (list, set, frozenset, deque):
        if issubclass(kind, base):
            yield from (("", item) for item in islice(base.__iter__(value), 100))
            return
    yield from attributes(value)


def _texts(value: Any) -> Iterable[str]:
    kind = type(value)
    if issubclass(kind, (bytes, bytearray)):
        raw = bytes(value[:4096])
        decoded = spellings(raw.decode("latin-1"), _SHORTEST) | spellings(raw.decode("utf-8", "replace"), _SHORTEST)
        return {text for text in {*decoded, repr(raw)[2:-1], raw.hex()} if len(text) >= _SHORTEST}
    if issubclass(kind, str):
        return spellings(str.__str__(value), _SHORTEST)
    if issubclass(kind, int):
        text = int.__repr__(value) if int.bit_length(value) <= 1000 else ""
    else:
        text = float.__repr__(value)
    return {text} if len(text) >= _SHORTEST else ()


def describe_arguments(
    names_and_values: Mapping[str, object],
    redact: RedactHook | None = None,
    limit: int = ARGUMENT_CHARACTERS,
    secrets: ArgumentSecrets | None = None,
) -> dict[str, str]:
    """Each argument as a bounded text without secrets.

    Masked are values under a secret name (of the parameter, of a key, of an attribute), known token shapes, values of
    secret-looking environment variables, and a secret of one argument wherever it shows up in another.

    Args:
        names_and_values: Parameter names and values.
        redact: ``(name, text) -> text``, applied last; when it fails, nothing of that argument leaves.
        limit: Longest text of one argument, in characters.
        secrets: Those of this very call, when they were looked for before.
    """
    known = ArgumentSecrets(names_and_values) if secrets is None else secrets
    environment = environment_secrets()

    def masked(text: str) -> str:
        return mask_shapes(known.mask(mask_values(text, environment)))

    described = {}
    for name, value in names_and_values.items():
        text = masked(Bounded(max(limit // 2, 40), masked).render(value, name))
        if len(text) > limit:
            text = text[:limit] + "…"
        described[name] = apply_hook(redact, name, text)
    return described


def redact_message(text: str, secrets: ArgumentSecrets) -> str:
    """*text*, a message that may quote values, without secrets of any kind."""
    return mask_pairs(secrets.mask(redact_text(text)))


def redact_source(text: str, secrets: ArgumentSecrets) -> str:
    """*text*, a piece of the program, without secrets; what merely has a telling name stays readable."""
    return mask_pairs(secrets.mask(redact_text(text)), source=True)


_FRAME_LINE: Final = re.compile(r'[ |+\-]*File ".*", line \d+')
_CODE_LINE: Final = re.compile(r"[ |]{4,}\S")


def redact_traceback(text: str, secrets: ArgumentSecrets) -> str:
    """*text*, a formatted traceback, without secrets: its frames are program text, the rest are messages."""
    lines, in_frame = [], False
    for line in secrets.mask(redact_text(text)).split("\n"):
        in_frame = bool(_FRAME_LINE.match(line) or (in_frame and _CODE_LINE.match(line)))
        lines.append(mask_pairs(line, source=in_frame))
    return "\n".join(lines)


def apply_hook(redact: RedactHook | None, name: str, text: str) -> str:
    """*text* as the user's hook leaves it; when the hook fails, nothing of it."""
    if redact is None:
        return text
    try:
        answer = redact(name, text)
    except Exception as error:  # noqa: BLE001 - foreign code; failing closed is the point
        return f"<masked: the redact hook raised {type(error).__name__}>"
    return answer if isinstance(answer, str) else f"<masked: the redact hook returned {type(answer).__name__}, not str>"


def describe_call(
    function: str, args: Iterable[object], kwargs: Mapping[str, object], names: Iterable[str] = ()
) -> str:
    """``function(1, y=2)`` as a bounded text without secrets.

    Args:
        function: The name to show.
        args: Positional arguments.
        kwargs: Keyword arguments.
        names: Names of the parameters, in order: without them a positional password looks like any other text.
    """
    given = tuple(args)
    known = tuple(names)[: len(given)]
    named = dict(zip(known, given, strict=False)) | dict(kwargs)
    unnamed = {f"{place}": value for place, value in enumerate(given[len(known) :], len(known))}
    secrets = ArgumentSecrets(named | unnamed)
    shown = list(describe_arguments(unnamed, secrets=secrets).values())
    by_name = describe_arguments(named, secrets=secrets)
    shown = [by_name.pop(name) for name in known] + shown + [f"{name}={text}" for name, text in by_name.items()]
    return f"{function}({', '.join(shown)})"
