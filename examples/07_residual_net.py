"""A network of 42 layers, with and without shortcuts, and where the gradients stay.

    python examples/07_residual_net.py [folder for the pictures]

Each layer multiplies the gradient on its way back. After forty of them nothing is left
to learn from, unless every block adds what it does to what it was given: then the
gradient has a way past it (K. He et al., "Identity mappings in deep residual networks",
ECCV 2016). Three nets of the same layers are held against each other.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import digits

BLOCKS = 20


def build(name: str) -> gn.NeuralNetwork:
    """Make blocks of two layers, each perhaps with a shortcut around it."""
    # "he" is what relu needs to keep the size of what goes forward, "glorot" is smaller
    weight_init = "he" if name == "larger weights" else "glorot"
    layers = [gn.Dense(32)]
    for _ in range(BLOCKS):
        block = [
            "relu",
            gn.Dense(32, weight_init=weight_init),
            "relu",
            gn.Dense(32, weight_init=weight_init),
        ]
        layers += [gn.Residual(block)] if name == "shortcuts" else block
    layers += ["relu", gn.Dense(10)]
    return gn.NeuralNetwork(layers, loss=gn.SoftmaxCrossEntropy(), seed=1)


def gradients(network: gn.NeuralNetwork) -> list[float]:
    """Give the size of the gradient that reaches each of the layers."""
    # a node keeps what the last backward pass brought it
    return [
        float(np.linalg.norm(node.output_grad))
        for node in network.graph.nodes
        if isinstance(node, gn.WeightMultiply)
    ]


def main(folder: Path) -> None:
    """Look at the gradients of the first batch, train, draw one block."""
    X, y = digits()
    X = X / 16
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1437], rows[1437:]

    sizes, histories = {}, {}
    for name in ["plain", "larger weights", "shortcuts"]:
        network = build(name)
        network.train_batch(X[train], y[train])
        sizes[name] = gradients(network)
        histories[name] = gn.Trainer(network, gn.Adam(lr=0.001)).fit(
            X[train],
            y[train],
            X[test],
            y[test],
            epochs=15,
            eval_every=1,
            batch_size=32,
            seed=1,
            metrics={"accuracy": gn.accuracy},
            verbose=False,
        )

    print("The gradient that reaches each layer before training, from the last:\n")
    print("layer" + "".join(f"{name:>16}" for name in sizes))
    for layer in [*range(2 * BLOCKS + 1, 0, -8), 0]:
        print(f"{layer + 1:5}" + "".join(f"{s[layer]:16.1e}" for s in sizes.values()))

    print("\nTest accuracy (one in ten is chance):\n")
    print("epoch" + "".join(f"{name:>16}" for name in histories))
    for epoch in range(2, 15, 3):
        row = [history["accuracy"][epoch] for history in histories.values()]
        print(f"{epoch + 1:5}" + "".join(f"{accuracy:16.1%}" for accuracy in row))

    draw(folder / "residual_gradients.png", sizes, histories)
    block = gn.Residual("relu", gn.Dense(32), "relu", gn.Dense(32))
    block.forward(np.ones((1, 32)))
    block.graph.draw(folder / "residual_block.svg")
    print(f"Drawn: {folder / 'residual_block.svg'} (one block)")


def draw(
    path: Path, sizes: dict[str, list[float]], histories: dict[str, gn.History]
) -> None:
    """Draw the gradients by layer, and the loss by epoch."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('\nNo curves without matplotlib: pip install "graphnn[plot]"')
        return
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, values in sizes.items():
        left.semilogy(np.arange(1, len(values) + 1), values, label=name)
        right.plot(histories[name]["epoch"], histories[name]["loss"], label=name)
    left.set(xlabel="layer", ylabel="gradient that reaches it before training")
    right.set(xlabel="epoch", ylabel="loss in training")
    left.legend()
    figure.savefig(path)
    print(f"\nDrawn: {path} (gradients and losses)")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
