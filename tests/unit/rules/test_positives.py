"""What rules must find, beyond the documented examples: the rule, where, and in which words."""

from __future__ import annotations

import pytest

from .conftest import Find

FRAME = "import pandas as pd\n\ndf = pd.read_csv('a.csv')\n"
SPLIT = "from sklearn.model_selection import train_test_split\n"

# what -> (notebook, rule, cell, line, a part of the message)
FOUND: dict[str, tuple[str, str, int, int, str]] = {
    "a function that needs a later name": (
        "# %%\ndef f():\n    return late\nf()\n# %%\nlate = 1", "CM104", 1, 3,
        "`f()` needs `late`, which is set only in cell 2",
    ),
    "further down in the same cell": ("a = b\nb = 1", "CM104", 1, 1, "further down in this cell"),
    "only a skipped cell": (
        "# %% skip\nx = 1\n# %%\nprint(x)", "CM105", 2, 1, "only cell 1 sets, and it is",
    ),
    "a function's body": ("def f():\n    return nowhere", "CM105", 1, 2, "`f()` needs `nowhere`"),
    "deleted by del": ("# %%\nx = 1\ndel x\n# %%\nprint(x)", "CM104", 2, 1, "`x` is needed here"),
    "under a magic": ("%matplotlib inline\nprint(x)", "CM105", 1, 2, "`x` is needed here"),
    "run again later": (
        "# %% [1]\nx = 1\n# %% [7]\ny = 2\n# %% [3]\nz = 3", "CM103", 2, 1,
        "ran as [7], after cell 3, which ran as [3]",
    ),
    "a tag that silences nothing": (
        "# %% cellmark-ignore-CM999\nx = 1", "CM102", 1, 1, "silences no rule",
    ),
    "a misspelt role in words": ("# %% preproces\nx = 1", "CM102", 1, 1, "unknown tag 'preproces'"),
    "a line that is no Python": ("x = 1\ny = = 2", "CM101", 1, 2, "not valid Python"),
    "folds that shuffle": (
        "from sklearn.model_selection import KFold\nfolds = KFold(5, shuffle=True)", "CM301", 1, 2,
        "`KFold` without `random_state`",
    ),
    "None is no seed": (
        SPLIT + "a, b = train_test_split(range(9), random_state=None)", "CM301", 1, 2, "anew",
    ),
    "another name for it": (
        "import sklearn.model_selection as ms\na, b = ms.train_test_split(range(9))", "CM301", 1, 2,
        "split",
    ),
    "seeded too late": (
        "import numpy as np\nx = np.random.rand(3)\nnp.random.seed(0)", "CM303", 1, 2, "rand",
    ),
    "seeded by the clock": (
        "import random, time\nrandom.seed(time.time())\nx = random.random()", "CM303", 1, 3,
        "nothing seeds it",
    ),
    "scipy's draws": (
        "from scipy import stats\nx = stats.norm.rvs(size=3)", "CM303", 1, 2, "`stats.norm.rvs`",
    ),
    "rows made for balance": (
        "from imblearn.over_sampling import SMOTE\ns = SMOTE()", "CM304", 1, 2, "`SMOTE` without",
    ),
    "encoded in folds": (
        "from sklearn.preprocessing import TargetEncoder\ne = TargetEncoder()", "CM304", 1, 2,
        "`TargetEncoder` without",
    ),
    "seconds of dates by a true division": (
        FRAME + "s = df['date'].astype('int64') / 1e9", "CM615", 1, 4, "thousandth",
    ),
    "a method that is called": (FRAME + "week = df.first('7D')", "CM602", 1, 4, "`.first`"),
    "Python's own": (
        "import random\nx = random.random()\ny = random.random()", "CM303", 1, 2, "nor 1 more",
    ),
    "a group's statistic": (
        FRAME + SPLIT + "df['m'] = df['a'] / df.groupby('k')['a'].transform('mean')\n"
        "a, b = train_test_split(df, random_state=0)", "CM402", 1, 5, "groupby",
    ),
    "through a function of the notebook": (
        FRAME + SPLIT + "df['a'] = df['a'].fillna(df['a'].median())\ndf = clean(df)\n"
        "def clean(d):\n    return d\n\n\na, b = train_test_split(df, random_state=0)",
        "CM402", 1, 5, "median",
    ),
    "selected on all rows": (
        FRAME + SPLIT + "from sklearn.feature_selection import SelectKBest\n"
        "X = SelectKBest(k=2).fit_transform(df[['a', 'b', 'c']], df['y'])\n"
        "a, b, c, d = train_test_split(X, df['y'], random_state=0)", "CM401", 1, 6, "SelectKBest",
    ),
    "cross-validated": (
        FRAME + "from sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import cross_val_score\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "X = StandardScaler().fit_transform(df[['a']])\n"
        "print(cross_val_score(Ridge(), X, df['y']))",
        "CM401", 1, 7, "into folds",
    ),
    "split by position": (
        FRAME + "df['a'] = df['a'] - df['a'].mean()\ntrain = df[:700]\ntest = df[700:]",
        "CM402", 1, 4, "taken apart",
    ),
    "a target among chosen columns": (
        FRAME + "from sklearn.linear_model import Ridge\ncolumns = ['a', 'y']\n"
        "m = Ridge().fit(df[columns], df['y'])", "CM403", 1, 6, "column 'y'",
    ),
    "a target after the split": (
        FRAME + SPLIT + "from sklearn.linear_model import Ridge\n"
        "a, b, c, d = train_test_split(df, df['y'], random_state=0)\nm = Ridge().fit(a, c)",
        "CM403", 1, 7, "column 'y'",
    ),
    "a path in a command": ("!cp /home/ann/a.csv .", "CM501", 1, 1, "/home/ann/a.csv"),
    "a path on a drive": ("path = r'C:\\data\\a.csv'", "CM501", 1, 1, "path of one machine"),
    "a password in an address": (
        "url = 'postgresql://ann:s3cr3tpw@host/db'", "CM502", 1, 1, "a password in an address",
    ),
    "a token by its shape": ("# ghp_" + "a1B2" * 9, "CM502", 1, 1, "a GitHub token"),
    "a secret argument": ("connect(password='hunter2!x')", "CM502", 1, 1, "`password`"),
    "opened in preprocess": ("# %% preprocess\ntext = open('a').read()", "CM503", 1, 1, "`open`"),
    "a column stored into by position": (
        FRAME + "df['a'].iloc[0] = 1", "CM612", 1, 4, "is a copy",
    ),
    "filled in place in a function": (
        "def f(d):\n    d['a'].fillna(0, inplace=True)", "CM611", 1, 2, "`d['a']` is a copy",
    ),
    "dtypes of all": (FRAME + "c = df.dtypes[df.dtypes == object]", "CM613", 1, 4, "no `object`"),
    "gone by its module": (
        "from sklearn.cross_validation import train_test_split", "CM601", 1, 1, "since 0.20",
    ),
    "a step of time": (FRAME + "m = df.resample('3H').sum()", "CM604", 1, 4, "'3H'"),
    "a set kept by name": (
        FRAME + "columns = list(set(df.columns) - {'y'})\nX = df[columns]", "CM203", 1, 5,
        "`columns` has the order of a set",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "cell", "line", "said"), FOUND.values(), ids=FOUND.keys())
