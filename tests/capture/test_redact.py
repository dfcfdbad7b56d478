"""`describe_arguments` and `capture_context`: bounded, honest, and without secrets."""

from __future__ import annotations

import array
import collections
import dataclasses
import enum
import json
import linecache
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fukkatsu._capture.context import capture_context
from fukkatsu._capture.redact import describe_arguments, describe_call
from fukkatsu._capture.source import read_source
from fukkatsu._suggest.prompt import further_messages

LONG = 1_000


def described(value, name="x", **options):
    return describe_arguments({name: value}, options.pop("redact", None), options.pop("limit", LONG))[name]


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Account:
    owner: str
    password: str
    notes: list = dataclasses.field(default_factory=list)
    internal: str = dataclasses.field(default="hidden-by-author", repr=False)


class Plain:
    def __init__(self, **state):
        self.__dict__.update(state)


class Slotted:
    __slots__ = ("api_key", "unset", "x")

    def __init__(self):
        self.x, self.api_key = 1, "abcdefgh"


Point = collections.namedtuple("Point", "x secret")

SHOWN = [
    (None, "None"),
    (True, "True"),
    (1, "1"),
    (1.5, "1.5"),
    (2j, "2j"),
    ("text", "'text'"),
    (b"by\x00tes", "b'by\\x00tes'"),
    (bytearray(b"a"), "bytearray(b'a')"),
    ([1, "a", None], "[1, 'a', None]"),
    ((1,), "(1,)"),
    ((), "()"),
    (set(), "set()"),
    ({1}, "{1}"),
    (frozenset({1}), "frozenset({1})"),
    ({"a": [1]}, "{'a': [1]}"),
    (collections.OrderedDict(a=1), "OrderedDict({'a': 1})"),
    (collections.deque([1, 2]), "deque([1, 2])"),
    (range(3), "range(0, 3)"),
    (Color.RED, "Color.RED"),
    (Point(1, None), "Point(x=1, secret=None)"),
    (Plain(a=1, b="c"), "Plain(a=1, b='c')"),
    (array.array("i", [1, 2]), "array('i', [1, 2])"),
    (ValueError("bad", 1), "ValueError('bad', 1)"),
    (int, "<class builtins.int>"),
    (json, "<module json>"),
    ({}.keys(), "dict_keys([])"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN, ids=lambda value: str(value)[:20])
def test_ordinary_values_are_shown_as_they_are_written(value, text):
    """The model repairs by what it sees."""
    assert described(value) == text


class Untouchable(list):
    """Counts how many items are asked for."""

    asked = 0

    def __iter__(self):
        raise AssertionError("a subclass's own iteration must not run")

    def __len__(self):
        raise AssertionError("nor its own length")

    def __repr__(self):
        raise AssertionError("nor its __repr__")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([0] * 10_000_000, "…<10,000,000 items>"),
        (tuple([0] * 1_000_000), "…<1,000,000 items>"),
        (dict.fromkeys(range(1_000_000)), "…<1,000,000 items>"),
        (dict.fromkeys(range(1_000_000)).keys(), "…<1,000,000 items>"),
        (array.array("i", [0] * 1_000_000), "…"),
        ("x" * 10_000_000, "…<10,000,000 characters>"),
        (b"x" * 10_000_000, "…<10,000,000 characters>"),
        (Untouchable([1] * 100), "…<100 items>"),
        (collections.UserList([0] * 5_000_000), "…<5,000,000 items>"),
        ([[[[[[[[[[1]]]]]]]]]], "…"),
        (1 << 100_000, "<int of 100001 bits>"),
    ],
    ids=["list", "tuple", "dict", "keys", "array", "str", "bytes", "subclass", "UserList", "deep", "int"],
)
def test_a_large_value_is_only_looked_at(value, expected):
    """Its first items and its size, without making its whole text."""
    text = described(value)
    assert expected in text
    assert len(text) <= LONG + 1


def test_a_wide_and_deep_value_stays_within_the_limit():
    """Twenty times twenty times twenty is too much as well."""
    value = [[[["word"] * 50] * 50] * 50] * 50
    assert len(described(value)) <= LONG + 1
    assert len(described(value, limit=100)) <= 101


def test_cycles_end():
    """A value that holds itself."""
    value = [1]
    value.append(value)
    assert described(value) == "[1, <cycle>]"
    plain = Plain()
    plain.me = {"self": plain}
    assert described(plain) == "Plain(me={'self': <cycle>})"


