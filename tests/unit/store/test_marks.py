"""What people say of a Run afterwards, pages of Runs, and stores made before either."""

from __future__ import annotations

import pytest

from cellmark.store.errors import NoSuchRun
from cellmark.store.query import QueryError


def test_tags_and_notes_are_found_and_change_no_identity(store, logged):
    first, second = logged({"C": 1}), logged({"C": 2})
    before = store.run(first).identity
    mark = store.mark(first)
    mark.add_tag("keep")
    mark.add_tag("keep")
    mark.add_tag("best")
    mark.write_note("a draft")
    mark.write_note("the one to ship")
    run = store.run(first)
    assert (run.tags, run.note, run.identity) == (("best", "keep"), "the one to ship", before)
    for where in ("tag = 'keep'", "note contains 'SHIP'", "note != null", "not tag = null"):
        assert [one.id for one in store.runs(where=where)] == [first], where
    assert [one.id for one in store.runs(where="tag = null")] == [second]
    mark.remove_tag("keep")
    mark.write_note("")
    assert (store.run(first).tags, store.run(first).note) == (("best",), None)


def test_a_deleted_run_is_not_found_until_it_is_brought_back(store, logged):
    older, newer = logged({"C": 1}, {"auc": 0.5}), logged({"C": 2})
    identity = store.run(newer).identity
    store.mark(newer).delete()
    assert [run.id for run in store.runs()] == [older]
    assert store.run("latest").id == older
    assert store.page("models/churn.ipynb").total == 1
    for reference in (newer, newer[-8:], identity):
        with pytest.raises(NoSuchRun):
            store.run(reference)
    store.mark(newer).bring_back()
    assert store.run("latest").parameters == {"C": 2}


@pytest.fixture
def seeds(store, logged):
    """Seven Runs of seeds 9, 10 and none, their auc 0.0 to 0.6."""
    for at, seed in enumerate((9, 10, 9, None, 10, 9, 10)):
        logged({} if seed is None else {"seed": seed}, {"auc": at / 10})
    return store


def aucs(page):
    return [run.latest_metrics["auc"] for run in page.runs]


def test_a_page_knows_how_many_there_are(seeds):
    page = seeds.page("models/churn.ipynb", sort="-metric.auc", offset=2, limit=3)
    assert (aucs(page), page.total) == ([0.4, 0.3, 0.2], 7)
    assert (page.metrics, page.parameters, page.groups) == (("auc",), ("seed",), ())
    assert seeds.page("models/churn.ipynb", where="metric.auc > 0.4").total == 2


def test_groups_stand_together_those_without_a_value_last(seeds):
    page = seeds.page(
        "models/churn.ipynb", group="param.seed", sort="metric.auc", offset=1, limit=4
    )
    assert [(group.value, group.runs) for group in page.groups] == [(9, 3), (10, 3), (None, 1)]
    assert aucs(page) == [0.2, 0.5, 0.1, 0.4]
    assert page.total == 7


def test_groups_of_numbers_stand_in_the_order_of_numbers(store, logged):
    for rate in (0.2, 0.05, 10, 0.1, "auto", None):
        logged({"rate": rate}, {})
    groups = store.page("models/churn.ipynb", group="param.rate").groups
    assert [group.value for group in groups] == [0.05, 0.1, 0.2, 10, "auto", None]


def test_a_page_is_of_one_experiment_and_no_other_that_ends_alike(seeds):
    assert seeds.page("churn.ipynb").total == 0
    assert [run.name for run in seeds.runs("churn.ipynb", limit=1)] == ["churn"]


def test_a_condition_is_read_before_there_is_a_store(store):
    assert store.page("a.ipynb").total == 0
    for asked in ({"where": "auc >"}, {"sort": "x"}, {"group": "metric.auc"}):
        with pytest.raises(QueryError):
            store.page("a.ipynb", **asked)
    assert not store.folder.exists()


def test_a_notebook_takes_the_place_of_the_one_before(store, logged):
    run = logged()
    store.fold()
    store.keep_notebook(run, b"{}")
    store.keep_notebook(run, b'{"cells": []}')
    kept = store.run(run).notebook
    assert store.content(kept) == b'{"cells": []}'


def test_groups_and_those_without_a_value_go_on_over_pages(seeds):
    for sort in ("metric.auc", "-param.seed", "tag"):
        whole = aucs(seeds.page("models/churn.ipynb", group="param.seed", sort=sort))
        pages = [
            seeds.page("models/churn.ipynb", group="param.seed", sort=sort, offset=at, limit=2)
            for at in range(0, 8, 2)
        ]
        assert [auc for page in pages for auc in aucs(page)] == whole, sort
    whole = aucs(seeds.page("models/churn.ipynb", sort="param.seed"))
    assert whole == [0.5, 0.2, 0.0, 0.6, 0.4, 0.1, 0.3]
    for at in range(7):
        page = seeds.page("models/churn.ipynb", sort="param.seed", offset=at, limit=2)
        assert aucs(page) == whole[at : at + 2]


def test_a_run_with_several_tags_is_sorted_by_one_and_listed_once(seeds):
    [run] = seeds.page("models/churn.ipynb", limit=1).runs
    for tag in ("b", "a"):
        seeds.mark(run.id).add_tag(tag)
    assert len(seeds.page("models/churn.ipynb", sort="tag").runs) == 7
