"""Causes, found by changing one thing at a time; the reruns are a function of their setting."""

from __future__ import annotations

import itertools

import nbformat
import pytest

from cellmark.actions.attribution import attribute
from cellmark.actions.inquiry import Attempt
from cellmark.capture.conditions import conditions
from cellmark.core.file_read import FileRead
from cellmark.core.fingerprint import Column, Fingerprint
from cellmark.core.run import CellExecution, Environment, Metric, Run
from cellmark.core.step import Step
from cellmark.core.value import Value
from cellmark.replay.comparison import Observed
from cellmark.replay.rerun import Setting

CELLS = ("x = read()", "y = x + 1", "score = y")
HELD = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C.UTF-8", "OMP_NUM_THREADS": ""}
PACKAGES = {"numpy": "2.0"}


def notebook(*sources, ids=()):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell, name in zip(cells, ids or "abcdefg", strict=False):
        cell.id = name
    return nbformat.v4.new_notebook(cells=cells)


def setting(cells=CELLS, **changes):
    held = {**HELD, **changes.pop("conditions", {})}
    return Setting(notebook(*cells), conditions=held, **changes)


class World:
    """Makes runs: `score` is a function of a setting and of how many reruns there were."""

    def __init__(self, score, *, data="d0", file="f0", packages=None, drew=(), source=CELLS[1]):
        self.file = FileRead(path="x.json", bytes=2, digest=file)
        self.score, self.data, self.drew, self.source = score, data, drew, source
        self.packages = PACKAGES if packages is None else packages
        self.reruns = itertools.count()

    def attempt(self, setting):
        score = float(self.score(setting, next(self.reruns)))
        cells = [cell for cell in setting.notebook.cells if cell.cell_type == "code"]
        seen = self.run(score, cells, {"CELLMARK_SEED": "0", "modules": ""})
        return Attempt(setting, seen, tuple(self.trail(cells, score)))

    def trail(self, cells, score):
        for number, cell in enumerate(cells, start=1):
            value = score if number > 1 else 0.0
            name = cell.source.partition(" ")[0]
            yield Step(
                cell=number,
                cell_id=cell.id,
                line=1,
                source=self.source if number == 2 and cell.source == CELLS[1] else cell.source,
                values={name: Value("number", repr(value))},
                drew=tuple(self.drew) if number == 2 else (),
            )

    def run(self, score, cells, recorded):
        executed = [
            CellExecution(
                id=cell.id,
                cell_id=cell.id,
                number=number,
                roles=("data",) if number == 1 else ("train",),
                injected=False,
                source=cell.source,
                status="ok",
                started=float(number),
                seconds=0.5,
                files=(self.file,) if number == 1 else (),
            )
            for number, cell in enumerate(cells, start=1)
        ]
        seen = {"source": "assigned", "confidence": 1.0, "step": 0, "at": 9.0, "latest": True}
        metric = Metric(name="score", value=score, **seen)
        column = Column("a", "int64", self.data)
        data = Fingerprint(digest=self.data, kind="frame", shape=(3, 1), columns=(column,))
        run = Run(
            id="R",
            experiment="m.ipynb",
            name="m",
            status="ok",
            started=1.0,
            finished=9.0,
            cells=tuple(executed),
            parameters={},
            metrics=(metric,),
            data={"x": data},
            estimators=(),
            environment=Environment(digest="e", python="3.11.1", packages=self.packages),
            git=None,
            conditions={**conditions({}), **HELD, **recorded},
            notebook=None,
            failure=None,
        )
        return Observed(run, None, lambda digest: b"")


def causes(world, score, *, as_run=None, target=None, before=None, recorded=None):
    """(kind, cell) of each cause where the Run had `score`, and what was tried."""
    as_run = as_run or setting()
    cells = [cell for cell in as_run.notebook.cells if cell.cell_type == "code"]
    run = (before or world).run(score, cells, {"PYTHONHASHSEED": "", **(recorded or {})})
    attempt = world.attempt(target or as_run)
    found, kinds, experiments = attribute(run, as_run, attempt, world.attempt)
    assert set(kinds.values()) <= {cause.kind for cause in found}
    assert all(each.fix and each.evidence for each in found)
    return [(each.kind, each.cell) for each in found], [each.changed for each in experiments]


def code(setting, _):
    return 1 + (setting.notebook.cells[1].source != CELLS[1])


