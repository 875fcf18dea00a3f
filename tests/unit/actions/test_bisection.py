"""Which package makes the difference: versions exchanged, from wheels made here."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import nbformat
import pytest

from cellmark.actions import bisection
from cellmark.actions.bisection import Bisection, mixed
from cellmark.actions.inquiry import Attempt, cause_of
from cellmark.actions.reproduce import reproduce
from cellmark.actions.run import run
from cellmark.core.run import Environment, Metric, Run, RunFailure
from cellmark.replay.comparison import Observed
from cellmark.replay.rerun import Setting
from cellmark_runtime.errors import CellmarkError

THEN = {"alpha": "1.0", "beta": "1.0", "gamma": "2.0", "same": "1.0"}
NOW = {"alpha": "1.1", "beta": "1.0.1", "gamma": "3.0", "same": "1.0"}
CAUSE = cause_of("packages", "other versions", "by elimination", None)


def wheel(folder: Path, name: str, version: str, text: str) -> None:
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": text,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in files) + f"{about}/RECORD,,\n"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, content in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(path, content)


def write(path: Path, cells) -> Path:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for source, tags in cells:
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags.split()}))
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder of wheels that is all the index there is."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, value in {
        "UV_FIND_LINKS": str(folder),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_NO_INDEX": "1",
        "UV_CACHE_DIR": str(tmp_path / "uv"),
    }.items():
        monkeypatch.setenv(name, value)
    return folder


def observed(score, packages=None, failure=None):
    seen = {"source": "assigned", "confidence": 1.0, "step": 0, "at": 9.0, "latest": True}
    environment = Environment(digest="e", python="3.11.1", packages=packages or NOW)
    made = Run(
        id="R",
        experiment="m.ipynb",
        name="m",
        status="ok",
        started=1.0,
        finished=9.0,
        cells=(),
        parameters={},
        metrics=(Metric(name="score", value=score, **seen),),
        data={},
        estimators=(),
        environment=environment,
        git=None,
        notebook=None,
        failure=failure,
    )
    return Observed(made, None, lambda digest: b"")


def bisected(monkeypatch, guilty, *, without=True, broken=(), missing=(), most=16):
    """The cause as told, and the experiments, where `guilty` together as now give another score."""
    monkeypatch.setattr(bisection, "MOST", most)
    asked: list[set[str]] = []

    def made(pins, _):
        asked.append({pin.partition("==")[0] for pin in pins})
        if asked[-1] & set(missing):
            raise bisection.CheckFailed("environment", "no such version")
        return Path("folder")

    def tried(setting):
        assert setting.conditions["PYTHONPATH"].startswith("folder")
        as_now = THEN.keys() - {"same"} - asked[-1]
        if as_now & set(broken):
            failure = RunFailure(cell=1, line=1, error="ImportError: no", traceback="")
            return Attempt(setting, observed(1.0, failure=failure), ())
        differs = guilty <= as_now or (not as_now and not without)
        return Attempt(setting, observed(2.0 if differs else 1.0), ())

    monkeypatch.setattr(bisection, "mixed", made)
    target = Attempt(Setting(None), observed(2.0), ())
    run = observed(1.0, THEN)
    found = Bisection(run, target, Setting(None), tried, Path(), lambda _: None, 1e-9)
    return found.about(CAUSE), found.experiments


@pytest.mark.parametrize(
    ("guilty", "said"),
    [
        ({"alpha"}, "alpha 1.0 -> 1.1 makes the difference"),
        ({"gamma"}, "gamma 2.0 -> 3.0 makes the difference"),
        ({"alpha", "gamma"}, "alpha 1.0 -> 1.1, gamma 2.0 -> 3.0 make the difference together"),
    ],
)
def test_the_packages_that_make_it_are_told(monkeypatch, guilty, said):
    cause, experiments = bisected(monkeypatch, guilty)
    assert cause.summary == said
    assert all(f"{name}=={THEN[name]}" in cause.fix for name in guilty)
    assert experiments[0].changed == "the Run's alpha==1.0, beta==1.0, gamma==2.0; else as now"
    assert {each.outcome for each in experiments} == {"the same", "differs"}


def test_packages_that_are_not_to_blame_are_not_blamed(monkeypatch):
    cause, experiments = bisected(monkeypatch, {"alpha"}, without=False)
    assert cause.summary == CAUSE.summary
    assert "with the Run's versions of alpha, beta, gamma it still differs" in cause.evidence
    assert len(experiments) == 1


def test_versions_that_can_not_be_had_are_told(monkeypatch):
    cause, _ = bisected(monkeypatch, {"alpha"}, missing={"beta"})
    assert "could not be tried: could not be installed: " in cause.evidence
    assert "no such version" in cause.evidence


def test_a_mixture_in_which_the_notebook_stops_is_passed_over(monkeypatch):
    # gamma of now works with alpha of now alone.
    cause, experiments = bisected(monkeypatch, {"beta"}, broken={"alpha"})
    assert cause.summary.startswith("beta 1.0 -> 1.0.1 makes")
    assert any(each.outcome == "stopped: ImportError: no" for each in experiments)


def test_no_more_environments_than_allowed_are_tried(monkeypatch):
    cause, experiments = bisected(monkeypatch, {"gamma"}, most=2)
    assert len(experiments) == 2
    assert "no more than 2 environments are tried" in cause.evidence


def test_a_mixture_stands_before_what_is_installed_and_is_made_once(tmp_path, wheels, monkeypatch):
    wheel(wheels, "tinya", "1.0", "SIZE = 1\n")
    wheel(wheels, "tinyb", "2.0", "SIZE = 2\n")
    made: list[str] = []
    install = bisection.install_into
    monkeypatch.setattr(
        bisection,
        "install_into",
        lambda folder, pins: (made.append(str(folder)), install(folder, pins)),
    )
    threads = [
        threading.Thread(target=mixed, args=(["tinyb==2.0", "tinya==1.0"], tmp_path))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    folder = mixed(["tinya==1.0", "tinyb==2.0"], tmp_path)
    assert len(made) == 1
    ask = "import tinya, importlib.metadata as m; print(tinya.SIZE, m.version('tinyb'))"
    answer = subprocess.run(
        [sys.executable, "-c", ask],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["1", "2.0"]
    with pytest.raises(bisection.CheckFailed, match="tinyc"):
        mixed(["tinyc==1.0"], tmp_path)
    # Nothing half-made is left.
    assert len([p for p in folder.parent.iterdir() if p.is_dir()]) == 1


def test_locked_and_bisect_exclude_each_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".cellmark").mkdir()
    with pytest.raises(CellmarkError, match="Leave out one of the two"):
        reproduce(write(tmp_path / "a.ipynb", [("x = 1", "train")]), env="locked", bisect=True)


@pytest.mark.slow
def test_of_two_packages_the_one_that_changed_a_number_is_found(tmp_path, wheels, monkeypatch):
    site = tmp_path / "site"
    versions = {"1.0.0": "SIZE = 1\n", "1.0.1": "SIZE = 2\n"}
    for version, text in versions.items():
        wheel(wheels, "tinya", version, text)
        wheel(wheels, "tinyb", version, "SIZE = 5\n")
    for name in ("CELLMARK_STORE", "CELLMARK_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    project = tmp_path / "project"
    (project / ".cellmark").mkdir(parents=True)
    monkeypatch.chdir(project)

    def install(version):
        bisection.install_into(site, [f"tinya=={version}", f"tinyb=={version}"])

    site.mkdir()
    install("1.0.0")
    cells = [("import tinya, tinyb", ""), ("total = tinya.SIZE + tinyb.SIZE", "train")]
    made = run(write(project / "a.ipynb", [*cells, ("print(total)", "evaluate")])).runs[-1]
    for old in site.glob("tiny*.dist-info"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    install("1.0.1")
    result = reproduce(made.run, bisect=True)
    [cause] = result.causes
    assert (cause.kind, cause.cell) == ("packages", 2)
    assert cause.summary == "tinya 1.0.0 -> 1.0.1 makes the difference"
