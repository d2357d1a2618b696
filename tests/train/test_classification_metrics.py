"""How often classes are predicted, and which are taken for which."""

import functools

import numpy as np
import pytest

import graphnn as gn

SCORES = np.array(
    [
        [0.5, 0.3, 0.2],
        [0.1, 0.2, 0.7],
        [0.3, 0.6, 0.1],
        [0.2, 0.5, 0.3],
        [0.6, 0.3, 0.1],
        [0.4, 0.1, 0.5],
    ]
)
LABELS = np.array([0, 2, 1, 2, 1, 2])  # predicted: 0, 2, 1, 1, 0, 2
CONFUSION = [[1, 0, 0], [1, 1, 0], [0, 1, 2]]
CHANCES = np.array([0.9, 0.2, 0.5, 0.4, 0.7])
ANSWERS = np.array([1, 0, 0, 1, 1])
AVERAGED = [gn.precision, gn.recall, gn.f1]
ALL = [gn.accuracy, gn.confusion_matrix, *AVERAGED]


def macro(metric):
    return functools.partial(metric, average="macro") if metric in AVERAGED else metric


# -- values, by hand -------------------------------------------------------------------
def test_confusion_matrix():
    found = gn.confusion_matrix(SCORES, LABELS)
    np.testing.assert_array_equal(found, CONFUSION)
    assert found.dtype.kind == "i"
    for target in (LABELS.reshape(-1, 1), np.eye(3)[LABELS], LABELS.astype(float)):
        np.testing.assert_array_equal(gn.confusion_matrix(SCORES, target), CONFUSION)
    of_classes = gn.confusion_matrix(SCORES.argmax(axis=1), LABELS)
    np.testing.assert_array_equal(of_classes, CONFUSION)
    chances = gn.confusion_matrix(CHANCES, ANSWERS)
    np.testing.assert_array_equal(chances, [[1, 1], [1, 2]])


