"""NaN and infinities: refused in data; a loss that becomes one stops the training."""

import copy
import warnings

import numpy as np
import pytest

import graphnn as gn


def data(rows=20):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, 3))
    return X, X @ [[1.0], [-2.0], [0.5]]


def network(*layers):
    layers = layers or (gn.Dense(4, "tanh"), gn.Dense(1))
    return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)


def fit(trainer, X, y, *test, **settings):
    settings = {"epochs": 2, "batch_size": 5, "seed": 1, "verbose": False} | settings
    return trainer.fit(X, y, *test, **settings)


class Trap(gn.Operation):
    """The identity, whose values or gradients may become NaN."""

    def __init__(self, where):
        self.where = where

    def _output(self):
        bad = np.abs(self.input_) > 100
        if self.where != "values":
            return self.input_ * 1.0
        return np.where(bad, np.nan, self.input_)

    def _input_grad(self, output_grad):
        bad = np.abs(self.input_) > 100
        if self.where != "gradients":
            return output_grad * 1.0
        return np.where(bad, np.inf, output_grad)


def snapshot(trainer):
    net = trainer.network
    return copy.deepcopy(
        (net.params(), [s.value for s in net.states], trainer.optimizer.state())
    )


# -- data ------------------------------------------------------------------------------
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["X_train", "y_train", "X_test", "y_test"])
def test_data_that_is_not_finite_is_refused(which, bad):
    arrays = dict(
        zip(("X_train", "y_train", "X_test", "y_test"), data() + data(6), strict=True)
    )
    arrays[which][4, 0] = bad
    net = network()
    found = "NaN" if np.isnan(bad) else "infinity"
    with pytest.raises(
        gn.NotFiniteError,
        match=rf"{which} holds 1 {found}, the first at index \(4, 0\)\n.*allow_nan",
    ):
        fit(gn.Trainer(net, gn.SGD(0.1)), *arrays.values())
    assert net.graph is None
    fit(gn.Trainer(network(), gn.SGD(0.1)), *data())


def test_which_of_several_inputs_it_is():
    class Sum(gn.Layer):
        def __init__(self):
            self.left, self.right = gn.Dense(1), gn.Dense(1)

        def _connect(self, a, b):
            return self.left(a) + self.right(b)

    X, y = data()
    other = X.copy()
    other[7, 1:] = np.nan, np.inf
    trainer = gn.Trainer(network(Sum()), gn.SGD(0.1))
    with pytest.raises(
        gn.NotFiniteError, match=r"X_train\[1\] holds 1 NaN and 1 infinity.*\(7, 1\)"
    ):
        fit(trainer, (X, other), y)


def test_whole_numbers_need_no_look():
    X = np.arange(12).reshape(6, 2)
    fit(gn.Trainer(network(), gn.SGD(0.001)), X, np.ones((6, 1), dtype=int))


def test_data_with_gaps_for_a_loss_that_knows_them():
    def loss(prediction, target):
        known = np.isfinite(target)
        return np.sum(np.where(known, prediction - target, 0.0) ** 2)

    X, y = data()
    y[::3] = np.nan
    net = gn.NeuralNetwork([gn.Dense(1)], loss, seed=0)
    trainer = gn.Trainer(net, gn.SGD(0.02))
    history = fit(trainer, X, y, epochs=30, eval_every=1, allow_nan=True)
    assert history["loss"][-1] < 0.1 * history["loss"][0]


def test_allow_nan_is_true_or_false():
    with pytest.raises(gn.ArgumentError, match="allow_nan is True or False"):
        fit(gn.Trainer(network(), gn.SGD(0.1)), *data(), allow_nan="yes")


# -- losses ----------------------------------------------------------------------------
def test_a_loss_that_explodes_stops_the_training():
    X, y = data()
    trainer = gn.Trainer(network(gn.Dense(4), gn.Dense(1)), gn.SGD(1e9))
    with (
        np.errstate(all="ignore"),
        pytest.raises(
            gn.NotFiniteError, match=r"^epoch \d+, batch \d of 4: the loss is (nan|inf)"
        ) as caught,
    ):
        fit(trainer, X, y, epochs=50)
    assert isinstance(caught.value, ArithmeticError)
    assert all(np.isfinite(array).all() for array in trainer.network.params())
    assert trainer._place == ""


@pytest.mark.parametrize("where", ["values", "gradients"])
@pytest.mark.parametrize("first", [True, False], ids=["first batch", "later"])
def test_a_batch_that_fails_leaves_everything_as_it_was(where, first):
    net = network(gn.Dense(4), gn.BatchNorm(), Trap(where), gn.Dense(1))
    trainer = gn.Trainer(net, gn.Adam(0.1))
    X, y = data()
    if first:
        net.forward(X)
    else:
        trainer.step(X, y)
    before = snapshot(trainer)
    spoilt = 1e6 * X
    net.parameters[2].value *= 1e4  # the scale after which the trap closes
    before[0][2][...] *= 1e4
    with np.errstate(all="ignore"), pytest.raises(gn.NotFiniteError):
        trainer.step(spoilt, y)
    np.testing.assert_equal(snapshot(trainer), before)


