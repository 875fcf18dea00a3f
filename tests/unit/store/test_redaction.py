"""Secrets, by name, by shape, and from the environment."""

from __future__ import annotations

import json

import pytest

from cellmark.store.redaction import REDACTED, is_secret_name, redact, redact_text, secret_values

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
SHAPES = [
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + "a1" * 18,
    "xoxb-" + "1234567890-abc",
    "sk-" + "proj-" + "Ab1" * 10,
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    KEY,
]


@pytest.mark.parametrize("secret", SHAPES)
def test_by_shape(secret):
    assert redact_text(f"x = f({secret!r})") == f"x = f({REDACTED!r})" or secret == KEY
    assert redact_text(f"before {secret} after") == f"before {REDACTED} after"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password = 'abc'", f"password = '{REDACTED}'"),
        ('connect(api_key="abc", user="me")', f'connect(api_key="{REDACTED}", user="me")'),
        ("{'db_password': 'abc'}", f"{{'db_password': '{REDACTED}'}}"),
        ("os.environ['SECRET_KEY'] = 'abc'", f"os.environ['SECRET_KEY'] = '{REDACTED}'"),
        ("TOKEN: str = 'abc'", f"TOKEN: str = '{REDACTED}'"),
        ("https://me:abc@host/x", f"https://me:{REDACTED}@host/x"),
        ('password = r"""a\'b"""', f'password = r"""{REDACTED}"""'),
        ("note = 'password = \"abc\"'", f"note = 'password = \"{REDACTED}\"'"),
        (json.dumps('pwd = "abc"'), json.dumps(f'pwd = "{REDACTED}"')),
    ],
)
def test_in_code(text, expected):
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tokens = tokenize(text)",
        "tokenizer = 'bert'",
        "monkey = 'banana'",
        "passenger = 'Ann'",
        "n_keys = 'three'",
        "http://host:8080/path",
        "password = getpass()",
        "author = 'me'",
    ],
)
def test_innocent_text_stays(text):
    assert redact_text(text) == text


def test_values_of_the_environment():
    environment = {
        "MY_TOKEN": "abc-123-def",
        "DB_PASSWORD": "short",
        "SECRET_FILE": "/run/secrets/file",
        "HOME": "/home/someone",
    }
    secrets = secret_values(environment)
    assert secrets == ("abc-123-def",)
    assert redact_text("header abc-123-def", secrets) == f"header {REDACTED}"


def test_by_name_all_the_way_down():
    value = {"a": [{"api_key": ["x"], "n": 1}], "password": None, "secret": 5}
    assert redact(value) == {
        "a": [{"api_key": REDACTED, "n": 1}],
        "password": None,
        "secret": REDACTED,
    }


def test_names():
    assert is_secret_name("AWS_SECRET_ACCESS_KEY")
    assert not is_secret_name("max_tokens_per_row")


def test_a_megabyte_of_base64_takes_no_time():
    # Quadratic in the length, this would take hours.
    assert redact_text("iVBORw0K" * 130_000) == "iVBORw0K" * 130_000
