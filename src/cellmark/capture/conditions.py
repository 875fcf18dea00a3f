"""Conditions: what a kernel stands in beside its packages, and what results may depend on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["conditions"]

# Restored by setting the variable before the kernel starts.
VARIABLES = (
    "PYTHONHASHSEED",
    "TZ",
    "LANG",
    "LC_ALL",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "SOURCE_DATE_EPOCH",
    "CELLMARK_SEED",
)
# Instruction sets that numeric libraries choose their code by.
_FEATURES = ("avx", "avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd", "sve")


def conditions(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Name -> value; a variable that is not set is "", but the time zone is always known."""
    found = {name: environment.get(name, "") for name in VARIABLES}
    found["TZ"] = found["TZ"] or _time_zone()
    return {
        **found,
        "cpus": str(_cpus()),
        "cpu_features": " ".join(_cpu_features()),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _time_zone() -> str:
    local = Path("/etc/localtime")
    if local.is_symlink():
        _, found, zone = os.readlink(local).partition("zoneinfo/")  # noqa: PTH115
        if found:
            return zone.removeprefix("Etc/")
    return "UTC"


def _cpus() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_features() -> list[str]:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        return []
    known = set(flags.partition(":")[2].split())
    return [name for name in _FEATURES if name in known]
