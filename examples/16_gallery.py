"""A gallery of pictures: what can be seen of a network and of its backprop.

    python examples/16_gallery.py [folder for the pictures]

Each function draws one picture or three; the README shows them. A picture is asked for
with ``graph.draw``: how deep it goes, which passes it shows, what it is coloured by.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import graphnn as gn


def rng() -> np.random.Generator:
    """Make the random numbers of one picture."""
    return np.random.default_rng(0)


# -- the notebook's Dense --------------------------------------------------------------
class WeightMultiply(gn.ParamOperation):
    """A matrix product with weights, as in "Deep Learning from Scratch"."""

    def _output(self) -> np.ndarray:
        return np.dot(self.input_, self.param)

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return np.dot(output_grad, np.transpose(self.param, (1, 0)))

    def _param_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return np.dot(np.transpose(self.input_, (1, 0)), output_grad)


class BiasAdd(gn.ParamOperation):
    """A bias for each neuron."""

    def _output(self) -> np.ndarray:
        return self.input_ + self.param

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad

    def _param_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return np.sum(output_grad, axis=0, keepdims=True)


class Sigmoid(gn.Operation):
    """The logistic function."""

    def _output(self) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-1.0 * self.input_))

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad * self.output * (1.0 - self.output)


class Dense(gn.Layer):
    """The layer that these three make."""

    def __init__(self, neurons: int) -> None:
        super().__init__(neurons)
        self.activation = Sigmoid()

    def _setup_layer(self, input_: np.ndarray) -> None:
        weight = rng().normal(size=(input_.shape[1], self.neurons))
        self.operations = [
            WeightMultiply(weight),
            BiasAdd(rng().normal(size=(1, self.neurons))),
            self.activation,
        ]


def dense(folder: Path) -> None:
    """Draw a layer of the notebook's kind, its sigmoid taken apart."""
    layer = Dense(3)
    layer.forward(rng().normal(size=(4, 5)))
    layer.graph.draw(folder / "dense.svg", expand="*sigmoid", show=("shape", "formula"))


# -- gradients -------------------------------------------------------------------------
def square(folder: Path) -> None:
    """Draw both parts of a gradient: one along each use of x."""
    x = gn.Input("x", value=3.0)
    y = x * x
    y.graph.backward(y, wrt=x)
    y.graph.draw(folder / "square.svg", passes="both", show=("value", "grad"))


def mlp() -> tuple[gn.NeuralNetwork, np.ndarray, np.ndarray]:
    """Make two layers, and a batch for them."""
    X = rng().normal(size=(16, 8))
    y = np.arange(16) % 3
    layers = [gn.Dense(6, "tanh"), gn.Dense(3)]
    return gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=1), X, y


def mlp_gradients(folder: Path) -> None:
    """Draw the values of a network, and the gradients that flow back."""
    network, X, y = mlp()
    network.train_batch(X, y)
    network.draw(folder / "mlp_gradients.svg", passes="both")


def vanishing(folder: Path) -> None:
    """Colour a deep network of sigmoids by its gradients: they vanish."""
    layers = [gn.Dense(16, "sigmoid") for _ in range(5)]
    network = gn.NeuralNetwork([*layers, gn.Dense(1)], gn.MeanSquaredError(), seed=1)
    X = rng().normal(size=(32, 16))
    network.train_batch(X, X[:, :1])
    network.draw(folder / "vanishing.svg", depth=1, color_by="grad_norm")


# -- blocks ----------------------------------------------------------------------------
def residual(folder: Path) -> None:
    """Draw a residual network for images: folded, and one of its blocks open."""
    blocks = [
        gn.Residual(
            [
                gn.Conv2D(8, 3, padding="same"),
                gn.BatchNorm(),
                "relu",
                gn.Conv2D(8, 3, padding="same"),
                gn.BatchNorm(),
            ]
        )
        for _ in range(4)
    ]
    network = gn.NeuralNetwork(
        [
            gn.Conv2D(8, 3, padding="same"),
            *blocks,
            gn.GlobalAveragePool2D(),
            gn.Dense(10),
        ],
        gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    network.train_batch(rng().normal(size=(2, 16, 16, 1)), np.array([3, 7]))
    network.draw(folder / "residual_folded.svg", depth=1)
    network.draw(folder / "residual.svg", depth=1, expand="residual_1")


def lstm(folder: Path) -> None:
    """Draw an LSTM unrolled in time, the second of its three steps open."""
    layers = [gn.LSTM(8, unroll=True), gn.Dense(1)]
    network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    network.train_batch(rng().normal(size=(4, 3, 5)), np.ones((4, 1)))
    network.draw(folder / "lstm.svg", fold=["*/step_0", "*/step_2", "dense_1"])


def gpt(folder: Path) -> None:
    """Draw a small GPT three times, each time one level deeper."""
    network = gn.NeuralNetwork(
        [
            gn.Embedding(50, 32),
            gn.PositionEmbedding(16),
            *[gn.TransformerBlock(4, causal=True) for _ in range(12)],
            gn.LayerNorm(),
            gn.Dense(50),
        ],
        gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    text = rng().integers(50, size=(2, 17))
    network.train_batch(text[:, :-1], text[:, 1:])
    for depth in (1, 2, 3):
        network.draw(folder / f"gpt_{depth}.svg", depth=depth)


# -- trouble ---------------------------------------------------------------------------
def nan_hunt(folder: Path) -> None:
    """Draw where a NaN was born, and how far it got."""
    x = gn.Input("probabilities", value=[0.5, 0.3, 0.2, 0.0])
    weight = gn.Parameter([1.0, 0.5, 0.25, 0.125], name="weight")
    with np.errstate(all="ignore"):
        scaled = x * weight
        loss = -np.sum(scaled * np.log(scaled))
        loss.graph.backward(loss)
    loss.graph.draw(folder / "nan_hunt.svg", color_by="value", passes="both")


class EveryOther(gn.Operation):
    """Half of the columns; its gradient is wrong: it has half of them as well."""

    def _output(self) -> np.ndarray:
        return self.input_[:, ::2]

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad


def failure(folder: Path) -> None:
    """Draw a pass that has failed: what ran, what did not, and why."""
    layers = [gn.Dense(6), gn.Activation(EveryOther()), gn.Dense(3)]
    network = gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=1)
    try:
        network.train_batch(rng().normal(size=(16, 8)), np.arange(16) % 3)
    except gn.GradientError:
        network.draw(folder / "failure.svg")


# -- derivatives of derivatives --------------------------------------------------------
def double_backward(folder: Path) -> None:
    """Draw a gradient as a graph, and the gradient of that."""
    x = gn.Input("x", value=0.5)
    y = np.sin(x) ** 2
    (first,) = y.graph.gradient(y, x)
    y.graph.gradient(first, x)
    y.graph.draw(folder / "double_backward.svg", show="value")


PICTURES: list[Callable[[Path], None]] = [
    dense,
    square,
    mlp_gradients,
    vanishing,
    residual,
    lstm,
    gpt,
    nan_hunt,
    failure,
    double_backward,
]


def main(folder: Path) -> None:
    """Draw them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        picture(folder)
        print(f"{picture.__name__:>16}  {picture.__doc__}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"))
