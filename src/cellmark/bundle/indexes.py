"""Where packages come from: what pip is configured with here, told to uv as well."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping

__all__ = ["environments", "find_uv", "pip_settings"]

# pip's setting -> uv's variable. uv reads neither pip's files nor pip's variables.
_ALWAYS = {
    "cert": "SSL_CERT_FILE",
    "index-url": "UV_DEFAULT_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
}
# pip separates several values by blanks, uv as it stands here.
_AS_WELL = {"extra-index-url": ("UV_INDEX", " "), "find-links": ("UV_FIND_LINKS", ",")}


def find_uv() -> str | None:
    """The uv executable: the installed package's, or the one on the path; None without uv."""
    try:
        from uv import find_uv_bin

        return find_uv_bin()
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def pip_settings() -> dict[str, str]:
    """What `pip config list` says, by setting; variables win over files. Empty without pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return parse_settings(answer.stdout if answer.returncode == 0 else "")


def parse_settings(listing: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    from_variables: dict[str, str] = {}
    for line in listing.splitlines():
        key, equals, value = line.partition("=")
        section, dot, name = key.rpartition(".")
        if not (equals and dot):
            continue
        target = from_variables if section == ":env:" else settings
        target[name] = str(ast.literal_eval(value))
    return settings | from_variables


def environments(settings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environments to run uv in, one after the other until one succeeds.

    Extra indexes come second only: uv takes a package's hashes from one index, pip-tools from
    all of them, so with extra indexes in the first place the two would write different locks.
    """
    first = dict(os.environ)
    for name, variable in _ALWAYS.items():
        if name in settings:
            first.setdefault(variable, settings[name])
    yield first
    extra = {
        variable: separator.join(settings[name].split())
        for name, (variable, separator) in _AS_WELL.items()
        if name in settings
    }
    if extra.keys() - first.keys():
        # pip weighs all indexes alike; a pinned version may stand in any of them.
        yield {"UV_INDEX_STRATEGY": "unsafe-best-match", **extra, **first}
