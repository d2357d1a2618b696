"""Steps of optimizers, on networks and without, with clipped gradients."""

import copy

import numpy as np
import pytest
from training import EACH, data, network, pair, snapshot, trained

import graphnn as gn


# -- on a network ----------------------------------------------------------------------
def test_sgd_is_its_formula():
    net = trained(optimizer := gn.SGD(0.25))
    before, gradients = copy.deepcopy(net.params()), net.param_grads()
    optimizer.step()
    for new, old, gradient in zip(net.params(), before, gradients, strict=True):
        np.testing.assert_array_equal(new, old - 0.25 * gradient)


@EACH
def test_parameters_are_written_in_their_own_arrays(cls):
    net = trained(optimizer := cls(0.25, clip_norm=0.1, weight_decay=0.1))
    arrays, gradients = net.params(), copy.deepcopy(net.param_grads())
    before = copy.deepcopy(arrays)
    optimizer.step()
    assert all(a is b for a, b in zip(arrays, net.params(), strict=True))
    assert not any(np.allclose(a, b) for a, b in zip(arrays, before, strict=True))
    np.testing.assert_equal(gradients, net.param_grads())


@EACH
def test_every_optimizer_lowers_the_loss(cls):
    net = network()
    trainer = gn.Trainer(net, cls(0.02))
    losses = [trainer.step(*data()) for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]
    assert trainer.optimizer.step_count == 60


@EACH
def test_maximizing_is_minimizing_the_negative(cls):
    up, down = pair()[0], pair()[0]
    down.grad = -down.grad
    cls(0.1, parameters=[up], maximize=True).step()
    cls(0.1, parameters=[down]).step()
    np.testing.assert_array_equal(up.value, down.value)


def test_what_has_no_gradient_or_is_frozen_stays():
    net = trained(optimizer := gn.SGDMomentum(0.25, weight_decay=0.1))
    weight, bias = net.parameters
    weight.grad = None
    bias.trainable = False
    before = copy.deepcopy(net.params())
    with pytest.raises(gn.NotRunError, match="no parameter has a gradient"):
        optimizer.step()
    np.testing.assert_equal(before, net.params())
    bias.trainable = True
    optimizer.step()
    np.testing.assert_equal(before[0], weight.value)
    assert not np.array_equal(before[1], bias.value)


def test_a_frozen_layer_stays():
    net = network()
    net.layers[0].trainable = False
    trainer = gn.Trainer(net, gn.AdamW(0.1))
    trainer.step(*data())
    before = copy.deepcopy(net.params())
    trainer.step(*data())
    frozen = [np.array_equal(a, b) for a, b in zip(before, net.params(), strict=True)]
    assert frozen == [True, True, False, False]


def test_settings_may_change():
    w = gn.Parameter([1.0])
    w.grad = np.ones(1)
    optimizer = gn.SGD(0.5, parameters=[w])
    optimizer.lr = 0.25
    optimizer.step()
    np.testing.assert_array_equal(w.value, [0.75])
    optimizer.momentum = 0.5  # velocity starts with the next step
    optimizer.step()
    optimizer.step()
    np.testing.assert_array_equal(w.value, [0.75 - 0.25 - 0.25 * 1.5])
    with pytest.raises(gn.ArgumentError, match="momentum"):
        optimizer.momentum = 1.0
    assert optimizer.momentum == 0.5


def test_a_second_network_has_states_of_its_own():
    optimizer = gn.Adam(0.1)
    one, other, fresh = network(), network(), network()
    gn.Trainer(one, optimizer).step(*data())
    gn.Trainer(other, optimizer).step(*data())
    gn.Trainer(fresh, gn.Adam(0.1)).step(*data())
    np.testing.assert_equal(other.params(), fresh.params())
    assert optimizer.step_count == 2


# -- without a network -----------------------------------------------------------------
def test_parameters_without_a_network():
    w, b = pair()
    gradient, start = w.grad.copy(), w.value.copy()
    gn.SGD(0.1, parameters=[w]).step()
    np.testing.assert_array_equal(w.value, start - 0.1 * gradient)
    np.testing.assert_array_equal(b.value, [0.5, -0.5])
    gn.Adam(1e-3, parameters=(p for p in (w, b))).step()


