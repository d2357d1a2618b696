"""A tour in one minute: train a network on real data, draw it, step through backprop.

This file is written as yours would be, and the nodes of the network name lines of
*this* file as the place where they were made.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import digits
from graphnn.draw.tables.summary_table import step_table

PICTURE = Path("graphnn-demo.svg")


def build_network() -> gn.NeuralNetwork:
    """Make a network of two layers; its arrays are made with the first batch."""
    return gn.NeuralNetwork(
        layers=[
            gn.Dense(64, activation=gn.Sigmoid()),
            gn.Dense(10),
        ],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )


def main() -> None:
    """Train, draw, step through one backward pass."""
    X, y = digits()
    X = X / 16  # 0 (white) to 1 (black)
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1437], rows[1437:]

    print(f"{len(train)} handwritten digits to train on, {len(test)} to test.\n")
    network = build_network()
    trainer = gn.Trainer(network, gn.SGD(lr=0.5))
    trainer.fit(
        X[train],
        y[train],
        X[test],
        y[test],
        epochs=40,
        eval_every=1,
        batch_size=32,
        seed=1,
        metrics={"accuracy": gn.accuracy},
    )
    correct = gn.accuracy(network.predict(X[test]), y[test])
    print(f"\nTest accuracy: {correct:.2%}")

    draw(network)

    print("\nThe backward pass of one batch, step by step:\n")
    network.forward_loss(X[train[:32]], y[train[:32]])
    print(step_table(network.loss.graph.backward_steps(network.loss)))

    print(NEXT)


def draw(network: gn.NeuralNetwork) -> None:
    """Write the picture, or say what is missing on this machine."""
    try:
        network.draw(PICTURE)
    except (gn.GraphnnError, OSError) as error:
        # Where nothing can lay a graph out, the message names the ways to get it.
        print(f"\nNo picture: {error}")
    else:
        print(f"\nThe network, drawn: {PICTURE} (open it in a browser)")


NEXT = """
What to try next
  Stop inside backprop, in the debugger that comes with Python:
    python -m pdb -m graphnn demo
    (Pdb) import graphnn.ops.activations
    (Pdb) break graphnn.ops.activations.Sigmoid._input_grad
    (Pdb) continue
    (Pdb) p self.output.shape, output_grad.shape
    (Pdb) up          until you see `node`, `output_grad` and `input_grads`
  Look at a network of your own, made by a function or kept in a variable of model.py:
    graphnn summary model.py:network
    graphnn draw model.py:network -o network.svg
  Write your own operation: the README shows how, in ten lines."""


if __name__ == "__main__":
    main()
