"""Data as ready-made literals: Python, YAML, TOML, Markdown, names of containers."""

from __future__ import annotations

import json
import re

__all__ = ["code", "docstring", "plain", "quoted", "slug"]


def quoted(value: object) -> str:
    """A value as JSON, which YAML and TOML read too (TOML: strings and lists of them)."""
    return json.dumps(value, ensure_ascii=False)


def docstring(text: str) -> str:
    """Text that may stand between triple quotes, on one line."""
    inner = plain(text).replace("\\", "\\\\").replace('"""', r"\"\"\"")
    # A quotation mark at the end would join the closing ones.
    return inner[:-1] + r"\"" if inner.endswith('"') and not inner.endswith(r"\"") else inner


def plain(text: str) -> str:
    """Text on one line: runs of blanks, line ends and unprintable characters as one blank."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def code(text: str) -> str:
    """Source or a value as Markdown code, fit for a table's cell."""
    inner = plain(text).replace("|", r"\|")
    fence = "``" if "`" in inner else "`"
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{fence}{pad}{inner}{pad}{fence}" if inner else ""


def slug(name: str) -> str:
    """A model's name as containers and clusters spell names: a-z, 0-9 and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].rstrip("-") or "model"
