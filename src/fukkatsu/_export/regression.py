"""A pytest module that holds a corrected function to what it answers now: on the failing call and on the good ones."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fukkatsu._export.literals import Writer
from fukkatsu._oracle.values import parse
from fukkatsu.errors import ExportError

LINE: Final = 120


@dataclass(frozen=True, slots=True)
class Example:
    """One call and what it has to come to, as canonical text (``_oracle.values``).

    Attributes:
        arguments: Encoding of ``[args, kwargs]`` before the call.
        value: Encoding of the result, or of the exception.
        raised: Qualified name of the exception's class, or ``""``.
        after: Encoding of ``[args, kwargs]`` after a call that returned: a test holds a function to what it does to
            them, too. Empty where that is not known.
        failing: This call raised before the correction.
    """

    arguments: bytes
    value: bytes
    raised: str = ""
    after: bytes = b""
    failing: bool = False


_BUILT: Final = '''
def built(cls, **state):
    """An object with this state, whatever its constructor asks for."""
    made = object.__new__(cls)
    for name, value in state.items():
        object.__setattr__(made, name, value)
    return made
'''

_SAME: Final = '''
def same(one, other):
    """Equal, floats to nine digits, NaN to itself, objects by their state."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one != one and other != other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if hasattr(one, "tobytes"):
        return one.shape == other.shape and one.tobytes() == other.tobytes()
    if hasattr(one, "__dict__"):
        return same(vars(one), vars(other)) and same(getattr(one, "args", None), getattr(other, "args", None))
    return one == other
'''


def regression_test(
    module: str,
    qualname: str,
    examples: Sequence[Example],
    *,
    title: str,
    coroutine: bool = False,
    left_out: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """Source text of the test.

    Args:
        module: Where the function is imported from.
        qualname: Its qualified name there.
        examples: Calls, the failing one first.
        title: First sentence of the module's docstring.
        coroutine: The function is asynchronous.
        left_out: What makes calls unfit for a test, and how many there were: comments at the end say so, with the
            count of those among *examples* that cannot be written.

    Raises:
        ExportError: The function cannot be imported by a test, or none of its calls can be written as source.
    """
    if module == "__main__" or "<locals>" in qualname:
        msg = f"{module}.{qualname} cannot be imported by a test: it is made while the program runs."
        raise ExportError(msg)
    writer = Writer({module})
    names: set[str] = set()
    tests: list[str] = []
    unfit = Counter(left_out)
    for example in examples:
        try:
            tests.append(_one(writer, example, _name(example, names), coroutine))
        except ExportError as why:
            unfit[f"with {why}"] += 1
    lines = [f"# Left out: {'a call' if count == 1 else f'{count} calls'} {why}." for why, count in unfit.items()]
    if not tests:
        msg = "no call of it can be written as source. " + " ".join(line[2:] for line in lines[:3])
        raise ExportError(msg)
    body = "\n\n".join(tests)
    imports = set(writer.imports)
    imports |= {name for name, used in (("asyncio", coroutine), ("math", "same(" in body), ("pytest", True)) if used}
    return "\n".join(
        [
            f'"""{_quoted(title)}"""',
            "",
            *_imports(imports),
            "",
            f"function = {module}.{qualname}",
            "# the function itself: a test asks no model",
            'function = function.fukkatsu.original if hasattr(function, "fukkatsu") else function',
            *(["", _BUILT.rstrip("\n")] if writer.builds else []),
            *(["", _SAME.rstrip("\n")] if "same(" in body else []),
            "",
            "",
            body.rstrip("\n"),
            *(["", "", *map(_quoted, lines)] if lines else []),
            "",
        ]
    )


def _imports(names: set[str]) -> list[str]:
    return [f"import {name}" for name in sorted(names)]


def _quoted(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("\\", "\\\\").replace('"', "'").strip()


def _name(example: Example, taken: set[str]) -> str:
    base = "test_it_answers_where_it_failed" if example.failing else "test_it_answers_as_before"
    if example.raised:
        base = f"test_it_raises_{_word(example.raised)}"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def _word(name: str) -> str:
    short = name.rpartition(".")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", short).lower()


def _one(writer: Writer, example: Example, name: str, coroutine: bool) -> str:
    inner = Writer()
    arguments = parse(example.arguments)
    args, kwargs = arguments[1], arguments[2]
    positional = [inner.node(node) for node in args[1:]]
    pairs = list(zip(kwargs[1::2], kwargs[2::2], strict=True))
    usual = all(type(key) is str and key.isidentifier() and not keyword.iskeyword(key) for key, _ in pairs)
    if usual:
        positional += [f"{key}={inner.node(value)}" for key, value in pairs]
    else:
        positional.append(f"**{inner.node(kwargs)}")
    left = _left_behind(inner, arguments, example)
    before = ""
    if left:  # the arguments need a name, to be looked at afterwards
        before = f"    args = [{inner.all(args[1:])}]\n"
        before += f"    kwargs = {inner.node(kwargs)}\n" if pairs else ""
        positional = ["*args", *(["**kwargs"] if pairs else [])]
    call = _laid_out("function", positional)
    if coroutine:
        call = f"asyncio.run({call})"
    inner.loose = False
    if example.raised:
        kind = inner.named(example.raised)
        text = f"    with pytest.raises({kind}):\n        {_deeper(call)}"
    else:
        expected = inner.expression(example.value)
        if expected.startswith("iter("):
            call, expected = f"list({call})", expected[len("iter(") : -1]
        text = f"{before}    result = {call}\n{_expected('result', expected, loose=inner.loose)}"
        text += "".join("\n" + line for line in left)

    writer.imports |= inner.imports
    writer.builds |= inner.builds
    return f"def {name}():\n{text}\n"


def _expected(name: str, value: str, *, loose: bool) -> str:
    if loose:
        return f"    assert same({name}, {value})"
    return f"    assert {name} {'is' if value in ('None', 'True', 'False') else '=='} {value}"


def _left_behind(writer: Writer, before: Any, example: Example) -> list[str]:
    """What the arguments have to be after the call, where it changes them and that can be written."""
    if example.raised or not example.after:
        return []
    after = parse(example.after)
    if [part[1:] for part in after[1:3]] == [part[1:] for part in before[1:3]]:
        return []
    inner = Writer()
    try:
        lines = [_expected("args", f"[{inner.all(after[1][1:])}]", loose=inner.loose)]
        if len(after[2]) > 1:
            inner.loose = False
            lines.append(_expected("kwargs", inner.node(after[2]), loose=inner.loose))
    except ExportError:  # the result can be looked at all the same
        return []
    writer.imports |= inner.imports
    writer.builds |= inner.builds
    return lines


def _laid_out(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= LINE - 20:
        return line
    return f"{function}(\n" + "".join(f"        {argument},\n" for argument in arguments) + "    )"


def _deeper(call: str) -> str:
    return call.replace("\n", "\n    ")
