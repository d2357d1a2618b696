"""How far predicted numbers are off."""

import numpy as np
import pytest

import graphnn as gn

METRICS = [
    gn.mean_absolute_error,
    gn.mean_squared_error,
    gn.root_mean_squared_error,
    gn.r2,
]
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda f: f.__name__)
FOUND = np.array([[1.0, 4.0], [0.0, 2.0], [3.0, 0.0]])
WANTED = np.array([[0.0, 2.0], [0.0, 4.0], [3.0, 0.0]])


def test_by_hand():
    assert gn.mean_absolute_error(FOUND, WANTED) == (1 + 2 + 2) / 6
    assert gn.mean_squared_error(FOUND, WANTED) == (1 + 4 + 4) / 6
    assert gn.root_mean_squared_error(FOUND, WANTED) == np.sqrt(9 / 6)
    # columns: errors 1 and 8, spreads about the means (1 and 2) 6 and 8
    assert gn.r2(FOUND, WANTED) == pytest.approx((1 - 1 / 6 + 1 - 8 / 8) / 2)


@every_metric
def test_forms(metric):
    expected = metric(FOUND, WANTED)
    assert type(expected) is float
    assert metric(FOUND.tolist(), WANTED.tolist()) == expected
    whole = FOUND.astype(np.uint8), WANTED.astype(np.uint8)  # it would wrap around
    assert metric(*whole) == expected
    assert metric(FOUND.astype(np.float32), WANTED.astype(np.float32)) == expected
    one_column = metric(FOUND[:, :1], WANTED[:, :1])
    assert metric(FOUND[:, 0], WANTED[:, 0]) == one_column


def test_perfect_and_useless():
    for metric in METRICS[:3]:
        assert metric(WANTED, WANTED) == 0.0
    assert gn.r2(WANTED, WANTED) == 1.0
    assert gn.r2(np.tile(WANTED.mean(axis=0), (3, 1)), WANTED) == 0.0
    assert gn.r2(10 * FOUND, WANTED) < 0


def test_targets_that_are_all_the_same():
    flat = np.ones((3, 1))
    assert gn.r2(flat, flat) == 1.0
    assert gn.r2(flat + 1e-9, flat) == 0.0
    assert gn.r2(np.hstack([flat, FOUND]), np.hstack([flat, FOUND])) == 1.0


@pytest.mark.parametrize("shape", [(10,), (10, 1), (50, 3)])
def test_against_scikit_learn(shape):
    theirs = pytest.importorskip("sklearn.metrics", reason="mlxtend brings it")
    rng = np.random.default_rng(0)
    wanted = rng.standard_normal(shape)
    found = wanted + 0.3 * rng.standard_normal(shape)
    for ours, name in (
        (gn.mean_absolute_error, "mean_absolute_error"),
        (gn.mean_squared_error, "mean_squared_error"),
        (gn.r2, "r2_score"),
    ):
        expected = getattr(theirs, name)(wanted, found)  # they take the target first
        assert ours(found, wanted) == pytest.approx(expected, rel=1e-12)
    expected = np.sqrt(theirs.mean_squared_error(wanted, found))
    assert gn.root_mean_squared_error(found, wanted) == pytest.approx(expected)


def test_against_the_losses():
    pairs = (
        (gn.mean_squared_error, gn.MeanSquaredError(reduction="mean")),
        (gn.mean_absolute_error, gn.MeanAbsoluteError()),
    )
    for metric, loss in pairs:
        assert metric(FOUND, WANTED) == float(loss.forward(FOUND, WANTED))


def test_in_fit():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    y = X @ [[1.0], [2.0], [3.0]]
    net = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError(), seed=0)
    metrics = {metric.__name__: metric for metric in METRICS}
    history = gn.Trainer(net, gn.SGD(0.1)).fit(
        X, y, X, y, epochs=20, metrics=metrics, seed=0, verbose=False
    )
    assert history["r2"][-1] > 0.99
    root = history["root_mean_squared_error"][-1]
    assert root == pytest.approx(np.sqrt(history["test_loss"][-1]), rel=1e-12)


# -- bad input -------------------------------------------------------------------------
@every_metric
@pytest.mark.parametrize(
    ("found", "wanted", "fix"),
    [
        ((4, 1), (4,), r"y\.reshape\(-1, 1\)"),
        ((4,), (4, 1), r"y\.reshape\(-1\)"),
        ((4, 3), (3, 3), "a number for each one"),
        ((4, 3), (1, 3), "a number for each one"),
        ((4, 3), (), r"the target \(\)"),
        ((0, 3), (0, 3), "no rows"),
        ((), (), "no rows"),
    ],
    ids=str,
)
def test_nothing_is_broadcast(metric, found, wanted, fix):
    with pytest.raises(gn.ShapeError, match=fix) as caught:
        metric(np.ones(found), np.ones(wanted))
    assert metric.__name__ in str(caught.value)


@every_metric
def test_what_is_no_number(metric):
    for bad in (np.nan, np.inf):
        wrong = WANTED.copy()
        wrong[1, 0] = bad
        with pytest.raises(gn.ArgumentError, match=rf"target at \[1, 0\] is {bad}"):
            metric(FOUND, wrong)
        with np.errstate(invalid="ignore"):
            assert not np.isfinite(metric(wrong, WANTED))  # a network that diverged
    with pytest.raises(gn.ArgumentError, match="prediction is complex128"):
        metric(FOUND + 1j, WANTED)
    with pytest.raises(gn.ArgumentError, match="array of numbers"):
        metric(FOUND, [["a", "b"]] * 3)


def test_r2_of_one_row():
    with pytest.raises(gn.ShapeError, match="two rows at least"):
        gn.r2(FOUND[:1], WANTED[:1])
