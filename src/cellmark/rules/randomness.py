"""Rules about randomness: what gives other numbers each time the notebook runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .code import CodeCell
from .facts import Call, Facts
from .rule import Found, at

__all__ = [
    "unseeded_estimator",
    "unseeded_framework",
    "unseeded_generator",
    "unseeded_sample",
    "unseeded_split",
]

# These shuffle unless told not to, those only when told to.
_SHUFFLING = frozenset(
    {"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit",
     "RepeatedKFold", "RepeatedStratifiedKFold"}
)  # fmt: skip
_SHUFFLING_IF_TOLD = frozenset({"KFold", "StratifiedKFold", "StratifiedGroupKFold"})
_SAMPLERS = frozenset({"resample", "shuffle"})
# Models and transformers whose result hangs on random_state with their default arguments.
_RANDOM = frozenset(
    {
        "AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor",
        "BayesianGaussianMixture", "BernoulliRBM", "BisectingKMeans", "ClassifierChain",
        "DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier",
        "ExtraTreeRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor", "FastICA",
        "GaussianMixture", "GaussianRandomProjection", "GradientBoostingClassifier",
        "GradientBoostingRegressor", "IsolationForest", "KMeans", "LatentDirichletAllocation",
        "MLPClassifier", "MLPRegressor", "MiniBatchDictionaryLearning", "MiniBatchKMeans",
        "MiniBatchNMF", "MiniBatchSparsePCA", "Nystroem", "PassiveAggressiveClassifier",
        "PassiveAggressiveRegressor", "Perceptron", "PolynomialCountSketch", "RANSACRegressor",
        "RBFSampler", "RandomForestClassifier", "RandomForestRegressor", "RandomTreesEmbedding",
        "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "SGDClassifier",
        "SGDRegressor", "SparseRandomProjection", "SpectralClustering", "TSNE", "TruncatedSVD",
        "MDS", "TargetEncoder", "TheilSenRegressor",
        # of imblearn
        "ADASYN", "BalancedBaggingClassifier", "BalancedRandomForestClassifier", "BorderlineSMOTE",
        "EasyEnsembleClassifier", "KMeansSMOTE", "RUSBoostClassifier", "RandomOverSampler",
        "RandomUnderSampler", "SMOTE", "SMOTEENN", "SMOTEN", "SMOTENC", "SMOTETomek", "SVMSMOTE",
    }
)  # fmt: skip
# These only with one of certain arguments.
_RANDOM_WITH: Mapping[str, tuple[str, frozenset[object]]] = {
    "SVC": ("probability", frozenset({True})),
    "NuSVC": ("probability", frozenset({True})),
    "LogisticRegression": ("solver", frozenset({"sag", "saga"})),
    "LogisticRegressionCV": ("solver", frozenset({"sag", "saga"})),
    "Ridge": ("solver", frozenset({"sag", "saga"})),
    "RidgeClassifier": ("solver", frozenset({"sag", "saga"})),
    "Lasso": ("selection", frozenset({"random"})),
    "ElasticNet": ("selection", frozenset({"random"})),
    "DummyClassifier": ("strategy", frozenset({"stratified", "uniform"})),
    "PCA": ("svd_solver", frozenset({"randomized"})),
    "IterativeImputer": ("sample_posterior", frozenset({True})),
}
_SEEDING = (
    "AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor",
    "ClassifierChain",
)  # fmt: skip
_RANDOM_FUNCTIONS = frozenset(
    {"mutual_info_classif", "mutual_info_regression", "permutation_importance", "make_blobs",
     "make_circles", "make_classification", "make_friedman1", "make_friedman2", "make_friedman3",
     "make_gaussian_quantiles", "make_hastie_10_2", "make_moons", "make_multilabel_classification",
     "make_regression", "make_s_curve", "make_swiss_roll"}
)  # fmt: skip
# Functions of these modules that draw nothing.
_NUMPY_PASSIVE = frozenset(
    {"seed", "default_rng", "RandomState", "Generator", "get_state", "set_state", "PCG64",
     "SeedSequence", "MT19937", "Philox", "SFC64", "BitGenerator"}
)  # fmt: skip
_PYTHON_DRAWS = frozenset(
    {"random", "randint", "randrange", "choice", "choices", "sample", "shuffle", "uniform", "gauss",
     "normalvariate", "betavariate", "expovariate", "triangular", "getrandbits"}
)  # fmt: skip
_SEEDABLE = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
_SEEDS_ALL = ("seed_everything", "set_seed", "set_random_seed", "fix_seed", "set_seeds", "seed_all")
_TORCH_DRAWS = frozenset(
    {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like",
     "randn_like", "DataLoader", "random_split"}
)  # fmt: skip
# A seed made of these is another one each time.
_PASSING = frozenset({"time", "time_ns", "now", "urandom", "getpid"})
_LAYERS = frozenset({"Linear", "Conv1d", "Conv2d", "LSTM", "GRU", "Embedding", "Dense", "Conv2D"})
_SEED_FIX = "Give it a seed: `random_state=0`."


def unseeded_split(facts: Facts) -> Iterator[Found]:
    """Rows that are dealt anew each time: train_test_split and shuffled folds without a seed."""
    for call in _of_sklearn(facts):
        if call.name in _SHUFFLING:
            shuffles = not _is(call.argument("shuffle"), False)
        elif call.name in _SHUFFLING_IF_TOLD:
            shuffles = _is(call.argument("shuffle"), True)
        else:
            continue
        if shuffles and _unseeded(facts, call):
            message = f"`{call.name}` without `random_state` deals the rows anew in each run"
            yield at(call.cell, call.node, message, _SEED_FIX)


def unseeded_sample(facts: Facts) -> Iterator[Found]:
    """Rows drawn without a seed: `df.sample(...)`, sklearn's resample and shuffle."""
    for call in facts.calls:
        sklearn = call.callee.startswith("sklearn.utils.") and call.name in _SAMPLERS
        if not sklearn and not _samples_rows(facts, call):
            continue
        if _unseeded(facts, call):
            message = f"`{call.name}` without `random_state` draws other rows in each run"
            yield at(call.cell, call.node, message, _SEED_FIX)


