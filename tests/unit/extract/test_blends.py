"""Answers made of several models: of a blend with features of their own, of the folds' models."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import pytest

from cellmark.extract.refusal import Refusal
from cellmark_runtime.errors import CellmarkError

from .conftest import Extract, proven, tail_of
from .test_final import PREPARE, SETUP, body_of

IMPORTS = """
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingRegressor, VotingClassifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
"""
CLASSES = """
tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X_train, y_train)
sc = StandardScaler().fit(X_train)
line = LogisticRegression().fit(sc.transform(X_train), y_train)
"""
NUMBERS = """
tree = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X_train, age_train)
sc = StandardScaler().fit(X_train)
line = Ridge().fit(sc.transform(X_train), age_train)
"""


def cells(fit: str, after: str) -> list[tuple[str, str]]:
    return [
        ("data", SETUP + IMPORTS),
        ("preprocess", PREPARE),
        ("train", fit),
        ("evaluate", tail_of(after)),
    ]


class Case(NamedTuple):
    """`body` is the text of `predict` below its docstring, `given` what `features` returns."""

    fit: str
    after: str
    body: str
    given: str = "X_test"


BLENDS = {
    "one scaled in the call": Case(
        NUMBERS,
        """
        p = 0.5 * tree.predict(X_test) + 0.5 * line.predict(sc.transform(X_test))
        """,
        """
        p = 0.5 * frozen.tree.predict(features) + 0.5 * frozen.line.predict(
            frozen.sc.transform(features))
        return p
        """,
    ),
    "weights tried before": Case(
        NUMBERS,
        """
        p1 = tree.predict(X_test)
        p2 = line.predict(sc.transform(X_test))
        for w in [0.5, 0.7]:
            print(w, mean_absolute_error(age_test, w * p1 + (1 - w) * p2))
        blend = 0.8 * p1 + 0.2 * p2
        mae = mean_absolute_error(age_test, blend)
        """,
        """
        p1 = frozen.tree.predict(features)
        p2 = frozen.line.predict(frozen.sc.transform(features))
        blend = 0.8 * p1 + 0.2 * p2
        return blend
        """,
    ),
    "scaled before": Case(
        NUMBERS,
        """
        X_scaled = sc.transform(X_test)
        p1 = line.predict(X_scaled)
        p2 = tree.predict(X_test)
        blend = (p1 + p2) / 2
        """,
        """
        X_scaled, X_test = features
        p1 = frozen.line.predict(X_scaled)
        p2 = frozen.tree.predict(X_test)
        blend = (p1 + p2) / 2
        return blend
        """,
        "X_scaled, X_test",
    ),
    "some columns": Case(
        """
        tree = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X_train, age_train)
        line = Ridge().fit(X_train[["visits"]], age_train)
        """,
        'p = (line.predict(X_test[["visits"]]) + tree.predict(X_test)) / 2',
        'p = (frozen.line.predict(features[["visits"]]) + frozen.tree.predict(features)) / 2\n'
        "return p",
    ),
    "neither asked about the frame itself": Case(
        """
        one, two = StandardScaler().fit(X_train), StandardScaler(with_mean=False).fit(X_train)
        tree = DecisionTreeRegressor(max_depth=4, random_state=0)
        tree.fit(one.transform(X_train), age_train)
        line = Ridge().fit(two.transform(X_train), age_train)
        """,
        "p = (tree.predict(one.transform(X_test)) + line.predict(two.transform(X_test))) / 2",
        "p = (frozen.tree.predict(frozen.one.transform(features)) + "
        "frozen.line.predict(frozen.two.transform(features))) / 2\nreturn p",
    ),
    "a vote by hand": Case(
        CLASSES,
        """
        avg = (tree.predict_proba(X_test) + line.predict_proba(sc.transform(X_test))) / 2
        pred = avg.argmax(axis=1)
        """,
        """
        avg = (frozen.tree.predict_proba(features) + frozen.line.predict_proba(
            frozen.sc.transform(features))) / 2
        pred = avg.argmax(axis=1)
        return pred
        """,
    ),
    "a majority": Case(
        CLASSES,
        """
        votes = np.column_stack([tree.predict(X_test), line.predict(sc.transform(X_test))])
        pred = (votes.mean(axis=1) >= 0.5).astype(int)
        """,
        """
        votes = np.column_stack([
            frozen.tree.predict(features), frozen.line.predict(frozen.sc.transform(features))])
        pred = (votes.mean(axis=1) >= 0.5).astype(int)
        return pred
        """,
    ),
    "two asked in one assignment": Case(
        NUMBERS,
        """
        p, q = tree.predict(X_test), line.predict(sc.transform(X_test))
        blend = (p + q) / 2
        """,
        """
        p, q = frozen.tree.predict(features), frozen.line.predict(frozen.sc.transform(features))
        blend = (p + q) / 2
        return blend
        """,
    ),
    "a column each in one assignment": Case(
        CLASSES,
        """
        p, q = tree.predict_proba(X_test)[:, 1], line.predict_proba(sc.transform(X_test))[:, 1]
        label = ((p + q) / 2 > 0.4).astype(int)
        """,
        """
        p, q = frozen.tree.predict_proba(features)[:, 1], frozen.line.predict_proba(
            frozen.sc.transform(features))[:, 1]
        label = ((p + q) / 2 > 0.4).astype(int)
        return label
        """,
    ),
    "one assigned beside the actual values": Case(
        NUMBERS,
        """
        p, actual = tree.predict(X_test), age_test.to_numpy()
        print(mean_absolute_error(actual, p))
        final = np.clip(p, 20, 70)
        """,
        """
        p = frozen.tree.predict(features)
        final = np.clip(p, 20, 70)
        return final
        """,
    ),
}
FOLDS = {
    "added up": Case(
        "",
        """
        oof = np.zeros(len(X_train))
        skf = StratifiedKFold(n_splits=4, shuffle=True, random_state=0)
        test_pred = np.zeros(len(X_test))
        for fold, (a, b) in enumerate(skf.split(X_train, y_train)):
            both = [("lr", LogisticRegression()), ("et", DecisionTreeClassifier(max_depth=3))]
            vc = VotingClassifier(both, voting="soft")
            vc.fit(X_train.iloc[a], y_train.iloc[a])
            oof[b] = vc.predict_proba(X_train.iloc[b])[:, 1]
            test_pred += vc.predict_proba(X_test)[:, 1] / skf.n_splits
            print(fold, roc_auc_score(y_train.iloc[b], oof[b]))
        print("test", roc_auc_score(y_test, test_pred))
        """,
        """
        test_pred = np.zeros(len(features))
        for fold in range(4):
            test_pred += frozen.vc_by_fold[fold].predict_proba(features)[:, 1] / skf.n_splits
        return test_pred
        """,
    ),
    "no number of the fold": Case(
        "base = LogisticRegression()",
        """
        kf = KFold(3, shuffle=True, random_state=1)
        models = []
        pred = np.zeros(X_test.shape[0])
        for tr, va in kf.split(X_train):
            m = clone(base).fit(X_train.iloc[tr], y_train.iloc[tr])
            models.append(m)
            p = m.predict_proba(X_test)[:, 1]
            pred += p / 3
        label = (pred > 0.45).astype(int)
        """,
        """
        pred = np.zeros(len(features))
        for fold in range(3):
            p = frozen.m_by_fold[fold].predict_proba(features)[:, 1]
            pred += p / 3
        label = (pred > 0.45).astype(int)
        return label
        """,
    ),
    "one model fitted anew": Case(
        "model = DecisionTreeRegressor(max_depth=3, random_state=0)",
        """
        preds = []
        for tr, va in KFold(3).split(X_train):
            model.fit(X_train.iloc[tr], age_train.iloc[tr])
            preds.append(model.predict(X_test))
        final = np.mean(preds, axis=0)
        """,
        """
        preds = []
        for fold in range(3):
            preds.append(frozen.model_by_fold[fold].predict(features))
        final = np.mean(preds, axis=0)
        return final
        """,
    ),
    "a column a fold": Case(
        "",
        """
        folds = list(KFold(3).split(X_train))
        test_preds = np.zeros((len(y_test), 3))
        for i, (tr, va) in enumerate(folds, 1):
            m = DecisionTreeRegressor(max_depth=3, random_state=i)
            m.fit(X_train.iloc[tr], age_train.iloc[tr])
            test_preds[:, i - 1] = m.predict(X_test)
        final = test_preds.mean(axis=1)
        """,
        """
        test_preds = np.zeros((len(features), 3))
        for i in range(1, 4):
            test_preds[:, i - 1] = frozen.m_by_i[i].predict(features)
        final = test_preds.mean(axis=1)
        return final
        """,
    ),
    "kept, then asked": Case(
        """
        models = []
        for tr, va in KFold(3).split(X_train):
            m = DecisionTreeRegressor(max_depth=3, random_state=0)
            m.fit(X_train.iloc[tr], age_train.iloc[tr])
            models.append(m)
        """,
        """
        total = 0
        for m in models:
            total = total + m.predict(X_test)
        final = total / len(models)
        """,
        """
        total = 0
        for turn in range(3):
            total = total + frozen.m_by_turn[turn].predict(features)
        final = total / frozen.models_len
        return final
        """,
    ),
    "scaled in each fold": Case(
        "",
        """
        pred = np.zeros(len(X_test))
        for fold, (tr, va) in enumerate(KFold(3).split(X_train)):
            scaler = StandardScaler()
            A = scaler.fit_transform(X_train.iloc[tr])
            m = Ridge().fit(A, age_train.iloc[tr])
            held = m.predict(scaler.transform(X_train.iloc[va]))
            print(mean_absolute_error(age_train.iloc[va], held))
            B = scaler.transform(X_test)
            pred += m.predict(B) / 3
        """,
        """
        pred = np.zeros(len(features))
        for fold in range(3):
            B = frozen.scaler_by_fold[fold].transform(features)
            pred += frozen.m_by_fold[fold].predict(B) / 3
        return pred
        """,
    ),
    "seeds": Case(
        "",
        """
        pred = np.zeros(len(X_test))
        for seed in range(3):
            m = DecisionTreeRegressor(max_features=1, random_state=seed).fit(X_train, age_train)
            pred += m.predict(X_test)
        pred /= 3
        """,
        """
        pred = np.zeros(len(features))
        for seed in range(3):
            pred += frozen.m_by_seed[seed].predict(features)
        pred /= 3
        return pred
        """,
    ),
    "models by name, weighted": Case(
        """
        models = {"tree": DecisionTreeRegressor(max_depth=3), "line": Ridge()}
        weights = {"tree": 0.75, "line": 0.25}
        """,
        """
        blend = 0
        for name, m in models.items():
            m.fit(X_train, age_train)
            blend = blend + weights[name] * m.predict(X_test)
        """,
        """
        blend = 0
        for name in ['tree', 'line']:
            blend = blend + weights[name] * frozen.m_by_name[name].predict(features)
        return blend
        """,
    ),
    "boosters of their library's own": Case(
        "import lightgbm as lgb",
        """
        pred = 0
        for at in range(2):
            rows = lgb.Dataset(X_train, y_train)
            booster = lgb.train({"objective": "binary", "verbose": -1, "seed": at}, rows, 3)
            pred = pred + booster.predict(X_test)
        """,
        """
        pred = 0
        for at in range(2):
            pred = pred + frozen.booster_by_at[at].predict(features)
        return pred
        """,
    ),
    "two kinds of models": Case(
        "",
        """
        p1, p2 = np.zeros(len(X_test)), np.zeros(len(X_test))
        for fold, (tr, va) in enumerate(KFold(3).split(X_train)):
            m1 = DecisionTreeRegressor(max_depth=3).fit(X_train.iloc[tr], age_train.iloc[tr])
            m2 = Ridge().fit(X_train.iloc[tr], age_train.iloc[tr])
            p1 += m1.predict(X_test) / 3
            p2 += m2.predict(X_test) / 3
        blend = 0.6 * p1 + 0.4 * p2
        """,
        """
        p1, p2 = np.zeros(len(features)), np.zeros(len(features))
        for fold in range(3):
            p1 += frozen.m1_by_fold[fold].predict(features) / 3
            p2 += frozen.m2_by_fold[fold].predict(features) / 3
        blend = 0.6 * p1 + 0.4 * p2
        return blend
        """,
    ),
}
NAMED = """
models = {"tree": DecisionTreeRegressor(max_depth=3, random_state=0), "line": Ridge()}
weights = {"tree": 0.75, "line": 0.25}
for m in models.values():
    m.fit(X_train, age_train)
