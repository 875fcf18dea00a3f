"""Chance: where the shared random generators stand as a cell begins, as digests."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sys
from array import array
from collections.abc import Callable
from typing import Any

__all__ = ["chance"]


def chance() -> dict[str, str]:
    """Generator -> digest of its state: Python's, and numpy's and torch's where they are loaded.

    The same digest gives the same numbers. A generator of the notebook's own
    (`default_rng(0)`) is a variable, and not looked at.
    """
    found = {}
    for name, state_of in _STATES.items():
        module = sys.modules.get(name)
        if module is not None:
            # One that is just being imported, or that the user has put something else in place of.
            with contextlib.suppress(Exception):
                found[name] = hashlib.blake2b(state_of(module), digest_size=8).hexdigest()
    return found


def _of_random(_module: Any) -> bytes:
    version, numbers, gauss = random.getstate()
    return array("I", numbers).tobytes() + repr((version, gauss)).encode()


def _of_numpy(module: Any) -> bytes:
    told = module.get_state(legacy=False)
    state = told["state"]
    if "key" in state:
        rest = [state["pos"], told["has_gauss"], told["gauss"]]
        return bytes(state["key"].tobytes()) + repr(rest).encode()
    return repr(told).encode()


def _of_torch(module: Any) -> bytes:
    return bytes(module.get_rng_state().numpy().tobytes())


_STATES: dict[str, Callable[[Any], bytes]] = {
    "random": _of_random,
    "numpy.random": _of_numpy,
    "torch": _of_torch,
}
