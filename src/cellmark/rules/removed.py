"""What libraries took out: names, methods, arguments and values, with the version without them.

From the release notes of numpy, pandas, scikit-learn, scipy and matplotlib. A test holds every
entry against the versions that are installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["ALIASES", "ARGUMENTS", "DISTRIBUTIONS", "METHODS", "NAMES", "VALUES", "Gone"]

# top-level module -> distribution
DISTRIBUTIONS = {"sklearn": "scikit-learn", "numpy": "numpy", "pandas": "pandas", "scipy": "scipy",
                 "matplotlib": "matplotlib"}  # fmt: skip


class Gone(NamedTuple):
    """`since` is the first version without it."""

    since: str
    instead: str


def _all(since: str, module: str, names: Mapping[str, str]) -> dict[str, Gone]:
    return {f"{module}.{name}": Gone(since, instead) for name, instead in names.items()}


NAMES: dict[str, Gone] = {
    "numpy.asscalar": Gone("1.23", "x.item()"),
    **_all("1.24", "numpy", {
        "int": "int", "float": "float", "complex": "complex", "object": "object", "str": "str",
    }),
    **_all("2.0", "numpy", {
        "float_": "np.float64", "complex_": "np.complex128", "unicode_": "np.str_",
        "string_": "np.bytes_", "Inf": "np.inf", "Infinity": "np.inf", "PINF": "np.inf",
        "infty": "np.inf", "NINF": "-np.inf", "NaN": "np.nan", "NAN": "np.nan",
        "cumproduct": "np.cumprod", "product": "np.prod", "sometrue": "np.any",
        "alltrue": "np.all", "round_": "np.round", "msort": "np.sort(x, axis=0)",
        "asfarray": "np.asarray(x, dtype=float)", "find_common_type": "np.result_type",
        "mat": "np.asmatrix",
    }),
    **_all("2.4", "numpy", {"in1d": "np.isin", "trapz": "np.trapezoid"}),
    "pandas.rolling_mean": Gone("0.23", "x.rolling(n).mean()"),
    **_all("1.0", "pandas", {
        "Panel": "a frame with a MultiIndex", "SparseDataFrame": "columns of a sparse dtype",
        "TimeGrouper": "pd.Grouper(freq=...)", "scatter_matrix": "pd.plotting.scatter_matrix",
    }),
    **_all("2.0", "pandas", {
        "Int64Index": "pd.Index", "Float64Index": "pd.Index", "UInt64Index": "pd.Index",
        "datetime": "the module datetime", "np": "numpy itself", "util.testing": "pd.testing",
    }),
    **_all("3.0", "pandas", {
        "value_counts": "pd.Series(x).value_counts()", "read_gbq": "pandas_gbq.read_gbq",
    }),
    **_all("0.20", "sklearn", {
        "cross_validation": "sklearn.model_selection", "grid_search": "sklearn.model_selection",
        "learning_curve": "sklearn.model_selection", "decomposition.RandomizedPCA": "PCA",
        "mixture.GMM": "GaussianMixture", "gaussian_process.GaussianProcess":
        "GaussianProcessRegressor",
    }),
    **_all("0.22", "sklearn", {
        "preprocessing.Imputer": "sklearn.impute.SimpleImputer",
        "datasets.fetch_mldata": "fetch_openml", "covariance.GraphLasso": "GraphicalLasso",
    }),
    **_all("0.23", "sklearn", {
        "externals.joblib": "joblib itself", "externals.six": "six itself",
        "metrics.jaccard_similarity_score": "jaccard_score",
        "metrics.calinski_harabaz_score": "calinski_harabasz_score",
    }),
    **_all("0.24", "sklearn", {
        "utils.safe_indexing": "x.iloc[...] or x[...]", "utils.testing": "numpy.testing",
        "ensemble.forest": "sklearn.ensemble", "ensemble.gradient_boosting": "sklearn.ensemble",
        "ensemble.partial_dependence": "sklearn.inspection",
        "linear_model.logistic": "sklearn.linear_model", "metrics.scorer": "sklearn.metrics",
        "preprocessing.data": "sklearn.preprocessing",
        "preprocessing.label": "sklearn.preprocessing", "cluster.k_means_": "sklearn.cluster",
        "feature_selection.from_model": "sklearn.feature_selection",
        "datasets.samples_generator": "sklearn.datasets", "svm.classes": "sklearn.svm",
    }),
    **_all("1.2", "sklearn", {
        "datasets.load_boston": "fetch_california_housing",
        "metrics.plot_confusion_matrix": "ConfusionMatrixDisplay.from_estimator",
        "metrics.plot_roc_curve": "RocCurveDisplay.from_estimator",
        "metrics.plot_precision_recall_curve": "PrecisionRecallDisplay.from_estimator",
        "metrics.plot_det_curve": "DetCurveDisplay.from_estimator",
        "inspection.plot_partial_dependence": "PartialDependenceDisplay.from_estimator",
    }),
    **_all("1.2", "scipy.misc", {"imread": "imageio.imread"}),
    **_all("1.3", "scipy.misc", {"imresize": "PIL.Image.resize"}),
    **_all("1.12", "scipy.stats", {"binom_test": "scipy.stats.binomtest"}),
    **_all("1.13", "scipy.signal", {"gaussian": "scipy.signal.windows.gaussian"}),
    **_all("1.14", "scipy.integrate", {
        "trapz": "trapezoid", "simps": "simpson", "cumtrapz": "cumulative_trapezoid",
    }),
    "matplotlib.pyplot.hold": Gone("3.0", "nothing: axes always hold"),
    **_all("3.9", "matplotlib.cm", {
        "get_cmap": "matplotlib.colormaps[name]", "register_cmap": "matplotlib.colormaps.register",
    }),
    "matplotlib.pyplot.cm.get_cmap": Gone("3.9", "plt.get_cmap(name)"),
}  # fmt: skip

# Methods and attributes of frames and series.
METHODS: dict[str, Gone] = {
    "sort": Gone("0.20", "sort_values"),
    "ix": Gone("1.0", "loc or iloc"),
    "as_matrix": Gone("1.0", "to_numpy()"),
    "get_value": Gone("1.0", "at[row, column]"),
    "set_value": Gone("1.0", "at[row, column] = value"),
    "get_dtype_counts": Gone("1.0", "dtypes.value_counts()"),
    "convert_objects": Gone("1.0", "pd.to_numeric"),
    "append": Gone("2.0", "pd.concat([one, other])"),
    "iteritems": Gone("2.0", "items"),
    "mad": Gone("2.0", "(x - x.mean()).abs().mean()"),
    "lookup": Gone("2.0", "melt and loc"),
    "tshift": Gone("2.0", "shift(freq=...)"),
    "slice_shift": Gone("2.0", "shift"),
    "applymap": Gone("3.0", "map"),
    "swapaxes": Gone("3.0", "transpose"),
    "first": Gone("3.0", "a slice of loc"),
    "last": Gone("3.0", "a slice of loc"),
    "pad": Gone("3.0", "ffill"),
    "backfill": Gone("3.0", "bfill"),
}

_BOOSTED = ("AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor")
_LINEAR = ("ElasticNet", "Lars", "Lasso", "LassoCV", "LinearRegression", "Ridge")
_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreesClassifier",
          "ExtraTreesRegressor", "GradientBoostingClassifier", "GradientBoostingRegressor",
          "RandomForestClassifier", "RandomForestRegressor")  # fmt: skip

# (distribution, function, class or method, argument)
ARGUMENTS: dict[tuple[str, str, str], Gone] = {
    **{("pandas", "read_csv", name): Gone("2.0", instead) for name, instead in (
        ("squeeze", '`.squeeze("columns")` after it'), ("prefix", "rename the columns"),
        ("error_bad_lines", 'on_bad_lines="skip"'), ("warn_bad_lines", 'on_bad_lines="warn"'),
        ("mangle_dupe_cols", "nothing: it is always so"),
    )},
    **{("pandas", "read_csv", name): Gone("3.0", instead) for name, instead in (
        ("date_parser", "date_format="), ("delim_whitespace", r'sep=r"\s+"'),
        ("infer_datetime_format", "nothing: it is always so"),
        ("keep_date_col", "the columns, kept by hand"),
    )},
    ("pandas", "concat", "join_axes"): Gone("1.0", "`.reindex(...)` after it"),
    ("pandas", "to_csv", "line_terminator"): Gone("2.0", "lineterminator="),
    ("pandas", "to_datetime", "infer_datetime_format"): Gone("3.0", "nothing: it is always so"),
    ("pandas", "fillna", "method"): Gone("3.0", "`.ffill()` or `.bfill()`"),
    ("scikit-learn", "KFold", "n_folds"): Gone("0.20", "n_splits="),
    ("scikit-learn", "SGDClassifier", "n_iter"): Gone("0.21", "max_iter="),
    ("scikit-learn", "GridSearchCV", "fit_params"): Gone("0.21", "arguments of its `fit`"),
    ("scikit-learn", "OneHotEncoder", "categorical_features"): Gone("0.22", "a ColumnTransformer"),
    ("scikit-learn", "OneHotEncoder", "n_values"): Gone("0.22", "categories="),
    ("scikit-learn", "GridSearchCV", "iid"): Gone("0.24", "nothing: leave it out"),
    **{("scikit-learn", name, "presort"): Gone("0.24", "nothing: leave it out")
       for name in ("DecisionTreeClassifier", "GradientBoostingClassifier")},
    **{("scikit-learn", name, "min_impurity_split"): Gone("1.0", "min_impurity_decrease=")
       for name in _TREES},
    ("scikit-learn", "KMeans", "n_jobs"): Gone("1.0", "nothing: leave it out"),
    ("scikit-learn", "KMeans", "precompute_distances"): Gone("1.0", "nothing: leave it out"),
    **{("scikit-learn", name, "normalize"): Gone("1.2", "a StandardScaler before it")
       for name in _LINEAR},
    ("scikit-learn", "AgglomerativeClustering", "affinity"): Gone("1.4", "metric="),
    **{("scikit-learn", name, "base_estimator"): Gone("1.4", "estimator=") for name in _BOOSTED},
    ("scikit-learn", "OneHotEncoder", "sparse"): Gone("1.4", "sparse_output="),
    ("scikit-learn", "log_loss", "eps"): Gone("1.5", "np.clip before it"),
    ("scikit-learn", "mean_squared_error", "squared"): Gone("1.6", "root_mean_squared_error"),
    ("scikit-learn", "cross_val_score", "fit_params"): Gone("1.6", "params="),
    ("scikit-learn", "TSNE", "n_iter"): Gone("1.7", "max_iter="),
    ("scikit-learn", "LogisticRegression", "multi_class"): Gone("1.8", "OneVsRestClassifier"),
    ("scikit-learn", "AdaBoostClassifier", "algorithm"): Gone("1.8", "nothing: leave it out"),
}  # fmt: skip

# (class, argument, value) of scikit-learn
VALUES: dict[tuple[str, str, str], Gone] = {
    **{(name, "criterion", "mse"): Gone("1.2", '"squared_error"') for name in _TREES
       if name.endswith("Regressor") and "Boosting" not in name},
    **{(name, "criterion", "mae"): Gone("1.2", '"absolute_error"') for name in _TREES
       if name.endswith("Regressor") and "Boosting" not in name},
    ("GradientBoostingRegressor", "loss", "ls"): Gone("1.2", '"squared_error"'),
    ("GradientBoostingRegressor", "loss", "lad"): Gone("1.2", '"absolute_error"'),
    ("HistGradientBoostingRegressor", "loss", "least_squares"): Gone("1.2", '"squared_error"'),
    ("SGDRegressor", "loss", "squared_loss"): Gone("1.2", '"squared_error"'),
    **{(name, "max_features", "auto"): Gone("1.3", '"sqrt"' if "Class" in name else "1.0")
       for name in _TREES},
    ("GradientBoostingClassifier", "loss", "deviance"): Gone("1.3", '"log_loss"'),
    ("HistGradientBoostingClassifier", "loss", "auto"): Gone("1.3", '"log_loss"'),
    ("SGDClassifier", "loss", "log"): Gone("1.3", '"log_loss"'),
    ("KMeans", "algorithm", "full"): Gone("1.3", '"lloyd"'),
    ("LogisticRegression", "penalty", "none"): Gone("1.4", "None"),
}  # fmt: skip

# Words for steps of time that pandas 3 no longer takes, where dates are resampled or made.
ALIASES: dict[str, str] = {
    "M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "BM": "BME", "H": "h", "T": "min", "S": "s",
    "L": "ms", "U": "us", "N": "ns",
}  # fmt: skip
