"""The Runs of one notebook: listed page by page, and marked by people."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cellmark.core.run import Run
from cellmark.store import Store, open_store
from cellmark.store.errors import NoSuchRun
from cellmark.store.location import experiment_of
from cellmark.store.marks import STARRED
from cellmark.store.page import Group

from .summary import RunSummary, summary_of

__all__ = ["Marking", "NotebookRuns", "RunPage"]


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a notebook's Runs in the order asked for; `total` are all that fit.

    `metrics` and `parameters` are the names to sort and group by. `store` is the folder that the
    Runs are kept in, whether it exists yet or not.
    """

    runs: tuple[RunSummary, ...]
    total: int
    groups: tuple[Group, ...]
    metrics: tuple[str, ...]
    parameters: tuple[str, ...]
    store: str


class Marking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to say of a Run; what is null is left as it is, an empty `note` takes it away."""

    starred: bool | None = None
    note: str | None = None
    deleted: bool | None = None


class NotebookRuns:
    """The Runs of one notebook, in the store of its project; no other Run is found."""

    def __init__(self, notebook: Path) -> None:
        self.store: Store = open_store(notebook.parent)
        self.experiment = experiment_of(notebook, self.store.folder)

    def page(
        self,
        *,
        where: str | None = None,
        sort: str | None = None,
        group: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> RunPage:
        """Some of the Runs. Raises: QueryError for what can't be read of the query."""
        page = self.store.page(
            self.experiment, where=where, sort=sort, group=group, offset=offset, limit=limit
        )
        return RunPage(
            runs=tuple(map(summary_of, page.runs)),
            total=page.total,
            groups=page.groups,
            metrics=page.metrics,
            parameters=page.parameters,
            store=str(self.store.folder),
        )

    def close(self) -> None:
        """Let go of the store's database."""
        self.store.close()

    def run(self, reference: str, *, deleted: bool = False) -> Run:
        """The Run that `reference` names. Raises: NoSuchRun if it is another notebook's."""
        run = self.store.run(reference, deleted=deleted)
        if run.experiment != self.experiment:
            raise NoSuchRun(f"run {reference!r}", f"a run of {run.experiment}", self.experiment)
        return run

    def mark(self, reference: str, marking: Marking) -> RunSummary:
        """Star, note or delete a Run, or take that back. Gives the Run as it is then.

        Raises: NoSuchRun.
        """
        run = self.run(reference, deleted=marking.deleted is False)
        mark = self.store.mark(run.id)
        if marking.deleted is False:
            mark.bring_back()
        if marking.starred is not None:
            (mark.add_tag if marking.starred else mark.remove_tag)(STARRED)
        if marking.note is not None:
            mark.write_note(marking.note.strip())
        marked = summary_of(self.run(run.id))
        if marking.deleted:
            mark.delete()
        return marked
