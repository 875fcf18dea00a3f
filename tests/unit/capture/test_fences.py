"""What counts as this machine."""

from __future__ import annotations

import pytest

from cellmark.capture.held.fences import _is_local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("api.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", True),
        ("localhost.example.org", False),
        ("127.example.org", False),
        ("10.0.0.1", False),
        ("::2", False),
    ],
)
def test_names_and_addresses_of_this_machine(host, local):
    assert _is_local(host) is local