def unseeded_estimator(facts: Facts) -> Iterator[Found]:
    """Models and generated data that take a seed, are random, and are given none."""
    for call in _of_sklearn(facts):
        if _is_random(call) and _unseeded(facts, call) and not _seeded_around(facts, call):
            message = f"`{call.name}` without `random_state` may give another result in each run"
            yield at(call.cell, call.node, message, _SEED_FIX)


def unseeded_generator(facts: Facts) -> Iterator[Found]:
    """Draws from numpy's and Python's generators that nothing seeded, told once for each."""
    for call in facts.calls:
        if call.callee in _SEEDABLE and not _seeded_by(call):
            name = call.callee.rpartition(".")[2]
            message = f"`{name}()` without a seed draws other numbers in each run"
            yield at(call.cell, call.node, message, f"Give it one: `{name}(0)`.")
    for module, seed in (("numpy.random", "np.random.seed(0)"), ("random", "random.seed(0)")):
        kind = module.partition(".")[0]
        unseeded = [
            call
            for call in facts.calls
            if (_draws_of(module, call) or (kind == "numpy" and _of_scipy(call)))
            and not _seeded(facts, kind, call)
        ]
        for call in unseeded[:1]:
            more = f", nor {len(unseeded) - 1} more draws" if len(unseeded) > 1 else ""
            what = ast.unparse(call.node.func)
            message = f"`{what}` draws other numbers in each run: nothing seeds it{more}"
            yield at(call.cell, call.node, message, f"Write `{seed}` in a cell above.")


def unseeded_framework(facts: Facts) -> Iterator[Found]:
    """Torch and Keras without a seed of their own, once for the notebook."""
    frameworks = (
        ("torch", ("torch.",), _TORCH_DRAWS | _LAYERS, "torch.manual_seed(0)"),
        (
            "keras",
            ("keras.", "tensorflow."),
            _LAYERS,
            "keras.utils.set_random_seed(0)",
        ),
    )
    for kind, modules, draws, seed in frameworks:
        for call in facts.calls:
            if not call.callee.startswith(modules) or call.name not in draws:
                continue
            if call.name == "DataLoader" and not _is(call.argument("shuffle"), True):
                continue
            if not _seeded(facts, kind, call) and call.argument("generator") is None:
                message = f"`{call.name}` draws other numbers in each run: nothing seeds {kind}"
                yield at(call.cell, call.node, message, f"Write `{seed}` in a cell above.")
            break