"""
LISTED = {
    "a mean": Case(
        NAMED,
        "final = np.mean([m.predict(X_test) for name, m in models.items()], axis=0)",
        """
        final = np.mean([frozen.models[name].predict(features)
            for name in ['tree', 'line']], axis=0)
        return final
        """,
    ),
    "without the names": Case(
        NAMED,
        "final = np.mean([m.predict(X_test) for m in models.values()], axis=0)",
        """
        final = np.mean([frozen.models[turn].predict(features) for turn in range(2)], axis=0)
        return final
        """,
    ),
    "weights by name": Case(
        NAMED,
        "final = sum(weights[name] * m.predict(X_test) for name, m in models.items())",
        """
        final = sum(weights[name] * frozen.models[name].predict(features)
            for name in ['tree', 'line'])
        return final
        """,
    ),
    "a dict of answers": Case(
        NAMED,
        """
        preds = {name: m.predict(X_test) for name, m in models.items()}
        final = 0.7 * preds["tree"] + 0.3 * preds["line"]
        """,
        """
        preds = {name: frozen.models[name].predict(features) for name in ['tree', 'line']}
        final = 0.7 * preds["tree"] + 0.3 * preds["line"]
        return final
        """,
    ),
    "a table of answers": Case(
        NAMED,
        """
        preds = pd.DataFrame({name: m.predict(X_test) for name, m in models.items()})
        final = preds.mean(axis=1)
        """,
        """
        preds = pd.DataFrame({name: frozen.models[name].predict(features)
            for name in ['tree', 'line']})
        final = preds.mean(axis=1)
        return final
        """,
    ),
    "the best of them": Case(
        NAMED,
        """
        errors = {n: mean_absolute_error(age_test, m.predict(X_test)) for n, m in models.items()}
        best = models[min(errors, key=errors.get)]
        final = np.clip(best.predict(X_test), 20, 70)
        """,
        "final = np.clip(frozen.best.predict(features), 20, 70)\nreturn final",
    ),
}


def squeezed(text: str) -> str:
    """Without the ways in which lines may be broken."""
    return "".join(text.split())


CASES = BLENDS | FOLDS | LISTED


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_is_answered_by_all_its_models(case: Case, extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(cells(tail_of(case.fit), case.after), read=people.copy)
    assert squeezed(body_of(derived)) == squeezed(tail_of(case.body))
    assert derived.path.answer == case.given
    assert derived.answers == ("predict",)
    assert proven(derived, 10).max_abs_difference < 1e-12
    assert derived.truth.last.is_final


def test_rows_changed_between_two_models_are_refused(
    extract: Extract, people: pd.DataFrame
) -> None:
    after = """
        A = X_test.copy()
        p1 = tree.predict(A)
        A["visits"] = 0
        p2 = line.predict(sc.transform(A))
        blend = (p1 + p2) / 2
        """
    with pytest.raises(Refusal, match="changes 'A' between two models") as refusal:
        extract(cells(NUMBERS, after), read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == (4, 3)
    assert "a name of their own" in refusal.value.fix


REFUSED = {
    "each turn's own answer": (
        """
        for tr, va in KFold(3).split(X_train):
            m = Ridge().fit(X_train.iloc[tr], age_train.iloc[tr])
            pred = m.predict(X_test)
        """,
        (4, 3),
        "`m` stands for 3 models",
    ),
    "only out of fold": (
        """
        oof = np.zeros(len(X_train))
        for tr, va in KFold(3).split(X_train):
            m = Ridge().fit(X_train.iloc[tr], age_train.iloc[tr])
            oof[va] = m.predict(X_train.iloc[va])
        """,
        (4, 4),
        "`m` stands for 3 models",
    ),
    "with the actual values": (
        """
        total = np.zeros(len(X_test))
        for tr, va in KFold(3).split(X_train):
            m = Ridge().fit(X_train.iloc[tr], age_train.iloc[tr])
            total += m.predict(X_test) - age_test
        """,
        (4, 4),
        "`m` stands for 3 models",
    ),
}


@pytest.mark.parametrize(("after", "place", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_answer_of_all_models_is_refused(
    after: str, place: tuple[int, int], said: str, extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        extract(cells("", after), read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == place
    assert refusal.value.fix


def test_the_answer_of_the_folds_is_the_notebooks_own(
    extract: Extract, people: pd.DataFrame
) -> None:
    case = FOLDS["added up"]
    derived = extract(cells(case.fit, case.after), read=people.copy)
    wrong = derived._replace(steps=derived.steps.replace("range(4)", "range(3)"))
    assert wrong.steps != derived.steps
    with pytest.raises(CellmarkError, match="predictions of raw row"):
        proven(wrong, 5)
    # What a fold's model said of the fold that it was not given is no answer of all of them.
    finals = [each for each in derived.truth.observed if each.is_final]
    assert [len(each.scored.predictions) for each in finals] == [20]


STACKED = {
    "columns of the others' answers": """
        M_train = np.column_stack([
            tree.predict_proba(X_train)[:, 1], line.predict_proba(sc.transform(X_train))[:, 1]])
        meta = LogisticRegression().fit(M_train, y_train)
        M_test = np.column_stack([
            tree.predict_proba(X_test)[:, 1], line.predict_proba(sc.transform(X_test))[:, 1]])
        pred = meta.predict(M_test)
        """,
    "a table of them": """
        def table(A):
            made = {"tree": tree.predict(A), "line": line.predict(sc.transform(A))}
            return pd.DataFrame(made, index=A.index)
        meta = LogisticRegression().fit(table(X_train), y_train)
        pred = meta.predict(table(X_test))
        """,
    "column by column": """
        S = X_test[["visits"]].copy()
        S["tree"] = tree.predict(X_test)
        S["line"] = line.predict_proba(sc.transform(X_test))[:, 1]
        R = X_train[["visits"]].copy()
        R["tree"] = tree.predict(X_train)
        R["line"] = line.predict_proba(sc.transform(X_train))[:, 1]
        meta = LogisticRegression().fit(R, y_train)
        pred = meta.predict(S)
        """,
}


@pytest.mark.parametrize("after", STACKED.values(), ids=STACKED.keys())
def test_a_model_on_the_others_answers_is_the_model(
    after: str, extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract(cells(CLASSES, after), read=people.copy)
    assert derived.answering.name == "meta"
    assert derived.answers == ("predict", "predict_proba")
    assert proven(derived, 10).max_abs_difference < 1e-12
    assert {each.fitted for each in derived.truth.observed} == {True, False}


def test_a_target_that_a_variable_names_may_be_absent(
    extract: Extract, people: pd.DataFrame
) -> None:
    prepare = """
        TARGET = "bought"
        df[TARGET] = df[TARGET].map({"no": 0, "yes": 1})
        X = pd.get_dummies(df.drop([TARGET, "joined", "job"], axis=1).fillna(0), dtype=int)
        X_train, X_test, y_train, y_test = train_test_split(X, df[TARGET], random_state=0)
        """
    fit = "tree = DecisionTreeClassifier(max_depth=3).fit(X_train, y_train)"
    notebook = [
        ("data", SETUP + IMPORTS),
        ("preprocess", tail_of(prepare)),
        ("train", f"{fit}\npred = tree.predict(X_test)"),
    ]
    derived = extract(notebook, read=people.copy)
    assert "bought" not in {field.name for field in derived.signature.inputs}
    assert proven(derived, 10).max_abs_difference == 0.0
