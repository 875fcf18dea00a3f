"""What a new version changes, read from the folder of the one before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.build import Built, build
from cellmark.bundle.earlier import changes_since
from cellmark.bundle.wheel import Wheel
from cellmark.bundle.write import write
from cellmark.core.plan import BundlePlan
from cellmark.core.statement import Statement

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
FROZEN = b'{"age_median": %s}'

Make = Callable[..., Built]


@pytest.fixture
def made(plan: BundlePlan, model_files: dict[str, bytes], wheel: Wheel) -> Make:
    def make(
        version: int, age: bytes = b"46.5", model: bytes = b"model", **fields: object
    ) -> Built:
        files = model_files | {"model/frozen.json": FROZEN % age, "model/model.skops": model}
        return build(msgspec.structs.replace(plan, version=version, **fields), files, wheel, KEY)

    return make


def test_nothing_earlier(made: Make, tmp_path: Path) -> None:
    assert changes_since(made(3), [tmp_path, tmp_path / "absent"]) is None


def test_nothing_changed(made: Make, tmp_path: Path) -> None:
    write(made(2).files, tmp_path / "loans-2")
    found = changes_since(made(3), [tmp_path])
    assert found is not None
    assert (found.since, found.bundle) == (2, str(tmp_path / "loans-2"))
    assert not any((found.code, found.constants, found.parameters, found.packages, found.data))


def test_the_newest_earlier_one_is_compared(made: Make, tmp_path: Path) -> None:
    for version in (1, 2, 4, 10):
        write(made(version).files, tmp_path / f"loans-{version}")
    (tmp_path / "loans-2-old").mkdir()
    found = changes_since(made(10), [tmp_path])
    assert found is not None
    assert found.since == 4


@pytest.mark.parametrize("harm", ["MANIFEST.json", "explanation.json", "requirements.lock"])
@pytest.mark.parametrize("content", [None, b"{", b"\xff"], ids=["gone", "half", "no text"])
def test_what_cannot_be_read_is_passed_over(
    harm: str, content: bytes | None, made: Make, tmp_path: Path
) -> None:
    write(made(1).files, tmp_path / "loans-1")
    write(made(2).files, tmp_path / "loans-2")
    (tmp_path / "loans-2" / harm).unlink()
    if content is not None:
        (tmp_path / "loans-2" / harm).write_bytes(content)
    found = changes_since(made(3), [tmp_path])
    assert found is not None
    assert found.since == (2 if (harm, content) == ("requirements.lock", b"{") else 1)


def test_values_packages_parameters_and_data(made: Make, plan: BundlePlan, tmp_path: Path) -> None:
    write(made(1).files, tmp_path / "loans-1")
    replace = msgspec.structs.replace
    provenance = replace(
        plan.provenance,
        parameters={"seed": 8, "path": "data/loans.csv", "new": True},
        data=(replace(plan.provenance.data[0], rows=300, digest="e" * 64),),
    )
    frozen = tuple(
        replace(each, summary="47.0") if each.name == "age_median" else each for each in plan.frozen
    )
    lock = plan.lock.replace("pandas==3.1.1", "numpy==2.4.6 \\\n    --hash=sha256:0\npandas==3.1.2")
    new = made(2, b"47.0", b"other", provenance=provenance, frozen=frozen, lock=lock)
    found = changes_since(new, [tmp_path])
    assert found is not None
    assert [msgspec.structs.astuple(each) for each in found.constants] == [
        ("age_median", "46.5", "47.0"),
        ("model", *["GradientBoostingClassifier, 20 trees"] * 2),
    ]
    assert [msgspec.structs.astuple(each) for each in found.parameters] == [
        ("new", None, "True"),
        ("seed", "7", "8"),
    ]
    assert [msgspec.structs.astuple(each) for each in found.packages] == [
        ("numpy", None, "2.4.6"),
        ("pandas", "3.1.1", "3.1.2"),
    ]
    assert [(each.before, each.after) for each in found.data] == [
        ("200 x 6, digest cccccccccccc", "300 x 6, digest eeeeeeeeeeee")
    ]


def statement(source: str, verdict: str = "kept", line: int = 1) -> Statement:
    return Statement(cell=1, line=line, source=source, verdict=verdict, reason="")  # type: ignore[arg-type]


A, B, C = statement("a = 1"), statement("b = 2"), statement("c = 3")
CODE = {
    "verdict": ((A, B), (A, statement("b = 2", "frozen")), [("b = 2", "b = 2", "kept", "frozen")]),
    "text": ((A, B, C), (A, statement("b = 3"), C), [("b = 2", "b = 3", "kept", "kept")]),
    "new": ((A, C), (A, B, C), [(None, "b = 2", None, "kept")]),
    "gone": ((A, B, C), (A, C), [("b = 2", None, "kept", None)]),
    "moved down": ((A, B), (A, statement("b = 2", line=7)), []),
    "one more": (
        (A, B),
        (A, statement("b = 5"), C),
        [("b = 2", "b = 5", "kept", "kept"), (None, "c = 3", None, "kept")],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CODE.values(), ids=CODE.keys())
def test_code(
    before: tuple[Statement, ...],
    after: tuple[Statement, ...],
    expected: list[tuple[str | None, ...]],
    made: Make,
    tmp_path: Path,
) -> None:
    write(made(1, statements=before).files, tmp_path / "loans-1")
    found = changes_since(made(2, statements=after), [tmp_path])
    assert found is not None
    assert [
        (each.before, each.after, each.verdict_before, each.verdict_after) for each in found.code
    ] == expected
