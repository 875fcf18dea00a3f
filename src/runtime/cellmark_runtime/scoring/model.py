"""Model: a loaded bundle, ready to answer rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ..errors import CellmarkError, RowError
from ..types.fault import Fault
from ..types.golden import GoldenRows
from ..types.manifest import Manifest
from ..types.policies import Policies
from ..types.profile import ReferenceProfile
from ..types.signature import Scalar, Signature
from .accepting import accepted
from .answers import Answer, answer_of
from .anyframe import count_of, numbered, rows_at
from .checking import InvalidRows
from .frames import frame_of
from .lone_rows import worked_out

if TYPE_CHECKING:
    import numpy as np

    from .anyframe import Frame

    Rows: TypeAlias = Sequence[object] | Frame

__all__ = ["Answer", "Model"]

# How often a refused batch is scored in parts to find its rows at fault.
_SEARCH_STEPS = 400


class Model:
    """Raw rows in, the notebook's own answers out.

    Rows are a list of dicts with raw columns (missing is None), or a frame of pandas or polars.
    """

    # Whether it scores in this process.
    is_here = True

    def __init__(
        self,
        manifest: Manifest,
        scoring: ModuleType,
        frozen: dict[str, object],
        golden: GoldenRows,
        profile: ReferenceProfile | None = None,
    ) -> None:
        self.manifest = manifest
        self.golden = golden
        self.profile = profile
        self.digest = manifest.digest
        self._accepts = accepted(manifest.signature, manifest.policies)
        self._scoring: Any = scoring
        self._frozen = scoring.Frozen(**frozen)

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> int:
        return self.manifest.version

    @property
    def signature(self) -> Signature:
        return self.manifest.signature

    @property
    def policies(self) -> Policies:
        return self.manifest.policies

    @property
    def accepts(self) -> Signature:
        """The Signature that rows are held against: with what the policies take besides."""
        return self._accepts

    @property
    def classes(self) -> tuple[Scalar, ...] | None:
        """The classes in the order of the probabilities' columns, or None where there are none."""
        return self.signature.output.columns

    def predict(self, rows: Rows) -> np.ndarray[Any, Any]:
        """One prediction a row, in order. Raises: InvalidRows with every fault found."""
        predictions: np.ndarray[Any, Any] = self._score(rows, self._scoring.predict)
        return predictions

    def predict_proba(self, rows: Rows) -> np.ndarray[Any, Any]:
        """Probabilities, shape (n_rows, n_classes), in the order of `classes`.

        Raises: InvalidRows with every fault found; CellmarkError if the model has none.
        """
        if not self.signature.output.probabilities:
            raise CellmarkError(
                f"{self.name}@{self.version}",
                "asked for probabilities",
                "a model whose notebook computes them",
                "Call predict instead.",
            )
        probabilities: np.ndarray[Any, Any] = self._score(rows, self._scoring.predict_proba)
        return probabilities

    def decision_function(self, rows: Rows) -> np.ndarray[Any, Any]:
        """The model's own scores, shape (n_rows,) or (n_rows, n_classes).

        Raises: InvalidRows with every fault found; CellmarkError if the bundle offers none.
        """
        if not self.signature.output.scores:
            raise CellmarkError(
                f"{self.name}@{self.version}",
                "asked for scores",
                "a model without probabilities, or whose notebook calls decision_function",
                "Call predict_proba or predict instead.",
            )
        scores: np.ndarray[Any, Any] = self._score(rows, self._scoring.decision_function)
        return scores

    def answer(self, rows: Rows) -> Answer:
        """Predictions, and what else the bundle offers, from one pass over the features."""
        return answer_of(*self.trace(rows)[1:])

    def trace(self, rows: Rows) -> tuple[Any, Any, Any, Any]:
        """What the estimators are asked about, the predictions, probabilities and scores (or None).

        Of models with inputs of their own it is a tuple of these.
        """
        output, scoring = self.signature.output, self._scoring

        def every(features: object, frozen: object) -> tuple[Any, Any, Any, Any]:
            return (
                features,
                scoring.predict(features, frozen),
                scoring.predict_proba(features, frozen) if output.probabilities else None,
                scoring.decision_function(features, frozen) if output.scores else None,
            )

        traced: tuple[Any, Any, Any, Any] = self._score(rows, every)
        return traced

    @property
    def steps_file(self) -> str:
        """The file name that the bundle's steps were compiled under, as tracebacks give it."""
        file: str = self._scoring.features.__code__.co_filename
        return file

    def explain(self) -> dict[str, object]:
        """What answers, from which notebook and data, and how it was proven."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "signature": msgspec.to_builtins(self.signature),
            "policies": msgspec.to_builtins(self.policies),
            "provenance": msgspec.to_builtins(self.manifest.provenance),
            "proof": msgspec.to_builtins(self.manifest.proof),
            "created_by": self.manifest.created_by,
        }

    def _score(self, rows: Rows, scorer: Callable[..., Any]) -> Any:
        frame = frame_of(rows, self.accepts, self.policies)
        try:
            return self._score_frame(frame, scorer)
        except InvalidRows:
            raise
        except Exception as problem:
            if isinstance(problem, RowError) and problem.field:
                raise InvalidRows.from_row_error(problem) from problem
            faults = self._refused_rows(frame, scorer)
            if not faults or not self._scores_golden(scorer):
                raise
            raise InvalidRows(faults) from problem

    def _score_frame(self, frame: Frame, scorer: Callable[..., Any]) -> Any:
        # A step may write into its frame; the rows are looked at again if it fails.
        features = worked_out(lambda own: self._scoring.features(own, self._frozen), frame)
        if count_of(features) != len(frame):
            raise RowError(
                0,
                "",
                "a row that the notebook's own steps leave out",
                "a row that they keep",
                "Send rows like those of the training data.",
            )
        return scorer(features, self._frozen)

    def _scores_golden(self, scorer: Callable[..., Any]) -> bool:
        """Whether a row known to be good still scores; if not, the model broke, not the rows."""
        try:
            self._score_frame(frame_of(self.golden.rows[:1], self.accepts, self.policies), scorer)
        except Exception:  # noqa: BLE001 - the author's steps may raise anything
            return False
        return True

    def _refused_rows(self, frame: Frame, scorer: Callable[..., Any]) -> list[Fault]:
        """The rows that fail on their own too, found by halving: then it is they, not the model."""
        faults: list[Fault] = []
        pending = [(0, len(frame))]
        for _ in range(_SEARCH_STEPS):
            if not pending:
                break
            start, stop = pending.pop()
            try:
                self._score_frame(numbered(rows_at(frame, range(start, stop))), scorer)
            except Exception as problem:  # noqa: BLE001 - the author's steps may raise anything
                middle = (start + stop) // 2
                if stop - start == 1:
                    faults.append(_refusal(start, problem))
                else:
                    pending += [(middle, stop), (start, middle)]
        return faults


def _refusal(row: int, problem: Exception) -> Fault:
    if isinstance(problem, RowError):
        parts = (problem.received, problem.expected, problem.fix)
        return Fault(row, problem.field, *parts, "refused")
    said = (str(problem).splitlines() or [""])[0]
    return Fault(
        row,
        "",
        f"a row on which scoring stops ({type(problem).__name__}: {said})",
        "a row like those of the training data",
        "Compare it with the golden rows.",
        "refused",
    )
