"""Rules about leakage: what the model learns from rows or columns that it will not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .facts import Facts
from .rule import Found, at
from .value import Fit, Learning, Split, Value

__all__ = [
    "all_rows_then_test",
    "fitted_before_split",
    "fitted_on_test",
    "statistic_before_split",
    "stopped_on_test",
    "target_in_features",
    "threshold_on_test",
]

_SPLIT_FIRST = "Split first; fit on the training rows, and only `transform` the test rows."
_FIT_TRANSFORMERS = frozenset({"fit", "fit_transform", "fit_resample"})
_CURVES = ("sklearn.metrics.roc_curve", "sklearn.metrics.precision_recall_curve")


def fitted_before_split(facts: Facts) -> Iterator[Found]:
    """Transformers fitted on all rows whose result is split, or cross-validated, afterwards."""
    yield from _before_split(facts, fits=True, fix=f"{_SPLIT_FIRST} A Pipeline does it for you.")


def statistic_before_split(facts: Facts) -> Iterator[Found]:
    """Statistics of all rows that go into features which are split afterwards."""
    fix = "Split first, and take the statistic of the training rows for both parts."
    yield from _before_split(facts, fits=False, fix=fix)


def _before_split(facts: Facts, *, fits: bool, fix: str) -> Iterator[Found]:
    told: set[int] = set()
    for split in [*facts.flow.splits, *facts.flow.validations]:
        for learning in sorted(_learnt_of(split), key=lambda each: each.cell.number):
            if learning.fits == fits and id(learning.node) not in told:
                told.add(id(learning.node))
                how = "" if fits else " is taken"
                message = (
                    f"{learning.said}{how}, with the rows that are kept for testing: "
                    f"cell {split.cell.number}, line {_line(split.node)}: {split.said} afterwards"
                )
                yield at(learning.cell, learning.node, message, fix)


def _learnt_of(split: Split) -> frozenset[Learning]:
    """What the features that are split owe to all rows; the target may be worked out from them."""
    first = split.given[0] if split.given else None
    if first is None or first.rows is None or first.rows.part != "all":
        return frozenset()
    return first.learnt


def fitted_on_test(facts: Facts) -> Iterator[Found]:
    """Fits on test rows."""
    for fit in facts.flow.fits:
        first = fit.given[0]
        if first.rows is None or first.rows.part != "test":
            continue
        if len(fit.given) > 1 or fit.estimator.learns:
            kind = fit.estimator.kind.rpartition(".")[2] or ast.unparse(fit.node.func)
            message = f"`{kind}` is fitted on test rows, `{_first(fit.node)}`"
            transforms = fit.estimator.learns and len(fit.given) == 1
            better = (
                "Use `transform` on the test rows" if transforms else "Fit on the training rows"
            )
            yield at(fit.cell, fit.node, message, f"{better}; what they measure is no test else.")


def all_rows_then_test(facts: Facts) -> Iterator[Found]:
    """Models fitted on all rows, and then asked about the test rows among them."""
    for ask in facts.flow.asks:
        first = ask.given[0] if ask.given else None
        fitted = ask.estimator.fitted
        if first is None or first.rows is None or fitted is None or not ask.estimator.kind:
            continue
        answers = isinstance(ask.node.func, ast.Attribute) and ask.node.func.attr != "transform"
        if (
            answers
            and (fitted.part, first.rows.part) == ("all", "test")
            and fitted.table == first.rows.table
        ):
            kind = ask.estimator.kind.rpartition(".")[2]
            message = (
                f"`{_first(ask.node)}` are test rows, and this `{kind}` was last fitted on all rows"
            )
            yield at(ask.cell, ask.node, message, "Fit it on the training rows before you test it.")


def target_in_features(facts: Facts) -> Iterator[Found]:
    """Features that hold the very column that is to be predicted."""
    for fit in facts.flow.fits:
        target = _target_held(fit.given)
        # These choose columns themselves.
        if target is not None and not fit.estimator.parts & {"ColumnTransformer", "Pipeline", ""}:
            message = f"`{_first(fit.node)}` holds the target, column {target!r}"
            fix = f"Take it out of the features: `.drop(columns={target!r})`."
            yield at(fit.cell, fit.node, message, fix)


def _target_held(given: tuple[Value, ...]) -> str | None:
    """The one column that the second argument is made of, if the first holds it."""
    if len(given) < 2:
        return None
    features, target = given[:2]
    if features.kind not in ("frame", "array") or len(target.reads) != 1:
        return None
    (column,) = target.reads
    same = features.rows is not None and features.rows == target.rows
    return column if same and features.holds(column) else None


def stopped_on_test(facts: Facts) -> Iterator[Found]:
    """Early stopping by what the test rows say: they then choose the model that they test."""
    for fit in facts.flow.fits:
        named = next(
            (key for key in ("eval_set", "validation_data", "eval_X") if key in fit.named), None
        )
        if named is None or not _holds_test(fit.named[named]) or not _stops(facts, fit):
            continue
        yield at(
            fit.cell,
            fit.node,
            f"test rows in `{named}` decide when training stops: they choose the model they test",
            "Set some training rows apart for it: split `X_train` once more.",
        )


def _holds_test(value: Value) -> bool:
    rows = value.rows is not None and value.rows.part == "test"
    return (
        rows
        or any(_holds_test(each) for each in value.items[-1:] if value.kind == "list")
        or (value.kind != "list" and any(_holds_test(each) for each in value.items))
    )


def _stops(facts: Facts, fit: Fit) -> bool:
    """Whether early stopping is asked for: in the fit, or anywhere an estimator is made."""
    words = ("early_stopping_rounds", "early_stopping", "EarlyStopping", "early_stop")
    if any(key in words for key in fit.named):
        return True
    texts = ast.unparse(fit.node)
    if any(word in texts for word in words):
        return True
    made = _construction(facts, fit)
    return made is not None and any(
        each.arg == "early_stopping_rounds" and not _is_none(each.value) for each in made.keywords
    )


def _construction(facts: Facts, fit: Fit) -> ast.Call | None:
    """The call that made the estimator of a fit, if a name was given to it."""
    owner = fit.node.func.value if isinstance(fit.node.func, ast.Attribute) else None
    if isinstance(owner, ast.Call):
        return owner
    if not isinstance(owner, ast.Name):
        return None
    made = [
        node.value
        for cell, node in facts.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and cell.number <= fit.cell.number
        and any(isinstance(each, ast.Name) and each.id == owner.id for each in node.targets)
    ]
    return made[-1] if made else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def threshold_on_test(facts: Facts) -> Iterator[Found]:
    """A threshold picked on a curve of the test rows, by `argmax` or the like."""
    curves: dict[str, ast.Call] = {}
    for cell, node in facts.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if facts.full_name(node.value.func) in _CURVES and _of_test(facts, node.value):
                last = node.targets[0]
                if isinstance(last, ast.Tuple) and isinstance(last.elts[-1], ast.Name):
                    curves[last.elts[-1].id] = node.value
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id in curves
            and _picks(facts, node.slice)
        ):
            curve = ast.unparse(curves[node.value.id].func)
            message = f"the threshold is chosen on the test rows, by `{curve}`"
            fix = "Choose it on rows set apart from the training rows; test it on the test rows."
            yield at(cell, node, message, fix)


def _of_test(facts: Facts, call: ast.Call) -> bool:
    value = facts.flow.values.get(id(call.args[0])) if call.args else None
    return value is not None and value.rows is not None and value.rows.part == "test"


def _picks(facts: Facts, index: ast.expr) -> bool:
    """Whether an index is the place of a best value: `np.argmax(f1)`, or a name given to that."""
    if isinstance(index, ast.Name):
        assigned = [
            node.value
            for _, node in facts.nodes
            if isinstance(node, ast.Assign)
            and any(isinstance(each, ast.Name) and each.id == index.id for each in node.targets)
        ]
        return any(_picks(facts, each) for each in assigned if not isinstance(each, ast.Name))
    return any(
        isinstance(part, ast.Attribute) and part.attr in ("argmax", "argmin", "nanargmax")
        for part in ast.walk(index)
    )


def _first(node: ast.Call) -> str:
    return ast.unparse(node.args[0]) if node.args else "X"


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)
