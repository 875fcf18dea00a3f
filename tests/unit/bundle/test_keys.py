from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from cellmark.bundle.keys import known_keys, own_key
from cellmark.bundle.sign import key_id
from cellmark_runtime.errors import CellmarkError


def test_a_key_is_made_once_and_known_from_then_on(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = key_id(own_key(folder))
    assert key_id(own_key(folder)) == first
    assert known_keys(folder) == {first: "own"}


def test_only_the_owner_may_read_the_private_half(tmp_path: Path) -> None:
    own_key(tmp_path)
    (private,) = tmp_path.glob("*.key")
    assert private.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".new-*"))


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: key_id(own_key(tmp_path)), range(8)))
    assert len(keys) == 1


def test_no_folder_knows_no_keys(tmp_path: Path) -> None:
    assert known_keys(tmp_path / "nowhere") == {}


def foreign_key() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("content", [b"", b"not a key", foreign_key()])
def test_a_file_that_is_no_key_of_ours_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.key").write_bytes(content)
    with pytest.raises(CellmarkError, match=r"own\.key: no Ed25519 key"):
        own_key(tmp_path)
    (tmp_path / "friend.pub").write_bytes(content)
    with pytest.raises(CellmarkError, match=r"friend\.pub: no Ed25519 key"):
        known_keys(tmp_path)
