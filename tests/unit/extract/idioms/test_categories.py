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
    # bins
    "bins by number": 'df["extra"] = pd.cut(df["income"], 4, labels=False)',
    "bins by number as a keyword": 'df["extra"] = pd.cut(df["income"], bins=5).cat.codes',
    "bins by number, named": """
        df["level"] = pd.cut(df["income"], 3, labels=["low", "mid", "high"])
        df["extra"] = df["level"].map({"low": 0, "mid": 1, "high": 2}).astype(int)
        """,
    "bins by number, open to the right": """
        df["extra"] = pd.cut(df["visits"], 3, right=False, precision=1).cat.codes
        """,
    "bins with their edges": """
        bins, edges = pd.cut(df["income"], 4, retbins=True, labels=False)
        df["extra"] = bins + edges[1]
        """,
    "bins of dates": 'df["extra"] = pd.cut(df["joined"], 3, labels=False)',
    "bins as dummies": """
        wide = pd.get_dummies(pd.cut(df["income"], 3), prefix="income")
        df["extra"] = wide.iloc[:, 0].astype(int) + 2 * wide.iloc[:, 2]
        """,
    "bins in a loop": """
        for c in ["income", "visits"]:
            df[c + "_bin"] = pd.cut(df[c], 4, labels=False)
        df["extra"] = df["income_bin"] * 10 + df["visits_bin"]
        """,
    "bins' middles": """
        df["extra"] = pd.cut(df["income"], 4).apply(lambda i: i.mid).astype(float)
        """,
    "quantile bins": 'df["extra"] = pd.qcut(df["income"], 4, labels=False)',
    "quantile bins as keyword": 'df["extra"] = pd.qcut(df["income"], q=4).cat.codes',
    "quantile bins with repeated edges": """
        df["extra"] = pd.qcut(df["visits"], 6, duplicates="drop", labels=False)
        """,
    "quantile bins by position": """
        df["extra"] = pd.qcut(df["income"], [0, .3, .9, 1], False)
        """,
    "quantile bins imported by name": """
        from pandas import qcut
        df["extra"] = qcut(df["income"], 3, labels=False)
        """,
    "quantile bins with a missing value": """
        df["extra"] = pd.qcut(df["age"], 3, labels=["a", "b", "c"]).map({"a": 1, "b": 2, "c": 3})
        df["extra"] = df["extra"].astype(float)
        """,
    # codes
    "factorize": 'df["extra"] = pd.factorize(df["city"])[0]',
    "factorize, codes and uniques": """
        codes, uniques = pd.factorize(df["city"])
        df["extra"] = codes / len(uniques)
        """,
    "factorize as a method": 'df["extra"] = df["job"].factorize()[0]',
    "factorize in order": 'df["extra"], names = pd.factorize(df["job"], sort=True)',
    "factorize with missing": """
        df["extra"] = pd.factorize(df["job"], use_na_sentinel=False)[0]
        """,
    "factorize an array": 'df["extra"] = pd.factorize(df["city"].to_numpy())[0]',
    "factorize in a loop": """
        for c in ["city", "job"]:
            df[c], _ = df[c].factorize()
        df["extra"] = df["city"] * 10 + df["job"]
        """,
    "categorical": 'df["extra"] = pd.Categorical(df["city"]).codes',
    "categorical with missing": 'df["extra"] = pd.Categorical(df["job"]).codes',
    "categorical in a given order": """
        df["extra"] = pd.Categorical(df["city"], categories=["Rome", "Oslo", "Bern"]).codes
        """,
    "categorical, ordered": """
        df["city"] = pd.Categorical(df["city"], ordered=True)
        df["extra"] = (df["city"] > "Bern").astype(int)
        """,
    "series of categories": """
        df["extra"] = pd.Series(df["city"], dtype="category").cat.codes
        """,
    "a frame of categories": """
        codes = df[["city", "job"]].astype("category")
        df["extra"] = codes["city"].cat.codes * 10 + codes["job"].cat.codes
        """,
    "types by column": """
        df = df.astype({"city": "category", "visits": float})
        df["extra"] = df["city"].cat.codes + df["visits"]
        """,
    "categorical dtype": """
        df["city"] = df["city"].astype(pd.CategoricalDtype(ordered=True))
        df["extra"] = df["city"].cat.codes
        """,
    "categorical dtype with its categories": """
        kind = pd.CategoricalDtype(["Rome", "Oslo", "Bern"])
        df["extra"] = df["city"].astype(kind).cat.codes
        """,
    "the text columns as categories": """
        for c in df.select_dtypes(include=["object", "string"]).columns:
            if c != "bought":
                df[c] = df[c].astype("category").cat.codes
        df["extra"] = df["city"] * 10 + df["job"]
        """,
    "a category for what is missing": """
        job = df["job"].astype("category").cat.add_categories("none").fillna("none")
        df["extra"] = job.cat.codes
        """,
    "categories renamed": """
        city = df["city"].astype("category").cat.rename_categories({"Bern": "Basel"})
        df["extra"] = (city == "Basel").astype(int)
        """,
    "rare categories joined": """
        share = df["job"].value_counts(normalize=True)
        rare = share[share < 0.25].index
        df["job"] = df["job"].replace(dict.fromkeys(rare, "rare"))
        df["extra"] = df["job"].astype("category").cat.codes
        """,
    # dummies, option by option
    "dummies of all texts": """
        wide = pd.get_dummies(df.drop(columns="bought"))
        df["extra"] = wide["city_Oslo"].astype(int)
        """,
    "dummies by prefix": """
        wide = pd.get_dummies(df[["city", "job"]], prefix=["c", "j"], prefix_sep="=")
        df["extra"] = wide["c=Rome"] + 2 * wide["j=nurse"]
        """,
    "dummies by prefix of each": """
        wide = pd.get_dummies(df, columns=["city", "job"], prefix={"city": "c", "job": "j"})
        df["extra"] = wide["c_Rome"] + 2 * wide["j_nurse"]
        """,
    "dummies, missing and first": """
        wide = pd.get_dummies(df[["job"]], dummy_na=True, drop_first=True, dtype=float)
        df["extra"] = wide["job_nan"] + wide["job_pilot"]
        """,
    "sparse dummies": """
        wide = pd.get_dummies(df["city"], sparse=True, dtype=int)
        df["extra"] = wide["Rome"].sparse.to_dense()
        """,
    "dummies of numbers": """
        wide = pd.get_dummies(df["visits"], prefix="v", dtype=int)
        df["extra"] = wide["v_3"] - wide["v_5"]
        """,
    "dummies of an array": """
        df["extra"] = pd.get_dummies(df["city"].to_numpy(), dtype=int).to_numpy()[:, 1]
        """,
    "dummies reindexed": """
        wide = pd.get_dummies(df["city"]).reindex(columns=["Rome", "Lima"], fill_value=0)
        df["extra"] = wide["Rome"].astype(int) + wide["Lima"]
        """,
    "dummies joined to the frame": """
        df = df.join(pd.get_dummies(df["city"], dtype=int))
        df["extra"] = df["Oslo"]
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)


@pytest.mark.filterwarnings("ignore:Parsing dates in")
def test_dates_are_read_as_the_first_of_the_training_rows_was(is_exact: Check) -> None:
    is_exact(
        """
        df["day"] = df["joined"].dt.strftime("%d/%m/%Y")
        df["extra"] = pd.to_datetime(df["day"]).dt.month
        """
    )
