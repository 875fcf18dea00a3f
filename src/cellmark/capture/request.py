"""Request: the cell that the kernel was asked to run, as the front end or a replay described it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellmark.core.tags import roles_of

__all__ = ["Request", "request_of"]


@dataclass(frozen=True)
class Request:
    """`number` is known where a replay runs the notebook; `injected` is papermill's own cell."""

    cell_id: str | None
    number: int | None
    roles: tuple[str, ...]
    injected: bool


def request_of(kernel: Any) -> Request:
    """The request that `kernel` is answering."""
    metadata = (kernel.get_parent("shell") or {}).get("metadata") or {}
    tags = [tag for tag in metadata.get("tags") or () if isinstance(tag, str)]
    own = metadata.get("cellmark")
    return Request(
        cell_id=metadata.get("cellId"),
        number=own.get("number") if isinstance(own, dict) else None,
        roles=roles_of(tags),
        injected="injected-parameters" in tags,
    )
