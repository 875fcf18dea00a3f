"""An experiment: two versions, how rows reach the second, and whether it still runs.

It lies in a file beside the audit log, so that all processes of a deployment, and whoever starts
one anew, find the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec

from ..audit.layout import locked
from ..errors import CellmarkError

__all__ = [
    "Experiment",
    "Mode",
    "changed",
    "experiment_id",
    "experiments",
    "now",
    "read",
    "settled",
]

Mode = Literal["shadow", "split"]
_PREFIX, _SUFFIX = "challenge-", ".json"


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """`share` is the challenger's now; `stopped` says why it runs no more; `by` who said so last.

    `id` is also the salt of the assignment. It comes from the two digests and the mode: two other
    versions are another experiment, the same two go on where they were.
    """

    id: str
    model: str
    champion: int
    challenger: int
    champion_digest: str
    challenger_digest: str
    mode: Mode
    share: float
    started: str
    stopped: str | None = None
    by: str = "service"


def experiment_id(champion: str, challenger: str, mode: Mode) -> str:
    """The name of an experiment with bundles of these digests."""
    return hashlib.sha256(f"{champion} {challenger} {mode}".encode()).hexdigest()[:16]


def experiments(folder: Path) -> list[Experiment]:
    """The experiments of a log's folder, the one that began last at the end."""
    files = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    return sorted(map(_read, files), key=lambda each: (each.started, each.id))


def read(folder: Path, identity: str) -> Experiment | None:
    """The experiment as it stands; None where it never began there. Raises: CellmarkError."""
    file = _file(folder, identity)
    return _read(file) if file.is_file() else None


def settled(folder: Path, began: Experiment) -> Experiment:
    """The experiment as it stands in the folder, begun now if it is new.

    Raises: OSError, CellmarkError.
    """
    with _alone(folder):
        known = read(folder, began.id)
        if known is None:
            _write(folder, began)
        return known or began


def changed(
    folder: Path,
    identity: str,
    *,
    by: str,
    share: float | None = None,
    stopped: str | None = None,
) -> Experiment:
    """Give the challenger another share, or stop it. Raises: OSError, CellmarkError."""
    with _alone(folder):
        known = read(folder, identity)
        if known is None:
            raise CellmarkError(identity, f"no such experiment in {folder}", "one that began")
        share = known.share if share is None else share
        now = msgspec.structs.replace(known, share=share, stopped=stopped or known.stopped, by=by)
        _write(folder, now)
        return now


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = locked(folder, "challenge", wait=True)
    assert handle is not None
    try:
        yield
    finally:
        os.close(handle)


def _file(folder: Path, identity: str) -> Path:
    return folder / f"{_PREFIX}{identity}{_SUFFIX}"


def _read(file: Path) -> Experiment:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Experiment)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise CellmarkError(
            str(file), f"not readable ({problem})", "an experiment", "Put it aside to begin anew."
        ) from problem


def _write(folder: Path, experiment: Experiment) -> None:
    file = _file(folder, experiment.id)
    partial = file.with_suffix(f".{secrets.token_hex(4)}")
    try:
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(experiment), indent=2))
        partial.replace(file)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def now() -> str:
    """This moment in UTC."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
