"""What the recorded sessions step through; they show lines of this file."""

import numpy as np

import graphnn as gn


class Scale(gn.ParamOperation):
    """Each column times a factor of its own."""

    def _output(self):
        return self.input_ * self.param

    def _input_grad(self, output_grad):
        return output_grad * self.param

    def _param_grad(self, output_grad):
        return np.sum(output_grad * self.input_, axis=0)


def regression():
    x = gn.Input("x", value=[[1.0, 2.0], [3.0, 4.0]])
    y = gn.Input("y", value=[[1.0], [2.0]])
    w = gn.Parameter([[0.5], [-1.0]], name="w")
    with gn.scope("model"):
        scaled = Scale(np.array([2.0, 3.0]))(x)
        predicted = np.tanh(scaled @ w)
    error = predicted - y
    return np.sum(error * error)


def network():
    layers = [gn.Dense(3, "sigmoid"), gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    net.train_batch(np.eye(4), np.ones((4, 1)))
    return net


def logarithm():
    """Compute the loss that becomes NaN: 0 · log(0)."""
    p = gn.Parameter([0.5, 1.0], name="p")
    with np.errstate(all="ignore"):
        surprise = (1.0 - p) * np.log(1.0 - p)
        return np.sum(surprise)