def test_classes_that_do_not_appear():
    np.testing.assert_array_equal(gn.confusion_matrix([0, 0], [0, 0]), [[2, 0], [0, 0]])
    found = gn.confusion_matrix([1, 0], [0, 1], classes=3)
    np.testing.assert_array_equal(found, [[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    with_scores = gn.confusion_matrix(SCORES[:2], LABELS[:2])
    np.testing.assert_array_equal(with_scores, [[1, 0, 0], [0, 0, 0], [0, 0, 1]])


def test_precision_recall_and_f1_of_each_class():
    np.testing.assert_allclose(
        gn.precision(SCORES, LABELS, average=None), [1 / 2, 1 / 2, 1.0]
    )
    np.testing.assert_allclose(
        gn.recall(SCORES, LABELS, average=None), [1.0, 1 / 2, 2 / 3]
    )
    np.testing.assert_allclose(
        gn.f1(SCORES, LABELS, average=None), [2 / 3, 1 / 2, 4 / 5]
    )


@pytest.mark.parametrize(
    ("metric", "average", "expected"),
    [
        (gn.precision, "macro", (1 / 2 + 1 / 2 + 1) / 3),
        (gn.precision, "weighted", (1 / 2 + 2 * 1 / 2 + 3) / 6),
        (gn.precision, "micro", 4 / 6),
        (gn.recall, "macro", (1 + 1 / 2 + 2 / 3) / 3),
        (gn.recall, "weighted", (1 + 2 * 1 / 2 + 3 * 2 / 3) / 6),
        (gn.recall, "micro", 4 / 6),
        (gn.f1, "macro", (2 / 3 + 1 / 2 + 4 / 5) / 3),
        (gn.f1, "weighted", (2 / 3 + 2 * 1 / 2 + 3 * 4 / 5) / 6),
        (gn.f1, "micro", 4 / 6),
    ],
)
def test_averages(metric, average, expected):
    found = metric(SCORES, LABELS, average=average)
    assert type(found) is float
    assert found == pytest.approx(expected, rel=1e-14)


def test_two_classes():
    # predicted 1, 0, 1, 0, 1: two of three are right, one of three is missed
    columns = np.stack([1 - CHANCES, CHANCES - 1e-9], axis=1)  # a tie is class 0
    for prediction in (CHANCES, CHANCES.reshape(-1, 1)):
        for target in (ANSWERS, ANSWERS.reshape(-1, 1), ANSWERS == 1):
            assert gn.precision(prediction, target) == 2 / 3
            assert gn.recall(prediction, target) == 2 / 3
            assert gn.f1(prediction, target) == pytest.approx(2 / 3, rel=1e-15)
            assert gn.accuracy(prediction, target) == 3 / 5
    assert gn.precision(columns, ANSWERS) == 1.0
    assert gn.recall(columns, ANSWERS) == 2 / 3
    assert gn.f1(columns, np.eye(2)[ANSWERS]) == pytest.approx(4 / 5, rel=1e-15)
    assert gn.recall(CHANCES, ANSWERS, threshold=0.3) == 1.0
    assert gn.precision(CHANCES, ANSWERS, threshold=0.8) == 1.0
    logits = np.log(CHANCES / (1 - CHANCES))
    assert gn.accuracy(logits, ANSWERS, threshold=0.0) == 3 / 5
    assert gn.accuracy(CHANCES >= 0.5, ANSWERS) == 3 / 5  # classes themselves


def test_nothing_to_divide_by():
    """A class that is never predicted has no precision, one never wanted no recall."""
    predicted, wanted = [0, 0, 1, 1], [0, 2, 1, 1]
    for zero in (0.0, 1.0, np.nan):
        settings = {"average": None, "zero_division": zero}
        np.testing.assert_array_equal(
            gn.precision(predicted, wanted, **settings), [0.5, 1.0, zero]
        )
        np.testing.assert_array_equal(
            gn.recall(wanted, predicted, **settings), [0.5, 1.0, zero]
        )
        # what is wanted and never predicted has an F1, and it is 0
        np.testing.assert_allclose(
            gn.f1(predicted, wanted, **settings), [2 / 3, 1.0, 0.0]
        )
    macro = {"average": "macro"}
    assert gn.precision(predicted, wanted, **macro) == 0.5
    assert gn.precision(predicted, wanted, zero_division=1.0, **macro) == 2.5 / 3
    assert gn.precision(predicted, wanted, zero_division=np.nan, **macro) == 0.75
    for metric in AVERAGED:
        assert metric([0, 0], [0, 0]) == 0.0
        assert metric([0, 0], [0, 0], zero_division=1) == 1.0
        assert np.isnan(metric([0, 0], [0, 0], zero_division=np.nan))


def test_micro_and_accuracy_are_the_same():
    rng = np.random.default_rng(0)
    for classes in (2, 3, 10):
        scores, labels = rng.random((50, classes)), rng.integers(0, classes, 50)
        for metric in AVERAGED:
            found = metric(scores, labels, average="micro")
            assert found == pytest.approx(gn.accuracy(scores, labels), rel=1e-14)


def test_sequences():
    rng = np.random.default_rng(0)
    scores, labels = rng.random((4, 5, 3)), rng.integers(0, 3, (4, 5))
    flat = scores.reshape(20, 3), labels.ravel()
    for metric in map(macro, ALL):
        for target in (labels, labels[..., None], np.eye(3)[labels]):
            np.testing.assert_array_equal(metric(scores, target), metric(*flat))


def test_top_k():
    shares = [gn.top_k_accuracy(SCORES, LABELS, k) for k in (1, 2, 3)]
    assert shares == [4 / 6, 1.0, 1.0]
    assert gn.top_k_accuracy(SCORES, np.eye(3)[LABELS], k=1) == 4 / 6
    many = np.arange(20.0).reshape(1, 20)
    assert gn.top_k_accuracy(many, [15]) == 1.0  # k=5
    assert gn.top_k_accuracy(many, [14]) == 0.0
    assert gn.top_k_accuracy(SCORES[None], LABELS[None], k=1) == 4 / 6


def test_equal_scores_are_no_free_lunch():
    equal, labels = np.ones((10, 10)), np.arange(10)
    for k in range(1, 11):
        assert gn.top_k_accuracy(equal, labels, k) == k / 10
    assert gn.accuracy(equal, labels) == 0.1


# -- against scikit-learn --------------------------------------------------------------
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_against_scikit_learn(classes, seed):
    theirs = pytest.importorskip("sklearn.metrics", reason="mlxtend brings it")
    rng = np.random.default_rng(seed)
    rows = [8, 100][seed % 2]  # of 8 rows and 7 classes, some never appear
    scores, labels = rng.random((rows, classes)), rng.integers(0, classes, rows)
    predicted = scores.argmax(axis=1)
    every = list(range(classes))
    assert gn.accuracy(scores, labels) == theirs.accuracy_score(labels, predicted)
    np.testing.assert_array_equal(
        gn.confusion_matrix(scores, labels),
        theirs.confusion_matrix(labels, predicted, labels=every),
    )
    for average in ("macro", "micro", "weighted", None, "binary"):
        if average == "binary" and classes > 2:
            continue
        for zero in (0.0, 1.0, np.nan):
            for ours, name in zip(AVERAGED, ("precision", "recall", "f1"), strict=True):
                expected = getattr(theirs, f"{name}_score")(
                    labels,
                    predicted,
                    labels=None if average == "binary" else every,
                    average=average,
                    zero_division=zero,
                )
                found = ours(scores, labels, average=average, zero_division=zero)
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    if classes > 2:
        for k in range(1, classes):
            expected = theirs.top_k_accuracy_score(labels, scores, k=k, labels=every)
            assert gn.top_k_accuracy(scores, labels, k) == expected


# -- in training -----------------------------------------------------------------------
def test_in_fit():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4))
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    net = gn.NeuralNetwork([gn.Dense(3)], gn.SoftmaxCrossEntropy(), seed=0)
    metrics = {
        "accuracy": gn.accuracy,
        "top_2": functools.partial(gn.top_k_accuracy, k=2),
        "f1": functools.partial(gn.f1, average="macro"),
        "precision": functools.partial(gn.precision, average="weighted"),
        "recall": functools.partial(gn.recall, average="micro"),
    }
    history = gn.Trainer(net, gn.SGD(0.5)).fit(
        X, y, X, y, epochs=10, eval_every=5, metrics=metrics, seed=0, verbose=False
    )
    for name, metric in metrics.items():
        assert len(history[name]) == 2
        assert history[name][-1] == metric(net.predict(X), y)


# -- bad input -------------------------------------------------------------------------
@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("prediction", "target"),
    [
        ((4, 3), (3,)),
        ((4, 3), (4, 2)),
        ((4, 3), (1, 4)),
        ((4, 3), (4, 3, 1)),
        ((4, 3), ()),
        ((0, 3), (0,)),
        ((4, 0), (4,)),
        ((0,), (0,)),
        ((4,), (3,)),
        ((4,), (1,)),
        ((4, 1), (4, 3)),
        ((4, 1), (1, 4)),
        ((), ()),
        ((2, 3, 4), (2, 4)),
        ((2, 3, 1), (2, 3)),
    ],
    ids=str,
)
def test_shapes_that_do_not_fit(metric, prediction, target):
    with pytest.raises(gn.ShapeError, match=r"and as many targets, not") as caught:
        metric(np.full(prediction, 0.5), np.zeros(target, int))
    assert metric.__name__ in str(caught.value)
    assert f"not {prediction} and {target}" in str(caught.value)


