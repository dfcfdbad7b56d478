"""Which names and which texts are secret, and which ordinary ones stay readable."""

from __future__ import annotations

import time

import pytest

from fukkatsu._capture.redact import redact_text
from fukkatsu._capture.secrets import MASK, environment_secrets, is_secret_name, mask_pairs, mask_shapes

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabc+/=\n-----END RSA PRIVATE KEY-----"

SECRET_NAMES = """
password passwd pwd user_password dbPassword PASSWORD passphrase secret client_secret clientSecret SECRET_KEY token
access_token accessToken auth_token refreshToken api_key apikey apiKey API-Key x-api-key authorization Authorization
credential credentials aws_secret_access_key private_key ssn card card_number creditCard pin PIN cvv cvc iban otp
cookie session_id bearer jwt connection_string account_number
""".split()

ORDINARY_NAMES = """
x name key keys tokenizer tokenize tokens max_tokens token_count token_type pinned pinning pins spin cards discard
cardinality author authors keyboard monkey passenger compass assign path pathway signature session sort_key index
TokenError AuthorizationError primary_key foreign_key design
""".split()

TOKENS = {
    "openai": "sk-proj-abcDEF123456_7890",
    "anthropic": "sk-ant-api03-AbCdEf0123456789",
    "github": "ghp_" + "a1B2" * 9,
    "github fine-grained": "github_pat_" + "a1B2" * 8,
    "gitlab": "glpat-abcdefghij0123456789",
    "aws": "AKIAIOSFODNN7EXAMPLE",
    "slack": "xoxb-123456789012-abcdefghijkl",
    "google": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "google oauth": "ya29.a0AfH6SMBx1234567890",
    "stripe": "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "hugging face": "hf_abcdefghijklmnopqrst",
    "sendgrid": "SG.abcdefghijklm.nopqrstuvwxyz0123",
    "json web token": JWT,
    "private key": PEM,
    "private key, cut off": PEM[:50],
    "card number": "4111111111111111",
    "card number with blanks": "5500 0000 0000 0004",
    "card number with hyphens": "3782-822463-10005",
}


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_that_holds_a_secret_is_known(name):
    """In any of the usual spellings."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_an_ordinary_name_stays_readable(name):
    """A masked `key` or `tokens` would leave the model nothing to mend."""
    assert not is_secret_name(name)


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
@pytest.mark.parametrize("around", ["{}", "value is '{}'.", "https://host/?x=1 {} end", "({},)"])
def test_a_known_token_is_masked_wherever_it_stands(token, around):
    """Its shape is enough, whatever the name beside it."""
    masked = mask_shapes(around.format(token))
    assert token not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql+psycopg://bob:hunter2@db.example/app", "hunter2"),
        ("redis://:hunter2@localhost:6379/0", "hunter2"),
        ("amqp://u:p%40ss/w@host/", "p%40ss"),
        ("GET /v1/x?access_token=abcdef123&page=2", "abcdef123"),
        ("https://h/?sig=abc%2Bdef&x=1", "abc%2Bdef"),
        ("Authorization: Bearer abc123def456", "abc123def456"),
        ("curl -H 'authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
    ],
)
def test_a_secret_inside_a_url_or_header_is_masked_and_the_rest_stays(text, secret):
    """The host and the scheme tell the model what the text is."""
    masked = mask_shapes(text)
    assert secret not in masked
    assert masked[:5] == text[:5]


@pytest.mark.parametrize(
    "text",
    [
        "order 1234567890123456",  # not a card: the check digit is wrong
        "1700000000000",  # milliseconds since the epoch
        "0.4111111111111111",
        "0000000000000000",
        "the bearer certificates are here",
        "basic arithmetic",
        "ask-me-anything-about-it",
        "http://localhost:8080/path@2",
        "x = y / z",
    ],
)
def test_ordinary_text_is_left_alone(text):
    """Masking too much costs the model what it needs."""
    assert mask_shapes(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("User(name='bob', password='hunter2')", "hunter2"),
        ('{"api_key": "abc", "x": 1}', "abc"),
        ('payload {\\"password\\": \\"hun\'ter2\\"}', "ter2"),
        ("password='it\\'s me'", "me"),
        ("login failed: password=hunter2, user=bob", "hunter2"),
        ("Authorization: Bearer abc", "abc"),
        ("pin: 1234", "1234"),
        ("headers['Authorization'] = 'Bearer q'", "Bearer q"),
        ("card_number=41111", "41111"),
    ],
)
def test_a_value_beside_a_secret_name_is_masked_in_messages(text, secret):
    """What `__repr__` and error messages print has names in it, too."""
    assert secret not in mask_pairs(text)


@pytest.mark.parametrize(
    "text",
    ["token = next(stream)", 'if token == "(":', 'token = "("', "card = deck.pop()", "def f(token: str, pin=None):"],
)
def test_source_text_keeps_what_merely_has_a_telling_name(text):
    """A parser is written like that, and the model must read it."""
    assert mask_pairs(text, source=True) == text


def test_source_text_loses_a_password_written_into_it():
    """Only the literal goes."""
    assert mask_pairs('connect(password="hunter2", port=1)', source=True) == f'connect(password="{MASK}", port=1)'


def test_values_of_secret_looking_environment_variables_are_masked(monkeypatch):
    """However the variable is called, its value may turn up anywhere."""
    monkeypatch.setenv("MY_SERVICE_TOKEN", "correct horse")
    monkeypatch.setenv("DJANGO_KEY", "it's\nquoted")
    monkeypatch.setenv("DB_PASS", "short")
    monkeypatch.setenv("PWD", "/somewhere/else")
    monkeypatch.setenv("LANGUAGE_NAME", "english")
    text = "a correct horse, 'it\\'s\\nquoted', it's\nquoted, short, /somewhere/else, english"
    assert redact_text(text) == f"a {MASK}, '{MASK}', {MASK}, short, /somewhere/else, english"


def test_the_longest_environment_value_is_masked_first():
    """Or the rest of it would be left behind."""
    values = environment_secrets({"A_TOKEN": "abcdef", "B_TOKEN": "abcdefghij"})
    assert values == ["abcdefghij", "abcdef"]


@pytest.mark.parametrize(
    "text",
    ["eyJ" * 20_000, "eyJ-" * 8_000, "sk-" * 20_000, "a://" * 10_000, "password=" * 8_000, '"' * 60_000, "4 " * 30_000,
     "bearer " * 9_000, "-----BEGIN PRIVATE KEY-----" * 2_000, "\\" * 60_000, "a" * 60_000,
     "1 " * 50_000, "4 2 " * 25_000, "4-" * 50_000, "42 " * 30_000],
)  # fmt: skip
def test_no_text_makes_masking_slow(text):
    """Arguments come from outside: a value must not be able to stop the program for minutes."""
    began = time.process_time()
    mask_pairs(mask_shapes(text))
    assert time.process_time() - began < 5