def test_changed_code_is_found_by_running_the_runs_own():
    target = setting(("x = read()", "y = x + 2", "score = y"))
    found, tried = causes(World(code), 1.0, target=target)
    assert found == [("code", 2)]
    assert tried == ["all as the Run had it"]


def test_moved_cells_are_no_changed_ones():
    target = setting(("x = read()", "score = y", "y = x + 1"))
    found, _ = causes(World(code), 1.0, target=target)
    assert [kind for kind, _ in found] == ["order"]


@pytest.mark.parametrize(
    ("variable", "value", "kind"),
    [
        ("TZ", "Asia/Tokyo", "time zone"),
        ("LANG", "de_DE.UTF-8", "locale"),
        ("OMP_NUM_THREADS", "2", "threads"),
        ("PYTHONHASHSEED", "7", "hash seed"),
    ],
)
def test_a_condition_is_found_among_others_that_changed_too(variable, value, kind):
    other = {"TZ": "Europe/Berlin"} if variable != "TZ" else {"LANG": "fr_FR.UTF-8"}
    target = setting(conditions={variable: value, **other})
    world = World(lambda setting, _: 1 + (setting.conditions[variable] == value))
    found, tried = causes(world, 1.0, target=target)
    assert found == [(kind, 2)]
    assert len(tried) == 3


def test_two_causes_are_both_found():
    def score(setting, _):
        held = setting.conditions
        return 1 + (held["TZ"] != "UTC") + 2 * (held["PYTHONHASHSEED"] != "0")

    target = setting(conditions={"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"})
    found, _ = causes(World(score), 1.0, target=target)
    assert sorted(kind for kind, _ in found) == ["hash seed", "time zone"]


def test_parameters():
    target = setting(parameters={"C": 2})
    found, _ = causes(World(lambda each, _: 1 + bool(each.parameters)), 1.0, target=target)
    assert found == [("parameters", 2)]


def test_chance_is_what_no_seed_changes():
    world = World(lambda each, turn: turn if each.seed is None else 5, drew=("numpy.random",))
    found, tried = causes(world, 1.0)
    assert found == [("chance", 2)]
    assert tried == ["nothing", "no seeds given"]


def test_the_hash_seed_is_tried_where_nothing_was_drawn():
    world = World(lambda each, _: 5 + (each.conditions["PYTHONHASHSEED"] != "0"))
    found, tried = causes(world, 1.0)
    assert found == [("hash seed", 2)]
    assert tried == ["nothing", "another hash seed"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [("y = datetime.now().minute", "time of day"), ("y = parallel_sum()", "threads")],
)
def test_what_differs_with_everything_held(source, kind):
    def score(each, turn):
        return 5 if each.conditions["OMP_NUM_THREADS"] == "1" else turn + 10

    found, _ = causes(World(score, source=source), 1.0)
    assert found == [(kind, 2)]


def test_data_packages_and_nothing_at_all_are_what_is_left():
    def same(each, _):
        return 5

    before = World(same)
    assert causes(World(same, data="d1"), 1.0, before=before)[0] == [("data", 1)]
    # A file of which no frame was made.
    assert causes(World(same, file="f1"), 1.0, before=before)[0] == [("data", 1)]
    newer = World(same, packages={"numpy": "2.0.1"})
    assert causes(newer, 1.0, before=before)[0] == [("packages", 3)]
    assert causes(World(same), 1.0, before=before)[0] == [("unknown", 3)]
    # The Run had a module of the project's own that reruns have not.
    module = {"modules": "helpers=0123"}
    assert causes(World(same), 1.0, before=before, recorded=module)[0] == [("code", 3)]
    other = {"cpu_features": "sse2"}
    assert causes(World(same), 1.0, before=before, recorded=other)[0] == [("processor", 3)]


def test_a_run_with_cells_out_of_order_is_run_in_that_order():
    cells = ("x = read()", "y = x + 1", "score = y")

    def score(each, _):
        return 5 if each.notebook.cells[1].source == cells[1] else 1

    world = World(score)
    run = world.run(1.0, [notebook(*cells).cells[at] for at in (0, 2, 1)], {"PYTHONHASHSEED": "0"})
    found, kinds, _ = attribute(run, setting(cells), world.attempt(setting(cells)), world.attempt)
    assert [each.kind for each in found] == ["hidden state"]
    assert set(kinds.values()) == {"hidden state"}