class Raising:
    def __repr__(self):
        raise RuntimeError("hunter2hunter2")


class Lying:
    def __repr__(self):
        return 3


def test_a_repr_that_raises_is_named_and_its_text_dropped():
    """A foreign `__repr__` may do anything, and what it says may be secret."""
    assert described([Raising(), 1]) == "[<Raising: RuntimeError while it was shown>, 1]"
    assert described(Lying()) == "<Lying: TypeError while it was shown>"


def test_attributes_are_read_past_properties_and_getattr():
    """Showing a value must not load rows or call the author's code."""

    class Lazy:
        def __init__(self):
            self.loaded = False

        def __getattribute__(self, name):
            raise AssertionError(name)

    assert described(Lazy()) == ("test_attributes_are_read_past_properties_and_getattr.<locals>.Lazy(loaded=False)")


def test_a_generator_is_not_drawn():
    """Its items are the caller's."""
    drawn = []
    text = described(drawn.append(item) for item in range(3))
    assert "generator" in text
    assert drawn == []


def test_what_the_author_hid_from_repr_stays_hidden():
    """`field(repr=False)` is a wish."""
    assert described(Account("bob", "hunter2")) == "Account(owner='bob', password=<masked str>, notes=[])"


class Custom:
    def __init__(self):
        self.state = "raw"

    def __repr__(self):
        return "Custom(password='hunter2', shown=True)"


@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2"},
        {"user": {"credentials": {"a": "hunter2"}}},
        {b"password": b"hunter2"},
        [("Authorization", "hunter2")],
        Account("bob", "hunter2"),
        Plain(db_password="hunter2"),
        Point(1, "hunter2"),
        Custom(),
        [[{"token": "hunter2"}]],
        collections.defaultdict(str, secret="hunter2"),
        '{"password": "hunter2"}',
        "password=hunter2",
        "mysql://root:hunter2@db",
        ValueError("password=hunter2"),
    ],
    ids=repr,
)
def test_a_secret_inside_a_value_is_masked(value):
    """By key, by attribute, by field, by what stands before it in a text."""
    assert "hunter2" not in described(value)


@pytest.mark.parametrize("name", ["password", "passwd", "secret", "token", "api_key", "authorization", "ssn", "card",
                                  "pin", "cvv", "credential"])  # fmt: skip
@pytest.mark.parametrize("value", ["hunter2", 12345678, b"hunter2", ["hunter2"], {"a": "hunter2"}, 12345678.5])
def test_a_secret_parameter_shows_its_type_only(name, value):
    """Whatever it holds."""
    assert described(value, name) == f"<masked {type(value).__name__}>"


@pytest.mark.parametrize(("value", "text"), [(None, "None"), ("", "''"), (False, "False"), ([], "[]")])
def test_an_empty_secret_is_shown(value, text):
    """`token=None` is no secret, and often the very fault."""
    assert described(value, "token") == text


def test_a_secret_of_one_argument_is_masked_in_the_others():
    """The same password may have been put into a URL before the call."""
    shown = describe_arguments({"password": "hunter2", "url": "db?u=bob&x=hunter2!", "note": ["hunter2"]}, None, LONG)
    assert "hunter2" not in str(shown)
    assert "bob" in shown["url"]


def test_a_secret_is_masked_before_a_text_is_cut():
    """Half a token is still a leak."""
    token = "sk-" + "a1B2c3D4" * 6
    for offset in range(0, 600, 7):
        assert "sk-a1B2" not in described("z" * offset + " " + token, limit=300)


def test_a_secret_across_the_end_of_what_is_looked_at_is_not_shown():
    """A text may be long, and its first 16 KiB one single key."""
    text = "-----BEGIN PRIVATE KEY-----" + "A" * 16_340 + "\n-----END PRIVATE KEY-----hunter2" + "x" * 50_000
    assert described(text) == f"<{len(text):,} characters, masked>"


def test_the_hook_has_the_last_word():
    """It gets the name and the masked text."""
    seen = []

    def redact(name, text):
        seen.append((name, text))
        return text.replace("internal", "***")

    shown = describe_arguments({"x": "internal-7", "password": "hunter2"}, redact, LONG)
    assert shown == {"x": "'***-7'", "password": "<masked str>"}
    assert seen == [("x", "'internal-7'"), ("password", "<masked str>")]


