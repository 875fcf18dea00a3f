"""Which kernel a notebook gets, and what to say when there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets import Instance

from cellmark_runtime.errors import CellmarkError

__all__ = ["KernelMissing", "OwnKernelSpecs", "kernel_of"]

NATIVE = "python3"


class KernelMissing(CellmarkError):
    """The kernel that a notebook names is not installed, or speaks no Python."""


class OwnKernelSpecs(KernelSpecManager):  # type: ignore[misc]
    """Jupyter's kernels, except that `python3` always is the interpreter that runs Cellmark.

    Jupyter takes the first folder that has a `python3`: one from another environment, left in
    the home folder, would run the notebook with packages that nobody locked. Where an
    `interpreter` is named, every kernel is that one.
    """

    interpreter = Instance(Path, allow_none=True)

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The spec named `kernel_name`; raises NoSuchKernel."""
        if self.interpreter is not None:
            command = [str(self.interpreter), *get_kernel_dict()["argv"][1:]]
            named = {"argv": command, "display_name": kernel_name, "language": "python"}
            return KernelSpec(resource_dir=str(RESOURCES), **named)
        if kernel_name == NATIVE:
            return KernelSpec(resource_dir=str(RESOURCES), **get_kernel_dict())
        return super().get_kernel_spec(kernel_name)


def kernel_of(notebook: Any, where: str) -> str:
    """The name of the kernel that `notebook` asks for; `python3` where it asks for none.

    Raises: KernelMissing, which names the kernels that are installed.
    """
    name = notebook.metadata.get("kernelspec", {}).get("name") or NATIVE
    specs = OwnKernelSpecs()
    try:
        spec = specs.get_kernel_spec(name)
    except NoSuchKernel:
        raise _missing(name, specs, where) from None
    if spec.language.lower() != "python":
        raise KernelMissing(where, f"kernel {name!r} speaks {spec.language}", "a Python kernel")
    return str(name)


def _missing(name: str, specs: OwnKernelSpecs, where: str) -> KernelMissing:
    installed = sorted({NATIVE, *specs.find_kernel_specs()})
    return KernelMissing(
        where,
        f"kernel {name!r} is not installed",
        f"one of {', '.join(installed)}",
        f"Install it from its environment with `python -m ipykernel install --user --name {name}`, "
        "or choose another kernel for the notebook in JupyterLab.",
    )