def test_finding(text: str, rule: str, cell: int, line: int, said: str, find: Find) -> None:
    versions = {
        "pandas": "3.0.0",
        "numpy": "2.4.0",
        "scikit_learn": "1.9.0",
        "matplotlib": "3.11.0",
    }
    found = [
        each for each in find(text, rule, **versions) if (each.cell, each.line) == (cell, line)
    ]
    assert found, find(text, **versions)
    assert said in found[0].message


def test_no_secret_is_printed_whole(find: Find) -> None:
    key = "AKIA" + "Q7X2" * 4
    text = f"key = '{key}'\nimport random\nx = random.random(), '{key}'\npassword = 'hunter2!x'"
    for each in find(text):
        assert key not in each.source + each.message
        assert "hunter2!x" not in each.source + each.message
    (third,) = find(text, "CM303")
    assert len(third.source) == len(text.split("\n")[2])


def test_a_tag_silences_its_cell_alone(find: Find) -> None:
    draws = "import random\nx = random.random()"
    other = "import numpy as np\ny = np.random.rand()"
    for tag in ("CM303", "CM3", "unseeded-generator"):
        text = f"# %% cellmark-ignore-{tag}\n{draws}\n# %%\n{other}"
        assert [each.cell for each in find(text)] == [2]


def test_columns_are_characters_from_one(find: Find) -> None:
    (found,) = find("é = 'ü'; import random; é = random.random()", "CM303")
    assert (found.column, found.end_column) == (29, 44)
    assert (found.line, found.end_line) == (1, 1)


def test_skipped_cells_are_looked_at_for_secrets_only(find: Find) -> None:
    found = find("# %% skip\nimport random\nx = random.random()\npassword = 'hunter2!x'")
    assert [each.rule for each in found] == ["CM502"]