def test_a_layers_and_a_networks_parameters():
    net = network()
    net.train_batch(*data())
    optimizer = gn.SGD(0.1, parameters=net.layers[1])
    assert [p.name for p in optimizer.parameters] == ["dense_2/weight", "dense_2/bias"]
    before = copy.deepcopy(net.params())
    gn.Trainer(net, optimizer).step(*data())
    same = [np.array_equal(a, b) for a, b in zip(before, net.params(), strict=True)]
    assert same == [True, True, False, False]
    assert len(gn.SGD(0.1, parameters=net).parameters) == 4
    assert len(gn.SGD(0.1, parameters=net.parameters).parameters) == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([], "empty"),
        (np.ones(3), "list of gn.Parameter"),
        ("w", "list of gn.Parameter"),
        (3, "list of gn.Parameter"),
        ([np.ones(3)], r"parameters\[0\].*\n.*gn.Parameter\(array"),
        ([gn.Parameter(1.0), None], r"parameters\[1\] is no gn.Parameter: None"),
        ([{"params": [gn.Parameter(1.0)]}], "groups="),
        (gn.Dense(3), "first batch"),
    ],
    ids=["empty", "array", "text", "number", "of arrays", "None", "PyTorch's", "layer"],
)
def test_parameters_that_are_none(parameters, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.SGD(0.1, parameters=parameters)


def test_a_parameter_twice():
    w, b = pair()
    with pytest.raises(gn.ArgumentError, match=r"parameters\[0\].*\[2\].*'w'"):
        gn.SGD(0.1, parameters=[w, b, w])


def test_one_parameter_need_not_be_in_a_list():
    w, _ = pair()
    assert gn.SGD(0.1, parameters=w).parameters[0] is w


def test_an_optimizer_without_a_network():
    with pytest.raises(gn.NotRunError, match=r"network[\s\S]*parameters=") as caught:
        gn.SGD(0.1).step()
    assert isinstance(caught.value, RuntimeError)


# -- clipping --------------------------------------------------------------------------
def test_the_norm_is_that_of_all_parameters():
    w, b = gn.Parameter(np.zeros((1, 2))), gn.Parameter(np.zeros(1))
    w.grad, b.grad = np.array([[3.0, 0.0]]), np.array([4.0])
    optimizer = gn.SGD(1.0, clip_norm=1.0, parameters=[w, b])
    optimizer.step()
    assert optimizer.gradient_norm == 5.0
    np.testing.assert_allclose(w.value, [[-0.6, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(b.value, [-0.8], rtol=1e-6)
    np.testing.assert_array_equal(b.grad, [4.0])


def test_short_gradients_are_left_alone():
    plain, clipped = pair()[0], pair()[0]
    gn.SGD(0.1, parameters=[plain]).step()
    gn.SGD(0.1, parameters=[clipped], clip_norm=1e3, clip_value=1e3).step()
    np.testing.assert_array_equal(plain.value, clipped.value)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_norms_of_far_numbers(size):
    w = gn.Parameter(np.zeros(2))
    w.grad = np.array([3.0, 4.0]) * size
    optimizer = gn.SGD(1.0, clip_norm=1.0, parameters=[w])
    optimizer.step()
    if size > 1:
        assert optimizer.gradient_norm == pytest.approx(5 * size)
        np.testing.assert_allclose(w.value, [-0.6, -0.8])
    else:
        np.testing.assert_array_equal(w.value, -w.grad)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_norm_that_is_no_number_spoils_nothing(bad):
    w, b = pair()
    b.grad[1] = bad
    optimizer = gn.SGD(0.1, clip_norm=1.0, parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(gn.NotFiniteError, match=f"{bad}, because of b") as caught:
        optimizer.step()
    assert isinstance(caught.value, FloatingPointError)
    np.testing.assert_equal(snapshot(optimizer, w, b), before)


def test_clipping_by_value():
    w = gn.Parameter(np.zeros(3))
    w.grad = np.array([-5.0, 0.1, 5.0])
    gn.SGD(1.0, clip_value=0.5, parameters=[w]).step()
    np.testing.assert_array_equal(w.value, [0.5, -0.1, -0.5])