def test_the_very_first_batch_leaves_no_mark_on_running_means():
    X, y = data()
    X[3, 1] = np.nan
    net = network(gn.Dense(4), gn.BatchNorm(), gn.Dense(1))
    trainer = gn.Trainer(net, gn.Adam(0.1))
    with pytest.raises(gn.NotFiniteError, match=r"X holds 1 NaN.*\(3, 1\)"):
        trainer.step(X, y)
    np.testing.assert_array_equal(net.states[0].value, np.zeros(4))
    assert np.isfinite(trainer.step(*data()))


def message(trainer, X, y):
    with np.errstate(all="ignore"), pytest.raises(gn.NotFiniteError) as caught:
        trainer.step(X, y)
    return str(caught.value)


def test_it_says_where_it_began():
    X, y = data()
    X[2] = 1e4
    net = network(gn.Dense(3), Trap("values"), gn.Dense(1))
    text = message(gn.Trainer(net, gn.SGD(0.1)), X, y)
    assert text.startswith(
        "the loss is nan: the first values that are not finite are those of "
        "activation_1/trap (Trap, test_finite.py:"
    )
    assert "as they were" in text

    net = network(gn.Dense(3), Trap("gradients"), gn.Dense(1))
    text = message(gn.Trainer(net, gn.SGD(0.1)), X, y)
    assert text.startswith("the gradient of dense_1/weight holds ")
    assert ": it comes from the gradient of activation_1/trap (Trap, " in text

    X, y = data()
    y[5] = np.inf  # the library's own losses refuse it themselves
    net = gn.NeuralNetwork([gn.Dense(1)], lambda p, t: np.mean((p - t) ** 2), seed=0)
    text = message(gn.Trainer(net, gn.SGD(0.1)), X, y)
    assert text.startswith("the loss is inf: y holds 1 infinity, the first at index (5")

    net = network()
    net.forward(X)
    net.parameters[1].value[0, 2] = np.nan
    with pytest.raises(
        gn.NotFiniteError, match=r"dense_1/bias already held 1 NaN.*\(0, 2\)"
    ):
        gn.Trainer(net, gn.SGD(0.1)).step(*data())


def spoilt():
    X, y = data()
    X[3, 1] = np.nan
    return X, y


def test_skipping_batches():
    X, y = spoilt()
    trainer = gn.Trainer(network(), gn.SGD(0.05), on_nan="skip")
    with pytest.warns(RuntimeWarning, match=r"batch \d of 4: .*X holds 1 NaN") as seen:
        history = fit(trainer, X, y, epochs=20, eval_every=1, allow_nan=True)
    assert len(seen) == 20
    assert {warning.filename for warning in seen} <= {__file__}
    assert trainer.optimizer.step_count == 20 * 3
    assert np.isfinite(history["loss"]).all()
    assert history["loss"][-1] < history["loss"][0]
    with pytest.warns(RuntimeWarning, match="^the loss is nan") as seen:
        assert np.isnan(trainer.step(X, y))
    assert seen[0].filename == __file__


def test_skipping_leaves_only_the_bad_batches_out():
    X, y = data()
    bad = X.copy()
    bad[0] = np.inf
    one, other = (
        gn.Trainer(network(), gn.Adam(0.05), on_nan=policy)
        for policy in ("skip", "raise")
    )
    for trainer in (one, other):
        for batch in (X, bad, X) if trainer is one else (X, X):
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                trainer.step(batch, y)
    np.testing.assert_equal(snapshot(one), snapshot(other))


def test_an_epoch_without_a_good_batch():
    X, y = data()
    trainer = gn.Trainer(network(), gn.SGD(0.1), on_nan="skip")
    with (
        pytest.warns(RuntimeWarning, match="left out"),
        pytest.raises(gn.NotFiniteError, match="epoch 1: the loss of every batch"),
    ):
        fit(trainer, X * np.nan, y, allow_nan=True)


def test_ignoring():
    X, y = spoilt()
    trainer = gn.Trainer(network(), gn.SGD(0.05), on_nan="ignore")
    history = fit(trainer, X, y, allow_nan=True)
    assert np.isnan(history["loss"]).all()
    assert np.isnan(trainer.network.params()[0]).any()


@pytest.mark.parametrize("policy", ["rise", None, True, "RAISE"])
def test_policies_that_are_none(policy):
    with pytest.raises(gn.ArgumentError, match=r"on_nan is 'raise', 'skip' or"):
        gn.Trainer(network(), gn.SGD(0.1), on_nan=policy)


def test_checking_changes_no_numbers():
    for policy in ("raise", "skip", "ignore"):
        trainer = gn.Trainer(network(), gn.Adam(0.01), on_nan=policy)
        losses = [trainer.step(*data()) for _ in range(5)]
        if policy == "raise":
            wanted = losses, trainer.network.params()
        np.testing.assert_equal((losses, trainer.network.params()), wanted)


def test_a_book_optimizer_is_guarded_too():
    class Book:
        def step(self):
            for param, grad in zip(
                self.net.params(), self.net.param_grads(), strict=True
            ):
                param -= 0.1 * grad

    trainer = gn.Trainer(network(), Book())
    trainer.step(*data())
    before = copy.deepcopy(trainer.network.params())
    with pytest.raises(gn.NotFiniteError):
        trainer.step(*spoilt())
    np.testing.assert_equal(trainer.network.params(), before)
