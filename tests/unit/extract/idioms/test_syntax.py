"""Shapes of statements, and the odd ways to write one."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "swap": """
        a, b = df["income"], df["visits"]
        a, b = b, a
        df["extra"] = a
        """,
    "try": """
        try:
            df["extra"] = df["nope"]
        except KeyError:
            df["extra"] = df["income"] - df["income"].mean()
        """,
    "with": """
        with pd.option_context("display.max_rows", 5):
            df["extra"] = df["income"] - df["income"].mean()
        """,
    "while": """
        k = 0
        while k < 2:
            df["extra"] = df["income"] - df["income"].mean()
            k += 1
        df["visits"] = df["visits"] + k
        """,
    "match": """
        kind = "x"
        match kind:
            case "x":
                df["extra"] = df["income"] - df["income"].mean()
            case _:
                df["extra"] = 0
        """,
    "line continued": 'df["extra"] = df["income"] \\\n    - df["income"].mean()',
    "semicolon": 'm = df["income"].mean(); df["extra"] = df["income"] - m',
    "tabs": 'for c in ["income"]:\n\tif c:\n\t\tdf["extra"] = df[c] - df[c].mean()',
    "odd characters": (
        's = "a\x0cb\u2028c"\ndf["extra"] = df["income"] - df["income"].mean() + len(s)'
    ),
    "accents": """
        größe = df["income"].mean(); df["façade"] = df["income"] - größe
        df["extra"] = df["façade"] * 2 - df["income"].mean()
        """,
    "text of several lines": (
        'df["extra"] = (df["city"] + """x\n  y""").str.len() - df["income"].mean()'
    ),
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
