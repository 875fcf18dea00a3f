"""How Runs look in a terminal: shared by the verbs that print them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cellmark.core.wording import brief, short, when

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["brief", "common", "duration", "escape", "plain_table", "short", "size", "when"]

_MINUTE = 60
_THOUSAND = 1000


def duration(seconds: float) -> str:
    """A span for people: `340 ms`, `4.2 s`, `3 min 10 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s"


def size(count: int) -> str:
    """Bytes for people: `740 B`, `3.1 kB`, `12.0 MB`."""
    if count < _THOUSAND:
        return f"{count} B"
    kilo = count / _THOUSAND
    return f"{kilo:.1f} kB" if kilo < _THOUSAND else f"{kilo / _THOUSAND:.1f} MB"


def escape(text: str) -> str:
    """Text that rich takes as it is: a value may hold what looks like its markup."""
    from rich.markup import escape as escaped

    return escaped(text)


def plain_table(*columns: str | tuple[str, dict[str, Any]]) -> Table:
    """A table without lines, which pipes and narrow terminals read as well."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        name, options = (column, {}) if isinstance(column, str) else column
        table.add_column(name, **options)
    return table


def common(names: Sequence[Mapping[str, Any]], limit: int) -> list[str]:
    """The names most of the mappings share, in the order in which they first appear.

    Plain names go before parts of a report (`report.0.recall`): people asked for those.
    """
    counts: dict[str, int] = {}
    for mapping in names:
        for name in mapping:
            counts[name] = counts.get(name, 0) + 1
    chosen = sorted(counts, key=lambda name: ("." in name, -counts[name]))[:limit]
    return [name for name in counts if name in chosen]
