"""The three classifiers, each one scikit-learn `Pipeline` with all feature work inside.

A pipeline takes a float64 array of shape (n, fields), columns as in `Application`, and is pickled
by reference to `protocol.features` only, so a worker needs nothing of this room.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from protocol.errors import LoanscoreError
from protocol.features import COLUMNS, ratios_for_amounts
from protocol.schema import SCHEMA
from training.split import SEED, Sample, folds

#: The model that is served: the only one of the three whose reasons are exact.
SERVED = "logistic-regression"
#: Which way each of `COLUMNS` may move the log-odds of default, a ratio as its amount. Income may
#: go either way: at equal ratios a higher one means larger amounts; the policy words both.
SIGNS = tuple(field.sign for field in SCHEMA.fields)
#: Strengths of the logistic regression that are tried, weakest first.
STRENGTHS = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)


class ModelError(LoanscoreError):
    """The data teaches nothing that could be served."""


def decision_tree(sample: Sample) -> Pipeline:
    """Fit a decision tree; ten loans a leaf at least, so that its pd is not always 0 or 1."""
    tree = DecisionTreeClassifier(criterion="entropy", min_samples_leaf=10, random_state=SEED)
    return fitted(_on_ratios(tree), sample)


def random_forest(sample: Sample) -> Pipeline:
    """Fit a random forest; one thread, as threads would add up the trees in any order."""
    forest = RandomForestClassifier(100, random_state=SEED, n_jobs=1)
    return fitted(_on_ratios(forest), sample)


def logistic_regression(sample: Sample) -> Pipeline:
    """Fit the logistic regression, leaving out columns that would work the wrong way round.

    A column whose coefficient has the sign no banker expects is noise or stands in for another
    one, and its reason would be false ("loan too high" said of the smallest). So the weakest such
    column is left out until none remains.

    Raises:
        ModelError: no column works the right way round.
    """
    kept = list(range(len(COLUMNS)))
    expected = any(SIGNS)
    while kept and (any(SIGNS[column] for column in kept) or not expected):
        pipeline = _strength_chosen(kept, sample)
        pulls = pipeline[-1].coef_[0] * np.take(SIGNS, kept)
        wrong = [at for at, pull in enumerate(pulls) if pull < 0]
        if not wrong:
            return pipeline
        del kept[min(wrong, key=lambda at: abs(float(pulls[at])))]
    raise ModelError(
        "no field tells defaults from repaid loans; check that `default` is 1 for the defaults"
    )


def _strength_chosen(kept: list[int], sample: Sample) -> Pipeline:
    chosen = [ColumnTransformer([("kept", "passthrough", kept)])] * (len(kept) < len(COLUMNS))
    classifier = LogisticRegression(max_iter=10_000, random_state=SEED)
    pipeline = _on_ratios(*chosen, StandardScaler(), classifier)
    grid = {"logisticregression__C": STRENGTHS}
    search = GridSearchCV(
        pipeline, grid, scoring="neg_log_loss", cv=folds(sample), refit=weakest_as_good
    )
    return fitted(search, sample).best_estimator_


def weakest_as_good(results: Mapping[str, Any]) -> int:
    """Choose the weakest strength whose log loss is within one deviation of the best.

    Loans that a line nearly parts let the log loss fall for ever as the strength grows, by less
    than it differs between folds; the weaker model is as good and its pd less extreme. Source:
    scikit-learn, "Balance model complexity and cross-validated score".

    >>> weakest_as_good({"mean_test_score": [-0.9, -0.11, -0.1], "std_test_score": [0, 0, 0.02]})
    1

    Args:
        results: of a grid search over ascending strengths; scores are higher for better.
    """
    means = np.asarray(results["mean_test_score"])
    best = int(means.argmax())
    return int(np.argmax(means >= means[best] - results["std_test_score"][best]))


def fitted(model: Any, sample: Sample) -> Any:
    """Fit a model, or a search for one.

    One thread: two that share a busy core wait for each other far longer than they add, and the
    order of a sum, hence the digest, must not depend on the number of cores.
    """
    with threadpool_limits(limits=1):
        return model.fit(sample.rows, sample.defaults)


def _on_ratios(*steps: Any) -> Pipeline:
    named = [(type(step).__name__.lower(), step) for step in steps]
    return Pipeline([("ratios", FunctionTransformer(ratios_for_amounts)), *named])


#: Name of each model and how it is fitted.
MODELS: dict[str, Callable[[Sample], Pipeline]] = {
    "decision-tree": decision_tree,
    SERVED: logistic_regression,
    "random-forest": random_forest,
}
