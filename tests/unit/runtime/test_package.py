import subprocess
import sys

HEAVY = ("numpy", "pandas", "sklearn", "IPython", "jupyter_client", "starlette", "msgspec")


def test_importing_the_runtime_loads_nothing_heavy():
    code = f"import sys, cellmark_runtime; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_naming_load_still_loads_no_pandas():
    code = (
        "import sys; from cellmark_runtime import load; from cellmark_runtime.service import main;"
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'jupyter_core') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_said_to_be_unknown():
    import cellmark_runtime

    assert not hasattr(cellmark_runtime, "nothing")
