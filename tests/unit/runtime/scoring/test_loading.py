import json
import py_compile
import sys

import pytest

from cellmark_runtime import load
from cellmark_runtime.errors import BundleError


def steps_answering(answer):
    return f"""\
def features(rows, frozen):
    return rows


def predict(features, frozen):
    return ["{answer}"] * len(features)


predict_proba = None
"""


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    "name", ["model/model.skops", "model/frozen.json", "scoring/steps.py", "tests/golden.json"]
)
@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_file_with_one_byte_changed_is_refused_by_name(bundle, name, place):
    flip(bundle / name, place)
    with pytest.raises(BundleError) as caught:
        load(bundle)
    assert caught.value.where == name


def test_no_byte_of_the_manifest_can_change(bundle):
    whole = (bundle / "MANIFEST.json").read_bytes()
    for place in range(0, len(whole), 41):
        flip(bundle / "MANIFEST.json", place)
        with pytest.raises(BundleError) as caught:
            load(bundle)
        assert "MANIFEST.json" in str(caught.value)
        (bundle / "MANIFEST.json").write_bytes(whole)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "format None"),
        ('{"format": 2}', "format 2; expected format 1"),
        ('{"format": 1}', "missing required field"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_a_manifest_that_is_none(bundle, text, said):
    (bundle / "MANIFEST.json").write_text(text)
    with pytest.raises(BundleError, match="MANIFEST") as caught:
        load(bundle)
    assert said in str(caught.value)


def test_a_manifest_laid_out_otherwise_is_refused(bundle):
    (bundle / "MANIFEST.sig").unlink()
    path = bundle / "MANIFEST.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    with pytest.raises(BundleError, match="changed since it was written"):
        load(bundle)


def test_a_manifest_edited_after_signing_is_refused(bundle):
    path = bundle / "MANIFEST.json"
    path.write_text(path.read_text().replace("cellmark 0.1.0", "cellmark 9.9.9"))
    with pytest.raises(BundleError, match="changed since it was signed"):
        load(bundle)


def test_a_damaged_signature_is_named(bundle):
    (bundle / "MANIFEST.sig").write_text('{"payload": 3}')
    with pytest.raises(BundleError, match=r"MANIFEST\.sig"):
        load(bundle)


@pytest.mark.parametrize("name", ["scoring/extra.py", "note.txt", "model/other.joblib"])
def test_a_file_beyond_the_manifest_is_refused(bundle, name):
    (bundle / name).write_text("")
    with pytest.raises(BundleError) as caught:
        load(bundle)
    assert caught.value.where == name


def test_a_missing_file_is_named(bundle):
    (bundle / "profile.json").unlink()
    with pytest.raises(BundleError, match=r"profile\.json: missing"):
        load(bundle)


def test_a_link_to_a_folder_is_refused(bundle, tmp_path):
    (bundle / "more").symlink_to(tmp_path)
    with pytest.raises(BundleError) as caught:
        load(bundle)
    assert caught.value.where == "more"


def test_what_tools_leave_behind_is_passed_over(bundle, row):
    for folder in (".venv/bin", "__pycache__", "tests/.pytest_cache"):
        (bundle / folder).mkdir(parents=True)
        (bundle / folder / "anything").write_text("")
    assert len(load(bundle).predict([row])) == 1


def test_compiled_code_that_an_import_would_find_is_refused(bundle):
    (bundle / "json.pyc").write_bytes(b"")
    with pytest.raises(BundleError) as caught:
        load(bundle)
    assert caught.value.where == "json.pyc"


def test_a_path_out_of_the_bundle_is_refused(bundle):
    (bundle / "MANIFEST.sig").unlink()
    path = bundle / "MANIFEST.json"
    path.write_text(path.read_text().replace('"model/frozen.json":', '"../frozen.json":', 1))
    with pytest.raises(BundleError, match=r"lists '\.\./frozen\.json'"):
        load(bundle)


def test_no_bundle_there(tmp_path):
    with pytest.raises(BundleError, match=r"holds no MANIFEST\.json"):
        load(tmp_path)


def test_planted_bytecode_is_never_run(built, tmp_path, row):
    """A .pyc that says it comes from the checked source must not stand in for it."""
    folder = built(tmp_path / "d", steps=steps_answering("Yes"))
    planted = tmp_path / "planted.py"
    planted.write_text(steps_answering("planted"))
    cache = folder / "scoring/__pycache__" / f"steps.{sys.implementation.cache_tag}.pyc"
    cache.parent.mkdir()
    py_compile.compile(
        str(planted),
        cfile=str(cache),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    assert load(folder).predict([row]) == ["Yes"]


def test_two_bundles_live_in_one_process(built, tmp_path, row, model):
    other = load(built(tmp_path / "e", version=4, steps=steps_answering("other")))
    assert (other.predict([row]), other.version) == (["other"], 4)
    assert model.predict([row])[0] in ("Yes", "No")
    assert other.digest != model.digest
    assert "scoring" not in sys.modules


def test_a_package_that_does_not_import_is_named_each_time(built, tmp_path):
    folder = built(tmp_path / "f", steps="import no_such_package\n")
    for _ in range(2):
        with pytest.raises(BundleError, match=r"no_such_package.*requirements\.lock"):
            load(folder)
