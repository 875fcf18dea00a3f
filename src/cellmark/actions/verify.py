"""Verify: may this bundle be trusted, and does it answer as its notebook did?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cellmark.bundle.keys import known_keys
from cellmark.bundle.verify import CheckResult, Report
from cellmark.bundle.verify import verify as check_bundle
from cellmark.store.location import find_folder

__all__ = ["KEYS", "CheckResult", "Report", "verify"]

# In the store's folder: the project's own key, and the public keys (*.pub) of others it trusts.
KEYS = "keys"


def verify(
    bundle: Path | str,
    *,
    clean: bool = False,
    start: Path | None = None,
    on_check: Callable[[CheckResult], None] = lambda _: None,
) -> Report:
    """Check digests and signature, then run the bundle's own tests in a copy of it.

    `clean` runs them in a new environment made from the bundle's lock alone. Signers are looked
    up among the keys of the project at or above `start` (default: the working folder).
    Raises: CellmarkError where there is no bundle.
    """
    known = known_keys(find_folder(start or Path.cwd()) / KEYS)
    return check_bundle(Path(bundle), known, clean=clean, on_check=on_check)
