from __future__ import annotations

import pytest

from cellmark.bundle.indexes import environments, parse_settings

LISTING = """\
:env:.cert='/variable.pem'
:env:.disable-pip-version-check='1'
global.cert='/file.pem'
global.extra-index-url='file:///one file:///two'
global.find-links='/wheels /more'
"""


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)


def test_variables_win_over_files() -> None:
    settings = parse_settings(LISTING)
    assert settings["cert"] == "/variable.pem"
    assert settings["find-links"] == "/wheels /more"


@pytest.mark.parametrize("listing", ["", "no setting at all\n"])
def test_a_pip_without_settings_has_none(listing: str) -> None:
    assert parse_settings(listing) == {}


def test_uv_gets_the_certificate_and_the_index() -> None:
    (only,) = environments({"cert": "/a.pem", "index-url": "file:///index"})
    assert (only["SSL_CERT_FILE"], only["UV_DEFAULT_INDEX"]) == ("/a.pem", "file:///index")


def test_what_uv_is_told_already_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    (only,) = environments({"cert": "/pip.pem"})
    assert only["SSL_CERT_FILE"] == "/mine.pem"


def test_extra_indexes_are_asked_second() -> None:
    first, second = environments(parse_settings(LISTING))
    assert "UV_INDEX" not in first
    assert second["UV_INDEX"] == "file:///one file:///two"
    assert second["UV_FIND_LINKS"] == "/wheels,/more"
    assert second["SSL_CERT_FILE"] == "/variable.pem"