@pytest.mark.parametrize("redact", [lambda name, text: 1 / 0, lambda name, text: None, lambda name: ""])
def test_a_hook_that_fails_lets_nothing_through(redact):
    """Fail closed."""
    text = described("internal", redact=redact)
    assert text.startswith("<masked: the redact hook")
    assert "internal" not in text


def test_a_call_is_described_by_the_names_of_its_parameters():
    """A positional password is one all the same."""
    text = describe_call("login", ("bob", "hunter2", "hunter2 again"), {"pin": 1234}, ("user", "password"))
    assert text == "login('bob', <masked str>, '<masked> again', pin=<masked int>)"


def login(user, password="unset", **more):
    """Log *user* in with AKIAIOSFODNN7EXAMPLE.

    >>> login("bob", password="doctest-secret")
    """
    token = more.get("token")  # the word itself is no secret
    raise ValueError(f"cannot log {user} in with {password} / {token}")


def context_of(function, *args, redact=None, arguments, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        return capture_context(read_source(function), error, arguments, ("math",), "be quick", redact)
    raise AssertionError("it did not fail")


def prompts_of(context):
    refused = [("def f(): ...", f"good-calls: {context.exception}", str(context.arguments))]
    return "\n".join(message["content"] for message in further_messages(context, refused))


def test_the_providers_key_is_a_secret_and_an_ordinary_word_stays_one():
    """Whatever was said where a key belongs: `k3y!` wherever it stands, `any` only where it is quoted."""

    def ask(server, any_model):
        """Ask any model of the server."""
        raise ValueError(f"any model refused 'any' and k3y! and {server}")

    try:
        ask("http://k3y!@host", "any")
    except ValueError as error:
        context = capture_context(
            read_source(ask),
            error,
            {"server": "http://k3y!@host", "any_model": "any"},
            (),
            "",
            keys=("k3y!", "any", ""),
        )
    prompt = prompts_of(context)
    assert "k3y!" not in prompt
    assert "any model refused '<masked>' and <masked>" in prompt
    assert "Ask any model of the server" in prompt
    assert "'any'" not in context.arguments["any_model"]


def test_the_context_holds_everything_but_the_secrets():
    """Source, docstring, message and traceback quote arguments."""
    arguments = {"user": "bob", "password": "hunter2", "more": {"token": "tok-12345"}}
    context = context_of(login, "bob", "hunter2", token="tok-12345", arguments=arguments)
    prompt = prompts_of(context)
    for secret in ("hunter2", "tok-12345", "AKIAIOSFODNN7EXAMPLE", "doctest-secret"):
        assert secret not in prompt
    assert 'token = more.get("token")  # the word itself is no secret' in context.source.text
    assert context.exception == "ValueError: cannot log bob in with <masked> / <masked>"
    assert "in login" in context.traceback
    assert context.additional_req == "be quick"
    assert context.permitted == ("math",)


def parse(token):
    """A parser's token is a word of the program."""
    if token == "return":
        return 1 / 0
    return None


def test_a_secret_that_is_a_word_of_the_program_does_not_spoil_the_source():
    """`return` is a value of `token` here; masking the word everywhere would leave no program."""
    context = context_of(parse, "return", arguments={"token": "return"})
    assert "return 1 / 0" in context.source.text
    assert '"return"' not in context.source.text


def test_the_hook_sees_what_may_quote_an_argument():
    """An identifier that only the user knows to be secret stands in messages, too."""
    names = []

    def redact(name, text):
        names.append(name)
        return text.replace("bob", "***")

    context = context_of(login, "bob", arguments={"user": "bob"}, redact=redact)
    assert sorted(names) == ["<docstring>", "<exception>", "<source>", "<traceback>", "user"]
    assert "bob" not in context.exception + context.traceback + str(context.arguments)
    assert context.mask("f('bob')") == "f('***')"


def test_frames_of_ours_are_left_out_and_causes_stay():
    """The wrapper is no part of the user's program; a chained exception is."""

    def fails():
        try:
            {}["missing"]
        except KeyError as cause:
            raise ValueError("outer") from cause

    scope = {"fails": fails}
    exec(compile("def wrapper():\n    fails()\n", "<fukkatsu wrapper>", "exec"), scope)
    try:
        scope["wrapper"]()
    except ValueError as error:
        context = capture_context(read_source(fails), error, {}, (), "", None)
    assert "<fukkatsu" not in context.traceback
    assert "KeyError: 'missing'" in context.traceback
    assert "direct cause" in context.traceback
    assert context.traceback.rstrip().endswith("ValueError: outer")


def test_a_long_traceback_keeps_its_beginning_and_its_end():
    """The last frames matter most."""

    def dive(depth):
        if depth:
            return rise(depth - 1)
        raise ValueError("bottom " + "x" * 100_000)

    def rise(depth):
        return dive(depth)

    context = context_of(dive, 120, arguments={"depth": 120})
    assert len(context.traceback) < 20_000
    assert len(context.exception) < 5_000
    assert context.traceback.startswith("Traceback")
    assert "characters left out" in context.traceback


def test_a_huge_message_is_looked_at_from_both_ends():
    """The end says what happened, however long the message is; a cut through a key shows none of it."""

    def fails():
        raise ValueError("-----BEGIN PRIVATE KEY-----" + "A1" * 500_000, "the end")

    context = context_of(fails, arguments={})
    assert "A1A1" not in context.exception + context.traceback

    def floods():
        raise ValueError("x" * 1_000_000, "the end")

    context = context_of(floods, arguments={})
    assert context.exception.endswith("'the end')")
    assert context.traceback.startswith("Traceback")


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_an_exception_without_text_is_captured_all_the_same():
    """`__str__` is foreign code."""

    def fails():
        raise Unprintable

    context = context_of(fails, arguments={})
    assert context.exception.endswith("Unprintable: <exception str() failed>")


def test_the_home_directory_is_not_told(monkeypatch, tmp_path):
    """It holds the user's name, and mends nothing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "subject.py"
    path.write_text("def f():\n    return 1 / 0\n")
    scope = {"__name__": "subject"}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    try:
        context = context_of(scope["f"], arguments={})
    finally:
        linecache.clearcache()
    assert str(tmp_path) not in prompts_of(context)
    assert "~/subject.py" in context.traceback


SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Cc")), min_size=8, max_size=30).filter(
    lambda text: text.strip() == text and "<masked" not in text and not text.isalpha()
)
AROUND = st.text(max_size=20)


def carried(draw, secret):
    """Ways in which a secret reaches a function."""
    around = draw(AROUND)
    kind = draw(st.integers(0, 7))
    return {
        0: {"password": secret},
        1: {"x": {"api_key": secret}},
        2: {"x": [{"nested": Plain(token=secret)}]},
        3: {"password": secret, "message": around + secret + around},
        4: {"x": Account("bob", secret, [around])},
        5: {"headers": [("Authorization", secret)], "x": [secret, around]},
        6: {"secret": [secret, {around: secret}], "text": secret},
        7: {"credentials": secret.encode(), "text": f"{around} {secret}"},
    }[kind]


@st.composite
def leaking_calls(draw):
    secret = draw(SECRETS)
    return secret, carried(draw, secret), draw(AROUND)


def visible(secret, prompt):
    return any(form in prompt for form in (secret, repr(secret)[1:-1], ascii(secret)[1:-1], json.dumps(secret)[1:-1]))


@given(leaking_calls())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
def test_no_secret_of_an_argument_survives_in_a_prompt(call):
    """Wherever it was, and wherever it went: arguments, message, traceback, counterexample."""
    secret, arguments, around = call

    def fails(**kwargs):
        raise ValueError(f"{around}{secret}{around}", {"got": secret})

    context = context_of(fails, arguments=arguments)
    assert not visible(secret, prompts_of(context))
    assert not visible(secret, "".join(m["content"] for m in further_messages(context, [(secret, secret, secret)])))


@given(secret=SECRETS, around=AROUND)
@settings(deadline=None, max_examples=60)
def test_no_value_of_a_secret_environment_variable_survives_in_a_prompt(secret, around):
    """Nobody passed it, and it stands in the message all the same."""

    def fails(x):
        raise RuntimeError(x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVICE_TOKEN", secret.replace("\x00", ""))
        text = f"{around}{secret}{around}"
        context = context_of(fails, text, arguments={"x": text, "y": [text], "z": text.encode()})
        assert not visible(secret, prompts_of(context))


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner),
    max_leaves=50,
))  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_any_value_is_described_within_the_limit(value):
    """Total: never an exception, never too long."""
    text = described(value, limit=200)
    assert isinstance(text, str)
    assert len(text) <= 201


def test_recursion_inside_a_repr_does_not_escape():
    """A `__repr__` that never ends meets the interpreter's own limit."""

    class Endless:
        def __repr__(self):
            return repr(self)

    assert described(Endless()) == (f"<{Endless.__name__}: RecursionError while it was shown>")
    assert sys.getrecursionlimit() > 0
