"""Pages: what the documentation says of a rule, beside an installed cellmark or in its checkout."""

from __future__ import annotations

import re
from pathlib import Path

from cellmark_runtime.errors import CellmarkError

from .silence import check_selectors

__all__ = ["page_of"]

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "rules.md", _HERE.parents[2] / "docs" / "reference" / "rules.md")


def page_of(rule: str) -> str:
    """The section on the rule with this id, in Markdown, its heading first.

    Raises: CellmarkError where there is no such rule, or this installation has no documentation.
    """
    check_selectors([rule], "rule")
    section = re.compile(rf"^## {re.escape(rule)} .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    for place in _PLACES:
        found = section.search(place.read_text("utf-8")) if place.is_file() else None
        if found:
            return found[0].strip()
    raise CellmarkError(f"rule {rule}", "no section of its own", "a rule's id, such as CM301")
