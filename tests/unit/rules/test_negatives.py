"""What rules must not speak of: the more there is here, the more they can be trusted."""

from __future__ import annotations

import pytest

from .conftest import Find

FRAME = "import pandas as pd\n\ndf = pd.read_csv('a.csv')\n"
SPLIT = "from sklearn.model_selection import train_test_split\n"
SCALER = "from sklearn.preprocessing import StandardScaler\n"

CLEAN: dict[str, str] = {
    # names
    "a function uses what a later cell imports": (
        "# %%\ndef save():\n    plt.savefig('a.png')\n# %%\nimport pylab as plt\n\nsave()"
    ),
    "names of IPython": "# %%\nx = 1\nx\n# %%\nprint(_, In[0], Out)\ndisplay(x)\nget_ipython()",
    "loop, walrus, with and except": (
        "for i in range(3):\n    pass\nprint(i)\nif (n := 3) > 2:\n    print(n)\n"
        "with open('a') as f:\n    print(f)\ntry:\n    pass\nexcept OSError as e:\n    e"
    ),
    "comprehensions and lambdas have names of their own": (
        "a = [x * y for x in range(3) for y in range(x)]\nf = lambda z: z\n"
        "d = {k: v for k, v in zip(a, a)}"
    ),
    "a class and its body": "class A:\n    x = 1\n    y = x\n\n    def f(self):\n        return A",
    "a global that a function sets": "def f():\n    global g\n    g = 1\n\n\nf()\nprint(g)",
    "a name asked for first": "if 'cached' not in globals():\n    cached = 1\nprint(cached)",
    "a name tried first": "try:\n    done\nexcept NameError:\n    done = False",
    "star imports bind anything": "from math import *\n\nprint(sqrt(2))",
    "%run binds anything": "%run other.ipynb\nprint(anything)",
    "magics, commands, help": (
        "%matplotlib inline\n!ls -l\nfiles = !ls\nprint(files)\nlen?\n%time y = 1\nprint(y)"
    ),
    "%%time wraps Python": "# %%\n%%time\nx = 1\n# %%\nprint(x)",
    "%%capture gives a name": "# %%\n%%capture out\nprint(1)\n# %%\nprint(out)",
    "a cell of bash": "%%bash\necho $HOME | grep x",
    "match": "match [1, 2]:\n    case [a, *rest]:\n        print(a, rest)",
    "gaps in the counts": "# %% [2]\nx = 1\n# %% [9]\ny = x",
    "cells that did not run": "# %% [2]\nx = 1\n# %%\ny = x\n# %% [3]\nz = y",
    # randomness
    "seeded for all by numpy": (
        "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\n" + SPLIT
        + "np.random.seed(0)\na, b = train_test_split(range(9))\nm = RandomForestClassifier()"
    ),
    "no shuffle": SPLIT + "a, b = train_test_split(range(9), shuffle=False)",
    "folds in order": "from sklearn.model_selection import KFold\n\nfolds = KFold(5)",
    "options from elsewhere": SPLIT + "options = {}\na, b = train_test_split(range(9), **options)",
    "the base of a seeded ensemble": (
        "from sklearn.ensemble import BaggingClassifier\n"
        "from sklearn.tree import DecisionTreeClassifier\n\n"
        "m = BaggingClassifier(DecisionTreeClassifier(), random_state=0)"
    ),
    "a model without chance": (
        "from sklearn.linear_model import LogisticRegression\nfrom sklearn.svm import SVC\n\n"
        "m, n = LogisticRegression(), SVC()"
    ),
    "scipy with numpy's seed, or its own": (
        "import numpy as np\nfrom scipy import stats\n\n"
        "x = stats.norm.rvs(size=3, random_state=0)\nnp.random.seed(0)\n"
        "y = stats.norm.rvs(size=3)\nz = stats.norm.cdf(0)"
    ),
    "a seed drawn from a seeded generator": (
        "import numpy as np\n\nnp.random.seed(0)\nrng = np.random.default_rng(np.random.randint(9))"
    ),
    "a loader that keeps the order": (
        "from torch.utils.data import DataLoader\n\nrows = DataLoader([1, 2], batch_size=2)"
    ),
    "resampling with a seed": (
        "from imblearn.over_sampling import SMOTE\n\ns = SMOTE(random_state=0)"
    ),
    "columns called as methods that are gone": (
        FRAME + "names = df.first + ' ' + df.last\nprint(df.pad, names)"
    ),
    "money in billions": FRAME + "billions = df['revenue'].astype(int) / 1e9",
    "a generator with a seed": "import random\n\nr = random.Random(3)\nprint(r.random())",
    "sample of something else": "import random\n\nrandom.seed(0)\nprint(random.sample([1, 2], 1))",
    "own sample": "class A:\n    def sample(self, n):\n        return n\n\n\nprint(A().sample(3))",
    # leakage
    "statistics to look at": FRAME + SPLIT + (
        "print(df['a'].mean(), df.describe())\na, b = train_test_split(df, random_state=0)"
    ),
    "a constant fill": FRAME + SPLIT + (
        "df['a'] = df['a'].fillna(0)\na, b = train_test_split(df, random_state=0)"
    ),
    "a row filter": FRAME + SPLIT + (
        "df = df[df['a'] < df['a'].quantile(0.99)]\na, b = train_test_split(df, random_state=0)"
    ),
    "a target made with a median": FRAME + SPLIT + (
        "y = df['a'] > df['a'].median()\n"
        "a, b, c, d = train_test_split(df[['b']], y, random_state=0)"
    ),
    "a scaler inside a pipeline": FRAME + SPLIT + SCALER + (
        "from sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
        "a, b, c, d = train_test_split(df[['a']], df['b'], random_state=0)\n"
        "m = make_pipeline(StandardScaler(), Ridge()).fit(a, c)\nprint(m.score(b, d))"
    ),
    "a scaler for a plot": FRAME + SPLIT + SCALER + (
        "shown = StandardScaler().fit_transform(df[['a', 'b']])\n"
        "a, b = train_test_split(df, random_state=0)"
    ),
    "labels encoded before the split": FRAME + SPLIT + (
        "from sklearn.preprocessing import LabelEncoder\n"
        "y = LabelEncoder().fit_transform(df['y'])\n"
        "a, b, c, d = train_test_split(df[['a']], y, random_state=0)"
    ),
    "a last fit on all rows": FRAME + SPLIT + (
        "from sklearn.linear_model import Ridge\nX, y = df[['a']], df['b']\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
        "m = Ridge().fit(X_train, y_train)\nprint(m.score(X_test, y_test))\nm.fit(X, y)"
    ),
    "two folds, each in turn": FRAME + SPLIT + (
        "from sklearn.linear_model import Ridge\n"
        "X1, X2, y1, y2 = train_test_split(df[['a']], df['b'], random_state=0)\n"
        "m = Ridge()\nprint(m.fit(X2, y2).predict(X1), m.fit(X1, y1).predict(X2))"
    ),
    "a target that was taken out": FRAME + (
        "from sklearn.linear_model import Ridge\ny = df.pop('y')\nm = Ridge().fit(df, y)"
    ),
    "a pipeline chooses its columns": FRAME + (
        "from sklearn.compose import ColumnTransformer\nfrom sklearn.linear_model import Ridge\n"
        "from sklearn.pipeline import Pipeline\n"
        "m = Pipeline([('a', ColumnTransformer([])), ('b', Ridge())]).fit(df, df['y'])"
    ),
    # machines
    "addresses are no paths": "import pandas as pd\n\ndf = pd.read_csv('https://a.org/home/x/a.csv')",
    "relative paths": "import pandas as pd\n\ndf = pd.read_csv('../data/a.csv')",
    "a scratch folder": "open('/tmp/a.txt', 'w')",
    "dates and fractions": "x = 'a/b/c'\ny = '/'\nz = '1/2/2020'\nprint(x, y, z)",
    "a placeholder": "password = 'your_password'\napi_key = '<key>'\ntoken = 'xxxxxxxxxxxxxxxx'",
    "a secret from elsewhere": "import os\n\npassword = os.environ['PASSWORD']",
    "tokens of text": "tokens = ['a1b2c3d4e5']\npad_token = '[PAD]'\nmax_tokens = 100",
    "an address to be filled in": "url = 'postgresql://user:{password}@host/db'\nprint(url)",
    "preprocess that reads nothing": (
        "# %% data\nimport pandas as pd\n\ndf = pd.read_csv('a.csv')\n"
        "# %% preprocess\nimport os\n\nname = os.path.join('a', 'b')\ndf['x'] = df['a'] / 2"
    ),
    "a pin": "%pip install a==1.2 'b>=2,<3'",
    "not an install": "!pip list",
    # state
    "a default that is only read": "def f(names=[]):\n    return list(names)",
    "the same twice": FRAME + "# %%\ndf['a'] = df['a'].fillna(0)\ndf = df.drop_duplicates()",
    "set in the same cell": "import pandas as pd\n\ndf = pd.read_csv('a.csv')\ndf['a'] /= 10",
    "a set for membership": FRAME + "known = set(df['a'])\nprint(1 in known, len(known))",
    # pandas 3
    "in place on the frame": FRAME + "df.fillna({'a': 0}, inplace=True)",
    "a dict of frames": (
        "import pandas as pd\n\nframes = {'a': pd.read_csv('a.csv')}\n"
        "frames['a'].fillna(0, inplace=True)"
    ),
    "nested containers": "d = {'a': {'b': 1}}\nd['a']['b'] = 2\nm = [[1, 2]]\nm[0][1] = 3",
    "an array in two steps": "import numpy as np\n\nx = np.zeros((3, 3))\nx[0][1] = 2",
    "text and object": FRAME + (
        "c = [c for c in df if df[c].dtype == object or pd.api.types.is_string_dtype(df[c])]"
    ),
    "text that says nan": FRAME + "df['a'] = df['a'].replace('nan', None)",
}  # fmt: skip


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_no_finding(text: str, find: Find) -> None:
    versions = {
        "pandas": "3.0.0",
        "numpy": "2.4.0",
        "scikit_learn": "1.9.0",
        "matplotlib": "3.11.0",
    }
    assert [(each.rule, each.message) for each in find(text, **versions)] == []