@pytest.mark.parametrize("metric", [*map(macro, ALL), gn.top_k_accuracy])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2, 3, 1, 2, 3], "(?s)3 is not one of the classes 0 … 2.*y - 1"),
        ([0, 1, -1, 1, 2, 0], "-1 is not one of the classes"),
        ([0.5, 1, 0, 1, 2, 0], "0.5 is not one of the classes"),
        ([np.nan, 1, 0, 1, 2, 0], "nan is not one of the classes"),
        ([1j, 1, 0, 1, 2, 0], "the target is complex128"),
        (["a"] * 6, "an array of numbers is needed"),
    ],
    ids=str,
)
def test_labels(metric, labels, message):
    with pytest.raises(gn.ArgumentError, match=message):
        metric(SCORES, labels)


@pytest.mark.parametrize("metric", [*map(macro, ALL)])
def test_predicted_classes_that_are_none(metric):
    for predicted, wanted in (([0, -1], [0, 1]), ([0, 1], [0, -1])):
        with pytest.raises(gn.ArgumentError, match="-1 is not one of the classes 0 … "):
            metric(predicted, wanted)
    with pytest.raises(gn.ArgumentError, match="nan is not one of the classes"):
        metric([0, 1], [0, np.nan])
    with pytest.raises(gn.ArgumentError, match="2 is not one of the classes 0 … 1"):
        metric([0.1, 0.9], [0, 2])


@pytest.mark.parametrize("metric", [*map(macro, ALL), gn.top_k_accuracy])
def test_predictions_of_nan(metric):
    scores = SCORES.copy()
    scores[2, 1] = np.nan
    with pytest.raises(gn.ArgumentError, match=r"(?s)1 predictions are NaN.*diverged"):
        metric(scores, LABELS)


@pytest.mark.parametrize("row", [[1, 0, 1], [0, 0, 0], [0.5, 0.5, 0.0], [3, -1, -1]])
def test_one_hot_rows_that_are_none(row):
    target = np.eye(3)[LABELS]
    target[1] = row
    with pytest.raises(gn.ArgumentError, match="one-hot, and not all rows"):
        gn.accuracy(SCORES, target)


@pytest.mark.parametrize("metric", AVERAGED)
def test_settings(metric):
    with pytest.raises(gn.ArgumentError, match=r"of 3 classes is not binary\n.*macro"):
        metric(SCORES, LABELS)
    with pytest.raises(gn.ArgumentError, match="Did you mean 'macro'"):
        metric(SCORES, LABELS, average="marco")
    with pytest.raises(gn.ArgumentError, match="zero_division is a number, not 'warn'"):
        metric(SCORES, LABELS, average="macro", zero_division="warn")


def test_settings_of_the_others():
    for k in (0, 4, -1, 5):
        with pytest.raises(gn.ArgumentError, match=f"k={k} is not from 1 to the 3"):
            gn.top_k_accuracy(SCORES, LABELS, k=k)
    for k in (1.5, True, "2"):
        with pytest.raises(gn.ArgumentError, match="k is a whole number"):
            gn.top_k_accuracy(SCORES, LABELS, k=k)
    with pytest.raises(gn.ShapeError, match="a score for each class"):
        gn.top_k_accuracy([0, 1, 1], [0, 1, 1], k=1)
    for classes in (1.5, True, "2"):
        with pytest.raises(gn.ArgumentError, match="classes is a whole number"):
            gn.confusion_matrix([0, 1], [0, 1], classes=classes)
    with pytest.raises(gn.ArgumentError, match="2 is not one of the classes 0 … 1"):
        gn.confusion_matrix([0, 2], [0, 1], classes=2)
    with pytest.raises(gn.ArgumentError, match="classes=2, but there are scores for 3"):
        gn.confusion_matrix(SCORES, LABELS, classes=2)
