"""Held: a kernel whose chance, network and writes are held, and whose every step is noted.

Reruns begin it before the notebook's first cell; recording works as in any other kernel.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .chance import seed_everything
from .fences import fence_network, fence_writes
from .trail import keep_trail

__all__ = ["begin"]


def begin(shell: Any, wanted: str) -> None:
    """Hold this kernel as `wanted` (JSON) says: `seed`, `writable`, `network`, `trail`, `cached`.

    `seed` is null where chance is left alone; `writable` are folders; `network` says whether
    `preprocess` and `train` cells may use it; `trail` is the file that steps are noted in;
    `cached`, where it is not null, lets what is kept stand for cells (see `Reuse`), and no steps
    are noted.
    """
    told = json.loads(wanted)
    if told["seed"] is not None:
        seed_everything(told["seed"])
    fence_writes([Path(folder) for folder in told["writable"]])
    if not told["network"]:
        fence_network(shell)
    if told["cached"] is None:
        keep_trail(shell, Path(told["trail"]))
        return
    from .reuse import Reuse

    Reuse(shell, told["cached"])
