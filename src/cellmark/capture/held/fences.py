"""Fences: a rerun writes to its copy of the project alone, and its training sees no network."""

from __future__ import annotations

import ipaddress
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..request import request_of

__all__ = ["fence_network", "fence_writes"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit event -> which of its arguments is a path that is changed.
_CHANGES = {
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.truncate": (0,),
    "os.link": (1,),
    "os.symlink": (1,),
    "shutil.rmtree": (0,),
    "sqlite3.connect": (0,),
}
# Caches of libraries, which hold nothing of the project.
_CACHES = ("~/.cache", "~/.config", "~/.ipython", "~/.jupyter", "~/.local/share/jupyter", "/dev")
_OFFLINE = {"preprocess", "train"}


def fence_writes(writable: Sequence[Path]) -> None:
    """Refuse to open files for writing, and to change folders, elsewhere than in `writable`.

    Temporary files and caches are free. What a library writes in native code is not seen.
    """
    caches = [Path(each).expanduser() for each in _CACHES]
    free = [*writable, Path(tempfile.gettempdir()), *caches]
    roots = tuple(os.path.realpath(folder) for folder in free)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        for path in _changed(event, arguments):
            real = os.path.realpath(path)
            if not any(real == root or real.startswith(root + os.sep) for root in roots):
                raise PermissionError(
                    f"{real} is outside the project: a rerun writes to its copy of it alone"
                )

    sys.addaudithook(hook)


def _changed(event: str, arguments: tuple[Any, ...]) -> list[str]:
    if event == "open":
        path, _, flags = arguments
        given = [path] if flags & _WRITING else []
    elif event in _CHANGES:
        given = [arguments[at] for at in _CHANGES[event]]
    else:
        return []
    return [os.fsdecode(each) for each in given if isinstance(each, str | bytes | os.PathLike)]


def fence_network(shell: Any) -> None:
    """Refuse connections to other machines while a `preprocess` or `train` cell runs."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("socket.connect", "socket.getaddrinfo"):
            return
        host = _host(event, arguments)
        if host and not _is_local(host) and _OFFLINE & set(request_of(shell.kernel).roles):
            raise PermissionError(
                f"{host}: a rerun uses no network in preprocess and train cells; "
                "read it in a data cell, or allow it with --network"
            )

    sys.addaudithook(hook)


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # Names below `localhost` are this machine's too (RFC 6761).
        name = host.rstrip(".").lower()
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _host(event: str, arguments: tuple[Any, ...]) -> str:
    address = arguments[1] if event == "socket.connect" else arguments
    # A Unix socket's address is its path.
    return str(address[0] or "") if isinstance(address, tuple) else ""
