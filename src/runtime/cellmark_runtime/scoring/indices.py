"""Indices in a skops file, other than those of trees, that C code follows without a look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import BundleError

__all__ = ["check_indices"]

_Attributes = Mapping[str, Any]


def check_indices(root: Any) -> None:
    """Check each sparse matrix, machine, vocabulary and class index below an audited skops node.

    Raises: BundleError if an index lies outside its table.
    """
    for node in _nodes(root):
        if node.module_name.startswith("scipy.sparse."):
            _check_sparse(node)
        check = _CHECKS.get(f"{node.module_name}.{node.class_name}")
        if check is not None and getattr(node, "attrs", None) is not None:
            check(_attributes(node))


def _attributes(node: Any) -> _Attributes:
    attributes = getattr(node.attrs, "content", None)
    if not isinstance(attributes, dict):
        raise _refused(f"a {node.class_name} without attributes")
    return attributes


def _nodes(root: Any) -> Iterator[Any]:
    pending, seen = [root], set()
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending += node.values()
        elif isinstance(node, (list, tuple)):
            pending += node
        elif hasattr(node, "children") and id(node) not in seen:
            seen.add(id(node))
            pending += node.children.values()
            yield node


def _check_sparse(node: Any) -> None:
    if type(node).__name__ != "SparseMatrixNode":
        raise _refused("a sparse matrix in no form of skops' own")
    try:
        node.construct().check_format(full_check=True)
    except (ValueError, AttributeError) as problem:
        raise _refused(f"a sparse matrix whose indices lie outside it ({problem})") from problem


def _value(attributes: _Attributes, name: str) -> Any:
    return attributes[name].construct() if name in attributes else None


def _check_machine(attributes: _Attributes) -> None:
    """Libsvm reads as many vectors, coefficients and intercepts as the classes' counts say."""
    counts = _value(attributes, "_n_support")
    if counts is None:
        return
    vectors, places = _value(attributes, "support_vectors_"), _value(attributes, "support_")
    # A machine without classes counts its vectors first, and has one set of coefficients.
    classes = len(counts) if "classes_" in attributes else 2
    total = int(counts.sum() if "classes_" in attributes else counts[0])
    # With a kernel computed beforehand it keeps no vectors.
    kept = 0 if _value(attributes, "kernel") == "precomputed" else total
    right = (
        np.all(counts >= 0)
        and (len(places), vectors.shape[0]) == (total, kept)
        and _value(attributes, "_dual_coef_").shape == (classes - 1, total)
        and _value(attributes, "_intercept_").shape == (classes * (classes - 1) // 2,)
    )
    if not right:
        raise _refused("a support vector machine whose parts do not fit each other")


def _check_labels(attributes: _Attributes) -> None:
    """The classes of neighbours are looked up by number."""
    classes, labels = _value(attributes, "classes_"), _value(attributes, "_y")
    if classes is None or labels is None:
        return
    several = isinstance(classes, list)
    tables = classes if several else [classes]
    columns = labels.T if several else [labels]
    for table, column in zip(tables, columns, strict=True):
        if len(column) and (column.min() < 0 or column.max() >= len(table)):
            raise _refused("neighbours of a class that is none of the model's")


def _check_vocabulary(attributes: _Attributes) -> None:
    """Words are counted in the column that the vocabulary names."""
    vocabulary = _value(attributes, "vocabulary_")
    if vocabulary is not None and {*vocabulary.values()} != {*range(len(vocabulary))}:
        raise _refused("a vocabulary whose columns are not numbered one after the other")


_CHECKS: Mapping[str, Callable[[_Attributes], None]] = {
    **{
        f"sklearn.svm._classes.{name}": _check_machine
        for name in ("NuSVC", "NuSVR", "OneClassSVM", "SVC", "SVR")
    },
    "sklearn.neighbors._classification.KNeighborsClassifier": _check_labels,
    "sklearn.neighbors._classification.RadiusNeighborsClassifier": _check_labels,
    "sklearn.feature_extraction.text.CountVectorizer": _check_vocabulary,
    "sklearn.feature_extraction.text.TfidfVectorizer": _check_vocabulary,
}


def _refused(received: str) -> BundleError:
    return BundleError("model file", received, "an estimator as scikit-learn fits it")