def _of_sklearn(facts: Facts) -> Iterator[Call]:
    return (call for call in facts.calls if call.callee.startswith(("sklearn.", "imblearn.")))


def _is_random(call: Call) -> bool:
    if call.name in _RANDOM_WITH:
        argument, values = _RANDOM_WITH[call.name]
        given = call.argument(argument)
        return isinstance(given, ast.Constant) and given.value in values
    return call.name in _RANDOM or call.name in _RANDOM_FUNCTIONS


def _draws_of(module: str, call: Call) -> bool:
    if call.callee.rpartition(".")[0] != module:
        return False
    return call.name in _PYTHON_DRAWS if module == "random" else call.name not in _NUMPY_PASSIVE


def _of_scipy(call: Call) -> bool:
    """`stats.norm.rvs(size=9)`: scipy draws from numpy's generator unless it is given one."""
    drawing = call.name == "rvs" and call.callee.startswith("scipy.stats.")
    return drawing and not call.spreads and call.argument("random_state") is None


def _seeded_around(facts: Facts, call: Call) -> bool:
    """Whether it is the base of an ensemble, which hands out seeds drawn from its own.

    An ensemble that has none is told of itself.
    """
    around = facts.parents.get(id(call.node))
    if isinstance(around, ast.keyword):
        around = facts.parents.get(id(around))
    return isinstance(around, ast.Call) and facts.full_name(around.func).endswith(_SEEDING)


def _samples_rows(facts: Facts, call: Call) -> bool:
    """Whether this is `sample` of a frame: it says how many rows, in the words of pandas."""
    if not isinstance(call.node.func, ast.Attribute):
        return False
    if call.name != "sample" or call.callee or call.spreads:
        return False
    named = {each.arg for each in call.node.keywords}
    if "frac" in named:
        return "random_state" in named or not named & {"seed"}
    if named & {"k", "population", "size", "sample_shape", "seed"} or len(call.node.args) > 1:
        return False
    return facts.kind_of(call.node.func.value) in ("frame", "series")


def _unseeded(facts: Facts, call: Call) -> bool:
    """Whether nothing gives a call of scikit-learn or pandas its random numbers."""
    given = call.argument("random_state")
    if call.spreads or (given is not None and not _is(given, None)):
        return False
    return not _seeded(facts, "numpy", call) and not _seeded_later(facts)


def _seeded_later(facts: Facts) -> bool:
    """Whether the notebook hands seeds to objects that exist: `set_params(random_state=0)`."""
    return any(
        call.name == "set_params" and call.argument("random_state") is not None
        for call in facts.calls
    )


def _seeded_by(call: Call) -> bool:
    given = [*call.node.args, *(each.value for each in call.node.keywords)]
    return any(not _is(each, None) and not _passes(each) for each in given)


def _passes(node: ast.expr) -> bool:
    """Whether a seed is made of the clock or of another thing that passes."""
    called = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(isinstance(each, ast.Attribute) and each.attr in _PASSING for each in called)


def _seeded(facts: Facts, kind: str, call: Call) -> bool:
    """Whether a call that runs before `call` seeds the generator of that kind."""
    return any(
        _before(seed.cell, seed.node, call) for seed in facts.calls if _seeds(seed) in (kind, "all")
    )


def _before(cell: CodeCell, node: ast.Call, call: Call) -> bool:
    return (cell.number, node.lineno) <= (call.cell.number, call.node.lineno)


def _seeds(call: Call) -> str:
    """Which generator a call seeds, if it seeds one: with a number, not with the clock."""
    if not (call.node.args or call.node.keywords) or not _seeded_by(call):
        return ""
    if call.callee in ("numpy.random.seed", "numpy.random.set_state"):
        return "numpy"
    if call.callee == "random.seed":
        return "random"
    if call.callee.startswith("torch") and call.name == "manual_seed":
        return "torch"
    if call.name in ("set_random_seed", "set_seed") and call.callee.startswith(
        ("tensorflow.", "keras.")
    ):
        return "keras"
    own = call.node.func.id if isinstance(call.node.func, ast.Name) else call.name
    return "all" if own in _SEEDS_ALL else ""


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
