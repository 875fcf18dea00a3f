"""Chance: give every generator that nobody seeded a seed, as each library is loaded."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..after_import import AfterImport

__all__ = ["DRAWS", "SOURCES", "seed_everything"]

# What gives those seeds; a checkpoint keeps how far each has come.
SOURCES: list[random.Random] = []
# Seeds that were handed to generators made without one: the trail looks at how many.
DRAWS: list[str] = []


def seed_everything(seed: int) -> None:
    """Seed Python's and numpy's generators, now and as libraries are loaded.

    Also those that are made later without a seed: `default_rng()`, `RandomState()`, `Random()`.
    joblib's workers become turns in this process: what a worker draws depends on which one of
    them was free.
    """
    random.seed(seed)
    _seed_random(seed)
    hooks: dict[str, Callable[[ModuleType], None]] = {
        "numpy.random": lambda module: _seed_numpy(module, seed),
        "joblib": _without_workers,
        "torch": lambda module: module.manual_seed(seed),
    }
    for name, hook in hooks.items():
        if name in sys.modules:
            hook(sys.modules[name])
    later = [name for name in hooks if name not in sys.modules]
    sys.meta_path.insert(0, AfterImport(later, lambda module: hooks[module.__name__](module)))


def _seed_random(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311
    SOURCES.append(source)
    plain = random.Random.seed

    def seeded(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None:
            DRAWS.append("random.Random()")
            a = source.getrandbits(64)
        plain(self, a, version)

    random.Random.seed = seeded  # type: ignore[method-assign]


def _seed_numpy(module: Any, seed: int) -> None:
    module.seed(seed % 2**32)
    source = random.Random(seed)  # noqa: S311
    SOURCES.append(source)

    def entropy(bits: int) -> int:
        DRAWS.append("numpy.random.default_rng()")
        return source.getrandbits(bits)

    # What SeedSequence asks where it was given no entropy.
    module.bit_generator.randbits = entropy


def _without_workers(module: Any) -> None:
    module.parallel_config(backend="sequential")
