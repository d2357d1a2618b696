"""Optimizers."""

import copy

import numpy as np
import pytest

import graphnn as gn


def trained(optimizer):
    net = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    net.train_batch(np.ones((4, 3)), np.zeros((4, 2)))
    optimizer.net = net
    return net


def test_sgd_is_its_formula():
    net = trained(optimizer := gn.SGD(0.25))
    before, gradients = copy.deepcopy(net.params()), net.param_grads()
    optimizer.step()
    for new, old, gradient in zip(net.params(), before, gradients, strict=True):
        np.testing.assert_array_equal(new, old - 0.25 * gradient)


def test_parameters_are_written_in_their_own_arrays():
    net = trained(optimizer := gn.SGD(0.25))
    arrays, gradients = net.params(), copy.deepcopy(net.param_grads())
    optimizer.step()
    assert all(a is b for a, b in zip(arrays, net.params(), strict=True))
    np.testing.assert_equal(gradients, net.param_grads())


def test_float32_stays():
    assert gn.SGD(0.1).update(np.ones(2, np.float32), np.ones(2, np.float32)).dtype == (
        np.float32
    )


def test_what_has_no_gradient_or_is_frozen_stays():
    net = trained(optimizer := gn.SGD(0.25))
    weight, bias = net.parameters
    weight.grad = None
    bias.trainable = False
    before = copy.deepcopy(net.params())
    optimizer.step()
    np.testing.assert_equal(before, net.params())


def test_the_learning_rate_may_change():
    optimizer = gn.SGD(0.5)
    optimizer.lr = 0.25
    np.testing.assert_array_equal(optimizer.update(np.ones(1), np.ones(1)), [0.75])


def test_an_optimizer_of_ones_own():
    class Sign(gn.Optimizer):
        def update(self, parameter, gradient):
            return parameter - self.lr * np.sign(gradient)

    net = trained(optimizer := Sign(0.5))
    before = copy.deepcopy(net.params())
    optimizer.step()
    for new, old, gradient in zip(net.params(), before, net.param_grads(), strict=True):
        np.testing.assert_array_equal(new, old - 0.5 * np.sign(gradient))


def test_an_optimizer_without_a_formula():
    optimizer = gn.Optimizer(0.1)
    trained(optimizer)
    with pytest.raises(NotImplementedError, match="Optimizer"):
        optimizer.step()


def test_an_optimizer_without_a_network():
    with pytest.raises(gn.NotRunError, match="network"):
        gn.SGD(0.1).step()
