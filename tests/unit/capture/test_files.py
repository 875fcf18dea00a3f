"""Files that cells read: which, what was in them, and how that was seen."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import sys
from pathlib import Path

import pytest

from cellmark.capture import files
from cellmark.capture.files import FileDigests
from cellmark.core.file_read import FileRead
from cellmark.store.store import Store


@pytest.fixture
def project(notebook, tmp_path, monkeypatch):
    """The notebook, in a project with a table in several formats."""
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    table.to_csv("t.csv", index=False)
    table.to_parquet("t.parquet")
    table.to_feather("t.feather")
    table.to_json("t.json")
    (tmp_path / "sub").mkdir()
    for at in range(3):
        table.to_parquet(f"sub/part-{at}.parquet")
    with sqlite3.connect("t.db") as connection:
        table.to_sql("t", connection)
    connection.close()
    (tmp_path / "p.pickle").write_bytes(pickle.dumps({"a": 1}))
    notebook.run(
        "def text(path, mode='r'):\n    with open(path, mode) as file:\n"
        "        return file.read()\n"
        "def write(path):\n    with open(path, 'w') as file:\n        file.write('a')"
    )
    return notebook


def read(notebook, source, *tags):
    notebook.run(source, *(tags or ("data",)))
    # A thread that another test left behind may read files of its own meanwhile.
    others = f"{Path.cwd().parent}{os.sep}"
    found = notebook.last.get("files", ())
    return {file["path"]: file for file in found if not file["path"].startswith(others)}


@pytest.mark.parametrize(
    ("source", "paths", "seen"),
    [
        ("import pandas as pd\ndf = pd.read_csv('t.csv')", ["t.csv"], "open"),
        ("import pandas as pd\ndf = pd.read_json('t.json')", ["t.json"], "open"),
        (
            "import pandas as pd\ndf = pd.read_parquet('t.parquet')",
            ["t.parquet"],
            "pandas.read_parquet",
        ),
        (
            "import pandas\ndf = pandas.read_parquet(columns=['a'], path='t.parquet')",
            ["t.parquet"],
            "pandas.read_parquet",
        ),
        (
            "from pandas import read_feather\ndf = read_feather('t.feather')",
            ["t.feather"],
            "pandas.read_feather",
        ),
        (
            "import polars as pl\ndf = pl.scan_parquet('sub/*.parquet').collect()",
            ["sub/part-0.parquet", "sub/part-1.parquet", "sub/part-2.parquet"],
            "polars.scan_parquet",
        ),
        ("import polars as pl\ndf = pl.read_csv('t.csv')", ["t.csv"], "polars.read_csv"),
        (
            "import pyarrow.parquet as pq\nt = pq.read_table('sub')",
            ["sub/part-0.parquet", "sub/part-1.parquet", "sub/part-2.parquet"],
            "pyarrow.parquet.read_table",
        ),
        (
            "import pyarrow.dataset as ds\nt = ds.dataset(['t.parquet']).to_table()",
            ["t.parquet"],
            "pyarrow.dataset.dataset",
        ),
        ("import pickle\nd = pickle.loads(text('p.pickle', 'rb'))", ["p.pickle"], "open"),
        ("from pathlib import Path\nd = Path('p.pickle').read_bytes()", ["p.pickle"], "open"),
        ("import sqlite3\nc = sqlite3.connect('t.db')", ["t.db"], "sqlite3"),
        (
            "import os\nos.chdir('sub')\nd = text('../t.json')\nos.chdir('..')",
            ["t.json"],
            "open",
        ),
    ],
)
def test_what_a_cell_reads(project, source, paths, seen):
    found = read(project, source)
    assert list(found) == paths
    assert {file["source"] for file in found.values()} == {seen}
    assert all(file["digest"] and file["bytes"] for file in found.values())


def test_readers_of_native_code_are_heard_wherever_they_are_defined(project, tmp_path, monkeypatch):
    """A stand-in for duckdb: a function, a class of connections, a path in a statement."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "duckdb.py").write_text(
        "class DuckDBPyConnection:\n"
        "    def execute(self, query): return query\n"
        "def sql(query): return query\n"
        "def connect(database=':memory:'): return DuckDBPyConnection()\n"
        "def read_csv(path): return path\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    source = "import duckdb\nr = duckdb.sql(\"select * from 't.parquet' where b = 'x'\")"
    assert list(read(project, source)) == ["t.parquet"]
    assert list(read(project, "r = duckdb.connect().execute(\"from 't.csv'\")")) == ["t.csv"]
    assert list(read(project, "r = duckdb.read_csv(path='t.csv')")) == ["t.csv"]
    # duckdb finds frames among the names of who calls it: no one may stand between.
    import duckdb

    for sql in (duckdb.sql, duckdb.DuckDBPyConnection.execute):
        assert not hasattr(sql, "__wrapped__")
    monkeypatch.delitem(sys.modules, "duckdb")


def test_a_reader_stays_what_it_was(project):
    import pandas as pd

    read(project, "df = 1")
    assert pickle.loads(pickle.dumps(pd.read_parquet)) is pd.read_parquet
    assert pd.read_parquet.__name__ == "read_parquet"
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pd.read_parquet("nowhere.parquet")


@pytest.mark.parametrize(
    "source",
    [
        "write('new.txt')\nd = text('new.txt')",
        "import json, this",
        "d = text('/etc/hostname') if __import__('os').path.exists('/etc/hostname') else ''",
        "from sklearn.datasets import load_iris\niris = load_iris()",
        "import os\nd = os.path.exists('t.csv')",
        "try:\n    open('nowhere')\nexcept OSError:\n    pass",
    ],
)
def test_what_is_no_input(project, source):
    assert read(project, source) == {}


def test_cells_without_a_role_hear_nothing(project):
    project.run("d = text('t.csv')")
    assert read(project, "x = 1") == {}
    assert list(read(project, "d = text('t.json')", "train")) == ["t.json"]


def test_what_a_cell_wrote_is_no_input_of_a_later_one(project):
    read(project, "write('made.txt')", "preprocess")
    assert read(project, "d = text('made.txt')", "train") == {}


def test_a_changed_file_has_another_digest_and_a_touched_one_has_not(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    digests = FileDigests(tmp_path)
    told = [digests.of({str(file): "open"}, 1e12)[0]]
    os.utime(file, (1, 1))
    told.append(digests.of({str(file): "open"}, 1e12)[0])
    file.write_bytes(b"two")
    told.append(digests.of({str(file): "open"}, 1e12)[0])
    one, touched, two = (each["digest"] for each in told)
    assert one == touched != two


def test_large_files_are_sampled_and_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "WHOLE", 100)
    file = tmp_path / "a.bin"
    content = bytearray(range(256)) * 40
    digests = []
    for _ in range(2):
        file.write_bytes(content)
        [told] = FileDigests(tmp_path).of({str(file): "open"}, 1e12)
        digests.append(FileRead(**told))
        content[0] ^= 1
    assert [each.sampled for each in digests] == [True, True]
    assert not digests[0].is_like(digests[1])


def test_many_files_of_a_folder_are_one_entry(tmp_path):
    (tmp_path / "images").mkdir()
    for at in range(files.FILES + 1):
        (tmp_path / "images" / f"{at}.png").write_bytes(bytes([at]))
    paths = {str(path): "open" for path in (tmp_path / "images").iterdir()}
    [told] = FileDigests(tmp_path).of(paths, 1e12)
    assert (told["path"], told["files"], told["bytes"]) == ("images/", 51, 51)
    (tmp_path / "images" / "7.png").write_bytes(b"x")
    [other] = FileDigests(tmp_path).of(paths, 1e12)
    assert told["digest"] != other["digest"]


def test_a_file_that_changed_while_the_cell_ran_is_less_certain(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    [told] = FileDigests(tmp_path).of({str(file): "open"}, 0.0)
    assert told["confidence"] == 0.5


def test_a_run_has_the_files_of_its_cells(project, tmp_path):
    project.run("import pandas as pd\ndf = pd.read_csv('t.csv')", "data")
    project.run("total = df['a'].sum()\nextra = text('t.json')", "train")
    run = Store(tmp_path / ".cellmark").run("latest")
    assert list(run.files) == ["t.csv", "t.json"]
    assert [[file.path for file in cell.files] for cell in run.cells] == [["t.csv"], ["t.json"]]
    assert json.loads(project.spool.path.read_bytes().splitlines()[0])["files"]
