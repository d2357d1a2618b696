"""Fitting networks of several inputs and targets; schedules during a fit."""

import numpy as np
import pytest

import graphnn as gn


def network():
    return gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )


def data(rows=20, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 3))
    return X, X @ [[1.0], [-2.0], [0.5]]


# -- several inputs and targets --------------------------------------------------------
class Both(gn.Layer):
    """Two inputs, two outputs: a sum and a difference, each of its own features."""

    def __init__(self):
        self.left, self.right = gn.Dense(1), gn.Dense(1)

    def _connect(self, a, b):
        a, b = self.left(a), self.right(b)
        return a + b, a - b


def both_losses(one, other, target, other_target):
    return np.mean((one - target) ** 2) + np.mean((other - other_target) ** 2)


def two_of_each(rows=20):
    rng = np.random.default_rng(rows)
    a, b = rng.standard_normal((rows, 3)), rng.standard_normal((rows, 2))
    u, v = a @ [[1.0], [-2.0], [0.5]], b @ [[1.5], [0.3]]
    return (a, b), (u + v, u - v)


def test_several_inputs_and_targets():
    net = gn.NeuralNetwork([Both()], both_losses, seed=0)
    seen = []

    def worst(prediction, target):
        seen.append([part.shape for part in (*prediction, *target)])
        errors = [p - t for p, t in zip(prediction, target, strict=True)]
        return np.max(np.abs(errors))

    X_test, y_test = two_of_each(7)
    history = gn.Trainer(net, gn.SGD(0.1)).fit(
        *two_of_each(),
        X_test,
        y_test,
        epochs=30,
        eval_every=10,
        batch_size=6,
        seed=0,
        metrics={"worst": worst},
        verbose=False,
    )
    assert history["loss"][-1] < 1e-6
    assert history["test_loss"][-1] == net.evaluate(X_test, y_test)
    assert history["worst"][-1] < 0.01
    assert seen[0] == [(7, 1)] * 4


def test_rows_of_several_inputs_stay_together():
    batches = []

    class Spies(gn.NeuralNetwork):
        def train_batch(self, X, y):
            batches.append((X, y))
            return super().train_batch(X, y)

    (a, b), y = two_of_each()
    a[:, 0] = b[:, 0] = np.arange(20)
    net = Spies([Both()], both_losses, seed=0)
    gn.Trainer(net, gn.SGD(1e-5)).fit(
        (a, b), y, epochs=1, batch_size=6, seed=0, verbose=False
    )
    for (one, other), _ in batches:
        np.testing.assert_array_equal(one[:, 0], other[:, 0])
    assert sorted(np.concatenate([one[:, 0] for (one, _), _ in batches])) == [
        *range(20)
    ]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (lambda a, b: (a, b[:-1]), None, "arrays of 20 and of 19 rows"),
        (None, lambda u, v: (u, v[:-1]), "X has 20 rows and y has 19"),
        (lambda a, b: (a[:0], b[:0]), None, "no rows"),
    ],
    ids=["X", "y", "none"],
)
def test_several_arrays_of_other_lengths(X, y, message):
    inputs, targets = two_of_each()
    inputs = X(*inputs) if X else inputs
    targets = y(*targets) if y else targets
    net = gn.NeuralNetwork([Both()], both_losses, seed=0)
    with pytest.raises(gn.ShapeError, match=message):
        gn.Trainer(net, gn.SGD(0.1)).fit(inputs, targets, epochs=1, verbose=False)
    assert net.graph is None


def test_test_data_of_other_rows():
    X, y = two_of_each()
    trainer = gn.Trainer(gn.NeuralNetwork([Both()], both_losses), gn.SGD(0.1))
    with pytest.raises(gn.ShapeError, match=r"\(3,\), \(2,\), X_test of \(2,\)"):
        trainer.fit(X, y, (X[0][:, :2], X[1]), y, epochs=1, verbose=False)


# -- schedules -------------------------------------------------------------------------
class Heard(gn.Schedule):
    """Writes down what it is told."""

    def __init__(self):
        self.losses = []

    def rate(self, step):
        return 0.01

    def observe(self, loss):
        self.losses.append(loss)


def test_schedules_hear_the_test_loss_of_each_recorded_epoch():
    heard = Heard()
    history = gn.Trainer(network(), gn.SGD(gn.WarmUp(3, heard))).fit(
        *data(), *data(7, 9), epochs=5, eval_every=2, verbose=False
    )
    assert heard.losses == history["test_loss"]
    assert len(heard.losses) == 3


def test_without_test_data_they_hear_the_training_loss():
    heard = Heard()
    history = gn.Trainer(network(), gn.SGD(heard)).fit(
        *data(), epochs=4, eval_every=2, verbose=False
    )
    assert heard.losses == history["loss"]


def test_a_plateau_lowers_the_rate():
    plateau = gn.PlateauSchedule(0.1, factor=0.5, patience=2)
    trainer = gn.Trainer(network(), gn.SGD(plateau))
    X, y = np.zeros((8, 3)), np.zeros((8, 1))
    y[::2] = 1.0  # nothing to learn but the mean
    trainer.fit(X, y, epochs=200, eval_every=1, batch_size=8, verbose=False)
    assert trainer.optimizer.lr < 0.05


def test_a_schedule_counts_batches_and_per_epoch_epochs():
    seen = []

    class Watched(gn.SGD):
        def step(self):
            seen.append(self.lr)
            super().step()

    schedule = gn.StepSchedule(0.1, every=1, factor=0.5).per_epoch(batches=4)
    fit_with = gn.Trainer(network(), Watched(schedule))
    fit_with.fit(*data(), epochs=3, batch_size=6, verbose=False)
    assert seen == [0.1] * 4 + [0.05] * 4 + [0.025] * 4
