"""The last evaluation of an experiment, in a file beside it, for whoever did not make it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

import msgspec

from .evaluation import Evaluation

__all__ = ["keep", "kept"]


def keep(folder: Path, found: Evaluation) -> None:
    """Put it where `kept` finds it. Raises: OSError."""
    file = _file(folder, found.experiment.id)
    partial = file.with_suffix(f".{secrets.token_hex(4)}")
    try:
        partial.write_bytes(msgspec.json.encode(found))
        partial.replace(file)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def kept(folder: Path, identity: str) -> Evaluation | None:
    """The last evaluation; None where there is none that can be read. Raises: OSError."""
    try:
        return msgspec.json.decode(_file(folder, identity).read_bytes(), type=Evaluation)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _file(folder: Path, identity: str) -> Path:
    return folder / f"verdict-{identity}.json"
