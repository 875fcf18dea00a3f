"""Estimators on the way to the model: fitted once, applied by scoring."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "scaler": 'df["extra"] = StandardScaler().fit_transform(df[["income"]]).ravel()',
    "fitted, then applied": """
        km = KMeans(3, n_init=1, random_state=0).fit(df[["income"]])
        df["extra"] = km.predict(df[["income"]])
        """,
    "fit_predict": """
        df["extra"] = KMeans(3, n_init=1, random_state=0).fit_predict(df[["income"]])
        """,
    "components": """
        Z = PCA(2).fit_transform(df[["income", "visits"]])
        df["extra"] = Z[:, 0]
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
