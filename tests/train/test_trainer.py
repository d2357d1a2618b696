"""The training loop."""

import copy
import sys

import numpy as np
import pytest

import graphnn as gn
from graphnn.train import trainer as module


def network(seed=0):
    return gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(1)], gn.MeanSquaredError(), seed=seed
    )


def data(rows=20, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 3))
    return X, X @ [[1.0], [-2.0], [0.5]]


def fit(net=None, lr=0.05, **settings):
    settings = {"epochs": 4, "batch_size": 6, "seed": 1, "verbose": False} | settings
    return gn.Trainer(net or network(), gn.SGD(lr)).fit(*data(), **settings)


class Spy(gn.NeuralNetwork):
    """Writes down the batches that it is trained on."""

    def __init__(self):
        super().__init__([gn.Dense(1)], gn.MeanSquaredError(), seed=0)
        self.batches = []

    def train_batch(self, X, y):
        loss = super().train_batch(X, y)
        self.batches.append((np.array(X), np.array(y), loss))
        return loss


def test_it_learns():
    history = fit(epochs=100, lr=0.1, eval_every=1)
    assert history["loss"][-1] < 0.05 * history["loss"][0]


def test_a_step_is_one_batch_with_its_update():
    net, (X, y) = network(), data()
    optimizer = gn.SGD(0.1)
    trainer = gn.Trainer(net, optimizer)
    assert optimizer.net is net
    wanted = network().train_batch(X, y)
    assert trainer.step(X, y) == wanted
    gradients = net.param_grads()
    fresh = network()
    fresh.forward(X)
    for new, old, gradient in zip(net.params(), fresh.params(), gradients, strict=True):
        np.testing.assert_array_equal(new, old - 0.1 * gradient)


def test_fit_is_steps_over_the_batches():
    spy = Spy()
    fit(spy, epochs=3)
    again, optimizer = Spy(), gn.SGD(0.05)
    trainer = gn.Trainer(again, optimizer)
    for X, y, loss in spy.batches:
        assert trainer.step(X, y) == loss
    np.testing.assert_equal(again.params(), spy.params())


@pytest.mark.parametrize(
    ("epochs", "eval_every", "recorded"),
    [
        (4, 1, [1, 2, 3, 4]),
        (4, 2, [2, 4]),
        (5, 2, [2, 4, 5]),
        (3, 10, [3]),
        (1, 1, [1]),
        (0, 1, []),
    ],
)
def test_which_epochs_are_recorded(epochs, eval_every, recorded):
    history = fit(epochs=epochs, eval_every=eval_every)
    assert [row["epoch"] for row in history] == recorded
    assert len(history) == len(recorded)


def test_no_epochs_train_nothing():
    net = network()
    net.forward(data()[0])
    before = copy.deepcopy(net.params())
    history = fit(net, epochs=0)
    np.testing.assert_equal(before, net.params())
    assert history.rows == []


def test_the_loss_of_an_epoch_is_the_mean_over_its_rows():
    spy = Spy()
    history = fit(spy, epochs=1)
    total = sum(loss * len(X) for X, _, loss in spy.batches)
    assert history["loss"] == [pytest.approx(total / 20, rel=1e-12)]
    assert type(history["loss"][0]) is float


def test_every_row_once_in_an_epoch_and_the_last_batch_short():
    spy, (X, y) = Spy(), data()
    fit(spy, epochs=2)
    assert [len(batch) for batch, _, _ in spy.batches] == [6, 6, 6, 2] * 2
    for epoch in (spy.batches[:4], spy.batches[4:]):
        seen = np.concatenate([np.hstack(batch[:2]) for batch in epoch])
        order = np.lexsort(seen.T)
        wanted = np.hstack([X, y])
        np.testing.assert_array_equal(seen[order], wanted[np.lexsort(wanted.T)])
    # the epochs are in different orders
    assert not np.array_equal(spy.batches[0][0], spy.batches[4][0])


@pytest.mark.parametrize("batch_size", [20, 1000])
def test_one_batch_of_everything(batch_size):
    spy = Spy()
    fit(spy, epochs=1, batch_size=batch_size)
    assert [len(batch) for batch, _, _ in spy.batches] == [20]


def test_the_seed_decides_the_order():
    one, same, other = Spy(), Spy(), Spy()
    rows = [fit(one, seed=5).rows, fit(same, seed=5).rows, fit(other, seed=6).rows]
    assert rows[0] == rows[1] != rows[2]
    np.testing.assert_equal(one.params(), same.params())
    assert not np.array_equal(one.batches[0][0], other.batches[0][0])


def test_the_data_and_the_global_stream_are_left_alone():
    X, y = data()
    kept = X.copy(), y.copy()
    stream = np.random.get_state()[1].copy()  # noqa: NPY002
    gn.Trainer(network(), gn.SGD(0.1)).fit(X, y, epochs=2, verbose=False)
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(y, kept[1])
    np.testing.assert_array_equal(stream, np.random.get_state()[1])  # noqa: NPY002


