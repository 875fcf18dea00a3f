"""The table of rules. Numbers are for good: a rule that goes leaves its number unused."""

from __future__ import annotations

from . import changed, leakage, order, pandas3, paths, randomness, secrets, state, tags
from .rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    # 1: cells and their order
    Rule("CM101", "syntax-error", "error", "A cell is not Python.", tags.syntax_error),
    Rule(
        "CM102",
        "unknown-tag",
        "error",
        "A tag is nearly a role, or silences no rule.",
        tags.unknown_tags,
    ),
    Rule(
        "CM103",
        "not-in-order",
        "warning",
        "Cells were run in another order than they stand in.",
        order.not_in_order,
    ),
    Rule(
        "CM104",
        "used-before-set",
        "error",
        "A name is needed above the cell that sets it.",
        order.used_before,
    ),
    Rule(
        "CM105",
        "undefined-name",
        "error",
        "Nothing in the notebook sets a name that it needs.",
        order.undefined,
    ),
    Rule(
        "CM106",
        "deleted-cell",
        "error",
        "A cell ran with a name that nothing in the notebook sets.",
        order.deleted_cell,
    ),
    # 2: state
    Rule(
        "CM201",
        "mutable-default",
        "warning",
        "A function changes its own default.",
        state.mutable_default,
    ),
    Rule(
        "CM202",
        "rerun-differs",
        "warning",
        "A cell makes its own input something else.",
        state.rerun_differs,
    ),
    Rule(
        "CM203",
        "order-of-a-set",
        "warning",
        "Columns have the order of a set.",
        state.order_of_a_set,
    ),
    # 3: randomness
    Rule(
        "CM301",
        "unseeded-split",
        "warning",
        "Rows are dealt anew in each run.",
        randomness.unseeded_split,
    ),
    Rule(
        "CM302",
        "unseeded-sample",
        "warning",
        "Rows are drawn without a seed.",
        randomness.unseeded_sample,
    ),
    Rule(
        "CM303",
        "unseeded-generator",
        "warning",
        "Random numbers that nothing seeds.",
        randomness.unseeded_generator,
    ),
    Rule(
        "CM304",
        "unseeded-estimator",
        "warning",
        "A random model is given no seed.",
        randomness.unseeded_estimator,
    ),
    Rule(
        "CM305",
        "unseeded-framework",
        "warning",
        "A framework's own generator is not seeded.",
        randomness.unseeded_framework,
    ),
    # 4: leakage
    Rule(
        "CM401",
        "fitted-before-split",
        "warning",
        "A transformer is fitted on all rows, which are split later.",
        leakage.fitted_before_split,
    ),
    Rule(
        "CM402",
        "statistic-before-split",
        "warning",
        "A statistic of all rows goes into features that are split later.",
        leakage.statistic_before_split,
    ),
    Rule(
        "CM403",
        "target-in-features",
        "error",
        "The features hold the target.",
        leakage.target_in_features,
    ),
    Rule(
        "CM404",
        "fitted-on-test",
        "error",
        "Something is fitted on test rows.",
        leakage.fitted_on_test,
    ),
    Rule(
        "CM405",
        "tested-on-training-rows",
        "error",
        "A model fitted on all rows is asked about the test rows.",
        leakage.all_rows_then_test,
    ),
    Rule(
        "CM406",
        "stopped-on-test",
        "warning",
        "Test rows decide when training stops.",
        leakage.stopped_on_test,
    ),
    Rule(
        "CM407",
        "threshold-on-test",
        "warning",
        "Test rows decide the threshold.",
        leakage.threshold_on_test,
    ),
    # 5: other machines, other people
    Rule("CM501", "absolute-path", "warning", "A path of one machine.", paths.absolute_path),
    Rule(
        "CM502",
        "secret",
        "error",
        "A key, token or password stands in the notebook.",
        secrets.secret,
    ),
    Rule(
        "CM503",
        "read-in-preprocess",
        "error",
        "A preprocess cell reads a file or an address.",
        paths.read_in_preprocess,
    ),
    Rule(
        "CM504",
        "unpinned-install",
        "warning",
        "A package is installed without a version.",
        paths.unpinned_install,
    ),
    # 6: versions
    Rule("CM601", "removed-name", "error", "A name is gone from a library.", changed.removed_name),
    Rule(
        "CM602",
        "removed-method",
        "error",
        "A method is gone from a library's objects.",
        changed.removed_method,
    ),
    Rule(
        "CM603",
        "removed-argument",
        "error",
        "A function no longer takes an argument.",
        changed.removed_argument,
    ),
    Rule(
        "CM604",
        "removed-value",
        "error",
        "An argument no longer takes a value.",
        changed.removed_value,
    ),
    Rule(
        "CM611",
        "inplace-on-column",
        "error",
        "Changing a column in place changes no frame.",
        pandas3.inplace_on_column,
    ),
    Rule(
        "CM612",
        "chained-assignment",
        "error",
        "Storing into a selection changes no frame.",
        pandas3.chained_assignment,
    ),
    Rule(
        "CM613",
        "text-as-object",
        "error",
        "Columns of text are no longer objects.",
        pandas3.text_as_object,
    ),
    Rule(
        "CM614",
        "missing-as-text",
        "error",
        "Missing values are no longer the text nan.",
        pandas3.missing_as_text,
    ),
    Rule(
        "CM615",
        "dates-as-numbers",
        "warning",
        "Dates no longer count nanoseconds.",
        pandas3.dates_as_numbers,
    ),
)
