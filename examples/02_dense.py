"""The notebook's `Dense`, finished, in a network of two layers, drawn.

    python examples/02_dense.py [folder for the picture]

The picture of the README is the one that this program draws.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn


class Dense(gn.Layer):
    """A fully connected layer: weights, bias, activation."""

    def __init__(self, neurons: int, activation: gn.Operation) -> None:
        super().__init__(neurons)
        self.activation = activation

    def _setup_layer(self, input_: np.ndarray) -> None:
        # Called once, with the first batch: only now is the number of features known.
        rng = np.random.default_rng(self.neurons)
        weights = rng.normal(size=(input_.shape[1], self.neurons))
        self.operations = [
            gn.WeightMultiply(weights),
            gn.BiasAdd(np.zeros((1, self.neurons))),
            self.activation,
        ]


def main(folder: Path) -> None:
    """Run one batch forwards and backwards; draw what happened."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(32, 13)), rng.normal(size=(32, 1))

    sigmoid = gn.Sigmoid()  # one recipe serves both layers: each binds its own copy
    network = gn.NeuralNetwork(
        layers=[Dense(8, activation=sigmoid), Dense(1, activation=gn.Linear())],
        loss=gn.MeanSquaredError(),
    )
    print(f"loss {network.train_batch(X, y):.4f}\n")
    for value, gradient in zip(network.params(), network.param_grads(), strict=True):
        norm = np.linalg.norm(gradient)
        print(f"parameter {value.shape!s:8}  gradient norm {norm:.4f}")
    print()
    print(network.summary())

    path = folder / "dense.svg"
    network.draw(path)
    print(f"\nDrawn: {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
