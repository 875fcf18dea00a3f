"""Categories, codes, dummies and bins: as the training rows had them."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "codes": 'df["extra"] = df["city"].astype("category").cat.codes',
    "codes with a missing value": 'df["extra"] = df["job"].astype("category").cat.codes',
    "label encoder": 'df["extra"] = LabelEncoder().fit_transform(df["city"])',
    "one label encoder for two columns": """
        le = LabelEncoder()
        df["city"] = le.fit_transform(df["city"])
        df["job"] = le.fit_transform(df["job"].astype(str))
        df["extra"] = df["city"] + df["job"]
        """,
    "label encoders in a dict": """
        encoders = {}
        for c in ["city", "job"]:
            le = LabelEncoder()
            df[c + "_code"] = le.fit_transform(df[c].astype(str))
            encoders[c] = le
        df["extra"] = df["city_code"] + df["job_code"]
        """,
    "dummies joined": """
        df = pd.concat([df, pd.get_dummies(df["city"], prefix="city")], axis=1)
        df["extra"] = df["city_Bern"].astype(int)
        """,
    "dummies of a frame": """
        wide = pd.get_dummies(df[["age", "city", "job"]], columns=["city", "job"], drop_first=True)
        df["extra"] = wide["city_Oslo"].astype(int) + wide["job_pilot"]
        """,
    "dummies with missing": """
        d = pd.get_dummies(df["job"], dummy_na=True, dtype=int)
        df["extra"] = d["nurse"]
        """,
    "one-hot encoder": """
        ohe = OneHotEncoder(sparse_output=False)
        table = ohe.fit_transform(df[["city"]])
        table = pd.DataFrame(table, columns=ohe.get_feature_names_out(), index=df.index)
        df = pd.concat([df, table], axis=1)
        df["extra"] = df["city_Bern"]
        """,
    "sparse": 'df["extra"] = OneHotEncoder().fit_transform(df[["city"]]).toarray()[:, 0]',
    "codes by appearance": """
        codes = {c: i for i, c in enumerate(df["city"].unique())}
        df["extra"] = df["city"].map(codes)
        """,
    "codes built in a loop": """
        codes = {}
        for c in df["city"]:
            if c not in codes:
                codes[c] = len(codes)
        df["extra"] = df["city"].map(codes)
        """,
    "bins by edges": """
        df["extra"] = pd.cut(df["income"], [-1e9, 2000, 3000, 1e9], labels=False)
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
