"""Proving: hold a built bundle against the notebook in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from cellmark.bundle.build import Built
from cellmark.bundle.write import write
from cellmark.core.progress import Tell
from cellmark_runtime.errors import CheckFailed
from cellmark_runtime.threads import pinned
from cellmark_runtime.types.manifest import Proof

__all__ = ["proof_of"]

_LAST_WORDS = 2000


def proof_of(built: Built, scratch: Path, tell: Tell) -> Proof:
    """Write the bundle aside and let a fresh process prove it against `scratch`/truth.pickle.

    Raises: CheckFailed naming what does not hold, or how the process ended.
    """
    staged = scratch / "staged" / "bundle"
    staged.parent.mkdir()
    write(built.files, staged)
    said, last_words = _run(staged, scratch / "truth.pickle", tell)
    if "failed" in said:
        raise CheckFailed(*said["failed"])
    if "proof" not in said:
        raise CheckFailed(
            "proof", f"it stopped: {last_words.strip()}", "a module that loads and scores"
        )
    return msgspec.convert(said["proof"], Proof)


def _run(bundle: Path, truth: Path, tell: Tell) -> tuple[dict[str, Any], str]:
    """The last thing that the proof's process said, and the end of what it wrote on stderr."""
    command = [sys.executable, "-m", "cellmark.extract.proof.prove", str(bundle), str(truth)]
    said: dict[str, Any] = {}
    with tempfile.TemporaryFile() as errors:
        # Like the service: a thread a core for each single row takes far longer than the row.
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=pinned(os.environ)
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                if "at" in said:
                    tell(*said["at"])
            process.wait()
        finally:
            process.kill()
            process.wait()
        errors.seek(0)
        return said, errors.read().decode(errors="replace")[-_LAST_WORDS:]
