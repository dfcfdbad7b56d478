"""`parse_reply`: exactly one definition of the function, or a refusal that tells the model what to do better."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fukkatsu._suggest.reply import REPLY_CHARACTERS, ReplyRefusal, parse_reply

CODE = "def f(x):\n    return x + 1\n"
OTHER = "def f(x):\n    return x - 1\n"
HELPER = "import math\n\n\ndef half(x):\n    return math.floor(x / 2)\n\n\ndef f(x):\n    return half(x)\n"

ACCEPTED = {
    "a python fence": f"```python\n{CODE}```",
    "a py fence": f"```py\n{CODE}```",
    "a python3 fence in capitals": f"```Python3\n{CODE}```",
    "a fence without a language": f"```\n{CODE}```",
    "tildes": f"~~~python\n{CODE}~~~",
    "four backticks": f"````python\n{CODE}````",
    "attributes behind the language": f'```python title="x.py"\n{CODE}```',
    "braces around the language": f"```{{.python}}\n{CODE}```",
    "no fence": CODE,
    "no fence, blank lines around": f"\n\n{CODE}\n\n",
    "prose around a fence": f"Sure! The divisor may be 0.\n\n```python\n{CODE}```\n\nHope this helps: it's done.",
    "prose around no fence": f"Here is the function:\n\n{CODE}\nThis mends it.",
    "prose that parses": f"{CODE}\nDone",
    "prose that begins like an import": f"from what I see, x is short.\n\n{CODE}\nimport it again.",
    "a fence in a list item": "1. Like this:\n\n   ```python\n   def f(x):\n       return x + 1\n   ```\n",
    "an indented method": "```python\n    def f(x):\n        return x + 1\n```",
    "an indented method without a fence": "    def f(x):\n        return x + 1\n",
    "windows line ends": f"```python\n{CODE}```\n".replace("\n", "\r\n"),
    "old mac line ends": f"```python\n{CODE}```\n".replace("\n", "\r"),
    "a byte order mark": f"\ufeff```python\n{CODE}```",
    "thoughts before the answer": f"<think>maybe\n```python\n{OTHER}```\n</think>\n```python\n{CODE}```",
    "another block in another language": f'```json\n{{"x": 1}}\n```\n```python\n{CODE}```',
    "a usage example beside it": f"```python\n{CODE}```\nUse it:\n```python\nprint(f(1))\n```",
    "a broken example beside it": f"```python\n{CODE}```\n```python\n>>> f(1)\n2\n```",
    "the same block twice": f"```python\n{CODE}```\nAgain:\n```python\n{CODE.replace('x + 1', '(x + 1)  # same')}```",
}


@pytest.mark.parametrize("reply", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_one_definition_is_found_wherever_it_stands(reply):
    """Models write around their code; the code is what counts."""
    assert parse_reply(reply, "f") == CODE


@pytest.mark.parametrize("reply", [HELPER, f"```python\n{HELPER}```", f"Here:\n\n{HELPER}\nThat is all."])
def test_imports_and_helper_functions_belong_to_the_candidate(reply):
    """They stand beside the function, in the same block."""
    assert parse_reply(reply, "f") == HELPER


def test_a_fence_inside_the_docstring_does_not_end_the_block():
    """Docstrings in Markdown hold fences of their own."""
    code = 'def f(x):\n    """Add one.\n\n    ```\n    f(1)\n    ```\n    """\n    return x + 1\n'
    assert parse_reply(f"```python\n{code}```\nDone.", "f") == code


def test_a_multi_line_string_of_an_indented_method_keeps_its_value():
    """Dedenting the text must not change what it returns."""
    code = '    def f(x):\n        return """a\n    b"""\n'
    scope = {}
    exec(parse_reply(f"```python\n{code}```", "f"), scope)
    assert scope["f"](0) == "a\n    b"


def test_an_async_function_is_a_function():
    """Whether it may be one is for `static` to say."""
    code = "async def f(x):\n    return x\n"
    assert parse_reply(f"```python\n{code}```", "f") == code


@pytest.mark.parametrize("extra", ["@cache\n", "@decorator(1)\n"])
def test_a_decorated_function_is_left_to_the_static_stage(extra):
    """Its refusal names the line and the remedy."""
    assert parse_reply(f"```python\n{extra}{CODE}```", "f") == extra + CODE


REFUSED = {
    "empty": ("", "empty"),
    "blank": (" \n\t\n", "empty"),
    "only a mark": ("\ufeff", "empty"),
    "an empty block": ("```python\n```", "no function"),
    "an apology": ("I'm sorry, but I can't help with that.", "the model declined: I'm sorry"),
    "an apology with typographic quotes": ("I can’t do that.", "the model declined"),
    "an apology in a block": ("```\nI cannot comply with this request\n```", "the model declined"),
    "an apology and a shell command": ("I am unable to. Try:\n```bash\nrm x\n```", "the model declined"),
    "prose": ("The divisor is zero, so the call fails.", "holds no Python"),
    "a word": ("Done", "defines no function"),
    "another language only": ('```json\n{"a": 1}\n```', "no Python block, only ```json"),
    "a diff": ("```diff\n- return x\n+ return y\n```", "only ```diff"),
    "an unclosed fence": (f"```python\n{CODE}", "is cut off"),
    "an unclosed fence in the middle": (f"```python\n{CODE}```\n```python\ndef g(", "is cut off"),
    "thoughts without end": (f"<think>\n```python\n{CODE}```", "still thinking"),
    "cut in an expression": ("```python\ndef f(x):\n    return (x +\n```", "is cut off"),
    "cut in a line": ("```python\ndef f(x):\n    return x +\n```", "is cut off"),
    "cut in a string": ('```python\ndef f(x):\n    return "abc\n```', "is cut off"),
    "cut in a docstring": ('```python\ndef f(x):\n    """Add.\n```', "is cut off"),
    "cut after the colon": ("```python\ndef f(x):\n```", "is cut off"),
    "cut without a fence": ("def f(x):\n    if x:\n        return (1,", "is cut off"),
    "not Python": ("```python\ndef f(x):\n    retrun x\n    return x\n```", "not Python (line 2"),
    "not Python without a fence": ("def f(x):\n    x ++ = 2\n    return x\n", "not Python (line 2"),
    "another language's function": ("```python\nfunction f(x) { return x; }\nlet y = 1;\n```", "not Python (line 1"),
    "NUL": ("```python\ndef f(x):\n    return '\0'\n```", "not Python"),
    "a lone surrogate": ("```python\ndef f(x):\n    return '\ud800'\n```", "not Python"),
    "wrong name": ("```python\ndef g(x):\n    return x\n```", "defines `g`, not `f`"),
    "wrong name without a fence": ("def g(x):\n    return x\n", "defines `g`, not `f`"),
    "wrong name in prose": ("Look:\ndef g(x):\n    return x\nSo.", "defines `g`, not `f`"),
    "inside another function": (f"```python\ndef g():\n    {CODE.replace(chr(10), chr(10) + '    ')}\n```", "not `f`"),
    "inside a class": ("```python\nclass A:\n    def f(self):\n        return 1\n```", "inside `class A`"),
    "a class only": ("```python\nclass f:\n    pass\n```", "defines no function"),
    "an assignment": ("```python\nf = lambda x: x\n```", "defines no function"),
    "twice in one block": (f"```python\n{CODE}\n{OTHER}```", "defines `f` 2 times"),
    "twice without a fence": (f"{CODE}\n{OTHER}", "defines `f` 2 times"),
    "twice in prose": (f"See:\n\n{CODE}\n{OTHER}\nOr so.", "defines `f` 2 times"),
    "two blocks that differ": (f"```python\n{CODE}```\nor\n```python\n{OTHER}```", "2 blocks define `f`"),
    "one of two does not parse": (
        f"```python\n{CODE}```\nor\n```python\ndef f(x):\n    retrun\n  x\n```",
        "2 blocks define",
    ),
    "a helper in another block": (
        "```python\ndef half(x):\n    return x / 2\n```\n```python\ndef f(x):\n    return half(x)\n```",
        "uses `half` from another block",
    ),
    "an import in another block": (
        "```python\nimport math\n```\n```python\ndef f(x):\n    return math.pi\n```",
        "uses `math` from another block",
    ),
    "too long": ("x" * (REPLY_CHARACTERS + 1), "characters"),
    "nested without end": (f"```python\ndef f(x):\n    return {'(' * 5000}x{')' * 5000}\n```", "not Python"),
    "a tower of operators": (f"```python\ndef f(x):\n    return {'-' * 100_000}x\n```", "not Python"),
    "a tower of attributes": (f"```python\ndef f(x):\n    return x{'.a' * 60_000}\n```", ""),
    "a tower of else": (f"```python\ndef f(x):\n    return {'x if x else ' * 15_000}x\n```", ""),
    "not text": (None, "not text"),
    "bytes": (b"def f(): pass", "not text"),
}


@pytest.mark.parametrize(("reply", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_everything_else_is_refused_with_a_reason(reply, reason):
    """The next prompt repeats it, so it says what was wrong with the answer."""
    if not reason:  # deep towers may parse or not, by version; either way nothing escapes
        try:
            parse_reply(reply, "f")
        except ReplyRefusal:
            pass
        return
    with pytest.raises(ReplyRefusal) as caught:
        parse_reply(reply, "f")
    assert reason in str(caught.value)


def test_nothing_of_a_reply_is_executed():
    """Parsing is all that happens."""
    ran = []
    parse_reply(f"```python\nprint(ran.append(1))\n{CODE}```", "f")
    assert ran == []


FRAGMENTS = st.sampled_from([
    "```python\n", "```\n", "~~~\n", "```json\n", "def f(x):\n", "    return x\n", "def g(x):\n", "    ", '"""\n', "(",
    "I'm sorry", "class A:\n", "import os\n", "@d\n", "\n", "x = 1\n", "<think>", "</think>", "\r\n", "\ufeff", "\0",
    "async ", "\\\n",
])  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=25).map("".join))
@settings(deadline=None, max_examples=400)
def test_any_reply_yields_one_definition_or_a_refusal(reply):
    """Total: no other exception, and what is returned defines the function exactly once at the top level."""
    try:
        source = parse_reply(reply, "f")
    except ReplyRefusal:
        return
    names = [n.name for n in ast.parse(source).body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    assert names.count("f") == 1
    assert "\r" not in source


@pytest.mark.parametrize(
    "reply",
    [
        "def f(x):\n" * 2_000,
        "prose def f(x):\n" * 5_000,
        "```python\n" * 5_000,
        "```\n" * 20_000,
        "import x y\n" * 1_500 + CODE,
    ],
)
@pytest.mark.timeout(20)
def test_no_reply_takes_long(reply):
    """A model can write anything, and the deadline is not only for waiting."""
    try:
        parse_reply(reply, "f")
    except ReplyRefusal:
        pass


def test_a_reply_of_blank_lines_is_read_in_one_pass():
    """A pattern that runs over line ends from each of them would take minutes."""
    with pytest.raises(ReplyRefusal):
        parse_reply("I think so\n" + "\n" * 200_000 + "yes indeed", "f")


def test_code_among_many_sentences_is_found_without_parsing_each_length_of_it(monkeypatch):
    """The line in which the parser gives up is where the code may end at the latest."""
    asked, parse = [], ast.parse
    sentences = "\n".join(["And this is why it works, I think."] * 1_500)
    text = f"Sure, here it is.\n\ndef f(x):\n    return x\n\n{sentences}\n"
    with monkeypatch.context() as patched:
        patched.setattr(ast, "parse", lambda *given, **more: asked.append(1) or parse(*given, **more))
        found = parse_reply(text, "f")
    assert found == "def f(x):\n    return x\n"
    assert len(asked) < 10


HABITS = {
    "a usage line": "```python\n{fix}\nprint(f(0))\n```",
    "a main guard": "```python\n{fix}\n\nif __name__ == '__main__':\n    print(f(0))\n```",
    "an assertion": "```python\n{fix}assert f(0) == 0.0\n```",
    "our decorator": "```python\n@resurrect\n{fix}```",
    "our decorator, called and imported": "```python\nfrom fukkatsu import resurrect\n\n\n@resurrect(lives=2)\n{fix}```",
    "before and after": "Before:\n```python\n{original}```\nAfter:\n```python\n{fix}```",
    "usage and no fence": "{fix}\nprint(f(0))",
}


@pytest.mark.parametrize("reply", HABITS.values(), ids=HABITS)
def test_what_models_write_around_a_correction_is_left_out(reply):
    """Nothing of it would ever run."""
    fix = "def f(x):\n    if x == 0:\n        return 0.0\n    return 1 / x\n"
    original = 'def f(x):\n    """Reciprocal."""\n    return 1 / x\n'
    told = reply.format(fix=fix, original=original.replace('    """Reciprocal."""\n', ""))
    assert parse_reply(told, "f", original) == fix


def test_another_decorator_and_a_statement_in_between_are_left_to_the_gauntlet():
    """They say something about the function."""
    for text in (
        "@cache\ndef f(x):\n    return x\n",
        "def g(x):\n    return x\n\n\nf = g\n\n\ndef f(x):\n    return x\n",
    ):
        assert parse_reply(f"```python\n{text}```", "f") == text


@pytest.mark.parametrize(
    "line", ["~" * 200_000 + "`", "`" * 200_000 + "~`", " " * 200_000 + "`", "~~~ " * 50_000 + "`"]
)
def test_a_line_of_fences_is_read_once(line):
    """A hostile reply is as long as it may be; looked through from each of its characters it would take an hour."""
    with pytest.raises(ReplyRefusal):
        parse_reply(line, "f")
