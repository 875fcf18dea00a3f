"""One thread for each numeric library, in processes that score a row at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

__all__ = ["pin_threads", "pinned"]

_COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def pinned(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process with one thread for each numeric library.

    Services scale by processes. Under contention the default, one a core, made the median answer a
    hundred times slower: threads that wait for each other spin. What `environment` says stands.
    """
    return {**dict.fromkeys(_COUNTS, "1"), **environment}


def pin_threads() -> None:
    """The same for this very process, as far as that can still be done."""
    os.environ.update(pinned(os.environ))
    if "numpy" not in sys.modules:
        return
    # Too late for the environment: the libraries have read it. scikit-learn brings this package.
    count = os.environ["OMP_NUM_THREADS"].partition(",")[0]
    if find_spec("threadpoolctl") and count.isdecimal():
        import_module("threadpoolctl").threadpool_limits(int(count))