def test_test_data_and_metrics():
    def worst(prediction, target):
        assert prediction.shape == target.shape == (7, 1)
        return np.max(np.abs(prediction - target))

    net, (X_test, y_test) = network(), data(7, 9)
    history = gn.Trainer(net, gn.SGD(0.05)).fit(
        *data(),
        X_test,
        y_test,
        epochs=3,
        eval_every=1,
        metrics={"worst": worst},
        verbose=False,
    )
    assert list(history.rows[0]) == ["epoch", "loss", "test_loss", "worst"]
    assert history["test_loss"][-1] == net.evaluate(X_test, y_test)
    assert history["worst"][-1] == worst(net.predict(X_test), y_test)
    assert type(history["worst"][-1]) is float


def test_evaluating_changes_nothing_of_the_training():
    plain, tested = network(), network()
    fit(plain)
    gn.Trainer(tested, gn.SGD(0.05)).fit(
        *data(),
        *data(7, 9),
        epochs=4,
        eval_every=1,
        batch_size=6,
        seed=1,
        verbose=False,
    )
    np.testing.assert_equal(plain.params(), tested.params())


def test_fitting_goes_on_where_it_stopped():
    net = network()
    first = fit(net)
    assert fit(net)["loss"][-1] < first["loss"][-1]


def test_lists_are_taken():
    X, y = data()
    history = gn.Trainer(network(), gn.SGD(0.05)).fit(
        X.tolist(), y.tolist(), epochs=4, batch_size=6, seed=1, verbose=False
    )
    assert history.rows == fit().rows


# -- what is printed -------------------------------------------------------------------
def test_verbose_prints_the_table_and_nothing_else(capsys):
    history = fit(verbose=True, eval_every=2)
    printed = capsys.readouterr()
    assert printed.out == f"{history}\n"
    assert printed.err == ""  # no progress bar: this is no terminal
    lines = printed.out.splitlines()
    assert lines[0].split() == ["epoch", "loss"]
    assert [line.split()[0] for line in lines[1:]] == ["2", "4"]
    assert len({len(line) for line in lines}) == 1


def test_not_verbose_prints_nothing(capsys):
    fit(verbose=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("wanted", [True, False])
def test_progress_is_for_terminals(monkeypatch, capsys, wanted):
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True, raising=False)
    with module.progress_bar(3, wanted) as progress:
        progress.update()
    assert bool(capsys.readouterr().err) is wanted


# -- real data -------------------------------------------------------------------------
def test_digits_reach_96_percent():
    X, y = gn.data.digits()
    X = X / 16
    order = np.random.default_rng(0).permutation(len(X))
    train, test = order[:1437], order[1437:]
    net = gn.NeuralNetwork(
        [gn.Dense(64, "tanh"), gn.Dense(10)], gn.SoftmaxCrossEntropy(), seed=0
    )
    history = gn.Trainer(net, gn.SGD(0.3)).fit(
        X[train],
        y[train],
        X[test],
        y[test],
        epochs=20,
        eval_every=5,
        seed=0,
        metrics={"accuracy": gn.accuracy},
        verbose=False,
    )
    assert history["accuracy"][-1] >= 0.96
    assert history["loss"] == sorted(history["loss"], reverse=True)
    assert gn.accuracy(net.predict(X[test]), y[test]) == history["accuracy"][-1]


def test_rows_that_fill_no_batch_can_be_left_out():
    spy = Spy()
    fit(spy, epochs=2, drop_last=True)  # 20 rows, 6 in a batch
    assert [len(X) for X, _, _ in spy.batches] == [6] * 6
    seen = [
        {row.tobytes() for X, _, _ in spy.batches[start : start + 3] for row in X}
        for start in (0, 3)
    ]
    assert [len(rows) for rows in seen] == [18, 18]
    assert seen[0] != seen[1]  # others are left out in each epoch
    everything = Spy()
    fit(everything, epochs=1, batch_size=5, drop_last=True)
    assert sum(len(X) for X, _, _ in everything.batches) == 20
    with pytest.raises(gn.ArgumentError, match="leaves nothing of 20 rows"):
        fit(batch_size=21, drop_last=True)
    with pytest.raises(gn.ArgumentError, match="drop_last"):
        fit(drop_last="yes")


def test_batch_norm_trains_where_one_row_is_left_over():
    net = gn.NeuralNetwork(
        [gn.Dense(4), gn.BatchNorm(), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )
    X, y = data(13)
    settings = {"epochs": 2, "batch_size": 4, "seed": 1, "verbose": False}
    with pytest.raises(gn.ShapeError, match="drop_last=True"):
        gn.Trainer(net, gn.SGD(0.01)).fit(X, y, **settings)
    gn.Trainer(net, gn.SGD(0.01)).fit(X, y, **settings, drop_last=True)


def test_metrics_need_test_data_and_are_numbers():
    with pytest.raises(gn.ArgumentError, match="computed on the test data"):
        fit(metrics={"r2": gn.r2})
    X, y = data()
    trainer = gn.Trainer(network(), gn.SGD(0.05))
    with pytest.raises(
        gn.ArgumentError, match=r"'off' gave an array of shape \(20, 1\)"
    ):
        trainer.fit(
            *(X, y, X, y), epochs=1, verbose=False, metrics={"off": lambda p, t: p - t}
        )


def test_an_optimizer_class_is_made_first():
    with pytest.raises(gn.ArgumentError, match=r"Make one: gn\.Adam\(\)"):
        gn.Trainer(network(), gn.Adam)


def test_a_network_of_frozen_layers_has_nothing_to_train():
    net = network()
    net.trainable = False
    with pytest.raises(gn.NotRunError, match="no parameter has a gradient"):
        fit(net)
