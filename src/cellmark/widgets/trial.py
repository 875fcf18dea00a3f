"""Try a model: a form made from its Signature, and what it answers as the form changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from cellmark.actions.kept_bundles import folder_of
from cellmark_runtime import Model, load
from cellmark_runtime.errors import CheckFailed
from cellmark_runtime.scoring.golden import disagreement
from cellmark_runtime.service.pages.markup import element

from .answer import answer_html
from .control import Control, control_of
from .fields import common_fields, common_policies, golden_values
from .toolkit import toolkit

__all__ = ["Trial", "try_model"]

# Answers stand beside each other, and all of them below the form where the page is narrow.
_SIDES = {"flex": "1 1 24em"}
_SIDE = {"flex": "1 1 0", "min_width": "0", "max_width": "32em", "margin": "0 0 0 2em"}

Bundle: TypeAlias = str | os.PathLike[str] | Model


def try_model(
    champion: Bundle,
    challenger: Bundle | None = None,
    *,
    trusted: Iterable[str] = (),
    start: Path | None = None,
) -> Trial:
    """A form to try a row: its prediction, and a challenger's beside it, at every change.

    Args: `champion` and `challenger` are bundles: a folder, a registered `churn@champion`, or a
    model that `cellmark_runtime.load` gave; `trusted` as there; `start` where to look for the
    store (default: the current folder).
    Raises: BundleError; CheckFailed where a bundle's golden rows get other answers in this kernel
    than in the notebook; CellmarkError without ipywidgets.
    """
    toolkit()
    given = [champion] if challenger is None else [champion, challenger]
    models = [_model(bundle, tuple(trusted), start) for bundle in given]
    for model in models:
        _prove(model)
    return Trial(models)


def _model(bundle: Bundle, trusted: Sequence[str], start: Path | None) -> Model:
    if isinstance(bundle, Model):
        return bundle
    is_registered = isinstance(bundle, str) and "@" in bundle and not Path(bundle).is_dir()
    folder = folder_of(str(bundle), start=start) if is_registered else Path(bundle)
    return load(folder, trusted)


def _prove(model: Model) -> None:
    found = disagreement(model)
    if found:
        raise CheckFailed(
            f"{model.name}@{model.version}",
            f"it does not answer as its notebook did ({found})",
            "the notebook's own answers to the golden rows",
            "Start a kernel with the packages of its requirements.lock, or ask `cellmark serve`.",
        )


class Trial:
    """The form, shown where a cell ends with it.

    `controls` are by the columns' names, `answers` a widget with HTML for each model; `widget` is
    all of it, to put into a layout of one's own.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        widgets = toolkit()
        self.models = tuple(models)
        self.controls = _controls(models)
        self.answers = tuple(widgets.HTML() for _ in models)
        for control in self.controls.values():
            control.observe(self._changed)
        self._answer()
        form = widgets.VBox([control.box for control in self.controls.values()])
        pairs = zip(_titles(models), self.answers, strict=True)
        sides = widgets.HBox([widgets.VBox(pair, layout=_SIDE) for pair in pairs], layout=_SIDES)
        self.widget = widgets.HBox([form, sides], layout={"flex_flow": "row wrap"})

    @property
    def row(self) -> dict[str, object]:
        """The row as a request to the service would carry it."""
        return {name: control.value for name, control in self.controls.items()}

    def _changed(self, _change: Mapping[str, Any]) -> None:
        self._answer()

    def _answer(self) -> None:
        row = self.row
        for model, shown in zip(self.models, self.answers, strict=True):
            shown.value = answer_html(model, row)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    def __repr__(self) -> str:
        return f"<a form to try {', '.join(map(_name, self.models))}>"


def _controls(models: Sequence[Model]) -> dict[str, Control]:
    """A control for each column, with the value that the first golden row has there."""
    policies, seen = common_policies(models), golden_values(models)
    first = {
        name: value for model in reversed(models) for name, value in model.golden.rows[0].items()
    }
    return {
        field.name: control_of(field, first.get(field.name), seen.get(field.name, ()), policies)
        for field in common_fields(models)
    }


def _titles(models: Sequence[Model]) -> list[Any]:
    roles = ["champion", "challenger"] if len(models) > 1 else [""]
    return [
        toolkit().HTML(element("h4", f"{_name(model)} {role}".strip(), style="margin: 0"))
        for model, role in zip(models, roles, strict=True)
    ]


def _name(model: Model) -> str:
    return f"{model.name}@{model.version}"
