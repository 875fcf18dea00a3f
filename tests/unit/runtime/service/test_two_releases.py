"""Two releases of scikit-learn side by side: each arm scores in the one that it was built with."""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import sklearn

import cellmark_runtime
from cellmark_runtime import load
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.routing.guardrails import Limits
from cellmark_runtime.service import create_app
from cellmark_runtime.service.challenge.challenging import Challenge
from cellmark_runtime.service.settings import Settings

from .conftest import Caller

OTHER = "1.6.1"
ROWS = [
    {"plan": plan, "age": age, "visits": visits, "active": True}
    for plan in ("basic", "max", "pro")
    for age in (None, 33.5)
    for visits in (0, 4, 30)
]
BUILD = """
import importlib.util, json, sys, sklearn
from pathlib import Path
from cellmark_runtime import load
spec = importlib.util.spec_from_file_location("bundles", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
folder = module.build(Path(sys.argv[2]), version=4, strength=0.01)
answers = load(folder).answer(json.loads(sys.argv[3])).probabilities
print(json.dumps([sklearn.__version__, [list(map(float, each)) for each in answers]]))
"""


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """An environment of this one's packages, but for scikit-learn."""
    assert not sklearn.__version__.startswith("1.6.")
    place = tmp_path_factory.mktemp("older") / "venv"
    venv.create(place, symlinks=True)
    python = place / "bin/python"
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--python", python, f"scikit-learn=={OTHER}"], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    ours = [sysconfig.get_path("purelib"), str(Path(cellmark_runtime.__file__).parents[1])]
    # Behind its own: what it has itself is found first.
    (place / "lib" / version / "site-packages/ours.pth").write_text("\n".join(ours) + "\n")
    return python


@pytest.mark.slow
def test_each_arm_scores_in_its_own_release(whole_bundle, older, tmp_path):
    conftest = Path(__file__).parents[1] / "conftest.py"
    command = [older, "-W", "ignore", "-c", BUILD, conftest, tmp_path / "4", json.dumps(ROWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    release, theirs = json.loads(done.stdout)
    assert release == OTHER != sklearn.__version__
    expected = {3: [list(each) for each in load(whole_bundle).answer(ROWS).probabilities]}
    expected[4] = theirs
    assert expected[3] != expected[4]
    challenge = Challenge(
        folder=tmp_path / "4", mode="split", share=0.5, limits=Limits(seconds=60.0), python=older
    )
    settings = Settings(audit=AuditSettings(tmp_path / "audit"))
    app = create_app(load(whole_bundle), settings, challenge=challenge)
    app._challenger.start = lambda: None
    app._challenger.begin()
    with Caller(app) as caller:
        caller.get("/ready")
        process = app._challenger.trial.challenger.model._process._process
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        answered = set()
        for unit in range(30):
            reply = caller.predict(json=ROWS, headers={"x-cellmark-unit": str(unit)}).json()
            got = [[*each["probabilities"].values()] for each in reply["predictions"]]
            assert got == expected[reply["version"]]
            answered.add((reply["version"], reply["arm"]))
    assert answered == {(3, "champion"), (4, "challenger")}
    assert f"{older.parents[1]}/lib" in maps
    assert "/sklearn/" in maps
