"""The notebooks that are timed: cells as (roles, source). Each reads `rows.parquet`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["NOTEBOOKS", "write_rows"]

Cells = list[tuple[str, str]]


def write_rows(path: Path, count: int) -> None:
    """A table of `count` people: twelve floats, three counts, four texts, a date, a target."""
    random = np.random.default_rng(0)
    columns: dict[str, object] = {}
    for at in range(12):
        values = random.normal(50, 15, count).round(3)
        values[random.random(count) < 0.05] = np.nan
        columns[f"x{at}"] = values
    for name, most in (("visits", 40), ("children", 5), ("age", 80)):
        columns[name] = random.integers(0, most, count)
    for name, levels in (("city", 40), ("job", 12), ("plan", 4), ("channel", 7)):
        texts = np.array([f"{name} {level}" for level in range(levels)], dtype=object)
        drawn = texts[random.integers(0, levels, count)]
        drawn[random.random(count) < 0.03] = None
        columns[name] = drawn
    days = random.integers(0, 2000, count)
    columns["joined"] = pd.Timestamp("2019-01-01") + pd.to_timedelta(days, "D")
    score = columns["x0"] + 5.0 * columns["visits"] + random.normal(0, 60, count)  # type: ignore[operator]
    columns["bought"] = np.where(np.nan_to_num(score) > 150, "yes", "no")
    pd.DataFrame(columns).to_parquet(path)


IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
"""

REALISTIC: Cells = [
    ("", IMPORTS),
    ("parameters", "SEED = 1\nREFERENCE = '2026-01-01'"),
    ("data", "df = pd.read_parquet('rows.parquet')\ndf.shape"),
    ("", "df.head()"),
    ("", "df.describe()"),
    ("", "print(df['bought'].value_counts())\nprint(df.isna().mean().sort_values().tail())"),
    (
        "preprocess",
        """
NUMBERS = [f"x{i}" for i in range(12)]
for column in NUMBERS:
    df[column] = df[column].fillna(df[column].median())
for column in ["city", "job", "plan", "channel"]:
    df[column] = df[column].fillna("unknown")
""",
    ),
    (
        "preprocess",
        """
df["ratio"] = df["x1"] / (df["x2"].abs() + 1)
df["log_x3"] = np.log1p(df["x3"].clip(lower=0))
df["days"] = (pd.Timestamp(REFERENCE) - df["joined"]).dt.days
df["weekend"] = (df["joined"].dt.day_of_week >= 5).astype(int)
df["city_x0"] = df["city"].map(df.groupby("city")["x0"].mean())
df["job_visits"] = df["job"].map(df.groupby("job")["visits"].median())
""",
    ),
    (
        "preprocess",
        """
def cap(frame, columns, low=0.01, high=0.99):
    for column in columns:
        lower, upper = frame[column].quantile(low), frame[column].quantile(high)
        frame[column] = frame[column].clip(lower, upper)

cap(df, ["x4", "x5"])
df["band"] = pd.cut(df["age"], [-1, 18, 35, 50, 65, 200], labels=False)
y = (df.pop("bought") == "yes").astype(int)
""",
    ),
    (
        "preprocess",
        """
X = pd.get_dummies(df.drop(columns=["joined", "city"]), columns=["job", "plan", "channel"])
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=SEED)
""",
    ),
    (
        "preprocess",
        """
scaler = StandardScaler()
X_train_scaled = scaler.fit_transform(X_train)
X_test_scaled = scaler.transform(X_test)
""",
    ),
    ("train", "linear = LogisticRegression(max_iter=50)\nlinear.fit(X_train_scaled, y_train)"),
    (
        "evaluate",
        "chance = linear.predict_proba(X_test_scaled)[:, 1]\nprint(roc_auc_score(y_test, chance))",
    ),
    (
        "train",
        """
model = HistGradientBoostingClassifier(max_iter=30, random_state=SEED)
model.fit(X_train, y_train)
""",
    ),
    (
        "evaluate",
        """
predicted = model.predict(X_test)
accuracy = (predicted == y_test).mean()
print(accuracy, roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
""",
    ),
]

# Many small statements beside large frames: what each costs more is all that there is to see.
_SMALL = "\n".join(
    f"wide['v{at}'] = wide['v{at}'] * 2 + {at}\nnotes.append({at})\nlimit = {at} / 7"
    for at in range(150)
)
SMALL_STATEMENTS: Cells = [
    ("", IMPORTS),
    (
        "data",
        "df = pd.read_parquet('rows.parquet')[['x0', 'x1', 'x2', 'city', 'bought']]\n"
        "df = df.fillna({'x0': 0.0, 'x1': 0.0, 'x2': 0.0})",
    ),
    (
        "",
        "random = np.random.default_rng(0)\n"
        "wide = pd.DataFrame(random.random((2000, 600)), columns=[f'v{i}' for i in range(600)])\n"
        "notes = []",
    ),
    ("", _SMALL),
    ("preprocess", "X = df[['x0', 'x1', 'x2']].copy()\nX['x0'] = X['x0'] - X['x0'].mean()"),
    ("train", "model = LogisticRegression(max_iter=20).fit(X, df['bought'])"),
    ("evaluate", "model.predict(X)"),
]

# Loops over rows: 100,000 turns over a frame, a million over plain values.
ROW_LOOPS: Cells = [
    ("", IMPORTS),
    (
        "data",
        "df = pd.read_parquet('rows.parquet')[['x0', 'x1', 'visits', 'city', 'bought']]\n"
        "df = df.fillna({'x0': 0.0, 'x1': 0.0, 'city': 'none'})",
    ),
    (
        "",
        """
part = df.head(100_000)
total = 0.0
for i in range(len(part)):
    if part["visits"].iat[i] > 3:
        total = total + part["x0"].iat[i] * 2
    else:
        total = total - part["x1"].iat[i]
names = []
for index, row in part.iterrows():
    names.append(row["city"] + "/" + str(row["visits"]))
""",
    ),
    (
        "",
        """
values = df["x0"].tolist()
counts = {}
largest = 0.0
for value in values:
    step = int(value) // 10
    counts[step] = counts.get(step, 0) + 1
    if value * 2 > largest:
        largest = value * 2
at = 0
while at < len(values):
    at += 1
""",
    ),
    (
        "preprocess",
        """
def grade(value):
    if value > 60:
        return 2
    if value > 40:
        return 1
    return 0

df["grade"] = df["x0"].apply(grade)
X = df[["x0", "x1", "visits", "grade"]]
""",
    ),
    ("train", "model = LogisticRegression(max_iter=20).fit(X, df['bought'])"),
    ("evaluate", "model.predict(X)"),
]

NOTEBOOKS = {
    "realistic": REALISTIC,
    "small-statements": SMALL_STATEMENTS,
    "row-loops": ROW_LOOPS,
}
