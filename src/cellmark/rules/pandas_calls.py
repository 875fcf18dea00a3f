"""What calls of pandas, numpy and scikit-learn do to rows and columns, as far as rules need it."""

from __future__ import annotations

__all__ = [
    "ANSWERS",
    "ATTRIBUTES",
    "COLUMNWISE",
    "FITS",
    "FRAMES",
    "FUNCTION_STATISTICS",
    "LEARNERS",
    "MAKERS",
    "NO_COLUMNS",
    "ROW_FILTERS",
    "SAME",
    "SERIES",
    "STATISTICS",
]

# Functions that give a new table.
FRAMES = frozenset(
    f"pandas.{name}"
    for name in (
        "DataFrame", "read_clipboard", "read_csv", "read_excel", "read_feather", "read_fwf",
        "read_gbq", "read_hdf", "read_json", "read_orc", "read_parquet", "read_pickle", "read_sas",
        "read_spss", "read_sql", "read_sql_query", "read_sql_table", "read_stata", "read_table",
        "read_xml", "concat", "merge", "crosstab", "pivot_table", "json_normalize", "melt", "pivot",
    )
) | {"seaborn.load_dataset"}  # fmt: skip
SERIES = frozenset({"pandas.Series"})
# These give (X, y).
MAKERS = ("sklearn.datasets.make_", "sklearn.datasets.load_svmlight_file")

# Methods of frames and series that keep the rows and the columns' names.
SAME = frozenset(
    {"astype", "bfill", "clip", "convert_dtypes", "copy", "ffill", "fillna", "infer_objects",
     "interpolate", "mask", "pad", "backfill", "replace", "reset_index", "round", "sort_index",
     "sort_values", "to_frame", "where"}
)  # fmt: skip
ROW_FILTERS = frozenset(
    {"drop_duplicates", "dropna", "head", "query", "sample", "tail", "nlargest"}
)
# Methods that keep the rows; which columns come out is not known.
COLUMNWISE = frozenset(
    {"apply", "applymap", "assign", "filter", "get", "join", "map", "merge", "pipe", "rename",
     "select_dtypes", "set_axis", "set_index", "transform", "abs", "add", "sub", "mul",
     "div", "pow", "isin", "isna", "isnull", "notna", "notnull", "shift", "rank", "cumsum",
     "diff", "rolling", "toarray", "todense", "reshape", "ravel", "flatten", "squeeze",
     "to_numpy", "eq", "ne", "gt"}
)  # fmt: skip
ATTRIBUTES = frozenset(
    {"T", "at", "attrs", "axes", "cat", "columns", "dt", "dtype", "dtypes", "empty", "flags",
     "iat", "iloc", "index", "ix", "loc", "name", "ndim", "plot", "shape", "size", "sparse",
     "str", "style", "values"}
)  # fmt: skip
STATISTICS = frozenset(
    {"kurt", "kurtosis", "mad", "max", "mean", "median", "min", "mode", "quantile", "skew", "std",
     "var", "sem", "corr", "cov", "corrwith"}
)  # fmt: skip
FUNCTION_STATISTICS = frozenset(
    f"numpy.{name}"
    for name in ("average", "max", "mean", "median", "min", "nanmax", "nanmean", "nanmedian",
                 "nanmin", "nanstd", "percentile", "quantile", "std", "var", "amin", "amax",
                 "nanpercentile")
)  # fmt: skip

FITS = frozenset(
    {"fit", "fit_transform", "fit_predict", "fit_resample", "fit_sample", "partial_fit"}
)
ANSWERS = frozenset({"predict", "predict_proba", "decision_function", "score", "predict_log_proba"})

# Transformers whose output hangs on the numbers of all the rows that they were fitted on. Encoders
# of categories are left out: they learn which values there are, and nothing of how often.
LEARNERS = frozenset(
    {
        "ADASYN", "BorderlineSMOTE", "CCA", "FactorAnalysis", "FastICA", "GenericUnivariateSelect",
        "IncrementalPCA", "IterativeImputer", "KBinsDiscretizer", "KNNImputer", "KernelPCA",
        "LatentDirichletAllocation", "LinearDiscriminantAnalysis", "MaxAbsScaler", "MinMaxScaler",
        "NMF", "PCA", "PLSRegression", "PowerTransformer", "QuantileTransformer", "RFE", "RFECV",
        "RandomOverSampler", "RobustScaler", "SMOTE", "SMOTEENN", "SMOTENC", "SMOTETomek",
        "SelectFdr", "SelectFpr", "SelectFromModel", "SelectFwe", "SelectKBest", "SelectPercentile",
        "SequentialFeatureSelector", "SimpleImputer", "SparsePCA", "StandardScaler",
        "TargetEncoder", "TfidfTransformer", "TfidfVectorizer", "TruncatedSVD", "VarianceThreshold",
        "Imputer",
    }
)  # fmt: skip

# Methods of frames that a column is not likely to be called by.
NO_COLUMNS = frozenset(
    {"agg", "aggregate", "align", "all", "any", "append", "boxplot", "corr", "count", "describe",
     "drop", "duplicated", "eval", "explode", "groupby", "hist", "idxmax", "idxmin", "info",
     "insert", "items", "iterrows", "itertuples", "keys", "melt", "memory_usage", "nunique",
     "pivot", "pivot_table", "plot", "pop", "reindex", "resample", "stack", "sum", "to_csv",
     "to_dict", "to_excel", "to_json", "to_numpy", "to_parquet", "to_pickle", "to_sql",
     "unique", "unstack", "update", "value_counts"}
)  # fmt: skip
