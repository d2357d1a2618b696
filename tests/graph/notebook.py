"""The notebook's classes, as its reader has them: only the two bases are imported."""

import numpy as np

from graphnn import Layer, Operation, ParamOperation


class weightMultiply(ParamOperation):
    def __init__(self, W: np.ndarray):
        super().__init__(W)

    def _output(self) -> np.ndarray:
        return np.dot(self.input_, self.param)

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return np.dot(output_grad, np.transpose(self.param, (1, 0)))

    def _param_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return np.dot(np.transpose(self.input_, (1, 0)), output_grad)


class BiasAdd(ParamOperation):
    def __init__(self, B: np.ndarray):
        assert B.shape[0] == 1
        super().__init__(B)

    def _output(self):
        return self.input_ + self.param

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return np.ones_like(self.input_) * output_grad

    def _param_grad(self, output_grad: np.ndarray) -> np.ndarray:
        param_grad = np.ones_like(self.param) * output_grad
        return np.sum(param_grad, axis=0).reshape(1, self.param.shape[1])


class Sigmoid(Operation):
    def __init__(self) -> None:
        super().__init__()

    def _output(self) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-1.0 * self.input_))

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        sigmoid_backward = self.output * (1 - self.output)
        return sigmoid_backward * output_grad


class Dense(Layer):
    def __init__(self, neurons: int, activation: Operation = Sigmoid()) -> None:  # noqa: B008
        super().__init__(neurons)
        self.activation = activation

    def _setup_layer(self, input_: np.ndarray) -> None:
        rng = np.random.default_rng(input_.shape[1])
        self.params = []
        self.params.append(rng.normal(size=(input_.shape[1], self.neurons)))
        self.params.append(rng.normal(size=(1, self.neurons)))
        self.operations = [
            weightMultiply(self.params[0]),
            BiasAdd(self.params[1]),
            self.activation,
        ]


class Twice(Layer):
    """A layer whose operations share one activation object."""

    def _setup_layer(self, input_: np.ndarray) -> None:
        n = input_.shape[1]
        rng = np.random.default_rng(n)
        activation = Sigmoid()
        self.operations = [
            weightMultiply(rng.normal(size=(n, self.neurons))),
            activation,
            weightMultiply(rng.normal(size=(self.neurons, self.neurons))),
            activation,
        ]
