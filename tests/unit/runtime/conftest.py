"""A small bundle made by hand: a fitted model, real files, a real manifest."""

import base64
import hashlib
import json
import shutil
from pathlib import Path

import msgspec
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from cellmark_runtime import load
from cellmark_runtime.monitoring.profile import build_profile
from cellmark_runtime.scoring.persistence import dump
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import Manifest, Proof, Provenance, encode
from cellmark_runtime.types.signature import Field, Output, Signature

PLANS = ["basic", "max", "pro"]
SCORING = {
    "scoring/__init__.py": """\
from .schema import Frozen
from .steps import features, predict, predict_proba

__all__ = ["Frozen", "features", "predict", "predict_proba"]
""",
    "scoring/schema.py": """\
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Frozen:
    model: Any
    median_age: float
    plans: list
    scaler: Any
""",
    "scoring/steps.py": """\
import pandas as pd

from cellmark_runtime.scoring.dummies import with_categories


def features(customers, frozen):
    if (customers["visits"] == 999).any():
        raise ValueError("visits that no step can take")
    customers["age"] = customers["age"].fillna(frozen.median_age)
    customers["spend"] = customers["age"] / (customers["visits"] + 1)
    dummies = pd.get_dummies(with_categories(customers[["plan"]], {"plan": frozen.plans}))
    table = customers[["age", "visits", "active", "spend"]].join(dummies).astype(float)
    return frozen.scaler.transform(table)


def predict(features, frozen):
    return frozen.model.predict(features)


def predict_proba(features, frozen):
    return frozen.model.predict_proba(features)
""",
    "scoring/app.py": """\
from pathlib import Path

from cellmark_runtime.service import main

if __name__ == "__main__":
    main(Path(__file__).resolve().parents[1])
""",
}


def customers() -> pd.DataFrame:
    rows = 60
    return pd.DataFrame(
        {
            "plan": [PLANS[row * 7 % 3] for row in range(rows)],
            "age": [None if row % 11 == 0 else 20 + row * 13 % 50 + 0.5 for row in range(rows)],
            "visits": [row * 5 % 17 for row in range(rows)],
            "active": [row % 4 != 0 for row in range(rows)],
        }
    )


def labels(frame: pd.DataFrame) -> list[str]:
    leaves = (frame["visits"] < 8) ^ (frame["plan"] == "pro") ^ frame["active"]
    return ["Yes" if left else "No" for left in leaves]


def signature_of(frame: pd.DataFrame) -> Signature:
    dtype = {name: str(kind) for name, kind in frame.dtypes.items()}
    return Signature(
        inputs=(
            Field("plan", "string", dtype["plan"], categories=tuple(PLANS)),
            Field("age", "number", dtype["age"], nullable=True, minimum=20.5, maximum=69.5),
            Field("visits", "integer", dtype["visits"]),
            Field("active", "boolean", dtype["active"]),
        ),
        output=Output("classification", "string", classes=("No", "Yes"), probabilities=True),
    )


def frozen_of(
    frame: pd.DataFrame, strength: float = 1.0
) -> tuple[dict[str, object], list[list[float]]]:
    filled = frame.assign(age=frame["age"].fillna(frame["age"].median()))
    filled["spend"] = filled["age"] / (filled["visits"] + 1)
    dummies = pd.get_dummies(filled[["plan"]]).astype(float)
    table = filled[["age", "visits", "active", "spend"]].astype(float).join(dummies)
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(C=strength).fit(scaler.transform(table), labels(frame))
    frozen = {
        "median_age": float(frame["age"].median()),
        "plans": list(PLANS),
        "scaler": scaler,
        "model": model,
    }
    return frozen, model.predict_proba(scaler.transform(table)).tolist()


def build(
    folder: Path, *, version: int = 3, steps: str | None = None, strength: float = 1.0
) -> Path:
    frame = customers()
    frozen, probabilities = frozen_of(frame, strength)
    signature = signature_of(frame)
    for name, text in {**SCORING, **({"scoring/steps.py": steps} if steps else {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    persisted = tuple(dump(name, value, folder) for name, value in frozen.items())
    rows = json.loads(frame.head(12).to_json(orient="records"))
    answers = ["No" if row[0] > row[1] else "Yes" for row in probabilities[:12]]
    # Twelve rows at once sum in another order than sixty did: the last bits may differ.
    golden = GoldenRows(tuple(rows), tuple(answers), tuple(map(tuple, probabilities[:12])), 1e-12)
    profile = build_profile(frame, signature, [row[1] for row in probabilities])
    (folder / "tests").mkdir()
    (folder / "tests/golden.json").write_bytes(msgspec.json.encode(golden))
    (folder / "profile.json").write_bytes(msgspec.json.encode(profile))
    (folder / "requirements.lock").write_text("msgspec==0.0.1 \\\n    --hash=sha256:00\n")
    write_manifest(folder, signature, persisted, version)
    return folder


def write_manifest(folder, signature, persisted, version) -> None:
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = Manifest(
        name="churn",
        version=version,
        created_by="cellmark 0.1.0",
        signature=signature,
        provenance=Provenance("0" * 64, "churn.ipynb", "0" * 64, (), {}, "3.11", "0" * 64),
        proof=Proof(60, (), 0.0),
        persisted=persisted,
        files=files,
    )
    data = encode(manifest)
    (folder / "MANIFEST.json").write_bytes(data)
    statement = {
        "subject": [
            {"name": "MANIFEST.json", "digest": {"sha256": hashlib.sha256(data).hexdigest()}}
        ]
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    envelope = {"payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": []}
    (folder / "MANIFEST.sig").write_text(json.dumps(envelope))


@pytest.fixture(scope="session")
def whole_bundle(tmp_path_factory):
    """A bundle that no test may change."""
    return build(tmp_path_factory.mktemp("bundles") / "churn-3")


@pytest.fixture
def bundle(whole_bundle, tmp_path):
    """A copy of it, to damage."""
    return shutil.copytree(whole_bundle, tmp_path / "churn-3")


@pytest.fixture(scope="session")
def model(whole_bundle):
    return load(whole_bundle)


@pytest.fixture(scope="session")
def built():
    """Builds a variant: `built(folder, steps=...)`."""
    return build


@pytest.fixture
def frame():
    return customers()


@pytest.fixture
def row():
    return {"plan": "pro", "age": 33.5, "visits": 4, "active": True}
