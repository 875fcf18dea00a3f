"""`cellmark demo`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, note, write_json

if TYPE_CHECKING:
    from cellmark.actions.demo import Demonstrated

__all__ = ["demo", "further_commands"]


def demo(
    *,
    folder: Annotated[
        Path, typer.Option("--dir", help="The folder to work in; made if it is not there.")
    ] = Path("cellmark-demo"),
    as_json: AsJson = False,
) -> None:
    """Do the main job on the shipped churn notebook.

    That is: run, package, verify, serve, and ask about one row. Writes to the folder only. A
    second demo in the same folder gives the same bundle.
    """
    from cellmark.actions.demo import demo as demonstrate

    done = demonstrate(folder, note=note)
    if as_json:
        write_json(done)
    else:
        _tell(done)


def _tell(done: Demonstrated) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in done.run.metrics.items() if value)
    console.print(f"\n[bold]{done.packaged.name}@{done.packaged.version}[/bold] answers.")
    console.print(f"  notebook   {metrics}")
    console.print(f"  proof      {done.packaged.proof.rows} rows, {_exactness(done)}")
    console.print(f"  verified   {', '.join(check.name for check in done.verified.checks)}")
    served = done.prediction["predictions"][0]
    console.print(f"  served     {_answer(served['prediction'], served['probabilities'].values())}")
    own = done.notebook
    console.print(f"  notebook   {_answer(own['prediction'], own['probabilities'])}")
    console.print("\nGo on:")
    for command in further_commands(done.bundle, served["id"]):
        console.print(f"  {command}")


def further_commands(bundle: str, prediction: str) -> list[str]:
    """What to try next. `make demo` runs where `cellmark` is on nobody's PATH yet."""
    folder = Path(bundle).parent
    found = shutil.which("cellmark") is not None
    return [
        *([] if found else [f"export PATH={Path(sys.executable).parent}:$PATH"]),
        f"jupyter lab {folder}/churn.ipynb",
        f"cellmark serve {bundle}",
        f"(cd {folder} && cellmark audit find {prediction})",
        f"less {bundle}/scoring/steps.py",
        f"less {bundle}/README.md",
    ]


def _answer(prediction: object, probabilities: Iterable[float]) -> str:
    return f"{prediction}, probabilities {', '.join(map(str, probabilities))}"


def _exactness(done: Demonstrated) -> str:
    worst = done.packaged.proof.max_abs_difference
    return "equal to the last bit" if worst == 0 else f"equal within {worst:.1e}"
